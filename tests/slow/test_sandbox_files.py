"""Every simulated file ends as its name says (data of all contracts, in three languages)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.settings import Settings
from flows.intake import take_in
from sandbox import files
from tasks.gate import Gate
from tests.conftest import settings_for
from tests.workbooks import reasons

pytestmark = pytest.mark.slow
SHEETS = {"id": "Alasan", "en": "Reasons", "ja": "理由"}


@pytest.mark.parametrize("language", sorted(files.SENDERS))
def test_every_file_ends_as_its_name_says(
    home: Path, tmp_path: Path, gate: Gate, unread_pages: None, language: str
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
