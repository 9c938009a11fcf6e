"""What Prefect's UI shows of slices and runs: names, states and sentences.

A state's message is one sentence: what was loaded, or what failed and why.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

from prefect.states import Completed, Failed, State

from config.source import Source
from schemas.model import Words
from tasks.outcome import Counts, Outcome, Report, Status
from tasks.slices import Slice

STATE_WORDS = 300
NAMES = {
    "loaded": "Loaded",
    "unchanged": "Unchanged",
    "not_published": "NotPublished",
    "deferred": "Deferred",
    "busy": "Busy",
    "skipped": "Skipped",
}
STATUS_WORDS = {
    "unchanged": Words("tidak ada yang baru", "nothing new"),
    "not_published": Words("belum terbit", "not published yet"),
    "deferred": Words("ditunda ke proses berikutnya", "deferred to the next run"),
    "busy": Words("dipegang proses lain", "held by another run"),
    "skipped": Words("dilewati", "skipped"),
    "failed": Words("gagal", "failed"),
}
LOADED = Words("dimuat", "loaded")
COUNT_WORDS = {
    "new": Words("baru", "new"),
    "revised": Words("direvisi", "revised"),
    "deleted": Words("ditarik", "withdrawn"),
    "quarantined": Words("ditahan", "held back"),
}
ALL_DUE = Words("semua yang jatuh tempo", "all that is due")
NOTHING_NEW = Words("Tidak ada yang baru.", "Nothing new.")


def status_word(status: Status, language: str) -> str:
    """What became of a slice, in words."""
    return STATUS_WORDS.get(status, LOADED).in_language(language)


def title(source: Source, slice_: Slice) -> str:
    """`ecb 2026`; with the dataset's name where the source has several."""
    dataset = f" {slice_.dataset}" if len(source.datasets) > 1 else ""
    return f"{source.code}{dataset} {slice_.label}"


def run_title(named: Sequence[str], since: str | None, until: str | None, language: str) -> str:
    """What a run is about: its sources and its range."""
    what = ", ".join(named) or ALL_DUE.in_language(language)
    span = f" {since or ''}..{until or ''}" if since or until else ""
    return f"{what}{span}"


def counted(counts: Counts, language: str) -> str:
    """`34 new, 2 revised`; empty without any."""
    found = counts.as_dict()
    return ", ".join(
        f"{found[name]} {words.in_language(language)}"
        for name, words in COUNT_WORDS.items()
        if found[name]
    )


def sentence(outcome: Outcome, language: str) -> str:
    """One slice in a few words."""
    news = counted(outcome.counts, language)
    if outcome.status == "loaded":
        return news or STATUS_WORDS["unchanged"].in_language(language)
    words = STATUS_WORDS[outcome.status].in_language(language)
    if outcome.error:
        return f"{words}: {outcome.error['code']}: {outcome.error['message']}"
    return f"{words}; {news}" if news else words


def log_line(outcome: Outcome, language: str) -> tuple[int, str]:
    """Level and text of the slice's line in the run's log, with what to do next."""
    text = f"{sentence(outcome, language)} ({outcome.seconds:.1f} s)"
    hint = outcome.error.get("hint") if outcome.error else ""
    level = logging.ERROR if outcome.status == "failed" else logging.INFO
    return level, f"{text}; {hint}" if hint else text


def of_slice(outcome: Outcome, language: str) -> State[Any]:
    """The state of a slice's task."""
    message = sentence(outcome, language)[:STATE_WORDS]
    if outcome.status == "failed":
        return Failed(message=message)
    return Completed(name=NAMES[outcome.status], message=message)


def of_run(report: Report, language: str) -> State[Any]:
    """The state of a run: Failed from exit code 3 on, with the reasons in one sentence."""
    message = run_sentence(report, language)[:STATE_WORDS]
    if report.exit_code >= 3:
        return Failed(message=message)
    is_idle = not any(o.status == "loaded" for o in report.sources)
    return Completed(name="NothingNew" if is_idle else "Completed", message=message)


def run_sentence(report: Report, language: str) -> str:
    """What a run loaded, and what of it failed and why."""
    troubles = [o for o in report.sources if o.status in ("failed", "deferred", "busy")]
    total = Counts()
    for outcome in report.sources:
        total = total + outcome.counts
    news = counted(total, language)
    parts = []
    if report.error:
        parts.append(f"{report.error['code']}: {report.error['message']}")
    if troubles:
        kinds = Counter(o.status for o in troubles)
        named = ", ".join(f"{n} {STATUS_WORDS[s].in_language(language)}" for s, n in kinds.items())
        first = next((o for o in troubles if o.status == "failed"), troubles[0])
        parts.append(f"{named}; {first.source} {first.period}: {_why(first, language)}")
    if news:
        parts.append(news)
    return "; ".join(parts) if parts else NOTHING_NEW.in_language(language)


def _why(outcome: Outcome, language: str) -> str:
    if outcome.error:
        return f"{outcome.error['code']}: {outcome.error['message']}"
    return STATUS_WORDS[outcome.status].in_language(language)


def ended_with(exit_code: int, language: str) -> str:
    """How a process without a report ended."""
    if exit_code < 0:
        words = Words(f"dihentikan oleh sinyal {-exit_code}", f"stopped by signal {-exit_code}")
    else:
        words = Words(f"kode keluar {exit_code}", f"exit code {exit_code}")
    return words.in_language(language)
