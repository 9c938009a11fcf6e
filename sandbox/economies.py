"""The simulated world economy: what each country sells to and buys from the others.

A country can make a product when its ability reaches the product's complexity and the product's
branch suits it; so rich countries make almost everything, poor ones what is simple, and what each
sells is connected with what others sell. Indonesia's sales are those of `sandbox.world`. Sizes are
round numbers near those of 2024, in billions of USD; all figures are synthetic.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from sandbox.world import PRODUCTS, World, noise

INDONESIA, WORLD, UNSPECIFIED, OTHER_ASIA = 360, 0, 899, 490
SELLS_NONE = 0.06  # how well a product must suit a country that sells it
SUPPLIERS = 7  # of a product in a market, beside Indonesia

# Comtrade code → ISO code, name, exports, ability from 0 to 1.
ECONOMIES = {
    36: ("AUS", "Australia", 370, 0.42), 56: ("BEL", "Belgium", 540, 0.74),
    76: ("BRA", "Brazil", 340, 0.45), 96: ("BRN", "Brunei Darussalam", 11, 0.15),
    104: ("MMR", "Myanmar", 14, 0.12), 116: ("KHM", "Cambodia", 23, 0.15),
    124: ("CAN", "Canada", 570, 0.62), 156: ("CHN", "China", 3400, 0.78),
    251: ("FRA", "France", 640, 0.8), 276: ("DEU", "Germany", 1650, 0.93),
    344: ("HKG", "China, Hong Kong SAR", 570, 0.6), 360: ("IDN", "Indonesia", 260, 0.38),
    380: ("ITA", "Italy", 660, 0.78), 392: ("JPN", "Japan", 720, 0.95),
    410: ("KOR", "Rep. of Korea", 640, 0.9), 418: ("LAO", "Lao People's Dem. Rep.", 8, 0.12),
    458: ("MYS", "Malaysia", 310, 0.62), 490: ("S19", "Other Asia, nes", 430, 0.9),
    528: ("NLD", "Netherlands", 700, 0.75), 554: ("NZL", "New Zealand", 42, 0.4),
    608: ("PHL", "Philippines", 75, 0.48), 626: ("TLS", "Timor-Leste", 0.3, 0.05),
    682: ("SAU", "Saudi Arabia", 310, 0.3), 699: ("IND", "India", 430, 0.5),
    702: ("SGP", "Singapore", 480, 0.85), 704: ("VNM", "Viet Nam", 370, 0.45),
    757: ("CHE", "Switzerland", 400, 0.92), 764: ("THA", "Thailand", 290, 0.62),
    784: ("ARE", "United Arab Emirates", 400, 0.38), 792: ("TUR", "Türkiye", 255, 0.55),
    818: ("EGY", "Egypt", 42, 0.3), 826: ("GBR", "United Kingdom", 480, 0.8),
    842: ("USA", "USA", 2000, 0.88),
}  # fmt: skip
SLOW = frozenset({104, 418, 818})  # have not yet reported the newest year
OLD_REVISION = frozenset({104, 418, 626})  # still report by HS 2017
NEW_CODES = frozenset({"442011", "442019"})  # of HS 2022

# Heading → name, complexity from 0 to 1, world trade.
HEADINGS = {
    "0306": ("Crustaceans", 0.12, 30), "0803": ("Bananas", 0.05, 15), "0902": ("Tea", 0.08, 8),
    "0904": ("Pepper", 0.06, 5), "1006": ("Rice", 0.08, 30), "1201": ("Soya beans", 0.1, 80),
    "1511": ("Palm oil", 0.12, 45), "1513": ("Coconut oil", 0.1, 8),
    "1604": ("Prepared fish", 0.2, 18), "1905": ("Bakery wares", 0.45, 45),
    "2106": ("Food preparations", 0.5, 50), "2204": ("Wine", 0.4, 38),
    "2401": ("Tobacco, raw", 0.1, 10), "2603": ("Copper ores", 0.1, 80),
    "2701": ("Coal", 0.08, 140), "2709": ("Crude oil", 0.06, 1200),
    "2710": ("Refined oil", 0.35, 900), "2711": ("Petroleum gases", 0.1, 450),
    "2902": ("Cyclic hydrocarbons", 0.6, 60), "3004": ("Medicaments", 0.85, 420),
    "3105": ("Fertilisers", 0.35, 30), "3304": ("Beauty products", 0.55, 70),
    "3401": ("Soap", 0.35, 15), "3808": ("Pesticides", 0.65, 40), "3901": ("Polymers", 0.6, 90),
    "3926": ("Articles of plastics", 0.5, 90), "4001": ("Natural rubber", 0.07, 15),
    "4011": ("Tyres", 0.5, 85), "4202": ("Bags", 0.2, 75), "4407": ("Sawn wood", 0.15, 35),
    "4412": ("Plywood", 0.2, 18), "4703": ("Pulp", 0.3, 38), "4819": ("Cartons", 0.45, 25),
    "5205": ("Cotton yarn", 0.25, 13), "6109": ("T-shirts", 0.12, 48),
    "6110": ("Jerseys", 0.14, 58), "6203": ("Men's suits", 0.13, 48),
    "6402": ("Footwear, rubber", 0.15, 30), "6403": ("Footwear, leather", 0.18, 55),
    "6907": ("Ceramic tiles", 0.35, 18), "7108": ("Gold", 0.1, 400),
    "7113": ("Jewellery", 0.3, 100), "7202": ("Ferro-alloys", 0.25, 50),
    "7208": ("Rolled iron", 0.5, 60), "7326": ("Articles of iron", 0.55, 55),
    "7601": ("Aluminium", 0.3, 65), "8411": ("Turbines", 0.95, 120),
    "8421": ("Filters", 0.75, 60), "8471": ("Computers", 0.7, 380), "8481": ("Valves", 0.8, 95),
    "8486": ("Machines for chips", 0.98, 110), "8504": ("Transformers", 0.6, 130),
    "8507": ("Batteries", 0.65, 140), "8517": ("Telephones", 0.68, 600),
    "8528": ("Screens", 0.55, 95), "8542": ("Integrated circuits", 0.9, 900),
    "8544": ("Wire", 0.5, 150), "8703": ("Cars", 0.85, 850), "8708": ("Parts of cars", 0.75, 400),
    "8711": ("Motorcycles", 0.5, 35), "9018": ("Medical instruments", 0.85, 150),
    "9027": ("Instruments of analysis", 0.95, 60), "9401": ("Seats", 0.4, 95),
    "9405": ("Lamps", 0.4, 50), "9506": ("Sports goods", 0.45, 35),
}  # fmt: skip
# Of the region's own products, by chapter.
COMPLEXITY = {
    "02": 0.2, "03": 0.1, "06": 0.25, "08": 0.08, "09": 0.06, "15": 0.12, "16": 0.2, "17": 0.2,
    "18": 0.08, "21": 0.4, "24": 0.3, "44": 0.12, "46": 0.08, "61": 0.13, "62": 0.13, "92": 0.3,
    "94": 0.3, "95": 0.3,
}  # fmt: skip


def heading_codes() -> list[str]:
    """Every heading: the general ones, the region's, and those of its subheadings."""
    own = {p[:4] for p in PRODUCTS if len(p) in (4, 6)}
    return sorted(own | set(HEADINGS))


