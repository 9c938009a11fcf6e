"""Values of the installation in the query of a figure: `:country` is `'IDN'`.

Only these names are known, their values are of the region's configuration, and each is written as a
literal of SQL: no text of a user or a partner ever becomes part of a query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from babel.dates import get_month_names

from config.region import Region
from schemas.model import LANGUAGES
from schemas.sql import date_literal, literal, literals

AREA_NAMES = (
    "(SELECT area, min(name_id) AS name_id, min(name_en) AS name_en FROM ref_area "
    "WHERE scheme = 'iso3' GROUP BY area)"
)
PRODUCT_NAMES = (
    "(SELECT product_code, min(name_id) AS name_id, coalesce(min(CASE WHEN name_id IS NOT NULL "
    "THEN name_en END), min(name_en)) AS name_en FROM ref_product "
    "WHERE left(classification, 2) = 'HS' GROUP BY product_code)"
)
MONTH_NAMES = " UNION ALL ".join(
    f"SELECT {n} AS month, {literal(names[0])} AS name_id, {literal(names[1])} AS name_en"
    for n, names in enumerate(
        zip(*(get_month_names(locale=language).values() for language in LANGUAGES), strict=True), 1
    )
)
UNRANKED = "1000"  # after every source that its declaration ranks, as in the marts
# A text, a cast, or a parameter: whichever begins first.
TOKEN = re.compile(r"'(?:[^']|'')*'|::|:([a-z_]+)")
NAMES = frozenset({
    "country", "region", "regions", "province", "twin", "today", "partners", "markets", "products",
    "area_names", "product_names", "month_names", "unranked", "group", "areas", "region_name_id",
    "region_name_en",
})  # fmt: skip
"""Every parameter. `area_names`, `product_names` and `month_names` are tables of codes with names;
`group` and `areas` are of a figure that is drawn for each group; `regions` are the region and its
province."""


def values(region: Region, today: date, group: str = "") -> dict[str, str]:
    """Each parameter as a literal of SQL."""
    province = region.code[:2]
    found = {
        "country": literal(region.country),
        "region": literal(region.code),
        "regions": literals((region.code, province)),
        "province": literal(province),
        "region_name_id": literal(region.name_id),
        "region_name_en": literal(region.name_en),
        "twin": literal(twin(region.name_id)),
        "today": date_literal(today),
        "partners": _list(region.partners),
        "markets": _list(region.markets),
        "products": _list(region.products),
        "area_names": AREA_NAMES,
        "product_names": PRODUCT_NAMES,
        "month_names": f"({MONTH_NAMES})",
        "unranked": UNRANKED,
    }
    if group:
        found |= {"group": literal(group), "areas": _list(region.groups[group])}
    return found


def _list(texts: Iterable[str]) -> str:
    return literals(texts) or "NULL"


def twin(name: str) -> str:
    """Regency and city of one name are two governments: `Kabupaten Blitar`, `Kota Blitar`."""
    kind, _, rest = name.partition(" ")
    return f"{'Kota' if kind == 'Kabupaten' else 'Kabupaten'} {rest}"


def mentioned(sql: str) -> set[str]:
    """Names of parameters in a query, outside its texts and casts."""
    return {found[1] for found in TOKEN.finditer(sql) if found[1]}


def bound(sql: str, known: Mapping[str, str]) -> str:
    """The query with its parameters' values. Raises KeyError for a name without a value."""
    return TOKEN.sub(lambda found: known[found[1]] if found[1] else found[0], sql)
