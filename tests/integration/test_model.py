"""Short histories against the model; the long ones are in `make test-slow`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Home
from tests.model import Driver
from warehouse import engine


@pytest.mark.slow
@pytest.mark.parametrize("numbers", [0, 3, 40])
def test_the_pipeline_agrees_with_the_model(
    tmp_path: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch, numbers: int
) -> None:
    """With few numbers keys share them, so that nothing may rest on equal ones; and the rows
    are compared in several passes."""
    if numbers:
        monkeypatch.setattr("tasks.load.diff.PASS_ROWS", 7)
        real = engine.number_of
        monkeypatch.setattr(engine, "number_of", lambda columns: f"({real(columns)} % {numbers})")
    driver = Driver(tmp_path / "home", prepared, 3505, monkeypatch)
    for _ in range(40 if numbers else 60):
        driver.step()
    driver.close()
    assert len(driver.model.versions) > 20


@pytest.mark.slow
def test_a_new_key_that_shares_its_number_and_its_value_is_new(
    duck: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "number_of", lambda _columns: "1")
    first, second = ("2026-01-05", "IDR", "16700"), ("2026-01-06", "IDR", "16700")
    duck.load(first)
    counts = duck.load(first, second).sources[0].counts
    assert (counts.new, counts.unchanged) == (1, 1)
    assert duck.load(second).sources[0].counts.deleted == 1
