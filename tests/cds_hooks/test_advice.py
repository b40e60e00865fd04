"""What a card is recognised by: a digest of its facts, and the draft it is about."""

from collections.abc import Callable

import pytest

from cds_hooks.advice import digest
from cds_hooks.cards import Indicator, Topic
from cds_hooks.services import SERVICES
from tests.cds_hooks.hooks import PATIENT, REVIEW, SAFETY, call, prefetch_of
from tests.cds_hooks.orders import (
    SELECT,
    SIGN,
    advised,
    draft,
    epilepsy,
    order_call,
    tms_order,
    venlafaxine,
)
from tests.cds_hooks.people import (
    PEOPLE,
    drug,
    long_measured,
    one_running,
    outcome_not_recorded,
    phq9,
    plan_and_intent,
    two_failures,
)
from tests.support.fhir import Json, concept, observation

MIRTAZAPINE = concept(text="mirtazapine 30 mg")
CHARTS: dict[str, tuple[str, Callable[[], list[Json]]]] = {
    "next step": (REVIEW, two_failures),
    "optimise": (REVIEW, one_running),
    "gaps": (REVIEW, outcome_not_recorded),
    "measure": (REVIEW, long_measured),
    "safety": (SAFETY, plan_and_intent),
}


def facts(service, chart, today="2026-09-01", drafts=None):
    """Return the digest of the one card of an answer."""
    prefetch = prefetch_of(chart)
    body = call(prefetch) if drafts is None else order_call(service, drafts, prefetch)
    (made,) = advised(body, service, today).cards
    assert len(made.facts) == 64
    return made.facts


@pytest.mark.parametrize("kind", CHARTS)
def test_the_same_facts_have_one_digest_whatever_the_ids_the_order_and_the_day(kind):
    service, chart = CHARTS[kind]
    first = facts(service, chart())
    assert facts(service, chart()) == first
    assert facts(service, chart()[::-1]) == first
    assert facts(service, chart(), today="2026-09-02") == first


def test_drafts_in_another_order_have_one_digest():
    given = [draft(), venlafaxine("d2")]
    assert facts(SIGN, two_failures(), drafts=given) == facts(
        SIGN, two_failures(), drafts=given[::-1]
    )
    given = [tms_order(), tms_order("s2")]
    chart = [*two_failures(), epilepsy()]
    assert facts(SIGN, chart, drafts=given) == facts(SIGN, chart, drafts=given[::-1])


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("next step", drug("m3", MIRTAZAPINE, 45, "2026-07-20", None)),
        ("gaps", drug("m3", MIRTAZAPINE, 45, "2026-05-25", "2026-08-20")),
        ("safety", observation("s9", "93249-1", "2026-08-31", "LA33-6")),
        ("optimise", phq9("o9", "2026-08-31", 18)[0]),
    ],
)
def test_a_new_fact_has_another_digest(kind, more):
    service, chart = CHARTS[kind]
    assert facts(service, [*chart(), more]) != facts(service, chart())


def test_another_dose_has_another_digest():
    assert facts(REVIEW, one_running(mg=150)) != facts(REVIEW, one_running())


def test_a_card_about_a_draft_names_it_and_another_does_not():
    for drafts, named in (
        ([draft()], "MedicationRequest/d1"),
        ([draft("d2"), venlafaxine("d1")], "MedicationRequest/d1 MedicationRequest/d2"),
    ):
        (made,) = advised(order_call(SIGN, drafts, prefetch_of(two_failures())), SIGN).cards
        assert (made.topic, made.draft) == (Topic.NEXT_ANTIDEPRESSANT, named)
    (made,) = advised(call(prefetch_of(two_failures())), REVIEW).cards
    assert made.draft == ""
    nameless = {key: held for key, held in draft().items() if key != "id"}
    body = order_call(SIGN, [nameless], prefetch_of(two_failures()))
    (made,) = advised(body, SIGN).cards
    assert made.draft == ""


def test_selection_and_signature_of_one_draft_have_one_name_and_one_digest():
    found = [
        advised(order_call(service, [draft()], prefetch_of(two_failures())), service).cards[0]
        for service in (SELECT, SIGN)
    ]
    assert len({(made.topic, made.draft, made.facts) for made in found}) == 1
    assert [made.indicator for made in found] == [Indicator.INFO, Indicator.WARNING]


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.id)
@pytest.mark.parametrize("person", PEOPLE)
def test_at_most_one_card_is_said_at_once(service, person):
    """One of the safety services may be critical, one of the others never is."""
    drafts = [draft(), venlafaxine("d2"), tms_order()]
    context = {"userId": "Practitioner/dr-1", "patientId": PATIENT, "encounterId": "e-1"}
    chart = prefetch_of([*PEOPLE[person](), epilepsy()])
    body = call(chart, hook=service.hook, context=context)
    if service.hook in {"order-select", "order-sign"}:
        body = order_call(service.id, drafts, chart)
    made = advised(body, service.id).cards
    assert len(made) <= 1
    if "safety" not in service.id:
        assert all(one.indicator is not Indicator.CRITICAL for one in made)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (draft(medication=concept(text="sertraline 50 mg"), mg=50), "same-drug"),
        (draft(medication=concept(text="mirtazapine 30 mg"), mg=30), "augmentation"),
        (draft(medication=concept(text="bupropion 150 mg"), mg=150), "low-dose"),
        (draft(reasonCode=[{"text": "insomnia"}]), "other-use"),
        (draft(medication=concept(text="esketamine 28 mg"), mg=28), "no-trial"),
        (tms_order(), "no-antidepressant-drafted"),
    ],
)
def test_why_a_draft_is_no_next_antidepressant(given, reason):
    advice = advised(order_call(SIGN, [given], prefetch_of(one_running())), SIGN)
    assert (Topic.NEXT_ANTIDEPRESSANT, reason) in [
        (one.topic, one.reason) for one in advice.kept_back
    ]


def test_a_digest_tells_facts_apart():
    assert digest("a", ["b"]) == digest("a", ["b"])
    assert len({digest("a", "b"), digest("ab"), digest(["a", "b"]), digest("a", None)}) == 4
