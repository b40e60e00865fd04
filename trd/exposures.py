"""On which days was one drug covered, and at what dose?

Orders and dispenses of one ingredient become segments of covered days with a daily dose, and
segments become courses (one exposure of the rules). A segment is *certain* (documented) or only
*possible* (R2). Its length is ``stop`` minus ``start``; ``last`` is its last covered day: the end
date of written bounds, the day before ``stop`` of a supply. Uncovered days never count.

Rules: R1, R2. The numbers are in ``criteria.toml``, table ``trial``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from trd.chart import Dispense, DoseStep, MedicationRecord, RecordKind
from trd.dates import Day
from trd.knowledge.criteria import TrialCriteria

NextDrug = Callable[[str, Day], Day | None]
"""Gives the first day after a day on which another antidepressant than this ingredient starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Covered days of one drug at one dose; mg per day from ``low`` to ``high``, None: unknown.

    ``day_parts`` are the parts of the day its order names; ``group`` is the requisition it was
    written on, "" where none is named; ``given_up``: stopped, no end of its own is recorded;
    ``told_again``: another record tells the same prescription, so that it never adds to others;
    ``open_end``: the day it starts, of an order that tells no last day; ``parts`` are the orders
    it puts together, none where it is one order.
    """

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
    day_parts: frozenset[str] = frozenset()
    group: str = ""
    given_up: bool = False
    told_again: bool = False
    open_end: bool = False
    parts: tuple["Segment", ...] = ()


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


def whole_mg(milligrams: float) -> int:
    """Round to whole milligrams, halves up. Rule: R9."""
    return int(milligrams + 0.5)


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
    return not bounded and not record.one_time and not has_supply(record)


def lateness(end: RecordEnd) -> tuple[Day, bool, bool, bool]:
    """Return by what one of several ends is the later one."""
    return end.last or 0, end.ongoing, end.stale, end.inferred


def has_supply(record: MedicationRecord) -> bool:
    """Say whether an order tells how long its supply lasts. Rule: R1."""
    return record.supply_days is not None or _valid_until(record) is not None


def _valid_until(record: MedicationRecord) -> Day | None:
    return record.validity[1] if record.validity else None


def is_given_up(record: MedicationRecord) -> bool:
    """Say whether an order was stopped and no end of its own is written."""
    return record.status == "stopped" and record.end is None and not record.end_unknown


def end_of(
    record: MedicationRecord,
    as_of: Day,
    next_drug: NextDrug,
    criteria: TrialCriteria,
    renewed_on: Day | None = None,
) -> RecordEnd:
    """Say where a record ends. Rule: R2.

    Supply and closed bounds disagree: the earlier end. Stopped without a date: the day before the
    next different antidepressant, inferred; none: unknown. Active with open bounds: running. An
    order that names no end and is renewed, which ``renewed_on`` says, ends the day before. Since
    when an order is on hold is not known, nor how many refills of a stopped one were fetched.
    """
    start = start_of(record)
    if start is None or record.one_time:
        return RecordEnd(last=start)
    ends = [day for day in (record.end, _supply_end(record, start)) if day is not None]
    following = _near(next_drug(record.drug.ingredient, start), start, criteria.stale_order_days)
    by_date = known_by_date_only(record)
    reach = criteria.possible_between_days if by_date else criteria.stale_order_days
    renewed = _near(renewed_on, start, reach)
    if renewed is not None and (following is None or renewed <= following):
        following = None
        if not ends and not record.end_unknown:
            return RecordEnd(last=min(renewed - 1, as_of))
    is_stopped = record.status == "stopped" and record.end is None
    if is_stopped and following is not None and (not ends or following - 1 < min(ends)):
        return RecordEnd(last=max(following - 1, start), inferred=True)
    may_be_unfilled = following is None and renewed is None and _first_fill_end(record, start)
    if record.end_unknown or may_be_unfilled:
        return RecordEnd(last=None)
    if ends:
        return _told_end(record, min(ends), as_of, criteria)
    if record.status == "active":
        written = max(day for day in (record.authored, start) if day is not None)
        stale = as_of - written > criteria.stale_order_days
        return RecordEnd(last=None, ongoing=not stale, stale=stale)
    if following is not None and record.status != "on-hold":
        return RecordEnd(last=max(following - 1, start), inferred=True)
    return RecordEnd(last=None)


def _told_end(
    record: MedicationRecord, last: Day, as_of: Day, criteria: TrialCriteria
) -> RecordEnd:
    """Return the end of a record whose last day is written or follows from its supply."""
    lapsed = as_of - last
    if record.status == "on-hold" and lapsed <= 0:
        return RecordEnd(last=None)
    running = record.status == "active" and (
        lapsed <= 0 or (record.end is None and lapsed <= criteria.bridge_days)
    )
    return RecordEnd(last=min(last, as_of), ongoing=running)


def _near(following: Day | None, start: Day, reach: int) -> Day | None:
    """Keep a next order that is near enough to tell an end; years later it tells nothing."""
    if following is None or following - start > reach:
        return None
    return following


def _supply_end(record: MedicationRecord, start: Day) -> Day | None:
    """Return the last supply day of an order, best source first. Rule: R1."""
    if record.supply_days is not None:
        return start + max(int(record.supply_days), 1) - 1
    return _valid_until(record)


def _first_fill_end(record: MedicationRecord, start: Day) -> Day | None:
    """Return the last day of the first of several fills of an order given up, else None."""
    if record.supply_days is None or not record.repeats or not is_given_up(record):
        return None
    return start + max(int(record.supply_days / (1 + record.repeats)), 1) - 1


def segments_of(record: MedicationRecord, end: RecordEnd, as_of: Day) -> list[Segment]:
    """Return the covered days of one record, step by step. Rules: R1, R2."""
    start = start_of(record)
    if start is None or start > as_of:
        return []
    if record.one_time:
        return [_segment(record, _first_step(record), start, start, start)]
    if known_by_date_only(record):
        return _by_date_only(record, start, end, as_of)
    if end.last is None and not end.ongoing:
        return _end_unknown(record, start, as_of)
    last = as_of if end.last is None else max(end.last, start)
    from_supply = _supply_decides(record, start, last)
    return _step_by_step(record, start, last, from_supply=from_supply)


def _step_by_step(
    record: MedicationRecord,
    start: Day,
    last: Day,
    *,
    certain: bool = True,
    from_supply: bool = False,
) -> list[Segment]:
    """Return the days of a record from one to its last, each at the dose of its step."""
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
            found.append(
                _segment(
                    record,
                    step,
                    begin,
                    close_stop,
                    close,
                    certain=certain,
                    from_supply=from_supply,
                )
            )
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
        day_parts=record.day_parts,
        group=record.group,
        given_up=is_given_up(record),
    )


def _first_day(record: MedicationRecord, start: Day) -> Segment:
    """Return the day on which an order starts that tells no last one."""
    return replace(_segment(record, _first_step(record), start, start, start), open_end=True)


def _first_step(record: MedicationRecord) -> DoseStep:
    return record.steps[0] if record.steps else _no_step()


def _by_date_only(
    record: MedicationRecord, start: Day, end: RecordEnd, as_of: Day
) -> list[Segment]:
    """Show exposure on the day of the order; days of a running or inferred one are possible."""
    found = [_first_day(record, start)]
    no_end = record.status == "stopped" or record.units is not None
    is_open = end.ongoing or end.stale or (end.last is None and no_end)
    last = as_of if is_open else end.last
    if last is not None and last > start:
        found += _step_by_step(record, start, last, certain=False)
    return found


def _end_unknown(record: MedicationRecord, start: Day, as_of: Day) -> list[Segment]:
    """Show exposure on the first day; all days until as-of are possible.

    Of an order given up on a day that is not known the first fill is documented, the rest of its
    supply possible.
    """
    fill = _first_fill_end(record, start)
    supply = _supply_end(record, start)
    if fill is not None and supply is not None:
        found = _step_by_step(record, start, min(fill, as_of), from_supply=fill <= as_of)
        if fill < as_of:
            last, is_over = min(supply, as_of), supply <= as_of
            found += _step_by_step(record, fill + 1, last, certain=False, from_supply=is_over)
        return found
    found = [_first_day(record, start)]
    if as_of > start:
        found += _step_by_step(record, start, as_of, certain=False)
    return found


def spanned(segment: Segment, others: Sequence[Segment], because: str) -> Segment:
    """Return a segment with the range from the lowest to the highest dose, unknown if one is."""
    parts = tuple(spanned(part, others, because) for part in segment.parts)
    segment = replace(segment, parts=parts)
    told = (segment, *others)
    unknown = next((s for s in told if s.low is None or s.high is None), None)
    if unknown is not None:
        return replace(segment, low=None, high=None, because=unknown.because or because)
    low, high = min(s.low or 0 for s in told), max(s.high or 0 for s in told)
    is_same = (low, high) == (segment.low, segment.high)
    return replace(segment, low=low, high=high, because=segment.because if is_same else because)


def is_reported(record: MedicationRecord) -> bool:
    """Say whether a record is a report or statement rather than an order."""
    return record.kind is RecordKind.REPORTED
