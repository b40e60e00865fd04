"""What do the files say that the configuration names?

A file that cannot be used raises FileFault: why, in words without its content.
"""

from pathlib import Path
from typing import Any

import orjson

from ehr.jwks import PRIVATE_MEMBERS
from thirdline.settings import Settings
from thirdline.settings_ehr import EhrSettings


class FileFault(Exception):  # noqa: N818 - named for what it is in the list of faults
    """A file that the configuration names and that cannot be used."""


def database_url(settings: Settings) -> str:
    """Return where the database is. Raises FileFault where the file that says so is unreadable."""
    if not settings.database_url_file:
        return settings.database_url
    written = _read(settings.database_url_file).decode("utf-8", errors="replace").strip()
    if not written:
        raise FileFault("empty")
    return written


def jwks(ehr: EhrSettings) -> dict[str, Any] | None:
    """Return the public keys an EHR's entry names by file, None where it names none.

    Raises FileFault where they are no set of public keys: one with a private or shared key in it
    is refused.
    """
    if not ehr.cds_jwks_file:
        return None
    try:
        read = orjson.loads(_read(ehr.cds_jwks_file))
    except orjson.JSONDecodeError:
        raise FileFault("not JSON") from None
    keys = read.get("keys") if isinstance(read, dict) else None
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        raise FileFault("not a JWK Set with keys")
    if any(PRIVATE_MEMBERS & key.keys() for key in keys):
        raise FileFault("holds a private or shared key: public keys only")
    return {"keys": keys}


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except (OSError, ValueError) as wrong:
        raise FileFault(reason_of(wrong)) from None


def reason_of(wrong: OSError | ValueError) -> str:
    """Say why a file cannot be opened, in the words of the operating system."""
    return (getattr(wrong, "strerror", None) or "cannot be read").lower()
