"""Pages for those who run and check the service: alive, ready, counted, explained."""

import asyncio
import json
from dataclasses import replace

import orjson
import pytest

from cds_hooks.app import create_app, create_metrics_app
from ehr.errors import EhrError
from store.errors import StoreError
from tests.cds_hooks.hooks import (
    PATIENT,
    REVIEW,
    SAFETY,
    app_of,
    call,
    client_of,
    parts_of,
    post,
    prefetch_of,
    refusal,
    send,
)
from tests.cds_hooks.people import drug, phq9, quiet, two_failures
from tests.cds_hooks.test_door_trust import guarded
from tests.support.fhir import ICD, Json, concept, condition
from tests.support.kept import SANDBOX, Kept, Trusting
from trd.assess import assess
from trd.read import gather, read_chart
from trd.report import report

ORIGIN = "https://ehr.example.org"


def body_of(people=two_failures, **more):
    return orjson.dumps(call(prefetch_of(people()), **more))


# --------------------------------------------------------------------------------- alive and ready


def test_alive_asks_nothing_of_anybody():
    answer = send("GET", "/healthz", app=guarded(ready=[_fails(StoreError("closed"))]))
    assert (answer.status_code, json.loads(answer.content)) == (200, {"status": "alive"})


def _fails(error):
    async def check():
        raise error

    return check


async def _is_there():
    return None


async def _hangs():
    await asyncio.sleep(3600)


@pytest.mark.parametrize(
    ("checks", "status"),
    [
        ([], 200),
        ([_is_there, _is_there], 200),
        ([_is_there, _fails(StoreError("database-unreachable"))], 503),
        ([_fails(EhrError("keys-missing")), _is_there], 503),
        ([_fails(TimeoutError())], 503),
        ([_fails(ValueError("canary"))], 500),
    ],
)
def test_ready_is_what_its_parts_say(checks, status):
    answer = send("GET", "/readyz", app=guarded(ready=checks))
    assert answer.status_code == status
    assert "canary" not in answer.text
    assert "unreachable" not in answer.text
    if status == 200:
        assert json.loads(answer.content) == {"status": "ready"}
    else:
        refusal(answer)


def test_a_part_that_hangs_is_not_ready(monkeypatch):
    monkeypatch.setattr("cds_hooks.health._CHECK_S", 0.01)
    assert send("GET", "/readyz", app=guarded(ready=[_hangs])).status_code == 503


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_they_answer_to_get_only(path):
    assert send("POST", path).status_code == 405
    assert send("TRACE", path).status_code == 405
    assert send("HEAD", path).status_code == 200


# ----------------------------------------------------------------------------------------- counted


def test_what_is_counted():
    app = app_of()
    assert post(REVIEW, body_of(), app=app).status_code == 200
    assert post(REVIEW, b"{", app=app).status_code == 400
    send("GET", "/nothing/of/the/sort", app=app)
    page = send("GET", "/metrics", app=app)
    assert page.headers["content-type"].startswith("text/plain; version=")
    lines = page.text.splitlines()
    labels = f'outcome="shown",service="{REVIEW}",topic="trdNextStep"'
    assert f"thirdline_cards_total{{{labels}}} 1.0" in lines
    assert f'thirdline_calls_total{{service="{REVIEW}",status="200"}} 1.0' in lines
    assert f'thirdline_calls_total{{service="{REVIEW}",status="400"}} 1.0' in lines
    assert 'thirdline_calls_total{service="none",status="404"} 1.0' in lines
    assert 'thirdline_refusals_total{status="400"} 1.0' in lines
    assert 'thirdline_reads_total{need="medications",status="complete"} 1.0' in lines
    assert f'thirdline_call_seconds_count{{service="{REVIEW}"}} 2.0' in lines


def test_two_apps_of_one_process_count_apart():
    one, two = app_of(), app_of()
    post(REVIEW, body_of(), app=one)
    assert "shown" in send("GET", "/metrics", app=one).text
    assert "shown" not in send("GET", "/metrics", app=two).text


def test_what_is_not_http_is_not_counted():
    """The server says that it begins and ends; the app answers, and counts nothing."""
    app, said = app_of(), []

    async def talk():
        heard = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

        async def receive():
            return heard.pop(0)

        async def keep(message):
            said.append(message["type"])

        await app({"type": "lifespan", "state": {}}, receive, keep)

    asyncio.run(talk())
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert "thirdline_calls_total{" not in send("GET", "/metrics", app=app).text


