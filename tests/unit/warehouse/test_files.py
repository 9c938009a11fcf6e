"""Small files of a home: whole or not there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from schemas.errors import StorageError
from warehouse.files import write_whole

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("failure", "words"),
    [(OSError(errno.ENOSPC, "No space left"), "No space left"), (OSError("odd"), "odd")],
)
def test_what_cannot_be_written_is_named_and_the_file_before_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: OSError, words: str
) -> None:
    path = tmp_path / "note.json"
    write_whole(path, "before")

    def full(_: int) -> None:
        raise failure

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=f"a file could not be written: {words}") as found:
        write_whole(path, "after")
    assert found.value.code == "file_write"
    assert found.value.where == str(path)
    assert "readers see nothing of it" in found.value.hint
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
