"""Any table, written in any declared locale and layout, reads back equal; a damaged file is
refused or reads the same (property-based)."""

from __future__ import annotations

import calendar
import csv
import io
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import region as regions
from config.contract import Contract, Mapping, load_all, source_of
from config.reading import WorkbookReader
from tasks.read.workbook import convert, layout, rows, table
from tasks.read.workbook.grid import Sheet
from tasks.read.workbook.pseudonym import Pseudonyms
from tests.workbooks import workbook

FIELDS = ("event_id", "title", "start_date", "exhibitors", "cost")
MONTHS_ID = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus",
             "September", "Oktober", "November", "Desember")  # fmt: skip
MONTHS_EN = calendar.month_name[1:]


def contract() -> Contract:
    return load_all()["exhibitions"]


@lru_cache(maxsize=4)
def spoken(locale: str) -> dict[str, Any]:
    mapping = Mapping(contract="exhibitions", locale=locale)
    source = source_of(contract(), regions.load("3505"), mapping)
    assert isinstance(source.reader, WorkbookReader)
    return source.reader.workbook.model_dump(mode="json")


def grouped(value: Decimal, group: str, point: str) -> str:
    return f"{value:,}".replace(",", "\0").replace(".", point).replace("\0", group)


Shower = Callable[[Any], Any]
NUMBERS: dict[str, list[Shower]] = {
    "id": [lambda v: grouped(v, ".", ","), lambda v: f"Rp {grouped(v, '.', ',')}", float],
    "en": [lambda v: grouped(v, ",", "."), lambda v: f"${grouped(v, ',', '.')}", float],
    "ja": [lambda v: grouped(v, ",", "."), lambda v: f"¥{grouped(v, ',', '.')}", float],
}
DATES: dict[str, list[Shower]] = {
    "id": [lambda d: f"{d.day} {MONTHS_ID[d.month - 1]} {d.year}", lambda d: f"{d:%d/%m/%Y}",
           date.isoformat, lambda d: d],
    "en": [lambda d: f"{MONTHS_EN[d.month - 1]} {d.day}, {d.year}", date.isoformat, lambda d: d],
    "ja": [lambda d: f"{d.year}年{d.month}月{d.day}日",
           lambda d: f"令和{d.year - 2018}年{d.month}月{d.day}日", date.isoformat, lambda d: d],
}  # fmt: skip
WORDS = st.text(
    st.characters(whitelist_categories=("Lu", "Ll", "Lo", "Nd"), max_codepoint=0x9FFF),
    min_size=1, max_size=12,
).map(lambda t: f"x{t}")  # fmt: skip


@st.composite
def a_table(draw: st.DrawFn) -> tuple[str, list[list[Any]], list[tuple[str, ...]]]:
    """A locale, a sheet written in it, and the canonical rows that it must give."""
    locale = draw(st.sampled_from(["id", "en", "ja"]))
    order = draw(st.permutations(FIELDS))
    count = draw(st.integers(1, 5))
    heads = {f.name: contract().heading(f, locale) for f in contract().fields()}
    lines, expected = [], []
    for number in range(count):
        exhibitors = draw(st.integers(0, 5_000_000))
        cost = Decimal(draw(st.integers(0, 10**11))) / 100
        day = draw(st.dates(date(2019, 5, 1), date(2030, 12, 31)))
        title = draw(WORDS)
        cells = {
            "event_id": f"P-{number}",
            "title": title,
            "start_date": draw(st.sampled_from(DATES[locale]))(day),
            "exhibitors": draw(st.sampled_from(NUMBERS[locale]))(Decimal(exhibitors)),
            "cost": draw(st.sampled_from(NUMBERS[locale]))(cost),
        }
        lines.append([cells[name] for name in order])
        kept = unicodedata.normalize("NFC", title)
        expected.append((f"P-{number}", kept, day.isoformat(), exhibitors, cost))
    grid: list[list[Any]] = [["Judul"], []][: draw(st.integers(0, 2))]
    head: list[Any] = [heads[name] for name in order]
    if draw(st.booleans()):  # a numbering column, as offices have it
        head = ["No", *head]
        lines = [[n, *line] for n, line in enumerate(lines, start=1)]
    if draw(st.booleans()):
        head = [text.upper() if isinstance(text, str) else text for text in head]
    grid.append(head)
    for line in lines:
        grid.append(line)
        if draw(st.booleans()):
            grid.append([None] * len(line))
    if draw(st.booleans()):
        grid.append([{"id": "Jumlah", "en": "Total", "ja": "合計"}[locale], 1, 2])
    if draw(st.booleans()):
        grid.append(["Catatan: angka sementara"])
    return locale, grid, expected


@given(a_table())
@settings(max_examples=200)
def test_a_written_table_reads_back_equal(
    made: tuple[str, list[list[Any]], list[tuple[Any, ...]]],
) -> None:
    locale, grid, expected = made
    known = spoken(locale)
    sheet = Sheet(1, "", True, grid)
    here = layout.find_layout(sheet, known)
    assert here is not None
    assert here.problems == ()
    kinds = rows.find_rows(sheet, here, known)
    found = table.read_rows(sheet, here, kinds, known, Pseudonyms(None))
    assert found.problems == {}
    got = list(zip(*(found.texts[name] for name in FIELDS), strict=True))
    assert [(i, t, d, int(e), Decimal(c)) for i, t, d, e, c in got] == expected


GRID = [["event_id", "title", "start_date", "visitors"],
        *[[f"P-{n}", f"Nama {n}", date(2025, 8, 1 + n), 1000 * n] for n in range(9)]]  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[list[str]]]:
    folder = tmp_path_factory.mktemp("whole")
    path = workbook(folder / "a.xlsx", GRID)
    assert not read(path, folder)["problems"]
    return path.read_bytes(), canonical(folder)


def read(path: Path, folder: Path) -> dict[str, Any]:
    return convert.convert_file(path, folder, {"it": spoken("id")})


def canonical(folder: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO((folder / "it" / "rows.csv").read_text(encoding="utf-8"))))


@given(st.data())
@settings(max_examples=150)
def test_a_damaged_workbook_is_refused_or_reads_the_same(
    whole: tuple[bytes, list[list[str]]],
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
) -> None:
    raw, expected = whole
    at = data.draw(st.integers(0, len(raw) - 1))
    kind = data.draw(st.sampled_from(["flip", "cut", "double"]))
    if kind == "flip":
        damaged = raw[:at] + bytes([raw[at] ^ data.draw(st.integers(1, 255))]) + raw[at + 1 :]
    else:
        damaged = raw[:at] if kind == "cut" else raw[:at] + raw[at:] + raw[at:]
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "a.xlsx"
    path.write_bytes(damaged)
    report = read(path, folder)
    if report["problems"] or report.get("kinds"):
        assert all(p[0] for p in report["problems"])
    else:
        assert canonical(folder) == expected
