"""What is there and cannot be read settles nothing: totals, doses, days."""

import pytest

from tests.support.charts import ago, assessed, depression, phq9, row_of, taken, woman
from tests.support.fhir import LOINC, Json, concept

FAILED = taken("a", "sertraline", 100, 300, 200)
SCORES = (phq9("b", 300, 20), phq9("e", 202, 18))
OFF_SCALE: Json = {"valueInteger": 270}
WORDED: Json = {"valueString": "see note"}
NOTHING: Json = {}


def unread(on, value=NOTHING, **more):
    """Return a PHQ-9 of a day whose total cannot be read."""
    bare = {key: held for key, held in phq9("x", on, 0).items() if key != "valueInteger"}
    return bare | value | more


def told(*resources):
    """Return the report of a chart with one failure."""
    return assessed(woman(), depression(), FAILED, *resources)


@pytest.mark.parametrize(
    ("odd", "outcome"),
    [
        pytest.param(unread(210), "unknown", id="before the last score"),
        pytest.param(unread(190, WORDED), "unknown", id="after it"),
        pytest.param(unread(186, OFF_SCALE), "unknown", id="last day of the window"),
        pytest.param(unread(185), "inefficacy", id="after the window"),
        pytest.param(unread(272), "unknown", id="day 28"),
        pytest.param(unread(273), "inefficacy", id="day 27"),
        pytest.param(unread(202), "inefficacy", id="the day of one that is read"),
        pytest.param(unread(None), "unknown", id="on no day"),
        pytest.param(unread(190, status="preliminary"), "inefficacy", id="not final"),
        pytest.param(unread(None, status="preliminary"), "inefficacy", id="on no day, not final"),
    ],
)
def test_a_total_that_cannot_be_read_may_have_shown_a_response(odd, outcome):
    assert row_of(told(*SCORES, odd), "sertraline")["outcome"] == outcome


@pytest.mark.parametrize(
    ("baseline", "odd", "outcome"),
    [
        pytest.param(310, 305, "unknown", id="nearer, before"),
        pytest.param(310, 300, "unknown", id="nearer, on the day"),
        pytest.param(310, 311, "inefficacy", id="farther, before"),
        pytest.param(310, 299, "inefficacy", id="after, where one before is read"),
        pytest.param(295, 330, "unknown", id="30 days before, where only one after is read"),
        pytest.param(295, 331, "inefficacy", id="31 days before"),
        pytest.param(295, 296, "unknown", id="nearer, after"),
        pytest.param(295, 294, "inefficacy", id="farther, after"),
    ],
)
def test_a_total_that_cannot_be_read_may_have_been_the_baseline(baseline, odd, outcome):
    out = told(phq9("b", baseline, 20), SCORES[1], unread(odd))
    assert row_of(out, "sertraline")["outcome"] == outcome


def test_it_is_named_with_its_evidence_and_leaves_the_failure_possible():
    out = told(*SCORES, unread(190, WORDED))
    row = row_of(out, "sertraline")
    assert f"the PHQ-9 of {ago(190)} cannot be read" in row["because"]
    assert "Observation/x" in row["evidence"]
    assert (out["resistance"]["confirmed"], out["resistance"]["possible"]) == (0, 1)
    undated = row_of(told(*SCORES, unread(None)), "sertraline")
    assert "the PHQ-9 without a day cannot be read" in undated["because"]


def test_another_scale_says_nothing_of_this_one():
    anxiety = unread(190) | {"code": concept(LOINC, "70274-6")}
    assert row_of(told(*SCORES, anxiety), "sertraline")["outcome"] == "inefficacy"


def test_a_response_stands_whatever_a_further_total_would_say():
    out = told(SCORES[0], phq9("e", 202, 9), unread(190))
    assert row_of(out, "sertraline")["outcome"] == "response"


@pytest.mark.parametrize(
    ("started", "further", "outcome", "possible"),
    [
        pytest.param(90, (), "inefficacy", 0, id="84 days, last score recent"),
        pytest.param(90, (unread(40),), "running", 1, id="one between cannot be read"),
        pytest.param(80, (unread(40),), "running", 0, id="too short to count"),
    ],
)
def test_a_running_trial_with_a_total_that_cannot_be_read_might_count(
    started, further, outcome, possible
):
    running = taken("a", "sertraline", 100, started)
    scores = (phq9("b", started, 20), phq9("e", 5, 18))
    out = assessed(woman(), depression(), running, *scores, *further)
    assert row_of(out, "sertraline")["outcome"] == outcome
    assert out["resistance"]["possible"] == possible


@pytest.mark.parametrize(
    ("mg", "outcome"),
    [
        pytest.param(15, "unknown", id="at its minimum: the score comes too late"),
        pytest.param(7.5, "inefficacy", id="below it: the score counts"),
        pytest.param(None, "unknown", id="not known: it settles nothing"),
    ],
)
def test_a_next_drug_of_unknown_dose_may_close_the_window(mg, outcome):
    following = taken("n", "mirtazapine", mg, 215, 100)
    out = told(SCORES[0], phq9("e", 195, 18), following)
    assert row_of(out, "sertraline")["outcome"] == outcome


@pytest.mark.parametrize(
    ("mg", "outcome"), [(100, "response"), (25, "inefficacy"), (None, "unknown")]
)
def test_days_of_unknown_dose_may_be_the_first_28(mg, outcome):
    """An early response is one where the first month was at the minimum."""
    parts = (taken("a1", "sertraline", mg, 300, 270), taken("a2", "sertraline", 100, 270, 200))
    scores = (SCORES[0], phq9("m", 260, 5), phq9("e", 202, 18))
    out = assessed(woman(), depression(), *parts, *scores)
    assert row_of(out, "sertraline")["outcome"] == outcome


@pytest.mark.parametrize(
    ("end", "counts", "is_open"),
    [
        pytest.param({"end": 450}, False, False, id="ended: an earlier episode"),
        pytest.param({"end": 250}, True, False, id="taken until lately: the same episode"),
        pytest.param({"status": "unknown"}, False, True, id="perhaps taken until lately"),
    ],
)
def test_days_that_are_only_possible_do_not_join_two_episodes(end, counts, is_open):
    failed = taken("a", "sertraline", 100, 700, 600, said="no effect")
    low = taken("m", "mirtazapine", 7.5, 598, **end)
    out = assessed(woman(), depression(onset=None), failed, low, phq9("s", 100, 15))
    row = row_of(out, "sertraline")
    assert row["counts"] is counts
    assert ("the episode cannot be dated" in row["because"]) is is_open
    assert out["resistance"]["possible"] >= is_open
