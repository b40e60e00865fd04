"""When did the current episode begin: onset, remission, low scores, or the chain of evidence?"""

from dataclasses import replace

import pytest

from tests.support.charts import KNOWLEDGE, diagnosis, score
from trd.chart import ConceptHit, PatientChart, PatientFacts, Visit
from trd.episodes import chain_start, evidence_spans, find_episode, low_runs, remission_day

CRITERIA = KNOWLEDGE.criteria.episode
AS_OF = 10_000


def chart(diagnoses=(), scores=(), visits=()):
    """Return a chart of these facts."""
    return PatientChart(
        patient=PatientFacts(id="p", born=None, deceased=False),
        diagnoses=tuple(diagnoses),
        scores=tuple(scores),
        visits=tuple(visits),
    )


def visit(start, end=None, concept="mdd"):
    """Return a visit for one concept."""
    hits = (ConceptHit(concept=concept, label=concept),)
    return Visit(
        evidence="Encounter/1", kind="", psychiatric=False, start=start, end=end, hits=hits
    )


def found(diagnoses=(), scores=(), treatments=(), visits=()):
    """Return start, is there one, is it assumed."""
    episode = find_episode(chart(diagnoses, scores, visits), treatments, AS_OF, CRITERIA)
    return episode.start, episode.is_current, episode.assumed


NEW = diagnosis(onset=AS_OF - 300, recorded=AS_OF - 290)
NONE_NOW = (None, False, False)
OVER = diagnosis("mdd-remission", recorded=AS_OF - 50)


@pytest.mark.parametrize(
    ("diagnoses", "expected"),
    [
        pytest.param([NEW], (AS_OF - 300, True, False), id="the onset"),
        pytest.param(
            [NEW, diagnosis("dysthymia", onset=AS_OF - 400, recorded=AS_OF - 10)],
            (AS_OF - 400, True, False),
            id="the earliest of two",
        ),
        pytest.param(
            [diagnosis(onset=AS_OF - 730, recorded=AS_OF - 10)],
            (AS_OF - 730, True, False),
            id="730 days ago",
        ),
        pytest.param(
            [diagnosis(onset=AS_OF - 731, recorded=AS_OF - 10)],
            (AS_OF - 10, True, True),
            id="731 days ago: the chain",
        ),
        pytest.param(
            [diagnosis(onset=AS_OF - 300, recorded=AS_OF - 300)],
            (None, True, False),
            id="the onset is the day it was recorded, long ago",
        ),
        pytest.param(
            [diagnosis(onset=AS_OF - 100, recorded=AS_OF - 100)],
            (AS_OF - 100, True, True),
            id="the onset is the day it was recorded, lately",
        ),
        pytest.param(
            [diagnosis(recorded=AS_OF - 20)], (AS_OF - 20, True, True), id="no onset, recorded"
        ),
        pytest.param(
            [diagnosis(encounter_on=AS_OF - 20)], (AS_OF - 20, True, True), id="no onset, a visit"
        ),
        pytest.param([diagnosis()], (None, True, False), id="no date at all"),
        pytest.param([], (None, True, False), id="no diagnosis"),
        pytest.param(
            [diagnosis(onset=AS_OF, recorded=AS_OF - 1)], (AS_OF, True, False), id="from today"
        ),
        pytest.param(
            [diagnosis(onset=AS_OF + 1, recorded=AS_OF - 1)],
            (AS_OF - 1, True, True),
            id="an onset of the future is none",
        ),
        pytest.param(
            [replace(NEW, verification="provisional")], (None, True, False), id="provisional"
        ),
        pytest.param(
            [diagnosis("psychosis", onset=AS_OF - 300)], (None, True, False), id="another"
        ),
        pytest.param([replace(NEW, clinical="resolved")], NONE_NOW, id="resolved"),
        pytest.param([OVER], NONE_NOW, id="in remission"),
        pytest.param([diagnosis("mdd-remission")], NONE_NOW, id="in remission, no date"),
        pytest.param(
            [NEW, diagnosis("mdd-remission")],
            (AS_OF - 300, True, False),
            id="an undated remission beside an active diagnosis",
        ),
        pytest.param([NEW, OVER], NONE_NOW, id="a remission after the onset"),
        pytest.param(
            [NEW, diagnosis("mdd-remission", recorded=AS_OF - 301)],
            (AS_OF - 300, True, False),
            id="a remission before the onset",
        ),
        pytest.param(
            [NEW, diagnosis("mdd-remission", recorded=AS_OF - 300)],
            NONE_NOW,
            id="a remission on the day of the onset",
        ),
        pytest.param(
            [OVER, diagnosis(onset=AS_OF, recorded=AS_OF - 1)],
            (AS_OF, True, False),
            id="a new onset today",
        ),
        pytest.param(
            [OVER, diagnosis(onset=AS_OF + 1, recorded=AS_OF - 1)],
            NONE_NOW,
            id="a new onset tomorrow",
        ),
        pytest.param(
            [NEW, diagnosis("mdd-remission", recorded=AS_OF + 1)],
            (AS_OF - 300, True, False),
            id="a remission of the future",
        ),
        pytest.param([diagnosis("mdd-remission", recorded=AS_OF)], NONE_NOW, id="of today"),
        pytest.param(
            [NEW, diagnosis("mdd-remission", recorded=AS_OF)], NONE_NOW, id="active, over today"
        ),
        pytest.param(
            [NEW, diagnosis("dysthymia", onset=AS_OF - 100, recorded=AS_OF - 100)],
            (AS_OF - 300, True, False),
            id="the earliest onset is the one to rely on",
        ),
        pytest.param(
            [diagnosis(onset=AS_OF - 800, recorded=AS_OF - 790), replace(NEW, recorded=AS_OF - 10)],
            (AS_OF - 10, True, True),
            id="or not to rely on",
        ),
        pytest.param(
            [
                diagnosis(onset=AS_OF - 100, recorded=AS_OF - 100),
                replace(NEW, onset=AS_OF - 90, recorded=AS_OF - 200),
            ],
            (AS_OF - 200, True, True),
            id="nor one that is the day it was recorded",
        ),
    ],
)
def test_diagnoses_say_when_it_began(diagnoses, expected):
    assert found(diagnoses) == expected


