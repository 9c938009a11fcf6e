"""dlt into DuckDB, merging by primary key: as Arrow tables, as dicts, as checked models.

`arrow` parses with DuckDB as the floor does; `dicts` and `pydantic` pass on what
`json.loads` returns. Dirty rows are stored as received, except in `pydantic`, whose contract
discards them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
os.environ["NORMALIZE__WORKERS"] = "1"

import dlt
import duckdb
import requests
from pydantic import BaseModel, Field

from benchmarks.tools.common import report
from benchmarks.tools.floor import fetch, present

KEY = ["period", "reporterISO", "partnerISO", "flowCode", "classificationCode", "cmdCode"]
BATCH = 10_000


class Flow(BaseModel):
    """The columns that the floor checks, and what must hold of them."""

    period: Annotated[str, Field(pattern=r"^\d{4}(0[1-9]|1[0-2])$")]
    reporterISO: str
    partnerISO: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    flowCode: Literal["X", "M"]
    classificationCode: str
    cmdCode: Annotated[str, Field(pattern=r"^\d{6}$")]
    primaryValue: Annotated[Decimal, Field(ge=0)]
    netWgt: Annotated[float, Field(ge=0)]
    qty: float
    qtyUnitCode: int


def dicts(url: str) -> Iterator[list[dict[str, Any]]]:
    rows = requests.get(url, timeout=600).json()["data"]
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def tables(url: str, folder: Path, format_: str) -> Iterator[Any]:
    path = folder / "answer"
    fetch(url, path, format_)
    spec = ", ".join(f"'{n}': 'VARCHAR'" for n in present(path, format_))
    kind, how = (
        ("read_json", "format='array'") if format_ == "json" else ("read_csv", "header=true")
    )
    con = duckdb.connect()
    reader = con.sql(f"SELECT * FROM {kind}('{path}', columns={{{spec}}}, {how})").to_arrow_reader(
        100_000
    )
    for batch in reader:
        import pyarrow as pa

        yield pa.Table.from_batches([batch])
    path.unlink()


def main() -> None:
    url, folder, format_, way = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "dlt.duckdb"
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(folder / "pipelines"),
        destination=dlt.destinations.duckdb(str(target)),
        dataset_name="bench",
    )
    options: dict[str, Any] = {}
    if way == "pydantic":
        options = {
            "columns": Flow,
            "schema_contract": {"columns": "discard_value", "data_type": "discard_row"},
        }
    rows = tables(url, folder, format_) if way == "arrow" else dicts(url)
    resource = dlt.resource(
        rows, name="flows", primary_key=KEY, write_disposition="merge", **options
    )
    pipeline.run(resource)
    con = duckdb.connect(str(target), read_only=True)
    found, total = con.execute(
        "SELECT count(*), sum(TRY_CAST(primary_value AS DECIMAL(24, 4))) FROM bench.flows"
    ).fetchall()[0]
    report(found, total, None)


if __name__ == "__main__":
    main()
