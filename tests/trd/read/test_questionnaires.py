"""Questionnaires kept as answers: where an item's code may stand, and what is not read."""

import pytest

from tests.support.fhir import LOINC, SUBJECT
from tests.trd.read.charts import START, chart

ITEM9, Q4 = "44260-8", "93249-1"
MODIFIER = {"modifierExtension": [{"url": "urn:not-really"}]}


def response(*items, **more):
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "qr",
        "status": "completed",
        "subject": SUBJECT,
        "authored": START,
        "item": list(items),
        **more,
    }


def item(code, *answers, **more):
    return {"linkId": f"/{code}", "answer": list(answers), **more}


@pytest.mark.parametrize(
    "asked",
    [
        item(ITEM9, {"valueInteger": 2}),
        {"linkId": ITEM9, "answer": [{"valueInteger": 2}]},
        {
            "linkId": "9",
            "code": [{"system": LOINC, "code": ITEM9}],
            "answer": [{"valueInteger": 2}],
        },
        {
            "linkId": "9",
            "code": [{"code": "?"}],
            "definition": f"http://loinc.org/{ITEM9}",
            "answer": {"valueInteger": 2},
        },
        {"linkId": "g", "item": [{"linkId": "h", "item": [item(ITEM9, {"valueDecimal": 2})]}]},
        {
            "linkId": "g",
            "answer": [{"valueBoolean": True, "item": [item(ITEM9, {"valueString": "2"})]}],
        },
        item(ITEM9, {"valueInteger": 1}, {"valueInteger": 2}),
    ],
)
def test_an_item_of_a_questionnaire_is_found(asked):
    (found,) = chart(response(asked)).scores
    assert found.items == {9: 2}


def test_a_question_known_by_its_text_needs_an_answer():
    known = {"linkId": "x", "text": "C-SSRS question 4", "answer": [{"valueBoolean": True}]}
    (found,) = chart(response(known)).answers
    assert (found.item, found.value) == ("cssrs-q4", "yes")
    assert not chart(response({"linkId": "x", "text": "C-SSRS question 4"})).answers


def test_a_question_asked_without_an_answer_is_known_to_be_asked():
    (found,) = chart(response(item(Q4))).answers
    assert found.value is None


@pytest.mark.parametrize("link", ["44260-8x", "x44260-8", "99999-9", "", 7])
def test_other_link_ids_are_not_ours(link):
    assert not chart(response({"linkId": link, "answer": [{"valueInteger": 3}]})).scores


def test_a_questionnaire_of_no_concern_leaves_nothing():
    found = chart(response({"linkId": "1", "text": "Tobacco", "answer": [{"valueString": "no"}]}))
    assert not found.issues


def test_a_questionnaire_in_error_is_not_used_and_an_item_with_a_modifier_neither():
    wrong = chart(response(item(ITEM9, {"valueInteger": 2}), status="entered-in-error"))
    assert [one.effect for one in wrong.issues] == ["not used"]
    part = chart(
        response(
            item(ITEM9, {"valueInteger": 2}, **MODIFIER),
            item(Q4, {"valueBoolean": False, **MODIFIER}),
        )
    )
    assert [one.effect for one in part.issues] == ["the answer is not used"] * 2
    assert not part.scores
    assert not part.answers


def test_a_group_nested_too_deeply_is_not_read():
    asked = item(ITEM9, {"valueInteger": 2})
    for _ in range(30):
        asked = {"linkId": "g", "item": [asked]}
    assert not chart(response(asked)).scores
