"""Suicide screens: which ones ease an earlier signal, and assessments without a result."""

import pytest

from tests.support.crisis_charts import (
    CRITICAL,
    INFORMATION,
    NONE,
    TODAY,
    WARNING,
    answer,
    assessed,
    code,
    judge,
    kinds,
    phq,
    screen,
)
from trd.chart import ProcedureDone

GRAVE_Q = {"q2": "yes", "q3": "no", "q4": "no", "q5": "no"}
EASINGS = [
    ("a complete screen eases item 9", phq(10, 3), screen(0), WARNING),
    ("on the same day as well", phq(0, 2), screen(0, q1="yes"), WARNING),
    ("an earlier screen does not", phq(0, 2), screen(1), CRITICAL),
    ("Q1 alone does not", phq(0, 2), [answer("cssrs-q1", 0, "no")], CRITICAL),
    ("a screen without Q6 does not", phq(0, 2), screen(0, q6="absent"), CRITICAL),
    ("a screen without Q2 does not", phq(0, 2), screen(0, q2="absent"), CRITICAL),
    ("Q2 yes without Q3 to Q5 does not", phq(0, 2), screen(0, q2="yes"), CRITICAL),
    ("Q2 yes with Q3 to Q5 no does", phq(0, 2), screen(0, **GRAVE_Q), WARNING),
    ("Q3 yes does not", phq(0, 2), screen(0, **GRAVE_Q | {"q3": "yes"}), CRITICAL),
    ("Q6 yes does not", phq(0, 2), screen(0, q6="yes"), CRITICAL),
    ("Q6 yes, not recent, does not",
     phq(0, 2), screen(0, q6="yes", **{"q6-recent": "no"}), CRITICAL),
    ("Q6b not read does not", phq(0, 2), screen(0, **{"q6-recent": None}), CRITICAL),
    ("an unread Q1 leaves it incomplete", phq(0, 2), screen(0, q1=None), CRITICAL),
    ("most severe 3 of that day does not", phq(0, 2), screen(0, **{"most-severe": "3"}), CRITICAL),
    ("most severe 1 of that day does", phq(0, 2), screen(0, **{"most-severe": "1"}), WARNING),
    ("a preliminary screen does not", phq(0, 2), screen(0, preliminary=True), CRITICAL),
    ("an undated screen does not", phq(0, 2), screen(None), CRITICAL),
    ("a future screen does not", phq(0, 2), screen(-1), CRITICAL),
    ("answers of two encounters do not add up",
     phq(0, 2), [*screen(0, "A", q6="absent"), *screen(0, "B", q1="absent")], CRITICAL),
    ("a yes in another encounter of the day blocks",
     phq(5, 2), [*screen(0, "A"), answer("cssrs-q3", 0, encounter="B")], CRITICAL),
    ("a no does not undo a yes to the same question",
     phq(5, 2), [*screen(0), answer("cssrs-q2", 0), answer("cssrs-q2", 0, "no")], CRITICAL),
    ("a complete screen of noes eases Q4", answer("cssrs-q4", 5), screen(0), WARNING),
    ("Q1 yes does not close an earlier Q4", answer("cssrs-q4", 5), screen(0, q1="yes"), CRITICAL),
    ("Q4 and Q5 asked and answered no close it",
     answer("cssrs-q5", 5), screen(0, **GRAVE_Q), WARNING),
    ("Q1 to Q3 answered no do not close Q5",
     answer("cssrs-q5", 5), screen(0, q3="no", q6="absent"), CRITICAL),
    ("its own screen never eases Q4", answer("cssrs-q4", 0), screen(0), CRITICAL),
    ("a complete screen eases an attempt", code("suicide-attempt", 5), screen(0), WARNING),
    ("Q1 yes does not close an attempt", code("suicide-attempt", 5), screen(0, q1="yes"), CRITICAL),
    ("a complete screen eases ideation",
     code("suicidal-ideation", 5), screen(0, q1="yes"), WARNING),
    ("a risk level of high is eased", answer("risk-level", 5, "high"), screen(0), WARNING),
    ("and also where Q1 is yes", answer("risk-level", 5, "high"), screen(0, q1="yes"), WARNING),
    ("ASQ thoughts now are eased where Q1 is yes",
     answer("asq-now", 5), screen(0, q1="yes"), WARNING),
    ("ASQ thoughts now are eased", answer("asq-now", 0), screen(0), WARNING),
    ("Q6b is eased by a later screen", answer("cssrs-q6-recent", 5), screen(0), WARNING),
    ("most severe 4 is eased", answer("cssrs-most-severe", 5, "4"), screen(0), WARNING),
    ("a screen says nothing of homicidal ideation",
     code("homicidal-ideation", 5), screen(0), CRITICAL),
    ("nor of psychosis", code("psychosis", 5), screen(0), CRITICAL),
    ("nor of mania", code("mania", 5), screen(0), CRITICAL),
    ("nor of postpartum psychosis", code("postpartum-psychosis", 5), screen(0), CRITICAL),
    ("an eased attempt warns for its 90 days", code("suicide-attempt", 90), screen(60), WARNING),
    ("and 30 days from the screen", code("suicide-attempt", 119), screen(30), WARNING),
    ("an eased attempt is then a line", code("suicide-attempt", 91), screen(31), NONE),
    ("a faded signal is not kept by a new screen", code("suicide-attempt", 91), screen(0), NONE),
    ("an eased item 9 warns to day 90", phq(90, 2), screen(90), WARNING),
    ("an eased item 9 is then silent", phq(91, 2), screen(91), NONE),
    ("the last of two screens counts",
     code("suicide-attempt", 100), [*screen(99), *screen(20)], WARNING),
    ("a screen earlier on the same day does not ease",
     phq(0, 2, at="2026-09-01T16:00:00Z"), screen(0, at="2026-09-01T09:00:00Z"), CRITICAL),
    ("a screen later on the same day does",
     phq(0, 2, at="2026-09-01T09:00:00Z"), screen(0, at="2026-09-01T16:00:00Z"), WARNING),
    ("time zones are told apart",
     phq(0, 2, at="2026-09-01T09:00:00+02:00"), screen(0, at="2026-09-01T08:30:00Z"), WARNING),
    ("one time zone missing: the day decides",
     phq(0, 2, at="2026-09-01T16:00:00Z"), screen(0, at="2026-09-01T09:00:00"), WARNING),
    ("no time of the screen: the day decides",
     phq(0, 2, at="2026-09-01T16:00:00Z"), screen(0, at="2026-09-01"), WARNING),
    ("a date is no midnight",
     phq(0, 2, at="2026-09-01T16:00:00"), screen(0, at="2026-09-01"), WARNING),
    ("the same moment eases",
     phq(0, 2, at="2026-09-01T16:00:00Z"), screen(0, at="2026-09-01T16:00:00Z"), WARNING),
    ("an unreadable time: the day decides",
     phq(0, 2, at="2026-09-01Tmorning"), screen(0, at="2026-09-01T09:00:00Z"), WARNING),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "answers", "level"), [pytest.param(*row[1:], id=row[0]) for row in EASINGS]
)
def test_easing(fact, answers, level):
    crisis = judge(fact, answers)
    theirs = {each.evidence for each in answers}
    mine = [s.level for s in crisis.signals if not theirs >= set(s.evidence)]
    assert [each for each in mine if each is not INFORMATION] == ([] if level is NONE else [level])


