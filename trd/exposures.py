"""On which days was one drug covered, and at what dose?

Orders and dispenses of one ingredient become segments of covered days with a daily dose, and
segments become courses (one exposure of the rules). A segment is *certain* (documented) or only
*possible* (R2). Its length is ``stop`` minus ``start``; ``last`` is its last covered day: the end
date of written bounds, the day before ``stop`` of a supply. Uncovered days never count.

Rules: R1, R2. The numbers are in ``criteria.toml``, table ``trial``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from trd.chart import Dispense, DoseStep, MedicationRecord, RecordKind
from trd.dates import Day
from trd.knowledge.criteria import TrialCriteria

NextDrug = Callable[[str, Day], Day | None]
"""Gives the first day after a day on which another antidepressant than this ingredient starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Covered days of one drug at one dose; mg per day from ``low`` to ``high``, None: unknown."""

    start: Day
    stop: Day
    last: Day
    low: float | None
    high: float | None
    certain: bool
    release: str | None
    evidence: tuple[str, ...]
    strength: float | None = None
    from_supply: bool = False
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEnd:
    """How one record ends: ``last`` day (None: unknown), inferred from the next drug, running."""

    last: Day | None
    inferred: bool = False
    ongoing: bool = False
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One exposure of one drug: segments with at most the bridgeable gap between them.

    ``end`` is None while running or where the end is not known (``end_known``). ``supplied_days``
    and ``ordered_days`` are given where dispenses let adherence be judged.
    """

    ingredient: str
    segments: tuple[Segment, ...]
    records: tuple[MedicationRecord, ...]
    dispenses: tuple[Dispense, ...]
    start: Day
    last: Day
    end: Day | None
    end_inferred: bool
    end_known: bool
    ongoing: bool
    reported_only: bool
    stale: bool
    supplied_days: float | None = None
    ordered_days: int | None = None

    def evidence(self) -> tuple[str, ...]:
        """Return the records and dispenses behind it, sorted."""
        found = {row.evidence for row in self.records} | {row.evidence for row in self.dispenses}
        return tuple(sorted(found))


def start_of(record: MedicationRecord) -> Day | None:
    """Return the first day of a record: bounds, else validity, else the day it was written."""
    if record.start is not None:
        return record.start
    if record.validity and record.validity[0] is not None:
        return record.validity[0]
    return record.authored


def known_by_date_only(record: MedicationRecord) -> bool:
    """Say whether a record has neither bounds nor supply: only the day it was written. Rule: R2."""
    bounded = record.start is not None or record.end is not None or record.end_unknown
    return not bounded and not has_supply(record)


def has_supply(record: MedicationRecord) -> bool:
    """Say whether an order tells how long its supply lasts. Rule: R1."""
    return record.supply_days is not None or _valid_until(record) is not None


def _valid_until(record: MedicationRecord) -> Day | None:
    return record.validity[1] if record.validity else None


def end_of(
    record: MedicationRecord, as_of: Day, next_drug: NextDrug, criteria: TrialCriteria
) -> RecordEnd:
    """Say where a record ends. Rule: R2.

    Supply and closed bounds disagree: the earlier end. Stopped without a date: the day before the
    next different antidepressant, inferred; none: unknown. Active with open bounds: running.
    """
    start = start_of(record)
    if start is None:
        return RecordEnd(last=None)
    ends = [day for day in (record.end, _supply_end(record, start)) if day is not None]
    following = _near(next_drug(record.drug.ingredient, start), start, criteria)
    is_stopped = record.status == "stopped" and record.end is None
    if is_stopped and following is not None and (not ends or following - 1 < min(ends)):
        return RecordEnd(last=max(following - 1, start), inferred=True)
    if record.end_unknown:
        return RecordEnd(last=None)
    if ends:
        last = min(ends)
        lapsed = as_of - last
        running = record.status in {"active", "on-hold"} and (
            lapsed <= 0 or (record.end is None and lapsed <= criteria.bridge_days)
        )
        return RecordEnd(last=min(last, as_of), ongoing=running)
    if record.status == "active":
        written = max(day for day in (record.authored, start) if day is not None)
        stale = as_of - written > criteria.stale_order_days
        return RecordEnd(last=None, ongoing=not stale, stale=stale)
    if following is not None and record.status != "on-hold":
        return RecordEnd(last=max(following - 1, start), inferred=True)
    return RecordEnd(last=None)


def _near(following: Day | None, start: Day, criteria: TrialCriteria) -> Day | None:
    """Keep a next drug that is near enough to tell an end; years later it tells nothing."""
    if following is None or following - start > criteria.stale_order_days:
        return None
    return following


def _supply_end(record: MedicationRecord, start: Day) -> Day | None:
    """Return the last supply day of an order, best source first. Rule: R1."""
    if record.supply_days is not None:
        return start + max(int(record.supply_days), 1) - 1
    return _valid_until(record)


def segments_of(record: MedicationRecord, end: RecordEnd, as_of: Day) -> list[Segment]:
    """Return the covered days of one record, step by step. Rules: R1, R2."""
    start = start_of(record)
    if start is None or start > as_of:
        return []
    if known_by_date_only(record):
        return _by_date_only(record, start, end, as_of)
    if end.last is None and not end.ongoing:
        return _end_unknown(record, start, as_of)
    last = as_of if end.last is None else max(end.last, start)
    from_supply = _supply_decides(record, start, last)
    steps = record.steps or (_no_step(),)
    found = []
    for at, step in enumerate(steps):
        begin = start if step.start is None else max(step.start, start)
        close = last if step.end is None else min(step.end, last)
        later = [s.start for s in steps[at + 1 :] if s.start is not None and s.start > begin]
        if later and min(later) <= close:
            close_stop, close = min(later), min(later) - 1
        else:
            close_stop = close + 1 if from_supply and close == last else close
        if begin <= close:
            found.append(_segment(record, step, begin, close_stop, close, from_supply=from_supply))
    return found


