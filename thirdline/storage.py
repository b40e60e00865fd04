"""With which keys, and in which database, does this installation keep things?

SQLite is made and brought up to date by the first process that serves, and its key file with it.
A database server is shared by several machines: there both are made by commands of their own.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from store.errors import KeysUnfit, StoreError
from store.keys import KeyRing, read_keys, write_keys
from store.store import Store, open_store
from thirdline.errors import FAULTY, Refusal
from thirdline.settings import Settings
from thirdline.settings_files import FileFault, database_url, reason_of

SETTING: Final = "keys_file"
_SQLITE: Final = "sqlite+aiosqlite:///"
_FOR_OWNER: Final = 0o700
_FEWEST_BYTES: Final = 12
"""32 random bytes hold fewer different ones once in 10^20 times; a made-up key often does."""


def is_sqlite(settings: Settings) -> bool:
    """Say whether the database is a file of this machine."""
    return database_url(settings).startswith(_SQLITE)


def ring(settings: Settings) -> KeyRing:
    """Return the keys. Raises Refusal where the file is absent, open to others or wrong."""
    try:
        keys = read_keys(Path(settings.keys_file), SETTING)
    except KeysUnfit as wrong:
        raise Refusal(str(wrong), FAULTY) from None
    if any(len(set(secret)) < _FEWEST_BYTES for secret in (keys.lookup, *_secrets(keys))):
        raise Refusal(f"{SETTING}: a key that is not random; thirdline keys new makes one", FAULTY)
    return keys


def first_ring(settings: Settings, now: datetime) -> bool:
    """Make a key file where there is none yet; return whether one was made."""
    path = Path(settings.keys_file)
    if path.exists():
        return False
    kept(settings, KeyRing.new(now))
    return True


def kept(settings: Settings, keys: KeyRing) -> None:
    """Write the key file. Raises Refusal where that cannot be done."""
    try:
        write_keys(Path(settings.keys_file), keys)
    except OSError as wrong:
        raise Refusal(f"{SETTING}: {reason_of(wrong)}", FAULTY) from wrong


def key_faults(settings: Settings) -> list[str]:
    """Return what is wrong with the key file; none is needed before an SQLite database is made."""
    if not Path(settings.keys_file).exists() and _is_first_start(settings):
        return []
    try:
        ring(settings)
    except Refusal as wrong:
        return [wrong.line]
    return []


async def opened(settings: Settings, keys: KeyRing, *, migrate: bool) -> Store:
    """Return the store. Raises Refusal where the database is not fit or not reached."""
    try:
        return await open_store(database_url(settings), keys, migrate=migrate)
    except (StoreError, FileFault) as wrong:
        raise Refusal(f"database_url: {_said(wrong)}", FAULTY) from None


def prepare(settings: Settings, now: datetime) -> None:
    """Find out before the first call whether things can be kept; make and upgrade SQLite."""
    _try_folder("spool_folder", Path(settings.spool_folder))
    if settings.audit_file:
        _try_folder("audit_file", Path(settings.audit_file).parent)
    if _is_first_start(settings):
        first_ring(settings, now)
    upgrade(settings, migrate=is_sqlite(settings))


def upgrade(settings: Settings, *, migrate: bool = True) -> None:
    """Open the database once, made or brought up to date where ``migrate`` says so."""

    async def once() -> None:
        store = await opened(settings, ring(settings), migrate=migrate)
        await store.close()

    asyncio.run(once())


def sealed_with(settings: Settings, keys: KeyRing, key_id: str) -> int:
    """Count the rows that are encrypted with a key."""

    async def count() -> int:
        store = await opened(settings, keys, migrate=False)
        try:
            return (await store.rows_by_key()).get(key_id, 0)
        except StoreError as wrong:
            raise Refusal(f"database_url: {_said(wrong)}", FAULTY) from None
        finally:
            await store.close()

    return 0 if _is_first_start(settings) else asyncio.run(count())


def broken_audit(settings: Settings, keys: KeyRing) -> Sequence[str]:
    """Return the audit rows that do not fit the one before, as "chain number"."""

    async def look() -> Sequence[str]:
        store = await opened(settings, keys, migrate=False)
        try:
            return [f"{chain} {link}" for chain, link in await store.broken_links()]
        except StoreError as wrong:
            raise Refusal(f"database_url: {_said(wrong)}", FAULTY) from None
        finally:
            await store.close()

    return () if _is_first_start(settings) else asyncio.run(look())


def _try_folder(name: str, folder: Path) -> None:
    """Make a folder for its owner only where it is not there, and write in it once."""
    try:
        folder.mkdir(mode=_FOR_OWNER, parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as wrong:
        raise Refusal(f"{name}: {reason_of(wrong)}", FAULTY) from wrong


def _is_first_start(settings: Settings) -> bool:
    """Say whether the database is a file that is not there yet."""
    file = database_url(settings).removeprefix(_SQLITE).partition("?")[0]
    return is_sqlite(settings) and not Path(file).exists()


def _secrets(keys: KeyRing) -> list[bytes]:
    return [key.secret for key in keys.keys]


def _said(wrong: Exception) -> str:
    """Return an error's sentence without the name of a setting of its own."""
    return str(wrong).removeprefix("database_url: ")
