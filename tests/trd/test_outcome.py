"""How one course ended: scores, charted reasons, both, and what runs."""

import pytest

from tests.support.charts import KNOWLEDGE, facts, score
from trd.chart import StopReason
from trd.findings import Verdict
from trd.outcome import (
    Outcome,
    by_score,
    fall_percent,
    find_baseline,
    judge_outcome,
    usable,
)

CRITERIA = KNOWLEDGE.criteria.outcome
REMISSION, RESPONSE, INEFFICACY = Outcome.REMISSION, Outcome.RESPONSE, Outcome.INEFFICACY
UNKNOWN = Outcome.UNKNOWN
NO_EFFECT, SIDE_EFFECT = StopReason.NO_EFFECT, StopReason.SIDE_EFFECT
START, AS_OF = 1000, 2000  # as in tests.support.charts.facts


def judged(*scores, **more):
    """Return the finding from these scores."""
    return judge_outcome(scores, facts(**more), ("PHQ-9", "PHQ-A"), CRITERIA)


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        pytest.param(20, 4, REMISSION, id="below 5"),
        pytest.param(10, 4, REMISSION, id="below 5, whatever the fall"),
        pytest.param(10, 5, RESPONSE, id="half of it, 5"),
        pytest.param(20, 10, RESPONSE, id="half of it, 10"),
        pytest.param(21, 11, INEFFICACY, id="just less than half"),
        pytest.param(20, 11, INEFFICACY, id="less than half"),
        pytest.param(19, 10, INEFFICACY, id="less than half, end 10"),
        pytest.param(17, 9, UNKNOWN, id="less than half, end 9"),
        pytest.param(11, 6, UNKNOWN, id="less than half, end 6"),
        pytest.param(12, 20, INEFFICACY, id="a rise"),
    ],
)
def test_a_pair_of_scores_means(before, after, outcome):
    assert by_score(before, after, CRITERIA) is outcome


def test_a_fall_is_in_percent_of_the_baseline():
    assert fall_percent(20, 15) == 25
    assert fall_percent(20, 25) == -25


@pytest.mark.parametrize(
    ("days", "chosen"),
    [
        pytest.param([970], 970, id="30 days before"),
        pytest.param([969], None, id="31 days before"),
        pytest.param([1001], 1001, id="the day after"),
        pytest.param([1007], 1007, id="7 days after"),
        pytest.param([1008], None, id="8 days after"),
        pytest.param([1000], 1000, id="the day itself"),
        pytest.param([980, 1001], 980, id="before is preferred to after"),
        pytest.param([1000, 1001], 1000, id="the day itself is preferred"),
        pytest.param([975, 985, 995], 995, id="the nearest before"),
        pytest.param([960, 1002, 1006], 1002, id="the nearest after"),
        pytest.param([], None, id="none"),
    ],
)
def test_the_baseline_is_the_nearest_score(days, chosen):
    found = find_baseline([score(day, 15) for day in days], START, CRITERIA)
    assert (found and found.on) == chosen


@pytest.mark.parametrize(
    ("one", "is_usable"),
    [
        pytest.param(score(AS_OF, 12), True, id="of today"),
        pytest.param(score(AS_OF + 1, 12), False, id="of tomorrow"),
        pytest.param(score(1500, None), False, id="without a total"),
        pytest.param(score(1500, 12, preliminary=True), False, id="preliminary"),
        pytest.param(score(1500, 12, instrument="PHQ-2"), False, id="of another instrument"),
    ],
)
def test_a_score_can_be_used(one, is_usable):
    assert bool(usable([one], "PHQ-9", AS_OF)) is is_usable


BEFORE = score(1000, 20)


