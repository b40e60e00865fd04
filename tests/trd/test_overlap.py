"""What one drug means for another: switch, cross-taper, combined step, augmentation."""

from dataclasses import replace

import pytest

from tests.support.charts import KNOWLEDGE, course, segment, supply
from trd.adequacy import judge_adequacy
from trd.overlap import AddedDrug, JudgedCourse, Together, relate, relation

CRITERIA = KNOWLEDGE.criteria
AS_OF = 1000


def judged(name, start, end, mg=None, *, at_minimum_from=None):
    """Return a course of one drug; it runs where its end is None."""
    drug = KNOWLEDGE.antidepressants[name]
    least = drug.minima[0].minimum_mg
    last = AS_OF if end is None else end
    parts = [segment(start, last, mg if mg is not None else least)]
    if at_minimum_from is not None:
        parts = [segment(start, at_minimum_from, 1), segment(at_minimum_from, last, least)]
    taken = course(*parts, ingredient=name, end=end, ongoing=end is None)
    adequacy = judge_adequacy(taken, drug, CRITERIA.trial)
    return JudgedCourse(course=taken, drug=drug, adequacy=adequacy)


A = judged("sertraline", 100, 200)


def b(start, end, **more):
    """Return a course of another drug."""
    return judged("venlafaxine", start, end, **more)


@pytest.mark.parametrize(
    ("first", "second", "how"),
    [
        pytest.param(A, b(201, 300), Together.SWITCH, id="after the first"),
        pytest.param(A, b(200, 300), Together.CROSS_TAPER, id="on its last day"),
        pytest.param(A, b(158, 300), Together.CROSS_TAPER, id="42 days before its end"),
        pytest.param(A, b(157, 300), Together.AUGMENTS, id="43 days before its end"),
        pytest.param(A, b(114, 300), Together.COMBINED, id="14 days after its start"),
        pytest.param(A, b(115, 300), Together.AUGMENTS, id="15 days after its start"),
        pytest.param(A, b(114, 157), Together.COMBINED, id="the second kept 43 days"),
        pytest.param(A, b(114, 156), Together.AUGMENTS, id="the second kept 42 days"),
        pytest.param(
            judged("sertraline", 100, 143), b(100, 300), Together.COMBINED, id="the first kept 43"
        ),
        pytest.param(
            judged("sertraline", 100, 142),
            b(100, 300),
            Together.CROSS_TAPER,
            id="the first kept 42",
        ),
        pytest.param(
            judged("sertraline", 100, None), b(980, None), Together.AUGMENTS, id="the first runs on"
        ),
        pytest.param(
            judged("sertraline", 100, 200, 25),
            b(150, 300),
            Together.BESIDE,
            id="too low to augment",
        ),
        pytest.param(
            judged("sertraline", 100, 145), b(102, 103), Together.AUGMENTS, id="43 days after"
        ),
    ],
)
def test_the_second_drug_is_to_the_first(first, second, how):
    assert relation(first, second, CRITERIA) is how


def related(*courses, added=()):
    """Return what each course means for the others."""
    return relate(courses, added, AS_OF, CRITERIA)


@pytest.mark.parametrize(
    ("one", "until"),
    [
        pytest.param(A, 214, id="14 days after the last adequate day"),
        pytest.param(judged("fluoxetine", 100, 200), 228, id="28 for fluoxetine"),
        pytest.param(judged("sertraline", 100, 990), AS_OF, id="never beyond today"),
        pytest.param(judged("sertraline", 100, 200, 25), AS_OF, id="never adequate: no window"),
    ],
)
def test_alone_the_window_ends(one, until):
    assert related(one)[0].until == until


def test_a_switch_closes_the_window_before_day_14_of_the_next_drug():
    first, second = related(A, b(201, 300))
    assert (first.until, first.switched, first.under) == (214, True, ())
    assert (second.switched, second.not_before, second.augments) == (False, None, "")
    first = related(A, b(190, 300))[0]
    assert first.until == 203


def test_the_next_drugs_minimum_counts_and_not_its_first_day():
    assert related(A, b(190, 300, at_minimum_from=195))[0].until == 208
    assert related(A, b(190, 300, mg=1))[0].until == 214


def test_the_order_of_the_courses_does_not_matter():
    first, second = related(A, b(190, 300))
    assert related(b(190, 300), A) == [second, first]


