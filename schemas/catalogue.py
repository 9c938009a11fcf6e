"""All tables of the warehouse, by name."""

from schemas.model import Table, by_name
from schemas.tables import cooperation, exchange, operations, reference, tourism, trade

TABLES: dict[str, Table] = by_name(
    (
        *trade.TABLES,
        *tourism.TABLES,
        *exchange.TABLES,
        *cooperation.TABLES,
        *reference.TABLES,
        *operations.TABLES,
    )
)
