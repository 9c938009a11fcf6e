"""BPS's dynamic tables: keys are built from the lists of dimensions and never split."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tasks.read.sources.bps_dynamic import read

pytestmark = pytest.mark.fast


def table(values: Any, **sides: list[tuple[Any, str]]) -> bytes:
    lists: dict[str, list[tuple[Any, str]]] = {
        "vervar": [(1, "A")], "var": [(2, "V")], "turvar": [("0", "Tidak ada")],
        "tahun": [(125, "2025")], "turtahun": [(1, "Januari"), (13, "Tahunan")], **sides,
    }  # fmt: skip
    body: dict[str, Any] = {k: [{"val": v, "label": t} for v, t in of] for k, of in lists.items()}
    body["var"][0]["unit"] = "Miliar Rupiah"
    return json.dumps({"status": "OK", **body, "datacontent": values}).encode()


def records(raw: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(read(raw))["vervar"]
    return found


def test_months_and_the_years_total_are_told_apart() -> None:
    found = records(table({"1201251": 3, "12012513": 40.5}))
    assert [(r["period"], r["value"]) for r in found] == [("01", "3"), ("13", "40.5")]


def test_a_key_that_two_combinations_build_is_refused() -> None:
    """Row 1, variable 2, column 20 and row 12, variable 2, column 0 have one key."""
    sides = {"vervar": [(1, "A"), (12, "B")], "turvar": [(20, "x"), (0, "y")]}
    with pytest.raises(ValueError, match="two combinations"):
        read(table({"12201251": 1}, **sides))


def test_a_value_that_no_dimension_explains_is_refused() -> None:
    with pytest.raises(ValueError, match="no combination"):
        read(table({"1201251": 3, "9201251": 4}))


@pytest.mark.parametrize("empty", [[], {}, None])
def test_an_empty_table_is_a_list(empty: Any) -> None:
    assert records(table(empty)) == []


def test_what_is_not_available_passes_as_it_came() -> None:
    body = b'{"status": "OK", "data-availability": "not-available", "data": ""}'
    assert read(body) == body


def test_units_are_resolved_and_labels_are_text() -> None:
    (record,) = records(table({"1201251": 29876.54}, vervar=[(1, "<b>Jawa  Timur</b>")]))
    assert (record["row_label"], record["unit"], record["unit_power"]) == (
        "Jawa Timur", "Rupiah", "9",
    )  # fmt: skip
    assert record["value"] == "29876.54"  # as it is written, not as a float


def test_a_null_is_a_missing_value() -> None:
    assert [r["value"] for r in records(table({"1201251": None}))] == [None]
