"""Dose and duration of one course: what reaches the minimum, which days count, what is said."""

from dataclasses import replace

import pytest

from tests.support.charts import KNOWLEDGE, course, record, segment
from trd.adequacy import (
    applicable_minima,
    covered_days,
    judge_adequacy,
    longest_chain,
    reaches,
)
from trd.exposures import whole_mg
from trd.findings import Verdict

SERTRALINE = KNOWLEDGE.antidepressants["sertraline"]
PAROXETINE = KNOWLEDGE.antidepressants["paroxetine"]
VENLAFAXINE = KNOWLEDGE.antidepressants["venlafaxine"]
GEPIRONE = KNOWLEDGE.antidepressants["gepirone"]
CRITERIA = KNOWLEDGE.criteria.trial
MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("milligrams", "whole"), [(49.4, 49), (49.5, 50), (50.4, 50), (36.3, 36), (37.5, 38)]
)
def test_doses_are_rounded_to_whole_milligrams(milligrams, whole):
    assert whole_mg(milligrams) == whole


@pytest.mark.parametrize(
    ("drug", "low", "high", "release", "verdict"),
    [
        pytest.param(SERTRALINE, 50, 50, None, MET, id="at the minimum"),
        pytest.param(SERTRALINE, 49.5, 49.5, None, MET, id="rounded up to the minimum"),
        pytest.param(SERTRALINE, 49.4, 49.4, None, NOT_MET, id="rounded below the minimum"),
        pytest.param(SERTRALINE, 25, 50, None, UNKNOWN, id="a range that touches the minimum"),
        pytest.param(SERTRALINE, 25, 49, None, NOT_MET, id="a range below the minimum"),
        pytest.param(SERTRALINE, 50, 100, None, MET, id="a range from the minimum on"),
        pytest.param(SERTRALINE, None, None, None, UNKNOWN, id="no dose"),
        pytest.param(SERTRALINE, None, 100, None, UNKNOWN, id="a range without a lower end"),
        pytest.param(SERTRALINE, 100, None, None, UNKNOWN, id="a range without an upper end"),
        pytest.param(PAROXETINE, 20, 20, "immediate", MET, id="the lower form's minimum"),
        pytest.param(PAROXETINE, 24, 24, "extended", NOT_MET, id="below the higher form's minimum"),
        pytest.param(PAROXETINE, 25, 25, "extended", MET, id="the higher form's minimum"),
        pytest.param(PAROXETINE, 19, 19, None, NOT_MET, id="form unknown, below both"),
        pytest.param(PAROXETINE, 20, 20, None, UNKNOWN, id="form unknown, at the lower"),
        pytest.param(PAROXETINE, 24, 24, None, UNKNOWN, id="form unknown, below the higher"),
        pytest.param(PAROXETINE, 25, 25, None, MET, id="form unknown, at the higher"),
        pytest.param(PAROXETINE, 20, 20, "patch", UNKNOWN, id="a form of no row is as unknown"),
        pytest.param(GEPIRONE, 36.3, 36.3, None, MET, id="the minimum is rounded too"),
    ],
)
def test_a_dose_reaches_the_minimum(drug, low, high, release, verdict):
    assert reaches(segment(1, 43, low=low, high=high, release=release), drug) is verdict


def test_a_drug_without_a_minimum_is_unknown():
    bare = replace(SERTRALINE, minima=())
    found = judge_adequacy(course(segment(1, 50)), bare, CRITERIA)
    assert reaches(segment(1, 50), bare) is UNKNOWN
    assert found.dose.verdict is UNKNOWN
    assert found.dose.because == "no minimum dose is on file for this drug"
    assert found.minimum_mg is None


def test_the_minimum_of_any_form_holds_for_a_known_form():
    assert applicable_minima(SERTRALINE, "extended") == SERTRALINE.minima
    assert [m.minimum_mg for m in applicable_minima(PAROXETINE, "extended")] == [25]
    assert len(applicable_minima(PAROXETINE, None)) == 2


SPANS = [
    pytest.param([], 14, 0, id="nothing"),
    pytest.param([(1, 43)], 14, 42, id="one stretch"),
    pytest.param([(1, 20), (34, 60)], 14, 45, id="a gap of 14 days joins"),
    pytest.param([(1, 20), (35, 60)], 14, 25, id="a gap of 15 days parts: the longer counts"),
    pytest.param([(1, 40), (55, 70)], 14, 39, id="the first may be the longer"),
    pytest.param([(1, 30), (10, 20), (44, 60)], 14, 45, id="a stretch within another"),
    pytest.param([(1, 30), (20, 50)], 14, 49, id="overlapping days count once"),
    pytest.param([(20, 50), (1, 30)], 14, 49, id="in any order"),
    pytest.param([(1, 30), (1, 10)], 14, 29, id="two from one day"),
    pytest.param([(5, 5), (5, 47)], 14, 42, id="a single day adds nothing"),
    pytest.param([(1, 30), (10, 20), (31, 43)], 0, 29, id="the farthest day reached counts"),
]


@pytest.mark.parametrize(("spans", "gap", "days"), SPANS)
def test_the_longest_chain_has_so_many_days(spans, gap, days):
    chain = longest_chain([segment(*span) for span in spans], gap)
    assert covered_days(chain) == days


def test_of_two_chains_as_long_the_earlier_stands():
    chain = longest_chain([segment(1, 31), segment(61, 91)], 14)
    assert [s.start for s in chain] == [1]


def test_a_day_without_length_is_a_chain():
    assert longest_chain([segment(5, 5)], 14)


def test_the_union_does_not_count_twice():
    assert covered_days([segment(1, 30), segment(10, 20), segment(25, 40)]) == 39


