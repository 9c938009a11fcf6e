"""Code lists are built once and kept while the lake's reference lists are the same."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.catalogue import TABLES
from tasks.read import codes
from warehouse.engine import connect
from warehouse.lake import Lake

CONTENTS = json.dumps({"ref_currency": {"rows": 1}})


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    found = connect(tmp_path / "duckdb")
    yield found
    found.close()


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[codes.CodeLists]:
    """What `build` was called for."""
    done: list[codes.CodeLists] = []
    build = codes.build

    def counted(*args: Any) -> codes.CodeLists:
        done.append(build(*args))
        return done[-1]

    monkeypatch.setattr(codes, "build", counted)
    return done


def in_connection(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return con.execute("SELECT * FROM codes ORDER BY ALL").fetchall()


def test_lists_of_the_same_lake_are_built_once(
    home: Path, tmp_path: Path, con: duckdb.DuckDBPyConnection, builds: list[codes.CodeLists]
) -> None:
    lake, folder = Lake(home / "lake"), tmp_path / "codes"
    first, rows = codes.build_once(con, lake, folder), in_connection(con)
    con.execute("DROP TABLE codes")
    assert codes.build_once(con, lake, folder) == first
    assert in_connection(con) == rows
    assert len(rows) > 1000
    assert len(builds) == 1


def test_another_row_or_a_load_that_ends_builds_them_again(
    home: Path, tmp_path: Path, con: duckdb.DuckDBPyConnection, builds: list[codes.CodeLists]
) -> None:
    lake, folder, table = Lake(home / "lake"), tmp_path / "codes", TABLES["ref_currency"]
    first = codes.build_once(con, lake, folder)
    names = ", ".join(f.name for f in table.lake_fields())
    files = lake.files(table)

    def write(path: Path) -> None:
        con.execute(
            f"COPY (SELECT {names} FROM (SELECT * REPLACE (900 AS load_seq, 'XAA' AS currency, "
            f"'other' AS run_id) FROM read_parquet({files}) LIMIT 1)) TO '{path}' (FORMAT parquet)"
        )

    lake.append(table, write, application="x/all", load_seq=900, source="x")
    assert codes.build_once(con, lake, folder) == first  # no load has ended with that row
    assert not [row for row in in_connection(con) if row[2] == "XAA"]

    def end(path: Path) -> None:
        ops = TABLES["ops_load"]
        columns = ", ".join(f.name for f in ops.lake_fields())
        con.execute(
            f"COPY (SELECT {columns} FROM (SELECT * REPLACE (900 AS load_seq, 'other' AS run_id, "
            f"'ref_currency' AS table_name, '{CONTENTS}' AS contents) "
            f"FROM read_parquet({lake.files(ops)}) LIMIT 1)) "
            f"TO '{path}' (FORMAT parquet)"
        )

    lake.append(TABLES["ops_load"], end, application="x/all", load_seq=900)
    assert codes.build_once(con, lake, folder) != first
    assert [row for row in in_connection(con) if row[2] == "XAA"]
    assert len(builds) == 3
    assert len(list(folder.iterdir())) == 1


def test_lists_that_cannot_be_kept_are_built_all_the_same(
    home: Path, tmp_path: Path, con: duckdb.DuckDBPyConnection, builds: list[codes.CodeLists]
) -> None:
    folder = tmp_path / "codes"
    folder.write_text("in the way", encoding="utf-8")
    first = codes.build_once(con, Lake(home / "lake"), folder)
    assert codes.build_once(con, Lake(home / "lake"), folder) == first
    assert len(builds) == 2


def other_bytes(kept: Path) -> None:
    kept.write_bytes(kept.read_bytes()[:-100])


def fewer_rows(kept: Path) -> None:
    duckdb.sql(f"COPY (SELECT * FROM read_parquet('{kept}') LIMIT 5) TO '{kept}.x'")
    Path(f"{kept}.x").replace(kept)


def other_day(kept: Path) -> None:
    """The end of validity in place of its beginning: joined to a text, the row is the same."""
    duckdb.sql(
        f"COPY (FROM read_parquet('{kept}') WHERE valid_from IS NOT NULL AND valid_until IS NOT "
        f"NULL OR valid_from IS NOT DISTINCT FROM valid_until UNION ALL SELECT * REPLACE "
        f"(valid_until AS valid_from, valid_from AS valid_until) FROM read_parquet('{kept}') "
        f"WHERE (valid_from IS NULL) <> (valid_until IS NULL)) TO '{kept}.x' (FORMAT parquet)"
    )
    Path(f"{kept}.x").replace(kept)


def list_left_out(kept: Path) -> None:
    """A name that says that fewer lists are complete: unknown codes would pass."""
    kept.rename(kept.with_name(kept.name.replace("-region", "")))


def pipe(kept: Path) -> None:
    kept.unlink()
    os.mkfifo(kept)


def folder_in_its_place(kept: Path) -> None:
    kept.unlink()
    kept.mkdir()


@pytest.mark.parametrize(
    "damage", [other_bytes, fewer_rows, other_day, list_left_out, pipe, folder_in_its_place]
)
def test_a_kept_file_that_is_damaged_is_built_again(
    home: Path, tmp_path: Path, con: duckdb.DuckDBPyConnection, builds: list[codes.CodeLists],
    damage: Callable[[Path], None],
) -> None:  # fmt: skip
    lake, folder = Lake(home / "lake"), tmp_path / "codes"
    first, rows = codes.build_once(con, lake, folder), in_connection(con)
    damage(next(folder.glob("*.parquet")))
    assert codes.build_once(con, lake, folder) == first
    assert in_connection(con) == rows
    assert len(builds) == 2


def test_a_folder_that_is_a_link_loses_nothing_of_others(
    home: Path, tmp_path: Path, con: duckdb.DuckDBPyConnection
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in ("letter.txt", "figures.parquet", f"{'a' * 64}.parquet"):
        (other / name).write_text("of others", encoding="utf-8")
    (tmp_path / "codes").symlink_to(other)
    codes.build_once(con, Lake(home / "lake"), tmp_path / "codes")
    assert sum(p.read_bytes() == b"of others" for p in other.iterdir()) == 3
