"""Who learned what about which patient, from whom, and how was it concluded?

One typed event per advice, refusal, feedback and security event. Events are appended, never
changed. ``as_resource`` writes one in the shape of a FHIR R4 AuditEvent, with the codes of IHE's
Basic Audit Log Patterns (BALP 1.1.4) where they have one: the EHR is the source, its user receives
what we say, we are the destination. No token and no clinical text is ever part of one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, Protocol
from uuid import uuid4

_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_BALP: Final = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
_OURS: Final = "urn:thirdline:audit"


class AuditKind(StrEnum):
    """What happened."""

    ADVICE = "advice"
    REFUSAL = "refusal"
    FEEDBACK = "feedback"
    SECURITY = "security"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One event. ``at`` is UTC; "" and empty collections where a member does not apply.

    ``reads`` are (need, status, count); ``verdicts`` are rule ids or fields with their verdict;
    ``cards`` are (uuid, topic code, indicator); where they were shown ``about`` holds for each the
    digest of the facts it speaks of and the id of its draft order, "" where it has none.
    ``reason`` is a fixed code.
    """

    kind: AuditKind
    at: datetime
    id: str = field(default_factory=lambda: str(uuid4()))
    """Tells two deliveries of one event from two events."""
    site: str = ""
    issuer: str = ""
    tenant: str = ""
    jti: str = ""
    user: str = ""
    patient: str = ""
    service: str = ""
    hook_instance: str = ""
    status: int = 0
    reason: str = ""
    reads: tuple[tuple[str, str, int], ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)
    rules: str = ""
    knowledge: str = ""
    cards: tuple[tuple[str, str, str], ...] = ()
    about: tuple[tuple[str, str], ...] = ()


class AuditSink(Protocol):
    """Where events go.

    ``append`` returns when the event is durable. It raises AuditUnavailable where no event can be
    taken just now, and AuditRefused for an event that will never be.
    """

    async def append(self, event: AuditEvent) -> None:
        """Append one event."""


def as_resource(event: AuditEvent) -> dict[str, Any]:
    """Return an event in the shape of a FHIR R4 AuditEvent, without members that have no value."""
    shaped = {
        "resourceType": "AuditEvent",
        "id": event.id,
        "type": _type(event.kind),
        "subtype": [_coding(_OURS, event.kind.value)],
        "action": "C" if event.kind is AuditKind.FEEDBACK else "E",
        "recorded": event.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "outcome": _outcome(event),
        "outcomeDesc": event.reason,
        "agent": list(_agents(event)),
        "source": {
            "observer": {"display": "Thirdline"},
            "type": [_coding(f"{_HL7}/security-source-type", "4", "Application Server")],
        },
        "entity": list(_entities(event)),
    }
    return {name: value for name, value in shaped.items() if value}


def _coding(system: str, code: str, display: str = "") -> dict[str, str]:
    named = {"system": system, "code": code, "display": display}
    return {name: value for name, value in named.items() if value}


def _type(kind: AuditKind) -> dict[str, str]:
    if kind is AuditKind.SECURITY:
        return _coding(_DICOM, "110113", "Security Alert")
    return _coding(f"{_HL7}/audit-event-type", "rest", "Restful Operation")


def _outcome(event: AuditEvent) -> str:
    """Return 0 for success, 4 for what the caller could not have, 8 for a fault of ours."""
    if event.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "8"
    is_refused = event.kind in {AuditKind.REFUSAL, AuditKind.SECURITY}
    if is_refused or event.status >= HTTPStatus.BAD_REQUEST:
        return "4"
    return "0"


def _agents(event: AuditEvent) -> Iterator[dict[str, Any]]:
    yield {
        "type": {"coding": [_coding(_DICOM, "110153", "Source Role ID")]},
        "who": _reference(identifier=event.issuer, display=event.site or "unknown"),
        "requestor": not event.user,
    }
    yield {
        "type": {"coding": [_coding(_DICOM, "110152", "Destination Role ID")]},
        "who": {"display": "Thirdline"},
        "requestor": False,
    }
    if event.user:
        coding = _coding(f"{_HL7}/v3-ParticipationType", "IRCP", "information recipient")
        yield {
            "type": {"coding": [coding]},
            "who": {"reference": event.user},
            "requestor": True,
        }


def _reference(*, identifier: str, display: str) -> dict[str, Any]:
    return ({"identifier": {"value": identifier}} if identifier else {}) | {"display": display}


def _entities(event: AuditEvent) -> Iterator[dict[str, Any]]:
    if event.patient:
        yield {
            "what": {"reference": f"Patient/{event.patient}"},
            "type": _coding(f"{_HL7}/audit-entity-type", "1", "Person"),
            "role": _coding(f"{_HL7}/object-role", "1", "Patient"),
        }
    if event.hook_instance:
        yield {
            "what": {"identifier": {"value": event.hook_instance}},
            "type": _coding(_BALP, "XrequestId"),
        }
    details = [{"type": name, "valueString": value} for name, value in _details(event) if value]
    job = {
        "type": _coding(f"{_HL7}/audit-entity-type", "2", "System Object"),
        "role": _coding(f"{_HL7}/object-role", "20", "Job"),
        "name": event.service or event.kind.value,
    }
    yield job | ({"detail": details} if details else {})


def _details(event: AuditEvent) -> Iterable[tuple[str, str]]:
    yield "status", str(event.status or "")
    yield "tenant", event.tenant
    yield "jti", event.jti
    yield "rules", event.rules
    yield "knowledge", event.knowledge
    for need, status, count in event.reads:
        yield "read", f"{need} {status} {count}"
    for rule, verdict in event.verdicts.items():
        yield "verdict", f"{rule} {verdict}"
    for card in event.cards:
        yield "card", " ".join(card)
    for facts, draft in event.about:
        yield "about", f"{facts} {draft}".strip()
