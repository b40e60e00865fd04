"""When and where a token is good: audience, times, ids; calls without a token."""

import json

import pytest

from tests.support.tokens import (
    ABSENT,
    ENDPOINT,
    MOMENT,
    NORTH,
    PUBLIC_URL,
    SOUTH,
    Clock,
    UsedTokens,
    call,
    claims_for,
    compact,
    kid_of,
    private_key,
    refusal,
    signed,
    trust_of,
)

NOW = int(MOMENT.timestamp())
DAY, YEAR = 86_400, 365 * 86_400


# --------------------------------------------------------------------------------------- audience


@pytest.mark.requirement("SEC-6")
@pytest.mark.hostile("A14")
@pytest.mark.parametrize(
    "aud",
    [
        f"{PUBLIC_URL}/cds-services/suicide-safety",
        f"{PUBLIC_URL}/cds-services",
        PUBLIC_URL,
        f"{ENDPOINT}/",
        f"{ENDPOINT}?x",
        f"{ENDPOINT}#x",
        f"{ENDPOINT}/feedback",
        ENDPOINT.upper(),
        ENDPOINT.replace("https", "http"),
        ENDPOINT.replace("example.org", "example.org:443"),
        "http://127.0.0.1:8000/cds-services/trd-review",
        "/cds-services/trd-review",
        "trd-review",
        "*",
        "",
        ABSENT,
        None,
        7,
        [],
        [[ENDPOINT]],
        [ENDPOINT, 7],
        {"aud": ENDPOINT},
        f"{ENDPOINT} {PUBLIC_URL}",
    ],
)
def test_a_token_for_another_address_is_refused(aud):
    used = UsedTokens()
    token = signed(claims_for(), aud=aud)
    assert refusal(trust_of(replay=used), token) in {"aud-not-ours", "aud-malformed"}
    assert not used.seen


@pytest.mark.requirement("SEC-6")
@pytest.mark.hostile("A16")
@pytest.mark.parametrize("aud", [[ENDPOINT], [PUBLIC_URL, ENDPOINT], [ENDPOINT, "x" * 2_000]])
def test_a_list_that_names_the_endpoint_is_good(aud):
    assert call(trust_of(), signed(claims_for(), aud=aud)).site.name == "north"


@pytest.mark.requirement("SEC-6")
def test_a_value_agreed_with_one_site_is_good_for_that_site_alone():
    agreed = NORTH.site(extra_audiences=("sand_man",))
    trust = trust_of([agreed, SOUTH.site()])
    assert call(trust, signed(claims_for(), aud="sand_man")).site.name == "north"
    assert call(trust, signed(claims_for())).site.name == "north"
    other = signed(claims_for(issuer=SOUTH), by=SOUTH, aud="sand_man")
    assert refusal(trust, other) == "aud-not-ours"


# ------------------------------------------------------------------------------------------ times


@pytest.mark.requirement("SEC-14", "SEC-5")
@pytest.mark.hostile("A08", "A09", "A12", "A13", "N01")
@pytest.mark.parametrize(
    ("iat", "exp", "nbf", "reason"),
    [
        pytest.param(0, 300, ABSENT, "", id="good"),
        pytest.param(-300, 0, ABSENT, "", id="ends now"),
        pytest.param(-300, -59, ABSENT, "", id="ended within the leeway"),
        pytest.param(-300, -60, ABSENT, "expired", id="ended a leeway ago"),
        pytest.param(-300, -61, ABSENT, "expired", id="ended a second beyond the leeway"),
        pytest.param(-2 * DAY, -DAY, ABSENT, "expired", id="ended yesterday"),
        pytest.param(0, 900, ABSENT, "", id="fifteen minutes"),
        pytest.param(0, 900.5, ABSENT, "life-too-long", id="half a second more"),
        pytest.param(0, 901, ABSENT, "life-too-long", id="a second more"),
        pytest.param(0, 10 * YEAR, ABSENT, "life-too-long", id="ten years"),
        pytest.param(0, 0, ABSENT, "life-too-long", id="no life"),
        pytest.param(30, 0, ABSENT, "life-too-long", id="ends before it begins"),
        pytest.param(60, 300, ABSENT, "", id="begins within the leeway"),
        pytest.param(60.5, 300, ABSENT, "not-yet-valid", id="half a second beyond it"),
        pytest.param(61, 300, ABSENT, "not-yet-valid", id="begins beyond the leeway"),
        pytest.param(DAY, DAY + 300, ABSENT, "not-yet-valid", id="begins tomorrow"),
        pytest.param(0, 300, -300, "", id="nbf five minutes before iat"),
        pytest.param(0, 300, 60, "", id="nbf within the leeway"),
        pytest.param(0, 300, 61, "not-yet-valid", id="nbf in the future"),
        pytest.param(0.25, 300.75, 0.5, "", id="fractions of a second"),
        pytest.param(45, 345, ABSENT, "", id="the caller's clock 45 s ahead"),
        pytest.param(-45, 255, ABSENT, "", id="the caller's clock 45 s behind"),
        pytest.param(600, 900, ABSENT, "not-yet-valid", id="ten minutes ahead"),
        pytest.param(-600, -300, ABSENT, "expired", id="ten minutes behind"),
    ],
)
def test_a_token_is_good_for_a_short_while(iat, exp, nbf, reason):
    more = {} if nbf is ABSENT else {"nbf": NOW + nbf}
    token = signed(claims_for(), iat=NOW + iat, exp=NOW + exp, **more)
    if reason:
        assert refusal(trust_of(), token) == reason
    else:
        assert call(trust_of(), token).is_signed


