"""C7: another antidepressant is drafted after two adequate trials without enough response.

Rules: R17, and R7 and R9 applied to the draft (``trd.drafted``): not for renewals, changes of dose,
low doses or an augmentation. Where a critical signal stands and the quantity of the draft matters,
a limited quantity is named, with this card or by itself (R16).
"""

from collections.abc import Sequence
from typing import Final

from cds_hooks.advice import KeptBack, Said, digest, made
from cds_hooks.card_next_step import (
    READ_WHOLLY,
    counted_as,
    not_checked,
    open_points,
    safety_note,
    why_no_tms,
)
from cds_hooks.card_safety import SAFETY_NEEDS, signal_facts
from cds_hooks.cards import Indicator, Message, Occasion, Suggestion, Topic, View, at_ordering
from cds_hooks.cards_text import (
    FACTS_ONLY,
    bullets,
    first_that_fits,
    inert,
    joined,
    lines,
    looked_at,
    many,
    milligrams,
    paragraphs,
    rules,
    unread,
)
from cds_hooks.drafts import DraftDrug, Ordered, draft_names
from cds_hooks.facts import (
    REVIEW_NEEDS,
    current,
    dose_words,
    history_facts,
    last_symptom_score,
    trial_words,
    weak_response,
)
from cds_hooks.suggestions import psychiatry_referral, tms_referral
from trd.assess import Assessment
from trd.doubtful_scores import dated
from trd.drafted import DraftFinding, highest_dose
from trd.resistance import Resistance

_COULD_BE_CRITICAL: Final = ("conditions", "scores", "responses")
Judged = Sequence[tuple[DraftDrug, DraftFinding]]
"""Drafted antidepressants, each with what it would be."""

_REASONS: Final = (
    "prefers-alternative",
    "patient-refuses",
    "service-not-available",
    "too-costly-uncovered",
    "indication-order-exists",
    "recipient-disagrees-evidence",
)
_QUANTITY_REASONS: Final = ("action-completed", "risk-benefit-ratio", "cds-not-applicable")
_OPTIONS: Final = "augmentation · psychotherapy · psychiatric consultation · the drafted drug"
_NO_DOSE: Final = ", its dose cannot be told yet"
_UNLESS_LOW: Final = (
    "; at a low dose for sleep or pain, or beside another drug, this does not apply"
)


def next_antidepressant(
    assessment: Assessment,
    judged: Judged,
    ordered: Ordered,
    limits: Sequence[str],
    occasion: Occasion,
) -> Said:
    """Return the card, or why there is none. ``judged`` are drafts that would be a next trial.

    ``limits`` say why a limited quantity is to be considered.
    """
    verdict = assessment.resistance.verdict
    if verdict is not Resistance.MET:
        return KeptBack(topic=Topic.NEXT_ANTIDEPRESSANT, reason=f"resistance-{verdict.value}")
    if not assessment.chart.is_complete(*READ_WHOLLY):
        return KeptBack(topic=Topic.NEXT_ANTIDEPRESSANT, reason="not-all-read")
    names_tms = not (why_no_tms(assessment) or ordered.tms)
    drugs = list(dict.fromkeys(one.record.drug.ingredient for one, _ in judged))
    message = Message(
        topic=Topic.NEXT_ANTIDEPRESSANT,
        indicator=at_ordering(occasion),
        summary=_summary(assessment, drugs, names_tms=names_tms),
        detail=_detail(assessment, judged, limits, names_tms=names_tms),
        reasons=_REASONS,
        facts=digest(drugs, *history_facts(assessment), list(limits)),
        suggestions=_suggestions(assessment, occasion, names_tms=names_tms),
        draft=draft_names(one.name for one, _ in judged),
    )
    return made(message, occasion)


def _summary(assessment: Assessment, drugs: Sequence[str], *, names_tms: bool) -> str:
    trials = many(assessment.resistance.confirmed, "adequate trial")
    fact = f"{trials} with {weak_response(assessment)}"
    step = f"Consider other steps, e.g. augmentation{' or TMS' if names_tms else ''}."
    return first_that_fits(
        f"Next antidepressant drafted ({joined(drugs)}); {fact} this episode. {step}",
        f"Next antidepressant ({joined(drugs)}); {fact}. {step}",
        f"Next antidepressant drafted; {fact}. {step}",
    )


def _detail(
    assessment: Assessment, judged: Judged, limits: Sequence[str], *, names_tms: bool
) -> str:
    failed = [trial_words(row) for row in assessment.trials if row.counts]
    beside = {row.trial.ingredient: row for _, finding in judged for row in finding.beside}
    running = [f"**{name}** {dose_words(row)}, still taken" for name, row in beside.items()]
    last = last_symptom_score(assessment.chart, assessment.as_of)
    score = [] if last is None else [f"Last score: {dated(last)}"]
    return paragraphs(
        lines("**Drafted**", *bullets([_next(one, assessment) for one, _ in judged])),
        lines("**What the chart shows**", *bullets([*failed, *running, *score])),
        quantity_sentence(limits),
        f"**Options to weigh:** {'TMS evaluation · ' if names_tms else ''}{_OPTIONS}",
        open_points(assessment) if names_tms else "",
        safety_note(assessment),
        not_checked(assessment) if names_tms else "",
        looked_at(assessment.chart, REVIEW_NEEDS, assessment.as_of),
        counted_as(assessment),
    )


