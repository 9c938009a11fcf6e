"""Files of declarations: what is no YAML, too large, said twice or no mapping is one error."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import contract, declarations, partner, region
from config.files import MAX_BYTES, read_yaml
from schemas.errors import ConfigurationError

pytestmark = pytest.mark.fast
ROWS = [f"{name}: &{name} [{', '.join([f'*{below}'] * 10)}]" for below, name in
        zip("abcdefgh", "bcdefghi", strict=True)]  # fmt: skip
LAUGHS = "\n".join(["a: &a [ha, ha, ha]", *ROWS])

UNREADABLE: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "the file is empty", ""),
    "a comment alone": (b"# nothing\n", "the file is empty", ""),
    "a list": (b"- a\n", "expected a mapping of keys, got a list", ", line 1"),
    "a text": (b"hello\n", "expected a mapping of keys, got a single text", ", line 1"),
    "an open bracket": (b"a: [1\nb: }", "not YAML: ", ", line 2"),
    "a tab": (b"a:\n\tb: 1\n", "not YAML: ", ", line 2"),
    "a NUL": (b"a: \0", "not YAML: ", ""),
    "another encoding": ("a: 1\nb: é".encode("latin-1"), "not UTF-8: byte 0xe9", ", line 2"),
    "UTF-16": ("a: 1".encode("utf-16"), "not UTF-8: byte 0xff at offset 0", ", line 1"),
    "10 MB": (b"a: " + b"x" * (10 << 20), f"at most {MAX_BYTES}", ""),
    "a billion laughs": (LAUGHS.encode(), "once its aliases (*name) are written out", ", line 1"),
    "itself": (b"a: &a [*a]\n", "refers to what it stands in", ", line 1"),
    "a hundred thousand brackets": (b"a: " + b"[" * 100_000, "nested too deeply", ", line 1"),
    "a hundred thousand dashes": (b"- " * 100_000, "nested too deeply", ", line 1"),
    "a key twice": (b"a: 1\nb: 2\na: 3\n", "the key 'a' stands twice", ", line 3"),
    "a key twice below": (b"a:\n  b: 1\n  'b': 2\n", "the key 'b' stands twice", ", line 3"),
    "a key that is a list": (b"? [a, b]\n: 1\n", "a key is a single text", ", line 1"),
    "two documents": (b"a: 1\n---\nb: 2\n", "not YAML: ", ", line 2"),
    "an unknown alias": (b"a: *x\n", "not YAML: found undefined alias", ", line 1"),
    "an object": (b"a: !!python/object/apply:os.system [id]\n", "not YAML: ", ", line 1"),
    "a day that no calendar has": (b"a: 2026-02-30\n", "not YAML: ", ""),
    "an octal number": (b"a: 0101\n", "YAML reads 0101 as another number", ", line 1"),
    "a number in sixties": (b"a: 12:30\n", "YAML reads 12:30 as another number", ", line 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_one_error_with_its_place(tmp_path: Path, case: str) -> None:
    content, words, line = UNREADABLE[case]
    path = tmp_path / "toy.yml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        read_yaml(path)
    assert words in caught.value.message
    assert caught.value.where == f"{path}{line}"
    assert declarations.load_all([tmp_path]).broken["toy"].message == caught.value.message
    assert partner.load_all([tmp_path]).broken["toy"].message == caught.value.message


def test_a_mark_at_the_head_is_read_over(tmp_path: Path) -> None:
    path = tmp_path / "toy.yml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_yaml(path) == {"a": 1}


def test_aliases_and_merges_of_usual_size_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "toy.yml"
    path.write_text("a: &a {b: 1}\nc: [*a, *a]\nd: {<<: *a, b: 2}\n", encoding="utf-8")
    assert read_yaml(path) == {"a": {"b": 1}, "c": [{"b": 1}, {"b": 1}], "d": {"b": 2}}


def test_a_region_names_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "codes").symlink_to(region.FOLDER / "codes")
    (tmp_path / "regions").mkdir()
    text = (region.FOLDER / "regions" / "3505.yml").read_text(encoding="utf-8")
    path = tmp_path / "regions" / "3505.yml"
    path.write_text(text.replace("WLD, JPN", "WLD, JAP").replace("groups:", "grups:"))
    monkeypatch.setattr(region, "FOLDER", tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        region.load("3505")
    assert "grups: is not a key here (did you mean groups?)" in caught.value.message
    path.write_text(text.replace("WLD, JPN", "WLD, JAP"))
    with pytest.raises(ConfigurationError, match=r"partners\.1: 'JAP' is not an area"):
        region.load("3505")


def test_a_contract_names_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (contract.FOLDER / "deals.yml").read_text(encoding="utf-8")
    (tmp_path / "deals.yml").write_text(text.replace("table:", "tabel:"), encoding="utf-8")
    monkeypatch.setattr(contract, "FOLDER", tmp_path)
    contract.load_all.cache_clear()
    with pytest.raises(ConfigurationError) as caught:
        contract.load_all()
    assert "tabel: is not a key here (did you mean table?)" in caught.value.message
    assert caught.value.where == str(tmp_path / "deals.yml")
