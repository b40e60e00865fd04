"""Patients examined from chart to verdict: signals of a crisis in scores, diagnoses and stays."""

import pytest

from tests.support.examined import (
    ITEM9,
    MDD,
    NOBODY,
    PHQ_A,
    TWO,
    answer,
    case,
    coded,
    cssrs,
    differs,
    examined,
    level,
    phq,
    seen,
    stay,
    took,
    worded,
)
from tests.support.fhir import ICD, SNOMED, Json, concept

CALM = phq("2026-08-25", 16)
"""A score with item 9 answered 0 a week ago; what is charted beside it decides."""

ATTEMPT = "T14.91XA"
ER = "EMER"


def recorded(on):
    """Return a recording date without an onset."""
    return {"recordedDate": on}


def new(code, on="2026-08-20", **more):
    """Return a diagnosis whose onset is the day it was recorded."""
    return coded(code, on, recordedDate=on, **more)


ITEM_9 = [
    case("2, fifteen days ago", phq("2026-08-17", 16, 2), "warning"),
    case(
        "2, and 0 a week later",
        phq("2026-08-22", 16, 2) + phq("2026-08-29", 10),
        "critical",
    ),
    case("1 long ago, 0 now", phq("2026-07-20", 16, 1) + phq("2026-08-25", 9), "none"),
    case("registered", phq("2026-08-28", 20, 2, status="registered"), "critical"),
    case(
        "entered in error",
        phq("2026-08-20", 9) + phq("2026-08-28", 20, 2, status="entered-in-error"),
        "none",
    ),
    case("late in the evening elsewhere", phq("2026-08-18T23:50:00-05:00", 20, 2), "critical"),
    case("by its time of issue", seen(ITEM9, None, 3, issued="2026-08-28T10:00:00Z"), "critical"),
    case("without a date", seen(ITEM9, None, 3), "warning"),
]

TOTALS = (
    ("total", "crisis"),
    [(27, "critical"), (26, "critical"), (25, "warning"), (24, "incomplete"), (9, "none")],
)


@pytest.mark.parametrize(("facts", "crisis"), ITEM_9)
def test_item_9(facts, crisis):
    assert level(*facts) == crisis


@pytest.mark.parametrize(*TOTALS)
def test_a_total_without_item_9(total, crisis):
    assert level(*phq("2026-08-25", total, None)) == crisis


TOTALS_BESIDE = [
    case(
        "a 26, and later a 12 with 0",
        phq("2026-08-25", 26, None) + phq("2026-08-30", 12),
        "critical",
    ),
    case("a 24, and later a 5 with 0", phq("2026-08-01", 24, None) + phq("2026-08-25", 5), "none"),
    case(
        "a 26 and an item 9 of another day",
        phq("2026-08-25", 26, None) + seen(ITEM9, "2026-08-10", 0),
        "critical",
    ),
    case("a 26 of the adolescents' form", seen(PHQ_A, "2026-08-25", 26), "critical"),
    case(
        "a 27 by its SNOMED CT code",
        seen(concept(SNOMED, "720433000"), "2026-08-28", 27),
        "critical",
    ),
    case("no score at all", NOBODY, "none"),
    case(
        "20 and extremely difficult, in words",
        phq("2026-08-25", 20) + seen("69722-7", "2026-08-25", "Extremely difficult"),
        "warning",
    ),
    case(
        "20 and an answer code nobody verified",
        phq("2026-08-25", 20) + seen("69722-7", "2026-08-25", "LA6575-0"),
        "none",
    ),
]


@pytest.mark.parametrize(("facts", "crisis"), TOTALS_BESIDE)
def test_a_total_and_what_stands_beside_it(facts, crisis):
    assert level(*facts) == crisis


