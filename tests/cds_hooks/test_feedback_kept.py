"""Feedback is kept once, before it is confirmed, for whoever sent it, and starts quiet periods."""

import asyncio
import json
from datetime import timedelta

import orjson
import pytest

from cds_hooks.recorded import RecordedAudit
from tests.cds_hooks.hooks import (
    PATIENT,
    REVIEW,
    SAFETY,
    app_of,
    call,
    client_of,
    prefetch_of,
    refusal,
    send,
)
from tests.cds_hooks.people import two_failures
from tests.cds_hooks.test_feedback import NORTHERN, SOUTHERN, door, entry, reason, told
from tests.store.given import ask
from tests.support.kept import NORTH, NOW, SOUTH, Kept, Trusting


@pytest.mark.anyio
@pytest.mark.requirement("FB-7", "FB-13", "FB-9")
@pytest.mark.hostile("L01", "L04")
async def test_sent_again_it_has_one_effect_and_an_unknown_card_is_as_good_as_anothers(
    kept, database_url
):
    app = app_of(
        trust=Trusting(sites=(NORTH, SOUTH), allows_unsigned=False),
        audit=RecordedAudit(kept),
        records=kept,
        now=lambda: NOW,
    )
    body = orjson.dumps(call(prefetch_of(two_failures())))
    json_type = {"Content-Type": "application/json"}
    async with client_of(app) as client:
        hook, feedback = f"/cds-services/{REVIEW}", f"/cds-services/{REVIEW}/feedback"

        async def sent(path, content, caller):
            return await client.post(path, content=content, headers=json_type | caller)

        answer = await sent(hook, body, NORTHERN)
        (card,) = json.loads(answer.content)["cards"]
        mine = orjson.dumps({"feedback": [entry(card=card["uuid"], overrideReason=reason())]})
        # Another EHR tells of our card, then of one that nobody knows: there is no telling apart.
        theirs = await sent(feedback, mine, SOUTHERN)
        unknown = await sent(feedback, orjson.dumps({"feedback": [entry()]}), SOUTHERN)
        assert (theirs.status_code, theirs.content) == (unknown.status_code, unknown.content)
        assert len(json.loads((await sent(hook, body, NORTHERN)).content)["cards"]) == 1
        for _ in range(3):
            assert (await sent(feedback, mine, NORTHERN)).status_code == 200
        assert json.loads((await sent(hook, body, NORTHERN)).content) == {"cards": []}
        metrics = (await client.get("/metrics")).text
    rows = await kept.feedback("north", card["uuid"])
    assert [(row.reason_code, row.comment) for row in rows] == [("patient-refuses", "")]
    (period,) = await kept.quiet_periods("north", PATIENT, NOW)
    assert period.until == NOW - timedelta(minutes=1) + timedelta(days=180)
    labels = f'outcome="overridden",service="{REVIEW}",topic="trdNextStep"'
    assert f"thirdline_cards_total{{{labels}}} 1.0" in metrics
    labels = f'outcome="quiet",service="{REVIEW}",topic="trdNextStep"'
    assert f"thirdline_cards_total{{{labels}}} 1.0" in metrics
    kinds = [kind for (kind,) in ask(database_url, "SELECT kind FROM audit ORDER BY id")]
    assert kinds.count("feedback") == 5
    assert kinds.count("advice") == 3


def test_feedback_that_cannot_be_kept_is_not_confirmed():
    kept = Kept(fails=True)
    answer = told(entry(), kept=kept)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    refusal(answer)
    kept.fails = False
    assert told(entry(), kept=kept).status_code == 200
    assert len(kept.feedback) == 1


def test_feedback_is_for_services_that_are_there_and_by_post():
    assert told(entry(), service="nothing").status_code == 404
    assert told(entry(), service=SAFETY).status_code == 200
    for method in ("GET", "PUT", "TRACE", "PROPFIND"):
        answer = send(method, f"/cds-services/{REVIEW}/feedback", app=door(Kept()))
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert send("PROPFIND", "/cds-services/nothing/feedback").status_code == 404


def test_content_that_is_no_json_is_415():
    assert told(entry(), headers=NORTHERN | {"Content-Type": "text/plain"}).status_code == 415


def test_a_quiet_period_counts_from_the_outcome_and_never_from_later():
    async def periods(*moments):
        kept = Kept()
        app = door(kept)
        body = orjson.dumps(call(prefetch_of(two_failures())))
        headers = {"Content-Type": "application/json"} | NORTHERN
        async with client_of(app) as client:
            answer = await client.post(f"/cds-services/{REVIEW}", content=body, headers=headers)
            card = json.loads(answer.content)["cards"][0]["uuid"]
            for at in moments:
                one = entry(card=card, outcomeTimestamp=at, overrideReason=reason("limited-time"))
                await client.post(
                    f"/cds-services/{REVIEW}/feedback",
                    content=orjson.dumps({"feedback": [one]}),
                    headers=headers,
                )
        return [one.until - NOW for one in kept.quiet]

    assert asyncio.run(periods("2026-08-31T12:00:00Z")) == [timedelta(days=13)]
    assert asyncio.run(periods("9999-12-31T23:59:59Z")) == [timedelta(days=14)]
    (long_over,) = asyncio.run(periods("1970-01-01T00:00:00Z"))
    assert long_over < timedelta()
