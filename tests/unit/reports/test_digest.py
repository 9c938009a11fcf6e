"""The daily digest: short, in both languages, and one line on a day without news."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from config import settings as environment
from flows.digest import digest_rows
from reports.digest import MOST_LINES, DigestRows, digest
from reports.freshness import today_of
from schemas.marks import SIMULATED
from schemas.model import Words
from tests.unit.conftest import SmallWarehouse

pytestmark = pytest.mark.fast
QUIET = DigestRows(
    since=date(2026, 11, 29), today=date(2026, 11, 30), is_simulated=False,
    region=Words("Kabupaten Blitar", "Blitar Regency"),
    titles={"bank": Words("Kurs Bank", "Rates of the Bank")},
)  # fmt: skip
BUSY = replace(
    QUIET,
    changes=[{"source": "bank", "reason": reason, "n": n} for reason, n in (
        ("first", 1200), ("revised_by_source", 2), ("correction", 1), ("withdrawn_by_source", 3))]
    + [{"source": "aaa", "reason": "first", "n": 9000}],
    late=[{"source": "bank", "state": "late", "since": date(2026, 11, 1)}],
    lapsing=[
        {"title_id": "Naskah B", "title_en": "", "partner": "Kyoto",
         "valid_to": date(2027, 3, 1), "decision_on": date(2026, 12, 15)},
        {"title_id": "Naskah A", "title_en": "Agreement A", "partner": None,
         "valid_to": date(2026, 12, 10), "decision_on": date(2026, 10, 1)},
        {"title_id": "Naskah C", "title_en": "C", "partner": "X",
         "valid_to": date(2026, 11, 20), "decision_on": None},
    ],
    refused=[{"source": "bank", "n": 7}],
)  # fmt: skip


def test_a_quiet_day_is_one_line() -> None:
    assert digest(QUIET, "id").as_text() == (
        "Ringkasan Kabupaten Blitar, 30 Nov 2026: tidak ada yang berubah sejak 29 Nov 2026, "
        "terlambat, segera berakhir, atau ditahan."
    )
    assert digest(QUIET, "en").as_text() == (
        "Digest of Blitar Regency, 30 Nov 2026: nothing changed since 29 Nov 2026, is late, "
        "lapses soon or was held back."
    )
    assert "<ul>" not in digest(QUIET, "en").as_html()


def test_a_busy_day_in_both_languages() -> None:
    assert digest(BUSY, "en").as_text().splitlines() == [
        "Digest of Blitar Regency, 30 Nov 2026",
        "",
        "Changed since 29 Nov 2026:",
        "- Rates of the Bank: 1,200 new, 3 revised, 3 withdrawn",
        "- aaa: 9,000 new",
        "",
        "Late or failing:",
        "- Rates of the Bank: late since 1 Nov 2026",
        "",
        "Lapses soon:",
        "- C (X): lapsed 20 Nov 2026 (10 days ago)",
        "- Agreement A (–): valid until 10 Dec 2026 (10 days); a decision has been due since "
        "1 Oct 2026",
        "- Naskah B (Kyoto): valid until 1 Mar 2027 (91 days); decide by 15 Dec 2026",
        "",
        "Held back since 29 Nov 2026:",
        "- Rates of the Bank: 7 rows",
    ]
    assert digest(BUSY, "id").as_text().splitlines()[2:8] == [
        "Berubah sejak 29 Nov 2026:",
        "- Kurs Bank: 1.200 baru, 3 direvisi, 3 ditarik",
        "- aaa: 9.000 baru",
        "",
        "Terlambat atau gagal:",
        "- Kurs Bank: terlambat sejak 1 Nov 2026",
    ]


def test_it_stays_short() -> None:
    many = [{"source": f"s{n:02d}", "reason": "first", "n": 1} for n in range(40)]
    lines = digest(replace(QUIET, changes=many), "en").as_text().splitlines()
    assert len(lines) == 3 + MOST_LINES + 1
    assert lines[-1] == "- and 30 more"


def test_hostile_texts_are_one_line_and_no_markup() -> None:
    title = "<script>x</script>\n\u202e=cmd" + "y" * 10_000
    row = {**BUSY.lapsing[0], "title_id": title, "partner": "<b>"}
    found = digest(replace(QUIET, lapsing=[row]), "id")
    assert len(found.as_text().split("\n")) == 4
    assert len(found.as_text()) < 500
    assert "\u202e" not in found.as_text()
    assert "<script>" not in found.as_html()
    assert "&lt;b&gt;" in found.as_html()


@pytest.mark.parametrize("rows", [QUIET, BUSY])
@pytest.mark.parametrize("language", ["id", "en"])
def test_simulated_data_is_marked_and_live_data_is_not(rows: DigestRows, language: str) -> None:
    for simulated in (True, False):
        found = digest(replace(rows, is_simulated=simulated), language)
        assert found.as_text().startswith(SIMULATED) is simulated
        assert (SIMULATED in found.as_text()) is simulated
        assert (SIMULATED in found.as_html()) is simulated


def test_rows_are_those_of_the_day(tables: SmallWarehouse, tmp_path: Path) -> None:
    """Versions since the start of the day in the region's zone; an agreement of this region that
    lapses; what is refused in the newest load of a slice."""
    settings = environment.load({"PENATARAN_HOME": str(tmp_path)}, profile="live")
    tables.insert("ref_source", source_code="bank", title_id="Kurs", title_en="Rates")
    midnight = datetime(2026, 11, 28, 17, tzinfo=UTC)  # of 29 November in Asia/Jakarta
    for number, moment in enumerate((midnight.replace(minute=0, hour=16), midnight), 1):
        tables.insert_version("core_exchange__rates", source="bank", load_seq=number,
                              recorded_at=moment, change_reason="first",
                              rate_date=date(2025, 1, number))  # fmt: skip
    tables.insert("ops_load", source="bank", slice="a", load_seq=2, recorded_at=midnight)
    tables.insert("ops_quarantine", source="bank", slice="a", load_seq=2, recorded_at=midnight)
    soon = date(2027, 1, 1)
    for region in ("3505", "3572"):
        own = {"region_code": region, "agreement_id": region, "source": "agreements"}
        tables.insert("core_cooperation__agreements", **own, title_id="Naskah", partner_area="JPN")
        tables.insert("core_cooperation__stage_events", **{**own, "source": "stage_events"},
                      event_id="1", stage="penandatanganan", event_date=date(2025, 1, 1),
                      valid_to=soon)  # fmt: skip
    found = digest_rows(cast("Any", _Published(tables)), settings, date(2026, 11, 29))
    assert [dict(r) for r in found.changes] == [{"source": "bank", "reason": "first", "n": 1}]
    assert [r["valid_to"] for r in found.lapsing] == [soon]
    assert [dict(r) for r in found.refused] == [{"source": "bank", "n": 1}]
    assert found.titles["bank"] == Words("Kurs", "Rates")
    assert found.today == today_of(settings)


def test_nothing_published_yet_is_a_quiet_day(tables: SmallWarehouse, tmp_path: Path) -> None:
    settings = environment.load({"PENATARAN_HOME": str(tmp_path)}, profile="sandbox")
    found = digest_rows(cast("Any", _Published(tables, published=False)), settings)
    assert digest(found, "en").sections == ()
    assert found.is_simulated


class _Published:
    """The small warehouse as one that was published, or not."""

    def __init__(self, tables: SmallWarehouse, *, published: bool = True) -> None:
        self.query, self.is_published = tables.query, lambda: published

    @contextmanager
    def at_one_moment(self) -> Iterator[_Published]:
        yield self
