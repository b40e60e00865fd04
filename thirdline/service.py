"""How does the CDS Hooks service run on this machine?

On a loopback address only: it accepts unsigned hooks (sandbox mode), so nobody else may reach it.
Binding comes first, so that a taken port is one line and not a traceback.
"""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import typer
import uvicorn

from cds_hooks.app import create_app
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


def server(knowledge: Knowledge, today: Callable[[], Day], public_url: str) -> uvicorn.Server:
    """Return the service, not yet started."""
    app: Any = create_app(knowledge=knowledge, today=today, public_url=public_url, cors_origins=())
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
