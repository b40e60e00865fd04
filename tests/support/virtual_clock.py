"""A loop whose clock jumps: waiting takes no time, and the order of events stays what it would be.

Only what waits on the loop's own clock is moved by it (asyncio, anyio, httpx, stamina). The loop
never sleeps: when nothing can run, its time goes on to the next thing that is due. A loop that
waits for nothing at all would wait for ever, and fails.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Made = TypeVar("Made")

_START = 1_000.0
_PATIENCE = 5.0
"""How long, in real seconds, a thread may take to wake a loop that waits for nothing else."""


class ClockStopped(AssertionError):  # noqa: N818 - named for what it says
    """Everything waits and nothing is due."""


class _Jumping(selectors.DefaultSelector):
    """Waits for nothing; what it would have waited for is added to the clock."""

    now = _START

    def select(self, timeout: float | None = None) -> list[Any]:
        """Return what is ready, else jump over the time asked for."""
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None:
            ready = super().select(_PATIENCE)
            if not ready:
                raise ClockStopped("the loop waits for nothing that will ever happen")
            return ready
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop on a clock that jumps."""

    def __init__(self) -> None:
        """Start at a time that is not 0, so that an unset time shows."""
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the loop's own time, in seconds."""
        return self._jumping.now


def run(main: Coroutine[Any, Any, Made]) -> Made:
    """Run a coroutine to its end on a clock that jumps."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
