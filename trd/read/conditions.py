"""Which diagnoses and implants does the chart record?

Conditions (and Devices in place) become diagnoses with the concepts their codes stand for; words
alone are used only where no code is known, and are marked so. Refuted and mistaken entries, and
what a relative had, are not the patient's.
"""

from collections.abc import Mapping
from typing import Final

from trd.chart import ConceptHit, DataIssue, Diagnosis
from trd.dates import Day
from trd.knowledge import Knowledge
from trd.knowledge.lookup import concepts_for
from trd.read.access import (
    Json,
    code_of,
    codings,
    evidence_of,
    label_of,
    reference_of,
    relative,
    table,
    texts,
    words,
)
from trd.read.days import DayReader
from trd.read.medications import modifier_of
from trd.read.words import meanings, says_any

_NOT_THE_PATIENTS: Final = {"refuted": "refuted", "entered-in-error": "entered in error"}
_TMS_FLAGS: Final = {
    "cochlear-implant": "absolute",
    "brain-stimulator": "absolute",
    "intracranial-metal": "absolute",
}


def concept_hits(concept: Json, knowledge: Knowledge) -> tuple[tuple[ConceptHit, ...], bool]:
    """Return the concepts of a CodeableConcept, and whether only its words said so."""
    hits: list[ConceptHit] = []
    for coding in codings(concept):
        hits += concepts_for(knowledge, coding.system, coding.code)
    if hits:
        unique = dict.fromkeys(hits)
        return tuple(sorted(unique, key=lambda hit: (hit.concept, hit.label))), False
    return _by_words(concept, knowledge), True


def _by_words(concept: Json, knowledge: Knowledge) -> tuple[ConceptHit, ...]:
    phrases = knowledge.phrases
    named: set[str] = set()
    for text in texts(concept):
        if says_any(text, phrases.family_history):
            return ()
        named |= meanings(text, phrases.conditions, phrases.negations)
    return tuple(
        ConceptHit(
            concept=name,
            label=knowledge.concept_labels.get(name, name),
            tms_flag=_TMS_FLAGS.get(name, "relative" if name in _RELATIVE else ""),
        )
        for name in sorted(named)
    )


_RELATIVE: Final = frozenset(
    {
        "seizure",
        "cardiac-device",
        "vagus-nerve-stimulator",
        "stroke",
        "brain-injury",
        "brain-tumour",
        "raised-pressure",
        "pregnancy",
        "substance-withdrawal",
    }
)


def read_condition(
    resource: Json,
    knowledge: Knowledge,
    days: DayReader,
    encounters: Mapping[str, Day | None],
    issues: list[DataIssue],
) -> Diagnosis | None:
    """Read one Condition; one without a concept of ours leaves nothing."""
    hits, by_text = concept_hits(table(resource.get("code")), knowledge)
    if not hits:
        return None
    evidence = evidence_of(resource)
    verification = code_of(resource.get("verificationStatus"))
    modifier = modifier_of(resource)
    if modifier or verification in _NOT_THE_PATIENTS:
        what = _NOT_THE_PATIENTS.get(verification, "carries a modifier that is not understood")
        element = modifier or "verificationStatus"
        issues.append(DataIssue(evidence, element, what, "not used: no statement about the patient"))
        return None
    if verification in {"unconfirmed", "provisional", "differential"}:
        effect = "shown as such; never counted as confirmed"
        issues.append(DataIssue(evidence, "verificationStatus", verification, effect))
    if by_text:
        effect = "used as words only"
        issues.append(DataIssue(evidence, "code", "recognised by its words, not by a code", effect))
    encounter = relative(reference_of(resource.get("encounter")))
    onset, abated = _onset(resource, days), _abated(resource, days)
    recorded = days.moment(resource.get("recordedDate") or resource.get("assertedDate"))
    if onset is None and recorded is None and encounters.get(encounter) is None:
        effect = "used without a date"
        issues.append(DataIssue(evidence, "onset[x]", "no date is recorded", effect))
    return Diagnosis(
        evidence=evidence,
        hits=hits,
        label=label_of(resource.get("code")) or hits[0].label,
        onset=onset,
        abated=abated,
        recorded=recorded,
        encounter_on=encounters.get(encounter),
        encounter=encounter or None,
        clinical=code_of(resource.get("clinicalStatus")),
        verification=verification,
        by_text=by_text,
        code=next((coding.code for coding in codings(resource.get("code")) if coding.code), ""),
    )


def _onset(resource: Json, days: DayReader) -> Day | None:
    period = table(resource.get("onsetPeriod"))
    return days.moment(resource.get("onsetDateTime") or period.get("start"))


def _abated(resource: Json, days: DayReader) -> Day | None:
    period = table(resource.get("abatementPeriod"))
    return days.moment(resource.get("abatementDateTime") or period.get("end"))


def read_device(resource: Json, knowledge: Knowledge, issues: list[DataIssue]) -> Diagnosis | None:
    """Read one Device in place as an implant; one entered in error or taken out is none."""
    kind = table(resource.get("type"))
    hits, by_text = concept_hits(kind, knowledge)
    if not hits and not texts(kind):
        names = [words(table(name).get("name")) for name in resource.get("deviceName") or ()]
        hits, by_text = concept_hits({"text": " ; ".join(names)}, knowledge)
    if not hits:
        return None
    evidence = evidence_of(resource)
    status = words(resource.get("status")).lower()
    if modifier_of(resource) or status in {"entered-in-error", "inactive"}:
        issues.append(DataIssue(evidence, "status", f"status {status}", "not used as an implant"))
        return None
    return Diagnosis(
        evidence=evidence, hits=hits, label=label_of(kind) or hits[0].label, by_text=by_text
    )

