"""Invented EHRs that sign their calls: keys made once a session, tokens good and bad.

``signed(claims_for(endpoint))`` is a token that is accepted. Claims are changed by name, and
``ABSENT`` leaves one out; ``compact`` signs header and claims given as text, however odd.
"""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import JWSRegistry

from ehr.errors import KeysUnavailable, Untrusted
from ehr.site import Site, TrustTerms
from ehr.trust import Trust

Json = dict[str, Any]
PrivateKey = ECKey | RSAKey | OctKey

ABSENT: Any = object()
MOMENT = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
PUBLIC_URL = "https://hooks.example.org"
ENDPOINT = f"{PUBLIC_URL}/cds-services/trd-review"
CURVES: Mapping[str, str] = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
_serial = count(1)


@cache
def private_key(name: str, algorithm: str) -> Any:
    """Return a key pair, made on first use; the same name and algorithm give the same pair."""
    del name
    curve = CURVES.get(algorithm)
    return ECKey.generate_key(curve) if curve else RSAKey.generate_key(2048)


def public_key(name: str, algorithm: str, **changes: Any) -> Json:
    """Return the public half as a member of a JWK set, changed by name."""
    held: Json = dict(private_key(name, algorithm).as_dict(private=False))
    held |= {"kid": kid_of(name, algorithm), "use": "sig", "alg": algorithm}
    return {key: value for key, value in (held | changes).items() if value is not ABSENT}


def kid_of(name: str, algorithm: str) -> str:
    return f"{name}-{algorithm.lower()}"


@dataclass(frozen=True)
class Issuer:
    """An invented EHR. Its keys are named after it and the algorithm."""

    name: str

    @property
    def url(self) -> str:
        return f"https://{self.name}.example.org"

    @property
    def jwks_url(self) -> str:
        return f"{self.url}/jwks.json"

    @property
    def fhir(self) -> str:
        return f"{self.url}/fhir/r4"

    @property
    def jwks(self) -> Json:
        return {"keys": [public_key(self.name, "ES384"), public_key(self.name, "RS384")]}

    def site(self, **changes: Any) -> Site:
        """Return its registration, keys published; terms of trust are changed by name."""
        terms: Json = {"issuer": self.url, "jwks_url": self.jwks_url}
        return Site(name=self.name, base=self.fhir, trust=TrustTerms(**(terms | changes)))


NORTH = Issuer("north")
SOUTH = Issuer("south")


def claims_for(endpoint: str = ENDPOINT, *, issuer: Issuer = NORTH, now: Any = MOMENT) -> Json:
    """Return the claims of a good token: five minutes to live, an id never used before."""
    at = int(now.timestamp())
    return {
        "iss": issuer.url,
        "aud": endpoint,
        "iat": at,
        "exp": at + 300,
        "jti": f"token-{next(_serial)}",
    }


def signed(
    claims: Json,
    *,
    algorithm: str = "ES384",
    by: Issuer = NORTH,
    key: Any = None,
    header: Mapping[str, Any] | None = None,
    **changes: Any,
) -> str:
    """Sign claims, changed by name; ``header`` changes the header, ``key`` the key signed with."""
    said = {"alg": algorithm, "typ": "JWT", "kid": kid_of(by.name, algorithm)} | dict(header or {})
    held = claims | changes
    return compact(
        json.dumps({name: value for name, value in said.items() if value is not ABSENT}),
        json.dumps({name: value for name, value in held.items() if value is not ABSENT}),
        algorithm=algorithm,
        key=key or private_key(by.name, algorithm),
    )


def compact(header: str, claims: str, *, algorithm: str = "ES384", key: Any = None) -> str:
    """Sign texts as they stand, whatever they say."""
    signing = f"{encoded(header.encode())}.{encoded(claims.encode())}"
    return f"{signing}.{encoded(signature_of(signing.encode(), algorithm, key))}"


def signature_of(data: bytes, algorithm: str = "ES384", key: Any = None) -> bytes:
    model = JWSRegistry(algorithms=[algorithm]).get_alg(algorithm)
    return model.sign(data, key or private_key(NORTH.name, algorithm))


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(segment: str) -> bytes:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def bearer(token: str) -> list[str]:
    """Return the values of the Authorization header that carries a token."""
    return [f"Bearer {token}"]


@dataclass
class UsedTokens:
    """A replay check that remembers in memory, and what it was asked."""

    seen: dict[tuple[str, str], datetime] = field(default_factory=dict)

    async def first_use(self, issuer: str, jti: str, until: datetime, now: datetime) -> bool:
        del now
        is_first = (issuer, jti) not in self.seen
        self.seen.setdefault((issuer, jti), until)
        return is_first


@dataclass
class PublishedSets:
    """The JWK sets of the invented EHRs as their addresses serve them, and each fetch made."""

    sets: dict[str, Any] = field(
        default_factory=lambda: {one.jwks_url: one.jwks for one in (NORTH, SOUTH)}
    )
    fetched: list[str] = field(default_factory=list)

    async def __call__(self, url: str, ca_file: str) -> Mapping[str, Any]:
        del ca_file
        self.fetched.append(url)
        served = self.sets.get(url)
        if not isinstance(served, dict):
            raise KeysUnavailable("keys-unavailable")
        return served


@dataclass
class Clock:
    """A clock that a test moves."""

    at: datetime = MOMENT

    def __call__(self) -> datetime:
        return self.at

    def passes(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def trust_of(
    sites: Sequence[Site] = (NORTH.site(), SOUTH.site()),
    *,
    replay: Any = None,
    fetch: Any = None,
    now: Any = None,
    allows_unsigned: bool = False,
) -> Trust:
    """Return the trust under test, with replay check, addresses and clock in memory."""
    return Trust(
        sites,
        replay=replay if replay is not None else UsedTokens(),
        fetch=fetch or PublishedSets(),
        now=now or Clock(),
        allows_unsigned=allows_unsigned,
    )


def call(trust: Trust, token: str, endpoint: str = ENDPOINT) -> Any:
    """Present a token at an endpoint; return the caller, raise Untrusted."""
    return asyncio.run(trust.caller(bearer(token), endpoint))


def refusal(trust: Trust, token: str, endpoint: str = ENDPOINT) -> str:
    """Present a token that must be refused; return the reason for the security log."""
    try:
        caller = call(trust, token, endpoint)
    except Untrusted as refused:
        return refused.reason
    raise AssertionError(f"trusted as {caller.site.name}")
