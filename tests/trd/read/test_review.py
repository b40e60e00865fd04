"""What a review found: doubt that is in the record must not be lost in reading it."""

import itertools

import pytest

from tests.support.days import day
from tests.support.fhir import (
    CPT,
    ICD,
    SUBJECT,
    concept,
    condition,
    dosage,
    patient,
)
from tests.trd.read.charts import (
    END,
    KNOWLEDGE,
    START,
    about,
    answered,
    chart,
    chart_of,
    record,
    said,
    sertraline,
)
from tests.trd.read.test_gathered import entry, searchset, status_of
from tests.trd.read.test_medications import dispense
from tests.trd.read.test_problems import procedure
from trd.chart import ReadStatus, RecordKind
from trd.read import Gathered, gather, read_chart
from trd.readings import assess_gathered

ITEM9, TOTAL = "44260-8", "44261-6"
IDEATION = condition("c9", concept(ICD, "R45.851"), recordedDate=START)
COMPLETE, PARTIAL = ReadStatus.COMPLETE, ReadStatus.PARTIAL
TWO_VERSIONS = "two versions that cannot be put in order"


def marked(resource, on=None, number=None):
    marks = {key: held for key, held in (("lastUpdated", on), ("versionId", number)) if held}
    return resource | {"meta": marks}


# ------------------------------------------------------------------- versions nothing puts in order

UNORDERED = [
    ((None, None), (None, None)),
    (("2026-01-01", "1"), ("2026-01-01", "1")),
    ((None, "1"), (None, "v2")),
    (("2026-01-01", None), (None, None)),
]


@pytest.mark.parametrize(("one", "other"), UNORDERED)
def test_both_versions_of_a_diagnosis_are_read(one, other):
    refuted = condition("c9", IDEATION["code"], verification="refuted")
    both = [marked(IDEATION, *one), marked(refuted, *other)]
    for found in (chart(*both), chart(*reversed(both))):
        assert [row.evidence for row in found.diagnoses] == ["Condition/c9"]
        assert found.read_status("conditions") is PARTIAL
        assert found.read_status("scores") is COMPLETE
        assert ("meta", TWO_VERSIONS, "both are used") in said(found)


@pytest.mark.parametrize(("one", "other"), UNORDERED)
def test_one_version_of_an_order_is_kept_whatever_the_order(one, other):
    two = [marked(sertraline(dosage(mg)), *marks) for mg, marks in ((50, one), (100, other))]
    found, again = chart(*two), chart(*reversed(two))
    assert found == again
    assert len(found.medications) == 1
    assert found.read_status("medications") is PARTIAL
    assert ("meta", TWO_VERSIONS, "one of them is used") in said(found)


def test_of_several_versions_those_that_none_replaces_are_told():
    numbered = [
        marked(sertraline(dosage(mg)), None, number) for mg, number in ((25, "1"), (50, "2"))
    ]
    without = sertraline(dosage(100)) | {"meta": {}}
    for order in itertools.permutations([*numbered, without]):
        found = chart(*order)
        assert [row.steps[0].high for row in found.medications] == [50]
        assert found.read_status("medications") is PARTIAL
    replaced = [
        marked(sertraline(dosage(25)), "2026-01-01", "3"),
        marked(sertraline(dosage(50)), None, "4"),
        marked(sertraline(dosage(100)), "2026-01-02", "1"),
    ]
    assert [row.steps[0].high for row in chart(*replaced).medications] == [50]
    assert chart(*replaced).read_status("medications") is COMPLETE
    last = [marked(row, "2026-01-01", str(at)) for at, row in enumerate(replaced)]
    assert chart(*last).read_status("medications") is COMPLETE


def test_a_need_nobody_asked_for_stays_so():
    given = gather([patient(), IDEATION, IDEATION | {"recordedDate": END}])
    known = Gathered(patient_id="pt-1", resources=given.resources, reads={})
    found = read_chart(known, KNOWLEDGE)
    assert found.read_status("conditions") is ReadStatus.NOT_ASKED
    assert len(found.diagnoses) == 2


def test_each_replaced_by_another_is_no_order():
    ring = [
        marked(sertraline(dosage(25)), "2026-01-02", "1"),
        marked(sertraline(dosage(50)), "2026-01-01", "3"),
        marked(sertraline(dosage(100)), None, "2"),
    ]
    results = [chart(*order) for order in itertools.permutations(ring)]
    assert all(found == results[0] for found in results)
    assert results[0].read_status("medications") is PARTIAL


def test_the_same_content_twice_is_no_doubt():
    found = chart(marked(IDEATION, "2026-01-01"), IDEATION | {"meta": {}})
    assert not found.issues
    assert found.read_status("conditions") is COMPLETE


def test_the_graver_answer_of_two_versions_shows():
    two = [answered(ITEM9, {"valueInteger": value}) for value in (0, 3)]
    for order in (two, two[::-1]):
        found = chart(*order)
        assert [score.items for score in found.scores] == [{9: 3}]
        assert found.read_status("scores") is PARTIAL


def test_two_versions_of_a_medication_make_the_orders_partial():
    order = sertraline(dosage(100)) | {"medicationReference": {"reference": "Medication/med"}}
    del order["medicationCodeableConcept"]
    two = [
        {"resourceType": "Medication", "id": "med", "code": concept(text=text)}
        for text in ("sertraline 50 mg", "sertraline 100 mg")
    ]
    found = chart(order, *two)
    assert len(found.medications) == 1
    assert found.read_status("medications") is PARTIAL
    assert about(found, "Medication/med")


