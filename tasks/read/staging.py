"""Validation: every row by the row rules, then the batch by its gate.

`stage` turns landed bytes into one table `typed` in DuckDB; nothing leaves it until the
gate is passed. Each refused row keeps all its reasons and its place.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.source import Source
from schemas.checks import Expectation, profile_columns, suite
from schemas.errors import DataError, StorageError
from schemas.model import Severity
from schemas.rules import Rule, literal
from tasks.landing.land import Receipt, take
from tasks.landing.manifest import Generation
from tasks.read import formats
from tasks.read.codes import CodeLists
from tasks.read.mapping import (
    UNREADABLE,
    Mapping,
    Projection,
    bit,
    declared_columns,
    mapping_of,
    project,
)
from tasks.slices import Slice
from warehouse import engine
from warehouse.engine import error_types, first_row, is_out_of_memory

if TYPE_CHECKING:
    import duckdb

SAMPLE_ROWS = 2000
MAX_SUGGESTED = 100  # different unknown codes of one column that get suggestions
LEAST_ALIKE = 0.75
SAMPLE_SEED = 3505


@dataclass
class Staged:
    """Counts of one staged slice. `fetched` is the sum of what follows it."""

    rules: tuple[Rule, ...]
    columns: tuple[str, ...]
    shas: tuple[str, ...]
    fetched: int = 0
    good: int = 0
    quarantined: int = 0
    duplicates: int = 0
    ignored: int = 0
    warnings: list[str] = field(default_factory=list)
    ragged: list[tuple[str, int, str, str]] = field(default_factory=list)
    failed_by_rule: list[int] = field(default_factory=list)
    duplicate_keys: int = 0

    @property
    def refused_share(self) -> float:
        kept = self.good + self.quarantined + self.duplicates
        return self.quarantined / kept if kept else 0.0


CONFLICT = Rule(
    "conflicting_key",
    "key",
    "false",
    "one row per key",
    Severity.QUARANTINE,
    "two different rows claim the same key; neither is taken",
)


def stage(
    con: duckdb.DuckDBPyConnection,
    landing: Path,
    spool: Path,
    source: Source,
    generations: Sequence[Generation],
    lists: CodeLists,
) -> Staged:
    """Read, map and check the landed answers of a slice into table `typed`.

    Columns: `_generation`, `_raw` (index of the receipt), `_row`, typed columns, `_broken`,
    `_ignored`, `_record`, `_duplicate`. Of several generations a later answer takes the place
    of an earlier one. Raises DataError if a whole answer cannot be used.
    """
    con.execute("DROP TABLE IF EXISTS typed")
    receipts = [(n, r) for n, g in enumerate(generations) for r in g.receipts]
    staged: Staged | None = None
    totals: dict[str, tuple[int, int]] = {}
    for index, (number, receipt) in enumerate(receipts):
        path = spool / f"{source.code}-{uuid.uuid4().hex}"
        take(landing, spool, receipt.sha256, path)
        try:
            slice_ = generations[number].slice
            part = source.part(slice_.dataset)
            mapping = mapping_of(part, first=receipt.first)
            raw, projection = _read(con, path, part, slice_, mapping, receipt, lists)
            if staged is None:
                shas = tuple(r.sha256 for _, r in receipts)
                rules = (*projection.rules, CONFLICT)
                staged = Staged(rules, projection.columns, shas)
            _warn_added(part, mapping, raw, projection, receipt.url, staged)
            rows = _insert(con, raw, projection, number, index, receipt.url)
            ragged = formats.ragged_lines(con, raw.skipped_lines)
            staged.ragged += [(receipt.sha256, line, why, text) for line, why, text in ragged]
            _check_declared(raw, rows + len(ragged), number, receipt, part, totals)
        finally:
            for leftover in spool.glob(f"{path.name}*"):
                leftover.unlink()
    if staged is None:
        raise DataError("nothing_fetched", "no answer to stage", where=source.code)
    for label, (expected, rows) in totals.items():
        if expected != rows:
            raise DataError(
                "pages_incomplete",
                f"the partner announced {expected} rows over all pages, {rows} came",
                where=label,
                hint="the data changed while paging; the next run fetches it again",
            )
    for number in range(1, len(generations)):
        overlay(con, source, generations[number], number, staged)
    _mark_duplicates(con, source, staged)
    _count(con, staged)
    _suggest(con, staged)
    return staged


def _suggest(con: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Table `nearest`: for codes that no list has, the ones of the list that look most alike."""
    con.execute("CREATE OR REPLACE TEMP TABLE nearest (bit INTEGER, came VARCHAR, words VARCHAR)")
    for number, rule in enumerate(staged.rules):
        if rule.code_list is None or not staged.failed_by_rule[number]:
            continue
        came, (list_name, scheme) = _came(rule, staged), rule.code_list
        alike = "jaro_winkler_similarity(upper(codes.code), upper(unknown.came))"
        shown = "code" if not scheme else "concat(code, ' (', target, ')')"
        con.execute(
            f"INSERT INTO nearest SELECT {number}, came, string_agg({shown}, ', ' ORDER BY score "
            f"DESC, code) FROM (SELECT came, code, target, {alike} AS score FROM (SELECT DISTINCT "
            f"left({came}, 80) AS came FROM typed WHERE _broken & {bit(number)} <> 0 AND "
            f"{came} IS NOT NULL LIMIT {MAX_SUGGESTED}) AS unknown JOIN codes ON codes.list = "
            f"{literal(list_name)} AND codes.scheme = {literal(scheme)} "
            f"WHERE score > {LEAST_ALIKE} QUALIFY row_number() OVER "
            f"(PARTITION BY came ORDER BY score DESC, code) <= 3) GROUP BY came"
        )