RELAPSE = AS_OF - 20


@pytest.mark.parametrize(
    ("diagnoses", "scores", "expected"),
    [
        pytest.param([NEW, OVER], [(RELAPSE, 10)], (AS_OF - 49, True, False), id="a relapse at 10"),
        pytest.param([NEW, OVER], [(RELAPSE, 9)], NONE_NOW, id="9 is no relapse"),
        pytest.param(
            [NEW, OVER, diagnosis("mdd-remission", recorded=AS_OF - 200)],
            [(AS_OF - 100, 12)],
            NONE_NOW,
            id="a relapse between two remissions is over",
        ),
        pytest.param(
            [NEW, OVER, diagnosis("mdd-remission", recorded=AS_OF - 200)],
            [(RELAPSE, 12)],
            (AS_OF - 49, True, False),
            id="a relapse after two remissions is after the later",
        ),
        pytest.param(
            [NEW, diagnosis("mdd-remission", recorded=AS_OF - 300)],
            [(RELAPSE, 12)],
            (AS_OF - 299, True, False),
            id="a remission on the day of the onset, and a relapse",
        ),
        pytest.param([NEW, OVER], [(AS_OF - 50, 10)], NONE_NOW, id="not on the day itself"),
        pytest.param(
            [NEW, OVER], [(AS_OF - 49, 10)], (AS_OF - 49, True, False), id="the day after"
        ),
        pytest.param([NEW, OVER], [(AS_OF + 1, 20)], NONE_NOW, id="not of the future"),
        pytest.param([NEW], [(AS_OF - 100, 4), (AS_OF - 44, 4)], NONE_NOW, id="56 days low"),
        pytest.param(
            [NEW], [(AS_OF - 100, 4), (AS_OF - 45, 4)], (AS_OF - 300, True, False), id="55 days low"
        ),
        pytest.param(
            [NEW],
            [(AS_OF - 100, 4), (AS_OF - 40, 3), (RELAPSE, 12)],
            (AS_OF - 39, True, False),
            id="the day after low scores",
        ),
        pytest.param(
            [diagnosis("mdd-remission")],
            [(AS_OF - 180, 10)],
            (AS_OF - 180, True, True),
            id="an undated remission, symptoms 180 days ago",
        ),
        pytest.param(
            [diagnosis("mdd-remission")],
            [(AS_OF - 181, 10)],
            NONE_NOW,
            id="an undated remission, symptoms 181 days ago",
        ),
        pytest.param(
            [diagnosis("mdd-remission")], [(AS_OF - 10, 9)], NONE_NOW, id="fewer symptoms"
        ),
        pytest.param(
            [diagnosis(onset=AS_OF - 800, recorded=AS_OF - 10)],
            [(AS_OF - 190, 12)],
            (AS_OF - 190, True, True),
            id="the chain reaches back 180 days",
        ),
        pytest.param(
            [diagnosis(onset=AS_OF - 800, recorded=AS_OF - 10)],
            [(AS_OF - 191, 12)],
            (AS_OF - 10, True, True),
            id="and not 181",
        ),
        pytest.param(
            [diagnosis(onset=AS_OF - 800, recorded=AS_OF - 10)],
            [(AS_OF - 100, 3), (AS_OF - 40, 3), (RELAPSE, 12)],
            (AS_OF - 20, True, True),
            id="the chain begins after the low scores",
        ),
    ],
)
def test_scores_end_an_episode_and_begin_one(diagnoses, scores, expected):
    assert found(diagnoses, [score(on, total) for on, total in scores]) == expected


