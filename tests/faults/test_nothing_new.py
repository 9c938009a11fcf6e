"""S18, S20: the forms of nothing new, and a partner that has nothing any more."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config import declarations, due
from config.asking import Request
from flows.cli.main import main
from tasks.outcome import Report
from tasks.slices import window
from tests.conftest import first_of, first_row_of, rows, shared
from tests.faultserver import FaultServer, Route, answer, replay

TODAY = datetime.now(UTC).date()
Run = Callable[..., Report]
Toy = Callable[..., str]


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def history(newest: date, count: int = 5) -> bytes:
    """The ECB's file of the whole history, with its newest working days."""
    lines = [f"{newest - timedelta(days=n)},1.05,16800.5,\n" for n in range(count)]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("eurofxref-hist.csv", "Date,USD,IDR,\n" + "".join(lines))
    return out.getvalue()


HEADINGS = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS"


def observation(day: date) -> str:
    return f"EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,{day},1.06,A"


class Ecb:
    """The shipped declaration of the ECB: its history, then what each later run is answered."""

    def __init__(self, run: Run, file: bytes) -> None:
        self.run, self.file = run, file
        self.asked: list[str] = []

    def __call__(self, *routes: Route) -> Report:
        """One run; the routes are the answers at the service's path, the last again and again."""
        left = list(routes)

        def find(path: str) -> Route:
            if "eurofxref" in path:
                return Route(self.file)
            self.asked.append(path)
            return left.pop(0) if len(left) > 1 else left[0]

        with replay(find) as base:
            return self.run("ecb", hosts={"ecb": base})


def gone_or(report: Report) -> str:
    (outcome,) = report.sources
    return outcome.error_code or outcome.status


GONE = Route(b'{"status":404,"error":"Not Found","path":"/service/data/EXR/"}', 404)
NOTHING = Route(b"")


@pytest.mark.parametrize("nothing", [GONE, NOTHING], ids=["404", "empty"])
@pytest.mark.slow
def test_nothing_new_is_no_failure_while_the_newest_rate_is_recent(
    run: Run, home: Path, nothing: Route
) -> None:
    ecb = Ecb(run, history(ago(1)))
    assert gone_or(ecb(nothing)) == "loaded"
    again = ecb(nothing)
    assert (gone_or(again), again.exit_code) == ("unchanged", 0)
    assert len(ecb.asked) == 1


@pytest.mark.parametrize("nothing", first_of(GONE, NOTHING))
def test_nothing_for_ever_is_gone(run: Run, home: Path, nothing: Route) -> None:
    ecb = Ecb(run, history(ago(88)))
    ecb(nothing)
    report = ecb(nothing)
    assert (gone_or(report), report.exit_code) == ("gone", 3)
    error = report.sources[0].error
    assert error is not None
    assert str(ago(88)) in error["message"]
    assert rows(home, "SELECT count(*) FROM core_exchange__rates WHERE source = 'ecb'") == [(10,)]
    assert gone_or(ecb(nothing)) == "gone"  # again, and for ever


@pytest.mark.slow
def test_a_late_partner_that_still_answers_is_not_gone(run: Run, home: Path) -> None:
    """Nothing changed since the last run, and nothing of the newest period: asked by period the
    partner answers what is held."""
    ecb = Ecb(run, history(ago(40)))
    ecb(GONE)
    held = Route(f"{HEADINGS}\n{observation(ago(40))}\n".encode())
    report = ecb(GONE, held)
    assert report.exit_code == 0
    assert f"startPeriod={ago(40)}" in ecb.asked[-1]
    assert "updatedAfter" not in ecb.asked[-1]


@pytest.mark.slow
def test_what_an_increment_missed_is_found_by_period(run: Run, home: Path) -> None:
    ecb = Ecb(run, history(ago(40)))
    ecb(GONE)
    missed = Route(f"{HEADINGS}\n{observation(ago(1))}\n".encode())
    report = ecb(GONE, missed)
    assert (gone_or(report), report.sources[0].counts.new) == ("loaded", 1)


@pytest.mark.parametrize(("folder", "body"), [("s19-ecb-404-gone", "404.json"),
                                              ("s18-ecb-empty-200", None)])  # fmt: skip
@pytest.mark.slow
def test_the_shared_cases(run: Run, home: Path, folder: str, body: str | None) -> None:
    case = shared(f"cases/sources/{folder}")
    ecb = Ecb(run, (case / "ecbhist.zip").read_bytes())
    route = Route((case / body).read_bytes(), 404) if body else NOTHING
    assert gone_or(ecb(route)) == "loaded"
    report = ecb(route)
    stale = TODAY - date(2026, 9, 2) > timedelta(days=8)
    assert gone_or(report) == ("gone" if stale else "unchanged")


