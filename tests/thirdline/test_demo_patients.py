"""The demo's people: invented, honest FHIR, and each shows what its story says."""

import pytest
from fhir.resources.R4B import get_fhir_model_class

from thirdline.demo_patients import demo_patients, hook_request
from trd.read import gather
from trd.read.needs import NEEDS
from trd.readings import assess_gathered
from trd.report import report

TODAY = 739_860
PATIENTS = {patient.key: patient for patient in demo_patients()}

# verdict, confirmed, possible, intolerance, crisis, candidacy
EXPECTED = {
    "ada": ("met", 2, 0, 0, "none", "candidate"),
    "ben": ("not-met", 1, 0, 0, "none", "not-now"),
    "cleo": ("unknown", 0, 2, 0, "none", "ask"),
    "dan": ("met", 2, 0, 0, "critical", "crisis-first"),
    "eva": ("not-met", 0, 0, 0, "none", "not-now"),
    "finn": ("excluded", 2, 0, 0, "none", "not-now"),
    "gus": ("unknown", 1, 1, 0, "none", "ask"),
    "hana": ("not-met", 0, 0, 0, "none", "not-now"),
    "ida": ("met", 2, 0, 0, "none", "ask"),
    "jon": ("met", 2, 0, 0, "none", "not-now"),
    "kim": ("not-met", 0, 0, 2, "none", "ask"),
    "lea": ("not-met", 0, 0, 0, "none", "not-now"),
}


def _resources(request):
    for value in request["prefetch"].values():
        if value["resourceType"] != "Bundle":
            yield value
        else:
            yield from (entry["resource"] for entry in value.get("entry", ()))


def _assessed(key, knowledge, today=TODAY):
    request = hook_request(PATIENTS[key], today)
    return report(assess_gathered(gather(request["prefetch"].values()), knowledge, today))


@pytest.mark.parametrize("key", PATIENTS)
def test_a_patient_shows_what_the_rules_say(key, knowledge):
    told = _assessed(key, knowledge)
    resistance = told["resistance"]
    assert EXPECTED[key] == (
        resistance["verdict"],
        resistance["confirmed"],
        resistance["possible"],
        resistance["intolerance"],
        told["crisis"]["level"],
        told["candidacy"]["verdict"],
    )
    assert told["crisis"]["complete"]
    assert not told["setAside"]


@pytest.mark.parametrize("today", [TODAY - 400, TODAY + 1, TODAY + 181, 738_945])
@pytest.mark.parametrize("key", PATIENTS)
def test_a_patient_shows_the_same_on_any_day(key, today, knowledge):
    before, after = _assessed(key, knowledge), _assessed(key, knowledge, today)
    for told in (before, after):
        told["trials"] = [(row["ingredient"], row["outcome"]) for row in told["trials"]]
        told["candidacy"] = told["candidacy"]["verdict"]
    for name in ("trials", "resistance", "candidacy"):
        assert before[name] == after[name]


@pytest.mark.parametrize("key", PATIENTS)
def test_a_patient_is_honest_fhir(key):
    for resource in _resources(hook_request(PATIENTS[key], TODAY)):
        model = get_fhir_model_class(resource["resourceType"])
        model.model_validate(resource)


@pytest.mark.parametrize("key", PATIENTS)
def test_every_code_is_one_the_knowledge_has(key, knowledge):
    kinds = {"MedicationRequest", "MedicationDispense"}
    ordinary = {"314076"}
    for resource in _resources(hook_request(PATIENTS[key], TODAY)):
        if resource["resourceType"] in kinds:
            code = resource["medicationCodeableConcept"]["coding"][0]["code"]
            assert code in knowledge.products.keys() | ordinary


def test_everybody_is_plainly_invented():
    assert len(PATIENTS) >= 8
    assert all(patient.name.startswith("Testperson, ") for patient in PATIENTS.values())


def test_every_need_is_prefetched_and_every_id_is_unique():
    for patient in PATIENTS.values():
        request = hook_request(patient, TODAY)
        assert list(request["prefetch"]) == [need.name for need in NEEDS]
        ids = [(one["resourceType"], one["id"]) for one in _resources(request)]
        assert len(ids) == len(set(ids))


def test_the_same_day_gives_the_same_request():
    for patient in PATIENTS.values():
        assert hook_request(patient, TODAY) == hook_request(patient, TODAY)
        assert hook_request(patient, TODAY) != hook_request(patient, TODAY + 1)
