"""A broken declaration in a further folder is its own source's failure, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.declarations import BUILT_IN
from flows.cli.main import main
from flows.run import broken_outcomes
from schemas.errors import ConfigurationError
from tasks.check.gate import Gate
from tasks.outcome import Report
from tasks.session import Session
from tests.conftest import rows, settings_for
from tests.faultserver import FaultServer, answer

BODY = json.dumps({"count": 1, "data": [{"date": "2026-01-05", "currency": "JPY", "rate": 150}]})
Toy = Callable[..., str]


@pytest.fixture
def folder(toy: Toy) -> str:
    """One toy that is right, one with an unclosed bracket, one that is no YAML, and a built-in
    one declared again."""
    toy("broken", columns={"date": "rate_date", "rate": "rate",
                           "currency": {"to": "quote_currency", "extract": "(unclosed"}},
    )  # fmt: skip
    found = Path(toy())
    (found / "cut.yml").write_text("title: {id: x", encoding="utf-8")
    (found / "ecb.yml").write_text((BUILT_IN / "ecb.yml").read_text(encoding="utf-8"))
    return str(found)


@pytest.mark.slow
def test_a_named_run_loads_what_is_right_and_names_what_is_broken(
    run: Callable[..., Report], folder: str, home: Path
) -> None:
    with FaultServer([answer(BODY)]) as server:
        report = run("toy", "broken", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=folder)
    assert report.exit_code == 3
    by_source = {o.source: o for o in report.sources}
    assert (by_source["toy"].status, by_source["toy"].counts.new) == ("loaded", 1)
    assert by_source["broken"].status == "failed"
    error = by_source["broken"].error
    assert error is not None
    assert error["code"] == "declaration"
    assert "columns.currency.extract" in error["message"]
    assert error["where"].endswith("broken.yml")
    assert "cut" not in by_source  # it was not asked for
    attempts = rows(home, "SELECT source, status FROM ops_attempt WHERE status = 'failed'")
    assert attempts == [("broken", "failed")]


def test_a_run_of_everything_has_an_outcome_for_each_broken_one(
    home: Path, folder: str, gate: Gate
) -> None:
    settings = settings_for(home, PENATARAN_SOURCES_PATH=folder)
    with Session(settings, gate=gate, owns_gate=False) as session:
        assert "ecb" in session.sources
        assert {o.source for o in broken_outcomes(session, ())} == {"broken", "cut", "ecb"}
        assert {o.source for o in broken_outcomes(session, ["cut"])} == {"cut"}
        assert broken_outcomes(session, ["toy"]) == []


@pytest.mark.slow
def test_a_source_that_breaks_keeps_its_licence_on_record(
    run: Callable[..., Report], toy: Toy, home: Path
) -> None:
    """The list of sources is not whole then, so what it lacks is not withdrawn."""
    folder = toy()
    with FaultServer([answer(BODY)]) as server:
        run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=folder)
    (Path(folder) / "toy.yml").write_text("title: {id: x", encoding="utf-8")
    report = run("toy", PENATARAN_SOURCES_PATH=folder)
    assert [o.status for o in report.sources if o.source == "toy"] == ["failed"]
    assert rows(home, "SELECT count(*) FROM ref_source WHERE source_code = 'toy'") == [(1,)]


Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def penataran(
    home: Path, folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Said:
    """Exit code, stdout and stderr of a verb, in this process."""
    monkeypatch.setenv("PENATARAN_HOME", str(home))
    monkeypatch.setenv("PENATARAN_SOURCES_PATH", folder)
    monkeypatch.setenv("PENATARAN_LANGUAGE", "en")

    def go(*words: str) -> tuple[int, str, str]:
        return main(words), *capsys.readouterr()

    return go


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [(("sources",), 0), (("status",), 0), (("doctor",), 2), (("check-source", "broken"), 2)],
)
def test_verbs_show_what_is_broken(penataran: Said, words: tuple[str, ...], exit_code: int) -> None:
    code, out, err = penataran(*words)
    assert code == exit_code, err
    assert "columns.currency.extract: '(unclosed' is not a valid" in out + err
    assert "Traceback" not in err


def test_sources_as_json_have_the_broken_beside_the_others(penataran: Said) -> None:
    found: dict[str, Any] = json.loads(penataran("sources", "--json")[1])
    assert {"toy", "ecb"} <= {s["code"] for s in found["sources"]}
    assert {s["source"] for s in found["broken"]} == {"broken", "cut", "ecb"}
    assert all(s["message"] and s["where"] for s in found["broken"])


@pytest.mark.slow
def test_check_source_of_another_one_is_not_stopped(penataran: Said) -> None:
    code, out, err = penataran("check-source", "rba")
    assert code == 0, err
    assert "as expected" in out


def test_a_folder_that_is_missing_is_wrong_use(tmp_path: Path) -> None:
    from config import declarations

    with pytest.raises(ConfigurationError, match="no folder"):
        declarations.load_all([tmp_path / "nowhere"])
