"""What is known so far of one call, and how is it written down?

Filled step by step while a call is answered, so that a refusal at any step can be audited with as
much as was known by then. The reasons are fixed codes; no content of the chart is part of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cds_hooks.advice import Made
from cds_hooks.call import HookCall
from cds_hooks.errors import AnotherPatient, HookError, OtherServer
from cds_hooks.services import Service
from ehr.audit import AuditEvent, AuditKind
from ehr.site import Site
from ehr.trust import Caller
from trd.knowledge import Knowledge

_SECURITY: Final[Mapping[type[HookError], str]] = {
    AnotherPatient: "another-patient",
    OtherServer: "another-server",
}


@dataclass(slots=True, kw_only=True)
class Visit:
    """One call on its way. ``deadline`` is in the running loop's time."""

    service: Service
    deadline: float
    caller: Caller | None = None
    call: HookCall | None = None
    reads: tuple[tuple[str, str, int], ...] = ()
    verdicts: dict[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        """Return the EHR of a call whose caller is known."""
        assert self.caller is not None  # noqa: S101 - asked after the caller is known
        return self.caller.site

    def refusal(self, wrong: HookError, at: datetime, knowledge: Knowledge) -> AuditEvent:
        """Return the event of a call that gets no cards."""
        reason = _SECURITY.get(type(wrong), "")
        kind = AuditKind.SECURITY if reason else AuditKind.REFUSAL
        return self._event(kind, at, knowledge, wrong.status, reason or wrong.issue)

    def advice(
        self, sent: tuple[Made, ...], reason: str, at: datetime, knowledge: Knowledge
    ) -> AuditEvent:
        """Return the event of an answer with these cards."""
        return self._event(AuditKind.ADVICE, at, knowledge, 200, reason, sent)

    def _event(
        self,
        kind: AuditKind,
        at: datetime,
        knowledge: Knowledge,
        status: int,
        reason: str,
        sent: tuple[Made, ...] = (),
    ) -> AuditEvent:
        caller, call = self.caller, self.call
        return AuditEvent(
            kind=kind,
            at=at,
            site=caller.site.name if caller else "",
            issuer=caller.issuer if caller else "",
            tenant=caller.tenant if caller else "",
            jti=caller.jti if caller else "",
            user=call.user if call else "",
            patient=call.patient_id if call else "",
            service=self.service.id,
            hook_instance=call.hook_instance if call else "",
            status=status,
            reason=reason,
            reads=self.reads,
            verdicts=dict(self.verdicts),
            rules=knowledge.rules,
            knowledge=knowledge.version,
            cards=tuple((one.card["uuid"], one.topic.value, one.indicator.value) for one in sent),
            about=tuple((one.facts, one.draft) for one in sent),
        )
