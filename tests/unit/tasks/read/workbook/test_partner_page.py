"""The mappings of docs/partner-files.md read the sheets that stand beside them."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import partner as partners
from config import region
from config.contract import Mapping
from tasks.read.workbook import convert
from tests.conftest import ROOT
from tests.workbooks import reading_of, workbook

pytestmark = pytest.mark.fast
PAGE = (ROOT / "docs" / "partner-files.md").read_text(encoding="utf-8")
START = PAGE.index("## Mappings for the layouts that people use")
LAYOUTS = PAGE[START : PAGE.index("\n## ", START + 1)]
PAIRS = re.findall(
    r"\*\*(.*?)\*\*.*?```(text|csv)\n(.*?)```\s+```yaml\n(.*?)```", LAYOUTS, re.DOTALL
)
NAME = {"id": "Mitra", "en": "Partner", "ja": "提携先"}


def cell(text: str) -> Any:
    return float(text) if re.fullmatch(r"\d+(\.\d)?", text) else text


def sheets(picture: str) -> dict[str, list[list[Any]]]:
    found: dict[str, list[list[Any]]] = {}
    for line in picture.splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = []
        else:
            lines = found.setdefault("S1", []) if not found else next(reversed(found.values()))
            lines.append([cell(c.strip()) for c in line.split("|")])
    return found


def mappings(folder: Path, block: str) -> dict[str, Any]:
    files = yaml.safe_load(block)
    text = yaml.safe_dump({"name": NAME, "files": files if isinstance(files, list) else [files]})
    (folder / "mitra.yml").write_text(text, encoding="utf-8")
    sender = partners.read(folder / "mitra.yml")
    found = partners.sources({sender.code: sender}, region.load("3505"))
    return {code: reading_of(source) for code, source in found.items()}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
def test_a_mapping_reads_the_sheet_beside_it(pair: tuple[str, ...], tmp_path: Path) -> None:
    _, kind, shown, block = pair
    picture, *_ = shown.partition("→")
    expected = [[c.strip() for c in line[1:].split("|")]
                for line in shown.splitlines() if line.startswith("→")]  # fmt: skip
    path = tmp_path / "a.csv"
    path.write_text(picture, encoding="utf-8")
    if kind == "text":
        found = sheets(picture)
        path = workbook(tmp_path / "a.xlsx", *found.values(), names=list(found))
    report = convert.convert_file(path, tmp_path, mappings(tmp_path, block))
    assert (report["problems"], report["kinds"]) == ([], [])
    rows: list[dict[str, str]] = []
    for reading in report["readings"]:
        with (tmp_path / reading["contract"] / "rows.csv").open(encoding="utf-8") as file:
            rows += csv.DictReader(file)
    assert [row["_problems"] for row in rows if row["_problems"]] == []
    assert len(rows) == len(expected)
    for texts in expected:
        assert any(set(texts) <= set(row.values()) for row in rows), (texts, rows)


def test_every_layout_has_a_sheet_and_a_mapping() -> None:
    assert len(PAIRS) == LAYOUTS.count("```yaml") == LAYOUTS.count("\n**") == 11


def test_every_key_of_a_mapping_is_on_the_page() -> None:
    documented = set(re.findall(r"`(\w+)`", PAGE[PAGE.index("| key | for |") : START]))
    own = {"contract", "partner", "sender", "release_stage", "stages", "licence"}
    assert set(Mapping.model_fields) - own - documented == set()


def test_the_example_of_a_sender_is_valid(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(name:.*?)```", PAGE, re.DOTALL)
    (tmp_path / "mitra.yml").write_text(block, encoding="utf-8")
    assert len(partners.read(tmp_path / "mitra.yml").files) == 2
