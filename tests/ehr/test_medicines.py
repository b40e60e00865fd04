"""Drugs that orders name by a Medication: contained, included, or read one by one."""

import pytest

from tests.cds_hooks.people import SERTRALINE_100, two_failures
from tests.ehr.reading import (
    COMPLETE,
    FAILED,
    PARTIAL,
    ask,
    faulty,
    read,
    terms,
)
from tests.support.days import day
from tests.support.fault_ehr import BASE, ELSEWHERE, Fault, FaultEhr
from trd.knowledge.load import load_knowledge
from trd.readings import assess_gathered
from trd.report import report

KNOWLEDGE = load_knowledge()
MEDICATION = {"resourceType": "Medication", "id": "s100", "code": SERTRALINE_100}
UNKNOWN = "not every drug could be looked up"


def by_reference(reference, **more):
    """Return the chart with its first order by reference, and the rest as it was."""
    rows = [dict(one) for one in two_failures()]
    order = next(one for one in rows if one["id"] == "m1")
    del order["medicationCodeableConcept"]
    order |= {"medicationReference": {"reference": reference}, **more}
    return rows


def said(found):
    return report(assess_gathered(found.gathered, KNOWLEDGE, day("2026-09-01")))


@pytest.mark.requirement("PF-7")
@pytest.mark.parametrize(
    ("rows", "includes", "reads"),
    [
        ([*by_reference("Medication/s100"), MEDICATION], True, 0),
        ([*by_reference("Medication/s100"), MEDICATION], False, 1),
        ([*by_reference(f"{BASE}/Medication/s100"), MEDICATION], False, 1),
        (by_reference("#s100", contained=[MEDICATION]), False, 0),
        (two_failures(), False, 0),
    ],
    ids=["included", "read", "read by its address", "contained", "coded"],
)
def test_the_drug_is_the_same_however_it_is_named(rows, includes, reads):
    ehr = FaultEhr(rows, includes=includes)
    found = read(ehr)
    assert ehr.asked().count("Medication") == reads
    assert found.status("medications") == COMPLETE
    assert said(found)["resistance"]["verdict"] == "met"
    assert said(found)["trials"] == said(read(FaultEhr(two_failures())))["trials"]


def test_without_include_nothing_is_asked_to_be_included():
    ehr = FaultEhr([*by_reference("Medication/s100"), MEDICATION])
    site = terms(without=frozenset({"MedicationRequest._include"}))
    found = read(ehr, needs={"medications"}, site=site)
    assert ehr.asked() == ["MedicationRequest", "Medication"]
    assert found.status("medications") == COMPLETE


def test_a_prefetched_order_is_looked_up_too():
    ehr = FaultEhr([MEDICATION])
    order = next(one for one in by_reference("Medication/s100") if one["id"] == "m1")
    found = read(ehr, ask({"medications": order}), needs={"medications"})
    assert ehr.asked() == ["Medication"]
    assert "Medication/s100" in found.ids()


@pytest.mark.hostile("F23")
@pytest.mark.parametrize("kind", ["404", "410", "403", "500", "html", "bare-outcome"])
def test_a_drug_that_cannot_be_looked_up_is_named_and_the_read_is_partial(kind):
    ehr = faulty([*by_reference("Medication/s100"), MEDICATION], kind, "Medication", includes=False)
    found = read(ehr)
    assert (found.status("medications"), found.why("medications")) == (PARTIAL, UNKNOWN)
    unread = [row for row in said(found)["setAside"] if row["reason"] == "not-recognised"]
    assert unread[0]["evidence"] == ["MedicationRequest/m1"]
    assert said(found)["resistance"]["verdict"] != "met"


