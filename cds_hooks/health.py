"""Is the service alive, and can it answer?

Alive: the process runs. Ready: everything it needs of its own is there (database, keys,
knowledge); an EHR that is away does not make it unready.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.errors import JSON_TYPE, NO_STORE, Unavailable
from cds_hooks.parts import Parts
from ehr import logs
from ehr.errors import EhrError
from store.errors import StoreError

METRICS_PATH: Final = "/metrics"
NOTHING_HERE: Final = "nothing is served here"

_CHECK_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Answers those who look after the service."""

    parts: Parts

    async def alive(self, request: Request) -> Response:
        """Answer GET /healthz."""
        del request
        return _said("alive")

    async def ready(self, request: Request) -> Response:
        """Answer GET /readyz; what is missing stands in the log."""
        del request
        try:
            async with asyncio.timeout(_CHECK_S):
                for check in self.parts.ready:
                    await check()
        except (StoreError, EhrError, TimeoutError) as wrong:
            logs.fault("not-ready", wrong)
            raise Unavailable("not ready") from wrong
        return _said("ready")

    async def metrics(self, request: Request) -> Response:
        """Answer GET /metrics; only a listener that serves it has this route."""
        del request
        return self.parts.metrics.page()


def _said(word: str) -> Response:
    return Response(orjson.dumps({"status": word}), media_type=JSON_TYPE, headers=NO_STORE)
