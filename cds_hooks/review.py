"""Which card does a review of the treatment history show, if any?

One card, the most useful that applies: next steps, optimise first, gaps, PHQ-9 due. An empty
answer says that everything was read that could have made a card, or that none could: the patient
has died, is a minor, or has a disorder the definition does not cover.
"""

from dataclasses import replace
from functools import partial
from typing import Final

from cds_hooks.advice import Advice, KeptBack, Made, first_made, verdicts_of
from cds_hooks.card_gaps import gaps, not_all_read
from cds_hooks.card_measure import measure_due
from cds_hooks.card_next_step import next_step
from cds_hooks.card_optimise import optimise
from cds_hooks.cards import Occasion, Topic
from cds_hooks.chart import counted, require
from trd.assess import Assessment
from trd.findings import Verdict
from trd.read import Gathered
from trd.readings import assess_gathered
from trd.resistance import Resistance

REQUIRED: Final = (("medications",),)
"""Without these nothing is said of a treatment history."""

_BY_PRIORITY: Final = (
    (Topic.NEXT_STEP, next_step),
    (Topic.OPTIMISE, optimise),
    (Topic.GAPS, gaps),
    (Topic.MEASURE, measure_due),
    (Topic.GAPS, not_all_read),
)
_TOPICS: Final = (Topic.NEXT_STEP, Topic.OPTIMISE, Topic.GAPS, Topic.MEASURE)


def review_advice(gathered: Gathered, occasion: Occasion) -> Advice:
    """Assess the chart and return its card, if any.

    Raises WrongPatient for somebody else's resource, CannotAnswer where medications are missing.
    """
    require(gathered.reads, REQUIRED, gathered.because)
    assessment = assessed(gathered, occasion)
    cards, kept_back = cards_of(assessment, occasion)
    return Advice(
        cards=cards,
        kept_back=kept_back,
        chart=assessment.chart,
        verdicts=verdicts_of(assessment),
        assessment=assessment,
    )


def assessed(gathered: Gathered, occasion: Occasion) -> Assessment:
    """Assess a chart; what was sent and no rule can use is counted as read."""
    assessment = assess_gathered(gathered, occasion.knowledge, occasion.as_of)
    return replace(assessment, chart=counted(assessment.chart, occasion.unused))


def cards_of(
    assessment: Assessment, occasion: Occasion
) -> tuple[tuple[Made, ...], tuple[KeptBack, ...]]:
    """Return the first card that applies, and why the other topics have none. Rule: R17."""
    why = why_nothing_applies(assessment)
    if why:
        return (), tuple(KeptBack(topic=topic, reason=why) for topic in _TOPICS)
    return first_made(
        (topic, partial(of_kind, assessment, occasion)) for topic, of_kind in _BY_PRIORITY
    )


def why_nothing_applies(assessment: Assessment) -> str:
    """Say why no reading of anything more could make a card, "" where it could."""
    if assessment.chart.patient.deceased:
        return "deceased"
    if assessment.resistance.verdict is Resistance.EXCLUDED:
        return "definition-excludes"
    return "not-adult" if assessment.resistance.adult.verdict is Verdict.NOT_MET else ""
