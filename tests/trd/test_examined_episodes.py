"""Patients examined from chart to verdict: which episode a trial belongs to, and one drug again."""

import pytest

from tests.support.examined import (
    BARE_TWO,
    COURSE_2,
    FAILURE_1,
    FAILURE_2,
    MDD,
    MET,
    NOW,
    SCORED_1,
    answer,
    case,
    coded,
    differs,
    examined,
    phq,
    took,
    trial,
)

WHY = "no effect"
PAST = answer("not-met", 0, lifetime=2)
SERTRALINE = ("312938", 100)
VENLAFAXINE = ("808744", 150)


def depressed(onset, code="F33.1", clinical="active", **more):
    """Return a depressive diagnosis by its onset."""
    return coded(code, onset, clinical, **more)


def twice(first, then):
    """Return two charted failures, of sertraline and of venlafaxine, each from and to a date."""
    return took(*SERTRALINE, first[0], first[1], WHY) + took(*VENLAFAXINE, then[0], then[1], WHY)


LONG_AGO = phq("2025-01-10", 20) + phq("2025-04-08", 18)
OUTSIDE = trial(counts=False, inCurrentEpisode=False)

EPISODES = [
    case(
        "an old onset and treatment without a silence",
        depressed("2020-01-01", recordedDate="2020-01-01") + BARE_TWO,
        answer("met", 2, candidacy="candidate"),
    ),
    case(
        "an old onset and trials of two years ago cannot be placed",
        depressed("2020-01-01") + twice(("2024-01-01", "2024-04-01"), ("2024-04-05", "2024-08-01")),
        answer("unknown", 0, lifetime=2),
    ),
    case(
        "an onset 730 days ago is this episode's",
        depressed("2024-09-01")
        + took(*SERTRALINE, "2024-09-10", "2025-01-10", WHY)
        + FAILURE_2
        + NOW,
        answer("met", 2),
    ),
    case(
        "an onset 731 days ago and half a year of silence",
        depressed("2024-08-31")
        + took(*SERTRALINE, "2024-09-10", "2025-01-10", WHY)
        + FAILURE_2
        + NOW,
        answer("not-met", 1, lifetime=2),
    ),
    case(
        "a silence of 180 days",
        depressed("2020-01-01")
        + twice(("2025-01-10", "2025-04-10"), ("2025-10-07", "2026-05-05"))
        + NOW,
        answer(confirmed=2),
    ),
    case(
        "a silence of 181 days",
        depressed("2020-01-01")
        + twice(("2025-01-10", "2025-04-10"), ("2025-10-08", "2026-05-05"))
        + NOW,
        answer(confirmed=1, lifetime=2),
    ),
    case(
        "an onset that is the day of recording does not cut off the trials before",
        depressed("2026-06-01", recordedDate="2026-06-01") + BARE_TWO,
        answer("met", 2),
    ),
    case(
        "an onset after most of both trials",
        depressed("2026-03-15") + BARE_TWO,
        answer(confirmed=0, lifetime=2),
    ),
    case(
        "an onset before most of the second trial",
        depressed("2026-02-01") + BARE_TWO,
        answer(confirmed=1, lifetime=2),
    ),
    case(
        "the earlier of two active diagnoses",
        depressed("2025-09-01") + depressed("2026-03-01", "F33.2") + BARE_TWO,
        answer("met", 2),
    ),
    case(
        "an older episode in remission and a new one",
        depressed("2021-02-01", "F33.42", "remission")
        + depressed("2026-03-01")
        + took("310385", 40, "2019-01-10", "2019-06-10", "no response")
        + took("808744", 225, "2019-06-15", "2020-01-10", "no response")
        + took(*SERTRALINE, "2026-04-01")
        + phq("2026-04-01", 17)
        + phq("2026-06-10", 9)
        + phq("2026-08-25", 8),
        answer(
            "not-met",
            0,
            possible=0,
            lifetime=2,
            candidacy="not-now",
            trials={
                "fluoxetine": OUTSIDE,
                "venlafaxine": OUTSIDE,
                "sertraline": trial("response"),
            },
        ),
    ),
    case(
        "one old diagnosis and years of silence",
        depressed("2018-12-01", recordedDate="2018-12-01")
        + took("310385", 40, "2019-01-10", "2019-06-10", "no response")
        + took("808744", 225, "2019-06-15", "2020-01-10", "no response")
        + phq("2019-01-10", 19)
        + phq("2019-06-05", 18)
        + phq("2020-01-05", 18)
        + took(*SERTRALINE, "2026-06-01")
        + phq("2026-06-01", 17)
        + phq("2026-08-25", 16),
        answer(
            "not-met",
            1,
            possible=0,
            lifetime=3,
            candidacy="not-now",
            trials={
                "fluoxetine": trial(counts=False),
                "venlafaxine": trial(counts=False),
                "sertraline": trial(),
            },
        ),
    ),
    case(
        "a remission of months between two trials",
        depressed("2025-01-01")
        + took(*SERTRALINE, "2025-01-10", "2025-04-10", "no benefit")
        + LONG_AGO
        + took(*VENLAFAXINE, "2025-04-15", "2025-12-31", "well")
        + phq("2025-07-01", 4)
        + phq("2025-09-01", 3)
        + phq("2025-12-15", 2)
        + took("314111", 30, "2026-02-10", "2026-05-30", "no benefit")
        + phq("2026-02-10", 17)
        + phq("2026-05-28", 16)
        + NOW,
        answer(
            "not-met",
            1,
            possible=0,
            lifetime=2,
            candidacy="not-now",
            trials={
                "sertraline": OUTSIDE,
                "venlafaxine": {"outcome": "remission"},
                "mirtazapine": trial(),
            },
        ),
    ),
    case(
        "a remission that a 12 ended before the next trial",
        depressed("2025-01-01")
        + took(*SERTRALINE, "2025-01-10", "2025-06-10", WHY)
        + phq("2025-07-01", 4)
        + phq("2025-09-10", 4)
        + phq("2025-10-01", 12)
        + took(*VENLAFAXINE, "2025-10-05", "2026-05-05", WHY)
        + NOW,
        answer(confirmed=1, lifetime=2),
    ),
    case(
        "two low scores with a 12 between them are no remission",
        depressed("2025-01-01")
        + took(*SERTRALINE, "2025-01-10", "2025-05-10", WHY)
        + phq("2025-06-01", 4)
        + phq("2025-07-01", 12)
        + phq("2025-08-15", 4)
        + FAILURE_2
        + NOW,
        answer(confirmed=2),
    ),
    case(
        "in remission by scores now",
        depressed("2025-09-01")
        + FAILURE_1
        + FAILURE_2
        + phq("2026-06-01", 4)
        + phq("2026-08-15", 3),
        PAST | {"candidacy": "not-now"},
    ),
    case(
        "resolved",
        depressed("2025-09-01", clinical="resolved", abatementDateTime="2026-07-01")
        + FAILURE_1
        + FAILURE_2,
        PAST | {"candidacy": "not-now"},
    ),
    case(
        "a code of full remission, charted as active",
        depressed("2026-07-01", "F33.42") + FAILURE_1 + FAILURE_2,
        PAST | {"candidacy": "not-now"},
    ),
    case(
        "a code of partial remission is the same episode",
        depressed("2025-09-01", "F33.41") + FAILURE_1 + FAILURE_2 + phq("2026-08-25", 12),
        MET,
    ),
    case(
        "a remission by its status, and symptoms again",
        depressed("2026-02-01", "F33.42", "remission")
        + took(*SERTRALINE, "2025-05-01", "2025-09-01", WHY)
        + took(*VENLAFAXINE, "2026-04-05", "2026-07-20", WHY)
        + phq("2026-04-01", 19)
        + NOW,
        answer(confirmed=1, lifetime=2),
    ),
    case(
        "a remission by its status, and no score since",
        depressed("2026-02-01", "F33.42", "remission")
        + took(*SERTRALINE, "2025-05-01", "2025-09-01", WHY)
        + took(*VENLAFAXINE, "2026-04-05", "2026-07-20", WHY),
        PAST | {"candidacy": "not-now"},
    ),
]


