"""Opportunity scores of countries: for each product, for visitors and for exchange, and how sure
their ranks are.

A score supports *penjajakan* (where to look first); it decides nothing. It is the weighted mean of
the components that mart_opportunity_components shows, by the weights that configuration declares
(`config/scores/`), and NULL with a reason where less than 70 % of the weight is present. A missing
component does not help in silence: `weight_present` and `rank_worst_missing` (the rank with
everything missing at its worst) stand beside. Ranks are within a set: one kind, source, product or
concept; `rank_overall` is among all products of one level. Whether a rank holds say the other
columns: equal weights, each component left out, other scales, and 1,000 draws of the weights (5 %
to 95 %). It is *tidak stabil* where that interval spans more than ten places.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from schemas.model import Words
from schemas.score import Component, Score
from warehouse.calculated import RATE, Calculation, coded, floats, grouped
from warehouse.indicators import composite, reasons, sensitivity
from warehouse.indicators.reasons import Floats
from warehouse.marts.mart_opportunity_components import behind, comparison, scaled
from warehouse.marts.opportunity_figures import COMPARED, ITEM
from warehouse.marts.opportunity_words import words_of

if TYPE_CHECKING:
    import pyarrow as pa

SCALES = ("minmax", "zscore", "percentile")
TOP = 10
NOTABLE = 0.05  # of the scale, by which a component is above or below the mean
SIGNED = frozenset({"share_gap"})  # whose words say whether it is above 0
STABLE = Words("stabil", "stable")
UNSTABLE = Words("tidak stabil", "unstable")
RANKS = (
    "rank", "rank_tied", "rank_overall", "rank_equal_weights", "rank_worst_missing", "rank_least",
    "rank_most", *(f"rank_{scale}" for scale in SCALES), "rank_median", "rank_low", "rank_high",
)  # fmt: skip
COLUMNS = {
    "kind": "VARCHAR",
    **dict.fromkeys(ITEM, "VARCHAR"),
    "year_start": "DATE",
    "score": RATE,
    "weight_present": RATE,
    "items": "BIGINT",
    **dict.fromkeys(RANKS, "BIGINT"),
    "in_top_ten": RATE,
    "tau_draws": RATE,
    "tau_equal_weights": RATE,
    "tau_least": RATE,
    "is_stable": "BOOLEAN",
    "stability_id": "VARCHAR",
    "stability_en": "VARCHAR",
    "reasons_for_id": "VARCHAR",
    "reasons_for_en": "VARCHAR",
    "reasons_against_id": "VARCHAR",
    "reasons_against_en": "VARCHAR",
    "draws": "BIGINT",
    "seed": "BIGINT",
    "reason": "VARCHAR",
    "recorded_at": "TIMESTAMPTZ",
    "load_seq": "BIGINT",
}
INPUT = f"""\
SELECT kind, {", ".join(ITEM)}, component, component_value, scaled, year_start, recorded_at,
  load_seq
