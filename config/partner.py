"""Senders of files: `config/partners/<code>.yml`, more in PENATARAN_PARTNERS_PATH.

A sender has a name and a language, in which it gets its answers, and the contracts that it fills:
by their templates, or by a mapping where its files look different. The folders `inbox/<code>` and
`outbox/<code>` are its own. A declaration that is broken is its own sender's failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from config import contract as contracts
from config.checks.mappings import mistakes
from config.contract import Mapping
from config.files import read_yaml
from config.mistakes import Mistake, of_model, refuse
from config.model import Model
from config.region import Region
from config.source import Source
from schemas.errors import ConfigurationError
from schemas.model import Words

FOLDER = Path(__file__).parent / "partners"


class Partner(Model):
    """One sender."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """the name of the file"""
    name: Words
    """its name, in Indonesian, English and Japanese"""
    language: Literal["id", "en", "ja"] = "id"
    """the language of its answers"""
    files: tuple[Mapping, ...] = Field(min_length=1)
    """the contracts that it fills: a code, or how its files look"""
    notify: str | None = None
    """a Prefect notification block, as sendgrid-email/penataran"""

    @model_validator(mode="before")
    @classmethod
    def _whole_mappings(cls, raw: Any) -> Any:
        """`files: [deals]` is a mapping with nothing of its own; each knows its sender."""
        if not isinstance(raw, dict) or not isinstance(raw.get("files"), list | tuple):
            return raw
        own = {"partner": raw.get("code", ""), "sender": raw.get("name")}
        files = [{"contract": f} if isinstance(f, str) else f for f in raw["files"]]
        return {**raw, "files": [{**f, **own} if isinstance(f, dict) else f for f in files]}


@dataclass(frozen=True)
class Senders:
    """Every sender that is declared: those that are right, and what is wrong with the others."""

    partners: dict[str, Partner] = field(default_factory=dict)
    broken: dict[str, ConfigurationError] = field(default_factory=dict)


def load_all(more: Sequence[Path] = ()) -> Senders:
    """All senders by code. Raises ConfigurationError where a folder is missing."""
    found: dict[str, Partner] = {}
    broken: dict[str, ConfigurationError] = {}
    for path in _files(more):
        try:
            if path.stem in found:
                raise ConfigurationError(
                    "partner", f"sender {path.stem!r} is declared twice", where=str(path),
                    hint="the other one stands; give this one another name",
                )  # fmt: skip
            found[path.stem] = _built_in(path) if path.parent == FOLDER else read(path)
        except ConfigurationError as error:
            broken.setdefault(path.stem, error)
    return Senders(found, broken)


def _files(more: Sequence[Path]) -> Iterator[Path]:
    for folder in (FOLDER, *more):
        if not folder.is_dir():
            raise ConfigurationError(
                "partners_path", f"no folder {folder}", hint="check PENATARAN_PARTNERS_PATH"
            )
        yield from sorted(p for p in folder.glob("*.yml") if p.is_file())


@cache
def _built_in(path: Path) -> Partner:
    """What comes with the program does not change while it runs."""
    return read(path)


def read(path: Path) -> Partner:
    """One sender; raises ConfigurationError with the place of every mistake."""
    raw = read_yaml(path, "partner")
    known = contracts.load_all()
    found = []
    if raw.get("code", path.stem) != path.stem:
        found.append(Mistake(("code",), f"the name of the file is the code: {path.stem}"))
    try:
        partner = Partner(**{**raw, "code": path.stem})
    except ValidationError as error:
        raise refuse(found + of_model(error, Partner), path, "partner") from None
    codes = [m.code for m in partner.files]
    for number, mapping in enumerate(partner.files):
        place = ("files", number)
        found += mistakes(mapping, known, place)
        if mapping.code in codes[:number]:
            found.append(Mistake(place, f"{mapping.code} stands twice: give each way a name"))
    if found:
        raise refuse(found, path, "partner")
    return partner


def sources(partners: dict[str, Partner], region: Region) -> dict[str, Source]:
    """What every sender fills, as sources by code."""
    known = contracts.load_all()
    return {
        mapping.code: contracts.source_of(known[mapping.contract], region, mapping)
        for partner in partners.values()
        for mapping in partner.files
    }
