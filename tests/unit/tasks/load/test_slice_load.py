"""The steps of a slice's load, on a CSV file of three lines and with a gate of one check."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from config.source import Source
from schemas.catalogue import TABLES
from schemas.checks import CheckResult
from schemas.errors import BusyError, DataError, StorageError
from tasks.check.gate import Gate
from tasks.landing.land import Receipt, land, raw_path
from tasks.landing.manifest import Generation
from tasks.load.record import Load, Provenance
from tasks.load.slice_load import SliceLoad, Stores
from tasks.outcome import Counts
from tasks.read.codes import CodeLists
from tasks.slices import Slice
from tests.conftest import TOY
from warehouse import engine
from warehouse.lake import Lake

pytestmark = pytest.mark.fast

TOY_CSV = Source(
    code="toy",
    **{
        **TOY,
        "reader": {"format": "csv"},
        "coverage": {"absence": "withdrawn", "max_deleted_share": 0.5},
    },
)
WHOLE = Slice("toy", "daily", "all", date(2020, 1, 1), date(2026, 11, 24), ())
THREE = "date,currency,rate\n2026-01-05,IDR,1\n2026-01-06,IDR,2\n2026-01-07,IDR,-3\n"
PROVENANCE = Provenance("declaration", "reader", "codes", "", "{}", ())


@dataclass
class StubGate:
    """Great Expectations without its process."""

    success: bool = True
    requests: list[Any] = field(default_factory=list)

    def start(self) -> None:
        """There is none."""

    def check(self, request: Any) -> list[CheckResult]:
        self.requests.append(request)
        return [
            {"check_id": "rows", "column": "", "severity": "reject", "success": self.success,
             "rows_checked": 3, "rows_failed": 0, "detail": {}}
        ]  # fmt: skip


@dataclass
class Desk:
    """A home without a ledger: landed bytes, a lake, and loads over them."""

    stores: Stores
    gate: StubGate = field(default_factory=StubGate)

    def land(self, text: str) -> Generation:
        """A complete answer with these bytes."""
        spooled = self.stores.spool / "answer"
        spooled.write_text(text, encoding="utf-8")
        sha = hashlib.sha256(text.encode()).hexdigest()
        receipt = Receipt(sha, "toy", "daily/all", "GET", "/rates", 200, {},
                          "2026-11-24T08:00:00+00:00", len(text), "declaration", "run")  # fmt: skip
        land(self.stores.landing, spooled, receipt)
        return Generation(WHOLE, (receipt,), complete=True, asked={})

    def opened(self, text: str) -> SliceLoad:
        return SliceLoad(self.stores, TOY_CSV, [self.land(text)])

    def check(self, slice_load: SliceLoad) -> Any:
        return slice_load.check(cast(Gate, self.gate))

    def load(self, number: int, text: str = THREE) -> Counts:
        """All four steps."""
        with self.opened(text) as slice_load:
            slice_load.read()
            assert self.check(slice_load) is None
            slice_load.diff()
            return slice_load.commit(numbered(number), PROVENANCE)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Of the lake: `rates` and the operations tables, finished loads only."""
        con = engine.connect(self.stores.spool / "reader")
        for name in ("ops_load", "ops_quarantine", "ops_raw", "ops_check"):
            self.stores.lake.view(con, TABLES[name], name)
        self.stores.lake.view(con, TABLES["core_exchange__rates"], "rates", source="toy")
        found = con.execute(sql).fetchall()
        con.close()
        return found


def numbered(number: int) -> Load:
    moment = datetime(2026, 11, 24, number, tzinfo=UTC)
    return Load(number, moment, f"run {number}", WHOLE, "revised_by_source")


def no_lists(con: duckdb.DuckDBPyConnection) -> CodeLists:
    con.execute(
        "CREATE TEMP TABLE codes (list VARCHAR, scheme VARCHAR, code VARCHAR, target VARCHAR, "
        "valid_from DATE, valid_until DATE)"
    )
    return CodeLists("no lists", frozenset())


@pytest.fixture
def desk(lake: Lake, tmp_path: Path) -> Desk:
    (tmp_path / "spool").mkdir()
    return Desk(Stores.of(tmp_path / "landing", tmp_path / "spool", lake, no_lists))


