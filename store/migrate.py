"""Are the tables those this program knows, and if not, how do they become so?

Alembic's steps travel in the wheel and run in one transaction: an upgrade happens whole or not at
all. Of two programs that start at once, one upgrades and the other finds it done. A schema from a
newer version is refused, and so is a database begun with other keys, in which nothing would be
found.
"""

import asyncio
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.errors import SchemaUnfit, Unreachable
from store.keys import KeyRing
from store.outage import heard
from store.tables import BEGUN_WITH

FOLDER: Final = Path(__file__).with_name("migrations")
"""The steps, one file each, and how they are run."""
UPGRADE_S: Final = 300.0
"""How long an upgrade may take, another program's included."""
_LOCK: Final = 7_411_093_022
"""The number of PostgreSQL's advisory lock for upgrades: any number, the same in every version."""
_LOOKUP: Final = "lookup-key"
_PAUSE_S: Final = 0.1
_NO_LIMITS: Final = text(
    "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)"
)


async def upgrade(engine: AsyncEngine, keys: KeyRing) -> None:
    """Bring the tables to this program's state, and note which lookup key they go with."""
    end = asyncio.get_running_loop().time() + UPGRADE_S
    while True:
        try:
            return await heard(_upgrade(engine, keys), UPGRADE_S)
        except Unreachable as fault:
            is_late = asyncio.get_running_loop().time() > end
            if fault.reason != "database-busy" or is_late:
                raise
        await asyncio.sleep(_PAUSE_S)


async def check_database(engine: AsyncEngine, keys: KeyRing, patience_s: float) -> None:
    """SchemaUnfit where the program and the tables, or the keys and the rows, do not go together.

    Unreachable where that cannot be told.
    """
    revisions, begun_with = await heard(_state(engine), patience_s)
    _check_revisions(revisions)
    if begun_with != keys.fingerprint():
        raise SchemaUnfit("other-keys")


async def _upgrade(engine: AsyncEngine, keys: KeyRing) -> None:
    async with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(_NO_LIMITS)
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        revisions = await connection.run_sync(_revisions)
        if revisions - _known():
            raise SchemaUnfit("schema-newer")
        await connection.run_sync(_run_steps)
        if await _begun_with(connection) is None:
            row = {"what": _LOOKUP, "print": keys.fingerprint()}
            await connection.execute(BEGUN_WITH.insert(), row)


async def _state(engine: AsyncEngine) -> tuple[frozenset[str], bytes | None]:
    async with engine.connect() as connection:
        revisions = await connection.run_sync(_revisions)
        is_newest = revisions == {_newest()}
        return revisions, await _begun_with(connection) if is_newest else None


def _check_revisions(revisions: frozenset[str]) -> None:
    if not revisions:
        raise SchemaUnfit("schema-missing")
    if revisions - _known():
        raise SchemaUnfit("schema-newer")
    if revisions != {_newest()}:
        raise SchemaUnfit("schema-older")


async def _begun_with(connection: AsyncConnection) -> bytes | None:
    asked = select(BEGUN_WITH.c.print).where(BEGUN_WITH.c.what == _LOOKUP)
    return await connection.scalar(asked)


def _revisions(connection: Connection) -> frozenset[str]:
    return frozenset(MigrationContext.configure(connection).get_current_heads())


def _run_steps(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


def _known() -> frozenset[str]:
    return _steps(FOLDER)[0]


def _newest() -> str:
    return _steps(FOLDER)[1]


@cache
def _steps(folder: Path) -> tuple[frozenset[str], str]:
    """Return the steps of a folder, and the newest of them."""
    steps = ScriptDirectory(str(folder))
    known = frozenset(step.revision for step in steps.walk_revisions())
    return known, str(steps.get_current_head())
