"""Reference lists that the package makes itself."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pycountry
import pytest

from config import declarations
from tasks.ask.builtin import CODES, areas, currencies, sources
from tests.conftest import settings_for

pytestmark = pytest.mark.fast
# UN Comtrade's reference files: areas with a number that is not ISO's, and one that it lacks
# (490 "Other Asia, nes" stands for it there).
COMTRADE = {"USA": "842", "FRA": "251", "IND": "699", "CHE": "757", "NOR": "579", "TWN": None}


def codes(scheme: str) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(areas().decode()))
    countries = {c.alpha_3 for c in pycountry.countries}
    return {r["area"]: r["code"] for r in rows if r["scheme"] == scheme and r["area"] in countries}


def test_schemes_follow_iso_but_for_the_lines_of_area_code() -> None:
    iso = {c.alpha_3: c for c in pycountry.countries}
    assert codes("iso3") == codes("worldbank") == {area: area for area in iso}
    assert codes("m49") == codes("untourism") == {area: c.numeric for area, c in iso.items()}
    expected = {area: str(int(c.numeric)) for area, c in iso.items()} | COMTRADE
    assert codes("comtrade") == {area: code for area, code in expected.items() if code}


def test_ranks_of_the_declarations_reach_the_list_of_sources(tmp_path: Path) -> None:
    declared = declarations.load_all().sources
    rows = csv.DictReader(io.StringIO(sources(settings_for(tmp_path), declared).decode()))
    ranks = {r["source_code"]: r["preference"] for r in rows}
    assert ranks == {s.code: str(s.preference or "") for s in declared.values()}
    first = {s.table for s in declared.values() if s.preference == 1}
    ranked = [s for s in declared.values() if s.preference == 1]
    assert len(ranked) == len(first), "two sources of one table have the same first rank"


def lifetimes() -> dict[str, tuple[str, str]]:
    rows = csv.DictReader(io.StringIO(currencies().decode()))
    return {r["currency"]: (r["valid_from"], r["valid_until"]) for r in rows}


def test_every_currency_of_the_file_has_its_days_and_a_source() -> None:
    found = lifetimes()
    with (CODES / "currency_lifetime.csv").open(encoding="utf-8", newline="") as handle:
        lines = list(csv.DictReader(handle))
    assert [r["currency"] for r in lines] == sorted({r["currency"] for r in lines})
    for row in lines:
        assert row["source"]
        first, last = found[row["currency"]]
        assert (row["valid_from"] or first, row["valid_until"] or last) == (first, last)


def test_lifetimes_are_in_order_and_what_is_in_use_has_no_end() -> None:
    found = lifetimes()
    assert all(first <= last for first, last in found.values() if first and last)
    in_use = {c.alpha_3 for c in pycountry.currencies} & set(found) - {"BGN"}
    assert {c for c in in_use if found[c][1]} == set()
    assert found["IDR"] == ("1965-12-13", "")
    assert found["XDR"] == ("", "")


def test_capitals_are_where_they_are() -> None:
    """Every country of ISO 3166-1 that has one; great circles as anybody can look them up."""
    with (CODES / "capital.csv").open(encoding="utf-8", newline="") as handle:
        found = {r["area"]: r for r in csv.DictReader(handle)}
    countries = {c.alpha_3 for c in pycountry.countries}
    assert countries - set(found) == {"ATA", "BES", "BVT", "HMD", "TKL", "UMI"}
    assert set(found) <= countries

    def km(one: str, other: str) -> float:
        here, there = (
            [math.radians(float(found[a][n])) for n in ("latitude_deg", "longitude_deg")]
            for a in (one, other)
        )
        half = math.sin((there[0] - here[0]) / 2) ** 2
        half += math.cos(here[0]) * math.cos(there[0]) * math.sin((there[1] - here[1]) / 2) ** 2
        return 2 * 6371.0088 * math.asin(math.sqrt(half))

    distances = {"SGP": 893, "TLS": 2090, "AUS": 5400, "JPN": 5790, "NLD": 11360, "USA": 16370}
    assert {a: km("IDN", a) for a in distances} == pytest.approx(distances, rel=0.02)
