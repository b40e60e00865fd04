"""How does this machine take calls: on which socket?

Binding comes first, so that a taken port is one line and not a traceback.
"""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from thirdline.errors import FAULTY, Refusal
from thirdline.settings_values import Address

_BACKLOG: Final = 2048
_FOR_OWNER_AND_GROUP: Final = 0o660


@contextmanager
def bound(address: Address, name: str) -> Iterator[socket.socket]:
    """Listen on an address; ``name`` says in a refusal what asked for it."""
    try:
        sock = _unix(address.path) if address.path else _tcp(address)
    except OSError as wrong:
        reason = (wrong.strerror or "cannot be used").lower()
        raise Refusal(f"{name}: {reason}", status=FAULTY) from wrong
    with sock:
        try:
            yield sock
        finally:
            if address.path:
                Path(address.path).unlink(missing_ok=True)


def _tcp(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    return socket.create_server((address.host, address.port), family=family, backlog=_BACKLOG)


def _unix(path: str) -> socket.socket:
    """Bind a Unix socket, in place of one that nobody listens on any more."""
    if _is_left_over(path):
        Path(path).unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(path)
        os.chmod(path, _FOR_OWNER_AND_GROUP)  # noqa: PTH101 - beside the socket's own calls
        sock.listen(_BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def _is_left_over(path: str) -> bool:
    try:
        if not stat.S_ISSOCK(Path(path).stat().st_mode):
            return False
    except FileNotFoundError:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(path) != 0


def url_of(sock: socket.socket) -> str:
    """Return the base URL of a listening socket; a Unix socket's by its path."""
    if sock.family == socket.AF_UNIX:
        return f"http+unix://{sock.getsockname()}"
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
