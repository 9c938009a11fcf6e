"""The rows of the daily digest, from the published warehouse."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config import region as regions
from config.settings import Settings
from flows.status import QUARANTINE_SQL
from reports.digest import DigestRows
from reports.freshness import TROUBLES, fresh_rows, late_since, standing, today_of
from reports.rows import rows_of
from schemas.model import Words
from schemas.sql import literal, timestamp_literal
from warehouse.base import Warehouse

CHANGES_SQL = (
    "SELECT source, change_reason AS reason, count(*) AS n FROM mart_revisions "
    "WHERE recorded_at >= {since} GROUP BY source, change_reason ORDER BY source, change_reason"
)
LAPSING_SQL = (
    "SELECT title_id, title_en, coalesce(partner_city, partner_area) AS partner, valid_to, "
    "renewal_decision_on AS decision_on FROM mart_cooperation_status "
    "WHERE region_code = {region} AND expiry IN ('red', 'amber') AND valid_to IS NOT NULL"
)
REFUSED_SQL = (
    "SELECT source, count(*) AS n FROM ({open}) AS q WHERE recorded_at >= {since} "
    "GROUP BY source ORDER BY source"
)
TITLES_SQL = "SELECT source_code, title_id, title_en FROM ref_source"


def digest_rows(warehouse: Warehouse, settings: Settings, since: date | None = None) -> DigestRows:
    """What happened since the start of a day, by default of yesterday, in the region's zone."""
    region, today = regions.load(settings.region), today_of(settings)
    start = since or today - timedelta(days=1)
    moment = timestamp_literal(datetime.combine(start, time.min, ZoneInfo(region.timezone)))
    name = Words(region.name_id, region.name_en)
    is_simulated = settings.profile == "sandbox"
    if not warehouse.is_published():
        return DigestRows(start, today, name, is_simulated, {})
    with warehouse.at_one_moment() as published:
        late = [
            {"source": code, "state": state, "since": late_since(row, today)}
            for code, row in sorted(fresh_rows(published).items())
            if (state := standing(row, today)) in TROUBLES or late_since(row, today)
        ]
        titles = {
            r["source_code"]: Words(r["title_id"] or r["source_code"],
                                    r["title_en"] or r["source_code"])
            for r in rows_of(published, TITLES_SQL)
        }  # fmt: skip
        return DigestRows(
            since=start,
            today=today,
            region=name,
            is_simulated=is_simulated,
            titles=titles,
            changes=rows_of(published, CHANGES_SQL.format(since=moment)),
            late=late,
            lapsing=rows_of(published, LAPSING_SQL.format(region=literal(settings.region))),
            refused=rows_of(published, REFUSED_SQL.format(open=QUARANTINE_SQL, since=moment)),
        )
