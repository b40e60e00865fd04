"""Which card does a review of the treatment history show, if any?

One card, the most useful that applies: next steps, optimise first, gaps, PHQ-9 due. An empty
answer says that everything was read that could have made a card, or that none could: the patient
has died, is a minor, or has a disorder the definition does not cover.
"""

from dataclasses import replace

from cds_hooks.card_gaps import gaps, not_all_read
from cds_hooks.card_measure import measure_due
from cds_hooks.card_next_step import next_step
from cds_hooks.card_optimise import optimise
from cds_hooks.cards import Card, Occasion
from cds_hooks.chart import counted
from trd.assess import Assessment
from trd.findings import Verdict
from trd.read import Gathered
from trd.readings import assess_gathered
from trd.resistance import Resistance

_BY_PRIORITY = (next_step, optimise, gaps, measure_due, not_all_read)


def review_cards(gathered: Gathered, occasion: Occasion) -> list[Card]:
    """Assess the chart and return its card; raise WrongPatient for somebody else's resource."""
    assessment = assess_gathered(gathered, occasion.knowledge, occasion.as_of)
    chart = counted(assessment.chart, occasion.unused)
    return cards_of(replace(assessment, chart=chart), occasion)


def cards_of(assessment: Assessment, occasion: Occasion) -> list[Card]:
    """Return the first card that applies, as a list. Rule: R17."""
    if _nothing_applies(assessment):
        return []
    for of_kind in _BY_PRIORITY:
        found = of_kind(assessment, occasion)
        if found is not None:
            return [found]
    return []


def _nothing_applies(assessment: Assessment) -> bool:
    """Say whether no reading of anything more could make a card."""
    resistance = assessment.resistance
    return (
        assessment.chart.patient.deceased
        or resistance.verdict is Resistance.EXCLUDED
        or resistance.adult.verdict is Verdict.NOT_MET
    )
