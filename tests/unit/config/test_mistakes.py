"""What a declaration must not say: each mistake is named with its key and what is near."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from config import declarations
from schemas.errors import ConfigurationError
from tests.conftest import TOY

pytestmark = pytest.mark.fast


def changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A mapping with changes at dotted places; None takes a key away."""
    found = {k: dict(v) if isinstance(v, dict) else v for k, v in base.items()}
    for place, value in changes.items():
        *path, last = place.split("/")
        holder = found
        for step in path:
            holder[step] = dict(holder.get(step) or {})
            holder = holder[step]
        if value is None:
            holder.pop(last, None)
        else:
            holder[last] = value
    return found


def written(folder: Path, changes: dict[str, Any]) -> Path:
    path = folder / "toy.yml"
    path.write_text(yaml.safe_dump(changed(TOY, changes), allow_unicode=True), encoding="utf-8")
    return path


def message_of(tmp_path: Path, changes: dict[str, Any]) -> str:
    path = written(tmp_path, changes)
    with pytest.raises(ConfigurationError) as caught:
        declarations.read(path)
    assert caught.value.where == str(path)
    return caught.value.message


def as_csv(**keys: Any) -> dict[str, Any]:
    return {"reader": {"format": "csv", **keys}}


def column(**keys: Any) -> dict[str, Any]:
    return {"columns/currency": {"to": "quote_currency", **keys}}


def rate(**keys: Any) -> dict[str, Any]:
    return {"columns/rate": {"to": "rate", **keys}}


def calendar(**keys: Any) -> dict[str, Any]:
    return {"calendar": {"cadence": "daily", "cron": "0 8 * * *", **keys}}


FOUND = {"request": {"path": "/list"}, "field": "id"}
STUDENTS = {
    "table": "core_exchange__students",
    "columns": {"origin": {"to": "origin_area", "lookup": "iso3"}, "year": "period",
                "rate": "students"},
    "constants": {"destination_area": "JPN", "level": "tertiary"},
    "datasets": {"annual": {"frequency": "A"}},
}  # fmt: skip

