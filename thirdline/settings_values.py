"""Which written values can a setting have?

Types that settings share: web addresses, origins, listening addresses, networks, lists. What is
wrong is said in words that hold no value. Addresses are read by the parser that calls them.
"""

import ipaddress
import json
import re
from dataclasses import dataclass
from typing import Annotated, Final

import httpx
from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from ehr.addresses import origin
from ehr.errors import WrongServer

UNIX: Final = "unix:"
"""How the name of a Unix socket begins where an address can stand."""
_LOCALHOST: Final = "localhost"
_LOOPBACK: Final = "127.0.0.1"
_HIGHEST_PORT: Final = 65_535
_WHOLE_NETWORK: Final = 0
_ADDRESS: Final = re.compile(r"(?:\[(?P<six>[^\]]*)\]|(?P<host>[^:\[\]]*)):(?P<port>[0-9]{1,5})")
_NOT_A_URL: Final = "not an address of the form https://host/path"
_NOT_AN_ADDRESS: Final = "not an address of the form 127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens: an IP address and a port (0: any free one), or a Unix socket."""

    host: str = ""
    port: int = 0
    path: str = ""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return bool(self.path) or ipaddress.ip_address(self.host).is_loopback


def read_address(written: str) -> Address:
    """Return a listening address. Raises ValueError with a sentence that holds no value."""
    if written.startswith(UNIX):
        path = written.removeprefix(UNIX)
        if not path.startswith("/"):
            raise ValueError("a Unix socket needs an absolute path, as in unix:/run/thirdline.sock")
        return Address(path=path)
    found = _ADDRESS.fullmatch(written)
    if found is None or int(found["port"]) > _HIGHEST_PORT:
        raise ValueError(_NOT_AN_ADDRESS)
    host = found["six"] or found["host"] or ""
    host = _LOOPBACK if host == _LOCALHOST else host
    try:
        return Address(host=str(ipaddress.ip_address(host)), port=int(found["port"]))
    except ValueError:
        raise ValueError(_NOT_AN_ADDRESS) from None


def web_address(written: str) -> httpx.URL | None:
    """Return an absolute http or https address, None for anything else."""
    try:
        origin(written)
    except WrongServer:
        return None
    return httpx.URL(written)


def _base(written: str) -> str:
    if "?" in _url(written):
        raise ValueError(_NOT_A_URL)
    return written.rstrip("/")


def _url(written: str) -> str:
    if written and web_address(written) is None:
        raise ValueError(_NOT_A_URL)
    return written


def _origin(written: str) -> str:
    if written == "*":
        raise ValueError("* is not an origin: name the pages that may read the answers")
    url = web_address(written)
    if url is None or url.raw_path != b"/" or written.endswith("/"):
        raise ValueError("not an origin of the form https://host")
    return written


def _listen(written: str) -> str:
    if written:
        read_address(written)
    return written


def _network(written: str) -> str:
    try:
        network = ipaddress.ip_network(written, strict=False)
    except ValueError:
        raise ValueError("not an IP address or network") from None
    if network.prefixlen == _WHOLE_NETWORK:
        raise ValueError("a network of every address trusts everybody")
    return str(network)


def _listed(written: object) -> object:
    """Read a list out of an environment variable: JSON, or words with commas between them."""
    if not isinstance(written, str):
        return written
    if written.lstrip().startswith("["):
        try:
            return json.loads(written)
        except ValueError:
            raise ValueError("not a list") from None
    return [word.strip() for word in written.split(",") if word.strip()]


BaseUrl = Annotated[str, AfterValidator(_base)]
Url = Annotated[str, AfterValidator(_url)]
Listen = Annotated[str, AfterValidator(_listen)]
Origins = Annotated[
    tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_listed)
]
Networks = Annotated[
    tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_listed)
]