@pytest.mark.parametrize(("facts", "told"), EPISODES)
def test_a_patient_s_episode(facts, told):
    assert differs(examined(facts), told) == []


@pytest.mark.parametrize(
    ("second", "told"),
    [
        pytest.param("2025-08-25", answer("met", 2), id="55 days apart are no remission"),
        pytest.param("2025-08-26", answer("not-met", 1, lifetime=2), id="56 days apart are one"),
    ],
)
def test_two_low_scores(second, told):
    facts = depressed("2025-01-01") + took(*SERTRALINE, "2025-01-10", "2025-04-10", WHY) + LONG_AGO
    facts += phq("2025-07-01", 4) + phq(second, 3)
    facts += took("314111", 30, "2025-10-10", "2026-05-30", WHY)
    facts += phq("2025-10-10", 17) + phq("2026-05-28", 16) + NOW
    assert differs(examined(facts), told) == []


def after(product, mg, then, then_mg):
    """Return two failures one after the other, and symptoms now."""
    first = took(product, mg, "2025-10-01", "2025-12-31", WHY)
    return first + took(then, then_mg, "2026-01-05", "2026-05-05", WHY) + NOW


SAME_FAMILY = answer("unknown", 1, possible=1)
FAMILIES = [
    case("venlafaxine, then desvenlafaxine", after("808744", 150, "1874559", 50), SAME_FAMILY),
    case("fluoxetine, then in a combination", after("310385", 40, "725080", 25), SAME_FAMILY),
    case("bupropion, then in a combination", after("993557", 300, "2611266", 210), SAME_FAMILY),
    case(
        "citalopram, then escitalopram with an augmenter",
        took("200371", 40, "2025-10-01", "2025-12-31", WHY)
        + SCORED_1
        + took("349332", 20, "2026-01-05", "2026-06-05", WHY)
        + phq("2026-06-03", 19)
        + took("89013", 5, "2026-03-15", "2026-06-05")
        + NOW,
        answer(
            "unknown",
            1,
            possible=1,
            candidacy="ask",
            trials={"citalopram": trial(), "escitalopram": trial(counts=False)},
            augmentation=["aripiprazole"],
        ),
    ),
    case(
        "citalopram, escitalopram, and citalopram again",
        took("200371", 20, "2025-09-05", "2025-12-01", WHY)
        + took("349332", 10, "2025-12-05", "2026-03-05", WHY)
        + took("200371", 40, "2026-03-10", "2026-06-10", WHY)
        + phq("2026-03-05", 18)
        + phq("2026-06-08", 18)
        + NOW,
        SAME_FAMILY | {"candidacy": "ask"},
    ),
    case(
        "a brand of citalopram, citalopram, a brand of escitalopram",
        took("213344", 20, "2025-09-05", "2025-11-20", "ineffective")
        + took("200371", 40, "2025-11-22", "2026-02-10", "ineffective")
        + took("352273", 20, "2026-02-15", "2026-06-10", "ineffective")
        + NOW,
        SAME_FAMILY | {"candidacy": "ask"},
    ),
]

COUNTS = [
    case(
        "a failure and an intolerance ask",
        FAILURE_1 + took("808744", 150, "2026-01-05", "2026-01-20", "nausea") + NOW,
        answer("not-met", 1, intolerance=1, candidacy="ask"),
    ),
    case(
        "a failure and a trial without outcome ask",
        FAILURE_1 + took(*COURSE_2) + NOW,
        answer("unknown", 1, possible=1, candidacy="ask"),
    ),
    case(
        "two trials without reason or scores ask",
        took("312938", 100, "2025-10-01", "2026-01-10")
        + took("808744", 150, "2026-01-12", "2026-05-20"),
        answer("unknown", 0, possible=2, candidacy="ask"),
    ),
]


@pytest.mark.parametrize(("facts", "told"), FAMILIES + COUNTS)
def test_how_many_failures(facts, told):
    assert differs(examined(MDD + facts), told) == []
