"""The keys of declarations, as tables of docs/new-source.md and docs/figures.md: written from the
models.

Pure: models in, Markdown out. What a key means stands beside it in its model, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config import asking, columns, publishing, reading, source
from config.schema import EXTENDS
from reports import declared, declared_columns
from reports import declared_charts as charts
from reports import declared_sentences as sentences

PAGE = Path(__file__).parent.parent / "docs" / "new-source.md"
BEGIN, END = "<!-- keys: make docs writes this -->", "<!-- end of keys -->"
Models = tuple[type[BaseModel], ...]
Parts = tuple[tuple[str, str, Models], ...]
PARTS: Parts = (
    ("A declaration", "", (source.Source,)),
    ("`provider`", "provider.", (publishing.Provider,)),
    ("`licence`", "licence.", (publishing.Licence,)),
    ("`calendar`", "calendar.", (publishing.Calendar,)),
    ("`key`", "key.", (asking.Key,)),
    ("`limits`", "limits.", (asking.Limits,)),
    ("`datasets`", "datasets.<name>.", (source.Dataset,)),
    ("`variables`", "variables.<name>.", (asking.Variable,)),
    ("`found` of a variable", "found.", (asking.Found,)),
    ("`request`, `keyed_request`", "request.", (asking.Request,)),
    ("`paging` of a request", "paging.", (
        asking.PagePaging, asking.OffsetPaging, asking.CursorPaging, asking.LinkPaging)),
    ("`first_request`", "first_request.", (source.FirstRequest,)),
    ("`signal`", "signal.", (asking.Signal,)),
    ("`reader`", "reader.", (
        reading.JsonReader, reading.CsvReader, reading.XmlReader, reading.HtmlReader,
        reading.XlsxReader, reading.SdmxMlReader, reading.SdmxJsonReader,
        reading.JsonStatReader)),
    ("`errors` and `empty` of a reader", "errors.", (reading.ErrorPath,)),
    ("`wide` of a reader", "wide.", (reading.Wide,)),
    ("`columns`", "columns.<name>.", (
        columns.TextColumn, columns.NumberColumn, columns.DateColumn, columns.CodeColumn,
        columns.PeriodColumn, columns.StateColumn, columns.FlagColumn)),
    ("`expects`", "expects.", (publishing.Expects,)),
    ("`coverage`", "coverage.", (publishing.Coverage,)),
    ("`rows`", "rows.", (publishing.Rows,)),
    ("`stages`", "stages.", (publishing.StageByAge,)),
    ("`cross_check`", "cross_check.", (publishing.CrossCheck,)),
    ("`series_jump`", "series_jump.", (publishing.SeriesJump,)),
)  # fmt: skip
"""Every model of a declaration, in the order of the page."""
FIGURES = PAGE.with_name("figures.md")
FIGURE_PARTS: Parts = (
    ("A figure", "", (declared.Figure,)),
    ("`columns`", "columns.", (declared_columns.Column,)),
    ("`chart`", "chart.", (
        charts.BarsChart, charts.BulletsChart, charts.LinesChart, charts.SlopesChart,
        charts.DotsChart, charts.LanesChart, charts.MonthsChart, charts.TilesChart)),
    ("`says`", "says.", (
        sentences.TrendSentence, sentences.ChangeSentence, sentences.RankingSentence,
        sentences.CountSentence, sentences.DueSentence, sentences.RatioSentence,
        sentences.BalanceSentence)),
    ("A page", "", (declared.Page,)),
    ("`sections` of a page", "sections.", (declared.Section,)),
)  # fmt: skip
"""The same of figures and pages of the report."""


def table(parts: Parts | None = None) -> str:
    """All keys, a part under each heading."""
    lines: list[str] = []
    for title, prefix, models in parts or PARTS:
        lines += [f"### {title}", "", *_heads(models), "| key | meaning |", "|---|---|"]
        if models == (source.Source,):
            lines.append(f"| `extends` | {EXTENDS} |")
        lines += list(_rows(prefix, models))
        lines.append("")
    return "\n".join(lines)


def _heads(models: Models) -> list[str]:
    """What kinds there are, where there are several."""
    if len(models) < 2:
        return []
    kinds = [f"- `{_kind(m)}`: {' '.join((m.__doc__ or '').split())}" for m in models]
    return [*kinds, ""]


def _kind(model: type[BaseModel]) -> str:
    field = model.model_fields.get("format") or model.model_fields["kind"]
    return str(field.annotation.__args__[0])  # type: ignore[union-attr]


def _rows(prefix: str, models: Models) -> Iterator[str]:
    """A row a key and meaning; of several kinds those that have it are named, unless all do."""
    meanings: dict[tuple[str, str], list[type[BaseModel]]] = {}
    for model in models:
        for key, field in keys_of(model).items():
            words = " ".join(str(field.description).split()).replace("|", "\\|")
            meanings.setdefault((key, words), []).append(model)
    for (key, words), holders in meanings.items():
        notes = [] if len(holders) == len(models) else [f"of {', '.join(map(_kind, holders))}"]
        required = [m for m in holders if keys_of(m)[key].is_required()]
        if required:
            of = "" if required == holders else f" of {', '.join(map(_kind, required))}"
            notes.append(f"required{of}")
        note = f" ({'; '.join(notes)})" if notes else _default(keys_of(holders[0])[key])
        yield f"| `{prefix}{key}` | {words}{note} |"


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, bool) or value in (None, "", (), {}) or isinstance(value, BaseModel):
        return ""
    return f" ({value})" if isinstance(value, int | float) else f" (`{value}`)"


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys that people write in a model: not what is the name of its file."""
    found = {f.alias or name: f for name, f in model.model_fields.items()}
    named = {source.Source: "code", declared.Figure: "name", declared.Page: "name"}  # by their file
    hidden = {columns.KIND, named.get(model, "")}
    return {key: field for key, field in found.items() if key not in hidden}


def page(path: Path = PAGE, parts: Parts | None = None) -> str:
    """The page with the table of today."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table(parts)}\n{END}{after}"


def write() -> Path:
    PAGE.write_text(page(), encoding="utf-8")
    FIGURES.write_text(page(FIGURES, FIGURE_PARTS), encoding="utf-8")
    return PAGE
