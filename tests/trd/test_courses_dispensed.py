"""Dispenses say which days of an order were covered, at which dose, and where supply ended."""

from dataclasses import replace

import pytest

from tests.support.charts import dispense, drug, record, step
from tests.support.courses import courses, follows

STOPPED = record(100, status="stopped")
TITRATED = record(100, 190, steps=(step(100, 130, 50), step(130, 190, 100)))


def supplied(*records, handed):
    """Return start, end, supplied and ordered days of each course."""
    return [
        (c.start, c.end, c.supplied_days, c.ordered_days) for c in courses(*records, handed=handed)
    ]


@pytest.mark.parametrize(
    ("records", "handed", "found"),
    [
        pytest.param(
            [record(100, 190)],
            [dispense(100), dispense(130), dispense(160)],
            [(100, 189, 90, 90)],
            id="supply that covers the order",
        ),
        pytest.param(
            [record(100, 190)],
            [dispense(100)],
            [(100, 129, 30, 90)],
            id="fetched once of three times",
        ),
        pytest.param(
            [record(100, 190)],
            [dispense(100), dispense(160)],
            [(100, 189, 60, 90)],
            id="30 days without supply join",
        ),
        pytest.param(
            [record(100, 191)],
            [dispense(100), dispense(161)],
            [(100, 129, 60, 91), (161, 190, 60, 91)],
            id="31 days without supply part",
        ),
        pytest.param(
            [record(100, 150)],
            [dispense(100), dispense(130)],
            [(100, 150, 50, 50)],
            id="the written end is earlier",
        ),
        pytest.param(
            [record(100, 190)],
            [dispense(100), dispense(200)],
            [(100, 129, 30, 90)],
            id="a supply after the written end covers no ordered day",
        ),
        pytest.param(
            [record(100, 150)],
            [dispense(180)],
            [(100, 150, None, None)],
            id="handed over only after the written end: the order stands",
        ),
        pytest.param(
            [record(100, 150)], [dispense(70)], [(70, 99, 30, 50)], id="handed over 30 days before"
        ),
        pytest.param(
            [record(100, 150)],
            [dispense(69)],
            [(69, 98, 30, 30), (100, 150, None, None)],
            id="handed over 31 days before",
        ),
        pytest.param(
            [record(100, 150)],
            [dispense(181)],
            [(100, 150, None, None), (181, 210, 30, 30)],
            id="handed over 31 days after",
        ),
        pytest.param(
            [STOPPED], [dispense(100)], [(100, 129, 30, 30)], id="the supply says where it ended"
        ),
        pytest.param(
            [STOPPED],
            [dispense(100), dispense(130)],
            [(100, 159, 60, 60)],
            id="the last of the supply",
        ),
        pytest.param(
            [record(100, 150)],
            [dispense(100), dispense(150)],
            [(100, 150, 30, 50)],
            id="handed over on the last day",
        ),
        pytest.param([record(100, 100)], [dispense(100)], [(100, 100, 0, 1)], id="a day's order"),
        pytest.param([TITRATED], [dispense(100)], [(100, 129, 30, 90)], id="an order in two steps"),
        pytest.param([], [dispense(1000)], [(1000, None, 0, 1)], id="handed over today"),
        pytest.param(
            [record(911)], [dispense(911), dispense(941)], [(911, None, 60, 89)], id="runs, fetched"
        ),
        pytest.param(
            [record(910)],
            [dispense(910), dispense(940)],
            [(910, 969, 60, 90)],
            id="runs, but the supply ended 31 days ago",
        ),
        pytest.param(
            [record(100, 150)],
            [dispense(100, None)],
            [(100, 150, None, None)],
            id="a dispense that tells no days",
        ),
        pytest.param(
            [record(900, 950)], [dispense(1001)], [(900, 950, None, None)], id="one of the future"
        ),
        pytest.param([], [dispense(100)], [(100, 129, 30, 30)], id="supply without an order"),
        pytest.param(
            [],
            [dispense(100), dispense(160), dispense(221)],
            [(100, 189, 60, 90), (221, 250, 30, 30)],
            id="supply without an order, in courses",
        ),
        pytest.param([], [dispense(980)], [(980, None, 20, 20)], id="supply without an order runs"),
        pytest.param([], [dispense(971)], [(971, None, 30, 30)], id="its last day is today"),
        pytest.param([], [dispense(970)], [(970, 999, 30, 30)], id="its last day was yesterday"),
        pytest.param([], [dispense(100, None)], [], id="nothing that tells days"),
        pytest.param([], [dispense(100, 0.5)], [(100, 100, 1, 1)], id="half a day is one"),
    ],
)
def test_dispenses_say_which_days_were_covered(records, handed, found):
    assert supplied(*records, handed=handed) == found


def _doses(*records, handed):
    return [
        (s.start, s.stop, s.low, s.high)
        for c in courses(*records, handed=handed)
        for s in c.segments
    ]


TABLET = drug(strength_mg=50.0)


