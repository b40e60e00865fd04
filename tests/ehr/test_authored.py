"""What is written for an EHR: exact, valid FHIR R4, nothing empty, nothing that was not meant."""

import copy

import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest
from fhir.resources.R4B.task import Task
from pydantic import ValidationError

from ehr.authored import (
    RequestPriority,
    RequestStatus,
    TaskIntent,
    Wish,
    draft_service_request,
    draft_task,
    references,
    with_addition,
)
from trd.read.access import Coding

PLAIN = Wish(id="t-1", patient_id="pt-1", on="2026-09-01", text="Referral for TMS evaluation")
FULL = Wish(
    id="t-2",
    patient_id="p" * 255,
    on="2026-09-01",
    text="PHQ-9",
    coding=Coding("urn:com.epic.cdshooks.action.code.system.preference-list-item", "123", "PHQ-9"),
    encounter_id="e-1",
    reasons=("Condition/c1", "Condition/(no id)", "Condition/c2"),
    informs=("Observation/o1", "Observation/o1", "not a reference"),
    note="Charted: sertraline to 100 mg/day – “lack of effect”.",
    due="2026-09-29",
    priority=RequestPriority.URGENT,
)
ORDER = {
    "resourceType": "ServiceRequest",
    "id": "s1",
    "status": "draft",
    "intent": "order",
    "subject": {"reference": "Patient/pt-1"},
    "code": {"text": "TMS evaluation"},
    "note": [{"text": "As discussed."}],
    "supportingInfo": [{"reference": "Condition/c1"}],
    "extension": [{"url": "https://ehr.example.org/x", "valueString": "kept"}],
}


def test_a_plain_order_is_exactly_this():
    assert draft_service_request(PLAIN) == {
        "resourceType": "ServiceRequest",
        "id": "t-1",
        "status": "draft",
        "intent": "order",
        "priority": "routine",
        "code": {"text": "Referral for TMS evaluation"},
        "subject": {"reference": "Patient/pt-1"},
        "authoredOn": "2026-09-01",
    }


def test_a_full_order_is_exactly_this():
    assert draft_service_request(FULL) == {
        "resourceType": "ServiceRequest",
        "id": "t-2",
        "status": "draft",
        "intent": "order",
        "priority": "urgent",
        "code": {
            "coding": [
                {
                    "system": "urn:com.epic.cdshooks.action.code.system.preference-list-item",
                    "code": "123",
                    "display": "PHQ-9",
                }
            ],
            "text": "PHQ-9",
        },
        "subject": {"reference": f"Patient/{'p' * 255}"},
        "encounter": {"reference": "Encounter/e-1"},
        "occurrenceDateTime": "2026-09-29",
        "authoredOn": "2026-09-01",
        "reasonReference": [{"reference": "Condition/c1"}, {"reference": "Condition/c2"}],
        "supportingInfo": [{"reference": "Observation/o1"}],
        "note": [{"text": "Charted: sertraline to 100 mg/day – “lack of effect”."}],
    }


def test_a_task_is_exactly_this():
    assert draft_task(FULL) == {
        "resourceType": "Task",
        "id": "t-2",
        "status": "draft",
        "intent": "proposal",
        "priority": "urgent",
        "code": draft_service_request(FULL)["code"],
        "description": "PHQ-9",
        "for": {"reference": f"Patient/{'p' * 255}"},
        "encounter": {"reference": "Encounter/e-1"},
        "authoredOn": "2026-09-01",
        "reasonReference": {"reference": "Condition/c1"},
        "note": [{"text": "Charted: sertraline to 100 mg/day – “lack of effect”."}],
    }
    assert "reasonReference" not in draft_task(PLAIN)


def test_a_code_without_a_display_has_none():
    coded = Wish(**{**_members(PLAIN), "coding": Coding("https://ehr.example.org/o", "9", "")})
    assert draft_service_request(coded)["code"]["coding"] == [
        {"system": "https://ehr.example.org/o", "code": "9"}
    ]


def _members(wish):
    return {name: getattr(wish, name) for name in wish.__dataclass_fields__}


@pytest.mark.parametrize("made", [draft_service_request(FULL), draft_service_request(PLAIN)])
def test_an_order_is_valid(made):
    ServiceRequest.model_validate(made)
    Task.model_validate(draft_task(FULL))


@pytest.mark.parametrize("changed", [{"on": "1 September"}, {"id": "white space"}, {"text": ""}])
def test_what_is_not_valid_is_never_returned(changed):
    wish = Wish(**{**_members(PLAIN), **changed})
    for write in (draft_service_request, draft_task):
        with pytest.raises(ValidationError):
            write(wish)


def test_the_words_of_closed_lists_are_those_of_the_specification():
    """The models let any word pass; these lists are then all that holds them."""
    assert ServiceRequest.model_validate(ORDER | {"status": "nope"})
    assert RequestStatus("draft") is RequestStatus.DRAFT
    assert [one.value for one in TaskIntent] == ["proposal"]


def test_references_are_said_once_and_only_with_a_usable_id():
    given = ["Condition/c1", "Condition/", "c1", "Condition/a b", "https://x/Condition/c2"]
    assert references([*given, "Condition/c1"]) == [{"reference": "Condition/c1"}]


class TestAddition:
    """An update carries the whole order, and only our own members differ."""

    def test_only_the_note_and_the_information_grow(self):
        before = copy.deepcopy(ORDER)
        made = with_addition(ORDER, "Charted: epilepsy.", ["Condition/c1", "Condition/c2"])
        assert before == ORDER
        assert made == ORDER | {
            "note": [{"text": "As discussed."}, {"text": "Charted: epilepsy."}],
            "supportingInfo": [{"reference": "Condition/c1"}, {"reference": "Condition/c2"}],
        }

    def test_an_order_without_either_gets_them(self):
        bare = {key: held for key, held in ORDER.items() if key not in {"note", "supportingInfo"}}
        made = with_addition(bare, "Charted: epilepsy.", [])
        assert made == bare | {"note": [{"text": "Charted: epilepsy."}]}

    @pytest.mark.parametrize(
        "changed",
        [
            {"resourceType": "ProcedureRequest"},
            {"id": None},
            {"id": "i" * 65},
            {"id": 7},
            {"status": "nope"},
            {"intent": "wish"},
            {"priority": "soon"},
            {"requester": None},
            {"requester": {}},
            {"category": []},
            {"category": [{"text": " "}]},
            {"category": {"text": "an object where a list belongs"}},
            {"authoredOn": "yesterday"},
            {"madeUp": 1},
        ],
    )
    def test_an_order_that_cannot_be_sent_back_whole_is_left_alone(self, changed):
        assert with_addition(ORDER, "x", []) is not None
        assert with_addition(ORDER | changed, "x", []) is None
