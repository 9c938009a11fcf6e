"""Exit codes of a run, by what became of its slices."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.main import main
from flows.run import exit_code
from tasks.outcome import Outcome, Status


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (("loaded", "unchanged"), 0),
        (("loaded", "busy"), 0),  # the other run loads and publishes it
        (("busy", "busy"), 5),
        (("busy", "failed"), 3),
        (("loaded", "deferred"), 3),
    ],
)
def test_what_another_run_holds_is_no_failure(statuses: tuple[Status, ...], code: int) -> None:
    outcomes = [Outcome("ecb", "all", status) for status in statuses]
    assert exit_code(outcomes, published=True) == code


def test_a_home_that_cannot_be_used_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENATARAN_HOME", str(tmp_path))
    (tmp_path / "FORMAT").write_text("no number\n")
    assert main(["run", "ecb", "--direct"]) == 4
    assert main(["publish"]) == 4
