"""What others published with its input, beside this repository. Each folder's README has the
source, the licence and the tolerance."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.conftest import shared

Floats = npt.NDArray[np.float64]


def golden(path: str) -> Path:
    return shared(f"golden/{path}")


def records(path: str) -> list[dict[str, str]]:
    """The rows of a golden's file."""
    found = golden(path)
    raw = found.read_bytes()
    text = (gzip.decompress(raw) if found.suffix == ".gz" else raw).decode()
    return list(csv.DictReader(io.StringIO(text)))


def column(path: str, name: str) -> Floats:
    """A column of numbers; empty is NaN."""
    return np.array([float(row[name] or "nan") for row in records(path)])
