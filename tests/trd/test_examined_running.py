"""Patients examined from chart to verdict: what is still taken on the day of the assessment."""

import pytest

from tests.support.examined import (
    FAILURE_1,
    MDD,
    NOW,
    answer,
    case,
    coded,
    differs,
    examined,
    phq,
    took,
    trial,
)


def running(start, baseline, on, last):
    """Return sertraline that is still taken, its last score, and a baseline or none."""
    before = [] if baseline is None else phq(start, baseline)
    return took("312938", 100, start) + before + phq(on, last)


STILL = answer(confirmed=0, possible=0, trials={"sertraline": {"outcome": "running"}})
STILL_POSSIBLE = answer(confirmed=0, possible=1, trials={"sertraline": {"outcome": "running"}})
STILL_FAILED = answer(
    confirmed=1, possible=0, trials={"sertraline": trial(counts=True, ongoing=True)}
)
STILL_BETTER = answer(confirmed=0, possible=0, trials={"sertraline": {"outcome": "response"}})


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        case("84 days have failed", running("2026-06-09", 20, "2026-08-25", 17), STILL_FAILED),
        case("83 days run on", running("2026-06-10", 20, "2026-08-25", 17), STILL),
        case(
            "a score of 30 days ago still speaks",
            running("2026-04-01", 20, "2026-08-02", 17),
            STILL_FAILED,
        ),
        case("a score of 31 days ago does not", running("2026-04-01", 20, "2026-08-01", 17), STILL),
        case(
            "symptomatic without a baseline is possible after 84 days",
            running("2026-04-01", None, "2026-08-02", 17),
            STILL_POSSIBLE,
        ),
        case(
            "a score of 10 without a baseline is symptomatic",
            running("2026-04-01", None, "2026-08-20", 10),
            STILL_POSSIBLE,
        ),
        case(
            "a score of 9 without a baseline is not",
            running("2026-04-01", None, "2026-08-20", 9),
            STILL,
        ),
        case(
            "without a baseline 83 days are too few",
            running("2026-06-10", None, "2026-08-20", 15),
            STILL,
        ),
        case("a response may be early", running("2026-07-20", 20, "2026-08-25", 9), STILL_BETTER),
        case("half is a response", running("2026-04-01", 20, "2026-08-25", 10), STILL_BETTER),
        case("a 9 that is not half runs on", running("2026-04-01", 17, "2026-08-25", 9), STILL),
    ],
)
def test_what_is_still_taken(facts, told):
    assert differs(examined(coded("F33.1", "2026-01-15") + facts), told) == []


def test_a_failure_and_a_running_drug_without_baseline_leave_the_verdict_open():
    facts = FAILURE_1 + took("314111", 30, "2026-02-01") + NOW
    told = answer("unknown", 1, possible=1, candidacy="ask")
    assert differs(examined(MDD + facts), told) == []
