"""What do the items of a dosage text say when they are put together?

Each rule names a form, written as the kinds of the items it joins, and what they say together:
"2 times daily" is a frequency, "for 2 weeks" a length, "#30" a supply that is no dose. The rules
themselves, in their order, stand with the doses (``sig_doses``).
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from trd.knowledge.sig_words import (
    MASS,
    MILLILITRE,
    MORE,
    NUMBER,
    ONCE,
    PART,
    PERIOD,
    PIECE,
    RATE,
    THEN,
    THRICE,
    TIMES,
    TO,
    TWICE,
    WEEKDAY,
)
from trd.read.amounts import Amount
from trd.read.sig_items import Item

DOSE, STRENGTH, CONCENTRATION, LENGTH, LABEL = "D", "s", "C", "L", "K"
TOLD_TOTAL, LIMIT, MOST_AT_ONCE = "W", "B", "b"

PLAIN: Final = "plain"
"""The name of a frequency that other words may make precise: "daily", "per day"."""
OF_A_DAY: Final = "day"
"""The name of a sum that is told as that of a day."""
LATER: Final = "later"
"""The name of a length after which something begins."""
ANY: Final = "any"
"""The name of so many weekdays, whichever."""
_WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
MOST_BARE: Final = 4
"""A number without a unit is so many pieces at most."""
_MOST_IN_SCHEME: Final = 4
_WITH_NIGHT: Final = 4
"""Numbers of a scheme whose last one is for the night."""
_MOST_TIMES: Final = 6
"""Nothing is taken more often a day, or a week, than this in so many words."""
_SHORTEST: Final = 1 / 25
"""In days: nothing is taken more often than every hour."""
_COUNTS: Final = {ONCE: 1.0, TWICE: 2.0, THRICE: 3.0}
UNITS: Final = frozenset({MASS, PIECE, MILLILITRE})
"""Kinds of what a number counts or measures."""


class Dose(NamedTuple):
    """What is taken at a time: pieces or mg or both, and how they go together.

    ``relation`` of mg to pieces: "total", "each" (mg of one piece), "either" (the text leaves it
    open) or "" (one of them is not told). ``in_ml``: the pieces are millilitres.
    """

    pieces: Amount | None
    mg: Amount | None
    relation: str = ""
    in_ml: bool = False


class Said(NamedTuple):
    """An item that may be a dose."""

    item: Item
    dose: Dose | None = None

    @property
    def kind(self) -> str:
        """Return the kind of the item."""
        return self.item.kind


Row = Sequence[Said]
Maker = Callable[[Row], list[Said] | None]


def said(kind: str, low: float = 0.0, high: float | None = None, name: str = "") -> Said:
    """Return an item of this kind."""
    return Said(Item(kind, low, low if high is None else high, name))


def nothing(_: Row) -> list[Said]:
    """Leave out what says nothing of the dose."""
    return []


def unreadable(_: Row) -> list[Said]:
    """Return one item that leaves the text unread."""
    return [said(MORE)]


def of_kind(row: Row, kinds: str) -> list[Item]:
    """Return the items of these kinds."""
    return [one.item for one in row if one.kind in kinds]


# ------------------------------------------------------------------ numbers


def same_twice(row: Row) -> list[Said]:
    """Return "two (2)" as one number; two that differ cannot be read."""
    first, second = of_kind(row, NUMBER)
    return [Said(first)] if first.amount() == second.amount() else [said(MORE)]


def half_more(row: Row) -> list[Said]:
    """Add the half of "1 tablet and a half"."""
    number = row[0].item
    return [said(NUMBER, number.low + 0.5, number.high + 0.5), *row[1:-1]]


def whole_and_part(row: Row) -> list[Said] | None:
    """Return "1-1/2" or "1 and 1/2" as one number."""
    whole, part = of_kind(row, NUMBER)
    if whole.low < 1 or whole.low != int(whole.low) or not 0 < part.low < 1:
        return None
    return [said(NUMBER, whole.low + part.low)]


def span(row: Row) -> list[Said]:
    """Return "1 to 2" as a range."""
    numbers = of_kind(row, NUMBER)
    low, high = numbers[0], numbers[-1]
    if low.low != low.high or high.low != high.high or low.high >= high.low:
        return [said(MORE)]
    between = [one for one in row if one.kind in UNITS]
    units = {one.item for one in between}
    if len(units) > 1:
        return [said(MORE)]
    return [said(NUMBER, low.low, high.high), *between[-1:]]


def scheme(row: Row) -> list[Said]:
    """Return the day's sum of "1-0-1", a scheme of pieces (or mg) by part of the day."""
    parts = [one.low for one in of_kind(row, NUMBER)]
    unit = [one for one in row if one.kind in {MASS, PIECE}]
    is_mass = bool(unit) and unit[0].kind == MASS
    is_titration = 0 not in parts and (
        sorted(set(parts)) == parts or (is_mass and len(set(parts)) > 1)
    )
    is_many = not is_mass and max(parts) > _MOST_IN_SCHEME
    if not sum(parts) or is_many or is_titration:
        return [said(MORE)]
    often = said(TIMES, 1.0)
    if len(parts) == _WITH_NIGHT and sum(parts) == parts[-1]:
        often = said(PART, name="bedtime")
    return [said(NUMBER, sum(parts)), *(unit or [said(PIECE)]), often]


# ------------------------------------------------------------------ times


