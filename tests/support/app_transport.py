"""An ASGI app called without a network, its answer streamed as it is sent.

Unlike httpx's own transport for apps it does not wait for the end of an answer, so that slow,
endless and broken answers can be seen, on a virtual clock too. While ``is_away`` nothing listens.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx

_START, _BODY = "http.response.start", "http.response.body"


class AppTransport(httpx.AsyncBaseTransport):
    """Hands requests to an app; ``running`` counts answers that are not ended."""

    def __init__(self, app: Any) -> None:
        """Hand requests to this app."""
        self.app = app
        self.is_away = False
        self.running = 0
        self.most_running = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_away:
            raise httpx.ConnectError("nothing listens", request=request)
        stream = _Answer(self, request)
        status, headers = await stream.started()
        return httpx.Response(status, headers=headers, stream=stream)


class _Answer(httpx.AsyncByteStream):
    """One answer being sent; closing it ends the app's work on it."""

    def __init__(self, transport: AppTransport, request: httpx.Request) -> None:
        """Begin to answer."""
        self._transport = transport
        self._request = request
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=1)
        self._task = asyncio.create_task(
            transport.app(self._scope(), self._receive, self._messages.put)
        )
        transport.running += 1
        transport.most_running = max(transport.most_running, transport.running)
        self._is_closed = False

    async def started(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        has_begun = False
        try:
            message = await self._next()
            assert message["type"] == _START
            has_begun = True
        finally:
            if not has_begun:
                await self.aclose()
        return message["status"], message.get("headers", [])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            message = await self._next()
            yield message.get("body", b"")
            if not message.get("more_body", False):
                return

    async def aclose(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._transport.running -= 1
        self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.exception()

    async def _next(self) -> dict[str, Any]:
        """Return what the app sends next; one that broke off is a broken connection."""
        getting = asyncio.ensure_future(self._messages.get())
        try:
            await asyncio.wait({getting, self._task}, return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                return getting.result()
            if not self._messages.empty():
                return self._messages.get_nowait()
        finally:
            getting.cancel()
        raise httpx.ReadError("broken off", request=self._request)

    def _scope(self) -> dict[str, Any]:
        url = self._request.url
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self._request.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query,
            "root_path": "",
            "headers": [(key.lower(), value) for key, value in self._request.headers.raw],
            "server": (url.host, url.port),
            "client": ("127.0.0.1", 1),
        }

    async def _receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}
