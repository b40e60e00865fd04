"""Leaving resources as text changes no card: the quick reading of a body against the full one."""

import copy
from itertools import count, pairwise
from random import Random
from uuid import UUID

import orjson
import pytest

from benchmarks.payload import PATIENT, TODAY, call
from cds_hooks.body import read_json
from cds_hooks.call import read_call
from cds_hooks.cards import Occasion
from cds_hooks.errors import BadRequest, HookError
from cds_hooks.heads import Sent, read_call_body
from cds_hooks.services import SERVICE_BY_ID
from tests.cds_hooks.hooks import (
    KNOWLEDGE,
    post,
    prefetch_of,
)
from tests.cds_hooks.hooks import call as call_of
from tests.cds_hooks.people import PEOPLE
from tests.support.days import day
from tests.support.sent import sent_with
from trd.read import WrongPatient

AS_OF = TODAY.toordinal()
AT_THE_CHART = [one for one in SERVICE_BY_ID.values() if one.hook == "patient-view"]
WHOLE = call(Random(3))  # noqa: S311 - the same data on every run


def small():
    """Return a call with a few of everything: what counts, and what no rule can use."""
    made = copy.deepcopy(WHOLE)
    for need, keep in (("medications", 15), ("conditions", 3), ("scores", 18)):
        bundle = made["prefetch"][need]
        bundle["entry"] = bundle["entry"][:keep]
        bundle["total"] = keep
    return made


SMALL = small()
PLAIN = orjson.dumps(SMALL)


def said(sent, service, today):
    """Return what a service answers to a body, however it was read."""
    serial = count(1)
    occasion = Occasion(
        as_of=today,
        knowledge=KNOWLEDGE,
        topic_system="https://hooks.example.org/t",
        new_uuid=lambda: UUID(int=next(serial)),
        unused=sent.unused,
    )
    try:
        held = sent_with(read_call(sent.body, service.hook), service.needs, sent.unused)
        return [one.card for one in service.advise(held, occasion).cards]
    except (HookError, WrongPatient) as wrong:
        return type(wrong).__name__


def agrees(body, today=AS_OF):
    """Check that both readings of a body give the same answers; return what was left as text."""
    text = orjson.dumps(body)
    quick, full = read_call_body(text, KNOWLEDGE), Sent(body=read_json(text))
    for service in AT_THE_CHART:
        assert said(quick, service, today) == said(full, service, today)
    return quick.unused


def test_a_whole_call_is_answered_the_same_with_most_of_it_left_as_text():
    assert agrees(WHOLE) == {"medications": 50, "scores": 105, "conditions": 24}
    sent = read_call_body(orjson.dumps(WHOLE), KNOWLEDGE)
    for service in AT_THE_CHART:
        for card in said(sent, service, AS_OF):
            assert "medication orders (60)" in card["detail"]
            assert "scores (120)" in card["detail"]


@pytest.mark.parametrize("person", PEOPLE)
def test_invented_patients_are_answered_the_same(person):
    body = call_of(prefetch_of(PEOPLE[person]()))
    left = agrees(body, day("2026-09-01"))
    assert left.items() <= {"medications": 1, "conditions": 1}.items()


def nameless(local, *orders):
    """Return an entry of a dispense that tells no drug but names its orders."""
    return {
        "resource": {
            "resourceType": "MedicationDispense",
            "id": local,
            "status": "completed",
            "subject": {"reference": f"Patient/{PATIENT}"},
            "medicationCodeableConcept": {"coding": [{"system": "urn:x", "code": "9"}]},
            "whenHandedOver": TODAY.isoformat(),
            "daysSupply": {"value": 30, "code": "d"},
            "authorizingPrescription": [{"reference": one} for one in orders],
        },
        "search": {"mode": "match"},
    }


def test_orders_that_dispenses_and_other_orders_name_are_answered_the_same():
    body = copy.deepcopy(SMALL)
    orders = [entry["resource"] for entry in body["prefetch"]["medications"]["entry"]]
    names = [f"MedicationRequest/{order['id']}" for order in orders]
    for order, before in zip(orders[1:], names, strict=False):
        order |= {"priorPrescription": {"reference": before}, "basedOn": [{"reference": names[0]}]}
    entries = [nameless(f"d{at}", name) for at, name in enumerate(names)]
    entries += [nameless(f"e{at}", *pair) for at, pair in enumerate(pairwise(names))]
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    body["prefetch"]["dispenses"] = bundle
    assert agrees(body)["medications"] > 0


def entry_of(body, need, at):
    return body["prefetch"][need]["entry"][at]