# --- any source ----------------------------------------------------------------------------------


def toy_body(*days: date) -> str:
    data = [{"date": str(d), "currency": "IDR", "rate": "16700"} for d in days]
    return json.dumps({"count": len(data), "data": data})


@pytest.fixture
def twice(run: Run, toy: Toy) -> Callable[..., Report]:
    """A first answer, and then another one of the same source."""

    def go(first: Any, second: Any, asked: Any = None, **changes: Any) -> Report:
        changes = {"coverage": {"absence": "nothing"}, "calendar": DAILY, **changes}
        folder = toy(**changes)
        report: Report | None = None
        for script in (first, second):
            if script is not None:
                with FaultServer([script]) as server:
                    report = run("toy", hosts={"toy": server.url}, window=asked,
                                 PENATARAN_SOURCES_PATH=folder)  # fmt: skip
        assert report is not None
        return report

    return go


DAILY = {"cadence": "daily", "cron": "0 8 * * *", "lag_days": 3}
EMPTY = answer(json.dumps({"count": 0, "data": []}))
GOOD = answer(toy_body(ago(100), ago(99)))
FRESH = answer(toy_body(ago(2), ago(1)))


@pytest.mark.slow
def test_an_answer_without_a_row_is_never_loaded(twice: Callable[..., Report], home: Path) -> None:
    report = twice(None, EMPTY)
    assert (gone_or(report), report.exit_code) == ("not_published", 0)
    assert rows(home, "SELECT count(*) FROM ops_load WHERE source = 'toy'") == [(0,)]


@pytest.mark.slow
def test_the_same_empty_answer_again_is_not_published(twice: Callable[..., Report]) -> None:
    assert gone_or(twice(EMPTY, EMPTY)) == "not_published"


@pytest.mark.slow
def test_an_empty_answer_after_recent_figures_is_unchanged(twice: Callable[..., Report]) -> None:
    assert gone_or(twice(FRESH, EMPTY)) == "unchanged"


@pytest.mark.parametrize(
    "nothing", [EMPTY, answer("not here", 404), answer("", 204)], ids=["empty list", "404", "204"]
)
@pytest.mark.slow
def test_nothing_where_there_were_figures_is_gone_once_late(
    twice: Callable[..., Report], home: Path, nothing: Any
) -> None:
    report = twice(GOOD, nothing)
    assert (gone_or(report), report.exit_code) == ("gone", 3)
    assert rows(home, "SELECT count(*) FROM core_exchange__rates WHERE source = 'toy'") == [(2,)]


@pytest.mark.slow
def test_a_404_without_figures_is_not_published(twice: Callable[..., Report]) -> None:
    assert gone_or(twice(None, answer("not here", 404))) == "not_published"


@pytest.mark.slow
def test_an_irregular_source_is_never_gone(twice: Callable[..., Report]) -> None:
    calendar = {**DAILY, "cadence": "irregular"}
    assert gone_or(twice(GOOD, answer("x", 404), calendar=calendar)) == "not_published"


@pytest.mark.slow
def test_without_a_lag_nobody_knows_whether_it_is_late(twice: Callable[..., Report]) -> None:
    calendar = {"cadence": "daily", "cron": "0 8 * * *"}
    assert gone_or(twice(GOOD, answer("x", 404), calendar=calendar)) == "not_published"


@pytest.mark.slow
def test_a_year_without_figures_is_not_gone(run: Run, toy: Toy, home: Path) -> None:
    """A year that never had figures may have none; that the source is late is shown elsewhere."""
    year = {"daily": {"frequency": "D", "slice_by": "year", "window": 1, "start": 2020}}
    folder = toy(datasets=year, coverage={"absence": "nothing"}, calendar=DAILY)
    old, new = window("2024", "2024"), window("2025", "2025")
    for script, asked in ((answer(toy_body(date(2024, 5, 2))), old), (answer("x", 404), new)):
        with FaultServer([script]) as server:
            report = run("toy", hosts={"toy": server.url}, window=asked,
                         PENATARAN_SOURCES_PATH=folder)  # fmt: skip
    assert gone_or(report) == "not_published"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "form"),
    first_row_of(("", ""), ("[]", "[]"), ('{ "data" : [] }\n', '{"data":[]}'), ("null", "null"),
             ("date,currency,rate\r\n", "date,currency,rate"),
             ("No results found", "No results found")),
)  # fmt: skip
def test_a_declared_body_is_nothing_new(twice: Callable[..., Report], body: str, form: str) -> None:
    request = {"path": "/rates", "empty_body": [form]}
    report = twice(FRESH, answer(body), request=request)
    assert (gone_or(report), report.exit_code) == ("unchanged", 0)


