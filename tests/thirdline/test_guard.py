"""Clients that are slow, loud or make no sense, against the server as ``serve`` runs it.

Real connections on loopback; the times are shortened, and a test says what they really are.
"""

import asyncio
import contextlib
import socket
import time
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from thirdline import guard
from thirdline.service import running, server_config

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"


async def echo(scope, receive, send):
    """Answer with the size of the body, or not at all where it did not come."""
    if scope["type"] != "http":
        return
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await PlainTextResponse(f"read {size}")(scope, receive, send)


@asynccontextmanager
async def served(app=echo):
    """Serve an application; give the port."""
    config = server_config(app)
    config.lifespan = "off"
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as sock:
        async with running(uvicorn.Server(config), sock):
            yield sock.getsockname()[1]


async def spoken(port, *words, pause=0.0):
    """Say words with pauses between them; return what was answered until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = asyncio.create_task(reader.read())
    for word in words:
        writer.write(word)
        await asyncio.sleep(pause)
        if heard.done():
            break
    with contextlib.suppress(ConnectionResetError):
        await asyncio.wait_for(heard, 20)
    writer.close()
    return b"" if heard.exception() else heard.result()


def told(*words, pause=0.0):
    """Say words to a server of its own."""

    async def exchange():
        async with served() as port:
            return await spoken(port, *words, pause=pause)

    return asyncio.run(exchange())


@pytest.fixture
def hurried(monkeypatch):
    """Shorten the times of the guard."""
    for name in ("HEADERS_S", "BODY_S", "ANSWER_S"):
        monkeypatch.setattr(guard, name, 0.6)


def test_the_times_add_up_to_what_is_promised():
    assert guard.HEADERS_S < 30
    assert guard.BODY_S <= 20


CLOSE = b"Connection: close\r\n"
MANY = b"".join(b"X-%d: 1\r\n" % number for number in range(10_000))
SOME = b"".join(b"X-%d: 1\r\n" % number for number in range(90))
READ = [
    pytest.param(GET + MANY + CLOSE + b"\r\n", GET + SOME + CLOSE + b"\r\n", id="10 000 headers"),
    pytest.param(
        GET + b"X: " + b"a" * 65_536 + b"\r\n" + CLOSE + b"\r\n",
        GET + b"X: " + b"a" * 8_192 + b"\r\n" + CLOSE + b"\r\n",
        id="one of 64 kB",
    ),
    pytest.param(
        GET + b"X" * 65_536 + b": a\r\n" + CLOSE + b"\r\n",
        GET + b"X" * 64 + b": a\r\n" + CLOSE + b"\r\n",
        id="a name of 64 kB",
    ),
    pytest.param(
        b"GET /" + b"a" * 65_536 + b" HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n",
        b"GET /" + b"a" * 4_096 + b" HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n",
        id="an address of 64 kB",
    ),
    pytest.param(b"\x16\x03\x01\x02\x00" * 40, GET + CLOSE + b"\r\n", id="TLS"),
    pytest.param(
        b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", GET + CLOSE + b"\r\n", id="a tunnel"
    ),
    pytest.param(b"\x00" * 500, GET + CLOSE + b"\r\n", id="zeros"),
    pytest.param(b"HELO hospital\r\n\r\n", GET + CLOSE + b"\r\n", id="mail"),
    pytest.param(
        POST + CLOSE + b"Content-Length: 5\r\n\r\nabcde",
        POST + CLOSE + b"\r\nabcd",
        id="two lengths",
    ),
    pytest.param(
        POST + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + CLOSE + b"\r\nabcd",
        id="length and chunks",
    ),
]


@pytest.mark.hostile("D24")
@pytest.mark.parametrize(("bad", "good"), READ)
def test_what_is_too_much_or_no_request_is_refused(bad, good):
    answer = told(bad)
    assert answer.split(b" ")[1] in {b"400", b"431"}
    assert b"connection: close" in answer
    assert b"aaaa" not in answer
    assert b"HELO" not in answer
    assert told(good).startswith(b"HTTP/1.1 200 OK")


OFFERS = [
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
]


@pytest.mark.parametrize("pause", [0.0, 0.1])
@pytest.mark.parametrize("offer", OFFERS)
def test_a_client_that_offers_another_protocol_is_answered_in_this_one(offer, pause):
    """As Java's own HTTP client does on plain HTTP: the body comes all the same, once."""
    second = GET + CLOSE + b"\r\n"
    answer = told(POST + offer + b"\r\n", b"abcd", second, pause=pause)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b"read 4" in answer
    assert answer.endswith(b"read 0")


def test_headers_that_drip_without_an_end_are_refused_by_their_size():
    async def exchange():
        async with served() as port:
            return await spoken(port, GET, *[b"X: " + b"a" * 5_000 + b"\r\n"] * 8, pause=0.01)

    assert asyncio.run(exchange()).startswith(b"HTTP/1.1 431 ")


