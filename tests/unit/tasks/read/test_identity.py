"""What makes landed bytes be read again: a change of what the code does, and nothing else."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config import declarations
from config.source import Source
from schemas.model import Between, Matches, OneOf, RowRule, Table, Words
from tasks.read import identity
from tasks.read.identity import READ, ROOT, code_text, reader_of, reading_code

pytestmark = pytest.mark.fast

DECLARED = declarations.load_all().sources
READER = """
def rate_of(cell, factor=1):
    if cell is None or cell == "":
        return None
    if cell < 0:
        raise DataError("not_a_rate", "below zero")
    return {"rate": cell * factor, **more(cell)}
"""


def text_of(code: str) -> str:
    return code_text(ast.parse(code))


class TestCodeText:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("def rate_of", "# of one dollar\ndef rate_of"),
            ("factor=1):", 'factor=1):\n    """The rate."""'),
            ("cell, factor=1)", "cell: int | None, factor: int = 1) -> dict[str, int]"),
            ("def rate_of", "import math\nfrom os import path\n\n\ndef rate_of"),
            ('{"rate": cell * factor, **more(cell)}',
             '{\n        "rate": (cell * factor),\n        **more(cell),\n    }'),
            ('"below zero"', 'f"it is {cell}", hint="a minus sign"'),
            ('"below zero")', '"below zero") from None'),
            ("        return None", "        pass\n        return None"),
        ],
        ids=["a comment", "a docstring", "annotations", "imports", "layout", "an error's words",
             "an error's cause", "pass"],
    )  # fmt: skip
    def test_it_ignores(self, before: str, after: str) -> None:
        assert before in READER
        assert text_of(READER.replace(before, after)) == text_of(READER)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ('cell == ""', 'cell == "-"'),
            ("cell < 0", "cell <= 0"),
            ("cell * factor", "cell + factor"),
            ("factor=1", "factor=1000"),
            ("factor=1", "*, factor=1"),
            ("is None or", "is None and"),
            ("if cell < 0:", "if cell < 0 and factor:"),
            ("if cell < 0:", "while cell < 0:"),
            ('"not_a_rate"', '"not_a_number"'),
            ("raise DataError(", "raise StorageError("),
            ("return None", "return"),
            ("return None", "return 0"),
            ('"rate": cell * factor, **more(cell)', '**more(cell), "rate": cell * factor'),
            ("def rate_of", "@cache\ndef rate_of"),
            ("rate_of(cell, ", "rate_of(cell, kind, "),
        ],
        ids=["a constant", "a comparison", "an operator", "a default", "a keyword",
             "and for or", "a condition", "a loop", "an error's code", "an error's kind",
             "no value", "another value", "which of two keys holds", "a decorator", "an argument"],
    )  # fmt: skip
    def test_it_notices(self, before: str, after: str) -> None:
        assert before in READER
        assert text_of(READER.replace(before, after)) != text_of(READER)

    def test_it_notices_which_of_two_keywords_has_the_default(self) -> None:
        assert text_of("def f(*, a, b=1): g(a, b)") != text_of("def f(*, a=1, b): g(a, b)")

    def test_a_text_that_is_used_is_no_docstring(self) -> None:
        assert text_of('f("a")') != text_of('f("b")')


def names(paths: set[Path]) -> set[str]:
    return {str(p.relative_to(ROOT)) for p in paths}


FORMATS = sorted(
    p.stem.removesuffix("_rows").replace("_", "-") for p in (READ / "formats").glob("*_rows.py")
)
MODULES = sorted(p.stem for p in (READ / "sources").glob("[!_]*.py"))
OF_EVERY_SOURCE = {
    "tasks/read/staging.py", "tasks/read/mapping.py", "tasks/read/asked.py",
    "tasks/read/codes.py", "tasks/read/lists.py", "tasks/read/small_counts.py",
    "tasks/read/formats/__init__.py", "tasks/read/formats/common.py", "schemas/rules.py",
    "schemas/sql.py",
}  # fmt: skip
OF_PARTNER_FILES = {
    f"tasks/read/workbook/{name}.py"
    for name in ("calendar_words", "cells", "centred", "convert", "dates", "facts", "grid",
                 "html_tables",
                 "layout", "lines", "markup",
                 "number_formats", "numbers", "opening", "periods", "person_headings",
                 "person_numbers",
                 "person_words", "preflight", "privacy", "problem", "pseudonym", "readers",
                 "regex", "regions", "rows", "scales", "spelling", "table", "text",
                 "title_parts", "values")
}  # fmt: skip
NEEDED = {
    "workbook": OF_PARTNER_FILES | {"schemas/headings.py"},
    "xlsx": OF_PARTNER_FILES | {"tasks/read/workbook/sheet.py"},
    "csv": {"tasks/read/formats/sdmx.py"},
    "json-stat": {"tasks/read/formats/sdmx_json_rows.py", "tasks/read/formats/sdmx.py"},
    "html": {f"tasks/read/workbook/{n}.py" for n in ("html_tables", "regex", "text")},
    "sdmx-json": {"tasks/read/formats/sdmx.py"},
    "sdmx-ml": {"tasks/read/formats/sdmx.py", "tasks/read/formats/xml_rows.py"},
}


class TestReadingCode:
    @pytest.mark.parametrize("name", FORMATS)
    def test_a_format_is_read_by_its_own_reader_and_what_that_needs(self, name: str) -> None:
        own = f"tasks/read/formats/{name.replace('-', '_')}_rows.py"
        found = names(reading_code(frozenset({name}), frozenset()))
        assert found == OF_EVERY_SOURCE | {own} | NEEDED.get(name, set())

    @pytest.mark.parametrize("module", MODULES)
    def test_a_source_is_read_by_its_own_module(self, module: str) -> None:
        found = names(reading_code(frozenset({"json"}), frozenset({module})))
        of_sources = {name for name in found if name.startswith("tasks/read/sources/")}
        assert of_sources == {f"tasks/read/sources/{module}.py"}

    @pytest.mark.parametrize("name", FORMATS)
    def test_errors_and_operations_tables_decide_nothing(self, name: str) -> None:
        found = names(reading_code(frozenset({name}), frozenset(MODULES)))
        assert not [n for n in found if n.startswith("schemas/tables/") or n == "schemas/errors.py"]

    def test_no_module_that_reads_is_forgotten(self) -> None:
        """Whatever lies in tasks/read belongs to some source; a package's head says nothing."""
        there = {p for p in READ.rglob("*.py") if p.name not in ("__init__.py", "identity.py")}
        found = reading_code(frozenset(FORMATS), frozenset(MODULES))
        assert names({p for p in found if READ in p.parents and p.name != "__init__.py"}) == names(
            there
        )

    def test_heads_of_packages_do_nothing(self) -> None:
        heads = [p for p in READ.rglob("__init__.py") if p.parent.name != "formats"]
        empty = {text_of(""), text_of("'a docstring'")}
        assert {text_of(p.read_text(encoding="utf-8")) for p in heads} <= empty

    @pytest.mark.parametrize("source", DECLARED.values(), ids=str)
    def test_every_declared_source_has_an_identity(self, source: Source) -> None:
        assert len(reader_of(source)) == 64


