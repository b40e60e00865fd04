"""Where the drug of a draft may stand, and drafts of older versions of FHIR."""

import json

import pytest

from tests.cds_hooks.hooks import (
    PATIENT,
    post,
    prefetch_of,
    refusal,
    searchset,
    topics,
)
from tests.cds_hooks.orders import (
    HOOK_OF,
    MIRTAZAPINE,
    SELECT,
    SIGN,
    ask,
    draft,
    drafted,
    epilepsy,
    order_call,
    ordered,
    tms_order,
)
from tests.cds_hooks.people import (
    depression,
    drug,
    two_failures,
)
from tests.support.fhir import ICD, RXNORM, SUBJECT, concept, condition, patient

NEXT, GAPS, TMS = "nextAntidepressant", "historyGap", "tmsSafety"
AMOXICILLIN = concept(RXNORM, "308182", text="Amoxicillin 250 MG Oral Capsule")

both = pytest.mark.parametrize("service", [SELECT, SIGN])


class TestMedications:
    """Where the drug of a draft may stand."""

    MEDICATION = {"resourceType": "Medication", "id": "med-1", "code": MIRTAZAPINE}  # noqa: RUF012

    @staticmethod
    def by_reference(reference, **more):
        made = draft(medication={}, **more)
        del made["medicationCodeableConcept"]
        return made | {"medicationReference": {"reference": reference}}

    @both
    def test_beside_the_draft_in_the_bundle(self, service):
        given = self.by_reference("Medication/med-1")
        bundle = drafted([given, self.MEDICATION])
        body = order_call(
            service, [given], prefetch_of(two_failures()), context={"draftOrders": bundle}
        )
        assert topics(post(service, body).json()["cards"]) == [NEXT]

    @both
    def test_by_an_absolute_address_of_the_ehr(self, service):
        base = "https://ehr.example.org/fhir"
        given = self.by_reference(f"{base}/Medication/med-1")
        bundle = drafted([given, self.MEDICATION])
        body = order_call(
            service,
            [given],
            prefetch_of(two_failures()),
            context={"draftOrders": bundle},
            fhirServer=base,
        )
        assert topics(post(service, body).json()["cards"]) == [NEXT]

    @both
    def test_contained_in_the_draft(self, service):
        given = self.by_reference("#m", contained=[self.MEDICATION | {"id": "m"}])
        assert topics(ordered(service, [given], two_failures())) == [NEXT]

    @both
    def test_beside_what_is_stored(self, service):
        given = self.by_reference("Medication/med-1")
        bundle = searchset([drug("m1", AMOXICILLIN, 250, "2024-01-01", None)])
        bundle["entry"].append({"resource": self.MEDICATION, "search": {"mode": "include"}})
        prefetch = prefetch_of([patient(), depression()], medications=bundle)
        assert ordered(service, [given], [], prefetch=prefetch) == []

    @both
    def test_nowhere_is_said(self, service):
        given = self.by_reference("Medication/med-1")
        assert topics(ordered(service, [given], two_failures())) == [GAPS]

    @both
    def test_the_reason_may_be_a_stored_condition(self, service):
        insomnia = condition("c9", concept(ICD, "G47.00", text="Insomnia"))
        given = draft(reasonReference=[{"reference": "Condition/c9"}])
        assert ordered(service, [given], [*two_failures(), insomnia]) == []
        assert topics(ordered(service, [given], two_failures())) == [NEXT]


class TestOtherVersions:
    """Drafts of FHIR DSTU2 and STU3: the drug is told, nothing else is, nothing crashes."""

    ORDER = {  # noqa: RUF012 - nobody changes it
        "resourceType": "MedicationOrder",
        "id": "d1",
        "status": "draft",
        "patient": SUBJECT,
        "medicationCodeableConcept": MIRTAZAPINE,
        "dosageInstruction": [{"text": "15 mg", "doseQuantity": {"value": 15, "unit": "mg"}}],
    }

    @both
    @pytest.mark.requirement("REQ-10")
    def test_a_medication_order(self, service):
        (card,) = ordered(service, [self.ORDER], two_failures())
        assert topics([card]) == [NEXT]
        assert "dose cannot be told" in card["detail"]
        harmless = self.ORDER | {"medicationCodeableConcept": AMOXICILLIN}
        assert ordered(service, [harmless], two_failures()) == []

    @both
    @pytest.mark.parametrize(
        "given",
        [
            tms_order(resourceType="ProcedureRequest"),
            tms_order(
                resourceType="ReferralRequest", code=None, serviceRequested=[{"text": "rTMS"}]
            ),
            tms_order(resourceType="ReferralRequest", code=None, type={"text": "TMS referral"}),
        ],
    )
    def test_orders_for_a_service(self, service, given):
        given = {key: value for key, value in given.items() if value is not None}
        (card,) = ordered(service, [given], [*two_failures(), epilepsy()])
        assert topics([card]) == [TMS]
        assert "suggestions" not in card


@pytest.mark.requirement("REQ-10")
@pytest.mark.parametrize("version", ["01-example-r4", "02-example-stu3", "03-example-dstu2"])
@both
def test_the_published_examples_are_answered(shared, service, version):
    """Amoxicillin and a diet: nothing of ours, whatever could be read."""
    folder = shared / "spec" / "cds-hooks" / "data" / "hooks-library" / HOOK_OF[service]
    context = json.loads((folder / f"{version}.json").read_text("utf-8"))["context"]
    body = order_call(service, [], {}, context=context)
    assert post(service, body).json() == {"cards": []}
    mine = json.loads(json.dumps(context))
    for entry in mine["draftOrders"]["entry"]:
        if "medicationCodeableConcept" in entry["resource"]:
            entry["resource"]["medicationCodeableConcept"] = MIRTAZAPINE
    assert post(service, order_call(service, [], {}, context=mine)).status_code == 412


@pytest.mark.parametrize("service", [SELECT, SIGN])
def test_captured_calls_are_answered_or_refused_with_a_reason(shared, service):
    """Calls of other projects' tests: odd ids, missing users, null members, no type of Bundle."""
    for file in sorted((shared / "data" / "cdshooks").glob(f"*_{HOOK_OF[service]}_*.json")):
        body = json.loads(file.read_text("utf-8"))
        answer = post(service, body)
        assert answer.status_code in {200, 400, 412}, file.name
        if answer.status_code != 200:
            assert refusal(answer)


def test_the_bare_call_is_answered():
    assert ask(SIGN, [], two_failures()).json() == {"cards": []}
    assert PATIENT in ask(SIGN, [], two_failures()).request.content.decode()
