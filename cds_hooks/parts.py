"""What is the door made of?

Everything the door needs and does not make itself: knowledge, the clock, the registered EHRs, who
is trusted, where audit events and cards shown are kept. ``thirdline`` puts the parts together.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from cds_hooks.metrics import Metrics
from cds_hooks.terms import CardTerms, Speaking
from ehr.audit import AuditSink
from ehr.client import Wire
from ehr.site import Site
from ehr.trust import Caller
from store.rows import AuditRow, FeedbackRow, QuietPeriod, ShownCard
from trd.dates import Day
from trd.knowledge import Knowledge

NewUuid = Callable[[], UUID]


class Trust(Protocol):
    """Who is believed to be a registered EHR."""

    async def caller(self, authorization: Sequence[str], endpoint: str) -> Caller | None:
        """Return who calls an endpoint; None where no token came and none is needed.

        Raises Untrusted.
        """

    def unsigned_caller(self, fhir_server: str) -> Caller | None:
        """Return whose a call without a token is, None where it is nobody's."""


class Records(Protocol):
    """What the door keeps and looks up. Every method raises StoreError."""

    async def record(self, audit: AuditRow, shown: Sequence[ShownCard] = ()) -> None:
        """Keep an audit event and the cards it speaks of in one durable transaction."""

    async def keep_feedback(
        self, rows: Sequence[FeedbackRow], quiet: Sequence[QuietPeriod] = ()
    ) -> Sequence[FeedbackRow]:
        """Keep feedback, once each, and the quiet periods it starts; return what was new."""

    async def shown_before(self, site: str, patient: str, since: datetime) -> Sequence[ShownCard]:
        """Return the cards shown of a patient since a moment."""

    async def shown_card(self, site: str, card: str) -> ShownCard | None:
        """Return one card that was shown at this EHR, its patient left out."""

    async def quiet_periods(self, site: str, patient: str, now: datetime) -> Sequence[QuietPeriod]:
        """Return the quiet periods of a patient that have not ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of one door.

    ``public_url`` is where the EHRs reach it: the audience of their tokens, whatever a Host header
    says. ``sites`` and ``terms`` are by name. ``audit`` keeps an event and the cards shown with it
    (``recorded.RecordedAudit``) or raises AuditUnavailable. ``ready`` are the checks of /readyz;
    each raises StoreError or EhrError. ``serves_metrics`` and ``is_sandbox`` open further pages.
    ``metrics`` is filled by one app.
    """

    knowledge: Knowledge
    today: Callable[[], Day]
    now: Callable[[], datetime]
    public_url: str
    trust: Trust
    audit: AuditSink
    records: Records
    wire: Wire | None = None
    sites: Mapping[str, Site] = field(default_factory=dict)
    terms: Mapping[str, CardTerms] = field(default_factory=dict)
    cors_origins: Sequence[str] = ()
    new_uuid: NewUuid = uuid4
    is_sandbox: bool = False
    discovery_requires_token: bool = False
    serves_metrics: bool = False
    app_url: str = ""
    ready: Sequence[Callable[[], Awaitable[None]]] = ()
    metrics: Metrics = field(default_factory=Metrics)

    def terms_of(self, site: str | None) -> CardTerms:
        """Return the terms of an EHR; of nobody in particular: off is what is off everywhere."""
        if site is not None:
            return self.terms.get(site, CardTerms())
        off = [
            {name for name, speaking in one.services.items() if speaking is Speaking.OFF}
            for one in map(self.terms_of, self.sites)
        ]
        everywhere = set[str].intersection(*off) if off else set[str]()
        return CardTerms(services=dict.fromkeys(everywhere, Speaking.OFF))
