"""Slices whose landed bytes are to be read again, although no run asks for them."""

from __future__ import annotations

from config.source import Source
from schemas.catalogue import TABLES
from tasks.landing.manifest import generations_in
from tasks.load.state import SliceState
from tasks.outcome import Task
from tasks.session import Session


def slices_by_old_rules(session: Session, source: Source, due: set[str]) -> list[Task]:
    """Slices that are not due, but whose figures were read by rules that have changed."""
    if source.is_builtin:
        return []
    rules = session.rules(source)
    states = {
        name: SliceState.from_json(text)
        for name, text in sorted(session.ledger.states(source.code).items())
        if name not in due
    }
    return [
        Task(source.code, state.slice, reread=True)
        for state in states.values()
        if state.slice is not None and state.needs_reread_unasked(rules)
    ]


def slices_with_refusals(session: Session, source: Source) -> list[Task]:
    """Slices whose newest load refused rows, or was refused whole."""
    with session.connection() as con:
        session.lake.view(con, TABLES["ops_load"], "loads_of_source")
        rows = con.execute(
            "SELECT manifest FROM loads_of_source WHERE source = ? AND manifest IS NOT NULL "
            "QUALIFY row_number() OVER (PARTITION BY slice ORDER BY load_seq DESC) = 1 "
            "AND quarantined > 0",
            [source.code],
        ).fetchall()
    return [Task(source.code, generations_in(text)[-1].slice, reread=True) for (text,) in rows]
