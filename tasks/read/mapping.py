"""From a declaration to SQL: text columns of a source to typed columns of a table.

Pure: it reads declarations and returns SQL; it touches no data. Every conversion that can fail
has a rule beside it, so that no unreadable cell becomes null without a reason.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from config.columns import (
    AnyColumn,
    ChoosingColumn,
    CodeColumn,
    DateColumn,
    FlagColumn,
    NumberColumn,
    PeriodColumn,
    StateColumn,
    TextColumn,
)
from config.source import Dataset, Source
from schemas.derive import SQL_TYPES
from schemas.model import DECIMALS, Field, InList, Severity, Table, Type
from schemas.rules import Rule, code_join_alias, list_fields, period_column, table_rules
from schemas.sql import identifier, literal
from tasks.read.asked import NOT_ASKED, OTHER_ANSWER, ExpectedAnswer, others_rule, selects
from tasks.read.lists import CODE_LISTS
from tasks.read.small_counts import shown

UNREADABLE = "unreadable_cells"
OF_ANSWER = (OTHER_ANSWER, NOT_ASKED)  # rules that are counted in rows that are left out, too
# SDMX: its value's column, and the texts by which an observation says that it has none.
VALUE = "OBS_VALUE"
NO_VALUES = ("NaN", "#N/A")
REPORTING_YEAR, CALENDAR_YEAR = "REPORTING_YEAR_START_DAY", "--01-01"
BRACED = re.compile(r"\{([^{}]+)\}")
# Factors by the number of units that a rate is quoted for, and by SDMX's UNIT_MULT.
UNITS = {1: "1", 10: "0.1", 100: "0.01", 1000: "0.001", 10000: "0.0001"}
POWERS = {n: str(10**n) for n in range(10)}
WIDE = "DECIMAL(28,10)"  # of a number before it is multiplied
EXACT = "DECIMAL(38,18)"  # of a number whose decimals are counted
WIDEST = 62  # bits of a BIGINT that can be added without an overflow


@dataclass(frozen=True)
class Projection:
    """SQL of the typed relation over `raw`, its rules by bit number, and what it reads."""

    sql: str
    rules: tuple[Rule, ...]
    columns: tuple[str, ...]  # typed columns: body, release_stage, value_status
    mapped: frozenset[str]
    optional: frozenset[str]
    ignored: frozenset[str]


@dataclass(frozen=True)
class ColumnMapping:
    """The columns of one answer: the source's usual ones, or those of a first load."""

    columns: dict[str, tuple[AnyColumn, ...]]
    ignore: tuple[str, ...]


def column_mapping(source: Source, *, first: bool) -> ColumnMapping:
    if first and source.first_request:
        return ColumnMapping(source.first_request.columns, source.first_request.ignore)
    return ColumnMapping(source.columns, source.ignore)


def declared_columns(source: Source, mapping: ColumnMapping) -> set[str]:
    """Source columns that are read: mapped ones, those that select rows, and those that say what
    the answer is."""
    found = {part for name in source.select for part in _parts(name)}
    if mapping.columns is source.columns:
        found |= {name.removesuffix("?") for name in source.expects.columns}
    for name, specs in mapping.columns.items():
        found |= {*_parts(name), *(n for c in specs for n in _units(c) if n)}
    return found


def _parts(name: str) -> tuple[str, ...]:
    """Source columns that an entry names: itself, or those between its braces."""
    return tuple(BRACED.findall(name)) or (name,)


def _units(column: AnyColumn) -> tuple[str, str]:
    """Columns with the unit of a number: for how many units it is, and its power of ten."""
    if not isinstance(column, NumberColumn):
        return "", ""
    return column.divide_by, column.power.removesuffix("?")


def optional_units(mapping: ColumnMapping) -> set[str]:
    """Columns of powers of ten that an answer may lack, if its structure does not list them."""
    return {
        c.power[:-1]
        for specs in mapping.columns.values()
        for c in specs
        if isinstance(c, NumberColumn) and c.power[-1:] == "?"
    }


