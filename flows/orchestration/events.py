"""Events of sources in Prefect, and automations that notify people of the bad ones.

One event of a kind for each source and run; its payload has counts and codes, never data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.events import emit_event
from prefect.events.actions import SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.exceptions import ObjectNotFound

from tasks.outcome import Counts, Outcome

RESOURCE = "penataran.source"
FAILED_TWICE_WITHIN = timedelta(days=3)
KINDS = {"loaded": "new", "revised": "revised", "refused": "quarantined"}
"""Events, and the count that makes them."""
BODY = "{{ event.resource.name }}: {{ event.payload.why }}"


def of_outcomes(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind, source and payload of every event that a run's outcomes make."""
    for source in sorted({o.source for o in outcomes}):
        own = [o for o in outcomes if o.source == source]
        total = sum((o.counts for o in own), Counts())
        counts = total.as_dict()
        for kind, name in KINDS.items():
            if counts[name]:
                yield kind, source, {**counts, "why": f"{counts[name]} {name}"}
        failed = [o for o in own if o.status == "failed" and o.error]
        if failed:
            error = failed[0].error
            assert error is not None
            why = f"{error['code']}: {error['message']}"
            yield "failed", source, {"slices": len(failed), "why": why}


def emit(outcomes: Sequence[Outcome], late: dict[str, date | None]) -> None:
    """Send the events of a run; `late` has each late source with the day since which it is."""
    found = list(of_outcomes(outcomes))
    found += [("late", source, {"why": f"late since {day}"}) for source, day in late.items()]
    for kind, source, payload in found:
        resource = {
            "prefect.resource.id": f"{RESOURCE}.{source}",
            "prefect.resource.name": source,
        }
        emit_event(event=f"{RESOURCE}.{kind}", resource=resource, payload=payload)


def automations(document: UUID) -> list[AutomationCore]:
    """What people are notified of by a block: a late source, one that failed twice, a run that
    crashed."""

    def automation(name: str, words: str, trigger: EventTrigger, body: str) -> AutomationCore:
        action = SendNotification(
            block_document_id=document, subject=f"Penataran: {words}", body=body
        )
        return AutomationCore(
            name=f"penataran {name}", description=words, trigger=trigger, actions=[action]
        )

    def of_source(kind: str, times: int, within: timedelta) -> EventTrigger:
        return EventTrigger(
            expect={f"{RESOURCE}.{kind}"},
            match={"prefect.resource.id": f"{RESOURCE}.*"},
            for_each={"prefect.resource.id"},
            posture=Posture.Reactive,
            threshold=times,
            within=within,
        )

    crashed = EventTrigger(
        expect={"prefect.flow-run.Crashed"},
        match={"prefect.resource.id": "prefect.flow-run.*"},
        posture=Posture.Reactive,
        threshold=1,
        within=timedelta(0),
    )
    return [
        automation("late", "sumber terlambat / a source is late",
                   of_source("late", 1, timedelta(0)), BODY),
        automation("failed twice", "sumber gagal dua kali / a source failed twice",
                   of_source("failed", 2, FAILED_TWICE_WITHIN), BODY),
        automation("crashed", "proses terhenti / a run crashed", crashed,
                   "{{ event.resource.name }}"),
    ]  # fmt: skip


def keep_automations(block_name: str) -> list[str]:
    """Make the automations that notify by this block, or bring them to what they should be.
    Returns their names. Raises ValueError where the block does not exist."""
    kind, _, name = block_name.partition("/")
    with get_client(sync_client=True) as client:
        try:
            block = client.read_block_document_by_name(name, kind)
        except ObjectNotFound:
            raise ValueError(f"there is no block {block_name}") from None
        wanted = automations(block.id)
        for automation in wanted:
            known = client.read_automations_by_name(automation.name)
            if known:  # what it has counted so far stays
                client.update_automation(known[0].id, automation)
            else:
                client.create_automation(automation)
    return [a.name for a in wanted]
