"""Does the record hold a sign that somebody must look at the patient's safety now?

``find_crisis`` knows the chart and the knowledge, nothing of trials or of resistance. It says what
is charted and when, what was looked for and not found, and where the record does not tell. It
grades no risk and predicts nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from trd.chart import PatientChart, ReadStatus, ScaleScore
from trd.crisis_answers import answer_sightings
from trd.crisis_diagnoses import diagnosis_sightings, visit_sightings
from trd.crisis_scores import (
    ITEM9,
    has_item9,
    item9_implied,
    item9_rises,
    points_at_least,
    rise_words,
    score_sightings,
)
from trd.crisis_screens import eased, easing_screens
from trd.crisis_signals import CrisisLevel, CrisisSignal, is_within, signals_of
from trd.dates import Day, iso, years_between
from trd.knowledge import Knowledge
from trd.knowledge.criteria import CrisisCriteria

__all__ = ["Crisis", "CrisisLevel", "CrisisSignal", "find_crisis"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crisis:
    """What the record says about safety.

    ``signals`` are sorted: gravest first, then newest. ``looked_for`` says what was looked for and
    not found, with windows and with what was not read. ``incomplete_because`` is "" where the
    record allows to say that nothing was found; ``boxed_warning`` "" where it does not apply.
    """

    level: CrisisLevel
    complete: bool
    signals: tuple[CrisisSignal, ...]
    looked_for: tuple[str, ...]
    incomplete_because: str
    boxed_warning: str


def find_crisis(chart: PatientChart, knowledge: Knowledge, as_of: Day) -> Crisis:
    """Return every signal of the chart, the level they give, and what could not be told.

    Rule: R16.
    """
    criteria = knowledge.criteria.crisis
    screens = easing_screens(chart.answers, as_of)
    sightings = (
        *score_sightings(chart.scores, criteria),
        *answer_sightings(chart, knowledge),
        *diagnosis_sightings(chart, knowledge, as_of),
        *visit_sightings(chart, knowledge),
    )
    signals = signals_of(
        (eased(sighting, screens, criteria.eased_warning_days) for sighting in sightings), as_of
    )
    unread_item9 = _unread_item9(chart, criteria, as_of)
    gaps = (*_unread_needs(chart), *unread_item9)
    return Crisis(
        level=_level(signals, is_complete=not gaps),
        complete=not gaps,
        signals=signals,
        looked_for=(
            *_looked_for(chart, signals, unread_item9, criteria),
            *_age_not_known(chart),
        ),
        incomplete_because="; ".join(gaps),
        boxed_warning=_boxed_warning(chart, knowledge, as_of),
    )


def _level(signals: tuple[CrisisSignal, ...], *, is_complete: bool) -> CrisisLevel:
    """Return the gravest level; an information line is no level, and silence needs a full read.

    Rule: R16.
    """
    levels = {signal.level for signal in signals}
    for level in (CrisisLevel.CRITICAL, CrisisLevel.WARNING):
        if level in levels:
            return level
    return CrisisLevel.NONE if is_complete else CrisisLevel.INCOMPLETE


_NEED_NAMES: Final[Mapping[str, str]] = {
    "conditions": "conditions",
    "scores": "scores",
    "responses": "questionnaire responses",
    "encounters": "encounters",
}
_STATUS_WORDS: Final[Mapping[ReadStatus, str]] = {
    ReadStatus.PARTIAL: "read in part",
    ReadStatus.FAILED: "could not be read",
    ReadStatus.NOT_ASKED: "not asked for",
}


def _not_read(chart: PatientChart, needs: tuple[str, ...]) -> tuple[str, ...]:
    """Write each of these needs that was not read completely, and how it was read."""
    return tuple(
        f"{_NEED_NAMES[need]} {_STATUS_WORDS[status]}"
        for need in needs
        if (status := chart.read_status(need)) is not ReadStatus.COMPLETE
    )


def _unread_needs(chart: PatientChart) -> tuple[str, ...]:
    """Write what of conditions, scores and responses is missing for a complete search.

    Responses that were not asked for leave it complete; ``looked_for`` then says so.

    Rule: R16.
    """
    were_asked = chart.read_status("responses") is not ReadStatus.NOT_ASKED
    return _not_read(chart, ("conditions", "scores", *(("responses",) if were_asked else ())))


def _unread_item9(chart: PatientChart, criteria: CrisisCriteria, as_of: Day) -> tuple[str, ...]:
    """Write that the last PHQ-9 or PHQ-A is high enough and its item 9 is not to be read.

    A total that implies item 9 is a signal of its own, not a gap.

    Rule: R16.
    """
    recent = [
        score
        for score in chart.scores
        if has_item9(score) and is_within(as_of - score.on, criteria.unread_item9_days)
    ]
    last_moment = max(((score.on, score.at) for score in recent), default=None)
    last = [score for score in recent if (score.on, score.at) == last_moment]
    if any(_tells_item9(score, criteria) for score in last):
        return ()
    high = [score for score in last if points_at_least(score) >= criteria.unread_item9_from_score]
    said = {
        f"the last {score.instrument} ({iso(score.on)}, {points_at_least(score)} points)"
        " has no readable item 9"
        for score in high
    }
    return tuple(sorted(said))


def _tells_item9(score: ScaleScore, criteria: CrisisCriteria) -> bool:
    return ITEM9 in score.items or item9_implied(score, criteria) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """One thing that is looked for: the kinds that would show it, where, and how it is said."""

    kinds: frozenset[str]
    needs: tuple[str, ...]
    words: str
    is_item9: bool = False


_ANSWERED: Final = ("scores", "responses")


def _looked_for(
    chart: PatientChart,
    signals: tuple[CrisisSignal, ...],
    unread_item9: tuple[str, ...],
    criteria: CrisisCriteria,
) -> tuple[str, ...]:
    """Write what was looked for and not found, each with what of its sources was not read.

    Rule: R16.
    """
    found = {signal.kind for signal in signals if signal.level is not CrisisLevel.INFORMATION}
    phrases = []
    for search in _searches(criteria):
        if found.isdisjoint(search.kinds):
            gaps = (*_not_read(chart, search.needs), *(unread_item9 if search.is_item9 else ()))
            phrases.append(f"{search.words} ({', '.join(gaps)})" if gaps else search.words)
    return tuple(phrases)


@lru_cache(maxsize=8)
def _searches(criteria: CrisisCriteria) -> tuple[_Search, ...]:
    """Return all that is looked for; the words depend on nothing but the criteria."""
    return (
        *_searches_of_answers(criteria),
        *_searches_of_diagnoses(criteria),
        *_searches_of_lesser_codes(criteria),
    )


def _searches_of_answers(criteria: CrisisCriteria) -> tuple[_Search, ...]:
    fades, screen = criteria.critical_fades_days, criteria.screen_warning_days
    return (
        _Search(
            kinds=frozenset({"phq9-item9", "phq9-item9-rise"}),
            needs=_ANSWERED,
            words=f"PHQ-9 or PHQ-A item 9 of {criteria.item9_critical_from} or more in the past"
            f" {fades} days, of 1 in the past {criteria.item9_warning_days} days",
            is_item9=True,
        ),
        _Search(
            kinds=frozenset(
                {
                    "cssrs-q4",
                    "cssrs-q5",
                    "cssrs-most-severe",
                    "cssrs-ideation",
                    "risk-level",
                    "asq-now",
                    "asq-positive",
                    "screen-positive",
                    "epds-item10",
                    "assessment-unread",
                }
            ),
            needs=_ANSWERED,
            words=f"C-SSRS Q4 or Q5, ASQ thoughts now or a risk level stored as high in the past"
            f" {fades} days, C-SSRS Q1 to Q3, another ASQ yes or EPDS item 10 in the past"
            f" {screen} days",
        ),
        _Search(
            kinds=frozenset({"severe-with-difficulty"}),
            needs=_ANSWERED,
            words=f"PHQ-9 of {criteria.severe_score} or more with functioning extremely difficult"
            f" in the past {criteria.self_neglect_warning_days} days",
        ),
    )


def _searches_of_diagnoses(criteria: CrisisCriteria) -> tuple[_Search, ...]:
    return (
        _Search(
            kinds=frozenset(
                {"suicidal-behaviour", "self-harm", "cssrs-behaviour", "cssrs-behaviour-undated"}
            ),
            needs=("conditions", *_ANSWERED),
            words="suicidal behaviour, attempt or self-harm in the past"
            f" {criteria.behaviour_critical_days} days",
        ),
        _Search(
            kinds=frozenset({"suicidal-ideation", "homicidal-ideation"}),
            needs=("conditions",),
            words="suicidal or homicidal ideation as a diagnosis in the past"
            f" {criteria.critical_fades_days} days",
        ),
        _Search(
            kinds=frozenset({"psychosis", "mania", "catatonia", "psychotic-depression"}),
            needs=("conditions",),
            words="psychosis, mania, catatonia or psychotic depression first recorded in the past"
            f" {criteria.new_psychosis_days} days",
        ),
        _Search(
            kinds=frozenset({"postpartum-psychosis"}),
            needs=("conditions",),
            words=f"postpartum psychosis in the past {criteria.postpartum_psychosis_days} days",
        ),
    )


def _searches_of_lesser_codes(criteria: CrisisCriteria) -> tuple[_Search, ...]:
    return (
        _Search(
            kinds=frozenset({"psychiatric-discharge", "emergency-self-harm", "visit-self-harm"}),
            needs=("encounters",),
            words="psychiatric discharge, or visit for self-harm, in the past"
            f" {criteria.discharge_warning_days} days",
        ),
        _Search(
            kinds=frozenset({"self-neglect"}),
            needs=("conditions",),
            words=f"self-neglect in the past {criteria.self_neglect_warning_days} days",
        ),
        _Search(
            kinds=frozenset({"undetermined-poisoning", "hallucination"}),
            needs=("conditions",),
            words="poisoning of undetermined intent or hallucinations in the past"
            f" {criteria.uncertain_intent_warning_days} days",
        ),
    )


def _age_not_known(chart: PatientChart) -> tuple[str, ...]:
    if chart.patient.born is not None:
        return ()
    return ("the boxed warning for young age (birth date not known)",)


def _boxed_warning(chart: PatientChart, knowledge: Knowledge, as_of: Day) -> str:
    """Name the boxed warning of a young patient whose item 9 rises after a start or change.

    Any record of an antidepressant written or started in the window counts as a start or dose
    change, and any rise between neighbouring scores whose later one lies in the window.

    Rule: R16.
    """
    criteria = knowledge.criteria.crisis
    born = chart.patient.born
    if born is None or not is_within(years_between(born, as_of), criteria.boxed_warning_years):
        return ""
    rises = [
        (later.on, rise_words(earlier, later))
        for earlier, later in item9_rises(chart.scores)
        if is_within(as_of - later.on, criteria.boxed_warning_days)
    ]
    starts = _recent_starts(chart, knowledge, as_of)
    if not rises or not starts:
        return ""
    day, ingredient, evidence = max(starts)
    return (
        f"Age {years_between(born, as_of)}; {ingredient} started or changed on {iso(day)}"
        f" ({evidence}); {max(rises)[1]}: the boxed warning of antidepressants on suicidal"
        f" thoughts and behaviour names ages up to {criteria.boxed_warning_years}"
    )


def _recent_starts(
    chart: PatientChart, knowledge: Knowledge, as_of: Day
) -> list[tuple[Day, str, str]]:
    days_by_record = (
        (record, (record.start, record.authored, *(step.start for step in record.steps)))
        for record in chart.medications
        if record.drug.ingredient in knowledge.antidepressants
    )
    return [
        (day, record.drug.ingredient, record.evidence)
        for record, days in days_by_record
        for day in days
        if day is not None and is_within(as_of - day, knowledge.criteria.crisis.boxed_warning_days)
    ]
