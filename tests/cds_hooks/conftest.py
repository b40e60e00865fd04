"""What the door's tests share: records on each engine, all that is logged; runs on asyncio."""

from tests.ehr.test_logs import stream
from tests.store.conftest import anyio_backend, kept

__all__ = ["anyio_backend", "kept", "stream"]
