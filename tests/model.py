"""A tiny model of the record, and a driver that plays random histories against both.

The model is dictionaries and loops: no SQL, no files. It knows what the partner said and
which rules it was read by, and says what readers must see: current, versions, as known on.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from config.source import Source
from flows import run as direct
from flows.backup import backup
from flows.maintain import maintain
from flows.rebuild import rebuild_warehouse
from flows.restore import restore
from schemas.errors import StorageError
from tasks.ask.fetch import Fetched
from tasks.check.jumps import series_jump
from tasks.failpoints import failpoint
from tasks.ingest.slices import Steps, ingest
from tasks.landing.land import Receipt, land
from tasks.load import slice_load
from tasks.outcome import Task
from tasks.session import Session
from tasks.slices import Slice, Window, slices_of
from tests.conftest import TOY, settings_for
from warehouse import marts
from warehouse.base import known_on_sql
from warehouse.engine import connect

STAGES = ("preliminary", "final")
DAYS = [date(2025, 1, d) for d in (1, 2, 3)] + [date(2026, 1, d) for d in (1, 2, 3, 4, 5)]
JANUARY_3 = Window(date(2026, 1, 1), date(2026, 1, 3))
SHARE = 0.6
CRASHES = ("staged", "validated", "quarantine_written", "before_commit", "figures_written",
           "after_commit", "state")  # fmt: skip
COMMITTED = ("after_commit", "state")
START = datetime(2026, 11, 1, tzinfo=UTC)

Row = tuple[date, str, str]  # day, stage, value as the partner writes it


@dataclass
class Version:
    day: date
    stage: str
    value: int
    deleted: bool
    reason: str
    load_seq: int
    recorded_at: datetime
    superseded_at: datetime | None = None

    @property
    def rank(self) -> int:
        return STAGES.index(self.stage)

    def seen(self) -> tuple[Any, ...]:
        return (self.day, self.stage, self.value, self.deleted, self.reason, self.load_seq,
                self.superseded_at)  # fmt: skip


@dataclass
class Question:
    """One answer: its rows, the range it covers, whether it is all of it."""

    slice: Slice
    rows: list[Row]
    complete: bool

    def covers(self, day: date) -> bool:
        return self.slice.start <= day <= self.slice.end


@dataclass
class Read:
    """Rows as the rules read them."""

    good: dict[tuple[date, str], int] = field(default_factory=dict)
    refused: set[date] = field(default_factory=set)

    @property
    def present(self) -> set[date]:
        return {day for day, _ in self.good} | self.refused


class Model:
    def __init__(self) -> None:
        self.versions: list[Version] = []
        self.answers: dict[str, list[Question]] = {}  # what made each scope's figures
        self.refusals: dict[str, tuple[int, set[date]]] = {}  # slice -> newest load, its keys

    # --- reading ---

    @staticmethod
    def read(questions: list[Question], scale: int) -> Read:
        """Later answers over earlier ones, each read by today's rules."""
        found = Read()
        for question in questions:
            one = Model._read_one(question.rows, scale)
            if question.complete:
                found.good = {k: v for k, v in found.good.items() if not question.covers(k[0])}
                found.refused = {d for d in found.refused if not question.covers(d)}
            for day in one.refused:
                found.good = {k: v for k, v in found.good.items() if k[0] != day}
            # A good row displaces its own key and stage; what was refused of that key at
            # another time stays as it was said.
            found.refused -= {d for d, _ in one.good} - one.refused
            found.refused |= one.refused
            found.good |= one.good
        return found

    @staticmethod
    def _read_one(rows: list[Row], scale: int) -> Read:
        found = Read()
        for day, stage, text in dict.fromkeys(rows):
            if not text.isdigit():
                found.refused.add(day)
            elif found.good.get((day, stage), int(text) * scale) != int(text) * scale:
                found.refused.add(day)
                found.good[(day, stage)] = -1
            else:
                found.good[(day, stage)] = int(text) * scale
        conflicts = {k for k, v in found.good.items() if v == -1}
        found.good = {k: v for k, v in found.good.items() if k not in conflicts}
        return found

    # --- what is known ---

    def of(self, day: date) -> list[Version]:
        return [v for v in self.versions if v.day == day]

    def _since_withdrawal(self, day: date) -> list[Version]:
        found: list[Version] = []
        for version in self.of(day):
            found = [] if version.deleted else [*found, version]
        return found

    def current(self, until: datetime | None = None) -> dict[date, Version]:
        found: dict[date, Version] = {}
        for version in self.versions:
            if until is not None and version.recorded_at > until:
                continue
            before = found.get(version.day)
            if version.deleted or before is None or before.deleted or version.rank >= before.rank:
                found[version.day] = version
        return {d: v for d, v in found.items() if not v.deleted}

    def stale(self) -> set[date]:
        current = self.current()
        return {
            day
            for load_seq, days in self.refusals.values()
            for day in days
            if day in current and load_seq > current[day].load_seq
        }

    # --- one load ---

    def changes(self, read: Read, claims: list[Question], reason: str, *, reread: bool,
                accept: bool) -> list[tuple[date, str, int, bool, str]] | None:  # fmt: skip
        """What a load appends, or None if it would withdraw too much."""
        found: list[tuple[date, str, int, bool, str]] = []
        for (day, stage), value in read.good.items():
            known = [v for v in self._since_withdrawal(day) if v.stage == stage]
            if not known:
                found.append((day, stage, value, False, reason if self.of(day) else "first"))
            elif known[-1].value != value:
                found.append((day, stage, value, False, reason))
        current = self.current()
        covered = [d for d in current if any(q.covers(d) for q in claims)]
        gone = [d for d in covered if d not in read.present]
        if len(gone) > SHARE * len(covered) and not accept:
            return None
        for day in gone:
            why = reason if reread else "withdrawn_by_source"
            found.append((day, current[day].stage, current[day].value, True, why))
        return found

    def load(self, changes: list[tuple[date, str, int, bool, str]], number: int,
             moment: datetime) -> None:  # fmt: skip
        for change in changes:
            version = Version(*change, number, moment)
            shown = [v for v in self.of(version.day) if v.superseded_at is None]
            self.versions.append(version)
            if (
                shown
                and not shown[-1].deleted
                and not version.deleted
                and (version.rank < shown[-1].rank)
            ):
                version.superseded_at = moment
            elif shown:
                shown[-1].superseded_at = moment


