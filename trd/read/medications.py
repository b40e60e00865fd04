"""Which drugs were ordered, handed over or reported, from when to when, at what dose?

MedicationRequest, MedicationDispense and MedicationStatement become records of recognised drugs.
A draft, a proposal, a cancelled or mistaken entry and an order not to give are no exposure: each
leaves a ``DataIssue``. Ordinary drugs leave nothing but the count of the read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from trd.chart import (
    DataIssue,
    Dispense,
    DoseStep,
    Drug,
    Indication,
    MedicationRecord,
    NotRecognised,
    RecordKind,
    StopReason,
)
from trd.dates import Day
from trd.knowledge import Knowledge
from trd.knowledge.lookup import concepts_for, indication_for_code
from trd.read.access import (
    ICD10CM,
    Json,
    code_of,
    codings,
    evidence_of,
    label_of,
    number,
    reference_of,
    rows,
    table,
    texts,
    words,
)
from trd.read.days import DayReader
from trd.read.dosage import Instruction, read_instruction
from trd.read.drugs import Ordinary, Unreadable, recognise
from trd.read.gathered import Gathered, resolved
from trd.read.words import meanings

NOT_AN_EXPOSURE: Final = "not an exposure: not counted as a trial"
POSSIBLE_ONLY: Final = "at most a possible trial"

_ORDER_STATUSES: Final = frozenset({"active", "on-hold", "completed", "stopped"})
_NO_ORDER: Final = {
    "cancelled": "the order was cancelled",
    "entered-in-error": "entered in error",
    "draft": "a draft",
}
_NO_INTENT: Final = {"proposal": "a proposal", "plan": "a plan", "option": "an option"}
_INTENTS: Final = frozenset({"order", "original-order", "instance-order", "filler-order"})
_NO_STATEMENT: Final = {
    "entered-in-error": "entered in error",
    "intended": "only intended",
    "not-taken": "recorded as not taken",
}
_MODIFIERS: Final = ("modifierExtension", "implicitRules")
_DAYS: Final = {"d": 1.0, "day": 1.0, "days": 1.0, "wk": 7.0, "week": 7.0, "weeks": 7.0}
_DAYS_MORE: Final = {"mo": 30.0, "month": 30.0, "months": 30.0}


@dataclass(slots=True)
class MedicationsRead:
    """What the medication resources gave; lists are in reading order."""

    records: list[MedicationRecord] = field(default_factory=list)
    dispenses: list[Dispense] = field(default_factory=list)
    not_recognised: list[NotRecognised] = field(default_factory=list)
    issues: list[DataIssue] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MedicationContext:
    """What every medication reader needs beside the resource."""

    knowledge: Knowledge
    days: DayReader
    medications: Mapping[str, Json]
    conditions: Mapping[str, Json]
    gathered: Gathered

    def medication(self, reference: str) -> Json | None:
        """Return the Medication a literal reference means, or None."""
        return self.medications.get(resolved(self.gathered, reference))

    def condition(self, reference: str) -> Json | None:
        """Return the Condition a literal reference means, or None."""
        return self.conditions.get(resolved(self.gathered, reference))


def modifier_of(resource: Json) -> str:
    """Return the element that may change a resource's meaning in a way we do not know, or ""."""
    return next((name for name in _MODIFIERS if resource.get(name)), "")


def read_request(resource: Json, context: MedicationContext, out: MedicationsRead) -> None:
    """Read one MedicationRequest. Rules: R1, R2, R9; statuses as contracts §3 says."""
    drug = _drug_of(resource, context, out)
    if drug is None:
        return
    evidence = evidence_of(resource)
    refusal = _not_an_order(resource)
    if refusal is not None:
        out.issues.append(DataIssue(evidence, *refusal, NOT_AN_EXPOSURE))
        return
    status = words(resource.get("status")).lower()
    kind = RecordKind.ORDER
    if status not in _ORDER_STATUSES:
        what = f"status {status!r} is not one of an order that was carried out"
        out.issues.append(DataIssue(evidence, "status", what, POSSIBLE_ONLY))
        kind = RecordKind.REPORTED
    if resource.get("reportedBoolean") is True or "reportedReference" in resource:
        out.issues.append(DataIssue(evidence, "reported", "reported, not ordered", POSSIBLE_ONLY))
        kind = RecordKind.REPORTED
    out.records.append(_record(resource, drug, kind, context, out))


def _not_an_order(resource: Json) -> tuple[str, str] | None:
    """Return (element, what) where the resource is no exposure, else None."""
    modifier = modifier_of(resource)
    status = words(resource.get("status")).lower()
    intent = words(resource.get("intent")).lower()
    if modifier:
        return modifier, "carries a modifier that is not understood"
    if resource.get("doNotPerform") is True:
        return "doNotPerform", "an order not to give the drug"
    if status in _NO_ORDER:
        return "status", _NO_ORDER[status]
    if intent in _NO_INTENT:
        return "intent", _NO_INTENT[intent]
    return None


