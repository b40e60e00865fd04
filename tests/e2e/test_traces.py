"""What a day of mixed calls leaves: one audit row for each, and no word of a patient elsewhere."""

import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import settings

from tests.e2e.running import (
    SAFETY,
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
from tests.support.tokens import SOUTH, claims_for, signed
from tests.thirdline.configured import PUBLIC_URL
from tests.thirdline.serving import NO_TLS, REVIEW, free_port
from thirdline.clock import now

CALLS = {"ci": 200, "deep": 1_000}
WORD, COMMENT, ACCESS, FOREIGN = "Zebrafinch", "Hoatzincall", "canary-access-7731", "Quetzalnest"
IN_NOTHING = (WORD, COMMENT, ACCESS, FOREIGN, "1981-01-01")
CLIENTS = 12
TABLES = ("shown_cards", "feedback", "quiet_periods", "corrections", "replay_ids")
USER = "Practitioner/dr-7"


@dataclass
class Expected:
    """One request, and the event it leaves: kind, service, patient, user, status; None for none."""

    path: str
    body: Any
    status: int
    event: tuple[str, str, str, str, int] | None
    headers: dict[str, str] = field(default_factory=dict)


def about(number, **more):
    patient = f"pt-{letters(number)}"
    call = call_about("ida", f"{WORD}{letters(number)}", patient, **more)
    return call | {"context": {"userId": USER, "patientId": patient}}, patient


def authorized(number):
    """Return a call that carries the EHR's own token as well."""
    token = {"access_token": ACCESS, "token_type": "Bearer", "expires_in": 300}
    call, patient = about(number)
    granted = token | {"scope": "patient/*.read", "subject": WORD}
    return call | {"fhirServer": SOUTH.fhir, "fhirAuthorization": granted}, patient


def answered(number, path=REVIEW):
    call, patient = about(number)
    return Expected(path, call, 200, ("advice", path[14:], patient, USER, 200))


def answered_on_safety(number):
    return answered(number, SAFETY)


def of_somebody_else(number):
    call, patient = about(number)
    whose = {"reference": f"Patient/{FOREIGN}"}
    foreign = {"resourceType": "Condition", "id": "x", "subject": whose}
    call["prefetch"]["conditions"]["entry"].append({"resource": foreign})
    return Expected(REVIEW, call, 412, ("security", "trd-review", patient, USER, 412))


def without_medications(number):
    call, patient = about(number)
    del call["prefetch"]["medications"]
    return Expected(REVIEW, call, 412, ("refusal", "trd-review", patient, USER, 412))


def for_another_server(number):
    call, patient = authorized(number)
    return Expected(REVIEW, call, 400, ("security", "trd-review", patient, USER, 400))


def cut_short(number):
    text = json.dumps(about(number)[0])[:-1].encode()
    return Expected(REVIEW, text, 400, ("refusal", "trd-review", "", "", 400))


def of_another_hook(number):
    call, _ = about(number, hook=WORD)
    return Expected(REVIEW, call, 400, ("refusal", "trd-review", "", "", 400))


def from_a_stranger(number):
    token = signed(claims_for(f"{PUBLIC_URL}{REVIEW}", issuer=SOUTH, now=now()), by=SOUTH)
    return Expected(REVIEW, about(number)[0], 401, None, headers_for(REVIEW, token))


def discovering(_):
    return Expected("/cds-services", None, 200, None)


def feedback_on(card):
    told = put_away(card, "limited-time", f"{COMMENT} {WORD}")
    event = ("feedback", "trd-review", "", "", 200)
    return Expected(f"{REVIEW}/feedback", {"feedback": [told]}, 200, event)


def feedback_on_nothing(number):
    return feedback_on(f"unknown-{letters(number)}")


MAKERS = (
    *[answered] * 5,
    *[answered_on_safety] * 3,
    *(of_somebody_else, without_medications, for_another_server, cut_short, of_another_hook),
    *(from_a_stranger, discovering, feedback_on_nothing),
)


async def exchanged(url, asked):
    """Send requests, some at a time, then feedback; return what was seen, expected and signed."""
    left: list[str] = []
    events: Counter[Any] = Counter()
    tokens: list[str] = []
    turns = asyncio.Semaphore(CLIENTS)

    async def one(client, expected):
        async with turns:
            headers = expected.headers
            if not headers:
                tokens.append(token_for(expected.path))
                headers = headers_for(expected.path, tokens[-1])
            if expected.body is None:
                answer = await client.get(expected.path)
            elif isinstance(expected.body, bytes):
                answer = await client.post(expected.path, content=expected.body, headers=headers)
            else:
                answer = await client.post(expected.path, json=expected.body, headers=headers)
        assert answer.status_code == expected.status, (expected.event, answer.text)
        left.append(str(answer.headers))
        if answer.status_code != 200:
            left.append(answer.text)
        if expected.event:
            events[expected.event] += 1
        return answer

    async with talking(url) as client:
        answers = await asyncio.gather(*(one(client, each) for each in asked))
        shown = [
            answer.json()["cards"][0]["uuid"]
            for each, answer in zip(asked, answers, strict=True)
            if each.path == REVIEW and answer.status_code == 200
        ]
        for card in shown[:20]:
            await one(client, feedback_on(card))
    return left, events, tokens


def event_of(text):
    """Return of an audit row what a request is expected to leave, after checking the rest."""
    told = json.loads(text)
    (kind,) = (one["code"] for one in told["subtype"])
    (status,) = detail(told, "status")
    users = [who["who"]["reference"] for who in told["agent"] if "reference" in who["who"]]
    whose = [
        one["what"]["reference"] for one in told["entity"] if "reference" in one.get("what", {})
    ]
    (service,) = (one["name"] for one in told["entity"] if "name" in one)
    assert told["agent"][0]["who"]["display"] == "north"
    assert told["outcome"] == ("0" if status == "200" else "4")
    patient = "".join(whose).removeprefix("Patient/")
    return kind, service, patient, "".join(users), int(status)


def files_of(folder):
    """Return all bytes that a service left in files, but for the configuration and its keys."""
    known = {"thirdline.toml", "jwks.json", "keys.json"}
    paths = (path for path in Path(folder).rglob("*") if path.is_file() and path.name not in known)
    return b"".join(path.read_bytes() for path in paths).decode("latin-1")


@pytest.mark.hostile("K01", "K02", "K09", "K11")
@pytest.mark.requirement("SEC-12", "SEC-18", "FA-5")
def test_every_disclosure_has_its_row_and_no_word_is_left_elsewhere(tmp_path, database_url):
    counts = f"127.0.0.1:{free_port()}"
    config = hospital(tmp_path, database_url, metrics_listen=counts, audit_file="audit.jsonl")
    chance = random.Random(9)  # noqa: S311 - an order of requests
    number = CALLS["deep" if settings().max_examples > 1_000 else "ci"]
    asked = [chance.choice(MAKERS)(at) for at in range(number)]
    began = now()
    with running(tmp_path, config, 2) as service:
        left, events, tokens = asyncio.run(exchanged(service.url, asked))
        left.append(httpx.get(f"http://{counts}/metrics", verify=NO_TLS, trust_env=False).text)
    rows = ask(database_url, "SELECT text, patient, at FROM audit ORDER BY id")
    assert Counter(event_of(text) for text, _, _ in rows) == events
    for text, _, _ in rows:
        assert began.isoformat()[:19] <= json.loads(text)["recorded"][:19] <= now().isoformat()[:19]
    filed = (tmp_path / "audit.jsonl").read_text("utf-8").splitlines()
    assert Counter(map(event_of, filed)) == events
    strangers = sum(each.status == 401 for each in asked)
    log = service.log.read_text("utf-8")
    assert [json.loads(line)["channel"] for line in log.splitlines()].count("security") >= strangers
    others = [repr(ask(database_url, f"SELECT * FROM {table}")) for table in TABLES]  # noqa: S608
    whole = "\n".join([*left, log, *others, repr(rows), files_of(tmp_path)])
    assert [word for word in IN_NOTHING if word in whole] == []
    assert not any(part in whole for token in tokens for part in token.split("."))
    without_audit = "\n".join([*left, log, *others])
    patients = {patient for _, patient, _ in rows if patient}
    assert patients
    assert [patient for patient in patients if patient in without_audit] == []
