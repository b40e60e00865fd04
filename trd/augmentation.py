"""Which drugs were added to an antidepressant?

An augmenter of the table at its dose beside an antidepressant, the partner inside a combination
product, or a second antidepressant that was only added to a running adequate one. Augmentation
never adds to the count of failures. Below the table's dose it is no augmentation; an unknown dose
is shown and marked so.

Days together are those both drugs covered, counted once; documented days and possible ones are
measured apart, and where they disagree the adequacy is unknown.

Rules: R7, R12.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trd.adequacy import reaches, union_days
from trd.chart import Indication, LabLevel, MedicationRecord, PatientChart, StopReason
from trd.courses import DrugHistory, find_courses
from trd.dates import Day
from trd.exposures import Course, Segment
from trd.findings import Verdict, all_of
from trd.knowledge import Augmenter, Criteria, Knowledge
from trd.overlap import AddedDrug, JudgedCourse
from trd.trials import JudgedTrial


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """One added drug beside one antidepressant, from its first day to its last, and adequacy.

    ``latest`` is the latest day the start may be where partial dates leave it open.
    """

    ingredient: str
    beside: str
    start: Day
    last: Day
    adequacy: Verdict
    because: str
    evidence: tuple[str, ...]
    latest: Day | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmenterCourse:
    """A course of an augmenter: its days documented at the table's dose, and all that may be.

    ``doubt`` says why its adequacy cannot be told, "" where nothing speaks against it.
    """

    augmenter: Augmenter
    course: Course
    segments: tuple[Segment, ...]
    perhaps: tuple[Segment, ...]
    doubt: str = ""

    def shown(self) -> tuple[Segment, ...]:
        """Return the segments it is shown by: documented ones, else those that may be."""
        return self.segments or self.perhaps


def find_augmenters(chart: PatientChart, as_of: Day, knowledge: Knowledge) -> list[AugmenterCourse]:
    """Return the courses of augmenters that reach the table's dose or whose dose is unknown."""
    found = []
    names = {record.drug.ingredient for record in chart.medications}
    names |= {dispense.drug.ingredient for dispense in chart.dispenses}
    for name in sorted((names & knowledge.augmenters.keys()) - knowledge.antidepressants.keys()):
        augmenter = knowledge.augmenters[name]
        history = _history(augmenter, chart)
        for course in find_courses(history, as_of, _no_next, knowledge.criteria.trial):
            if augmenter.needs_depressive_reason and not course.records:
                continue
            held = _at_dose(course, augmenter)
            if held is not None:
                found.append(held)
    return found


def _history(augmenter: Augmenter, chart: PatientChart) -> DrugHistory:
    """Return what is recorded of an augmenter; some count only with a depressive reason."""
    name = augmenter.name
    records = tuple(
        r
        for r in chart.medications
        if r.drug.ingredient == name
        and (Indication.DEPRESSION in r.indications or not augmenter.needs_depressive_reason)
    )
    # hand-overs read in part do not say which days of an order were covered
    are_told = chart.is_complete("dispenses") or not records
    return DrugHistory(
        ingredient=name,
        records=records,
        dispenses=tuple(d for d in chart.dispenses if are_told and d.drug.ingredient == name),
        has_unplaced=name in chart.unplaced_dispenses,
    )


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
    """Keep the segments that are or may be at the table's dose, None without any. Rule: R12."""
    judged = [(s, _reaches_table(s, augmenter.minimum_mg)) for s in course.segments]
    perhaps = tuple(s for s, verdict in judged if verdict is not Verdict.NOT_MET)
    if not perhaps:
        return None
    return AugmenterCourse(
        augmenter=augmenter,
        course=course,
        segments=tuple(s for s, verdict in judged if verdict is Verdict.MET and s.certain),
        perhaps=perhaps,
        doubt=_doubt(course, augmenter),
    )


