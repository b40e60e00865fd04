"""Which days does what was handed over cover, and at what dose?

A dispense lasts for its days' supply, else as long as its units at the dose. Its dose is the one
written on it, else that of its order: of several that start on one day the one it names or whose
strength it has. Where days, units and instruction contradict each other the dose is the range
between them, and the shorter time counts.

Rule: R1.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from trd.chart import Dispense
from trd.dates import Day
from trd.exposures import Segment, spanned, whole_mg
from trd.overlay import taken_together

_NO_DOSE: Final = "neither order nor dispense tells the dose"
_CONTRADICTED: Final = "the days' supply contradicts the instruction"
_OTHERWISE: Final = "the order tells another dose than the strengths handed over on one day"
_ONE_OF_THEM: Final = "of the orders of one day not all were seen to be handed over"
_ROUNDING: Final = 1e-6
"""What a quotient of floats may lack of a whole day."""

Range = tuple[float | None, float | None]
"""Mg a day from, to; None together where they are not known."""


def handed_segments(handed: Iterable[Dispense], ordered: Sequence[Segment]) -> list[Segment]:
    """Return the days each dispense covers; one that tells no length covers its day, no supply."""
    by_day: dict[Day, list[Dispense]] = {}
    filled = sorted(handed, key=in_turn)
    for dispense in filled:
        by_day.setdefault(dispense.on, []).append(dispense)
    certain = _one_a_day(s for s in ordered if s.certain)
    named: dict[str, list[Segment]] = {}
    for segment in certain:
        for ref in segment.evidence:
            named.setdefault(ref, []).append(segment)
    found: list[Segment] = []
    for group in by_day.values():
        orders = [_order_of(dispense, certain, named) for dispense in group]
        found += _handed_on_a_day(group, [_its_own(s, group, orders, filled) for s in orders])
    return found


def in_turn(dispense: Dispense) -> tuple[Any, ...]:
    """Return the place of a dispense in time; its name comes last and decides nothing."""
    told = (dispense.drug.strength_mg, dispense.days, dispense.units, dispense.low, dispense.high)
    return dispense.on, *(value or 0 for value in told), dispense.evidence


def _handed_on_a_day(group: Sequence[Dispense], orders: Sequence[Segment | None]) -> list[Segment]:
    if len({d.drug.strength_mg for d in group}) > 1:
        doses = _doses_of_strengths(group, orders)
    else:
        doses = [_dose(d, order) for d, order in zip(group, orders, strict=True)]
    return [
        _segment(dispense, order, dose, because)
        for dispense, order, (dose, because) in zip(group, orders, doses, strict=True)
    ]


def _segment(dispense: Dispense, order: Segment | None, dose: Range, because: str) -> Segment:
    days = _covered_days(dispense, dose[1])
    return Segment(
        start=dispense.on,
        stop=dispense.on + (days or 0),
        last=dispense.on + max((days or 0) - 1, 0),
        low=dose[0],
        high=dose[1],
        certain=True,
        release=dispense.drug.release or (order.release if order else None),
        evidence=(dispense.evidence, *(order.evidence if order else ())),
        strength=dispense.drug.strength_mg,
        from_supply=days is not None,
        because=because,
        day_parts=dispense.day_parts if dispense.high is not None else frozenset(),
    )


def _order_of(
    dispense: Dispense, ordered: Sequence[Segment], named: Mapping[str, Sequence[Segment]]
) -> Segment | None:
    """Return the order in force on the day of a dispense, else the nearest one.

    Where a dispense names its order, only that one is asked. The orders lie one after the other.
    """
    own = [s for ref in dispense.orders for s in named.get(ref, ())]
    asked, on = sorted(own, key=lambda s: s.start) or ordered, dispense.on
    at = bisect_right(asked, on, key=lambda s: s.start)
    around = asked[max(at - 1, 0) : at + 1]
    return min(around, key=lambda s: max(s.start - on, on - s.last, 0), default=None)


def _one_a_day(ordered: Iterable[Segment]) -> list[Segment]:
    """Return the orders in turn; those known for the day alone on which they start together."""
    by_day: dict[Day, list[Segment]] = {}
    for s in sorted(ordered, key=lambda s: s.start):
        by_day.setdefault(s.start, []).append(s)
    return [
        held[0]
        if len(held) == 1
        else _put_together(held[0], [part for s in held for part in (s.parts or (s,))])
        for held in by_day.values()
    ]


def _put_together(like: Segment, orders: Sequence[Segment]) -> Segment:
    """Return the days of a segment with these orders of its day together."""
    low, high, because = taken_together(orders)
    releases = {s.release for s in orders}
    return replace(
        like,
        low=low,
        high=high,
        because=because,
        release=releases.pop() if len(releases) == 1 else None,
        evidence=tuple(sorted({ref for s in orders for ref in s.evidence})),
        parts=tuple(orders),
    )


def _its_own(
    order: Segment | None,
    on_day: Sequence[Dispense],
    orders: Sequence[Segment | None],
    filled: Sequence[Dispense],
) -> Segment | None:
    """Return what was handed over on a day has of the orders put together in one. Rule: R1.

    A dispense has the orders it names, else those of its strength, else any. What is named is its
    dose, unless more of the others was at hand; else the dose is the range from its orders to all.
    """
    if order is None or not order.parts:
        return order
    group = [d for d, s in zip(on_day, orders, strict=True) if s is order]
    mine = {at for dispense in group for at in _filled_by(dispense, order.parts)}
    others = set(range(len(order.parts))) - mine
    if not others:
        return order
    if not mine:
        return spanned(order, order.parts, _ONE_OF_THEM)
    own = _put_together(order, [order.parts[at] for at in sorted(mine)])
    is_named = all(set(order.evidence).intersection(dispense.orders) for dispense in group)
    beside = (d for d in filled if _is_at_hand(d, group))
    if is_named and not any(others.intersection(_filled_by(d, order.parts)) for d in beside):
        return own
    if order.low is None:
        return order
    return replace(own, high=order.high, because=_ONE_OF_THEM, evidence=order.evidence)


def _filled_by(dispense: Dispense, orders: Sequence[Segment]) -> list[int]:
    """Return the places of the orders a dispense may be of: those named, else of its strength."""
    refs = set(dispense.orders)
    named = [at for at, s in enumerate(orders) if not refs.isdisjoint(s.evidence)]
    strength = dispense.drug.strength_mg
    return named or [at for at, s in enumerate(orders) if strength in {None, s.strength}]


def _is_at_hand(dispense: Dispense, group: Sequence[Dispense]) -> bool:
    """Say whether a dispense may last on a day on which those of another day do."""
    return any(
        dispense.on < d.on + (d.days or 1) and d.on < dispense.on + (dispense.days or 1)
        for d in group
    )


def _units_mg(dispense: Dispense) -> float | None:
    """Return how many mg of the ingredient were handed over, None where it cannot be told."""
    strength = dispense.drug.strength_mg
    if not dispense.units or not strength:
        return None
    return dispense.units * strength * dispense.drug.factor


def _daily_units(dispense: Dispense) -> float | None:
    """Return the mg a day that units and days' supply mean together."""
    mg = _units_mg(dispense)
    return mg / dispense.days if mg and dispense.days else None