ODD = {
    "subject of another": lambda e: e["resource"].update(subject={"reference": "Patient/other"}),
    "subject absolute": lambda e: e["resource"].update(
        subject={"reference": f"https://ehr.example.org/fhir/r4/Patient/{PATIENT}"}
    ),
    "subject elsewhere": lambda e: e["resource"].update(
        subject={"reference": f"https://x.example.org/Patient/{PATIENT}"}
    ),
    "patient beside": lambda e: e["resource"].update(patient={"reference": "Patient/other"}),
    "beneficiary": lambda e: e["resource"].update(beneficiary={"reference": "Patient/other"}),
    "contained": lambda e: e["resource"].update(
        contained=[{"resourceType": "Patient", "id": "other"}]
    ),
    "a code of nobody's system": lambda e: e["resource"].update(
        code={"coding": [{"system": "urn:x", "code": "9"}]}
    ),
    "no subject": lambda e: e["resource"].pop("subject"),
    "subject as text": lambda e: e["resource"].update(subject="Patient/x"),
    "no id": lambda e: e["resource"].pop("id"),
    "id with blanks": lambda e: e["resource"].update(id=f" {e['resource']['id']} "),
    "id as number": lambda e: e["resource"].update(id=7),
    "address of another": lambda e: e.update(fullUrl="https://ehr.example.org/x/other"),
    "address as urn": lambda e: e.update(fullUrl="urn:uuid:1"),
    "no address": lambda e: e.pop("fullUrl"),
    "included": lambda e: e.update(search={"mode": "include"}),
    "search with score": lambda e: e.update(search={"mode": "match", "score": 1}),
    "search null": lambda e: e.update(search=None),
    "no search": lambda e: e.pop("search"),
    "unknown member": lambda e: e.update(link=[{"relation": "self"}]),
    "resource null": lambda e: e.update(resource=None),
    "resource missing": lambda e: e.pop("resource"),
    "resource a list": lambda e: e.update(resource=[1]),
    "a Bundle within": lambda e: e.update(
        resource={"resourceType": "Bundle", "type": "searchset", "entry": [copy.deepcopy(e)]}
    ),
    "an error": lambda e: e.update(resource={"resourceType": "OperationOutcome", "issue": []}),
    "another type": lambda e: e["resource"].update(resourceType="Condition"),
    "type with blanks": lambda e: e["resource"].update(resourceType=" Observation "),
    "words of a diagnosis": lambda e: e["resource"].update(code={"text": "Bipolar disorder"}),
    "refuted": lambda e: e["resource"].update(
        verificationStatus={"coding": [{"code": "refuted"}]}, onsetDateTime="2020"
    ),
    "modifier": lambda e: e["resource"].update(implicitRules="https://x.example.org"),
    "component": lambda e: e["resource"].update(component=[{"code": {"text": "PHQ-9 total"}}]),
    "component alone": lambda e: e["resource"].update(component={"code": {"text": "x"}}),
    "code a Coding": lambda e: e["resource"].update(
        code={"system": "http://loinc.org", "code": "44261-6"}
    ),
    "coding alone": lambda e: e["resource"].update(
        code={"coding": {"system": "http://loinc.org", "code": " 44261-6 "}}
    ),
    "code by name": lambda e: e["resource"].update(code={"text": "phq-9 TOTAL score"}),
    "no code": lambda e: e["resource"].pop("code", None),
    "drug by name": lambda e: e["resource"].update(
        medicationCodeableConcept={"text": "Zoloft 100 mg"}
    ),
    "drug by local code": lambda e: e["resource"].update(
        medicationCodeableConcept={"coding": [{"system": "urn:x", "code": "fluoxetine"}]}
    ),
    "drug by reference": lambda e: e["resource"].update(
        medicationReference={"reference": "#m", "display": "sertraline"},
        contained=[{"resourceType": "Medication", "id": "m", "code": {"text": "sertraline"}}],
    ),
    "drug without words": lambda e: e["resource"].update(
        medicationCodeableConcept={"coding": [{"system": "urn:x", "code": "1"}]}
    ),
    "no drug": lambda e: e["resource"].pop("medicationCodeableConcept", None),
    "drug a list": lambda e: e["resource"].update(medicationCodeableConcept=[1]),
}


@pytest.mark.parametrize("need", ["medications", "scores", "conditions"])
@pytest.mark.parametrize("case", ODD)
@pytest.mark.parametrize("at", [0, 1])
def test_an_odd_entry_is_answered_the_same(case, need, at):
    body = copy.deepcopy(SMALL)
    ODD[case](entry_of(body, need, at))
    agrees(body)