def test_two_birth_dates_are_none():
    found = chart(patient("2015-01-01"))
    assert found.patient.born is None
    assert [(one.element, one.what) for one in about(found, "Patient/pt-1")] == [
        ("birthDate", "two different birth dates"),
        ("meta", TWO_VERSIONS),
    ]
    assert chart(patient() | {"deceasedBoolean": True}).patient.born == day("1980-01-01")


# ------------------------------------------------------------------------ dates that cannot be read

UNREADABLE = ["15/01/26", "2025-10-32", "soon", 20250101]


@pytest.mark.parametrize("written", UNREADABLE)
def test_an_end_that_cannot_be_read_is_not_an_open_one(written):
    bounds = record(dosage(100, START, written))
    assert (bounds.end, bounds.end_unknown) == (None, True)
    statement = {
        "resourceType": "MedicationStatement",
        "id": "s1",
        "status": "active",
        "subject": SUBJECT,
        "medicationCodeableConcept": concept(text="sertraline"),
        "effectivePeriod": {"start": START, "end": written},
    }
    (taken,) = chart(statement).medications
    assert (taken.kind, taken.end_unknown) == (RecordKind.REPORTED, True)
    assert not record(dosage(100, START, END), effectivePeriod={"end": written}).end_unknown
    valid = record(dispenseRequest={"validityPeriod": {"start": START, "end": written}})
    assert valid.end_unknown
    assert ("boundsPeriod.end", "the date cannot be read", "the day is not known") in said(
        chart(sertraline(dosage(100, START, written)))
    )


@pytest.mark.parametrize(
    "more",
    [{"authoredOn": "soon"}, {"dispenseRequest": {"validityPeriod": {"start": "soon"}}}],
)
def test_another_date_that_cannot_be_read_leaves_the_end_as_it_is(more):
    assert not record(dosage(100, START), **more).end_unknown
    assert any(what == "the date cannot be read" for _, what, _ in said(chart(sertraline(**more))))


@pytest.mark.parametrize("bounds", [{"start": START, "end": "soon"}, {"end": "soon"}])
def test_an_end_that_cannot_be_read_makes_a_trial_possible_only(bounds):
    dose = dosage(100)
    dose["timing"]["repeat"]["boundsPeriod"] = bounds
    found = assess_gathered(gather([patient(), sertraline(dose)]), KNOWLEDGE, day("2026-09-01"))
    assert (found.resistance.confirmed, found.resistance.possible) == (0, 1)
    (trial,) = found.trials
    assert not trial.trial.best.course.ongoing


@pytest.mark.parametrize(
    ("resource", "elements"),
    [
        (
            condition(
                "x",
                concept(ICD, "F33.1"),
                onsetDateTime="soon",
                abatementString="soon",
                recordedDate="soon",
            ),
            {"onset[x]", "abatement[x]", "recordedDate"},
        ),
        (answered(TOTAL, {"valueInteger": 9}, effectiveDateTime="15/01/26"), {"effective[x]"}),
        (procedure(concept(CPT, "90868"), performedDateTime="soon"), {"performed[x]"}),
        (dispense(whenHandedOver="soon", whenPrepared=START), {"whenHandedOver"}),
        (
            {
                "resourceType": "Encounter",
                "status": "finished",
                "subject": SUBJECT,
                "period": {"start": "soon", "end": "soon"},
            },
            {"period.start", "period.end"},
        ),
        (
            {
                "resourceType": "ServiceRequest",
                "status": "active",
                "subject": SUBJECT,
                "code": {"text": "TMS"},
                "authoredOn": "soon",
            },
            {"authoredOn"},
        ),
    ],
)
def test_a_date_that_cannot_be_read_leaves_an_issue(resource, elements):
    told = {element for element, what, _ in said(chart(resource)) if what.endswith("be read")}
    assert told == elements


def test_a_birth_date_that_cannot_be_read_leaves_an_issue():
    found = chart_of(patient("soon"))
    assert found.patient.born is None
    assert said(found) == [("birthDate", "the date cannot be read", "the day is not known")]
    assert not said(chart_of(patient(" ")))


# ------------------------------------------------------------------------------- incomplete Bundles


@pytest.mark.parametrize(
    "value",
    [
        searchset(entry(IDEATION), total="2"),
        searchset(entry(IDEATION), total=2.0),
        searchset(entry(IDEATION), total="many"),
        searchset(entry(IDEATION), link="http://x?page=2"),
        searchset(entry(IDEATION), link={"relation": "self"}),
        searchset(entry(IDEATION), link=["next"]),
        searchset(entry(IDEATION), link=[{"relation": "Next", "url": "x"}]),
        searchset(entry(IDEATION, response={"status": "500"})),
        searchset(entry(IDEATION, response={"outcome": {"issue": []}})),
        searchset(entry(IDEATION, response="200")),
        searchset(
            entry(
                IDEATION, response={"status": "200", "outcome": {"issue": [{"severity": "error"}]}}
            )
        ),
    ],
)
def test_a_bundle_that_may_miss_something_is_partial(value):
    assert status_of(value) is PARTIAL


@pytest.mark.parametrize(
    "value",
    [
        searchset(entry(IDEATION), total="1"),
        searchset(entry(IDEATION), total=1.0, link=[]),
        searchset(entry(IDEATION, response={"status": "200 OK"})),
        searchset(entry(IDEATION, response={"status": 201, "outcome": None})),
    ],
)
def test_a_whole_bundle_is_complete_however_it_is_written(value):
    assert status_of(value) is COMPLETE
