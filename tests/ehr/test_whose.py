"""Whose data an EHR sends: anything of another patient ends the call and the use of its token.

Each refusal has its twin: the same data of this patient are read.
"""

import asyncio

import pytest

from ehr.client import Wire
from tests.cds_hooks.hooks import prefetch_of, searchset
from tests.cds_hooks.people import two_failures
from tests.ehr.reading import (
    ALL,
    COMPLETE,
    FAILED,
    NOT_ASKED,
    PARTIAL,
    SITE,
    ask,
    faulty,
    read,
    read_by,
)
from tests.support import virtual_clock
from tests.support.app_transport import AppTransport
from tests.support.fault_ehr import BASE, OTHER, Fault, FaultEhr, outcome
from tests.support.fhir import ICD, SUBJECT, concept, condition, patient
from trd.read.chart_reader import read_chart
from trd.read.errors import WrongPatient

CHART = two_failures()
THEIRS = {"reference": f"Patient/{OTHER}"}


def refused(ehr, asked=None, **more):
    with pytest.raises(WrongPatient):
        read(ehr, asked, **more)


@pytest.mark.hostile("E01", "E02")
@pytest.mark.requirement("PFB-12")
class TestSent:
    """What is sent is looked at whole before anything is asked."""

    @pytest.mark.parametrize("whose", [THEIRS, SUBJECT], ids=["theirs", "mine"])
    @pytest.mark.parametrize("key", ["conditions", "medications", "labs"])
    def test_one_condition_of_thirty(self, whose, key):
        rows = [condition(f"c{at}", concept(ICD, "I10")) for at in range(30)]
        rows[17] |= {"subject": whose}
        ehr = FaultEhr(CHART)
        sent = ask({key: searchset(rows)})
        if whose is SUBJECT:
            assert read(ehr, sent).status("scores") == COMPLETE
        else:
            refused(ehr, sent)
            assert not ehr.requests

    def test_the_prefetched_patient(self):
        ehr = FaultEhr(CHART)
        refused(ehr, ask({"patient": patient() | {"id": OTHER}}))
        assert not ehr.requests
        assert read(ehr, ask({"patient": patient()})).status("patient") == COMPLETE

    def test_what_is_included(self):
        included = {"resourceType": "Coverage", "id": "c", "beneficiary": THEIRS}
        sent = searchset([])
        sent["entry"] = [{"resource": included, "search": {"mode": "include"}}]
        refused(FaultEhr(CHART), ask({"conditions": sent}))


@pytest.mark.hostile("E03", "E05", "E19")
@pytest.mark.requirement("PFB-12")
@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"subject": {"reference": f"{BASE}/Patient/pt-1"}}, COMPLETE),
        ({"subject": {"reference": f"{BASE}/Patient/pt-1/_history/3"}}, COMPLETE),
        ({"subject": {"identifier": {"value": "1"}}}, PARTIAL),
        ({"subject": {"display": "Somebody"}}, PARTIAL),
    ],
)
def test_how_a_subject_may_be_written(changed, status, knowledge):
    rows = [condition("c1", concept(ICD, "I10")) | changed]
    gathered = read(FaultEhr([]), ask({"conditions": searchset(rows)})).gathered
    assert read_chart(gathered, knowledge).read_status("conditions").value == status


@pytest.mark.hostile("E19")
@pytest.mark.parametrize(("named", "status"), [("c1", COMPLETE), ("c2", PARTIAL)])
def test_an_address_and_an_id_that_differ(named, status):
    sent = searchset([condition("c1", concept(ICD, "I10"))])
    sent["entry"][0]["fullUrl"] = f"{BASE}/Condition/{named}"
    assert read(FaultEhr([]), ask({"conditions": sent})).status("conditions") == status


@pytest.mark.parametrize("at", ["MedicationRequest", "Condition", "Patient", "Observation"])
@pytest.mark.requirement("PFB-12")
def test_an_answer_of_another_patient(at):
    """Also as after a merge: what was asked for by the old id is another's."""
    refused(faulty(CHART, "other-patient", at))