def read_statement(resource: Json, context: MedicationContext, out: MedicationsRead) -> None:
    """Read one MedicationStatement: what is reported is at most a possible trial."""
    drug = _drug_of(resource, context, out)
    if drug is None:
        return
    evidence = evidence_of(resource)
    modifier = modifier_of(resource)
    status = words(resource.get("status")).lower()
    if modifier or status in _NO_STATEMENT:
        what = _NO_STATEMENT.get(status, "carries a modifier that is not understood")
        out.issues.append(DataIssue(evidence, modifier or "status", what, NOT_AN_EXPOSURE))
        return
    out.records.append(_record(resource, drug, RecordKind.REPORTED, context, out))


def read_dispense(resource: Json, context: MedicationContext, out: MedicationsRead) -> None:
    """Read one MedicationDispense that was handed over. Rule: R1."""
    drug = _drug_of(resource, context, out)
    if drug is None:
        return
    evidence = evidence_of(resource)
    status = words(resource.get("status")).lower()
    modifier = modifier_of(resource)
    if modifier or status != "completed":
        what = f"status {status!r}: not handed over" if not modifier else "carries a modifier"
        out.issues.append(DataIssue(evidence, modifier or "status", what, "not counted as supply"))
        return
    on = context.days.moment(resource.get("whenHandedOver"))
    on = on if on is not None else context.days.moment(resource.get("whenPrepared"))
    if on is None:
        effect = "not counted as supply"
        out.issues.append(DataIssue(evidence, "whenHandedOver", "no date of hand-over", effect))
        return
    told = read_instruction(
        rows(resource.get("dosageInstruction")), drug, context.knowledge, context.days, on
    )
    step = told.steps[0] if len(told.steps) == 1 else None
    units = number(table(resource.get("quantity")).get("value"))
    days = _duration_days(table(resource.get("daysSupply")), default="d")
    out.dispenses.append(
        Dispense(
            evidence=evidence,
            drug=drug,
            on=on,
            days=days if days is not None else _days_of_units(units, told.units_per_day),
            units=units,
            low=step.low if step else None,
            high=step.high if step else None,
        )
    )


def _days_of_units(units: float | None, units_per_day: float | None) -> float | None:
    return units / units_per_day if units and units_per_day else None


def _drug_of(resource: Json, context: MedicationContext, out: MedicationsRead) -> Drug | None:
    """Recognise the drug; an unreadable one is kept as such, an ordinary one is nothing."""
    concepts, missing = _medication_concepts(resource, context)
    found = recognise(concepts, context.knowledge)
    if isinstance(found, Drug):
        return found
    if isinstance(found, Ordinary):
        return None
    _keep_unreadable(resource, found, missing, context, out)
    return None


def _keep_unreadable(
    resource: Json,
    found: Unreadable,
    missing: str,
    context: MedicationContext,
    out: MedicationsRead,
) -> None:
    evidence = evidence_of(resource)
    because = missing or found.because
    refused = _not_an_order(resource) is not None
    effect = NOT_AN_EXPOSURE if refused else "not judged: the drug could not be told"
    out.issues.append(DataIssue(evidence, "medication[x]", because, effect))
    if not refused:
        start = context.days.start(resource.get("authoredOn") or resource.get("whenHandedOver"))
        shown = label_of(resource.get("medicationCodeableConcept"))
        out.not_recognised.append(
            NotRecognised(evidence=evidence, label=shown, start=start, because=because)
        )


def _medication_concepts(resource: Json, context: MedicationContext) -> tuple[list[Json], str]:
    """Return the concepts that name the drug, and why its Medication could not be read, or ""."""
    concepts = [table(resource.get("medicationCodeableConcept"))]
    link = table(resource.get("medicationReference"))
    missing = ""
    if link:
        reference = reference_of(link)
        medication = _contained(resource, reference) or context.medication(reference)
        if medication is not None:
            concepts.append(table(medication.get("code")))
            concepts += _ingredients(medication)
        elif not words(link.get("display")):
            missing = "its Medication was not among the resources"
        if words(link.get("display")):
            concepts.append({"text": words(link.get("display"))})
    return concepts, missing


def _contained(resource: Json, reference: str) -> Json | None:
    if not reference.startswith("#"):
        return None
    return next(
        (item for item in rows(resource.get("contained")) if f"#{item.get('id')}" == reference), None
    )


def _ingredients(medication: Json) -> list[Json]:
    """Return ingredient concepts where the Medication itself has no code."""
    if table(medication.get("code")).get("coding") or texts(medication.get("code")):
        return []
    return [table(row.get("itemCodeableConcept")) for row in rows(medication.get("ingredient"))]


