"""What a sender reads about a whole file: why it is not accepted, and what of it was not read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from config.contract import Contract
from tasks.answers.words import FILES, KINDS, LEFT_OUT, phrase

MOST_RANGES = 12  # of rows in one line


def why_not(report: Mapping[str, Any], contract: Contract, language: str) -> list[str]:
    """Why a file is not taken in at all; empty for one that is."""
    several = report.get("sheets", 1) > 1
    found = [
        phrase(
            FILES,
            "personal_data",
            language,
            where=_where(sheet, column, several=several),
            facts=phrase(KINDS, kind, language),
        )
        for kind, sheet, column in report.get("kinds", ())
    ]
    headings = {f.name: contract.heading(f, language) for f in contract.fields()}
    for code, sheet, where, names in report["problems"]:
        facts = ", ".join(headings.get(name, name) for name in names)
        shown = _where(sheet, where, several=several)
        found.append(phrase(FILES, code, language, sheet=str(sheet), where=shown, facts=facts))
    return list(dict.fromkeys(found))


def _where(sheet: object, column: str, *, several: bool) -> str:
    return f"{sheet}!{column}" if several and sheet and column else column


def left_out(report: Mapping[str, Any], language: str) -> tuple[str, ...]:
    """What of an accepted file was not read as data, a line for each kind."""
    several = report.get("sheets", 1) > 1
    found: list[str] = []
    for code in ("unread", "hidden"):
        if numbers := report.get(code):
            found.append(phrase(LEFT_OUT, f"{code}_sheets", language, facts=runs(numbers)))
    for sheet in sheets_of(report):
        lines = [
            phrase(LEFT_OUT, kind, language, facts=runs(row + 1 for row in rows))
            for kind, rows in sheet["left_out"].items()
            if kind in LEFT_OUT
        ]
        if rows := sheet["hidden_rows"]:
            facts = runs(row + 1 for row in rows)
            lines.append(phrase(LEFT_OUT, "hidden_rows", language, facts=facts))
        if count := sheet["columns_left_out"]:
            lines.append(phrase(LEFT_OUT, "columns", language, facts=str(count)))
        head = phrase(LEFT_OUT, "sheet", language, facts=str(sheet["sheet"])) if several else ""
        found += [f"{head} {line}".strip() for line in lines]
    return tuple(dict.fromkeys(found))


def sheets_of(report: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The sheets of all readings of a file."""
    return [sheet for reading in report.get("readings", ()) for sheet in reading["sheets"]]


def runs(numbers: Iterable[int]) -> str:
    """Numbers in short: 3, 5–9, 12."""
    ordered = sorted(set(numbers))
    found: list[list[int]] = []
    for number in ordered:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    shown = [str(a) if a == b else f"{a}–{b}" for a, b in found[:MOST_RANGES]]
    return ", ".join([*shown, *(["…"] if len(found) > MOST_RANGES else [])])
