"""What may go wrong on the way from an EHR, whatever it answers: too late, cut off, without end."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.fhir import Json

_FHIR_JSON = b"application/fhir+json; charset=utf-8"
_PIECE = b" " * 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    ``at`` is the resource type it strikes ("" for all), ``page`` the page (0 for all), ``times``
    how many requests in all (0 for no end). ``seconds`` and ``offset`` say how long, and from
    which byte on, where a kind asks for that.
    """

    kind: str
    at: str = ""
    page: int = 0
    times: int = 0
    seconds: float = 0.0
    offset: int = 0
    retry_after: str = ""


@dataclass(slots=True)
class Answer:
    """One answer, before and after a fault struck it."""

    value: Json
    status: int = 200
    headers: dict[bytes, bytes] = field(default_factory=lambda: {b"content-type": _FHIR_JSON})
    body: bytes | None = None

    def text(self) -> bytes:
        return json.dumps(self.value).encode() if self.body is None else self.body


async def send_plainly(fault: Fault, answer: Answer, send: Any) -> None:
    body = answer.text()
    await _start(answer, send)
    await send({"type": "http.response.body", "body": body})


async def _start(answer: Answer, send: Any) -> None:
    headers = list(answer.headers.items())
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})


async def _slow(fault: Fault, answer: Answer, send: Any) -> None:
    await asyncio.sleep(fault.seconds)
    await send_plainly(fault, answer, send)


async def _hang(fault: Fault, answer: Answer, send: Any) -> None:
    """Answer nothing; one that is patient sees it end after a day."""
    await asyncio.sleep(86_400)


async def _hang_in_body(fault: Fault, answer: Answer, send: Any) -> None:
    await _start(answer, send)
    part = answer.text()[: fault.offset]
    await send({"type": "http.response.body", "body": part, "more_body": True})
    await asyncio.sleep(86_400)


async def _reset(fault: Fault, answer: Answer, send: Any) -> None:
    await _start(answer, send)
    part = answer.text()[: fault.offset]
    await send({"type": "http.response.body", "body": part, "more_body": True})
    raise ConnectionResetError


async def _drip(fault: Fault, answer: Answer, send: Any) -> None:
    """Send a byte, and wait."""
    await _start(answer, send)
    for byte in answer.text():
        await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
        await asyncio.sleep(fault.seconds or 0.1)
    await send({"type": "http.response.body", "body": b""})


async def _endless(fault: Fault, answer: Answer, send: Any) -> None:
    await _start(answer, send)
    while True:
        await send({"type": "http.response.body", "body": _PIECE, "more_body": True})
        await asyncio.sleep(0)


WIRE_FAULTS: Mapping[str, Callable[[Fault, Answer, Any], Awaitable[None]]] = {
    "slow": _slow,
    "hang": _hang,
    "hang-in-body": _hang_in_body,
    "reset": _reset,
    "drip": _drip,
    "endless": _endless,
}
