"""Patients examined from chart to verdict: reasons that contradict, and what a drug is for."""

import pytest

from tests.support.examined import MDD, answer, case, differs, examined, phq, took, trial

SERTRALINE = ("312938", 100, "2025-10-01", "2026-01-10")
SCORES = phq("2025-10-01", 20) + phq("2026-01-08", 6)
OPEN = answer(confirmed=0, possible=1, trials={"sertraline": trial("unknown")})


def because(out, ingredient="sertraline"):
    """Return why one trial is judged as it is."""
    (row,) = [row for row in out["trials"] if row["ingredient"] == ingredient]
    return row["because"]


CONTRADICTIONS = [
    case("in one remark", took(*SERTRALINE, "no effect; remission"), OPEN),
    case(
        "in two reasons of one order",
        took(*SERTRALINE, statusReason=[{"text": "no benefit"}, {"text": "doing well"}]),
        OPEN,
    ),
    case(
        "in two orders of one course",
        took("312938", 100, "2025-10-01", "2025-11-30", "no response")
        + took("312938", 100, "2025-12-01", "2026-01-10", "in full remission"),
        OPEN,
    ),
    case("against the scores", took(*SERTRALINE, "no effect") + SCORES, OPEN),
]


@pytest.mark.parametrize(("facts", "expected"), CONTRADICTIONS)
def test_a_contradiction_is_unknown(facts, expected):
    assert differs(examined(MDD + facts), expected) == []


def test_both_sides_of_a_contradiction_are_shown():
    reasons = [{"text": "no benefit"}, {"text": "doing well"}]
    out = examined(MDD + took(*SERTRALINE, statusReason=reasons))
    assert "contradict each other: “no benefit; doing well”" in because(out)
    scored = examined(MDD + took(*SERTRALINE, "no effect") + SCORES)
    assert "20 on 2025-10-01, 6 on 2026-01-08" in because(scored)
    assert "“no effect”" in because(scored)


@pytest.mark.parametrize(
    ("why", "outcome"),
    [
        pytest.param("nausea resolved, no effect", "inefficacy", id="a side effect that went"),
        pytest.param("worked well but nausea", "intolerance", id="stopped although it worked"),
        pytest.param("no nausea or vomiting", "unknown", id="only what was not"),
        pytest.param("history of rash with penicillin", "unknown", id="a history"),
        pytest.param("increase to 150 mg for partial response", "unknown", id="a dose"),
        pytest.param("dose change", "unknown", id="office work"),
        pytest.param("fluoxetine failed", "unknown", id="another drug"),
        pytest.param("no effect?", "unknown", id="a question"),
    ],
)
def test_what_a_remark_leaves_open_stays_open(why, outcome):
    told = answer(trials={"sertraline": {"outcome": outcome, "counts": outcome == "inefficacy"}})
    assert differs(examined(MDD + took(*SERTRALINE, why)), told) == []


PURPOSES = [
    case(
        "denied, with another use",
        took(*SERTRALINE, "no effect", reason="not for depression: sleep"),
        answer(confirmed=0, possible=0, trials={}, set_aside=[("sertraline", "hypnotic-use")]),
    ),
    case(
        "denied alone",
        took(*SERTRALINE, "no effect", reason="not for depression"),
        answer(confirmed=0, possible=0, trials={}, set_aside=[("sertraline", "other-indication")]),
    ),
    case(
        "in doubt beside another use",
        took(*SERTRALINE, "no effect", reason="insomnia; rule out depression"),
        answer(confirmed=0, possible=1, trials={"sertraline": {"outcome": "inefficacy"}}),
    ),
    case(
        "denied, and coded",
        took(
            *SERTRALINE,
            "no effect",
            reasonCode=[
                {"text": "not for depression"},
                {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F33.1"}]},
            ],
        ),
        answer(confirmed=0, possible=1, trials={"sertraline": {"outcome": "inefficacy"}}),
    ),
]


@pytest.mark.parametrize(("facts", "expected"), PURPOSES)
def test_what_it_is_for(facts, expected):
    assert differs(examined(MDD + facts), expected) == []


@pytest.mark.parametrize("at", [2, 3])
def test_a_contradiction_about_depression_is_shown(at):
    facts, _ = PURPOSES[at].values
    assert "whether it was given for depression is not clear" in because(examined(MDD + facts))
