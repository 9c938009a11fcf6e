"""The cooperation register on the page: agreements, exhibitions, exchanges. Read from the marts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from reports.figure import Figure, rows_of
from reports.words import day, number, percent, word
from warehouse.base import Warehouse

NEWEST_EVENTS = 15
NEWEST_YEARS = 5


def sections(warehouse: Warehouse, language: str) -> list[Figure]:
    """The sections that have something to show."""
    made = (
        _agreements(warehouse, language),
        _exhibitions(warehouse, language),
        _exchanges(warehouse, language),
    )
    return [figure for figure in made if figure.rows]


def figure_of(
    name: str,
    language: str,
    head: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    facts: tuple[tuple[str, str], ...],
) -> Figure:
    """A section: its title, headings and note are words of its name."""
    return Figure(
        word(name, language),
        "",
        tuple(word(n, language) for n in head),
        tuple(rows),
        facts,
        word(f"{name}_note", language),
    )


def facts_of(
    found: list[dict[str, Any]], language: str, unit: str = "", source: str = ""
) -> tuple[tuple[str, str], ...]:
    """Unit, period, source, stage and day of retrieval, as far as the rows have them."""
    if not found:
        return ()
    sources = sorted({str(r["source_title"]) for r in found if r.get("source_title")})
    years = sorted({r["year_start"].year for r in found if r.get("year_start")})
    stages = sorted({str(r["release_stage"]) for r in found if r.get("release_stage")})
    facts = (
        ("unit", word(unit, language) if unit else ""),
        ("period", "–".join(str(y) for y in dict.fromkeys((years[0], years[-1]))) if years else ""),
        ("source", source or ", ".join(sources)),
        ("stage", ", ".join(word(stage, language) for stage in stages)),
        ("retrieved", day(max(r["recorded_at"] for r in found), language)),
    )
    return tuple((word(name, language), text) for name, text in facts if text)


def _agreements(warehouse: Warehouse, language: str) -> Figure:
    found = rows_of(
        warehouse,
        f"SELECT m.*, s.title_{language} AS source_title, a.name AS partner "
        "FROM mart_cooperation_status AS m "
        "LEFT JOIN ref_source AS s ON s.source_code = m.source "
        f"LEFT JOIN {area_names(language)} AS a ON a.area = m.partner_area "
        "ORDER BY m.region_code, CASE m.expiry WHEN 'expired' THEN 0 WHEN 'red' THEN 1 "
        "WHEN 'amber' THEN 2 ELSE 3 END, m.valid_to, m.agreement_id",
    )
    rows = [
        (
            r[f"title_{language}"] or r["title_id"] or r["agreement_id"],
            ", ".join(filter(None, (r["partner_city"], r["partner"]))),
            word(f"stage_{r['stage']}", language) if r["stage"] else "–",
            day(r["valid_to"], language),
            word(f"expiry_{r['expiry']}", language),
            f"{number(r['activities_done_12m'], language)} / "
            f"{number(r['activities_planned_12m'], language)}",
        )
        for r in found
    ]
    head = ("agreement", "partner", "stage_now", "valid_to", "state", "done_of_planned")
    return figure_of("agreements", language, head, rows, facts_of(found, language))


def _exhibitions(warehouse: Warehouse, language: str) -> Figure:
    found = rows_of(
        warehouse,
        f"SELECT m.*, s.title_{language} AS source_title FROM mart_promotion_conversion AS m "
        "LEFT JOIN ref_source AS s ON s.source_code = m.source "
        f"ORDER BY m.start_date DESC, m.event_id, m.currency LIMIT {NEWEST_EVENTS}",
    )
    rows = [
        (
            f"{r['title'] or r['event_id']}{' *' if r['is_joint'] else ''}",
            day(r["start_date"], language),
            r["currency"],
            number(_millions(r["cost"]), language, 1),
            number(r["contracts"], language),
            number(_millions(r["committed_value"]), language, 1),
            number(_millions(r["realised_value"]), language, 1),
            percent(r["realised_share"], language),
        )
        for r in found
    ]
    head = (
        "exhibition",
        "start",
        "currency",
        "cost",
        "contracts",
        "committed",
        "realised",
        "realised_share",
    )
    return figure_of("exhibitions", language, head, rows, facts_of(found, language))


def _exchanges(warehouse: Warehouse, language: str) -> Figure:
    found = rows_of(
        warehouse,
        "SELECT m.*, a.name AS partner, "
        f"(SELECT min(title_{language}) FROM ref_source "
        "WHERE table_name = 'core_exchange__programmes') AS source_title "
        "FROM mart_exchange_reciprocity AS m "
        f"LEFT JOIN {area_names(language)} AS a ON a.area = m.partner_area "
        "WHERE m.year_start >= (SELECT max(year_start) FROM mart_exchange_reciprocity) "
        f"- {366 * NEWEST_YEARS} ORDER BY m.year_start DESC, m.region_code, partner",
    )
    rows = [
        (
            r["partner"] or r["partner_area"],
            str(r["year_start"].year),
            number(r["participant_days_out"], language),
            number(r["participant_days_in"], language),
            number(r["reciprocity"], language, 2),
            f"{number(r['cohorts'], language)} ({number(r['cohorts_hidden'], language)})",
        )
        for r in found
    ]
    head = ("partner", "year", "days_out", "days_in", "reciprocity", "cohorts_hidden")
    return figure_of("exchanges", language, head, rows, facts_of(found, language))


def _millions(value: Decimal | None) -> Decimal | None:
    return None if value is None else value / 1_000_000


def area_names(language: str) -> str:
    return (
        f"(SELECT area, min(name_{language}) AS name FROM ref_area WHERE scheme = 'iso3' "
        "GROUP BY area)"
    )
