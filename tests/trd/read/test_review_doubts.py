"""What a review found: what is refused, undated or not placed is still there."""

import pytest

from tests.support.days import day
from tests.support.fhir import (
    CPT,
    ICD,
    LOINC,
    SNOMED,
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
    said,
    sertraline,
)
from tests.trd.read.test_medications import dispense
from tests.trd.read.test_problems import procedure
from tests.trd.read.test_questionnaires import response
from trd.chart import ReadStatus
from trd.read import gather, read_chart

ITEM9, TOTAL = "44260-8", "44261-6"
IDEATION = condition("c9", concept(ICD, "R45.851"), recordedDate=START)
MODIFIER = {"modifierExtension": [{"url": "x"}]}
COMPLETE, PARTIAL = ReadStatus.COMPLETE, ReadStatus.PARTIAL

# --------------------------------------------------------------------------- refused for a modifier


def question(**more):
    return response({"linkId": f"/{ITEM9}", "answer": [{"valueInteger": 3}], **more})


@pytest.mark.parametrize("modifier", [MODIFIER, {"implicitRules": "x"}])
@pytest.mark.parametrize(
    ("resource", "need"),
    [
        (answered(ITEM9, {"valueInteger": 3}), "scores"),
        (question(), "responses"),
        (IDEATION, "conditions"),
        (sertraline(dosage(100)), "medications"),
        (dispense(), "dispenses"),
    ],
)
def test_what_a_modifier_takes_away_is_missing_from_its_read(resource, need, modifier):
    assert chart(resource).read_status(need) is COMPLETE
    assert chart(resource | modifier).read_status(need) is PARTIAL
    assert chart_without(need, resource | modifier) is ReadStatus.NOT_ASKED


def chart_without(need, resource):
    """Return how a need counts that nobody asked for."""
    given = gather([patient(), resource])
    reads = {name: status for name, status in given.reads.items() if name != need}
    known = type(given)(patient_id=None, resources=given.resources, reads=reads)
    return read_chart(known, KNOWLEDGE).read_status(need)


def test_so_is_an_answer_within_a_resource():
    assert chart(question(**MODIFIER)).read_status("responses") is PARTIAL
    part = {"code": concept(LOINC, ITEM9), "valueInteger": 3, **MODIFIER}
    found = chart(answered("44249-1", {"component": [part]}))
    assert found.read_status("scores") is PARTIAL


@pytest.mark.parametrize(
    ("resource", "need"),
    [
        (condition("c", IDEATION["code"], verification="refuted") | MODIFIER, "conditions"),
        (condition("c", concept(ICD, "I10")) | MODIFIER, "conditions"),
        (answered(ITEM9, {"valueInteger": 3}, status="cancelled", **MODIFIER), "scores"),
        (
            sertraline(medicationCodeableConcept=concept(text="aripiprazole"), **MODIFIER),
            "medications",
        ),
        (sertraline(status="draft"), "medications"),
    ],
)
def test_what_would_not_count_anyway_is_not_missed(resource, need):
    assert chart(resource).read_status(need) is COMPLETE


# ------------------------------------------------------------------------- totals that imply item 9


@pytest.mark.parametrize("total", ["44261-6", "89204-2"])
@pytest.mark.parametrize(("points", "least"), [(24, []), (25, ["1"]), (26, ["2"]), (27, ["3"])])
def test_an_undated_total_implies_item_9(total, points, least):
    found = chart(answered(total, {"valueInteger": points}, effectiveDateTime=None))
    assert [(one.item, one.value, one.on) for one in found.answers] == [
        ("phq-item9", value, None) for value in least
    ]
    assert not found.scores


def item9(value, **more):
    return {"code": concept(LOINC, ITEM9), **value, **more}


@pytest.mark.parametrize(
    ("part", "values"),
    [
        (item9({"valueInteger": 1}), ["1"]),
        (item9({"valueString": "often"}), ["3", "often"]),
        (item9({"valueInteger": 0}, **MODIFIER), ["3"]),
    ],
)
def test_an_item_9_that_can_be_read_goes_before_what_the_total_implies(part, values):
    whole = answered(TOTAL, {"valueInteger": 27}, effectiveDateTime=None, component=[part])
    assert [one.value for one in chart(whole).answers] == values


