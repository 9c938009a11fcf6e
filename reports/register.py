"""The cooperation register on the page: agreements, exhibitions, exchanges. Read from the marts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from reports.figure import Figure, rows_of
from reports.words import at_least, day, number, percent, word
from warehouse.base import Warehouse
from warehouse.dictionary import in_words

NEWEST_EVENTS = 15
NEWEST_YEARS = 5
RUPIAH = "IDR"


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
        "ORDER BY CASE WHEN m.start_date IS NULL THEN 1 ELSE 0 END, m.start_date DESC, "
        f"m.event_id, m.source LIMIT {NEWEST_EVENTS}",
    )
    rows = [
        (
            _event(r, language),
            day(r["start_date"], language) if r["start_date"] else "–",
            _rupiah(r["cost_idr"], r["cost"], language),
            number(r["contracts"], language),
            _rupiah(r["committed_idr"], r["committed_written"], language),
            at_least(
                _rupiah(r["realised_idr"], r["realised_written"], language),
                is_part=_is_part(r) and r["realised_idr"] is not None,
            ),
            at_least(percent(r["realised_share_at_least"], language), is_part=_is_part(r)),
            at_least(number(r["realised_per_cost_at_least"], language, 2), is_part=_is_part(r)),
            _as_written(r, language),
        )
        for r in found
    ]
    head = (
        "exhibition",
        "start",
        "cost_million",
        "contracts",
        "committed_million",
        "realised_million",
        "realised_share",
        "realised_per_cost",
        "as_written",
    )
    return figure_of("exhibitions", language, head, rows, facts_of(found, language))


def _event(row: Mapping[str, Any], language: str) -> str:
    name = f"{row['title'] or row['event_id']}{' *' if row['is_joint'] else ''}"
    return f"{name} ({in_words(row['event_note'], language)})" if row["event_note"] else name


def _is_part(row: Mapping[str, Any]) -> bool:
    """Whether some contracts have no realised value."""
    return bool(row["realised_note"] == "realised_in_part")


def _rupiah(value: Decimal | None, written: object, language: str) -> str:
    """Millions, or a word where something was written that has no rate."""
    if value is None and written is not None:
        return word("no_rate", language)
    return number(_millions(value), language, 1)


def _as_written(row: Mapping[str, Any], language: str) -> str:
    """What was written in other currencies: `komitmen USD 100.000; realisasi USD 55.000`."""
    parts = []
    if row["cost"] is not None and row["currency"] != RUPIAH:
        cost = f"{row['currency']} {number(row['cost'], language)}"
        parts.append(word("written_cost", language, money=cost))
    if row["deal_currencies"] not in (None, RUPIAH):
        for name in ("committed", "realised"):
            if row[f"{name}_written"]:
                money = _money(row[f"{name}_written"], language)
                parts.append(word(f"written_{name}", language, money=money))
    return "; ".join(parts) or "–"


def _money(written: str, language: str) -> str:
    pairs = (part.split(" ") for part in written.split("; "))
    return " + ".join(f"{code} {number(Decimal(amount), language)}" for code, amount in pairs)


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
