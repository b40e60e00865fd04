"""Which unbroken stretches of one drug did the patient have?

Joins the segments of orders and dispenses of one ingredient into courses. Where dispenses were
read completely and exist for the time of an order, they say which days were covered; a drug known
only from reports has courses of its own.

Rules: R1, R2, R3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from trd.chart import Dispense, MedicationRecord
from trd.dates import Day
from trd.dispensed import handed_segments, in_turn
from trd.exposures import (
    Course,
    NextDrug,
    Segment,
    end_of,
    is_reported,
    known_by_date_only,
    lateness,
    segments_of,
    start_of,
)
from trd.knowledge.criteria import TrialCriteria
from trd.overlay import left_open, overlay, possible_between, same_day
from trd.prescriptions import Placed, agreed, renewals, repeats_an_order, told_once


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugHistory:
    """Everything recorded of one ingredient.

    ``has_unplaced``: more of it was handed over, or perhaps so, on days that cannot be told; then
    the dispenses do not say which days of an order were covered.
    """

    ingredient: str
    records: tuple[MedicationRecord, ...]
    dispenses: tuple[Dispense, ...]
    has_unplaced: bool = False


def find_courses(
    history: DrugHistory, as_of: Day, next_drug: NextDrug, criteria: TrialCriteria
) -> list[Course]:
    """Return the courses of one drug, oldest first. Rules: R1, R2."""
    orders = [r for r in history.records if not is_reported(r)]
    reported = [r for r in history.records if is_reported(r) and not repeats_an_order(r, orders)]
    renewed = renewals(orders)
    placed = [_place(r, as_of, next_drug, criteria, renewed.get(r.evidence)) for r in orders]
    courses = _ordered_courses(history, told_once(placed), as_of, criteria)
    told = [_place(record, as_of, next_drug, criteria) for record in reported]
    alone = [one for one in told if one.segments and not _is_within(one, courses, criteria)]
    courses += _courses_of(history.ingredient, alone, as_of, criteria, reported_only=True)
    return sorted(courses, key=lambda course: (course.start, course.last))


def _place(
    record: MedicationRecord,
    as_of: Day,
    next_drug: NextDrug,
    criteria: TrialCriteria,
    renewed_on: Day | None = None,
) -> Placed:
    end = end_of(record, as_of, next_drug, criteria, renewed_on)
    return Placed(record=record, end=end, segments=tuple(segments_of(record, end, as_of)))


def _is_within(one: Placed, courses: Sequence[Course], criteria: TrialCriteria) -> bool:
    """Say whether a report only repeats what orders of the same time show."""
    first, last = one.segments[0].start, max(s.last for s in one.segments)
    return any(
        course.start - criteria.bridge_days <= first and last <= course.last + criteria.bridge_days
        for course in courses
    )


def _ordered_courses(
    history: DrugHistory, placed: Sequence[Placed], as_of: Day, criteria: TrialCriteria
) -> list[Course]:
    """Return courses from orders, their covered days from dispenses where there are any."""
    courses = _courses_of(history.ingredient, placed, as_of, criteria)
    handed = sorted((d for d in history.dispenses if d.on <= as_of), key=in_turn)
    if not handed:
        return courses
    shares, left = _shared_out(handed, courses, criteria)
    found: list[Course] = []
    for course, mine in zip(courses, shares, strict=True):
        is_whole = not history.has_unplaced
        found += _supplied(course, mine, as_of, criteria, is_whole=is_whole) if mine else [course]
    return found + _dispensed_only(history.ingredient, left, as_of, criteria)


def _shared_out(
    handed: Iterable[Dispense], courses: Sequence[Course], criteria: TrialCriteria
) -> tuple[list[list[Dispense]], list[Dispense]]:
    """Return the dispenses of each course, in order of time, and those of none.

    A dispense belongs to the course of its order, else to one it lies in or near. Where no end is
    written, a course reaches as far as what was handed over.
    """
    shares: list[list[Dispense]] = [[] for _ in courses]
    left = []
    reach = [max(s.last for s in course.segments) for course in courses]
    is_open = [_written_end(course) is None for course in courses]
    by_order: dict[str, list[int]] = {}
    for at, course in enumerate(courses):
        for record in course.records:
            by_order.setdefault(record.evidence, []).append(at)
    for dispense in handed:
        away = [_distance(dispense.on, c.start, to) for c, to in zip(courses, reach, strict=True)]
        named = [at for ref in dispense.orders for at in by_order.get(ref, ())]
        near = [at for at, days in enumerate(away) if days <= criteria.bridge_days]
        if not (named or near):
            left.append(dispense)
            continue
        mine = min(named, key=lambda at: (away[at], at)) if named else near[0]
        shares[mine].append(dispense)
        if is_open[mine] and dispense.days is not None:
            reach[mine] = max(reach[mine], dispense.on + int(dispense.days) - 1)
    return shares, left


def _distance(on: Day, first: Day, last: Day) -> int:
    """Return by how many days a day lies outside a span."""
    return max(first - on, on - last, 0)


def _written_end(course: Course) -> Day | None:
    """Return the end of a course that is more than the end of an order's supply, else None."""
    if course.ongoing or course.end is None:
        return None
    lasting = max(course.records, key=lambda r: (start_of(r) or 0, r.end or 0, r.evidence))
    return course.end if course.end_inferred or lasting.end is not None else None


