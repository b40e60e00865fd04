"""Which keys does an issuer sign with, just now?

Keys are agreed beforehand (a set in the configuration) or published (a JWK set, RFC 7517, at the
one registered address). Published keys are kept for ten minutes. A ``kid`` that is not among them
may be new, so they are fetched once more, and then not again for such a reason for 30 seconds.
While the address fails, keys up to an hour old still count. Several calls share one fetch, and a
call waits for it one second at the most.

A key that could weaken us is passed over, not used: symmetric, private, short, for encryption, on
another curve, without ``kid``. The rest of its set stays good.
"""

import asyncio
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, Protocol

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from ehr.errors import KeysUnavailable

CACHE_S: Final = 600
COOL_DOWN_S: Final = 30
MOST_STALE_S: Final = 3600
PATIENCE_S: Final = 1.0

_MOST_KEYS: Final = 100
_RSA_BITS: Final = range(2048, 8193)
_LARGEST_EXPONENT: Final = 2**32

# By key type and curve: the algorithms of RFC 7518 that such a key may verify.
_ALGORITHMS: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("RSA", ""): frozenset({"RS256", "RS384"}),
}
_PUBLIC_MEMBERS: Final = {"EC": ("kty", "crv", "x", "y"), "RSA": ("kty", "n", "e")}
PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""What a key holds that is nobody else's to know (RFC 7518)."""

PublicKey = ECKey | RSAKey
Keys = Mapping[tuple[str, str], Sequence[PublicKey]]
"""By ``kid`` and algorithm: the keys that may verify it, nearly always one."""


class FetchKeys(Protocol):
    """Fetch the JWK set at a registered address; raises KeysUnavailable."""

    async def __call__(self, url: str, ca_file: str) -> Mapping[str, Any]:
        """Return the set as parsed."""


class KeySource(Protocol):
    """Where an issuer's keys are had from."""

    async def find(self, kid: str, algorithm: str) -> Sequence[PublicKey]:
        """Return the keys of that name that fit, () where there is none."""


class AgreedKeys:
    """Keys agreed beforehand."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read the set once; raises KeysUnavailable where it is none."""
        self._keys = fit_keys(document)

    async def find(self, kid: str, algorithm: str) -> Sequence[PublicKey]:
        """Return the keys of that name that fit, () where there is none."""
        return self._keys.get((kid, algorithm), ())


class PublishedKeys:
    """Keys at a registered address, kept as the module says. One object per address and process."""

    def __init__(
        self, url: str, ca_file: str, *, fetch: FetchKeys, now: Callable[[], datetime]
    ) -> None:
        """Fetch nothing yet."""
        self._address = (url, ca_file)
        self._fetch = fetch
        self._now = now
        self._keys: Keys = {}
        self._kids: frozenset[str] = frozenset()
        self._has_any = False
        self._fetched_at = 0.0
        self._asked_again_at = 0.0
        self._failed_at = 0.0
        self._failures = 0
        self._flight: asyncio.Task[None] | None = None

    async def find(self, kid: str, algorithm: str) -> Sequence[PublicKey]:
        """Return the keys of that name that fit, () where there is none; raises KeysUnavailable."""
        if not self._is_younger_than(CACHE_S):
            if self._may_try():
                await self._refresh()
        elif kid not in self._kids and self._may_ask_again():
            await self._refresh()
        if not self._is_younger_than(MOST_STALE_S):
            raise KeysUnavailable("keys-unavailable")
        return self._keys.get((kid, algorithm), ())

    def _is_younger_than(self, seconds: float) -> bool:
        """Say whether the keys are; keys from the future are of a clock that was put back."""
        age = self._seconds() - self._fetched_at
        return self._has_any and 0 <= age < seconds

    def _may_try(self) -> bool:
        """Say whether an address that failed may be tried: at once, then 2, 4, … 30 s later."""
        wait = min(COOL_DOWN_S, 2.0 ** (self._failures - 1)) if self._failures > 1 else 0.0
        return self._is_flying() or abs(self._seconds() - self._failed_at) >= wait

    def _may_ask_again(self) -> bool:
        if self._is_flying():
            return True
        asks = abs(self._seconds() - self._asked_again_at) >= COOL_DOWN_S
        if asks:
            self._asked_again_at = self._seconds()
        return asks

    def _is_flying(self) -> bool:
        return self._flight is not None and not self._flight.done()

    async def _refresh(self) -> None:
        """Wait for the fetch under way, or begin one; a waiter that leaves does not end it."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._load())
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.shield(self._flight)

    async def _load(self) -> None:
        try:
            keys = fit_keys(await self._fetch(*self._address))
        except KeysUnavailable:
            self._failed_at = self._seconds()
            self._failures += 1
            return
        self._keys, self._kids = keys, frozenset(kid for kid, _ in keys)
        self._fetched_at, self._has_any, self._failures = self._seconds(), True, 0

    def _seconds(self) -> float:
        return self._now().timestamp()


def fit_keys(document: Mapping[str, Any]) -> Keys:
    """Return the keys of a set that may verify; raises KeysUnavailable for what is no set."""
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise KeysUnavailable("keys-unreadable")
    held: dict[tuple[str, str], list[PublicKey]] = {}
    for said in listed[:_MOST_KEYS]:
        if not isinstance(said, dict) or not _is_for_verifying(said):
            continue
        key = _import(said)
        for algorithm in _algorithms(said):
            if key is not None:
                held.setdefault((said["kid"], algorithm), []).append(key)
    return held


def is_signed_by(key: PublicKey, algorithm: str, signed: bytes, signature: bytes) -> bool:
    """Say whether a signature is that key's, by that algorithm and no other."""
    model = JWSRegistry(algorithms=[algorithm]).get_alg(algorithm)
    model.check_key(key)
    return model.verify(signed, signature, key)


def _is_for_verifying(said: Mapping[str, Any]) -> bool:
    uses = said.get("key_ops", ["verify"])
    return (
        isinstance(said.get("kid"), str)
        and said.get("use", "sig") == "sig"
        and isinstance(uses, list)
        and "verify" in uses
        and not PRIVATE_MEMBERS.intersection(said)
    )


def _algorithms(said: Mapping[str, Any]) -> frozenset[str]:
    """Return what a key may verify: all its kind can, or what it says of itself among these."""
    named, curve = said.get("kty"), said.get("crv", "")
    if not isinstance(named, str) or not isinstance(curve, str):
        return frozenset()
    can = _ALGORITHMS.get((named, curve), frozenset())
    return frozenset(one for one in can if said.get("alg", one) == one)


def _import(said: Mapping[str, Any]) -> PublicKey | None:
    """Return the key of its public members alone, None where they make none that is strong."""
    if not _algorithms(said):
        return None
    public = {name: said.get(name) for name in _PUBLIC_MEMBERS[said["kty"]]}
    texts: dict[str, str | list[str]] = {
        name: value for name, value in public.items() if isinstance(value, str)
    }
    if len(texts) < len(public):
        return None
    try:
        if said["kty"] == "EC":
            return ECKey.import_key(texts)
        return RSAKey.import_key(texts) if _is_strong(said["n"], said["e"]) else None
    except (JoseError, ValueError):
        return None


def _is_strong(modulus: str, exponent: str) -> bool:
    """Say whether an RSA modulus is of 2048 to 8192 bits, and its exponent not absurd."""
    return _number(modulus).bit_length() in _RSA_BITS and _number(exponent) <= _LARGEST_EXPONENT


def _number(segment: str) -> int:
    return int.from_bytes(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)), "big")
