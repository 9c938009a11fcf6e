"""The batch gate's request: aggregates and a seeded sample of the good rows, with expectations.

Great Expectations sees only these. The row rules have checked every row before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.source import Source
from schemas.checks import CheckResult, Expectation, profile_columns, suite
from schemas.errors import DataError
from schemas.model import Severity
from schemas.sql import literal
from tasks.read.staging import Staged, good_rows, surely_distinct
from warehouse.engine import first_row

if TYPE_CHECKING:
    import duckdb

SAMPLE_ROWS = 2000
SAMPLE_SEED = 3505


@dataclass(frozen=True)
class GateRequest:
    """What is passed to the gate's process: aggregates, a small Parquet file, expectations."""

    profile: Mapping[str, float]
    sample: Path
    expectations: tuple[Expectation, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "profile": dict(self.profile),
            "sample": str(self.sample),
            "expectations": [e.as_dict() for e in self.expectations],
        }


def gate_request(
    con: duckdb.DuckDBPyConnection, source: Source, staged: Staged, folder: Path, name: str
) -> GateRequest:
    """The aggregates of the good rows, and a seeded sample of them in a file for the gate."""
    table = source.warehouse_table
    sample = folder / f"{name}-sample.parquet"
    keys = [f.name for f in table.key] + ["release_stage"]
    aggregates = profile_columns(table)
    distinct = surely_distinct(con, staged, keys)
    duplicates = "0::BIGINT" if distinct else f"count(*) - count(DISTINCT ({', '.join(keys)}))"
    found = first_row(
        con.execute(
            f"SELECT {', '.join((duplicates, *aggregates.values()))} FROM typed "
            f"WHERE {good_rows(staged)}"
        )
    )
    assert found is not None
    profile = {
        "rows_good": staged.good,
        "refused_share": staged.refused_share,
        **dict(zip(("duplicate_keys", *aggregates), found, strict=True)),
    }
    columns = ", ".join(f.name for f in table.body())
    con.execute(
        f"COPY (SELECT {columns} FROM (SELECT * FROM typed WHERE {good_rows(staged)}) "
        f"USING SAMPLE reservoir({SAMPLE_ROWS} ROWS) REPEATABLE ({SAMPLE_SEED})) "
        f"TO {literal(str(sample))} (FORMAT parquet)"
    )
    rows = source.rows
    return GateRequest(
        profile,
        sample,
        tuple(
            suite(
                table,
                rows_min=rows.min,
                rows_max=rows.max,
                max_refused_share=rows.max_refused_share,
            )
        ),
    )


def gate_error(
    results: Sequence[CheckResult], staged: Staged, where: str, first: Callable[[], str]
) -> DataError | None:
    """The error that stops the load, if any expectation of severity reject failed. `first` gives
    the first refused row in words."""
    failed = [r for r in results if not r["success"] and r["severity"] == Severity.REJECT]
    if not failed:
        return None
    came = f"{staged.quarantined} of {staged.fetched} rows were refused"
    if any(r["check_id"] == "refused_share" for r in failed):
        return DataError(
            "too_many_refused",
            f"too many rows were refused: {came}; readers keep the last good figures; "
            f"for example {first()}",
            where=where,
            hint="penataran quarantine list shows every reason",
        )
    names = ", ".join(sorted(r["check_id"] for r in failed))
    return DataError(
        "gate",
        f"the batch failed its checks: {names}; {came}",
        where=where,
        hint="see table ops_check",
    )
