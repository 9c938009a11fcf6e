"""A database of Prefect's server with its tables and block types: made when Penataran is set up
(`make run`), copied into each new home.

The key that encrypts blocks is no part of it: a server makes it when the first one is stored.
Prefect's 139 changes of an empty SQLite database take 5 to 10 CPU seconds (Prefect 3.8). Without
a prepared database a server starts as ever.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

NAME = "prefect.db"
ELSEWHERE = frozenset(
    {"PREFECT_API_URL", "PREFECT_API_DATABASE_CONNECTION_URL",
     "PREFECT_SERVER_DATABASE_CONNECTION_URL"}
)  # fmt: skip


def prepared() -> Path:
    """Where the database for this version of Prefect lies: beside the installed packages."""
    return Path(sys.prefix) / "share" / "penataran" / f"prefect-{version('prefect')}.db"


def put_prepared(home: Path, variables: Mapping[str, str]) -> None:
    """Give a home of Prefect without a database the prepared one, if there is one."""
    if ELSEWHERE & variables.keys() or (home / NAME).exists() or not prepared().is_file():
        return
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = home / f".{NAME}-{uuid4().hex}"
    try:
        shutil.copyfile(prepared(), partial)
        with suppress(FileExistsError):  # another process was first
            os.link(partial, home / NAME)
    finally:
        partial.unlink(missing_ok=True)


def keep(home: Path) -> Path:
    """Keep a copy of the database of a home of Prefect, whose server has ended, as the prepared
    one; returns it."""
    target = prepared()
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}-{uuid4().hex}")
    try:
        with (
            closing(sqlite3.connect(home / NAME)) as made,
            closing(sqlite3.connect(partial)) as copy,
        ):
            made.backup(copy)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target
