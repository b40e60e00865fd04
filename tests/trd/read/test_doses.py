"""Structured doses: mg per day as a range, or unknown with the reason."""

from typing import Any

import pytest

from tests.support.days import day
from tests.support.fhir import RXNORM, UCUM, concept, dosage, order
from tests.trd.read.charts import (
    START,
    chart,
    mg_a_day,
    record,
    sertraline,
    step,
    taken,
    why_unknown,
)

MG = {"unit": "mg", "system": UCUM, "code": "mg"}
HUNDRED = {"value": 100, **MG}


@pytest.mark.parametrize(
    ("quantity", "mg"),
    [
        ({"value": 100, "unit": "MG"}, 100),
        ({"value": "100", "unit": "mg"}, 100),
        ({"value": 0.1, "code": "g"}, 100),
        ({"value": 100_000, "unit": "mcg"}, 100),
        ({"value": 100_000, "unit": "\u00b5g"}, 100),
        ({"value": 100_000, "unit": "\u03bcg"}, 100),
        ({"value": 100_000, "code": "ug", "unit": "mcg", "system": UCUM}, 100),
        ({"value": 1, "unit": "Tablet(s)"}, 100),
        ({"value": 2, "unit": "tabs."}, 200),
        ({"value": 1, "code": "1", "system": UCUM}, 100),
        ({"value": 1, "code": "EPIC-TAB", "unit": "tablet", "system": "urn:local"}, 100),
    ],
)
def test_a_unit_that_is_known_gives_milligrams(quantity, mg):
    assert list(mg_a_day(taken(quantity))) == pytest.approx([mg, mg])


@pytest.mark.parametrize(
    ("quantity", "because"),
    [
        ({"unit": "Tablet"}, "the dose has a unit but no number"),
        ({"value": "NaN", "unit": "mg"}, "the dose has a unit but no number"),
        ({"value": -5, "unit": "mg"}, "the dose is below nothing"),
        ({"value": 100}, "the dose's unit is not known"),
        ({"value": 5, "unit": "mL"}, "the dose's unit is not known"),
        ({"value": 5, "unit": "mg", "code": "mL", "system": UCUM}, "the dose's unit is not known"),
        ({"value": 5, "unit": "mg", "code": "g"}, "the dose's unit is not known"),
        ({"value": 5, "unit": "tablet", "code": "mg"}, "the dose's unit is not known"),
    ],
)
def test_a_unit_that_is_not_known_is_not_guessed(quantity, because):
    assert why_unknown(taken(quantity)) == because


def test_units_need_the_strength_of_one():
    order = sertraline(taken({"value": 1, "unit": "tablet"}))
    order["medicationCodeableConcept"] = concept(text="sertraline")
    (found,) = chart(order).medications
    assert found.steps[0].because == "the strength of one unit is not known"


@pytest.mark.parametrize(
    ("dose", "because"),
    [
        ({"text": "one"}, "how often it is taken is not recorded"),
        ({"patientInstruction": "daily"}, "the text does not say how much is taken"),
        ({}, "no dose is recorded"),
        (
            {"doseAndRate": [{"doseRange": {"high": HUNDRED}}]},
            "the dose range has an end that cannot be read",
        ),
        (
            {"doseAndRate": [{"doseRange": {"low": {"value": 1, "unit": "x"}, "high": HUNDRED}}]},
            "the dose range has an end that cannot be read",
        ),
        ({"doseAndRate": [{"doseQuantity": HUNDRED}]}, "how often it is taken is not recorded"),
        (
            {**dosage(100), "modifierExtension": [{"url": "urn:x"}]},
            "the instruction carries a modifier that is not understood",
        ),
    ],
)
def test_what_is_missing_is_said(dose, because):
    assert why_unknown(dose) == because


def test_a_range_keeps_both_ends_whatever_their_order():
    high, low = {"value": 100}, {"value": 50, **MG}
    dose = taken(None, doseAndRate=[{"doseRange": {"low": high, "high": low}}])
    assert mg_a_day(dose) == (50, 100)


def test_a_range_of_units_tells_the_shorter_supply():
    tablets = {"low": {"value": 1, "unit": "tablet"}, "high": {"value": 2, "unit": "tablet"}}
    dose = taken(None, doseAndRate=[{"doseRange": tablets}])
    supply = {"quantity": {"value": 60, "unit": "tablet"}}
    assert record(dose, dispenseRequest=supply).supply_days == 30


