"""The verdict on treatment resistance: the count, exclusions, age, and what was not read."""

import pytest

from tests.support.charts import diagnosis, trial
from tests.support.failures import AS_OF, CRITERIA, NONE_NOW, NOW, chart, failed, possible
from trd.chart import ReadStatus
from trd.outcome import Outcome
from trd.resistance import Resistance, count_trials, judge_resistance
from trd.trials import join_trials

TWO = [failed(), failed("citalopram", 300)]
PARTIAL = ReadStatus.PARTIAL


def verdict(trials, of=None, undated=0, episode=NOW):
    """Return the finding for these trials."""
    found = join_trials(trials)
    return judge_resistance(
        count_trials(found, episode),
        found,
        of or chart(),
        episode,
        AS_OF,
        CRITERIA,
        undated=undated,
    )


@pytest.mark.parametrize(
    ("trials", "more", "said"),
    [
        pytest.param(TWO, {}, Resistance.MET, id="two failures"),
        pytest.param(TWO[:1], {}, Resistance.NOT_MET, id="one"),
        pytest.param([], {}, Resistance.NOT_MET, id="none"),
        pytest.param(
            [TWO[0], possible("citalopram", 300)], {}, Resistance.UNKNOWN, id="one and one"
        ),
        pytest.param(TWO[:1], {"undated": 1}, Resistance.UNKNOWN, id="one and one without a date"),
        pytest.param([], {"undated": 2}, Resistance.UNKNOWN, id="two without a date"),
        pytest.param(
            TWO, {"of": chart(diagnosis("bipolar"))}, Resistance.EXCLUDED, id="two, bipolar"
        ),
        pytest.param(
            [], {"of": chart(diagnosis("bipolar"))}, Resistance.EXCLUDED, id="none, bipolar"
        ),
        pytest.param(
            TWO,
            {"of": chart(diagnosis("hallucination"))},
            Resistance.UNKNOWN,
            id="two, to be asked",
        ),
        pytest.param(TWO, {"of": chart(born=None)}, Resistance.UNKNOWN, id="two, age unknown"),
        pytest.param(TWO[:1], {"of": chart(born=None)}, Resistance.NOT_MET, id="one, age unknown"),
        pytest.param(TWO, {"of": chart(born=AS_OF - 6000)}, Resistance.UNKNOWN, id="two, a minor"),
        pytest.param([], {"of": chart(born=AS_OF - 6000)}, Resistance.UNKNOWN, id="none, a minor"),
        pytest.param(
            TWO,
            {"of": chart(reads={"conditions": PARTIAL})},
            Resistance.UNKNOWN,
            id="conditions unread",
        ),
        pytest.param(
            TWO[:1],
            {"of": chart(reads={"medications": PARTIAL})},
            Resistance.UNKNOWN,
            id="one, medications unread",
        ),
        pytest.param(
            [possible()],
            {"of": chart(reads={"scores": PARTIAL})},
            Resistance.UNKNOWN,
            id="one open, scores unread",
        ),
        pytest.param(
            [trial(100, 110)],
            {"of": chart(reads={"scores": PARTIAL})},
            Resistance.NOT_MET,
            id="one too short, whatever the scores",
        ),
        pytest.param([], {"episode": NONE_NOW}, Resistance.NOT_MET, id="no episode"),
    ],
)
def test_the_verdict(trials, more, said):
    assert verdict(trials, **more).verdict is said


@pytest.mark.parametrize(
    ("trials", "more", "because"),
    [
        pytest.param(TWO, {}, "2 confirmed, 0 possible of 2 needed", id="met"),
        pytest.param(
            [],
            {"episode": NONE_NOW},
            "0 confirmed, 0 possible of 2 needed; in remission",
            id="over",
        ),
        pytest.param(
            TWO[:1],
            {"undated": 1},
            "1 confirmed, 1 possible of 2 needed; the open questions could tip the count",
            id="open",
        ),
        pytest.param(
            [possible()],
            {"of": chart(reads={"scores": PARTIAL, "medications": PARTIAL})},
            "0 confirmed, 1 possible of 2 needed; not read completely: medications, scores",
            id="unread",
        ),
        pytest.param(
            TWO[:1],
            {"of": chart(diagnosis("hallucination"))},
            "1 confirmed, 0 possible of 2 needed; to be clarified: hallucination",
            id="to be asked",
        ),
    ],
)
def test_the_verdict_says_why(trials, more, because):
    assert verdict(trials, **more).because == because


def test_nothing_is_undated_unless_said():
    found = join_trials(TWO)
    said = judge_resistance(count_trials(found, NOW), found, chart(), NOW, AS_OF, CRITERIA)
    assert said.possible == 0


def test_intolerance_and_classes_are_counted_apart():
    found = verdict(
        [
            *TWO,
            failed("venlafaxine", 500),
            trial(700, 800, of="mirtazapine", outcome=Outcome.INTOLERANCE),
            trial(10, 90, of="trazodone", outcome=Outcome.INTOLERANCE, period=0),
            possible("bupropion", 900),
        ]
    )
    assert (found.confirmed, found.possible, found.intolerance) == (3, 1, 1)
    assert found.classes == ("SSRI", "SNRI")
    assert found.lifetime_confirmed == 3
