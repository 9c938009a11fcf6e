"""The benchmarks: `python -m benchmarks.run --peers PYTHON`; `make bench` sets it all up.

Results go to docs/benchmarks.json, from which docs/benchmarks.md is written.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import (
    files,
    indicators,
    marts,
    orchestration,
    postgres,
    readers,
    scaling,
    tables,
    workload,
)
from benchmarks.comparison import ROOT, ROWS, WORK, Result, machine, measured, say


def _keep(target: Path, found: dict[str, Any], results: list[Result]) -> None:
    """New results, and those of other sizes that an earlier call measured."""
    done = {(r.rows, r.format) for r in results}
    before = [r for r in found.get("tools", []) if (r["rows"], r["format"]) not in done]
    made = [{**asdict(r), "is_true": r.is_true} for r in results]
    found["tools"] = sorted([*before, *made], key=lambda r: (r["rows"], r["format"]))
    _write(target, found)


def _write(target: Path, found: Mapping[str, Any]) -> None:
    target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    tables.write(target.with_suffix(".md"), found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", required=True, help="Python of the peers' environment")
    parser.add_argument("--rows", default=",".join(str(n) for n in ROWS))
    parser.add_argument("--formats", default=",".join(workload.FORMATS), help="of the million rows")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument(
        "--parts", default="tools,scaling,postgres,orchestration,files,readers,indicators,marts"
    )
    options = parser.parse_args()
    os.environ["PENATARAN_BENCH_PEERS"] = options.peers

    parts = options.parts.split(",")
    target = ROOT / "docs" / "benchmarks.json"
    found: dict[str, Any] = json.loads(target.read_text()) if target.exists() else {}
    found["machine"] = machine()
    if "tools" in parts:
        results: list[Result] = []
        for rows in (int(n) for n in options.rows.split(",")):
            rounds = options.rounds if rows < 10_000_000 else 1
            formats = options.formats.split(",") if rows == 1_000_000 else ["json"]
            for format_ in formats:
                results += measured(rows, format_, options.peers, rounds)
                _keep(target, found, results)
    for name, module in (
        ("scaling", scaling), ("postgres", postgres), ("orchestration", orchestration),
        ("files", files), ("readers", readers), ("indicators", indicators),
        ("marts", marts),
    ):  # fmt: skip
        if name in parts:
            say(name)
            found[name] = module.measure(WORK)
            _write(target, found)
    shutil.rmtree(WORK / "homes", ignore_errors=True)


if __name__ == "__main__":
    main()
