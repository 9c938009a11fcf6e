"""A log of an older version gets the wider columns of today, once."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from schemas.catalogue import TABLES
from schemas.derive import SQL_TYPES
from schemas.model import DECIMALS, Type
from warehouse.data_files import from_rows, local_path
from warehouse.engine import connect
from warehouse.lake import Lake
from warehouse.rewrites import widen

pytestmark = pytest.mark.fast
TABLE, LOADS = TABLES["core_context__indicators"], TABLES["ops_load"]


def load(lake: Lake, number: int, source: str, value: str) -> None:
    filled = {
        "source": source, "indicator": "index", "area": "IDN", "region_code": "TOTAL",
        "frequency": "A", "value": Decimal(value), "release_stage": "final",
        "value_status": "observed", "recorded_at": datetime(2026, 1, number, tzinfo=UTC),
        "load_seq": number, "run_id": "r", "raw_sha256": "0", "is_deleted": False,
        "change_reason": "first",
    }  # fmt: skip
    rows = [{f.name: filled.get(f.name) for f in TABLE.lake_fields()}]
    lake.append(TABLE, from_rows(TABLE, rows), application=source, load_seq=number, source=source)
    done = [{f.name: {"load_seq": number, "run_id": "r"}.get(f.name) for f in LOADS.body()}]
    lake.append(LOADS, from_rows(LOADS, done), application="loads", load_seq=number)


def values(lake: Lake, folder: Path) -> list[tuple[int, Decimal]]:
    con = connect(folder / "duckdb")
    lake.view(con, TABLE, "v")
    found = con.execute("SELECT load_seq, value FROM v ORDER BY 1").fetchall()
    con.close()
    return found


def test_columns_become_wider_in_one_commit_and_no_value_moves(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DECIMALS, Type.FIGURE, (24, 4))
        patch.setitem(SQL_TYPES, Type.FIGURE, "DECIMAL(24,4)")
        old = Lake(tmp_path / "lake")
        old.create_missing()
        for number, source, value in ((1, "a", "0.8236"), (2, "a", "7.25"), (3, "b", "9")):
            load(old, number, source, value)
    lake = Lake(tmp_path / "lake")
    lake.create_missing()
    widen(lake)
    load(lake, 4, "a", "0.82363")
    assert values(lake, tmp_path) == [
        (1, Decimal("0.8236")), (2, Decimal("7.25")), (3, Decimal(9)), (4, Decimal("0.82363")),
    ]  # fmt: skip
    assert lake.last(TABLE, "b") == 3  # what a second writer is known by
    with pytest.raises(Exception, match="number_used"):
        load(lake, 2, "a", "1")
    types = {f.name: str(f.type) for f in lake.must_open(TABLE).schema().fields}
    assert "decimal(38,15)" in types["value"]  # for other programs that read the log
    assert {str(pq.read_schema(local_path(f)).field("value").type) for f in lake.files(TABLE)} == {
        "decimal128(38, 15)"
    }
    version = lake.must_open(TABLE).version()
    Lake(tmp_path / "lake").create_missing()
    widen(Lake(tmp_path / "lake"))
    assert lake.must_open(TABLE).version() == version
    assert all(local_path(f).exists() for f in lake.files(TABLE))


def test_logs_of_today_are_left_alone(lake: Lake) -> None:
    before = {name: lake.must_open(table).version() for name, table in TABLES.items()}
    Lake(lake.folder).create_missing()
    widen(Lake(lake.folder))
    lake.reopen()
    assert {name: lake.must_open(table).version() for name, table in TABLES.items()} == before
