"""Numbers that partners announce: counts, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.read.formats import whole_number

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("value", "number"), [(0, 0), (7, 7), (7.0, 7), ("7", 7), (" 12 ", 12), ("007", 7)]
)
def test_a_count(value: Any, number: int) -> None:
    assert whole_number(value) == number


@pytest.mark.parametrize(
    "value",
    [
        float("inf"),
        float("-inf"),
        float("nan"),
        1e300,
        10**400,
        "9" * 400,
        -1,
        "-1",
        2.5,
        "2.5",
        True,
        None,
        "",
        "²",
        "٣",
        "1_0",
        "1,000",
        "Infinity",
        [1],
        {},
        "1e3",
        "0x1",
    ],
)
def test_what_is_no_count(value: Any) -> None:
    assert whole_number(value) is None
