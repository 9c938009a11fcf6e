"""What people read on stderr: one line of text, or an error as sentence, place and details."""

from __future__ import annotations

import sys

from flows.cli import words
from flows.cli.problems import explanation
from schemas.errors import ErrorFacts
from schemas.texts import visible_lines


def say(text: str) -> None:
    print(printable(text), file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """Partners' texts may hold control characters; a terminal must not obey them (X14)."""
    return visible_lines(text)


def problem(error: ErrorFacts, indent: str = "    ") -> str:
    """An error in the reader's language.

    In Indonesian the sentence of its code, the place, and the English message as details. In
    English the message, the place and the hint.
    """
    lines = []
    if error["where"]:
        lines.append(f"{words.text(words.AT)}: {error['where']}")
    if words.language() == "id":
        sentence = explanation(error["code"])
        lines.append(f"{words.text(words.DETAILS)}: {error['message']}")
    else:
        sentence = error["message"]
        lines += [f"-> {error['hint']}"] if error["hint"] else []
    return f"\n{indent}".join([f"[{error['code']}] {sentence}", *lines])


def say_problem(error: ErrorFacts, before: str = "penataran: ") -> None:
    say(before + problem(error))
