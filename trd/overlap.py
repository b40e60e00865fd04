"""What does one drug mean for another taken at the same time?

Says for each course which later or earlier drugs limit its end score, under which added drugs its
scores were taken, whether it is one half of a combined step, and whether it only augmented another.

Rules: R5 (end of the window), R7. The numbers are in ``criteria.toml``, table ``overlap``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from trd.adequacy import Adequacy, covered_days, longest_chain, reaches
from trd.dates import Day
from trd.exposures import Course
from trd.findings import Verdict
from trd.knowledge import Antidepressant, Criteria


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCourse:
    """A course of an antidepressant with its adequacy."""

    course: Course
    drug: Antidepressant
    adequacy: Adequacy


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedDrug:
    """An augmenter beside an antidepressant: from its first day at the table's dose to its last.

    ``is_sure`` where these days are documented, and their dose is known.
    """

    name: str
    start: Day
    last: Day
    ongoing: bool
    is_sure: bool = True


class Together(StrEnum):
    """How a drug relates to one that started earlier."""

    SWITCH = "switch"
    CROSS_TAPER = "cross-taper"
    COMBINED = "combined"
    AUGMENTS = "augments"
    BESIDE = "beside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """What the other drugs mean for one course.

    ``until`` is the last day an end score may lie (inclusive), ``perhaps_until`` the same if a
    following drug was at its minimum on days where that is not known; ``under`` the stretches
    (inclusive) under an added drug, ``perhaps_under`` those under one that may have been taken at
    its dose; ``not_before`` the first day its own end score may lie, None:
    no limit;
    ``augments`` the drug it was only added to, "" if it is a trial of its own; ``combined`` the
    ingredients it was started together with; ``switched`` whether another antidepressant followed.
    """

    until: Day
    perhaps_until: Day | None = None
    under: tuple[tuple[Day, Day], ...] = ()
    perhaps_under: tuple[tuple[Day, Day], ...] = ()
    not_before: Day | None = None
    augments: str = ""
    augmented: str = ""
    combined: tuple[str, ...] = ()
    switched: bool = False


def relation(first: JudgedCourse, second: JudgedCourse, criteria: Criteria) -> Together:
    """Say what the second drug is to the first, which started earlier or the same day. Rule: R7."""
    overlap = criteria.overlap
    a, b = first.course, second.course
    if a.last < b.start:
        return Together.SWITCH
    kept = min(a.last - a.start, b.last - b.start)
    if b.start - a.start <= overlap.combined_start_days and kept > overlap.combined_kept_days:
        return Together.COMBINED
    if not a.ongoing and a.last - b.start <= overlap.cross_taper_days:
        return Together.CROSS_TAPER
    if first.adequacy.verdict is Verdict.NOT_MET:
        return Together.BESIDE
    return Together.AUGMENTS


def relate(
    courses: Sequence[JudgedCourse], added: Sequence[AddedDrug], as_of: Day, criteria: Criteria
) -> list[Relations]:
    """Return for each course, in the order given, what the others mean for it. Rules: R5, R7."""
    found = [Relations(until=_window_end(one, as_of, criteria)) for one in courses]
    order = sorted(range(len(courses)), key=lambda at: _by_start(courses[at]))
    for place, at in enumerate(order):
        for other in order[place + 1 :]:
            if _is_settled(found[at], courses[at], courses[other], criteria):
                break
            if courses[at].drug.name != courses[other].drug.name:
                _join(found, at, other, courses, criteria)
    for at, one in enumerate(courses):
        for drug in added:
            found[at] = _under_augmenter(found[at], one, drug, criteria)
    return found


def _is_settled(
    held: Relations, first: JudgedCourse, second: JudgedCourse, criteria: Criteria
) -> bool:
    """Say whether a later drug and all that start after it can mean nothing more for the first."""
    start = second.course.start
    limit = start + criteria.outcome.end_score_before_next_days - 1
    return held.switched and start > first.course.last and limit >= held.until


def _by_start(one: JudgedCourse) -> tuple[Day, Day, str]:
    return one.course.start, one.course.last, one.drug.name


def _window_end(one: JudgedCourse, as_of: Day, criteria: Criteria) -> Day:
    """Return the last day of the window before other drugs are looked at. Rule: R5."""
    end = one.adequacy.adequate_end
    if end is None:
        return as_of
    is_long_lived = one.drug.name.startswith("fluoxetine")
    after = (
        criteria.dose.fluoxetine_end_score_after_days
        if is_long_lived
        else criteria.outcome.end_score_after_days
    )
    return min(end + after, as_of)


def _join(
    found: list[Relations],
    at: int,
    other: int,
    courses: Sequence[JudgedCourse],
    criteria: Criteria,
) -> None:
    """Note on both courses what the later one is to the earlier one. Rule: R7."""
    first, second = courses[at], courses[other]
    how = relation(first, second, criteria)
    if how is Together.COMBINED:
        found[at] = replace(found[at], combined=(*found[at].combined, second.drug.name))
        found[other] = replace(found[other], combined=(*found[other].combined, first.drug.name))
        return
    if how in {Together.AUGMENTS, Together.BESIDE}:
        stretch = _stretch_under(second.course, second.course.start + 1, criteria)
        found[at] = replace(found[at], under=(*found[at].under, stretch))
    else:
        found[at] = replace(_closed_by(found[at], second, criteria), switched=True)
    if how is Together.CROSS_TAPER:
        found[other] = _after(found[other], first.course.last, criteria)
    if how is Together.AUGMENTS:
        found[at] = replace(found[at], augmented=second.drug.name)
        found[other] = _added_to(found[other], first, second, criteria)


def _closed_by(held: Relations, following: JudgedCourse, criteria: Criteria) -> Relations:
    """Close the window on the day before day 14 of the next drug at its minimum. Rule: R5."""
    days = criteria.outcome.end_score_before_next_days - 1
    first = following.adequacy.first_at_minimum
    perhaps = min((s.start for s in following.adequacy.perhaps), default=None)
    until = held.until if first is None else min(held.until, first + days)
    sooner = held.until if held.perhaps_until is None else held.perhaps_until
    sooner = sooner if perhaps is None else min(sooner, perhaps + days)
    return replace(held, until=until, perhaps_until=min(sooner, until))


def _after(held: Relations, last_dose: Day, criteria: Criteria) -> Relations:
    """Let an end score speak only some days after the first drug's last dose. Rule: R7."""
    limit = last_dose + criteria.overlap.score_after_first_drug_days
    return replace(held, not_before=max(held.not_before or limit, limit))


