"""The installation: which region runs this, whom it works with, what it sells.

Blitar is one file, `config/regions/3505.yml`; another regency writes its own, or lives
with `default.yml`.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError

from config import codelists
from config.files import read_yaml
from config.mistakes import Mistake, of_model, one_of, refuse
from config.model import Model
from schemas.errors import ConfigurationError

FOLDER = Path(__file__).parent


class Region(Model):
    """Partners as ISO 3166-1 alpha-3, products as HS codes, groups for the report."""

    code: str
    """BPS code"""
    name_id: str
    """name in Indonesian"""
    name_en: str
    """name in English"""
    country: str
    """its country"""
    timezone: str
    """its time zone"""
    partners: tuple[str, ...]
    """areas that it works with, `WLD` for the world"""
    markets: tuple[str, ...] = Field(default=(), min_length=1)
    """countries whose imports are looked at, supplier by supplier, when a market is searched for;
    without them the partners that are countries"""
    groups: dict[str, tuple[str, ...]]
    """groups of partners for the report"""
    products: tuple[str, ...]
    """HS codes of what it sells, and `TOTAL`"""


@lru_cache(maxsize=8)
def names() -> dict[str, dict[str, str]]:
    """Rows of config/codes/region.csv by BPS code."""
    with (FOLDER / "codes" / "region.csv").open(encoding="utf-8", newline="") as handle:
        return {row["region_code"]: row for row in csv.DictReader(handle)}


def load(code: str) -> Region:
    """The region of this installation; raises ConfigurationError if its code is unknown."""
    return _read(FOLDER, code)


@lru_cache(maxsize=8)
def _read(folder: Path, code: str) -> Region:
    known = names()
    if code not in known:
        raise ConfigurationError(
            "unknown_region",
            f"PENATARAN_REGION={code!r} is not in config/codes/region.csv",
            hint="BPS codes have two digits (province) or four (regency, city); the regencies "
            "of the four provinces of 2022 in Papua need a line there",
        )
    path = folder / "regions" / f"{code}.yml"
    if not path.exists():
        path = folder / "regions" / "default.yml"
    raw = read_yaml(path, "region")
    row = known[code]
    given = {name: row[name] for name in ("name_id", "name_en", "timezone")} | {"code": code}
    twice = sorted(set(raw) & set(given))
    if twice:
        raise refuse(
            [Mistake((n,), "stands in config/codes/region.csv") for n in twice], path, "region"
        )
    try:
        region = Region(**raw, **given)
    except ValidationError as error:
        raise refuse(of_model(error, Region), path, "region") from None
    found = one_of(("country",), region.country, codelists.areas(), "an area")
    for number, area in enumerate(region.partners):
        found += one_of(("partners", number), area, codelists.areas(), "an area")
    found += _markets(region)
    if found:
        raise refuse(found, path, "region")
    if region.markets:
        return region
    abroad = (a for a in region.partners if a in codelists.countries() and a != region.country)
    return region.model_copy(update={"markets": tuple(dict.fromkeys(abroad))})


def _markets(region: Region) -> list[Mistake]:
    """Markets are countries of today, other than its own, each once."""
    found: list[Mistake] = []
    for number, area in enumerate(region.markets):
        place = ("markets", number)
        found += one_of(place, area, codelists.countries(), "a country")
        if area == region.country:
            found.append(Mistake(place, "is the region's own country: it is no market abroad"))
        elif area in region.markets[:number]:
            found.append(Mistake(place, f"{area} stands twice"))
    return found
