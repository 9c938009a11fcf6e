"""Keys that a partner repeats, and signs that a screen would obey."""

from __future__ import annotations

import html
from pathlib import Path
from urllib.parse import quote

import pytest

from config.settings import Secret
from schemas.errors import DataError
from schemas.texts import is_formula, visible
from tasks.ask.masking import Mask, params_without_key

pytestmark = pytest.mark.fast
KEY = "k3y-C4nary/7f1e+="
MASK = Mask([Secret(KEY)])


def entities(text: str, form: str = "&#{};") -> str:
    return "".join(form.format(ord(c)) for c in text)


WRITTEN = [
    KEY, KEY.upper(), KEY.lower(), quote(KEY, safe=""), quote(KEY, safe="").lower(),
    quote(quote(KEY, safe=""), safe=""), quote(quote(quote(KEY, safe=""), safe=""), safe=""),
    "".join(f"%{ord(c):02x}" for c in KEY), entities(KEY), entities(KEY, "&#x{:X};"),
    entities(KEY, "&#{:05d};"), html.escape(entities(KEY)), quote(entities(KEY), safe=""),
    "".join(f"\\u{ord(c):04x}" for c in KEY), "".join(f"\\x{ord(c):02x}" for c in KEY),
    KEY.replace("/", "\\/"), KEY.replace("/", "&sol;").replace("=", "&equals;"),
    quote(KEY, safe="").replace("%", "&#37;"), quote(KEY, safe="").replace("%", "\\u0025"),
    entities(KEY).replace("&", "\\u0026"), KEY[:5] + quote(KEY[5:], safe=""),
    KEY.swapcase(), KEY[:6].upper() + KEY[6:], entities(KEY.swapcase()),
    "".join(f"%{ord(c):02x}" for c in KEY.swapcase()), entities(KEY, "&#{:010d};"),
    entities(KEY, "&#x{:012x};"), entities(KEY.swapcase(), "&#{:032d};"),
]  # fmt: skip


@pytest.mark.parametrize("written", WRITTEN)
def test_a_key_is_masked_however_it_is_written(written: str, tmp_path: Path) -> None:
    assert MASK.said(f"bad key '{written}'!") == "bad key '***'!"
    file = tmp_path / "body"
    file.write_text(f'{{"error":"{written}","n":1}}', encoding="utf-8")
    size = file.stat().st_size
    assert MASK.file(file)
    assert file.read_bytes() == b'{"error":"' + b"*" * len(written) + b'","n":1}'
    assert file.stat().st_size == size
    assert not MASK.file(file)


def test_a_text_is_masked_before_it_is_cut() -> None:
    for before in range(280, 300):
        assert KEY[:4] not in MASK.said("x" * before + KEY)
        assert len(MASK.said("x" * before + KEY)) <= 300


def test_a_text_that_was_cut_inside_of_a_key_keeps_nothing_of_it() -> None:
    many = KEY * 500  # masks are shorter, so the end would come into sight
    assert set(MASK.begun(many[:-3])) <= set("*…")


def test_what_has_no_key_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "body"
    file.write_bytes(b'{"a":"k3y-C4nar\\/&amp;%20","b":1}')
    assert not MASK.file(file)
    assert Mask([]).said("Jepang — 日本　ok") == "Jepang — 日本 ok"


def test_a_key_as_short_as_a_figure_changes_no_figure(tmp_path: Path) -> None:
    file = tmp_path / "body"
    file.write_bytes(b"2024,12345")
    assert not Mask([Secret("12345")]).file(file)
    assert Mask([Secret("12345")]).said("key 12345") == "key ***"


@pytest.mark.parametrize(
    "name",
    ["subscription-key", "Subscription-Key", "subscription%2Dkey", "subscription%252Dkey",
     "amp;subscription-key", "subscription&#45;key", "%73ubscription-key",
     "subscription%26%2345;key"],
)  # fmt: skip
def test_a_link_brings_no_key_back(name: str) -> None:
    query = f"page=2&{name.replace('&', '%26').replace('#', '%23').replace(';', '%3B')}=abc&x=1"
    assert params_without_key(query, "subscription-key") == {"page": "2", "x": "1"}
    assert params_without_key(f"page=2&amp;{name}=abc", "subscription-key")["page"] == "2"


def test_a_masked_value_is_not_sent_on() -> None:
    assert params_without_key("page=2&token=*****************", "") == {"page": "2"}


def test_unseen_signs_are_shown_and_words_stay() -> None:
    assert visible("a\x1b[31m\r\nb\u2028c\u202ed\u200be\x85f\ufeffg\U000e0041h\u3164i") == (
        "a\\x1b[31m\\r\\nb\\u2028c\\u202ed\\u200be\\x85f\\ufeffg\\U000e0041h\\u3164i"
    )
    for plain in ("Nilai ekspor (US$)", "日本　東京", "naïve €", "a\u00a0b"):
        assert visible(plain) == plain.replace("\u3000", " ").replace("\u00a0", " ")
    assert visible(visible("\x1b")) == visible("\x1b")


def test_no_error_holds_a_sign_that_a_screen_obeys() -> None:
    error = DataError("x", "a\u202eb\x1b", where="u\nv", hint="\u2066" + "h" * 9000)
    for text in (*error.as_dict().values(), str(error), *map(str, error.args)):
        assert str(text).isprintable()
        assert len(str(text)) < 13_000


@pytest.mark.parametrize(
    "text",
    ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "\nx", "＝1", "＋1", "－1", "＠x", " =1",
     "　＝1",
     "\u200b=1", "\ufeff=1", "\u202e=1", "﹢1", "﹣1", "﹫x", "−1", "\v1", "\u2028=1", "\u3164=1"],
)  # fmt: skip
def test_what_a_spreadsheet_could_run(text: str) -> None:
    assert is_formula(text)


@pytest.mark.parametrize("text", ["", " ", "a=1", "1-2", "'=1", "ekspor", "(1)", "１", "日本"])
def test_what_no_spreadsheet_runs(text: str) -> None:
    assert not is_formula(text)
