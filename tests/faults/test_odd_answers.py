"""Odd answers of a partner end with a named error or are read as they are: never `internal`."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from flows.run import batches
from tasks.check.gate import Gate
from tasks.ingest.slices import ingest
from tasks.outcome import Outcome
from tasks.session import Session
from tasks.slices import Window
from tests.conftest import first_of, settings_for
from tests.faultserver import FaultServer, answer

ROW = {"date": "2026-01-05", "currency": "IDR", "rate": "1"}
DEEP = "[" * 100_000 + "]" * 100_000


def paged(**paging: Any) -> dict[str, Any]:
    return {"request": {"path": "/rates", "paging": paging}}


PAGE = paged(kind="page", parameter="page", pages="pages")
OFFSET = paged(kind="offset", parameter="o", size=10, total="total")
LINK = paged(kind="link", next="next")
CURSOR = paged(kind="cursor", parameter="c", next="next")
TOTAL = paged(kind="link", next="next", total="total")
SIGNAL = {"signal": {"request": {"path": "/sig"}, "records": "data", "fields": ["x"]}}
FOUND = {
    "request": {"path": "/rates", "params": {"id": "{id}"}},
    "variables": {"id": {"found": {"request": LINK["request"], "records": "data", "field": "id"}}},
}


def envelope(**more: str) -> str:
    """A good answer with further members, whose values are raw JSON."""
    members = {"count": "1", "data": json.dumps([ROW]), **more}
    return "{" + ",".join(f'"{name}":{text}' for name, text in members.items()) + "}"


Ingest = Callable[..., Outcome]


@pytest.fixture
def outcome(home: Path, toy: Callable[..., str], gate: Gate) -> Ingest:
    """What becomes of the toy's slice, without publishing."""

    def go(*bodies: str, headers: dict[str, str] | None = None, **declared: Any) -> Outcome:
        with FaultServer([answer(body, 200, headers) for body in bodies]) as server:
            settings = settings_for(
                home, {"toy": server.url}, PENATARAN_SOURCES_PATH=toy(**declared)
            )
            with Session(settings, gate=gate, owns_gate=False) as session:
                tasks = chain.from_iterable(batches(session, ["toy"], Window()))
                return ingest(session, next(t for t in tasks if t.source == "toy"))

    return go


@pytest.mark.parametrize(
    "number",
    first_of(
        "Infinity",
        "-Infinity",
        "NaN",
        "1e999",
        "-3",
        "true",
        "2.5",
        "[1]",
        "{}",
        '"1_0"',
        '"²"',
        '"Infinity"',
        '""',
        "9" * 4000,
        '"' + "9" * 400 + '"',
        "1e300",
    ),
)
@pytest.mark.parametrize(("declared", "name"), [(PAGE, "pages"), (OFFSET, "total")])
def test_a_number_of_pages_that_is_none(
    outcome: Ingest, declared: dict[str, Any], name: str, number: str
) -> None:
    found = outcome(envelope(**{name: number}), **declared)
    assert found.error_code == "paging", found.error


@pytest.mark.parametrize(
    "number", first_of("Infinity", "NaN", "-1", "true", '"²"', '"many"', "[1]", "1e999", "0.5")
)
def test_a_number_of_rows_that_is_none(outcome: Ingest, number: str) -> None:
    assert outcome(envelope(count=number)).error_code == "count_unreadable"
    assert outcome(envelope(total=number), **TOTAL).error_code == "count_unreadable"


@pytest.mark.parametrize(
    "link",
    first_of(
        "http://[::1/x",
        "http://[not-an-address]/",
        "//[",
        5,
        {"a": 1},
        [1],
        True,
        1.5,
        "data:x",
        "mailto:a@b",
        "http://h\uff03/",
    ),
)
def test_a_link_that_is_none(outcome: Ingest, link: Any) -> None:
    found = outcome(envelope(next=json.dumps(link)), **LINK)
    assert found.error_code == "paging", found.error


@pytest.mark.parametrize("cursor", first_of({"a": 1}, [1], True, 1.5, float("inf")))
def test_a_cursor_that_is_none(outcome: Ingest, cursor: Any) -> None:
    assert outcome(envelope(next=json.dumps(cursor)), **CURSOR).error_code == "paging"


@pytest.mark.parametrize(
    "body",
    first_of(
        f'{{"data":{DEEP}}}',
        '{"data":[1,2]}',
        '{"data":[null]}',
        '{"data":[[1]]}',
        "[]",
        "5",
        "null",
        '{"data":{"x":1}}',
        "\ufeff{",
        '{"data":"x"}',
        f"{DEEP}",
    ),
)
def test_a_signal_that_is_none(outcome: Ingest, body: str) -> None:
    found = outcome(body, **SIGNAL)
    assert found.error_code == "signal_malformed", found.error


@pytest.mark.parametrize(
    "body",
    first_of(
        f'{{"data":{DEEP}}}',
        '{"data":5}',
        '{"data":[1,null,[2]]}',
        "5",
        '{"data":[{"id":{"a":1}}]}',
        '{"data":[{"id":1}],"next":"http://[::1/x"}',
        '{"data":[{"id":1}],"next":Infinity}',
        '{"data":[{"id":"\\ud800"}]}',
    ),
)
def test_a_list_of_values_that_is_none(outcome: Ingest, body: str) -> None:
    found = outcome(body, envelope(), **FOUND)
    assert found.error_code not in ("", "internal"), found.error


@pytest.mark.parametrize(
    "body",
    first_of(
        envelope(data=DEEP),
        envelope(x=DEEP),
        DEEP,
        envelope(data=f"[{DEEP}]"),
        envelope(data=f'[{{"date":{DEEP}}}]'),
    ),
)
def test_deep_nesting(outcome: Ingest, body: str) -> None:
    assert outcome(body).error_code not in ("", "internal")


@pytest.mark.parametrize(
    "body",
    first_of(
        '{"version":"2.0","class":"dataset","id":["a"],"size":[1e999],"dimension":{},"value":[]}',
        '{"class":"dataset","id":5,"size":["x"],"dimension":{"a":1},"value":{}}',
        '{"class":"dataset","id":["a"],"size":[1],"dimension":{"a":{}},"value":{"-":1}}',
        f'{{"class":"dataset","dimension":{DEEP},"value":1}}',
    ),
)
def test_a_json_stat_that_is_none(outcome: Ingest, body: str) -> None:
    found = outcome(body, reader={"format": "json-stat"})
    assert found.error_code not in ("", "internal"), found.error


@pytest.mark.parametrize(
    "date",
    first_of(
        *["Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 99 Foo 99999 99:99:99 GMT", "0", "", "\xff" * 40]
    ),
)
def test_a_date_header_that_is_none(outcome: Ingest, date: str) -> None:
    assert outcome(envelope(), headers={"Date": date}).status == "loaded"


def test_an_error_of_ours_shows_no_sign_of_a_partner(
    outcome: Ingest, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The traceback of a real fault of ours names what came, and a terminal obeys nothing of it."""

    def broken(*_: Any) -> None:
        raise AssertionError("\x1b[31m\u202eevil")

    monkeypatch.setattr("tasks.ask.fetch.land", broken)
    assert outcome(envelope()).error_code == "internal"
    told = capsys.readouterr().err
    assert "AssertionError" in told
    assert "\x1b" not in told
    assert "\u202e" not in told
