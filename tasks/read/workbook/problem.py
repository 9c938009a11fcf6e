"""Why a file or a sheet cannot be accepted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """`where` is a cell or a column letter, never a value; `facts` are headings or limits for the
    text."""

    code: str
    where: str = ""
    facts: tuple[str, ...] = ()
