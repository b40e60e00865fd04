"""Corrections are added, never changed, and nobody overwrites what they have not seen."""

import asyncio

import pytest

from store.errors import StaleVersion
from store.store import open_store
from store.tables import APPEND_ONLY
from tests.store.given import KEYS, NORTH, SOUTH, ask, audit, correction

pytestmark = pytest.mark.anyio


async def test_every_correction_is_given_back_in_order(kept):
    rows = [correction(1), correction(2, text='{"undo": 1}'), correction(1, field="dose")]
    for row in rows:
        await kept.correct(row)
    assert await kept.corrections(NORTH, "1") == rows
    assert await kept.corrections(NORTH, "2") == []
    assert await kept.corrections(SOUTH, "1") == []


@pytest.mark.parametrize("version", [0, 1, 3])
async def test_a_version_that_is_not_the_next_one_is_refused(kept, version):
    await kept.correct(correction(1))
    with pytest.raises(StaleVersion):
        await kept.correct(correction(version, text="{}"))
    assert await kept.corrections(NORTH, "1") == [correction(1)]
    await kept.correct(correction(2))


async def test_of_two_at_once_one_is_kept(kept, database_url):
    other = await open_store(database_url, KEYS, migrate=False)
    answers = await asyncio.gather(
        *(
            store.correct(correction(1, author=f"Practitioner/{number}"))
            for number in range(10)
            for store in (kept, other)
        ),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers].count(StaleVersion) == 19
    assert len(await kept.corrections(NORTH, "1")) == 1
    await other.close()


async def test_versions_count_per_patient_trial_and_field(kept):
    first = [
        correction(1),
        correction(1, patient="2"),
        correction(1, site=SOUTH),
        correction(1, trial="other"),
        correction(1, field="dose"),
    ]
    for row in first:
        await kept.correct(row)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("sql", ["UPDATE {} SET site = 'x'", "DELETE FROM {}"])
async def test_the_database_refuses_to_change_what_is_append_only(kept, database_url, table, sql):
    await kept.correct(correction(1))
    await kept.record(audit())
    with pytest.raises(Exception, match=f"{table} is append-only"):
        ask(database_url, sql.format(table))
    assert ask(database_url, "SELECT a.site, c.site FROM audit a, corrections c") == [
        (NORTH, NORTH)
    ]
