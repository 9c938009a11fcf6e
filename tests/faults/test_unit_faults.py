"""D13: a rate per 100 units, one wrong series: the load warns or stops, as declared."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tasks.outcome import Report
from tests.conftest import first_row_of, rows, shared
from tests.faultserver import Route, replay

S28 = "cases/sources/s28-hundredfold"
Run = Callable[..., Report]
Toy = Callable[..., str]
WARNINGS = "SELECT detail FROM ops_check WHERE check_id LIKE 'warning:%' AND detail LIKE '%jump%'"
RATES = {
    "reader": {"format": "json"},
    "columns": {"date": "rate_date", "base": "base_currency", "quote": "quote_currency",
                "rate": "rate"},
    "constants": {"rate_type": "reference"},
    "coverage": {"absence": "nothing"},
}  # fmt: skip


def series(base: str, quote: str, first: date, rate: str, count: int = 28) -> list[dict[str, Any]]:
    return [
        {"date": str(first + timedelta(days=n)), "base": base, "quote": quote, "rate": rate}
        for n in range(count)
    ]


APRIL, MAY = date(2020, 4, 1), date(2020, 5, 1)
HUNDREDFOLD = [
    ([*series("IDR", "INR", APRIL, "0.0052")], [*series("IDR", "INR", MAY, "0.52")]),
    (
        [*series("BTN", "SGD", APRIL, "1.537")],
        [*series("BTN", "SGD", APRIL, "1.537"), *series("BTN", "SGD", MAY, "0.018711")],
    ),
    (
        [*series("IDR", "INR", APRIL, "0.0052"), *series("USD", "INR", APRIL, "75.3")],
        [*series("IDR", "INR", MAY, "0.0053", 5), *series("USD", "INR", MAY, "0.753", 1)],
    ),
]
# A hundredfold, an 82nd, one of two series.


@pytest.fixture
def load(run: Run) -> Callable[..., Report]:
    def go(folder: str, *answers: list[dict[str, Any]], code: str = "toy") -> Report:
        report: Report | None = None
        for body in answers:
            with replay(lambda _, b=body: Route(json.dumps(b).encode())) as base:
                host = "bs" if code != "toy" else "toy"
                report = run(code, hosts={host: base}, PENATARAN_SOURCES_PATH=folder)
        assert report is not None
        return report

    return go


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), first_row_of(*HUNDREDFOLD))
def test_another_unit_is_a_warning(
    load: Callable[..., Report], toy: Toy, home: Path, before: Any, after: Any
) -> None:
    report = load(toy(**RATES), before, after)
    assert report.sources[0].status == "loaded"
    ((detail,),) = rows(home, WARNINGS)
    assert "1 of" in json.loads(detail)["warning"]


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), first_row_of(*HUNDREDFOLD))
def test_another_unit_stops_the_load_where_that_is_declared(
    load: Callable[..., Report], toy: Toy, home: Path, before: Any, after: Any
) -> None:
    folder = toy(**RATES, series_jump={"action": "stop"})
    report = load(folder, before, after)
    (outcome,) = report.sources
    assert (outcome.status, outcome.error_code, report.exit_code) == ("failed", "series_jump", 3)
    assert rows(home, "SELECT max(rate_date) FROM core_exchange__rates WHERE source = 'toy'") == [
        (APRIL + timedelta(days=27),)
    ]


@pytest.mark.slow
def test_a_first_load_and_a_strong_move_are_not_stopped(
    load: Callable[..., Report], toy: Toy, home: Path
) -> None:
    folder = toy(**RATES, series_jump={"action": "stop"})
    first = [*series("USD", "IDR", APRIL, "2400"), *series("USD", "IDR", MAY, "240000")]
    assert load(folder, first).sources[0].status == "loaded"
    assert rows(home, WARNINGS)  # the jump inside it is named
    strong = series("USD", "IDR", date(2020, 6, 1), "1200000")
    assert load(folder, strong).sources[0].status == "loaded"


@pytest.mark.slow
def test_a_corrected_scale_reads_landed_bytes_again(
    load: Callable[..., Report], toy: Toy, home: Path
) -> None:
    """The mend of a wrong unit in the declaration is a jump too, and one that is meant."""
    body = series("USD", "IDR", APRIL, "1.6")
    stop = {"series_jump": {"action": "stop"}}
    load(toy(**RATES, **stop), body)
    scaled = {**RATES["columns"], "rate": {"to": "rate", "scale": 100}}
    report = load(toy(**{**RATES, "columns": scaled}, **stop), body)
    assert report.exit_code == 0
    assert rows(home, "SELECT max(rate) FROM core_exchange__rates WHERE source = 'toy'") == [
        (Decimal("160.0000000000"),)
    ]


@pytest.mark.parametrize("name", ["u100", "u100b"])
@pytest.mark.slow
def test_the_shared_cases(load: Callable[..., Report], home: Path, name: str) -> None:
    case = shared(S28)
    second = json.loads((case / f"{name}_second.json").read_text(encoding="utf-8"))
    first = [r for r in second if r["rate"] == 1.537] or [
        {**r, "date": r["date"].replace("-05-", "-04-"), "rate": 0.0052} for r in second
    ]
    report = load(str(case), first, second, code=name)
    assert report.sources[0].status == "loaded"
    assert rows(home, WARNINGS)


@pytest.mark.parametrize(
    ("folder", "file", "expected"),
    [("s16-scientific-notation", "answer.json", ["0.0000665520", "0.0000700000", "0.0080900000"]),
     ("s30-earlier-day-in-a-year", "2020.json", None)],
)  # fmt: skip
@pytest.mark.slow
def test_shared_cases_that_pass(
    run: Run, home: Path, folder: str, file: str, expected: list[str] | None
) -> None:
    case = shared(f"cases/sources/{folder}")
    (declared,) = case.glob("*.yml")
    with replay(lambda _: Route((case / file).read_bytes())) as base:
        report = run(declared.stem, hosts={"bs": base}, PENATARAN_SOURCES_PATH=str(case))
    assert report.exit_code == 0
    found = rows(home, f"SELECT rate FROM core_exchange__rates WHERE source = '{declared.stem}' "
                 "ORDER BY rate")  # fmt: skip
    assert found
    if expected:
        assert [str(r) for (r,) in found] == expected
