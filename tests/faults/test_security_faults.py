"""X01, X07-X10, X12, X14: what an attacker or a careless partner would try."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.settings import load as load_settings
from flows.cli.main import main
from schemas.errors import ConfigurationError
from tasks.home import open_warehouse
from tasks.outcome import Report
from tests.conftest import ROOT, first_of, rows, settings_for
from tests.faultserver import FaultServer, answer

CANARY = "k3y-c4nary-7f1e"
GOOD = [{"date": "2026-01-05", "currency": "IDR", "rate": "16700.5"}]
BODY = json.dumps({"count": 1, "data": GOOD})
KEYS = [{"variable": "TOY_KEY", "parameter": "subscription-key"},
        {"variable": "TOY_KEY", "header": "Ocp-Apim-Subscription-Key"}]  # fmt: skip


def redirect(target: str) -> Any:
    return answer("", 302, {"Location": target})


class TestX01Redirects:
    @pytest.mark.parametrize("key", KEYS)
    @pytest.mark.slow
    def test_other_port_is_refused_and_never_sees_the_key(
        self, run: Callable[..., Report], toy: Callable[..., str], key: dict[str, str]
    ) -> None:
        with (
            FaultServer([answer(BODY)]) as thief,
            FaultServer([redirect(thief.url + "/rates")]) as server,
        ):
            report = run(
                "toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=toy(key=key),
                TOY_KEY=CANARY,
            )  # fmt: skip
            assert CANARY in server.requests[0]
        assert thief.requests == []
        assert report.sources[0].error is not None
        assert report.sources[0].error["code"] == "host_refused"

    @pytest.mark.parametrize(
        "target", ["file:///etc/passwd", "http://169.254.169.254/latest", "gopher://x/", "//x/"]
    )
    def test_other_schemes_and_addresses(
        self, run: Callable[..., Report], toy: Callable[..., str], target: str
    ) -> None:
        with FaultServer([redirect(target)]) as server:
            report = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=toy())
        assert report.sources[0].error is not None
        assert report.sources[0].error["code"] == "host_refused"

    @pytest.mark.slow
    def test_same_host_is_followed_and_loops_end(
        self, run: Callable[..., Report], toy: Callable[..., str]
    ) -> None:
        with FaultServer([redirect("/moved"), answer(BODY)]) as server:
            report = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=toy())
            assert report.exit_code == 0
        with FaultServer([redirect("/round")]) as server:
            report = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=toy())
        assert report.sources[0].error is not None
        assert report.sources[0].error["code"] == "redirects"
        assert len(server.requests) == 6

    def test_a_second_declared_host_does_not_get_the_key_header(
        self, tmp_path: Path, toy: Callable[..., str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from config.declarations import read
        from tasks.ask.gateway import Gateway
        from tasks.ask.plan import Ask
        from tests.conftest import settings_for

        with (
            FaultServer([answer(BODY)]) as second,
            FaultServer([redirect(second.url + "/rates")]) as first,
        ):
            hosts = {"main": first.url, "files": second.url}
            source = read(Path(toy(key=KEYS[1], hosts=hosts)) / "toy.yml")
            settings = settings_for(tmp_path, TOY_KEY=CANARY)
            gateway = Gateway(settings, tmp_path)
            monkeypatch.setattr("tasks.ask.addresses._is_public", lambda _: True)
            assert source.request is not None
            gateway.fetch(source, Ask("main", "/rates", {}, {}, source.request))
        assert CANARY in first.requests[0]
        assert len(second.requests) == 1
        assert CANARY not in second.requests[0]

    def test_a_public_name_that_resolves_inside_is_refused(
        self, tmp_path: Path, toy: Callable[..., str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import socket

        from config.declarations import read
        from schemas.errors import SourceError
        from tasks.ask.gateway import Gateway
        from tasks.ask.plan import Ask
        from tests.conftest import settings_for

        def inside(*_: Any, **__: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 443))]

        monkeypatch.setattr(socket, "getaddrinfo", inside)
        source = read(Path(toy()) / "toy.yml")
        assert source.request is not None
        with pytest.raises(SourceError) as caught:
            Gateway(settings_for(tmp_path), tmp_path).fetch(
                source, Ask("main", "/rates", {}, {}, source.request)
            )
        assert caught.value.code == "host_refused"


@pytest.fixture(scope="module")
def published(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("published") / "home"
    shutil.copytree(prepared, home)
    open_warehouse(settings_for(home)).publish()
    return home


WRITING = [
    "WITH a AS (COPY (SELECT 1) TO '{folder}/penataran.duckdb' (USE_TMP_FILE false)) FROM a",
    "WITH a AS (COPY (SELECT 1) TO '{folder}/penataran.duckdb.wal') FROM a",
    "WITH a AS (SELECT 1), b AS MATERIALIZED (COPY (FROM a) TO '{folder}/penataran.duckdb.wal') "
    "SELECT * FROM b UNION ALL SELECT 2",
    "WITH a AS (DELETE FROM ops_run RETURNING *) FROM a",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql("
    "'WITH a AS (COPY (SELECT 1) TO ''{folder}/penataran.duckdb.wal'') FROM a'))",
    "SELECT * FROM Main.\"Json_Execute_Serialized_SQL\"(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM query('SELECT * FROM ' || 'json_execute_serialized_sql(NULL)')",
    "SELECT (SELECT count(*) FROM checkpoint('penataran'))",
    "SELECT * FROM arrow_scan(1, 2, 3)",
]


class TestX07Sql:
    @pytest.mark.slow
    def test_hostile_column_names_are_only_names(
        self, run: Callable[..., Report], toy: Callable[..., str], home: Path
    ) -> None:
        name = 'x"); DROP TABLE codes; --'
        data = [{**GOOD[0], name: "1"}]
        columns = {"date": "rate_date", "currency": "quote_currency", "rate": "rate"}
        body = json.dumps({"count": 1, "data": data})
        with FaultServer([answer(body)]) as server:
            folder = toy(columns=columns, ignore=[name])
            report = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=folder)
            assert report.exit_code == 0
        mapped = {"date": "rate_date", "currency": "quote_currency", name: "rate"}
        with FaultServer([answer(body)]) as server:
            folder = toy(columns=mapped, ignore=["rate"])
            report = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=folder)
        assert report.sources[0].counts.revised == 1
        assert rows(home, "SELECT rate FROM core_exchange__rates")[0][0] == 1
        assert rows(home, "SELECT count(*) FROM core_exchange__rates") == [(1,)]

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT * FROM read_csv('/etc/passwd')",
            "SELECT * FROM read_text('/etc/passwd')",
            "SELECT * FROM glob('/*')",
            "ATTACH '/tmp/other.duckdb'",
            "COPY (SELECT 1) TO '/tmp/out.csv'",
            "INSTALL httpfs",
            "SET enable_external_access = true",
            "SELECT 1; DROP TABLE ops_run",
            "DELETE FROM ops_run",
            "CREATE TABLE t AS SELECT 1",
            "PRAGMA database_list",
            "UPDATE EXTENSIONS",
            "SELECT 1; UPDATE EXTENSIONS",
            "SELECT '\udcff'",
        ],
    )
    def test_analyst_sql_reads_the_warehouse_and_nothing_else(
        self, published: Path, sql: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=r"bad_sql|read_only"):
            rows(published, sql)

    @pytest.mark.parametrize("sql", WRITING)
    def test_a_with_that_writes_reaches_no_file(self, published: Path, sql: str) -> None:
        folder = published / "warehouse"
        before = {p.name: p.read_bytes() for p in folder.iterdir()}
        with pytest.raises(ConfigurationError, match="read_only"):
            rows(published, sql.format(folder=folder))
        assert {p.name: p.read_bytes() for p in folder.iterdir()} == before

    @pytest.mark.parametrize(
        "sql",
        [
            "WITH a AS (SELECT 1), b AS (FROM a UNION VALUES (2)) FROM b;",
            "WITH RECURSIVE a AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM a WHERE i < 3) FROM a",
            """SELECT '"type":"COPY_QUERY_NODE"' -- COPY""",
            "DESCRIBE ops_run",
            "SELECT * FROM (SUMMARIZE ops_run)",
            "SELECT count(*) FROM query_table('ops_run'), range(2), duckdb_tables()",
        ],
    )
    def test_what_only_reads_is_answered(self, published: Path, sql: str) -> None:
        assert rows(published, sql)


@pytest.mark.slow
def test_x08_partner_text_is_escaped_on_the_page(
    pages: None, run: Callable[..., Report], toy: Callable[..., str], home: Path
) -> None:
    payload = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
    folder = toy(title={"id": payload, "en": payload})
    with FaultServer([answer(BODY)]) as server:
        report = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=folder)
    pages_of = Path(report.published["report_id"]).parent
    for language in ("id", "en"):
        texts = {p.name: p.read_text("utf-8") for p in pages_of.glob(f"*.{language}.html")}
        assert len(texts) > 6
        for text in texts.values():
            assert "<script" not in text
            assert "<img" not in text
            assert "default-src 'none'" in text
        assert "&lt;script&gt;" in texts[f"operasi.{language}.html"]  # titles of sources


@pytest.mark.slow
def test_x08_artifact_cells_are_escaped() -> None:
    from flows.orchestration.server import prepare

    prepare(load_settings({"PENATARAN_HOME": "/tmp/penataran-artifacts"}))
    from flows.orchestration.artifacts import _cell

    assert _cell("<b>|`x`\n") == "&lt;b&gt;&#124;&#96;x&#96; "


@pytest.mark.parametrize("key", first_of(*KEYS))
def test_x09_key_is_nowhere_but_in_the_request(
    run: Callable[..., Report],
    toy: Callable[..., str],
    home: Path,
    key: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = answer(json.dumps({"message": f"bad key {CANARY}"}), 401)
    texts = []
    with FaultServer([answer(BODY), echo, answer("x", 500, {"Location": CANARY})]) as server:
        for _ in range(3):
            report = run(
                "toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=toy(key=key),
                TOY_KEY=CANARY,
            )  # fmt: skip
            texts.append(json.dumps(report.as_dict()))
        assert all(CANARY in r for r in server.requests)
    assert report.sources[0].status == "failed"
    logged = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("urllib3"))
    assert CANARY not in "".join(texts) + logged
    for path in home.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path


def test_x09_debug_log_of_the_http_library_is_silenced() -> None:
    """urllib3 would log whole addresses, keys in them, to whoever turns debug logging on."""
    import tasks.ask.gateway  # noqa: F401

    assert logging.getLogger("urllib3").getEffectiveLevel() >= logging.WARNING


def test_x10_nothing_reads_pickle() -> None:
    for folder in ("flows", "tasks", "warehouse", "config", "schemas", "reports", "sandbox"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(
                r"\b(import|from) (pickle|cloudpickle|dill|shelve|marshal)\b", text
            )


@pytest.mark.slow
def test_x10_results_are_json() -> None:
    code = (
        "from config.settings import load; from flows.orchestration.server import prepare; "
        "prepare(load({'PENATARAN_HOME': '/tmp/penataran-x10'})); import prefect.settings as s; "
        "c = s.get_current_settings(); "
        "print(c.results.default_serializer, c.server.analytics_enabled)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["json", "False"]


class TestX12Dependencies:
    @pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
    def test_every_requirement_is_pinned_and_hashed(self, name: str) -> None:
        text = (ROOT / "locks" / name).read_text(encoding="utf-8")
        entries = re.findall(r"^([a-z0-9][\w.\-]*)==(\S+)(.*(?:\n {4}.*)*)", text, re.MULTILINE)
        assert len(entries) > 100
        for package, _, rest in entries:
            assert "--hash=sha256:" in rest, package
        assert "http" not in re.sub(r"#.*|http(core|x|tools)", "", text)

    def test_what_is_installed_is_what_is_locked(self) -> None:
        from importlib.metadata import version

        text = (ROOT / "locks" / "run.txt").read_text(encoding="utf-8")
        for package in ("prefect", "duckdb", "deltalake", "great-expectations", "requests"):
            match = re.search(rf"^{package}==(\S+)", text, re.MULTILINE)
            assert match is not None
            assert version(package) == match.group(1)


def test_x14_control_characters_of_a_partner_do_not_reach_a_log(
    run: Callable[..., Report], toy: Callable[..., str], home: Path
) -> None:
    hostile = "no\x1b[31m\r\nforged: line\x07"
    with FaultServer([answer(hostile, 400)]) as server:
        report = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=toy())
    error = report.sources[0].error
    assert error is not None
    assert error["message"].isprintable()
    assert "forged: line" in error["message"]


@pytest.mark.parametrize("environment", ["", "development", "production"])
def test_an_armed_failpoint_is_refused_outside_of_tests(
    tmp_path: Path,
    environment: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FAILPOINT", "landed:kill")
    monkeypatch.setenv("PENATARAN_ENV", environment)
    monkeypatch.setenv("PENATARAN_HOME", str(tmp_path / "home"))
    if environment != "production":
        assert load_settings().home == tmp_path / "home"
        monkeypatch.delenv("PENATARAN_UNDER_TEST")
        monkeypatch.delenv("PYTEST_CURRENT_TEST")
    for verb in ("run", "maintain", "publish", "doctor"):
        assert main([verb]) == 2
        said = capsys.readouterr()
        assert "FAILPOINT" in said.out + said.err
    assert not (tmp_path / "home").exists()


def test_production_refuses_insecure_settings(tmp_path: Path) -> None:
    base = {"PENATARAN_HOME": str(tmp_path), "PENATARAN_ENV": "production"}
    load_settings(base)
    for insecure in (
        {"PENATARAN_UNDER_TEST": "1"},
        {"PENATARAN_HOST_ECB": "http://127.0.0.1:1"},
        {"PENATARAN_PROFILE": "sandbox"},
        {"PREFECT_API_URL": "http://127.0.0.1:4200/api"},
        {"PREFECT_API_URL": "http://prefect.example/api", "PREFECT_API_AUTH_STRING": "a:b"},
        {"PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "https://a.example,*"},
        {"PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "False"},
        {"PREFECT_API_TLS_INSECURE_SKIP_VERIFY": "true"},
        {"PYTHONHTTPSVERIFY": "0"},
        {"PYTHONWARNINGS": "default,ignore::urllib3.exceptions.InsecureRequestWarning"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql+psycopg://a:b@db.example/x"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql+psycopg://a:b@db.example/x?sslmode=require"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql+psycopg://a:b@/x?host=db.example"},
        {"PENATARAN_READER_URL": "postgresql+psycopg://a:b@10.0.0.5/x", "PGSSLMODE": "prefer"},
        {"PENATARAN_HASH_KEY": "short but sixteen"},
        {"PENATARAN_HASH_KEY": "a" * 40},
        {"PENATARAN_HASH_KEY": "abcdefgh" + " " * 32},
        {"PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": "*"},
        {"prefect_server_cors_allowed_origins": "https://a.example, *"},
        {"PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "null"},
        {"PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "f"},
        {"PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "N"},
        {"PREFECT_API_TLS_INSECURE_SKIP_VERIFY": "y"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql://a:b@localhost/x?hostaddr=192.0.2.7"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql://a:b@localhost/x", "PGHOSTADDR": "192.0.2.7"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql+psycopg://a:b@/x", "PGHOST": "db.example"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql://a:b@/x?host=db.example&host=localhost"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql://a:b@/x?host=localhost,db.example"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql://localhost:1#@db.example/x"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql://a:b@localhost/x?service=db"},
        {"PENATARAN_READER_URL": "postgresql://a:b@localhost/x", "PGSERVICE": "db"},
        {
            "PENATARAN_WAREHOUSE_URL": "postgresql://a:b@db.example/x?sslmode=disable&sslmode=verify-full"
        },
        {"PENATARAN_WAREHOUSE_URL": "postgresql://a:b@db.example/x?sslmode=", "PGSSLMODE": "allow"},
    ):
        with pytest.raises(ConfigurationError) as caught:
            load_settings({**base, **insecure})
        assert caught.value.code == "insecure"


@pytest.mark.parametrize(
    "safe",
    [
        {"PENATARAN_WAREHOUSE_URL": "postgresql+psycopg://a:b@db.example/x?sslmode=verify-full"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql+psycopg://a:b@127.0.0.1/x"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql+psycopg://a:b@/x?host=/run/postgresql"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql://a:b@db.example/x", "PGSSLMODE": "verify-full"},
        {"PREFECT_API_URL": "http://127.0.0.1:4200/api", "PREFECT_API_AUTH_STRING": "a:b"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql://a:b@[::1]:5433/x"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql://a:b@/x?host=localhost&host=127.0.0.1"},
        {"PENATARAN_WAREHOUSE_URL": "postgresql://a:b@/x?service=db&sslmode=verify-full"},
        {"PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "https://a.example,https://b.example"},
        {"PENATARAN_HASH_KEY": "0123456789abcdef0123456789abcdef"},
        {"PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true"},
    ],
)
def test_production_takes_what_is_safe(tmp_path: Path, safe: dict[str, str]) -> None:
    load_settings({"PENATARAN_HOME": str(tmp_path), "PENATARAN_ENV": "production", **safe})


@pytest.mark.parametrize("url", ["postgresql://a:canary@h:x/d", "postgresql://[::1:canary/d"])
def test_a_url_that_cannot_be_read_is_named_and_not_shown(url: str) -> None:
    for name in ("PENATARAN_WAREHOUSE_URL", "PENATARAN_READER_URL"):
        with pytest.raises(ConfigurationError) as caught:
            load_settings({name: url})
        assert (caught.value.code, "canary" in str(caught.value)) == ("server_url", False)


@pytest.mark.parametrize("word", ["Production", "prod", "PRODUCTION ", "live", "1"])
def test_a_slip_in_the_name_of_the_environment_is_an_error(word: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({"PENATARAN_ENV": word})
    assert caught.value.code == "unknown_environment"


def test_secret_never_prints() -> None:
    secret = load_settings({**os.environ, "TOY_KEY": CANARY}).secret("TOY_KEY")
    assert secret is not None
    assert CANARY not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == CANARY


def test_x12_the_locked_set_is_consistent() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "pip", "check", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout
