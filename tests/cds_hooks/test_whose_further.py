"""Data of another patient in every place they can hide, and counts that cannot be."""

import pytest

from tests.cds_hooks.hooks import (
    FHIR,
    REVIEW,
    SAFETY,
    call,
    cards,
    post,
    prefetch_of,
    searchset,
    topics,
)
from tests.cds_hooks.people import quiet, two_failures
from tests.support.fhir import Json

ORDERS = [one for one in two_failures() if one["resourceType"] == "MedicationRequest"]
WHOSE = {"reference": "Patient/pt-2"}


def held(patient: str, local: str = "f") -> Json:
    return {
        "resourceType": "Condition",
        "id": local,
        "subject": {"reference": f"Patient/{patient}"},
        "code": {"text": "hypertension"},
    }


def nested(levels: int, resource: Json) -> Json:
    for _ in range(levels):
        resource = {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": resource}],
        }
    return resource


def parameters(resource: Json) -> Json:
    part = {"name": "x", "part": [{"name": "y", "resource": resource}]}
    return {"resourceType": "Parameters", "parameter": [part]}


def containing(resource: Json) -> Json:
    inner = {"resourceType": "Condition", "id": "c", "contained": [resource]}
    return {**held("pt-1", "outer"), "contained": [inner]}


PLACES = {
    "an entry": lambda one: searchset([one]),
    "a list": lambda one: [[one]],
    "five Bundles deep": lambda one: nested(5, one),
    "twenty Bundles deep": lambda one: nested(19, one),
    "Parameters": parameters,
    "contained in what is contained": containing,
    "beside a resource of nobody": lambda one: searchset([{"resourceType": "List"}, one]),
}


@pytest.mark.hostile("E01", "E02")
@pytest.mark.requirement("PFB-12")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("key", ["conditions", "nobody-asked"])
def test_another_patient_in_any_place_refuses_the_call(key, place):
    """The positive twin: the same resource in the same place, and this patient's."""
    answers = [
        post(REVIEW, call(prefetch_of(two_failures(), **{key: PLACES[place](held(patient))})))
        for patient in ("pt-2", "pt-1")
    ]
    assert [one.status_code for one in answers] == [412, 200]


@pytest.mark.hostile("E02", "E03")
@pytest.mark.parametrize(
    ("reference", "status"),
    [
        (f"{FHIR}/Patient/pt-1/_history/9", 200),
        ("Patient/pt-1/_history/2", 200),
        ("Patient/PT-1", 412),
        ("Patient/pt%2D1", 412),
        ("https://other.example.org/fhir/r4/Patient/pt-1", 412),
        ("http://ehr.example.org/fhir/r4/Patient/pt-1", 412),
        ("https://ehr.example.org.other.org/fhir/r4/Patient/pt-1", 412),
        ("Patient/pt-1/Patient/pt-2", 412),
    ],
)
def test_how_a_patient_is_written(reference, status):
    sent = searchset([{**ORDERS[0], "subject": {"reference": reference}}, ORDERS[1]])
    body = call(prefetch_of(two_failures(), medications=sent), fhirServer=FHIR)
    assert post(REVIEW, body).status_code == status


@pytest.mark.hostile("F14")
@pytest.mark.requirement("SAFE-2")
@pytest.mark.parametrize(
    "changed",
    [
        {"type": "history", "total": 50},
        {"total": 50},
        {"total": -1},
        {"total": "some"},
        {"total": 0.5},
        {"link": [{"relation": ["next"], "url": f"{FHIR}/x"}]},
        {"link": [{"url": f"{FHIR}/x"}]},
        {"link": [{"relation": "http://example.org/rel/next", "url": f"{FHIR}/x"}]},
    ],
)
def test_an_empty_search_that_may_not_be_whole_is_never_no_card(changed):
    chart = two_failures()
    assert cards(REVIEW, prefetch_of(chart, medications=searchset([]))) == []
    found = cards(REVIEW, prefetch_of(chart, medications=searchset([], **changed)))
    assert topics(found) == ["historyGap"]
    assert "medication orders (read in part" in found[0]["detail"]


@pytest.mark.hostile("F14")
@pytest.mark.requirement("SAFE-2")
def test_an_entry_that_comes_twice_does_not_stand_for_the_one_that_is_missing():
    sent = searchset([ORDERS[0], ORDERS[0]], total=2)
    found = cards(REVIEW, prefetch_of(two_failures(), medications=sent))
    assert topics(found) == ["historyGap"]
    whole = cards(REVIEW, prefetch_of(two_failures(), medications=searchset(ORDERS, total=2)))
    assert topics(whole) == ["trdNextStep"]


def test_quiet_is_still_quiet():
    assert cards(REVIEW, prefetch_of(quiet())) == []


@pytest.mark.hostile("F04")
@pytest.mark.requirement("PFB-7", "SAFE-2")
@pytest.mark.parametrize("code", ["timeout", "throttled", "transient", "exception", "incomplete"])
def test_a_mild_word_about_a_failure_is_a_failure(code):
    """The positive twin is Epic's warning beside a search that found nothing."""
    issue = {"severity": "warning", "code": code}
    told = {"resourceType": "OperationOutcome", "issue": [issue]}
    mild = {"resource": told, "search": {"mode": "outcome"}}
    body = call(prefetch_of(two_failures(), medications=searchset([], entry=[mild])))
    answer = post(REVIEW, body)
    assert answer.status_code == 412 or topics(answer.json()["cards"]) == ["historyGap"]
    issue["code"] = "processing"
    assert post(REVIEW, body).json() == {"cards": []}


def linked(kind: str) -> Json:
    chart = two_failures()
    link = {"other": {"reference": "Patient/pt-9"}, "type": kind}
    return prefetch_of(chart, patient={**chart[0], "link": [link]})


@pytest.mark.hostile("E02", "H27")
@pytest.mark.requirement("SAFE-2")
def test_a_record_that_was_replaced_is_not_the_whole_record():
    """The positive twin is the record that replaces the other one."""
    (card,) = cards(REVIEW, linked("replaced-by"))
    assert topics([card]) == ["historyGap"]
    assert "not fully read" in card["summary"]
    assert "replaced this patient's record" in card["detail"]
    assert topics(cards(REVIEW, linked("replaces"))) == ["trdNextStep"]


@pytest.mark.hostile("E02", "H27")
@pytest.mark.requirement("SAFE-2")
def test_nothing_found_in_a_record_that_was_replaced_is_never_no_card():
    body = call(linked("replaced-by"))
    answer = post(SAFETY, body)
    assert answer.status_code == 412 or topics(answer.json()["cards"]) == ["suicideSafety"]
    assert post(SAFETY, call(linked("replaces"))).json() == {"cards": []}
