"""What is kept of organisations and of people: references, and no small counts (X15)."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from config import contract as contracts
from flows.trace import trace
from schemas.catalogue import TABLES
from schemas.model import SMALL
from tasks.read.workbook.pseudonym import Pseudonyms, canonical
from tests.conftest import rows, settings_for
from tests.workbooks import Take, everything_under, only, workbook

KEY = "a key of the agency, kept elsewhere"
BUYER = "Yamada Shokai"
DEALS = [
    ["kode peristiwa", "kode transaksi", "pembeli", "negara pembeli", "kode produk", "status",
     "tanggal status", "nilai komitmen", "nilai realisasi", "mata uang", "incoterm"],
    ["P-1", "D-1", f"{BUYER} 株式会社", "Jepang", "920600", "kontrak", "2025-08-05", 1000, 400,
     "IDR", "FOB"],
    ["P-1", "D-2", "DIS-0012", "Jepang", "920600", "sampel", "2025-08-05", 500, None, "IDR", "FOB"],
    ["P-1", "D-3", f"PT. {BUYER.upper()}", "Jepang", "920600", "kontrak", "2025-08-06", 70, None,
     "IDR", "salah"],
]  # fmt: skip


class TestOrganisations:
    def test_names_need_the_key(self, take: Take, home: Path, tmp_path: Path) -> None:
        path = workbook(tmp_path / "a.xlsx", DEALS)
        found = only(take(path, contract="deals"))
        assert found.status == "refused"
        assert "PENATARAN_HASH_KEY" in found.said[0]
        short = only(take(path, contract="deals", PENATARAN_HASH_KEY="short"))
        assert short.status == "refused"
        assert not [p for p, raw in everything_under(home).items() if BUYER.encode() in raw]

    @pytest.mark.slow
    def test_own_references_need_none(self, take: Take, home: Path, tmp_path: Path) -> None:
        path = workbook(tmp_path / "a.xlsx", [DEALS[0], DEALS[2]])
        assert only(take(path, contract="deals")).loaded == 1
        assert rows(home, "SELECT buyer_ref FROM core_promotion__deals") == [("DIS-0012",)]

    @pytest.mark.slow
    def test_one_organisation_has_one_reference_and_no_name_stays(
        self, take: Take, home: Path, tmp_path: Path
    ) -> None:
        good = [*DEALS[3][:-1], "CIF"]
        path = workbook(tmp_path / f"{BUYER}.xlsx", [*DEALS[:3], good, DEALS[3]])
        lines = [*DEALS[:3], good, [*DEALS[3][:1], "D-4", *DEALS[3][2:]]]
        path = workbook(tmp_path / f"{BUYER}.xlsx", lines)
        found = only(take(path, contract="deals", PENATARAN_HASH_KEY=KEY))
        assert (found.loaded, found.refused) == (3, 1)
        sql = "SELECT deal_id, buyer_ref FROM core_promotion__deals ORDER BY 1"
        refs = dict(rows(home, sql))
        assert refs["D-1"] == refs["D-3"] == Pseudonyms(KEY).of(BUYER)
        assert refs["D-2"] == "DIS-0012"
        for path, raw in everything_under(home).items():
            for planted in (BUYER, BUYER.upper(), "株式会社", KEY):
                assert planted.encode() not in raw, path
                assert planted not in path.name

    @pytest.mark.slow
    def test_what_was_landed_rebuilds_the_same(
        self, take: Take, home: Path, gate: Any, tmp_path: Path
    ) -> None:
        from flows.rebuild import rebuild_lake
        from tasks.session import Session

        take(workbook(tmp_path / "a.xlsx", DEALS), contract="deals", PENATARAN_HASH_KEY=KEY)
        with Session(settings_for(home), gate=gate, owns_gate=False) as session:
            assert rebuild_lake(session, reinterpret=False).differences == []

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("PT. Maju Jaya, Tbk", "maju jaya"),
            ("ＹＡＭＡＤＡ商会株式会社", "yamada商会"),
            ("Koi Farm Pty Ltd", "KOI FARM"),
        ],
    )
    @pytest.mark.fast
    def test_a_name_is_the_same_in_any_form(self, one: str, other: str) -> None:
        assert canonical(one) == canonical(other)

    @pytest.mark.fast
    def test_another_key_is_another_reference_and_says_so(self) -> None:
        first, second = Pseudonyms(KEY), Pseudonyms(KEY + "2")
        assert first.key_id != second.key_id
        assert first.of(BUYER).split("-")[2] != second.of(BUYER).split("-")[2]
        assert KEY not in first.of(BUYER)


HEADER = ["kode program", "kode angkatan", "judul", "negara mitra", "kota mitra", "lembaga mitra",
          "arah", "jenjang", "mulai", "selesai", "peserta perempuan", "peserta laki-laki",
          "pendamping", "hari", "biaya", "mata uang", "pemberi dana", "dibatalkan"]  # fmt: skip


def cohort(number: str, female: Any, male: Any, chaperones: Any = 0) -> list[Any]:
    return ["X-1", number, "Pertukaran", "Jepang", "Kota", "Sekolah", "keluar", "SMA",
            "2025-07-01", "2025-07-14", female, male, chaperones, 14, 180000000, "IDR", "APBD",
            "tidak"]  # fmt: skip


COHORTS = [
    HEADER,
    cohort("2022", 12, 10),
    cohort("2023", 3, 20),  # the girls are few, and the boys would tell how many
    cohort("2024", 0, 17, 2),
    cohort("2025", 15, 4),
    cohort("2026", "4 saja", 30),  # refused: and its words tell the number
    cohort("2027", 3, "banyak"),
]
SQL = (
    "SELECT cohort_id, participants_female, participants_male, chaperones, value_status "
    "FROM core_exchange__programmes ORDER BY 1"
)


class TestSmallCounts:
    @pytest.fixture
    def taken(self, take: Take, home: Path, tmp_path: Path) -> Path:
        found = only(take(workbook(tmp_path / "a.xlsx", COHORTS), contract="exchange_programmes"))
        assert (found.loaded, found.refused) == (4, 2)
        return home

    def test_a_small_count_and_its_complement_are_hidden(self, taken: Path) -> None:
        assert rows(taken, SQL) == [
            ("2022", 12, 10, 0, "observed"),
            ("2023", None, None, 0, "suppressed"),
            ("2024", 0, 17, None, "suppressed"),
            ("2025", None, None, 0, "suppressed"),
        ]

    @pytest.mark.usefixtures("marts")
    @pytest.mark.slow
    def test_no_query_can_tell_by_differencing(self, taken: Path) -> None:
        """All sums that readers can make are of numbers that they may see: no two of them, over
        any sets of cohorts, differ by what is hidden."""
        tables = rows(
            taken, "SELECT table_name FROM information_schema.tables WHERE table_name LIKE '%'"
        )
        names = [n for (n,) in tables if "programmes" in n or n.startswith("mart_exchange")]
        assert "core_exchange__programmes__vintages" in names
        hidden = {3, 20, 15, 4}
        for name in names:
            columns = rows(taken, f"DESCRIBE {name}")
            numbers = [
                c[0] for c in columns if c[1].startswith(("BIGINT", "DECIMAL", "INT", "HUG"))
            ]
            counted = [n for n in numbers if "participant" in n or "chaperone" in n]
            for column in counted:
                values = [
                    v for (v,) in rows(taken, f"SELECT {column} FROM {name}") if v is not None
                ]
                assert not hidden & set(values), (name, column)
                sums = {
                    sum(chosen) for size in range(len(values) + 1)
                    for chosen in combinations(values, size)
                }  # fmt: skip
                for one, other in combinations(sorted(sums), 2):
                    assert other - one not in {v for v in hidden if v < SMALL}

    @pytest.mark.slow
    def test_no_output_tells(self, taken: Path) -> None:
        found = trace(settings_for(taken), "core_exchange__programmes",
                      {"programme_id": "X-1", "cohort_id": "2023"})  # fmt: skip
        text = json.dumps(found, default=str, ensure_ascii=False)
        assert '"participants_female": 3' not in text
        assert '"participants_female": "3"' not in text
        kept = rows(taken, "SELECT reasons, record FROM ops_quarantine")
        assert len(kept) == 2
        assert "4 saja" not in str(kept)
        assert not [r for r in kept if "participants_male" in json.loads(r[1])]
        asked = subprocess.run(
            [sys.executable, "-m", "flows.cli", "query", SQL, "--format", "csv"],
            env={"PENATARAN_HOME": str(taken), "PATH": ""}, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        shown = {r["cohort_id"]: r for r in csv.DictReader(io.StringIO(asked.stdout))}
        assert shown["2023"]["participants_female"] == shown["2023"]["participants_male"] == ""

    @pytest.mark.slow
    def test_the_sender_still_sees_what_to_mend(self, take: Take, tmp_path: Path) -> None:
        path = workbook(tmp_path / "a.xlsx", COHORTS)
        found = only(take(path, contract="exchange_programmes"))
        assert found.answer is not None
        listed = openpyxl.load_workbook(found.answer)["Alasan"].iter_rows(
            min_row=2, values_only=True
        )
        assert [(r[0], r[2]) for r in listed] == [("6", "4 saja"), ("7", "banyak")]


ROOMS = ["frekuensi periode", "awal periode", "kelas penginapan", "tingkat penghunian kamar",
         "rata-rata lama menginap", "tamu asing", "tamu domestik"]  # fmt: skip


def hosted(**foreign: int) -> list[list[Any]]:
    rows = [["bulanan", "2025-08", name, 47.5, 1.6, n, 4200] for name, n in foreign.items()]
    return [ROOMS, *rows]


@pytest.mark.slow
def test_a_total_hides_a_second_class_and_few_people_are_no_revision(
    take: Take, home: Path, tmp_path: Path
) -> None:
    shown = []
    for number, file in enumerate(
        [hosted(TOTAL=40, a=9, b=28, c=3), hosted(TOTAL=42, a=9, b=30, c=3)]
    ):
        only(take(workbook(tmp_path / f"{number}.xlsx", file), contract="accommodation"))
        sql = "SELECT class_code, guests_foreign FROM core_tourism__accommodation ORDER BY 1"
        shown.append(rows(home, sql))
    assert shown[0] == shown[1] == [("TOTAL", 40), ("a", None), ("b", 28), ("c", None)]
    assert rows(home, "SELECT count(*) FROM core_tourism__accommodation__vintages") == [(4,)]


@pytest.mark.fast
def test_every_table_of_people_says_which_counts_are_small() -> None:
    """A new count of people in a partner's contract must be declared, or named here with why."""
    public = {
        "core_tourism__arrivals.visitors",  # published statistics of whole countries
        "core_exchange__students.students",
        "core_promotion__exhibitions.visitors",  # the whole house
        "core_promotion__forums.delegation",  # officials on duty
        "core_trade__local_exports.exporters",  # firms
        "core_trade__producers.producers",
        "core_trade__producers.certified_producers",
    }
    for contract in contracts.load_all().values():
        table = TABLES[contract.table]
        for field in table.body():
            if field.unit == "persons" and f"{table.name}.{field.name}" not in public:
                assert field.name in table.people_fields, (table.name, field.name)
