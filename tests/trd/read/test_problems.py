"""Diagnoses, implants, treatments, visits and referrals."""

import dataclasses
from typing import Any

import pytest

from tests.support.days import day
from tests.support.fhir import CPT, ICD, SNOMED, SUBJECT, concept, condition
from tests.trd.read.charts import (
    END,
    KNOWLEDGE,
    START,
    chart,
    said,
)
from trd.chart import Diagnosis
from trd.knowledge import ProcedureCode
from trd.read import gather, read_chart
from trd.read.vocabulary import vocabulary_of

MDD = concept(ICD, "F33.1")
MODIFIER = {"modifierExtension": [{"url": "urn:not-really"}]}


def diagnosis(code=MDD, **more) -> Diagnosis:
    (found,) = chart(condition("c1", code, **more)).diagnoses
    return found


@pytest.mark.parametrize(
    "code",
    [
        MDD,
        concept(ICD, "f331"),
        concept("urn:oid:2.16.840.1.113883.6.90", "F33.1"),
        concept(SNOMED, "832007"),
        concept(text="Major depressive disorder"),
        {"coding": [{"system": "urn:x", "code": "1"}, {"system": ICD, "code": "F33.1"}]},
    ],
)
def test_a_depressive_disorder_is_recognised(code):
    assert "mdd" in diagnosis(code).concepts()


@pytest.mark.parametrize(
    "code",
    [
        concept(ICD, "I10"),
        concept(text="hypertension"),
        concept(text="family history of bipolar disorder"),
        concept(text="no depression"),
    ],
)
def test_what_is_none_of_ours_leaves_nothing(code):
    found = chart(condition("c1", code))
    assert not found.diagnoses
    assert not found.issues


@pytest.mark.parametrize(
    ("codes", "telling"),
    [
        ([(SNOMED, "832007"), (ICD, "F33.1")], "F33.1"),
        ([("urn:x", "1"), (SNOMED, "832007")], "832007"),
        ([(ICD, "I10"), (SNOMED, "832007")], "832007"),
    ],
)
def test_the_code_that_tells_most_is_kept(codes, telling):
    held = {"coding": [{"system": system, "code": code} for system, code in codes]}
    assert diagnosis(held).code == telling


def test_a_diagnosis_in_words_has_no_code():
    assert not diagnosis(concept(text="Major depressive disorder")).code


def test_words_are_noted_as_words():
    found = chart(condition("c1", concept(text="Bipolar disorder"), onsetDateTime=START))
    assert [one.by_text for one in found.diagnoses] == [True]
    assert said(found) == [("code", "recognised by its words, not by a code", "used as words only")]


@pytest.mark.parametrize(
    ("more", "element", "what"),
    [
        ({"verification": "refuted"}, "verificationStatus", "refuted"),
        ({"verification": "ENTERED-IN-ERROR"}, "verificationStatus", "entered in error"),
        (MODIFIER, "modifierExtension", "carries a modifier that is not understood"),
    ],
)
def test_what_is_not_the_patients_is_not_used(more, element, what):
    found = chart(condition("c1", MDD, **more))
    assert not found.diagnoses
    assert said(found) == [(element, what, "not used: no statement about the patient")]


@pytest.mark.parametrize("verification", ["unconfirmed", "provisional", "differential"])
def test_what_is_not_confirmed_is_labelled(verification):
    found = chart(condition("c1", MDD, verification=verification, onsetDateTime=START))
    assert [one.verification for one in found.diagnoses] == [verification]
    assert said(found) == [
        ("verificationStatus", verification, "shown as such; never counted as confirmed")
    ]


@pytest.mark.parametrize(
    ("more", "onset", "abated"),
    [
        ({"onsetDateTime": START, "abatementDateTime": END}, START, END),
        ({"onsetPeriod": {"start": START}, "abatementPeriod": {"end": END}}, START, END),
        ({"onsetString": START, "abatementString": "better since spring"}, START, None),
        ({"onsetAge": {"value": 30}}, None, None),
    ],
)
def test_onset_and_end_are_read_where_they_are_dates(more, onset, abated):
    found = diagnosis(**more)
    assert found.onset == (day(onset) if onset else None)
    assert found.abated == (day(abated) if abated else None)


def test_statuses_may_be_bare_codes_or_words():
    older = condition("c1", MDD, clinical=None, verification=None)
    older |= {"clinicalStatus": "resolved", "verificationStatus": {"text": "Confirmed"}}
    (found,) = chart(older).diagnoses
    assert (found.clinical, found.verification) == ("resolved", "confirmed")


