"""Checks of regular expressions and globs, in the engine that runs them, and of encodings."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

from config.checks import around as walk
from config.checks.around import Around
from config.mistakes import Mistake, Place
from config.reading import CsvReader, HtmlReader, XlsxReader
from config.source import Source
from schemas.nearest import near

MODULES = Path(__file__).parents[2] / "tasks" / "read" / "sources"
# What Python and RE2 both know and mean alike; only other patterns need RE2 itself, which takes
# half a second to load.
COMMON = re.compile(r"(?:[^\\(?+*{[\]]|\\[dDwWsSbB.^$*+?()\[\]{}|\\/-]|\((?!\?)|\(\?:"
                    r"|\[(?:[^\\\[\]]|\\[dDwWsS.^$*+?()\[\]{}|\\/-])+\]"
                    r"|[?+*](?![+])|\{\d{1,2}(?:,\d{0,2})?\}(?![+]))*")  # fmt: skip


def of_python(pattern: str) -> str:
    """What is wrong with a regular expression of Python; empty if nothing is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return str(error)
    return ""


def of_re2(pattern: str) -> str:
    """What is wrong with a regular expression of RE2, which DuckDB runs."""
    if COMMON.fullmatch(pattern):
        return of_python(pattern)
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array(["x"]), pattern)
    except pa.ArrowInvalid as error:
        return str(error).removeprefix("Invalid regular expression: ")
    return ""


def groups(pattern: str) -> int:
    """Groups of a valid pattern: brackets that count."""
    plain = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "", pattern)
    return len(re.findall(r"\((?!\?)|\(\?P?<(?![=!])", plain))


def _python(place: Place, pattern: str, *, group: bool = False) -> Iterator[Mistake]:
    wrong = of_python(pattern)
    if wrong:
        yield Mistake(place, f"{pattern!r} is not a valid regular expression: {wrong}")
    elif group and groups(pattern) < 1:
        yield Mistake(place, f"{pattern!r} has no group (…): what it finds is its first group")


def readers(source: Source, _around: Around) -> Iterator[Mistake]:
    """Patterns, encodings and short readers of the readers."""
    for place, reader in walk.readers(source):
        if reader.wide and reader.wide.columns:
            yield from _python((*place, "wide", "columns"), reader.wide.columns)
        if isinstance(reader, HtmlReader):
            for name, pattern in reader.page.items():
                yield from _python((*place, "page", name), pattern, group=True)
        if isinstance(reader, XlsxReader):
            yield from _python((*place, "sheet"), reader.sheet)
        if isinstance(reader, CsvReader | HtmlReader) and not is_encoding(reader.encoding):
            yield Mistake(
                (*place, "encoding"), f"{reader.encoding!r} is not a valid encoding of text"
            )
        if isinstance(reader, CsvReader) and reader.delimiter in '"\r\n':
            yield Mistake((*place, "delimiter"), f"{reader.delimiter!r} cannot stand between cells")
        if reader.module is not None and reader.module not in modules():
            hint = near(reader.module, modules())
            yield Mistake((*place, "module"), f"no reader {reader.module!r} in {_shown()}{hint}")


def modules() -> set[str]:
    """Short readers of odd formats."""
    return {p.stem for p in MODULES.glob("*.py") if p.stem != "__init__"}


def _shown() -> str:
    return "/".join(MODULES.parts[-3:])


def is_encoding(name: str) -> bool:
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def extracts(source: Source, _around: Around) -> Iterator[Mistake]:
    """Patterns of columns, which DuckDB runs, and the groups that are put together of them."""
    for place, _name, column in walk.columns(source):
        if not column.extract:
            continue
        wrong = of_re2(column.extract)
        if wrong:
            yield Mistake(
                (*place, "extract"),
                f"{column.extract!r} is not a valid regular expression (RE2): {wrong}",
            )
            continue
        yield from _rewrite(place, column.as_, groups(column.extract))


def _rewrite(place: Place, text: str, known: int) -> Iterator[Mistake]:
    for sign in re.findall(r"\\(.?)", text.replace(r"\\", "")):
        if not sign.isdigit():
            yield Mistake((*place, "as"), f"{text!r}: expected \\1 to \\9 after a backslash")
        elif int(sign) > known:
            yield Mistake((*place, "as"), f"\\{sign}: extract has {known or 'no'} groups (…)")


def selections(source: Source, _around: Around) -> Iterator[Mistake]:
    """Selections of something, by globs that are whole."""
    places: list[tuple[Place, dict[str, tuple[str, ...]]]] = [(("select",), source.select)]
    places += [(("datasets", n, "select"), d.select) for n, d in source.datasets.items()]
    for place, select in places:
        for name, values in select.items():
            if not values:
                yield Mistake((*place, name), "is empty: expected texts of the rows that count")
            for value in values:
                if not value.removeprefix("!"):
                    yield Mistake((*place, name), f"{value!r} selects nothing")
                elif re.search(r"\[[^\]]*$", value):
                    yield Mistake((*place, name), f"{value!r}: [ has no ]")


def lists(source: Source, _around: Around) -> Iterator[Mistake]:
    """Patterns of what partners list."""
    for place, _name, variable, _datasets in walk.variables(source):
        found = variable.found
        if found is None:
            continue
        for key in ("match", "pattern"):
            pattern = getattr(found, key)
            yield from _python((*place, "found", key), pattern)
        for path, pattern in found.where.items():
            yield from _python((*place, "found", "where", path), pattern)
        if found.pattern and not of_python(found.pattern) and groups(found.pattern) > 1:
            yield Mistake(
                (*place, "found", "pattern"),
                f"{found.pattern!r} has several groups: expected one, of the value",
            )
