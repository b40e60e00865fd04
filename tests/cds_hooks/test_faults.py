"""Whatever the EHR does wrong, and wherever: no answer that looks like nothing found.

Hypothesis chooses the patient, what was sent with the call, and what the EHR does wrong at which
type, page and byte; the whole service answers on a clock that jumps. What must hold is judged on
the answer's bytes and on what is true of the chart.
"""

import asyncio
import functools
import re
from dataclasses import replace
from random import Random

import httpx
import pytest
from hypothesis import example, given, note, settings
from hypothesis import strategies as st

from ehr.client import Wire
from tests.cds_hooks.hooks import REVIEW, SAFETY, app_of, post
from tests.cds_hooks.orders import SELECT
from tests.support import virtual_clock
from tests.support.denials import false_denials
from tests.support.fault_ehr import KINDS, OTHER, TOKEN, Fault, FaultEhr
from tests.support.fault_patients import CANARY, NAMES, WITNESSES, chart, sent_whole, with_witness
from tests.support.fault_runs import (
    DISCHARGE,
    NEED_NAMES,
    SERVICES,
    Run,
    Told,
    asked,
    call_of,
    carried_out,
    failed_at_client,
    is_foreign,
    is_total,
    lost,
)
from tests.support.fhir import Json
from tests.support.kept import NORTH
from tests.support.real_server import served
from tests.support.wire_rules import breaches, outcome_breaches, without_ids
from trd.read.needs import NEED_BY_TYPE

RUNS = 2_000
DEEP = 10
LONGEST = 2.2
HEAVY = {"bomb", "endless", "duplicate-pages"}
DEADLINE = 1.5
"""Seconds before which nothing was given up for want of time."""
DANGER = {"critical", "warning"}
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
OF_SAFETY = {"patient", "medications", "conditions", "scores"}
OF_SAFETY |= {"responses", "procedures", "encounters"}
NEEDS = {
    REVIEW: set(NEED_NAMES),
    SELECT: set(NEED_NAMES),
    SAFETY: OF_SAFETY,
    DISCHARGE: OF_SAFETY,
}
PLAIN = app_of()
"""The service without any EHR behind it."""
KINDS_OF_RESOURCES = ("", "Medication", *NEED_BY_TYPE)


@functools.cache
def by_prefetch(service: str, body: bytes) -> tuple[int, list[Json]]:
    answer = post(service, body, app=PLAIN)
    return answer.status_code, without_ids(answer.content)


def truth(run: Run) -> list[Json]:
    """Return the cards where everything was sent with the call."""
    status, cards = by_prefetch(run.service, call_of(run.service, sent_whole(chart(run.person))))
    assert status == 200
    return cards


