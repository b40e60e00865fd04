"""Patients examined from chart to verdict: days told by what was supplied and handed over."""

from datetime import date, timedelta

import pytest

from tests.support.examined import (
    MDD,
    SCORED_1,
    answer,
    case,
    differs,
    examined,
    handed,
    ordered,
    phq,
    supplied,
    tablets,
    took,
    trial,
)
from tests.support.fhir import dosage

WHY = "no effect"
DAY_1, LAST = "2025-10-01", "2026-01-10"


def renewed(*dates, why=None):
    """Return supplies of thirty tablets of sertraline; the last is stopped where there is a why."""
    made = [one for on in dates[:-1] for one in supplied("312941", on, 30)]
    last = {"status": "stopped"} if why else {}
    return made + supplied("312941", dates[-1], 30, why, **last)


SUPPLIED = [
    case(
        "monthly renewals by quantity are one trial",
        renewed(DAY_1, "2025-10-31", "2025-11-30", "2025-12-30", why="ineffective")
        + phq(DAY_1, 20)
        + phq("2026-01-20", 18),
        answer("not-met", 1, possible=0, candidacy="not-now", trials={"sertraline": trial()}),
    ),
    case(
        "a quantity with three repeats lasts four times as long",
        supplied("312941", DAY_1, 30, repeats=3) + phq("2025-09-30", 20) + phq("2026-01-20", 18),
        answer(confirmed=1, possible=0, trials={"sertraline": trial(end="2026-01-28")}),
    ),
    case(
        "an expected supply of 90 days lasts 90 days",
        supplied("312941", DAY_1, 30, days=90) + phq("2025-09-30", 20) + phq("2025-12-20", 18),
        answer(confirmed=1, trials={"sertraline": trial()}),
    ),
    case(
        "a completed order with two repeats is as long as its supply",
        supplied("312941", DAY_1, 30, WHY, repeats=2),
        answer(confirmed=1, trials={"sertraline": trial()}),
    ),
    case(
        "how many repeats of a stopped order were fetched is not known",
        supplied("312941", DAY_1, 30, WHY, repeats=2, status="stopped"),
        answer(confirmed=0, possible=1, trials={"sertraline": trial(duration="unknown")}),
    ),
    case(
        "renewals a few days late count their tablets",
        renewed(DAY_1, "2025-11-10", "2025-12-20") + phq(DAY_1, 20) + phq("2026-01-15", 18),
        answer(confirmed=1, trials={"sertraline": trial(daysAtOrAboveMinimum=90)}),
    ),
    case(
        "twice 75 mg from a supply for a month with two repeats",
        supplied("313585", DAY_1, 60, "inadequate response", per_day=2, repeats=2)
        + phq(DAY_1, 20)
        + phq("2025-12-28", 17),
        answer(
            confirmed=1,
            trials={"venlafaxine": trial(highestDailyDoseMg=150, subtype="none")},
        ),
    ),
    case(
        "a supply for ninety days does not outlast the written end",
        took(
            "312941",
            50,
            DAY_1,
            "2025-11-05",
            WHY,
            dispenseRequest={"quantity": {"value": 90, "unit": "tablet"}},
        ),
        answer(confirmed=0, trials={"sertraline": trial(duration="not-met")}),
    ),
    case(
        "a supply for thirty days does not fill longer bounds",
        took(
            "312941",
            50,
            DAY_1,
            LAST,
            WHY,
            dispenseRequest={"quantity": {"value": 30, "unit": "tablet"}},
        ),
        answer(confirmed=0, trials={"sertraline": trial(duration="not-met")}),
    ),
    case(
        "a quantity without units a day leaves dose and duration unknown",
        ordered(
            "312938",
            [{"text": "as directed"}],
            WHY,
            authoredOn=DAY_1,
            dispenseRequest={"quantity": {"value": 90, "unit": "tablet"}},
        ),
        answer(
            confirmed=0,
            possible=1,
            trials={"sertraline": {"dose": "unknown", "duration": "unknown"}},
        ),
    ),
    case(
        "a start alone and a sig nobody can read stay open",
        ordered("312938", [tablets(None, start=DAY_1, text="as directed")], WHY),
        answer(confirmed=0, possible=1),
    ),
    case(
        "a hundred days without a dose are possible",
        took("312938", None, DAY_1, LAST, WHY, sig="as directed"),
        answer(confirmed=0, possible=1, trials={"sertraline": {"dose": "unknown"}}),
    ),
    case(
        "thirty days without a dose are too few",
        took("312938", None, DAY_1, "2025-10-31", WHY, sig="as directed"),
        answer(
            confirmed=0, possible=0, trials={"sertraline": {"dose": "unknown", "counts": False}}
        ),
    ),
]

