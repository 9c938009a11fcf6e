"""A row of every mart leads to the core rows behind it, on both databases."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flows import explain as explaining
from flows import trace as tracing
from flows.cli.chain import chain_lines
from flows.cli.why import why_lines
from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError
from tests.conftest import first_row_of, settings_for
from tests.unit.warehouse import trade_world
from tests.unit.warehouse.conftest import Small
from warehouse import marts

JAKARTA = ZoneInfo("Asia/Jakarta")
YEAR = date(2025, 1, 1)
OWN = {"region_code": "3505"}
NATIONAL: dict[str, Any] = {
    "region_code": "TOTAL", "breakdown_type": "TOTAL", "breakdown_code": "TOTAL",
    "period_start": YEAR, "period_end": date(2025, 12, 31),
}  # fmt: skip
FLOW = {
    **NATIONAL, "frequency": "A", "product_classification": "HS2022", "product_code": "TOTAL",
    "currency": "USD", "valuation": "FOB", "value": Decimal(5),
}  # fmt: skip
RATE = {"rate_date": YEAR, "base_currency": "USD", "quote_currency": "IDR",
        "rate_type": "middle", "rate": Decimal(16000)}  # fmt: skip
ROWS: dict[str, list[dict[str, Any]]] = {
    "core_exchange__rates": [RATE],
    "core_promotion__exhibitions": [{**OWN, "event_id": "P-1", "start_date": YEAR,
                                     "cost": Decimal(9), "currency": "USD"}],
    "core_promotion__deals": [{**OWN, "event_id": "P-1", "buyer_area": "JPN", "status": "paid",
                               "status_date": YEAR,
                               "value": Decimal(9), "realised_value": Decimal(9),
                               "currency": "USD"}],
    "core_capacity__training": [{**OWN, "course_id": "L-1", "period_start": YEAR, "topic": "x",
                                 "language": "ja", "participants": 9, "passed": 9}],
    "core_promotion__forums": [{**OWN, "forum_id": "F-1", "place_area": "JPN",
                                "start_date": YEAR}],
    "core_investment__leads": [{**OWN, "lead_id": "I-1", "investor_area": "JPN",
                                "stage": "visit", "stage_date": date(2026, 1, 1)}],
    "core_exchange__programmes": [{**OWN, "partner_area": "JPN", "direction": "out",
                                   "start_date": YEAR, "days": 5, "participants_female": 10,
                                   "participants_male": 10}],
    "core_exchange__students": [{"period_start": YEAR, "origin_area": "IDN",
                                 "destination_area": "JPN", "students": 5}],
    "core_context__indicators": [
        {**OWN, "area": "IDN", "indicator": "poverty_rate", "frequency": "A",
         "period_start": YEAR, "value": Decimal(7)},
        *({"region_code": "TOTAL", "area": area, "indicator": indicator, "frequency": "A",
           "period_start": YEAR, "value": Decimal(7)}
          for area in ("IDN", "JPN") for indicator in ("PA.NUS.FCRF", "FP.CPI.TOTL")),
    ],
    "core_cooperation__agreements": [{**OWN, "agreement_id": "A-1", "partner_area": "JPN"}],
    "core_cooperation__stage_events": [{**OWN, "agreement_id": "A-1", "stage": "monev",
                                        "event_date": YEAR}],
    "core_cooperation__activities": [{**OWN, "agreement_id": "A-1",
                                      "status": "planned", "planned_date": date(2025, 7, 1)}],
    "core_trade__local_exports": [{**OWN, "frequency": "A", "period_start": YEAR,
                                   "partner_area": "JPN", "product_code": "44",
                                   "value": Decimal(16000), "currency": "IDR"}],
    "core_trade__flows": [
        {**FLOW, "reporter_area": "IDN", "partner_area": "JPN", "flow": "export"},
        {**FLOW, "reporter_area": "JPN", "partner_area": "IDN", "flow": "import"},
        {**FLOW, "reporter_area": "IDN", "partner_area": "WLD", "flow": "export"},
        *trade_world.export_rows(),
        *trade_world.market_rows(("460212",)),
        *({**FLOW, "reporter_area": reporter, "partner_area": partner, "flow": flow,
           "product_code": "090111", "net_weight_kg": Decimal(5)}
          for reporter, partner, flow in (("IDN", "WLD", "export"), ("IDN", "JPN", "export"),
                                          ("JPN", "WLD", "import"), ("JPN", "IDN", "import"))),
    ],
    "core_tourism__accommodation": [{**OWN, "frequency": "M", "period_start": YEAR,
                                     "class_code": "TOTAL", "guests_foreign": 10}],
    "core_tourism__arrivals": [
        {**NATIONAL, "frequency": "M", "period_start": date(2025, month, 1),
         "destination_area": "IDN", "origin_area": origin, "concept": "visit", "visitors": 10}
        for origin in ("JPN", "WLD") for month in range(1, 13)
    ],
    "ref_source": [{"source_code": "x", "preference": 1}],
    "ref_area": trade_world.AREAS,
    "ops_load": [{"recorded_at": "2026-01-01 00:00:00+00"}],
    "ops_attempt": [{}],
}  # fmt: skip


@pytest.fixture
def filled_home(either: Small, monkeypatch: pytest.MonkeyPatch) -> Small:
    for name, rows in ROWS.items():
        for row in rows:
            either.insert(name, **row)
            if TABLES[name].has_vintages:
                either.insert_version(name, change_reason="first", **row)
    for module in (tracing, explaining):
        monkeypatch.setattr(module, "open_warehouse", lambda _settings: either)
    return either


@pytest.mark.slow
def test_a_row_of_every_mart_is_traced(filled_home: Small, tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    broken = {}
    for mart in marts.all_marts().values():
        keys = ", ".join(f"CAST({k} AS VARCHAR)" for k in mart.key)
        rows = filled_home.rows(f"SELECT {keys} FROM {mart.name} ORDER BY 1")
        assert rows, f"{mart.name} has no row here: add core rows for it to ROWS"
        chosen = {k: v for k, v in zip(mart.key, rows[-1], strict=True) if v is not None}
        found = tracing.trace(settings, mart.name, chosen)
        tables = [b["table"] for b in found["behind"]]
        empty = [b["table"] for b in found["behind"] if not b["rows"]]
        chains = [len(b["chains"]) == len(b["rows"]) for b in found["behind"]
                  if TABLES[b["table"]].has_vintages]  # fmt: skip
        if (
            len(found["rows"]) != 1
            or (tables and not any(b["rows"] for b in found["behind"]))
            or not all(chains)
        ):
            broken[mart.name] = (len(found["rows"]), empty)
        shown = list(chain_lines(found, "id", JAKARTA))
        behind = {b["table"] for b in found["behind"] if b["rows"]}
        assert len(shown) <= 20
        assert all(any(table in line for line in shown) for table in behind)
        why = explaining.explain(settings, mart.name, chosen)
        assert bool(why["changes"]) == any(b["chains"] for b in found["behind"])
        assert all(len(line) <= 160 for line in why_lines(why, "en", JAKARTA))
    assert broken == {}


@pytest.mark.parametrize(
    ("mart", "tables"),
    first_row_of(
        ("mart_promotion_conversion", {"exhibitions", "deals", "rates"}),
        ("mart_exchange_reciprocity", {"programmes"}),
        ("mart_outcomes", {"indicators", "local_exports", "rates", "accommodation", "programmes",
                           "deals"}),
        ("mart_rates_annual", {"rates"}),
        ("mart_rates_on_dates", {"rates"}),
        ("mart_cooperation_status", {"agreements", "stage_events", "activities"}),
        ("mart_investment_pipeline", {"leads"}),
        ("mart_partner_chain", {"activities", "programmes", "deals", "exhibitions", "forums",
                                "leads", "flows", "arrivals"}),
    ),
)  # fmt: skip
def test_everything_behind_a_row_is_found(
    filled_home: Small, tmp_path: Path, mart: str, tables: set[str]
) -> None:
    key = marts.all_marts()[mart].key[0]
    ((value,), *_) = filled_home.rows(f"SELECT CAST({key} AS VARCHAR) FROM {mart}")
    found = tracing.trace(settings_for(tmp_path), mart, {key: value})
    behind = {b["table"].split("__")[1] for b in found["behind"] if b["rows"]}
    assert behind == tables


# A row of a mart, by some of its key; rows of its set and others; the member that is revised, and
# how many there are.
ANNUAL = {**NATIONAL, "frequency": "A"}
TRADED = {**FLOW, "reporter_area": "IDN", "flow": "export", "product_code": "4602"}
IN_TWO_YEARS = [
    {**TRADED, "partner_area": partner, "period_start": date(year, 1, 1)}
    for partner in ("JPN", "NLD", "WLD") for year in (2024, 2025)
]  # fmt: skip
SETS = (
    ("mart_trade_growth", {"partner_area": "JPN", "period_start": "2025-01-01"},
     "core_trade__flows", IN_TWO_YEARS,
     {"partner_area": "NLD", "period_start": date(2024, 1, 1)}, 4),
    ("mart_trade_advantage", {"reporter_area": "IDN"}, "core_trade__flows",
     [{**TRADED, "partner_area": "WLD", "reporter_area": reporter, "product_code": code,
       "period_start": YEAR} for reporter in ("IDN", "JPN") for code in ("4602", "TOTAL")],
     {"reporter_area": "JPN", "product_code": "TOTAL"}, 4),
    ("mart_tourism_source_markets", {"origin_area": "JPN"}, "core_tourism__arrivals",
     [{**ANNUAL, "period_start": YEAR, "destination_area": "IDN", "origin_area": origin,
       "concept": "visit", "visitors": 5} for origin in ("JPN", "WLD")],
     {"origin_area": "WLD"}, 2),
)  # fmt: skip


@pytest.mark.parametrize("case", SETS, ids=lambda case: case[0])
def test_why_says_what_changed_in_the_set(
    either: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: tuple[Any, ...]
) -> None:
    """The row's own figures are what they were; what it is taken over is not."""
    mart, keys, table, rows, member, members = case
    for module in (tracing, explaining):
        monkeypatch.setattr(module, "open_warehouse", lambda _settings: either)
    measure = "value" if "value" in rows[0] else "visitors"
    first, second = "2026-02-01 00:00:00+00", "2026-03-01 00:00:00+00"
    for area in trade_world.AREAS:
        either.insert("ref_area", **area)
    for row in rows:
        is_member = member.items() <= row.items()
        newest = {**row, measure: 8} if is_member else row
        either.insert(table, **newest)
        either.insert_version(
            table, **row, change_reason="first", recorded_at=first, load_seq=1,
            superseded_at=second if is_member else None,
        )  # fmt: skip
        if is_member:
            either.insert_version(
                table, **newest, change_reason="revised_by_source", recorded_at=second, load_seq=2
            )
    why = explaining.explain(settings_for(tmp_path), mart, keys)
    (change,) = why["set"]
    assert why["changes"] == []
    assert member.items() <= change["key"].items()
    assert (change["table"], change["reason"]) == (table, "revised_by_source")
    assert change["columns"] == {measure: {"before": 5, "after": 8}}
    assert why["before"] == change["recorded_at"]
    found = tracing.trace(settings_for(tmp_path), mart, keys)
    assert found["set"] == [{"table": table, "rows": members}]
    assert any(f"set of {members} rows of {table}" in x for x in chain_lines(found, "en", JAKARTA))
    for language, said in (
        ("id", "anggota lain dari himpunan"),
        ("en", "other members of the set"),
    ):
        lines = list(why_lines(why, language, JAKARTA))
        assert any(said in line for line in lines)
        assert any(table in line for line in lines)
        assert any(f"{measure} 5 -> 8" in line for line in lines)
        assert all(len(line) <= 160 for line in lines)