@pytest.mark.hostile("K01")
def test_a_label_is_a_word_of_ours():
    app = app_of()
    for path in ("Zebrafinch", "Zebrafinch/feedback", "%22Zebrafinch"):
        assert post(path, b"{}", app=app).status_code == 404
    page = send("GET", "/metrics", app=app).text
    assert "Zebrafinch" not in page
    assert 'service="none",status="404"} 3.0' in page


def test_a_listener_of_its_own_serves_the_same_counts_and_nothing_else():
    parts = parts_of(is_sandbox=False, serves_metrics=False)
    app, beside = create_app(parts), create_metrics_app(parts)
    assert post(REVIEW, body_of(), app=app).status_code == 200
    assert send("GET", "/metrics", app=app).status_code == 404
    assert f'service="{REVIEW}"' in send("GET", "/metrics", app=beside).text
    for path in ("/cds-services", "/healthz", "/openapi.json"):
        assert send("GET", path, app=beside).status_code == 404


@pytest.mark.hostile("K12")
@pytest.mark.parametrize(
    "path",
    ["/docs", "/redoc", "/openapi.json", "/metrics", "/debug", "/explain/trd-review", "/.env", "/"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PROPFIND", "TRACE"])
def test_production_serves_no_inner_pages(path, method):
    answer = send(method, path, app=guarded())
    assert answer.status_code == 404
    refusal(answer)
    assert send("GET", "/healthz", app=guarded()).status_code == 200


def test_the_twin_in_the_sandbox_they_are_there():
    assert send("GET", "/metrics").status_code == 200
    assert send("GET", "/openapi.json").status_code == 200
    assert send("GET", "/explain/trd-review").status_code == 405


# -------------------------------------------------------------------------------------------- CORS


PATHS = [
    "/cds-services",
    f"/cds-services/{REVIEW}",
    f"/cds-services/{REVIEW}/feedback",
    "/readyz",
    "/nothing",
]


@pytest.mark.requirement("CORS-1")
@pytest.mark.parametrize("path", PATHS[:3])
def test_a_preflight_needs_no_token(path):
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    answer = send("OPTIONS", path, headers=headers, app=guarded(cors_origins=(ORIGIN,)))
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert set(answer.headers["access-control-allow-methods"].split(", ")) == {"GET", "POST"}
    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert {"authorization", "content-type"} <= set(allowed)
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.requirement("CORS-2", "CORS-3")
@pytest.mark.hostile("D26")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "TRACE", "PROPFIND"])
def test_errors_can_be_read_by_a_listed_origin_and_by_no_other(path, method):
    app = guarded(cors_origins=(ORIGIN,))
    for origin, is_listed in ((ORIGIN, True), ("https://evil.test", False), ("null", False)):
        headers = {"Origin": origin, "Content-Type": "application/json"}
        answer = send(method, path, content=b"{}", headers=headers, app=app)
        assert (answer.headers.get("access-control-allow-origin") == origin) is is_listed
        assert "*" not in answer.headers.get("access-control-allow-origin", "")


