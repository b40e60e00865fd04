"""Who is believed, by shape, header and claims of the token: each refusal beside its good twin.

A refusal names its reason to us alone. No refusal here fetches a key beyond what its row says, and
none uses up the id of a good token.
"""

import asyncio
import hmac
import json

import pytest

from ehr.errors import Untrusted
from tests.support.tokens import (
    ABSENT,
    ENDPOINT,
    NORTH,
    SOUTH,
    PublishedSets,
    UsedTokens,
    bearer,
    call,
    claims_for,
    compact,
    encoded,
    kid_of,
    private_key,
    public_key,
    refusal,
    signature_of,
    signed,
    trust_of,
)

GOOD_HEADER = {"alg": "ES384", "typ": "JWT", "kid": kid_of("north", "ES384")}
MACS = {"HS256", "HS384", "HS512"}


def accepted(token, **more):
    return call(trust_of(**more), token).site.name


def presented(values, **more):
    """Present values of the Authorization header as they stand."""
    return asyncio.run(trust_of(**more).caller(values, ENDPOINT))


# ---------------------------------------------------------------------------- shape of the header


@pytest.mark.requirement("SEC-1", "SEC-2")
@pytest.mark.hostile("A01")
def test_a_call_without_a_token_is_nobodys():
    with pytest.raises(Untrusted):
        presented([])
    assert presented(bearer(signed(claims_for()))).site.name == "north"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
@pytest.mark.requirement("SEC-2")
def test_the_scheme_is_read_in_any_letters(scheme):
    assert presented([f"{scheme} {signed(claims_for())}"]).is_signed


def _spoiled(token):
    header, claims, signature = token.split(".")
    return {
        "empty": "",
        "scheme alone": "Bearer",
        "scheme and a space": "Bearer ",
        "another scheme": f"Basic {token}",
        "DPoP": f"DPoP {token}",
        "no scheme": token,
        "scheme twice": f"Bearer Bearer {token}",
        "a tab between": f"Bearer\t{token}",
        "a space before": f" Bearer {token}",
        "a space after": f"Bearer {token} ",
        "a line end after": f"Bearer {token}\n",
        "a space within": f"Bearer {header}. {claims}.{signature}",
        "a comma and another": f"Bearer {token}, Bearer {token}",
        "a parameter": f"Bearer {token};x=1",
        "quotes": f'Bearer "{token}"',
        "a dot after": f"Bearer {token}.",
        "two dots after": f"Bearer {token}..",
        "a dot before": f"Bearer .{token}",
        "two segments": f"Bearer {header}.{claims}",
        "no claims": f"Bearer {header}..{signature}",
        "no header": f"Bearer .{claims}.{signature}",
        "no signature": f"Bearer {header}.{claims}.",
        "four segments": f"Bearer {token}.{signature}",
        "five segments, as an encrypted one": f"Bearer {token}.{header}.{signature}",
        "padding": f"Bearer {token}=",
        "padding within": f"Bearer {header}=.{claims}.{signature}",
        "standard base64": f"Bearer {header}.{claims}.+/{signature[2:]}",
        "percent-encoded dots": f"Bearer {token.replace('.', '%2E')}",
        "other letters": f"Bearer {header}.{claims}.é{signature[1:]}",
        "one character of four": f"Bearer {token}A",
        "JSON serialisation": "Bearer "
        + json.dumps({"protected": header, "payload": claims, "signature": signature}),
        "16 kB": f"Bearer {header}.{claims}.{signature}{'A' * 16_384}",
    }


@pytest.mark.parametrize("how", _spoiled("a.b.c"))
@pytest.mark.requirement("SEC-2")
def test_a_header_of_another_shape_is_refused(how):
    used, token = UsedTokens(), signed(claims_for())
    with pytest.raises(Untrusted):
        presented([_spoiled(token)[how]], replay=used)
    assert presented([f"Bearer {token}"], replay=used).is_signed


@pytest.mark.parametrize(("length", "is_read"), [(10_000, True), (13_000, False)])
def test_a_token_is_read_up_to_a_length(length, is_read):
    """Good in all else: claims may be many, but not beyond 16 384 characters of header value."""
    token = signed(claims_for(), roles="x" * length)
    if is_read:
        assert accepted(token) == "north"
    else:
        assert refusal(trust_of(), token) == "token-too-long"


