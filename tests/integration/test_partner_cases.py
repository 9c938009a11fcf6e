"""Files that partners really send, one of each kind of fault: all of them, with the right result.

They lie beside the samples, in `cases/files`; its README says where each kind was seen.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import partner as partners
from config import region
from tasks.read.workbook import convert
from tasks.read.workbook.pseudonym import VARIABLE
from tests.conftest import rows
from tests.workbooks import Take, everything_under, only, reading_of, reasons, workbook

KEY = "0123456789abcdef0123"
ARRIVALS = "origin_area period_start visitors"
GATES = "breakdown_code period_start visitors"
HOTELS = "class_code room_occupancy_percent guests_foreign"
EVENTS = "event_id event_date"
TWO = """
jepang | 2024-01-01 | 320
australia | 2024-01-01 | 72
"""
THREE_YEARS = """
jepang | 2022-01-01 | 100
jepang | 2023-01-01 | 210
jepang | 2024-01-01 | 320
australia | 2022-01-01 | 50
australia | 2023-01-01 | 61
australia | 2024-01-01 | 72
"""
STARS = """
Bintang 1 | 40.1 | 120
Bintang 2 | 45.2 | 300
"""
JAPANESE = """
インドネシア | 2024-01-01 | 10
オーストラリア | 2023-01-01 | 12
"""


@dataclass(frozen=True)
class Case:
    """A case and its right result: rows in any order, their questions as `place code field
    readings`, and the rows that are no data, from 1. `stops` are problems and kinds of personal
    data that stop the whole file. `mapping` changes the sender's first mapping."""

    code: str
    names: str = ""
    rows: str = ""
    asked: tuple[str, ...] = ()
    left_out: dict[str, list[int]] = field(default_factory=dict)
    stops: tuple[str, ...] = ()
    mapping: dict[str, Any] = field(default_factory=dict)
    hidden_rows: tuple[int, ...] = ()
    stages: tuple[str, ...] = ()  # of the rows, in their order
    statuses: tuple[str, ...] = ()


