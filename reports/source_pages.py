"""docs/sources: what each declaration says, as pages in Indonesian and English (`make docs`).

Pure: declarations in, Markdown out. A page is never written by hand, so it cannot say anything
that the declaration does not.
"""

from __future__ import annotations

import re
from pathlib import Path

from config import declarations
from config.columns import MissingColumn, NumberColumn
from config.declarations import BUILT_IN
from config.source import Source
from schemas.model import LANGUAGES, Words

FOLDER = Path(__file__).parent.parent / "docs" / "sources"
WORDS = {
    "title": Words("Sumber data", "Data sources"),
    "source": Words("Sumber", "Source"),
    "cadence": Words("Irama", "Cadence"),
    "provider": Words("Penerbit", "Publisher"),
    "table": Words("Tabel", "Table"),
    "datasets": Words("Kumpulan data", "Datasets"),
    "licence": Words("Lisensi", "Licence"),
    "attribution": Words("Cara menyebut", "Attribution"),
    "redistribution": Words("Penyebaran", "Redistribution"),
    "calendar": Words("Irama rilis", "Release calendar"),
    "key": Words("Kunci akses", "Access key"),
    "no_key": Words("tidak perlu", "none needed"),
    "optional": Words(
        "tidak wajib; tanpa kunci jawabannya lebih kecil",
        "optional; answers are smaller without it",
    ),
    "needed": Words("wajib; daftar di situs penerbit", "needed; register at the publisher's site"),
    "stage": Words("Tahap rilis", "Release stage"),
    "fields": Words("Kolom dan satuan", "Columns and units"),
    "column": Words("Kolom sumber", "Column of the source"),
    "field": Words("Kolom gudang", "Field"),
    "unit": Words("Satuan", "Unit"),
    "quirks": Words("Hal yang perlu diketahui", "What to know"),
    "hosts": Words("Alamat", "Address"),
    "revision": Words("Jendela revisi", "Revision window"),
    "years": Words("tahun", "years"),
    "all": Words("seluruhnya", "all of it"),
    "missing": Words("Kode kosong", "Codes of empty cells"),
    "days": Words("hari", "days"),
}
LIST = ("source", "provider", "table", "cadence", "licence", "redistribution")


def pages() -> dict[str, str]:
    """Every page by its file name: one for each partner's source and language, and two lists."""
    sources = [s for s in declarations.load_all().sources.values() if not s.is_builtin]
    found = {}
    for language in LANGUAGES:
        found[f"README.{language}.md"] = _list(sources, language)
        for source in sources:
            found[f"{source.code}.{language}.md"] = _page(source, language)
    return found


def write_source_pages() -> list[Path]:
    """Write all pages into docs/sources and delete those of sources that no longer exist."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return sorted(FOLDER.glob("*.md"))


def _word(name: str, language: str) -> str:
    return WORDS[name].in_language(language)


def _list(sources: list[Source], language: str) -> str:
    heads = [_word(name, language) for name in LIST]
    lines = [
        f"# {_word('title', language)}",
        "",
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
    ]
    for s in sources:
        cells = (
            f"[{s.title.in_language(language)}]({s.code}.{language}.md)",
            s.provider.name,
            f"`{s.table}`",
            s.calendar.cadence,
            s.licence.name,
            s.licence.redistribution,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _page(source: Source, language: str) -> str:
    w = {name: words.in_language(language) for name, words in WORDS.items()}
    note = source.calendar.note
    key = source.key
    stages = "; ".join(f"{s.stage}: {s.days} {w['days']} ({s.after})" for s in source.stages)
    calendar = f"{source.calendar.cadence}, `{source.calendar.cron}` {source.calendar.timezone}"
    if note:
        calendar += f"; {note.in_language(language)}"
    access = w["no_key"]
    if key is not None:
        need = w["optional"] if key.optional else w["needed"]
        access = f"`{key.variable}`: {need} ({key.register_at})"
    datasets = []
    for name, dataset in source.datasets.items():
        window = f"{dataset.window} {w['years']}" if dataset.slice_by == "year" else w["all"]
        datasets.append(f"{name} ({dataset.frequency}, {w['revision'].lower()}: {window})")
    facts = {
        "provider": f"[{source.provider.name}]({source.provider.url})",
        "table": f"`{source.table}`",
        "hosts": ", ".join(source.hosts.values()),
        "licence": _linked(source.licence.name, source.licence.url),
        "redistribution": source.licence.redistribution,
        "attribution": source.licence.attribution.in_language(language),
        "calendar": calendar,
        "key": access,
        "stage": stages or source.release_stage,
        "datasets": "; ".join(datasets),
    }
    lines = [f"# {source.title.in_language(language)}", "", f"`{source.code}`", ""]
    lines += [f"- **{w[name]}**: {text}" for name, text in facts.items() if text]
    heads = " | ".join(w[name] for name in ("column", "field", "unit", "missing"))
    lines += ["", f"## {w['fields']}", "", f"| {heads} |", "|---|---|---|---|"]
    lines += _fields(source, language)
    lines += ["", f"## {w['quirks']}", ""]
    lines += [source.quirks_id if language == "id" else _quirks(source), ""]
    return "\n".join(lines)


def _fields(source: Source, language: str) -> list[str]:
    table = source.warehouse_table
    known = {f.name: f for f in table.body()}
    found: dict[str, None] = {}
    for part in map(source.part, source.datasets):
        for name, specs in part.columns.items():
            for c in specs:
                field = known.get(c.to)
                label = ""
                if field is not None:
                    label = f" ({field.description.in_language(language)})"
                unit = (field.unit or "") if field is not None else ""
                scale = c.scale if isinstance(c, NumberColumn) else 1
                factor = f" x{scale}" if scale != 1 else ""
                texts = c.missing if isinstance(c, MissingColumn) else {}
                missing = ", ".join(f"`{k or ' '}` {v}" for k, v in texts.items())
                cell = name.replace("|", "\\|")
                found[f"| `{cell}` | `{c.to}`{label} | {unit}{factor} | {missing} |"] = None
        for name, value in part.constants.items():
            found[f"| = `{value}` | `{name}` |  |  |"] = None
    return list(found)


def _linked(name: str, url: str | None) -> str:
    return f"[{name}]({url})" if url else name


def _quirks(source: Source) -> str:
    """The comment at the head of the declaration, which is where quirks are kept, in English."""
    text = (BUILT_IN / f"{source.code}.yml").read_text(encoding="utf-8")
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").rstrip())
    return re.sub(r"\s+", " ", " ".join(lines))
