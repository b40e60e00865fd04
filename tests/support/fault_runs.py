"""One hook call with an EHR behind it that may do wrong, and what is true of the chart.

A ``Run`` says who is asked about, what was sent with the call and which faults the EHR has. It is
carried out on whatever loop runs it: a clock that jumps, or the real one. ``lost`` says of which
needs something is surely missing, from what the EHR was asked and did, never from the answer.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from cds_hooks.app import create_app
from ehr.client import Wire
from tests.cds_hooks.hooks import BASE as OURS
from tests.cds_hooks.hooks import call, parts_of, prefetch_of
from tests.support.app_transport import AppTransport
from tests.support.fault_ehr import BASE, DATA_FAULTS, TOKEN, Fault, FaultEhr, Seen
from tests.support.fault_patients import CHARTS
from tests.support.fhir import Json
from tests.support.kept import NORTH, Trusting
from trd.read.needs import NEED_BY_TYPE, NEEDS

NEED_NAMES = tuple(need.name for need in NEEDS)
KIND_OF = {need.name: need.resource_type for need in NEEDS}
BY_DRUG = ("medications", "dispenses", "statements")
AUTHORIZATION = {
    "access_token": TOKEN,
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "user/*.read",
    "subject": "thirdline",
}
LATER = 5.0
"""Seconds after an answer in which nothing more may be asked."""
SURE = frozenset(
    {
        *("foreign-next", "self-next", "duplicate-pages", "outcome-in-200", "bare-outcome"),
        *("restricted", "partial-data", "stu3", "400", "401", "403", "404", "410", "500"),
        *("redirect", "html", "xml", "truncated", "nan", "bomb", "wrong-total"),
        *("hang", "hang-in-body", "reset", "drip", "endless"),
    }
)
"""Kinds that lose something whenever they strike a search."""
SURE_OF_READS = SURE - {
    *("foreign-next", "self-next", "duplicate-pages", "restricted", "partial-data", "wrong-total")
}
"""The same for the read of one resource, to which a link or a count means nothing."""
BUSY = frozenset({"429", "502", "503", "504"})
TOTAL = frozenset(
    {
        *("outcome-in-200", "bare-outcome", "stu3", "400", "401", "403", "404", "410", "500"),
        *("redirect", "html", "xml", "truncated", "nan", "bomb"),
        *("hang", "hang-in-body", "reset", "drip", "endless"),
    }
)
"""Kinds that leave nothing of what they strike."""


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


def body_of(run: Run, chart: Sequence[Json]) -> bytes:
    """Return the call: some keys, and a token for the rest."""
    sent = {key: value for key, value in prefetch_of(chart).items() if key in run.given}
    return orjson.dumps(call(sent or None, fhirServer=BASE, fhirAuthorization=AUTHORIZATION))


async def carried_out(run: Run) -> Told:
    """Ask about the patient in front of the faulty EHR, then again once it does no wrong."""
    rows = CHARTS[run.person]()
    ehr = FaultEhr(rows, run.faults, page_size=run.page_size, includes=run.includes)
    wire = Wire([NORTH], transport=AppTransport(ehr))
    try:
        return await asked(run, ehr, wire)
    finally:
        await wire.close()


async def asked(run: Run, ehr: FaultEhr, wire: Wire, site: Any = NORTH) -> Told:
    """Send the call of a run, wait, and send it again without faults."""
    parts = parts_of(trust=Trusting(sites=(site,)), wire=wire, sites={site.name: site})
    transport = httpx.ASGITransport(create_app(parts), raise_app_exceptions=False)
    body = body_of(run, [one for one in ehr.resources if one["resourceType"] in NEED_BY_TYPE])
    body = body.replace(BASE.encode(), site.base.encode())
    loop = asyncio.get_running_loop()
    async with httpx.AsyncClient(transport=transport, base_url=OURS, timeout=None) as client:  # noqa: S113 - the test measures
        path, headers = f"/cds-services/{run.service}", {"Content-Type": "application/json"}
        start = loop.time()
        answer = await client.post(path, content=body, headers=headers)
        seconds = loop.time() - start
        requests = tuple(ehr.requests)
        await asyncio.sleep(LATER if isinstance(wire, Wire) and site is NORTH else 0.05)
        late = tuple(ehr.requests[len(requests) :])
        ehr.faults = []
        again = await client.post(path, content=body, headers=headers)
    return Told(answer=answer, again=again, seconds=seconds, requests=requests, late=late)


def strikes(fault: Fault, requests: Sequence[Seen]) -> list[Seen]:
    """Return the requests a fault struck."""
    struck = [
        one
        for one in requests
        if fault.at in {"", one.kind} and fault.page in {0, one.page}
    ]
    return struck[: fault.times] if fault.times else struck


def lost(run: Run, told: Told) -> tuple[frozenset[str], bool]:
    """Return the needs of which something is surely missing, and whether more may be."""
    sure: set[str] = set()
    perhaps = False
    taken: set[int] = set()
    for fault in run.faults:
        for one in strikes(fault, told.requests):
            if id(one) in taken:
                continue
            taken.add(id(one))
            needs = _needs_of(one, CHARTS[run.person]())
            is_read = one.path.rstrip("/").count("/") > 3  # noqa: PLR2004 - /fhir/r4/Type/id
            if fault.kind in (SURE_OF_READS if is_read else SURE):
                sure |= needs
            elif fault.kind in BUSY and not fault.times:
                sure |= needs
            else:
                perhaps = True
    return frozenset(sure), perhaps


def _needs_of(request: Seen, rows: Sequence[Json]) -> set[str]:
    """Return the needs a request was for; a drug is asked for by those that name it."""
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


def without(run: Run, needs: frozenset[str], how: Mapping[str, Any]) -> bytes:
    """Return a call in which everything was sent, but these needs failed at the client."""
    rows = [one for one in CHARTS[run.person]() if one["resourceType"] in NEED_BY_TYPE]
    changed = {need: how.get(need, _FAILED) for need in needs}
    return orjson.dumps(call(prefetch_of(rows, **changed)))


_FAILED = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "exception"}],
}
assert set(DATA_FAULTS) >= TOTAL - {"hang", "hang-in-body", "reset", "drip", "endless"}  # noqa: S101 - a kind that is gone
