"""The workbook that a partner fills in: typed columns, drop-downs, guide, example row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from config.contract import Contract, kind_of
from schemas.model import InList, OneOf
from tasks.answers.expect import expected
from tasks.answers.words import LABELS, phrase
from tasks.read.workbook.grid import column_letter

ROWS = 2000
MARK = "#"


def write_template(
    path: Path, contract: Contract, language: str, known: Mapping[str, Sequence[str]]
) -> None:
    """Write a template. `known` has the values of code lists by name, for the drop-downs.

    The first column marks the example row, which the intake does not read.
    """
    import xlsxwriter

    label = {name: phrase(LABELS, name, language) for name in LABELS}
    fields = contract.fields()
    required = set(contract.required())
    lists = {f.name: codes for f in fields if (codes := _codes(contract, f.name))}
    for field in fields:
        listed = known.get(_list_of(contract, field.name))
        if listed:
            lists[field.name] = tuple(listed)
    partial = path.with_suffix(".tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(partial), {"in_memory": True}) as book:
        bold = book.add_format(
            {"bold": True, "text_wrap": True, "bg_color": "#E7EEF4", "border": 1}
        )
        grey = book.add_format({"italic": True, "font_color": "#6B6B6B"})
        formats = {
            "number": book.add_format({"num_format": "0.####"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "text": book.add_format({"num_format": "@"}),
        }
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        data = book.add_worksheet(label["data"])
        guide = book.add_worksheet(label["guide"])
        codes = book.add_worksheet(label["codes"])
        data.freeze_panes(1, 1)
        data.write_string(0, 0, MARK, bold)
        data.write_string(1, 0, label["example"], grey)
        ranges = write_lists(codes, label["codes"], lists)
        for column, field in enumerate(fields, start=1):
            kind = kind_of(field)
            data.write_string(0, column, contract.heading(field, language), bold)
            data.write_string(1, column, contract.example.get(field.name, ""), grey)
            shown = formats.get(kind, formats["text"])
            data.set_column(column, column, 18, shown)
            source = ranges.get(field.name)
            if source:
                choice = {"validate": "list", "source": source, "error_type": "warning"}
                data.data_validation(2, column, ROWS, column, choice)
        guide.set_column(0, 0, 32)
        guide.set_column(1, 1, 60)
        guide.set_column(2, 2, 14)
        heads = (label["column"], label["kind"], label["required"])
        for column, text in enumerate(heads):
            guide.write_string(0, column, text, bold)
        for row, field in enumerate(fields, start=1):
            content = expected(contract, field, language)
            must = label["required"] if field.name in required else label["optional"]
            for column, text in enumerate((contract.heading(field, language), content, must)):
                guide.write_string(row, column, text, wrap)
    partial.replace(path)


def _codes(contract: Contract, name: str) -> tuple[str, ...]:
    field = contract.warehouse_table.field(name)
    return next((c.values for c in field.checks if isinstance(c, OneOf)), ())


def _list_of(contract: Contract, name: str) -> str:
    field = contract.warehouse_table.field(name)
    return next((c.list_name for c in field.checks if isinstance(c, InList)), "")


def write_lists(sheet: Any, name: str, lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Write each list as one column; returns the range of each for a drop-down."""
    ranges = {}
    for column, (title, values) in enumerate(lists.items()):
        sheet.write_string(0, column, title)
        for row, value in enumerate(values, start=1):
            sheet.write_string(row, column, value)
        letter = column_letter(column)
        ranges[title] = f"='{name}'!${letter}$2:${letter}${len(values) + 1}"
    return ranges