def _list_name(field: Field) -> str:
    for check in field.checks:
        if isinstance(check, InList):
            return check.list_name
    return "area"


ValueColumn = TextColumn | CodeColumn | NumberColumn | DateColumn | FlagColumn


class _Builder:
    """Collects the expressions of one projection."""

    def __init__(
        self,
        source: Source,
        dataset: Dataset,
        mapping: ColumnMapping,
        present: Collection[str],
        expected: ExpectedAnswer,
    ):
        self.fetched_on = expected.fetched_on
        self.source = source
        self.table: Table = source.warehouse_table
        self.dataset = dataset
        self.mapping = mapping
        self.present = set(present)
        self.typed: dict[str, str] = {}
        self.breaches: list[Rule] = []
        self.joins: list[str] = []
        self.looked_up: set[str] = set()
        self.status: str | None = None
        self.status_by_code: list[str] = []
        self.ignore_row: list[str] = []

    def raw(self, name: str) -> str:
        if BRACED.search(name):
            texts = BRACED.split(name)  # text, column, text, column, …
            parts = [
                self.raw(text) if i % 2 else literal(text)
                for i, text in enumerate(texts)
                if i % 2 or text
            ]
            return f"({' || '.join(parts)})"
        return (
            f"nullif(trim(raw.{identifier(name)}), '')" if name in self.present else "NULL::VARCHAR"
        )

    def breach(
        self,
        code: str,
        column: str,
        broken: str,
        expected: str,
        hint: str = "",
        code_list: tuple[str, str] | None = None,
    ) -> None:
        column = _parts(column)[0]
        self.breaches.append(
            Rule(code, column, broken, expected, Severity.QUARANTINE, hint, (column,), code_list)
        )

    def add(self, name: str, column: AnyColumn) -> None:
        raw = self.raw(name)
        if column.default is not None:
            raw = f"coalesce({raw}, {literal(column.default)})"
        if column.extract:
            kept = f"{literal(column.extract)}, {literal(column.as_)}"
            raw = f"nullif(trim(regexp_replace({raw}, {kept})), '')"
        if column.to == "problems":
            # Cells of a file that have no single reading; its reader lists them in the record.
            self.breach(UNREADABLE, name, f"{raw} IS NOT NULL", "cells with one reading")
        elif isinstance(column, PeriodColumn):
            self._period(name, raw)
        elif isinstance(column, StateColumn):
            self._state(name, raw, column)
        else:
            field = self.table.field(column.to)
            self.typed[column.to] = self._value(name, raw, column, field)

    def _state(self, name: str, raw: str, column: StateColumn) -> None:
        chosen = self._choice(name, raw, column)
        if column.to == "value_status":
            self.status = chosen
        else:
            self.typed["release_stage"] = chosen

    def _in_force(self, name: str, raw: str, since: dict[str, str]) -> str:
        """The value that was in force at that time. Times are compared as text, so the keys must be
        written like the source writes them (2022-04)."""
        whens = " ".join(
            f"WHEN {raw} >= {literal(start)} THEN nullif({literal(value)}, '')"
            for start, value in sorted(since.items(), reverse=True)
        )
        expression = f"(CASE {whens} END)"
        self.breach(
            "unmapped_value",
            name,
            f"{raw} IS NOT NULL AND {expression} IS NULL",
            f"a time from {min(since)}",
            "no value is declared for that time: add it under since: in the declaration",
        )
        return expression

    def _choice(self, name: str, raw: str, column: ChoosingColumn) -> str:
        if column.since is not None:
            return self._in_force(name, raw, column.since)
        if column.values is None:
            return raw
        whens = " ".join(
            f"WHEN {literal(k)} THEN {literal(v) if v else 'NULL'}"
            for k, v in column.values.items()
        )
        if column.unmapped == "keep":
            return f"(CASE {raw} {whens} ELSE {raw} END)"
        expression = f"(CASE {raw} {whens} END)"
        if column.unmapped == "empty":
            return expression
        self.breach(
            "unmapped_value",
            name,
            f"{raw} IS NOT NULL AND {expression} IS NULL",
            " | ".join(column.values),
            "the partner uses a new code: map it in the declaration",
        )
        return expression

    def _value(self, name: str, raw: str, column: ValueColumn, field: Field) -> str:
        if isinstance(column, CodeColumn):
            return self._lookup(name, raw, column, field)
        if column.values is not None or column.since is not None:
            chosen = self._choice(name, raw, column)
            return (
                chosen if field.type is Type.TEXT else f"CAST({chosen} AS {SQL_TYPES[field.type]})"
            )
        if isinstance(column, TextColumn):
            text = f"nfc_normalize({raw})"
            return f"{literal(column.prefix)} || {text}" if column.prefix else text
        of_sdmx = NO_VALUES if name == VALUE and isinstance(column, NumberColumn) else ()
        known = ""
        if column.missing or of_sdmx:
            codes = ", ".join(map(literal, dict.fromkeys((*column.missing, *of_sdmx))))
            known = f" AND {raw} NOT IN ({codes})"
        if column.missing:
            if column.ignore_missing:
                self.ignore_row.append(f"({raw} IS NULL OR {raw} IN ({codes}))")
            whens = " ".join(
                f"WHEN {raw} = {literal(code)} THEN {literal(status)}"
                for code, status in column.missing.items()
            )
            if field.name == self.table.value_field:
                self.status_by_code.append(whens)
        factor = self._factor(column, f"{raw} IS NOT NULL{known}")
        expression, code, expected = _cast(raw, column, field, factor)
        self.breach(code, name, f"{raw} IS NOT NULL{known} AND {expression} IS NULL", expected)
        if not isinstance(column, NumberColumn):
            return expression
        if field.type in DECIMALS:
            self._rounded(name, raw, column, field, factor)
        return self._without_zero(expression, column, field) if column.zero else expression

    def _without_zero(self, expression: str, column: NumberColumn, field: Field) -> str:
        """A number whose zero says that there is none, or that it is below the unit."""
        if field.name == self.table.value_field:
            self.status_by_code.append(f"WHEN {expression} = 0 THEN {literal(str(column.zero))}")
        return expression if column.zero == "below_unit" else f"nullif({expression}, 0)"

    def _rounded(
        self, name: str, raw: str, column: NumberColumn, field: Field, factor: str
    ) -> None:
        """A value with more decimals than are kept is loaded, and its rows are counted."""
        number, _ = _number(raw, column.decimal)
        self.breaches.append(
            Rule(
                "rounded",
                _parts(name)[0],
                _is_rounded(number, field.type, factor),
                f"at most {DECIMALS[field.type][1]} decimals",
                Severity.WARN,
                "the value is loaded, rounded to these",
                (_parts(name)[0],),
            )
        )

    def _factor(self, column: AnyColumn, is_there: str) -> str:
        """SQL of what a number is multiplied by; null, and a reason, where its unit cannot be read
        although the number is there."""
        if not isinstance(column, NumberColumn):
            return ""
        factors = [str(column.scale)] if column.scale != 1 else []
        for name, known in zip(_units(column), (UNITS, POWERS), strict=True):
            is_in_units = column.power == f"{name}?" and name not in self.present
            if name and not is_in_units:
                whens = " ".join(f"WHEN {n} THEN {factor}" for n, factor in known.items())
                number = f"TRY_CAST({_without_underscore(self.raw(name))} AS DECIMAL(18,4))"
                factor = f"(CASE {number} {whens} END)"
                factors.append(factor)
                self.breach(
                    "unit_unresolved",
                    name,
                    f"{is_there} AND {factor} IS NULL",
                    " | ".join(map(str, known)),
                    "without it nobody knows for how many units the number stands",
                )
        return " * ".join(factors)

    def _lookup(self, name: str, raw: str, column: CodeColumn, field: Field) -> str:
        scheme = column.lookup
        if column.fold:
            raw = f"lower(nfc_normalize({raw}))"
        alias = f"lookup_{field.name}"
        list_name = _list_name(field)
        self.joins.append(
            f"LEFT JOIN codes AS {alias} ON {alias}.list = {literal(list_name)} "
            f"AND {alias}.scheme = {literal(scheme)} AND {alias}.code = {raw}"
        )
        self.looked_up.add(field.name)
        self.breach(
            "unknown_code",
            name,
            f"{raw} IS NOT NULL AND {alias}.code IS NULL",
            f"a code of {scheme} in list {list_name}",
            f"see table ref_{list_name}; add a partner's new code to its reference file",
            (list_name, scheme),
        )
        return f"{alias}.target"

    def _period(self, name: str, raw: str) -> None:
        start, end = period_sql(raw, self.dataset.frequency)
        self.typed["frequency"] = literal(self.dataset.frequency)
        self.typed["period_start"] = start
        if any(f.name == "period_end" for f in self.table.body()):
            self.typed["period_end"] = end
        self.breach(
            "bad_period",
            name,
            f"{raw} IS NOT NULL AND {start} IS NULL",
            f"a period of frequency {self.dataset.frequency}",
        )
        if REPORTING_YEAR in self.present:
            begins = self.raw(REPORTING_YEAR)
            self.breach(
                "reporting_year",
                REPORTING_YEAR,
                f"{begins} <> {literal(CALENDAR_YEAR)}",
                f"reporting years that begin on {CALENDAR_YEAR}",
                "its quarters and months are others than the calendar's",
            )

    def finish(self) -> None:
        for target, value in self.source.constants.items():
            if target in ("release_stage", "value_status"):
                self.typed.setdefault(target, literal(value))
                continue
            field = self.table.field(target)
            self.typed[target] = f"CAST({literal(value)} AS {SQL_TYPES[field.type]})"
        stage = self._stage_by_age() if self.source.stages else literal(self.source.release_stage)
        said = self.typed.get("release_stage")
        self.typed["release_stage"] = f"coalesce({said}, {stage})" if said else stage
        for field in self.table.body():
            if field.name == "frequency":
                self.typed.setdefault("frequency", literal(self.dataset.frequency))
            self.typed.setdefault(field.name, f"CAST(NULL AS {SQL_TYPES[field.type]})")
        self.typed["value_status"] = self._value_status()

    def _stage_by_age(self) -> str:
        end = next(
            self.typed[n] for n in ("period_end", "rate_date", "period_start") if n in self.typed
        )
        whens = []
        for stage in self.source.stages:
            last = end if stage.after == "period" else f"make_date(year({end}), 12, 31)"
            reached = f"DATE '{self.fetched_on}' >= ({last} + INTERVAL {stage.days} DAY)::DATE"
            whens.append(f"WHEN {reached} THEN {literal(stage.stage)}")
        return f"(CASE {' '.join(whens)} ELSE {literal(self.source.release_stage)} END)"

    def _value_name(self) -> str:
        """The field whose absence is a missing value: the table's own, or, where this source
        does not have that, the first measure that it has."""
        assert self.table.value_field is not None
        mapped = {c.to for specs in self.mapping.columns.values() for c in specs}
        if self.table.value_field in mapped:
            return self.table.value_field
        measures = (n for n in self.table.measure_names if n in mapped and n != "period_end")
        return next(measures, self.table.value_field)

    def _value_status(self) -> str:
        status = f"coalesce({self.status}, 'observed')" if self.status else "'observed'"
        if not self.table.value_field:
            return status
        value = self.typed[self._value_name()]
        whens = " ".join(self.status_by_code)
        # A flag such as "estimated" has no meaning where there is no value.
        empty = (
            f"CASE WHEN {status} IN ('suppressed', 'not_applicable', 'below_unit') "
            f"THEN {status} ELSE 'missing' END"
        )
        return f"(CASE {whens} WHEN {value} IS NULL THEN {empty} ELSE {status} END)"


