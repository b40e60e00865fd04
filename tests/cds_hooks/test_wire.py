"""The models the tests read answers through refuse what the wire's rules forbid."""

import copy

import pytest
from pydantic import ValidationError

from cds_hooks.wire import HookAnswer
from tests.cds_hooks.hooks import REVIEW, cards, prefetch_of
from tests.cds_hooks.people import two_failures

CARD = cards(REVIEW, prefetch_of(two_failures()))[0]


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
        {"uuid": "7"},
        {"source": {}},
    ],
)
def test_a_card_that_breaks_a_rule_is_refused(change):
    HookAnswer.model_validate({"cards": [copy.deepcopy(CARD)]})
    with pytest.raises(ValidationError):
        HookAnswer.model_validate({"cards": [copy.deepcopy(CARD) | change]})
