"""Patients examined from chart to verdict: what was taken, from when to when, and for how long."""

import pytest

from tests.support.examined import (
    COURSE_2,
    FAILURE_1,
    FAILURE_2,
    MDD,
    MET,
    NOW,
    ONE,
    SCORED_1,
    answer,
    case,
    coded,
    differs,
    examined,
    ordered,
    phq,
    stated,
    took,
    trial,
    written,
)
from tests.support.fhir import RXNORM, concept, dosage

WHY = "no effect"
DAY_1, LAST = "2025-10-01", "2026-01-10"
OPEN_ROW = {"sertraline": {"duration": "unknown", "adequacy": "unknown"}}
ONE_OPEN = answer("unknown", 1, possible=1, candidacy="ask")
ONE_ALONE = answer("not-met", 1, possible=0)
NO_TRACE = answer(
    confirmed=1, possible=0, issues=True, set_aside=[], trials={"sertraline": trial()}
)


def sertraline(start, end, why=WHY, mg=100, **more):
    """Return an order of sertraline within written bounds."""
    return took("312938", mg, start, end, why, **more)


def on_order(local):
    """Return how an order is marked that is nobody's exposure."""
    status, intent = local.split("/")
    return took(*COURSE_2, WHY, status=status, intent=intent)


BOUNDED = [
    case(
        "one order a dose step counts from the first day at the minimum",
        took("312940", 25, DAY_1, "2025-10-07", status="completed")
        + took("312941", 50, "2025-10-08", "2025-10-31", status="completed")
        + took("312938", 100, "2025-11-01", "2025-12-31", "lack of effect")
        + SCORED_1
        + FAILURE_2
        + NOW,
        MET | {"trials": {"sertraline": trial(daysAtOrAboveMinimum=84), "venlafaxine": trial()}},
    ),
    case(
        "41 days by written bounds are too few",
        sertraline(DAY_1, "2025-11-11"),
        answer(confirmed=0, possible=0, trials={"sertraline": trial(duration="not-met")}),
    ),
    case(
        "five weeks of each of two drugs are no failure",
        sertraline(DAY_1, "2025-11-05") + took("808744", 150, "2025-11-10", "2025-12-15", WHY),
        answer("not-met", 0, possible=0, candidacy="not-now"),
    ),
    case(
        "two orders 15 days apart interrupt the days",
        sertraline(DAY_1, "2025-10-31", None, status="completed")
        + sertraline("2025-11-15", "2025-12-13"),
        answer(confirmed=0, trials={"sertraline": trial(duration="not-met")}),
    ),
    case(
        "after 30 days without it the course still begins where it began",
        sertraline(DAY_1, "2025-10-31", None, status="completed")
        + sertraline("2025-11-30", "2026-01-20"),
        answer(trials={"sertraline": trial(start=DAY_1)}),
    ),
    case(
        "after 31 days without it another course begins",
        sertraline(DAY_1, "2025-10-31", None, status="completed")
        + sertraline("2025-12-01", "2026-01-20"),
        answer(trials={"sertraline": trial(start="2025-12-01")}),
    ),
    case(
        "months that may be too short leave the duration open",
        sertraline("2025-10", "2025-11"),
        answer(confirmed=0, possible=1, trials={"sertraline": trial(duration="unknown")}),
    ),
    case(
        "an active order whose bounds have ended has ended",
        sertraline(DAY_1, LAST, None, status="active"),
        answer(
            confirmed=0,
            possible=1,
            trials={"sertraline": trial("unknown", end=LAST, ongoing=False)},
        ),
    ),
    case(
        "an order on hold was taken",
        FAILURE_1 + NOW + took(*COURSE_2, status="on-hold") + phq("2026-05-03", 19),
        answer("met", 2),
    ),
    case(
        "a validity period tells the end",
        ordered(
            "312938",
            [dosage(100)],
            authoredOn=DAY_1,
            status="completed",
            dispenseRequest={"validityPeriod": {"start": DAY_1, "end": LAST}},
        ),
        answer(trials={"sertraline": trial("unknown")}),
    ),
    case(
        "an old order left open ends where a stronger one begins",
        took("312941", 50, DAY_1)
        + took("312938", 100, "2025-11-01", "2026-01-31", "lack of effect")
        + took("808744", 150, "2026-02-02", "2026-05-05", "lack of effect")
        + phq(DAY_1, 20)
        + phq("2026-01-28", 18)
        + phq("2026-05-03", 19)
        + NOW,
        answer("met", 2, candidacy="candidate"),
    ),
]

