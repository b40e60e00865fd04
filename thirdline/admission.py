"""Is a call taken in, or told at once to come back later?

Stands before the service. Each worker has so many calls in hand and no more; a further one is
answered 503 in the same moment, so that an EHR does not wait for nothing. Where plain HTTP goes
beyond this machine, only the proxies that speak TLS are answered. Health is answered to everybody.
"""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds_hooks.errors import TooMany, outcome_response, refused

HEALTH: Final = frozenset({"/healthz", "/readyz"})
_PLAIN: Final = outcome_response(400, "security", "plain HTTP is not answered here: use https")
_FORWARDED: Final = "x-forwarded-proto"


class Busy(TooMany):
    """As many calls are in hand as a worker takes. Like one beyond a quota, it is not audited."""

    status = 503

    def __init__(self) -> None:
        """Say what helps."""
        super().__init__(retry_after_s=1)
        self.said = "too many calls at the same time: try again"


class Admission:
    """The application with a bound on the calls in hand, ``at_once`` of them at most.

    A call is in hand from the end of its body to its answer, so that clients who send slowly take
    no place away. It is refused before it is looked at where all places are taken.
    """

    def __init__(self, app: ASGIApp, *, at_once: int) -> None:
        """Wrap an application."""
        self._app = app
        self._at_once = at_once
        self._in_hand = 0
        self._turns = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or refuse it."""
        if scope["type"] != "http" or scope["path"] in HEALTH:
            await self._app(scope, receive, send)
        elif self._in_hand >= self._at_once:
            await refused(Busy())(scope, receive, send)
        else:
            await self._admitted(scope, receive, send)

    async def _admitted(self, scope: Scope, receive: Receive, send: Send) -> None:
        places = 0

        async def received() -> Message:
            nonlocal places
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body") and not places:
                self._take_place()
                places = 1
                await self._turn()
            return message

        try:
            await self._app(scope, received, send)
        finally:
            self._in_hand -= places

    def _take_place(self) -> None:
        if self._in_hand >= self._at_once:
            raise Busy
        self._in_hand += 1

    async def _turn(self) -> None:
        """Let one call go on to its work per round of the loop, so that refusals stay quick."""
        async with self._turns:
            await asyncio.sleep(0)


class OnlyProxies:
    """The application for these peers only; one that forwards plain HTTP is refused as well."""

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        """Wrap an application; ``proxies`` are networks."""
        self._app = app
        self._networks = [ip_network(proxy) for proxy in proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or refuse it."""
        is_open = scope["type"] != "http" or scope["path"] in HEALTH or self._is_proxied(scope)
        await (self._app if is_open else _PLAIN)(scope, receive, send)

    def _is_proxied(self, scope: Scope) -> bool:
        if Headers(scope=scope).get(_FORWARDED, "https").strip().lower() != "https":
            return False
        peer = ip_address((scope.get("client") or ("0.0.0.0", 0))[0])  # noqa: S104 - nobody's
        return any(peer in network for network in self._networks)
