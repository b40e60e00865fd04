"""Courses into trials: adherence, doubts, the episode they belong to, the best of one drug."""

from dataclasses import replace

import pytest

from tests.support.charts import (
    KNOWLEDGE,
    course,
    diagnosis,
    judged_course,
    record,
    segment,
)
from trd.chart import Indication, PatientChart, PatientFacts, StopReason
from trd.episodes import Episode
from trd.overlap import Relations
from trd.trials import (
    CURRENT,
    day_at_minimum,
    judge_adherence,
    judge_trial,
    period_of,
)

AS_OF = 1000


def episode(start: int | None = 1, ends=(), *, is_current=True):
    """Return an episode."""
    return Episode(
        start=start, is_current=is_current, assumed=False, because="", evidence=(), ends=tuple(ends)
    )


# ----------------------------------------------------------------------- days at the minimum


@pytest.mark.parametrize(
    ("segments", "day"),
    [
        pytest.param([segment(100, 200)], 128, id="28 days on"),
        pytest.param([segment(100, 128)], 128, id="just 28 days"),
        pytest.param([segment(100, 127)], None, id="27 days"),
        pytest.param([segment(100, 120), segment(140, 200)], 148, id="a gap is passed over"),
        pytest.param([segment(100, 120), segment(110, 200)], 128, id="an overlap counts once"),
        pytest.param(
            [segment(100, 120), segment(105, 110), segment(119, 200)], 128, id="one within another"
        ),
        pytest.param([segment(100, 110, 25), segment(110, 200)], 138, id="below does not count"),
        pytest.param([segment(100, 120), segment(120, 128)], 128, id="in two parts"),
        pytest.param(
            [segment(100, 120), segment(105, 105), segment(120, 127)], None, id="a day within"
        ),
        pytest.param([], None, id="nothing"),
    ],
)
def test_so_many_days_at_the_minimum_are_reached_on_a_day(segments, day):
    one = judged_course(*(segments or [segment(1, 1, 25)]))
    assert day_at_minimum(one.adequacy.at_minimum, 28) == day


# ---------------------------------------------------------------------------------- adherence

MISSED = diagnosis("nonadherence", onset=150)


@pytest.mark.parametrize(
    ("supplied", "ordered", "refused", "doubted"),
    [
        pytest.param(49, 100, True, False, id="49 percent"),
        pytest.param(50, 100, False, True, id="50 percent"),
        pytest.param(79, 100, False, True, id="79 percent"),
        pytest.param(80, 100, False, False, id="80 percent"),
        pytest.param(120, 100, False, False, id="more than all"),
        pytest.param(None, None, False, False, id="not dispensed"),
        pytest.param(None, 100, False, False, id="supply unknown"),
        pytest.param(30, None, False, False, id="days unknown"),
    ],
)
def test_supply_says_whether_it_was_taken(supplied, ordered, refused, doubted):
    one = course(segment(100, 200), supplied_days=supplied, ordered_days=ordered)
    refusal, doubt = judge_adherence(one, (), KNOWLEDGE)
    assert (bool(refusal), bool(doubt)) == (refused, doubted)


def test_the_share_is_shown():
    one = course(segment(100, 200), supplied_days=30, ordered_days=90)
    assert judge_adherence(one, (), KNOWLEDGE) == ("supply covers 33 % of 90 days", "")
    most = course(segment(100, 200), supplied_days=60.0, ordered_days=90)
    assert judge_adherence(most, (), KNOWLEDGE) == ("", "supply covers 67 % of 90 days")


@pytest.mark.parametrize(
    ("reasons", "refused"),
    [
        pytest.param({StopReason.NOT_TAKEN}, True, id="not taken"),
        pytest.param({StopReason.NOT_TAKEN, StopReason.OTHER}, True, id="and another reason"),
        pytest.param({StopReason.NOT_TAKEN, StopReason.NO_EFFECT}, True, id="and no effect"),
        pytest.param({StopReason.NOT_TAKEN, StopReason.SIDE_EFFECT}, True, id="and side effects"),
        pytest.param({StopReason.STOPPED_TAKING}, True, id="stopped"),
        pytest.param({StopReason.STOPPED_TAKING, StopReason.NO_EFFECT}, False, id="for no effect"),
        pytest.param({StopReason.STOPPED_TAKING, StopReason.SIDE_EFFECT}, False, id="for harm"),
        pytest.param({StopReason.NO_EFFECT}, False, id="no effect"),
        pytest.param(set(), False, id="nothing"),
    ],
)
def test_a_stated_reason_needs_no_dispense(reasons, refused):
    stopped = record(100, 200, stop_reasons=frozenset(reasons), stop_text="as written")
    refusal, _ = judge_adherence(course(segment(100, 200), records=(stopped,)), (), KNOWLEDGE)
    assert refusal == ("charted reason: “as written”" if refused else "")


