"""What does a card offer to draft?

Orders for a referral or a questionnaire, and tasks: drafts that somebody accepts, changes and
signs, or leaves. Never an order for a medication, never a deletion, and none is recommended before
the others. What is offered says all by itself what would be filed: some EHRs show nothing else.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cds_hooks.cards import Occasion, Suggestion
from cds_hooks.facts import current, dose_words, last_symptom_score, length
from ehr.authored import (
    RequestPriority,
    Wish,
    draft_service_request,
    draft_task,
    with_addition,
)
from trd.assess import Assessment
from trd.chart import PatientChart
from trd.dates import Day, iso
from trd.episodes import confirmed_depressive
from trd.read.access import Coding, Json

_TMS: Final = "tms_referral"
_PSYCHIATRY: Final = "psychiatry_referral"
_PHQ9: Final = "phq9"
_CSSRS: Final = "cssrs"
"""Keys of ``CardTerms.orders``."""
_CONTACT: Final = "contact"
_PLAN: Final = "safety_plan"
"""Tasks, for which no EHR has a code."""
_MOST_INFORMING: Final = 12


def tms_referral(assessment: Assessment, occasion: Occasion, *, beside: bool = False) -> Suggestion:
    """Offer a referral for TMS evaluation; ``beside``: the order that is drafted stays as it is."""
    label = "Draft referral: TMS evaluation"
    if beside:
        label = "Keep the order; also draft a referral for TMS evaluation"
    return Suggestion(
        label=label,
        does="Draft a referral for TMS evaluation, with the charted antidepressant trials as a"
        " note. It is filed as a draft for review and signature.",
        resource=_referral(_TMS, "Referral for TMS evaluation", assessment, occasion),
    )


def psychiatry_referral(assessment: Assessment, occasion: Occasion) -> Suggestion:
    """Offer a referral for a psychiatric consultation."""
    return Suggestion(
        label="Draft referral: psychiatric consultation",
        does="Draft a referral for psychiatric consultation, with the charted antidepressant trials"
        " as a note. It is filed as a draft for review and signature.",
        resource=_referral(
            _PSYCHIATRY, "Referral for psychiatric consultation", assessment, occasion
        ),
    )


def phq9(chart: PatientChart, occasion: Occasion, *, later: bool = False) -> Suggestion:
    """Offer an order for a PHQ-9, now or ``later``, once a change could show."""
    days = occasion.knowledge.criteria.cards.measure_again_after_days
    due = iso(occasion.as_of + days) if later else ""
    when = f" for {due}" if later else ""
    wish = _wish(_PHQ9, "PHQ-9 depression questionnaire", chart, occasion)
    wish = replace(wish, reasons=_depression(chart), due=due)
    return Suggestion(
        label=f"Draft order: PHQ-9 in {length(days)}" if later else "Draft order: PHQ-9",
        does=f"Draft an order for a PHQ-9{when}. It is filed as a draft for review and signature.",
        resource=draft_service_request(wish),
    )


def safety_suggestions(
    chart: PatientChart, evidence: Sequence[str], occasion: Occasion
) -> tuple[Suggestion, ...]:
    """Offer a screener and two tasks along a pathway for suicide risk."""
    informs = evidence[:_MOST_INFORMING]
    screener = _wish(_CSSRS, "C-SSRS suicide risk screener", chart, occasion)
    screener = replace(screener, informs=informs)
    contact = _wish(_CONTACT, "Same-day contact with behavioural health", chart, occasion)
    contact = replace(contact, priority=RequestPriority.URGENT)
    plan = _wish(_PLAN, "Safety plan with the patient", chart, occasion)
    return (
        Suggestion(
            label="Draft order: C-SSRS screener",
            does="Draft an order for a C-SSRS suicide risk screener. It is filed as a draft for"
            " review and signature.",
            resource=draft_service_request(screener),
        ),
        Suggestion(
            label="Draft task: behavioural health contact, same day",
            does="Draft an urgent task for a same-day contact with behavioural health. It is filed"
            " as a draft.",
            resource=draft_task(contact),
        ),
        Suggestion(
            label="Draft task: safety plan",
            does="Draft a task to make a safety plan with the patient. It is filed as a draft.",
            resource=draft_task(plan),
        ),
    )


def items_for_referral(
    order: Json, items: Sequence[str], evidence: Sequence[str], as_of: Day
) -> Suggestion | None:
    """Offer to add safety items to the order for TMS that is drafted; None where it cannot be."""
    note = f"Charted up to {iso(as_of)}, for the TMS service: {'; '.join(items)}."
    made = with_addition(order, note, evidence)
    if made is None:
        return None
    return Suggestion(
        label="Add these items to the TMS order",
        does="Add the charted safety items to the drafted TMS order, as a note with references."
        " Nothing else of the order is changed.",
        resource=made,
        is_update=True,
    )


def _referral(key: str, text: str, assessment: Assessment, occasion: Occasion) -> Json:
    """Return a draft referral with the trials of this episode in words of our own."""
    chart = assessment.chart
    trials = current(assessment)
    last = last_symptom_score(chart, assessment.as_of)
    informs = [ref for row in trials for ref in row.trial.evidence]
    informs = [*(last.evidence if last is not None else ()), *informs]
    told = [
        f"{row.trial.ingredient} to {dose_words(row)},"
        f" {length(row.trial.best.adequacy.days)} at or above the minimum,"
        f" outcome {row.trial.best.outcome.outcome.value}"
        for row in trials
    ]
    note = f"Charted up to {iso(assessment.as_of)}, this episode: {'; '.join(told)}."
    wish = replace(
        _wish(key, text, chart, occasion),
        reasons=_depression(chart),
        note=note,
        informs=informs[:_MOST_INFORMING],
    )
    return draft_service_request(wish)


def _depression(chart: PatientChart) -> list[str]:
    """Return the depressive diagnoses that are not over."""
    return sorted(one.evidence for one in confirmed_depressive(chart) if not one.is_over())


def _wish(key: str, text: str, chart: PatientChart, occasion: Occasion) -> Wish:
    """Return what every draft has in common; ``key`` names the EHR's own code for it, if any.

    Its temporary id is always the same, so that one chart gives one answer whenever it is asked.
    """
    code = occasion.terms.orders.get(key)
    return Wish(
        id=f"new-{key.replace('_', '-')}",
        patient_id=chart.patient.id,
        encounter_id=occasion.encounter_id,
        on=iso(occasion.as_of),
        text=text,
        coding=None if code is None else Coding(code.system, code.code, code.display),
    )
