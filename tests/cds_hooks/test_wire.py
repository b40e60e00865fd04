"""The models the tests read answers through refuse what the wire's rules forbid."""

import copy

import pytest
from pydantic import ValidationError

from cds_hooks.wire import HookAnswer
from tests.cds_hooks.hooks import REVIEW, cards, prefetch_of
from tests.cds_hooks.people import two_failures

CARD = cards(REVIEW, prefetch_of(two_failures()))[0]


def acting(**changed):
    """Return the first suggestion of the card with its action changed."""
    (action,) = CARD["suggestions"][0]["actions"]
    return CARD["suggestions"][0] | {"actions": [action | changed]}


@pytest.mark.requirement("CARD-7", "LINK-5")
@pytest.mark.parametrize(
    "change",
    [
        {"summary": "x" * 140},
        {"summary": " "},
        {"detail": ""},
        {"detail": None},
        {"overrideReasons": None},
        {"overrideReasons": []},
        {"indicator": "hard-stop"},
        {"links": []},
        {"links": [{"label": "x", "url": "https://a.example.org/launch", "type": "absolute"}]},
        {"links": [{"label": "x", "url": "launch", "type": "smart", "appContext": "{}"}]},
        {"suggestions": None},
        {"suggestions": []},
        {"selectionBehavior": None},
        {"selectionBehavior": "all"},
        {"suggestions": [{"label": "x", "actions": CARD["suggestions"][0]["actions"]}]},
        {"suggestions": [CARD["suggestions"][0] | {"isRecommended": True}]},
        {"suggestions": [CARD["suggestions"][0] | {"actions": []}]},
        {"suggestions": [acting(type="delete")]},
        {"suggestions": [acting(description=" ")]},
        {"suggestions": [acting(resource={"resourceType": "MedicationRequest", "id": "1"})]},
        {"suggestions": [acting(resource={"resourceType": "Task"})]},
        {"suggestions": [acting(resource={"resourceType": "Task", "id": "1", "code": None})]},
        {"suggestions": [acting(resource={"resourceType": "Task", "id": "1", "note": [{}]})]},
        {"uuid": "7"},
        {"source": {}},
    ],
)
def test_a_card_that_breaks_a_rule_is_refused(change):
    HookAnswer.model_validate({"cards": [copy.deepcopy(CARD)]})
    with pytest.raises(ValidationError):
        HookAnswer.model_validate({"cards": [copy.deepcopy(CARD) | change]})


def test_a_card_that_offers_nothing_has_no_selection_behaviour():
    bare = {key: held for key, held in CARD.items() if key != "suggestions"}
    with pytest.raises(ValidationError):
        HookAnswer.model_validate({"cards": [bare]})
    del bare["selectionBehavior"]
    HookAnswer.model_validate({"cards": [bare]})
