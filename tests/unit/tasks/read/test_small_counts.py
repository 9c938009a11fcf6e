"""What a load hides beside small counts, on tables of a few rows: what came, and what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from schemas.catalogue import TABLES
from tests.unit.tasks.read.published import Published, Row

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Published]]:
    found = {
        name: Published(tmp_path_factory.mktemp("published"), name)
        for name in ("core_tourism__accommodation", "core_capacity__training",
                     "core_promotion__exhibitions")
    }  # fmt: skip
    yield found
    for each in found.values():
        each.con.close()


def _empty(published: Published) -> Published:
    published.clear()
    return published


@pytest.fixture
def rooms(connected: dict[str, Published]) -> Published:
    return _empty(connected["core_tourism__accommodation"])


@pytest.fixture
def training(connected: dict[str, Published]) -> Published:
    return _empty(connected["core_capacity__training"])


@pytest.fixture
def exhibitions(connected: dict[str, Published]) -> Published:
    return _empty(connected["core_promotion__exhibitions"])


def of_classes(
    classes: Mapping[str, int | None], month: int = 8, frequency: str = "M"
) -> list[Row]:
    """Foreign guests of classes, TOTAL among them."""
    return [
        {"source_org": "office", "region_code": "3505", "frequency": frequency,
         "period_start": date(2025, month, 1), "class_code": name, "guests_foreign": people,
         "value_status": "observed" if people is not None else "missing"}
        for name, people in classes.items()
    ]  # fmt: skip


def guests(month: int = 8, frequency: str = "M", **classes: int) -> list[Row]:
    return of_classes(classes, month, frequency)


def seen(rooms: Published) -> dict[str, int | None]:
    return dict(rooms.now("class_code", "guests_foreign"))


class TestClassesOfATotal:
    @pytest.mark.parametrize(
        ("came", "hidden"),
        [
            ({"TOTAL": 12, "a": 5, "b": 4, "c": 3}, {"b", "c"}),
            ({"TOTAL": 40, "a": 9, "b": 28, "c": 3}, {"c", "a"}),
            ({"TOTAL": 37, "a": 9, "b": 28, "c": 0}, set()),
            ({"TOTAL": 34, "a": 9, "b": 20, "c": 3, "d": 2}, {"c", "d", "a"}),
            ({"TOTAL": 5, "a": 3, "b": 2}, {"a", "b", "TOTAL"}),
            ({"TOTAL": 3, "a": 3, "b": 0}, {"a", "TOTAL"}),
            ({"TOTAL": 12, "a": 9}, {"TOTAL"}),
            ({"TOTAL": 12, "a": 4, "b": None}, {"TOTAL", "a"}),
            ({"TOTAL": 23, "a": 9, "b": 11}, {"a", "b"}),
            ({"a": 9, "b": 28, "c": 3}, {"c"}),
        ],
        ids=["two hidden, seven people", "one hidden takes the smallest with it",
             "nobody is shown", "two hidden, five people", "no class is large enough",
             "the total is small", "a rest of three in no class", "a class is not known",
             "a rest of three that two classes can hide", "no total"],
    )  # fmt: skip
    def test_a_total_minus_the_shown_classes_tells_nothing(
        self, rooms: Published, came: dict[str, int | None], hidden: set[str]
    ) -> None:
        rooms.load(of_classes(came))
        shown = {name: people for name, people in came.items() if name not in hidden}
        assert seen(rooms) == {**dict.fromkeys(hidden), **shown}
        statuses = dict(rooms.now("class_code", "value_status"))
        assert {n for n, status in statuses.items() if status == "suppressed"} == hidden

    def test_the_same_file_again_is_no_revision(self, rooms: Published) -> None:
        rows = guests(TOTAL=40, a=9, b=28, c=3) + guests(9, TOTAL=12, a=9)
        assert rooms.load(rows).new == 6
        again = rooms.load(rows)
        assert (again.new, again.revised, again.unchanged) == (0, 0, 6)

    def test_a_total_that_comes_later_is_held_against_the_classes(self, rooms: Published) -> None:
        rooms.load(guests(a=9, b=28, c=3))
        rooms.load(guests(TOTAL=40))
        assert seen(rooms) == {"TOTAL": None, "a": 9, "b": 28, "c": None}

    def test_classes_that_come_later_are_held_against_the_total(self, rooms: Published) -> None:
        rooms.load(guests(TOTAL=40))
        rooms.load(guests(a=9, b=28, c=3))
        assert seen(rooms) == {"TOTAL": 40, "a": None, "b": 28, "c": None}

    def test_people_who_moved_between_classes_are_not_told_by_an_older_total(
        self, rooms: Published
    ) -> None:
        rooms.load(guests(TOTAL=29, a=9, b=20))
        rooms.load(guests(a=3, b=26))
        assert seen(rooms) == {"TOTAL": 29, "a": None, "b": None}

    def test_a_class_that_is_withdrawn_is_part_of_the_rest(self, rooms: Published) -> None:
        rooms.load(guests(TOTAL=53, a=9, b=28, c=3, d=13), complete=True)
        rooms.load(guests(TOTAL=53, a=9, b=28, d=13), complete=True)
        assert seen(rooms) == {"TOTAL": None, "a": None, "b": 28, "d": 13}

    def test_a_class_that_has_become_small_hides_the_total(self, rooms: Published) -> None:
        """The others may have the numbers that they had, and would tell it."""
        rooms.load(guests(TOTAL=50, a=10, b=40))
        rooms.load(guests(TOTAL=43, a=3, b=40))
        assert seen(rooms) == {"TOTAL": None, "a": None, "b": 40}

    def test_what_was_hidden_beside_a_total_stays_hidden(self, rooms: Published) -> None:
        """A class that was hidden with it would tell it, if that has not changed."""
        rooms.load(guests(TOTAL=40, a=9, b=28, c=3))
        rooms.load(guests(TOTAL=46, a=9, b=28, c=9))
        assert seen(rooms) == {"TOTAL": 46, "a": None, "b": 28, "c": None}


class TestVersions:
    def test_a_change_of_few_people_is_no_revision(self, rooms: Published) -> None:
        rooms.load(guests(TOTAL=50, a=10, b=40))
        counts = rooms.load(guests(TOTAL=53, a=12, b=41))
        assert (counts.revised, counts.unchanged) == (0, 3)

    @pytest.mark.parametrize(
        ("published", "came", "shown"),
        [([12], 16, 12), ([12], 17, 17), ([12, 17], 14, 12), ([12, 17], 15, 17), ([12, 17], 11, 12),
         ([12, 17], 12, 12), ([0], 5, 5), ([5], 0, 0)],
    )  # fmt: skip
    def test_two_published_numbers_are_five_apart(
        self, rooms: Published, published: list[int], came: int, shown: int
    ) -> None:
        for number in (*published, came):
            rooms.load(guests(a=number))
        assert seen(rooms) == {"a": shown}

    def test_a_total_does_not_tell_a_kept_number(self, rooms: Published) -> None:
        """The total minus the class that moved much is the class that moved little."""
        rooms.load(guests(TOTAL=20, a=10, b=10))
        rooms.load(guests(TOTAL=27, a=12, b=15))
        assert seen(rooms) == {"TOTAL": None, "a": 10, "b": 15}

    def test_a_total_does_not_tell_that_a_hidden_class_moved(self, rooms: Published) -> None:
        rooms.load(guests(TOTAL=40, a=9, b=28, c=3))
        rooms.load(guests(TOTAL=47, a=9, b=34, c=4))
        assert seen(rooms) == {"TOTAL": None, "a": None, "b": 34, "c": None}


class TestYears:
    def test_of_a_year_with_a_hidden_month_months_are_shown(self, rooms: Published) -> None:
        rooms.load(guests(1, "A", TOTAL=70) + guests(1, TOTAL=67) + guests(2, TOTAL=3))
        assert rooms.now("frequency", "guests_foreign") == [("A", None), ("M", 67), ("M", None)]

    def test_a_year_that_is_known_hides_its_months(self, rooms: Published) -> None:
        rooms.load(guests(1, "A", TOTAL=70))
        rooms.load(guests(1, TOTAL=67) + guests(2, TOTAL=3))
        assert rooms.now("frequency", "guests_foreign") == [("A", 70), ("M", None), ("M", None)]

    def test_a_year_without_hidden_months_stays(self, rooms: Published) -> None:
        rooms.load(guests(1, "A", TOTAL=76) + guests(1, TOTAL=67) + guests(2, TOTAL=9))
        assert rooms.now("frequency", "guests_foreign") == [("A", 76), ("M", 67), ("M", 9)]


def course(participants: int | None, passed: int | None) -> list[Row]:
    return [{"region_code": "3505", "course_id": "K", "period_start": date(2025, 1, 1),
             "participants": participants, "passed": passed}]  # fmt: skip


class TestComplements:
    @pytest.mark.parametrize(
        ("came", "shown"),
        [
            ([(18, 10)], (18, 10)),
            ([(18, 15)], (18, None)),
            ([(18, 18)], (18, 18)),
            ([(5, 3)], (None, None)),
            ([(6, 3)], (6, None)),
            ([(30, 15), (31, 16)], (30, 15)),
            ([(30, 15), (40, 27)], (None, None)),  # 13 failed, and 15 before
            ([(30, 15), (18, 15)], (None, None)),  # 15 may still have passed: three failed
            ([(18, 15), (30, 15)], (30, None)),  # the same, in the other order
            ([(30, 25), (33, 30)], (None, None)),  # 30 is an earlier number: nobody failed
        ],
    )
    def test_neither_who_passed_nor_who_did_not(
        self,
        training: Published,
        came: list[tuple[int, int]],
        shown: tuple[Any, ...],
    ) -> None:
        for numbers in came:
            training.load(course(*numbers))
        assert training.now("participants", "passed") == [shown]
        assert training.load(course(*came[-1])).unchanged == 1

    @pytest.mark.parametrize(("foreign", "shown"), [(97, None), (3, None), (0, 0), (50, 50)])
    def test_neither_foreign_visitors_nor_the_others(
        self, exhibitions: Published, foreign: int, shown: int | None
    ) -> None:
        row = {"region_code": "3505", "event_id": "P", "visitors": 100}
        exhibitions.load([{**row, "visitors_foreign": foreign}])
        assert exhibitions.now("visitors", "visitors_foreign") == [(100, shown)]


def test_a_table_with_a_total_hides_each_count_by_itself() -> None:
    """Classes are chosen for each count; one that hides another would need a second choice."""
    for table in TABLES.values():
        if table.total_of:
            assert table.total_of in table.key_names
            assert all(len(c.hidden) == 1 and not c.whole for c in table.small_cells), table.name
