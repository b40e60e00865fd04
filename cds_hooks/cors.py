"""May a page of this origin read our answers?

Listed origins only, never "*", without credentials; errors carry the headers too, or a browser
shows nothing but "network error". A preflight of another origin is an ordinary OPTIONS.
"""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}


def with_cors(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Return the application with CORS for these origins; as it is where there are none."""
    allowed = frozenset(origins)
    if not allowed:
        return app

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        is_allowed = origin in allowed
        if is_allowed and _is_preflight(scope, headers):
            more = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} | _PREFLIGHT
            await Response(status_code=204, headers=more)(scope, receive, send)
            return

        async def send_with_origin(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                sent.add_vary_header("Origin")
                if is_allowed:
                    sent["Access-Control-Allow-Origin"] = origin
            await send(message)

        await app(scope, receive, send_with_origin)

    return answer


def _is_preflight(scope: Scope, headers: Headers) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in headers
