"""Whatever a partner writes stays text: quoting is in one place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from schemas.sql import date_literal, identifier, literal, literals, timestamp_literal
from tests.conftest import ROOT
from warehouse.engine import connect

pytestmark = pytest.mark.fast
NASTY = ["O'Higgins", "'; DROP TABLE t; --", "''", "\\'", '"', "", "Blitar\n"]


def test_what_is_quoted_comes_back(tmp_path: Path) -> None:
    con = connect(tmp_path)
    assert con.execute(f"SELECT [{literals(NASTY)}]").fetchall() == [(NASTY,)]
    file = Path("a/b'c")
    assert con.execute(f"SELECT {literal(file)}").fetchall() == [(str(file),)]
    for name in ('say "yes"', "a b", "'"):
        assert con.execute(f"SELECT 1 AS {identifier(name)}").description[0][0] == name
    moment = datetime(2026, 7, 28, 12, tzinfo=UTC)
    days, moments = date_literal(date(2026, 7, 28)), timestamp_literal(moment)
    assert con.execute(f"SELECT {days}, {moments} = '2026-07-28 12:00Z'").fetchall() == [
        (date(2026, 7, 28), True)
    ]
    con.close()


@pytest.mark.parametrize("package", ["warehouse", "reports", "schemas"])
def test_nothing_else_quotes_by_hand(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        if path.name != "sql.py":
            text = path.read_text(encoding="utf-8")
            by_hand = [way for way in ('replace("\'"', "chr(39)", "replace('\"'") if way in text]
            assert by_hand == [], path
