"""Short histories against the model; the long ones are in `make test-slow`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model import Driver
from warehouse import engine


@pytest.mark.parametrize("numbers", ["hash", "three"])
def test_the_pipeline_agrees_with_the_model(
    tmp_path: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch, numbers: str
) -> None:
    """`three`: keys share three numbers, so that nothing may rest on numbers that differ."""
    if numbers == "three":
        real = engine.number_of
        monkeypatch.setattr(engine, "number_of", lambda columns: f"({real(columns)} % 3)")
    driver = Driver(tmp_path / "home", prepared, 3505, monkeypatch)
    for _ in range(60 if numbers == "hash" else 40):
        driver.step()
    driver.close()
    assert len(driver.model.versions) > 20
