"""The services that are measured side by side, each one worker behind uvicorn (httptools, uvloop).

python -m benchmarks.services NAME DESCRIPTOR      serves on an inherited listening socket
"""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import uvicorn
from fastapi import FastAPI
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.patient import Patient
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.keeping_nothing import sandbox
from benchmarks.payload import TODAY
from trd.knowledge.load import load_knowledge

HOST: Final = "127.0.0.1"
PATH: Final = "/cds-services/trd-review"
FIXED: Final = {
    "cards": [
        {
            "uuid": "00000000-0000-0000-0000-000000000001",
            "summary": "A fixed card.",
            "detail": "It says the same of everybody." * 40,
            "indicator": "info",
            "source": {"label": "bare"},
        }
    ]
}
_HEALTHCHAIN: Final = Path(".venv-healthchain/bin/python")
_WAIT_S: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service: what it is called in the table, its address, and how it is started."""

    title: str
    path: str = PATH
    module: str = "benchmarks.services"
    python: str = sys.executable


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A service that runs: on which port, as which process."""

    port: int
    process: int


SERVICES: Final[Mapping[str, Service]] = {
    "ours": Service(title="Thirdline: strict JSON, read, assessed, card written"),
    "bare": Service(title="(a) Starlette + orjson: parses, fixed card"),
    "healthchain": Service(
        title="(b) HealthChain 0.16: counts antidepressant ingredients",
        path="/cds/cds-services/trd-review",
        module="benchmarks.healthchain_service",
        python=str(_HEALTHCHAIN),
    ),
    "models": Service(title="(c) FastAPI + fhir.resources: validates, fixed card"),
}


def ours() -> Any:  # noqa: ANN401 - an ASGI application
    """Return our service."""
    return sandbox(load_knowledge(), TODAY.toordinal, "https://hooks.example.org")


def bare() -> Starlette:
    """Return the service to compare with: parse the body, answer a fixed card."""

    async def answer(request: Request) -> Response:
        orjson.loads(await request.body())
        return Response(orjson.dumps(FIXED), media_type="application/json")

    return Starlette(routes=[Route(PATH, answer, methods=["POST"])])


class Prefetch(BaseModel):
    """What is prefetched, as models of FHIR R4B (of R4's resources the same)."""

    patient: Patient
    medications: Bundle | None = None
    conditions: Bundle | None = None
    scores: Bundle | None = None


class Call(BaseModel):
    """A call with its resources validated."""

    hook: str
    hookInstance: str  # noqa: N815 - CDS Hooks' spelling
    context: dict[str, Any]
    prefetch: Prefetch


def models() -> FastAPI:
    """Return a service that validates what it is sent, resource by resource."""
    app = FastAPI()

    @app.post(PATH)
    def answer(call: Call) -> Response:
        del call
        return Response(orjson.dumps(FIXED), media_type="application/json")

    return app


_APPS: Final[Mapping[str, Callable[[], Any]]] = {"ours": ours, "bare": bare, "models": models}


@contextmanager
def running(name: str) -> Iterator[Running]:
    """Run one service in a process of its own."""
    service = SERVICES[name]
    with socket.create_server((HOST, 0)) as listening:
        descriptor = listening.fileno()
        called = [name] if service.module == __spec__.name else []
        arguments = [service.python, "-m", service.module, *called, str(descriptor)]
        process = subprocess.Popen(  # noqa: S603 - ourselves
            arguments, pass_fds=[descriptor], stdout=subprocess.DEVNULL
        )
        try:
            yield Running(port=listening.getsockname()[1], process=process.pid)
        finally:
            process.terminate()
            process.wait(_WAIT_S)


def main(name: str, descriptor: int) -> None:
    """Serve one application until stopped."""
    config = uvicorn.Config(
        _APPS[name](), http="httptools", loop="uvloop", log_level="error", access_log=False
    )
    with socket.socket(fileno=descriptor) as listening:
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
