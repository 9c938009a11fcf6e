"""Trade marts beside their bare SQL: `python -m benchmarks.marts --rows 1000000`.

Bare is a mart's SELECT as CREATE TABLE AS, on the same rows and the same connection, with the
memory that a writer has. What the warehouse adds is the rest: to compare with the rows before, to
put the new table in place, columns and comments. Then a load of 1 % of the rows comes, and every
mart that reads them is made again: where it has parts, those of the load."""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.comparison import WORK
from schemas.catalogue import TABLES
from schemas.derive import stored
from schemas.score import Score
from schemas.sql import literals
from warehouse import marts
from warehouse.dictionary import comments
from warehouse.duck import DuckWarehouse
from warehouse.transaction import NO_SCORE, Transaction

ROWS = 1_000_000
ROUNDS = 2
REPORTERS = 20
HOME = "IDN"
AREAS = (HOME, *(f"A{n:02}" for n in range(1, 50)), "WLD")
YEARS = 10
OF_A_PRODUCT = REPORTERS * YEARS * 2 * len(AREAS)
FLOWS = stored(TABLES["core_trade__flows"])[0]
PROVENANCE = (
    "'final' AS release_stage, TIMESTAMPTZ '2026-01-01 00:00:00+00' AS recorded_at, "
    "1 AS load_seq, 'r' AS run_id, repeat('0', 64) AS raw_sha256, false AS is_deleted, "
    "'first' AS change_reason"
)
LISTED = f"""\
INSERT INTO {stored(TABLES["ref_area"])[0]} BY NAME
SELECT 'iso' AS source, 'iso3' AS scheme, area AS code, area, area <> 'WLD' AS is_country,
  'observed' AS value_status, {PROVENANCE}
FROM (SELECT unnest([{literals(AREAS)}]) AS area)
"""
# A year of a reporter's trade in each product with each partner: one value in fifty is
# suppressed, one weight in ten is not known, and the classification changes in 2022.
TRADED = f"""\
INSERT INTO {FLOWS} BY NAME
WITH areas AS (
  SELECT unnest([{literals(AREAS)}]) AS area,
    generate_subscripts([{literals(AREAS)}], 1) AS n
),
products AS (
  SELECT i, lpad(CAST(1 + i // 25 AS VARCHAR), 2, '0') AS chapter,
    CAST(i % 25 // 5 AS VARCHAR) AS heading, CAST(i % 5 AS VARCHAR) AS part
  FROM range({{products}}) AS p(i)
),
cells AS (
  SELECT y, r.area AS reporter, p.area AS partner, flow,
    CASE WHEN i = 0 THEN 'TOTAL' WHEN i % 25 = 1 THEN chapter
      WHEN i % 5 = 2 THEN chapter || '0' || heading
      ELSE chapter || '0' || heading || '0' || part END AS code,
    hash(y, r.n, p.n, flow, i) AS h, (1 + i % 97) * (1 + r.n) * (y - 2014) AS size
  FROM areas AS r, range(2015, {2015 + YEARS}) AS t(y), (VALUES ('export'), ('import')) AS f(flow),
    areas AS p, products
  WHERE r.n <= {REPORTERS}
)
SELECT 'un' AS source, 'A' AS frequency, make_date(y, 1, 1) AS period_start,
  make_date(y, 12, 31) AS period_end, reporter AS reporter_area, 'TOTAL' AS region_code,
  partner AS partner_area, flow, CASE WHEN y < 2022 THEN 'HS2017' ELSE 'HS2022' END
    AS product_classification, code AS product_code,
  CASE flow WHEN 'export' THEN 'FOB' ELSE 'CIF' END AS valuation, 'TOTAL' AS breakdown_type,
  'TOTAL' AS breakdown_code,
  CASE WHEN h % 50 > 0 THEN CAST(size * (1 + h % 100000) AS DECIMAL(24, 4)) / 100 END AS value,
  CASE WHEN h % 50 > 0 THEN 'USD' END AS currency,
  CASE WHEN h % 10 <> 1 THEN CAST(size * (1 + (h >> 20) % 100000) AS DECIMAL(24, 4)) / 300 END
    AS net_weight_kg,
  CASE WHEN h % 50 > 0 THEN 'observed' ELSE 'suppressed' END AS value_status, {PROVENANCE}
FROM cells
"""
# Two slices of two hundred: a reporter's last two years are restated.
RESTATED = (
    f"reporter_area = '{HOME}' AND period_start >= DATE '2023-01-01' AND load_seq = 1",
    "SELECT * REPLACE (value * 1.01 AS value, 2 AS load_seq, 'restated' AS change_reason, "
    "TIMESTAMPTZ '2026-02-01 00:00:00+00' AS recorded_at)",
)


