"""How is an EHR's FHIR server asked, so that it can neither harm nor hold up anything else?

``Wire`` holds the connections of the process, of each EHR apart from those of every other: its own
pool, its own bound on requests at once, its own names. An answer is strict JSON below the
registered base, within the limits of its call, or it raises ``NotRead`` with the reason. Redirects
are not followed, cookies not kept, and nothing of a request is logged here.
"""

import asyncio
import logging
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpx
import stamina
import stamina.instrumentation

from ehr import because
from ehr.addresses import Base, origin, registered
from ehr.bodies import LARGEST_BYTES, Bytes, read_body, read_json
from ehr.egress import PinnedTransport, RefusedError, Resolve, SystemNames, trusted
from ehr.errors import EhrError, KeysUnavailable, NotRead, WrongServer
from ehr.outcomes import RESTRICTED_WORDS, said_of
from ehr.site import Site
from ehr.token import AccessToken
from ehr.versions import declared_in

_KEYS_SECONDS: Final = 1.0
_KEYS_BYTES: Final = 1024 * 1024
_KEYS_AT_ONCE: Final = 4
_ERROR_BYTES: Final = 64 * 1024
_FIRST_WAIT: Final = 0.1
_USEFUL_SECONDS: Final = 0.05
"""A second attempt that would have less time than this is not made."""
_PARSED_PER_SECOND: Final = 20_000_000
"""Bytes of JSON that are surely read in a second: what cannot be read in time is not begun."""
_TOKEN: Final = re.compile(r"[!-~]{1,16384}")
_AGAIN: Final = frozenset({429, 502, 503, 504})
_REDIRECTS: Final = range(300, 400)
_OK: Final = 200
_BY_STATUS: Final = {
    401: because.TOKEN_REFUSED,
    403: because.REFUSED,
    404: because.NOT_FOUND,
    410: because.NOT_FOUND,
    429: because.BUSY,
    503: because.BUSY,
}
_FHIR_JSON: Final = "application/fhir+json"
_JSON: Final = "application/json"

stamina.instrumentation.set_on_retry_hooks([])
for _name, _level in (("httpx", logging.WARNING), ("httpcore", logging.CRITICAL)):
    logging.getLogger(_name).setLevel(_level)  # their lines hold addresses, and so patient ids


@dataclass(slots=True, kw_only=True)
class Allowance:
    """What one hook call may still use of an EHR.

    ``deadline`` is on the loop's clock. ``is_over``: nothing more may be asked with its token.
    """

    deadline: float
    at_once: asyncio.Semaphore
    bytes_left: int = LARGEST_BYTES
    is_over: bool = False


@dataclass(slots=True, kw_only=True)
class _Line:
    """The connections to one EHR, or to where its keys are."""

    client: httpx.AsyncClient
    at_once: asyncio.Semaphore
    base: Base | None = None


class _AgainError(NotRead):
    """An answer that a second attempt may better, after ``wait`` seconds."""

    def __init__(self, reason: str, wait: float) -> None:
        super().__init__(reason)
        self.wait = wait


class Wire:
    """The connections of this process to all registered EHRs.

    ``transport`` stands in for the network in tests; ``resolve`` for this machine's names.
    ``allows_open``: servers that need no token may be asked without one (sandbox mode).
    """

    def __init__(
        self,
        sites: Sequence[Site],
        *,
        ca_file: str = "",
        resolve: Resolve | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        allows_open: bool = False,
    ) -> None:
        """Prepare every EHR's connections; raise EhrError for an address or file that is wrong."""
        self.allows_open = allows_open
        self._ca_file = ca_file
        self._resolve = resolve
        self._transport = transport
        self._names: list[SystemNames] = []
        self._lines: dict[str, _Line] = {}
        self._key_lines: dict[tuple[str, str], _Line] = {}
        self._key_urls = {site.trust.jwks_url for site in sites if site.trust.jwks_url}
        for site in sites:
            if site.base and site.enabled:
                base = registered(site.base)
                terms = site.reading
                line = self._line(site.base, terms.ca_file, terms.at_once_in_all)
                line.base = base
                self._lines[site.name] = line

    def base_of(self, site: Site) -> Base | None:
        """Return a registered EHR's base URL, None where it has none that may be called."""
        line = self._lines.get(site.name)
        return line.base if line is not None else None

    def may_ask(self, token: AccessToken | None) -> bool:
        """Say whether a FHIR server may be asked with this token, or without one."""
        return self.allows_open if token is None else bool(_TOKEN.fullmatch(token.value))

    async def read(
        self, site: Site, address: httpx.URL, token: AccessToken | None, allowance: Allowance
    ) -> dict[str, Any]:
        """Return the resource at an address of this EHR; raise NotRead, WrongServer."""
        line = self._lines[site.name]
        if line.base is None or not line.base.holds(address):
            raise WrongServer("outside-the-registered-base")
        if not self.may_ask(token):
            raise NotRead(because.TOKEN_REFUSED)
        headers = {"Accept": _FHIR_JSON}
        if token is not None:
            headers["Authorization"] = f"Bearer {token.value}"
        request = line.client.build_request("GET", address, headers=headers)
        try:
            async with asyncio.timeout_at(allowance.deadline):
                return await _twice_at_most(line, request, allowance)
        except TimeoutError:
            raise NotRead(because.TOO_LATE) from None

    async def fetch_keys(self, url: str, ca_file: str) -> Mapping[str, Any]:
        """Return what a registered address of keys holds; raise KeysUnavailable."""
        if url not in self._key_urls:
            raise KeysUnavailable("keys-address-not-registered")
        end = asyncio.get_running_loop().time() + _KEYS_SECONDS
        try:
            line = self._key_lines.get((url, ca_file))
            if line is None:
                line = self._key_lines[url, ca_file] = self._line(url, ca_file, _KEYS_AT_ONCE)
            request = line.client.build_request("GET", url, headers={"Accept": _JSON})
            async with asyncio.timeout_at(end), line.at_once:
                return await _exchanged(line.client, request, Bytes(_KEYS_BYTES))
        except (TimeoutError, EhrError):
            raise KeysUnavailable("keys-not-fetched") from None

    async def close(self) -> None:
        """Close every connection."""
        for line in (*self._lines.values(), *self._key_lines.values()):
            await line.client.aclose()
        for names in self._names:
            names.close()

    def _line(self, url: str, ca_file: str, most: int) -> _Line:
        transport = self._transport
        if transport is None:
            resolve = self._resolve
            if resolve is None:
                self._names.append(names := SystemNames())
                resolve = names
            context = trusted(ca_file or self._ca_file)
            transport = PinnedTransport([origin(url)], context, most, resolve)
        client = httpx.AsyncClient(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=None,  # noqa: S113 - every exchange stands under a deadline of the loop's clock
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": "thirdline", "Accept-Encoding": "gzip"},
        )
        return _Line(client=client, at_once=asyncio.Semaphore(most))