def _dose(dispense: Dispense, order: Segment | None) -> tuple[Range, str]:
    """Return the dose of a dispense beside which no other strength was handed over."""
    units = _daily_units(dispense)
    if dispense.low is not None and dispense.high is not None:
        return _widened(dispense.low, dispense.high, units)
    if order is None or order.low is None or order.high is None:
        return (units, units), "" if units is not None else _NO_DOSE
    if units is None:
        return (order.low, order.high), order.because
    return (min(order.low, units), max(order.high, units)), order.because


def _widened(low: float, high: float, units: float | None) -> tuple[Range, str]:
    """Return a written dose, with the one the units mean where that is another one. Rule: R9."""
    if units is None or whole_mg(low) <= whole_mg(units) <= whole_mg(high):
        return (low, high), ""
    return (min(low, units), max(high, units)), _CONTRADICTED


def _doses_of_strengths(
    group: Sequence[Dispense], orders: Sequence[Segment | None]
) -> list[tuple[Range, str]]:
    """Return the dose of each strength handed over on one day; together they are what was taken.

    The order's dose is that of all of them: where their sum is another one, none is known.
    """
    told: set[Range] = {(s.low, s.high) for s in orders if s is not None and s.high is not None}
    found = [_dose(dispense, None) for dispense in group]
    if any(high is None for (_, high), _ in found):
        return _shared(group, told)
    if all(dispense.high is not None for dispense in group):
        return found
    lows = whole_mg(sum(low or 0 for (low, _), _ in found))
    highs = whole_mg(sum(high or 0 for (_, high), _ in found))
    agrees = all(whole_mg(low or 0) <= lows and highs <= whole_mg(high or 0) for low, high in told)
    return found if agrees else [((None, None), _OTHERWISE)] * len(group)


def _shared(group: Sequence[Dispense], told: set[Range]) -> list[tuple[Range, str]]:
    """Return an order's dose once for all that was handed over of it for the same days."""
    is_one = len(told) == 1 and len({d.days for d in group}) == 1
    if not is_one or any(d.high is not None for d in group):
        return [((None, None), _NO_DOSE)] * len(group)
    return [(next(iter(told)), ""), *[((0.0, 0.0), "")] * (len(group) - 1)]


def _covered_days(dispense: Dispense, daily: float | None) -> int | None:
    """Return the whole days a dispense lasts, or None where it cannot be told.

    The days' supply, but not longer than its units last at the least dose written on it.
    """
    mg = _units_mg(dispense)
    if dispense.days is not None:
        days = int(dispense.days)
        if mg and dispense.low:
            days = min(days, int(mg / dispense.low + _ROUNDING))
        return max(days, 1)
    return max(int(mg / daily + _ROUNDING), 1) if mg and daily else None
