"""Marts that SQL cannot hold: queries for what they read, and one pure function from there.

Both databases hand over the same Arrow tables and take the same one back, so that the function
knows neither. Numbers leave as exact decimals, rounded once.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from schemas.score import Score
from schemas.sql import literal
from warehouse.indicators.reasons import Floats

if TYPE_CHECKING:
    import duckdb
    import psycopg
    import pyarrow as pa

MONEY = "DECIMAL(24,4)"
RATE = "DECIMAL(24,10)"
NUL = "\\N"
SPECIAL, BACKSLASHED = re.compile(r'(["\\])'), r"\\\1"  # in a PostgreSQL array
Columns = Mapping[str, Any]
"""Values by column, each as long as the others: numpy arrays, or Arrow's."""


@dataclass(frozen=True)
class Calculation:
    """A mart as a file `mart_*.py` declares it.

    `inputs` are SQL by name, the same for both databases: every number is cast, so that its type is
    the same; `{country}` stands for the region's country. `columns` are SQL types by name. `make`
    takes the inputs as Arrow tables, in any order of rows, and answers with the columns: NaN, None
    and the empty text become NULL, and numbers are rounded to the column's decimals.
    """

    title_id: str
    title_en: str
    key: tuple[str, ...]
    behind: tuple[tuple[str, str], ...]
    inputs: Mapping[str, str]
    columns: Mapping[str, str]
    make: Callable[[Mapping[str, pa.Table], Score], Columns]
    reads: tuple[str, str] | None = None
    """a table and a condition of its rows (`c.`): without another such row it stays as it is"""
    among: tuple[tuple[str, str], ...] = ()
    """rows of the set that a figure is taken over, as `behind`"""
    by_score: bool = False
    """whether it is made of what configuration says of scores"""

    @property
    def sql(self) -> str:
        """All that it reads, for its lineage."""
        return ";\n".join(self.inputs.values())

    def queries(self, score: Score) -> dict[str, str]:
        """The inputs, with the region's country where they name it (`{country}`)."""
        country = literal(score.country)
        return {name: sql.replace("{country}", country) for name, sql in self.inputs.items()}

    def declared(self) -> str:
        """Its columns, as a CREATE TABLE lists them."""
        return ", ".join(f"{name} {kind}" for name, kind in self.columns.items())

    def run(self, tables: Mapping[str, pa.Table], score: Score) -> pa.Table:
        """The mart as an Arrow table of the declared columns."""
        import pyarrow as pa

        found = self.make(tables, score)
        if list(found) != list(self.columns):
            raise AssertionError(f"{self.title_en}: columns {list(found)}")
        arrays = [stored(found[name], kind) for name, kind in self.columns.items()]
        return pa.table(arrays, names=list(self.columns))


def arrow_type(kind: str) -> pa.DataType:
    """The Arrow type of a declared column."""
    import pyarrow as pa

    if kind.startswith("DECIMAL("):
        digits, scale = kind.removeprefix("DECIMAL(").rstrip(")").split(",")
        return pa.decimal128(int(digits), int(scale))
    types = {"VARCHAR": pa.string(), "DATE": pa.date32(), "BIGINT": pa.int64(),
             "BOOLEAN": pa.bool_(), "TIMESTAMPTZ": pa.timestamp("us", tz="UTC")}  # fmt: skip
    return types[kind]


def stored(values: Any, kind: str) -> pa.Array:
    """Values as they are stored."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = arrow_type(kind)
    if isinstance(values, pa.ChunkedArray | pa.Array):
        return values.cast(wanted)
    if kind.startswith("DECIMAL(") or kind == "BIGINT":
        numbers = np.asarray(values, dtype=float)
        exact = pa.array(np.where(np.isfinite(numbers), numbers, np.nan), from_pandas=True)
        return pc.cast(exact, wanted)
    array = pa.array(values, type=wanted)
    return pc.if_else(pc.equal(array, ""), None, array) if kind == "VARCHAR" else array


# --- what the functions read ---


def floats(table: pa.Table, name: str) -> Floats:
    """A column of numbers; NaN where there is none."""
    import pyarrow as pa

    return np.asarray(table[name].cast(pa.float64()).to_numpy(), dtype=float)


def coded(table: pa.Table, name: str) -> tuple[npt.NDArray[np.intp], npt.NDArray[Any]]:
    """A column as places in the sorted list of its values, and that list. Order is that of
    Unicode's numbers on every database. No value is an empty text in a column of texts."""
    import pyarrow as pa

    column = table[name].combine_chunks()
    if pa.types.is_string(column.type):
        column = column.fill_null("")
    if isinstance(column, pa.ChunkedArray):  # of a table without rows
        column = pa.concat_arrays(column.chunks) if column.num_chunks else column.combine_chunks()
    encoded = column.dictionary_encode()
    names = encoded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names), dtype=np.intp)
    place[order] = np.arange(len(names))
    listed = np.empty(len(names), dtype=object)
    listed[:] = [names[i] for i in order]
    return place[np.asarray(encoded.indices, dtype=np.intp)], listed


