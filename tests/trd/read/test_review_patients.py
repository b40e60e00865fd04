"""What a review found: whose a resource is, in every place that says so."""

import pytest

from tests.support.fhir import ICD, SUBJECT, concept, condition, dosage, patient
from tests.trd.read.charts import KNOWLEDGE, about, chart_of, sertraline
from tests.trd.read.test_gathered import BASE, MDD, of
from tests.trd.read.test_problems import PACEMAKER, device
from trd.chart import ReadStatus
from trd.read import WrongPatient, gather, read_chart
from trd.read.subjects import UNKNOWN_PATIENT, patient_of

OTHER = {"reference": "Patient/pt-2"}


def second(subject, **more):
    return of(subject) | {"id": "c2", **more}


def named(reference, *contained):
    return {"subject": {"reference": reference}, "contained": list(contained)}


def inner(local, **more):
    return {"resourceType": "Patient", "id": local, **more}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"reference": "urn:uuid:1"}, {"reference": "urn:uuid:2"}),
        ({"reference": "#p"}, {"reference": "#q"}),
        ({"reference": "patient/1"}, {"reference": "patient/2"}),
        ({"reference": "Patient/1?x"}, {"reference": "Patient/2?x"}),
        ({"reference": "Patient/1#a"}, {"reference": "Patient/2#b"}),
        ({"reference": f"{BASE}/Patient/1"}, {"reference": "https://b.example.org/Patient/1"}),
    ],
)
def test_two_that_are_named_differently_may_be_two(one, other):
    with pytest.raises(WrongPatient):
        read_chart(gather([of(one), second(other)]), KNOWLEDGE)
    same = gather([of(one), second(one)])
    assert len(read_chart(same, KNOWLEDGE).diagnoses) == 2


def test_what_one_reference_contains_tells_two_apart():
    ann, ben = inner("p", name=[{"text": "Ann"}]), inner("#p", name=[{"text": "Ben"}])
    with pytest.raises(WrongPatient):
        patient_of(gather([MDD | named("#p", ann), MDD | named("#p", ben) | {"id": "c2"}]))
    alike = gather([MDD | named("#p", ann), MDD | named("#p", ann) | {"id": "c2"}])
    assert patient_of(alike) == UNKNOWN_PATIENT


def test_beside_a_patient_an_odd_reference_is_only_left_out():
    found = read_chart(gather([patient(), MDD, second({"reference": "patient/9"})]), KNOWLEDGE)
    assert len(found.diagnoses) == 1
    assert found.read_status("conditions") is ReadStatus.PARTIAL


def test_two_patients_without_an_id_are_two_unless_they_are_alike():
    ann = {"resourceType": "Patient", "birthDate": "1980-01-01"}
    with pytest.raises(WrongPatient, match="more than one patient"):
        patient_of(gather([ann, ann | {"birthDate": "1950-01-01"}]))
    assert patient_of(gather([ann, ann | {"meta": {"versionId": "2"}}])) == UNKNOWN_PATIENT


@pytest.mark.parametrize("scheme", ["https", "HTTP"])
def test_this_patient_on_a_second_server_is_another(scheme):
    here = {"reference": f"{BASE}/Patient/pt-1"}
    there = {"reference": "https://b.example.org/fhir/Patient/pt-1/_history/2"}
    with pytest.raises(WrongPatient, match="Condition/c2: names a patient of another server"):
        chart_of(of(here), second(there))
    again = {"reference": BASE.replace("https", scheme) + "/Patient/pt-1/_history/3"}
    assert len(chart_of(of(here), second(again)).diagnoses) == 2


@pytest.mark.parametrize(
    "resource",
    [
        MDD | {"patient": OTHER},
        {key: held for key, held in MDD.items() if key != "subject"} | {"beneficiary": OTHER},
        of([OTHER]),
        sertraline(dosage(100)) | {"contained": [{"resourceType": "Condition", "subject": OTHER}]},
        sertraline(dosage(100)) | {"contained": [{"resourceType": "Device", "patient": OTHER}]},
        {"resourceType": "Coverage", "id": "v", "beneficiary": OTHER},
        {"resourceType": "Claim", "id": "v", "subject": SUBJECT, "patient": OTHER},
        device(type=PACEMAKER, patient=OTHER),
        device(type=PACEMAKER, subject=OTHER),
    ],
)
def test_another_patient_named_anywhere_raises(resource):
    with pytest.raises(WrongPatient, match="belongs to another patient"):
        chart_of(resource)


def test_a_coverage_tells_whose_the_input_is():
    coverage = {"resourceType": "Coverage", "id": "v", "beneficiary": OTHER}
    with pytest.raises(WrongPatient):
        patient_of(gather([MDD, coverage]))


@pytest.mark.parametrize(
    "more",
    [
        {"patient": SUBJECT},
        {"contained": [inner("p"), {"resourceType": "Medication", "id": "m"}]},
        {"contained": [condition("x", concept(ICD, "I10"))]},
    ],
)
def test_this_patient_named_again_is_no_other(more):
    assert chart_of(MDD | more).diagnoses


@pytest.mark.parametrize(
    "holder",
    [
        {"identifier": {"value": "other"}},
        {"display": "Somebody Else"},
        "Patient/pt-1",
        {"reference": "Group/1"},
        {},
    ],
)
def test_a_device_of_somebody_is_not_used_without_a_reference(holder):
    found = chart_of(device(type=PACEMAKER, patient=holder))
    assert not found.diagnoses
    assert found.read_status("devices") is ReadStatus.PARTIAL
    assert [one.element for one in about(found, "Device/d1")] == ["patient"]


def test_a_device_of_nobody_is_used():
    assert chart_of(device(type=PACEMAKER, patient=None)).diagnoses
