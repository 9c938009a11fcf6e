"""Trade in the marts: totals or ports, sources side by side, dollars with their rate."""

from __future__ import annotations

import csv
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tests.conftest import shared
from tests.unit.warehouse.conftest import Small

GOLDEN = "golden/mirror_us_china_balance/input_and_expected.csv"
YEAR = date(2025, 1, 1)


def flow(small: Small, value: float | Decimal | None, **more: Any) -> None:
    """Indonesia's export to Japan in a month, if nothing else is said."""
    small.insert("core_trade__flows", **{
        "source": "ours", "frequency": "M", "period_start": YEAR, "reporter_area": "IDN",
        "partner_area": "JPN", "region_code": "TOTAL", "flow": "export", "valuation": "FOB",
        "product_classification": "HS2022", "product_code": "09", "breakdown_type": "TOTAL",
        "breakdown_code": "TOTAL", "currency": "USD", "release_stage": "final",
        "value_status": "observed" if value is not None else "suppressed",
        "value": value, **more})  # fmt: skip


def port(small: Small, code: str, value: float | None, **more: Any) -> None:
    flow(small, value, **{"breakdown_type": "port", "breakdown_code": code, **more})


def rate(small: Small, value: str, currency: str = "JPY", day: date = YEAR) -> None:
    small.insert("core_exchange__rates", source="bank", rate_date=day, base_currency="USD",
                 quote_currency=currency, rate_type="middle", rate=Decimal(value))  # fmt: skip


def year_of_rates(small: Small, value: str) -> None:
    for month in range(1, 13):
        rate(small, value, day=date(2025, month, 1))


TRADE = (
    "SELECT source, value_usd, summed_over, parts, rate_method "
    "FROM mart_trade_by_partner_product ORDER BY 1, product_code"
)
AS_PUBLISHED = "as published"


def test_sources_stand_side_by_side_each_with_its_own_currency(either: Small) -> None:
    rate(either, "150")
    rate(either, "1.6", "AUD")
    flow(either, 10)
    port(either, "Surabaya", 4, source="ports")
    port(either, "Jakarta", 5, source="ports")
    flow(either, 1500, source="yen", currency="JPY", product_code="090111000")
    flow(either, 8, source="aud", currency="AUD", product_code="TOTAL",
         product_classification="SITC4")  # fmt: skip
    average = "average of the period, as quoted, bank"
    assert either.rows(TRADE) == [
        ("aud", 5, None, 1, average),
        ("ours", 10, None, 1, AS_PUBLISHED),
        ("ports", 9, "port", 2, AS_PUBLISHED),
        ("yen", 10, None, 1, average),
    ]
    assert either.rows("SELECT value, currency, currency_per_usd FROM "
                       "mart_trade_by_partner_product WHERE source = 'yen'") == [
        (1500, "JPY", 150)
    ]  # fmt: skip


def test_a_total_and_its_ports_are_one_row(either: Small) -> None:
    flow(either, 9)
    port(either, "Surabaya", 4)
    port(either, "Jakarta", 5)
    flow(either, 9, breakdown_type="transport", breakdown_code="sea")
    assert either.rows(TRADE) == [("ours", 9, None, 1, AS_PUBLISHED)]


def test_a_sum_with_an_unknown_port_is_unknown(either: Small) -> None:
    port(either, "Surabaya", 4)
    port(either, "Jakarta", None)
    assert either.rows(TRADE) == [("ours", None, "port", 2, AS_PUBLISHED)]
    assert either.rows("SELECT value_status FROM mart_trade_by_partner_product") == [
        ("suppressed",)
    ]


def test_a_part_that_may_be_no_whole_is_not_added_up(either: Small) -> None:
    flow(either, 4, breakdown_type="transport", breakdown_code="sea")
    assert either.rows(TRADE) == []


def test_a_year_needs_the_rates_of_all_its_months(either: Small) -> None:
    for month in range(1, 12):
        rate(either, "150", day=date(2025, month, 1))
    flow(either, 1500, currency="JPY", frequency="A")
    assert either.rows(TRADE) == [("ours", None, None, 1, "no rate for this period")]
    rate(either, "150", day=date(2025, 12, 1))
    ((_, value, _, _, method),) = either.rows(TRADE)
    assert value == 10
    assert method == (
        "average of the period, mean of the monthly means of daily rates, as quoted, bank"
    )


DOLLARS = (
    "SELECT value_usd FROM mart_trade_by_partner_product WHERE flow = 'export' "
    "ORDER BY product_code",
    "SELECT export_value_usd FROM mart_trade_mirror ORDER BY product_code",
    "SELECT import_value_usd FROM mart_trade_mirror ORDER BY product_code",
)


