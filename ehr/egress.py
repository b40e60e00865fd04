"""Where may a connection go, and how is the other end known?

Only to hosts and ports of registered addresses. A name is resolved once for each connection, every
address it has is checked, and the connection is made to one of just these; over TLS the certificate
must be the name's. No proxy, no setting of the environment, TLS 1.2 at least.

A hospital's own network is allowed: the operator registered the name. An address of this machine
or of the link (where clouds keep their credentials) is not, unless the operator wrote it so.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpcore
import httpx

from ehr.errors import EhrError

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the IP addresses of a host for a port; raises OSError where it has none."""
Origin = tuple[str, int]
_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_METADATA: Final = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "100.100.100.200")))
"""Where clouds keep credentials outside the link-local range (AWS over IPv6, Alibaba Cloud)."""
_MOST_TRIED: Final = 3
_TRY_SECONDS: Final = 0.7


class RefusedError(httpcore.ConnectError):
    """An address nobody may connect to."""


def trusted(ca_file: str) -> ssl.SSLContext:
    """Return what makes a certificate believed: this machine's authorities, or only a file's."""
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError):
        raise EhrError("ca-file-unreadable") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class PinnedTransport(httpx.AsyncHTTPTransport):
    """Connections to registered origins, each to an address that was checked."""

    def __init__(
        self, origins: Collection[Origin], context: ssl.SSLContext, most: int, resolve: Resolve
    ) -> None:
        """Keep the origins; ``most`` bounds the open connections."""
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=most,
            max_keepalive_connections=most,
            keepalive_expiry=5.0,
            network_backend=_Pinned(frozenset(origins), resolve),
        )


class _Pinned(httpcore.AsyncNetworkBackend):
    """Opens a connection to an address of a registered host that was checked."""

    def __init__(self, origins: frozenset[Origin], resolve: Resolve) -> None:
        self._origins = origins
        self._resolve = resolve
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the overridden signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, and connect to what was checked; every failure is a ConnectError."""
        del timeout
        if (host, port) not in self._origins:
            raise RefusedError("not a registered origin")
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as wrong:
            raise httpcore.ConnectError("the name has no address") from wrong
        addresses = list(dict.fromkeys(found))[:_MOST_TRIED]
        if not addresses or not all(is_allowed(host, one) for one in addresses):
            raise RefusedError("not an address to connect to")
        for address in addresses[:-1]:
            try:
                return _Stream(
                    await self._plain.connect_tcp(
                        address, port, _TRY_SECONDS, local_address, socket_options
                    )
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return _Stream(
            await self._plain.connect_tcp(addresses[-1], port, None, local_address, socket_options)
        )

    async def sleep(self, seconds: float) -> None:
        """Wait on the loop's clock."""
        await asyncio.sleep(seconds)


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that is closed where the call ends before its TLS stands."""

    def __init__(self, plain: httpcore.AsyncNetworkStream) -> None:
        self._plain = plain
        self.read = plain.read  # type: ignore[method-assign]
        self.write = plain.write  # type: ignore[method-assign]
        self.aclose = plain.aclose  # type: ignore[method-assign]
        self.get_extra_info = plain.get_extra_info  # type: ignore[method-assign]

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the overridden signature
    ) -> httpcore.AsyncNetworkStream:
        """Begin TLS; whatever keeps it from standing closes the connection."""
        is_begun = False
        try:
            begun = await self._plain.start_tls(ssl_context, server_hostname, timeout)
            is_begun = True
        finally:
            if not is_begun:
                await self._plain.aclose()
        return begun


def is_allowed(host: str, address: str) -> bool:
    """Say whether a registered host may be reached at this address.

    An address that the operator registered as such may; a name must not lead to this machine
    (but for "localhost"), to the link, to nowhere, or to many.
    """
    try:
        found = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if _literal(host) == found:
        return True
    if found.is_loopback:
        return host == "localhost" or host.endswith(".localhost")
    is_odd = found.is_link_local or found.is_unspecified or found.is_multicast
    is_broadcast = found.version == 4 and (found.is_reserved or str(found).startswith("0."))  # noqa: PLR2004
    return not (is_odd or is_broadcast or found in _METADATA)


def _literal(host: str) -> _Ip | None:
    try:
        return _unwrapped(ipaddress.ip_address(host))
    except ValueError:
        return None


def _unwrapped(address: _Ip) -> _Ip:
    """Return the IPv4 address an IPv6 address stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


class SystemNames:
    """Resolves names as this machine does, in threads of its own.

    Names that hang at one hospital take no thread from another.
    """

    def __init__(self) -> None:
        """Start without a thread."""
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a host; an address is its own."""
        if _literal(host) is not None:
            return [host]
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(self._threads, _look_up, host, port)
        return [str(row[4][0]) for row in rows]

    def close(self) -> None:
        """Take no more questions; one that hangs is left to itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[Any]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