@pytest.mark.parametrize(
    ("scores", "more", "outcome"),
    [
        pytest.param([BEFORE, score(1028, 15)], {}, INEFFICACY, id="day 28 at the minimum"),
        pytest.param([BEFORE, score(1027, 15)], {}, UNKNOWN, id="day 27"),
        pytest.param([BEFORE, score(1114, 15)], {}, INEFFICACY, id="the window's last day"),
        pytest.param([BEFORE, score(1115, 15)], {}, UNKNOWN, id="a day after the window"),
        pytest.param([score(1000, 10), score(1060, 10)], {}, INEFFICACY, id="a baseline of 10"),
        pytest.param([score(1000, 9), score(1060, 10)], {}, UNKNOWN, id="a baseline of 9"),
        pytest.param([BEFORE], {}, UNKNOWN, id="no end score"),
        pytest.param([score(1060, 15)], {}, UNKNOWN, id="no baseline"),
        pytest.param(
            [BEFORE, score(1060, 15)], {"end_score_from": None}, UNKNOWN, id="day 28 never came"
        ),
        pytest.param(
            [score(1005, 20)], {"end_score_from": 1002}, UNKNOWN, id="no pair with itself"
        ),
        pytest.param([BEFORE, score(1050, 4), score(1060, 5)], {}, RESPONSE, id="the last counts"),
        pytest.param(
            [BEFORE, score(1060, 15)],
            {"not_before": 1060},
            INEFFICACY,
            id="28 days after the first",
        ),
        pytest.param(
            [BEFORE, score(1060, 15)], {"not_before": 1061}, UNKNOWN, id="27 days after the first"
        ),
        # under an added drug
        pytest.param(
            [BEFORE, score(1060, 15)],
            {"under": ((1060, 1090),)},
            INEFFICACY,
            id="inefficacy under an added drug counts",
        ),
        pytest.param(
            [BEFORE, score(1060, 8)],
            {"under": ((1060, 1090),)},
            UNKNOWN,
            id="response under an added drug does not",
        ),
        pytest.param(
            [BEFORE, score(1060, 8)],
            {"under": ((1061, 1090),)},
            RESPONSE,
            id="the day before the added drug is clean",
        ),
        pytest.param(
            [BEFORE, score(1060, 8)],
            {"under": ((1030, 1059),)},
            RESPONSE,
            id="the day after it has worn off is clean",
        ),
        pytest.param(
            [BEFORE, score(1060, 8)],
            {"under": ((1030, 1060),)},
            UNKNOWN,
            id="its last day is not",
        ),
        pytest.param(
            [BEFORE, score(1040, 8), score(1060, 15)],
            {"under": ((1050, 1090),)},
            RESPONSE,
            id="a clean response is not undone by a score under it",
        ),
        pytest.param(
            [score(1000, 17), score(1040, 9), score(1060, 15)],
            {"under": ((1050, 1090),)},
            INEFFICACY,
            id="a clean open score is settled by inefficacy under it",
        ),
        pytest.param(
            [BEFORE, score(1040, 15), score(1060, 8)],
            {"under": ((1050, 1090),)},
            INEFFICACY,
            id="clean inefficacy stands",
        ),
        pytest.param(
            [BEFORE, score(1060, 15), score(1070, 8)],
            {"under": ((1050, 1090),)},
            UNKNOWN,
            id="under it the last score counts",
        ),
        # one instrument
        pytest.param(
            [BEFORE, score(1060, 15, instrument="PHQ-A")], {}, UNKNOWN, id="two instruments"
        ),
        pytest.param(
            [score(1000, 20, instrument="PHQ-A"), score(1060, 15, instrument="PHQ-A")],
            {},
            INEFFICACY,
            id="another instrument",
        ),
        # two totals of one day
        pytest.param(
            [BEFORE, score(1060, 8), score(1060, 15)], {}, UNKNOWN, id="two totals that disagree"
        ),
        pytest.param(
            [BEFORE, score(1060, 14), score(1060, 15)], {}, INEFFICACY, id="two totals that agree"
        ),
        pytest.param(
            [BEFORE, score(1060, 15, at="2025-01-01T08:00"), score(1060, 8, at="2025-01-01T18:00")],
            {},
            RESPONSE,
            id="two totals in order: the later",
        ),
        pytest.param(
            [BEFORE, score(1060, 15, at="2025-01-01T08:00"), score(1060, 8, at="2025-01-01")],
            {},
            UNKNOWN,
            id="two totals, one without a time",
        ),
        pytest.param(
            [BEFORE, score(1060, 15), score(1060, 15, evidence=("Observation/x",))],
            {},
            INEFFICACY,
            id="one total twice",
        ),
        pytest.param(
            [score(1000, 9), score(1000, 20), score(1060, 15)],
            {},
            UNKNOWN,
            id="two baselines of one day, one of them too low",
        ),
    ],
)
def test_scores_say_how_it_ended(scores, more, outcome):
    assert judged(*scores, **more).outcome is outcome


@pytest.mark.parametrize(
    ("after", "subtype"),
    [
        pytest.param(15, "partial", id="a fall of 25 percent"),
        pytest.param(16, "none", id="a fall of 20 percent"),
        pytest.param(11, "partial", id="a fall of 45 percent"),
        pytest.param(8, "", id="a response has none"),
    ],
)
def test_inefficacy_has_a_subtype(after, subtype):
    assert judged(BEFORE, score(1060, after)).subtype == subtype


