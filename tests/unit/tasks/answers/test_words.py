"""What a sender reads: every reason in three languages, each said in one place."""

from __future__ import annotations

import re
from datetime import date

import pytest

from config import contract as contracts
from config.region import load as load_region
from schemas.catalogue import TABLES
from schemas.model import Severity, Words
from tasks.answers import words
from tasks.answers.words import CELLS, cell_reason, rule_messages
from tasks.read.asked import ExpectedAnswer
from tasks.read.mapping import UNREADABLE, column_mapping, project
from tasks.read.staging import CONFLICT
from tests.conftest import ROOT

pytestmark = pytest.mark.fast
TEXTS = ("CELLS", "FILES", "STATUSES", "KINDS", "LABELS", "CONTENT", "UNITS")
CONTRACTS = contracts.sources(load_region("3505"))


@pytest.mark.parametrize("code", sorted(CONTRACTS))
def test_every_reason_that_can_refuse_a_row_of_a_file_has_a_text(code: str) -> None:
    source = CONTRACTS[code]
    mapping = column_mapping(source, first=False)
    projection = project(
        source, source.datasets["file"], mapping, mapping.columns,
        frozenset({"area", "product", "currency", "region"}), ExpectedAnswer(date(2026, 1, 1)),
    )  # fmt: skip
    refusing = {r.code for r in projection.rules if r.severity is not Severity.WARN}
    for reason in {*refusing, CONFLICT.code} - {UNREADABLE}:
        texts = {cell_reason(reason, n, want="x", expected="") for n in ("id", "en", "ja")}
        assert len(texts) == 3, reason
        assert reason not in texts


def test_every_question_of_a_cell_has_a_text() -> None:
    """Codes of `Unclear` that cells raise; those of whole files are in FILES."""
    for name in ("values", "table"):
        text = (ROOT / "tasks" / "read" / "workbook" / f"{name}.py").read_text(encoding="utf-8")
        codes = set(re.findall(r'Unclear\(\s*"(\w+)"', text)) | {"short_year", "not_a_date"}
        assert codes <= set(CELLS), name


def test_rules_of_one_code_have_one_message() -> None:
    for table in TABLES.values():
        for rule in table.rules:
            if rule.code not in CELLS:
                assert rule.message == rule_messages()[rule.code], (table.name, rule.code)


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_there_in_three_languages(name: str) -> None:
    texts: dict[str, Words] = getattr(words, name)
    for code, text in texts.items():
        assert text.id, code
        assert text.en, code
        assert text.ja, code
