"""Records into covered days: where a record starts and ends, and which days it covers."""

from dataclasses import replace

import pytest

from tests.support.charts import KNOWLEDGE, record, step
from tests.support.courses import follows
from trd.exposures import (
    RecordEnd,
    end_of,
    has_supply,
    known_by_date_only,
    segments_of,
    start_of,
)

CRITERIA = KNOWLEDGE.criteria.trial
AS_OF = 1000


def nobody(ingredient, day):
    """Say that no other antidepressant follows."""
    assert ingredient == "sertraline"
    assert day


@pytest.mark.parametrize(
    ("made", "start"),
    [
        pytest.param(record(10, 20, validity=(5, 30), authored=1), 10, id="bounds first"),
        pytest.param(
            replace(record(1), start=None, validity=(5, 30)), 5, id="then the dispense window"
        ),
        pytest.param(
            replace(record(7), start=None, validity=(None, 30)), 7, id="a window without a start"
        ),
        pytest.param(replace(record(7), start=None), 7, id="then the day it was written"),
        pytest.param(record(), None, id="none of them"),
    ],
)
def test_a_record_starts(made, start):
    assert start_of(made) == start


@pytest.mark.parametrize(
    ("made", "by_date", "supplied"),
    [
        pytest.param(record(1, 9), False, False, id="bounds"),
        pytest.param(record(1), False, False, id="a start alone"),
        pytest.param(replace(record(1, 9), start=None), False, False, id="an end alone"),
        pytest.param(replace(record(1), start=None), True, False, id="the day it was written"),
        pytest.param(
            replace(record(1), start=None, supply_days=30), False, True, id="days supplied"
        ),
        pytest.param(
            replace(record(1), start=None, validity=(None, 30)), False, True, id="a window's end"
        ),
        pytest.param(
            replace(record(1), start=None, validity=(1, None)), True, False, id="no window's end"
        ),
    ],
)
def test_a_record_is_known_by_its_date_only(made, by_date, supplied):
    assert known_by_date_only(made) is by_date
    assert has_supply(made) is supplied


def _end(**more):
    return RecordEnd(**more)


