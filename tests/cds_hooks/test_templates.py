"""What an EHR is asked to send beforehand: templates every client can fill, and no more."""

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.cds_hooks.hooks import ABSENT, FHIR, PATIENT, call, post, prefetch_of, send
from tests.cds_hooks.people import one_running, two_failures
from tests.conftest import ROOT
from tests.support.fhir import ICD, SUBJECT, Json, concept, condition, patient

TOKENS = {
    "patient-view": ({"userId", "patientId"}, {"encounterId"}),
    "encounter-start": ({"userId", "patientId", "encounterId"}, set()),
    "encounter-discharge": ({"userId", "patientId", "encounterId"}, set()),
    "order-select": ({"userId", "patientId"}, {"encounterId"}),
    "order-sign": ({"userId", "patientId"}, {"encounterId"}),
}
"""Members of each hook's context that may be tokens: those always there, and the optional ones."""
USERS = {
    "userPractitionerId",
    "userPractitionerRoleId",
    "userPatientId",
    "userRelatedPersonId",
}
REFERENCES = {"patient", "subject"}
CODES = {"category", "code", "status", "intent", "type"}
DATES = {"date", "authoredon", "onset-date", "whenhandedover"}
READ = re.compile(r"[A-Z][A-Za-z]+/(\{\{[\w.]+\}\}|[A-Za-z0-9.-]+)")

SERVICES = send("GET", "/cds-services").json()["services"]
TEMPLATES = [
    (service["id"], service["hook"], key, template)
    for service in SERVICES
    for key, template in service["prefetch"].items()
]
each_template = pytest.mark.parametrize(
    ("service", "hook", "key", "template"), TEMPLATES, ids=[f"{t[0]} {t[2]}" for t in TEMPLATES]
)


@pytest.mark.requirement("DISC-4", "DISC-6")
def test_hooks_are_published_ones_and_ids_are_unique():
    assert {service["hook"] for service in SERVICES} == set(TOKENS)
    ids = [service["id"] for service in SERVICES]
    assert len(set(ids)) == len(ids) == 7


@pytest.mark.requirement("PF-1", "PF-2", "PF-3", "PF-4", "PF-5", "DISC-16", "DISC-17")
@each_template
def test_a_token_is_a_member_of_the_context_that_may_be_one(service, hook, key, template):
    """So none is the result of another key, which would have to come first."""
    tokens = re.findall(r"\{\{(.*?)\}\}", template)
    assert tokens, key
    assert template.count("{{") == template.count("}}") == len(tokens), service
    assert not re.search(r"[{}]", re.sub(r"\{\{[\w.]+\}\}", "", template))
    always, perhaps = TOKENS[hook]
    for token in tokens:
        name = token.removeprefix("context.")
        assert (token != name and name in always | perhaps) or token in USERS


@pytest.mark.requirement("PF-6", "PF-8", "PF-12")
@each_template
def test_a_query_stays_within_what_clients_are_asked_to_support(service, hook, key, template):
    kind, _, query = template.partition("?")
    if not query:
        assert READ.fullmatch(template), (service, key)
        return
    assert re.fullmatch(r"[A-Z][A-Za-z]+", kind), hook
    pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names)
    for name, value in pairs:
        plain = name.removesuffix(":in")
        if name in DATES:
            assert re.fullmatch(r"(eq|lt|gt|ge|le)[\d-]+", value)
        elif name == "_sort":
            assert re.fullmatch(r"-?[a-z-]+", value)
        elif name == "_count":
            assert value.isdecimal()
        else:
            assert name in REFERENCES or plain in CODES
            assert value


@pytest.mark.requirement("PF-10")
@each_template
def test_no_query_hangs_on_a_member_that_may_be_missing(service, hook, key, template):
    assert not {f"{{{{context.{name}}}}}" for name in TOKENS[hook][1]} & set(
        re.findall(r"\{\{.*?\}\}", template)
    ), (service, key)


def response(item: str, value: int) -> Json:
    """Return an answered PHQ-9 as a QuestionnaireResponse of one item."""
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "qr1",
        "status": "completed",
        "subject": SUBJECT,
        "authored": "2026-08-31",
        "questionnaire": "http://loinc.org/q/44249-1",
        "item": [{"linkId": item, "answer": [{"valueInteger": value}]}],
    }


