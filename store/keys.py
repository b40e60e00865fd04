"""With which keys is it kept?

A ring of AES-256-GCM keys, each with an id: the newest encrypts, all decrypt. A sealed text names
its key and is bound to the row it stands in, so that it cannot be read in another one. One more
key, for lookup, turns (site, patient id) into a keyed hash. It stays the same as long as the
database does: with another one nothing kept would be found. The file is JSON, for its owner only.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.errors import KeysUnfit, UnreadableRow

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_FORM: Final = "thirdline.keys/1"
_FOR_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One encryption key. ``made`` is ISO 8601, for the reader of a list."""

    id: str
    made: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """Encryption keys, the newest first, and the lookup key."""

    keys: tuple[Key, ...]
    lookup: bytes = field(repr=False)

    @classmethod
    def new(cls, now: datetime) -> Self:
        """Return a ring of one new key."""
        return cls(keys=(_new_key(now),), lookup=secrets.token_bytes(KEY_BYTES))

    def with_new_key(self, now: datetime) -> Self:
        """Return the ring with one more key, which encrypts from now on."""
        return replace(self, keys=(_new_key(now), *self.keys))

    def without(self, key_id: str) -> Self:
        """Return the ring without a retired key; what it alone decrypts stays closed for good.

        The newest key cannot be retired, nor one that is not there.
        """
        if key_id == self.keys[0].id:
            raise KeysUnfit("the newest key encrypts: make another one first, then retire this one")
        if key_id not in {key.id for key in self.keys}:
            raise KeysUnfit("no key of the ring has this id")
        return replace(self, keys=tuple(key for key in self.keys if key.id != key_id))

    def seal(self, text: str, row: Sequence[str]) -> str:
        """Encrypt a text for one row, named by its table, column, site and key."""
        key = self.keys[0]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        words = text.encode("utf-8", "surrogatepass")
        sealed = AESGCM(key.secret).encrypt(nonce, words, joined(row))
        return f"{key.id}:{base64.b64encode(nonce + sealed).decode()}"

    def unseal(self, sealed: str, row: Sequence[str]) -> str:
        """Decrypt a text of its row; UnreadableRow where the key is gone or the row is another."""
        key_id, _, told = sealed.partition(":")
        secret = next((key.secret for key in self.keys if key.id == key_id), None)
        if secret is not None:
            try:
                whole = base64.b64decode(told, validate=True)
                nonce, rest = whole[:_NONCE_BYTES], whole[_NONCE_BYTES:]
                words = AESGCM(secret).decrypt(nonce, rest, joined(row))
                return words.decode("utf-8", "surrogatepass")
            except (InvalidTag, ValueError):
                pass
        raise UnreadableRow("unreadable-row")

    def hashed(self, *parts: str) -> str:
        """Return the keyed hash of (site, patient id), or of any other parts, in hexadecimals."""
        return hmac.new(self.lookup, joined(parts), hashlib.sha256).hexdigest()

    def fingerprint(self) -> bytes:
        """Return what tells the lookup key from another one, and nothing of the key."""
        return hmac.new(self.lookup, b"thirdline lookup key", hashlib.sha256).digest()


def joined(parts: Sequence[str]) -> bytes:
    """Join parts so that no two lists of parts read the same."""
    told = (part.encode("utf-8", "surrogatepass") for part in parts)
    return b"".join(len(part).to_bytes(8, "big") + part for part in told)


def digest(*parts: str) -> str:
    """Return a digest of parts that needs no key, in hexadecimals."""
    return hashlib.sha256(joined(parts)).hexdigest()


def read_keys(path: Path, setting: str) -> KeyRing:
    """Read the key file a setting names; KeysUnfit where it is absent, open to others or wrong."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            told = file.read()
    except OSError:
        raise KeysUnfit(f"{setting}: the key file cannot be read") from None
    if os.name == "posix" and mode & _FOR_OTHERS:
        raise KeysUnfit(f"{setting}: others may read the key file; allow its owner only (0600)")
    ring = _ring(told)
    if isinstance(ring, str):
        raise KeysUnfit(f"{setting}: {ring}")
    return ring


def write_keys(path: Path, ring: KeyRing) -> None:
    """Write the key file, for its owner only; a reader sees the old file or the new one whole."""
    told = {
        "form": _FORM,
        "lookup": base64.b64encode(ring.lookup).decode(),
        "keys": [
            {"id": key.id, "made": key.made, "secret": base64.b64encode(key.secret).decode()}
            for key in ring.keys
        ],
    }
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="ascii") as file:
        json.dump(told, file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _new_key(now: datetime) -> Key:
    made = now.isoformat(timespec="seconds")
    return Key(
        id=f"{now:%Y%m%d}-{secrets.token_hex(4)}", made=made, secret=secrets.token_bytes(KEY_BYTES)
    )


def _ring(told: bytes) -> KeyRing | str:
    """Return the ring a file tells, or what is wrong with it."""
    try:
        parsed = json.loads(told)
    except (ValueError, RecursionError):
        return "the key file is not JSON"
    if not isinstance(parsed, dict) or parsed.get("form") != _FORM:
        return f"the key file is not of the form {_FORM}"
    lookup = _secret(parsed.get("lookup"))
    rows = parsed.get("keys")
    keys = [_key(row) for row in rows] if isinstance(rows, list) else []
    if lookup is None or not keys or None in keys:
        return f"a key is missing, or is not {KEY_BYTES} bytes in Base64"
    whole = tuple(key for key in keys if key is not None)
    if len({key.id for key in whole}) < len(whole):
        return "two keys have the same id"
    if len({lookup, *(key.secret for key in whole)}) < len(whole) + 1:
        return "two keys are the same"
    return KeyRing(keys=whole, lookup=lookup)


def _key(row: object) -> Key | None:
    told = row if isinstance(row, dict) else {}
    key_id, made, secret = told.get("id"), told.get("made"), _secret(told.get("secret"))
    if not isinstance(key_id, str) or not key_id or ":" in key_id or secret is None:
        return None
    return Key(id=key_id, made=made if isinstance(made, str) else "", secret=secret)


def _secret(told: object) -> bytes | None:
    try:
        secret = base64.b64decode(told, validate=True) if isinstance(told, str) else b""
    except (binascii.Error, ValueError):
        return None
    return secret if len(secret) == KEY_BYTES else None
