"""Names of provinces and regencies in cells of partner files, to codes or back to the sender."""

from __future__ import annotations

import csv
from collections import Counter
from typing import Any

import pytest

from tasks.read.workbook.regions import CODES, nearest, region_code
from tasks.read.workbook.text import Unclear

pytestmark = pytest.mark.fast

with (CODES / "region.csv").open(encoding="utf-8", newline="") as handle:
    LISTED = list(csv.DictReader(handle))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Kabupaten Blitar", "3505"), ("Kab. Blitar", "3505"), ("Kab Blitar", "3505"),
        ("KAB.BLITAR", "3505"), ("Blitar, Kab.", "3505"), ("Blitar Regency", "3505"),
        ("Kabupaten Blitar *", "3505"), ("Kab. Blitar 1)", "3505"), ("ブリタル県", "3505"),
        ("Kota Blitar", "3572"), ("KOTA BLITAR", "3572"), ("Kodya Blitar", "3572"),
        ("Blitar City", "3572"), ("Blitar (Kota)", "3572"), ("ブリタル市", "3572"),
        ("Kab. Malang", "3507"), ("Kota Malang", "3573"), ("Banyuwangi", "3510"),
        ("Surabaya", "3578"), ("Kota Batu", "3579"), ("Labuhan Batu", "1207"),
        ("Kota Baru", "6302"), ("Kotabaru", "6302"), ("Kota Waringin Timur", "6202"),
        ("Kepulauan Seribu", "3101"), ("Kep. Seribu", "3101"), ("Jakarta Selatan", "3171"),
        ("Kab. Adm. Kepulauan Seribu", "3101"), ("Kota Administrasi Jakarta Selatan", "3171"),
        ("Jawa Timur", "35"), ("Prov. Jawa Timur", "35"), ("Provinsi Jawa Timur", "35"),
        ("JATIM", "35"), ("East Java", "35"), ("East Java Province", "35"), ("東ジャワ州", "35"),
        ("DKI Jakarta", "31"), ("Jakarta", "31"), ("ジャカルタ", "31"), ("D.K.I. Jakarta", "31"),
        ("DI Yogyakarta", "34"), ("D.I. Yogyakarta", "34"), ("DIY", "34"), ("Kepri", "21"),
        ("Kep. Riau", "21"), ("Riau", "14"), ("Bali", "51"), ("バリ島", "51"), ("NTT", "53"),
        ("Prov. Gorontalo", "75"), ("Kab. Gorontalo", "7502"), ("Kota Gorontalo", "7571"),
        ("3505", "3505"), ("35.05", "3505"), ("35.72", "3572"), (3505, "3505"),
        (3505.0, "3505"), ("3505.0", "3505"), ("11.09", "1101"), ("35", "35"), (35.0, "35"),
        ("TOTAL", "TOTAL"), ("Total", "TOTAL"), ("", None), ("-", None), ("…", None),
    ],
)  # fmt: skip
def test_regions(cell: Any, expected: str | None) -> None:
    assert region_code(cell) == expected


@pytest.mark.parametrize(
    ("cell", "readings"),
    [
        ("Blitar", ("3505 Kabupaten Blitar", "3572 Kota Blitar")),
        ("MADIUN", ("3519 Kabupaten Madiun", "3577 Kota Madiun")),
        ("Yogyakarta", ("34 DI Yogyakarta", "3471 Kota Yogyakarta")),
        ("Gorontalo", ("75 Gorontalo", "7502 Kabupaten Gorontalo", "7571 Kota Gorontalo")),
    ],
)
def test_a_name_of_several_regions_is_asked_back(cell: str, readings: tuple[str, ...]) -> None:
    with pytest.raises(Unclear) as error:
        region_code(cell)
    assert (error.value.code, error.value.readings) == ("ambiguous_region", readings)


def test_the_level_of_a_column_may_tell_which_it_is() -> None:
    assert region_code("Gorontalo", level="province") == "75"
    assert region_code("Jambi", level="regency") == "1571"
    with pytest.raises(Unclear):
        region_code("Blitar", level="regency")


@pytest.mark.parametrize(
    "cell",
    ["Kab/Kota Blitar", "Blitar Raya", "Kota Banyuwangi", "Provinsi Blitar", "Kabupaten Blitar 2",
     "Jepang", "9999", "99.99", "Kabupaten", "350501", "Indonesia"],
)  # fmt: skip
def test_what_is_no_region_stays_for_the_rule(cell: str) -> None:
    assert region_code(cell) == cell


@pytest.mark.parametrize("row", LISTED, ids=lambda row: str(row["region_code"]))
def test_every_region_of_the_list_is_known_by_name_and_code(row: dict[str, str]) -> None:
    code = row["region_code"]
    assert region_code(code) == code
    level: Any = "province" if not row["parent_code"] else "regency"
    assert region_code(row["name_id"], level=level) == code
    assert region_code(row["name_id"].upper(), level=level) == code
    assert region_code(row["name_en"], level=level) == code
    if row["parent_code"]:
        assert region_code(row["kemendagri_code"]) == code
        assert region_code(row["name_id"].replace("Kabupaten", "Kab.")) == code


def test_no_name_alone_is_ever_taken_for_one_of_two() -> None:
    kinds = ("Kabupaten Administrasi ", "Kota Administrasi ", "Kabupaten ", "Kota ")
    bare = [row["name_id"] for row in LISTED]
    for kind in kinds:
        bare = [name.removeprefix(kind) for name in bare]
    shared = {name for name, count in Counter(bare).items() if count > 1}
    assert {"Blitar", "Malang", "Gorontalo"} <= shared
    for name in shared:
        with pytest.raises(Unclear, match="ambiguous_region"):
            region_code(name)


def test_aliases_are_of_regions_and_lead_to_them() -> None:
    with (CODES / "region_alias.csv").open(encoding="utf-8", newline="") as handle:
        lines = [(row["region_code"], row["name"]) for row in csv.DictReader(handle)]
    assert len({name for _, name in lines}) == len(lines)
    assert {name: region_code(name) for _, name in lines} == {name: code for code, name in lines}


@pytest.mark.parametrize(
    ("cell", "first"),
    [("Kab. Blittar", "3505 Kabupaten Blitar"), ("Kota Blittar", "3572 Kota Blitar"),
     ("Banyuwangy", "3510 Kabupaten Banyuwangi"), ("Jawa Timor", "35 Jawa Timur")],
)  # fmt: skip
def test_nearest_names(cell: str, first: str) -> None:
    found = nearest(cell)
    assert found[0] == first
    assert len(found) <= 3


def test_nothing_is_near_to_everything() -> None:
    assert nearest("Xyzzy") == ()
