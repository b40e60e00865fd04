"""The public CDS Hooks sandbox: a page in a browser that signs its calls, shaped as it sends them.

It names its FHIR server and gives no token for it, leaves out what it could not fetch, sends
drafts in a Bundle without a type, and shows nothing at all where CORS headers are absent.
"""

import json
import uuid

import httpx
import pytest

from tests.cds_hooks.hooks import prefetch_of
from tests.cds_hooks.orders import HOOK_OF, SELECT, SIGN, draft
from tests.cds_hooks.people import two_failures
from tests.e2e.running import running
from tests.support.tokens import claims_for, signed
from tests.thirdline.configured import sandbox, written
from tests.thirdline.serving import JSON, NO_TLS, REVIEW, TODAY, free_port
from thirdline.clock import now

PAGE, OTHER = "https://sandbox.cds-hooks.org", "https://elsewhere.example.org"
FHIR = "https://launch.smarthealthit.org/v/r4/fhir"
USER = "Practitioner/COREPRACTITIONER1"
DISCOVERY = "/cds-services"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Return what a page of an origin fetches: method, path, body, origin; as a browser does."""
    folder = tmp_path_factory.mktemp("browser")
    listen = f"127.0.0.1:{free_port()}"
    settings = sandbox(folder)
    ehr = {
        "name": "cds-hooks-sandbox",
        "fhir_base": FHIR,
        "cds_issuer": PAGE,
        "cds_jwks_file": str(folder / "jwks.json"),
        "cds_unsigned": True,
    }
    settings |= {"public_url": f"http://{listen}", "listen": listen, "cors_origins": [PAGE]}
    config = written(folder, settings | {"ehr": [ehr], "today": TODAY})
    with running(folder, config) as service, httpx.Client(verify=NO_TLS, trust_env=False) as client:

        def fetched(method, path, body=None, origin=PAGE, **claims):
            url = f"{service.url}{path}"
            token = signed(claims_for(url, now=now()), **({"iss": PAGE} | claims))
            asked = {
                "Origin": origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization,content-type",
            }
            allowed = client.options(url, headers=asked)
            if allowed.headers.get("Access-Control-Allow-Origin") != origin:
                return None
            assert allowed.status_code in {200, 204}
            named = allowed.headers["Access-Control-Allow-Headers"].lower()
            assert {"authorization", "content-type"} <= {one.strip() for one in named.split(",")}
            assert method in allowed.headers["Access-Control-Allow-Methods"]
            headers = JSON | {"Origin": origin, "Authorization": f"Bearer {token}"}
            answer = client.request(method, url, json=body, headers=headers)
            assert answer.headers["Access-Control-Allow-Origin"] == origin
            assert "Access-Control-Allow-Credentials" not in answer.headers
            return answer

        yield fetched


def request(hook="patient-view", prefetch=None, **context):
    """Return a call as the page makes it: no token for its FHIR server, no encounter."""
    made = {
        "hookInstance": str(uuid.uuid4()),
        "hook": hook,
        "fhirServer": FHIR,
        "context": {"userId": USER, "patientId": "pt-1", **context},
    }
    return made | ({} if prefetch is None else {"prefetch": prefetch})


def found(chart):
    """Return what the page fetched: Bundles with links and totals; what failed is left out."""
    held = prefetch_of(chart)
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0, "link": []}
    return {need: empty if value is None else value for need, value in held.items()}


@pytest.mark.requirement("CORS-1", "CORS-2", "CORS-3", "DISC-1", "FB-1", "FB-4")
def test_the_page_discovers_calls_and_tells_what_became_of_a_card(page):
    services = page("GET", DISCOVERY).json()["services"]
    assert len({one["id"] for one in services}) == len(services) == 7
    answer = page("POST", REVIEW, request(prefetch=found(two_failures())))
    assert answer.status_code == 200, answer.text
    (card,) = answer.json()["cards"]
    suggestion = card["suggestions"][0]["uuid"]
    accepted = {
        "card": card["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": suggestion}],
        "outcomeTimestamp": "2026-09-01T12:00:00.123Z",
    }
    told = page("POST", f"{REVIEW}/feedback", {"feedback": [accepted]})
    assert told.status_code == 200
    again = page("POST", REVIEW, request(prefetch=found(two_failures())))
    assert again.json() == {"cards": []}


@pytest.mark.requirement("PFB-16")
@pytest.mark.parametrize(("service", "local"), [(SELECT, "d1"), (SIGN, "d2")])
def test_drafts_in_a_bundle_without_a_type_are_read(page, service, local):
    drafts = {"resourceType": "Bundle", "entry": [{"resource": draft(local)}]}
    chosen = {"selections": [f"MedicationRequest/{local}"]} if service == SELECT else {}
    body = request(HOOK_OF[service], found(two_failures()), draftOrders=drafts, **chosen)
    answer = page("POST", f"{DISCOVERY}/{service}", body)
    assert answer.status_code == 200, answer.text
    topics = [card["source"]["topic"]["code"] for card in answer.json()["cards"]]
    assert topics == ["nextAntidepressant"]


@pytest.mark.requirement("CORS-3", "PFB-8")
@pytest.mark.hostile("F01")
def test_what_the_page_could_not_fetch_and_may_not_be_read_is_said_with_a_status(page):
    held = found(two_failures())
    del held["medications"]
    for prefetch in (None, held):
        answer = page("POST", REVIEW, request(prefetch=prefetch))
        assert answer.status_code == 412
        assert "medication" in json.loads(answer.content)["issue"][0]["diagnostics"]
    assert page("POST", REVIEW, {"hook": "patient-view"}).status_code == 400
    assert page("POST", REVIEW, request(prefetch=found([])), iss=OTHER).status_code == 401
    assert page("POST", f"{DISCOVERY}/unknown", {}).status_code == 404


@pytest.mark.requirement("CORS-2")
@pytest.mark.hostile("D26")
def test_a_page_of_another_origin_is_given_nothing_to_read(page):
    assert page("GET", DISCOVERY, origin=OTHER) is None
    assert page("POST", REVIEW, request(), origin=f"{PAGE}.example.org") is None
    assert page("GET", DISCOVERY).status_code == 200
