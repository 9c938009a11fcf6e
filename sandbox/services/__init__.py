"""One module for each simulated partner: `answer(world, ask)` returns a reply, or None for a path
of another partner. Shapes follow recorded answers or the partner's documentation, never the
pipeline's readers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Ask:
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    body: bytes
    kind: str = "application/json; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(json.dumps(value, ensure_ascii=False).encode(), status=status,
                 headers=headers or {})  # fmt: skip


def services() -> list[ModuleType]:
    """All partners that are simulated."""
    return [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]
