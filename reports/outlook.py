"""Tourism, exchange of students and outcomes on the page. Read from the marts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from config.region import Region
from reports import charts
from reports.figure import UNRANKED, Figure, rows_of
from reports.register import area_names, facts_of, figure_of
from reports.words import at_least, change, month, number, percent, word
from schemas.sql import literal, literals
from warehouse.base import Warehouse

TOP_MARKETS = 10
YEARS = 6


def sections(warehouse: Warehouse, region: Region, language: str) -> list[Figure]:
    """The sections that have something to show."""
    made = (
        _markets(warehouse, region, language),
        _compared(warehouse, region, language),
        _students(warehouse, region, language),
        _outcomes(warehouse, region, language),
    )
    return [figure for figure in made if figure.rows]


def _markets(warehouse: Warehouse, region: Region, language: str) -> Figure:
    """Visits to the country by origin, in the newest year that is complete for any of them, with
    each one's season. An origin of which a month is not known stands there as a least value."""
    of_country = (
        "m.is_country AND m.region_code = 'TOTAL' AND m.concept = 'visit' "
        f"AND m.destination_area = {literal(region.country)}"
    )
    found = rows_of(
        warehouse,
        "WITH newest AS (SELECT y.source, y.year_start FROM (SELECT DISTINCT source, year_start "
        f"FROM mart_tourism_source_markets AS m WHERE is_complete AND {of_country}) AS y "
        "LEFT JOIN ref_source AS s ON s.source_code = y.source ORDER BY "
        f"y.year_start DESC, coalesce(s.preference, {UNRANKED}), y.source LIMIT 1), "
        "peaks AS (SELECT DISTINCT ON (source, origin_area, year_start) source, "
        "origin_area, destination_area, year_start, month_start, gini, concept "
        "FROM mart_tourism_seasonality WHERE breakdown_type = 'TOTAL' AND region_code = 'TOTAL' "
        f"AND concept = 'visit' AND destination_area = {literal(region.country)} "
        "ORDER BY source, origin_area, year_start, seasonal_index DESC, month_start) "
        "SELECT m.*, p.month_start AS peak, p.gini, a.name AS origin, "
        f"s.title_{language} AS source_title FROM mart_tourism_source_markets AS m "
        "JOIN newest AS n ON n.source = m.source AND n.year_start = m.year_start "
        "LEFT JOIN peaks AS p ON p.source = m.source AND p.origin_area = m.origin_area "
        "AND p.year_start = m.year_start "
        f"LEFT JOIN {area_names(language)} AS a ON a.area = m.origin_area "
        "LEFT JOIN ref_source AS s ON s.source_code = m.source "
        f"WHERE {of_country} ORDER BY m.visitors DESC, m.origin_area LIMIT {TOP_MARKETS}",
    )
    rows = [
        (
            r["origin"] or r["origin_area"],
            str(r["year_start"].year),
            known_part(r, number(r["visitors"], language), is_sum=True),
            percent(r["share"], language),
            change(r["change_on_year"], language),
            month(r["peak"], language) if r["peak"] else "–",
            number(r["gini"], language, 3),
        )
        for r in found
    ]
    head = ("origin", "year", "visits", "share", "change", "peak", "gini")
    facts = facts_of(found, language, "visits_unit")
    figure = figure_of("markets", language, head, rows, facts)
    if not rows:
        return figure
    data = [
        {
            "label": r["origin"] or r["origin_area"],
            "value": float(r["visitors"]),
            "previous": before if (before := r["visitors_year_before"]) is None else float(before),
        }
        for r in found
    ]
    svg = charts.bars(data, word("visits", language), word("chart_alt", language), language)
    return figure.with_svg(svg)


def known_part(row: Mapping[str, Any], text: str, *, is_sum: bool) -> str:
    """A figure of a year of which not all is known: `≥ 744 (11/12)`; of a mean the months alone."""
    if row["is_complete"]:
        return text
    months = f" ({row['periods']}/12)" if row["frequency"] == "M" else ""
    return f"{'≥ ' if is_sum else ''}{text}{months}"


