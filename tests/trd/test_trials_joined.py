"""The courses of one drug and episode joined into a trial: the best stands for all of them."""

from dataclasses import replace

import pytest

from tests.support.charts import (
    KNOWLEDGE,
    diagnosis,
    drug,
    judged_course,
    record,
    segment,
    trial,
)
from trd.chart import Indication, MatchedBy, PatientChart, PatientFacts
from trd.episodes import Episode
from trd.findings import Verdict
from trd.outcome import Outcome, OutcomeFinding
from trd.overlap import Relations
from trd.trials import RANK, join_trials, judge_trial

AS_OF = 1000


def joined(*trials):
    """Return the one trial of these courses."""
    found = join_trials(trials)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("one", "confirmed", "possible"),
    [
        pytest.param(trial(), True, False, id="an adequate failure"),
        pytest.param(trial(doubts=("why",)), False, True, id="in doubt"),
        pytest.param(trial(excluded="added"), False, False, id="added to another"),
        pytest.param(trial(end=120), False, False, id="too short"),
        pytest.param(trial(enough=False), False, True, id="dose unknown"),
        pytest.param(trial(outcome=Outcome.UNKNOWN), False, True, id="outcome unknown"),
        pytest.param(trial(outcome=Outcome.RESPONSE), False, False, id="a response"),
        pytest.param(trial(outcome=Outcome.INTOLERANCE), False, False, id="intolerance"),
        pytest.param(trial(outcome=Outcome.RUNNING), False, False, id="running"),
        pytest.param(
            replace(
                trial(outcome=Outcome.RUNNING),
                outcome=OutcomeFinding(outcome=Outcome.RUNNING, because="", might_count=True),
            ),
            False,
            True,
            id="running, and might count",
        ),
        pytest.param(
            trial(enough=False, outcome=Outcome.UNKNOWN, excluded="added"),
            False,
            False,
            id="added, open",
        ),
    ],
)
def test_a_trial_is_confirmed_or_possible(one, confirmed, possible):
    found = joined(one)
    assert (found.confirmed, found.possible) == (confirmed, possible)


GOOD = trial(300, 400, Outcome.RESPONSE)


@pytest.mark.parametrize(
    ("courses", "start", "confirmed"),
    [
        pytest.param([trial(), GOOD], 100, False, id="a response cancels a failure"),
        pytest.param(
            [trial(), trial(300, 400, Outcome.REMISSION)], 100, False, id="so does remission"
        ),
        pytest.param([trial(), trial(300, 310)], 100, True, id="the adequate one stands for both"),
        pytest.param([trial(100, 110), trial(300, 400)], 300, True, id="whichever it is"),
        pytest.param(
            [trial(100, 200, enough=False), trial(300, 320)], 100, False, id="open before short"
        ),
        pytest.param(
            [trial(100, 200, enough=False), trial(300, 400)], 300, True, id="adequate before open"
        ),
        pytest.param(
            [trial(100, 250, Outcome.UNKNOWN), trial(300, 360)],
            300,
            True,
            id="a failure before open",
        ),
        pytest.param(
            [trial(100, 250, Outcome.OTHER), trial(300, 360, Outcome.UNKNOWN)],
            300,
            False,
            id="open before another end",
        ),
        pytest.param(
            [trial(100, 250), trial(300, 360)], 100, True, id="of two failures the longer"
        ),
        pytest.param([trial(100, 160), trial(300, 360)], 300, True, id="of two as long the later"),
        pytest.param(
            [trial(100, 250, doubts=("why",)), trial(300, 360)],
            300,
            True,
            id="sure before in doubt",
        ),
    ],
)
def test_the_best_course_stands_for_the_drug(courses, start, confirmed):
    found = joined(*courses)
    assert (found.best.course.start, found.confirmed) == (start, confirmed)
    assert joined(*reversed(courses)).best == found.best


def test_a_cancelled_failure_is_not_possible_either_and_says_so():
    found = joined(trial(), GOOD)
    assert not found.possible
    assert found.best.outcome.outcome is Outcome.RESPONSE
    assert "a response in another exposure cancels the failure" in found.because
    assert "cancels" not in joined(GOOD).because


