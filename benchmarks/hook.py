"""Does the hook answer as many requests a second as a bare service that only parses the same body?

Two services behind uvicorn (httptools, uvloop), each in a process of its own on loopback: ours, and
Starlette with orjson that returns a fixed card. One client drives them in turn, round by round, so
that whatever else the machine does meets both. Then the same call is taken apart in this process.

    python -m benchmarks.hook             about 30 seconds
"""

import asyncio
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid4

import orjson
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.keeping_nothing import sandbox
from benchmarks.payload import TODAY, body
from cds_hooks.call import read_call
from cds_hooks.cards import Occasion
from cds_hooks.chart import gathered
from cds_hooks.heads import read_call_body
from cds_hooks.review import cards_of
from cds_hooks.services import SERVICE_BY_ID
from trd.assess import assess
from trd.knowledge.load import load_knowledge
from trd.read import read_chart

ROUNDS: Final = 8
ROUND_SECONDS: Final = 1.4
CONNECTIONS: Final = 4
REPEATS: Final = 60
PATH: Final = "/cds-services/trd-review"
HOST: Final = "127.0.0.1"
FIXED: Final = {
    "cards": [
        {
            "uuid": "00000000-0000-0000-0000-000000000001",
            "summary": "A fixed card.",
            "detail": "It says the same of everybody." * 40,
            "indicator": "info",
            "source": {"label": "bare"},
        }
    ]
}


def ours() -> Any:  # noqa: ANN401 - an ASGI application
    """Return our service."""
    return sandbox(load_knowledge(), TODAY.toordinal, "https://hooks.example.org")


def bare() -> Starlette:
    """Return the service to compare with: parse the body, answer a fixed card."""

    async def answer(request: Request) -> Response:
        orjson.loads(await request.body())
        return Response(orjson.dumps(FIXED), media_type="application/json")

    return Starlette(routes=[Route(PATH, answer, methods=["POST"])])


APPS: Final[dict[str, Callable[[], Any]]] = {"ours": ours, "bare": bare}


def serve(name: str, descriptor: int) -> None:
    """Serve one application on an inherited listening socket until stopped."""
    config = uvicorn.Config(
        APPS[name](), http="httptools", loop="uvloop", log_level="error", access_log=False
    )
    with socket.socket(fileno=descriptor) as listening:
        uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def running(name: str) -> Iterator[int]:
    """Run one service in a process of its own; give its port."""
    with socket.create_server((HOST, 0)) as listening:
        descriptor = listening.fileno()
        arguments = [sys.executable, "-m", "benchmarks.hook", name, str(descriptor)]
        process = subprocess.Popen(arguments, pass_fds=[descriptor])  # noqa: S603 - ourselves
        try:
            yield listening.getsockname()[1]
        finally:
            process.terminate()
            process.wait(10)


async def drive(port: int, request: bytes, seconds: float) -> float:
    """Return the requests a second a service answers over a few connections."""
    until = time.perf_counter() + seconds
    began = time.perf_counter()
    counts = await asyncio.gather(*(_connection(port, request, until) for _ in range(CONNECTIONS)))
    return sum(counts) / (time.perf_counter() - began)


async def _connection(port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection(HOST, port)
    answered = 0
    while time.perf_counter() < until:
        writer.write(request)
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        if b" 200 " not in head.partition(b"\r\n")[0]:
            msg = f"not answered: {head[:40]!r}"
            raise RuntimeError(msg)
        answered += 1
    writer.close()
    await writer.wait_closed()
    return answered


def compare() -> None:
    """Measure both services in turn and print their rates and the ratio."""
    text = body()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(text)}\r\n\r\n"
    )
    request = head.encode() + text
    rates: dict[str, list[float]] = {name: [] for name in APPS}
    with running("ours") as our_port, running("bare") as bare_port:
        ports = {"ours": our_port, "bare": bare_port}
        for port in ports.values():
            uvloop.run(drive(port, request, 0.7))
        for _ in range(ROUNDS):
            for name, port in ports.items():
                rates[name].append(uvloop.run(drive(port, request, ROUND_SECONDS)))
    print(f"body {len(text) / 1000:.0f} kB, {CONNECTIONS} connections, {ROUNDS} rounds in turn")
    for name, found in rates.items():
        print(f"  {name}: {statistics.median(found):7.0f} requests/s (median)")
    pairs = [one / other for one, other in zip(rates["ours"], rates["bare"], strict=True)]
    low, middle, high = min(pairs), statistics.median(pairs), max(pairs)
    print(f"  ours / bare: {middle:.2f} (rounds {low:.2f} to {high:.2f}); the aim is 1.00")


def take_apart() -> None:
    """Print where one call spends its time, in this process, best of many."""
    text, knowledge = body(), load_knowledge()
    service, today = SERVICE_BY_ID["trd-review"], TODAY.toordinal()
    sent = read_call_body(text, knowledge)
    call = read_call(sent.body, service.hook)
    held = gathered(call, service.needs, sent.unused)
    chart = read_chart(held, knowledge)
    assessment = assess(chart, knowledge, today)
    occasion = Occasion(as_of=today, knowledge=knowledge, topic_system="x", new_uuid=uuid4)
    steps: dict[str, Callable[[], object]] = {
        "parse (strict, ordinary resources left as text)": lambda: read_call_body(text, knowledge),
        "gather": lambda: gathered(read_call(sent.body, service.hook), service.needs, sent.unused),
        "read": lambda: read_chart(held, knowledge),
        "assess": lambda: assess(chart, knowledge, today),
        "cards": lambda: orjson.dumps([one.card for one in cards_of(assessment, occasion)[0]]),
        "for comparison: orjson.loads of the whole body": lambda: orjson.loads(text),
    }
    print(f"one call in this process, best of {REPEATS}, ms; left as text: {dict(sent.unused)}")
    for name, step in steps.items():
        print(f"  {_best(step):7.3f}  {name}")


def _best(step: Callable[[], object]) -> float:
    """Return the shortest time of many, in milliseconds."""
    shortest = float("inf")
    for _ in range(REPEATS):
        began = time.perf_counter()
        step()
        shortest = min(shortest, time.perf_counter() - began)
    return shortest * 1000


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1], int(sys.argv[2]))
    else:
        take_apart()
        compare()
