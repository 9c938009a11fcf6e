"""When a version was displaced, on tables of three rows: each case is the versions of one key in
the order of their loads, with the load that ended each, or 0 while it is current."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from pathlib import Path

import duckdb
import pytest

from schemas.catalogue import TABLES
from schemas.derive import duckdb_columns, stored
from warehouse import base, engine, revisions
from warehouse.base import PENDING, _supersede
from warehouse.duck import _DuckTransaction

pytestmark = pytest.mark.fast

TABLE = TABLES["core_exchange__rates"]
NAME, FIELDS = stored(TABLE)
START = datetime(2026, 11, 1, tzinfo=UTC)
STAGES = {"p": "preliminary", "r": "provisional", "f": "final"}

Version = tuple[int, str]  # load, and the first letter of its stage; `-f` is a withdrawal
CURRENT = 0


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    con = engine.connect(tmp_path / "duckdb")
    con.execute(f"CREATE TABLE {NAME} ({duckdb_columns(FIELDS)})")
    con.execute(f"CREATE TEMP TABLE {PENDING} (load_seq BIGINT NOT NULL)")
    yield con
    con.close()


def moment(load: int) -> datetime:
    return START + timedelta(days=load)


def insert(
    con: duckdb.DuckDBPyConnection,
    *versions: Version,
    day: str = "2026-01-05",
    known: bool = False,
) -> None:
    """Versions of one key, as loads wrote them; `known` where the key was there before."""
    for place, (load, stage) in enumerate(versions):
        con.execute(
            f"INSERT INTO {NAME} (source, rate_date, base_currency, quote_currency, rate_type, "
            "rate, release_stage, value_status, recorded_at, load_seq, run_id, raw_sha256, "
            "is_deleted, change_reason) VALUES ('toy', ?, 'USD', 'IDR', 'reference', 1, ?, "
            "'observed', ?, ?, 'run', 'a', ?, ?)",
            [day, STAGES[stage[-1]], moment(load), load, stage[0] == "-",
             "revised_by_source" if known or place else "first"],
        )  # fmt: skip


def apply(con: duckdb.DuckDBPyConnection, *loads: int, every_key: bool = True) -> None:
    """What `Warehouse.apply` does once the rows of these loads are there."""
    con.execute(f"DELETE FROM {PENDING}")
    con.executemany(f"INSERT INTO {PENDING} VALUES (?)", [[n] for n in loads])
    _supersede(_DuckTransaction(con), TABLE, every_key=every_key)


def ends(con: duckdb.DuckDBPyConnection, day: str = "2026-01-05") -> list[int]:
    """The load that ended each version, in the order of loads and stages."""
    found = con.execute(
        f"SELECT superseded_at FROM {NAME} WHERE rate_date = ? ORDER BY load_seq, "
        "list_position(['preliminary', 'provisional', 'final'], release_stage)",
        [day],
    ).fetchall()
    return [(at - START).days if at else CURRENT for (at,) in found]


CASES: dict[str, tuple[list[Version], list[int]]] = {
    "one version is current": ([(1, "f")], [0]),
    "a revision ends the version before it": ([(1, "f"), (2, "f"), (3, "f")], [2, 3, 0]),
    "a higher stage ends a lower one": ([(1, "p"), (2, "r"), (3, "f")], [2, 3, 0]),
    "a lower stage was never current": ([(1, "f"), (2, "p")], [0, 2]),
    "and is none of those that follow": ([(1, "f"), (2, "p"), (3, "f")], [3, 2, 0]),
    "nor is the next of its stage": ([(1, "f"), (2, "p"), (3, "p")], [0, 2, 3]),
    "below the highest, not below the last": ([(1, "f"), (2, "p"), (3, "r")], [0, 2, 3]),
    "a lower stage is revised before a higher one comes": (
        [(1, "p"), (2, "p"), (3, "f")], [2, 3, 0]),
    "two stages in one load": ([(1, "p"), (1, "f")], [1, 0]),
    "two stages in a later load": ([(1, "f"), (2, "p"), (2, "f")], [2, 2, 0]),
    "a withdrawal ends the version before it": ([(1, "f"), (2, "-f")], [2, 0]),
    "a withdrawal of a lower stage ends the higher one": ([(1, "f"), (2, "-p")], [2, 0]),
    "what comes after a withdrawal ends it": ([(1, "f"), (2, "-f"), (3, "f")], [2, 3, 0]),
    "at any stage": ([(1, "f"), (2, "-f"), (3, "p")], [2, 3, 0]),
    "which begins anew": ([(1, "f"), (2, "-f"), (3, "p"), (4, "f")], [2, 3, 4, 0]),
    "withdrawn twice": (
        [(1, "f"), (2, "-f"), (3, "p"), (4, "-p"), (5, "r")], [2, 3, 4, 5, 0]),
    "a lower stage before the withdrawal": ([(1, "f"), (2, "p"), (3, "-f")], [3, 2, 0]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_all_loads_at_once(con: duckdb.DuckDBPyConnection, case: str) -> None:
    versions, expected = CASES[case]
    insert(con, *versions)
    apply(con, *{load for load, _ in versions})
    assert ends(con) == expected


@pytest.mark.parametrize("case", CASES)
def test_one_load_after_another(con: duckdb.DuckDBPyConnection, case: str) -> None:
    versions, expected = CASES[case]
    for load in sorted({load for load, _ in versions}):
        here = [v for v in versions if v[0] == load]
        insert(con, *here, known=load > 1)
        apply(con, load, every_key=len(here) > 1)
    assert ends(con) == expected


def by_hand(versions: list[Version]) -> list[int]:
    """The same in words of Python: who is current after each load, and until when."""
    found, current = [CURRENT] * len(versions), -1
    for place, (load, stage) in enumerate(versions):
        rank, withdrawn = "prf".index(stage[-1]), stage[0] == "-"
        before = versions[current][1] if current >= 0 else ""
        below = before and before[0] != "-" and rank < "prf".index(before)
        if below and not withdrawn:
            found[place] = load  # never current
            continue
        if current >= 0:
            found[current] = load
        current = place
    return found


def test_every_history_of_four_loads(con: duckdb.DuckDBPyConnection) -> None:
    """All keys in one table; the days tell them apart."""
    histories = every_history()
    for day, versions in histories.items():
        insert(con, *versions, day=day)
    apply(con, 1, 2, 3, 4)
    assert {day: ends(con, day) for day in histories} == {
        day: by_hand(versions) for day, versions in histories.items()
    }


def every_history() -> dict[str, list[Version]]:
    """All histories of four loads, by day."""
    found = [
        [(load, stage) for load, stage in enumerate(stages, 1)]
        for stages in product(("p", "f", "-f"), repeat=4)
        if stages[0] != "-f" and ("-f", "-f") not in pairwise(stages)
    ]
    return {f"{2000 + place}-01-05": versions for place, versions in enumerate(found)}


def test_each_revision_has_the_value_that_it_displaced(con: duckdb.DuckDBPyConnection) -> None:
    histories = every_history()
    for day, versions in histories.items():
        insert(con, *versions, day=day)
    con.execute(f"UPDATE {NAME} SET rate = load_seq * 10")
    apply(con, 1, 2, 3, 4)
    found = con.execute(
        "SELECT CAST(period_start AS VARCHAR), CAST(value_before AS INTEGER), "
        "CAST(value_after AS INTEGER), release_stage_before "
        f"FROM ({revisions.of_table(TABLE)}) AS m ORDER BY period_start, load_seq"
    ).fetchall()
    assert found == [row for day, versions in histories.items() for row in displaced(day, versions)]


def displaced(day: str, versions: list[Version]) -> list[tuple[str, int | None, int | None, str]]:
    """The versions that were current, each with the one before it: values are ten times the load,
    and none for a withdrawal."""
    found, before, stage_before = [], None, None
    for (load, stage), end in zip(versions, by_hand(versions), strict=True):
        if end == load:
            continue
        value = None if stage[0] == "-" else load * 10
        found.append((day, before, value, stage_before))
        before, stage_before = value, STAGES[stage[-1]]
    return found


def test_some_keys_at_a_time(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "CHANGED_AT_ONCE", 2)
    days = [f"2026-01-0{d}" for d in range(1, 6)]
    for day in days:
        insert(con, (1, "f"), (2, "f"), day=day)
    apply(con, 1, 2)
    assert [ends(con, day) for day in days] == [[2, 0]] * 5


def test_keys_that_no_pending_load_changed_are_not_touched(con: duckdb.DuckDBPyConnection) -> None:
    insert(con, (1, "f"), (2, "f"))
    insert(con, (1, "f"), day="2026-01-06")
    con.execute(f"UPDATE {NAME} SET superseded_at = ? WHERE rate_date = '2026-01-06'", [moment(9)])
    apply(con, 2, every_key=False)
    assert ends(con) == [2, 0]
    assert ends(con, "2026-01-06") == [9]


def test_the_same_key_of_another_source_is_another_key(con: duckdb.DuckDBPyConnection) -> None:
    insert(con, (1, "f"), (2, "f"))
    con.execute(f"UPDATE {NAME} SET source = 'other' WHERE load_seq = 2")
    apply(con, 1, 2)
    assert ends(con) == [0, 0]
