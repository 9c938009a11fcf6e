"""Simulated partners' files: every contract, three languages, clean and dirty.

A file's name says how its intake ends: `exhibitions.id.clean.xlsx` is loaded whole,
`….dirty-2.csv` is loaded without two rows, `….refused.xlsx` and `….stopped.xlsx` are not taken.
All content is invented; the first line of every file states that.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from config import contract as contracts
from config.contract import Contract, kind_of
from schemas.model import Field, OneOf

MARK = "DATA SIMULASI / SIMULATED DATA / 模擬データ"
SENDERS = {"id": "sim_dinas", "en": "sim_mitra_au", "ja": "sim_mitra_jp"}
OWN_AREA = {"en": "AUS", "ja": "JPN"}  # a partner abroad reports agreements with itself
PARTNERS = Path(__file__).parent / "partners"
LETTERS = {"id": "D", "en": "A", "ja": "J"}  # of the senders' own numbering
COUNTRIES = ("JPN", "AUS", "MYS", "SGP", "CHN", "NLD", "USA")
PRODUCTS = ("920600", "442011", "090111", "030111", "080430", "240319")
# Of a year: million rupiah, rupiah a kilogram, and where it goes.
LOCAL_EXPORTS = {
    "920600": (17_000, 95_000, ("CHN", "USA", "JPN")), "030111": (1_100, 400_000, ("SGP", "JPN")),
    "442011": (900, 60_000, ("NLD", "AUS")), "090111": (700, 75_000, ("MYS", "JPN")),
    "080430": (400, 12_000, ("SGP", "MYS")), "240319": (300, 80_000, ("NLD", "MYS")),
}  # fmt: skip
FLAGS = {"id": ("ya", "tidak"), "en": ("yes", "no"), "ja": ("はい", "いいえ")}
UNKNOWN_COUNTRY = {"id": "Negeri Khayalan", "en": "Neverland", "ja": "架空国"}
PUPIL = {"id": ("nama siswa", "Contoh Simulasi"), "en": ("student name", "Sample Simulated"),
         "ja": ("氏名", "模擬 花子")}  # fmt: skip
STRANGE = {"id": "kesan", "en": "impression", "ja": "感想"}
Row = dict[str, Any]


def write_all(folder: Path, today: date) -> list[Path]:
    """Write every file under `folder/<sender>/`; returns their paths."""
    return [path for language in SENDERS for path in write_for(folder, language, today)]


def write_clean(inbox: Path, today: date) -> list[Path]:
    """Write only what loads whole, into the senders' inbox folders."""
    return [
        _write(inbox / sender, code, language, "clean", "xlsx", today)
        for language, sender in SENDERS.items()
        for code in contracts.load_all()
    ]


KINDS = (
    ("clean", "xlsx"), ("clean", "csv"), ("dirty", "xlsx"), ("dirty", "csv"),
    ("refused", "xlsx"), ("stopped", "xlsx"),
)  # fmt: skip


def write_for(folder: Path, language: str, today: date) -> Iterator[Path]:
    for code in contracts.load_all():
        for kind, suffix in KINDS:
            yield _write(folder / SENDERS[language], code, language, kind, suffix, today)


def _write(folder: Path, code: str, language: str, kind: str, suffix: str, today: date) -> Path:
    contract = contracts.load_all()[code]
    seed = f"{code}/{language}"
    own = LETTERS[language]
    rows = [
        {
            name: value.replace("SIM-", f"SIM{own}-") if isinstance(value, str) else value
            for name, value in row.items()
        }
        for row in ROWS[code](random.Random(seed), today)
    ]
    if code == "agreements" and language in OWN_AREA:
        rows = [{**row, "partner_area": OWN_AREA[language]} for row in rows]
    fields = contract.fields()
    head: list[Any] = [contract.heading(f, language) for f in fields]
    lines = [[_shown(contract, f, row.get(f.name), language) for f in fields] for row in rows]
    name = kind
    if kind == "dirty":
        broken = _broken(contract, lines, language)
        lines += broken
        name = f"dirty-{len(broken)}"
    elif kind == "refused":
        head, lines = [*head, STRANGE[language]], [[*line, "!"] for line in lines]
    elif kind == "stopped":
        title, pupil = PUPIL[language]
        head, lines = [*head, title], [[*line, pupil] for line in lines]
    path = folder / f"{code}.{language}.{name}.{suffix}"
    folder.mkdir(parents=True, exist_ok=True)
    if suffix == "csv":
        _write_csv(path, [[MARK], head, *lines])
    else:
        _write_workbook(path, contract, language, head, lines)
    return path


