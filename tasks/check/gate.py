"""The gate's process: started when needed, asked once for all that wait, killed when it hangs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from queue import Empty, Queue

from schemas.checks import CheckResult
from schemas.errors import PenataranError
from tasks.check.gate_request import GateRequest
from tasks.together import Together

START_SECONDS = 120.0
BATCH_SECONDS = 60.0


class Gate:
    """One child process for all batches of a run. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._answers: Queue[str | None] = Queue()
        self._first = True
        self._together = Together(self._check)

    def gather_while(self, more_to_come: Callable[[], bool]) -> None:
        """Give batches a moment to wait for each other, while this says that more may follow."""
        self._together.more_to_come = more_to_come

    def start(self) -> None:
        """Start the process, which imports Great Expectations while the caller continues. Returns
        at once if the process exists already."""
        if self._process is None:
            with self._lock:
                self._ensure()

    def _ensure(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            # Nothing phones home, and no colour codes reach the log.
            environment = {**os.environ, "GX_ANALYTICS_ENABLED": "false", "NO_COLOR": "1"}
            self._answers = Queue()
            self._first = True
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tasks.check.gate_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment,
            )
            reader = threading.Thread(
                target=self._read, args=(self._process, self._answers), daemon=True
            )
            reader.start()
        return self._process

    @staticmethod
    def _read(process: subprocess.Popen[str], answers: Queue[str | None]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            answers.put(line)
        answers.put(None)

    def check(self, request: GateRequest) -> list[CheckResult]:
        """Results of all expectations of one batch. Batches of other threads that wait meanwhile
        are checked together with it. Raises PenataranError if the gate cannot answer."""
        return self._together(request)

    def _check(self, requests: Sequence[GateRequest]) -> list[list[CheckResult] | PenataranError]:
        with self._lock:
            process = self._ensure()
            limit = START_SECONDS if self._first else BATCH_SECONDS
            try:
                assert process.stdin is not None
                process.stdin.write(json.dumps([r.as_dict() for r in requests]) + "\n")
                process.stdin.flush()
                found = [self._reply(process, limit) for _ in requests]
            except (OSError, Empty) as error:
                process.kill()
                raise PenataranError(
                    "gate_failed", f"the batch gate did not answer within {limit:.0f} s"
                ) from error
            self._first = False
            return found

    def _reply(
        self, process: subprocess.Popen[str], limit: float
    ) -> list[CheckResult] | PenataranError:
        line = self._answers.get(timeout=limit)
        if line is None:
            raise PenataranError(
                "gate_failed",
                f"the batch gate ended with code {process.wait()}",
                hint="run python -m tasks.check.gate_worker to see why",
            )
        reply = json.loads(line)
        if "error" in reply:
            return PenataranError("gate_failed", f"the batch gate failed: {reply['error'][:500]}")
        results: list[CheckResult] = reply["results"]
        return results

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            if self._process.stdin:
                self._process.stdin.close()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
