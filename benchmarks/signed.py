"""Is an authenticated call with durable audit answered soon at 60 % of what the service can do?

``thirdline serve`` in production mode runs as an operator runs it, with one worker and SQLite
(synchronous FULL): each call carries a token of its own (ES384), is of another patient, and is
answered after its use of the token and its audit event are on the disk.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from joserfc.jwk import ECKey
from joserfc.jwt import encode

from benchmarks.driven import CALLERS, Found, driven
from benchmarks.services import PATH

MOST_MS: Final = 250
SHARE: Final = 0.6
_FULL_S: Final = 8.0
_PACED_S: Final = 20.0
_TOKENS: Final = 4000
_PUBLIC: Final = "https://hooks.north.org"
_ISSUER: Final = "https://ehr.example.org"
_KID: Final = "bench"
_LIVES_S: Final = 600
_WAIT_S: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticated:
    """How many calls a second at most, and how long they take at the share that is paced."""

    most: float
    paced: Found

    def is_soon(self) -> bool:
        """Say whether the slowest of a hundred calls is soon enough."""
        return self.paced.percentile(99) <= MOST_MS


def authenticated() -> Authenticated:
    """Measure what the service can do, then its times at a share of that."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = ECKey.generate_key("P-384", parameters={"kid": _KID})
        config = _configured(folder, key)
        _told("keys", "new", "--config", config)
        with _served(config) as port:
            _driven(port, 3.0, folder, key)
            most = Found()
            most.add(_driven(port, _FULL_S, folder, key), 0.0)
            pace = most.rates[0] * SHARE / CALLERS
            paced = Found()
            more = ("--pace", f"{pace:.3f}")
            paced.add(_driven(port, _PACED_S, folder, key, more), 0.0)
    return Authenticated(most=most.rates[0], paced=paced)


def _driven(port: int, seconds: float, folder: Path, key: ECKey, more: Sequence[str] = ()) -> Any:  # noqa: ANN401
    tokens = folder / "tokens"
    tokens.write_text("\n".join(_token(key) for _ in range(_TOKENS)), encoding="ascii")
    options = ("--tokens", str(tokens), "--patients", "each", *more)
    return driven(port, PATH, seconds, options)


def _token(key: ECKey) -> str:
    """Return a token as an EHR signs one for a call."""
    now = int(time.time())
    claims = {
        "iss": _ISSUER,
        "aud": f"{_PUBLIC}{PATH}",
        "iat": now,
        "exp": now + _LIVES_S,
        "jti": str(uuid4()),
    }
    header = {"alg": "ES384", "typ": "JWT", "kid": _KID}
    return encode(header, claims, key, algorithms=["ES384"])


def _configured(folder: Path, key: ECKey) -> str:
    """Write a configuration of production with one EHR; return its path."""
    public = {**key.as_dict(private=False), "use": "sig", "alg": "ES384"}
    jwks, path = folder / "jwks.json", folder / "thirdline.toml"
    jwks.write_text(json.dumps({"keys": [public]}), encoding="utf-8")
    lines = [
        'mode = "production"',
        f'public_url = "{_PUBLIC}"',
        'listen = "127.0.0.1:0"',
        f'database_url = "sqlite+aiosqlite:///{folder / "kept.db"}"',
        f'keys_file = "{folder / "keys.json"}"',
        f'spool_folder = "{folder / "spool"}"',
        "[[ehr]]",
        'name = "bench"',
        'fhir_base = "https://ehr.example.org/fhir/r4"',
        f'cds_issuer = "{_ISSUER}"',
        f'cds_jwks_file = "{jwks}"',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def _told(*arguments: str) -> None:
    command = [sys.executable, "-m", "thirdline", *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=_WAIT_S)  # noqa: S603


@contextmanager
def _served(config: str) -> Iterator[int]:
    """Serve as an operator does; give the port."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "thirdline", "serve", "--config", config],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield _port_told(process)
        finally:
            process.terminate()


def _port_told(process: "subprocess.Popen[str]") -> int:
    for line in process.stdout or ():
        if line.strip().endswith("/cds-services"):
            return int(line.strip().removesuffix("/cds-services").rpartition(":")[2])
    msg = "the service did not start"
    raise RuntimeError(msg)
