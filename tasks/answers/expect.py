"""What a column should contain, in the sender's language: for guides and for answers."""

from __future__ import annotations

from config.contract import Contract, kind_of, vocabulary
from schemas.model import Between, Field, InList, Matches, OneOf
from tasks.answers.words import CONTENT, LABELS, UNITS, phrase


def expected(contract: Contract, field: Field, language: str) -> str:
    """Content, unit, bounds and choices of a column in one line."""
    kind = kind_of(field)
    listed = next((c.list_name for c in field.checks if isinstance(c, InList)), "")
    parts = [phrase(CONTENT, listed if kind == "text" and listed in CONTENT else kind, language)]
    if field.unit in UNITS:
        parts[0] += f" ({phrase(UNITS, field.unit, language)})"
    for check in field.checks:
        match check:
            case OneOf(values):
                parts[0] = (
                    f"{phrase(LABELS, 'one_of', language)}: {choices(field, values, language)}"
                )
            case Between(low, high) if isinstance(low, int | float):
                parts.append(f"≥ {low:g}" if high is None else f"{low:g}–{high:g}")
            case Matches(_, _, hint) if hint is not None and language != "ja":
                parts.append(hint.in_language(language))
    if field.name in contract.required():
        parts.append(phrase(LABELS, "required", language))
    return "; ".join(parts)


def choices(field: Field, values: tuple[str, ...], language: str) -> str:
    """The codes as people of that language write them."""
    known = vocabulary().labels.get(field.name, {})
    place = {"id": 0, "en": None, "ja": -1}[language]
    shown = [
        known[value][place] if place is not None and known.get(value) else value for value in values
    ]
    return " | ".join(shown)
