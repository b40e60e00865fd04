"""From FHIR to the report: what an order is for, and what its end says of the outcome."""

import pytest

from tests.support.charts import ago, assessed, depression, product, row_of, taken, woman
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


# ------------------------------------------------------------------------- why a drug was stopped


def ended(said, days=101, **more):
    """Return the trial of sertraline at its minimum, stopped with these words."""
    order = taken("m1", "sertraline", 50, 250, 250 - days, said=said, **more)
    return row_of(assessed(woman(), depression(), order), "sertraline")


@pytest.mark.parametrize(
    "said",
    [
        "noncompliance, ineffective",
        "not effective due to nonadherence",
        "not effective, poor compliance",
        "no effect because missed doses",
        "patient not taking as prescribed, no benefit",
        "patient never took it; no benefit",
        "no response. never picked up.",
        "not working, patient never started",
        "nausea, did not take as prescribed",
    ],
)
def test_what_was_not_taken_is_non_adherence_whatever_else_is_charted(said):
    row = ended(said)
    assert (row["outcome"], row["counts"]) == ("non-adherence", False)
    assert said in row["because"]


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("patient stopped taking it", "non-adherence"),
        ("patient stopped taking it, no effect", "inefficacy"),
        ("self-discontinued due to nausea", "intolerance"),
        ("no effect. Possible noncompliance.", "unknown"),
    ],
)
def test_what_the_patient_ended_was_ended_for_the_reason_given(said, outcome):
    assert ended(said)["outcome"] == outcome


@pytest.mark.parametrize(
    ("said", "days", "outcome", "counts"),
    [
        ("stopped after 3 days, ineffective", 101, "unknown", False),
        ("no effect; only took 3 doses", 101, "unknown", False),
        ("no effect after two weeks", 101, "unknown", False),
        ("no effect after 2 weeks", 14, "inefficacy", False),
        ("no effect after 2 weeks, nausea", 101, "intolerance", False),
        ("no effect after 1 month", 101, "unknown", False),
        ("no effect after 6 weeks", 101, "inefficacy", True),
        ("nausea after 3 days", 101, "intolerance", False),
    ],
)
def test_a_stated_length_contradicts_a_longer_record(said, days, outcome, counts):
    row = ended(said, days)
    assert (row["outcome"], row["counts"]) == (outcome, counts)
    assert ("speak of fewer days than the 101 documented" in row["because"]) == (
        outcome == "unknown"
    )


def test_so_does_one_in_a_narrative():
    note = [{"text": "discontinued for lack of efficacy after 2 weeks"}]
    row = ended(None, note=note, status="stopped")
    assert (row["outcome"], row["counts"]) == ("unknown", False)
    note = [{"text": "discontinued for lack of efficacy"}]
    assert ended(None, note=note, status="stopped")["counts"] is True


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("dose ineffective, changed to 100 mg", "unknown"),
        ("ineffective, switched to 100 mg", "unknown"),
        ("ineffective, changed to sertraline 100 mg", "unknown"),
        ("ineffective, changed to venlafaxine", "inefficacy"),
    ],
)
def test_a_change_of_dose_says_nothing_of_the_outcome(said, outcome):
    first = rx("a", PLAIN, 50, 250, 200) | {"status": "stopped", "statusReason": {"text": said}}
    then = rx("b", PLAIN, 100, 199, 140)
    assert row_of(assessed(woman(), depression(), first, then), "sertraline")["outcome"] == outcome
