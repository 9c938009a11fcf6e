"""Which version of each key is current, as SQL."""

from __future__ import annotations

from schemas.model import Table, stage_rank_sql


def since_withdrawal_sql(table: Table, versions: str) -> str:
    """Versions recorded after their key's last withdrawal.

    A withdrawal ends a key: what the source reports afterwards starts again, at any stage.
    """
    keys = ", ".join(table.key_names)
    same = " AND ".join(f"v.{k} = d.{k}" for k in table.key_names)
    return (
        f"SELECT v.* FROM {versions} AS v LEFT JOIN (SELECT {keys}, max(load_seq) AS withdrawn "
        f"FROM {versions} WHERE is_deleted GROUP BY {keys}) AS d ON {same} "
        f"WHERE d.withdrawn IS NULL OR v.load_seq > d.withdrawn"
    )


def current_sql(table: Table, versions: str) -> str:
    """SQL of the current version of each key: highest release stage, then newest load."""
    keys = ", ".join(table.key_names)
    rank = stage_rank_sql("release_stage")
    return (
        f"SELECT * FROM ({since_withdrawal_sql(table, versions)}) QUALIFY row_number() OVER "
        f"(PARTITION BY {keys} ORDER BY {rank} DESC, load_seq DESC) = 1"
    )
