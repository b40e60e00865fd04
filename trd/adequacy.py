"""Was an antidepressant taken at a high enough dose for long enough?

Doses are mg of the ingredient per day, rounded to whole milligrams before they are compared;
lengths are covered days. A dose nobody wrote down is not a low dose: the days are measured twice,
without the undocumented ones and with them, and where the two disagree the finding is unknown.

Rules: R1, R9. The numbers are in ``criteria.toml`` and ``minimum_doses.csv``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trd.dates import Day
from trd.exposures import Course, Segment, known_by_date_only, whole_mg
from trd.findings import Finding, Verdict, all_of, met, not_met, unknown
from trd.knowledge import Antidepressant, ReleaseMinimum
from trd.knowledge.criteria import TrialCriteria


@dataclass(frozen=True, slots=True, kw_only=True)
class Adequacy:
    """Dose and duration of one course.

    ``days`` are the documented covered days at or above the minimum within the longest chain,
    ``most_days`` the same with the possible ones;
    ``at_minimum`` all documented segments there, ``perhaps`` with those that may be there;
    ``first_at_minimum`` and ``adequate_end`` the first and last such day, None: never documented.
    ``highest_mg`` is the upper end of the highest documented dose.
    """

    dose: Finding
    duration: Finding
    days: int
    most_days: int
    highest_mg: float | None
    minimum_mg: float | None
    first_at_minimum: Day | None
    adequate_end: Day | None
    at_minimum: tuple[Segment, ...]
    perhaps: tuple[Segment, ...]

    @property
    def verdict(self) -> Verdict:
        """Return dose and duration together."""
        return all_of((self.dose.verdict, self.duration.verdict))


def applicable_minima(drug: Antidepressant, release: str | None) -> tuple[ReleaseMinimum, ...]:
    """Return the minimum for a release form; all of them where the form is not known."""
    exact = [m for m in drug.minima if release is not None and m.release in {release, "any"}]
    return tuple(exact) if exact else drug.minima


def reaches(segment: Segment, drug: Antidepressant) -> Verdict:
    """Say whether a segment's dose is at or above the minimum. Rule: R9.

    Unknown where the dose is not known, a range spans the minimum, or the release form decides.
    """
    if segment.low is None or segment.high is None:
        return Verdict.UNKNOWN
    minima = [whole_mg(m.minimum_mg) for m in applicable_minima(drug, segment.release)]
    if not minima:
        return Verdict.UNKNOWN
    if whole_mg(segment.low) >= max(minima):
        return Verdict.MET
    return Verdict.NOT_MET if whole_mg(segment.high) < min(minima) else Verdict.UNKNOWN


def longest_chain(segments: Iterable[Segment], largest_gap: int) -> tuple[Segment, ...]:
    """Return the chain with the most covered days and no gap above the largest. Rule: R1."""
    ordered = sorted(segments, key=lambda s: (s.start, s.last))
    best, most = (0, 0), -1
    first, days, reach = 0, 0, None
    for at, segment in enumerate(ordered):
        if reach is not None and segment.start - reach > largest_gap:
            first, days, reach = at, 0, None
        begin = segment.start if reach is None else max(segment.start, reach)
        days += max(segment.stop - begin, 0)
        reach = segment.stop if reach is None else max(reach, segment.stop)
        if days > most:
            best, most = (first, at + 1), days
    return tuple(ordered[slice(*best)])


def covered_days(segments: Sequence[Segment]) -> int:
    """Return the length of the union of the segments in days; gaps never count. Rule: R1."""
    return union_days([(segment.start, segment.stop) for segment in segments])


def union_days(spans: Iterable[tuple[Day, Day]]) -> int:
    """Return the length of the union of stretches from a day up to another, in order of start."""
    total, reach = 0, None
    for start, stop in spans:
        begin = start if reach is None or start > reach else reach
        if stop > begin:
            total += stop - begin
        if reach is None or stop > reach:
            reach = stop
    return total


def judge_adequacy(course: Course, drug: Antidepressant, criteria: TrialCriteria) -> Adequacy:
    """Judge dose and duration of one course. Rules: R1, R9."""
    judged = [(segment, reaches(segment, drug)) for segment in course.segments]
    at_least = [s for s, verdict in judged if verdict is Verdict.MET and s.certain]
    at_most = [s for s, verdict in judged if verdict is not Verdict.NOT_MET]
    days = covered_days(longest_chain(at_least, criteria.largest_gap_days))
    most = days
    if len(at_most) > len(at_least):
        most = covered_days(longest_chain(at_most, criteria.largest_gap_days))
    known = [s.high for s in course.segments if s.certain and s.high is not None]
    highest = max(known, default=None)
    minima = _minima(course, drug)
    return Adequacy(
        dose=_dose(judged, highest, minima, course),
        duration=_duration(days, most, _why_open(judged), course, criteria),
        days=days,
        most_days=most,
        highest_mg=highest,
        minimum_mg=minima[0].minimum_mg if len({m.minimum_mg for m in minima}) == 1 else None,
        first_at_minimum=min((s.start for s in at_least), default=None),
        adequate_end=max((s.last for s in at_least), default=None),
        at_minimum=tuple(at_least),
        perhaps=tuple(sorted(at_most, key=lambda s: (s.start, s.last))),
    )


def _minima(course: Course, drug: Antidepressant) -> tuple[ReleaseMinimum, ...]:
    releases = dict.fromkeys(s.release for s in course.segments)
    return tuple(dict.fromkeys(m for r in releases for m in applicable_minima(drug, r)))


def _within_label(highest: float | None, minima: Sequence[ReleaseMinimum]) -> bool:
    """Say whether the highest dose lies in the label range, below the study minimum. Rule: R9."""
    if highest is None:
        return False
    return any(
        minimum.label_from_mg is not None
        and whole_mg(minimum.label_from_mg) <= whole_mg(highest) < whole_mg(minimum.minimum_mg)
        for minimum in minima
    )


def _dose(
    judged: Sequence[tuple[Segment, Verdict]],
    highest: float | None,
    minima: Sequence[ReleaseMinimum],
    course: Course,
) -> Finding:
    """Say whether the minimum was ever reached. Rule: R9."""
    evidence = course.evidence()
    by_date_only = not course.ongoing and all(map(known_by_date_only, course.records))
    documented = [s for s, verdict in judged if verdict is Verdict.MET and s.certain]
    has_possible = not all(s.certain for s in course.segments)
    if documented and by_date_only and has_possible and not covered_days(documented):
        return unknown("dose", "known by the dates of orders only", evidence)
    if documented:
        assert highest is not None  # noqa: S101 - a dose that reaches a minimum is known
        return met("dose", f"{highest:g} mg a day, minimum {_range(minima)} mg", evidence)
    if any(verdict is not Verdict.NOT_MET for _, verdict in judged):
        return unknown("dose", _why_unknown(judged, highest, minima), evidence)
    shown = f"{highest:g} mg a day" if highest is not None else "below the minimum"
    is_labelled = _within_label(highest, minima)
    note = "within label range, below study minimum" if is_labelled else "below minimum"
    return not_met("dose", f"{shown}, {note} {_range(minima)} mg", evidence)


def _range(minima: Sequence[ReleaseMinimum]) -> str:
    values = sorted({m.minimum_mg for m in minima})
    return " or ".join(f"{value:g}" for value in values)


def _why_unknown(
    judged: Sequence[tuple[Segment, Verdict]],
    highest: float | None,
    minima: Sequence[ReleaseMinimum],
) -> str:
    if not minima:
        return "no minimum dose is on file for this drug"
    reasons = [s.because for s, verdict in judged if verdict is Verdict.UNKNOWN and s.because]
    if reasons:
        return f"dose unknown: {reasons[0]}"
    if highest is None:
        return "dose unknown"
    if len({m.minimum_mg for m in minima}) > 1:
        return (
            f"{highest:g} mg a day; the minimum depends on the release form ({_range(minima)} mg)"
        )
    return f"the recorded dose ({highest:g} mg a day at most) may or may not reach the minimum"


def _why_open(judged: Sequence[tuple[Segment, Verdict]]) -> str:
    """Return why a documented dose is open beside others that reach the minimum, else ""."""
    open_ones = [s.because for s, verdict in judged if verdict is Verdict.UNKNOWN and s.certain]
    is_reached = any(verdict is Verdict.MET for _, verdict in judged)
    return next((f": {because}" for because in open_ones if because and is_reached), "")


def _duration(days: int, most: int, why: str, course: Course, criteria: TrialCriteria) -> Finding:
    """Say whether the days at or above the minimum are enough. Rule: R1."""
    evidence = course.evidence()
    wanted = criteria.adequate_days
    if days >= wanted:
        return met("duration", f"{days} days at or above the minimum", evidence)
    short = f"{days} days at or above the minimum, {wanted} needed"
    if most >= wanted:
        return unknown("duration", f"{short}; up to {most} days are possible{why}", evidence)
    if days >= criteria.four_week_days:
        return not_met("duration", f"{short}; meets four weeks only", evidence)
    return not_met("duration", short, evidence)
