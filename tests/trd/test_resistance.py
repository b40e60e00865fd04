"""The count of failures and the verdict: families, combined steps, exclusions, age, reads."""

from dataclasses import replace

import pytest

from tests.support.charts import diagnosis, trial
from tests.support.failures import AS_OF, CRITERIA, NONE_NOW, NOW, chart, failed, possible
from trd.chart import ReadStatus
from trd.findings import Verdict
from trd.outcome import Outcome
from trd.overlap import Relations
from trd.resistance import (
    count_trials,
    judge_adult,
    judge_exclusion,
    lifetime_confirmed,
)
from trd.trials import join_trials


def combined(one, *names):
    """Return a trial started together with others."""
    return replace(one, relations=Relations(until=AS_OF, combined=names))


def counts(*trials, episode=NOW):
    """Return what each trial adds: (ingredient, counts, possible)."""
    found = count_trials(join_trials(trials), episode)
    return [(row.trial.ingredient, row.counts, row.possible) for row in found]


NO, YES, MAYBE = (False, False), (True, False), (False, True)


@pytest.mark.parametrize(
    ("trials", "added"),
    [
        pytest.param([failed()], [YES], id="a failure"),
        pytest.param([possible()], [MAYBE], id="a possible one"),
        pytest.param([trial(outcome=Outcome.RESPONSE)], [NO], id="a response"),
        pytest.param([failed(period=0)], [NO], id="of an earlier episode"),
        pytest.param([failed(period=None)], [MAYBE], id="of an episode nobody can date"),
        pytest.param([possible(period=None)], [MAYBE], id="possible, of an undated episode"),
        pytest.param(
            [trial(outcome=Outcome.RESPONSE, period=None)], [NO], id="a response, undated"
        ),
        # families
        pytest.param(
            [failed("citalopram"), failed("escitalopram", 300)], [YES, MAYBE], id="one family"
        ),
        pytest.param(
            [possible("citalopram"), failed("escitalopram", 300)],
            [MAYBE, YES],
            id="one family, the first only possible",
        ),
        pytest.param(
            [failed("sertraline"), failed("mirtazapine", 300)], [YES, YES], id="no family at all"
        ),
        pytest.param(
            [failed("citalopram"), failed("venlafaxine", 300), failed("desvenlafaxine", 500)],
            [YES, YES, MAYBE],
            id="two families",
        ),
        # combined steps
        pytest.param(
            [
                combined(failed("sertraline"), "mirtazapine"),
                combined(failed("mirtazapine", 101), "sertraline"),
            ],
            [YES, NO],
            id="both fail: once",
        ),
        pytest.param(
            [
                combined(possible("sertraline"), "mirtazapine"),
                combined(failed("mirtazapine", 101), "sertraline"),
            ],
            [NO, YES],
            id="a sure failure takes the place of a possible one",
        ),
        pytest.param(
            [
                combined(failed("sertraline"), "mirtazapine"),
                combined(possible("mirtazapine", 101), "sertraline"),
            ],
            [YES, NO],
            id="a possible one beside a sure one is nothing more",
        ),
        pytest.param(
            [
                combined(possible("sertraline"), "mirtazapine"),
                combined(possible("mirtazapine", 101), "sertraline"),
            ],
            [MAYBE, NO],
            id="two possible ones: once",
        ),
        pytest.param(
            [
                combined(trial(outcome=Outcome.OTHER), "mirtazapine"),
                combined(failed("mirtazapine", 101), "sertraline"),
            ],
            [NO, YES],
            id="the half that failed counts",
        ),
        pytest.param(
            [
                combined(failed("sertraline"), "mirtazapine"),
                combined(trial(101, 201, of="mirtazapine", outcome=Outcome.OTHER), "sertraline"),
            ],
            [YES, NO],
            id="whichever half it is",
        ),
        pytest.param(
            [
                failed("venlafaxine", 50),
                combined(failed("sertraline"), "mirtazapine"),
                combined(failed("mirtazapine", 101), "sertraline"),
            ],
            [YES, YES, NO],
            id="another trial is no partner",
        ),
        pytest.param(
            [
                combined(failed("sertraline", period=0), "mirtazapine"),
                combined(failed("mirtazapine", 101), "sertraline"),
            ],
            [NO, YES],
            id="a partner of another episode does not take the count away",
        ),
    ],
)
def test_each_drug_family_and_step_counts_once(trials, added):
    assert [row[1:] for row in counts(*trials)] == added


def test_without_a_current_episode_nothing_counts():
    assert counts(failed(), possible("citalopram", 300), episode=NONE_NOW) == [
        ("sertraline", False, False),
        ("citalopram", False, False),
    ]