def test_the_earliest_onset_is_named():
    later = diagnosis("dysthymia", onset=AS_OF - 100, recorded=AS_OF - 90)
    episode = find_episode(chart([later, NEW]), (), AS_OF, CRITERIA)
    assert episode.because == "onset of the active depressive diagnosis (mdd)"


def test_a_start_after_low_scores_says_so_and_names_them():
    scores = [score(AS_OF - 100, 4), score(AS_OF - 40, 3), score(RELAPSE, 12)]
    episode = find_episode(chart([NEW], scores), (), AS_OF, CRITERIA)
    assert "the day after the last remission or run of low scores" in episode.because
    assert episode.evidence == (f"Observation/{AS_OF - 100}", f"Observation/{AS_OF - 40}")
    assert episode.ends == (AS_OF - 40,)


def test_a_start_is_never_before_the_chain_that_follows_the_end():
    """An end before the onset changes nothing."""
    scores = [score(AS_OF - 500, 3), score(AS_OF - 440, 3)]
    episode = find_episode(chart([NEW], scores), (), AS_OF, CRITERIA)
    assert (episode.start, episode.ends) == (AS_OF - 300, (AS_OF - 440,))


def test_an_end_the_day_before_the_start_changes_nothing():
    scores = [score(AS_OF - 400, 3), score(AS_OF - 301, 3)]
    episode = find_episode(chart([NEW], scores), (), AS_OF, CRITERIA)
    assert episode.start == AS_OF - 300
    assert episode.because.startswith("onset of the active")


