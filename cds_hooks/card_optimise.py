"""C2: the current trial could be optimised before it counts as failed.

Rule: R17. At least 28 days at dose with a fall below 20 % or no score; below the minimum dose for
as long with symptoms; or no adequate trial and two inadequate ones. Never in the first 28 days. A
score that was not read is not "no score".
"""

from collections.abc import Sequence
from typing import Final

from cds_hooks.advice import KeptBack, Said, digest, made
from cds_hooks.cards import Indicator, Message, Occasion, Topic, at_ordering
from cds_hooks.cards_text import (
    bullets,
    first_that_fits,
    joined,
    lines,
    looked_at,
    milligrams,
    paragraphs,
    rules,
)
from cds_hooks.drafts import DraftDrug, draft_names
from cds_hooks.facts import (
    REVIEW_NEEDS,
    Trend,
    current,
    dose_words,
    history_facts,
    is_depressive_chart,
    is_running,
    length,
    readings_of,
    score_facts,
    scores_are_read,
    trend_of,
    trial_facts,
)
from cds_hooks.suggestions import phq9
from trd.assess import Assessment
from trd.chart import PatientChart
from trd.doubtful_scores import dated, total_of
from trd.drafted import DraftFinding
from trd.findings import Verdict
from trd.outcome import Outcome
from trd.readings import day_in_all
from trd.resistance import Counted

_REASONS: Final = (
    "likely-negative-health-outcomes",
    "patient-refuses",
    "risk-benefit-ratio",
    "need-more-info",
    "recipient-disagrees-evidence",
)
_SETTLED: Final = frozenset({Outcome.REMISSION, Outcome.RESPONSE, Outcome.INTOLERANCE})
_BEFORE: Final = "Dose or duration may be optimised before this counts as a failed trial."
_SWITCH: Final = (
    "Another antidepressant is drafted; dose or duration may be optimised before this counts as"
    " failed."
)
_IN_PART: Final = "Medication orders read in part: "
_AFTER: Final = "Dose, augmentation or a switch may be considered."
_OPTIONS: Final = (
    "**Options to weigh:** dose within the label range · more time at that dose · adherence and"
    " interactions · psychotherapy · switch or augmentation. If it was not tolerated, say so in the"
    " chart: then it is an intolerance, not a failed trial."
)


def optimise(assessment: Assessment, occasion: Occasion) -> Said:
    """Return the card, or why R17 does not let it speak under every reading of dates."""
    if not is_depressive_chart(assessment):
        return KeptBack(topic=Topic.OPTIMISE, reason="no-current-episode")
    found = [_running_to_optimise(one) for one in readings_of(assessment)]
    if all(row is not None for row in found) and found[0] is not None:
        row = found[0]
        trend = trend_of(row, readings_of(assessment)[0])
        summary, bullet_facts = _of_one(row, trend, assessment)
        rests_on: list[object] = [trial_facts(row), score_facts(trend.last)]
    elif all(_never_adequate(one) for one in readings_of(assessment)):
        summary, bullet_facts = _of_all(assessment)
        rests_on = history_facts(assessment)
    else:
        return KeptBack(topic=Topic.OPTIMISE, reason="nothing-to-optimise")
    message = Message(
        topic=Topic.OPTIMISE,
        indicator=Indicator.INFO,
        summary=summary,
        detail=_detail(bullet_facts, assessment),
        reasons=_REASONS,
        facts=digest(*rests_on),
        suggestions=(phq9(assessment.chart, occasion, later=True),),
    )
    return made(message, occasion)


def optimise_before_switch(
    assessment: Assessment, drafted: Sequence[tuple[DraftDrug, DraftFinding]], occasion: Occasion
) -> Said:
    """Return the card where a switch is drafted from a trial that was not adequate yet.

    ``drafted`` are drafts that would be a next trial, with what runs beside them.
    """
    rows = [
        row for _, draft in drafted for row in draft.beside if _switched_too_soon(row, assessment)
    ]
    if not is_depressive_chart(assessment) or not rows:
        return KeptBack(topic=Topic.OPTIMISE, reason="no-switch-too-soon")
    row = rows[0]
    trend = trend_of(row, readings_of(assessment)[0])
    summary, bullet_facts = _of_one(row, trend, assessment, _SWITCH)
    drugs = joined([f"**{one.record.drug.ingredient}**" for one, _ in drafted])
    no_end = f"Drafted: {drugs}; no draft says that {row.trial.ingredient} ends"
    message = Message(
        topic=Topic.OPTIMISE,
        indicator=at_ordering(occasion),
        summary=summary,
        detail=_detail([*bullet_facts, no_end], assessment),
        reasons=_REASONS,
        facts=digest(trial_facts(row), score_facts(trend.last)),
        suggestions=(phq9(assessment.chart, occasion, later=True),),
        draft=draft_names(one.name for one, _ in drafted),
    )
    return made(message, occasion)


def _switched_too_soon(row: Counted, assessment: Assessment) -> bool:
    """Say whether a running trial of this episode is inadequate, but no longer young. Rule: R17."""
    is_inadequate = row.trial.best.adequacy.verdict is Verdict.NOT_MET
    if not (is_inadequate and row.trial.in_current_episode and is_running(row)):
        return False
    starts = day_in_all(readings_of(assessment), row, lambda one: one.trial.best.course.start)
    youngest = assessment.as_of - assessment.knowledge.criteria.cards.optimise_from_days
    return starts is not None and starts[1] <= youngest


