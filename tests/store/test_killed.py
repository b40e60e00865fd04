"""A program or a server that is killed while it writes loses nothing it acknowledged."""

import asyncio
import os
import random
import time
from itertools import count

import pytest
from hypothesis import settings

from store.errors import StoreError, Unreachable
from store.store import open_store
from tests.store.given import KEYS, LATER, NOW
from tests.store.kept import check_pairs, rows, wait_for_the_end
from tests.store.writing import write_until_killed, writes
from tests.support.databases import postgres_server

KILLS = {"ci": 10, "deep": 100}
CALLERS = 8


def kills():
    """Return how often to kill: more often under the profile of the long tests."""
    return KILLS["deep" if settings().max_examples > 1_000 else "ci"]


async def lost(url, acknowledged):
    """Return what was acknowledged and is not there, asked of a store opened anew."""
    store = await open_store(url, KEYS, migrate=False)
    there = rows(url)
    missing = set()
    for kind, number in acknowledged:
        if kind == "use":
            is_there = not await store.first_use("issuer", str(number), LATER, NOW)
        elif kind == "correction":
            is_there = len(await store.corrections("north-hospital", str(number))) == 1
        else:
            is_there = (kind if kind == "audit" else "feedback-a", number) in there
        if not is_there:
            missing.add((kind, number))
    assert await store.broken_links() == []
    await store.close()
    return missing


def prepare(url):
    """Make the tables."""
    asyncio.run(_prepare(url))


async def _prepare(url):
    store = await open_store(url, KEYS, migrate=True)
    await store.close()


def write_and_kill(processes, url, first, rows, moment):
    """Let a process write some rows and a moment more, kill it, return what it acknowledged."""
    receives, sends = processes.Pipe(duplex=False)
    writer = processes.Process(target=write_until_killed, args=(url, KEYS, first, sends))
    writer.start()
    sends.close()
    told = b""
    while told.count(b"\n") < rows:
        more = os.read(receives.fileno(), 1 << 16)
        assert more, "the process ended by itself"
        told += more
    time.sleep(moment)
    writer.kill()
    while more := os.read(receives.fileno(), 1 << 16):
        told += more
    writer.join()
    assert writer.exitcode == -9
    receives.close()
    lines = told.decode().split("\n")[:-1]
    return {(kind, int(number)) for kind, number in (line.split() for line in lines)}


@pytest.mark.hostile("J01", "J02")
def test_a_killed_program_loses_nothing_it_acknowledged(database_url, processes):
    chance = random.Random(7)  # noqa: S311 - moments to kill at
    prepare(database_url)
    acknowledged = set()
    for turn in range(kills()):
        rows, moment = chance.randrange(1, 60), chance.uniform(0, 0.01)
        acknowledged |= write_and_kill(processes, database_url, turn * 100_000, rows, moment)
        wait_for_the_end(database_url)
        check_pairs(database_url)
    assert asyncio.run(lost(database_url, acknowledged)) == set()


@pytest.fixture
def own_server():
    """Return a PostgreSQL server that may be crashed."""
    with postgres_server() as server:
        yield server


@pytest.mark.hostile("J02", "J03")
def test_a_crashed_server_loses_nothing_and_the_program_goes_on_by_itself(own_server):
    url = own_server.new_database()
    prepare(url)
    acknowledged, longest = asyncio.run(write_over_crashes(url, own_server, 1 + kills() // 50))
    assert longest < 10
    assert acknowledged
    check_pairs(url)
    assert asyncio.run(lost(url, acknowledged)) == set()


async def write_over_crashes(url, server, crashes):
    """Write while the server crashes and starts again; return what was kept, and the longest gap.

    The gap is in seconds, from the crash to the first row acknowledged after it.
    """
    store, clock = await open_store(url, KEYS, migrate=False), asyncio.get_running_loop().time
    acknowledged, refused, numbered = set(), [], count()
    kept_again, is_over = asyncio.Event(), asyncio.Event()

    async def call():
        for number in numbered:
            for kind, kept in writes(store, number):
                if is_over.is_set():
                    kept.close()
                    continue
                try:
                    await kept
                except Unreachable as error:
                    refused.append(error.reason)
                    await asyncio.sleep(0.01)
                else:
                    acknowledged.add((kind, number))
                    kept_again.set()
            if is_over.is_set():
                return

    callers = [asyncio.create_task(call()) for _ in range(CALLERS)]
    gaps = []
    for _ in range(crashes):
        await asyncio.wait_for(kept_again.wait(), timeout=30)
        await asyncio.sleep(0.2)
        await asyncio.to_thread(server.stop_at_once)
        crashed_at = clock()
        with pytest.raises(StoreError):
            await store.check()
        await asyncio.to_thread(server.start_again)
        kept_again.clear()
        await asyncio.wait_for(kept_again.wait(), timeout=30)
        gaps.append(clock() - crashed_at)
        await store.check()
    await asyncio.sleep(0.2)
    is_over.set()
    await asyncio.gather(*callers)
    await store.close()
    assert set(refused) <= {"database-unreachable", "database-busy", "database-failed"}
    assert refused
    return acknowledged, max(gaps)
