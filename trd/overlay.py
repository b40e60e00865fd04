"""Which days does one drug cover where its orders lie over each other, and at what dose?

Orders that start on one day are taken together where their strengths differ, and are one order told
twice where they do not; a later start replaces. Where it cannot be told whether two were taken
together, the dose is the range between the ways it can be.

Rules: R1, R2.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any, Final

from trd.dates import Day
from trd.exposures import Segment, spanned
from trd.knowledge.criteria import TrialCriteria

_TOLD_TWICE: Final = "orders of one day tell different doses for one strength"
_PERHAPS_BOTH: Final = "how long one of the orders of one day was taken is not recorded"
_WITHIN: Final = "an order within these days, of no known end, tells another dose"
_PERHAPS_ONE: Final = "whether two orders of one day were taken together cannot be told"


def overlay(segments: Sequence[Segment], criteria: TrialCriteria) -> list[Segment]:
    """Lay the certain segments of one drug over each other. Rule: R1.

    The same start day and different strengths add; a later start replaces. What an early refill
    leaves over is carried on for at most ``surplus_days``. A possible segment only bears on the
    dose of those that start with it: it may have been taken with them.
    """
    certain = [s for s in segments if s.certain]
    starts: dict[Day, list[Segment]] = {}
    for s in certain:
        if s.last > s.start or s.from_supply:
            starts.setdefault(s.start, []).append(s)
    for s in segments:
        if not s.certain and not s.told_again and s.start in starts:
            starts[s.start].append(s)
    for s in _of_another_dose(certain, starts):
        starts[s.start].append(s)
    placed: list[Segment] = []
    reaching: Iterable[int] = ()
    for start in sorted(starts):
        group = _together(starts[start])
        surplus = _cut(placed, reaching, start, group, criteria)
        reaching = range(len(placed), len(placed) + len(group))
        placed += [
            replace(s, stop=s.stop + surplus, last=s.last + surplus)
            if surplus and s.from_supply
            else s
            for s in group
        ]
    kept = [s for s in placed if s.last >= s.start]
    return _sewn(kept + _lone_points(certain, kept))


def same_day(segments: Iterable[Segment]) -> list[Segment]:
    """Return the segments of orders known by their date only, those of one day together. Rule: R1.

    The day itself is certain, the days after it are possible.
    """
    found: list[Segment] = []
    by_day: dict[tuple[Day, bool], list[Segment]] = {}
    for s in segments:
        if s.told_again:
            found.append(s)
        else:
            by_day.setdefault((s.start, s.certain), []).append(s)
    return found + [s for group in by_day.values() for s in _together(group)]


def _of_another_dose(
    certain: Iterable[Segment], starts: Mapping[Day, Sequence[Segment]]
) -> list[Segment]:
    """Return the orders known by the day alone on which another starts, as long as that one lasts.

    Only those that tell a dose of their own, and none whose days are possible anyway.
    """
    found = []
    for s in certain:
        beside = starts.get(s.start, ())
        if not s.open_end or s.told_again or not beside:
            continue
        told = any(o.evidence == s.evidence or (o.low, o.high) == (s.low, s.high) for o in beside)
        if not told:
            stop, last = max(o.stop for o in beside), max(o.last for o in beside)
            found.append(replace(s, stop=stop, last=last, certain=False))
    return found


def left_open(segments: Sequence[Segment], orders: Iterable[Segment]) -> list[Segment]:
    """Return covered days with the doses that orders of no known end within them leave open.

    From such an order on the dose is the range from the one to the other, to the end of the days or
    the start of another order; it is unknown where one of them tells none. Rules: R1, R2.
    """
    by_day: dict[Day, list[Segment]] = {}
    for s in orders:
        if s.open_end and not s.told_again:
            by_day.setdefault(s.start, []).append(s)
    waiting = iter(sorted(by_day))
    day, within = next(waiting, None), None
    found: list[Segment] = []
    for s in segments:
        if within is not None and set(s.evidence).isdisjoint(found[-1].evidence):
            within = None
        rest = _either(s, within)
        while day is not None and day <= s.last:
            if day > s.start:
                (within,) = _together(by_day[day])
                after = _either(s, within)
                if not _same_dose(after, rest):
                    found.append(replace(rest, stop=day, last=day - 1))
                    rest = replace(after, start=day)
            day = next(waiting, None)
        found.append(rest)
    return found


def _either(segment: Segment, within: Segment | None) -> Segment:
    """Return days at the dose of their order or of one written within them."""
    if within is None or (segment.low, segment.high) == (within.low, within.high):
        return segment
    is_one_form = within.release in {None, segment.release}
    return replace(
        spanned(segment, [within], _WITHIN),
        release=segment.release if is_one_form else None,
        evidence=tuple(sorted({*segment.evidence, *within.evidence})),
    )


def _cut(
    placed: list[Segment],
    reaching: Iterable[int],
    start: Day,
    group: Sequence[Segment],
    criteria: TrialCriteria,
) -> int:
    """Cut what reaches beyond a later start; return how many days of it are carried on.

    Only what started last can reach so far: all before was cut where that began.
    """
    surplus = 0
    for at in reaching:
        held = placed[at]
        if held.last < start:
            continue
        if held.from_supply and all(held.strength == s.strength for s in group):
            surplus = max(surplus, min(held.stop - start, criteria.surplus_days))
        placed[at] = replace(held, stop=min(held.stop, start), last=start - 1)
    return surplus


def _lone_points(segments: Iterable[Segment], spans: Sequence[Segment]) -> list[Segment]:
    """Return the orders known for one day only that no span covers."""
    ordered = iter(sorted(spans, key=lambda s: s.start))
    found, following, reach = [], next(ordered, None), 0
    points = [s for s in segments if s.last == s.start and not s.from_supply]
    for s in sorted(points, key=lambda s: s.start):
        while following is not None and following.start <= s.start:
            reach, following = max(reach, following.last), next(ordered, None)
        if s.start > reach:
            found.append(s)
    return found


def _together(group: Sequence[Segment]) -> list[Segment]:
    """Return what the orders of one start day are together, stretch by stretch. Rule: R1."""
    if len(group) == 1:
        return list(group)
    ordered = sorted(group, key=lambda s: (s.stop, *_told(s)))
    rows = _alike(ordered)
    is_certain = any(s.certain for s in ordered)
    found: list[Segment] = []
    begin = ordered[0].start
    for stop in sorted({s.stop for s in ordered}):
        held = [[s for s in row if s.stop >= stop] for row in rows]
        last = max(s.last for s in ordered if s.stop == stop)
        made = _stretch([row for row in held if row], begin, stop, last)
        is_covered = made.certain is is_certain and made.last >= made.start
        if is_covered and found and _same_dose(found[-1], made):
            evidence = tuple(sorted({*found[-1].evidence, *made.evidence}))
            found[-1] = replace(found[-1], stop=stop, last=last, evidence=evidence)
        elif is_covered:
            found.append(made)
        begin = max(stop, last + 1) if is_certain else stop
    return found


def _same_dose(one: Segment, other: Segment) -> bool:
    return (one.low, one.high, one.release, one.strength) == (
        other.low,
        other.high,
        other.release,
        other.strength,
    )


def _alike(group: Sequence[Segment]) -> list[list[Segment]]:
    """Return the orders of one day in rows; each row is one order, told once or more.

    One strength is one row, unless each of its orders is for a part of the day of its own. An
    order whose strength is not known belongs to the row that tells its dose.
    """
    by_strength: dict[float, list[Segment]] = {}
    for s in group:
        if s.strength is not None:
            by_strength.setdefault(s.strength, []).append(s)
    rows = [part for row in by_strength.values() for part in _parts(row)]
    told: dict[tuple[float | None, float | None], list[Segment]] = {}
    for s in group:
        if s.strength is None:
            dose = (s.low, s.high)
            mine = next((r for r in rows if any((o.low, o.high) == dose for o in r)), None)
            (told.setdefault(dose, []) if mine is None else mine).append(s)
    return rows + [part for row in told.values() for part in _parts(row)]


def _parts(row: list[Segment]) -> list[list[Segment]]:
    """Split orders of one strength by release form, or by the parts of the day they are for."""
    for names in ([s.release for s in row], [s.day_parts for s in row]):
        apart: dict[object, list[Segment]] = {}
        for s, name in zip(row, names, strict=True):
            apart.setdefault(name, []).append(s)
        if all(names) and len(apart) > 1 and _are_disjoint(apart):
            return list(apart.values())
    return [row]


def _are_disjoint(names: Iterable[object]) -> bool:
    """Say whether no two of these sets share a member; names that are no sets differ."""
    sets = [name for name in names if isinstance(name, frozenset)]
    return all(one.isdisjoint(other) for one, other in combinations(sets, 2))


def _stretch(rows: Sequence[Sequence[Segment]], start: Day, stop: Day, last: Day) -> Segment:
    """Return days on which these rows hold together."""
    held = [s for row in rows for s in row]
    releases = {s.release for s in held}
    strengths = {s.strength for s in held}
    low, high, because = _dose(rows)
    return replace(
        held[0],
        start=start,
        stop=stop,
        last=last,
        low=low,
        high=high,
        certain=any(s.certain for s in held),
        release=releases.pop() if len(releases) == 1 else None,
        evidence=tuple(sorted({ref for s in held for ref in s.evidence})),
        strength=sum(s for s in strengths if s is not None) if None not in strengths else None,
        from_supply=all(s.from_supply for s in held),
        given_up=False,
        because=because,
        parts=tuple(part for s in held for part in (s.parts or (s,))) if len(held) > 1 else (),
    )


def taken_together(orders: Sequence[Segment]) -> tuple[float | None, float | None, str]:
    """Return the daily dose of orders that start on one day, and why it is open. Rule: R1.

    Those that tell one prescription again do not add to each other.
    """
    ordered = sorted(orders, key=_told)
    again = [s for s in ordered if s.told_again]
    rows = _alike([s for s in ordered if not s.told_again])
    return _dose([again, *rows] if again else rows)


def _told(s: Segment) -> tuple[Any, ...]:
    """Return all a segment tells, whose names come last: they decide nothing. Rule: R1."""
    dose = (s.low is None, s.low or 0, s.high or 0, s.strength or 0, s.release or "", s.because)
    kind = (s.certain, s.from_supply, s.told_again, s.open_end, s.given_up)
    return s.last, *dose, *kind, sorted(s.day_parts), s.group, s.evidence


def _dose(rows: Sequence[Sequence[Segment]]) -> tuple[float | None, float | None, str]:
    """Return the daily dose of rows that hold together, and why it is open. Rule: R1.

    One unknown dose makes all of it unknown. An order given up beside another of its day may have
    been corrected by that one, one without an end may have been taken for a while: they count for
    the upper end alone.
    """
    held = [s for row in rows for s in row]
    if any(s.low is None or s.high is None for s in held):
        return None, None, next((s.because for s in held if s.high is None and s.because), "")
    lows = [min(s.low or 0 for s in row) for row in rows]
    high = sum(max(s.high or 0 for s in row) for row in rows)
    firm = [low for low, row in zip(lows, rows, strict=True) if not _is_given_up(row, held)]
    if len(rows) > 1 and any(s.strength is None for s in held):
        return min(lows), high, _PERHAPS_ONE
    if firm and len(firm) < len(rows):
        return sum(firm), high, _PERHAPS_BOTH
    differs = any(len({(s.low, s.high) for s in row}) > 1 for row in rows)
    because = next((s.because for s in held if s.because), "")
    return sum(lows), high, _TOLD_TWICE if differs else because


def _is_given_up(row: Sequence[Segment], held: Sequence[Segment]) -> bool:
    """Say whether a row was given up, or is possible beside one that is certain.

    One that was written together with an order that goes on is not.
    """
    is_certain = any(s.certain for s in held)

    def is_open(s: Segment) -> bool:
        return s.given_up or (is_certain and not s.certain)

    groups = {s.group for s in held if not is_open(s) and s.group}
    return all(is_open(s) and s.group not in groups for s in row)


def _sewn(segments: list[Segment]) -> list[Segment]:
    """Close the seam between a segment and one that starts on its last or the next day."""
    ordered = sorted(segments, key=lambda s: (s.start, *_told(s)))
    for at in range(len(ordered) - 1):
        here, following = ordered[at], ordered[at + 1]
        if 0 <= following.start - here.last <= 1 and following.start > here.stop:
            ordered[at] = replace(here, stop=following.start)
    return ordered


def possible_between(
    segments: Sequence[Segment], by_date: Sequence[Segment], criteria: TrialCriteria
) -> list[Segment]:
    """Return possible days between an order known by date only and the next. Rule: R2."""
    if not by_date:
        return []
    points = {s.start for s in by_date}
    ordered = sorted(segments, key=lambda s: (s.start, s.last))
    found = []
    for here, following in pairwise(ordered):
        close = following.start - here.last <= criteria.possible_between_days
        if here.last < following.start and close and here.start in points:
            lows = [s.low for s in (here, following)]
            highs = [s.high for s in (here, following)]
            known = None not in lows and None not in highs
            found.append(
                replace(
                    here,
                    start=here.last,
                    stop=following.start,
                    last=following.start,
                    low=min(x for x in lows if x is not None) if known else None,
                    high=max(x for x in highs if x is not None) if known else None,
                    certain=False,
                    evidence=tuple(sorted({*here.evidence, *following.evidence})),
                )
            )
    return found
