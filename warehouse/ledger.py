"""The ledger: numbers, leases and the state of each slice. SQLite, or PostgreSQL with it.

It holds nothing that readers see: what was loaded is in the lake. Losing the ledger costs
fetching again, never a figure.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from schemas.errors import BusyError

META = sa.MetaData()
NUMBERS = sa.Table(
    "load_number",
    META,
    sa.Column("load_seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("slice", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
STATES = sa.Table(
    "slice_state",
    META,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("slice", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
)
LEASES = sa.Table(
    "lease",
    META,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
)
FACTS = sa.Table(
    "fact",
    META,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

LEASE_SECONDS = 60.0
NUMBER_LOCK = 3505
HEARTBEAT_SECONDS = 15.0


class Ledger:
    """Open it once per run; safe for threads (SQLAlchemy pools the connections)."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        META.create_all(engine)

    @classmethod
    def in_folder(cls, state: Path) -> Ledger:
        state.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(
            f"sqlite:///{state / 'ledger.sqlite'}", connect_args={"timeout": 30}
        )

        @sa.event.listens_for(engine, "connect")
        def _durable(connection: Any, _: Any) -> None:
            connection.isolation_level = None  # BEGIN is ours, below
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

        @sa.event.listens_for(engine, "begin")
        def _one_writer(connection: sa.Connection) -> None:
            # A read that turns into a write later would fail instead of waiting.
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        return cls(engine)

    @classmethod
    def in_postgres(cls, engine: sa.Engine) -> Ledger:
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE SCHEMA IF NOT EXISTS penataran_state"))
        return cls(engine.execution_options(schema_translate_map={None: "penataran_state"}))

    # --- facts ---

    def fact(self, name: str) -> str | None:
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(FACTS.c.value).where(FACTS.c.name == name)).first()
        return row[0] if row else None

    def set_fact(self, name: str, value: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.delete(FACTS).where(FACTS.c.name == name))
            connection.execute(sa.insert(FACTS).values(name=name, value=value))

    # --- load numbers ---

    def next_load(self, run_id: str, source: str, slice_name: str) -> tuple[int, datetime]:
        """A number greater than all before, and its moment, never before the last one's.

        A clock set back must not make a later load seem older (S16, P06).
        """
        with self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({NUMBER_LOCK})")
            now = datetime.now(UTC)
            last = connection.execute(sa.select(sa.func.max(NUMBERS.c.recorded_at))).scalar()
            if last:
                now = max(now, datetime.fromisoformat(last) + timedelta(microseconds=1))
            result = connection.execute(
                sa.insert(NUMBERS).values(
                    run_id=run_id,
                    source=source,
                    slice=slice_name,
                    recorded_at=now.isoformat(timespec="microseconds"),
                )
            )
            key = result.inserted_primary_key
            assert key is not None
            return int(key[0]), now

    # --- state of a slice ---

    def state(self, source: str, slice_name: str) -> dict[str, Any]:
        with self.engine.connect() as connection:
            row = connection.execute(
                sa.select(STATES.c.state).where(
                    STATES.c.source == source, STATES.c.slice == slice_name
                )
            ).first()
        return json.loads(row[0]) if row else {}

    def set_state(self, source: str, slice_name: str, state: dict[str, Any]) -> None:
        where = (STATES.c.source == source) & (STATES.c.slice == slice_name)
        with self.engine.begin() as connection:
            connection.execute(sa.delete(STATES).where(where))
            connection.execute(
                sa.insert(STATES).values(
                    source=source, slice=slice_name, state=json.dumps(state, sort_keys=True)
                )
            )

    # --- leases ---

    @contextmanager
    def lease(self, name: str, *, wait_seconds: float = 0.0) -> Iterator[str]:
        """Hold a name alone, with a heartbeat; raises BusyError while another holds it.

        A killed holder stops beating, and its lease runs out after a minute (P08).
        """
        holder = uuid.uuid4().hex
        give_up = time.monotonic() + wait_seconds
        while not self._take(name, holder):
            if time.monotonic() >= give_up:
                raise BusyError(
                    "busy",
                    f"another run holds {name}",
                    hint="wait for it; a killed run lets go within a minute",
                )
            time.sleep(0.2)
        stop = Event()
        beat = Thread(target=self._beat, args=(name, holder, stop), daemon=True)
        beat.start()
        try:
            yield holder
        finally:
            stop.set()
            beat.join()
            with self.engine.begin() as connection:
                connection.execute(
                    sa.delete(LEASES).where(LEASES.c.name == name, LEASES.c.holder == holder)
                )

    def _take(self, name: str, holder: str) -> bool:
        now = time.time()
        with self.engine.begin() as connection:
            connection.execute(
                sa.delete(LEASES).where(LEASES.c.name == name, LEASES.c.expires_at < now)
            )
        try:
            with self.engine.begin() as connection:
                connection.execute(
                    sa.insert(LEASES).values(
                        name=name, holder=holder, expires_at=now + LEASE_SECONDS
                    )
                )
        except IntegrityError:
            return False
        return True

    def _beat(self, name: str, holder: str, stop: Event) -> None:
        while not stop.wait(HEARTBEAT_SECONDS):
            with self.engine.begin() as connection:
                connection.execute(
                    sa.update(LEASES)
                    .where(LEASES.c.name == name, LEASES.c.holder == holder)
                    .values(expires_at=time.time() + LEASE_SECONDS)
                )

    def close(self) -> None:
        self.engine.dispose()