STRUCTURE: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown key": ({"colour": "blue"}, "colour: is not a key here"),
    "a key spelt wrong": ({"request/parms": {}}, "request.parms: is not a key here (did you mean "
                          "params?)"),
    "a key that is missing": ({"licence": None}, "licence: is missing"),
    "a list for a mapping": ({"datasets": [1]}, "datasets: expected a mapping of keys"),
    "no dataset": ({"datasets": {}}, "datasets: expected at least 1"),
    "an unknown language": ({"title/fr": "Jouet"}, "title.fr: is not a key here"),
    "an unknown frequency": ({"datasets/daily/frequency": "X"}, "datasets.daily.frequency: 'X' is"),
    "a truth value for a text": ({"constants/base_currency": True}, "write it in quotes"),
    "an unquoted no": (column(values={False: "NOK"}), "YAML reads a key here as false"),
    "an unknown format": ({"reader": {"format": "jsn"}}, "did you mean json?"),
    "no format": ({"reader": {"records": "data"}}, "reader: format is missing"),
    "sheet of csv": (as_csv(sheet="x"), "reader.sheet: is not a key of a csv reader: it is one of "
                     "xlsx"),
    "page of csv": (as_csv(page={"a": "(b)"}), "reader.page: is not a key of a csv reader"),
    "one_is_list of csv": (as_csv(one_is_list=True), "reader.one_is_list: is not a key of a csv"),
    "errors of csv": (as_csv(errors=[]), "reader.errors: is not a key of a csv reader"),
    "count of csv": (as_csv(count="n"), "reader.count: is not a key of a csv reader"),
    "delimiter of json": ({"reader/delimiter": ";"}, "reader.delimiter: is not a key of a json"),
    "skip_lines of json": ({"reader/skip_lines": 2}, "reader.skip_lines: is not a key of a json"),
    "member of json": ({"reader/member": "x"}, "reader.member: is not a key of a json reader"),
    "records of csv": (as_csv(records="data"), "reader.records: is not a key of a csv reader"),
    "html without records": ({"reader": {"format": "html"}}, "reader.records: is missing"),
    "xlsx without records": ({"reader": {"format": "xlsx"}}, "reader.records: is missing"),
    "xml without records": ({"reader": {"format": "xml"}}, "reader.records: is missing"),
    "lines below none": (as_csv(skip_lines=-1), "reader.skip_lines: expected 0 or more, got -1"),
    "a reader of a dataset": ({"datasets/daily/reader": {"format": "csv", "sheet": "x"}},
                              "datasets.daily.reader.sheet: is not a key of a csv reader"),
    "scale of a text": (column(scale=2), "columns.currency.scale: is not a key of a text column: "
                        "it is one of number"),
    "decimal of a text": (column(decimal=","), "columns.currency.decimal: is not a key of a text"),
    "divide_by of a text": (column(divide_by="nope"), "columns.currency.divide_by: is not a key"),
    "power of a text": (column(power="nope"), "columns.currency.power: is not a key of a text"),
    "missing of a text": (column(missing={"-": "missing"}), "columns.currency.missing: is not a"),
    "date_format of a text": (column(date_format="%Y"), "columns.currency.date_format: is not a"),
    "date_format of a number": (rate(date_format="%Y"), "columns.rate.date_format: is not a key"),
    "prefix of a number": (rate(prefix="x"), "columns.rate.prefix: is not a key of a number"),
    "lookup of a number": (rate(lookup="iso3"), "columns.rate.lookup: is not a key of a number"),
    "fold without lookup": (column(fold=True), "columns.currency.fold: is not a key of a text"),
    "lookup with values": (column(lookup="iso3", values={"a": "USD"}), "columns.currency.values: "
                           "is not a key of a code column"),
    "values with since": (column(values={"a": "USD"}, since={"1": "USD"}), "one of values and"),
    "values with scale": (rate(values={"a": "1"}, scale=2), "scale is not used beside values"),
    "values with prefix": (column(values={"a": "USD"}, prefix="U"), "prefix is not used beside"),
    "no values": (column(values={}), "values is empty"),
    "unmapped without values": (column(unmapped="keep"), "add values"),
    "as without extract": ({"columns/currency": {"to": "quote_currency", "as": "\\1"},
                            "columns/rate": {"to": "rate", "as": "x"}}, "add extract"),
    "ignore_missing alone": (rate(ignore_missing=True), "ignore_missing needs missing"),
    "a scale of nothing": (rate(scale=0), "columns.rate.scale: expected more than 0, got 0"),
    "values of a period": ({**STUDENTS, "columns/year": {"to": "period", "values": {"a": "b"}}},
                           "columns.year.values: is not a key of a period column"),
    "a second target": ({"columns/rate": ["rate", {"to": "rate_date", "scale": 2}]},
                        "columns.rate.1.scale: is not a key of a date column"),
    "no such field": (column(to="quote_curency"), "did you mean quote_currency?"),
    "a table of logs": ({"table": "ops_load"}, "table: 'ops_load' is not a table"),
    "no such table": ({"table": "core_exchange__rate"}, "did you mean core_exchange__rates?"),
    "pages of an offset": ({"request/paging": {"kind": "offset", "parameter": "o", "size": 1,
                                               "total": "n", "pages": "p"}},
                           "request.paging.pages: is not a key of an offset paging: it is one of "
                           "page"),
    "no such paging": ({"request/paging": {"kind": "curser"}}, "did you mean cursor?"),
    "a page of no size": ({"request/paging": {"kind": "offset", "parameter": "o", "size": 0,
                                              "total": "n"}}, "request.paging.size: expected 1 or"),
    "a window of none": ({"datasets/daily/window": 0}, "datasets.daily.window: expected 1 or more"),
    "a share above all": ({"rows/max_refused_share": 2}, "rows.max_refused_share: expected 1"),
    "deletions above all": ({"coverage/max_deleted_share": 7}, "coverage.max_deleted_share: exp"),
    "no requests": ({"limits/requests_per_second": 0}, "limits.requests_per_second: expected more"),
    "no tries": ({"limits/tries": 0}, "limits.tries: expected 1 or more, got 0"),
    "from nothing": ({"variables": {"c": {"from": "region.nothing"}}}, "variables.c.from: "),
    "from near": ({"variables": {"c": {"from": "region.partner"}}}, "did you mean region.partners"),
    "a list of two origins": ({"variables": {"c": {"values": ["a"], "from": "periods"}}},
                              "variables.c: a variable has one of values, from and found"),
    "alone without a region": ({"variables": {"c": {"values": ["a"], "alone": ["b"]}}},
                               "variables.c: alone stands beside from: region"),
    "no such built-in list": ({"builtin": "areas", "request": None}, "did you mean area?"),
    "a request and a list": ({"builtin": "area"}, "one of request, builtin"),
    "a key in two places": ({"key": {"variable": "K", "parameter": "k", "header": "K"}},
                            "key: a key goes into either a parameter or a header"),
    "another code": ({"code": "other"}, "code: the name of the file is the code: toy"),
}  # fmt: skip

