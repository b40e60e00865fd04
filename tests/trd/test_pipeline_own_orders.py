"""Which of several orders of one day was handed over: the one named, else that of the strength."""

import pytest

from tests.support.charts import ago, assessed, depression, phq9, row_of, taken, woman
from tests.support.fhir import dosage, order
from tests.support.refills import PLAIN, S25, S50, S100, dated, fill, rx, seen, to

UNKNOWN = ("unknown", "unknown", 0)


def _three(medication, *on, days=30, count=None, **more):
    return [fill(f"d{at}", medication, day, days, count, **more) for at, day in enumerate(on)]


def _by(local):
    return {"authorizingPrescription": [to(local)]}


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("b", "a")])
def test_a_dispense_belongs_to_an_order_of_its_day_whatever_their_ids(one, other):
    whole = order(
        one,
        S100,
        [dosage(None, ago(335), text="take 1 tablet daily")],
        status="completed",
        authoredOn=ago(335),
    )
    whole["dosageInstruction"][0]["timing"] = {"repeat": {"boundsPeriod": {"start": ago(335)}}}
    half = dated(other, S50, None, 335)
    half["dosageInstruction"] = [{"text": "take 1/2 tablet daily"}]
    scores = [phq9("o1", 335, 20), phq9("o2", 236, 19)]
    assert seen(whole, half, *scores, *_three(S50, 305, 275, 245)) == (*UNKNOWN, 125)


def _both(**more):
    return [rx("m1", S50, 50, 300, 210, **more), rx("m2", S25, 25, 300, 210, **more)]


@pytest.mark.parametrize(
    ("orders", "handed", "found"),
    [
        pytest.param(
            _both(),
            _three(S25, 300, 270, 240, **_by("m2")),
            ("not-met", "not-met", 0, 25),
            id="the weaker alone, named",
        ),
        pytest.param(
            _both(),
            _three(S50, 300, 270, 240, **_by("m1")),
            ("met", "met", 90, 50),
            id="the stronger alone, named",
        ),
        pytest.param(
            _both(), _three(S25, 300, 270, 240), (*UNKNOWN, 75), id="the weaker alone, not named"
        ),
        pytest.param(
            _both(),
            _three(S50, 300, 270, 240),
            ("met", "met", 90, 75),
            id="the stronger alone, not named",
        ),
        pytest.param(
            _both(), _three(S100, 300, 270, 240), (*UNKNOWN, 75), id="of neither's strength"
        ),
        pytest.param(
            _both(),
            _three(PLAIN, 300, 270, 240),
            ("met", "met", 90, 75),
            id="of a strength nobody told",
        ),
        pytest.param(
            _both(),
            [*_three(S25, 300, 270, 240, **_by("m2")), fill("e", S50, 298, 90, **_by("m1"))],
            ("met", "unknown", 28, 75),
            id="the weaker named while the stronger is at hand",
        ),
        pytest.param(
            _both(),
            [*_three(S25, 240, 225, **_by("m2")), fill("e", S50, 300, 30, **_by("m1"))],
            ("met", "not-met", 30, 50),
            id="the stronger ran out before the weaker came",
        ),
        pytest.param(
            _both(),
            [*_three(S25, 300, days=90), *[fill("e", S50, 300, 90)]],
            ("met", "met", 90, 75),
            id="both on one day",
        ),
        pytest.param(
            [rx("m1", S50, None, 300, 210), rx("m2", S25, 25, 300, 210)],
            _three(S25, 300, 270, 240),
            (*UNKNOWN, None),
            id="the other tells no dose",
        ),
        pytest.param(
            [rx("m1", S50, None, 300, 210), rx("m2", S25, 25, 300, 210)],
            _three(S25, 300, 270, 240, **_by("m2")),
            ("not-met", "not-met", 0, 25),
            id="the other tells no dose, and is not the one named",
        ),
        pytest.param(
            [rx("m1", S50, 25, 300, 210), rx("m2", S50, 100, 300, 210)],
            _three(S50, 300, 270, 240, **_by("m2")),
            ("met", "met", 90, 100),
            id="of two of one strength the one named",
        ),
        pytest.param(
            [rx("m1", S50, 25, 300, 210), rx("m2", S50, 100, 300, 210)],
            _three(S50, 300, 270, 240),
            (*UNKNOWN, 100),
            id="of two of one strength none named",
        ),
        pytest.param(
            [dated("m1", S50, 50, 300), dated("m2", S25, 25, 300, basedOn=[to("m1")])],
            _three(S25, 300, 270, 240),
            (*UNKNOWN, 50),
            id="one prescription told twice does not add",
        ),
    ],
)
def test_a_dispense_has_the_dose_of_its_own_order(orders, handed, found):
    assert seen(*orders, *handed) == found


def test_two_orders_that_both_stand_for_a_third_are_both_named_with_it():
    links = {"priorPrescription": to("m1")}
    orders = [
        rx("m1", S25, 25, 300, 210),
        rx("m2", S50, 50, 300, 210, **links),
        rx("m3", S100, 100, 300, 210, **links),
    ]
    row = row_of(assessed(woman(), depression(), *orders), "sertraline")
    names = [f"MedicationRequest/m{at}" for at in (1, 2, 3)]
    assert [one["evidence"] for one in row["exposures"]] == [names]


@pytest.mark.parametrize("ids", [("m1", "m2"), ("m2", "m1")])
def test_charted_reasons_are_joined_by_day_whatever_their_ids(ids):
    early, late = ids
    first = taken(early, "sertraline", 100, 300, 270, said="worked well")
    later = taken(late, "sertraline", 100, 269, 210, said="no effect")
    row = row_of(assessed(woman(), depression(), first, later), "sertraline")
    assert "“worked well; no effect”" in row["because"]


TABLET = {"text": "take 1 tablet daily"}


@pytest.mark.parametrize(
    ("lines", "highest"),
    [
        pytest.param([TABLET], 50, id="once"),
        pytest.param([TABLET, TABLET], 50, id="word for word twice"),
        pytest.param([{"id": "1", **TABLET}, {"id": "2", **TABLET}], 50, id="but for element ids"),
        pytest.param([TABLET, {"text": "take 1 tablet every day"}], 100, id="in other words"),
        pytest.param(
            [{"sequence": 1, **TABLET}, {"sequence": 1, **TABLET}], 100, id="two of one number"
        ),
        pytest.param(
            [
                {"text": "take 1 tablet in the morning"},
                {"text": "take 1 tablet in the evening"},
                {"text": "take 1 tablet in the evening"},
            ],
            100,
            id="one part of the day twice",
        ),
    ],
)
def test_an_instruction_told_twice_is_one(lines, highest):
    told = dated("m1", S50, None, 300, dosageInstruction=lines)
    assert seen(told)[-1] == highest


def test_an_order_that_stands_for_another_in_two_ways_stands_for_it_once():
    links = [[], ["m1"], ["m1"], ["m2", "m3"]]
    orders = [
        rx(f"m{at}", S50, 50, 300, 210, priorPrescription=[to(name) for name in names])
        for at, names in enumerate(links, 1)
    ]
    row = row_of(assessed(woman(), depression(), *orders), "sertraline")
    assert row["highestDailyDoseMg"] == 50
