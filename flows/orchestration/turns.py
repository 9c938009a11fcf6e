"""A provider's turn among all runs: Prefect's global concurrency limits, taken once a run.

A limit has as many slots as requests may be under way to the provider. A run takes half of them
(`Session.turn_of` keeps within that), so that two runs go on side by side and a third waits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from threading import Lock

from httpx import HTTPError
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.concurrency._asyncio import (  # no public names
    AcquireConcurrencySlotTimeoutError,
    ConcurrencySlotAcquisitionError,
)
from prefect.concurrency.sync import concurrency
from prefect.exceptions import PrefectException

from tasks.session import Session, requests_at_a_time, shared_requests

TURN_SECONDS = 600.0  # for a provider's turn among all runs; then the run asks Prefect no more
NO_TURN = (ConcurrencySlotAcquisitionError, AcquireConcurrencySlotTimeoutError)


def limit_name(provider: str) -> str:
    return f"provider-{provider}"


class Turns:
    """The turns of one run: each is taken with a provider's first slice and ends with its last."""

    def __init__(self, session: Session, give_up: Callable[[Exception], None]) -> None:
        self._session = session
        self._give_up = give_up
        self._limits = requests_at_a_time(session.sources.values())
        self._left = Counter[str]()
        self._held: dict[str, ExitStack] = {}
        self._locks = {provider: Lock() for provider in self._limits}

    def make(self, client: SyncPrefectClient) -> None:
        """Concurrency limits must exist: a missing one would pass in silence.

        A killed run's turns stay taken: the server that would have ended them ended with it
        (Prefect keeps leases in memory). Where no other run lives, none is taken.
        """
        none_taken = GlobalConcurrencyLimitUpdate(active_slots=0)
        is_alone = self._session.ledger.leases.live_runs() <= {self._session.run_id}
        wanted = {s.provider.code for s in self._session.sources.values() if not s.is_file}
        for provider in sorted(wanted):
            name = limit_name(provider)
            client.upsert_global_concurrency_limit_by_name(name, limit=self._limits[provider])
            if is_alone:
                client.update_global_concurrency_limit(name, none_taken)

    def begin(self, providers: Sequence[str]) -> None:
        """So many slices of each provider follow."""
        self._left = Counter(providers)

    @contextmanager
    def of(self, provider: str) -> Iterator[None]:
        """One slice of a provider."""
        lock = self._locks[provider]
        with lock:
            if provider not in self._held and not self._session.alone:
                self._take(provider)
        try:
            yield
        finally:
            with lock:
                self._left[provider] -= 1
                if not self._left[provider]:
                    self._end(provider)

    def _take(self, provider: str) -> None:
        with ExitStack() as taking:
            try:
                taking.enter_context(
                    concurrency(
                        limit_name(provider),
                        occupy=shared_requests(self._limits[provider]),
                        strict=True,
                        timeout_seconds=TURN_SECONDS,
                        raise_on_lease_renewal_failure=False,
                    )
                )
            except (HTTPError, PrefectException, *NO_TURN) as error:
                self._give_up(error)
            self._held[provider] = taking.pop_all()

    def _end(self, provider: str) -> None:
        held = self._held.pop(provider, None)
        if held is None:
            return
        try:
            held.close()
        except (HTTPError, PrefectException) as error:
            self._give_up(error)

    def close(self) -> None:
        for provider in list(self._held):
            self._end(provider)