class Driver:
    """Plays one history, on the pipeline and on the model, and compares after every step."""

    def __init__(
        self, home: Path, prepared: Path | None, seed: int, patch: pytest.MonkeyPatch
    ) -> None:
        if prepared is not None:
            shutil.copytree(prepared, home)
        self.random = random.Random(seed)
        self.seed, self.patch, self.home = seed, patch, home
        self.model = Model()
        self.scale = 1
        self.read_by: dict[str, int] = {}  # slice -> scale by which it was last read, if known
        self.last_answer: dict[str, list[Row]] = {}
        self.loads = 0
        self.steps = 0
        self.most_versions = 0  # a restore takes the history back
        self.said: dict[date, dict[str, int]] = {}
        self.log: list[str] = []
        patch.setattr(slice_load, "gate_request", lambda *_: None)
        patch.setattr(marts, "all_marts", dict)  # marts are tested where they are; they cost half
        patch.setattr("reports.page.write_pages", lambda *_: {})
        self.session = Session(settings_for(home), gate=_OpenGate())  # type: ignore[arg-type]
        self.backed_up: tuple[Model, dict[str, int], dict[str, list[Row]]] | None = None
        self.kept_at = 0  # newest load of the lake that was kept
        self.looking = False
        self.look = connect(self.session.temp / "look")
        self._declare()
        direct.apply_lake(self.session)
        self.loads = self._newest_load()
        self.let_go()

    def close(self) -> None:
        self.look.close()
        self.session.__exit__(None, None, None)

    def _declare(self) -> None:
        self.session.sources["toy"] = Source(
            code="toy",
            **{
                **TOY,
                "datasets": {"daily": {"frequency": "D", "slice_by": "year", "start": 2020,
                                       "window": 2}},
                "columns": {"date": "rate_date", "currency": "quote_currency",
                            "rate": {"to": "rate", "scale": self.scale}, "stage": "release_stage"},
                "coverage": {"absence": "withdrawn", "max_deleted_share": SHARE},
                "rows": {"max_refused_share": 1.0},
            },
        )  # fmt: skip

    # --- steps ---

    def step(self) -> None:
        self.steps += 1
        self.let_go()
        kinds: list[tuple[int, Callable[[], None]]] = [
            (72, self.partner_answers), (9, self.crash), (5, self.declaration_changes),
            (4, self.maintenance), (1, self.rebuild), (3, self.state_is_lost), (4, self.zombie),
            (1, self.table_is_lost), (1, self.lake_is_put_back), (1, self.backup),
            (1, self.restore),
        ]  # fmt: skip
        action = self.random.choices([k for _, k in kinds], [w for w, _ in kinds])[0]
        action()
        self.compare()
        self.most_versions = max(self.most_versions, len(self.model.versions))

    def partner_answers(self, crash_at: str = "", of: Slice | None = None) -> None:
        slice_, rows, complete, accept = self._answer(of)
        self._ingest(Question(slice_, rows, complete), accept=accept, crash_at=crash_at)

    def crash(self) -> None:
        self.partner_answers(self.random.choice(CRASHES))

    def declaration_changes(self) -> None:
        self.log.append("declaration")
        self.scale = self.random.choice([s for s in (1, 2, 3) if s != self.scale])
        self._declare()

    def maintenance(self) -> None:
        self.log.append("maintenance")
        maintain(self.session, at_least=2)

    def rebuild(self) -> None:
        self.log.append("rebuild")
        rebuild_warehouse(self.session)

    def state_is_lost(self) -> None:
        self.log.append("state lost")
        name = self.random.choice(["daily/2025", "daily/2026"])
        self.session.ledger.set_state("toy", name, "")
        self.read_by.pop(name, None)

    def zombie(self) -> None:
        """A run sleeps past its lease, another loads the same slice, and the first wakes up: it
        writes nothing."""
        slice_, rows, complete, _ = self._answer()
        name = slice_.name
        if self.read_by.get(name, self.scale) != self.scale:
            return  # it would begin by reading old bytes again
        slept = Question(slice_, rows, complete)
        meanwhile: list[bool] = []
        falls_asleep = self.random.choice(["staged", "compared"])  # before and after the diff

        def asleep(step: str) -> None:
            if step == falls_asleep and not meanwhile:
                with self.session.ledger.engine.begin() as connection:
                    scope = f"toy/{slice_.scope}"
                    connection.exec_driver_sql(f"DELETE FROM lease WHERE name = '{scope}'")
                before = self.loads
                meanwhile.append(False)
                if self.random.random() < 0.8:
                    self.partner_answers(of=slice_)
                    meanwhile[0] = self.loads > before

        self.log.append(f"zombie {name} {[(str(d), s, v) for d, s, v in rows]}")
        self.session.accept_deletions = True
        expected = self._expect(slept, accept=True, crash_at="")
        self.patch.setattr(slice_load, "failpoint", asleep)
        self.patch.setattr(slice_load, "series_jump", lambda *_: asleep("compared"))
        steps = Steps(fetch=lambda *_: self._fetched(slept))
        outcome = ingest(self.session, Task("toy", slice_), steps)
        self.patch.setattr(slice_load, "failpoint", failpoint)
        self.patch.setattr(slice_load, "series_jump", series_jump)
        self.let_go()
        direct.apply_lake(self.session)
        if not meanwhile:  # its bytes were known: nothing to sleep over
            self._take(expected, outcome.status)
            return
        assert self._loads_since(self.loads) == [], self.log[-3:]
        assert outcome.status in ("busy", "unchanged", "not_published"), (outcome, self.log[-3:])
        if outcome.status != "busy":  # its state is of the loads before it slept
            self.void(slice_.scope) if meanwhile[0] else self.read_by.update({name: self.scale})
            self.last_answer[name] = rows

    def table_is_lost(self) -> None:
        """Refused by name; once it is back, all goes on."""
        self.log.append("table lost")
        table = self.session.settings.lake / "core_exchange__rates"
        aside = self.home / "aside"
        table.rename(aside)
        self._refused("lake_table_missing")
        aside.rename(table)

    def lake_is_put_back(self) -> None:
        """An older lake is refused, if it lacks a load that readers saw."""
        self.log.append("lake put back")
        lake, kept = self.session.settings.lake, self.home / "lake.kept"
        newest = self._newest_load()
        self.let_go()
        if kept.exists():
            newer = self.home / "lake.newer"
            lake.rename(newer)
            shutil.copytree(kept, lake)
            if self.kept_at < newest:
                self._refused("lake_older")
            shutil.rmtree(lake)
            newer.rename(lake)
            self.session.lake.reopen()
            shutil.rmtree(kept)
        shutil.copytree(lake, kept)
        self.kept_at = newest

    def _refused(self, code: str) -> None:
        with pytest.raises(StorageError) as refusal:
            Session(self.session.settings, gate=_OpenGate())  # type: ignore[arg-type]
        assert refusal.value.code == code, self.log[-3:]

    def backup(self) -> None:
        self.log.append("backup")
        backup(self.session, self.home.with_name("backup"))
        self.backed_up = deepcopy((self.model, self.read_by, self.last_answer))

    def restore(self) -> None:
        """Everything is as it was at the backup, and goes on from there."""
        if self.backed_up is None:
            return
        self.log.append("restore")
        settings = self.session.settings
        self.session.__exit__(None, None, None)
        restore(settings, self.home.with_name("backup"), older=True)
        for aside in (*self.home.glob("*.before-*"), *self.home.glob("lake.kept")):
            shutil.rmtree(aside)
        self.session = Session(settings, gate=_OpenGate())  # type: ignore[arg-type]
        self.model, self.read_by, self.last_answer = deepcopy(self.backed_up)
        self._declare()
        direct.apply_lake(self.session)
        self.loads = self._newest_load()

    def _answer(self, of: Slice | None = None) -> tuple[Slice, list[Row], bool, bool]:
        """What the partner says now: its truth moves on, and not every answer is sound."""
        chance = self.random.random
        window = JANUARY_3 if chance() < 0.12 else Window()
        pieces = slices_of(self.session.sources["toy"], window, date(2026, 11, 24))
        slice_ = of or self.random.choice(pieces)
        days = [d for d in DAYS if slice_.start <= d <= slice_.end]
        for day in days:
            stages = self.said.setdefault(day, {})
            if chance() < 0.25:
                stages[self.random.choice(STAGES)] = self.random.randint(1, 4)
            if chance() < 0.08:
                stages.clear()
        rows = [(d, s, str(v)) for d in days for s, v in self.said[d].items()]
        if chance() < 0.12 and slice_.name in self.last_answer:
            rows = list(self.last_answer[slice_.name])
        elif chance() < 0.2 and rows:
            day, stage, _ = self.random.choice(rows)
            rows = [r for r in rows if r[:2] != (day, stage)]
            rows.append((day, stage, "n/a"))
        elif chance() < 0.06 and rows:
            day, stage, text = self.random.choice(rows)
            rows.append((day, stage, str(int(text) + 1)))  # a conflict
        elif chance() < 0.06 and rows:
            rows.append(self.random.choice(rows))  # a duplicate
        complete = chance() > 0.15
        if not complete:
            rows = [r for r in rows if chance() < 0.5]
        self.random.shuffle(rows)
        return slice_, rows, complete, chance() < 0.3

    def _ingest(self, question: Question, *, accept: bool, crash_at: str) -> None:
        slice_ = question.slice
        self.log.append(
            f"{slice_.name} {'all' if question.complete else 'part'} x{self.scale} "
            f"{'accept ' if accept else ''}{crash_at} "
            f"{[(str(d), s, v) for d, s, v in question.rows]}"
        )
        self.session.accept_deletions = accept
        task = Task("toy", slice_)
        expected = self._expect(question, accept=accept, crash_at=crash_at)
        if crash_at:
            self.patch.setenv("FAILPOINT", f"{crash_at}:raise")
        outcome = ingest(self.session, task, Steps(fetch=lambda *_: self._fetched(question)))
        self.patch.delenv("FAILPOINT", raising=False)
        direct.apply_lake(self.session)
        self._take(expected, outcome.status)

    def _fetched(self, question: Question) -> Fetched:
        data = [{"date": str(d), "currency": "IDR", "rate": text, "stage": s}
                for d, s, text in question.rows]  # fmt: skip
        body = json.dumps({"count": len(data), "data": data}).encode()
        sha = hashlib.sha256(body).hexdigest()
        spooled = self.session.temp / "answer"
        spooled.write_bytes(body)
        receipt = Receipt(
            sha, "toy", question.slice.name, "GET", "https://toy.example/rates", 200, {},
            START.isoformat(), len(body), self.session.sources["toy"].sha256, "model",
        )  # fmt: skip
        land(self.session.settings.landing, spooled, receipt)
        return Fetched((receipt,), "", question.complete, asked_at=START.isoformat())

    # --- the model's side of a load ---

    def _expect(self, question: Question, *, accept: bool, crash_at: str) -> list[Any]:
        """What each load of this step would do: a re-reading first, if the rules changed."""
        name, scope = question.slice.name, question.slice.scope
        steps: list[Any] = []
        if name in self.read_by and self.read_by[name] != self.scale:
            steps.append(("reread", scope, name))
        steps.append(("answer", scope, name, question, accept, crash_at))
        return steps

    def _take(self, steps: list[Any], status: str) -> None:
        """Play the step's loads on the model, with the numbers that the pipeline gave them."""
        fresh = self._loads_since(self.loads)
        for number, row_status, reread, _ in fresh:
            assert row_status in ("loaded", "refused")
            expected = steps[0][0] == "reread" and number == fresh[0][0]
            assert expected or not reread, self.log[-3:]
        crash_at = steps[-1][-1]
        for step in steps:
            if step[0] == "reread":
                before, known = len(fresh), step[1] in self.model.answers
                fresh = self._reread(step, fresh, crash_at)
                loaded = len(fresh) < before
                crashes = loaded or (known and crash_at in ("staged", "validated", "state"))
                if crash_at and crashes:
                    break  # it crashed there, and the partner was not asked
            else:
                fresh = self._answered(step, fresh, status)
        assert fresh == [], (fresh, self.log[-3:])
        self.loads = self._newest_load()

    def _reread(self, step: Any, fresh: list[Any], crash_at: str) -> list[Any]:
        _, scope, name = step
        answers = self.model.answers.get(scope)
        if answers is None:  # only answers without a row, which leave no load: nothing to read
            self.read_by[name] = self.scale
            return fresh
        read = self.model.read(answers, self.scale)
        claims = [q for q in answers if q.complete]
        changes = self.model.changes(read, claims, "declaration_changed", reread=True,
                                     accept=self.session.accept_deletions)  # fmt: skip
        if fresh and fresh[0][2]:
            number, status, _, moment = fresh[0]
            self.void(scope)
            if changes is None:
                assert status == "refused"
            else:
                assert status == "loaded"
                self.model.load(changes, number, moment)
                if not crash_at:
                    self.read_by[name] = self.scale
            self.model.refusals[name] = (number, read.refused)
            return fresh[1:]
        if crash_at:
            return fresh  # before its commit, or it had nothing to commit and went on
        assert not changes, ("a reread was due", changes, self.log[-3:])
        self.read_by[name] = self.scale
        return fresh

    def void(self, scope: str) -> None:
        """States of a scope no longer fit the lake: nothing is skipped, nothing re-read."""
        for name in [n for n in self.read_by if n.startswith(scope)]:
            del self.read_by[name]

    def _answered(self, step: Any, fresh: list[Any], status: str) -> list[Any]:
        _, scope, name, question, accept, crash_at = step
        read = self.model.read([question], self.scale)
        claims = [question] if question.complete else []
        changes = self.model.changes(read, claims, "revised_by_source", reread=False, accept=accept)
        if not fresh:
            if not crash_at:
                # An answer without a row of a slice without figures is not published.
                assert status in ("unchanged", "loaded", "not_published"), (status, self.log[-3:])
                assert not changes, ("unchanged, but", changes, self.log[-3:])
                self.read_by[name] = self.scale
                self.last_answer[name] = question.rows
            else:
                assert crash_at not in COMMITTED or not changes
            return fresh
        number, row_status, _, moment = fresh[0]
        self.model.refusals[name] = (number, read.refused)
        self.void(scope)
        if row_status == "refused":
            assert changes is None, (changes, self.log[-3:])
            return fresh[1:]
        assert changes is not None
        assert not crash_at or crash_at in COMMITTED, self.log[-1]
        self.model.load(changes, number, moment)
        answers = self.model.answers.setdefault(scope, [])
        if question.complete and not question.slice.ranged:
            answers.clear()
        answers.append(question)
        self.last_answer[name] = question.rows
        if not crash_at:
            self.read_by[name] = self.scale
        return fresh[1:]

    # --- looking ---

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Of the working file as it was last applied."""
        if not self.looking:
            path = self.session.settings.state / "working.duckdb"
            self.look.execute(f"ATTACH '{path}' AS w (READ_ONLY)")
            self.look.execute("USE w")
            self.looking = True
        return self.look.execute(sql).fetchall()

    def let_go(self) -> None:
        """Before anything writes to the file."""
        if self.looking:
            self.look.execute("USE memory")
            self.look.execute("DETACH w")
            self.looking = False

    def _newest_load(self) -> int:
        return int(self.rows("SELECT coalesce(max(load_seq), 0) FROM ops_load")[0][0])

    def _loads_since(self, number: int) -> list[Any]:
        rows = self.rows(
            "SELECT load_seq, status, CAST(manifest AS JSON) ->> 'reread', recorded_at "
            f"FROM ops_load WHERE load_seq > {number} AND source = 'toy' ORDER BY load_seq"
        )
        return [(n, s, reread == "true", t.astimezone(UTC)) for n, s, reread, t in rows]

    def compare(self) -> None:
        """Current, stale, every version, and the figures as known at some moment."""
        where = f"seed {self.seed} step {self.steps}: {self.log[-4:]}"
        versions = self.rows(
            "SELECT rate_date, release_stage, CAST(rate AS BIGINT), is_deleted, change_reason, "
            "load_seq, superseded_at FROM core_exchange__rates__vintages WHERE source = 'toy'"
        )
        found = sorted((*v[:6], v[6].astimezone(UTC) if v[6] else None) for v in versions)
        agree(found, [v.seen() for v in self.model.versions], f"versions, {where}")
        current = self.rows(
            "SELECT rate_date, release_stage, CAST(rate AS BIGINT), load_seq, "
            "stale_since IS NOT NULL FROM core_exchange__rates WHERE source = 'toy'"
        )
        stale = self.model.stale()
        now = self.model.current().values()
        expected = [(v.day, v.stage, v.value, v.load_seq, v.day in stale) for v in now]
        agree(current, expected, f"current, {where}")
        moments = sorted({v.recorded_at for v in self.model.versions})
        if moments:
            at = self.random.choice(moments)
            table = self.session.sources["toy"].warehouse_table
            known = self.rows(
                f"SELECT rate_date, release_stage, CAST(rate AS BIGINT), load_seq FROM "
                f"({known_on_sql(table, at)}) AS k WHERE source = 'toy'"
            )
            then = self.model.current(at).values()
            expected = [(v.day, v.stage, v.value, v.load_seq) for v in then]
            agree(known, expected, f"as known on {at}, {where}")


def agree(found: list[Any], expected: list[Any], where: str) -> None:
    """Equal as sets of rows, or an error that names the rows on one side only."""
    ours, models = set(map(repr, found)), set(map(repr, expected))
    if ours != models or len(found) != len(expected):
        raise AssertionError(
            f"{where}\nonly the pipeline: {sorted(ours - models)}\n"
            f"only the model: {sorted(models - ours)}"
        )


class _OpenGate:
    """The batch gate has tests of its own, and costs a tenth of a second for each load."""

    def check(self, _request: Any) -> list[dict[str, Any]]:
        return []

    def gather_while(self, _more_to_come: Any) -> None:
        """One load at a time."""

    def start(self) -> None: ...

    def close(self) -> None: ...
