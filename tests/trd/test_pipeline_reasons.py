"""From FHIR to the report: what an order that renews another one is for."""

import pytest

from tests.support.charts import ago, assessed, depression, product, row_of, woman
from tests.support.refills import PLAIN, rx, to

INSOMNIA = {"reasonCode": [{"text": "insomnia"}]}
TIED = {
    "renews": {"priorPrescription": to("a")},
    "carries out": {"basedOn": [to("a")]},
}


@pytest.mark.parametrize("link", TIED.values(), ids=TIED)
def test_a_renewal_without_a_reason_is_for_that_of_the_order(link):
    first = rx("a", PLAIN, 50, 250, 200, **INSOMNIA)
    then = rx("b", PLAIN, 50, 199, 150)
    third = rx("c", PLAIN, 50, 149, 100, priorPrescription=to("b"))
    out = assessed(woman(), depression(), first, then | link, third)
    assert out["trials"] == []
    aside = {ref for row in out["setAside"] for ref in row["evidence"]}
    assert aside == {f"MedicationRequest/{local}" for local in "abc"}
    free = assessed(woman(), depression(), first, then, third)
    assert row_of(free, "sertraline")["start"] == ago(199)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"reasonCode": [{"text": "depression"}]}, id="depression"),
        pytest.param({"reasonCode": [{"text": "for the usual reasons"}]}, id="other words"),
    ],
)
def test_a_renewal_that_states_its_own_reason_keeps_it(said):
    made = [
        rx("a", PLAIN, 50, 250, 200, **INSOMNIA),
        rx("b", PLAIN, 50, 199, 150, priorPrescription=to("a"), **said),
    ]
    out = assessed(woman(), depression(), *made)
    assert row_of(out, "sertraline")["evidence"] == ["MedicationRequest/b"]


def test_a_reason_is_not_taken_over_from_another_drug():
    made = [
        rx("a", product("trazodone"), 50, 250, 200, **INSOMNIA),
        rx("b", PLAIN, 50, 199, 150, priorPrescription=to("a")),
    ]
    out = assessed(woman(), depression(), *made)
    assert row_of(out, "sertraline")["start"] == ago(199)
