"""Marks that go with data wherever it goes."""

from __future__ import annotations

SIMULATED = "data simulasi / simulated data"
"""On everything that the sandbox made: tables, pages, exports, answers, messages."""
