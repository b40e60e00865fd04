"""How many times a day is it taken?

An unknown frequency is unknown, never once a day. FHIR's own default beside a period, once, holds.
"""

import re
from typing import Final

from trd.read.access import Json, code_of, listed, number, table, texts, words
from trd.read.amounts import Amount

DAYS_PER: Final = {
    "s": 1 / 86400,
    "min": 1 / 1440,
    "h": 1 / 24,
    "d": 1.0,
    "wk": 7.0,
    "mo": 30.0,
    "a": 365.0,
}
"""UnitsOfTime in days."""

_TIMES_A_DAY: Final = {
    "qd": 1.0,
    "daily": 1.0,
    "once daily": 1.0,
    "once a day": 1.0,
    "every day": 1.0,
    "every morning": 1.0,
    "every evening": 1.0,
    "nightly": 1.0,
    "at bedtime": 1.0,
    "qam": 1.0,
    "qpm": 1.0,
    "am": 1.0,
    "pm": 1.0,
    "bed": 1.0,
    "qhs": 1.0,
    "hs": 1.0,
    "bid": 2.0,
    "twice daily": 2.0,
    "twice a day": 2.0,
    "2 times daily": 2.0,
    "tid": 3.0,
    "three times daily": 3.0,
    "3 times daily": 3.0,
    "qid": 4.0,
    "4 times daily": 4.0,
    "q12h": 2.0,
    "q8h": 3.0,
    "q6h": 4.0,
    "q4h": 6.0,
    "qod": 0.5,
    "every other day": 0.5,
    "wk": 1 / 7,
    "weekly": 1 / 7,
    "once weekly": 1 / 7,
}
"""Timing codes (GTSAbbreviation and its usual relatives) in times a day."""

_WRITTEN: Final = frozenset({"frequency", "period", "frequencyMax", "periodMax"})
_WEEK: Final = 7
_NEED: Final = re.compile(r"(?:^|[ :;,_-]+)prn$")
"""How a code of a timing ends that is for need."""


def times_a_day(dosage: Json) -> Amount | None:
    """Return how many times a day, or None where the record does not say."""
    timing = table(dosage.get("timing"))
    repeat = table(timing.get("repeat"))
    parts = len(listed(repeat.get("when"))) or len(listed(repeat.get("timeOfDay")))
    weekdays = len(set(listed(repeat.get("dayOfWeek")))) or _WEEK
    if not _WRITTEN.isdisjoint(repeat):
        return _by_repeat(repeat, parts, weekdays)
    if parts or weekdays < _WEEK:
        each = max(parts, 1) * weekdays / _WEEK
        return Amount(each, each)
    for name in map(without_need, _names(timing.get("code"))):
        if name in _TIMES_A_DAY:
            return Amount(_TIMES_A_DAY[name], _TIMES_A_DAY[name])
    return None


def _names(code: object) -> list[str]:
    """Return the code and the words of a timing, in lower case."""
    return [code_of(code), *map(str.lower, texts(code))]


def without_need(name: str) -> str:
    """Return a code of a timing without the "PRN" it may end with."""
    return _NEED.sub("", name)


def is_coded_as_needed(dosage: Json) -> bool:
    """Say whether the code of the timing says "as needed" ("TID:PRN")."""
    return any(map(_NEED.search, _names(table(dosage.get("timing")).get("code"))))


def _by_repeat(repeat: Json, parts: int, weekdays: int) -> Amount | None:
    """Return frequency over period; where no frequency stands, the named parts of the day count."""
    unit = DAYS_PER.get(words(repeat.get("periodUnit")))
    period = number(repeat.get("period"))
    if unit is None or period is None or period <= 0:
        return None
    often = number(repeat.get("frequency")) if "frequency" in repeat else float(parts or 1)
    if often is None or often <= 0:
        return None
    most = max(number(repeat.get("frequencyMax")) or often, often)
    longest = max(number(repeat.get("periodMax")) or period, period)
    share = weekdays / _WEEK if longest * unit <= 1 else 1.0
    return Amount(often / (longest * unit) * share, most / (period * unit) * share)
