"""What do we write for an EHR to file, once somebody accepts it?

Drafts only: an order for a service, a task, or an addition to an order that is a draft already.
Never an order for a medication, never a deletion. What is written is checked against the models of
FHIR R4 before it leaves; those models let any word pass where a closed list of words is required,
and a null, so both are held here.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from fhir.resources.R4B.servicerequest import ServiceRequest
from fhir.resources.R4B.task import Task
from pydantic import ValidationError

from trd.read.access import Coding, Json, rows, words


class RequestStatus(StrEnum):
    """ServiceRequest.status (request-status)."""

    DRAFT = "draft"
    ACTIVE = "active"
    ON_HOLD = "on-hold"
    REVOKED = "revoked"
    COMPLETED = "completed"
    ENTERED_IN_ERROR = "entered-in-error"
    UNKNOWN = "unknown"


class RequestIntent(StrEnum):
    """ServiceRequest.intent (request-intent)."""

    PROPOSAL = "proposal"
    PLAN = "plan"
    DIRECTIVE = "directive"
    ORDER = "order"
    ORIGINAL_ORDER = "original-order"
    REFLEX_ORDER = "reflex-order"
    FILLER_ORDER = "filler-order"
    INSTANCE_ORDER = "instance-order"
    OPTION = "option"


class RequestPriority(StrEnum):
    """The priority of a request or a task (request-priority)."""

    ROUTINE = "routine"
    URGENT = "urgent"
    ASAP = "asap"
    STAT = "stat"


class TaskStatus(StrEnum):
    """Task.status: the one we write."""

    DRAFT = "draft"


class TaskIntent(StrEnum):
    """Task.intent: the one we write. Whoever accepts a proposal makes it their own."""

    PROPOSAL = "proposal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be drafted. ``id`` is temporary: the EHR gives its own. ``on`` is an ISO date.

    ``text`` says it in words; ``coding`` is the EHR's own code for it, None: there is none.
    ``reasons`` and ``informs`` are "Type/id"; those without a usable id are left out. "" and None
    where a member does not apply.
    """

    id: str
    patient_id: str
    on: str
    text: str
    coding: Coding | None = None
    encounter_id: str = ""
    reasons: Sequence[str] = ()
    informs: Sequence[str] = ()
    note: str = ""
    due: str = ""
    priority: RequestPriority = RequestPriority.ROUTINE


_REFERENCE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}/[A-Za-z0-9.\-]{1,255}")
_ID: Final = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_SERVICE_REQUEST: Final = "ServiceRequest"
_REQUIRED: Final = (
    ("status", RequestStatus),
    ("intent", RequestIntent),
    ("priority", RequestPriority),
)
_EMPTY: Final[tuple[object, ...]] = (None, "", [], {})


def draft_service_request(wish: Wish) -> dict[str, Any]:
    """Return a draft order for a service."""
    made: dict[str, Any] = {
        "resourceType": _SERVICE_REQUEST,
        "id": wish.id,
        "status": RequestStatus.DRAFT.value,
        "intent": RequestIntent.ORDER.value,
        "priority": wish.priority.value,
        "code": _concept(wish),
        "subject": _patient(wish),
        **_encounter(wish),
    }
    if wish.due:
        made["occurrenceDateTime"] = wish.due
    made["authoredOn"] = wish.on
    reasons, informs = references(wish.reasons), references(wish.informs)
    made |= _listed("reasonReference", reasons) | _listed("supportingInfo", informs)
    made |= _listed("note", _notes(wish.note))
    # references have one form, and it was looked at: the model sees one of each
    seen = _listed("reasonReference", reasons[:1]) | _listed("supportingInfo", informs[:1])
    ServiceRequest.model_validate(made | seen)
    return made


def draft_task(wish: Wish) -> dict[str, Any]:
    """Return a draft task. FHIR R4 gives a task one reason and no supporting information."""
    made: dict[str, Any] = {
        "resourceType": "Task",
        "id": wish.id,
        "status": TaskStatus.DRAFT.value,
        "intent": TaskIntent.PROPOSAL.value,
        "priority": wish.priority.value,
        "code": _concept(wish),
        "description": wish.text,
        "for": _patient(wish),
        **_encounter(wish),
        "authoredOn": wish.on,
    }
    for reason in references(wish.reasons)[:1]:
        made["reasonReference"] = reason
    made |= _listed("note", _notes(wish.note))
    Task.model_validate(made)
    return made


def with_addition(order: Json, note: str, informs: Iterable[str]) -> dict[str, Any] | None:
    """Return an order as it was sent, with a note and supporting information added to it.

    None where it cannot be sent back whole: it is no ServiceRequest of FHIR R4, or holds a null or
    an empty member, which an answer must not.
    """
    if order.get("resourceType") != _SERVICE_REQUEST or not _can_be_sent(order):
        return None
    if not _ID.fullmatch(words(order.get("id"))) or not _keeps_to_lists(order):
        return None
    held = [one.get("reference") for one in rows(order.get("supportingInfo"))]
    added = [one for one in references(informs) if one["reference"] not in held]
    made = dict(order)
    made["note"] = [*rows(order.get("note")), *_notes(note)]
    made |= _listed("supportingInfo", [*rows(order.get("supportingInfo")), *added])
    try:
        ServiceRequest.model_validate(made)
    except ValidationError:
        return None
    return made


def references(evidence: Iterable[str]) -> list[dict[str, str]]:
    """Return a Reference for each "Type/id" once; what has no usable id is left out."""
    named = dict.fromkeys(one for one in evidence if _REFERENCE.fullmatch(one))
    return [{"reference": one} for one in named]


def _notes(text: str) -> list[dict[str, str]]:
    return [{"text": text}] if text else []


def _concept(wish: Wish) -> dict[str, Any]:
    if wish.coding is None:
        return {"text": wish.text}
    held = {"system": wish.coding.system, "code": wish.coding.code}
    if wish.coding.display:
        held["display"] = wish.coding.display
    return {"coding": [held], "text": wish.text}


def _patient(wish: Wish) -> dict[str, str]:
    return {"reference": f"Patient/{wish.patient_id}"}


def _encounter(wish: Wish) -> dict[str, Any]:
    if not wish.encounter_id:
        return {}
    return {"encounter": {"reference": f"Encounter/{wish.encounter_id}"}}


def _listed(name: str, held: list[Any]) -> dict[str, Any]:
    """Return a member, or nothing: an empty list is never written."""
    return {name: held} if held else {}


def _can_be_sent(value: object) -> bool:
    """Say whether a value holds no null and nothing empty, however deep."""
    if isinstance(value, str):
        return bool(value.strip())
    if value in _EMPTY:
        return False
    if isinstance(value, dict):
        return all(map(_can_be_sent, value.values()))
    return all(map(_can_be_sent, value)) if isinstance(value, list) else True


def _keeps_to_lists(order: Json) -> bool:
    """Say whether what must be a word of a closed list is one."""
    return all(order.get(name) in (None, *allowed) for name, allowed in _REQUIRED)