DISPENSED = [
    case(
        "dispenses alone make a trial",
        [
            one
            for on in (DAY_1, "2025-10-31", "2025-11-30")
            for one in handed("312941", on, 30, dosageInstruction=[dosage(50)])
        ]
        + SCORED_1,
        answer(confirmed=1, trials={"sertraline": trial()}),
    ),
    case(
        "a gap of twenty days between dispenses after enough days",
        took("312941", 50, DAY_1, "2026-01-31", WHY)
        + handed("312941", DAY_1, 30)
        + handed("312941", "2025-10-31", 30)
        + handed("312941", "2025-12-20", 30)
        + phq(DAY_1, 20)
        + phq("2026-01-10", 18),
        answer(trials={"sertraline": {"duration": "met"}}),
    ),
    case(
        "early refills carry over",
        took("312941", 50, DAY_1, "2025-12-30", WHY)
        + handed("312941", DAY_1, 30)
        + handed("312941", "2025-10-21", 30)
        + handed("312941", "2025-11-10", 30),
        answer(confirmed=1, trials={"sertraline": trial(daysAtOrAboveMinimum=90)}),
    ),
]


@pytest.mark.parametrize(("facts", "told"), SUPPLIED + DISPENSED)
def test_a_patient_s_supplies(facts, told):
    assert differs(examined(MDD + facts), told) == []


@pytest.mark.parametrize(
    ("tablets_given", "duration"),
    [
        pytest.param(42, "met", id="a supply of 42 tablets is enough"),
        pytest.param(41, "not-met", id="a supply of 41 tablets is not"),
    ],
)
def test_a_supply_by_its_tablets(tablets_given, duration):
    facts = supplied("312941", DAY_1, tablets_given, WHY, status="stopped")
    scores = phq(DAY_1, 20) + phq("2025-11-12", 18)
    told = answer(trials={"sertraline": trial(duration=duration)})
    assert differs(examined(MDD + facts + scores), told) == []


@pytest.mark.parametrize(
    ("days", "duration"),
    [
        pytest.param(14, "met", id="a refill 14 days late keeps the days together"),
        pytest.param(15, "not-met", id="a refill 15 days late does not"),
    ],
)
def test_a_late_refill_within_the_bounds(days, duration):
    second = (date(2025, 10, 31) + timedelta(days)).isoformat()
    facts = took("312941", 50, DAY_1, "2025-12-20", WHY) + handed("312941", DAY_1, 30)
    out = examined(MDD + facts + handed("312941", second, 30))
    assert differs(out, answer(trials={"sertraline": {"duration": duration}})) == []


@pytest.mark.parametrize(
    ("share", "row", "possible"),
    [
        pytest.param(80, {"outcome": "inefficacy", "counts": True}, 0, id="80 of 100 days count"),
        pytest.param(79, {"outcome": "inefficacy", "counts": False}, 1, id="79 are possible"),
        pytest.param(50, {"counts": False}, 1, id="50 are possible"),
        pytest.param(49, {"outcome": "non-adherence", "counts": False}, 0, id="49 are neither"),
    ],
)
def test_days_dispensed_of_a_hundred(share, row, possible):
    facts = took("312941", 50, DAY_1, "2026-01-09", WHY) + handed("312941", DAY_1, share)
    told = answer(possible=possible, trials={"sertraline": row})
    assert differs(examined(MDD + facts), told) == []