@pytest.mark.requirement("SEC-14")
@pytest.mark.hostile("A13")
@pytest.mark.parametrize(("age", "is_good"), [(0, True), (960, True), (961, False), (DAY, False)])
def test_an_old_token_is_refused_though_it_has_not_ended(age, is_good):
    trust = trust_of([NORTH.site(longest_life_s=2 * DAY)])
    token = signed(claims_for(), iat=NOW - age, exp=NOW + 60)
    assert call(trust, token).is_signed if is_good else refusal(trust, token) == "too-old"


@pytest.mark.requirement("SEC-14")
def test_a_longer_life_is_agreed_with_one_site():
    trust = trust_of([NORTH.site(longest_life_s=3600), SOUTH.site()])
    assert call(trust, signed(claims_for(), exp=NOW + 3600)).is_signed
    assert refusal(trust, signed(claims_for(), exp=NOW + 3601)) == "life-too-long"
    other = signed(claims_for(issuer=SOUTH), by=SOUTH, exp=NOW + 3600)
    assert refusal(trust, other) == "life-too-long"


NO_MOMENTS = ['"SOON"', '"%d"', "true", "false", "null", "NaN", "Infinity", "-Infinity", "1e999"]
NO_MOMENTS += ["[%d]", "{}", "-1", "1" * 400, "1" * 5_000, '""', "1e400", "100000000001"]


@pytest.mark.requirement("SEC-5")
@pytest.mark.hostile("A11")
@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("written", NO_MOMENTS)
def test_a_moment_is_a_number(name, written):
    claims = json.dumps(claims_for() | {name: "HERE"}).replace(
        '"HERE"', written.replace("%d", str(NOW))
    )
    header = json.dumps({"alg": "ES384", "typ": "JWT", "kid": kid_of("north", "ES384")})
    assert refusal(trust_of(), compact(header, claims)) in {f"{name}-malformed", "token-malformed"}
    assert call(trust_of(), compact(header, json.dumps(claims_for()))).is_signed


@pytest.mark.requirement("SEC-5")
@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "jti"])
def test_each_required_claim_must_be_there(name):
    used = UsedTokens()
    assert refusal(trust_of(replay=used), signed(claims_for(), **{name: ABSENT}))
    assert not used.seen


@pytest.mark.requirement("SEC-5")
def test_other_claims_are_passed_over():
    token = signed(claims_for(), sub="x", azp=[1], extra={"a": {"b": None}}, nbf=NOW - 300)
    assert call(trust_of(), token).is_signed


# -------------------------------------------------------------------------------------------- ids


@pytest.mark.requirement("SEC-5")
@pytest.mark.hostile("A28")
@pytest.mark.parametrize(
    "jti",
    [
        ABSENT,
        None,
        "",
        " ",
        [],
        ["a"],
        {},
        7,
        0,
        True,
        "x" * 257,
        "a\x00",
        "a\nb",
        "\ud800",
        "a\u202eb",
    ],
)
def test_an_id_is_a_text_that_can_be_kept(jti):
    assert refusal(trust_of(), signed(claims_for(), jti=jti)) == "jti-malformed"


