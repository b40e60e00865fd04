"""What does a medication record say it is for, and why it ended?

Coded reasons by their concept or indication, worded ones by the knowledge's phrases. What is in
doubt, or contradicts itself, is not said.
"""

from typing import Final, NamedTuple

from trd.chart import Indication, StopReason
from trd.knowledge import Knowledge
from trd.knowledge.concepts import DEPRESSIVE_REASONS
from trd.knowledge.lookup import concepts_for, indication_for_code
from trd.read.access import (
    ICD10CM,
    Json,
    code_of,
    codings,
    label_of,
    reference_of,
    rows,
    table,
    texts,
    words,
)
from trd.read.context import ReadContext
from trd.read.lengths import shortest_length
from trd.read.remarks import read_note, read_remark

_STOP_CODES: Final = {
    "preg": StopReason.OTHER,
    "surg": StopReason.OTHER,
    "salg": StopReason.SIDE_EFFECT,
    "sintol": StopReason.SIDE_EFFECT,
    "sddi": StopReason.OTHER,
    "sdupther": StopReason.OTHER,
    "saig": StopReason.SIDE_EFFECT,
}
"""Codes of HL7's medicationrequest-status-reason (and one of its kin) that say why it ended."""


class Purpose(NamedTuple):
    """What a drug is for; ``conflict``: whether for depression is said both ways, or in doubt."""

    indications: frozenset[Indication]
    text: str
    conflict: bool


def read_indications(resource: Json, purpose: str, context: ReadContext) -> Purpose:
    """Return what the record says the drug is for, and in which words. Rule: R9(b).

    ``purpose`` is what its instructions say beside the recorded reasons.
    """
    found: set[Indication] = set()
    heard = _Heard(set(), set(), set())
    said: list[str] = []
    for reason in _reasons(resource, context):
        found |= _coded(reason, context.knowledge)
        for text in texts(reason):
            _hear(text, context, heard)
        said += texts(reason)[:1]
    named = " ; ".join(texts(resource.get("medicationCodeableConcept")))
    before = len(heard.stated) + len(heard.denied)
    _hear(f"{purpose} ; {named}", context, heard)
    if len(heard.stated) + len(heard.denied) > before:
        said.append(purpose or named)
    text = "; ".join(dict.fromkeys(said))
    return _purpose(found, heard, text)


class _Heard(NamedTuple):
    """What all the words of one record state, deny and leave open."""

    stated: set[str]
    denied: set[str]
    doubted: set[str]


def _hear(text: str, context: ReadContext, heard: _Heard) -> None:
    remark = context.remarks.get(text)
    if remark is None:
        remark = context.remarks[text] = read_remark(text, context.vocabulary.purposes)
    heard.stated.update(remark.stated)
    heard.denied.update(remark.denied)
    heard.doubted.update(remark.doubted)


def _purpose(coded: set[Indication], heard: _Heard, text: str) -> Purpose:
    """Weigh what is stated. Depression denied alone is another use; in doubt it voids the rest."""
    found = coded | {Indication(name) for name in heard.stated}
    if Indication.DEPRESSION in found:
        return Purpose(frozenset(found), text, conflict=Indication.DEPRESSION in heard.denied)
    if Indication.DEPRESSION in heard.doubted:
        return Purpose(frozenset(), text, conflict=bool(found))
    if Indication.DEPRESSION in heard.denied and not found:
        found = {Indication.OTHER}
    return Purpose(frozenset(found), text, conflict=False)


def _reasons(resource: Json, context: ReadContext) -> list[Json]:
    reasons = rows(resource.get("reasonCode"))
    for link in rows(resource.get("reasonReference")):
        condition = context.condition(reference_of(link))
        reasons.append(table(condition.get("code")) if condition else {"text": link.get("display")})
    return reasons


def _coded(reason: Json, knowledge: Knowledge) -> set[Indication]:
    found = set()
    for coding in codings(reason):
        named = indication_for_code(knowledge, coding.system, coding.code)
        concepts = {hit.concept for hit in concepts_for(knowledge, coding.system, coding.code)}
        if concepts & DEPRESSIVE_REASONS:
            found.add(Indication.DEPRESSION)
        elif named or coding.system == ICD10CM:
            # an ICD-10-CM diagnosis that is no depressive one is a stated other reason
            found.add(Indication(named or Indication.OTHER))
    return found


class Ending(NamedTuple):
    """Why a drug ended and in which words; ``after``: the fewest days a lack of effect took."""

    reasons: frozenset[StopReason]
    text: str
    after: int | None


def read_ending(resource: Json, ingredient: str, context: ReadContext) -> Ending:
    """Return what the record says about why this drug ended. Rule: R6.

    A note is free narrative: it speaks only where it says that the drug was stopped and why. A lack
    of effect beside a doubt whether the drug was taken is not said.
    """
    found: set[StopReason] = set()
    said: list[str] = []
    lengths: list[int] = []
    is_taking_doubted = False
    for reason in rows(resource.get("statusReason")):
        for text in texts(reason):
            remark = read_remark(text, context.vocabulary.endings, ingredient)
            found |= {StopReason(name) for name in remark.stated}
            is_taking_doubted |= StopReason.NOT_TAKEN in remark.doubted
            lengths += _lengths(text, remark.stated, context)
        said += texts(reason) or [label_of(reason)]
        code = code_of(reason)
        if code in _STOP_CODES:
            found.add(_STOP_CODES[code])
    for note in rows(resource.get("note")):
        text = words(note.get("text"))
        meant = read_note(text, context.vocabulary.endings, ingredient)
        found |= {StopReason(name) for name in meant}
        lengths += _lengths(text, meant, context)
        said += [text] if meant else []
    if is_taking_doubted:
        found.discard(StopReason.NO_EFFECT)
    text = "; ".join(dict.fromkeys(filter(None, said)))
    return Ending(frozenset(found), text, min(lengths, default=None))


def _lengths(text: str, meant: frozenset[str], context: ReadContext) -> list[int]:
    """Return the fewest days in which words that state a lack of effect say it showed."""
    if StopReason.NO_EFFECT not in meant:
        return []
    shortest = shortest_length(text, context.knowledge.phrases.remarks)
    return [] if shortest is None else [shortest]
