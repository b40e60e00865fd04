"""At the deadline the answer is there, whatever an EHR or the network still does."""

import asyncio
from contextlib import suppress

import httpx
import pytest

from ehr.client import Wire
from tests.cds_hooks.people import SERTRALINE_100, two_failures
from tests.ehr.reading import ALL, BUDGET, COMPLETE, FAILED, PARTIAL, SITE, ask, read, read_by
from tests.support import virtual_clock
from tests.support.app_transport import AppTransport
from tests.support.fault_ehr import Fault, FaultEhr, outcome
from tests.support.fhir import observation

CHART = two_failures()
LATE = "no answer in time"


class Stubborn(AppTransport):
    """A connection that will not even close."""

    async def handle_async_request(self, request):
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        close = response.stream.aclose

        async def never():
            await close()
            await asyncio.sleep(3_600)

        response.stream.aclose = never  # type: ignore[method-assign]
        return response


@pytest.mark.hostile("F12")
def test_a_connection_that_does_not_close_does_not_hold_up_the_answer():
    async def call():
        transport = Stubborn(FaultEhr(CHART))
        wire = Wire([SITE], transport=transport)
        return await read_by(wire, transport, ask(), ALL)

    found = virtual_clock.run(call())
    assert found.seconds <= BUDGET + 0.1
    assert {found.why(need) for need in ALL} == {"no answer in time"}


class Deaf(AppTransport):
    """A connection that does not hear that it is over; to drugs alone, or to everything."""

    only = ""

    async def handle_async_request(self, request):
        if self.only in request.url.path:
            for _ in range(3):
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(3_600)
        return await super().handle_async_request(request)


@pytest.mark.hostile("F12")
@pytest.mark.parametrize(("only", "status"), [("", FAILED), ("/Medication/", PARTIAL)])
def test_what_does_not_hear_that_it_is_over_does_not_hold_up_the_answer(only, status):
    order = next(dict(one) for one in CHART if one["id"] == "m1")
    del order["medicationCodeableConcept"]
    order["medicationReference"] = {"reference": "Medication/s100"}
    drug = {"resourceType": "Medication", "id": "s100", "code": SERTRALINE_100}

    async def call():
        transport = Deaf(FaultEhr([order, drug], includes=False))
        transport.only = only
        found = await read_by(Wire([SITE], transport=transport), transport, ask(), ALL)
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for _ in range(4):
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=1)
        return found

    found = virtual_clock.run(call())
    assert found.seconds <= BUDGET + 0.1
    assert (found.status("medications"), found.why("medications")) == (status, LATE)


def test_what_cannot_be_read_in_the_time_left_is_not_begun():
    rows = [observation(f"s{at}", "44261-6", "2026-01-01", 5) for at in range(4_000)]
    slow = Fault(kind="slow", seconds=1.99)
    assert read(FaultEhr(rows), needs={"scores"}).status("scores") == COMPLETE
    found = read(FaultEhr(rows, [slow], page_size=4_000), needs={"scores"})
    assert (found.status("scores"), found.why("scores")) == (FAILED, LATE)
    assert found.seconds == pytest.approx(1.99)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (outcome("processing", "fatal", "4130"), "restricted by the EHR"),
        (outcome("suppressed"), "restricted by the EHR"),
        (outcome("processing", "fatal", "4127"), "more than the EHR gives out at once"),
        (outcome("forbidden"), "access refused"),
        ({"resourceType": "OperationOutcome"}, "access refused"),
        ({"error": "x" * 100_000}, "access refused"),
    ],
)
def test_an_error_status_is_told_by_the_outcome_that_comes_with_it(said, why):
    class Refusing(FaultEhr):
        def _plain(self, request):
            answer = super()._plain(request)
            answer.status, answer.value = 403, said
            return answer

    assert read(Refusing(CHART), needs={"conditions"}).why("conditions") == why
