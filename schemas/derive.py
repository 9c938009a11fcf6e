"""Arrow schema, DuckDB DDL and SQLAlchemy MetaData, all derived from the one declaration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from schemas.model import DECIMALS, Field, Table, Type

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa

SQL_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.DATE: "DATE",
    Type.TIMESTAMP: "TIMESTAMPTZ",
    Type.INTEGER: "BIGINT",
    Type.BOOLEAN: "BOOLEAN",
    **{kind: f"DECIMAL({digits},{scale})" for kind, (digits, scale) in DECIMALS.items()},
}
"""Spellings that DuckDB and PostgreSQL share."""


def arrow_schema(fields: Iterable[Field]) -> pa.Schema:
    """Arrow schema of the fields; the description travels as metadata."""
    import pyarrow as pa

    types: dict[Type, Any] = {
        Type.TEXT: pa.string(),
        Type.DATE: pa.date32(),
        Type.TIMESTAMP: pa.timestamp("us", tz="UTC"),
        Type.INTEGER: pa.int64(),
        Type.BOOLEAN: pa.bool_(),
        **{kind: pa.decimal128(*digits) for kind, digits in DECIMALS.items()},
    }
    return pa.schema([pa.field(f.name, types[f.type], nullable=True) for f in fields])


def duckdb_columns(fields: Iterable[Field]) -> str:
    """Column list of a CREATE TABLE. Uniqueness is the diff's work, not an index's:
    a composite primary key on 10M rows ran out of memory at 400 MB."""
    return ", ".join(
        f"{f.name} {SQL_TYPES[f.type]}{'' if f.nullable else ' NOT NULL'}" for f in fields
    )


def metadata(tables: Iterable[Table], schema: str | None = None) -> sa.MetaData:
    """SQLAlchemy MetaData of the stored tables: versions for core and ref, logs for ops."""
    import sqlalchemy as sa

    types: dict[Type, Any] = {
        Type.TEXT: sa.Text(),
        Type.DATE: sa.Date(),
        Type.TIMESTAMP: sa.DateTime(timezone=True),
        Type.INTEGER: sa.BigInteger(),
        Type.BOOLEAN: sa.Boolean(),
        **{kind: sa.Numeric(*digits) for kind, digits in DECIMALS.items()},
    }
    meta = sa.MetaData(schema=schema)
    for table in tables:
        name, fields = stored(table)
        columns = [
            sa.Column(f.name, types[f.type], nullable=f.nullable, comment=f.description.en)
            for f in fields
        ]
        sql_table = sa.Table(name, meta, *columns, comment=table.title.en)
        if table.has_vintages:
            keys = [sql_table.c[k] for k in table.key_names]
            sa.Index(f"ix_{table.name}_key", *keys)
    return meta


def stored(table: Table) -> tuple[str, tuple[Field, ...]]:
    """Name and columns of the table that really holds the rows."""
    if table.has_vintages:
        return table.vintages_name, table.vintage_fields()
    return table.name, table.body()
