"""The whole of `make run` on simulated partners, twice, and its page in a browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.browser import FLAGS, browser
from tests.conftest import ROOT, rows, settings_for

# One group: the two runs are made once, by one worker.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """Two runs of one home under Prefect: the partners restate between them."""
    home = tmp_path_factory.mktemp("sandbox") / "home"
    reports = []
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    environment["PENATARAN_HOME"] = str(home)
    for _ in range(2):
        found = subprocess.run(
            [sys.executable, "-m", "flows.cli", "run", "--profile", "sandbox", "--json"],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400, check=False,
        )  # fmt: skip
        assert found.returncode == 0, found.stderr[-3000:]
        reports.append(json.loads(found.stdout))
    return home, reports


def test_first_run_fills_and_second_restates(twice: tuple[Path, list[dict[str, Any]]]) -> None:
    home, (first, second) = twice
    for report in (first, second):
        for source in report["sources"]:
            parts = ("new", "revised", "unchanged", "quarantined", "duplicates", "ignored")
            assert source["fetched"] == sum(source[p] for p in parts), source

    def total(report: dict[str, Any], name: str, code: str) -> int:
        return sum(s[name] for s in report["sources"] if s["source"] == code)

    for code in ("comtrade", "worldbank", "ecb"):
        assert total(first, "new", code) > 0
        assert total(first, "revised", code) == 0
        assert total(second, "revised", code) > 0
    assert total(first, "quarantined", "comtrade") > 0
    older = [s for s in second["sources"] if s["source"] == "comtrade" and s["period"] == "2022"]
    assert [s["status"] for s in older] == ["unchanged"]  # its signal did not change
    changed = rows(
        home,
        "SELECT count(*) FROM core_trade__flows__vintages WHERE change_reason = "
        "'revised_by_source' AND source = 'comtrade'",
    )
    assert changed[0][0] == total(second, "revised", "comtrade")


def test_every_source_fills_its_table(twice: tuple[Path, list[dict[str, Any]]]) -> None:
    from config import declarations
    from warehouse.marts import all_marts

    home, _ = twice
    for code, source in declarations.load_all().sources.items():
        found = rows(home, f"SELECT count(*) FROM {source.table} WHERE source = '{code}'")
        assert found[0][0] > 0, code
    for mart in all_marts():
        assert rows(home, f"SELECT count(*) FROM {mart}")[0][0] > 0, mart


def test_everything_is_marked_as_simulated(twice: tuple[Path, list[dict[str, Any]]]) -> None:
    import duckdb

    home, _ = twice
    con = duckdb.connect(str(home / "warehouse" / "penataran.duckdb"), read_only=True)
    unmarked = con.sql(
        "SELECT table_name FROM duckdb_tables() WHERE coalesce(comment, '') NOT LIKE "
        "'%simulated data%'"
    ).fetchall()
    con.close()
    assert unmarked == []
    pages = list((home / "reports").glob("*.html"))
    assert len(pages) >= 18
    for path in pages:
        assert "data simulasi / simulated data" in path.read_text(encoding="utf-8"), path.name


def test_page_figures_are_the_warehouses(twice: tuple[Path, list[dict[str, Any]]]) -> None:
    from reports.words import number

    home, _ = twice
    found = rows(
        home,
        "SELECT value_usd FROM mart_trade_by_partner_product WHERE frequency = 'A' AND "
        "source = 'comtrade' AND partner_area = 'JPN' AND product_code = 'TOTAL' "
        "ORDER BY period_start DESC LIMIT 1",
    )
    for language in ("id", "en"):
        page = (home / "reports" / f"laporan.{language}.html").read_text(encoding="utf-8")
        assert number(found[0][0] / 1000, language, 1) in page
        assert "<svg" in page
        # Comtrade and the ECB state no release stage, so no figure of theirs may claim one; what
        # BPS and UIS say of theirs stands there.
        name, none, final = {
            "id": ("Status data", "status tidak disebutkan", "angka tetap"),
            "en": ("Data status", "status not stated", "final"),
        }[language]
        stages = re.findall(rf"<dt>{name}:</dt><dd>([^<]*)", page)
        assert stages[:4] == [none] * 4
        assert any(final in stage for stage in stages[4:])
        # Exports to three, rates, markets, tourism compared, students, three of outcomes, three of
        # the register, sources.
        assert page.count("<table") == 14
    for path in (home / "reports").glob("*.html"):
        assert len(path.read_bytes()) <= (
            1_000_000 if path.name.startswith("kamus") else 400 * 1024
        )


@pytest.mark.parametrize("width", [390, 1100])
def test_page_opens_in_a_browser_without_script_or_request(
    twice: tuple[Path, list[dict[str, Any]]], tmp_path: Path, width: int
) -> None:
    program = browser()
    home, _ = twice
    page = home / "reports" / "laporan.id.html"
    picture = tmp_path / "page.png"
    found = subprocess.run(
        [program, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},2000",
         "--enable-logging=stderr", f"--screenshot={picture}", page.as_uri()],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert picture.stat().st_size > 20_000
    assert "CONSOLE" not in found.stderr, found.stderr
    text = page.read_text(encoding="utf-8")
    for forbidden in ("<script", "http://", "https://www", "javascript:", "onerror="):
        assert forbidden not in text.replace("http://www.w3.org/", ""), forbidden


AXE = """<script>{axe}</script><script>
axe.run().then(r => {{ document.title = "axe: " + r.passes.length + " passed, "
  + JSON.stringify(r.violations.map(v => [v.id, v.nodes[0].html])); }});
