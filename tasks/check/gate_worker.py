"""The gate's own process: Great Expectations over small frames, one JSON line a batch.

Importing the library costs seconds and hundreds of megabytes, so it happens here, once a
run, while the partners are being asked. Reads requests on stdin, answers on stdout.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.util
import json
import os
import sys
from importlib.machinery import ModuleSpec
from typing import Any, TextIO

# Parts of Great Expectations import these, which takes a third of its time and memory. None of our
# expectations needs them (distributions, charts).
SELDOM_USED = frozenset({"scipy", "scipy.stats", "altair"})


class _WhenUsed(importlib.abc.MetaPathFinder):
    """Delays seldom used modules: they are loaded at their first use, not at their import."""

    def __init__(self) -> None:
        self._looking = False

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name not in SELDOM_USED or self._looking:
            return None
        self._looking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._looking = False
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


def main() -> None:
    sys.meta_path.insert(0, _WhenUsed())
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    with contextlib.redirect_stdout(sys.stderr):
        gate = _Gate()
        for line in sys.stdin:
            _answer(gate, json.loads(line), answers)


def _answer(gate: _Gate, request: dict[str, Any], answers: TextIO) -> None:
    try:
        reply: dict[str, Any] = {"results": gate.run(request)}
    except Exception as error:  # noqa: BLE001  any failure is the caller's to report
        reply = {"error": f"{type(error).__name__}: {error}"}
    answers.write(json.dumps(reply) + "\n")
    answers.flush()


class _Gate:
    def __init__(self) -> None:
        import great_expectations as gx

        self.gx = gx
        self.context = gx.get_context(mode="ephemeral")
        self.context.variables.progress_bars = {"globally": False}
        source = self.context.data_sources.add_pandas("batches")
        self.batches = {
            name: source.add_dataframe_asset(name).add_batch_definition_whole_dataframe(name)
            for name in ("profile", "sample")
        }

    def run(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        import pandas as pd

        found: list[dict[str, Any]] = []
        for name, batch in self.batches.items():
            wanted = [e for e in request["expectations"] if e["frame"] == name]
            if not wanted:
                continue
            frame = pd.read_parquet(request[name])
            found += self._validate(batch, frame, wanted)
        return found

    def _validate(self, batch: Any, frame: Any, wanted: list[dict[str, Any]]) -> list[Any]:
        suite = self.gx.ExpectationSuite(name="batch")
        for entry in wanted:
            suite.add_expectation(self._expectation(entry))
        result = batch.get_batch({"dataframe": frame}).validate(suite, result_format="SUMMARY")
        by_id = {r.expectation_config.meta["check_id"]: r for r in result.results}
        return [self._reading(entry, by_id[entry["check_id"]], len(frame)) for entry in wanted]

    def _expectation(self, entry: dict[str, Any]) -> Any:
        name = "".join(part.capitalize() for part in entry["type"].split("_"))
        kind = getattr(self.gx.expectations, name)
        return kind(**entry["kwargs"], meta={"check_id": entry["check_id"]})

    @staticmethod
    def _reading(entry: dict[str, Any], result: Any, rows: int) -> dict[str, Any]:
        info = result.exception_info or {}
        raised = info.get("raised_exception") or any(
            isinstance(v, dict) and v.get("raised_exception") for v in info.values()
        )
        if raised:
            raise RuntimeError(f"{entry['check_id']}: {info}")
        counts = result.result or {}
        return {
            "check_id": entry["check_id"],
            "column": entry["kwargs"].get("column", ""),
            "severity": entry["severity"],
            "success": bool(result.success),
            "rows_checked": int(counts.get("element_count", rows)),
            "rows_failed": int(counts.get("unexpected_count", 0)),
            "detail": {
                "type": entry["type"],
                "kwargs": entry["kwargs"],
                "unexpected": [str(v) for v in counts.get("partial_unexpected_list", [])][:5],
            },
        }


if __name__ == "__main__":
    main()
