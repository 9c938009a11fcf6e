"""docs/benchmarks.md from docs/benchmarks.json: the tables between fixed words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.scaling import exponent

BEGIN, END = "<!-- tables -->", "<!-- end of tables -->"
FLOOR = "floor, all columns"
STEPS = ("initial", "delta", "again", "idle")


def write(path: Path, found: Mapping[str, Any]) -> None:
    """Replace the text between the marks; the words around them are written by hand."""
    text = path.read_text(encoding="utf-8") if path.exists() else f"{BEGIN}\n{END}\n"
    head, rest = text.split(BEGIN, 1)
    _, tail = rest.split(END, 1)
    body = "\n\n".join(part for part in _parts(found) if part)
    path.write_text(f"{head}{BEGIN}\n\n{body}\n\n{END}{tail}", encoding="utf-8")


def _parts(found: Mapping[str, Any]) -> list[str]:
    machine = found["machine"]
    said = (
        f"Measured on {machine['on']}: {machine['cpus']} CPUs ({machine['cpu']}), "
        f"{machine['memory_gib']} GiB, Python {machine['python']}. "
        "Trust the ratios, not the seconds."
    )
    parts = [said]
    results = found.get("tools", [])
    for rows, format_ in dict.fromkeys((r["rows"], r["format"]) for r in results):
        parts += [f"### {rows:,} rows, {format_}", _tools(results, rows, format_)]
    if results:
        parts.append(_growth(results))
    if "scaling" in found:
        parts += ["### Slices, sources, versions", _scaling(found["scaling"])]
    if "files" in found:
        parts += ["### Partner files", _files(found["files"])]
    if "readers" in found:
        parts += ["### Readers", _readers(found["readers"])]
    if "indicators" in found:
        parts += ["### Indicators", _indicators(found["indicators"])]
    if "marts" in found:
        parts += ["### Marts", _marts(found["marts"])]
    if "postgres" in found:
        parts += ["### PostgreSQL", _postgres(found["postgres"])]
    if "orchestration" in found:
        parts += ["### Orchestration", _orchestration(found["orchestration"])]
    return parts


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [" | ".join(str(c) for c in row) for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(f"| {line} |" for line in lines)


def _tools(results: Sequence[Mapping[str, Any]], rows: int, format_: str) -> str:
    here = [r for r in results if (r["rows"], r["format"]) == (rows, format_)]
    floors = {r["step"]: r["cost"]["cpu_seconds"] for r in here if r["tool"] == FLOOR}
    floors = floors or {
        r["step"]: r["cost"]["cpu_seconds"] for r in here if r["tool"].startswith("floor")
    }
    lines = []
    for r in sorted(here, key=lambda r: (STEPS.index(r["step"]), r["tool"] != "Penataran")):
        cost, floor = r["cost"], floors.get(r["step"])
        ends = r["ends_with"]
        refused = "none kept" if ends["refused"] is None else f"{ends['refused']:,}"
        lines.append(
            [
                r["step"],
                r["tool"],
                f"{cost['cpu_seconds']:.1f}",
                f"{cost['cpu_seconds'] / floor:.2f}×" if floor else "",
                f"{cost['wall_seconds']:.1f}",
                f"{cost['largest_mb']:.0f}",
                f"{cost['peak_mb']:.0f}",
                f"{cost['written_mb']:.0f}",
                refused,
                "yes" if r["is_true"] else f"no ({ends['rows'] - r['truth']['rows']:+,} rows)",
            ]
        )
    return _table(
        ["step", "tool", "CPU s", "against the floor", "wall s", "largest process MB", "all MB",
         "written MB", "refused rows", "equals the truth"],
        lines,
    )  # fmt: skip


def _growth(results: Sequence[Mapping[str, Any]]) -> str:
    points: dict[str, dict[int, float]] = {}
    memory: dict[str, dict[int, float]] = {}
    for r in results:
        if r["tool"] == "Penataran" and r["format"] == "json":
            points.setdefault(r["step"], {})[r["rows"]] = r["cost"]["cpu_seconds"]
            memory.setdefault(r["step"], {})[r["rows"]] = r["cost"]["largest_mb"]
    lines = [
        [
            step,
            ", ".join(f"{rows:,}: {cpu:.1f}" for rows, cpu in sorted(cpus.items())),
            exponent(cpus) if len(cpus) > 1 else "",
            ", ".join(f"{rows:,}: {mb:.0f}" for rows, mb in sorted(memory[step].items())),
        ]
        for step, cpus in points.items()
    ]
    head = ["step", "CPU s by rows", "growth exponent", "largest process MB by rows"]
    return "### Rows\n\n" + _table(head, lines)


def _numbers(values: Mapping[str, float]) -> dict[int, float]:
    return {int(k): v for k, v in values.items()}


def _scaling(found: Mapping[str, Any]) -> str:
    lines = []
    for what in ("slices", "sources"):
        for step, values in found[what].items():
            points = _numbers(values)
            said = ", ".join(f"{n}: {v:.2f}" for n, v in points.items())
            last = max(points)
            each = (points[last] - points[min(points)]) / (last - min(points))
            lines.append([what, step, said, f"{1000 * each:.0f} ms for one more"])
    for step, values in found["versions"].items():
        if step == "rows":
            continue
        points = _numbers(values)
        said = ", ".join(f"{n}: {v:.2f}" for n, v in points.items())
        lines.append([f"versions of {found['versions']['rows']:,} rows", step, said,
                      f"exponent {exponent(points)}"])  # fmt: skip
    return _table(["what grows", "step", "CPU s (or MB) by number", "growth"], lines)


def _files(found: Mapping[str, Any]) -> str:
    bare = found["steps"]["bare"]["cpu"]
    names = {
        "bare": "python-calamine alone", "guarded": "preflight, limited child, canonical rows",
        "answer": "answer workbook, every fiftieth row refused",
    }  # fmt: skip
    lines = [
        [names[step], cost["cpu"], f"{cost['cpu'] / bare:.1f}×", cost["largest_mb"]]
        for step, cost in found["steps"].items()
    ]
    table = _table(["step", "CPU s", "of bare", "largest process MB"], lines)
    return f"{table}\n\nA workbook of {found['rows']:,} rows, {found['workbook_mb']} MB."


def _readers(found: Mapping[str, Any]) -> str:
    lines = [
        [f"{kind}, {f['rows']:,} rows, {f['mb']} MB", f["ours_cpu"], f["peer"], f["peer_cpu"],
         f"{f['peer_cpu'] / f['ours_cpu']:.1f}×", f["ours_peak_mb"], f["peer_peak_mb"]]
        for kind, f in found.items()
    ]  # fmt: skip
    head = ["format", "CPU s", "peer", "its CPU s", "peer / ours", "MB", "its MB"]
    return _table(head, lines)


def _indicators(found: Mapping[str, Any]) -> str:
    what = {
        "score": "the score of 200 countries × 1,000 products, 8 components, 1,000 draws",
        "product_and_sort": "a matrix product of that size, and a sort of each ranking",
        "space": "the product space of 200 countries × 5,000 products",
    }
    lines = [[what[part], cost["cpu"], cost["largest_mb"]] for part, cost in found.items()]
    return _table(["what", "CPU s", "MB"], lines)


def _marts(found: Mapping[str, Any]) -> str:
    lines = [
        [name, f"{cost['rows']:,}", cost["bare"], cost["made"], cost["again"],
         f"{max(cost['made'], cost['again']) / cost['bare']:.2f}×"]
        for name, cost in found["marts"].items()
    ]  # fmt: skip
    head = ["mart", "rows", "bare SQL, CPU s", "made", "made again, compared", "of bare, at most"]
    return (
        f"{_table(head, lines)}\n\nOf {found['rows']:,} rows. All marts that read them take "
        f"{found['all']} CPU s, after a load of {found['restated']:,} rows {found['after']} CPU s."
    )


def _postgres(found: Mapping[str, Any]) -> str:
    runs = [[step, cost["cpu"], cost["wall"]] for step, cost in found["runs"].items()]
    ratio = found["apply_seconds"] / found["bare_copy_seconds"]
    return (
        _table(["step", "client CPU s", "wall s"], runs)
        + f"\n\nApplying {found['rows']:,} rows with a restatement of 5 % takes "
        f"{found['apply_seconds']} s, a bare COPY of the same rows {found['bare_copy_seconds']} s: "
        f"{ratio:.2f}×."
    )


def _orchestration(found: Mapping[str, Any]) -> str:
    lines = []
    for way in ("direct", "own_server", "running_server"):
        points = {int(k): v for k, v in found[way].items()}
        one, many = points[min(points)], points[max(points)]
        each = (many["wall"] - one["wall"]) / (max(points) - min(points))
        lines.append([way, one["wall"], one["cpu"], many["wall"], many["cpu"], round(1000 * each)])
    table = _table(
        ["way", "1 slice: wall s", "CPU s", "100 slices: wall s", "CPU s", "ms a slice"], lines
    )
    said = [
        f"A backfill of {b['slices']:,} slices, {way}: {b['wall']} s wall, {b['cpu']} CPU s, "
        f"{b['peak_mb']} MB."
        for way in ("direct", "running_server")
        if (b := found.get(f"backfill_{way}"))
    ]
    return "\n\n".join([table, *said])
