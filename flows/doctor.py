"""What is missing or unsafe in an installation, each with its fix."""

from __future__ import annotations

import os
import shutil
import sys

from config import region as regions
from config import settings as environment
from schemas.errors import PenataranError
from tasks.home import declared_sources, open_warehouse


def doctor() -> list[dict[str, str]]:
    """What is missing or unsafe in this installation, each with its mend."""
    found: list[dict[str, str]] = []

    def say(state: str, what: str, mend: str = "") -> None:
        found.append({"state": state, "what": what, "mend": mend})

    try:
        settings = environment.load({**os.environ, "PENATARAN_ENV": ""})
        region = regions.load(settings.region)
        declared = declared_sources(settings)
    except PenataranError as error:
        say("unsafe", error.message, error.hint)
        return found
    say("ok", f"Python {sys.version_info.major}.{sys.version_info.minor}")
    say("ok", f"region {region.code} {region.name_id}, {len(declared)} sources")
    parent = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    if os.access(parent, os.W_OK):
        free = shutil.disk_usage(parent).free // 2**20
        say("ok" if free > 2048 else "missing", f"home {settings.home}: {free} MiB free",
            "" if free > 2048 else "make room: at least 2 GiB")  # fmt: skip
    else:
        say("unsafe", f"home {settings.home} is not writable", "set PENATARAN_HOME")
    for variable in sorted({s.key.variable for s in declared.values() if s.key}):
        present = settings.secret(variable) is not None
        say("ok" if present else "missing", f"key {variable}",
            "" if present else "without it the source is limited or skipped")  # fmt: skip
    if settings.secret("PENATARAN_HASH_KEY") is None:
        say("missing", "PENATARAN_HASH_KEY", "needed before files with buyers or investors")
    if settings.postgres:
        warehouse = open_warehouse(settings)
        try:
            warehouse.is_published()
            say("ok", "PostgreSQL answers")
        except Exception as error:  # noqa: BLE001  whatever is wrong is what is asked for
            say("unsafe", f"PostgreSQL does not answer ({type(error).__name__})",
                "check PENATARAN_WAREHOUSE_URL")  # fmt: skip
        finally:
            warehouse.close()
    in_production = os.environ.get("PENATARAN_ENV") == "production"
    for problem in environment.insecure_settings(settings):
        say("unsafe" if in_production else "missing", problem)
    return found