def measure(folder: Path, rows: int = ROWS) -> dict[str, Any]:
    """CPU of each trade mart, bare and made by the warehouse; and of all that a load of 1 % makes
    again. Of two rounds the one with the least CPU."""
    home = folder / "marts"
    shutil.rmtree(home, ignore_errors=True)
    warehouse = DuckWarehouse(home / "working.duckdb", home / "published.duckdb")
    warehouse.score = Score(country=HOME)
    try:
        with warehouse.begin(rebuild=True) as tx:
            tx.ensure_schema(rebuild=True, edition="")
            tx.execute(LISTED)
            tx.execute(TRADED.format(products=max(2, round(rows / OF_A_PRODUCT))))
            found = {}
            for name, mart in marts.all_marts().items():
                if name.startswith("mart_trade_") and not mart.is_view:
                    found[name] = _measured(tx, mart)
                else:
                    tx.make_mart(mart, warehouse.score)
            counted = tx.rows("SELECT count(*) FROM core_trade__flows")[0][0]
        whole = _cpu(lambda: _remade(warehouse, ()))
        with warehouse.begin(rebuild=False) as tx:
            restated = _restate(tx)
        after = _cpu(lambda: _remade(warehouse, (2,)))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return {"rows": counted, "marts": found, "restated": restated, "all": whole, "after": after}


def _measured(tx: Transaction, mart: marts.Mart) -> dict[str, Any]:
    """The mart is there afterwards; the second round compares it with the first."""
    rounds = [(_cpu(lambda: _bare(tx, mart)), _cpu(lambda: _made(tx, mart))) for _ in range(ROUNDS)]
    bare, made = (min(costs) for costs in zip(*rounds, strict=True))
    rows = tx.rows(f"SELECT count(*) FROM {mart.name}")[0][0]
    return {"bare": bare, "made": made, "again": rounds[-1][1], "rows": rows}


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return round(time.process_time() - began, 2)


def _remade(warehouse: DuckWarehouse, loads: Sequence[int]) -> None:
    """All marts that these loads of trade make again, and what it costs to keep them."""
    every = {"core_trade__flows", *(t.name for t in TABLES.values() if not loads)}
    with warehouse.begin(rebuild=False) as tx:
        warehouse.make_marts(tx, every, "", loads)


def _bare(tx: Transaction, mart: marts.Mart) -> None:
    tx.execute(f"CREATE OR REPLACE TABLE bare AS {mart.sql}")
    tx.execute("DROP TABLE bare")


def _made(tx: Transaction, mart: marts.Mart, score: Score = NO_SCORE) -> None:
    tx.make_mart(mart, score)
    tx.comment(comments({mart.name: tx.columns(mart.name)}, ""))


def _restate(tx: Transaction) -> int:
    """Restated rows beside those that they displace."""
    which, changed = RESTATED
    tx.execute(f"CREATE TEMP TABLE restated AS {changed} FROM {FLOWS} WHERE {which}")
    tx.execute(
        f"UPDATE {FLOWS} SET superseded_at = TIMESTAMPTZ '2026-02-01 00:00:00+00' WHERE {which}"
    )
    tx.execute(f"INSERT INTO {FLOWS} BY NAME SELECT * FROM restated")
    found = int(tx.rows("SELECT count(*) FROM restated")[0][0])
    tx.execute("DROP TABLE restated")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    print(json.dumps(measure(WORK, parser.parse_args().rows), indent=1))


if __name__ == "__main__":
    main()
