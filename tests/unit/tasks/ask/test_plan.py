"""What is asked of the partners: split, pinned, keyed, paged, conditional."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config import declarations
from config import region as regions
from config.source import Source
from schemas.errors import ConfigurationError, DataError
from tasks.ask.plan import Ask, Plan, fixed_values, found_values, list_values, with_key
from tasks.outcome import Report
from tasks.slices import Slice, Window, slices_of, window
from tests.conftest import rows
from tests.faultserver import FaultServer, answer

DECLARED = declarations.load_all().sources
TODAY = date(2026, 11, 24)
REGION = regions.load("3505")


def same(_scheme: str, codes: Any) -> list[str]:
    return list(codes)


def asks(code: str, slice_: Slice, *, key: bool = False, after: str | None = None) -> list[Ask]:
    source: Source = DECLARED[code]
    assert source.request is not None
    request = with_key(source.request, source.keyed_request, has_key=key)
    lists = list_values(source, slice_, REGION, same)
    return list(Plan(request, fixed_values(source, slice_, after), lists))


def slices(code: str, asked: Window | None = None) -> list[Slice]:
    return slices_of(DECLARED[code], asked or Window(), TODAY)


@pytest.mark.fast
class TestComtrade:
    def test_slices_are_years(self) -> None:
        assert [s.name for s in slices("comtrade")] == [
            "annual/2022", "annual/2023", "annual/2024", "annual/2025", "annual/2026",
            "monthly/2025", "monthly/2026",
        ]  # fmt: skip

    def test_every_question_is_pinned_and_within_the_limits(self) -> None:
        for slice_ in slices("comtrade"):
            for ask in asks("comtrade", slice_):
                assert ask.params["partner2Code"] == "0"
                assert ask.params["customsCode"] == "C00"
                assert ask.params["motCode"] == "0"
                assert len(ask.params["period"].split(",")) <= 12
                cells = 1
                for name in ("period", "cmdCode", "partnerCode"):
                    cells *= len(ask.params[name].split(","))
                assert cells < 500, "an answer could reach the preview's cap"

    def test_all_products_and_months_are_asked_once(self) -> None:
        slice_ = next(s for s in slices("comtrade") if s.name == "monthly/2026")
        found = asks("comtrade", slice_)
        products = [p for ask in found for p in ask.params["cmdCode"].split(",")]
        assert sorted(products) == sorted(REGION.products)
        assert found[0].params["period"].split(",")[-1] == "202611"

    def test_key_opens_the_larger_service(self) -> None:
        slice_ = slices("comtrade")[0]
        assert asks("comtrade", slice_)[0].path == "/public/v1/preview/C/A/HS"
        assert asks("comtrade", slice_, key=True)[0].path == "/data/v1/get/C/A/HS"
        assert asks("comtrade", slice_, key=True)[0].request.cap_rows == 250_000

    def test_a_window_narrows_the_periods(self) -> None:
        found = slices("comtrade", window("2024-03", "2024-05"))
        assert [s.periods for s in found] == [("2024",), ("202403", "202404", "202405")]


def of_world(reporters: tuple[str, ...]) -> Plan:
    """A year of all countries with the world, when the partner's list has these reporters."""
    source = DECLARED["comtrade_world"]
    (slice_,) = slices("comtrade_world", window("2024", "2024"))
    assert source.keyed_request is not None
    lists = list_values(source, slice_, REGION, same)
    lists["reporter"] = (lists["reporter"][0], reporters)
    return Plan(source.keyed_request, fixed_values(source, slice_, None), lists)


@pytest.mark.fast
class TestComtradeOfTheWorld:
    def test_levels_are_asked_apart_and_the_subheadings_together(self) -> None:
        subheadings = [p for p in REGION.products if len(p) == 6]
        (first, *_), *_ = found = [a.params["cmdCode"].split(",") for a in of_world(("360", "36"))]
        assert found == [["TOTAL"], ["AG4"], subheadings]
        assert first == "TOTAL"

    def test_an_answer_stays_below_what_any_key_may_get(self) -> None:
        headings = {"AG4": 1_250}
        asked = list(of_world(tuple(str(n) for n in range(222))))
        assert len(asked) == 3 * 7
        for ask in asked:
            reporters = len(ask.params["reporterCode"].split(","))
            codes = ask.params["cmdCode"].split(",")
            cells = reporters * sum(headings.get(c, 1) for c in codes) * 2  # X and M
            assert cells < 100_000
            assert (ask.params["partnerCode"], ask.params["flowCode"]) == ("0", "X,M")
            assert (ask.params["partner2Code"], ask.params["customsCode"]) == ("0", "C00")

    def test_a_truncated_answer_is_halved_and_then_refused(self) -> None:
        plan = of_world(("36", "360", "392"))
        level = next(a for a in plan if a.params["cmdCode"] == "AG4")
        assert plan.take_answer(level, 99_999, None)
        assert not plan.take_answer(level, 100_000, None)
        halves = [a.params["reporterCode"] for a in list(plan.queue)[:2]]
        assert halves == ["36", "360,392"]
        with pytest.raises(DataError, match="truncated"):
            plan.take_answer(plan.queue[0], 100_000, None)

    def test_a_region_of_chapters_asks_for_them_beside_the_headings(self) -> None:
        source = DECLARED["comtrade_world"]
        (slice_,) = slices("comtrade_world", window("2024", "2024"))
        _, values = list_values(source, slice_, regions.load("3507"), same)["product"]
        assert values[:4] == ("TOTAL", "AG4", "03", "06")

    def test_reporters_are_those_that_exist_and_are_no_sums(self, samples: Path) -> None:
        found = DECLARED["comtrade_world"].variables["reporter"].found
        assert found is not None
        body = (samples / "comtrade/reference/Reporters.json").read_bytes()
        reporters = found_values(found, body, "Reporters.json")
        assert len(reporters) == 220  # of 255
        assert {"360", "842", "251", "699", "490", "276"} <= set(reporters)
        assert not {"97", "975", "280", "278", "810", "891"} & set(reporters)

    def test_markets_are_asked_for_all_suppliers(self) -> None:
        (slice_,) = slices("comtrade_markets", window("2024", "2024"))
        found = asks("comtrade_markets", slice_, key=True)
        assert len(found) == 2
        assert {a.params["reporterCode"] for a in found} == {",".join(REGION.markets)}
        assert all("partnerCode" not in a.params for a in found)
        products = [p for a in found for p in a.params["cmdCode"].split(",")]
        assert sorted(products) == sorted(REGION.products)


