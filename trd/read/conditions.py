"""Which diagnoses and implants does the chart record?

Conditions (and Devices in place) become diagnoses with the concepts their codes stand for; words
alone are used only where no code is known, and are marked so. Refuted and mistaken entries, and
what a relative had, are not the patient's.
"""

import re
from typing import Final

from trd.chart import ConceptHit, Diagnosis
from trd.dates import Day
from trd.knowledge import Knowledge
from trd.knowledge.lookup import concepts_for
from trd.read.access import (
    ICD10CM,
    Coding,
    Json,
    code_of,
    codings,
    evidence_of,
    label_of,
    modifier_of,
    reference_of,
    relative,
    rows,
    table,
    texts,
    words,
)
from trd.read.context import ReadContext
from trd.read.days import DayReader
from trd.read.vocabulary import Vocabulary
from trd.read.words import meanings, says_any

_NOT_THE_PATIENTS: Final = {"refuted": "refuted", "entered-in-error": "entered in error"}


def concept_hits(concept: Json, context: ReadContext) -> tuple[tuple[ConceptHit, ...], bool]:
    """Return the concepts of a CodeableConcept, and whether only its words said so."""
    hits: list[ConceptHit] = []
    for coding in codings(concept):
        hits += hits_of(coding, context.knowledge, context.vocabulary)
    if hits:
        unique = dict.fromkeys(hits)
        return tuple(sorted(unique, key=lambda hit: (hit.concept, hit.label))), False
    return _by_words(texts(concept), context), True


_MOST_CODES: Final = 20_000


def hits_of(coding: Coding, knowledge: Knowledge, vocabulary: Vocabulary) -> tuple[ConceptHit, ...]:
    """Return what a code stands for, working it out when it is met first."""
    known = vocabulary.hits
    key = (coding.system, coding.code)
    found = known.get(key)
    if found is None:
        if len(known) >= _MOST_CODES:
            known.clear()
        system = coding.system or _system_of_bare(coding.code, knowledge)
        found = known[key] = concepts_for(knowledge, system, coding.code)
    return found


_ICD_SHAPE: Final = re.compile(r"[A-TV-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?")


def _system_of_bare(code: str, knowledge: Knowledge) -> str:
    """Return the system of a code that stands without one: ICD-10-CM where it can only be that."""
    stands = (ICD10CM, code) in knowledge.conditions_exact or code in knowledge.conditions_prefix
    return ICD10CM if stands and _ICD_SHAPE.fullmatch(code) else ""


def _by_words(told: list[str], context: ReadContext) -> tuple[ConceptHit, ...]:
    """Return the concepts that words name; what is said of the family is not the patient's."""
    phrases = context.knowledge.phrases
    named: set[str] = set()
    for text in told:
        if says_any(text, phrases.family_history):
            return ()
        named |= meanings(text, phrases.conditions, phrases.negations)
    return tuple(
        ConceptHit(
            concept=name,
            label=context.knowledge.concept_labels.get(name, name),
            tms_flag=context.vocabulary.flags.get(name, ""),
        )
        for name in sorted(named)
    )


def read_condition(resource: Json, context: ReadContext) -> Diagnosis | None:
    """Read one Condition; one without a concept of ours leaves nothing."""
    hits, by_text = concept_hits(table(resource.get("code")), context)
    verification = code_of(resource.get("verificationStatus"))
    if not hits:
        if verification not in _NOT_THE_PATIENTS:
            _note_silent(resource, context)
        return None
    modifier = modifier_of(resource)
    if modifier or verification in _NOT_THE_PATIENTS:
        what = _NOT_THE_PATIENTS.get(verification, "carries a modifier that is not understood")
        effect = "not used: no statement about the patient"
        context.note(resource, modifier or "verificationStatus", what, effect)
        if verification not in _NOT_THE_PATIENTS:
            context.lose(resource)
        return None
    encounter = relative(reference_of(resource.get("encounter") or resource.get("context")))
    days = context.days
    found = Diagnosis(
        evidence=evidence_of(resource),
        hits=hits,
        label=label_of(resource.get("code")) or hits[0].label,
        onset=_moment(resource, "onset", "start", days),
        abated=_moment(resource, "abatement", "end", days),
        recorded=days.moment(resource.get("recordedDate") or resource.get("assertedDate")),
        encounter_on=context.visit_days.get(encounter),
        encounter=encounter or None,
        clinical=code_of(resource.get("clinicalStatus")),
        verification=verification,
        by_text=by_text,
        code=_telling_code(table(resource.get("code")), context),
    )
    _note_odd(resource, found, context)
    return found


