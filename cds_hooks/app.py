"""The CDS Hooks service over HTTP: discovery and one endpoint for every row of ``SERVICES``.

Whatever goes wrong leaves here as an exception and gets its status in one place. It never becomes
an empty list of cards: to the EHR that list is an answer, "all was read, nothing to say". This is
sandbox mode: calls are not signed, so the caller must be on this machine.

Starlette without FastAPI: no parameter is read from a call but its body, which is read as bytes.
"""

import gc
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from cds_hooks.body import check_headers, read_body
from cds_hooks.call import ANOTHER_PATIENT, HookCall, read_call
from cds_hooks.cards import Card, Occasion
from cds_hooks.chart import gathered
from cds_hooks.cors import with_cors
from cds_hooks.drafts import read_drafts
from cds_hooks.errors import (
    JSON_TYPE,
    NO_STORE,
    CannotAnswer,
    HookError,
    NoSuchService,
    WrongMethod,
    outcome_response,
    refused,
)
from cds_hooks.heads import read_call_body
from cds_hooks.services import SERVICE_BY_ID, Service, discovery
from trd.dates import Day
from trd.knowledge import Knowledge
from trd.read import WrongPatient

NewUuid = Callable[[], UUID]

_TOPICS: Final = "/CodeSystem/topics"


def create_app(
    *,
    knowledge: Knowledge,
    today: Callable[[], Day],
    public_url: str,
    cors_origins: Sequence[str] = (),
    new_uuid: NewUuid = uuid4,
) -> ASGIApp:
    """Return the service; ``public_url`` is where the EHR reaches it, ``new_uuid`` names cards."""
    door = _Door(
        knowledge=knowledge,
        today=today,
        topic_system=f"{public_url.rstrip('/')}{_TOPICS}",
        new_uuid=new_uuid,
        discovery=orjson.dumps(discovery()),
    )
    app = Starlette(
        routes=[
            Route("/cds-services", door.discover),
            Route("/cds-services/", door.discover),
            Route("/cds-services/{service_id}", door.call, methods=_ANY_METHOD),
        ],
        exception_handlers={
            HookError: _on_refusal,
            HTTPException: _on_http,
            Exception: door.on_fault,
        },
        lifespan=_settled,
    )
    app.router.redirect_slashes = False
    return with_cors(app, cors_origins)


_DISCOVERY_ALLOWS: Final = "GET, HEAD"
_SERVICE_ALLOWS: Final = "POST"
_NO_SERVICE: Final = "no service of this id"
_ANY_METHOD: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@asynccontextmanager
async def _settled(app: Starlette) -> AsyncIterator[None]:
    """Spare the garbage collector what stays for the server's whole life: code and knowledge."""
    del app
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    """What every call needs: the knowledge, the day, and how cards are named."""

    knowledge: Knowledge
    today: Callable[[], Day]
    topic_system: str
    new_uuid: NewUuid
    discovery: bytes

    async def discover(self, request: Request) -> Response:
        """Answer GET /cds-services."""
        del request
        return Response(self.discovery, media_type=JSON_TYPE, headers=NO_STORE)

    async def call(self, request: Request) -> Response:
        """Read the call, read the chart, and answer in cards."""
        service = SERVICE_BY_ID.get(request.path_params["service_id"])
        if service is None:
            raise NoSuchService(_NO_SERVICE)
        if request.method != _SERVICE_ALLOWS:
            raise WrongMethod(_SERVICE_ALLOWS)
        check_headers(request.headers)
        sent = read_call_body(await read_body(request.receive), self.knowledge)
        call = read_call(sent.body, service.hook)
        body = orjson.dumps({"cards": self.cards(service, call, sent.unused)})
        return Response(body, media_type=JSON_TYPE, headers=NO_STORE)

    def cards(self, service: Service, call: HookCall, unused: Mapping[str, int]) -> list[Card]:
        """Return the cards of one call; a patient's own view gets none of the clinicians'."""
        if call.by_patient:
            return []
        occasion = Occasion(
            as_of=self.today(),
            knowledge=self.knowledge,
            topic_system=self.topic_system,
            new_uuid=self.new_uuid,
            unused=unused,
            hook=call.hook,
            encounter_id=call.encounter_id,
            drafts=read_drafts(call),
        )
        try:
            needs = service.needs if service.may_concern(occasion) else frozenset()
            advice = service.advise(gathered(call, needs, unused), occasion)
        except WrongPatient as wrong:
            raise CannotAnswer(ANOTHER_PATIENT) from wrong
        return [one.card for one in advice.cards]

    async def on_fault(self, request: Request, fault: Exception) -> Response:
        """Answer for a fault of ours, with a number to look it up by and nothing of the request."""
        del request, fault
        return outcome_response(500, "exception", f"internal fault, request {self.new_uuid()}")


async def _on_refusal(request: Request, wrong: Exception) -> Response:
    del request
    assert isinstance(wrong, HookError)  # noqa: S101 - registered for this class
    return refused(wrong)


async def _on_http(request: Request, wrong: Exception) -> Response:
    """Answer for what routing found: no such page, or a method that does not exist."""
    assert isinstance(wrong, HTTPException)  # noqa: S101 - registered for this class
    if wrong.status_code != WrongMethod.status:
        return refused(NoSuchService("nothing is served here"))
    service_id = request.path_params.get("service_id")
    if service_id is None:
        return refused(WrongMethod(_DISCOVERY_ALLOWS))
    is_there = service_id in SERVICE_BY_ID
    return refused(WrongMethod(_SERVICE_ALLOWS) if is_there else NoSuchService(_NO_SERVICE))
