"""Stores for tests: one opened on each engine; coroutines are run by anyio on asyncio."""

from collections.abc import AsyncIterator

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
    store = await open_store(database_url, KEYS, migrate=True)
    yield store
    await store.close()
