"""The expectation suite of a table, as plain data that Great Expectations can be given.

Great Expectations is the batch gate. It sees two small frames: `profile`, one row of
aggregates over the whole batch, and `sample`, a seeded sample of its good rows. The row
rules (`schemas.rules`) have seen every row; agreement of the two is tested. Importing the
library costs seconds, so this module only names expectations; `tasks.check.gate_worker`, a
process of its own, builds and runs them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from schemas.model import Between, Field, Matches, OneOf, Severity, Table, Type

Frame = Literal["profile", "sample"]


@dataclass(frozen=True)
class Expectation:
    """One expectation: type and arguments in Great Expectations' own names."""

    check_id: str
    frame: Frame
    type: str
    kwargs: dict[str, Any]
    severity: Severity = Severity.REJECT

    def as_dict(self) -> dict[str, Any]:
        return {
            "check_id": self.check_id,
            "frame": self.frame,
            "type": self.type,
            "kwargs": self.kwargs,
            "severity": str(self.severity),
        }


class CheckResult(TypedDict):
    """What the gate found of one expectation."""

    check_id: str
    column: str
    severity: str
    success: bool
    rows_checked: int
    rows_failed: int
    detail: dict[str, Any]  # type, kwargs and the first unexpected values; kept as JSON


def _between(check_id: str, column: str, low: Any, high: Any, severity: Severity) -> Expectation:
    return Expectation(
        check_id,
        "profile",
        "expect_column_values_to_be_between",
        {"column": column, "min_value": low, "max_value": high},
        severity,
    )


def batch_expectations(
    *, rows_min: int | None, rows_max: int | None, max_refused_share: float
) -> list[Expectation]:
    """What must hold of any batch: complete, within its envelope, keys unique."""
    found = [
        _between("key_duplicates", "duplicate_keys", 0, 0, Severity.REJECT),
        _between("refused_share", "refused_share", 0, max_refused_share, Severity.REJECT),
    ]
    if rows_min is not None or rows_max is not None:
        found.append(_between("row_envelope", "rows_good", rows_min, rows_max, Severity.REJECT))
    return found


def _field_expectations(field: Field) -> list[Expectation]:
    name = field.name
    found: list[Expectation] = []
    if not field.nullable:
        found.append(_between(f"not_null:{name}", f"nulls_{name}", 0, 0, Severity.REJECT))
        found.append(
            Expectation(
                f"sample_not_null:{name}",
                "sample",
                "expect_column_values_to_not_be_null",
                {"column": name},
            )
        )
    for check in field.checks:
        severity = Severity.REJECT if check.severity is not Severity.WARN else Severity.WARN
        match check:
            case Between(low, high, _) if field.type is not Type.DATE:
                found.append(
                    Expectation(
                        f"sample_between:{name}",
                        "sample",
                        "expect_column_values_to_be_between",
                        {"column": name, "min_value": low, "max_value": high},
                        severity,
                    )
                )
            case OneOf(values, _):
                found.append(
                    Expectation(
                        f"sample_in_set:{name}",
                        "sample",
                        "expect_column_values_to_be_in_set",
                        {"column": name, "value_set": list(values)},
                        severity,
                    )
                )
            case Matches(pattern, _, _):
                found.append(
                    Expectation(
                        f"sample_matches:{name}",
                        "sample",
                        "expect_column_values_to_match_regex",
                        {"column": name, "regex": pattern},
                        severity,
                    )
                )
            case _:
                pass
    return found


def suite(
    table: Table, *, rows_min: int | None, rows_max: int | None, max_refused_share: float
) -> list[Expectation]:
    """The whole suite of one table for one batch."""
    found = batch_expectations(
        rows_min=rows_min, rows_max=rows_max, max_refused_share=max_refused_share
    )
    for field in table.body():
        found += _field_expectations(field)
    return found


def profile_columns(table: Table) -> dict[str, str]:
    """Aggregates of the `profile` frame: column name → SQL over the good rows."""
    return {
        f"nulls_{f.name}": f"count(*) FILTER (WHERE {f.name} IS NULL)"
        for f in table.body()
        if not f.nullable
    }
