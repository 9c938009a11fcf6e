"""The release in a home: one version of one content, whole whatever happens, and its changes."""

from __future__ import annotations

import csv
import errno
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from config import settings as environment
from config.settings import Settings
from flows import open_data
from reports.drawn import Studio
from reports.licence_gate import LicenceGate
from reports.public_tables import PublicTable, public_table
from schemas.errors import StorageError
from schemas.marks import SIMULATED
from tests.unit.conftest import SmallWarehouse

RATES = "core_exchange__rates"


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    (tmp_path / "exports").mkdir()
    return environment.load({"PENATARAN_HOME": str(tmp_path)}, profile="live")


@pytest.fixture
def filled(tables: SmallWarehouse) -> SmallWarehouse:
    for code, found in {"bank": "open", "closed": "none", "reference_source": "open"}.items():
        tables.insert("ref_source", source="reference_source", source_code=code, licence="L",
                      redistribution=found)  # fmt: skip
    load(tables, 1, 16000)
    return tables


def load(tables: SmallWarehouse, number: int, rate: int, reason: str = "first") -> None:
    """One figure of each source, current and as a version."""
    moment = datetime(2026, 2, number, tzinfo=UTC)
    tables.insert("ops_load", load_seq=number, recorded_at=moment)
    tables.con.execute(f"DELETE FROM {RATES}")
    tables.con.execute(f"UPDATE {RATES}__vintages SET superseded_at = '{moment}' "
                       "WHERE superseded_at IS NULL")  # fmt: skip
    for source in ("bank", "closed"):
        row = {"source": source, "rate_date": date(2025, 3, 3), "base_currency": "USD",
               "quote_currency": "IDR", "rate_type": "middle", "rate": rate, "load_seq": number,
               "recorded_at": moment, "release_stage": "final"}  # fmt: skip
        tables.insert(RATES, **row)
        tables.insert_version(RATES, **row, change_reason=reason)


@pytest.fixture(autouse=True)
def few_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """To make every mart takes these small warehouses half a minute."""

    def few(studio: Studio, gate: LicenceGate) -> Iterator[PublicTable]:
        found = (public_table(name, studio, gate) for name in (RATES, "ref_source"))
        return (table for table in found if table.rows)

    monkeypatch.setattr(open_data, "public_tables", few)


def made(tables: SmallWarehouse, settings: Settings) -> dict[str, Any]:
    return open_data.release(cast("Any", tables), settings)


def files_of(settings: Settings) -> dict[str, bytes]:
    folder = settings.exports / "open-data"
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_same_content_makes_no_new_version(filled: SmallWarehouse, here: Settings) -> None:
    first = made(filled, here)
    before = files_of(here)
    assert first["is_new"]
    assert before.keys() >= {"README.md", "CHANGELOG.md", "datapackage.json", "dcat.jsonld",
                             "ckan.json", "contract.odcs.yaml", "SHA256SUMS",
                             f"data/{RATES}.csv", f"data/{RATES}.parquet", "data/sdmx/rates.csv",
                             "data/sdmx/structures.xml"}  # fmt: skip
    assert made(filled, here) == {**first, "is_new": False}
    assert files_of(here) == before


def test_a_new_version_says_what_changed(filled: SmallWarehouse, here: Settings) -> None:
    first = made(filled, here)
    load(filled, 2, 16100, "revised_by_source")
    second = made(filled, here)
    assert second["is_new"]
    assert second["version"] != first["version"]
    text = files_of(here)["CHANGELOG.md"].decode()
    assert "bank: 1 × direvisi oleh sumbernya" in text
    assert "bank: 1 × revised by the source" in text
    assert "closed" not in text
    assert "received for the first time" not in text  # that was in the version before
    assert text.index(second["version"]) < text.index(first["version"])
    assert len(list(here.exports.glob("open-data*"))) == 2  # the link and its folder


