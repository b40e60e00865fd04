"""What is said of a fault of the database?

Its kind and the driver's code, and never its text: a driver quotes values in what it says.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from store.errors import Unreachable

Result = TypeVar("Result")

OUTAGES: Final = (SQLAlchemyError, OSError)
"""What SQLAlchemy and a connection raise; a time limit that ran out is an OSError."""

_FAREWELL_S: Final = 0.5
_ENDING: Final[set[asyncio.Task[None]]] = set()
"""What is being ended meanwhile; held here, or it would be forgotten half way."""

_BUSY: Final = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "57014", "40P01"})
_AWAY: Final = ("08", "57P", "SQLITE_CANTOPEN")


def outage(fault: BaseException) -> Unreachable:
    """Return what a caller is told of it."""
    code = _code_of(fault)
    if code in _BUSY or isinstance(fault, TimeoutError):
        reason = "database-busy"
    elif code.startswith(_AWAY) or isinstance(fault, OSError) or _is_cut(fault):
        reason = "database-unreachable"
    else:
        reason = "database-failed"
    return Unreachable(reason, name_of(fault))


def name_of(fault: BaseException) -> str:
    """Return the class of the driver's error, and its code where it has one."""
    return f"{type(_cause_of(fault)).__name__} {_code_of(fault)}".strip()


async def heard(asked: Coroutine[Any, Any, Result], patience_s: float) -> Result:
    """Return what the database answers; Unreachable, without a trace of the fault, otherwise.

    Who asks waits no longer than patience, whatever the driver does to end what it began.
    """
    task = asyncio.get_running_loop().create_task(asked)
    try:
        await asyncio.wait([task], timeout=patience_s)
    finally:
        if not task.done():
            _end_meanwhile(task)
    if not task.done():
        raise outage(TimeoutError())
    fault = task.exception()
    if isinstance(fault, OUTAGES):
        raise outage(fault)
    return task.result()


async def end(task: asyncio.Task[Any]) -> None:
    """End a task, asking again as long as its driver waits for an answer to its farewell."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_FAREWELL_S)
    if not task.cancelled():
        task.exception()  # counts as heard


def _end_meanwhile(task: asyncio.Task[Any]) -> None:
    ending = asyncio.get_running_loop().create_task(end(task))
    _ENDING.add(ending)
    ending.add_done_callback(_ENDING.discard)


def _cause_of(fault: BaseException) -> BaseException:
    return fault.orig if isinstance(fault, DBAPIError) and fault.orig is not None else fault


def _code_of(fault: BaseException) -> str:
    cause = _cause_of(fault)
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return code if isinstance(code, str) else ""


def _is_cut(fault: BaseException) -> bool:
    """Say whether the connection was never made, or went away: PostgreSQL's driver has no code."""
    if not isinstance(fault, DBAPIError):
        return False
    return fault.connection_invalidated or not hasattr(_cause_of(fault), "sqlite_errorname")
