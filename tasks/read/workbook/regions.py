"""Provinces and regencies as files name them, to their BPS codes.

Names are compared without spaces and signs: `Kab. Labuhan Batu` is `Kabupaten Labuhanbatu`. A name
without its kind that a regency and a city share (Blitar) is asked back.
"""

from __future__ import annotations

import csv
import re
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from tasks.read.workbook.text import EMPTY_TEXT, Unclear, folded, without_marks

CODES = Path(__file__).parents[3] / "config" / "codes"
TOTAL = "TOTAL"
Level = Literal["province", "regency"]
Kind = Literal["province", "regency", "city"]

BEFORE = (
    (re.compile(r"(?:provinsi|propinsi|province of|prov\.?|prop\.?)[ .]+"), "province"),
    (re.compile(r"(?:kabupaten|kab\.?|kab adm\.?|regency of)[ .]+"), "regency"),
    (re.compile(r"(?:kotamadya|kodya|kota|city of)[ .]+"), "city"),
)
BEHIND = (
    (re.compile(r"[ ,(]+(?:province|provinsi|prov\.?)\)?"), "province"),
    (re.compile(r"[ ,(]+(?:regency|kabupaten|kab\.?)\)?"), "regency"),
    (re.compile(r"[ ,(]+(?:city|kota)\)?"), "city"),
)
NOISE = (
    (re.compile(r"\b(?:administrasi|administratif|adm\b\.?)"), " "),
    (re.compile(r"\bkep\b\.?"), "kepulauan"),
)
CODE = re.compile(r"(\d{2}|\d{4})(?:\.0)?|(\d{2}\.\d{2})")
LEAST_ALIKE = 0.7
MOST_NAMES = 3


class Region(NamedTuple):
    """A province, regency or city."""

    code: str
    name: str
    kind: Kind

    @property
    def shown(self) -> str:
        return f"{self.code} {self.name}"


class Regions(NamedTuple):
    """The list of regions, by the names and by the codes that files may hold."""

    by_name: dict[str, list[Region]]
    by_code: dict[str, str]


def region_code(cell: object, level: Level | None = None) -> str | None:
    """The BPS code of a name or a code (`3505`, `35.05`), `TOTAL`, or None for an empty cell.

    `level` is what the column is known to hold. A text that is not known stays as it is, and its
    row is refused by a rule. Raises Unclear: `ambiguous_region`, with what it can mean.
    """
    written = without_marks(str(int(cell)) if isinstance(cell, float) and cell % 1 == 0 else cell)
    text = folded(written)
    if text in EMPTY_TEXT:
        return None
    if text == TOTAL.casefold():
        return TOTAL
    if match := CODE.fullmatch(text):
        return _regions().by_code.get(match[1] or match[2], written)
    found = _named(text)
    if level is not None:
        found = [r for r in found if (r.kind == "province") == (level == "province")]
    if len(found) > 1:
        raise Unclear("ambiguous_region", tuple(region.shown for region in found))
    return found[0].code if found else written


def nearest(cell: object) -> tuple[str, ...]:
    """The regions, code and name, whose names are most like a text: three at most."""
    names = _regions().by_name
    kind, rest = _split(folded(without_marks(cell)))
    alike = get_close_matches(_letters(rest), list(names), n=2 * MOST_NAMES, cutoff=LEAST_ALIKE)
    found = [region for name in alike for region in names[name]]
    found.sort(key=lambda region: kind not in ("", region.kind))
    return tuple(dict.fromkeys(region.shown for region in found))[:MOST_NAMES]


def _named(text: str) -> list[Region]:
    """Regions that a folded text can mean, in the order of their codes."""
    names = _regions().by_name
    kind, rest = _split(text)
    if kind:
        found = [region for region in names.get(_letters(rest), ()) if region.kind == kind]
        if found:
            return found
    return names.get(_letters(text), [])  # `Kota Baru` is Kabupaten Kotabaru


def _split(text: str) -> tuple[str, str]:
    """The kind of region that a text names, and its name alone."""
    for pattern, by in NOISE:
        text = pattern.sub(by, text)
    for pattern, kind in BEFORE:
        if match := pattern.match(text):
            return kind, text[match.end() :]
    for pattern, kind in BEHIND:
        if (match := pattern.search(text)) and match.end() == len(text) and match.start():
            return kind, text[: match.start()]
    return "", text


def _letters(text: str) -> str:
    for pattern, by in NOISE:
        text = pattern.sub(by, text)
    return "".join(c for c in text if c.isalnum())


@lru_cache(maxsize=1)
def region_words() -> frozenset[str]:
    """The words of which names of regions are made, in small letters."""
    names = (row[name] for row in _rows("region.csv") for name in ("name_id", "name_en"))
    return frozenset(word for name in names for word in re.findall(r"[^\W\d_]+", name.lower()))


@lru_cache(maxsize=1)
def _regions() -> Regions:
    by_name: dict[str, list[Region]] = {}
    by_code: dict[str, str] = {}
    of_code: dict[str, Region] = {}
    for row in _rows("region.csv"):
        kind, name = _split(folded(row["name_id"]))
        region = Region(row["region_code"], row["name_id"], _kind(row, kind))
        of_code[region.code] = region
        by_code |= {region.code: region.code}
        if "." in row["kemendagri_code"]:
            by_code[row["kemendagri_code"]] = region.code
        for written in (name, folded(row["name_id"]), _split(folded(row["name_en"]))[1]):
            _add(by_name, written, region)
    for row in _rows("region_alias.csv"):
        _add(by_name, folded(row["name"]), of_code[row["region_code"]])
    return Regions(by_name, by_code)


def _kind(row: dict[str, str], kind: str) -> Kind:
    if not row["parent_code"]:
        return "province"
    return "city" if kind == "city" else "regency"


def _add(by_name: dict[str, list[Region]], name: str, region: Region) -> None:
    same = by_name.setdefault(_letters(name), [])
    if region not in same:
        same.append(region)


def _rows(name: str) -> list[dict[str, str]]:
    with (CODES / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
