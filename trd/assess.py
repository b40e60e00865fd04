"""What does this chart say about treatment resistance, TMS candidacy and safety?

The pipeline in one readable function: uses set aside, courses, adequacy, overlap, outcome, trials,
counts, then resistance, staging, candidacy. Crisis signals are found apart and know nothing of the
trials; they are composed here. A chart with partial dates is judged under every reading of them,
and a verdict stands only where all readings agree (``trd.readings``).
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trd.adequacy import judge_adequacy
from trd.augmentation import (
    Augmentation,
    AugmenterCourse,
    added_drugs,
    find_augmentation,
    find_augmenters,
    low_dose_augmenters,
)
from trd.candidacy import CandidacyFinding, judge_candidacy
from trd.chart import DataIssue, Dispense, MedicationRecord, PatientChart
from trd.courses import DrugHistory, find_courses
from trd.crisis import Crisis, CrisisLevel, find_crisis
from trd.dates import Day
from trd.episodes import Episode, Span, find_episode
from trd.exposures import Course, NextDrug, is_reported, start_of
from trd.knowledge import Antidepressant, Knowledge
from trd.other_treatments import OtherTreatment, find_other_treatments, treatment_kind
from trd.other_uses import (
    SetAside,
    SetAsideReason,
    at_minimum,
    course_set_aside,
    dispenses_set_aside,
    grouped,
    not_recognised,
    record_set_aside,
)
from trd.overlap import JudgedCourse, relate
from trd.resistance import Counted, ResistanceFinding, count_trials, judge_resistance
from trd.staging import Staging, failures_of, judge_staging
from trd.trials import JudgedTrial, join_trials, judge_trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Undated:
    """Records of one antidepressant without any date: shown, never more than possible."""

    drug: Antidepressant
    records: tuple[MedicationRecord, ...]
    ongoing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Everything concluded of one chart for one day."""

    chart: PatientChart
    as_of: Day
    knowledge: Knowledge
    episode: Episode
    trials: tuple[Counted, ...]
    undated: tuple[Undated, ...]
    set_aside: tuple[SetAside, ...]
    augmentation: tuple[Augmentation, ...]
    other_treatments: tuple[OtherTreatment, ...]
    resistance: ResistanceFinding
    staging: tuple[Staging, ...]
    crisis: Crisis
    candidacy: CandidacyFinding
    issues: tuple[DataIssue, ...]
    readings: tuple["Assessment", ...] = ()
    """All readings of partial dates, where there were any; this is then what they share."""


def assess(chart: PatientChart, knowledge: Knowledge, as_of: Day) -> Assessment:
    """Assess one chart for one day. Rules: R1 to R16."""
    criteria = knowledge.criteria
    dated, undated, aside = _antidepressant_records(chart, knowledge, as_of)
    dispensed, unused = _dispensed(chart, aside, knowledge)
    courses = _courses(dated, dispensed, chart, as_of, knowledge)
    kept, low, adjuncts = _without_low_doses(courses)
    augmenters = find_augmenters(chart, as_of, knowledge)
    augmenters += low_dose_augmenters(adjuncts, knowledge)
    others = find_other_treatments(chart, as_of, knowledge)
    taken = [one.course for one in kept] + [one.course for one in augmenters]
    spans, possible = _treatment_spans(taken, others), _possible_spans(taken)
    episode = find_episode(chart, spans, as_of, criteria.episode, possible)
    judged = _judged(kept, augmenters, chart, episode, as_of, knowledge)
    trials = join_trials(judged)
    counted = count_trials(trials, episode)
    augmentation = find_augmentation(augmenters, judged, chart, knowledge)
    undated = _beside_counting(undated, counted)
    ended = [row for row in undated if not row.ongoing and episode.is_current]
    resistance = judge_resistance(
        counted, trials, chart, episode, as_of, criteria.resistance, undated=len(ended)
    )
    failures = failures_of(counted, [(row.drug, row.records) for row in ended], chart)
    crisis = find_crisis(chart, knowledge, as_of)
    candidacy = _candidacy(resistance, episode, others, crisis, chart, as_of, knowledge)
    return Assessment(
        chart=chart,
        as_of=as_of,
        knowledge=knowledge,
        episode=episode,
        trials=tuple(counted),
        undated=undated,
        set_aside=grouped([*aside, *unused, *low, *not_recognised(chart.not_recognised)]),
        augmentation=augmentation,
        other_treatments=others,
        resistance=resistance,
        staging=judge_staging(failures, episode, augmentation, others, chart, as_of, knowledge),
        crisis=crisis,
        candidacy=candidacy,
        issues=(*chart.issues, *_later(chart, knowledge, as_of)),
    )