@pytest.mark.parametrize("member", ["patient", "beneficiary"])
@pytest.mark.parametrize("need", ["medications", "scores", "conditions"])
def test_an_ordinary_entry_of_two_patients_is_refused(need, member):
    body = copy.deepcopy(SMALL)
    for entry in body["prefetch"][need]["entry"]:
        entry["resource"][member] = {"reference": "Patient/other"}
    sent = read_call_body(orjson.dumps(body), KNOWLEDGE)
    assert {said(sent, service, AS_OF) for service in AT_THE_CHART} == {"WrongPatient"}


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b["prefetch"].update(scores=None),
        lambda b: b["prefetch"].pop("scores"),
        lambda b: b["prefetch"].pop("medications"),
        lambda b: b["prefetch"].update(medications=[1]),
        lambda b: b["prefetch"].update(patient="x"),
        lambda b: b["prefetch"].update(patient=None),
        lambda b: b["prefetch"].update(patient=b["prefetch"]["scores"]),
        lambda b: b["prefetch"].update(other={"x": 1}),
        lambda b: b["prefetch"]["scores"].update(total=200),
        lambda b: b["prefetch"]["scores"].update(total=2),
        lambda b: b["prefetch"]["scores"].update(total="18"),
        lambda b: b["prefetch"]["scores"].update(total=-1),
        lambda b: b["prefetch"]["scores"].update(total=0),
        lambda b: b["prefetch"]["scores"].update(total=18.5),
        lambda b: b["prefetch"]["scores"].update(total=2**53),
        lambda b: b["prefetch"]["scores"].update(total=None),
        lambda b: b["prefetch"]["scores"].update(link={"relation": "next"}),
        lambda b: b["prefetch"]["scores"].update(link=None),
        lambda b: b["prefetch"]["scores"].update(link="next"),
        lambda b: b["prefetch"]["scores"]["entry"].append(
            {"resource": {"resourceType": "Practitioner", "id": "p"}, "search": {"mode": "include"}}
        ),
        lambda b: b["prefetch"]["scores"].pop("total"),
        lambda b: b["prefetch"]["scores"].pop("entry"),
        lambda b: b["prefetch"]["scores"].update(entry=None),
        lambda b: b["prefetch"]["scores"].update(meta={"tag": []}),
        lambda b: b["prefetch"]["scores"].update(link=[{"relation": "next", "url": "u"}]),
        lambda b: b["prefetch"]["scores"].update(type="history"),
        lambda b: b["prefetch"]["scores"].update(type="collection"),
        lambda b: b["prefetch"].update(responses=b["prefetch"]["scores"]),
        lambda b: b.update(fhirServer=None, extension={"a": 1}),
        lambda b: b.update(surprise=1),
        lambda b: b.update(context=[]),
        lambda b: b["context"].pop("patientId"),
        lambda b: b.update(hook=1),
    ],
)
def test_an_odd_call_is_answered_the_same(change):
    body = copy.deepcopy(SMALL)
    change(body)
    agrees(body)


@pytest.mark.parametrize("where", ["scores", "responses"])
@pytest.mark.parametrize("newer", [True, False])
def test_two_versions_of_one_resource_are_answered_the_same(where, newer):
    """The newer version of an ordinary observation is a PHQ-9, or the other way round."""
    body = copy.deepcopy(SMALL)
    score, ordinary = entry_of(body, "scores", 0), entry_of(body, "scores", 1)
    other = copy.deepcopy(score)
    other["resource"]["id"] = ordinary["resource"]["id"]
    other["resource"]["meta"]["lastUpdated"] = "2027-01-01" if newer else "2001-01-01"
    del other["fullUrl"]
    bundle = body["prefetch"].get(where) or {"resourceType": "Bundle", "type": "searchset"}
    bundle["entry"] = [*bundle.get("entry", []), other]
    bundle.pop("total", None)
    body["prefetch"][where] = bundle
    agrees(body)


@pytest.mark.parametrize(
    "member",
    [
        b'"valueQuantity":{"value":1e400}',
        b'"note":' + b"[" * 60 + b"]" * 60,
        b'"referenceRange":[{"low":{"value":1e400}}]',
        b'"referenceRange":[1e400]',
        b'"referenceRange":[1, 1e400 ]',
        b'"referenceRange":{"low":1e400,"high":1}',
        b'"referenceRange":[{"low":{"value":-1.5E+0309}}]',
        b'"referenceRange":[{"low":{"value":' + b"7" * 400 + b"}}]",
        b'"referenceRange":[{"low":{"value":' + b"1" * 250 + b".5e90}}]",
    ],
    ids=[
        "value",
        "too deep",
        "exponent",
        "array",
        "blanks",
        "comma",
        "capital E, plus and zero",
        "digits",
        "both",
    ],
)
def test_what_is_left_as_text_is_strict_json_too(member):
    body = copy.deepcopy(SMALL)
    resource = entry_of(body, "scores", 1)["resource"]
    resource.pop("valueQuantity")
    resource["marker"] = 1
    text = orjson.dumps(body).replace(b'"marker":1', member)
    assert post("trd-review", text, today=TODAY.isoformat()).status_code == 400


