"""Marts: plain SQL files that DuckDB and PostgreSQL both run, one table each.

`mart_revisions` is generated (`warehouse.revisions`). What SQL cannot hold is a file `mart_*.py`
with a `CALCULATION`: SQL for what it reads, and a function from there (`warehouse.calculated`).

The head of a file says what the mart is, in both languages, and where its rows come from:
`-- behind: TABLE: CONDITION` names core rows behind one mart row. Every column in the condition has
its side in front of it: `c.` for the core table, `m.` for the mart, since both share names.
`-- among: TABLE: CONDITION` names in the same way the rows of the set that a figure is taken over:
a share changes with the whole, the growth of all members with one of them.
A mart that has one row for one row of its table says `-- as: view`: to store it would cost
every load as much again as the load itself. `-- part: TABLE: c.KEY = m.COLUMN AND ...` says that
rows of the mart are made of those of that table, and of other marts with such parts, that have the
same values, so that a load is no reason to make all of them again (`warehouse.remade`). With
`c.KEY <= m.COLUMN` too they are made of rows of that value and lower ones: years of those until
then.
`-- reads: TABLE: CONDITION` says by their keys which rows of a table the mart can be made of,
itself or through marts with parts: a load without such a row is no reason to make it again.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse import revisions

if TYPE_CHECKING:
    from warehouse.calculated import Calculation

FOLDER = Path(__file__).parent
VINTAGES = "__vintages"
SCORE = "score"  # what configuration says of scores, beside the names of tables
MENTION = re.compile(r"\b(?:core|ref|ops|mart)_\w+")
# Texts, quoted names and comments, whichever begins first: each may look like the others inside.
ASIDE = re.compile(r"'(?:[^']|'')*'|\"((?:[^\"]|\"\")*)\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
NAMED_QUERY = re.compile(r"(?:\bWITH(?:\s+RECURSIVE)?|,)\s+(\w+)(?:\s*\([^()]*\))?\s+AS\s+"
                         r"(?:NOT\s+)?(?:MATERIALIZED\s+)?\(\s*(?:WITH|SELECT|VALUES)\b",
                         re.IGNORECASE)  # fmt: skip
CATALOGUE = re.compile(r"schema|duckdb_|pg_|sqlite_|\b(?:show|pragma|summarize)\b", re.IGNORECASE)
BY_NAME = re.compile(r"\bquery(?:_table)?\s*\(|u&", re.IGNORECASE)  # names that are made by SQL
ONCE = re.compile(r"^WITH \w+ AS MATERIALIZED \(", re.MULTILINE)
HEAD = re.compile(r"^-- (id|en|behind|among|key|as|part|reads): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """Which rows of a table and of the mart belong together: as many expressions of the one (`c.`)
    as of the other (`m.`)."""

    table: str
    of_table: tuple[str, ...]
    of_mart: tuple[str, ...]
    since: tuple[str, str] | None = None
    """of both, the expression by which rows of the mart are made of no higher rows of the part"""


@dataclass(frozen=True)
class Mart:
    name: str
    sql: str
    title_id: str
    title_en: str
    key: tuple[str, ...]
    behind: tuple[tuple[str, str], ...]
    is_view: bool = False
    calculation: Calculation | None = None
    part: Part | None = None
    reads: tuple[str, str] | None = None
    among: tuple[tuple[str, str], ...] = ()

    @property
    def sorted_sql(self) -> str:
        """Its SQL, with the rows of each part beside each other: those of one lie in a few blocks
        of DuckDB's table, and the others are not written again with them. To sort the query itself
        costs half of what it costs to sort its result."""
        if self.part is None:
            return self.sql
        columns = ", ".join(side.replace("m.", "") for side in self.part.of_mart)
        return f"{self.sql.rstrip()}\nORDER BY {columns}"

    @property
    def reads_once(self) -> bool:
        """Whether its first query is kept as it is made, so that others do not read its table."""
        return bool(ONCE.search(self.sql))

    def is_made_from(self, names: Collection[str]) -> bool:
        """Whether the mart reads one of the named tables and marts itself (or `SCORE`)."""
        if SCORE in names and self.calculation is not None and self.calculation.by_score:
            return True
        return any(word.removesuffix(VINTAGES) in names for word in self.mentioned())

    def is_made_in_parts(self, names: Collection[str]) -> bool:
        """Whether of what changed it reads the table of its parts alone, perhaps through views."""
        if self.part is None:
            return False
        views = views_between(self, self.part.table)
        read = {name for mart in (self, *views) for name in mart.mentioned()}
        changed = {word for word in read if word.removesuffix(VINTAGES) in names}
        return changed - {view.name for view in views} <= {self.part.table}

    def mentioned(self) -> frozenset[str]:
        """Tables and marts that the SQL reads. Its comments and texts may name others."""
        return _mentioned(self.sql) - {self.name}

    def made_empty(self) -> str:
        """SQL that makes the mart without a row: a view, or the table of a calculation."""
        if self.calculation is not None:
            return f"CREATE TABLE {self.name} ({self.calculation.declared()})"
        return f"CREATE VIEW {self.name} AS {self.sql}"


def mentioned_in(sql: str) -> list[str]:
    """Names of tables and marts in some SQL, in its order, outside comments and texts: rather one
    too many (a column that is named as a table would be) than one too few, after which a mart would
    stay as it was. A parser of SQL finds the same in every mart, and costs each command a second (a
    test asks it)."""
    return list(dict.fromkeys(MENTION.findall(_plain(sql).lower())))


def _plain(sql: str) -> str:
    return ASIDE.sub(lambda found: found[1] or " ", sql)


@lru_cache
def _mentioned(sql: str) -> frozenset[str]:
    own = {name.lower() for name in NAMED_QUERY.findall(_plain(sql))}
    if shadowing := sorted(n for n in own if MENTION.fullmatch(n)):
        raise ValueError(f"a named query is called as a table would be: {shadowing[0]}")
    return frozenset(mentioned_in(sql))


def upstream(names: Collection[str]) -> frozenset[str]:
    """These marts and all marts that they are made from."""
    found = set[str]()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in all_marts() and name not in found:
            found.add(name)
            waiting += all_marts()[name].mentioned()
    return frozenset(found)


def views_between(mart: Mart, table: str) -> list[Mart]:
    """The marts that are views, through which a mart reads a table, in order."""
    found = dict[str, Mart]()
    for name, read in all_marts().items():  # each after the marts that it reads
        if read.is_view and (table in read.mentioned() or read.mentioned() & found.keys()):
            found[name] = read
    wanted, waiting = set[str](), [mart]
    while waiting:
        names = waiting.pop().mentioned() & found.keys() - wanted
        wanted |= names
        waiting += [found[name] for name in names]
    return [view for name, view in found.items() if name in wanted]


def needed_by(sql: str) -> list[Mart]:
    """What a reader's statement can need, in order: the marts whose names the text has, with those
    that they are made from; all of them where SQL may make a name."""
    marts = all_marts()
    text = sql.lower()
    wanted = upstream(marts if BY_NAME.search(text) else [name for name in marts if name in text])
    if CATALOGUE.search(text):
        wanted |= {name for name in marts if not _is_calculated(upstream([name]))}
    return [mart for name, mart in marts.items() if name in wanted]


def _is_calculated(names: Collection[str]) -> bool:
    return any(all_marts()[name].calculation is not None for name in names)


@lru_cache(maxsize=1)
def all_marts() -> dict[str, Mart]:
    """All marts by name, each after the marts that it reads."""
    found = _declared()
    names = {name: mart.mentioned() & found.keys() for name, mart in found.items()}
    return {name: found[name] for name in TopologicalSorter(names).static_order()}


def _part(text: str) -> Part:
    """What a head says: `TABLE: c.KEY = m.COLUMN AND ...`."""
    table, same = text.split(":", 1)
    sides = [pair.strip().split(" = ") for pair in same.split(" AND ") if " <= " not in pair]
    since = [pair.strip().split(" <= ") for pair in same.split(" AND ") if " <= " in pair]
    of_table, of_mart = zip(*sides, strict=True)
    return Part(table.strip(), of_table, of_mart, (since[0][0], since[0][1]) if since else None)


def _condition(text: str) -> tuple[str, str]:
    """What a head says: `TABLE: CONDITION`."""
    table, condition = text.split(":", 1)
    return table.strip(), condition.strip()


def _declared() -> dict[str, Mart]:
    found = {}
    for path in sorted(FOLDER.glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        heads = HEAD.findall(sql)
        words = {k: v.strip() for k, v in heads if k not in ("behind", "among")}
        behind = tuple(_condition(v) for k, v in heads if k == "behind")
        key = tuple(k.strip() for k in words["key"].split(","))
        found[path.stem] = Mart(
            name=path.stem,
            sql=sql,
            title_id=words["id"],
            title_en=words["en"],
            key=key,
            behind=behind,
            is_view=words.get("as") == "view",
            part=_part(words["part"]) if "part" in words else None,
            reads=_condition(words["reads"]) if "reads" in words else None,
            among=tuple(_condition(v) for k, v in heads if k == "among"),
        )
    for path in sorted(FOLDER.glob("mart_*.py")):
        calculation = importlib.import_module(f"{__name__}.{path.stem}").CALCULATION
        found[path.stem] = Mart(
            name=path.stem,
            sql=calculation.sql,
            title_id=calculation.title_id,
            title_en=calculation.title_en,
            key=calculation.key,
            behind=calculation.behind,
            calculation=calculation,
            reads=calculation.reads,
            among=calculation.among,
        )
    found[revisions.NAME] = Mart(
        name=revisions.NAME,
        sql=revisions.sql(),
        title_id=revisions.TITLE_ID,
        title_en=revisions.TITLE_EN,
        key=revisions.KEY,
        behind=(),
        is_view=True,
    )
    return found
