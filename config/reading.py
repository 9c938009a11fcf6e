"""How bytes become rows of text: one reader a format, each with its own keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, model_validator

from config.model import Model, TextList, TextMap
from config.workbook import Workbook

__all__ = ["Reader", "Workbook", "reader_from"]


FORMATS = (
    "`json`, `csv`, `xml`, `html`, `xlsx`, `sdmx-ml`, `sdmx-json` or `json-stat`; SDMX-CSV is `csv`"
)


class ErrorPath(Model):
    """A word inside an answer with status 200: present at `path` and not among `ok`."""

    path: str = Field(min_length=1)
    """where it stands in the envelope"""
    ok: TextList = ()
    """texts that are no error, or, of `empty`, that say so"""


class Wide(Model):
    """A table with one column per code, turned into rows."""

    id_columns: TextList = Field(min_length=1)
    """columns that are repeated in each row"""
    columns: str = ""
    """a regular expression (Python) of the columns that are turned; none: all but `id_columns`"""
    names_to: str = Field(min_length=1)
    """name of the column that the headings go into"""
    values_to: str = Field(min_length=1)
    """name of the column that the cells go into"""

    @model_validator(mode="before")
    @classmethod
    def _one_column(cls, raw: Any) -> Any:
        """Declarations kept by older versions name one column."""
        if isinstance(raw, dict) and "id_column" in raw:
            raw = {**raw, "id_columns": [raw["id_column"]]}
            del raw["id_column"]
        return raw


class BaseReader(Model):
    """What readers of all formats of partners share."""

    module: str | None = None
    """a short reader in `tasks/read/sources` that brings odd bytes into the format first"""
    wide: Wide | None = None
    """how columns become rows"""


class _Member(BaseReader):
    member: str | None = None
    """the file in a zip archive that holds the answer"""


class JsonReader(BaseReader):
    """A list of objects in a JSON answer. Dotted names (`country.id`) reach into objects."""

    format: Literal["json"] = Field(description=FORMATS)
    records: str = ""
    """path of the list of rows; none: the answer is the list"""
    one_is_list: bool = False
    """whether a list of one is written as the object alone (e-Stat)"""
    count: str | None = None
    """path of the number of rows that the answer says it has"""
    errors: tuple[ErrorPath, ...] = ()
    """errors inside an answer with status 200: present at `path` and not among `ok`"""
    null_is_empty: bool = False
    """whether null instead of the list means that there are no rows"""
    empty: ErrorPath | None = None
    """what says that the answer has no rows: one of `ok` at `path`"""


class CsvReader(_Member):
    """Lines of text with one line of headings."""

    format: Literal["csv"] = Field(description=FORMATS)
    encoding: str = "utf-8"
    """encoding of the text"""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    """the sign between two cells"""
    skip_lines: int = Field(default=0, ge=0)
    """lines above the headings"""
    trailing_delimiter: bool = False
    """whether every line ends with one more delimiter"""
    labelled: bool = False
    """whether a column of names follows each column of codes (SDMX, csvfilewithlabels)"""


class XmlReader(_Member):
    """Elements of one name: their attributes and simple children."""

    format: Literal["xml"] = Field(description=FORMATS)
    records: str = Field(min_length=1)
    """name of the element that is a row, with those on the way to it where one holds another of
    its name or the list may be empty: `Cube/Cube/Cube`"""


class HtmlReader(_Member):
    """The table of a page that has a heading."""

    format: Literal["html"] = Field(description=FORMATS)
    records: str = Field(min_length=1)
    """a heading of the table"""
    page: TextMap = {}
    """columns from the page's own text: a regular expression (Python) each, whose first group it
    is"""
    encoding: str = "utf-8"
    """encoding of the page"""


class XlsxReader(_Member):
    """The sheet of a published workbook that has a heading."""

    format: Literal["xlsx"] = Field(description=FORMATS)
    records: str = Field(min_length=1)
    """a heading of the table"""
    sheet: str = ""
    """a regular expression (Python) of the sheet's name; none: any"""


class SdmxMlReader(_Member):
    """Observations of SDMX-ML 2.0, 2.1 and 3.0."""

    format: Literal["sdmx-ml"] = Field(description=FORMATS)


class SdmxJsonReader(_Member):
    """Observations of SDMX-JSON 1.0 and 2.0."""

    format: Literal["sdmx-json"] = Field(description=FORMATS)


class JsonStatReader(_Member):
    """Cells of a JSON-stat data set."""

    format: Literal["json-stat"] = Field(description=FORMATS)


class WorkbookReader(Model):
    """A partner's own file, by a contract. `config.contract` makes it; no declaration has it."""

    format: Literal["workbook"]
    """always `workbook`"""
    workbook: Workbook
    """what the contract says"""

    @property
    def module(self) -> None:
        """Partners' files have no reader of their own."""

    @property
    def wide(self) -> None:
        """Their columns are turned by the workbook's own `unpivot`."""


AskedReader = (
    JsonReader
    | CsvReader
    | XmlReader
    | HtmlReader
    | XlsxReader
    | SdmxMlReader
    | SdmxJsonReader
    | JsonStatReader
)
Reader = Annotated[AskedReader | WorkbookReader, Field(discriminator="format")]
READERS: dict[str, type[Model]] = {
    "json": JsonReader, "csv": CsvReader, "xml": XmlReader, "html": HtmlReader,
    "xlsx": XlsxReader, "sdmx-ml": SdmxMlReader, "sdmx-json": SdmxJsonReader,
    "json-stat": JsonStatReader, "workbook": WorkbookReader,
}  # fmt: skip
_ADAPTER: TypeAdapter[Any] = TypeAdapter(Reader)


def reader_from(**keys: Any) -> Any:
    """The reader of a format: `reader_from(format="csv", skip_lines=2)`."""
    return _ADAPTER.validate_python(keys)
