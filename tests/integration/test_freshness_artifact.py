"""What operators read in Prefect of sources in trouble: since when, the last good answer, why."""

from __future__ import annotations

import pytest

from flows.orchestration import artifacts
from tests.conftest import Home, first_row_of

pytestmark = pytest.mark.usefixtures("marts")
A = ("2026-01-05", "IDR", "16500")


@pytest.mark.parametrize(
    ("language", "current"), first_row_of(("id", "mutakhir"), ("en", "current"))
)
def test_a_source_that_fails_is_listed_with_its_reason_and_last_good_answer(
    duck: Home, language: str, current: str
) -> None:
    duck.variables["PENATARAN_LANGUAGE"] = language
    report = duck.load(A)
    with duck.session() as session:
        text = artifacts._freshness(session, report)
    assert current in text.splitlines()[0]
    assert f"| toy | all | {'dimuat' if language == 'id' else 'loaded'} |" in text

    report = duck.load(("2026-01-05", "IDR", "no | number"))
    with duck.session() as session:
        (head, _, row, *_) = artifacts._freshness(session, report).splitlines()
        failed_on = session.today()
    assert head.count("|") == row.count("|") == 7  # a partner's text ends no cell
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[0] == "toy"
    assert str(failed_on.year) in cells[4]  # the first run was good
    assert cells[5].startswith("too_many_refused: ")
