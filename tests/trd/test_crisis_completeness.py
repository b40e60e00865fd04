"""What was looked for and not read, and the boxed warning."""

import pytest

from tests.support.crisis_charts import (
    CRITICAL,
    INCOMPLETE,
    NONE,
    WARNING,
    code,
    drug,
    judge,
    phq,
)
from tests.support.days import day
from trd.chart import ReadStatus


def unread(instrument, on, points):
    return f"the last {instrument} ({on}, {points} points) has no readable item 9"


COMPLETE = [
    ("everything read", {}, [], ""),
    ("conditions failed", {"conditions": ReadStatus.FAILED}, [], "conditions could not be read"),
    ("scores read in part", {"scores": ReadStatus.PARTIAL}, [], "scores read in part"),
    ("scores not asked for", {"scores": ReadStatus.NOT_ASKED}, [], "scores not asked for"),
    ("responses failed",
     {"responses": ReadStatus.FAILED}, [], "questionnaire responses could not be read"),
    ("responses read in part",
     {"responses": ReadStatus.PARTIAL}, [], "questionnaire responses read in part"),
    ("responses not asked for", {"responses": ReadStatus.NOT_ASKED}, [], ""),
    ("encounters failed", {"encounters": ReadStatus.FAILED}, [], ""),
    ("the last score of 10 without item 9",
     {}, [phq(90, None, 10)], unread("PHQ-9", "2026-06-03", 10)),
    ("the last PHQ-A as well",
     {}, [phq(0, None, 10, "PHQ-A")], unread("PHQ-A", "2026-09-01", 10)),
    ("items that add up to 10",
     {}, [phq(0, None, None, items={1: 3, 2: 3, 3: 3, 4: 1})],
     unread("PHQ-9", "2026-09-01", 10)),
    ("a score of 9", {}, [phq(0, None, 9)], ""),
    ("a score of 91 days ago", {}, [phq(91, None, 20)], ""),
    ("a later score with item 9", {}, [phq(9, None, 20), phq(8, 0, 20)], ""),
    ("a later low score without it", {}, [phq(9, None, 20), phq(8, None, 9)], ""),
    ("item 9 in a second score of the moment", {}, [phq(9, None, 20), phq(9, 0)], ""),
    ("a later moment of the day without it",
     {}, [phq(0, 0, 20, at="2026-09-01T08"), phq(0, None, 20, at="2026-09-01T09")],
     unread("PHQ-9", "2026-09-01", 20)),
    ("another scale", {}, [phq(0, None, 20, "GAD-7")], ""),
    ("two gaps",
     {"scores": ReadStatus.FAILED, "conditions": ReadStatus.FAILED}, [],
     "conditions could not be read; scores could not be read"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reads", "facts", "because"), [pytest.param(*row[1:], id=row[0]) for row in COMPLETE]
)
def test_complete(reads, facts, because):
    crisis = judge(*facts, reads=reads)
    assert crisis.incomplete_because == because
    assert crisis.complete is (because == "")
    assert crisis.level is (NONE if because == "" else INCOMPLETE)


@pytest.mark.parametrize(
    ("age", "total", "items", "level"),
    [
        pytest.param(0, None, {}, WARNING, id="item 9 alone"),
        pytest.param(0, 4, {}, WARNING, id="item 9 beside a low total"),
        pytest.param(30, None, {}, WARNING, id="30 days ago"),
        pytest.param(31, None, {}, NONE, id="31 days ago"),
        pytest.param(0, None, {9: 0}, NONE, id="answered as well"),
        pytest.param(0, 27, {}, CRITICAL, id="the total tells it"),
    ],
)
def test_item_9_asked_and_not_read_is_no_silence(age, total, items, level):
    crisis = judge(phq(age, None, total, items=items, unreadable_items=frozenset({9})))
    assert crisis.level is level


def test_a_signal_in_a_half_read_chart_is_shown():
    crisis = judge(phq(0, 2), reads={"conditions": ReadStatus.FAILED})
    assert (crisis.level, crisis.complete) == (CRITICAL, False)


def test_what_was_looked_for_is_said_with_its_windows():
    assert judge().looked_for == (
        "PHQ-9 or PHQ-A item 9 of 2 or more in the past 90 days, of 1 in the past 30 days",
        (
            "C-SSRS Q4 or Q5, ASQ thoughts now or a risk level stored as high in the past 90 days,"
            " C-SSRS Q1 to Q3, another ASQ yes or EPDS item 10 in the past 30 days"
        ),
        "PHQ-9 of 20 or more with functioning extremely difficult in the past 90 days",
        "suicidal behaviour, attempt or self-harm in the past 90 days",
        "suicidal or homicidal ideation as a diagnosis in the past 90 days",
        "psychosis, mania, catatonia or psychotic depression first recorded in the past 30 days",
        "postpartum psychosis in the past 365 days",
        "psychiatric discharge, or visit for self-harm, in the past 90 days",
        "self-neglect in the past 90 days",
        "poisoning of undetermined intent or hallucinations in the past 90 days",
    )


def test_what_was_not_read_is_said_with_what_was_looked_for():
    reads = {"responses": ReadStatus.NOT_ASKED, "encounters": ReadStatus.FAILED}
    said = judge(phq(0, None, 12), reads=reads, born=None).looked_for
    assert said[0].endswith(
        "(questionnaire responses not asked for, "
        "the last PHQ-9 (2026-09-01, 12 points) has no readable item 9)"
    )
    assert "visit for self-harm, in the past 90 days (encounters could not be read)" in said[7]
    assert said[-1] == "the boxed warning for young age (birth date not known)"


def test_an_information_line_does_not_hide_what_was_not_found():
    assert judge(code("suicide-attempt", 2000)).looked_for == judge().looked_for


RISE = [phq(60, 0), phq(3, 1)]
BOXED = [
    ("start on day 84 at age 24", "2001-09-02", [drug("sertraline", start=84)], RISE, True),
    ("start on day 85", "2001-09-02", [drug("sertraline", start=85)], RISE, False),
    ("age 25 today", "2001-09-01", [drug("sertraline", start=84)], RISE, False),
    ("age not known", None, [drug("sertraline", start=84)], RISE, False),
    ("born tomorrow", "2027-09-02", [drug("sertraline", start=84)], RISE, False),
    ("written on day 84", "2005-01-01", [drug("sertraline", authored=84)], RISE, True),
    ("a step on day 84", "2005-01-01", [drug("sertraline", 400, steps=[400, 84])], RISE, True),
    ("an order of tomorrow", "2005-01-01", [drug("sertraline", start=-1)], RISE, False),
    ("another drug", "2005-01-01", [drug("quetiapine", start=1)], RISE, False),
    ("no drug", "2005-01-01", [], RISE, False),
    ("a rise from 1 to 3", "2005-01-01", [drug("sertraline", 1)], [phq(9, 1), phq(8, 3)], True),
    ("no rise", "2005-01-01", [drug("sertraline", 1)], [phq(9, 1), phq(8, 1)], False),
    ("a rise on day 84", "2005-01-01", [drug("sertraline", 1)], [phq(99, 0), phq(84, 1)], True),
    ("a rise on day 85", "2005-01-01", [drug("sertraline", 1)], [phq(99, 0), phq(85, 1)], False),
]


@pytest.mark.parametrize(
    ("born", "drugs", "scores", "named"), [pytest.param(*row[1:], id=row[0]) for row in BOXED]
)
def test_boxed_warning(born, drugs, scores, named):
    crisis = judge(*drugs, *scores, born=None if born is None else day(born))
    assert (crisis.boxed_warning != "") is named


def test_the_boxed_warning_names_its_facts():
    taken, before = drug("sertraline", start=31), drug("sertraline", start=60)
    assert judge(taken, before, *RISE, born=day("2004-01-01")).boxed_warning == (
        f"Age 22; sertraline started or changed on 2026-08-01 ({taken.evidence}); "
        "item 9 rose from 0 on 2026-07-03 to 1 on 2026-08-29: the boxed warning of "
        "antidepressants on suicidal thoughts and behaviour names ages up to 24"
    )
