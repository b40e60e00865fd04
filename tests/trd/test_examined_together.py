"""Patients examined from chart to verdict: one drug beside another, or after it."""

import pytest

from tests.support.examined import MDD, MET, NOW, answer, case, differs, examined, phq, took, trial

WHY = "no effect"
DAY_1 = "2025-10-01"
SERTRALINE = ("312938", 100, DAY_1)
BUPROPION = ("993557", 300, "2026-02-01")
BEFORE = phq(DAY_1, 20) + phq("2026-01-28", 18)
ARIPIPRAZOLE = ("89013", 5)

TOGETHER = [
    case(
        "a cross-taper leaves two trials",
        took(
            "349332",
            20,
            "2025-09-15",
            "2026-01-20",
            "not enough benefit",
            steps=[("2025-09-15", 10), ("2025-10-01", 20), ("2025-12-20", 10), ("2026-01-05", 5)],
        )
        + took(
            "808744",
            150,
            "2025-12-20",
            "2026-05-05",
            "no benefit",
            steps=[("2025-12-20", 75), ("2026-01-05", 150)],
        )
        + phq("2025-09-15", 22)
        + phq("2025-12-18", 19)
        + phq("2026-05-01", 19)
        + NOW,
        MET | {"trials": {"escitalopram": trial(), "venlafaxine": trial()}},
    ),
    case(
        "two drugs begun nine days apart are one trial",
        took(*SERTRALINE, "2026-01-31", WHY)
        + took("314111", 30, "2025-10-10", "2026-01-31", WHY)
        + BEFORE
        + NOW,
        answer("not-met", 1, possible=0, candidacy="not-now"),
    ),
    case(
        "two drugs begun fifteen days apart and stopped together are one failure",
        took(*SERTRALINE, "2026-01-31", WHY)
        + took("314111", 30, "2025-10-16", "2026-01-31", WHY)
        + BEFORE
        + NOW,
        answer(confirmed=1),
    ),
    case(
        "bupropion added to sertraline augments it while both run",
        took(*SERTRALINE) + took(*BUPROPION) + BEFORE + NOW,
        answer(
            "not-met",
            1,
            augmentation=["bupropion"],
            trials={
                "sertraline": trial("inefficacy", counts=True),
                "bupropion": {"counts": False},
            },
        ),
    ),
    case(
        "bupropion alone for ten weeks afterwards is a trial of its own",
        took(*SERTRALINE, "2026-05-01", WHY)
        + took(*BUPROPION, "2026-07-10", WHY)
        + BEFORE
        + phq("2026-07-05", 17)
        + NOW,
        answer("met", 2),
    ),
    case(
        "bupropion alone for 41 days is not",
        took(*SERTRALINE, "2026-05-01", WHY)
        + took(*BUPROPION, "2026-06-11", WHY)
        + BEFORE
        + phq("2026-06-10", 17)
        + NOW,
        answer(confirmed=1),
    ),
    case(
        "six weeks together and four months alone are two trials",
        took(*SERTRALINE, "2026-03-15", WHY)
        + took(*BUPROPION, "2026-07-10", WHY)
        + BEFORE
        + phq("2026-07-05", 17)
        + NOW,
        answer("met", 2),
    ),
    case(
        "mirtazapine begun 41 days before venlafaxine ends is a second trial",
        took("808744", 150, DAY_1, "2026-03-14", WHY)
        + took("314111", 30, "2026-02-01", "2026-06-30", WHY)
        + phq(DAY_1, 20)
        + phq("2026-01-30", 19)
        + phq("2026-06-28", 18)
        + NOW,
        answer(confirmed=2),
    ),
    case(
        "a response only under an augmenter leaves the drug running",
        took(*SERTRALINE)
        + took(*ARIPIPRAZOLE, "2026-02-01")
        + BEFORE
        + phq("2026-04-20", 6)
        + phq("2026-08-25", 5),
        answer(confirmed=0, augmentation=["aripiprazole"]),
    ),
    case(
        "a score before the augmenter speaks for the drug alone",
        took(*SERTRALINE, "2026-06-01")
        + took(*ARIPIPRAZOLE, "2026-03-15", "2026-06-01")
        + phq(DAY_1, 20)
        + phq("2026-03-10", 18)
        + phq("2026-05-30", 8),
        answer(confirmed=1),
    ),
    case(
        "no response even with an augmenter is a failure",
        took(*SERTRALINE, "2026-02-01")
        + took(*ARIPIPRAZOLE, "2025-11-15", "2026-02-01")
        + phq(DAY_1, 20)
        + phq("2026-01-30", 18),
        answer(confirmed=1),
    ),
    case(
        "a response under an augmenter from early on tells nothing of the drug",
        took(*SERTRALINE, "2026-02-01")
        + took(*ARIPIPRAZOLE, "2025-11-15", "2026-02-01")
        + phq(DAY_1, 20)
        + phq("2026-01-30", 8),
        answer(confirmed=0, possible=1, trials={"sertraline": trial("unknown")}),
    ),
    case(
        "two augmenters are no second trial",
        took("349332", 20, DAY_1, "2026-07-01", WHY)
        + took(*ARIPIPRAZOLE, "2025-12-15", "2026-03-01")
        + took("197889", 900, "2026-03-01", "2026-07-01")
        + phq(DAY_1, 20)
        + phq("2026-06-28", 18)
        + NOW,
        answer(
            "not-met",
            1,
            possible=0,
            candidacy="not-now",
            augmentation=["aripiprazole", "lithium"],
        ),
    ),
]


@pytest.mark.parametrize(("facts", "told"), TOGETHER)
def test_one_drug_beside_another(facts, told):
    assert differs(examined(MDD + facts), told) == []