def test_a_range_of_units_without_strength_still_tells_the_supply():
    tablets = {"low": {"value": 1, "unit": "tablet"}, "high": {"value": 2, "unit": "tablet"}}
    order = sertraline(taken(None, doseAndRate=[{"doseRange": tablets}]))
    order["dispenseRequest"] = {"quantity": {"value": 60}}
    order["medicationCodeableConcept"] = concept(text="sertraline")
    (found,) = chart(order).medications
    assert found.supply_days == 30
    assert found.steps[0].high is None


def test_an_ordered_and_a_calculated_dose_that_differ_are_a_range():
    rates = [
        {"doseQuantity": {"value": 1, "unit": "tablet"}},
        {"doseQuantity": {"value": 50, **MG}},
    ]
    assert mg_a_day(taken(None, doseAndRate=rates)) == (50, 100)


def test_one_readable_dose_of_two_is_enough():
    rates = [{"doseQuantity": {"value": 2, "unit": "mL"}}, {"doseQuantity": HUNDRED}]
    assert mg_a_day(taken(None, doseAndRate=rates)) == (100, 100)


def test_a_daily_unit_is_not_multiplied():
    twice = {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}
    assert mg_a_day(taken({"value": 100, "unit": "mg/d"}, twice)) == (100, 100)


