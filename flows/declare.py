"""New sources: scaffold a declaration, and try one on its specimen."""

from __future__ import annotations

import atexit
import hashlib
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

from config import declarations
from config.columns import CodeColumn
from config.declarations import BUILT_IN
from config.settings import Settings
from config.source import CODE_PATTERN, BuiltinList, Source
from schemas.errors import ConfigurationError
from schemas.model import Words
from tasks.ask import builtin
from tasks.check.quarantine import RefusedRow
from tasks.landing.land import Receipt, land, now_iso
from tasks.landing.manifest import Generation
from tasks.load.record import Evidence, Load, Provenance
from tasks.load.slice_load import SliceLoad, Stores
from tasks.slices import Slice
from warehouse.lake import Lake
from warehouse.limits import held_folder
from warehouse.modes import hand_over

SOME_DAY = date(2000, 1, 1)  # a dry run covers no period
SPECIMENS = Path(__file__).parent.parent / "tests" / "specimens"

SCAFFOLD = """\
# What a reader must know about this source: quirks, dates, revisions.
title: {{id: Judul, en: Title}}
provider: {{code: {provider}, name: Publisher, url: https://example.org}}
domain: exchange
table: core_exchange__rates
licence:
  name: state the licence
  redistribution: none
  attribution: {{id: "Sumber: penerbit", en: "Source: publisher"}}
calendar: {{cadence: monthly, cron: "0 8 * * *", timezone: Asia/Jakarta, lag_days: 7}}
hosts: {{main: https://example.org}}
datasets: {{daily: {{frequency: D, start: 2020}}}}
request:
  path: /rates.csv
  params: {{from: "{{since}}", to: "{{until}}"}}
reader: {{format: csv}}
columns:            # every column is mapped, ignored by name, or fatal
  date: rate_date
  currency: quote_currency
  rate: rate
ignore: []
constants: {{base_currency: USD, rate_type: reference}}
rows: {{min: 1}}
"""


def new_source(settings: Settings, code: str) -> str:
    """Write a declaration that is valid as it is; returns the next steps as text."""
    if not CODE_PATTERN.match(code):
        raise ConfigurationError(
            "bad_code",
            f"{code!r} is not a valid source code",
            hint="publisher_subject in lower case",
        )
    folder = settings.sources_paths[0] if settings.sources_paths else BUILT_IN
    path = folder / f"{code}.yml"
    if path.exists() or (BUILT_IN / f"{code}.yml").exists():
        raise ConfigurationError("source_exists", f"source {code} exists", where=str(path))
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(SCAFFOLD.format(provider=code.split("_", 1)[0]), encoding="utf-8")
    hand_over(path)
    specimen = specimen_folder(settings, code)
    steps = Words(
        f"{path}\n1. Isi deklarasi itu.\n2. Simpan satu berkas mentah (dipotong) di {specimen}/\n"
        f"3. Jalankan: penataran check-source {code} --accept. Lalu periksa expected.csv.",
        f"{path}\n1. Fill in the declaration.\n2. Put one trimmed raw file into {specimen}/\n"
        f"3. Run: penataran check-source {code} --accept. Then review expected.csv.",
    )
    return steps.in_language(settings.language)


def specimen_folder(settings: Settings, code: str) -> Path:
    for folder in settings.sources_paths:
        if (folder / f"{code}.yml").exists():
            return folder / "specimens" / code
    return SPECIMENS / code


def check_source(settings: Settings, code: str, *, accept: bool) -> tuple[str, bool]:
    """Stage the specimen by the declaration and compare with expected.csv.

    Returns a report and whether all is well. Nothing is loaded.
    """
    found = declarations.load_all(settings.sources_paths)
    if code in found.broken:
        raise found.broken[code]
    declared = found.sources
    if code not in declared:
        raise ConfigurationError("unknown_source", f"source {code} does not exist")
    source = declared[code]
    folder = specimen_folder(settings, code)
    specimens = [
        p
        for p in sorted(folder.glob("*"))
        if p.is_file() and p.suffix not in (".sha256", ".md") and not p.name.startswith("expected")
    ]
    if not specimens:
        raise ConfigurationError(
            "no_specimen",
            "the source has no raw file to try it on",
            where=str(folder),
            hint="put one trimmed answer there",
        )
    language = settings.language
    lines, fine = [f"{source.code}: {source.title.in_language(language)} -> {source.table}"], True
    for specimen in specimens:
        text, refused = stage_specimen(settings, declared, source, specimen)
        suffix = "" if len(specimens) == 1 else f".{specimen.stem}"
        expected = folder / f"expected{suffix}.csv"
        if accept:
            expected.write_text(text, encoding="utf-8")
            hand_over(expected)
            result = Words(f"{expected.name} ditulis", f"{expected.name} was written")
        elif not expected.exists():
            fine = False
            result = Words(
                f"{expected.name} belum ada; jalankan lagi dengan --accept",
                f"{expected.name} does not exist; run again with --accept",
            )
        elif expected.read_text(encoding="utf-8") != text:
            fine = False
            result = Words(f"berbeda dari {expected.name}", f"differs from {expected.name}")
        else:
            result = Words("sesuai", "as expected")
        lines.append(f"  {specimen.name}: {result.in_language(language)}")
        row = Words("baris ditolak", "refused row").in_language(language)
        lines += [f"    {row} {r.number}: {r.reasons}" for r in refused]
    return "\n".join(lines), fine


