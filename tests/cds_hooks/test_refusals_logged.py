"""What the security log tells of a call that was not believed: a code, our own names, no more."""

import json

import pytest

from tests.cds_hooks.hooks import BASE, REVIEW, app_of, send
from tests.support.tokens import NORTH, claims_for, signed, trust_of

URL = f"{BASE}/cds-services/{REVIEW}"
CANARY = "canary-7f3a"


def told_of(stream, path, token):
    """Return what is logged of one call that is refused with 401."""
    app = app_of(trust=trust_of(), is_sandbox=False)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    method = "GET" if path == "/cds-services" else "POST"
    answer = send(method, path, content=b"{}", headers=headers, app=app)
    assert (answer.status_code, answer.content) == (401, b"")
    (line,) = stream.getvalue().splitlines()
    assert CANARY not in line
    return json.loads(line)


@pytest.mark.hostile("A17", "K08")
@pytest.mark.requirement("SEC-12")
def test_the_site_is_named_once_the_token_is_known_to_claim_it(stream):
    token = signed(claims_for(f"{URL}/{CANARY}"))
    told = told_of(stream, f"/cds-services/{REVIEW}", token)
    assert (told["reason"], told["site"], told["service"]) == ("aud-not-ours", NORTH.name, REVIEW)


@pytest.mark.hostile("A17", "K08")
@pytest.mark.requirement("SEC-12")
def test_a_stranger_has_no_site(stream):
    told = told_of(
        stream, f"/cds-services/{REVIEW}", signed(claims_for(URL), iss=f"https://{CANARY}.org")
    )
    assert told["reason"] == "iss-not-registered"
    assert "site" not in told


@pytest.mark.hostile("K08")
def test_discovery_is_of_no_service(stream):
    assert "service" not in told_of(stream, "/cds-services", f"{CANARY}.a.b")