def may_be_silent(run: Run, needs: frozenset[str]) -> bool:
    """Say whether nothing that could stand in these needs would make a card."""
    if truth(run):
        return False
    return not any(
        by_prefetch(run.service, call_of(run.service, with_witness(chart(run.person), witness)))[1]
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
    assert without_ids(told.again.content) == truth(run), "the next call is not answered normally"
    if is_foreign(run, told):
        assert told.answer.status_code == 412
        assert "another patient" in told.answer.text
        return
    sure, touched = lost(run, told)
    needs, perhaps = sure & NEEDS[run.service], bool(touched - sure)
    is_whole = told.seconds < DEADLINE
    if is_whole:
        check_danger(run, told, touched & NEEDS[run.service])
    if is_whole and not needs and not perhaps:
        assert told.answer.status_code == 200
        assert without_ids(told.answer.content) == truth(run)
        return
    check_failsafe(run, told, needs)
    if is_whole and needs and not perhaps and is_total(run, told):
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
    cards = without_ids(told.answer.content)
    if not cards:
        assert may_be_silent(run, needs), f"silent, though {sorted(needs)} could have spoken"
        return
    denied = false_denials(said(cards), needs, WORDS)
    assert not denied, denied
    for card in cards:
        missing = card["detail"].partition("**Not considered:**")[2]
        assert all(f"{WORDS[need]} (" in missing for need in needs), f"{sorted(needs)} not named"
    if "medications" in needs:
        counted = re.search(r"(?<!at least )\b\d+ adequate|\*\*Adequate, ", said(cards))
        assert not counted, said(cards)


def check_danger(run: Run, told: Told, touched: frozenset[str]) -> None:
    """Hold an answer to showing the danger that stands in what no fault touched."""
    if NEEDS[run.service] is not OF_SAFETY:
        return
    rest = by_prefetch(run.service, failed_at_client(run, touched))[1]
    if {card["indicator"] for card in rest} & DANGER:
        assert told.answer.status_code == 200
        assert {card["indicator"] for card in without_ids(told.answer.content)} & DANGER


def check_same_as_failed(run: Run, told: Told, needs: frozenset[str]) -> None:
    """Hold an answer to what it would be had the EHR said itself that these needs failed."""
    status, cards = by_prefetch(run.service, failed_at_client(run, needs))
    assert told.answer.status_code == status
    assert reasons_left_out(without_ids(told.answer.content)) == reasons_left_out(cards)


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
    service=st.sampled_from(SERVICES),
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
        service=st.sampled_from(SERVICES),
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
    assert without_ids(told.answer.content) == truth(run)
    asked = {NEED_BY_TYPE.get(one.kind, "medications") for one in told.requests}
    assert NEEDS[run.service] - run.given <= asked
    assert asked <= (NEEDS[run.service] - run.given) | {"medications"}


# ------------------------------------------------------------------------------- in real time

REAL_RUNS = 50
AT_ONCE = 4


async def over_the_wire(run: Run) -> Told:
    """Carry out a run with a real server for an EHR, on this machine."""
    ehr = FaultEhr(chart(run.person), run.faults, page_size=run.page_size, includes=run.includes)
    async with served(ehr) as address:
        ehr.base = f"{address}/fhir/r4"
        site = replace(NORTH, base=ehr.base)
        wire = Wire([site])
        try:
            return await asked(run, ehr, wire, site, later=0.1, tries=4)
        finally:
            await wire.close()


async def real_runs(chosen: list[Run]) -> list[Told]:
    """Carry out runs, several at once; one that unpacks without end has the loop for itself."""
    heavy = [run for run in chosen if any(fault.kind in HEAVY for fault in run.faults)]
    light = [run for run in chosen if run not in heavy]
    found: list[Told] = []
    for at in range(0, len(light), AT_ONCE):
        found += await asyncio.gather(*map(over_the_wire, light[at : at + AT_ONCE]))
    chosen[:] = light + heavy
    return found + [await over_the_wire(run) for run in heavy]


def drawn(number: int) -> list[Run]:
    """Return runs that are the same every time: every kind of fault once, then any."""
    choose = Random(number)  # noqa: S311 - the same runs each time
    kinds = [*KINDS, *choose.choices(KINDS, k=number)][:number]
    return [
        Run(
            person=choose.choice(NAMES),
            service=choose.choice(SERVICES),
            given=frozenset(need for need in NEED_NAMES if choose.random() < 0.3),
            faults=(
                Fault(
                    kind=kind,
                    at=choose.choice(KINDS_OF_RESOURCES),
                    seconds=choose.choice([0.3, 1.2, 2.5]),
                    offset=choose.randrange(4_000),
                    retry_after=choose.choice(["", "1", "120"]),
                ),
            ),
            page_size=choose.choice([2, 1_000]),
            includes=choose.random() < 0.5,
        )
        for kind in kinds
    ]


@pytest.mark.requirement("FA-11", "FA-6")
@pytest.mark.hostile("F11", "F12", "F16", "B32")
def test_the_same_holds_in_real_time():
    chosen = drawn(so_many(REAL_RUNS))
    for told, run in zip(asyncio.run(real_runs(chosen)), chosen, strict=True):
        check(run, told)
