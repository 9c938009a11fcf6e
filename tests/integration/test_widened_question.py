"""A question that became wider has its whole past still to be asked for; one that did not is
asked by increments. Seen by the partner: each run is the list of what it asked for."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from config import region as regions
from tasks.outcome import Report
from tests.conftest import rows
from tests.faultserver import FaultServer, answer

ASKED = {
    "request": {
        "path": "/rates",
        "params": {"c": "{currency}", "from": "{since}", "updatedAfter": "{updated_after}"},
    },
    # A partner that answers an increment says nothing of what it leaves out.
    "coverage": {"absence": "withdrawn", "max_deleted_share": 0.0},
}
SIGNAL = {"request": {"path": "/signal"}, "records": "data", "fields": ["released"]}
DAYS = ("2020-01-02", "2026-01-05")


def listed(*currencies: str, **origin: str) -> dict[str, Any]:
    """The declared list of currencies, in one request."""
    chosen: dict[str, Any] = dict(origin) or {"values": list(currencies)}
    return {"currency": {**chosen, "at_most": 10}}


class Partner:
    """Gives every currency that it is asked for, whole or since a moment."""

    def __init__(self) -> None:
        self.status = 200
        self.rate = "1.5"
        self.asked: list[str] = []
        self.server = FaultServer([self.play])

    def play(self, connection: socket.socket, request: str) -> None:
        address = urlsplit(request.split(" ")[1])
        if address.path == "/signal":
            answer(json.dumps({"data": [{"released": "2026-11-24"}]}))(connection, request)
            return
        query = {name: text for name, (text,) in parse_qs(address.query).items()}
        since = query.get("from")
        self.asked.append(f"{query['c']} from {since}" if since else f"{query['c']} changes")
        data = [
            {"date": day, "currency": currency, "rate": self.rate}
            for currency in query["c"].split(",")
            for day in (DAYS if since else DAYS[1:])
        ]
        body = json.dumps({"count": len(data), "data": data})
        answer(body, self.status)(connection, request)


@pytest.fixture
def partner() -> Iterator[Partner]:
    partner = Partner()
    with partner.server:
        yield partner


Ask = Callable[..., list[str]]


@pytest.fixture
def ask(partner: Partner, run: Callable[..., Report], toy: Callable[..., str]) -> Ask:
    """One run of the source as declared; what it asked the partner for."""

    def go(*currencies: str, status: str = "", **changes: Any) -> list[str]:
        before = len(partner.asked)
        declared = {**ASKED, "variables": listed(*currencies), **changes}
        report = run(
            "toy", hosts={"toy": partner.server.url}, PENATARAN_SOURCES_PATH=toy(**declared)
        )
        (outcome,) = report.sources
        assert outcome.status == (status or outcome.status), outcome.error
        assert status == "failed" or outcome.status in ("loaded", "unchanged"), outcome.error
        return partner.asked[before:]

    return go


def known(home: Path) -> list[tuple[str, int]]:
    return rows(
        home,
        "SELECT quote_currency, count(*) FROM core_exchange__rates WHERE source = 'toy' "
        "GROUP BY ALL ORDER BY ALL",
    )


@pytest.mark.slow
def test_a_currency_that_is_added_gets_its_whole_past(ask: Ask, home: Path) -> None:
    assert ask("JPY") == ["JPY from 2020-01-01"]
    assert ask("JPY") == ["JPY changes"]
    assert ask("JPY", "AUD") == ["JPY,AUD from 2020-01-01"]
    assert known(home) == [("AUD", 2), ("JPY", 2)]
    assert ask("JPY", "AUD") == ["JPY,AUD changes"]
    assert known(home) == [("AUD", 2), ("JPY", 2)]


@pytest.mark.slow
def test_a_currency_that_is_left_out_and_taken_back_is_asked_whole_again(ask: Ask) -> None:
    assert ask("JPY", "AUD") == ["JPY,AUD from 2020-01-01"]
    assert ask("JPY") == ["JPY changes"]
    assert ask("JPY", "AUD") == ["JPY,AUD from 2020-01-01"]


@pytest.mark.slow
def test_an_earlier_start_is_asked_whole(ask: Ask) -> None:
    ask("JPY")
    earlier = {"daily": {"frequency": "D", "start": 2010}}
    assert ask("JPY", datasets=earlier) == ["JPY from 2010-01-01"]
    assert ask("JPY", datasets=earlier) == ["JPY changes"]
    assert ask("JPY") == ["JPY changes"]  # 2020 is inside


@pytest.mark.slow
def test_another_request_is_asked_whole(ask: Ask) -> None:
    ask("JPY")
    request = {"path": "/rates", "params": {**ASKED["request"]["params"], "detail": "full"}}
    assert ask("JPY", request=request) == ["JPY from 2020-01-01"]
    assert ask("JPY", request=request) == ["JPY changes"]


class TestAsTheRegionSays:
    """The declaration stays as it is; the installation's own list grows."""

    OF_REGION = {"variables": listed(**{"from": "region.partners"})}

    @pytest.fixture
    def sells_to(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        load = regions.load

        def choose(*partners: str) -> None:
            monkeypatch.setattr(
                regions, "load", lambda code: load(code).model_copy(update={"partners": partners})
            )

        return choose

    @pytest.mark.slow
    def test_a_longer_list_is_asked_whole(self, ask: Ask, sells_to: Callable[..., None]) -> None:
        sells_to("JPY")
        assert ask(**self.OF_REGION) == ["JPY from 2020-01-01"]
        assert ask(**self.OF_REGION) == ["JPY changes"]
        sells_to("JPY", "AUD")
        assert ask(**self.OF_REGION) == ["JPY,AUD from 2020-01-01"]
        assert ask(**self.OF_REGION) == ["JPY,AUD changes"]

    @pytest.mark.slow
    def test_it_is_asked_though_the_signal_says_that_nothing_changed(
        self, ask: Ask, sells_to: Callable[..., None], home: Path
    ) -> None:
        declared = {**self.OF_REGION, "signal": SIGNAL}
        sells_to("JPY")
        assert ask(**declared) == ["JPY from 2020-01-01"]
        assert ask(**declared) == []
        sells_to("JPY", "AUD")
        assert ask(**declared) == ["JPY,AUD from 2020-01-01"]
        assert known(home) == [("AUD", 2), ("JPY", 2)]
        assert ask(**declared) == []
        sells_to("JPY")  # a part of it was answered
        assert ask(**declared) == []
        sells_to("JPY", "AUD")  # what changed of it since then is not known
        assert ask(**declared) == ["JPY,AUD from 2020-01-01"]


@pytest.mark.slow
class TestTheWiderQuestionIsNotAnswered:
    """Then it is still to be asked, whole."""

    def test_the_partner_fails(self, ask: Ask, partner: Partner, home: Path) -> None:
        ask("JPY")
        partner.status = 400
        assert ask("JPY", "AUD", status="failed") == ["JPY,AUD from 2020-01-01"]
        partner.status = 200
        assert ask("JPY", "AUD") == ["JPY,AUD from 2020-01-01"]
        assert known(home) == [("AUD", 2), ("JPY", 2)]
        assert ask("JPY", "AUD") == ["JPY,AUD changes"]

    def test_the_answer_is_refused(self, ask: Ask, partner: Partner, home: Path) -> None:
        ask("JPY")
        partner.rate = "-1"
        assert ask("JPY", "AUD", status="failed") == ["JPY,AUD from 2020-01-01"]
        partner.rate = "1.5"
        assert ask("JPY", "AUD") == ["JPY,AUD from 2020-01-01"]
        assert known(home) == [("AUD", 2), ("JPY", 2)]
        assert ask("JPY", "AUD") == ["JPY,AUD changes"]
