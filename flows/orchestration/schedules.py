"""Every deployment that a home has: one for each source on its publisher's calendar, and the home's
own work. `serve` runs them in its process; `prefect.yaml` is made of them, for workers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from config.source import Source

ENTRY = "flows/orchestration/deployments.py"
POOL = "penataran"
ZONE = "Asia/Jakarta"
DIGEST_CRON = "0 7 * * *"  # before the office opens
MAINTENANCE_CRON = "30 2 * * *"  # before the day's first releases
HEAD = """\
# Deployments for work pools and workers, made from the declarations by `make docs`.
#   prefect work-pool create penataran --type process
#   prefect deploy --all
#   prefect worker start --pool penataran
# `penataran serve` needs none of this. Deploying again changes a deployment, it adds none.
"""


@dataclass(frozen=True)
class Deployment:
    """One deployment; `flow` is a function of `flows.orchestration.deployments`."""

    name: str
    flow: str
    description: str
    cron: str | None = None
    timezone: str = ZONE
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


def deployments(sources: Iterable[Source]) -> Iterator[Deployment]:
    """Descriptions are in both languages."""
    for source in sources:
        if source.is_builtin or source.is_file:
            continue
        yield Deployment(
            source.code,
            "scheduled",
            f"{source.title.id} / {source.title.en}",
            source.calendar.cron,
            source.calendar.timezone,
            {"source": source.code},
            (source.domain, source.provider.code),
        )
    yield Deployment(
        "everything",
        "scheduled",
        "Semua yang jatuh tempo / All that is due",
        parameters={"source": ""},
        tags=("manual",),
    )
    yield Deployment(
        "daily",
        "maintenance",
        "Pemeliharaan harian / Daily housekeeping",
        MAINTENANCE_CRON,
        tags=("keeping",),
    )
    yield Deployment(
        "morning",
        "digest",
        "Ringkasan harian / Daily digest",
        DIGEST_CRON,
        tags=("keeping",),
    )
    yield Deployment("folders", "inbox", "inbox/<sender> → outbox/<sender>", tags=("files",))


def as_yaml(sources: Iterable[Source]) -> str:
    """The text of `prefect.yaml`."""
    listed = [_entry(d) for d in deployments(sources)]
    body = {"name": "penataran", "deployments": listed}
    return HEAD + yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=100)


def _entry(deployment: Deployment) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": deployment.name,
        "entrypoint": f"{ENTRY}:{deployment.flow}",
        "description": deployment.description,
        "tags": list(deployment.tags),
        "parameters": dict(deployment.parameters),
        "work_pool": {"name": POOL},
    }
    if deployment.cron:
        # The slug lets a second deployment change the schedule instead of adding one.
        entry["schedules"] = [
            {"cron": deployment.cron, "timezone": deployment.timezone, "slug": "calendar"}
        ]
    return entry


def write(root: Path, sources: Iterable[Source]) -> Path:
    path = root / "prefect.yaml"
    path.write_text(as_yaml(sources), encoding="utf-8")
    return path
