"""Files of the open data: CSV and Parquet of a table for the public. Pure but for pyarrow.

CSV holds what the table holds, character by character. A text that a spreadsheet would take for a
formula stays as it is: the file is for programs, and a changed text would be another value. The
workbook and `query --format xlsx` are for spreadsheets; there texts are typed as texts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

from reports.public_tables import PublicColumn, PublicTable
from schemas.marks import SIMULATED

if TYPE_CHECKING:
    import pyarrow as pa

MOST_DIGITS = 76


def csv_bytes(table: PublicTable) -> bytes:
    """UTF-8, a heading, days and moments of ISO 8601, decimal points; an empty cell is unknown."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([c.name for c in table.columns])
    writer.writerows([text_of(value) for value in row] for row in table.rows)
    return out.getvalue().encode()


def text_of(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
    return str(value)


def parquet_bytes(table: PublicTable, *, simulated: bool) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    cells = zip(*table.rows, strict=True)
    arrays = [_array(column, list(values))
              for column, values in zip(table.columns, cells, strict=True)]  # fmt: skip
    fields = [
        pa.field(c.name, a.type, metadata={"description_id": c.description.id,
                                           "description_en": c.description.en, "unit": c.unit})
        for c, a in zip(table.columns, arrays, strict=True)
    ]  # fmt: skip
    note = {"title_id": table.title.id, "title_en": table.title.en}
    if simulated:
        note["penataran_notice"] = SIMULATED
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=note)), out)
    return out.getvalue()


def _array(column: PublicColumn, values: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    match column.type:
        case "number":
            return pa.array([_exact(v, column.digits[1]) for v in values],
                            pa.decimal128(*column.digits))  # fmt: skip
        case "string":
            return pa.array([None if v is None else text_of(v) for v in values], pa.string())
    types = {"integer": pa.int64(), "boolean": pa.bool_(), "date": pa.date32(),
             "datetime": pa.timestamp("us", tz="UTC")}  # fmt: skip
    return pa.array(values, types[column.type])


def _exact(value: Any, digits: int) -> Decimal | None:
    if value is None:
        return None
    with localcontext(prec=MOST_DIGITS):
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits))
