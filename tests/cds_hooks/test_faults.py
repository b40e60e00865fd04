"""Whatever the EHR does wrong, and wherever: no answer that looks like nothing found.

Hypothesis chooses the patient, what was sent with the call, and what the EHR does wrong at which
type, page and byte; the whole service answers on a clock that jumps. What must hold is judged on
the answer's bytes and on what is true of the chart.
"""

import functools
import re

import httpx
import orjson
import pytest
from hypothesis import example, given, note, settings
from hypothesis import strategies as st

from tests.cds_hooks.hooks import REVIEW, SAFETY, call, post
from tests.support import virtual_clock
from tests.support.fault_ehr import KINDS, OTHER, TOKEN, Fault
from tests.support.fault_patients import CANARY, NAMES, WITNESSES, chart, sent_whole, with_witness
from tests.support.fault_runs import (
    NEED_NAMES,
    Run,
    Told,
    carried_out,
    failed_at_client,
    is_total,
    lost,
)
from tests.support.fhir import Json
from tests.support.wire_rules import breaches, outcome_breaches
from trd.read.needs import NEED_BY_TYPE

RUNS = 2_000
DEEP = 10
LONGEST = 2.2
WORDS = {
    "patient": "patient record",
    "medications": "medication orders",
    "conditions": "conditions",
    "scores": "scores",
    "responses": "questionnaire responses",
    "dispenses": "dispenses",
    "statements": "medication statements",
    "procedures": "procedures",
    "devices": "devices",
    "encounters": "encounters",
    "referrals": "referrals",
}
NEEDS = {
    REVIEW: set(NEED_NAMES),
    SAFETY: {"patient", "medications", "conditions", "scores"}
    | {"responses", "procedures", "encounters"},
}
KINDS_OF_RESOURCES = ("", "Medication", *NEED_BY_TYPE)


@functools.cache
def by_prefetch(service: str, body: bytes) -> tuple[int, list[Json]]:
    answer = post(service, body)
    return answer.status_code, without_ids(answer)


def without_ids(answer: httpx.Response) -> list[Json]:
    """Return the cards of an answer without the ids that are fresh each time."""
    found = answer.json().get("cards", [])
    return [{key: value for key, value in card.items() if key != "uuid"} for card in found]


def truth(run: Run) -> list[Json]:
    """Return the cards where everything was sent with the call."""
    status, cards = by_prefetch(run.service, orjson.dumps(call(sent_whole(chart(run.person)))))
    assert status == 200
    return cards


def may_be_silent(run: Run, needs: frozenset[str]) -> bool:
    """Say whether nothing that could stand in these needs would make a card."""
    if truth(run):
        return False
    return not any(
        by_prefetch(run.service, orjson.dumps(call(with_witness(chart(run.person), witness))))[1]
        for need in needs
        for witness in WITNESSES[need]
    )


def said(cards: list[Json]) -> str:
    return "\n".join(f"{card['summary']}\n{card['detail']}" for card in cards)


# ------------------------------------------------------------------------------- what must hold


def check(run: Run, told: Told) -> None:
    """Hold one run to everything that must be true of it."""
    assert told.seconds <= LONGEST
    assert not told.late, "something was asked after the answer"
    check_form(told.answer)
    check_form(told.again)
    assert told.again.status_code == 200
    assert without_ids(told.again) == truth(run), "the next call is not answered normally"
    if any(fault.kind == "other-patient" for fault in run.faults):
        return
    needs, perhaps = lost(run, told)
    needs &= NEEDS[run.service]
    if not needs and not perhaps:
        assert told.answer.status_code == 200
        assert without_ids(told.answer) == truth(run)
        return
    check_failsafe(run, told, needs)
    if needs and not perhaps and is_total(run, told):
        check_same_as_failed(run, told, needs)


def check_form(answer: httpx.Response) -> None:
    """Hold an answer to the wire's rules, and to holding nothing it should not."""
    assert answer.status_code in {200, 412}
    for canary in (TOKEN, "canary-diagnostics", OTHER, CANARY):
        assert canary not in answer.text
    if answer.status_code == 200:
        assert not breaches(answer.content)
        return
    assert not outcome_breaches(answer.content)
    assert "pt-1" not in answer.text
    assert not re.search(r"sertraline|venlafaxine|depress", answer.text)


