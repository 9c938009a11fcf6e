"""What a region says of its markets."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import codelists, region
from schemas.errors import ConfigurationError

pytestmark = pytest.mark.fast
TEXT = (
    "country: IDN\npartners: [WLD, ASEAN, JPN, AUS, JPN]\ngroups: {JPN: [JPN]}\nproducts: [TOTAL]\n"
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of 3505, to be written by the test."""
    (tmp_path / "codes").symlink_to(region.FOLDER / "codes")
    (tmp_path / "regions").mkdir()
    monkeypatch.setattr(region, "FOLDER", tmp_path)
    return tmp_path / "regions" / "3505.yml"


@pytest.mark.parametrize("code", ["3505", "3507"])
def test_there_are_25_markets_to_start_with(code: str) -> None:
    found = region.load(code)
    assert len(found.markets) == len(set(found.markets)) == 25
    countries = set(found.partners) & codelists.countries()
    assert countries - set(found.markets) == {"LAO", "MMR", "TLS"}  # too small or seldom reporting


def test_without_markets_they_are_the_partners_that_are_countries(file: Path) -> None:
    file.write_text(TEXT, encoding="utf-8")
    assert region.load("3505").markets == ("JPN", "AUS")


@pytest.mark.parametrize(
    ("markets", "message"),
    [
        ("[JPN, WLD]", r"markets\.1: 'WLD' is not a country"),
        ("[ASEAN]", r"markets\.0: 'ASEAN' is not a country"),
        ("[JPM]", r"markets\.0: 'JPM' is not a country"),
        ("[AUS, JPN, AUS]", r"markets\.2: AUS stands twice"),
        ("[IDN]", r"markets\.0: is the region's own country"),
        ("[]", r"markets"),
    ],
)
def test_markets_are_countries_abroad_each_once(file: Path, markets: str, message: str) -> None:
    file.write_text(f"{TEXT}markets: {markets}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=message):
        region.load("3505")