def test_an_eased_signal_shows_both_results():
    """V22: item 9 of 2 and a complete screen of the same day."""
    item9, answers = phq(0, 2, 16), screen(0, q1="yes")
    signal = next(s for s in judge(item9, answers).signals if s.kind == "phq9-item9")
    assert signal.level is WARNING
    assert signal.because == (
        "PHQ-9 item 9 answered 2 (more than half the days) on 2026-09-01; "
        "then C-SSRS complete on 2026-09-01: Q1 yes, Q2 no, Q6 no"
    )
    assert set(signal.evidence) == {*item9.evidence, *(a.evidence for a in answers)}


UNREAD = [
    ("a question asked and not read warns", [answer("cssrs-q4", 30, None)], True),
    ("to day 30 only", [answer("cssrs-q4", 31, None)], False),
    ("words that are no answer warn", [answer("cssrs-q4", 0, "sometimes")], True),
    ("a number to a yes-or-no question warns", [answer("cssrs-q4", 0, "1")], True),
    ("a yes to a question of degree warns", [answer("cssrs-most-severe", 0, "yes")], True),
    ("a risk level without value warns", [*screen(0), answer("risk-level", 0, None)], True),
    ("an assessment without result warns", [answer("assessment", 0, None)], True),
    ("an assessment as a procedure warns", [assessed(30)], True),
    ("an undated assessment warns", [assessed(None), *screen(None)], True),
    ("a complete screen of the day is its result", [assessed(0), *screen(0)], False),
    ("half a screen is not", [assessed(0), answer("cssrs-q1", 0, "no")], True),
    ("a risk level of the day is its result", [assessed(0), answer("risk-level", 0, "low")], False),
    ("its own outcome is its result", [assessed(0, "low risk")], False),
]


@pytest.mark.parametrize(("facts", "warns"), [pytest.param(*row[1:], id=row[0]) for row in UNREAD])
def test_an_assessment_without_result(facts, warns):
    crisis = judge(*facts)
    assert ("assessment-unread" in kinds(crisis)) is warns
    assert crisis.level is (WARNING if warns else NONE)


def test_an_assessment_with_a_high_outcome_is_critical():
    assert judge(assessed(30, "High risk")).level is CRITICAL


def test_another_procedure_says_nothing():
    ect = ProcedureDone(evidence="Procedure/1", kind="ect", on=TODAY)
    assert judge(ect).signals == ()
