"""Staging: landed answers to one table of typed rows, each with the row rules that it breaks.

`stage` makes table `typed` in a DuckDB connection. Nothing of it is written elsewhere until the
batch has passed its gate. Each refused row keeps all its reasons and its place.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from config.source import Source
from schemas.errors import DataError, StorageError
from schemas.model import Severity
from schemas.rules import Rule
from schemas.sql import literal
from tasks.landing.land import Receipt, copy_landed
from tasks.landing.manifest import Generation
from tasks.read import formats
from tasks.read.asked import (
    NOT_ASKED,
    OTHER_ANSWER,
    ExpectedAnswer,
    check_envelope,
    expected_answer,
    first_other,
    others_only,
)
from tasks.read.codes import CodeLists
from tasks.read.formats.common import RawRelation
from tasks.read.mapping import (
    ColumnMapping,
    Projection,
    bit,
    column_mapping,
    declared_columns,
    optional_units,
    project,
)
from tasks.slices import Slice
from warehouse import engine
from warehouse.engine import error_types, first_row, is_out_of_memory

if TYPE_CHECKING:
    import duckdb


@dataclass
class Staged:
    """Counts of one staged slice. `fetched` = good + quarantined + duplicates + ignored."""

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
    "two different rows have the same key; none of them is loaded",
)


@dataclass(frozen=True)
class _Answer:
    """One landed answer and how it is read. `generation` and `index` are its numbers in `typed`."""

    source: Source  # as the answer's dataset sees it
    slice: Slice
    expected: ExpectedAnswer
    receipt: Receipt
    generation: int
    index: int

    @property
    def mapping(self) -> ColumnMapping:
        return column_mapping(self.source, first=self.receipt.first)

    @property
    def group(self) -> str:
        """The question whose pages belong together."""
        return f"{self.generation}:{self.receipt.group}"


class Pages:
    """Rows announced and received in all pages of each question."""

    def __init__(self) -> None:
        self._totals: dict[str, tuple[int, int]] = {}

    def add(self, group: str, announced: int, received: int, where: str) -> None:
        """Count one page; raises DataError if it announces another total than earlier pages."""
        total, so_far = self._totals.get(group, (announced, 0))
        if total != announced:
            raise DataError(
                "total_changed",
                f"the announced total changed from {total} to {announced} while paging",
                where=where,
                hint="the data changed while paging; the next run fetches it again",
            )
        self._totals[group] = (total, so_far + received)

    def check(self) -> None:
        """Raises DataError if fewer or more rows were received than announced."""
        for group, (total, received) in self._totals.items():
            if total != received:
                raise DataError(
                    "pages_incomplete",
                    f"the partner announced {total} rows, but all pages together have {received}",
                    where=group,
                    hint="the data changed while paging; the next run fetches it again",
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
    `_ignored`, `_record`, `_duplicate`. Rows of a later generation replace those of an earlier
    one. Raises DataError if a whole answer cannot be used.
    """
    con.execute("DROP TABLE IF EXISTS typed")
    answers = _answers(source, generations)
    if not answers:
        raise DataError("nothing_fetched", "no answer to stage", where=source.code)
    staged: Staged | None = None
    pages = Pages()
    for answer in answers:
        path = spool / f"{source.code}-{uuid.uuid4().hex}"
        copy_landed(landing, spool, answer.receipt.sha256, path)
        try:
            with formats.understood(answer.receipt.url):
                raw, projection = read_answer(con, path, answer, lists)
            if staged is None:
                shas = tuple(a.receipt.sha256 for a in answers)
                staged = Staged((*projection.rules, CONFLICT), projection.columns, shas)
            staged.warnings += _added_columns(answer, raw, projection)
            rows = _insert(con, raw, projection, answer)
            ragged = formats.ragged_lines(con, raw.skipped_lines)
            sha = answer.receipt.sha256
            staged.ragged += [(sha, line, why, text) for line, why, text in ragged]
            _check_declared(answer, raw, rows + len(ragged), pages)
            if rows:
                _check_asked(con, answer, raw, projection.rules)
        finally:
            for leftover in spool.glob(f"{path.name}*"):
                leftover.unlink()
    assert staged is not None
    pages.check()
    _refuse_others_only(con, staged, answers[-1])
    for number in range(1, len(generations)):
        overlay(con, source, generations[number], number, staged)
    part = answers[-1].source
    if _newest_counts(source, answers[-1].slice.dataset):
        _prefer_newest_answers(con, source, answers)
    if part.rows.trailing_zeros == "not_published":
        _leave_out_trailing_zeros(con, part, staged)
    _mark_duplicates(con, source, staged)
    _count(con, staged)
    return staged


