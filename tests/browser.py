"""A browser without a window, for pictures of pages."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def browser() -> str:
    """Its program; skips the test where there is none."""
    found = next((b for b in BROWSERS if shutil.which(b)), None)
    if found is None:
        pytest.skip("no Chromium on this machine: install it to look at the pages")
    return found


def look(url: str, text: str, picture: Path, profile: Path) -> bool:
    """Take a picture of a page that its scripts make, once they show a text; False if they never
    do. Chromium's clock runs on while a slow machine loads their parts, so it may take some tries.
    """
    for seconds in (10, 30, 60, 120):
        common = [browser(), *FLAGS, f"--user-data-dir={profile}", "--window-size=1280,900",
                  f"--virtual-time-budget={seconds * 1000}"]  # fmt: skip
        found = subprocess.run(
            [*common, "--dump-dom", url], capture_output=True, text=True, timeout=180, check=True
        )
        if text in found.stdout:
            shot = [*common, f"--screenshot={picture}", url]
            subprocess.run(shot, capture_output=True, timeout=180, check=True)
            return True
    return False
