"""Real servers on this machine: a port of the kernel's, bytes as they stand, certificates invented.

For what only a wire shows: TLS, connections, what is sent before and after. A ``Canary`` listens
and counts who connects.
"""

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import trustme

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Listening:
    """A server: where it listens, and each request's text as it arrived."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


def answer(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    """Return a whole answer that closes the connection."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/fhir+json\r\n{more}"
    return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


@contextlib.asynccontextmanager
async def listening(
    reply: bytes | Handle, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Listening]:
    """Serve on a port of the kernel's choice: the same bytes to all, or what a handler does."""
    found = Listening(0)
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        found.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                found.requests.append(await reader.readuntil(b"\r\n\r\n"))
                if isinstance(reply, bytes):
                    writer.write(reply)
                    await writer.drain()
                else:
                    await reply(reader, writer)
        finally:
            if isinstance(reply, bytes):
                writer.close()
            else:
                writer.transport.abort()

    server = await asyncio.start_server(handle, host, 0, ssl=tls)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def canary() -> AsyncIterator[Listening]:
    """Listen where nobody should come."""
    found = Listening(0)

    async def seen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.connections += 1
        writer.transport.abort()

    server = await asyncio.start_server(seen, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()


class Authority:
    """An invented certificate authority; ``file`` is what an operator would name as ca_file."""

    def __init__(self, folder: Path) -> None:
        """Write the authority's certificate into a folder."""
        self._ca = trustme.CA()
        self.file = str(folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.file)

    def server(self, *names: str, ends: dt.datetime | None = None) -> ssl.SSLContext:
        """Return what a server of these names shows, perhaps past its end."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*names, not_after=ends).configure_cert(context)
        return context