@pytest.mark.hostile("B20")
@pytest.mark.requirement("PFB-11")
@pytest.mark.parametrize(
    "reference",
    [
        f"{ELSEWHERE}/Medication/s100",
        "https://ehr.example.org@elsewhere.example.org/fhir/r4/Medication/s100",
        "//elsewhere.example.org/Medication/s100",
        "Medication/../../admin",
        "Medication/..",
        "Medication/s100?x=1",
        "Medication/%2e%2e",
        "Practitioner/s100",
        "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
        "urn:oid:1.2.3",
        "javascript:alert(1)",
        "http://169.254.169.254/Medication/1",
    ],
)
def test_a_reference_that_leads_elsewhere_is_never_followed(reference):
    ehr = FaultEhr([*by_reference(reference), MEDICATION], includes=False)
    found = read(ehr)
    assert "Medication" not in ehr.asked()
    assert not [one for one in ehr.requests if "admin" in one.path]
    assert (found.status("medications"), found.why("medications")) == (PARTIAL, UNKNOWN)


def test_each_medication_is_read_once_for_all_needs():
    chart = [*by_reference("Medication/s100"), MEDICATION]
    chart += [dict(one) | {"id": f"{one['id']}-b"} for one in chart if one["id"] == "m1"]
    chart.append(
        {
            "resourceType": "MedicationDispense",
            "id": "d1",
            "status": "completed",
            "subject": {"reference": "Patient/pt-1"},
            "medicationReference": {"reference": "Medication/s100"},
        }
    )
    ehr = FaultEhr(chart, includes=False)
    found = read(ehr)
    assert ehr.asked().count("Medication") == 1
    assert found.status("dispenses") == found.status("medications") == COMPLETE


def test_what_a_mixture_is_made_of_is_read_too():
    mixture = {
        "resourceType": "Medication",
        "id": "mix",
        "ingredient": [{"itemReference": {"reference": "Medication/s100"}}],
    }
    ehr = FaultEhr([*by_reference("Medication/mix"), mixture, MEDICATION], includes=False)
    assert {"Medication/mix", "Medication/s100"} <= set(read(ehr).ids())


def test_mixtures_that_hold_each_other_end():
    held = [
        {
            "resourceType": "Medication",
            "id": one,
            "ingredient": [{"itemReference": {"reference": f"Medication/{other}"}}],
        }
        for one, other in (("a", "b"), ("b", "a"))
    ]
    ehr = FaultEhr([*by_reference("Medication/a"), *held], includes=False)
    read(ehr)
    assert ehr.asked().count("Medication") == 2


def test_they_are_read_at_once_and_not_without_bound():
    rows = []
    for at in range(120):
        rows += [
            {**one, "id": f"m1-{at}", "medicationReference": {"reference": f"Medication/x{at}"}}
            for one in by_reference("Medication/s100")
            if one["id"] == "m1"
        ]
        rows.append({**MEDICATION, "id": f"x{at}"})
    ehr = FaultEhr(rows, [Fault(kind="slow", at="Medication", seconds=0.05)], includes=False)
    found = read(ehr, needs={"medications"})
    assert ehr.asked().count("Medication") == 100
    assert found.transport.most_running == 6
    assert 0.8 < found.seconds < 1.0
    assert (found.status("medications"), found.why("medications")) == (PARTIAL, UNKNOWN)


@pytest.mark.hostile("F12")
def test_a_lookup_that_hangs_leaves_the_orders_read_in_part():
    chart = [*by_reference("Medication/s100"), MEDICATION]
    found = read(faulty(chart, "hang", "Medication", includes=False))
    assert (found.status("medications"), found.why("medications")) == (PARTIAL, "no answer in time")
    assert "MedicationRequest/m2" in found.ids()


def test_another_resource_than_the_one_asked_for_is_none():
    class Mixed(FaultEhr):
        def _plain(self, request):
            answer = super()._plain(request)
            if request.kind == "Medication":
                answer.value = answer.value | {"id": "another"}
            return answer

    found = read(Mixed([*by_reference("Medication/s100"), MEDICATION], includes=False))
    assert found.why("medications") == UNKNOWN


def test_a_need_that_failed_asks_for_no_drug():
    ehr = faulty([*by_reference("Medication/s100"), MEDICATION], "403", "MedicationRequest")
    assert read(ehr).status("medications") == FAILED
    assert "Medication" not in ehr.asked()
