"""Whose call is it?

Asked before anything of the body is read. Every failure gets the same bare 401; the reason goes to
the security log alone. The audience of a token is the public address of the endpoint that was
called, never what a Host header says.
"""

from typing import Final

from starlette.requests import Request

from cds_hooks.errors import BadRequest, NotTrusted
from cds_hooks.parts import Parts
from ehr import logs
from ehr.errors import Untrusted
from ehr.trust import Caller

_AUTHORIZATION: Final = "authorization"
_TOKENS: Final = frozenset({"access_token", "authorization", "bearer", "id_token", "jwt", "token"})


async def caller_of(request: Request, parts: Parts, path: str) -> Caller | None:
    """Return who calls the endpoint at this path; None: nobody said, and nobody has to.

    Raises NotTrusted, and BadRequest for a token in the address, where logs of proxies keep it.
    """
    if not _TOKENS.isdisjoint(name.lower() for name in request.query_params):
        raise BadRequest("a token stands in the address; send it in the Authorization header")
    endpoint = f"{parts.public_url.rstrip('/')}{path}"
    try:
        return await parts.trust.caller(request.headers.getlist(_AUTHORIZATION), endpoint)
    except Untrusted as wrong:
        logs.security("not-trusted", reason=wrong.reason)
        raise NotTrusted from wrong


async def check_reader(request: Request, parts: Parts, path: str) -> Caller | None:
    """Return who reads discovery. A token is asked for by setting; one that comes is verified."""
    is_asked = parts.discovery_requires_token or _AUTHORIZATION in request.headers
    return await caller_of(request, parts, path) if is_asked else None
