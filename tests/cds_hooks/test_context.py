"""What a context must hold, hook by hook, and what of a token is taken."""

from typing import Any

import pytest

from cds_hooks.call import read_call
from cds_hooks.services import SERVICES
from tests.cds_hooks.hooks import ABSENT, PATIENT, SAFETY, call, post, prefetch_of, refusal
from tests.cds_hooks.orders import SELECT, SIGN, draft, drafted, order_call, tms_order
from tests.cds_hooks.people import PEOPLE, plan_and_intent, quiet, two_failures
from tests.support.fhir import Json

SERVER = "https://ehr.example.org/fhir"
TOKEN = {
    "access_token": "some-token",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "user/*.rs",
    "subject": "client-1",
}
ENCOUNTER_HOOKS = ("encounter-start", "encounter-discharge")


def context_of(service, **changed):
    """Return a context with all that the service's hook requires."""
    made: Json = {"userId": "Practitioner/dr-1", "patientId": PATIENT}
    if service.hook in ENCOUNTER_HOOKS:
        made["encounterId"] = "e-1"
    if service.hook in {"order-select", "order-sign"}:
        made["draftOrders"] = drafted([draft()])
    if service.hook == "order-select":
        made["selections"] = ["MedicationRequest/d1"]
    return {key: value for key, value in (made | changed).items() if value is not ABSENT}


def body_of(service, chart=(), **changed):
    more = changed.pop("members", {})
    body = {"hook": service.hook, "context": context_of(service, **changed)} | more
    return call(prefetch_of(chart), **body)


MISSING: tuple[Any, ...] = (ABSENT, None, "", 7, {})

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.id)


@each_service
def test_a_whole_context_is_answered(service):
    assert post(service.id, body_of(service)).status_code == 200


@each_service
@pytest.mark.requirement("REQ-2")
def test_the_hook_of_another_service_is_refused(service):
    wrong = "order-dispatch" if service.hook == "patient-view" else "patient-view"
    answer = post(service.id, body_of(service, members={"hook": wrong}))
    assert (answer.status_code, refusal(answer)) == (400, "hook: not the hook of this service")


@each_service
@pytest.mark.requirement("REQ-4")
def test_each_required_member_is_required(service):
    for name in context_of(service):
        for missing in MISSING:
            answer = post(service.id, body_of(service, **{name: missing}))
            assert answer.status_code == 400, (name, missing)
            assert refusal(answer).startswith(f"context.{name}")


@pytest.mark.parametrize("encounter", ["Encounter/e-1", "e 1", "e/1", "", ["e-1"]])
@pytest.mark.requirement("REQ-9")
def test_an_encounter_is_a_bare_id_where_one_is_named(encounter):
    for service in SERVICES:
        answer = post(service.id, body_of(service, encounterId=encounter))
        assert answer.status_code == 400
        assert refusal(answer).startswith("context.encounterId")


@pytest.mark.parametrize("local", [".", "..", "...", "." * 255])
@pytest.mark.parametrize("name", ["patientId", "encounterId", "userId"])
@pytest.mark.requirement("REQ-9")
@pytest.mark.hostile("B22")
def test_an_id_of_dots_alone_is_another_place(name, local):
    """The positive twin has a letter among the dots."""
    kind = "Practitioner/" if name == "userId" else ""
    for service in SERVICES:
        answer = post(service.id, body_of(service, **{name: f"{kind}{local}"}))
        assert answer.status_code == 400
        assert refusal(answer).startswith(f"context.{name}")
        good = post(service.id, body_of(service, **{name: f"{kind}{local[:9]}e"}))
        has_drafts = name == "patientId" and "draftOrders" in context_of(service)
        assert good.status_code == (412 if has_drafts else 200)  # the drafts are of one patient


@pytest.mark.requirement("REQ-9")
def test_ids_may_be_longer_than_fhir_allows_up_to_255_signs():
    service = SERVICES[0]
    assert post(service.id, body_of(service, encounterId="e" * 255)).status_code == 200
    assert post(service.id, body_of(service, encounterId="e" * 256)).status_code == 400


@each_service
@pytest.mark.requirement("REQ-11")
def test_null_on_an_optional_member_counts_as_absent(service):
    members = {"fhirServer": None, "fhirAuthorization": None}
    more = {} if service.hook in ENCOUNTER_HOOKS else {"encounterId": None}
    answer = post(service.id, body_of(service, services=None, members=members, **more))
    assert answer.status_code == 200


@each_service
@pytest.mark.parametrize("user", ["Patient/pt-1", "RelatedPerson/r-1"])
@pytest.mark.requirement("SAFE-1", "REQ-8")
def test_the_patients_side_is_told_nothing_clinical(service, user):
    chart = plan_and_intent()
    told = post(service.id, body_of(service, chart, userId=user))
    assert (told.status_code, told.json()) == (200, {"cards": []})
    for clinician in ("Practitioner/dr-1", "PractitionerRole/p-1"):
        answer = post(service.id, body_of(service, chart, userId=clinician))
        speaks = not service.id.startswith("trd-review")
        assert bool(answer.json()["cards"]) is speaks


@each_service
@pytest.mark.parametrize("user", ["Device/d-1", "Organization/o-1", "dr-1", "Practitioner/", 7])
@pytest.mark.requirement("REQ-8")
def test_another_kind_of_user_is_refused(service, user):
    answer = post(service.id, body_of(service, userId=user))
    assert answer.status_code == 400
    assert refusal(answer).startswith("context.userId")


