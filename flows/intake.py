"""Partners' files: checked, answered, and loaded like any other source.

A file passes preflight and the limited child before a byte of it is kept. Then it is landed and
is processed like every answer: read, check, diff, one load. A file covers its contract and the
periods that it names; a file that would withdraw rows needs a confirmation first.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from config import contract as contracts
from config import partner as partners
from config.reading import WorkbookReader
from config.settings import Settings
from config.source import Source
from config.workbook import Workbook
from flows.run import batches, finish, ingest_all
from schemas.errors import ConfigurationError, DataError, ErrorFacts
from tasks.answers import words, words_of_file
from tasks.answers import workbook as answer
from tasks.answers.preview import first_reasons, first_rows
from tasks.ask.fetch import Fetched
from tasks.check.gate import Gate
from tasks.check.quarantine import RefusedRow
from tasks.ingest.slices import Steps, ingest
from tasks.landing import originals
from tasks.landing.land import Receipt, keep_unpacked, land, now_iso
from tasks.landing.manifest import Generation
from tasks.load.slice_load import SliceLoad
from tasks.load.state import SliceState
from tasks.outcome import Outcome, Report, Silent, Task
from tasks.read.formats.workbook_rows import CELLS, OPEN_FILES, ROWS, cells_folder, convert_in_child
from tasks.read.workbook.cells import masked
from tasks.read.workbook.pseudonym import VARIABLE
from tasks.session import Session
from tasks.slices import Slice, Window

_T = TypeVar("_T")
_U = TypeVar("_U")

MISSING_ROWS = {
    "id": "Baris yang sudah tercatat tidak ada di berkas ini ({})",
    "en": "Rows that are on record are missing in this file ({})",
    "ja": "記録済みの行がこのファイルにありません（{}）",
}
# From the best to the worst: a file has the status of its worst reading.
WORST = ("unchanged", "checked", "loaded", "asks", "failed")
OF_NO_CONTRACT = "file"  # in the name of the answer
ALWAYS = (date(1900, 1, 1), date(2100, 1, 1))


@dataclass(frozen=True)
class Reading:
    """What one contract read of a file."""

    contract: str
    status: str
    fetched: int = 0
    loaded: int = 0
    refused: int = 0
    raw_sha256: str | None = None  # of its landed cells


@dataclass(frozen=True)
class FileResult:
    """The result of one file. `file` counts from 1: the name of a file is not kept.

    `said` is for the sender, `notes` says the same in the language of the installation. Counts are
    of all `readings` together; `raw_sha256` is of the first one's landed cells, `original_sha256`
    of the file as it was sent, which is not kept. `first_rows` are cells and fields of the first
    accepted rows of each reading, with what is masked everywhere; `first_reasons` say why others
    are refused.
    """

    file: int
    status: str  # loaded | unchanged | checked | refused | stopped | asks | failed
    contract: str | None  # none of a file that no contract fits
    fetched: int = 0
    loaded: int = 0
    refused: int = 0
    said: tuple[str, ...] = ()
    answer: str | None = None
    raw_sha256: str | None = None
    notes: tuple[str, ...] = ()
    error: ErrorFacts | None = None  # of a file that failed here
    original_sha256: str | None = None
    readings: tuple[Reading, ...] = ()
    first_rows: tuple[str, ...] = ()  # of a file that is only tried
    first_reasons: tuple[str, ...] = ()  # of a file that is only tried

    @property
    def is_taken(self) -> bool:
        return self.status in ("loaded", "unchanged", "checked")


@dataclass
class _Reading:
    """What one contract read of a file: its source, its part of the report, what it says."""

    source: Source
    contract: contracts.Contract
    columns: answer.ColumnWords
    report: dict[str, Any]
    cells: Path  # landed
    sha256: str = ""
    refused: list[RefusedRow] = field(default_factory=list)
    places: dict[int, answer.Place] = field(default_factory=dict)
    fetched: int = 0
    first_rows: tuple[str, ...] = ()
    outcome: Outcome | None = None
    error: ErrorFacts | None = None
    status: str = "checked"

    @property
    def part(self) -> answer.Part:
        """What the answer shows of it."""
        return answer.Part(
            self.cells, self.report, self.columns, self.refused, self.places, self.secret
        )

    @property
    def secret(self) -> bool:
        """Whether organisations stand in the file by name."""
        return "reference" in _workbook(self.source).fields.values()

    @property
    def loaded(self) -> int:
        taken = self.status in ("loaded", "unchanged", "checked")
        return self.fetched - len(self.refused) if taken else 0


@dataclass
class _Looked:
    """A file that was opened: what is kept of the original, the report, and its readings."""

    original: dict[str, str]
    report: dict[str, Any]
    folder: Path
    contract: contracts.Contract  # of the first reading, or the one that fits best, or any
    readings: list[_Reading] = field(default_factory=list)


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
        lists = load_lists(session)
        way = _Way(language or said_in, answers or settings.reports / "answers", dry_run=dry_run)
        results, loads = _take_in(session, files, chosen, way)
        report = None if dry_run else finish(session, [*lists, *loads], ())
        return results, report


def load_lists(session: Session) -> list[Outcome]:
    """Load the built-in lists, by which the cells of a file are checked."""
    return ingest_all(session, next(iter(batches(session, (), Window()))), Silent())


def take_in_from(
    session: Session, files: Sequence[Path], sender: str, answers: Path, first: int
) -> tuple[list[FileResult], list[Outcome]]:
    """Take in files of one sender, numbered from `first`; what is loaded is not yet published."""
    chosen, said_in = _candidates(session, None, sender)
    return _take_in(session, files, chosen, _Way(said_in, answers, number=first))


def _take_in(
    session: Session, files: Sequence[Path], chosen: dict[str, str], way: _Way
) -> tuple[list[FileResult], list[Outcome]]:
    results, loads = [], []

    def look(path: Path) -> _Looked:
        with _unnamed_copy(session, path) as copy:
            return _look(session, copy, chosen, way.language)

    with closing(one_ahead(look, files)) as opened:
        for number, looked in enumerate(opened, start=way.number):
            results.append(_one(session, looked, replace(way, number=number)))
            shutil.rmtree(looked.folder, ignore_errors=True)
            loads += [r.outcome for r in looked.readings if r.outcome]
    return results, loads


def one_ahead(do: Callable[[_T], _U], items: Iterable[_T]) -> Generator[_U, None, None]:
    """The results in order; the next one is made, in a thread, while the last one is used."""
    with ThreadPoolExecutor(1) as thread:
        coming: Future[_U] | None = None
        for item in items:
            ready, coming = coming, thread.submit(do, item)
            if ready:
                yield ready.result()
        if coming:
            yield coming.result()


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
        with open(path, "rb", opener=_without_waiting) as original:
            if not stat.S_ISREG(os.fstat(original.fileno()).st_mode):  # replaced meanwhile
                raise ConfigurationError("no_file", "the file is not a file any more")
            shutil.copyfileobj(original, copy)
        copy.flush()
        yield OPEN_FILES / str(copy.fileno())


def _without_waiting(path: str, flags: int) -> int:
    """Open a path that may be a pipe by now, and would wait for a writer."""
    return os.open(path, flags | os.O_NONBLOCK)


@dataclass(frozen=True)
class _Way:
    """How files are answered: the sender's language, the folder of answers, the file's number."""

    language: str
    folder: Path
    dry_run: bool = False
    number: int = 1


def _look(session: Session, copy: Path, chosen: Mapping[str, str], language: str) -> _Looked:
    """Open a file and find for each of its sheets the contract that reads it."""
    folder = cells_folder(session.temp, f"file-{uuid4().hex}")
    books = {code: _workbook(session.sources[code]) for code in chosen}
    original = originals.described(copy)
    try:
        key = session.settings.secret(VARIABLE)
        report = convert_in_child(copy, folder, books, key.reveal() if key else "")
    except DataError as error:
        problems = [[error.code, "", "", []]]
        report = {"contract": next(iter(chosen)), "problems": problems, "readings": [],
                  "fits": len(chosen) == 1}  # fmt: skip
    original["original-sheets"] = str(report.get("sheets", 0))
    known = contracts.load_all()
    code = str(report["contract"])
    looked = _Looked(original, report, folder, known[chosen[code]])
    if not report["problems"]:
        for found in report["readings"]:
            contract = known[chosen[found["contract"]]]
            source = session.sources[found["contract"]]
            columns = answer.ColumnWords.of(contract, language)
            cells = folder / source.code / CELLS
            looked.readings.append(_Reading(source, contract, columns, found, cells))
    return looked


def _workbook(source: Source) -> Workbook:
    assert isinstance(source.reader, WorkbookReader)  # every contract makes one
    return source.reader.workbook


def _one(session: Session, looked: _Looked, way: _Way) -> FileResult:
    if not looked.readings:
        return _not_taken(session, looked, way)
    for reading in looked.readings:
        _take(session, looked, reading, dry_run=way.dry_run)
    readings = looked.readings
    status = max((r.status for r in readings), key=WORST.index)
    error = next((r.error for r in readings if r.status == status), None)
    codes = "+".join(r.source.code for r in readings)
    shas = "-".join(r.sha256[:12] for r in readings)
    path = way.folder / f"{codes[:80]}-{shas}.{way.language}.xlsx"
    parts = [r.part for r in readings]
    if any(r.error and r.error["code"] == "erased_bytes" for r in readings):
        # Neither their cells nor their name comes back in an answer.
        path, parts = _path_of_refusal(session, codes[:80], way), []
    said = _said_of(status, error, way.language)
    left_out = words_of_file.left_out(looked.report, way.language)
    answer.write_answer(
        path,
        parts,
        answer.Heading(
            " · ".join(dict.fromkeys(r.contract.title.in_language(way.language) for r in readings)),
            sum(r.loaded for r in readings),
            sum(len(r.refused) for r in readings),
            said,
            left_out,
        ),
        way.language,
        session.temp,
        simulated=session.settings.profile == "sandbox",
    )
    own = session.settings.language
    why = [line for r in readings for line in first_reasons(r.part, r.contract, own)
           if way.dry_run]  # fmt: skip
    for reading in readings:
        reading.cells.unlink(missing_ok=True)
    asked = said if status == "asks" else ()
    return FileResult(
        file=way.number,
        status=status,
        contract=codes,
        fetched=sum(r.fetched for r in readings),
        loaded=sum(r.loaded for r in readings),
        refused=sum(len(r.refused) for r in readings),
        said=(*asked, *left_out),
        answer=str(path),
        raw_sha256=readings[0].sha256,
        notes=(
            *(_said_of(status, error, own) if asked else ()),
            *words_of_file.left_out(looked.report, own),
        ),
        error=error if status == "failed" else None,
        original_sha256=looked.original["original-sha256"],
        readings=tuple(
            Reading(r.source.code, r.status, r.fetched, r.loaded, len(r.refused), r.sha256)
            for r in readings
        ),
        first_rows=tuple(line for r in readings for line in r.first_rows) if way.dry_run else (),
        first_reasons=tuple(why),
    )


def _path_of_refusal(session: Session, code: str, way: _Way) -> Path:
    """A name that says nothing of the file."""
    return way.folder / f"{code}-{session.run_id[:12]}-{way.number}.{way.language}.xlsx"


def _not_taken(session: Session, looked: _Looked, way: _Way) -> FileResult:
    """The answer to a file that is not accepted; nothing of it is kept."""
    code = str(looked.report["contract"]) if looked.report["fits"] else None
    title = looked.contract.title if code else words.LABELS["file"]
    said = words_of_file.why_not(looked.report, looked.contract, way.language)
    path = _path_of_refusal(session, code or OF_NO_CONTRACT, way)
    answer.write_refusal(
        path,
        said,
        way.language,
        title.in_language(way.language),
        session.temp,
        simulated=session.settings.profile == "sandbox",
    )
    shutil.rmtree(looked.folder, ignore_errors=True)
    return FileResult(
        way.number,
        "stopped" if looked.report.get("kinds") else "refused",
        code,
        said=tuple(said),
        answer=str(path),
        notes=tuple(
            words_of_file.why_not(looked.report, looked.contract, session.settings.language)
        ),
    )


def _take(session: Session, looked: _Looked, reading: _Reading, *, dry_run: bool) -> None:
    """Check what one contract read, and load it. Changes the reading."""
    slice_ = _slice_of(reading)
    _name_cells(session, reading)
    receipt = _receipt(session, looked, reading)
    _preview(session, reading, slice_, receipt)
    rows = cells_folder(session.temp, reading.sha256) / ROWS
    reading.places = answer.places_of(rows, {r.number for r in reading.refused})
    if reading.secret and reading.refused:
        _mask(session, reading)
        receipt = _receipt(session, looked, reading)
    if not dry_run:
        reading.outcome = _load(session, reading, slice_, receipt)
    reading.status, reading.error = _status(reading.outcome)


def _name_cells(session: Session, reading: _Reading) -> None:
    """Name the cells by their SHA-256. The converted rows are kept for the load beside them."""
    reading.sha256 = hashlib.sha256(reading.cells.read_bytes()).hexdigest()
    folder = cells_folder(session.temp, reading.sha256)
    shutil.rmtree(folder, ignore_errors=True)
    reading.cells.parent.rename(folder)
    named = session.temp / f"{reading.sha256}.kept"
    (folder / CELLS).rename(named)
    reading.cells = named


def _mask(session: Session, reading: _Reading) -> None:
    """Mask the refused cells of a contract with organisations: a name may stand in a wrong column.
    The rows are converted again from the masked cells."""
    places = answer.refused_cells(reading.part)
    if not places:
        return
    shutil.rmtree(cells_folder(session.temp, reading.sha256), ignore_errors=True)
    raw = masked(reading.cells.read_bytes(), places)
    reading.cells.unlink()
    reading.sha256 = hashlib.sha256(raw).hexdigest()
    reading.cells = session.temp / f"{reading.sha256}.kept"
    reading.cells.write_bytes(raw)


def _slice_of(reading: _Reading) -> Slice:
    """What the file covers: everything of the contract, or the periods that it names."""
    periods = reading.report["periods"]
    has_period = any(f.name == "period_start" for f in reading.source.warehouse_table.key)
    if not has_period or not periods:
        return Slice(reading.source.code, "file", "all", *ALWAYS, ("all",))
    first, last = periods[0], periods[-1]
    label = first if first == last else f"{first}..{last}"
    since, until = date.fromisoformat(first), date.fromisoformat(last)
    return Slice(reading.source.code, "file", label, since, until, tuple(periods))


def _receipt(session: Session, looked: _Looked, reading: _Reading) -> Receipt:
    """From where the cells are. Of the original only its hash, size and kind are kept."""
    return Receipt(
        reading.sha256,
        reading.source.code,
        "file",
        "FILE",
        f"file:{reading.source.code}",
        200,
        looked.original,
        now_iso(),
        reading.cells.stat().st_size,
        reading.source.sha256,
        session.run_id,
    )


def _preview(session: Session, reading: _Reading, slice_: Slice, receipt: Receipt) -> None:
    """Read the cells without keeping anything: refused rows with reasons, the first good ones, and
    the number of all. Changes the reading."""
    shutil.copyfile(reading.cells, session.temp / f"{receipt.sha256}.landed")
    generation = Generation(slice_, (receipt,), True, {})
    with SliceLoad(session.stores, reading.source, [generation]) as slice_load:
        staged = slice_load.read()
        reading.refused, reading.fetched = slice_load.refused_rows(), staged.fetched
        rows = cells_folder(session.temp, reading.sha256) / ROWS
        reading.first_rows = first_rows(
            slice_load.con, reading.source, staged, reading.report, rows
        )


def _load(session: Session, reading: _Reading, slice_: Slice, receipt: Receipt) -> Outcome:
    def land_file(session: Session, _task: Task, _state: SliceState) -> Fetched:
        spooled = session.temp / f"{receipt.sha256}.spooled"
        shutil.copyfile(reading.cells, spooled)
        land(session.settings.landing, spooled, receipt)
        keep_unpacked(session.temp, spooled, receipt)
        spooled.unlink(missing_ok=True)
        return Fetched((receipt,), "", complete=True, asked_at=now_iso())

    return ingest(session, Task(reading.source.code, slice_), Steps(fetch=land_file))


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
