"""Rows written at once share a transaction, and nothing else: no fault, no cancellation."""

import asyncio
import json
import os
import signal
import sqlite3
from contextlib import closing, contextmanager
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import Engine, event, make_url

from store.errors import RowRefused, StoreError, Unreachable
from store.store import open_store
from tests.store.given import KEYS, LATER, NORTH, NOW, ask, audit, card, correction, feedback, quiet

pytestmark = pytest.mark.anyio


def numbers(url):
    """Return the numbers of the audit rows that are kept."""
    return sorted(json.loads(text)["number"] for (text,) in ask(url, "SELECT text FROM audit"))


@contextmanager
def counted_commits():
    """Count the transactions committed meanwhile."""
    commits: list[object] = []
    counts = commits.append
    event.listen(Engine, "commit", counts)
    try:
        yield commits
    finally:
        event.remove(Engine, "commit", counts)


async def test_concurrent_rows_share_transactions(kept, database_url):
    with counted_commits() as commits:
        await asyncio.gather(*(kept.record(audit(one), [card(str(one))]) for one in range(100)))
    assert numbers(database_url) == list(range(100))
    assert 1 <= len(commits) <= 3


async def test_every_commit_is_flushed_whatever_the_servers_default(database_url):
    is_sqlite = database_url.startswith("sqlite")
    if not is_sqlite:
        name = make_url(database_url).database
        ask(database_url, f"ALTER DATABASE {name} SET synchronous_commit = off")
    asked = "PRAGMA synchronous" if is_sqlite else "SHOW synchronous_commit"
    found = []

    def look(connection):
        found.append(connection.exec_driver_sql(asked).scalar())

    kept = await open_store(database_url, KEYS, migrate=True)
    event.listen(Engine, "commit", look)
    try:
        await kept.record(audit())
    finally:
        event.remove(Engine, "commit", look)
    await kept.close()
    assert found == [2 if is_sqlite else "on"]


async def test_rows_of_every_kind_share_one(kept):
    await kept.record(audit(), [card()])
    with counted_commits() as commits:
        await asyncio.gather(
            kept.check(),
            kept.record(audit(2), [card("card-2")]),
            kept.first_use("i", "j", LATER, NOW),
            kept.keep_feedback([feedback()], [quiet()]),
            kept.correct(correction()),
        )
    assert len(commits) <= 2
    assert len(await kept.quiet_periods(NORTH, "1", NOW)) == 1
    assert len(await kept.corrections(NORTH, "1")) == 1


async def test_a_refused_row_takes_no_neighbour_with_it(kept, database_url):
    local = NOW.replace(tzinfo=None)
    rows = [
        kept.record(audit(one), [card(str(one), at=local if one in {7, 31} else NOW)])
        for one in range(60)
    ]
    answers = await asyncio.gather(*rows, return_exceptions=True)
    assert [one for one, answer in enumerate(answers) if answer is not None] == [7, 31]
    assert isinstance(answers[7], RowRefused)
    assert numbers(database_url) == [one for one in range(60) if one not in {7, 31}]


async def test_a_cancelled_caller_harms_nobody(kept, database_url):
    tasks = [asyncio.create_task(kept.record(audit(one))) for one in range(90)]
    for turn in range(30):
        await asyncio.sleep(0)
        tasks[3 * turn].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    acknowledged = {one for one, answer in enumerate(answers) if answer is None}
    assert acknowledged >= {one for one in range(90) if one % 3}
    assert acknowledged <= set(numbers(database_url))
    await kept.record(audit(100))
    assert await kept.broken_links() == []


async def test_the_first_use_is_told_to_the_caller_who_stayed(kept):
    gone = asyncio.create_task(kept.first_use("i", "j", LATER, NOW))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert gone.cancelled()
    await kept.first_use("i", "j", LATER, NOW)
    assert await kept.first_use("i", "j", LATER, NOW) is False


@contextmanager
def locked(url):
    """Hold a lock on what is written, as a stuck program or an operator would."""
    address = make_url(url)
    if address.drivername.startswith("sqlite"):
        with closing(sqlite3.connect(address.database or "")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
        return
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        connection.execute("LOCK TABLE audit IN EXCLUSIVE MODE")
        yield


async def test_a_database_locked_by_another_is_an_honest_failure_and_heals(kept, database_url):
    began = asyncio.get_running_loop().time()
    with locked(database_url):
        answers = await asyncio.gather(
            *(kept.record(audit(one)) for one in range(5)), return_exceptions=True
        )
        took = asyncio.get_running_loop().time() - began
        assert await kept.shown_before(NORTH, "1", NOW) == []
    assert {getattr(answer, "reason", None) for answer in answers} == {"database-busy"}
    assert took < 2
    await kept.record(audit(9))
    assert numbers(database_url) == [9]


@pytest.mark.hostile("J03")
@pytest.mark.skipif(os.name != "posix", reason="no way to halt a process")
async def test_a_server_that_hangs_is_left_in_time_and_reached_again(postgres):
    url = postgres.new_database()
    kept = await open_store(url, KEYS, migrate=True)
    await asyncio.gather(kept.record(audit(1)), kept.shown_before(NORTH, "1", NOW))
    pids = ask(url, "SELECT pid FROM pg_stat_activity WHERE application_name = 'thirdline'")
    clock = asyncio.get_running_loop().time
    began = clock()
    for (pid,) in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        asked = kept.record(audit(2)), kept.shown_before(NORTH, "1", NOW)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert clock() - began < 2
        assert {getattr(answer, "reason", None) for answer in answers} == {"database-busy"}
        await asyncio.sleep(1)
        await asyncio.gather(kept.record(audit(3)), kept.shown_before(NORTH, "1", NOW))
        assert clock() - began < 10
    finally:
        for (pid,) in pids:
            os.kill(pid, signal.SIGCONT)
    await kept.close()


async def test_a_closed_store_takes_nothing(kept):
    waiting = asyncio.create_task(kept.record(audit(1)))
    await asyncio.sleep(0)
    await kept.close()
    await waiting
    with pytest.raises(StoreError, match="closed"):
        await kept.record(audit(2))


async def test_a_flood_is_refused_before_it_fills_the_memory(kept):
    later = NOW + timedelta(days=1)
    many = (kept.first_use("i", str(one), later, NOW) for one in range(5_000))
    answers = await asyncio.gather(*many, return_exceptions=True)
    refused = [answer for answer in answers if answer is not True]
    assert refused
    assert all(isinstance(answer, Unreachable) for answer in refused)
    assert await kept.first_use("i", "after", later, NOW) is True
