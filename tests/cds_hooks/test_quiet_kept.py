"""Cards that were shown or put away are remembered, over calls and on each database."""

import json
from datetime import datetime, timedelta

import orjson
import pytest

from cds_hooks.recorded import RecordedAudit
from tests.cds_hooks.hooks import REVIEW, SAFETY, app_of, call, client_of, prefetch_of, topics
from tests.cds_hooks.orders import MIRTAZAPINE, SELECT, SIGN, draft, order_call
from tests.cds_hooks.people import drug, phq9, two_failures, without_effect
from tests.cds_hooks.test_feedback import NORTHERN, SOUTHERN, entry, reason
from tests.support.kept import NORTH, NOW, SOUTH, Trusting

pytestmark = pytest.mark.anyio
JSON_TYPE = {"Content-Type": "application/json"}


class Talk:
    """Calls one after another, at moments that a test sets."""

    def __init__(self, kept):
        """Talk to a door that keeps its records here."""
        self.now: datetime = NOW
        self.app = app_of(
            trust=Trusting(sites=(NORTH, SOUTH), allows_unsigned=False),
            audit=RecordedAudit(kept),
            records=kept,
            now=lambda: self.now,
        )

    async def cards(self, service, body, caller=NORTHERN):
        async with client_of(self.app) as client:
            answer = await client.post(
                f"/cds-services/{service}", content=orjson.dumps(body), headers=JSON_TYPE | caller
            )
        assert answer.status_code == 200, answer.text
        return json.loads(answer.content)["cards"]

    async def told(self, service, card, code, **more):
        at = self.now.isoformat().replace("+00:00", "Z")
        one = entry(card=card["uuid"], outcomeTimestamp=at, overrideReason=reason(code), **more)
        async with client_of(self.app) as client:
            answer = await client.post(
                f"/cds-services/{service}/feedback",
                content=orjson.dumps({"feedback": [one]}),
                headers=JSON_TYPE | NORTHERN,
            )
        assert answer.status_code == 200, answer.text


def ordering(service, *drafts):
    return order_call(service, list(drafts), prefetch_of(two_failures()))


async def test_at_signing_a_card_is_not_repeated_for_its_draft(kept):
    talk = Talk(kept)
    shown = await talk.cards(SELECT, ordering(SELECT, draft()))
    assert topics(shown) == ["nextAntidepressant"]
    assert await talk.cards(SIGN, ordering(SIGN, draft())) == []
    assert len(await talk.cards(SELECT, ordering(SELECT, draft()))) == 1
    assert len(await talk.cards(SIGN, ordering(SIGN, draft("d2")))) == 1
    assert len(await talk.cards(SIGN, ordering(SIGN, draft()), SOUTHERN)) == 1
    talk.now = NOW + timedelta(hours=25)
    assert len(await talk.cards(SIGN, ordering(SIGN, draft()))) == 1


@pytest.mark.hostile("K08")
@pytest.mark.parametrize("local", ["d\x001", "d 1", "d\n1", "\u202ed1", "d" * 300])
async def test_a_draft_of_no_plain_id_is_judged_and_not_remembered(kept, local):
    """No database is asked to hold it; the positive twin is above."""
    talk = Talk(kept)
    for _ in range(2):
        found = await talk.cards(SIGN, ordering(SIGN, draft(local)))
        assert topics(found) == ["nextAntidepressant"]


def reviewing(*more):
    return call(prefetch_of([*two_failures(), *more]))


async def test_a_quiet_period_ends_with_its_time_or_with_a_new_fact(kept):
    talk = Talk(kept)
    (card,) = await talk.cards(REVIEW, reviewing())
    await talk.told(REVIEW, card, "limited-time")
    assert await talk.cards(REVIEW, reviewing()) == []
    assert len(await talk.cards(REVIEW, reviewing(), SOUTHERN)) == 1
    third = drug("m3", MIRTAZAPINE, 30, "2026-05-22", "2026-08-20", **without_effect())
    assert topics(await talk.cards(REVIEW, reviewing(third))) == ["trdNextStep"]
    talk.now = NOW + timedelta(days=13, hours=23)
    assert await talk.cards(REVIEW, reviewing()) == []
    talk.now = NOW + timedelta(days=14)
    assert len(await talk.cards(REVIEW, reviewing())) == 1


async def test_a_critical_card_is_away_for_a_day_at_most(kept):
    talk = Talk(kept)
    danger = reviewing(*phq9("o9", "2026-08-31", 20, 3))
    (card,) = await talk.cards(SAFETY, danger)
    assert card["indicator"] == "critical"
    await talk.told(SAFETY, card, "patient-refuses")
    talk.now = NOW + timedelta(hours=23)
    assert await talk.cards(SAFETY, danger) == []
    talk.now = NOW + timedelta(hours=24)
    (again,) = await talk.cards(SAFETY, danger)
    assert again["summary"] == card["summary"]
    # The same feedback once more changes nothing: its period is over.
    talk.now = NOW
    await talk.told(SAFETY, card, "patient-refuses")
    talk.now = NOW + timedelta(hours=24)
    assert len(await talk.cards(SAFETY, danger)) == 1
