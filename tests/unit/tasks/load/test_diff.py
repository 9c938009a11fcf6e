"""What a staged slice changes, on tables of three rows: beside each versions the lake holds,
the rows that were staged, and what the load would write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from config.source import Source
from schemas.catalogue import TABLES
from schemas.errors import DataError
from schemas.model import Severity
from schemas.rules import Rule
from tasks.landing.manifest import Generation
from tasks.load import diff as diffing
from tasks.load.diff import diff
from tasks.outcome import Counts
from tasks.read.staging import Staged
from tasks.slices import Slice
from tests.conftest import TOY
from warehouse import engine
from warehouse.data_files import from_rows
from warehouse.lake import Lake

pytestmark = pytest.mark.fast

TABLE = TABLES["core_exchange__rates"]
COLUMNS = (*(f.name for f in TABLE.body()), "release_stage", "value_status")
RULES = (
    Rule("out_of_range", "rate", "rate <= 0", "> 0", Severity.QUARANTINE),
    Rule("odd", "rate", "rate = 13", "not 13", Severity.WARN),
)
REFUSED, WARNED = 1, 2  # bits of `_broken`
START = datetime(2026, 11, 1, tzinfo=UTC)
YEAR_2026 = Slice("toy", "daily", "2026", date(2026, 1, 1), date(2026, 12, 31), (), yearly=True)


@dataclass(frozen=True)
class Rate:
    """A rate of the dollar on one day: a row that was staged, or a version of the lake."""

    day: str  # of 2026, `01-05`
    value: int | None
    currency: str | None = "IDR"
    stage: str = "final"
    deleted: bool = False
    broken: int = 0
    ignored: bool = False
    duplicate: bool = False
    year: int = 2026

    def as_row(self) -> dict[str, Any]:
        return {
            "rate_date": date.fromisoformat(f"{self.year}-{self.day}"),
            "base_currency": "USD",
            "quote_currency": self.currency,
            "rate_type": "reference",
            "rate": None if self.value is None else Decimal(self.value),
            "release_stage": self.stage,
            "value_status": "missing" if self.value is None else "observed",
        }


def gone(day: str, value: int, **more: Any) -> Rate:
    return Rate(day, value, deleted=True, **more)


@dataclass
class World:
    """A lake with the toy source's versions, and a connection in which its rows are staged."""

    lake: Lake
    con: duckdb.DuckDBPyConnection
    ragged: bool = False
    asked: dict[str, Sequence[str]] = field(default_factory=dict)
    source: Source = field(
        default_factory=lambda: Source(
            code="toy", **{**TOY, "coverage": {"absence": "withdrawn", "max_deleted_share": 0.5}}
        )
    )

    def load(self, number: int, *versions: Rate, source: str = "toy") -> None:
        """A finished load: its versions first, its own row last."""
        said = {"load_seq": number, "run_id": "run", "recorded_at": START + timedelta(number)}
        rows = [
            {**v.as_row(), **said, "source": source, "raw_sha256": "a", "is_deleted": v.deleted,
             "change_reason": "first"}
            for v in versions
        ]  # fmt: skip
        self._append("core_exchange__rates", rows, number, source)
        self._append("ops_load", [{**said, "source": source}], number, source)

    def _append(self, name: str, rows: list[dict[str, Any]], number: int, source: str) -> None:
        table = TABLES[name]
        self.lake.append(
            table, from_rows(table, rows), application=source, load_seq=number, source=source
        )

    def stage(self, *rows: Rate) -> Staged:
        """Table `typed`, as the reading step leaves it."""
        types = ", ".join(
            f"{n} {'DATE' if n == 'rate_date' else 'DECIMAL(24,10)' if n == 'rate' else 'VARCHAR'}"
            for n in COLUMNS
        )
        self.con.execute(
            f"CREATE TABLE typed (_generation INTEGER, _raw INTEGER, _row BIGINT, {types}, "
            "_broken BIGINT, _ignored BOOLEAN, _record VARCHAR, _duplicate BOOLEAN)"
        )
        for number, row in enumerate(rows):
            self.con.execute(
                f"INSERT INTO typed VALUES (0, 0, ?{', ?' * len(COLUMNS)}, ?, ?, NULL, ?)",
                [number, *row.as_row().values(), row.broken, row.ignored, row.duplicate],
            )
        ragged = [("a", 9, "two fields", "01-09,")] if self.ragged else []
        refused = [r for r in rows if r.broken & REFUSED and not (r.ignored or r.duplicate)]
        ignored = sum(r.ignored for r in rows)
        duplicates = sum(r.duplicate for r in rows)
        return Staged(
            RULES,
            COLUMNS,
            ("a",),
            fetched=len(rows) + len(ragged),
            good=len(rows) - len(refused) - ignored - duplicates,
            quarantined=len(refused) + len(ragged),
            duplicates=duplicates,
            ignored=ignored,
            ragged=ragged,
        )

    def diff(self, *rows: Rate, complete: bool = True, **options: Any) -> Counts:
        generation = Generation(YEAR_2026, (), complete, self.asked)
        return diff(self.con, self.lake, self.source, self.stage(*rows), [generation], **options)

    def delta(self) -> list[tuple[str, str, int | None, str, bool]]:
        """kind, day, rate, stage and whether it is withdrawn, of what would be written."""
        found = self.con.execute(
            "SELECT kind, strftime(rate_date, '%m-%d'), CAST(rate AS INTEGER), release_stage, "
            "is_deleted FROM delta ORDER BY ALL"
        ).fetchall()
        return [tuple(row) for row in found]


