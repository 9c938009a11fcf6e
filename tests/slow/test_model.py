"""Random histories against the model: loads, restatements, withdrawals, partial answers,
crashes, retries, changed declarations, maintenance, rebuilds. The seed is in every failure.

PENATARAN_MODEL_STEPS sets how many steps (make test-model: 10,000).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows import run as direct
from flows.rebuild import rebuild_lake, rebuild_warehouse
from tests.model import Driver

pytestmark = pytest.mark.slow
STEPS = int(os.environ.get("PENATARAN_MODEL_STEPS", "1200"))
EACH = 100


@pytest.mark.parametrize("seed", range(max(STEPS // EACH, 1)))
def test_a_random_history_agrees_with_the_model(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = Driver(tmp_path / "home", None, seed, monkeypatch)
    try:
        for _ in range(EACH):
            driver.step()
        assert driver.most_versions > EACH / 4
        if seed % 10 == 0:  # and all of it again, from the landed bytes alone
            driver.let_go()
            direct.keep_copies(driver.session)
            made = rebuild_lake(driver.session, reinterpret=False)
            assert made.differences == []
            rebuild_warehouse(driver.session)
            driver.compare()
    finally:
        driver.close()
