"""One open write transaction of a warehouse, on whichever database."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.model import Table
from schemas.score import Score
from warehouse import marts

if TYPE_CHECKING:
    import duckdb

NO_SCORE = Score()


class Transaction(ABC):
    """One open write transaction of a warehouse."""

    @abstractmethod
    def execute(self, sql: str) -> None: ...

    @abstractmethod
    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...

    @abstractmethod
    def lake_connection(self, temp: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """The DuckDB connection through which the lake is read."""

    @abstractmethod
    def insert(
        self, con: duckdb.DuckDBPyConnection, table: Table, view: str, columns: Sequence[str]
    ) -> None:
        """Insert the rows of a DuckDB view into the stored table."""

    @abstractmethod
    def ensure_schema(self, *, rebuild: bool, edition: str) -> bool:
        """Make every declared table and view. What another version of the software made, or from
        another making of the lake, or everything with `rebuild`, is emptied or dropped first. True
        if anything was made."""

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether there is a table or mart of this name."""

    @abstractmethod
    def plan_for_marts(self) -> None:
        """Say to the database that what follows reads most of each table."""

    @abstractmethod
    def make_mart(self, mart: marts.Mart, score: Score = NO_SCORE) -> bool:
        """Make it, or make it again: by its SQL, or by its calculation with a score's components
        and weights. Returns whether its rows are others than before."""

    @abstractmethod
    def columns(self, mart: str) -> list[str]:
        """Names of the columns of a mart that was made."""

    @abstractmethod
    def comment(self, texts: Iterable[tuple[str, str, str]]) -> None:
        """Set comments: kind (TABLE, VIEW, COLUMN), name, text."""