def read_by(table: Table) -> str:
    """Identity of the code for a source whose table were this one."""
    source = DECLARED["ecb"].model_copy()
    source.__dict__["warehouse_table"] = table
    return reader_of(source)


RATES = DECLARED["ecb"].warehouse_table
RATE = RATES.measures[0]
RULE = RATES.rules[0]
OTHER_WORDS = Words("kata lain", "other words")


class TestTable:
    @pytest.mark.parametrize(
        "table",
        [
            replace(RATES, measures=(replace(RATE, checks=(*RATE.checks, Between(high=9))),)),
            replace(RATES, measures=(replace(RATE, checks=()),)),
            replace(RATES, measures=(replace(RATE, nullable=False),)),
            replace(RATES, key=RATES.key[:-1]),
            replace(RATES, value_field=None),
            replace(RATES, rules=()),
            replace(RATES, rules=(replace(RULE, holds="true"),)),
            replace(RATES, rules=(RULE, RowRule("more", "rate < 9", ("rate",), OTHER_WORDS))),
        ],
        ids=["another check", "a check less", "may not be empty", "another key", "no value",
             "a rule less", "another rule", "a rule more"],
    )  # fmt: skip
    def test_what_decides_which_rows_pass_counts(self, table: Table) -> None:
        assert read_by(table) != read_by(RATES)

    @pytest.mark.parametrize(
        "table",
        [
            replace(RATES, title=OTHER_WORDS),
            replace(RATES, measures=(replace(RATE, description=OTHER_WORDS, unit="x"),)),
            replace(RATES, rules=(replace(RULE, message=OTHER_WORDS, hint=OTHER_WORDS),)),
        ],
        ids=["a title", "a description", "the words of a rule"],
    )
    def test_what_only_explains_does_not(self, table: Table) -> None:
        assert read_by(table) == read_by(RATES)

    def test_the_hint_of_a_pattern_only_explains(self) -> None:
        plain, hinted, other = (
            replace(RATES, measures=(replace(RATE, checks=(check,)),))
            for check in (Matches("a"), Matches("a", hint=OTHER_WORDS), Matches("b"))
        )
        assert read_by(plain) == read_by(hinted) != read_by(other)

    def test_lists_of_allowed_values_count(self) -> None:
        few, more = (
            replace(RATES, measures=(replace(RATE, checks=(OneOf(values),)),))
            for values in (("1",), ("1", "2"))
        )
        assert read_by(few) != read_by(more)


