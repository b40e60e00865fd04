"""What holds of the crisis signals of any chart."""

import random
from dataclasses import fields, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.crisis_charts import (
    CRITICAL,
    INCOMPLETE,
    INFORMATION,
    KNOWLEDGE,
    NONE,
    TODAY,
    WARNING,
    answer,
    assessed,
    chart_of,
    code,
    drug,
    judge,
    phq,
    screen,
    visit,
)
from trd.chart import MedicationRecord
from trd.crisis import find_crisis

DAYS = st.integers(-5, 400)
MAYBE_DAYS = st.none() | DAYS
QUESTIONS = ("q1", "q2", "q3", "q4", "q5", "q6", "q6-recent")
ITEM = st.sampled_from([f"cssrs-{name}" for name in QUESTIONS])
VALUE = st.sampled_from(["yes", "no", None])
CONCEPT = st.sampled_from(
    [
        "suicide-attempt",
        "suicidal-ideation",
        "homicidal-ideation",
        "nssi",
        "self-harm-history",
        "self-neglect",
        "hallucination",
        "postpartum-psychosis",
        "seizure",
    ]
)
SCORES = st.builds(phq, DAYS, st.none() | st.integers(0, 3), st.none() | st.integers(0, 27))
CODES = st.builds(code, CONCEPT, MAYBE_DAYS, MAYBE_DAYS)
VISITS = st.builds(
    visit,
    st.sampled_from(["inpatient", "emergency", "outpatient", ""]),
    psychiatric=st.booleans(),
    start=MAYBE_DAYS,
    end=MAYBE_DAYS,
    concepts=st.sampled_from([(), ("suicide-attempt",)]),
)
ANSWERS = st.builds(answer, ITEM, MAYBE_DAYS, VALUE)
SCREENS = st.builds(screen, DAYS, q1=st.sampled_from(["yes", "no"]))
NEW_ONLY = st.builds(code, st.sampled_from(["psychosis", "mania"]), MAYBE_DAYS, MAYBE_DAYS)
DRUGS = st.builds(drug, st.sampled_from(["sertraline", "quetiapine"]), MAYBE_DAYS, MAYBE_DAYS)
ASSESSMENTS = st.builds(assessed, MAYBE_DAYS, st.sampled_from(["", "low", "high"]))
PLAIN = st.lists(SCORES | CODES | VISITS, max_size=8)
ANY = st.lists(
    SCORES | CODES | VISITS | ANSWERS | SCREENS | NEW_ONLY | DRUGS | ASSESSMENTS, max_size=10
)
RANK = {NONE: 0, INCOMPLETE: 0, WARNING: 1, CRITICAL: 2}


def _flat(facts):
    return [each for fact in facts for each in (fact if isinstance(fact, list) else [fact])]


@given(ANY, st.integers())
def test_the_order_of_the_facts_does_not_matter(facts, seed):
    flat = _flat(facts)
    shuffled = random.Random(seed).sample(flat, len(flat))  # noqa: S311 - no secret
    assert judge(*shuffled) == judge(*flat)


def _shifted(fact, by):
    """Return a fact with every day moved; days are the integer fields that are not counts."""
    named = {"on", "onset", "abated", "recorded", "encounter_on", "start", "end", "authored"}
    moved: dict[str, Any] = {
        f.name: getattr(fact, f.name) + by
        for f in fields(fact)
        if f.name in named and getattr(fact, f.name) is not None
    }
    if isinstance(fact, MedicationRecord):
        moved["steps"] = tuple(_shifted(step, by) for step in fact.steps)
    return replace(fact, **moved)


@given(ANY, st.integers(-20_000, 20_000))
def test_only_distances_between_days_matter(facts, by):
    flat = _flat(facts)
    here = judge(*flat, born=None)
    chart = chart_of(*(_shifted(fact, by) for fact in flat), born=None)
    there = find_crisis(chart, KNOWLEDGE, TODAY + by)
    assert (there.level, there.complete) == (here.level, here.complete)
    mine = sorted((s.kind, s.level, s.on is None, (s.on or 0), s.evidence) for s in here.signals)
    theirs = sorted(
        (s.kind, s.level, s.on is None, s.on - by if s.on is not None else 0, s.evidence)
        for s in there.signals
    )
    assert mine == theirs


@given(PLAIN, st.data())
def test_losing_a_fact_never_raises_the_level(facts, data):
    """Easing, context and results apart, which exist to explain a signal, less is never more."""
    if not facts:
        return
    lost = data.draw(st.integers(0, len(facts) - 1))
    fewer = facts[:lost] + facts[lost + 1 :]
    assert RANK[judge(*fewer).level] <= RANK[judge(*facts).level]


UNRELATED = st.one_of(
    st.builds(code, st.just("seizure"), MAYBE_DAYS),
    st.builds(phq, DAYS, st.none(), st.integers(0, 6), st.just("PHQ-2")),
    st.builds(visit, st.just("outpatient"), psychiatric=st.booleans(), end=MAYBE_DAYS),
    st.builds(drug, st.just("sertraline"), MAYBE_DAYS),
    st.builds(code, st.just("self-harm-history"), MAYBE_DAYS),
    st.builds(answer, st.just("cssrs-q1"), MAYBE_DAYS),
)


@given(ANY, UNRELATED)
def test_a_further_fact_that_explains_nothing_never_lowers_the_level(facts, further):
    before, after = judge(*facts), judge(*facts, further)
    assert RANK[after.level] >= RANK[before.level]
    assert before.complete == after.complete


@given(ANY, SCREENS)
def test_a_screen_never_turns_a_critical_chart_into_none(facts, further):
    if judge(*facts).level is CRITICAL:
        assert judge(*facts, further).level in {CRITICAL, WARNING}


@given(ANY)
def test_every_signal_says_something_and_names_its_evidence(facts):
    crisis = judge(*facts)
    assert all(signal.because and signal.evidence for signal in crisis.signals)
    assert {signal.level for signal in crisis.signals} <= {CRITICAL, WARNING, INFORMATION}