def overlay(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    generation: Generation,
    number: int,
    staged: Staged,
) -> None:
    """Mark the earlier rows whose place a later answer takes; they count as duplicates.

    A good row displaces its key and release stage; a refused one its whole key, so that no
    older value comes back in its stead; a complete answer everything in its coverage.
    """
    table = source.warehouse_table
    keys = [f.name for f in table.key]
    same = " AND ".join(f"typed.{k} = later.{k}" for k in keys)
    fresh = f"_generation = {number} AND NOT _ignored"
    later = f"SELECT {', '.join(keys)}, release_stage, {_good(staged)} AS good FROM typed"
    con.execute(
        f"UPDATE typed SET _duplicate = true FROM ({later} WHERE {fresh}) AS later "
        f"WHERE typed._generation < {number} AND NOT typed._ignored AND {same} "
        f"AND (NOT later.good OR typed.release_stage = later.release_stage)"
    )
    if generation.complete and source.coverage.absence == "withdrawn":
        con.execute(
            f"UPDATE typed SET _duplicate = true WHERE _generation < {number} AND NOT _ignored "
            f"AND {scope_sql(source, generation)}"
        )


def scope_sql(source: Source, generation: Generation) -> str:
    """SQL condition of the figures that a generation's absence says something about."""
    table, slice_ = source.warehouse_table, generation.slice
    names = {f.name for f in table.body()}
    parts = ["true"]
    own = source.datasets[slice_.dataset].constants
    parts += [f"{f.name} = {literal(own[f.name])}" for f in table.key if f.name in own]
    if "frequency" in names and not source.is_file:
        parts.append(f"frequency = {literal(source.datasets[slice_.dataset].frequency)}")
    period = next((n for n in ("period_start", "rate_date") if n in names), None)
    if period:
        parts.append(f"{period} BETWEEN DATE '{slice_.start}' AND DATE '{slice_.end}'")
    for field_name, asked in generation.asked.items():
        parts.append(f"{field_name} IN ({', '.join(literal(code) for code in asked)})")
    return " AND ".join(parts)


def _read(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    source: Source,
    slice_: Slice,
    mapping: Mapping,
    receipt: Receipt,
    lists: CodeLists,
) -> tuple[formats.RawRelation, Projection]:
    first = source.first_request
    reader = first.reader if receipt.first and first else source.reader
    declared = declared_columns(source, mapping)
    raw = formats.read(con, path, reader, declared, mapping.ignore, receipt.url)
    dataset = source.datasets[slice_.dataset]
    fetched_on = datetime.fromisoformat(receipt.fetched_at).date()
    projection = project(source, dataset, mapping, raw.columns, lists.closed, fetched_on)
    return raw, projection


