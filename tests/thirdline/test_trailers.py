"""What follows the body of a chunked request is no header, whatever it says it is."""

import asyncio

import pytest
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from tests.thirdline.test_guard import served, spoken

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
CHUNKS = b"4\r\nbody\r\n0\r\n"


async def told(scope, receive, send):
    """Answer with every value of two headers, once the body was read."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    headers = Headers(scope=scope)
    values = headers.getlist("authorization") + headers.getlist("x-forwarded-proto")
    await PlainTextResponse(f"told {values}")(scope, receive, send)


def answered(*words, pause=0.0):
    async def exchange():
        async with served(told) as port:
            return await spoken(port, *words, pause=pause)

    return asyncio.run(exchange())


@pytest.mark.hostile("A36", "D24")
@pytest.mark.parametrize("pause", [0.0, 0.05], ids=["at once", "later"])
def test_a_trailer_is_no_header(pause):
    """The positive twin says the same in front of the body."""
    said = b"Authorization: Bearer a.b.c\r\nX-Forwarded-Proto: https\r\n"
    behind = answered(HEAD + b"\r\n", CHUNKS + said + b"\r\n", pause=pause)
    assert behind.endswith(b"told []")
    before = answered(HEAD + said + b"\r\n", CHUNKS + b"\r\n", pause=pause)
    assert before.endswith(b"told ['Bearer a.b.c', 'https']")
