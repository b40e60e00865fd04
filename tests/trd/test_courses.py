"""Orders, dispenses and reports of one drug joined into courses."""

from dataclasses import replace

import pytest

from tests.support.charts import record, step
from tests.support.courses import courses, follows
from trd.chart import RecordKind


def spans(*records, **more):
    """Return start, end and whether it runs of each course."""
    return [(c.start, c.end, c.ongoing) for c in courses(*records, **more)]


def reported(start, end=None, **more):
    """Return a report of the same drug."""
    return record(start, end, kind=RecordKind.REPORTED, **more)


STOPPED = record(100, status="stopped")
BY_DATE = replace(record(100, status="completed"), start=None)
TITRATED = record(100, 190, steps=(step(100, 130, 50), step(130, 190, 100)))


@pytest.mark.parametrize(
    ("records", "found"),
    [
        pytest.param([record(100, 150)], [(100, 150, False)], id="one order"),
        pytest.param(
            [record(100, 150), record(180, 220)], [(100, 220, False)], id="30 uncovered days join"
        ),
        pytest.param(
            [record(100, 150), record(181, 220)],
            [(100, 150, False), (181, 220, False)],
            id="31 uncovered days part",
        ),
        pytest.param(
            [record(100, 200), record(120, 130), record(161, 220)],
            [(100, 130, False), (161, 220, False)],
            id="a later start replaces, so its end counts",
        ),
        pytest.param([record(900)], [(900, None, True)], id="an order that runs has no end"),
        pytest.param(
            [record(900, 950), record(940)], [(900, None, True)], id="its last order runs"
        ),
        pytest.param(
            [record(900), record(920, 950)],
            [(900, 950, False)],
            id="a later order that ended replaces one that runs",
        ),
        pytest.param([STOPPED], [(100, None, False)], id="an end nobody knows"),
        pytest.param([record(1001)], [], id="what begins later is none"),
        pytest.param([], [], id="nothing"),
        pytest.param(
            [reported(100, 150)], [(100, 150, False)], id="a report alone is a course of its own"
        ),
        pytest.param(
            [record(100, 150), reported(110, 180)],
            [(100, 150, False)],
            id="a report up to 30 days after an order repeats it",
        ),
        pytest.param(
            [record(100, 150), reported(110, 181)],
            [(100, 150, False), (110, 181, False)],
            id="a report up to 31 days after says more",
        ),
        pytest.param(
            [record(100, 150), reported(70, 140)],
            [(100, 150, False)],
            id="a report from 30 days before repeats it",
        ),
        pytest.param(
            [record(100, 150), reported(69, 140)],
            [(69, 140, False), (100, 150, False)],
            id="a report from 31 days before says more",
        ),
        pytest.param(
            [record(100, 110), reported(115, 244)],
            [(100, 110, False), (115, 244, False)],
            id="a long report beside a short order is not lost",
        ),
        pytest.param([reported(1001)], [], id="a report of the future is none"),
        pytest.param(
            [record(100, 150), reported(80, 190, steps=(step(80, 160, 50), step(160, 190)))],
            [(80, 190, False), (100, 150, False)],
            id="the last step of a report counts",
        ),
        pytest.param(
            [record(100, 150), reported(60, 140, steps=(step(60, 90, 50), step(90, 140)))],
            [(60, 140, False), (100, 150, False)],
            id="and its first step",
        ),
        pytest.param(
            [record(100, 150), record(300, 350), record(360, 400)],
            [(100, 150, False), (300, 400, False)],
            id="an order joins the course before it",
        ),
        pytest.param(
            [record(100, 150), STOPPED], [(100, 150, False)], id="of one day the known end counts"
        ),
        pytest.param(
            [record(900), record(920, 999)],
            [(900, None, True)],
            id="one runs, the other to yesterday",
        ),
        pytest.param(
            [record(900), record(920, 998)],
            [(900, 998, False)],
            id="one runs, the other ended two days ago",
        ),
        pytest.param(
            [record(901, supply_days=70)], [(901, None, True)], id="supply that ended 30 days ago"
        ),
    ],
)
def test_records_become_courses(records, found):
    assert spans(*records) == found


def test_a_course_says_what_is_known_of_its_end():
    ended, unknown = courses(record(10, 40))[0], courses(STOPPED)[0]
    assert (ended.end_known, ended.last, ended.end_inferred) == (True, 40, False)
    assert (unknown.end_known, unknown.last, unknown.end_inferred) == (False, 100, False)
    inferred = courses(STOPPED, following=follows(160))[0]
    assert (inferred.end_known, inferred.end, inferred.end_inferred) == (True, 159, True)


def test_an_inferred_end_of_an_order_by_date_is_the_courses_end():
    found = courses(BY_DATE, following=follows(160))[0]
    assert (found.end, found.end_inferred, found.end_known) == (159, True, True)


def test_an_old_active_order_by_date_is_stale():
    found = courses(replace(record(100), start=None))[0]
    assert (found.stale, found.end_known, found.ongoing, found.end) == (True, False, False, None)


def test_only_a_report_alone_is_marked():
    assert courses(reported(100, 150))[0].reported_only
    assert not courses(record(100, 150))[0].reported_only


def test_a_course_names_the_records_behind_it_only():
    first, second = courses(record(100, 150), record(300, 350))
    assert [r.evidence for r in first.records] == ["MedicationRequest/1"]
    assert second.evidence() == ("MedicationRequest/2",)


def test_orders_of_one_day_end_with_the_later_one():
    found = courses(record(100, 150), record(100, 170))
    assert [(c.start, c.end) for c in found] == [(100, 170)]


def test_days_between_two_orders_by_date_are_one_course():
    later = replace(BY_DATE, authored=220)
    found = courses(BY_DATE, later)
    assert [(c.start, c.last, [s.certain for s in c.segments]) for c in found] == [
        (100, 220, [True, False, True])
    ]