</script></body>"""


def test_axe_finds_nothing(twice: tuple[Path, list[dict[str, Any]]], tmp_path: Path) -> None:
    """Contrast, names of links and pictures, order of headings, heads of tables; in a copy of each
    page without its policy, which forbids the scripts that look."""
    program = browser()
    home, _ = twice
    axe = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    injected = AXE.format(axe=axe.replace("</script", r"<\/script"))
    for page in sorted((home / "reports").glob("*.html")):
        text = re.sub("<meta http-equiv=[^>]*>", "", page.read_text(encoding="utf-8"))
        copy = tmp_path / page.name
        copy.write_text(text.replace("</body>", injected), encoding="utf-8")
        found = subprocess.run(
            [program, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}",
             "--virtual-time-budget=60000", "--dump-dom", copy.as_uri()],
            capture_output=True, text=True, timeout=180, check=True,
        )  # fmt: skip
        assert re.search("<title>axe: [1-9][0-9]* passed, \\[\\]</title>", found.stdout), (
            page.name,
            re.findall("<title>.*</title>", found.stdout),
        )


def test_the_sheet_of_the_head_of_the_region_is_one_page_of_paper(
    twice: tuple[Path, list[dict[str, Any]]], tmp_path: Path
) -> None:
    program = browser()
    home, _ = twice
    for language in ("id", "en"):
        page = home / "reports" / f"kepala-daerah.{language}.html"
        paper = tmp_path / f"{language}.pdf"
        subprocess.run(
            [program, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--no-pdf-header-footer",
             f"--print-to-pdf={paper}", page.as_uri()],
            capture_output=True, timeout=120, check=True,
        )  # fmt: skip
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper.read_bytes())) == 1


def test_every_figure_has_rows(twice: tuple[Path, list[dict[str, Any]]]) -> None:
    """Of simulated data, which has everything: a figure without a row has a wrong query."""
    from config import region as regions
    from reports.declared import figures
    from reports.drawn import Studio
    from tasks.home import open_warehouse

    home, _ = twice
    with open_warehouse(
        settings_for(home, PENATARAN_PROFILE="sandbox")
    ).at_one_moment() as published:
        studio = Studio(published, regions.load("3505"), datetime.now(UTC).date())
        empty = {d.name for name in figures() for d in studio.draw(name) if d.is_empty}
    assert empty <= {"late"}  # all sources may be up to date


def test_published_file_shows_the_newest_load(twice: tuple[Path, list[dict[str, Any]]]) -> None:
    home, (_, second) = twice
    # Beside each of the two the folders of the simulated senders were taken in.
    assert rows(home, "SELECT count(*) FROM ops_run") == [(2 * 2,)]
    newest = rows(home, "SELECT run_id FROM ops_run ORDER BY load_seq DESC LIMIT 1")
    assert newest == [(second["run_id"],)]


def cells(path: Path) -> str:
    """The code of a notebook, in its order."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(c["source"]) for c in found if c["cell_type"] == "code")


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.ipynb")), ids=lambda p: p.stem)
def test_the_example_notebooks_run(
    twice: tuple[Path, list[dict[str, Any]]], path: Path, tmp_path: Path
) -> None:
    """Each as a program of its own, on the published file, read-only."""
    command = [sys.executable, "-"]
    if path.stem == "r":
        if shutil.which("Rscript") is None:
            pytest.skip("R is not installed (package r-base-core, and duckdb of CRAN)")
        command = ["Rscript", "-"]
    environment = {**os.environ, "PENATARAN_HOME": str(twice[0])}
    found = subprocess.run(
        command, input=cells(path), cwd=tmp_path, env=environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-3000:]


QUESTIONS = re.findall(
    r"^## (\d+)\. (.+?)\n+```sql\n(.+?)```\n\n(\S)",
    (ROOT / "docs" / "questions.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)


@pytest.mark.parametrize(("number", "title", "sql", "_answer"), QUESTIONS)
def test_each_question_is_answered_by_its_query(
    twice: tuple[Path, list[dict[str, Any]]], number: str, title: str, sql: str, _answer: str
) -> None:
    assert len(QUESTIONS) == 15
    assert " / " in title
    assert rows(twice[0], sql), f"question {number} has no answer"
