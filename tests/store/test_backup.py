"""A backup taken while rows are written is whole, and holds all that was acknowledged before it."""

import asyncio
import subprocess

import pytest
from sqlalchemy import make_url

from store.store import open_store
from tests.store.given import KEYS, ask
from tests.store.kept import check_pairs, rows
from tests.store.writing import writes

pytestmark = pytest.mark.anyio


def back_up(url, server, folder):
    """Make a backup by the engine's own means; return the URL of what is restored from it."""
    address = make_url(url)
    if address.drivername.startswith("sqlite"):
        ask(url, f"VACUUM INTO '{folder / 'backup.db'}'")
        return f"sqlite+aiosqlite:///{folder / 'backup.db'}"
    restored = server.new_database()
    programs = server.programs
    plain, into = (
        make_url(one).set(drivername="postgresql").render_as_string(hide_password=False)
        for one in (url, restored)
    )
    dump = subprocess.run([programs / "pg_dump", plain], capture_output=True, check=True)  # noqa: S603 - of the test's server
    subprocess.run(  # noqa: S603 - the same
        [programs / "psql", "--quiet", "-v", "ON_ERROR_STOP=1", into],
        input=dump.stdout,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return restored


@pytest.mark.hostile("J15")
async def test_a_backup_under_load_is_whole(kept, database_url, postgres, tmp_path):
    acknowledged, is_over = set(), asyncio.Event()

    async def call(first):
        number = first
        while not is_over.is_set():
            for kind, keeping in writes(kept, number):
                await keeping
                acknowledged.add((kind, number))
            number += 8

    callers = [asyncio.create_task(call(first)) for first in range(8)]
    await asyncio.sleep(0.1)
    before = {number for kind, number in acknowledged if kind == "audit"}
    restored = await asyncio.to_thread(back_up, database_url, postgres, tmp_path)
    await asyncio.sleep(0.02)
    is_over.set()
    await asyncio.gather(*callers)
    assert before
    assert before <= {number for kind, number in rows(restored) if kind == "audit"}
    assert len(rows(restored)) < len(rows(database_url))
    check_pairs(restored)
    again = await open_store(restored, KEYS, migrate=False)
    assert await again.broken_links() == []
    await again.close()
