"""The record: versions, what changes them, what keeps them, and how all of it is made again."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from flows import run as direct
from flows.erasure import remains
from flows.maintain import erase, maintain
from flows.rebuild import rebuild_lake, rebuild_warehouse
from flows.status import QUARANTINE_SQL
from flows.trace import trace
from schemas.errors import BusyError, StorageError
from tasks.slices import Window
from tests.conftest import Home

pytestmark = pytest.mark.slow  # some two hundred runs; the model's short history stays in `test`
A = ("2026-01-05", "IDR", "16700")
B = ("2026-01-06", "IDR", "16710")
C = ("2026-01-07", "IDR", "16720")
CURRENT = (
    "SELECT CAST(rate_date AS VARCHAR), CAST(CAST(rate AS DECIMAL(24,2)) AS VARCHAR) "
    "FROM core_exchange__rates WHERE source = 'toy' ORDER BY rate_date"
)
VERSIONS = (
    "SELECT CAST(rate_date AS VARCHAR), CAST(CAST(rate AS DECIMAL(24,2)) AS VARCHAR), "
    "is_deleted, change_reason, superseded_at IS NULL FROM core_exchange__rates__vintages "
    "WHERE source = 'toy' ORDER BY rate_date, load_seq"
)


FILE = re.compile(r', "sha256": "[0-9a-f]{64}"(?=\})')


def content(home: Home) -> str:
    """One hash over every column of every version, check and refusal: equal to the byte. Of what
    a load wrote, the rows and not the files: loads that share a file do not after a rebuild."""
    from schemas.catalogue import TABLES
    from schemas.derive import stored

    digest = hashlib.sha256()
    with home.published() as ask:
        for table in TABLES.values():
            name, fields = stored(table)
            columns = ", ".join(f"CAST({f.name} AS VARCHAR)" for f in fields)
            for row in sorted(map(repr, ask(f"SELECT {columns} FROM {name}"))):
                digest.update(FILE.sub("", row).encode())
    return digest.hexdigest()


# --- rules that change --------------------------------------------------------------------


def test_a_changed_declaration_rereads_the_landed_bytes(
    duck: Home, toy: Callable[..., str]
) -> None:
    duck.load(A, B)
    toy(columns={"date": "rate_date", "currency": "quote_currency",
                 "rate": {"to": "rate", "scale": 2}})  # fmt: skip
    report = duck.load(A, ("2026-01-06", "IDR", "100"))
    assert report.sources[0].counts.revised == 3  # two by the declaration, one by the partner
    assert duck.query(VERSIONS) == [
        ("2026-01-05", "16700.00", False, "first", False),
        ("2026-01-05", "33400.00", False, "declaration_changed", True),
        ("2026-01-06", "16710.00", False, "first", False),
        ("2026-01-06", "33420.00", False, "declaration_changed", False),
        ("2026-01-06", "200.00", False, "revised_by_source", True),
    ]
    toy(title={"id": "Lain", "en": "Other"}, columns={"date": "rate_date",
        "currency": "quote_currency", "rate": {"to": "rate", "scale": 2}})  # fmt: skip
    assert duck.load(A, ("2026-01-06", "IDR", "100")).sources[0].status == "unchanged"


def test_old_bytes_that_no_longer_fit_stop_nothing(duck: Home, toy: Callable[..., str]) -> None:
    """The partner renames a column and the declaration follows: old answers lack the new name."""
    duck.load(A)
    toy(columns={"day": "rate_date", "currency": "quote_currency", "rate": "rate"})
    from tests.faultserver import FaultServer, answer

    body = json.dumps({"count": 1, "data": [{"day": "2026-01-05", "currency": "IDR", "rate": "9"}]})
    with FaultServer([answer(body)]) as server:
        settings = duck.settings(PENATARAN_HOST_TOY=server.url)
        report = direct.run_direct(settings, ["toy"], Window(), gate=duck.gate)
    assert report.exit_code == 0, report.sources
    assert duck.query(CURRENT) == [("2026-01-05", "9.00")]


def test_slices_outside_the_window_are_reread_too(duck: Home, toy: Callable[..., str]) -> None:
    toy(datasets={"daily": {"frequency": "D", "slice_by": "year", "start": 2020, "window": 1}})
    duck.load(("2024-03-01", "IDR", "5"), window=Window(date(2024, 1, 1), date(2024, 12, 31)))
    toy(datasets={"daily": {"frequency": "D", "slice_by": "year", "start": 2020, "window": 1}},
        columns={"date": "rate_date", "currency": "quote_currency",
                 "rate": {"to": "rate", "scale": 10}})  # fmt: skip
    report = duck.load(("2026-01-05", "IDR", "1"))
    assert [(o.period, o.status) for o in report.sources] == [
        ("2026", "loaded"),
        ("2024", "loaded"),
    ]
    assert duck.query(CURRENT) == [("2024-03-01", "50.00"), ("2026-01-05", "10.00")]


def test_a_changed_reader_corrects(duck: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.load import state

    duck.load(A)
    monkeypatch.setattr(state, "reader_of", lambda _source: "another reader")
    assert duck.load(A).sources[0].status == "unchanged"  # read again, and nothing differs
    monkeypatch.setattr(state, "reader_of", lambda _source: "a third reader")
    from tasks.read import staging

    project = staging.project

    def doubled(*given: Any, **named: Any) -> Any:
        found = project(*given, **named)
        return replace(found, sql=f"SELECT * REPLACE (rate * 2 AS rate) FROM ({found.sql})")

    monkeypatch.setattr(staging, "project", doubled)
    duck.load(A)
    assert [v[3] for v in duck.query(VERSIONS)] == ["first", "correction"]


def test_increments_are_reread_as_they_overlay_each_other(
    duck: Home, toy: Callable[..., str]
) -> None:
    """A source that sends changes only: later answers take the place of earlier ones."""
    partial = {"request": {"path": "/rates", "params": {"after": "{updated_after}"}}}
    toy(**partial)
    duck.load(A, B)
    duck.load(("2026-01-06", "IDR", "7"), C)
    toy(**partial, columns={"date": "rate_date", "currency": "quote_currency",
                            "rate": {"to": "rate", "scale": 10}})  # fmt: skip
    duck.load(("2026-01-07", "IDR", "16720"))
    assert duck.query(CURRENT) == [
        ("2026-01-05", "167000.00"), ("2026-01-06", "70.00"), ("2026-01-07", "167200.00"),
    ]  # fmt: skip
    # No key went back to its older answer on the way.
    assert [v[1] for v in duck.query(VERSIONS) if v[0] == "2026-01-06"] == [
        "16710.00", "7.00", "70.00",
    ]  # fmt: skip


def test_a_code_that_becomes_known_lets_its_rows_in(duck: Home, toy: Callable[..., str]) -> None:
    """`quarantine retry` from the landed bytes, and the same by itself in the next run."""
    toy(columns={"date": "rate_date", "rate": "rate", "currency": {
        "to": "quote_currency", "values": {"IDR": "IDR"}}})  # fmt: skip
    duck.load(A, ("2026-01-06", "Rp", "5"))
    assert len(duck.query(QUARANTINE_SQL)) == 1
    report = direct.retry_quarantine(duck.settings(), ["toy"], gate=duck.gate)
    assert [(o.status, o.counts.quarantined) for o in report.sources] == [("unchanged", 1)]
    toy(columns={"date": "rate_date", "rate": "rate", "currency": {
        "to": "quote_currency", "values": {"IDR": "IDR", "Rp": "IDR"}}})  # fmt: skip
    report = direct.retry_quarantine(duck.settings(), ["toy"], gate=duck.gate)
    assert [(o.status, o.counts.new) for o in report.sources] == [("loaded", 1)]
    assert duck.query(QUARANTINE_SQL) == []
    assert duck.query(CURRENT) == [("2026-01-05", "16700.00"), ("2026-01-06", "5.00")]
    assert duck.query(VERSIONS)[1][3] == "first"


# --- coverage, refusals, withdrawals ------------------------------------------------------


def test_a_refused_key_keeps_its_last_good_version_and_is_flagged(there: Home) -> None:
    there.load(A, B)
    then = datetime.now(UTC)
    there.load(A, ("2026-01-06", "IDR", "not a number"))
    between = datetime.now(UTC)
    stale = "SELECT CAST(rate_date AS VARCHAR), stale_since IS NOT NULL FROM core_exchange__rates "
    stale += "WHERE source = 'toy' ORDER BY 1"
    assert there.query(CURRENT) == [("2026-01-05", "16700.00"), ("2026-01-06", "16710.00")]
    assert there.query(stale) == [("2026-01-05", False), ("2026-01-06", True)]
    assert there.query(stale, then) == [("2026-01-05", False), ("2026-01-06", False)]
    there.load(A, B)
    assert there.query(stale) == [("2026-01-05", False), ("2026-01-06", False)]
    assert there.query(stale, between) == [("2026-01-05", False), ("2026-01-06", True)]


def test_a_large_deletion_stops_and_asks(duck: Home, toy: Callable[..., str]) -> None:
    toy(coverage={"absence": "withdrawn", "max_deleted_share": 0.5})
    duck.load(A, B, C)
    report = duck.load(A)
    error = report.sources[0].error
    assert error is not None
    assert error["code"] == "large_deletion"
    assert "--accept-deletions" in error["hint"]
    assert len(duck.query(CURRENT)) == 3
    report = duck.load(A, accept_deletions=True)
    assert report.sources[0].counts.deleted == 2
    assert duck.query(CURRENT) == [("2026-01-05", "16700.00")]


def test_an_answer_that_covers_less_withdraws_less(duck: Home, toy: Callable[..., str]) -> None:
    """A range inside a year says nothing of the rest of it, and shares its lease and order."""
    toy(datasets={"daily": {"frequency": "D", "slice_by": "year", "start": 2020, "window": 1}})
    january = Window(date(2026, 1, 1), date(2026, 1, 31))
    march = ("2026-03-02", "IDR", "9")
    duck.load(A, B, march)
    duck.load(A, window=january)
    assert duck.query(CURRENT) == [("2026-01-05", "16700.00"), ("2026-03-02", "9.00")]
    # The year's bytes are those of its last load, but the range was loaded since: not skipped.
    report = duck.load(A, B, march)
    assert report.sources[0].status == "loaded"
    assert [r[0] for r in duck.query(CURRENT)] == ["2026-01-05", "2026-01-06", "2026-03-02"]


def test_what_comes_after_a_withdrawal_starts_anew(there: Home, toy: Callable[..., str]) -> None:
    staged = {"columns": {"date": "rate_date", "currency": "quote_currency", "rate": "rate",
                          "stage": {"to": "release_stage", "optional": True}},
              "reader": {"format": "json", "records": "data", "count": "count"}}  # fmt: skip
    toy(**staged)

    def load(*rows: tuple[str, str]) -> None:
        from tests.faultserver import FaultServer, answer

        data = [{"date": "2026-01-05", "currency": "IDR", "rate": r, "stage": s} for r, s in rows]
        data.append({"date": "2026-01-09", "currency": "IDR", "rate": "1", "stage": "final"})
        body = json.dumps({"count": len(data), "data": data})
        with FaultServer([answer(body)]) as server:
            settings = there.settings(PENATARAN_HOST_TOY=server.url)
            found = direct.run_direct(settings, ["toy"], Window(), gate=there.gate)
        assert found.exit_code == 0, found.sources

    load(("100", "preliminary"))
    load(("110", "final"))
    load(("90", "preliminary"))
    assert there.query(CURRENT)[0] == ("2026-01-05", "110.00")
    load()
    assert len(there.query(CURRENT)) == 1
    load(("90", "preliminary"))
    assert there.query(CURRENT)[0] == ("2026-01-05", "90.00")
    rebuild_warehouse_of(there)
    assert there.query(CURRENT)[0] == ("2026-01-05", "90.00")


# --- made again ---------------------------------------------------------------------------


def rebuild_warehouse_of(home: Home) -> None:
    with home.session() as session:
        rebuild_warehouse(session)
        direct.publish(session)


def test_rebuilds_are_equal_to_the_byte(there: Home, toy: Callable[..., str]) -> None:
    there.load(A, B)
    there.load(("2026-01-05", "IDR", "1"), ("2026-01-06", "IDR", "no number"), C)
    toy(columns={"date": "rate_date", "currency": "quote_currency",
                 "rate": {"to": "rate", "scale": 3}})  # fmt: skip
    there.load(A, C)
    before = content(there)
    rebuild_warehouse_of(there)
    assert content(there) == before
    with there.session() as session:
        made = rebuild_lake(session, reinterpret=False)
        rebuild_warehouse(session)
        direct.publish(session)
    assert made.differences == []
    assert content(there) == before
    assert there.load(A, C).sources[0].status == "unchanged"  # the ledger fits the new lake
    assert Path(made.kept).is_dir()


def test_reinterpreting_reads_every_load_by_todays_declaration(
    duck: Home, toy: Callable[..., str]
) -> None:
    duck.load(A)
    duck.load(("2026-01-05", "IDR", "2"))
    toy(columns={"date": "rate_date", "currency": "quote_currency",
                 "rate": {"to": "rate", "scale": 10}})  # fmt: skip
    with duck.session() as session:
        rebuild_lake(session, reinterpret=True)
        rebuild_warehouse(session)
        direct.publish(session)
    assert [(v[1], v[3]) for v in duck.query(VERSIONS)] == [
        ("167000.00", "first"), ("20.00", "revised_by_source"),
    ]  # fmt: skip


def test_a_rebuild_that_cannot_be_whole_changes_nothing(duck: Home) -> None:
    report = duck.load(A)
    before = content(duck)
    sha = report.sources[0].raw_sha256[0]
    (raw,) = (duck.home / "landing").glob(f"??/{sha}.zst")
    raw.unlink()
    with duck.session() as session, pytest.raises(StorageError) as caught:
        rebuild_lake(session, reinterpret=False)
    assert caught.value.code == "raw_missing"
    assert content(duck) == before
    chain = trace(duck.settings(), "core_exchange__rates", {"source": "toy"})["chains"][0]
    assert "raw_missing" in chain["raw_note"]


def test_a_lake_swap_that_was_cut_short_is_finished(duck: Home) -> None:
    duck.load(A)
    before = content(duck)
    with duck.session() as session:
        made = rebuild_lake(session, reinterpret=False)
    (duck.home / "lake").rename(duck.home / "lake.next")  # as if killed between the renames
    assert made.loads > 0
    rebuild_warehouse_of(duck)
    assert content(duck) == before


# --- writers ------------------------------------------------------------------------------


def test_a_zombie_that_wakes_up_writes_nothing(duck: Home) -> None:
    """It slept after its diff; its lease ran out and another run loaded the slice."""
    from tasks.load.commit import Fence

    duck.load(A)
    with duck.session() as session:
        source = session.sources["toy"]
        task = next(t for stage in direct.batches(session, ["toy"], Window()) for t in stage
                    if t.source == "toy")  # fmt: skip
        fence = Fence.of(session.lake, source, task.slice)
        with session.ledger.lease("toy/daily") as lease:
            early, _ = session.ledger.next_load(session.run_id, "toy", task.slice.name, lease)
            _expire(duck)
            report = duck.load(("2026-01-05", "IDR", "2"))
            assert report.sources[0].status == "loaded"
            # Its number is too early, its fence has moved, and its lease is another's now.
            from schemas.catalogue import TABLES
            from warehouse.data_files import from_rows

            rows = from_rows(TABLES["ops_load"], [{"load_seq": early, "run_id": session.run_id}])
            with pytest.raises(BusyError):
                session.lake.append(
                    TABLES["ops_load"], rows, application=fence.application, load_seq=early,
                    expected=fence.loads,
                )  # fmt: skip
            with pytest.raises(BusyError):
                session.ledger.next_load(session.run_id, "toy", task.slice.name, lease)
            session.ledger.leases.beat()
            with pytest.raises(BusyError):
                lease.check()
    assert duck.query(CURRENT) == [("2026-01-05", "2.00")]


def _expire(home: Home) -> None:
    """What a minute without heartbeat does: the leases run out."""
    import sqlite3

    with sqlite3.connect(home.home / "state" / "ledger.sqlite") as connection:
        connection.execute("UPDATE lease SET expires_at = 0 WHERE name = 'toy/daily'")


def test_a_lease_of_a_process_that_is_gone_is_free_at_once(duck: Home) -> None:
    import subprocess
    import sys

    code = (
        "import os, sys\nfrom pathlib import Path\nfrom warehouse.ledger import Ledger\n"
        "ledger = Ledger.in_folder(Path(sys.argv[1]))\n"
        "ledger.lease('toy/daily').__enter__()\nos.kill(os.getpid(), 9)\n"
    )
    duck.load(A)
    state = duck.home / "state"
    found = subprocess.run([sys.executable, "-c", code, str(state)], check=False)
    assert found.returncode == -9
    assert duck.load(B, A).sources[0].status == "loaded"


def test_a_crash_before_the_state_hides_no_return(
    duck: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A, then B killed after its commit, then A again: the bytes of the last state, and not
    unchanged."""
    duck.load(A)
    monkeypatch.setenv("FAILPOINT", "after_commit:raise")
    duck.load(("2026-01-05", "IDR", "2"))
    monkeypatch.delenv("FAILPOINT")
    assert duck.load(A).sources[0].counts.revised == 1
    assert duck.query(CURRENT) == [("2026-01-05", "16700.00")]