def _warn_added(
    source: Source,
    mapping: Mapping,
    raw: formats.RawRelation,
    projection: Projection,
    where: str,
    staged: Staged,
) -> None:
    """A column is mapped, ignored by name, or fatal; a declaration may choose a warning."""
    if not raw.columns:
        return  # no rows, so no columns to judge by
    added = formats.check_columns(
        raw.columns, projection.mapped, projection.optional, projection.ignored, where
    )
    if not added:
        return
    if source.added_columns == "fatal":
        raise DataError(
            "column_added",
            f"columns that the declaration does not know: {', '.join(added[:20])}",
            where=where,
            hint=f"map them or list them under ignore: in {source.code}.yml; a new dimension "
            "could multiply totals",
        )
    staged.warnings.append(f"column_added: {', '.join(added[:20])}")


def _insert(
    con: duckdb.DuckDBPyConnection,
    raw: formats.RawRelation,
    projection: Projection,
    number: int,
    index: int,
    where: str,
) -> int:
    select = (
        f"WITH raw AS ({raw.sql}) SELECT {number} AS _generation, {index} AS _raw, *, "
        f"false AS _duplicate "
        f"FROM ({projection.sql})"
    )
    exists = first_row(
        con.execute("SELECT count(*) FROM information_schema.tables WHERE table_name = 'typed'")
    )
    verb = "INSERT INTO typed" if exists and exists[0] else "CREATE TABLE typed AS"
    try:
        con.execute(f"{verb} {select}")
    except error_types() as failure:
        if is_out_of_memory(failure):
            raise StorageError(
                "out_of_memory",
                "the answer needs more memory than the stage may use",
                where=where,
                hint="split the request by one more variable in the declaration",
            ) from failure
        code, words = raw.fault
        raise DataError(
            code,
            f"{words}: {formats.first_line(failure)}",
            where=where,
            hint="the transfer was cut or the partner changed its format",
        ) from failure
    row = first_row(con.execute("SELECT count(*) FROM typed WHERE _raw = ?", [index]))
    return int(row[0]) if row else 0


def _check_declared(
    raw: formats.RawRelation,
    rows: int,
    number: int,
    receipt: Receipt,
    source: Source,
    totals: dict[str, tuple[int, int]],
) -> None:
    if raw.declared_rows is not None and raw.declared_rows != rows:
        raise DataError(
            "count_mismatch",
            f"the answer declares {raw.declared_rows} rows and holds {rows}",
            where=receipt.url,
        )
    paging = source.request.paging if source.request else None
    if paging and paging.total and raw.envelope is not None:
        expected = int(formats.at_path(raw.envelope, paging.total) or 0)
        group = f"{number}:{receipt.group}"
        before = totals.get(group, (expected, 0))
        if before[0] != expected:
            raise DataError(
                "total_changed",
                f"the announced total went from {before[0]} to {expected} while paging",
                where=receipt.url,
                hint="the data changed while paging; the next run fetches it again",
            )
        totals[group] = (expected, before[1] + rows)


def _good(staged: Staged) -> str:
    mask = sum(1 << i for i, rule in enumerate(staged.rules) if rule.severity is not Severity.WARN)
    return f"NOT _ignored AND (_broken & {mask}) = 0"


def good_rows(staged: Staged) -> str:
    """SQL condition of the rows that may be loaded."""
    return f"{_good(staged)} AND NOT _duplicate"


def bad_rows(staged: Staged) -> str:
    mask = sum(1 << i for i, rule in enumerate(staged.rules) if rule.severity is not Severity.WARN)
    return f"NOT _ignored AND NOT _duplicate AND (_broken & {mask}) <> 0"