class TestRead:
    def test_every_line_is_a_typed_row_or_refused(self, desk: Desk) -> None:
        with desk.opened(THREE) as slice_load:
            staged = slice_load.read()
            assert (staged.fetched, staged.good, staged.quarantined) == (3, 2, 1)
            found = slice_load.con.execute(
                "SELECT CAST(rate AS INTEGER) FROM typed ORDER BY _row"
            ).fetchall()
            assert found == [(1,), (2,), (-3,)]

    def test_refused_rows_say_where_and_why(self, desk: Desk) -> None:
        with desk.opened(THREE) as slice_load:
            slice_load.read()
            (refused,) = slice_load.refused_rows()
        assert refused.number == 3
        (reason,) = [r for r in json.loads(refused.reasons) if r["severity"] == "quarantine"]
        assert (reason["field"], reason["received"]) == ("rate", "-3")

    def test_good_rows_of_a_preview_are_a_csv_file_in_the_order_of_their_keys(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        turned = "date,currency,rate\n2026-01-06,IDR,2\n2026-01-05,IDR,1\n2026-01-07,IDR,-3\n"
        with desk.opened(turned) as slice_load:
            slice_load.read()
            slice_load.write_good_rows(tmp_path / "good.csv", ["rate_date", "quote_currency"])
        assert (tmp_path / "good.csv").read_text(encoding="utf-8") == (
            "rate_date,quote_currency\n2026-01-05,IDR\n2026-01-06,IDR\n"
        )

    def test_nothing_is_left_in_the_spool(self, desk: Desk) -> None:
        with desk.opened(THREE) as slice_load:
            slice_load.read()
        assert not list(desk.stores.spool.glob("toy-*"))


class TestCheck:
    def test_the_gate_sees_the_good_rows(self, desk: Desk) -> None:
        with desk.opened(THREE) as slice_load:
            slice_load.read()
            assert desk.check(slice_load) is None
            (request,) = desk.gate.requests
            assert request.profile["rows_good"] == 2

    def test_a_gate_that_fails_refuses_the_batch(self, desk: Desk) -> None:
        desk.gate.success = False
        with desk.opened(THREE) as slice_load:
            slice_load.read()
            error = desk.check(slice_load)
            assert (error.code, error.where) == ("gate", "toy/daily/all")
            assert slice_load.refused_counts() == Counts(fetched=3, quarantined=1, ignored=2)

    def test_values_a_thousand_times_as_large_refuse_the_batch(self, desk: Desk) -> None:
        def january(factor: int) -> str:
            days = (f"2026-01-{d:02d},IDR,{d * factor}\n" for d in range(5, 15))
            return "date,currency,rate\n" + "".join(days)

        desk.load(1, january(1))
        with desk.opened(january(1000)) as slice_load:
            slice_load.read()
            assert desk.check(slice_load).code == "unit_changed"


class TestDiffAndCommit:
    def test_a_first_load_writes_figures_and_evidence(self, desk: Desk) -> None:
        assert desk.load(1) == Counts(fetched=3, new=2, quarantined=1)
        assert desk.rows(
            "SELECT CAST(rate AS INTEGER), change_reason, run_id FROM rates ORDER BY 1"
        ) == [(1, "first", "run 1"), (2, "first", "run 1")]
        assert desk.rows("SELECT load_seq, status, fetched, new FROM ops_load") == [
            (1, "loaded", 3, 2)
        ]
        assert desk.rows("SELECT row_number FROM ops_quarantine") == [(3,)]
        assert desk.rows("SELECT url FROM ops_raw") == [("/rates",)]
        assert desk.rows("SELECT success FROM ops_check WHERE check_id = 'gate:rows'") == [(True,)]

    def test_each_figure_names_the_bytes_that_it_came_from(self, desk: Desk) -> None:
        desk.load(1)
        sha = hashlib.sha256(THREE.encode()).hexdigest()
        assert desk.rows("SELECT DISTINCT raw_sha256 FROM rates") == [(sha,)]

    def test_a_second_load_writes_only_what_changed(self, desk: Desk) -> None:
        desk.load(1)
        again = THREE.replace("IDR,2", "IDR,9").replace("IDR,-3", "IDR,3")
        assert desk.load(2, again) == Counts(fetched=3, new=1, revised=1, unchanged=1)
        assert desk.rows(
            "SELECT CAST(rate AS INTEGER), change_reason FROM rates WHERE load_seq = 2 ORDER BY 1"
        ) == [(3, "first"), (9, "revised_by_source")]

    def test_what_is_withdrawn_is_a_version_too(self, desk: Desk) -> None:
        desk.load(1)
        assert desk.load(2, THREE.replace("2026-01-06,IDR,2\n", "")).deleted == 1
        assert desk.rows(
            "SELECT CAST(rate AS INTEGER), change_reason FROM rates WHERE is_deleted"
        ) == [(2, "withdrawn_by_source")]

    def test_too_many_withdrawals_must_be_accepted(self, desk: Desk) -> None:
        desk.load(1)
        with desk.opened("date,currency,rate\n2026-01-09,IDR,9\n") as slice_load:
            slice_load.read()
            with pytest.raises(DataError, match="lacks 2 of 2"):
                slice_load.diff()
        with desk.opened("date,currency,rate\n2026-01-09,IDR,9\n") as slice_load:
            slice_load.read()
            assert slice_load.diff(accept_deletions=True).deleted == 2

    def test_a_refused_batch_leaves_its_reasons_and_no_figures(self, desk: Desk) -> None:
        desk.gate.success = False
        with desk.opened(THREE) as slice_load:
            slice_load.read()
            desk.check(slice_load)
            slice_load.commit(numbered(1), PROVENANCE, refused=slice_load.refused_counts())
        assert desk.rows("SELECT status, new, ignored FROM ops_load") == [("refused", 0, 2)]
        assert desk.rows("SELECT count(*) FROM ops_quarantine") == [(1,)]
        assert desk.rows("SELECT count(*) FROM rates") == [(0,)]

    def test_a_load_that_another_one_overtook_is_not_written(self, desk: Desk) -> None:
        with desk.opened(THREE) as slice_load:
            slice_load.read()
            desk.load(1, THREE.replace("IDR,2", "IDR,9"))
            slice_load.diff()
            with pytest.raises(BusyError) as refusal:
                slice_load.commit(numbered(2), PROVENANCE)
        assert refusal.value.code == "overtaken"
        assert desk.rows("SELECT load_seq FROM ops_load") == [(1,)]
        assert desk.stores.lake.last(TABLES["core_exchange__rates"], "toy/daily") == 1

    def test_the_steps_come_in_their_order(self, desk: Desk) -> None:
        with desk.opened(THREE) as slice_load:
            with pytest.raises(AssertionError, match=r"read\(\) comes first"):
                slice_load.diff()
            slice_load.read()
            with pytest.raises(AssertionError, match=r"diff\(\) comes first"):
                slice_load.commit(numbered(1), PROVENANCE)


class TestRawOf:
    """The source's own records behind a key."""

    SHA = hashlib.sha256(THREE.encode()).hexdigest()

    def test_as_the_partner_wrote_them_for_each_key(self, desk: Desk) -> None:
        expected = [
            ({"rate_date": "2026-01-06", "quote_currency": "IDR"}, ["2026-01-06"]),
            ({"quote_currency": "IDR"}, ["2026-01-05", "2026-01-06", "2026-01-07"]),
            ({"quote_currency": "JPY"}, []),
        ]
        with desk.opened(THREE) as slice_load:
            found = slice_load.raw_of(self.SHA, [key for key, _ in expected])
        assert [[r["date"] for r in records] for records in found] == [d for _, d in expected]
        assert not list(desk.stores.spool.glob("toy-*"))

    def test_bytes_that_are_kept_no_longer(self, desk: Desk) -> None:
        with desk.opened(THREE) as slice_load:
            raw_path(desk.stores.landing, self.SHA).unlink()
            with pytest.raises(StorageError) as fault:
                slice_load.raw_of(self.SHA, [{}])
        assert fault.value.code == "raw_missing"


def is_closed(con: duckdb.DuckDBPyConnection) -> bool:
    try:
        con.execute("SELECT 1").fetchall()
    except duckdb.ConnectionException:
        return True
    return False


class TestConnection:
    def test_it_is_closed_at_the_end(self, desk: Desk) -> None:
        with desk.opened(THREE) as slice_load:
            assert not is_closed(slice_load.con)
        assert is_closed(slice_load.con)

    def test_it_is_closed_when_a_step_fails(self, desk: Desk) -> None:
        with (
            pytest.raises(DataError, match="columns"),
            desk.opened("date,currency\n2026-01-05,IDR\n") as slice_load,
        ):
            slice_load.read()
        assert is_closed(slice_load.con)

    def test_it_is_closed_when_there_are_no_code_lists(self, desk: Desk) -> None:
        opened: list[duckdb.DuckDBPyConnection] = []

        def fail(con: duckdb.DuckDBPyConnection) -> CodeLists:
            opened.append(con)
            raise StorageError("lake_damaged", "the lists cannot be read")

        slice_load = desk.opened(THREE)
        slice_load.stores = replace(desk.stores, make_code_lists=fail)
        with pytest.raises(StorageError, match="the lists cannot be read"), slice_load:
            raise AssertionError("the body is not reached")
        assert [is_closed(con) for con in opened] == [True]
