"""The last run as events of OpenLineage, for a catalogue that takes them in.

Two events of the run, and two of each slice that it asked for: its inputs are the landed answers
of a load with their SHA-256, its output is the table with the number of the load.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from schemas.sql import literal
from tasks.outcome import Counts
from warehouse.base import Warehouse, rows_of

NAMESPACE = "penataran"
EVENT = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACETS = {
    "parent": "1-0-1/ParentRunFacet",
    "errorMessage": "1-0-1/ErrorMessageRunFacet",
    "version": "1-0-1/DatasetVersionDatasetFacet",
    "outputStatistics": "1-0-2/OutputStatisticsOutputDatasetFacet",
}


def events(warehouse: Warehouse) -> Iterator[dict[str, Any]]:
    """Events of the last run that asked for a slice, in their order; none before the first run."""
    if not warehouse.is_published():
        return
    with warehouse.at_one_moment() as published:
        runs = rows_of(
            published, "SELECT * FROM ops_run WHERE slices > 0 ORDER BY load_seq DESC LIMIT 1"
        )
        if not runs:
            return
        (run,) = runs
        of_run = f"WHERE run_id = {literal(run['run_id'])}"
        attempts = rows_of(published, f"SELECT * FROM ops_attempt {of_run} ORDER BY checked_at")
        loads = rows_of(published, f"SELECT * FROM ops_load {of_run} AND source <> ''")
        raw = rows_of(published, f"SELECT * FROM ops_raw {of_run} ORDER BY raw_sha256")
    run_id, job = _run_id(run["run_id"]), {"namespace": NAMESPACE, "name": "run"}
    yield _event("START", run["started_at"], {"runId": run_id, "facets": {}}, job)
    for attempt in attempts:
        inner = {
            "runId": _run_id(run["run_id"], attempt["source"], attempt["slice"]),
            "facets": {"parent": _facet("parent", run={"runId": run_id}, job=job)},
        }
        yield from _of_slice(attempt, inner, run["started_at"], loads, raw)
    ends = "FAIL" if run["exit_code"] else "COMPLETE"
    yield _event(ends, run["finished_at"], {"runId": run_id, "facets": {}}, job)


def _of_slice(
    attempt: Mapping[str, Any],
    run: dict[str, Any],
    started_at: datetime,
    loads: list[dict[str, Any]],
    raw: list[dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    dataset = attempt["slice"].partition("/")[0]
    job = {"namespace": NAMESPACE, "name": f"{attempt['source']}.{dataset}"}
    yield _event("START", started_at, run, job)
    key = (attempt["source"], attempt["slice"])
    inputs = [_input(r) for r in raw if (r["source"], r["slice"]) == key]
    outputs = [_output(r) for r in loads if (r["source"], r["slice"]) == key]
    ends = "COMPLETE"
    if attempt["status"] == "failed":
        ends = "FAIL"
        said = f"{attempt['error_code']}: {attempt['error_message']}"
        error = _facet("errorMessage", message=said, programmingLanguage="Python")
        run = {**run, "facets": {**run["facets"], "errorMessage": error}}
    yield _event(ends, attempt["checked_at"], run, job, inputs, outputs)


def _input(raw: Mapping[str, Any]) -> dict[str, Any]:
    url = urlsplit(raw["url"])
    return {
        "namespace": f"{url.scheme}://{url.netloc}" if url.netloc else url.scheme,
        "name": url.path,
        "facets": {"version": _facet("version", datasetVersion=raw["raw_sha256"])},
    }


def _output(load: Mapping[str, Any]) -> dict[str, Any]:
    written = Counts.from_row(load).changed
    return {
        "namespace": NAMESPACE,
        "name": load["table_name"],
        "facets": {"version": _facet("version", datasetVersion=str(load["load_seq"]))},
        "outputFacets": {"outputStatistics": _facet("outputStatistics", rowCount=written)},
    }


def _event(
    kind: str,
    moment: datetime,
    run: dict[str, Any],
    job: dict[str, str],
    inputs: list[dict[str, Any]] | None = None,
    outputs: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    return {
        "eventType": kind,
        "eventTime": moment.astimezone(UTC).isoformat(),
        "run": run,
        "job": job,
        "inputs": inputs or [],
        "outputs": outputs or [],
        "producer": _producer(),
        "schemaURL": EVENT,
    }


def _facet(kind: str, **values: Any) -> dict[str, Any]:
    place = f"https://openlineage.io/spec/facets/{FACETS[kind]}.json"
    return {"_producer": _producer(), "_schemaURL": place, **values}


def _producer() -> str:
    return f"urn:penataran:{version('penataran')}"


def _run_id(*parts: str) -> str:
    """The run's own UUID, or one that follows from it for a slice."""
    run = uuid.UUID(parts[0])
    return str(uuid.uuid5(run, "/".join(parts[1:])) if len(parts) > 1 else run)
