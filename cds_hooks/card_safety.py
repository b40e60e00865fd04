"""C4: a charted sign that somebody must look at the patient's safety.

Rule: R16. Charted facts with their dates, what was looked for and not found, the local pathway; no
grade of risk, no deadline. Where nothing was found and not everything was read, the card says that
the check is incomplete: silence would look like "no signal". This module reads the chart and asks
``trd.crisis`` alone, so a fault in the reconstruction of trials cannot hide a signal.
"""

import re
from typing import Final

from cds_hooks.advice import Advice, KeptBack, Made, digest, made
from cds_hooks.cards import Indicator, Message, Occasion, Topic, View
from cds_hooks.cards_text import (
    FACTS_ONLY,
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
from cds_hooks.chart import counted, require
from cds_hooks.errors import CannotAnswer
from cds_hooks.suggestions import safety_suggestions
from trd.chart import PatientChart, ReadStatus
from trd.crisis import Crisis, find_crisis
from trd.crisis_signals import CrisisLevel, CrisisSignal
from trd.dates import OTHER_READINGS, iso
from trd.read import Gathered, read_chart
from trd.readings import SERIOUS

SAFETY_NEEDS: Final = (
    "conditions",
    "scores",
    "responses",
    "encounters",
    "procedures",
    "medications",
)
"""What the safety check looks at, in the order in which it is said."""

_EITHER: Final = ("conditions", "scores")
REQUIRED: Final = (_EITHER,)
"""Without either nothing is said of safety."""
_COULD_SHOW: Final = ("conditions", "scores", "responses", "encounters", "procedures")
_UNREADABLE: Final = frozenset({ReadStatus.FAILED, ReadStatus.NOT_ASKED})
_ACKNOWLEDGED: Final = ("action-completed",)
_REASONS: Final = (
    "action-completed",
    "inappropriate-recipient",
    "cds-not-applicable",
    "patient-refuses",
)
_PATHWAY: Final = (
    "**Next:** a safety review along the local pathway for suicide risk. In the US the 988 line"
    " answers calls, texts and chat; emergency services where danger is imminent."
)
_STEP: Final = "Consider a safety review along the local pathway."
_KINDS: Final = {
    "assessment-unread": "Suicide risk assessed, result not readable",
    "asq-now": "ASQ positive for suicidal thoughts now",
    "asq-positive": "ASQ screen positive",
    "catatonia": "Catatonia newly recorded",
    "cssrs-behaviour": "Suicidal behaviour within 3 months (C-SSRS)",
    "cssrs-behaviour-undated": "Suicidal behaviour (C-SSRS Q6), recency not recorded",
    "cssrs-ideation": "C-SSRS positive for suicidal ideation",
    "cssrs-most-severe": "C-SSRS: severe suicidal ideation",
    "cssrs-q4": "C-SSRS Q4 (some intent) answered yes",
    "cssrs-q5": "C-SSRS Q5 (plan and intent) answered yes",
    "emergency-self-harm": "Emergency visit for self-harm",
    "epds-item10": "EPDS item 10 positive",
    "hallucination": "Hallucinations recorded",
    "homicidal-ideation": "Homicidal ideation recorded",
    "mania": "Mania newly recorded",
    "phq9-item9": "PHQ item 9 above 0",
    "phq9-item9-rise": "PHQ item 9 rose",
    "postpartum-psychosis": "Postpartum psychosis recorded",
    "psychiatric-discharge": "Discharge from a psychiatric stay",
    "psychosis": "Psychosis newly recorded",
    "psychotic-depression": "Psychotic depression newly recorded",
    "risk-level": "Suicide risk level recorded",
    "screen-positive": "Suicide screen positive",
    "self-harm": "Self-harm recorded",
    "self-neglect": "Self-neglect recorded",
    "severe-with-difficulty": "Severe PHQ score with extreme difficulty",
    "suicidal-behaviour": "Suicidal behaviour or attempt recorded",
    "suicidal-ideation": "Suicidal ideation recorded",
    "undetermined-poisoning": "Poisoning of undetermined intent recorded",
    "visit-self-harm": "Visit for self-harm",
}
_CONFLICT: Final = " (dates conflict)"
_ANY_KIND: Final = "A safety signal is charted"
_OWN_WORDS: Final = re.compile(r"(?:phq9|cssrs|asq|epds)-")
_PLAIN: Final = re.compile(r"[A-Za-z0-9 ,.:;()/-]+")


def safety_advice(gathered: Gathered, occasion: Occasion) -> Advice:
    """Return the safety card of a chart, or none where everything was read and nothing found.

    Raises WrongPatient, and CannotAnswer where conditions or scores are missing and nothing was
    found in the other. Rule: R16; contracts, required reads.
    """
    require(gathered.reads, REQUIRED, gathered.because)
    chart, crisis = worst_reading(gathered, occasion)
    chart = counted(chart, occasion.unused)
    found, reason = _said(chart, crisis, occasion)
    return Advice(
        cards=() if found is None else (found,),
        kept_back=(KeptBack(topic=Topic.SAFETY, reason=reason),) if reason else (),
        chart=chart,
        verdicts={"crisis": crisis.level.value},
    )


def _said(chart: PatientChart, crisis: Crisis, occasion: Occasion) -> tuple[Made | None, str]:
    """Return the card, or None and why."""
    if chart.patient.deceased:
        return None, "deceased"
    if crisis.level in {CrisisLevel.CRITICAL, CrisisLevel.WARNING}:
        return _signal_card(chart, crisis, occasion), ""
    missing = [need for need in _EITHER if chart.read_status(need) in _UNREADABLE]
    if missing:
        raise CannotAnswer(
            f"prefetch: {joined(missing)} not readable: the safety check cannot be made"
        )
    if crisis.level is CrisisLevel.INCOMPLETE or not chart.is_complete(*_COULD_SHOW):
        return _incomplete_card(chart, crisis, occasion), ""
    return None, "no-signal"


def worst_reading(gathered: Gathered, occasion: Occasion) -> tuple[PatientChart, Crisis]:
    """Return the chart and what it says under the most serious reading of its partial dates."""
    knowledge, as_of = occasion.knowledge, occasion.as_of
    charts = [read_chart(gathered, knowledge)]
    if charts[0].has_partial_dates:
        charts += [read_chart(gathered, knowledge, reading) for reading in OTHER_READINGS]
    judged = [(chart, find_crisis(chart, knowledge, as_of)) for chart in charts]
    return max(judged, key=lambda one: (SERIOUS[one[1].level], len(one[1].signals)))


def _signal_card(chart: PatientChart, crisis: Crisis, occasion: Occasion) -> Made:
    is_critical = crisis.level is CrisisLevel.CRITICAL
    raised = [s for s in crisis.signals if s.level is not CrisisLevel.INFORMATION]
    history = [s for s in crisis.signals if s.level is CrisisLevel.INFORMATION]
    facts = [inert(signal.because) for signal in (*raised, *history)]
    boxed = f"{inert(crisis.boxed_warning)}." if crisis.boxed_warning else ""
    detail = paragraphs(
        lines("**What the chart shows**", *bullets(facts)),
        boxed,
        _PATHWAY,
        _looked_for(crisis),
        _close(chart, occasion),
    )
    evidence = [ref for signal in raised for ref in signal.evidence]
    message = Message(
        topic=Topic.SAFETY,
        indicator=Indicator.CRITICAL if is_critical else Indicator.WARNING,
        summary=_signal_summary(raised),
        detail=detail,
        reasons=_ACKNOWLEDGED if is_critical else _REASONS,
        facts=digest(sorted(map(signal_facts, crisis.signals)), crisis.boxed_warning),
        view=View.SAFETY,
        suggestions=safety_suggestions(chart, evidence, occasion),
    )
    return made(message, occasion)


def signal_facts(signal: CrisisSignal) -> str:
    """Return what is known of a signal, for the digest of a card."""
    return str([signal.kind, signal.level.value, signal.on, sorted(signal.evidence)])


def _signal_summary(raised: list[CrisisSignal]) -> str:
    """Name the gravest signal in words of ours; a charted word never stands in a summary."""
    first, more = raised[0], len(raised) - 1
    also = f" (and {many(more, 'more signal')})" if more else ""
    on = " (date not recorded)" if first.on is None else f" on {iso(first.on)}"
    if first.because.endswith(_CONFLICT):
        on += _CONFLICT
    named = f"{_KINDS.get(first.kind, _ANY_KIND)}{on}"
    fuller = (
        [first.because] if _OWN_WORDS.match(first.kind) and _PLAIN.fullmatch(first.because) else []
    )
    candidates = [f"{fact}{also}. {_STEP}" for fact in (*fuller, named)]
    return first_that_fits(*candidates, f"{named}. {_STEP}", f"{_ANY_KIND}{on}. {_STEP}")


def _incomplete_card(chart: PatientChart, crisis: Crisis, occasion: Occasion) -> Made:
    missing = unread(chart, _COULD_SHOW)
    why = crisis.incomplete_because
    nothing = "No signal in what was read"
    summary = first_that_fits(
        f"Safety check incomplete: {joined(missing)} not fully read. {nothing}.",
        f"Safety check incomplete: not everything was read. {nothing}.",
    )
    if not missing:
        summary = f"Safety check incomplete: item 9 of the last PHQ is not readable. {nothing}."
    history = [inert(signal.because) for signal in crisis.signals]
    detail = paragraphs(
        f"**What could not be told:** {inert(why)}." if why else "",
        lines("**For information**", *bullets(history)) if history else "",
        _looked_for(crisis),
        _close(chart, occasion),
    )
    message = Message(
        topic=Topic.SAFETY,
        indicator=Indicator.INFO,
        summary=summary,
        detail=detail,
        reasons=_REASONS,
        facts=digest(sorted(map(signal_facts, crisis.signals)), missing, why),
        view=View.SAFETY,
    )
    return made(message, occasion)


def _looked_for(crisis: Crisis) -> str:
    if not crisis.looked_for:
        return ""
    return f"**Looked for and not found:** {_inert_each(crisis.looked_for)}."


def _inert_each(phrases: tuple[str, ...]) -> str:
    """Join phrases, each made inert by itself, so that none is cut."""
    return "; ".join(inert(phrase) for phrase in phrases)


def _close(chart: PatientChart, occasion: Occasion) -> str:
    return paragraphs(
        looked_at(chart, SAFETY_NEEDS, occasion.as_of),
        f"{FACTS_ONLY} {rules(occasion.knowledge)}",
    )
