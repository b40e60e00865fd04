"""The load of the benchmarks: a few callers that send one body again and again (run by locust).

Each caller waits for its answer before it calls again; with ``--pace`` it calls so often a second
at most. What answers took is written to ``--out`` as JSON, in milliseconds, with how busy the
generator itself was: near 1 it would be what is measured.
"""

import socket
import time
from argparse import ArgumentParser
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec
import orjson
from geventhttpclient.connectionpool import ConnectionPool
from locust import FastHttpUser, constant_throughput, events, task
from locust.env import Environment

from benchmarks.driven import Taken
from benchmarks.payload import PATIENT, body

_WARM_UP_S: Final = 0.5
_A_CARD: Final = b'"cards":[{'
_NO_PACE: Final = 1e6
_ARGUMENTS: Final = ("--path", "--out", "--tokens", "--patients")


_TAKEN: Final = Taken()
_TOKENS: Final[list[str]] = []
_HEADERS: Final = {"Content-Type": "application/json"}
_BODY: Final = body()
_PATIENT: Final = PATIENT.encode()
_CLOCK: Final = {"begin": 0.0, "busy": 0.0}


def _arguments(parser: ArgumentParser) -> None:
    for name in _ARGUMENTS:
        parser.add_argument(name, default="")
    parser.add_argument("--pace", type=float, default=_NO_PACE)


def _begin(environment: Environment, **_: object) -> None:
    options = environment.parsed_options
    assert options is not None  # noqa: S101 - it is headless
    if options.tokens:
        _TOKENS.extend(Path(options.tokens).read_text().split())
    Caller.is_each_another = bool(options.patients)
    Caller.path = options.path
    Caller.wait_time = constant_throughput(options.pace)


def _keep(response_time: float, exception: Exception | None, **_: object) -> None:
    now = time.perf_counter()
    _TAKEN.calls += 1
    if not _CLOCK["begin"]:
        _CLOCK["begin"] = now + _WARM_UP_S
    if now < _CLOCK["begin"]:
        _CLOCK["busy"] = time.process_time()
        return
    if exception is not None:
        _TAKEN.failed += 1
        return
    _TAKEN.times_ms.append(response_time)
    _TAKEN.seconds = now - _CLOCK["begin"]
    _TAKEN.busy = (time.process_time() - _CLOCK["busy"]) / _TAKEN.seconds


def _write(environment: Environment, **_: object) -> None:
    options = environment.parsed_options
    assert options is not None  # noqa: S101 - it is headless
    Path(options.out).write_bytes(orjson.dumps(_TAKEN, default=msgspec.to_builtins))


def _at_once(_: ConnectionPool, connection: socket.socket) -> None:
    """Send what is written at once: else the end of a body waits 40 ms for a late receipt."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


ConnectionPool.after_connect = _at_once  # type: ignore[method-assign, assignment]
for event, listener in (
    (events.init_command_line_parser, _arguments),
    (events.init, _begin),
    (events.request, _keep),
    (events.quitting, _write),
):
    event.add_listener(listener)  # type: ignore[no-untyped-call]


class Caller(FastHttpUser):
    """An EHR that calls."""

    path = ""
    is_each_another = False
    wait_time: Callable[..., float] = constant_throughput(_NO_PACE)

    @task
    def call(self) -> None:
        """Send the body; anything but cards is a failure."""
        headers = _HEADERS | ({"Authorization": f"Bearer {_TOKENS.pop()}"} if _TOKENS else {})
        text = _BODY.replace(_PATIENT, uuid4().hex.encode()) if self.is_each_another else _BODY
        with self.client.post(
            self.path,
            data=text,  # type: ignore[arg-type]
            headers=headers,
            catch_response=True,
        ) as answer:
            if answer.status_code != HTTPStatus.OK or _A_CARD not in (answer.content or b""):
                answer.failure(f"no cards: {answer.status_code}")
