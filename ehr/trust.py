"""Is a call a registered EHR's own?

CDS Hooks 2.0.1, "Trusting CDS Clients": the EHR signs a token for each call. The order of checks
is from cheap to dear, and from ours to theirs: shape, issuer and tenant, audience, times, keys,
signature, and last whether the token was used before. So a token that fails costs no fetch it need
not cost, and one that was not signed burns no id. A token that is presented is verified in full
in every mode. Reasons are for the security log; the caller learns none of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from ehr.claims import LEEWAY_S, Claims, check_audience, check_times, read_claims
from ehr.errors import Untrusted
from ehr.jwks import (
    AgreedKeys,
    FetchKeys,
    KeySource,
    PublicKey,
    PublishedKeys,
    is_signed_by,
)
from ehr.jws import SignedToken, read_token
from ehr.site import Site, TrustTerms

__all__ = ["Caller", "FetchKeys", "ReplayCheck", "Trust"]


class ReplayCheck(Protocol):
    """Remembers tokens, over all workers and restarts."""

    async def first_use(self, issuer: str, jti: str, until: datetime, now: datetime) -> bool:
        """Return True once per issuer and id; it is kept until ``until``, durable on return."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose call it is. The rest is "" and False where the call was not signed."""

    site: Site
    issuer: str = ""
    tenant: str = ""
    jti: str = ""
    is_signed: bool = False


class Trust:
    """The registered EHRs, and how each proves a call to be its own."""

    def __init__(
        self,
        sites: Sequence[Site],
        *,
        replay: ReplayCheck,
        fetch: FetchKeys,
        now: Callable[[], datetime],
        allows_unsigned: bool,
    ) -> None:
        """Read agreed keys; fetch nothing. Raises KeysUnavailable where agreed keys are no set."""
        self._replay = replay
        self._now = now
        self._entries = tuple(zip(sites, _key_sources(sites, fetch, now), strict=True))
        self._unsigned = tuple(one for one in sites if allows_unsigned and _takes_unsigned(one))

    async def caller(self, authorization: Sequence[str], endpoint: str) -> Caller | None:
        """Say who calls, by every value of the Authorization header and the public URL called.

        None only where no header was sent and calls without one may be somebody's. Raises
        Untrusted.
        """
        if not authorization:
            if self._unsigned:
                return None
            raise Untrusted("no-token")
        if len(authorization) > 1:
            raise Untrusted("several-tokens")
        token = read_token(authorization[0])
        claims = read_claims(token.claims)
        site, keys = self._entry_of(claims)
        try:
            await self._check(token, claims, site, keys, endpoint)
        except Untrusted as refused:
            refused.site = site.name
            raise
        return Caller(
            site=site, issuer=claims.issuer, tenant=claims.tenant, jti=claims.jti, is_signed=True
        )

    def unsigned_caller(self, fhir_server: str) -> Caller | None:
        """Say whose call without a token it is, by the FHIR server it names ("" for none).

        The EHR with that base, else the only one that takes such calls. None where that is nobody,
        or more than one, or an EHR that signs its calls.
        """
        base = fhir_server.removesuffix("/")
        named = [one for one, _ in self._entries if base and one.base == base]
        taken = [one for one in named or self._unsigned if one in self._unsigned]
        return Caller(site=taken[0]) if len(taken) == 1 else None

    def _entry_of(self, claims: Claims) -> tuple[Site, KeySource]:
        """Find the EHR by issuer and tenant. An entry without a tenant takes any if it is alone."""
        entries = [one for one in self._entries if one[0].trust.issuer == claims.issuer]
        if not claims.issuer or not entries:
            raise Untrusted("iss-not-registered")
        tenants = [site.trust.tenant for site, _ in entries]
        matching = [
            one
            for one, tenant in zip(entries, tenants, strict=True)
            if tenants == [""] or tenant == claims.tenant
        ]
        if len(matching) != 1:
            raise Untrusted("tenant-not-registered")
        return matching[0]

    async def _check(
        self, token: SignedToken, claims: Claims, site: Site, keys: KeySource, endpoint: str
    ) -> None:
        now = self._now()
        if not site.enabled:
            raise Untrusted("site-disabled")
        _check_header(token, site.trust)
        check_audience(claims, site.trust, endpoint)
        check_times(claims, site.trust, now.timestamp())
        _check_signature(token, await keys.find(token.kid, token.algorithm))
        until = datetime.fromtimestamp(claims.expires + LEEWAY_S, tz=UTC)
        if not await self._replay.first_use(claims.issuer, claims.jti, until, now):
            raise Untrusted("used-before")


def _check_signature(token: SignedToken, keys: Sequence[PublicKey]) -> None:
    if not keys:
        raise Untrusted("kid-unknown")
    if not any(is_signed_by(key, token.algorithm, token.signed, token.signature) for key in keys):
        raise Untrusted("signature-wrong")


def _check_header(token: SignedToken, terms: TrustTerms) -> None:
    if token.algorithm not in terms.algorithms:
        raise Untrusted("alg-not-agreed")
    if token.jku is not None and (not terms.jwks_url or token.jku != terms.jwks_url):
        raise Untrusted("jku-not-registered")


def _takes_unsigned(site: Site) -> bool:
    return site.enabled and site.trust.unsigned


def _key_sources(
    sites: Sequence[Site], fetch: FetchKeys, now: Callable[[], datetime]
) -> Sequence[KeySource]:
    """Return where each EHR's keys are had from; one cache for all that share an address."""
    published: dict[tuple[str, str], PublishedKeys] = {}

    def source(site: Site) -> KeySource:
        address = (site.trust.jwks_url, site.reading.ca_file)
        if site.trust.jwks is not None:
            return AgreedKeys(site.trust.jwks)
        if not site.trust.jwks_url:
            return AgreedKeys({"keys": []})
        if address not in published:
            published[address] = PublishedKeys(*address, fetch=fetch, now=now)
        return published[address]

    return [source(one) for one in sites]
