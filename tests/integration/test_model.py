"""A short history against the model; the long ones are in `make test-slow`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model import Driver


def test_the_pipeline_agrees_with_the_model(
    tmp_path: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = Driver(tmp_path / "home", prepared, 3505, monkeypatch)
    for _ in range(60):
        driver.step()
    driver.close()
    assert len(driver.model.versions) > 30
