"""The open data release: `exports/open-data` of a home, whole and of one version.

Every file is written beside it, in a folder of its own name, and one rename of a link shows them
all. Who reads sees the version before or the new one. The version is the day with a hash of the
content; where that is the one that is there, nothing is written.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from config import region as regions
from config.settings import Settings
from reports import catalogues, release_texts
from reports.catalogues import Edition, Entry, OpenFile
from reports.drawn import Studio
from reports.freshness import today_of
from reports.licence_gate import LicenceGate
from reports.open_files import csv_bytes, parquet_bytes, text_of
from reports.public_tables import PublicTable, public_tables
from reports.release_changes import Change, by_version, changes_between, table_of_changes
from reports.rows import rows_of
from reports.sdmx_files import SERIES, sdmx_csv, structures
from schemas.errors import StorageError
from schemas.marks import SIMULATED
from tasks.failpoints import failpoint
from warehouse.base import Warehouse
from warehouse.files import not_written, read_json, sync
from warehouse.modes import file_mode, folder_mode

NAME = "open-data"
NOTE = "release.json"
CHECKSUMS = "SHA256SUMS"
DIGITS = 12  # of the hash in the name of a version
SIMULATED_FOLDER = "data-simulasi"


def release(warehouse: Warehouse, settings: Settings) -> dict[str, Any]:
    """Write a new version unless its content is the one that is there. Returns `version`, `folder`
    and `is_new`."""
    today = today_of(settings)
    region = regions.load(settings.region)
    before = current(settings)
    earlier = [(v["version"], int(v["load_seq"])) for v in before.get("versions", [])]
    with warehouse.at_one_moment() as published:
        gate, studio = LicenceGate(published), Studio(published, region, today)
        tables = list(public_tables(studio, gate))
        loads = int(rows_of(published, "SELECT max(load_seq) AS n FROM ops_load")[0]["n"] or 0)
        changes = changes_between(gate, earlier[0][1] if earlier else loads, loads)
    is_simulated = settings.profile == "sandbox"
    files = dict(_data_files(tables, f"ID{region.code}", today, is_simulated=is_simulated))
    content = _content(tables, files, changes, settings)
    where = settings.exports / NAME
    if before.get("content") == content and is_whole(where):
        return {"version": before["version"], "folder": str(where), "is_new": False}
    edition = Edition(region, f"{today.isoformat()}-{content[:DIGITS]}", today, is_simulated)
    versions = [*earlier, (edition.version, loads)]
    listed = by_version(changes, versions)
    if (revisions := table_of_changes(listed, studio)).rows:
        tables.append(revisions)
        files |= _files_of(revisions, is_simulated=is_simulated)
    files |= _described(tables, files, edition)
    files["README.md"] = release_texts.readme(tables, edition).encode()
    files["CHANGELOG.md"] = release_texts.changelog(listed, edition).encode()
    named = [{"version": name, "load_seq": load} for name, load in versions]
    note = {"version": edition.version, "content": content, "versions": named}
    files[NOTE] = _json(note)
    files[CHECKSUMS] = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(files.items())
    ).encode()
    _swap(files, where, edition.version, settings.readers)
    return {"version": edition.version, "folder": str(where), "is_new": True}


def current(settings: Settings) -> dict[str, Any]:
    """What the release that is there says of itself; empty where there is none, or a damaged one,
    which the next replaces."""
    try:
        return read_json(settings.exports / NAME / NOTE)
    except StorageError:
        return {}


def is_whole(folder: Path) -> bool:
    """Whether every file has the checksum that the release names."""
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
        pairs = [line.split("  ", 1) for line in lines]
        return bool(pairs) and all(
            hashlib.sha256((folder / path).read_bytes()).hexdigest() == found
            for found, path in pairs
        )
    except (OSError, ValueError):
        return False


def withdraw(settings: Settings) -> None:
    """Remove the release: after an erasure it may hold what was erased."""
    link = settings.exports / NAME
    link.unlink(missing_ok=True)
    _tidy(settings.exports, None)


def _data_files(
    tables: Sequence[PublicTable], agency: str, day: date, *, is_simulated: bool
) -> Iterator[tuple[str, bytes]]:
    folder = _folder(is_simulated=is_simulated)
    for table in tables:
        yield from _files_of(table, is_simulated=is_simulated).items()
    by_name = {t.name: t for t in tables}
    found = [(s, by_name[s.table]) for s in SERIES if s.table in by_name]
    for series, table in found:
        yield f"{folder}/sdmx/{series.name.lower()}.csv", sdmx_csv(series, table, agency)
    if found:
        mark = f"[{SIMULATED}] " if is_simulated else ""
        yield f"{folder}/sdmx/structures.xml", structures(found, agency, day, mark)


def _files_of(table: PublicTable, *, is_simulated: bool) -> dict[str, bytes]:
    path = f"{_folder(is_simulated=is_simulated)}/{table.name}"
    return {
        f"{path}.csv": csv_bytes(table),
        f"{path}.parquet": parquet_bytes(table, simulated=is_simulated),
    }


def _folder(*, is_simulated: bool) -> str:
    return SIMULATED_FOLDER if is_simulated else "data"


def _content(
    tables: Sequence[PublicTable],
    files: Mapping[str, bytes],
    changes: Sequence[Change],
    settings: Settings,
) -> str:
    """Hash of what the release says: rows, changes, meanings, licences, and whether they are
    simulated. The day of writing is no part of it."""
    data = {p: hashlib.sha256(b).hexdigest() for p, b in files.items() if p.endswith(".csv")}
    meanings = [(t.name, t.title, t.note, t.columns, t.publishers) for t in tables]
    changed = [tuple(text_of(value) for value in change.values()) for change in changes]
    facts = (sorted(data.items()), changed, meanings, settings.profile, settings.region)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _described(
    tables: Sequence[PublicTable], files: Mapping[str, bytes], edition: Edition
) -> dict[str, bytes]:
    """The descriptions for programs."""
    entries: list[Entry] = []
    for table in tables:
        own = [OpenFile(path, path.rpartition(".")[2], hashlib.sha256(data).hexdigest(), len(data))
               for path, data in files.items()
               if path.rpartition("/")[2].rpartition(".")[0] == table.name]  # fmt: skip
        entries.append((table, own))
    contract = catalogues.contract(entries, edition)
    return {
        "datapackage.json": _json(catalogues.data_package(entries, edition)),
        "dcat.jsonld": _json(catalogues.dcat(entries, edition)),
        "ckan.json": _json(catalogues.ckan(entries, edition)),
        "contract.odcs.yaml": yaml.safe_dump(
            contract, allow_unicode=True, sort_keys=False
        ).encode(),
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _swap(files: Mapping[str, bytes], where: Path, version: str, readers: str) -> None:
    """Write the files beside, then let the name of the release point to them."""
    mark = uuid.uuid4().hex[:8]
    folder = where.with_name(f"{NAME}-{version}-{mark}")
    link = where.with_name(f"{NAME}-{mark}.link")
    try:
        for path, data in files.items():
            _write(folder / path, data, file_mode(readers))
        for made in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
            made.chmod(folder_mode(readers))
            sync(made)
        failpoint("open_data_written")
        link.symlink_to(folder.name)
        if where.is_dir() and not where.is_symlink():
            raise OSError(f"{where} is a folder: move it away")
        link.replace(where)
        sync(where.parent)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            link.unlink(missing_ok=True)
        raise not_written(where, error, "the open data", "the version before is whole") from error
    _tidy(where.parent, folder.name)


def _write(path: Path, data: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)
    sync(path)


def _tidy(exports: Path, kept: str | None) -> None:
    """Remove versions of before and what a killed process left."""
    for path in exports.glob(f"{NAME}-*"):
        if path.name != kept:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
