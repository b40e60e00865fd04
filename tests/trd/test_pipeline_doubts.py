"""From FHIR to the report: what a missing fact leaves open, and what contradicts itself."""

import pytest

from tests.support.charts import (
    ago,
    assessed,
    depression,
    diagnosed,
    phq9,
    row_of,
    taken,
    woman,
)
from trd.chart import ReadStatus

PARTIAL = ReadStatus.PARTIAL
FAILED = taken("a", "sertraline", 100, 280, 220, said="no effect")


@pytest.mark.parametrize(
    ("mg", "outcome", "possible"),
    [
        pytest.param(150, "inefficacy", 0, id="dose documented: the pair of scores decides"),
        pytest.param(None, "unknown", 1, id="dose not documented: the pair might have decided"),
    ],
)
def test_a_lost_dose_does_not_let_a_side_effect_settle_the_outcome(mg, outcome, possible):
    out = assessed(
        woman(),
        depression(),
        FAILED,
        taken("b", "venlafaxine", mg, 214, 150, said="nausea"),
        phq9("s", 214, 15),
        phq9("e", 150, 14),
    )
    assert row_of(out, "venlafaxine")["outcome"] == outcome
    assert out["resistance"]["possible"] == possible


def test_a_reason_stands_where_no_days_could_make_a_pair():
    out = assessed(
        woman(),
        depression(),
        taken("b", "venlafaxine", None, 214, 194, said="nausea"),
        phq9("s", 214, 15),
        phq9("e", 194, 14),
    )
    assert row_of(out, "venlafaxine")["outcome"] == "intolerance"


def test_a_reason_that_agrees_with_the_possible_pair_stands():
    out = assessed(
        woman(),
        depression(),
        taken("b", "venlafaxine", None, 214, 150, said="no effect"),
        phq9("s", 214, 15),
        phq9("e", 150, 14),
    )
    assert row_of(out, "venlafaxine")["outcome"] == "inefficacy"


def test_an_order_that_ends_before_it_starts_is_shown_and_its_dates_are_not_used():
    out = assessed(woman(), depression(), taken("a", "sertraline", 100, 200, 210))
    row = row_of(out, "sertraline")
    assert "start" not in row
    assert row["adequacy"] == "unknown"
    assert [issue["what"] for issue in out["issues"]] == ["ends before it starts"]


def test_a_low_count_is_not_stated_where_another_diagnosis_could_make_the_episode_longer():
    older = diagnosed("old", "F33.1") | {"onsetDateTime": ago(400), "recordedDate": ago(390)}
    newer = diagnosed("new", "F33.2") | {"onsetDateTime": ago(250), "recordedDate": ago(240)}
    chart = [
        woman(),
        taken("a", "sertraline", 100, 390, 330, said="no effect"),
        taken("b", "venlafaxine", 150, 200, 140, said="no effect"),
        phq9("o", 10, 15),
    ]
    assert assessed(*chart, older, newer)["resistance"]["verdict"] == "met"
    seen = assessed(*chart, newer, reads={"conditions": PARTIAL})["resistance"]
    assert (seen["verdict"], seen["confirmed"]) == ("unknown", 1)
    assert "not read completely: conditions" in seen["because"]


def test_where_partial_dates_leave_a_verdict_open_the_row_says_so():
    order = taken("a", "sertraline", 100, 100, 60, said="no effect")
    repeat = order["dosageInstruction"][0]["timing"]["repeat"]
    repeat["boundsPeriod"] = {"start": ago(100)[:7], "end": ago(60)}
    del order["authoredOn"]
    row = row_of(assessed(woman(), depression(), order), "sertraline")
    assert (row["duration"], row["counts"]) == ("unknown", False)
    assert row["because"].endswith("partial dates leave it open")


def test_reported_orders_that_follow_each_other_are_one_possible_trial():
    parts = [
        taken(name, "sertraline", 100, start, end) | {"status": "unknown"}
        for name, start, end in (("a", 200, 170), ("b", 170, 140), ("c", 140, 130))
    ]
    out = assessed(woman(), depression(), *parts)
    row = row_of(out, "sertraline")
    assert (row["daysAtOrAboveMinimum"], row["adequacy"]) == (70, "met")
    assert out["resistance"]["possible"] == 1
