"""What a load hides beside small counts, on tables of a few rows: what came, and what is shown.

Cases that do not meet are loaded together, each as a region of its own: a load costs more than
its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

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


def in_regions(cases: Sequence[list[Row]]) -> list[Row]:
    """Rows of cases, each in a region of its own."""
    return [{**row, "region_code": f"{n}"} for n, rows in enumerate(cases) for row in rows]


def load_sequences(published: Published, sequences: Sequence[Sequence[list[Row]]]) -> None:
    """The first rows of each case in one load, then the second ones, and so on."""
    for number in range(max(len(s) for s in sequences)):
        published.load(in_regions([s[number] if number < len(s) else [] for s in sequences]))


def seen(rooms: Published) -> dict[str, int | None]:
    return dict(rooms.now("class_code", "guests_foreign"))


class TestClassesOfATotal:
    CASES: Mapping[str, tuple[dict[str, int | None], set[str]]] = {
        "two hidden, seven people": ({"TOTAL": 12, "a": 5, "b": 4, "c": 3}, {"b", "c"}),
        "one hidden takes the smallest": ({"TOTAL": 40, "a": 9, "b": 28, "c": 3}, {"c", "a"}),
        "nobody is shown": ({"TOTAL": 37, "a": 9, "b": 28, "c": 0}, set()),
        "two hidden, five people": (
            {"TOTAL": 34, "a": 9, "b": 20, "c": 3, "d": 2}, {"c", "d", "a"}),
        "no class is large enough": ({"TOTAL": 5, "a": 3, "b": 2}, {"a", "b", "TOTAL"}),
        "the total is small": ({"TOTAL": 3, "a": 3, "b": 0}, {"a", "TOTAL"}),
        "a rest of three in no class": ({"TOTAL": 12, "a": 9}, {"TOTAL"}),
        "a class is not known": ({"TOTAL": 12, "a": 4, "b": None}, {"TOTAL", "a"}),
        "a rest of three that two classes can hide": ({"TOTAL": 23, "a": 9, "b": 11}, {"a", "b"}),
        "no total": ({"a": 9, "b": 28, "c": 3}, {"c"}),
    }  # fmt: skip

    def test_a_total_minus_the_shown_classes_tells_nothing(self, rooms: Published) -> None:
        rooms.load(in_regions([of_classes(came) for came, _ in self.CASES.values()]))
        found = rooms.now("region_code", "class_code", "guests_foreign", "value_status")
        for number, (case, (came, hidden)) in enumerate(self.CASES.items()):
            rows = [row[1:] for row in found if row[0] == f"{number}"]
            shown = {name: people for name, people in came.items() if name not in hidden}
            assert {n: x for n, x, _ in rows} == {**dict.fromkeys(hidden), **shown}, case
            assert {n for n, _, status in rows if status == "suppressed"} == hidden, case

    def test_the_same_file_again_is_no_revision(self, rooms: Published) -> None:
        rows = guests(TOTAL=40, a=9, b=28, c=3) + guests(9, TOTAL=12, a=9)
        assert rooms.load(rows).new == 6
        again = rooms.load(rows)
        assert (again.new, again.revised, again.unchanged) == (0, 0, 6)

    def test_a_class_that_is_withdrawn_is_part_of_the_rest(self, rooms: Published) -> None:
        rooms.load(guests(TOTAL=53, a=9, b=28, c=3, d=13), complete=True)
        rooms.load(guests(TOTAL=53, a=9, b=28, d=13), complete=True)
        assert seen(rooms) == {"TOTAL": None, "a": None, "b": 28, "d": 13}


class TestVersions:
    CASES: Mapping[str, tuple[list[list[Row]], dict[str, int | None]]] = {
        "a total that comes later is held against the classes": (
            [guests(a=9, b=28, c=3), guests(TOTAL=40)],
            {"TOTAL": None, "a": 9, "b": 28, "c": None},
        ),
        "classes that come later are held against the total": (
            [guests(TOTAL=40), guests(a=9, b=28, c=3)],
            {"TOTAL": 40, "a": None, "b": 28, "c": None},
        ),
        "people who moved between classes are not told by an older total": (
            [guests(TOTAL=29, a=9, b=20), guests(a=3, b=26)],
            {"TOTAL": 29, "a": None, "b": None},
        ),
        # a may have the number that it had: beside a total that cannot be hidden, b is.
        "a class that has not changed hides no other": (
            [guests(TOTAL=20, a=9, b=5, c=6), guests(a=9, b=10, c=1)],
            {"TOTAL": 20, "a": 9, "b": None, "c": None},
        ),
        # The others may have the numbers that they had, and would tell it.
        "a class that has become small hides the total": (
            [guests(TOTAL=50, a=10, b=40), guests(TOTAL=43, a=3, b=40)],
            {"TOTAL": None, "a": None, "b": 40},
        ),
        # A class that was hidden with it would tell it, if that has not changed.
        "what was hidden beside a total stays hidden": (
            [guests(TOTAL=40, a=9, b=28, c=3), guests(TOTAL=46, a=9, b=28, c=9)],
            {"TOTAL": 46, "a": None, "b": 28, "c": None},
        ),
        # The total minus the class that moved much is the class that moved little.
        "a total does not tell a kept number": (
            [guests(TOTAL=20, a=10, b=10), guests(TOTAL=27, a=12, b=15)],
            {"TOTAL": None, "a": 10, "b": 15},
        ),
        "a total does not tell that a hidden class moved": (
            [guests(TOTAL=40, a=9, b=28, c=3), guests(TOTAL=47, a=9, b=34, c=4)],
            {"TOTAL": None, "a": None, "b": 34, "c": None},
        ),
        # The total came without its class, then the class alone: eleven others, then nine.
        "a class does not tell that the rest of an earlier total moved": (
            [guests(TOTAL=16, a=5, b=1, c=4), guests(TOTAL=44), guests(a=35)],
            {"TOTAL": 44, "a": None, "b": None, "c": None},
        ),
        # Of 70 people nine were not listed; of 60 eleven would be.
        "nor does one that is again what it was beside a total before that": (
            [guests(TOTAL=70, a=36, b=25), guests(TOTAL=60, a=29, b=13), guests(a=36)],
            {"TOTAL": 60, "a": None, "b": 13},
        ),
        "a class that moves much beside an earlier total is shown": (
            [guests(TOTAL=16, a=5, b=1, c=4), guests(TOTAL=44), guests(a=25)],
            {"TOTAL": 44, "a": 25, "b": None, "c": None},
        ),
    }

    def test_later_loads_tell_nothing_with_the_earlier(self, rooms: Published) -> None:
        load_sequences(rooms, [loads for loads, _ in self.CASES.values()])
        found = rooms.now("region_code", "class_code", "guests_foreign")
        for number, (case, (_, shown)) in enumerate(self.CASES.items()):
            assert {c: n for region, c, n in found if region == f"{number}"} == shown, case
        again = rooms.load(in_regions([loads[-1] for loads, _ in self.CASES.values()]))
        assert (again.new, again.revised) == (0, 0)

    def test_a_change_of_few_people_is_no_revision(self, rooms: Published) -> None:
        rooms.load(guests(TOTAL=50, a=10, b=40))
        counts = rooms.load(guests(TOTAL=53, a=12, b=41))
        assert (counts.revised, counts.unchanged) == (0, 3)

    KEPT = (
        ([12], 16, 12), ([12], 17, 17), ([12, 17], 14, 12), ([12, 17], 15, 17), ([12, 17], 11, 12),
        ([12, 17], 12, 12), ([0], 5, 5), ([5], 0, 0),
    )  # fmt: skip

    def test_two_published_numbers_are_five_apart(self, rooms: Published) -> None:
        load_sequences(rooms, [[guests(a=n) for n in (*k, came)] for k, came, _ in self.KEPT])
        found = dict(rooms.now("region_code", "guests_foreign"))
        for number, (known, came, shown) in enumerate(self.KEPT):
            assert found[f"{number}"] == shown, (known, came)


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
    CASES: Sequence[tuple[list[tuple[int, int]], tuple[int | None, int | None]]] = (
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
    )

    def test_neither_who_passed_nor_who_did_not(self, training: Published) -> None:
        load_sequences(training, [[course(*n) for n in came] for came, _ in self.CASES])
        found = {r: n for r, *n in training.now("region_code", "participants", "passed")}
        for number, (came, shown) in enumerate(self.CASES):
            assert tuple(found[f"{number}"]) == shown, came
        again = training.load(in_regions([course(*came[-1]) for came, _ in self.CASES]))
        assert again.unchanged == len(self.CASES)

    def test_neither_foreign_visitors_nor_the_others(self, exhibitions: Published) -> None:
        shown = {97: None, 3: None, 0: 0, 50: 50}
        exhibitions.load(
            in_regions([[{"event_id": "P", "visitors": 100, "visitors_foreign": n}] for n in shown])
        )
        found = exhibitions.now("region_code", "visitors", "visitors_foreign")
        assert found == [(f"{i}", 100, visitors) for i, visitors in enumerate(shown.values())]


def test_a_table_with_a_total_hides_each_count_by_itself() -> None:
    """Classes are chosen for each count; one that hides another would need a second choice."""
    for table in TABLES.values():
        if table.total_of:
            assert table.total_of in table.key_names
            assert all(len(c.hidden) == 1 and not c.whole for c in table.small_cells), table.name
