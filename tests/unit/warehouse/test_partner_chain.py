"""The chain from an agreement to what it led to, by country, city and year; and its breaks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from config import contract as contracts
from tests.unit.warehouse.conftest import Small
from tests.unit.warehouse.registers import (
    SUMMER,
    YEAR,
    activity,
    agreement,
    cohort,
    deal,
    exhibition,
    forum,
    lead,
    rate,
    today,
)


def chain(small: Small, columns: str, area: str = "JPN", city: str = "TOTAL") -> Any:
    """One year of one partner."""
    (found,) = small.rows(
        f"SELECT {columns} FROM mart_partner_chain WHERE partner_area = '{area}' "
        f"AND partner_city = '{city}' AND year_start = DATE '2025-01-01'"
    )
    return found


@pytest.mark.parametrize("code", ["exchange_programmes", "exhibitions", "forums"])
def test_the_agreement_of_an_entry_is_optional(code: str) -> None:
    contract = contracts.load_all()[code]
    assert "agreement_id" in {f.name for f in contract.fields()} - set(contract.required())


def test_every_stage_stands_in_one_row_with_its_keys(either: Small) -> None:
    today(either)
    rate(either, "JPY", 100)
    agreement(either)
    activity(either, spent=Decimal(5), budget=Decimal(9), currency="IDR")
    cohort(either, cost=Decimal(1), currency="JPY")
    exhibition(either, agreement_id="A-1", cost=Decimal(7), currency="IDR")
    forum(either, cost=Decimal(3), currency="IDR")
    deal(either, "1", 50, realised_value=Decimal(20))
    lead(either, "I-1", 80)
    either.insert("ref_area", scheme="iso3", code="JPN", area="JPN", is_country=True)
    assert chain(either, "partner_is_country, agreements_active, agreements_signed, "
                 "activities_planned, activities_done, activity_budget_idr, exchange_cohorts, "
                 "exchange_participants, exhibitions, forums, deals, contracts, leads") == (
        True, 1, 1, 1, 1, Decimal(9), 1, 10, 1, 1, 1, 1, 1,
    )  # fmt: skip
    assert chain(either, "activity_spent_idr, exchange_cost_idr, exhibition_cost_idr, "
                 "forum_cost_idr, cost_idr, committed_idr, realised_idr, lead_value_idr") == tuple(
        map(Decimal, (5, 100, 7, 3, 115, 50, 20, 80)))  # fmt: skip
    assert chain(either, "agreement_keys, activity_keys, exchange_keys, exhibition_keys, "
                 "forum_keys, deal_keys, lead_keys") == (
        "agreements A-1", "activities G-1", "exchange_programmes school/X/1", "exhibitions P-1",
        "forums F-1", "deals P-1/1", "investment_leads I-1",
    )  # fmt: skip


def test_what_a_register_does_not_reach_is_unknown(either: Small) -> None:
    """Nobody sent forums; of exchanges another partner's are there, so Japan's are zero."""
    today(either)
    lead(either)
    cohort(either, partner_area="AUS")
    found = chain(either, "agreements_active, activities_done, exchange_cohorts, "
                  "exchange_participants, forums, leads, cost_idr, unknown_note")  # fmt: skip
    assert found[:-1] == (None, None, 0, None, None, 1, None)
    assert found[-1] == (
        "agreements:no_register; activities:year_not_registered; exhibitions:year_not_registered; "
        "forums:year_not_registered; deals:year_not_registered; visitors:no_source; trade:no_source"
    )


def test_years_without_an_entry_have_rows(either: Small) -> None:
    today(either)
    agreement(either, signed=date(2023, 3, 1), valid_to=date(2025, 2, 1))
    assert either.rows(
        "SELECT EXTRACT(YEAR FROM year_start), agreements_active, agreements_signed "
        "FROM mart_partner_chain ORDER BY 1"
    ) == [(2023, 1, 1), (2024, 1, 0), (2025, 1, 0), (2026, 0, 0)]


def test_an_agreement_renewed_by_itself_goes_on(either: Small) -> None:
    today(either, "2028-01-01")
    agreement(either, valid_to=date(2025, 12, 31), auto_renew=True)
    found = either.rows("SELECT agreements_active FROM mart_partner_chain")
    assert found == [(1,), (1,), (1,), (1,)]


def test_an_agreement_that_is_prepared_is_none_in_force(either: Small) -> None:
    today(either, "2025-06-01")
    agreement(either, stage="penjajakan")
    assert chain(either, "agreements_active, agreement_keys") == (0, None)


def test_a_signed_agreement_without_a_date_makes_their_number_unknown(either: Small) -> None:
    today(either, "2025-06-01")
    agreement(either, stage="pelaksanaan")
    count, note = chain(either, "agreements_active, unknown_note")
    assert count is None
    assert note.startswith("agreements:signing_undated; ")


def test_a_hidden_cohort_is_counted_and_never_a_number(either: Small) -> None:
    today(either)
    cohort(either, "1", 20)
    cohort(either, "2", None)
    cohort(either, "3", None, partner_area="AUS")
    cohort(either, "4", 9, cancelled=True)
    columns = "exchange_cohorts, exchange_cohorts_hidden, exchange_participants"
    assert chain(either, columns) == (2, 1, 20)
    assert chain(either, columns, "AUS") == (1, 1, None)


def test_cities_are_parts_of_their_country(either: Small) -> None:
    today(either)
    agreement(either, "A-1", partner_city="Kyoto")
    activity(either, currency="IDR", spent=Decimal(4))
    cohort(either, "1", 10, partner_city="kyoto")
    cohort(either, "2", 10, partner_city="Nara")
    lead(either)
    columns = "exchange_participants, activities_done, agreements_active, activity_spent_idr"
    assert chain(either, columns) == (20, 1, 1, Decimal(4))
    assert chain(either, columns, city="Kyoto") == (10, 1, 1, Decimal(4))
    assert chain(either, columns, city="Nara") == (10, 0, 0, None)
    leads, note = chain(either, "leads, unknown_note", city="Nara")
    assert leads is None
    assert "leads:not_by_city" in note


def test_an_exhibition_counts_where_its_buyers_are_and_costs_once(either: Small) -> None:
    today(either)
    agreement(either)
    exhibition(either, agreement_id="A-1", cost=Decimal(9), currency="IDR")
    for number, area in enumerate(("JPN", "AUS", "AUS", "MYS")):
        deal(either, str(number), 1, buyer_area=area,
             status="cancelled" if area == "MYS" else "paid")  # fmt: skip
    columns = "exhibitions, exhibitions_by_agreement, exhibition_cost_idr, cost_idr, deals"
    assert chain(either, columns) == (1, 1, Decimal(9), Decimal(9), 1)
    assert chain(either, columns, "AUS") == (1, 0, None, None, 2)
    assert chain(either, columns, "MYS") == (0, 0, None, None, 0)
    assert either.rows("SELECT sum(cost_idr) FROM mart_partner_stages") == [(Decimal(9),)]


def test_events_of_a_city_are_those_of_its_agreement_or_unknown(either: Small) -> None:
    """Nothing says in which city buyers were, or a forum was held."""
    today(either)
    agreement(either, partner_city="Kyoto")
    forum(either, agreement_id=None)
    exhibition(either)
    deal(either)
    columns = "exhibitions, exhibitions_by_agreement, forums, agreements_active"
    assert chain(either, columns) == (1, 0, 1, 1)
    assert chain(either, columns, city="Kyoto") == (None, None, None, 1)
    (note,) = chain(either, "unknown_note", city="Kyoto")
    assert {"exhibitions:not_by_city", "forums:not_by_city"} <= set(note.split("; "))
    forum(either, "F-2", agreement_id="A-1")
    exhibition(either, "P-2", agreement_id="A-1")
    assert chain(either, columns, city="Kyoto") == (1, 1, 1, 1)
    (note,) = chain(either, "unknown_note", city="Kyoto")
    assert {"exhibitions:not_by_city", "forums:not_by_city"} & set(note.split("; ")) == set()


def test_keys_are_of_what_counts(either: Small) -> None:
    today(either)
    for number, status in enumerate(("paid", "cancelled", "inquiry")):
        deal(either, str(number), 1, status=status)
    lead(either, "I-1", stage="lost")
    lead(either, "I-2")
    cohort(either, "1", cancelled=True)
    cohort(either, "2")
    assert chain(either, "deals, deal_keys, leads, lead_keys, exchange_cohorts, exchange_keys") == (
        2, "deals P-1/0, deals P-1/2", 1, "investment_leads I-2", 1,
        "exchange_programmes school/X/2",
    )  # fmt: skip


def test_visitors_of_another_source_than_before_say_so(either: Small) -> None:
    today(either)
    lead(either, stage_date=date(2022, 7, 1))
    either.insert("ref_source", source_code="first", preference=1)
    for year, source, concept in ((2022, "second", "visit"), (2023, "second", "visit"),
                                  (2025, "first", "visit"), (2025, "second", "visit"),
                                  (2026, "first", "guest")):  # fmt: skip
        either.insert(
            "core_tourism__arrivals", source=source, frequency="A", period_start=date(year, 1, 1),
            destination_area="IDN", region_code="TOTAL", origin_area="JPN", concept=concept,
            breakdown_type="TOTAL", breakdown_code="TOTAL", visitors=year,
        )  # fmt: skip
    assert either.rows(
        "SELECT EXTRACT(YEAR FROM year_start), visitors_national_source, "
        "visitors_national_source_changed, visitors_region_source_changed "
        "FROM mart_partner_chain ORDER BY 1"
    ) == [(2022, "second", None, None), (2023, "second", False, None), (2024, None, None, None),
          (2025, "first", True, None), (2026, "first", True, None)]  # fmt: skip


def test_an_exhibition_without_an_agreement_keeps_its_cost(either: Small) -> None:
    exhibition(either, cost=Decimal(9), currency="IDR")
    deal(either)
    assert either.rows(
        "SELECT partner_area, cost_idr, link FROM mart_partner_stages WHERE stage = 'exhibition' "
        "ORDER BY cost_idr NULLS LAST"
    ) == [
        (None, Decimal(9), "agreement_not_named"),
        ("JPN", None, "also_country_of_buyer"),
    ]


def test_an_agreement_belongs_to_its_sender_first(either: Small) -> None:
    agreement(either, sender="office_", partner_area="AUS")
    activity(either, "1")
    sql = "SELECT partner_area, agreement_source FROM mart_partner_stages WHERE stage = 'activity'"
    assert either.rows(sql) == [("AUS", "office_agreements")]
    agreement(either, sender="second_", partner_area="MYS")
    assert either.rows(sql) == [(None, None)]
    agreement(either, partner_area="JPN")
    assert either.rows(sql) == [("JPN", "agreements")]


def test_a_deal_has_the_agreement_of_its_exhibition(either: Small) -> None:
    """Budget beside outcome by agreement: question 12."""
    agreement(either)
    exhibition(either, agreement_id="A-1")
    deal(either, "1", 50, buyer_area="AUS")
    assert either.rows(
        "SELECT partner_area, agreement_id, value_idr FROM mart_partner_stages WHERE stage = 'deal'"
    ) == [("AUS", "A-1", Decimal(50))]


def test_money_without_a_rate_is_no_sum(either: Small) -> None:
    today(either)
    forum(either, "1", cost=Decimal(3), currency="IDR")
    forum(either, "2", cost=Decimal(3), currency="AUD")
    lead(either, "1", 5)
    lead(either, "2", 5, currency="AUD")
    deal(either, "1", 5, currency="AUD", realised_value=Decimal(1))
    deal(either, "2", 5, status="contract")
    assert chain(either, "forum_cost_idr, cost_idr, rupiah_note, lead_value_idr, committed_idr, "
                 "realised_idr, realised_note") == (
        None, None, "rate_missing_in_part", None, None, None,
        "rate_missing_in_part",
    )  # fmt: skip
    rate(either, "AUD", 10)
    assert chain(either, "forum_cost_idr, cost_idr, rupiah_note, lead_value_idr, committed_idr, "
                 "realised_idr, realised_note, contracts_without_realised") == (
        Decimal(33), Decimal(33), None, Decimal(55), Decimal(55), Decimal(10),
        "realised_in_part", 1,
    )  # fmt: skip


def test_long_lists_of_keys_say_that_they_are_cut(either: Small) -> None:
    today(either)
    for number in range(53):
        lead(either, f"I-{number:02d}")
    leads, keys = chain(either, "leads, lead_keys")
    assert (leads, keys.count("investment_leads")) == (53, 50)
    assert keys.endswith("I-49, … 3 more")


def test_trade_and_visitors_are_of_one_source_by_rank(either: Small) -> None:
    today(either)
    lead(either)
    for source, rank, number in (("first", 1, 10), ("second", 2, 90)):
        either.insert("ref_source", source_code=source, preference=rank)
        for partner in ("JPN", "WLD"):
            either.insert(
                "core_trade__flows", source=source, frequency="A", period_start=YEAR,
                reporter_area="IDN", region_code="TOTAL", partner_area=partner, flow="export",
                product_classification="HS2022", product_code="TOTAL", valuation="FOB",
                breakdown_type="TOTAL", breakdown_code="TOTAL", value=Decimal(number),
                currency="USD",
            )  # fmt: skip
        for region in ("TOTAL", "3505"):
            either.insert(
                "core_tourism__arrivals", source=source, frequency="A", period_start=YEAR,
                destination_area="IDN", region_code=region, origin_area="JPN", concept="visit",
                breakdown_type="TOTAL", breakdown_code="TOTAL",
                visitors=number if region == "TOTAL" else 1,
            )  # fmt: skip
    assert chain(either, "national_exports_usd, national_exports_source, visitors_national, "
                 "visitors_national_source, visitors_region, visitors_region_source") == (
        Decimal(10), "first", 10, "first", 1, "first",
    )  # fmt: skip


# --- breaks -------------------------------------------------------------------------------


BREAKS = "SELECT kind, subject_key, since, is_certain FROM mart_partner_chain_breaks ORDER BY 1, 2"
LONG_AGO = date(2024, 6, 1)


def test_an_agreement_in_force_without_activity(either: Small) -> None:
    today(either)
    agreement(either, "A-1", signed=LONG_AGO)
    agreement(either, "A-2", signed=SUMMER)
    agreement(either, "A-3", signed=LONG_AGO, stage="berakhir")
    kind = "agreement_without_activity"
    assert either.rows(BREAKS) == [(kind, "A-1", LONG_AGO, True)]
    activity(either, planned_date=date(2024, 9, 1))
    activity(either, "G-2", status="cancelled")
    assert either.rows(BREAKS) == [(kind, "A-1", date(2024, 9, 1), True)]
    activity(either, "G-3")
    assert either.rows(BREAKS) == []


def test_renewal_is_due_before_the_agreement_lapses(either: Small) -> None:
    today(either)
    for number, until, more in (
        ("A-1", date(2025, 12, 31), {}),
        ("A-2", date(2026, 5, 1), {"notice_days": 60}),
        ("A-3", date(2026, 5, 1), {}),
        ("A-4", date(2025, 12, 31), {"auto_renew": True}),
    ):
        agreement(either, number, signed=SUMMER, valid_to=until, **more)
    assert either.rows(
        "SELECT agreement_id, renewal_lead_days, renewal_decision_on, expiry "
        "FROM mart_cooperation_status ORDER BY 1"
    ) == [
        ("A-1", 90, date(2025, 10, 2), "expired"),
        ("A-2", 90, date(2025, 12, 2), "red"),
        ("A-3", 90, date(2026, 1, 31), "amber"),
        ("A-4", 90, date(2025, 10, 2), "expired"),
    ]
    assert either.rows(BREAKS) == [
        ("agreement_expired", "A-1", date(2025, 12, 31), True),
        ("agreement_renewal_due", "A-2", date(2025, 12, 2), True),
    ]


def test_an_activity_whose_day_is_past(either: Small) -> None:
    today(either)
    for number, status in enumerate(("planned", "postponed", "done", "cancelled", None)):
        activity(either, str(number), status=status)
    activity(either, "later", status="planned", planned_date=date(2026, 1, 1))
    assert either.rows(BREAKS) == [
        ("activity_overdue", "0", SUMMER, True), ("activity_overdue", "1", SUMMER, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("deals", "expected"),
    [
        ([], [("exhibition_without_deal", "P-1", SUMMER, False)]),
        ([{"event_id": "P-2"}], [("exhibition_without_deal", "P-1", SUMMER, True)]),
        ([{"status": "cancelled"}], [("exhibition_without_deal", "P-1", SUMMER, True)]),
        ([{"status": "inquiry"}], []),
        ([{"source": "fair_deals"}], [("exhibition_without_deal", "P-1", SUMMER, False)]),
    ],
)
def test_an_exhibition_without_a_deal(
    either: Small, deals: list[dict[str, Any]], expected: list[Any]
) -> None:
    today(either)
    exhibition(either, end_date=SUMMER)
    for more in deals:
        deal(either, **more)
    assert either.rows(BREAKS) == expected


def test_an_exhibition_has_six_months(either: Small) -> None:
    today(either, "2025-12-31")
    exhibition(either, end_date=SUMMER)
    assert either.rows(BREAKS) == []


def test_a_contract_that_is_a_year_old_and_not_paid(either: Small) -> None:
    today(either, "2026-07-01")
    for number, status in enumerate(("contract", "shipped", "paid", "cancelled", "inquiry")):
        deal(either, str(number), 50, status=status)
    deal(either, "later", status="contract", status_date=date(2025, 7, 2))
    assert either.rows(BREAKS) == [
        ("deal_without_payment", "P-1/0", SUMMER, True),
        ("deal_without_payment", "P-1/1", SUMMER, True),
    ]
    assert either.rows(
        "SELECT DISTINCT value_idr, open_days, partner_area FROM mart_partner_chain_breaks"
    ) == [(Decimal(50), 365, "JPN")]


def test_a_lead_that_stays_where_it_was(either: Small) -> None:
    today(either, "2026-07-01")
    for stage in ("enquiry", "NIB", "lost", "LKPM realised"):
        lead(either, stage, stage=stage)
    assert either.rows(BREAKS) == [
        ("lead_without_change", "NIB", SUMMER, True),
        ("lead_without_change", "enquiry", SUMMER, True),
    ]


def test_follow_ups_of_a_forum(either: Small) -> None:
    today(either)
    for number, due, done in (("1", 3, 1), ("2", 3, 3), ("3", 3, None), ("4", None, None)):
        forum(either, number, followups_due=due, followups_done=done)
    assert either.rows(BREAKS) == [
        ("forum_followups_open", "1", SUMMER, True),
        ("forum_followups_open", "3", SUMMER, False),
    ]


def test_exchange_in_one_direction_for_two_years(either: Small) -> None:
    today(either)
    cohort(either, "1", start_date=date(2023, 7, 1), direction="in")
    assert either.rows(BREAKS) == []
    cohort(either, "2", None)
    expected = [("exchange_one_way", "JPN", date(2023, 7, 1), True)]
    assert either.rows(BREAKS) == expected
    cohort(either, "3", direction="virtual")
    cohort(either, "4", direction="in", cancelled=True)
    cohort(either, "5", partner_area="AUS")  # since 2025 only
    assert either.rows(BREAKS) == expected
    cohort(either, "6", direction="in")
    assert either.rows(BREAKS) == []


def test_words_in_both_languages_name_what_and_since_when(either: Small) -> None:
    today(either)
    either.insert("ref_area", scheme="iso3", code="JPN", area="JPN", name_id="Jepang",
                  name_en="Japan", is_country=True)  # fmt: skip
    agreement(either, signed=LONG_AGO)
    exhibition(either)
    assert either.rows("SELECT note_id, note_en FROM mart_partner_chain_breaks ORDER BY kind") == [
        ("Naskah Kota kembar (Jepang): tidak ada kegiatan terlaksana sejak 1 Jun 2024.",
         "Agreement Sister city (Japan): no activity was done since 1 Jun 2024."),
        ("Pameran Pameran: selesai 1 Jul 2025, transaksi tidak tercatat; pengirimnya tidak "
         "melaporkan transaksi apa pun.",
         "Exhibition Pameran: it ended on 1 Jul 2025, and no deal is recorded; its sender "
         "reports no deals at all."),
    ]  # fmt: skip


def test_without_a_load_nothing_is_late(either: Small) -> None:
    agreement(either, signed=LONG_AGO)
    lead(either, stage_date=LONG_AGO)
    assert either.rows(BREAKS) == []
