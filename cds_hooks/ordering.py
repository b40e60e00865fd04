"""Which card does a draft order call for, if any?

Nothing is said of drafts that are no antidepressant, no order for TMS and no drug whose quantity
matters in a crisis; then nothing of the chart is needed either. Otherwise the first that applies:
safety items before TMS, the next antidepressant, a switch too soon, a limited quantity, and what
could not be read where that could hide a card.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from cds_hooks.advice import (
    Advice,
    KeptBack,
    Made,
    Said,
    digest,
    first_made,
    made,
    verdicts_of,
)
from cds_hooks.card_gaps import history_not_read
from cds_hooks.card_next_antidepressant import (
    limited_quantity_card,
    next_antidepressant,
    safety_not_read,
)
from cds_hooks.card_optimise import optimise_before_switch
from cds_hooks.card_tms_safety import tms_safety
from cds_hooks.cards import Indicator, Message, Occasion, Topic, View
from cds_hooks.cards_text import looked_at, paragraphs, rules
from cds_hooks.chart import require
from cds_hooks.drafts import (
    DraftDrug,
    Drafts,
    Ordered,
    draft_names,
    read_orders,
    without_drafted,
)
from cds_hooks.facts import REVIEW_NEEDS
from cds_hooks.review import REQUIRED, assessed, why_nothing_applies
from trd.assess import Assessment
from trd.drafted import DraftFinding, Role, judge_draft, limited_quantity, quantity_matters
from trd.read import Gathered, read_chart

_TOPICS: Final = (Topic.TMS_SAFETY, Topic.NEXT_ANTIDEPRESSANT, Topic.OPTIMISE, Topic.GAPS)
_UNREAD_REASONS: Final = ("need-more-info", "limited-time", "cds-not-applicable")
_NOT_TOLD: Final = (
    "A draft order could not be told: its drug or service is not recognised, or not part of what"
    " was sent. It was not compared with the treatment history."
)


def may_concern(occasion: Occasion) -> bool:
    """Say whether the drafts need the chart at all; raise WrongPatient for another's draft."""
    return _ordered(None, occasion).concerns_us()


def ordering_advice(gathered: Gathered, occasion: Occasion) -> Advice:
    """Judge the current selection in the light of the chart, and return its card, if any.

    Raises WrongPatient for somebody else's resource, CannotAnswer where medications are missing and
    an antidepressant or TMS is drafted.
    """
    ordered = _ordered(gathered, occasion)
    if not ordered.concerns_us():
        chart = read_chart(gathered, occasion.knowledge)
        silent = tuple(KeptBack(topic=one, reason="no-relevant-draft") for one in _TOPICS)
        return Advice(cards=(), kept_back=silent, chart=chart)
    if ordered.tms or ordered.unread or _antidepressants(ordered, occasion):
        require(gathered.reads, REQUIRED, gathered.because)
    stored = without_drafted(gathered, _drafts(occasion), occasion.knowledge, occasion.as_of)
    assessment = assessed(stored, occasion)
    cards, kept_back = first_made(_questions(assessment, ordered, occasion))
    return Advice(
        cards=tuple(_with_unread(one, ordered) for one in cards),
        kept_back=kept_back,
        chart=assessment.chart,
        verdicts=verdicts_of(assessment),
        assessment=assessment,
    )


def _ordered(stored: Gathered | None, occasion: Occasion) -> Ordered:
    return read_orders(_drafts(occasion), occasion.knowledge, stored)


def _drafts(occasion: Occasion) -> Drafts:
    """Return the drafts, which every call of these hooks has."""
    assert occasion.drafts is not None  # noqa: S101 - ``read_call`` refuses a call without them
    return occasion.drafts


def _antidepressants(ordered: Ordered, occasion: Occasion) -> list[DraftDrug]:
    known = occasion.knowledge.antidepressants
    return [one for one in ordered.drugs if one.record.drug.ingredient in known]


def _questions(
    assessment: Assessment, ordered: Ordered, occasion: Occasion
) -> Iterator[tuple[Topic, Callable[[], Said]]]:
    """Yield the questions in order of priority; none of them for a patient who has died."""
    if assessment.chart.patient.deceased:
        for topic in _TOPICS:
            yield topic, partial(KeptBack, topic=topic, reason="deceased")
        return
    quantity, knowledge = _quantity(ordered, occasion), occasion.knowledge
    level = assessment.crisis.level
    limits = [why for one in quantity if (why := limited_quantity(one.record, level, knowledge))]
    limited = quantity if limits else []
    following, why_none = _following(assessment, ordered, occasion)
    draft = draft_names(one.name for one, _ in following)
    of_next = Topic.NEXT_ANTIDEPRESSANT
    yield Topic.TMS_SAFETY, partial(tms_safety, assessment, ordered, limits, occasion)
    if why_none:
        yield of_next, partial(KeptBack, topic=of_next, reason=why_none)
    else:
        ask = partial(next_antidepressant, assessment, following, ordered, limits, occasion)
        yield of_next, ask
    yield of_next, partial(limited_quantity_card, assessment, limited, limits, occasion)
    yield Topic.OPTIMISE, partial(optimise_before_switch, assessment, following, occasion)
    if following:
        yield Topic.GAPS, partial(history_not_read, assessment, occasion, draft)
    if ordered.unread:
        yield Topic.GAPS, partial(_draft_not_read, assessment, ordered, occasion)
    yield of_next, partial(safety_not_read, assessment, quantity, occasion)


def _quantity(ordered: Ordered, occasion: Occasion) -> list[DraftDrug]:
    """Return the drafts whose quantity matters in a crisis. Rule: R16."""
    return [one for one in ordered.drugs if quantity_matters(one.record, occasion.knowledge)]


def _following(
    assessment: Assessment, ordered: Ordered, occasion: Occasion
) -> tuple[list[tuple[DraftDrug, DraftFinding]], str]:
    """Return the drafts that would be a next trial, and why there are none. Rules: R7, R9."""
    why = why_nothing_applies(assessment)
    if why:
        return [], why
    judged = [
        (one, judge_draft(one.record, assessment, ordered.ended))
        for one in _antidepressants(ordered, occasion)
    ]
    if not judged:
        return [], "no-antidepressant-drafted"
    found = [(one, finding) for one, finding in judged if finding.role is Role.NEXT]
    return found, "" if found else judged[0][1].role.value


def _draft_not_read(assessment: Assessment, ordered: Ordered, occasion: Occasion) -> Said:
    message = Message(
        topic=Topic.GAPS,
        indicator=Indicator.INFO,
        summary="A draft order could not be recognised and was not compared with the depression"
        " treatment history.",
        detail=paragraphs(
            _NOT_TOLD,
            looked_at(assessment.chart, REVIEW_NEEDS, assessment.as_of),
            rules(assessment.knowledge),
        ),
        reasons=_UNREAD_REASONS,
        facts=digest(list(ordered.unread)),
        view=View.REVIEW,
        draft=draft_names(ordered.unread),
    )
    return made(message, occasion)


def _with_unread(one: Made, ordered: Ordered) -> Made:
    """Say on a card about other drafts, too, that one of them could not be told."""
    detail = one.card["detail"]
    if not ordered.unread or _NOT_TOLD in detail:
        return one
    return replace(one, card={**one.card, "detail": paragraphs(detail, _NOT_TOLD)})
