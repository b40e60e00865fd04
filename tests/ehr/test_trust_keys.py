"""Which keys a token may be signed with: fit ones of the registered set, fetched seldom."""

import asyncio
import time
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import OctKey

from ehr.errors import KeysUnavailable, Untrusted
from ehr.site import ReadTerms
from tests.support.tokens import (
    ABSENT,
    ENDPOINT,
    NORTH,
    SOUTH,
    Clock,
    PublishedSets,
    bearer,
    call,
    claims_for,
    encoded,
    private_key,
    public_key,
    refusal,
    signed,
    trust_of,
)

GOOD = public_key("north", "ES384")
NEW = {"keys": [public_key("north-next", "ES384", kid="next")]}


def by_new_key(clock=None):
    key = private_key("north-next", "ES384")
    claims = claims_for(now=clock()) if clock else claims_for()
    return signed(claims, key=key, header={"kid": "next"})


def by_kid(kid, clock=None):
    claims = claims_for(now=clock()) if clock else claims_for()
    return signed(claims, header={"kid": kid})


# ------------------------------------------------------------------------------- rotation, caching


@pytest.mark.requirement("SEC-13")
@pytest.mark.hostile("A33")
def test_a_new_key_is_fetched_once_and_then_known():
    fetch = PublishedSets()
    trust = trust_of(fetch=fetch)
    assert call(trust, signed(claims_for())).is_signed
    fetch.sets[NORTH.jwks_url] = NEW
    assert call(trust, by_new_key()).is_signed
    assert call(trust, by_new_key()).is_signed
    assert fetch.fetched == [NORTH.jwks_url] * 2
    assert refusal(trust, signed(claims_for())) == "kid-unknown"


@pytest.mark.requirement("SEC-13")
def test_a_thousand_bad_kids_cause_two_fetches():
    fetch = PublishedSets()
    trust = trust_of(fetch=fetch)
    for serial in range(1000):
        assert refusal(trust, by_kid(f"guess-{serial}")) == "kid-unknown"
    assert call(trust, signed(claims_for())).is_signed
    assert len(fetch.fetched) == 2


@pytest.mark.requirement("SEC-13")
def test_a_thousand_bad_kids_at_once_cause_two_fetches():
    fetch = _Slow(PublishedSets())
    trust = trust_of(fetch=fetch)
    call(trust, signed(claims_for()))
    good = by_new_key()
    fetch.sets.sets[NORTH.jwks_url] = {"keys": [*NORTH.jwks["keys"], *NEW["keys"]]}
    answers = _together(trust, [*(by_kid(f"guess-{serial}") for serial in range(100)), good])
    assert [type(one) for one in answers] == [Untrusted] * 100 + [type(answers[-1])]
    assert answers[-1].is_signed
    assert len(fetch.sets.fetched) == 2


def test_the_first_calls_share_one_fetch():
    fetch = _Slow(PublishedSets())
    answers = _together(trust_of(fetch=fetch), [signed(claims_for()) for _ in range(20)])
    assert all(one.is_signed for one in answers)
    assert len(fetch.sets.fetched) == 1


def test_sites_with_one_address_share_its_keys_and_each_authority_is_its_own():
    fetch = PublishedSets()
    sites = [
        replace(NORTH.site(tenant=tenant), name=tenant, reading=ReadTerms(ca_file=ca))
        for tenant, ca in (("a", ""), ("b", ""), ("c", "/etc/own.pem"))
    ]
    trust = trust_of(sites, fetch=fetch)
    for tenant in ("a", "b", "c"):
        assert call(trust, signed(claims_for(), tenant=tenant)).site.name == tenant
    assert fetch.fetched == [NORTH.jwks_url] * 2


class _Slow:
    def __init__(self, sets):
        self.sets = sets

    async def __call__(self, url, ca_file):
        await asyncio.sleep(0.01)
        return await self.sets(url, ca_file)


def _together(trust, tokens):
    async def calls():
        each = (trust.caller(bearer(one), ENDPOINT) for one in tokens)
        return await asyncio.gather(*each, return_exceptions=True)

    return asyncio.run(calls())


