"""Who calls is settled at the door: one bare 401 for every reason, before the body is read."""

import asyncio
import hmac
import json
from dataclasses import replace

import httpx
import orjson
import pytest

from ehr.client import Wire
from tests.cds_hooks.hooks import BASE, REVIEW, SAFETY, app_of, call, given, prefetch_of, send
from tests.cds_hooks.people import two_failures
from tests.support.app_transport import AppTransport
from tests.support.fault_ehr import TOKEN, FaultEhr
from tests.support.fhir import Json
from tests.support.kept import Kept
from tests.support.tokens import (
    ABSENT,
    MOMENT,
    NORTH,
    SOUTH,
    Issuer,
    PublishedSets,
    claims_for,
    compact,
    encoded,
    private_key,
    public_key,
    signed,
    trust_of,
)

REVIEW_URL = f"{BASE}/cds-services/{REVIEW}"
SAFETY_URL = f"{BASE}/cds-services/{SAFETY}"
FEEDBACK_URL = f"{REVIEW_URL}/feedback"
DISCOVERY_URL = f"{BASE}/cds-services"
EVIL = Issuer("evil")
FEEDBACK = {
    "feedback": [
        {"card": "c-1", "outcome": "overridden", "outcomeTimestamp": "2026-09-01T11:59:00.123Z"}
    ]
}


def guarded(**more):
    """Return a production door that trusts nobody without a token."""
    changed: Json = {"trust": trust_of(), "is_sandbox": False, "serves_metrics": False}
    return app_of(**(changed | more))


def a_call():
    return orjson.dumps(call(prefetch_of(two_failures())))


def posted(app, url, headers, content=None):
    sent = {"Content-Type": "application/json"} | headers
    path = url.removeprefix(BASE)
    return send(
        "POST", path, content=a_call() if content is None else content, headers=sent, app=app
    )


def with_token(token, url=REVIEW_URL, app=None, content=None):
    return posted(app or guarded(), url, {"Authorization": f"Bearer {token}"}, content)


def unsigned_token(algorithm, claims=None, header=None):
    said = {"alg": algorithm, "typ": "JWT", "kid": "north-es384"} | (header or {})
    held = claims or claims_for(REVIEW_URL)
    return ".".join([encoded(json.dumps(said).encode()), encoded(json.dumps(held).encode()), ""])


def twice(first, second):
    """Return a validly signed payload that names its issuer twice."""
    held = json.dumps(claims_for(REVIEW_URL) | {"iss": second})
    claims = held.replace("{", '{"iss": ' + json.dumps(first) + ", ", 1)
    return compact(json.dumps({"alg": "ES384", "typ": "JWT", "kid": "north-es384"}), claims)


def mac_by_public_key():
    """Return a token whose MAC key is the issuer's public key, as published."""
    header = json.dumps({"alg": "HS256", "typ": "JWT", "kid": "north-rs384"})
    signing = f"{encoded(header.encode())}.{encoded(json.dumps(claims_for(REVIEW_URL)).encode())}"
    pem = private_key("north", "RS384").as_pem(private=False)
    return f"{signing}.{encoded(hmac.new(pem, signing.encode(), 'sha256').digest())}"


def other(**changes):
    return lambda: signed(claims_for(REVIEW_URL) | changes)


