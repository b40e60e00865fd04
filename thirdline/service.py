"""How does the CDS Hooks service run on this machine?

On a loopback address only: it accepts unsigned hooks (sandbox mode), so nobody else may reach it.
Binding comes first, so that a taken port is one line and not a traceback.
"""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Final

import typer
import uvicorn
from starlette.types import ASGIApp

from cds_hooks.app import create_app
from cds_hooks.parts import Parts
from ehr.audit import AuditEvent
from ehr.errors import Untrusted
from ehr.site import Site
from ehr.trust import Caller
from store.rows import AuditRow, FeedbackRow, QuietPeriod, ShownCard
from thirdline.clock import now
from thirdline.errors import Refusal
from trd.dates import Day
from trd.knowledge import Knowledge

ANY_PORT: Final = "127.0.0.1:0"
"""A free loopback port, chosen by the machine."""

_LOCALHOST: Final = "localhost"
_HIGHEST_PORT: Final = 65_535


def bound(listen: str) -> socket.socket:
    """Return a listening socket for "127.0.0.1:8000"; refuse any address but a loopback one."""
    host, port = _address(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as wrong:
        reason = (wrong.strerror or "cannot be used").lower()
        raise Refusal(f"--listen {listen}: {reason}", status=1) from wrong


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    host = "127.0.0.1" if host == _LOCALHOST else host
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
        number = int(port) if port.isascii() and port.isdigit() else -1
    except ValueError:
        is_loopback, number = False, -1
    if not 0 <= number <= _HIGHEST_PORT:
        raise Refusal("--listen: not an address of the form 127.0.0.1:8000")
    if not is_loopback:
        raise Refusal("--listen: only a loopback address; unsigned hooks are accepted here")
    return host, number


def url_of(sock: socket.socket) -> str:
    """Return the base URL of a listening socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


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


def server(knowledge: Knowledge, today: Callable[[], Day], public_url: str) -> uvicorn.Server:
    """Return the service, not yet started."""
    app: Any = sandbox(knowledge, today, public_url)
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none")
    return uvicorn.Server(config)


@asynccontextmanager
async def running(one: uvicorn.Server, sock: socket.socket) -> AsyncIterator[None]:
    """Run the service beside the caller on a listening socket, and stop it at the end."""
    task = asyncio.create_task(one.serve(sockets=[sock]))
    try:
        yield
    finally:
        one.should_exit = True
        await task


def serve_until_stopped(knowledge: Knowledge, today: Callable[[], Day], listen: str) -> None:
    """Serve until Ctrl-C or a signal stops it; say first where to look."""
    with bound(listen) as sock:
        url = url_of(sock)
        typer.echo(f"CDS Hooks discovery: {url}/cds-services")
        typer.echo("Sandbox: loopback only, unsigned hooks accepted. Ctrl-C stops it.")
        with suppress(KeyboardInterrupt):
            server(knowledge, today, url).run(sockets=[sock])
