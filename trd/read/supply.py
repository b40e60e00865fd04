"""How long does what was ordered or handed over last?

Supply in days, or in units where only a dose could turn them into days. A unit that is not a day
or a counted piece is not guessed at.
"""

from collections.abc import Sequence
from typing import Final

from trd.read.access import Json, code_of, number, table, texts, words
from trd.read.amounts import is_counted
from trd.read.timing import DAYS_PER

_DAYS: Final = {
    name: DAYS_PER[unit]
    for unit, names in (
        ("h", ("h", "hour", "hours")),
        ("d", ("d", "day", "days")),
        ("wk", ("wk", "week", "weeks")),
        ("mo", ("mo", "month", "months")),
    )
    for name in names
}
"""Units of a length of time in days: the UCUM code, or the word where no code stands."""
_ONCE: Final = frozenset(
    {
        *("once", "once only", "one time", "one-time", "one time only", "one-time only"),
        *("one time dose", "single dose", "x1", "1x", "stat", "now", "once stat"),
    }
)
"""Codes and words of timing for one dose and no more, in lower case."""
_LONGEST_DAYS: Final = 36525
"""A hundred years: a longer length is not one."""


def repeats_of(request: Json) -> float:
    """Return how often an order may be filled again. Rule: R1."""
    return max(number(request.get("numberOfRepeatsAllowed")) or 0, 0)


def order_supply(request: Json, units_per_day: float | None) -> tuple[float | None, float | None]:
    """Return days of supply with repeats, and units with repeats. Rule: R1."""
    repeats = repeats_of(request)
    units = counted_units(table(request.get("quantity")))
    units = units * (1 + repeats) if units else None
    length = length_days(table(request.get("expectedSupplyDuration")))
    if length is None:
        return days_of_units(units, units_per_day), units
    return _within_reason(length * (1 + repeats)), units


def is_one_time(dosages: Sequence[Json], *, lasts: bool) -> bool:
    """Say whether all instructions are for a single dose, or for less than a day.

    Of an order that ``lasts`` longer than a day neither "once" nor a single moment says so.
    """
    return bool(dosages) and all(_is_once(dosage, lasts=lasts) for dosage in dosages)


def _is_once(dosage: Json, *, lasts: bool) -> bool:
    timing = table(dosage.get("timing"))
    repeat = table(timing.get("repeat"))
    if number(repeat.get("count")) == 1:
        return (number(repeat.get("countMax")) or 1) <= 1
    length = length_days(table(repeat.get("boundsDuration")))
    if length is not None:
        return length < 1
    if lasts or not repeat.keys().isdisjoint({"frequency", "period"}):
        return False
    code, events = timing.get("code"), timing.get("event")
    if not code:
        return not repeat and isinstance(events, list) and len(events) == 1
    return not _ONCE.isdisjoint([code_of(code), *map(str.lower, texts(code))])


def counted_units(quantity: Json) -> float | None:
    """Return how many pieces there are; None where the unit is a volume or another measure."""
    count = number(quantity.get("value"))
    return count if count is not None and count > 0 and is_counted(quantity) else None


def days_of_units(units: float | None, units_per_day: float | None) -> float | None:
    """Return how many days so many units last."""
    return _within_reason(units / units_per_day) if units and units_per_day else None


def length_days(duration: Json, default: str = "") -> float | None:
    """Return a Duration in days; ``default`` is the unit where none is written ("" = unknown)."""
    value = number(duration.get("value"))
    if value is None or value <= 0:
        return None
    for written in (duration.get("code"), duration.get("unit")):
        per = _DAYS.get(words(written).lower().removesuffix("(s)"))
        if per is not None:
            return _within_reason(value * per)
    is_bare = not (words(duration.get("code")) or words(duration.get("unit")))
    return _within_reason(value * _DAYS[default]) if default and is_bare else None


def _within_reason(days: float) -> float | None:
    return days if days <= _LONGEST_DAYS else None
