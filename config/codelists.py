"""What can be known of code lists without a home: schemes, areas and currencies.

The lists themselves are `tasks.ask.builtin`; a test holds that both say the same.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

CODES = Path(__file__).parent / "codes"
TOTAL = "TOTAL"
NAMES = "name"  # what people call an area, in three languages


def _column(name: str, column: str) -> frozenset[str]:
    with (CODES / name).open(encoding="utf-8", newline="") as handle:
        return frozenset(row[column] for row in csv.DictReader(handle))


@cache
def schemes() -> frozenset[str]:
    """Schemes of codes of areas that come with the program."""
    files = ("area_scheme.csv", "area_code.csv", "area_group.csv")
    return frozenset({NAMES}).union(*(_column(name, "scheme") for name in files))


@cache
def areas() -> frozenset[str]:
    """Areas of the built-in list: ISO 3166-1 alpha-3, now and once, and groups."""
    import pycountry

    once = {c.alpha_3 for c in pycountry.historic_countries}
    return frozenset(countries() | once) | _column("area_group.csv", "area")


@cache
def countries() -> frozenset[str]:
    """Countries of today: ISO 3166-1 alpha-3."""
    import pycountry

    return frozenset(c.alpha_3 for c in pycountry.countries)


@cache
def currencies() -> frozenset[str]:
    """Currencies of the built-in list: ISO 4217, dead ones too."""
    from babel import Locale

    return frozenset(Locale("en").currencies)


def known(list_name: str) -> frozenset[str] | None:
    """Codes of a list that is complete in itself; None for one that partners fill."""
    match list_name:
        case "area":
            return areas()
        case "currency":
            return currencies()
    return None
