"""The gate's own process: Great Expectations over the small frames of one or more batches.

Importing the library costs seconds and hundreds of megabytes, so it happens here, once a
run, while the partners are being asked. Reads lists of requests on stdin, one JSON line each;
writes one line for each request on stdout.
"""

from __future__ import annotations

import bisect
import contextlib
import importlib.abc
import importlib.util
import itertools
import json
import math
import os
import sys
from importlib.machinery import ModuleSpec
from typing import Any, TextIO

from warehouse.modes import keep_private

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
    keep_private()
    sys.meta_path.insert(0, _WhenUsed())
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    with contextlib.redirect_stdout(sys.stderr):
        gate = _Gate()
        for line in sys.stdin:
            _answer(gate, json.loads(line), answers)


def _answer(gate: _Gate, requests: list[dict[str, Any]], answers: TextIO) -> None:
    """One reply for each batch. Where the batches together fail, each is checked alone."""
    try:
        replies: list[dict[str, Any]] = [{"results": found} for found in gate.run(requests)]
    except Exception as error:  # noqa: BLE001  any failure is the caller's to report
        if len(requests) > 1:
            for request in requests:
                _answer(gate, [request], answers)
            return
        replies = [{"error": f"{type(error).__name__}: {error}"}]
    for reply in replies:
        answers.write(json.dumps(reply) + "\n")
    answers.flush()


class _Gate:
    """Great Expectations takes about 10 ms of CPU for each expectation, whatever the number of
    rows (1.24). So the frames of several batches are joined: each expectation runs once, and the
    numbers of the rows that fail it lead back to their batch."""

    def __init__(self) -> None:
        import great_expectations as gx

        self.gx = gx
        self.context = gx.get_context(mode="ephemeral")
        self.context.variables.progress_bars = {"globally": False}
        source = self.context.data_sources.add_pandas("batches")
        asset = source.add_dataframe_asset("frame")
        self.batch = asset.add_batch_definition_whole_dataframe("frame")

    def run(self, requests: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
        """Results of each request, in the order of its expectations."""
        found: list[dict[str, dict[str, Any]]] = [{} for _ in requests]
        self._check_profiles(requests, found)
        for numbers in _same_suites(requests).values():
            self._check_samples(requests, numbers, found)
        return [
            [results[e["check_id"]] for e in request["expectations"]]
            for request, results in zip(requests, found, strict=True)
        ]

    def _check_profiles(
        self, requests: list[dict[str, Any]], found: list[dict[str, dict[str, Any]]]
    ) -> None:
        """One row for each aggregate of each batch: it must lie between its two limits."""
        import pandas as pd

        rows = [(n, e) for n, r in enumerate(requests) for e in _of_frame(r, "profile")]
        if not rows:
            return
        values = [requests[n]["profile"][e["kwargs"]["column"]] for n, e in rows]
        lows, highs = ([e["kwargs"][f"{end}_value"] for _, e in rows] for end in ("min", "max"))
        frame = pd.DataFrame(
            {
                "aggregate": [float(value) for value in values],
                "low": [-math.inf if x is None else float(x) for x in lows],
                "high": [math.inf if x is None else float(x) for x in highs],
            }
        )
        pair = self.gx.expectations.ExpectColumnPairValuesAToBeGreaterThanB
        pairs = (("aggregate", "low"), ("high", "aggregate"))
        results = self._validate(
            frame,
            [
                pair(column_A=a, column_B=b, or_equal=True, ignore_row_if="neither")
                for a, b in pairs
            ],
        )
        failed = {n for counts in results for n in counts["unexpected_index_list"]}
        for number, (n, entry) in enumerate(rows):
            unexpected = [values[number]] if number in failed else []
            found[n][entry["check_id"]] = _reading(entry, 1, unexpected)

    def _check_samples(
        self,
        requests: list[dict[str, Any]],
        numbers: list[int],
        found: list[dict[str, dict[str, Any]]],
    ) -> None:
        """The samples of batches that have the same expectations, as one frame."""
        import pandas as pd

        wanted = _of_frame(requests[numbers[0]], "sample")
        frames = [pd.read_parquet(requests[n]["sample"]) for n in numbers]
        joined = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
        results = self._validate(joined, [self._expectation(e) for e in wanted])
        starts = list(itertools.accumulate((len(f) for f in frames), initial=0))
        for entry, counts in zip(wanted, results, strict=True):
            column = entry["kwargs"]["column"]
            unexpected: list[list[Any]] = [[] for _ in numbers]
            for row in counts["unexpected_index_list"] or ():
                unexpected[bisect.bisect_right(starts, row) - 1].append(joined[column].iat[row])
            for n, frame, values in zip(numbers, frames, unexpected, strict=True):
                found[n][entry["check_id"]] = _reading(entry, len(frame), values)

    def _validate(self, frame: Any, expectations: list[Any]) -> list[dict[str, Any]]:
        """What Great Expectations counted for each expectation; RuntimeError if one could not be
        evaluated."""
        suite = self.gx.ExpectationSuite(name="batches")
        for number, expectation in enumerate(expectations):
            expectation.meta = {"number": number}
            suite.add_expectation(expectation)
        checked = self.batch.get_batch({"dataframe": frame}).validate(
            suite, result_format="COMPLETE"
        )
        by_number = {r.expectation_config.meta["number"]: r for r in checked.results}
        for result in checked.results:
            info = result.exception_info or {}
            if info.get("raised_exception") or any(
                isinstance(v, dict) and v.get("raised_exception") for v in info.values()
            ):
                raise RuntimeError(f"{result.expectation_config.type}: {info}")
        return [by_number[n].result for n in range(len(expectations))]

    def _expectation(self, entry: dict[str, Any]) -> Any:
        name = "".join(part.capitalize() for part in entry["type"].split("_"))
        return getattr(self.gx.expectations, name)(**entry["kwargs"])


def _of_frame(request: dict[str, Any], frame: str) -> list[dict[str, Any]]:
    return [e for e in request["expectations"] if e["frame"] == frame]


def _same_suites(requests: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Numbers of the requests with the same expectations of their samples."""
    found: dict[str, list[int]] = {}
    for number, request in enumerate(requests):
        if wanted := _of_frame(request, "sample"):
            found.setdefault(json.dumps(wanted, sort_keys=True), []).append(number)
    return found


def _reading(entry: dict[str, Any], rows: int, unexpected: list[Any]) -> dict[str, Any]:
    return {
        "check_id": entry["check_id"],
        "column": entry["kwargs"].get("column", ""),
        "severity": entry["severity"],
        "success": not unexpected,
        "rows_checked": rows,
        "rows_failed": len(unexpected),
        "detail": {
            "type": entry["type"],
            "kwargs": entry["kwargs"],
            "unexpected": [str(value) for value in unexpected[:5]],
        },
    }


if __name__ == "__main__":
    main()
