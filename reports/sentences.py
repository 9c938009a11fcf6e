"""Sentences that figures write themselves: what rows show, compared with what, in both languages.

Pure rules. A sentence never names a cause, and says nothing that the rows do not hold: where a
value is missing it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any

from reports.cells import CURRENCY, YEAR_MONTHS, measured, shown, value_of
from reports.codes import in_words
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
from reports.words import day, number, percent, word
from schemas.model import LANGUAGES, Words
from schemas.texts import shortened, visible

Row = Mapping[str, Any]
Fill = Callable[[Words], Words]
LEAST_NOISE = Decimal("0.01")
"""A change of up to one percent is steady in any series."""
LEAST_CHANGES = 4
"""Earlier changes that there must be before a series has a noise of its own."""
MAD_TO_DEVIATION = Decimal("1.4826")  # of the median of distances, as a standard deviation

LONGEST = 400  # signs of a name in a sentence


def said(
    rules: Sequence[Sentence],
    rows: Sequence[Row],
    columns: Sequence[Column],
    today: date,
    fill: Fill = lambda words: words,
) -> Words:
    """All sentences of a figure; that there is no data where it has no row."""
    if not rows:
        return Words(word("no_data", "id"), word("no_data", "en"))
    known = {c.name: c for c in columns}
    texts = []
    for language in LANGUAGES:
        found = [_said(rule, rows, known, today, language, fill) for rule in rules]
        texts.append(" ".join(text for text in found if text))
    return Words(*texts)


def _said(
    rule: Sentence, rows: Sequence[Row], columns: Mapping[str, Column], today: date, language: str,
    fill: Fill,
) -> str:  # fmt: skip
    speaker = Speaker(rows, columns, today, language, fill(rule.subject).in_language(language))
    match rule:
        case TrendSentence():
            return speaker.trend(rule)
        case ChangeSentence():
            return speaker.change(rule)
        case RankingSentence():
            return speaker.ranking(rule)
        case CountSentence():
            return speaker.count(rule)
        case DueSentence():
            return speaker.due(rule)
        case RatioSentence():
            return speaker.ratio(rule)
    return speaker.balance(rule)


def noise(values: Sequence[Decimal]) -> Decimal:
    """Up to which change a series is steady, from its earlier values: how far its changes usually
    lie from their median."""
    changes = [b / a - 1 for a, b in pairwise(values) if a]
    if len(changes) < LEAST_CHANGES:
        return LEAST_NOISE
    middle = median(changes)
    return max(LEAST_NOISE, MAD_TO_DEVIATION * median(abs(c - middle) for c in changes))


def direction(change: Decimal, limit: Decimal) -> str:
    """`up`, `down`, or `steady` within the limit."""
    if abs(change) <= limit:
        return "steady"
    return "up" if change > 0 else "down"


class Speaker:
    """Rules for the rows of one figure in one language."""

    def __init__(
        self, rows: Sequence[Row], columns: Mapping[str, Column], today: date, language: str,
        subject: str,
    ) -> None:  # fmt: skip
        self.rows, self.columns, self.today = rows, columns, today
        self.language, self.subject = language, subject

    def trend(self, rule: TrendSentence) -> str:
        found = sorted(
            (r for r in _where(self.rows, rule.where) if r[rule.value] is not None),
            key=lambda r: r[rule.at],
        )
        if not found:
            return self._word("missing", subject=self.subject)
        newest = found[-1]
        when = self._moment(newest, rule.at)
        now = self._value(newest, rule.value)
        pair = found[-2:]
        if len(pair) == 1 or any(self._is_part(r, rule.value) for r in pair):
            return self._word("value", subject=self.subject, when=when, value=now)
        if not pair[0][rule.value]:
            return self._word("value", subject=self.subject, when=when, value=now)
        values = [Decimal(r[rule.value]) for r in found if not self._is_part(r, rule.value)]
        change = values[-1] / values[-2] - 1
        way = direction(change, noise(values[:-1]))
        return self._word(
            way, subject=self.subject, when=when, value=now,
            share=self._distance(rule.value, values), before=self._moment(pair[0], rule.at),
        )  # fmt: skip

    def _is_part(self, row: Row, name: str) -> bool:
        """Whether a value is of a part of its year, or a least value: it is compared with none."""
        column = self.columns.get(name)
        if column is None:
            return False
        months = row[column.months] if column.months else None
        return bool(column.least and row[column.least]) or (
            months is not None and months < YEAR_MONTHS
        )

    def _distance(self, name: str, values: Sequence[Decimal]) -> str:
        """By how much the newest value differs: of percentages in points."""
        if _unit(self.columns.get(name)) == "percent":
            points = number(abs(values[-1] - values[-2]), self.language, 2)
            return self._word("points", points=points)
        return percent(abs(values[-1] / values[-2] - 1), self.language)

    def change(self, rule: ChangeSentence) -> str:
        found = _where(self.rows, rule.where)
        if not found or found[0][rule.value] is None:
            return self._word("missing", subject=self.subject)
        value, change = self._value(found[0], rule.value), found[0][rule.change]
        if change is None:
            return self._word("only_value", subject=self.subject, value=value)
        way = direction(Decimal(change), LEAST_NOISE)
        share = percent(abs(change), self.language)
        return self._word(f"{way}_on_year", subject=self.subject, value=value, share=share)

    def ranking(self, rule: RankingSentence) -> str:
        parts = [
            r
            for r in self.rows
            if r[rule.value] is not None
            and not any(str(r[k]) == v for k, v in rule.leave_out.items())
        ]
        if not parts:
            return self._word("missing", subject=self.subject)
        top = max(parts, key=lambda r: r[rule.value])
        whole = top[rule.whole] if rule.whole else sum(r[rule.value] for r in parts)
        label, value = self._text(top, rule.label), self._value(top, rule.value)
        if not whole or len(parts) == 1 or not rule.has_share:
            return self._word("first", subject=self.subject, label=label, value=value)
        share = percent(Decimal(top[rule.value]) / Decimal(whole), self.language)
        name = "first_of_whole" if rule.whole else "first_of_shown"
        return self._word(name, subject=self.subject, label=label, value=value, share=share)

    def count(self, rule: CountSentence) -> str:
        states = [str(r[rule.state]) for r in self.rows] if rule.state else []
        parts = []
        for code in rule.states:
            if times := states.count(code):
                row = next(r for r in self.rows if str(r[rule.state]) == code)
                said = in_words(rule.codes, code, self.language) if rule.codes else ""
                parts.append(
                    f"{number(times, self.language)} {said or self._text(row, rule.state)}"
                )
        total = number(len(self.rows), self.language)
        if len(parts) == 1 and parts[0].startswith(f"{total} "):
            state = parts[0].removeprefix(f"{total} ")
            return self._word("all_in_state", subject=self.subject, total=total, state=state)
        if parts:
            known = sum(states.count(code) for code in rule.states)
            name = "counted_by_state" if known == len(self.rows) else "counted_in_states"
            return self._word(name, subject=self.subject, total=total, parts="; ".join(parts))
        if rule.nothing is not None:
            return rule.nothing.in_language(self.language)
        return self._word("counted", subject=self.subject, total=total)

    def due(self, rule: DueSentence) -> str:
        ahead = [r for r in self.rows if r[rule.at] and r[rule.at] >= self.today]
        if not ahead:
            return self._word("nothing_due", subject=self.subject)
        first = min(ahead, key=lambda r: r[rule.at])
        return self._word(
            "due_next", subject=self.subject, label=self._text(first, rule.label),
            day=day(first[rule.at], self.language),
            days=number((first[rule.at] - self.today).days, self.language),
        )  # fmt: skip

    def ratio(self, rule: RatioSentence) -> str:
        """A part that is unknown makes the sum a least value: its whole is not left out."""
        rows = [r for r in self.rows if r[rule.whole]]
        parts = [r[rule.part] for r in rows if r[rule.part] is not None]
        whole = sum((Decimal(r[rule.whole]) for r in rows), Decimal(0))
        if not whole or not parts:
            return self._word("missing", subject=self.subject)
        part = sum(map(Decimal, parts), Decimal(0))
        share = (
            number(part / whole, self.language, 2)
            if rule.as_rate
            else percent(part / whole, self.language)
        )
        name = "rate" if rule.as_rate else "ratio"
        is_part = len(parts) < len(rows) or any(self._is_part(r, rule.part) for r in rows)
        return self._word(
            f"{name}_at_least" if is_part else name, subject=self.subject, share=share,
            part=self._amount(part, rule.part, rule.part_words, is_least=is_part),
            whole=self._amount(whole, rule.whole, rule.whole_words),
        )  # fmt: skip

    def balance(self, rule: BalanceSentence) -> str:
        rows = _where(self.rows, rule.where)
        left, right = (
            sum(Decimal(r[n]) for r in rows if r[n] is not None) for n in (rule.left, rule.right)
        )
        words = [w.in_language(self.language) for w in (rule.left_words, rule.right_words)]
        if not left or not right:
            return self._word("missing", subject=self.subject)
        small, large = sorted((left, right))
        times = number(large / small, self.language, 1)
        sides = ("1", times) if left <= right else (times, "1")
        is_part = bool(rule.hidden and any(r[rule.hidden] for r in rows))
        return self._word(
            "balance_at_least" if is_part else "balance",
            subject=self.subject, left=words[0], right=words[1],
            left_share=sides[0], right_share=sides[1],
            left_value=number(left, self.language), right_value=number(right, self.language),
        )  # fmt: skip

    def _word(self, name: str, **values: str) -> str:
        return word(f"says_{name}", self.language, **values)

    def _moment(self, row: Row, name: str) -> str:
        column = self.columns.get(name)
        return shown(row, column, self.language) if column else str(row[name].year)

    def _text(self, row: Row, name: str) -> str:
        column = self.columns.get(name)
        if column is None:
            found = str(row[name] if name in row else row[f"{name}_{self.language}"] or "–")
            return shortened(visible(found), LONGEST)
        if value_of(row, column, self.language) in (None, ""):
            return "–"
        return shortened(shown(row, column, self.language), LONGEST)

    def _value(self, row: Row, name: str) -> str:
        column = self.columns.get(name)
        unit = str(row["unit"]) if column and column.format == "unit" else _unit(column)
        if column and not unit:
            return shown(row, column, self.language)
        text = measured(row[name], unit, self.language)
        return f"≥ {text}" if column and column.least and row[column.least] else text

    def _amount(self, value: Decimal, name: str, words: Words, *, is_least: bool = False) -> str:
        """`biaya Rp2 miliar` of money; `124 bersertifikat` of what is counted."""
        unit, said = _unit(self.columns.get(name)), words.in_language(self.language)
        least = (word("at_least", self.language),) if is_least else ()
        if CURRENCY.fullmatch(unit):
            return " ".join((said, *least, measured(value, unit, self.language)))
        return " ".join((*least, number(value, self.language), said))


def _unit(column: Column | None) -> str:
    if column is None:
        return ""
    return column.unit or ("share" if column.format in ("percent", "change") else "")


def _where(rows: Sequence[Row], wanted: Mapping[str, str]) -> list[Row]:
    return [r for r in rows if all(str(r[name]) == value for name, value in wanted.items())]
