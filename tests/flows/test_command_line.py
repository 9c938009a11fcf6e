"""The command line as its users have it: a process, exit codes, stdout and stderr."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.cli.main import main
from tests.conftest import ROOT, rows
from tests.faultserver import FaultServer, answer

CANARY = "k3y-c4nary-9a2f"
PENATARAN = str(Path(sys.executable).parent / "penataran")
BODY = json.dumps({"count": 1, "data": [{"date": "2026-01-05", "currency": "IDR", "rate": 16700}]})


def call(
    *arguments: str, home: Path, timeout: float = 240, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")},
        "PENATARAN_HOME": str(home),
        **variables,
    }
    return subprocess.run(
        [PENATARAN, *arguments], capture_output=True, text=True, env=environment, timeout=timeout,
        cwd=ROOT, check=False,
    )  # fmt: skip


@pytest.fixture
def said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Exit code and stderr of a command that ends before it does anything: in this process, where
    one of its own would import for a second."""

    def go(*arguments: str, **variables: str) -> tuple[int, str]:
        with monkeypatch.context() as patch:
            for name, value in {"PENATARAN_HOME": str(tmp_path / "home"), **variables}.items():
                patch.setenv(name, value)
            return main(arguments), capsys.readouterr().err

    return go


def test_help_names_every_verb(tmp_path: Path) -> None:
    """That it answers at once is held by what it does not import (test_architecture)."""
    found = call("--help", home=tmp_path / "home")
    assert found.returncode == 0
    for verb in ("run", "sources", "status", "query", "trace", "quarantine", "check-source",
                 "new-source", "doctor", "serve"):  # fmt: skip
        assert verb in found.stdout
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "nowhere"], "unknown_source"),
        (["run", "ecb", "--since", "2026-13"], "bad_period"),
        (["run", "ecb", "--since", "2026", "--until", "2025"], "bad_period"),
        (["query", "SELECT 1"], "nothing_published"),
        (["trace", "core_exchange__rates", "rate_date"], "KEY=VALUE"),
        (["query", "SELECT 1", "--as-known-on", "2026-01-01T10:00:00"], "naive_time"),
        (["query", "SELECT 1", "--as-known-on", "0001-01-01T00:00:00+07:00"], "bad_time"),
        (["query", "SELECT 1", "--as-known-on", "9999-12-31T23:59:59-07:00"], "bad_time"),
        (["query", "SELECT 1", "--as-known-on", ""], "bad_time"),
        (["check-source", "nowhere"], "unknown_source"),
        (["new-source", "Bad Code"], "bad_code"),
    ],
)
def test_wrong_use_ends_with_two_and_says_why(
    said: Callable[..., tuple[int, str]], arguments: list[str], words: str
) -> None:
    code, err = said(*arguments)
    assert code == 2, err
    assert words in err


def test_wrong_use_of_the_process_shows_no_traceback(tmp_path: Path) -> None:
    found = call("run", "nowhere", home=tmp_path / "home")
    assert found.returncode == 2, found.stderr
    assert "unknown_source" in found.stderr
    assert "Traceback" not in found.stderr


def test_named_source_without_its_key(
    said: Callable[..., tuple[int, str]], toy: Callable[..., str]
) -> None:
    folder = toy(key={"variable": "TOY_KEY", "parameter": "key"})
    code, err = said("run", "toy", "--direct", PENATARAN_SOURCES_PATH=folder)
    assert code == 2
    assert "TOY_KEY" in err


def test_unknown_region_and_other_settings(said: Callable[..., tuple[int, str]]) -> None:
    for variable, value in (
        ("PENATARAN_REGION", "9999"),
        ("PENATARAN_WAREHOUSE_URL", "mysql://x"),
        ("PENATARAN_LANGUAGE", "jv"),
        ("PENATARAN_HOST_ECB", "not a url"),
        ("PENATARAN_SOURCES_PATH", "/no/such/folder"),
    ):
        code, err = said("run", "ecb", "--direct", **{variable: value})
        assert code == 2, (variable, err)


