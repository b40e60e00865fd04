"""C1: two adequate trials without enough response; TMS evaluation among the next steps.

Rule: R15, R17. It says what the chart shows, gives options of equal standing, names what is open
and what no chart can tell. It never says that somebody is eligible.
"""

from typing import Final

from cds_hooks.cards import Card, Indicator, Occasion, Topic, card
from cds_hooks.cards_text import (
    bullets,
    first_that_fits,
    inert,
    lines,
    looked_at,
    many,
    paragraphs,
    rules,
    unread,
)
from cds_hooks.facts import (
    REVIEW_NEEDS,
    current,
    dose_words,
    is_running,
    knows_tms,
    last_symptom_score,
    length,
    trial_words,
    weak_response,
)
from trd.assess import Assessment
from trd.candidacy import Candidacy
from trd.crisis_signals import CrisisLevel
from trd.dates import iso
from trd.findings import Verdict
from trd.resistance import Resistance

READ_WHOLLY: Final = ("medications", "conditions", "scores")
"""Without a complete read of these nobody is told that two trials have failed."""

_SPOKEN: Final = frozenset({Candidacy.CANDIDATE, Candidacy.ASK})
_OPTIONS: Final = (
    "**Options to weigh:** TMS evaluation · augmentation · psychotherapy ·"
    " psychiatric consultation · another antidepressant"
)
_REASONS: Final = (
    "action-completed",
    "indication-order-exists",
    "patient-refuses",
    "prefers-alternative",
    "need-more-info",
    "patient-contraindication",
    "service-not-available",
    "too-costly-uncovered",
    "action-not-priority",
    "recipient-disagrees-evidence",
)


def next_step(assessment: Assessment, occasion: Occasion) -> Card | None:
    """Return the card, or None where R17 does not let it speak."""
    if assessment.resistance.verdict is not Resistance.MET or knows_tms(assessment):
        return None
    if assessment.crisis.level is CrisisLevel.CRITICAL:
        return None
    if not assessment.chart.is_complete(*READ_WHOLLY):
        return None
    if assessment.candidacy.verdict not in _SPOKEN:
        return None
    summary = _summary(assessment)
    return card(occasion, Topic.NEXT_STEP, Indicator.INFO, summary, _detail(assessment), _REASONS)


def _summary(assessment: Assessment) -> str:
    trials = many(assessment.resistance.confirmed, "adequate antidepressant trial")
    fact = f"{trials} with {weak_response(assessment)}"
    last = last_symptom_score(assessment.chart, assessment.as_of)
    score = f"; {last.instrument} {last.total} ({iso(last.on)})" if last is not None else ""
    step = "Consider TMS evaluation among next steps"
    if assessment.candidacy.verdict is Candidacy.ASK:
        step += "; open points inside"
    return first_that_fits(
        f"{fact} this episode{score}. {step}.",
        f"{fact}{score}. {step}.",
        f"{fact} this episode. {step}.",
        f"{fact}. {step}.",
    )


def _detail(assessment: Assessment) -> str:
    chart = assessment.chart
    start = assessment.episode.start
    is_dated = start is not None and not assessment.readings
    since = f" (episode since {iso(start)})" if start is not None and is_dated else ""
    failed = [trial_words(row) for row in assessment.trials if row.counts]
    running = [
        f"**{row.trial.ingredient}** {dose_words(row)}, still taken,"
        f" {length(row.trial.best.adequacy.days)} at the minimum dose"
        for row in current(assessment)
        if is_running(row) and not row.counts
    ]
    return paragraphs(
        lines(f"**What the chart shows**{since}", *bullets([*failed, *running])),
        _OPTIONS,
        _open_points(assessment),
        _safety(assessment),
        f"**Not checked:** {', '.join(assessment.candidacy.not_checked)}.",
        looked_at(chart, REVIEW_NEEDS, assessment.as_of),
        _rule(assessment),
    )


def _open_points(assessment: Assessment) -> str:
    """Return the findings that are not met, and drugs to be noted, as bullets."""
    points = [
        inert(finding.because)
        for finding in assessment.candidacy.findings
        if finding.verdict is not Verdict.MET
    ]
    return lines("**Open points and notes**", *bullets(points)) if points else ""


def _safety(assessment: Assessment) -> str:
    if assessment.crisis.level is CrisisLevel.WARNING:
        return "A safety signal is charted as well: see the safety card."
    if not assessment.crisis.complete:
        missing = inert(assessment.crisis.incomplete_because)
        return f"The safety check is incomplete: {missing}."
    responses = unread(assessment.chart, ("responses",))
    return f"Safety was checked without {responses[0]}." if responses else ""


def _rule(assessment: Assessment) -> str:
    criteria = assessment.knowledge.criteria
    drugs, days = criteria.resistance.failures, criteria.trial.adequate_days
    fall = criteria.outcome.response_fall_percent
    return (
        f"Counted: {drugs} or more drugs, each {days} days at the minimum dose, PHQ-9 fall below"
        f" {fall} % or charted as without effect. {rules(assessment.knowledge)}"
    )
