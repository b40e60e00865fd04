"""What does a signed token say, before anybody believes it?

A compact JWS (RFC 7515) with claims as JSON (RFC 7519), as CDS Hooks sends it: three segments,
``typ`` JWT, an ``alg`` and a ``kid``. Reading is strict, because two readers that differ are two
truths: one spelling of base64url, no member twice, no number that is none. Keys and addresses in
the header (``jwk``, ``x5c``, ``x5u``) are never looked at. Nothing here is proved yet.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from ehr.errors import Untrusted

_MOST_CHARACTERS: Final = 16_384
_LONGEST_WORD: Final = 256

_BEARER: Final = re.compile(
    r"(?i:bearer) +(?P<token>(?P<header>[\w-]+)\.(?P<claims>[\w-]+)\.(?P<signature>[\w-]+))",
    re.ASCII,
)
# crit asks for what we do not know; b64 and zip change what is signed; enc is no signature.
_REFUSED: Final = ("crit", "b64", "zip", "enc")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedToken:
    """A token as sent. ``signed`` are the bytes that ``signature`` is said to be of."""

    algorithm: str
    kid: str
    jku: str | None
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


def read_token(authorization: str) -> SignedToken:
    """Read the value of an Authorization header; raises Untrusted for any other shape."""
    if len(authorization) > _MOST_CHARACTERS:
        raise Untrusted("token-too-long")
    parts = _BEARER.fullmatch(authorization)
    if parts is None:
        raise Untrusted("token-malformed")
    header = _object(_decoded(parts["header"]))
    if any(name in header for name in _REFUSED) or header.get("typ") != "JWT":
        raise Untrusted("header-refused")
    jku = header.get("jku")
    if jku is not None and not isinstance(jku, str):
        raise Untrusted("jku-malformed")
    return SignedToken(
        algorithm=word(header.get("alg"), "alg-malformed"),
        kid=word(header.get("kid"), "kid-malformed"),
        jku=jku,
        claims=_object(_decoded(parts["claims"])),
        signed=f"{parts['header']}.{parts['claims']}".encode(),
        signature=_decoded(parts["signature"]),
    )


def word(value: object, reason: str) -> str:
    """Return a text of 1 to 256 printable characters, not all of them blank; raises Untrusted."""
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_WORD:
        raise Untrusted(reason)
    if not value.isprintable():
        raise Untrusted(reason)
    return value


def _decoded(segment: str) -> bytes:
    """Return the bytes of base64url; bits that no byte holds must be zero, or two texts say one."""
    try:
        data = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise Untrusted("token-malformed") from None
    if urlsafe_b64encode(data).rstrip(b"=") != segment.encode():
        raise Untrusted("token-malformed")
    return data


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Untrusted("token-malformed") from None
    if not isinstance(read, dict):
        raise Untrusted("token-malformed")
    return read


def _once(members: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    held = dict(members)
    if len(held) != len(members):
        raise Untrusted("member-twice")
    return held


def _refuse(_: str) -> NoReturn:
    raise Untrusted("token-malformed")
