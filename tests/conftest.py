"""What holds for every test: no network beyond loopback, repeatable examples, shared fixtures.

Hypothesis has two profiles: ``ci``, the default, is derandomised, so a run on another machine sees
the same examples; ``deep`` looks much longer and starts anywhere (``make deep``). Real-shaped data
of other projects is not part of this repository: tests that read it take the ``shared`` fixture and
are skipped, visibly, where it is absent.
"""

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.conformance import Marked, marked_by
from trd.knowledge import Knowledge
from trd.knowledge.load import load_knowledge

ROOT = Path(__file__).resolve().parent.parent

pytest_plugins = ["tests.support.databases"]

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=100,
    print_blob=True,
)
settings.register_profile(
    "deep",
    deadline=None,
    max_examples=5_000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci")

MARKED = pytest.StashKey[Marked]()
"""The marked tests of a run that takes in all tests."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the marks of a whole run, before any test is deselected."""
    if [Path(one).resolve() for one in config.args] == [ROOT / "tests"]:
        config.stash[MARKED] = marked_by(items)


class NetworkRefused(AssertionError):  # noqa: N818 - it says what was done, not what went wrong
    """A test tried to leave this machine."""


def _is_loopback(host: object) -> bool:
    if host in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _refuse_beyond_loopback(sock: socket.socket, address: object) -> None:
    if sock.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    host = address[0] if isinstance(address, tuple) and address else None
    if not _is_loopback(host):
        raise NetworkRefused(f"a test tried to reach {host}")


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse connections and name look-ups beyond loopback, so that an escape fails loudly."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    look_up = socket.getaddrinfo

    def guarded_connect(self, address):
        _refuse_beyond_loopback(self, address)
        return connect(self, address)

    def guarded_connect_ex(self, address):
        _refuse_beyond_loopback(self, address)
        return connect_ex(self, address)

    def guarded_look_up(host, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else host
        if not _is_loopback(name):
            raise NetworkRefused(f"a test tried to look up {name}")
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """Return the knowledge as shipped, loaded once. A test of one rule brings its own instead."""
    return load_knowledge()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of reference material, or skip: it is not part of this repository."""
    named = os.environ.get("THIRDLINE_SHARED")  # noqa: TID251 - the tester's, no setting
    folder = Path(named) if named else ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no reference material: set THIRDLINE_SHARED to the folder that holds it")
    return folder
