"""Which address may be called for a registered EHR?

The registered base URL is parsed once. Every address is built from it: of an id, a search, a link
or a reference only the part below the base is taken over, so whatever an EHR or a caller wrote,
scheme, host and port are the operator's. The parser is the one the request is sent with.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from httpx import URL, InvalidURL, QueryParams

from ehr.errors import WrongServer

Address = URL
"""An address below a registered base, as it is sent."""

_LONGEST: Final = 16_384
_HIGHEST_PORT: Final = 65_535
_PORTS: Final = {"https": 443, "http": 80}
_PLAIN: Final = re.compile(r"[!-~]+")
"""Visible ASCII: no blank, no control character, no letter that looks like another."""
_SUSPECT: Final = re.compile(r"[\\<>\"^`{}|#]")
_WITH_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_ABSOLUTE: Final = re.compile(r"https?://([^/?]*)([^?]*)", re.IGNORECASE)
_ESCAPED_PATH: Final = re.compile(r"%(?:2[efEF]|5[cC]|25|[01][0-9A-Fa-f])")
"""A dot, slash, backslash, percent sign or control character in disguise."""
_LOCAL_ID: Final = re.compile(r"(?!\.+$)[A-Za-z0-9._\-]{1,255}")
_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}")


@dataclass(frozen=True, slots=True)
class Base:
    """A registered FHIR base URL, parsed."""

    url: URL

    def is_same(self, server: str) -> bool:
        """Say whether a base URL as a caller wrote it is this one; a slash at its end is no odds.

        Userinfo, query and fragment are never the same, nor is another spelling of a path.
        """
        try:
            other = _parsed(server)
        except WrongServer:
            return False
        return (
            "?" not in server
            and _place(other) == _place(self.url)
            and _path(other) == _path(self.url)
        )

    def holds(self, address: URL) -> bool:
        """Say whether an address is the base itself or lies below it."""
        path, prefix = address.path, _path(self.url)
        is_below = path == prefix or path.startswith(f"{prefix}/")
        return not address.userinfo and _place(address) == _place(self.url) and is_below

    def resource(self, kind: str, local: str) -> Address:
        """Return the address of one resource; raise WrongServer for what is no plain id."""
        if not _TYPE.fullmatch(kind) or not _LOCAL_ID.fullmatch(local):
            raise WrongServer("not-a-resource-id")
        return self._below(f"/{kind}/{local}", b"")

    def search(self, kind: str, parameters: Mapping[str, str]) -> Address:
        """Return the address of a search."""
        return self._below(f"/{kind}", str(QueryParams(parameters)).encode("ascii"))

    def next_page(self, kind: str, link: str) -> Address:
        """Return the address of a next page of a search of this type; raise WrongServer.

        A relative link is one below the base, or one of the search itself ("?page=2").
        """
        return self._rebuilt(_parsed(self._absolute(kind, link)))

    def local_id(self, kind: str, reference: str) -> str:
        """Return the id of a reference to a resource of this type on this server, "" if none."""
        plain = reference.partition("/_history/")[0]
        if _WITH_SCHEME.match(plain):
            try:
                found = _parsed(plain)
            except WrongServer:
                return ""
            if not self.holds(found) or found.query:
                return ""
            plain = found.path.removeprefix(f"{_path(self.url)}/")
        named, _, local = plain.partition("/")
        return local if named == kind and _LOCAL_ID.fullmatch(local) else ""

    def _absolute(self, kind: str, link: str) -> str:
        """Write a link out in full; what it starts with says what it is relative to."""
        if _WITH_SCHEME.match(link) or link.startswith("//"):
            return f"{self.url.scheme}:{link}" if link.startswith("//") else link
        path, query, more = link.partition("?")
        if not path:
            path = f"{_path(self.url)}/{kind}"
        elif not path.startswith("/"):
            path = f"{_path(self.url)}/{path}"
        elif not f"{path}/".startswith(f"{_path(self.url)}/"):
            path = f"{_path(self.url)}{path}"
        return f"{_origin(self.url)}{path}{query}{more}"

    def _rebuilt(self, found: URL) -> Address:
        """Return the registered base with the rest of an address below it."""
        if not self.holds(found):
            raise WrongServer("outside-the-registered-base")
        return self._below(
            found.raw_path.partition(b"?")[0].decode()[len(_path(self.url)) :], found.query
        )

    def _below(self, rest: str, query: bytes) -> Address:
        path = f"{_path(self.url)}{rest}".encode("ascii")
        made = self.url.copy_with(raw_path=path + b"?" + query if query else path)
        if not self.holds(made):
            raise WrongServer("outside-the-registered-base")
        return made


def registered(base: str) -> Base:
    """Return a base URL as the operator registered it; raise WrongServer for what is none."""
    url = _parsed(base)
    if "?" in base:
        raise WrongServer("not-a-base-url")
    return Base(url.copy_with(raw_path=_path(url).encode() or b"/"))


def origin(url: str) -> tuple[str, int]:
    """Return host and port of an address; raise WrongServer for what is none."""
    place = _place(_parsed(url))
    return place[1], place[2]


def _parsed(text: str) -> Address:
    """Parse what looks the same to every parser; anything else is refused before it is parsed."""
    found = _ABSOLUTE.match(text) if len(text) <= _LONGEST else None
    if found is None or not _PLAIN.fullmatch(text) or _SUSPECT.search(found.group()):
        raise WrongServer("not-an-address")
    authority, path = found.groups()
    if not authority or "@" in authority or "%" in authority or _climbs(path):
        raise WrongServer("not-an-address")
    if "\\" in text or "#" in text:
        raise WrongServer("not-an-address")
    try:
        url = URL(text)
        port = _place(url)[2]
    except (InvalidURL, UnicodeError):  # the latter of a name in Punycode that is none
        raise WrongServer("not-an-address") from None
    if not 0 < port <= _HIGHEST_PORT:
        raise WrongServer("not-an-address")
    return url


def _climbs(path: str) -> bool:
    """Say whether a path has a segment that means another one, plainly or in disguise."""
    segments = path.split("/")[1:]
    is_empty_within = "" in segments[:-1]
    return (
        is_empty_within or not {".", ".."}.isdisjoint(segments) or bool(_ESCAPED_PATH.search(path))
    )


def _place(url: URL) -> tuple[str, str, int]:
    return url.scheme, url.host, _PORTS[url.scheme] if url.port is None else url.port


def _path(url: URL) -> str:
    return url.raw_path.partition(b"?")[0].decode("ascii").rstrip("/")


def _origin(url: URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"