@pytest.mark.parametrize("jti", ["x", "x" * 256, "ee22b021-e1b7", "żółw", "'; DROP TABLE x --"])
def test_any_other_id_is_kept_as_it_stands(jti):
    used = UsedTokens()
    assert call(trust_of(replay=used), signed(claims_for(), jti=jti)).jti == jti
    assert list(used.seen) == [(NORTH.url, jti)]


@pytest.mark.requirement("SEC-11")
@pytest.mark.hostile("A24")
def test_a_token_works_once():
    trust, token = trust_of(), signed(claims_for())
    assert call(trust, token).is_signed
    assert refusal(trust, token) == "used-before"
    assert call(trust, signed(claims_for())).is_signed


@pytest.mark.requirement("SEC-11")
def test_an_id_works_once_whatever_else_the_token_says():
    trust = trust_of()
    assert call(trust, signed(claims_for(), jti="one")).is_signed
    for algorithm in ("ES384", "RS384"):
        again = signed(claims_for(), algorithm=algorithm, jti="one", exp=NOW + 200)
        assert refusal(trust, again) == "used-before"


@pytest.mark.requirement("SEC-11")
@pytest.mark.hostile("A27")
def test_two_issuers_may_use_the_same_id():
    trust = trust_of()
    for issuer in (NORTH, SOUTH):
        assert call(trust, signed(claims_for(issuer=issuer), by=issuer, jti="same")).is_signed


@pytest.mark.requirement("SEC-11")
def test_an_id_is_kept_as_long_as_its_token_could_be_accepted():
    used = UsedTokens()
    call(trust_of(replay=used), signed(claims_for(), jti="one", exp=NOW + 300))
    assert used.seen[NORTH.url, "one"].timestamp() == NOW + 360


def test_a_forged_token_does_not_use_up_the_id_of_a_good_one():
    used, claims = UsedTokens(), claims_for()
    trust = trust_of(replay=used)
    for forged in (
        signed(claims, key=private_key("stranger", "ES384")),
        signed(claims, aud="elsewhere"),
        signed(claims, header={"kid": "another"}),
        signed(claims, exp=NOW - DAY),
    ):
        assert refusal(trust, forged)
    assert not used.seen
    assert call(trust, signed(claims)).is_signed


# --------------------------------------------------------------------------------- members twice


@pytest.mark.hostile("A31")
@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "jti", "tenant", "other"])
def test_a_claim_named_twice_is_refused_in_either_order_and_even_if_equal(name):
    good = claims_for() | {"tenant": "", "other": "good"}
    del good["tenant"]
    header = json.dumps({"alg": "ES384", "typ": "JWT", "kid": kid_of("north", "ES384")})
    said = good.get(name, "good")
    for first, second in ((said, "evil"), ("evil", said), (said, said)):
        rest = {key: value for key, value in good.items() if key != name}
        twice = f'{{"{name}":{json.dumps(first)},"{name}":{json.dumps(second)},'
        assert refusal(trust_of(), compact(header, twice + json.dumps(rest)[1:])) == "member-twice"


@pytest.mark.hostile("A31")
@pytest.mark.parametrize("name", ["alg", "kid", "typ", "jku", "foo"])
def test_a_member_of_the_header_named_twice_is_refused(name):
    header = {"alg": "ES384", "typ": "JWT", "kid": kid_of("north", "ES384")}
    said = header.pop(name, "x")
    for first, second in ((said, "none"), ("none", said), (said, said)):
        twice = f'{{"{name}":{json.dumps(first)},"{name}":{json.dumps(second)},'
        token = compact(twice + json.dumps(header)[1:], json.dumps(claims_for()))
        assert refusal(trust_of(), token) == "member-twice"


@pytest.mark.hostile("A31")
def test_a_name_is_the_same_name_however_it_is_escaped():
    header = json.dumps({"alg": "ES384", "typ": "JWT", "kid": kid_of("north", "ES384")})
    claims = json.dumps(claims_for())
    escaped = claims[:-1] + ',"\\u0069ss":"https://evil.example.org"}'
    assert refusal(trust_of(), compact(header, escaped)) == "member-twice"
    assert call(trust_of(), compact(header, claims.replace('"iss"', '"\\u0069ss"'))).is_signed


def test_moments_are_judged_by_the_clock_handed_in():
    clock = Clock()
    trust, token = trust_of(now=clock), signed(claims_for())
    clock.passes(361)
    assert refusal(trust, token) == "expired"
    clock.passes(-361)
    assert call(trust, token).is_signed