def grouped(
    table: pa.Table, names: Sequence[str]
) -> tuple[npt.NDArray[np.intp], list[tuple[Any, ...]]]:
    """The group of each row by some columns, and the groups' values in order."""
    codes = np.zeros(table.num_rows, dtype=np.intp)
    parts = []
    for name in names:
        places, listed = coded(table, name)
        codes = codes * max(1, len(listed)) + places
        parts.append((places, listed))
    _, first, group = np.unique(codes, return_index=True, return_inverse=True)
    values = [tuple(listed[places[row]] for places, listed in parts) for row in first]
    return group.astype(np.intp), values


# --- DuckDB ---


def from_duck(con: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    """The rows of a query."""
    return _same(con.sql(sql).to_arrow_table())


def into_duck(con: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """Make a table of these rows, in place of an earlier one."""
    con.register("calculated_rows", rows)
    try:
        con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM calculated_rows")
    finally:
        con.unregister("calculated_rows")


def _same(found: pa.Table) -> pa.Table:
    """The types that both databases have; a number without decimals of its own is refused."""
    import pyarrow as pa

    fields = []
    for field in found.schema:
        kind = field.type
        if pa.types.is_integer(kind):
            kind = pa.int64()
        elif pa.types.is_timestamp(kind):
            kind = pa.timestamp("us", tz="UTC")
        elif pa.types.is_floating(kind):
            raise AssertionError(f"{field.name} is not an exact number: cast it")
        fields.append(pa.field(field.name, kind))
    return found.cast(pa.schema(fields))


# --- PostgreSQL ---


def from_postgres(con: psycopg.Connection[Any], sql: str) -> pa.Table:
    """The rows of a query, by COPY."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    head = con.execute(f"SELECT * FROM (\n{sql}\n) AS input LIMIT 0".encode()).description or ()
    names = [column.name for column in head]
    types = {c.name: _postgres_type(c.name, c.type_display) for c in head}
    with (
        con.cursor() as cursor,
        cursor.copy(f"COPY (\n{sql}\n) TO STDOUT (FORMAT csv, NULL '{NUL}')".encode()) as sent,
    ):
        rows = b"".join(bytes(part) for part in sent)
    if not rows:
        return pa.table({n: pa.array([], type=t) for n, t in types.items()})
    return arrow_csv.read_csv(
        io.BytesIO(rows),
        read_options=arrow_csv.ReadOptions(column_names=names),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=types,
            null_values=[NUL],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )


def _postgres_type(name: str, shown: str) -> pa.DataType:
    import pyarrow as pa

    if shown.startswith("numeric("):
        digits, scale = shown.removeprefix("numeric(").rstrip(")").split(",")
        return pa.decimal128(int(digits), int(scale))
    types = {"text": pa.string(), "varchar": pa.string(), "bpchar": pa.string(),
             "date": pa.date32(), "bool": pa.bool_(), "int8": pa.int64(), "int4": pa.int64(),
             "int2": pa.int64(), "timestamptz": pa.timestamp("us", tz="UTC")}  # fmt: skip
    kind = shown.split("(")[0]
    if kind not in types:
        raise AssertionError(f"{name} is of type {shown}: cast it")
    return types[kind]


def into_postgres(con: psycopg.Connection[Any], name: str, rows: pa.Table) -> None:
    """Add rows to a table of these columns, by COPY."""
    from pyarrow import csv as arrow_csv

    text = io.BytesIO()
    arrow_csv.write_csv(rows, text, arrow_csv.WriteOptions(include_header=False))
    with (
        con.cursor() as cursor,
        cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv, NULL '')".encode()) as sent,
    ):
        sent.write(text.getvalue())


def as_select(calculation: Calculation, rows: pa.Table | None) -> str:
    """The mart's rows as a SELECT for PostgreSQL, whose readers may make no table; without rows the
    same columns."""
    arrays, columns = [], []
    for name, kind in calculation.columns.items():
        text = "{}" if rows is None else _array_text(rows[name])
        arrays.append(f"CAST({literal(text)} AS {kind}[])")
        columns.append(f"CAST({name} AS {kind}) AS {name}")  # an array forgets its decimals
    names = ", ".join(calculation.columns)
    return f"SELECT {', '.join(columns)} FROM unnest({', '.join(arrays)}) AS r({names})"


def _array_text(column: pa.ChunkedArray) -> str:
    """A column as PostgreSQL writes an array."""
    texts = ("NULL" if v is None else _quoted(v) for v in column.to_pylist())
    return f"{{{','.join(texts)}}}"


def _quoted(value: Any) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    return f'"{SPECIAL.sub(BACKSLASHED, str(value))}"'
