"""Whatever is drafted: an answer or a refusal with a reason, and cards that keep to the rules."""

import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_hooks.wire import HookAnswer
from tests.cds_hooks.hooks import ABSENT, KNOWLEDGE, post, prefetch_of, topics
from tests.cds_hooks.orders import SELECT, SIGN, draft, epilepsy, order_call, tms_order
from tests.cds_hooks.people import drug, one_running, plan_and_intent, two_failures
from tests.support.fhir import concept
from trd.read.words import meanings

ODD = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[safe dose](https://evil.example.org)",
    "www.evil.example.org",
    "{{7*7}} ${7*7} %s {0.__class__}",
    "🙂👩‍👩‍👧 é\u0301\u0301\u0301 \u202ereversed",
    "x" * 5_000,
    "**bold** _it_ `code` # head | table",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10**6) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = sorted(name for name, row in KNOWLEDGE.antidepressants.items() if row.counts_as == "trial")
CHARTS = {
    "failed": two_failures,
    "crisis": plan_and_intent,
    "running": lambda: one_running(mg=25),
    "epilepsy": lambda: [*two_failures(), epilepsy()],
}
MEMBERS = (
    "status",
    "intent",
    "subject",
    "medicationCodeableConcept",
    "medicationReference",
    "dosageInstruction",
    "dispenseRequest",
    "priorPrescription",
    "reasonCode",
    "reasonReference",
    "contained",
    "code",
    "note",
    "supportingInfo",
    "id",
    "resourceType",
)


def answered(service, drafts, prefetch, **more):
    """Return the cards of an answer, or None where it was refused with a reason."""
    answer = post(service, order_call(service, drafts, prefetch, **more))
    assert answer.status_code in {200, 400, 412}
    if answer.status_code != 200:
        assert answer.json()["issue"][0]["diagnostics"]
        return None
    return list(HookAnswer.model_validate_json(answer.content).cards)


@given(
    st.sampled_from([SELECT, SIGN]),
    st.sampled_from([draft, tms_order]),
    st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=4),
    st.sampled_from(sorted(CHARTS)),
)
@settings(max_examples=150)
def test_no_shape_of_a_draft_is_a_fault(service, make, changed, chart):
    made = make() | changed
    named = f"{make()['resourceType']}/{make()['id']}"
    answered(
        service,
        [made],
        prefetch_of(CHARTS[chart]()),
        **({"selections": [named]} if service == SELECT else {}),
    )


@pytest.mark.requirement("CARD-3")
@pytest.mark.hostile("G12")
@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("service", [SELECT, SIGN])
def test_every_drug_has_a_summary_that_fits(service, chart):
    longest = sorted(NAMES, key=len)[-6:]
    for names in (*([name] for name in NAMES), longest[:2], longest):
        drafts = [
            draft(f"d{at}", concept(text=name), None) for at, name in enumerate(names, start=1)
        ]
        for card in answered(service, drafts, prefetch_of(CHARTS[chart]())):
            assert len(card.summary) <= 139
            assert card.summary.endswith((".", ")."))


@pytest.mark.hostile("G01", "G04", "G15")
@pytest.mark.parametrize("odd", ODD)
def test_charted_and_drafted_words_stay_words(odd):
    chart = [
        *two_failures(odd),
        epilepsy() | {"code": {"coding": epilepsy()["code"]["coding"], "text": odd}},
    ]
    for drafts in (
        [draft(medication=concept(text=f"mirtazapine {odd}"))],
        [draft(note=[{"text": odd}], reasonCode=[{"text": odd}])],
        [tms_order(note=[{"text": "kept"}])],
    ):
        for service in (SELECT, SIGN):
            body = order_call(service, drafts, prefetch_of(chart))
            answer = post(service, body)
            assert answer.status_code == 200
            for card in json.loads(answer.content)["cards"]:
                told = [card["summary"], card["detail"]]
                told += [n["text"] for a in _actions(card) for n in a["resource"].get("note", ())]
                for text in told:
                    assert "<" not in text.replace("(< 50 %)", "")
                    assert "](" not in text.replace("\\](", "").replace("\\]", "")
                    assert "://" not in text
                assert set(card["summary"]) <= set(string.printable)


def _actions(card):
    return [action for one in card.get("suggestions", ()) for action in one["actions"]]


def test_the_words_of_a_referral_are_read_as_one():
    """What a card offers is recognised when it comes back as an order of the chart."""
    phrases = KNOWLEDGE.phrases
    words = "Referral for TMS evaluation"
    assert meanings(words, phrases.referrals, phrases.negations) == {"tms"}


@given(st.permutations(range(4)), st.sampled_from([SELECT, SIGN]))
@settings(max_examples=30)
def test_the_order_of_drafts_and_selections_changes_nothing(order, service):
    drafts = [
        draft(),
        draft("d2", concept(text="bupropion XL 300 mg"), 300),
        draft("d3", concept(text="Amoxicillin 250 MG"), 250),
        tms_order(),
    ]
    chart = prefetch_of(two_failures())
    plain = answered(service, drafts, chart)
    mixed = answered(service, [drafts[at] for at in order], chart)
    assert [card.detail for card in mixed] == [card.detail for card in plain]


@given(st.sampled_from(NAMES), st.sampled_from(["2026-07-25", "2026-08-25"]))
@settings(max_examples=40)
def test_a_drug_that_runs_is_never_the_next_one(name, since):
    medication = concept(text=name)
    chart = [*two_failures(), drug("m9", medication, 50, since, None)]
    found = post(SIGN, order_call(SIGN, [draft(medication=medication)], prefetch_of(chart)))
    assert "nextAntidepressant" not in topics(found.json()["cards"])


@given(
    st.sampled_from(["medications", "conditions", "scores", "devices", "procedures", "responses"]),
    st.sampled_from([ABSENT, {"resourceType": "OperationOutcome"}, [], "x", {"resourceType": "X"}]),
    st.sampled_from([draft(), tms_order()]),
)
def test_an_unread_need_is_never_silence_where_a_card_could_be(need, value, made):
    """A depressed patient without any trial: no card where all was read, else always a word."""
    chart = two_failures()[:2]
    whole = answered(SIGN, [made], prefetch_of(chart))
    assert whole == []
    told = answered(SIGN, [made], prefetch_of(chart, **{need: value}))
    concerns = {
        "ServiceRequest": {"medications", "conditions", "devices", "procedures"},
        "MedicationRequest": {"medications", "conditions", "scores", "procedures", "responses"},
    }[made["resourceType"]]
    assert (told != []) is (need in concerns)
