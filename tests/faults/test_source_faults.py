"""S01-S10, S13-S15, S18: what partners do to us, each with a clear end and nothing lost."""

from __future__ import annotations

import gzip
import json
import random
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.declarations import read as read_declaration
from schemas.errors import Deferred, TransientSourceError
from tasks.ask.gateway import Gateway
from tasks.ask.plan import Ask
from tasks.ask.transport import retry_after
from tasks.outcome import Report
from tests.conftest import first_of, rows, settings_for
from tests.faultserver import FaultServer, Script, answer, drip, hang, reset

GOOD = [
    {"date": "2026-01-05", "currency": "IDR", "rate": "16700.5"},
    {"date": "2026-01-06", "currency": "IDR", "rate": "16710"},
]


def body(data: list[dict[str, Any]], **more: Any) -> str:
    return json.dumps({"count": len(data), "data": data, **more})


Play = Callable[..., tuple[Report, FaultServer]]


@pytest.fixture
def play(run: Callable[..., Report], toy: Callable[..., str]) -> Play:
    """Load two good rows, then meet the scripts in a second run of the same source."""

    def go(*scripts: Script, prepare: bool = True, **changes: Any) -> tuple[Report, FaultServer]:
        folder = toy(**changes)
        if prepare:
            with FaultServer([answer(body(GOOD))]) as server:
                first = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=folder)
                assert first.exit_code == 0
        with FaultServer(list(scripts)) as server:
            report = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=folder)
            return report, server

    return go


def failed(report: Report, home: Path, code: str) -> None:
    """The run says what happened (exit 3), and readers still see the last good rows."""
    assert report.exit_code == 3
    (outcome,) = report.sources
    assert outcome.status == "failed"
    assert outcome.error is not None
    assert outcome.error["code"] == code, outcome.error
    assert rows(home, "SELECT count(*) FROM core_exchange__rates WHERE source = 'toy'") == [(2,)]