# What a declaration may name in `to:` that is not a field of the table.
def period_sql(raw: str, frequency: str) -> tuple[str, str]:
    """SQL of first and last day of a period written as the sources write it.

    `2023`, `2023-A1`, `202301`, `2023-01`, `2023M01`, `2023-M01`, `2023-Q1`, `2023Q1`, `2023-S1`,
    `2023-W05` (weeks of ISO 8601), `2023-01-31`, `2023-D031`.
    """
    if frequency == "A":
        year = f"regexp_extract({raw}, '^([0-9]{{4}})(-?A1)?$', 1)"
        start = f"try_strptime({year}, '%Y')::DATE"
        return start, f"({start} + INTERVAL 1 YEAR - INTERVAL 1 DAY)::DATE"
    if frequency == "M":
        digits = f"regexp_replace({raw}, '^([0-9]{{4}})-?M?([0-9]{{2}})(-01)?$', '\\1\\2')"
        start = f"try_strptime(regexp_extract({digits}, '^[0-9]{{6}}$'), '%Y%m')::DATE"
        return start, f"last_day({start})"
    if frequency in ("Q", "S"):
        months = 3 if frequency == "Q" else 6
        pattern = f"'^([0-9]{{4}})-?{frequency}([1-{12 // months}])$'"
        month = f"((TRY_CAST(regexp_extract({raw}, {pattern}, 2) AS INT) - 1) * {months} + 1)"
        year = f"TRY_CAST(regexp_extract({raw}, {pattern}, 1) AS INT)"
        start = f"make_date({year}, {month}, 1)"
        return start, f"({start} + INTERVAL {months} MONTH - INTERVAL 1 DAY)::DATE"
    day = f"try_strptime({raw}, '%Y-%m-%d')::DATE"
    if frequency == "W":
        start = f"coalesce({day}, {_numbered_day(raw, 'W', '%G-W%V')})"
        return start, f"({start} + INTERVAL 6 DAY)::DATE"
    start = f"coalesce({day}, {_numbered_day(raw, 'D', '%Y-D%j')})"
    return start, f"({start})::DATE"


