"""One EHR that hangs holds up its own calls alone."""

import asyncio

import pytest

from ehr.client import Wire
from ehr.gather import gather_chart
from ehr.site import ReadTerms, Site
from tests.cds_hooks.people import two_failures
from tests.ehr.reading import ALL, BUDGET, COMPLETE, FAILED, PATIENT, ask
from tests.support import virtual_clock
from tests.support.app_transport import AppTransport
from tests.support.fault_ehr import Fault, FaultEhr

SOUTH = "https://south.example.org/fhir/r4"


class Both(AppTransport):
    """Two hospitals behind one transport."""

    def __init__(self, north, south):
        """Hand the requests of each to its app."""
        super().__init__(north)
        self.other = AppTransport(south)

    async def handle_async_request(self, request):
        if request.url.host == "south.example.org":
            return await self.other.handle_async_request(request)
        return await super().handle_async_request(request)


@pytest.mark.requirement("FA-11")
def test_a_hospital_that_hangs_does_not_hold_up_another():
    north_terms = ReadTerms(at_once_in_all=4)
    north = Site(name="north", base="https://ehr.example.org/fhir/r4", reading=north_terms)
    south = Site(name="south", base=SOUTH)

    async def calls():
        hanging = FaultEhr(two_failures(), [Fault(kind="hang")])
        transport = Both(hanging, FaultEhr(two_failures(), base=SOUTH))
        wire = Wire([north, south], transport=transport)
        loop = asyncio.get_running_loop()

        async def timed(asked, site):
            begun = loop.time()
            found = await gather_chart(asked, ALL, site, wire, begun + BUDGET)
            return found, loop.time() - begun

        stuck = [asyncio.create_task(timed(ask(), north)) for _ in range(50)]
        await asyncio.sleep(0.5)
        good = await timed(ask(server=SOUTH), south)
        held = await asyncio.gather(*stuck)
        await wire.close()
        return good, held, transport

    good, held, transport = virtual_clock.run(calls())
    assert set(good[0].reads.values()) == {COMPLETE}
    assert good[1] < 0.1
    assert all(set(found.reads.values()) == {FAILED} for found, _ in held)
    assert all(seconds <= BUDGET + 0.1 for _, seconds in held)
    assert transport.most_running == 4
    assert transport.running == transport.other.running == 0


def test_a_call_that_is_given_up_leaves_nothing_behind():
    site = Site(name="north", base="https://ehr.example.org/fhir/r4")

    async def call():
        transport = AppTransport(FaultEhr(two_failures(), [Fault(kind="slow", seconds=1)]))
        wire = Wire([site], transport=transport)
        deadline = asyncio.get_running_loop().time() + BUDGET
        task = asyncio.create_task(gather_chart(ask(), ALL, site, wire, deadline))
        await asyncio.sleep(0.5)
        assert transport.running == site.reading.at_once
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert transport.running == 0
        again = await gather_chart(ask(), {"patient"}, site, wire, deadline)
        assert again.patient_id == PATIENT
        await wire.close()

    virtual_clock.run(call())
