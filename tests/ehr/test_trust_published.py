"""The sample token and key set that the CDS Hooks specification prints."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from ehr.site import Site, TrustTerms
from tests.support.tokens import (
    MOMENT,
    Clock,
    PublishedSets,
    UsedTokens,
    call,
    decoded,
    encoded,
    refusal,
    trust_of,
)

ENDPOINT = "https://cds.example.org/cds-services/some-service"
JKU = "https://fhir-ehr.example.com/jwk_uri"
THEN = datetime.fromtimestamp(1_400_000_000, tz=UTC)
LIFE = 1_422_568_860 - 1_311_280_970


@pytest.fixture
def sample(shared):
    return shared / "spec/cds-hooks/data/spec-jwt-oracle"


@pytest.fixture
def token(sample):
    return (sample / "authorization-jwt.txt").read_text().strip()


@pytest.fixture
def keys(sample):
    return json.loads((sample / "jwks.json").read_text())


def trusting(keys, *, at=THEN, **more):
    """Return trust in the sample's issuer, with the life and age its token needs."""
    terms = {
        "issuer": "https://fhir-ehr.example.com/",
        "jwks_url": JKU,
        "jwks": keys,
        "longest_life_s": LIFE,
        "longest_age_s": LIFE,
    }
    site = Site(name="sample", base="", trust=TrustTerms(**(terms | more)))
    fetch = PublishedSets({JKU: keys})
    return trust_of([site], now=Clock(at), fetch=fetch, replay=UsedTokens())


@pytest.mark.requirement("SEC-10", "SEC-14")
@pytest.mark.parametrize("is_published", [True, False])
def test_the_sample_verifies_at_its_own_time(token, keys, is_published):
    trust = trusting(keys, **({"jwks": None} if is_published else {}))
    caller = call(trust, token, ENDPOINT)
    assert caller.site.name == "sample"
    assert caller.tenant == "2ddd6c3a-8e9a-44c6-a305-52111ad302a2"
    assert caller.jti == "ee22b021-e1b7-4611-ba5b-8eec6a33ac1e"


@pytest.mark.requirement("SEC-10")
def test_the_sample_verifies_once(token, keys):
    trust = trusting(keys)
    call(trust, token, ENDPOINT)
    assert refusal(trust, token, ENDPOINT) == "used-before"


@pytest.mark.requirement("SEC-14", "SEC-6", "SEC-16")
@pytest.mark.parametrize(
    ("more", "endpoint", "reason"),
    [
        pytest.param({"at": MOMENT}, ENDPOINT, "expired", id="today"),
        pytest.param({"longest_life_s": 900}, ENDPOINT, "life-too-long", id="usual life"),
        pytest.param({"longest_life_s": LIFE - 1}, ENDPOINT, "life-too-long", id="a second less"),
        pytest.param({"longest_age_s": 900}, ENDPOINT, "too-old", id="usual age"),
        pytest.param({}, ENDPOINT.replace("some", "other"), "aud-not-ours", id="other service"),
        pytest.param({"tenant": "other"}, ENDPOINT, "tenant-not-registered", id="other tenant"),
        pytest.param({"algorithms": ("RS384",)}, ENDPOINT, "alg-not-agreed", id="other algorithm"),
        pytest.param({"jwks_url": ""}, ENDPOINT, "jku-not-registered", id="no address agreed"),
        pytest.param({"issuer": "https://x.example"}, ENDPOINT, "iss-not-registered", id="issuer"),
        pytest.param({"at": THEN - timedelta(days=1030)}, ENDPOINT, "not-yet-valid", id="before"),
    ],
)
def test_the_sample_does_not_verify_otherwise(token, keys, more, endpoint, reason):
    assert refusal(trusting(keys, **more), token, endpoint) == reason


@pytest.mark.requirement("SEC-3")
def test_the_sample_with_one_bit_flipped_does_not_verify(token, keys):
    header, claims, signature = (decoded(one) for one in token.split("."))
    for place in range(0, len(signature) * 8, 7):
        changed = bytearray(signature)
        changed[place // 8] ^= 1 << place % 8
        spoiled = f"{encoded(header)}.{encoded(claims)}.{encoded(bytes(changed))}"
        assert refusal(trusting(keys), spoiled, ENDPOINT) == "signature-wrong"
    for part in ("header", "claims"):
        for place in range(len(header if part == "header" else claims)):
            changed = bytearray(header if part == "header" else claims)
            changed[place] ^= 1
            parts = {"header": header, "claims": claims} | {part: bytes(changed)}
            spoiled = f"{encoded(parts['header'])}.{encoded(parts['claims'])}.{encoded(signature)}"
            assert refusal(trusting(keys), spoiled, ENDPOINT)
    assert call(trusting(keys), token, ENDPOINT).is_signed