def stage_specimen(
    settings: Settings, declared: dict[str, Source], source: Source, specimen: Path
) -> tuple[str, list[RefusedRow]]:
    """Good rows of a specimen as CSV in key order, and its refused rows with reasons."""
    with held_folder(settings.state / "tmp") as folder:
        first = bool(source.first_request) and specimen.stem.startswith("first")
        dataset = specimen.stem.split(".")[0]
        if dataset not in source.datasets:
            dataset = next(iter(source.datasets))
        slice_ = Slice(source.code, dataset, "specimen", SOME_DAY, SOME_DAY, ())
        generation = _landed(folder, source, slice_, specimen.read_bytes(), specimen.name, first)
        lake = _lists(settings, declared, source)
        stores = Stores.of(folder / "landing", folder, lake, kept=lake.folder.with_name("codes"))
        with SliceLoad(stores, source, [generation]) as slice_load:
            staged = slice_load.read()
            # A stage that follows from the age of the figures would change with the day.
            aged = {"release_stage"} if source.stages else set()
            out = folder / "out.csv"
            slice_load.write_good_rows(out, [c for c in staged.columns if c not in aged])
            return out.read_text(encoding="utf-8"), slice_load.refused_rows()


def _landed(
    folder: Path, source: Source, slice_: Slice, body: bytes, url: str, first: bool = False
) -> Generation:
    """Bytes landed in a folder as the answer to a slice."""
    spooled = folder / f"spooled-{source.code}"
    spooled.write_bytes(body)
    receipt = Receipt(
        hashlib.sha256(body).hexdigest(),
        source.code,
        slice_.name,
        "FILE",
        url,
        200,
        {},
        now_iso(),
        len(body),
        source.sha256,
        "check",
        first,
    )
    land(folder / "landing", spooled, receipt)
    return Generation(slice_, (receipt,), False, {})


_LISTS: dict[tuple[str, ...], Lake] = {}


def _lists(settings: Settings, declared: dict[str, Source], source: Source) -> Lake:
    """Reference lists for a dry run, through the same code as a real load: the built-in ones,
    and from its specimen a partner's list that the source looks codes up in. Nothing is written
    to them afterwards, so one lake serves all dry runs of a process."""
    looked_up = {
        c.lookup
        for part in map(source.part, source.datasets)
        for specs in part.columns.values()
        for c in specs
        if isinstance(c, CodeColumn)
    }
    wanted = [
        (listed, path)
        for listed in declared.values()
        if listed.is_builtin
        or (listed.constants.get("scheme") in looked_up and listed.code != source.code)
        for path in (
            [None]
            if listed.is_builtin
            else sorted(specimen_folder(settings, listed.code).glob("list.*"))
        )
    ]
    key = tuple(f"{listed.sha256} {path}" for listed, path in wanted)
    if key not in _LISTS:
        kept = ExitStack()
        folder = kept.enter_context(held_folder(settings.state / "tmp"))
        atexit.register(kept.close)
        lake = Lake(folder / "lake")
        lake.create_missing()
        for number, (listed, path) in enumerate(wanted, start=1):
            _load_list(listed, _body(listed, path, settings, declared), folder, lake, number)
        _LISTS[key] = lake
    return _LISTS[key]


def _body(
    listed: Source, path: Path | None, settings: Settings, declared: dict[str, Source]
) -> bytes:
    """The bytes of a reference list: its specimen, or what comes with the program."""
    if path is not None:
        return path.read_bytes()
    assert isinstance(listed.origin, BuiltinList)  # others have a specimen
    return builtin.content(listed.origin.name, settings, declared)


def _load_list(source: Source, body: bytes, folder: Path, lake: Lake, number: int) -> None:
    slice_ = Slice(source.code, "list", "all", SOME_DAY, SOME_DAY, ())
    generation = _landed(folder, source, slice_, body, f"list:{source.code}")
    with SliceLoad(Stores.of(folder / "landing", folder, lake), source, [generation]) as load:
        load.read()
        load.diff()
        unknown = Provenance("", "", "", "", "", load.staged.shas)
        load.commit(
            Load(number, datetime.now(UTC), "check", slice_, "first"),
            unknown,
            evidence=Evidence((), ()),
        )
