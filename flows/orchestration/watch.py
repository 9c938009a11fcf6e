"""The watcher of the inbox: starts its deployment when files wait."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Event
from typing import Any

from config.settings import Settings
from flows.inbox import make_folders, waiting
from schemas.texts import visible

INBOX_SECONDS = 10.0


def watch_inbox(settings: Settings, start: Callable[[], Any], stop: Event) -> None:
    """Start the deployment when files wait, so that an empty inbox costs no run."""
    make_folders(settings)
    while not stop.wait(INBOX_SECONDS):
        try:
            if waiting(settings):
                start()
        except Exception as error:  # noqa: BLE001  reported; the next look may succeed
            text = visible(f"penataran: inbox: {type(error).__name__}: {error}")
            print(text, file=sys.stderr, flush=True)