def _record(
    resource: Json,
    drug: Drug,
    kind: RecordKind,
    context: MedicationContext,
    out: MedicationsRead,
) -> MedicationRecord:
    days = context.days
    is_statement = words(resource.get("resourceType")) == "MedicationStatement"
    dosages = rows(resource.get("dosage" if is_statement else "dosageInstruction"))
    authored = days.start(resource.get("dateAsserted" if is_statement else "authoredOn"))
    period = table(resource.get("effectivePeriod"))
    taken_on = days.moment(resource.get("effectiveDateTime"))
    supply = table(resource.get("dispenseRequest"))
    valid = table(supply.get("validityPeriod"))
    anchor = days.start(valid.get("start")) or days.start(period.get("start")) or authored
    told = read_instruction(dosages, drug, context.knowledge, days, anchor)
    start, end = _bounds(told.steps)
    supply_days, units = _supply(supply, told)
    validity = (days.start(valid.get("start")), days.end(valid.get("end"))) if valid else None
    _note_unknown_dose(resource, told, dosages, out)
    indications, said = _indications(resource, told, context)
    stopped_because, stop_text = _stop_reasons(resource, context.knowledge)
    return MedicationRecord(
        evidence=evidence_of(resource),
        kind=kind,
        drug=drug,
        status=words(resource.get("status")).lower(),
        authored=authored if authored is not None else taken_on,
        start=start if start is not None else days.start(period.get("start")),
        end=end if end is not None else days.end(period.get("end")),
        steps=told.steps,
        supply_days=supply_days,
        units=units,
        validity=validity,
        as_needed=told.as_needed,
        at_bedtime=told.at_bedtime,
        indications=indications,
        indication_text=said,
        stop_reasons=stopped_because,
        stop_text=stop_text,
    )


def _bounds(steps: tuple[DoseStep, ...]) -> tuple[Day | None, Day | None]:
    """Return the first start and the last end; an open step leaves the end open."""
    start = min((step.start for step in steps if step.start is not None), default=None)
    ends = [step.end for step in steps]
    last = max(steps, key=lambda step: (step.start or 0, step.end or 0), default=None)
    if not ends or last is None or last.end is None:
        return start, None
    return start, max(end for end in ends if end is not None)


def _supply(request: Json, told: Instruction) -> tuple[float | None, float | None]:
    """Return days of supply with repeats, and units with repeats. Rule: R1."""
    repeats = number(request.get("numberOfRepeatsAllowed")) or 0
    length = _duration_days(table(request.get("expectedSupplyDuration")), default="")
    units = number(table(request.get("quantity")).get("value"))
    units = units * (1 + repeats) if units else None
    if length is not None:
        return length * (1 + repeats), units
    return _days_of_units(units, told.units_per_day), units


def _duration_days(duration: Json, default: str) -> float | None:
    """Return a Duration in days; ``default`` is the unit where none is written ("" = unknown)."""
    value = number(duration.get("value"))
    unit = (words(duration.get("code")) or words(duration.get("unit")) or default).lower()
    per = _DAYS.get(unit) or _DAYS_MORE.get(unit)
    return value * per if value and value > 0 and per else None


def _note_unknown_dose(
    resource: Json, told: Instruction, dosages: list[Json], out: MedicationsRead
) -> None:
    evidence = evidence_of(resource)
    unread = next((step.because for step in told.steps if step.high is None), "")
    because = unread or ("" if dosages else "no dosage is recorded")
    if because:
        effect = "the dose is unknown"
        out.issues.append(DataIssue(evidence, "dosageInstruction", because, effect))


def _indications(
    resource: Json, told: Instruction, context: MedicationContext
) -> tuple[frozenset[Indication], str]:
    """Return what the record says the drug is for. Rule: R9(b)."""
    found: set[Indication] = set()
    said: list[str] = []
    reasons = rows(resource.get("reasonCode"))
    for link in rows(resource.get("reasonReference")):
        condition = context.condition(reference_of(link))
        reasons.append(table(condition.get("code")) if condition else {"text": link.get("display")})
    for reason in reasons:
        coded = _coded_indications(reason, context.knowledge)
        worded = {
            Indication(name)
            for text in texts(reason)
            for name in meanings(
                text, context.knowledge.phrases.indications, context.knowledge.phrases.negations
            )
        }
        found |= coded | worded
        said += texts(reason)[:1]
    named = " ; ".join(texts(resource.get("medicationCodeableConcept")))
    spoken = f"{told.purpose} ; {named}"
    purpose = meanings(
        spoken, context.knowledge.phrases.indications, context.knowledge.phrases.negations
    )
    if purpose:
        found |= {Indication(name) for name in purpose}
        said.append(told.purpose or named)
    return frozenset(found), "; ".join(dict.fromkeys(said))


def _coded_indications(reason: Json, knowledge: Knowledge) -> set[Indication]:
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


def _stop_reasons(resource: Json, knowledge: Knowledge) -> tuple[frozenset[StopReason], str]:
    """Return what the record says about why it ended, and the words. Rule: R6."""
    phrases = knowledge.phrases
    found: set[StopReason] = set()
    said: list[str] = []
    for reason in rows(resource.get("statusReason")):
        for text in texts(reason):
            found |= {StopReason(n) for n in meanings(text, phrases.stop_reasons, phrases.negations)}
        said += texts(reason)[:1]
        code = code_of(reason)
        if code in _STOP_CODES:
            found.add(_STOP_CODES[code])
    return frozenset(found), "; ".join(said)


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
