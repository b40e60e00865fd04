"""Which treatments, visits and referrals does the chart record?

Procedures become treatments ("tms", "ect", …) or implants; Encounters become visits that took
place; ServiceRequests become referrals. Planned, cancelled and mistaken entries did not happen.
"""

from typing import Final, NamedTuple

from trd.chart import ConceptHit, Diagnosis, ProcedureDone, Referral, Visit
from trd.dates import Day
from trd.knowledge import ProcedureCode
from trd.knowledge.concepts import ASSESSMENT, OTHER_TREATMENTS
from trd.read.access import (
    Coding,
    Json,
    code_of,
    codings,
    evidence_of,
    is_true,
    label_of,
    modifier_of,
    reference_of,
    rows,
    table,
    texts,
    words,
)
from trd.read.conditions import concept_hits
from trd.read.context import ReadContext
from trd.read.days import DayReader
from trd.read.words import meanings

_DONE: Final = frozenset({"completed", "in-progress", "stopped", "on-hold"})
_NOT_RECORDED: Final = frozenset({"", "unknown"})
_DECLINED: Final = frozenset({"not-done", "declined"})
_TMS: Final = "tms"
_ECT: Final = "ect"
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
_PSYCHIATRIC_REASONS: Final = frozenset(
    {
        "mdd",
        "depression-unspecified",
        "bipolar",
        "mania",
        "psychosis",
        "postpartum-psychosis",
        "catatonia",
    }
)
"""Reasons that make a stay a psychiatric one."""
_KIND_NAMES: Final = {ASSESSMENT: "assessment"}


def read_procedure(
    resource: Json, context: ReadContext
) -> list[ProcedureDone | Diagnosis | Referral]:
    """Read one Procedure: a treatment, an implant (as a diagnosis), both, or nothing of ours.

    One whose status is not recorded is used; as an implant it is unconfirmed. A TMS that was not
    done is kept as a referral that was declined.
    """
    concept = table(resource.get("code"))
    found = _procedure_kind(concept, context)
    if found is None:
        return []
    status = words(resource.get("status")).lower()
    modifier = modifier_of(resource)
    is_declined = status in _DECLINED and found.kind == _TMS and not modifier
    if modifier or status not in _DONE | _NOT_RECORDED:
        what = "carries a modifier" if modifier else f"status {status!r}: did not take place"
        effect = "kept as declined" if is_declined else "not used"
        context.note(resource, modifier or "status", what, effect)
        return [_declined(resource, context)] if is_declined else []
    if _is_unrecorded(resource):
        context.note(resource, "status", "status not recorded", "used as if it took place")
    return _taken_place(resource, found, context)


def _is_unrecorded(resource: Json) -> bool:
    return words(resource.get("status")).lower() in _NOT_RECORDED


def _declined(resource: Json, context: ReadContext) -> Referral:
    on = _performed_on(resource, context)
    return Referral(evidence=evidence_of(resource), kind=_TMS, status="declined", on=on)


def _performed_on(resource: Json, context: ReadContext) -> Day | None:
    period = table(resource.get("performedPeriod"))
    written = resource.get("performedDateTime") or period.get("start")
    context.note_unread(resource, {"performed[x]": (written, period.get("end"))})
    return context.days.moment(written)


def _performed_until(resource: Json, on: Day | None, context: ReadContext) -> Day | None:
    """Return the last day of a record that ends on a later day than it begins."""
    last = context.days.end(table(resource.get("performedPeriod")).get("end"))
    return last if last is not None and on is not None and last > on else None


def _taken_place(
    resource: Json, found: "_Kind", context: ReadContext
) -> list[ProcedureDone | Diagnosis | Referral]:
    """Return the treatment, the implant or both that a Procedure gave."""
    concept = table(resource.get("code"))
    on = _performed_on(resource, context)
    evidence = evidence_of(resource)
    kind = _KIND_NAMES.get(found.kind, found.kind)
    made: list[ProcedureDone | Diagnosis | Referral] = []
    if kind in OTHER_TREATMENTS or kind == _KIND_NAMES[ASSESSMENT]:
        made.append(_treatment(resource, found, on, context))
    implants = [hit for hit in concept_hits(concept, context)[0] if hit.tms_flag]
    if not made and not implants:
        flag = context.vocabulary.flags.get(kind, "")
        implants = [ConceptHit(concept=kind, label=found.label, tms_flag=flag)]
    if implants:
        made.append(
            Diagnosis(
                evidence=evidence,
                hits=tuple(implants),
                label=found.label,
                onset=on,
                verification="unconfirmed" if _is_unrecorded(resource) else "",
                by_text=found.by_text,
            )
        )
    return made


def _treatment(
    resource: Json, found: "_Kind", on: Day | None, context: ReadContext
) -> ProcedureDone:
    """Return the treatment of a Procedure; one over several days is a course, not a session."""
    until = _performed_until(resource, on, context)
    return ProcedureDone(
        evidence=evidence_of(resource),
        kind=_KIND_NAMES.get(found.kind, found.kind),
        on=on,
        until=until,
        is_course=until is not None or _is_open(resource),
        outcome=label_of(resource.get("outcome")),
        side=_side(resource, found, context) if found.kind == _ECT else "",
        by_text=found.by_text,
        unconfirmed=_is_unrecorded(resource),
    )


