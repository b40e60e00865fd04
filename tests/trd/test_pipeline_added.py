"""From FHIR to the report: a response under a drug that was perhaps added speaks both ways."""

import pytest

from tests.support.charts import ago, assessed, depression, phq9, product, row_of, taken, woman
from tests.support.fhir import dosage, order

FIRST = taken("a", "sertraline", 100, 300, 100)
POOR = (phq9("s0", 300, 20), phq9("s1", 260, 18))
GOOD = (*POOR, phq9("s2", 110, 6))


def added(mg, **more):
    """Return aripiprazole beside it, told by bounds."""
    return taken("x", "aripiprazole", mg, 250, 100, **more)


def dated(mg, status, on=250):
    """Return aripiprazole known by the date of its order alone."""
    given = {"status": status, "authoredOn": ago(on)}
    return order("x", product("aripiprazole"), [dosage(mg)], **given)


@pytest.mark.parametrize(
    ("drug", "scores", "outcome"),
    [
        pytest.param([], GOOD, "response", id="alone"),
        pytest.param([added(5)], GOOD, "inefficacy", id="at its dose: it does not speak"),
        pytest.param([added(1)], GOOD, "response", id="below it: it speaks"),
        pytest.param([added(None)], GOOD, "unknown", id="of unknown dose: both ways"),
        pytest.param([added(None)], POOR, "inefficacy", id="no response to hide"),
        pytest.param([added(None)], POOR[:1], "unknown", id="no end score"),
        pytest.param(
            [added(None)],
            (POOR[0], phq9("s2", 110, 18)),
            "inefficacy",
            id="no effect under it counts either way",
        ),
        pytest.param([added(None)], (POOR[0], GOOD[-1]), "unknown", id="a response under it alone"),
        pytest.param([dated(5, "completed")], GOOD, "response", id="long worn off"),
        pytest.param([dated(5, "active")], GOOD, "unknown", id="perhaps still taken"),
        pytest.param([dated(5, "active", 120)], GOOD, "response", id="before its day 14"),
        pytest.param(
            [taken("x", "aripiprazole", None, 250, 180), taken("y", "aripiprazole", 5, 179, 100)],
            GOOD,
            "inefficacy",
            id="at its dose in the end",
        ),
    ],
)
def test_a_response_under_a_drug_that_was_perhaps_added(drug, scores, outcome):
    out = assessed(woman(), depression(), FIRST, *drug, *scores)
    assert row_of(out, "sertraline")["outcome"] == outcome


def test_it_is_possible_and_never_confirmed():
    out = assessed(woman(), depression(), FIRST, added(None), *GOOD)
    counted = out["resistance"]
    assert (counted["confirmed"], counted["possible"]) == (0, 1)
    assert "which score counts cannot be told" in row_of(out, "sertraline")["because"]
