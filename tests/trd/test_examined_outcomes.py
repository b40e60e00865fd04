"""Patients examined from chart to verdict: did it work, by the reason charted and by the scores."""

import pytest

from tests.support.examined import (
    FAILURE_2,
    MDD,
    NOW,
    PHQ_A,
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

DAY_1, LAST = "2025-10-01", "2026-01-10"
SERTRALINE = ("312938", 100, DAY_1, LAST)

REASONS = {
    "inefficacy": [
        "partial response",
        "Did not respond after 8 weeks",
        "no adverse effects, ineffective",
        "no side effects, no benefit",
        "ineffective; also nausea",
        "slightly improved",
        "improved slightly",
        "partially improved",
        "sleep improved but mood no better",
    ],
    "intolerance": [
        "not tolerated due to GI upset",
        "stopped taking due to nausea",
        "QT prolongation",
        "akathisia",
    ],
    "other": [
        "no side effects, cost too high",
        "activation and agitation",
        "surgery planned",
        "not due to lack of effect; insurance",
        "denied by insurance",
        "manic switch",
        "drug interaction",
    ],
    "non-adherence": [
        "patient stopped taking it",
    ],
    "remission": [
        "in remission",
    ],
    "response": [
        "no longer needed",
        "doing well, completed course",
        "stopped working",
        "poop-out after initial response",
        "felt better then relapsed",
    ],
    "unknown": [
        "improved",
        "improved by 20%",
        "switched",
    ],
}
EACH_REASON = [(why, outcome) for outcome, said in REASONS.items() for why in said]


@pytest.mark.parametrize(("why", "outcome"), EACH_REASON)
def test_a_reason_tells_what_came_of_it(why, outcome):
    told = answer(trials={"sertraline": {"outcome": outcome, "counts": outcome == "inefficacy"}})
    assert differs(examined(MDD + took(*SERTRALINE, why)), told) == []


def open_outcome(outcome="unknown"):
    """Return the answer of a trial that may have failed."""
    return answer(confirmed=0, possible=1, trials={"sertraline": trial(outcome)})


def scored(first, last, on_first=DAY_1, on_last="2026-01-08", why=None):
    """Return a course of sertraline with a score before and one at its end."""
    return took(*SERTRALINE, why) + phq(on_first, first) + phq(on_last, last)


FAILED = answer(confirmed=1, trials={"sertraline": trial()})

REASON_AND_SCORE = [
    case(
        "side effects and no benefit of an adequate trial are a failure",
        took(*SERTRALINE, "sexual side effects and no benefit"),
        answer(confirmed=1, intolerance=0, trials={"sertraline": trial()}),
    ),
    case(
        "nausea and no benefit of a short trial are intolerance",
        took("312938", 100, DAY_1, "2025-10-20", "nausea, no benefit"),
        answer(
            confirmed=0,
            intolerance=1,
            trials={"sertraline": trial("intolerance", duration="not-met")},
        ),
    ),
    case(
        "a charted failure and a score of a response contradict",
        scored(20, 8, why="lack of effect"),
        open_outcome(),
    ),
    case(
        "a charted remission and a score of a failure contradict",
        scored(20, 18, why="in remission"),
        open_outcome(),
    ),
    case(
        "a reason by a coding's display",
        took(
            *SERTRALINE,
            statusReason={
                "coding": [{"system": "http://x", "code": "LOE", "display": "Lack of efficacy"}]
            },
        ),
        answer(confirmed=1),
    ),
    case(
        "a charted non-adherence outside the course changes nothing",
        took(*SERTRALINE, "no effect") + coded("Z91.14", "2026-03-01"),
        answer(confirmed=1),
    ),
    case(
        "a charted non-adherence within the course leaves it possible",
        took(*SERTRALINE, "no effect") + coded("Z91.14", "2025-11-01"),
        answer(confirmed=0, possible=1),
    ),
]

WINDOWS = [
    case("a baseline of 9 is none", scored(9, 18), open_outcome()),
    case("a baseline 31 days before is too old", scored(20, 18, "2025-08-31"), open_outcome()),
    case("a baseline on the eighth day is too late", scored(20, 18, "2025-10-09"), open_outcome()),
    case(
        "the score before the start is the baseline",
        phq("2025-09-26", 20) + scored(9, 18, "2025-10-02"),
        FAILED,
    ),
    case(
        "a score 15 days after the end is too late",
        scored(20, 18, on_last="2026-01-25"),
        open_outcome(),
    ),
    case("a score on day 27 is too early", scored(20, 18, on_last="2025-10-28"), open_outcome()),
    case(
        "the adolescents' form before is no baseline",
        took(*SERTRALINE) + seen(PHQ_A, DAY_1, 20) + phq("2026-01-08", 18),
        open_outcome(),
    ),
    case(
        "a score a fortnight into the next drug speaks for neither",
        took(*SERTRALINE)
        + phq(DAY_1, 20)
        + took("314111", 30, "2026-01-05", "2026-01-20")
        + phq("2026-01-19", 18),
        answer(trials={"sertraline": {"outcome": "unknown"}, "mirtazapine": {}}),
    ),
    case(
        "a score 13 days into the next drug speaks for the one before",
        took(*SERTRALINE)
        + phq(DAY_1, 20)
        + took("314111", 30, "2026-01-05", "2026-01-20")
        + phq("2026-01-18", 18),
        answer(trials={"sertraline": {"outcome": "inefficacy"}, "mirtazapine": {}}),
    ),
    case(
        "fluoxetine is scored until 28 days after its end",
        took("310385", 20, DAY_1, LAST) + phq(DAY_1, 20) + phq("2026-02-07", 18),
        answer(confirmed=1),
    ),
    case(
        "and not on the day after that",
        took("310385", 20, DAY_1, LAST) + phq(DAY_1, 20) + phq("2026-02-08", 18),
        answer(confirmed=0, possible=1),
    ),
    case(
        "a score within a month of the drug before tells nothing of the next",
        took("349332", 20, DAY_1, "2026-02-10", "no effect")
        + took("808744", 150, "2026-01-20", "2026-03-20")
        + phq(DAY_1, 20)
        + phq("2026-01-18", 18)
        + phq("2026-03-05", 18)
        + NOW,
        answer(
            confirmed=1,
            possible=1,
            trials={"escitalopram": trial(), "venlafaxine": trial("unknown")},
        ),
    ),
]

RESPONSES = [
    case(
        "a response that was lost before the end is a response",
        took("312938", 100, DAY_1, "2026-05-31", "stopped working")
        + phq(DAY_1, 20)
        + phq("2025-12-28", 8)
        + phq("2026-05-25", 19)
        + FAILURE_2
        + NOW,
        answer(trials={"sertraline": {"outcome": "response", "counts": False}, "venlafaxine": {}}),
    ),
    case(
        "a response that was lost on a drug still taken is a response",
        took("312938", 100, DAY_1) + phq(DAY_1, 20) + phq("2025-12-28", 8) + phq("2026-08-25", 19),
        answer(
            confirmed=0,
            possible=0,
            trials={"sertraline": {"outcome": "response", "counts": False}},
        ),
    ),
    case(
        "a remission that was lost on the same drug is a response",
        took("312938", 100, DAY_1) + phq(DAY_1, 20) + phq("2026-01-28", 4) + phq("2026-08-25", 17),
        answer(
            confirmed=0,
            possible=0,
            trials={"sertraline": {"outcome": "response", "counts": False}},
        ),
    ),
    case(
        "a response in a second exposure cancels the failure of the first",
        took("312938", 100, DAY_1, "2025-12-10", "no effect")
        + took("312938", 200, "2026-02-01")
        + phq(DAY_1, 20)
        + phq("2025-12-08", 18)
        + phq("2026-02-01", 18)
        + phq("2026-08-25", 7),
        answer(confirmed=0, trials={"sertraline": {"outcome": "response", "counts": False}}),
    ),
    case(
        "two failures of one drug are one",
        took("312938", 100, DAY_1, "2025-12-15", "no effect")
        + took("208149", 100, "2026-03-01", "2026-06-01", "no effect")
        + phq(DAY_1, 20)
        + phq("2025-12-10", 18)
        + phq("2026-03-01", 18)
        + phq("2026-05-30", 17)
        + NOW,
        answer("not-met", 1, possible=0, candidacy="not-now", trials={"sertraline": trial()}),
    ),
]


@pytest.mark.parametrize(("facts", "told"), REASON_AND_SCORE + WINDOWS + RESPONSES)
def test_a_patient_s_outcome(facts, told):
    assert differs(examined(MDD + facts), told) == []


@pytest.mark.parametrize(
    ("first", "last", "row"),
    [
        (20, 4, {"outcome": "remission"}),
        (10, 4, {"outcome": "remission"}),
        (20, 5, {"outcome": "response"}),
        (20, 10, {"outcome": "response"}),
        (18, 9, {"outcome": "response"}),
        (10, 5, {"outcome": "response"}),
        (10, 6, {"outcome": "unknown"}),
        (16, 9, {"outcome": "unknown"}),
        (20, 11, {"outcome": "inefficacy", "subtype": "partial"}),
        (20, 15, {"outcome": "inefficacy", "subtype": "partial"}),
        (20, 16, {"outcome": "inefficacy", "subtype": "none"}),
        (20, 25, {"outcome": "inefficacy", "subtype": "none"}),
    ],
)
def test_two_scores_tell_the_outcome(first, last, row):
    out = examined(MDD + scored(first, last))
    assert differs(out, answer(trials={"sertraline": row})) == []
