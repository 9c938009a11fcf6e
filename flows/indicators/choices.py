"""What `--set KEY=VALUE` may say, and how a value is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any

from schemas.errors import ConfigurationError

Read = Callable[[str], Any]
FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """KEY=VALUE texts by key; a key that stands twice is refused."""
    found: dict[str, str] = {}
    for text in texts:
        key, separator, value = text.partition("=")
        key, value = key.strip(), value.strip()
        if not separator or not key or not value:
            raise ConfigurationError("bad_setting", f"{text!r} is not KEY=VALUE")
        if key in found:
            raise ConfigurationError("bad_setting", f"{key!r} is set twice")
        found[key] = value
    return found


def read_choices(given: Mapping[str, str], known: Mapping[str, Read], name: str) -> dict[str, Any]:
    """The values by key, each as its reader returns it."""
    from schemas.nearest import near

    found = {}
    for key, text in given.items():
        if key not in known:
            keys = ", ".join(known)
            raise ConfigurationError(
                "bad_setting",
                f"{name} does not know {key!r}{near(key, known)}; it knows: {keys}",
                hint="see docs/indicators.md",
            )
        try:
            found[key] = known[key](text)
        except ValueError as error:
            raise ConfigurationError("bad_setting", f"{key}={text}: {error}") from None
    return found


def number(text: str) -> float:
    """A finite number."""
    try:
        found = float(text)
    except ValueError:
        raise ValueError("a number was expected") from None
    if not isfinite(found):
        raise ValueError("a number was expected")
    return found


def above_zero(text: str) -> float:
    found = number(text)
    if not found > 0:
        raise ValueError("a number above 0 was expected")
    return found


def share(text: str) -> float:
    found = number(text)
    if not 0 <= found <= 1:
        raise ValueError("a number from 0 to 1 was expected")
    return found


def count(least: int = 1, most: int = 1_000_000) -> Read:
    """A whole number between two bounds."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text[:9]) <= most:
            raise ValueError(f"a whole number from {least} to {most} was expected")
        return int(text)

    return read


def flag(text: str) -> bool:
    if text.casefold() not in FLAGS:
        raise ValueError("true or false was expected")
    return FLAGS[text.casefold()]


def one_of(*names: str) -> Read:
    """One of a few words."""

    def read(text: str) -> str:
        if text.casefold() not in names:
            raise ValueError(f"one of {', '.join(names)} was expected")
        return text.casefold()

    return read


def text(value: str) -> str:
    """A name of a column or a file."""
    return value


def names(value: str) -> list[str]:
    """Names with commas between them."""
    return [name for part in value.split(",") if (name := part.strip())]
