"""Three times as many calls as can be answered, for a short while, against ``thirdline serve``."""

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.thirdline.configured import sandbox, written
from tests.thirdline.serving import ADA, REVIEW, TODAY, asked, started, url_of

HEAD = (
    f"POST {REVIEW} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    f"Content-Type: application/json\r\nContent-Length: {len(ADA)}\r\n\r\n"
).encode()
LOAD_S = 3.0


@dataclass(frozen=True)
class Asked:
    """One call: its status, and how many seconds it took."""

    status: int
    took: float


async def ask(port):
    before = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(HEAD + ADA)
        answer = await reader.read()
    finally:
        writer.close()
    return Asked(int(answer[9:12]), time.monotonic() - before)


async def capacity(port):
    """Return the calls a second that eight clients get answered."""
    end, count = time.monotonic() + 1.0, 0

    async def client():
        nonlocal count
        while time.monotonic() < end:
            assert (await ask(port)).status == 200
            count += 1

    await asyncio.gather(*(client() for _ in range(8)))
    return count


async def loaded(port, per_second):
    """Begin so many calls a second, whether or not the others are answered."""
    calls: list[asyncio.Task[Asked]] = []
    began = time.monotonic()
    while (since := time.monotonic() - began) < LOAD_S:
        due = int(since * per_second) - len(calls)
        calls += [asyncio.create_task(ask(port)) for _ in range(due)]
        await asyncio.sleep(0.005)
    return await asyncio.gather(*calls)


@pytest.mark.hostile("D30")
def test_too_many_calls_are_refused_quickly_and_then_all_is_as_before(tmp_path):
    settings = sandbox(tmp_path) | {"calls_at_once": 8, "today": TODAY}
    with started("serve", "--config", written(tmp_path, settings), folder=tmp_path) as process:
        port = urlsplit(url_of(process)).port
        assert asked(f"http://127.0.0.1:{port}").status_code == 200

        async def exchange():
            can = await capacity(port)
            alone = [await ask(port) for _ in range(50)]
            crowd = await loaded(port, 3 * can)
            await asyncio.sleep(1.0)
            return alone, crowd, [await ask(port) for _ in range(50)]

        alone, crowd, after = asyncio.run(exchange())
        assert process.poll() is None
    assert {one.status for one in crowd} == {200, 503}
    refused = sorted(one.took for one in crowd if one.status == 503)
    assert refused[len(refused) // 2] < 0.1
    assert {one.status for one in (*alone, *after)} == {200}
    assert typical(after) < 2 * typical(alone) + 0.02


def typical(calls):
    return sorted(one.took for one in calls)[len(calls) // 2]