@pytest.fixture
def world(lake: Lake, tmp_path: Path) -> Iterator[World]:
    con = engine.connect(tmp_path / "duckdb")
    yield World(lake, con)
    con.close()


def three_values(columns: Sequence[str]) -> str:
    return f"(hash({', '.join(columns)}) % 3)"


def one_value(_columns: Sequence[str]) -> str:
    return "1::UBIGINT"


@pytest.fixture(
    params=[
        pytest.param((None, 1_500_000), id="as it is"),
        pytest.param((three_values, 1), id="three numbers, many passes", marks=pytest.mark.wide),
        pytest.param((one_value, 1_500_000), id="one number", marks=pytest.mark.slow),
        pytest.param((None, 1), id="many passes", marks=pytest.mark.slow),
    ],
)
def anyhow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Colliding key numbers and several passes change nothing but the time."""
    number, pass_rows = request.param
    if number:
        monkeypatch.setattr(engine, "number_of", number)
    monkeypatch.setattr(diffing, "PASS_ROWS", pass_rows)


Loads = list[tuple[Rate, ...]]
A, B = Rate("01-05", 1), Rate("01-05", 2)
EARLY_A, EARLY_B = Rate("01-05", 1, stage="preliminary"), Rate("01-05", 2, stage="preliminary")
OTHER = Rate("01-06", 7)
# name: versions of loads 1, 2, ...; rows staged now; what is written.
CASES: dict[str, tuple[Loads, list[Rate], list[tuple[str, str, int | None, str, bool]]]] = {
    "unchanged": ([(A, OTHER)], [A, OTHER], []),
    "revised": ([(A, OTHER)], [B, OTHER], [("revised", "01-05", 2, "final", False)]),
    "a new key beside a known one": (
        [(A,)], [A, OTHER], [("first", "01-06", 7, "final", False)]),
    "a value that went missing": (
        [(A,)], [Rate("01-05", None)], [("revised", "01-05", None, "final", False)]),
    "missing as before": ([(Rate("01-05", None),)], [Rate("01-05", None)], []),
    "back to what it was before": (
        [(A,), (B,)], [A], [("revised", "01-05", 1, "final", False)]),
    "still what it became": ([(A,), (B,)], [B], []),
    "there and back again": ([(A,), (B,), (A,)], [A], []),
    "a final after a preliminary": (
        [(EARLY_A,)], [A], [("revised", "01-05", 1, "final", False)]),
    "a preliminary after a final": (
        [(A,)], [EARLY_B], [("revised", "01-05", 2, "preliminary", False)]),
    "a preliminary that is known": ([(EARLY_A,), (B,)], [EARLY_A], []),
    "another preliminary than the one known": (
        [(EARLY_A,), (B,)], [EARLY_B], [("revised", "01-05", 2, "preliminary", False)]),
    "both stages of a new key": (
        [(OTHER,)], [EARLY_A, B, OTHER],
        [("first", "01-05", 1, "preliminary", False), ("first", "01-05", 2, "final", False)]),
    "both stages, one revised": (
        [(EARLY_A, A)], [EARLY_A, B], [("revised", "01-05", 2, "final", False)]),
    "withdrawn and come back": (
        [(A,), (gone("01-05", 1),)], [A], [("revised", "01-05", 1, "final", False)]),
    "come back at a lower stage": (
        [(A,), (gone("01-05", 1),)], [EARLY_A], [("revised", "01-05", 1, "preliminary", False)]),
    "known since it came back": ([(A,), (gone("01-05", 1),), (A,)], [A], []),
    "revised since it came back": (
        [(A,), (gone("01-05", 1),), (A,)], [B], [("revised", "01-05", 2, "final", False)]),
}  # fmt: skip


class TestNewAndRevised:
    @pytest.mark.parametrize("case", CASES)
    @pytest.mark.usefixtures("anyhow")
    def test_a_row_is_compared_with_its_own_stage(self, world: World, case: str) -> None:
        loads, staged, written = CASES[case]
        for number, versions in enumerate(loads, 1):
            world.load(number, *versions)
        counts = world.diff(*staged)
        assert world.delta() == written
        kinds = [kind for kind, *_ in written]
        assert (counts.new, counts.revised) == (kinds.count("first"), kinds.count("revised"))
        assert counts.unchanged == len(staged) - len(written)
        assert counts.is_balanced

    def test_everything_is_new_in_the_first_load(self, world: World) -> None:
        counts = world.diff(A, OTHER)
        assert counts == Counts(fetched=2, new=2)
        assert [kind for kind, *_ in world.delta()] == ["first", "first"]

    @pytest.mark.parametrize("known", [False, True])
    def test_rows_that_may_not_be_loaded_change_nothing(self, world: World, known: bool) -> None:
        if known:
            world.load(1, A)
        counts = world.diff(
            A,
            Rate("01-06", -1, broken=REFUSED),
            Rate("01-07", 13, broken=WARNED),  # a warning does not stop a row
            Rate("01-08", 8, ignored=True),
            Rate("01-05", 1, duplicate=True),
        )
        assert {day for _, day, *_ in world.delta()} == ({"01-07"} if known else {"01-05", "01-07"})
        assert counts == Counts(
            fetched=5, new=1 if known else 2, unchanged=1 if known else 0, quarantined=1,
            duplicates=1, ignored=1,
        )  # fmt: skip

    def test_another_source_says_nothing_of_this_one(self, world: World) -> None:
        world.load(1, A, source="other")
        assert world.diff(A) == Counts(fetched=1, new=1)

    def test_a_load_that_never_finished_is_not_known(self, world: World) -> None:
        world.load(1, OTHER)
        said = {"load_seq": 2, "run_id": "run", "recorded_at": START, "source": "toy",
                "raw_sha256": "a", "is_deleted": False, "change_reason": "first"}  # fmt: skip
        world._append("core_exchange__rates", [{**A.as_row(), **said}], 2, "toy")
        assert world.diff(A, OTHER) == Counts(fetched=2, new=1, unchanged=1)


@pytest.mark.usefixtures("anyhow")
class TestWithdrawals:
    """Days 5 to 8 of January are known; a complete answer of 2026 lacks some."""

    KNOWN = [Rate(f"01-0{d}", d) for d in (5, 6, 7, 8)]
    WITHDRAWN = [("withdrawn", "01-08", 8, "final", True)]

    @pytest.fixture(autouse=True)
    def _four_days_are_known(self, world: World) -> None:
        world.load(1, *self.KNOWN)

    def test_what_a_complete_answer_lacks_is_withdrawn(self, world: World) -> None:
        assert world.diff(*self.KNOWN[:3]) == Counts(fetched=3, unchanged=3, deleted=1)
        assert world.delta() == self.WITHDRAWN

    def test_an_increment_withdraws_nothing(self, world: World) -> None:
        assert world.diff(*self.KNOWN[:3], complete=False).deleted == 0

    def test_a_source_whose_absence_means_nothing_withdraws_nothing(self, world: World) -> None:
        world.source = Source(code="toy", **{**TOY, "coverage": {"absence": "nothing"}})
        assert world.diff(*self.KNOWN[:3]).deleted == 0

    def test_what_lies_outside_the_slice_stays(self, world: World) -> None:
        world.load(2, Rate("12-31", 3, year=2025), Rate("01-01", 4, year=2027))
        assert world.diff(*self.KNOWN[:3]).deleted == 1
        assert world.delta() == self.WITHDRAWN

    def test_what_was_not_asked_for_stays(self, world: World) -> None:
        world.load(2, Rate("01-05", 3, currency="JPY"))
        world.asked = {"quote_currency": ["IDR", "AUD"]}
        assert world.diff(*self.KNOWN[:3]).deleted == 1
        assert world.delta() == self.WITHDRAWN

    def test_what_is_withdrawn_already_is_not_withdrawn_again(self, world: World) -> None:
        world.load(2, gone("01-08", 8))
        assert world.diff(*self.KNOWN[:3]) == Counts(fetched=3, unchanged=3)

    def test_all_stages_of_a_key_are_withdrawn_at_once(self, world: World) -> None:
        world.load(2, Rate("01-08", 9, stage="preliminary"))
        assert world.diff(*self.KNOWN[:3]).deleted == 1
        assert world.delta() == self.WITHDRAWN  # the one that readers saw

    def test_another_stage_of_a_key_keeps_it(self, world: World) -> None:
        counts = world.diff(*self.KNOWN[:3], Rate("01-08", 8, stage="preliminary"))
        assert (counts.revised, counts.deleted) == (1, 0)

    def test_a_refused_row_counts_as_present(self, world: World) -> None:
        counts = world.diff(*self.KNOWN[:3], Rate("01-08", -1, broken=REFUSED))
        assert (counts.quarantined, counts.deleted) == (1, 0)

    @pytest.mark.parametrize("how", ["ignored", "duplicate"])
    def test_a_row_that_does_not_count_is_not_present(self, world: World, how: str) -> None:
        assert world.diff(*self.KNOWN[:3], Rate("01-08", 8, **{how: True})).deleted == 1

    def test_a_refused_row_without_a_key_could_be_any(self, world: World) -> None:
        nameless = Rate("01-08", 8, currency=None, broken=REFUSED)
        assert world.diff(*self.KNOWN[:3], nameless).deleted == 0

    def test_a_line_that_is_no_row_could_be_any(self, world: World) -> None:
        world.ragged = True
        counts = world.diff(*self.KNOWN[:3])
        assert (counts.quarantined, counts.deleted) == (1, 0)

    def test_half_may_go(self, world: World) -> None:
        assert world.diff(*self.KNOWN[:2]).deleted == 2

    def test_more_than_half_must_be_accepted(self, world: World) -> None:
        with pytest.raises(DataError, match="lacks 3 of 4") as refusal:
            world.diff(*self.KNOWN[:1])
        assert refusal.value.code == "large_deletion"

    def test_more_than_half_is_withdrawn_when_accepted(self, world: World) -> None:
        assert world.diff(*self.KNOWN[:1], accept_deletions=True).deleted == 3
        assert [day for _, day, *_ in world.delta()] == ["01-06", "01-07", "01-08"]

    def test_the_share_is_of_what_the_answer_covers(self, world: World) -> None:
        world.load(2, *(Rate(f"03-{d}", d, year=2025) for d in range(10, 20)))
        with pytest.raises(DataError, match="lacks 3 of 4"):
            world.diff(*self.KNOWN[:1])
