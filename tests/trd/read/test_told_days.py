"""The days a text tells beside those of its record: the dose of the others is not known."""

from typing import Any

import pytest

from tests.support.days import day
from tests.support.fhir import dosage
from tests.trd.read.charts import START, chart, record, sertraline
from trd.read.told_days import OTHER_DAYS, SO_MANY_DAYS

DAILY = {"frequency": 1, "period": 1, "periodUnit": "d"}
OPEN = {"start": START}


def told(text: str, period: dict[str, Any] | None = None, **repeat: Any) -> dict[str, Any]:
    bounds = {} if period is None else {"boundsPeriod": period}
    return {"text": text, "timing": {"repeat": {**bounds, **repeat}}}


def supply(days: int, repeats: int = 0) -> dict[str, Any]:
    duration = {"value": days, "code": "d"}
    return {"expectedSupplyDuration": duration, "numberOfRepeatsAllowed": repeats}


def spans(*dosages: dict[str, Any], **more: Any) -> list[tuple[Any, ...]]:
    """Return each step as days from the day of the order, and mg or why they are not known."""
    start = day(START)
    return [
        (
            None if step.start is None else step.start - start,
            None if step.end is None else step.end - start,
            step.because if step.high is None else step.high,
        )
        for step in record(*dosages, **more).steps
    ]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1 tablet daily for 14 days", 14),
        ("1 tablet daily for 1 day", 1),
        ("1 tablet daily x 2 weeks", 14),
        ("week 1-2: 1 tablet daily", 14),
        ("days 1-4: 1 tablet daily", 4),
        ("for the first 7 days: 1 tablet daily", 7),
        ("1 tablet daily until 01/20/2026", 20),
        ("1 tablet daily until 2026-01-20", 20),
        ("1 tablet daily until Jan 20, 2026", 20),
        ("1 tablet daily starting 1/1/2026 until 20/1/26", 20),
        ("1 tablet daily for 14 days starting Jan 1, 2026", 14),
        ("1 tablet daily until Sun 02/01/2026", 32),
        ("1 tablet daily until 02/01/2026", 2),
        ("1 tablet daily until 03/02/2026", 34),
    ],
)
def test_beyond_the_days_a_text_tells_the_dose_is_unknown(text, days):
    assert spans(told(text, OPEN)) == [(0, days, 100), (days, None, SO_MANY_DAYS)]


@pytest.mark.parametrize(
    ("text", "more", "expected"),
    [
        ("1 tablet daily for 30 days", {}, [(None, 30, 100), (30, None, SO_MANY_DAYS)]),
        ("1 tablet daily for 30 days", {"dispenseRequest": supply(30)}, [(None, None, 100)]),
        ("1 tablet daily for 30 days", {"dispenseRequest": supply(30, 2)}, [(None, None, 100)]),
        (
            "1 tablet daily for 30 days",
            {"dispenseRequest": {"quantity": {"value": 30}, "numberOfRepeatsAllowed": 2}},
            [(None, None, 100)],
        ),
        (
            "1 tablet daily for 30 days",
            {"dispenseRequest": supply(90)},
            [(None, 30, 100), (30, None, SO_MANY_DAYS)],
        ),
        (
            "1 tablet daily for 14 days",
            {"dispenseRequest": supply(30, 2)},
            [(None, 14, 100), (14, None, SO_MANY_DAYS)],
        ),
        (
            "1 tablet daily for 30 days",
            {"dispenseRequest": {"validityPeriod": {"start": START, "end": "2026-01-31"}}},
            [(None, None, 100)],
        ),
        (
            "1 tablet daily for 30 days",
            {"dispenseRequest": {"validityPeriod": {"start": START, "end": "2026-12-31"}}},
            [(None, 30, 100), (30, None, SO_MANY_DAYS)],
        ),
        ("1 tablet daily for 30 days", {"authoredOn": None}, [(None, None, 100)]),
        ("week 1 and after: 1 tablet daily", {}, [(None, None, 100)]),
        (
            "1 tablet daily, may increase to 2 tablets daily for 14 days",
            {},
            [(None, 14, 200), (14, None, SO_MANY_DAYS)],
        ),
        (
            "1 tablet daily for 7 days then 2 tablets daily",
            {},
            [(0, 7, 100), (7, None, 200)],
        ),
        (
            "1 tablet daily for 7 days then 2 tablets daily, until 01/20/2026",
            {},
            [(0, 7, 100), (7, 20, 200), (20, None, SO_MANY_DAYS)],
        ),
        (
            "1 tablet daily for 7 days then 2 tablets daily, until 01/05/2026",
            {},
            [(0, 5, 100), (5, None, SO_MANY_DAYS)],
        ),
        (
            "1 tablet daily for 7 days then 2 tablets daily, until 01/07/2026",
            {},
            [(0, 7, 100), (7, None, SO_MANY_DAYS)],
        ),
        (
            "1 tablet daily for 7 days then 2 tablets for 7 days then stop, until 01/20/2026",
            {},
            [(0, 7, 100), (7, 14, 200)],
        ),
    ],
)
def test_what_the_elements_tell_of_days_decides_whether_any_are_left(text, more, expected):
    assert spans({"text": text}, **more) == expected


