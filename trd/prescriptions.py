"""Which orders of one drug are one prescription, renewed or told again?

A renewal replaces what it renews, and an order with no end of its own ends where it is renewed. An
order and the one it carries out are one prescription told twice: they never add up, and where they
disagree about the dose it is the range between them. A report that names the order it repeats tells
nothing of its own unless it has dates of its own.

Rules: R1, R2, R8.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from trd.chart import MedicationRecord
from trd.dates import Day
from trd.exposures import (
    RecordEnd,
    Segment,
    known_by_date_only,
    lateness,
    spanned,
    start_of,
)

_DISAGREE: Final = "an order and the one it carries out tell different doses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A record with its end and its segments."""

    record: MedicationRecord
    end: RecordEnd
    segments: tuple[Segment, ...]


def renewals(records: Sequence[MedicationRecord]) -> dict[str, Day]:
    """Return for each renewed order the first later day on which one that renews it starts."""
    starts = {r.evidence: start for r in records if (start := start_of(r)) is not None}
    found: dict[str, Day] = {}
    for record in records:
        start = start_of(record)
        for named in record.renews:
            if start is not None and start > starts.get(named, start):
                found[named] = min(start, found.get(named, start))
    return found


def told_once(placed: Sequence[Placed]) -> list[Placed]:
    """Return the orders of one drug so that no prescription is in force twice. Rule: R1."""
    return _carried_out(_replaced(placed))


def _replaced(placed: Sequence[Placed]) -> list[Placed]:
    """Let an order that starts on the day of what it renews stand in its place."""
    standing = _standing({one.record.evidence: one.record for one in placed})
    if not standing:
        return list(placed)
    named: dict[str, set[str]] = {}
    for replaced, heads in standing.items():
        for by in heads:
            named.setdefault(by, set()).add(replaced)
    ends = {one.record.evidence: one.end for one in placed}
    found = []
    for one in placed:
        local = one.record.evidence
        if local in standing:
            end = max((ends[by] for by in standing[local]), key=lateness)
            found.append(replace(one, end=end, segments=()))
        elif local in named:
            refs = named[local]
            segments = [
                replace(s, evidence=tuple(sorted({*s.evidence, *refs}))) for s in one.segments
            ]
            found.append(replace(one, segments=tuple(segments)))
        else:
            found.append(one)
    return found


def _standing(records: Mapping[str, MedicationRecord]) -> dict[str, set[str]]:
    """Return for each order that was replaced on its first day those that stand in the end.

    Orders that replace each other in a circle say nothing.
    """
    same_day = {
        ref: [
            named
            for named in record.renews
            if named in records and start_of(records[named]) == start_of(record)
        ]
        for ref, record in records.items()
    }
    replaced = {named for names in same_day.values() for named in names}
    found: dict[str, set[str]] = {}
    for head in (ref for ref, names in same_day.items() if names and ref not in replaced):
        waiting = list(same_day[head])
        while waiting:
            named = waiting.pop()
            if head not in found.setdefault(named, set()):
                found[named].add(head)
                waiting += same_day[named]
    return found


def _carried_out(placed: Sequence[Placed]) -> list[Placed]:
    """Leave the days of an order to those that carry it out; its own are possible beside them."""
    carried, bound = set(), set()
    for parent, child in _pairs(placed):
        bound |= {parent.record.evidence, child.record.evidence}
        if any(s.certain and s.stop > s.start for s in child.segments):
            carried.add(parent.record.evidence)
    if not bound:
        return list(placed)
    found = []
    for one in placed:
        segments = list(one.segments)
        if one.record.evidence in bound:
            segments = [replace(s, given_up=False, told_again=True) for s in segments]
        if one.record.evidence in carried:
            segments = [part for s in segments for part in _perhaps(s)]
        found.append(replace(one, segments=tuple(segments)))
    return found


def _pairs(placed: Iterable[Placed]) -> list[tuple[Placed, Placed]]:
    """Return each order that another one of the drug carries out, with that one."""
    at = {one.record.evidence: one for one in placed if one.segments}
    return [
        (at[named], one) for one in at.values() for named in one.record.carries_out if named in at
    ]


def _perhaps(segment: Segment) -> list[Segment]:
    """Return the first day of a segment, and its days as possible: others tell which were so."""
    if not segment.certain:
        return [segment]
    first = replace(segment, stop=segment.start, last=segment.start, from_supply=False)
    return [first, replace(segment, certain=False)]


def agreed(segments: Sequence[Segment], placed: Iterable[Placed]) -> list[Segment]:
    """Return segments laid over each other with the doses told of them elsewhere. Rule: R1.

    Where an order and the one it carries out disagree, the dose is the range between them; where
    one of them tells none it is unknown.
    """
    told: dict[str, list[Placed]] = {}
    for parent, child in _pairs(placed):
        told.setdefault(parent.record.evidence, []).append(child)
        told.setdefault(child.record.evidence, []).append(parent)
    found = []
    for segment in segments:
        others = [
            s
            for ref in segment.evidence
            for mate in told.get(ref, ())
            if mate.record.evidence not in segment.evidence
            for s in mate.segments
            if s.start <= segment.last and segment.start <= s.last
        ]
        found.append(spanned(segment, others, _DISAGREE) if others else segment)
    return found


def repeats_an_order(report: MedicationRecord, orders: Iterable[MedicationRecord]) -> bool:
    """Say whether a report only names an order it repeats, without days of its own. Rule: R8."""
    if not report.carries_out or not known_by_date_only(report):
        return False
    return any(order.evidence in report.carries_out for order in orders)
