"""The login of readers on PostgreSQL: what it is granted, and what it can do.

Each database has a login of its own, with a random password that only the pipeline's login can
read; or the administrator made one, and PENATARAN_READER_URL names it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas.errors import ConfigurationError
from schemas.sql import identifier, literal
from warehouse.base import WRITER_TABLE
from warehouse.statement import SCHEMA

if TYPE_CHECKING:
    import psycopg

READER = "penataran_reader"  # for logins that an administrator makes; nobody logs in as it
LOGIN_PREFIX = "penataran_query_"
STATE = "penataran_state"
READER_LOCK = 350503
SESSION_SECONDS = 600  # of a statement of a person who logs in with another program
IDLE_SECONDS = 3600
SPILL_LIMIT = "2GB"

PASSWORD_BYTES = 32
FILE_ROLES = ("pg_execute_server_program", "pg_read_server_files", "pg_write_server_files")


@dataclass(frozen=True)
class Login:
    """A role and its password; of a role of the administrator's, the password is in the URL."""

    role: str
    password: str | None = field(repr=False, default=None)


class Power(NamedTuple):
    """Something that a role can do besides reading our schema."""

    what: str
    of: str = ""


GRAVE = frozenset(
    {"superuser", "create_roles", "create_databases", "replication", "bypass_rls", "member",
     "write_tables"}
)  # fmt: skip
"""Powers with which a role may not be a reader."""


def known_role(con: psycopg.Connection[Any], given: str | None) -> str | None:
    """The role that readers log in as, where there is one already."""
    kept = _kept(con)
    return given or (kept.role if kept else None)


def login_of(con: psycopg.Connection[Any], given: str | None) -> Login:
    """The login of readers, made and granted what it needs if that is missing."""
    login = Login(given) if given else _kept(con)
    if login is None or not _may_read(con, login.role):
        con.execute("SELECT pg_advisory_xact_lock(%s)", [READER_LOCK])
        login = login or _kept(con) or _make(con)
        grant(con, login.role)
    return login


def _kept(con: psycopg.Connection[Any]) -> Login | None:
    table = f"{STATE}.reader_login"
    if con.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
        return None
    row = con.execute(
        f"SELECT k.role, k.password FROM {table} AS k JOIN pg_catalog.pg_roles AS r "
        "ON r.rolname = k.role AND r.rolcanlogin WHERE k.role = %s",
        [_own_name(con)],
    ).fetchone()
    return Login(*row) if row else None


def _own_name(con: psycopg.Connection[Any]) -> str:
    """Roles are common to all databases of a server, so ours has the number of its database."""
    row = con.execute(
        "SELECT oid::text FROM pg_catalog.pg_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    return f"{LOGIN_PREFIX}{row[0]}"


def _make(con: psycopg.Connection[Any]) -> Login:
    login = Login(_own_name(con), secrets.token_urlsafe(PASSWORD_BYTES))
    assert login.password is not None
    role = identifier(login.role)
    _create_role(con, login.role)
    # The server gets a hash and rows by COPY: neither is written to its log.
    hashed = con.pgconn.encrypt_password(
        login.password.encode(), login.role.encode(), b"scram-sha-256"
    ).decode()
    con.execute(f"ALTER ROLE {role} LOGIN NOINHERIT PASSWORD {literal(hashed)}")
    for name, value in (
        ("default_transaction_read_only", "on"),
        ("statement_timeout", f"{SESSION_SECONDS}s"),
        ("idle_in_transaction_session_timeout", f"{IDLE_SECONDS}s"),
        ("search_path", SCHEMA),
    ):
        con.execute(f"ALTER ROLE {role} SET {name} TO {literal(value)}")
    _if_allowed(con, f"ALTER ROLE {role} SET temp_file_limit TO {literal(SPILL_LIMIT)}")
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {STATE}")
    con.execute(
        f"CREATE TABLE IF NOT EXISTS {STATE}.reader_login "
        "(role text NOT NULL, password text NOT NULL)"
    )
    con.execute(f"DELETE FROM {STATE}.reader_login")
    with (
        con.cursor() as cursor,
        cursor.copy(f"COPY {STATE}.reader_login (role, password) FROM STDIN") as copy,
    ):
        copy.write_row((login.role, login.password))
    return login


def _exists(con: psycopg.Connection[Any], role: str) -> bool:
    found = con.execute("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s", [role])
    return found.fetchone() is not None


def _create_role(con: psycopg.Connection[Any], role: str) -> None:
    import psycopg

    if _exists(con, role):
        return
    try:
        with con.transaction():
            con.execute(f"CREATE ROLE {identifier(role)} NOLOGIN")
    except psycopg.errors.DuplicateObject:
        return  # another database of this server made it at the same time
    except psycopg.errors.UniqueViolation:
        return
    except psycopg.errors.InsufficientPrivilege:
        raise ConfigurationError(
            "reader_role",
            f"the login of the warehouse may not make the role {role}",
            hint="give it CREATEROLE, or make the role and set PENATARAN_READER_URL",
        ) from None


def grant(con: psycopg.Connection[Any], role: str | None) -> None:
    """Reading our schema, for the role and for penataran_reader; nothing for everybody."""
    _create_role(con, READER)
    roles = [READER, *([role] if role else [])]
    if role and not _exists(con, role):
        raise ConfigurationError(
            "reader_role",
            f"there is no role {role}",
            hint="PENATARAN_READER_URL names a role that the administrator made",
        )
    listed = ", ".join(identifier(name) for name in roles)
    con.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {listed}")
    con.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT SELECT ON TABLES TO {listed}")
    con.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {listed}")
    row = con.execute("SELECT current_database()").fetchone()
    assert row is not None
    database = identifier(row[0])
    _if_allowed(con, f"GRANT CONNECT ON DATABASE {database} TO {listed}")
    _if_allowed(
        con,
        f"GRANT TEMPORARY ON DATABASE {database} TO CURRENT_USER",
        f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
    )
    _if_allowed(con, "REVOKE ALL ON SCHEMA public FROM PUBLIC")


def _if_allowed(con: psycopg.Connection[Any], *statements: str) -> None:
    """What only the owner of the database, or a superuser, may do. `doctor` says what is left."""
    import psycopg

    try:
        with con.transaction():
            for sql in statements:
                con.execute(sql)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidSchemaName):
        return