@pytest.mark.parametrize(
    ("one_dollar", "values"),
    [
        ("149.0731", [Decimal(10**13 + 7 * n**5) / 4 for n in range(1, 60)]),
        ("16000", [Decimal(n) for n in range(1, 60)]),  # 4 / 16 000 = 0.00025: a half goes up
    ],
)
def test_dollars_have_the_same_digits_on_both_databases(
    either: Small, one_dollar: str, values: list[Decimal]
) -> None:
    """Binary divisions round them apart."""
    rate(either, one_dollar)
    for n, value in enumerate(values):
        flow(either, value, currency="JPY", product_code=f"{n:06d}")
        bought(either, value, currency="JPY", product_code=f"{n:06d}")
    dollars = [v / Decimal(one_dollar) for v in values]
    expected = [d.quantize(Decimal("0.0001"), ROUND_HALF_UP) for d in dollars]
    for sql in DOLLARS:
        assert [found for (found,) in either.rows(sql)] == expected, sql


def test_names_are_those_of_the_products_own_revision(either: Small) -> None:
    """8524 was recorded media until HS 2002 and is display modules since HS 2022."""
    for classification, name in (("HS2002", "Records, tapes"), ("HS2022", "Flat panel displays"),
                                 ("HS", "A name of all revisions")):  # fmt: skip
        either.insert("ref_product", classification=classification, product_code="8524",
                      name_en=name)  # fmt: skip
    either.insert("ref_product", classification="HS-OURS", product_code="8524",
                  name_id="Modul layar", name_en="Displays")  # fmt: skip
    either.insert("ref_product", classification="HS-OURS", product_code="85",
                  name_id="Mesin listrik", name_en="Electrical machinery")  # fmt: skip
    for classification in ("HS2002", "HS2017", "HS2022"):
        for code in ("85", "8524"):
            flow(either, 1, product_classification=classification, product_code=code)
    assert either.rows(
        "SELECT product_classification, product_code, product_name_id, product_name_en "
        "FROM mart_trade_by_partner_product ORDER BY 1, 2"
    ) == [
        ("HS2002", "85", "Mesin listrik", "Electrical machinery"),
        ("HS2002", "8524", "Records, tapes", "Records, tapes"),
        ("HS2017", "85", "Mesin listrik", "Electrical machinery"),
        ("HS2017", "8524", "8524", "8524"),  # its revision is not loaded
        ("HS2022", "85", "Mesin listrik", "Electrical machinery"),
        ("HS2022", "8524", "Modul layar", "Displays"),
    ]


def test_a_code_of_an_earlier_revision_with_the_same_text_has_the_regions_name(
    either: Small,
) -> None:
    for classification in ("HS2017", "HS2022"):
        either.insert("ref_product", classification=classification, product_code="090111",
                      name_en="Coffee, not roasted")  # fmt: skip
    either.insert("ref_product", classification="HS-OURS", product_code="090111",
                  name_id="Kopi", name_en="Coffee")  # fmt: skip
    flow(either, 1, product_classification="HS2017", product_code="090111")
    assert either.rows("SELECT product_name_id FROM mart_trade_by_partner_product") == [("Kopi",)]


UNIT_VALUES = {
    ("090111", 5, "observed"): 2,
    ("09011100", 5, "observed"): 2,
    ("0901", 5, "observed"): None,
    ("09", 5, "observed"): None,
    ("TOTAL", 5, "observed"): None,
    ("090112", 0, "observed"): None,
    ("090121", None, "observed"): None,
    ("090122", 5, "estimated"): None,
}


def test_unit_values_are_of_six_digits_and_a_known_weight(either: Small) -> None:
    for code, weight, status in UNIT_VALUES:
        flow(either, 10, product_code=code, net_weight_kg=weight, value_status=status)
    found = either.rows(
        "SELECT product_code, unit_value_usd_per_kg FROM mart_trade_by_partner_product"
    )
    assert dict(found) == {code: value for (code, _, _), value in UNIT_VALUES.items()}


def test_a_weight_that_the_source_estimated_gives_no_unit_value(either: Small) -> None:
    flow(either, 10, product_code="090111", net_weight_kg=5, net_weight_estimated=True)
    flow(either, 10, product_code="090112", net_weight_kg=5, net_weight_estimated=False)
    assert either.rows(
        "SELECT net_weight_estimated, unit_value_usd_per_kg FROM mart_trade_by_partner_product "
        "ORDER BY product_code"
    ) == [(True, None), (False, 2)]


