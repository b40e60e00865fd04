"""What does a medication record say it is for, and why it ended?

Coded reasons by their concept or indication, worded ones by the knowledge's phrases.
"""

from typing import Final

from trd.chart import Indication, StopReason
from trd.knowledge import Knowledge
from trd.knowledge.lookup import concepts_for, indication_for_code
from trd.read.access import ICD10CM, Json, code_of, codings, reference_of, rows, table, texts
from trd.read.context import ReadContext
from trd.read.words import meanings

_DEPRESSIVE: Final = frozenset(
    {
        "mdd",
        "mdd-remission",
        "depression-unspecified",
        "dysthymia",
        "other-depressive",
        "postpartum-depression",
        "adjustment",
    }
)
"""Concepts that make a reason a depressive one."""

_STOP_CODES: Final = {
    "preg": StopReason.OTHER,
    "surg": StopReason.OTHER,
    "saig": StopReason.SIDE_EFFECT,
    "sintol": StopReason.SIDE_EFFECT,
    "sddi": StopReason.OTHER,
    "sdupther": StopReason.OTHER,
    "non-avail": StopReason.OTHER,
}
"""Codes of HL7's medicationrequest-status-reason that say why it ended."""


def read_indications(
    resource: Json, purpose: str, context: ReadContext
) -> tuple[frozenset[Indication], str]:
    """Return what the record says the drug is for, and in which words. Rule: R9(b).

    ``purpose`` is what its instructions say beside the recorded reasons.
    """
    found: set[Indication] = set()
    said: list[str] = []
    for reason in _reasons(resource, context):
        found |= _coded(reason, context.knowledge) | _worded(texts(reason), context.knowledge)
        said += texts(reason)[:1]
    named = " ; ".join(texts(resource.get("medicationCodeableConcept")))
    meant = _worded([f"{purpose} ; {named}"], context.knowledge)
    if meant:
        found |= meant
        said.append(purpose or named)
    return frozenset(found), "; ".join(dict.fromkeys(said))


def _reasons(resource: Json, context: ReadContext) -> list[Json]:
    reasons = rows(resource.get("reasonCode"))
    for link in rows(resource.get("reasonReference")):
        condition = context.condition(reference_of(link))
        reasons.append(table(condition.get("code")) if condition else {"text": link.get("display")})
    return reasons


def _worded(told: list[str], knowledge: Knowledge) -> set[Indication]:
    phrases = knowledge.phrases
    return {
        Indication(name)
        for text in told
        for name in meanings(text, phrases.indications, phrases.negations)
    }


def _coded(reason: Json, knowledge: Knowledge) -> set[Indication]:
    found = set()
    for coding in codings(reason):
        named = indication_for_code(knowledge, coding.system, coding.code)
        concepts = {hit.concept for hit in concepts_for(knowledge, coding.system, coding.code)}
        if concepts & _DEPRESSIVE:
            found.add(Indication.DEPRESSION)
        elif named or coding.system == ICD10CM:
            # an ICD-10-CM diagnosis that is no depressive one is a stated other reason
            found.add(Indication(named or Indication.OTHER))
    return found


def read_stop_reasons(resource: Json, knowledge: Knowledge) -> tuple[frozenset[StopReason], str]:
    """Return what the record says about why it ended, and the words. Rule: R6."""
    phrases = knowledge.phrases
    found: set[StopReason] = set()
    said: list[str] = []
    for reason in rows(resource.get("statusReason")):
        for text in texts(reason):
            meant = meanings(text, phrases.stop_reasons, phrases.negations)
            found |= {StopReason(name) for name in meant}
        said += texts(reason)[:1]
        code = code_of(reason)
        if code in _STOP_CODES:
            found.add(_STOP_CODES[code])
    return frozenset(found), "; ".join(said)
