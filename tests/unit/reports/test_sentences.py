"""Sentences say what rows show, compared with what, and nothing that the rows do not hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reports.declared import figures
from reports.declared_columns import Column
from reports.declared_sentences import (
    BalanceSentence,
    ChangeSentence,
    CountSentence,
    DueSentence,
    RankingSentence,
    RatioSentence,
    Sentence,
    TrendSentence,
)
from reports.sentences import LEAST_NOISE, direction, noise, said
from schemas.model import Words
from tests.unit.reports.drawing import TODAY

pytestmark = pytest.mark.fast
SUBJECT = Words("Ekspor", "Exports")
VALUE = Column(name="value", format="decimal", digits=1, unit="IDR", least="is_least",
               months="months")  # fmt: skip
NAME = Column(name="name", format="text")
TREND = TrendSentence(kind="trend", subject=SUBJECT, value="value", at="year")
RANKING = RankingSentence(kind="ranking", subject=SUBJECT, label="name", value="value")


def row(value: float | str | None, year: int = 2025, name: str = "kendang", **more: Any) -> Any:
    number = None if value is None else Decimal(str(value))
    return {"value": number, "year": date(year, 1, 1), "name": name, "is_least": False,
            "months": None, **more}  # fmt: skip


def sentence(rule: Sentence, rows: list[Any], language: str = "id", *columns: Column) -> str:
    known = columns or (VALUE, NAME)
    return said([rule], rows, known, TODAY).in_language(language)


def years(*values: float | None, **last: Any) -> list[Any]:
    found = [row(v, 2026 - len(values) + n) for n, v in enumerate(values)]
    found[-1].update(last)
    return found


@pytest.mark.parametrize(
    ("values", "language", "text"),
    [
        ((100e6, 120e6), "id", "Ekspor 2025: Rp120,00 juta, naik 20,0% dibanding 2024."),
        ((100e6, 120e6), "en", "Exports in 2025: IDR 120.00 million, up 20.0% on 2024."),
        ((100e6, 80e6), "id", "Ekspor 2025: Rp80,00 juta, turun 20,0% dibanding 2024."),
        ((100e6, 100.9e6), "en",
         "Exports in 2025: IDR 100.90 million, steady on 2024 (a change of 0.9% is within its "
         "usual range)."),
        ((100e6,), "id", "Ekspor 2025: Rp100,00 juta."),
        ((0, 5), "id", "Ekspor 2025: Rp5."),  # no change of nothing
        ((None, None), "en", "Exports: no data yet."),
        ((100e6, 120e6, None), "id", "Ekspor 2024: Rp120,00 juta, naik 20,0% dibanding 2023."),
    ],
)  # fmt: skip
def test_a_trend(values: tuple[float | None, ...], language: str, text: str) -> None:
    assert sentence(TREND, years(*values), language) == text


@pytest.mark.parametrize("part", [{"months": 6}, {"is_least": True}])
def test_a_part_of_a_year_is_compared_with_none(part: dict[str, Any]) -> None:
    text = sentence(TREND, years(100e6, 50e6, **part))
    assert "turun" not in text
    assert "50,00 juta" in text


def test_steady_is_within_the_noise_of_the_series() -> None:
    """A jagged series moves by 12% as it always does; the same 12% is a rise in a quiet one."""
    jagged, quiet = (100, 125, 100, 125, 100, 112), (100, 101, 100, 101, 100, 112)
    assert "relatif tetap" in sentence(TREND, years(*jagged))
    assert "naik 12,0%" in sentence(TREND, years(*quiet))


def test_a_series_that_always_grows_is_not_steady() -> None:
    values = [Decimal(100) * Decimal("1.1") ** n for n in range(7)]
    assert noise(values) == LEAST_NOISE
    assert direction(Decimal("0.1"), noise(values)) == "up"


def test_points_of_percentages() -> None:
    column = Column(name="value", format="decimal", digits=2, unit="percent")
    text = sentence(TREND, years(7.55, 7.81), "id", column)
    assert text == "Ekspor 2025: 7,8%, naik 0,26 poin persentase dibanding 2024."


def test_the_change_of_one_row() -> None:
    rule = ChangeSentence(kind="change", subject=SUBJECT, value="value", change="change",
                          where={"name": "TOTAL"})  # fmt: skip
    rows = [row(5e6), row(9e6, name="TOTAL", change=Decimal("-0.104"))]
    assert sentence(rule, rows) == ("Ekspor: Rp9,00 juta, turun 10,4% dibanding tahun sebelumnya.")
    assert "belum dapat dihitung" in sentence(rule, [{**rows[1], "change": None}])
    assert sentence(rule, rows[:1]) == "Ekspor: data belum tersedia."


def test_a_ranking_says_the_share_of_what() -> None:
    rows = [row(75e6), row(25e6, name="mebel"), row(999e6, name="semua", is_total=True)]
    rule = RANKING.model_copy(update={"leave_out": {"name": "semua"}})
    assert sentence(rule, rows) == "Ekspor: kendang, Rp75,00 juta (75,0% dari yang ditampilkan)."
    whole = rule.model_copy(update={"whole": "all"})
    with_whole = [{**r, "all": Decimal(300_000_000)} for r in rows]
    assert "25,0% dari seluruhnya" in sentence(whole, with_whole)
    assert "%" not in sentence(rule.model_copy(update={"has_share": False}), rows)
    assert sentence(rule, [row(None)]) == "Ekspor: data belum tersedia."


def test_a_count_in_states() -> None:
    state = Column(name="state", format="code", codes="expiry")
    rule = CountSentence(kind="count", subject=Words("Naskah", "Agreements"), state="state",
                         states=("expired", "red"))  # fmt: skip
    rows = [{"state": s} for s in ("expired", "red", "red", "valid")]
    assert sentence(rule, rows, "en", state) == (
        "Agreements: 4, of which 1 expired, not renewed; 2 decide now."
    )
    assert sentence(rule, rows[:3], "id", state) == (
        "Naskah: 3, terdiri atas 1 berakhir, belum diperpanjang; 2 perlu keputusan segera."
    )
    assert sentence(rule, rows[3:], "id", state) == "Naskah: 1."
    assert sentence(rule, rows[1:3], "id", state) == "Naskah: 2, semuanya perlu keputusan segera."


def test_what_lapses_next_is_after_today() -> None:
    rule = DueSentence(kind="due", subject=Words("Berikutnya", "Next"), label="name", at="until")
    rows = [
        {"name": "lewat", "until": date(2026, 11, 29)},
        {"name": "jauh", "until": date(2028, 1, 1)},
        {"name": "dekat", "until": date(2026, 12, 10)},
        {"name": "tanpa", "until": None},
    ]
    assert sentence(rule, rows) == "Berikutnya: dekat, 10 Des 2026 (10 hari lagi)."
    assert sentence(rule, rows[:1]) == "Berikutnya: tidak ada setelah hari ini."


def test_an_unknown_part_does_not_flatter_a_ratio() -> None:
    """The cost of an event without a realised value counts, so the rate is a least one."""
    cost = Column(name="cost", format="decimal", unit="IDR")
    rule = RatioSentence(kind="ratio", subject=Words("Hasil", "Return"), part="value", whole="cost",
                         part_words=Words("realisasi", "realised"),
                         whole_words=Words("biaya", "cost"), as_rate=True)  # fmt: skip
    rows = [row(30e6, cost=Decimal(50_000_000)), row(None, cost=Decimal(50_000_000))]
    assert sentence(rule, rows, "id", VALUE, cost) == (
        "Hasil: realisasi sedikitnya Rp30,00 juta terhadap biaya Rp100,00 juta, atau sedikitnya "
        "Rp0,30 untuk setiap Rp1; sebagian belum diketahui."
    )
    assert "sedikitnya" not in sentence(rule, rows[:1], "id", VALUE, cost)
    assert sentence(rule, rows[1:], "id", VALUE, cost) == "Hasil: data belum tersedia."


def test_what_is_counted_is_said_before_its_name() -> None:
    """Not `certified 124 producers of producers 845 producers`."""
    certified = Column(name="value", format="integer", unit="producers")
    producers = Column(name="all", format="integer", unit="producers")
    rule = RatioSentence(kind="ratio", subject=Words("Sertifikasi", "Certification"), part="value",
                         whole="all", part_words=Words("bersertifikat", "certified"),
                         whole_words=Words("pelaku usaha", "producers"))  # fmt: skip
    rows = [row(28, all=294), row(96, all=551)]
    assert sentence(rule, rows, "id", certified, producers) == (
        "Sertifikasi: 124 bersertifikat dari 845 pelaku usaha, atau 14,7%."
    )
    rows.append(row(None, all=155))
    assert sentence(rule, rows, "en", certified, producers) == (
        "Certification: at least 124 certified of 1,000 producers, or at least 12.4%; a part is "
        "not known."
    )


def test_a_balance() -> None:
    rule = BalanceSentence(kind="balance", subject=Words("Dunia", "World"), left="out", right="in",
                           left_words=Words("keluar", "out"), right_words=Words("masuk", "in"),
                           hidden="hidden")  # fmt: skip
    rows = [{"out": 14584, "in": 113869, "hidden": 0}]
    text = "Dunia: keluar 14.584 dan masuk 113.869, atau 1 keluar : 7,8 masuk."
    assert sentence(rule, rows, "id") == text
    assert "sedikitnya" in sentence(rule, [{**rows[0], "hidden": 2}])
    assert sentence(rule, [{"out": None, "in": 3, "hidden": 0}]) == "Dunia: data belum tersedia."


def test_no_row_is_no_data() -> None:
    assert said([TREND], [], [VALUE], TODAY) == Words("Data belum tersedia.", "No data yet.")


CAUSES = ("karena", "akibat", "berkat", "menyebabkan", "because", "thanks to", "caused", "due to")


def test_no_sentence_claims_a_cause() -> None:
    from reports.words import WORDS

    texts = [t for k, w in WORDS.items() if k.startswith("says_") for t in (w.id, w.en)]
    texts += [t for f in figures().values() for s in f.says for t in (s.subject.id, s.subject.en)]
    assert not [t for t in texts for cause in CAUSES if cause in t.lower()]