def _detail(bullet_facts: Sequence[str], assessment: Assessment) -> str:
    return paragraphs(
        lines("**What the chart shows**", *bullets(bullet_facts)),
        _OPTIONS,
        looked_at(assessment.chart, REVIEW_NEEDS, assessment.as_of),
        rules(assessment.knowledge),
    )


def _running_to_optimise(assessment: Assessment) -> Counted | None:
    """Return the running trial of the current episode that could be optimised, or None."""
    rows = [row for row in current(assessment) if is_running(row)]
    return next((row for row in rows if _could_do_more(row, assessment)), None)


def _could_do_more(row: Counted, assessment: Assessment) -> bool:
    criteria = assessment.knowledge.criteria
    best = row.trial.best
    trend = trend_of(row, assessment)
    symptomatic = (
        trend.last is not None and total_of(trend.last) >= criteria.outcome.symptomatic_from_score
    )
    if best.adequacy.days >= criteria.cards.optimise_from_days:
        if trend.fall is not None:
            return trend.fall < criteria.cards.optimise_fall_percent
        return symptomatic or (trend.last is None and scores_are_read(assessment.chart))
    days = assessment.as_of - best.course.start
    below = best.adequacy.dose.verdict is Verdict.NOT_MET
    return below and symptomatic and days >= criteria.cards.optimise_from_days


def _never_adequate(assessment: Assessment) -> bool:
    """Say whether every trial of the episode was inadequate, and there are enough of them."""
    criteria = assessment.knowledge.criteria.cards
    rows = current(assessment)
    if not assessment.chart.is_complete("medications"):
        return False
    if any(row.trial.best.adequacy.verdict is not Verdict.NOT_MET for row in rows):
        return False
    if any(_is_young(row, assessment) for row in rows):
        return False
    tried = [row for row in rows if row.trial.best.outcome.outcome not in _SETTLED]
    return len(tried) >= criteria.inadequate_trials


def _is_young(row: Counted, assessment: Assessment) -> bool:
    course = row.trial.best.course
    days = assessment.as_of - course.start
    return course.ongoing and days < assessment.knowledge.criteria.cards.optimise_from_days


def _of_one(
    row: Counted, trend: Trend, assessment: Assessment, at_switch: str = ""
) -> tuple[str, list[str]]:
    name, adequacy = row.trial.ingredient, row.trial.best.adequacy
    at_dose = length(adequacy.days)
    score = _change(trend, assessment.chart)
    step = at_switch or (_AFTER if row.counts else _BEFORE)
    read = "" if assessment.chart.is_complete("medications") else _IN_PART
    summary = first_that_fits(
        f"{read}{name} {dose_words(row)}, {at_dose} at minimum dose; {score}. {step}",
        f"{read}{name} {dose_words(row)}; {score}. {step}",
        f"{read}{name}: {score}. {step}",
        f"{read}{name}: {step}",
        f"{read}{step}",
    )
    minimum = "not on file" if adequacy.minimum_mg is None else _a_day(adequacy.minimum_mg)
    wanted = assessment.knowledge.criteria.trial.adequate_days
    facts = [
        f"**{name}**: highest charted dose {dose_words(row)}; minimum used by the rule {minimum}",
        f"{adequacy.days} days at or above the minimum; {wanted} are needed",
        _scores(trend),
    ]
    return summary, facts


def _a_day(dose: float) -> str:
    return f"{milligrams(dose)}/day"


def _change(trend: Trend, chart: PatientChart) -> str:
    if trend.last is None:
        return "no PHQ-9 since it began" if scores_are_read(chart) else "scores not fully read"
    if trend.baseline is None:
        return f"{trend.last.instrument} {trend.last.total}"
    return f"{trend.last.instrument} {trend.baseline.total} to {trend.last.total}"


def _scores(trend: Trend) -> str:
    if trend.last is None:
        return "No PHQ-9 since it began in what was read"
    if trend.baseline is None or trend.fall is None:
        return f"{dated(trend.last)}; no score before it began in what was read"
    change = f"fell {trend.fall:.0f} %" if trend.fall >= 0 else "rose"
    return f"{dated(trend.baseline)}, {dated(trend.last)}: {change}"


def _of_all(assessment: Assessment) -> tuple[str, list[str]]:
    rows = current(assessment)
    wanted = assessment.knowledge.criteria.trial.adequate_days
    first_step = "Consider dose and duration before they count as failed trials"
    summary = first_that_fits(
        f"{len(rows)} antidepressants tried this episode, none at the minimum dose for"
        f" {wanted} days. {first_step}.",
        f"No adequate antidepressant trial this episode. {first_step}.",
    )
    facts = [
        f"**{row.trial.ingredient}**: {dose_words(row)}, {length(row.trial.best.adequacy.days)} at"
        f" or above the minimum ({_minimum(row)}); {_ended(row)}"
        for row in rows
    ]
    return summary, facts


def _minimum(row: Counted) -> str:
    minimum = row.trial.best.adequacy.minimum_mg
    return "not on file" if minimum is None else _a_day(minimum)


def _ended(row: Counted) -> str:
    """Write how it ended; one that was not adequate is not a failed trial."""
    if row.trial.best.outcome.outcome is Outcome.INEFFICACY:
        return "no benefit, trial not adequate"
    return "still taken" if row.trial.best.course.ongoing else "trial not adequate"
