"""Leases: a name that one holder has at a time, with a heartbeat.

A lease ends when it is released, when its holder's process has ended on this machine, or a
minute after the last heartbeat (P08). None of that alone is trusted: whoever writes checks
its lease in the transaction that hands out the load number, and the lake refuses a commit
that follows another holder's (`Lake.append`).
"""

from __future__ import annotations

import json
import os
import platform
import re
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Event, Lock, Thread

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from schemas.errors import BusyError, StorageError

Held = Callable[[], None]
"""Raises BusyError if the writer's lease is in other hands."""
META = sa.MetaData()
LEASES = sa.Table(
    "lease",
    META,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column("process", sa.Text, nullable=False),
)
DAMAGED = re.compile(r"not a database|malformed")  # words of SQLite
LEASE_SECONDS = 60.0
HEARTBEAT_SECONDS = 15.0
EXCLUSIVE = "exclusive"
RUN_PREFIX = "run/"


@dataclass(frozen=True)
class Lease:
    """A held name. `holder` is this holding, not the process: the same name taken again
    later is another lease."""

    name: str
    holder: str
    lost: Event

    def check(self) -> None:
        """Raise BusyError if the heartbeat found the lease in other hands."""
        if self.lost.is_set():
            raise overtaken(self.name)


def overtaken(name: str) -> BusyError:
    return BusyError(
        "overtaken",
        f"the lease of {name} ran out and another run took it",
        hint="its figures are kept; the next run continues from them",
    )


@cache
def _writers(database: str | None) -> Lock:
    """Held by the thread that writes to an SQLite file: the library lets a second one sleep for up
    to a tenth of a second before it tries again."""
    return Lock()


def _turn(engine: sa.Engine, *, reads: bool) -> AbstractContextManager[object]:
    alone = engine.dialect.name == "sqlite" and not reads
    return _writers(engine.url.database) if alone else nullcontext()


@contextmanager
def transaction(engine: sa.Engine, *, reads: bool = False) -> Iterator[sa.Connection]:
    """One transaction of the ledger; failures of the database are a StorageError. One that only
    `reads` waits for no writer."""
    try:
        with _turn(engine, reads=reads), engine.connect() as opened:
            connection = opened.execution_options(reads=reads)
            with connection.begin():
                yield connection
    except DBAPIError as error:
        if isinstance(error, IntegrityError):
            raise
        words = str(error.orig).splitlines()[0] if str(error.orig) else ""
        if DAMAGED.search(words):
            raise StorageError(
                "ledger_damaged",
                f"the ledger's file is damaged: {words}",
                where=str(engine.url.database),
                hint="move it away, with its -wal and -shm: it is made again, and partners are "
                "asked once more",
            ) from None
        raise StorageError(
            "ledger",
            f"the ledger cannot be used ({type(error.orig).__name__}): {words}",
            where=engine.url.render_as_string(hide_password=True),
            hint="check space and permissions, or that the database server takes connections",
        ) from None