@pytest.mark.requirement("SEC-13")
@pytest.mark.parametrize(
    ("seconds", "fetches"), [(0, 1), (599, 1), (600, 2), (86_400, 2), (-60, 2)]
)
def test_keys_are_kept_for_ten_minutes(seconds, fetches):
    fetch, clock = PublishedSets(), Clock()
    trust = trust_of(fetch=fetch, now=clock)
    call(trust, signed(claims_for()))
    clock.passes(seconds)
    assert call(trust, signed(claims_for(now=clock()))).is_signed
    assert len(fetch.fetched) == fetches


@pytest.mark.requirement("SEC-13")
def test_a_withdrawn_key_is_good_no_longer_than_the_cache():
    fetch, clock = PublishedSets(), Clock()
    trust = trust_of(fetch=fetch, now=clock)
    call(trust, signed(claims_for()))
    fetch.sets[NORTH.jwks_url] = NEW
    clock.passes(600)
    assert refusal(trust, signed(claims_for(now=clock()))) == "kid-unknown"


@pytest.mark.requirement("SEC-13")
@pytest.mark.parametrize(("seconds", "is_known"), [(0, False), (29, False), (30, True)])
def test_after_an_unknown_kid_nothing_is_asked_again_for_thirty_seconds(seconds, is_known):
    fetch, clock = PublishedSets(), Clock()
    trust = trust_of(fetch=fetch, now=clock)
    call(trust, signed(claims_for()))
    assert refusal(trust, by_kid("guess")) == "kid-unknown"
    fetch.sets[NORTH.jwks_url] = NEW
    clock.passes(seconds)
    if is_known:
        assert call(trust, by_new_key(clock)).is_signed
    else:
        assert refusal(trust, by_new_key(clock)) == "kid-unknown"
    assert len(fetch.fetched) == 2 + is_known


# ------------------------------------------------------------------------------- the address fails


@pytest.mark.requirement("SEC-13")
@pytest.mark.parametrize(("seconds", "is_good"), [(600, True), (3599, True), (3600, False)])
def test_while_the_address_fails_keys_up_to_an_hour_old_count(seconds, is_good):
    fetch, clock = PublishedSets(), Clock()
    trust = trust_of(fetch=fetch, now=clock)
    call(trust, signed(claims_for()))
    fetch.sets.clear()
    clock.passes(seconds)
    token = signed(claims_for(now=clock()))
    assert call(trust, token).is_signed if is_good else refusal(trust, token) == "keys-unavailable"


def test_a_failed_fetch_is_tried_again_at_once_and_then_ever_more_seldom():
    fetch, clock = PublishedSets({}), Clock()
    trust = trust_of(fetch=fetch, now=clock)
    tried: list[int] = []
    for second in range(121):
        assert refusal(trust, signed(claims_for(now=clock()))) == "keys-unavailable"
        tried += [second] * (len(fetch.fetched) - len(tried))
        clock.passes(1)
    assert tried == [0, 1, 3, 7, 15, 31, 61, 91]
    fetch.sets[NORTH.jwks_url] = NORTH.jwks
    clock.passes(0)
    assert call(trust, signed(claims_for(now=clock()))).is_signed


def test_the_next_call_after_one_failed_fetch_is_answered():
    fetch = PublishedSets({})
    trust = trust_of(fetch=fetch)
    with pytest.raises(KeysUnavailable):
        call(trust, signed(claims_for()))
    fetch.sets[NORTH.jwks_url] = NORTH.jwks
    assert call(trust, signed(claims_for())).is_signed


def test_a_refetch_that_fails_leaves_the_keys_as_they_were():
    fetch = PublishedSets()
    trust = trust_of(fetch=fetch)
    call(trust, signed(claims_for()))
    fetch.sets[NORTH.jwks_url] = "no set"
    assert refusal(trust, by_kid("guess")) == "kid-unknown"
    assert call(trust, signed(claims_for())).is_signed


def test_an_address_that_hangs_is_waited_for_a_second_and_its_late_answer_is_kept():
    answer = None

    async def hangs(url, ca_file):
        del url, ca_file
        nonlocal answer
        answer = answer or asyncio.get_running_loop().create_future()
        return await answer

    async def calls():
        trust = trust_of(fetch=hangs)
        began = time.perf_counter()
        tokens = [signed(claims_for()) for _ in range(5)]
        each = (trust.caller(bearer(one), ENDPOINT) for one in tokens)
        refused = await asyncio.gather(*each, return_exceptions=True)
        assert 0.9 < time.perf_counter() - began < 1.5
        assert answer is not None
        answer.set_result(NORTH.jwks)
        await asyncio.sleep(0)
        return refused, await trust.caller(bearer(signed(claims_for())), ENDPOINT)

    refused, accepted = asyncio.run(calls())
    assert [type(one) for one in refused] == [KeysUnavailable] * 5
    assert accepted.is_signed


