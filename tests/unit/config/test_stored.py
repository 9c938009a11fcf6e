"""Declarations that older versions stored: every key and its default in one flat reader and one
flat column. They say by what rules old figures were read, so they load whatever they hold."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config import contract, declarations, region
from config.columns import NumberColumn, StateColumn, TextColumn
from config.publishing import Calendar
from config.source import READING_PARTS, Source
from tests.conftest import TOY

pytestmark = pytest.mark.fast
STORED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "stored_declarations.json").read_text(encoding="utf-8")
)

COLUMNS = {name: [{"to": to}] for name, to in TOY["columns"].items()}


# Rules that came after these were stored: old figures were read without them.
LATER = {"expects"}


def reading(source: Source) -> dict[str, Any]:
    found = source.model_dump(mode="json", by_alias=True, include=READING_PARTS - LATER)
    return found | {"datasets": {n: without(d, LATER) for n, d in found["datasets"].items()}}


def as_later(found: dict[str, Any]) -> dict[str, Any]:
    """A contract of before 2026-12 with what later versions say beside its headings and fields: the
    state of a value, and regions by their names."""
    status = {"to": "value_status", "optional": True}
    found["columns"] |= {"_status": [StateColumn(**status).model_dump(mode="json", by_alias=True)]}
    book = found["reader"]["workbook"]
    book["states"] = ["_status"]
    book["fields"] = {n: "region" if n == "region_code" else k for n, k in book["fields"].items()}
    return found


def without(raw: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {k: v for k, v in raw.items() if k not in names}


def loaded(raw: dict[str, Any]) -> Source:
    return Source.from_canonical(json.dumps(raw))


@pytest.mark.parametrize("code", sorted(set(STORED) - {"deals"}))
def test_an_older_form_reads_as_the_declaration_of_today(code: str) -> None:
    assert reading(loaded(STORED[code])) == reading(declarations.load_all().sources[code])


def test_an_older_form_of_a_contract_reads_as_that_of_today() -> None:
    today = contract.source_of(contract.load_all()["deals"], region.load("3505"))
    found = loaded(STORED["deals"])
    assert found.is_file
    assert as_later(reading(found)) == reading(today)


def test_a_stored_declaration_keeps_its_identity() -> None:
    text = json.dumps(STORED["ecb"])
    assert Source.from_canonical(text).canonical() == text
    assert Source.from_canonical(text).part("daily").sha256 == Source.from_canonical(text).sha256


@pytest.mark.parametrize("code", sorted(declarations.load_all().sources))
def test_what_is_stored_today_loads_as_it_is(code: str) -> None:
    source = declarations.load_all().sources[code]
    found = Source.from_canonical(source.canonical())
    assert found.model_dump() == source.model_dump()
    assert found.sha256 == source.sha256


ACCEPTED_ONCE: dict[str, dict[str, Any]] = {
    "a domain": {"domain": "nonsense"},
    "a calendar": {"calendar": {"cadence": "daily", "cron": "x", "timezone": "Mars/Olympus"}},
    "a check against nobody": {"cross_check": {"source": "nobody", "tolerance": 0.1}},
    "an envelope": {"rows": {"min": 10, "max": 1}},
    "a share": {"rows": {"max_refused_share": 2.0}},
    "a window": {"datasets": {"daily": {"frequency": "D", "window": 0}}},
    "keys of another format": {"reader": {"format": "json", "records": "data", "skip_lines": 3,
                                          "sheet": "x", "member": "y"}},
    "a scale of a text": {"columns": {**COLUMNS, "currency": [
        {"to": "quote_currency", "scale": "2", "decimal": ",", "as": "\\1"}]}},
    "values with lookup": {"columns": {**COLUMNS, "currency": [
        {"to": "quote_currency", "values": {"a": "JPY"}, "lookup": "iso3"}]}},
    "values with scale": {"columns": {**COLUMNS, "rate": [
        {"to": "rate", "values": {"a": "1"}, "scale": "2", "unmapped": "keep"}]}},
    "an unclosed bracket": {"columns": {**COLUMNS, "currency": [
        {"to": "quote_currency", "extract": "("}]}},
    "an unknown constant": {"constants": {"base_currency": "XXY", "rate_type": "spot"}},
    "an unknown variable": {"request": {"path": "/{nope}"}},
    "pages of an offset": {"request": {"path": "/", "paging": {
        "kind": "offset", "parameter": "o", "size": 1, "total": "n", "pages": "", "next": "x"}}},
    "one column of an old wide table": {"reader": {"format": "csv", "wide": {
        "id_column": "date", "names_to": "currency", "values_to": "rate"}}},
}  # fmt: skip


def old_form(changes: dict[str, Any]) -> dict[str, Any]:
    """A toy in the flat form, with what older versions accepted."""
    raw: dict[str, Any] = {"code": "toy", **copy.deepcopy(TOY)}
    return {**raw, "columns": COLUMNS, **changes}


@pytest.mark.parametrize("case", ACCEPTED_ONCE)
def test_what_was_accepted_once_still_loads(case: str) -> None:
    assert loaded(old_form(ACCEPTED_ONCE[case])).code == "toy"


def test_what_had_no_effect_is_dropped_and_the_rest_kept() -> None:
    found = loaded(old_form(ACCEPTED_ONCE["values with lookup"])).columns["currency"][0]
    assert isinstance(found, TextColumn)
    assert found.values == {"a": "JPY"}
    rate = loaded(old_form({"columns": {**COLUMNS, "rate": [{"to": "rate", "scale": "2",
                                                                    "fold": True}]}}))  # fmt: skip
    assert isinstance(rate.columns["rate"][0], NumberColumn)
    assert rate.columns["rate"][0].scale == 2


def test_a_number_outside_its_bounds_becomes_the_nearest_inside() -> None:
    found = loaded(old_form({"rows": {"max_refused_share": 2.0},
                             "datasets": {"daily": {"frequency": "D", "window": 0}}}))  # fmt: skip
    assert found.rows.max_refused_share == 1
    assert found.datasets["daily"].window == 1


@pytest.mark.parametrize(
    ("cron", "zone", "expected"),
    [("0 8 * * *", "Asia/Jakarta", "2026-03-02T08:00:00+07:00"),
     ("0 8 * * *", "Mars/Olympus", None), ("x", "Asia/Jakarta", None), ("", "", None),
     ("0 8 31 2 *", "Asia/Jakarta", None)],
)  # fmt: skip
def test_the_next_release_never_fails(cron: str, zone: str, expected: str | None) -> None:
    calendar = Calendar(cadence="daily", cron=cron, timezone=zone)
    assert calendar.next_release(datetime(2026, 3, 2, 0, 30, tzinfo=UTC)) == expected
