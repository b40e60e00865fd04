"""Bundles, versions, and whose each resource is."""

import pytest

from tests.support.fhir import ICD, SUBJECT, bundle, concept, condition, dosage, patient
from tests.trd.read.charts import KNOWLEDGE, SERTRALINE, about, chart, chart_of, sertraline
from trd.chart import ReadStatus
from trd.read import NotFhir, ReadError, WrongPatient, gather, read_chart
from trd.read.subjects import UNKNOWN_PATIENT, patient_of

BASE = "https://ehr.example.org/fhir"
MDD = condition("c1", concept(ICD, "F33.1"), onsetDateTime="2026-01-01")


def outcome(*severities):
    return {"resourceType": "OperationOutcome", "issue": [{"severity": s} for s in severities]}


def status_of(*values) -> ReadStatus:
    return gather(values).reads["conditions"]


def entry(resource, **more):
    return {"resource": resource, **more}


def searchset(*entries, **more):
    return {"resourceType": "Bundle", "type": "searchset", "entry": list(entries), **more}


@pytest.mark.parametrize("value", [None, 3, "x", [], {}, {"resourceType": ""}, {"resourceType": 7}])
def test_what_is_no_resource_is_not_fhir(value):
    with pytest.raises(NotFhir, match="entry 2: not a FHIR resource") as raised:
        gather([patient(), value])
    assert isinstance(raised.value, ReadError)
    assert raised.value.place == "entry 2"


@pytest.mark.parametrize(
    "value",
    [
        searchset(entry(MDD), total=1),
        searchset(entry(MDD), total=1, link=[{"relation": "self", "url": "x"}]),
        searchset(entry(MDD), entry(outcome("information", "warning"), search={"mode": "outcome"})),
        searchset(entry(MDD), entry(patient(), search={"mode": "include"}), total=1),
        searchset(entry(MDD, fullUrl=f"{BASE}/Condition/c1")),
        searchset(entry(MDD, fullUrl=f"{BASE}/Condition/c1/_history/2")),
        bundle([], "collection") | {"entry": None},
        {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [{"request": {"method": "DELETE", "url": "x"}}],
        },
        bundle([searchset(entry(MDD), total=1)], "batch-response"),
        outcome("warning"),
    ],
)
def test_a_whole_answer_is_a_complete_read(value):
    assert status_of(value) is ReadStatus.COMPLETE


@pytest.mark.parametrize(
    "value",
    [
        searchset(entry(MDD), total=2),
        bundle([MDD], "collection") | {"total": 7},
        searchset(entry(MDD, search={"mode": "include"}), total=1),
        searchset(entry(MDD), link=[{"relation": "next", "url": "x"}]),
        searchset(entry(MDD), entry(outcome("error"))),
        searchset(entry(MDD), entry(outcome())),
        searchset(entry(MDD), {"response": {"status": "404"}}),
        searchset(entry(MDD), "x"),
        searchset(entry(MDD), entry({"id": "no type"})),
        searchset(entry(MDD, fullUrl=f"{BASE}/Condition/other")),
        bundle([searchset(entry(MDD), total=2)], "batch-response"),
        {"resourceType": "Bundle", "entry": {"resource": MDD}},
        outcome("error"),
    ],
)
def test_what_is_missing_makes_the_read_partial(value):
    assert status_of(value) is ReadStatus.PARTIAL


def test_bundles_within_bundles_end_somewhere():
    nest = bundle([MDD])
    for _ in range(20):
        nest = bundle([nest])
    found = gather([nest])
    assert found.reads["conditions"] is ReadStatus.PARTIAL
    assert not found.resources


def test_an_address_names_a_resource_without_an_id():
    nameless = {key: held for key, held in MDD.items() if key != "id"}
    found = gather(
        [
            bundle([])
            | {
                "entry": [
                    entry(nameless, fullUrl="urn:uuid:1-2"),
                    entry(nameless, fullUrl=f"{BASE}/Condition/7"),
                ]
            }
        ]
    )
    assert [one["id"] for one in found.resources] == ["1-2", "7"]
    assert found.references == {"urn:uuid:1-2": "Condition/1-2"}


def history(*entries):
    return {"resourceType": "Bundle", "type": "history", "entry": list(entries)}


def test_a_resource_whose_newest_version_is_a_deletion_is_gone():
    gone = {"request": {"method": "DELETE", "url": "Condition/c1"}}
    put = entry(MDD, request={"method": "PUT", "url": "Condition/c1"})
    assert not gather([history(gone, put)]).resources
    assert len(gather([history(put, gone, put)]).resources) == 2


# --------------------------------------------------------------------------------- newest versions


def version(local, on=None, number=None):
    meta = {key: held for key, held in (("lastUpdated", on), ("versionId", number)) if held}
    return sertraline(dosage(100)) | {"id": local, "meta": meta, "status": "active"}


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (version("m", "2026-01-01T10:00:00Z"), version("m", "2026-01-02")),
        (version("m", "2026-01-01T11:00:00+02:00"), version("m", "2026-01-01T10:00:00Z")),
        (version("m", number="9"), version("m", number="10")),
        (version("m", "no date"), version("m", "2026-01-01")),
        (version("m", "2026-01-01", "1"), version("m", "2026-01-01", "2")),
    ],
)
def test_the_newest_version_stands_whatever_the_order(older, newer):
    newer = newer | {"status": "completed"}
    for order in ([older, newer], [newer, older]):
        assert [one.status for one in chart(*order).medications] == ["completed"]