def _next(one: DraftDrug, assessment: Assessment) -> str:
    """Write a draft, and what may set it apart: tried before (R8), or perhaps a low dose (R9)."""
    name = one.record.drug.ingredient
    is_open = highest_dose(one.record) is None
    may_be_low = assessment.knowledge.antidepressants[name].low_dose_ceiling_mg is not None
    unless = _UNLESS_LOW if is_open and may_be_low else ""
    tried = any(row.trial.ingredient == name for row in current(assessment))
    return f"{_drafted(one)}{unless}{' (tried before in this episode)' if tried else ''}"


def _drafted(one: DraftDrug) -> str:
    dose = highest_dose(one.record)
    name = one.record.drug.ingredient
    return f"**{name}** {milligrams(dose)}/day" if dose is not None else f"**{name}**{_NO_DOSE}"


def _suggestions(
    assessment: Assessment, occasion: Occasion, *, names_tms: bool
) -> tuple[Suggestion, ...]:
    tms = (tms_referral(assessment, occasion, beside=True),) if names_tms else ()
    return (*tms, psychiatry_referral(assessment, occasion))


def safety_not_read(assessment: Assessment, drugs: Sequence[DraftDrug], occasion: Occasion) -> Said:
    """Return a card where an unread need could show the signal that limits a quantity, or why not.

    ``drugs`` are the drafts whose quantity would matter. Rule: R16.
    """
    missing = unread(assessment.chart, _COULD_BE_CRITICAL)
    cannot = "Safety signals not fully read: whether to limit the quantity of"
    why = assessment.crisis.incomplete_because
    if not drugs or not (missing or why):
        return KeptBack(topic=Topic.NEXT_ANTIDEPRESSANT, reason="nothing-unread-matters")
    names = joined(list(dict.fromkeys(one.record.drug.ingredient for one in drugs)))
    message = Message(
        topic=Topic.NEXT_ANTIDEPRESSANT,
        indicator=Indicator.INFO,
        summary=first_that_fits(
            f"{cannot} {names} cannot be told.",
            f"{cannot} the draft cannot be told.",
        ),
        detail=paragraphs(
            lines("**Drafted**", *bullets([_drafted(one) for one in drugs])),
            f"**What could not be told:** {inert(why)}." if why else "",
            looked_at(assessment.chart, SAFETY_NEEDS, assessment.as_of),
            f"{FACTS_ONLY} {rules(assessment.knowledge)}",
        ),
        reasons=_QUANTITY_REASONS,
        facts=digest(names, missing, why),
        view=View.SAFETY,
        draft=draft_names(one.name for one in drugs),
    )
    return made(message, occasion)


def limited_quantity_card(
    assessment: Assessment, drugs: Sequence[DraftDrug], limits: Sequence[str], occasion: Occasion
) -> Said:
    """Return a card with nothing but the limited quantity, or why there is none. Rule: R16."""
    if not limits:
        return KeptBack(topic=Topic.NEXT_ANTIDEPRESSANT, reason="quantity-not-in-question")
    names = list(dict.fromkeys(one.record.drug.ingredient for one in drugs))
    signal = "A critical safety signal is charted (see the safety card)"
    message = Message(
        topic=Topic.NEXT_ANTIDEPRESSANT,
        indicator=Indicator.WARNING,
        summary=first_that_fits(
            f"{signal}. Consider a limited quantity of {joined(names)}.",
            f"{signal}. Consider a limited quantity of the drafted drug.",
        ),
        detail=paragraphs(
            lines("**Drafted**", *bullets([_drafted(one) for one in drugs])),
            quantity_sentence(limits),
            looked_at(assessment.chart, SAFETY_NEEDS, assessment.as_of),
            f"{FACTS_ONLY} {rules(assessment.knowledge)}",
        ),
        reasons=_QUANTITY_REASONS,
        facts=digest(names, list(limits), sorted(map(signal_facts, assessment.crisis.signals))),
        view=View.SAFETY,
        draft=draft_names(one.name for one in drugs),
    )
    return made(message, occasion)


def quantity_sentence(limits: Sequence[str]) -> str:
    """Write why a limited quantity is to be considered, "" where it is not. Rule: R16."""
    if not limits:
        return ""
    return (
        f"**Consider a limited quantity:** a critical safety signal is charted; {joined(limits)}."
    )
