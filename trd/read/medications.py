"""Which drugs were ordered or reported, from when to when, at what dose?

MedicationRequest and MedicationStatement become records of recognised drugs. A draft, a proposal,
a cancelled or mistaken entry and an order not to give are no exposure: each leaves a ``DataIssue``.
Ordinary drugs leave nothing but the count of the read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

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
from trd.read.links import orders_named, requisition
from trd.read.reasons import read_ending, read_indications
from trd.read.supply import is_one_time, order_supply, repeats_of
from trd.read.told_days import Reach, within_told

NOT_AN_EXPOSURE: Final = "not an exposure: not counted as a trial"
POSSIBLE_ONLY: Final = "at most a possible trial"

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
    drug = drug_of(resource, context, out)
    if drug is None:
        return
    if is_refused(resource, drug, NOT_AN_EXPOSURE, context):
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
    out.records.append(_linked(resource, drug, kind, context))


def read_statement(resource: Json, context: ReadContext, out: MedicationsRead) -> None:
    """Read one MedicationStatement: what is reported is at most a possible trial."""
    drug = drug_of(resource, context, out)
    if drug is None:
        return
    if not is_refused(resource, drug, NOT_AN_EXPOSURE, context):
        out.records.append(_linked(resource, drug, RecordKind.REPORTED, context))


def is_refused(resource: Json, drug: Drug, effect: str, context: ReadContext) -> bool:
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


def drug_of(resource: Json, context: ReadContext, out: MedicationsRead) -> Drug | None:
    """Recognise the drug; an unreadable one is kept as such, an ordinary one is nothing."""
    concepts, ingredients, missing = _medication_concepts(resource, context)
    found = context.drug_names.recognise(concepts, ingredients)
    if isinstance(found, Drug):
        if found.doubt:
            context.note(resource, "medication[x]", found.doubt, "its strength is unknown")
        return found
    if missing:
        found = Unreadable(missing)
    if isinstance(found, Unreadable):
        ordered = _ordered_drug(resource, concepts, context)
        if ordered is not None:
            context.note(resource, "medication[x]", found.because, "the drug is that of its order")
            return ordered
        label = next((shown for one in concepts if (shown := label_of(one))), "")
        _keep_unreadable(resource, label, found.because, context, out)
    return None


def _ordered_drug(resource: Json, concepts: list[Json], context: ReadContext) -> Drug | None:
    """Return the one drug of the orders that authorised a dispense without a name of its own."""
    if any(map(texts, concepts)) or words(resource.get("resourceType")) != "MedicationDispense":
        return None
    links = rows(resource.get("authorizingPrescription"))
    named = orders_named(links, resource, context)
    if len(named) < len(set(map(reference_of, links))):
        return None
    told = set()
    for order in map(context.orders.__getitem__, named):
        if _refusal(order) is None:
            found, ingredients, missing = _medication_concepts(order, context)
            told.add(None if missing else context.drug_names.recognise(found, ingredients))
    drug = told.pop() if len(told) == 1 else None
    return drug if isinstance(drug, Drug) else None


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


def _medication_concepts(
    resource: Json, context: ReadContext
) -> tuple[list[Json], list[Json], str]:
    """Return the concepts that name the drug, and the ingredients of its Medication.

    The last is why its Medication could not be read, or "".
    """
    concepts = [table(resource.get("medicationCodeableConcept"))]
    link = table(resource.get("medicationReference"))
    if not link:
        return concepts, [], ""
    missing, shown = "", words(link.get("display"))
    ingredients: list[Json] = []
    reference = reference_of(link)
    medication = _contained(resource, reference) or context.medication(reference)
    if medication is not None:
        concepts += [table(medication.get("code")), *_told_elsewhere(medication, context)]
        ingredients = rows(medication.get("ingredient"))
    elif not shown:
        missing = "its Medication was not among the resources"
    if shown:
        concepts.append({"text": shown})
    return concepts, ingredients, missing


def _contained(resource: Json, reference: str) -> Json | None:
    if not reference.startswith("#"):
        return None
    held = [row for row in rows(resource.get("contained")) if is_usable_medication(row)]
    local = reference.removeprefix("#")
    return next((row for row in held if words(row.get("id")).removeprefix("#") == local), None)


def _told_elsewhere(medication: Json, context: ReadContext) -> list[Json]:
    """Return what names a Medication beside its code: its ingredients, or a name it goes by."""
    named = _names_it_goes_by(medication)
    if not table(medication.get("code")).get("coding"):
        named += [
            table(row.get("itemCodeableConcept")) for row in rows(medication.get("ingredient"))
        ]
        named += _mixed_of(medication, context)
    return named


def _names_it_goes_by(medication: Json) -> list[Json]:
    """Return the names among a Medication's identifiers, where its code has none."""
    if texts(table(medication.get("code"))):
        return []
    return [
        {"text": row.get("value")}
        for row in rows(medication.get("identifier"))
        if words(row.get("system")).lower().endswith("-name")
    ]


