"""Lines before the headings of a CSV file, whatever ends them: no row is ever lost to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.reading import reader_from
from schemas.errors import DataError
from tasks.read import formats
from tasks.read.formats.csv_rows import decode, ragged_lines
from warehouse.engine import connect, error_types

pytestmark = pytest.mark.fast
ENDS = {"unix": b"\n", "dos": b"\r\n", "mac": b"\r"}


def read(folder: Path, body: bytes, skip: int) -> tuple[list[tuple[str, ...]], list[int]]:
    path = folder / "answer"
    path.write_bytes(body)
    con = connect(folder / "duckdb")
    try:
        raw = formats.raw_relation(
            con, path, reader_from(format="csv", skip_lines=skip), [], [], "answer"
        )
        found = con.execute(f"SELECT a, b FROM ({raw.sql}) ORDER BY _row").fetchall()
        return found, [line for line, _, _ in ragged_lines(con, raw.skipped_lines)]
    finally:
        con.close()


@pytest.mark.parametrize("before", ENDS)
@pytest.mark.parametrize("after", ENDS)
def test_rows_below_a_banner_are_all_there(tmp_path: Path, before: str, after: str) -> None:
    """DuckDB 2.0.0 skips the whole file where the banner ends otherwise than the rows."""
    body = ENDS[after].join([b"a,b", b"1,2", b"3,4,5", b"6,7"])
    banner = b'T31,"arrivals' + ENDS[before] + b"second line" + ENDS[before]
    rows, ragged = read(tmp_path, banner + body + ENDS[after], 2)
    assert rows == [("1", "2"), ("6", "7")]
    assert ragged == [5]  # its line in the file, banner and all


def test_rows_that_end_in_two_ways_are_refused(tmp_path: Path) -> None:
    with pytest.raises((DataError, *error_types())):
        read(tmp_path, b"a,b\n1,2\r\n3,4\r\n", 0)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_line_end_may_lie_between_two_pieces(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tasks.read.formats import csv_rows

    monkeypatch.setattr(csv_rows, "CHUNK", size)
    path = tmp_path / "answer"
    path.write_bytes("é\r\nü\r\na,b\r\n1,2\r\n".encode())
    decode(path, "utf-8", "answer", skip_lines=2)
    assert path.read_bytes() == b"a,b\r\n1,2\r\n"


def test_a_file_of_less_lines_than_the_banner_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no header line"):
        read(tmp_path, b"only one line\n", 2)