MEANING: dict[str, tuple[dict[str, Any], str]] = {
    "no such day": (calendar(cron="61 * * * *"), "calendar.cron: '61 * * * *' is not a valid cron"),
    "words for a cron": (calendar(cron="daily"), "calendar.cron: 'daily' is not a valid cron"),
    "no such zone": (calendar(timezone="Mars/Olympus"), "calendar.timezone: 'Mars/Olympus' is not"),
    "a zone spelt wrong": (calendar(timezone="Asia/Jakata"), "did you mean Asia/Jakarta?"),
    "a path for a zone": (calendar(timezone="../etc"), "is not a valid time zone"),
    "no such domain": ({"domain": "nonsense"}, "domain: 'nonsense' is not a domain"),
    "figures as a list": ({"domain": "reference"}, "domain: 'reference' is not the domain of"),
    "no such stage": ({"release_stage": "finnal"}, "did you mean final?"),
    "a stage of a dataset": ({"datasets/daily/release_stage": "x"}, "datasets.daily.release_stage"),
    "a stage that is never reached": (
        {"stages": [{"stage": "provisional", "days": 1}, {"stage": "final", "days": 9}]},
        "stages.1: final is never reached"),
    "more rows at least than at most": ({"rows": {"min": 10, "max": 1}}, "rows.min: 10 is more"),
    "no rows at most": ({"rows": {"max": 0}}, "rows.max: expected 1 or more"),
    "a check against nobody": ({"cross_check": {"source": "nobody"}}, "cross_check.source: 'nobo"),
    "a check against itself": ({"cross_check": {"source": "toy"}}, "against itself"),
    "a check against another table": ({"cross_check": {"source": "comtrade"}}, "fills core_trade"),
    "a claim by no variable": ({"coverage/keys": {"quote_currency": "nobody"}},
                               "coverage.keys.quote_currency: 'nobody' is not a variable"),
    "a claim by no key": ({"variables": {"c": {"values": ["J"]}}, "coverage/keys": {"rates": "c"}},
                          "coverage.keys.rates: 'rates' is not a key of core_exchange__rates"),
    "a claim by what is found": ({"variables": {"c": {"found": FOUND}},
                                  "coverage/keys": {"quote_currency": "c"}}, "which codes were"),
    "a host that is no address": ({"hosts": {"main": "toy.example"}}, "hosts.main: 'toy.example'"),
    "a host with a question": ({"hosts": {"main": "https://a.example/?k=1"}}, "more than scheme"),
    "another host": ({"request/host": "files"}, "request.host: 'files' is not among hosts"),
    "no host": ({"hosts": None}, "request.host: 'main' is not among hosts: add it to hosts"),
    "a host of a list": ({"variables": {"c": {"found": {"request": {"path": "/", "host": "x"},
                                                        "field": "id"}}}},
                         "variables.c.found.request.host: 'x' is not among hosts"),
    "a relative path": ({"request/path": "rates"}, "request.path: 'rates' is not a path"),
    "a header with a line": ({"request/headers": {"Accept": "a\nb"}}, "is not a valid header"),
    "an unknown variable in a path": ({"request/path": "/{yaer}"}, "request.path: {yaer} is not a "
                                      "variable of daily (did you mean year?)"),
    "an unknown variable in a parameter": ({"request/params": {"a": "{code2}"}},
                                           "request.params.a: {code2} is not a variable of daily"),
    "a variable in a header": ({"request/headers": {"X": "{year}"}}, "request.headers.X: {year}"),
    "an increment in a path": ({"request/path": "/{updated_after}"}, "is not known at a first"),
    "an increment with a path of days": (
        {"request": {"path": "/{since}", "params": {"u": "{updated_after}"}}}, "has no value wher"),
    "a variable of another dataset": (
        {"datasets": {"daily": {"frequency": "D"},
                      "yearly": {"frequency": "A", "variables": {"c": {"values": ["a"]}}}},
         "request/path": "/{c}"}, "request.path: {c} is not a variable of daily"),
    "an unknown variable of a list": (
        {"variables": {"c": {"found": {**FOUND, "request": {"path": "/{nope}"}}}}},
        "variables.c.found.request.path: {nope} is not a variable"),
    "a list that needs itself": (
        {"variables": {"c": {"found": {**FOUND, "request": {"path": "/{c}"}}}}},
        "variables.c.found.request.path: {c} is not a variable"),
    "a list of JSON and text": (
        {"variables": {"c": {"found": {"request": {"path": "/"}, "pattern": "a", "match": "x"}}}},
        "variables.c.found.match: is of JSON lists"),
    "a value of nothing": (
        {"variables": {"c": {"found": {"request": {"path": "/"}, "value": "x"}}}}, "names no {f"),
    "a name of the slice": ({"variables": {"year": {"values": ["1"]}}}, "{year} has a value in ev"),
    "a name in capitals": ({"variables": {"Code2": {"values": ["1"]}}}, "is not a valid name"),
    "an empty list": ({"variables": {"c": {"values": []}}}, "variables.c.values: is empty"),
    "periods of days": ({"variables": {"c": {"from": "periods"}}, "request/path": "/{c}"},
                        "only years and months can be listed"),
    "an unknown scheme": ({"variables": {"c": {"from": "region.country", "scheme": "comtrad"}}},
                          "variables.c.scheme: 'comtrad' is not a scheme of codes (did you mean "
                          "comtrade?)"),
    "a scheme of products": ({"variables": {"c": {"from": "region.products", "scheme": "iso3"}}},
                             "variables.c.scheme: turns ISO codes of areas"),
    "a keyed request without a key": ({"keyed_request": {"path": "/k"}}, "keyed_request: is never"),
    "pages of CSV": ({"request/paging": {"parameter": "p", "pages": "n"}, **as_csv()},
                     "request.paging: only JSON answers say where they go on"),
    "a cap without a count": ({"request/cap_rows": 500, "reader/count": None},
                              "request.cap_rows: needs reader.count"),
    "pages of a signal": (
        {"signal": {"records": "a", "fields": ["b"],
                    "request": {"path": "/", "paging": {"kind": "link", "next": "n"}}}},
        "signal.request.paging: is not used"),
    "pages of a text": (
        {"variables": {"c": {"found": {"pattern": "a", "request": {
            "path": "/", "paging": {"kind": "link", "next": "n"}}}}}},
        "variables.c.found.request.paging: only JSON"),
    "areas that are none": ({"variables": {"c": {"values": ["JAP"], "scheme": "comtrade"}}},
                            "variables.c.values: 'JAP' is not an ISO code of an area"),
    "a period of days": ({"columns/date": "period", "constants/rate_date": "2026-01-01"},
                         "columns.date.to: core_exchange__rates has no periods"),
    "a name with a slash": ({"datasets": {"a/b": {"frequency": "D"}}}, "datasets.a/b: is not a"),
    "a year to come": ({"datasets/daily/start": 2999}, "datasets.daily.start: 2999 is to come"),
    "stages beside a column": (
        {"stages": [{"stage": "final"}], "columns/stage": "release_stage"},
        "stages: is not used beside a column"),
    "an unknown module": ({"reader/module": "bojj"}, "no reader 'bojj' in tasks/read/sources (did "
                          "you mean boj?)"),
    "an unclosed bracket": (column(extract="(unclosed"), "columns.currency.extract: '(unclosed' is "
                            "not a valid regular expression (RE2)"),
    "what only Python knows": (column(extract="a(?=b)"), "is not a valid regular expression (RE2)"),
    "too many repetitions": (column(extract="a{2000}"), "is not a valid regular expression (RE2)"),
    "a group that is missing": (column(extract="(a)", **{"as": "\\2"}), "columns.currency.as: \\2"),
    "a backslash alone": (column(extract="(a)", **{"as": "\\q"}), "after a backslash"),
    "a pattern of columns": ({"reader/wide": {"id_columns": ["a"], "columns": "(", "names_to": "b",
                                              "values_to": "c"}}, "reader.wide.columns: '(' is no"),
    "a pattern of a sheet": ({"reader": {"format": "xlsx", "records": "a", "sheet": "["}},
                             "reader.sheet: '[' is not a valid regular expression"),
    "a pattern of a page": ({"reader": {"format": "html", "records": "a", "page": {"d": "x"}}},
                            "reader.page.d: 'x' has no group"),
    "a pattern of a list": ({"variables": {"c": {"found": {"request": {"path": "/"},
                                                           "pattern": "(a)(b)"}}}}, "several grou"),
    "a broken pattern of a list": ({"variables": {"c": {"found": {**FOUND, "match": "("}}}},
                                   "variables.c.found.match: '(' is not a valid regular"),
    "an unknown encoding": (as_csv(encoding="utf8000"), "reader.encoding: 'utf8000' is not a vali"),
    "an encoding of bytes": (as_csv(encoding="base64"), "reader.encoding: 'base64' is not a valid"),
    "a quote for a delimiter": (as_csv(delimiter='"'), "cannot stand between cells"),
    "selection of no column": ({"select": {"nope": ["x"]}}, "select.nope: 'nope' is not a column"),
    "selection of nothing": ({"select": {"currency": []}}, "select.currency: is empty"),
    "selection of an empty text": ({"select": {"currency": ["!"]}}, "'!' selects nothing"),
    "an open glob": ({"select": {"currency": ["[A-"]}}, "[ has no ]"),
    "a constant that its field refuses": ({"constants/rate_type": "spot"}, "constants.rate_type: "),
    "an unknown currency": ({"constants/base_currency": "UDS"}, "constants.base_currency: 'UDS' is "
                            "not a code of list currency (did you mean USD?)"),
    "an unknown area": ({**STUDENTS, "constants/destination_area": "JAP"}, "not a code of list ar"),
    "a constant that is no day": ({"columns/date": None, "constants/rate_date": "2026-02-30"},
                                  "constants.rate_date: '2026-02-30' is not a date"),
    "a constant that is no number": ({"columns/rate": None, "constants/rate": "much"},
                                     "constants.rate: 'much' is not a rate"),
    "a constant below its field": ({"columns/rate": None, "constants/rate": "-1"}, "at least"),
    "a constant of a dataset": ({"datasets/daily/constants": {"rate_type": "spot"}},
                                "datasets.daily.constants.rate_type: 'spot' is not allowed"),
    "an unknown state": ({"constants/value_status": "odd"}, "constants.value_status: 'odd' is not"),
    "a value that its field refuses": (column(values={"a": "UDS"}), "columns.currency.values.a: '"),
    "a value in force that its field refuses": (column(since={"1": "UDS"}), "columns.currency.sin"),
    "a default that has no value": (column(values={"a": "USD"}, default="b"), "currency.default:"),
    "an unknown scheme of a column": (
        {**STUDENTS, "columns/origin": {"to": "origin_area", "lookup": "iso33"}},
        "columns.origin.lookup: 'iso33' is not a scheme of codes (did you mean iso3?)"),
    "a currency looked up": (column(lookup="iso3"), "only areas can be looked up"),
    "a column that has become rows": (
        {"reader/wide": {"id_columns": ["date"], "names_to": "currency", "values_to": "rates"}},
        "columns.rate: is not there"),
    "a format of no date": ({"columns/date": {"to": "rate_date", "date_format": "YYYY"}}, "not a"),
    "an unknown directive": ({"columns/date": {"to": "rate_date", "date_format": "%Y-%k"}}, "%k i"),
}  # fmt: skip