def _mixed_of(medication: Json, context: ReadContext) -> list[Json]:
    """Return what names the Medications a mixture is made of; nothing where one has no name."""
    references = [
        reference
        for row in rows(medication.get("ingredient"))
        if (reference := reference_of(row.get("itemReference")))
    ]
    named: list[Json] = []
    for reference in references:
        part = context.medication(reference)
        told = [table(part.get("code")), *_names_it_goes_by(part)] if part is not None else []
        if not any(texts(concept) for concept in told):
            return []
        named += told
    return named


def _linked(resource: Json, drug: Drug, kind: RecordKind, context: ReadContext) -> MedicationRecord:
    """Read a record: its days and doses, its reasons, and what it is to other orders."""
    dosages = _dosages(resource)
    course = _course(resource, dosages, drug, context)
    purpose = read_indications(resource, course.told.purpose, context)
    ending = read_ending(resource, drug.ingredient, context)
    based_on = [*rows(resource.get("basedOn")), *rows(resource.get("derivedFrom"))]
    return MedicationRecord(
        evidence=evidence_of(resource),
        kind=kind,
        drug=drug,
        status=words(resource.get("status")).lower(),
        authored=course.authored,
        start=course.reach.first,
        end=course.reach.last,
        steps=course.steps,
        supply_days=course.reach.supply_days,
        repeats=course.reach.repeats,
        units=course.units,
        validity=course.validity,
        as_needed=course.told.as_needed,
        at_bedtime=course.told.at_bedtime,
        indications=purpose.indications,
        indication_text=purpose.text,
        indication_conflict=purpose.conflict,
        stop_reasons=ending.reasons,
        stop_text=ending.text,
        stopped_after=ending.after,
        end_unknown=course.end_unknown,
        one_time=is_one_time(dosages, lasts=_lasts(course)),
        day_parts=course.told.day_parts,
        renews=orders_named(resource.get("priorPrescription"), resource, context),
        carries_out=orders_named(based_on, resource, context),
        group=requisition(resource),
    )


def _is_statement(resource: Json) -> bool:
    return words(resource.get("resourceType")) == "MedicationStatement"


def _dosages(resource: Json) -> list[Json]:
    return rows(resource.get("dosage" if _is_statement(resource) else "dosageInstruction"))


class _Course(NamedTuple):
    """The days and doses of a record; the steps are those of the days its text tells."""

    told: Instruction
    steps: tuple[DoseStep, ...]
    reach: Reach
    authored: Day | None
    validity: tuple[Day | None, Day | None] | None
    units: float | None
    end_unknown: bool


def _course(resource: Json, dosages: list[Json], drug: Drug, context: ReadContext) -> _Course:
    days = context.days
    authored = days.start(resource.get("dateAsserted" if _is_statement(resource) else "authoredOn"))
    period = table(resource.get("effectivePeriod"))
    begun, over = days.start(period.get("start")), days.end(period.get("end"))
    taken_on = days.moment(resource.get("effectiveDateTime"))
    supply = table(resource.get("dispenseRequest"))
    validity = _validity(supply, context)
    anchor = next((d for d in (*(validity or ())[:1], begun, authored) if d is not None), None)
    told = read_instruction(dosages, drug, context, anchor)
    start, last = _bounds(told.steps)
    start, end = start if start is not None else begun, last if last is not None else over
    authored = authored if authored is not None else taken_on
    supply_days, units = order_supply(supply, told.units_per_day)
    unread = _note_unread(resource, told, context)
    first, until = validity or (None, None)
    reach = Reach(start, end, supply_days, repeats_of(supply), until)
    begin = next((d for d in (start, first, authored) if d is not None), None)
    steps = within_told(told.steps, told.days, reach._replace(first=begin))
    _note_unknown_dose(resource, steps, dosages, context)
    end_unknown = end is None and not _ENDS.isdisjoint(unread)
    return _Course(told, steps, reach, authored, validity, units, end_unknown)


def _lasts(course: _Course) -> bool:
    """Say whether bounds, dispense window or supply of a record are longer than a day."""
    spans = (course.reach[:2], course.validity or (None, None))
    is_long = any(
        first is not None and last is not None and last - first > 1 for first, last in spans
    )
    return is_long or (course.reach.supply_days or 0) > 1


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
    resource: Json, steps: tuple[DoseStep, ...], dosages: list[Json], context: ReadContext
) -> None:
    unread = next((step.because for step in steps if step.high is None), "")
    because = unread or ("" if dosages else "no dosage is recorded")
    if because:
        context.note(resource, "dosageInstruction", because, "the dose is unknown")
