"""Crisis signals: their dates, what they say, and how they are merged and sorted."""

import pytest

from tests.support.crisis_charts import (
    CRITICAL,
    INFORMATION,
    NONE,
    TODAY,
    WARNING,
    answer,
    code,
    drug,
    judge,
    kinds,
    phq,
    visit,
)

DATES = [
    ("no date warns", code("suicide-attempt"), WARNING, "(date not recorded)"),
    ("an undated Q5 warns", answer("cssrs-q5", None), WARNING, "(date not recorded)"),
    ("an undated Q6 warns", answer("cssrs-q6", None), WARNING, "(date not recorded)"),
    ("a recorded date stands in for onset",
     code("suicide-attempt", None, 90), CRITICAL, "recorded 2026-06-03"),
    ("an encounter stands in for both",
     code("suicide-attempt", encounter_on=90), CRITICAL, "encounter 2026-06-03"),
    ("old onset, recorded on day 90: conflict",
     code("suicide-attempt", 2000, 90), WARNING, "(dates conflict)"),
    ("old onset, recorded on day 91: a line", code("suicide-attempt", 2000, 91), NONE, "recorded"),
    ("old onset, recent encounter: conflict",
     code("suicide-attempt", 2000, encounter_on=7), WARNING, "(dates conflict)"),
    ("old onset alone: a line", code("suicide-attempt", 2000), NONE, "onset"),
    ("onset on day 90: no conflict",
     code("suicide-attempt", 90, 0), CRITICAL, "recorded 2026-09-01"),
    ("old ideation, recorded on day 14: conflict",
     code("suicidal-ideation", 400, 14), WARNING, "(dates conflict)"),
    ("old ideation, recorded on day 90: conflict",
     code("suicidal-ideation", 400, 90), WARNING, "(dates conflict)"),
    ("ideation of day 20, recorded today: conflict",
     code("suicidal-ideation", 20, 0), WARNING, "(dates conflict)"),
    ("old psychosis, recorded today: conflict",
     code("psychosis", 4000, 0), WARNING, "(dates conflict)"),
    ("old self-neglect, recorded today: conflict",
     code("self-neglect", 400, 0), WARNING, "(dates conflict)"),
    ("old history code, recorded today: a line", code("self-harm-history", 400, 0), NONE, "onset"),
    ("a date tomorrow warns", phq(-1, 3), WARNING, "(date after the assessment day)"),
    ("an onset tomorrow warns", code("psychosis", -1), WARNING, "(date after the assessment day)"),
    ("an old psychosis code of tomorrow is no earlier one",
     code("mania", -1), WARNING, "(date after"),
    ("a discharge tomorrow warns",
     visit(psychiatric=True, end=-1), WARNING, "(date after the assessment day)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "level", "words"), [pytest.param(*row[1:], id=row[0]) for row in DATES]
)
def test_dates(fact, level, words):
    crisis = judge(fact)
    assert crisis.level is level
    assert words in crisis.signals[0].because


def test_an_old_attempt_entered_again_at_every_visit_is_one_warning():
    """V21: the onset decides, the recent record is shown, the history code is a line."""
    crisis = judge(
        code("suicide-attempt", 2010, 7, label="Suicide attempt, later visit"),
        code("suicide-attempt", 2010, 7, label="Suicide attempt, later visit"),
        code("self-harm-history", 2010),
        phq(4, 0, 12),
    )
    assert crisis.level is WARNING
    assert kinds(crisis) == ["suicidal-behaviour", "history"]
    assert crisis.signals[0].because == (
        "Suicide attempt, later visit: onset 2021-03-01, recorded 2026-08-25 (dates conflict)"
    )
    assert len(crisis.signals[0].evidence) == 2


def test_active_plan_and_intent():
    """V09: Q5 yes and item 9 of 3 on the day before."""
    crisis = judge(phq(1, 3, 24), answer("cssrs-q5", 1))
    assert crisis.level is CRITICAL
    assert kinds(crisis) == ["cssrs-q5", "phq9-item9"]


NOTES = [
    (phq(0, 2, preliminary=True), "(preliminary result)"),
    (answer("cssrs-q4", preliminary=True), "(preliminary result)"),
    (answer("cssrs-q4", value=None, preliminary=True), "not read (preliminary result)"),
    (code("suicide-attempt", 0, verification="unconfirmed"), "(labelled unconfirmed)"),
    (code("suicide-attempt", 0, clinical="resolved"), "(status resolved)"),
    (code("suicide-attempt", 0, by_text=True), "(recognised by its words)"),
    (code("suicide-attempt", 0, label=""), "suicide-attempt: onset"),
    (code("nssi", 0, label="R45.88", code="R45.88"), "nssi R45.88: onset"),
    (phq(0, None, 26), "the total implies an answer of at least 2"),
    (phq(0, None, 27), "the total implies an answer of at least 3 (nearly every day)"),
    (phq(0, 4), "item 9 answered 4 on"),
    (answer("cssrs-q6"), "how recent not recorded"),
    (answer("risk-level", 0, "tier 3"), "Suicide risk level recorded as “tier 3” on 2026-09-01"),
    (visit("emergency", start=1, concepts=["nssi"], in_progress=True), "(in progress): nssi"),
    (visit("", start=1, concepts=["nssi"]), "Other visit"),
    (answer("tool-x"), "tool-x answered yes"),
]


@pytest.mark.parametrize(("fact", "words"), NOTES)
def test_what_a_signal_says(fact, words):
    assert words in judge(fact).signals[0].because


def test_context_names_the_earlier_record():
    earlier = code("psychosis", None, 400)
    newer = code("psychosis", 5)
    assert (
        f"context, earlier such code {earlier.evidence} on"
        in judge(newer, earlier).signals[0].because
    )
    taken = drug("quetiapine", 400)
    said = judge(newer, taken).signals[0].because
    assert f"context, earlier antipsychotic {taken.evidence} on" in said


def test_signals_are_merged_by_kind_date_and_encounter():
    one, two = answer("cssrs-q1", 3, encounter="A"), answer("cssrs-q2", 3, encounter="A")
    crisis = judge(one, two, answer("cssrs-q3", 3, encounter="B"), answer("cssrs-q3", 4))
    assert [(s.on, s.evidence) for s in crisis.signals][-1][0] == TODAY - 4
    merged = next(s for s in crisis.signals if one.evidence in s.evidence)
    assert merged.evidence == tuple(sorted({one.evidence, two.evidence}))
    assert merged.because == (
        "C-SSRS Q1 (wish to be dead) answered yes on 2026-08-29; "
        "C-SSRS Q2 (suicidal thoughts) answered yes on 2026-08-29"
    )
    assert len(crisis.signals) == 3


def test_merged_signals_keep_the_higher_level():
    crisis = judge(code("suicidal-ideation", 1), code("suicidal-ideation", 1, clinical="resolved"))
    assert [s.level for s in crisis.signals] == [CRITICAL]


def test_signals_are_sorted_by_level_then_newest_then_kind():
    crisis = judge(
        code("self-harm-history", 0),
        code("hallucination"),
        code("hallucination", 3),
        code("self-neglect", 3),
        code("suicide-attempt", 80),
        code("psychosis", 2),
    )
    assert [(s.level, s.kind, s.on) for s in crisis.signals] == [
        (CRITICAL, "psychosis", TODAY - 2),
        (CRITICAL, "suicidal-behaviour", TODAY - 80),
        (WARNING, "hallucination", TODAY - 3),
        (WARNING, "self-neglect", TODAY - 3),
        (WARNING, "hallucination", None),
        (INFORMATION, "history", TODAY),
    ]
