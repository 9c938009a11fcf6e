"""Databases for the loads of one run.

Small loads share one, each with a schema of its own: to open a database costs 20 ms, and what it
knows of the lake would be read anew each time. A large load has a database to itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from schemas.errors import PenataranError
from warehouse.engine import Database, spilling_database
from warehouse.known import KnownVersions
from warehouse.lake import Lake

if TYPE_CHECKING:
    import duckdb

LARGE_BYTES = 4 * 2**20  # of raw bytes; a load of more has a database to itself


class Connections:
    """Use `close` when no load runs any more."""

    def __init__(self, folder: Path, lake: Lake, *, share: int = 4) -> None:
        """`share` is how many loads are at work at a time; where it is 1, each is alone."""
        self._folder = folder
        self._lake = lake
        self._share = share
        self._shared: tuple[Database, KnownVersions] | None = None
        self._given_up: list[Database] = []
        self._numbers = itertools.count()
        self._lock = Lock()

    @contextmanager
    def one(self, raw_bytes: int = 0) -> Iterator[tuple[duckdb.DuckDBPyConnection, KnownVersions]]:
        """A connection for a load of so many raw bytes, and what its database knows of the lake."""
        if raw_bytes > LARGE_BYTES or self._share == 1:
            with closing(spilling_database(self._folder)) as alone:
                known = KnownVersions(alone.con, self._lake)
                with closing(alone.cursor("main")) as con:
                    yield con, known
            return
        database, known = self._take()
        schema = f"load_{next(self._numbers)}"
        is_sound = False
        try:
            with closing(database.cursor(schema)) as con:
                yield con, known
            is_sound = True
        except PenataranError:
            is_sound = True
            raise
        finally:
            if is_sound:
                database.drop(schema)
            else:
                self._give_up(database)

    def _take(self) -> tuple[Database, KnownVersions]:
        with self._lock:
            if self._shared is None:
                database = spilling_database(self._folder, loads=self._share)
                self._shared = (database, KnownVersions(database.con.cursor(), self._lake))
            return self._shared

    def _give_up(self, database: Database) -> None:
        """After an unexpected error: the next load opens another; others may still use this one."""
        with self._lock:
            if self._shared is not None and self._shared[0] is database:
                self._shared = None
                self._given_up.append(database)

    def close(self) -> None:
        with self._lock:
            opened = [*self._given_up, *([self._shared[0]] if self._shared else [])]
            self._shared, self._given_up = None, []
        for database in opened:
            database.close()
