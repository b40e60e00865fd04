"""A text beside elements: contradictions are unknown, one tells what the other leaves open."""

from typing import Any

import pytest

from tests.support.days import day
from tests.support.fhir import concept, order
from tests.trd.read.charts import (
    START,
    chart,
)
from trd.read.sig_items import items_of

UNKNOWN = (None, None)


def mg(value: float) -> dict[str, Any]:
    return {"doseAndRate": [{"doseQuantity": {"value": value, "unit": "mg"}}]}


def often(frequency: int = 1) -> dict[str, Any]:
    return {"timing": {"repeat": {"frequency": frequency, "period": 1, "periodUnit": "d"}}}


def beside(*told: str) -> dict[str, Any]:
    return {"additionalInstruction": [{"text": text} for text in told]}


def at_most(value: float, days: float = 1, unit: str = "mg") -> dict[str, Any]:
    longest = {"value": days, "code": "d"}
    return {
        "maxDosePerPeriod": {"numerator": {"value": value, "unit": unit}, "denominator": longest}
    }


def steps(*dosages: dict[str, Any], strength: str = " 50 mg") -> list[tuple[Any, ...]]:
    named = concept(text=f"sertraline{strength}")
    (record,) = chart(order("m1", named, list(dosages), authoredOn=START)).medications
    start = day(START)
    return [
        (
            None if step.start is None else step.start - start,
            None if step.end is None else step.end - start,
            step.low,
            step.high,
        )
        for step in record.steps
    ]


@pytest.mark.parametrize(
    ("dosage", "expected"),
    [
        ({**mg(50), **often(), "text": "50 mg daily"}, (50, 50)),
        ({**mg(50), **often(), "text": "100 mg daily"}, UNKNOWN),
        ({**mg(50), **often(), "text": "100 mg"}, UNKNOWN),
        ({**mg(50), **often(), "text": "take twice daily"}, UNKNOWN),
        ({**mg(50), **often(2), "text": "take daily"}, (100, 100)),
        ({**mg(50), **often(2), "text": "100 mg"}, (100, 100)),
        ({**mg(50), **often(), "text": "50-100 mg daily"}, (50, 100)),
        ({**mg(50), **often(), "text": "as directed by the clinic"}, (50, 50)),
        ({**mg(50), "text": "twice daily"}, (100, 100)),
        ({**mg(50), "text": "100 mg daily"}, UNKNOWN),
        ({**mg(50), "text": "100 mg"}, UNKNOWN),
        ({**often(), "text": "1 tab bid"}, UNKNOWN),
        ({**often(2), "text": "1 tab"}, (100, 100)),
        ({**mg(200), "text": "25 mg daily for 7 days then 50 mg daily"}, UNKNOWN),
        ({"text": "1 tab daily", "patientInstruction": "1 tab at bedtime"}, (50, 50)),
        ({"text": "1 tab daily", "patientInstruction": "2 tabs daily"}, UNKNOWN),
        ({"text": "1 tab", "patientInstruction": "twice daily"}, UNKNOWN),
        ({"text": "1 tab daily", "additionalInstruction": [{"text": "every other day"}]}, UNKNOWN),
        ({"text": "1 tab daily", "additionalInstruction": [{"text": "with food"}]}, (50, 50)),
        ({"text": "1 tab daily", "additionalInstruction": [{"text": "ask the nurse"}]}, (50, 50)),
        ({"text": "1 tab daily", "additionalInstruction": [{"text": "max 3 a week"}]}, UNKNOWN),
        ({"text": "1 tab daily", **beside("skip weekends")}, UNKNOWN),
        ({"text": "1 tab daily", **beside("only in luteal phase")}, UNKNOWN),
        ({"text": "1 tab daily", **beside("every other Sunday")}, UNKNOWN),
        ({"text": "1 tab daily", **beside("not on Sundays")}, UNKNOWN),
        ({"text": "1 tab daily", **beside("alternate days")}, UNKNOWN),
        ({"text": "1 tab daily", **beside("Do not skip doses")}, (50, 50)),
        ({"text": "1 tab daily", **beside("If forgotten skip the missed dose")}, (50, 50)),
        ({"text": "1 tab daily", **beside("Do not double or skip doses")}, (50, 50)),
        ({"text": "1 tab daily", **beside("avoid sun lamps and strong sunlight")}, (50, 50)),
        ({"text": "1 tab daily", **beside("1 tab daily", "with food")}, (50, 50)),
        ({**mg(50), **often(), **beside("skip weekends")}, UNKNOWN),
        ({**mg(50), **often(), **beside("alternate days")}, UNKNOWN),
        ({**mg(50), **often(), "text": "50 mg daily", **beside("alternate days")}, UNKNOWN),
        ({**mg(50), **often(), **beside("may cause drowsiness")}, (50, 50)),
        ({**mg(50), **often(), **beside("avoid grapefruit, ask the nurse")}, (50, 50)),
        ({**mg(50), "timing": {"code": {"text": "weekends only"}}}, UNKNOWN),
        ({"text": "1 tab daily", "asNeededBoolean": True}, (0, 50)),
        ({"text": "take trazodone 50 mg daily"}, UNKNOWN),
    ],
)
def test_what_text_and_elements_tell_together(dosage, expected):
    ((_, _, low, high),) = steps(dosage)
    assert (low, high) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("take 1 tablet daily, not to exceed 1/2 tablet", UNKNOWN),
        ("take 1 tablet daily, maximum 1/2 tablet", UNKNOWN),
        ("take 1 tablet daily, limit 25 mg", UNKNOWN),
        ("take 1 tablet daily, max 1/2", UNKNOWN),
        ("take 1 tablet three times daily, max 2 tablets", UNKNOWN),
        ("take 1 tablet daily, max 5 mL", (50, 50)),
        ("take 1 tablet daily, max 13 tablets", UNKNOWN),
        ("take 1 tablet daily, max 200 mg", (50, 50)),
        ("take 1 tablet daily, max 100", (50, 50)),
        ("take 1 tablet three times daily as needed, max 2 tablets", (0, 150)),
        ("take 1 tablet three times daily as needed, max 1/2 tablet", UNKNOWN),
        ("take 3 doses daily of 1 tablet", UNKNOWN),
        ("take 1 tablet daily for 7 doses", UNKNOWN),
        ("100 mg daily in 2 doses", (100, 100)),
        ("1 tablet daily except weekends", UNKNOWN),
    ],
)
def test_a_most_below_what_is_taken_contradicts_and_doses_are_no_times(text, expected):
    ((_, _, low, high),) = steps({"text": text})
    assert (low, high) == expected