def test_versions_nothing_tells_apart_are_chosen_without_regard_to_order():
    one, other = version("m"), version("m") | {"status": "completed"}
    assert chart(one, other).medications == chart(other, one).medications


def test_a_deep_value_does_not_break_the_choice():
    deep: object = 1
    for _ in range(300):
        deep = [deep]
    one, other = ({**version("m"), "extension": [{"deep": deep, "at": at}]} for at in (1, 2))
    assert len(chart(one, other).medications) == 1


# ------------------------------------------------------------------------------------ whose it is


def of(subject):
    return {**MDD, "subject": subject}


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/pt-1"},
        {"reference": f"{BASE}/Patient/pt-1"},
        {"reference": f"{BASE}/Patient/pt-1/_history/4"},
        {"reference": "Patient/pt-1/_history/4"},
    ],
)
def test_a_reference_to_the_patient_is_one_however_it_is_written(subject):
    assert chart_of(of(subject), base=BASE).diagnoses


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/pt-2"},
        {"reference": f"{BASE}/Patient/pt-2"},
        {"reference": "https://other.example.org/fhir/Patient/pt-1"},
    ],
)
def test_another_patients_resource_raises(subject):
    with pytest.raises(WrongPatient, match="Condition/c1: belongs to another patient"):
        chart_of(of(subject), base=BASE)


def test_an_older_version_of_another_patient_raises_too():
    other = of({"reference": "Patient/pt-2"}) | {"meta": {"lastUpdated": "1999-01-01"}}
    with pytest.raises(WrongPatient):
        chart_of(MDD, other)


def test_another_patients_resource_of_a_type_we_do_not_read_raises_too():
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "patient": {"reference": "Patient/pt-2"},
    }
    with pytest.raises(WrongPatient):
        chart_of(MDD, allergy)
    mine = chart_of(MDD, allergy | {"patient": SUBJECT}, {"resourceType": "Organization"})
    assert len(mine.diagnoses) == 1


@pytest.mark.parametrize(
    "subject",
    [
        {"identifier": {"value": "123"}},
        {"display": "Jane Doe"},
        {"reference": "#p"},
        {"reference": "Group/g1"},
        {},
    ],
)
def test_what_names_no_patient_is_not_used_and_the_read_is_partial(subject):
    found = chart_of(of(subject) | {"contained": [{"resourceType": "Patient", "id": "p"}]})
    assert not found.diagnoses
    assert found.read_status("conditions") is ReadStatus.PARTIAL
    assert found.read_status("medications") is ReadStatus.COMPLETE
    (issue,) = about(found, "Condition/c1")
    assert (issue.what, issue.effect) == (
        "names no patient by a reference",
        "not used: it cannot be told whose it is",
    )


def test_two_that_name_no_patient_are_two_issues_of_one_partial_read():
    found = chart_of(of({}), of({}) | {"id": "c2"})
    assert len(found.issues) == 2
    assert found.read_status("conditions") is ReadStatus.PARTIAL


def test_two_patients_in_one_input_raise_and_name_a_place():
    with pytest.raises(WrongPatient, match="the input holds resources of more than one patient"):
        read_chart(gather([patient(), of({"reference": "Patient/pt-2"})]), KNOWLEDGE)


def test_the_patient_is_taken_from_the_subjects_where_no_patient_came():
    assert patient_of(gather([MDD])) == "pt-1"
    assert patient_of(gather([of({})])) == UNKNOWN_PATIENT
    assert read_chart(gather([of({})]), KNOWLEDGE).diagnoses


def test_another_servers_medication_is_not_this_ones():
    order = sertraline(dosage(100))
    del order["medicationCodeableConcept"]
    local = {"resourceType": "Medication", "id": "med", "code": SERTRALINE}
    here = order | {"medicationReference": {"reference": f"{BASE}/Medication/med"}}
    there = order | {
        "medicationReference": {"reference": "https://other.example.org/Medication/med"}
    }
    assert chart_of(here, local, base=BASE).medications
    assert chart_of(there, local, base=BASE).not_recognised


@pytest.mark.parametrize(
    ("more", "name", "dead"),
    [
        ({"name": [{"text": "Ann Example"}]}, "Ann Example", False),
        (
            {"name": [{"given": ["Ann", "B"], "family": "Example"}], "deceasedBoolean": True},
            "Ann B Example",
            True,
        ),
        ({"name": "x", "deceasedDateTime": "2026-01-01"}, "", True),
        ({"modifierExtension": [{"url": "x"}], "name": [{"text": "Ann"}]}, "", False),
    ],
)
def test_what_the_patient_tells(more, name, dead):
    found = chart_of({**patient(), **more}).patient
    assert (found.name, found.deceased, found.id) == (name, dead, "pt-1")