def _compared(warehouse: Warehouse, region: Region, language: str) -> Figure:
    """Every way of counting of the newest complete year, one row each: nothing here may be added.
    A later year that is not complete stands below it."""
    found = rows_of(
        warehouse,
        f"SELECT m.*, s.title_{language} AS source_title, "
        f"coalesce(r.name_{language}, a.name) AS place FROM mart_tourism_compared AS m "
        f"LEFT JOIN {area_names(language)} AS a ON a.area = m.area "
        "LEFT JOIN ref_source AS s ON s.source_code = m.source "
        "LEFT JOIN ref_region AS r ON r.region_code = m.region_code "
        f"WHERE (m.area = {literal(region.country)} AND m.region_code = 'TOTAL' OR m.region_code "
        f"IN ({literals((region.code, region.code[:2]))})) "
        "ORDER BY m.region_code DESC, m.measure, m.source, m.source_org, m.year_start",
    )
    shown = _newest_of_each(found)
    organisations = {(r["source"], r["source_org"]) for r in shown}
    several = Counter(source for source, _ in organisations)
    rows = [
        (
            r["place"] or r["area"],
            word(f"measure_{r['measure']}", language),
            str(r["year_start"].year),
            known_part(
                r,
                number(r["value"], language, 1 if r["unit"] in ("percent", "nights") else 0),
                is_sum=r["unit"] in ("persons", "guests"),
            ),
            f"{r['source_title'] or r['source']}"
            + (f" ({r['source_org']})" if several[r["source"]] > 1 else ""),
        )
        for r in shown
    ]
    head = ("place", "measure", "year", "value_plain", "source")
    return figure_of("compared", language, head, rows, facts_of(shown, language))


