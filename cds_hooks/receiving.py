"""How is feedback received?

Authenticated like a call of the service, kept before it is acknowledged, and harmless to resend.
A card nobody here remembers is no error: feedback on it is kept unlinked, and the answer is the
same whether the card is unknown or another EHR's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.body import check_headers, read_body
from cds_hooks.callers import caller_of
from cds_hooks.door import SERVICES_PATH, served
from cds_hooks.errors import JSON_TYPE, NO_STORE, BadRequest, Unavailable
from cds_hooks.feedback import LARGEST_BYTES, Received, moment, read_feedback
from cds_hooks.parts import Parts
from cds_hooks.quiet import period_of
from cds_hooks.quota import Quota
from ehr import logs
from ehr.audit import AuditEvent, AuditKind
from ehr.trust import Caller
from store.errors import StoreError
from store.rows import FeedbackRow, QuietPeriod, ShownCard

_MOST_NAMED: Final = 10
_UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Receives feedback."""

    parts: Parts
    quota: Quota

    async def call(self, request: Request) -> Response:
        """Answer POST /cds-services/{id}/feedback."""
        parts, service = self.parts, served(request)
        check_headers(request.headers, LARGEST_BYTES)
        path = f"{SERVICES_PATH}/{service.id}/feedback"
        caller = await caller_of(request, parts, path) or parts.trust.unsigned_caller("")
        if caller is None:
            raise BadRequest("feedback without a token: it is not clear which EHR sends it")
        await self.quota.spend(caller.site, "feedback", parts.now())
        body = await read_body(request.receive, LARGEST_BYTES)
        received = read_feedback(body, caller.site.name, service.id, parts.now())
        await self._keep(received, caller, service.id)
        if received.wrong:
            raise BadRequest("; ".join(received.wrong[:_MOST_NAMED]))
        answer = orjson.dumps({"received": len(received.rows)})
        return Response(answer, media_type=JSON_TYPE, headers=NO_STORE)

    async def _keep(self, received: Received, caller: Caller, service: str) -> None:
        """Keep the good entries; raise Unavailable, so that they are sent again."""
        records = self.parts.records
        try:
            shown = await self._shown(received.rows, caller.site.name)
            periods = _periods(received.rows, shown)
            new = await records.keep_feedback(received.rows, periods) if received.rows else ()
        except StoreError as wrong:
            logs.fault("feedback-not-kept", wrong, service=service)
            raise Unavailable("feedback cannot be kept just now; send it again") from wrong
        for row in new:
            topic = shown[row.card].topic if row.card in shown else _UNKNOWN
            self.parts.metrics.count_card(service, topic, row.outcome)
        await self.parts.audit.append(self._event(received, shown, caller, service))

    async def _shown(self, rows: tuple[FeedbackRow, ...], site: str) -> Mapping[str, ShownCard]:
        """Return those of the cards that were shown at this EHR."""
        found = {card: await self.parts.records.shown_card(site, card) for card in _cards(rows)}
        return {card: shown for card, shown in found.items() if shown is not None}

    def _event(
        self, received: Received, shown: Mapping[str, ShownCard], caller: Caller, service: str
    ) -> AuditEvent:
        return AuditEvent(
            kind=AuditKind.FEEDBACK,
            at=self.parts.now(),
            site=caller.site.name,
            issuer=caller.issuer,
            tenant=caller.tenant,
            jti=caller.jti,
            service=service,
            status=BadRequest.status if received.wrong else 200,
            reason="some-entries-not-kept" if received.wrong else "",
            cards=tuple((card, one.topic, one.indicator) for card, one in shown.items()),
        )


def _cards(rows: tuple[FeedbackRow, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.card for row in rows))


def _periods(
    rows: tuple[FeedbackRow, ...], shown: Mapping[str, ShownCard]
) -> tuple[QuietPeriod, ...]:
    """Return the quiet periods these rows start, each from its outcome on and never from later."""
    found = []
    for row in rows:
        if row.card in shown:
            since = min(moment(row.outcome_at) or row.at, row.at)
            period = period_of(row, shown[row.card], since)
            if period is not None:
                found.append(period)
    return tuple(found)
