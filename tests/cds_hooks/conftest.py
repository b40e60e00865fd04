"""Fixtures of the door's tests: records on each database engine; coroutines run on asyncio."""

from tests.store.conftest import anyio_backend, kept

__all__ = ["anyio_backend", "kept"]
