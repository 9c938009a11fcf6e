"""Rows of the HTML table that has a given heading; cells that span are repeated.

Scripts, styles and attributes are never read. A page may have several tables (a legend, a form), so
the table is found by one of its headings, not by its place. A fact of all rows that is outside the
table, such as their day, is found in the page's text (`page`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from config.reading import HtmlReader
from schemas.errors import DataError
from tasks.read.formats.common import CHUNK, MAX_COLUMNS, Columns, TextTable
from tasks.read.workbook.html_tables import Tables


def _of_page(page: Tables, patterns: Mapping[str, str], where: str) -> dict[str, str]:
    """Facts of the page outside its rows, such as their day. Raises DataError if one is
    missing."""
    text = " ".join(" ".join(page.text).split())
    matches = {name: re.search(pattern, text) for name, pattern in patterns.items()}
    missing = [name for name, match in matches.items() if match is None]
    if missing:
        raise DataError(
            "column_missing",
            f"not found in the page: {', '.join(missing)}",
            where=where,
            hint="the partner may have changed its page; nothing was stored as data",
        )
    return {name: match.group(1) for name, match in matches.items() if match}


def _grid(table: list[list[tuple[str, int, int]]]) -> list[list[str]]:
    """Rows with one cell per column: a cell that spans is repeated in every place it covers."""
    grid: list[list[str]] = []
    hanging: dict[int, tuple[str, int]] = {}
    for row in table:
        line: list[str] = []
        cells = list(row)
        while cells or len(line) in hanging:
            if len(line) in hanging:
                text, left = hanging.pop(len(line))
                if left > 1:
                    hanging[len(line)] = (text, left - 1)
                line.append(text)
            else:
                text, across, down = cells.pop(0)
                for _ in range(across):
                    if down > 1:
                        hanging[len(line)] = (text, down - 1)
                    line.append(text)
            if len(line) > MAX_COLUMNS:
                return grid
        grid.append(line)
    return grid


def convert(path: Path, out: Path, reader: HtmlReader, where: str) -> Columns:
    """Rows below the headings as text. Raises DataError if no table has the heading."""
    found = Tables()
    with path.open(encoding=reader.encoding, errors="strict") as handle:
        try:
            while chunk := handle.read(CHUNK):
                found.feed(chunk)
        except UnicodeDecodeError as error:
            raise DataError("undecodable", f"not {reader.encoding}: {error}", where=where) from None
    found.close()
    for table in reversed(found.tables):  # an inner table comes after the one around it
        grid = _grid(table)
        head = next((i for i, row in enumerate(grid) if reader.records in row), None)
        if head is None:
            continue
        if any(table is unfinished for unfinished in found.open):
            raise DataError(
                "html_cut",
                f"the table with {reader.records!r} has no end",
                where=where,
                hint="the transfer was cut; nothing was stored as data",
            )
        names = grid[head]
        rows = TextTable(out, where)
        rows.names.update({n: None for n in (*names, *reader.page) if n})
        facts = _of_page(found, reader.page, where)
        for row in grid[head + 1 :]:
            if any(row) and row != names:
                cells = {n: v for n, v in zip(names, row, strict=False) if n}
                rows.add({**cells, **facts})
        return rows.close()
    raise DataError(
        "records_missing",
        f"no table has the heading {reader.records!r}",
        where=where,
        hint="the partner may be blocking, or has changed its page; nothing was stored as data",
    )
