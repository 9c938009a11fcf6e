"""S11, S12, S16, P06, P13: pages that shift, clocks that are wrong, homes of another version."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from config.source import Source
from schemas.errors import ConfigurationError
from tasks.ask.fetch import _by_both_clocks, increment_since
from tasks.landing.land import Receipt
from tasks.outcome import Report
from tasks.slices import Window, slices_of
from tests.conftest import ROOT, TOY, Home, first_of, first_row_of, rows
from tests.faultserver import FaultServer, Route, Script, answer, replay
from warehouse import ledger as ledgers
from warehouse.leases import LEASE_SECONDS, is_live, this_process
from warehouse.ledger import Ledger

PAGED = {
    "request": {"path": "/rates", "paging": {"parameter": "page", "pages": "pages",
                                             "total": "total", "max_pages": 50}},
    "reader": {"format": "json", "records": "data"},
}  # fmt: skip
DAYS = [{"date": f"2026-01-0{d}", "currency": "IDR", "rate": str(d)} for d in range(1, 6)]


def page(data: list[dict[str, str]], *, total: int, pages: int = 2) -> Script:
    return answer(json.dumps({"pages": pages, "total": total, "data": data}))


Play = Callable[..., tuple[Report, FaultServer]]


@pytest.fixture
def play(run: Callable[..., Report], toy: Callable[..., str]) -> Play:
    def go(*scripts: Script) -> tuple[Report, FaultServer]:
        with FaultServer(list(scripts)) as server:
            folder = toy(**PAGED)
            report = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=folder)
            return report, server

    return go


def code_of(report: Report) -> str:
    error = report.sources[0].error
    return error["code"] if error else ""


def test_s11_overlapping_pages_count_each_row_once(play: Play, home: Path) -> None:
    report, _ = play(page(DAYS[:2], total=4), page(DAYS[1:3], total=4))
    counts = report.sources[0].counts
    assert (counts.fetched, counts.new, counts.duplicates) == (4, 3, 1)
    assert rows(home, "SELECT count(*) FROM core_exchange__rates WHERE source = 'toy'") == [(3,)]


def test_s11_a_page_that_comes_again_is_no_next_page(play: Play) -> None:
    same = page(DAYS[:2], total=4)
    report, server = play(same, same)
    assert code_of(report) == "page_repeated"
    assert len(server.requests) == 4  # both pages, once more, and then no more


def test_s11_endless_pages_end(play: Play) -> None:
    report, server = play(page(DAYS[:1], total=9, pages=100_000))
    assert code_of(report) == "too_many_pages"
    assert len(server.requests) == 1


@pytest.mark.slow
def test_s12_a_total_that_changes_is_asked_once_more(play: Play, home: Path) -> None:
    report, server = play(
        page(DAYS[:2], total=4), page(DAYS[2:4], total=5),
        page(DAYS[:3], total=5), page(DAYS[3:], total=5),
    )  # fmt: skip
    assert report.exit_code == 0
    assert len(server.requests) == 4
    assert rows(home, "SELECT count(*) FROM core_exchange__rates WHERE source = 'toy'") == [(5,)]


@pytest.mark.parametrize(
    ("second", "code"),
    [(page(DAYS[2:4], total=5), "total_changed"), (page(DAYS[3:4], total=4), "pages_incomplete")],
)
def test_s12_what_keeps_shifting_is_refused(play: Play, second: Script, code: str) -> None:
    first = page(DAYS[:2], total=4)
    report, server = play(first, second, first, second)
    assert code_of(report) == code
    assert len(server.requests) == 4


@pytest.mark.slow
def test_s16_rows_of_the_future_are_set_aside(
    run: Callable[..., Report], toy: Callable[..., str], home: Path
) -> None:
    near = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    far = (datetime.now(UTC) + timedelta(days=400)).date().isoformat()
    data = [{"date": d, "currency": "IDR", "rate": "1"} for d in ("2026-01-05", near, far)]
    with FaultServer([answer(json.dumps({"count": 3, "data": data}))]) as server:
        report = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=toy())
    assert report.sources[0].counts.new == 2
    ((reasons,),) = rows(home, "SELECT reasons FROM ops_quarantine")
    assert [r["code"] for r in json.loads(reasons)] == ["in_the_future"]


class TestS16Watermark:
    """Increments are asked from a moment that neither clock can push into the future."""

    SOURCE = Source(code="toy", **{**TOY, "request": {"path": "/r", "params": {
        "after": "{updated_after}"}}})  # fmt: skip

    def since(self, asked_at: str) -> str | None:
        assert self.SOURCE.request is not None
        return increment_since(self.SOURCE, self.SOURCE.request, asked_at)

    def test_an_overlap_is_asked_again(self) -> None:
        assert self.since("2026-11-01T12:00:00+00:00") == "2026-10-31T12:00:00+00:00"

    def test_a_moment_ahead_of_the_clock_asks_for_everything(self) -> None:
        assert self.since((datetime.now(UTC) + timedelta(hours=1)).isoformat()) is None

    def test_the_earlier_clock_counts(self) -> None:
        receipt = Receipt("", "toy", "", "GET", "", 200,
                          {"date": "Sun, 01 Nov 2026 11:00:00 GMT"}, "", 0, "", "")  # fmt: skip
        wordless = Receipt("", "toy", "", "GET", "", 200, {"date": "soon"}, "", 0, "", "")
        ours = "2026-11-01T12:00:00+00:00"
        assert _by_both_clocks(ours, [receipt, wordless]) == "2026-11-01T11:00:00+00:00"
        assert _by_both_clocks("2026-11-01T10:00:00+00:00", [receipt]).startswith("2026-11-01T10")


# --- P06 ----------------------------------------------------------------------------------


def test_p06_a_clock_set_back_makes_no_later_load_seem_older(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger.in_folder(tmp_path)

    def at(moment: datetime) -> tuple[int, datetime]:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return moment

        monkeypatch.setattr(ledgers, "datetime", Clock)
        return ledger.next_load("run", "toy", "daily/all")

    noon = datetime(2024, 2, 29, 12, tzinfo=UTC)
    found = [at(noon + timedelta(days=d)) for d in (0, 1, -1, -400, 2)]
    ledger.close()
    assert [n for n, _ in found] == [1, 2, 3, 4, 5]
    moments = [m for _, m in found]
    assert moments == sorted(set(moments))
    assert moments[-1] == noon + timedelta(days=2)


def test_p06_a_lease_from_before_the_clock_was_set_back_holds_nobody_up() -> None:
    now = 1_000_000.0
    mine = this_process()
    assert is_live(now + LEASE_SECONDS, mine, now)
    assert not is_live(now - 1, mine, now)
    assert not is_live(now + 86_400, mine, now)
    elsewhere = json.dumps(["another machine", 1, "1"])
    assert is_live(now + 1, elsewhere, now)


@pytest.mark.parametrize(
    ("today", "last"),
    [(date(2024, 2, 29), date(2024, 12, 31)), (date(2024, 12, 31), date(2024, 12, 31)),
     (date(2025, 1, 1), date(2025, 12, 31))],
)  # fmt: skip
def test_p06_slices_at_the_edges_of_a_year(today: date, last: date) -> None:
    source = Source(code="toy", **{**TOY, "datasets": {"daily": {
        "frequency": "D", "slice_by": "year", "window": 2, "start": 2020}}})  # fmt: skip
    found = slices_of(source, Window(), today)
    assert [p.label for p in found] == [str(today.year - 1), str(today.year)]
    assert found[-1].end == last
    assert not any(p.ranged for p in found)


# --- P13 ----------------------------------------------------------------------------------


@pytest.fixture
def old_home(tmp_path: Path, toy: Callable[..., str], gate: Any) -> Home:
    """A home as the first version left it: two loads, one restated, one withdrawn."""
    with zipfile.ZipFile(ROOT / "tests" / "specimens" / "home_format1.zip") as packed:
        packed.extractall(tmp_path / "home")
    return Home(tmp_path / "home", toy(), {}, gate)


@pytest.mark.slow
def test_p13_a_home_of_the_first_version_goes_on(old_home: Home) -> None:
    report = old_home.load(("2026-01-05", "IDR", "5"), ("2026-01-07", "ZZZ", "1"))
    assert report.exit_code == 0, report.sources
    versions = old_home.query(
        "SELECT CAST(rate_date AS VARCHAR), CAST(CAST(rate AS INTEGER) AS VARCHAR), is_deleted, "
        "change_reason, superseded_at IS NULL FROM core_exchange__rates__vintages "
        "WHERE source = 'toy' ORDER BY rate_date, load_seq"
    )
    assert versions == [
        ("2026-01-05", "16700", False, "first", False),
        ("2026-01-05", "16999", False, "revised_by_source", False),
        ("2026-01-05", "5", False, "revised_by_source", True),
        ("2026-01-06", "16710", False, "first", False),
        ("2026-01-06", "16710", True, "withdrawn_by_source", True),
    ]
    assert (old_home.home / "FORMAT").read_text().strip() == "2"
    assert (
        old_home.load(("2026-01-05", "IDR", "5"), ("2026-01-07", "ZZZ", "1")).sources[0].status
        == "unchanged"
    )


def test_p13_a_home_of_a_newer_version_is_refused(old_home: Home) -> None:
    (old_home.home / "FORMAT").write_text("99\n")
    lake = old_home.home / "lake"
    before = {p: p.stat().st_mtime_ns for p in lake.rglob("*")}
    with pytest.raises(ConfigurationError) as caught:
        old_home.load(("2026-01-05", "IDR", "5"))
    assert caught.value.code == "newer_home"
    assert {p: p.stat().st_mtime_ns for p in lake.rglob("*")} == before


def test_declarations_come_back_from_their_stored_text(tmp_path: Path) -> None:
    """What landing keeps of a declaration makes the same declaration, with the same hash."""
    from config.declarations import load_all
    from tasks.landing.manifest import declaration, keep_declaration

    for source in load_all().sources.values():
        keep_declaration(tmp_path, source)
        found = declaration(tmp_path, source.sha256)
        assert found is not None
        assert found.model_dump() == source.model_dump()
        assert found.sha256 == source.sha256
    assert declaration(tmp_path, "0" * 64) is None


# --- a partner that sends other pages than those that were asked for (S11) -----------------------

MANY = [
    {"date": str(date(2026, 1, 1) + timedelta(days=d)), "currency": "IDR", "rate": str(d + 1)}
    for d in range(25)
]
OFFSET = {"kind": "offset", "parameter": "offset", "size": 10, "total": "total", "max_pages": 30}


class Portal:
    """A portal with 25 rows that decides itself how many it sends in a page."""

    def __init__(self, size: int, *, last: int = 25, pages: int | None = None) -> None:
        self.size, self.last, self.pages = size, last, pages
        self.asked: list[int] = []

    def __call__(self, path: str) -> Route:
        query = parse_qs(urlsplit(path).query)
        if "page" in query:
            start = (int(query["page"][0]) - 1) * self.size
        else:
            start = int((query.get("offset") or query.get("after") or ["0"])[0])
        self.asked.append(start)
        found = MANY[start : min(start + self.size, self.last)]
        following = start + self.size
        return Route(json.dumps({
            "total": 25, "data": found, "pages": self.pages or -(-25 // self.size),
            "next": str(following) if following < self.last else None,
            "link": f"/rates?after={following}" if following < self.last else None,
        }).encode())  # fmt: skip


KINDS = {
    "offset": OFFSET,
    "page": {"parameter": "page", "pages": "pages", "total": "total", "max_pages": 30},
    "cursor": {"kind": "cursor", "parameter": "after", "next": "next", "total": "total"},
    "link": {"kind": "link", "next": "link", "total": "total"},
}


@pytest.fixture
def paged(run: Callable[..., Report], toy: Callable[..., str]) -> Callable[..., Report]:
    def go(portal: Portal, paging: dict[str, Any]) -> Report:
        folder = toy(request={"path": "/rates", "params": {"limit": "10"}, "paging": paging},
                     reader={"format": "json", "records": "data"})  # fmt: skip
        with replay(portal) as base:
            return run("toy", hosts={"toy": base}, PENATARAN_SOURCES_PATH=folder)

    return go


@pytest.mark.slow
@pytest.mark.parametrize("size", first_of(3, 1, 10, 12, 25, 100))
@pytest.mark.parametrize("kind", first_of(*KINDS))
def test_s11_other_pages_than_asked_for_are_followed(
    paged: Callable[..., Report], home: Path, kind: str, size: int
) -> None:
    portal = Portal(size)
    report = paged(portal, KINDS[kind])
    assert report.sources[0].error is None
    assert rows(home, "SELECT count(*) FROM core_exchange__rates WHERE source = 'toy'") == [(25,)]
    assert portal.asked == list(range(0, 25, size))


@pytest.mark.parametrize(
    ("kind", "portal", "code"),
    first_row_of(
        ("offset", Portal(10, last=20), "page_empty"),  # no rows beyond the twentieth
        ("page", Portal(3, pages=3), "pages_incomplete"),  # pages of ten are counted, three sent
        ("cursor", Portal(10, last=20), "pages_incomplete"),
        ("link", Portal(10, last=20), "pages_incomplete"),
    ),
)
def test_s11_rows_that_no_page_holds_are_named(
    paged: Callable[..., Report], kind: str, portal: Portal, code: str
) -> None:
    assert code_of(paged(portal, KINDS[kind])) == code


def test_s11_tiny_pages_without_end_are_refused(paged: Callable[..., Report]) -> None:
    portal = Portal(1)
    report = paged(portal, {**OFFSET, "max_pages": 20})
    assert code_of(report) == "too_many_pages"
    assert len(portal.asked) == 1


def test_s11_a_number_of_pages_that_changes_is_named(play: Play) -> None:
    first, second = page(DAYS[:2], total=4), page(DAYS[2:4], total=4, pages=3)
    report, _ = play(first, second, first, second)
    assert code_of(report) == "total_changed"
