"""The tables of a web page, as cells that say what they span."""

from __future__ import annotations

from html.parser import HTMLParser

from tasks.read.workbook.text import raised

MAX_SPAN = 1000


class Tables(HTMLParser):
    """All tables of a page as rows of cells: text, columns and rows that it spans."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[tuple[str, int, int]]]] = []
        self.open: list[list[list[tuple[str, int, int]]]] = []
        self.cell: list[str] | None = None
        self.span = (1, 1)
        self.silent = 0
        self.raised = 0
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.silent += 1
        elif tag == "table":
            self._close_cell()
            self.open.append([])
            self.tables.append(self.open[-1])
        elif tag == "tr" and self.open:
            self._close_cell()
            self.open[-1].append([])
        elif tag in ("td", "th") and self.open:
            self._close_cell()
            self.cell = []
            given = dict(attrs)
            self.span = (_span(given.get("colspan")), _span(given.get("rowspan")))
        elif tag == "sup":
            self.raised += 1
        elif tag == "br" and self.cell is not None:
            self.cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.silent = max(0, self.silent - 1)
        elif tag == "sup":
            self.raised = max(0, self.raised - 1)
        elif tag in ("td", "th", "tr"):
            self._close_cell()
        elif tag == "table" and self.open:
            self._close_cell()
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        self.text.append(data)
        if self.cell is not None:  # a raised digit is a footnote, not a part of the number
            self.cell.append(raised(data) if self.raised else data)

    def _close_cell(self) -> None:
        if self.cell is None or not self.open:
            return
        if not self.open[-1]:
            self.open[-1].append([])
        self.open[-1][-1].append((" ".join("".join(self.cell).split()), *self.span))
        self.cell = None


def _span(text: str | None) -> int:
    return min(int(text), MAX_SPAN) if text and text.isdigit() and int(text) else 1
