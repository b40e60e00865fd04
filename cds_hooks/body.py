"""What does the body of a call say, in strict JSON?

UTF-8 without a mark, no NaN, no Infinity, no number too large for a double, at most 64 levels, at
most 8 MiB, no member twice in ``context``, nor one of those that say what is asked and of whom.
What is wrong is said without repeating any of it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import orjson
from starlette.types import Receive

from cds_hooks.errors import BadRequest, TooLarge, WrongMediaType
from ehr.depth import DEEPEST, is_deeper

LARGEST_BYTES: Final = 8 * 1024 * 1024

_NAMED_ONCE: Final = ("hook", "fhirServer", "fhirAuthorization", "context", "prefetch")
_ESCAPED_LETTER: Final = re.compile(rb"\\u00[4-7]")
_SHORTEST_PAIR: Final = len(b',"hook":1')
_FIGURES: Final = bytes.maketrans(b"123456789E+", b"000000000e0")
_EXPONENT: Final = b"0e000"
_DIGITS: Final = b"0" * 200
"""An exponent of three digits (or two and a sign), and digits enough to do without, as
``_FIGURES`` write them."""
_OF_A_NUMBER: Final = b"+-.0123456789eE"
_BEFORE_A_NUMBER: Final = frozenset(b":,[ \t\r\n")
_AFTER_A_NUMBER: Final = frozenset(b",]} \t\r\n")
NOT_JSON: Final = "body: not strict JSON in UTF-8"


_NOTHING: Final = msgspec.Raw(b"")


class _Envelope(msgspec.Struct):
    """The one member whose text is looked at again."""

    context: msgspec.Raw = _NOTHING


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def check_headers(headers: Mapping[str, str], largest: int | None = None) -> None:
    """Refuse a body that is not plain JSON, or declared too large, before any of it is read."""
    most = LARGEST_BYTES if largest is None else largest
    kind, _, more = headers.get("content-type", "").partition(";")
    charset = more.strip().lower().replace(" ", "").replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in {"", "charset=utf-8"}:
        raise WrongMediaType("Content-Type: send application/json in UTF-8")
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise WrongMediaType("Content-Encoding: send the body as it is")
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > most:
        raise TooLarge(f"body: more than {most} bytes")


async def read_body(receive: Receive, largest: int | None = None) -> bytes:
    """Return the whole body; stop reading where it turns out too large."""
    most = LARGEST_BYTES if largest is None else largest
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise BadRequest("body: the connection was closed before its end")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > most:
            raise TooLarge(f"body: more than {most} bytes")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts) if len(parts) > 1 else part


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object a body holds, every part of it checked and decoded."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise BadRequest(NOT_JSON) from wrong
    if not isinstance(value, dict):
        raise BadRequest("body: not a JSON object")
    if is_deeper(body):
        raise BadRequest(f"body: more than {DEEPEST} levels")
    check_members(body)
    check_context(_ENVELOPE.decode(body).context)
    return value


def may_be_too_large(text: bytes) -> bool:
    """Say whether JSON may hold a number too large for a double; if not, it holds none."""
    figures = text.translate(_FIGURES)
    if _DIGITS in figures:
        return True
    at = figures.rfind(_EXPONENT)  # from the end: a letter is rarer than a figure to stop at
    while at >= 0:
        if _is_bare(text, at + 1):
            return True
        at = figures.rfind(_EXPONENT, 0, at + len(_EXPONENT) - 1)
    return False


def _is_bare(text: bytes, at: int) -> bool:
    """Say whether what stands around an exponent is a number by itself, not part of a word."""
    before = text[max(0, at - 2 * len(_DIGITS)) : at].rstrip(_OF_A_NUMBER)
    after = text[at + 1 : at + 1 + 2 * len(_DIGITS)].lstrip(_OF_A_NUMBER)
    return not _BEFORE_A_NUMBER.isdisjoint(before[-1:]) and (
        not _AFTER_A_NUMBER.isdisjoint(after[:1])
    )


def check_members(body: bytes) -> None:
    """Refuse an object that names one of the members of ``_NAMED_ONCE`` twice.

    Where the members that are seen leave no room for another, none is named twice. Nor is a name
    that stands once in the text, but within their values; what is left is read pair by pair.
    """
    held = _MEMBERS.decode(body)
    seen = sum(len(name.encode()) + memoryview(value).nbytes for name, value in held.items())
    if len(body) - seen - len('"":,') * len(held) < _SHORTEST_PAIR:
        return
    is_plain = b"\\u00" not in body or not _ESCAPED_LETTER.search(body)
    if not is_plain or any(_stands_beside(name, body, held) for name in _NAMED_ONCE):
        _check_pairs(body)


def _stands_beside(name: str, body: bytes, held: Mapping[str, msgspec.Raw]) -> bool:
    """Say whether a name stands in the text once more than it does where it was seen."""
    quoted = f'"{name}"'.encode()
    found = body.count(quoted)
    return found > 1 and found > 1 + sum(bytes(one).count(quoted) for one in held.values())


def _check_pairs(body: bytes) -> None:
    """Look at every pair of the object itself; the pairs of objects within come first."""
    pairs: list[tuple[str, Any]] = []

    def keep(found: list[tuple[str, Any]]) -> None:
        pairs[:] = found

    json.loads(body, object_pairs_hook=keep)
    names = [name for name, _ in pairs]
    if any(names.count(name) > 1 for name in _NAMED_ONCE):
        raise BadRequest("body: a member is named twice")


def check_context(context: msgspec.Raw) -> None:
    """Refuse a ``context`` that names one member twice: two readers could see two patients."""
    if bytes(context):
        json.loads(bytes(context), object_pairs_hook=_named_once)


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadRequest("context: a member is named twice")
    return found