def _mark_duplicates(con: duckdb.DuckDBPyConnection, source: Source, staged: Staged) -> None:
    """Equal rows of one key count once; different rows of one key are all refused (D06, S11)."""
    table = source.warehouse_table
    keys = [f.name for f in table.key] + ["release_stage"]
    listed = ", ".join(keys)
    if _surely_distinct(con, staged, keys):
        return
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE doubled AS SELECT {listed}, "
        f"count(DISTINCT ({', '.join((*table.measure_names, 'value_status'))})) AS kinds "
        f"FROM typed WHERE {good_rows(staged)} GROUP BY {listed} HAVING count(*) > 1"
    )
    row = first_row(con.execute("SELECT count(*) FROM doubled"))
    if not row or not row[0]:
        return
    same = " AND ".join(f"typed.{k} = doubled.{k}" for k in keys)
    con.execute(
        f"UPDATE typed SET _broken = _broken + {bit(len(staged.rules) - 1)}, "
        f"_record = to_json(struct_pack({', '.join(f'{c} := typed.{c}' for c in staged.columns)})) "
        f"FROM doubled WHERE {same} AND doubled.kinds > 1 AND {good_rows(staged)}"
    )
    con.execute(
        f"UPDATE typed SET _duplicate = true FROM (SELECT _raw, _row FROM (SELECT _raw, _row, "
        f"row_number() OVER (PARTITION BY {listed} ORDER BY _raw, _row) AS nth FROM typed "
        f"SEMI JOIN doubled USING ({listed}) WHERE {good_rows(staged)}) WHERE nth > 1) AS again "
        f"WHERE typed._raw = again._raw AND typed._row = again._row"
    )


def _surely_distinct(con: duckdb.DuckDBPyConnection, staged: Staged, keys: Sequence[str]) -> bool:
    """True if no two good rows share a key. Different numbers prove different keys, and
    numbers are counted in a fraction of the time; false may be a collision."""
    row = first_row(
        con.execute(
            f"SELECT count(*) = count(DISTINCT {engine.number_of(keys)}) FROM typed "
            f"WHERE {good_rows(staged)}"
        )
    )
    return bool(row and row[0])


