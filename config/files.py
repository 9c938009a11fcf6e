"""Declarations as text on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# libyaml reads a declaration in a tenth of the time; wheels for all platforms of the lock have it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """Content of a YAML file; raises yaml.YAMLError with the line of what cannot be read."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