def _numbered_day(raw: str, sign: str, form: str) -> str:
    """SQL of the first day of a week or day with a number in its year; null for a number that its
    year does not have, such as week 53 of most years."""
    digits = 2 if sign == "W" else 3
    pattern = f"'^([0-9]{{4}})-?{sign}([0-9]{{{digits}}})$'"
    text = f"regexp_replace({raw}, {pattern}, '\\1-{sign}\\2')"
    weekday = ("-1", "-%u") if sign == "W" else ("", "")
    start = f"try_strptime({text} || '{weekday[0]}', '{form}{weekday[1]}')::DATE"
    return f"(CASE WHEN strftime({start}, '{form}') = {text} THEN {start} END)"


def _cast(
    raw: str, column: NumberColumn | DateColumn | FlagColumn, field: Field, factor: str
) -> tuple[str, str, str]:
    """SQL that turns text into the field's type or null, with code and words of the breach."""
    match field.type:
        case Type.DATE if isinstance(column, DateColumn):
            fmt = literal(column.date_format)
            return f"try_strptime({raw}, {fmt})::DATE", "not_a_date", column.date_format
        case Type.BOOLEAN:
            lower = f"lower({raw})"
            return (
                f"(CASE WHEN {lower} IN ('true', '1', 'yes', 'ya') THEN true "
                f"WHEN {lower} IN ('false', '0', 'no', 'tidak') THEN false END)",
                "not_a_flag",
                "true | false",
            )
        case Type.TIMESTAMP:
            return f"TRY_CAST({raw} AS TIMESTAMPTZ)", "not_a_time", "ISO 8601 with a zone"
    assert isinstance(column, NumberColumn)  # the other kinds of fields are done
    number, expected = _number(raw, column.decimal)
    if field.type is Type.INTEGER:
        scaled = f"(TRY_CAST({number} AS {WIDE}) * {factor or 1})"
        whole = f"(CASE WHEN {scaled} = trunc({scaled}) THEN {scaled} END)"
        return f"TRY_CAST({whole} AS BIGINT)", "not_a_count", f"a whole number, {expected}"
    kind = SQL_TYPES[field.type]
    if not factor:
        return f"TRY_CAST({number} AS {kind})", "not_a_number", expected
    wide = f"TRY_CAST({number} AS {WIDE})"
    return f"TRY_CAST({wide} * {factor} AS {kind})", "not_a_number", expected