def _added_to(
    held: Relations, first: JudgedCourse, second: JudgedCourse, criteria: Criteria
) -> Relations:
    """Say whether an added drug has become a trial of its own after the first stopped. Rule: R7."""
    if not first.course.ongoing:
        alone = _days_alone(second, first.course.last)
        if alone >= criteria.overlap.own_days_after_days:
            return _after(held, first.course.last, criteria)
    return replace(held, augments=held.augments or first.drug.name)


def _days_alone(one: JudgedCourse, after: Day) -> int:
    """Return documented days at the minimum later than a day."""
    clipped = [
        replace(s, start=max(s.start, after))
        for s in one.course.segments
        if s.certain and s.last > after and reaches(s, one.drug) is Verdict.MET
    ]
    return covered_days(longest_chain(clipped, _NO_LIMIT))


_NO_LIMIT = 10**6


def _stretch_under(course: Course, first: Day, criteria: Criteria) -> tuple[Day, Day]:
    """Return the days on which a score lies under an added drug: until it has worn off."""
    worn_off = criteria.overlap.score_after_first_drug_days - 1
    return first, course.last + (_NO_LIMIT if course.ongoing else worn_off)


def _under_augmenter(
    held: Relations, one: JudgedCourse, drug: AddedDrug, criteria: Criteria
) -> Relations:
    """Note the stretch under an augmenter from its day 14 on. Rules: R5, R7."""
    if not one.course.start <= drug.start <= one.course.last:
        return held
    first = drug.start + criteria.outcome.end_score_before_next_days
    worn_off = criteria.overlap.score_after_first_drug_days - 1
    last = drug.last + (_NO_LIMIT if drug.ongoing else worn_off)
    if not drug.is_sure:
        return replace(held, perhaps_under=(*held.perhaps_under, (first, last)))
    return replace(held, under=(*held.under, (first, last)))