def test_a_caller_who_leaves_does_not_end_the_fetch_others_wait_for():
    fetch = _Slow(PublishedSets())
    trust = trust_of(fetch=fetch)

    async def calls():
        first = asyncio.create_task(trust.caller(bearer(signed(claims_for())), ENDPOINT))
        second = asyncio.create_task(trust.caller(bearer(signed(claims_for())), ENDPOINT))
        await asyncio.sleep(0.001)
        first.cancel()
        return await second

    assert asyncio.run(calls()).is_signed
    assert len(fetch.sets.fetched) == 1


@pytest.mark.parametrize(
    "served",
    [{}, {"keys": None}, {"keys": {}}, {"keys": "x"}, {"Keys": [GOOD]}, {"error": "busy"}],
)
def test_what_is_no_set_counts_as_a_failed_fetch(served):
    fetch = PublishedSets({NORTH.jwks_url: served})
    assert refusal(trust_of(fetch=fetch), signed(claims_for())) == "keys-unavailable"
    with pytest.raises(KeysUnavailable):
        trust_of([NORTH.site(jwks=served)])


# ---------------------------------------------------------------------------------------- fitness


def _rsa(bits):
    numbers = rsa.generate_private_key(65537, bits).public_key().public_numbers()
    size = (bits + 7) // 8
    return {
        "kty": "RSA",
        "kid": "north-es384",
        "use": "sig",
        "n": encoded(numbers.n.to_bytes(size, "big")),
        "e": "AQAB",
    }


UNFIT = {
    "RSA of 1024 bits": lambda: _rsa(1024),
    "RSA of 2047 bits": lambda: _rsa(2047),
    "secp256k1": lambda: public_key("north", "ES256", kid="north-es384", crv="secp256k1"),
    "for encryption": lambda: GOOD | {"use": "enc"},
    "to sign with": lambda: GOOD | {"key_ops": ["sign"]},
    "operations that are no list": lambda: GOOD | {"key_ops": "verify"},
    "of an unknown type": lambda: {"kty": "LWE", "kid": "north-es384", "x": "AA"},
    "of no type": lambda: public_key("north", "ES384", kty=ABSENT),
    "of a type that is no text": lambda: GOOD | {"kty": ["EC"]},
    "symmetric": lambda: OctKey.generate_key(256).as_dict() | {"kid": "north-es384"},
    "with its private part": lambda: (
        private_key("north", "ES384").as_dict(private=True) | {"kid": "north-es384"}
    ),
    "without a name": lambda: public_key("north", "ES384", kid=ABSENT),
    "with a name that is no text": lambda: GOOD | {"kid": 7},
    "with another algorithm": lambda: GOOD | {"alg": "ES256"},
    "with a symmetric algorithm": lambda: GOOD | {"alg": "HS384"},
    "with an algorithm that is no text": lambda: GOOD | {"alg": ["ES384"]},
    "on another curve": lambda: public_key("north", "ES256", kid="north-es384", alg="ES384"),
    "said to be on another curve": lambda: GOOD | {"crv": "P-256"},
    "on no curve": lambda: public_key("north", "ES384", crv=ABSENT),
    "on a curve that is no text": lambda: GOOD | {"crv": 384},
    "off its curve": lambda: GOOD | {"x": GOOD["y"], "y": GOOD["x"]},
    "at infinity": lambda: GOOD | {"x": encoded(bytes(48)), "y": encoded(bytes(48))},
    "without a coordinate": lambda: public_key("north", "ES384", y=ABSENT),
    "with a coordinate that is no text": lambda: GOOD | {"y": 7},
    "with a coordinate that is no base64": lambda: GOOD | {"y": "*"},
    "with an empty coordinate": lambda: GOOD | {"y": ""},
    "OKP": lambda: {"kty": "OKP", "crv": "Ed25519", "kid": "north-es384", "x": encoded(bytes(32))},
    "no object": lambda: "north-es384",
    "a list": lambda: [GOOD],
    "null": lambda: None,
    "empty": dict,
}


