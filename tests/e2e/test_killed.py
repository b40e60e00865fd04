"""Killed under load and started again, the service has lost nothing it said it had kept."""

import asyncio
import json
import os
import random
import signal
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

import httpx
import pytest
from hypothesis import settings

from tests.e2e.running import (
    call_about,
    detail,
    headers_for,
    hospital,
    letters,
    put_away,
    running,
    talking,
    token_for,
)
from tests.store.given import ask
from tests.store.kept import wait_for_the_end
from tests.thirdline.serving import REVIEW, eventually, workers_of
from thirdline.clock import today

KILLS = {"ci": 10, "deep": 100}
A_START = 5
"""Of so many kills the last is of all processes, the others of all workers."""
CLIENTS = 6


@dataclass
class Acknowledged:
    """What was answered 200: calls with their cards, feedback, and the tokens of both."""

    calls: dict[str, list[str]] = field(default_factory=dict)
    feedback: set[tuple[str, str]] = field(default_factory=set)
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Return how many calls and entries were kept."""
        return len(self.calls) + len(self.feedback)


class Load:
    """Clients that call, and tell what became of the card, until they get no answer any more."""

    def __init__(self, url, numbers):
        """Call about patients of these numbers."""
        self.url = url
        self.numbers = numbers
        self.kept = Acknowledged()
        self.call = call_about("ida", "Zebrafinch", "pt-many", today())
        self.refused: list[int] = []

    async def client(self, connection):
        with suppress(httpx.TransportError):
            while True:
                await self.one(connection, f"pt-{letters(next(self.numbers))}")

    async def one(self, connection, patient):
        call = json.loads(json.dumps(self.call).replace("pt-many", patient))
        call["hookInstance"] = str(uuid.uuid4())
        answer = await self.sent(connection, REVIEW, call)
        if answer is None:
            return
        cards = [card["uuid"] for card in answer.json()["cards"]]
        self.kept.calls[call["hookInstance"]] = cards
        told = put_away(cards[0], "limited-time", "a comment")
        answer = await self.sent(connection, f"{REVIEW}/feedback", {"feedback": [told]})
        if answer is not None:
            self.kept.feedback.add((told["card"], told["outcomeTimestamp"]))

    async def sent(self, connection, path, body):
        token = token_for(path)
        answer = await connection.post(path, json=body, headers=headers_for(path, token))
        if answer.status_code != 200:
            self.refused.append(answer.status_code)
            return None
        self.kept.tokens[token] = path
        return answer

    async def until(self, enough, moment, kill):
        """Run the clients; ``moment`` seconds after so many acknowledgements kill, and end."""
        async with talking(self.url) as connection:
            clients = [asyncio.create_task(self.client(connection)) for _ in range(CLIENTS)]
            while self.kept.count < enough:
                assert not all(client.done() for client in clients), "nothing answers"
                await asyncio.sleep(0.002)
            await asyncio.sleep(moment)
            kill()
            await asyncio.wait(clients, timeout=0.1)
            for client in clients:
                client.cancel()
            await asyncio.gather(*clients, return_exceptions=True)
        assert self.refused == []
        return self.kept


def kill_workers(service):
    """Return what kills the workers of a service and waits for others in their place."""
    before = workers_of(service.process)

    def kill():
        for pid in before:
            os.kill(pid, signal.SIGKILL)

    return kill


def lost(url, kept):
    """Return what was acknowledged and does not stand in the database."""
    events = [json.loads(text) for (text,) in ask(url, "SELECT text FROM audit")]
    cards = {card for (card,) in ask(url, "SELECT card FROM shown_cards")}
    feedback = set(ask(url, "SELECT card, outcome_at FROM feedback"))
    quiet = {card for (card,) in ask(url, "SELECT card FROM quiet_periods")}
    told = {said.split()[0] for event in events for said in detail(event, "card")}
    instances = {
        entity["what"]["identifier"]["value"]
        for event in events
        for entity in event["entity"]
        if "identifier" in entity.get("what", {})
    }
    for instance, shown in kept.calls.items():
        if instance not in instances or not {*shown} <= cards & told:
            yield instance
    yield from kept.feedback - feedback
    yield from {card for card, _ in kept.feedback} - quiet


async def replayed(url, tokens):
    """Return the statuses that tokens get which were used before, and that of a new one."""
    async with talking(url) as client:
        sent = [client.post(path, headers=headers_for(path, token)) for token, path in tokens]
        statuses = {answer.status_code for answer in await asyncio.gather(*sent)}
        call = call_about("ida", "Zebrafinch", "pt-fresh")
        fresh = await client.post(REVIEW, json=call, headers=headers_for(REVIEW))
    return statuses, fresh.status_code


@pytest.mark.hostile("J01", "J02")
def test_a_service_that_is_killed_under_load_has_kept_what_it_acknowledged(tmp_path, database_url):
    config = hospital(tmp_path, database_url)
    chance = random.Random(11)  # noqa: S311 - moments to kill at
    kept, numbers = Acknowledged(), count()
    kills = KILLS["deep" if settings().max_examples > 1_000 else "ci"]
    for _ in range(kills // A_START):
        with running(tmp_path, config, 2) as service:
            for turn in range(1, A_START + 1):
                eventually(lambda one=service: len(workers_of(one.process)) == 2)
                kill = service.kill if turn == A_START else kill_workers(service)
                load = Load(service.url, numbers)
                enough, moment = chance.randrange(10, 40), chance.uniform(0, 0.02)
                now_kept = asyncio.run(load.until(enough, moment, kill))
                kept.calls |= now_kept.calls
                kept.feedback |= now_kept.feedback
                kept.tokens |= now_kept.tokens
                if turn < A_START:
                    latest = [*now_kept.tokens.items()][-CLIENTS:]
                    assert asyncio.run(replayed(service.url, latest)) == ({401}, 200)
        wait_for_the_end(database_url)
    with running(tmp_path, config) as service:
        assert asyncio.run(replayed(service.url, kept.tokens.items())) == ({401}, 200)
    assert list(lost(database_url, kept)) == []
    assert kept.count >= 10 * kills
    if database_url.startswith("sqlite"):
        assert ask(database_url, "PRAGMA integrity_check") == [("ok",)]
