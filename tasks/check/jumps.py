"""One series against its own past: a rate per 100 units, thousands for units, a wrong series.

Asked after the diff, of its new and revised figures. A revised one is compared with its old value.
Rates are a line: each new value is compared with the one before it, so that a devaluation of years
is no jump and a day per 100 units is one. Other figures have seasons and large orders: a new one is
compared with the median of its series, with as much room as that series moved before (median
absolute deviation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.source import Source
from schemas.errors import DataError
from schemas.model import Type
from tasks.check.compare import PERIODS, number_field
from warehouse.engine import first_row, number_of

if TYPE_CHECKING:
    import duckdb

RATE_DAYS = 800  # how far apart two rates may be that are compared
PAST_DAYS = 1500  # how much of the past of months counts
YEARS_DAYS = 4000  # and of years
FEWEST = 5  # figures of a past that can be judged, and of a new level that can
SPREADS = 2  # usual deviations that a series may move beyond the declared limit
PASS_ROWS = 1_500_000  # figures that are compared at a time


@dataclass(frozen=True)
class _Series:
    """What the comparison needs of a table: names of fields, and SQL."""

    value: str
    period: str
    number: str  # of the series
    words: str  # its key, for people
    is_rate: bool
    days: int  # of the past

    @classmethod
    def of(cls, source: Source) -> _Series | None:
        table = source.warehouse_table
        value = number_field(table)
        period = next((n for n in ("rate_date", "period_start") if n in table.key_names), None)
        if value is None or period is None:
            return None
        names = [n for n in table.key_names if n not in (*PERIODS, "source")]
        words = ", ' ', ".join(f"CAST({n} AS VARCHAR)" for n in names)
        # Frequencies are series of their own: a year is twelve months.
        own = [*names, "frequency"] if "frequency" in table.key_names else names
        is_rate = table.field(value).type is Type.RATE
        has_years = any(d.frequency == "A" for d in source.datasets.values())
        days = RATE_DAYS if is_rate else YEARS_DAYS if has_years else PAST_DAYS
        return cls(value, period, number_of(own), f"concat({words})", is_rate, days)


@dataclass(frozen=True)
class _Found:
    """How many series jumped of how many that have a past, and the one that moved most."""

    jumped: int = 0
    judged: int = 0
    size: float = 0.0  # logarithm of the factor
    number: int = 0
    day: object = None
    value: float = 0.0
    past: float = 0.0

    def __add__(self, other: _Found) -> _Found:
        worst = max(self, other, key=lambda f: f.size)
        return _Found(
            self.jumped + other.jumped,
            self.judged + other.judged,
            *(worst.size, worst.number, worst.day, worst.value, worst.past),
        )


def series_jump(con: duckdb.DuckDBPyConnection, source: Source) -> DataError | None:
    """The error of series that moved more than the declaration allows, or None. Needs the relations
    `delta` and `versions` of the diff."""
    limit, series = source.series_jump.factor, _Series.of(source)
    if series is None or limit is None or not (series.is_rate or has_past(con)):
        return None
    found = _Found()
    passes = _passes(con, series)
    for part in range(passes):
        _moved(con, series, f"series % {passes} = {part}")
        row = (_steps if series.is_rate else _levels)(con, limit)
        found += _Found(*row) if row and row[0] else _Found(judged=row[1] if row else 0)
    if not found.jumped:
        return None
    name = first_row(
        con.execute(f"SELECT {series.words} FROM delta WHERE {series.number} = {found.number}")
    )
    ratio = found.value / found.past
    return DataError(
        "series_jump",
        f"{found.jumped} of {found.judged} series moved by more than a factor of {limit:g}; most: "
        f"{name[0] if name else ''} on {found.day}, {found.value:g} where the series had "
        f"{found.past:g} ({f'{ratio:.3g} times' if ratio >= 1 else f'1/{1 / ratio:.3g}'})",
        where=source.code,
        hint="the partner may quote another unit (per 100, thousands), or another series: correct "
        "divide_by: or scale: in the declaration; if the figures are right, raise "
        "series_jump.factor there",
    )


def has_past(con: duckdb.DuckDBPyConnection) -> bool:
    """True when the source has any figure already: a first load has nothing to compare with."""
    return first_row(con.execute("SELECT 1 FROM versions LIMIT 1")) is not None


def _window(series: _Series) -> str:
    """SQL condition of the versions that are near the new and revised values."""
    day, days = series.period, f"INTERVAL {series.days} DAY"
    span = "FROM delta WHERE NOT is_deleted"
    return (
        f"{day} BETWEEN (SELECT min({day}) {span}) - {days} AND (SELECT max({day}) {span}) + {days}"
    )


def _passes(con: duckdb.DuckDBPyConnection, series: _Series) -> int:
    """In how many parts, by series, the figures are compared: medians must fit the memory."""
    row = first_row(
        con.execute(
            f"SELECT greatest((SELECT count(*) FROM delta), "
            f"(SELECT count(*) FROM versions WHERE {_window(series)}))"
        )
    )
    return max(1, -(-int(row[0]) // PASS_ROWS)) if row else 1


def _moved(con: duckdb.DuckDBPyConnection, series: _Series, part: str) -> None:
    """Table `moved`: new and revised values; table `past`: what was known of their series."""
    parts = f"{series.number} AS series, {series.period} AS day, CAST({series.value} AS DOUBLE)"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE moved AS SELECT * FROM (SELECT {parts} AS value, "
        f"kind = 'revised' AS revised FROM delta WHERE NOT is_deleted AND {series.value} > 0) "
        f"WHERE {part}"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE past AS SELECT series, day, arg_max(value, load_seq) AS "
        f"value FROM (SELECT {parts} AS value, load_seq FROM versions WHERE NOT is_deleted "
        f"AND {series.value} > 0 AND {_window(series)}) SEMI JOIN moved USING (series) "
        f"GROUP BY series, day"
    )


def _steps(con: duckdb.DuckDBPyConnection, limit: float) -> tuple[Any, ...] | None:
    """Rates: series with a step beyond the limit that has a new or revised value at one end, or
    from a value to its revision. A step that was known before is not one of them."""
    return first_row(
        con.execute(
            "WITH line AS (SELECT series, day, value, true AS fresh FROM moved UNION ALL "
            "SELECT series, day, value, false FROM past ANTI JOIN moved USING (series, day)), "
            "steps AS (SELECT series, day, value, lag(value) OVER w AS past, "
            "fresh OR lag(fresh) OVER w AS fresh, day - lag(day) OVER w AS days FROM line "
            "WINDOW w AS (PARTITION BY series ORDER BY day)), "
            "pairs AS (SELECT series, day, value, past FROM steps WHERE fresh AND days <= "
            f"{RATE_DAYS} UNION ALL SELECT m.series, m.day, m.value, p.value FROM moved AS m "
            "JOIN past AS p USING (series, day)), "
            "sized AS (SELECT *, abs(ln(value / past)) AS size FROM pairs), "
            f"named AS (SELECT series, max(size) > ln({limit}) AS jumped, {_WORST_OF} "
            f"FROM sized GROUP BY series) {_COUNTED}"
        )
    )


def _levels(con: duckdb.DuckDBPyConnection, limit: float) -> tuple[Any, ...] | None:
    """Other figures: series of which at least half of the values are beyond limit and usual
    movement, and outside of all that was known; or that have a new level altogether."""
    return first_row(
        con.execute(
            "WITH usual AS (SELECT series, median(ln(value)) AS middle, "
            "mad(ln(value)) * 1.4826 AS spread, min(value) AS low, max(value) AS high, "
            "count(*) AS n FROM past GROUP BY series), "
            "each AS (SELECT m.*, p.value IS NOT NULL AS twin, u.spread, u.n, "
            "coalesce(p.value, exp(u.middle)) AS past, m.value NOT BETWEEN u.low AND u.high AS "
            "outside FROM moved AS m JOIN usual AS u USING (series) LEFT JOIN past AS p "
            "ON m.revised AND p.series = m.series AND p.day = m.day), "
            "sized AS (SELECT *, abs(ln(value / past)) AS size, (twin OR outside) AND "
            f"abs(ln(value / past)) > ln({limit}) + CASE WHEN twin THEN 0 ELSE {SPREADS} * spread "
            f"END AS far FROM each WHERE twin OR n >= {FEWEST}), "
            f"named AS (SELECT series, count(*) FILTER (far) * 2 >= count(*) OR (count(*) >= "
            f"{FEWEST} AND bool_and(outside) AND median(size) > ln({limit})) AS jumped, "
            f"{_WORST_OF} FROM sized GROUP BY series) {_COUNTED}"
        )
    )


_WORST_OF = (
    "max(size) AS size, arg_max(day, size) AS day, arg_max(value, size) AS value, "
    "arg_max(past, size) AS past"
)
_COUNTED = (
    "SELECT count(*) FILTER (jumped), count(*), max(size) FILTER (jumped), "
    + ", ".join(f"arg_max({n}, size) FILTER (jumped)" for n in ("series", "day", "value", "past"))
    + " FROM named"
)
