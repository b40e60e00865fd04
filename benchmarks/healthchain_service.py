"""HealthChain 0.16 as it is meant to be used, with a handler that only counts antidepressants.

Runs in an environment of its own (``benchmarks/healthchain.txt``) and imports nothing of ours. One
worker behind uvicorn (httptools, uvloop) on an inherited listening socket, as
``python -m benchmarks.healthchain_service DESCRIPTOR``.
"""

import socket
import sys
from typing import Any, Final

import uvicorn
from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.models import CDSRequest, CDSResponse
from healthchain.models.responses.cdsresponse import Card, IndicatorEnum, Source

_INGREDIENTS: Final = {"312938": "sertraline", "808744": "venlafaxine", "993557": "bupropion"}
"""RxNorm codes of the antidepressants of the benchmark's body."""


def ingredients(prefetch: dict[str, Any]) -> set[str]:
    """Return the antidepressants among the orders of a call."""
    orders = prefetch.get("medications") or {}
    return {
        _INGREDIENTS[coding["code"]]
        for entry in orders.get("entry", ())
        for coding in entry["resource"]["medicationCodeableConcept"]["coding"]
        if coding["code"] in _INGREDIENTS
    }


def service() -> HealthChainAPI:
    """Return the application."""
    hooks = CDSHooksService()

    def answer(request: CDSRequest) -> CDSResponse:
        count = len(ingredients(request.prefetch or {}))
        card = Card(
            summary=f"{count} antidepressants were ordered.",
            indicator=IndicatorEnum.info,
            source=Source(label="HealthChain"),
        )
        return CDSResponse(cards=[card])

    hooks.hook("patient-view", id="trd-review")(answer)
    app = HealthChainAPI()
    app.register_service(hooks)
    return app


def main(descriptor: int) -> None:
    """Serve until stopped."""
    config = uvicorn.Config(
        service(), http="httptools", loop="uvloop", log_level="error", access_log=False
    )
    with socket.socket(fileno=descriptor) as listening:
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(int(sys.argv[1]))
