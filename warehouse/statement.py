"""What a reader's statement on PostgreSQL is made of, as the server itself understood it.

The statement becomes the body of a temporary view that is never read and is rolled back. The
server parses it, looks every name up, and stores the result as a tree of numbered objects. That
tree is looked at, not the text: there is no second parser to disagree with the server's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError
from schemas.nearest import near
from schemas.sql import literal
from warehouse import marts
from warehouse.limits import Deadline, memory_error

if TYPE_CHECKING:
    import psycopg

SCHEMA = "penataran"
NO_TABLE = re.compile(r'relation "(?:penataran\.)?(\w+)" does not exist')
HINT = "query takes one SELECT on the tables of penataran, with the functions of docs/commands.md"

_FUNCTIONS = """
    abs acos age any_value array_agg array_append array_cat array_dims array_length array_lower
    array_ndims array_position array_positions array_prepend array_remove array_replace
    array_to_json array_to_string array_upper ascii asin atan atan2 avg bit_and bit_length bit_or
    bit_xor bool_and bool_or bpchar btrim cardinality cbrt ceil ceiling char_length
    character_length chr clock_timestamp concat concat_ws convert_from convert_to corr cos cot
    count covar_pop covar_samp cume_dist date date_bin date_part date_trunc decode degrees
    dense_rank div encode every exp extract factorial first_value floor format gcd
    gen_random_uuid generate_series generate_subscripts greatest initcap interval isempty isfinite
    json_agg json_array_elements json_array_elements_text json_array_length json_build_array
    json_build_object json_each json_each_text json_extract_path json_extract_path_text
    json_object json_object_agg json_object_keys json_strip_nulls json_to_record
    json_to_recordset json_typeof jsonb_agg jsonb_array_elements jsonb_array_elements_text
    jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text
    jsonb_extract_path jsonb_extract_path_text jsonb_object jsonb_object_agg jsonb_object_keys
    jsonb_path_exists jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_pretty
    jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof justify_days justify_hours
    justify_interval lag last_value lcm lead least left length like like_escape ln
    localtimestamp log log10 lower lower_inc lower_inf lpad ltrim make_date make_interval
    make_time make_timestamp make_timestamptz max md5 min mod mode not_like notlike now nth_value
    ntile nullif num_nonnulls num_nulls numeric octet_length overlay overlaps percent_rank
    percentile_cont percentile_disc pi position pow power quote_ident quote_literal
    quote_nullable radians random range_agg range_merge rank regexp_count regexp_instr
    regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array
    regexp_split_to_table regexp_substr regr_avgx regr_avgy regr_count regr_intercept regr_r2
    regr_slope regr_sxx regr_sxy regr_syy repeat replace reverse right round row_number
    row_to_json rpad rtrim scale sha224 sha256 sha384 sha512 sign similar_to_escape sin split_part
    sqrt starts_with statement_timestamp stddev stddev_pop stddev_samp string_agg string_to_array
    string_to_table strpos substr substring sum tan textlike textnlike texticlike texticnlike
    timestamp timestamptz timezone to_char to_date to_hex to_json to_jsonb to_number
    to_timestamp transaction_timestamp translate trim trim_array trim_scale trunc unistr unnest
    upper upper_inc upper_inf var_pop var_samp variance width_bucket
    bernoulli system
"""
FUNCTIONS = frozenset(_FUNCTIONS.split())
"""Functions of PostgreSQL that compute from their arguments and reach nothing else; besides them
those that convert one type to another."""

_NODES = """
    AGGREF ALIAS ARRAY ARRAYCOERCEEXPR ARRAYEXPR ARRAYREF BOOLEANTEST BOOLEXPR CASE CASEEXPR
    CASETESTEXPR CASEWHEN COALESCE COALESCEEXPR COERCETODOMAIN COERCEVIAIO COLLATE COLLATEEXPR
    COMMONTABLEEXPR CONST CONVERTROWTYPEEXPR CTECYCLECLAUSE CTESEARCHCLAUSE DISTINCTEXPR
    FIELDSELECT FROMEXPR FUNCEXPR GROUPINGFUNC GROUPINGSET JOINEXPR JSONBEHAVIOR
    JSONCONSTRUCTOREXPR JSONEXPR JSONFORMAT JSONISPREDICATE JSONRETURNING JSONTABLEPATH
    JSONTABLEPATHSCAN JSONTABLESIBLINGJOIN JSONVALUEEXPR MINMAX MINMAXEXPR NAMEDARGEXPR
    NULLIFEXPR NULLTEST OPEXPR PARAM QUERY RANGETBLENTRY RANGETBLFUNCTION RANGETBLREF
    RELABELTYPE ROW ROWCOMPARE ROWCOMPAREEXPR ROWEXPR RTE RTEPERMISSIONINFO SCALARARRAYOPEXPR
    SETOPERATIONSTMT SORTGROUPCLAUSE SQLVALUEFUNCTION SUBLINK SUBSCRIPTINGREF TABLEFUNC
    TABLESAMPLECLAUSE TARGETENTRY VAR WHEN WINDOWCLAUSE WINDOWFUNC
