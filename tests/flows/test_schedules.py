"""`prefect.yaml` is what the declarations say, and every schedule is one that its zone has."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import yaml

from config.declarations import load_all
from flows.orchestration.schedules import Deployment, as_yaml, deployments
from tests.conftest import ROOT

SOURCES = load_all(()).sources


def test_the_file_is_made_from_the_declarations() -> None:
    written = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    assert written == as_yaml(SOURCES.values()), "make docs writes it"


def test_every_source_that_is_asked_has_one_deployment() -> None:
    named = [d["name"] for d in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]]
    asked = [s.code for s in SOURCES.values() if not s.is_builtin and not s.is_file]
    assert named == [*asked, "everything", "daily", "morning", "folders"]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize("deployment", list(deployments(SOURCES.values())), ids=lambda d: d.name)
def test_flow_and_calendar_exist(deployment: Deployment) -> None:
    from prefect.client.schemas.schedules import CronSchedule  # takes seconds to import

    from flows.orchestration import deployments as flows

    flow = getattr(flows, deployment.flow)
    given = deployment.parameters
    assert set(given) == set(flow.parameters.properties)
    ZoneInfo(deployment.timezone)
    if deployment.cron:
        CronSchedule(cron=deployment.cron, timezone=deployment.timezone)  # raises if it is none
    assert " / " in deployment.description or "→" in deployment.description


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2027, 3, 28, 1, tzinfo=UTC)),
        ("Australia/Sydney", datetime(2026, 4, 4, 16, tzinfo=UTC)),
        ("Australia/Sydney", datetime(2026, 10, 3, 16, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ],
)
def test_a_change_of_summer_time_moves_no_release(zone: str, change: datetime) -> None:
    """Once a day, at the publisher's own hour, before the change and after it."""
    of_zone = [s for s in SOURCES.values() if s.calendar.timezone == zone]
    assert of_zone
    for source in of_zone:
        found, now = [], change - timedelta(days=4)
        while now < change + timedelta(days=4):
            text = source.calendar.next_release(now)
            assert text is not None
            now = datetime.fromisoformat(text)
            found.append(now.astimezone(ZoneInfo(zone)))
        assert len({(t.hour, t.minute) for t in found}) == 1, source.code
        assert len({t.date() for t in found}) == len(found)
        workdays = source.calendar.cron.endswith("1-5")
        gaps = {(b.date() - a.date()).days for a, b in pairwise(found)}
        assert gaps <= ({1, 3} if workdays else {1}), source.code
        offsets = {t.utcoffset() for t in found}
        assert len(offsets) == (1 if zone == "Asia/Tokyo" else 2)


def test_releases_are_looked_at_in_the_zone_of_their_publisher() -> None:
    """Prefect's own schedule agrees with what `sources` and `status` say."""
    from prefect.server.schemas.schedules import CronSchedule as ServerSchedule

    for source in SOURCES.values():
        if source.is_file or source.is_builtin:
            continue
        now = datetime(2026, 10, 23, 23, tzinfo=UTC)
        schedule = ServerSchedule(cron=source.calendar.cron, timezone=source.calendar.timezone)
        (following,) = asyncio.run(schedule.get_dates(1, now))
        assert source.calendar.next_release(now) == following.isoformat(), source.code