SLOW = [
    pytest.param([], b"", id="nothing"),
    pytest.param([b"\r\n"] * 20, b"", id="empty lines"),
    pytest.param([GET, *[b"X: a\r\n"] * 20], b"HTTP/1.1 408 ", id="headers"),
    pytest.param([POST + b"\r\n", b"a"], b"", id="body"),
    pytest.param([GET + b"\r\n", GET, *[b"X: a\r\n"] * 20], b"HTTP/1.1 200 OK", id="second"),
]


@pytest.mark.hostile("D15")
@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(("words", "answered"), SLOW)
def test_a_client_that_does_not_come_to_an_end_is_left(words, answered):
    before = time.monotonic()
    answer = told(*words, pause=0.06)
    assert answer.startswith(answered)
    assert b"read 1" not in answer
    assert 0.4 < time.monotonic() - before < 6


@pytest.mark.usefixtures("hurried")
def test_a_client_in_no_hurry_but_within_the_time_is_answered():
    answer = told(GET, CLOSE, b"X: a\r\n", b"\r\n", pause=0.05)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert told(POST + CLOSE + b"\r\n", b"a", b"bcd", pause=0.2).endswith(b"read 4")


@pytest.mark.usefixtures("hurried")
def test_a_client_that_does_not_read_its_answer_is_left():
    ended = asyncio.Event()

    async def large(scope, receive, send):
        del receive
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(200):
                message = {"type": "http.response.body", "body": b"x" * 100_000, "more_body": True}
                await send(message)
            ended.set()

    async def exchange():
        async with served(large) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(GET + b"\r\n")
            await asyncio.wait_for(ended.wait(), 10)
            writer.close()

    asyncio.run(exchange())


@pytest.mark.usefixtures("hurried")
def test_a_call_that_takes_its_time_is_not_cut_off():
    async def slow(scope, receive, send):
        if scope["type"] == "http":
            await asyncio.sleep(1.0)
            await PlainTextResponse("done")(scope, receive, send)

    async def exchange():
        async with served(slow) as port:
            return await spoken(port, GET + CLOSE + b"\r\n")

    assert asyncio.run(exchange()).endswith(b"done")


@pytest.mark.hostile("O04")
def test_a_call_that_is_on_its_way_when_the_server_is_told_to_stop_is_answered(monkeypatch):
    monkeypatch.setattr(guard, "LAST_S", 0.8)

    async def exchange():
        config = server_config(echo)
        config.lifespan = "off"
        one = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as sock:
            port = sock.getsockname()[1]
            async with running(one, sock):
                idle = await asyncio.open_connection("127.0.0.1", port)
                late = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.sleep(0.2)
                one.should_exit = True
                await asyncio.sleep(0.3)
                late[1].write(POST + b"\r\nabcd")
                answers = [await reader.read() for reader, _ in (late, idle)]
                for _, writer in (late, idle):
                    writer.close()
                return answers

    late, idle = asyncio.run(exchange())
    assert late.startswith(b"HTTP/1.1 200 OK")
    assert b"connection: close" in late
    assert late.endswith(b"read 4")
    assert idle == b""


def test_more_connections_than_a_worker_holds_are_closed_at_once(monkeypatch):
    monkeypatch.setattr(guard, "MOST_CONNECTIONS", 5)

    async def exchange():
        async with served() as port:
            idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
            await asyncio.sleep(0.1)
            beyond = await spoken(port, GET + CLOSE + b"\r\n")
            for _, writer in idle:
                writer.close()
            await asyncio.sleep(0.1)
            return beyond, await spoken(port, GET + CLOSE + b"\r\n")

    beyond, then = asyncio.run(exchange())
    assert beyond == b""
    assert then.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.hostile("D15")
@pytest.mark.usefixtures("hurried")
def test_300_connections_that_never_finish_their_headers_are_closed_and_hold_nobody_up():
    async def exchange():
        async with served() as port:
            alone = await times(port)
            slow = asyncio.gather(*(never_finished(port) for _ in range(300)))
            await asyncio.sleep(0.2)
            beside = await times(port)
            return alone, beside, await slow

    alone, beside, lasted = asyncio.run(exchange())
    assert max(lasted) < 6
    assert p99(beside) < 1.2 * p99(alone) + 0.02


async def times(port):
    """Return how long each of a hundred calls took."""
    lasted = []
    for _ in range(100):
        before = time.monotonic()
        answer = await spoken(port, POST + CLOSE + b"\r\nabcd")
        lasted.append(time.monotonic() - before)
        assert answer.endswith(b"read 4")
    return lasted


async def never_finished(port):
    """Send headers without an end; return after how long the connection was closed."""
    before = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    dripping = asyncio.create_task(drip(writer))
    with contextlib.suppress(ConnectionResetError):
        answer = await asyncio.wait_for(reader.read(), 20)
        assert answer.startswith(b"HTTP/1.1 408 ")
    dripping.cancel()
    writer.close()
    return time.monotonic() - before


async def drip(writer):
    writer.write(GET)
    while not writer.is_closing():
        writer.write(b"X: a\r\n")
        await asyncio.sleep(0.25)


def p99(values):
    return sorted(values)[-2]
