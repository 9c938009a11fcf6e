"""How a partner's file is read: what `config.contract` makes of a contract."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from config.model import Model, TextList, TextMap


class Unpivot(Model):
    """Columns that become rows: months, series."""

    columns: str
    """a regular expression (Python) of folded headings of the columns that become rows; its named
    groups are parts: `(?P<tahun>\\d{4}) (?P<bulan>\\w+)`"""
    into: str | None = None
    """the field or part that a whole heading goes to"""
    value: str | TextMap
    """the field that its cells go to; or a field for each text of the group `value`"""
    rows: dict[str, Annotated[int, Field(ge=1)]] = {}
    """fields and parts that stand above each column, by the number of their row in the sheet, from
    1: `{unit: 2}`"""

    @property
    def names(self) -> set[str]:
        """The fields and parts that the columns give beside their cells."""
        try:
            groups = set(re.compile(self.columns).groupindex) - {"value"}
        except re.error:
            groups = set()  # the checks of mappings name what is wrong with it
        return groups | {*self.rows} | ({self.into} if self.into else set())

    @property
    def values(self) -> tuple[str, ...]:
        """The fields that the cells go to."""
        return (self.value,) if isinstance(self.value, str) else tuple(self.value.values())


class Workbook(Model):
    """How a partner's file is read: what `config.contract` makes of a contract."""

    headings: TextMap
    """field by folded heading"""
    own: TextMap = {}
    """field or part by heading, as a sender's mapping writes them"""
    required: TextList
    """fields without which a file is refused"""
    fields: TextMap
    """how each field's cells are read, in order"""
    labels: dict[str, TextMap] = {}
    """codes of coded fields by folded label"""
    defaults: TextMap = {}
    """fields with one value where a file does not say"""
    hidden: TextList = ()
    """fields whose unreadable cells are not repeated: counts of people"""
    percents: TextList = ()
    """fields of any unit, which may be percentages"""
    states: TextList = ()
    """columns beside the fields: `_status`, why a value is missing; `_stage`, of a marked figure"""
    locale: Literal["id", "en", "ja"] | None = None
    """language of numbers and dates in text cells"""
    encoding: str | None = None
    """encoding of CSV files without a mark that are not UTF-8"""
    delimiter: str | None = None
    """what separates the cells of a CSV file"""
    sheets: TextList = ()
    """regular expressions (Python) of the sheets that are read; none: those that fit"""
    header_rows: tuple[int, ...] = ()
    """numbers of the rows of headings, from 1; none: found by what they say"""
    first_row: int | None = Field(default=None, ge=1)
    """number of the first row of data, where it does not follow the headings"""
    leave_out: TextList = ()
    """folded headings of columns that nobody needs"""
    leave_patterns: TextList = ()
    """regular expressions (Python) of such headings"""
    titles: TextMap = {}
    """parts by regular expression (Python), found in a sheet's name or the rows above its data"""
    fill: TextList = ()
    """fields and parts whose empty cells repeat the cell above"""
    marks: TextMap = {}
    """marks after numbers and periods, and the release stage that each stands for, or nothing"""
    missing: TextList = ()
    """texts that stand for no value, beside the common ones"""
    year_begins: int = 1
    """the month in which the years of the file begin: 4 for a Japanese fiscal year"""
    constants: TextMap = {}
    """fields with one value"""
    compose: TextMap = {}
    """fields put together from parts: `{bulan} {tahun}`"""
    factors: TextMap = {}
    """what a field's numbers are multiplied by: thousand yen is 1000"""
    drop: TextMap = {}
    """part by regular expression (Python): rows that are left out, such as subtotals"""
    whole: TextList = ()
    """fields whose broken numbers are rounded to whole ones"""
    shift_months: int = 0
    """months added to `period_start`: -2 where a quarter is named by its last month"""
    unpivot: Unpivot | None = None
    """columns that become rows"""

    @property
    def keeps_raw(self) -> bool:
        """Whether a file's own bytes may be kept: not where organisations stand by name."""
        return "reference" not in self.fields.values()
