"""From FHIR to the report: instructions told apart by their sequence follow each other."""

import pytest

from tests.support.charts import ago
from tests.support.fhir import dosage, order
from tests.support.refills import S50, V150, seen


def titrated(*dosages, product=V150, **more):
    """Return an order of several instructions, active unless said otherwise."""
    given = {"status": "active", "authoredOn": ago(200)}
    return order("a", product, list(dosages), **(given | more))


def long(mg, days, **more):
    """Return a Dosage that holds for so many days."""
    made = dosage(mg, **more)
    made["timing"]["repeat"]["boundsDuration"] = {"value": days, "code": "d"}
    return made


def first(mg=150, start=200, end=171, **more):
    """Return the first step of a titration, within bounds."""
    return dosage(mg, ago(start), ago(end), sequence=1, **more)


COMPLETED = {"status": "completed"}
TITRATIONS = [
    pytest.param([first(), dosage(300, sequence=2)], 200, 300, id="the second has no bounds"),
    pytest.param([dosage(300, sequence=2), first()], 200, 300, id="written the other way round"),
    pytest.param([first(75), dosage(300, sequence=2)], 170, 300, id="the first is too low"),
    pytest.param(
        [first(75), dosage(300, None, ago(100), sequence=2)], 70, 300, id="the second has an end"
    ),
    pytest.param(
        [first(75), long(300, 60, sequence=2)], 60, 300, id="the second has a length only"
    ),
    pytest.param(
        [first(75), long(150, 60, sequence=2), dosage(300, sequence=3)],
        170,
        300,
        id="a length between",
    ),
    pytest.param(
        [long(75, 30, sequence=1), dosage(300, ago(150), sequence=2)],
        150,
        300,
        id="a length before a start",
    ),
    pytest.param(
        [dosage(75, None, ago(171), sequence=1), dosage(300, sequence=2)],
        170,
        300,
        id="the first begins with the order",
    ),
    pytest.param(
        [dosage(75, ago(200), sequence=1), dosage(300, ago(150), sequence=2)],
        150,
        300,
        id="the first ends where the second begins",
    ),
    pytest.param(
        [dosage(75, ago(200), sequence=1), dosage(300, sequence=2)],
        0,
        300,
        id="when the first is over cannot be told",
    ),
    pytest.param(
        [dosage(75, sequence=1), dosage(300, ago(200), ago(100), sequence=2)],
        0,
        300,
        id="the first would begin with the second",
    ),
    pytest.param(
        [first(), first(225, 170, 141), dosage(300, ago(140), sequence=2)],
        200,
        300,
        id="two bounds of one number",
    ),
]


@pytest.mark.parametrize(("dosages", "days", "highest"), TITRATIONS)
def test_steps_follow_each_other_or_are_a_range(dosages, days, highest):
    made = titrated(*dosages)
    assert seen(made, name="venlafaxine")[2:] == (days, highest)


def test_without_a_sequence_the_second_may_be_taken_beside_the_first():
    made = titrated(dosage(150, ago(200), ago(171)), dosage(300))
    assert seen(made, name="venlafaxine")[2:] == (200, 450)


@pytest.mark.parametrize(
    ("dosages", "found"),
    [
        pytest.param([first(25), dosage(100, sequence=2)], ("unknown", "unknown"), id="up"),
        pytest.param([first(25), dosage(25, sequence=2)], ("not-met", "not-met"), id="too low"),
    ],
)
def test_without_an_end_every_step_is_possible(dosages, found):
    made = titrated(*dosages, product=S50, **COMPLETED)
    assert seen(made)[:2] == found
