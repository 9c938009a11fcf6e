"""Keys and signs of strangers: nothing that a partner says keeps a key or is obeyed (X09, X14)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pytest
import zstandard

from tasks.outcome import Report
from tests.conftest import first_of, rows
from tests.faultserver import FaultServer, answer

KEY = "k3y-c4nary-7f1e"
ENTITIES = "".join(f"&#{ord(c)};" for c in KEY)
PERCENT = "".join(f"%{ord(c):02X}" for c in KEY)
WAYS = [KEY, PERCENT, ENTITIES, quote(PERCENT), quote(ENTITIES)]
PARAMETER = {"variable": "TOY_KEY", "parameter": "subscription-key"}
HEADER = {"variable": "TOY_KEY", "header": "Ocp-Apim-Subscription-Key"}
SIGNS = "\x1b]0;x\x07\u202egpj.exe\u2028forged\u200b\U000e0041"
LINK = {"path": "/rates", "paging": {"kind": "link", "next": "next"}}


def row(day: int, **more: str) -> dict[str, str]:
    return {"date": f"2026-01-{day:02d}", "currency": "IDR", "rate": "16700.5", **more}


def body(*data: dict[str, str], **more: Any) -> str:
    return json.dumps({"count": len(data), "data": data, **more})


def texts(home: Path) -> Iterator[tuple[str, str]]:
    """Everything under a home as text, unpacked; tables row by row."""
    for path in home.rglob("*"):
        if not path.is_file():
            continue
        name, raw = str(path.relative_to(home)), path.read_bytes()
        if path.suffix == ".zst":
            raw = zstandard.ZstdDecompressor().stream_reader(raw).read()
        if path.suffix == ".parquet" and "_delta_log" not in path.parts:
            found = duckdb.execute(
                f"SELECT CAST(to_json(t) AS VARCHAR) FROM read_parquet('{path}') AS t"
            ).fetchall()
            raw += "\n".join(text for (text,) in found).encode()
        yield name, raw.decode("utf-8", "replace")


def holds_key(text: str) -> bool:
    return any(way.lower() in text.lower() for way in WAYS)


@pytest.fixture
def ask(run: Callable[..., Report], toy: Callable[..., str]) -> Callable[..., tuple[Report, Any]]:
    def go(*scripts: Any, **declared: Any) -> tuple[Report, Any]:
        with FaultServer(list(scripts)) as server:
            folder = toy(**declared)
            hosts = {"toy": server.url}
            report = run("toy", hosts=hosts, PENATARAN_SOURCES_PATH=folder, TOY_KEY=KEY)
            return report, server.requests

    return go


Asker = Callable[..., tuple[Report, Any]]


@pytest.mark.parametrize("way", first_of(*WAYS))
@pytest.mark.parametrize("key", first_of(PARAMETER, HEADER))
def test_a_good_answer_that_repeats_the_key(
    ask: Asker, home: Path, key: dict[str, str], way: str
) -> None:
    """In its rows, beside them, in its headers and in the link to its next page."""
    link = f"/rates?page=2&subscription-key={way}&amp;subscription%2Dkey={way}"
    first = answer(body(row(5, note=way), asked=way, next=link), 200, {"ETag": f'"{way}"'})
    second = answer(body(row(6, note="x")))
    report, requests = ask(first, second, key=key, request=LINK, ignore=["note"])
    assert report.sources[0].counts.new == 2, report.sources[0].error
    assert "page=2" in requests[1]
    assert requests[1].count("subscription-key=") == (key is PARAMETER)
    assert all(KEY in request for request in requests)
    assert not holds_key(json.dumps(report.as_dict()))
    assert not [name for name, text in texts(home) if holds_key(text)]
    (landed,) = [t for n, t in texts(home) if n.endswith(".zst") and "asked" in t]
    assert '"asked": "****' in landed
    receipts = [t for n, t in texts(home) if n.startswith("landing") and "penataran-masked" in t]
    assert receipts


@pytest.mark.slow
@pytest.mark.parametrize("way", first_of(*WAYS))
def test_a_refused_row_that_repeats_the_key(ask: Asker, home: Path, way: str) -> None:
    report, _ = ask(answer(body(row(5), row(6, rate=f"bad {way}"))), key=PARAMETER)
    assert report.sources[0].counts.quarantined == 1
    assert not [name for name, text in texts(home) if holds_key(text)]
    assert "***" in rows(home, "SELECT record FROM ops_quarantine")[0][0]


@pytest.mark.parametrize("way", first_of(*WAYS))
def test_an_error_with_status_200_that_repeats_the_key(ask: Asker, home: Path, way: str) -> None:
    reader = {"format": "json", "records": "data", "errors": [{"path": "message"}]}
    said = json.dumps({"message": "x" * 290 + way})
    report, _ = ask(answer(said), key=HEADER, reader=reader)
    error = report.sources[0].error
    assert error is not None
    assert error["code"] == "provider_error"
    assert KEY[:4] not in error["message"]
    assert not [name for name, text in texts(home) if holds_key(text)]


@pytest.mark.slow
@pytest.mark.parametrize("way", first_of(*WAYS))
def test_a_redirect_and_an_encoding_that_repeat_the_key(ask: Asker, home: Path, way: str) -> None:
    moved = answer("", 302, {"Location": f"/moved?subscription-key={way}"})
    report, _ = ask(moved, answer("no", 400), key=PARAMETER)
    elsewhere, _ = ask(answer("", 302, {"Location": f"https://{KEY}.example/"}), key=PARAMETER)
    packed, _ = ask(answer("x", 200, {"Content-Encoding": f"br {way}"}), key=PARAMETER)
    codes = [r.sources[0].error_code for r in (report, elsewhere, packed)]
    assert codes == ["http_400", "host_refused", "encoding"]
    assert not [name for name, text in texts(home) if holds_key(text)]
    assert not any(holds_key(json.dumps(r.as_dict())) for r in (report, elsewhere, packed))


@pytest.mark.slow
def test_signs_that_a_screen_obeys_are_shown(
    ask: Asker, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In a header, a link, a refused row, an unknown column and an error with status 200."""
    link = f"/rates?page={SIGNS}"
    headers = {"ETag": "\x1b[31m\x85\x9b"}
    report, _ = ask(
        answer(body(row(5), row(6, rate=SIGNS), next=link), 200, headers),
        answer(body(row(7))),
        request=LINK,
    )
    assert report.sources[0].counts.quarantined == 1, report.sources[0].error
    column, _ = ask(answer(body(row(8, **{SIGNS: "1"}))))
    reader = {"format": "json", "records": "data", "errors": [{"path": "message"}]}
    said, _ = ask(answer(json.dumps({"message": SIGNS})), reader=reader)
    for found in (column, said):
        error = found.sources[0].error
        assert error is not None
        assert "\\u202e" in error["message"]
        assert all(text.isprintable() for text in error.values())
    for name, text in texts(home):
        if name.startswith("landing") and name.endswith(".json"):
            assert all(c.isprintable() or c == "\n" for c in text), name
    sql = "SELECT coalesce(reasons, ''), record, coalesce(row_key, '') FROM ops_quarantine"
    shown = [text for found in rows(home, sql) for text in found]
    shown += [m for (m,) in rows(home, "SELECT error_message FROM ops_attempt") if m]
    shown += [s for (s,) in rows(home, "SELECT url FROM ops_raw")]
    assert shown
    assert all(text.isprintable() for text in shown)