def _is_rounded(number: str, kind: Type, factor: str) -> str:
    """SQL condition of a number that has more decimals than its field keeps."""
    exact = f"TRY_CAST({number} AS {EXACT})"
    if factor:
        wide = f"TRY_CAST({number} AS {WIDE})"
        product = f"({wide} * {factor})"
        differs = f"{exact} <> {wide} OR {product} <> TRY_CAST({product} AS {SQL_TYPES[kind]})"
        return f"coalesce({differs}, false)"
    # Only long texts are compared, which takes a fraction of the time.
    point = f"strpos({number}, '.')"
    is_long = f"{point} > 0 AND length({number}) - {point} > {DECIMALS[kind][1]}"
    differs = f"coalesce({exact} <> TRY_CAST({number} AS {SQL_TYPES[kind]}), false)"
    return f"(CASE WHEN {is_long} THEN {differs} ELSE false END)"


def _without_underscore(raw: str) -> str:
    """SQL of the text, or null: DuckDB's cast reads `1_000` as 1000, and no partner writes so."""
    return f"(CASE WHEN strpos({raw}, '_') = 0 THEN {raw} END)"


def _number(raw: str, decimal: str) -> tuple[str, str]:
    if decimal == ".":
        return _without_underscore(raw), "a number with a decimal point"
    pattern = r"^-?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?$"
    strict = f"regexp_extract({raw}, '{pattern}')"
    plain = f"nullif(replace(replace({strict}, '.', ''), ',', '.'), '')"
    return plain, "a number with a decimal comma (1.234.567,89)"