NOW = int(MOMENT.timestamp())
REFUSED = {
    "A02": lambda: unsigned_token("none"),
    "A03 nOnE": lambda: unsigned_token("nOnE"),
    "A03 list": lambda: unsigned_token(["ES384"]),
    "A03 no alg": lambda: signed(claims_for(REVIEW_URL), header={"alg": ABSENT}),
    "A04": mac_by_public_key,
    "A06": lambda: signed(claims_for(REVIEW_URL), key=private_key("evil", "ES384")),
    "A08": other(iat=NOW - 300, exp=NOW - 61),
    "A09": other(exp=NOW + 10 * 365 * 86_400),
    "A11 text": other(exp=str(NOW + 300)),
    "A11 true": other(exp=True),
    "A11 null": other(exp=None),
    "A11 NaN": other(exp=float("nan")),
    "A11 Infinity": other(exp=float("inf")),
    "A12 iat": other(iat=NOW + 61, exp=NOW + 300),
    "A12 nbf": other(nbf=NOW + 61),
    "A13": other(iat=NOW - 86_400),
    "A14 another service": other(aud=SAFETY_URL),
    "A14 feedback": other(aud=FEEDBACK_URL),
    "A14 base": other(aud=BASE),
    "A14 slash": other(aud=f"{REVIEW_URL}/"),
    "A14 query": other(aud=f"{REVIEW_URL}?x"),
    "A17": lambda: signed(claims_for(REVIEW_URL, issuer=EVIL), by=EVIL),
    "A18": lambda: signed(claims_for(REVIEW_URL), header={"jku": "https://evil.test/jwks.json"}),
    "A20": lambda: signed(
        claims_for(REVIEW_URL),
        key=private_key("evil", "ES384"),
        header={"jwk": public_key("evil", "ES384"), "kid": ABSENT},
    ),
    "A22 path": lambda: signed(claims_for(REVIEW_URL), header={"kid": "../../dev/null"}),
    "A22 sql": lambda: signed(claims_for(REVIEW_URL), header={"kid": "' OR 1=1--"}),
    "A22 long": lambda: signed(claims_for(REVIEW_URL), header={"kid": "k" * 10_240}),
    "A22 letters": lambda: signed(claims_for(REVIEW_URL), header={"kid": "\u202eключ"}),
    "A22 absent": lambda: signed(claims_for(REVIEW_URL), header={"kid": ABSENT}),
    "A28 absent": other(jti=ABSENT),
    "A28 empty": other(jti=""),
    "A28 list": other(jti=["a"]),
    "A28 number": other(jti=7),
    "A31 good first": lambda: twice(NORTH.url, EVIL.url),
    "A31 good last": lambda: twice(EVIL.url, NORTH.url),
    "A38": other(aud="client-id", nonce="n", sub="dr-1"),
    "no JWT": lambda: "opaque",
    "empty": lambda: "",
}
HEADERS = {
    "A01": {},
    "Basic": {"Authorization": "Basic dXNlcjpwYXNz"},
    "no scheme": {"Authorization": "Bearer"},
    "a cookie": {"Cookie": "token=abc"},
}


def seen(answer):
    """Return everything a caller can tell two answers apart by."""
    return answer.status_code, answer.content, sorted(answer.headers.multi_items())


BARE = (
    401,
    b"",
    [
        ("cache-control", "no-store"),
        ("content-length", "0"),
        ("www-authenticate", "Bearer"),
        ("x-content-type-options", "nosniff"),
    ],
)


@pytest.mark.requirement("SEC-9", "SEC-12", "DISC-13")
@pytest.mark.hostile(
    *("A02", "A03", "A04", "A06", "A08", "A09", "A11", "A12", "A13", "A14", "A17", "A18", "A20"),
    *("A22", "A28", "A31", "A38"),
)
@pytest.mark.parametrize("made", REFUSED.values(), ids=list(REFUSED))
@pytest.mark.parametrize("url", [REVIEW_URL, SAFETY_URL])
def test_every_reason_gets_the_same_bare_answer(made, url):
    if made is REFUSED["A14 another service"] and url == SAFETY_URL:
        made = REFUSED["A14 feedback"]
    published = PublishedSets()
    answer = with_token(made(), url, guarded(trust=trust_of(fetch=published)))
    assert seen(answer) == BARE
    assert not [one for one in published.fetched if "evil" in one]


@pytest.mark.requirement("SEC-1", "SEC-2")
@pytest.mark.hostile("A01")
@pytest.mark.parametrize("headers", HEADERS.values(), ids=list(HEADERS))
@pytest.mark.parametrize("url", [REVIEW_URL, FEEDBACK_URL])
def test_without_a_token_nobody_is_believed(headers, url):
    assert seen(posted(guarded(), url, headers)) == BARE


@pytest.mark.requirement("SEC-2", "SEC-6")
@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
def test_the_twin_a_good_token_gets_its_cards(algorithm):
    answer = with_token(signed(claims_for(REVIEW_URL), algorithm=algorithm))
    assert answer.status_code == 200
    assert json.loads(answer.content)["cards"]


