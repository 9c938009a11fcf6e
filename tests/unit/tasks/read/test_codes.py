"""Table `codes`: made of facts about each list, the same for the same rows of the lake."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.catalogue import TABLES
from schemas.derive import arrow_schema
from schemas.model import Table
from tasks.read import codes
from tasks.read.lists import CODE_LISTS
from warehouse.engine import connect
from warehouse.lake import Lake

pytestmark = pytest.mark.fast

ENVELOPE: dict[str, Any] = {
    "release_stage": "final",
    "value_status": "observed",
    "recorded_at": datetime(2026, 1, 1, tzinfo=UTC),
    "load_seq": 1,
    "run_id": "r",
    "raw_sha256": "0",
    "is_deleted": False,
    "change_reason": "first",
}
BUILTIN, PARTNER = {"source": "reference_x"}, {"source": "comtrade_codes"}
ROWS: dict[str, list[dict[str, Any]]] = {
    "ref_area": [
        {**BUILTIN, "scheme": "iso3", "code": "JPN", "area": "JPN"},
        {**BUILTIN, "scheme": "m49", "code": "392", "area": "JPN"},
        {**PARTNER, "scheme": "comtrade", "code": "392", "area": "JPN",
         "valid_from": date(1962, 1, 1)},
        {**BUILTIN, "scheme": "comtrade", "code": "392", "area": "XXX"},
        {**BUILTIN, "scheme": "iso3", "code": "SUN", "area": "SUN",
         "valid_until": date(1992, 8, 30)},
    ],
    "ref_product": [
        {**BUILTIN, "product_classification": "HS", "product_code": "090111"},
    ],
    "ref_currency": [
        {**BUILTIN, "currency": "IDR"},
        {**BUILTIN, "currency": "NLG", "valid_until": date(2002, 1, 28)},
    ],
}  # fmt: skip
# Of this content by the code of e4e2eb2, before lists became data.
SHA256 = "b7f45628e6645e83b51bf9f9d05c909f55eaeab334e59922fa12614f43a1de13"


class RowsOnly:
    """A lake that holds these rows, as far as `codes.build` looks."""

    def __init__(self, folder: Path, rows: dict[str, list[dict[str, Any]]]) -> None:
        self.folder = folder
        self.rows = rows

    def view(self, con: Any, table: Table, name: str) -> bool:
        rows = [{**ENVELOPE, **row} for row in self.rows.get(table.name, [])]
        path = self.folder / f"{table.name}.parquet"
        data = pa.Table.from_pylist(rows, schema=arrow_schema(table.lake_fields()))
        pq.write_table(data, path)
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet('{path}')")
        return True


def built(folder: Path, rows: dict[str, list[dict[str, Any]]]) -> tuple[codes.CodeLists, list[Any]]:
    con = connect(folder / "duckdb")
    try:
        lists = codes.build(con, cast(Lake, RowsOnly(folder, rows)))
        return lists, con.execute("SELECT * FROM codes ORDER BY 1, 2, 3").fetchall()
    finally:
        con.close()


def test_the_same_rows_have_the_same_sha256_as_ever(tmp_path: Path) -> None:
    lists, found = built(tmp_path, ROWS)
    assert lists.sha256 == SHA256
    assert ("area", "comtrade", "392", "JPN", date(1962, 1, 1), None) in found
    assert ("area", "", "SUN", "SUN", None, date(1992, 8, 30)) in found
    assert ("area", "", "JPN", "JPN", None, None) in found  # its own dates, not a scheme's


def test_a_list_may_refuse_a_row_once_it_is_whole(tmp_path: Path) -> None:
    """The built-in products are the region's basket: other products are still products."""
    lists, _ = built(tmp_path, ROWS)
    assert lists.closed == {"area", "currency"}
    whole = {**ROWS, "ref_product": [*ROWS["ref_product"],
                                     {**PARTNER, "product_classification": "HS",
                                      "product_code": "090112"}]}  # fmt: skip
    lists, _ = built(tmp_path, whole)
    assert lists.closed == {"area", "currency", "product"}


def test_every_list_is_a_table_with_its_columns() -> None:
    for code_list in CODE_LISTS.values():
        columns = {f.name for f in TABLES[code_list.table].lake_fields()}
        assert {code_list.target, code_list.scheme or code_list.target} <= columns


def test_national_product_lines_are_looked_up_by_their_subheading() -> None:
    assert CODE_LISTS["product"].compared("typed.product_code") == "left(typed.product_code, 6)"
    assert CODE_LISTS["area"].compared("typed.area") == "typed.area"