def _candidacy(
    resistance: ResistanceFinding,
    episode: Episode,
    others: Sequence[OtherTreatment],
    crisis: Crisis,
    chart: PatientChart,
    as_of: Day,
    knowledge: Knowledge,
) -> CandidacyFinding:
    """Judge candidacy, told of the crisis only its level and whether it was read. Rule: R15."""
    return judge_candidacy(
        resistance,
        episode,
        others,
        chart,
        as_of,
        knowledge,
        is_critical=crisis.level is CrisisLevel.CRITICAL,
        crisis_is_complete=crisis.complete,
    )


def _judged(
    courses: Sequence[JudgedCourse],
    augmenters: Sequence[AugmenterCourse],
    chart: PatientChart,
    episode: Episode,
    as_of: Day,
    knowledge: Knowledge,
) -> list[JudgedTrial]:
    """Judge each course beside all others. Rules: R3, R5 to R7."""
    relations = relate(courses, added_drugs(augmenters), as_of, knowledge.criteria)
    return [
        judge_trial(one, related, chart, episode, as_of, knowledge)
        for one, related in zip(courses, relations, strict=True)
    ]


def _later(chart: PatientChart, knowledge: Knowledge, as_of: Day) -> list[DataIssue]:
    """Return an issue for every order and score dated after as-of, and every order backwards."""
    late = [
        (record.evidence, "authoredOn")
        for record in chart.medications
        if record.drug.ingredient in knowledge.antidepressants
        and (start := start_of(record)) is not None
        and start > as_of
    ]
    backwards = [
        DataIssue(record.evidence, "dosageInstruction", "ends before it starts", "dates not used")
        for record in chart.medications
        if record.drug.ingredient in knowledge.antidepressants
        and (start := start_of(record)) is not None
        and _ends_before_it_starts(record, start)
    ]
    late += [
        (d.evidence, "whenHandedOver")
        for d in chart.dispenses
        if d.drug.ingredient in knowledge.antidepressants and d.on > as_of
    ]
    late += [(ref, "effective[x]") for s in chart.scores if s.on > as_of for ref in s.evidence]
    what, effect = "dated after the day of the assessment", "not considered for any trial"
    issues = backwards + [DataIssue(ref, element, what, effect) for ref, element in sorted(late)]
    return issues + _later_treatments(chart, knowledge, as_of, what)


def _later_treatments(
    chart: PatientChart, knowledge: Knowledge, as_of: Day, what: str
) -> list[DataIssue]:
    """Return an issue for every added drug and other treatment dated after as-of. Rules: R12, R13.

    Those that are antidepressant orders as well have theirs already.
    """
    found = [
        (row.evidence, "performed[x]")
        for row in chart.procedures
        if row.on is not None and row.on > as_of
    ]
    found += [
        (row.evidence, "authoredOn")
        for row in chart.medications
        if row.drug.ingredient not in knowledge.antidepressants
        and (row.drug.ingredient in knowledge.augmenters or treatment_kind(row, knowledge))
        and (start := start_of(row)) is not None
        and start > as_of
    ]
    found += [
        (row.evidence, "whenHandedOver")
        for row in chart.dispenses
        if row.drug.ingredient not in knowledge.antidepressants and row.on > as_of
    ]
    return [DataIssue(ref, element, what, "not considered") for ref, element in sorted(found)]


def _beside_counting(undated: Sequence[Undated], counted: Sequence[Counted]) -> tuple[Undated, ...]:
    """Leave out a drug without dates that a dated trial already counts or still runs. Rule: R8."""
    told = {
        one.trial.ingredient
        for one in counted
        if one.counts or one.possible or one.trial.best.course.ongoing
    }
    return tuple(row for row in undated if row.drug.name not in told)


def _ends_before_it_starts(record: MedicationRecord, start: Day) -> bool:
    """Say whether a record's dates contradict each other: nothing of its days can be told."""
    return record.end is not None and record.end < start


def _antidepressant_records(
    chart: PatientChart, knowledge: Knowledge, as_of: Day
) -> tuple[list[MedicationRecord], tuple[Undated, ...], list[SetAside]]:
    """Sort antidepressant records into dated, undated and set aside. Rule: R9(a), (b)."""
    dated: list[MedicationRecord] = []
    undated: dict[str, list[MedicationRecord]] = {}
    aside: list[SetAside] = []
    for record in chart.medications:
        drug = knowledge.antidepressants.get(record.drug.ingredient)
        if drug is None or drug.counts_as == "other-treatment":
            continue
        start = start_of(record)
        used_otherwise = record_set_aside(record, drug)
        if start is not None and start > as_of:
            continue
        if used_otherwise is not None:
            aside.append(used_otherwise)
        elif start is None or _ends_before_it_starts(record, start):
            undated.setdefault(drug.name, []).append(record)
        else:
            dated.append(record)
    rows = tuple(
        Undated(
            drug=knowledge.antidepressants[name],
            records=tuple(records),
            ongoing=any(record.status == "active" for record in records),
        )
        for name, records in sorted(undated.items())
    )
    return dated, rows, aside


