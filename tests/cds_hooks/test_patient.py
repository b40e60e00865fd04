"""Whose data is it? A resource of another patient refuses the call whole."""

import pytest

from tests.cds_hooks.hooks import (
    FHIR,
    REVIEW,
    SAFETY,
    call,
    cards,
    post,
    prefetch_of,
    refusal,
    searchset,
    topics,
)
from tests.cds_hooks.people import two_failures
from tests.support.fhir import ICD, Json, concept, condition, patient

OTHER = {"reference": "Patient/somebody-else"}
BOTH = pytest.mark.parametrize("service", [REVIEW, SAFETY])


def refused(service, prefetch, **changed):
    answer = post(service, call(prefetch, **changed))
    assert answer.status_code == 412
    assert "another patient" in refusal(answer)
    assert "somebody-else" not in answer.text
    assert "cards" not in answer.text


@BOTH
@pytest.mark.requirement("PFB-12")
@pytest.mark.hostile("E01")
def test_a_patient_resource_of_another_id(service):
    refused(service, prefetch_of(two_failures(), patient=patient() | {"id": "somebody-else"}))


@BOTH
@pytest.mark.requirement("PFB-12")
@pytest.mark.hostile("E02")
def test_one_condition_of_thirty(service):
    rows = [condition(f"c{at}", concept(ICD, "I10")) for at in range(30)]
    rows[17] |= {"subject": OTHER}
    refused(service, prefetch_of(two_failures(), conditions=searchset(rows)))


@BOTH
@pytest.mark.parametrize("need", ["medications", "dispenses", "referrals", "encounters"])
def test_a_resource_in_any_known_key(service, need):
    kind = {
        "medications": "MedicationRequest",
        "dispenses": "MedicationDispense",
        "referrals": "ServiceRequest",
        "encounters": "Encounter",
    }[need]
    row = {"resourceType": kind, "id": "x", "status": "completed", "subject": OTHER}
    refused(service, prefetch_of(two_failures(), **{need: searchset([row])}))


@BOTH
def test_a_resource_under_the_wrong_key(service):
    row = condition("c9", concept(ICD, "I10")) | {"subject": OTHER}
    refused(service, prefetch_of(two_failures(), responses=row))


CANARIES = {
    "subject": {"resourceType": "Observation", "id": "x", "subject": OTHER},
    "absolute": {
        "resourceType": "Observation",
        "id": "x",
        "subject": {"reference": f"{FHIR}/Patient/somebody-else/_history/2"},
    },
    "patient": {"resourceType": "AllergyIntolerance", "id": "x", "patient": OTHER},
    "beneficiary": {"resourceType": "Coverage", "id": "x", "beneficiary": OTHER},
    "second": {
        "resourceType": "Task",
        "id": "x",
        "subject": {"reference": "Patient/pt-1"},
        "patient": OTHER,
    },
    "Patient": {"resourceType": "Patient", "id": "somebody-else"},
}


@BOTH
@pytest.mark.parametrize("row", CANARIES.values(), ids=CANARIES)
@pytest.mark.parametrize(
    "held",
    [
        lambda row: row,
        lambda row: searchset([row]),
        lambda row: searchset([searchset([row])]),
        lambda row: [row],
    ],
    ids=["resource", "bundle", "bundle in a bundle", "list"],
)
@pytest.mark.parametrize("key", ["labs", "responses"])
def test_whatever_stands_under_any_key(service, row, held, key):
    refused(service, prefetch_of(two_failures()) | {key: held(row)})


@pytest.mark.requirement("PFB-14")
@pytest.mark.hostile("E01", "E02")
def test_a_key_nobody_asked_for_may_hold_this_patient():
    rows: list[Json] = [
        {"resourceType": "Coverage", "beneficiary": {"reference": "Patient/pt-1"}},
        {"resourceType": "Practitioner", "id": "somebody-else"},
        {"resourceType": "Group", "id": "g", "subject": {"reference": "Group/somebody-else"}},
        patient(),
    ]
    found = cards(REVIEW, prefetch_of(two_failures()) | {"more": searchset(rows), "x": ["y", 1]})
    assert topics(found) == ["trdNextStep"]


@BOTH
@pytest.mark.requirement("FA-2")
@pytest.mark.hostile("E07")
def test_a_token_for_another_patient(service):
    token = {"access_token": "t", "token_type": "Bearer", "patient": "somebody-else"}
    refused(service, prefetch_of(two_failures()), fhirServer=FHIR, fhirAuthorization=token)


@pytest.mark.hostile("E03")
def test_a_subject_on_the_same_server_is_the_same_patient():
    rows = two_failures()
    for row in rows[1:]:
        row["subject"] = {"reference": f"{FHIR}/Patient/pt-1"}
    assert topics(cards(REVIEW, prefetch_of(rows), fhirServer=f"{FHIR}/")) == ["trdNextStep"]


def test_a_subject_on_another_server_is_another_patient():
    rows = two_failures()
    rows[1]["subject"] = {"reference": "https://elsewhere.example.org/fhir/Patient/pt-1"}
    refused(REVIEW, prefetch_of(rows), fhirServer=FHIR)


@pytest.mark.parametrize("subject", [{"display": "Somebody"}, {"identifier": {"value": "1"}}, None])
@pytest.mark.hostile("E05")
def test_a_subject_without_a_reference_is_not_used(subject):
    rows = two_failures()
    rows[2]["subject"] = subject
    found = cards(REVIEW, prefetch_of(rows))
    assert topics(found) == ["historyGap"]
    assert "medication orders (read in part" in found[0]["detail"]


@BOTH
@pytest.mark.parametrize("user", ["Patient/pt-1", "RelatedPerson/9"])
@pytest.mark.requirement("REQ-8", "SAFE-1")
def test_a_patients_own_view_gets_nothing_that_is_for_clinicians(service, user):
    context = {"userId": user, "patientId": "pt-1"}
    assert cards(service, prefetch_of(two_failures()), context=context) == []


@BOTH
@pytest.mark.parametrize("death", [{"deceasedBoolean": True}, {"deceasedDateTime": "2026-08-31"}])
@pytest.mark.hostile("E09")
def test_nobody_is_prompted_to_act_for_a_patient_who_has_died(service, death):
    rows = two_failures()
    rows[0] |= death
    assert cards(service, prefetch_of(rows)) == []


@pytest.mark.hostile("E19")
def test_an_address_that_disagrees_with_its_resource_is_not_a_complete_read():
    orders = searchset(
        [row for row in two_failures() if row["resourceType"] == "MedicationRequest"]
    )
    orders["entry"][0]["fullUrl"] = f"{FHIR}/MedicationRequest/not-m1"
    found = cards(REVIEW, prefetch_of(two_failures(), medications=orders))
    assert topics(found) == ["historyGap"]