def _courses_of(
    ingredient: str,
    placed: Sequence[Placed],
    as_of: Day,
    criteria: TrialCriteria,
    *,
    reported_only: bool = False,
) -> list[Course]:
    points = same_day(s for p in placed if known_by_date_only(p.record) for s in p.segments)
    raw = points + [s for p in placed if not known_by_date_only(p.record) for s in p.segments]
    if not raw:
        return []
    certain = agreed(overlay(raw, criteria), placed)
    by_date = [s for s in points if s.certain]
    possible = [s for s in raw if not s.certain] + possible_between(certain, by_date, criteria)
    certain = left_open(certain, raw)
    segments = sorted([*certain, *possible], key=lambda s: (s.start, s.last, not s.certain))
    groups = _grouped(segments, criteria)
    return [
        _course(ingredient, group, placed, as_of, reported_only=reported_only) for group in groups
    ]


def _grouped(segments: Sequence[Segment], criteria: TrialCriteria) -> list[list[Segment]]:
    """Group segments with at most the bridgeable number of uncovered days between. Rule: R1."""
    groups: list[list[Segment]] = []
    reach = 0
    for segment in segments:
        if groups and segment.start - reach <= criteria.bridge_days:
            groups[-1].append(segment)
            reach = max(reach, segment.stop)
        else:
            groups.append([segment])
            reach = segment.stop
    return groups


def _course(
    ingredient: str,
    segments: Sequence[Segment],
    placed: Sequence[Placed],
    as_of: Day,
    *,
    reported_only: bool,
) -> Course:
    refs = {ref for s in segments for ref in s.evidence}
    mine = [p for p in placed if p.record.evidence in refs]
    last = max(s.last for s in segments if s.certain)
    telling = [p for p in mine if not _is_within_days(p, last)] or mine
    lasting = max(
        telling, key=lambda p: (start_of(p.record) or 0, lateness(p.end), p.record.evidence)
    )
    ongoing = any(p.end.ongoing for p in mine) and max(s.last for s in segments) >= as_of - 1
    ongoing = ongoing or lasting.end.ongoing
    end_known = ongoing or lasting.end.last is not None
    end = None if ongoing or not end_known else max(last, lasting.end.last or last)
    return Course(
        ingredient=ingredient,
        segments=tuple(segments),
        records=tuple(p.record for p in mine),
        dispenses=(),
        start=min(s.start for s in segments),
        last=last if end is None else end,
        end=end,
        end_inferred=lasting.end.inferred and not ongoing,
        end_known=end_known,
        ongoing=ongoing,
        reported_only=reported_only,
        stale=lasting.end.stale,
    )


def _is_within_days(one: Placed, last: Day) -> bool:
    """Say whether an order known for its day alone lies before the last day of others."""
    return all(s.stop == s.start < last for s in one.segments)