def every(row: Row) -> list[Said]:
    """Return the times a day of "every 4 to 6 hours", "every other day"."""
    days = of_kind(row, PERIOD)[0].low
    numbers = of_kind(row, NUMBER)
    low, high = (numbers[0].low, numbers[0].high) if numbers else (2.0, 2.0)
    if low * days < _SHORTEST or any(one.name for one in of_kind(row, TO)):
        return [said(MORE)]
    return [said(TIMES, 1 / (high * days), 1 / (low * days))]


def strength_of_a_patch(row: Row) -> list[Said] | None:
    """Return "6 mg/24 hr" as the strength of a patch: how often it is changed stands elsewhere."""
    amount, hours = of_kind(row, NUMBER)
    if of_kind(row, PERIOD)[0].low >= 1 or round(hours.low * of_kind(row, PERIOD)[0].low, 6) != 1:
        return None
    return [said(STRENGTH, amount.low * of_kind(row, MASS)[0].low)]


def rate(row: Row) -> list[Said]:
    """Return "per 24 hours", "every day" as a rate."""
    numbers = of_kind(row, NUMBER)
    days = of_kind(row, PERIOD)[0].low
    if numbers:
        days *= numbers[0].low
        is_told = numbers[0].low == numbers[0].high and days >= _SHORTEST
    else:
        is_told = days >= 1
    return [said(RATE, days) if is_told else said(MORE)]


def often(row: Row) -> list[Said]:
    """Return the times a day of "2 times daily", "twice a week", "once daily"."""
    numbers = of_kind(row, NUMBER)
    counts = [_COUNTS[one.kind] for one in row if one.kind in _COUNTS]
    low, high = (numbers[0].low, numbers[0].high) if numbers else (counts[0], counts[0])
    days = of_kind(row, RATE + PERIOD)[0].low
    if high > _MOST_TIMES:
        return [said(MORE)]
    return [said(TIMES, low / days, high / days)]


def once_or_twice(row: Row) -> list[Said]:
    """Return "once or twice daily" as a range."""
    days = row[-1].item.low
    return [said(TIMES, 1 / days, 2 / days)]


def days_of_a_week(row: Row) -> list[Said]:
    """Return "5 days a week" as so many weekdays."""
    number, rate = row[0].item, row[-1].item
    if number.high >= rate.low:
        return [said(MORE)]
    return [said(WEEKDAY, number.low, number.high, name=ANY)]


def plain(row: Row) -> list[Said]:
    """Return a rate alone ("daily") as times a day that other times may make precise."""
    return [said(TIMES, 1 / row[0].item.low, name=PLAIN)]


def from_to(row: Row) -> list[Said]:
    """Return "daily or twice daily" as from so often to so often."""
    first, last = of_kind(row, TIMES)
    return [said(TIMES, min(first.low, last.low), max(first.high, last.high))]


def weekdays(row: Row) -> list[Said]:
    """Return "Monday to Friday", "lunes a viernes" as so many weekdays."""
    first, last = of_kind(row, WEEKDAY)
    if first.name == last.name or not {first.name, last.name} <= set(_WEEKDAYS):
        return [said(MORE)]
    days = (_WEEKDAYS.index(last.name) - _WEEKDAYS.index(first.name)) % len(_WEEKDAYS) + 1
    return [said(WEEKDAY, days, days, name=ANY)]


def at_the_hour(row: Row) -> list[Said] | None:
    """Return the part of the day of "at 8 pm"."""
    hour = of_kind(row, NUMBER)[0].low
    if not 1 <= hour <= 12 or hour != int(hour):  # noqa: PLR2004 - hours of a clock
        return None
    return [row[-1]]


# ------------------------------------------------------------------ lengths


def length_of(row: Row) -> list[Said]:
    """Return "for 2 weeks" as a length."""
    number = of_kind(row, NUMBER)
    days = of_kind(row, PERIOD)[0].low * (number[0].low if number else 1.0)
    if days < 1 or (number and number[0].low != number[0].high):
        return [said(MORE)]
    return [said(LENGTH, days)]


def named_length(row: Row) -> list[Said] | None:
    """Return "for a week" as a length; "for daily use" is none."""
    days = row[1].item.low
    return [said(LENGTH, days)] if days > 1 else None


def length_then(row: Row) -> list[Said]:
    """Return "after 2 weeks" as the length of what is before."""
    return [*_later(length_of(row)), said(THEN)]


def named_length_then(row: Row) -> list[Said] | None:
    """Return "after a week" as the length of what is before."""
    length = named_length(row)
    return None if length is None else [*_later(length), said(THEN)]


def _later(length: list[Said]) -> list[Said]:
    return [Said(one.item._replace(name=LATER)) for one in length]


def rest_of_supply(row: Row) -> list[Said] | None:
    """Drop the ", 30 tablets" at the end: a supply, where it is no dose."""
    return [] if of_kind(row, NUMBER)[0].low > MOST_BARE else None


def count_of_supply(row: Row) -> list[Said] | None:
    """Drop the "x 30" at the end: so many days or pieces of supply."""
    return [] if row[1].item.low > MOST_BARE else None


def label(row: Row) -> list[Said]:
    """Return "week 2" or "days 4-7" with its first and last day."""
    days = of_kind(row, PERIOD)[0].low
    number = of_kind(row, NUMBER)[0]
    if days < 1 or number.low < 1:
        return [said(MORE)]
    return [said(LABEL, (number.low - 1) * days, number.high * days)]
