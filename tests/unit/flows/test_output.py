"""Exports that a spreadsheet opens: no cell of a stranger is run."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pyarrow.parquet as pq
import pytest

from flows.cli.exports import SHEET_COLUMNS, SHEET_ROWS
from flows.cli.output import Part, write
from schemas.errors import ConfigurationError
from schemas.marks import SIMULATED
from warehouse.base import Result
from warehouse.dictionary import words_of

pytestmark = pytest.mark.fast
HOSTILE = [
    "=1",
    "\n=1",
    "\r=1",
    "x\r=1",
    "x\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "\u200b=1",
    " =1",
    '"=1',
]
# A sheet that splits at semicolons takes the quotes of a later cell for signs of its text.
LATER_CELLS = {
    "x\r=1": "x\r'=1",
    "x\n=1": "x\n'=1",
    "x;=1": "x;'=1",
    "x; ＝1;y": "x; ＝1;y".replace(" ", "' "),
    "x\t@y;;+1": "x\t'@y;;'+1",
    "\n=1": "'\n'=1",
    "\r=1": "'\r'=1",
}
PLAIN = ["ekspor", "a=b", "", "2026-01-05", "kopi; teh\n\nroti;", "a;b=1"]


def test_a_csv_export_has_no_cell_that_could_be_run(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    texts = [*dict.fromkeys([*HOSTILE, *LATER_CELLS]), *PLAIN]
    write(
        Result(["=cmd|x", "n"], iter([[(t, -5) for t in texts]])), "csv", str(out), simulated=False
    )
    raw = out.read_bytes().decode()
    read = list(csv.reader(raw.splitlines(keepends=True)))
    assert [len(row) for row in read] == [2] * (len(texts) + 1)
    cells = [row[0] for row in read]
    assert cells[0] == "'=cmd|x"
    guarded = {t: c for t, c in zip(texts, cells[1:], strict=True) if c != t}
    expected = {t: LATER_CELLS.get(t, f"'{t}") for t in texts if t not in ('"=1', *PLAIN)}
    assert guarded == expected
    assert {row[1] for row in read[1:]} == {"-5"}
    assert raw.endswith("\n")
    assert "\r\n" not in raw


@pytest.mark.parametrize("text", ["x;y", "x\ty", "x\ny", "x\ry"])
def test_a_csv_export_quotes_what_a_sheet_would_split(tmp_path: Path, text: str) -> None:
    """In Indonesia sheets split lines at semicolons."""
    out = written(tmp_path, "csv", [(text, 5)])
    assert out.read_bytes() == f'c0,c1\n"{text}",5\n'.encode()


def test_a_nested_value_of_a_csv_export_starts_no_formula(tmp_path: Path) -> None:
    out = written(tmp_path, "csv", [([";=1"], {"a": ";@x"}, b";=1")])
    cells = next(iter(list(csv.reader(out.open(newline="")))[1:]))
    assert all(";'" in cell for cell in cells)


@pytest.mark.parametrize("kind", ["csv", "json", "parquet", "xlsx", "table"])
def test_an_export_that_fails_leaves_an_earlier_file(tmp_path: Path, kind: str) -> None:
    def batches() -> Iterator[list[tuple[Any, ...]]]:
        yield [(1,)]
        raise ConfigurationError("query_time", "too long")

    out = tmp_path / "out"
    for earlier in (None, b"earlier"):
        if earlier:
            out.write_bytes(earlier)
        with pytest.raises(ConfigurationError):
            write(Result(("a",), batches()), kind, str(out), simulated=False)
        assert [p.read_bytes() for p in tmp_path.iterdir()] == ([earlier] if earlier else [])


def test_an_export_goes_where_a_link_or_a_pipe_leads(tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "file.csv")
    write(Result(("a",), iter([[(1,)]])), "csv", str(link), simulated=False)
    assert link.is_symlink()
    assert (tmp_path / "file.csv").read_text() == "a\n1\n"
    write(Result(("a",), iter([[(1,)]])), "csv", "/dev/null", simulated=False)
    assert not Path("/dev/null").is_file()


def written(tmp_path: Path, kind: str, *batches: list[tuple[Any, ...]]) -> Path:
    out = tmp_path / f"out.{kind}"
    columns = tuple(f"c{n}" for n in range(len(batches[0][0])))
    write(Result(columns, iter(batches)), kind, str(out), simulated=False)
    return out


LATER = [
    ([(None,)], [("x",)], [None, "x"]),
    ([(None,)], [(1.5,)], [None, 1.5]),
    ([(Decimal("1.5000"),)], [(Decimal("12345678901234567890.1234"),)],
     [Decimal("1.5"), Decimal("12345678901234567890.1234")]),
    ([(1,)], [(2**70,)], [1, 2**70]),
    ([([],)], [([Decimal("7.25")],)], [[], [Decimal("7.25")]]),
    ([({"a": None},)], [({"a": 1},)], [{"a": None}, {"a": 1}]),
]  # fmt: skip


@pytest.mark.parametrize(("first", "then", "wanted"), LATER)
def test_a_parquet_export_has_the_types_of_all_rows(
    tmp_path: Path, first: Any, then: Any, wanted: Any
) -> None:
    """The first batch alone has no value, or small ones."""
    assert pq.read_table(written(tmp_path, "parquet", first, then))["c0"].to_pylist() == wanted


@pytest.mark.parametrize("kind", ["csv", "json", "parquet", "xlsx"])
def test_a_file_may_have_any_name(tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"a b\udcff.{kind}"
    write(Result(("a",), iter([[(1,)]])), kind, str(out), simulated=False)
    assert out.stat().st_size


def test_an_empty_parquet_export_has_its_columns(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    write(Result(("a", "b"), iter([])), "parquet", str(out), simulated=True)
    found = pq.read_table(out)
    assert (found.column_names, found.num_rows) == (["a", "b"], 0)
    assert b"penataran_notice" in found.schema.metadata


def test_a_json_export_is_json_whatever_the_types(tmp_path: Path) -> None:
    row = (
        float("nan"), float("-inf"), Decimal("NaN"), Decimal("Infinity"), b"a\xff", time(1, 2),
        timedelta(days=1), UUID(int=1), [Decimal("1.5"), None], {"a": Decimal(2), 3: date.max},
        2**80, Decimal("0.1"),
    )  # fmt: skip
    text = written(tmp_path, "json", [row]).read_text()

    def refuse(sign: str) -> None:
        pytest.fail(sign)

    (found,) = json.loads(text, parse_constant=refuse)
    assert list(found.values()) == [
        "nan", "-inf", "NaN", "Infinity", "61ff", "01:02:00", "1 day, 0:00:00", str(UUID(int=1)),
        [1.5, None], {"a": 2, "3": "9999-12-31"}, 2**80, 0.1,
    ]  # fmt: skip


def test_a_sheet_shows_no_other_number_or_day(tmp_path: Path) -> None:
    row = (
        float("nan"), float("inf"), Decimal("12345678901234567890.1234"), 2**60, 5, Decimal("1.50"),
        date(1850, 1, 2), datetime(2026, 1, 5, 7), True, None, -0.5,
    )  # fmt: skip
    sheet = openpyxl.load_workbook(written(tmp_path, "xlsx", [row]))["data"]
    assert [cell.value for cell in sheet[2]] == [
        "nan", "inf", "12345678901234567890.1234", str(2**60), 5, 1.5,
        "1850-01-02", datetime(2026, 1, 5, 7), True, None, -0.5,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "columns", "rows", "code"),
    [
        ("xlsx", ["a"], [("x" * 32768,)], "unfit_result"),
        ("xlsx", [f"c{n}" for n in range(SHEET_COLUMNS + 1)], [], "unfit_result"),
        ("parquet", ["a"], [(1,), ("x",)], "unfit_result"),
        ("parquet", ["a", "a"], [(1, 2)], "same_columns"),
        ("json", ["a", "a"], [(1, 2)], "same_columns"),
    ],
)
def test_what_a_format_would_lose_is_refused(
    tmp_path: Path, kind: str, columns: list[str], rows: list[tuple[Any, ...]], code: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        write(Result(tuple(columns), iter([rows])), kind, str(tmp_path / "out"), simulated=False)
    assert raised.value.code == code


def test_a_sheet_that_is_full_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SHEET_ROWS == 1_048_576
    monkeypatch.setattr("flows.cli.exports.SHEET_ROWS", 3)
    written(tmp_path, "xlsx", [(1,), (2,)])
    with pytest.raises(ConfigurationError, match="more than 2 rows"):
        written(tmp_path, "xlsx", [(1,), (2,), (3,)])


@pytest.mark.parametrize("kind", ["csv", "json", "parquet", "xlsx"])
def test_a_place_that_cannot_be_written_is_an_error_of_the_storage(
    tmp_path: Path, kind: str
) -> None:
    for place in (tmp_path, tmp_path / "missing" / "x"):
        with pytest.raises(OSError, match="director"):
            write(Result(("a",), iter([[(1,)]])), kind, str(place), simulated=False)


def test_partial_files_of_a_workbook_lie_in_the_home(tmp_path: Path) -> None:
    """Not in the system's folder of temporary files, where a killed export would leave them."""
    temp, seen = tmp_path / "tmp", set[Path]()

    def batches() -> Iterator[list[tuple[Any, ...]]]:
        for n in range(3):
            yield [(n,)]
            seen.update(p for p in temp.rglob("*") if p.is_file())

    out = str(tmp_path / "out.xlsx")
    write(Result(("a",), batches()), "xlsx", out, simulated=False, temp=temp)
    assert seen
    assert list(temp.iterdir()) == []


