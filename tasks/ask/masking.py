"""Keys in what a partner answers: a partner may repeat them, in any way of writing.

Everything that a partner's answer says passes a `Mask`: its body before it is landed, its headers
and addresses before they are stored or shown.
"""

from __future__ import annotations

import html
import mmap
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html.entities import html5
from itertools import chain
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from config.settings import Secret
from schemas.texts import shortened, visible

MASK = "***"
TEXT_CHARS = 300
URL_CHARS = 4000
LEAST_CHARS = 6  # of a key that is looked for in a body: a shorter one could be a figure
# How a character may be written: plain, percent- or HTML-encoded, also several times over, or
# escaped as in JSON. Repetitions are bounded, so that a cut text can be cut before a key.
AMP = (
    r"(?:&(?:amp;){0,6}|%(?:25){0,6}26(?:amp(?:;|%(?:25){0,6}3[bB])){0,6}"
    r"|\\{1,4}u0026(?:amp;){0,6})"
)
HASH = r"(?:#|%(?:25){0,6}23)"
END = r"(?:;|%(?:25){0,6}3[bB])?"
PERCENT = rf"(?:%|{AMP}(?:{HASH}(?:0{{0,30}}37|[xX]0{{0,30}}25){END}|percnt;)|\\{{1,4}}(?:u00|x)25)"
LONGEST_CHAR = 120  # bytes of one character, written in the longest of these ways
NAMED: dict[str, list[str]] = {}
for _name, _char in html5.items():
    if _name.endswith(";"):
        NAMED.setdefault(_char, []).append(_name)


def _written(char: str) -> str:
    """Pattern of all ways to write a character, in either case."""
    cases = tuple(dict.fromkeys((char, char.lower(), char.upper())))
    plain = "|".join(map(re.escape, cases))
    if not char.isascii():
        return f"(?:{plain})"
    hexes = f"(?:{'|'.join(_hex(ord(c)) for c in cases)})"
    codes, names = "|".join(str(ord(c)) for c in cases), "".join(f"|{n}" for n in _names(cases))
    entity = rf"{HASH}(?:0{{0,30}}(?:{codes})|[xX]0{{0,30}}{hexes}){END}{names}"
    escaped = rf"(?:u00|x){hexes}" if char.isalnum() else rf"(?:(?:u00|x){hexes}|{plain})"
    return rf"(?:{plain}|{PERCENT}(?:25){{0,6}}{hexes}|{AMP}(?:{entity})|\\{{1,4}}{escaped})"


def _names(chars: Iterable[str]) -> list[str]:
    return [name for char in chars for name in NAMED.get(char, [])]


def _hex(code: int) -> str:
    return "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in f"{code:02x}")


@lru_cache(maxsize=64)  # it takes a tenth of a second to make
def _pattern(key: str) -> re.Pattern[bytes]:
    return re.compile("".join(map(_written, key)).encode())


@lru_cache(maxsize=64)
def _plain_key(key: str) -> re.Pattern[bytes]:
    cases = {key, key.lower(), key.upper()}  # letters beyond ASCII have no case in bytes
    return re.compile("|".join(map(re.escape, cases)).encode(), re.IGNORECASE)


@lru_cache(maxsize=64)
def _escape(key: str) -> re.Pattern[bytes]:
    """How any encoded character of the key begins. Other escapes in an answer do not matter."""
    chars = {c for c in key + key.upper() + key.lower() if c.isascii()}
    codes = "|".join(["25", "26", *(_hex(ord(c)) for c in chars)])
    names = "|".join(["percnt;", *_names(chars)])
    signs = "".join(re.escape(c) for c in chars if not c.isalnum())
    way = rf"%(?:{codes})|&(?:amp;)?(?:#|amp;|{names})|\\(?:u00|x)(?:{codes})"
    return re.compile((rf"{way}|\\[{signs}]" if signs else way).encode())


class Mask:
    """Removes some secrets from texts and files."""

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self._keys = sorted((s.reveal() for s in secrets if s), key=len, reverse=True)
        self.tail = LONGEST_CHAR * max(map(len, self._keys), default=0)

    def text(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogatepass") if self._keys else b""
        for key in self._keys:
            for start, end in reversed(list(_places(key, raw))):
                raw = raw[:start] + MASK.encode() + raw[end:]
        return raw.decode("utf-8", "surrogatepass") if self._keys else text

    def said(self, text: str, limit: int = TEXT_CHARS) -> str:
        """What a partner says, fit for a report, log, receipt or table: first masked, then made
        visible, then cut."""
        return shortened(visible(self.text(text).strip()), limit)

    def begun(self, text: str) -> str:
        """The same of the start of a longer text, which may end inside of a key."""
        return self.said(text[: -self.tail] if self.tail else text)

    def file(self, path: Path) -> bool:
        """Write stars over every key in a file; its size stays. True if there was one."""
        keys = [key for key in self._keys if len(key) >= LEAST_CHARS]
        if not keys or not path.stat().st_size:
            return False
        with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
            places = list(chain.from_iterable(_places(key, content) for key in keys))
            for start, end in places:
                content[start:end] = b"*" * (end - start)
        return bool(places)


def _places(key: str, content: bytes | mmap.mmap) -> Iterator[tuple[int, int]]:
    """Where a key is written. The pattern is slow (7 MB/s), so it looks where the plain key or an
    escape is, and around it only."""
    for start, end in _near(key, content):
        for match in _pattern(key).finditer(content, start, end):
            yield match.span()


def _near(key: str, content: bytes | mmap.mmap) -> Iterator[tuple[int, int]]:
    """Parts that may hold the key, in their order; none overlaps another."""
    room = LONGEST_CHAR * len(key)
    found = [m.start() for m in _escape(key).finditer(content)]
    found += [m.start() for m in _plain_key(key).finditer(content)]
    begin = end = -1
    for place in sorted(found):
        if place - room > end:
            if end >= 0:
                yield begin, min(end, len(content))
            begin = max(0, place - room)
        end = place + room
    if end >= 0:
        yield begin, min(end, len(content))


def params_without_key(query: str, parameter: str) -> dict[str, str]:
    """The parameters of a partner's link without the key, however its name is written."""
    return {
        name: value
        for name, value in parse_qsl(query.replace("&amp;", "&"), keep_blank_values=True)
        if not (parameter and _plain(name) == _plain(parameter)) and not _is_masked(value)
    }


def _is_masked(value: str) -> bool:
    return len(value) >= LEAST_CHARS and not value.strip("*")


def _plain(name: str) -> str:
    """A parameter's name without any encoding."""
    for _ in range(8):
        decoded = unquote(html.unescape(name))
        if decoded == name:
            break
        name = decoded
    return name.rpartition("amp;")[2].strip().casefold()
