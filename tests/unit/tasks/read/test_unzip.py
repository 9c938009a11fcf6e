"""X05, S09: of a zip only the declared member is unpacked, in place of the archive."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from schemas.errors import DataError
from tasks.read.formats.csv_rows import unzip

pytestmark = pytest.mark.fast


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return path


def test_a_member_that_leads_out_of_the_folder_is_not_unpacked(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    path = archive(spool / "a.zip", {"../../evil.csv": b"x", "data.csv": b"a,b\n1,2\n"})
    unzip(path, "data.csv", "here")
    assert path.read_bytes() == b"a,b\n1,2\n"
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["a.zip"]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"other.csv": b"a"}, "member_missing"),
        ({"data.csv": b"0" * 5_000_000}, "zip_bomb"),
    ],
)
def test_an_archive_that_is_not_as_declared_is_refused(
    tmp_path: Path, members: dict[str, bytes], code: str
) -> None:
    path = archive(tmp_path / "a.zip", members)
    with pytest.raises(DataError) as fault:
        unzip(path, "data.csv", "here")
    assert fault.value.code == code


def test_a_cut_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"data.csv": b"a,b\n"})
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DataError) as fault:
        unzip(path, "data.csv", "here")
    assert fault.value.code == "bad_zip"
