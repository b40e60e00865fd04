"""Which other treatments for depression were given?

TMS, ECT, VNS, esketamine, ketamine, zuranolone, brexanolone, psychotherapy: kind, first day,
sessions, outcome, one row a course. They are never counted as antidepressant trials.

Rule: R13.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trd.chart import Dispense, MedicationRecord, PatientChart, ProcedureDone, StopReason
from trd.dates import Day
from trd.doubtful_scores import total_of
from trd.exposures import start_of
from trd.knowledge import Knowledge
from trd.knowledge.criteria import OtherTreatmentCriteria
from trd.outcome import Outcome, by_score, fall_percent, find_baseline, usable
from trd.read.words import meanings

BENEFIT_WORDS = {
    "remission": Outcome.REMISSION,
    "response": Outcome.RESPONSE,
    "no-effect": Outcome.INEFFICACY,
    "side-effect": Outcome.INTOLERANCE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTreatment:
    """One course of one kind of treatment: first and last day, coded sessions, outcome.

    ``start`` is None where no date is recorded; ``sessions`` leaves out records that stand for a
    whole course; ``enough`` None where the kind has no number or the sessions cannot be counted;
    ``fall_percent`` the fall of the score over the course, None where no pair of scores tells.
    ``certain``: one record at least is coded and says that it took place. ``bilateral`` counts the
    sessions of ECT known to be so, ``side_open`` those whose side is not stated. ``latest`` is the
    latest day the start may be where partial dates leave it open.
    """

    kind: str
    start: Day | None
    last: Day | None
    sessions: int
    enough: bool | None
    outcome: Outcome
    by_text: bool
    evidence: tuple[str, ...]
    fall_percent: float | None = None
    certain: bool = True
    bilateral: int = 0
    side_open: int = 0
    latest: Day | None = None


Given = ProcedureDone | MedicationRecord | Dispense
"""A record of a treatment: a procedure, an order or statement, a hand-over."""


def find_other_treatments(
    chart: PatientChart, as_of: Day, knowledge: Knowledge
) -> tuple[OtherTreatment, ...]:
    """Return the courses of other treatments up to as-of by start and kind.

    Each coded session counts one; a silence as long as the one between two episodes (R10) begins
    another course.
    """
    found = [
        _treatment(kind, course, chart, as_of, knowledge)
        for kind, given in sorted(_by_kind(chart, as_of, knowledge).items())
        for course in _courses(given, knowledge.criteria.episode.silence_days)
    ]
    return tuple(sorted(found, key=lambda t: (t.start or 0, t.kind, t.evidence)))


def treatment_kind(row: Given, knowledge: Knowledge) -> str:
    """Return the kind of other treatment a record is of, "" if it is of none. Rule: R13."""
    if isinstance(row, ProcedureDone):
        return "" if row.kind == "assessment" else row.kind
    name = row.drug.ingredient
    return name if _is_treatment(name, knowledge) else ""


def day_of(row: Given) -> Day | None:
    """Return the first day of a record, None where no date is recorded."""
    return start_of(row) if isinstance(row, MedicationRecord) else row.on


def _by_kind(chart: PatientChart, as_of: Day, knowledge: Knowledge) -> dict[str, list[Given]]:
    """Return the records of each kind that are not dated after as-of."""
    found: dict[str, list[Given]] = {}
    given: tuple[Given, ...] = (*chart.procedures, *chart.medications, *chart.dispenses)
    for row in given:
        kind, day = treatment_kind(row, knowledge), day_of(row)
        if kind and (day is None or day <= as_of):
            found.setdefault(kind, []).append(row)
    return found


def _courses(given: Sequence[Given], silence: int) -> list[list[Given]]:
    """Group records of one kind; those without a date join the only course there is."""
    dated = sorted(
        ((day, row) for row in given if (day := day_of(row)) is not None),
        key=lambda pair: (pair[0], pair[1].evidence),
    )
    undated = [row for row in given if day_of(row) is None]
    courses: list[list[Given]] = []
    reach = 0
    for day, row in dated:
        if not courses or day - reach > silence:
            courses.append([])
        courses[-1].append(row)
        reach = max(reach, _last_of(row) or day)
    if undated and len(courses) == 1:
        courses[0] += undated
    elif undated:
        courses.append(undated)
    return courses


def _last_of(row: Given) -> Day | None:
    """Return the last day of a record, None where only its first is known."""
    if isinstance(row, ProcedureDone):
        return row.until
    return row.end if isinstance(row, MedicationRecord) else None


def _is_treatment(name: str, knowledge: Knowledge) -> bool:
    drug = knowledge.antidepressants.get(name)
    if drug is not None:
        return drug.counts_as == "other-treatment"
    other = knowledge.other_drugs.get(name)
    return other is not None and "rapid-acting" in other.roles


def _treatment(
    kind: str, given: Sequence[Given], chart: PatientChart, as_of: Day, knowledge: Knowledge
) -> OtherTreatment:
    done = [row for row in given if isinstance(row, ProcedureDone)]
    handed = {row.on for row in given if isinstance(row, Dispense)}
    days = [day for row in given if (day := day_of(row)) is not None]
    ends = [min(day, as_of) for row in given if (day := _last_of(row)) is not None]
    first, last = min(days, default=None), max(days + ends, default=None)
    single = [p for p in done if not p.is_course]
    sessions = max(len({(p.on, p.evidence) for p in single}), len(handed))
    scored = (
        (None, None) if not done and not handed else _scores(first, last, chart, as_of, knowledge)
    )
    words = [p.outcome for p in done if p.outcome]
    reasons = {r for row in given if isinstance(row, MedicationRecord) for r in row.stop_reasons}
    stated = _stated_percent(words)
    return OtherTreatment(
        kind=kind,
        start=first,
        last=last,
        sessions=sessions,
        enough=_enough(kind, sessions, done, knowledge.criteria.other_treatment),
        outcome=_joined(_outcome(words, reasons, knowledge), scored[1]),
        by_text=bool(done) and all(p.by_text for p in done),
        evidence=tuple(sorted({row.evidence for row in given})),
        fall_percent=scored[0] if scored[0] is not None else stated,
        certain=len(done) < len(given) or any(not (p.by_text or p.unconfirmed) for p in done),
        bilateral=sum(p.side == "bilateral" for p in single),
        side_open=sum(not p.side for p in single),
    )


def _joined(said: Outcome, scored: Outcome | None) -> Outcome:
    """Join the recorded outcome and the scores; where they contradict each other: unknown."""
    if scored is None or said is scored:
        return said
    return scored if said is Outcome.UNKNOWN else Outcome.UNKNOWN


def _scores(
    first: Day | None, last: Day | None, chart: PatientChart, as_of: Day, knowledge: Knowledge
) -> tuple[float | None, Outcome | None]:
    """Return fall and outcome from scores around a course, with the windows of R4 and R5."""
    criteria = knowledge.criteria.outcome
    if first is None or last is None or first == last:
        return None, None
    scores = usable(chart.scores, "PHQ-9", as_of)
    baseline = find_baseline(scores, first, criteria)
    until = last + criteria.baseline_before_days
    after = [s for s in scores if last <= s.on <= until and s is not baseline]
    if baseline is None or not after or total_of(baseline) < criteria.baseline_minimum_score:
        return None, None
    before, end = total_of(baseline), total_of(after[-1])
    return fall_percent(before, end), by_score(before, end, criteria)


def _enough(
    kind: str, sessions: int, done: Sequence[ProcedureDone], criteria: OtherTreatmentCriteria
) -> bool | None:
    """Say whether the sessions are enough, None where that cannot be told. Rule: R13."""
    least = {
        "esketamine": criteria.esketamine_sessions,
        "tms": criteria.tms_sessions,
        "ect": criteria.ect_sessions,
    }.get(kind)
    if least is None or (sessions < least and any(p.is_course for p in done)):
        return None
    return sessions >= least


_PERCENT = re.compile(r"(\d{1,3})\s*(?:%|percent)")


def _stated_percent(said: Iterable[str]) -> float | None:
    """Return the benefit in percent that a recorded outcome states, None where none or several."""
    stated = {float(number) for text in said for number in _PERCENT.findall(text)}
    return stated.pop() if len(stated) == 1 else None


def _outcome(said: Sequence[str], reasons: Iterable[StopReason], knowledge: Knowledge) -> Outcome:
    """Return what recorded outcomes and reasons for stopping say; unknown where they differ.

    A stated percentage goes before words: "improved 40 %" is less than a response.
    """
    percent = _stated_percent(said)
    if percent is not None:
        is_response = percent >= knowledge.criteria.outcome.response_fall_percent
        return Outcome.RESPONSE if is_response else Outcome.INEFFICACY
    phrases = knowledge.phrases
    heard = {
        BENEFIT_WORDS[name]
        for text in said
        for name in meanings(text, phrases.stop_reasons, phrases.negations)
        if name in BENEFIT_WORDS
    }
    heard |= {BENEFIT_WORDS[reason] for reason in reasons if reason in BENEFIT_WORDS}
    return heard.pop() if len(heard) == 1 else Outcome.UNKNOWN
