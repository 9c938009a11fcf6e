"""Parts that patterns find in titles: a period is never cut out of a range."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.read.workbook.title_parts import parts_of
from tests.workbooks import declared, read_sheet

pytestmark = pytest.mark.fast
YEAR, MONTH = r"\d{4}", r"(\w+ \d{4})"
PARTS = {"tahun": YEAR, "bulan": r"(januari|februari|maret|desember)"}


def hotel(titles: dict[str, str], frequency: str = "A", **more: Any) -> dict[str, Any]:
    columns = {"Kelas": "class_code", "Tamu Asing": "guests_foreign"}
    return declared("accommodation", columns=columns, titles=titles,
                    constants={"frequency": frequency}, **more)  # fmt: skip


def parts(title: str, **titles: str) -> str:
    """What a title says of its period: the field, or month and year."""
    compose = {} if "period_start" in titles else {"period_start": "{bulan} {tahun}"}
    found = parts_of(title, hotel(titles, compose=compose))
    return found.get("period_start") or "{bulan} {tahun}".format(**found)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Tahun 2020-2023", "2020-2023"), ("Tahun 2020 s.d. 2023", "2020 s.d. 2023"),
        ("2020年～2023年", "2020年~2023年"), ("2020 dan 2021", "2020 dan 2021"),
        ("Tahun Ajaran 2023/2024", "2023/2024"), ("2023/24", "2023/24"), ("2019-23", "2019-23"),
        ("Keadaan hingga 2024", "hingga 2024"), ("TW I - III 2024", "tw i - iii 2024"),
        ("Januari - Maret 2025", "januari - maret 2025"),
        ("per 31 Desember 2024", "2024"), ("Nomor 050/2024", "2024"), ("2024-12-31", "2024"),
        ("Kunjungan 2024", "2024"), ("Tabel 8.1, 2024", "2024"),
    ],
)  # fmt: skip
def test_a_year_is_taken_with_its_range(title: str, expected: str) -> None:
    assert parts(title, period_start=YEAR) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Januari - Maret 2025", "januari - maret 2025"),
        ("Januari s.d. Maret 2025", "januari s.d. maret 2025"),
        ("s.d. Maret 2025", "s.d. maret 2025"),
        ("1 Januari - 31 Maret 2025", "1 januari - 31 maret 2025"),
        ("Desember 2024 - Maret 2025", "desember 2024 - maret 2025"),
        ("Blitar, Maret 2025", "maret 2025"),
    ],
)
def test_months_are_taken_with_their_range(title: str, expected: str) -> None:
    assert parts(title, period_start=MONTH) == expected
    assert parts(title, **PARTS) == expected


def test_what_another_part_takes_is_its_own() -> None:
    titles = {"awal": r"(\d{4})-", "akhir": r"-(\d{4})"}
    found = parts_of("2020-2023", hotel(titles, compose={"period_start": "{awal}/{akhir}"}))
    assert found == {"awal": "2020", "akhir": "2023"}


def test_a_part_of_no_period_stays_as_the_pattern_finds_it() -> None:
    assert parts_of("Kelas 2020-2023", hotel({"class_code": YEAR})) == {"class_code": "2020"}


@pytest.mark.parametrize(
    ("title", "pattern", "frequency", "start", "asked"),
    [
        ("Tahun 2020-2023", YEAR, "A", "", ["a_range"]),
        ("Januari - Maret 2025", MONTH, "M", "", ["frequency_differs"]),
        ("Januari - Maret 2025", MONTH, "Q", "2025-01-01", []),
        ("1-31 Maret 2025", MONTH, "M", "2025-03-01", []),
        ("Januari - Maret 2025", YEAR, "A", "", ["frequency_differs"]),
    ],
)  # fmt: skip
def test_a_range_in_a_title_is_read_as_what_it_is_or_asked_back(
    title: str, pattern: str, frequency: str, start: str, asked: list[str]
) -> None:
    cells = [[title], ["Kelas", "Tamu Asing"], ["Bintang 1", 120]]
    found = read_sheet(cells, hotel({"period_start": pattern}, frequency))
    assert found.texts["period_start"] == [start]
    assert [code for _, code, _ in found.asked] == asked