def _shown(contract: Contract, field: Field, value: Any, language: str) -> Any:
    """A value as people of that language write it into a cell."""
    if value is None:
        return None
    kind = kind_of(field)
    if kind == "area":
        from babel import Locale
        from pycountry import countries

        return Locale(language).territories[countries.get(alpha_3=value).alpha_2]
    if kind == "flag":
        return FLAGS[language][0 if value else 1]
    codes = next((c.values for c in field.checks if isinstance(c, OneOf)), ())
    if codes:
        known = contracts.vocabulary().labels.get(field.name, {}).get(str(value), ())
        place = {"id": 0, "en": 0, "ja": -1}[language]
        return known[place] if known and language != "en" else value
    return value


def _broken(contract: Contract, lines: Sequence[list[Any]], language: str) -> list[list[Any]]:
    """Rows that must be refused, one fault each: a date with two readings, a number with two,
    an unknown country, a missing key."""
    found = []
    faults = {"date": "03/04/2025", "number": "1.234", "area": UNKNOWN_COUNTRY[language]}
    fields = contract.fields()
    for number, (kind, text) in enumerate(faults.items()):
        place = next((n for n, f in enumerate(fields) if kind_of(f) == kind), None)
        if place is not None:
            found.append([*lines[0]])
            found[-1][place] = text
            _renumber(contract, found[-1], f"X-{number}")
    found.append([*lines[0]])
    found[-1][[f.name for f in fields].index(contract.required()[-1])] = None
    return found


def _renumber(contract: Contract, line: list[Any], text: str) -> None:
    """A key of its own for a row that would else be the twin of the first one."""
    for place, field in enumerate(contract.fields()):
        if field.name.endswith("_id") and field.name in contract.required():
            line[place] = text
            return