class TestUnderPrefect:
    """One run with an ephemeral server; what it leaves is then looked at by every verb."""

    @pytest.fixture(scope="class")
    def ran(self, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
        import yaml

        from tests.conftest import TOY

        folder = tmp_path_factory.mktemp("prefect")
        (folder / "sources").mkdir()
        keyed = {**TOY, "key": {"variable": "TOY_KEY", "parameter": "key"}}
        (folder / "sources" / "toy.yml").write_text(yaml.safe_dump(keyed), encoding="utf-8")
        other = {**TOY, "provider": {**TOY["provider"], "code": "broken"}}
        (folder / "sources" / "broken.yml").write_text(yaml.safe_dump(other), encoding="utf-8")
        variables = {"PENATARAN_SOURCES_PATH": str(folder / "sources"), "TZ": "Asia/Tokyo",
                     "LC_ALL": "C", "TOY_KEY": CANARY}  # fmt: skip
        with FaultServer([answer(BODY)]) as good, FaultServer([answer("", 500)]) as bad:
            variables |= {"PENATARAN_HOST_TOY": good.url, "PENATARAN_HOST_BROKEN": bad.url}
            found = call("run", "toy", "broken", "--json", home=folder / "home", **variables)
            assert CANARY in good.requests[0]
        return {"home": folder / "home", "variables": variables, "found": found}

    def test_report(self, ran: dict[str, Any]) -> None:
        found = ran["found"]
        assert found.returncode == 3, found.stderr
        report = json.loads(found.stdout)
        assert set(report) == {
            "run_id", "profile", "started_at", "finished_at", "exit_code", "sources", "published",
            "error",
        }  # fmt: skip
        by_source = {s["source"]: s for s in report["sources"]}
        assert by_source["toy"]["status"] == "loaded"
        assert by_source["broken"]["status"] == "failed"
        assert by_source["broken"]["error"]["code"] == "http_500"
        for source in by_source.values():
            assert source["fetched"] == sum(
                source[k]
                for k in ("new", "revised", "unchanged", "quarantined", "duplicates", "ignored")
            )

    def test_x09_key_is_not_in_the_orchestrators_database_nor_anywhere_else(
        self, ran: dict[str, Any]
    ) -> None:
        assert (ran["home"] / "state" / "prefect" / "prefect.db").exists()
        assert CANARY not in ran["found"].stdout + ran["found"].stderr
        for path in ran["home"].rglob("*"):
            if path.is_file():
                assert CANARY.encode() not in path.read_bytes(), path

    def test_orchestrator_knows_the_slices(self, ran: dict[str, Any]) -> None:
        import sqlite3

        database = ran["home"] / "state" / "prefect" / "prefect.db"
        with sqlite3.connect(database) as connection:
            rows = connection.execute("SELECT name, state_type, state_name FROM task_run")
            tasks = {name: (kind, shown) for name, kind, shown in rows}
            artifacts = {r[0] for r in connection.execute("SELECT key FROM artifact")}
            limits = {r[0] for r in connection.execute("SELECT name FROM concurrency_limit_v2")}
        assert tasks["toy all"] == ("COMPLETED", "Loaded")
        assert tasks["broken all"] == ("FAILED", "Failed")
        assert artifacts >= {"run-summary", "rejects", "freshness"}
        assert "provider-toy" in limits

    def test_looking_verbs(self, ran: dict[str, Any], tmp_path: Path) -> None:
        home, variables = ran["home"], ran["variables"]
        status = json.loads(call("status", "--json", home=home, **variables).stdout)
        toy = next(s for s in status["sources"] if s["source"] == "toy")
        assert toy["rows"] == 1
        assert toy["next_run"]
        sources = json.loads(call("sources", "--json", home=home, **variables).stdout)["sources"]
        assert {"code", "provider", "domain", "table", "frequency", "licence", "redistribution",
                "key_variable", "next_release"} <= set(sources[0])  # fmt: skip
        sql = "SELECT quote_currency, rate, rate_date FROM core_exchange__rates"
        found = call("query", sql, "--format", "json", home=home, **variables)
        assert json.loads(found.stdout) == [
            {"quote_currency": "IDR", "rate": 16700, "rate_date": "2026-01-05"}
        ]
        found = call("query", sql, "--format", "csv", home=home, **variables)
        assert found.stdout.splitlines()[1] == "IDR,16700.0000000000,2026-01-05"
        for kind in ("parquet", "xlsx"):
            out = tmp_path / f"out.{kind}"
            call("query", sql, "--format", kind, "-o", str(out), home=home, **variables)
            assert out.stat().st_size > 100
        traced = call(
            "trace", "core_exchange__rates", "rate_date=2026-01-05", "--json", home=home,
            **variables,
        )  # fmt: skip
        chain = json.loads(traced.stdout)["chains"][0]
        assert chain["raw_records"][0]["rate"] == "16700"
        assert Path(chain["raw_file"]).exists()
        listed = call("quarantine", "list", "--json", home=home, **variables)
        assert json.loads(listed.stdout) == []
        doctor = call("doctor", home=home, **variables)
        assert doctor.returncode == 0
        assert "COMTRADE_API_KEY" in doctor.stdout

    def test_published_by_the_failing_run_too(self, ran: dict[str, Any]) -> None:
        assert rows(ran["home"], "SELECT count(*) FROM core_exchange__rates") == [(1,)]
        assert (ran["home"] / "reports" / "laporan.id.html").exists()


def test_formula_cells_are_text(tmp_path: Path) -> None:
    """X06 for our own outputs: nothing a spreadsheet would run."""
    from flows.cli.output import write
    from warehouse.base import Result

    cells = ("=1+1", "+1", "-1", "@x", "\tx", "plain")
    result = Result(tuple("abcdef"), iter([[cells]]))
    write(result, "csv", str(tmp_path / "x.csv"), simulated=False)
    line = (tmp_path / "x.csv").read_text().splitlines()[1]
    assert line == "'=1+1,'+1,'-1,'@x,\"'\tx\",plain"
    result = Result(tuple("abcdef"), iter([[cells]]))
    write(result, "xlsx", str(tmp_path / "x.xlsx"), simulated=True)
    import zipfile

    with zipfile.ZipFile(tmp_path / "x.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert any("simulated data" in book.read(n).decode("utf-8", "replace")
                   for n in book.namelist() if n.endswith(".xml"))  # fmt: skip
