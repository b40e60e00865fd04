"""Which treatments, visits and referrals does the chart record?

Procedures become treatments ("tms", "ect", …) or implants; Encounters become visits that took
place; ServiceRequests become referrals. Planned, cancelled and mistaken entries did not happen.
"""

from typing import Final

from trd.chart import ConceptHit, DataIssue, Diagnosis, ProcedureDone, Referral, Visit
from trd.dates import Day
from trd.knowledge import Knowledge, ProcedureCode
from trd.read.access import (
    Json,
    code_of,
    codings,
    evidence_of,
    label_of,
    rows,
    table,
    texts,
    words,
)
from trd.read.conditions import concept_hits
from trd.read.days import DayReader
from trd.read.medications import modifier_of
from trd.read.words import meanings

_DONE: Final = frozenset({"completed", "in-progress", "stopped", "on-hold"})
_TOOK_PLACE: Final = frozenset({"finished", "in-progress", "arrived", "triaged", "onleave"})
_CLASSES: Final = {
    "imp": "inpatient",
    "acute": "inpatient",
    "nonac": "inpatient",
    "inpatient": "inpatient",
    "emer": "emergency",
    "emergency": "emergency",
    "amb": "outpatient",
    "outpatient": "outpatient",
    "vr": "outpatient",
}
_PSYCHIATRIC: Final = ("psychiatr", "mental health", "behavioral health", "behavioural health")
_KIND_NAMES: Final = {"suicide-risk-assessment": "assessment"}
_TREATMENTS: Final = frozenset(
    {"tms", "ect", "vns", "esketamine", "ketamine", "zuranolone", "brexanolone", "psychotherapy"}
)


def read_procedure(
    resource: Json, knowledge: Knowledge, days: DayReader, issues: list[DataIssue]
) -> list[ProcedureDone | Diagnosis]:
    """Read one Procedure: a treatment, an implant (as a diagnosis), both, or nothing of ours."""
    concept = table(resource.get("code"))
    kinds, by_text = _procedure_kinds(concept, knowledge)
    if not kinds:
        return []
    evidence = evidence_of(resource)
    status = words(resource.get("status")).lower()
    if modifier_of(resource) or status not in _DONE:
        what = f"status {status!r}: did not take place"
        issues.append(DataIssue(evidence, "status", what, "not used"))
        return []
    period = table(resource.get("performedPeriod"))
    on = days.moment(resource.get("performedDateTime") or period.get("start"))
    kind, label = kinds
    kind = _KIND_NAMES.get(kind, kind)
    found: list[ProcedureDone | Diagnosis] = []
    if kind in _TREATMENTS or kind == "assessment":
        outcome = label_of(resource.get("outcome"))
        found.append(
            ProcedureDone(evidence=evidence, kind=kind, on=on, outcome=outcome, by_text=by_text)
        )
    implants = [hit for hit in concept_hits(concept, knowledge)[0] if hit.tms_flag]
    if not found and not implants:
        implants = [ConceptHit(concept=kind, label=label, tms_flag=_flag(kind, knowledge))]
    if implants:
        found.append(
            Diagnosis(
                evidence=evidence, hits=tuple(implants), label=label, onset=on, by_text=by_text
            )
        )
    return found


def _procedure_kinds(concept: Json, knowledge: Knowledge) -> tuple[tuple[str, str] | None, bool]:
    for coding in codings(concept):
        found = knowledge.procedures.get((coding.system, coding.code)) or _by_prefix(
            coding.system, coding.code, knowledge
        )
        if found:
            return (found.kind, found.label), False
    for text in texts(concept):
        said = sorted(meanings(text, knowledge.phrases.procedures, knowledge.phrases.negations))
        if said:
            return (said[0], text), True
    hits, by_text = concept_hits(concept, knowledge)
    flagged = [hit for hit in hits if hit.tms_flag]
    return ((flagged[0].concept, flagged[0].label), by_text) if flagged else (None, False)


def _by_prefix(system: str, code: str, knowledge: Knowledge) -> ProcedureCode | None:
    return next(
        (
            known
            for (known_system, prefix), known in knowledge.procedure_prefixes.items()
            if known_system == system and code.startswith(prefix)
        ),
        None,
    )


def _flag(concept: str, knowledge: Knowledge) -> str:
    """Return the TMS flag the knowledge gives a concept anywhere."""
    for hits in knowledge.conditions_exact.values():
        for hit in hits:
            if hit.concept == concept and hit.tms_flag:
                return hit.tms_flag
    return ""


def read_encounter(resource: Json, knowledge: Knowledge, days: DayReader) -> Visit | None:
    """Read one Encounter that took place; one in progress is labelled so."""
    status = words(resource.get("status")).lower()
    if modifier_of(resource) or status not in _TOOK_PLACE:
        return None
    period = table(resource.get("period"))
    reasons = rows(resource.get("reasonCode"))
    hits = {hit for reason in reasons for hit in concept_hits(reason, knowledge)[0]}
    kind = _CLASSES.get(code_of(resource.get("class")), "")
    told = [text for row in rows(resource.get("type")) for text in texts(row)]
    told += texts(resource.get("serviceType"))
    told += [text for reason in reasons for text in texts(reason)]
    return Visit(
        evidence=evidence_of(resource),
        kind=kind,
        psychiatric=any(mark in text.lower() for text in told for mark in _PSYCHIATRIC),
        start=days.start(period.get("start")),
        end=days.end(period.get("end")),
        hits=tuple(sorted(hits, key=lambda hit: (hit.concept, hit.label))),
        in_progress=status != "finished",
    )


def visit_day(resource: Json, days: DayReader) -> Day | None:
    """Return the day an Encounter began."""
    return days.start(table(resource.get("period")).get("start"))


def read_referral(resource: Json, knowledge: Knowledge, days: DayReader) -> Referral | None:
    """Read one ServiceRequest if it asks for a treatment of ours."""
    status = words(resource.get("status")).lower()
    if modifier_of(resource) or resource.get("doNotPerform") is True:
        return None
    if status == "entered-in-error":
        return None
    concept = table(resource.get("code"))
    kinds, _ = _procedure_kinds(concept, knowledge)
    phrases = knowledge.phrases
    asked = {
        name
        for text in texts(concept)
        for name in meanings(text, phrases.referrals, phrases.negations)
    }
    kind = sorted(asked)[0] if asked else (kinds[0] if kinds else "")
    if not kind:
        return None
    on = days.moment(resource.get("authoredOn"))
    return Referral(evidence=evidence_of(resource), kind=kind, status=status, on=on)
