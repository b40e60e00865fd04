"""Patients examined from chart to verdict: other uses, adjuncts, and one drug beside another."""

import pytest

from tests.support.examined import (
    MDD,
    MET,
    NOBODY,
    NOW,
    ONE,
    TWO,
    answer,
    case,
    coded,
    differs,
    examined,
    phq,
    seen,
    took,
    trial,
)
from tests.support.fhir import ICD, Json, concept

WHY = "no effect"
DAY_1, LAST = "2025-10-01", "2026-01-10"
BEDTIME = "take at bedtime"
LONG = ("2026-01-05", "2026-05-05", "no benefit")
SMOKING = [("bupropion", "smoking-cessation")]
SLEEP = [("trazodone", "hypnotic-use")]


def aside(drug, use, **more):
    """Return the answer of one failure and a drug set aside for another use."""
    told: Json = {"confirmed": 1, "set_aside": [(drug, use)], **more}
    return answer(**told)


def nightly(product, mg, **more):
    """Return an open order at bedtime."""
    return took(product, mg, LAST, sig=BEDTIME, **more)


def at_night(product, mg, **more):
    """Return a course of three months at bedtime, stopped without effect."""
    return took(product, mg, DAY_1, LAST, WHY, sig=BEDTIME, **more)


BESIDE_A_FAILURE = [
    case(
        "duloxetine for fibromyalgia",
        took("596934", 60, *LONG, reason="fibromyalgia pain"),
        aside(
            "duloxetine", "pain-use", verdict="not-met", possible=0, trials={"sertraline": trial()}
        ),
    ),
    case(
        "duloxetine for a coded neuropathy",
        took("596934", 60, *LONG, reason=concept(ICD, "E11.42", "diabetic polyneuropathy")),
        aside("duloxetine", "pain-use", verdict="not-met", possible=0),
    ),
    case(
        "duloxetine for depression and pain counts",
        took("596934", 60, *LONG, reason="depression and chronic pain") + phq("2026-05-03", 19),
        answer("met", 2, set_aside=[]),
    ),
    case(
        "duloxetine without a reason counts",
        took("596934", 60, *LONG) + phq("2026-05-03", 19),
        answer("met", 2, set_aside=[]),
    ),
    case(
        "bupropion of a smoking-cessation product",
        took("1801289", 300, "2026-06-01", "2026-08-20", status="completed"),
        aside("bupropion", "smoking-cessation", possible=0),
    ),
    case(
        "bupropion to stop smoking in words",
        took("993545", 300, "2026-03-01", "2026-08-20", reason="smoking cessation"),
        aside("bupropion", "smoking-cessation", possible=0),
    ),
    case(
        "doxepin 6 mg for sleep",
        took("966795", 6, "2026-03-01", sig="at bedtime"),
        aside("doxepin", "hypnotic-use", possible=0),
    ),
    case(
        "oral selegiline is not the patch",
        took("859186", 10, LAST),
        aside("selegiline", "other-indication", possible=0),
    ),
    case(
        "mirtazapine 7.5 mg at bedtime",
        nightly("476809", 7.5),
        aside("mirtazapine", "hypnotic-use"),
    ),
    case(
        "nortriptyline for migraine",
        took("198046", 50, LAST, reason="migraine prophylaxis"),
        aside("nortriptyline", "migraine-use"),
    ),
    case(
        "esketamine is no antidepressant trial",
        took("esketamine 84 mg nasal", 84, "2026-06-01"),
        answer(confirmed=1, set_aside=[]),
    ),
    case(
        "trazodone at bedtime by a timing code",
        took("856377", 50, LAST, repeat={"when": ["HS"]}),
        aside("trazodone", "hypnotic-use"),
    ),
]


@pytest.mark.parametrize(("facts", "told"), BESIDE_A_FAILURE)
def test_a_drug_for_another_use_beside_a_failure(facts, told):
    assert differs(examined(ONE + facts), told) == []