def _dispensed(
    chart: PatientChart, aside: Sequence[SetAside], knowledge: Knowledge
) -> tuple[list[Dispense], list[SetAside]]:
    """Return the dispenses that tell of trials, where all were read, and those set aside."""
    if not chart.is_complete("dispenses"):
        return [], []
    near = knowledge.criteria.trial.bridge_days
    found = dispenses_set_aside(chart.dispenses, chart.medications, aside, near)
    refs = {ref for row in found for ref in row.evidence}
    kept = [d for d in chart.dispenses if not d.drug.special_use and d.evidence not in refs]
    return kept, found


def _courses(
    records: Sequence[MedicationRecord],
    dispensed: Sequence[Dispense],
    chart: PatientChart,
    as_of: Day,
    knowledge: Knowledge,
) -> list[JudgedCourse]:
    """Return the judged courses of every antidepressant. Rules: R1, R2, R9."""
    next_drug = _next_drug(records, knowledge)
    names = {r.drug.ingredient for r in records} | {d.drug.ingredient for d in dispensed}
    found = []
    for name in sorted(names):
        drug = knowledge.antidepressants.get(name)
        if drug is None or drug.counts_as != "trial":
            continue
        history = DrugHistory(
            ingredient=name,
            records=tuple(r for r in records if r.drug.ingredient == name),
            dispenses=tuple(d for d in dispensed if d.drug.ingredient == name),
            has_unplaced=name in chart.unplaced_dispenses,
        )
        for course in find_courses(history, as_of, next_drug, knowledge.criteria.trial):
            adequacy = judge_adequacy(course, drug, knowledge.criteria.trial)
            found.append(JudgedCourse(course=course, drug=drug, adequacy=adequacy))
    return found


def _next_drug(records: Iterable[MedicationRecord], knowledge: Knowledge) -> NextDrug:
    """Return the look-up of the next different antidepressant after a day. Rule: R2."""
    starts = sorted(
        (start, record.drug.ingredient)
        for record in records
        if (start := start_of(record)) is not None
        and not (is_reported(record) or record.one_time)
        and not _is_low_dose(record, knowledge)
    )

    days = [day for day, _ in starts]
    others = _next_of_another(starts)

    def look_up(ingredient: str, day: Day) -> Day | None:
        at = bisect_right(days, day)
        if at < len(starts) and starts[at][1] == ingredient:
            at = others[at]
        return days[at] if at < len(days) else None

    return look_up


def _next_of_another(starts: Sequence[tuple[Day, str]]) -> list[int]:
    """Return for each place the next place that names another drug, or the length if none does."""
    found = [len(starts)] * len(starts)
    for at in range(len(starts) - 2, -1, -1):
        is_same = starts[at][1] == starts[at + 1][1]
        found[at] = found[at + 1] if is_same else at + 1
    return found


def _is_low_dose(record: MedicationRecord, knowledge: Knowledge) -> bool:
    """Say whether a record is for need or bedtime within the low-dose ceiling. Rule: R9(c)."""
    ceiling = knowledge.antidepressants[record.drug.ingredient].low_dose_ceiling_mg
    doses = [step.high for step in record.steps]
    if ceiling is None or not (record.as_needed or record.at_bedtime):
        return False
    return bool(doses) and all(dose is not None and dose <= ceiling for dose in doses)


def _without_low_doses(
    courses: Sequence[JudgedCourse],
) -> tuple[list[JudgedCourse], list[SetAside], list[JudgedCourse]]:
    """Set whole courses aside for their low dose; the adjuncts among them last. Rule: R9(c)."""
    kept, aside, adjuncts = [], [], []
    beside = at_minimum(courses)
    for one in courses:
        low = course_set_aside(one, beside)
        if low is None:
            kept.append(one)
            continue
        aside.append(low)
        if low.reason is SetAsideReason.LOW_DOSE:
            adjuncts.append(one)
    return kept, aside, adjuncts


def _treatment_spans(courses: Iterable[Course], others: Sequence[OtherTreatment]) -> list[Span]:
    """Return the spans of treatment that count as depressive evidence. Rule: R10(c)."""
    spans = [(s.start, s.last) for course in courses for s in course.segments if s.certain]
    spans += [(t.start, t.last or t.start) for t in others if t.start is not None]
    return spans


def _possible_spans(courses: Iterable[Course]) -> list[Span]:
    """Return the spans on which a drug may have been taken, with nothing to document it."""
    return [(s.start, s.last) for course in courses for s in course.segments if not s.certain]