def changes_in(settings: Settings) -> list[dict[str, str]]:
    text = files_of(settings)["data/changes.csv"].decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_change_is_listed_with_the_version_that_has_it(
    filled: SmallWarehouse, here: Settings
) -> None:
    made(filled, here)
    assert "data/changes.csv" not in files_of(here)  # nothing changed before the first
    load(filled, 2, 16100, "revised_by_source")
    second = made(filled, here)["version"]
    load(filled, 3, 15900, "correction")
    filled.insert_version(RATES, source="bank", rate_date=date(2025, 3, 4), base_currency="USD",
                          quote_currency="IDR", rate_type="middle", rate=1, load_seq=3,
                          recorded_at=datetime(2026, 2, 3, tzinfo=UTC), change_reason="first",
                          release_stage="final")  # fmt: skip
    third = made(filled, here)["version"]
    found = changes_in(here)
    assert [(c["version"], c["source"], Decimal(c["value_before"]), Decimal(c["value_after"]),
             c["change_reason"], c["recorded_at"]) for c in found] == [
        (second, "bank", 16000, 16100, "revised_by_source", "2026-02-02T00:00:00Z"),
        (third, "bank", 16100, 15900, "correction", "2026-02-03T00:00:00Z"),
    ]  # fmt: skip
    assert all(c["table_name"] == RATES and "quote_currency=IDR" in c["row_key"] for c in found)
    names = [r["name"] for r in json.loads(files_of(here)["datapackage.json"])["resources"]]
    assert "changes" in names
    text = files_of(here)["CHANGELOG.md"].decode()
    assert "bank: 1 × received for the first time" in text  # new figures are counted
    assert "16.100 → 15.900 IDR (dikoreksi" in text
    assert "16,100 → 15,900 IDR (corrected" in text
    assert "16.000 → 16.100" not in text  # of a version before: it is in the table


def test_changes_of_a_source_that_closes_leave_the_list(
    filled: SmallWarehouse, here: Settings
) -> None:
    """Also those that earlier versions had: the licence of today holds."""
    made(filled, here)
    load(filled, 2, 16100, "revised_by_source")
    made(filled, here)
    filled.con.execute("UPDATE ref_source SET redistribution = 'none' WHERE source_code = 'bank'")
    made(filled, here)
    found = files_of(here)
    assert "data/changes.csv" not in found
    assert not any(b"16100" in data or b"16.100" in data for data in found.values())
    assert "bank" not in found["CHANGELOG.md"].decode()


