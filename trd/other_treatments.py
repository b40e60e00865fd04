"""Which other treatments for depression were given?

TMS, ECT, VNS, esketamine, ketamine, zuranolone, brexanolone, psychotherapy: kind, first day,
sessions, outcome. They are never counted as antidepressant trials.

Rule: R13.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trd.chart import MedicationRecord, PatientChart, ProcedureDone
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
    """One kind of treatment: first and last day, coded sessions, outcome.

    ``start`` is None where no date is recorded; ``enough`` None where the kind has no number;
    ``fall_percent`` the fall of the score over the course, None where no pair of scores tells.
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


def find_other_treatments(
    chart: PatientChart, as_of: Day, knowledge: Knowledge
) -> tuple[OtherTreatment, ...]:
    """Return other treatments up to as-of by start and kind; each coded session counts one."""
    procedures: dict[str, list[ProcedureDone]] = {}
    for procedure in chart.procedures:
        if procedure.kind != "assessment" and (procedure.on is None or procedure.on <= as_of):
            procedures.setdefault(procedure.kind, []).append(procedure)
    drugs: dict[str, list[MedicationRecord]] = {}
    for record in chart.medications:
        name = record.drug.ingredient
        start = start_of(record)
        if _is_treatment(name, knowledge) and (start is None or start <= as_of):
            drugs.setdefault(name, []).append(record)
    handed = {d.drug.ingredient for d in chart.dispenses if d.on <= as_of}
    kinds = procedures.keys() | drugs.keys() | {k for k in handed if _is_treatment(k, knowledge)}
    found = []
    for kind in sorted(kinds):
        done, given = procedures.get(kind, []), drugs.get(kind, [])
        found.append(_treatment(kind, done, given, chart, as_of, knowledge))
    return tuple(sorted(found, key=lambda t: (t.start or 0, t.kind)))


def _is_treatment(name: str, knowledge: Knowledge) -> bool:
    drug = knowledge.antidepressants.get(name)
    if drug is not None:
        return drug.counts_as == "other-treatment"
    other = knowledge.other_drugs.get(name)
    return other is not None and "rapid-acting" in other.roles


def _treatment(
    kind: str,
    done: list[ProcedureDone],
    given: list[MedicationRecord],
    chart: PatientChart,
    as_of: Day,
    knowledge: Knowledge,
) -> OtherTreatment:
    days = [p.on for p in done if p.on is not None]
    days += [day for record in given if (day := start_of(record)) is not None]
    handed = [d for d in chart.dispenses if d.drug.ingredient == kind and d.on <= as_of]
    days += [d.on for d in handed]
    sessions = len({(p.on, p.evidence) for p in done}) or len({d.on for d in handed})
    refs = {p.evidence for p in done} | {r.evidence for r in given} | {d.evidence for d in handed}
    first, last = min(days, default=None), max(days, default=None)
    fall, scored = (None, None) if not done else _by_scores(first, last, chart, as_of, knowledge)
    words = [p.outcome for p in done if p.outcome]
    said = _outcome(words, knowledge)
    return OtherTreatment(
        kind=kind,
        start=first,
        last=last,
        sessions=sessions,
        enough=_enough(kind, sessions, knowledge.criteria.other_treatment),
        outcome=_joined(said, scored),
        by_text=bool(done) and all(p.by_text for p in done),
        evidence=tuple(sorted(refs)),
        fall_percent=fall if fall is not None else _stated_percent(words),
    )


def _joined(said: Outcome, scored: Outcome | None) -> Outcome:
    """Join the recorded outcome and the scores; where they contradict each other: unknown."""
    if scored is None or said is scored:
        return said
    return scored if said is Outcome.UNKNOWN else Outcome.UNKNOWN


def _by_scores(
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


def _enough(kind: str, sessions: int, criteria: OtherTreatmentCriteria) -> bool | None:
    least = {
        "esketamine": criteria.esketamine_sessions,
        "tms": criteria.tms_sessions,
        "ect": criteria.ect_sessions,
    }.get(kind)
    return None if least is None else sessions >= least


_PERCENT = re.compile(r"(\d{1,3})\s*(?:%|percent)")


def _stated_percent(said: Iterable[str]) -> float | None:
    """Return the benefit in percent that a recorded outcome states, None where none or several."""
    stated = {float(number) for text in said for number in _PERCENT.findall(text)}
    return stated.pop() if len(stated) == 1 else None


def _outcome(said: Sequence[str], knowledge: Knowledge) -> Outcome:
    """Return what the recorded outcomes say, unknown where nothing or different things.

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
    return heard.pop() if len(heard) == 1 else Outcome.UNKNOWN
