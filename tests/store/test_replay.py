"""A token is used once: at the same moment, by several workers, and after restarts."""

import asyncio
from datetime import timedelta

import pytest

from store.store import open_store
from tests.store.given import KEYS, LATER, NOW, ask

pytestmark = pytest.mark.anyio

ISSUER = "https://ehr.example.org"


async def test_only_the_first_use_is_the_first(kept):
    assert await kept.first_use(ISSUER, "a", LATER, NOW) is True
    assert await kept.first_use(ISSUER, "a", LATER, NOW) is False
    assert await kept.first_use(ISSUER, "b", LATER, NOW) is True


async def test_an_id_is_of_its_issuer(kept):
    assert await kept.first_use(ISSUER, "a", LATER, NOW) is True
    assert await kept.first_use("https://other.example.org", "a", LATER, NOW) is True
    assert await kept.first_use(f"{ISSUER}a", "", LATER, NOW) is True


async def test_of_many_at_once_one_is_the_first(kept):
    uses = (kept.first_use(ISSUER, f"{number % 5}", LATER, NOW) for number in range(100))
    assert sum(await asyncio.gather(*uses)) == 5


async def test_of_two_workers_one_sees_the_first_use(kept, database_url):
    other = await open_store(database_url, KEYS, migrate=False)
    uses = [
        store.first_use(ISSUER, str(number), LATER, NOW)
        for number in range(50)
        for store in (kept, other, other, kept)
    ]
    assert sum(await asyncio.gather(*uses)) == 50
    await other.close()


async def test_a_restart_forgets_nothing(kept, database_url):
    assert await kept.first_use(ISSUER, "a", LATER, NOW) is True
    await kept.close()
    again = await open_store(database_url, KEYS, migrate=True)
    assert await again.first_use(ISSUER, "a", LATER, NOW) is False
    await again.close()


async def test_an_id_stays_until_its_time_is_over_and_goes_some_time_after(kept, database_url):
    assert await kept.first_use(ISSUER, "a", LATER, NOW) is True
    last = LATER - timedelta(seconds=1)
    assert await kept.first_use(ISSUER, "b", LATER + timedelta(days=1), last) is True
    assert await kept.first_use(ISSUER, "a", LATER, last) is False
    later = LATER + timedelta(hours=2)
    assert await kept.first_use(ISSUER, "c", later + timedelta(days=1), later) is True
    assert ask(database_url, "SELECT count(*) FROM replay_ids") == [(2,)]
    assert await kept.first_use(ISSUER, "b", LATER + timedelta(days=1), later) is False


async def test_a_token_of_the_past_has_no_first_use(kept):
    assert await kept.first_use(ISSUER, "a", NOW, NOW) is False
    assert await kept.first_use(ISSUER, "b", NOW + timedelta(seconds=1), NOW) is True


@pytest.mark.hostile("K11")
async def test_the_id_itself_is_not_kept(kept, database_url):
    await kept.first_use(ISSUER, "id-of-a-token", LATER, NOW)
    ((token,),) = ask(database_url, "SELECT token FROM replay_ids")
    assert "id-of" not in token
    assert len(token) == 64
