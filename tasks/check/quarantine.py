"""Quarantine: every refused row with all its reasons, its place and the nearest known codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.source import Source
from schemas.rules import Rule
from schemas.sql import literal
from tasks.read.mapping import UNREADABLE, bit
from tasks.read.staging import Staged, bad_rows

if TYPE_CHECKING:
    import duckdb

MAX_SUGGESTED = 100  # different unknown codes of one column that get suggestions
LEAST_ALIKE = 0.75
# Control, direction and line signs, fillers and selectors (RE2).
UNSEEN = (
    r"[\p{C}\p{Zl}\p{Zp}\x{34f}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}\x{2800}"
    r"\x{3164}\x{fe00}-\x{fe0f}\x{ffa0}\x{e0100}-\x{e01ef}]"
)
NO_LOAD = "0 AS load_seq, '' AS run_id, '' AS slice, now() AS recorded_at"


@dataclass(frozen=True)
class RefusedRow:
    """A refused row of a preview: its place from 1, its reasons as JSON, and its key as JSON where
    all of it could be read."""

    number: int
    reasons: str
    key: str = ""


def refused_rows(
    con: duckdb.DuckDBPyConnection, source: Source, staged: Staged
) -> list[RefusedRow]:
    """Refused rows of the staged table in their order, for previews: no load has them."""
    sql = quarantine_sql(staged, source, NO_LOAD)
    found = con.execute(
        f"SELECT row_number, reasons, coalesce(row_key, '') FROM ({sql}) ORDER BY row_number"
    ).fetchall()
    return [RefusedRow(int(number), str(reasons), str(key)) for number, reasons, key in found]


def suggest_codes(con: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Table `nearest`: for each unknown code the codes of the list that are most similar."""
    con.execute("CREATE OR REPLACE TEMP TABLE nearest (bit INTEGER, code VARCHAR, words VARCHAR)")
    for number, rule in enumerate(staged.rules):
        if rule.code_list is None or not staged.failed_by_rule[number]:
            continue
        received, (list_name, scheme) = _received(rule, staged), rule.code_list
        unknown = (
            f"SELECT DISTINCT left({received}, 80) AS received FROM typed "
            f"WHERE _broken & {bit(number)} <> 0 AND {received} IS NOT NULL LIMIT {MAX_SUGGESTED}"
        )
        alike = "jaro_winkler_similarity(upper(codes.code), upper(unknown.received))"
        shown = "code" if not scheme else "concat(code, ' (', target, ')')"
        con.execute(
            f"INSERT INTO nearest SELECT {number}, received, string_agg({shown}, ', ' "
            f"ORDER BY score DESC, code) FROM (SELECT received, code, target, {alike} AS score "
            f"FROM ({unknown}) AS unknown JOIN codes ON codes.list = {literal(list_name)} "
            f"AND codes.scheme = {literal(scheme)} WHERE score > {LEAST_ALIKE} "
            f"QUALIFY row_number() OVER (PARTITION BY received ORDER BY score DESC, code) <= 3) "
            f"GROUP BY received"
        )


def quarantine_sql(staged: Staged, source: Source, head: str) -> str:
    """SQL of the `ops_quarantine` rows: every reason of every refused row, and its place.

    `head` is SQL of the load's own columns: load_seq, run_id, slice, recorded_at.
    """
    cases = ", ".join(
        f"CASE WHEN _broken & {bit(i)} <> 0 THEN json_object('code', {literal(r.code)}, "
        f"'field', {literal(r.field)}, 'received', {_received(r, staged)}, "
        f"'expected', {literal(r.expected)}, 'hint', {_hint(i, r, staged)}, "
        f"{_nearest_pair(i, r, staged)}"
        f"'severity', {literal(str(r.severity))}) END"
        for i, r in enumerate(staged.rules)
    )
    shas = ", ".join(literal(s) for s in staged.shas)
    reasons = f"list_filter([{cases}], lambda x: x IS NOT NULL)"
    if any(r.code == UNREADABLE for r in staged.rules):
        # For a partner's file the reasons are listed for each cell that could not be read.
        cells = "json_extract(CAST(json_extract_string(_record, '$._problems') AS JSON), '$[*]')"
        own = f"lambda x: json_extract_string(x, '$.code') <> {literal(UNREADABLE)}"
        reasons = f"list_concat(list_filter({reasons}, {own}), coalesce({cells}, []))"
    return (
        f"SELECT {head}, [{shas}][_raw + 1] AS raw_sha256, _row AS row_number, "
        f"{literal(source.code)} AS source, {literal(source.table)} AS table_name, "
        f"{_visible(f'CAST(to_json({reasons}) AS VARCHAR)')} AS reasons, "
        f"{_visible('CAST(_record AS VARCHAR)')} AS record, "
        f"{_visible(_row_key(source))} AS row_key "
        f"FROM typed WHERE {bad_rows(staged)}"
    )