def _code_joins(table: Table, looked_up: Collection[str]) -> Iterator[str]:
    for field, list_name in list_fields(table):
        if field.name not in looked_up:
            alias = code_join_alias(field.name)
            code = CODE_LISTS[list_name].compared(f"typed.{field.name}")
            yield (
                f"LEFT JOIN codes AS {alias} ON {alias}.list = {literal(list_name)} "
                f"AND {alias}.scheme = '' AND {alias}.code = {code}"
            )


def project(
    source: Source,
    dataset: Dataset,
    mapping: ColumnMapping,
    present: Collection[str],
    closed_lists: frozenset[str],
    expected: ExpectedAnswer,
) -> Projection:
    """SQL of the typed rows of one answer to a question, over a relation named `raw`.

    Columns of the result: `_row`, typed columns, `_broken` (bits of the broken rules),
    `_ignored`, and `_record`, the raw record as JSON where the row is refused.
    """
    builder = _Builder(source, dataset, mapping, present, expected)
    for name, specs in mapping.columns.items():
        for column in specs:
            builder.add(name, column)
    builder.finish()
    for name, declared in source.expects.columns.items():
        texts, column_name = expected.columns.get(name), name.removesuffix("?")
        wrong = "false"
        if texts and (name == column_name or column_name in builder.present):
            wrong = f"NOT coalesce({selects(builder.raw(column_name), texts)}, false)"
        builder.breach(OTHER_ANSWER, column_name, wrong, " | ".join(texts or declared))
    table = builder.table
    columns = (*(f.name for f in table.body()), "release_stage", "value_status")
    rules = list(builder.breaches)
    rules += _retired(table, builder.looked_up)
    rules += [
        r
        for r in table_rules(table, closed_lists)
        if not (r.code in ("unknown_code", "retired_code") and r.field in builder.looked_up)
    ]
    rules += _in_the_future(table, expected.fetched_on + timedelta(days=source.future_days))
    others = others_rule(table, expected)
    rules.append(others)
    breach_bits = _bits(builder.breaches, 0)
    table_bits = _bits(rules[len(builder.breaches) :], len(builder.breaches))
    selected = [selects(builder.raw(name), values) for name, values in source.select.items()]
    ignored = [f"NOT coalesce({s}, false)" for s in selected] + builder.ignore_row
    # The record of a refused row has no counts of people: they may be small.
    kept = sorted(declared_columns(source, mapping) - table.counted_fields)
    # A struct costs nothing until it is written, and only refused rows are written.
    record = ", ".join(
        f"{identifier(c)} := raw.{identifier(c)}" for c in kept if c in builder.present
    )
    validity = ", ".join(
        f"lookup_{name}.valid_from AS _from_{name}, lookup_{name}.valid_until AS _until_{name}"
        for name in sorted(builder.looked_up)
    )
    inner = (
        f"SELECT raw._row, {', '.join(f'{sql} AS {name}' for name, sql in builder.typed.items())}, "
        f"{breach_bits} AS _breaches, {' OR '.join(ignored) or 'false'} AS _ignored"
        f"{', ' + validity if validity else ''}"
        f", {'struct_pack(' + record + ')' if record else 'NULL'} AS _record "
        f"FROM raw {' '.join(builder.joins)}"
    )
    names = ", ".join(shown(table, c) for c in columns)
    outer = (
        f"SELECT typed._row, {names}, typed._breaches + {table_bits} AS _broken, "
        f"typed._ignored OR coalesce({others.broken}, false) AS _ignored, "
        f"typed._record FROM ({inner}) AS typed "
        f"{' '.join(_code_joins(table, builder.looked_up))}"
    )
    refusing = sum(1 << i for i, rule in enumerate(rules) if rule.severity is not Severity.WARN)
    of_answer = sum(1 << i for i, rule in enumerate(rules) if rule.code in OF_ANSWER)
    sql = (
        f"SELECT _row, {', '.join(columns)}, "
        f"CASE WHEN _ignored THEN _broken & {of_answer} ELSE _broken END AS _broken, _ignored, "
        f"CASE WHEN _broken & {refusing} <> 0 AND NOT _ignored THEN to_json(_record) END "
        f"AS _record "
        f"FROM ({outer})"
    )
    optional = {
        part
        for name, specs in mapping.columns.items()
        if all(c.optional for c in specs)
        for part in _parts(name)
    }
    optional |= optional_units(mapping)
    optional |= {name[:-1] for name in source.expects.columns if name[-1:] == "?"}
    return Projection(
        sql,
        tuple(rules),
        columns,
        frozenset(declared_columns(source, mapping)),
        frozenset(optional),
        frozenset(mapping.ignore),
    )


