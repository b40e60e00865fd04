"""On which day did something happen, as the record writes it?

A day is an ordinal number (``datetime.date.toordinal``), so day arithmetic is integer arithmetic:
"day n" is start plus n, and the length of a span is its end minus its start. The day is the one
written in the record; it is never shifted by converting time zones. A partial date ("2023",
"2023-04") is a span of days; ``Reading`` says which end of such a span stands for it.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

Day = int
"""A calendar day as its proleptic Gregorian ordinal."""

_YEAR_LENGTH: Final = 4
_MONTH_LENGTH: Final = 7
_DAY_LENGTH: Final = 10


class End(StrEnum):
    """Which end of a partial date stands for it."""

    EARLIEST = "earliest"
    LATEST = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How partial dates are read: one end for starts, one for ends, one for single moments.

    The rules are judged under several readings and a verdict stands only where all agree.
    """

    starts: End
    ends: End
    moments: End


FIRST_READING: Final = Reading(starts=End.EARLIEST, ends=End.LATEST, moments=End.LATEST)
"""The reading used where every date of a chart is complete: there it changes nothing."""

OTHER_READINGS: Final = tuple(
    Reading(starts=starts, ends=ends, moments=moments)
    for starts in End
    for ends in End
    for moments in End
    if (starts, ends, moments) != (End.EARLIEST, End.LATEST, End.LATEST)
)
"""Every other way to read partial dates; needed only for a chart that has some."""


def span_of(text: str) -> tuple[Day, Day] | None:
    """Return the first and last day a FHIR date or dateTime may mean, or None if unreadable.

    Both ends are inclusive. "2023" is 1 January to 31 December; a dateTime is its written day.
    """
    try:
        if len(text) >= _DAY_LENGTH:
            if len(text) > _DAY_LENGTH and text[_DAY_LENGTH] not in "T ":
                return None
            day = date.fromisoformat(text[:_DAY_LENGTH]).toordinal()
            return day, day
        if len(text) == _MONTH_LENGTH and text[_YEAR_LENGTH] == "-":
            year, month = int(text[:_YEAR_LENGTH]), int(text[5:])
            last = monthrange(year, month)[1]
            return date(year, month, 1).toordinal(), date(year, month, last).toordinal()
        if len(text) == _YEAR_LENGTH:
            year = int(text)
            return date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    except ValueError:
        return None
    return None


def iso(day: Day) -> str:
    """Write a day as ISO 8601."""
    return date.fromordinal(day).isoformat()


def iso_span(earliest: Day, latest: Day) -> str | None:
    """Write a span of days as the shortest ISO 8601 date that means just it, else None."""
    if earliest == latest:
        return iso(earliest)
    text = iso(earliest)
    for partial in (text[:_MONTH_LENGTH], text[:_YEAR_LENGTH]):
        if span_of(partial) == (earliest, latest):
            return partial
    return None


def years_between(born: Day, on: Day) -> int:
    """Return whole years of age on a day; a 29 February birthday falls on 1 March elsewhere."""
    birth, then = date.fromordinal(born), date.fromordinal(on)
    return then.year - birth.year - ((then.month, then.day) < (birth.month, birth.day))