@pytest.mark.parametrize("loss", ["lost", "restored"])
def test_a_ledger_that_is_lost_or_old_gives_no_number_twice(duck: Home, loss: str) -> None:
    ledger = duck.home / "state" / "ledger.sqlite"
    backup = ledger.with_suffix(".backup")
    duck.load(A)
    shutil.copyfile(ledger, backup)
    duck.load(("2026-01-05", "IDR", "2"))
    for path in ledger.parent.glob("ledger.sqlite*"):
        path.unlink()
    if loss == "restored":
        shutil.copyfile(backup, ledger)
    duck.load(("2026-01-05", "IDR", "3"))
    assert [v[1] for v in duck.query(VERSIONS)] == ["16700.00", "2.00", "3.00"]
    numbers = [n for (n,) in duck.query("SELECT load_seq FROM ops_load ORDER BY recorded_at")]
    assert numbers == sorted(set(numbers))


# --- what changed between two dates -------------------------------------------------------


@pytest.mark.usefixtures("marts")
def test_s17_three_restatements_later_the_first_report_is_equal_to_the_cent(there: Home) -> None:
    """And the changes add up to the difference, each with its reason."""
    total = "SELECT CAST(sum(rate) AS VARCHAR) FROM core_exchange__rates WHERE source = 'toy'"
    monthly = "SELECT CAST(average_rate AS VARCHAR), days FROM mart_rates_monthly"
    there.load(A, B, C)
    first = datetime.now(UTC)
    before = there.query(total), there.query(monthly)
    there.load(A, B, ("2026-01-07", "IDR", "1.01"))
    there.load(("2026-01-05", "IDR", "16700.02"), ("2026-01-07", "IDR", "1.01"))
    there.load(("2026-01-05", "IDR", "5"), B)
    assert (there.query(total, first), there.query(monthly, first)) == before
    assert there.query(total) != before[0]
    changes = there.query(
        "SELECT change_reason, count(*), CAST(sum(change) AS DECIMAL(24,4)) FROM mart_revisions "
        f"WHERE source = 'toy' AND recorded_at > TIMESTAMPTZ '{first.isoformat()}' "
        "GROUP BY change_reason ORDER BY 1"
    )
    assert [c[:2] for c in changes] == [("revised_by_source", 4), ("withdrawn_by_source", 2)]
    difference = there.query(
        "SELECT CAST(sum(rate) - (16700 + 16710 + 16720) AS DECIMAL(24,4)) "
        "FROM core_exchange__rates WHERE source = 'toy'"
    )
    assert sum(c[2] for c in changes) == difference[0][0]
    versions = "SELECT count(*), count(superseded_at) FROM core_exchange__rates__vintages"
    assert there.query(f"{versions} WHERE source = 'toy'", first) == [(3, 0)]
    assert there.query("SELECT count(*) FROM mart_revisions WHERE source = 'toy'", first) == [(3,)]


