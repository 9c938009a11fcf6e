"""Marts: plain SQL files that DuckDB and PostgreSQL both run, one table each.

`mart_revisions` is generated (`warehouse.revisions`).

The head of a file says what the mart is, in both languages, and where its rows come from:
`-- behind: TABLE: CONDITION` names core rows behind one mart row. Every column in the condition has
its side in front of it: `c.` for the core table, `m.` for the mart, since both share names.
A mart that has one row for one row of its table says `-- as: view`: to store it would cost
every load as much again as the load itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from graphlib import TopologicalSorter
from pathlib import Path

from warehouse import revisions

FOLDER = Path(__file__).parent
VINTAGES = "__vintages"
MENTION = re.compile(r"\b(?:core|ref|ops|mart)_\w+")
NOT_CODE = re.compile(r"--.*$|'(?:[^']|'')*'", re.MULTILINE)  # comments, texts
HEAD = re.compile(r"^-- (id|en|behind|key|as): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Mart:
    name: str
    sql: str
    title_id: str
    title_en: str
    key: tuple[str, ...]
    behind: tuple[tuple[str, str], ...]
    is_view: bool = False

    def reads(self, names: Collection[str]) -> bool:
        """Whether the mart, or a mart it reads, is made from one of the named tables."""
        marts = all_marts()
        return any(
            marts[word].reads(names) if word in marts else word.removesuffix(VINTAGES) in names
            for word in self.mentioned()
        )

    def mentioned(self) -> frozenset[str]:
        """Tables and marts that the SQL reads. Its comments may name others."""
        return _mentioned(self.sql) - {self.name}


def mentioned_in(sql: str) -> list[str]:
    """Names of tables and marts in some SQL, in its order. A parser of SQL finds the same in every
    mart, and costs each command a second (a test asks it)."""
    return list(dict.fromkeys(MENTION.findall(NOT_CODE.sub("", sql))))


@lru_cache
def _mentioned(sql: str) -> frozenset[str]:
    return frozenset(mentioned_in(sql))


@lru_cache(maxsize=1)
def all_marts() -> dict[str, Mart]:
    """All marts by name, each after the marts that it reads."""
    found = _declared()
    names = {name: mart.mentioned() & found.keys() for name, mart in found.items()}
    return {name: found[name] for name in TopologicalSorter(names).static_order()}


def _declared() -> dict[str, Mart]:
    found = {}
    for path in sorted(FOLDER.glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        heads = HEAD.findall(sql)
        words = {k: v.strip() for k, v in heads if k != "behind"}
        behind = tuple(
            (table.strip(), condition.strip())
            for k, v in heads
            if k == "behind"
            for table, condition in [v.split(":", 1)]
        )
        key = tuple(k.strip() for k in words["key"].split(","))
        found[path.stem] = Mart(
            name=path.stem,
            sql=sql,
            title_id=words["id"],
            title_en=words["en"],
            key=key,
            behind=behind,
            is_view=words.get("as") == "view",
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