@pytest.mark.parametrize(
    ("limit", "offset", "expected", "is_cut"),
    [
        (2, 0, [0, 1], True),
        (2, 3, [3, 4], False),
        (5, 0, [0, 1, 2, 3, 4], False),
        (None, 4, [4], False),
        (3, 9, [], False),
        (0, 0, [], True),
    ],
)
def test_a_part_of_a_result(
    limit: int | None, offset: int, expected: list[int], is_cut: bool
) -> None:
    """Pages join without a gap, and say whether there is more; batches make no difference."""
    part = Part(limit, offset)
    result = part.of(Result(("n",), iter([[(0,), (1,)], [(2,), (3,), (4,)]])))
    assert [n for batch in result.batches for (n,) in batch] == expected
    assert part.is_cut == is_cut
    with pytest.raises(ConfigurationError, match="below 0"):
        Part(-1, 0)


def test_an_export_says_what_its_columns_mean(tmp_path: Path) -> None:
    """In a sheet of a workbook and in the columns of a Parquet file; what a query names itself
    has no words."""
    sql = "SELECT quote_currency, rate AS own, rate FROM core_exchange__rates"
    about = words_of(sql, ("quote_currency", "own", "rate"))
    assert [column.name for column in about] == ["quote_currency", "rate"]
    for kind in ("xlsx", "parquet"):
        rows = iter([[("IDR", Decimal(1), Decimal(2))]])
        result = Result(("quote_currency", "own", "rate"), rows)
        write(result, kind, str(tmp_path / f"x.{kind}"), simulated=True, about=about)
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["keterangan"]
    shown = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert shown[0][0] == SIMULATED
    assert shown[1][0] == "kolom / column"
    assert [row[0] for row in shown[2:]] == ["quote_currency", "rate"]
    assert shown[3][1] == "quote per base"
    schema = pq.read_schema(tmp_path / "x.parquet")
    assert schema.field("rate").metadata[b"unit"] == b"quote per base"
    assert not schema.field("own").metadata
