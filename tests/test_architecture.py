"""The shape of the code: one way, few doors, names that resolve here."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.fast
PACKAGES = ("flows", "tasks", "warehouse", "config", "schemas", "reports", "sandbox")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def users_of(library: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if any(name.split(".")[0] == library for name in imports(path))
    }


def test_import_rules() -> None:
    found = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout


def test_no_module_imports_itself_through_others() -> None:
    """Imports inside functions count too: they hide a circle and do not open it."""
    graph = grimp.build_graph(*PACKAGES, "benchmarks", include_external_packages=False)
    imported = {m: graph.find_modules_directly_imported_by(m) for m in graph.modules}
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


def test_the_readme_draws_the_rooms_of_the_code() -> None:
    """Every folder of tasks and flows stands in the README's tables, and every module directly in
    flows; nothing there that does not exist."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rooms = {
        f"{parent}/{path.name}/"
        for parent in ("tasks", "flows")
        for path in (ROOT / parent).iterdir()
        if any(path.glob("*.py"))
    }
    named = set(re.findall(r"`((?:tasks|flows)/\w+/)`", text))
    assert named == rooms
    use_cases = {p.stem for p in (ROOT / "flows").glob("*.py")} - {"__init__"}
    row = next(line for line in text.splitlines() if line.startswith("| `flows/*.py`"))
    assert {
        name for name in re.findall(r"\w+", row.split("|")[2]) if name in use_cases
    } == use_cases


@pytest.mark.parametrize("package", PACKAGES)
def test_top_level_names_resolve_inside_the_repository(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(ROOT)


def test_requests_is_used_in_the_gateway_only() -> None:
    assert users_of("requests") == {"tasks/ask/gateway.py"}


def test_prefect_is_used_in_flows_only() -> None:
    users = users_of("prefect")
    assert "flows/orchestration/pipeline.py" in users
    assert {u for u in users if not u.startswith("flows/orchestration/")} == set()


def test_great_expectations_is_used_in_its_own_process_only() -> None:
    assert users_of("great_expectations") == {"tasks/check/gate_worker.py"}


def test_database_engines_are_used_in_the_warehouse_only() -> None:
    for library in ("sqlalchemy", "deltalake", "psycopg"):
        assert all(u.startswith(("warehouse/", "schemas/")) for u in users_of(library)), library


def test_duckdb_is_imported_in_the_warehouse_only() -> None:
    """Elsewhere it may be named for type checking, never imported at run time."""
    for path in (p for package in PACKAGES for p in (ROOT / package).rglob("*.py")):
        if not path.is_relative_to(ROOT / "warehouse"):
            tree = tree_of(path)
            typing_only = {
                id(inner)
                for node in ast.walk(tree)
                if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
                for inner in ast.walk(node)
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.Import) and id(node) not in typing_only:
                    assert all(a.name != "duckdb" for a in node.names), path


def test_source_readers_are_short_and_pure() -> None:
    for path in (ROOT / "tasks" / "read" / "sources").glob("*.py"):
        if path.name != "__init__.py":
            assert len(path.read_text().splitlines()) <= 60
            assert not imports(path) & {"requests", "prefect", "duckdb", "sqlalchemy"}


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom flows.cli.main import parser\nparser().format_help()\n"
        "heavy = {'prefect', 'duckdb', 'pandas', 'pyarrow', 'great_expectations', 'sqlalchemy', "
        "'pydantic', 'requests', 'altair', 'numpy'}\nprint(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_importing_any_module_makes_no_folder(tmp_path: Path) -> None:
    names = [
        ".".join(p.relative_to(ROOT).with_suffix("").parts)
        for package in ("config", "schemas", "tasks", "warehouse", "reports")
        for p in (ROOT / package).rglob("*.py")
        if p.name != "__init__.py"
    ]
    code = f"import importlib\nfor n in {names!r}: importlib.import_module(n)"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    assert list(tmp_path.iterdir()) == []