def encounter(**more):
    return {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "finished",
        "class": {"code": "IMP"},
        "subject": SUBJECT,
        "period": {"start": START, "end": END},
        **more,
    }


def test_the_day_of_the_encounter_is_known():
    link: Any = {"encounter": {"reference": "Encounter/e1"}}
    found = chart(condition("c1", MDD, **link), encounter())
    assert [one.encounter_on for one in found.diagnoses] == [day(START)]
    assert not found.issues


@pytest.mark.parametrize("wrong", [{"status": "entered-in-error"}, MODIFIER])
def test_an_encounter_in_error_dates_nothing(wrong):
    link: Any = {"encounter": {"reference": "Encounter/e1"}}
    found = chart(condition("c1", MDD, **link), encounter(**wrong))
    assert [one.encounter_on for one in found.diagnoses] == [None]
    assert said(found) == [("onset[x]", "no date is recorded", "used without a date")]


# ---------------------------------------------------------------------------------------- implants


def device(**more):
    return {"resourceType": "Device", "id": "d1", "status": "active", "patient": SUBJECT, **more}


PACEMAKER = concept(SNOMED, "14106009")


@pytest.mark.parametrize(
    "more",
    [
        {"type": PACEMAKER},
        {"type": concept(text="cardiac pacemaker")},
        {"deviceName": [{"name": "Pacemaker"}]},
    ],
)
def test_an_implant_is_known_by_code_or_name(more):
    (found,) = chart(device(**more)).diagnoses
    assert "cardiac-device" in found.concepts()
    assert {hit.tms_flag for hit in found.hits} == {"relative"}


@pytest.mark.parametrize("more", [{}, {"type": concept(text="walking stick")}, {"deviceName": "x"}])
def test_another_device_leaves_nothing(more):
    assert not chart(device(**more)).diagnoses


@pytest.mark.parametrize(
    ("more", "element"),
    [
        ({"status": "inactive"}, "status"),
        ({"status": "entered-in-error"}, "status"),
        (MODIFIER, "modifierExtension"),
    ],
)
def test_a_device_not_in_place_is_no_implant(more, element):
    found = chart(device(type=PACEMAKER, **more))
    assert not found.diagnoses
    assert [(one.element, one.effect) for one in found.issues] == [
        (element, "not used as an implant")
    ]


def test_a_device_without_a_patient_belongs_to_the_chart_it_came_with():
    nameless = device(type=PACEMAKER)
    del nameless["patient"]
    assert chart(nameless).diagnoses


# -------------------------------------------------------------------------------------- treatments


def procedure(code, **more):
    return {
        "resourceType": "Procedure",
        "id": "p1",
        "status": "completed",
        "subject": SUBJECT,
        "code": code,
        "performedDateTime": START,
        **more,
    }


@pytest.mark.parametrize(
    ("code", "kind", "by_text"),
    [
        (concept(CPT, "90868"), "tms", False),
        (concept("http://www.cms.gov/Medicare/Coding/ICD10", "GZB0ZZZ"), "ect", False),
        (concept(text="ECT session 3"), "ect", True),
    ],
)
def test_a_treatment_is_known_by_code_prefix_or_words(code, kind, by_text):
    (found,) = chart(procedure(code, outcome={"text": "good"})).procedures
    assert (found.kind, found.by_text, found.on, found.outcome) == (
        kind,
        by_text,
        day(START),
        "good",
    )


def test_a_procedure_over_days_began_on_the_first():
    over = procedure(
        concept(CPT, "90868"), performedDateTime=None, performedPeriod={"start": START}
    )
    assert [one.on for one in chart(over).procedures] == [day(START)]


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"status": "preparation"}, "status 'preparation': did not take place"),
        ({"status": "entered-in-error"}, "status 'entered-in-error': did not take place"),
        (MODIFIER, "carries a modifier"),
    ],
)
def test_what_did_not_take_place_is_not_used(more, what):
    found = chart(procedure(concept(CPT, "90868"), **more))
    assert not found.procedures
    assert [(one.what, one.effect) for one in found.issues] == [(what, "not used")]


def test_a_procedure_of_no_concern_leaves_nothing():
    found = chart(procedure(concept(text="appendectomy"), status="entered-in-error"))
    assert not found.issues


