"""A series against its own past: what is a jump, and what is a season, a devaluation, a first load.

`delta` and `versions` are tables here, as the diff leaves them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from config.publishing import SeriesJump
from config.source import Source
from schemas.catalogue import TABLES
from schemas.derive import duckdb_columns
from schemas.errors import DataError
from tasks.check import jumps
from tasks.check.jumps import series_jump
from tests.conftest import TOY
from warehouse.engine import connect

pytestmark = pytest.mark.fast
Values = Sequence[tuple[date, float]]
RATES = Source(code="toy", **TOY)
INDICATOR = {
    "table": "core_context__indicators",
    "domain": "context",
    "columns": {"indicator": "indicator", "month": "period", "value": "value",
                "area": {"to": "area", "lookup": "iso3"}},
    "constants": {"region_code": "TOTAL"},
}  # fmt: skip


def monthly(frequency: str = "M", **changes: Any) -> Source:
    dataset = {"monthly": {"frequency": frequency, "start": 2000}}
    return Source(code="toy", **{**TOY, **INDICATOR, "datasets": dataset, **changes})


@dataclass
class Table:
    """The relations of the diff over one table: known versions, and new or revised rows."""

    con: duckdb.DuckDBPyConnection
    source: Source = field(default_factory=lambda: RATES)

    def __post_init__(self) -> None:
        fields = [f for f in self.source.warehouse_table.lake_fields() if f.name != "source"]
        self.names = [f.name for f in fields]
        columns = duckdb_columns(tuple(fields)).replace(" NOT NULL", "")
        self.con.execute(f"CREATE OR REPLACE TABLE versions ({columns})")
        self.con.execute(f"CREATE OR REPLACE TABLE delta ({columns}, kind VARCHAR)")

    def known(self, values: Values, series: str = "IDR", load: int = 1) -> Table:
        return self._add("versions", values, series, load_seq=load)

    def new(self, values: Values, series: str = "IDR", kind: str = "first") -> Table:
        return self._add("delta", values, series, kind=kind)

    def _add(self, name: str, values: Values, series: str, **more: Any) -> Table:
        rates = self.source.table == "core_exchange__rates"
        for day, value in values:
            key = (
                {"rate_date": day, "base_currency": "USD", "quote_currency": series,
                 "rate_type": "reference", "rate": Decimal(str(value))}
                if rates else
                {"period_start": day, "indicator": series, "area": "IDN", "region_code": "TOTAL",
                 "frequency": next(iter(self.source.datasets.values())).frequency,
                 "value": Decimal(str(value))}
            )  # fmt: skip
            row = {**key, "is_deleted": False, **more}
            marks = ", ".join("?" * len(row))
            self.con.execute(
                f"INSERT INTO {name} ({', '.join(row)}) VALUES ({marks})", list(row.values())
            )
        return self

    def jump(self, **given: Any) -> DataError | None:
        changed = self.source.model_copy(update={"series_jump": SeriesJump(**given)})
        return series_jump(self.con, changed)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    found = connect(tmp_path / "duckdb")
    yield found
    found.close()


def days(first: str, values: Sequence[float]) -> Values:
    start = date.fromisoformat(first)
    return [(start + timedelta(days=n), v) for n, v in enumerate(values)]


def months(year: int, values: Sequence[float]) -> Values:
    return [(date(year + n // 12, n % 12 + 1, 1), v) for n, v in enumerate(values)]


class TestRates:
    @pytest.mark.parametrize("factor", [100, 0.01, 1000, 0.001, 1 / 82])
    @pytest.mark.parametrize("count", [1, 28])
    def test_another_unit_is_a_jump(
        self, con: duckdb.DuckDBPyConnection, factor: float, count: int
    ) -> None:
        table = Table(con).known(days("2020-04-01", [0.52] * 28))
        error = table.new(days("2020-05-01", [round(0.52 * factor, 8)] * count)).jump()
        assert error is not None
        assert error.code == "series_jump"
        assert "1 of 1 series" in error.message
        assert "USD IDR reference on 2020-05-01" in error.message

    def test_one_bad_day_among_good_ones_is_a_jump(self, con: duckdb.DuckDBPyConnection) -> None:
        table = Table(con).known(days("2020-04-01", [16700] * 5))
        assert table.new(days("2020-05-01", [16710, 167.2, 16730])).jump() is not None

    def test_one_series_among_thirty_is_a_jump(self, con: duckdb.DuckDBPyConnection) -> None:
        table = Table(con)
        for n in range(30):
            table.known(days("2020-04-01", [n + 1] * 5), f"C{n:02d}")
            table.new(days("2020-05-01", [(n + 1) * (100 if n == 7 else 1.01)]), f"C{n:02d}")
        error = table.jump()
        assert error is not None
        assert "1 of 30 series" in error.message
        assert "USD C07" in error.message

    def test_a_restated_past_of_another_unit_is_a_jump(
        self, con: duckdb.DuckDBPyConnection
    ) -> None:
        table = Table(con).known(days("2020-04-01", [1.5] * 60))
        assert table.new(days("2020-04-20", [150] * 5), kind="revised").jump() is not None

    def test_a_history_restated_as_a_whole_is_a_jump(self, con: duckdb.DuckDBPyConnection) -> None:
        """No step is in it: every value is as far from its old one."""
        table = Table(con).known(days("2020-04-01", [1.5] * 9))
        assert table.new(days("2020-04-01", [150] * 9), kind="revised").jump() is not None

    def test_a_jump_that_was_known_is_not_reported_again(
        self, con: duckdb.DuckDBPyConnection
    ) -> None:
        table = Table(con).known(days("2020-04-01", [10] * 5 + [25000] * 5))
        assert table.new(days("2020-04-11", [25100])).jump() is None

    @pytest.mark.parametrize(
        ("past", "fresh"),
        [
            ([2400, 2600, 4650, 8000], [10000, 13500, 8300]),  # the rupiah, 1997-98
            ([350, 366, 400], [800, 850, 1032]),  # the Argentine peso, December 2023
            ([1507.5] * 30, [15000] * 5),  # the Lebanese pound, February 2023
            ([7.8] * 30, [7.8]),  # a peg: no movement at all
            ([7.8] * 30, [8.1]),
            ([1], [19]),  # a short past
        ],
    )
    def test_a_strong_move_is_none(
        self, con: duckdb.DuckDBPyConnection, past: list[float], fresh: list[float]
    ) -> None:
        table = Table(con).known(days("2023-01-01", past))
        assert table.new(days("2023-04-01", fresh)).jump() is None

    def test_years_without_a_rate_are_no_step(self, con: duckdb.DuckDBPyConnection) -> None:
        table = Table(con).known(days("2008-12-01", [290]))
        assert table.new(days("2018-02-01", [2.9])).jump() is None

    def test_a_jump_inside_a_first_answer_is_named(self, con: duckdb.DuckDBPyConnection) -> None:
        assert Table(con).new(days("2020-04-01", [1.537] * 28 + [0.018711] * 28)).jump() is not None
        assert Table(con).new(days("2020-04-01", [1.537] * 28)).jump() is None

    def test_the_declaration_says_how_far(self, con: duckdb.DuckDBPyConnection) -> None:
        table = Table(con).known(days("2020-04-01", [1] * 5)).new(days("2020-05-01", [50]))
        assert table.jump(factor=60.0) is None
        assert table.jump(factor=None) is None
        assert table.jump() is not None

    def test_the_newest_version_of_a_day_counts(self, con: duckdb.DuckDBPyConnection) -> None:
        table = (
            Table(con)
            .known(days("2020-04-01", [100] * 3))
            .known(days("2020-04-01", [1] * 3), load=2)
        )
        assert table.new(days("2020-04-05", [1.01])).jump() is None


class TestOtherFigures:
    def noisy(self, count: int, level: float, spread: float, seed: int = 1) -> list[float]:
        chance = random.Random(seed)
        return [round(level * 2 ** chance.uniform(-spread, spread), 2) for _ in range(count)]

    @pytest.mark.parametrize("factor", [1000, 0.001, 100, 0.01])
    @pytest.mark.parametrize("count", [1, 12])
    def test_another_unit_is_a_jump(
        self, con: duckdb.DuckDBPyConnection, factor: float, count: int
    ) -> None:
        table = Table(con, monthly()).known(months(2023, self.noisy(24, 5000, 0.7)), "TOYS")
        values = [round(v * factor, 2) for v in self.noisy(count, 5000, 0.7, 2)]
        error = table.new(months(2025, values), "TOYS").jump()
        assert error is not None
        assert "TOYS IDN TOTAL" in error.message

    def test_one_series_among_thirty_is_a_jump(self, con: duckdb.DuckDBPyConnection) -> None:
        table = Table(con, monthly())
        for n in range(30):
            table.known(months(2024, self.noisy(12, 10 ** (n % 6 + 2), 1, n)), f"P{n:02d}")
            factor = 1000 if n == 11 else 1
            fresh = self.noisy(2, 10 ** (n % 6 + 2) * factor, 1, 100 + n)
            table.new(months(2025, fresh), f"P{n:02d}")
        error = table.jump()
        assert error is not None
        assert "1 of 30 series" in error.message
        assert "P11 IDN" in error.message

    def test_a_month_per_thousand_in_a_restated_year_is_a_jump(
        self, con: duckdb.DuckDBPyConnection
    ) -> None:
        table = Table(con, monthly()).known(months(2025, [100] * 12), "A")
        assert table.new(months(2025, [100000] * 12), "A", kind="revised").jump() is not None

    def test_a_new_level_of_a_restless_series_is_a_jump(
        self, con: duckdb.DuckDBPyConnection
    ) -> None:
        """Its usual movement would hide a factor of 100 in one month, not in six."""
        table = Table(con, monthly()).known(months(2023, self.noisy(24, 1000, 3)), "A")
        assert table.new(months(2025, self.noisy(6, 1000000, 1)), "A").jump() is not None

    @pytest.mark.parametrize(
        ("past", "fresh"),
        [
            ([100] * 11, [1200]),  # toys in December, for the first time
            ([100] * 11 + [1200] + [100] * 11, [1250]),  # and again
            ([100] * 24, [100]),  # no movement at all
            ([100] * 24, [150]),
            ([5, 7, 6], [4000]),  # a short past
            ([10, 4000, 3, 900, 12000, 7, 55], [20000]),  # large orders now and then
        ],
    )
    def test_a_season_or_a_large_order_is_none(
        self, con: duckdb.DuckDBPyConnection, past: list[float], fresh: list[float]
    ) -> None:
        table = Table(con, monthly()).known(months(2023, past), "A")
        assert table.new(months(2025, fresh), "A").jump() is None

    def test_a_first_load_has_no_past(self, con: duckdb.DuckDBPyConnection) -> None:
        assert Table(con, monthly()).new(months(2025, [1, 1000, 1000000]), "A").jump() is None

    def test_a_new_series_beside_old_ones_has_none_either(
        self, con: duckdb.DuckDBPyConnection
    ) -> None:
        table = Table(con, monthly()).known(months(2024, [100] * 12), "A")
        assert table.new(months(2025, [9e9] * 5), "B").jump() is None

    def test_years_have_a_longer_past(self, con: duckdb.DuckDBPyConnection) -> None:
        past = [(date(2012 + n, 1, 1), 100 + n) for n in range(8)]
        table = Table(con, monthly("A")).known(past, "A")
        assert table.new([(date(2020, 1, 1), 108000)], "A").jump() is not None

    def test_many_series_are_compared_in_parts(
        self, con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(jumps, "PASS_ROWS", 7)
        table = Table(con, monthly())
        for n in range(6):
            table.known(months(2024, [100] * 6), f"P{n}")
            table.new(months(2025, [100 if n else 1e6]), f"P{n}")
        error = table.jump()
        assert error is not None
        assert "1 of 6 series" in error.message


def test_a_table_of_texts_has_no_series(con: duckdb.DuckDBPyConnection) -> None:
    assert TABLES["core_cooperation__agreements"].value_field is None
