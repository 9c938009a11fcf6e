"""UIS's values: whole students, and what is no number is left as it is."""

from __future__ import annotations

import json

import pytest

from tasks.read.sources.uis import read

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("value", "read_as"),
    [(67691.5, "67692"), ("91", "91"), ("1_000", "1_000"), ("enam", "enam"), ("٣", "٣"), ([], [])],
)
def test_what_is_no_number_is_left_to_the_rules(value: object, read_as: object) -> None:
    answer = json.dumps({"records": [{"value": value}]}).encode()
    assert json.loads(read(answer))["records"][0]["value"] == read_as
