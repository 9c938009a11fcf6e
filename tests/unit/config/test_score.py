"""The declaration of scores: what is wrong is named with its file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import score
from config.region import load as region
from schemas.errors import ConfigurationError
from schemas.score import COMPONENTS

pytestmark = pytest.mark.fast
WORDS = "{id: a, en: b}"
TEXTS = f"title: {WORDS}, favourable: {WORDS}, unfavourable: {WORDS}"


def test_the_shipped_declaration_has_every_kind_and_words() -> None:
    found = score.load("3505")
    assert found.country == region("3505").country == "IDN"
    assert [kind for kind, _ in found.kinds] == list(COMPONENTS)
    for kind, components in found.kinds:
        assert {c.name for c in components} <= set(COMPONENTS[kind])
        assert sum(c.weight for c in components) > 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"export: {{market_size: {{weight: 0, scale: percentile, {TEXTS}}}}}",
         "export: all weights are 0"),
        (f"export: {{market_size: {{weight: -1, scale: percentile, {TEXTS}}}}}",
         "export.market_size.weight: expected 0.0 or more"),
        (f"export: {{market_sise: {{weight: 1, scale: percentile, {TEXTS}}}}}",
         "export.market_sise: 'market_sise' is not a component of export (did you mean"),
        (f"export: {{market_size: {{weight: .nan, scale: percentile, {TEXTS}}}}}",
         "export.market_size.weight: expected a finite number"),
        (f"tourism: {{visitors: {{weight: 1, scale: {{goalposts: [2, 2]}}, {TEXTS}}}}}",
         "tourism.visitors.scale.goalposts: both ends are equal"),
        (f"tourism: {{visitors: {{weight: 1, scale: {{goalposts: [2, 3]}}, direction: lower, "
         f"{TEXTS}}}}}",
         "tourism.visitors.direction"),
        ("tourism: {visitors: {weight: 1, scale: percentile, title: {id: a}}}",
         "tourism.visitors.title.en: is missing"),
        ("exprot: {}", "exprot: is not a key here (did you mean export?)"),
        ("draws: 0", "draws: expected 1 or more"),
        ("export: ", "export: expected a mapping of keys"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_key(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "default.yml").write_text(text + "\n")
    with pytest.raises(ConfigurationError) as caught:
        score._read(tmp_path, "3505", "IDN")
    score._read.cache_clear()
    assert words in caught.value.message
    assert (caught.value.code, caught.value.exit_code) == ("score", 2)
    assert caught.value.where.endswith("default.yml")


def test_a_region_has_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "3507.yml").write_text("seed: 5\n")
    (tmp_path / "default.yml").write_text("seed: 6\n")
    assert score._read(tmp_path, "3507", "IDN").seed == 5
    assert score._read(tmp_path, "3505", "IDN").seed == 6
    assert score._read(tmp_path, "3507", "IDN").identity() != score.load("3505").identity()
