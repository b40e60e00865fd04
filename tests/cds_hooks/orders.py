"""Calls of order-select and order-sign: invented drafts beside invented charts."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

import httpx
import orjson

from cds_hooks.advice import Advice
from cds_hooks.call import read_call
from cds_hooks.cards import Occasion
from cds_hooks.drafts import read_drafts
from cds_hooks.services import SERVICE_BY_ID
from cds_hooks.wire import HookAnswer
from tests.cds_hooks.hooks import (
    ABSENT,
    BASE,
    INSTANCE,
    KNOWLEDGE,
    PATIENT,
    TODAY,
    cards,
    post,
    prefetch_of,
)
from tests.cds_hooks.people import one_running, plan_and_intent, two_failures
from tests.support.days import day
from tests.support.fhir import ICD, SUBJECT, Json, concept, condition, dosage, order
from tests.support.sent import sent_with

SELECT, SIGN = "antidepressant-select", "antidepressant-sign"
HOOK_OF = {SELECT: "order-select", SIGN: "order-sign"}
MIRTAZAPINE = concept(text="mirtazapine 30 MG Oral Tablet")


def draft(local: str = "d1", medication: Json = MIRTAZAPINE, mg: Any = 30, **more: Any) -> Json:
    """Return a drafted drug order; mg None: no instruction yet."""
    dosages = [] if mg is None else [dosage(mg)]
    made = order(local, medication, dosages, **({"status": "draft"} | more))
    return {key: held for key, held in made.items() if held not in ([], ABSENT)}


def tms_order(local: str = "s1", **more: Any) -> Json:
    """Return a drafted order for TMS."""
    return {
        "resourceType": "ServiceRequest",
        "id": local,
        "status": "draft",
        "intent": "order",
        "subject": SUBJECT,
        "code": {"text": "TMS evaluation"},
    } | more


def drafted(drafts: Iterable[Json], **more: Any) -> Json:
    """Return the Bundle of drafts."""
    entries = [{"resource": one} for one in drafts]
    return {"resourceType": "Bundle", "entry": entries} | more


def order_call(
    service: str,
    drafts: Any,
    prefetch: Any = ABSENT,
    selections: Any = ABSENT,
    **changed: Any,
) -> Json:
    """Return the body of a call; all drafts are selected unless it is said otherwise."""
    bundle = drafted(drafts) if isinstance(drafts, list) else drafts
    context: Json = {"userId": "Practitioner/dr-1", "patientId": PATIENT, "draftOrders": bundle}
    if service == SELECT:
        everything = [f"{one['resourceType']}/{one['id']}" for one in drafts]
        context["selections"] = everything if selections is ABSENT else selections
    made = {
        "hook": HOOK_OF[service],
        "hookInstance": INSTANCE,
        "context": context | changed.pop("context", {}),
        "prefetch": prefetch,
    } | changed
    return {key: value for key, value in made.items() if value is not ABSENT}


def ask(service: str, drafts: Any, chart: Iterable[Json], **more: Any) -> httpx.Response:
    """Post a call about drafts beside a chart that was read wholly."""
    return post(service, order_call(service, drafts, prefetch_of(chart), **more))


def ordered(service: str, drafts: Any, chart: Iterable[Json], **more: Any) -> list[Json]:
    """Return the cards of an answer that keeps to the wire's rules."""
    prefetch = more.pop("prefetch", None) or prefetch_of(chart)
    body = order_call(service, drafts, prefetch, **more)
    changed = {key: body[key] for key in body if key != "prefetch"}
    return cards(service, prefetch, **changed)


def advised(body: Json, service: str, today: str = TODAY, **more: Any) -> Advice:
    """Return the advice of a service to a call; members of the occasion may be given."""
    served = SERVICE_BY_ID[service]
    call = read_call(body, served.hook)
    members: dict[str, Any] = {"new_uuid": uuid4, "encounter_id": call.encounter_id} | more
    occasion = Occasion(
        as_of=day(today),
        knowledge=KNOWLEDGE,
        topic_system=f"{BASE}/CodeSystem/topics",
        hook=call.hook,
        drafts=read_drafts(call),
        **members,
    )
    needs = served.needs if served.may_concern(occasion) else frozenset()
    return served.advise(sent_with(call, needs), occasion)


def wire(advice: Advice) -> list[Json]:
    """Return the cards of advice as they are sent, after checking that they may be."""
    sent = orjson.dumps({"cards": [one.card for one in advice.cards]})
    HookAnswer.model_validate_json(sent)
    return list(json.loads(sent)["cards"])


def venlafaxine(local: str = "d1", mg: Any = 150, **more: Any) -> Json:
    """Return a drafted drug whose quantity matters in a crisis."""
    return draft(local, concept(text="venlafaxine 150 MG Extended Release"), mg, **more)


def epilepsy() -> Json:
    return condition("c2", concept(ICD, "G40.909", text="Epilepsy"))


def cochlear_implant() -> Json:
    return condition("c3", concept(ICD, "Z96.21", text="Cochlear implant"))


CASES: dict[str, tuple[str, Callable[[], list[Json]], Callable[[], list[Json]]]] = {
    "next-at-select": (SELECT, lambda: [draft()], two_failures),
    "next-at-sign-without-dose": (SIGN, lambda: [draft(mg=None)], two_failures),
    "next-in-crisis": (SIGN, lambda: [venlafaxine()], plan_and_intent),
    "lithium-in-crisis": (
        SELECT,
        lambda: [draft(medication=concept(text="lithium carbonate 300 mg"), mg=600)],
        plan_and_intent,
    ),
    "switch-too-soon": (SIGN, lambda: [draft()], lambda: one_running(mg=25)),
    "tms-with-implant": (
        SELECT,
        lambda: [tms_order()],
        lambda: [*two_failures(), epilepsy(), cochlear_implant()],
    ),
    "not-recognised": (
        SELECT,
        lambda: [draft(medication=concept("http://ehr.example.org/drugs", "77"))],
        two_failures,
    ),
}
"""Calls about drafts whose cards are kept as files: the service, the drafts, the chart."""