# --- house-keeping ------------------------------------------------------------------------


def test_p11_maintenance_changes_no_figure(duck: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for rate in range(1, 6):
        duck.load(("2026-01-05", "IDR", str(rate)))
    monkeypatch.setenv("FAILPOINT", "figures_written:raise")
    duck.load(("2026-01-05", "IDR", "99"))
    monkeypatch.delenv("FAILPOINT")
    before = content(duck)
    with duck.session() as session:
        done = maintain(session, at_least=2)
        assert len(done.leavings) == 1
        assert done.files_joined > 10
        assert len(session.lake.named_files(session.sources["toy"].warehouse_table)) == 1
        assert maintain(session, at_least=2).leavings == []
    rebuild_warehouse_of(duck)
    assert content(duck) == before
    report = duck.load(("2026-01-05", "IDR", "6"))
    assert report.sources[0].counts.revised == 1


def test_raw_bytes_end_when_their_licence_says(duck: Home, toy: Callable[..., str]) -> None:
    licence = {"name": "Terbatas", "redistribution": "none", "keep_raw_days": 30,
               "attribution": {"id": "x", "en": "x"}}  # fmt: skip
    toy(licence=licence)
    sha = duck.load(A).sources[0].raw_sha256[0]
    with duck.session() as session:
        assert maintain(session).raw_removed == []
        for path in (duck.home / "landing").glob(f"??/{sha}.*.json"):
            receipt = json.loads(path.read_text())
            path.write_text(json.dumps({**receipt, "fetched_at": "2026-01-01T00:00:00+00:00"}))
        assert maintain(session).raw_removed == [sha]
    assert duck.query(CURRENT) == [("2026-01-05", "16700.00")]


def test_erasure_reaches_every_file(pages: None, duck: Home) -> None:
    """Landing, lake, warehouse and page: no file of the home holds the value afterwards."""
    secret = "31415926.53"
    duck.load(A)
    sha = (
        duck.load(A, ("2026-01-06", "IDR", secret), ("2026-01-07", "IDR", "Siti Aminah"))
        .sources[0]
        .raw_sha256[0]
    )
    assert len(duck.query(QUARANTINE_SQL)) == 1
    with duck.session() as session:
        places = " ".join(remains(duck.settings(), sha, session.temp))
        assert "not finished" in places
        assert f"landing/{sha[:2]}/{sha}.zst" in places
        assert "lake/core_exchange__rates/source=toy/" in places
        assert "lake/ops_quarantine/" in places
        assert "penataran.duckdb: core_exchange__rates__vintages" in places
        done = erase(session, sha, "permintaan subjek data")
    assert (done.versions, done.refused_rows, done.raw) == (1, 1, True)
    assert duck.query(CURRENT) == [("2026-01-05", "16700.00")]
    assert duck.query("SELECT erased_sha256, reason FROM ops_erasure") == [
        (sha, "permintaan subjek data")
    ]
    assert [p for p in duck.home.rglob("*") if p.is_file() and b"Aminah" in p.read_bytes()] == []
    for path in (duck.home / "lake").rglob("*.parquet"):
        import pyarrow.parquet as pq

        table = pq.read_table(path, partitioning=None)
        assert "Aminah" not in str(table.to_pydict())
        assert secret not in str(table.to_pydict())
    assert remains(duck.settings(), sha, duck.home / "state" / "tmp") == []
    # The same bytes are not taken in again; other bytes of the same slice are.
    report = duck.load(A, ("2026-01-06", "IDR", secret), ("2026-01-07", "IDR", "Siti Aminah"))
    assert report.sources[0].error is not None
    assert report.sources[0].error["code"] == "erased_bytes"
    assert duck.load(A, B).exit_code == 0
    with duck.session() as session:
        assert any("erased" in d.en for d in rebuild_lake(session, reinterpret=False).differences)


def test_erasing_and_rebuilding_shut_out_runs(duck: Home) -> None:
    with duck.session() as session, duck.session() as other:
        with pytest.raises(BusyError), session.ledger.leases.exclusive(session.run_id):
            pass
        del other
    with (
        duck.session() as session,
        session.ledger.leases.exclusive(session.run_id),
        pytest.raises(BusyError),
    ):
        duck.session()
