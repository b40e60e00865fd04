"""One hook call with an EHR behind it that may do wrong, and what is true of the chart.

A ``Run`` says who is asked about, what was sent with the call and which faults the EHR has. It is
carried out on whatever loop runs it: a clock that jumps, or the real one. ``lost`` says of which
needs something is surely missing, from what the EHR was asked and did, never from the answer.
"""

import asyncio
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from cds_hooks.app import create_app
from ehr.client import Wire
from ehr.site import Site
from tests.cds_hooks.hooks import BASE as OURS
from tests.cds_hooks.hooks import PATIENT, REVIEW, SAFETY, call, parts_of
from tests.cds_hooks.orders import SELECT, draft, order_call
from tests.support.app_transport import AppTransport
from tests.support.fault_ehr import BASE, TOKEN, Fault, FaultEhr, Seen
from tests.support.fault_patients import ENCOUNTER, chart, sent_whole
from tests.support.fhir import Json
from tests.support.kept import NORTH, Trusting
from trd.read.needs import NEED_BY_TYPE, NEEDS

DISCHARGE = "suicide-safety-discharge"
HOOKS = {REVIEW: "patient-view", SAFETY: "patient-view", DISCHARGE: "encounter-discharge"}
SERVICES = (*HOOKS, SELECT)
NEED_NAMES = tuple(need.name for need in NEEDS)
AUTHORIZATION = {
    "access_token": TOKEN,
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "user/*.read",
    "subject": "thirdline",
}
NOT_IN_TIME = "no answer in time"
SLOW_DRIP = 0.3
"""Seconds for each byte with which not even an empty answer is whole in time."""
LATER = 5.0
"""Seconds after an answer in which nothing more may be asked."""
BUSY = frozenset({"429", "502", "503", "504"})
SURE = frozenset(
    {
        *("foreign-next", "self-next", "outcome-in-200", "bare-outcome"),
        *("restricted", "partial-data", "stu3", "400", "401", "403", "404", "410", "500"),
        *("redirect", "html", "xml", "truncated", "nan", "bomb", "wrong-total"),
        *("hang", "hang-in-body", "reset", "drip", "endless"),
    }
)
"""Kinds that lose something whenever they strike a search."""
SURE_OF_READS = SURE - {*("foreign-next", "self-next", "restricted", "partial-data", "wrong-total")}
"""The same for the read of one resource, to which a link or a count means nothing."""
ENDLESS = BUSY | {"duplicate-pages"}
"""Kinds that lose something only if they strike again and again."""
TOTAL = frozenset(
    {
        *("outcome-in-200", "bare-outcome", "stu3", "400", "401", "403", "404", "410", "500"),
        *("redirect", "html", "xml", "truncated", "nan"),
        *("hang", "hang-in-body", "reset", "drip"),
    }
)
"""Kinds that leave nothing of what they strike, and everything else as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One call. ``given`` are the keys sent with it; the rest is to be had from the EHR."""

    person: str
    service: str
    given: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()
    page_size: int = 1_000
    includes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a run. ``seconds`` is on the loop's clock; ``late`` are requests afterwards."""

    answer: httpx.Response
    again: httpx.Response
    seconds: float
    requests: tuple[Seen, ...]
    late: tuple[Seen, ...]


def call_of(service: str, prefetch: Any, **more: Any) -> bytes:
    """Return a call of a service: of an order where it is about one, else within an encounter."""
    if service == SELECT:
        return orjson.dumps(order_call(SELECT, [draft()], prefetch, **more))
    context = {"userId": "Practitioner/dr-1", "patientId": PATIENT, "encounterId": ENCOUNTER}
    hook = HOOKS[service]
    return orjson.dumps(call(prefetch, hook=hook, context=context, **more))


def body_of(run: Run) -> bytes:
    """Return the call: some keys, and a token for the rest."""
    whole = sent_whole(chart(run.person))
    sent = {key: value for key, value in whole.items() if key in run.given}
    return call_of(run.service, sent or None, fhirServer=BASE, fhirAuthorization=AUTHORIZATION)


async def carried_out(run: Run) -> Told:
    """Ask about the patient in front of the faulty EHR, then again once it does no wrong."""
    ehr = FaultEhr(chart(run.person), run.faults, page_size=run.page_size, includes=run.includes)
    wire = Wire([NORTH], transport=AppTransport(ehr))
    try:
        return await asked(run, ehr, wire)
    finally:
        await wire.close()


class Switch:
    """Stands for the connections of the run that is carried out just now."""

    wire: Wire

    def __getattr__(self, name: str) -> Any:
        """Return what those connections have of this name."""
        return getattr(self.wire, name)


_SWITCH = Switch()


