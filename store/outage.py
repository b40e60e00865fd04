"""What is said of a fault of the database?

Its kind and the driver's code, and never its text: a driver quotes values in what it says.
"""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from store.errors import Unreachable

Result = TypeVar("Result")

OUTAGES: Final = (SQLAlchemyError, OSError)
"""What SQLAlchemy and a connection raise; a time limit that ran out is an OSError."""

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


async def heard(asked: Awaitable[Result], patience_s: float) -> Result:
    """Return what the database answers; Unreachable, without a trace of the fault, otherwise."""
    try:
        async with asyncio.timeout(patience_s):
            return await asked
    except OUTAGES as raised:
        fault = outage(raised)
    raise fault


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
