"""From FHIR to the report: an order of no known end that lies within documented days."""

import pytest

from tests.support.charts import assessed, depression, row_of, woman
from tests.support.refills import PLAIN, S25, S50, S100, dated, fill, rx, seen, to

OPEN = ("met", "unknown", 20, 100)
"""Reached for the twenty days before the order within."""
SPAN = rx("a", S100, 100, 300, 200)
LOW = rx("a", S25, 25, 300, 200)


WITHIN = [
    pytest.param([SPAN, dated("b", S25, 25, 280)], OPEN, id="lower: either of them"),
    pytest.param([SPAN, dated("b", S25, None, 280)], OPEN, id="no dose: unknown"),
    pytest.param([SPAN, dated("b", S100, 100, 280)], ("met", "met", 100, 100), id="the same"),
    pytest.param([SPAN, dated("b", S50, 50, 280)], ("met", "met", 100, 100), id="both reach it"),
    pytest.param(
        [LOW, dated("b", S100, 100, 280)], ("unknown", "unknown", 0, 100), id="higher: either"
    ),
    pytest.param(
        [SPAN, dated("b", S25, 25, 280), dated("c", S100, 100, 240)],
        ("met", "unknown", 40, 100),
        id="to the next order, which tells the first dose again",
    ),
    pytest.param(
        [SPAN, dated("b", S25, 25, 280), rx("c", S100, 100, 240, 180)],
        ("met", "met", 60, 100),
        id="to the next order, which has days of its own",
    ),
    pytest.param(
        [SPAN, dated("b", S25, 25, 280), dated("c", S25, 25, 240)], OPEN, id="told again: no more"
    ),
    pytest.param([SPAN, dated("b", S25, 25, 280, status="active")], OPEN, id="one that still runs"),
    pytest.param(
        [SPAN, rx("b", S25, 25, 280, status="stopped")],
        OPEN,
        id="a start, stopped nobody knows when",
    ),
    pytest.param(
        [SPAN, dated("b", S25, 25, 280), dated("c", S50, 50, 280)],
        ("met", "met", 100, 100),
        id="two of one day are taken together",
    ),
    pytest.param([SPAN, dated("b", S25, 25, 200)], ("met", "met", 100, 100), id="on its last day"),
    pytest.param([SPAN, dated("b", S25, 25, 198)], ("met", "met", 100, 100), id="after it"),
    pytest.param([SPAN, dated("b", S25, 25, 310)], ("met", "met", 100, 100), id="before it"),
    pytest.param(
        [SPAN, dated("b", S100, 25, 300)], ("unknown", "unknown", 0, 100), id="of its first day"
    ),
    pytest.param(
        [SPAN, dated("b", S25, 25, 300)], ("met", "met", 100, 125), id="of its first day, added"
    ),
    pytest.param(
        [SPAN, dated("b", S25, 25, 280, basedOn=[to("a")])],
        ("unknown", "unknown", 0, 100),
        id="told twice: all days are between the two",
    ),
    pytest.param(
        [SPAN, dated("b", S25, 25, 280), fill("d", PLAIN, 270, 60)],
        ("unknown", "unknown", 0, 100),
        id="what was handed over has the dose of its order",
    ),
]


@pytest.mark.parametrize(("resources", "told"), WITHIN)
def test_an_order_within_the_days_of_another(resources, told):
    assert seen(*resources) == told
    assert seen(*reversed(resources)) == told


def test_the_reason_and_both_orders_are_named():
    row = row_of(assessed(woman(), depression(), SPAN, dated("b", S25, 25, 280)), "sertraline")
    assert row["evidence"] == ["MedicationRequest/a", "MedicationRequest/b"]
    assert "up to 100 days are possible: an order within these days" in row["because"]
    assert "its end is not known" not in row["because"]


def test_another_release_form_leaves_the_form_open():
    span = rx("a", {"text": "bupropion hydrochloride 300 MG 24 HR extended release"}, 300, 300, 200)
    within = dated("b", {"text": "bupropion hydrochloride 100 MG immediate release"}, 100, 280)
    assert seen(span, within, name="bupropion")[1] == "unknown"