@pytest.mark.parametrize(
    ("selections", "status"),
    [
        ([], 200),
        (["MedicationRequest/d1"], 200),
        (["urn:uuid:7"], 200),
        (["MedicationRequest/..d"], 200),
        (["MedicationRequest/."], 400),
        (["MedicationRequest/.."], 400),
        ([".."], 400),
        (["MedicationRequest/"], 400),
        (["MedicationRequest/d1", None], 400),
        ([""], 400),
        ("MedicationRequest/d1", 400),
        ([["MedicationRequest/d1"]], 400),
    ],
)
@pytest.mark.requirement("REQ-4")
def test_selections_are_a_list_of_references(selections, status):
    body = order_call(SELECT, [draft()], prefetch_of(quiet()), selections=selections)
    assert post(SELECT, body).status_code == status


@pytest.mark.parametrize(
    ("drafts", "status"),
    [
        ({"resourceType": "Bundle"}, 200),
        ({"resourceType": "Bundle", "entry": None}, 200),
        ({"resourceType": "Bundle", "entry": []}, 200),
        ({"resourceType": "Bundle", "entry": [None, 7, {}]}, 200),
        ({"resourceType": "Bundle", "entry": {}}, 400),
        ({"resourceType": "Bundle", "entry": "x"}, 400),
        ({"resourceType": "MedicationRequest"}, 400),
        ([{"resourceType": "Bundle"}], 400),
        ("<Bundle/>", 400),
    ],
)
@pytest.mark.requirement("REQ-4")
def test_drafts_are_a_bundle(drafts, status):
    body = order_call(SIGN, [], prefetch_of(quiet()), context={"draftOrders": drafts})
    assert post(SIGN, body).status_code == status


@pytest.mark.requirement("REQ-10")
def test_the_context_of_a_deprecated_hook_does_not_crash():
    """medication-prescribe carried ``medications``; its hook belongs to no service."""
    body = call(
        prefetch_of(quiet()),
        hook="medication-prescribe",
        context={"userId": "Practitioner/dr-1", "patientId": PATIENT, "medications": drafted([])},
    )
    assert post(SIGN, body).status_code == 400
    assert post(SIGN, body | {"hook": "order-sign"}).status_code == 400


class TestToken:
    """FA-1: a token that comes with less than the specification asks for is no token."""

    @staticmethod
    def token_of(**changed):
        given = {key: value for key, value in (TOKEN | changed).items() if value is not ABSENT}
        body = call({}, fhirServer=SERVER, fhirAuthorization=given)
        return read_call(body, "patient-view").token

    @pytest.mark.requirement("FA-1", "FA-8")
    @pytest.mark.parametrize(
        "changed",
        [
            {},
            {"token_type": "bearer"},
            {"scope": "patient/*.read"},
            {"scope": "Condition.Search (Problems) (R4) [x]"},
            {"scope": ""},
            {"patient": PATIENT},
            {"patient": f"Patient/{PATIENT}"},
            {"patient": None},
            {"another": {"member": 1}},
        ],
    )
    def test_a_whole_one_is_taken(self, changed):
        token = self.token_of(**changed)
        assert token is not None
        assert token.value == "some-token"
        assert "some-token" not in repr(token)

    @pytest.mark.requirement("FA-1")
    @pytest.mark.parametrize("name", TOKEN)
    @pytest.mark.parametrize("value", [ABSENT, None])
    def test_one_without_a_member_is_none(self, name, value):
        assert self.token_of(**{name: value}) is None

    @pytest.mark.parametrize(
        "changed",
        [
            {"access_token": ""},
            {"access_token": "two words"},
            {"access_token": "line\r\nX-Other: 1"},
            {"access_token": "é"},
            {"access_token": 7},
            {"token_type": "mac"},
            {"expires_in": 0},
            {"expires_in": -1},
            {"expires_in": "300"},
            {"expires_in": True},
            {"subject": 7},
        ],
    )
    def test_one_with_a_member_that_cannot_be_is_none(self, changed):
        assert self.token_of(**changed) is None

    @pytest.mark.requirement("FA-2")
    def test_one_for_another_patient_refuses_the_call(self):
        for patient in ("pt-2", "Patient/pt-2"):
            body = call(
                prefetch_of(two_failures()),
                fhirServer=SERVER,
                fhirAuthorization=TOKEN | {"patient": patient},
            )
            assert post(SAFETY, body).status_code == 412

    def test_one_without_a_server_is_refused(self):
        assert post(SAFETY, call({}, fhirAuthorization=TOKEN)).status_code == 400


@pytest.mark.parametrize("person", PEOPLE)
def test_a_review_at_an_encounter_says_what_a_review_says(person):
    chart = PEOPLE[person]()
    pairs = [("trd-review", "trd-review-encounter"), (SAFETY, "suicide-safety-encounter")]
    pairs.append((SAFETY, "suicide-safety-discharge"))
    by_id = {service.id: service for service in SERVICES}
    for at_chart, at_encounter in pairs:
        one = post(at_chart, body_of(by_id[at_chart], chart)).json()["cards"]
        other = post(at_encounter, body_of(by_id[at_encounter], chart)).json()["cards"]
        assert [(c["summary"], c["detail"]) for c in one] == [
            (c["summary"], c["detail"]) for c in other
        ]
        drafts = [
            a["resource"] for c in other for s in c.get("suggestions", ()) for a in s["actions"]
        ]
        assert all(held["encounter"] == {"reference": "Encounter/e-1"} for held in drafts)


def test_tms_orders_of_older_versions_are_found():
    order = tms_order(resourceType="ProcedureRequest", id="p1")
    body = order_call(SIGN, [order], prefetch_of(two_failures(), devices=ABSENT))
    assert post(SIGN, body).json()["cards"][0]["source"]["topic"]["code"] == "tmsSafety"
