"""Which drugs were added to an antidepressant?

An augmenter of the table at its dose beside an antidepressant, the partner inside a combination
product, or a second antidepressant that was only added to a running adequate one. Augmentation
never adds to the count of failures. Below the table's dose it is no augmentation; an unknown dose
is shown and marked so.

Rules: R7, R12.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trd.chart import Indication, LabLevel, PatientChart
from trd.courses import DrugHistory, find_courses
from trd.dates import Day
from trd.exposures import Course, Segment
from trd.findings import Verdict, all_of
from trd.knowledge import Augmenter, Criteria, Knowledge
from trd.overlap import AddedDrug, JudgedCourse
from trd.trials import JudgedTrial


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """One added drug beside one antidepressant, and whether it was adequate."""

    ingredient: str
    beside: str
    start: Day
    adequacy: Verdict
    because: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmenterCourse:
    """A course of an augmenter with the segments that may be at the table's dose."""

    augmenter: Augmenter
    course: Course
    segments: tuple[Segment, ...]
    dose_known: bool


def find_augmenters(chart: PatientChart, as_of: Day, knowledge: Knowledge) -> list[AugmenterCourse]:
    """Return the courses of augmenters that reach the table's dose or whose dose is unknown."""
    found = []
    names = {r.drug.ingredient for r in chart.medications} - knowledge.antidepressants.keys()
    for name in sorted(names & knowledge.augmenters.keys()):
        augmenter = knowledge.augmenters[name]
        records = tuple(
            r
            for r in chart.medications
            if r.drug.ingredient == name
            and (Indication.DEPRESSION in r.indications or not augmenter.needs_depressive_reason)
        )
        history = DrugHistory(
            ingredient=name,
            records=records,
            dispenses=tuple(d for d in chart.dispenses if d.drug.ingredient == name),
        )
        if not records:
            continue
        for course in find_courses(history, as_of, _no_next, knowledge.criteria.trial):
            held = _at_dose(course, augmenter)
            if held is not None:
                found.append(held)
    return found


def low_dose_augmenters(
    courses: Sequence[JudgedCourse], knowledge: Knowledge
) -> list[AugmenterCourse]:
    """Return adjuncts set aside for a low dose that reach the table's dose. Rule: R12."""
    found = []
    for one in courses:
        augmenter = knowledge.augmenters.get(one.drug.name)
        held = _at_dose(one.course, augmenter) if augmenter is not None else None
        if held is not None:
            found.append(held)
    return found


def _no_next(ingredient: str, day: Day) -> Day | None:
    del ingredient, day
    return None


def _at_dose(course: Course, augmenter: Augmenter) -> AugmenterCourse | None:
    """Keep the segments at the table's dose; all with an unknown dose, marked so. Rule: R12."""
    least = augmenter.minimum_mg
    at_dose = tuple(
        s for s in course.segments if s.low is not None and (least is None or s.low >= least)
    )
    unknown = tuple(s for s in course.segments if s.high is None)
    open_range = tuple(
        s
        for s in course.segments
        if s.low is not None and s.high is not None and least and s.low < least <= s.high
    )
    if at_dose:
        return AugmenterCourse(
            augmenter=augmenter, course=course, segments=at_dose, dose_known=least is not None
        )
    if unknown or open_range:
        return AugmenterCourse(
            augmenter=augmenter,
            course=course,
            segments=unknown + open_range,
            dose_known=False,
        )
    return None


def added_drugs(courses: Sequence[AugmenterCourse]) -> list[AddedDrug]:
    """Return augmenters as limits for the scores of what they were added to. Rule: R5."""
    return [
        AddedDrug(
            name=one.augmenter.name,
            start=min(s.start for s in one.segments),
            last=max(s.last for s in one.segments),
            ongoing=one.course.ongoing,
        )
        for one in courses
    ]


def find_augmentation(
    augmenters: Sequence[AugmenterCourse],
    trials: Sequence[JudgedTrial],
    chart: PatientChart,
    criteria: Criteria,
) -> tuple[Augmentation, ...]:
    """Return every augmentation, by start and name. Rules: R7, R12."""
    found = [
        row
        for one in augmenters
        if (row := _beside_antidepressant(one, trials, chart.levels, criteria)) is not None
    ]
    found += [_second_antidepressant(t) for t in trials if t.relations.augments]
    found += [_inside_combination(t) for t in trials if t.drug.augments_with]
    return tuple(sorted(found, key=lambda r: (r.start, r.ingredient, r.beside)))


def _beside_antidepressant(
    one: AugmenterCourse,
    trials: Sequence[JudgedTrial],
    levels: Sequence[LabLevel],
    criteria: Criteria,
) -> Augmentation | None:
    shared = [(_days_together(one, trial), trial) for trial in trials]
    shared = [(days, trial) for days, trial in shared if days >= 0]
    if not shared:
        return None
    days, trial = max(shared, key=lambda pair: (pair[0], -pair[1].course.start, pair[1].drug.name))
    start = max(min(s.start for s in one.segments), trial.course.start)
    long_enough = Verdict.MET if days >= criteria.augmentation.adequate_days else Verdict.NOT_MET
    dose = Verdict.MET if one.dose_known else Verdict.UNKNOWN
    level, note = _level(one, levels, criteria)
    shown = "at the table's dose" if one.dose_known else "dose unknown or not in the table"
    return Augmentation(
        ingredient=one.augmenter.name,
        beside=trial.drug.name,
        start=start,
        adequacy=all_of((long_enough, dose, level)),
        because=f"{days} days together, {shown}{note}",
        evidence=one.course.evidence(),
    )


def _days_together(one: AugmenterCourse, trial: JudgedTrial) -> int:
    """Return days at the table's dose within a trial; -1 where they never met."""
    first, last = trial.course.start, trial.course.last
    shared = [
        min(s.stop, last) - max(s.start, first)
        for s in one.segments
        if s.start <= last and s.last >= first
    ]
    return sum(max(days, 0) for days in shared) if shared else -1


def _level(
    one: AugmenterCourse, levels: Sequence[LabLevel], criteria: Criteria
) -> tuple[Verdict, str]:
    """Judge the drug level where the table asks for one. Rule: R12."""
    if not one.augmenter.needs_level:
        return Verdict.MET, ""
    values = [
        level.value
        for level in levels
        if level.drug == one.augmenter.name and one.course.start <= level.on <= one.course.last
    ]
    if not values:
        return Verdict.UNKNOWN, "; no level recorded"
    least = criteria.augmentation.lithium_level_mmol_l
    verdict = Verdict.MET if max(values) >= least else Verdict.UNKNOWN
    return verdict, f"; highest level {max(values):g} mmol/L"


def _second_antidepressant(trial: JudgedTrial) -> Augmentation:
    return Augmentation(
        ingredient=trial.drug.name,
        beside=trial.relations.augments,
        start=trial.course.start,
        adequacy=trial.adequacy.verdict,
        because="a second antidepressant added to a running adequate one",
        evidence=trial.course.evidence(),
    )


def _inside_combination(trial: JudgedTrial) -> Augmentation:
    return Augmentation(
        ingredient=trial.drug.augments_with,
        beside=trial.drug.name,
        start=trial.course.start,
        adequacy=Verdict.UNKNOWN,
        because="part of a combination product; its own dose is not read",
        evidence=trial.course.evidence(),
    )