def _supplied(
    course: Course,
    handed: Sequence[Dispense],
    as_of: Day,
    criteria: TrialCriteria,
    *,
    is_whole: bool,
) -> list[Course]:
    """Let dispenses say which days of an ordered course were covered. Rules: R1, R3."""
    limit = _limit(course, as_of)
    laid_out = [s for s in handed_segments(handed, course.segments) if s.start <= limit]
    cut = [_cut(s, limit) for s in overlay(laid_out, criteria)]
    if not cut:
        return [course]
    if not (is_whole and all(s.from_supply for s in laid_out)):
        return [_partly_supplied(course, cut, handed)]
    supplied = float(sum(s.stop - s.start for s in cut))
    ordered = _ordered_days(course, cut, as_of)
    groups = _grouped(cut, criteria)
    found = []
    for at, group in enumerate(groups):
        is_last = at == len(groups) - 1
        last = max(s.last for s in group)
        running = is_last and _may_run(course) and as_of - last <= criteria.bridge_days
        found.append(
            replace(
                course,
                segments=tuple(group),
                dispenses=tuple(handed),
                start=group[0].start,
                last=last,
                end=None if running else last,
                end_inferred=course.end_inferred and is_last,
                end_known=True,
                ongoing=running,
                stale=False,
                supplied_days=supplied,
                ordered_days=max(ordered, 1),
            )
        )
    return found


def _limit(course: Course, as_of: Day) -> Day:
    """Return the last day on which supply counts: the written end, else as-of. Rule: R1."""
    written_end = _written_end(course)
    return as_of if written_end is None else written_end


def _may_run(course: Course) -> bool:
    """Say whether a course runs, or would as long as its supply lasts."""
    is_active = any(record.status == "active" for record in course.records)
    return course.ongoing or (_written_end(course) is None and is_active)


def _partly_supplied(
    course: Course, known: Sequence[Segment], handed: Sequence[Dispense]
) -> Course:
    """Return a course of which more was handed over than can be told. Rules: R1, R3.

    What is known of it is documented, all days of the order are possible; adherence is not judged.
    """
    ordered = [replace(s, certain=False) for s in course.segments]
    segments = sorted([*known, *ordered], key=lambda s: (s.start, s.last, not s.certain))
    last = max(course.last, *(s.last for s in known))
    return replace(
        course,
        segments=tuple(segments),
        dispenses=tuple(handed),
        start=segments[0].start,
        last=last,
        end=None if course.end is None else last,
    )


def _ordered_days(course: Course, handed: Sequence[Segment], as_of: Day) -> int:
    """Return the days supply should cover: those ordered, else those from first to last supply."""
    if course.ongoing:
        return as_of - course.start
    if course.end is None:
        return max(s.stop for s in handed) - handed[0].start
    last = max(s.stop for s in course.segments if s.certain)
    if _written_end(course) is None:
        last = max(last, *(s.stop for s in handed))
    return last - course.start


def _cut(segment: Segment, last: Day) -> Segment:
    """Cut a segment at a written end: the earlier end counts. Rule: R1."""
    if segment.last <= last:
        return segment
    return replace(segment, last=last, stop=min(segment.stop, last))


def _dispensed_only(
    ingredient: str, handed: Sequence[Dispense], as_of: Day, criteria: TrialCriteria
) -> list[Course]:
    """Return courses known from dispenses without an order."""
    laid_out = [s for s in handed_segments(handed, ()) if s.from_supply]
    segments = overlay(laid_out, criteria)
    found = []
    for group in _grouped([_cut(s, as_of) for s in segments], criteria):
        refs = {ref for s in group for ref in s.evidence}
        last = max(s.last for s in group)
        running = last >= as_of
        length = max(s.stop for s in group) - group[0].start
        found.append(
            Course(
                ingredient=ingredient,
                segments=tuple(group),
                records=(),
                dispenses=tuple(d for d in handed if d.evidence in refs),
                start=group[0].start,
                last=last,
                end=None if running else last,
                end_inferred=False,
                end_known=True,
                ongoing=running,
                reported_only=False,
                stale=False,
                supplied_days=float(sum(s.stop - s.start for s in group)),
                ordered_days=max(length, 1),
            )
        )
    return found