def test_a_value_that_is_again_what_it_was_is_a_new_version(
    filled: SmallWarehouse, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables are as before; that it was another value meanwhile is said."""
    tables = open_data.public_tables
    first: list[list[PublicTable]] = []

    def same(studio: Studio, gate: LicenceGate) -> Iterator[PublicTable]:
        first[:] = first or [list(tables(studio, gate))]
        return iter(first[0])

    monkeypatch.setattr(open_data, "public_tables", same)
    made(filled, here)
    load(filled, 2, 16100, "revised_by_source")
    load(filled, 3, 16000, "revised_by_source")
    assert made(filled, here)["is_new"]
    assert len(changes_in(here)) == 2
    assert not made(filled, here)["is_new"]


def test_the_changelog_stays_short(filled: SmallWarehouse, here: Settings) -> None:
    made(filled, here)
    moment = datetime(2026, 2, 2, tzinfo=UTC)
    filled.insert("ops_load", load_seq=2, recorded_at=moment)
    for n in range(60):
        row = {"source": "bank", "rate_date": date(2024, 1, 1), "base_currency": f"A{n:02}`\n",
               "quote_currency": "IDR", "rate_type": "middle"}  # fmt: skip
        filled.insert_version(RATES, **row, rate=100, load_seq=1, change_reason="first",
                              recorded_at=datetime(2026, 2, 1, tzinfo=UTC),
                              superseded_at=moment)  # fmt: skip
        filled.insert_version(RATES, **row, rate=100 + n, load_seq=2, recorded_at=moment,
                              change_reason="revised_by_source")  # fmt: skip
    made(filled, here)
    lines = files_of(here)["CHANGELOG.md"].decode().splitlines()
    named = [line for line in lines if "→" in line]
    assert len(named) == 2 * 20  # in both languages
    assert "base_currency=A59' " in named[0]
    assert "The 20 largest of 60 revisions" in "\n".join(lines)
    assert len(changes_in(here)) == 60


def test_a_licence_that_closes_takes_the_rows_out(filled: SmallWarehouse, here: Settings) -> None:
    made(filled, here)
    filled.con.execute("UPDATE ref_source SET redistribution = 'none' WHERE source_code = 'bank'")
    assert made(filled, here)["is_new"]
    assert f"data/{RATES}.csv" not in files_of(here)
    assert not any(b"16000" in data for data in files_of(here).values())


@pytest.mark.slow
@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
def test_what_ends_before_the_swap_leaves_the_version_before(
    filled: SmallWarehouse, here: Settings, monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
) -> None:  # fmt: skip
    made(filled, here)
    before = files_of(here)
    load(filled, 2, 17000, "revised_by_source")

    def end(step: str) -> None:
        raise failure

    monkeypatch.setattr(open_data, "failpoint", end)
    expected = StorageError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        made(filled, here)
    assert files_of(here) == before
    assert open_data.is_whole(here.exports / "open-data")
    monkeypatch.undo()
    assert made(filled, here)["is_new"]
    assert len(list(here.exports.glob("open-data*"))) == 2  # what was left is removed


@pytest.mark.parametrize("damage", ["changed", "missing", "note", "no_sums"])
def test_a_damaged_release_is_written_again(
    filled: SmallWarehouse, here: Settings, damage: str
) -> None:
    made(filled, here)
    before, folder = files_of(here), here.exports / "open-data"
    match damage:
        case "changed":
            (folder / "data" / f"{RATES}.csv").write_text("x")
        case "missing":
            (folder / "ckan.json").unlink()
        case "note":
            (folder / "release.json").write_text("{")
        case "no_sums":
            (folder / "SHA256SUMS").unlink()
    assert made(filled, here)["is_new"]
    assert files_of(here)[f"data/{RATES}.csv"] == before[f"data/{RATES}.csv"]
    assert open_data.is_whole(folder)


def test_a_folder_in_its_place_is_not_removed(filled: SmallWarehouse, here: Settings) -> None:
    own = here.exports / "open-data" / "mine.txt"
    own.parent.mkdir()
    own.write_text("x")
    with pytest.raises(StorageError, match="move it away"):
        made(filled, here)
    assert own.read_text() == "x"


def test_withdrawn_nothing_is_left(filled: SmallWarehouse, here: Settings) -> None:
    made(filled, here)
    open_data.withdraw(here)
    assert list(here.exports.iterdir()) == []
    open_data.withdraw(here)


def test_every_file_is_in_the_checksums(filled: SmallWarehouse, here: Settings) -> None:
    made(filled, here)
    found = files_of(here)
    named = {line.split("  ", 1)[1] for line in found.pop("SHA256SUMS").decode().splitlines()}
    assert named == found.keys()
    package = json.loads(found["datapackage.json"])
    for resource in package["resources"]:
        assert resource["bytes"] == len(found[resource["path"]])
        assert resource["parquet"] in found


def test_simulated_data_is_marked_in_every_text(filled: SmallWarehouse, here: Settings) -> None:
    made(filled, here)
    assert not any(SIMULATED.encode() in data for data in files_of(here).values())
    made(filled, replace(here, profile="sandbox"))
    found = files_of(here)
    texts = [n for n in found if n.endswith((".md", ".yaml", ".xml", ".jsonld"))]
    assert len(texts) == 5
    for name in (*texts, "datapackage.json", "ckan.json"):
        assert SIMULATED.encode() in found[name], name
    others = [n for n in found if n.endswith((".csv", ".parquet"))]
    assert all(n.startswith("data-simulasi/") for n in others)
