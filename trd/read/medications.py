"""Which drugs were ordered, handed over or reported, from when to when, at what dose?

MedicationRequest, MedicationDispense and MedicationStatement become records of recognised drugs.
A draft, a proposal, a cancelled or mistaken entry and an order not to give are no exposure: each
leaves a ``DataIssue``. Ordinary drugs leave nothing but the count of the read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from trd.chart import Dispense, DoseStep, Drug, MedicationRecord, NotRecognised, RecordKind
from trd.dates import Day
from trd.read.access import (
    Json,
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
from trd.read.context import ReadContext, is_usable_medication
from trd.read.dosage import Instruction, read_instruction
from trd.read.drugs import Unreadable
from trd.read.reasons import read_indications, read_stop_reasons
from trd.read.supply import counted_units, days_of_units, length_days, order_supply

NOT_AN_EXPOSURE: Final = "not an exposure: not counted as a trial"
POSSIBLE_ONLY: Final = "at most a possible trial"
NO_SUPPLY: Final = "not counted as supply"

_ORDER_STATUSES: Final = frozenset({"active", "on-hold", "completed", "stopped"})
_NO_ORDER: Final = {
    "cancelled": "the order was cancelled",
    "entered-in-error": "entered in error",
    "draft": "a draft",
}
_NO_INTENT: Final = {"proposal": "a proposal", "plan": "a plan", "option": "an option"}
_NO_STATEMENT: Final = {
    "entered-in-error": "entered in error",
    "intended": "only intended",
    "not-taken": "recorded as not taken",
}
_NOT_HANDED_OVER: Final = frozenset(
    {"preparation", "cancelled", "on-hold", "entered-in-error", "stopped", "declined"}
)
"""Statuses that say so; any other one but "completed" leaves it open."""
_MODIFIED: Final = "carries a modifier that is not understood"
_ENDS: Final = frozenset({"boundsPeriod.end", "effectivePeriod.end", "validityPeriod.end"})

Refusal = tuple[str, str]
"""The element, and what about it makes a resource no exposure."""


@dataclass(slots=True)
class MedicationsRead:
    """What the medication resources gave; lists are in reading order.

    ``unplaced`` are ingredients handed over, or perhaps so, on days that cannot be told.
    """

    records: list[MedicationRecord] = field(default_factory=list)
    dispenses: list[Dispense] = field(default_factory=list)
    not_recognised: list[NotRecognised] = field(default_factory=list)
    unplaced: set[str] = field(default_factory=set)


def read_request(resource: Json, context: ReadContext, out: MedicationsRead) -> None:
    """Read one MedicationRequest. Rules: R1, R2, R9; statuses as contracts §3 says."""
    drug = _drug_of(resource, context, out)
    if drug is None:
        return
    if _is_refused(resource, drug, NOT_AN_EXPOSURE, context):
        return
    status = words(resource.get("status")).lower()
    kind = RecordKind.ORDER
    if status not in _ORDER_STATUSES:
        what = f"status {status!r} is not one of an order that was carried out"
        context.note(resource, "status", what, POSSIBLE_ONLY)
        kind = RecordKind.REPORTED
    if is_true(resource.get("reportedBoolean")) or resource.get("reportedReference"):
        context.note(resource, "reported", "reported, not ordered", POSSIBLE_ONLY)
        kind = RecordKind.REPORTED
    out.records.append(_record(resource, drug, kind, context))


def read_statement(resource: Json, context: ReadContext, out: MedicationsRead) -> None:
    """Read one MedicationStatement: what is reported is at most a possible trial."""
    drug = _drug_of(resource, context, out)
    if drug is None:
        return
    if not _is_refused(resource, drug, NOT_AN_EXPOSURE, context):
        out.records.append(_record(resource, drug, RecordKind.REPORTED, context))


def read_dispense(resource: Json, context: ReadContext, out: MedicationsRead) -> None:
    """Read one MedicationDispense that was handed over. Rule: R1."""
    drug = _drug_of(resource, context, out)
    if drug is None:
        return
    if _is_refused(resource, drug, NO_SUPPLY, context):
        if words(resource.get("status")).lower() not in _NOT_HANDED_OVER:
            out.unplaced.add(drug.ingredient)
        return
    dates = {name: resource.get(name) for name in ("whenHandedOver", "whenPrepared")}
    context.note_unread(resource, dates)
    on = context.days.moment(dates["whenHandedOver"])
    on = on if on is not None else context.days.moment(dates["whenPrepared"])
    if on is None:
        context.note(resource, "whenHandedOver", "no date of hand-over", NO_SUPPLY)
        out.unplaced.add(drug.ingredient)
        return
    told = read_instruction(rows(resource.get("dosageInstruction")), drug, context, on)
    context.note_unread(resource, told.written)
    step = told.steps[0] if len(told.steps) == 1 else None
    units = counted_units(table(resource.get("quantity")))
    days = length_days(table(resource.get("daysSupply")), default="d")
    out.dispenses.append(
        Dispense(
            evidence=evidence_of(resource),
            drug=drug,
            on=on,
            days=days if days is not None else days_of_units(units, told.units_per_day),
            units=units,
            low=step.low if step else None,
            high=step.high if step else None,
        )
    )


def _is_refused(resource: Json, drug: Drug, effect: str, context: ReadContext) -> bool:
    """Say whether a resource must not be used, and note why.

    An antidepressant refused for a modifier might have counted: the need is not read completely.
    """
    refusal = _refusal(resource)
    if refusal is None:
        return False
    context.note(resource, *refusal, effect)
    if modifier_of(resource) and drug.ingredient in context.knowledge.antidepressants:
        context.lose(resource)
    return True


def _refusal(resource: Json) -> Refusal | None:
    """Return why a resource is no exposure, None where it may be one."""
    modifier = modifier_of(resource)
    if modifier:
        return modifier, _MODIFIED
    kind = words(resource.get("resourceType"))
    status = words(resource.get("status")).lower()
    if kind == "MedicationDispense":
        return None if status == "completed" else ("status", f"status {status!r}: not handed over")
    if kind == "MedicationStatement":
        return ("status", _NO_STATEMENT[status]) if status in _NO_STATEMENT else None
    intent = words(resource.get("intent")).lower()
    if is_true(resource.get("doNotPerform")):
        return "doNotPerform", "an order not to give the drug"
    if status in _NO_ORDER:
        return "status", _NO_ORDER[status]
    return ("intent", _NO_INTENT[intent]) if intent in _NO_INTENT else None


def _drug_of(resource: Json, context: ReadContext, out: MedicationsRead) -> Drug | None:
    """Recognise the drug; an unreadable one is kept as such, an ordinary one is nothing."""
    concepts, missing = _medication_concepts(resource, context)
    found = context.drug_names.recognise(concepts)
    if isinstance(found, Drug):
        return found
    if missing:
        found = Unreadable(missing)
    if isinstance(found, Unreadable):
        label = next((shown for one in concepts if (shown := label_of(one))), "")
        _keep_unreadable(resource, label, found.because, context, out)
    return None


def _keep_unreadable(
    resource: Json, label: str, because: str, context: ReadContext, out: MedicationsRead
) -> None:
    if _refusal(resource) is not None:
        context.note(resource, "medication[x]", because, NOT_AN_EXPOSURE)
        return
    context.note(resource, "medication[x]", because, "not judged: the drug could not be told")
    written = resource.get("authoredOn") or resource.get("whenHandedOver")
    out.not_recognised.append(
        NotRecognised(
            evidence=evidence_of(resource),
            label=label,
            start=context.days.start(written),
            because=because,
        )
    )


def _medication_concepts(resource: Json, context: ReadContext) -> tuple[list[Json], str]:
    """Return the concepts that name the drug, and why its Medication could not be read, or ""."""
    concepts = [table(resource.get("medicationCodeableConcept"))]
    link = table(resource.get("medicationReference"))
    if not link:
        return concepts, ""
    missing, shown = "", words(link.get("display"))
    reference = reference_of(link)
    medication = _contained(resource, reference) or context.medication(reference)
    if medication is not None:
        concepts += [table(medication.get("code")), *_told_elsewhere(medication)]
    elif not shown:
        missing = "its Medication was not among the resources"
    if shown:
        concepts.append({"text": shown})
    return concepts, missing


def _contained(resource: Json, reference: str) -> Json | None:
    if not reference.startswith("#"):
        return None
    held = [row for row in rows(resource.get("contained")) if is_usable_medication(row)]
    local = reference.removeprefix("#")
    return next((row for row in held if words(row.get("id")).removeprefix("#") == local), None)


def _told_elsewhere(medication: Json) -> list[Json]:
    """Return what names a Medication beside its code: its ingredients, or a name it goes by."""
    code = table(medication.get("code"))
    named: list[Json] = []
    if not texts(code):
        named = [
            {"text": row.get("value")}
            for row in rows(medication.get("identifier"))
            if words(row.get("system")).lower().endswith("-name")
        ]
    if not code.get("coding"):
        named += [
            table(row.get("itemCodeableConcept")) for row in rows(medication.get("ingredient"))
        ]
    return named


def _record(resource: Json, drug: Drug, kind: RecordKind, context: ReadContext) -> MedicationRecord:
    days = context.days
    is_statement = words(resource.get("resourceType")) == "MedicationStatement"
    dosages = rows(resource.get("dosage" if is_statement else "dosageInstruction"))
    authored = days.start(resource.get("dateAsserted" if is_statement else "authoredOn"))
    period = table(resource.get("effectivePeriod"))
    begun, over = days.start(period.get("start")), days.end(period.get("end"))
    taken_on = days.moment(resource.get("effectiveDateTime"))
    supply = table(resource.get("dispenseRequest"))
    validity = _validity(supply, context)
    anchor = next((d for d in (*(validity or ())[:1], begun, authored) if d is not None), None)
    told = read_instruction(dosages, drug, context, anchor)
    start, last = _bounds(told.steps)
    end = last if last is not None else over
    supply_days, units = order_supply(supply, told.units_per_day)
    _note_unknown_dose(resource, told, dosages, context)
    unread = _note_unread(resource, told, context)
    purpose = read_indications(resource, told.purpose, context)
    stopped_because, stop_text = read_stop_reasons(resource, drug.ingredient, context)
    return MedicationRecord(
        evidence=evidence_of(resource),
        kind=kind,
        drug=drug,
        status=words(resource.get("status")).lower(),
        authored=authored if authored is not None else taken_on,
        start=start if start is not None else begun,
        end=end,
        steps=told.steps,
        supply_days=supply_days,
        units=units,
        validity=validity,
        as_needed=told.as_needed,
        at_bedtime=told.at_bedtime,
        indications=purpose.indications,
        indication_text=purpose.text,
        indication_conflict=purpose.conflict,
        stop_reasons=stopped_because,
        stop_text=stop_text,
        end_unknown=end is None and not _ENDS.isdisjoint(unread),
    )


def _note_unread(resource: Json, told: Instruction, context: ReadContext) -> frozenset[str]:
    """Note each date of a record that cannot be read, and return their elements."""
    period = table(resource.get("effectivePeriod"))
    valid = table(table(resource.get("dispenseRequest")).get("validityPeriod"))
    return context.note_unread(
        resource,
        {
            **{name: resource.get(name) for name in _DATES},
            "effectivePeriod.start": period.get("start"),
            "effectivePeriod.end": period.get("end"),
            "validityPeriod.start": valid.get("start"),
            "validityPeriod.end": valid.get("end"),
            **told.written,
        },
    )


_DATES: Final = ("authoredOn", "dateAsserted", "effectiveDateTime")


def _validity(
    supply: Mapping[str, object], context: ReadContext
) -> tuple[Day | None, Day | None] | None:
    valid = table(supply.get("validityPeriod"))
    if not valid:
        return None
    return context.days.start(valid.get("start")), context.days.end(valid.get("end"))


def _bounds(steps: tuple[DoseStep, ...]) -> tuple[Day | None, Day | None]:
    """Return the first start and the last end; an open last step leaves the end open."""
    if len(steps) == 1:
        return steps[0].start, steps[0].end
    start = min((step.start for step in steps if step.start is not None), default=None)
    last = max(steps, key=lambda step: (step.start or 0, step.end or 0), default=None)
    if last is None or last.end is None:
        return start, None
    return start, max(step.end for step in steps if step.end is not None)


def _note_unknown_dose(
    resource: Json, told: Instruction, dosages: list[Json], context: ReadContext
) -> None:
    unread = next((step.because for step in told.steps if step.high is None), "")
    because = unread or ("" if dosages else "no dosage is recorded")
    if because:
        context.note(resource, "dosageInstruction", because, "the dose is unknown")
