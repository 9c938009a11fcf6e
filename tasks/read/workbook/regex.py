"""Regular expressions that are compiled when they are first used.

The process that opens one workbook needs few of the patterns that its modules have, and compiling
all of them takes longer than reading a small file.
"""

from __future__ import annotations

import re
from typing import Any, cast


def regex(text: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern as `re.compile` returns it, compiled when it is first used."""
    return cast("re.Pattern[str]", _Uncompiled(text, flags))


class _Uncompiled:
    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        """A method of the compiled pattern; asked for once, for it is kept."""
        found = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)
        return found
