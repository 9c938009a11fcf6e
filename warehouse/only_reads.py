"""What a reader's statement on DuckDB may hold: nodes that read, and table functions that reach
nothing but the warehouse.

Without external access DuckDB 2.0.0 still lets COPY TO reach the file that is attached, its log
and the folder to spill to, and a WITH with COPY TO, INSERT, UPDATE or DELETE counts as SELECT.
Some table functions run SQL that stands in a text, which nobody here has looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from schemas.errors import ConfigurationError
from warehouse.engine import first_row

if TYPE_CHECKING:
    import duckdb

READING = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
FUNCTIONS = """
    generate_series histogram histogram_values json_each json_tree range repeat repeat_row summary
    test_all_types unnest query_table icu_calendar_names pg_timezone_names
    duckdb_columns duckdb_constraints duckdb_databases duckdb_dependencies duckdb_functions
    duckdb_indexes duckdb_keywords duckdb_memory duckdb_schemas duckdb_settings duckdb_tables
    duckdb_temporary_files duckdb_types duckdb_views
    pragma_collations pragma_database_size pragma_platform pragma_show pragma_storage_info
    pragma_table_info pragma_user_agent pragma_version
"""
ALLOWED = READING.union(f"{name}()" for name in FUNCTIONS.split())


def require_reading(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Refuse a statement with anything else in it, before any of it runs."""
    tree = first_row(con.execute("SELECT json_serialize_sql($1)", [sql]))
    try:
        found = set(_parts(json.loads(tree[0]))) if tree else set()
    except RecursionError:
        found = set()
    strange = ", ".join(sorted(found - ALLOWED))
    if strange or not found:
        raise ConfigurationError(
            "read_only",
            f"query takes one SELECT that only reads, not {strange or 'one nested so deeply'}",
            hint="the warehouse is read-only",
        )


def _parts(tree: Any) -> Iterator[str]:
    """Kinds of the nodes, and names of the table functions, as `name()`."""
    waiting = [tree]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            kind = str(found.get("type", ""))
            if kind.endswith("_NODE"):
                yield kind
            elif kind == "TABLE_FUNCTION":
                yield f"{found['function']['function_name'].lower()}()"
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found
