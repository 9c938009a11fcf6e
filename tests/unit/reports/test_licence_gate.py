"""What does not leave by the licence gate, whatever a figure tries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

import duckdb
import pytest

from config import partner
from config import region as regions
from reports.declared import Figure, Section, pages
from reports.drawn import Drawn, Studio
from reports.layout import Edition, page_html
from reports.licence_gate import (
    LicenceGate,
    Pin,
    indicators,
    leaves,
    lineage,
    of_source,
    pins,
    public_figures,
    public_sql,
    strictest,
)
from reports.page import figure_of
from schemas.catalogue import TABLES
from schemas.model import Words
from tests.conftest import ROOT
from tests.unit.conftest import SmallWarehouse
from tests.unit.reports.drawing import TODAY
from tests.unit.warehouse import random_rows
from warehouse import marts
from warehouse.dictionary import described_tables

pytestmark = pytest.mark.fast
CLASSES = {"bank": "open", "terms": "derived", "closed": "none"}
SIMULATED = sorted((ROOT / "sandbox" / "partners").glob("*.yml"))
DAY = date(2025, 3, 3)
SECRET = Decimal("12345.6789")


def rate(tables: SmallWarehouse, source: str, day: int, value: Decimal) -> None:
    tables.insert(
        "core_exchange__rates", source=source, rate_date=date(2025, 3, day), base_currency="USD",
        quote_currency="IDR", rate_type="middle", rate=value, release_stage="final",
    )  # fmt: skip


def declare(tables: SmallWarehouse, classes: Mapping[str, str]) -> None:
    for code, found in {**classes, "reference_source": "open"}.items():
        words = {"attribution_id": f"Sumber: {code}", "attribution_en": f"Source: {code}"}
        tables.insert("ref_source", source="reference_source", source_code=code,
                      redistribution=found, **words)  # fmt: skip


@pytest.fixture
def rates(tables: SmallWarehouse) -> SmallWarehouse:
    """Two days of rates of an open source, one for indicators, a closed and an unknown one."""
    declare(tables, CLASSES)
    for source in (*CLASSES, "stranger"):
        own = Decimal(16000) if source == "bank" else SECRET
        rate(tables, source, 3, own)
        rate(tables, source, 4, own + (source != "bank"))
    return tables


def drawn(tables: SmallWarehouse, sql: str, **more: Any) -> Drawn:
    """A figure of a query as the public gets it."""
    names = list(tables.query(sql).columns)
    figure = Figure.model_validate({
        "name": "tried", "title": {"id": "a", "en": "a"}, "for": ["publik"], "sql": sql,
        "columns": [{"name": n, "format": "text"} for n in names], **more,
    })  # fmt: skip
    studio = Studio(cast("Any", tables), regions.load("3505"), TODAY)
    whole = studio.draw_one(figure)
    studio._drawn["tried"] = (whole,)
    return public_figures(studio, LicenceGate(cast("Any", tables)), "tried")[0]


def test_what_a_value_was_does_not_pass_with_it(rates: SmallWarehouse) -> None:
    """Earlier values are those of the whole warehouse, which have passed nothing."""
    sql = f"SELECT source, rate FROM {R} WHERE source = 'bank' AND rate_date = '2025-03-03'"
    figure = Figure.model_validate({
        "name": "tried", "title": {"id": "a", "en": "a"}, "for": ["publik"], "sql": sql,
        "columns": [{"name": "rate", "format": "decimal"}],
    })  # fmt: skip
    studio = Studio(cast("Any", rates), regions.load("3505"), TODAY)
    whole = studio.draw_one(figure)
    studio._drawn["tried"] = (replace(whole, rows=({**whole.rows[0], "rate_was": SECRET},)),)
    (found,) = public_figures(studio, LicenceGate(cast("Any", rates)), "tried")
    assert leaves(found)
    assert found.rows == whole.rows


R = "core_exchange__rates"
AMOUNTS = ("currency units", "USD", "IDR", "persons", "kg", "firms", "unit", "percent",
           "IDR per person", "component_unit", "deals", "buyers")  # fmt: skip
ATTACKS = {
    "no_source": f"SELECT NULL AS source, rate FROM {R} WHERE source = 'SOURCE'",
    "other_source": f"SELECT 'bank' AS source, rate FROM {R} WHERE source = 'SOURCE'",
    "calculated": f"SELECT rate * 2 - 1 AS share FROM {R} WHERE source = 'SOURCE'",
    "sum": f"SELECT sum(rate) AS rate FROM {R} WHERE source IN ('bank', 'SOURCE')",
    "mixed": f"SELECT source, rate FROM {R} WHERE source IN ('bank', 'SOURCE')",
    "as_text": f"SELECT string_agg(CAST(rate AS VARCHAR), ', ') AS note FROM {R} "
               "WHERE source = 'SOURCE'",
    "count": f"SELECT count(*) AS n FROM {R} WHERE source = 'SOURCE' AND rate > 12000",
    "exists": f"SELECT EXISTS (SELECT 1 FROM {R} WHERE source = 'SOURCE' AND rate > 12000) AS yes",
    "order": f"SELECT source FROM {R} GROUP BY source HAVING max(rate) < 15000 AND "
             "source = 'SOURCE'",
    "subquery": f"SELECT (SELECT max(rate) FROM {R} WHERE source = 'SOURCE') AS rate",
    "quoted": f"SELECT rate FROM \"{R}\" WHERE source = 'SOURCE'",
    "capitals": f"SELECT rate FROM {R.upper()} WHERE source = 'SOURCE'",
    "schema": f"SELECT rate FROM main.{R} WHERE source = 'SOURCE'",
    "quoted_schema": f"SELECT rate FROM \"main\" . \"{R}\" WHERE source = 'SOURCE'",
    "by_name": "SELECT rate FROM query_table('core_exchange' || '__rates') WHERE source = 'SOURCE'",
    "beside_its_name": f"SELECT rate FROM query_table('core_exchange' || '__rates') WHERE "
                       f"source = 'SOURCE' AND rate IN (SELECT rate FROM {R})",
    "named_query": f"WITH {R} AS (SELECT * FROM {R}) SELECT rate FROM {R} WHERE source = 'SOURCE'",
    "comment": f"SELECT rate FROM {R} /* {R} */ WHERE source = 'SOURCE' -- bank",
    "mart": "SELECT average_rate * 1 AS rate, end_rate FROM mart_rates_monthly "
            "WHERE source = 'SOURCE'",
    "renamed": "SELECT end_rate AS average_rate FROM mart_rates_monthly WHERE source = 'SOURCE'",
    "on_dates": "SELECT rate FROM mart_rates_on_dates WHERE source = 'SOURCE'",
}  # fmt: skip


@pytest.mark.parametrize("source", ["terms", "closed", "stranger"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_figure_takes_a_row_out(rates: SmallWarehouse, attack: str, source: str) -> None:
    rates.insert("core_cooperation__activities", source="bank", planned_date=DAY, currency="USD")
    if attack == "on_dates":  # the source is the only one with a rate
        rates.con.execute(f"DELETE FROM {R} WHERE source <> '{source}'")
    sql = ATTACKS[attack].replace("SOURCE", source)
    found = drawn(rates, sql)
    assert not leaves(found)
    assert not found.rows
    for language in ("id", "en"):
        said = found.sentence.in_language(language)
        assert said
        assert "12345" not in said
    assert (found.facts.first, found.facts.last, found.facts.retrieved) == (None, None, None)


def test_a_query_that_closes_the_brackets_is_no_query(rates: SmallWarehouse) -> None:
    sql = f"SELECT 1 AS rate) AS f UNION SELECT rate FROM (SELECT rate FROM {R}"
    with pytest.raises(duckdb.ParserException):
        drawn(rates, sql)


def test_what_is_open_leaves_beside_them(rates: SmallWarehouse) -> None:
    found = drawn(rates, f"SELECT source, rate FROM {R} WHERE source = 'bank'")
    assert leaves(found)
    assert [row["rate"] for row in found.rows] == [16000, 16000]


def test_an_average_is_an_indicator_and_its_last_day_is_none(rates: SmallWarehouse) -> None:
    sql = "SELECT source, {} FROM mart_rates_monthly WHERE source = 'terms'"
    assert leaves(drawn(rates, sql.format("average_rate, days")))
    assert not leaves(drawn(rates, sql.format("end_rate")))


def test_a_mean_of_one_row_is_that_row(rates: SmallWarehouse) -> None:
    rates.con.execute(f"DELETE FROM {R} WHERE source = 'terms' AND rate_date = DATE '2025-03-04'")
    sql = "SELECT average_rate FROM mart_rates_monthly WHERE source = 'terms'"
    assert not leaves(drawn(rates, sql))


def test_rows_that_stand_by_themselves_leave_without_the_others(rates: SmallWarehouse) -> None:
    found = drawn(rates, f"SELECT source, rate FROM {R} ORDER BY rate DESC", by_row=True)
    assert leaves(found)
    assert {row["source"] for row in found.rows} == {"bank"}
    assert found.note is not None
    assert "lisensi" in found.note.id
    closed = drawn(rates, f"SELECT rate FROM {R} WHERE source = 'closed'", by_row=True)
    assert not leaves(closed)


def test_a_licence_that_changes_holds_for_rows_of_before(rates: SmallWarehouse) -> None:
    sql = f"SELECT rate FROM {R} WHERE source = 'SOURCE'"
    changes = (("bank", "none", False), ("bank", "derived", False), ("closed", "open", True),
               ("terms", "public", False))  # fmt: skip
    for source, changed, passes in changes:
        rates.con.execute(
            f"UPDATE ref_source SET redistribution = '{changed}' WHERE source_code = '{source}'"
        )
        assert leaves(drawn(rates, sql.replace("SOURCE", source))) is passes, (source, changed)
    rates.con.execute("DELETE FROM ref_source WHERE source_code = 'closed'")
    assert not leaves(drawn(rates, sql.replace("SOURCE", "closed")))


def test_the_sentence_says_why_and_names_who(rates: SmallWarehouse) -> None:
    rates.con.execute(f"DELETE FROM {R} WHERE source = 'stranger'")
    none = drawn(rates, f"SELECT rate FROM {R}")
    assert none.sentence.id == (
        "Tidak ditampilkan: lisensi sumbernya melarang penyebaran (closed)."
    )
    rates.con.execute(f"DELETE FROM {R} WHERE source = 'closed'")
    derived = drawn(rates, f"SELECT rate FROM {R}")
    assert derived.sentence.en == (
        "Not shown: of these sources only indicators may leave, not their own figures (terms)."
    )
    own = drawn(rates, f"SELECT rate FROM {R} WHERE source = 'bank'", public=False)
    assert own.sentence.en == "Not shown: for use inside the administration only."


def flow(tables: SmallWarehouse, source: str, **more: Any) -> None:
    tables.insert("core_trade__flows", **{
        "source": source, "frequency": "A", "period_start": date(2025, 1, 1), "flow": "export",
        "reporter_area": "IDN", "partner_area": "JPN", "region_code": "TOTAL", "currency": "USD",
        "breakdown_type": "TOTAL", "breakdown_code": "TOTAL", "product_classification": "HS2022",
        "product_code": "920600", "value": SECRET, "valuation": "FOB", "release_stage": "final",
        **more})  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("source", ["terms", "closed", "stranger"])
def test_a_mart_over_marts_keeps_where_it_is_from(tables: SmallWarehouse, source: str) -> None:
    """mart_partner_chain has no source of its own, and reads marts of marts."""
    declare(tables, CLASSES)
    own = {"region_code": "3505", "agreement_id": "A1"}
    tables.insert("core_cooperation__agreements", source="bank", partner_area="JPN", **own)
    tables.insert("core_cooperation__activities", source=source, activity_id="B1", status="done",
                  planned_date=DAY, budget=SECRET, currency="IDR", **own)  # fmt: skip
    sql = "SELECT activity_budget_idr FROM mart_partner_chain WHERE activity_budget_idr > 0"
    assert not leaves(drawn(tables, sql))
    assert not leaves(drawn(tables, f"SELECT count(*) AS n FROM ({sql}) AS chain"))
    tables.con.execute("UPDATE ref_source SET redistribution = 'open'")
    tables.insert("ref_source", source="reference_source", source_code="stranger",
                  redistribution="open")  # fmt: skip
    found = drawn(tables, sql)
    assert leaves(found)
    assert found.rows


def test_a_row_of_two_sources_is_as_strict_as_the_stricter(tables: SmallWarehouse) -> None:
    declare(tables, CLASSES)
    flow(tables, "bank")
    flow(tables, "closed", flow="import", reporter_area="JPN", partner_area="IDN")
    sql = "SELECT export_value FROM mart_trade_mirror"
    assert drawn(tables, sql).withheld
    tables.con.execute("UPDATE ref_source SET redistribution = 'open'")
    assert leaves(drawn(tables, sql))


def test_references_of_organisations_do_not_leave(tables: SmallWarehouse) -> None:
    declare(tables, {"bank": "open"})
    tables.insert("core_promotion__deals", source="bank", deal_id="D1", buyer_ref="h:1")
    assert leaves(drawn(tables, "SELECT deal_id FROM core_promotion__deals"))
    assert not leaves(drawn(tables, "SELECT buyer_ref FROM core_promotion__deals"))


def test_refused_rows_and_raw_answers_do_not_leave(tables: SmallWarehouse) -> None:
    declare(tables, {"bank": "open"})
    tables.insert("ops_quarantine", source="bank", record='{"name": "x"}')
    tables.insert("ops_raw", source="bank")
    assert not leaves(drawn(tables, "SELECT record FROM ops_quarantine"))
    assert not leaves(drawn(tables, "SELECT count(*) AS n FROM ops_raw"))


def test_a_mart_of_refused_rows_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = "SELECT source, record FROM ops_quarantine"
    every = {"mart_refused": marts.Mart("mart_refused", sql, "", "", ("source",), ())}
    monkeypatch.setattr(marts, "all_marts", lambda: every)
    found = public_sql("mart_refused", ("source", "record"), {}, {})
    assert found.endswith("WHERE 1 = 0")


def test_a_closed_list_stops_what_is_read_by_it(tables: SmallWarehouse) -> None:
    """A list for indicators does not: codes are read by it, and nothing of it is shown."""
    declare(tables, CLASSES)
    flow(tables, "bank", value=Decimal(5))
    sql = "SELECT partner_area FROM mart_trade_by_partner_product"
    for source, passes in (("terms", True), ("closed", False)):
        tables.insert("ref_area", source=source, scheme=source, code="JPN", area="JPN")
        assert leaves(drawn(tables, sql)) is passes, source


def test_a_mart_of_several_tables_keeps_what_is_open_of_each(tables: SmallWarehouse) -> None:
    """mart_revisions has rows of all core tables, each of one source."""
    declare(tables, {"bank": "open", "office": "open", "closed": "none"})
    version = {"load_seq": 1, "change_reason": "first"}
    tables.insert_version(R, source="bank", rate=SECRET, rate_date=DAY, **version)
    tables.insert_version("core_trade__flows", source="office", value=SECRET, **version)
    tables.insert_version("core_trade__flows", source="closed", value=SECRET, **version)
    found = drawn(tables, "SELECT source FROM mart_revisions ORDER BY source", by_row=True)
    assert [row["source"] for row in found.rows] == ["bank", "office"]


def test_versions_and_changes_are_rows_of_their_source(tables: SmallWarehouse) -> None:
    declare(tables, CLASSES)
    for source in ("bank", "closed"):
        tables.insert_version(R, source=source, rate=SECRET, rate_date=DAY, load_seq=1)
    for table, column in ((f"{R}__vintages", "rate"), ("mart_revisions", "value_after")):
        for source, passes in (("bank", True), ("closed", False)):
            sql = f"SELECT {column} FROM {table} WHERE source = '{source}'"
            assert leaves(drawn(tables, sql)) is passes, (table, source)


def test_simulated_partners_have_licences_as_real_ones(tables: SmallWarehouse) -> None:
    """What the simulated agency publishes itself is open; what is about firms, and whatever a
    partner abroad sends, leaves as indicators only."""
    found = partner.sources({p.stem: partner.read(p) for p in SIMULATED}, regions.load("3505"))
    tables.con.execute("DELETE FROM ref_source")
    declare(tables, {code: source.licence.redistribution for code, source in found.items()})
    for code, source in found.items():
        tables.insert(source.table, source=code)
    for code, source in found.items():
        sql = f"SELECT * FROM {source.table} WHERE source = '{code}'"
        is_own = code.startswith("sim_dinas_") and not code.endswith(("deals", "leads"))
        assert leaves(drawn(tables, sql)) is is_own, code


def test_every_indicator_is_a_column_of_its_mart() -> None:
    for mart, own in indicators().items():
        words = described_tables()[mart]
        assert own.columns <= {c.name for c in words.columns}, mart
        assert not own.columns & {c.name for c in words.columns if c.is_key}, mart


def test_amounts_that_leave_are_named_here() -> None:
    """A new one must be a figure of several rows, and is written here with its reason."""
    found = {
        (mart, column.name)
        for mart, own in indicators().items()
        for column in described_tables()[mart].columns
        if column.name in own.columns and column.unit in AMOUNTS
    }
    assert found == {
        ("mart_export_potential", "potential_value"),  # supply x ease x demand
        ("mart_export_potential", "potential_neutral_value"),
        ("mart_outcomes", "exports_usd"),  # all lines of a year's statement
        ("mart_capacity_gap", "people_needed"),  # counted from agreements and events
        ("mart_capacity_gap", "gap"),
    }


@pytest.mark.slow
def test_no_indicator_is_a_value_as_its_source_published_it(tables: SmallWarehouse) -> None:
    """Random rows, all of sources for indicators: no large number that leaves is one of theirs."""
    declare(tables, {**dict.fromkeys(random_rows.SENDERS, "derived"), "x": "open"})
    for area in (*random_rows.AREAS, "WLD"):
        tables.insert("ref_area", scheme="iso3", code=area, area=area, is_country=area != "WLD")
    tables.insert("ops_load", recorded_at="2026-02-01 00:00:00+00", load_seq=1)
    published = set[Decimal]()
    for name, rows in random_rows.rows_of(1, senders=2).rows.items():
        tables.con.execute(random_rows.insert_sql(name, rows))
        fields = [f.name for f in random_rows.measures_of(TABLES[name])]
        published |= {Decimal(r[f]) for r in rows for f in fields if r.get(f) is not None}
    gate, seen = LicenceGate(cast("Any", tables)), 0
    for mart, own in indicators().items():
        result = tables.query(gate.public(mart))
        for row in (row for batch in result.batches for row in batch):
            for name, value in zip(result.columns, row, strict=True):
                is_number = isinstance(value, Decimal | int) and not isinstance(value, bool)
                if is_number and name in own.columns - {"seed"} and abs(value) >= 1000:
                    seen += 1
                    assert Decimal(value) not in published, (mart, name, value)
    assert seen


@pytest.mark.parametrize(
    ("mart", "expected"),
    [
        ("mart_rates_monthly", {R: (Pin("source", is_list=False),)}),
        ("mart_trade_mirror", {"core_trade__flows": (Pin("export_source", is_list=False),
                                                     Pin("import_source", is_list=False))}),
        ("mart_exchange_reciprocity", {}),
    ],
)  # fmt: skip
def test_a_mart_names_the_sources_of_its_rows(
    mart: str, expected: dict[str, tuple[Pin, ...]]
) -> None:
    assert pins(marts.all_marts()[mart]) == expected


def test_a_table_is_named_by_all_conditions_or_by_none() -> None:
    """Rates of mart_outcomes: one condition names the source, another a list."""
    named = pins(marts.all_marts()["mart_outcomes"])
    assert {p.column for p in named[R]} == {"exports_rate_source", "deals_rate_sources"}
    assert "core_exchange__programmes" not in named
    two = marts.Mart("m", "", "", "", (), ((R, "c.source = m.source"), (R, "c.x = m.x")))
    assert pins(two) == {}
    assert pins(replace(two, behind=two.behind[::-1])) == {}


def test_one_alternative_without_a_source_leaves_it_open() -> None:
    from reports.licence_gate import _pins

    assert _pins("(m.k = 'a' AND c.source = m.one) OR (c.source = m.two)") == (
        Pin("one", is_list=False), Pin("two", is_list=False))  # fmt: skip
    assert _pins("(m.k = 'a OR b' AND c.source = m.one) OR (c.x = m.x)") == ()
    assert _pins("c.x = m.source AND (c.source = m.one OR m.y = 1)") == ()
    assert _pins("c.source = m.one || 'x'") == ()


def test_lineage_goes_down_to_tables() -> None:
    assert R in lineage(["mart_rates_annual"])
    assert "core_promotion__deals" in lineage(["mart_partner_chain"])
    assert not any(name.startswith("mart_") for name in lineage(marts.all_marts()))


def test_classes_of_sources() -> None:
    assert strictest(["open", "derived"]) == "derived"
    assert strictest(["derived", "none", "open"]) == "none"
    assert strictest([]) == "open"
    assert [of_source(x) for x in ("open", "derived", "none", None, "", "OPEN")] == [
        "open", "derived", "none", "none", "none", "none"]  # fmt: skip


def test_the_public_page_passes_the_gate_and_internal_pages_do_not(rates: SmallWarehouse) -> None:
    """The same figure: a sentence on the one, its rows on the others."""
    rates.con.execute(f"DELETE FROM {R} WHERE source <> 'closed'")
    studio = Studio(cast("Any", rates), regions.load("3505"), TODAY)
    gate = LicenceGate(cast("Any", rates))
    public = [page.name for page in pages().values() if page.public]
    assert public == ["publik"]
    section = Section(heading=Words("a", "a"), figures=("rates",))
    shown = {}
    for name in ("publik", "analis"):
        page = pages()[name].model_copy(update={"sections": (section,)})
        figures = {"rates": figure_of(page, "rates", studio, gate)}
        edition = Edition(studio.region, datetime(2026, 11, 30, tzinfo=UTC), False, pages())
        shown[name] = {x: page_html(page, figures, edition, x) for x in ("id", "en")}
    for language, said in (("id", "melarang penyebaran"), ("en", "forbids redistribution")):
        assert said in shown["publik"][language]
        assert "12.34" not in shown["publik"][language]
        assert "12,34" not in shown["publik"][language]
        assert "<td" not in shown["publik"][language]
        assert said not in shown["analis"][language]
        assert "12.34" in shown["analis"]["id"]


def test_the_public_sees_the_regions_exports_of_a_year(tables: SmallWarehouse) -> None:
    """The sum of a year is an indicator; what a firm's product brought is not."""
    declare(tables, {"office": "derived"})
    for product, value in (("920600", 70), ("240319", 30)):
        tables.insert(
            "core_trade__local_exports", source="office", region_code="3505", frequency="A",
            period_start=date(2025, 1, 1), partner_area="JPN", product_code=product,
            value=Decimal(value), currency="USD",
        )  # fmt: skip
    studio = Studio(cast("Any", tables), regions.load("3505"), TODAY)
    gate = LicenceGate(cast("Any", tables))
    (total,) = public_figures(studio, gate, "own_total")
    assert [row["value"] for row in total.rows] == [Decimal(100)]
    (products,) = public_figures(studio, gate, "own_exports")
    assert products.rows == ()
    assert products.withheld is not None
