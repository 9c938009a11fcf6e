"""The gate's process: batches that are checked together have the results that each has alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from schemas.catalogue import TABLES
from schemas.checks import suite
from schemas.errors import PenataranError
from tasks.check.gate import Gate
from tasks.check.gate_request import GateRequest

RATES = TABLES["core_exchange__rates"]


def request(
    folder: Path, name: str, currencies: list[Any], rates: list[float], **profile: float
) -> GateRequest:
    sample = folder / f"{name}.parquet"
    pd.DataFrame(
        {
            "rate_date": pd.to_datetime(["2026-01-05"] * len(rates)).date,
            "base_currency": "USD",
            "quote_currency": currencies,
            "rate_type": "reference",
            "release_stage": "final",
            "value_status": "observed",
            "rate": rates,
        }
    ).to_parquet(sample)
    expectations = tuple(suite(RATES, rows_min=1, rows_max=5, max_refused_share=0.5))
    nulls = {e.kwargs["column"]: 0 for e in expectations if e.frame == "profile"}
    return GateRequest({**nulls, "rows_good": len(rates), **profile}, sample, expectations)


@pytest.fixture
def requests(tmp_path: Path) -> list[GateRequest]:
    return [
        request(tmp_path, "good", ["IDR", "JPY"], [1.0, 2.0]),
        request(tmp_path, "bad", ["IDR", None, "idr"], [1.0, -2.0, -3.0], duplicate_keys=2),
        request(tmp_path, "many", ["IDR"] * 6, [1.0] * 6, refused_share=0.25),
        replace(
            request(tmp_path, "other", ["IDR"], [1.0], rows_good=9),
            expectations=tuple(suite(RATES, rows_min=10, rows_max=None, max_refused_share=0.5)),
        ),
    ]


def failed(results: list[Any]) -> dict[str, int]:
    return {r["check_id"]: r["rows_failed"] for r in results if not r["success"]}


def test_each_has_its_own_results(gate: Gate, requests: list[GateRequest]) -> None:
    alone = [gate.check(r) for r in requests]
    assert gate._check(requests) == alone
    assert gate._check(requests[::-1]) == alone[::-1]
    assert [len(r) for r in alone] == [len(r.expectations) for r in requests]
    assert failed(alone[0]) == {}
    assert failed(alone[1])["key_duplicates"] == 1
    assert failed(alone[1])["sample_not_null:quote_currency"] == 1
    assert failed(alone[1])["sample_between:rate"] == 2
    assert failed(alone[2]) == {"row_envelope": 1}
    assert failed(alone[3]) == {"row_envelope": 1}


def test_a_batch_that_cannot_be_checked_harms_no_other(
    gate: Gate, requests: list[GateRequest], tmp_path: Path
) -> None:
    broken = replace(requests[0], sample=tmp_path / "not there.parquet")
    first, second, third = gate._check([requests[0], broken, requests[1]])
    assert first == gate.check(requests[0])
    assert isinstance(second, PenataranError)
    assert "not there.parquet" in str(second)
    assert third == gate.check(requests[1])
