"""The licence gate: what of the warehouse may leave the administration. The only place that knows.

`redistribution` of a source (`ref_source`) decides about its rows, today's for old rows too:
`open` leaves; `derived` leaves only as indicators; `none` never leaves, and what nothing is known
of is `none`. An indicator is a column that warehouse/marts/indicators.csv names: a share, an index,
a rank, a growth, or a figure of several rows of a source, never a value as the source published it.

A row of a mart is of the sources that its own columns name, where `behind` of the mart says so of
all core tables that it reads; else of every source that has a row in them. Rates by which amounts
are converted and lists by which codes are read stop a row only where they are `none`.

A figure leaves if its query has the same result on the part of the warehouse that may leave: then
it holds nothing but that part, whatever the query hides, names or adds up. No figure is trusted
to say where it is from.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from reports.drawn import Drawn, Studio
from reports.facts import Publisher
from reports.rows import rows_of
from reports.words import WORDS
from schemas.catalogue import TABLES
from schemas.model import Words
from schemas.sql import literal, literals
from warehouse import marts, revisions
from warehouse.base import Warehouse

OPEN, DERIVED, NONE = "open", "derived", "none"
INDICATORS = marts.FOLDER / "indicators.csv"
RATES, RATE_MARTS = "core_exchange__rates", "mart_rates_"
ENVELOPE = ("source", "release_stage", "recorded_at", "load_seq")
"""Columns of every row that say where it is from."""
PRIVATE = ("ops_quarantine", "ops_raw")
"""Records of this pipeline that hold rows of partners."""
MARKED = "redistribution_of_row"
PIN = re.compile(r"^c\.source = m\.(\w+)$")
LIST_PIN = re.compile(
    r"^strpos\(', ' \|\| m\.(\w+) \|\| ', ', ', ' \|\| c\.source \|\| ', '\) > 0$"
)
QUALIFIED = re.compile(r"\.\s*\"?(?:core|ref|ops|mart)_", re.IGNORECASE)


class Pin(NamedTuple):
    """A column of a mart that names the source of what the row has from a table."""

    column: str
    is_list: bool  # several codes with commas


class Indicators(NamedTuple):
    """Columns of a mart that may leave, and the condition on the row."""

    where: str
    columns: frozenset[str]


def of_source(redistribution: object) -> str:
    """What is not known is `none`."""
    return str(redistribution) if redistribution in (OPEN, DERIVED) else NONE


def strictest(found: Iterable[str]) -> str:
    """`none` before `derived` before `open`."""
    return max(found, key=(OPEN, DERIVED, NONE).index, default=OPEN)


@lru_cache(maxsize=1)
def indicators() -> dict[str, Indicators]:
    """What marts have of indicators, by mart."""
    with INDICATORS.open(encoding="utf-8", newline="") as handle:
        return {
            row["mart"]: Indicators(row["where"], frozenset(row["columns"].split()))
            for row in csv.DictReader(handle)
        }


def lineage(names: Iterable[str]) -> frozenset[str]:
    """The tables, no marts and no versions, from which these tables and marts are made. Registers
    say on which days a rate is asked for; what is converted with a rate is not made from them."""
    every, found = marts.all_marts(), set[str]()
    seen = dict.fromkeys(name.removesuffix(marts.VINTAGES) for name in names)
    waiting = list(seen)
    while waiting:
        name = waiting.pop()
        if name not in every:
            found.add(name)
            continue
        reads = {RATES if m.startswith(RATE_MARTS) and not name.startswith(RATE_MARTS) else m
                 for m in every[name].mentioned()}  # fmt: skip
        waiting += [m for m in (r.removesuffix(marts.VINTAGES) for r in reads) if m not in seen]
        seen |= dict.fromkeys(waiting)
    return frozenset(found)


def pins(mart: marts.Mart) -> dict[str, tuple[Pin, ...]]:
    """Columns that name the sources, by core table, of the tables for which every `behind` of the
    mart has one."""
    if mart.name == revisions.NAME:  # a row of it is a version of one row
        return {table: (Pin("source", is_list=False),) for table in lineage([mart.name])}
    found: dict[str, tuple[Pin, ...]] = {}
    for table, condition in mart.behind:
        own = _pins(condition)
        before = found.get(table, own)
        found[table] = tuple(dict.fromkeys((*before, *own))) if before and own else ()
    return {table: own for table, own in found.items() if own}


def _pins(condition: str) -> tuple[Pin, ...]:
    """Of a condition all of whose alternatives name the source; none where one does not."""
    alternatives = _split(condition, " OR ")
    if len(alternatives) > 1:
        each = [_pins(a) for a in alternatives]
        return tuple(dict.fromkeys(p for own in each for p in own)) if all(each) else ()
    for part in _split(condition, " AND "):
        if found := PIN.match(part):
            return (Pin(found[1], is_list=False),)
        if found := LIST_PIN.match(part):
            return (Pin(found[1], is_list=True),)
        if part != condition and (own := _pins(part)):
            return own
    return ()


def _split(text: str, by: str) -> list[str]:
    """The parts of a condition outside brackets and texts."""
    text = text.strip()
    while text.startswith("(") and _closes(text) == len(text) - 1:
        text = text[1:-1].strip()
    parts, depth, begin, quoted = [], 0, 0, False
    for place, sign in enumerate(text):
        quoted ^= sign == "'"
        depth += (not quoted) * ((sign == "(") - (sign == ")"))
        if not quoted and not depth and text.startswith(by, place):
            parts.append(text[begin:place].strip())
            begin = place + len(by)
    return [*parts, text[begin:].strip()]


def _closes(text: str) -> int:
    """Place of the bracket that closes the first one."""
    depth, quoted = 0, False
    for place, sign in enumerate(text):
        quoted ^= sign == "'"
        depth += (not quoted) * ((sign == "(") - (sign == ")"))
        if not depth:
            return place
    return -1


def public_sql(
    name: str,
    columns: Sequence[str],
    known: Mapping[str, str],
    present: Mapping[str, frozenset[str]],
) -> str:
    """The part of a table or mart that may leave, as SQL with the same columns, and one more for
    `MARKED`, if it is the last: whether the row is whole (`open`) or has indicators (`derived`).

    `known` has the redistribution of each source, `present` the sources with rows in each table of
    the lineage.
    """
    if name in marts.all_marts():
        return _of_mart(marts.all_marts()[name], columns, known, present)
    table = TABLES[name.removesuffix(marts.VINTAGES)]
    if table.kind == "ops":
        return f"SELECT * FROM {name} WHERE 1 = 0"
    hidden = {f.name for f in table.body() if f.pseudonym}
    shown = ", ".join(
        f"'{OPEN}' AS {MARKED}" if c == MARKED
        else f"CASE WHEN 1 = 0 THEN {c} END AS {c}" if c in hidden
        else c
        for c in columns
    )  # fmt: skip
    return f"SELECT {shown} FROM {name} WHERE {_in('source', _of_class(known, OPEN))}"


def _of_mart(
    mart: marts.Mart,
    columns: Sequence[str],
    known: Mapping[str, str],
    present: Mapping[str, frozenset[str]],
) -> str:
    rest, named = OPEN, pins(mart)
    columns_of_sources = dict.fromkeys(pin for own in named.values() for pin in own)
    of_rows = frozenset[str]().union(*(present.get(table, frozenset()) for table in named))
    whole = _of(columns_of_sources, of_rows, known, (OPEN,))
    partly = _of(columns_of_sources, of_rows, known, (OPEN, DERIVED))
    for table in sorted(lineage([mart.name]) - named.keys()):
        sources = present.get(table, frozenset())
        found = NONE if table in PRIVATE else strictest(of_source(known.get(s)) for s in sources)
        if found == DERIVED and is_converter(table, mart.name):
            found = OPEN
        rest = strictest((rest, found))
    is_whole = whole if rest == OPEN else "1 = 0"
    own = indicators().get(mart.name)
    if own is None:
        shown = ", ".join(f"'{OPEN}' AS {MARKED}" if c == MARKED else f"m.{c}" for c in columns)
        return f"SELECT {shown} FROM {mart.name} AS m WHERE {is_whole}"
    is_part = partly if rest != NONE else "1 = 0"
    if own.where:
        is_part = f"({is_part} AND m.{own.where})"
    kept = {*mart.key, *ENVELOPE, *own.columns}
    mark = f"CASE WHEN m.is_whole THEN '{OPEN}' ELSE '{DERIVED}' END AS {MARKED}"
    shown = ", ".join(
        mark if c == MARKED
        else f"m.{c}" if c in kept
        else f"CASE WHEN m.is_whole THEN m.{c} END AS {c}"
        for c in columns
    )  # fmt: skip
    rows = f"SELECT m.*, {is_whole} AS is_whole, {is_part} AS is_part FROM {mart.name} AS m"
    return f"SELECT {shown} FROM ({rows}) AS m WHERE m.is_whole OR m.is_part"


def is_converter(table: str, mart: str) -> bool:
    """Whether the mart uses the table to read codes or to convert amounts of others."""
    return table.startswith("ref_") or (table == RATES and not mart.startswith(RATE_MARTS))


def _of(
    named: Iterable[Pin],
    sources: frozenset[str],
    known: Mapping[str, str],
    classes: Sequence[str],
) -> str:
    """SQL that is true where all sources that the columns name are of these classes."""
    allowed = sorted(set(_of_class(known, *classes)) & set(sources))
    others = sorted(set(sources) - set(allowed))
    parts = []
    for pin in named:
        if pin.is_list:
            text = f"', ' || coalesce(m.{pin.column}, '') || ', '"
            parts += [f"strpos({text}, {literal(f', {s}, ')}) = 0" for s in others]
        else:
            parts.append(f"(m.{pin.column} IS NULL OR {_in(f'm.{pin.column}', allowed)})")
    return f"({' AND '.join(parts)})" if parts else "1 = 1"


def _in(column: str, codes: Sequence[str]) -> str:
    return f"{column} IN ({literals(codes)})" if codes else "1 = 0"


def _of_class(known: Mapping[str, str], *classes: str) -> list[str]:
    return sorted(code for code, found in known.items() if of_source(found) in classes)


def hides_tables(sql: str) -> bool:
    """Whether a query may reach tables by other names than their plain ones."""
    return bool(QUALIFIED.search(sql) or marts.BY_NAME.search(sql) or marts.CATALOGUE.search(sql))


class LicenceGate:
    """The gate at one moment of the warehouse."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.known = {
            str(r["source_code"]): of_source(r["redistribution"])
            for r in rows_of(warehouse, "SELECT source_code, redistribution FROM ref_source")
        }
        self._present: dict[str, frozenset[str]] = {}
        self._public: dict[str, str] = {}

    def present(self, table: str) -> frozenset[str]:
        """Sources that have rows in a table, or had."""
        if table not in self._present:
            names = (table, f"{table}{marts.VINTAGES}") if not table.startswith("ops_") else ()
            sql = " UNION ".join(f"SELECT source FROM {name}" for name in names)
            found = rows_of(self.warehouse, sql) if sql else []
            self._present[table] = frozenset(str(r["source"]) for r in found)
        return self._present[table]

    def public(self, name: str) -> str:
        """The part of a table or mart that may leave, as SQL."""
        if name not in self._public:
            self._public[name] = self._part(name)
        return self._public[name]

    def marked(self, name: str) -> str:
        """The same, with a column that says what of the row it is."""
        return self._part(name, MARKED)

    def _part(self, name: str, *more: str) -> str:
        columns = self.warehouse.query(f"SELECT * FROM {name} LIMIT 0").columns
        present = {table: self.present(table) for table in lineage([name])}
        return public_sql(name, (*columns, *more), self.known, present)

    def gated(self, sql: str) -> str:
        """The same query of the part of the warehouse that may leave."""
        known = {*marts.all_marts(), *TABLES}
        names = [n for n in marts.mentioned_in(sql) if n.removesuffix(marts.VINTAGES) in known]
        parts = [f"{name} AS NOT MATERIALIZED ({self.public(name)})" for name in names]
        head = f"WITH {', '.join(parts)} " if parts else ""
        return f"{head}SELECT * FROM ({sql}\n) AS figure"

    def classes(self, sql: str) -> dict[str, str]:
        """Redistribution of every source from which a query can have figures; lists and rates that
        others are read by stand there where they stop it."""
        names = marts.mentioned_in(sql)
        tables = [t for t in lineage(names) if t in TABLES]
        figures = [t for t in tables if t in names or not is_converter(t, "")]
        found = self._classes([t for t in figures if not t.startswith("ref_")])
        return (
            found
            if found and NONE not in self._classes(tables).values()
            else (self._classes(tables))
        )

    def _classes(self, tables: Iterable[str]) -> dict[str, str]:
        return {s: of_source(self.known.get(s)) for t in tables for s in self.present(t)}


