"""Covered days of one drug laid over each other, and the possible days between two orders."""

from dataclasses import replace

import pytest

from tests.support.charts import KNOWLEDGE, segment, supply
from trd.overlay import overlay, possible_between

CRITERIA = KNOWLEDGE.criteria.trial


def _laid(*segments):
    return [(s.start, s.stop, s.last, s.high) for s in overlay(segments, CRITERIA)]


TABLET50 = {"strength": 50}
OVERLAYS = [
    pytest.param(
        [segment(1, 31, 50), segment(20, 60, 100)],
        [(1, 20, 19, 50), (20, 60, 60, 100)],
        id="a later start replaces",
    ),
    pytest.param(
        [segment(1, 60, 50), segment(20, 30, 100)],
        [(1, 20, 19, 50), (20, 30, 30, 100)],
        id="and does not give the rest back",
    ),
    pytest.param(
        [segment(1, 31, 50), segment(31, 60, 100)],
        [(1, 31, 30, 50), (31, 60, 60, 100)],
        id="one begins on the last day of the other",
    ),
    pytest.param(
        [segment(1, 31, 50), segment(32, 60, 100)],
        [(1, 32, 31, 50), (32, 60, 60, 100)],
        id="the next day is no gap",
    ),
    pytest.param(
        [segment(1, 31, 50), segment(33, 60, 100)],
        [(1, 31, 31, 50), (33, 60, 60, 100)],
        id="the day after is one",
    ),
    pytest.param(
        [segment(1, 31, 50, **TABLET50), segment(1, 31, 25, strength=25)],
        [(1, 31, 31, 75)],
        id="two strengths of one day add",
    ),
    pytest.param(
        [segment(1, 31, 50, **TABLET50), segment(1, 31, 50, **TABLET50)],
        [(1, 31, 31, 50)],
        id="one strength twice is one",
    ),
    pytest.param(
        [segment(1, 31, 50), segment(1, 41, 50)],
        [(1, 41, 41, 50)],
        id="without a strength the dose tells them apart",
    ),
    pytest.param(
        [segment(1, 31, 50, **TABLET50), segment(1, 41, 100, **TABLET50)],
        [(1, 32, 31, 100), (32, 41, 41, 100)],
        id="of one strength the longer goes on",
    ),
    pytest.param(
        [segment(1, 31, 100, **TABLET50), segment(1, 31, 50, **TABLET50)],
        [(1, 31, 31, 100)],
        id="of one length both may hold",
    ),
    pytest.param(
        [segment(1, 31, 50, **TABLET50), segment(1, 21, 25, strength=25)],
        [(1, 22, 21, 75), (22, 31, 31, 50)],
        id="the shorter ends first",
    ),
    pytest.param(
        [segment(1, 31, 50, **TABLET50), segment(1, 31, None, strength=25)],
        [(1, 31, 31, None)],
        id="a known and an unknown dose are unknown",
    ),
    pytest.param(
        [
            segment(1, 31, 100, strength=50, evidence=("a",)),
            segment(1, 31, 50, strength=50, evidence=("b",)),
        ],
        [(1, 31, 31, 100)],
        id="whichever is named first",
    ),
    pytest.param(
        [supply(1, 30, 50), segment(1, 31, 25, strength=25)],
        [(1, 31, 31, 75)],
        id="a supply and bounds of one length",
    ),
    pytest.param(
        [supply(5, 1, 50), supply(5, 1, 100)], [(5, 6, 5, 150)], id="two supplies of one day only"
    ),
    pytest.param(
        [supply(1, 30, 50), supply(1, 60, 100)],
        [(1, 31, 30, 150), (31, 61, 60, 100)],
        id="two supplies of one day",
    ),
    # early refills
    pytest.param(
        [supply(1, 30), supply(21, 30)],
        [(1, 21, 20, 100), (21, 61, 60, 100)],
        id="ten days left over are carried on",
    ),
    pytest.param(
        [supply(1, 90), supply(11, 30)],
        [(1, 11, 10, 100), (11, 71, 70, 100)],
        id="at most thirty are",
    ),
    pytest.param(
        [supply(1, 30), supply(31, 30)],
        [(1, 31, 30, 100), (31, 61, 60, 100)],
        id="on time nothing is left over",
    ),
    pytest.param(
        [supply(1, 30, 50), supply(21, 30, 100)],
        [(1, 21, 20, 50), (21, 51, 50, 100)],
        id="another strength takes nothing over",
    ),
    pytest.param(
        [supply(1, 30), supply(21, 30), segment(25, 40, 100, strength=100)],
        [(1, 21, 20, 100), (21, 25, 24, 100), (25, 40, 40, 100)],
        id="written bounds take nothing over",
    ),
    # single days
    pytest.param([segment(5, 5)], [(5, 5, 5, 100)], id="a lone day stands"),
    pytest.param(
        [segment(5, 5), segment(1, 31)], [(1, 31, 31, 100)], id="a covered day is nothing new"
    ),
    pytest.param([segment(31, 31), segment(1, 31)], [(1, 31, 31, 100)], id="so is the last day"),
    pytest.param([segment(1, 1), segment(1, 31)], [(1, 31, 31, 100)], id="so is the first day"),
    pytest.param(
        [segment(32, 32), segment(1, 31)],
        [(1, 32, 31, 100), (32, 32, 32, 100)],
        id="the day after is not",
    ),
    pytest.param([supply(5, 1)], [(5, 6, 5, 100)], id="a supply of one day is a day"),
]


