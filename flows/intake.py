"""Partners' files: looked at, answered, and loaded like any other source.

A file passes preflight and the limited child before a byte of it is kept. Then it is landed and
goes the way of every answer: stage, gate, diff, one load. What a file covers is its contract and
the periods it names; a file that would withdraw rows asks first.
"""

from __future__ import annotations

import hashlib
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
from config.reading import Workbook
from config.settings import Settings
from config.source import Source
from flows.run import batches, finish, ingest_all
from schemas.errors import ConfigurationError, DataError
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
    """A file that was opened: by which contract, its conversion, what stops it. `path` is an open
    file without a name: a killed intake leaves nothing of it."""

    source: Source
    title: contracts.Title
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
            raise ConfigurationError("usage", f"no file {path}")
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
            "usage", f"no contract {contract}", hint=f"one of {', '.join(sorted(known))}"
        )
    if sender is None:
        found, language = {code: code for code in known}, session.settings.language
    else:
        senders = partners.load_all(session.settings.partners_paths)
        if sender not in senders:
            raise ConfigurationError(
                "usage", f"no sender {sender}", hint=f"one of {', '.join(sorted(senders)) or '-'}"
            )
        found = {m.code: m.contract for m in senders[sender].files}
        language = senders[sender].language
    chosen = {code: c for code, c in found.items() if contract in (None, c)}
    if not chosen:
        raise ConfigurationError("usage", f"{sender} does not send {contract}")
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
    return _Looked(session.sources[code], contract.title, columns, report, copy, cells)


def _workbook(source: Source) -> Workbook:
    assert source.reader.workbook is not None
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
            path, not_taken, language, looked.title.in_language(language), simulated=simulated
        )
        shutil.rmtree(looked.cells, ignore_errors=True)
        said = tuple(not_taken)
        return FileResult(number, status, code, said=said, answer=str(path)), None
    landed = _bytes_to_land(session, looked, number)
    sha = hashlib.sha256(landed.read_bytes()).hexdigest()
    final = cells_folder(session.temp, sha)
    shutil.rmtree(final, ignore_errors=True)
    looked.cells.rename(final)
    slice_, receipt = _piece(looked), _receipt(session, looked, landed, sha)
    refused, fetched = _preview(session, looked, slice_, receipt, landed)
    status, outcome, said = "checked", None, ()
    if not dry_run:
        outcome = _load(session, looked, slice_, receipt, landed)
        status, said = _status(outcome, language)
    reasons = answer.reasons_of(refused, looked.report, looked.columns, language)
    path = folder / f"{code}-{sha[:12]}.{language}.xlsx"
    loaded = fetched - len(refused) if status in ("loaded", "unchanged", "checked") else 0
    heading = answer.Heading(looked.title.in_language(language), loaded, len(refused), said)
    grid = answer.Grid(final, _secret(looked))
    answer.write_answer(path, grid, looked.report, reasons, heading, language, simulated=simulated)
    landed.unlink(missing_ok=True)
    result = FileResult(number, status, code, fetched, loaded, len(refused), said, str(path), sha)
    return result, outcome


def _why_not(looked: _Looked, language: str) -> list[str]:
    """What the sender of a file that is not taken at all is told; empty for one that is."""
    kinds = [
        words.phrase(words.FILES, "personal_data", language, where=f"{column}",
                  facts=words.phrase(words.KINDS, kind, language))
        for kind, _, column in looked.report.get("kinds", ())
    ]  # fmt: skip
    return kinds + [
        words.phrase(words.FILES, code, language, sheet=sheet.lstrip("#"), where=where,
                  facts=", ".join(looked.columns.headings.get(t, t) for t in told))
        for code, sheet, where, told in looked.report["problems"]
    ]  # fmt: skip


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


def _piece(looked: _Looked) -> Slice:
    """What the file covers: everything of the contract, or the periods that it names."""
    periods = looked.report["periods"]
    has_period = any(f.name == "period_start" for f in looked.source.warehouse_table.key)
    if not has_period or not periods:
        return Slice(looked.source.code, "file", "all", *ALWAYS, ("all",))
    first, last = periods[0], periods[-1]
    label = first if first == last else f"{first}..{last}"
    return Slice(
        looked.source.code, "file", label, date.fromisoformat(first), date.fromisoformat(last),
        tuple(periods),
    )  # fmt: skip


def _receipt(session: Session, looked: _Looked, landed: Path, sha: str) -> Receipt:
    return Receipt(
        sha, looked.source.code, "file", "FILE", f"file:{looked.source.code}", 200, {},
        now_iso(), landed.stat().st_size, looked.source.sha256, session.run_id,
    )  # fmt: skip


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


def _status(outcome: Outcome, language: str) -> tuple[str, tuple[str, ...]]:
    if outcome.error is None:
        return outcome.status, ()
    if outcome.error["code"] == "large_deletion":
        told = words.phrase(words.FILES, "large_deletion", language, facts=outcome.error["message"])
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
