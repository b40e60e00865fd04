"""Of which parts is the service made, here and now?

The composition root: a plan in, an application out. Parts that know nothing of each other meet
here: the replay check and the audit get the database, trust gets the wire, the door gets them all.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from cds_hooks.app import create_app, create_metrics_app
from cds_hooks.cors import with_cors
from cds_hooks.errors import Unavailable
from cds_hooks.parts import Parts
from cds_hooks.recorded import RecordedAudit
from ehr.audit import AuditEvent, AuditSink
from ehr.client import Wire
from ehr.errors import EhrError
from ehr.site import Site
from ehr.spool import AuditFile, SpooledAudit
from ehr.trust import Trust
from store.errors import StoreError
from store.store import Store
from thirdline.admission import Admission, OnlyProxies
from thirdline.clock import now
from thirdline.counts import process_metrics
from thirdline.errors import FAULTY, Refusal
from thirdline.plan import Plan
from thirdline.settings import Settings
from thirdline.settings_sites import card_terms, sites
from thirdline.settings_values import read_address
from thirdline.storage import opened, ring


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What this process serves: to EHRs, and to whoever counts."""

    app: ASGIApp
    metrics_app: ASGIApp


class Audits:
    """Every sink gets every event; it is durable in all of them when ``append`` returns."""

    def __init__(self, sinks: Sequence[AuditSink]) -> None:
        """Take the sinks in the order in which they are written."""
        self._sinks = sinks

    async def append(self, event: AuditEvent) -> None:
        """Append one event. Raises AuditUnavailable."""
        for sink in self._sinks:
            await sink.append(event)


class Uses:
    """The replay check over the database; where it cannot be asked, no call is answered."""

    def __init__(self, store: Store) -> None:
        """Ask this store."""
        self._store = store

    async def first_use(self, issuer: str, jti: str, until: datetime, now: datetime) -> bool:
        """Say whether a token is used for the first time. Raises Unavailable."""
        try:
            return await self._store.first_use(issuer, jti, until, now)
        except StoreError as wrong:
            raise Unavailable("it cannot be told now whether this call is a new one") from wrong


@asynccontextmanager
async def composed(plan: Plan) -> AsyncIterator[Composed]:
    """Put the parts together for one process, and let go of what they hold at the end.

    Raises Refusal where a part cannot be had.
    """
    settings = plan.settings
    async with AsyncExitStack() as held:
        store = await opened(settings, ring(settings), migrate=False)
        held.push_async_callback(store.close)
        registered = sites(settings)
        wire = _wire(registered, settings)
        held.push_async_callback(wire.close)
        parts = Parts(
            knowledge=plan.knowledge,
            today=plan.today,
            now=now,
            public_url=plan.public_url,
            sites={site.name: site for site in registered},
            terms=card_terms(settings),
            trust=_trust(registered, store, wire, settings),
            wire=wire,
            audit=await _audit(held, store, settings),
            records=store,
            is_sandbox=settings.is_sandbox,
            discovery_requires_token=settings.discovery_requires_jwt,
            serves_metrics=settings.is_sandbox,
            ready=(store.check,),
            metrics=process_metrics(),
        )
        yield Composed(
            app=in_front(create_app(parts), settings), metrics_app=create_metrics_app(parts)
        )


def in_front(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Return the application behind what decides whether a call is taken in.

    Pages of listed origins may read that refusal as well, so CORS stands before all of it.
    """
    app = with_cors(Admission(app, at_once=settings.calls_at_once), settings.cors_origins)
    if settings.trusted_proxies:
        proxies = list(settings.trusted_proxies)
        app = ProxyHeadersMiddleware(app, trusted_hosts=proxies)  # type: ignore[arg-type,assignment]
        if not settings.is_sandbox and not read_address(settings.listen).is_loopback:
            app = OnlyProxies(app, proxies)
    return app


def _wire(registered: Sequence[Site], settings: Settings) -> Wire:
    callable_sites = [site for site in registered if site.enabled]
    try:
        return Wire(callable_sites, ca_file=settings.ca_file, allows_open=settings.is_sandbox)
    except EhrError as wrong:
        raise Refusal(f"ehr: {wrong.reason}", FAULTY) from None


def _trust(registered: Sequence[Site], store: Store, wire: Wire, settings: Settings) -> Trust:
    try:
        return Trust(
            registered,
            replay=Uses(store),
            fetch=wire.fetch_keys,
            now=now,
            allows_unsigned=settings.is_sandbox,
        )
    except EhrError as wrong:
        raise Refusal(f"ehr: {wrong.reason}", FAULTY) from None


async def _audit(held: AsyncExitStack, store: Store, settings: Settings) -> AuditSink:
    """Return where events go: the database, and a file where one is named, each with its spool."""
    places: list[tuple[str, AuditSink]] = [("database", RecordedAudit(store))]
    if settings.audit_file:
        places.append(("file", AuditFile(Path(settings.audit_file))))
    sinks: list[AuditSink] = []
    for name, sink in places:
        spooled = SpooledAudit(sink, Path(settings.spool_folder) / name)
        held.push_async_callback(spooled.close)
        spooled.deliver()
        sinks.append(spooled)
    return Audits(sinks)
