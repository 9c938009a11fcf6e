"""The installation: which region runs this, whom it works with, what it sells.

Blitar is one file, `config/regions/3505.yml`; another regency writes its own, or lives
with `default.yml`.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from config.files import read_yaml
from schemas.errors import ConfigurationError

FOLDER = Path(__file__).parent


class Region(BaseModel):
    """Partners as ISO 3166-1 alpha-3, products as HS codes, groups for the report."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    name_id: str
    name_en: str
    country: str
    timezone: str
    partners: tuple[str, ...]
    groups: dict[str, tuple[str, ...]]
    products: tuple[str, ...]


@lru_cache(maxsize=8)
def names() -> dict[str, dict[str, str]]:
    """Rows of config/codes/region.csv by BPS code."""
    with (FOLDER / "codes" / "region.csv").open(encoding="utf-8", newline="") as handle:
        return {row["region_code"]: row for row in csv.DictReader(handle)}


def load(code: str) -> Region:
    """The region of this installation; raises ConfigurationError if its code is unknown."""
    known = names()
    if code not in known:
        raise ConfigurationError(
            "unknown_region",
            f"PENATARAN_REGION={code!r} is not in config/codes/region.csv",
            hint="BPS codes have two digits (province) or four (regency, city); the regencies "
            "of the four provinces of 2022 in Papua need a line there",
        )
    path = FOLDER / "regions" / f"{code}.yml"
    if not path.exists():
        path = FOLDER / "regions" / "default.yml"
    raw: dict[str, Any] = read_yaml(path)
    row = known[code]
    try:
        return Region(
            code=code,
            name_id=row["name_id"],
            name_en=row["name_en"],
            timezone=row["timezone"],
            **raw,
        )
    except ValidationError as error:
        raise ConfigurationError("region", str(error), where=str(path)) from None
