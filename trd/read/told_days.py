"""On which of its days does an instruction tell its dose?

A text may tell fewer days than the elements of its record ("for 14 days" of an order that is
open): of the other days the dose is not known. The length of one fill of an order that may be
filled again is its supply, not its end.

Rule: R9.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from trd.chart import DoseStep
from trd.dates import Day
from trd.read.sig_dates import NamedDay

SO_MANY_DAYS: Final = "the text tells so many days only"
OTHER_DAYS: Final = "the text names other days than the record"


class ToldDays(NamedTuple):
    """For how many days a dose is told (None: not said), and first and last days by name."""

    length: int | None = None
    named: tuple[NamedDay, ...] = ()


ALL_DAYS: Final = ToldDays()
"""Nothing is said of days: the dose is that of all of them."""


class Reach(NamedTuple):
    """What the elements of a record tell.

    First and last day, days of all its fills, refills, and the last day on which it may be filled.
    """

    first: Day | None
    last: Day | None = None
    supply_days: float | None = None
    repeats: float = 0
    valid_until: Day | None = None


def joined(told: Sequence[ToldDays]) -> ToldDays:
    """Return the days that all of them tell."""
    lengths = [one.length for one in told if one.length is not None]
    named = dict.fromkeys(day for one in told for day in one.named)
    return ToldDays(min(lengths, default=None), tuple(named))


def within_told(steps: tuple[DoseStep, ...], told: ToldDays, reach: Reach) -> tuple[DoseStep, ...]:
    """Return the steps with the dose of the days that are told, unknown on the others."""
    first = steps[0].start if steps and steps[0].start is not None else reach.first
    if not steps or first is None or told == ALL_DAYS:
        return steps
    if not all(one.days for one in told.named):
        return _unknown(steps, OTHER_DAYS)
    begin, stop = _span(told, first, reach)
    if begin > first and (len(steps) > 1 or (reach.last is not None and begin > reach.last)):
        return _unknown(steps, OTHER_DAYS)
    if stop is not None and stop <= begin:
        return _unknown(steps, OTHER_DAYS)
    found = list(steps)
    if begin > first:
        found[0] = replace(found[0], start=begin)
        found.insert(0, _open(steps[0].start, begin, OTHER_DAYS))
    return tuple(found) if stop is None else _until(found, stop, reach)


def _span(told: ToldDays, first: Day, reach: Reach) -> tuple[Day, Day | None]:
    """Return the first day told and the day after the last, None where the record ends before."""
    starts = [_first_of(one, first) for one in told.named if not one.is_last]
    stops = [_last_of(one, first, reach.last) + 1 for one in told.named if one.is_last]
    if told.length is not None and not _is_one_fill(told.length, reach):
        stops.append(max(starts, default=first) + told.length)
    ends = [] if reach.last is None else [reach.last]
    if reach.supply_days is not None:
        ends.append(first + int(reach.supply_days))
    elif reach.valid_until is not None:
        ends.append(reach.valid_until)
    stop = min(stops, default=None)
    is_cut = stop is not None and (not ends or stop < min(ends))
    return max([first, *starts]), stop if is_cut else None


def _first_of(named: NamedDay, first: Day) -> Day:
    return first if first in named.days else max(named.days)


def _last_of(named: NamedDay, first: Day, last: Day | None) -> Day:
    if last is not None and last in named.days:
        return last
    return min([day for day in named.days if day >= first] or named.days)


def _is_one_fill(length: int, reach: Reach) -> bool:
    """Say whether so many days are those of one fill of several."""
    if reach.supply_days is None or not reach.repeats:
        return False
    return length == int(reach.supply_days / (1 + reach.repeats))


def _until(steps: Sequence[DoseStep], stop: Day, reach: Reach) -> tuple[DoseStep, ...]:
    """Return the steps up to a day, and an unknown dose from it on."""
    kept = [one for one in steps if one.start is None or one.start < stop]
    end = steps[-1].end if steps[-1].end is not None else reach.last
    return (*kept[:-1], replace(kept[-1], end=stop), _open(stop, end, SO_MANY_DAYS))


def _unknown(steps: Sequence[DoseStep], because: str) -> tuple[DoseStep, ...]:
    return tuple(replace(one, low=None, high=None, because=because) for one in steps)


def _open(start: Day | None, end: Day | None, because: str) -> DoseStep:
    return DoseStep(start=start, end=end, low=None, high=None, because=because)
