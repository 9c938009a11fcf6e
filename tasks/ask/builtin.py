"""Reference lists from packages made for them, as CSV bytes that land like any other source.

ISO 3166 and 4217 come from pycountry, names in Indonesian and English from CLDR (babel);
regions, area groups and the region's basket from `config/codes`.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from config import due
from config.settings import Settings
from config.source import Source

CODES = Path(__file__).parents[2] / "config" / "codes"

Row = Mapping[str, object]


def _csv(columns: Iterable[str], rows: Iterable[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@cache
def areas() -> bytes:
    """Countries of today and of the past, the world, groups; their codes in ISO and at partners.

    `area_scheme.csv` names the schemes that follow ISO 3166-1 and how: `alpha_3`, `alpha_2`,
    `numeric` (three digits) or `number` (without leading zeros). Lines of `area_code.csv` are codes
    of other schemes or replace an area's ISO code; an empty code means that the scheme lacks the
    area.
    """
    import pycountry
    from babel import Locale

    names_id, names_en = Locale("id").territories, Locale("en").territories
    names_ja = Locale("ja").territories
    rows: list[dict[str, object]] = []
    of_area: dict[str, dict[str, object]] = {}
    with (CODES / "area_scheme.csv").open(encoding="utf-8", newline="") as handle:
        standards = {row["scheme"]: row["standard"] for row in csv.DictReader(handle)}
    with (CODES / "area_code.csv").open(encoding="utf-8", newline="") as handle:
        own_codes = list(csv.DictReader(handle))
    replaced = {(row["scheme"], row["area"]) for row in own_codes}
    for country in pycountry.countries:
        base = {
            "area": country.alpha_3,
            "iso2": country.alpha_2,
            "name_id": names_id.get(country.alpha_2, country.name),
            "name_en": names_en.get(country.alpha_2, country.name),
            "name_ja": names_ja.get(country.alpha_2, ""),
            "is_country": "true",
        }
        of_area[country.alpha_3] = base
        codes = {
            "alpha_3": country.alpha_3,
            "alpha_2": country.alpha_2,
            "numeric": country.numeric,
            "number": str(int(country.numeric)),
        }
        for scheme, standard in standards.items():
            if (scheme, country.alpha_3) not in replaced:
                rows.append({**base, "scheme": scheme, "code": codes[standard]})
    with (CODES / "area_group.csv").open(encoding="utf-8", newline="") as handle:
        groups = list(csv.DictReader(handle))
    of_area.update({str(row["area"]): row for row in groups if row["scheme"] == "iso3"})
    for row in own_codes:  # an area may have several codes: those of its parts
        if row["code"]:
            rows.append({**of_area[row["area"]], "scheme": row["scheme"], "code": row["code"]})
    rows += _names([*rows, *groups])
    current = {row["area"] for row in rows}
    for old in pycountry.historic_countries:
        if old.alpha_3 not in current:
            rows.append(
                {
                    "scheme": "iso3",
                    "code": old.alpha_3,
                    "area": old.alpha_3,
                    "iso2": getattr(old, "alpha_2", ""),
                    "name_id": old.name,
                    "name_en": old.name,
                    "is_country": "true",
                    "valid_until": _day(getattr(old, "withdrawal_date", "")),
                }
            )
    rows += groups
    columns = "scheme code area iso2 name_id name_en name_ja is_country valid_from valid_until"
    return _csv(columns.split(), sorted(rows, key=lambda r: (str(r["scheme"]), str(r["code"]))))


def _names(rows: Iterable[Row]) -> list[dict[str, object]]:
    """Rows of scheme `name`: the folded names of countries and groups in Indonesian, English and
    Japanese. A name that two of them share is left out: that is how `area_alias.csv` forbids one
    that means several (`AS`, `Korea`)."""
    import pycountry
    from babel import Locale

    languages = [Locale(code).territories for code in ("id", "en", "ja")]
    found: dict[str, dict[str, object] | None] = {}
    aliases: dict[str, list[str]] = {}
    with (CODES / "area_alias.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            aliases.setdefault(row["area"], []).append(row["name"])
    for base in (r for r in rows if r["scheme"] == "iso3"):
        area, iso2 = str(base["area"]), str(base["iso2"])
        called = {area, iso2 or area, str(base["name_id"]), str(base["name_en"])}
        called |= set(aliases.get(area, ()))
        called |= {names[iso2] for names in languages if iso2 in names}
        country = pycountry.countries.get(alpha_3=area)
        for name in ("name", "common_name", "official_name"):
            full = str(getattr(country, name, ""))
            short, _, rest = full.partition(", ")
            # "Bolivia, Plurinational State of" is also written with brackets, or turned round.
            called |= {full, f"{short} ({rest})", f"{rest} {short}"} if rest else {full}
        called |= _in_two_languages(str(base["name_id"]), str(base["name_en"]))
        called.discard("")
        for name in {v for c in called for v in _spellings(c)}:
            found[name] = None if name in found else {**base, "scheme": "name", "code": name}
    return [row for row in found.values() if row]


def _in_two_languages(one: str, other: str) -> set[str]:
    """Both names in one cell, as in bilingual tables: `Jepang/Japan`, `Japan (Jepang)`."""
    if not one or not other or one == other:
        return set()
    pairs = ((one, other), (other, one))
    return {form.format(*pair) for pair in pairs for form in ("{}/{}", "{} / {}", "{} ({})")}


# What is written in several ways: folded, each pair in both directions.
SAME = (
    (" & ", " and "),
    (" & ", " dan "),
    ("st. ", "saint "),
    ("st. ", "st "),
    ("’", "'"),
    ("kepulauan ", "kep. "),
    (" islands", " is."),
    ("republic of", "rep. of"),
    ("republik ", "rep. "),
    ("・", ""),
)


def _spellings(name: str) -> set[str]:
    """Folded spellings of a name: `St. Lucia` and `Saint Lucia`, without accents too."""
    found = {unicodedata.normalize("NFKC", name).casefold()}
    for one, other in SAME:
        found |= {text.replace(one, other) for text in found if one in text}
        if other:
            found |= {text.replace(other, one) for text in found if other in text}
    return found | {_without_accents(text) for text in found}


def _without_accents(text: str) -> str:
    """Latin letters without accents; a Japanese voiced sound is no accent."""
    if text.isascii() or any(c > "\u2fff" for c in text):
        return text
    parts = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parts if not unicodedata.combining(c))


def _day(text: str) -> str:
    """`1992` or `1992-07-15` as a day. Of a year alone it is the last day."""
    return f"{text}-12-31" if len(text) == 4 else text


@cache
def currencies() -> bytes:
    """ISO 4217 currencies, also those no longer in use, with the first and the last day of each.

    The days are CLDR's, of the currency's use in any territory; `currency_lifetime.csv` replaces
    them where ISO 4217 or the law begins or ends a currency on another day than its cash.
    """
    from babel import Locale

    names_id, names_en = Locale("id").currencies, Locale("en").currencies
    spans = {**_spans(), **_lifetimes()}
    rows = []
    for code in sorted(names_en):
        first, last = spans.get(code, ("", ""))
        rows.append(
            {
                "currency": code,
                "name_id": names_id.get(code, names_en[code]),
                "name_en": names_en[code],
                "valid_from": first,
                "valid_until": last,
            }
        )
    return _csv(("currency", "name_id", "name_en", "valid_from", "valid_until"), rows)


def _spans() -> dict[str, tuple[str, str]]:
    """First and last day of each currency by CLDR; empty where it has none, or the use goes on."""
    from babel.core import get_global

    uses: dict[str, list[tuple[str, str]]] = {}
    for of_territory in get_global("territory_currencies").values():
        for code, start, end, _tender in of_territory:
            days = ("-".join(f"{n:02d}" for n in day) if day else "" for day in (start, end))
            uses.setdefault(code, []).append((next(days), next(days)))
    return {
        code: (
            min(first for first, _ in of_code) if all(f for f, _ in of_code) else "",
            max(last for _, last in of_code) if all(e for _, e in of_code) else "",
        )
        for code, of_code in uses.items()
    }


def _lifetimes() -> dict[str, tuple[str, str]]:
    """Days that replace CLDR's, where a line has one; a line without days is of a currency that is
    in use."""
    spans = _spans()
    found = {}
    with (CODES / "currency_lifetime.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            first, last = spans.get(row["currency"], ("", ""))
            is_open = not row["valid_from"] and not row["valid_until"]
            found[row["currency"]] = (
                row["valid_from"] or first,
                "" if is_open else row["valid_until"] or last,
            )
    return found


@cache
def regions() -> bytes:
    """Provinces, regencies and cities by BPS code; ISO 3166-2 of the provinces from pycountry."""
    import pycountry

    # Islands have codes too, and some are called like a province (Papua, Maluku).
    iso = {
        s.name.casefold(): s.code
        for s in pycountry.subdivisions.get(country_code="ID")
        if s.type != "Geographical unit"
    }
    with (CODES / "region.csv").open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        rows: list[Row] = []
        for row in reader:
            name = ISO_NAMES.get(row["name_id"], row["name_id"]).casefold()
            rows.append({**row, "iso_code": "" if row["parent_code"] else iso.get(name, "")})
    return _csv([*(reader.fieldnames or ()), "iso_code"], rows)


# Provinces that ISO 3166-2 writes in another way.
ISO_NAMES = {
    "DKI Jakarta": "Jakarta Raya",
    "DI Yogyakarta": "Yogyakarta",
    "Papua Pegunungan": "Papua Pengunungan",
}


def _file(name: str) -> Callable[[], bytes]:
    return (CODES / name).read_bytes


def sources(settings: Settings, declared: Mapping[str, Source]) -> bytes:
    """What every figure cites: the declarations themselves."""
    rows = [
        {
            "source_code": s.code,
            "title_id": s.title.id,
            "title_en": s.title.en,
            "provider": s.provider.name,
            "url": s.provider.url,
            "table_name": s.table,
            "preference": s.preference or "",
            "cadence": s.calendar.cadence,
            "frequency": due.finest_frequency(s),
            "lag_days": "" if (lag := due.lag_days(s)) is None else lag,
            "licence": s.licence.name,
            "redistribution": s.licence.redistribution,
            "attribution_id": s.licence.attribution.id,
            "attribution_en": s.licence.attribution.en,
            "profile": settings.profile,
        }
        for s in declared.values()
    ]
    return _csv(rows[0], rows)


Maker = Callable[[Settings, Mapping[str, Source]], bytes]


def _always(make: Callable[[], bytes]) -> Maker:
    return lambda _settings, _declared: make()


MAKERS: Mapping[str, Maker] = {
    "area": _always(areas),
    "currency": _always(currencies),
    "region": _always(regions),
    "product": _always(_file("product.csv")),
    "chapter": _always(_file("chapter.csv")),
    "concordance": _always(_file("product_concordance.csv")),
    "capital": _always(_file("capital.csv")),
    "member": _always(_file("area_member.csv")),
    "source": sources,
}
"""Built-in lists by the name that a declaration's `builtin` has."""


def content(name: str, settings: Settings, declared: Mapping[str, Source]) -> bytes:
    """Bytes of a built-in list, the same for the same package versions and files."""
    return MAKERS[name](settings, declared)
