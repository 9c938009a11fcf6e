"""What a declaration says of other things, checked when it is read from YAML.

Every check is a function of a source, and gives its mistakes. None of them runs when a stored
declaration is read back: what was accepted once says by what rules old figures were read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from config.checks import columns, patterns, publishing, requests
from config.checks.around import Around
from config.mistakes import Mistake
from config.source import Source

Check = Callable[[Source, Around], Iterator[Mistake]]

CHECKS: tuple[Check, ...] = (
    publishing.calendar,
    publishing.domain,
    publishing.stages,
    publishing.row_counts,
    publishing.cross_check,
    publishing.coverage,
    requests.hosts,
    requests.unasked,
    requests.variables,
    requests.placeholders,
    requests.found_lists,
    requests.schemes,
    requests.paged,
    publishing.datasets,
    patterns.readers,
    patterns.extracts,
    patterns.selections,
    patterns.lists,
    columns.constants,
    columns.chosen_values,
    columns.lookups,
    columns.periods,
    columns.wide_columns,
    columns.selected_columns,
    columns.date_formats,
)


def mistakes(source: Source, around: Around) -> list[Mistake]:
    """Everything that is wrong with a declaration whose structure is right."""
    return [m for check in CHECKS for m in check(source, around)]


__all__ = ["Around", "mistakes"]