def _supply_decides(record: MedicationRecord, start: Day, last: Day) -> bool:
    """Say whether the last day is a supply's last day rather than a written end."""
    return record.supply_days is not None and _supply_end(record, start) == last


def _no_step() -> DoseStep:
    return DoseStep(start=None, end=None, low=None, high=None, because="no dose is recorded")


def _segment(
    record: MedicationRecord,
    step: DoseStep,
    start: Day,
    stop: Day,
    last: Day,
    *,
    certain: bool = True,
    from_supply: bool = False,
) -> Segment:
    return Segment(
        start=start,
        stop=stop,
        last=last,
        low=step.low,
        high=step.high,
        certain=certain,
        release=record.drug.release,
        evidence=(record.evidence,),
        strength=record.drug.strength_mg,
        from_supply=from_supply,
        because=step.because,
    )


def _first_step(record: MedicationRecord) -> DoseStep:
    return record.steps[0] if record.steps else _no_step()


def _by_date_only(
    record: MedicationRecord, start: Day, end: RecordEnd, as_of: Day
) -> list[Segment]:
    """Show exposure on the day of the order; days of a running or inferred one are possible."""
    step = _first_step(record)
    found = [_segment(record, step, start, start, start)]
    no_end = record.status == "stopped" or record.units is not None
    is_open = end.ongoing or end.stale or (end.last is None and no_end)
    last = as_of if is_open else end.last
    if last is not None and last > start:
        found.append(_segment(record, step, start, last, last, certain=False))
    return found


def _end_unknown(record: MedicationRecord, start: Day, as_of: Day) -> list[Segment]:
    """Show exposure on the first day; all days until as-of are possible."""
    step = _first_step(record)
    found = [_segment(record, step, start, start, start)]
    if as_of > start:
        found.append(_segment(record, step, start, as_of, as_of, certain=False))
    return found


def overlay(segments: Sequence[Segment], criteria: TrialCriteria) -> list[Segment]:
    """Lay the certain segments of one drug over each other. Rule: R1.

    The same start day and different strengths add; a later start replaces. What an early refill
    leaves over is carried on for at most ``surplus_days``.
    """
    spans = sorted(
        (s for s in segments if s.last > s.start or s.from_supply),
        key=lambda s: (s.start, s.stop, s.evidence, s.high or 0),
    )
    placed: list[Segment] = []
    for start in sorted({s.start for s in spans}):
        group = _added([s for s in spans if s.start == start])
        surplus = 0
        for at, held in enumerate(placed):
            if held.last < start:
                continue
            if held.from_supply and all(held.strength == s.strength for s in group):
                surplus = max(surplus, min(held.stop - start, criteria.surplus_days))
            placed[at] = replace(held, stop=min(held.stop, start), last=start - 1)
        placed += [
            replace(s, stop=s.stop + surplus, last=s.last + surplus)
            if surplus and s.from_supply
            else s
            for s in group
        ]
    kept = [s for s in placed if s.last >= s.start]
    return _sewn(kept + _lone_points(segments, kept))


def _lone_points(segments: Sequence[Segment], spans: Sequence[Segment]) -> list[Segment]:
    """Return the orders known for one day only that no span covers."""
    return [
        s
        for s in segments
        if s.last == s.start
        and not s.from_supply
        and not any(held.start <= s.start <= held.last for held in spans)
    ]


def _added(group: list[Segment]) -> list[Segment]:
    """Add up orders that start on one day: different strengths together, equal ones once."""
    if len(group) == 1 and len(group[0].evidence) == 1:
        return group
    by_strength: dict[object, Segment] = {}
    told: dict[object, set[str]] = {}
    for s in group:
        key = (s.strength if s.strength is not None else (s.low, s.high), s.release)
        told.setdefault(key, set()).update(s.evidence)
        held = by_strength.get(key)
        if held is None or (s.stop, s.high or 0) > (held.stop, held.high or 0):
            by_strength[key] = s
    parts = [replace(s, evidence=tuple(sorted(told[key]))) for key, s in by_strength.items()]
    if len(parts) == 1:
        return parts
    return _stacked(parts)


def _stacked(parts: list[Segment]) -> list[Segment]:
    """Stack parts with one start and different ends: each stretch holds those still running."""
    found, begin = [], parts[0].start
    for stop in sorted({p.stop for p in parts}):
        held = [p for p in parts if p.stop >= stop]
        last = max(p.last for p in parts if p.stop == stop)
        known = all(p.low is not None and p.high is not None for p in held)
        found.append(
            replace(
                held[0],
                start=begin,
                stop=stop,
                last=last,
                low=sum(p.low or 0 for p in held) if known else None,
                high=sum(p.high or 0 for p in held) if known else None,
                evidence=tuple(sorted({ref for p in held for ref in p.evidence})),
            )
        )
        begin = max(stop, last + 1)
    return [s for s in found if s.last >= s.start]


def _sewn(segments: list[Segment]) -> list[Segment]:
    """Close the seam between a segment and one that starts on its last or the next day."""
    ordered = sorted(segments, key=lambda s: (s.start, s.last, s.evidence))
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


def is_reported(record: MedicationRecord) -> bool:
    """Say whether a record is a report or statement rather than an order."""
    return record.kind is RecordKind.REPORTED