IMPLANTS = sorted(
    (system, code, known.kind)
    for (system, code), known in KNOWLEDGE.procedures.items()
    if known.kind
    in {"cochlear-implant", "cardiac-device", "brain-stimulator", "intracranial-metal"}
)


@pytest.mark.parametrize(("system", "code", "kind"), IMPLANTS)
def test_putting_in_an_implant_is_a_diagnosis(system, code, kind):
    (found,) = chart(procedure(concept(system, code))).diagnoses
    assert kind in found.concepts()
    assert all(hit.tms_flag for hit in found.hits)


def test_an_implants_procedure_that_no_condition_table_knows_has_the_flag_of_its_concept():
    code = ProcedureCode(kind="cochlear-implant", label="a device of tomorrow")
    procedures = {**KNOWLEDGE.procedures, (CPT, "00001"): code}
    tomorrow = dataclasses.replace(KNOWLEDGE, procedures=procedures)
    read = read_chart(gather([procedure(concept(CPT, "00001"))]), tomorrow)
    (found,) = read.diagnoses
    assert [(hit.concept, hit.tms_flag) for hit in found.hits] == [("cochlear-implant", "absolute")]


def test_an_implant_in_words_is_a_diagnosis_by_words():
    worded = chart(procedure(concept(text="cochlear implant placement")))
    assert [one.concepts() for one in worded.diagnoses] == [{"cochlear-implant"}]
    assert [one.by_text for one in worded.diagnoses] == [True]


def test_an_assessment_of_suicide_risk_is_kept_as_one():
    coded = next(
        key
        for key, known in sorted(KNOWLEDGE.procedures.items())
        if known.kind == "suicide-risk-assessment"
    )
    assert [one.kind for one in chart(procedure(concept(*coded))).procedures] == ["assessment"]


# ----------------------------------------------------------------------------- visits and referrals


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, "inpatient"),
        ({"class": [{"code": "EMER"}]}, "emergency"),
        ({"class": {"code": "AMB"}}, "outpatient"),
        ({"class": {}}, ""),
    ],
)
def test_a_visit_has_its_kind(more, kind):
    assert [one.kind for one in chart(encounter(**more)).visits] == [kind]


def test_a_visit_says_what_it_was_for():
    told = encounter(
        status="in-progress",
        type=[{"text": "Psychiatry inpatient"}],
        reasonCode=[concept(ICD, "F33.1")],
        serviceType={"text": "x"},
    )
    (found,) = chart(told).visits
    assert found.psychiatric
    assert found.in_progress
    assert [hit.concept for hit in found.hits] == ["mdd"]
    assert (found.start, found.end) == (day(START), day(END))


@pytest.mark.parametrize("more", [{"status": "planned"}, {"status": "cancelled"}, MODIFIER])
def test_a_visit_that_did_not_take_place_is_none(more):
    assert not chart(encounter(**more)).visits


def referral(code, **more):
    return {
        "resourceType": "ServiceRequest",
        "id": "r1",
        "status": "active",
        "intent": "order",
        "subject": SUBJECT,
        "code": code,
        "authoredOn": START,
        **more,
    }


@pytest.mark.parametrize("code", [concept(text="TMS consultation"), concept(CPT, "90867")])
def test_a_referral_for_a_treatment_is_known(code):
    (found,) = chart(referral(code)).referrals
    assert (found.kind, found.status, found.on) == ("tms", "active", day(START))


@pytest.mark.parametrize(
    "more",
    [
        {"status": "entered-in-error"},
        {"doNotPerform": True},
        MODIFIER,
        {"code": concept(text="X-ray")},
    ],
)
def test_another_request_is_none(more):
    assert not chart({**referral(concept(text="TMS")), **more}).referrals


def test_a_visits_only_diagnosis_is_what_it_was_for():
    link = {"condition": {"reference": "Condition/c1"}}
    gone = {"condition": {"reference": "Condition/gone"}}
    held = chart(condition("c1", MDD), encounter(diagnosis=[link])).visits
    assert [[hit.concept for hit in one.hits] for one in held] == [["mdd"]]
    assert [one.hits for one in chart(encounter(diagnosis=[gone])).visits] == [()]


def test_codes_worked_out_are_not_kept_for_ever():
    known = vocabulary_of(KNOWLEDGE).hits
    known.clear()
    known.update({("urn:x", str(at)): () for at in range(20_000)})
    assert diagnosis(concept(ICD, "F33.1")).concepts() == {"mdd"}
    assert len(known) < 20_000
