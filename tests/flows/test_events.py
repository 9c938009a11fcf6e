"""The events of a run: one of a kind for each source, with counts and codes."""

from __future__ import annotations

from tasks.outcome import Counts, Outcome


def outcome(source: str, status: str = "loaded", **counts: int) -> Outcome:
    error = None
    if status == "failed":
        error = {"code": "http_500", "message": "server error", "where": "x", "hint": "y"}
    return Outcome(source, "2026", status, counts=Counts(**counts), error=error)  # type: ignore[arg-type]


def test_one_event_of_a_kind_for_each_source() -> None:
    from flows.orchestration.events import of_outcomes  # Prefect takes seconds to import

    found = list(
        of_outcomes(
            [
                outcome("a", new=3),
                outcome("a", new=2, revised=1, quarantined=4),
                outcome("b", "unchanged", unchanged=9),
                outcome("c", "failed"),
                outcome("c", "failed"),
            ]
        )
    )
    assert [(kind, source) for kind, source, _ in found] == [
        ("loaded", "a"), ("revised", "a"), ("refused", "a"), ("failed", "c"),
    ]  # fmt: skip
    assert found[0][2]["new"] == 5
    assert found[3][2] == {"slices": 2, "why": "http_500: server error"}