def public_figures(studio: Studio, gate: LicenceGate, name: str) -> tuple[Drawn, ...]:
    """A figure as the public gets it, or what says why it does not; one for each group."""
    return tuple(_public(studio, gate, drawn) for drawn in studio.draw(name))


def leaves(drawn: Drawn) -> bool:
    """Whether a figure of `public_figures` has passed the gate."""
    return drawn.withheld is None


def _public(studio: Studio, gate: LicenceGate, drawn: Drawn) -> Drawn:
    if not drawn.figure.public:
        return withheld(drawn, WORDS["withheld_internal"], ())
    if hides_tables(drawn.sql):
        return withheld(drawn, WORDS["withheld_unclear"], ())
    found = tuple(rows_of(gate.warehouse, gate.gated(drawn.sql)))
    plain = tuple({k: row[k] for k in found[0]} for row in drawn.rows) if found else drawn.rows
    if _same(plain, found):  # without earlier values, whose rows have not passed
        return drawn if plain == drawn.rows else studio.of_rows(drawn.figure, drawn.group, plain)
    if drawn.figure.by_row and found:
        partly = studio.of_rows(drawn.figure, drawn.group, found)
        return replace(partly, note=_joined(partly.note, WORDS["withheld_rows"]))
    classes = gate.classes(drawn.sql)
    worst = strictest(classes.values())
    publishers = [studio.publisher(s) for s, own in sorted(classes.items()) if own == worst]
    return withheld(drawn, WORDS[f"withheld_{worst}"], publishers)


def _same(one: Iterable[Mapping[str, Any]], other: Iterable[Mapping[str, Any]]) -> bool:
    """Whether two results have the same rows, in whatever order."""

    def texts(rows: Iterable[Mapping[str, Any]]) -> list[str]:
        return sorted(repr(sorted((k, str(v)) for k, v in row.items())) for row in rows)

    return texts(one) == texts(other)


def _joined(note: Words | None, more: Words) -> Words:
    return more if note is None else Words(f"{note.id} {more.id}", f"{note.en} {more.en}")


def withheld(drawn: Drawn, why: Words, publishers: Sequence[Publisher]) -> Drawn:
    """The figure without its rows, and the sentence that says why."""
    names = Words(*(", ".join(_names(publishers, x)) or "–" for x in ("id", "en")))
    said = Words(why.id.format(sources=names.id), why.en.format(sources=names.en))
    facts = replace(
        drawn.facts, first=None, last=None, stages=(), retrieved=None, sources=tuple(publishers)
    )
    return replace(drawn, rows=(), sentence=said, note=None, facts=facts, withheld=said)


def _names(publishers: Iterable[Publisher], language: str) -> Iterator[str]:
    return iter(dict.fromkeys(p.attribution.in_language(language) for p in publishers))