def _count(con: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    per_rule = ", ".join(
        f"count(*) FILTER (_broken & {bit(i)} <> 0)" for i in range(len(staged.rules))
    )
    row = first_row(
        con.execute(
            f"SELECT count(*), count(*) FILTER (_ignored), count(*) FILTER ({bad_rows(staged)}), "
            f"count(*) FILTER ({good_rows(staged)}), {per_rule} FROM typed"
        )
    )
    assert row is not None
    ragged = len(staged.ragged)
    staged.fetched = int(row[0]) + ragged
    staged.ignored = int(row[1])
    staged.quarantined = int(row[2]) + ragged
    staged.good = int(row[3])
    staged.duplicates = staged.fetched - staged.ignored - staged.quarantined - staged.good
    staged.failed_by_rule = [int(n) for n in row[4:]]


def quarantine_sql(staged: Staged, source: Source, head: str) -> str:
    """SQL of the `ops_quarantine` rows: every reason of every refused row, and its place.

    `head` is SQL of the load's own columns: load_seq, run_id, slice, recorded_at.
    """
    cases = ", ".join(
        f"CASE WHEN _broken & {bit(i)} <> 0 THEN json_object('code', {literal(r.code)}, "
        f"'field', {literal(r.field)}, 'came', {_came(r, staged)}, "
        f"'expected', {literal(r.expected)}, 'hint', {_hint(i, r, staged)}, "
        f"'severity', {literal(str(r.severity))}) END"
        for i, r in enumerate(staged.rules)
    )
    shas = ", ".join(literal(s) for s in staged.shas)
    reasons = f"list_filter([{cases}], lambda x: x IS NOT NULL)"
    if any(r.code == UNREADABLE for r in staged.rules):
        # A partner's file says cell by cell what could not be read.
        cells = "json_extract(CAST(json_extract_string(_record, '$._problems') AS JSON), '$[*]')"
        own = f"lambda x: json_extract_string(x, '$.code') <> {literal(UNREADABLE)}"
        reasons = f"list_concat(list_filter({reasons}, {own}), coalesce({cells}, []))"
    return (
        f"SELECT {head}, [{shas}][_raw + 1] AS raw_sha256, _row AS row_number, "
        f"{literal(source.code)} AS source, {literal(source.table)} AS table_name, "
        f"CAST(to_json({reasons}) AS VARCHAR) AS reasons, "
        f"CAST(_record AS VARCHAR) AS record, {_row_key(source)} AS row_key "
        f"FROM typed WHERE {bad_rows(staged)}"
    )


def _row_key(source: Source) -> str:
    """The refused row's key as JSON where every part of it could be read, else null."""
    names = [f.name for f in source.warehouse_table.key]
    told = " AND ".join(f"{n} IS NOT NULL" for n in names)
    packed = ", ".join(f"{n} := {n}" for n in names)
    return f"CASE WHEN {told} THEN CAST(to_json(struct_pack({packed})) AS VARCHAR) END"


def _hint(number: int, rule: Rule, staged: Staged) -> str:
    """The rule's hint; before it, for an unknown code, the codes nearest to it."""
    if rule.code_list is None or not staged.failed_by_rule[number]:
        return literal(rule.hint)
    found = (
        f"(SELECT any_value(words) FROM nearest WHERE nearest.bit = {number} "
        f"AND nearest.came = left({_came(rule, staged)}, 80))"
    )
    return f"coalesce('nearest: ' || {found} || '; ', '') || {literal(rule.hint)}"


def _came(rule: Rule, staged: Staged) -> str:
    """What stood in the cell: the raw text of a source column, or the typed value."""
    path = literal('$."' + rule.field.replace('"', '\\"') + '"')
    raw = f"json_extract_string(_record, {path})"
    if rule.field in staged.columns:
        return f"coalesce({raw}, CAST({rule.field} AS VARCHAR))"
    return raw


# --- the batch gate -----------------------------------------------------------------------


@dataclass(frozen=True)
class GateRequest:
    """What the gate's process is given: two small Parquet files and the expectations."""

    profile: Path
    sample: Path
    expectations: tuple[Expectation, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "profile": str(self.profile),
            "sample": str(self.sample),
            "expectations": [e.as_dict() for e in self.expectations],
        }


def gate_request(
    con: duckdb.DuckDBPyConnection, source: Source, staged: Staged, folder: Path, name: str
) -> GateRequest:
    """Write the aggregates and a seeded sample of the good rows for the gate."""
    table = source.warehouse_table
    profile, sample = folder / f"{name}-profile.parquet", folder / f"{name}-sample.parquet"
    keys = [f.name for f in table.key] + ["release_stage"]
    aggregates = ", ".join(f"{sql} AS {n}" for n, sql in profile_columns(table).items())
    distinct = _surely_distinct(con, staged, keys)
    duplicates = "0::BIGINT" if distinct else f"count(*) - count(DISTINCT ({', '.join(keys)}))"
    con.execute(
        f"COPY (SELECT count(*) AS rows_good, {staged.refused_share} AS refused_share, "
        f"{duplicates} AS duplicate_keys"
        f"{', ' + aggregates if aggregates else ''} "
        f"FROM typed WHERE {good_rows(staged)}) TO {literal(str(profile))} (FORMAT parquet)"
    )
    columns = ", ".join(f.name for f in table.body())
    con.execute(
        f"COPY (SELECT {columns} FROM (SELECT * FROM typed WHERE {good_rows(staged)}) "
        f"USING SAMPLE reservoir({SAMPLE_ROWS} ROWS) REPEATABLE ({SAMPLE_SEED})) "
        f"TO {literal(str(sample))} (FORMAT parquet)"
    )
    rows = source.rows
    return GateRequest(
        profile,
        sample,
        tuple(
            suite(
                table,
                rows_min=rows.min,
                rows_max=rows.max,
                max_refused_share=rows.max_refused_share,
            )
        ),
    )


def gate_error(results: Sequence[dict[str, Any]], where: str) -> DataError | None:
    """The error that stops the load, if any expectation of severity reject failed."""
    failed = [r for r in results if not r["success"] and r["severity"] == Severity.REJECT]
    if not failed:
        return None
    if any(r["check_id"] == "refused_share" for r in failed):
        return DataError(
            "too_many_refused",
            "too many rows were refused; readers keep the last good figures",
            where=where,
            hint="penataran quarantine list shows every reason",
        )
    names = ", ".join(sorted(r["check_id"] for r in failed))
    return DataError("gate", f"the batch failed: {names}", where=where, hint="see ops_check")