def _is_open(resource: Json) -> bool:
    """Say whether a Procedure goes on: begun, and not ended."""
    period = table(resource.get("performedPeriod"))
    status = words(resource.get("status")).lower()
    return status == "in-progress" and bool(period) and not period.get("end")


def _side(resource: Json, found: "_Kind", context: ReadContext) -> str:
    """Return the side that code, words and body site of an ECT session say, "" if not just one."""
    phrases = context.knowledge.phrases
    told = texts(resource.get("code"))
    told += [text for row in rows(resource.get("bodySite")) for text in texts(row)]
    said = {s for text in told for s in meanings(text, phrases.sides, phrases.negations)}
    said |= {found.side} - {""}
    return said.pop() if len(said) == 1 else ""


class _Kind(NamedTuple):
    """What a procedure is, in which words, and whether only words said so."""

    kind: str
    label: str
    by_text: bool
    side: str = ""


def _procedure_kind(concept: Json, context: ReadContext) -> _Kind | None:
    """Return what a procedure code, else its words, else a concept with a TMS flag says it is."""
    knowledge = context.knowledge
    for coding in codings(concept):
        found = knowledge.procedures.get((coding.system, coding.code)) or _by_prefix(
            coding, context
        )
        if found:
            return _Kind(found.kind, found.label, by_text=False, side=found.side)
    for text in texts(concept):
        said = sorted(meanings(text, knowledge.phrases.procedures, knowledge.phrases.negations))
        if said:
            return _Kind(said[0], text, by_text=True)
    hits, by_text = concept_hits(concept, context)
    flagged = next((hit for hit in hits if hit.tms_flag), None)
    return _Kind(flagged.concept, flagged.label, by_text) if flagged else None


def _by_prefix(coding: Coding, context: ReadContext) -> ProcedureCode | None:
    for system, prefix in context.vocabulary.procedure_prefixes:
        if system == coding.system and coding.code.startswith(prefix):
            return context.knowledge.procedure_prefixes[system, prefix]
    return None


def read_encounter(resource: Json, context: ReadContext) -> Visit | None:
    """Read one Encounter that took place; one in progress is labelled so."""
    status = words(resource.get("status")).lower()
    if modifier_of(resource) or status not in _TOOK_PLACE:
        return None
    period = table(resource.get("period"))
    written = {f"period.{name}": period.get(name) for name in ("start", "end")}
    context.note_unread(resource, written)
    reasons = rows(resource.get("reasonCode"))
    hits = {hit for reason in reasons for hit in concept_hits(reason, context)[0]}
    told = [text for row in rows(resource.get("type")) for text in texts(row)]
    told += texts(resource.get("serviceType"))
    told += [text for reason in reasons for text in texts(reason)]
    told.append(words(table(resource.get("serviceProvider")).get("display")))
    told += [
        words(table(row.get("location")).get("display")) for row in rows(resource.get("location"))
    ]
    hits |= _main_diagnosis(resource, context)
    return Visit(
        evidence=evidence_of(resource),
        kind=_CLASSES.get(code_of(resource.get("class")), ""),
        psychiatric=any(mark in text.lower() for text in told for mark in _PSYCHIATRIC)
        or any(hit.concept in _PSYCHIATRIC_REASONS for hit in hits),
        start=context.days.start(period.get("start")),
        end=context.days.end(period.get("end")),
        hits=tuple(sorted(hits, key=lambda hit: (hit.concept, hit.label))),
        in_progress=status != "finished",
    )


def _main_diagnosis(resource: Json, context: ReadContext) -> set[ConceptHit]:
    """Return the concepts of a visit's only or first-ranked diagnosis."""
    listed = rows(resource.get("diagnosis"))
    main = [row for row in listed if len(listed) == 1 or row.get("rank") == 1]
    found: set[ConceptHit] = set()
    for row in main:
        condition = context.condition(reference_of(row.get("condition")))
        if condition is not None:
            found.update(concept_hits(table(condition.get("code")), context)[0])
    return found


def visit_day(resource: Json, days: DayReader) -> Day | None:
    """Return the day an Encounter began; one entered in error began on none."""
    if modifier_of(resource) or words(resource.get("status")).lower() == "entered-in-error":
        return None
    return days.start(table(resource.get("period")).get("start"))


def read_referral(resource: Json, context: ReadContext) -> Referral | None:
    """Read one ServiceRequest if it asks for a treatment of ours."""
    status = words(resource.get("status")).lower()
    if modifier_of(resource) or is_true(resource.get("doNotPerform")):
        return None
    if status == "entered-in-error":
        return None
    concept = table(resource.get("code"))
    phrases = context.knowledge.phrases
    asked = {
        name
        for text in texts(concept)
        for name in meanings(text, phrases.referrals, phrases.negations)
    }
    found = _procedure_kind(concept, context)
    kind = min(asked) if asked else (found.kind if found else "")
    if not kind:
        return None
    context.note_unread(resource, {"authoredOn": resource.get("authoredOn")})
    on = context.days.moment(resource.get("authoredOn"))
    return Referral(evidence=evidence_of(resource), kind=kind, status=status, on=on)
