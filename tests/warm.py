"""What a command imports, imported once: the process that `tests.commands` forks from.

Nothing is opened and no thread of ours runs here, so what is forked is as a process that has just
started.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Sequence
from typing import Any

os.environ |= {"GX_ANALYTICS_ENABLED": "false", "NO_COLOR": "1", "OPENBLAS_NUM_THREADS": "1"}

import deltalake
import duckdb
import pandas as pd
import psycopg
import pyarrow.parquet as pq
import sqlalchemy.dialects.postgresql as dialect

from config import codelists
from config.settings import load
from flows import backup, intake, maintain, rebuild, restore, run, verify
from flows.cli.main import main
from flows.orchestration import stopping
from reports import page
from schemas.errors import PenataranError
from tasks.check import gate_worker
from tasks.check.gate import Gate
from tasks.home import declared_sources
from warehouse.base import Warehouse, fingerprint

LOADED = (deltalake, duckdb, pd, psycopg, pq, dialect,
          backup, intake, maintain, rebuild, restore, run, verify, stopping, page)  # fmt: skip
CURRENCIES = codelists.currencies()
BUILT_IN = declared_sources(load({"PENATARAN_HOME": "unused"})), fingerprint()
CHECKS = gate_worker._Gate()


def _check(gate: Gate, requests: Sequence[Any]) -> list[list[Any] | PenataranError]:
    """What the gate's process answers, from the library that is loaded here already."""
    with gate._lock:
        asked = json.loads(json.dumps([request.as_dict() for request in requests]))
        answered: list[list[Any] | PenataranError] = json.loads(json.dumps(CHECKS.run(asked)))
        return answered


def perform(
    words: Sequence[str], environment: dict[str, str], limits: dict[int, int], *, pages: bool
) -> None:
    """One command, in the process that was forked for it."""
    os.environ.clear()
    os.environ.update(environment)
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))
    Gate.start = lambda gate: None  # type: ignore[method-assign,assignment]
    Gate._check = _check  # type: ignore[method-assign,assignment]
    if not pages:
        page.write_pages = lambda *_: {}
        Warehouse.make_marts = lambda *_: None  # type: ignore[method-assign]
    sys.argv = ["penataran", *words]
    sys.exit(main())
