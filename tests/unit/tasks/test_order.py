"""The newest slices first, and history in the order in which it happened."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pytest

from tasks.ingest.order import in_turn
from tasks.outcome import Task
from tasks.slices import Slice

pytestmark = pytest.mark.fast


def years(*labels: int, dataset: str = "annual") -> list[Task]:
    return [
        Task("toy", Slice("toy", dataset, str(y), date(y, 1, 1), date(y, 12, 31), ()))
        for y in labels
    ]


def order(tasks: list[Task], loaded: Collection[str] = ()) -> list[str]:
    return [t.slice.name for t in in_turn(tasks, lambda _: loaded)]


def test_what_was_loaded_is_asked_for_newest_first() -> None:
    loaded = {"annual/2023", "annual/2024", "annual/2025"}
    assert order(years(2023, 2024, 2025), loaded) == ["annual/2025", "annual/2024", "annual/2023"]


def test_a_new_year_comes_first() -> None:
    loaded = {"annual/2024", "annual/2025"}
    assert order(years(2024, 2025, 2026), loaded)[0] == "annual/2026"


def test_history_that_was_never_loaded_comes_in_its_order_after_what_was() -> None:
    assert order(years(2020, 2021, 2022)) == ["annual/2020", "annual/2021", "annual/2022"]
    found = order(years(2020, 2021, 2024, 2025), {"annual/2024", "annual/2025"})
    assert found == ["annual/2025", "annual/2024", "annual/2020", "annual/2021"]


def test_a_thousand_late_slices_are_each_asked_for_once() -> None:
    """After a month off: each dataset in its place, nothing twice, nothing lost."""
    tasks = [t for n in range(40) for t in years(*range(2002, 2027), dataset=f"d{n:02d}")]
    loaded = {t.slice.name for t in tasks if t.slice.label != "2026"}
    found = order(tasks, loaded)
    assert len(found) == 1000 == len(set(found))
    assert found[::25] == [f"d{n:02d}/2026" for n in range(40)]
