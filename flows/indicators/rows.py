"""The rows of one group as a calculation sees them: by the standard names of its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flows.indicators.periods import numbered
from flows.indicators.table import Table
from schemas.errors import ConfigurationError
from warehouse.indicators.reasons import Floats

Columns = dict[str, Sequence[Any]]
"""What a calculation returns: columns of equal length, by name."""

PERIODS = "YYYY, YYYY-MM, YYYY-Q1, YYYY-S1, YYYY-W01 or YYYY-MM-DD"


@dataclass(frozen=True)
class Rows:
    """Some rows of a table. `headings` says which column has a standard name (`value`); the others
    are found by that name itself."""

    table: Table
    places: npt.NDArray[np.intp]
    headings: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.places)

    def heading(self, name: str) -> str:
        wanted = self.headings.get(name, name)
        return self.table.column(wanted, hint=f"--set {name}=COLUMN names another column")

    def has(self, name: str) -> bool:
        """True where the column is named by `--set`, or is there under its standard name."""
        if name in self.headings:
            return True
        try:
            self.table.column(name)
        except ConfigurationError:
            return False
        return True

    def numbers(self, name: str) -> Floats:
        return self.table.numbers(self.heading(name))[self.places]

    def texts(self, name: str) -> list[str]:
        cells = self.table.texts(self.heading(name))
        return [cells[place] for place in self.places]

    def codes(self, name: str) -> list[str]:
        """Texts of which none is empty."""
        found = self.texts(name)
        if "" in found:
            raise ConfigurationError(
                "bad_table",
                f"the column {self.heading(name)!r} is empty",
                where=self.where(found.index("")),
            )
        return found

    def periods(self, name: str = "period") -> tuple[str, list[int]]:
        """The frequency, and the number of each row's period."""
        texts = self.codes(name)
        try:
            return numbered(texts)
        except ValueError as error:
            place = int(error.args[0])
            raise ConfigurationError(
                "unclear_period",
                f"{texts[place]!r} is not a period like the others ({PERIODS})",
                where=self.where(place),
            ) from None

    def where(self, place: int) -> str:
        """The row of the file, for people."""
        return f"{self.table.path}, row {self.table.rows[int(self.places[place])]}"

    def refuse_doubled(self, keys: Sequence[object], what: str, hint: str = "") -> None:
        """An error where two rows have the same key."""
        seen: dict[object, int] = {}
        for place, key in enumerate(keys):
            if key in seen:
                first = self.table.rows[int(self.places[seen[key]])]
                raise ConfigurationError(
                    "doubled_rows",
                    f"row {first} has the same {what}",
                    where=self.where(place),
                    hint=hint,
                )
            seen[key] = place

    def as_they_stand(self) -> Columns:
        """All columns of the file, as texts."""
        return {
            name: [cells[place] for place in self.places]
            for name, cells in self.table.columns.items()
        }