@pytest.mark.parametrize(
    ("code", "doubted"),
    [
        pytest.param(MISSED, True, id="within"),
        pytest.param(diagnosis("nonadherence", onset=100), True, id="on the first day"),
        pytest.param(diagnosis("nonadherence", onset=200), True, id="on the last day"),
        pytest.param(diagnosis("nonadherence", onset=99), False, id="the day before"),
        pytest.param(diagnosis("nonadherence", onset=201), False, id="the day after"),
        pytest.param(diagnosis("nonadherence", recorded=150), True, id="recorded within"),
        pytest.param(
            diagnosis("nonadherence", onset=50, recorded=150), False, id="the onset is first"
        ),
        pytest.param(diagnosis("nonadherence"), False, id="no date"),
        pytest.param(diagnosis("mdd", onset=150), False, id="another code"),
    ],
)
def test_a_non_adherence_code_touches_the_trial_of_its_date(code, doubted):
    _, doubt = judge_adherence(course(segment(100, 200)), [code], KNOWLEDGE)
    assert bool(doubt) is doubted


# ------------------------------------------------------------------------------------- doubts

DEPRESSED = diagnosis(onset=50)


def doubts(*diagnoses, of="sertraline", **more):
    """Return why a failure of one course would not be confirmed."""
    one = judged_course(segment(100, 200), of=of, **more)
    chart = PatientChart(
        patient=PatientFacts(id="p", born=None, deceased=False), diagnoses=tuple(diagnoses)
    )
    relations = Relations(until=AS_OF)
    return judge_trial(one, relations, chart, episode(), AS_OF, KNOWLEDGE).doubts


@pytest.mark.parametrize(
    ("diagnoses", "more", "found"),
    [
        pytest.param([DEPRESSED], {}, (), id="nothing"),
        pytest.param([], {}, ("no depressive diagnosis in what was read",), id="no diagnosis"),
        pytest.param(
            [replace(DEPRESSED, verification="provisional")],
            {},
            ("no depressive diagnosis in what was read",),
            id="a provisional one",
        ),
        pytest.param(
            [diagnosis("psychosis")],
            {},
            ("no depressive diagnosis in what was read",),
            id="another",
        ),
        pytest.param([diagnosis("mdd-remission")], {}, (), id="one in remission"),
        pytest.param(
            [DEPRESSED],
            {"reported_only": True},
            ("known only from a report or statement",),
            id="a report",
        ),
        pytest.param([DEPRESSED], {"stale": True}, ("its end is not known",), id="an old order"),
        pytest.param(
            [DEPRESSED], {"end_known": False}, ("its end is not known",), id="an unknown end"
        ),
        pytest.param(
            [DEPRESSED, MISSED], {}, ("non-adherence recorded on 0001-05-30",), id="not taken"
        ),
    ],
)
def test_a_failure_is_in_doubt(diagnoses, more, found):
    assert doubts(*diagnoses, **more) == found


FOR_PAIN = ("given without a depressive reason or diagnosis at the time",)


@pytest.mark.parametrize(
    ("one", "found"),
    [
        pytest.param(DEPRESSED, (), id="a diagnosis before"),
        pytest.param(diagnosis(onset=200), (), id="on the last day"),
        pytest.param(diagnosis(onset=201), FOR_PAIN, id="after"),
        pytest.param(diagnosis(onset=201, recorded=150), (), id="recorded in time"),
        pytest.param(diagnosis(encounter_on=150), (), id="a visit in time"),
        pytest.param(diagnosis(), (), id="no date"),
        pytest.param(diagnosis(onset=50, abated=99), FOR_PAIN, id="over before"),
        pytest.param(diagnosis(onset=50, abated=100), (), id="over on the first day"),
        pytest.param(diagnosis(onset=201, abated=300), FOR_PAIN, id="begun and over after"),
    ],
)
def test_a_drug_for_pain_needs_a_diagnosis_at_the_time(one, found):
    assert doubts(one, of="duloxetine") == found
    assert doubts(one) == ()


