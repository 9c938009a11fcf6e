"""Other programs check a release: frictionless reads every row, datacontract-cli the contract.

They are in an environment of their own: `make .bench/validators/.installed`.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest

from config import settings as environment
from flows import open_data
from tests.conftest import ROOT
from tests.unit.conftest import SmallWarehouse
from tests.unit.warehouse import random_rows

VALIDATORS = ROOT / ".bench" / "validators" / "bin"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (VALIDATORS / "frictionless").exists(),
        reason="no validators: make .bench/validators/.installed",
    ),
]


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """All tables and figures of random rows of open sources."""
    tables = SmallWarehouse()
    for code in (*random_rows.SENDERS, "x", "reference_source"):
        tables.insert("ref_source", source="reference_source", source_code=code, licence="CC BY",
                      redistribution="open", preference=1)  # fmt: skip
    for area in (*random_rows.AREAS, "WLD"):
        tables.insert("ref_area", scheme="iso3", code=area, area=area, is_country=area != "WLD")
    tables.insert("ops_load", recorded_at="2026-02-01 00:00:00+00", load_seq=1)
    for name, rows in random_rows.rows_of(1).rows.items():
        if name == "core_exchange__students":  # are counted once a year
            rows = [row for row in rows if row["period_start"].month == 1]
        tables.con.execute(random_rows.insert_sql(name, rows))
    (tmp_path / "exports").mkdir()
    settings = environment.load({"PENATARAN_HOME": str(tmp_path)}, profile="live")
    found = open_data.release(cast("Any", tables), settings)
    tables.close()
    return Path(found["folder"])


def test_the_validators_find_nothing(released: Path) -> None:
    package = subprocess.run(
        [VALIDATORS / "frictionless", "validate", "datapackage.json", "--json"],
        cwd=released, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = json.loads(package.stdout)
    assert found["valid"], [(t["name"], t["errors"][:2]) for t in found["tasks"] if not t["valid"]]
    assert len(found["tasks"]) > 40
    contract = subprocess.run(
        [VALIDATORS / "datacontract", "lint", "contract.odcs.yaml"],
        cwd=released, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert contract.returncode == 0, contract.stdout
