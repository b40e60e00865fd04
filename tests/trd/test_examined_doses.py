"""Patients examined from chart to verdict: which drug it was, and how much of it a day."""

import pytest

from tests.support.examined import (
    MDD,
    NOW,
    ONE,
    answer,
    case,
    coded,
    differs,
    examined,
    ordered,
    phq,
    tablets,
    took,
    trial,
)
from tests.support.fhir import RXNORM, UCUM, concept, dosage

WHY = "no effect"
DAY_1, LAST = "2025-10-01", "2026-01-10"
SMALL = {"dose": "not-met"}


def course(product, mg, **more):
    """Return a depressed woman's course of 101 days, stopped without effect."""
    return MDD + took(product, mg, DAY_1, LAST, WHY, **more)


def by_dosages(product, *dosages, **more):
    """Return a course by Dosages, stopped without effect."""
    return MDD + ordered(product, list(dosages), WHY, **more)


def failed(drug="sertraline", mg=None, **more):
    """Return the answer of one confirmed failure, at this dose where one is named."""
    dose = {} if mg is None else {"highestDailyDoseMg": mg}
    return answer(confirmed=1, trials={drug: trial(**dose)}, **more)


def too_small(drug, **more):
    """Return the answer of one trial below the minimum dose."""
    return answer(confirmed=0, trials={drug: SMALL}, **more)


def unknown_dose(drug, **more):
    """Return the answer of one trial whose dose cannot be told."""
    return answer(confirmed=0, possible=1, trials={drug: {"dose": "unknown", **more}})


def part(mg, text=None, **more):
    """Return one of two Dosages of an order."""
    return dosage(mg, DAY_1, LAST, text, **more)


def liquid(millilitres):
    """Return a Dosage of so many mL once a day."""
    made = dosage(None, DAY_1, LAST)
    dose = {"value": millilitres, "unit": "mL", "system": UCUM, "code": "mL"}
    return made | {"doseAndRate": [{"doseQuantity": dose}]}


def amounts(low, high):
    """Return a Dosage of a range of mg once a day."""
    ends = {name: {"value": value, "unit": "mg"} for name, value in (("low", low), ("high", high))}
    return dosage(None, DAY_1, LAST) | {"doseAndRate": [{"doseRange": ends}]}


EVERY_OTHER_DAY = {"period": 2}
WEEKLY = {"period": 1, "periodUnit": "wk"}
BID = {
    "timing": {
        "code": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation",
                    "code": "BID",
                }
            ]
        }
    },
    "doseAndRate": [{"doseQuantity": {"value": 150, "unit": "mg"}}],
}
MONTHS = {"authoredOn": DAY_1, "dispenseRequest": {"quantity": {"value": 180, "unit": "tablet"}}}
ORAL_SOLUTION = concept(text="sertraline 20 mg/mL oral concentrate")
ATC = {"coding": [{"system": "http://www.whocc.no/atc", "code": "N06AB06"}]}

DRUGS = [
    case(
        "brand, generic, salt and tablets of one drug are one trial",
        coded("F33.1", "2025-11-01")
        + took("208161", 50, "2026-01-05", "2026-02-20", "no benefit")
        + took(
            "sertraline hydrochloride 100 mg tablets", 100, "2026-02-22", "2026-04-10", "no benefit"
        )
        + took("312938", 100, "2026-04-15", "2026-07-01", "no benefit")
        + phq("2026-01-04", 18)
        + phq("2026-06-28", 17),
        failed(verdict="not-met", possible=0, candidacy="not-now"),
    ),
    case(
        "three release forms of bupropion are one trial, the hydrobromide as hydrochloride",
        coded("F33.1", "2025-11-01")
        + took("993557", 300, "2026-01-05", "2026-02-20", "no benefit")
        + took("993518", 300, "2026-02-22", "2026-04-10", "no benefit")
        + took("993567", 348, "2026-04-15", "2026-07-01", "no benefit")
        + phq("2026-01-04", 18)
        + phq("2026-06-28", 17),
        failed("bupropion", 300, verdict="not-met", possible=0, candidacy="not-now"),
    ),
    case(
        "174 mg of bupropion hydrobromide is below the minimum",
        MDD + took("993550", 174, "2026-01-05", "2026-07-01", "no benefit"),
        answer(
            confirmed=0, possible=0, trials={"bupropion": trial(dose="not-met", duration="not-met")}
        ),
    ),
    case(
        "three products of escitalopram one after the other",
        MDD
        + took("352272", 10, "2025-11-01", "2026-02-01", WHY)
        + took("349332", 10, "2026-02-01", "2026-05-01", WHY)
        + took("353108", 10, "2026-05-01", "2026-07-01", WHY)
        + phq("2025-11-01", 20)
        + phq("2026-06-30", 18),
        failed("escitalopram", verdict="not-met", possible=0),
    ),
    case("a brand in words", course("Lexapro 20 mg tablet", 20), failed("escitalopram")),
    case("an ATC code", course(ATC, 100), failed()),
    case(
        "dothiepin in words counts as the drug it is",
        course("Dothiepin 75 mg tablet", 75),
        answer(confirmed=1),
    ),
    case(
        "a code and a name of two drugs are not recognised",
        ONE + took(concept(RXNORM, "312938", "fluoxetine 20 MG Oral Capsule"), 100, "2026-01-10"),
        answer(confirmed=1, set_aside=[("fluoxetine 20 MG Oral Capsule", "not-recognised")]),
    ),
    case(
        "a study drug is nobody's failure",
        ONE + took("XYZ-123 study drug", 20, DAY_1, LAST),
        answer(confirmed=1),
    ),
    case(
        "levothyroxine and metformin leave nothing",
        ONE
        + took("levothyroxine 100 mcg", 100, "2025-01-01")
        + took("metformin 500 mg", 500, "2025-01-01"),
        answer(confirmed=1, set_aside=[]),
    ),
    case(
        "an antidepressant in a fixed combination is shown",
        course("856840", 150),
        answer(trials={"amitriptyline": {}}),
    ),
    case(
        "phenelzine and amitriptyline are two failures",
        MDD
        + took("312347", 45, DAY_1, "2025-12-31", WHY)
        + took("856773", 150, "2026-01-15", "2026-05-01", WHY, sig="at bedtime")
        + phq("2026-04-28", 18)
        + NOW,
        answer("met", 2, candidacy="candidate"),
    ),
    case("Emsam 6 mg a day is a trial", course("865206", 6), failed("selegiline transdermal")),
]

