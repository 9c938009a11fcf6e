"""Loads that are committed together: one commit a table, and each keeps its own fence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from schemas.catalogue import TABLES
from schemas.errors import BusyError, StorageError
from tasks.load.commit import Delta, Fence, Overlap, Prepared, write_together
from tests.unit.warehouse.test_known import RATES, rate
from warehouse import engine
from warehouse.data_files import from_rows, local_path
from warehouse.lake import Lake

pytestmark = pytest.mark.fast

LOADS, CHECKS = TABLES["ops_load"], TABLES["ops_check"]


def prepared(
    lake: Lake, scope: str, number: int, fence: Fence | None = None, keys: Any = None
) -> Prepared:
    known = frozenset(local_path(f).name for f in lake.files(RATES, "toy"))
    delta = Delta("toy", known, frozenset(keys if keys is not None else [number]))
    file = lake.write(RATES, from_rows(RATES, [rate(number, number)]), (number, number), "toy")
    head = {"load_seq": number, "run_id": f"run {number}", "source": "toy", "slice": scope}
    check = {**head, "check_id": "x", "engine": "rules", "column_name": "", "severity": "warn",
             "success": True, "rows_checked": 1, "rows_failed": 0, "detail": "{}"}  # fmt: skip
    row: dict[str, Any] = {
        **head, "table_name": RATES.name, "status": "loaded", "fetched": 1, "new": 1, "revised": 0,
        "unchanged": 0, "deleted": 0, "quarantined": 0, "duplicates": 0, "ignored": 0,
        "recorded_at": rate(1, 1)["recorded_at"],
    }  # fmt: skip
    own = fence or Fence(scope, lake.last(RATES, scope), lake.last(LOADS, scope))
    return Prepared(
        RATES, own, number, None, file, {"ops_check": [check], "ops_raw": []}, row, delta
    )


def finished(lake: Lake, folder: Path) -> list[tuple[int, int]]:
    """Number and rows of each load that readers see."""
    con = engine.connect(folder / "reader")
    lake.view(con, RATES, "found", source="toy")
    rows = con.execute("SELECT load_seq, count(*) FROM found GROUP BY 1 ORDER BY 1").fetchall()
    con.close()
    return rows


def test_some_loads_are_one_commit_of_each_table(lake: Lake, tmp_path: Path) -> None:
    before = {t.name: lake.version(t) for t in (RATES, LOADS, CHECKS)}
    loads = [prepared(lake, f"toy/{n}", n) for n in (3, 1, 2)]
    assert write_together(lake, loads) == [None, None, None]
    assert {t.name: lake.version(t) for t in (RATES, LOADS, CHECKS)} == {
        name: version + 1 for name, version in before.items()
    }
    assert finished(lake, tmp_path) == [(1, 1), (2, 1), (3, 1)]
    assert [lake.last(LOADS, f"toy/{n}") for n in (1, 2, 3, 4)] == [1, 2, 3, 0]


def test_a_scope_that_was_overtaken_is_left_out_and_the_others_go_on(
    lake: Lake, tmp_path: Path
) -> None:
    written: dict[str, Delta] = {}
    late = prepared(lake, "toy/1", 1)
    other = prepared(lake, "toy/2", 2)
    assert write_together(lake, [prepared(lake, "toy/1", 5)], written=written) == [None]
    first, second = write_together(lake, [late, other], written=written)
    assert isinstance(first, BusyError)
    assert first.code == "overtaken"
    assert second is None
    assert finished(lake, tmp_path) == [(2, 1), (5, 1)]


def test_a_number_that_the_lake_has_is_refused(lake: Lake, tmp_path: Path) -> None:
    assert write_together(lake, [prepared(lake, "toy/1", 5)]) == [None]
    number_again = prepared(lake, "toy/1", 4, Fence("toy/1", 5, 5))
    (error,) = write_together(lake, [number_again])
    assert isinstance(error, StorageError)
    assert error.code == "number_used"
    assert finished(lake, tmp_path) == [(5, 1)]


@pytest.mark.parametrize(
    "point", ["quarantine_written", "before_commit", "figures_written", "after_commit"]
)
def test_ended_at_any_point_all_or_none_of_the_loads_exist(
    lake: Lake, tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(name: str) -> None:
        if name == point:
            raise KeyboardInterrupt

    monkeypatch.setattr("tasks.load.commit.failpoint", stop)
    with pytest.raises(KeyboardInterrupt):
        write_together(lake, [prepared(lake, f"toy/{n}", n) for n in (1, 2)])
    done = [(1, 1), (2, 1)] if point == "after_commit" else []
    assert finished(lake, tmp_path) == done
    monkeypatch.undo()
    again = [prepared(lake, f"toy/{n}", n + 10) for n in (1, 2)]
    assert write_together(lake, again) == [None, None]
    assert finished(lake, tmp_path) == [*done, (11, 1), (12, 1)]


class TestOverlap:
    """Two slices of a source whose answers share a key (a case of the 31st of December)."""

    def test_the_second_of_a_group_is_compared_again(self, lake: Lake, tmp_path: Path) -> None:
        loads = [prepared(lake, f"toy/{n}", n, keys=[n, 99]) for n in (1, 2)]
        other = prepared(lake, "toy/3", 3)
        first, second, third = write_together(lake, [*loads, other])
        assert (first, third) == (None, None)
        assert isinstance(second, Overlap)
        assert finished(lake, tmp_path) == [(1, 1), (3, 1)]

    def test_so_is_one_whose_diff_is_older_than_a_load_with_its_key(
        self, lake: Lake, tmp_path: Path
    ) -> None:
        written: dict[str, Delta] = {}
        late = [prepared(lake, "toy/2", 2, keys=[5]), prepared(lake, "toy/3", 3, keys=[6])]
        earlier = prepared(lake, "toy/1", 1, keys=[5])
        assert write_together(lake, [earlier], written=written) == [None]
        first, second = write_together(lake, late, written=written)
        assert isinstance(first, Overlap)
        assert second is None
        again = prepared(lake, "toy/2", 4, keys=[5])  # the diff has seen the other now
        assert write_together(lake, [again], written=written) == [None]
        assert finished(lake, tmp_path) == [(1, 1), (3, 1), (4, 1)]

    def test_a_load_of_another_process_may_have_any_key(self, lake: Lake) -> None:
        late = prepared(lake, "toy/2", 2, keys=[5])
        assert write_together(lake, [prepared(lake, "toy/1", 1, keys=[6])]) == [None]
        (error,) = write_together(lake, [late], written={})
        assert isinstance(error, Overlap)
