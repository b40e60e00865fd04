"""How a course that still runs is judged, and what charted reasons mean together."""

import pytest

from tests.support.charts import KNOWLEDGE, facts, score
from trd.chart import StopReason
from trd.findings import Verdict
from trd.outcome import Outcome, by_reason, judge_outcome

CRITERIA = KNOWLEDGE.criteria.outcome
REMISSION, RESPONSE, INEFFICACY = Outcome.REMISSION, Outcome.RESPONSE, Outcome.INEFFICACY
INTOLERANCE, OTHER, RUNNING, UNKNOWN = (
    Outcome.INTOLERANCE,
    Outcome.OTHER,
    Outcome.RUNNING,
    Outcome.UNKNOWN,
)
NO_EFFECT, SIDE_EFFECT = StopReason.NO_EFFECT, StopReason.SIDE_EFFECT
BEFORE = score(1000, 20)


@pytest.mark.parametrize(
    ("reasons", "adequacy", "outcome"),
    [
        pytest.param({NO_EFFECT}, Verdict.NOT_MET, INEFFICACY, id="no effect"),
        pytest.param({SIDE_EFFECT}, Verdict.MET, INTOLERANCE, id="side effects"),
        pytest.param({NO_EFFECT, SIDE_EFFECT}, Verdict.MET, INEFFICACY, id="both, adequate"),
        pytest.param({NO_EFFECT, SIDE_EFFECT}, Verdict.NOT_MET, INTOLERANCE, id="both, too little"),
        pytest.param({NO_EFFECT, SIDE_EFFECT}, Verdict.UNKNOWN, UNKNOWN, id="both, adequacy open"),
        pytest.param({StopReason.REMISSION}, Verdict.MET, REMISSION, id="remission"),
        pytest.param({StopReason.RESPONSE}, Verdict.MET, RESPONSE, id="response"),
        pytest.param(
            {StopReason.RESPONSE, StopReason.REMISSION}, Verdict.MET, REMISSION, id="the better"
        ),
        pytest.param({NO_EFFECT, StopReason.RESPONSE}, Verdict.MET, UNKNOWN, id="contradiction"),
        pytest.param(
            {NO_EFFECT, SIDE_EFFECT, StopReason.RESPONSE}, Verdict.MET, UNKNOWN, id="all of them"
        ),
        pytest.param(
            {SIDE_EFFECT, StopReason.RESPONSE}, Verdict.MET, INTOLERANCE, id="helped, not tolerated"
        ),
        pytest.param({StopReason.OTHER}, Verdict.MET, OTHER, id="another reason"),
        pytest.param({StopReason.NOT_TAKEN}, Verdict.MET, None, id="not taken is judged elsewhere"),
        pytest.param(set(), Verdict.MET, None, id="none"),
    ],
)
def test_a_charted_reason_means(reasons, adequacy, outcome):
    assert by_reason(frozenset(reasons), adequacy) is outcome


def judged(*scores, **more):
    """Return the finding for a course that runs since day 1000, today being day 1100."""
    running = {"ongoing": True, "as_of": 1100, "until": 1100}
    return judge_outcome(scores, facts(**(running | more)), ("PHQ-9", "PHQ-A"), CRITERIA)


@pytest.mark.parametrize(
    ("scores", "more", "expected"),
    [
        # (outcome, might count, to be confirmed)
        pytest.param([], {}, (RUNNING, False, False), id="nothing known"),
        pytest.param([BEFORE, score(1090, 8)], {}, (RESPONSE, False, False), id="a response"),
        pytest.param([BEFORE, score(1090, 3)], {}, (REMISSION, False, False), id="a remission"),
        pytest.param([BEFORE, score(1090, 15)], {}, (INEFFICACY, False, True), id="no effect"),
        pytest.param(
            [BEFORE, score(1090, 15)], {"days": 84}, (INEFFICACY, False, True), id="84 days"
        ),
        pytest.param(
            [BEFORE, score(1090, 15)], {"days": 83}, (RUNNING, False, False), id="83 days"
        ),
        pytest.param([BEFORE, score(1070, 15)], {}, (INEFFICACY, False, True), id="30 days old"),
        pytest.param([BEFORE, score(1069, 15)], {}, (RUNNING, False, False), id="31 days old"),
        pytest.param(
            [score(1000, 17), score(1090, 9)], {}, (RUNNING, False, False), id="an open pair"
        ),
        pytest.param([score(1090, 10)], {}, (RUNNING, True, False), id="no baseline, symptoms"),
        pytest.param([score(1090, 9)], {}, (RUNNING, False, False), id="no baseline, fewer"),
        pytest.param([score(1070, 10)], {}, (RUNNING, True, False), id="no baseline, 30 days old"),
        pytest.param([score(1069, 10)], {}, (RUNNING, False, False), id="no baseline, 31 days old"),
        pytest.param(
            [score(1090, 10)], {"days": 84}, (RUNNING, True, False), id="no baseline, 84 days"
        ),
        pytest.param(
            [score(1090, 10)], {"days": 83}, (RUNNING, False, False), id="no baseline, 83 days"
        ),
        pytest.param(
            [score(1090, 10)],
            {"days": 0, "most_days": 84},
            (RUNNING, True, False),
            id="no baseline, 84 days with the possible",
        ),
        pytest.param(
            [score(1090, 10)],
            {"days": 0, "most_days": 83},
            (RUNNING, False, False),
            id="no baseline, 83 days with the possible",
        ),
        pytest.param(
            [BEFORE, score(1090, 15)],
            {"days": 83, "most_days": 100},
            (RUNNING, False, False),
            id="a pair needs documented days",
        ),
        pytest.param(
            [score(1000, 9), score(1090, 12)],
            {},
            (RUNNING, True, False),
            id="a baseline that is too low is none",
        ),
        pytest.param(
            [score(1000, 10), score(1090, 12)],
            {"end_score_from": None},
            (RUNNING, False, False),
            id="with a baseline of 10 it is none of these",
        ),
        pytest.param(
            [score(1090, 12), score(1095, 9)],
            {},
            (RUNNING, False, False),
            id="the last score counts",
        ),
        pytest.param(
            [score(1090, 12, instrument="PHQ-A")],
            {},
            (RUNNING, True, False),
            id="of whichever instrument",
        ),
        pytest.param(
            [BEFORE, score(1010, 22)], {}, (RUNNING, False, False), id="a baseline, no end score"
        ),
    ],
)
def test_what_still_runs(scores, more, expected):
    found = judged(*scores, **more)
    assert (found.outcome, found.might_count, found.confirm) == expected


def test_what_still_runs_and_failed_is_to_be_confirmed():
    found = judged(BEFORE, score(1090, 15))
    assert found.because.endswith("still taken: confirm")
    assert found.subtype == "partial"


def test_what_still_runs_shows_its_last_score():
    found = judged(score(1090, 12))
    assert found.because.startswith("still taken; PHQ-9 12 on ")
    assert found.because.endswith(", no baseline")
    assert found.evidence == ("Observation/1090",)
