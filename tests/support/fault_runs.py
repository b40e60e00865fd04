"""One hook call with an EHR behind it that may do wrong, and what is true of the chart.

A ``Run`` says who is asked about, what was sent with the call and which faults the EHR has. It is
carried out on whatever loop runs it: a clock that jumps, or the real one. ``lost`` says of which
needs something is surely missing, from what the EHR was asked and did, never from the answer.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from cds_hooks.app import create_app
from ehr.client import Wire
from tests.cds_hooks.hooks import BASE as OURS
from tests.cds_hooks.hooks import call, parts_of
from tests.support.app_transport import AppTransport
from tests.support.fault_ehr import BASE, TOKEN, Fault, FaultEhr, Seen
from tests.support.fault_patients import chart, sent_whole
from tests.support.fhir import Json
from tests.support.kept import NORTH, Trusting
from trd.read.needs import NEED_BY_TYPE, NEEDS

NEED_NAMES = tuple(need.name for need in NEEDS)
AUTHORIZATION = {
    "access_token": TOKEN,
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "user/*.read",
    "subject": "thirdline",
}
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


def body_of(run: Run) -> bytes:
    """Return the call: some keys, and a token for the rest."""
    whole = sent_whole(chart(run.person))
    sent = {key: value for key, value in whole.items() if key in run.given}
    return orjson.dumps(call(sent or None, fhirServer=BASE, fhirAuthorization=AUTHORIZATION))


async def carried_out(run: Run) -> Told:
    """Ask about the patient in front of the faulty EHR, then again once it does no wrong."""
    ehr = FaultEhr(chart(run.person), run.faults, page_size=run.page_size, includes=run.includes)
    wire = Wire([NORTH], transport=AppTransport(ehr))
    try:
        return await asked(run, ehr, wire)
    finally:
        await wire.close()


async def asked(run: Run, ehr: FaultEhr, wire: Wire, site: Any = NORTH) -> Told:
    """Send the call of a run, wait, and send it again without faults."""
    parts = parts_of(trust=Trusting(sites=(site,)), wire=wire, sites={site.name: site})
    transport = httpx.ASGITransport(create_app(parts), raise_app_exceptions=False)
    body = body_of(run).replace(BASE.encode(), site.base.encode())
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
    struck = [one for one in requests if fault.at in {"", one.kind} and fault.page in {0, one.page}]
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
            needs = _needs_of(one, chart(run.person))
            is_read = one.path.rstrip("/").count("/") > 3
            if _loses(fault, is_read=is_read):
                sure |= needs
            else:
                perhaps = True
    return frozenset(sure), perhaps


def _loses(fault: Fault, *, is_read: bool) -> bool:
    """Say whether a fault loses something wherever it strikes."""
    if fault.kind in ENDLESS:
        return not (fault.times or fault.page or (is_read and fault.kind not in BUSY))
    return fault.kind in (SURE_OF_READS if is_read else SURE)


def is_total(run: Run, told: Told) -> bool:
    """Say whether the faults left nothing at all of what they struck."""
    struck = [(fault, one) for fault in run.faults for one in strikes(fault, told.requests)]
    return all(
        fault.kind in TOTAL and one.page == 1 and one.kind != "Medication" for fault, one in struck
    )


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


def failed_at_client(run: Run, needs: frozenset[str]) -> bytes:
    """Return a call in which everything was sent, but these needs failed at the client."""
    failed = dict.fromkeys(needs, _FAILED)
    return orjson.dumps(call(sent_whole(chart(run.person)) | failed))


_FAILED = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "exception"}],
}
