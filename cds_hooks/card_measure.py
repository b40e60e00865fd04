"""C6: an antidepressant runs and no PHQ-9 says whether it works.

Rule: R17. Only where no other card speaks.
"""

from typing import Final

from cds_hooks.advice import KeptBack, Said, digest, made
from cds_hooks.cards import Indicator, Message, Occasion, Topic
from cds_hooks.cards_text import (
    bullets,
    first_that_fits,
    lines,
    looked_at,
    many,
    paragraphs,
    rules,
)
from cds_hooks.facts import (
    REVIEW_NEEDS,
    dose_words,
    is_depressive_chart,
    last_symptom_score,
    readings_of,
    score_facts,
    scores_are_read,
)
from cds_hooks.suggestions import phq9
from trd.assess import Assessment
from trd.dates import iso
from trd.doubtful_scores import dated
from trd.resistance import Counted

_REASONS: Final = ("limited-time", "patient-refuses", "action-completed", "not-convenient-feasible")


def measure_due(assessment: Assessment, occasion: Occasion) -> Said:
    """Return the card, or why not: measured recently, nothing runs long enough, scores unread."""
    chart = assessment.chart
    if not scores_are_read(chart):
        return KeptBack(topic=Topic.MEASURE, reason="scores-not-read")
    if not is_depressive_chart(assessment):
        return KeptBack(topic=Topic.MEASURE, reason="no-current-episode")
    rows = [_measured_too_long_ago(one) for one in readings_of(assessment)]
    if any(row is None for row in rows) or rows[0] is None:
        return KeptBack(topic=Topic.MEASURE, reason="not-due")
    row = rows[0]
    detail = paragraphs(
        lines("**What the chart shows**", *bullets(_facts(row, assessment))),
        "**Options to weigh:** PHQ-9 at this visit · before the next one · by portal",
        looked_at(chart, REVIEW_NEEDS, assessment.as_of),
        rules(assessment.knowledge),
    )
    last = last_symptom_score(chart, assessment.as_of)
    message = Message(
        topic=Topic.MEASURE,
        indicator=Indicator.INFO,
        summary=_summary(row, assessment),
        detail=detail,
        reasons=_REASONS,
        facts=digest(row.trial.ingredient, list(row.trial.evidence), score_facts(last)),
        suggestions=(phq9(chart, occasion),),
    )
    return made(message, occasion)


def _measured_too_long_ago(assessment: Assessment) -> Counted | None:
    """Return the longest running antidepressant where a PHQ-9 is due, or None."""
    criteria = assessment.knowledge.criteria.cards
    last = last_symptom_score(assessment.chart, assessment.as_of)
    if last is not None and assessment.as_of - last.on <= criteria.measure_due_after_days:
        return None
    rows = [
        row
        for row in assessment.trials
        if row.trial.best.course.ongoing
        and assessment.as_of - row.trial.best.course.start >= criteria.measure_due_from_days
    ]
    return min(rows, key=lambda row: row.trial.best.course.start, default=None)


def _summary(row: Counted, assessment: Assessment) -> str:
    last = last_symptom_score(assessment.chart, assessment.as_of)
    since = "" if assessment.readings else f" since {iso(row.trial.best.course.start)}"
    measured = "no PHQ-9 in what was read"
    if last is not None:
        measured = f"last {last.instrument} {many(assessment.as_of - last.on, 'day')} ago"
    would = "A repeat PHQ-9 would show whether this trial is working."
    return first_that_fits(
        f"On {row.trial.ingredient}{since}; {measured}. {would}",
        f"On {row.trial.ingredient}; {measured}. {would}",
        f"On an antidepressant; {measured}. {would}",
    )


def _facts(row: Counted, assessment: Assessment) -> list[str]:
    last = last_symptom_score(assessment.chart, assessment.as_of)
    return [
        f"**{row.trial.ingredient}** {dose_words(row)}, still taken",
        f"Last score: {dated(last)}" if last is not None else "No PHQ-9 in what was read",
    ]
