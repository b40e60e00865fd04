"""Words that must be nowhere: sent through every route, then looked for in all that is left.

Names, ids, dates and free text of patients; tokens of both kinds. Looked for in refusals, headers,
logs, metrics and the database; the audit may hold whose chart it was, and nothing of it.
"""

import json
import logging

import orjson
import pytest

from cds_hooks.recorded import RecordedAudit
from tests.cds_hooks.hooks import (
    BASE,
    PATIENT,
    REVIEW,
    SAFETY,
    app_of,
    call,
    client_of,
    prefetch_of,
)
from tests.cds_hooks.people import two_failures
from tests.store.given import ask
from tests.store.test_secrecy import dump
from tests.support.fhir import ICD, concept, condition
from tests.support.tokens import NORTH, claims_for, signed, trust_of

NAME, NOTE, BORN = "Zebrafinch", "Quetzalfeather", "1951-07-23"
COMMENT, ACCESS, AGENT = "Hoatzincall", "canary-access-7731", "Kakapowalk"
FOREIGN = "canary-other-patient"
EVERYWHERE = [NAME, NOTE, BORN, COMMENT, ACCESS, AGENT]
"""What must be in nothing that is left, the database included."""
NASTY = f'{AGENT}\\r\\n{{"event":"forged"}}'
PATHS = [f"/cds-services/{REVIEW}", f"/cds-services/{SAFETY}", f"/explain/{REVIEW}"]


def chart():
    person = {"name": [{"family": NAME}], "birthDate": BORN, "telecom": [{"value": NAME}]}
    first, *others = two_failures()
    noted = condition("c8", concept(ICD, "I10", text=NOTE), note=[{"text": NOTE}])
    return [first | person, *others, noted]


def bodies():
    """Return calls that are answered and calls that are refused, each with all the words."""
    good = call(
        prefetch_of(chart()),
        fhirServer=NORTH.fhir,
        fhirAuthorization={
            "access_token": ACCESS,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": f"patient/*.read {NAME}",
            "subject": NAME,
        },
        extension={NAME: NOTE},
    )
    foreign = condition("c9", concept(ICD, "I10"), subject={"reference": f"Patient/{FOREIGN}"})
    text = orjson.dumps(good)
    yield 200, text
    yield 400, text[:-1]
    yield 400, text.replace(b'"patient-view"', orjson.dumps(NAME))
    yield 400, orjson.dumps(good | {"hookInstance": NAME})
    yield 400, orjson.dumps(good | {"context": {"userId": NAME, "patientId": BORN}})
    yield 400, orjson.dumps(good | {"fhirServer": f"https://{NAME}.example.org/fhir"})
    yield 412, orjson.dumps(good | {"prefetch": {"medications": NOTE, "patient": NAME}})
    yield 412, orjson.dumps(good | {"prefetch": prefetch_of([*chart(), foreign])})


def told(card):
    entry = {
        "card": card,
        "outcome": "overridden",
        "outcomeTimestamp": "2026-09-01T11:59:00Z",
        "overrideReason": {"userComment": f"{COMMENT}\r\n{{}}"},
    }
    yield 200, {"feedback": [entry], NAME: NOTE}
    yield 400, {"feedback": [entry | {"outcome": COMMENT}]}
    yield 400, {"feedback": [entry | {"outcomeTimestamp": f"{BORN} {COMMENT}"}]}
    yield 400, {"feedback": COMMENT}


@pytest.mark.anyio
@pytest.mark.requirement("FA-5", "SEC-12", "FB-11", "SEC-18")
@pytest.mark.hostile("K01", "K02", "K04", "K08", "K09", "K11")
async def test_no_word_of_a_patient_and_no_token_is_left_anywhere(kept, database_url, stream):
    logging.getLogger().setLevel(logging.DEBUG)
    app = app_of(trust=trust_of(), audit=RecordedAudit(kept), records=kept)
    tokens: list[str] = []
    left: list[str] = []
    answered = refused = 0

    async with client_of(app) as client:

        async def sent(path, content):
            tokens.append(signed(claims_for(f"{BASE}{path}")))
            headers = {
                "Authorization": f"Bearer {tokens[-1]}",
                "Content-Type": "application/json",
                "User-Agent": NASTY,
                "X-Request-Id": NASTY,
                "Cookie": f"session={AGENT}",
            }
            answer = await client.post(path, content=content, headers=headers)
            left.append(str(answer.headers))
            if answer.status_code != 200:
                left.append(answer.text)
            return answer

        card = ""
        for path in PATHS:
            for status, body in bodies():
                answer = await sent(path, body)
                assert answer.status_code == status, (path, answer.text)
                answered += status == 200
                refused += status != 200
                if path == PATHS[0] and status == 200:
                    card = json.loads(answer.content)["cards"][0]["uuid"]
        for status, entries in told(card):
            path = f"/cds-services/{REVIEW}/feedback"
            assert (await sent(path, orjson.dumps(entries))).status_code == status
        for headers in ({"Authorization": f"Bearer {ACCESS}"}, {"Cookie": AGENT}):
            answer = await client.post(PATHS[0], headers=headers | {"User-Agent": NASTY})
            left.append(answer.text + str(answer.headers))
        assert (await client.post(f"{PATHS[0]}?access_token={ACCESS}")).status_code == 415
        left.append((await client.get("/metrics")).text)
    left += [stream.getvalue(), dump(database_url)]
    whole = "\n".join(left)
    assert [word for word in EVERYWHERE if word in whole] == []
    assert not any(part in whole for token in tokens for part in token.split("."))
    assert FOREIGN not in whole
    assert all(json.loads(line)["event"] != "forged" for line in stream.getvalue().splitlines())
    audited = [json.loads(text) for (text,) in ask(database_url, "SELECT text FROM audit")]
    kinds = [one["subtype"][0]["code"] for one in audited]
    assert kinds.count("advice") == answered
    assert kinds.count("refusal") + kinds.count("security") == refused
    assert kinds.count("feedback") == 3
    named = [one for one in audited if f"Patient/{PATIENT}" in json.dumps(one)]
    assert len(named) >= answered
    assert (await kept.feedback("north", card))[0].comment.startswith(COMMENT)


@pytest.mark.anyio
@pytest.mark.hostile("K01", "K04")
async def test_a_fault_of_ours_says_where_and_nothing_of_whom(kept, stream):
    class Broken:
        async def append(self, event):
            raise ZeroDivisionError(f"{NAME} {event.patient}")

    app = app_of(trust=trust_of(), audit=Broken(), records=kept)
    async with client_of(app) as client:
        token = signed(claims_for(f"{BASE}{PATHS[0]}"))
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer = await client.post(PATHS[0], content=next(bodies())[1], headers=headers)
    assert answer.status_code == 500
    (line,) = [json.loads(one) for one in stream.getvalue().splitlines() if "internal-fault" in one]
    assert line["error"] == "ZeroDivisionError"
    assert line["number"] in answer.text
    assert any(frame.startswith("cds_hooks.door:") for frame in line["frames"])
    assert NAME not in stream.getvalue() + answer.text
    assert PATIENT not in stream.getvalue() + answer.text
