"""The documentation names what exists."""

from __future__ import annotations

import re

import pytest
import yaml

from config.source import Source
from flows.cli.main import parser
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


def blocks(kind: str) -> list[str]:
    text = (ROOT / "docs" / "new-source.md").read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def test_example_declarations_are_valid() -> None:
    tables = [Source(code="example", **yaml.safe_load(block)).table for block in blocks("yaml")]
    assert tables == [
        "core_exchange__rates", "core_tourism__arrivals", "core_context__indicators",
    ]  # fmt: skip


def test_documentation_of_sources_is_that_of_the_declarations() -> None:
    from reports.source_pages import pages

    for name, text in pages().items():
        path = ROOT / "docs" / "sources" / name
        assert path.exists(), f"make docs writes {name}"
        assert path.read_text(encoding="utf-8") == text, f"make docs renews {name}"
    assert {p.name for p in (ROOT / "docs" / "sources").glob("*.md")} == set(pages())


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
