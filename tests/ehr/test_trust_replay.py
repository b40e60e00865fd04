"""A token works once over all workers and restarts, on each database the service runs on."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from ehr.errors import Untrusted
from store.keys import KeyRing
from store.store import open_store
from tests.support.tokens import (
    ENDPOINT,
    MOMENT,
    NORTH,
    SOUTH,
    bearer,
    claims_for,
    private_key,
    signed,
    trust_of,
)

KEYS = KeyRing.new(datetime(2026, 1, 1, tzinfo=UTC))


@asynccontextmanager
async def worker(url):
    """Run what one worker has: a store of its own over the shared database, and trust on it."""
    store = await open_store(url, KEYS, migrate=True)
    try:
        yield trust_of(replay=store)
    finally:
        await store.close()


async def answer_of(trust, token):
    try:
        caller = await trust.caller(bearer(token), ENDPOINT)
    except Untrusted as refused:
        return refused.reason
    return caller.site.name


@pytest.mark.requirement("SEC-11")
@pytest.mark.hostile("A24")
def test_of_twenty_uses_at_once_by_two_workers_one_is_the_first(database_url):
    async def run():
        async with worker(database_url) as one, worker(database_url) as other:
            token = signed(claims_for())
            uses = [answer_of(trust, token) for trust in (one, other) for _ in range(10)]
            answers = await asyncio.gather(*uses)
            return sorted(answers), await answer_of(other, signed(claims_for()))

    answers, fresh = asyncio.run(run())
    assert answers == ["north", *["used-before"] * 19]
    assert fresh == "north"


@pytest.mark.requirement("SEC-11")
@pytest.mark.hostile("A24")
def test_a_token_that_was_used_stays_used_after_a_restart(database_url):
    async def run(*tokens):
        async with worker(database_url) as trust:
            return [await answer_of(trust, one) for one in tokens]

    token = signed(claims_for())
    assert asyncio.run(run(token)) == ["north"]
    assert asyncio.run(run(token, signed(claims_for()))) == ["used-before", "north"]


@pytest.mark.requirement("SEC-11")
@pytest.mark.hostile("A27")
def test_two_issuers_may_use_the_same_id_and_each_once(database_url):
    async def run():
        async with worker(database_url) as trust:
            tokens = [signed(claims_for(issuer=one), by=one, jti="same") for one in (NORTH, SOUTH)]
            return [await answer_of(trust, one) for one in [*tokens, *tokens]]

    assert asyncio.run(run()) == ["north", "south", "used-before", "used-before"]


@pytest.mark.requirement("SEC-11")
def test_a_forged_token_leaves_its_id_to_the_good_one(database_url):
    async def run():
        async with worker(database_url) as trust:
            claims = claims_for()
            forged = signed(claims, key=private_key("stranger", "ES384"))
            return [await answer_of(trust, one) for one in (forged, signed(claims))]

    assert asyncio.run(run()) == ["signature-wrong", "north"]


@pytest.mark.parametrize("jti", ["'; DROP TABLE x --", "żółw", "x" * 256, "%s", "\\x00", "a b"])
@pytest.mark.hostile("A28")
def test_an_id_of_any_letters_is_kept(database_url, jti):
    async def run():
        async with worker(database_url) as trust:
            token = signed(claims_for(now=MOMENT), jti=jti)
            return [await answer_of(trust, token) for _ in range(2)]

    assert asyncio.run(run()) == ["north", "used-before"]