def test_ranks_are_in_order():
    assert RANK[Verdict.NOT_MET] < RANK[Verdict.UNKNOWN] < RANK[Verdict.MET]


def test_two_episodes_of_one_drug_are_two_trials():
    earlier = trial(10, 90, period=0)
    assert [t.in_current_episode for t in join_trials([trial(), earlier])] == [False, True]


def test_trials_stand_by_start_then_name():
    other = replace(trial(), drug=KNOWLEDGE.antidepressants["citalopram"])
    later = replace(trial(90, 200), drug=KNOWLEDGE.antidepressants["venlafaxine"])
    names = [t.ingredient for t in join_trials([trial(), other, later])]
    assert names == ["venlafaxine", "citalopram", "sertraline"]


def test_the_evidence_is_that_of_all_courses():
    one = trial(course={"records": (record(100, evidence="MedicationRequest/9"),)})
    scored = OutcomeFinding(outcome=Outcome.INEFFICACY, because="", evidence=("Observation/1",))
    other = replace(trial(300, 400), outcome=scored)
    assert joined(one, other).evidence == ("MedicationRequest/9", "Observation/1")


PLAIN = record(100, indications=frozenset({Indication.DEPRESSION}))
NOTES = [
    pytest.param({"records": (PLAIN,), "supplied_days": 90.0}, {}, "", id="nothing to note"),
    pytest.param({"records": (PLAIN,)}, {}, "supply not confirmed", id="no dispense"),
    pytest.param(
        {"records": (record(100),), "supplied_days": 90.0},
        {},
        "indication not recorded",
        id="reason",
    ),
    pytest.param(
        {"records": (record(100), PLAIN), "supplied_days": 90.0}, {}, "", id="one reason of two"
    ),
    pytest.param({"supplied_days": 90.0}, {}, "", id="no order to note anything of"),
    pytest.param(
        {
            "records": (replace(PLAIN, drug=drug(matched_by=MatchedBy.TEXT)),),
            "supplied_days": 90.0,
        },
        {},
        "drug matched by text",
        id="text",
    ),
    pytest.param(
        {"records": (PLAIN,), "supplied_days": 90.0, "end_inferred": True},
        {},
        "end inferred from the next antidepressant",
        id="an inferred end",
    ),
    pytest.param(
        {"records": (PLAIN,), "supplied_days": 90.0},
        {"relations": Relations(until=1, combined=("a", "b"))},
        "one combined step with a and b",
        id="a combined step",
    ),
    pytest.param(
        {"records": (PLAIN,), "supplied_days": 90.0},
        {"excluded": "added to x while it ran: augmentation"},
        "added to x while it ran: augmentation",
        id="added",
    ),
    pytest.param(
        {"records": (PLAIN,), "supplied_days": 90.0},
        {"doubts": ("why",)},
        "at most possible: why",
        id="in doubt",
    ),
    pytest.param(
        {"records": (PLAIN,), "supplied_days": 90.0},
        {"doubts": ("why",), "outcome": OutcomeFinding(outcome=Outcome.RESPONSE, because="fell")},
        "",
        id="a doubt about what helped is not said",
    ),
]


@pytest.mark.parametrize(("taken", "more", "note"), NOTES)
def test_a_reader_is_told(taken, more, note):
    found = joined(replace(trial(course=taken), **more))
    start = "100 mg a day, minimum 50 mg; 100 days at or above the minimum; "
    assert found.because.startswith(start)
    told = found.because.removeprefix(start).partition("; ")[2]
    assert told == note


NOW = Episode(start=1, is_current=True, assumed=False, because="", evidence=())


def test_an_added_drug_is_excluded():
    one = judged_course(segment(100, 200))
    chart = PatientChart(
        patient=PatientFacts(id="p", born=None, deceased=False), diagnoses=(diagnosis(onset=50),)
    )
    added = Relations(until=AS_OF, augments="citalopram")
    found = judge_trial(one, added, chart, NOW, AS_OF, KNOWLEDGE)
    assert found.excluded == "added to citalopram while it ran: augmentation"
    own = judge_trial(one, Relations(until=AS_OF), chart, NOW, AS_OF, KNOWLEDGE)
    assert own.excluded == ""