"""
NODES = frozenset(_NODES.split())
"""Parts of a parsed SELECT. Row locks and what is not known here are not among them."""

_FUNCTION = re.compile(r"(?<!\\) :(?:funcid|aggfnoid|winfnoid|tsmhandler) (\d+)")
_OPERATOR = re.compile(r"(?<!\\) :(?:opno|eqop|sortop|hashop) (\d+)")
_OPERATORS = re.compile(r"(?<!\\) :opnos \(o([ \d]*)\)")
# Also kinds of joins and the like, whose numbers are too small for a type.
_TYPE = re.compile(r"(?<!\\) :\w*(?:[tT]ype|type_?[iI]d|typid) (\d+)")
_TYPES = re.compile(r"(?<!\\) :\w*[tT]ypes \(o([ \d]*)\)")
_RELATION = re.compile(r"(?<!\\) :relid (\d+)")
_COMMAND = re.compile(r"(?<!\\) :commandType (\d+)")
_NODE = re.compile(r"(?<!\\)\{([A-Z_]+)")
SELECTING = "1"
BROKEN = ("08", "57P")  # the connection ended, or the server does
RESOURCES = "53"

_REFUSED_FUNCTIONS = """
    SELECT format('%%I.%%I', n.nspname, p.proname) FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE p.oid = ANY(%s)
    AND NOT (n.nspname = 'pg_catalog' AND NOT p.prosecdef AND (p.proname = ANY(%s)
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_cast AS c WHERE c.castfunc = p.oid))) LIMIT 1
"""
_REFUSED_OPERATORS = """
    SELECT format('%%I.%%s', n.nspname, o.oprname) FROM pg_catalog.pg_operator AS o
    JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
    WHERE o.oid = ANY(%s) AND n.nspname <> 'pg_catalog' LIMIT 1
"""
_REFUSED_TYPES = """
    SELECT format('%%I.%%I', n.nspname, t.typname) FROM pg_catalog.pg_type AS t
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    WHERE t.oid = ANY(%s) AND (NOT n.nspname = ANY(%s)
    OR ltrim(t.typname, '_') = ANY(%s)) LIMIT 1
"""
_NAMING = """
    aclitem regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc
    regprocedure regrole regtype
