"""Small files of the lake: the rows as they were given, and no import that every run would pay."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.catalogue import TABLES
from schemas.derive import arrow_schema
from schemas.errors import StorageError
from schemas.model import Table
from tests.conftest import ROOT
from warehouse.data_files import from_rows
from warehouse.files import read_json

pytestmark = pytest.mark.fast
OPERATIONS = [t for t in TABLES.values() if t.name.startswith("ops_")]
MOMENT = datetime(2026, 11, 30, 3, 54, 36, 22027, tzinfo=timezone(timedelta(hours=7)))
IMPORTS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from schemas.catalogue import TABLES
from warehouse.data_files import from_rows
row = {"run_id": "a", "load_seq": 1, "started_at": datetime.now(UTC)}
from_rows(TABLES["ops_run"], [row])(Path(sys.argv[1]))
print("pandas" in sys.modules)
"""


def some(kind: pa.DataType) -> Any:
    if pa.types.is_timestamp(kind):
        return MOMENT
    return {pa.string(): 'é\n"\u2028,', pa.int64(): 2**62 + 1, pa.bool_(): True}.get(kind)


@pytest.mark.parametrize("table", OPERATIONS, ids=lambda t: t.name)
def test_rows_are_stored_as_they_are(table: Table, tmp_path: Path) -> None:
    schema = arrow_schema(table.lake_fields())
    full = {f.name: some(f.type) for f in schema}
    rows = [full, dict.fromkeys(full), {schema.names[0]: full[schema.names[0]]}, {**full, "x": 1}]
    from_rows(table, rows)(tmp_path / "rows.parquet")
    found = pq.read_table(tmp_path / "rows.parquet")
    assert found.schema.equals(schema)
    expected = [{n: r.get(n) for n in schema.names} for r in rows]
    assert found.to_pylist() == expected
    moments = [v for v in found.to_pylist()[0].values() if isinstance(v, datetime)]
    assert {m.astimezone(UTC) for m in moments} <= {MOMENT.astimezone(UTC)}


@pytest.mark.parametrize("name", ["core_exchange__rates", "ref_region"])
def test_no_rows_make_an_empty_file(name: str, tmp_path: Path) -> None:
    from_rows(TABLES[name], [])(tmp_path / "rows.parquet")
    assert pq.read_metadata(tmp_path / "rows.parquet").num_rows == 0


def test_pandas_is_not_imported(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, str(tmp_path / "rows.parquet")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[]", '{"cut', "\xff"])
def test_a_small_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "7.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(StorageError) as caught:
        read_json(path)
    assert (caught.value.code, caught.value.where) == ("damaged_file", str(path))