@pytest.mark.parametrize(
    ("timing", "times"),
    [
        ({"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}, (2, 2)),
        ({"repeat": {"period": 8, "periodUnit": "h"}}, (3, 3)),
        ({"repeat": {"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}}, (1, 2)),
        ({"repeat": {"frequency": 1, "period": 1, "periodMax": 2, "periodUnit": "d"}}, (0.5, 1)),
        ({"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}}, (1 / 7, 1 / 7)),
        ({"repeat": {"when": ["MORN", "NIGHT"]}}, (2, 2)),
        ({"repeat": {"when": ["MORN", "EVE"], "period": 1, "periodUnit": "d"}}, (2, 2)),
        ({"repeat": {"timeOfDay": ["08:00:00"]}}, (1, 1)),
        ({"repeat": {"dayOfWeek": ["mon", "wed", "fri"]}}, (3 / 7, 3 / 7)),
        (
            {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "dayOfWeek": ["mon"]}},
            (1 / 7, 1 / 7),
        ),
        (
            {"repeat": {"frequency": 3, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon"]}},
            (3 / 7, 3 / 7),
        ),
        ({"code": {"coding": [{"code": "TID"}]}}, (3, 3)),
        ({"code": {"text": "Twice daily"}}, (2, 2)),
    ],
)
def test_how_often_is_read_where_it_is_written(timing, times):
    found = mg_a_day(taken(HUNDRED, timing))
    assert list(found) == pytest.approx([100 * times[0], 100 * times[1]])


@pytest.mark.parametrize(
    "timing",
    [
        {},
        {"repeat": {}},
        {"repeat": {"frequency": 2}},
        {"repeat": {"frequency": 0, "period": 1, "periodUnit": "d"}},
        {"repeat": {"frequency": 1, "period": 0, "periodUnit": "d"}},
        {"repeat": {"frequency": 1, "period": 1, "periodUnit": "fortnight"}},
        {"repeat": {"frequency": "often", "period": 1, "periodUnit": "d"}},
        {"code": {"coding": [{"code": "ONCE MR1"}]}},
        {"event": ["2026-01-01"]},
    ],
)
def test_an_unknown_frequency_is_not_once_a_day(timing):
    assert why_unknown(taken(HUNDRED, timing)) == "how often it is taken is not recorded"


@pytest.mark.parametrize(
    "more",
    [
        {"asNeededBoolean": True},
        {"asNeededCodeableConcept": {"text": "anxiety"}},
        {"text": "take one as needed"},
    ],
)
def test_as_needed_may_be_none_at_all(more):
    found = record(dosage(100, **more))
    assert found.as_needed
    assert (found.steps[0].low, found.steps[0].high) == (0, 100)


@pytest.mark.parametrize(
    "dose",
    [
        taken(HUNDRED, {"repeat": {"when": ["HS"]}}),
        taken(HUNDRED, {"code": {"coding": [{"code": "QHS"}]}}),
        dosage(100, text="take 1 tablet at bedtime"),
        dosage(100, additionalInstruction=[{"text": "at bedtime"}]),
    ],
)
def test_bedtime_is_seen(dose):
    assert record(dose).at_bedtime


def test_parts_of_a_day_add_up_and_alternatives_are_a_range():
    morning, evening = (taken(HUNDRED, {"repeat": {"when": [part]}}) for part in ("MORN", "EVE"))
    assert (step(morning, evening).low, step(morning, evening).high) == (200, 200)
    either = step(dosage(50, sequence=1), dosage(100, sequence=2))
    assert (either.low, either.high) == (50, 100)
    both = step(dosage(50), dosage(100))
    assert (both.low, both.high) == (50, 150)


def test_one_unreadable_part_makes_the_day_unknown():
    found = step(dosage(50), taken({"value": 1, "unit": "spoon"}))
    assert (found.low, found.high, found.because) == (None, None, "the dose's unit is not known")


def long(days: int, **more: object) -> dict:
    """Return a Dosage's timing of so many days."""
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", **more}
    return {"repeat": {**repeat, "boundsDuration": {"value": days, "code": "d"}}}


def test_steps_follow_each_other_by_sequence_and_length():
    second = taken({"value": 100, **MG}, long(14), sequence=2)
    first = taken({"value": 50, **MG}, long(7), sequence=1)
    last = dosage(150, sequence=3)
    found = record(last, second, first).steps
    at = day(START)
    assert [(s.start, s.end, s.high) for s in found] == [
        (at, at + 7, 50),
        (at + 7, at + 21, 100),
        (at + 21, None, 150),
    ]


def test_two_parts_of_one_step_share_its_length():
    parts = [
        taken(HUNDRED, {"repeat": {"when": [part], "boundsDuration": {"value": 7, "unit": "days"}}})
        for part in ("MORN", "EVE")
    ]
    (found,) = record(*parts).steps
    assert (found.high, found.end) == (200, day(START) + 7)


def test_steps_whose_lengths_are_not_all_known_are_one_range():
    found = step(dosage(50, sequence=1), taken(HUNDRED, long(7), sequence=2))
    assert (found.start, found.low, found.high) == (None, 50, 100)


def test_a_step_whose_lines_disagree_about_its_length_has_none():
    lines = [taken(HUNDRED, long(days), sequence=1) for days in (7, 14)]
    assert step(*lines).end is None


def test_no_day_to_count_from_leaves_a_length_without_dates():
    assert step(taken(HUNDRED, long(7)), authoredOn=None).start is None


def test_bounds_come_in_order_and_an_open_last_one_leaves_the_end_open():
    found = record(dosage(100, "2026-02-01"), dosage(50, "2026-01-01", "2026-02-01"))
    assert [(s.start, s.high) for s in found.steps] == [
        (day("2026-01-01"), 50),
        (day("2026-02-01"), 100),
    ]
    assert (found.start, found.end) == (day("2026-01-01"), None)


def test_a_weekly_capsule_counts_as_its_daily_dose():
    order = sertraline(taken({"value": 90, **MG}, {"repeat": {"period": 1, "periodUnit": "wk"}}))
    order["medicationCodeableConcept"] = concept(text="fluoxetine 90 MG")
    (found,) = chart(order).medications
    assert found.steps[0].high == 20


def test_the_same_words_on_other_days_are_the_same_dose_on_those_days():
    first = dosage(50, START, "2026-01-31", text="take 1/2 tablet daily")
    later = dosage(50, "2026-02-01", "2026-02-28", text="take 1/2 tablet daily")
    orders = [sertraline(first) | {"id": "a"}, sertraline(later) | {"id": "b"}]
    steps = [one for read in chart(*orders).medications for one in read.steps]
    assert [(one.low, one.high) for one in steps] == [(50, 50), (50, 50)]
    days = [(one.start, one.end) for one in steps]
    assert days == [(day(START), day("2026-01-31")), (day("2026-02-01"), day("2026-02-28"))]


def test_alike_instructions_of_two_drugs_are_two_doses():
    dose = taken({"value": 1, "unit": "tablet"})
    fifty = concept(RXNORM, "312941", text="sertraline 50 MG Oral Tablet")
    orders = [sertraline(dose), order("m2", fifty, [dose], authoredOn=START)]
    steps = [one for read in chart(*orders).medications for one in read.steps]
    assert [one.high for one in steps] == [100, 50]


@pytest.mark.parametrize("odd", ["deep", "large"])
def test_an_instruction_too_odd_to_be_compared_is_read_all_the_same(odd):
    kind: Any = 10**5000
    for _ in range(5000 if odd == "deep" else 0):
        kind = [kind]
    dose = taken(HUNDRED)
    dose["doseAndRate"][0]["type"] = kind
    assert mg_a_day(dose) == (100, 100)
