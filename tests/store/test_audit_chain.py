"""An audit row that was changed, taken out or put in is found; what is as it was written is not."""

import asyncio

import pytest

from store.errors import RowRefused
from store.store import open_store
from tests.store.given import KEYS, NOW, ask, audit

pytestmark = pytest.mark.anyio


@pytest.fixture
async def written(kept, database_url):
    """Return the URL of a database with audit rows of two workers."""
    other = await open_store(database_url, KEYS, migrate=False)
    for number in range(0, 40, 4):
        ones = (kept.record(audit(number + one, patient="ö\0")) for one in range(3))
        await asyncio.gather(*ones, other.record(audit(number + 3)))
    await other.close()
    for name in ("update", "delete"):
        if database_url.startswith("sqlite"):
            ask(database_url, f"DROP TRIGGER audit_no_{name}")
    if database_url.startswith("postgresql"):
        ask(database_url, "DROP TRIGGER audit_append_only ON audit")
    return database_url


async def test_what_is_as_it_was_written_holds(kept, written):
    assert ask(written, "SELECT count(*), count(DISTINCT chain) FROM audit") == [(40, 2)]
    assert await kept.broken_links() == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET patient = 'Patient/2' WHERE id = 5",
        "UPDATE audit SET text = '{}' WHERE id = 5",
        "UPDATE audit SET at = '2020-01-01 00:00:00.000000+00' WHERE id = 5",
        "UPDATE audit SET seal = 'x' WHERE id = 5",
        "UPDATE audit SET event = 'x' WHERE id = 5",
        "DELETE FROM audit WHERE id = 5",
    ],
)
async def test_a_row_changed_or_taken_out_is_found(kept, written, sql):
    if written.startswith("sqlite"):
        sql = sql.replace("+00", "")
    ask(written, sql)
    assert await kept.broken_links() != []


async def test_a_row_put_in_is_found(kept, written):
    ask(
        written,
        "INSERT INTO audit (at, kind, site, event, patient, text, chain, link, seal)"
        " SELECT at, kind, site, 'x', patient, text, 'forged', 1, seal FROM audit WHERE id = 5",
    )
    assert await kept.broken_links() == [("forged", 1)]


async def test_a_row_that_was_refused_breaks_no_chain(kept):
    await kept.record(audit(1))
    with pytest.raises(RowRefused):
        await kept.record(audit(2, at=NOW.replace(tzinfo=None)))
    await kept.record(audit(3))
    assert await kept.broken_links() == []


@pytest.mark.hostile("K09")
async def test_an_event_delivered_again_is_kept_once(kept, database_url):
    other = await open_store(database_url, KEYS, migrate=False)
    events = [audit(number, event=f"event-{number}") for number in range(20)]
    await kept.record(events[3])
    await kept.record(events[3])
    first = (kept.record(event) for event in (*events, *events[:5]))
    second = (other.record(event) for event in events[10:])
    await asyncio.gather(*first, *second)
    await kept.record(events[19])
    await kept.record(audit(20))
    asked = "SELECT count(*), count(DISTINCT text), count(DISTINCT event) FROM audit"
    assert ask(database_url, asked) == [(21, 21, 21)]
    assert await kept.broken_links() == []
    await other.close()


@pytest.mark.hostile("K09")
async def test_events_without_an_id_and_of_other_sites_are_all_kept(kept, database_url):
    rows = [audit(), audit(), audit(event="a"), audit(event="a", site="south-hospital")]
    await asyncio.gather(*(kept.record(row) for row in rows))
    assert ask(database_url, "SELECT count(*) FROM audit") == [(4,)]
