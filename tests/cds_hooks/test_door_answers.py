"""What happens between a call and its answer: whose it is, what is written down, what is kept."""

import asyncio
import json
from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from cds_hooks.recorded import RecordedAudit
from cds_hooks.terms import CardTerms, Speaking
from ehr.audit import AuditEvent, AuditKind
from ehr.errors import AuditRefused, AuditUnavailable
from store.errors import RowRefused, StoreError
from tests.cds_hooks.hooks import (
    FHIR,
    INSTANCE,
    PATIENT,
    REVIEW,
    SAFETY,
    app_of,
    call,
    client_of,
    post,
    prefetch_of,
    refusal,
    send,
)
from tests.cds_hooks.orders import SELECT, SIGN, draft, order_call, tms_order
from tests.cds_hooks.people import quiet, two_failures
from tests.store.given import ask
from tests.support.fhir import ICD, concept, condition
from tests.support.kept import NORTH, NOW, SANDBOX, SOUTH, Kept, Trusting

NAMED = {"Authorization": "Bearer north"}


def door(kept=None, sites=(NORTH, SOUTH), **more):
    kept = kept or Kept()
    return app_of(trust=Trusting(sites=sites), audit=kept, records=kept, **more)


def asked(app, body=None, service=REVIEW, headers=NAMED):
    return post(service, body or call(prefetch_of(two_failures())), headers=headers, app=app)


def cards_of(answer):
    assert answer.status_code == 200, answer.text
    return json.loads(answer.content)["cards"]


# ----------------------------------------------------------------------------- what is written down


@pytest.mark.requirement("SEC-18")
@pytest.mark.hostile("K09")
def test_every_answer_has_its_event_with_who_whom_what_and_how():
    kept = Kept()
    (card,) = cards_of(asked(door(kept)))
    (event,) = kept.events
    assert (event.kind.value, event.status, event.reason, event.at) == ("advice", 200, "", NOW)
    assert (event.site, event.user, event.patient) == ("north", "Practitioner/dr-1", PATIENT)
    assert (event.service, event.hook_instance) == (REVIEW, INSTANCE)
    assert (event.rules, event.knowledge) == ("CH-2", "2026.1")
    assert event.cards == ((card["uuid"], "trdNextStep", "info"),)
    assert ("medications", "complete", 2) in event.reads
    assert event.verdicts["resistance"] == "met"
    (shown,) = kept.shown
    assert (shown.card, shown.site, shown.patient) == (card["uuid"], "north", PATIENT)
    assert len(shown.facts) == 64


def test_an_empty_answer_has_its_event_too():
    kept = Kept()
    assert cards_of(asked(door(kept), call(prefetch_of(quiet())))) == []
    (event,) = kept.events
    assert (event.kind.value, event.cards, event.reason) == ("advice", (), "")


REFUSALS = [
    pytest.param(b"{", 400, "refusal", "invalid", id="not JSON"),
    pytest.param(call({}), 412, "refusal", "required", id="nothing sent"),
    pytest.param(
        call(prefetch_of(two_failures()), fhirServer="https://evil.test/fhir"),
        400,
        "security",
        "another-server",
        id="another server",
    ),
    pytest.param(
        call(
            prefetch_of(
                [
                    *two_failures(),
                    condition("c9", concept(ICD, "I10"), subject={"reference": "Patient/other"}),
                ]
            )
        ),
        412,
        "security",
        "another-patient",
        id="another patient",
    ),
    pytest.param(
        call(
            prefetch_of(two_failures()),
            fhirServer=NORTH.base,
            fhirAuthorization={"access_token": "t", "patient": "other"},
        ),
        412,
        "security",
        "another-patient",
        id="a token for another patient",
    ),
]


@pytest.mark.hostile("B01", "E02", "E07")
@pytest.mark.parametrize(("body", "status", "kind", "reason"), REFUSALS)
def test_a_refusal_is_written_down_with_as_much_as_is_known(body, status, kind, reason):
    kept = Kept()
    answer = asked(door(kept), body)
    assert answer.status_code == status
    refusal(answer)
    (event,) = kept.events
    assert (event.kind.value, event.reason, event.status) == (kind, reason, status)
    assert (event.site, event.service, event.cards) == ("north", REVIEW, ())


@pytest.mark.hostile("E02")
@pytest.mark.parametrize("service", [SELECT, SIGN])
@pytest.mark.parametrize("made", [draft, tms_order])
def test_a_draft_of_another_patient_is_refused_and_nothing_is_asked_for(service, made):
    kept = Kept()
    app = door(kept)
    mine, theirs = made(), made(subject={"reference": "Patient/other"})
    answer = asked(app, order_call(service, [theirs], prefetch_of(two_failures())), service)
    assert answer.status_code == 412
    refusal(answer)
    (event,) = kept.events
    assert (event.kind.value, event.reason, event.reads) == ("security", "another-patient", ())
    good = asked(app, order_call(service, [mine], prefetch_of(two_failures())), service)
    assert good.status_code == 200