@pytest.mark.parametrize(
    ("text", "period", "expected"),
    [
        ("1 tablet daily for 31 days", {"end": "2026-02-01"}, [(0, 31, 100)]),
        (
            "1 tablet daily for 14 days",
            {"end": "2026-02-01"},
            [(0, 14, 100), (14, 31, SO_MANY_DAYS)],
        ),
        ("1 tablet daily until 2/1/2026", {"end": "2026-02-01"}, [(0, 31, 100)]),
        ("1 tablet daily starting 01/01/2025", {}, [(0, None, 100)]),
        (
            "1 tablet daily starting 01/20/2026",
            {},
            [(0, 19, OTHER_DAYS), (19, None, 100)],
        ),
        (
            "1 tablet daily starting 02/03/2026",
            {"end": "2026-05-01"},
            [(0, 60, OTHER_DAYS), (60, 120, 100)],
        ),
        ("1 tablet daily starting 03/20/2026", {"end": "2026-02-01"}, [(0, 31, OTHER_DAYS)]),
        ("1 tablet daily until 12/20/2025", {}, [(0, None, OTHER_DAYS)]),
        ("1 tablet daily starting March 3", {}, [(0, None, OTHER_DAYS)]),
        ("1 tablet daily starting 13/13/2026", {}, [(0, None, OTHER_DAYS)]),
        ("1 tablet daily starting Mon 01/20/2026", {}, [(0, None, OTHER_DAYS)]),
        ("1 tablet daily, first dose today", {}, [(0, None, 100)]),
        (
            "1 tablet daily for 7 days then 2 tablets daily, starting 01/20/2026",
            {},
            [(0, 7, OTHER_DAYS), (7, None, OTHER_DAYS)],
        ),
    ],
)
def test_days_named_in_a_text_bound_its_dose(text, period, expected):
    assert spans(told(text, {**OPEN, **period})) == expected


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        ({**DAILY, "count": 7}, [(0, 7, 100), (7, None, SO_MANY_DAYS)]),
        ({**DAILY, "frequency": 2, "count": 7}, [(0, 3, 200), (3, None, SO_MANY_DAYS)]),
        ({**DAILY, "count": 1, "countMax": 7}, [(0, 1, 100), (1, None, SO_MANY_DAYS)]),
        ({**DAILY, "count": 1}, [(0, None, 100)]),
        ({**DAILY, "count": "some"}, [(0, None, 100)]),
    ],
)
def test_so_many_doses_are_taken_in_so_many_days(repeat, expected):
    dose = dosage(100)
    assert spans({**dose, "timing": {"repeat": {"boundsPeriod": OPEN, **repeat}}}) == expected


def test_a_count_without_a_frequency_is_no_length():
    dose = {"text": "1 tablet daily", "timing": {"repeat": {"boundsPeriod": OPEN, "count": 7}}}
    assert spans(dose) == [(0, None, 100)]


def test_what_the_patient_is_told_of_days_counts_too():
    dose = {**dosage(100), "patientInstruction": "use for 14 days"}
    assert spans(dose) == [(None, 14, 100), (14, None, SO_MANY_DAYS)]


def test_a_step_whose_text_tells_fewer_days_than_its_elements_has_no_dose():
    first = told("1 tablet daily for 14 days", {"start": START, "end": "2026-02-01"})
    second = told("2 tablets daily", {"start": "2026-02-01", "end": "2026-03-01"})
    assert spans(first, second) == [(0, 31, SO_MANY_DAYS), (31, 59, 200)]
    other = told("1 tablet daily starting 01/20/2026", {"start": START, "end": "2026-02-01"})
    assert spans(other, second) == [(0, 31, OTHER_DAYS), (31, 59, 200)]
    unread = told("ask", {"start": START, "end": "2026-02-01"})
    assert spans(unread, second)[1] == (31, 59, 200)


def test_a_step_with_a_length_of_its_own_is_told_as_long():
    weeks = {"boundsDuration": {"value": 2, "code": "wk"}}
    first = {**told("1 tablet daily for 14 days", **weeks), "sequence": 1}
    second = {**told("2 tablets daily"), "sequence": 2}
    assert spans(first, second) == [(0, 14, 100), (14, None, 200)]
    tail = {**told("2 tablets daily for 14 days"), "sequence": 2}
    assert spans(first, tail) == [(0, 14, 100), (14, None, SO_MANY_DAYS)]


def test_parts_of_a_day_are_told_for_the_days_of_both():
    morning = {"text": "1 tablet in the morning for 14 days"}
    night = {"text": "2 tablets at bedtime for 30 days"}
    assert spans(morning, night) == [(None, 14, 300), (14, None, SO_MANY_DAYS)]


@pytest.mark.parametrize(
    ("days", "text", "expected"),
    [
        (30, "1 tablet daily for 30 days", 100),
        (90, "1 tablet daily for 30 days", None),
        (None, "1 tablet daily for 30 days", 100),
        (30, "1 tablet daily starting 01/20/2026", None),
    ],
)
def test_a_supply_longer_than_its_text_has_no_dose(days, text, expected):
    handed = {
        **sertraline(),
        "resourceType": "MedicationDispense",
        "id": "d1",
        "status": "completed",
        "whenHandedOver": START,
        "dosageInstruction": [{"text": text}],
    }
    if days is not None:
        handed["daysSupply"] = {"value": days, "code": "d"}
    (found,) = chart(handed).dispenses
    assert found.high == expected


@pytest.mark.parametrize(
    ("last", "steps"),
    [
        ("2026-01-05", [(0, 4, 50)]),
        ("2026-01-08", [(0, 7, 50)]),
        ("2026-01-20", [(0, 7, 50), (7, 19, 100)]),
    ],
)
def test_a_written_end_cuts_the_steps_a_text_tells(last, steps):
    text = "1/2 tablet daily for 7 days, then 1 tablet daily"
    dose = {"text": text, "timing": {"repeat": {"boundsPeriod": {"start": START, "end": last}}}}
    start = day(START)
    found = record(dose).steps
    assert [((s.start or 0) - start, (s.end or 0) - start, s.high) for s in found] == steps