async def _twice_at_most(
    line: _Line, request: httpx.Request, allowance: Allowance
) -> dict[str, Any]:
    """Return the answer; a busy EHR is asked once more, if the deadline leaves time for it."""

    def wait_for(wrong: Exception) -> float | bool:
        if not isinstance(wrong, _AgainError):
            return False
        end = asyncio.get_running_loop().time() + wrong.wait
        return wrong.wait if end + _USEFUL_SECONDS < allowance.deadline else False

    async for attempt in stamina.retry_context(on=wait_for, attempts=2, timeout=None):
        with attempt:
            async with allowance.at_once, line.at_once:
                if allowance.is_over:
                    raise NotRead(because.TOO_LATE)
                return await _exchanged(line.client, request, allowance)
    raise NotRead(because.EHR_ERROR)


async def _exchanged(
    client: httpx.AsyncClient, request: httpx.Request, limit: Allowance | Bytes
) -> dict[str, Any]:
    """Send one request and return the JSON of its answer; raise NotRead."""
    try:
        response = await client.send(request, stream=True)
        try:
            return await _answer_of(response, limit)
        finally:
            await response.aclose()
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as wrong:
        raise NotRead(_fault_of(wrong)) from None


async def _answer_of(response: httpx.Response, limit: Allowance | Bytes) -> dict[str, Any]:
    status = response.status_code
    if status in _REDIRECTS:
        raise NotRead(because.ELSEWHERE)
    if status != _OK:
        raise await _refusal_of(response)
    version = declared_in(response.headers.get("content-type", ""))
    if version:
        raise NotRead(because.not_r4(version))
    body = await _body_of(response, limit)
    if isinstance(limit, Allowance):
        left = limit.deadline - asyncio.get_running_loop().time()
        if len(body) > left * _PARSED_PER_SECOND:
            raise NotRead(because.TOO_LATE)
    return read_json(body)


async def _body_of(response: httpx.Response, limit: Allowance | Bytes) -> bytes:
    """Return a body unpacked under the limit; one a stand-in for the network holds is that."""
    if response.is_stream_consumed:
        return await read_body(response.aiter_bytes(), "", limit)
    encoding = response.headers.get("content-encoding", "")
    return await read_body(response.aiter_raw(), encoding, limit)


async def _refusal_of(response: httpx.Response) -> NotRead:
    """Return what an error status means; where the EHR says that it keeps data back, that."""
    status = response.status_code
    why = _BY_STATUS.get(status, because.EHR_ERROR)
    if status in _AGAIN:
        return _AgainError(why, _wait_of(response.headers))
    try:
        said = said_of([read_json(await _body_of(response, Bytes(_ERROR_BYTES)))])
    except NotRead:
        said = ""
    return NotRead(said if said in RESTRICTED_WORDS else why)


def _wait_of(headers: httpx.Headers) -> float:
    """Return for how many seconds a busy EHR wants to be left alone."""
    asked = headers.get("retry-after", "").strip()
    if not asked:
        return _FIRST_WAIT
    if asked.isdecimal():
        return float(asked[:9])
    try:
        span = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("date", ""))
        return max(_FIRST_WAIT, span.total_seconds())
    except (TypeError, ValueError):
        return _FIRST_WAIT


def _fault_of(wrong: BaseException) -> str:
    """Return why an exchange failed: an end that is not believed, or none at all."""
    cause: BaseException | None = wrong
    while cause is not None:
        if isinstance(cause, RefusedError | ssl.SSLError):
            return because.UNTRUSTED
        cause = cause.__cause__ or cause.__context__
    return because.UNREACHABLE
