"""The verb that calculates on a table of the user's own: indicator. It needs no home."""

from __future__ import annotations

import argparse
import io
import sys


def indicator(options: argparse.Namespace) -> int:
    from flows.cli.output import write_csv
    from flows.indicators.calculate import calculate

    found = calculate(options.name, options.input, options.by, options.settings)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    rows = zip(*found.values(), strict=True)
    write_csv(list(found), [([_null(v) for v in row] for row in rows)], sys.stdout)
    return 0


def _null(value: object) -> object:
    return None if value != value else value  # NaN is not itself