MARKED = {"marks": {"*": "preliminary", "*)": "preliminary", "r": "", "¹": ""}}
CASES = [
    Case("A01", ARRIVALS, """
jepang | 2024-01-01 | 320
australia | 2024-01-01 | 72
jepang | 2024-01-01 | 321
atlantis | 2024-01-01 | 5
jepang |  | 1
""", ("1!6 not_a_period period_start",)),
    Case("F01", ARRIVALS, TWO),
    Case("F02", ARRIVALS, "jepang | 2024-01-01 | 320"),
    Case("F03", "area period_start value", """
korea, republik | 2024-01-01 | 1500
tiongkok, hong kong | 2024-01-01 | 2750
iran, republik islam | 2024-01-01 | 3100
"""),
    Case("F04", ARRIVALS, JAPANESE),
    Case("F05", stops=("undecodable utf-8 24",)),
    Case("F05", ARRIVALS, """
côte d’ivoire | 2024-01-01 | 3
türkiye | 2024-01-01 | 4
""", mapping={"encoding": "cp1252"}),
    Case("F06", ARRIVALS, TWO),
    Case("F08", ARRIVALS, TWO, hidden_rows=(3,)),
    Case("F11", ARRIVALS, "\n".join(
        f"jepang | {2000 + n // 12}-{n % 12 + 1:02}-01 | {100 + n}" for n in range(300)
    )),
    Case("F12", ARRIVALS, TWO),
    Case("F13", ARRIVALS, """
jepang | 2024-01-01 | 1234
australia (termasuk norfolk) | 2024-01-01 | 72
"""),
    Case("F14", ARRIVALS, "jepang | 2024-01-01 | 320"),
    Case("F15", ARRIVALS, "jepang | 2024-01-01 | 320"),
    Case("L01", GATES, """
Ngurah Rai | 2024-01-01 | 414937
Ngurah Rai | 2024-02-01 | 454398
Ngurah Rai | 2024-03-01 | 463804
Ngurah Rai | 2025-01-01 | 526831
Ngurah Rai | 2025-02-01 | 444411
Ngurah Rai | 2025-03-01 | 464697
Juanda | 2024-01-01 | 17196
Juanda | 2024-02-01 | 28026
Juanda | 2024-03-01 | 18543
Juanda | 2025-01-01 | 22119
Juanda | 2025-02-01 | 19205
Juanda | 2025-03-01 | 15647
"""),
    Case("L02", ARRIVALS, THREE_YEARS),
    Case("L03", ARRIVALS, """
jepang | 2023-01-01 | 100
australia | 2023-01-01 | 50
jepang | 2024-01-01 | 320
australia | 2024-01-01 | 72
"""),
    Case("L04", ARRIVALS, TWO, left_out={"numbering": [3]}),
    Case("L05", ARRIVALS, TWO),
    # Nothing need be declared: headings and numbering are found.
    Case("L05", ARRIVALS, TWO, left_out={"numbering": [3]},
         mapping={"header_rows": [], "first_row": None}),
    Case("L06", ARRIVALS, """
jepang | 2023-01-01 | 100
australia | 2023-01-01 | 50
jepang | 2024-01-01 | 320
australia | 2024-01-01 | 160
"""),
    Case("L08", ARRIVALS, TWO + "singapura | 2024-01-01 | 11", left_out={"heading": [5]}),
    Case("L10", ARRIVALS, THREE_YEARS),
    Case("L13", ARRIVALS, """
jepang | 2024-01-01 | 100
jepang | 2024-02-01 | 210
"""),
    Case("L14", ARRIVALS, TWO, left_out={"note": [3, 6, 7], "heading": [4]}),
    Case("L15", HOTELS, "Bintang 1 | 40.1 | 120", left_out={"note": [3, 4, 5]}),
    Case("L16", ARRIVALS, """
jepang | 2024-01-01 |
australia | 2024-01-01 | 5
jepang | 2024-02-01 | 3
australia | 2024-02-01 | 6
"""),
    Case("L17", "region_code period_start visitors", """
3505 | 2024-01-01 | 320
3572 | 2024-01-01 | 72
3507 | 2024-01-01 | 99
"""),
    Case("L18", ARRIVALS, """
韓国 | 2019-01-01 | 10
韓国 | 2019-02-01 | 20
ミャンマー | 2019-01-01 | 1
ミャンマー | 2019-02-01 | 2
マカオ | 2019-01-01 | 1
マカオ | 2019-02-01 | 2
""", left_out={"dropped": [5]}),
    Case("L19", GATES, """
Ngurah Rai | 2024-04-01 | 502870
Ngurah Rai | 2024-05-01 | 544492
Ngurah Rai | 2024-06-01 | 520792
Ngurah Rai | 2025-04-01 | 587315
Ngurah Rai | 2025-05-01 | 602055
Ngurah Rai | 2025-06-01 | 637744
"""),
    *(Case(code, ARRIVALS, TWO) for code in ("P01", "P02", "P03", "P04", "P05")),
    Case("P06", stops=("phone 1 C",)),
    Case("P07", stops=("nik 1 C",)),
    Case("P09", ARRIVALS, "インドネシア | 2024-01-01 | 10"),
    Case("P11", stops=("birth_date 1 C",)),
    # A sender that declares a person's name as a title is believed: declared text is not judged.
    Case("P12", "programme_id title partner_org", "X-1 | Siti | Marfuah"),
    Case("P13", stops=("nik 1 D", "name 1 E")),
    Case("P15", "deal_id buyer_area value", """
D-001 | jepang | 1000
D-002 | atlantis |
D-003 | jepang | 5
""", ("1!3 not_a_number value",)),
    Case("T01", HOTELS, STARS, left_out={"total": [4]}),
    Case("T03", HOTELS, STARS, left_out={"total": [4, 5], "average": [6]}),
    Case("T05", HOTELS, STARS, left_out={"total": [4]}),
    Case("T06", "event_id title start_date visitors", """
2025-01 | Total Solution Expo | 2025-05-01 | 1200
2025-02 | Pameran kendang | 2025-08-01 | 12500
"""),
    Case("T07", "indicator period_start value", """
Jumlah wisatawan mancanegara | 2023-01-01 | 1100
Jumlah wisatawan mancanegara | 2024-01-01 | 1204
Jumlah hotel | 2023-01-01 | 35
Jumlah hotel | 2024-01-01 | 37
Rata-rata lama menginap | 2023-01-01 | 1.5
Rata-rata lama menginap | 2024-01-01 | 1.6
Total belanja wisatawan | 2023-01-01 | 800
Total belanja wisatawan | 2024-01-01 | 900
"""),
    Case("V01", HOTELS, """
Bintang 1 | 47.5 | 120
Bintang 2 | 45.2 | 300
"""),
    Case("V02", EVENTS, """
T-001 | 2025-03-14
T-002 | 2025-04-01
"""),
    Case("V03", HOTELS, STARS),
    Case("V04", EVENTS, """
T-001 | 2025-03-14
T-002 | 2025-04-01
T-003 | 2025-05-01
"""),
    Case("V05", ARRIVALS, """
インドネシア | 2018-01-01 | 10
インドネシア | 2019-01-01 | 11
インドネシア | 2019-01-01 | 12
インドネシア | 2024-01-01 | 13
オーストラリア | 2025-01-01 | 14
オーストラリア | 1985-01-01 | 15
"""),
    Case("V07", ARRIVALS, """
indonesia | 2022-08-01 | 108252
indonesia | 2022-07-01 | 119072
indonesia | 2022-08-01 | 1
indonesia | 1996-01-01 | 933
indonesia | 2023-01-01 | 5
indonesia | 2024-01-01 | 6
indonesia | 2023-03-01 | 7
indonesia | 2023-04-01 | 8
"""),
    Case("V09", ARRIVALS, """
jepang | 2022-01-01 |
jepang | 2023-01-01 |
jepang |  |
jepang | 2021-01-01 | 1234
jepang | 2020-01-01 | 1234567
jepang | 2019-01-01 |
""", ("1!2 marked_number visitors 12345", "1!3 marked_number visitors 12345",
      "1!4 not_a_period period_start", "1!4 ambiguous_number visitors -1 | (1)",
      "1!7 marked_number visitors 12345")),
    Case("V09", ARRIVALS, """
jepang | 2022-01-01 | 12345
jepang | 2023-01-01 | 12345
jepang | 2024-01-01 |
jepang | 2021-01-01 | 1234
jepang | 2020-01-01 | 1234567
jepang | 2019-01-01 | 12345
""", ("1!4 ambiguous_number visitors -1 | (1)",), mapping=MARKED,
         stages=("preliminary", "preliminary", "", "", "", "")),
    Case("V11", EVENTS, """
T-1 | 2025-03-17
T-2 |
T-3 | 2025-03-17
T-4 | 2025-04-01
T-5 | 2025-04-01
T-6 |
T-7 |
T-8 | 2025-03-17
T-9 |
""", ("1!3 a_range event_date 2025-03-17 | 2025-03-19", "1!7 not_a_date event_date",
      "1!8 short_year event_date", "1!10 not_a_date event_date")),
    Case("V12", ARRIVALS, """
wld | 2001-01-01 | 9090923
wld | 2002-01-01 | 9108728
wld | 2004-01-01 | 13577000
wld | 2009-01-01 | 16708834
"""),
    Case("V13", "origin_area period_start students", """
日本 | 2024-01-01 | 5
中国 | 2024-01-01 | 6
"""),
    # Which months begin a quarter is a rule of the table: see below.
    Case("V14", ARRIVALS, """
jepang | 2024-01-01 | 1
jepang | 2024-02-01 | 2
jepang | 2024-03-01 | 3
"""),
    Case("V16", HOTELS, """
Bintang 1 | 47.5 | 120
Bintang 2 | 45.2 | 300
Bintang 3 |  | 300
Bintang 4 | 51 | 300
""", ("1!4 share_or_percent room_occupancy_percent 0.51 | 51",)),
    Case("V17", ARRIVALS, """
jepang | 2024-01-01 |
australia | 2024-01-01 | 72
singapura | 2024-01-01 | 11
malaysia | 2024-01-01 |
thailand | 2024-01-01 |
filipina | 2024-01-01 | 1234
vietnam | 2024-01-01 |
tiongkok | 2024-01-01 | 12
""", ("1!2 about visitors 320", "1!5 a_range visitors 10 | 20",
      "1!8 ambiguous_number visitors 1.234 | 1234"),
         statuses=("", "", "", "", "suppressed", "", "", "")),
    Case("V18", "activity_id budget spent", """
G-1 | 150000000 | 150000000
G-2 | 1500000000 | 1500000000
G-3 | 150000000 | 150000000
G-4 | 150000000 |
G-5 | 0 | 0
"""),
]  # fmt: skip
# What each name of V19 stands for; without a code: it may stand for several.
COUNTRIES = {
    "JPN": "Jepang|JEPANG|Jepang *|Jepang 1)", "USA": "Amerika Serikat|Amerika|USA|U.S.A.|米国",
    "KOR": "Korea Selatan|Republik Korea|Korea, Republik|韓国|大韓民国|Korea, Republic Of",
    "GBR": "Inggris|UK|英国|UK, CIs & IOM", "XEU": "Eropa Lainnya",
    "CHN": "Tiongkok|RRT|RRC|China|Cina|中国|中華人民共和国",
    "HKG": "Hongkong|Hong Kong SAR|香港|Hong Kong (SAR of China)", "TWN": "Taiwan|Taiwan, ROC|台湾",
    "TLS": "Timor Leste|Timor-Leste", "NLD": "Belanda", "SAU": "Arab Saudi|Saudi Arabia",
    "ARE": "Uni Emirat Arab|UEA", "RUS": "Rusia|Federasi Rusia",
    "VNM": "Vietnam|Viet Nam|ベトナム|ヴェトナム|Viet Nam ", "BRN": "Brunei Darussalam|Brunei",
    "MMR": "Myanmar|Burma|ミャンマー", "KHM": "Kamboja", "LAO": "Laos",
    "PHL": "Filipina|フィリピン|Philipina", "CHE": "Swiss", "NZL": "Selandia Baru|ニュージーランド",
    "TUR": "Turki|Türkiye", "CZE": "Ceko", "PNG": "Papua Nugini|PNG", "AUS": "豪州",
    "MAC": "マカオ|Macau|Macao SAR", "ITA": "イタリー", "DEU": "独国|ドイツ",
    "IDN": "インドネシア共和国|  Indonesia", "FRA": "Perancis|Prancis", "ZAF": "Afrika Selatan",
    "EGY": "Mesir", "GRC": "Yunani", "HRV": "Kroasia",
    "": "AS",
}  # fmt: skip


