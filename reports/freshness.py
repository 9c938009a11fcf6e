"""How fresh each source is: its state on a day, and in words.

The mart knows the day on which a source's next figures are due. Whether they are late is known with
the day of reading: `standing` judges it again, so that a home that nobody runs is not called fine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config import region as regions
from config.due import GRACE_DAYS
from config.settings import Settings
from reports import codes
from reports.rows import rows_of
from reports.words import day, word
from schemas.model import Words
from warehouse.base import Warehouse

TROUBLES = ("gone", "failing", "no_rows", "late")
"""States in which a source's figures are not what its calendar promises."""
ADVICE: dict[str, Words] = {
    "late": Words(
        "periksa situs penyedia: angka baru belum terbit, atau alamatnya berubah",
        "look at the provider's site: no new figures yet, or another address",
    ),
    "failing": Words(
        "jalankan lagi: penataran run {source}; bila tetap gagal, bandingkan deklarasi dengan "
        "dokumentasi penyedia",
        "run it again: penataran run {source}; if it fails again, compare the declaration with the "
        "provider's documentation",
    ),
    "gone": Words(
        "bandingkan request di deklarasi dengan dokumentasi penyedia",
        "compare the request in the declaration with the provider's documentation",
    ),
    "no_rows": Words(
        "periksa request di deklarasi: jawabannya belum pernah memuat baris",
        "check the request in the declaration: its answers never had a row",
    ),
}
"""What to do in each of them."""


def late_since(row: Mapping[str, Any], today: date) -> date | None:
    """The day since which the source of a row of the mart is late. A warehouse of an older version
    has no such day."""
    due: date | None = row.get("next_due_on")
    if due is None:
        return None
    last = due + timedelta(days=GRACE_DAYS[row["newest_frequency"]])
    return due if today > last else None


def standing(row: Mapping[str, Any], today: date) -> str:
    """The state of a source on a day: one of TROUBLES, `fine`, or `unasked`."""
    state = str(row.get("state") or "unasked")
    if state == "fine" and late_since(row, today):
        return "late"
    return state


def in_words(state: str, since: date | None, language: str) -> str:
    """The state as people read it; a source that fails may be late too."""
    late = word("late", language, day=day(since, language)) if since else ""
    if state == "late":
        return late
    return "; ".join(text for text in (codes.in_words("state", state, language), late) if text)


def why_troubled(row: Mapping[str, Any], language: str) -> Iterator[str]:
    """Lines on a source that is not as its calendar promises: its state, the error of its last
    run, and what to do."""
    yield f"{row['source']}: {in_words(row['state'], row['late_since'], language)}"
    if row["reason"]:
        yield f"  {row['reason']}"
    advice = ADVICE["late" if row["state"] not in ADVICE else row["state"]]
    yield f"  -> {advice.in_language(language).format(source=row['source'])}"


def fresh_rows(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """Rows of the mart of freshness by source; none where nothing was published."""
    if not warehouse.is_published():
        return {}
    return {r["source"]: r for r in rows_of(warehouse, "SELECT * FROM mart_source_freshness")}


def today_of(settings: Settings) -> date:
    """The day in the region's zone."""
    return datetime.now(ZoneInfo(regions.load(settings.region).timezone)).date()
