"""Scheduled flows: each starts a verb of the command line in a separate process."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.blocks.core import Block
from prefect.runtime import flow_run
from prefect.states import Completed, Failed, State

from config import partner as partners
from config import settings as environment
from config.partner import Partner
from flows.digest import digest_rows
from flows.inbox import message
from flows.intake import FileResult
from flows.orchestration.children import Ended, inbox_as_child, run_as_child, verb_as_child
from flows.orchestration.pipeline import PARENT
from flows.orchestration.states import STATE_WORDS, ended_with, log_line, of_run
from reports.digest import digest as digest_of
from schemas.texts import visible, visible_lines
from tasks.home import of_its_profile, open_warehouse
from tasks.outcome import Report


@flow(name="scheduled", flow_run_name="{source}", persist_result=False)
def scheduled(source: str) -> State[Any]:
    """A scheduled run of one source, or of all that is due with an empty name."""
    own = flow_run.id or ""
    settings = environment.load()
    ended = run_as_child(settings, [source] if source else [], **({PARENT: own} if own else {}))
    return _state(ended, settings.language)


@flow(name="maintenance", persist_result=False)
def maintenance() -> State[Any]:
    """Join small lake files, remove what nothing needs, check a part of what is stored."""
    return _state(verb_as_child("maintain", "--json"), environment.load().language)


def _state(ended: Ended, language: str) -> State[Any]:
    """The state of a run that a child did. Exit codes from 3 on are failures, and so is a child
    that was killed; its last lines are in the log."""
    logger = get_run_logger()
    failed = ended.exit_code != 0
    for line in ended.last_lines:
        logger.log(logging.ERROR if failed else logging.INFO, "%s", visible(line))
    if ended.report and "sources" in ended.report:
        report = Report.from_dict(ended.report)
        for outcome in report.sources:
            level, text = log_line(outcome, language)
            logger.log(level, "%s %s: %s", outcome.source, outcome.period, text)
        return of_run(report, language)
    if failed:
        why = f": {visible(ended.why)}" if ended.why else ""
        return Failed(message=f"{ended_with(ended.exit_code, language)}{why}"[:STATE_WORDS])
    return Completed(message=ended_with(ended.exit_code, language))


@flow(name="digest", persist_result=False)
def digest() -> str:
    """What changed, is late, lapses soon or was set aside since yesterday: an artifact, and a
    message by the block that PENATARAN_NOTIFY names."""
    settings = of_its_profile(environment.load())
    found = digest_of(digest_rows(open_warehouse(settings), settings), settings.language)
    text = visible_lines(found.as_text())
    create_markdown_artifact(key="digest", markdown=found.as_html(), description=found.subject)
    if block := os.environ.get("PENATARAN_NOTIFY"):
        _send(block, text, found.subject)
    return text


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
    _send(sender.notify, body, subject)


def _send(name: str, body: str, subject: str) -> None:
    try:
        block: Any = Block.load(name)
        block.notify(body, subject=subject)
    except Exception as error:  # noqa: BLE001  whatever the block's service throws
        get_run_logger().warning("no notification for %s: %s", subject, type(error).__name__)