class Leases:
    """All leases of one process in one database; one thread keeps them alive."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._held: dict[str, Lease] = {}
        self._lock = Lock()
        self._stop = Event()
        self._beat: Thread | None = None
        with transaction(engine) as connection:
            self._migrate(connection)
            META.create_all(connection)

    def _migrate(self, connection: sa.Connection) -> None:
        """Leases of an older version lack a column; leases are short-lived, so they are dropped."""
        schema = self.engine.get_execution_options().get("schema_translate_map", {}).get(None)
        inspector = sa.inspect(connection)
        if inspector.has_table("lease", schema=schema):
            columns = {c["name"] for c in inspector.get_columns("lease", schema=schema)}
            if "process" not in columns:
                LEASES.drop(connection)

    @contextmanager
    def hold(self, name: str, *, wait_seconds: float = 0.0) -> Iterator[Lease]:
        """Hold a name alone; raises BusyError while another holds it."""
        lease = Lease(name, uuid.uuid4().hex, Event())
        give_up = time.monotonic() + wait_seconds
        while not self._take(lease):
            if time.monotonic() >= give_up:
                raise BusyError(
                    "busy",
                    f"another run holds {name}",
                    hint="wait for it; the lease of a killed run ends by itself",
                )
            time.sleep(0.2)
        with self._lock:
            self._held[lease.holder] = lease
            if self._beat is None:
                self._beat = Thread(target=self._keep_alive, daemon=True)
                self._beat.start()
        try:
            yield lease
        finally:
            with self._lock:
                del self._held[lease.holder]
            # A lease that cannot be released expires by itself.
            with suppress(StorageError), transaction(self.engine) as connection:
                connection.execute(sa.delete(LEASES).where(LEASES.c.holder == lease.holder))

    def _take(self, lease: Lease) -> bool:
        try:
            with transaction(self.engine) as connection:
                now = moment(connection)
                row = connection.execute(
                    sa.select(LEASES).where(LEASES.c.name == lease.name)
                ).first()
                if row is not None:
                    if is_live(row.expires_at, row.process, now):
                        return False
                    connection.execute(
                        sa.delete(LEASES).where(
                            LEASES.c.name == lease.name, LEASES.c.holder == row.holder
                        )
                    )
                connection.execute(
                    sa.insert(LEASES).values(
                        name=lease.name,
                        holder=lease.holder,
                        process=this_process(),
                        expires_at=now + LEASE_SECONDS,
                    )
                )
        except IntegrityError:  # another inserted it meanwhile
            return False
        return True

    def _keep_alive(self) -> None:
        pause = HEARTBEAT_SECONDS
        while not self._stop.wait(pause):
            try:
                self.beat()
                pause = HEARTBEAT_SECONDS
            except StorageError:
                # The database is away: try again soon. If it stays away the lease runs out,
                # and the check before the load number finds that.
                pause = 1.0

    def beat(self) -> None:
        """Put off the end of every held lease; mark those that another holder has."""
        with self._lock:
            held = list(self._held.values())
        if not held:
            return
        with transaction(self.engine) as connection:
            until = moment(connection) + LEASE_SECONDS
            for lease in held:
                found = connection.execute(
                    sa.update(LEASES)
                    .where(LEASES.c.name == lease.name, LEASES.c.holder == lease.holder)
                    .values(expires_at=until)
                )
                if not found.rowcount:
                    lease.lost.set()

    def live(self) -> list[str]:
        """Names that are held now, by this process or another."""
        with transaction(self.engine, reads=True) as connection:
            now = moment(connection)
            rows = connection.execute(sa.select(LEASES)).all()
        return sorted(r.name for r in rows if is_live(r.expires_at, r.process, now))

    def end_dead(self, name: str = "") -> None:
        """Take away the leases whose names begin like this, or every lease, that their holders have
        let run out. One that only slept learns before it writes that it was overtaken: whoever
        goes on without waiting for it must call this."""
        with transaction(self.engine) as connection:
            now = moment(connection)
            for row in connection.execute(sa.select(LEASES)).all():
                if row.name.startswith(name) and not is_live(row.expires_at, row.process, now):
                    connection.execute(
                        sa.delete(LEASES).where(
                            LEASES.c.holder == row.holder, LEASES.c.expires_at == row.expires_at
                        )
                    )

    def live_runs(self) -> set[str]:
        return {n.removeprefix(RUN_PREFIX) for n in self.live() if n.startswith(RUN_PREFIX)}

    def require(self, connection: sa.Connection, lease: Lease) -> None:
        """In the caller's transaction: the lease is still ours, or BusyError."""
        lease.check()
        mine = connection.execute(
            sa.select(LEASES.c.name).where(
                LEASES.c.name == lease.name, LEASES.c.holder == lease.holder
            )
        ).first()
        if mine is None:
            raise overtaken(lease.name)

    def lost(self, leases: Sequence[Lease]) -> set[str]:
        """Holders of those leases that are in other hands."""
        with transaction(self.engine, reads=True) as connection:
            rows = connection.execute(
                sa.select(LEASES.c.holder).where(LEASES.c.holder.in_([x.holder for x in leases]))
            ).all()
        ours = {row.holder for row in rows}
        return {x.holder for x in leases if x.lost.is_set() or x.holder not in ours}

    @contextmanager
    def exclusive(self, own_run: str) -> Iterator[Lease]:
        """Shut out every other run; raises BusyError while one is under way. One that sleeps is
        overtaken."""
        with self.hold(EXCLUSIVE) as lease:
            others = self.live_runs() - {own_run}
            if others:
                raise BusyError(
                    "busy", f"{len(others)} other run(s) under way", hint="wait until they end"
                )
            self.end_dead()
            yield lease

    def close(self) -> None:
        self._stop.set()
        if self._beat is not None:
            self._beat.join(timeout=5)


def moment(connection: sa.Connection) -> float:
    """Seconds by the one clock that all holders share: the database server's, if there is one."""
    if connection.dialect.name == "postgresql":
        return float(
            connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one()
        )
    return time.time()


def is_live(expires_at: float, process: str, now: float) -> bool:
    """False after the last heartbeat plus a minute, or when the process has ended on this machine.

    An end that lies further ahead than any heartbeat puts it was written before the clock
    was set back (P06); it would hold for hours, so it does not count.
    """
    if not now <= expires_at <= now + 2 * LEASE_SECONDS:
        return False
    try:
        host, pid, started = json.loads(process)
    except ValueError:
        return True
    if host != this_host():
        return True
    return bool(_started(int(pid)) == started)


def this_process() -> str:
    return json.dumps([this_host(), os.getpid(), _started(os.getpid())])


@lru_cache(maxsize=1)
def this_host() -> str:
    """Names this machine, boot and process namespace, within which a process id means something."""
    parts = [platform.node()]
    for path in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        try:
            place = Path(path)
            parts.append(str(place.readlink()) if place.is_symlink() else place.read_text().strip())
        except OSError:
            parts.append("")
    return "|".join(parts)


def _started(pid: int) -> str:
    """When the process began, so that a number used again is not taken for it; empty if it
    has ended. Without /proc, whether it is running at all."""
    if Path("/proc/self/stat").exists():
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return ""
        fields = text.rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "running"
