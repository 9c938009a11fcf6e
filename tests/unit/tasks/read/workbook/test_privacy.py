"""Personal data is known by structure, shape and heading; figures are not taken for it."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.reading import Workbook
from tasks.read.workbook import grid as grids
from tasks.read.workbook import layout, privacy, rows

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("3505112403090002", True),
        ("3505116403090002", True),  # a woman's day of birth has 40 added
        ("3505112902000001", True),  # 29 February 2000
        ("3505112902010001", False),  # and none in 2001 or 1901
        ("9905112403090002", False),  # no such province
        ("3505113503090002", False),  # day 35
        ("3505112403090000", False),  # no serial number
        ("3500112403090002", False),  # no such district
        ("2005112403090002", False),  # nor such a province
        ("350511240309000", False),
    ],
)
def test_nik_by_structure(digits: str, expected: bool) -> None:
    assert privacy.is_nik(digits) is expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("NIK: 3505 1164 0309 0002", "nik"),
        ("hubungi 0812-3456-7890", "phone"),
        ("+62 812 3456 7890", "phone"),
        ("+81 90-1234-5678", "phone"),
        ("siti@contoh.example", "e_mail"),
        ("paspor C1234567", "passport"),
    ],
)
def test_texts_that_hold_personal_data(text: str, kind: str) -> None:
    assert privacy.text_kind(text) == kind


@pytest.mark.parametrize(
    "text",
    ["450000000", "Rp 1.250.000.000,00", "2025-08-17", "KSD-001", "415/123/2025", "920600",
     "Pameran kendang 2025", "9999999999999999", "0812", "12.500.000.000.000", "H6 2022",
     "0812.90.10.00", "08.15-09.30 10.00-11.45", "SNI 01-3542-2004", "62852531481.607",
     "ekspor 62.812.345.678 dan 62 812 345 678", "3.505.124.101.900.007",
     "12-05-2011 - 03-12-2025"],
)  # fmt: skip
def test_figures_and_codes_are_not_taken_for_it(text: str) -> None:
    assert privacy.text_kind(text) is None


@pytest.mark.parametrize(
    ("header", "kind"),
    [("Nama Siswa", "name"), ("氏名", "name"), ("DATE OF BIRTH", "birth_date"), ("No. HP", "phone"),
     ("生年月日", "birth_date"), ("judul", None), ("nama pameran", None), ("jumlah siswa", None)],
)  # fmt: skip
def test_headings_announce_it(header: str, kind: str | None) -> None:
    assert privacy.header_kind(header) == kind


@pytest.mark.parametrize("before", [0, 700, 790, 5000, 31000])
def test_a_long_text_is_searched_to_its_end(before: int) -> None:
    assert privacy.text_kind("a.b-" * (before // 4) + " oleh 3505 1241 0190 0007") == "nik"


class TestLabelledList:
    """Invented texts, headings and numbers, of which a quarter was written after the patterns."""

    @staticmethod
    def found(kind_of_item: str, item: str) -> str | None:
        if kind_of_item == "heading":
            return privacy.header_kind(item)
        if kind_of_item == "number":
            return next(iter(privacy.kinds_in([int(item)])), None)
        return privacy.text_kind(item)

    def test_persons_are_found_and_figures_are_not_taken_for_them(self) -> None:
        path = Path(__file__).with_name("labelled_persons.csv")
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        wrong = [
            r for r in rows if bool(r["label"]) != bool(self.found(r["kind_of_item"], r["item"]))
        ]
        for row in wrong:
            print("missed" if row["label"] else "false alarm", row)
        of_persons = Counter(bool(row["label"]) for row in rows)
        missed = Counter(bool(row["label"]) for row in wrong)
        assert min(of_persons.values()) >= 250
        assert missed[True] <= 0.01 * of_persons[True], "recall"
        assert missed[False] <= 0.01 * of_persons[False], "false alarms"

    def test_most_are_called_by_their_kind(self) -> None:
        path = Path(__file__).with_name("labelled_persons.csv")
        rows = [
            r for r in csv.DictReader(path.read_text(encoding="utf-8").splitlines()) if r["label"]
        ]
        other = [r for r in rows if self.found(r["kind_of_item"], r["item"]) != r["label"]]
        assert len(other) <= 0.02 * len(rows), other


class TestColumns:
    """A heading announces a kind; ages and sexes over totals are no personal data."""

    @pytest.mark.parametrize(
        ("heading", "cells", "kind"),
        [
            ("Umur", ["17", "16", "17"], "birth_date"),
            ("Umur", [17, 16.0], "birth_date"),
            ("Usia", ["17 th", "16 tahun"], "birth_date"),
            ("年齢", ["17歳", "16歳"], "birth_date"),
            ("Umur", ["15-24", "25-34"], None),
            ("Age", ["0-14", "65+", "Total"], None),
            ("Age", [0, 1, 2, "Total"], None),
            ("年齢", ["20歳代", "総数"], None),
            ("Umur", [1250, 3402], None),  # a measure
            ("Age", [34.5, 29.1], None),  # an average
            ("Tanggal Lahir", ["2009-03-24"], "birth_date"),
            ("Jenis Kelamin", ["L", "P", "P"], "sex"),
            ("Jenis Kelamin", ["Laki-laki", "Perempuan", "Jumlah"], None),
            ("性別", ["男", "女"], "sex"),
            ("性別", ["男", "女", "総数"], None),
            ("Gender", ["Poverty", "Communication", "Employment"], None),  # a label among others
            ("Sex", [120, 340], None),
            ("Agama", ["Islam", "Hindu"], "religion"),
            ("Agama", [120, 340], None),
            ("WA", ["NSW", "VIC", "QLD"], None),  # Western Australia
            ("WA", ["0812-9988-7705", "0813-5566-7788"], "phone"),
            ("HP", [12, 30], None),
            ("Ketua", [3, 4, 12], None),
            ("Ketua", ["Siti Marfuah", "Bagus Adi"], "name"),
            ("Student", ["Visitor", "Business"], None),
            ("Nama Pemilik", ["Toko A", "Toko B"], "name"),
            ("No. Rekening", ["0123-01-004567-50-8"], "bank_account"),
            ("氏　名", ["山田花子"], "name"),
            ("Negara", ["Jepang"], None),
        ],
    )  # fmt: skip
    def test_cells_confirm_or_refute(
        self, heading: str, cells: list[object], kind: str | None
    ) -> None:
        assert privacy.column_kind(heading, cells) == kind
        assert privacy.column_kind(heading, [heading, "", None, *cells]) == kind

    def test_an_empty_column_is_what_its_heading_says(self) -> None:
        assert privacy.column_kind("Umur", ["", None]) == "birth_date"

    @pytest.mark.parametrize(
        ("cells", "kinds"),
        [
            (["Telp", 81299887705.0, 81299887706.0], {"phone"}),
            (["81299887705", "81355667788"], {"phone"}),
            (["812998877", "813556677", "857123456"], {"phone"}),
            (["0901210000", "4420109000", "9206000000"], set()),  # customs codes
            ([81299887705, 4500000000, 120000], set()),  # figures
            ([812998877], set()),
            ([3505124101900007], {"nik"}),
            ([3505124101900000], {"nik"}),  # Excel keeps fifteen digits
            ([True, False, float("inf"), float("nan")], set()),
            (["Siti Marfuah (17 th)", "hubungi 0812-9988-7705"], {"birth_date", "phone"}),
        ],
    )
    def test_the_column_decides_about_bare_digits(
        self, cells: list[object], kinds: set[str]
    ) -> None:
        assert privacy.kinds_in(cells) == kinds

    @pytest.mark.parametrize(
        ("cells", "kinds"),
        [
            ([81299887705, "81299887705"], set()),
            ([3505124101900000], set()),
            ([3505124101900007], {"nik"}),
            (["5.225.377.200.000.000"], set()),
            (["hubungi 0812-9988-7705"], {"phone"}),
        ],
    )
    def test_among_figures_only_the_nik_counts(self, cells: list[object], kinds: set[str]) -> None:
        assert privacy.kinds_in(cells, are_figures=True) == kinds


SEPARATORS = (" ", "  ", ".", "-", " - ", "/", "_", ",", "\u00a0", "\u2011", "\u2013", "\u3000")
SENTENCES = ("{}", "oleh {}", "{} sudah hadir", "(kontak {}) di Blitar", "連絡は {} まで", "a: {};")
KANJI = "〇一二三四五六七八九"
MARKS = st.sampled_from(["", "\u200b", "\u200d", "\ufeff", "\u00ad"])
DIGITS = st.sampled_from(
    [
        "0123456789",
        "０１２３４５６７８９",
        "〇一二三四五六七八九",
        "٠١٢٣٤٥٦٧٨٩",
        "O123456789",
        "0l23456789",
    ]
)


@st.composite
def niks(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1940, 1, 1), date(2024, 12, 31)))
    day = born.day + 40 * draw(st.booleans())
    place = f"{draw(st.sampled_from([11, 31, 35, 51, 64, 73, 91]))}{draw(st.integers(1, 79)):02}"
    serial = draw(st.integers(1, 9999))
    return f"{place}{draw(st.integers(1, 50)):02}{day:02}{born:%m%y}{serial:04}"


@st.composite
def written(draw: st.DrawFn, number: str, sizes: tuple[int, ...] = ()) -> str:
    """A number in a sentence: one separator, groups of any size, marks, digits of any script."""
    groups, rest, left = [], number, list(sizes)
    while rest:
        size = left.pop(0) if left else draw(st.integers(2, len(number)))
        size += len(rest) - size == 1  # no group of one digit
        groups.append(rest[:size])
        rest = rest[size:]
    text = draw(st.sampled_from(SEPARATORS)).join(groups)
    at = draw(st.integers(0, len(text)))
    text = text[:at] + draw(MARKS) + text[at:]
    text = text.translate(str.maketrans("0123456789", draw(DIGITS)))
    return draw(st.sampled_from(SENTENCES)).format(text)


class TestWrittenInAnyWay:
    @given(st.data(), niks())
    def test_an_nik(self, data: st.DataObject, nik: str) -> None:
        assert privacy.is_nik(nik)
        assume(nik[12:14] not in ("19", "20"))  # 350/51241/0190/2007 is a document
        assert privacy.text_kind(data.draw(written(nik))) == "nik"

    @given(st.data(), st.sampled_from("1235789"), st.integers(10**7, 10**9 - 1))
    def test_a_mobile_number(self, data: st.DataObject, prefix: str, number: int) -> None:
        text = data.draw(written(f"08{prefix}{number}"))
        assume(sum(c.isdigit() or c in KANJI for c in text) >= 6)  # not 08OO OOO OOO
        assert privacy.text_kind(text) == "phone"

    @given(st.data(), st.sampled_from([(3, 8), (3, 4, 4), (4, 6), (4, 3, 3), (2, 4, 4)]))
    def test_a_landline_with_its_area(self, data: st.DataObject, sizes: tuple[int, ...]) -> None:
        area = {2: "03", 3: "031", 4: "0342"}[sizes[0]]
        size = sum(sizes) - len(area)
        local = data.draw(st.integers(3 * 10 ** (size - 1), 9 * 10 ** (size - 1)))
        text = data.draw(written(f"{area}{local}", sizes))
        assume("," not in text and "/" not in text and "_" not in text)
        assert privacy.text_kind(text) == "phone"

    @given(st.data(), st.integers(10**14, 10**15 - 1))
    def test_a_tax_number(self, data: st.DataObject, number: int) -> None:
        assert privacy.text_kind("NPWP " + data.draw(written(str(number)))) == "tax_number"

    @given(st.integers(-(10**14), 10**14), st.sampled_from(["{:,}", "{}", "Rp {:,}", "{:,} ton"]))
    def test_figures_are_not(self, number: int, form: str) -> None:
        assume(not str(number).startswith("62"))
        text = form.format(number)
        assert privacy.text_kind(text) is None
        assert privacy.text_kind(text.replace(",", ".")) is None

    @given(
        st.dates(date(1945, 1, 1), date(2045, 1, 1)),
        st.dates(date(1945, 1, 1), date(2045, 1, 1)),
        st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y", "%Y%m%d"]),
        st.sampled_from(["{}-{}", "{} - {}", "{} s.d. {}", "{}, {}", "{} {}", "415/{} {}"]),
    )
    def test_dates_and_years_are_not(self, first: date, last: date, form: str, both: str) -> None:
        text = both.format(first.strftime(form), last.strftime(form))
        assert privacy.text_kind(text) is None, text

    @given(st.integers(1, 999), st.integers(1, 9999), st.integers(100, 999), st.integers(1, 150),
           st.integers(2000, 2030))  # fmt: skip
    def test_numbers_of_documents_are_not(
        self, subject: int, number: int, office: int, unit: int, year: int
    ) -> None:
        for text in (f"{subject:03}/{number:04}/{office}.{unit}/{year}",
                     f"Nomor {subject:03}/{number}/{office}/{year} tanggal 3 Maret {year}",
                     f"{subject:03}.{unit}/{number}/SJ"):  # fmt: skip
            assert privacy.text_kind(text) is None, text


def test_a_note_is_not_a_row_and_a_total_is_not_either() -> None:
    names = {"kode": "code", "nilai": "value"}
    grid = [
        ["Judul besar"],
        ["Kode", "Nilai (Rp)"],
        ["a", 1],
        ["Jumlah", 3],
        ["b", 2],
        ["Catatan: x"],
    ]
    plain = Workbook(headings=names, required=("code",), fields={"code": "text", "value": "number"})
    sheet, contract = grids.Sheet(1, "", True, grid), plain.model_dump()
    here = layout.find_layout(sheet, contract)
    assert here is not None
    found = rows.find_rows(sheet, here, contract)
    assert (found.data, found.left_out) == ([2, 4], [(3, "total"), (5, "note")])


@pytest.mark.parametrize(
    ("index", "text"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")]
)
def test_column_letters(index: int, text: str) -> None:
    assert grids.column_letter(index) == text