STOPPED = record(100, status="stopped")
ENDS = [
    pytest.param(record(), nobody, _end(last=None), id="nothing is dated"),
    pytest.param(record(100, 200), nobody, _end(last=200), id="written bounds"),
    pytest.param(
        record(100, 200, supply_days=30), nobody, _end(last=129), id="the supply is first"
    ),
    pytest.param(
        record(100, 110, supply_days=30), nobody, _end(last=110), id="the bounds are first"
    ),
    pytest.param(record(100, 200, supply_days=0.5), nobody, _end(last=100), id="half a day is one"),
    pytest.param(
        record(100, 200, validity=(100, 150)), nobody, _end(last=150), id="the window ends"
    ),
    pytest.param(
        record(100, 200, supply_days=30, validity=(100, 120)),
        nobody,
        _end(last=129),
        id="days supplied before the window",
    ),
    # running or not
    pytest.param(record(900), nobody, _end(last=None, ongoing=True), id="active and open: runs"),
    pytest.param(
        record(AS_OF - 365), nobody, _end(last=None, ongoing=True), id="365 days old: runs"
    ),
    pytest.param(
        record(AS_OF - 366), nobody, _end(last=None, stale=True), id="366 days old: not known"
    ),
    pytest.param(
        record(AS_OF - 400, authored=AS_OF - 10),
        nobody,
        _end(last=None, ongoing=True),
        id="the last writing counts",
    ),
    pytest.param(
        record(AS_OF - 400, authored=None),
        nobody,
        _end(last=None, stale=True),
        id="without a writing the start counts",
    ),
    pytest.param(
        record(900, 1100, status="active"), nobody, _end(last=AS_OF, ongoing=True), id="ends later"
    ),
    pytest.param(
        record(900, AS_OF, status="active"), nobody, _end(last=AS_OF, ongoing=True), id="ends today"
    ),
    pytest.param(
        record(900, AS_OF - 1, status="active"), nobody, _end(last=AS_OF - 1), id="ended yesterday"
    ),
    pytest.param(
        record(900, 1100, status="on-hold"),
        nobody,
        _end(last=None),
        id="on hold, and nobody knows since when",
    ),
    pytest.param(record(900, AS_OF, status="on-hold"), nobody, _end(last=None), id="even today"),
    pytest.param(
        record(900, AS_OF - 1, status="on-hold"),
        nobody,
        _end(last=AS_OF - 1),
        id="on hold, but it ended before",
    ),
    pytest.param(
        record(901, supply_days=70, status="on-hold"),
        nobody,
        _end(last=970),
        id="on hold, its supply ended before",
    ),
    pytest.param(record(900, 1100), nobody, _end(last=AS_OF), id="completed before its end"),
    pytest.param(
        record(901, supply_days=70), nobody, _end(last=970, ongoing=True), id="supply 30 days past"
    ),
    pytest.param(record(900, supply_days=70), nobody, _end(last=969), id="supply 31 days past"),
    # stopped
    pytest.param(STOPPED, nobody, _end(last=None), id="stopped, nothing follows"),
    pytest.param(
        STOPPED, follows(160), _end(last=159, inferred=True), id="the day before the next"
    ),
    pytest.param(STOPPED, follows(465), _end(last=464, inferred=True), id="365 days later"),
    pytest.param(STOPPED, follows(466), _end(last=None), id="366 days later tells nothing"),
    pytest.param(
        replace(STOPPED, supply_days=90),
        follows(160),
        _end(last=159, inferred=True),
        id="stopped before the supply ends",
    ),
    pytest.param(
        replace(STOPPED, supply_days=61),
        follows(160),
        _end(last=159, inferred=True),
        id="the next begins on the supply's last day",
    ),
    pytest.param(
        replace(STOPPED, supply_days=60),
        follows(160),
        _end(last=159),
        id="the supply's last day is the day before",
    ),
    pytest.param(
        replace(STOPPED, supply_days=30), follows(160), _end(last=129), id="the supply ends before"
    ),
    pytest.param(
        record(100, 200, status="stopped"), follows(160), _end(last=200), id="a written end stands"
    ),
    pytest.param(
        record(100, status="completed"),
        follows(160),
        _end(last=159, inferred=True),
        id="completed without an end",
    ),
    pytest.param(record(100, status="on-hold"), follows(160), _end(last=None), id="on hold, open"),
]


@pytest.mark.parametrize(("made", "following", "end"), ENDS)
def test_a_record_ends(made, following, end):
    assert end_of(made, AS_OF, following, CRITERIA) == end


def _covered(made, end=None):
    end = end or end_of(made, AS_OF, nobody, CRITERIA)
    return [(s.start, s.stop, s.last, s.high, s.certain) for s in segments_of(made, end, AS_OF)]


