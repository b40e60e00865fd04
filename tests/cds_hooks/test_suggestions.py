"""What cards offer to draft, and where they lead."""

import json
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest
from fhir.resources.R4B.task import Task

from cds_hooks.services import SERVICES
from cds_hooks.terms import CardTerms, OrderCode, Selection
from tests.cds_hooks.hooks import PATIENT, REVIEW, SAFETY, call, cards, prefetch_of, topics
from tests.cds_hooks.orders import (
    CASES,
    SELECT,
    SIGN,
    advised,
    draft,
    epilepsy,
    order_call,
    tms_order,
    venlafaxine,
    wire,
)
from tests.cds_hooks.people import PEOPLE, long_measured, one_running, plan_and_intent, two_failures
from tests.support.fhir import SUBJECT, patient

APP = "https://thirdline.example.org/"
CODES = {
    key: OrderCode(system="https://ehr.example.org/orders", code=f"code-{key}", display=key)
    for key in ("tms_referral", "psychiatry_referral", "phq9", "cssrs")
}
CALLS = {
    "next step": (REVIEW, call(prefetch_of(two_failures()))),
    "optimise": (REVIEW, call(prefetch_of(one_running()))),
    "measure": (REVIEW, call(prefetch_of(long_measured()))),
    "safety": (SAFETY, call(prefetch_of(plan_and_intent()))),
    "next antidepressant": (SELECT, order_call(SELECT, [draft()], prefetch_of(two_failures()))),
    "switch": (SIGN, order_call(SIGN, [draft()], prefetch_of(one_running(mg=25)))),
    "tms": (SELECT, order_call(SELECT, [tms_order()], prefetch_of([*two_failures(), epilepsy()]))),
}
"""One call for each kind of card that offers something."""
OFFERED = {
    "next step": ["TMS evaluation", "psychiatric consultation"],
    "optimise": ["PHQ-9 in 4 weeks"],
    "measure": ["PHQ-9"],
    "safety": ["C-SSRS screener", "behavioural health contact", "safety plan"],
    "next antidepressant": ["TMS evaluation", "psychiatric consultation"],
    "switch": ["PHQ-9 in 4 weeks"],
    "tms": ["Add these items"],
}

MODELS: dict[str, Any] = {"ServiceRequest": ServiceRequest, "Task": Task}

each_kind = pytest.mark.parametrize("kind", CALLS)


def said(kind, **more):
    service, body = CALLS[kind]
    return wire(advised(body, service, **more))


def actions(found):
    return [action for card in found for one in card["suggestions"] for action in one["actions"]]


@each_kind
@pytest.mark.requirement("SUG-1", "SUG-2", "SUG-3", "SUG-4", "SUG-5", "SUG-7", "CAP-2", "CARD-7")
def test_each_kind_of_card_offers_what_it_should(kind):
    (card,) = said(kind)
    labels = [one["label"] for one in card["suggestions"]]
    assert len(labels) == len(OFFERED[kind])
    assert all(words in label for words, label in zip(OFFERED[kind], labels, strict=True))
    ids = [UUID(one["uuid"]) for one in card["suggestions"]]
    assert len({*ids, UUID(card["uuid"])}) == len(ids) + 1
    assert card["selectionBehavior"] == "any"
    for one in card["suggestions"]:
        assert set(one) == {"label", "uuid", "actions"}
        assert len(one["actions"]) == 1


@each_kind
@pytest.mark.requirement("ACT-1", "ACT-2", "ACT-3", "ACT-7", "GEN-6")
def test_each_action_is_a_whole_draft_of_this_patient(kind):
    for action in actions(said(kind, encounter_id="e-1")):
        held = action["resource"]
        assert action["type"] == ("update" if kind == "tms" else "create")
        assert "draft" in action["description"].lower()
        assert held["resourceType"] in {"ServiceRequest", "Task"}
        MODELS[held["resourceType"]].model_validate(held)
        assert held["status"] == "draft"
        assert held["intent"] in {"order", "proposal"}
        assert held.get("subject", held.get("for")) == SUBJECT
        if kind != "tms":
            assert held["id"].startswith("new-")
            assert held["encounter"] == {"reference": "Encounter/e-1"}
        known = json.dumps(CALLS[kind][1])
        for one in (*held.get("supportingInfo", ()), *held.get("reasonReference", ())):
            assert f'"id": "{one["reference"].partition("/")[2]}"' in known


@each_kind
@pytest.mark.requirement("ACT-7")
def test_what_is_drafted_has_an_id_of_its_own_that_is_the_same_each_time(kind):
    first, second = ([a["resource"] for a in actions(said(kind))] for _ in range(2))
    assert first == second
    assert len({one["id"] for one in first}) == len(first)


@each_kind
@pytest.mark.requirement("SYS-1", "RESP-2")
def test_no_drug_is_ordered_and_nothing_is_deleted_or_done_by_itself(kind):
    service, body = CALLS[kind]
    text = json.dumps(wire(advised(body, service)))
    for name in ("MedicationRequest", "delete", "isRecommended", "systemActions", "resourceId"):
        assert f'"{name}"' not in text


@pytest.mark.requirement("CARD-8")
@each_kind
@pytest.mark.parametrize("selection", Selection)
def test_how_many_may_be_taken_is_the_ehrs_to_say(kind, selection):
    (card,) = said(kind, terms=CardTerms(selection=selection))
    assert card["selectionBehavior"] == selection.value


