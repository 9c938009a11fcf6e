"""A revised value says what it was; one that only grew with new periods does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from config import region as regions
from reports.drawn import Drawn, Studio
from reports.revised import DAYS, tables_behind, with_before
from schemas.errors import ConfigurationError
from tests.unit.conftest import SmallWarehouse
from tests.unit.reports.drawing import TODAY, drawn, rows_in
from warehouse.base import Result
from warehouse.limits import Deadline, memory_error

pytestmark = pytest.mark.fast
REVISED = datetime(2026, 11, 20, 8, tzinfo=UTC)


class Versions:
    """A warehouse of now and one of before, as `as_known_on` has it."""

    def __init__(self) -> None:
        self.now, self.before = SmallWarehouse(), SmallWarehouse()
        self.asked: list[datetime] = []

    def query(self, sql: str, *, as_known_on: datetime | None = None, **_: Any) -> Result:
        if as_known_on is None:
            return self.now.query(sql)
        self.asked.append(as_known_on)
        return self.before.query(sql)

    def fail(self, error: Exception) -> None:
        """Every query as known before fails."""

        def query(*_: Any, **__: Any) -> Result:
            raise error

        self.before.query = query  # type: ignore[method-assign]

    def revise(self, table: str, reason: str = "revised_by_source", at: datetime = REVISED) -> None:
        self.now.insert_version(table, recorded_at=at, change_reason=reason, is_deleted=False)

    def insert(self, table: str, now: object, before: object, column: str, **row: Any) -> None:
        for tables, value in ((self.now, now), (self.before, before)):
            tables.insert(table, **row, **{column: value})

    def draw(self, name: str) -> Drawn:
        return drawn(cast("Any", self), name)


@pytest.fixture
def versions() -> Iterator[Versions]:
    made = Versions()
    yield made
    made.now.close()
    made.before.close()


def rates(versions: Versions, now: int, before: int) -> None:
    versions.insert(
        "core_exchange__rates", Decimal(now), Decimal(before), "rate", source="bi",
        rate_date=date(2026, 10, 1), base_currency="USD", quote_currency="IDR", rate_type="middle",
    )  # fmt: skip


def test_a_revised_value_has_what_it_was_beside_it(versions: Versions) -> None:
    rates(versions, 16500, 16000)
    versions.revise("core_exchange__rates")
    figure = versions.draw("rates")
    assert rows_in(figure)[0][2] == "16.500,00 (semula 16.000,00)"
    assert rows_in(figure, "en")[0][2] == "16,500.00 (was 16,000.00)"
    assert versions.asked == [REVISED - timedelta(microseconds=1)]


def test_what_shows_no_other_digits_is_not_marked(versions: Versions) -> None:
    versions.insert(
        "core_exchange__rates", Decimal("16500.001"), Decimal(16500), "rate", source="bi",
        rate_date=date(2026, 10, 1), base_currency="USD", quote_currency="IDR", rate_type="middle",
    )  # fmt: skip
    versions.revise("core_exchange__rates")
    assert rows_in(versions.draw("rates"))[0][2] == "16.500,00"


@pytest.mark.parametrize(
    ("table", "reason", "at"),
    [
        ("core_exchange__rates", "first", REVISED),
        ("core_trade__flows", "revised_by_source", REVISED),  # not behind this figure
        ("core_exchange__rates", "correction", REVISED - timedelta(days=DAYS)),
    ],
)
def test_nothing_is_asked_twice_without_a_revision(
    versions: Versions, table: str, reason: str, at: datetime
) -> None:
    rates(versions, 16500, 16000)
    versions.revise(table, reason, at)
    assert rows_in(versions.draw("rates"))[0][2] == "16.500,00"
    assert versions.asked == []


def test_a_month_that_has_more_days_now_is_not_revised(versions: Versions) -> None:
    rates(versions, 16500, 16000)
    versions.now.insert(
        "core_exchange__rates", source="bi", rate_date=date(2026, 10, 2), base_currency="USD",
        quote_currency="IDR", rate_type="middle", rate=Decimal(16600),
    )  # fmt: skip
    versions.revise("core_exchange__rates")
    assert rows_in(versions.draw("rates"))[0][2] == "16.550,00"
    assert versions.asked


def test_own_exports_are_sums_of_what_was_revised(versions: Versions) -> None:
    for tables, value in ((versions.now, 3_000_000), (versions.before, 2_000_000)):
        for part in (1, 2):
            tables.insert(
                "core_trade__local_exports", source="own", region_code="3505", frequency="A",
                period_start=date(2025, 1, 1), partner_area=("JPN", "AUS")[part - 1],
                product_code="920600", currency="USD", value=Decimal(value),
            )  # fmt: skip
    versions.revise("core_trade__local_exports", "correction")
    assert rows_in(versions.draw("own_exports"))[0][1] == "6,0 (semula 4,0)"


def test_tables_behind_a_mart_are_those_of_marts_that_it_reads() -> None:
    assert {"core_exchange__rates", "core_trade__local_exports"} <= tables_behind(["mart_outcomes"])


@pytest.mark.parametrize(
    ("error", "code"),
    [(memory_error("512 MB"), "query_memory"), (Deadline(60).error(), "query_time")],
)
def test_what_takes_too_much_is_drawn_without_earlier_values(
    versions: Versions, error: ConfigurationError, code: str
) -> None:
    rates(versions, 16500, 16000)
    versions.revise("core_exchange__rates")
    versions.fail(error)
    studio = Studio(cast("Any", versions), regions.load("3505"), TODAY)
    (figure,) = studio.draw("rates")
    assert rows_in(figure)[0][2] == "16.500,00"
    assert studio.without_before == {"rates": code}


def test_another_error_of_earlier_values_is_one_of_the_figure(versions: Versions) -> None:
    rates(versions, 16500, 16000)
    versions.revise("core_exchange__rates")
    versions.fail(ConfigurationError("bad_sql", "no such column"))
    with pytest.raises(ConfigurationError, match="no such column"):
        versions.draw("rates")


@pytest.mark.parametrize(("months", "shown"), [(3, {Decimal("0.5")}), (2, set())])
def test_concentration_says_what_it_was_of_the_same_months(
    tables: SmallWarehouse, months: int, shown: set[Decimal]
) -> None:
    """Of fewer months it was another figure, not another version of this one."""

    def asked(value: int, months: int) -> tuple[Drawn, list[Any]]:
        tables.con.execute("DELETE FROM core_trade__local_exports")
        for month in range(1, months + 1):
            for product, sold in (("920600", value), ("460200", 1)):
                tables.insert(
                    "core_trade__local_exports", source="own", region_code="3505", frequency="M",
                    period_start=date(2026, month, 1), partner_area="JPN", product_code=product,
                    currency="USD", value=Decimal(sold),
                )  # fmt: skip
        figure = drawn(tables, "concentration")
        return figure, [r for r in figure.rows if r["over"] == "product"]

    _, earlier = asked(1, months)
    figure, rows = asked(3, 3)
    assert [row["hhi"] for row in rows] == [Decimal("0.625")]
    found = with_before(figure.figure, rows, earlier)
    assert {row["hhi_was"] for row in found if "hhi_was" in row} == shown
