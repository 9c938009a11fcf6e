"""What the simulated partners know: one seeded truth, which each reports in its own way.

Every figure is synthetic. `edition` counts runs: with every second one the partners have restated
some of their figures. It knows nothing of the pipeline.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

SEED = "penataran"

# Comtrade code → ISO code, name. The reference lists of the simulated service.
AREAS = {
    0: ("W00", "World"), 360: ("IDN", "Indonesia"), 392: ("JPN", "Japan"),
    36: ("AUS", "Australia"), 96: ("BRN", "Brunei Darussalam"), 116: ("KHM", "Cambodia"),
    418: ("LAO", "Lao People's Dem. Rep."), 458: ("MYS", "Malaysia"), 104: ("MMR", "Myanmar"),
    608: ("PHL", "Philippines"), 702: ("SGP", "Singapore"), 764: ("THA", "Thailand"),
    626: ("TLS", "Timor-Leste"), 704: ("VNM", "Viet Nam"), 156: ("CHN", "China"),
    842: ("USA", "USA"), 251: ("FRA", "France"), 699: ("IND", "India"),
    757: ("CHE", "Switzerland"), 490: ("S19", "Other Asia, nes"), 899: ("_X ", "Areas, nes"),
}  # fmt: skip
SHARES = {
    0: 1.0, 392: 0.11, 36: 0.04, 458: 0.06, 702: 0.07, 764: 0.05, 704: 0.05, 608: 0.05,
    116: 0.02, 104: 0.01, 156: 0.24, 842: 0.13, 626: 0.004, 96: 0.003, 418: 0.002,
}  # fmt: skip
PRODUCTS = {
    "TOTAL": (2.6e11, "Total - All commodities"), "920600": (4.1e7, "Percussion instruments"),
    "442011": (3.2e7, "Ornaments of tropical wood"), "442019": (1.1e7, "Ornaments of other wood"),
    "442090": (2.4e7, "Wood marquetry; caskets"), "442199": (9.0e7, "Other articles of wood"),
    "4602": (6.5e7, "Basketwork"), "940360": (5.2e8, "Furniture, wooden"),
    "9503": (3.1e8, "Toys"), "6211": (1.6e8, "Garments n.e.s."), "6214": (2.1e7, "Shawls"),
    "240319": (4.4e7, "Smoking tobacco"), "240399": (1.9e7, "Manufactured tobacco n.e.s."),
    "030111": (2.8e7, "Ornamental freshwater fish"), "060290": (1.5e7, "Live plants n.e.s."),
    "0207": (1.2e7, "Poultry meat"), "080430": (6.0e6, "Pineapples"), "081090": (4.0e7, "Fruit"),
    "090111": (9.3e8, "Coffee; not roasted"), "0907": (1.6e8, "Cloves"),
    "180100": (7.0e7, "Cocoa beans"), "1701": (8.0e6, "Cane or beet sugar"),
    "1702": (5.5e7, "Sugars n.e.s."), "210390": (1.4e8, "Sauces"),
    "03": (3.5e9, "Fish"), "06": (1.8e7, "Plants"), "08": (1.1e9, "Fruit"),
    "09": (1.6e9, "Coffee, tea, spices"), "15": (2.6e10, "Fats and oils"),
    "16": (1.3e9, "Preparations of fish"), "18": (1.2e9, "Cocoa"), "24": (1.1e9, "Tobacco"),
    "44": (3.9e9, "Wood"), "46": (7.0e7, "Plaiting materials"), "61": (4.2e9, "Knitwear"),
    "62": (4.4e9, "Clothing"), "94": (2.3e9, "Furniture"),
}  # fmt: skip
RATES = {"USD": 1.11, "JPY": 168.0, "AUD": 1.66, "IDR": 18900.0, "CNY": 7.7, "MYR": 4.7,
         "SGD": 1.45, "THB": 37.5, "PHP": 64.0, "HKD": 8.65, "KRW": 1540.0}  # fmt: skip


def noise(*parts: object) -> float:
    """A number in [0, 1) that depends on the seed and the parts alone."""
    text = "|".join(str(p) for p in (SEED, *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


@dataclass
class World:
    """What the partners know at one edition, on one day."""

    edition: int
    today: date
    throttled: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def revision(self) -> int:
        return self.edition // 2

    def throttle_once(self, provider: str) -> bool:
        """Each partner refuses the first request for data, as they do under load."""
        with self.lock:
            if provider in self.throttled:
                return False
            self.throttled.add(provider)
            return True

    # --- trade: value in USD, FOB, of what Indonesia sells to a partner ---

    def released(self, period: str) -> bool:
        """Annual figures are released in the following year, monthly ones after three months."""
        if len(period) == 4:
            return int(period) < self.today.year
        month = int(period[:4]) * 12 + int(period[4:]) - 1
        return month <= self.today.year * 12 + self.today.month - 1 - 3

    def trade_value(self, period: str, partner: int, product: str) -> float:
        scale, year = PRODUCTS[product][0], int(period[:4])
        share = SHARES.get(partner, 0.01) * (0.5 + noise("share", partner, product))
        value = scale * (1.0 if partner == 0 else share) * 1.04 ** (year - 2024)
        value *= 0.92 + 0.16 * noise("year", period, partner, product)
        if len(period) == 6:
            value /= 12
        if self.restated(period, partner, product):
            value *= 1 + 0.02 * self.revision
        return round(value, 3)

    def restated(self, period: str, partner: int, product: str) -> bool:
        recent = int(period[:4]) >= self.today.year - 2
        return recent and noise("restated", period, partner, product) < 0.06

    def chapter_value(self, period: str, partner: int, chapter: str) -> float:
        """What a chapter sells: its subheadings in the list, or else its headings."""
        own = [p for p in PRODUCTS if p.startswith(chapter) and len(p) == 6] or [
            p for p in PRODUCTS if p.startswith(chapter) and len(p) == 4
        ]
        sold = [p for p in own if self.traded(period, partner, p)]
        return round(sum(self.trade_value(period, partner, p) for p in sold), 2)

    def import_value(self, period: str, partner: int, product: str) -> float:
        """The same flow as the buyer sees it, in USD, CIF: freight and insurance of about six
        per cent, and what the two offices see differently."""
        freight = 1.06 + 0.04 * (noise("freight", period, partner, product) - 0.5)
        return self.trade_value(period, partner, product) * freight

    def traded(self, period: str, partner: int, product: str) -> bool:
        """Small markets do not buy everything."""
        return product == "TOTAL" or noise("trades", partner, product) >= 0.2

    # --- rates: units of a currency for one euro ---

    def business_days(self, since: date) -> Iterator[date]:
        day = since
        while day < self.today:
            if day.weekday() < 5:
                yield day
            day += timedelta(days=1)

    def rate(self, currency: str, day: date) -> str:
        drift = 1 + 0.05 * (noise("drift", currency, day.year, day.month) - 0.5)
        value = RATES[currency] * drift * (1 + 0.01 * (noise("rate", currency, day) - 0.5))
        if self.revision and day.day == 3 and (self.today - day).days < 40:
            value *= 1.0005
        return f"{value:.6g}"

    def cross(self, base: str, quote: str, day: date) -> float:
        """Units of quote for one of base, from the euro's rates."""
        euro = {c: 1.0 if c == "EUR" else float(self.rate(c, day)) for c in (base, quote)}
        return euro[quote] / euro[base]

    def average_rate(self, base: str, quote: str, month: str) -> float:
        """Mean of a month's first ten business days: good enough for a simulated customs house."""
        first = date(int(month[:4]), int(month[4:]), 1)
        days = [first + timedelta(days=n) for n in range(14)]
        found = [self.cross(base, quote, d) for d in days if d.weekday() < 5 and d < self.today]
        return sum(found) / len(found) if found else RATES[quote] / RATES.get(base, 1.0)