@pytest.mark.hostile("A16")
def test_a_list_of_audiences_with_ours_among_them_is_good():
    token = signed(claims_for(REVIEW_URL), aud=["https://elsewhere.example.org", REVIEW_URL])
    assert with_token(token).status_code == 200


@pytest.mark.requirement("FB-10")
def test_a_feedback_call_is_authenticated_like_a_call_of_its_service():
    feedback = orjson.dumps(FEEDBACK)
    for audience, status in ((FEEDBACK_URL, 200), (REVIEW_URL, 401)):
        token = signed(claims_for(audience))
        assert with_token(token, FEEDBACK_URL, content=feedback).status_code == status


@pytest.mark.requirement("SEC-11")
@pytest.mark.hostile("A24", "A27")
def test_a_token_is_good_once_and_its_id_is_its_issuers_own():
    app, claims = guarded(), claims_for(REVIEW_URL, issuer=NORTH) | {"jti": "same"}
    assert with_token(signed(claims), app=app).status_code == 200
    assert seen(with_token(signed(claims), app=app)) == BARE
    theirs = claims_for(REVIEW_URL, issuer=SOUTH) | {"jti": "same"}
    assert with_token(signed(theirs, by=SOUTH), app=app).status_code == 200


@pytest.mark.requirement("SEC-6")
@pytest.mark.parametrize("host", ["internal:8000", "evil.test"])
def test_the_audience_is_the_public_address_whatever_the_host_header_says(host):
    headers = {"Authorization": f"Bearer {signed(claims_for(REVIEW_URL))}", "Host": host}
    assert posted(guarded(), REVIEW_URL, headers).status_code == 200
    wrong = signed(claims_for(f"https://{host}/cds-services/{REVIEW}"))
    headers = {"Authorization": f"Bearer {wrong}", "Host": host}
    assert seen(posted(guarded(), REVIEW_URL, headers)) == BARE


def test_two_authorization_headers_are_no_proof():
    token = signed(claims_for(REVIEW_URL))
    headers = httpx.Headers([("Authorization", f"Bearer {token}")] * 2)

    async def ask():
        transport = httpx.ASGITransport(guarded())
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            sent = httpx.Headers([*headers.multi_items(), ("Content-Type", "application/json")])
            return await client.post(REVIEW_URL, content=a_call(), headers=sent)

    assert seen(asyncio.run(ask())) == BARE


@pytest.mark.requirement("SEC-2")
@pytest.mark.hostile("A36")
@pytest.mark.parametrize("name", ["access_token", "jwt", "ACCESS_TOKEN", "id_token"])
@pytest.mark.parametrize("url", [REVIEW_URL, FEEDBACK_URL])
def test_a_token_in_the_address_is_refused_even_beside_a_good_one(name, url, caplog):
    in_query, good = signed(claims_for(url)), signed(claims_for(url))
    app = guarded()
    for headers in ({}, {"Authorization": f"Bearer {good}"}):
        answer = posted(app, f"{url}?{name}={in_query}", headers)
        assert answer.status_code == 400
        assert in_query not in answer.text
        assert in_query[:40] not in caplog.text
    content = a_call() if url == REVIEW_URL else orjson.dumps(FEEDBACK)
    harmless = posted(app, f"{url}?x=1", {"Authorization": f"Bearer {good}"}, content)
    assert harmless.status_code == 200


@pytest.mark.requirement("SEC-17", "FA-4")
def test_the_two_tokens_of_a_call_are_not_mixed_up():
    """One authenticates the caller, the other is for the FHIR server; swapped, nothing is good."""

    def sent(caller, access):
        member = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.read",
            "subject": "client",
        }
        ehr = FaultEhr(two_failures())
        site = replace(NORTH.site(), base=ehr.base)
        wire = Wire([site], transport=AppTransport(ehr))
        app = guarded(trust=trust_of([site]), wire=wire)
        body = call({}, fhirServer=ehr.base, fhirAuthorization=member)
        answer = with_token(caller, app=app, content=orjson.dumps(body))
        return answer, {one.headers["authorization"] for one in ehr.requests}

    token = signed(claims_for(REVIEW_URL))
    answer, seen_by_ehr = sent(token, TOKEN)
    assert json.loads(answer.content)["cards"]
    assert seen_by_ehr == {f"Bearer {TOKEN}"}
    swapped, seen_by_ehr = sent(TOKEN, token)
    assert seen(swapped) == BARE
    assert not seen_by_ehr


