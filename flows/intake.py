"""Partners' files: looked at, answered, and loaded like any other source.

A file passes preflight and the limited child before a byte of it is kept. Then it is landed and
goes the way of every answer: stage, gate, diff, one load. What a file covers is its contract and
the periods it names; a file that would withdraw rows asks first.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from config import contract as contracts
from config.contract import Contract
from config.settings import Settings
from config.source import Source
from flows.ingest import Steps, ingest
from flows.loading import code_lists_in, load_slice
from flows.run import finish, ingest_all, stages
from flows.session import Outcome, Report, Session, Task
from schemas.errors import ConfigurationError, DataError
from tasks.fetch import Fetched
from tasks.files import answer, words
from tasks.formats.workbook_rows import cells_folder, convert
from tasks.gate import Gate
from tasks.land import Receipt, keep_warm, land, now_iso
from tasks.manifest import Generation
from tasks.slices import Slice, Window
from tasks.validate import quarantine_sql, stage
from warehouse.engine import stage as stage_connection

ALWAYS = (date(1900, 1, 1), date(2100, 1, 1))


@dataclass(frozen=True)
class FileResult:
    """What became of one file. `file` counts from 1: a stopped file leaves no name behind."""

    file: int
    status: str  # loaded | unchanged | checked | refused | stopped | asks | failed
    contract: str
    fetched: int = 0
    loaded: int = 0
    refused: int = 0
    said: tuple[str, ...] = ()
    answer: str | None = None
    raw_sha256: str | None = None

    @property
    def is_taken(self) -> bool:
        return self.status in ("loaded", "unchanged", "checked")


@dataclass
class _Looked:
    """A file that was opened: by which contract, its conversion, what stops it."""

    contract: Contract
    source: Source
    sha256: str
    report: dict[str, Any]
    spooled: Path
    problems: list[tuple[str, ...]] = field(default_factory=list)


def take_in(
    settings: Settings,
    files: Sequence[Path],
    *,
    contract: str | None,
    language: str,
    dry_run: bool,
    confirm_deletions: bool,
    gate: Gate | None = None,
) -> tuple[list[FileResult], Report | None]:
    """Take in files one by one and publish once. With `dry_run` nothing is kept."""
    known = contracts.load_all()
    if contract is not None and contract not in known:
        raise ConfigurationError(
            "usage", f"no contract {contract}", hint=f"one of {', '.join(sorted(known))}"
        )
    for path in files:
        if not path.is_file():
            raise ConfigurationError("usage", f"no file {path}")
    with Session(
        settings, gate=gate or Gate(), owns_gate=gate is None, accept_deletions=confirm_deletions
    ) as session:
        outcomes = list(
            ingest_all(session, next(iter(stages(session, (), Window()))), lambda _: None)
        )
        results, loads = [], []
        for number, path in enumerate(files, start=1):
            chosen = [known[contract]] if contract else list(known.values())
            looked = _look(session, path, chosen, number)
            result, outcome = _one(session, looked, number, language, dry_run=dry_run)
            results.append(result)
            loads += [outcome] if outcome else []
        report = None if dry_run else finish(session, [*outcomes, *loads], ())
        return results, report


def _look(session: Session, path: Path, chosen: Sequence[Contract], number: int) -> _Looked:
    """Open a file by the contract that it fits, from a private copy."""
    spooled = session.temp / f"file-{number}"
    shutil.copyfile(path, spooled)
    sha = hashlib.sha256(spooled.read_bytes()).hexdigest()
    best: _Looked | None = None
    for contract in chosen:
        source = session.sources[contract.code]
        folder = cells_folder(session.temp, f"{sha}-{contract.code}")
        assert source.reader.workbook is not None
        try:
            report = convert(spooled, folder, source.reader.workbook)
        except DataError as error:
            report = {"problems": [[error.code, "", "", []]]}
        looked = _Looked(contract, source, sha, report, spooled)
        if best is None or _badness(report) < _badness(best.report):
            best = looked
        if not report["problems"]:
            break
    assert best is not None
    if best.report["problems"] and len(chosen) > 1 and _codes(best.report) == {"no_header"}:
        best.report = {"problems": [["no_contract", "", "", []]]}
    return best


def _codes(report: dict[str, Any]) -> set[str]:
    return {p[0] for p in report["problems"]}


def _badness(report: dict[str, Any]) -> int:
    return len(report["problems"]) + 1000 * ("no_header" in _codes(report))


def _one(
    session: Session, looked: _Looked, number: int, language: str, *, dry_run: bool
) -> tuple[FileResult, Outcome | None]:
    code = looked.contract.code
    if kinds := looked.report.get("kinds"):
        said = tuple(
            words.say(words.FILES, "personal_data", language, where=f"{column}",
                      told=words.say(words.KINDS, kind, language))
            for kind, _, column in kinds
        )  # fmt: skip
        looked.spooled.unlink()
        return FileResult(number, "stopped", code, said=said), None
    if looked.report["problems"]:
        return FileResult(number, "refused", code, said=_told(looked, language)), None
    final = cells_folder(session.temp, looked.sha256)
    shutil.rmtree(final, ignore_errors=True)
    cells_folder(session.temp, f"{looked.sha256}-{code}").rename(final)
    piece, receipt = _piece(looked), _receipt(session, looked)
    grid = json.loads((final / "grid.json").read_text(encoding="utf-8"))
    refused, fetched = _check(session, looked, piece, receipt)
    status, outcome, said = "checked", None, ()
    if not dry_run:
        outcome = _load(session, looked, piece, receipt)
        status, said = _status(outcome, language)
    headings = {f.name: looked.contract.heading(f, language) for f in looked.contract.fields()}
    reasons = answer.reasons_of(refused, looked.report, headings, language)
    loaded = fetched - len(refused) if status in ("loaded", "unchanged", "checked") else 0
    path = session.settings.reports / "answers" / f"{code}-{looked.sha256[:12]}.{language}.xlsx"
    answer.write(
        path, grid, reasons, {"loaded": loaded, "refused": len(refused)}, language,
        looked.contract.title.in_language(language),
        simulated=session.settings.profile == "sandbox",
    )  # fmt: skip
    result = FileResult(
        number, status, code, fetched, loaded, len(refused), said, str(path), looked.sha256
    )
    return result, outcome


def _told(looked: _Looked, language: str) -> tuple[str, ...]:
    headings = {f.name: looked.contract.heading(f, language) for f in looked.contract.fields()}
    return tuple(
        words.say(words.FILES, code, language, sheet=sheet.lstrip("#"), where=where,
                  told=", ".join(headings.get(t, t) for t in told))
        for code, sheet, where, told in looked.report["problems"]
    )  # fmt: skip


def _piece(looked: _Looked) -> Slice:
    """What the file covers: everything of the contract, or the periods that it names."""
    periods = looked.report["periods"]
    has_period = any(f.name == "period_start" for f in looked.contract.fields())
    if not has_period or not periods:
        return Slice(looked.source.code, "file", "all", *ALWAYS, ("all",))
    first, last = periods[0], periods[-1]
    label = first if first == last else f"{first}..{last}"
    return Slice(
        looked.source.code, "file", label, date.fromisoformat(first), date.fromisoformat(last),
        tuple(periods),
    )  # fmt: skip


def _receipt(session: Session, looked: _Looked) -> Receipt:
    return Receipt(
        looked.sha256, looked.source.code, "file", "FILE", f"file:{looked.source.code}", 200, {},
        now_iso(), looked.spooled.stat().st_size, looked.source.sha256, session.run_id,
    )  # fmt: skip


def _check(
    session: Session, looked: _Looked, piece: Slice, receipt: Receipt
) -> tuple[list[tuple[int, str]], int]:
    """Stage the file without keeping anything: refused rows with reasons, and rows in all."""
    shutil.copyfile(looked.spooled, session.temp / f"{looked.sha256}.landed")
    con = stage_connection(session.temp / "duckdb")
    try:
        lists = code_lists_in(con, session)
        generation = Generation(piece, (receipt,), True, {})
        staged = stage(
            con, session.settings.landing, session.temp, looked.source, [generation], lists
        )
        head = "0 AS load_seq, '' AS run_id, '' AS slice, now() AS recorded_at"
        sql = quarantine_sql(staged, looked.source, head)
        rows = con.execute(f"SELECT row_number, reasons FROM ({sql}) ORDER BY 1").fetchall()
        return [(int(n), str(r)) for n, r in rows], staged.fetched
    finally:
        con.close()


def _load(session: Session, looked: _Looked, piece: Slice, receipt: Receipt) -> Outcome:
    def bring(session: Session, _task: Task, _state: dict[str, Any]) -> dict[str, Any]:
        land(session.settings.landing, looked.spooled, receipt)
        keep_warm(session.temp, looked.spooled, receipt)
        return Fetched((receipt,), "", complete=True, asked_at=now_iso()).as_dict()

    return ingest(session, Task(looked.source.code, piece), Steps(fetch=bring, load=load_slice))


def _status(outcome: Outcome, language: str) -> tuple[str, tuple[str, ...]]:
    if outcome.error is None:
        return outcome.status, ()
    if outcome.error["code"] == "large_deletion":
        told = words.say(words.FILES, "large_deletion", language, told=outcome.error["message"])
        return "asks", (told,)
    return "failed", (outcome.error["message"],)


def as_dict(results: Sequence[FileResult], report: Report | None) -> dict[str, Any]:
    return {
        "files": [asdict(r) for r in results],
        "published": report.published if report else {},
        "at": datetime.now(UTC).isoformat(),
    }


def template_lists(language: str) -> dict[str, list[str]]:
    """Values for a template's drop-downs: names of countries, codes of currencies."""
    import csv
    import io

    from babel import Locale

    from tasks.builtin import areas, currencies

    names = Locale(language).territories
    rows = csv.DictReader(io.StringIO(areas().decode()))
    countries = {
        names.get(row["iso2"], row["name_en"])
        for row in rows
        if row["scheme"] == "iso3" and row["is_country"] == "true" and not row["valid_until"]
    }
    money = csv.DictReader(io.StringIO(currencies().decode()))
    return {
        "area": sorted(countries),
        "currency": [row["currency"] for row in money if not row["valid_until"]],
    }