@pytest.mark.requirement("SEC-2")
def test_two_authorization_headers_are_refused_even_if_both_are_good():
    one, other = (f"Bearer {signed(claims_for())}" for _ in range(2))
    used = UsedTokens()
    for values in ([one, other], [one, one], [one, ""], ["", one]):
        with pytest.raises(Untrusted):
            presented(values, replay=used)
    assert presented([one], replay=used).is_signed


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ("[]", "{}"),
        (json.dumps(GOOD_HEADER), "[]"),
        ("null", "null"),
        ("{", "{}"),
        ('{"alg":"ES384"} {}', "{}"),
        ("\ufeff{}", "{}"),
        ("{'alg':'ES384'}", "{}"),
        ("[" * 5_000, "{}"),
        (json.dumps(GOOD_HEADER), "[" * 5_000),
        (json.dumps(GOOD_HEADER), '{"a":' * 2_000),
        (json.dumps(GOOD_HEADER), "1" * 5_000),
    ],
)
def test_header_and_claims_must_be_objects(header, claims):
    assert refusal(trust_of(), compact(header, claims)) == "token-malformed"


def test_bytes_that_are_no_utf_8_are_refused():
    said = encoded(b'{"iss":"\xff"}')
    signing = f"{encoded(json.dumps(GOOD_HEADER).encode())}.{said}"
    token = f"{signing}.{encoded(signature_of(signing.encode()))}"
    assert refusal(trust_of(), token) == "token-malformed"


# -------------------------------------------------------------------------------------- algorithm


@pytest.mark.requirement("SEC-9")
@pytest.mark.hostile("A02", "A03")
@pytest.mark.parametrize(
    "alg",
    ["none", "nOnE", "NONE", "None", "none ", "", ABSENT, None, ["ES384"], {"a": 1}, 384, True],
)
@pytest.mark.parametrize("signature", ["", "AA", "good"])
def test_no_algorithm_is_no_proof(alg, signature):
    said = {name: value for name, value in (GOOD_HEADER | {"alg": alg}).items() if value != ABSENT}
    token = compact(json.dumps(said), json.dumps(claims_for()))
    if signature != "good":
        token = f"{token.rpartition('.')[0]}.{signature}"
    assert refusal(trust_of(), token)


@pytest.mark.requirement("SEC-9", "SEC-10")
@pytest.mark.hostile("A04")
@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512", "hs256", "HS1", "A256GCM", "dir"])
@pytest.mark.parametrize("kind", ["RS384", "ES384"])
def test_a_public_key_is_no_secret(alg, kind):
    """The keys a MAC might be made with, whatever form the verifier might give them."""
    pair = private_key("north", kind)
    forms = [pair.as_pem(private=False), pair.as_der(private=False), b"secret", b""]
    forms += [forms[0].strip(), json.dumps(public_key("north", kind)).encode()]
    for secret in forms:
        header = json.dumps(GOOD_HEADER | {"alg": alg, "kid": kid_of("north", kind)})
        signing = compact(header, json.dumps(claims_for())).rpartition(".")[0]
        made = hmac.digest(secret, signing.encode(), f"sha{alg[2:]}" if alg in MACS else "sha256")
        token = f"{signing}.{encoded(made)}"
        assert refusal(trust_of(), token) == "alg-not-agreed"
        agreed = NORTH.site(algorithms=("ES384", "RS384", alg))
        assert refusal(trust_of([agreed]), token) == "kid-unknown"


@pytest.mark.requirement("SEC-10")
@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
def test_the_two_recommended_algorithms_are_taken(algorithm):
    assert accepted(signed(claims_for(), algorithm=algorithm)) == "north"


@pytest.mark.requirement("SEC-10")
@pytest.mark.parametrize("algorithm", ["ES256", "ES512", "RS256", "PS384"])
def test_an_algorithm_that_was_not_agreed_is_refused_though_its_key_is_published(algorithm):
    held = {"keys": [public_key("north", algorithm)]}
    token = signed(claims_for(), algorithm=algorithm)
    assert refusal(trust_of([NORTH.site(jwks=held)]), token) == "alg-not-agreed"


@pytest.mark.requirement("SEC-10")
@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_an_algorithm_agreed_for_one_site_is_taken_there_alone(algorithm):
    held = {"keys": [public_key("north", algorithm)]}
    agreed, other = NORTH.site(jwks=held, algorithms=(algorithm,)), SOUTH.site(jwks=held)
    assert accepted(signed(claims_for(), algorithm=algorithm), sites=[agreed, other]) == "north"
    token = signed(claims_for(issuer=SOUTH), algorithm=algorithm)
    assert refusal(trust_of([agreed, other]), token) == "alg-not-agreed"


# ------------------------------------------------------------------------------------- its header


