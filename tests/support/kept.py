"""Parts of a door for tests: what is kept stays in memory, and everybody may be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cds_hooks.recorded import shown_of
from ehr.audit import AuditEvent
from ehr.errors import AuditUnavailable, Untrusted
from ehr.site import Site
from ehr.trust import Caller
from store.errors import StoreError
from store.rows import AuditRow, FeedbackRow, QuietPeriod, ShownCard

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
SANDBOX = Site(name="sandbox", base="")
NORTH = Site(name="north", base="https://ehr.example.org/fhir/r4")
SOUTH = Site(name="south", base="https://south.example.org/fhir/r4")


def key(row: FeedbackRow) -> tuple[Any, ...]:
    """Return what makes two rows the same feedback."""
    reason = row.reason_system, row.reason_code
    return row.site, row.card, row.outcome, row.outcome_at, row.suggestions, reason


@dataclass
class Kept:
    """Records and audit sink in one, in memory. ``fails`` makes everything raise StoreError."""

    audits: list[AuditRow] = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)
    shown: list[ShownCard] = field(default_factory=list)
    feedback: list[FeedbackRow] = field(default_factory=list)
    quiet: list[QuietPeriod] = field(default_factory=list)
    fails: bool = False

    def check(self) -> None:
        if self.fails:
            raise StoreError("database-unreachable")

    async def append(self, event: AuditEvent) -> None:
        if self.fails:
            raise AuditUnavailable("database-unreachable")
        self.events.append(event)
        self.shown += shown_of(event)

    async def record(self, audit: AuditRow, shown: Sequence[ShownCard] = ()) -> None:
        self.check()
        self.audits.append(audit)
        self.shown += shown

    async def keep_feedback(
        self, rows: Sequence[FeedbackRow], quiet: Sequence[QuietPeriod] = ()
    ) -> Sequence[FeedbackRow]:
        self.check()
        known = {key(row) for row in self.feedback}
        new = [
            row for at, row in enumerate(rows) if key(row) not in known | set(map(key, rows[:at]))
        ]
        self.feedback += new
        patients = {one.card: one.patient for one in self.shown}
        self.quiet += [replace(one, patient=patients[one.card]) for one in quiet]
        return new

    async def shown_before(self, site: str, patient: str, since: datetime) -> Sequence[ShownCard]:
        self.check()
        return [
            one
            for one in self.shown
            if (one.site, one.patient) == (site, patient) and one.at >= since
        ]

    async def shown_card(self, site: str, card: str) -> ShownCard | None:
        self.check()
        held = [one for one in self.shown if (one.site, one.card) == (site, card)]
        return replace(held[-1], patient="") if held else None

    async def quiet_periods(self, site: str, patient: str, now: datetime) -> Sequence[QuietPeriod]:
        self.check()
        return [
            one
            for one in self.quiet
            if (one.site, one.patient) == (site, patient) and one.until > now
        ]


@dataclass
class Trusting:
    """Believes a bearer token that is the name of a site; calls without one are the sandbox's."""

    sites: Sequence[Site] = (SANDBOX,)
    allows_unsigned: bool = True
    asked: list[str] = field(default_factory=list)

    async def caller(self, authorization: Sequence[str], endpoint: str) -> Caller | None:
        self.asked.append(endpoint)
        if not authorization and self.allows_unsigned:
            return None
        for site in self.sites:
            if list(authorization) == [f"Bearer {site.name}"]:
                return Caller(site=site, issuer=f"https://{site.name}.example.org", is_signed=True)
        raise Untrusted("no-such-token")

    def unsigned_caller(self, fhir_server: str) -> Caller | None:
        if not self.allows_unsigned:
            return None
        named = [site for site in self.sites if site.base and site.base == fhir_server]
        found = named or (self.sites if len(self.sites) == 1 else [])
        return Caller(site=found[0]) if found else None
