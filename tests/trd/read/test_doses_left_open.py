"""Instructions that leave something open: no unit, a need in the code, a drug that is held."""

import pytest

from tests.support.fhir import DAILY, concept, dosage, order
from tests.trd.read.charts import START, chart, record, taken


def mg_of(named, quantity, timing=None):
    """Return the range of mg a day of one order, and whether it is for need and for bedtime."""
    one = order("m1", concept(text=named), [taken(quantity, timing)], authoredOn=START)
    (found,) = chart(one).medications
    return found.steps[0].low, found.steps[0].high, found.as_needed, found.at_bedtime


@pytest.mark.parametrize(
    ("named", "value", "mg"),
    [
        ("sertraline 50 mg tablet", 1, 50),
        ("sertraline 50 mg tablet", 0.5, 25),
        ("sertraline 50 mg tablet", 4, 200),
        ("sertraline 50 mg tablet", 5, None),
        ("sertraline 50 mg tablet", 50, None),
        ("sertraline 50 mg tablet", 0.3, None),
        ("sertraline 50 mg tablet", 0, None),
        ("sertraline", 1, None),
        ("aripiprazole 2 mg tablet", 2, None),
        ("aripiprazole 2 mg tablet", 1, None),
        ("aripiprazole 5 mg tablet", 1, 5),
        ("sertraline 20 mg/mL solution", 1, None),
    ],
)
def test_a_number_without_a_unit_is_of_pieces_only_where_it_cannot_be_mg(named, value, mg):
    assert mg_of(named, {"value": value}, DAILY)[:2] == (mg, mg)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("QHS:PRN", (0, 50, True, True)),
        ("TID:PRN", (0, 150, True, False)),
        ("BID PRN", (0, 100, True, False)),
        ("QD-PRN", (0, 50, True, False)),
        ("QHS", (50, 50, False, True)),
        ("ONCE:PRN", (None, None, True, False)),
        ("PRN", (None, None, True, False)),
    ],
)
def test_a_timing_code_may_say_that_it_is_for_need(code, expected):
    timing = {"code": {"coding": [{"system": "urn:local", "code": code}]}}
    assert mg_of("trazodone 50 mg", {"value": 1, "unit": "tablet"}, timing) == expected


@pytest.mark.parametrize(
    "text",
    [
        "HOLD until seen",
        "on hold",
        "Do not take before your visit",
        "STOP taking this medicine",
        "discontinued",
        "no tomar",
        "50 mg daily, hold if drowsy",
    ],
)
def test_a_text_that_says_it_is_held_or_stopped_leaves_the_dose_open(text):
    (step,) = record(dosage(50, text=text)).steps
    assert step.high is None
    assert step.because == "the text says that it is held or stopped"


@pytest.mark.parametrize(
    "text", ["do not stop taking it suddenly", "50 mg daily for 7 days then stop", "see leaflet"]
)
def test_other_words_about_stopping_leave_the_elements_alone(text):
    steps = record(dosage(50, text=text)).steps
    assert {step.high for step in steps} == {50}


def test_an_instruction_beside_may_say_that_it_is_held():
    told = {**dosage(50), "additionalInstruction": [{"text": "Do not take until told"}]}
    (step,) = record(told).steps
    assert step.high is None


@pytest.mark.parametrize(
    ("code", "is_read"),
    [
        ("Sodium Chloride 0.9% Flush", True),
        ("Heparin Flush (10 units/ml)", True),
        ("IV therapy 2", True),
        ("PROZ20", False),
        ("ITEM 4567", False),
        ("A1 2 33", False),
        ("Sodium Chloride " + "0.9 " * 60, False),
    ],
)
def test_a_local_code_of_several_words_is_a_name(code, is_read):
    one = order("m1", {"coding": [{"system": "urn:local", "code": code}]}, [], authoredOn=START)
    read = chart(one)
    assert not read.medications
    assert bool(read.not_recognised) is not is_read
