"""How is the database reached?

Two pools of one database: one connection that writes, several that read, each statement by itself.
SQLite keeps a write-ahead log, flushes it with every commit, and takes the write lock when a
transaction begins, so that none has to be given up half way. PostgreSQL answers within short limits
and commits synchronously whatever the server's default is. Values are never part of a message.
"""

import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from store.errors import StoreError
from store.outage import outage

LOCK_MS: Final = 1_000
"""How long a statement waits for another one's lock."""
_READING: Final = {"pool_size": 4, "max_overflow": 0, "isolation_level": "AUTOCOMMIT"}
POOL_WAIT_S: Final = 1.0

_SQLITE: Final = "sqlite+aiosqlite"
_POSTGRESQL: Final = "postgresql+psycopg"
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {LOCK_MS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
)
_SETTINGS: Final = {
    "statement_timeout": LOCK_MS,
    "lock_timeout": LOCK_MS,
    "idle_in_transaction_session_timeout": 10_000,
    "synchronous_commit": "on",
    "timezone": "UTC",
}
_WIRE: Final = {
    "connect_timeout": 2,
    "tcp_user_timeout": 2_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "application_name": "thirdline",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """The two pools."""

    writes: AsyncEngine
    reads: AsyncEngine

    async def close(self) -> None:
        """Close every connection of both."""
        await self.writes.dispose()
        await self.reads.dispose()


logging.getLogger("aiosqlite").disabled = True  # it logs every statement with its values


def open_engines(url: str) -> Engines:
    """Return the pools of a database URL; nothing is connected yet.

    StoreError: it is not such a URL, or its file cannot be opened.
    """
    address = _address(url)
    if address.drivername == _SQLITE:
        return _of_sqlite(address)
    options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    told = {**_WIRE, "options": options}
    arguments = {name: value for name, value in told.items() if name not in address.query}
    return Engines(
        writes=_engine(address, arguments, {"pool_size": 1, "max_overflow": 1}),
        reads=_engine(address, arguments, _READING),
    )


def _address(url: str) -> URL:
    with suppress(ArgumentError, ValueError):
        address = make_url(url)
        in_memory = address.database in {None, "", ":memory:"}
        if address.drivername == _POSTGRESQL or (address.drivername == _SQLITE and not in_memory):
            return address
    raise StoreError("database-url")


def _of_sqlite(address: URL) -> Engines:
    _make_private(Path(address.database or ""))
    arguments = {"timeout": LOCK_MS / 1000}
    engines = Engines(
        writes=_engine(address, arguments, {"pool_size": 1, "max_overflow": 0}),
        reads=_engine(address, arguments, _READING),
    )
    for engine in (engines.writes, engines.reads):
        event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engines.writes.sync_engine, "begin", _begin_immediately)
    return engines


def _engine(address: URL, arguments: dict[str, Any], pool: dict[str, Any]) -> AsyncEngine:
    return create_async_engine(
        address,
        hide_parameters=True,
        pool_pre_ping=address.drivername == _POSTGRESQL,  # a file does not go away
        pool_timeout=POOL_WAIT_S,
        connect_args=arguments,
        **pool,
    )


def _make_private(file: Path) -> None:
    """Make the file, for its owner only, where it is not there yet; Unreachable if it cannot be."""
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as raised:
        fault = outage(raised)
    else:
        return
    raise fault


def _set_pragmas(connection: DBAPIConnection, record: object) -> None:
    del record
    connection.isolation_level = None  # the driver begins no transaction
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_immediately(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