@pytest.mark.slow
def test_the_command_under_a_mart_leads_to_one_row(filled_home: Small, tmp_path: Path) -> None:
    """`TOTAL` is part of a key: without it, the products of that partner fit too."""
    settings = settings_for(tmp_path)
    chosen = {"product_code": "TOTAL", "over": "market"}
    found = tracing.trace(settings, "mart_trade_growth", chosen)
    (command,) = [x for x in chain_lines(found, "en", JAKARTA) if x.startswith("  -> penataran")]
    _, _, _, table, *pairs = shlex.split(command)
    keys = dict(pair.split("=", 1) for pair in pairs)
    assert set(keys) == set(TABLES[table].key_names)
    assert len(tracing.trace(settings, table, keys)["chains"]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("of_row", [tracing.trace, explaining.explain])
def test_a_row_that_is_not_there_says_which_key(
    filled_home: Small, tmp_path: Path, of_row: Callable[..., dict[str, Any]]
) -> None:
    settings = settings_for(tmp_path)
    for name in ("mart_trade_growth", "core_trade__flows"):
        with pytest.raises(ConfigurationError) as caught:
            of_row(settings, name, {"partner_area": "Jepang", "flow": "export"})
        assert caught.value.message == f"{name} has no row with partner_area=Jepang"
        assert f"SELECT DISTINCT partner_area FROM {name} " in str(caught.value.hint)
    imported = filled_home.rows(
        "SELECT partner_area FROM core_trade__flows WHERE partner_area NOT IN "
        "(SELECT partner_area FROM core_trade__flows WHERE flow = 'export') ORDER BY 1"
    )
    keys = {"flow": "export", "partner_area": imported[0][0]}
    with pytest.raises(ConfigurationError, match="no row with all of flow=export, partner_area="):
        of_row(settings, "core_trade__flows", keys)
