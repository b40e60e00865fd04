"""Is a token meant for this endpoint, and for now?

Seconds since 1970 throughout. One leeway, in the caller's favour, wherever its clock and ours
meet: a life cannot be stretched by it, since a life is measured on one clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ehr.errors import Untrusted
from ehr.jws import word
from ehr.site import TrustTerms

LEEWAY_S: Final = 60
_LATEST: Final = 100_000_000_000  # a moment of the year 5138; what is beyond is no date


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token claims, each of the right shape. ``tenant`` is "" where it names none."""

    issuer: str
    audiences: tuple[str, ...]
    expires: float
    issued: float
    not_before: float
    jti: str
    tenant: str


def read_claims(said: Mapping[str, Any]) -> Claims:
    """Read the claims we know and pass over others; raises Untrusted for a wrong shape."""
    issued = _moment(said.get("iat"), "iat-malformed")
    return Claims(
        issuer=_text(said.get("iss"), "iss-malformed"),
        audiences=_audiences(said.get("aud")),
        expires=_moment(said.get("exp"), "exp-malformed"),
        issued=issued,
        not_before=_moment(said["nbf"], "nbf-malformed") if "nbf" in said else issued,
        jti=word(said.get("jti"), "jti-malformed"),
        tenant=word(said["tenant"], "tenant-malformed") if "tenant" in said else "",
    )


def check_audience(claims: Claims, terms: TrustTerms, endpoint: str) -> None:
    """Check that the endpoint called, or a value agreed with the site, is named exactly."""
    if not {endpoint, *terms.extra_audiences}.intersection(claims.audiences):
        raise Untrusted("aud-not-ours")


def check_times(claims: Claims, terms: TrustTerms, now: float) -> None:
    """Check that the token has begun, has not ended, is young, and never had long to live."""
    if now >= claims.expires + LEEWAY_S:
        raise Untrusted("expired")
    if now < claims.issued - LEEWAY_S or now < claims.not_before - LEEWAY_S:
        raise Untrusted("not-yet-valid")
    if not 0 < claims.expires - claims.issued <= terms.longest_life_s:
        raise Untrusted("life-too-long")
    if now - claims.issued > terms.longest_age_s + LEEWAY_S:
        raise Untrusted("too-old")


def _audiences(said: object) -> tuple[str, ...]:
    named = said if isinstance(said, list) else [said]
    return tuple(_text(one, "aud-malformed") for one in named)


def _text(said: object, reason: str) -> str:
    """Return a text that is only compared with registered ones, so of any length and letters."""
    if not isinstance(said, str):
        raise Untrusted(reason)
    return said


def _moment(said: object, reason: str) -> float:
    """Return a number of seconds; NaN fails every comparison and so is none."""
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said <= _LATEST:
        raise Untrusted(reason)
    return said
