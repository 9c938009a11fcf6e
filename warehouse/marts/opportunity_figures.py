"""The figures that opportunity scores are made of, before they are put on one scale.

One table of items for each kind: markets of a product, countries that visitors arrive from,
countries that students are exchanged with. A figure that is not known is NaN: a missing report is
no zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from schemas.score import Score
from warehouse.calculated import floats, grouped
from warehouse.indicators.reasons import Floats

if TYPE_CHECKING:
    import pyarrow as pa

SPAN = 3  # years of growth, and by which a market may lag behind the newest of its source
COVERED = 0.9  # of a market's imports that known suppliers must explain for their concentration
COMPLETE = 0.99  # the same, for a supplier that is not named to have none
COMPARED = ("source", "region_code", "product_classification", "product_code", "concept")
ITEM = (*COMPARED, "partner_area")
OUT = ("students_out",)
REPORTED = 0.9  # of the most reporters of a year that a year needs to stand for the newest
Index = npt.NDArray[np.intp]


@dataclass(frozen=True)
class ScoreRows:
    """Items of one kind, each with its keys (`ITEM`), the year of its figures and those by name."""

    keys: Sequence[tuple[str, ...]]
    years: list[Any]
    figures: Mapping[str, Floats]
    stamps: tuple[list[Any], Floats]  # recorded_at, load_seq


Inputs = Mapping[str, "pa.Table"]


def _years(table: pa.Table) -> Index:
    import pyarrow.compute as pc

    return np.asarray(pc.year(table["year_start"]), dtype=np.intp)


def _stamps(table: pa.Table, item: Index, size: int) -> tuple[list[Any], Floats]:
    """When the newest of each item's rows became known, and by which load."""
    recorded = np.asarray(table["recorded_at"].cast("int64"), dtype=np.int64)
    newest = np.full(size, np.iinfo(np.int64).min)
    np.maximum.at(newest, item, recorded)
    loads = np.zeros(size)
    np.maximum.at(loads, item, floats(table, "load_seq"))
    moments = newest.astype("datetime64[us]").astype(object)
    return list(moments), loads


def export_items(inputs: Inputs, score: Score) -> ScoreRows:
    """Markets of each product: imports of the newest year, how they grew, who supplies them."""
    table = inputs["markets"]
    item, keys = grouped(
        table, ("source", "product_classification", "product_code", "reporter_area")
    )
    size = len(keys)
    years, value = _years(table), floats(table, "value")
    partners = np.asarray(table["partner_area"].to_pylist(), dtype=object)
    is_world = partners == "WLD"
    newest = np.full(size, -1, dtype=np.intp)
    known = is_world & (value > 0)
    np.maximum.at(newest, item[known], years[known])
    series = np.full((size, SPAN + 1), np.nan)
    lag = newest[item] - years
    kept = known & (lag >= 0) & (lag <= SPAN)
    series[item[kept], lag[kept]] = value[kept]
    share, concentration = _suppliers(item, value, partners, is_world | (lag != 0), series[:, 0],
                                      score.country)  # fmt: skip
    sources = np.array([key[0] for key in keys], dtype=object)
    recent = (newest > 0) & (newest >= _newest_of(sources, newest) - SPAN)
    gap = _gap(keys, np.where(recent, series[:, 0], np.nan), share)
    figures = {
        "market_size": series[:, 0],
        "market_growth": _growth(series),
        "supplier_concentration": concentration,
        "share_gap": gap,
        **_in_space(inputs["space"], keys),
        "volatility": _volatility(series),
        "distance": _distances(inputs["distances"], [key[3] for key in keys]),
    }
    moments, loads = _stamps(table, item, size)
    rows = np.flatnonzero(recent)
    return ScoreRows(
        [(k[0], "TOTAL", k[1], k[2], "TOTAL", k[3]) for k in (keys[i] for i in rows)],
        [_first_day(newest[i]) for i in rows],
        {name: found[rows] for name, found in figures.items()},
        ([moments[i] for i in rows], loads[rows]),
    )


def _first_day(year: Any) -> Any:
    return np.datetime64(f"{year}-01-01").astype(object)


def _newest_of(groups: npt.NDArray[Any], years: Index) -> Index:
    """For each item the newest year of its group."""
    found = dict[str, int]()
    for name, year in zip(groups, years, strict=True):
        found[name] = max(found.get(name, -1), int(year))
    return np.array([found[name] for name in groups], dtype=np.intp)


