"""An audit event is an honest FHIR R4 AuditEvent, and holds no token and nothing clinical."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from fhir.resources.R4B.auditevent import AuditEvent as FhirAuditEvent
from hypothesis import given
from hypothesis import strategies as st

from ehr.audit import AuditEvent, AuditKind, as_resource
from ehr.spool import AuditFile
from tests.support.tokens import NORTH, call, claims_for, signed, trust_of

AT = datetime(2026, 9, 1, 14, 30, 5, 123456, tzinfo=timezone(timedelta(hours=2)))
FULL = AuditEvent(
    kind=AuditKind.ADVICE,
    at=AT,
    id="5f0c1e3a-7f0e-4c1d-9a6f-0a1b2c3d4e5f",
    site="north",
    issuer=NORTH.url,
    tenant="east",
    jti="token-1",
    user="Practitioner/7",
    patient="pt-1",
    service="trd-review",
    hook_instance="d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    status=200,
    reads=(("medications", "complete", 12), ("scores", "failed", 0)),
    verdicts={"R9": "met", "R12": "unknown"},
    rules="CH-2",
    knowledge="2026-08-01",
    cards=(("0f6c0b2e", "trdNextStep", "info"),),
    about=(("a" * 64, "draft-1"),),
)
BARE = AuditEvent(kind=AuditKind.SECURITY, at=AT)


def details_of(resource):
    return [(one["type"], one["valueString"]) for one in resource["entity"][-1]["detail"]]


@pytest.mark.parametrize("kind", AuditKind)
@pytest.mark.parametrize("event", [FULL, BARE])
def test_it_is_a_fhir_audit_event(kind, event):
    resource = as_resource(replace(event, kind=kind))
    assert json.loads(FhirAuditEvent.model_validate(resource).model_dump_json()).keys() == (
        resource.keys()
    )


@pytest.mark.requirement("SEC-18")
def test_it_says_who_which_patient_what_when_and_how_it_ended():
    resource = as_resource(FULL)
    source, destination, user = resource["agent"]
    assert resource["recorded"] == "2026-09-01T12:30:05.123+00:00"
    assert resource["action"] == "E"
    assert source["who"] == {"identifier": {"value": NORTH.url}, "display": "north"}
    assert destination["who"] == {"display": "Thirdline"}
    assert (user["who"], user["requestor"]) == ({"reference": "Practitioner/7"}, True)
    patient, request, job = resource["entity"]
    assert patient["what"] == {"reference": "Patient/pt-1"}
    assert request["what"]["identifier"]["value"] == FULL.hook_instance
    assert job["name"] == "trd-review"
    assert details_of(resource) == [
        ("status", "200"),
        ("tenant", "east"),
        ("jti", "token-1"),
        ("rules", "CH-2"),
        ("knowledge", "2026-08-01"),
        ("read", "medications complete 12"),
        ("read", "scores failed 0"),
        ("verdict", "R9 met"),
        ("verdict", "R12 unknown"),
        ("card", "0f6c0b2e trdNextStep info"),
        ("about", f"{'a' * 64} draft-1"),
    ]


@pytest.mark.parametrize(
    ("kind", "status", "outcome"),
    [
        (AuditKind.ADVICE, 200, "0"),
        (AuditKind.FEEDBACK, 200, "0"),
        (AuditKind.FEEDBACK, 400, "4"),
        (AuditKind.REFUSAL, 412, "4"),
        (AuditKind.REFUSAL, 503, "8"),
        (AuditKind.SECURITY, 0, "4"),
        (AuditKind.ADVICE, 500, "8"),
    ],
)
def test_its_outcome_says_whether_it_went_well(kind, status, outcome):
    resource = as_resource(replace(BARE, kind=kind, status=status, reason="wrong-patient"))
    assert (resource["outcome"], resource["outcomeDesc"]) == (outcome, "wrong-patient")


def test_what_does_not_apply_is_left_out_and_somebody_asked():
    resource = as_resource(BARE)
    assert [one["requestor"] for one in resource["agent"]] == [True, False]
    assert resource["agent"][0]["who"] == {"display": "unknown"}
    assert [one.get("name") for one in resource["entity"]] == ["security"]
    assert "outcomeDesc" not in resource
    assert "detail" not in resource["entity"][0]


def test_each_event_has_an_id_of_its_own():
    one, other = (AuditEvent(kind=AuditKind.ADVICE, at=AT) for _ in range(2))
    assert as_resource(one)["id"] != as_resource(other)["id"]


@pytest.mark.hostile("K11")
@pytest.mark.requirement("SEC-12", "SEC-18")
def test_no_part_of_a_token_is_in_it():
    """What an accepted call leaves for the audit: no eight characters in a row of its token."""
    token = signed(claims_for())
    caller = call(trust_of(), token)
    event = replace(FULL, issuer=caller.issuer, tenant=caller.tenant, jti=caller.jti)
    written = json.dumps(as_resource(event))
    assert caller.jti in written
    assert not [at for at in range(len(token) - 8) if token[at : at + 8] in written]


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=30)


@given(
    st.builds(
        AuditEvent,
        kind=st.sampled_from(AuditKind),
        at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        site=texts,
        reason=texts,
        patient=st.from_regex(r"[A-Za-z0-9.-]{1,64}", fullmatch=True),
        verdicts=st.dictionaries(texts, texts, max_size=3),
        status=st.sampled_from([0, 200, 401, 503]),
    )
)
def test_any_event_has_the_shape(event):
    FhirAuditEvent.model_validate(as_resource(event))


@pytest.mark.hostile("K09")
def test_in_the_audit_file_each_event_has_a_line_of_its_own_however_many_write(tmp_path):
    path = tmp_path / "audit.jsonl"
    long = {f"R{at}": "met" for at in range(200)}
    events = [AuditEvent(kind=AuditKind.ADVICE, at=AT, verdicts=long) for _ in range(200)]

    async def write():
        await asyncio.gather(*(AuditFile(path).append(event) for event in events))

    asyncio.run(write())
    arrived = [json.loads(line)["id"] for line in path.read_text().splitlines()]
    assert sorted(arrived) == sorted(event.id for event in events)