def _reaches_table(segment: Segment, least: float | None) -> Verdict:
    """Say whether a dose is at or above the table's; one the table does not give is no bar."""
    if segment.low is None or segment.high is None:
        return Verdict.UNKNOWN
    if least is None or segment.low >= least:
        return Verdict.MET
    return Verdict.NOT_MET if segment.high < least else Verdict.UNKNOWN


def _doubt(course: Course, augmenter: Augmenter) -> str:
    """Return why an augmenter's adequacy cannot be told, whatever its days."""
    doubts = ["the table gives no dose"] if augmenter.minimum_mg is None else []
    if course.reported_only:
        doubts.append("known only from a report or statement")
    if any(record.as_needed for record in course.records):
        doubts.append("taken as needed")
    not_taken = {StopReason.NOT_TAKEN, StopReason.STOPPED_TAKING}
    if any(record.stop_reasons & not_taken for record in course.records):
        doubts.append("recorded as not taken as ordered")
    other = _other_reason(course.records)
    return "; ".join([*doubts, *([f"stated reason: “{other}”"] if other else [])])


def _other_reason(records: Iterable[MedicationRecord]) -> str:
    """Return the stated reasons where there are some and none of them is depression."""
    stated = [record for record in records if record.indications]
    if any(Indication.DEPRESSION in record.indications for record in stated):
        return ""
    return "; ".join(dict.fromkeys(record.indication_text for record in stated))


def added_drugs(courses: Sequence[AugmenterCourse]) -> list[AddedDrug]:
    """Return augmenters as limits for the scores of what they were added to. Rule: R5.

    Days at the table's dose, and apart from them those that may be, where they are others.
    """
    found = []
    for one in courses:
        latest = max(s.last for s in one.perhaps)
        for segments in filter(None, dict.fromkeys((one.segments, one.perhaps))):
            last = max(s.last for s in segments)
            added = AddedDrug(
                name=one.augmenter.name,
                start=min(s.start for s in segments),
                last=last,
                ongoing=one.course.ongoing and last == latest,
                is_sure=segments == one.segments,
            )
            found.append(added)
    return found


def find_augmentation(
    augmenters: Sequence[AugmenterCourse],
    trials: Sequence[JudgedTrial],
    chart: PatientChart,
    knowledge: Knowledge,
) -> tuple[Augmentation, ...]:
    """Return every augmentation, by start and name. Rules: R7, R12."""
    criteria = knowledge.criteria
    found = [
        _row(one, trial, chart.levels, criteria)
        for one in augmenters
        for trial in _augmented(one, trials)
    ]
    for trial in trials:
        if trial.relations.augments:
            found.append(_second_antidepressant(trial, trials, knowledge))
        if trial.drug.augments_with:
            found.append(_inside_combination(trial))
    return tuple(sorted(found, key=lambda r: (r.start, r.ingredient, r.beside, r.last)))


def _augmented(one: AugmenterCourse, trials: Sequence[JudgedTrial]) -> list[JudgedTrial]:
    """Return what a drug was added to: of two antidepressants at once the one longer together.

    One that followed another has days of its own, and so a row of its own.
    """
    met = [(_common_days(one.perhaps, t.course.segments), t) for t in trials if _meets(one, t)]
    met.sort(key=lambda pair: (-pair[0], pair[1].course.start, pair[1].drug.name))
    found: list[JudgedTrial] = []
    taken: list[Segment] = []
    for _, trial in met:
        here = [*taken, *trial.course.segments]
        if not found or _common_days(one.perhaps, here) > _common_days(one.perhaps, taken):
            found.append(trial)
            taken = here
    return found


def _meets(one: AugmenterCourse, trial: JudgedTrial) -> bool:
    first, last = trial.course.start, trial.course.last
    return any(s.start <= last and s.last >= first for s in one.perhaps)


def _common_days(first: Iterable[Segment], second: Iterable[Segment]) -> int:
    """Return on how many days both were covered: those of each less those of either."""
    one = sorted((s.start, s.stop) for s in first)
    other = sorted((s.start, s.stop) for s in second)
    return union_days(one) + union_days(other) - union_days(sorted(one + other))


