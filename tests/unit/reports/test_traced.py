"""The command that traces a figure's first row, whatever the row holds."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from reports.traced import command_of

pytestmark = pytest.mark.fast

REVISED = {"source": "bank", "table_name": "core_exchange__rates",
           "row_key": "rate_date=2025-01-02 quote_currency=IDR"}  # fmt: skip


def test_a_revision_leads_to_the_row_that_was_revised() -> None:
    words = shlex.split(command_of(["mart_revisions"], [REVISED]))
    assert words[:3] == ["penataran", "trace", "core_exchange__rates"]
    assert set(words[3:]) == {"source=bank", "rate_date=2025-01-02", "quote_currency=IDR"}


@pytest.mark.parametrize("name", ["table_name", "row_key"])
@pytest.mark.parametrize("value", [None, "", 7, "</td><script>", "core_no__such a=1"])
def test_without_its_table_or_key_it_leads_to_the_revisions(name: str, value: Any) -> None:
    command = command_of(["mart_revisions"], [{**REVISED, name: value}])
    table = shlex.split(command)[2]
    assert table == ("core_exchange__rates" if isinstance(value, str) and name == "row_key"
                     else "mart_revisions")  # fmt: skip
