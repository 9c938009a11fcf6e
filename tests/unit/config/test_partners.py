"""Senders: what a mapping must not say, and one that is broken beside those that are right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from config import partner, region
from schemas.errors import ConfigurationError

pytestmark = pytest.mark.fast
NAME = {"id": "Dinas", "en": "Agency", "ja": "部局"}
ARRIVALS = {"contract": "arrivals", "columns": {"Tahun": "period_start", "Jumlah": "visitors"}}

MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "no files": ({"files": []}, "files: expected at least 1"),
    "no name": ({"name": None}, "name: "),
    "an unknown key": ({"nam": "x"}, "nam: is not a key here (did you mean name?)"),
    "an unknown language": ({"language": "fr"}, "language: 'fr' is not valid"),
    "an unknown contract": ({"files": ["deels"]}, "is not a contract (did you mean deals?)"),
    "a contract twice": ({"files": ["deals", "deals"]}, "files.1: toy_deals stands twice"),
    "a key of a mapping": ({"files": [{**ARRIVALS, "colums": {}}]}, "files.0.colums: is not a key"),
    "a field that is missing": ({"files": [{**ARRIVALS, "columns": {"a": "visitor"}}]},
                                "files.0.columns.a: 'visitor' is not a field of arrivals"),
    "a constant of no field": ({"files": [{**ARRIVALS, "constants": {"area": "AUS"}}]},
                               "files.0.constants.area: 'area' is not a field of arrivals"),
    "a part of no column": ({"files": [{**ARRIVALS, "compose": {"period_start": "{bulan}"}}]},
                            "files.0.compose.period_start: 'bulan' is not a part of columns"),
    "a pattern of subtotals": ({"files": [{**ARRIVALS, "drop": {"visitors": "("}}]},
                               "files.0.drop.visitors: '(' is not a valid regular expression"),
    "a pattern of sheets": ({"files": [{**ARRIVALS, "sheets": ["["]}]}, "files.0.sheets.0: '[' is"),
    "a pattern of columns": (
        {"files": [{**ARRIVALS, "unpivot": {"columns": "(", "into": "visitors",
                                            "value": "visitors"}}]},
        "files.0.unpivot.columns: '(' is not a valid regular expression"),
    "a factor of nothing": ({"files": [{**ARRIVALS, "factors": {"visitors": "many"}}]},
                            "files.0.factors.visitors: 'many' is not a number above 0"),
    "a part above columns that nothing uses": (
        {"files": [{**ARRIVALS, "unpivot": {"columns": "a", "rows": {"unit": 2},
                                            "value": "visitors"}}]},
        "files.0.unpivot.rows.unit: 'unit' is not a field of arrivals"),
    "words of no field": ({"files": [{**ARRIVALS, "labels": {"status": {"e": "estimated"}}}]},
                          "files.0.labels.status: 'status' is not a field of arrivals"),
    "whole numbers of no field": ({"files": [{**ARRIVALS, "whole": ["people"]}]},
                                  "files.0.whole: 'people' is not a field of arrivals"),
    "an unknown encoding": ({"files": [{**ARRIVALS, "encoding": "ansi8"}]}, "files.0.encoding: "),
    "row 0": ({"files": [{**ARRIVALS, "header_rows": [0]}]}, "files.0.header_rows.0: expected"),
    "rank 0": ({"files": [{**ARRIVALS, "preference": 0}]}, "files.0.preference: "),
    "an unknown stage": ({"files": [{**ARRIVALS, "release_stage": "end"}]}, "0.release_stage"),
}  # fmt: skip


def write(folder: Path, changes: dict[str, Any], code: str = "toy") -> Path:
    declaration = {"name": NAME, "language": "id", "files": ["deals"], **changes}
    declaration = {k: v for k, v in declaration.items() if v is not None}
    path = folder / f"{code}.yml"
    path.write_text(yaml.safe_dump(declaration, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_of_a_sender_is_named_by_its_key(tmp_path: Path, case: str) -> None:
    changes, words = MISTAKES[case]
    path = write(tmp_path, changes)
    with pytest.raises(ConfigurationError) as caught:
        partner.read(path)
    assert words in caught.value.message
    assert caught.value.where == str(path)
    assert caught.value.hint == "see docs/partner-files.md"


def test_a_sender_that_is_no_yaml_is_led_to_its_own_page(tmp_path: Path) -> None:
    path = tmp_path / "toy.yml"
    path.write_text("a: [1", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        partner.read(path)
    assert caught.value.hint == "see docs/partner-files.md"


def test_a_broken_sender_stops_no_other(tmp_path: Path) -> None:
    write(tmp_path, {"files": []}, "broken")
    write(tmp_path, {}, "fine")
    write(tmp_path, {}, "jnto")
    found = partner.load_all([tmp_path])
    assert set(found.broken) == {"broken", "jnto"}
    assert "declared twice" in found.broken["jnto"].message
    assert found.partners["fine"].files[0].code == "fine_deals"
    assert len(found.partners["jnto"].files) == 5  # the built-in one stands


def test_every_mapping_of_the_installation_makes_a_source() -> None:
    found = partner.load_all()
    assert found.broken == {}
    sources = partner.sources(found.partners, region.load("3505"))
    assert {s.is_file for s in sources.values()} == {True}


def test_a_sender_may_be_the_producer_of_the_regions_data(tmp_path: Path) -> None:
    files = [{"contract": "local_exports", "preference": 1}, "deals"]
    found = partner.read(write(tmp_path, {"files": files}))
    sources = partner.sources({"toy": found}, region.load("3505"))
    assert sources["toy_local_exports"].preference == 1
    assert sources["toy_deals"].preference is None
    other = partner.read(write(tmp_path, {"files": ["local_exports"]}, "other"))
    same = partner.sources({"toy": other}, region.load("3505"))["other_local_exports"]
    ranked = same.model_copy(update={"preference": 1})
    assert ranked.reading_sha256 == same.reading_sha256  # a rank reads nothing again
