"""What a load was made of: the questions, the answers, and the rules by which they were read.

A load's manifest is in its `ops_load` row. Landing has a copy of it beside the bytes (`mirror`),
and every declaration by its hash, so that the lake can be made again from landing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.source import Source
from schemas.catalogue import TABLES
from schemas.errors import StorageError
from schemas.sql import literal
from tasks.landing.land import Receipt
from tasks.slices import Slice
from warehouse.contents import tables_written
from warehouse.files import damaged, read_json, write_whole
from warehouse.lake import Lake

if TYPE_CHECKING:
    import duckdb

Copy = Mapping[str, list[dict[str, Any]]]
"""Landing's copy of one load: rows by table."""
COPIED = ("ops_check", "ops_raw", "ops_run", "ops_attempt", "ops_erasure")
COPY = re.compile(r"[0-9]{10}\.json")


@dataclass(frozen=True)
class Generation:
    """The answers to one question about a slice.

    If `complete`, a key that is missing in the answers was withdrawn, within the slice and `asked`
    (field → codes that were asked for). Later generations of a slice replace rows of earlier ones.
    """

    slice: Slice
    receipts: tuple[Receipt, ...]
    complete: bool
    asked: Mapping[str, Sequence[str]]

    def as_dict(self) -> dict[str, Any]:
        return {
            "slice": slice_as_dict(self.slice),
            "receipts": [r.as_dict() for r in self.receipts],
            "complete": self.complete,
            "asked": {k: list(v) for k, v in self.asked.items()},
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Generation:
        return cls(
            slice_from(raw.get("slice") or raw["piece"]),  # loads before 2026-12 call it piece
            tuple(Receipt(**r) for r in raw["receipts"]),
            raw["complete"],
            raw["asked"],
        )


def slice_as_dict(slice_: Slice) -> dict[str, Any]:
    return {**asdict(slice_), "start": str(slice_.start), "end": str(slice_.end)}


def slice_from(raw: Mapping[str, Any]) -> Slice:
    return Slice(
        **{
            **raw,
            "start": date.fromisoformat(raw["start"]),
            "end": date.fromisoformat(raw["end"]),
            "periods": tuple(raw["periods"]),
        }
    )


def manifest_text(generations: Sequence[Generation], *, reread: bool) -> str:
    """The manifest of one load, for its `ops_load` row."""
    return json.dumps(
        {"reread": reread, "generations": [g.as_dict() for g in generations]},
        ensure_ascii=False,
        sort_keys=True,
    )


def generations_in(text: str) -> list[Generation]:
    return [Generation.from_dict(g) for g in json.loads(text)["generations"]]


def known_generations(
    con: duckdb.DuckDBPyConnection, lake: Lake, source: Source, slice_: Slice
) -> list[Generation]:
    """Everything that made the slice's figures: the last complete answer and all later ones.

    Read from the manifests in the lake. Loads that were refused and loads that read old bytes
    again add nothing.
    """
    lake.view(con, TABLES["ops_load"], "loads_of_slice")
    rows = con.execute(
        "SELECT manifest FROM loads_of_slice WHERE status = 'loaded' AND manifest IS NOT NULL "
        f"AND source = {literal(source.code)} ORDER BY load_seq"
    ).fetchall()
    found: list[Generation] = []
    for (text,) in rows:
        manifest = json.loads(text)
        if manifest["reread"]:
            continue
        for raw in manifest["generations"]:
            generation = Generation.from_dict(raw)
            if generation.slice.scope != slice_.scope:
                continue
            if generation.complete and not generation.slice.ranged:
                found = []
            found.append(generation)
    return found


# --- landing's own copy -------------------------------------------------------------------


def keep_declaration(landing: Path, source: Source) -> None:
    """Store the declaration by its hash, once."""
    path = landing / "declarations" / f"{source.sha256}.json"
    text = source.canonical()
    if not path.exists() or path.read_bytes() != text.encode():  # one that is damaged is mended
        write_whole(path, text)


def declaration(landing: Path, sha256: str) -> Source | None:
    """A declaration as it was, or None if this home never loaded by it."""
    path = landing / "declarations" / f"{sha256}.json"
    if not path.exists():
        return None
    try:
        text = path.read_text(encoding="utf-8")
        if hashlib.sha256(text.encode()).hexdigest() == sha256:
            return Source.from_canonical(text)
    except (OSError, ValueError):
        pass
    raise StorageError(
        "damaged_file",
        "a declaration has other bytes than its name promises",
        where=str(path),
        hint="restore it from a backup; nothing was changed",
    )


def copies_in(landing: Path) -> dict[int, Path]:
    """Landing's copies of loads, by number."""
    named = (landing / "loads").glob("*.json")
    return {int(p.stem): p for p in sorted(named) if COPY.fullmatch(p.name)}


def read_copy(path: Path) -> Copy:
    """Landing's copy of a load: rows by table. Raises StorageError for one that is damaged, or of
    another load than its name says."""
    copy, number = read_json(path), int(path.stem)
    needed = {f.name for f in TABLES["ops_load"].lake_fields() if not f.nullable}
    try:
        (load,) = copy["ops_load"]
        is_whole = needed <= load.keys() and all(
            row["load_seq"] == number for rows in copy.values() for row in rows
        )
        if load["manifest"]:
            generations_in(load["manifest"])
    except (KeyError, TypeError, ValueError, AttributeError):
        is_whole = False
    if not is_whole:
        raise damaged(path, "it is not the copy of the load in its name")
    return copy


def mirror(con: duckdb.DuckDBPyConnection, lake: Lake, landing: Path) -> int:
    """Copy to landing what it lacks of finished loads: manifests, checks, receipts, run rows.

    Called when loads are applied. A load that has no copy after a crash gets it then. Returns the
    number of copies.
    """
    folder = landing / "loads"
    folder.mkdir(parents=True, exist_ok=True)
    have = copies_in(landing)
    finished = lake.finished_loads(con)
    wrote = {
        int(number): contents
        for number, contents in con.execute(f"SELECT load_seq, contents FROM {finished}").fetchall()
        if int(number) not in have
    }
    if not wrote:
        return 0
    numbers = sorted(wrote)
    copies: dict[int, dict[str, list[Any]]] = {n: {} for n in numbers}
    for name in ("ops_load", *tables_written(wrote.values(), COPIED)):
        lake.view(con, TABLES[name], "rows_to_mirror", loads=numbers, finished=finished)
        found = con.execute(
            "SELECT load_seq, CAST(to_json(r) AS VARCHAR) FROM rows_to_mirror AS r"
        ).fetchall()
        for number, text in found:
            copies[int(number)].setdefault(name, []).append(json.loads(text))
    for number, copy in copies.items():
        write_whole(
            folder / f"{number:010d}.json", json.dumps(copy, ensure_ascii=False, sort_keys=True)
        )
    return len(numbers)