class TestKept:
    """Identities are kept beside the home's state, and used while the code is the same."""

    @pytest.fixture(autouse=True)
    def another_process(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setattr(identity, "_known", {})
        monkeypatch.setattr(identity, "_kept", {})
        identity._sha256.cache_clear()
        yield
        identity._sha256.cache_clear()

    def restart(self, monkeypatch: pytest.MonkeyPatch) -> list[object]:
        """What is computed from now on."""
        computed: list[object] = []
        real = identity._computed

        def noted(*parts: Any) -> str:
            computed.append(parts)
            return real(*parts)

        monkeypatch.setattr(identity, "_known", {})
        monkeypatch.setattr(identity, "_kept", {})
        monkeypatch.setattr(identity, "_computed", noted)
        identity._sha256.cache_clear()
        return computed

    def test_they_are_computed_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        known = reader_of(DECLARED["ecb"])
        identity.keep(tmp_path / "readers.json")
        computed = self.restart(monkeypatch)
        identity.use_kept(tmp_path / "readers.json")
        assert reader_of(DECLARED["ecb"]) == known
        assert computed == []
        reader_of(DECLARED["worldbank"])
        assert len(computed) == 1
        identity.keep(tmp_path / "readers.json")
        assert len(json.loads((tmp_path / "readers.json").read_text())["readers"]) == 2

    @pytest.mark.parametrize("text", [None, "", "[]", '{"code": "of another version"}'])
    def test_what_is_of_other_code_or_damaged_is_not_used(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
    ) -> None:
        path = tmp_path / "readers.json"
        known = reader_of(DECLARED["ecb"])
        identity.keep(path)
        if text is None:
            kept = json.loads(path.read_text())
            text = json.dumps({"code": "0" * 64, "readers": dict.fromkeys(kept["readers"], "x")})
        path.write_text(text)
        computed = self.restart(monkeypatch)
        identity.use_kept(path)
        assert reader_of(DECLARED["ecb"]) == known
        assert len(computed) == 1