@pytest.mark.parametrize(
    ("earlier", "status"), [("2025-12-31", PARTIAL), (START, COMPLETE), (END, COMPLETE)]
)
def test_a_newest_total_that_cannot_be_read_makes_the_scores_partial(earlier, status):
    unread = answered(TOTAL, {"valueString": "24 - severe"})
    read = answered(TOTAL, {"valueInteger": 8}, id="o2", effectiveDateTime=earlier)
    found = chart(unread, read)
    assert found.read_status("scores") is status
    assert about(found, "Observation/o1")
    assert chart(unread).read_status("scores") is PARTIAL
    other = answered("70274-6", {"valueString": "high"})  # GAD-7
    assert chart(other).read_status("scores") is COMPLETE


# ---------------------------------------------------------------- dispenses, procedures, conditions


@pytest.mark.parametrize(
    ("more", "unplaced"),
    [
        ({}, set()),
        ({"whenHandedOver": None}, {"sertraline"}),
        ({"whenHandedOver": "soon"}, {"sertraline"}),
        ({"status": "unknown"}, {"sertraline"}),
        ({"status": "in-progress"}, {"sertraline"}),
        ({"status": None}, {"sertraline"}),
        ({"status": "declined"}, set()),
        ({"status": "cancelled"}, set()),
        ({"medicationCodeableConcept": concept(text="ibuprofen"), "status": None}, set()),
    ],
)
def test_a_dispense_that_cannot_be_placed_is_remembered(more, unplaced):
    assert chart(dispense(**more)).unplaced_dispenses == unplaced


@pytest.mark.parametrize("status", ["unknown", None, " "])
def test_a_procedure_without_a_status_is_used_with_a_doubt(status):
    treated = chart(procedure(concept(CPT, "90868"), status=status))
    assert [one.kind for one in treated.procedures] == ["tms"]
    assert said(treated) == [("status", "status not recorded", "used as if it took place")]
    implanted = procedure(concept(SNOMED, "43252007"), status=status)
    assert [one.is_provisional() for one in chart(implanted).diagnoses] == [True]
    sure = chart(implanted | {"status": "Completed"})
    assert [one.is_provisional() for one in sure.diagnoses] == [False]


@pytest.mark.parametrize("status", ["not-done", "declined"])
def test_a_tms_not_done_is_a_referral_declined(status):
    found = chart(procedure(concept(CPT, "90868"), status=status))
    assert not found.procedures
    (referral,) = found.referrals
    assert (referral.kind, referral.status, referral.on) == ("tms", "declined", day(START))
    assert referral.evidence == "Procedure/p1"
    assert said(found)[0][2] == "kept as declined"
    assert not chart(procedure(concept(CPT, "90870"), status=status)).referrals
    assert not chart(procedure(concept(CPT, "90868"), status=status, **MODIFIER)).referrals


SILENT = ("code", "neither words nor a code of a system that is read")


@pytest.mark.parametrize("code", [{}, concept("urn:x", "77"), "R45.851", {"coding": [{}]}])
def test_a_diagnosis_that_tells_nothing_leaves_an_issue(code):
    assert [one[:2] for one in said(chart(condition("c", code)))] == [SILENT]
    assert not said(chart(condition("c", code, verification="entered-in-error")))


def test_a_bare_code_of_our_table_is_read_as_icd():
    found = chart(condition("c", {"coding": [{"code": "R45.851"}]}, recordedDate=START))
    assert [one.concepts() for one in found.diagnoses] == [{"suicidal-ideation"}]
    assert said(found) == [("code", "a code without its system", "read as ICD-10-CM")]
    for odd in ("F33", "I10", "77", "r45.851"):
        assert not chart(condition("c", {"coding": [{"code": odd}]})).diagnoses
    both = concept(ICD, "R45.851")
    both["coding"].append({"code": "R45.851"})
    assert not said(chart(condition("c", both, recordedDate=START)))


def test_an_answer_may_be_a_lone_object_and_its_code_without_a_system():
    lone = {"linkId": f"/{ITEM9}", "answer": {"valueCoding": {"code": "LA6571-9"}}}
    assert [score.items for score in chart(response(lone)).scores] == [{9: 3}]
