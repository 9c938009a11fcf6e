"""docs/sources: what each declaration says, as pages in Indonesian and English (`make docs`).

Pure: declarations in, Markdown out. A page is never written by hand, so it cannot say anything
that the declaration does not.
"""

from __future__ import annotations

import re
from pathlib import Path

from config import source as declarations
from config.source import BUILT_IN, Source

FOLDER = Path(__file__).parent.parent / "docs" / "sources"
HEAD = {
    "id": ("Sumber data", "Sumber", "Penerbit", "Tabel", "Irama", "Lisensi", "Penyebaran"),
    "en": ("Data sources", "Source", "Publisher", "Table", "Cadence", "Licence", "Redistribution"),
}
WORDS = {
    "id": {
        "provider": "Penerbit", "table": "Tabel", "datasets": "Kumpulan data",
        "licence": "Lisensi", "attribution": "Cara menyebut", "redistribution": "Penyebaran",
        "calendar": "Irama rilis", "key": "Kunci akses", "no_key": "tidak perlu",
        "optional": "tidak wajib; tanpa kunci jawabannya lebih kecil",
        "needed": "wajib; daftar di situs penerbit", "stage": "Tahap rilis",
        "fields": "Kolom dan satuan", "column": "Kolom sumber", "field": "Kolom gudang",
        "unit": "Satuan", "quirks": "Hal yang perlu diketahui", "hosts": "Alamat",
        "revision": "Jendela revisi", "years": "tahun", "all": "seluruhnya",
        "missing": "Kode kosong", "days": "hari",
    },
    "en": {
        "provider": "Publisher", "table": "Table", "datasets": "Datasets",
        "licence": "Licence", "attribution": "Attribution", "redistribution": "Redistribution",
        "calendar": "Release calendar", "key": "Access key", "no_key": "none needed",
        "optional": "optional; answers are smaller without it",
        "needed": "needed; register at the publisher's site", "stage": "Release stage",
        "fields": "Columns and units", "column": "Column of the source", "field": "Field",
        "unit": "Unit", "quirks": "What to know", "hosts": "Address",
        "revision": "Revision window", "years": "years", "all": "all of it",
        "missing": "Codes of empty cells", "days": "days",
    },
}  # fmt: skip


def pages() -> dict[str, str]:
    """Every page by its file name: one for each partner's source and language, and two lists."""
    sources = [s for s in declarations.load_all().values() if not s.builtin]
    found = {}
    for language in ("id", "en"):
        found[f"README.{language}.md"] = _list(sources, language)
        for source in sources:
            found[f"{source.code}.{language}.md"] = _page(source, language)
    return found


def write() -> list[Path]:
    """Write all pages into docs/sources and take away those of sources that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return sorted(FOLDER.glob("*.md"))


def _list(sources: list[Source], language: str) -> str:
    title, *heads = HEAD[language]
    lines = [f"# {title}", "", f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for s in sources:
        cells = (
            f"[{s.title.in_language(language)}]({s.code}.{language}.md)", s.provider.name,
            f"`{s.table}`", s.calendar.cadence, s.licence.name, s.licence.redistribution,
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _page(source: Source, language: str) -> str:
    w = WORDS[language]
    note = source.calendar.note
    key = source.key
    stages = "; ".join(
        f"{s.stage}: {s.days} {w['days']} ({s.after})" for s in source.stages
    ) or source.release_stage  # fmt: skip
    facts = [
        (w["provider"], f"[{source.provider.name}]({source.provider.url})"),
        (w["table"], f"`{source.table}`"),
        (w["hosts"], ", ".join(source.hosts.values())),
        (w["licence"], _linked(source.licence.name, source.licence.url)),
        (w["redistribution"], source.licence.redistribution),
        (w["attribution"], source.licence.attribution.in_language(language)),
        (w["calendar"], f"{source.calendar.cadence}, `{source.calendar.cron}` "
         f"{source.calendar.timezone}" + (f"; {note.in_language(language)}" if note else "")),
        (w["key"], w["no_key"] if key is None else
         f"`{key.variable}`: {w['optional'] if key.optional else w['needed']}"
         f" ({key.register_at})"),
        (w["stage"], stages),
        (w["datasets"], "; ".join(
            f"{name} ({d.frequency}, {w['revision'].lower()}: "
            f"{f'{d.window} ' + w['years'] if d.slice_by == 'year' else w['all']})"
            for name, d in source.datasets.items())),
    ]  # fmt: skip
    lines = [f"# {source.title.in_language(language)}", "", f"`{source.code}`", ""]
    lines += [f"- **{name}**: {text}" for name, text in facts if text]
    lines += ["", f"## {w['fields']}", "", f"| {w['column']} | {w['field']} | {w['unit']} | "
              f"{w['missing']} |", "|---|---|---|---|"]  # fmt: skip
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
                    words = field.description
                    label = f" ({words.en if language == 'en' else words.id})"
                unit = (field.unit or "") if field is not None else ""
                factor = f" x{c.scale}" if c.scale != 1 else ""
                missing = ", ".join(f"`{k or ' '}` {v}" for k, v in c.missing.items())
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