def test_a_caller_nobody_knows_writes_nothing():
    kept = Kept()
    assert asked(door(kept), headers={"Authorization": "Bearer evil"}).status_code == 401
    assert not kept.events


def test_an_answer_that_cannot_be_written_down_is_none():
    kept = Kept(fails=True)
    answer = asked(door(kept))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "cards" not in answer.text
    refusal(answer)
    kept.fails = False
    assert cards_of(asked(door(kept)))


def test_the_answer_waits_for_its_event():
    order = []

    class Slow(Kept):
        async def append(self, event):
            await asyncio.sleep(0.05)
            order.append("written down")
            await super().append(event)

    kept = Slow()
    assert cards_of(asked(door(kept)))
    order.append("answered")
    assert order == ["written down", "answered"]


def test_records_that_cannot_be_looked_up_hide_no_card():
    """What was seen before is not known then; the card is shown rather than kept back."""

    class Deaf(Kept):
        async def quiet_periods(self, site, patient, now):
            del site, patient, now
            raise StoreError("database-unreachable")

    class Slow(Kept):
        async def quiet_periods(self, site, patient, now):
            await asyncio.sleep(60)
            return await super().quiet_periods(site, patient, now)

    for kept in (Deaf(), Slow()):
        assert cards_of(asked(door(kept)))
        assert len(kept.shown) == 1


# ------------------------------------------------------------------------------------ who looks


@pytest.mark.requirement("SAFE-1")
@pytest.mark.parametrize("user", [f"Patient/{PATIENT}", "RelatedPerson/mother"])
@pytest.mark.parametrize("service", [REVIEW, SAFETY])
def test_patients_and_proxies_get_nothing_clinical_and_that_is_written_down(user, service):
    kept = Kept()
    body = call(prefetch_of(two_failures()), context={"userId": user, "patientId": PATIENT})
    assert cards_of(asked(door(kept), body, service)) == []
    (event,) = kept.events
    assert (event.kind.value, event.reason, event.user) == ("advice", "patient-or-proxy", user)


# -------------------------------------------------------------------------- switches of each EHR


def with_terms(speaking, **more):
    return {"terms": {"north": CardTerms(services={REVIEW: speaking})}} | more


@pytest.mark.parametrize("path", ["", "?x=1"])
def test_a_service_that_is_off_is_not_there_for_this_ehr(path):
    app = door(**with_terms(Speaking.OFF))
    assert asked(app, service=f"{REVIEW}{path}").status_code == 404
    assert cards_of(asked(app, headers={"Authorization": "Bearer south"}))
    assert asked(app, service=SAFETY).status_code == 200


def test_a_silent_service_works_everything_out_and_sends_nothing():
    kept = Kept()
    parts = with_terms(Speaking.SILENT)
    app = door(kept, **parts)
    assert cards_of(asked(app)) == []
    (event,) = kept.events
    assert (event.reason, event.cards) == ("silent", ())
    assert event.verdicts["card:trdNextStep"] == "silent"
    assert event.verdicts["resistance"] == "met"
    assert kept.shown == []
    metrics = send("GET", "/metrics", app=app).text
    counted = (
        f'thirdline_cards_total{{outcome="silent",service="{REVIEW}",topic="trdNextStep"}} 1.0'
    )
    assert counted in metrics
    assert len(cards_of(asked(app, headers={"Authorization": "Bearer south"}))) == 1


@pytest.mark.requirement("DISC-3")
def test_discovery_lists_what_is_on():
    off = CardTerms(services={REVIEW: Speaking.OFF})
    silent = CardTerms(services={SAFETY: Speaking.SILENT})
    sites = {"north": NORTH, "south": SOUTH}

    def listed(headers, terms):
        kept = Kept()
        app = app_of(
            trust=Trusting(sites=(NORTH, SOUTH)), audit=kept, records=kept, terms=terms, sites=sites
        )
        answer = send("GET", "/cds-services", headers=headers, app=app)
        return {one["id"] for one in json.loads(answer.content)["services"]}

    both = {"north": off, "south": off}
    assert REVIEW in listed({}, {"north": off})
    assert REVIEW not in listed({}, both)
    assert REVIEW not in listed(NAMED, {"north": off})
    assert SAFETY in listed(NAMED, {"north": silent})
    everything = dict.fromkeys(listed({}, {}), Speaking.OFF)
    assert len(everything) == 7
    all_off = CardTerms(services=everything)
    assert listed({}, {"north": all_off, "south": all_off}) == set()


