"""Antidepressants given for something else: what is set aside, and what is shown of it."""

from dataclasses import replace

import pytest

from tests.support.charts import KNOWLEDGE, drug, judged_course, record, segment
from trd.chart import Indication, NotRecognised
from trd.other_uses import (
    SetAside,
    SetAsideReason,
    at_minimum,
    course_set_aside,
    grouped,
    not_recognised,
    record_set_aside,
)

SERTRALINE = KNOWLEDGE.antidepressants["sertraline"]


def said(*indications, text="as written"):
    """Return an order with stated reasons."""
    return record(1, 9, indications=frozenset(indications), indication_text=text)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        pytest.param(said(), None, id="no reason stated"),
        pytest.param(said(Indication.DEPRESSION), None, id="depression"),
        pytest.param(said(Indication.DEPRESSION, Indication.PAIN), None, id="depression and pain"),
        pytest.param(said(Indication.PAIN), "pain-use", id="pain"),
        pytest.param(said(Indication.SLEEP), "hypnotic-use", id="sleep"),
        pytest.param(said(Indication.MIGRAINE), "migraine-use", id="migraine"),
        pytest.param(said(Indication.SMOKING), "smoking-cessation", id="smoking"),
        pytest.param(said(Indication.OTHER), "other-indication", id="another"),
        pytest.param(said(Indication.OTHER, Indication.PAIN), "pain-use", id="the nearer of two"),
        pytest.param(
            record(1, 9, drug=drug(special_use="hypnotic-use")),
            "hypnotic-use",
            id="a product for it",
        ),
        pytest.param(
            replace(said(Indication.DEPRESSION), drug=drug(special_use="smoking-cessation")),
            "smoking-cessation",
            id="a product for it, whatever the reason",
        ),
    ],
)
def test_a_record_is_set_aside(one, reason):
    found = record_set_aside(one, SERTRALINE)
    assert (found and found.reason) == reason


def test_a_drug_that_is_none_for_depression_is_set_aside():
    found = record_set_aside(said(Indication.DEPRESSION), KNOWLEDGE.antidepressants["viloxazine"])
    assert found is not None
    assert found.reason is SetAsideReason.OTHER


def test_the_stated_reason_is_shown_with_its_record():
    found = record_set_aside(said(Indication.PAIN, text="sciatica"), SERTRALINE)
    assert found == SetAside(
        ingredient="sertraline",
        reason=SetAsideReason.PAIN,
        because="stated reason: “sciatica”",
        evidence=("MedicationRequest/1",),
        start=1,
    )


def test_a_tablet_is_not_named_after_the_patch():
    tablet = drug("selegiline transdermal", special_use="other-indication")
    found = record_set_aside(
        record(1, drug=tablet), KNOWLEDGE.antidepressants["selegiline transdermal"]
    )
    assert found is not None
    assert found.ingredient == "selegiline"


# ------------------------------------------------------------------------------- low doses


def low(mg: float | None = 150, of="trazodone", start=100, end=200, **more):
    """Return a course at a low dose with one order."""
    ordered = record(start, end, **more)
    return judged_course(segment(start, end, mg), of=of, records=(ordered,))


SSRI = judged_course(segment(50, 300), of="sertraline")


def reason(one, *others):
    """Return why a course is set aside, or None."""
    found = course_set_aside(one, at_minimum((one, *others)))
    return found and found.reason.value