def dispense(local: str, order: str, on: str, days: int) -> Json:
    return {
        "resourceType": "MedicationDispense",
        "id": local,
        "status": "completed",
        "subject": SUBJECT,
        "medicationCodeableConcept": {"text": "sertraline 100 MG Oral Tablet"},
        "whenHandedOver": on,
        "daysSupply": {"value": days, "code": "d"},
        "authorizingPrescription": [{"reference": f"MedicationRequest/{order}"}],
    }


def held(kind: str, **more: Any) -> Json:
    return {"resourceType": kind, "id": "x1", "status": "completed", "subject": SUBJECT, **more}


REFERRAL = held(
    "ServiceRequest",
    status="active",
    intent="order",
    code={"text": "Referral for TMS evaluation"},
    authoredOn="2026-07-01",
)
COURSE = held(
    "Procedure",
    code=concept("http://www.ama-assn.org/go/cpt", "90868"),
    performedDateTime="2026-06-20",
)
IMPLANT = {
    "resourceType": "Device",
    "id": "d1",
    "status": "active",
    "patient": SUBJECT,
    "type": {"text": "Cochlear implant"},
}
TAKEN = held(
    "MedicationStatement",
    status="active",
    medicationCodeableConcept={"text": "bupropion XL 300 mg"},
    effectivePeriod={"start": "2026-08-10"},
)
STAY = held(
    "Encounter",
    status="finished",
    period={"start": "2026-08-20", "end": "2026-08-25"},
    **{"class": {"code": "IMP"}},
    reasonCode=[concept(ICD, "R45.851", text="Suicidal ideation")],
)
CHANGES = {
    "patient": patient("2012-01-01"),
    "medications": None,
    "conditions": condition("c9", concept(ICD, "F31.9", text="Bipolar disorder")),
    "scores": None,
    "responses": response("/44260-8", 3),
    "dispenses": dispense("md1", "m1", "2025-10-01", 20),
    "statements": TAKEN,
    "procedures": COURSE,
    "devices": IMPLANT,
    "encounters": STAY,
    "referrals": REFERRAL,
}
"""For each key what changes the answer about somebody in whose chart two trials failed."""
SAFETY_CHANGES = CHANGES | {
    "patient": patient("1950-01-01"),
    "conditions": condition(
        "c9", concept(ICD, "T14.91XA", text="Suicide attempt"), onsetDateTime="2026-08-30"
    ),
    "procedures": held(
        "Procedure",
        code=concept("http://snomed.info/sct", "225337009"),
        performedDateTime="2026-08-31",
    ),
}
"""The same for the safety of somebody of 22 years with an antidepressant and item 9 of one."""


def of_safety() -> list[Json]:
    rows = [patient("2004-01-01"), *one_running()[1:]]
    rows[-1]["valueInteger"] = 1
    return rows


def reads(service: str, key: str) -> bool:
    """Say whether what stands under a key changes the answer."""
    rows = of_safety() if service.startswith("suicide") else two_failures()
    change = (SAFETY_CHANGES if service.startswith("suicide") else CHANGES)[key]
    body = call(prefetch_of(rows))
    changed = call(prefetch_of(rows, **{key: change}))
    said = []
    for one in (body, changed):
        found = post(service, one).json()["cards"]
        said.append([(card["summary"], without_counts(card["detail"])) for card in found])
    return said[0] != said[1]


def without_counts(detail: str) -> str:
    """Return a detail without the line that only counts what was read."""
    return re.sub(r"\*\*Read, up to .*", "", detail)


VIEWS = [t for t in TEMPLATES if t[1] == "patient-view"]


@pytest.mark.requirement("PF-9")
@pytest.mark.parametrize(
    ("service", "key"), [(t[0], t[2]) for t in VIEWS], ids=[f"{t[0]} {t[2]}" for t in VIEWS]
)
def test_a_key_is_read_by_a_rule(service, key):
    assert reads(service, key)


@pytest.mark.requirement("PF-10", "REQ-6")
def test_what_is_required_needs_no_optional_member():
    body = call(prefetch_of(two_failures()), fhirServer=FHIR)
    assert body["context"].keys() == {"userId", "patientId"}
    assert post("trd-review", body).json()["cards"]
    assert call(ABSENT)["context"]["patientId"] == PATIENT


@pytest.mark.requirement("CAP-1")
def test_the_page_for_sites_names_what_discovery_serves():
    page = (ROOT / "docs" / "integration.md").read_text("utf-8")
    for service in SERVICES:
        assert f"`{service['id']}`" in page
        assert f"`{service['hook']}`" in page
        for key, template in service["prefetch"].items():
            assert f"| `{key}` | `{template}` |" in page
