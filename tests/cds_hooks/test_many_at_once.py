"""Many calls at once about many patients: nobody's answer holds a word of somebody else."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.cds_hooks.hooks import BASE, REVIEW, SAFETY, app_of, call, prefetch_of
from tests.cds_hooks.people import plan_and_intent, two_failures
from tests.support.fhir import ICD, concept, condition
from tests.support.wire_rules import breaches

PATIENTS = 100
CALLS = 200
CANARY = re.compile(r"Canary[a-z]{4}")


def canary(number: int) -> str:
    """Return a word of letters only: words with figures or dots may be shortened on a card."""
    letters = "bcdfghjkmn"
    return "Canary" + "".join(letters[int(figure)] for figure in f"{number:04d}")


def body(number: int, service: str) -> bytes:
    """Return a call about one patient in whose chart one word stands wherever it may."""
    word = canary(number)
    rows = plan_and_intent() if service == SAFETY else two_failures(f"no effect {word}")
    rows[0] |= {"name": [{"family": word, "text": word}]}
    rows.append(condition("c2", concept(ICD, "G40.909", text=f"Epilepsy {word}")))
    attempt = concept(ICD, "T14.91XA", text=f"Suicide attempt {word}")
    if service == SAFETY:
        rows.append(condition("c3", attempt, onsetDateTime="2026-08-30"))
    context = {"userId": f"Practitioner/{word}", "patientId": f"pt-1-{word}"}
    text = json.dumps(call(prefetch_of(rows), context=context))
    return re.sub(r"\bpt-1\b(?!-)", f"pt-1-{word}", text).encode()


async def in_pieces(content: bytes) -> AsyncIterator[bytes]:
    """Yield a body in pieces, so that calls overlap."""
    for at in range(0, len(content), 997):
        yield content[at : at + 997]
        await asyncio.sleep(0)


async def all_at_once() -> list[tuple[int, httpx.Response]]:
    transport = httpx.ASGITransport(app_of())
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:

        async def one(at: int) -> tuple[int, httpx.Response]:
            number, service = at % PATIENTS, (REVIEW, SAFETY)[at // PATIENTS % 2]
            answer = await client.post(
                f"/cds-services/{service}",
                content=in_pieces(body(number, service)),
                headers={"Content-Type": "application/json"},
            )
            return number, answer

        return await asyncio.gather(*(one(at) for at in range(CALLS)))


@pytest.mark.hostile("E15")
def test_no_answer_holds_another_patients_word():
    answers = asyncio.run(all_at_once())
    assert len(answers) == CALLS
    for number, answer in answers:
        assert answer.status_code == 200
        assert not breaches(answer.content)
        assert set(CANARY.findall(answer.text)) == {canary(number)}