BY_DATE = replace(record(100), start=None)
COVERED = [
    pytest.param(record(100, 200), [(100, 200, 200, 100, True)], id="bounds end on their last day"),
    pytest.param(
        record(100, supply_days=30, status="completed"),
        [(100, 130, 129, 100, True)],
        id="a supply of 30 days is 30 days",
    ),
    pytest.param(
        record(100, 129, supply_days=30),
        [(100, 130, 129, 100, True)],
        id="both end on one day: the supply decides",
    ),
    pytest.param(record(AS_OF + 1), [], id="what begins later is not yet"),
    pytest.param(record(AS_OF), [(AS_OF, AS_OF, AS_OF, 100, True)], id="what begins today is"),
    pytest.param(record(), [], id="what has no date is nowhere"),
    pytest.param(record(960), [(960, AS_OF, AS_OF, 100, True)], id="what still runs goes to today"),
    pytest.param(
        record(100, 200, steps=()), [(100, 200, 200, None, True)], id="without a dose it is unknown"
    ),
    pytest.param(
        record(100, 200, steps=(step(100, 120, 25), step(120, 200, 50))),
        [(100, 120, 119, 25, True), (120, 200, 200, 50, True)],
        id="the next step takes over",
    ),
    pytest.param(
        record(100, 200, steps=(step(None, None, 25),)),
        [(100, 200, 200, 25, True)],
        id="a step without days holds throughout",
    ),
    pytest.param(
        record(100, 200, steps=(step(100, 120, 25), step(140, 200, 50))),
        [(100, 120, 120, 25, True), (140, 200, 200, 50, True)],
        id="days between two steps are not covered",
    ),
    pytest.param(
        record(100, 200, steps=(step(90, 150, 25), step(150, 250, 50))),
        [(100, 150, 149, 25, True), (150, 200, 200, 50, True)],
        id="steps are cut to the record",
    ),
    pytest.param(
        record(
            100, supply_days=30, status="completed", steps=(step(100, 110, 25), step(110, None))
        ),
        [(100, 110, 109, 25, True), (110, 130, 129, 100, True)],
        id="the last step of a supply ends with it",
    ),
    pytest.param(
        record(100, 200, steps=(step(100, 120, 25), step(100, 200, 50))),
        [(100, 120, 120, 25, True), (100, 200, 200, 50, True)],
        id="two steps from one day",
    ),
    pytest.param(
        record(100, 200, steps=(step(100, 120, 25), step(None, None, 50))),
        [(100, 120, 120, 25, True), (100, 200, 200, 50, True)],
        id="a step without days beside one with",
    ),
    pytest.param(
        record(100, 200, steps=(step(100, None, 25), step(130, None, 50), step(160, None))),
        [(100, 130, 129, 25, True), (130, 160, 159, 50, True), (160, 200, 200, 100, True)],
        id="each step ends with the next",
    ),
    pytest.param(
        record(100, 200, steps=(step(100, 140, 25), step(130, 170, 50), step(160, 200))),
        [(100, 130, 129, 25, True), (130, 160, 159, 50, True), (160, 200, 200, 100, True)],
        id="even where they overlap",
    ),
    pytest.param(
        record(100, 150, steps=(step(100, 120, 25), step(160, None, 50))),
        [(100, 120, 120, 25, True)],
        id="a step after the end is none",
    ),
    pytest.param(
        record(100, 200, steps=(step(100, None, 25), step(200, None, 50))),
        [(100, 200, 199, 25, True), (200, 200, 200, 50, True)],
        id="a step may begin on the last day",
    ),
    pytest.param(
        replace(BY_DATE, authored=900),
        [(900, 900, 900, 100, True), (900, AS_OF, AS_OF, 100, False)],
        id="a date only: the day is sure, the rest possible",
    ),
    pytest.param(
        replace(BY_DATE, status="completed"), [(100, 100, 100, 100, True)], id="a date only, over"
    ),
    pytest.param(
        replace(BY_DATE, steps=(), status="completed"),
        [(100, 100, 100, None, True)],
        id="a date only, no dose",
    ),
    pytest.param(
        replace(BY_DATE, steps=(step(None, None, 25), step(None, None, 50)), status="completed"),
        [(100, 100, 100, 25, True)],
        id="a date only, the first dose",
    ),
    pytest.param(
        BY_DATE,
        [(100, 100, 100, 100, True), (100, AS_OF, AS_OF, 100, False)],
        id="a date only, long ago",
    ),
    pytest.param(
        replace(BY_DATE, status="stopped"),
        [(100, 100, 100, 100, True), (100, AS_OF, AS_OF, 100, False)],
        id="a date only, stopped nobody knows when",
    ),
    pytest.param(
        replace(BY_DATE, status="completed", units=30.0),
        [(100, 100, 100, 100, True), (100, AS_OF, AS_OF, 100, False)],
        id="a date only, with units of no strength",
    ),
    pytest.param(
        STOPPED,
        [(100, 100, 100, 100, True), (100, AS_OF, AS_OF, 100, False)],
        id="an end nobody knows",
    ),
    pytest.param(
        replace(STOPPED, start=AS_OF), [(AS_OF, AS_OF, AS_OF, 100, True)], id="the same, today"
    ),
]


@pytest.mark.parametrize(("made", "covered"), COVERED)
def test_a_record_covers(made, covered):
    assert _covered(made) == covered


def test_an_inferred_end_of_a_date_only_is_possible():
    end = RecordEnd(last=159, inferred=True)
    assert _covered(BY_DATE, end)[1:] == [(100, 159, 159, 100, False)]
    stopped = replace(BY_DATE, status="stopped")
    assert _covered(stopped, end)[1:] == [(100, 159, 159, 100, False)]
    assert _covered(BY_DATE, RecordEnd(last=100, inferred=True))[1:] == []
