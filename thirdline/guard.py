"""How long may a client take, and how much may it send before its call begins?

Uvicorn waits for ever for a request that never ends. This protocol gives headers and body a time
each, bounds the size and number of headers, and closes what overruns. A client that is slow on
purpose costs one connection for less than half a minute, and no worker's time.
"""

import asyncio
import sys
from asyncio.events import TimerHandle
from typing import Final

from httptools import HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEADERS_S: Final = 20.0
"""From the first moment of a connection, or the first byte of a further request, to its headers."""
BODY_S: Final = 20.0
"""From the headers to the end of the body."""
ANSWER_S: Final = 20.0
"""How long a client may leave an answer unread."""
LAST_S: Final = 0.2
"""How long a server that is told to stop listens on for a call that was sent already."""
MOST_HEADERS: Final = 100
MOST_HEADER_BYTES: Final = 32_768
MOST_CONNECTIONS: Final = 800
"""Per worker; a further one is closed at once. Below the usual limit of 1 024 open files."""

_BAD_REQUEST: Final = 400
_TIMED_OUT: Final = 408
_HEADERS_TOO_LARGE: Final = 431
_TUNNEL: Final = b"CONNECT"
_OFFER: Final = frozenset({b"connection", b"upgrade", b"http2-settings"})
_CLOSING: Final = b"content-length: 0\r\nconnection: close\r\n\r\n"


class _Overrun(Exception):  # noqa: N818 - never leaves the parser
    """More headers than are read, or a request for a tunnel."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection, with limits. ``_status`` is what a request that cannot be read gets."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin the time for headers; close at once where there are too many connections."""
        self._timer: TimerHandle | None = None
        self._head_bytes = 0
        self._is_head = True
        self._status = _BAD_REQUEST
        self._received = b""
        self._without_upgrade = b""
        self._is_last = False
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._within(HEADERS_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self._at_ease()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; headers that do not end within their size are refused."""
        if self._is_head and self._timer is None:
            self._within(HEADERS_S)
        if self._is_head:
            self._head_bytes += len(data)
        self._received = data
        super().data_received(data)
        if self._is_head and self._head_bytes > MOST_HEADER_BYTES:
            self._refuse(_HEADERS_TOO_LARGE)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header; what follows the body is none, and nobody is to believe it."""
        if not self._is_head:
            return
        if len(self.headers) >= MOST_HEADERS:
            self._status = _HEADERS_TOO_LARGE
            raise _Overrun
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the time for the body, and the call."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > MOST_HEADER_BYTES:
            self._status = _HEADERS_TOO_LARGE
            raise _Overrun
        if self.parser.should_upgrade():
            self._without_upgrade = self._head_again()
            return
        self._is_head = False
        self._within(BODY_S)
        super().on_headers_complete()
        if self._is_last:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """Let the call take its own time."""
        if self._without_upgrade:
            return
        self._is_head = True
        self._head_bytes = 0
        self._at_ease()
        super().on_message_complete()

    def shutdown(self) -> None:
        """End the connection: after the call it carries, or one that is on its way already."""
        if self.cycle is None or self.cycle.response_complete:
            self._is_last = True
            self.loop.call_later(LAST_S, self._close_if_idle)
        else:
            super().shutdown()

    def _close_if_idle(self) -> None:
        if self._is_head and (self.cycle is None or self.cycle.response_complete):
            self.transport.close()

    def pause_writing(self) -> None:
        """Begin the time for a client that does not read its answer."""
        super().pause_writing()
        self._within(ANSWER_S)

    def resume_writing(self) -> None:
        """Let a client that reads take its time."""
        super().resume_writing()
        self._at_ease()

    def _unsupported_upgrade_warning(self) -> None:
        """Read a request that offers another protocol as if it did not; its body follows.

        The parser takes what comes after such headers for the other protocol, or for the next
        request, but a client that only offers one sends its body as ever.
        """
        wrong = sys.exc_info()[1]
        assert isinstance(wrong, HttpParserUpgrade)  # noqa: S101 - called where it is caught
        again, self._without_upgrade = self._without_upgrade, b""
        self.parser = HttpRequestParser(self)
        self.data_received(again + self._received[wrong.args[0] :])

    def _head_again(self) -> bytes:
        """Return the request's line and headers without the offer of another protocol."""
        method = self.parser.get_method()
        if method == _TUNNEL:
            raise _Overrun
        lines = [b"%s %s HTTP/1.1" % (method, self.url)]
        lines += [b"%s: %s" % (name, value) for name, value in self.headers if name not in _OFFER]
        return b"\r\n".join([*lines, b"", b""])

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request; nothing of it is repeated."""
        del msg
        self._refuse(self._status)

    def _refuse(self, status: int) -> None:
        if not self.transport.is_closing():
            self.transport.write(STATUS_LINE[status] + _CLOSING)
            self.transport.close()

    def _within(self, seconds: float) -> None:
        self._at_ease()
        self._timer = self.loop.call_later(seconds, self._on_time)

    def _at_ease(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_time(self) -> None:
        """Close a connection whose time is over; a call under way learns that its client left."""
        self._timer = None
        is_waiting = self.cycle is None or self.cycle.response_complete
        if self.flow.write_paused:
            self.transport.abort()
        elif self._is_head and is_waiting and self._head_bytes:
            self._refuse(_TIMED_OUT)
        else:
            self.transport.close()