def _suppliers(
    item: Index,
    value: Floats,
    partners: npt.NDArray[Any],
    aside: npt.NDArray[np.bool_],
    world: Floats,
    country: str,
) -> tuple[Floats, Floats]:
    """Our share of each market's imports, and the HHI of its suppliers (0 to 1)."""
    size = len(world)
    used = ~aside & (value > 0)
    total = np.bincount(item[used], weights=value[used], minlength=size)
    squares = np.bincount(item[used], weights=value[used] ** 2, minlength=size)
    ours = used & (partners == country)
    own = np.bincount(item[ours], weights=value[ours], minlength=size)
    named = np.bincount(item[~aside & (partners == country)], minlength=size) > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        covered = total / world
        share = np.where((own > 0) | (~named & (covered >= COMPLETE)), own / world, np.nan)
        concentration = np.where(covered >= COVERED, squares / total**2, np.nan)
    return share, concentration


def _gap(keys: list[tuple[Any, ...]], world: Floats, share: Floats) -> Floats:
    """Our share of all markets of a product together, less that of each; of two markets or more."""
    products = np.unique([f"{k[0]}\t{k[1]}\t{k[2]}" for k in keys], return_inverse=True)[1]
    known = ~np.isnan(share) & ~np.isnan(world)
    size = int(products.max()) + 1 if len(products) else 0
    total = np.bincount(products[known], weights=world[known], minlength=size)
    own = np.bincount(products[known], weights=(share * world)[known], minlength=size)
    count = np.bincount(products[known], minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(count >= 2, own / total, np.nan)
    return np.asarray(mean[products] - share) if size else np.zeros(0)


def _growth(series: Floats) -> Floats:
    """Growth a year over the longest span of up to three years that has both ends."""
    found = np.full(len(series), np.nan)
    for span in range(1, SPAN + 1):
        with np.errstate(invalid="ignore"):
            rate = (series[:, 0] / series[:, span]) ** (1 / span) - 1
        found = np.where(np.isnan(rate), found, rate)
    return found


def _volatility(series: Floats) -> Floats:
    """Sample deviation of the yearly changes (logarithms), of two or more in a row."""
    with np.errstate(invalid="ignore"):
        changes = np.log(series[:, :-1]) - np.log(series[:, 1:])
    changes = np.where(np.cumsum(np.isnan(changes), axis=1) > 0, np.nan, changes)
    count = (~np.isnan(changes)).sum(axis=1)
    sums = np.nansum(changes, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / count
        squares = np.nansum((changes - mean[:, None]) ** 2, axis=1)
        return np.where(count >= 2, np.sqrt(squares / (count - 1)), np.nan)


def _distances(table: pa.Table, areas: list[Any]) -> Floats:
    """Kilometres between our capital and that of each area."""
    known = dict(zip(table["area"].to_pylist(), floats(table, "distance_km"), strict=True))
    return np.array([known.get(area, np.nan) for area in areas], dtype=float)


def _in_space(space: pa.Table, keys: list[tuple[Any, ...]]) -> dict[str, Floats]:
    """Our country's place in the product space of the same revision: that of the newest year that
    nearly all have reported, of the first source in rank."""
    rows = space.to_pylist()
    most: dict[tuple[str, str], int] = {}
    for row in rows:
        group = (row["source"], row["product_classification"])
        most[group] = max(most.get(group, 0), row["reporters"])
    best: dict[tuple[str, str], tuple[Any, ...]] = {}
    for row in rows:
        key = (row["product_classification"], row["product_code"])
        if row["reporters"] < REPORTED * most[row["source"], key[0]]:
            continue
        order = (-row["year_start"].toordinal(), row["preference"], row["source"])
        if key not in best or order < best[key][0]:
            best[key] = (order, row)
    columns = {"advantage": "rsca", "density": "density", "complexity": "pci"}
    found = {name: np.full(len(keys), np.nan) for name in columns}
    for place, (_, classification, product, _) in enumerate(keys):
        _, row = best.get((classification, product[:4]), (None, {}))
        for name, column in columns.items():
            if row.get(column) is not None:
                found[name][place] = float(row[column])
    return found


def tourism_items(inputs: Inputs, _score: Score) -> ScoreRows:
    """Countries that visitors arrive from, in the newest complete year of each source and
    concept."""
    table = inputs["visitors"]
    seasons = {
        (r["source"], r["region_code"], r["concept"], r["origin_area"], r["year_start"]): r["gini"]
        for r in inputs["seasons"].to_pylist()
    }
    rows = _newest_rows(table, ("source", "region_code", "concept"))
    listed = table.take(rows)
    keys = [
        (r["source"], r["region_code"], "TOTAL", "TOTAL", r["concept"], r["origin_area"])
        for r in listed.to_pylist()
    ]
    years = listed["year_start"].to_pylist()
    gini = [seasons.get((k[0], k[1], k[4], k[5], y)) for k, y in zip(keys, years, strict=True)]
    return ScoreRows(
        keys,
        years,
        {
            "visitors": floats(listed, "visitors"),
            "visitors_growth": floats(listed, "change_on_year"),
            "seasonality": np.array([np.nan if g is None else float(g) for g in gini]),
        },
        (listed["recorded_at"].to_pylist(), floats(listed, "load_seq")),
    )


def _newest_rows(table: pa.Table, names: tuple[str, ...]) -> Index:
    """Rows of the newest year of their group."""
    group, values = grouped(table, names)
    years = _years(table)
    newest = np.full(len(values), -1, dtype=np.intp)
    np.maximum.at(newest, group, years)
    return np.flatnonzero(years == newest[group])


def exchange_items(inputs: Inputs, _score: Score) -> ScoreRows:
    """Countries that students go to and come from, with the region's own agreements and programmes.
    The region's registers are its own: where they have rows, a country without one has none."""
    table = inputs["students"]
    rows = _newest_rows(table, ("source", "level"))
    listed, all_rows = table.take(rows), table.to_pylist()
    directions = _directions(listed.to_pylist())
    known = {
        (r["source"], r["level"], r["partner_area"], r["year_start"].year): sum(amounts)
        for r in all_rows
        for amounts in [[r[way] for way in directions[r["source"], r["level"]]]]
        if None not in amounts
    }
    keys, students, growth = [], [], []
    for r in listed.to_pylist():
        keys.append((r["source"], "TOTAL", "TOTAL", "TOTAL", r["level"], r["partner_area"]))
        year = r["year_start"].year
        now, base = (known.get((r["source"], r["level"], r["partner_area"], y))
                     for y in (year, year - 1))  # fmt: skip
        students.append(np.nan if now is None else now)
        growth.append(now / base - 1 if base and now is not None else np.nan)
    areas = [key[-1] for key in keys]
    return ScoreRows(
        keys,
        listed["year_start"].to_pylist(),
        {
            "students": np.array(students, dtype=float),
            "students_growth": np.array(growth, dtype=float),
            "balance": floats(listed, "reciprocity"),
            "agreements": _register(inputs["agreements"], areas, _agreements),
            "participants": _register(inputs["programmes"], areas, _participants),
        },
        (listed["recorded_at"].to_pylist(), floats(listed, "load_seq")),
    )


def _directions(rows: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """What is counted of each source and level: both directions together, or, where the source has
    both of no country, the one that it has. All countries of a set are counted alike."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for r in rows:
        ways = tuple(w for w in ("students_out", "students_in") if r[w] is not None)
        key = (r["source"], r["level"])
        found[key] = max(found.get(key, ()), ways, key=lambda w: (len(w), w[:1] == OUT))
    return found


def _register(
    table: pa.Table, areas: list[str], of: Callable[[list[dict[str, Any]]], dict[str, float]]
) -> Floats:
    """What the region's own register says of each country; nothing where it is empty."""
    if not table.num_rows:
        return np.full(len(areas), np.nan)
    known = of(table.to_pylist())
    return np.array([known.get(area, 0.0) for area in areas], dtype=float)


def _agreements(rows: list[dict[str, Any]]) -> dict[str, float]:
    return {r["partner_area"]: float(r["agreements"]) for r in rows}


def _participants(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Of the newest year with a programme; unknown where a cohort is hidden or has no count."""
    newest = max(r["year_start"] for r in rows)
    found = {}
    for r in rows:
        if r["year_start"] == newest:
            both = [r["participants_out"], r["participants_in"]]
            is_known = not r["hidden"] and any(n is not None for n in both)
            found[r["partner_area"]] = float(sum(n or 0 for n in both)) if is_known else np.nan
    return found


KINDS: Mapping[str, Callable[[Inputs, Score], ScoreRows]] = {
    "export": export_items,
    "tourism": tourism_items,
    "exchange": exchange_items,
}