def _write_csv(path: Path, lines: Sequence[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out, delimiter=";").writerows(lines)


def _write_workbook(
    path: Path,
    contract: Contract,
    language: str,
    head: Sequence[str],
    lines: Sequence[Sequence[Any]],
) -> None:
    """A sheet as offices make them: a title over the table, a blank row, a footnote."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        bold = book.add_format({"bold": True})
        sheet.write_string(0, 0, MARK, bold)
        sheet.write_string(1, 0, contract.title.in_language(language), bold)
        for column, text in enumerate(head):
            sheet.write_string(3, column, text, bold)
        for row, line in enumerate(lines, start=4):
            for column, value in enumerate(line):
                if isinstance(value, date):
                    sheet.write_datetime(row, column, value, day)
                elif isinstance(value, int | float):
                    sheet.write_number(row, column, value)
                elif value is not None:
                    sheet.write_string(row, column, str(value))
        note = {
            "id": "Catatan: angka simulasi",
            "en": "Note: simulated figures",
            "ja": "注：模擬の数値",
        }
        sheet.write_string(len(lines) + 5, 0, note[language])


# --- their content ----------------------------------------------------------------------


def _agreements(rng: random.Random, _today: date) -> list[Row]:
    return [
        {
            "agreement_id": f"SIM-{n:03d}", "type": ("KSDPL", "KSDLL", "sister_school")[n % 3],
            "title_id": f"Kerja sama SIM-{n}", "title_en": f"Cooperation SIM-{n}",
            "partner_area": rng.choice(COUNTRIES), "partner_city": f"Kota contoh {n}",
            "partner_org": f"Lembaga contoh {n}", "fields": "perdagangan; budaya",
            "signed_by_heads": n % 2 == 0, "single_field": n % 3 == 0,
            "assembly_approved": n % 2 == 0, "notice_days": 90, "auto_renew": n % 4 == 0,
            "document_ref": f"SIM/{n}/2025",
        }
        for n in range(1, 6)
    ]  # fmt: skip


def _stage_events(rng: random.Random, today: date) -> list[Row]:
    stages = ("prakarsa", "penjajakan", "pernyataan_kehendak", "persetujuan_dprd",
              "penandatanganan", "pelaksanaan")  # fmt: skip
    found: list[Row] = []
    for n in range(1, 6):
        begun = today - timedelta(days=rng.randint(1200, 1800))
        until = today + timedelta(days=(-30, 60, 200, 700, 1500)[n - 1])
        for place, stage in enumerate(stages[: n + 1 if n < 5 else 6]):
            when = begun + timedelta(days=150 * place)
            found.append(
                {
                    "event_id": f"SIM-{n:03d}-{place}", "agreement_id": f"SIM-{n:03d}",
                    "stage": stage, "event_date": when,
                    "valid_to": until if stage == "penandatanganan" else None,
                }
            )  # fmt: skip
        if n < 4:
            found.append({"event_id": f"SIM-{n:03d}-S", "agreement_id": f"SIM-{n:03d}",
                          "stage": "penandatanganan", "event_date": begun + timedelta(days=800),
                          "valid_to": until})  # fmt: skip
    return found


def _activities(rng: random.Random, today: date) -> list[Row]:
    return [
        {
            "activity_id": f"SIM-K{n:02d}", "agreement_id": f"SIM-{n % 5 + 1:03d}",
            "field": "perdagangan", "planned_date": today - timedelta(days=30 * n),
            "actual_date": today - timedelta(days=30 * n - 5) if n % 3 else None,
            "status": "done" if n % 3 else "postponed", "budget": 25_000_000,
            "spent": rng.randint(10, 25) * 1_000_000 if n % 3 else None, "currency": "IDR",
            "outcome": "simulasi",
        }
        for n in range(1, 11)
    ]  # fmt: skip


def _start(exhibition: int, today: date) -> date:
    """The day on which an exhibition opens; deals and leads of it come later."""
    return today - timedelta(days=90 * exhibition + 4)


def _exhibitions(rng: random.Random, today: date) -> list[Row]:
    return [
        {
            "event_id": f"SIM-P{n}", "title": f"Pameran SIM-{n}", "venue": "Gedung contoh",
            "start_date": _start(n, today),
            "end_date": today - timedelta(days=90 * n), "mode": ("onsite", "hybrid")[n % 2],
            "role": "host", "exhibitors": rng.randint(20, 60),
            "visitors": rng.randint(2000, 15000), "visitors_foreign": rng.randint(1, 90),
            "cost": rng.randint(200, 500) * 1_000_000, "currency": "IDR",
            "agreement_id": f"SIM-{n:03d}" if n % 2 else None,
        }
        for n in range(1, 5)
    ]  # fmt: skip


def _deals(rng: random.Random, today: date) -> list[Row]:
    found: list[Row] = []
    for n in range(1, 13):
        value = rng.randint(20, 400) * 1_000_000
        status = ("inquiry", "contract", "shipped", "paid", "cancelled")[n % 5]
        found.append(
            {
                "event_id": f"SIM-P{n % 4 + 1}", "deal_id": f"SIM-D{n:02d}",
                "buyer_ref": f"SIM-{n % 7 + 1:04d}", "buyer_area": rng.choice(COUNTRIES),
                "product_code": rng.choice(PRODUCTS), "status": status,
                "status_date": _start(n % 4 + 1, today) + timedelta(days=1 + 6 * n),
                "value": value,
                "realised_value": value // 2 if status in ("shipped", "paid") else None,
                "currency": "IDR", "incoterm": "FOB",
            }
        )  # fmt: skip
    return found


def _programmes(rng: random.Random, today: date) -> list[Row]:
    return [
        {
            "programme_id": f"SIM-X{n % 3 + 1}", "cohort_id": str(today.year - n // 2),
            "title": "Pertukaran pelajar simulasi", "partner_area": ("JPN", "AUS", "MYS")[n % 3],
            "partner_city": "Kota contoh", "partner_org": "Sekolah contoh",
            "direction": ("out", "in")[n % 2], "level": "SMA",
            "start_date": date(today.year - n // 2, 7, 1 + n),
            "end_date": date(today.year - n // 2, 7, 14 + n),
            "participants_female": rng.randint(3, 14), "participants_male": rng.randint(5, 12),
            "chaperones": rng.randint(0, 6), "days": 14, "cost": 150_000_000, "currency": "IDR",
            "funder": "APBD", "cancelled": False, "agreement_id": f"SIM-{n % 3 + 1:03d}",
        }
        for n in range(6)
    ]  # fmt: skip


def _local_exports(rng: random.Random, today: date) -> list[Row]:
    """Five years of each product to its two or three markets. Drums are five sixths of it, as the
    regency's trade office reported of 2025."""
    rows = []
    for product, (size, price, countries) in LOCAL_EXPORTS.items():
        growth = rng.uniform(0.97, 1.12)
        for share, country in zip((0.6, 0.3, 0.1), countries, strict=False):
            for back in range(5, 0, -1):
                value = size * share * growth ** (3 - back) * rng.uniform(0.92, 1.08)
                rows.append(
                    {
                        "frequency": "A", "period_start": str(today.year - back),
                        "partner_area": country, "product_code": product,
                        "value": round(value) * 1_000_000, "currency": "IDR",
                        "net_weight_kg": round(value * 1_000_000 / (price * rng.uniform(0.9, 1.1))),
                        "exporters": max(5, round(size * share / 120)),
                    }
                )  # fmt: skip
    return rows


def _producers(rng: random.Random, today: date) -> list[Row]:
    return [
        {
            "period_start": str(today.year - 1), "product_code": product,
            "producers": rng.randint(40, 400), "certified_producers": rng.randint(5, 30),
            "capacity": rng.randint(10, 900), "capacity_unit": "ton",
        }
        for product in PRODUCTS
    ]  # fmt: skip


def _months(today: date, count: int) -> list[str]:
    last = today.year * 12 + today.month - 2
    return [f"{m // 12}-{m % 12 + 1:02d}" for m in range(last - count + 1, last + 1)]


def _accommodation(rng: random.Random, today: date) -> list[Row]:
    return [
        {
            "frequency": "M", "period_start": month, "class_code": klass,
            "room_occupancy_percent": rng.randint(250, 700) / 10,
            "average_stay_nights": rng.randint(11, 24) / 10,
            "guests_foreign": rng.randint(1, 60), "guests_domestic": rng.randint(900, 6000),
        }
        for month in _months(today, 30)
        for klass in ("bintang-3", "melati")
    ]  # fmt: skip


def _leads(rng: random.Random, today: date) -> list[Row]:
    return [
        {
            "lead_id": f"SIM-I{n}", "investor_ref": f"SIM-{n:04d}",
            "investor_area": rng.choice(COUNTRIES), "kbli_code": "55110",
            "stage": ("enquiry", "visit", "LoI", "NIB", "LKPM realised", "lost")[n % 6],
            "stage_date": today - timedelta(days=40 * n),
            "value": rng.randint(1, 40) * 1_000_000_000, "currency": "IDR",
            "source_event_id": f"SIM-P{(n + 1) // 2}",
        }
        for n in range(1, 7)
    ]  # fmt: skip


def _forums(rng: random.Random, today: date) -> list[Row]:
    return [
        {
            "forum_id": f"SIM-F{n}", "title": f"Forum simulasi {n}",
            "place_area": rng.choice(COUNTRIES), "start_date": today - timedelta(days=100 * n),
            "end_date": today - timedelta(days=100 * n - 2), "role": "delegate",
            "delegation": rng.randint(3, 9), "followups_due": 6,
            "followups_done": rng.randint(0, 6), "cost": 80_000_000, "currency": "IDR",
            "agreement_id": f"SIM-{n:03d}" if n == 1 else None,
        }
        for n in range(1, 4)
    ]  # fmt: skip


def _training(rng: random.Random, today: date) -> list[Row]:
    return [
        {
            "course_id": f"SIM-L{n}", "period_start": f"{today.year - 1}-{n:02d}",
            "topic": "hubungan internasional", "language": ("ja", "en")[n % 2],
            "provider": "Lembaga contoh", "hours": 40, "participants": rng.randint(12, 25),
            "passed": rng.randint(8, 12), "level_before": "A1", "level_after": "A2",
        }
        for n in range(1, 5)
    ]  # fmt: skip


def _arrivals(rng: random.Random, today: date) -> list[Row]:
    return [
        {
            "frequency": "M", "period_start": month, "destination_area": "IDN",
            "origin_area": country, "concept": "visit", "visitors": rng.randint(10, 400),
        }
        for month in _months(today, 3)
        for country in COUNTRIES
    ]  # fmt: skip


def _indicators(rng: random.Random, today: date) -> list[Row]:
    return [
        {
            "indicator": "simulated_income_per_head", "area": "IDN", "frequency": "A",
            "period_start": str(today.year - n), "value": rng.randint(20, 40),
            "unit": "juta rupiah",
        }
        for n in range(1, 5)
    ]  # fmt: skip


def _students(rng: random.Random, today: date) -> list[Row]:
    return [
        {
            "period_start": str(today.year - 1), "origin_area": "CHN",
            "destination_area": country, "level": "tertiary", "students": rng.randint(50, 900),
        }
        for country in ("JPN", "AUS", "MYS")
    ]  # fmt: skip


ROWS: Mapping[str, Callable[[random.Random, date], list[Row]]] = {
    "agreements": _agreements, "stage_events": _stage_events, "activities": _activities,
    "exhibitions": _exhibitions, "deals": _deals, "exchange_programmes": _programmes,
    "local_exports": _local_exports, "producers": _producers, "accommodation": _accommodation,
    "investment_leads": _leads, "forums": _forums, "training": _training,
    "arrivals": _arrivals, "indicators": _indicators, "students": _students,
}  # fmt: skip
