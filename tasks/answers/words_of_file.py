"""What a sender reads about a whole file: why it is not accepted, and what of it was not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from config.contract import Contract
from tasks.answers.words import FILES, KINDS, LEFT_OUT, phrase

MOST_RANGES = 12  # of rows in one line
MOST_NAMES = 8  # of headings or columns in one line


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
    for code, sheet, where, names in _by_cause(report["problems"], several=several):
        facts = _listed([headings.get(name, name) for name in names])
        chosen = code
        if report.get("is_mapped") and f"{code}_more" in FILES and not names:
            chosen = f"{code}_more"
        elif names and f"{code}_own" in FILES:
            chosen = f"{code}_own"
        found.append(phrase(FILES, chosen, language, sheet=str(sheet), where=where, facts=facts))
    return list(dict.fromkeys(found))


def _by_cause(problems: Iterable[Sequence[Any]], *, several: bool) -> Iterator[Sequence[Any]]:
    """Problems that are the same but for their place, as one."""
    places: dict[tuple[Any, ...], list[str]] = {}
    for code, sheet, where, names in problems:
        places.setdefault((code, sheet, *names), []).append(_where(sheet, where, several=several))
    for (code, sheet, *names), wheres in places.items():
        yield code, sheet, _listed(list(dict.fromkeys(wheres))), names


def _listed(texts: Sequence[str]) -> str:
    return ", ".join([*texts[:MOST_NAMES], *(["…"] if len(texts) > MOST_NAMES else [])])


def _where(sheet: object, column: str, *, several: bool) -> str:
    return f"{sheet}!{column}" if several and sheet and column else column


def left_out(report: Mapping[str, Any], language: str) -> tuple[str, ...]:
    """What of an accepted file was not read as data, a line for each kind."""
    several = report.get("sheets", 1) > 1
    found: list[str] = []
    for code in ("unread", "hidden"):
        if numbers := report.get(code):
            found.append(phrase(LEFT_OUT, f"{code}_sheets", language, facts=runs(numbers)))
    for number in dict.fromkeys(number for _, number in report.get("misfits", ())):
        codes = ", ".join(code for code, of in report["misfits"] if of == number)
        head = phrase(LEFT_OUT, "sheet", language, facts=str(number))
        found.append(f"{head} {phrase(LEFT_OUT, 'misfit', language, facts=codes)}")
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
