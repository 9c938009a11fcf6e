"""Declarations as text on disk: YAML that is small, whole, and says nothing twice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from yaml.events import CollectionEndEvent, CollectionStartEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from config.mistakes import page_of
from schemas.errors import ConfigurationError

# libyaml reads a declaration in a tenth of the time; wheels for all platforms of the lock have it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 1 << 20
MAX_NODES = 50_000  # with every alias written out; the largest declaration has under 1,000
MAX_DEPTH = 40
OPENERS = ("[", "{", "- ", "? ")  # every list or mapping in a line begins with one of them
SAFE_DEPTH = 1000
INTEGER = "tag:yaml.org,2002:int"
# 0901 is octal in YAML where its digits allow it, and 12:30 counts in sixties.
NOT_AS_WRITTEN = re.compile(r"[-+]?0[0-9_]+|.*:.*")


def read_yaml(path: Path, code: str = "declaration") -> dict[str, Any]:
    """A YAML file that holds a mapping. Raises ConfigurationError with the place of what is not
    UTF-8, not YAML, too large, said twice, or no mapping."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise Unreadable(f"{size} bytes, at most {MAX_BYTES}")
        return _mapping(path.read_bytes())
    except Unreadable as error:
        raise ConfigurationError(
            code, error.message, where=f"{path}{error.line}", hint=page_of(code)
        ) from None
    except OSError as error:
        raise ConfigurationError(
            code, f"the file cannot be read: {error.strerror}", where=str(path)
        ) from None


class Unreadable(Exception):
    """What is wrong with a file's text, and in which line."""

    def __init__(self, message: str, node: Node | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        number = node.start_mark.line + 1 if node is not None else line
        self.line = f", line {number}" if number else ""


def _mapping(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Unreadable(
            f"not UTF-8: byte 0x{raw[error.start]:02x} at offset {error.start}", line=line
        ) from None
    try:
        _refuse_deep(text)
        loader = LOADER(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise Unreadable("the file is empty: expected a mapping of keys")
            if not isinstance(node, MappingNode):
                kind = "a list" if isinstance(node, SequenceNode) else "a single text"
                raise Unreadable(f"expected a mapping of keys, got {kind}", node)
            _Graph().check(node)
            found: dict[str, Any] = loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise _not_yaml(error) from None
    except RecursionError:
        raise Unreadable("the lists and mappings are nested too deeply") from None
    except ValueError as error:  # a day that no calendar has, such as 2026-02-30
        raise Unreadable(f"not YAML: {error}") from None
    return found


def _not_yaml(error: yaml.YAMLError) -> Unreadable:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    context = getattr(error, "context", None)
    words = f"{context}: {problem}" if context else str(problem)
    return Unreadable(f"not YAML: {words}", line=mark.line + 1 if mark else None)


def _refuse_deep(text: str) -> None:
    """libyaml builds nodes by calling itself, and ends the process where they are nested deep."""
    if sum(text.count(sign) for sign in OPENERS) < SAFE_DEPTH:
        return
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else None
            raise Unreadable("the lists and mappings are nested too deeply", line=line)


class _Graph:
    """What YAML's nodes hold, before anything is built of them: an alias costs nothing in the
    file, and ten of ten of ten of them are a thousand million values."""

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}

    def check(self, root: MappingNode) -> None:
        if self._size(root, 0) > MAX_NODES:
            raise Unreadable(
                f"more than {MAX_NODES} values once its aliases (*name) are written out", root
            )

    def _size(self, node: Node, depth: int) -> int:
        """Number of values below a list or mapping with every alias written out."""
        known = self.sizes.get(id(node))
        if known == OPEN:
            raise Unreadable("an alias (*name) refers to what it stands in", node)
        if known is not None:
            return known
        if depth > MAX_DEPTH:
            raise Unreadable("the lists and mappings are nested too deeply", node)
        self.sizes[id(node)] = OPEN
        children = node.value
        if isinstance(node, MappingNode):
            _refuse_doubled(node)
            children = [value for _, value in node.value]
        size = 1 + len(children)
        for child in children:
            if isinstance(child, ScalarNode):
                _refuse_rewritten(child)
            else:
                size += self._size(child, depth + 1)
        self.sizes[id(node)] = size
        return size


OPEN = -1  # a list or mapping that is being looked at


def _refuse_doubled(node: MappingNode) -> None:
    """YAML takes the last of two equal keys and says nothing."""
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, ScalarNode):
            raise Unreadable("a key is a single text", key)
        if key.value in seen:
            raise Unreadable(f"the key {key.value!r} stands twice in one mapping", key)
        seen.add(key.value)


def _refuse_rewritten(node: ScalarNode) -> None:
    if node.tag == INTEGER and NOT_AS_WRITTEN.fullmatch(node.value):
        raise Unreadable(f"YAML reads {node.value} as another number: write it in quotes", node)
