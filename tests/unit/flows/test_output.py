"""Exports that a spreadsheet opens: no cell of a stranger is run."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from flows.cli.output import write
from warehouse.base import Result

pytestmark = pytest.mark.fast
HOSTILE = [
    "=1",
    "\n=1",
    "\r=1",
    "x\r=1",
    "x\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "\u200b=1",
    " =1",
    '"=1',
]
PLAIN = ["ekspor", "a=b", "", "2026-01-05"]


def test_a_csv_export_has_no_cell_that_could_be_run(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    texts = [*HOSTILE, *PLAIN]
    write(
        Result(["=cmd|x", "n"], iter([[(t, -5) for t in texts]])), "csv", str(out), simulated=False
    )
    raw = out.read_bytes().decode()
    read = list(csv.reader(raw.splitlines(keepends=True)))
    assert [len(row) for row in read] == [2] * (len(texts) + 1)
    cells = [row[0] for row in read]
    assert cells[0] == "'=cmd|x"
    guarded = {t: c for t, c in zip(texts, cells[1:], strict=True) if c != t}
    assert set(guarded) == set(HOSTILE) - {"x\r=1", "x\n=1", '"=1'}
    assert all(cell == f"'{text}" for text, cell in guarded.items())
    assert {row[1] for row in read[1:]} == {"-5"}
    assert raw.endswith("\n")
    assert "\r\n" not in raw
