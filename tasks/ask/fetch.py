"""Fetch: ask the partner for a slice, land every answer, report whether anything changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from config.asking import Found, OffsetPaging, Request, Signal, Variable
from config.reading import JsonReader, Reader
from config.region import Region
from config.settings import Settings
from config.source import Asked, BuiltinList, Source
from schemas.errors import ConfigurationError, DataError, Deferred, NotPublished, SourceError
from schemas.texts import shortened, visible
from tasks.ask.gateway import Answer, Conditions, Gateway
from tasks.ask.masking import TEXT_CHARS
from tasks.ask.plan import (
    Ask,
    Codes,
    Plan,
    fixed_values,
    found_values,
    list_values,
    none_fits,
    reports_none,
    with_key,
)
from tasks.ask.question import LastAnswer, Question
from tasks.failpoints import failpoint
from tasks.landing.land import Receipt, keep_unpacked, land, now_iso
from tasks.read import formats
from tasks.slices import Slice


@dataclass(frozen=True)
class Fetched:
    """Receipts of a slice in order, and the source's own signal of change.

    `complete` is true when the answers contain everything that the slice covers: then a key that
    is missing in them was withdrawn. An increment is not complete. `unchanged` is true when the
    source's signal ended the fetch before any data were asked for.
    """

    receipts: tuple[Receipt, ...]
    signal: str
    complete: bool
    unchanged: bool = False
    asked_at: str = ""
    question: Question | None = None

    @property
    def shas(self) -> tuple[str, ...]:
        return tuple(r.sha256 for r in self.receipts)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, so that an orchestrator can pass it on."""
        return {
            "receipts": [r.as_dict() for r in self.receipts],
            "signal": self.signal,
            "complete": self.complete,
            "unchanged": self.unchanged,
            "asked_at": self.asked_at,
            "question": self.question.as_dict() if self.question else None,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Fetched:
        receipts = tuple(Receipt(**r) for r in raw["receipts"])
        asked = raw["question"]
        question = Question.from_dict(asked) if asked else None
        return cls(**{**raw, "receipts": receipts, "question": question})


@dataclass(frozen=True)
class Fetcher:
    """Everything that a fetch needs, the same for all slices of a run."""

    gateway: Gateway
    settings: Settings
    region: Region
    codes: Codes
    run_id: str
    builtin: Callable[[str], bytes]
    all_declared: bool = True  # no declaration is broken, so the list of sources is whole
    # The newest period that is held, where the next one is late already; None where it is not.
    newest_if_late: Callable[[], date | None] = lambda: None

    def fetch(
        self, source: Source, slice_: Slice, last: LastAnswer | None, *, same_rules: bool
    ) -> Fetched:
        """Fetch and land all answers of a slice. `last` is what its last answer left, if any.

        With `same_rules` an unchanged signal ends the fetch before any data are asked for. A
        question that is wider than the last one asks for everything. Raises SourceError,
        DataError or NotPublished.
        """
        asked_at = now_iso()
        source = source.part(slice_.dataset)
        origin = source.origin
        if isinstance(origin, BuiltinList):
            return self._builtin(source, origin, slice_, asked_at)
        if not isinstance(origin, Asked):
            raise ConfigurationError("usage", f"{source.code} arrives as files: no run asks for it")
        has_key = bool(source.key and self.settings.secret(source.key.variable))
        request = with_key(origin.request, origin.keyed_request, has_key=has_key)
        lists, listed, stamps = self._lists(source, slice_)
        question = Question.of(request, slice_, lists)
        known = last if last is not None and last.covers(question) else None
        signal = listed + self._signal(source, slice_, lists, has_key=has_key)
        if signal and same_rules and known is not None and signal == known.signal:
            return Fetched((), signal, False, unchanged=True, asked_at=asked_at, question=question)
        if source.first_request and last is None and not slice_.ranged:
            first = source.first_request
            plan = _plan(source, first.request, fixed_values(source, slice_, None), lists)
            try:
                receipts = self._run(source, slice_, plan, first.reader, None, first=True)
                asked_at = _by_both_clocks(asked_at, receipts)
                return Fetched(tuple(receipts), signal, False, asked_at=asked_at, question=question)
            except NotPublished:
                pass  # there is no history file: the ordinary request has the same periods
        increment = None
        if known is not None and not slice_.ranged:
            increment = increment_since(source, request, known.asked_at)
        plan = _plan(source, request, fixed_values(source, slice_, increment), lists)
        plan.stamps = stamps
        receipts = self._run(source, slice_, plan, origin.reader, last)
        if increment is not None and not receipts:
            receipts = self._ask_by_period(source, slice_, request, lists, last)
        asked_at = _by_both_clocks(asked_at, receipts)
        complete = increment is None
        return Fetched(tuple(receipts), signal, complete, asked_at=asked_at, question=question)

    def _ask_by_period(
        self,
        source: Source,
        slice_: Slice,
        request: Request,
        lists: Mapping[str, tuple[Variable, tuple[str, ...]]],
        last: LastAnswer | None,
    ) -> list[Receipt]:
        """Ask for the newest period that is held, where an increment was empty and the next period
        is late: a partner that still answers has figures there, an address that is no more has
        nothing."""
        newest = self.newest_if_late()
        if newest is None:
            return []
        since = replace(slice_, start=max(slice_.start, newest))
        plan = _plan(source, request, fixed_values(source, since, None), lists)
        return self._run(source, slice_, plan, self._reader(source), last)

    @staticmethod
    def _reader(source: Source) -> Reader:
        assert isinstance(source.origin, Asked)
        return source.origin.reader

    def _lists(
        self, source: Source, slice_: Slice
    ) -> tuple[dict[str, tuple[Variable, tuple[str, ...]]], str, dict[str, dict[str, str]]]:
        """Values that the requests are split by, also those that the partner lists itself; the
        stamps of the partner's lists, as a sign of change; and the stamp of each listed value."""
        lists = list_values(source, slice_, self.region, self.codes)
        stamps = []
        stamp_of: dict[str, dict[str, str]] = {}
        for name, (variable, _) in lists.items():
            if variable.found is None:
                continue
            request, fixed = variable.found.request, fixed_values(source, slice_, None)
            plan = _plan(source, request, fixed, lists)
            values: dict[str, str] = {}
            unfitting: set[str] = set()
            for ask in plan:
                answer = self.gateway.fetch(source, ask)
                if answer.path is None:
                    continue
                try:
                    body = answer.path.read_bytes()
                finally:
                    answer.path.unlink()
                asked = {n: lists[n][0].join.join(chosen) for n, chosen in ask.chosen.items()}
                with formats.understood(answer.url):
                    more = found_values(variable.found, body, answer.url, asked, unfitting)
                    _take_list(plan, ask, variable.found, body)
                values |= more
                stamps.append(visible(",".join(sorted(filter(None, more.values())))))
            if not values and unfitting:
                raise none_fits(variable.found, name, unfitting, slice_.name)
            if not values:
                raise NotPublished(
                    "not_published",
                    f"the partner lists no {name} for this period",
                    where=slice_.name,
                )
            if variable.found.pick == "one" and len(values) > 1:
                raise DataError(
                    "not_one",
                    f"expected one {name}, the partner lists {', '.join(sorted(values)[:5])}",
                    where=slice_.name,
                    hint="make found.where or found.pattern in the declaration fit one alone",
                )
            # Values are text: of two numbers the longer one is the greater.
            ordered = sorted(values, key=lambda v: (len(v), v))
            kept = ordered[-1:] if variable.found.pick == "last" else ordered
            lists[name] = (variable, tuple(kept))
            stamp_of[name] = values
            stamps.append(visible(f"{name}={','.join(kept)}"))
        return lists, "; ".join(s for s in stamps if s), stamp_of

    def _builtin(
        self, source: Source, origin: BuiltinList, slice_: Slice, asked_at: str
    ) -> Fetched:
        body = self.builtin(origin.name)
        sha = hashlib.sha256(body).hexdigest()
        spooled = self.gateway.spool / f"builtin-{source.code}"
        spooled.write_bytes(body)
        receipt = Receipt(
            sha256=sha,
            source=source.code,
            slice=slice_.name,
            method="BUILTIN",
            url=f"builtin:{origin.name}",
            status=200,
            headers={},
            fetched_at=now_iso(),
            size=len(body),
            declaration_sha256=source.sha256,
            run_id=self.run_id,
        )
        land(self.settings.landing, spooled, receipt)
        spooled.unlink()
        # A source whose declaration is broken today has not gone: its licence stays on record.
        is_whole = origin.name != "source" or self.all_declared
        return Fetched((receipt,), "", complete=is_whole, asked_at=asked_at)

    def _signal(
        self, source: Source, slice_: Slice, lists: Mapping[str, Any], *, has_key: bool
    ) -> str:
        """The source's own signal of change; empty if it has none. Raises NotPublished."""
        if source.signal is None:
            return ""
        request = with_key(source.signal.request, source.signal.keyed_request, has_key=has_key)
        plan = _plan(source, request, fixed_values(source, slice_, None), lists)
        found: list[list[Any]] = []
        for ask in plan:
            try:
                answer = self.gateway.fetch(source, ask)
            except SourceError as error:
                if error.transient or isinstance(error, Deferred):
                    raise
                return ""  # a partner that refuses its signal may still send the data
            if answer.path is None:
                continue  # declared empty
            try:
                found += _signal_rows(answer, source.signal)
            finally:
                answer.path.unlink()
        if not found and source.signal.empty_is_not_published:
            raise NotPublished(
                "not_published",
                "the partner has released nothing for this period",
                where=slice_.name,
            )
        with formats.understood(slice_.name):
            return json.dumps(sorted(found, key=str))

    def _run(
        self,
        source: Source,
        slice_: Slice,
        plan: Plan,
        reader: Reader,
        last: LastAnswer | None,
        *,
        first: bool = False,
    ) -> list[Receipt]:
        receipts: list[Receipt] = []
        # Landed bytes may replace an answer (304) only while the declaration is the same.
        validators = last.validators if last and last.declaration == source.sha256 else {}
        for ask in plan:
            known = validators.get(ask.label)
            conditions = Conditions(known["etag"], known["last_modified"]) if known else None
            answer = self.gateway.fetch(source, ask, conditions)
            if answer.status == 304 and known:
                receipts.append(Receipt(**known["receipt"]))
                continue
            if answer.path is None:
                continue  # declared empty
            try:
                with formats.understood(answer.url):
                    receipt = self._take(source, slice_, plan, reader, ask, answer, first=first)
            finally:
                answer.path.unlink(missing_ok=True)
            if receipt is not None:
                _refuse_repeated_page(receipt, receipts, ask)
                receipts.append(receipt)
        return receipts

    def _take(
        self,
        source: Source,
        slice_: Slice,
        plan: Plan,
        reader: Reader,
        ask: Ask,
        answer: Answer,
        *,
        first: bool,
    ) -> Receipt | None:
        """Check an answer and land it; None if it was capped. Errors and cut answers never land."""
        assert answer.path is not None
        if not answer.size:
            raise DataError(
                "empty_body",
                "the answer is empty",
                where=answer.url,
                hint="if the partner reports in this way that nothing is new, declare it: "
                'empty_body: [""] in the request',
            )
        envelope = formats.envelope_of(answer.path, reader, answer.url)
        if reader.format == "json":
            error = formats.provider_error(envelope, reader)
            if error:
                raise DataError(
                    "provider_error", f"the partner answered: {error}", where=answer.url
                )
        else:
            formats.check_kind(answer.path, reader, answer.url)
        rows = formats.declared_rows(envelope, reader, answer.url)
        received = _received(answer.path, reader, ask)
        if not plan.take_answer(ask, rows, envelope, received):
            return None
        receipt = Receipt(
            sha256=answer.sha256,
            source=source.code,
            slice=slice_.name,
            method="GET",
            url=answer.url,
            status=answer.status,
            headers=dict(answer.headers),
            fetched_at=answer.fetched_at.isoformat(),
            size=answer.size,
            declaration_sha256=source.sha256,
            run_id=self.run_id,
            first=first,
            group=plan.group(ask),
            label=ask.label,
            stamp=shortened(visible(plan.stamp(ask)), TEXT_CHARS),
        )
        land(self.settings.landing, answer.path, receipt)
        keep_unpacked(self.gateway.spool, answer.path, receipt)
        failpoint("landed")
        return receipt


def _plan(
    source: Source,
    request: Request,
    fixed: Mapping[str, str],
    lists: Mapping[str, tuple[Variable, tuple[str, ...]]],
) -> Plan:
    return Plan(request, fixed, lists, (source.key.parameter or "") if source.key else "")


def _signal_rows(answer: Answer, signal: Signal) -> list[list[Any]]:
    """The fields of a change signal, by record."""
    assert answer.path is not None
    try:
        body = json.loads(answer.path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError(
            "signal_malformed", "the change signal is not JSON", where=answer.url
        ) from error
    rows = formats.at_path(body, signal.records)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError(
            "signal_malformed", "the change signal contains no list of objects", where=answer.url
        )
    return [[row.get(name) for name in signal.fields] for row in rows]


def _take_list(plan: Plan, ask: Ask, found: Found, body: bytes) -> None:
    """Put the pages that follow a page of the partner's list into the plan."""
    if not found.request.paging:
        return
    envelope = json.loads(body.decode("utf-8-sig", errors="replace"))
    if not reports_none(found, envelope):
        records = formats.at_path(envelope, found.records)
        plan.take_answer(ask, 0, envelope, len(records) if isinstance(records, list) else 1)


def _received(path: Path, reader: Reader, ask: Ask) -> int | None:
    """How many rows a page holds, where the next one begins after them (paging by offset)."""
    if not isinstance(ask.request.paging, OffsetPaging) or not isinstance(reader, JsonReader):
        return None
    try:
        records = formats.at_path(json.loads(path.read_bytes()), reader.records)
    except (ValueError, RecursionError):
        return None  # staging names the fault
    return len(records) if isinstance(records, list) else int(records is not None)


def increment_since(source: Source, request: Request, asked_at: str) -> str | None:
    """The moment since which to ask for changes: the last successful fetch less an overlap.
    None if the partner cannot be asked so, or if everything must be asked for."""
    if not any("{updated_after}" in p for p in request.params.values()) or not asked_at:
        return None
    moment = datetime.fromisoformat(asked_at)
    if moment > datetime.now(UTC):
        return None  # a clock was wrong, then or now: ask for everything (S16)
    moment -= timedelta(hours=source.updated_after_overlap_hours)
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _by_both_clocks(asked_at: str, receipts: Sequence[Receipt]) -> str:
    """The earlier time of our clock and the partner's. The next increment starts here; a clock
    ahead of the partner's would leave a gap (S16)."""
    moments = [datetime.fromisoformat(asked_at)]
    for receipt in receipts:
        try:
            moments.append(parsedate_to_datetime(receipt.headers.get("date", "")).astimezone(UTC))
        except (ValueError, TypeError, OverflowError):
            continue  # no readable Date header: only our clock counts
    return min(moments).isoformat()


def _refuse_repeated_page(receipt: Receipt, before: Sequence[Receipt], ask: Ask) -> None:
    """A page with the bytes of another page of the same question is not the next page (S11)."""
    if ask.request.paging is None or not receipt.size:
        return
    if any(r.sha256 == receipt.sha256 and r.group == receipt.group for r in before):
        raise DataError(
            "page_repeated",
            f"page {ask.page} has the same bytes as an earlier page",
            where=receipt.url,
            hint="the partner's paging is wrong; the next run fetches it again",
        )
