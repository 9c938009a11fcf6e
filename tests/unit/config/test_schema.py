"""The JSON Schema of a declaration, and the table of its keys: as current as the models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import yaml
from pydantic import BaseModel

from config import asking, columns, contract, model, partner, publishing, reading, region
from config import schema as schemas
from config import source as sources
from config.declarations import BUILT_IN
from reports import keys
from tests.conftest import TOY
from tests.test_docs import blocks
from tests.unit.config.test_mistakes import STRUCTURE, changed

pytestmark = pytest.mark.fast
VALIDATOR = jsonschema.Draft202012Validator(schemas.schema())
# What a schema cannot know: which field of which table, what stands beside what, other files.
BEYOND = {
    "an unquoted no", "values with since", "values with scale", "values with prefix", "no values",
    "unmapped without values", "as without extract", "ignore_missing alone", "no such table",
    "a table of logs", "a list of two origins", "a request and a list", "a key in two places",
    "alone without a region", "no such field", "prefix of a number",
}  # fmt: skip


def as_editors_see(value: Any) -> Any:
    """Keys of YAML are texts to an editor."""
    if isinstance(value, dict):
        return {str(k): as_editors_see(v) for k, v in value.items()}
    return [as_editors_see(v) for v in value] if isinstance(value, list) else value


def wrong(declaration: Any) -> list[str]:
    return [e.message for e in VALIDATOR.iter_errors(as_editors_see(declaration))]


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schemas.schema())


def test_the_shipped_one_is_current() -> None:
    assert schemas.PATH.read_text(encoding="utf-8") == schemas.text(), "make docs renews it"


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*.yml")), ids=lambda p: p.stem)
def test_built_in_declarations_are_valid(path: Path) -> None:
    assert wrong(yaml.safe_load(path.read_text(encoding="utf-8"))) == []


def test_examples_of_the_documentation_are_valid() -> None:
    assert [wrong(yaml.safe_load(block)) for block in blocks("yaml")] == [[], [], []]


@pytest.mark.parametrize("case", sorted(set(STRUCTURE) - BEYOND))
def test_an_editor_sees_a_mistake_of_structure(case: str) -> None:
    assert wrong(changed(TOY, STRUCTURE[case][0]))


def test_a_declaration_that_extends_another_may_leave_out_and_take_away() -> None:
    assert wrong({"extends": "ecb", "datasets": {"daily": {"start": 2020}}, "key": None}) == []
    assert wrong({"extends": "ecb", "reeder": {}})


def models() -> Iterator[type[BaseModel]]:
    for module in (asking, columns, contract, partner, publishing, reading, region, sources):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, model.Model):
                yield value


@pytest.mark.parametrize("each", sorted(set(models()), key=str), ids=lambda m: m.__name__)
def test_every_key_has_a_description(each: type[BaseModel]) -> None:
    for name, field in each.model_fields.items():
        assert field.description or field.exclude, f"{each.__name__}.{name}"


def test_the_page_has_the_keys_of_today() -> None:
    assert keys.PAGE.read_text(encoding="utf-8") == keys.page(), "make docs renews it"
    figures = keys.page(keys.FIGURES, keys.FIGURE_PARTS)
    assert keys.FIGURES.read_text(encoding="utf-8") == figures, "make docs renews it"


def within(annotation: Any) -> set[type[BaseModel]]:
    """Every model that a declaration is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}.union(*(within(f.annotation) for f in annotation.model_fields.values()))
    return set().union(*map(within, get_args(annotation)))


def test_every_key_of_a_declaration_is_on_the_page() -> None:
    on_page = {m for _, _, models in keys.PARTS for m in models}
    made = {"WorkbookReader", "Workbook", "Unpivot"}  # by the program, of contracts
    assert {m for m in within(sources.Source) if m.__name__ not in made} == on_page
    table = keys.table()
    for _, prefix, each in keys.PARTS:
        for key in (k for m in each for k in keys.keys_of(m)):
            assert f"| `{prefix}{key}` | " in table


def test_the_verb_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    from flows.cli.main import main

    assert main(["schema"]) == 0
    assert capsys.readouterr().out == schemas.text()
