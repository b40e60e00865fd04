"""How do many rows become durable in one transaction?

One task of a process writes; while a transaction is under way, what comes meanwhile waits for the
next one and shares it (group commit). A caller is told of success after its own row is durable, and
of a failure otherwise. A row the database will not hold is found by halving its group, so its
neighbours are kept. A caller that is cancelled takes nobody with it. Nothing outlives an outage:
the next group takes a fresh connection.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.errors import RowRefused, StoreError, Unreachable
from store.outage import end, name_of, outage

MOST_AT_ONCE: Final = 256
MOST_WAITING: Final = 4_096

Item = TypeVar("Item")
Result = TypeVar("Result")
Write = Callable[[AsyncConnection, Sequence[Item]], Awaitable[Sequence[Result]]]
"""Writes all items of its kind in the open transaction; one result for each, in their order."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    write: Write[Any, Any]
    item: Any
    told: asyncio.Future[Any]

    def fail(self, error: StoreError) -> None:
        if not self.told.done():
            self.told.set_exception(error)


class Writer:
    """The one writer of a process."""

    def __init__(
        self, engine: AsyncEngine, patience_s: float, on_doubt: Callable[[], None]
    ) -> None:
        """Write by this engine. ``on_doubt`` is called whenever a transaction was not kept."""
        self._engine = engine
        self._patience_s = patience_s
        self._on_doubt = on_doubt
        self._waiting: deque[_Waiting] = deque()
        self._group: Sequence[_Waiting] = ()
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    async def keep(self, write: Write[Item, Result], item: Item) -> Result:
        """Return the item's result once it is durable.

        Raises RowRefused where it was not kept, and Unreachable where nobody knows.
        """
        if self._is_closed:
            raise Unreachable("closed")
        if len(self._waiting) >= MOST_WAITING:
            raise Unreachable("too-many-waiting")
        told: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(write, item, told))
        self._start()
        try:
            await asyncio.wait([told], timeout=self._patience_s)
        finally:
            if not told.cancel():  # it was done: its error, if any, counts as heard
                told.exception()
        if told.cancelled():
            raise Unreachable("database-busy")
        return told.result()

    async def close(self) -> None:
        """Write what waits, and take no more."""
        self._is_closed = True
        while self._task is not None:
            await asyncio.wait([self._task])

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._write_all())
            self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Begin again where something waits still: no fault of one group stops the writer."""
        self._task = None
        fault = None if task.cancelled() else task.exception()
        for one in self._group:
            one.fail(Unreachable("database-failed", "" if fault is None else name_of(fault)))
        if self._waiting:
            self._start()

    async def _write_all(self) -> None:
        while self._waiting:
            taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
            self._group = [one for one in taken if not one.told.done()]
            await self._keep(self._group)

    async def _keep(self, group: Sequence[_Waiting]) -> None:
        """Keep a group in one transaction, or in halves where one of its rows is refused."""
        if not group:
            return
        task = asyncio.get_running_loop().create_task(self._transact(group))
        await asyncio.wait([task], timeout=self._patience_s)
        is_late = not task.done()
        await end(task)
        fault = TimeoutError() if is_late or task.cancelled() else task.exception()
        if fault is None:
            for one, result in zip(group, task.result(), strict=True):
                if not one.told.done():
                    one.told.set_result(result)
            return
        self._on_doubt()
        if not _is_of_a_row(fault):
            for one in group:
                one.fail(outage(fault))
        elif len(group) == 1:
            group[0].fail(RowRefused("row-refused", name_of(fault)))
        else:
            middle = len(group) // 2
            await self._keep(group[:middle])
            await self._keep(group[middle:])

    async def _transact(self, group: Sequence[_Waiting]) -> list[Any]:
        """Write a group kind by kind, always in the same order: two processes never interlock."""
        results: dict[_Waiting, Any] = {}
        async with self._engine.begin() as connection:
            for write in sorted({one.write for one in group}, key=lambda write: write.__qualname__):
                of_kind = [one for one in group if one.write == write]
                told = await write(connection, [one.item for one in of_kind])
                results.update(zip(of_kind, told, strict=True))
        return [results[one] for one in group]


def _is_of_a_row(fault: BaseException) -> bool:
    """Say whether the row is to blame: the database or its driver could not take it."""
    if isinstance(fault, DBAPIError):
        return isinstance(fault, IntegrityError | DataError)
    return isinstance(fault, StatementError | ValueError | TypeError | OverflowError)
