"""New sources: scaffold a declaration, and dry-run one on its specimen."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from config import source as declarations
from config.settings import Settings
from config.source import BUILT_IN, CODE_PATTERN, Source
from schemas.errors import ConfigurationError
from schemas.rules import literal
from tasks.ask import builtin
from tasks.landing.land import Receipt, land
from tasks.landing.manifest import Generation
from tasks.read import codes as code_lists
from tasks.read.staging import good_rows, stage
from tasks.slices import Slice
from warehouse.engine import connect
from warehouse.lake import Lake

SPECIMENS = Path(__file__).parent.parent / "tests" / "specimens"

SCAFFOLD = """\
# What a reader must know of this source: quirks, dates, revisions.
title: {{id: Judul, en: Title}}
provider: {{code: {provider}, name: Publisher, url: https://example.org}}
domain: exchange
table: core_exchange__rates
licence:
  name: state the licence
  redistribution: none
  attribution: {{id: "Sumber: penerbit", en: "Source: publisher"}}
calendar: {{cadence: monthly, cron: "0 8 * * *", timezone: Asia/Jakarta}}
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
    """Write a declaration that is valid as it stands; says what to do next."""
    if not CODE_PATTERN.match(code):
        raise ConfigurationError(
            "usage", f"{code!r} is no source code", hint="publisher_subject in lower case"
        )
    folder = settings.sources_paths[0] if settings.sources_paths else BUILT_IN
    path = folder / f"{code}.yml"
    if path.exists() or (BUILT_IN / f"{code}.yml").exists():
        raise ConfigurationError("usage", f"source {code} exists", where=str(path))
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(SCAFFOLD.format(provider=code.split("_", 1)[0]), encoding="utf-8")
    specimen = specimen_folder(settings, code)
    return (
        f"{path}\n1. fill it in\n2. put one trimmed raw file into {specimen}/\n"
        f"3. penataran check-source {code} --accept, and read expected.csv"
    )


def specimen_folder(settings: Settings, code: str) -> Path:
    for folder in settings.sources_paths:
        if (folder / f"{code}.yml").exists():
            return folder / "specimens" / code
    return SPECIMENS / code


def check_source(settings: Settings, code: str, *, accept: bool) -> tuple[str, bool]:
    """Stage the specimen by the declaration and compare with expected.csv.

    Returns a report and whether all is well. Nothing is loaded.
    """
    declared = declarations.load_all(settings.sources_paths)
    if code not in declared:
        raise ConfigurationError("unknown_source", f"no source {code}")
    source = declared[code]
    folder = specimen_folder(settings, code)
    specimens = [
        p
        for p in sorted(folder.glob("*"))
        if p.is_file() and p.suffix not in (".sha256", ".md") and not p.name.startswith("expected")
    ]
    if not specimens:
        raise ConfigurationError(
            "no_specimen", f"no raw file in {folder}", hint="put one trimmed answer there"
        )
    lines, fine = [f"{source.code}: {source.title.en} -> {source.table}"], True
    for specimen in specimens:
        text, refused = stage_specimen(settings, declared, source, specimen)
        suffix = "" if len(specimens) == 1 else f".{specimen.stem}"
        expected = folder / f"expected{suffix}.csv"
        if accept:
            expected.write_text(text, encoding="utf-8")
            lines.append(f"  {specimen.name}: wrote {expected.name}")
        elif not expected.exists():
            fine = False
            lines.append(f"  {specimen.name}: no {expected.name}; run again with --accept")
        elif expected.read_text(encoding="utf-8") != text:
            fine = False
            lines.append(f"  {specimen.name}: differs from {expected.name}")
        else:
            lines.append(f"  {specimen.name}: as expected")
        lines += [f"    refused row {row}: {reasons}" for row, reasons in refused]
    return "\n".join(lines), fine


def stage_specimen(
    settings: Settings, declared: dict[str, Source], source: Source, specimen: Path
) -> tuple[str, list[tuple[int, str]]]:
    """Good rows of a specimen as CSV in key order, and its refused rows with reasons."""
    import hashlib

    from tasks.read.staging import quarantine_sql

    with tempfile.TemporaryDirectory(prefix="penataran-check-") as name:
        folder = Path(name)
        landing, lake = folder / "landing", _lists(settings, declared, source)
        body = specimen.read_bytes()
        sha = hashlib.sha256(body).hexdigest()
        spooled = folder / "specimen"
        shutil.copyfile(specimen, spooled)
        first = bool(source.first_request) and specimen.stem.startswith("first")
        dataset = next(iter(source.datasets))
        if specimen.stem.split(".")[0] in source.datasets:
            dataset = specimen.stem.split(".")[0]
        day = datetime(2000, 1, 1, tzinfo=UTC).date()
        slice_ = Slice(source.code, dataset, "specimen", day, day, ())
        receipt = Receipt(
            sha, source.code, slice_.name, "FILE", specimen.name, 200, {},
            datetime.now(UTC).isoformat(), len(body), source.sha256, "check", first,
        )  # fmt: skip
        land(landing, spooled, receipt)
        con = connect(folder / "duckdb")
        try:
            lists = code_lists.build(con, lake)
            generation = Generation(slice_, (receipt,), False, {})
            staged = stage(con, landing, folder, source, [generation], lists)
            # A stage that follows from the age of the figures would change with the day.
            aged = {"release_stage"} if source.stages else set()
            columns = [c for c in staged.columns if c not in aged]
            order = ", ".join(f.name for f in source.warehouse_table.key)
            out = folder / "out.csv"
            con.execute(
                f"COPY (SELECT {', '.join(columns)} FROM typed WHERE {good_rows(staged)} "
                f"ORDER BY {order}) TO {literal(str(out))} (FORMAT csv, HEADER true)"
            )
            head = "0 AS load_seq, '' AS run_id, '' AS slice, now() AS recorded_at"
            refused = con.execute(
                f"SELECT row_number, reasons FROM ({quarantine_sql(staged, source, head)}) "
                "ORDER BY row_number"
            ).fetchall()
        finally:
            con.close()
        return out.read_text(encoding="utf-8"), [(int(r), str(t)) for r, t in refused]


_LISTS: dict[tuple[str, ...], tuple[tempfile.TemporaryDirectory[str], Lake]] = {}


def _lists(settings: Settings, declared: dict[str, Source], source: Source) -> Lake:
    """Reference lists for a dry run, through the same code as a real load: the built-in ones,
    and from its specimen a partner's list that the source looks codes up in. Nothing is written
    to them afterwards, so one lake serves all dry runs of a process."""
    looked_up = {
        c.lookup
        for part in map(source.part, source.datasets)
        for specs in part.columns.values()
        for c in specs
        if c.lookup
    }
    wanted = [
        (listed, path)
        for listed in declared.values()
        if listed.builtin
        or (listed.constants.get("scheme") in looked_up and listed.code != source.code)
        for path in (
            [None]
            if listed.builtin
            else sorted(specimen_folder(settings, listed.code).glob("list.*"))
        )
    ]
    key = tuple(f"{listed.sha256} {path}" for listed, path in wanted)
    if key not in _LISTS:
        kept = tempfile.TemporaryDirectory(prefix="penataran-lists-")
        folder = Path(kept.name)
        lake = Lake(folder / "lake")
        lake.create_missing()
        for number, (listed, path) in enumerate(wanted, start=1):
            body = (
                path.read_bytes()
                if path
                else builtin.content(str(listed.builtin), settings, declared)
            )
            _load_list(listed, body, folder, lake, number)
        _LISTS[key] = (kept, lake)
    return _LISTS[key][1]


def _load_list(source: Source, body: bytes, folder: Path, lake: Lake, number: int) -> None:
    import hashlib

    from tasks.load.commit import Counts, Evidence, Fence, Load, commit
    from tasks.load.diff import diff

    spooled = folder / source.code
    spooled.write_bytes(body)
    day = datetime(2000, 1, 1, tzinfo=UTC).date()
    slice_ = Slice(source.code, "list", "all", day, day, ())
    receipt = Receipt(
        hashlib.sha256(body).hexdigest(), source.code, slice_.name, "BUILTIN", "", 200, {},
        datetime.now(UTC).isoformat(), len(body), source.sha256, "check",
    )  # fmt: skip
    land(folder / "landing", spooled, receipt)
    con = connect(folder / "duckdb")
    try:
        lists = code_lists.build(con, lake)
        generations = [Generation(slice_, (receipt,), False, {})]
        staged = stage(con, folder / "landing", folder, source, generations, lists)
        counts: Counts = diff(con, lake, source, staged, generations)
        load = Load(number, datetime.now(UTC), "check", slice_, "first")
        fence = Fence.of(lake, source, slice_)
        commit(con, lake, source, staged, load, fence, counts, Evidence((), ()), {}, refused=False)
    finally:
        con.close()
