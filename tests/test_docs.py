"""The documentation names what exists."""

from __future__ import annotations

import re

import pytest
import yaml

from config.source import Source
from flows.cli import parser
from tests.conftest import ROOT

pytestmark = pytest.mark.fast
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: object) -> None:
    from pathlib import Path

    path = Path(str(page))
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), (path.name, target)


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text())):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_verb_of_the_documentation_exists() -> None:
    verbs = next(a for a in parser()._actions if a.dest == "verb").choices
    assert verbs is not None
    for page in PAGES:
        for verb in re.findall(r"penataran ([a-z][a-z-]+)", page.read_text(encoding="utf-8")):
            assert verb in verbs, (page.name, verb)


def test_example_declaration_is_valid() -> None:
    text = (ROOT / "docs" / "new-source.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert Source(code="bank", **yaml.safe_load(block)).table == "core_exchange__rates"


def test_every_test_file_named_in_the_documentation_exists() -> None:
    names = {p.name for p in (ROOT / "tests").rglob("test_*.py")}
    for page in PAGES:
        for name in re.findall(r"test_\w+\.py", page.read_text(encoding="utf-8")):
            assert name in names, (page.name, name)


def test_reason_of_every_dependency_is_written_down() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "docs" / "decisions" / "0004-dependencies.md").read_text(encoding="utf-8")
    for dependency in project["dependencies"]:
        name = re.split(r"[\[<>=]", dependency)[0]
        assert name in text, name
