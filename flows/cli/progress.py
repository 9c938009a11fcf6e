"""How far a run is, on stderr: a line for each slice, and on a terminal a bar below the lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flows.cli import words
from flows.cli.messages import printable, problem, say

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from config.settings import Settings
    from tasks.outcome import Outcome, Progress


class _Lines:
    """A line for each slice, numbered; what the signs mean comes first, once."""

    def __init__(self, write: Callable[[str], None] = say) -> None:
        self._write = write
        self._all = self._done = 0

    def begin(self, slices: int) -> None:
        if not self._all and slices:
            self._write(words.text(words.LEGEND))
        self._all += slices

    def one(self, outcome: Outcome) -> None:
        self._done += 1
        counts = outcome.counts
        line = (
            f"[{self._done}/{max(self._all, self._done)}] "
            f"{outcome.source:<22} {outcome.slice or outcome.period:<16} "
            f"{words.text(words.STATUSES[outcome.status]):<14} "
            f"+{counts.new} ~{counts.revised} ={counts.unchanged} -{counts.deleted} "
            f"!{counts.quarantined}  {outcome.seconds:.1f} s"
        )
        if outcome.error and outcome.status in ("failed", "deferred", "skipped"):
            line += f"\n    {problem(outcome.error)}"
        self._write(line)


class _JsonLines:
    """A JSON object for each slice, for a collector of logs."""

    def begin(self, slices: int) -> None:
        self._write("begin", slices=slices)

    def one(self, outcome: Outcome) -> None:
        self._write("slice", **outcome.as_dict(), slice=outcome.slice)

    def _write(self, event: str, **values: object) -> None:
        line = {"time": datetime.now(UTC).isoformat(), "event": event, **values}
        say(json.dumps(line, ensure_ascii=False))


class _LinesAndBar(_Lines):
    """The same lines above a bar that stays in place."""

    def __init__(self, bar: Bar) -> None:
        super().__init__(self._above)
        self._bar = bar
        self._task = bar.add_task(words.text(words.RUN), total=None)

    def begin(self, slices: int) -> None:
        super().begin(slices)
        self._bar.update(self._task, total=self._all)

    def one(self, outcome: Outcome) -> None:
        super().one(outcome)
        self._bar.update(self._task, completed=self._done)

    def _above(self, text: str) -> None:
        # A partner's text is no markup of ours, and no width cuts it.
        self._bar.console.print(printable(text), markup=False, highlight=False, soft_wrap=True)


@contextmanager
def following(settings: Settings) -> Iterator[Progress]:
    """Who shows a run to the person, or the collector of logs, that started it."""
    if settings.logs_json:
        yield _JsonLines()
        return
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    console = Console(stderr=True)
    if console.is_dumb_terminal:
        yield _Lines()
        return
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield _LinesAndBar(bar)
