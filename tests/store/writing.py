"""A process that writes as fast as it can and says what was acknowledged, until it is killed."""

import asyncio
import os
from itertools import count
from multiprocessing.connection import Connection

from store.keys import KeyRing
from store.store import Store, open_store
from tests.store.given import LATER, NOW, audit, card, correction, feedback, quiet

CALLERS = 8


def write_until_killed(url: str, keys: KeyRing, first: int, acknowledged: Connection) -> None:
    """Write rows numbered from ``first`` on; tell (kind, number) of each once it is kept."""
    asyncio.run(_write(url, keys, first, acknowledged))


async def _write(url: str, keys: KeyRing, first: int, acknowledged: Connection) -> None:
    store = await open_store(url, keys, migrate=False)
    numbers = count(first)

    async def call() -> None:
        for number in numbers:
            for kind, kept in writes(store, number):
                await kept
                os.write(acknowledged.fileno(), f"{kind} {number}\n".encode())

    await asyncio.gather(*(call() for _ in range(CALLERS)))


def writes(store: Store, number: int):
    """Return, for one number, each kind of row and the coroutine that keeps it."""
    name = str(number)
    yield "use", store.first_use("issuer", name, LATER, NOW)
    yield "audit", store.record(audit(number), [card(f"{name}-a"), card(f"{name}-b")])
    yield "feedback", store.keep_feedback([feedback(f"{name}-a")], [quiet(f"{name}-a")])
    yield "correction", store.correct(correction(1, patient=name))


def open_and_write_one(url: str, keys: KeyRing, number: int) -> None:
    """Open the store, made where it is not there yet, and write one audit row."""
    asyncio.run(_open_and_write_one(url, keys, number))


async def _open_and_write_one(url: str, keys: KeyRing, number: int) -> None:
    store = await open_store(url, keys, migrate=True)
    await store.record(audit(number))
    await store.close()