def test_a_contradiction_has_no_subtype():
    helped = frozenset({StopReason.RESPONSE})
    assert judged(BEFORE, score(1060, 15), reasons=helped).subtype == ""


def test_inefficacy_by_a_reason_alone_has_no_subtype():
    found = judged(reasons=frozenset({NO_EFFECT}), said="no effect")
    assert (found.outcome, found.subtype) == (INEFFICACY, "")


@pytest.mark.parametrize(
    ("scores", "because"),
    [
        pytest.param([20, 15], "PHQ-9 20 on 0003-09-27, 15 on 0003-11-26: fell 25 %", id="a fall"),
        pytest.param([20, 20], "fell 0 %", id="no change"),
        pytest.param([15, 16], "rose", id="a rise"),
        pytest.param([20, 10], "fell 50 %; residual symptoms", id="a response at 10"),
        pytest.param([18, 9], "fell 50 %", id="a response at 9"),
    ],
)
def test_a_pair_is_shown(scores, because):
    before, after = scores
    found = judged(score(START, before), score(1060, after, evidence=("Observation/2",)))
    assert found.because.endswith(because)
    assert found.evidence == ("MedicationRequest/1", "Observation/1000", "Observation/2")


@pytest.mark.parametrize(
    ("later", "lost"),
    [
        pytest.param(15, True, id="back in full"),
        pytest.param(9, False, id="still a response"),
        pytest.param(11, True, id="just lost"),
    ],
)
def test_a_response_that_is_lost_is_flagged(later, lost):
    found = judged(score(START, 20), score(1050, 8), score(1090, later))
    assert found.outcome is RESPONSE
    assert found.lost_response is lost
    assert ("an earlier response was lost" in found.because) is lost
    assert "residual" not in found.because


@pytest.mark.parametrize(
    ("after", "reasons", "outcome"),
    [
        pytest.param(15, {NO_EFFECT}, INEFFICACY, id="both say no effect"),
        pytest.param(15, {StopReason.RESPONSE}, UNKNOWN, id="the reason says it helped"),
        pytest.param(15, {StopReason.OTHER}, INEFFICACY, id="another reason changes nothing"),
        pytest.param(15, {SIDE_EFFECT}, INEFFICACY, id="side effects, and no effect by score"),
        pytest.param(8, {NO_EFFECT}, UNKNOWN, id="the score says it helped"),
        pytest.param(8, {NO_EFFECT, SIDE_EFFECT}, UNKNOWN, id="the same with side effects"),
        pytest.param(8, {SIDE_EFFECT}, RESPONSE, id="helped, stopped for side effects"),
        pytest.param(4, {StopReason.RESPONSE}, REMISSION, id="the score is the better"),
        pytest.param(9, {NO_EFFECT}, UNKNOWN, id="an open score stays open"),
    ],
)
def test_score_and_reason_together(after, reasons, outcome):
    before = 17 if after == 9 else 20
    found = judged(
        score(START, before), score(1060, after), reasons=frozenset(reasons), said="the words"
    )
    assert found.outcome is outcome
    assert "“the words”" in found.because
    assert "PHQ-9" in found.because


def test_side_effects_and_no_effect_by_score_of_an_open_adequacy_are_open():
    found = judged(
        BEFORE, score(1060, 15), reasons=frozenset({SIDE_EFFECT}), adequacy=Verdict.UNKNOWN
    )
    assert found.outcome is UNKNOWN


@pytest.mark.parametrize(
    ("more", "because"),
    [
        pytest.param(
            {},
            "no pair of scores in what was read, and no reason for stopping recorded",
            id="nothing",
        ),
        pytest.param({"switched": True}, "switched; reason not recorded", id="switched"),
        pytest.param(
            {"said": "per patient"},
            "no pair of scores in what was read, and no reason for stopping recorded; "
            "the recorded words “per patient” could not be read as a reason",
            id="words nobody could read",
        ),
        pytest.param(
            {"said": "nausea", "reasons": frozenset({SIDE_EFFECT})},
            "charted reason: “nausea”",
            id="a reason",
        ),
    ],
)
def test_without_scores_the_reason_is_said(more, because):
    found = judged(**more)
    assert found.because == because
    assert found.evidence == ("MedicationRequest/1",)


def test_a_drug_not_taken_as_ordered_says_nothing_of_its_effect():
    found = judged(BEFORE, score(1060, 15), non_adherent="never collected", ongoing=True)
    assert (found.outcome, found.because) == (Outcome.NON_ADHERENCE, "never collected")