def _note_silent(resource: Json, context: ReadContext) -> None:
    concept = table(resource.get("code"))
    read = context.vocabulary.diagnosis_systems
    if not texts(concept) and not any(one.code and one.system in read for one in codings(concept)):
        what = "neither words nor a code of a system that is read"
        context.note(resource, "code", what, "not used: what it says cannot be told")


def _telling_code(concept: Json, context: ReadContext) -> str:
    """Return the code the concepts were told by, an ICD-10-CM one first; else the first of all."""
    coded = [coding for coding in codings(concept) if coding.code]
    coded.sort(
        key=lambda one: (
            not hits_of(one, context.knowledge, context.vocabulary),
            one.system != ICD10CM,
        )
    )
    return coded[0].code if coded else ""


def _note_odd(resource: Json, found: Diagnosis, context: ReadContext) -> None:
    if found.is_provisional():
        effect = "shown as such; never counted as confirmed"
        context.note(resource, "verificationStatus", found.verification, effect)
    if found.by_text:
        what = "recognised by its words, not by a code"
        context.note(resource, "code", what, "used as words only")
    elif not any(
        one.system and hits_of(one, context.knowledge, context.vocabulary)
        for one in codings(resource.get("code"))
    ):
        context.note(resource, "code", "a code without its system", "read as ICD-10-CM")
    _note_dates(resource, context)
    if found.onset is None and found.recorded is None and found.encounter_on is None:
        context.note(resource, "onset[x]", "no date is recorded", "used without a date")


def _moment(resource: Json, name: str, end: str, days: DayReader) -> Day | None:
    """Return the day of ``onset[x]`` or ``abatement[x]``."""
    return days.moment(_written(resource, name, end))


def _written(resource: Json, name: str, end: str) -> object:
    """Return what is written: a date, one end of a period, or words."""
    period = table(resource.get(f"{name}Period"))
    return resource.get(f"{name}DateTime") or period.get(end) or resource.get(f"{name}String")


def _note_dates(resource: Json, context: ReadContext) -> None:
    written = {
        "onset[x]": _written(resource, "onset", "start"),
        "abatement[x]": _written(resource, "abatement", "end"),
        "recordedDate": resource.get("recordedDate") or resource.get("assertedDate"),
    }
    context.note_unread(resource, written)


def read_device(resource: Json, context: ReadContext) -> Diagnosis | None:
    """Read one Device in place as an implant; one entered in error or taken out is none."""
    kind = table(resource.get("type"))
    hits, by_text = concept_hits(kind, context)
    if not hits and not texts(kind):
        names = [words(name.get("name")) for name in rows(resource.get("deviceName"))]
        hits, by_text = concept_hits({"text": " ; ".join(names)}, context)
    if not hits:
        return None
    status = words(resource.get("status")).lower()
    modifier = modifier_of(resource)
    if modifier or status in {"entered-in-error", "inactive"}:
        what = "carries a modifier that is not understood" if modifier else f"status {status}"
        context.note(resource, modifier or "status", what, "not used as an implant")
        return None
    return Diagnosis(
        evidence=evidence_of(resource),
        hits=hits,
        label=label_of(kind) or hits[0].label,
        by_text=by_text,
    )