MINIMUMS = [
    ("venlafaxine", "313585", 75, "not-met"),
    ("venlafaxine", "313585", 149, "not-met"),
    ("paroxetine", "1738495", 20, "met"),
    ("paroxetine", "1738495", 19, "not-met"),
    ("paroxetine", "1738803", 12.5, "not-met"),
    ("paroxetine", "1738807", 25, "met"),
    ("paroxetine", "32937", 25, "met"),
    ("paroxetine", "32937", 20, "unknown"),
    ("paroxetine", "32937", 19, "not-met"),
    ("gepirone", "2672253", 36.3, "met"),
    ("gepirone", "2672253", 18.2, "not-met"),
    ("fluvoxamine", "42355", 99.6, "met"),
    ("fluvoxamine", "42355", 99.4, "not-met"),
]

AMOUNTS = [
    case(
        "a range that begins below the minimum",
        by_dosages("993518", amounts(150, 300)),
        unknown_dose("bupropion", highestDailyDoseMg=300),
    ),
    case(
        "fluoxetine once a week is twenty a day",
        course("313995", 90, repeat=WEEKLY),
        failed("fluoxetine", 20),
    ),
    case(
        "every other day is half",
        course("312938", 100, repeat=EVERY_OTHER_DAY),
        failed(mg=50),
    ),
    case(
        "one tablet twice a day",
        by_dosages("993518", tablets(1, 2, "1 tablet twice daily", start=DAY_1, end=LAST)),
        failed("bupropion", 300),
    ),
    case(
        "twice a day by code",
        by_dosages("993518", BID, **MONTHS),
        failed("bupropion", 300),
    ),
    case(
        "a sig in words alone",
        by_dosages("993518", {"text": "Take 1 tablet by mouth twice daily"}, **MONTHS),
        failed("bupropion", 300),
    ),
    case(
        "a sig in words alone that does not say how often",
        by_dosages("993518", {"text": "Take 1 tablet by mouth"}, **MONTHS),
        unknown_dose("bupropion", duration="unknown"),
    ),
    case(
        "5 mL of a 20 mg/mL solution by its code",
        by_dosages("861064", liquid(5)),
        failed(mg=100),
    ),
    case(
        "5 mL of a 20 mg/mL solution by its name",
        by_dosages(ORAL_SOLUTION, liquid(5)),
        failed(mg=100),
    ),
    case(
        "two strengths of the same days add up",
        course("312938", 100) + took("312941", 50, DAY_1, LAST, WHY),
        failed(mg=150),
    ),
    case(
        "capsules and tablets of the same days add up",
        course("313585", 75) + took("313583", 75, DAY_1, LAST, WHY),
        answer(trials={"venlafaxine": {"highestDailyDoseMg": 150}}),
    ),
    case(
        "two Dosages of one sequence number add up",
        by_dosages("313585", part(75, sequence=1), part(75, sequence=1)),
        failed("venlafaxine", 150),
    ),
    case(
        "every morning and every evening add up",
        by_dosages(
            "313585",
            part(75, "every morning", sequence=1),
            part(75, "every evening", sequence=1),
        ),
        failed("venlafaxine", 150),
    ),
    case(
        "in the morning and in the evening add up without a sequence",
        by_dosages("313585", part(75, "in the morning"), part(75, "in the evening")),
        failed("venlafaxine", 150),
    ),
    case(
        "two sequence numbers with the same bounds are unknown",
        by_dosages("313585", part(75, sequence=1), part(75, sequence=2)),
        unknown_dose("venlafaxine", duration="unknown"),
    ),
]


@pytest.mark.parametrize(("facts", "told"), DRUGS + AMOUNTS)
def test_a_patient_s_drug_and_dose(facts, told):
    assert differs(examined(facts), told) == []


@pytest.mark.parametrize(("drug", "product", "mg", "dose"), MINIMUMS)
def test_a_daily_dose_beside_its_minimum(drug, product, mg, dose):
    told = answer(trials={drug: {"dose": dose}})
    assert differs(examined(course(product, mg)), told) == []
