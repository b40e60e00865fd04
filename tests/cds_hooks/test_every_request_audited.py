"""A thousand requests of every kind: one audit row for each whose caller is known, and no other."""

import asyncio
import json
from collections import Counter
from uuid import UUID

import orjson
import pytest

from cds_hooks.recorded import RecordedAudit
from tests.cds_hooks.hooks import PATIENT, REVIEW, SAFETY, app_of, call, client_of, prefetch_of
from tests.cds_hooks.people import plan_and_intent, quiet, two_failures
from tests.store.given import ask
from tests.support.fhir import ICD, concept, condition
from tests.support.kept import NORTH, NOW, SOUTH, Trusting

REQUESTS = 1_000
AT_ONCE = 25
OF_A_PATIENT = {"userId": f"Patient/{PATIENT}", "patientId": PATIENT}
FOREIGN = condition("c9", concept(ICD, "I10"), subject={"reference": "Patient/other"})
ENTRY = {"card": "c-1", "outcome": "overridden", "outcomeTimestamp": "2026-09-01T11:59:00Z"}
CALLS = {
    "history": (REVIEW, call(prefetch_of(two_failures())), 200, "advice"),
    "danger": (SAFETY, call(prefetch_of(plan_and_intent())), 200, "advice"),
    "silence": (REVIEW, call(prefetch_of(quiet())), 200, "advice"),
    "a patient": (SAFETY, call(prefetch_of(quiet()), context=OF_A_PATIENT), 200, "advice"),
    "nothing sent": (REVIEW, call({}), 412, "refusal"),
    "another patient": (REVIEW, call(prefetch_of([*quiet(), FOREIGN])), 412, "security"),
    "another server": (REVIEW, call({}, fhirServer="https://evil.test/r4"), 400, "security"),
}
"""Calls that name who and whom, with the status and the kind of event they get."""
OTHERS: dict[str, tuple[str, bytes, int, str | None]] = {
    "not JSON": (REVIEW, b"{", 400, "refusal"),
    "no such service": ("nothing", b"{}", 404, None),
    "feedback": (f"{REVIEW}/feedback", orjson.dumps({"feedback": [ENTRY]}), 200, "feedback"),
    "no feedback": (f"{REVIEW}/feedback", orjson.dumps({"feedback": [7]}), 400, "feedback"),
}
STRANGER = "evil"
CALLERS = (NORTH.name, SOUTH.name, STRANGER)


def instance(number):
    return str(UUID(int=number, version=4))


def requests():
    """Yield path, caller, body, status, and what is to be written down, None: nothing."""
    kinds = [*CALLS, *OTHERS]
    for number in range(REQUESTS):
        kind, caller = kinds[number % len(kinds)], CALLERS[number % len(CALLERS)]
        if kind in CALLS:
            path, body, status, event = CALLS[kind]
            sent = orjson.dumps(body | {"hookInstance": instance(number)})
            yield path, caller, sent, status, (event, caller, instance(number), str(status))
        else:
            path, sent, status, written = OTHERS[kind]
            yield path, caller, sent, status, written and (written, caller, "", str(status))


def told(text):
    """Return what an audit row says: kind, EHR, hook instance (with its patient), status."""
    event = json.loads(text)
    whose = [one["what"].get("reference") for one in event["entity"] if "what" in one]
    named = [one["what"]["identifier"]["value"] for one in event["entity"] if len(one) == 2]
    details = {one["type"]: one["valueString"] for one in event["entity"][-1]["detail"]}
    assert not named or f"Patient/{PATIENT}" in whose
    site = event["agent"][0]["who"]["display"]
    return event["subtype"][0]["code"], site, "".join(named), details["status"]


@pytest.mark.anyio
@pytest.mark.requirement("SEC-18")
@pytest.mark.hostile("K09")
async def test_each_request_of_a_known_caller_has_its_row_and_no_other_has(kept, database_url):
    app = app_of(
        trust=Trusting(sites=(NORTH, SOUTH), allows_unsigned=False),
        audit=RecordedAudit(kept),
        records=kept,
        now=lambda: NOW,
    )
    expected = Counter[tuple[str, ...]]()
    places = asyncio.Semaphore(AT_ONCE)
    async with client_of(app) as client:

        async def sent(path, caller, content, status):
            headers = {"Authorization": f"Bearer {caller}", "Content-Type": "application/json"}
            async with places:
                answer = await client.post(
                    f"/cds-services/{path}", content=content, headers=headers
                )
            return answer.status_code, status

        tasks = []
        for path, caller, body, status, event in requests():
            is_refused = caller == STRANGER and status != 404
            tasks.append(sent(path, caller, body, 401 if is_refused else status))
            if event and not is_refused:
                expected[event] += 1
        answers = await asyncio.gather(*tasks)
    assert [got for got, _ in answers] == [status for _, status in answers]
    found = Counter(told(text) for (text,) in ask(database_url, "SELECT text FROM audit"))
    assert found == expected
    assert {kind for kind, *_ in found} == {"advice", "refusal", "security", "feedback"}
