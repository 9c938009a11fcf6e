"""The ledger: numbers, leases and the state of each slice. SQLite, or PostgreSQL with it.

It holds nothing that readers see: what was loaded is in the lake. Losing the ledger costs
fetching again, never a figure.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from warehouse.leases import Lease, Leases, transaction

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
FACTS = sa.Table(
    "fact",
    META,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

NUMBER_LOCK = 3505


class Ledger:
    """Open it once per run; safe for threads (SQLAlchemy pools the connections)."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        with transaction(engine) as connection:
            META.create_all(connection)
        self.leases = Leases(engine)

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
            reads = connection.get_execution_options().get("reads")
            connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

        return cls(engine)

    @classmethod
    def in_postgres(cls, engine: sa.Engine) -> Ledger:
        with transaction(engine) as connection:
            connection.execute(sa.text("CREATE SCHEMA IF NOT EXISTS penataran_state"))
        return cls(engine.execution_options(schema_translate_map={None: "penataran_state"}))

    # --- facts ---

    def fact(self, name: str) -> str | None:
        with transaction(self.engine, reads=True) as connection:
            row = connection.execute(sa.select(FACTS.c.value).where(FACTS.c.name == name)).first()
        return row[0] if row else None

    def set_fact(self, name: str, value: str) -> None:
        with transaction(self.engine) as connection:
            connection.execute(sa.delete(FACTS).where(FACTS.c.name == name))
            connection.execute(sa.insert(FACTS).values(name=name, value=value))

    # --- load numbers ---

    def next_load(
        self, run_id: str, source: str, slice_name: str, lease: Lease | None = None
    ) -> tuple[int, datetime]:
        """A number greater than all before, and its moment, never before the last one's.

        A clock set back must not make a later load seem older (S16, P06). With a lease, it
        must still be held: BusyError if another run has taken it over.
        """
        with transaction(self.engine) as connection:
            self._alone(connection)
            if lease is not None:
                self.leases.require(connection, lease)
            now = datetime.now(UTC)
            number, last = self._highest(connection)
            if last:
                now = max(now, last + timedelta(microseconds=1))
            self._insert(connection, number + 1, run_id, source, slice_name, now)
            return number + 1, now

    def raise_floor(self, load_seq: int, recorded_at: datetime) -> None:
        """Let no number or moment at or below these be handed out again: the lake has them,
        and this ledger, lost or restored from a backup, does not."""
        with transaction(self.engine) as connection:
            self._alone(connection)
            number, last = self._highest(connection)
            if number < load_seq:
                moment = max(recorded_at, last) if last else recorded_at
                self._insert(connection, load_seq, "", "", "floor", moment)

    def highest_load(self) -> int:
        with transaction(self.engine, reads=True) as connection:
            return self._highest(connection)[0]

    def run_of(self, numbers: list[int]) -> dict[int, str]:
        """Which run took each number."""
        with transaction(self.engine, reads=True) as connection:
            rows = connection.execute(
                sa.select(NUMBERS.c.load_seq, NUMBERS.c.run_id).where(
                    NUMBERS.c.load_seq.in_(numbers)
                )
            ).all()
        return {int(r.load_seq): str(r.run_id) for r in rows}

    @staticmethod
    def _alone(connection: sa.Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({NUMBER_LOCK})")

    @staticmethod
    def _highest(connection: sa.Connection) -> tuple[int, datetime | None]:
        """The last number and its moment; moments never fall."""
        row = connection.execute(
            sa.select(NUMBERS.c.load_seq, NUMBERS.c.recorded_at)
            .order_by(NUMBERS.c.load_seq.desc())
            .limit(1)
        ).first()
        return (int(row[0]), datetime.fromisoformat(row[1])) if row else (0, None)

    @staticmethod
    def _insert(
        connection: sa.Connection, number: int, run_id: str, source: str, name: str, now: datetime
    ) -> None:
        connection.execute(
            sa.insert(NUMBERS).values(
                load_seq=number,
                run_id=run_id,
                source=source,
                slice=name,
                recorded_at=now.isoformat(timespec="microseconds"),
            )
        )

    # --- state of a slice ---

    def state(self, source: str, slice_name: str) -> str | None:
        """The state of a slice as its owner wrote it; None if there is none."""
        with transaction(self.engine, reads=True) as connection:
            row = connection.execute(
                sa.select(STATES.c.state).where(
                    STATES.c.source == source, STATES.c.slice == slice_name
                )
            ).first()
        return str(row[0]) if row else None

    def set_state(self, source: str, slice_name: str, state: str) -> None:
        where = (STATES.c.source == source) & (STATES.c.slice == slice_name)
        with transaction(self.engine) as connection:
            connection.execute(sa.delete(STATES).where(where))
            connection.execute(
                sa.insert(STATES).values(source=source, slice=slice_name, state=state)
            )

    def forget(self, sha256: str) -> None:
        """Drop every state that names these bytes, so that their slices are requested again."""
        with transaction(self.engine) as connection:
            connection.execute(sa.delete(STATES).where(STATES.c.state.contains(sha256)))

    def states(self, source: str) -> dict[str, str]:
        """States of all slices of a source, by name."""
        with transaction(self.engine, reads=True) as connection:
            rows = connection.execute(
                sa.select(STATES.c.slice, STATES.c.state).where(STATES.c.source == source)
            ).all()
        return {r.slice: r.state for r in rows}

    # --- leases ---

    def lease(self, name: str, *, wait_seconds: float = 0.0) -> AbstractContextManager[Lease]:
        """Hold a name alone, with a heartbeat; raises BusyError while another holds it."""
        return self.leases.hold(name, wait_seconds=wait_seconds)

    def require(self, *leases: Lease) -> None:
        """Raise BusyError unless the leases are still ours: asked before what cannot be undone."""
        with transaction(self.engine, reads=True) as connection:
            for lease in leases:
                self.leases.require(connection, lease)

    def close(self) -> None:
        self.leases.close()
        self.engine.dispose()
