"""Calls of order-select and order-sign: invented drafts beside invented charts."""

from collections.abc import Iterable
from typing import Any

import httpx

from tests.cds_hooks.hooks import ABSENT, INSTANCE, PATIENT, cards, post, prefetch_of
from tests.support.fhir import SUBJECT, Json, concept, dosage, order

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
