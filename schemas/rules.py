"""Row rules: what a table's declaration says of each single row, as SQL.

A rule is true where a row *breaks* it. All rules of a batch are evaluated in one pass over
typed columns; the bit number of each broken rule is kept, so that every reason of a refused
row can be named afterwards without evaluating anything twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.model import (
    Between,
    Field,
    InList,
    Matches,
    OneOf,
    Severity,
    Table,
    Type,
)
from schemas.sql import date_literal, literal, literals


@dataclass(frozen=True)
class Rule:
    """One breach: SQL over the typed row, and the words for its reason."""

    code: str
    field: str
    broken: str
    expected: str
    severity: Severity
    hint: str = ""
    columns: tuple[str, ...] = ()
    code_list: tuple[str, str] | None = None  # list and scheme that a code was looked up in


def _value_literal(field: Field, value: float | str) -> str:
    if field.type is Type.DATE:
        return date_literal(str(value))
    # Spelled out: an exponent would turn the comparison into a floating-point one.
    return f"{value:.10f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def code_join_alias(field_name: str) -> str:
    """Alias under which the stage joins the code list of a field."""
    return f"list_{field_name}"


def period_column(table: Table) -> str | None:
    """The date at which codes of a row must have been valid."""
    names = {f.name for f in table.body()}
    for candidate in ("period_start", "rate_date", "event_date", "start_date", "status_date"):
        if candidate in names:
            return candidate
    return None


def _field_rules(table: Table, field: Field, closed_lists: frozenset[str]) -> Iterator[Rule]:
    name = field.name
    if not field.nullable:
        yield Rule("key_missing", name, f"{name} IS NULL", "a value", Severity.QUARANTINE)
    for check in field.checks:
        match check:
            case Between(low, high, severity):
                parts, words = [], []
                if low is not None:
                    parts.append(f"{name} < {_value_literal(field, low)}")
                    words.append(f">= {low}")
                if high is not None:
                    parts.append(f"{name} > {_value_literal(field, high)}")
                    words.append(f"<= {high}")
                yield Rule("out_of_range", name, " OR ".join(parts), " and ".join(words), severity)
            case OneOf(values, severity):
                yield Rule(
                    "not_allowed",
                    name,
                    f"{name} NOT IN ({literals(values)})",
                    " | ".join(values),
                    severity,
                )
            case Matches(pattern, severity, hint):
                yield Rule(
                    "malformed",
                    name,
                    f"NOT regexp_full_match({name}, {literal(pattern.strip('^$'))})",
                    pattern,
                    severity,
                    hint.en if hint else "",
                )
            case InList(list_name, severity):
                yield from _list_rules(table, field, list_name, severity, closed_lists)


def _list_rules(
    table: Table, field: Field, list_name: str, severity: Severity, closed: frozenset[str]
) -> Iterator[Rule]:
    """Membership and dated validity. `TOTAL` is never a code: it means not broken down."""
    name, alias = field.name, code_join_alias(field.name)
    known = f"{name} IS NULL OR {name} = 'TOTAL' OR {alias}.code IS NOT NULL"
    # A list that no source has filled yet can't refuse anything: it only warns.
    severity = severity if list_name in closed else Severity.WARN
    yield Rule(
        "unknown_code",
        name,
        f"NOT ({known})",
        f"a code of list {list_name}",
        severity,
        f"add it to the list, or map it in the declaration; see table ref_{list_name}",
        code_list=(list_name, ""),
    )
    period = period_column(table)
    if period:
        yield Rule(
            "retired_code",
            name,
            f"{period} < {alias}.valid_from OR {period} > {alias}.valid_until",
            f"a code of list {list_name} valid on {period}",
            severity,
            f"the code is used outside its lifetime: see valid_from and valid_until in "
            f"ref_{list_name}",
        )


def list_fields(table: Table) -> Iterator[tuple[Field, str]]:
    """Fields of the body that are checked against a code list, with the list's name."""
    for field in table.body():
        for check in field.checks:
            if isinstance(check, InList):
                yield field, check.list_name


def table_rules(table: Table, closed_lists: frozenset[str]) -> list[Rule]:
    """All row rules of a table, in the order of its columns, then its own rules.

    `closed_lists` names the code lists that are complete: only those may refuse a row.
    """
    rules = [rule for field in table.body() for rule in _field_rules(table, field, closed_lists)]
    rules += [
        Rule(
            r.code,
            r.fields[0],
            f"NOT ({r.holds})",
            r.message.en,
            r.severity,
            r.hint.en if r.hint else "",
            r.fields,
        )
        for r in table.rules
    ]
    return rules