def test_a_most_in_tablets_is_compared_in_tablets_where_the_strength_is_not_known():
    ((_, _, _, high),) = steps({"text": "1 tablet (50 mg) daily, max 1/2 tablet"}, strength="")
    assert high is None
    ((_, _, _, high),) = steps({"text": "50 mg daily, max 2 tablets"}, strength="")
    assert high == 50


@pytest.mark.parametrize(
    ("dosage", "most", "expected"),
    [
        ({**mg(50), **often()}, at_most(25), UNKNOWN),
        ({**mg(50), **often()}, at_most(50), (50, 50)),
        ({**mg(50), **often()}, at_most(350, 7), (50, 50)),
        ({**mg(50), **often()}, at_most(300, 7), UNKNOWN),
        ({**mg(50), **often()}, at_most(0.5, unit="tablet"), UNKNOWN),
        ({**mg(50), **often()}, at_most(1, unit="furlong"), (50, 50)),
        ({**mg(50), **often(4), "asNeededBoolean": True}, at_most(100), (0, 100)),
        ({"text": "1-2 tablets daily"}, at_most(75), (50, 75)),
        ({"text": "1 tablet daily for 7 days then 2 tablets daily"}, at_most(75), UNKNOWN),
        ({"text": "ask"}, at_most(75), UNKNOWN),
    ],
)
def test_no_dose_is_above_the_most_that_may_be_taken(dosage, most, expected):
    ((_, _, low, high),) = steps({**dosage, **most})
    assert (low, high) == expected


def test_the_steps_of_a_text_lie_within_the_bounds_of_its_dosage():
    bounds = {"timing": {"repeat": {"boundsPeriod": {"start": START}}}}
    text = "25 mg daily for 7 days then 50 mg daily"
    assert steps({"text": text, **bounds}) == [(0, 7, 25, 25), (7, None, 50, 50)]


def test_elements_within_the_steps_of_a_text_do_not_hide_them():
    text = "25 mg daily for 7 days then 50 mg daily"
    assert steps({"text": text, **mg(50), **often()}) == [(0, 7, 25, 25), (7, None, 50, 50)]
    told = {"text": text, "patientInstruction": "50 mg daily"}
    assert steps(told) == [(None, None, None, None)]


def test_texts_in_sequence_are_one_of_them_and_parts_of_a_day_are_added():
    first, second = {"text": "25 mg daily"}, {"text": "50 mg daily"}
    assert steps({**first, "sequence": 1}, {**second, "sequence": 2}) == [(None, None, 25, 50)]
    assert steps({"text": "1 tab in the morning"}, {"text": "2 tabs at bedtime"}) == [
        (None, None, 150, 150)
    ]


@pytest.mark.parametrize("text", ["a" * 601, "1 " * 200, "\ufdfa" * 100, "1 zorb"])
def test_a_text_that_is_no_instruction_is_one_that_holds_more(text):
    assert "!" in {item.kind for item in items_of(text, {}, frozenset())}
