"""Stores for tests: one opened on each engine; coroutines are run by anyio on asyncio."""

import multiprocessing
from collections.abc import AsyncIterator
from multiprocessing.context import ForkServerContext

import pytest

from store.store import Store, open_store
from tests.store.given import KEYS


@pytest.fixture
def anyio_backend() -> str:
    """Run coroutines on asyncio, as the service does."""
    return "asyncio"


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[Store]:
    """Return an open store over an empty database."""
    store = await open_store(database_url, KEYS, migrate=True, patience_s=10)
    yield store
    await store.close()


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Return how processes are begun: forked from one that has everything imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.writing"])
    return context