@pytest.mark.parametrize(("segments", "laid"), OVERLAYS)
def test_orders_of_one_drug_are_laid_over_each_other(segments, laid):
    assert _laid(*segments) == laid
    assert _laid(*reversed(segments)) == laid


def test_what_is_joined_keeps_all_its_evidence():
    one, other = segment(1, 31, evidence=("a",)), segment(1, 41, evidence=("b",))
    assert [s.evidence for s in overlay([one, other], CRITERIA)] == [("a", "b")]
    assert [s.evidence for s in overlay([other, replace(one, evidence=("c",))], CRITERIA)] == [
        ("b", "c")
    ]


def test_what_adds_up_keeps_the_evidence_of_each_stretch():
    found = overlay(
        [
            segment(1, 31, 50, strength=50, evidence=("a",)),
            segment(1, 21, 25, strength=25, evidence=("b",)),
        ],
        CRITERIA,
    )
    assert [s.evidence for s in found] == [("a", "b"), ("a",)]


def _between(*segments, by_date=None):
    points = [s for s in segments if s.start == s.last] if by_date is None else by_date
    found = possible_between(segments, points, CRITERIA)
    return [(s.start, s.stop, s.last, s.low, s.high, s.certain) for s in found]


BETWEEN = [
    pytest.param(
        [segment(1, 1), segment(121, 121)], [(1, 121, 121, 100, 100, False)], id="120 days"
    ),
    pytest.param([segment(1, 1), segment(122, 122)], [], id="121 days"),
    pytest.param([segment(1, 1), segment(1, 31)], [], id="one within the other"),
    pytest.param([segment(1, 31), segment(61, 61)], [], id="written bounds say where they end"),
    pytest.param(
        [segment(1, 1), segment(61, 90)], [(1, 61, 61, 100, 100, False)], id="up to bounds"
    ),
    pytest.param(
        [segment(1, 1, 50), segment(61, 61, 100)],
        [(1, 61, 61, 50, 100, False)],
        id="a range between",
    ),
    pytest.param(
        [segment(1, 1, 100), segment(61, 61, 50)], [(1, 61, 61, 50, 100, False)], id="in any order"
    ),
    pytest.param(
        [segment(1, 1, None), segment(61, 61, 50)],
        [(1, 61, 61, None, None, False)],
        id="unknown, known",
    ),
    pytest.param(
        [segment(1, 1, 50), segment(61, 61, None)],
        [(1, 61, 61, None, None, False)],
        id="known, unknown",
    ),
]


@pytest.mark.parametrize(("segments", "found"), BETWEEN)
def test_days_between_orders_known_by_date_are_possible(segments, found):
    assert _between(*segments) == found
    assert _between(*reversed(segments)) == found