def has_reported(world: World, period: str, reporter: int) -> bool:
    """Some countries report a year later than the others."""
    newest = int(period[:4]) == world.today.year - 1
    return world.released(period) and not (newest and reporter in SLOW)


@lru_cache(maxsize=8)
def year_of(edition: int, year: int, newest: int) -> Year:
    """One year as the world knows it at an edition; made once for all questions about it."""
    from datetime import date

    return Year(World(edition, date(newest, 1, 1)), str(year))


@dataclass(frozen=True, eq=False)
class Year:
    """Trade between the economies in one year, in USD: exports FOB, imports CIF. Zero is no trade.

    Of one product a market's imports are the sum of its suppliers', and a heading holds its
    subheadings; so all answers about a year agree.
    """

    world: World
    period: str

    def exports(self, reporter: int, product: str) -> float:
        """What a country sells to the world."""
        if reporter == INDONESIA and product in PRODUCTS:
            return self.world.trade_value(self.period, WORLD, product)
        if product == "TOTAL":
            found = sum(self.exports(reporter, h) for h in heading_codes())
            return round(found * (1.02 + 0.06 * noise("rest", reporter)), 3)
        parts = _parts(product)
        if parts:
            found = sum(self.exports(reporter, p) for p in parts)
            return round(found * (1.15 + 0.5 * noise("heading", reporter, product)), 3)
        return self._sales(product).get(reporter, 0.0)

    def imports(self, reporter: int, product: str) -> float:
        """What a country buys from the world."""
        parts = _parts(product)
        if product != "TOTAL" and parts:
            found = sum(self.imports(reporter, p) for p in parts)
            return round(found * (1.1 + 0.4 * noise("bought", reporter, product)), 3)
        return round(sum(self.suppliers(reporter, product).values()), 3)

    def suppliers(self, market: int, product: str) -> dict[int, float]:
        """What a country buys of a product, by supplier: its largest ones, and Indonesia."""
        known = self._bought.get((market, product))
        if known is None:
            known = self._bought[market, product] = self._suppliers(market, product)
        return known

    @cached_property
    def _bought(self) -> dict[tuple[int, str], dict[int, float]]:
        return {}

    @cached_property
    def _sold(self) -> dict[str, dict[int, float]]:
        return {}

    def _suppliers(self, market: int, product: str) -> dict[int, float]:
        own = market != INDONESIA and self.world.traded(self.period, market, product)
        of_indonesia = self._from_indonesia(market, product) if own else 0.0
        if product == "TOTAL":
            whole = sum(self.imports(market, h) for h in heading_codes()) * 1.1
            others = max(whole - of_indonesia, of_indonesia)
            sales = {c: float(e[2]) for c, e in ECONOMIES.items()}
        else:
            others = self._demand(market, product)
            sales = self._sales(product)
        sales = {c: v * (0.3 + 1.4 * noise("pair", market, c, product[:2]))
                 for c, v in sales.items() if c not in (market, INDONESIA)}  # fmt: skip
        largest = sorted(sales, key=lambda c: -sales[c])[:SUPPLIERS]
        whole = sum(sales[c] for c in largest)
        found = {c: round(others * sales[c] / whole, 3) for c in largest}
        if of_indonesia:
            found[INDONESIA] = round(of_indonesia, 3)
        return {c: v for c, v in found.items() if v > 0}

    def _from_indonesia(self, market: int, product: str) -> float:
        if product in PRODUCTS:
            return self.world.import_value(self.period, market, product)
        share = ECONOMIES[market][2] / 16_000 * (0.5 + noise("from", market, product))
        return self.exports(INDONESIA, product) * share

    def _demand(self, market: int, product: str) -> float:
        """What a country buys from all but Indonesia, in proportion to its size and its taste."""
        sold = sum(v for c, v in self._sales(product).items() if c not in (INDONESIA, market))
        size = ECONOMIES[market][2] / 16_000
        value = sold * 1.06 * size * (0.4 + 1.2 * noise("taste", market, product))
        if self.world.restated(self.period, market, product):
            value *= 1 + 0.02 * self.world.revision
        return value

    def _sales(self, product: str) -> dict[int, float]:
        """What each country sells of a product that has no parts here. Of general headings a
        country's own exports are shared out; of the region's products a world trade."""
        if product not in self._sold:
            fits = {c: f for c in ECONOMIES if (f := _fit(c, product)) > SELLS_NONE}
            if product in HEADINGS:
                sales = {c: _share(c, product) * ECONOMIES[c][2] * 0.92e9 for c in fits}
                if INDONESIA in sales:
                    sales[INDONESIA] = self._scale_of_indonesia * _share(INDONESIA, product)
            else:
                weights = {c: ECONOMIES[c][2] * f for c, f in fits.items()}
                traded = PRODUCTS[product][0] * (15 + 90 * noise("world", product))
                sales = {c: traded * w / sum(weights.values()) for c, w in weights.items()}
            self._sold[product] = {
                c: round(v * self._growth(c, product), 3) for c, v in sales.items()
            }
        return self._sold[product]

    @cached_property
    def _scale_of_indonesia(self) -> float:
        """With which its general headings are 93 % of its total of the year."""
        grown = sum(_share(INDONESIA, h) * self._growth(INDONESIA, h) for h in HEADINGS)
        return 0.93 * self.world.trade_value(self.period, WORLD, "TOTAL") / grown

    def _growth(self, reporter: int, product: str) -> float:
        """How a country's sales of a product are in this year, 2024 being 1 or so."""
        trend = (1.0 + 0.08 * noise("trend", reporter, product)) ** (int(self.period) - 2024)
        return trend * (0.93 + 0.14 * noise("of year", self.period, reporter, product))