FROM mart_opportunity_components
"""


def make(inputs: Mapping[str, pa.Table], score: Score) -> dict[str, Any]:
    """A row for each item, in order of its keys."""
    table = inputs["components"]
    group, keys = grouped(table, ("kind", *ITEM))
    rows: dict[str, Any] = {
        "kind": _texts([key[0] for key in keys]),
        **{name: _texts([key[i + 1] for key in keys]) for i, name in enumerate(ITEM)},
        **{n: np.full(len(keys), np.nan) for n, kind in COLUMNS.items()
           if kind in (RATE, "BIGINT")},
        **{n: np.full(len(keys), "", dtype=object) for n, kind in COLUMNS.items()
           if kind == "VARCHAR" and n not in ("kind", *ITEM)},
        "is_stable": np.full(len(keys), None, dtype=object),
    }  # fmt: skip
    first = np.zeros(len(keys), dtype=np.intp)
    first[group] = np.arange(table.num_rows)
    for name in ("year_start", "recorded_at", "load_seq"):
        rows[name] = table[name].combine_chunks().take(first) if len(keys) else []
    names, listed = coded(table, "component")
    cells = (floats(table, "component_value"), floats(table, "scaled"))
    for (kind, *_), members in _together(keys).items():
        components = score.components(kind)
        place = np.array([_position(components, name) for name in listed], dtype=np.intp)[names]
        values, found = np.full((2, len(components), len(keys)), np.nan)
        known = place >= 0
        values[place[known], group[known]] = cells[0][known]
        found[place[known], group[known]] = cells[1][known]
        _fill(rows, score, kind, keys, np.array(members), values, found)
    return {name: rows[name] for name in COLUMNS}


def _texts(cells: list[Any]) -> npt.NDArray[Any]:
    found = np.empty(len(cells), dtype=object)
    found[:] = cells
    return found


def _together(keys: list[tuple[Any, ...]]) -> dict[tuple[str, ...], list[int]]:
    """Items that are put on one scale: sets of products of one level, or one concept."""
    found: dict[tuple[str, ...], list[int]] = {}
    for place, key in enumerate(keys):
        found.setdefault((key[0], *comparison(key[1:])), []).append(place)
    return found


def _position(components: tuple[Component, ...], name: str) -> int:
    return next((i for i, c in enumerate(components) if c.name == name), -1)


def _fill(
    rows: dict[str, Any],
    score: Score,
    kind: str,
    keys: list[tuple[Any, ...]],
    members: npt.NDArray[np.intp],
    *figures: Floats,
) -> None:
    """The scores of one comparison, in the rows of its items."""
    components = score.components(kind)
    values, found = (part[:, members] for part in figures)
    sets = sorted({keys[i][1 : 1 + len(COMPARED)] for i in members})
    areas = sorted({keys[i][-1] for i in members})
    row_of = {key: place for place, key in enumerate(sets)}
    column_of = {area: place for place, area in enumerate(areas)}
    places = (
        np.array([row_of[keys[i][1 : 1 + len(COMPARED)]] for i in members]),
        np.array([column_of[keys[i][-1]] for i in members]),
    )

    def wide(cells: Floats) -> Floats:
        grid = np.full((len(components), len(sets), len(areas)), np.nan)
        grid[:, places[0], places[1]] = cells
        return grid

    weights = composite.checked_weights([c.weight for c in components])
    drawn = composite.draw_weights(
        weights, score.draws, seed=score.seed, concentration=score.concentration
    )
    other = {
        scale: wide(
            np.array([scaled(v, c, scale) for v, c in zip(values, components, strict=True)])
        )
        for scale in SCALES
    }
    checked = sensitivity.checks(
        wide(found), weights, drawn, other_scales=other, least_weight=score.least_weight
    )
    for name, cells in _figures(checked).items():
        rows[name][members] = cells[places]
    for name, of_set in (("tau_draws", checked.tau_draws), ("tau_least", checked.tau_least),
                         ("tau_equal_weights", checked.tau_equal_weights)):  # fmt: skip
        rows[name][members] = of_set[places[0]]
    rows["items"][members] = (~np.isnan(checked.rank)).sum(axis=1)[places[0]]
    rows["draws"][members], rows["seed"][members] = score.draws, score.seed
    _say(rows, members, np.isnan(checked.score[places]), _unstable(rows, members))
    above = _above(found, places[0])
    above = weights[:, None] * np.where(np.abs(above) < NOTABLE, 0.0, above)
    for place, component in enumerate(components):
        if component.name in SIGNED:
            agrees = np.sign(values[place]) == np.sign(above[place])
            above[place] = np.where(agrees, above[place], 0.0)
    for at in np.flatnonzero(rows["rank"][members] <= TOP):
        good, bad = words_of(kind, components, values[:, at], above[:, at])
        row = members[at]
        rows["reasons_for_id"][row], rows["reasons_for_en"][row] = good.id, good.en
        rows["reasons_against_id"][row], rows["reasons_against_en"][row] = bad.id, bad.en


def _above(values: Floats, sets: npt.NDArray[np.intp]) -> Floats:
    """How far each component is above the mean of what is known of it among the items that are
    ranked with it: what all of them share explains no rank."""
    found = np.full_like(values, np.nan)
    for number in np.unique(sets):
        some = values[:, sets == number]
        known = ~np.isnan(some)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(known, some, 0.0).sum(axis=1) / known.sum(axis=1)
        found[:, sets == number] = some - mean[:, None]
    return found


def _unstable(rows: dict[str, Any], members: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Whether the draws, or leaving out one component, move a rank by more than ten places, or by
    more than a third of the places where there are fewer."""
    most = np.minimum(composite.STABLE, np.maximum(1, rows["items"][members] // 3))
    drawn = rows["rank_high"][members] - rows["rank_low"][members]
    left_out = rows["rank_most"][members] - rows["rank_least"][members]
    return np.asarray((drawn > most) | (left_out > most))


def _figures(checked: sensitivity.Sensitivity) -> dict[str, Floats]:
    """Sets × items by column."""
    draws = checked.draws
    overall = composite.score_ranks(checked.score.reshape(1, -1)).reshape(checked.score.shape)
    return {
        "score": checked.score,
        "weight_present": checked.weight_present,
        "rank": checked.rank,
        "rank_tied": checked.tied,
        "rank_overall": overall,
        "rank_equal_weights": checked.rank_equal_weights,
        "rank_worst_missing": checked.rank_worst_missing,
        "rank_least": checked.rank_least,
        "rank_most": checked.rank_most,
        **{f"rank_{scale}": ranks for scale, ranks in checked.rank_by_scale.items()},
        "rank_median": draws.median,
        "rank_low": draws.low,
        "rank_high": draws.high,
        "in_top_ten": draws.in_top,
    }


def _say(
    rows: dict[str, Any],
    members: npt.NDArray[np.intp],
    unscored: npt.NDArray[np.bool_],
    unstable: npt.NDArray[np.bool_],
) -> None:
    """Whether each rank holds, or why there is none."""
    for column, language in (("stability_id", "id"), ("stability_en", "en")):
        said = np.where(unstable, UNSTABLE.in_language(language), STABLE.in_language(language))
        rows[column][members] = np.where(unscored, "", said)
    rows["is_stable"][members] = [None if u else not s for u, s in zip(unscored, unstable,
                                                                       strict=True)]  # fmt: skip
    rows["reason"][members] = np.where(unscored, reasons.WEIGHT_MISSING, reasons.DEFINED)


CALCULATION = Calculation(
    title_id="Skor peluang negara untuk penjajakan (bukan keputusan) dan kepastian peringkatnya",
    title_en="Opportunity scores of countries for penjajakan (no decision), and how sure ranks are",
    key=("kind", *ITEM),
    behind=behind(of_component=False),
    inputs={"components": INPUT},
    columns=COLUMNS,
    make=make,
    by_score=True,
)
