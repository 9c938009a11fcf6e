"""Words of size in headings and titles are never read as nothing: the factor is declared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasks.answers.words import FILES
from tasks.read.workbook import convert, scales
from tasks.read.workbook.layout import fold
from tests.workbooks import Cells, declared, workbook

pytestmark = pytest.mark.fast
EXPORTS = {
    "columns": {"Negara": "partner_area", "Kode HS": "product_code", "Nilai": "value",
                "Berat": "net_weight_kg", "Eksportir": "exporters"},
    "constants": {"frequency": "A", "period_start": "2024", "currency": "USD"},
}  # fmt: skip
HEAD = ["Negara", "Kode HS", "Nilai", "Berat", "Eksportir"]
ROWS: Cells = [["Jepang", "920600", 1.5, 20, 3], ["Australia", "920600", 2.5, 30, 4]]


def asked(path: Path, cells: Cells, **more: Any) -> list[tuple[str, str, str]]:
    """Code, column and facts of what stops a file."""
    contract = declared("local_exports", **EXPORTS | more)
    report = convert.convert_file(workbook(path / "a.xlsx", cells), path, {"it": contract})
    return [(code, where, " ".join(facts)) for code, _, where, facts in report["problems"]]


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Nilai (juta USD)", "juta usd"), ("Nilai (Rp Juta)", "rp juta"),
        ("Nilai (dalam ribuan)", "ribuan"), ("Nilai (US$ 000)", "us$ 000"),
        ("Nilai ('000)", "'000"), ("Nilai (000 USD)", "000 usd"), ("Nilai [Miliar]", "miliar"),
        ("Nilai dalam juta rupiah", "juta rupiah"), ("Nilai juta USD", "juta usd"),
        ("Nilai (million)", "million"), ("Value in thousands", "thousands"),
        ("Nilai, USD million", "usd million"), ("金額（千円）", "千円"), ("金額(百万円)", "百万円"),
        ("金額　百万円", "百万円"), ("訪日外客数（単位：千人）", "千人"),
        ("Jumlah (ribu orang)", "ribu orang"),
        ("Visitors (thousand persons)", "thousand persons"), ("輸出額 億円", "億円"),
        ("Nilai", ""), ("Nilai (USD)", ""), ("Tamu (orang)", ""), ("金額（円）", ""),
        ("Omzet > 300 juta rupiah", ""), ("Kasus per 1.000 penduduk", ""), ("Rasio (per ribu)", ""),
        ("人口千人当たり", ""), ("千葉県", ""), ("大阪万博", ""), ("Kepulauan Seribu", ""),
        ("Penjualan di atas 5 juta", ""), ("per million people", ""), ("Ribuan UMKM", ""),
    ],
)  # fmt: skip
def test_a_heading_says_in_what_its_numbers_are(heading: str, words: str) -> None:
    assert scales.of_title(fold(heading)) == words


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Tabel 8.1 Nilai Ekspor Menurut Negara (Juta US$), 2024", "juta us$"),
        ("Nilai ekspor 2019-2023, dalam ribu USD", "ribu usd"),
        ("(dalam jutaan rupiah)", "jutaan rupiah"),
        ("Satuan: ribu orang", "ribu orang"), ("Unit: USD million", "usd million"),
        ("単位：百万円", "百万円"), ("（単位: 千人）", "千人"),
        ("Exports, in thousands", "thousands"),
        ("Catatan: angka dalam ribuan", "ribuan"),
        ("Note: figures are in USD million", "usd million"),
        ("注：金額は百万円", "百万円"),
        ("Catatan: Tabel 5 disajikan dalam ribu orang", ""), ("Lihat Tabel 4 (juta USD)", ""),
        ("Note: Table 2 is in thousands", ""), ("Tabel 7 dalam juta rupiah", ""),
        ("Sumber: BPS, Ekspor (ribu USD)", ""), ("Ekspor tembus 5 juta USD", ""),
        ("Target ratusan juta rupiah", ""), ("Nilai Ekspor Menurut Negara", ""),
        ("Catatan: usaha dengan omzet di bawah 300 juta rupiah", ""),
    ],
)  # fmt: skip
def test_a_title_speaks_of_its_own_table_alone(title: str, words: str) -> None:
    assert scales.of_title(fold(title)) == words


@pytest.mark.parametrize(
    ("heads", "found"),
    [
        ({2: "Nilai (juta USD)"}, [("C", "juta usd")]),
        ({3: "Berat (ton)"}, [("D", "ton")]),
        ({2: "Nilai (juta USD)", 3: "Berat (ribu ton)"}, [("C", "juta usd"), ("D", "ribu ton")]),
        ({2: "Nilai (USD)", 3: "Berat (kg)"}, []),
    ],
)
def test_a_column_in_thousands_is_asked_back(
    tmp_path: Path, heads: dict[int, str], found: list[tuple[str, str]]
) -> None:
    head = [heads.get(n, text) for n, text in enumerate(HEAD)]
    wanted = [("scale_undeclared", *one) for one in found]
    assert asked(tmp_path, [head, *ROWS]) == wanted


@pytest.mark.parametrize(
    ("head", "units"), [("Nilai (juta USD)", []), ("Nilai", ["", "", "(juta USD)", "(kg)", ""])]
)
@pytest.mark.parametrize("factor", ["1000000", "1"])
def test_a_declared_factor_answers_it(
    tmp_path: Path, head: str, units: list[str], factor: str
) -> None:
    lines = [[*HEAD[:2], head, *HEAD[3:]], *([units] if units else []), *ROWS]
    assert asked(tmp_path, lines)[0][:2] == ("scale_undeclared", "C")
    assert asked(tmp_path, lines, factors={"value": factor}) == []


ABOVE = [["Ekspor Menurut Negara (juta USD)"], [], HEAD, *ROWS]


@pytest.mark.parametrize(
    ("lines", "columns"),
    [
        (ABOVE, "CDE"),
        ([ABOVE[0], [*HEAD[:3], "Berat (kg)", "Eksportir (perusahaan)"], *ROWS], "C"),
        ([HEAD, *ROWS, ["Catatan: nilai dalam juta USD"]], "CDE"),
        ([HEAD, *ROWS, ["(juta USD)"]], "CDE"),
        ([HEAD, *ROWS, ["Catatan: Tabel 5 dalam juta USD"]], ""),
        ([["Tabel 1. Produksi (ribu ton)"], ["Kopi", 1, 2], ["Tabel 2. Ekspor"], HEAD, *ROWS], ""),
        ([["Tabel 1. Produksi (ribu ton)"], ["Tabel 2. Ekspor"], HEAD, *ROWS], ""),
        ([["Produksi (ribu ton)"], ["Kopi", 1, 2], ["Ekspor"], HEAD, *ROWS], ""),
    ],
)
def test_a_title_holds_for_the_columns_that_say_no_unit(
    tmp_path: Path, lines: Cells, columns: str
) -> None:
    assert "".join(where for _, where, _ in asked(tmp_path, lines)) == columns
    assert asked(tmp_path, lines, factors={"value": "1000000"}) == []


def test_a_unit_beside_the_numbers_says_it(tmp_path: Path) -> None:
    lines: Cells = [["Thn", "Nilai (ribu orang)"], [2023, 1.5], [2024, 2.5]]
    constants = {"area": "IDN", "indicator": "x", "frequency": "A"}
    asks = ["scale_undeclared"]
    for unit, codes in (({}, asks), ({"unit": "orang"}, asks), ({"unit": "ribu orang"}, [])):
        contract = declared("indicators", columns={"Thn": "period_start", "Nilai": "value"},
                            constants=constants | unit)  # fmt: skip
        path = workbook(tmp_path / "a.xlsx", lines)
        report = convert.convert_file(path, tmp_path, {"it": contract})
        assert [p[0] for p in report["problems"]] == codes


def test_what_was_read_before_is_not_asked_again(tmp_path: Path) -> None:
    lines = [[*HEAD[:2], "Nilai (juta USD)", *HEAD[3:]], *ROWS]
    contract = declared("local_exports", **EXPORTS, factors={"value": "1000000"})
    convert.convert_file(workbook(tmp_path / "a.xlsx", lines), tmp_path, {"it": contract})
    plain = declared("local_exports", **EXPORTS)
    report = convert.convert_file(tmp_path / "it" / "cells", tmp_path / "again", {"it": plain})
    assert (report["problems"], report["readings"][0]["rows"]) == ([], 2)


def test_the_answer_has_words_for_it() -> None:
    assert "{where}" in FILES["scale_undeclared"].id
