"""Every answer keeps to what the specification says of its shape, judged on the bytes alone."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cds_hooks.golden import FOLDER
from tests.cds_hooks.hooks import (
    ABSENT,
    REVIEW,
    SAFETY,
    TODAY,
    call,
    cards,
    post,
    prefetch_of,
    send,
    topics,
)
from tests.cds_hooks.people import (
    PEOPLE,
    one_running,
    plan_and_intent,
    quiet,
    two_failures,
)
from tests.support.wire_rules import (
    breaches,
    discovery_breaches,
    outcome_breaches,
    parsed,
    without_ids,
)

VOCABULARY = (
    "cds-not-applicable patient-ineligible indication-order-exists action-completed "
    "action-unsuccessful action-performed-no-adverse-effect action-not-priority "
    "cds-suboptimal-context limited-time wrong-time-workflow inappropriate-recipient "
    "need-more-info recipient-disagrees-evidence does-not-align-latest-evidence "
    "expert-contradicts policy-contradicts recipient-does-not-trust recipient-concerns-outcomes "
    "risk-benefit-ratio mitigate-risk-negative-outcome likely-negative-health-outcomes "
    "patient-contraindication does-not-align-preferences patient-fears-discomfort "
    "patient-does-not-want-change cultural-religious-reason prefers-alternative patient-refuses "
    "not-convenient-feasible inadequate-support service-not-available implementation-challenges "
    "too-costly-uncovered recipient-does-not-understand comorbidity-disability"
)
"""Codes of the published reasons; another test compares them with the publication."""


def golden_answers() -> Iterator[tuple[str, Any]]:
    """Yield every answer with cards that stands in the golden files."""
    for path in sorted(FOLDER.glob("*.json")):
        yield from _answers(path.stem, json.loads(path.read_text("utf-8")))


def _answers(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and "cards" in value:
        yield name, value
    elif isinstance(value, dict):
        for key, held in value.items():
            yield from _answers(f"{name}, {key}", held)


GOLDEN = dict(golden_answers())
GOLDEN_CARDS = [card for answer in GOLDEN.values() for card in answer["cards"]]


@pytest.mark.requirement(
    *("GEN-3", "GEN-4", "GEN-5", "GEN-7", "RESP-1", "EXT-1", "EXT-2", "EXT-3"),
    *("CARD-2", "CARD-3", "CARD-5", "CARD-6", "CARD-9", "OVR-1", "OVR-2", "SRC-5"),
)
@pytest.mark.parametrize("name", GOLDEN)
def test_an_answer_somebody_has_read_keeps_the_rules(name):
    assert not breaches(json.dumps(GOLDEN[name]).encode())


@pytest.mark.requirement("GEN-1", "GEN-3", "GEN-4", "GEN-7", "RESP-1")
@pytest.mark.parametrize("service", [REVIEW, SAFETY])
@pytest.mark.parametrize("person", PEOPLE)
def test_an_answer_keeps_the_rules_on_the_wire(person, service):
    answer = post(service, call(prefetch_of(PEOPLE[person]())))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert not breaches(answer.content)


@pytest.mark.requirement("RESP-3", "GEN-4")
def test_nothing_to_say_is_an_empty_list_and_nothing_else():
    answer = post(REVIEW, call(prefetch_of(quiet())))
    assert (answer.status_code, answer.content) == (200, b'{"cards":[]}')


@pytest.mark.requirement("DISC-2", "DISC-5", "DISC-7", "DISC-8", "DISC-9", "GEN-1", "EXT-3")
def test_discovery_keeps_the_rules():
    answer = send("GET", "/cds-services")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert not discovery_breaches(answer.content)
    assert all("prefetch" in one["usageRequirements"] for one in answer.json()["services"])


ERRORS: dict[str, tuple[int, str, str, bytes | None, dict[str, str]]] = {
    "no JSON": (400, "POST", f"/cds-services/{REVIEW}", b"{", {}),
    "nothing there": (404, "POST", "/cds-services/nothing", b"{}", {}),
    "no such page": (404, "GET", "/", None, {}),
    "method": (405, "GET", f"/cds-services/{REVIEW}", None, {}),
    "required data": (412, "POST", f"/cds-services/{REVIEW}", json.dumps(call()).encode(), {}),
    "size": (413, "POST", f"/cds-services/{REVIEW}", b"{}", {"Content-Length": "9000000"}),
    "media type": (415, "POST", f"/cds-services/{REVIEW}", b"{}", {"Content-Type": "text/plain"}),
}


@pytest.mark.requirement("RESP-5", "RESP-6", "GEN-3", "GEN-4")
@pytest.mark.parametrize("case", ERRORS)
def test_an_error_says_what_it_is_and_keeps_the_rules(case):
    status, method, path, content, headers = ERRORS[case]
    headers = {"Content-Type": "application/json"} | headers
    answer = send(method, path, content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert not outcome_breaches(answer.content)
    assert "cards" not in parsed(answer.content)


@pytest.mark.requirement("GEN-8")
def test_letters_of_any_language_survive_both_ways():
    words = "wirkt nicht, müde; 效果不佳; δεν βοηθά; не помогло 😀"
    answer = post(REVIEW, call(prefetch_of(two_failures(words))))
    assert words in answer.content.decode("utf-8")
    escaped = json.dumps(call(prefetch_of(two_failures(words))), ensure_ascii=True).encode()
    assert words in post(REVIEW, escaped).json()["cards"][0]["detail"]


@pytest.mark.requirement("REQ-13")
def test_the_same_call_twice_is_two_calls():
    body = call(prefetch_of(two_failures()))
    first, second = post(REVIEW, body), post(REVIEW, body)
    assert first.json()["cards"][0]["uuid"] != second.json()["cards"][0]["uuid"]
    assert without_ids(first.content) == without_ids(second.content)


@pytest.mark.requirement("CARD-10")
def test_importance_is_said_by_the_indicator():
    found = {
        cards(SAFETY, prefetch_of(plan_and_intent()))[0]["indicator"]: "plan and intent",
        cards(REVIEW, prefetch_of(two_failures()))[0]["indicator"]: "history",
    }
    assert found == {"critical": "plan and intent", "info": "history"}


@pytest.mark.requirement("RESP-9", "SRC-6")
def test_two_services_on_one_hook_are_told_apart():
    rows = one_running()
    rows[-1]["valueInteger"] = 1
    both = [*cards(REVIEW, prefetch_of(rows)), *cards(SAFETY, prefetch_of(rows))]
    assert topics(both) == ["optimiseTrial", "suicideSafety"]
    assert len({card["summary"] for card in both}) == 2


@pytest.mark.requirement("SRC-1", "SRC-6")
def test_source_and_topic_are_the_same_for_every_patient():
    rows = two_failures("no change at all")
    rows[0]["birthDate"] = "1961-05-05"
    one, other = (cards(REVIEW, prefetch_of(rows))[0] for rows in (two_failures(), rows))
    assert one["detail"] != other["detail"]
    assert one["source"] == other["source"]


@pytest.mark.requirement("SAFE-3", "STALE-2")
@pytest.mark.parametrize("card", GOLDEN_CARDS, ids=lambda card: card["uuid"][-4:])
def test_a_card_says_what_was_looked_at_and_until_when(card):
    assert f"**Read, up to {TODAY}:** " in card["detail"]


@pytest.mark.requirement("OVR-3")
def test_reasons_are_of_the_vocabulary():
    used = {reason["code"] for card in GOLDEN_CARDS for reason in card.get("overrideReasons", ())}
    assert used
    assert used <= set(VOCABULARY.split())


def test_the_vocabulary_is_the_published_one(shared):
    folder = shared / "spec" / "cds-hooks" / "data" / "override-reason-vocabulary"
    system = json.loads((folder / "CodeSystem-non-adherence-reason-codes.json").read_text("utf-8"))
    assert {one["code"] for one in _concepts(system)} == set(VOCABULARY.split())


def _concepts(held: Any) -> Iterator[Any]:
    for one in held.get("concept", ()):
        yield one
        yield from _concepts(one)


@pytest.mark.requirement("DISC-1", "DISC-6")
def test_each_service_of_discovery_is_called_under_its_id():
    for service in send("GET", "/cds-services").json()["services"]:
        answer = post(service["id"], {})
        assert answer.status_code == 400
        assert not outcome_breaches(answer.content)


@pytest.mark.requirement("SAFE-2")
@pytest.mark.parametrize(
    "state", [ABSENT, {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}]
)
@pytest.mark.parametrize("need", [need for need in prefetch_of([]) if need != "patient"])
def test_what_was_not_read_never_gives_the_answer_of_nothing_found(need, state):
    """With orders of two drugs charted every need could change what the review says."""
    rows = [row for row in two_failures() if row["resourceType"] != "Observation"]
    wholly = post(REVIEW, call(prefetch_of(rows, **{need: None}))).json()
    answer = post(REVIEW, call(prefetch_of(rows, **{need: state})))
    if answer.status_code == 200:
        assert answer.json()["cards"]
        assert answer.json()["cards"][0]["detail"] != wholly.get("cards", [{}])[0].get("detail")
    else:
        assert answer.status_code == 412


CARD = next(card for card in GOLDEN_CARDS if "suggestions" not in card)


def changed(**members: Any) -> bytes:
    card = copy.deepcopy(CARD) | members
    kept = {name: value for name, value in card.items() if value is not ABSENT}
    return json.dumps({"cards": [kept]}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b'{"cards":[],"cards":[]}',
        b'{"cards":NaN}',
        b'{"cards":[]} // x',
        b"[]",
        b"{}",
        b'{"cards":null}',
        b'{"cards":[],"systemActions":[{"type":"create"}]}',
        b'{"cards":[],"extension":[]}',
        b'{"cards":[],"extension":{"mine":{"a":1}}}',
        b'{"cards":[],"more":1}',
        *(changed(**{name: ABSENT}) for name in ("summary", "indicator", "source", "uuid")),
        changed(summary="x" * 140),
        changed(summary=" "),
        changed(detail=None),
        changed(detail="<b>x</b>"),
        changed(indicator="hard-stop"),
        changed(uuid="7"),
        changed(links=[]),
        changed(source={"label": "x"}),
        changed(source={"label": "x", "topic": {"code": "a-b", "system": "urn:x"}}),
        changed(source=CARD["source"] | {"url": "/about"}),
        changed(overrideReasons=[{"code": "x", "system": "urn:x"}]),
        changed(selectionBehavior="any"),
        changed(suggestions=[{"label": "x", "uuid": CARD["uuid"]}], selectionBehavior="any"),
        changed(suggestions=[{"label": "x"}], selectionBehavior="any"),
        changed(links=[{"label": "x", "url": "https://x.example.org/?p=1", "type": "smart"}]),
        changed(links=[{"label": "x", "url": "x", "type": "absolute"}]),
        changed(
            links=[
                {
                    "label": "x",
                    "url": "https://x.example.org",
                    "type": "absolute",
                    "appContext": "{}",
                }
            ]
        ),
    ],
)
def test_the_rules_can_be_broken(content):
    assert not breaches(changed())
    try:
        found = breaches(content)
    except (AssertionError, ValueError, TypeError, AttributeError):
        return
    assert found
