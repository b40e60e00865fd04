"""Which days does a dosage text name as its first or its last?

A day written in numbers may be read in two ways ("10/08/2025"); both are returned. A day of the
week beside it, or a number above twelve, leaves one.
"""

import re
from datetime import date
from typing import Final, NamedTuple

from trd.dates import Day

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_WEEKDAY: Final = r"(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mie|jue|vie|sab|dom)[a-z]*,? "
_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*"
DATED: Final = (
    r"\b(?:first dose:? (?:on )?(?:today|tonight)(?: at \d{3,4}\b| at \d\d?:\d\d)?"
    r"|(?P<which>start(?:ing|s)?(?: date)?|first dose|until|end(?:ing|s)?(?: date)?)\b:? ?(?:on )?"
    rf"(?P<weekday>{_WEEKDAY})?(?:(?P<one>\d{{1,2}})/(?P<two>\d{{1,2}})/(?P<year>\d{{2,4}})"
    rf"|(?P<iso>\d{{4}}-\d\d-\d\d)"
    rf"|(?P<month>{_MONTH})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<of>\d{{4}}))?)"
    r"(?: at \d{3,4}\b| at \d\d?:\d\d)?)"
)
"""A day on which it starts or ends: no part of the dose."""
_FOUND: Final = re.compile(DATED)
_SHORT_YEAR: Final = 100
_CENTURY: Final = 2000


class NamedDay(NamedTuple):
    """A first or last day as written: the days it may be, none where it cannot be read."""

    is_last: bool
    days: tuple[Day, ...]


def named_days(text: str) -> tuple[NamedDay, ...]:
    """Return the days a text names as its first or its last, in order."""
    found = _FOUND.finditer(" ".join(text.lower().split()))
    return tuple(
        NamedDay(one["which"].startswith(("until", "end")), _days(one))
        for one in found
        if one["which"]
    )


def _days(found: re.Match[str]) -> tuple[Day, ...]:
    """Return the days one date may be; two that the day of the week does not tell apart."""
    days = {day for written in _readings(found) if (day := _day(*written)) is not None}
    named = (found["weekday"] or "")[:3]
    if named in _DAYS:
        days = {day for day in days if date.fromordinal(day).weekday() == _DAYS.index(named)}
    return tuple(sorted(days))


def _readings(found: re.Match[str]) -> list[tuple[int, int, int]]:
    """Return year, month and day, in each order they may be written."""
    if found["iso"]:
        year, month, day = map(int, found["iso"].split("-"))
        return [(year, month, day)]
    if found["month"]:
        month = _MONTHS.index(found["month"][:3]) + 1
        return [(int(found["of"]), month, int(found["day"]))] if found["of"] else []
    year, one, two = int(found["year"]), int(found["one"]), int(found["two"])
    year += _CENTURY if year < _SHORT_YEAR else 0
    return [(year, one, two), (year, two, one)]


def _day(year: int, month: int, day: int) -> Day | None:
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return None