@cache
def _share(reporter: int, product: str) -> float:
    """The share of a general heading in a country's exports."""
    weights = _weights(reporter)
    return weights.get(product, 0.0) / sum(weights.values())


@cache
def _weights(reporter: int) -> dict[str, float]:
    fits = {h: _fit(reporter, h) for h in HEADINGS}
    return {h: f * HEADINGS[h][2] ** 0.7 for h, f in fits.items() if f > SELLS_NONE}


def _parts(heading: str) -> list[str]:
    """The subheadings that a heading is made of; none of one that stands for itself."""
    if len(heading) != 4 or heading in PRODUCTS or heading in HEADINGS:
        return []
    return [p for p in PRODUCTS if len(p) == 6 and p.startswith(heading)]


def _fit(reporter: int, product: str) -> float:
    """How well a product suits a country."""
    ability = ECONOMIES[reporter][3]
    needed = HEADINGS[product][1] if product in HEADINGS else COMPLEXITY[product[:2]]
    fit = math.exp(-12 * max(0.0, needed - ability))
    branch = 0.1 + 1.8 * noise("branch", reporter, product[:1])
    fit *= branch ** (2.6 - 2.4 * ability)  # who can do little, does it in few branches
    if needed <= 0.1:  # grown or dug where the ground is for it
        fit *= 2.0 if noise("ground", reporter, product) > 0.65 else 0.1
    return float(fit * (0.3 + 1.4 * noise("fit", reporter, product)))


def known_products(reporter: int, codes: Iterable[str]) -> list[str]:
    """Those codes that the revision of HS has which a country reports by."""
    return [c for c in codes if reporter not in OLD_REVISION or c not in NEW_CODES]