def _retired(table: Table, looked_up: Collection[str]) -> list[Rule]:
    """A partner's code must have been valid in the row's period (D09)."""
    period = period_column(table)
    if not period:
        return []
    return [
        Rule(
            "retired_code",
            name,
            f"typed.{period} < typed._from_{name} OR typed.{period} > typed._until_{name}",
            f"a code valid on {period}",
            Severity.QUARANTINE,
            "the partner used a code outside its validity; see valid_from and valid_until",
        )
        for name in sorted(looked_up)
    ]


def _in_the_future(table: Table, latest: date) -> list[Rule]:
    """A figure cannot be of a period that begins after its answer was received (S16).

    The day of the answer decides, not today: the same bytes become the same rows in any year.
    """
    return [
        Rule(
            "in_the_future",
            field.name,
            f"typed.{field.name} > DATE '{latest}'",
            f"a period that begins by {latest}",
            Severity.QUARANTINE,
            "the partner's year or clock is wrong; projections need future_days: in the "
            "declaration",
        )
        for field in table.key
        if field.name in ("period_start", "rate_date")
    ]


def bit(number: int) -> str:
    """SQL of the number with the bit of one rule. 64 bits are enough for nearly all tables; adding
    wider numbers takes three times as long."""
    return f"{1 << number}::{'BIGINT' if number < WIDEST else 'HUGEINT'}"


def _bits(rules: list[Rule], start: int) -> str:
    """SQL of one number: its bit i is set if rule i is broken."""
    terms = [
        f"(CASE WHEN {rule.broken} THEN {bit(start + i)} ELSE 0 END)"
        for i, rule in enumerate(rules)
    ]
    return " + ".join(terms) or "0"