def test_or_a_depressive_reason():
    ordered = record(100, 200, indications=frozenset({Indication.DEPRESSION}))
    assert doubts(diagnosis(onset=201), of="duloxetine", records=(ordered,)) == ()
    other = record(100, 200, indications=frozenset({Indication.PAIN}))
    assert doubts(diagnosis(onset=201), of="duloxetine", records=(other,)) == FOR_PAIN


# ------------------------------------------------------------------------------------ episode


@pytest.mark.parametrize(
    ("span", "when", "period"),
    [
        pytest.param((100, 200), episode(100), CURRENT, id="within the current one"),
        pytest.param((100, 200), episode(201), 0, id="before it"),
        pytest.param((100, 200), episode(151), 0, id="most of it before"),
        pytest.param((100, 200), episode(149), CURRENT, id="most of it within"),
        pytest.param((100, 200), episode(150), CURRENT, id="half and half is the later"),
        pytest.param((100, 200), episode(None), None, id="nobody knows when it began"),
        pytest.param(
            (100, 200), episode(None, [300], is_current=False), 0, id="before the end of the last"
        ),
        pytest.param((310, 400), episode(None, [300], is_current=False), 1, id="after it"),
        pytest.param((310, 400), episode(500, [300]), 1, id="between two"),
        pytest.param((250, 301), episode(500, [300]), 0, id="up to the end"),
        pytest.param((250, 353), episode(500, [300]), 1, id="most of it after the end"),
        pytest.param((250, 352), episode(500, [300]), 1, id="half of it after the end"),
        pytest.param((250, 351), episode(500, [300]), 0, id="a day less"),
        pytest.param((510, 600), episode(500, [499]), CURRENT, id="an end the day before"),
        pytest.param((100, 200), episode(500, [499]), 0, id="an end the day before is one edge"),
        pytest.param((400, 450), episode(500, [600]), 0, id="a later end is no edge"),
        pytest.param((990, 1000), episode(995), CURRENT, id="up to today"),
        pytest.param((500, 500), episode(500), CURRENT, id="one day, the first"),
        pytest.param((499, 499), episode(500), 0, id="one day, the day before"),
        pytest.param((1000, 1000), episode(500), CURRENT, id="one day, today"),
    ],
)
def test_a_course_belongs_to_the_episode_of_most_of_its_days(span, when, period):
    one = judged_course(segment(*span))
    assert period_of(one.course, one.adequacy, when, AS_OF) == period


def test_the_days_at_the_minimum_decide():
    parts = (segment(100, 300, 25), segment(300, 340, 100))
    one = judged_course(*parts)
    assert period_of(one.course, one.adequacy, episode(300), AS_OF) == CURRENT
    low = judged_course(segment(100, 300, 25), segment(300, 340, 30))
    assert period_of(low.course, low.adequacy, episode(300), AS_OF) == 0


@pytest.mark.parametrize(
    ("spans", "period"),
    [
        pytest.param([(499, 499), (1000, 1000)], CURRENT, id="a day each, the later today"),
        pytest.param([(490, 493), (600, 600), (700, 700)], 0, id="three days against two"),
        pytest.param([(490, 491), (600, 600), (700, 700)], CURRENT, id="one day against two"),
    ],
)
def test_an_order_known_by_its_day_is_one_day(spans, period):
    one = judged_course(*(segment(*span) for span in spans))
    assert period_of(one.course, one.adequacy, episode(500), AS_OF) == period


def test_a_part_outside_an_episode_adds_nothing_to_it():
    one = judged_course(segment(100, 160), segment(200, 230), segment(300, 340))
    assert period_of(one.course, one.adequacy, episode(200), AS_OF) == CURRENT
    assert period_of(one.course, one.adequacy, episode(250), AS_OF) == 0