def _answers(source: Source, generations: Sequence[Generation]) -> list[_Answer]:
    receipts = [(number, g, r) for number, g in enumerate(generations) for r in g.receipts]
    return [
        _answer(source, generation, receipt, number, index)
        for index, (number, generation, receipt) in enumerate(receipts)
    ]


def _answer(
    source: Source, generation: Generation, receipt: Receipt, number: int, index: int
) -> _Answer:
    part = source.part(generation.slice.dataset)
    expected = expected_answer(part, generation, receipt)
    return _Answer(part, generation.slice, expected, receipt, number, index)


def answer_of(source: Source, generation: Generation, receipt: Receipt) -> _Answer:
    """One receipt of a generation, to be read alone."""
    return _answer(source, generation, receipt, 0, 0)


def overlay(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    generation: Generation,
    number: int,
    staged: Staged,
) -> None:
    """Identity the earlier rows that a later generation replaces; they count as duplicates.

    A good row replaces rows of its key and release stage. A refused row replaces all rows of its
    key, so that no older value returns. A complete answer replaces everything that it covers.
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


def _newest_counts(source: Source, dataset: str) -> bool:
    variables = {**source.variables, **source.datasets[dataset].variables}
    return any(v.found is not None and v.found.pick == "newest" for v in variables.values())


def _prefer_newest_answers(
    con: duckdb.DuckDBPyConnection, source: Source, answers: Sequence[_Answer]
) -> None:
    """Of rows with one key in answers to one question, keep that of the newest stamp; the others
    count as duplicates."""
    if len({a.receipt.stamp for a in answers}) < 2:
        return
    stamps = ", ".join(f"({a.index}, {literal(a.receipt.stamp)})" for a in answers)
    names = [f.name for f in source.warehouse_table.key]
    keys, readable = ", ".join(names), " AND ".join(f"{n} IS NOT NULL" for n in names)
    con.execute(
        f"UPDATE typed SET _duplicate = true FROM (SELECT _raw, _row, stamp < max(stamp) OVER "
        f"(PARTITION BY _generation, {keys}) AS is_older FROM typed "
        f"JOIN (VALUES {stamps}) AS stamps (raw, stamp) ON raw = _raw "
        f"WHERE NOT _ignored AND {readable}) AS aged "
        f"WHERE aged.is_older AND typed._raw = aged._raw AND typed._row = aged._row"
    )


def _leave_out_trailing_zeros(
    con: duckdb.DuckDBPyConnection, source: Source, staged: Staged
) -> None:
    """Leave out the zeros of periods after the last one with a figure: a table has all periods of
    its year, those not yet published too."""
    value = source.warehouse_table.value_field
    last = f"(SELECT max(period_start) FROM typed WHERE {good_rows(staged)} AND {value} > 0)"
    con.execute(
        f"UPDATE typed SET _ignored = true, _broken = 0, _record = NULL "
        f"WHERE NOT _ignored AND (value_status = 'below_unit' OR {value} = 0) "
        f"AND period_start > coalesce({last}, DATE '0001-01-01')"
    )


def scope_sql(source: Source, generation: Generation) -> str:
    """SQL condition of the figures that a generation covers: one that is missing was withdrawn."""
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


def withdrawn_sql(source: Source, generations: Sequence[Generation]) -> str:
    """SQL condition of the figures that are withdrawn where complete answers lack them."""
    claims = [g for g in generations if g.complete and source.coverage.absence == "withdrawn"]
    return " OR ".join(f"({scope_sql(source, g)})" for g in claims) or "false"


def read_answer(
    con: duckdb.DuckDBPyConnection, path: Path, answer: _Answer, lists: CodeLists
) -> tuple[RawRelation, Projection]:
    """The relation of an answer's raw rows, and the projection to typed ones over it."""
    source, mapping, receipt = answer.source, answer.mapping, answer.receipt
    first = source.first_request
    reader = first.reader if receipt.first and first else source.reader
    declared = declared_columns(source, mapping)
    raw = formats.raw_relation(con, path, reader, declared, mapping.ignore, receipt.url)
    formats.check_units(raw, optional_units(mapping), receipt.url)
    dataset = source.datasets[answer.slice.dataset]
    projection = project(source, dataset, mapping, raw.columns, lists.closed, answer.expected)
    return raw, projection


