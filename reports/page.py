"""The report page: one self-contained file per language, without script.

Reads the published warehouse only. Everything received from a partner is escaped, and the
page's own policy forbids scripts and foreign content (X08).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config.region import Region
from config.settings import Settings
from reports import charts, dictionary, freshness, outlook, register
from reports.figure import Figure, first_source, rows_of
from reports.inputs import DICTIONARY_NOTE, NOTE, inputs, of_version
from reports.members import Exported, exported
from reports.template import template
from reports.words import change, day, month, number, word
from schemas.errors import StorageError
from schemas.sql import date_literal, literal, literals
from warehouse.base import Warehouse
from warehouse.files import checksum_of, read_json, write_whole
from warehouse.modes import file_mode

TOP_PRODUCTS = 8
RATE_CURRENCIES = ("USD", "JPY", "AUD")
RATE_MONTHS = 24
TABLE_MONTHS = 12


def write_pages(warehouse: Warehouse, settings: Settings, region: Region) -> dict[str, Path]:
    """Write the report and the dictionary to reports/, in both languages, from one moment; returns
    language → report. Pages that are there, whole and of the same inputs, stay as they are."""
    with warehouse.at_one_moment() as published:
        reports = _write(
            settings,
            inputs(published, settings, region),
            ("laporan", NOTE),
            lambda language: render(published, settings, region, language),
        )
        _write(
            settings,
            of_version(settings.profile, settings.readers),
            ("kamus", DICTIONARY_NOTE),
            lambda language: dictionary.render(published, settings, language),
        )
    return reports


def _write(
    settings: Settings, made_from: str, names: tuple[str, str], page: Callable[[str], str]
) -> dict[str, Path]:
    """Write a page in both languages unless its note says that it is of the same inputs."""
    name, note = names[0], settings.state / names[1]
    targets = {x: settings.reports / f"{name}.{x}.html" for x in ("id", "en")}
    if _noted(note) != {"inputs": made_from, **_checksums(targets)}:
        mode = file_mode(settings.readers)
        for language, target in targets.items():
            write_whole(target, page(language), mode=mode)
        write_whole(note, json.dumps({"inputs": made_from, **_checksums(targets)}))
    return targets


def _noted(note: Path) -> dict[str, Any]:
    """What was noted of the pages; nothing where the note is missing or damaged."""
    try:
        return read_json(note) if note.exists() else {}
    except StorageError:
        return {}


def _checksums(targets: dict[str, Path]) -> dict[str, str]:
    return {x: checksum_of(path) for x, path in targets.items() if path.is_file()}


def render(warehouse: Warehouse, settings: Settings, region: Region, language: str) -> str:
    """The page as HTML."""
    exports = [
        figure
        for group, areas in region.groups.items()
        if (figure := _exports(warehouse, region, group, areas, language))
    ]
    now = datetime.now(UTC).astimezone(ZoneInfo(region.timezone))
    return template("page.html.j2").render(
        language=language,
        w=lambda name, **values: word(name, language, **values),
        region=region.name_en if language == "en" else region.name_id,
        made=f"{day(now, language)} {now:%H:%M} {now.tzname()}",
        simulated=settings.profile == "sandbox",
        other=f"laporan.{'id' if language == 'en' else 'en'}.html",
        exports=exports,
        rates=_rates(warehouse, language),
        outlook=outlook.sections(warehouse, region, language),
        register=register.sections(warehouse, language),
        freshness=freshness.section(warehouse, language, now.date()),
    )


def _exports(
    warehouse: Warehouse, region: Region, group: str, areas: tuple[str, ...], language: str
) -> Figure | None:
    """Exports of the newest complete year to one partner or group, by product."""
    base = (
        "FROM mart_trade_by_partner_product WHERE frequency = 'A' AND flow = 'export' "
        f"AND reporter_area = {literal(region.country)} AND partner_area IN ({literals(areas)}) "
        "AND (product_code = 'TOTAL' OR left(product_classification, 2) = 'HS')"
    )
    source = first_source(warehouse, base)
    if source is None:
        return None
    base += f" AND source = {literal(source)}"
    newest = rows_of(
        warehouse,
        f"SELECT max(period_start) AS newest {base} AND value_usd IS NOT NULL",
    )
    if not newest or newest[0]["newest"] is None:
        return None
    year = newest[0]["newest"].year
    products = exported(
        rows_of(
            warehouse,
            f"SELECT partner_area, partner_name_{language} AS partner_name, product_code, "
            f"product_classification, product_level, product_name_{language} AS label, "
            f"period_start, value_usd, release_stage, recorded_at {base} "
            f"AND period_start BETWEEN {date_literal(date(year - 1, 1, 1))} "
            f"AND {date_literal(date(year, 12, 31))}",
        ),
        year,
    )
    total = [p for p in products if p.level == 0]
    top = sorted(
        (p for p in products if p.level > 0 and p.value), key=lambda p: (-p.value, p.code)
    )[:TOP_PRODUCTS]
    if not top:
        return None
    partner = _partner_name(warehouse, group, areas, language)
    title = f"{word('exports', language)} {word('to', language, partner=partner)}"
    data = [
        {
            "label": f"{p.label} ({p.code})",
            "value": float(p.value) / 1000,
            "previous": None if p.previous is None else float(p.previous) / 1000,
        }
        for p in top
    ]
    lacking = "; ".join(f"{p.code}: {', '.join(p.lacking)}" for p in (*top, *total) if p.lacking)
    facts = (
        (word("unit", language), word("value_unit", language)),
        (word("period", language), str(year)),
        (word("not_compared", language), lacking),
        (word("source", language), _attribution(warehouse, source, language)),
        (word("stage", language), _stages(top, language)),
        (word("retrieved", language), day(max(p.retrieved for p in top), language)),
    )
    return Figure(
        title,
        charts.bars(
            data, word("value", language), f"{title}. {word('chart_alt', language)}", language
        ),
        (
            word("product", language),
            f"{year}: {word('value', language)}",
            f"{word('change', language)} {year - 1}–{year}",
        ),
        tuple(_exported_cells(p, language) for p in (*top, *total)),
        tuple((name, text) for name, text in facts if text),
        word("exports_note", language, year=year, previous=year - 1),
    )


def _stages(products: list[Exported], language: str) -> str:
    found = frozenset().union(*(p.stages for p in products))
    return ", ".join(word(stage, language) for stage in sorted(found))


def _exported_cells(product: Exported, language: str) -> tuple[str, str, str]:
    """Name, value and change; a value without a member of the year before is a least value."""
    name = (
        word("all_products", language)
        if product.level == 0
        else f"{product.label} ({product.code})"
    )
    least = "≥ " if product.is_least else ""
    value = f"{least}{number(product.value / 1000, language, 1)}"
    return name, value, change(product.change, language)


def _partner_name(warehouse: Warehouse, group: str, areas: tuple[str, ...], language: str) -> str:
    if len(areas) > 1:
        return group
    rows = rows_of(
        warehouse,
        f"SELECT min(name_{language}) AS name FROM ref_area "
        f"WHERE scheme = 'iso3' AND code = {literal(areas[0])}",
    )
    return str(rows[0]["name"] or group) if rows else group


def _attribution(warehouse: Warehouse, source: str, language: str) -> str:
    rows = rows_of(
        warehouse,
        f"SELECT min(attribution_{language}) AS text FROM ref_source "
        f"WHERE source_code = {literal(source)}",
    )
    text = str(rows[0]["text"] or source) if rows else source
    return text.removeprefix("Sumber: ").removeprefix("Source: ")


def _rates(warehouse: Warehouse, language: str) -> Figure | None:
    """Rupiah per unit of each currency, monthly, of one source."""
    base = (
        "FROM mart_rates_paired WHERE quote_currency = 'IDR' "
        f"AND base_currency IN ({literals(RATE_CURRENCIES)})"
    )
    source = first_source(warehouse, base)
    if source is None:
        return None
    rows = rows_of(
        warehouse,
        "SELECT month_start, base_currency AS currency, rate AS value, days, release_stage, "
        f"recorded_at {base} AND source = {literal(source)} ORDER BY month_start, base_currency",
    )
    months = sorted({r["month_start"] for r in rows})[-RATE_MONTHS:]
    if not months:
        return None
    value = {(r["month_start"], r["currency"]): r["value"] for r in rows}
    days = {r["month_start"]: r["days"] for r in rows}
    first = {
        c: next(v for m in months if (v := value.get((m, c))))
        for c in RATE_CURRENCIES
        if any((m, c) in value for m in months)
    }
    data = [
        {
            "month": m.isoformat(),
            "series": c,
            "value": float(value[(m, c)] / first[c] * 100),
        }
        for m in months
        for c in first
        if (m, c) in value
    ]
    title = word("rates", language)
    return Figure(
        title,
        charts.lines(
            data, word("index_title", language), f"{title}. {word('line_alt', language)}", language
        ),
        (
            word("month", language),
            *(word("rate_unit", language, currency=c) for c in first),
            word("days", language),
        ),
        tuple(
            (
                month(m, language),
                *(number(value.get((m, c)), language, 2) for c in first),
                number(days[m], language),
            )
            for m in reversed(months[-TABLE_MONTHS:])
        ),
        (
            (word("unit", language), word("rate_unit", language, currency=", ".join(first))),
            (
                word("period", language),
                f"{month(months[0], language)}–{month(months[-1], language)}",
            ),
            (word("source", language), _attribution(warehouse, source, language)),
            (
                word("stage", language),
                ", ".join(word(s, language) for s in sorted({r["release_stage"] for r in rows})),
            ),
            (word("retrieved", language), day(max(r["recorded_at"] for r in rows), language)),
        ),
        word("rates_note", language),
    )
