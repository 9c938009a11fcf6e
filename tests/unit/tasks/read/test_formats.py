"""The JSON cut: string-aware, exact, and a proof that the document is whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.reading import reader_from
from schemas.errors import DataError
from tasks.read.formats import envelope_of, provider_error, read_json
from warehouse.engine import connect

pytestmark = pytest.mark.fast
READER = reader_from(format="json", records="data")
AWKWARD = st.text(alphabet=st.sampled_from(list('[]{}",:\\ \n\téж"日a1')), max_size=12)
ROW = st.dictionaries(st.sampled_from(["a", "b", "c"]), AWKWARD | st.none(), max_size=3)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.lists(ROW, max_size=4), before=AWKWARD, after=st.lists(AWKWARD, max_size=3))
def test_any_document_is_cut_exactly(
    tmp_path: Path, data: list[dict[str, str | None]], before: str, after: list[str]
) -> None:
    whole = {"x": before, "nested": [[before]], "data": data, "after": after, "error": ""}
    path = write(tmp_path / "doc", json.dumps(whole, ensure_ascii=False))
    assert envelope_of(path, READER, "here") == {**whole, "data": []}
    con = connect(tmp_path / "duckdb")
    if data and not any(data):
        with pytest.raises(DataError, match="no objects with fields"):
            read_json(con, path, READER, {"a", "b", "c"}, (), "here")
        con.close()
        return
    found = read_json(con, path, READER, {"a", "b", "c"}, (), "here")
    columns = [c for c in ("a", "b", "c") if c in found.columns]
    rows = con.execute(f"SELECT * FROM ({found.sql}) ORDER BY _row").fetchall() if columns else []
    con.close()
    if columns:
        names = found.columns
        assert [dict(zip(names, r[1:], strict=True)) for r in rows] == [
            {n: row.get(n) for n in names} for row in data
        ]


@pytest.mark.parametrize("cut", range(1, 60, 3))
def test_a_document_cut_anywhere_is_refused(tmp_path: Path, cut: int) -> None:
    text = json.dumps({"data": [{"a": "1"}, {"a": "2]}"}], "tail": {"n": [1, 2]}})
    path = write(tmp_path / "doc", text[:-cut])
    con = connect(tmp_path / "duckdb")

    def whole() -> None:
        found = read_json(con, path, READER, {"a"}, (), "here")
        con.execute(found.sql).fetchall()

    with pytest.raises(DataError):
        whole()
    con.close()


def test_error_inside_an_ordinary_answer() -> None:
    reader = reader_from(format="json", records="1", errors=[{"path": "0.m"}])
    assert provider_error([{"m": "bad"}], reader) == "bad"
    assert provider_error([{"page": 1}, []], reader) is None


def test_deeply_nested_answer_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "doc", '{"x":' + "[" * 100_000 + "]" * 100_000 + ',"data":[]}')
    with pytest.raises(DataError):
        envelope_of(path, READER, "here")
