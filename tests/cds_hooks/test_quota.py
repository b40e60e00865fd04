"""An EHR that calls too often waits; the others do not."""

import asyncio

import orjson
import pytest

from ehr.site import Site
from tests.cds_hooks import test_door_trust as trusted
from tests.cds_hooks.hooks import REVIEW, call, client_of, prefetch_of, refusal
from tests.cds_hooks.people import quiet
from tests.cds_hooks.test_door_answers import NAMED, asked, door
from tests.support.kept import NORTH, SOUTH, Kept


@pytest.mark.hostile("D28")
def test_calls_beyond_the_quota_wait_and_other_ehrs_do_not():
    north = Site(name="north", base=NORTH.base, calls_per_minute=3)
    kept = Kept()
    app = door(kept, sites=(north, SOUTH))

    async def call_often():
        body = orjson.dumps(call(prefetch_of(quiet())))
        headers = {"Content-Type": "application/json"}
        async with client_of(app) as client:
            ours = [
                await client.post(f"/cds-services/{REVIEW}", content=body, headers=headers | NAMED)
                for _ in range(30)
            ]
            theirs = await client.post(
                f"/cds-services/{REVIEW}",
                content=body,
                headers=headers | {"Authorization": "Bearer south"},
            )
        return ours, theirs

    ours, theirs = asyncio.run(call_often())
    assert [one.status_code for one in ours] == [200] * 3 + [429] * 27
    assert 1 <= int(ours[-1].headers["retry-after"]) <= 60
    refusal(ours[-1])
    assert theirs.status_code == 200
    assert len(kept.events) == 4


def test_feedback_has_a_quota_of_its_own():
    north = Site(name="north", base=NORTH.base, calls_per_minute=1)
    app = door(sites=(north, SOUTH))
    told = orjson.dumps(trusted.FEEDBACK)
    assert asked(app).status_code == 200
    assert asked(app).status_code == 429
    statuses = [asked(app, told, service=f"{REVIEW}/feedback").status_code for _ in range(2)]
    assert statuses == [200, 429]