def _documented(segments: Iterable[Segment]) -> list[Segment]:
    return [s for s in segments if s.certain]


def _row(
    one: AugmenterCourse, trial: JudgedTrial, levels: Sequence[LabLevel], criteria: Criteria
) -> Augmentation:
    """Judge one augmenter beside one antidepressant. Rule: R12."""
    days = _common_days(one.segments, _documented(trial.course.segments))
    most = _common_days(one.perhaps, trial.course.segments)
    level, note = _level(one, levels, criteria)
    doubt = Verdict.UNKNOWN if one.doubt else Verdict.MET
    possible = f", up to {most} days possible" if most > days else ""
    notes = [f"{days} days together{_at_which_dose(one)}{possible}{note}", one.doubt]
    notes.append(_beside_what(trial))
    first, last = trial.course.start, trial.course.last
    touching = [s for s in one.shown() if s.start <= last and s.last >= first] or one.perhaps
    return Augmentation(
        ingredient=one.augmenter.name,
        beside=trial.drug.name,
        start=max(min(s.start for s in touching), first),
        last=min(max(s.last for s in touching), last),
        adequacy=all_of((_long_enough(days, most, criteria), doubt, level)),
        because="; ".join(note for note in notes if note),
        evidence=one.course.evidence(),
    )


def _at_which_dose(one: AugmenterCourse) -> str:
    if one.augmenter.minimum_mg is None:
        return ""
    return ", at the table's dose" if one.segments else ", dose unknown"


def _long_enough(days: int, most: int, criteria: Criteria) -> Verdict:
    wanted = criteria.augmentation.adequate_days
    if days >= wanted:
        return Verdict.MET
    return Verdict.UNKNOWN if most >= wanted else Verdict.NOT_MET


def _beside_what(trial: JudgedTrial) -> str:
    """Say where the antidepressant itself was no adequate trial; the row stands all the same."""
    if trial.adequacy.verdict is not Verdict.NOT_MET:
        return ""
    return f"{trial.drug.name} itself was not adequate"


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


def _second_antidepressant(
    trial: JudgedTrial, trials: Sequence[JudgedTrial], knowledge: Knowledge
) -> Augmentation:
    """Judge an added antidepressant at the table's dose, else at its own minimum. Rules: R7, R12.

    Its row stands below that dose too: it is no trial of its own, and never hidden.
    """
    table = knowledge.augmenters.get(trial.drug.name)
    judged = [
        (s, reaches(s, trial.drug) if table is None else _reaches_table(s, table.minimum_mg))
        for s in trial.course.segments
    ]
    first = [
        s for t in trials if t.drug.name == trial.relations.augments for s in t.course.segments
    ]
    sure = [s for s, verdict in judged if verdict is Verdict.MET and s.certain]
    perhaps = [s for s, verdict in judged if verdict is not Verdict.NOT_MET]
    days, most = _common_days(sure, _documented(first)), _common_days(perhaps, first)
    doubt = Verdict.UNKNOWN if trial.course.reported_only else Verdict.MET
    return Augmentation(
        ingredient=trial.drug.name,
        beside=trial.relations.augments,
        start=trial.course.start,
        last=trial.course.last,
        adequacy=all_of((_long_enough(days, most, knowledge.criteria), doubt)),
        because="a second antidepressant added to a running adequate one; "
        f"{days} days together at {'its minimum' if table is None else 'the dose of the table'}",
        evidence=trial.course.evidence(),
    )


def _inside_combination(trial: JudgedTrial) -> Augmentation:
    return Augmentation(
        ingredient=trial.drug.augments_with,
        beside=trial.drug.name,
        start=trial.course.start,
        last=trial.course.last,
        adequacy=Verdict.UNKNOWN,
        because="part of a combination product; its own dose is not read",
        evidence=trial.course.evidence(),
    )
