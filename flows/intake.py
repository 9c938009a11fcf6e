"""Partners' files: checked, answered, and loaded like any other source.

A file passes preflight and the limited child before a byte of it is kept. Then it is landed and
is processed like every answer: read, check, diff, one load. A file covers its contract and the
periods that it names; a file that would withdraw rows needs a confirmation first.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from config import contract as contracts
from config import partner as partners
from config.reading import WorkbookReader
from config.settings import Settings
from config.source import Source
from config.workbook import Workbook
from flows.run import batches, finish, ingest_all
from schemas.errors import ConfigurationError, DataError, ErrorFacts
from tasks.answers import words
from tasks.answers import workbook as answer
from tasks.answers.expect import expected
from tasks.ask.fetch import Fetched
from tasks.check.gate import Gate
from tasks.check.quarantine import RefusedRow
from tasks.ingest.slices import Steps, ingest
from tasks.landing.land import Receipt, keep_unpacked, land, now_iso
from tasks.landing.manifest import Generation
from tasks.load.slice_load import SliceLoad
from tasks.load.state import SliceState
from tasks.outcome import Outcome, Report, Task
from tasks.read.formats.workbook_rows import OPEN_FILES, cells_folder, convert_in_child
from tasks.read.workbook.pseudonym import VARIABLE
from tasks.session import Session
from tasks.slices import Slice, Window

MISSING_ROWS = {
    "id": "Baris yang sudah tercatat tidak ada di berkas ini ({})",
    "en": "Rows that are on record are missing in this file ({})",
    "ja": "記録済みの行がこのファイルにありません（{}）",
}
ALWAYS = (date(1900, 1, 1), date(2100, 1, 1))


@dataclass(frozen=True)
class FileResult:
    """The result of one file. `file` counts from 1: the name of a stopped file is not kept.

    `said` is for the sender, `notes` says the same in the language of the installation.
    """

    file: int
    status: str  # loaded | unchanged | checked | refused | stopped | asks | failed
    contract: str
    fetched: int = 0
    loaded: int = 0
    refused: int = 0
    said: tuple[str, ...] = ()
    answer: str | None = None
    raw_sha256: str | None = None
    notes: tuple[str, ...] = ()
    error: ErrorFacts | None = None  # of a file that failed here

    @property
    def is_taken(self) -> bool:
        return self.status in ("loaded", "unchanged", "checked")


@dataclass
class _Looked:
    """A file that was opened: its contract, its conversion, what stops it. `path` is an open file
    without a name: a killed intake leaves nothing of it."""

    source: Source
    contract: contracts.Contract
    columns: answer.ColumnWords
    report: dict[str, Any]
    path: Path
    cells: Path


def take_in(
    settings: Settings,
    files: Sequence[Path],
    *,
    contract: str | None = None,
    sender: str | None = None,
    language: str | None = None,
    dry_run: bool = False,
    confirm_deletions: bool = False,
    answers: Path | None = None,
    gate: Gate | None = None,
) -> tuple[list[FileResult], Report | None]:
    """Take in files one by one and publish once. With `dry_run` nothing is kept.

    `sender` is a partner of config/partners, whose mappings and language hold; without one the
    files follow the templates. Answers go to `answers`, else to reports/answers.
    """
    for path in files:
        if not path.is_file():
            raise ConfigurationError("no_file", "the file does not exist", where=str(path))
    with Session(
        settings, gate=gate or Gate(), owns_gate=gate is None, accept_deletions=confirm_deletions
    ) as session:
        chosen, said_in = _candidates(session, contract, sender)
        spoken = language or said_in
        folder = answers or settings.reports / "answers"
        outcomes = list(
            ingest_all(session, next(iter(batches(session, (), Window()))), lambda _: None)
        )
        results, loads = [], []
        for number, path in enumerate(files, start=1):
            with _unnamed_copy(session, path) as copy:
                looked = _look(session, copy, chosen, number, spoken)
                result, outcome = _one(session, looked, number, spoken, folder, dry_run=dry_run)
            results.append(result)
            loads += [outcome] if outcome else []
        report = None if dry_run else finish(session, [*outcomes, *loads], ())
        return results, report


def _candidates(
    session: Session, contract: str | None, sender: str | None
) -> tuple[dict[str, str], str]:
    """Contract by code of the sources that a file may be of, and the sender's language."""
    known = contracts.load_all()
    if contract is not None and contract not in known:
        raise ConfigurationError(
            "unknown_contract",
            f"contract {contract} does not exist; known: {', '.join(sorted(known))}",
        )
    if sender is None:
        found, language = {code: code for code in known}, session.settings.language
    else:
        declared = partners.load_all(session.settings.partners_paths)
        if sender in declared.broken:
            raise declared.broken[sender]
        senders = declared.partners
        if sender not in senders:
            raise ConfigurationError(
                "unknown_sender",
                f"sender {sender} is not declared; known: {', '.join(sorted(senders)) or '-'}",
            )
        found = {m.code: m.contract for m in senders[sender].files}
        language = senders[sender].language
    chosen = {code: c for code, c in found.items() if contract in (None, c)}
    if not chosen:
        raise ConfigurationError("contract_not_sent", f"{sender} does not send {contract}")
    return chosen, language


