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
from tasks.ask.plan import Ask, Plan, fixed_values, list_values, with_key
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
