"""The service and an EHR, both on sockets: the same cards by either route, and an EHR that fails.

The EHR stands on this machine, so the service is a sandbox; its calls are signed all the same.
"""

import asyncio
import json
import time
from contextlib import asynccontextmanager

import pytest

from tests.cds_hooks.hooks import call, prefetch_of
from tests.cds_hooks.people import PEOPLE
from tests.e2e.running import SAFETY, running, talking
from tests.support.fault_ehr import TOKEN, Fault, FaultEhr
from tests.support.fault_runs import AUTHORIZATION
from tests.support.real_server import served
from tests.support.tokens import claims_for, signed
from tests.thirdline.configured import NORTH, sandbox, written
from tests.thirdline.serving import JSON, REVIEW, TODAY, free_port
from thirdline.clock import now

LONGEST_S = 2.2
BACK_S = 5.0
HERE = "http://127.0.0.1:8000"
PEOPLE_ASKED = ("two-failures", "one-running", "plan-and-intent", "quiet")


def config_for(folder, base):
    """Return a configuration in which the EHR is at an address of this machine."""
    settings = sandbox(folder)
    jwks = folder / "jwks.json"
    ehr = {"name": "north", "fhir_base": base, "cds_issuer": NORTH.url, "cds_jwks_file": str(jwks)}
    return written(folder, settings | {"ehr": [ehr], "today": TODAY})


@asynccontextmanager
async def calling(url, base):
    """Yield what calls a service about the charts of the EHR."""
    async with talking(url) as client:

        async def asked(path=REVIEW, prefetch=None):
            """Call; return the answer and the seconds it took. Without prefetch all is read."""
            named = {"fhirServer": base, "fhirAuthorization": AUTHORIZATION}
            body = call(**named) if prefetch is None else call(prefetch, **named)
            token = signed(claims_for(f"{HERE}{path}", now=now()))
            before = time.monotonic()
            headers = JSON | {"Authorization": f"Bearer {token}"}
            answer = await client.post(path, json=body, headers=headers)
            return answer, time.monotonic() - before

        yield asked


def without_uuids(answer):
    """Return the cards of an answer without the ids that are new each time."""
    assert answer.status_code == 200, answer.text

    def plain(value):
        if isinstance(value, dict):
            return {name: plain(held) for name, held in value.items() if name != "uuid"}
        return [plain(held) for held in value] if isinstance(value, list) else value

    return plain(answer.json()["cards"])


@pytest.mark.requirement("PFB-15")
def test_the_cards_are_the_same_by_prefetch_and_by_reading_from_the_ehr(tmp_path):
    port = free_port()
    base = f"http://127.0.0.1:{port}/fhir/r4"

    async def compared(url):
        ehr = FaultEhr([], base=base, page_size=3)
        async with served(ehr, port), calling(url, base) as asked:
            for person in PEOPLE_ASKED:
                chart = PEOPLE[person]()
                for path in (REVIEW, SAFETY):
                    ehr.resources, ehr.requests = [], []
                    sent, _ = await asked(path, prefetch_of(chart))
                    assert ehr.requests == []
                    ehr.resources = chart
                    read, _ = await asked(path)
                    assert without_uuids(read) == without_uuids(sent), (person, path)
                    assert len(ehr.requests) > 1
                    assert {one.headers["authorization"] for one in ehr.requests} == {
                        f"Bearer {TOKEN}"
                    }

    with running(tmp_path, config_for(tmp_path, base)) as service:
        asyncio.run(compared(service.url))


@pytest.mark.hostile("F11", "F12", "F21")
@pytest.mark.requirement("PFB-8", "PFB-9")
def test_an_ehr_that_is_away_is_said_to_be_and_read_when_it_is_back(tmp_path):
    port = free_port()
    base = f"http://127.0.0.1:{port}/fhir/r4"
    chart = PEOPLE["two-failures"]()

    async def over_an_outage(url):
        ehr = FaultEhr(chart, base=base)
        async with calling(url, base) as asked:
            async with served(ehr, port):
                before, _ = await asked()
                ehr.faults = [Fault(kind="hang")]
                await check_says_so(asked, "no answer in time")
                ehr.faults = []
                assert without_uuids((await asked())[0]) == without_uuids(before)
            for _ in range(3):
                await check_says_so(asked, "could not be reached")
            async with served(ehr, port):
                back = time.monotonic()
                while (again := (await asked())[0]).status_code != 200:
                    assert time.monotonic() - back < BACK_S
                while without_uuids(again) != without_uuids(before):
                    assert time.monotonic() - back < BACK_S
                    again, _ = await asked()

    async def check_says_so(asked, why):
        """Check that all is refused in time, and that what was sent is told with its gaps."""
        answer, took = await asked()
        assert answer.status_code == 412
        assert why in answer.text
        assert took < LONGEST_S
        sent = prefetch_of(chart)
        del sent["scores"], sent["procedures"]
        answer, took = await asked(prefetch=sent)
        assert took < LONGEST_S
        (card,) = answer.json()["cards"]
        assert f"scores (could not be read: {why}" in card["detail"].replace("the EHR ", "")
        assert "procedures" in card["detail"]

    with running(tmp_path, config_for(tmp_path, base)) as service:
        asyncio.run(over_an_outage(service.url))
        log = service.log.read_text("utf-8")
    assert TOKEN not in log
    assert all(json.loads(line) for line in log.splitlines())