def test_one_port_without_a_weight_leaves_no_unit_value(either: Small) -> None:
    port(either, "Surabaya", 4, product_code="090111", net_weight_kg=4)
    port(either, "Jakarta", 5, product_code="090111", net_weight_kg=0)
    assert either.rows(
        "SELECT value_usd, net_weight_kg, unit_value_usd_per_kg FROM mart_trade_by_partner_product"
    ) == [(9, None, None)]


def bought(small: Small, value: float | Decimal | None, **more: Any) -> None:
    """Japan's import from Indonesia."""
    flow(small, value, **{"source": "theirs", "flow": "import", "reporter_area": "JPN",
                          "partner_area": "IDN", **more})  # fmt: skip


MIRROR = (
    "SELECT product_code, export_value_usd, import_value_usd, difference_usd, "
    "differs_in_currency, differs_in_classification FROM mart_trade_mirror ORDER BY product_code"
)


def test_a_total_and_its_ports_are_one_side_of_the_mirror(either: Small) -> None:
    flow(either, 9)
    port(either, "Surabaya", 4)
    port(either, "Jakarta", 5)
    bought(either, 10)
    assert either.rows(MIRROR) == [("09", 9, 10, 1, False, False)]


def test_a_place_through_which_others_goods_pass_is_flagged(either: Small) -> None:
    flow(either, 9)
    bought(either, 10)
    flow(either, 9, partner_area="SGP")
    bought(either, 1, reporter_area="SGP")
    assert either.rows("SELECT importer_area, involves_entrepot FROM mart_trade_mirror "
                       "ORDER BY importer_area") == [("JPN", False), ("SGP", True)]  # fmt: skip


def test_ports_alone_are_either_side_of_the_mirror(either: Small) -> None:
    port(either, "Surabaya", 4)
    port(either, "Jakarta", 5)
    bought(either, 6, breakdown_type="port", breakdown_code="Tokyo")
    bought(either, 4, breakdown_type="port", breakdown_code="Kobe")
    assert either.rows(MIRROR) == [("09", 9, 10, 1, False, False)]


def test_exports_in_another_currency_have_a_mirror(either: Small) -> None:
    rate(either, "150")
    flow(either, 1500, currency="JPY")
    bought(either, 10)
    assert either.rows(MIRROR) == [("09", 10, 10, 0, True, False)]
    assert either.rows("SELECT export_value, export_currency, export_currency_per_usd, "
                       "export_rate_method, rate_method FROM mart_trade_mirror") == [
        (1500, "JPY", 150, "average of the period, as quoted, bank", AS_PUBLISHED)
    ]  # fmt: skip


def test_lines_are_added_up_to_the_headings_that_are_not_published(either: Small) -> None:
    """A heading, a line of eight digits and a line of ten within it: each counts once."""
    flow(either, 30, product_code="09")
    flow(either, 30, product_code="0901")
    flow(either, 30, product_code="090111")
    bought(either, 31, product_code="090111")
    bought(either, 20, product_code="09011100")
    bought(either, 20, product_code="0901110010")
    bought(either, 12, product_code="09011900")
    assert either.rows(MIRROR) == [
        ("09", 30, 32, 2, False, True),
        ("0901", 30, 32, 2, False, True),
        ("090111", 30, 31, 1, False, False),
    ]


def test_a_heading_with_an_unknown_line_is_unknown(either: Small) -> None:
    flow(either, 30, product_code="0901")
    bought(either, 20, product_code="09011100")
    bought(either, None, product_code="09011900")
    assert either.rows(MIRROR) == []


def test_the_balance_of_two_countries_as_published(either: Small) -> None:
    """Six years of the balance of the United States and China, as each of them reports it."""
    with shared(GOLDEN).open(encoding="utf-8") as lines:
        published = list(csv.DictReader(lines))
    sides = {"source": "us", "reporter_area": "USA", "partner_area": "CHN"}
    others = {"source": "cn", "reporter_area": "CHN", "partner_area": "USA"}
    for row in published:
        year = {"frequency": "A", "period_start": date(int(row["year"]), 1, 1)}
        flow(either, Decimal(row["us_deficit"]) + 100, flow="import", **sides, **year)
        flow(either, 100, **sides, **year)
        flow(either, Decimal(row["china_surplus"]) + 60, **others, **year)
        flow(either, 60, flow="import", **others, **year)
    # The deficit of one side less the surplus of the other: imports and exports of both.
    found = dict(
        either.rows(
            "SELECT CAST(extract(YEAR FROM period_start) AS INTEGER), sum(difference_usd) "
            "FROM mart_trade_mirror GROUP BY 1"
        )
    )
    wrong = [r["year"] for r in published
             if abs(found[int(r["year"])] - Decimal(r["gap"])) > Decimal("0.05")]  # fmt: skip
    assert len(published) == 6
    assert wrong == []
