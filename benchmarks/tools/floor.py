"""The floor: a bare script that fetches, checks, keeps rejects and merges with DuckDB.

No raw bytes, no provenance, no versions, no gate, no retry. `wide` keeps every column that
the partner sends, as the tools that load a source whole do; `narrow` those that Penataran's
declaration maps.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import duckdb
import requests

from benchmarks.tools.common import report

NAMES = {  # of the columns that are checked: in JSON and CSV, and in SDMX-CSV
    "period": ("period", "TIME_PERIOD"),
    "reporter": ("reporterISO", "REF_AREA"),
    "partner": ("partnerISO", "COUNTERPART_AREA"),
    "flow": ("flowCode", "TRADE_FLOW"),
    "classification": ("classificationCode", "CLASSIFICATION"),
    "product": ("cmdCode", "COMMODITY"),
    "value": ("primaryValue", "OBS_VALUE"),
    "weight": ("netWgt", "NET_WEIGHT"),
    "quantity": ("qty", ""),
    "unit": ("qtyUnitCode", ""),
    "partner2": ("partner2Code", ""),
    "customs": ("customsCode", ""),
    "transport": ("motCode", ""),
}
NUMBERS = ("value", "weight", "quantity")
KEY = ("period", "reporter", "partner", "flow", "classification", "product")


def fetch(url: str, target: Path, format_: str) -> None:
    with requests.get(url, stream=True, timeout=600) as answer, target.open("wb") as out:
        answer.raise_for_status()
        first = format_ == "json"
        for chunk in answer.iter_content(1 << 20):
            out.write(chunk[chunk.index(b"[") :] if first else chunk)
            first = False
    if format_ == "json":
        with target.open("r+b") as out:
            start = out.seek(-4096, 2)
            out.truncate(start + out.read().rindex(b"]") + 1)


def present(path: Path, format_: str) -> list[str]:
    """Columns of the answer, by its first row."""
    with path.open(encoding="utf-8", newline="") as text:
        if format_ != "json":
            return next(csv.reader(text))
        head = text.read(1 << 16)
    return list(json.JSONDecoder().raw_decode(head[head.index("{") :])[0])


def main() -> None:
    url, folder, format_, width = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "answer"
    fetch(url, path, format_)
    con = duckdb.connect(str(folder / "floor.duckdb"))
    names = {to: by[format_ == "sdmx-csv"] for to, by in NAMES.items()}
    names = {to: name for to, name in names.items() if name}
    every = present(path, format_)
    wanted = every if width == "wide" else list(names.values())
    spec = ", ".join(f"'{n}': 'VARCHAR'" for n in wanted)
    scan = (
        f"read_json('{path}', columns={{{spec}}}, format='array')"
        if format_ == "json"
        else f"read_csv('{path}', header=true, all_varchar=true)"
    )
    # Trimmed, since DuckDB 2.0.0 pushes a bare TRY_CAST into its CSV reader, which then fails.
    typed = {
        to: f'TRY_CAST(trim("{name}") AS DECIMAL(24, 4)) AS {to}'
        if to in NUMBERS
        else f'"{name}" AS {to}'
        for to, name in names.items()
    }
    typed["period"] = (
        f"TRY_STRPTIME(replace(\"{names['period']}\", '-', ''), '%Y%m')::DATE AS period"
    )
    rest = [f'"{n}"' for n in wanted if n not in names.values()]
    con.execute(
        f"CREATE TEMP TABLE seen AS SELECT {', '.join([*typed.values(), *rest])} FROM {scan}"
    )
    good = (
        "period IS NOT NULL AND value >= 0 AND weight >= 0 AND flow IN ('X', 'M') "
        "AND regexp_matches(product, '^\\d{6}$') AND regexp_matches(partner, '^[A-Z]{3}$')"
    )
    con.execute("CREATE TABLE IF NOT EXISTS rejects AS SELECT * FROM seen WHERE false")
    con.execute("CREATE TABLE IF NOT EXISTS flows AS SELECT * FROM seen WHERE false")
    con.execute(f"INSERT INTO rejects SELECT * FROM seen WHERE NOT coalesce({good}, false)")
    on = " AND ".join(f"t.{k} = s.{k}" for k in KEY)
    con.execute(
        f"MERGE INTO flows AS t USING (SELECT * FROM seen WHERE {good}) AS s ON {on} "
        "WHEN MATCHED AND t.value IS DISTINCT FROM s.value THEN UPDATE "
        "WHEN NOT MATCHED THEN INSERT"
    )
    rows, total = con.execute("SELECT count(*), sum(value) FROM flows").fetchall()[0]
    refused = con.execute("SELECT count(*) FROM rejects").fetchall()[0][0]
    con.close()
    path.unlink()
    report(rows, total, refused)


if __name__ == "__main__":
    main()
