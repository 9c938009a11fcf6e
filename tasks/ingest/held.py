"""What is held of a slice already, and what it means when the partner has nothing.

"Nothing" is no news while the partner still answers. Of a slice that has figures here, with the
next period late, it is a fault: the address, the key of the series or the partner's service is not
what it was (`gone`).
"""

from __future__ import annotations

from datetime import date

from config import due
from config.source import Source
from schemas.errors import SourceError
from schemas.sql import literal
from tasks.landing.manifest import Generation
from tasks.outcome import Task
from tasks.read.staging import scope_sql
from tasks.session import Session
from warehouse.engine import first_row

PERIODS = ("rate_date", "period_start")


def has_figures(session: Session, task: Task) -> bool:
    """True when figures of the slice are held."""
    source = session.sources[task.source]
    scope = scope_sql(source, Generation(task.slice, (), False, {}))
    return _one(session, task, "1", f"{scope} LIMIT 1") is not None


def newest_period(session: Session, task: Task) -> date | None:
    """First day of the newest period of the slice's dataset that has a value here."""
    table = session.sources[task.source].warehouse_table
    names = {f.name for f in table.body()}
    period = next((n for n in PERIODS if n in names), None)
    if period is None:
        return None
    found: date | None = _one(session, task, f"max({period})", _dataset(session, task))
    return found


def newest_if_late(session: Session, task: Task) -> date | None:
    """The same where the next period is late already; None where it is not."""
    source = session.sources[task.source]
    frequency = source.datasets[task.slice.dataset].frequency
    lag = due.lag_days(source)
    newest = newest_period(session, task) if lag is not None else None
    if newest is None or due.late_since(frequency, newest, lag, session.today()) is None:
        return None
    return newest


def gone(session: Session, task: Task) -> SourceError | None:
    """The error of a slice about which the partner has nothing, though it had; None while that is
    no news."""
    source = session.sources[task.source]
    if _shares_figures(source, task.slice.dataset):
        return None
    newest = newest_if_late(session, task)
    if newest is None or not has_figures(session, task):
        return None
    frequency = source.datasets[task.slice.dataset].frequency
    lag = due.lag_days(source)
    assert lag is not None
    return SourceError(
        "gone",
        f"the partner has nothing for this slice, though it had figures until {newest}; the next "
        f"were due on {due.due_on(frequency, newest, lag)}",
        where=task.where,
        hint="the address or the key of the series may have changed: compare the request in the "
        "declaration with the partner's documentation. Figures already loaded stay",
    )


def _shares_figures(source: Source, dataset: str) -> bool:
    """True when another question of the source brings the same figures: while that is answered
    nothing is missing (Bank Indonesia's page beside its service)."""
    keys = {f.name for f in source.warehouse_table.key}
    own = source.datasets[dataset]
    constants = {n: v for n, v in own.constants.items() if n in keys}
    return any(
        name != dataset
        and other.frequency == own.frequency
        and {n: v for n, v in other.constants.items() if n in keys} == constants
        and {c.to for specs in other.columns.values() for c in specs}
        == {c.to for specs in own.columns.values() for c in specs}
        for name, other in source.datasets.items()
    )


def _dataset(session: Session, task: Task) -> str:
    """SQL condition of the figures of the slice's dataset that have a value."""
    source = session.sources[task.source]
    table, dataset = source.warehouse_table, source.datasets[task.slice.dataset]
    parts = ["value_status <> 'missing'"]
    parts += [
        f"{f.name} = {literal(dataset.constants[f.name])}"
        for f in table.key
        if f.name in dataset.constants
    ]
    if "frequency" in {f.name for f in table.body()}:
        parts.append(f"frequency = {literal(dataset.frequency)}")
    return " AND ".join(parts)


def _one(session: Session, task: Task, what: str, where: str) -> date | None:
    """One value over the versions of the source that are no withdrawals; None without any."""
    source = session.sources[task.source]
    with session.connection() as con:
        session.lake.view(con, source.warehouse_table, "held_versions", source=source.code)
        row = first_row(
            con.execute(f"SELECT {what} FROM held_versions WHERE NOT is_deleted AND {where}")
        )
    return row[0] if row else None
