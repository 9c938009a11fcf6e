"""What each opportunity score is made of: one row for each item and component.

`component_value` is the figure in its own unit, `scaled` the same from 0 to 1 where more is better,
by the scale that configuration declares (`config/scores/`), and `contribution` what it adds to the
score of mart_opportunity_score: they sum to it. Scales compare what is alike: one source, one
revision, one level of products, one concept of visits. A component that is the same for all has no
scale (`constant`), and one that is missing adds nothing: weights of the others are shared out, if
enough is present.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from schemas.score import COMPONENTS, Component, Score
from warehouse.calculated import RATE, Calculation
from warehouse.indicators import composite, normalise, reasons
from warehouse.indicators.reasons import Floats
from warehouse.marts.opportunity_figures import ITEM, KINDS, ScoreRows
from warehouse.marts.opportunity_inputs import INPUTS, READS

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = {
    "kind": "VARCHAR",
    **dict.fromkeys(ITEM, "VARCHAR"),
    "component": "VARCHAR",
    "component_id": "VARCHAR",
    "component_en": "VARCHAR",
    "year_start": "DATE",
    "component_value": RATE,
    "component_unit": "VARCHAR",
    "scale": "VARCHAR",
    "scaled": RATE,
    "weight": RATE,
    "contribution": RATE,
    "reason": "VARCHAR",
    "recorded_at": "TIMESTAMPTZ",
    "load_seq": "BIGINT",
}
UNITS = {
    "money": "USD", "percent": "ratio", "share": "ratio", "count": "number", "number": "index",
    "km": "km", "points": "ratio",
}  # fmt: skip


def make(inputs: Mapping[str, pa.Table], score: Score) -> dict[str, Any]:
    """The rows of all kinds that configuration declares."""
    parts = [_rows(kind, KINDS[kind](inputs, score), score) for kind, _ in score.kinds]
    return {name: np.concatenate([p[name] for p in parts]) if parts else [] for name in COLUMNS}


def comparison(key: tuple[str, ...]) -> tuple[str, ...]:
    """What an item is put on one scale with: same source, revision, level and concept."""
    source, region, classification, product, concept, _ = key
    return source, region, classification, str(len(product)), concept


def scaled(values: Floats, component: Component, scale: str = "") -> Floats:
    """Figures of one comparison from 0 to 1, or as z-scores, where more is better."""
    scale = scale or component.scale
    if scale == "goalposts":
        return normalise.goalposts(values, normalise.Goalposts(component.low, component.high))
    is_lower = component.lower_is_better or (
        component.scale == "goalposts" and component.low > component.high
    )
    turned = -values if is_lower else values
    known = turned[~np.isnan(turned)]
    if len(known) < 2 or (known == known[0]).all():
        return np.full(len(values), np.nan)
    if scale == "percentile":
        return normalise.percentile(turned) / 100
    return normalise.z_score(turned) if scale == "zscore" else normalise.min_max(turned)


def _rows(kind: str, items: ScoreRows, score: Score) -> dict[str, npt.NDArray[Any]]:
    components, size = score.components(kind), len(items.keys)
    weights = composite.checked_weights([c.weight for c in components])
    values = np.array([items.figures[c.name] for c in components]).reshape(len(components), size)
    found = np.full(values.shape, np.nan)
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, key in enumerate(items.keys):
        groups.setdefault(comparison(key), []).append(place)
    for members in groups.values():
        for place, component in enumerate(components):
            found[place, members] = scaled(values[place, members], component)
    enough = ~np.isnan(composite.score(found, weights, least_weight=score.least_weight).score)
    added = np.where(enough, composite.contribution(found, weights), np.nan)
    why = reasons.first_of(
        {reasons.VALUE_MISSING: np.isnan(values), reasons.CONSTANT: np.isnan(found)}, values.shape
    )
    order = sorted(range(size), key=items.keys.__getitem__)

    def each(cells: Sequence[Any]) -> npt.NDArray[Any]:
        """What an item has, in all its rows."""
        column = np.empty(size, dtype=object)
        column[:] = [cells[i] for i in order]
        return np.repeat(column, len(components))

    def every(cells: Sequence[Any]) -> npt.NDArray[Any]:
        """What a component has, in the rows of all items."""
        return np.tile(np.array(cells, dtype=object), size)

    return {
        "kind": np.full(values.size, kind, dtype=object),
        **{name: each([key[i] for key in items.keys]) for i, name in enumerate(ITEM)},
        "component": every([c.name for c in components]),
        "component_id": every([c.title.id for c in components]),
        "component_en": every([c.title.en for c in components]),
        "year_start": each(items.years),
        "component_value": values[:, order].T.ravel(),
        "component_unit": every([UNITS[COMPONENTS[kind][c.name]] for c in components]),
        "scale": every([c.scale for c in components]),
        "scaled": found[:, order].T.ravel(),
        "weight": every(weights.tolist()),
        "contribution": added[:, order].T.ravel(),
        "reason": why[:, order].T.ravel().astype(object),
        "recorded_at": each(items.stamps[0]),
        "load_seq": each(items.stamps[1].tolist()),
    }


IMPORTS = (
    "c.source = m.source AND c.flow = 'import' AND c.frequency = 'A' AND c.currency = 'USD' "
    "AND c.product_code = m.product_code AND c.product_classification = m.product_classification "
    "AND c.valuation = 'CIF' AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL' "
    "AND c.period_start <= m.year_start AND c.period_start >= m.year_start - INTERVAL '3 years'"
)
# Kind, its components, and the core rows behind them. The region's country is Indonesia, as BPS
# codes are.
SOURCES: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("export", ("market_size", "market_growth", "volatility"), "core_trade__flows",
     f"{IMPORTS} AND c.reporter_area = m.partner_area AND c.partner_area = 'WLD'"),
    ("export", ("supplier_concentration",), "core_trade__flows",
     f"{IMPORTS} AND c.reporter_area = m.partner_area AND c.period_start = m.year_start"),
    ("export", ("share_gap",), "core_trade__flows",  # our share in all markets less that in one
     f"{IMPORTS} AND c.reporter_area <> 'IDN' AND c.partner_area IN ('WLD', 'IDN')"),
    ("export", ("advantage", "density", "complexity"), "core_trade__flows",
     "c.flow = 'export' AND c.frequency = 'A' AND c.reporter_area = 'IDN' "
     "AND c.partner_area = 'WLD' AND c.product_code = left(m.product_code, 4) "
     "AND c.product_classification = m.product_classification AND c.valuation = 'FOB' "
     "AND c.currency = 'USD' AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'"),
    ("export", ("distance",), "ref_capital", "c.area IN (m.partner_area, 'IDN')"),
    ("tourism", ("visitors", "visitors_growth", "seasonality"), "core_tourism__arrivals",
     "c.source = m.source AND c.destination_area = 'IDN' AND c.region_code = m.region_code "
     "AND c.concept = m.concept AND c.origin_area = m.partner_area AND c.frequency IN ('A', 'M') "
     "AND c.breakdown_type = 'TOTAL' AND c.period_start >= m.year_start - INTERVAL '1 year' "
     "AND c.period_start < m.year_start + INTERVAL '1 year'"),
    ("exchange", ("students", "students_growth", "balance"), "core_exchange__students",
     "c.source = m.source AND c.level = m.concept "
     "AND ((c.origin_area = m.partner_area AND c.destination_area = 'IDN') "
     "OR (c.origin_area = 'IDN' AND c.destination_area = m.partner_area)) "
     "AND c.period_start <= m.year_start AND c.period_start >= m.year_start - INTERVAL '1 year'"),
    ("exchange", ("participants",), "core_exchange__programmes",
     "c.partner_area = m.partner_area AND NOT coalesce(c.cancelled, false)"),
    ("exchange", ("agreements",), "core_cooperation__agreements",
     "c.partner_area = m.partner_area"),
)  # fmt: skip


def behind(*, of_component: bool) -> tuple[tuple[str, str], ...]:
    """Core rows behind a component, or behind all components of a score."""
    found = dict[str, list[str]]()
    for kind, components, table, condition in SOURCES:
        names = ", ".join(f"'{name}'" for name in components)
        own = f" AND m.component IN ({names})" if of_component else ""
        found.setdefault(table, []).append(f"(m.kind = '{kind}'{own} AND {condition})")
    return tuple((table, " OR ".join(conditions)) for table, conditions in found.items())


CALCULATION = Calculation(
    title_id="Komponen skor peluang: angka, skala, bobot dan sumbangannya",
    title_en="Components of the opportunity score: figure, scale, weight and contribution",
    key=("kind", *ITEM, "component"),
    behind=behind(of_component=True),
    inputs=INPUTS,
    reads=READS,
    columns=COLUMNS,
    make=make,
    by_score=True,
)