# ------------------------------------------------------------------------------------- the server


@pytest.mark.requirement("REQ-5")
@pytest.mark.parametrize(
    ("server", "status"),
    [
        (NORTH.base, 200),
        (f"{NORTH.base}/", 200),
        (None, 200),
        (SOUTH.base, 400),
        ("https://ehr.example.org@evil.test/fhir/r4", 400),
        ("https://ehr.example.org.evil.test/fhir/r4", 400),
        ("https://evil.test/ehr.example.org/fhir/r4", 400),
        ("http://ehr.example.org/fhir/r4", 400),
        ("https://ehr.example.org/fhir", 400),
        ("https://127.0.0.1/fhir/r4", 400),
        ("file:///etc/passwd", 400),
        ("//ehr.example.org/fhir/r4", 400),
        ("", 400),
    ],
)
@pytest.mark.hostile("B01", "B02", "B03", "B05", "B09")
def test_only_the_registered_server_is_this_ehrs(server, status):
    answer = asked(door(), call(prefetch_of(two_failures()), fhirServer=server))
    assert answer.status_code == status
    assert status == 200 or "evil" not in answer.text


def test_an_entry_without_a_server_takes_any_and_calls_none():
    body = call(prefetch_of(two_failures()), fhirServer=FHIR)
    assert cards_of(asked(app_of(), body, headers={}))
    assert SANDBOX.base == ""


# -------------------------------------------------------------------------------- on each database


@pytest.mark.anyio
@pytest.mark.hostile("K09", "L12")
async def test_a_card_is_in_the_database_before_it_is_seen(kept, database_url):
    app = app_of(
        trust=Trusting(sites=(NORTH,)), audit=RecordedAudit(kept), records=kept, now=lambda: NOW
    )
    body = orjson.dumps(call(prefetch_of(two_failures())))
    headers = {"Content-Type": "application/json"} | NAMED
    async with client_of(app) as client:
        answers = await asyncio.gather(
            *(
                client.post(f"/cds-services/{REVIEW}", content=body, headers=headers)
                for _ in range(20)
            )
        )
    ids = {cards_of(one)[0]["uuid"] for one in answers}
    assert len(ids) == 20
    shown = await kept.shown_before("north", PATIENT, NOW - timedelta(hours=1))
    assert {one.card for one in shown} == ids
    rows = ask(database_url, "SELECT text FROM audit")
    assert len(rows) == 20
    assert all(json.loads(text)["resourceType"] == "AuditEvent" for (text,) in rows)


@pytest.mark.anyio
async def test_an_event_delivered_twice_shows_its_card_once(kept):
    memory = Kept()
    app = app_of(trust=Trusting(sites=(NORTH,)), audit=memory, records=kept)
    body = orjson.dumps(call(prefetch_of(two_failures())))
    async with client_of(app) as client:
        headers = {"Content-Type": "application/json"} | NAMED
        await client.post(f"/cds-services/{REVIEW}", content=body, headers=headers)
    (event,) = memory.events
    sink = RecordedAudit(kept)
    await sink.append(event)
    await sink.append(event)
    assert len(await kept.shown_before("north", PATIENT, NOW - timedelta(hours=1))) == 1


def test_a_sink_that_fails_says_so_in_its_own_words():
    async def append():
        kept = Kept(fails=True)
        app_kept = Kept()
        cards_of(await _once(app_kept))
        with pytest.raises(AuditUnavailable) as raised:
            await RecordedAudit(kept).append(app_kept.events[0])
        return raised.value.reason

    assert asyncio.run(append()) == "database-unreachable"


@pytest.mark.anyio
async def test_an_event_that_no_database_takes_is_not_passed_over():
    class Refusing(Kept):
        async def record(self, audit, shown=()):
            del audit, shown
            raise RowRefused("row-refused")

    event = AuditEvent(kind=AuditKind.REFUSAL, at=NOW, status=412)
    with pytest.raises(AuditRefused):
        await RecordedAudit(Refusing()).append(event)


async def _once(kept):
    body = orjson.dumps(call(prefetch_of(two_failures())))
    async with client_of(door(kept)) as client:
        headers = {"Content-Type": "application/json"} | NAMED
        return await client.post(f"/cds-services/{REVIEW}", content=body, headers=headers)


@pytest.mark.hostile("L12")
def test_ids_of_cards_are_random():
    """Of cards and of suggestions: version 4 has 122 random bits."""
    sent = [cards_of(asked(door()))[0] for _ in range(5)]
    ids = [card["uuid"] for card in sent]
    ids += [one["uuid"] for card in sent for one in card["suggestions"]]
    assert len(set(ids)) == len(ids) == 15
    assert {UUID(one).version for one in ids} == {4}
