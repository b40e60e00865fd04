"""How does the CDS Hooks service run on this machine?

Everything that can be wrong is found before the first call: settings, knowledge, addresses. Then
one process serves, or several that share the socket; told to stop, each answers the calls it has in
hand first.
"""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from importlib import import_module
from socket import socket
from typing import Any, Final

import typer
import uvicorn
from starlette.types import ASGIApp

from ehr import logs
from thirdline.clock import now
from thirdline.errors import Refusal
from thirdline.guard import GuardedProtocol
from thirdline.listening import bound, url_of
from thirdline.page import visible
from thirdline.plan import Plan, day_of
from thirdline.sandbox import unconfigured
from thirdline.settings import Settings
from thirdline.settings_values import read_address
from thirdline.shared_counts import shared_counts
from thirdline.storage import prepare
from thirdline.upkeep import configured
from thirdline.workers import Supervisor
from trd.knowledge import Knowledge

_PARTS: Final = "thirdline.parts"
"""Imported before there are workers, and after the metrics library was told where to count."""
_STOP_S: Final = 25
IDLE_S: Final = 75
"""Longer than proxies keep a connection for the next call: none is closed while one is sent."""
_STOPPING: Final = (signal.SIGTERM, signal.SIGINT)


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
        app,
        http=GuardedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=_STOP_S,
    )


def _is_for_operators(record: logging.LogRecord) -> bool:
    """Keep a stranger's nonsense out of the log: each line of it could be one of thousands."""
    return record.levelno >= logging.ERROR


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
    config: str | None, options: Mapping[str, Any], knowledge: Knowledge
) -> None:
    """Serve until Ctrl-C or a signal stops it; say first where to look.

    Without a configuration file it is a sandbox. Raises Refusal where anything is wrong.
    """
    with ExitStack() as held:
        if config is None:
            settings = held.enter_context(unconfigured(options))
        else:
            settings = configured(config, options)
        sock, beside = _bound(settings, options, held)
        prepare(settings, now())
        logs.configure_logs(sys.stderr)
        url = url_of(sock)
        _introduce(settings, url)
        public_url = settings.public_url or url
        plan = Plan(
            settings=settings, knowledge=knowledge, today=day_of(settings), public_url=public_url
        )
        if settings.workers == 1:
            status = _work(plan, sock, beside)
        else:
            held.enter_context(shared_counts())
            import_module(_PARTS)
            work = partial(_work, plan, sock, beside)
            sockets = [sock, *beside]
            status = Supervisor(settings.workers, work, time.monotonic, sockets).run()
    if status:
        raise typer.Exit(status)


def _bound(
    settings: Settings, options: Mapping[str, Any], held: ExitStack
) -> tuple[socket, list[socket]]:
    """Return the listening sockets: for EHRs, and for who counts."""
    name = f"--listen {settings.listen}" if "listen" in options else "listen"
    sock = held.enter_context(bound(read_address(settings.listen), name))
    if not settings.metrics_listen:
        return sock, []
    address = read_address(settings.metrics_listen)
    return sock, [held.enter_context(bound(address, "metrics_listen"))]


def _introduce(settings: Settings, url: str) -> None:
    typer.echo(f"CDS Hooks discovery: {url}/cds-services")
    if settings.is_sandbox:
        typer.echo("Sandbox: loopback only, unsigned hooks accepted. Ctrl-C stops it.")
    else:
        typer.echo(f"Production, reached as {settings.public_url}. Workers: {settings.workers}.")


def _work(plan: Plan, sock: socket, beside: Sequence[socket], parent: int | None = None) -> int:
    """Serve in this process; return its exit status. A refusal is said in its lines."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner, suppress(KeyboardInterrupt):
            runner.run(_serve(plan, sock, beside, parent))
    except Refusal as refusal:
        for line in refusal.lines:
            typer.echo(f"thirdline: {visible(line)}", err=True)
        return refusal.status
    return 0


async def _serve(plan: Plan, sock: socket, beside: Sequence[socket], parent: int | None) -> None:
    from thirdline.parts import composed  # noqa: PLC0415 - see _PARTS

    async with composed(plan) as made, AsyncExitStack() as running_beside:
        one = _Server(server_config(made.app))
        if parent is not None:
            _end_with(parent, one)
        for other in beside:
            server = _Beside(server_config(made.metrics_app))
            await running_beside.enter_async_context(running(server, other))
        await one.serve(sockets=[sock])


def _end_with(parent: int, one: _Server) -> None:
    """Stop a worker as if told to when the first process is no more."""
    loop = asyncio.get_running_loop()

    def is_gone() -> None:
        loop.remove_reader(parent)
        one.handle_exit(signal.SIGTERM, None)

    loop.add_reader(parent, is_gone)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    return uvicorn.Config("").get_loop_factory()