@pytest.mark.requirement("SEC-3")
@pytest.mark.hostile("A01", "A06")
def test_an_untrusted_body_is_not_read():
    """The body would come in pieces; none of them is asked for before the signature is good."""
    pieces = [b'{"hook": ', b"1}"]

    def piece():
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    forged = signed(claims_for(REVIEW_URL), key=private_key("evil", "ES384"))
    for token in (None, forged):
        header = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
        assert given(guarded(), piece, *header) == (401, 0)
    good = f"Bearer {signed(claims_for(REVIEW_URL))}".encode()
    assert given(guarded(), piece, (b"authorization", good)) == (400, 2)


class TestDiscovery:
    """Discovery asks for a token by setting; one that comes is verified in full in any case."""

    def read(self, app, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return send("GET", "/cds-services", headers=headers, app=app)

    @pytest.mark.requirement("DISC-13", "SEC-1")
    def test_it_is_open_by_default_and_bare_where_it_is_not(self):
        assert self.read(guarded()).status_code == 200
        assert seen(self.read(guarded(discovery_requires_token=True))) == BARE

    @pytest.mark.requirement("DISC-14")
    @pytest.mark.parametrize("is_required", [True, False])
    def test_its_audience_is_its_own_address(self, is_required):
        app = guarded(discovery_requires_token=is_required)
        assert self.read(app, signed(claims_for(DISCOVERY_URL))).status_code == 200
        assert seen(self.read(app, signed(claims_for(REVIEW_URL)))) == BARE
        assert seen(with_token(signed(claims_for(DISCOVERY_URL)), app=app)) == BARE


class TestUnsigned:
    """In the sandbox a call without a token is an EHR's that signs none; a token is verified."""

    def app(self, *sites):
        trust = trust_of(sites, allows_unsigned=True)
        return app_of(trust=trust)

    def asked(self, app, **changed):
        return posted(
            app, REVIEW_URL, {}, orjson.dumps(call(prefetch_of(two_failures()), **changed))
        )

    def test_the_only_entry_or_the_one_it_names(self):
        north, south = NORTH.site(unsigned=True), SOUTH.site(unsigned=True)
        assert self.asked(self.app(north)).status_code == 200
        both = self.app(north, south)
        assert self.asked(both, fhirServer=SOUTH.fhir).status_code == 200
        assert self.asked(both, fhirServer=f"{SOUTH.fhir}/").status_code == 200
        assert self.asked(both).status_code == 400
        assert self.asked(both, fhirServer="https://evil.test/fhir").status_code == 400

    @pytest.mark.hostile("A06")
    def test_a_token_that_is_presented_is_verified(self):
        app = self.app(NORTH.site(unsigned=True))
        bad = signed(claims_for(REVIEW_URL), key=private_key("evil", "ES384"))
        assert seen(with_token(bad, app=app)) == BARE
        assert with_token(signed(claims_for(REVIEW_URL)), app=app).status_code == 200

    def test_feedback_without_a_token_is_the_only_entrys(self):
        feedback = orjson.dumps(FEEDBACK)
        one, two = NORTH.site(unsigned=True), SOUTH.site(unsigned=True)
        assert posted(self.app(one), FEEDBACK_URL, {}, feedback).status_code == 200
        assert posted(self.app(one, two), FEEDBACK_URL, {}, feedback).status_code == 400


def test_keys_that_cannot_be_had_are_no_other_answer():
    app = guarded(trust=trust_of(fetch=PublishedSets(sets={})))
    assert seen(with_token(signed(claims_for(REVIEW_URL)), app=app)) == BARE


def test_who_called_stands_in_the_audit():
    kept = Kept()
    app = guarded(audit=kept, records=kept)
    claims = claims_for(REVIEW_URL) | {"tenant": "t-1"}
    site = replace(NORTH.site(tenant="t-1"))
    app = guarded(audit=kept, records=kept, trust=trust_of([site]))
    assert with_token(signed(claims), app=app).status_code == 200
    (event,) = kept.events
    told = event.site, event.issuer, event.tenant, event.jti
    assert told == ("north", NORTH.url, "t-1", claims["jti"])