@pytest.mark.parametrize("case", STRUCTURE)
def test_structure_is_refused_by_its_key(tmp_path: Path, case: str) -> None:
    changes, words = STRUCTURE[case]
    assert words in message_of(tmp_path, changes)


@pytest.mark.parametrize("case", MEANING)
def test_what_cannot_be_meant_is_refused_by_its_key(tmp_path: Path, case: str) -> None:
    changes, words = MEANING[case]
    assert words in message_of(tmp_path, changes)


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    message = message_of(
        tmp_path,
        {"colour": "blue", "reader/skip_lines": 1, **rate(scal=3), **calendar(cron="x"),
         "domain": "nonsense"},
    )  # fmt: skip
    for place in ("colour", "reader.skip_lines", "columns.rate.scal", "calendar.cron", "domain"):
        assert f"{place}: " in message
    assert len(message.split("; ")) == 5


SENSE: dict[str, dict[str, Any]] = {
    "as it stands": {},
    "JSON in a parameter": {"request/params": {"filters": '{"tahun": "2024"}'}},
    "a look-around of Python": {"variables": {"c": {"found": {**FOUND, "match": "(?!a)b"}}}},
    "a named group of RE2": column(extract="(?P<x>a)"),
    "a class of RE2": column(extract=r"(\pL+)"),
    "values of a number": rate(values={"a": "1.5"}),
    "missing of a date": {"columns/date": {"to": "rate_date", "missing": {"-": "missing"}}},
    "an excluding selection": {"select": {"currency": ["!X*", "[A-Z]??"]}},
    "selection of an ignored column": {"select": {"kind": ["x"]}, "ignore": ["kind"]},
    "a total": {**STUDENTS, "constants/destination_area": "TOTAL"},
    "a scheme that another source fills": {
        **STUDENTS, "columns/origin": {"to": "origin_area", "lookup": "abs"}},
    "a host with a path": {"hosts": {"main": "http://127.0.0.1:8080/base"}},
    "a code that is the file's": {"code": "toy"},
}  # fmt: skip


@pytest.mark.parametrize("case", SENSE)
def test_what_makes_sense_loads(tmp_path: Path, case: str) -> None:
    assert declarations.read(written(tmp_path, SENSE[case])).code == "toy"