@pytest.mark.requirement("SEC-4")
@pytest.mark.parametrize("typ", [ABSENT, "", "jwt", "at+jwt", "JOSE", "application/jwt", None, 1])
def test_a_token_of_another_type_is_refused(typ):
    assert refusal(trust_of(), signed(claims_for(), header={"typ": typ})) == "header-refused"


@pytest.mark.hostile("A22")
@pytest.mark.requirement("SEC-4")
@pytest.mark.parametrize(
    "kid",
    [
        ABSENT,
        None,
        "",
        7,
        ["north-es384"],
        {"kid": "north-es384"},
        "../../dev/null",
        "' OR 1=1--",
        "x" * 10_240,
        "north-es384\x00",
        "north-es384 ",
        "NORTH-ES384",
        "ŧħïṣ-ḳéÿ",
        "north-es384\u202e",
        "\ud800",
        "https://evil.example.org/key",
        "${jndi:ldap://evil.example.org}",
    ],
)
def test_a_kid_is_a_name_and_nothing_else(kid):
    used = UsedTokens()
    assert refusal(trust_of(replay=used), signed(claims_for(), header={"kid": kid}))
    assert not used.seen
    assert accepted(signed(claims_for()), replay=used) == "north"


@pytest.mark.parametrize(
    "more",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"crit": ["b64"], "b64": True},
        {"b64": False},
        {"zip": "DEF"},
        {"enc": "A256GCM"},
        {"crit": None},
    ],
)
def test_a_header_that_changes_what_is_signed_is_refused(more):
    assert refusal(trust_of(), signed(claims_for(), header=more)) == "header-refused"


@pytest.mark.hostile("A20")
@pytest.mark.parametrize("member", ["jwk", "x5c", "x5u", "x5t", "x5t#S256"])
def test_a_key_in_the_header_is_never_looked_at(member):
    """Neither helps a stranger nor harms the owner of the registered key."""
    stranger = private_key("stranger", "ES384")
    offered = {
        "jwk": public_key("stranger", "ES384", kid="north-es384"),
        "x5c": [encoded(stranger.as_der(private=False))],
        "x5u": "https://evil.example.org/cert.pem",
    }.get(member, "AAAA")
    fetch = PublishedSets()
    token = signed(claims_for(), header={member: offered}, key=stranger)
    assert refusal(trust_of(fetch=fetch), token) == "signature-wrong"
    assert accepted(signed(claims_for(), header={member: offered}), fetch=fetch) == "north"
    assert set(fetch.fetched) == {NORTH.jwks_url}


@pytest.mark.requirement("SEC-7")
@pytest.mark.hostile("A18")
@pytest.mark.parametrize(
    "jku",
    [
        "https://evil.example.org/jwks.json",
        SOUTH.jwks_url,
        f"{NORTH.jwks_url}/",
        f"{NORTH.jwks_url}?x",
        f"{NORTH.jwks_url}#x",
        NORTH.jwks_url.upper(),
        NORTH.jwks_url.replace("https", "http"),
        NORTH.jwks_url.replace("//", "//user@"),
        "//north.example.org/jwks.json",
        "",
        7,
        [NORTH.jwks_url],
    ],
)
def test_a_key_address_that_is_not_the_registered_one_is_refused_and_not_fetched(jku):
    fetch = PublishedSets()
    token = signed(claims_for(), header={"jku": jku})
    assert refusal(trust_of(fetch=fetch), token) in {"jku-not-registered", "jku-malformed"}
    assert not fetch.fetched


@pytest.mark.requirement("SEC-7")
def test_the_registered_key_address_may_be_named():
    assert accepted(signed(claims_for(), header={"jku": NORTH.jwks_url})) == "north"


@pytest.mark.requirement("SEC-7", "SEC-8")
def test_with_agreed_keys_nothing_is_fetched_and_only_a_registered_address_may_be_named():
    fetch = PublishedSets()
    silent, named = (NORTH.site(jwks=NORTH.jwks, jwks_url=url) for url in ("", NORTH.jwks_url))
    assert accepted(signed(claims_for()), sites=[silent], fetch=fetch) == "north"
    token = signed(claims_for(), header={"jku": NORTH.jwks_url})
    assert refusal(trust_of([silent], fetch=fetch), token) == "jku-not-registered"
    assert accepted(token, sites=[named], fetch=fetch) == "north"
    assert not fetch.fetched


def test_other_members_of_the_header_are_passed_over():
    assert accepted(signed(claims_for(), header={"cty": "x", "foo": {"bar": [1]}})) == "north"
