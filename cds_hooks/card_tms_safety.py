"""C5: an order for TMS is drafted, and the chart holds what a TMS service has to know first.

Rule: R15. The items are the findings of candidacy: seizures, implants, metal, raised pressure,
pregnancy, age, an earlier course, drugs that lower the seizure threshold. Not every item rules TMS
out; the service decides. Where nothing was found and not everything was read, the card says so.
"""

from collections.abc import Sequence
from typing import Final

from cds_hooks.advice import KeptBack, Said, digest, made
from cds_hooks.card_next_antidepressant import quantity_sentence
from cds_hooks.cards import Indicator, Message, Occasion, Suggestion, Topic, View
from cds_hooks.cards_text import (
    bullets,
    first_that_fits,
    inert,
    joined,
    lines,
    looked_at,
    many,
    paragraphs,
    rules,
    unread,
)
from cds_hooks.drafts import Ordered, draft_names
from cds_hooks.suggestions import items_for_referral
from trd.assess import Assessment
from trd.candidacy import tms_flags
from trd.crisis_signals import CrisisLevel
from trd.findings import Finding, Verdict
from trd.read.access import evidence_of

_ITEMS: Final = (
    "no-absolute-flag",
    "no-relative-flag",
    "no-earlier-tms-without-benefit",
    "adult",
)
"""Findings of candidacy that are safety items where they are not met."""
_BESIDE: Final = {
    "no-earlier-tms-without-benefit": "earlier TMS",
    "adult": "age under 18",
}
"""Items that are no diagnosis, implant or procedure, in words."""
_NOTE: Final = "seizure-threshold"
_COULD_SHOW: Final = ("conditions", "procedures", "devices", "medications")
_LOOKED_AT: Final = (*_COULD_SHOW, "dispenses", "statements", "scores", "responses")
_REASONS: Final = ("risk-benefit-ratio", "action-completed", "cds-not-applicable")
_DECIDES: Final = (
    "Not every implant or seizure history excludes TMS: the TMS service decides, and the labelling"
    " of the device."
)
_CANNOT_TELL: Final = (
    "**No chart can tell:** metal near the coil, piercings, recent loss of sleep, withdrawal of"
    " alcohol or benzodiazepines, a device nobody coded."
)
_CRITICAL: Final = "A critical safety signal is charted as well: see the safety card."


def tms_safety(
    assessment: Assessment, ordered: Ordered, limits: Sequence[str], occasion: Occasion
) -> Said:
    """Return the card, or why there is none. ``limits`` as for the next antidepressant."""
    if not ordered.tms:
        return KeptBack(topic=Topic.TMS_SAFETY, reason="no-tms-order-drafted")
    items = _items(assessment)
    missing = unread(assessment.chart, _COULD_SHOW)
    if not items and not missing:
        return KeptBack(topic=Topic.TMS_SAFETY, reason="nothing-charted")
    message = Message(
        topic=Topic.TMS_SAFETY,
        indicator=Indicator.WARNING if _flags(items) else Indicator.INFO,
        summary=_summary(items, missing, assessment),
        detail=_detail(items, limits, assessment),
        reasons=_REASONS,
        facts=digest(sorted(map(_facts, items)), missing),
        view=View.CANDIDACY,
        suggestions=_suggestions(items, ordered, assessment),
        draft=draft_names(map(evidence_of, ordered.tms)),
    )
    return made(message, occasion)


def _items(assessment: Assessment) -> list[Finding]:
    """Return the findings that are safety items, absolute flags first."""
    by_rule = {one.rule: one for one in assessment.candidacy.findings}
    found = [by_rule[rule] for rule in _ITEMS if by_rule[rule].verdict is Verdict.NOT_MET]
    note = by_rule[_NOTE]
    return [*found, note] if note.verdict is not Verdict.MET else found


def _facts(item: Finding) -> str:
    return str([item.rule, item.verdict.value, sorted(item.evidence)])


def _summary(items: Sequence[Finding], missing: Sequence[str], assessment: Assessment) -> str:
    """Name the items in words of ours; a charted word never stands in a summary."""
    if _flags(items):
        return first_that_fits(
            f"Before TMS, charted for specialist review: {joined(_named(items, assessment))}."
            " They may rule TMS out.",
            f"Before TMS: {many(len(_named(items, assessment)), 'charted item')} for specialist"
            " review. They may rule TMS out.",
        )
    if items:
        return "Before TMS: a charted drug may lower the seizure threshold (a note, no exclusion)."
    return first_that_fits(
        f"Before TMS: safety items not fully read ({joined(missing)}). None in what was read.",
        "Before TMS: safety items not fully read. None in what was read.",
    )


def _flags(items: Sequence[Finding]) -> list[Finding]:
    return [one for one in items if one.rule != _NOTE]


def _named(items: Sequence[Finding], assessment: Assessment) -> list[str]:
    """Return the names of the concepts charted, and what else is for review."""
    labels = assessment.knowledge.concept_labels
    flagged = tms_flags(assessment.chart, assessment.as_of)
    concepts = [hit.concept for one, _ in flagged for hit in one.hits if hit.tms_flag]
    named = sorted(labels[concept].lower() for concept in set(concepts))
    return [*named, *(_BESIDE[one.rule] for one in items if one.rule in _BESIDE)]


def _detail(items: list[Finding], limits: Sequence[str], assessment: Assessment) -> str:
    found = [_told(one) for one in items]
    is_critical = assessment.crisis.level is CrisisLevel.CRITICAL
    return paragraphs(
        lines("**What the chart shows**", *bullets(found)) if found else "",
        _DECIDES,
        _CRITICAL if is_critical else "",
        quantity_sentence(limits),
        _CANNOT_TELL,
        looked_at(assessment.chart, _LOOKED_AT, assessment.as_of),
        rules(assessment.knowledge),
    )


def _told(item: Finding) -> str:
    refs = f" ({', '.join(map(inert, item.evidence))})" if item.evidence else ""
    return f"{inert(item.because)}{refs}"


def _suggestions(
    items: list[Finding], ordered: Ordered, assessment: Assessment
) -> tuple[Suggestion, ...]:
    """Offer to add the items to the one order that is drafted."""
    if not items or len(ordered.tms) > 1:
        return ()
    evidence = [ref for one in items for ref in one.evidence]
    told = [_told(one) for one in items]
    found = items_for_referral(ordered.tms[0], told, evidence, assessment.as_of)
    return () if found is None else (found,)