def test_a_second_page_of_another_patient():
    refused(faulty(CHART, "other-patient", "Observation", page=2, page_size=3))


def test_nothing_is_asked_with_the_token_from_then_on():
    """The answer of another patient comes while everything else is still to be asked."""
    faults = [Fault(kind="other-patient", at="Condition"), Fault(kind="slow", seconds=0.5)]

    async def call():
        ehr = FaultEhr(CHART, faults, page_size=1)
        transport = AppTransport(ehr)
        wire = Wire([SITE], transport=transport)
        with pytest.raises(WrongPatient):
            await read_by(wire, transport, ask(), ALL)
        at_once = len(ehr.requests)
        assert transport.running == 0
        await asyncio.sleep(60)
        assert len(ehr.requests) == at_once
        assert transport.most_running <= SITE.reading.at_once
        await wire.close()

    virtual_clock.run(call())


def visit(whose):
    return {"resourceType": "Encounter", "id": "e-1", "status": "in-progress", "subject": whose}


@pytest.mark.hostile("E12")
class TestEncounter:
    """The encounter a call names is this patient's, where that can be told."""

    def test_one_of_another_patient_refuses_the_call(self):
        refused(FaultEhr([*CHART, visit(THEIRS)]), ask(encounter_id="e-1"))

    def test_even_where_everything_was_sent(self):
        sent = prefetch_of(CHART)
        refused(FaultEhr([visit(THEIRS)]), ask(sent, encounter_id="e-1"))
        refused(FaultEhr([]), ask({"visit": visit(THEIRS)}, encounter_id="e-1"))

    def test_one_of_this_patient(self):
        ehr = FaultEhr([*CHART, visit(SUBJECT)])
        assert read(ehr, ask(encounter_id="e-1"), needs={"scores"}).status("scores") == COMPLETE
        assert sorted(ehr.asked()) == ["Encounter", "Observation"]

    def test_one_that_was_sent_is_not_asked_for(self):
        ehr = FaultEhr([])
        sent = prefetch_of([*CHART, visit(SUBJECT)])
        read(ehr, ask(sent, encounter_id="e-1"))
        assert not ehr.requests

    @pytest.mark.parametrize("kind", ["403", "404", "500", "html", "hang"])
    def test_one_that_cannot_be_read_holds_nothing_up(self, kind):
        ehr = FaultEhr([visit(SUBJECT)], [Fault(kind=kind, at="Encounter")])
        found = read(ehr, ask(prefetch_of(CHART), encounter_id="e-1"))
        assert found.status("medications") == COMPLETE
        assert found.seconds <= 0.4

    def test_none_is_asked_for_without_a_token(self):
        ehr = FaultEhr([visit(THEIRS)])
        read(ehr, ask(prefetch_of(CHART), encounter_id="e-1", token=None))
        assert not ehr.requests


@pytest.mark.hostile("F02")
class TestNoPatient:
    """A patient who is asked about is there: nothing found is not read."""

    def test_null_is_asked_for(self):
        assert read(FaultEhr([]), ask({"patient": None}, token=None)).status("patient") == NOT_ASKED
        assert read(FaultEhr(CHART), ask({"patient": None})).status("patient") == COMPLETE

    @pytest.mark.parametrize("value", [searchset([]), outcome("processing", "error", "4101")])
    def test_nothing_found_is_a_failure(self, value):
        found = read(FaultEhr([]), ask({"patient": value}, token=None))
        assert (found.status("patient"), found.why("patient")) == (FAILED, "not found at the EHR")

    def test_one_the_ehr_does_not_find(self):
        found = read(faulty(CHART, "404", "Patient"))
        assert (found.status("patient"), found.why("patient")) == (FAILED, "not found at the EHR")
        assert found.status("medications") == COMPLETE