@pytest.mark.fast
class TestEcb:
    def test_increment_asks_by_time_of_change(self) -> None:
        (slice_,) = slices("ecb")
        (ask,) = asks("ecb", slice_, after="2026-11-20T00:00:00+00:00")
        assert ask.path.startswith("/service/data/EXR/D.IDR+JPY+AUD+USD")
        assert ask.params == {"format": "csvdata", "updatedAfter": "2026-11-20T00:00:00+00:00"}

    def test_window_asks_by_period(self) -> None:
        (slice_,) = slices("ecb", window("2026-01", "2026-02"))
        (ask,) = asks("ecb", slice_)
        assert ask.params["startPeriod"] == "2026-01-01"
        assert ask.params["endPeriod"] == "2026-02-28"
        assert "updatedAfter" not in ask.params


@pytest.mark.fast
def test_pages_follow_the_announced_number() -> None:
    source = DECLARED["worldbank"]
    (slice_,) = slices("worldbank")
    assert source.request is not None
    lists = list_values(source, slice_, REGION, same)
    plan = Plan(source.request, fixed_values(source, slice_, None), lists)
    asked = []
    for ask in plan:
        asked.append(ask.params["page"])
        plan.take_answer(ask, 0, [{"pages": "3"}, []])  # the World Bank sends it as text
        if len(asked) == 3:
            break
    assert asked == ["1", "2", "3"]
    with pytest.raises(DataError):
        plan.take_answer(ask, 0, [{"pages": 10**9}, []])
    with pytest.raises(DataError):
        plan.take_answer(ask, 0, [{"pages": None}, []])


def test_missing_partner_code_is_said(home: Path) -> None:
    from tasks.read import codes as code_lists
    from warehouse.engine import connect
    from warehouse.lake import Lake

    con = connect(home / "tmp")
    code_lists.build(con, Lake(home / "lake"))
    assert code_lists.to_partner(con, "comtrade", ["USA", "WLD", "JPN"]) == ["842", "0", "392"]
    with pytest.raises(ConfigurationError, match="QQQ"):
        code_lists.to_partner(con, "comtrade", ["QQQ"])
    con.close()


BODY = json.dumps({"count": 1, "data": [{"date": "2026-01-05", "currency": "IDR", "rate": "1"}]})


@pytest.mark.slow
def test_conditional_request_and_304(
    run: Callable[..., Report], toy: Callable[..., str], home: Path
) -> None:
    folder = toy()
    with FaultServer([answer(BODY, headers={"ETag": '"v1"'}), answer("", 304)]) as server:
        first = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=folder)
        second = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=folder)
    assert "if-none-match" not in server.requests[0].lower()
    assert 'If-None-Match: "v1"' in server.requests[1]
    assert (first.sources[0].status, second.sources[0].status) == ("loaded", "unchanged")
    assert second.sources[0].counts.unchanged == 1
    assert rows(home, "SELECT count(*) FROM core_exchange__rates") == [(1,)]


def test_key_goes_where_it_is_declared(run: Callable[..., Report], toy: Callable[..., str]) -> None:
    folder = toy(key={"variable": "TOY_KEY", "parameter": "subscription-key"})
    with FaultServer([answer(BODY)]) as server:
        report = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=folder, TOY_KEY="abc")
    assert server.requests[0].startswith("GET /rates?subscription-key=abc ")
    assert report.exit_code == 0


def test_unnamed_run_skips_a_source_without_its_key(
    home: Path, toy: Callable[..., str], gate: Any
) -> None:
    """Only that source: the others are not asked here, since nothing answers."""
    from flows import run as direct
    from tasks.ingest.slices import ingest
    from tasks.session import Session
    from tests.conftest import settings_for

    folder = toy(key={"variable": "TOY_KEY", "parameter": "key"})
    settings = settings_for(home, PENATARAN_SOURCES_PATH=folder)
    with Session(settings, gate=gate, owns_gate=False) as session:
        (task,) = [t for batch in direct.batches(session, [], Window()) for t in batch
                   if t.source == "toy"]  # fmt: skip
        outcome = ingest(session, task)
    assert outcome.status == "skipped"
    assert outcome.error is not None
    assert "TOY_KEY" in outcome.error["message"]
