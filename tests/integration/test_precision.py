"""What is published is kept with all its decimals, in new homes and in those of older versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from schemas.derive import SQL_TYPES
from schemas.model import DECIMALS, Type
from tests.conftest import Home, first_row_of

FIGURES: dict[str, Any] = {
    "table": "core_context__indicators",
    "domain": "context",
    "datasets": {"yearly": {"frequency": "A", "start": 2020}},
    "columns": {"date": "period", "currency": "indicator", "rate": "value"},
    "constants": {"area": "IDN", "region_code": "TOTAL", "unit": "ratio"},
}
VALUES = "SELECT indicator, value FROM core_context__indicators ORDER BY 1"
VERSIONS = (
    "SELECT indicator, value, change_reason FROM core_context__indicators__vintages "
    "ORDER BY indicator, load_seq"
)


@contextmanager
def older_version() -> Iterator[None]:
    """Indicators had four decimals until December 2026, and were read by other code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DECIMALS, Type.FIGURE, (24, 4))
        patch.setitem(SQL_TYPES, Type.FIGURE, "DECIMAL(24,4)")
        patch.setattr("tasks.read.identity._table_text", lambda table: table.name)
        patch.setattr("warehouse.base.fingerprint", lambda: "older")
        patch.setattr("warehouse.duck.fingerprint", lambda: "older")
        patch.setattr("warehouse.postgres.fingerprint", lambda: "older")
        yield


PUBLISHED = (("2024", "index", "0.82363"), ("2024", "share", "0.00004"), ("2024", "rate", "7.25"))


@pytest.mark.usefixtures("marts")
@pytest.mark.slow
def test_a_home_of_an_older_version_gets_the_decimals_as_corrections(
    there: Home, toy: Callable[..., str]
) -> None:
    toy("figures", **FIGURES)
    with older_version():
        there.load(*PUBLISHED, name="figures")
        assert there.query(VALUES) == [
            ("index", Decimal("0.8236")), ("rate", Decimal("7.25")), ("share", Decimal(0)),
        ]  # fmt: skip
    there.load(*PUBLISHED, name="figures")
    assert there.query(VALUES) == [
        ("index", Decimal("0.82363")), ("rate", Decimal("7.25")), ("share", Decimal("0.00004")),
    ]  # fmt: skip
    assert there.query(VERSIONS) == [
        ("index", Decimal("0.8236"), "first"),
        ("index", Decimal("0.82363"), "correction"),
        ("rate", Decimal("7.25"), "first"),
        ("share", Decimal(0), "first"),
        ("share", Decimal("0.00004"), "correction"),
    ]
    changes = "SELECT change FROM mart_revisions WHERE change_reason = 'correction' ORDER BY 1"
    assert there.query(changes) == [(Decimal("0.00003"),), (Decimal("0.00004"),)]
    again = there.load(*PUBLISHED, name="figures")
    assert again.sources[0].status == "unchanged"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "text", "kept", "rows"),
    first_row_of(
        ({}, "0.1234567890123456", Decimal("0.123456789012346"), 1),
        ({}, "0.12345678901234000000", Decimal("0.12345678901234"), 0),
        ({"scale": 0.01}, "82.363", Decimal("0.82363"), 0),
        ({"scale": 1000000}, "0.000000123", Decimal("0.123"), 0),
        ({"scale": 1000000}, "0.00000012345", Decimal("0.1235"), 1),
    ),
)
def test_what_is_rounded_is_counted(
    duck: Home,
    toy: Callable[..., str],
    changes: dict[str, Any],
    text: str,
    kept: Decimal,
    rows: int,
) -> None:
    value = {"to": "value", **changes} if changes else "value"
    toy("figures", **{**FIGURES, "columns": {**FIGURES["columns"], "rate": value}})
    duck.load(("2024", "index", text), name="figures")
    ((found,),) = duck.query("SELECT value FROM core_context__indicators")
    assert found == kept
    checks = (
        "SELECT rows_failed FROM ops_check WHERE source = 'figures' "
        "AND check_id LIKE 'rule:%:rounded:%'"
    )
    assert [r[0] for r in duck.query(checks)] == [rows]
