"""From FHIR to the report: refills of an order that was stopped, nobody knows when."""

import pytest

from tests.support.charts import ago, assessed, depression, row_of, taken, woman
from tests.support.fhir import dosage, order
from tests.support.refills import S50, fill, rx, seen, to


def refilled(days, repeats=2, start=200, **more):
    """Return a stopped order of so many days, that may be filled again."""
    supply = {"expectedSupplyDuration": {"value": days, "code": "d"}}
    given = {
        "status": "stopped",
        "authoredOn": ago(start),
        "dispenseRequest": supply | {"numberOfRepeatsAllowed": repeats},
    }
    return order("a", S50, [dosage(50)], **(given | more))


REFILLS = [
    pytest.param([refilled(30)], ("met", "unknown", 30), id="the first fill alone is sure"),
    pytest.param([refilled(60)], ("met", "met", 60), id="it may be enough"),
    pytest.param([refilled(13)], ("met", "not-met", 13), id="all fills may be too few"),
    pytest.param([refilled(14)], ("met", "unknown", 14), id="or just enough"),
    pytest.param([refilled(90, 0)], ("met", "met", 90), id="no refills: its supply"),
    pytest.param([refilled(30, status="completed")], ("met", "met", 90), id="completed"),
    pytest.param(
        [refilled(30, start=60)], ("met", "unknown", 30), id="up to the day of the assessment"
    ),
    pytest.param([refilled(90, start=60)], ("met", "met", 60), id="the first fill is not over"),
    pytest.param([refilled(30, start=40)], ("met", "not-met", 30), id="too few up to today"),
    pytest.param(
        [refilled(30, dosageInstruction=[dosage(50, ago(200), ago(150))])],
        ("met", "met", 50),
        id="with an end of its own",
    ),
    pytest.param(
        [refilled(30), taken("n", "venlafaxine", 150, 150)],
        ("met", "met", 49),
        id="up to the next drug",
    ),
    pytest.param(
        [refilled(30), rx("b", S50, 50, 140, 100, priorPrescription=to("a"))],
        ("met", "met", 100),
        id="up to its renewal",
    ),
    pytest.param(
        [refilled(30), fill("d1", S50, 200), fill("d2", S50, 170)],
        ("met", "met", 60),
        id="what was handed over is sure",
    ),
]


@pytest.mark.parametrize(("resources", "told"), REFILLS)
def test_refills_of_a_stopped_order(resources, told):
    assert seen(*resources)[:3] == told
    assert seen(*reversed(resources))[:3] == told


def test_its_end_is_not_known():
    row = row_of(assessed(woman(), depression(), refilled(60)), "sertraline")
    assert (row["counts"], row["ongoing"]) == (False, False)
    assert "its end is not known" in row["because"]