"""
NAMING = tuple(_NAMING.split())
"""Types whose values are numbers and are shown as names: of roles, and of what is in any schema."""
_REFUSED_RELATIONS = """
    SELECT format('%%I.%%I', n.nspname, c.relname) FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = ANY(%s) AND NOT (n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm')) LIMIT 1
"""


def check(con: psycopg.Connection[Any], sql: str, whole: str, deadline: Deadline) -> None:
    """Refuse what is not one SELECT on our schema with allowed functions. Nothing of it runs.

    `whole` is what will run: the statement, or the statement within tables as they were known.
    `con` is in autocommit, and may make temporary objects.
    """
    if "\0" in sql:
        raise ConfigurationError("bad_sql", "the statement has a NUL character", hint=HINT)
    with failures(deadline), deadline.running(con.cancel_safe):
        con.execute("BEGIN")
        try:
            prepare(con, deadline)
            _parse(con, sql)
            for text in dict.fromkeys((sql, whole)):
                _check_tree(con, _tree(con, text))
        finally:
            if not con.closed:
                con.execute("ROLLBACK")


def _parse(con: psycopg.Connection[Any], sql: str) -> None:
    """Let the server parse the statement by itself: one, and whole."""
    from psycopg.errors import error_from_result
    from psycopg.pq import ExecStatus

    result = con.pgconn.prepare(b"", sql.encode())
    if result.status != ExecStatus.COMMAND_OK:
        raise error_from_result(result)


def _tree(con: psycopg.Connection[Any], sql: str) -> str:
    """The statement as the server understood it. Inside EXISTS stands a SELECT and nothing else;
    by the extended protocol (binary) the server takes one statement at a time."""
    view = f"CREATE TEMP VIEW asked AS SELECT EXISTS (\n{sql}\n) AS is_there"
    con.execute(view.encode(), binary=True)
    row = con.execute(
        "SELECT ev_action::text FROM pg_catalog.pg_rewrite "
        "WHERE ev_class = 'pg_temp.asked'::pg_catalog.regclass"
    ).fetchone()
    con.execute("DROP VIEW pg_temp.asked")
    assert row is not None
    return str(row[0])


def prepare(con: psycopg.Connection[Any], deadline: Deadline) -> None:
    """The same meaning of names and texts where a statement is checked and where it runs."""
    con.execute(
        f"SET LOCAL search_path TO pg_catalog, {SCHEMA}, pg_temp;"
        "SET LOCAL TimeZone TO 'UTC';"
        "SET LOCAL standard_conforming_strings TO on;"
        f"SET LOCAL statement_timeout TO {literal(milliseconds(deadline))}"
    )


def milliseconds(deadline: Deadline) -> str:
    """What is left of the time, as the server wants it. Zero would be no limit."""
    return str(max(1, int(deadline.left * 1000)))


def _check_tree(con: psycopg.Connection[Any], tree: str) -> None:
    strange = sorted(set(_NODE.findall(tree)) - NODES)
    if strange or set(_COMMAND.findall(tree)) != {SELECTING}:
        raise _refused(f"the statement has a part that readers may not use: {', '.join(strange)}")
    operators = [*_OPERATOR.findall(tree), *" ".join(_OPERATORS.findall(tree)).split()]
    types = [*_TYPE.findall(tree), *" ".join(_TYPES.findall(tree)).split()]
    for kind, query, numbers, *more in (
        ("function", _REFUSED_FUNCTIONS, _FUNCTION.findall(tree), sorted(FUNCTIONS)),
        ("table", _REFUSED_RELATIONS, _RELATION.findall(tree), SCHEMA),
        ("operator", _REFUSED_OPERATORS, operators),
        ("type", _REFUSED_TYPES, types, ["pg_catalog", SCHEMA], list(NAMING)),
    ):
        found = con.execute(query, [sorted({int(n) for n in numbers}), *more]).fetchone()
        if found:
            raise _refused(f"readers may not use the {kind} {found[0]}")


def _refused(message: str) -> ConfigurationError:
    return ConfigurationError("query_refused", message, hint=HINT)


@contextmanager
def failures(deadline: Deadline) -> Iterator[None]:
    """What goes wrong in a reader's statement, as errors of ours."""
    import psycopg

    try:
        yield
    except psycopg.errors.QueryCanceled:
        raise deadline.error() from None
    except UnicodeEncodeError:
        raise ConfigurationError("bad_sql", "the statement is not valid text") from None
    except (psycopg.DataError, RecursionError) as error:
        if isinstance(error, psycopg.DataError) and error.sqlstate is not None:
            raise ConfigurationError("bad_sql", first_line(error), hint=HINT) from None
        raise ConfigurationError(
            "bad_sql",
            f"the answer has a value that cannot be shown: {first_line(error)}",
            hint="cast it to text",
        ) from None
    except psycopg.Error as error:
        state = error.sqlstate
        if state is None or state.startswith(BROKEN):
            raise
        if state.startswith(RESOURCES):
            raise memory_error(first_line(error)) from None
        raise ConfigurationError("bad_sql", _with_near_names(error), hint=HINT) from None


def _with_near_names(error: psycopg.Error) -> str:
    """The first line, with the server's hint on a column, or the table nearest to one it lacks."""
    words = first_line(error)
    if missing := NO_TABLE.match(words):
        names = (*TABLES, *(t.vintages_name for t in TABLES.values() if t.has_vintages))
        return words + near(missing[1], (*names, *marts.all_marts()))
    return " ".join(filter(None, (words, error.diag.message_hint)))


def first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
