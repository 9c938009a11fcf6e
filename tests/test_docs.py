"""The documentation names what exists."""

from __future__ import annotations

import ast
import re
import shlex
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from config.declarations import load_all
from config.source import Source
from flows.cli.main import parser
from tests.conftest import ROOT
from tests.test_architecture import PACKAGES

pytestmark = pytest.mark.fast
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), (page.name, target)


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text())):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def verbs_of(top: ArgumentParser, before: str = "") -> dict[str, ArgumentParser]:
    """Every verb by its full name, actions of verbs too: `quarantine list`."""
    found: dict[str, ArgumentParser] = {}
    for choices in (a.choices for a in top._actions if isinstance(a, _SubParsersAction)):
        for name, verb in choices.items():
            full = f"{before}{name}"
            found |= verbs_of(verb, f"{full} ") or {full: verb}
    return found


VERBS = verbs_of(parser())


def shell_lines(block: str) -> Iterator[list[str]]:
    """Commands of a code block as their words; a quoted text may go over several lines."""
    waiting = ""
    for line in block.splitlines():
        waiting += line
        try:
            yield shlex.split(waiting.replace("\\\n", " "), comments=True)
        except ValueError:  # a quotation is open
            waiting += "\n"
        else:
            waiting = ""
    assert not waiting, f"not a whole command: {waiting}"


def commands(text: str) -> Iterator[list[str]]:
    """Arguments of every `penataran` of a page, in code blocks and inline."""
    fenced = re.findall(r"```(?:sh|console)\n(.*?)```", text, re.DOTALL)
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    inline = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]
    for block in (*fenced, *inline):
        if "penataran " in block:
            for line in shell_lines(block):
                names = [i for i, w in enumerate(line) if Path(w).name == "penataran"]
                for start in names:
                    rest = line[start + 1 :]
                    yield rest[
                        : next((i for i, w in enumerate(rest) if w in ("|", ";", "&&", ">")), None)
                    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_command_of_the_documentation_works(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It parses as it stands. A verb alone names the verb; capitals stand for any value."""
    for arguments in commands(page.read_text(encoding="utf-8")):
        name = " ".join(arguments)
        if name in VERBS or name == "quarantine" or arguments[0] == "VERB":
            continue
        try:
            parser().parse_args(arguments)
        except SystemExit:
            pytest.fail(f"{page.name}: penataran {name}: {capsys.readouterr().err}")


def test_every_verb_and_option_is_documented() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    shown = {" ".join(c[:n]) for c in commands(text) for n in (1, 2)}
    assert set(VERBS) <= shown
    options = {o for v in (parser(), *VERBS.values()) for a in v._actions for o in a.option_strings}
    assert {o for o in options if o.startswith("--") and o not in text} == set()


CONTRACT = (
    "PENATARAN_HOME", "PENATARAN_WAREHOUSE_URL", "PENATARAN_SOURCES_PATH",
    "PENATARAN_HOST_<PROVIDER>", "COMTRADE_API_KEY", "BPS_API_KEY", "ESTAT_APP_ID",
    "PENATARAN_HASH_KEY", "PENATARAN_REGION", "PENATARAN_LANGUAGE", "PENATARAN_ENV",
)  # fmt: skip
ENVIRONMENT = re.compile(r"\b(environ|env|environment|settings|_environment)\b")


def read_variables(path: Path) -> Iterator[str]:
    """Environment variables that a module reads, and every one of ours that it names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Constant(value=str(text)) if "tests" not in path.parts:
                yield from re.findall(r"\bPENATARAN_[A-Z]+(?:_[A-Z]+)*", text)
            case (
                ast.Call(
                    func=ast.Attribute(value=owner, attr="get" | "secret"),
                    args=[ast.Constant(value=str(name)), *_],
                )
                | ast.Subscript(value=owner, slice=ast.Constant(value=str(name)), ctx=ast.Load())
            ):
                if ENVIRONMENT.search(ast.unparse(owner)) and name.isupper():
                    yield name


def test_every_environment_variable_is_documented() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*", text))
    read = {
        name
        for package in (*PACKAGES, "tests", "benchmarks")
        for path in (ROOT / package).rglob("*.py")
        for name in read_variables(path)
        if package in PACKAGES or name.startswith("PENATARAN_")
    }
    read |= {s.key.variable for s in load_all(()).sources.values() if s.key}
    assert {"PENATARAN_HOME", "FAILPOINT", "BPS_API_KEY", "PREFECT_API_URL"} <= read
    assert {n for n in read if not n.startswith("PENATARAN_HOST")} - documented == set()
    assert [name for name in CONTRACT if f"`{name}`" not in text and name not in documented] == []


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