def _may_read(con: psycopg.Connection[Any], role: str) -> bool:
    row = con.execute(
        "SELECT coalesce((SELECT has_schema_privilege(r.oid, n.oid, 'USAGE') "
        "AND has_table_privilege(r.oid, c.oid, 'SELECT') FROM pg_catalog.pg_roles AS r, "
        "pg_catalog.pg_namespace AS n JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid "
        "WHERE r.rolname = %s AND n.nspname = %s AND c.relname = %s), false)",
        [role, SCHEMA, WRITER_TABLE],
    ).fetchone()
    return bool(row and row[0])


_POWERS = """
    WITH me AS (SELECT * FROM pg_catalog.pg_roles WHERE rolname = %(role)s),
    others AS (SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace AS n
        WHERE n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema')
    SELECT 'superuser', '' FROM me WHERE rolsuper
    UNION ALL SELECT 'create_roles', '' FROM me WHERE rolcreaterole
    UNION ALL SELECT 'create_databases', '' FROM me WHERE rolcreatedb
    UNION ALL SELECT 'replication', '' FROM me WHERE rolreplication
    UNION ALL SELECT 'bypass_rls', '' FROM me WHERE rolbypassrls
    UNION ALL SELECT 'member', r.rolname FROM me, pg_catalog.pg_roles AS r
        WHERE NOT me.rolsuper AND r.oid <> me.oid AND r.rolname <> %(reader)s
        AND pg_has_role(me.oid, r.oid, 'MEMBER')
    UNION ALL SELECT 'write_tables', n.nspname || '.' || min(c.relname) FROM me, others AS n
        JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid
        WHERE NOT me.rolsuper AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND has_table_privilege(me.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
        GROUP BY n.nspname
    UNION ALL SELECT 'temporary_tables', '' FROM me
        WHERE has_database_privilege(me.oid, current_database(), 'TEMPORARY')
    UNION ALL SELECT 'create_schemas', '' FROM me
        WHERE has_database_privilege(me.oid, current_database(), 'CREATE')
    UNION ALL SELECT 'create_objects', n.nspname FROM me, others AS n
        WHERE has_schema_privilege(me.oid, n.oid, 'CREATE')
    UNION ALL SELECT 'other_schema', n.nspname FROM me, others AS n
        WHERE n.nspname <> %(schema)s AND has_schema_privilege(me.oid, n.oid, 'USAGE')
"""


def powers(con: psycopg.Connection[Any], role: str) -> list[Power]:
    """All that a role can do besides reading our schema; empty for a reader as it should be."""
    names = {"role": role, "reader": READER, "schema": SCHEMA}
    return [Power(*row) for row in con.execute(_POWERS, names)]


def refuse_strong(con: psycopg.Connection[Any], role: str) -> None:
    """Refuse a reader's session that may do more than read, or is another role than asked for."""
    row = con.execute("SELECT session_user::text, current_user::text").fetchone()
    if row != (role, role):
        raise ConfigurationError(
            "reader_strong",
            f"the server made another role of the reader {role}",
            hint="the reader needs a session of its own role: see PENATARAN_READER_URL",
        )
    found = [p for p in powers(con, role) if p.what in GRAVE]
    if found:
        can = ", ".join(f"{p.what} {p.of}".strip() for p in found)
        raise ConfigurationError(
            "reader_strong",
            f"the reader role {role} can do more than read: {can}",
            hint="use a role without these rights in PENATARAN_READER_URL: penataran doctor",
        )


def superuser_powers(con: psycopg.Connection[Any]) -> list[str]:
    """Why the login of the pipeline is as strong as the server itself; empty if it is not."""
    row = con.execute(
        "SELECT coalesce(bool_or(rolsuper), false) FROM pg_catalog.pg_roles "
        "WHERE rolname IN (session_user, current_user)"
    ).fetchone()
    if row and row[0]:
        return ["superuser"]
    found = con.execute(
        "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = ANY(%s) "
        "AND pg_has_role(session_user, oid, 'MEMBER') ORDER BY rolname",
        [list(FILE_ROLES)],
    )
    return [str(name) for (name,) in found]
