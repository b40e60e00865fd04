"""Which orders are being drafted, and which of them concern us?

What was selected is looked up among the drafts; where a hook has no selections every draft is the
current selection. Drugs are told by the core's own reading, as if the order were active. Only
antidepressants, orders for TMS and drugs whose quantity matters in a crisis concern us, and a draft
that may be one of these and cannot be told: that is said, never passed over.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from cds_hooks.call import HookCall
from trd.chart import MedicationRecord, PatientChart, ReadStatus
from trd.dates import Day
from trd.exposures import start_of
from trd.knowledge import Knowledge
from trd.read import Gathered, read_chart
from trd.read.access import (
    CPT,
    LOINC,
    SNOMED,
    Json,
    codings,
    evidence_of,
    modifier_of,
    reference_of,
    relative,
    rows,
    texts,
    words,
)
from trd.read.gathered import bundle_entries, resolved, subject_of
from trd.read.subjects import owned

_REQUEST: Final = "MedicationRequest"
_SERVICE: Final = "ServiceRequest"
_DRUG_TYPES: Final = frozenset({_REQUEST, "MedicationOrder"})
"""Orders for a drug; the second is that of FHIR DSTU2."""
_SERVICE_TYPES: Final = frozenset({_SERVICE, "ProcedureRequest", "ReferralRequest"})
"""Orders for a service, those of FHIR STU3 and DSTU2 among them."""
_ORDER_SIGN: Final = "order-sign"
_ENDED: Final = frozenset({"cancelled", "completed", "entered-in-error", "revoked", "stopped"})
_READ_CODES: Final = frozenset({CPT, LOINC, SNOMED})
_TMS: Final = "tms"
_ALL_READ: Final = dict.fromkeys(("medications", "referrals"), ReadStatus.COMPLETE)
_PLAIN_NAME: Final = re.compile(r"[A-Za-z]+/[!-~]{1,255}")
"""A type and an id as a text of names keeps it: without blanks, and no database refuses it."""
_MODIFIERS: Final = frozenset({"modifierExtension", "implicitRules"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """The draft orders of one call. ``selected`` names the current selection as "Type/id", sorted.

    ``is_lost``: something of the selection that may concern us is not among what was sent.
    """

    patient_id: str
    base: str
    resources: tuple[Json, ...]
    references: Mapping[str, str]
    selected: tuple[str, ...]
    is_lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftDrug:
    """One drafted drug that concerns us, as the core reads it; ``name`` is its "Type/id"."""

    name: str
    record: MedicationRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What of the current selection concerns us.

    ``tms`` are drafted orders for TMS, as sent; ``unread`` names drafts that may concern us and
    cannot be told ("" for one that is not there); ``ended`` are the orders the drafts end.
    """

    drugs: tuple[DraftDrug, ...] = ()
    tms: tuple[Json, ...] = ()
    unread: tuple[str, ...] = ()
    ended: frozenset[str] = frozenset()

    def concerns_us(self) -> bool:
        """Say whether there is anything to be judged."""
        return bool(self.drugs or self.tms or self.unread)


def read_drafts(call: HookCall) -> Drafts | None:
    """Return the drafts of a call, None where its hook has none."""
    if not call.draft_orders:
        return None
    found: list[Json] = []
    references: dict[str, str] = {}
    is_whole = bundle_entries(call.draft_orders, found, references)
    names = {evidence_of(one) for one in found}
    if call.hook == _ORDER_SIGN:
        selected, is_lost = names, not is_whole
    else:
        place = Gathered(
            patient_id=None, resources=(), reads={}, base=call.fhir_server, references=references
        )
        named = {resolved(place, one) for one in call.selections}
        selected = named & names
        is_lost = any(map(_may_concern, named - names))
    return Drafts(
        patient_id=call.patient_id,
        base=call.fhir_server,
        resources=tuple(found),
        references=references,
        selected=tuple(sorted(selected)),
        is_lost=is_lost,
    )


def _may_concern(name: str) -> bool:
    """Say whether a selection that is not among the drafts may be one of ours."""
    kind, _, local = relative(name).rpartition("/")
    return not kind or not local or kind in _DRUG_TYPES | _SERVICE_TYPES


def read_orders(drafts: Drafts, knowledge: Knowledge, stored: Gathered | None = None) -> Ordered:
    """Return what of the selection concerns us; ``stored`` may hold what drafts refer to.

    Raises WrongPatient where any draft, selected or not, is somebody else's.
    """
    place = _gathered(drafts, drafts.resources, None)
    owned(drafts.resources, drafts.patient_id, place, {}, [])
    drugs: list[DraftDrug] = []
    tms: list[Json] = []
    unread: list[str] = [""] if drafts.is_lost else []
    ended = {
        evidence_of(one) for one in drafts.resources if words(one.get("status")).lower() in _ENDED
    }
    for name in drafts.selected:
        group = [one for one in drafts.resources if evidence_of(one) == name]
        kind = name.partition("/")[0]
        if name in ended or kind not in _DRUG_TYPES | _SERVICE_TYPES:
            continue
        chart = _read_one(group, kind, drafts, stored, knowledge)
        is_sure = all(map(_is_sure, group))
        found = _drug_in(name, group, chart, knowledge)
        is_tms = any(row.kind == _TMS for row in chart.referrals)
        if _is_unread(kind, group, chart) or ((found or is_tms) and not is_sure):
            unread.append(name)
        elif found is not None:
            drugs.append(found)
        elif is_tms:
            tms.append(group[-1])
    return Ordered(drugs=tuple(drugs), tms=tuple(tms), unread=tuple(unread), ended=frozenset(ended))


