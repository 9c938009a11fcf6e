"""Senders of files: `config/partners/<code>.yml`, more in PENATARAN_PARTNERS_PATH.

A sender has a name and a language, in which it gets its answers, and the contracts that it fills:
by their templates, or by a mapping where its files look different. The folders `inbox/<code>` and
`outbox/<code>` are its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from config import contract as contracts
from config.contract import Mapping, Title
from config.files import read_yaml
from config.model import Model
from config.region import Region
from config.source import Source
from schemas.errors import ConfigurationError

FOLDER = Path(__file__).parent / "partners"


class Partner(Model):
    """One sender."""

    code: str
    name: Title
    language: Literal["id", "en", "ja"] = "id"
    files: tuple[Mapping, ...]
    notify: str | None = None  # a Prefect notification block, as sendgrid-email/penataran


def load_all(more: Sequence[Path] = ()) -> dict[str, Partner]:
    """All senders by code; raises ConfigurationError with the place of every mistake."""
    found: dict[str, Partner] = {}
    for path in (p for folder in (FOLDER, *more) for p in sorted(folder.glob("*.yml"))):
        if path.stem in found:
            raise ConfigurationError("partner", "declared twice", where=str(path))
        found[path.stem] = _read(path)
    return found


def _read(path: Path) -> Partner:
    known = contracts.load_all()
    try:
        raw: dict[str, Any] = read_yaml(path)
        files = [
            {"contract": entry} if isinstance(entry, str) else dict(entry) for entry in raw["files"]
        ]
        mapped = [{**f, "partner": path.stem, "sender": raw.get("name")} for f in files]
        partner = Partner(**{**raw, "code": path.stem, "files": mapped})
    except (ValidationError, ValueError, TypeError, KeyError) as error:
        raise ConfigurationError("partner", str(error), where=str(path)) from None
    for mapping in partner.files:
        if mapping.contract not in known:
            raise ConfigurationError(
                "partner", f"no contract {mapping.contract}", where=str(path),
                hint=f"one of {', '.join(sorted(known))}",
            )  # fmt: skip
    return partner


def sources(partners: dict[str, Partner], region: Region) -> dict[str, Source]:
    """What every sender fills, as sources by code."""
    known = contracts.load_all()
    return {
        mapping.code: contracts.source_of(known[mapping.contract], region, mapping)
        for partner in partners.values()
        for mapping in partner.files
    }
