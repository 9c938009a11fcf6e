"""Codes that say why a figure is empty, or how it is known: each has words, where it can stand."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import openpyxl
import pytest
import sqlglot
from sqlglot import exp

from flows.cli.chain import chain_lines
from flows.cli.main import main
from flows.cli.output import write
from schemas.model import Words
from tests.unit.conftest import SmallWarehouse
from tests.unit.warehouse import random_rows, trade_world
from warehouse import marts
from warehouse.base import Result
from warehouse.dictionary import CODES, codes_of, described_tables, in_words, words_of
from warehouse.indicators import reasons

CODED = re.compile(r"^link$|(^|_)(reason|note)$")
CODE = re.compile(r"[a-z]+(_[a-z]+)*")
OTHER = {("mart_revisions", "change_reason")}  # words of the versions, in their own table
REASONS = {value for name, value in vars(reasons).items() if name.isupper() and value}


def coded_columns() -> list[tuple[str, str]]:
    return [
        (name, column.name)
        for name in marts.all_marts()
        for column in described_tables()[name].columns
        if CODED.search(column.name) and (name, column.name) not in OTHER
    ]


def parts(text: str) -> Iterator[str]:
    """The codes of a cell: `code; stage:code`."""
    for part in text.split("; "):
        yield part.rpartition(":")[2]


def results(tree: exp.Expression, found: exp.Expression, seen: set[str]) -> Iterator[str]:
    """Texts that an expression can become; a column's are those of its name in the same SQL."""
    match found:
        case exp.Case():
            for branch in (*(i.args["true"] for i in found.args["ifs"]), found.args.get("default")):
                if branch is not None:
                    yield from results(tree, branch, seen)
        case exp.Nullif():
            yield from results(tree, found.this, seen)
        case exp.Literal() if found.is_string:
            yield from (part for part in parts(found.this) if part)
        case exp.Column():
            read = {table.alias_or_name: table.name for table in tree.find_all(exp.Table)}
            if (table := read.get(found.table, "")) in marts.all_marts():
                yield from declared(table, found.name)
            else:
                yield from in_sql(tree, found.name, seen)
        case _:
            for part in found.iter_expressions():
                yield from results(tree, part, seen)


def in_sql(tree: exp.Expression, column: str, seen: set[str]) -> Iterator[str]:
    if column in seen:
        return
    seen.add(column)
    for select in tree.find_all(exp.Select):
        for place, name in enumerate(names_of(select)):
            if name == column:
                yield from results(tree, select.expressions[place].unalias(), seen)


def names_of(select: exp.Select) -> list[str]:
    """The names of its columns: those of the first part of a union."""
    first = select
    while isinstance(first.parent, exp.Union) and first is first.parent.expression:
        first = first.parent.this
        while isinstance(first, exp.Union):
            first = first.this
    return first.named_selects


def declared(mart: str, column: str) -> set[str]:
    return {code for code, _ in codes_of(mart, column)}


@pytest.mark.parametrize(("mart", "column"), coded_columns())
def test_every_code_in_the_sql_of_a_mart_has_words(mart: str, column: str) -> None:
    found = marts.all_marts()[mart]
    if found.calculation is not None:
        assert declared(mart, column) <= REASONS
        return
    tree = sqlglot.parse_one(found.sql, dialect="duckdb")
    codes = set(in_sql(tree, column, set()))
    assert codes <= declared(mart, column), f"write the words in {CODES.name}"
    upstream = {code for name in found.mentioned() for other, own in coded_columns()
                if name == other for code in declared(other, own)}  # fmt: skip
    assert declared(mart, column) <= codes | upstream, "it cannot be these"
    assert declared(mart, column), "what can it be?"


def test_codes_are_words_of_both_languages_for_columns_that_are_there() -> None:
    with CODES.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    codes = [row["code"] for row in rows]
    assert len(set(codes)) == len(codes)
    assert all(CODE.fullmatch(code) for code in codes)
    assert all(row["id"].strip() and row["en"].strip() and row["id"] != row["en"] for row in rows)
    columns = {f"{mart}.{column}" for mart, column in coded_columns()}
    assert {name for row in rows for name in row["columns"].split()} == columns


def test_every_code_of_a_calculated_mart_has_words(tables: SmallWarehouse) -> None:
    """A world of trade, and one that few report. Other marts: test_mart_kinds.py."""
    rows = [*trade_world.export_rows(), *trade_world.export_rows(source="few")[:40]]
    tables.con.execute(random_rows.insert_sql("core_trade__flows", rows))
    tables.con.execute(random_rows.insert_sql("core_trade__flows", trade_world.market_rows()))
    for area in {row["reporter_area"] for row in rows}:
        tables.insert("ref_area", scheme="iso3", code=area, area=area, is_country=True)
    found = set()
    for mart, column in coded_columns():
        if marts.all_marts()[mart].calculation is not None:
            sql = f"SELECT DISTINCT {column} FROM {mart} WHERE {column} IS NOT NULL"
            codes = {code for (text,) in tables.rows(sql) for code in parts(text)}
            assert codes <= declared(mart, column), mart
            found |= codes
    assert {"few_reporters", "value_missing"} <= found


# --- where people read them ---------------------------------------------------------------


def test_codes_of_a_cell_are_said_in_words() -> None:
    assert in_words("cohort_hidden", "en") == "a small cohort is hidden"
    assert in_words("count_hidden; need_at_least", "en") == (
        "a small count is hidden; needed at least: a register lacks this year"
    )
    assert in_words("forums:year_not_registered", "id") == (
        "forums: registernya tidak punya catatan dari tahun ini"
    )


def described(*words: str) -> str:
    out = StringIO()
    with redirect_stdout(out):
        assert main(["describe", *words]) == 0
    return out.getvalue()


def test_describe_lists_the_codes_of_a_table() -> None:
    found = described("mart_peers", "--language", "en")
    assert re.search(r"ratio_note +home_missing +the home region has no value", found)
    assert "home_missing" not in described("mart_trade_growth")


def test_the_words_sheet_of_a_workbook_lists_the_codes_of_its_columns(tmp_path: Path) -> None:
    sql = "SELECT region_code, comparison_note FROM mart_peers"
    about = words_of(sql, ("region_code", "comparison_note"))
    out = tmp_path / "x.xlsx"
    result = Result(("region_code", "comparison_note"), iter([[("3505", "own_statements")]]))
    write(result, "xlsx", str(out), simulated=False, about=about)
    shown = [[cell.value for cell in row] for row in openpyxl.load_workbook(out)["keterangan"]]
    assert shown[-2:] == [
        ["kolom / column", "kode / code", "arti", "meaning"],
        ["comparison_note", "own_statements", "tiap daerah menurut pernyataannya sendiri",
         "each region by its own statement"],
    ]  # fmt: skip


def test_trace_says_what_a_code_means() -> None:
    from zoneinfo import ZoneInfo

    row = {"region_code": "3505", "ratio_note": "no_home_region", "rank": 1}
    found = {"mart": "mart_peers", "rows": [row], "behind": [], "set": [], "more": False}
    row |= {name: "x" for name in marts.all_marts()["mart_peers"].key}
    text = " ".join(chain_lines(found, "en", ZoneInfo("UTC")))
    assert "ratio_note=no_home_region (no region keeps its registers here)" in text


def test_words_are_in_one_place() -> None:
    """The same code means the same in every mart."""
    said: dict[str, set[Words]] = {}
    for mart, column in coded_columns():
        for code, words in codes_of(mart, column):
            said.setdefault(code, set()).add(words)
    assert all(len(words) == 1 for words in said.values())
