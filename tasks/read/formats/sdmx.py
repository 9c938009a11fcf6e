"""What the messages of SDMX share, in XML, JSON and CSV: actions, levels of attributes, years.

Attributes stand on levels: data set, group, series, observation. The most specific one holds. Where
that does not say which of two holds, the message is refused: a wrong multiplier is a wrong figure.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.errors import DataError

Row = dict[str, str | None]
VALUE = "OBS_VALUE"
ROW_ACTIONS = ("I", "A", "R", "M")
"""Information, Append, Replace and Merge (SDMX 3): what comes with them are rows."""
ACTIONS = {
    "information": "I", "append": "A", "replace": "R", "merge": "M", "delete": "D",
}  # fmt: skip
REPORTING_YEAR = "REPORTING_YEAR_START_DAY"
CALENDAR_YEAR = "--01-01"


def check_action(action: object, where: str) -> bool:
    """Whether the rows are merged into others, so that a row without a value is no missing figure.
    Raises DataError for data that are taken back, and for an action that nobody knows."""
    if action is None:
        return False
    short = ACTIONS.get(str(action).strip().lower())
    if short in ROW_ACTIONS:
        return short == "M"
    if short == "D":
        raise DataError(
            "delete_action",
            "expected rows, received an action that deletes them (Delete)",
            where=where,
            hint="ask the partner for all figures; what is absent there can be withdrawn",
        )
    raise DataError(
        "unknown_action",
        f"expected Information, Append, Replace or Merge, received action {action!r}",
        where=where,
        hint="ask the partner what this action means before its rows are loaded",
    )


def attributes_alone(where: str) -> DataError:
    return DataError(
        "attributes_alone",
        "a row that is merged has attributes and no value: they are those of another figure",
        where=where,
        hint="ask the partner for whole observations",
    )


def check_year(start_day: object, where: str) -> None:
    """Raises DataError for a reporting year that is not the calendar's: its quarters are others."""
    if start_day not in (None, "", CALENDAR_YEAR):
        raise DataError(
            "reporting_year",
            f"expected reporting years that begin on {CALENDAR_YEAR}, received {start_day!r}",
            where=where,
            hint="periods such as 2024-Q1 have other months here; ask for calendar periods",
        )


def unknown_level(name: str, where: str) -> DataError:
    return DataError(
        "unknown_level",
        f"the reader knows no level or part of a message named {name!r}",
        where=where,
        hint="it may say for how many units the values stand; nothing was loaded",
    )


def joined(levels: Row, more: Mapping[str, str | None], where: str) -> None:
    """Add what a second group says to what the first one does. Raises DataError if they differ."""
    for name, value in more.items():
        if not value:
            levels.setdefault(name, None)
            continue
        if levels.get(name) not in (None, value):
            raise DataError(
                "levels_contradict",
                f"two levels give {name} different values: {levels[name]!r} and {value!r}",
                where=where,
                hint="neither of the two is the more specific one; report it to the partner",
            )
        levels[name] = value
