"""Whose call it is: issuer and tenant, the entry that is disabled, calls without a token."""

import asyncio
from dataclasses import replace

import pytest

from ehr.errors import Untrusted
from tests.support.tokens import (
    ABSENT,
    ENDPOINT,
    NORTH,
    PUBLIC_URL,
    SOUTH,
    Issuer,
    PublishedSets,
    call,
    claims_for,
    private_key,
    refusal,
    signed,
    trust_of,
)


def accepted(token, **more):
    return call(trust_of(**more), token).site.name


@pytest.mark.requirement("SEC-7")
@pytest.mark.hostile("A17")
@pytest.mark.parametrize(
    "iss",
    [
        "https://evil.example.org",
        "",
        ABSENT,
        None,
        [NORTH.url],
        f"{NORTH.url}/",
        NORTH.url.upper(),
        f" {NORTH.url}",
        "http://north.example.org",
    ],
)
def test_an_issuer_that_is_not_registered_is_refused_and_nothing_fetched(iss):
    fetch = PublishedSets()
    token = signed(claims_for(), header={"jku": "https://evil.example.org/jwks"}, iss=iss)
    assert refusal(trust_of(fetch=fetch), token) in {"iss-not-registered", "iss-malformed"}
    assert not fetch.fetched


def test_a_site_without_an_issuer_is_nobodys_by_token():
    sandbox = NORTH.site(issuer="", jwks_url="", unsigned=True)
    token = signed(claims_for(), iss="")
    assert refusal(trust_of([sandbox], allows_unsigned=True), token) == "iss-not-registered"


@pytest.mark.hostile("A06")
def test_a_key_is_its_own_issuers_only():
    """Each EHR's token by the other's key, under its own kid or the other's."""
    for key, kid in ((private_key("south", "ES384"), "north-es384"), (None, "south-es384")):
        token = signed(claims_for(), key=key, header={"kid": kid})
        assert refusal(trust_of(), token) in {"signature-wrong", "kid-unknown"}
    both = {"keys": [*NORTH.jwks["keys"], *SOUTH.jwks["keys"]]}
    fetch = PublishedSets({NORTH.jwks_url: NORTH.jwks, SOUTH.jwks_url: both})
    token = signed(claims_for(), by=SOUTH)
    assert refusal(trust_of(fetch=fetch), token) == "kid-unknown"
    assert accepted(signed(claims_for(issuer=SOUTH), by=SOUTH)) == "south"


@pytest.mark.requirement("SEC-16")
@pytest.mark.parametrize(
    ("tenant", "site"),
    [
        ("east", "shared-east"),
        ("west", "shared-west"),
        (ABSENT, ""),
        ("", ""),
        ("EAST", ""),
        ("elsewhere", ""),
        (["east"], ""),
        (None, ""),
        ("east\x00", ""),
        ("x" * 300, ""),
    ],
)
def test_sites_that_share_an_issuer_are_told_apart_by_tenant(tenant, site):
    shared = Issuer("shared")
    sites = [_tenant_of(shared, name) for name in ("east", "west")]
    token = signed(claims_for(issuer=shared), by=shared, tenant=tenant)
    trust = trust_of(sites)
    if site:
        caller = call(trust, token)
        assert (caller.site.name, caller.tenant) == (site, tenant)
    else:
        assert refusal(trust, token) in {"tenant-not-registered", "tenant-malformed"}


def _tenant_of(issuer, tenant):
    return replace(
        issuer.site(jwks=issuer.jwks, tenant=tenant), name=f"{issuer.name}-{tenant or 'any'}"
    )


@pytest.mark.requirement("SEC-16")
def test_an_entry_without_tenant_takes_any_tenant_only_where_it_is_alone():
    alone, named = _tenant_of(NORTH, ""), _tenant_of(NORTH, "east")

    def told(sites, **tenant):
        return trust_of(sites), signed(claims_for(), **tenant)

    assert call(*told([alone], tenant="anything")).site.name == "north-any"
    assert call(*told([alone, named])).site.name == "north-any"
    assert call(*told([alone, named], tenant="east")).site.name == "north-east"
    assert refusal(*told([alone, named], tenant="anything")) == "tenant-not-registered"
    assert refusal(*told([alone, alone])) == "tenant-not-registered"
    assert refusal(*told([named, named], tenant="east")) == "tenant-not-registered"


