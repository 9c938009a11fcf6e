"""An attacker with every version of the open data: it tells no small count, and no change of one.

Registers grow over several loads, and only some loads have a release. The attacker keeps all files
of every release, and has from `changes` also the values between them. The truth is used to see
whether a conclusion is right.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any, cast

import pytest

from config import settings as environment
from config.settings import Settings
from flows import open_data
from reports.drawn import Studio
from reports.licence_gate import LicenceGate, public_figures
from reports.public_tables import PublicTable, _of_figure, public_table
from schemas.model import SMALL
from tests.unit.conftest import SmallWarehouse
from tests.unit.tasks.read.published import Published, Row
from tests.unit.tasks.read.test_small_counts_attacked import (
    CHANGES,
    CLASSES,
    PEOPLE,
    TOTAL,
    Attack,
    AttackOnPart,
)

TRAINING = "core_capacity__training"
ROOMS = "core_tourism__accommodation"
MONTH = date(2025, 8, 1)
COUNTS = frozenset({"participants", "passed", "guests_foreign", "guests_domestic"})


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    (tmp_path / "exports").mkdir()
    return environment.load({"PENATARAN_HOME": str(tmp_path)}, profile="live")


@pytest.fixture(autouse=True)
def tables_with_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """To make every mart takes these small warehouses half a minute."""

    def few(studio: Studio, gate: LicenceGate) -> Iterator[PublicTable]:
        drawn = public_figures(studio, gate, "training")
        found = [_of_figure(d) for d in drawn if d.rows]
        found += [public_table(name, studio, gate) for name in (TRAINING, ROOMS)]
        return (table for table in found if table.rows)

    monkeypatch.setattr(open_data, "public_tables", few)


@dataclass
class Office:
    """Loads of one register, and the releases that people have kept."""

    register: Published
    tables: SmallWarehouse
    settings: Settings
    kept: dict[int, dict[str, list[dict[str, str]]]] = field(default_factory=dict)  # by load
    changelogs: list[str] = field(default_factory=list)

    def load(self, rows: list[Row]) -> None:
        self.register.load(rows)
        name, con = self.register.table.name, self.tables.con
        moment = "TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_days({}::INTEGER)"
        now = moment.format("load_seq")
        self.tables.insert("ops_load", load_seq=self.register.load_seq)
        found = self.register.con.sql(
            f"SELECT * REPLACE ({now} AS recorded_at), CASE WHEN change_reason <> 'first' THEN "
            f"'revised_by_source' ELSE 'first' END AS reason, lead({now}) OVER (PARTITION BY "
            f"{', '.join(self.register.table.key_names)} ORDER BY load_seq) AS superseded_at "
            f"FROM versions_of_all"
        ).to_arrow_table()
        con.register("published", found)
        versions = self.register.table.vintages_name
        con.execute(f"DELETE FROM {name}")
        con.execute(f"DELETE FROM {versions}")
        con.execute(f"INSERT INTO {versions} BY NAME SELECT * EXCLUDE (change_reason, reason), "
                    "reason AS change_reason FROM published")  # fmt: skip
        columns = ", ".join(f.name for f in self.register.table.current_fields())
        con.execute(f"INSERT INTO {name} BY NAME SELECT {columns}, NULL AS stale_since FROM "
                    "published WHERE superseded_at IS NULL AND NOT is_deleted")  # fmt: skip
        con.unregister("published")

    def release(self) -> None:
        found = Path(open_data.release(cast("Any", self.tables), self.settings)["folder"])
        self.kept[self.register.load_seq] = {
            p.stem: list(csv.DictReader(io.StringIO(p.read_text(), newline="")))
            for p in (found / "data").glob("*.csv")
        }
        self.changelogs.append((found / "CHANGELOG.md").read_text())

    @property
    def changes(self) -> list[dict[str, str]]:
        """All that any release said of changes."""
        found = [row for files in self.kept.values() for row in files.get("changes", [])]
        return list({(r["row_key"], r["load_seq"]): r for r in found}.values())


@pytest.fixture
def office(
    request: pytest.FixtureRequest, tables: SmallWarehouse, here: Settings, tmp_path: Path
) -> Iterator[Office]:
    tables.insert("ref_source", source="reference_source", source_code="sender", licence="L",
                  redistribution="open")  # fmt: skip
    register = Published(tmp_path, request.param)
    yield Office(register, tables, here)
    register.con.close()


def number(text: str) -> int | None:
    return int(Decimal(text)) if text else None


def small_numbers(office: Office) -> list[str]:
    """Counts of fewer than five in any file, and numbers of the changelog that no file has."""
    found = [
        f"load {load}: {name} has {column} {row[column]}"
        for load, files in office.kept.items()
        for name, rows in files.items()
        for row in rows
        for column in COUNTS & row.keys()
        if 0 < (number(row[column]) or 0) < SMALL
    ]
    values = {f"{int(Decimal(row[side]))}" for row in office.changes
              for side in ("value_before", "value_after") if row[side]}  # fmt: skip
    for text in office.changelogs:
        shown = re.findall(r"^- (\d+|–) → (\d+|–) ", text, re.MULTILINE)
        found += [f"the changelog has {n}" for pair in shown for n in pair
                  if n not in ("–", *values)]  # fmt: skip
    return found


def told_by_change(row: Mapping[str, str]) -> bool:
    """Whether a change is other than that of the two numbers beside it, hidden ones being zero."""
    before, after = number(row["value_before"]), number(row["value_after"])
    change = number(row["change"]) or 0
    return row["measure"] in COUNTS and change != (after or 0) - (before or 0)


# --- a whole and its part -----------------------------------------------------------------


def courses(office: Office, seed: int, number_of: int) -> dict[str, list[tuple[int, int]]]:
    """Participants and passed of each course after each load; every second load is released."""
    chance = random.Random(seed)
    truth: dict[str, list[tuple[int, int]]] = {f"K{n}": [] for n in range(number_of)}
    for load in range(6):
        for numbers in truth.values():
            whole = numbers[-1][0] + chance.choice(CHANGES) if numbers else chance.choice(PEOPLE)
            part = numbers[-1][1] + chance.choice(CHANGES) if numbers else chance.choice(PEOPLE)
            numbers.append((max(0, whole), min(max(0, part), max(0, whole))))
        office.load(
            [{"region_code": "3505", "course_id": name, "period_start": MONTH, "topic": "bahasa",
              "participants": numbers[-1][0], "passed": numbers[-1][1]}
             for name, numbers in truth.items()]
        )  # fmt: skip
        if load % 2:
            office.release()
    return truth


def seen_of(office: Office, course: str) -> list[tuple[int | None, int | None]]:
    """Participants and passed of a course in every release."""
    return [
        (number(row["participants"]), number(row["passed"]))
        for files in office.kept.values()
        for row in files[TRAINING]
        if row["course_id"] == course
    ]


def small_moves(office: Office) -> list[str]:
    """Two numbers of participants of a course, of whatever loads, that are close to each other."""
    told: dict[str, set[int]] = {}
    for row in office.changes:
        values = (number(row["value_before"]), number(row["value_after"]))
        told.setdefault(row["row_key"], set()).update(v for v in values if v is not None)
    return [
        f"{key}: {one} and {other}"
        for key, values in told.items()
        for one, other in combinations(values, 2)
        if abs(one - other) < SMALL
    ]


@pytest.mark.slow
@pytest.mark.parametrize("office", [TRAINING], indirect=True)
@pytest.mark.parametrize("seed", range(2))
def test_no_release_tells_a_part_or_its_complement(office: Office, seed: int) -> None:
    truth = courses(office, seed, number_of=150)
    assert len(office.kept) == 3
    assert any(r["measure"] == "participants" and r["value_before"] for r in office.changes)
    assert {"figure_training", TRAINING} <= office.kept[6].keys()
    assert small_numbers(office) == []
    assert small_moves(office) == []
    assert [r for r in office.changes if told_by_change(r)] == []
    found = [
        f"{course}: {text}; seen {seen}; true {numbers}"
        for course, numbers in truth.items()
        for seen in [seen_of(office, course)]
        for text in AttackOnPart(seen, numbers[1::2]).run()
    ]
    assert found == []


@pytest.mark.parametrize("office", [TRAINING], indirect=True)
def test_what_is_hidden_later_keeps_its_number_to_itself(office: Office) -> None:
    """Shown in the first version and hidden in the second: the first number is public, and stays
    the last. A hidden number that moves is no change at all."""
    course = {"region_code": "3505", "course_id": "K", "period_start": MONTH, "topic": "bahasa"}
    for load, (participants, passed) in enumerate(((12, 6), (3, 2), (4, 1), (2, 0))):
        office.load([{**course, "participants": participants, "passed": passed}])
        if load != 2:
            office.release()
    first, *later = office.kept.values()
    assert [r["participants"] for r in first[TRAINING]] == ["12"]
    for files in later:
        assert [(r["participants"], r["passed"]) for r in files[TRAINING]] == [("", "")]
        assert [r["participants"] for r in files["figure_training"]] == [""]
        (change,) = files["changes"]
        assert [number(change[n]) for n in ("value_before", "value_after")] == [12, None]
        assert number(change["change"]) == -12  # as if it was withdrawn, whatever is left of it
    assert "12 → –" in office.changelogs[1]
    assert small_numbers(office) == []


# --- classes and their total --------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("office", [ROOMS], indirect=True)
@pytest.mark.parametrize("seed", range(2))
def test_no_release_tells_a_class_of_a_total(office: Office, seed: int) -> None:
    chance = random.Random(seed)
    truth: dict[str, list[dict[str, int]]] = {f"{3501 + n}": [] for n in range(60)}
    for load in range(4):
        rows = []
        for region, numbers in truth.items():
            before = numbers[-1] if numbers else None
            now = {c: max(0, before[c] + chance.choice(CHANGES)) if before else
                   chance.choice(PEOPLE) for c in CLASSES}  # fmt: skip
            numbers.append(now)
            listed = {TOTAL: sum(now.values()), **{c: now[c] for c in CLASSES[:-1]}}
            rows += [
                {"source_org": "office", "region_code": region, "frequency": "M",
                 "period_start": MONTH, "class_code": name, "guests_foreign": guests,
                 "room_occupancy_percent": Decimal(50 + load)}
                for name, guests in listed.items()
            ]  # fmt: skip
        office.load(rows)
        if load != 1:
            office.release()
    assert {r["measure"] for r in office.changes} == {"room_occupancy_percent"}
    assert small_numbers(office) == []
    kept = list(office.kept)
    found = [
        f"{region}: {text}"
        for region, numbers in truth.items()
        for seen in [[_classes(office.kept[load][ROOMS], region) for load in kept]]
        for text in Attack(seen, [numbers[load - 1] for load in kept], [set(s) for s in seen]).run()
    ]
    assert found == []


def _classes(rows: list[dict[str, str]], region: str) -> dict[str, int | None]:
    return {r["class_code"]: number(r["guests_foreign"]) for r in rows
            if r["region_code"] == region}  # fmt: skip
