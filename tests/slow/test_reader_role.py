"""Readers on PostgreSQL (B10): a login of their own, one checked statement, the server's time."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from flows import doctor as doctors
from schemas.errors import ConfigurationError, PenataranError
from tasks.home import open_ledger, open_warehouse
from tests.conftest import Home
from warehouse.limits import Deadline
from warehouse.postgres import PostgresWarehouse

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("marts"),
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
]
A, B = ("2026-01-05", "IDR", "16700"), ("2026-01-06", "IDR", "16710")

REFUSED = [
    "SELECT 1; DROP TABLE penataran.ops_run",
    "SELECT 1; COMMIT; CREATE TABLE penataran.evil (a int)",
    "SELECT 1) AS x; COMMIT; SELECT (1",
    "SELECT 1) , (SELECT 2",
    "ops_run JOIN ops_load ON true",
    "SELECT 1; RESET ROLE", "RESET ROLE", "RESET SESSION AUTHORIZATION", "SET ROLE postgres",
    "COMMIT", "BEGIN", "DISCARD ALL", "LISTEN x", "NOTIFY x", "LOCK TABLE penataran.ops_run",
    "DO $$ BEGIN END $$", "CALL x()", "EXPLAIN ANALYZE SELECT 1", "SHOW all", "CHECKPOINT",
    "COPY (SELECT 1) TO PROGRAM 'true'", "COPY penataran.ops_run TO '/tmp/x'",
    "PREPARE x AS SELECT 1", "FETCH ALL FROM answer", "CLOSE answer", "MOVE 1 FROM answer",
    "DELETE FROM ops_run", "WITH x AS (DELETE FROM ops_run RETURNING *) SELECT * FROM x",
    "SELECT 1 INTO evil", "SELECT 1 INTO TEMP evil", "CREATE TEMP TABLE t (a int)",
    "SELECT * FROM ops_run FOR UPDATE", "SELECT * FROM (SELECT * FROM ops_run FOR SHARE) AS x",
    "SELECT set_config('role', 'none', true)",
    "SELECT set_config('statement_timeout', '0', false)",
    "SELECT * FROM set_config('transaction_read_only', 'off', true)",
    "SELECT count(*) FROM ops_run WHERE set_config('role', 'none', true) IS NULL",
    "SELECT 1 ORDER BY (SELECT pg_advisory_lock(1) IS NULL)",
    "SELECT sum(1) OVER (ORDER BY pg_advisory_lock(1)::text)",
    "SELECT count(*) FILTER (WHERE pg_try_advisory_lock(1)) FROM ops_run",
    "SELECT 1 LIMIT (SELECT pg_advisory_xact_lock(1) IS NULL)::int",
    "VALUES (pg_try_advisory_lock_shared(1))",
    "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT pg_backend_pid() FROM r) TABLE r",
    "SELECT query_to_xml('SELECT 1', true, false, '')", "SELECT table_to_xml('x', true, true, '')",
    "SELECT database_to_xml(true, true, '')", "SELECT cursor_to_xml('answer', 1, true, true, '')",
    "SELECT ts_stat('SELECT 1')", "SELECT * FROM ts_rewrite('a'::tsquery, 'SELECT 1, 2')",
    "SELECT pg_sleep(1)", "SELECT pg_sleep_for('1 s')", "SELECT pg_notify('a', 'b')",
    "SELECT pg_read_file('/etc/passwd')", "SELECT pg_ls_dir('.')", "SELECT pg_stat_file('.')",
    "SELECT lo_create(0)", "SELECT lo_from_bytea(0, 'x')", "SELECT loread(1, 1)",
    "SELECT nextval('penataran_state.x')", "SELECT current_setting('data_directory')",
    "SELECT pg_terminate_backend(1)", "SELECT pg_cancel_backend(1)", "SELECT pg_export_snapshot()",
    "SELECT txid_current()", "SELECT pg_logical_emit_message(false, 'a', 'b')",
    "SELECT has_table_privilege('ops_run', 'INSERT')", "SELECT dblink()",
    "SELECT inet_server_addr()",
    "SELECT version()", "SELECT pg_catalog.pg_reload_conf()", "SELECT \"pg_sleep\"(1)",
    "SELECT U&\"pg\\005Fsleep\"(1)", "SELECT 1 -- ' \n, pg_sleep(1)",
    "SELECT $a$ $b$ $a$, pg_sleep(1), $a$ $a$", "SELECT E'\\'', pg_sleep(1), ''",
    "SELECT '\\', pg_sleep(1), '\\'", "SELECT /* /* */ pg_sleep(1), */ pg_sleep(1)",
    "SELECT * FROM penataran_state.lease", "SELECT * FROM penataran_state.reader_login",
    "SELECT EXISTS (SELECT FROM penataran_state.fact)", "SELECT (SELECT max(name) FROM "
    "penataran_state.fact)", "SELECT * FROM pg_catalog.pg_roles", "SELECT * FROM pg_stat_activity",
    "SELECT * FROM information_schema.tables", "TABLE pg_settings", "SELECT * FROM asked",
    "SELECT * FROM pg_temp.asked", "SELECT $1", "", "-- nothing", "SELECT 1 \0; COMMIT",
    "SELECT '\udcff'",
    "SELECT 1::oid::regclass", "SELECT 10::oid::regrole::text", "SELECT 11::regnamespace",
    "SELECT i::oid::regtype FROM generate_series(1, 9) AS i", "SELECT '{10}'::regrole[]",
    "SELECT count(*) FILTER (WHERE i::oid::regclass::text LIKE 'a%') FROM generate_series(1, 9) i",
    "SELECT to_json(10::oid::regrole)", "SELECT tableoid::regclass FROM ops_run",
    "SELECT * FROM json_to_record('{\"a\": \"10\"}') AS x(a regrole)",
    "SELECT * FROM json_to_record('{\"a\": [10]}') AS x(a regrole[])",
    "SELECT JSON_VALUE('{\"a\": 10}', '$.a' RETURNING regrole)",
    "SELECT * FROM JSON_TABLE('{\"a\": 10}', '$' COLUMNS (a regrole PATH '$.a'))",
    "SELECT ROW(10::oid)::text, ARRAY[10::oid]::regrole[]", "SELECT 'a=r/b'::aclitem",
    "SELECT pg_typeof(1)", "SELECT CASE WHEN true THEN 10::oid::regrole END",
    "SELECT 'infinity'::timestamp", "SELECT '-infinity'::date", "SELECT '24:00'::time",
    "SELECT ARRAY['infinity'::date]", "SELECT '20000-01-01'::timestamptz",
    "SELECT (repeat('[', 5000) || repeat(']', 5000))::json",
]  # fmt: skip

ALLOWED = [
    ("SELECT 1, 'a;b', '%', 5 % 3", (1, "a;b", "%", 2)),
    ("VALUES (1, 2)", (1, 2)),
    ("(SELECT 1) UNION ALL (SELECT 1) LIMIT 1;  ", (1,)),
    ("SELECT a.run_id = b.run_id, a.run_id = b.run_id FROM ops_load a, ops_load b LIMIT 1", None),
    ("SELECT count(*) > 0 FROM ops_run -- a remark", (True,)),
    ("WITH x AS (SELECT rate FROM core_exchange__rates WHERE source = 'toy') "
     "SELECT round(sum(rate), 0)::int, string_agg(rate::int::text, ',' ORDER BY rate) FROM x",
     (33410, "16700,16710")),
    ("SELECT rank() OVER w, lag(rate) OVER w FROM core_exchange__rates WHERE source = 'toy' "
     "WINDOW w AS (ORDER BY rate_date) LIMIT 1", (1, None)),
    ("SELECT extract(year FROM DATE '2026-01-05')::int, "
     "date_trunc('month', DATE '2026-01-05')::date::text, to_char(DATE '2026-01-05', 'YYYY'), "
     "DATE '2026-01-05' + INTERVAL '1 day' > now()",
     (2026, "2026-01-01", "2026", False)),
    ("SELECT array_agg(i), percentile_cont(0.5) WITHIN GROUP (ORDER BY i) "
     "FROM generate_series(1, 3) i",
     ([1, 2, 3], 2.0)),
    ("SELECT '{\"a\": 1}'::json ->> 'a', coalesce(NULL, 'x') ILIKE 'X', (1, 2) < (1, 3), "
     "1 IN (SELECT 1), 2 = ANY (ARRAY[1, 2]), CASE WHEN true THEN 1 END, greatest(1, 2)",
     ("1", True, True, True, True, 1, 2)),
    ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) "
     "SELECT max(n) FROM r", (3,)),
    ("SELECT source, count(*) FROM penataran.ops_load GROUP BY GROUPING SETS ((source), ()) "
     "HAVING count(*) > 0 ORDER BY 1 NULLS FIRST LIMIT 1", None),
    ("SELECT count(t) FROM core_exchange__rates__vintages AS t TABLESAMPLE system (100)", None),
]  # fmt: skip


@pytest.fixture
def loaded(there: Home) -> Home:
    there.load(A, B)
    return there


def warehouse_of(home: Home, **variables: str) -> PostgresWarehouse:
    found = open_warehouse(home.settings(**variables))
    assert isinstance(found, PostgresWarehouse)
    return found


@pytest.fixture
def root(database: dict[str, str]) -> Iterator[psycopg.Connection[Any]]:
    url = database["PENATARAN_WAREHOUSE_URL"].replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as con:
        yield con


def test_what_is_more_than_one_select_is_refused(loaded: Home, root: Any) -> None:
    def state() -> Any:
        return root.execute(
            "SELECT (SELECT count(*) FROM pg_class WHERE relname IN ('evil', 'asked')), "
            "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'), "
            "(SELECT count(*) FROM pg_largeobject_metadata), "
            "(SELECT count(*) FROM penataran.ops_run)"
        ).fetchone()  # fmt: skip

    before = state()
    warehouse = warehouse_of(loaded)
    for sql in REFUSED:
        for at in (None, datetime.now(UTC)):
            try:
                got = list(warehouse.query(sql, as_known_on=at, deadline=Deadline(20)).batches)
            except ConfigurationError as error:
                code = error.code
            else:
                pytest.fail(f"{sql}, as known on {at}: {got}")
            assert code in ("bad_sql", "query_refused"), (sql, code)
    assert state() == before


def test_ordinary_queries_work(loaded: Home) -> None:
    for sql, wanted in ALLOWED:
        for at in (None, datetime.now(UTC)):
            if at is not None and "TABLESAMPLE" in sql:
                continue  # what was known at a moment is not a table
            found = loaded.query(sql, at)
            assert wanted is None or found[0] == wanted, sql
    found = loaded.query("SELECT i FROM generate_series(1, 5000) i ORDER BY i DESC")
    assert [r[0] for r in found] == list(range(5000, 0, -1))


def test_the_session_is_the_readers_own(loaded: Home, root: Any) -> None:
    warehouse = warehouse_of(loaded)
    ((session, current),) = loaded.query("SELECT session_user::text, current_user::text")
    assert session == current
    assert session.startswith("penataran_query_")
    assert warehouse.reader_powers() == (session, [])
    attributes = root.execute(
        "SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, "
        "(SELECT count(*) FROM pg_auth_members WHERE member = r.oid), "
        "r.rolconfig @> ARRAY['default_transaction_read_only=on'] "
        "FROM pg_roles AS r WHERE rolname = %s",
        [session],
    ).fetchone()
    assert attributes == (False, False, False, False, False, False, 0, True)
    url = warehouse.engine.url.set(drivername="postgresql", username=session)
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as con:
        for sql in (
            "SELECT * FROM penataran_state.reader_login", "SET ROLE postgres",
            "SET SESSION AUTHORIZATION postgres", "CREATE TABLE public.evil (a int)",
            "SET transaction_read_only TO off; CREATE TEMP TABLE evil (a int)",
            "COPY (SELECT 1) TO PROGRAM 'true'", "SET temp_file_limit TO -1",
            "SELECT pg_read_file('/etc/passwd')", "SELECT * FROM penataran.ops_run FOR UPDATE",
        ):  # fmt: skip
            with pytest.raises(psycopg.Error) as caught:
                con.execute(sql)
            assert caught.value.sqlstate in ("42501", "25006"), sql


def test_as_known_on_finds_every_way_to_name_a_table(loaded: Home) -> None:
    before = datetime.now(UTC)
    loaded.load(A, ("2026-01-06", "IDR", "9"), ("2026-01-07", "IDR", "9"))
    for table in (
        "core_exchange__rates",
        "CORE_Exchange__Rates",
        '"core_exchange__rates"',
        'U&"core\\005Fexchange__rates"',
        "U&\"core!005Fexchange__rates\" UESCAPE '!'",
    ):
        sql = f"SELECT count(*) FROM {table} WHERE source = 'toy'"
        assert (loaded.query(sql, before), loaded.query(sql)) == ([(2,)], [(3,)]), table
    monthly = "SELECT days FROM mart_rates_monthly WHERE source = 'toy'"
    assert (loaded.query(monthly, before), loaded.query(monthly)) == ([(2,)], [(3,)])


@pytest.mark.parametrize(
    "sql",
    ["SELECT count(*) FROM generate_series(1, 1000000000000) a",
     "SELECT i FROM generate_series(1, 1000000000000) i",
     "WITH RECURSIVE r AS (SELECT 1::numeric AS a UNION ALL SELECT a + 1 FROM r) "
     "SELECT count(*) FROM r"],
)  # fmt: skip
def test_endless_work_is_ended_by_the_server(
    loaded: Home, root: Any, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    """Also without our own thread: what it would call does nothing here."""
    monkeypatch.setattr(psycopg.Connection, "cancel_safe", lambda *_, **__: None)
    started = time.monotonic()
    with pytest.raises(ConfigurationError) as caught:
        for _ in warehouse_of(loaded).query(sql, deadline=Deadline(1)).batches:
            pass
    assert caught.value.code == "query_time"
    assert time.monotonic() - started < 20
    running = "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'penataran_query%'"
    end = time.monotonic() + 5
    while root.execute(running).fetchone() != (0,) and time.monotonic() < end:
        time.sleep(0.1)
    assert root.execute(running).fetchone() == (0,)


def test_a_lost_login_is_made_again(loaded: Home, root: Any) -> None:
    """Also where the warehouse is of a version that had no login."""
    sql = "SELECT count(*) FROM core_exchange__rates WHERE source = 'toy'"
    role = warehouse_of(loaded).reader_powers()[0]
    root.execute("DROP TABLE penataran_state.reader_login")
    assert loaded.query(sql) == [(2,)]
    root.execute(f"DROP OWNED BY {role}")
    root.execute(f"DROP ROLE {role}")
    assert loaded.query(sql) == [(2,)]


def test_a_strong_role_is_not_a_reader(loaded: Home, root: Any, database: dict[str, str]) -> None:
    own = sa.make_url(database["PENATARAN_WAREHOUSE_URL"])
    role = f"reader_{uuid.uuid4().hex[:8]}"
    root.execute(f"CREATE ROLE {role} LOGIN NOINHERIT PASSWORD 'canary-3391'")
    url = own.set(username=role, password="canary-3391").render_as_string(hide_password=False)
    try:
        warehouse = warehouse_of(loaded, PENATARAN_READER_URL=url)
        assert next(warehouse.query("SELECT session_user::text").batches) == [(role,)]
        assert warehouse.reader_powers() == (role, [])
        for change, power in (
            ("CREATEDB", "create_databases"), ("CREATEROLE", "create_roles"),
            ("REPLICATION", "replication"), ("BYPASSRLS", "bypass_rls"), ("SUPERUSER", "superuser"),
        ):  # fmt: skip
            root.execute(f"ALTER ROLE {role} {change}")
            with pytest.raises(ConfigurationError, match=power) as caught:
                warehouse.query("SELECT 1")
            assert caught.value.code == "reader_strong"
            assert "canary" not in str(caught.value)
            root.execute(f"ALTER ROLE {role} NO{change}")
        root.execute(f"GRANT pg_read_all_data TO {role}")
        with pytest.raises(ConfigurationError, match="member pg_read_all_data"):
            warehouse.query("SELECT 1")
        root.execute(f"REVOKE pg_read_all_data FROM {role}")
        root.execute(f"GRANT UPDATE ON penataran.ops_run TO {role}")
        with pytest.raises(ConfigurationError, match=r"write_tables penataran\.ops_run"):
            warehouse.query("SELECT 1")
    finally:
        root.execute(f"DROP OWNED BY {role}")
        root.execute(f"DROP ROLE {role}")
    with pytest.raises(PenataranError, match="there is no role"):
        warehouse.query("SELECT 1")


def test_production_refuses_a_superuser(bare: Home, database: dict[str, str], root: Any) -> None:
    settings = bare.settings(PENATARAN_ENV="production")
    with pytest.raises(ConfigurationError) as caught:
        open_ledger(settings, open_warehouse(settings))
    assert caught.value.code == "warehouse_superuser"
    with (
        pytest.raises(ConfigurationError, match="superuser"),
        warehouse_of(bare, PENATARAN_ENV="production").begin(rebuild=False),
    ):
        pass
    schemas = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'penataran%'"
    assert root.execute(schemas).fetchone() == (0,)


def test_an_owner_that_is_not_a_superuser_is_enough(
    bare: Home, root: Any, database: dict[str, str]
) -> None:
    """Set-up, loads and queries in production, with what docs/configuration.md asks for."""
    own = sa.make_url(database["PENATARAN_WAREHOUSE_URL"])
    role = f"writer_{uuid.uuid4().hex[:8]}"
    root.execute(f"CREATE ROLE {role} LOGIN CREATEROLE")
    root.execute(f"ALTER DATABASE {own.database} OWNER TO {role}")
    admin = root.execute("SELECT 1 FROM pg_roles WHERE rolname = 'penataran_reader'").fetchone()
    url = own.set(username=role).render_as_string(hide_password=False)
    try:
        bare.variables["PENATARAN_WAREHOUSE_URL"] = url
        assert bare.load(A, B).exit_code == 0, admin
        warehouse = warehouse_of(bare, PENATARAN_ENV="production")
        warehouse.refuse_superuser()
        rows = next(warehouse.query("SELECT count(*) FROM ops_load WHERE source = 'toy'").batches)
        assert rows == [(1,)]
        assert warehouse.reader_powers()[1] == []
        assert warehouse.own_powers() == []
        root.execute(f"GRANT pg_execute_server_program TO {role}")
        with pytest.raises(ConfigurationError, match="pg_execute_server_program"):
            warehouse.refuse_superuser()
    finally:
        root.execute(f"REASSIGN OWNED BY {role} TO CURRENT_USER")


def test_doctor_says_what_the_role_can_do(
    loaded: Home, root: Any, monkeypatch: pytest.MonkeyPatch, database: dict[str, str]
) -> None:
    def findings() -> list[tuple[str, str]]:
        found = doctors.doctor()
        return [
            (f.state, f.what.en)
            for f in found
            if "reader role" in f.what.en or "login" in f.what.en
        ]

    for name, value in (*database.items(), ("PENATARAN_HOME", str(loaded.home))):
        monkeypatch.setenv(name, value)
    role = warehouse_of(loaded).reader_powers()[0]
    assert findings() == [
        ("missing", "the login of PENATARAN_WAREHOUSE_URL is too strong (superuser)"),
        ("ok", f"the reader role {role} can only read the schema penataran"),
    ]
    name = sa.make_url(database["PENATARAN_WAREHOUSE_URL"]).database
    root.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    root.execute(f"GRANT TEMPORARY ON DATABASE {name} TO PUBLIC")
    root.execute(f"ALTER ROLE {role} CREATEDB")
    monkeypatch.setenv("PENATARAN_ENV", "production")
    (own, reader) = findings()
    assert own[0] == reader[0] == "unsafe"
    assert "reader_strong" in reader[1]
    root.execute(f"ALTER ROLE {role} NOCREATEDB")
    assert findings()[1] == (
        "unsafe",
        f"the reader role {role} can do more than read: make temporary tables, "
        "create objects in schema public",
    )
