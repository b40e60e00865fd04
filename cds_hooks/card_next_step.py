"""C1: two adequate trials without enough response; TMS evaluation among the next steps.

Rule: R15, R17. It says what the chart shows, gives options of equal standing, names what is open
and what no chart can tell. It never says that somebody is eligible.
"""

from typing import Final

from cds_hooks.advice import KeptBack, Said, digest, made
from cds_hooks.cards import Indicator, Message, Occasion, Topic
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
    history_facts,
    is_running,
    knows_tms,
    last_symptom_score,
    length,
    trial_words,
    weak_response,
)
from cds_hooks.suggestions import psychiatry_referral, tms_referral
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


def next_step(assessment: Assessment, occasion: Occasion) -> Said:
    """Return the card, or why R17 does not let it speak."""
    reason = _reason_to_keep_back(assessment)
    if reason:
        return KeptBack(topic=Topic.NEXT_STEP, reason=reason)
    message = Message(
        topic=Topic.NEXT_STEP,
        indicator=Indicator.INFO,
        summary=_summary(assessment),
        detail=_detail(assessment),
        reasons=_REASONS,
        facts=digest(*history_facts(assessment)),
        suggestions=(
            tms_referral(assessment, occasion),
            psychiatry_referral(assessment, occasion),
        ),
    )
    return made(message, occasion)


def _reason_to_keep_back(assessment: Assessment) -> str:
    if assessment.resistance.verdict is not Resistance.MET:
        return f"resistance-{assessment.resistance.verdict.value}"
    why = why_no_tms(assessment)
    if why:
        return why
    return "" if assessment.chart.is_complete(*READ_WHOLLY) else "not-all-read"


def why_no_tms(assessment: Assessment) -> str:
    """Say why TMS is no option to name now, "" where it is one. Rules: R15, R17."""
    if knows_tms(assessment):
        return "tms-known"
    if assessment.crisis.level is CrisisLevel.CRITICAL:
        return "critical-signal"
    return "" if assessment.candidacy.verdict in _SPOKEN else "not-now"


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
        open_points(assessment),
        safety_note(assessment),
        not_checked(assessment),
        looked_at(chart, REVIEW_NEEDS, assessment.as_of),
        counted_as(assessment),
    )


def open_points(assessment: Assessment) -> str:
    """Return the findings that are not met, and drugs to be noted, as bullets."""
    points = [
        inert(finding.because)
        for finding in assessment.candidacy.findings
        if finding.verdict is not Verdict.MET
    ]
    return lines("**Open points and notes**", *bullets(points)) if points else ""


def safety_note(assessment: Assessment) -> str:
    """Say what stands of safety beside another card."""
    if assessment.crisis.level is CrisisLevel.CRITICAL:
        return "A critical safety signal is charted: see the safety card."
    if assessment.crisis.level is CrisisLevel.WARNING:
        return "A safety signal is charted as well: see the safety card."
    if not assessment.crisis.complete:
        missing = inert(assessment.crisis.incomplete_because)
        return f"The safety check is incomplete: {missing}."
    responses = unread(assessment.chart, ("responses",))
    return f"Safety was checked without {responses[0]}." if responses else ""


def not_checked(assessment: Assessment) -> str:
    """Say what no chart can tell of somebody for whom TMS is an option."""
    return f"**Not checked:** {', '.join(assessment.candidacy.not_checked)}."


def counted_as(assessment: Assessment) -> str:
    """Say by which rule trials were counted."""
    criteria = assessment.knowledge.criteria
    drugs, days = criteria.resistance.failures, criteria.trial.adequate_days
    fall = criteria.outcome.response_fall_percent
    return (
        f"Counted: {drugs} or more drugs, each {days} days at the minimum dose, PHQ-9 fall below"
        f" {fall} % or charted as without effect. {rules(assessment.knowledge)}"
    )
