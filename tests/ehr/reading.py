"""One call answered from an EHR of the tests: who asks, what comes back."""

import asyncio
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any

from ehr.client import Wire
from ehr.gather import AccessToken, Ask, gather_chart
from ehr.site import ReadTerms, Site
from tests.support import virtual_clock
from tests.support.app_transport import AppTransport
from tests.support.fault_ehr import BASE, TOKEN, Fault, FaultEhr
from tests.support.fhir import Json
from trd.chart import ReadStatus
from trd.read.gathered import Gathered
from trd.read.needs import NEEDS

SITE = Site(name="north", base=BASE)
ALL = frozenset(need.name for need in NEEDS)
BUDGET = 2.0
PATIENT = "pt-1"


def ask(prefetch: Json | None = None, **more: Any) -> Ask:
    """Return a call that may ask the EHR; what is sent with it may be given."""
    made: Json = {"patient_id": PATIENT, "server": BASE, "token": AccessToken(TOKEN)}
    return Ask(prefetch=prefetch or {}, **(made | more))


@dataclass(frozen=True, slots=True)
class Read:
    """What one call read, how long it took, and what the EHR saw of it."""

    gathered: Gathered
    seconds: float
    transport: AppTransport

    def status(self, need: str) -> str:
        return self.gathered.reads[need].value

    def why(self, need: str) -> str:
        return self.gathered.because.get(need, "")

    def ids(self) -> list[str]:
        return sorted(f"{one['resourceType']}/{one.get('id')}" for one in self.gathered.resources)


async def read_by(
    wire: Wire, transport: AppTransport, asked: Ask, needs: Container[str], site: Site = SITE
) -> Read:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    found = await gather_chart(asked, needs, site, wire, begun + BUDGET)
    return Read(found, loop.time() - begun, transport)


def read(
    ehr: FaultEhr,
    asked: Ask | None = None,
    needs: Container[str] = ALL,
    site: Site = SITE,
    **wired: Any,
) -> Read:
    """Answer one call on a virtual clock, and end everything."""

    async def answer() -> Read:
        transport = AppTransport(ehr)
        wire = Wire([site], transport=transport, **wired)
        try:
            return await read_by(wire, transport, asked or ask(), needs, site)
        finally:
            await wire.close()
            assert transport.running == 0, "an exchange outlived its call"

    return virtual_clock.run(answer())


def faulty(resources: Iterable[Json], kind: str, at: str = "", **more: Any) -> FaultEhr:
    """Return an EHR with one fault."""
    made = {name: more.pop(name) for name in ("page_size", "token", "includes") if name in more}
    return FaultEhr(resources, [Fault(kind=kind, at=at, **more)], **made)


def terms(**more: Any) -> Site:
    """Return the site with other terms of reading."""
    return Site(name=SITE.name, base=BASE, reading=ReadTerms(**more))


COMPLETE, PARTIAL, FAILED, NOT_ASKED = (one.value for one in ReadStatus)