UNBOUNDED = [
    case(
        "a stopped order without an end ends before the next antidepressant",
        sertraline(DAY_1, None, status="stopped") + SCORED_1 + FAILURE_2 + NOW,
        MET
        | {
            "trials": {
                "sertraline": trial(end="2026-01-04", endInferred=True),
                "venlafaxine": trial(),
            }
        },
    ),
    case(
        "a stopped order without an end and without a successor stays open",
        sertraline(DAY_1, None, status="stopped") + SCORED_1 + NOW,
        answer(confirmed=0, possible=1, trials=OPEN_ROW),
    ),
    case(
        "a completed order without an end stays open",
        sertraline(DAY_1, None, status="completed"),
        answer(confirmed=0, possible=1),
    ),
    case(
        "a lone stopped order known by its date is open and possible",
        written("312938", 100, DAY_1, WHY),
        answer(confirmed=0, possible=1, trials={"sertraline": {"duration": "unknown"}}),
    ),
    case(
        "a lone completed order known by its date is not enough",
        written("312938", 100, DAY_1, WHY, status="completed"),
        answer(confirmed=0, possible=0, trials={"sertraline": {"duration": "not-met"}}),
    ),
    case(
        "a stopped order known by its date beside a bounded failure is possible",
        written("312938", 100, DAY_1, WHY) + took(*COURSE_2, WHY) + NOW,
        answer("unknown", 1, possible=1),
    ),
    case(
        "three orders known by their dates, two months apart, stay open",
        written("312938", 100, DAY_1, status="completed")
        + written("312938", 100, "2025-12-01", status="completed")
        + written("312938", 100, "2026-02-01", WHY, status="completed"),
        answer(confirmed=0, possible=1, trials=OPEN_ROW),
    ),
    case(
        "an active order known by its date, symptomatic after 84 days, is possible",
        written("312938", 100, "2026-04-01", status="active") + NOW,
        answer(confirmed=0, possible=1, trials={"sertraline": {"outcome": "running"}}),
    ),
    case(
        "an active order of 366 days ago without any score is stale and not possible",
        written("312938", 100, "2025-08-31", status="active"),
        answer(confirmed=0, possible=0),
    ),
]


@pytest.mark.parametrize(("facts", "told"), BOUNDED + UNBOUNDED)
def test_a_patient_s_courses(facts, told):
    assert differs(examined(MDD + facts), told) == []


REPORTED = [
    case(
        "a second trial the patient reports",
        took(*COURSE_2, WHY, reportedBoolean=True) + phq("2026-05-03", 19),
        ONE_OPEN,
    ),
    case(
        "a second trial by the patient's own reference",
        took(*COURSE_2, WHY, reportedReference={"reference": "Patient/pt-1"}),
        answer("unknown", 1, possible=1),
    ),
    case(
        "a second trial from a statement",
        stated(*COURSE_2, statusReason=[{"text": "did not help"}]) + phq("2026-05-03", 19),
        ONE_OPEN,
    ),
    case("a statement of what is not taken", stated(*COURSE_2, status="not-taken"), ONE_ALONE),
    case("a statement of two weeks", stated("808744", 75, "2026-01-05", "2026-01-20"), ONE_ALONE),
    case(
        "a statement that repeats an order",
        stated("312938", 100, DAY_1, "2025-12-31"),
        ONE_ALONE,
    ),
    case(
        "a statement of what is running",
        stated("808744", 150, "2026-07-05", status="active"),
        ONE_ALONE,
    ),
    case(
        "an order of unknown status",
        took(*COURSE_2, WHY, status="unknown") + phq("2026-05-03", 19),
        answer("unknown", 1, possible=1),
    ),
    case("an order not to be given", took(*COURSE_2, WHY, doNotPerform=True), NO_TRACE),
    case("a draft", on_order("draft/order"), NO_TRACE),
    case("an order entered in error", on_order("entered-in-error/order"), NO_TRACE),
    case(
        "a draft of today's switch leaves the first trial alone",
        took("314111", 30, "2026-09-01", status="draft"),
        answer(confirmed=1, trials={"sertraline": trial()}),
    ),
]


@pytest.mark.parametrize(("facts", "told"), REPORTED)
def test_a_failure_and_a_second_record(facts, told):
    assert differs(examined(ONE + facts), told) == []


def test_years_alone_leave_the_trial_possible():
    out = examined(coded("F33.1", "2024") + sertraline("2025", "2025"))
    assert differs(out, answer(confirmed=0, possible=1)) == []


def test_the_newest_version_of_an_order_stands():
    """The same id twice: first active, then stopped."""
    (whole,) = sertraline(DAY_1, LAST)
    first = {"versionId": "1", "lastUpdated": "2025-10-01T00:00:00Z"}
    then = {"versionId": "2", "lastUpdated": "2026-01-11T00:00:00Z"}
    both = [whole | {"id": "m", "meta": first, "status": "active"}]
    both += [whole | {"id": "m", "meta": then}]
    assert differs(examined(MDD + both), answer(confirmed=1)) == []


def test_a_stale_active_order_beside_a_symptomatic_score_is_possible():
    facts = coded("F33.1", "2025-01-01") + written("312938", 100, "2025-06-01", status="active")
    assert differs(examined(facts + NOW), answer(confirmed=0, possible=1)) == []


@pytest.mark.parametrize("where", ["contained", "beside"])
def test_a_drug_in_a_medication_resource(where):
    """The order points to a Medication, inside it or beside it."""
    (whole,) = sertraline(DAY_1, LAST)
    del whole["medicationCodeableConcept"]
    held = {"resourceType": "Medication", "id": "med", "code": concept(RXNORM, "312938")}
    inside = where == "contained"
    whole["medicationReference"] = {"reference": "#med" if inside else "Medication/med"}
    facts = [whole | {"contained": [held]}] if inside else [whole, held]
    assert differs(examined(MDD + facts), answer(confirmed=1)) == []