@pytest.mark.parametrize("at", [0, 1], ids=["an entry that is kept", "one that is left as text"])
@pytest.mark.parametrize(
    "score",
    [b"1e400", b"9" * 400, b"[" * 60 + b"]" * 60, b"[01]"],
    ids=["e", "long", "deep", "bad"],
)
def test_what_a_search_scores_is_strict_json_too(at, score):
    body = copy.deepcopy(SMALL)
    entry_of(body, "scores", at)["search"] = {"mode": "match", "score": 1}
    fine = orjson.dumps(body)
    assert read_call_body(fine, KNOWLEDGE).unused == read_call_body(PLAIN, KNOWLEDGE).unused
    with pytest.raises(BadRequest):
        read_call_body(fine.replace(b'"score":1}', b'"score":' + score + b"}"), KNOWLEDGE)


@pytest.mark.parametrize(
    "text",
    [
        b'{"hook":"order-sign",' + PLAIN[1:],
        PLAIN[:-1] + b',"hook":"order-sign"}',
        PLAIN[:-1] + b',"\\u0068ook":"order-sign"}',
        PLAIN[:-1] + b',"prefetch":null}',
        PLAIN.replace(b'"mode":"match"', b'"mode":"mat\\u0063h"', 1)[:-1] + b',"context":{}}',
    ],
    ids=["first", "last", "escaped", "no prefetch", "beside an escape"],
)
def test_a_member_named_twice_is_refused_with_most_left_as_text(text):
    with pytest.raises(BadRequest):
        read_call_body(text, KNOWLEDGE)


@pytest.mark.parametrize(
    "member", [b'"note":"1e400"', b'"x":1e-400', b'"x":"urn:uuid:3e245678-1"', b'"x":"a 1e400"']
)
def test_what_looks_like_a_number_too_large_is_left_as_text(member):
    body = copy.deepcopy(SMALL)
    entry_of(body, "scores", 1)["resource"]["marker"] = 1
    text = orjson.dumps(body).replace(b'"marker":1', member)
    assert read_call_body(text, KNOWLEDGE).unused == read_call_body(PLAIN, KNOWLEDGE).unused


def test_an_included_resource_beside_what_was_left_out_is_no_other_type():
    """Of the scores of this call only ordinary ones are left, and a person who came with them."""
    body = copy.deepcopy(SMALL)
    scores = body["prefetch"]["scores"]
    person = {"resourceType": "Practitioner", "id": "p"}
    included = {"resource": person, "search": {"mode": "include"}}
    scores |= {"entry": [scores["entry"][1], included], "total": 1}
    assert agrees(body)["scores"] == 1


def test_a_deep_resource_within_the_limit_is_read():
    body = copy.deepcopy(SMALL)
    entry_of(body, "scores", 1)["resource"]["note"] = orjson.Fragment(b"[" * 58 + b"]" * 58)
    assert agrees(body) == read_call_body(orjson.dumps(SMALL), KNOWLEDGE).unused


REFERRING = {
    "order": ("medications", "reasonReference", lambda link: [link]),
    "encounter": ("encounters", "diagnosis", lambda link: [{"condition": link, "rank": 1}]),
    "lone encounter": ("encounters", "diagnosis", lambda link: {"condition": link}),
}


@pytest.mark.parametrize("who", REFERRING)
@pytest.mark.parametrize("reference", ["{}", "https://ehr.example.org/fhir/r4/{}/_history/1"])
def test_an_ordinary_condition_that_is_referred_to_is_kept(who, reference):
    body = copy.deepcopy(SMALL)
    named = entry_of(body, "conditions", 1)["resource"]["id"]
    need, element, written = REFERRING[who]
    if need == "encounters":
        subject = {"reference": f"Patient/{PATIENT}"}
        visit = {"resourceType": "Encounter", "id": "v1", "status": "finished", "subject": subject}
        entry = {"resource": visit}
        body["prefetch"][need] = {"resourceType": "Bundle", "type": "searchset", "entry": [entry]}
    link = {"reference": reference.format(f"Condition/{named}")}
    entry_of(body, need, 0)["resource"][element] = written(link)
    assert agrees(SMALL)["conditions"] == agrees(body)["conditions"] + 1
