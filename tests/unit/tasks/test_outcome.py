"""The counts of a load add up, and one that does not is never written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, cast

import pytest

from config.source import Source
from schemas.errors import PenataranError
from tasks.load.commit import Delta, Fence, write_alone
from tasks.load.record import Evidence, Load, Provenance, Record, prepare
from tasks.outcome import Counts, Loaded
from tasks.read.staging import Staged
from tasks.slices import Slice
from tests.conftest import TOY
from warehouse.contents import Part
from warehouse.data_files import File
from warehouse.lake import Addition, Lake

pytestmark = pytest.mark.fast

NINE = Counts(
    fetched=21, new=1, revised=2, unchanged=3, deleted=9, quarantined=4, duplicates=5, ignored=6
)


class TestCounts:
    @pytest.mark.parametrize(
        ("counts", "balanced"),
        [
            (Counts(), True),
            (NINE, True),
            (Counts(deleted=3), True),  # what is withdrawn did not arrive
            (Counts(fetched=1), False),
            (Counts(new=1), False),
            (Counts(revised=1), False),
            (Counts(unchanged=1), False),
            (Counts(quarantined=1), False),
            (Counts(duplicates=1), False),
            (Counts(ignored=1), False),
        ],
    )
    def test_every_received_row_is_one_thing(self, counts: Counts, balanced: bool) -> None:
        assert counts.is_balanced is balanced

    def test_what_they_say_together(self) -> None:
        assert (NINE.good, NINE.changed) == (6, 12)

    def test_their_sum_is_the_sum_of_each(self) -> None:
        both = NINE + Counts(fetched=2, new=2, deleted=1)
        assert both == Counts(23, 3, 2, 3, 10, 4, 5, 6)
        assert both.is_balanced

    def test_the_same_bytes_again_change_nothing(self) -> None:
        again = NINE.all_unchanged()
        assert again == Counts(fetched=21, unchanged=6, quarantined=4, duplicates=5, ignored=6)
        assert again.changed == 0
        assert again.is_balanced

    def test_differences_name_what_differs_from_ours_to_theirs(self) -> None:
        assert Counts(fetched=3, new=3).differences(Counts(fetched=3, new=2, quarantined=1)) == [
            "new 3 -> 2", "quarantined 0 -> 1",
        ]  # fmt: skip
        assert NINE.differences(NINE) == []

    def test_a_row_of_the_operations_tables_holds_them(self) -> None:
        assert Counts.from_row({**NINE.as_dict(), "load_seq": 7}) == NINE
        assert Counts(**NINE.as_dict()) == NINE


class TestLoaded:
    @pytest.mark.parametrize(
        ("first", "second", "both"),
        [
            ("loaded", "loaded", "loaded"),
            ("loaded", "unchanged", "loaded"),
            ("unchanged", "loaded", "loaded"),
            ("unchanged", "unchanged", "unchanged"),
        ],
    )
    def test_two_loads_of_a_slice_are_told_as_one(
        self,
        first: Literal["loaded", "unchanged"],
        second: Literal["loaded", "unchanged"],
        both: str,
    ) -> None:
        sum_ = Loaded(NINE, first, ("a",)) + Loaded(NINE, second, ("b", "c"))
        assert (sum_.counts, sum_.status, sum_.raw_sha256) == (NINE + NINE, both, ("a", "b", "c"))

    def test_nothing_and_a_load_is_the_load(self) -> None:
        loaded = Loaded(NINE, "loaded", ("a",))
        assert Loaded() + loaded == loaded

    def test_as_json_it_stays_the_same(self) -> None:
        loaded = Loaded(NINE, "loaded", ("a", "b"))
        assert Loaded.from_dict(loaded.as_dict()) == loaded


class NotedLake:
    """Notes into which tables a load was written, in order."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def last(self, _table: Any, _application: str) -> int:
        return 0

    def files(self, _table: Any, _source: str) -> list[str]:
        return []

    def write(self, table: Any, _write: Any, *_more: Any) -> File:
        return File(Path(table.name), 1, None)

    def commit(self, table: Any, additions: Sequence[Addition], **_more: Any) -> list[Part]:
        self.written.append(table.name)
        return [Part(table.name, 1, "") for _ in additions]


class TestCommit:
    SOURCE = Source(code="toy", **TOY)
    SLICE = Slice("toy", "daily", "all", date(2020, 1, 1), date(2026, 11, 24), ())

    def commit(self, counts: Counts, *, refused: bool = False) -> list[str]:
        """The tables that the commit wrote; none if it was refused."""
        lake = NotedLake()
        record = Record(
            Load(7, datetime(2026, 11, 24, tzinfo=UTC), "run", self.SLICE, "revised_by_source"),
            counts,
            Evidence([{"check_id": "rule"}], [{"raw_sha256": "a"}]),
            Provenance("declaration", "reader", "codes", "", "{}", ("a",)),
            refused=refused,
        )
        staged = Staged((), (), ("a",))
        nowhere = cast(Any, None)  # without refused rows the connection is used when writing
        fence = Fence("toy/daily", 0, 0)
        self.lake = lake
        prepared = prepare(
            nowhere, cast(Lake, lake), self.SOURCE, staged, fence, record, delta=Delta("toy")
        )
        write_alone(cast(Lake, lake), prepared)
        return lake.written

    def test_the_loads_own_row_comes_last(self) -> None:
        assert self.commit(Counts(fetched=1, new=1)) == [
            "ops_check", "ops_raw", "core_exchange__rates", "ops_load",
        ]  # fmt: skip

    def test_without_news_no_figures_are_written(self) -> None:
        assert self.commit(Counts(fetched=1, unchanged=1)) == ["ops_check", "ops_raw", "ops_load"]

    def test_a_refused_batch_writes_no_figures(self) -> None:
        written = self.commit(Counts(fetched=1, new=1), refused=True)
        assert written == ["ops_check", "ops_raw", "ops_load"]

    @pytest.mark.parametrize("refused", [False, True])
    def test_counts_that_do_not_add_up_write_nothing_at_all(self, refused: bool) -> None:
        with pytest.raises(PenataranError, match="do not add up") as fault:
            self.commit(Counts(fetched=2, new=1), refused=refused)
        assert fault.value.code == "internal"
        assert fault.value.where == "toy/daily/all"
        assert self.lake.written == []
