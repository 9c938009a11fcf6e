"""What a mart reads is found by its names; a parser of SQL finds the same."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from tests.unit.conftest import reads
from warehouse import marts


def tables_in(sql: str, dialect: str) -> set[str]:
    """Tables that a statement reads, without those that it defines itself."""
    tree = sqlglot.parse_one(sql, dialect=dialect)
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    named = {table.name for table in tree.find_all(exp.Table)}
    return named - own - {""}  # a function that makes rows is a table without a name


@pytest.mark.parametrize("name", marts.all_marts())
def test_the_names_in_a_mart_are_the_tables_that_it_reads(name: str) -> None:
    mart = marts.all_marts()[name]
    assert tables_in(mart.sql, "duckdb") == mart.mentioned()
    assert tables_in(mart.sql, "postgres") == mart.mentioned()


def test_a_mart_is_made_after_what_it_reads() -> None:
    names = list(marts.all_marts())
    for name in names:
        read = tables_in(marts.all_marts()[name].sql, "duckdb") & set(names)
        assert all(names.index(other) < names.index(name) for other in read), name


@pytest.mark.parametrize("name", marts.all_marts())
def test_each_source_behind_a_mart_is_read_by_it(name: str) -> None:
    """`behind` names core tables that the mart reads, itself or through other marts."""
    mart = marts.all_marts()[name]
    for table, _ in mart.behind:
        assert reads(mart, {table}), table
