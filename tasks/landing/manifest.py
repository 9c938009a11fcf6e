"""What a load was made of: the questions, the answers, and the rules by which they were read.

A load's manifest is in its `ops_load` row. Landing has a copy of it beside the bytes (`mirror`),
and every declaration by its hash, so that the lake can be made again from landing.
"""

from __future__ import annotations

import hashlib
import json
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
from warehouse.files import write_whole
from warehouse.lake import Lake

if TYPE_CHECKING:
    import duckdb


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


def mirror(con: duckdb.DuckDBPyConnection, lake: Lake, landing: Path) -> int:
    """Copy to landing what it lacks of finished loads: manifests, checks, receipts, run rows.

    Called when loads are applied. A load that has no copy after a crash gets it then. Returns the
    number of copies.
    """
    folder = landing / "loads"
    folder.mkdir(parents=True, exist_ok=True)
    have = {int(p.stem) for p in folder.glob("*.json")}
    if not lake.view(con, TABLES["ops_load"], "loads_to_mirror"):
        return 0
    numbers = [
        int(n)
        for (n,) in con.execute("SELECT load_seq FROM loads_to_mirror ORDER BY 1").fetchall()
        if int(n) not in have
    ]
    if not numbers:
        return 0
    copies: dict[int, dict[str, list[Any]]] = {n: {} for n in numbers}
    for name in ("ops_load", "ops_check", "ops_raw", "ops_run", "ops_attempt", "ops_erasure"):
        lake.view(con, TABLES[name], "rows_to_mirror", loads=numbers)
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