@pytest.mark.parametrize(
    ("one", "others", "expected"),
    [
        pytest.param(low(), [], None, id="low, and nothing else"),
        pytest.param(low(as_needed=True), [], "hypnotic-use", id="as needed"),
        pytest.param(low(at_bedtime=True), [], "hypnotic-use", id="at bedtime"),
        pytest.param(low(at_bedtime=True), [SSRI], "hypnotic-use", id="at bedtime comes first"),
        pytest.param(low(), [SSRI], "low-dose-adjunct", id="beside another"),
        pytest.param(low(150.4, at_bedtime=True), [], "hypnotic-use", id="rounded to the ceiling"),
        pytest.param(low(150.5, at_bedtime=True), [], None, id="rounded above the ceiling"),
        pytest.param(low(151, at_bedtime=True), [], None, id="above the ceiling"),
        pytest.param(low(None, at_bedtime=True), [], None, id="dose unknown"),
        pytest.param(
            low(25, "sertraline", at_bedtime=True), [], None, id="a drug without a ceiling"
        ),
        pytest.param(
            low(at_bedtime=True, indications=frozenset({Indication.DEPRESSION})),
            [],
            None,
            id="for depression",
        ),
        pytest.param(low(15, "mirtazapine", at_bedtime=True), [], None, id="at the minimum"),
        pytest.param(low(7.5, "mirtazapine", at_bedtime=True), [], "hypnotic-use", id="below it"),
        pytest.param(
            low(), [judged_course(segment(50, 300, 25))], None, id="beside another that is too low"
        ),
        pytest.param(
            low(), [judged_course(segment(50, 300, None))], None, id="beside an unknown dose"
        ),
        pytest.param(
            low(), [judged_course(segment(50, 300), of="trazodone")], None, id="beside itself"
        ),
        pytest.param(
            low(), [judged_course(segment(150, 300))], "low-dose-adjunct", id="for half of its days"
        ),
        pytest.param(low(), [judged_course(segment(151, 300))], None, id="for less than half"),
        pytest.param(
            low(), [judged_course(segment(50, 150))], "low-dose-adjunct", id="for its first half"
        ),
        pytest.param(low(), [judged_course(segment(50, 149))], None, id="for less"),
        pytest.param(low(), [judged_course(segment(201, 300))], None, id="afterwards"),
        pytest.param(
            low(start=200, end=200),
            [judged_course(segment(200, 300))],
            "low-dose-adjunct",
            id="for its only day",
        ),
        pytest.param(
            low(start=200, end=200),
            [judged_course(segment(201, 300))],
            None,
            id="from the next day",
        ),
        pytest.param(
            low(start=200, end=201),
            [judged_course(segment(202, 300))],
            None,
            id="two days, from the next",
        ),
        pytest.param(
            low(),
            [judged_course(segment(90, 120)), judged_course(segment(150, 300))],
            "low-dose-adjunct",
            id="beside the second course of another",
        ),
        pytest.param(
            low(),
            [judged_course(segment(50, 150)), judged_course(segment(190, 300))],
            "low-dose-adjunct",
            id="beside the first of two",
        ),
        pytest.param(
            low(),
            [judged_course(segment(50, 400)), judged_course(segment(60, 80))],
            "low-dose-adjunct",
            id="beside a long course with a short one in it",
        ),
        pytest.param(
            low(),
            [judged_course(segment(50, 149)), judged_course(segment(151, 300))],
            None,
            id="two courses are not taken together",
        ),
    ],
)
def test_a_low_dose_is_set_aside(one, others, expected):
    assert reason(one, *others) == expected


def test_one_unknown_dose_among_them_keeps_the_course():
    ordered = record(100, 200, at_bedtime=True)
    one = judged_course(
        segment(100, 150, 50), segment(150, 200, None), of="trazodone", records=(ordered,)
    )
    assert reason(one) is None
    possible = judged_course(
        segment(100, 150, 50),
        segment(150, 200, None, certain=False),
        of="trazodone",
        records=(ordered,),
    )
    assert reason(possible) is None


@pytest.mark.parametrize(
    ("one", "because"),
    [
        pytest.param(
            low(as_needed=True), "150 mg a day, below the minimum, taken as needed", id="need"
        ),
        pytest.param(
            low(at_bedtime=True), "150 mg a day, below the minimum, at bedtime", id="night"
        ),
        pytest.param(
            low(), "150 mg a day, below the minimum, beside citalopram at its minimum", id="beside"
        ),
    ],
)
def test_a_low_dose_says_why(one, because):
    others = (SSRI, judged_course(segment(50, 300), of="citalopram"))
    found = course_set_aside(one, at_minimum(others))
    assert found is not None
    assert (found.because, found.start) == (because, 100)


# ------------------------------------------------------------------------------------ shown


def unread(evidence, label="", start=None):
    """Return a record nobody could recognise."""
    return NotRecognised(evidence=evidence, label=label, start=start, because="no code")


def test_what_is_not_recognised_stays_visible():
    found = not_recognised(
        [unread("MedicationRequest/1"), unread("MedicationRequest/2", "mystery")]
    )
    assert [(row.ingredient, row.reason.value) for row in found] == [
        ("not recognised", "not-recognised"),
        ("mystery", "not-recognised"),
    ]


def aside(start, because="low", ingredient="trazodone", evidence="a", **more):
    """Return a row."""
    given = {"reason": SetAsideReason.HYPNOTIC} | more
    return SetAside(
        ingredient=ingredient, because=because, evidence=(evidence,), start=start, **given
    )


def test_rows_of_one_drug_and_reason_are_joined():
    rows = [
        aside(20, "low", evidence="b"),
        aside(10, "lower", evidence="a"),
        aside(None, "low", evidence="c"),
    ]
    assert grouped(rows) == (
        SetAside(
            ingredient="trazodone",
            reason=SetAsideReason.HYPNOTIC,
            because="low; lower",
            evidence=("a", "b", "c"),
            start=10,
        ),
    )


def test_rows_without_a_date_come_first_and_have_none():
    rows = grouped([aside(5), aside(None, ingredient="doxepin")])
    assert [(row.ingredient, row.start) for row in rows] == [("doxepin", None), ("trazodone", 5)]


def test_what_is_not_recognised_is_not_joined():
    rows = not_recognised([unread("b", "x"), unread("a", "x")])
    assert [row.evidence for row in grouped(rows)] == [("a",), ("b",)]


def test_other_reasons_of_one_drug_stay_apart():
    rows = grouped([aside(10), aside(10, reason=SetAsideReason.PAIN, evidence="b")])
    assert [row.reason.value for row in rows] == ["hypnotic-use", "pain-use"]


def test_rows_stand_by_start():
    rows = grouped([aside(20), aside(10, ingredient="zzz"), aside(20, ingredient="doxepin")])
    assert [row.ingredient for row in rows] == ["zzz", "doxepin", "trazodone"]