@contextmanager
def _unnamed_copy(session: Session, path: Path) -> Iterator[Path]:
    with tempfile.TemporaryFile(dir=session.temp) as copy:
        with path.open("rb") as original:
            shutil.copyfileobj(original, copy)
        copy.flush()
        yield OPEN_FILES / str(copy.fileno())


def _look(
    session: Session, copy: Path, chosen: Mapping[str, str], number: int, language: str
) -> _Looked:
    """Open a file by the contract that fits it best."""
    cells = cells_folder(session.temp, f"file-{number}")
    books = {code: _workbook(session.sources[code]) for code in chosen}
    try:
        key = session.settings.secret(VARIABLE)
        report = convert_in_child(copy, cells, books, key.reveal() if key else "")
    except DataError as error:
        report = {"contract": next(iter(chosen)), "problems": [[error.code, "", "", []]]}
    code = str(report["contract"])
    contract = contracts.load_all()[chosen[code]]
    columns = answer.ColumnWords(
        {f.name: contract.heading(f, language) for f in contract.fields()},
        {f.name: expected(contract, f, language) for f in contract.fields()},
    )
    return _Looked(session.sources[code], contract, columns, report, copy, cells)


def _workbook(source: Source) -> Workbook:
    assert isinstance(source.reader, WorkbookReader)  # every contract makes one
    return source.reader.workbook


def _one(
    session: Session, looked: _Looked, number: int, language: str, folder: Path, *, dry_run: bool
) -> tuple[FileResult, Outcome | None]:
    code = looked.source.code
    simulated = session.settings.profile == "sandbox"
    if not_taken := _why_not(looked, language):
        status = "stopped" if looked.report.get("kinds") else "refused"
        path = folder / f"{code}-{session.run_id[:12]}-{number}.{language}.xlsx"
        answer.write_refusal(
            path,
            not_taken,
            language,
            looked.contract.title.in_language(language),
            simulated=simulated,
        )
        shutil.rmtree(looked.cells, ignore_errors=True)
        notes = tuple(_why_not(looked, session.settings.language))
        result = FileResult(
            number, status, code, said=tuple(not_taken), answer=str(path), notes=notes
        )
        return result, None
    landed = _bytes_to_land(session, looked, number)
    sha = hashlib.sha256(landed.read_bytes()).hexdigest()
    final = cells_folder(session.temp, sha)
    shutil.rmtree(final, ignore_errors=True)
    looked.cells.rename(final)
    slice_, receipt = _slice_of(looked), _receipt(session, looked, landed, sha)
    refused, fetched = _preview(session, looked, slice_, receipt, landed)
    outcome = None if dry_run else _load(session, looked, slice_, receipt, landed)
    status, error = _status(outcome)
    said = _said_of(status, error, language)
    reasons = answer.reasons_of(refused, looked.report, looked.columns, language)
    path = folder / f"{code}-{sha[:12]}.{language}.xlsx"
    loaded = fetched - len(refused) if status in ("loaded", "unchanged", "checked") else 0
    heading = answer.Heading(
        looked.contract.title.in_language(language), loaded, len(refused), said
    )
    grid = answer.Grid(final, _secret(looked))
    answer.write_answer(path, grid, looked.report, reasons, heading, language, simulated=simulated)
    landed.unlink(missing_ok=True)
    result = FileResult(
        file=number,
        status=status,
        contract=code,
        fetched=fetched,
        loaded=loaded,
        refused=len(refused),
        said=said if status == "asks" else (),
        answer=str(path),
        raw_sha256=sha,
        notes=_said_of(status, error, session.settings.language) if status == "asks" else (),
        error=error if status == "failed" else None,
    )
    return result, outcome


