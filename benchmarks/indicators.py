"""Indicators of the largest size that is meant, beside what numpy's own steps of that size cost.

The score: 1,000 draws of weights for 200 countries and 1,000 products with 8 components; beside it
the matrix product of all scores and a sort of each ranking. The product space: 200 countries and
5,000 products, with all that is made of it. In a process of its own, with one thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PART = """\
import json, resource, sys, time
import numpy as np
from warehouse.indicators import advantage, complexity, composite, space
part = sys.argv[1]
random = np.random.default_rng(1)
if part == "space":
    countries, products = np.sort(random.random(200)), np.sort(random.random(5000))
    has = random.random((200, 5000)) < 0.05 + 0.9 * (countries[:, None] > products)
    exports = random.lognormal(3, 2, has.shape) * has
else:
    components, weights = random.random((8, 1000, 200)), np.ones(8)
    drawn = composite.draw_weights(weights)
began = time.process_time()
if part == "space":
    matrix = advantage.has_advantage(exports)
    index, near = complexity.eigenvector(matrix), space.proximity(matrix)
    space.density(matrix, near)
    space.opportunity_gain(matrix, index.products, near)
elif part == "score":
    scores = composite.score(components, weights).score
    composite.score_ranks(scores)
    composite.rank_intervals(components, drawn, scored=~np.isnan(scores))
else:
    (drawn @ components.reshape(8, -1)).reshape(1000, 1000, 200).sort(axis=2)
cpu = time.process_time() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"cpu": round(cpu, 2), "largest_mb": round(peak)}))
"""
PARTS = ("score", "product_and_sort", "space")
ROUNDS = 3


def measure(_folder: Path) -> dict[str, Any]:
    """CPU and memory of each part; of three rounds the one with the least CPU."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    found = {}
    for part in PARTS:
        rounds = [
            json.loads(
                subprocess.run(
                    [sys.executable, "-c", PART, part], env=environment, cwd=ROOT,
                    capture_output=True, text=True, check=True,
                ).stdout
            )
            for _ in range(ROUNDS)
        ]  # fmt: skip
        found[part] = min(rounds, key=lambda cost: float(cost["cpu"]))
    return found
