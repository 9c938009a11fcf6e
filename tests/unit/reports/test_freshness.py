"""What a source's figures are by its calendar: in the mart, and in words for people."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from config import due
from reports.freshness import in_words, late_since, standing
from tests.unit.config.test_due import DUE
from tests.unit.conftest import SmallWarehouse
from tests.unit.reports.drawing import drawn, row_in, rows_in

pytestmark = pytest.mark.fast
DAY = date.fromisoformat
NEWEST = "SELECT newest_period_start, next_due_on, late_since, state FROM mart_source_freshness"


def at(day: date, hour: int = 5) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def attempt(tables: SmallWarehouse, day: date, **more: Any) -> None:
    values = {"source": "toy", "status": "unchanged", "checked_at": at(day), "load_seq": 9, **more}
    tables.insert("ops_attempt", **values)


def known(tables: SmallWarehouse, frequency: str, newest: date, lag: int) -> None:
    tables.insert("ref_source", source_code="toy", frequency=frequency, lag_days=lag,
                  title_id="Mainan", title_en="Toy", cadence="daily")  # fmt: skip
    tables.insert("ops_load", source="toy", status="loaded", new=1)
    if frequency == "D":
        tables.insert("core_exchange__rates", source="toy", rate_date=newest,
                      value_status="observed")  # fmt: skip
    else:
        tables.insert("core_context__indicators", source="toy", frequency=frequency,
                      period_start=newest, value_status="observed")  # fmt: skip


@pytest.mark.parametrize(
    ("frequency", "newest", "lag", "expected"),
    [line for line in DUE if line[1] not in ("2024-01-31", "2024-02-29")],  # no starts of periods
)
def test_the_mart_has_the_rules_of_python(
    tables: SmallWarehouse, frequency: str, newest: str, lag: int, expected: str
) -> None:
    known(tables, frequency, DAY(newest), lag)
    last = DAY(expected) + timedelta(days=due.GRACE_DAYS[frequency])
    attempt(tables, last)
    assert tables.rows(NEWEST) == [(DAY(newest), DAY(expected), None, "fine")]
    attempt(tables, last + timedelta(days=1))
    assert tables.rows(NEWEST) == [(DAY(newest), DAY(expected), DAY(expected), "late")]


def test_a_period_without_a_value_is_not_the_newest(tables: SmallWarehouse) -> None:
    known(tables, "D", DAY("2026-09-02"), 3)
    tables.insert("core_exchange__rates", source="toy", rate_date=DAY("2026-11-20"),
                  value_status="missing")  # fmt: skip
    attempt(tables, DAY("2026-11-29"))
    assert tables.rows(NEWEST)[0][0] == DAY("2026-09-02")


def test_of_two_frequencies_the_one_that_is_late_first_counts(tables: SmallWarehouse) -> None:
    known(tables, "M", DAY("2025-01-01"), 60)
    tables.insert("core_context__indicators", source="toy", frequency="A",
                  period_start=DAY("2025-01-01"), value_status="observed")  # fmt: skip
    attempt(tables, DAY("2026-11-29"))
    assert tables.rows("SELECT newest_frequency, state FROM mart_source_freshness") == [
        ("M", "late")
    ]


def test_a_day_of_the_mart_is_one_of_jakarta(tables: SmallWarehouse) -> None:
    known(tables, "D", DAY("2026-09-02"), 3)  # due on the 6th, late from the 10th
    tables.insert("ops_attempt", source="toy", status="unchanged", load_seq=9,
                  checked_at=at(DAY("2026-09-09"), 18))  # fmt: skip
    assert tables.rows(NEWEST)[0][3] == "late"


@pytest.mark.parametrize(
    ("loads", "attempts", "state"),
    [
        ([], [], "unasked"),
        ([], [{"status": "skipped"}], "unasked"),
        ([], [{"status": "not_published"}], "no_rows"),
        ([{"new": 0, "revised": 0, "unchanged": 0}], [{}], "no_rows"),
        ([{}], [{}], "fine"),
        ([{}], [{"status": "failed", "error_code": "network"}], "failing"),
        ([{}], [{"status": "failed", "error_code": "gone"}], "gone"),
        ([{}], [{"status": "failed", "error_code": "gone", "load_seq": 8}, {}], "fine"),
    ],
)
def test_the_state_of_a_source(
    tables: SmallWarehouse, loads: list[Any], attempts: list[Any], state: str
) -> None:
    tables.insert("ref_source", source_code="toy", frequency="D")
    for load in loads:
        tables.insert("ops_load", **{"source": "toy", "status": "loaded", "new": 1, **load})
    for found in attempts:
        attempt(tables, DAY("2026-11-29"), **found)
    assert tables.rows("SELECT state FROM mart_source_freshness") == [(state,)]


ROW = {"state": "fine", "next_due_on": DAY("2026-09-06"), "newest_frequency": "D"}


def test_a_home_that_nobody_runs_is_late_with_the_day_of_reading() -> None:
    assert standing(ROW, DAY("2026-09-09")) == "fine"
    assert standing(ROW, DAY("2026-09-10")) == "late"
    assert late_since(ROW, DAY("2026-09-10")) == DAY("2026-09-06")


def test_a_warehouse_of_an_older_version_has_no_state() -> None:
    assert standing({}, DAY("2026-09-10")) == "unasked"
    assert late_since({"last_loaded_at": None}, DAY("2026-09-10")) is None


@pytest.mark.parametrize(
    ("state", "language", "text"),
    [
        ("late", "id", "terlambat sejak 6 Sep 2026"),
        ("late", "en", "late since 6 Sept 2026"),
        ("gone", "en", "gone at the provider: it used to answer; late since 6 Sept 2026"),
        ("failing", "id", "gagal; terlambat sejak 6 Sep 2026"),
    ],
)
def test_people_read_since_when(state: str, language: str, text: str) -> None:
    found = in_words(state, DAY("2026-09-06"), language)
    assert found.replace("Sept ", "Sep ") == text.replace("Sept ", "Sep ")


def test_never_had_rows_in_words() -> None:
    assert in_words("no_rows", None, "en") == "never had rows"
    assert in_words("no_rows", None, "id") == "belum pernah ada baris"


@pytest.mark.parametrize(("language", "state"), [("id", "terlambat"), ("en", "late")])
def test_the_page_says_it(tables: SmallWarehouse, language: str, state: str) -> None:
    known(tables, "D", DAY("2026-09-02"), 3)
    attempt(tables, DAY("2026-09-04"))
    row = row_in(drawn(tables, "freshness", today=DAY("2026-11-29")), language)
    assert row["state"] == state
    assert row["late_now"].startswith("6 Sep")
    row = row_in(drawn(tables, "freshness", today=DAY("2026-09-05")), language)
    assert row["state"] != state
    assert row["late_now"] == "–"


@pytest.mark.parametrize("frequency", sorted(due.GRACE_DAYS))
def test_the_figure_has_the_grace_of_python(tables: SmallWarehouse, frequency: str) -> None:
    known(tables, frequency, DAY("2025-01-01"), 30)
    attempt(tables, DAY("2025-01-02"))
    (row,) = rows_in(drawn(tables, "freshness", today=DAY("2025-01-02")))
    (found,) = drawn(tables, "freshness", today=DAY("2025-01-02")).rows
    last = found["next_due_on"] + timedelta(days=due.GRACE_DAYS[frequency])
    for day, state in ((last, "mutakhir"), (last + timedelta(days=1), "terlambat")):
        (row,) = rows_in(drawn(tables, "freshness", today=day))
        assert row[-1] == state
