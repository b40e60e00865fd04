"""Who learned what about which patient, from whom, and how was it concluded?

One typed event per advice, refusal, feedback and security event. Events are appended, never
changed. ``as_resource`` writes one in the shape of a FHIR R4 AuditEvent. No token and no clinical
text is ever part of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


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
    """Where events go. ``append`` returns when the event is durable, or raises AuditUnavailable."""

    async def append(self, event: AuditEvent) -> None:
        """Append one event."""


def as_resource(event: AuditEvent) -> dict[str, Any]:
    """Return an event in the shape of a FHIR R4 AuditEvent."""
    raise NotImplementedError