@pytest.mark.requirement("CORS-3")
def test_401_412_429_500_and_503_carry_the_header():
    def sent(app, **more):
        headers = {"Origin": ORIGIN}
        return post(REVIEW, more.get("body", body_of()), headers=headers, app=app)

    class Broken:
        async def append(self, event):
            raise ZeroDivisionError(event)

    listed: Json = {"cors_origins": (ORIGIN,)}
    one_call = app_of(trust=Trusting(sites=(replace(SANDBOX, calls_per_minute=1),)), **listed)
    assert sent(one_call).status_code == 200
    answers = {
        401: sent(guarded(**listed)),
        412: sent(app_of(**listed), body=orjson.dumps(call({}))),
        429: sent(one_call),
        500: sent(app_of(**listed, audit=Broken())),
        503: sent(app_of(**listed, audit=Kept(fails=True))),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.hostile("D26")
@pytest.mark.parametrize("path", [*PATHS[:4], "/metrics"])
def test_trace_is_no_method(path):
    answer = send("TRACE", path, headers={"X-Secret": "Zebrafinch"}, content=b"Zebrafinch")
    assert answer.status_code == 405
    assert "Zebrafinch" not in answer.text


# --------------------------------------------------------------------------------------- explained


def explained(people=two_failures, service=REVIEW, app=None, **more):
    headers = {"Content-Type": "application/json"}
    path = f"/explain/{service}"
    return send("POST", path, content=body_of(people, **more), headers=headers, app=app or app_of())


def test_the_same_request_is_explained():
    answer = explained()
    assert answer.status_code == 200
    told = json.loads(answer.content)
    chart = read_chart(gather(two_failures()), parts_of().knowledge)
    expected = report(assess(chart, parts_of().knowledge, parts_of().today()))
    expected["read"] = told["assessment"]["read"]
    assert told["assessment"] == expected
    assert [card["source"]["topic"]["code"] for card in told["cards"]] == ["trdNextStep"]
    assert told["verdicts"]["resistance"] == "met"
    rules = {rule["rule"]: rule for rule in told["rules"]}
    assert rules["resistance"]["verdict"] == "met"
    assert rules["trial of sertraline: adequacy"]["evidence"]
    assert rules["candidacy: adult"]["because"]
    facts = {fact["resource"]: fact["usedBy"] for fact in told["facts"]}
    assert "trial of sertraline: adequacy" in facts["MedicationRequest/m1"]
    assert {row["need"]: row["status"] for row in told["reads"]}["medications"] == "complete"
    assert {one["topic"] for one in told["keptBack"]} >= {"optimiseTrial", "historyGap"}
    assert all(one["reason"] for one in told["keptBack"])


def test_danger_and_what_is_set_aside_are_explained():
    sleep = {"reasonCode": [concept(text="insomnia")]}
    trazodone = drug("m9", concept(text="trazodone 50 MG"), 50, "2026-06-01", "2026-08-01", **sleep)
    danger = phq9("o9", "2026-08-31", 20, 3)
    told = json.loads(explained(lambda: [*two_failures(), trazodone, *danger], SAFETY).content)
    rules = {rule["rule"]: rule for rule in told["rules"]}
    assert rules["crisis: phq9-item9"]["verdict"] == "critical"
    assert "Observation/o9-9" in rules["crisis: phq9-item9"]["evidence"]
    assert rules["set aside: trazodone"]["evidence"] == ["MedicationRequest/m9"]
    assert [card["indicator"] for card in told["cards"]] == ["critical"]


@pytest.mark.parametrize("service", [REVIEW, SAFETY])
def test_silence_is_explained(service):
    told = json.loads(explained(quiet, service).content)
    assert told["cards"] == []
    assert told["keptBack"]
    assert told["assessment"]["schema"] == "thirdline.assessment/1"


def test_what_is_refused_is_refused_here_too():
    other = condition("c9", concept(ICD, "I10"), subject={"reference": "Patient/other"})
    answer = explained(lambda: [*two_failures(), other])
    assert answer.status_code == 412
    refusal(answer)
    assert explained(service="nothing").status_code == 404


def test_a_patient_is_explained_nothing():
    user = {"userId": f"Patient/{PATIENT}", "patientId": PATIENT}
    told = json.loads(explained(context=user).content)
    assert told["cards"] == []
    assert "assessment" not in told


def test_an_explanation_is_written_down_and_shows_no_card():
    kept = Kept()
    explained(app=app_of(audit=kept, records=kept))
    (event,) = kept.events
    assert (event.reason, event.patient, event.cards) == ("explained", PATIENT, ())
    assert kept.shown == []


def test_a_kept_back_card_says_why():
    async def talk():
        kept = Kept()
        app = app_of(audit=kept, records=kept)
        headers = {"Content-Type": "application/json"}
        async with client_of(app) as client:
            answer = await client.post(
                f"/cds-services/{REVIEW}", content=body_of(), headers=headers
            )
            card = json.loads(answer.content)["cards"][0]["uuid"]
            reason = {
                "system": "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes",
                "code": "patient-refuses",
            }
            entry = {
                "card": card,
                "outcome": "overridden",
                "outcomeTimestamp": "2026-09-01T11:59:00Z",
                "overrideReason": {"reason": reason},
            }
            await client.post(
                f"/cds-services/{REVIEW}/feedback",
                content=orjson.dumps({"feedback": [entry]}),
                headers=headers,
            )
            return await client.post(f"/explain/{REVIEW}", content=body_of(), headers=headers)

    told = json.loads(asyncio.run(talk()).content)
    assert told["cards"] == []
    assert {"topic": "trdNextStep", "reason": "quiet-period"} in told["keptBack"]
