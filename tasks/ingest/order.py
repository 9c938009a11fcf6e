"""In which order the slices of a run are asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby

from tasks.outcome import Task


def in_turn(tasks: Sequence[Task], loaded_of: Callable[[str], Collection[str]]) -> Iterator[Task]:
    """Of each dataset the newest slice first: what a quota or a deadline leaves over is the oldest.

    Slices that were never loaded come after those that were, oldest first: a figure is compared
    with the past of its series. `loaded_of` returns the names of a source's loaded slices.
    """
    for (source, _), found in groupby(tasks, key=lambda t: (t.source, t.slice.dataset)):
        some = list(found)
        if len(some) == 1:
            yield from some
            continue
        loaded = loaded_of(source)
        new = [task for task in some if task.slice.name not in loaded]
        if len(new) < 2:  # the one that is new has all of its past
            yield from reversed(some)
        else:
            yield from (task for task in reversed(some) if task.slice.name in loaded)
            yield from new
