"""Marts of the register: stages as events, validity, conversion, reciprocity; no double sums."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.trace import trace
from tests.conftest import rows, settings_for
from tests.workbooks import Take, everything_under, only, workbook

pytestmark = pytest.mark.usefixtures("marts")

TODAY = datetime.now(UTC).date()
REGENCY, CITY = "3505", "3572"


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


AGREEMENTS = [
    ["kode wilayah", "kode perjanjian", "jenis", "judul bahasa indonesia", "negara mitra",
     "ditandatangani kepala daerah", "satu bidang saja", "disetujui dprd", "masa pemberitahuan"],
    [REGENCY, "A", "KSDPL", "Kota kembar", "Jepang", "ya", "tidak", "ya", 30],
    [REGENCY, "B", "KSDLL", "Universitas", "Australia", "ya", "ya", "ya", 30],
    [CITY, "A", "KSDPL", "Kota lain", "Jepang", "ya", "tidak", "ya", 30],
    [REGENCY, "C", "KSDPL", "Tanpa tahap", "Malaysia", "tidak", "tidak", "tidak", None],
]  # fmt: skip
EVENTS = [
    ["kode wilayah", "kode peristiwa", "kode perjanjian", "tahap", "tanggal", "berlaku sampai"],
    [REGENCY, "1", "A", "prakarsa", ahead(-900), None],
    [REGENCY, "2", "A", "penandatanganan", ahead(-700), ahead(100)],  # eight stages skipped
    [REGENCY, "3", "A", "penjajakan", ahead(-600), None],  # and one step back
    [REGENCY, "4", "A", "pelaksanaan", ahead(-500), None],
    [REGENCY, "5", "B", "penandatanganan", ahead(-700), ahead(-1)],
    [CITY, "1", "A", "penandatanganan", ahead(-10), ahead(1000)],
]
ACTIVITIES = [
    ["kode wilayah", "kode kegiatan", "kode perjanjian", "rencana", "status", "anggaran",
     "realisasi", "mata uang"],
    [REGENCY, "1", "A", ahead(-100), "done", 100, 80, "IDR"],
    [REGENCY, "2", "A", ahead(-50), "postponed", 100, None, "IDR"],
    [REGENCY, "3", "A", ahead(-500), "done", 100, 80, "IDR"],  # before the trailing twelve months
    [REGENCY, "4", "A", ahead(-60), "done", 5, 5, "USD"],  # without a rate there is no sum
]  # fmt: skip
STATUS = (
    "SELECT region_code, agreement_id, stage, stages_passed, stages_skipped, stages_reversed, "
    "days_left, expiry, counts_for_clair FROM mart_cooperation_status ORDER BY 1, 2"
)


def give(take: Take, folder: Path, **files: list[list[Any]]) -> None:
    for code, cells in files.items():
        found = only(take(workbook(folder / f"{code}.xlsx", cells), contract=code))
        assert (found.status, found.refused) == ("loaded", 0), (code, found)


@pytest.mark.slow
def test_stages_validity_and_activities(take: Take, home: Path, tmp_path: Path) -> None:
    give(take, tmp_path, agreements=AGREEMENTS, stage_events=EVENTS, activities=ACTIVITIES)
    assert rows(home, STATUS) == [
        (REGENCY, "A", "pelaksanaan", 4, 7, 1, 100, "red", True),
        (REGENCY, "B", "penandatanganan", 1, 9, 0, -1, "expired", False),
        (REGENCY, "C", None, 0, None, 0, None, "unknown", False),
        (CITY, "A", "penandatanganan", 1, 9, 0, 1000, "valid", True),
    ]
    sql = (
        "SELECT activities_planned_12m, activities_done_12m, activity_index, budget_idr_12m, "
        "spent_idr_12m, activities_without_rate_12m FROM mart_cooperation_status "
        "WHERE agreement_id = 'A' ORDER BY region_code"
    )
    assert rows(home, sql) == [
        (3, 2, Decimal("0.6666666667"), None, None, 1),
        (0, 0, None, None, None, 0),
    ]
    key = {"source": "agreements", "region_code": REGENCY, "agreement_id": "A"}
    found = trace(settings_for(home), "mart_cooperation_status", key)
    behind = {b["table"]: len(b["rows"]) for b in found["behind"]}
    assert behind == {
        "core_cooperation__agreements": 1, "core_cooperation__stage_events": 4,
        "core_cooperation__activities": 4,
    }  # fmt: skip


EXHIBITIONS = [
    ["kode wilayah", "kode peristiwa", "judul", "tempat", "mulai", "biaya", "mata uang"],
    [REGENCY, "P1", "Pameran Bersama", "Blitar", "2025-08-01", 1000, "IDR"],
    [CITY, "K9", "PAMERAN BERSAMA", "blitar", "2025-08-01", 500, "IDR"],
    [REGENCY, "P2", "Sendiri", "Osaka", "2025-09-01", 300, "IDR"],
]
DEALS = [
    ["kode wilayah", "kode peristiwa", "kode transaksi", "rujukan pembeli", "status",
     "nilai komitmen", "nilai realisasi", "mata uang"],
    [REGENCY, "P1", "1", "AB-1", "contract", 400, 100, "IDR"],
    [REGENCY, "P1", "2", "AB-1", "paid", 600, 600, "IDR"],
    [REGENCY, "P1", "3", "AB-2", "inquiry", 9999, None, "IDR"],
    [REGENCY, "P1", "4", "AB-3", "cancelled", 5000, 5000, "IDR"],
    [REGENCY, "P1", "5", "AB-2", "contract", 7, None, "USD"],
]  # fmt: skip
CONVERSION = (
    "SELECT region_code, event_id, cost_idr, contracts, committed_idr, realised_idr, "
    "committed_written, contract_share, realised_share, realised_note, rupiah_note, is_joint, "
    "counts_once FROM mart_promotion_conversion ORDER BY 1, 2"
)


@pytest.mark.slow
def test_committed_and_realised_stand_apart(take: Take, home: Path, tmp_path: Path) -> None:
    """The deal in dollars has no rate here, so the event has no sum in rupiah."""
    give(take, tmp_path, exhibitions=EXHIBITIONS, deals=DEALS)
    d = Decimal
    assert rows(home, CONVERSION) == [
        (REGENCY, "P1", d(1000), 3, None, d(700), "IDR 1000.0000; USD 7.0000",
         d("0.6666666667"), None, "realised_in_part",
         "rate_missing_in_part", True, True),
        (REGENCY, "P2", d(300), 0, None, None, None, None, None, "no_deals", None, False, True),
        (CITY, "K9", d(500), 0, None, None, None, None, None, "no_deals", None, True, False),
    ]  # fmt: skip


COHORTS = [
    ["kode wilayah", "kode program", "kode angkatan", "negara mitra", "arah", "mulai",
     "peserta perempuan", "peserta laki-laki", "hari", "biaya", "mata uang", "dibatalkan"],
    [REGENCY, "X", "1", "Jepang", "out", "2025-07-01", 10, 10, 10, 2000, "IDR", "tidak"],
    [REGENCY, "X", "2", "Jepang", "in", "2025-08-01", 5, 5, 10, 1000, "IDR", "tidak"],
    [REGENCY, "X", "3", "Jepang", "in", "2025-09-01", 2, 90, 10, 1000, "IDR", "tidak"],
    [REGENCY, "X", "4", "Jepang", "out", "2025-09-01", 50, 50, 10, 1000, "IDR", "ya"],
    [CITY, "X", "5", "Jepang", "virtual", "2025-09-01", 8, 8, 2, None, None, "tidak"],
]  # fmt: skip
RECIPROCITY = (
    "SELECT region_code, cohorts, cohorts_hidden, participant_days_out, participant_days_in, "
    "reciprocity, reciprocity_note, cost_idr_per_participant FROM mart_exchange_reciprocity "
    "ORDER BY 1"
)


@pytest.mark.slow
def test_reciprocity_is_of_what_is_shown(take: Take, home: Path, tmp_path: Path) -> None:
    give(take, tmp_path, exchange_programmes=COHORTS)
    assert rows(home, RECIPROCITY) == [
        (REGENCY, 3, 1, 200, 100, None, "cohort_hidden", Decimal("100")),
        (CITY, 1, 0, None, None, None, "no_participant_days", None),
    ]


@pytest.mark.slow
def test_the_page_shows_the_register_in_both_languages(
    pages: None, take: Take, home: Path, tmp_path: Path
) -> None:
    give(take, tmp_path, agreements=AGREEMENTS, stage_events=EVENTS, exhibitions=EXHIBITIONS,
         deals=DEALS, exchange_programmes=COHORTS)  # fmt: skip
    page = {
        language: (home / "reports" / f"laporan.{language}.html").read_text(encoding="utf-8")
        for language in ("id", "en")
    }
    for text in (
        "Naskah kerja sama luar negeri",
        "perlu keputusan segera",
        "berakhir, belum diperpanjang",
        "dirahasiakan",
    ):
        assert text in page["id"]
    for text in ("Cooperation agreements", "decide now", "Balance index", "Committed"):
        assert text in page["en"]


@pytest.mark.slow
def test_an_erased_file_leaves_no_row_and_no_answer_cell(
    take: Take, home: Path, gate: Any, tmp_path: Path
) -> None:
    from flows.maintain import erase
    from tasks.session import Session

    bad = [*EXHIBITIONS[1]]
    bad[1], bad[4] = "P7", "03/04/2025"
    path = workbook(tmp_path / "a.xlsx", [*EXHIBITIONS, bad])
    found = only(take(path))
    assert found.refused == 1
    assert found.raw_sha256 is not None
    assert [p for p, raw in everything_under(home).items() if b"Pameran Bersama" in raw]
    with Session(settings_for(home), gate=gate, owns_gate=False) as session:
        erase(session, found.raw_sha256, "asked for by the sender")
    assert rows(home, "SELECT count(*) FROM core_promotion__exhibitions__vintages") == [(0,)]
    left = [p for p, raw in everything_under(home).items() if b"Pameran Bersama" in raw]
    assert left == []
    assert only(take(path)).status == "failed"  # the very bytes are not taken in again


@pytest.mark.slow
def test_two_senders_of_one_contract_have_their_own_figures(
    take: Take, home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "partners"
    folder.mkdir()
    name = dict.fromkeys(("id", "en", "ja"), "Dinas")
    text = yaml.safe_dump({"name": name, "files": ["exhibitions"]})
    (folder / "dinas.yml").write_text(text, encoding="utf-8")
    give(take, tmp_path, exhibitions=EXHIBITIONS)
    path = workbook(tmp_path / "b.xlsx", [EXHIBITIONS[0], EXHIBITIONS[3]])
    take(path, sender="dinas", PENATARAN_PARTNERS_PATH=str(folder))
    sql = "SELECT source, count(*) FROM core_promotion__exhibitions GROUP BY 1 ORDER BY 1"
    assert rows(home, sql) == [("dinas_exhibitions", 1), ("exhibitions", 3)]


def warnings(home: Path) -> list[tuple[str, str]]:
    sql = "SELECT source, detail FROM ops_check WHERE check_id LIKE 'warning%' ORDER BY load_seq"
    return [(source, detail) for source, detail in rows(home, sql) if "event_order" in detail]


@pytest.mark.slow
@pytest.mark.parametrize("order", [("exhibitions", "deals"), ("deals", "exhibitions")])
def test_a_deal_before_its_exhibition_is_warned_of(
    take: Take, home: Path, tmp_path: Path, order: tuple[str, str]
) -> None:
    """Whichever file arrives first; deals on the first day and of other events are in order."""
    files: dict[str, list[list[Any]]] = {
        "exhibitions": [
            ["kode wilayah", "kode peristiwa", "judul", "mulai", "selesai"],
            [REGENCY, "P1", "Pameran", ahead(-100), ahead(-98)],
        ],
        "deals": [
            ["kode wilayah", "kode peristiwa", "kode transaksi", "rujukan pembeli", "status",
             "tanggal status", "nilai komitmen", "mata uang"],
            [REGENCY, "P1", "D1", "AB-1", "contract", ahead(-100), 10, "IDR"],
            [REGENCY, "P1", "D2", "AB-1", "contract", ahead(-101), 10, "IDR"],
            [REGENCY, "P9", "D3", "AB-1", "contract", ahead(-900), 10, "IDR"],
        ],
    }  # fmt: skip
    give(take, tmp_path, **{name: files[name] for name in order})
    ((source, detail),) = warnings(home)
    assert source == order[1]
    assert "1 rows of core_promotion__deals" in detail
    assert f"P1: {ahead(-101)} before {ahead(-100)}" in detail