@pytest.mark.requirement("SEC-10", "SEC-13")
@pytest.mark.hostile("A35")
@pytest.mark.parametrize("how", UNFIT)
def test_an_unfit_key_is_passed_over_and_the_rest_of_its_set_stays_good(how):
    unfit = UNFIT[how]()
    alone = PublishedSets({NORTH.jwks_url: {"keys": [unfit]}})
    assert refusal(trust_of(fetch=alone), signed(claims_for())) == "kid-unknown"
    for keys in ([unfit, GOOD], [GOOD, unfit]):
        beside = PublishedSets({NORTH.jwks_url: {"keys": keys}})
        assert call(trust_of(fetch=beside), signed(claims_for())).is_signed


@pytest.mark.parametrize("how", ["RSA of 1024 bits", "exponent"])
@pytest.mark.hostile("A35")
def test_a_weak_rsa_key_is_not_used_for_the_tokens_it_signs(how):
    """The twin is a key of 2048 bits, which `test_the_two_recommended_algorithms` takes."""
    good = public_key("north", "RS384")
    weak = _rsa(1024) | {"kid": "north-rs384"} if how != "exponent" else good | {"e": "AQAB" * 9}
    fetch = PublishedSets({NORTH.jwks_url: {"keys": [weak]}})
    token = signed(claims_for(), algorithm="RS384")
    assert refusal(trust_of(fetch=fetch), token) == "kid-unknown"
    fetch.sets[NORTH.jwks_url] = {"keys": [weak, good]}
    assert call(trust_of(fetch=fetch), token).is_signed


@pytest.mark.requirement("SEC-10")
@pytest.mark.parametrize("more", [{"alg": ABSENT}, {"use": ABSENT}, {"key_ops": ["verify"]}])
@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
def test_a_key_need_not_say_what_it_is_for(more, algorithm):
    held = {"keys": [public_key("north", algorithm, **more, x5c=["junk"], extra=1)]}
    trust = trust_of(fetch=PublishedSets({NORTH.jwks_url: held}))
    assert call(trust, signed(claims_for(), algorithm=algorithm)).is_signed


@pytest.mark.requirement("SEC-10")
def test_an_rsa_key_for_one_algorithm_does_not_verify_another():
    held = {"keys": [public_key("north", "RS384", alg="RS256")]}
    trust = trust_of([NORTH.site(jwks=held, algorithms=("RS256", "RS384"))])
    assert refusal(trust, signed(claims_for(), algorithm="RS384")) == "kid-unknown"
    key = private_key("north", "RS384")
    token = signed(claims_for(), algorithm="RS256", key=key, header={"kid": "north-rs384"})
    assert call(trust, token).is_signed


def test_two_keys_of_one_name_are_both_tried():
    """RFC 7517 wants names to differ; a set in rotation may fall short of that."""
    stranger = public_key("stranger", "ES384", kid="north-es384")
    rsa = public_key("north", "RS384", kid="north-es384")
    held = {"keys": [stranger, rsa, GOOD]}
    trust = trust_of([NORTH.site(jwks=held)])
    assert call(trust, signed(claims_for())).is_signed
    other = signed(claims_for(), key=private_key("south", "ES384"))
    assert refusal(trust, other) == "signature-wrong"


def test_a_set_of_ten_thousand_keys_is_read_to_its_hundredth():
    junk = [GOOD | {"kid": f"junk-{serial}"} for serial in range(10_000)]
    fetch = PublishedSets({NORTH.jwks_url: {"keys": [*junk[:99], GOOD, *junk]}})
    began = time.perf_counter()
    assert call(trust_of(fetch=fetch), signed(claims_for())).is_signed
    assert time.perf_counter() - began < 1
    fetch.sets[NORTH.jwks_url] = {"keys": [*junk[:100], GOOD]}
    assert refusal(trust_of(fetch=fetch), signed(claims_for())) == "kid-unknown"


@pytest.mark.requirement("SEC-8")
def test_agreed_keys_are_the_sites_own():
    trust = trust_of([NORTH.site(jwks=NORTH.jwks), SOUTH.site(jwks=SOUTH.jwks)])
    assert call(trust, signed(claims_for())).is_signed
    assert refusal(trust, signed(claims_for(issuer=SOUTH), by=NORTH)) == "kid-unknown"


def test_a_site_without_keys_trusts_no_token():
    trust = trust_of([NORTH.site(jwks_url="")])
    assert refusal(trust, signed(claims_for())) == "kid-unknown"