def test_a_disabled_site_is_refused_and_its_tenant_falls_to_nobody():
    off = replace(_tenant_of(NORTH, "east"), enabled=False)
    token = signed(claims_for(), tenant="east")
    for sites in ([off], [off, _tenant_of(NORTH, "")]):
        assert refusal(trust_of(sites), token) == "site-disabled"
    assert accepted(token, sites=[replace(off, enabled=True)]) == "north-east"


@pytest.mark.hostile("A38")
@pytest.mark.requirement("SEC-17")
@pytest.mark.parametrize(
    "other",
    [
        {"aud": "thirdline", "nonce": "n", "sub": "user"},
        {"aud": NORTH.fhir, "scope": "patient/*.read", "client_id": "thirdline"},
        {"aud": [NORTH.fhir, f"{PUBLIC_URL}/callback"]},
    ],
)
def test_a_token_of_the_same_issuer_for_another_purpose_is_refused(other):
    """Its ID token, or the access token that is for its FHIR server."""
    assert refusal(trust_of(), signed(claims_for(), **other)) == "aud-not-ours"


# -------------------------------------------------------------------------- calls without a token


def test_a_call_without_a_token_may_be_somebodys_in_a_sandbox_alone():
    site = NORTH.site(unsigned=True)
    for sites, allows in (([site], False), ([NORTH.site()], True), ([], True)):
        with pytest.raises(Untrusted):
            asyncio.run(trust_of(sites, allows_unsigned=allows).caller([], ENDPOINT))
        assert trust_of(sites, allows_unsigned=allows).unsigned_caller(NORTH.fhir) is None
    assert asyncio.run(trust_of([site], allows_unsigned=True).caller([], ENDPOINT)) is None


def test_a_token_that_is_presented_is_verified_in_a_sandbox_as_well():
    trust = trust_of([NORTH.site(unsigned=True)], allows_unsigned=True)
    assert refusal(trust, signed(claims_for(), aud="elsewhere")) == "aud-not-ours"
    with pytest.raises(Untrusted):
        asyncio.run(trust.caller([""], ENDPOINT))
    assert call(trust, signed(claims_for())).is_signed


@pytest.mark.parametrize(
    ("server", "name"),
    [
        (NORTH.fhir, "north"),
        (f"{NORTH.fhir}/", "north"),
        (f"{NORTH.fhir}/Patient", None),
        (SOUTH.fhir, "south"),
        ("https://elsewhere.example.org/fhir", None),
        ("", None),
    ],
)
def test_a_call_without_a_token_is_of_the_ehr_whose_server_it_names(server, name):
    sites = [one.site(unsigned=True) for one in (NORTH, SOUTH)]
    caller = trust_of(sites, allows_unsigned=True).unsigned_caller(server)
    assert (caller and caller.site.name) == name


def test_a_call_without_a_token_is_else_of_the_only_ehr_that_takes_such_calls():
    sandbox = replace(NORTH.site(issuer="", jwks_url="", unsigned=True), name="sandbox", base="")
    signing, off = SOUTH.site(), replace(NORTH.site(unsigned=True), enabled=False)
    trust = trust_of([sandbox, signing, off], allows_unsigned=True)
    for server in ("", "https://elsewhere.example.org/fhir", "no address"):
        caller = trust.unsigned_caller(server)
        assert caller is not None
        assert (caller.site.name, caller.issuer, caller.is_signed) == ("sandbox", "", False)
    assert trust.unsigned_caller(signing.base) is None
    assert trust.unsigned_caller(off.base) is None


@pytest.mark.parametrize(
    ("change", "site"),
    [
        ({"aud": "elsewhere"}, "north"),
        ({"exp": 1}, "north"),
        ({"iss": SOUTH.url}, "south"),
        ({"iss": "https://evil.example.org"}, ""),
        ({"jti": ""}, ""),
    ],
)
def test_a_refusal_names_the_registered_site_its_token_claims_to_be_of(change, site):
    with pytest.raises(Untrusted) as refused:
        call(trust_of(), signed(claims_for(), **change))
    assert refused.value.site == site


def test_entries_of_one_name_do_not_share_keys():
    """A configuration with such entries is refused; it must not become a way in either."""
    sites = [replace(one.site(jwks=one.jwks), name="same") for one in (NORTH, SOUTH)]
    assert call(trust_of(sites), signed(claims_for())).site.base == NORTH.fhir
    assert refusal(trust_of(sites), signed(claims_for(issuer=SOUTH))) == "kid-unknown"
