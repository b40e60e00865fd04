"""A door that trusts whoever calls and keeps nothing: what reading and judging cost alone."""

from collections.abc import Callable, Sequence
from datetime import datetime

from starlette.types import ASGIApp

from cds_hooks.app import create_app
from cds_hooks.parts import Parts
from ehr.audit import AuditEvent
from ehr.errors import Untrusted
from ehr.site import Site
from ehr.trust import Caller
from store.rows import AuditRow, FeedbackRow, QuietPeriod, ShownCard
from thirdline.clock import now
from trd.dates import Day
from trd.knowledge import Knowledge


def sandbox(knowledge: Knowledge, today: Callable[[], Day], public_url: str) -> ASGIApp:
    """Return the service for this machine alone; it keeps nothing."""
    nothing = _Nothing()
    return create_app(
        Parts(
            knowledge=knowledge,
            today=today,
            now=now,
            public_url=public_url,
            trust=_Anybody(),
            audit=nothing,
            records=nothing,
            is_sandbox=True,
            serves_metrics=True,
        )
    )


class _Anybody:
    """Trusts calls without a token, and no token."""

    async def caller(self, authorization: Sequence[str], endpoint: str) -> Caller | None:
        del endpoint
        if authorization:
            raise Untrusted("no-registered-ehr")
        return None

    def unsigned_caller(self, fhir_server: str) -> Caller | None:
        del fhir_server
        return Caller(site=Site(name="sandbox", base=""))


class _Nothing:
    """Keeps nothing."""

    async def append(self, event: AuditEvent) -> None: ...

    async def record(self, audit: AuditRow, shown: Sequence[ShownCard] = ()) -> None: ...

    async def keep_feedback(
        self, rows: Sequence[FeedbackRow], quiet: Sequence[QuietPeriod] = ()
    ) -> Sequence[FeedbackRow]:
        del quiet
        return rows

    async def shown_before(self, site: str, patient: str, since: datetime) -> Sequence[ShownCard]:
        del site, patient, since
        return ()

    async def shown_card(self, site: str, card: str) -> ShownCard | None:
        del site, card
        return None

    async def quiet_periods(self, site: str, patient: str, now: datetime) -> Sequence[QuietPeriod]:
        del site, patient, now
        return ()
