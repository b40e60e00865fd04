"""Of which parts is the service made, here and now?

The composition root: settings and knowledge in, an application out. Parts that know nothing of each
other meet here: the replay check and the audit get the database, the door gets them all.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from cds_hooks.app import create_app
from cds_hooks.cors import with_cors
from thirdline.admission import Admission, OnlyProxies
from thirdline.plan import Plan
from thirdline.settings import Settings
from thirdline.settings_values import read_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What this process serves: to EHRs, and to whoever counts."""

    app: ASGIApp
    metrics_app: ASGIApp


@asynccontextmanager
async def composed(plan: Plan) -> AsyncIterator[Composed]:
    """Put the parts together for one process, and let go of what they hold at the end."""
    app = create_app(
        knowledge=plan.knowledge,
        today=plan.today,
        public_url=plan.public_url,
        cors_origins=plan.settings.cors_origins,
    )
    yield Composed(app=in_front(app, plan.settings), metrics_app=app)


def in_front(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Return the application behind what decides whether a call is taken in."""
    app = with_cors(Admission(app, at_once=settings.calls_at_once), settings.cors_origins)
    if settings.trusted_proxies:
        proxies = list(settings.trusted_proxies)
        app = ProxyHeadersMiddleware(app, trusted_hosts=proxies)  # type: ignore[arg-type,assignment]
        if not settings.is_sandbox and not read_address(settings.listen).is_loopback:
            app = OnlyProxies(app, proxies)
    return app