def test_two_courses_of_one_drug_do_not_meet():
    again = judged("sertraline", 150, 300)
    assert related(A, again)[0].switched is False


def test_after_a_cross_taper_the_end_score_waits_28_days():
    second = related(A, b(190, 300))[1]
    assert second.not_before == 228


def test_after_two_cross_tapers_the_later_counts():
    other = judged("mirtazapine", 120, 205)
    assert related(A, other, b(195, 400))[2].not_before == 233


def test_a_combined_step_names_its_partner():
    first, second = related(A, b(100, 300))
    assert (first.combined, second.combined) == (("venlafaxine",), ("sertraline",))
    assert (first.switched, first.under, first.until) == (False, (), 214)


def test_of_one_day_the_shorter_comes_first():
    """The order is by start, last day, name: a cross-taper of the one that stops."""
    short, long = judged("venlafaxine", 100, 130), judged("sertraline", 100, 300)
    found = related(long, short)
    assert found[1].switched
    assert not found[0].switched


def test_an_added_drug_is_augmentation_until_it_stands_alone():
    first, second = related(A, b(130, 200))
    assert (first.augmented, second.augments) == ("venlafaxine", "sertraline")
    assert first.under == ((131, 227),)
    assert not first.switched


@pytest.mark.parametrize(
    ("end", "alone"),
    [pytest.param(242, True, id="42 days alone"), pytest.param(241, False, id="41 days alone")],
)
def test_an_added_drug_becomes_a_trial_of_its_own(end, alone):
    second = related(A, b(130, end))[1]
    assert second.augments == ("" if alone else "sertraline")
    assert second.not_before == (228 if alone else None)


def test_days_alone_are_documented_days_at_the_minimum():
    second = b(130, 300)
    parts = (segment(130, 200, 150), segment(200, 300, 150, certain=False))
    possible = replace(second, course=replace(second.course, segments=parts))
    low = replace(second, course=replace(second.course, segments=(segment(130, 300, 75),)))
    assert related(A, possible)[1].augments == "sertraline"
    assert related(A, low)[1].augments == "sertraline"


def test_the_first_drugs_last_day_is_no_day_alone():
    """A supply that ends on that very day adds nothing to the 41 days after it."""
    parts = (supply(130, 71, 150), segment(201, 242, 150))
    second = b(130, 242)
    second = replace(second, course=replace(second.course, segments=parts))
    assert related(A, second)[1].augments == "sertraline"


def test_days_alone_need_not_be_unbroken():
    second = b(130, 300)
    parts = (segment(130, 222, 150), segment(260, 280, 150))
    broken = replace(second, course=replace(second.course, segments=parts))
    assert related(A, broken)[1].augments == ""


def test_an_added_drug_beside_one_that_runs_stays_one():
    first, second = related(judged("sertraline", 100, None), b(130, None))
    assert second.augments == "sertraline"
    assert first.under[0][1] > AS_OF


def test_of_two_drugs_it_was_added_to_the_first_is_named():
    other = judged("mirtazapine", 115, None)
    found = related(judged("sertraline", 100, None), other, b(900, None))
    assert found[2].augments == "sertraline"


def test_a_drug_beside_one_that_was_too_low_has_its_own_trial():
    first, second = related(judged("sertraline", 100, 300, 25), b(150, 400))
    assert (second.augments, second.not_before) == ("", None)
    assert first.under == ((151, 427),)
    assert first.augmented == ""


def added(start, last, *, ongoing=False):
    """Return an augmenter."""
    return AddedDrug(name="aripiprazole", start=start, last=last, ongoing=ongoing)


@pytest.mark.parametrize(
    ("drug", "under"),
    [
        pytest.param(added(150, 180), ((164, 207),), id="from day 14 until 28 days after"),
        pytest.param(added(100, 180), ((114, 207),), id="added on the first day"),
        pytest.param(added(99, 180), (), id="taken before"),
        pytest.param(added(200, 250), ((214, 277),), id="added on the last day"),
        pytest.param(added(201, 250), (), id="added after"),
        pytest.param(added(150, AS_OF, ongoing=True), ((164, AS_OF + 10**6),), id="still taken"),
    ],
)
def test_scores_lie_under_an_augmenter(drug, under):
    assert related(A, added=[drug])[0].under == under
