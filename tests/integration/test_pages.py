"""Pages of the same inputs stay as they are; whatever a reader could see makes them again."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from markupsafe import escape

from flows.run import apply_lake, publish
from reports import declared, freshness, inputs
from tests.conftest import Home
from warehouse.dictionary import described_tables

pytestmark = pytest.mark.slow
A, B = ("2026-01-05", "IDR", "16500"), ("2026-01-06", "IDR", "16600")
OLD = 1_000_000_000


@pytest.fixture
def made(pages: None, duck: Home) -> Callable[[], bool]:
    """Whether the pages were rendered since it was asked last: all, or none."""
    names = (*declared.pages(), "index")
    found = [duck.home / "reports" / f"{name}.{x}.html" for name in names for x in ("id", "en")]
    duck.load(A)

    def go() -> bool:
        ages = {path.stat().st_mtime == OLD for path in found}
        for path in found:
            assert path.read_text(encoding="utf-8").endswith("</html>")
            os.utime(path, (OLD, OLD))
        (old,) = ages
        return not old

    assert go()
    return go


def test_a_run_with_nothing_new_leaves_the_pages(made: Callable[[], bool], duck: Home) -> None:
    duck.load(A)
    assert not made()
    duck.load(A, B)
    assert made()


def test_a_new_day_a_new_version_and_another_region_make_them(
    made: Callable[[], bool], duck: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = freshness.today_of(duck.settings()).replace(year=2099)
    with monkeypatch.context() as patch:
        patch.setattr(inputs, "today_of", lambda _: tomorrow)
        duck.load(A)
    assert made()
    with monkeypatch.context() as patch:
        patch.setattr(inputs, "_code", lambda: "another")
        duck.load(A)
    assert made()
    duck.variables["PENATARAN_REGION"] = "3506"
    duck.load(A)
    assert made()


def test_a_source_that_fails_makes_them(made: Callable[[], bool], duck: Home) -> None:
    duck.load(("2026-01-05", "IDR", "no number"))
    assert made()


@pytest.mark.parametrize("harm", ["removed", "altered", "note"])
def test_a_page_that_is_not_whole_is_made(made: Callable[[], bool], duck: Home, harm: str) -> None:
    page = duck.home / "reports" / "laporan.en.html"
    if harm == "removed":
        page.unlink()
    elif harm == "altered":
        page.write_text("<p>")
    else:
        (duck.home / "state" / "pages.json").write_text('{"inputs": ')
    duck.load(A)
    assert made()


def test_a_warehouse_that_is_made_again_makes_them(made: Callable[[], bool], duck: Home) -> None:
    with duck.session() as session:
        apply_lake(session, rebuild=True)
        publish(session)
    assert made()


def test_the_dictionary_is_a_page_that_is_written_once(
    made: Callable[[], bool], duck: Home
) -> None:
    """Every column of every table in both languages; new figures leave it as it is."""
    pages = [duck.home / "reports" / f"kamus.{language}.html" for language in ("id", "en")]
    before = [page.stat().st_mtime_ns for page in pages]
    duck.load(A, B)
    assert made()
    assert [page.stat().st_mtime_ns for page in pages] == before
    text = pages[0].read_text(encoding="utf-8")
    for table in described_tables().values():
        assert f'id="{table.name}"' in text
        assert all(escape(c.description.id) in text for c in table.columns), table.name
        assert all(escape(said.id) in text for c in table.columns for _, said in c.codes)
    assert "<script" not in text
    pages[1].unlink()
    duck.load(A)
    assert pages[1].exists()
