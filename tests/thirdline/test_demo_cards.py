"""One charted fact changes, and the card changes as the rules say.

Through the real service, as an EHR calls it; the charts are those of the demo.
"""

import asyncio
import copy

import httpx
import pytest

from tests.cds_hooks.hooks import app_of
from thirdline.demo_patients import demo_patients, hook_request
from trd.dates import iso

TODAY = 739_860
URL = "http://127.0.0.1:8000"
PATIENTS = {patient.key: patient for patient in demo_patients()}
NEXT_STEP, OPTIMISE, GAP, DUE = "trdNextStep", "optimiseTrial", "historyGap", "measureDue"


@pytest.fixture(scope="module")
def app(knowledge):
    return app_of(iso(TODAY), knowledge=knowledge, public_url=URL)


async def _post(app, service, request):
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        return await client.post(f"/cds-services/{service}", json=request)


def cards(app, request, service="trd-review"):
    """Return the cards of one answer."""
    answer = asyncio.run(_post(app, service, request))
    assert answer.status_code == 200
    return answer.json()["cards"]


def topics(app, request, service="trd-review"):
    """Return the topics of the cards of one answer."""
    return [card["source"]["topic"]["code"] for card in cards(app, request, service)]


def chart_of(key):
    """Return the request of one demo patient, to be changed."""
    return copy.deepcopy(hook_request(PATIENTS[key], TODAY))


def order(request, number):
    """Return one order of a request, counted from 1."""
    return request["prefetch"]["medications"]["entry"][number - 1]["resource"]


def score(request, number):
    """Return one PHQ-9 of a request, counted from 1."""
    return request["prefetch"]["scores"]["entry"][number - 1]["resource"]


def change_dose(request, number, mg):
    """Write another dose into an order, whose words no longer tell it."""
    instruction = order(request, number)["dosageInstruction"][0]
    instruction["doseAndRate"][0]["doseQuantity"]["value"] = mg
    instruction["text"] = "by mouth once a day"


def end_after(request, number, days):
    """Let an order end that many days after its start."""
    bounds = order(request, number)["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"]
    start = TODAY - PATIENTS["ada"].facts["orders"][number - 1]["days"][0]
    assert bounds["start"] == iso(start)
    bounds["end"] = iso(start + days)


def answer_item9(request, number, code):
    """Write another answer to item 9 into a PHQ-9."""
    score(request, number)["component"][0]["valueCodeableConcept"] = {
        "coding": [{"system": "http://loinc.org", "code": code}]
    }


EXPECTED = {
    "ada": ([NEXT_STEP], []),
    "ben": ([OPTIMISE], []),
    "cleo": ([GAP], []),
    "dan": ([], ["suicideSafety"]),
    "eva": ([], []),
    "finn": ([], []),
    "gus": ([GAP], []),
    "hana": ([], []),
    "ida": ([NEXT_STEP], []),
    "lea": ([DUE], []),
}


@pytest.mark.parametrize("key", EXPECTED)
def test_a_demo_patient_gets_the_card_of_the_story(app, key):
    request = chart_of(key)
    found = topics(app, request), topics(app, request, "suicide-safety")
    assert found == EXPECTED[key]


@pytest.mark.parametrize(("mg", "expected"), [(150, [NEXT_STEP]), (149, []), (75, [])])
def test_a_dose_below_the_minimum_takes_the_next_step_away(app, mg, expected):
    """R9: venlafaxine counts from 150 mg a day."""
    request = chart_of("ada")
    change_dose(request, 2, mg)
    assert topics(app, request) == expected


@pytest.mark.parametrize(("days", "expected"), [(42, [NEXT_STEP]), (41, [])])
def test_an_earlier_end_takes_the_next_step_away(app, days, expected):
    """R1: forty-two days at the minimum make a trial long enough."""
    request = chart_of("ada")
    end_after(request, 1, days)
    assert topics(app, request) == expected


def test_a_score_against_the_charted_reason_opens_a_question(app):
    """R6: half the score gone is response; the charted "lack of effect" contradicts it."""
    request = chart_of("ada")
    score(request, 3)["valueInteger"] = 9
    (card,) = cards(app, request)
    assert card["source"]["topic"]["code"] == GAP
    assert "venlafaxine" in card["detail"].lower()


def test_a_score_that_shows_response_takes_the_card_away(app):
    """R6, R17: no fall of 20 % asks to optimise; a response asks for nothing."""
    request = chart_of("ben")
    assert topics(app, request) == [OPTIMISE]
    score(request, 4)["valueInteger"] = 8
    assert topics(app, request) == []


def test_an_answer_to_item_9_decides_what_comes_first(app):
    """R15, R16: a critical answer hides the next step, and 0 gives it back."""
    request = chart_of("dan")
    (card,) = cards(app, request, "suicide-safety")
    assert card["indicator"] == "critical"
    assert topics(app, request) == []
    answer_item9(request, 4, "LA6568-5")
    assert topics(app, request, "suicide-safety") == []
    assert topics(app, request) == [NEXT_STEP]


def test_an_older_answer_warns_and_hides_nothing(app):
    """R16: fifteen days after a critical answer it is a warning."""
    request = chart_of("dan")
    score(request, 4)["effectiveDateTime"] = iso(TODAY - 15)
    (card,) = cards(app, request, "suicide-safety")
    assert card["indicator"] == "warning"
    assert topics(app, request) == [NEXT_STEP]


def test_an_outcome_nobody_charted_opens_a_question(app):
    """R6: without a reason and without scores the outcome is unknown."""
    request = chart_of("ada")
    del order(request, 1)["statusReason"]
    request["prefetch"]["scores"]["entry"] = request["prefetch"]["scores"]["entry"][2:]
    request["prefetch"]["scores"]["total"] = 2
    assert topics(app, request) == [GAP]


def test_another_moiety_counts(app):
    """R8: after citalopram, sertraline instead of escitalopram is a second failure."""
    request = chart_of("gus")
    order(request, 2)["medicationCodeableConcept"] = {
        "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "312941"}]
    }
    change_dose(request, 2, 50)
    assert topics(app, request) == [NEXT_STEP]