def _newest_of_each(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each source and measure, of rows by year: the newest complete year, and a later one."""
    kept: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in found:
        key = tuple(row[n] for n in ("region_code", "area", "measure", "source", "source_org"))
        before = kept.get(key, [])
        complete = [r for r in before if r["is_complete"]]
        kept[key] = [row] if row["is_complete"] else [*complete, row]
    return [row for rows in kept.values() for row in rows]


def _students(warehouse: Warehouse, region: Region, language: str) -> Figure:
    """Tertiary students between the country and each partner, the newest year of each source."""
    found = rows_of(
        warehouse,
        f"SELECT m.*, a.name AS partner, s.title_{language} AS source_title "
        "FROM mart_student_flows AS m "
        f"LEFT JOIN {area_names(language)} AS a ON a.area = m.partner_area "
        "LEFT JOIN ref_source AS s ON s.source_code = m.source "
        "JOIN (SELECT source, area, partner_area, max(year_start) AS year_start "
        "FROM mart_student_flows WHERE level = 'tertiary' "
        "GROUP BY source, area, partner_area) AS n "
        "ON n.source = m.source AND n.area = m.area AND n.partner_area = m.partner_area "
        "AND n.year_start = m.year_start "
        f"WHERE m.area = {literal(region.country)} AND m.level = 'tertiary' "
        "AND (m.partner_area = 'WLD' OR m.partner_is_country) "
        "ORDER BY CASE m.partner_area WHEN 'WLD' THEN 0 ELSE 1 END, partner, m.source",
    )
    rows = [
        (
            word("world", language)
            if r["partner_area"] == "WLD"
            else r["partner"] or r["partner_area"],
            str(r["year_start"].year),
            number(r["students_out"], language),
            number(r["students_in"], language),
            number(r["reciprocity"], language, 2),
            r["source_title"] or r["source"],
        )
        for r in found
    ]
    head = ("partner", "year", "students_out", "students_in", "reciprocity", "source")
    return figure_of("students", language, head, rows, facts_of(found, language, "students_unit"))


def _outcomes(warehouse: Warehouse, region: Region, language: str) -> Figure:
    """The region, its twin of the same name and its province, year by year."""
    found = rows_of(
        warehouse,
        f"SELECT m.*, r.name_{language} AS place FROM mart_outcomes AS m "
        "LEFT JOIN ref_region AS r ON r.region_code = m.region_code "
        f"WHERE m.region_code IN ({literals((region.code, region.code[:2]))}) "
        "OR m.region_code IN (SELECT region_code FROM ref_region "
        f"WHERE name_id = {literal(_twin(region.name_id))}) "
        "ORDER BY length(m.region_code) DESC, m.region_code, m.year_start DESC",
    )
    newest = max((r["year_start"] for r in found), default=None)
    shown = [r for r in found if newest and r["year_start"].year > newest.year - YEARS]
    rows = [_outcome(r, language) for r in shown]
    if rows and region.code not in {r["region_code"] for r in shown}:
        own_name = region.name_en if language == "en" else region.name_id
        rows.insert(0, (own_name, *["–"] * (len(OUTCOME_HEAD) - 1)))  # absent is shown, too
    publishers = [*_publishers(warehouse, shown), word("own_records", language)]
    staged = [{**r, "release_stage": r["welfare_release_stage"]} for r in shown]
    facts = facts_of(staged, language, source=", ".join(publishers))
    return figure_of("outcomes", language, OUTCOME_HEAD, rows, facts)


OUTCOME_HEAD = (
    "place",
    "year",
    "exports_thousand",
    "guests_foreign",
    "statements",
    "deals_million",
    "participants_both",
    "grdp_growth",
    "spending_million",
    "poverty",
    "employed",
)


def _outcome(r: Mapping[str, Any], language: str) -> tuple[str, ...]:
    people = [
        at_least(
            number(r[f"exchange_participants_{way}"], language),
            is_part=bool(r["exchange_cohorts_hidden"]),
        )
        for way in ("out", "in")
    ]
    return (
        r["place"] or r["region_code"],
        str(r["year_start"].year),
        _own(_in(r["exports_usd"], 1_000), r, "exports", language),
        _own(r["guests_foreign"], r, "guests", language),
        "; ".join(filter(None, (_statements(r, n, language) for n in ("exports", "guests"))))
        or "–",
        at_least(
            number(_in(r["deals_realised_idr"], 1_000_000), language, 1),
            is_part=bool(r["deals_realised_unknown"]),
        ),
        " / ".join(people),
        change(r["grdp_growth"], language),
        number(_in(r["spending_per_head_idr"], 1_000_000), language, 2),
        number(r["poverty_rate_percent"], language, 2),
        _shares([r[f"employed_{n}"] for n in ("agriculture", "industry", "services")], language),
    )


def _own(value: float | None, r: Mapping[str, Any], subject: str, language: str) -> str:
    """A figure of the region's own, with what is known of its year."""
    if value is None:
        return "–"
    if subject == "exports":
        known, monthly = r["exports_periods"], r["exports_frequency"] == "M"
        is_part = bool(r["exports_unknown"] or r["exports_rows_left_out"])
    else:
        known, monthly = r["guests_foreign_periods"], r["guests_frequency"] == "M"
        is_part = known < r["guests_periods_sent"]
    text = at_least(number(value, language), is_part=is_part)
    return text + _part(known if monthly else None, language)


def _statements(r: Mapping[str, Any], subject: str, language: str) -> str:
    """How many statements there are, by what share they differ, and what is not said of one."""
    count = r[f"{subject}_statements"]
    if not count:
        return ""
    parts = [
        word("statements_one", language)
        if count == 1
        else word("statements_of", language, count=count)
    ]
    if r[f"{subject}_difference_share"]:
        share = percent(r[f"{subject}_difference_share"], language)
        parts.append(word("statements_differ", language, share=share))
    if str(r[f"{subject}_choice"]).startswith("no order"):
        parts.append(word("statements_unordered", language))
    if subject == "exports":
        detail = str(r["exports_detail"])
        parts += [word("only_total", language)] * detail.startswith("TOTAL")
        parts += [word("only_world", language)] * detail.endswith("to the world")
    return ", ".join(parts)


def _publishers(warehouse: Warehouse, found: list[dict[str, Any]]) -> list[str]:
    """Who publishes the welfare that the rows show."""
    codes = {c for r in found if r["welfare_sources"] for c in r["welfare_sources"].split(", ")}
    if not codes:
        return []
    rows = rows_of(
        warehouse,
        "SELECT DISTINCT provider FROM ref_source "
        f"WHERE source_code IN ({literals(sorted(codes))}) ORDER BY provider",
    )
    return [r["provider"] for r in rows] or sorted(codes)


def _part(periods: int | None, language: str) -> str:
    """What a figure is of that has not all months of its year."""
    return f" ({periods}/12)" if periods is not None and periods < 12 else ""


def _shares(values: list[Decimal | None], language: str) -> str:
    """Parts of a whole, in percent: of those that work, by sector."""
    known = [v for v in values if v is not None]
    if len(known) < len(values) or not sum(known):
        return "–"
    return " / ".join(number(v / sum(known) * 100, language) for v in known)


def _in(value: object, unit: int) -> float | None:
    return None if value is None else float(str(value)) / unit


def _twin(name: str) -> str:
    """Regency and city of one name are two governments: `Kabupaten Blitar`, `Kota Blitar`."""
    kind, _, rest = name.partition(" ")
    return f"{'Kota' if kind == 'Kabupaten' else 'Kabupaten'} {rest}"
