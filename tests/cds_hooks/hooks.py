"""Calls of CDS Hooks over the raw wire, and charts as an EHR would send them."""

import asyncio
import json
from collections.abc import Iterable
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import orjson

from cds_hooks.app import create_app
from cds_hooks.parts import Parts
from cds_hooks.wire import HookAnswer, Outcome
from tests.support.days import day
from tests.support.fhir import Json
from tests.support.kept import NOW, Kept, Trusting
from trd.knowledge.load import load_knowledge
from trd.read.needs import NEED_BY_TYPE, NEEDS

KNOWLEDGE = load_knowledge()
BASE = "https://hooks.example.org"
FHIR = "https://ehr.example.org/fhir/r4"
INSTANCE = "5f0c1e3a-7f0e-4c1d-9a6f-0a1b2c3d4e5f"
PATIENT = "pt-1"
REVIEW, SAFETY = "trd-review", "suicide-safety"
TODAY = "2026-09-01"
ABSENT: Any = object()


def numbered_uuids() -> Any:
    """Return a maker of card ids that repeat from run to run."""
    serial = count(1)
    return lambda: UUID(int=next(serial))


def parts_of(today: str = TODAY, **more: Any) -> Parts:
    """Return the parts of a sandbox that keeps everything in memory; parts may be changed."""
    kept = Kept()
    made: dict[str, Any] = {
        "knowledge": KNOWLEDGE,
        "today": lambda: day(today),
        "now": lambda: NOW,
        "public_url": BASE,
        "trust": Trusting(),
        "audit": kept,
        "records": kept,
        "is_sandbox": True,
        "serves_metrics": True,
    }
    return Parts(**(made | more))


def app_of(today: str = TODAY, **more: Any) -> Any:
    return create_app(parts_of(today, **more))


def client_of(app: Any) -> httpx.AsyncClient:
    """Return a client of an app; a fault of the service comes back as its answer."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=BASE)


def given(app: Any, message: Any, *headers: tuple[bytes, bytes]) -> tuple[int, int]:
    """Call a service whose body is what ``message`` gives, piece by piece, each time it is asked.

    Return the status, and how often the app asked.
    """
    asked, sent = 0, []

    async def receive() -> Any:
        nonlocal asked
        asked += 1
        return message()

    async def keep(one: Any) -> None:
        sent.append(one)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": f"/cds-services/{REVIEW}",
        "raw_path": b"",
        "root_path": "",
        "scheme": "https",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), *headers],
        "server": ("h", 443),
        "client": ("c", 1),
    }
    asyncio.run(app(scope, receive, keep))
    return sent[0]["status"], asked


def send(
    method: str,
    path: str,
    *,
    content: bytes | None = None,
    headers: Json | None = None,
    app: Any = None,
    today: str = TODAY,
) -> httpx.Response:
    """Send one request; a fault of the service comes back as its answer, not as an exception."""

    async def exchange() -> httpx.Response:
        async with client_of(app or app_of(today)) as client:
            return await client.request(method, path, content=content, headers=headers)

    return asyncio.run(exchange())


def post(service: str, body: Any, **more: Any) -> httpx.Response:
    """Post a body, given as an object or as the bytes themselves."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {"Content-Type": "application/json"} | more.pop("headers", {})
    return send("POST", f"/cds-services/{service}", content=content, headers=headers, **more)


def searchset(resources: Iterable[Json], **more: Any) -> Json:
    """Return the Bundle a search gives."""
    entries = [{"resource": one, "search": {"mode": "match"}} for one in resources]
    made: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    if entries:
        made["entry"] = entries
    return made | more


def prefetch_of(resources: Iterable[Json], **changed: Any) -> Json:
    """Return a prefetch in which everything was read; keys may be changed, or left out."""
    made: Json = {need.name: None for need in NEEDS}
    held: dict[str, list[Json]] = {}
    for resource in resources:
        held.setdefault(NEED_BY_TYPE[resource["resourceType"]], []).append(resource)
    for need, found in held.items():
        made[need] = found[0] if need == "patient" else searchset(found)
    return {key: value for key, value in (made | changed).items() if value is not ABSENT}


def call(prefetch: Any = ABSENT, **changed: Any) -> Json:
    """Return the body of a patient-view call; members may be changed, or left out."""
    made: Json = {
        "hook": "patient-view",
        "hookInstance": INSTANCE,
        "context": {"userId": "Practitioner/dr-1", "patientId": PATIENT},
        "prefetch": prefetch,
    }
    return {key: value for key, value in (made | changed).items() if value is not ABSENT}


def cards(service: str, prefetch: Any, today: str = TODAY, **changed: Any) -> list[Json]:
    """Return the cards of an answer that keeps to the wire's rules."""
    answer = post(service, call(prefetch, **changed), today=today)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    HookAnswer.model_validate_json(answer.content)
    body = json.loads(answer.content)
    assert set(body) == {"cards"}
    return list(body["cards"])


def topics(found: Iterable[Json]) -> list[str]:
    return [card["source"]["topic"]["code"] for card in found]


def refusal(answer: httpx.Response) -> str:
    """Return what an error says, after checking that it is an OperationOutcome."""
    assert answer.headers["content-type"] == "application/json"
    return Outcome.model_validate_json(answer.content).issue[0].diagnostics
