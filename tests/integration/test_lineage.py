"""The last run as OpenLineage reads it: what the specification requires, and our own traces."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from flows.cli.main import main
from flows.lineage import events
from tasks.home import open_warehouse
from tests.conftest import Home

A, B = ("2026-01-05", "IDR", "16500"), ("2026-01-06", "IDR", "16600")
TERMINAL = {"COMPLETE", "FAIL"}


def found(home: Home) -> list[dict[str, Any]]:
    return list(events(open_warehouse(home.settings())))


def facets(part: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """All facets, wherever they stand."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ("facets", "outputFacets"):
                yield from value.items()
            yield from facets(value)
    elif isinstance(part, list):
        for value in part:
            yield from facets(value)


def of_toy(all_events: list[dict[str, Any]]) -> dict[str, Any]:
    (end,) = [e for e in all_events
              if e["job"]["name"] == "toy.daily" and e["eventType"] in TERMINAL]  # fmt: skip
    return end


@pytest.mark.slow
def test_each_run_begins_and_ends_once(duck: Home) -> None:
    assert found(duck) == []
    duck.load(A)
    all_events = found(duck)
    runs = {e["run"]["runId"] for e in all_events}
    assert all(str(uuid.UUID(run)) == run for run in runs)
    for run in runs:
        kinds = [e["eventType"] for e in all_events if e["run"]["runId"] == run]
        assert kinds[0] == "START"
        assert kinds[1:] in (["COMPLETE"], ["FAIL"])
    for event in all_events:
        assert datetime.fromisoformat(event["eventTime"]).tzinfo
        assert event["producer"].startswith("urn:penataran:")
        assert event["job"]["namespace"]
    for name, facet in facets(all_events):
        assert facet["_producer"]
        assert facet["_schemaURL"].startswith("https://openlineage.io/spec/facets/"), name
    parents = [e["run"]["facets"]["parent"]["run"]["runId"] for e in all_events[1:-1]]
    assert set(parents) == {all_events[0]["run"]["runId"]} == {all_events[-1]["run"]["runId"]}


@pytest.mark.slow
def test_input_and_output_are_those_of_the_load(duck: Home) -> None:
    duck.load(A)
    duck.load(A, B)
    end = of_toy(found(duck))
    (raw,) = duck.query(
        "SELECT raw_sha256, load_seq FROM ops_load JOIN ops_raw USING (load_seq) "
        "WHERE ops_load.source = 'toy' ORDER BY load_seq DESC LIMIT 1"
    )
    (source,), (target,) = end["inputs"], end["outputs"]
    assert source["facets"]["version"]["datasetVersion"] == raw[0]
    assert source["namespace"].startswith("http://127.0.0.1:")
    assert source["name"] == "/rates"
    assert target["name"] == "core_exchange__rates"
    assert target["facets"]["version"]["datasetVersion"] == str(raw[1])
    assert target["outputFacets"]["outputStatistics"]["rowCount"] == 1


@pytest.mark.slow
def test_what_found_nothing_new_has_no_output_and_what_failed_says_why(duck: Home) -> None:
    duck.load(A)
    duck.load(A)
    assert (of_toy(found(duck))["eventType"], of_toy(found(duck))["outputs"]) == ("COMPLETE", [])
    duck.load(("2026-01-05", "USD", "1"), ("2026-01-06", "USD", "1"))
    end = of_toy(found(duck))
    assert end["eventType"] == "FAIL"
    assert "too_many_refused" in end["run"]["facets"]["errorMessage"]["message"]
    assert found(duck)[-1]["eventType"] == "FAIL"


@pytest.mark.slow
def test_the_command_writes_an_event_a_line(
    duck: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    duck.load(A)
    for name, value in duck.settings().environment.items():
        monkeypatch.setenv(name, value)
    capsys.readouterr()
    assert main(["status", "--lineage"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == found(duck)