def check_failsafe(run: Run, told: Told, needs: frozenset[str]) -> None:
    """Hold an answer to naming what is missing and denying nothing of it."""
    if told.answer.status_code == 412:
        return
    cards = without_ids(told.answer)
    if not cards:
        assert may_be_silent(run, needs), f"silent, though {sorted(needs)} could have spoken"
        return
    for card in cards:
        missing = card["detail"].partition("**Not considered:**")[2]
        for need in needs:
            assert f"{WORDS[need]} (" in missing, f"{need} is not named"
            held = card["detail"].partition("none held: ")[2].partition("**Not considered")[0]
            assert WORDS[need] not in re.split(r", |\.", held), f"{need}: none held"


def check_same_as_failed(run: Run, told: Told, needs: frozenset[str]) -> None:
    """Hold an answer to what it would be had the EHR said itself that these needs failed."""
    status, cards = by_prefetch(run.service, failed_at_client(run, needs))
    assert told.answer.status_code == status
    assert reasons_left_out(without_ids(told.answer)) == reasons_left_out(cards)


def reasons_left_out(cards: list[Json]) -> list[Json]:
    """Return cards without the words of why something was not read."""
    return [
        card | {"detail": re.sub(r"(?s)\*\*Not considered:\*\*.*?\n\n", "", card["detail"])}
        for card in cards
    ]


# ------------------------------------------------------------------------------------- the runs

faults = st.builds(
    Fault,
    kind=st.sampled_from(KINDS),
    at=st.sampled_from(KINDS_OF_RESOURCES),
    page=st.sampled_from([0, 0, 0, 1, 2]),
    times=st.sampled_from([0, 0, 0, 1]),
    seconds=st.sampled_from([0.01, 0.3, 1.2, 1.9, 2.5]),
    offset=st.integers(0, 4_000),
    retry_after=st.sampled_from(["", "0", "1", "120", "soon"]),
)
runs = st.builds(
    Run,
    person=st.sampled_from(NAMES),
    service=st.sampled_from([REVIEW, SAFETY]),
    given=st.sets(st.sampled_from(NEED_NAMES)).map(frozenset),
    faults=st.lists(faults, min_size=1, max_size=2).map(tuple),
    page_size=st.sampled_from([2, 3, 1_000]),
    includes=st.booleans(),
)


def so_many(runs_in_ci: int) -> int:
    """Return how many runs: ten times as many where the deep profile is loaded."""
    is_deep = settings.default is not None and settings.default.max_examples > 100
    return runs_in_ci * (DEEP if is_deep else 1)


@pytest.mark.requirement("RESP-8", "SAFE-2", "FA-6", "FA-7", "FA-11", "PFB-8", "PFB-9", "PFB-10")
@pytest.mark.hostile("F07", "F08", "F11", "F12", "F14", "F16")
@settings(max_examples=so_many(RUNS))
@given(runs)
def test_no_fault_looks_like_nothing_found(run):
    note(str(run))
    check(run, virtual_clock.run(carried_out(run)))


@pytest.mark.requirement("PFB-15", "PFB-1", "PFB-3", "FA-3")
@settings(max_examples=so_many(200))
@given(
    st.builds(
        Run,
        person=st.sampled_from(NAMES),
        service=st.sampled_from([REVIEW, SAFETY]),
        given=st.sets(st.sampled_from(NEED_NAMES)).map(frozenset),
        page_size=st.sampled_from([1, 2, 3, 1_000]),
        includes=st.booleans(),
    )
)
@example(Run(person="two-failures", service=REVIEW))
@example(Run(person="plan-and-intent", service=SAFETY))
def test_both_routes_give_the_same_cards(run):
    told = virtual_clock.run(carried_out(run))
    assert told.answer.status_code == 200
    assert without_ids(told.answer) == truth(run)
    asked = {NEED_BY_TYPE.get(one.kind, "medications") for one in told.requests}
    assert NEEDS[run.service] - run.given <= asked
    assert asked <= (NEEDS[run.service] - run.given) | {"medications"}