ALONE = [
    case(
        "mirtazapine 15 mg at bedtime is a trial",
        at_night("311725", 15),
        answer(confirmed=1, set_aside=[]),
    ),
    case(
        "trazodone 300 mg at bedtime is a trial",
        at_night("856369", 300),
        answer(confirmed=1, set_aside=[]),
    ),
    case(
        "trazodone 200 mg at bedtime is a trial that is too small",
        at_night("856373", 200),
        answer(confirmed=0, set_aside=[], trials={"trazodone": {"dose": "not-met"}}),
    ),
    case(
        "trazodone 150 mg at bedtime is for sleep",
        at_night("856364", 150),
        answer(confirmed=0, set_aside=SLEEP),
    ),
    case(
        "amitriptyline 50 mg a day is a trial that is too small",
        took("856845", 50, LAST, "2026-05-30", WHY),
        answer(
            confirmed=0, possible=0, set_aside=[], trials={"amitriptyline": {"dose": "not-met"}}
        ),
    ),
    case(
        "sertraline for obsessive-compulsive disorder",
        took("312938", 100, DAY_1, LAST, WHY, reason="OCD"),
        answer(confirmed=0, set_aside=[("sertraline", "other-indication")]),
    ),
    case(
        "sertraline for anxiety and depression counts",
        took("312938", 100, DAY_1, LAST, WHY, reason="anxiety and depression"),
        answer(confirmed=1, set_aside=[]),
    ),
    case(
        "sertraline for the depression by reference",
        took("312938", 100, DAY_1, LAST, WHY, reasonReference=[{"reference": "Condition/r1"}]),
        answer(confirmed=1),
    ),
    case(
        "trazodone 50 mg beside an adequate escitalopram",
        took("349332", 10, LAST, "2026-05-30", "no benefit")
        + took("856377", 50, LAST, "2026-05-30")
        + NOW,
        answer(confirmed=1, possible=0, set_aside=[("trazodone", "low-dose-adjunct")]),
    ),
    case(
        "bupropion 150 mg beside sertraline",
        took("312938", 100, LAST) + took("993541", 150, "2026-04-01") + phq(LAST, 20) + NOW,
        answer(
            confirmed=1, set_aside=[("bupropion", "low-dose-adjunct")], augmentation=["bupropion"]
        ),
    ),
]

BESIDE_TWO = [
    case(
        "a smoking-cessation brand",
        took("993954", 300, "2026-06-01", "2026-08-20", status="completed"),
        MET | {"set_aside": SMOKING, "trials": {"sertraline": trial(), "venlafaxine": trial()}},
    ),
    case(
        "quetiapine 50 mg at night augments nothing",
        took("616487", 50, "2026-02-01", "2026-05-05", sig="at bedtime"),
        MET | {"augmentation": []},
    ),
    case(
        "quetiapine 150 mg augments",
        took("895670", 150, "2026-02-10", "2026-05-05"),
        MET | {"augmentation": ["quetiapine"]},
    ),
    case(
        "lithium with a level augments",
        took("197889", 900, "2026-02-10", "2026-05-05")
        + seen("14334-7", "2026-03-01", valueQuantity={"value": 0.7, "unit": "mmol/L"}),
        MET | {"augmentation": ["lithium"]},
    ),
    case(
        "lamotrigine without a reason is no augmentation",
        took("28439", 200, "2026-02-01", "2026-05-01"),
        MET | {"augmentation": []},
    ),
    case(
        "lamotrigine for depression is",
        took("28439", 200, "2026-02-01", "2026-05-01", reason="treatment resistant depression"),
        MET | {"augmentation": ["lamotrigine"]},
    ),
    case(
        "aripiprazole of unknown dose is shown",
        took("89013", None, "2026-02-01", "2026-05-01"),
        MET | {"augmentation": ["aripiprazole"]},
    ),
]


@pytest.mark.parametrize(("facts", "told"), ALONE)
def test_a_drug_by_its_dose_and_reason(facts, told):
    assert differs(examined(MDD + facts), told) == []


@pytest.mark.parametrize(("facts", "told"), BESIDE_TWO)
def test_a_drug_beside_two_failures(facts, told):
    assert differs(examined(TWO + facts), told) == []


@pytest.mark.parametrize(
    ("diagnosis", "told"),
    [
        case(
            "duloxetine without a diagnosis is possible",
            NOBODY,
            answer(confirmed=0, possible=1),
        ),
        case(
            "duloxetine before the diagnosis counts nothing",
            coded("F33.1", "2026-07-01"),
            answer(confirmed=0),
        ),
    ],
)
def test_duloxetine_without_reason_or_depression(diagnosis, told):
    assert differs(examined(diagnosis + took("596934", 60, *LONG)), told) == []
