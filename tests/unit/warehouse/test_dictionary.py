"""Every column that readers see is described, once, in both languages."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest

from flows.cli.main import main
from schemas.catalogue import TABLES
from warehouse import marts
from warehouse.dictionary import COLUMNS, comments, comments_on_tables, described_tables, in_marts

pytestmark = pytest.mark.fast
TABLE_NAMES = sorted(described_tables())


def test_every_table_and_mart_is_there() -> None:
    expected = {*TABLES, *marts.all_marts()}
    expected |= {t.vintages_name for t in TABLES.values() if t.has_vintages}
    assert set(TABLE_NAMES) == expected


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_every_column_has_words_in_both_languages(name: str) -> None:
    table = described_tables()[name]
    for said in (table.title, *(c.description for c in table.columns)):
        assert said.id.strip()
        assert said.en.strip()
    assert table.kind in ("core", "ref", "ops", "mart")
    assert len({c.name for c in table.columns}) == len(table.columns)


def test_what_is_written_for_marts_is_of_columns_that_they_have() -> None:
    tables = described_tables()
    used = {(n, c.name) for n in marts.all_marts() for c in tables[n].columns}
    with COLUMNS.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    keys = [(row["mart"], row["column"]) for row in rows]
    assert len(set(keys)) == len(keys)
    for mart, column in keys:
        assert (mart, column) in used or (not mart and column in {c for _, c in used}), column
    for row in rows:
        assert row["id"] != row["en"] or row["id"] in ("year",), row


def test_a_key_of_a_mart_is_one_of_its_columns() -> None:
    for name, mart in marts.all_marts().items():
        assert set(mart.key) <= {c.name for c in described_tables()[name].columns}, name


def test_a_column_that_is_described_nowhere_is_named() -> None:
    with pytest.raises(KeyError, match=r"mart_rates_annual\.no_such_column"):
        in_marts("mart_rates_annual", "no_such_column")


def test_a_column_of_a_mart_inherits_through_other_marts() -> None:
    """`valuation` of the view is the table's; the rate of a year is that of the daily rates."""
    flows = {c.name: c for c in described_tables()["core_trade__flows"].columns}
    view = {c.name: c for c in described_tables()["mart_trade_by_partner_product"].columns}
    assert view["valuation"].description == flows["valuation"].description
    unit, _ = in_marts("mart_rates_annual", "rate")
    assert unit == "quote per base"


def test_comments_are_of_every_table_and_column() -> None:
    columns = {n: [c.name for c in described_tables()[n].columns] for n in marts.all_marts()}
    found = [*comments(columns, " X"), *comments_on_tables(" X")]
    about = {name for kind, name, _ in found if kind == "COLUMN"}
    assert about == {f"{t.name}.{c.name}" for t in described_tables().values() for c in t.columns}
    assert all(text.endswith(". X") for kind, _, text in found if kind != "COLUMN")


def described(*words: str, capsys: Any) -> Any:
    capsys.readouterr()
    code = main(["describe", *words])
    found = capsys.readouterr()
    return code, found.out, found.err


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENATARAN_LANGUAGE", "en")
    code, out, _ = described(capsys=capsys)
    assert code == 0
    assert "mart_trade_mirror" in out
    code, out, _ = described("core_exchange__rates", "--language", "id", capsys=capsys)
    assert "mata uang" in out
    assert "frankfurter" in out  # a source that fills it
    code, out, _ = described("mart_rates_annual", "--json", capsys=capsys)
    (table,) = json.loads(out)["tables"]
    assert table["key"] == ["source", "year", "base_currency", "quote_currency"]
    assert table["reads"] == ["core_exchange__rates", "mart_rates_paired"]
    assert {"name", "type", "unit", "key", "description", "codes"} == set(table["columns"][0])
    code, _, err = described("mart_rates_anual", capsys=capsys)
    assert code == 2
    assert "mart_rates_annual" in err


def test_numbers_of_marts_are_exact_and_fit_other_tools() -> None:
    """pandas and Parquet have no whole number of 128 bits: it would become a float."""
    found = [
        f"{name}.{column.name} {column.type}"
        for name in marts.all_marts()
        for column in described_tables()[name].columns
        if column.type in {"HUGEINT", "DOUBLE", "FLOAT"}
    ]
    assert found == []
