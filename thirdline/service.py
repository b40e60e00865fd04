"""How does the CDS Hooks service run on this machine?

Everything that can be wrong is found before the first call: settings, knowledge, addresses. Then
one process serves, or several that share the socket; told to stop, each answers the calls it has in
hand first.
"""

import asyncio
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Final

import typer
import uvicorn
from starlette.types import ASGIApp

from thirdline.errors import Refusal
from thirdline.guard import GuardedProtocol
from thirdline.listening import bound, url_of
from thirdline.page import visible
from thirdline.parts import Composed, composed
from thirdline.settings import Settings
from thirdline.settings_values import read_address
from thirdline.workers import Supervisor
from trd.dates import Day
from trd.knowledge import Knowledge

_STOP_S: Final = 25
_STOPPING: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be served: settings, knowledge, the day, and where EHRs reach the service."""

    settings: Settings
    knowledge: Knowledge
    today: Callable[[], Day]
    public_url: str


class _Server(uvicorn.Server):
    """A server that ends without an error where it is told to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals for the life of the loop, so that a late one cuts nothing off."""
        loop = asyncio.get_running_loop()
        for told in _STOPPING:
            loop.add_signal_handler(told, self.handle_exit, told, None)
        yield


class _Beside(uvicorn.Server):
    """A server that ends with the one it stands beside."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def server_config(app: ASGIApp) -> uvicorn.Config:
    """Return how an application is served: guarded, without an access log, told no proxy's word."""
    logging.getLogger("uvicorn.error").addFilter(_is_for_operators)
    return uvicorn.Config(
        app,  # type: ignore[arg-type] - the same protocol under another name
        http=GuardedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_S,
    )


def _is_for_operators(record: logging.LogRecord) -> bool:
    """Keep what a fault may have said of a patient, and a stranger's nonsense, out of the log."""
    return record.levelno >= logging.ERROR and record.exc_info is None


@asynccontextmanager
async def running(one: uvicorn.Server, sock: socket) -> AsyncIterator[None]:
    """Run a server beside the caller on a listening socket, and stop it at the end."""
    task = asyncio.create_task(one.serve(sockets=[sock]))
    try:
        yield
    finally:
        one.should_exit = True
        await task


def serve_until_stopped(
    settings: Settings, knowledge: Knowledge, today: Callable[[], Day], listen_name: str
) -> None:
    """Serve until Ctrl-C or a signal stops it; say first where to look."""
    with ExitStack() as held:
        sock = held.enter_context(bound(read_address(settings.listen), listen_name))
        beside: list[socket] = []
        if settings.metrics_listen:
            address = read_address(settings.metrics_listen)
            beside.append(held.enter_context(bound(address, "metrics_listen")))
        url = url_of(sock)
        plan = Plan(
            settings=settings,
            knowledge=knowledge,
            today=today,
            public_url=settings.public_url or url,
        )
        prepare(plan)
        _introduce(settings, url)
        if settings.workers == 1:
            status = _serve(plan, sock, beside)
        else:
            supervisor = Supervisor(
                settings.workers,
                lambda parent: _work(plan, sock, beside, parent),
                time.monotonic,
            )
            status = supervisor.run()
    if status:
        raise typer.Exit(status)


def _introduce(settings: Settings, url: str) -> None:
    typer.echo(f"CDS Hooks discovery: {url}/cds-services")
    if settings.is_sandbox:
        typer.echo("Sandbox: loopback only, unsigned hooks accepted. Ctrl-C stops it.")
    else:
        typer.echo(f"Production: {settings.public_url}, {settings.workers} workers.")