@functools.cache
def _of_north() -> Any:
    """Return the service for runs one after the other: it takes longer to make than to ask."""
    return _app(_SWITCH, NORTH)


def _app(wire: Any, site: Site) -> Any:
    return create_app(parts_of(trust=Trusting(sites=(site,)), wire=wire, sites={site.name: site}))


def service_of(wire: Wire, site: Site) -> Any:
    """Return the service in front of an EHR."""
    if site is not NORTH:
        return _app(wire, site)
    _SWITCH.wire = wire
    return _of_north()


async def asked(
    run: Run, ehr: FaultEhr, wire: Wire, site: Site = NORTH, later: float = LATER, tries: int = 1
) -> Told:
    """Send the call of a run, wait, and send it again without faults.

    On a clock that other processes slow down the second call has several ``tries``.
    """
    transport = httpx.ASGITransport(service_of(wire, site), raise_app_exceptions=False)
    body = body_of(run).replace(BASE.encode(), site.base.encode())
    loop = asyncio.get_running_loop()
    async with httpx.AsyncClient(transport=transport, base_url=OURS, timeout=None) as client:  # noqa: S113 - the test measures
        path, headers = f"/cds-services/{run.service}", {"Content-Type": "application/json"}
        start = loop.time()
        answer = await client.post(path, content=body, headers=headers)
        seconds = loop.time() - start
        requests = tuple(ehr.requests)
        await asyncio.sleep(later)
        late = tuple(ehr.requests[len(requests) :])
        ehr.faults = []
        for _ in range(tries):
            again = await client.post(path, content=body, headers=headers)
            if NOT_IN_TIME not in again.text:
                break
    return Told(answer=answer, again=again, seconds=seconds, requests=requests, late=late)


def struck_by(run: Run, requests: Sequence[Seen]) -> list[tuple[Fault, Seen]]:
    """Return the requests that faults struck, each by the first that did."""
    found: list[tuple[Fault, Seen]] = []
    left = {fault: fault.times for fault in run.faults}
    for one in requests:
        for fault in run.faults:
            is_here = fault.at in {"", one.kind} and fault.page in {0, one.page}
            if is_here and (not fault.times or left[fault]):
                left[fault] -= 1
                found.append((fault, one))
                break
    return found


def is_foreign(run: Run, told: Told) -> bool:
    """Say whether the EHR gave out data of another patient."""
    return any(fault.kind == "other-patient" for fault, _ in struck_by(run, told.requests))


def lost(run: Run, told: Told) -> tuple[frozenset[str], frozenset[str]]:
    """Return the needs of which something is surely missing, and all that a fault touched.

    A need that was touched and is not surely read in part stands in the second set alone.
    """
    sure: set[str] = set()
    touched: set[str] = set()
    for fault, one in struck_by(run, told.requests):
        needs = _needs_of(one, chart(run.person)) or {""}
        touched |= needs
        is_read = one.path.rstrip("/").count("/") > 3
        if _loses(fault, is_read=is_read):
            sure |= needs
    return frozenset(sure), frozenset(touched)


def _loses(fault: Fault, *, is_read: bool) -> bool:
    """Say whether a fault loses something wherever it strikes."""
    if fault.kind == "drip" and fault.seconds < SLOW_DRIP:
        return False
    if fault.kind in ENDLESS:
        return not (fault.times or fault.page or (is_read and fault.kind not in BUSY))
    return fault.kind in (SURE_OF_READS if is_read else SURE)


def is_total(run: Run, told: Told) -> bool:
    """Say whether the faults left nothing at all of what they struck."""
    return all(
        fault.kind in TOTAL
        and _loses(fault, is_read=False)
        and one.page == 1
        and one.kind != "Medication"
        for fault, one in struck_by(run, told.requests)
    )


def _needs_of(request: Seen, rows: Sequence[Json]) -> set[str]:
    """Return the needs a request was for; a drug is asked for by those that name it."""
    if request.path.endswith(f"/{ENCOUNTER}"):
        return set()
    if request.kind != "Medication":
        need = NEED_BY_TYPE.get(request.kind)
        return {need} if need else set()
    local = request.path.rpartition("/")[2]
    naming = (
        one["resourceType"]
        for one in rows
        if one.get("medicationReference", {}).get("reference", "").endswith(f"/{local}")
    )
    return {NEED_BY_TYPE[kind] for kind in naming}


def failed_at_client(run: Run, needs: frozenset[str]) -> bytes:
    """Return a call in which everything was sent, but these needs failed at the client."""
    failed = dict.fromkeys(needs, _FAILED)
    return call_of(run.service, sent_whole(chart(run.person)) | failed)


_FAILED = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "exception"}],
}
