"""What an answer is expected to say, from the declaration, the slice and the request."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from config import declarations
from config.publishing import Expects
from schemas.catalogue import TABLES
from schemas.errors import DataError
from schemas.sql import literal
from tasks.landing.land import Receipt
from tasks.landing.manifest import Generation
from tasks.read.asked import (
    ExpectedAnswer,
    check_envelope,
    expected_answer,
    matches,
    others_rule,
    selects,
)
from tasks.slices import Slice

pytestmark = pytest.mark.fast

YEAR = (date(2024, 1, 1), date(2024, 12, 31))
RATES, INDICATORS = TABLES["core_exchange__rates"], TABLES["core_context__indicators"]
DAY = date(2026, 11, 29)


def generation(url: str, *, yearly: bool = True, complete: bool = True, **more: Any) -> Generation:
    receipt = Receipt(
        "0" * 64, "x", "d/2024", "GET", url, 200, {}, f"{DAY}T00:00:00+00:00", 1, "", "r", **more
    )
    slice_ = Slice("x", "d", "2024", *YEAR, (), yearly=yearly)
    return Generation(slice_, (receipt,), complete, {"quote_currency": ("JPY",)})


def expected(expects: Expects, found: Generation, code: str = "ecb") -> ExpectedAnswer:
    source = declarations.load_all().sources[code].model_copy(update={"expects": expects})
    return expected_answer(source, found, found.receipts[0])


@pytest.mark.parametrize(
    ("text", "values", "holds"),
    [
        ("A", ("A",), True),
        ("A", ("B", "A"), True),
        ("A", ("B",), False),
        ("AB", ("A*",), True),
        ("AB", ("A?",), True),
        ("AB", ("[A-C]B",), True),
        ("AB", ("*", "!A*"), False),
        ("AB", ("!C",), True),
        ("A.B", ("A.B",), True),
        ("AxB", ("A.B",), False),  # a point is a point
        ("A\n", ("A",), False),
    ],
)
def test_texts_of_a_declaration_mean_the_same_in_sql(
    text: str, values: tuple[str, ...], holds: bool
) -> None:
    assert matches(text, values) is holds
    sql = f"SELECT {selects(literal(text), values)}"
    assert duckdb.execute(sql).fetchone() == (holds,)


def test_variables_are_those_of_the_slice_the_query_and_the_path() -> None:
    expects = Expects(
        columns={"a": ("{year}",), "b": ("{format}",), "c": ("{currency}",), "d": ("{nowhere}",)},
        envelope={"e": ("{since_yyyymm}", "x{nowhere}")},
    )
    url = "https://h.example/prefix/service/data/EXR/D.IDR%2BJPY.EUR.SP00.A?format=csvdata"
    found = expected(expects, generation(url))
    assert found.columns == {"a": ("2024",), "b": ("csvdata",), "c": ("IDR+JPY",)}
    assert found.envelope == {"e": ("202401",)}
    assert found.days == YEAR
    assert found.codes == {"quote_currency": ("JPY",)}
    assert found.fetched_on == DAY


@pytest.mark.parametrize(
    ("change", "days", "codes"),
    [
        ({"complete": False}, None, {}),  # an increment goes by the time of change
        ({"yearly": False}, None, {"quote_currency": ("JPY",)}),
        ({"first": True}, None, {}),  # the whole history
    ],
)
def test_what_is_not_asked_by_year_is_not_compared_by_it(
    change: dict[str, Any], days: Any, codes: Any
) -> None:
    found = expected(Expects(), generation("https://h.example/x", **change))
    assert (found.days, found.codes) == (days, codes)
    kept = expected(Expects(others="keep"), generation("https://h.example/x"))
    assert (kept.days, kept.codes) == (None, {})


@pytest.mark.parametrize(
    ("table", "columns", "is_other"),
    [
        (RATES, {"rate_date": "2024-06-01"}, False),
        (RATES, {"rate_date": "2023-12-22"}, False),  # holds until the first working day
        (RATES, {"rate_date": "2023-12-21"}, True),
        (RATES, {"rate_date": "2025-01-01"}, True),
        (INDICATORS, {"period_start": "2024-01-01", "period_end": "2024-12-31"}, False),
        (INDICATORS, {"period_start": "2023-12-28", "period_end": "2024-01-03"}, False),  # a week
        (INDICATORS, {"period_start": "2023-07-01", "period_end": "2024-06-30"}, False),  # a season
        (INDICATORS, {"period_start": "2023-01-01", "period_end": "2023-12-31"}, True),
        (INDICATORS, {"period_start": "2025-01-01", "period_end": "2025-01-31"}, True),
    ],
)
def test_rows_of_another_year_are_others(
    table: Any, columns: dict[str, str], is_other: bool
) -> None:
    rule = others_rule(table, ExpectedAnswer(DAY, days=YEAR))
    typed = ", ".join(f"DATE '{day}' AS {name}" for name, day in columns.items())
    sql = f"SELECT {rule.broken} FROM (SELECT {typed}) AS typed"
    assert duckdb.execute(sql).fetchone() == (is_other,)


def test_every_answer_has_the_rule_so_that_rules_keep_their_numbers() -> None:
    assert others_rule(RATES, ExpectedAnswer(DAY)).broken == "false"
    assert others_rule(TABLES["ref_area"], ExpectedAnswer(DAY, days=YEAR)).broken == "false"


@pytest.mark.parametrize(
    ("envelope", "refused"),
    [
        ({"flow": {"id": "X"}, "n": 2}, ""),
        ({"flow": {"id": "Y"}, "n": 2}, "flow.id: expected X, received 'Y'"),
        ({"flow": {}, "n": 2}, "flow.id: expected X, received nothing"),
        ({"flow": {"id": "X"}, "n": 3}, "n: expected 2, received '3'"),
        ({"flow": {"id": "X"}}, ""),  # n may be absent
    ],
)
def test_the_envelope_says_what_was_asked(envelope: dict[str, Any], refused: str) -> None:
    asked = ExpectedAnswer(DAY, envelope={"flow.id": ("X",), "n?": ("2",)})
    if not refused:
        check_envelope(asked, envelope, "here")
        return
    with pytest.raises(DataError) as caught:
        check_envelope(asked, envelope, "here")
    assert caught.value.code == "other_answer"
    assert refused in caught.value.message