@pytest.mark.parametrize("body", ["", "{}", "null"])
@pytest.mark.slow
def test_a_body_that_is_not_declared_stays_an_error(
    twice: Callable[..., Report], body: str
) -> None:
    report = twice(FRESH, answer(body), request={"path": "/rates", "empty_body": ["[]"]})
    assert report.exit_code == 3
    assert gone_or(report) in ("empty_body", "records_missing", "not_json")


@pytest.mark.slow
def test_an_empty_body_says_how_to_declare_it(twice: Callable[..., Report]) -> None:
    report = twice(FRESH, answer(""))
    error = report.sources[0].error
    assert error is not None
    assert (error["code"], "empty_body" in error["hint"]) == ("empty_body", True)


@pytest.mark.fast
def test_a_long_body_is_never_nothing() -> None:
    request = Request(path="/x", empty_body=("a",))
    assert request.is_empty_body(b" a\n")
    assert not request.is_empty_body(b"aa")
    assert not request.is_empty_body(b" " * (1 << 17) + b"a")


# --- what people read ----------------------------------------------------------------------------


@pytest.fixture
def command(
    marts: None, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """A verb on the test's home, in English: its exit code and what it prints."""

    def go(*arguments: str, language: str = "en") -> tuple[int, str]:
        monkeypatch.setenv("PENATARAN_HOME", str(home))
        monkeypatch.setenv("PENATARAN_LANGUAGE", language)
        capsys.readouterr()
        code = main(list(arguments))
        return code, capsys.readouterr().out

    return go


@pytest.mark.slow
def test_status_doctor_mart_and_page_say_since_when(
    run: Run, home: Path, pages: None, command: Callable[..., tuple[int, str]]
) -> None:
    newest = ago(88)
    ecb = Ecb(run, history(newest))
    ecb(GONE)
    since = due.due_on("D", newest, 3)
    found = json.loads(command("status", "--json")[1])["sources"]
    (state,) = [s for s in found if s["source"] == "ecb"]
    assert (state["state"], state["late_since"]) == ("late", str(since))
    assert state["newest_period_start"] == str(newest)
    assert "next_release" in state
    assert f"late since {since.day} " in command("status")[1]
    assert f"terlambat sejak {since.day} " in command("status", language="id")[1]
    code, shown = command("doctor")
    assert code == 3
    assert "source ecb: late since" in shown
    assert rows(
        home, "SELECT state, late_since FROM mart_source_freshness WHERE source = 'ecb'"
    ) == [("late", since)]
    for language, text in (("id", ">terlambat</td>"), ("en", ">late</td>")):
        page = home / "reports" / f"laporan.{language}.html"
        assert text in page.read_text(encoding="utf-8")
    ecb(GONE)
    code, shown = command("doctor")
    assert (code, "source ecb: gone" in shown) == (3, True)
    found = json.loads(command("status", "--json")[1])["sources"]
    assert [s["state"] for s in found if s["source"] == "ecb"] == ["gone"]


@pytest.mark.slow
def test_a_source_without_a_row_is_shown(
    twice: Callable[..., Report],
    home: Path,
    command: Callable[..., tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    twice(None, EMPTY)
    monkeypatch.setenv("PENATARAN_SOURCES_PATH", str(tmp_path / "sources"))
    code, shown = command("doctor")
    assert (code, "source toy: never had rows" in shown) == (3, True)
    assert "never had rows" in command("status")[1]


@pytest.mark.slow
def test_a_fresh_home_is_well(
    run: Run, home: Path, command: Callable[..., tuple[int, str]]
) -> None:
    Ecb(run, history(ago(1)))(GONE)
    assert command("doctor")[0] == 0


# --- every declared source -----------------------------------------------------------------------

ASKED = [s for s in declarations.load_all().sources.values() if not s.is_builtin and not s.is_file]


@pytest.mark.fast
@pytest.mark.parametrize("source", ASKED, ids=lambda s: s.code)
def test_only_the_ecb_says_nothing_with_an_empty_body(source: Any) -> None:
    for name in source.datasets:
        request = source.part(name).request
        assert request is not None
        assert request.is_empty_body(b"") == (source.code == "ecb")
