"""What is known of code lists without a home is what the built-in lists hold."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import get_args

import pytest

from config import codelists, declarations
from config.asking import FIXED, Origin
from config.checks.patterns import MODULES, modules
from config.source import BuiltinName
from tasks.ask import builtin, plan
from tasks.slices import Slice

pytestmark = pytest.mark.fast


def test_schemes_and_areas_are_those_of_the_built_in_list() -> None:
    rows = list(csv.DictReader(io.StringIO(builtin.areas().decode())))
    assert {r["scheme"] for r in rows} == codelists.schemes()
    assert {r["area"] for r in rows} == codelists.areas()


def test_currencies_are_those_of_the_built_in_list() -> None:
    rows = csv.DictReader(io.StringIO(builtin.currencies().decode()))
    assert {r["currency"] for r in rows} == codelists.currencies()


def test_built_in_lists_are_those_that_declarations_may_name() -> None:
    assert set(get_args(BuiltinName)) == set(builtin.MAKERS)


def test_readers_are_looked_for_where_they_are() -> None:
    assert MODULES.is_dir()
    assert {"boj", "bps_dynamic"} <= modules()


def test_variables_of_a_slice_are_those_that_declarations_may_name() -> None:
    day = date(2026, 1, 1)
    slice_ = Slice("ecb", "daily", "all", day, day, ())
    known = plan.fixed_values(declarations.load_all().sources["ecb"], slice_, None)
    assert {*known, "updated_after"} == FIXED


def test_lists_of_the_installation_are_those_that_declarations_may_name() -> None:
    assert {*plan.OF_REGION, "periods"} == set(get_args(Origin))
