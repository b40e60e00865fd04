"""However much is sent, and of whatever shape: an honest answer in the time of one call."""

import time

import orjson
import pytest

from cds_hooks.call import MOST_ENTRIES
from cds_hooks.judging import HOPELESS_BYTES, LARGE_BYTES
from tests.cds_hooks.hooks import REVIEW, SAFETY, app_of, call, post, prefetch_of, refusal, topics
from tests.cds_hooks.people import SERTRALINE_100, drug, plan_and_intent, two_failures
from tests.support.fhir import Json

IN_TIME = 2.2
SLACK = 6.0
"""The tests share their machine; what they guard against takes many times as long."""
SLOW_TEXT = "stopped due to side effects "


def orders():
    return [one for one in two_failures() if one["resourceType"] == "MedicationRequest"]


def bundle(entries) -> Json:
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def timed(service, body):
    content = orjson.dumps(body)
    began = time.perf_counter()
    answer = post(service, content, app=app_of())
    assert time.perf_counter() - began < IN_TIME + SLACK
    return answer


@pytest.mark.hostile("D03")
def test_wide_nesting_is_measured_in_time():
    wide = b"[" + b",".join([b"[" * 58 + b"]" * 58] * 10_000) + b"]"
    body = orjson.dumps(call(prefetch_of(plan_and_intent()), x="@")).replace(b'"@"', wide)
    began = time.perf_counter()
    answer = post(SAFETY, body)
    assert time.perf_counter() - began < IN_TIME + SLACK
    assert topics(answer.json()["cards"]) == ["suicideSafety"]
    deeper = body.replace(b"[" * 58 + b"]" * 58, b"[" * 63 + b"]" * 63, 1)
    assert post(SAFETY, deeper).status_code == 400


@pytest.mark.hostile("D01")
@pytest.mark.parametrize("entry", [{}, None, [], {"resource": {}}, {"resource": None}])
@pytest.mark.parametrize("key", ["medications", "conditions", "nobody-asked"])
def test_more_entries_than_any_chart_has_are_refused(key, entry):
    body = call(prefetch_of(two_failures(), **{key: bundle([entry] * (MOST_ENTRIES + 1))}))
    answer = timed(REVIEW, body)
    assert answer.status_code == 413
    assert refusal(answer) == f"body: more than {MOST_ENTRIES} entries"


@pytest.mark.hostile("D01")
def test_entries_in_bundles_within_bundles_count_as_well():
    inner = bundle([{"resource": bundle([{}] * 150)}] * 150)
    assert post(REVIEW, call(prefetch_of([], conditions=inner))).status_code == 413


@pytest.mark.hostile("D01")
def test_a_large_chart_that_can_be_judged_in_time_gets_its_card():
    """The positive twin: written with more than is judged at once, and nothing wrong with it."""
    note = {"note": [{"text": "seen in clinic. " * (LARGE_BYTES // 15)}]}
    sent = orders()
    sent[0] = {**sent[0], "text": note}
    answer = timed(REVIEW, call(prefetch_of(two_failures(), medications=bundle_of(sent))))
    assert topics(answer.json()["cards"]) == ["trdNextStep"]


def bundle_of(resources) -> Json:
    return bundle([{"resource": one} for one in resources])


@pytest.mark.hostile("D01", "F12")
@pytest.mark.parametrize("size", [0.9 * HOPELESS_BYTES, 1.5 * HOPELESS_BYTES])
def test_what_cannot_be_judged_in_time_is_refused_and_never_empty(size):
    sent = orders()
    sent[0] = {**sent[0], "note": [{"text": SLOW_TEXT * int(size / len(SLOW_TEXT))}]}
    answer = timed(REVIEW, call(prefetch_of(two_failures(), medications=bundle_of(sent))))
    assert answer.status_code == 412
    assert refusal(answer) == "prefetch: more than can be read in the time of one call"


@pytest.mark.hostile("D01")
def test_thousands_of_orders_are_answered_in_time_without_a_negative():
    many = [drug(f"m{at}", SERTRALINE_100, 50, "2025-10-01", None) for at in range(9_000)]
    answer = timed(REVIEW, call(prefetch_of(two_failures(), medications=bundle_of(many))))
    assert answer.status_code == 412 or answer.json()["cards"]