@pytest.mark.parametrize(
    ("scores", "runs"),
    [
        pytest.param([(1, 4), (57, 4)], [(1, 57)], id="56 days"),
        pytest.param([(1, 4), (56, 4)], [], id="55 days"),
        pytest.param([(1, 4)], [], id="one score"),
        pytest.param([(1, 4), (57, 5)], [], id="5 is not low"),
        pytest.param([(1, 4), (30, 9), (57, 4)], [(1, 57)], id="9 between does not break it"),
        pytest.param([(1, 4), (30, 10), (57, 4)], [], id="10 between does"),
        pytest.param(
            [(1, 4), (57, 4), (60, 10), (70, 4), (126, 4)], [(1, 57), (70, 126)], id="two runs"
        ),
        pytest.param([(1, 4), (57, 4), (60, 10), (70, 4)], [(1, 57)], id="a score after"),
        pytest.param([(57, 4), (1, 4)], [(1, 57)], id="in any order"),
        pytest.param([(1, 4), (AS_OF, 4)], [(1, AS_OF)], id="up to today"),
        pytest.param([(1, 4), (AS_OF + 1, 4)], [], id="not of the future"),
    ],
)
def test_low_scores_end_an_episode(scores, runs):
    assert low_runs([score(on, total) for on, total in scores], AS_OF, CRITERIA) == runs


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        pytest.param({"instrument": "PHQ-A"}, True, id="of adolescents"),
        pytest.param({"instrument": "PHQ-2"}, False, id="of two items"),
        pytest.param({"preliminary": True}, False, id="preliminary"),
    ],
)
def test_only_final_totals_of_nine_items_are_low(more, counts):
    scores = [score(1, 2, **more), score(100, 2, **more)]
    assert bool(low_runs(scores, AS_OF, CRITERIA)) is counts


def test_a_score_without_a_total_is_passed_over():
    scores = [score(1, 2), score(50, None), score(100, 2)]
    assert low_runs(scores, AS_OF, CRITERIA) == [(1, 100)]


@pytest.mark.parametrize(
    ("spans", "start"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([(9_820, 9_820)], 9_820, id="180 days ago"),
        pytest.param([(9_819, 9_819)], None, id="181 days ago"),
        pytest.param([(9_900, 9_950), (9_600, 9_720)], 9_600, id="180 days between"),
        pytest.param([(9_900, 9_950), (9_600, 9_719)], 9_900, id="181 days between"),
        pytest.param([(9_000, 9_990), (9_900, 9_950)], 9_000, id="one within another"),
        pytest.param([(9_900, 11_000)], 9_900, id="one that still runs"),
        pytest.param([(10_001, 10_002), (9_990, 9_990)], 9_990, id="not of the future"),
        pytest.param([(10_000, 10_000)], 10_000, id="of today"),
        pytest.param([(9_700, 9_950), (9_600, 9_950)], 9_600, id="two with one end"),
    ],
)
def test_the_chain_of_evidence_begins(spans, start):
    assert chain_start(spans, AS_OF, CRITERIA) == start


@pytest.mark.parametrize(
    ("one", "day"),
    [
        pytest.param(diagnosis(abated=5, recorded=3, onset=1), 5, id="abated first"),
        pytest.param(diagnosis(recorded=3, onset=1), 3, id="then recorded"),
        pytest.param(diagnosis(onset=1, encounter_on=2), 2, id="then the encounter"),
        pytest.param(diagnosis(onset=1), None, id="an onset is no end"),
        pytest.param(diagnosis("mdd-remission", onset=1), 1, id="but of a remission code"),
    ],
)
def test_a_remission_has_a_day(one, day):
    assert remission_day(one) == day


def test_visits_for_depression_are_evidence():
    facts = chart(visits=[visit(1, 5), visit(7), visit(None), visit(9, 10, "psychosis")])
    assert evidence_spans(facts, [(20, 30)], AS_OF, CRITERIA) == [(20, 30), (1, 5), (7, 7)]


def test_scores_and_diagnoses_are_evidence():
    facts = chart(
        [
            diagnosis(recorded=3, encounter_on=4),
            diagnosis("mdd-remission", recorded=5),
            diagnosis(recorded=6, verification="provisional"),
        ],
        [score(1, 9), score(2, 10)],
    )
    assert evidence_spans(facts, (), AS_OF, CRITERIA) == [(2, 2), (3, 3), (4, 4)]


def test_treatment_carries_the_chain():
    assert found([diagnosis()], treatments=[(AS_OF - 400, AS_OF - 1)]) == (AS_OF - 400, True, True)