IDEATION = [
    case("ten days ago", coded("R45.851", "2026-08-22"), "critical"),
    case("without a date", coded("R45.851"), "warning"),
    case("of this month", coded("R45.851", "2026-08"), "critical"),
    case("old, recorded now", coded("R45.851", "2024-01-01", **recorded("2026-08-28")), "warning"),
    case("recorded now", coded("R45.851", **recorded("2026-08-28")), "critical"),
    case("refuted", coded("R45.851", "2026-08-28", verification="refuted"), "none"),
    case("in words", worded("Suicidal ideation", "2026-08-28"), "critical"),
    case("denied in words", worded("No suicidal ideation", "2026-08-28"), "none"),
    case(
        "dated by its encounter",
        stay("2026-08-25", "2026-08-25", "AMB", id="e9")
        + coded("R45.851", encounter={"reference": "Encounter/e9"}),
        "critical",
    ),
    case(
        "and a complete screen without thoughts since",
        coded("R45.851", "2026-08-22") + cssrs("2026-08-28", no="q1 q2 q6"),
        "warning",
    ),
]

BEHAVIOUR = [
    case("an attempt ninety days ago", coded(ATTEMPT, "2026-06-03"), "critical"),
    case("an attempt ninety-one days ago", coded(ATTEMPT, "2026-06-02"), "none"),
    case("a following encounter", coded("T14.91XD", **recorded("2026-08-25")), "critical"),
    case("a late effect of an old one", coded("T14.91XS", "2019-02-01"), "none"),
    case("a late effect, the attempt of this month", coded("T14.91XS", "2026-08-12"), "critical"),
    case("a late effect recorded only", coded("T14.91XS", **recorded("2026-08-27")), "warning"),
    case(
        "a late effect whose dates conflict",
        coded("T14.91XS", "2021-03-01", **recorded("2026-08-25")),
        "warning",
    ),
    case("a late effect of a poisoning", coded("T43.222S", "2026-08-10"), "critical"),
    case("of a poisoning recorded only", coded("T43.222S", **recorded("2026-08-27")), "warning"),
    case(
        "an attempt whose dates conflict",
        coded(ATTEMPT, "2021-03-01", **recorded("2026-08-25")),
        "warning",
    ),
    case("a poisoning on purpose", coded("T43.222A", "2026-08-10"), "critical"),
    case("a poisoning of undetermined intent", coded("T43.224A", "2026-08-10"), "warning"),
    case("a poisoning by accident", coded("T43.221A", "2026-08-10"), "none"),
    case("an injury's cause", coded("X83.8XXA", "2026-08-12"), "critical"),
    case("an attempt without a date", coded(ATTEMPT), "warning"),
    case("an attempt in words", worded("Suicide attempt by overdose", "2026-08-10"), "critical"),
    case("a history in words", worded("History of suicide attempt", "2026-08-10"), "none"),
    case(
        "in the family",
        coded("Z81.8", "2026-08-01", text="Family history of suicide"),
        "none",
    ),
    case("by SNOMED CT", coded("425104003", "2026-07-10", system=SNOMED), "critical"),
    case(
        "and a screen without anything since",
        coded(ATTEMPT, "2026-08-12") + cssrs("2026-08-30", no="q1 q2 q3 q4 q5 q6 recent"),
        "warning",
    ),
    case(
        "and half a screen",
        coded(ATTEMPT, "2026-08-12") + cssrs("2026-08-30", no="q1 q2 q3"),
        "critical",
    ),
]


@pytest.mark.parametrize(("facts", "crisis"), IDEATION)
def test_charted_thoughts_of_suicide(facts, crisis):
    assert level(*CALM, *facts) == crisis


@pytest.mark.parametrize(("facts", "crisis"), BEHAVIOUR)
def test_charted_suicidal_behaviour(facts, crisis):
    assert level(*CALM, *facts) == crisis


def test_an_attempt_last_month_comes_before_tms():
    told = answer("met", 2, crisis="critical", candidacy="crisis-first")
    assert differs(examined(TWO + coded(ATTEMPT, "2026-08-05")), told) == []


