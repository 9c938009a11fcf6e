"""Every simulated file ends as its name says (data of all contracts, in three languages)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config import contract as contracts
from config.settings import Settings
from flows.inbox import take_in_folders
from flows.intake import take_in
from sandbox import files
from tasks.check.gate import Gate
from tests.conftest import rows, settings_for
from tests.workbooks import reasons

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("marts")]
SHEETS = {"id": "Alasan", "en": "Reasons", "ja": "理由"}


def test_the_sandbox_fills_every_table_of_the_register(
    tmp_path: Path, gate: Gate, unread: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.inbox.SETTLE_SECONDS", 0.0)
    settings = settings_for(tmp_path / "home", PENATARAN_PROFILE="sandbox")
    today = datetime.now(UTC).date()
    files.write_clean(settings.home / "inbox", today)
    for found in take_in_folders(settings, gate).values():
        assert {(r.status, r.refused) for r in found} == {("loaded", 0)}
    files.write_clean(settings.home / "inbox", today)  # the next run of the sandbox
    for found in take_in_folders(settings, gate).values():
        assert {r.status for r in found} == {"unchanged"}
    marts = ("mart_cooperation_status", "mart_promotion_conversion", "mart_exchange_reciprocity")
    for name in [*(c.table for c in contracts.load_all().values()), *marts]:
        sql = f"SELECT count(*) FROM {name}"
        assert rows(settings.home, sql)[0][0] > 0, name
    hidden = "SELECT count(*) FROM core_exchange__programmes WHERE value_status = 'suppressed'"
    assert rows(settings.home, hidden)[0][0] > 0


@pytest.mark.parametrize("language", sorted(files.SENDERS))
def test_every_file_ends_as_its_name_says(
    home: Path, tmp_path: Path, gate: Gate, unread: None, language: str
) -> None:
    settings: Settings = settings_for(home, PENATARAN_PARTNERS_PATH=str(files.PARTNERS))
    today = datetime.now(UTC).date()
    paths = list(files.write_for(tmp_path, language, today))
    assert len(paths) == 6 * len(files.ROWS)
    results, _ = take_in(
        settings, paths, sender=files.SENDERS[language], dry_run=True, gate=gate,
        answers=tmp_path / "answers",
    )  # fmt: skip
    wrong = []
    for path, result in zip(paths, results, strict=True):
        code, _, kind, _ = path.name.split(".")
        refused = int((re.findall(r"dirty-(\d)", kind) or ["0"])[0])
        expected = {"refused": "refused", "stopped": "stopped"}.get(kind, "checked")
        if (result.status, result.refused) != (expected, refused) or code not in result.contract:
            wrong.append((path.name, result))
        elif refused:
            listed = reasons(result, SHEETS[language])
            assert len({r[0] for r in listed}) == refused, path.name
            assert all(r[3] for r in listed), path.name
    assert wrong == []
