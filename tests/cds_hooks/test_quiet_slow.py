"""What was put away is looked up with the time a call has: long enough, and never too long."""

import asyncio
from dataclasses import dataclass

import orjson
import pytest

from tests.cds_hooks.hooks import REVIEW, app_of, call, client_of, prefetch_of
from tests.cds_hooks.people import two_failures
from tests.cds_hooks.test_feedback import NORTHERN, entry, reason
from tests.support import virtual_clock
from tests.support.kept import NORTH, Kept, Trusting

LONGEST_S = 2.2


@dataclass
class Slow(Kept):
    """Records that take their time where something is looked up."""

    seconds: float = 0.0

    async def quiet_periods(self, site, patient, now):
        await asyncio.sleep(self.seconds)
        return await super().quiet_periods(site, patient, now)


def asked_again(seconds):
    """Call, put the card away, call again of slow records; return cards and seconds of that."""
    kept = Slow()
    trust = Trusting(sites=(NORTH,), allows_unsigned=False)
    app = app_of(trust=trust, audit=kept, records=kept)
    headers = {"Content-Type": "application/json"} | NORTHERN
    path = f"/cds-services/{REVIEW}"
    body = orjson.dumps(call(prefetch_of(two_failures())))

    async def talk():
        loop = asyncio.get_running_loop()
        async with client_of(app) as client:
            answer = await client.post(path, content=body, headers=headers)
            (card,) = answer.json()["cards"]
            told = entry(card=card["uuid"], overrideReason=reason())
            feedback = orjson.dumps({"feedback": [told]})
            await client.post(f"{path}/feedback", content=feedback, headers=headers)
            kept.seconds = seconds
            before = loop.time()
            answer = await client.post(path, content=body, headers=headers)
            return len(answer.json()["cards"]), loop.time() - before

    return virtual_clock.run(talk())


@pytest.mark.hostile("D30")
@pytest.mark.parametrize(
    ("seconds", "cards"),
    [
        pytest.param(0.0, 0, id="at once"),
        pytest.param(0.9, 0, id="in a crowd"),
        pytest.param(60.0, 1, id="never: shown rather than kept back"),
    ],
)
def test_a_card_that_was_put_away_stays_away_where_that_can_be_known_in_time(seconds, cards):
    sent, took = asked_again(seconds)
    assert sent == cards
    assert took < LONGEST_S
