"""A figure as it was drawn: its declaration, its typed rows, and what is said of them.

Every output is made from this and from nothing else, so that page, workbook and open data cannot
differ. Rows hold what the query returned: numbers, days, codes. `reports.cells` writes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.region import Region
from reports import revised
from reports.declared import PLACEHOLDER, Figure, figures
from reports.declared_columns import Column
from reports.facts import Facts, Publisher
from reports.parameters import bound, values
from reports.rows import rows_of
from reports.sentences import said
from schemas.errors import ConfigurationError
from schemas.model import LANGUAGES, Words
from schemas.texts import shortened, visible
from warehouse.base import Warehouse
from warehouse.dictionary import words_of
from warehouse.limits import OVER_LIMIT, Deadline
from warehouse.marts import mentioned_in

Row = Mapping[str, Any]
LONGEST_CODE = 60  # signs of a code that no list has
PROVISIONAL = frozenset({"preliminary", "provisional"})


@dataclass(frozen=True)
class Drawn:
    """A figure with its rows. `name` is that of the file, with the group it was drawn for."""

    name: str
    figure: Figure
    title: Words
    note: Words | None
    columns: tuple[Column, ...]  # each with its heading
    rows: tuple[Row, ...]
    facts: Facts
    sentence: Words
    tables: tuple[str, ...]  # that the query reads
    sql: str = ""  # with the values of the installation
    group: str = ""
    withheld: Words | None = None  # why it has no rows here, where the licence gate stopped it

    @property
    def is_empty(self) -> bool:
        return not self.rows


class Studio:
    """Draws figures of one moment of the warehouse, each once."""

    def __init__(self, warehouse: Warehouse, region: Region, today: date) -> None:
        self.warehouse = warehouse
        self.region = region
        self.today = today
        self.without_before: dict[str, str] = {}  # figures, with the code of the error
        self._drawn: dict[str, tuple[Drawn, ...]] = {}
        self._publishers: dict[str, Publisher] | None = None
        self._revisions: dict[str, datetime] | None = None

    def draw(self, name: str) -> tuple[Drawn, ...]:
        """The figure of that name, or one for each group."""
        if name not in self._drawn:
            figure = figures()[name]
            groups = tuple(self.region.groups) if figure.each else ("",)
            self._drawn[name] = tuple(self.draw_one(figure, group) for group in groups)
        return self._drawn[name]

    def draw_one(self, figure: Figure, group: str = "") -> Drawn:
        sql = bound(figure.sql, values(self.region, self.today, group))
        return self.of_rows(figure, group, self._rows(figure, sql))

    def of_rows(self, figure: Figure, group: str, rows: tuple[Row, ...]) -> Drawn:
        """The figure with these rows."""
        rows = self._in_zone(figure, rows)
        facts = self._facts(figure, rows)
        texts = self._texts(facts, group)
        columns = _columns(figure, rows, texts)
        return Drawn(
            name=f"{figure.name}-{group}" if group else figure.name,
            figure=figure,
            title=_filled(figure.title, texts),
            note=None if figure.note is None else _filled(figure.note, texts),
            columns=columns,
            rows=rows,
            facts=facts,
            sentence=self._said(figure, rows, columns, texts),
            tables=tuple(mentioned_in(figure.sql)),
            sql=bound(figure.sql, values(self.region, self.today, group)),
            group=group,
        )

    def _in_zone(self, figure: Figure, rows: tuple[Row, ...]) -> tuple[Row, ...]:
        """Moments whose day alone is shown, as the region's clocks have them."""
        zone = ZoneInfo(self.region.timezone)
        names = [c.name for c in figure.columns if c.format == "date"]
        moments = {n for row in rows for n in names if isinstance(row[n], datetime)}
        if not moments:
            return rows
        return tuple(
            {n: v.astimezone(zone) if v and n in moments else v for n, v in row.items()}
            for row in rows
        )

    def _rows(self, figure: Figure, sql: str) -> tuple[Row, ...]:
        """The rows of a figure, with what was revised. Where that asks for more than a reader has,
        the figure is drawn without it, and noted."""
        rows = tuple(rows_of(self.warehouse, sql))
        if not (rows and figure.revised_by):
            return rows
        before = revised.moment_before(mentioned_in(figure.sql), self.revisions())
        if before is None:
            return rows
        try:
            earlier = rows_of(self.warehouse, sql, before, Deadline(revised.SECONDS))
        except ConfigurationError as error:
            if error.code not in OVER_LIMIT:
                raise
            self.without_before[figure.name] = error.code
            return rows
        return revised.with_before(figure, rows, earlier)

    def revisions(self) -> dict[str, datetime]:
        """When each table was first revised within the last days."""
        if self._revisions is None:
            self._revisions = revised.first_revisions(self.warehouse, self.today)
        return self._revisions

    def _said(
        self,
        figure: Figure,
        rows: tuple[Row, ...],
        columns: tuple[Column, ...],
        texts: Mapping[str, Words],
    ) -> Words:
        if not rows and figure.nothing is not None:
            return figure.nothing
        return said(figure.says, rows, columns, self.today, lambda w: _filled(w, texts))

    def _facts(self, figure: Figure, rows: Iterable[Row]) -> Facts:
        rows = list(rows)
        codes = sorted({code for row in rows for code in _codes(row.get("source"))})
        days = sorted({row[figure.period] for row in rows if row[figure.period]}
                      if figure.period else ())  # fmt: skip
        stages = {
            shortened(visible(code), LONGEST_CODE)
            for row in rows
            for code in _codes(row.get("release_stage"))
        }
        moments = [row["recorded_at"] for row in rows if row.get("recorded_at")]
        return Facts(
            unit=figure.unit,
            first=days[0] if days else None,
            last=days[-1] if days else None,
            sources=tuple(self.publisher(code) for code in codes),
            stages=tuple(sorted(stages)),
            retrieved=max(moments).astimezone(ZoneInfo(self.region.timezone)) if moments else None,
            made_by=figure.made_by,
        )

    def publisher(self, code: str) -> Publisher:
        """What is known of a source."""
        if self._publishers is None:
            self._publishers = {p.code: p for p in publishers(self.warehouse)}
        shown = shortened(visible(code), LONGEST_CODE)
        unknown = Words(shown, shown)
        return self._publishers.get(code, Publisher(code, unknown, unknown, "", "none"))

    def _texts(self, facts: Facts, group: str) -> dict[str, Words]:
        found = {"region": Words(self.region.name_id, self.region.name_en)}
        found |= {name: Words("–", "–") for name in ("years", "year", "before")}
        if facts.first and facts.last:
            first, last = facts.first.year, facts.last.year
            years = {
                "years": "–".join(dict.fromkeys((str(first), str(last)))),
                "year": last,
                "before": last - 1,
            }
            found |= {name: Words(str(year), str(year)) for name, year in years.items()}
        if group:
            found["group"] = self._group_name(group)
        return found

    def _group_name(self, group: str) -> Words:
        """A country by its name, a group of several by its own."""
        areas = self.region.groups[group]
        if len(areas) > 1:
            return Words(group, group)
        sql = "SELECT name_id, name_en FROM :area_names AS a WHERE area IN (:areas)"
        rows = rows_of(self.warehouse, bound(sql, values(self.region, self.today, group)))
        found = [Words(r["name_id"] or group, r["name_en"] or r["name_id"] or group) for r in rows]
        return found[0] if found else Words(group, group)