class TestS01Connection:
    def test_refused_port(
        self, run: Callable[..., Report], toy: Callable[..., str], home: Path
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        report = run("toy", hosts={"toy": f"http://127.0.0.1:{port}"}, PENATARAN_SOURCES_PATH=toy())
        assert report.exit_code == 4  # nothing ever published
        assert report.sources[0].error is not None
        assert report.sources[0].error["code"] == "network"

    def test_name_that_does_not_resolve(
        self,
        tmp_path: Path,
        toy: Callable[..., str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def unknown(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        source = read_declaration(Path(toy()) / "toy.yml")
        clock = _Clock()
        gateway = Gateway(settings_for(tmp_path), tmp_path, clock, clock.sleep)
        assert source.request is not None
        with pytest.raises(TransientSourceError) as caught:
            gateway.fetch(source, Ask("main", "/rates", {}, {}, source.request))
        assert caught.value.code == "network"
        assert "3 tries" in caught.value.message
        assert len(clock.slept) == 2

    @pytest.mark.slow
    def test_reset_is_retried_a_bounded_number_of_times(self, play: Play, home: Path) -> None:
        report, server = play(reset)
        failed(report, home, "network")
        assert len(server.requests) == 3

    @pytest.mark.slow
    def test_reset_once_then_good(self, play: Play) -> None:
        report, server = play(reset, answer(body(GOOD)))
        assert report.exit_code == 0
        assert len(server.requests) == 2

    @pytest.mark.slow
    def test_others_go_on(
        self, run: Callable[..., Report], toy: Callable[..., str], home: Path
    ) -> None:
        toy("toy")
        provider = {"code": "other", "name": "Other", "url": "https://other.example"}
        folder = toy("other", provider=provider)
        with FaultServer([reset]) as bad, FaultServer([answer(body(GOOD))]) as good:
            report = run(
                "toy", "other", hosts={"toy": bad.url, "other": good.url},
                PENATARAN_SOURCES_PATH=folder,
            )  # fmt: skip
        assert report.exit_code == 3
        assert {o.source: o.status for o in report.sources} == {"toy": "failed", "other": "loaded"}
        assert rows(home, "SELECT source FROM core_exchange__rates GROUP BY 1") == [("other",)]


@pytest.mark.parametrize("status", first_of(503, 500, 502, 504))
def test_s02_server_error_is_retried_then_fails(play: Play, home: Path, status: int) -> None:
    report, server = play(answer("oops", status))
    failed(report, home, f"http_{status}")
    assert len(server.requests) == 3


class _Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def gateway_to(
    server: FaultServer, tmp_path: Path, folder: str, clock: _Clock
) -> tuple[Gateway, Any, Ask]:
    source = read_declaration(Path(folder) / "toy.yml")
    gateway = Gateway(
        settings_for(tmp_path, {"toy": server.url}), tmp_path, clock, clock.sleep, random.Random(7)
    )
    assert source.request is not None
    return gateway, source, Ask("main", "/rates", {}, {}, source.request)


class TestS03Throttled:
    @pytest.mark.parametrize(
        ("header", "least", "most"),
        [({"Retry-After": "2"}, 2.0, 2.5), ({}, 0.4, 2.0), ({"Retry-After": "soon"}, 0.4, 2.0)],
    )
    def test_waits_as_told(
        self, tmp_path: Path, toy: Callable[..., str], header: dict[str, str], least: float,
        most: float,
    ) -> None:  # fmt: skip
        clock = _Clock()
        with FaultServer([answer("slow down", 429, header), answer(body(GOOD))]) as server:
            patient = toy(limits={"requests_per_second": 1000, "tries": 3, "max_wait_seconds": 2})
            gateway, source, ask = gateway_to(server, tmp_path, patient, clock)
            assert gateway.fetch(source, ask).status == 200
        waited = max(clock.slept)
        assert least <= waited <= most

    def test_absurd_wait_is_deferred(self, tmp_path: Path, toy: Callable[..., str]) -> None:
        clock = _Clock()
        with FaultServer([answer("", 429, {"Retry-After": "86400"})]) as server:
            gateway, source, ask = gateway_to(server, tmp_path, toy(), clock)
            with pytest.raises(Deferred):
                gateway.fetch(source, ask)
        assert len(server.requests) == 1

    def test_date_form(self) -> None:
        now = datetime(2026, 11, 24, 10, 0, 0, tzinfo=UTC)
        assert retry_after("Tue, 24 Nov 2026 10:00:30 GMT", now) == 30.0
        assert retry_after("Tue, 24 Nov 2026 09:00:00 GMT", now) == 0.0
        assert retry_after(None, now) is None


@pytest.mark.slow
@pytest.mark.parametrize("status", first_of(401, 400, 403, 422))
def test_s04_client_error_is_not_retried(play: Play, home: Path, status: int) -> None:
    report, server = play(answer('{"message": "no"}', status))
    failed(report, home, f"http_{status}")
    assert len(server.requests) == 1


@pytest.mark.slow
@pytest.mark.parametrize("status", first_of(404, 410))
def test_s04_not_published_is_its_own_state(play: Play, home: Path, status: int) -> None:
    report, server = play(answer("", status))
    assert report.exit_code == 0
    assert report.sources[0].status == "not_published"
    assert len(server.requests) == 1
    assert rows(home, "SELECT count(*) FROM core_exchange__rates") == [(2,)]


SHORT = {"requests_per_second": 1000, "tries": 1, "deadline_seconds": 1.0, "max_wait_seconds": 1}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(drip(HEAD, 0.2, 100), id="S05-drip-in-body"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", 0.2, 100), id="S05-drip-in-headers"),
        pytest.param(hang(20), id="S06-before-headers"),
        pytest.param(hang(20, HEAD), id="S06-after-headers"),
    ],
)
def test_s05_s06_deadline_bounds_the_whole_exchange(
    tmp_path: Path, toy: Callable[..., str], script: Script
) -> None:
    with FaultServer([script]) as server:
        gateway, source, ask = gateway_to(server, tmp_path, toy(limits=SHORT), _Clock())
        begun = time.monotonic()
        with pytest.raises(TransientSourceError) as caught:
            gateway.fetch(source, ask)
        assert time.monotonic() - begun < 4
    assert caught.value.code == "deadline"
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.slow
def test_s07_short_body_is_fetched_again(play: Play, home: Path) -> None:
    half = body(GOOD)[:40]
    report, server = play(answer(half, length=len(body(GOOD))), answer(body(GOOD)))
    assert report.exit_code == 0
    assert len(server.requests) == 2


@pytest.mark.slow
def test_s07_cut_chunk(play: Play, home: Path) -> None:
    def cut(connection: socket.socket, _request: str) -> None:
        connection.sendall(
            b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"count": 2, "d'
        )

    report, _ = play(cut)
    failed(report, home, "network")


@pytest.mark.slow
def test_s08_close_delimited_cut_is_seen_by_the_end_of_the_document(play: Play, home: Path) -> None:
    report, _ = play(answer(body(GOOD)[:-15], length=-1))
    failed(report, home, "json_truncated")


@pytest.mark.slow
def test_s08_declared_count(play: Play, home: Path) -> None:
    report, _ = play(answer(json.dumps({"count": 5, "data": GOOD})))
    failed(report, home, "count_mismatch")


@pytest.mark.slow
@pytest.mark.parametrize("keep", first_of(-8, 20, -1))
def test_s08_gzip_cut_before_its_end(play: Play, home: Path, keep: int) -> None:
    packed = gzip.compress(body(GOOD * 40).encode())[:keep]
    report, _ = play(answer(packed, headers={"Content-Encoding": "gzip"}))
    failed(report, home, "gzip_cut")


@pytest.mark.slow
def test_s09_bad_checksum(play: Play, home: Path) -> None:
    packed = bytearray(gzip.compress(body(GOOD).encode()))
    packed[-6] ^= 0xFF
    report, _ = play(answer(bytes(packed), headers={"Content-Encoding": "gzip"}))
    failed(report, home, "gzip_corrupt")


@pytest.mark.slow
def test_s09_bomb_by_ratio_and_by_size(play: Play, home: Path) -> None:
    bomb = gzip.compress(bytes(200 * 1024 * 1024), 9)
    report, _ = play(answer(bomb, headers={"Content-Encoding": "gzip"}))
    failed(report, home, "compression_bomb")
    limits = {"requests_per_second": 1000, "tries": 1, "max_bytes": 100}
    report, _ = play(answer(body(GOOD * 9)), prepare=False, limits=limits)
    failed(report, home, "too_large")


@pytest.mark.parametrize(
    "case",
    first_of(
        (answer("<html><body>maintenance</body></html>", kind="text/html"), "not_json"),
        (answer(""), "empty_body"),
        (answer("   \n"), "empty_body"),
        (answer('{"error": "backend"}'), "records_missing"),
        (answer('{"count": 2, "data": {"date": null}}'), "records_missing"),
        (answer('"just text"'), "not_json"),
        (answer('{"count":1,"data":[{"a":1},]}'), "json_malformed"),
    ),
)
def test_s10_wrong_content_with_200_is_never_data(
    play: Play, home: Path, case: tuple[Script, str]
) -> None:
    reply, code = case
    report, _ = play(reply)
    failed(report, home, code)
    receipts = [json.loads(p.read_text()) for p in (home / "landing").glob("??/*.json")]
    # Only rows broken inside a whole envelope are seen after landing, and never loaded.
    assert sum(r["source"] == "toy" for r in receipts) == (2 if code == "json_malformed" else 1)
    assert rows(home, "SELECT count(*) FROM core_exchange__rates__vintages WHERE source='toy'") == [
        (2,)
    ]


CAPPED = {
    "request": {"path": "/rates", "params": {"c": "{currency}"}, "cap_rows": 2},
    "variables": {"currency": {"values": ["IDR", "JPY"], "at_most": 2}},
    "coverage": {"absence": "nothing"},
}


@pytest.mark.slow
def test_s13_answer_at_the_cap_is_split(play: Play, home: Path) -> None:
    def by_query(connection: socket.socket, request: str) -> None:
        asked = request.split(" ")[1].partition("c=")[2].split(",")
        data = [{"date": "2026-01-05", "currency": c, "rate": "5"} for c in asked]
        answer(body(data))(connection, request)

    report, server = play(by_query, prepare=False, **CAPPED)
    assert report.exit_code == 0
    assert [r.split(" ")[1] for r in server.requests] == [
        "/rates?c=IDR,JPY",
        "/rates?c=IDR",
        "/rates?c=JPY",
    ]
    assert rows(home, "SELECT count(*) FROM core_exchange__rates") == [(2,)]


def test_s13_what_cannot_be_split_is_refused_as_truncated(play: Play) -> None:
    report, _ = play(answer(body(GOOD)), prepare=False, **CAPPED)
    assert report.exit_code == 4
    assert report.sources[0].error is not None
    assert report.sources[0].error["code"] == "truncated"


class TestS14Columns:
    @pytest.mark.slow
    def test_added_is_fatal_unless_the_declaration_chose_a_warning(
        self, play: Play, home: Path
    ) -> None:
        data = [{**r, "rate": "9", "mood": "fine"} for r in GOOD]
        report, _ = play(answer(body(data)))
        failed(report, home, "column_added")
        report, _ = play(answer(body(data)), prepare=False, added_columns="warn")
        assert report.exit_code == 0
        assert report.sources[0].counts.revised == 2
        found = rows(home, "SELECT detail FROM ops_check WHERE check_id LIKE 'warning:%'")
        assert "mood" in found[0][0]

    def test_missing_fails(self, play: Play, home: Path) -> None:
        data = [{"date": r["date"], "currency": r["currency"]} for r in GOOD]
        report, _ = play(answer(body(data)))
        failed(report, home, "column_missing")

    @pytest.mark.slow
    def test_renamed_fails_and_names_both(self, play: Play, home: Path) -> None:
        data = [{"date": r["date"], "currency": r["currency"], "kurs": r["rate"]} for r in GOOD]
        report, _ = play(answer(body(data)))
        failed(report, home, "column_missing")
        assert report.sources[0].error is not None
        assert "rate" in report.sources[0].error["message"]
        assert "kurs" in report.sources[0].error["message"]

    @pytest.mark.slow
    def test_retyped_cell_and_new_code_are_quarantined_with_reasons(
        self, play: Play, home: Path
    ) -> None:
        data = [
            *GOOD,
            {"date": "2026-01-07", "currency": "IDR", "rate": "enam belas ribu"},
            {"date": "2026-01-07", "currency": "ZZZ", "rate": "-3"},
        ]
        report, _ = play(answer(body(data)))
        assert report.exit_code == 0
        counts = report.sources[0].counts
        assert (counts.fetched, counts.unchanged, counts.quarantined) == (4, 2, 2)
        assert counts.is_balanced
        found = rows(home, "SELECT row_number, reasons, record FROM ops_quarantine ORDER BY 1")
        assert [r[0] for r in found] == [3, 4]
        first, second = (json.loads(r[1]) for r in found)
        assert [(x["code"], x["field"], x["received"]) for x in first] == [
            ("not_a_number", "rate", "enam belas ribu")
        ]
        assert {(x["code"], x["field"]) for x in second} == {
            ("unknown_code", "quote_currency"),
            ("out_of_range", "rate"),
        }
        assert json.loads(found[1][2])["currency"] == "ZZZ"


CSV = {"reader": {"format": "csv"}, "coverage": {"absence": "nothing"}}


class TestS15Encodings:
    def csv(self, play: Play, raw: bytes, **reader: Any) -> Report:
        changes = {**CSV, "reader": {"format": "csv", **reader.pop("reader", {})}, **reader}
        return play(answer(raw, kind="text/csv"), prepare=False, **changes)[0]

    def test_bom(self, play: Play, home: Path) -> None:
        text = "date,currency,rate\n2026-01-05,IDR,16700\n"
        assert self.csv(play, b"\xef\xbb\xbf" + text.encode()).exit_code == 0

    @pytest.mark.slow
    def test_utf16_and_semicolon_and_decimal_comma(self, play: Play, home: Path) -> None:
        text = "date;currency;rate\r\n2026-01-05;IDR;16.700,25\r\n"
        report = self.csv(
            play,
            text.encode("utf-16"),
            reader={"encoding": "utf-16", "delimiter": ";"},
            columns={
                "date": "rate_date",
                "currency": "quote_currency",
                "rate": {"to": "rate", "decimal": ","},
            },
        )
        assert report.exit_code == 0
        assert str(rows(home, "SELECT rate FROM core_exchange__rates")[0][0]) == "16700.2500000000"

    def test_undecodable_byte_is_refused_with_its_offset(self, play: Play) -> None:
        report = self.csv(play, "date,currency,rate\n2026-01-05,Rp\xe9,1\n".encode("cp1252"))
        assert report.sources[0].error is not None
        assert report.sources[0].error["code"] == "undecodable"
        assert "offset 32" in report.sources[0].error["message"]

    def test_nul(self, play: Play) -> None:
        report = self.csv(play, b"date,currency,rate\n2026-01-05,I\x00DR,1\n")
        assert report.sources[0].error is not None
        assert report.sources[0].error["code"] == "nul_byte"

    @pytest.mark.slow
    def test_cp1252_is_read_when_declared(self, play: Play, home: Path) -> None:
        report = self.csv(
            play,
            "date,currency,rate,note\n2026-01-05,IDR,1,T\xfcrkiye\n".encode("cp1252"),
            reader={"encoding": "cp1252"},
            ignore=["note"],
        )
        assert report.exit_code == 0

    def test_wrong_delimiter_is_a_missing_column(self, play: Play) -> None:
        report = self.csv(play, b"date;currency;rate\n2026-01-05;IDR;1\n")
        assert report.sources[0].error is not None
        assert report.sources[0].error["code"] == "column_missing"

    @pytest.mark.slow
    def test_ragged_line_is_set_aside_with_its_place(self, play: Play, home: Path) -> None:
        report = self.csv(
            play, b"date,currency,rate\n2026-01-05,IDR,1\n2026-01-06,IDR\n2026-01-07,IDR,2\n"
        )
        counts = report.sources[0].counts
        assert (counts.fetched, counts.new, counts.quarantined) == (3, 2, 1)
        found = rows(home, "SELECT row_number, record FROM ops_quarantine")
        assert found == [(3, json.dumps("2026-01-06,IDR"))]


@pytest.mark.slow
def test_s18_empty_is_a_fault_where_rows_are_expected(play: Play, home: Path) -> None:
    report, _ = play(answer(body([])), rows={"min": 1, "max_refused_share": 0.5})
    failed(report, home, "gate")


@pytest.mark.slow
def test_s18_empty_that_would_withdraw_everything_stops(play: Play, home: Path) -> None:
    coverage = {"absence": "withdrawn", "max_deleted_share": 0.2}
    report, _ = play(answer(body([])), coverage=coverage)
    failed(report, home, "large_deletion")


def test_errors_say_where_and_what_to_do(play: Play) -> None:
    report, server = play(answer("oops", 500))
    error = report.sources[0].error
    assert error is not None
    assert error["where"] == f"{server.url}/rates"
    assert error["hint"]