PSYCHOSIS = [
    case("hallucinations now", coded("R44.0", "2026-08-28"), answer(crisis="warning")),
    case("neglect of oneself now", coded("R46.0", "2026-08-20"), answer(crisis="warning")),
    case("catatonia now", new("F06.1"), answer(crisis="critical")),
    case(
        "schizophrenia, new",
        new("F20.9"),
        answer("excluded", crisis="critical", candidacy="crisis-first"),
    ),
    case(
        "schizophrenia of years",
        new("F20.9", "2020-01-01"),
        answer("excluded", crisis="none", candidacy="not-now"),
    ),
    case(
        "schizophrenia of years under a new code",
        new("F20.9", "2020-01-01") + new("F20.0"),
        answer(crisis="none"),
    ),
    case(
        "schizophrenia whose dates conflict",
        coded("F20.9", "2015-01-01", **recorded("2026-08-22")),
        answer("excluded", crisis="warning"),
    ),
    case(
        "an antipsychotic of years before",
        took("312078", 5, "2025-01-01") + new("F29"),
        answer(crisis="none"),
    ),
    case("a mania, new", new("F31.13"), answer("excluded", crisis="critical")),
    case(
        "a provisional mania",
        new("F30.9", verification="provisional"),
        answer("unknown", crisis="critical"),
    ),
    case("after birth, 200 days ago", coded("F53.1", "2026-02-13"), answer(crisis="critical")),
]


@pytest.mark.parametrize(("facts", "told"), PSYCHOSIS)
def test_psychosis_and_mania(facts, told):
    assert differs(examined(MDD + CALM + facts), told) == []


@pytest.mark.parametrize(
    ("diagnosis", "crisis"),
    [
        pytest.param(new("F32.3", "2026-08-10"), "critical", id="a psychotic depression, new"),
        pytest.param(new("F33.3", "2026-02-10"), "none", id="one of six months"),
    ],
)
def test_a_psychotic_depression(diagnosis, crisis):
    told = answer("excluded", crisis=crisis)
    assert differs(examined(diagnosis + phq("2026-08-20", 22)), told) == []


PSYCHIATRIC: Json = {"serviceType": {"text": "Psychiatry"}}
STAYS = [
    case("by its service", stay(**PSYCHIATRIC), "warning"),
    case("ninety-one days ago", stay("2026-06-02", "2026-05-20", **PSYCHIATRIC), "none"),
    case("by its type", stay(type=[{"text": "Inpatient behavioral health"}]), "warning"),
    case(
        "by its provider",
        stay(serviceProvider={"display": "State Psychiatric Hospital"}),
        "warning",
    ),
    case(
        "by its location",
        stay(location=[{"location": {"display": "Inpatient Psychiatry Unit 4B"}}]),
        "warning",
    ),
    case("by its reason", stay(reasonCode=[concept(ICD, "F33.2")]), "warning"),
    case(
        "by its only diagnosis",
        stay(diagnosis=[{"condition": {"reference": "Condition/r1"}}]),
        "warning",
    ),
    case(
        "by its first-ranked diagnosis",
        stay(
            diagnosis=[
                {"condition": {"reference": "Condition/other"}, "rank": 2},
                {"condition": {"reference": "Condition/r1"}, "rank": 1},
            ]
        ),
        "warning",
    ),
    case(
        "not by a second-ranked diagnosis",
        coded("S72.001A", id="hip")
        + stay(
            diagnosis=[
                {"condition": {"reference": "Condition/hip"}, "rank": 1},
                {"condition": {"reference": "Condition/r1"}, "rank": 2},
            ]
        ),
        "none",
    ),
    case("for another illness", stay(type=[{"text": "Hospital admission"}]), "none"),
    case(
        "an emergency for self-harm in words",
        stay(kind=ER, reasonCode=[{"text": "Self-harm, laceration of wrist"}]),
        "warning",
    ),
    case(
        "an emergency for coded thoughts",
        stay("2026-07-20", kind=ER, reasonCode=[concept(ICD, "R45.851")]),
        "warning",
    ),
    case(
        "an emergency and its poisoning",
        stay("2026-08-01", "2026-08-01", ER, id="e1")
        + coded("T50.902A", encounter={"reference": "Encounter/e1"}),
        "critical",
    ),
]


@pytest.mark.parametrize(("facts", "crisis"), STAYS)
def test_a_psychiatric_stay(facts, crisis):
    assert level(*facts, *CALM) == crisis
