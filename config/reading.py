"""How bytes become rows, and how the text of a row becomes values."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from config.model import Model, Text, TextList, TextMap
from schemas.model import VALUE_STATUSES


class ErrorPath(Model):
    """An error inside an answer with status 200: present at `path` and not among `ok`."""

    path: str
    ok: TextList = ()


class Wide(Model):
    """A table with one column per code, turned into rows. `columns` is a pattern of the
    columns that are turned; without it all but `id_columns` are."""

    id_columns: TextList
    columns: str = ""
    names_to: str
    values_to: str

    @model_validator(mode="before")
    @classmethod
    def _one_column(cls, raw: Any) -> Any:
        """Declarations kept by older versions name one column."""
        if isinstance(raw, dict) and "id_column" in raw:
            raw = {**raw, "id_columns": [raw["id_column"]]}
            del raw["id_column"]
        return raw


class Unpivot(Model):
    """Columns that become rows: months, series. `columns` is a pattern of folded headings; a
    heading goes to field or part `into`, its cell to `value`."""

    columns: str
    into: str
    value: str


class Workbook(Model):
    """How a partner's file is read: what `config.contract` makes of a contract."""

    headings: TextMap  # field by folded heading
    required: TextList
    fields: TextMap  # how each field's cells are read, in order
    labels: dict[str, TextMap] = {}
    defaults: TextMap = {}
    hidden: TextList = ()  # fields whose unreadable cells are not repeated: counts of people
    locale: Literal["id", "en", "ja"] | None = None
    encoding: str | None = None
    sheets: TextList = ()  # patterns of the sheets that are read; none: all
    header_rows: tuple[int, ...] = ()  # from 1; none: found by what they say
    first_row: int | None = None  # of the data, where it does not follow the header
    leave_out: TextList = ()  # folded headings of columns that nobody needs
    constants: TextMap = {}
    compose: TextMap = {}  # field put together from parts: "{bulan} {tahun}"
    factors: TextMap = {}  # units: thousand yen is 1000
    drop: TextMap = {}  # part by pattern: rows that are subtotals
    shift_months: int = 0  # of period_start: -2 where a quarter is named by its last month
    unpivot: Unpivot | None = None

    @property
    def keeps_raw(self) -> bool:
        """Whether a file's own bytes may be kept: not where organisations stand by name."""
        return "reference" not in self.fields.values()


class Reader(Model):
    """How bytes become rows of text. `module` names a reader in tasks/read/sources."""

    format: Literal[
        "json", "csv", "workbook", "xml", "html", "xlsx", "sdmx-ml", "sdmx-json", "json-stat"
    ]
    records: str = ""  # json: path of the list; xml: name of the element; html, xlsx: a heading
    sheet: str = ""  # xlsx: pattern of the sheet's name
    one_is_list: bool = False  # json: a list of one is written as the object alone (e-Stat)
    count: str | None = None
    errors: tuple[ErrorPath, ...] = ()
    null_is_empty: bool = False
    empty: ErrorPath | None = None  # json: an answer that says it holds nothing
    encoding: str = "utf-8"
    delimiter: str = ","
    skip_lines: int = 0
    trailing_delimiter: bool = False
    labelled: bool = False  # csv: after a code's column comes its name's (SDMX, csvfilewithlabels)
    page: TextMap = {}  # html: columns from the page's own text, each by a pattern's first group
    member: str | None = None
    wide: Wide | None = None
    workbook: Workbook | None = None
    module: str | None = None


class Column(Model):
    """Where one column of the source goes, and how its text becomes a value.

    `extract` keeps the groups of a pattern, as `as` puts them together; a text that does not
    match stays whole, and is refused by whatever checks it. `fold` looks a name up without
    regard to case. `divide_by` names the column that says for how many units a value stands,
    `power` the one with its power of ten (UNIT_MULT of SDMX); with a `?` after its name an answer
    that lacks the column is in units. `since` gives the value that was in
    force: of its keys the last that does not come after the text; an empty one ends what was.

    A name with braces puts columns together: `"{year}-{month}": period`.
    """

    to: str
    extract: str = ""
    as_: str = Field(default="\\1", alias="as")
    fold: bool = False
    divide_by: str = ""
    power: str = ""
    lookup: str | None = None
    values: TextMap | None = None
    since: TextMap | None = None
    unmapped: Literal["refuse", "keep", "empty"] = "refuse"  # a text that is not in values
    default: Text | None = None
    scale: Decimal = Decimal(1)
    decimal: Literal[".", ","] = "."
    date_format: str = "%Y-%m-%d"
    prefix: str = ""
    missing: TextMap = {}
    ignore_missing: bool = False
    optional: bool = False

    @model_validator(mode="after")
    def _one_choice(self) -> Column:
        if self.values is not None and self.since is not None:
            raise ValueError("a column has one of values and since")
        return self

    @model_validator(mode="after")
    def _known_statuses(self) -> Column:
        for status in self.missing.values():
            if status not in VALUE_STATUSES:
                raise ValueError(f"missing: {status!r} is none of {', '.join(VALUE_STATUSES)}")
        return self


def _columns(value: Any) -> Any:
    """`name: target`, `name: {to: target, …}` and a list of those are the same thing."""
    if not isinstance(value, dict):
        return value
    out: dict[str, list[Any]] = {}
    for name, spec in value.items():
        specs = spec if isinstance(spec, list) else [spec]
        out[str(name)] = [{"to": s} if isinstance(s, str) else s for s in specs]
    return out


ColumnMap = Annotated[dict[str, tuple[Column, ...]], BeforeValidator(_columns)]
