"""Which address is answered by whom?

Discovery and, for every row of ``SERVICES``, one endpoint for calls and one for feedback; pages
for those who run the service. Whatever goes wrong leaves here as an exception and gets its status
in one place. It never becomes an empty list of cards: to the EHR that list is an answer, "all was
read, nothing to say".

Starlette without FastAPI: no parameter is read from a call but its body, which is read as bytes.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds_hooks.callers import check_reader
from cds_hooks.cors import with_cors
from cds_hooks.door import NO_SERVICE, POST, SERVICES_PATH, Door
from cds_hooks.errors import (
    JSON_TYPE,
    NO_STORE,
    HookError,
    NoSuchService,
    Unavailable,
    WrongMethod,
    outcome_response,
    refused,
)
from cds_hooks.explain import EXPLAIN_PATH, Explainer
from cds_hooks.health import METRICS_PATH, NOTHING_HERE, Health
from cds_hooks.metrics import Metrics
from cds_hooks.openapi import OPENAPI_PATH, openapi
from cds_hooks.parts import Parts
from cds_hooks.quota import Quota
from cds_hooks.receiving import Desk
from cds_hooks.services import SERVICE_BY_ID, discovery
from ehr import logs
from ehr.errors import AuditUnavailable

_READ: Final = "GET, HEAD"
_ANY_METHOD: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_SERVICE: Final = "service_id"
_EACH: Final = f"/{{{_SERVICE}}}"
_ELSEWHERE: Final = "none"


def create_app(parts: Parts) -> ASGIApp:
    """Return the service made of these parts."""
    quota = Quota()
    door, desk = Door(parts=parts, quota=quota), Desk(parts=parts, quota=quota)
    reception, health = Reception(parts=parts), Health(parts=parts)
    app = Starlette(
        routes=[
            Route(SERVICES_PATH, reception.discover),
            Route(f"{SERVICES_PATH}/", reception.discover),
            Route(f"{SERVICES_PATH}{_EACH}", door.call, methods=_ANY_METHOD),
            Route(f"{SERVICES_PATH}{_EACH}/feedback", desk.call, methods=_ANY_METHOD),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
            *([Route(METRICS_PATH, health.metrics)] if parts.serves_metrics else []),
            *(_of_sandbox(door) if parts.is_sandbox else []),
        ],
        exception_handlers={
            HookError: _on_refusal,
            AuditUnavailable: _on_no_audit,
            HTTPException: _on_http,
            Exception: reception.on_fault,
        },
        lifespan=_settled,
    )
    app.router.redirect_slashes = False
    return with_cors(_counted(app, parts.metrics), parts.cors_origins)


def create_metrics_app(parts: Parts) -> ASGIApp:
    """Return /metrics of the app made of the same parts, for a listener of its own."""
    health = Health(parts=parts)
    return Starlette(
        routes=[Route(METRICS_PATH, health.metrics)], exception_handlers={HTTPException: _on_http}
    )


def _of_sandbox(door: Door) -> list[Route]:
    """Return what only a sandbox serves."""
    explainer = Explainer(door=door)
    told = orjson.dumps(openapi(door.parts.public_url, door.parts.knowledge.version))

    async def described(request: Request) -> Response:
        del request
        return Response(told, media_type=JSON_TYPE, headers=NO_STORE)

    return [
        Route(f"{EXPLAIN_PATH}{_EACH}", explainer.call, methods=_ANY_METHOD),
        Route(OPENAPI_PATH, described),
    ]


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
class Reception:
    """Says which services there are, and that something of ours is broken."""

    parts: Parts

    async def discover(self, request: Request) -> Response:
        """Answer GET /cds-services."""
        caller = await check_reader(request, self.parts, SERVICES_PATH)
        terms = self.parts.terms_of(caller.site.name if caller else None)
        return Response(orjson.dumps(discovery(terms)), media_type=JSON_TYPE, headers=NO_STORE)

    async def on_fault(self, request: Request, fault: Exception) -> Response:
        """Answer for a fault of ours, with a number to look it up by and nothing of the request."""
        del request
        number = str(self.parts.new_uuid())
        logs.fault("internal-fault", fault, number=number)
        return outcome_response(500, "exception", f"internal fault, request {number}")


def _counted(app: ASGIApp, metrics: Metrics) -> ASGIApp:
    """Return the application with every answer counted by service and status, and timed."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        clock = asyncio.get_running_loop().time
        began = clock()

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                metrics.count_answer(_asked(scope), message["status"], clock() - began)
            await send(message)

        await app(scope, receive, counting)

    return answer


def _asked(scope: Scope) -> str:
    """Return the id of the service that was called; another word of a caller is no label."""
    named = scope.get("path_params", {}).get(_SERVICE)
    return named if named in SERVICE_BY_ID else _ELSEWHERE


async def _on_refusal(request: Request, wrong: Exception) -> Response:
    del request
    assert isinstance(wrong, HookError)  # noqa: S101 - registered for this class
    return refused(wrong)


async def _on_no_audit(request: Request, wrong: Exception) -> Response:
    """Refuse what nobody could trace."""
    del request
    assert isinstance(wrong, AuditUnavailable)  # noqa: S101 - registered for this class
    logs.fault("audit-unavailable", wrong)
    return refused(Unavailable("no audit can be written just now, so nothing is answered"))


async def _on_http(request: Request, wrong: Exception) -> Response:
    """Answer for what routing found: no such page, or a method that does not exist."""
    assert isinstance(wrong, HTTPException)  # noqa: S101 - registered for this class
    if wrong.status_code != WrongMethod.status:
        return refused(NoSuchService(NOTHING_HERE))
    service_id = request.path_params.get(_SERVICE)
    if service_id is None:
        return refused(WrongMethod(_READ))
    is_there = service_id in SERVICE_BY_ID
    return refused(WrongMethod(POST) if is_there else NoSuchService(NO_SERVICE))
