"""Artifacts of a run for operators: summary, refused rows, freshness, progress of many slices."""

from __future__ import annotations

import html
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from threading import Lock
from typing import Any
from uuid import UUID

from httpx import HTTPError
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.exceptions import PrefectException

from flows.orchestration.states import status_word
from flows.status import last_failures
from reports.freshness import TROUBLES, fresh_rows, in_words, late_since, standing
from reports.words import NOTHING, day, word
from schemas.errors import PenataranError
from schemas.marks import SIMULATED
from tasks.outcome import Outcome, Report
from tasks.session import Session

MANY_SLICES = 20  # from which a run shows how far it is
PAUSE_SECONDS = 2.0


class RunProgress:
    """How far a run is: each outcome is passed on, and counted in an artifact."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = Lock()
        self._artifact: UUID | None = None
        self._all = self._done = 0
        self._shown = 0.0

    def begin(self, slices: int) -> None:
        """So many more slices follow."""
        self._session.progress.begin(slices)
        self._all += slices
        if slices > MANY_SLICES and self._artifact is None and not self._session.alone:
            with suppress(HTTPError, PrefectException):  # a run needs no artifact
                found = create_progress_artifact(
                    progress=0.0, key="progress", description=f"Run {self._session.run_id}"
                )
                self._artifact = found if isinstance(found, UUID) else None

    def one(self, outcome: Outcome) -> None:
        self._session.progress.one(outcome)
        with self._lock:
            self._done += 1
            now = time.monotonic()
            is_due = self._done == self._all or now - self._shown > PAUSE_SECONDS
            if self._artifact is None or self._session.alone or not is_due:
                return
            self._shown = now
        with suppress(HTTPError, PrefectException):
            update_progress_artifact(self._artifact, progress=100 * self._done / self._all)


def _cell(value: object) -> str:
    """A text for a table or Markdown: escaped, one line (X08)."""
    text = html.escape(str(value if value is not None else ""), quote=True)
    return text.replace("|", "&#124;").replace("\n", " ").replace("`", "&#96;")


def write(session: Session, report: Report) -> None:
    """Run summary, rejects and freshness, for operators in the UI."""
    mark = f" ({SIMULATED})" if report.profile == "sandbox" else ""
    summary = [
        {k: _cell(v) for k, v in o.as_dict().items() if k not in ("raw_sha256", "error")}
        | {"error": _cell(o.error_code)}
        for o in report.sources
    ]
    create_table_artifact(
        key="run-summary", table=summary, description=f"Run {report.run_id}{mark}"
    )
    rejects = [
        {"source": o.source, "period": o.period, "rows held back": str(o.counts.quarantined)}
        for o in report.sources
        if o.counts.quarantined
    ]
    create_table_artifact(
        key="rejects",
        table=rejects,
        description=f"Refused rows; reasons: penataran quarantine list{mark}",
    )
    create_markdown_artifact(
        key="freshness", markdown=_freshness(session, report), description=f"Freshness{mark}"
    )


def _freshness(session: Session, report: Report) -> str:
    """Every source whose figures are not what its calendar promises, with why and since when; then
    the slices of the run."""
    today, language = session.today(), session.settings.language
    troubled = {c: r for c, r in _fresh_rows(session).items() if standing(r, today) in TROUBLES}
    why = last_failures(session.warehouse) if troubled else {}
    rows = [
        (
            code,
            in_words(standing(row, today), late_since(row, today), language),
            _day(row["newest_period_start"], language),
            _day(row["next_due_on"], language),
            _day(row["last_success_at"], language),
            why.get(code, NOTHING),
        )
        for code, row in troubled.items()
    ]
    names = ("source", "state", "newest", "due", "last_good", "reason")
    lines = _table(names, rows, language) if rows else [word("all_current", language)]
    slices = [
        (o.source, o.period, status_word(o.status, language), o.checked_at[:16].replace("T", " "))
        for o in report.sources
    ]
    return "\n".join(
        [*lines, "", *_table(("source", "period", "state", "checked"), slices, language)]
    )


def _table(names: Sequence[str], rows: Sequence[Sequence[object]], language: str) -> list[str]:
    """Lines of a table in Markdown."""
    head = [word(name, language) for name in names]
    cells = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return [f"| {' | '.join(row)} |" for row in cells]


def _day(value: date | None, language: str) -> str:
    return day(value, language) if value else NOTHING


def late_sources(session: Session, report: Report) -> dict[str, date | None]:
    """The sources of the run that are late by their own calendar, and since when."""
    today, asked = session.today(), {o.source for o in report.sources}
    return {
        code: since
        for code, row in _fresh_rows(session).items()
        if code in asked and (since := late_since(row, today)) is not None
    }


def _fresh_rows(session: Session) -> dict[str, dict[str, Any]]:
    """Rows of the mart of freshness; none where nothing can be read: the run has ended well or
    badly before this."""
    try:
        return fresh_rows(session.warehouse)
    except PenataranError:
        return {}