def publishers(warehouse: Warehouse) -> Iterator[Publisher]:
    """All sources that the warehouse knows."""
    rows = rows_of(
        warehouse,
        "SELECT source_code, title_id, title_en, attribution_id, attribution_en, licence, "
        "redistribution FROM ref_source",
    )
    for r in rows:
        code = str(r["source_code"])
        yield Publisher(
            code,
            _words(r, "title", ""),
            Words(
                _words(r, "attribution", code).id.removeprefix("Sumber: "),
                _words(r, "attribution", code).en.removeprefix("Source: "),
            ),
            str(r["licence"] or ""),
            str(r["redistribution"] or "none"),
        )


def _words(row: Row, name: str, instead: str) -> Words:
    first, second = row[f"{name}_id"], row[f"{name}_en"]
    return Words(first or second or instead, second or first or instead)


def _codes(cell: object) -> list[str]:
    """Codes of a cell: one, or several with commas."""
    return [code for code in str(cell or "").split(", ") if code]


def _columns(
    figure: Figure, rows: tuple[Row, ...], texts: Mapping[str, Words]
) -> tuple[Column, ...]:
    """The columns that the table has, each with its heading."""
    names = [c.name for c in figure.columns]
    default = {f.name: f.description for f in words_of(figure.sql, names)}
    return tuple(
        revised.marked(column, rows).model_copy(
            update={"heading": _filled(column.heading or _heading(default, column.name), texts)}
        )
        for column in figure.columns
        if not (column.optional and all(_is_missing(row, column) for row in rows))
    )


def _heading(default: Mapping[str, Words], name: str) -> Words:
    """What the dictionary says of a column, in place of a heading."""
    found = default.get(name) or default.get(f"{name}_id") or Words(name, name)
    return Words(found.id[:1].upper() + found.id[1:], found.en[:1].upper() + found.en[1:])


def _is_missing(row: Row, column: Column) -> bool:
    return all(row.get(n) in (None, "") for n in (column.name, f"{column.name}_id"))


def _filled(words: Words, texts: Mapping[str, Words]) -> Words:
    """The text with what stands in braces replaced; all else in it stays as it is."""
    filled = [
        PLACEHOLDER.sub(
            lambda found, x=language: (
                texts[found[1]].in_language(x)  # type: ignore[misc]
                if found[1] in texts
                else found[0]
            ),
            words.in_language(language),
        )
        for language in LANGUAGES
    ]
    return Words(*filled)