def _why_not(looked: _Looked, language: str) -> list[str]:
    """Why a file is not taken in at all; empty for one that is."""
    kinds = [
        words.phrase(
            words.FILES,
            "personal_data",
            language,
            where=f"{column}",
            facts=words.phrase(words.KINDS, kind, language),
        )
        for kind, _, column in looked.report.get("kinds", ())
    ]
    headings = {f.name: looked.contract.heading(f, language) for f in looked.contract.fields()}
    return kinds + [
        words.phrase(
            words.FILES,
            code,
            language,
            sheet=sheet.lstrip("#"),
            where=where,
            facts=", ".join(headings.get(name, name) for name in names),
        )
        for code, sheet, where, names in looked.report["problems"]
    ]


def _bytes_to_land(session: Session, looked: _Looked, number: int) -> Path:
    """The file itself; where organisations stood in it by name, its converted rows."""
    landed = session.temp / f"file-{number}"
    keeps_raw = _workbook(looked.source).keeps_raw
    shutil.copyfile(looked.path if keeps_raw else looked.cells / "rows.csv", landed)
    return landed


def _secret(looked: _Looked) -> list[frozenset[int]]:
    """Columns, by sheet, that the answer does not repeat."""
    fields = _workbook(looked.source).fields
    return [
        frozenset(n for field, n in columns.items() if fields[field] == "reference")
        for columns in looked.report["columns"]
    ]


def _slice_of(looked: _Looked) -> Slice:
    """What the file covers: everything of the contract, or the periods that it names."""
    periods = looked.report["periods"]
    has_period = any(f.name == "period_start" for f in looked.source.warehouse_table.key)
    if not has_period or not periods:
        return Slice(looked.source.code, "file", "all", *ALWAYS, ("all",))
    first, last = periods[0], periods[-1]
    label = first if first == last else f"{first}..{last}"
    since, until = date.fromisoformat(first), date.fromisoformat(last)
    return Slice(looked.source.code, "file", label, since, until, tuple(periods))


def _receipt(session: Session, looked: _Looked, landed: Path, sha: str) -> Receipt:
    return Receipt(
        sha,
        looked.source.code,
        "file",
        "FILE",
        f"file:{looked.source.code}",
        200,
        {},
        now_iso(),
        landed.stat().st_size,
        looked.source.sha256,
        session.run_id,
    )


def _preview(
    session: Session, looked: _Looked, slice_: Slice, receipt: Receipt, landed: Path
) -> tuple[list[RefusedRow], int]:
    """Read the file without keeping anything: refused rows with reasons, and rows in all."""
    shutil.copyfile(landed, session.temp / f"{receipt.sha256}.landed")
    generation = Generation(slice_, (receipt,), True, {})
    with SliceLoad(session.stores, looked.source, [generation]) as slice_load:
        staged = slice_load.read()
        return slice_load.refused_rows(), staged.fetched


def _load(
    session: Session, looked: _Looked, slice_: Slice, receipt: Receipt, landed: Path
) -> Outcome:
    def land_file(session: Session, _task: Task, _state: SliceState) -> Fetched:
        land(session.settings.landing, landed, receipt)
        keep_unpacked(session.temp, landed, receipt)
        return Fetched((receipt,), "", complete=True, asked_at=now_iso())

    return ingest(session, Task(looked.source.code, slice_), Steps(fetch=land_file))


def _status(outcome: Outcome | None) -> tuple[str, ErrorFacts | None]:
    """The file's status after its load (None: a dry run), and the error that stopped the load."""
    if outcome is None:
        return "checked", None
    if outcome.error is None:
        return outcome.status, None
    return "asks" if outcome.error["code"] == "large_deletion" else "failed", outcome.error


def _said_of(status: str, error: ErrorFacts | None, language: str) -> tuple[str, ...]:
    """What the sender reads about a load that did not take place."""
    if error is None:
        return ()
    if status != "asks":
        return (words.phrase(words.STATUSES, status, language),)
    counts = re.findall(r"\d+", error["message"])  # rows that are missing, rows that are known
    missing = MISSING_ROWS[language].format(" / ".join(counts))
    return (words.phrase(words.FILES, "large_deletion", language, facts=missing),)


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

    from tasks.ask.builtin import areas, currencies

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
