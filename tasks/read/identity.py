"""Identity of the code that decides what bytes mean. When it changes, landed bytes are read again.

It is a hash of the parsed code of the readers that a source uses, of mapping, staging and row
rules, and of its table. Comments, docstrings, annotations, layout, imports and the texts of errors
are left out, since they do not change what is read: no byte is read again because of them.
"""

from __future__ import annotations

import ast
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from config.source import Source
from schemas import errors
from schemas.errors import StorageError
from schemas.model import RELEASE_STAGES, SMALL, VALUE_STATUSES, Field, Matches, Table
from warehouse.files import write_whole

ROOT = Path(__file__).resolve().parents[2]
READ = ROOT / "tasks" / "read"
PACKAGE = "tasks.read."
# Of every source, whatever its format.
COMMON = (
    READ / "staging.py",
    READ / "mapping.py",
    READ / "asked.py",
    READ / "codes.py",
    READ / "lists.py",
    READ / "small_counts.py",
    READ / "formats" / "__init__.py",
    READ / "formats" / "common.py",
    ROOT / "schemas" / "rules.py",
    ROOT / "schemas" / "sql.py",
)
# Further modules of a format: those that its reader runs in a separate process.
CHILDREN = {
    "workbook": (READ / "workbook" / "convert.py", ROOT / "schemas" / "headings.py"),
    "xlsx": (READ / "workbook" / "sheet.py",),
}
ERRORS = frozenset(
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.PenataranError)
)
"""Errors that stop a whole answer: of these the code counts, not the text."""
_PARSING = threading.Lock()
_known: dict[str, str] = {}  # identities by what they are of
_kept: dict[str, str] = {}  # those that are on the disk
NOT_MEANING = frozenset({"annotation", "returns", "type_params", "type_comment", "kind", "ctx"})


def reader_of(source: Source) -> str:
    """SHA-256 of the code and the table by which a source's bytes are read."""
    parts = [source, *map(source.part, source.datasets)]
    readers = [p.reader for p in parts]
    if source.first_request:
        readers.append(source.first_request.reader)
    modules = {r.module for r in readers} - {None, ""}
    return _sha256(
        frozenset(r.format for r in readers),
        frozenset(str(m) for m in modules),
        _table_text(source.warehouse_table),
    )


@lru_cache(maxsize=256)
def _sha256(formats: frozenset[str], modules: frozenset[str], table: str) -> str:
    key = hashlib.sha256(repr((sorted(formats), sorted(modules), table)).encode()).hexdigest()
    if key not in _known:
        _known[key] = _computed(formats, modules, table)
    return _known[key]


def _computed(formats: frozenset[str], modules: frozenset[str], table: str) -> str:
    texts = {_code(path) for path in reading_code(formats, modules)}
    digest = hashlib.sha256(table.encode())
    for text in sorted(texts):
        digest.update(text.encode())
    return digest.hexdigest()


def use_kept(path: Path) -> None:
    """Take over the identities that the same code computed in another process: to parse it costs
    a third of a second. A file that cannot be read says nothing."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["code"] == _bytes_of_code():
            _known.update({str(k): str(v) for k, v in kept["readers"].items()})
            _kept.update(_known)


def keep(path: Path) -> None:
    """Write the identities that are known, where there are more than were kept."""
    if _known.keys() <= _kept.keys() and path.exists():
        return
    with suppress(StorageError):  # where there is no room, the next run computes them again
        write_whole(path, json.dumps({"code": _bytes_of_code(), "readers": _known}))
        _kept.update(_known)


@cache
def _bytes_of_code() -> str:
    """SHA-256 of every file that the identities are computed from, as it is."""
    digest = hashlib.sha256()
    for path in sorted((*READ.rglob("*.py"), *(ROOT / "schemas").glob("*.py"))):
        digest.update(f"{path.relative_to(ROOT)} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def reading_code(formats: frozenset[str], modules: frozenset[str]) -> set[Path]:
    """Files whose code decides what bytes of these formats mean, source readers included."""
    found = set(COMMON)
    for name in formats:
        found |= _with_imports(READ / "formats" / f"{name.replace('-', '_')}_rows.py")
        for child in CHILDREN.get(name, ()):
            found |= _with_imports(child)
    return found | {READ / "sources" / f"{name}.py" for name in modules}


@lru_cache(maxsize=64)
def _with_imports(path: Path) -> frozenset[Path]:
    """A module of tasks.read and those of tasks.read that it imports, theirs included."""
    found, waiting = set(), [path]
    while waiting:
        here = waiting.pop()
        if here in found:
            continue
        found.add(here)
        waiting += [p for name in _imported(here) if (p := _file_of(name)) is not None]
    return frozenset(found)


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file_of(module: str) -> Path | None:
    """The file of a module; None for a package. Of packages only `formats` has code (COMMON)."""
    path = ROOT / Path(*module.split(".")).with_suffix(".py")
    return path if path.exists() else None


@lru_cache(maxsize=128)
def _parsed(path: Path) -> ast.Module:
    # Python 3.11 counts the depth of parsing for all threads together, and fails if two parse at
    # once ("AST constructor recursion depth mismatch").
    with _PARSING:
        return ast.parse(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=128)
def _code(path: Path) -> str:
    return code_text(_parsed(path))


def code_text(node: Any) -> str:
    """What the code does, as text: the same for the same code on every version of Python."""
    if isinstance(node, list):  # a None holds a place: of `**more` in a dict, of no default
        texts = (code_text(item) if item is not None else "None" for item in node)
        return f"[{' '.join(filter(None, texts))}]" if node else ""
    if not isinstance(node, ast.AST):
        return repr(node) if node is not None else ""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Pass():
            return ""
        case ast.Expr(value=ast.Constant(value=str())):  # a docstring
            return ""
        case ast.Raise(exc=ast.Call(func=ast.Name(id=kind), args=[code, *_])) if kind in ERRORS:
            return f"(Raise {kind} {code_text(code)})"  # without the text of the error
    fields = (
        (name, code_text(value)) for name, value in ast.iter_fields(node) if name not in NOT_MEANING
    )
    inside = " ".join(f"{name}={text}" for name, text in fields if text)
    return f"({type(node).__name__} {inside})"


def _table_text(table: Table) -> str:
    """The facts of a table that decide how bytes are read; no titles, descriptions or hints."""
    return repr(
        (
            [_field_facts(f) for f in table.body()],
            [f.name for f in table.key],
            table.value_field,
            [(r.code, r.holds, r.severity) for r in table.rules],
            table.small_cells,
            table.total_of,
            (SMALL, RELEASE_STAGES, VALUE_STATUSES),
        )
    )


def _field_facts(field: Field) -> tuple[Any, ...]:
    checks = [
        (check.pattern, check.severity) if isinstance(check, Matches) else check
        for check in field.checks
    ]
    return (field.name, field.type, field.nullable, field.pseudonym, checks)