def _read_one(
    group: list[Json], kind: str, drafts: Drafts, stored: Gathered | None, knowledge: Knowledge
) -> PatientChart:
    """Read one draft (of which there may be several versions) as if it were an active order."""
    as_active = _drug_order if kind in _DRUG_TYPES else _service_order
    orders = [as_active(one, drafts.patient_id) for one in group]
    return read_chart(_gathered(drafts, orders, stored), knowledge)


def _gathered(drafts: Drafts, orders: Iterable[Json], stored: Gathered | None) -> Gathered:
    """Return orders with the Medications and Conditions they may refer to."""
    orders = tuple(orders)
    named = {
        relative(reference_of(link)) for one in orders for link in rows(one.get("reasonReference"))
    }
    beside = (*drafts.resources, *(stored.resources if stored is not None else ()))
    meant = [one for one in beside if _is_meant(one, named)]
    references = {**(stored.references if stored is not None else {}), **drafts.references}
    return Gathered(
        patient_id=drafts.patient_id,
        resources=(*orders, *meant),
        reads=_ALL_READ,
        base=drafts.base,
        references=references,
    )


def _is_meant(resource: Json, named: set[str]) -> bool:
    kind = words(resource.get("resourceType"))
    return kind == "Medication" or (kind == "Condition" and evidence_of(resource) in named)


def _drug_order(draft: Json, patient_id: str) -> dict[str, Any]:
    """Return a draft as an active order of FHIR R4; of an older version only the drug is told."""
    kept = draft if draft.get("resourceType") == _REQUEST else _named_by_older_version(draft)
    plain = {key: held for key, held in kept.items() if key not in _MODIFIERS}
    return plain | _as_active(_REQUEST, patient_id)


def _named_by_older_version(draft: Json) -> dict[str, Any]:
    names = ("id", "contained", "medicationCodeableConcept", "medicationReference", "doNotPerform")
    return {name: draft[name] for name in names if name in draft}


def _service_order(draft: Json, patient_id: str) -> dict[str, Any]:
    """Return a draft as an active order of FHIR R4 with the one concept that says for what."""
    concept = draft.get("code") or draft.get("type")
    asked = rows(draft.get("serviceRequested"))
    kept = {name: draft[name] for name in ("id", "doNotPerform") if name in draft}
    if asked or concept:
        kept["code"] = asked[0] if asked else concept
    return kept | _as_active(_SERVICE, patient_id)


def _as_active(kind: str, patient_id: str) -> dict[str, Any]:
    """Return what makes a draft readable; whose it is was asked of the draft as it was sent."""
    return {
        "resourceType": kind,
        "status": "active",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient_id}"},
    }


def _is_sure(draft: Json) -> bool:
    """Say whether a draft names its patient and carries nothing that may turn its meaning."""
    return bool(subject_of(draft)) and not modifier_of(draft)


def _drug_in(
    name: str, group: list[Json], chart: PatientChart, knowledge: Knowledge
) -> DraftDrug | None:
    """Return the drug of a draft if it concerns us."""
    for record in chart.medications:
        ingredient = record.drug.ingredient
        augmenter = knowledge.augmenters.get(ingredient)
        matters = augmenter is not None and augmenter.boxed_quantity
        if ingredient in knowledge.antidepressants or matters:
            prior = [relative(reference_of(one.get("priorPrescription"))) for one in group]
            renews = tuple(sorted(filter(None, prior)))
            return DraftDrug(name=name, record=replace(record, evidence=name, renews=renews))
    return None


def _is_unread(kind: str, group: list[Json], chart: PatientChart) -> bool:
    """Say whether it cannot be told what is ordered."""
    if kind in _DRUG_TYPES:
        return bool(chart.not_recognised)
    return not chart.referrals and not any(map(_says_what, group))


def _says_what(draft: Json) -> bool:
    """Say whether an order for a service has words, or a code of a system that is read."""
    concepts = [*rows(draft.get("code")), *rows(draft.get("serviceRequested"))]
    concepts += rows(draft.get("type"))
    return any(
        texts(one) or any(coding.system in _READ_CODES and coding.code for coding in codings(one))
        for one in concepts
    )


def without_drafted(stored: Gathered, drafts: Drafts, knowledge: Knowledge, as_of: Day) -> Gathered:
    """Return what is stored without what is drafted here anew, so that it is counted once.

    A stored order of a draft's id that began before the day is history, and the draft revises it.
    """
    names = {evidence_of(one) for one in drafts.resources if words(one.get("id"))}
    same = [one for one in stored.resources if evidence_of(one) in names]
    if not same:
        return stored
    held = read_chart(replace(stored, resources=tuple(same)), knowledge)
    begun = {
        row.evidence
        for row in held.medications
        if (start := start_of(row)) is not None and start < as_of
    }
    kept = (one for one in stored.resources if evidence_of(one) not in names - begun)
    return replace(stored, resources=tuple(kept))


def draft_names(names: Iterable[str]) -> str:
    """Return the names of drafts as a card keeps them: sorted, without those of no plain id."""
    return " ".join(sorted(name for name in names if _PLAIN_NAME.fullmatch(name)))