@pytest.mark.parametrize(
    ("records", "handed", "found"),
    [
        pytest.param(
            [record(100, 190)],
            [dispense(100, low=25, high=50)],
            [(100, 130, 25, 50)],
            id="its own dose first",
        ),
        pytest.param(
            [TITRATED],
            [dispense(100), dispense(130)],
            [(100, 130, 50, 50), (130, 160, 100, 100)],
            id="then the order's of the day",
        ),
        pytest.param(
            [TITRATED], [dispense(95)], [(95, 125, 50, 50)], id="before it, the nearest one's"
        ),
        pytest.param(
            [record(100, 150, steps=(step(100, 150, 50),)), record(165, 200)],
            [dispense(160, 10)],
            [(160, 170, 100, 100)],
            id="between two, the nearer's",
        ),
        pytest.param(
            [record(100, 150, steps=(step(100, 150, 50),)), record(175, 200)],
            [dispense(155, 10)],
            [(155, 165, 50, 50)],
            id="the nearer may be the earlier",
        ),
        pytest.param(
            [],
            [dispense(100, 30, units=60.0, drug=TABLET)],
            [(100, 130, 100, 100)],
            id="units over days",
        ),
        pytest.param(
            [], [dispense(100, 30, units=60.0)], [(100, 130, None, None)], id="units of no strength"
        ),
        pytest.param([], [dispense(100, 30, drug=TABLET)], [(100, 130, None, None)], id="no units"),
        pytest.param(
            [record(100, 190, steps=())],
            [dispense(100, 30, units=60.0, drug=TABLET)],
            [(100, 130, 100, 100)],
            id="an order without a dose leaves it to the units",
        ),
        pytest.param(
            [record(100, 190)],
            [dispense(100, None, units=30.0, drug=TABLET)],
            [(100, 115, 100, 100)],
            id="days from units, strength and the order's dose",
        ),
        pytest.param(
            [record(100, 190, steps=(replace(step(100, 190), low=50),))],
            [dispense(100, None, units=30.0, drug=TABLET)],
            [(100, 115, 50, 100)],
            id="of a range the upper end tells the days",
        ),
        pytest.param(
            [record(100, 190, steps=(step(100, 190, 2000),))],
            [dispense(100, None, units=30.0, drug=TABLET)],
            [(100, 101, 2000, 2000)],
            id="less than a day is one",
        ),
        pytest.param(
            [record(100, 190)],
            [dispense(100, None, units=30.0)],
            [(100, 100, 100, 100), (100, 190, 100, 100)],
            id="units of no strength tell no days but the first",
        ),
        pytest.param(
            [record(100, 190)],
            [dispense(100, None, units=30.0, drug=drug(strength_mg=50.0, factor=0.5))],
            [(100, 107, 100, 100)],
            id="a salt's factor counts",
        ),
        pytest.param(
            [],
            [dispense(100, 30, units=60.0, drug=drug(strength_mg=50.0, factor=0.5))],
            [(100, 130, 50, 50)],
            id="a salt's factor counts in the dose too",
        ),
    ],
)
def test_a_dispense_has_a_dose_and_days(records, handed, found):
    assert _doses(*records, handed=handed) == found


def test_a_dispense_says_why_its_dose_is_unknown():
    segment = courses(handed=[dispense(100)])[0].segments[0]
    assert segment.because == "neither order nor dispense tells the dose"
    known = courses(record(100, 190), handed=[dispense(100)])[0].segments[0]
    assert known.because == ""


def test_the_form_of_a_dispense_is_its_own_or_the_orders():
    ordered = record(100, 190, drug=drug(release="extended"))
    own = dispense(100, drug=drug(release="immediate"))
    assert courses(ordered, handed=[own])[0].segments[0].release == "immediate"
    assert courses(ordered, handed=[dispense(100)])[0].segments[0].release == "extended"
    assert courses(handed=[dispense(100)])[0].segments[0].release is None


def test_a_supplied_course_names_dispenses_and_orders():
    found = courses(record(100, 190), handed=[dispense(100)])[0]
    assert found.evidence() == ("MedicationDispense/100", "MedicationRequest/1")
    assert found.segments[0].evidence == ("MedicationDispense/100", "MedicationRequest/1")
    alone = courses(handed=[dispense(100), dispense(300)])
    assert [c.evidence() for c in alone] == [
        ("MedicationDispense/100",),
        ("MedicationDispense/300",),
    ]


def test_an_inferred_end_stays_with_the_last_part():
    first, last = courses(
        STOPPED, handed=[dispense(100, 20), dispense(151, 20)], following=follows(180)
    )
    assert (first.end_inferred, last.end_inferred) == (False, True)
    assert (first.end_known, first.stale, last.end) == (True, False, 170)


def test_only_the_last_part_of_a_running_order_runs():
    first, last = courses(record(880), handed=[dispense(880), dispense(960)])
    assert (first.ongoing, first.end) == (False, 909)
    assert (last.ongoing, last.end) == (True, None)


def test_a_supply_handed_over_after_the_written_end_is_left_to_itself():
    found = courses(record(100, 150), handed=[dispense(100), dispense(160)])
    assert [(c.start, c.end, len(c.records)) for c in found] == [(100, 129, 1)]