@pytest.mark.parametrize(
    ("trials", "note"),
    [
        pytest.param(
            [failed("citalopram"), failed("escitalopram", 300)],
            "same active moiety as citalopram: possible",
            id="family",
        ),
        pytest.param(
            [
                combined(failed("sertraline"), "mirtazapine", "trazodone"),
                combined(failed("trazodone", 101), "sertraline", "mirtazapine"),
                combined(failed("mirtazapine", 102), "sertraline", "trazodone"),
            ],
            "counted once together with sertraline",
            id="three at once name the first",
        ),
        pytest.param([failed(period=None)], "the episode cannot be dated", id="undated"),
        pytest.param([trial(outcome=Outcome.RESPONSE, period=None)], "", id="undated, no failure"),
    ],
)
def test_a_row_says_why_it_does_not_count(trials, note):
    assert count_trials(join_trials(trials), NOW)[-1].note == note


def test_the_possible_half_says_with_what_it_is_counted():
    rows = count_trials(
        join_trials(
            [
                combined(possible("sertraline"), "mirtazapine"),
                combined(failed("mirtazapine", 101), "sertraline"),
            ]
        ),
        NOW,
    )
    assert rows[0].note == "counted once together with mirtazapine"


def test_the_lifetime_count_holds_every_episode():
    trials = join_trials(
        [
            failed("sertraline"),
            failed("sertraline", 900, period=0),
            failed("citalopram", 300, period=0),
            failed("escitalopram", 500, period=0),
            possible("mirtazapine", 700),
        ]
    )
    assert lifetime_confirmed(trials) == 3


# --------------------------------------------------------------------------------- exclusions


@pytest.mark.parametrize(
    ("diagnoses", "verdict"),
    [
        pytest.param([], Verdict.NOT_MET, id="nothing"),
        pytest.param([diagnosis("mdd")], Verdict.NOT_MET, id="depression"),
        pytest.param([diagnosis("bipolar")], Verdict.MET, id="bipolar"),
        pytest.param([diagnosis("bipolar", clinical="resolved")], Verdict.MET, id="ever"),
        pytest.param([diagnosis("bipolar", by_text=True)], Verdict.UNKNOWN, id="in words only"),
        pytest.param(
            [diagnosis("bipolar", verification="provisional")], Verdict.UNKNOWN, id="provisional"
        ),
        pytest.param([diagnosis("psychosis")], Verdict.MET, id="psychotic"),
        pytest.param(
            [diagnosis("psychosis", clinical="resolved")], Verdict.UNKNOWN, id="psychotic, over"
        ),
        pytest.param([diagnosis("organic-mood")], Verdict.MET, id="organic"),
        pytest.param([diagnosis("mdd", psychotic=True)], Verdict.MET, id="psychotic depression"),
        pytest.param(
            [diagnosis("mdd", psychotic=True, clinical="resolved")],
            Verdict.NOT_MET,
            id="an old psychotic episode",
        ),
        pytest.param([diagnosis("hallucination")], Verdict.UNKNOWN, id="a symptom asks"),
        pytest.param(
            [diagnosis("hallucination"), diagnosis("bipolar")], Verdict.MET, id="a sure one beside"
        ),
    ],
)
def test_another_disorder_takes_the_patient_out(diagnoses, verdict):
    assert judge_exclusion(chart(*diagnoses)).verdict is verdict


def test_a_symptom_beside_its_disorder_is_the_disorder():
    both = diagnosis("psychosis")
    both = replace(both, hits=(*both.hits, *diagnosis("hallucination").hits))
    assert judge_exclusion(chart(both)).verdict is Verdict.MET


def test_the_exclusion_names_what_it_found():
    found = judge_exclusion(chart(diagnosis("psychosis", 2), diagnosis("bipolar", 1)))
    assert found.because == "recorded: psychosis; bipolar"
    assert found.evidence == ("Condition/bipolar-1", "Condition/psychosis-2")


def test_an_incomplete_read_never_says_that_nothing_is_there():
    found = judge_exclusion(chart(reads={"conditions": ReadStatus.PARTIAL}))
    assert found.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("born", "verdict"),
    [
        pytest.param(None, Verdict.UNKNOWN, id="not recorded"),
        pytest.param(AS_OF - 19 * 366, Verdict.MET, id="19"),
        pytest.param(AS_OF - 17 * 366, Verdict.NOT_MET, id="17"),
    ],
)
def test_the_definition_is_for_adults(born, verdict):
    assert judge_adult(chart(born=born), AS_OF, CRITERIA.adult_years).verdict is verdict