@pytest.mark.parametrize(
    ("days", "duration", "note"),
    [
        pytest.param(42, MET, "42 days at or above the minimum", id="enough"),
        pytest.param(41, NOT_MET, "meets four weeks only", id="a day short"),
        pytest.param(28, NOT_MET, "meets four weeks only", id="four weeks"),
        pytest.param(27, NOT_MET, "27 days at or above the minimum, 42 needed", id="less"),
    ],
)
def test_duration_is_judged_and_said(days, duration, note):
    found = judge_adequacy(course(segment(1, 1 + days)), SERTRALINE, CRITERIA)
    assert (found.days, found.duration.verdict) == (days, duration)
    assert found.duration.because.endswith(note)


@pytest.mark.parametrize(
    ("possible", "verdict"),
    [pytest.param(42, UNKNOWN, id="just enough"), pytest.param(41, NOT_MET, id="a day short")],
)
def test_days_that_are_only_possible_leave_the_duration_open(possible, verdict):
    found = judge_adequacy(
        course(segment(1, 20), segment(20, 1 + possible, certain=False)), SERTRALINE, CRITERIA
    )
    assert found.days == 19
    assert found.duration.verdict is verdict
    assert ("up to 42 days are possible" in found.duration.because) is (verdict is UNKNOWN)


def test_the_days_of_the_minimum_are_the_documented_ones_at_it():
    found = judge_adequacy(
        course(
            segment(1, 11, 25),
            segment(11, 21, 50),
            segment(21, 31, 100),
            segment(31, 41, 25),
            segment(41, 60, 100, certain=False),
        ),
        SERTRALINE,
        CRITERIA,
    )
    assert (found.first_at_minimum, found.adequate_end, found.days) == (11, 31, 20)
    assert found.highest_mg == 100
    assert found.minimum_mg == 50


def test_the_highest_dose_is_a_documented_one():
    found = judge_adequacy(
        course(segment(1, 20, 50), segment(20, 30, 200, certain=False)), SERTRALINE, CRITERIA
    )
    assert found.highest_mg == 50


def test_without_any_dose_nothing_is_at_the_minimum():
    found = judge_adequacy(course(segment(1, 60, None)), SERTRALINE, CRITERIA)
    assert (found.highest_mg, found.first_at_minimum, found.adequate_end) == (None, None, None)
    assert found.dose.because == "dose unknown"
    assert found.verdict is UNKNOWN


def test_two_minima_are_shown_as_none():
    found = judge_adequacy(course(segment(1, 60, 20)), PAROXETINE, CRITERIA)
    assert found.minimum_mg is None
    assert "depends on the release form (20 or 25 mg)" in found.dose.because


def test_a_known_form_has_one_minimum():
    found = judge_adequacy(course(segment(1, 60, 20, release="extended")), PAROXETINE, CRITERIA)
    assert found.minimum_mg == 25
    assert found.dose.verdict is NOT_MET


@pytest.mark.parametrize(
    ("parts", "because"),
    [
        pytest.param(
            [segment(1, 60, None, because="first reason"), segment(60, 70, None, because="second")],
            "dose unknown: first reason",
            id="the first reason of several",
        ),
        pytest.param(
            [segment(1, 60, 25, because="told"), segment(60, 99, None)],
            "the recorded dose (25 mg a day at most) may or may not reach the minimum",
            id="a reason beside a known dose is none",
        ),
        pytest.param(
            [segment(1, 60, low=25, high=75)],
            "the recorded dose (75 mg a day at most) may or may not reach the minimum",
            id="a range",
        ),
    ],
)
def test_an_unknown_dose_says_why(parts, because):
    found = judge_adequacy(course(*parts), SERTRALINE, CRITERIA)
    assert found.dose.verdict is UNKNOWN
    assert found.dose.because == because


@pytest.mark.parametrize(
    ("mg", "within"),
    [
        pytest.param(74, False, id="below the label range"),
        pytest.param(74.5, True, id="rounded up to the label range"),
        pytest.param(75, True, id="the label range begins"),
        pytest.param(149, True, id="just below the study minimum"),
        pytest.param(149.5, False, id="rounded up to the study minimum"),
        pytest.param(150, False, id="the study minimum"),
    ],
)
def test_a_dose_within_the_label_range_is_marked(mg, within):
    found = judge_adequacy(course(segment(1, 60, mg)), VENLAFAXINE, CRITERIA)
    assert ("within label range" in found.dose.because) is within


def test_a_dose_below_is_said():
    found = judge_adequacy(course(segment(1, 60, 25)), SERTRALINE, CRITERIA)
    assert found.dose.because == "25 mg a day, below minimum 50 mg"


def test_below_the_minimum_in_possible_days_only_no_dose_is_shown():
    found = judge_adequacy(course(segment(1, 60, 25, certain=False)), SERTRALINE, CRITERIA)
    assert found.dose.because == "below the minimum, below minimum 50 mg"


def test_orders_known_by_date_only_leave_the_dose_open():
    by_date = record(1, steps=(), authored=1)
    by_date = replace(by_date, start=None)
    parts = [segment(1, 1, 100), segment(1, 60, 100, certain=False)]
    found = judge_adequacy(course(*parts, records=(by_date,)), SERTRALINE, CRITERIA)
    assert found.dose.verdict is UNKNOWN
    assert found.dose.because == "known by the dates of orders only"
    # a documented stretch beside them settles it
    some = judge_adequacy(course(segment(61, 62), *parts, records=(by_date,)), SERTRALINE, CRITERIA)
    assert some.dose.verdict is MET
