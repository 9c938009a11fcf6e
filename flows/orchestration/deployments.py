"""Scheduled flows: each starts a verb of the command line in a separate process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prefect import flow, get_run_logger
from prefect.blocks.core import Block

from config import partner as partners
from config import settings as environment
from config.partner import Partner
from flows.inbox import message
from flows.intake import FileResult
from flows.orchestration.children import inbox_as_child, run_as_child, verb_as_child


@flow(name="scheduled", flow_run_name="scheduled {source}", persist_result=False)
def scheduled(source: str) -> int:
    """A scheduled run of one source, or of all that is due with an empty name."""
    return run_as_child(environment.load(), [source] if source else [])


@flow(name="maintenance", persist_result=False)
def maintenance() -> int:
    """Join small lake files, remove what nothing needs."""
    return verb_as_child("maintain")


@flow(name="inbox", persist_result=False)
def inbox() -> int:
    """Take in what senders put into their folders, and notify those that ask for it."""
    senders = partners.load_all(environment.load().partners_paths).partners
    found = inbox_as_child()["senders"]
    for code, results in found.items():
        notify(senders[code], results)
    return sum(len(results) for results in found.values())


def notify(sender: Partner, results: Sequence[Mapping[str, Any]]) -> None:
    """Send the outcome through the sender's notification block, if it names one. A block that
    is missing or fails is only logged: the answer is in the outbox anyway."""
    if sender.notify is None:
        return
    files = [FileResult(**r) for r in results]
    subject, body = message(sender.code, files, sender.language)
    try:
        block: Any = Block.load(sender.notify)
        block.notify(body, subject=subject)
    except Exception as error:  # noqa: BLE001  whatever the block's service throws
        get_run_logger().warning("no notification for %s: %s", sender.code, type(error).__name__)