def folder_of(file_cases: Path, code: str) -> Path:
    (found,) = file_cases.glob(f"{code}-*")
    return found


def inputs(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix != ".yml")


def mappings(folder: Path, changed: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """The sender's mappings, the first with some changed keys, as the reader gets them."""
    (path,) = folder.glob("case_*.yml")
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    if changed:
        raw["files"][0] |= changed
    (tmp_path / path.name).write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    sender = partners.read(tmp_path / path.name)
    found = partners.sources({sender.code: sender}, region.load("3505"))
    return {code: reading_of(source) for code, source in found.items()}


def table_of(text: str) -> list[list[str]]:
    return [[c.strip() for c in line.split("|")] for line in text.strip("\n").splitlines()]


def written(report: dict[str, Any], folder: Path) -> list[dict[str, str]]:
    found = []
    for reading in report["readings"]:
        with (folder / reading["contract"] / "rows.csv").open(encoding="utf-8", newline="") as file:
            found += list(csv.DictReader(file))
    return found


def asked(found: list[dict[str, str]]) -> list[str]:
    return [
        f"{row['_place']} {p['code']} {p['field']} {p['expected']}".strip()
        for row in found
        for p in json.loads(row["_problems"] or "[]")
    ]


def left_out(report: dict[str, Any]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for reading in report["readings"]:
        for sheet in reading["sheets"]:
            for kind, numbers in sheet["left_out"].items():
                found.setdefault(kind, []).extend(n + 1 for n in numbers)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.code)
def test_a_case_has_its_right_result(
    case: Case, file_cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, KEY)
    folder = folder_of(file_cases, case.code)
    known = mappings(folder, case.mapping, tmp_path)
    for number, path in enumerate(inputs(folder)):
        made = tmp_path / str(number)
        report = convert.convert_file(path, made, known)
        stops = [" ".join([p[0], *p[3]]) for p in report["problems"]]
        stops += [" ".join(map(str, kind)) for kind in report["kinds"]]
        assert tuple(stops) == case.stops, path.name
        if case.stops:
            assert not made.exists(), "something of a file that was stopped is kept"
            continue
        found = written(report, made)
        names = case.names.split()
        assert sorted([row[n] for n in names] for row in found) == sorted(table_of(case.rows))
        assert asked(found) == list(case.asked)
        assert left_out(report) == case.left_out
        hidden = [s["hidden_rows"] for r in report["readings"] for s in r["sheets"]]
        assert [n + 1 for numbers in hidden for n in numbers] == list(case.hidden_rows)
        for state, expected in (("_stage", case.stages), ("_status", case.statuses)):
            if expected:
                assert tuple(row[state] for row in found) == expected
        assert_cells_read_the_same(report, made, known, tmp_path / f"{number}-again")


def assert_cells_read_the_same(
    report: dict[str, Any], made: Path, known: dict[str, Any], again: Path
) -> None:
    """What is landed of a file has the same rows as the file."""
    for reading in report["readings"]:
        code = reading["contract"]
        second = convert.convert_file(made / code / "cells", again, {code: known[code]})
        assert (second["problems"], second["kinds"]) == ([], [])
        first_rows = (made / code / "rows.csv").read_text(encoding="utf-8")
        assert (again / code / "rows.csv").read_text(encoding="utf-8") == first_rows


def test_every_case_is_tried(file_cases: Path) -> None:
    there = {p.name[:3] for p in file_cases.iterdir() if p.is_dir()}
    assert there == {case.code for case in CASES} | {"V19"}


def test_nothing_of_a_person_is_in_what_is_landed(file_cases: Path, tmp_path: Path) -> None:
    """Notes, properties, names of sheets and files, columns that are left out."""
    secrets = [b"3505124101900", b"Tukiyem", b"Paijo", b"Ponimin", b"Lasmini", b"81299887705",
               "山田".encode(), "ヤマダ".encode(), "昭和60".encode()]  # fmt: skip
    for code in ("P01", "P02", "P03", "P04", "P05", "P09"):
        folder = folder_of(file_cases, code)
        known = mappings(folder, {}, tmp_path)
        for path in inputs(folder):
            convert.convert_file(path, tmp_path / code, known)
        kept = b"".join(everything_under(tmp_path / code).values())
        assert kept, code
        assert not [secret for secret in secrets if secret in kept], code


def taken(take: Take, folder: Path, path: Path | None = None, **variables: str) -> Any:
    (declared,) = folder.glob("case_*.yml")
    return only(
        take(path or folder / "in.xlsx", sender=declared.stem,
             PENATARAN_PARTNERS_PATH=str(folder), **variables)
    )  # fmt: skip


VISITORS = "SELECT origin_area, visitors, value_status FROM core_tourism__arrivals ORDER BY 1"


@pytest.mark.slow
def test_a_quarter_begins_in_four_months_only(take: Take, home: Path, file_cases: Path) -> None:
    found = taken(take, folder_of(file_cases, "V14"))
    assert (found.loaded, found.refused) == (1, 2)
    assert [(r[0], r[2]) for r in reasons(found)] == [("3", "2024-02-01"), ("4", "2024-03-01")]
    assert rows(home, "SELECT period_start FROM core_tourism__arrivals") == [(date(2024, 1, 1),)]


@pytest.mark.slow
def test_two_rows_of_one_key_name_each_other(take: Take, home: Path, file_cases: Path) -> None:
    found = taken(take, folder_of(file_cases, "A01"))
    assert rows(home, VISITORS) == [("AUS", 72, "observed")]
    both, country, period = reasons(found)
    assert both[0] == "2, 4"
    assert "Baris 2, 4" in both[3]
    assert (country[0], country[1][:2], country[2]) == ("5", "A:", "Atlantis")
    assert "Yang mirip" in country[3]
    assert (period[0], period[1][:2], period[2]) == ("6", "B:", "dua ribu")
    assert "2025-08" in period[3]


@pytest.mark.slow
def test_names_of_countries_are_known(
    take: Take, home: Path, file_cases: Path, tmp_path: Path
) -> None:
    """Each name in a year of its own, since several stand for one country."""
    from tasks.read.workbook.opening import sheets_of

    folder = folder_of(file_cases, "V19")
    head, *lines = sheets_of(folder / "in.xlsx")[0].rows
    expected = {name: code for code, names in COUNTRIES.items() for name in names.split("|")}
    assert [line[0] for line in lines if line[0] not in expected] == []
    years = {1901 + n: line[0] for n, line in enumerate(lines)}
    cells = [head, *([name, year, 7] for year, name in years.items())]
    found = taken(take, folder, workbook(tmp_path / "a.xlsx", cells))
    sql = "SELECT period_start, origin_area FROM core_tourism__arrivals"
    loaded = {years[start.year]: code for start, code in rows(home, sql)}
    assert loaded == {name: code for name, code in expected.items() if code}
    unknown = sorted(reason[2] for reason in reasons(found))
    assert unknown == sorted(name for name, code in expected.items() if not code)


@pytest.mark.slow
def test_counts_below_a_limit_are_suppressed(take: Take, home: Path, file_cases: Path) -> None:
    found = taken(take, folder_of(file_cases, "V17"))
    assert [r[2] for r in reasons(found)] == ["± 320", "10-20", "1,234"]
    assert rows(home, VISITORS) == [
        ("AUS", 72, "observed"), ("CHN", 12, "observed"), ("PHL", 1234, "observed"),
        ("SGP", 11, "observed"), ("THA", None, "suppressed"),
    ]  # fmt: skip


@pytest.mark.slow
def test_names_of_regencies_are_their_codes(take: Take, home: Path, file_cases: Path) -> None:
    assert taken(take, folder_of(file_cases, "L17")).refused == 0
    sql = "SELECT region_code, visitors FROM core_tourism__arrivals ORDER BY 1"
    assert rows(home, sql) == [("3505", 320), ("3507", 99), ("3572", 72)]


def test_buyers_leave_no_name_and_no_cell_of_theirs(
    take: Take, home: Path, file_cases: Path
) -> None:
    found = taken(take, folder_of(file_cases, "P15"), PENATARAN_HASH_KEY=KEY)
    assert [r[2] for r in reasons(found)] == ["•••", "•••", "•••"]
    ((deal, reference, value),) = rows(
        home, "SELECT deal_id, buyer_ref, value FROM core_promotion__deals"
    )
    assert (deal, reference[:5], value) == ("D-001", "hmac-", Decimal(1000))
    kept = everything_under(home)
    assert not [p for p, raw in kept.items() if b"Ngatemi" in raw or b"Sakura" in raw]