def _added_columns(answer: _Answer, raw: RawRelation, projection: Projection) -> list[str]:
    """Warnings of columns that are neither mapped nor ignored by name. Raises DataError, unless
    the declaration asks for a warning."""
    if not raw.columns:
        return []  # an answer without rows has no columns to check
    added = formats.check_columns(
        raw.columns,
        projection.mapped,
        projection.optional,
        projection.ignored,
        answer.receipt.url,
    )
    if not added:
        return []
    if answer.source.added_columns == "fatal":
        raise DataError(
            "column_added",
            f"columns that the declaration does not know: {formats.all_shown(added[:20])}",
            where=answer.receipt.url,
            hint=f"map them or list them under ignore: in {answer.source.code}.yml; a new "
            "dimension could multiply totals",
        )
    return [f"column_added: {formats.all_shown(added[:20])}"]


def _insert(
    con: duckdb.DuckDBPyConnection, raw: RawRelation, projection: Projection, answer: _Answer
) -> int:
    select = (
        f"WITH raw AS ({raw.sql}) SELECT {answer.generation} AS _generation, "
        f"{answer.index} AS _raw, *, false AS _duplicate FROM ({projection.sql})"
    )
    verb = "INSERT INTO typed" if answer.index else "CREATE TABLE typed AS"
    where = answer.receipt.url
    try:
        con.execute(f"{verb} {select}")
    except error_types() as failure:
        if is_out_of_memory(failure):
            raise StorageError(
                "out_of_memory",
                "the answer needs more memory than staging may use",
                where=where,
                hint="split the request by one more variable in the declaration",
            ) from None
        refused = formats.refusal(failure)
        if refused:  # by the relation itself
            hint = "see SDMX in docs/new-source.md"
            raise DataError(*refused, where=where, hint=hint) from None
        code, words = raw.fault
        raise DataError(
            code,
            f"{words}: {formats.first_line(failure)}",
            where=where,
            hint="the transfer was cut or the partner changed its format",
        ) from None
    row = first_row(con.execute("SELECT count(*) FROM typed WHERE _raw = ?", [answer.index]))
    return int(row[0]) if row else 0


def _check_declared(answer: _Answer, raw: RawRelation, rows: int, pages: Pages) -> None:
    """Compare the rows received with the number that the answer declares."""
    where = answer.receipt.url
    if raw.declared_rows is not None and raw.declared_rows != rows:
        raise DataError(
            "count_mismatch",
            f"the answer declares {raw.declared_rows} rows, but contains {rows}",
            where=where,
        )
    request = answer.source.request
    if request and request.paging and request.paging.total and raw.envelope is not None:
        total = request.paging.total
        announced = formats.counted(formats.at_path(raw.envelope, total), total, where)
        pages.add(answer.group, announced, rows, where)


def _check_asked(
    con: duckdb.DuckDBPyConnection, answer: _Answer, raw: RawRelation, rules: Sequence[Rule]
) -> None:
    """Raises DataError if the answer says that it is not what was asked for."""
    where = answer.receipt.url
    check_envelope(answer.expected, raw.envelope, where)
    mask = sum(1 << i for i, rule in enumerate(rules) if rule.code == OTHER_ANSWER)
    wrong = f"SELECT 1 FROM typed WHERE _raw = {answer.index} AND _broken & {mask} <> 0 LIMIT 1"
    if mask and first_row(con.execute(wrong)):
        error = first_other(con, raw.sql, answer.expected, where)
        assert error is not None
        raise error


def _refuse_others_only(con: duckdb.DuckDBPyConnection, staged: Staged, answer: _Answer) -> None:
    number = next(i for i, rule in enumerate(staged.rules) if rule.code == NOT_ASKED)
    if answer.expected.days or answer.expected.codes:
        table = answer.source.warehouse_table
        error = others_only(con, table, bit(number), answer.expected)
        if error:
            raise error


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
    if surely_distinct(con, staged, keys):
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


def surely_distinct(con: duckdb.DuckDBPyConnection, staged: Staged, keys: Sequence[str]) -> bool:
    """True if no two good rows share a key. Keys are compared by a number, which takes a fraction
    of the time: different numbers prove different keys. False may be a collision."""
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