@pytest.mark.requirement("ACT-8")
@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("next step", ["tms_referral", "psychiatry_referral"]),
        ("optimise", ["phq9"]),
        ("measure", ["phq9"]),
        ("safety", ["cssrs", None, None]),
        ("next antidepressant", ["tms_referral", "psychiatry_referral"]),
    ],
)
def test_codes_are_the_ehrs_own_or_there_are_none(kind, keys):
    with_codes = actions(said(kind, terms=CardTerms(orders=CODES)))
    without = actions(said(kind))
    for key, one, bare in zip(keys, with_codes, without, strict=True):
        text = bare["resource"]["code"]
        assert set(text) == {"text"}
        if key is None:
            assert one["resource"]["code"] == text
        else:
            code = CODES[key]
            coding = {"system": code.system, "code": code.code, "display": code.display}
            assert one["resource"]["code"] == text | {"coding": [coding]}


@pytest.mark.requirement("ACT-4")
def test_an_update_changes_nothing_but_what_it_adds():
    given = tms_order(
        code={"text": "TMS evaluation"},
        note=[{"text": "As discussed."}],
        extension=[{"url": "https://ehr.example.org/x", "valueString": "kept"}],
        requester={"reference": "Practitioner/dr-1"},
    )
    body = order_call(SIGN, [given], prefetch_of([*two_failures(), epilepsy()]))
    (action,) = actions(wire(advised(body, SIGN)))
    held = action["resource"]
    assert action["type"] == "update"
    assert {key for key in held if held[key] != given.get(key)} == {"note", "supportingInfo"}
    assert held["note"][0] == {"text": "As discussed."}
    assert "Epilepsy" in held["note"][1]["text"]
    assert held["supportingInfo"] == [{"reference": "Condition/c2"}]


@pytest.mark.parametrize(
    "drafts",
    [
        [tms_order(requester=None)],
        [tms_order(category=[])],
        [tms_order(id="i" * 90)],
        [tms_order(), tms_order("s2")],
    ],
    ids=["null", "empty", "long-id", "two-orders"],
)
def test_an_order_that_cannot_be_sent_back_is_not_updated(drafts):
    body = order_call(SIGN, drafts, prefetch_of([*two_failures(), epilepsy()]))
    (card,) = wire(advised(body, SIGN))
    assert topics([card]) == ["tmsSafety"]
    assert "suggestions" not in card


def test_an_accepted_referral_silences_the_card_that_offered_it():
    (card,) = said("next step")
    filed = card["suggestions"][0]["actions"][0]["resource"] | {"status": "active"}
    assert cards(REVIEW, prefetch_of([*two_failures(), filed])) == []


@each_kind
@pytest.mark.requirement("LINK-1", "LINK-2", "LINK-3", "LINK-4", "LINK-5", "LINK-6")
def test_a_link_leads_to_the_app_and_tells_it_where_to_open(kind):
    (card,) = said(kind, app_url=APP)
    (link,) = card["links"]
    assert set(link) == {"label", "url", "type", "appContext"}
    assert link["url"] == "https://thirdline.example.org/launch"
    assert link["type"] == "smart"
    told = json.loads(link["appContext"])
    assert told["v"] == 1
    assert told["card"] == card["uuid"]
    view = {"safety": "safety", "tms": "candidacy"}.get(kind, "review")
    assert told["view"] == view
    assert PATIENT not in json.dumps(link)


@each_kind
def test_without_an_app_there_is_no_link(kind):
    assert all("links" not in card for card in said(kind))


@pytest.mark.requirement("SRC-2", "SRC-3")
def test_the_source_is_the_same_for_every_patient():
    told = [call(prefetch_of(person())) for person in PEOPLE.values()]
    found = [card for body in told for card in wire(advised(body, REVIEW))]
    labels = {card["source"]["label"] for card in found}
    assert len(labels) == 1
    assert all("url" not in card["source"] for card in found)
    topic_of: dict[str, Any] = {}
    for card in found:
        topic = card["source"]["topic"]
        assert topic_of.setdefault(topic["code"], topic) == topic


@pytest.mark.parametrize("case", CASES)
def test_what_is_kept_back_is_told_with_a_reason(case):
    service, drafts, chart = CASES[case]
    advice = advised(order_call(service, drafts(), prefetch_of(chart())), service)
    assert len(advice.cards) == 1
    assert advice.kept_back
    assert all(one.reason.replace("-", "").isalpha() for one in advice.kept_back)
    assert advice.verdicts["resistance"] in {"met", "not-met", "unknown", "excluded"}


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.id)
def test_a_call_with_nothing_to_say_says_why(service):
    bodies = {
        "order-select": order_call(SELECT, [venlafaxine()], prefetch_of([patient()])),
        "order-sign": order_call(SIGN, [], prefetch_of([patient()])),
    }
    context = {"userId": "Practitioner/dr-1", "patientId": PATIENT, "encounterId": "e-1"}
    body = call(prefetch_of([patient()]), hook=service.hook, context=context)
    advice = advised(bodies.get(service.hook, body), service.id)
    assert advice.cards == ()
    assert advice.kept_back