def first_refused(con: duckdb.DuckDBPyConnection, source: Source, staged: Staged) -> str:
    """The first refused row in words: its place, what was expected there and what was received.
    Empty if no row was refused. Cells of partners' own files are not repeated: they may be
    personal."""
    sql = quarantine_sql(staged, source, NO_LOAD)
    found = con.execute(
        "SELECT row_number, json_extract_string(reasons, ['$[0].field', '$[0].expected', "
        f"'$[0].received']) FROM ({sql}) ORDER BY raw_sha256, row_number LIMIT 1"
    ).fetchone()
    if found is None:
        return ""
    number, (field, expected, received) = found
    came = "nothing" if received is None else repr(received[:80])
    shown = "" if source.is_file else f", received {came}"
    return f"row {number}, {field}: expected {expected}{shown}"


def _visible(json: str) -> str:
    """SQL of the same JSON with signs that nobody sees, or a screen obeys, as `\\u202e`."""
    code = "unicode(c)"
    high, low = f"55296 + ({code} - 65536) // 1024", f"56320 + ({code} - 65536) % 1024"
    escaped = (
        f"CASE WHEN NOT regexp_matches(c, {literal(UNSEEN)}) THEN c WHEN {code} < 65536 "
        f"THEN printf('\\u%04x', {code}) ELSE printf('\\u%04x\\u%04x', {high}, {low}) END"
    )
    return (
        f"list_transform([{json}], lambda t: CASE WHEN regexp_matches(t, {literal(UNSEEN)}) THEN "
        f"array_to_string(list_transform(regexp_extract_all(t, '(?s).'), lambda c: {escaped}), '') "
        "ELSE t END)[1]"
    )


def _row_key(source: Source) -> str:
    """The refused row's key as JSON where every part of it could be read, else null."""
    names = [f.name for f in source.warehouse_table.key]
    readable = " AND ".join(f"{n} IS NOT NULL" for n in names)
    packed = ", ".join(f"{n} := {n}" for n in names)
    return f"CASE WHEN {readable} THEN CAST(to_json(struct_pack({packed})) AS VARCHAR) END"


def _hint(number: int, rule: Rule, staged: Staged) -> str:
    """The rule's hint; before it, for an unknown code, the codes nearest to it."""
    if rule.code_list is None or not staged.failed_by_rule[number]:
        return literal(rule.hint)
    nearest = _nearest(number, rule, staged)
    return f"coalesce('nearest: ' || {nearest} || '; ', '') || {literal(rule.hint)}"


def _nearest(number: int, rule: Rule, staged: Staged) -> str:
    return (
        f"(SELECT any_value(words) FROM nearest WHERE nearest.bit = {number} "
        f"AND nearest.code = left({_received(rule, staged)}, 80))"
    )


def _nearest_pair(number: int, rule: Rule, staged: Staged) -> str:
    """For a sender, the nearest codes by themselves."""
    if rule.code_list is None or not staged.failed_by_rule[number]:
        return ""
    return f"'nearest', {_nearest(number, rule, staged)}, "


def _received(rule: Rule, staged: Staged) -> str:
    """What stood in the cell: the raw text of a source column, or the typed value."""
    path = literal('$."' + rule.field.replace('"', '\\"') + '"')
    raw = f"json_extract_string(_record, {path})"
    if rule.field in staged.columns:
        return f"coalesce({raw}, CAST({rule.field} AS VARCHAR))"
    return raw
