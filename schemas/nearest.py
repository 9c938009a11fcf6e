"""The known name that a wrong one is nearest to."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

FEW = 12  # names that are listed where none is near


def near(name: str, known: Iterable[str]) -> str:
    """` (did you mean x?)`, or what there is where nothing is near and that is short."""
    names = sorted(set(known))
    by_fold = {n.casefold(): n for n in reversed(names)}
    folded = name.casefold()
    turned = [n for n in by_fold if sorted(n) == sorted(folded)]  # two letters changed places
    found = turned or difflib.get_close_matches(folded, list(by_fold), n=5, cutoff=0.6)
    if found:  # of equally near ones the one that begins alike
        best = max(found, key=lambda n: (_likeness(folded, n), n[:1] == folded[:1]))
        return f" (did you mean {by_fold[best]}?)"
    return f" (expected one of {', '.join(names)})" if 0 < len(names) <= FEW else ""


def _likeness(left: str, right: str) -> float:
    return difflib.SequenceMatcher(None, right, left).ratio()
