"""What a row is, and what its columns are called: records inside of records, what comes twice,
lists without records, and names with signs that nobody can see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.reading import reader_from
from schemas.errors import DataError
from tasks.read import formats
from tasks.read.formats.common import shown
from warehouse.engine import connect

pytestmark = pytest.mark.fast
RATES = (
    '<e:Envelope xmlns:e="urn:e"><e:subject>Rates</e:subject><Cube><Cube time="2026-11-27">'
    '<Cube currency="IDR" rate="18250.5"/><Cube currency="JPY" rate="171.25"/></Cube></Cube>'
    "</e:Envelope>"
)


def rows_of(folder: Path, body: str, *declared: str, **keys: Any) -> list[dict[str, str]]:
    path = folder / "answer"
    path.write_text(body, encoding="utf-8")
    con = connect(folder / "duckdb")
    try:
        raw = formats.raw_relation(con, path, reader_from(**keys), declared, (), "here")
        found = con.sql(f"SELECT * FROM ({raw.sql}) ORDER BY _row")
        names = found.columns[1:]
        return [
            {n: v for n, v in zip(names, row[1:], strict=True) if v is not None}
            for row in found.fetchall()
        ]
    finally:
        con.close()


def code_of(folder: Path, body: str, *declared: str, **keys: Any) -> str:
    with pytest.raises(DataError) as caught:
        rows_of(folder, body, *declared, **keys)
    return caught.value.code


class TestXml:
    @pytest.mark.parametrize("records", ["Cube", "Cube/Cube", "Envelope/Cube"])
    def test_a_record_inside_of_a_record_is_refused(self, tmp_path: Path, records: str) -> None:
        """The daily rates of the ECB: one of thirty was loaded, without a word."""
        assert code_of(tmp_path, RATES, format="xml", records=records) == "records_nested"

    @pytest.mark.parametrize("records", ["Cube/Cube/Cube", "Envelope/Cube/Cube/Cube"])
    def test_a_way_says_which_of_them_is_meant(self, tmp_path: Path, records: str) -> None:
        assert rows_of(tmp_path, RATES, format="xml", records=records) == [
            {"@currency": "IDR", "@rate": "18250.5", "Cube@time": "2026-11-27"},
            {"@currency": "JPY", "@rate": "171.25", "Cube@time": "2026-11-27"},
        ]

    def test_the_hint_has_a_way_that_works(self, tmp_path: Path) -> None:
        with pytest.raises(DataError) as caught:
            rows_of(tmp_path, RATES, format="xml", records="Cube/Cube")
        way = caught.value.hint.rpartition(" ")[2]
        assert len(rows_of(tmp_path, RATES, format="xml", records=way)) == 2

    def test_what_comes_twice_has_a_column_of_its_own(self, tmp_path: Path) -> None:
        body = (
            '<l c="1"><l c="2"><r id="5"><buyer><name id="7">A</name></buyer><name id="8">B</name>'
            "<n>same</n><n>same</n><p>1</p><p>2</p><p>3</p></r></l></l>"
        )
        assert rows_of(tmp_path, body, format="xml", records="r") == [
            {"l@c": "2", "l@c.2": "1", "@id": "5", "name@id": "7", "name@id.2": "8", "name": "A",
             "name.2": "B", "n": "same", "p": "1", "p.2": "2", "p.3": "3"}
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("body", "records", "outcome"),
        [
            ("<error><code>5</code></error>", "item", "records_missing"),
            ("<list/>", "item", "records_missing"),
            ("<list/>", "list/item", "no rows"),
            ("<a><list count='0'/></a>", "a/list/item", "no rows"),
            ("<error/>", "list/item", "records_missing"),
            ("<s><x:element xmlns:x='urn:x' name='item'/><diffgram/></s>", "item", "no rows"),
        ],
    )
    def test_an_empty_list_is_told_apart_from_another_document(
        self, tmp_path: Path, body: str, records: str, outcome: str
    ) -> None:
        keys = {"format": "xml", "records": records}
        if outcome == "no rows":
            assert rows_of(tmp_path, body, **keys) == []
        else:
            assert code_of(tmp_path, body, **keys) == outcome


class TestJson:
    def test_a_list_inside_of_rows_by_the_same_name_is_refused(self, tmp_path: Path) -> None:
        body = '{"data": [{"a": "1", "data": [{"a": "2"}]}]}'
        assert code_of(tmp_path, body, "a", format="json", records="data") == "records_nested"

    def test_a_value_by_the_same_name_is_a_column(self, tmp_path: Path) -> None:
        body = '{"value": [{"a": "1", "value": 5}, {"a": "2", "value": null}]}'
        for declared in (("a",), ("a", "value")):
            assert len(rows_of(tmp_path, body, *declared, format="json", records="value")) == 2

    @pytest.mark.parametrize("body", ["[{}]", "[{}, {}]", "[5]", "[[]]"])
    def test_records_without_fields_are_refused(self, tmp_path: Path, body: str) -> None:
        assert code_of(tmp_path, body, "a", format="json") == "records_malformed"

    def test_a_list_of_nothing_has_no_rows(self, tmp_path: Path) -> None:
        assert rows_of(tmp_path, "[]", "a", format="json") == []

    def test_one_record_without_fields_is_no_list(self, tmp_path: Path) -> None:
        keys = {"format": "json", "records": "r", "one_is_list": True}
        assert code_of(tmp_path, '{"r": {}}', "a", **keys) == "records_malformed"
        assert code_of(tmp_path, "{}", "a", **keys) == "records_missing"

    def test_a_field_that_comes_twice_is_refused(self, tmp_path: Path) -> None:
        body = '[{"a": "1", "v": "5"}, {"a": "2", "v": "5", "v": "6"}]'
        assert code_of(tmp_path, body, "a", "v", format="json") == "column_doubled"


class TestJsonStat:
    HEAD = '{"version": "2.0", "class": "dataset", "id": ["t"], "size": [2], "dimension": {"t": '
    HEAD += '{"category": {"index": ["2022", "2023"]}}}, "value": '

    @pytest.mark.parametrize(
        ("values", "rows"), [("[5, 6]", 2), ("[5, null]", 1), ('{"1": 6}', 1), ("{}", 0)]
    )
    def test_cells_that_are_there(self, tmp_path: Path, values: str, rows: int) -> None:
        assert len(rows_of(tmp_path, f"{self.HEAD}{values}}}", format="json-stat")) == rows

    @pytest.mark.parametrize("values", ["[]", "[5]", "[5, 6, 7]"])
    def test_a_list_of_another_length_is_refused(self, tmp_path: Path, values: str) -> None:
        assert code_of(tmp_path, f"{self.HEAD}{values}}}", format="json-stat") == "size_mismatch"


class TestNames:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("tahun", "tahun"),
            ("kode HS", "kode HS"),
            ("年", "年"),
            ("\ufefftahun", "\\ufefftahun (begins with a byte-order mark)"),
            ("tahun\u200b", "tahun\\u200b (ends with a zero-width space)"),
            ("ta\u00a0hun", "ta\\xa0hun (contains a no-break space)"),
            ("tahun ", "tahun  (ends with a space)"),
            (" tahun", " tahun (begins with a space)"),
            ("ta\x00hun", "ta\\x00hun (contains a sign that cannot be seen)"),
            ("ta\u202ehun", "ta\\u202ehun (contains a sign that cannot be seen)"),
            ("cafe\u0301", "cafe\u0301 (not in form NFC)"),
        ],
    )
    def test_what_cannot_be_seen_is_written_out(self, name: str, text: str) -> None:
        assert shown(name) == text

    def test_a_missing_and_a_new_column_that_look_alike(self) -> None:
        with pytest.raises(DataError) as caught:
            formats.check_columns(["\ufefftahun", "nilai"], ["tahun", "nilai"], (), (), "here")
        assert caught.value.message == (
            "columns missing: tahun; new columns: \\ufefftahun (begins with a byte-order mark)"
        )

    def test_columns_of_a_wide_table_too(self, tmp_path: Path) -> None:
        wide = {"id_columns": ["tahun"], "names_to": "n", "values_to": "v"}
        path = tmp_path / "wide"
        path.write_text("\u200btahun,a\n2023,5\n", encoding="utf-8")
        with pytest.raises(DataError, match=r"\\u200btahun \(begins with a zero-width space\)"):
            formats.read_csv(path, reader_from(format="csv", wide=wide), "here")
