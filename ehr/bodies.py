"""What does an answer's body say, in strict JSON, and how much of it is taken in?

A body is read piece by piece and unpacked under the same limit, so that neither an endless answer
nor a packed one that grows without bounds is ever held. What is no JSON is named for what it is.
"""

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from ehr import because
from ehr.depth import is_deeper
from ehr.errors import NotRead

LARGEST_BYTES: Final = 32 * 1024 * 1024

_PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})
_PLAIN: Final = frozenset({"", "identity"})
_ANY_WRAPPER: Final = zlib.MAX_WBITS + 32
"""gzip or zlib, whichever the first bytes say."""


class Limit(Protocol):
    """How many more bytes may be taken in."""

    bytes_left: int


@dataclass(slots=True)
class Bytes:
    """A limit of its own."""

    bytes_left: int


async def read_body(pieces: AsyncIterator[bytes], encoding: str, limit: Limit) -> bytes:
    """Return a whole body unpacked; ``limit`` goes down with it. Raises NotRead."""
    name = encoding.strip().lower()
    if name in _PLAIN:
        return await _all_of(pieces, limit)
    if name not in _PACKED:
        raise NotRead(because.GARBLED)
    unpack = zlib.decompressobj(_ANY_WRAPPER)
    try:
        body = await _all_of(_unpacked(pieces, unpack, limit), limit)
    except zlib.error:
        raise NotRead(because.GARBLED) from None
    if not unpack.eof or unpack.unused_data:
        raise NotRead(because.GARBLED)
    return body


async def _unpacked(
    pieces: AsyncIterator[bytes], unpack: "zlib._Decompress", limit: Limit
) -> AsyncIterator[bytes]:
    """Yield what is unpacked, never more at once than is left to take in and one byte."""
    async for piece in pieces:
        packed = piece
        while packed and not unpack.eof:
            yield unpack.decompress(packed, limit.bytes_left + 1)
            packed = unpack.unconsumed_tail
        if packed:
            raise NotRead(because.GARBLED)


async def _all_of(pieces: AsyncIterator[bytes], limit: Limit) -> bytes:
    held: list[bytes] = []
    async for piece in pieces:
        limit.bytes_left -= len(piece)
        if limit.bytes_left < 0:
            limit.bytes_left = 0
            raise NotRead(because.TOO_MUCH)
        held.append(piece)
    return b"".join(held)


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object a body holds; raise NotRead for anything but strict JSON in UTF-8."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotRead(_kind_of(body)) from None
    if not isinstance(value, dict) or is_deeper(body):
        raise NotRead(because.GARBLED)
    return value


def _kind_of(body: bytes) -> str:
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start.startswith(b"<"):
        return because.GARBLED
    return because.WEB_PAGE if b"html" in start else because.XML
