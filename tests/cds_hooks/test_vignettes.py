"""The hook says what the command line says: every worked patient through both services."""

from pathlib import Path

import pytest

from tests.cds_hooks.hooks import (
    KNOWLEDGE,
    PATIENT,
    REVIEW,
    SAFETY,
    cards,
    prefetch_of,
    topics,
)
from tests.support.days import day
from tests.support.vignettes import as_of, load, resources
from trd.candidacy import Candidacy
from trd.crisis_signals import CrisisLevel
from trd.read import gather
from trd.readings import assess_gathered
from trd.resistance import Resistance

FOLDER = Path(__file__).parent.parent / "vignettes"
CASES = [case for path in sorted(FOLDER.glob("*.yaml")) for case in load(path)]
TOPIC = {
    "C1": "trdNextStep",
    "C2": "optimiseTrial",
    "C3": "historyGap",
    "C4": "suicideSafety",
    "C6": "measureDue",
}
INDICATORS = {
    CrisisLevel.CRITICAL: ["critical"],
    CrisisLevel.WARNING: ["warning"],
    CrisisLevel.INCOMPLETE: ["info"],
    CrisisLevel.NONE: [],
}


def both(case, **how):
    rows, today = resources(case, **how), as_of(case, how.get("shift", 0))
    assessed = assess_gathered(gather(rows), KNOWLEDGE, day(today))
    prefetch = prefetch_of(rows)
    found = {service: cards(service, prefetch, today) for service in (REVIEW, SAFETY)}
    return assessed, found


def agrees(case, **how):
    """Check that the cards follow from what the command line says of the same chart."""
    assessed, found = both(case, **how)
    shown = topics([*found[REVIEW], *found[SAFETY]])
    assert len(found[REVIEW]) <= 1
    assert [card["indicator"] for card in found[SAFETY]] == INDICATORS[assessed.crisis.level]
    wanted = case["expect"].get("cards", {})
    assert {TOPIC[name] for name in wanted.get("present", [])} <= set(shown)
    assert not {TOPIC[name] for name in wanted.get("absent", [])} & set(shown)
    if "trdNextStep" in shown:
        assert assessed.resistance.verdict is Resistance.MET
        assert assessed.candidacy.verdict in {Candidacy.CANDIDATE, Candidacy.ASK}
    if assessed.resistance.verdict in {Resistance.MET, Resistance.EXCLUDED}:
        assert "historyGap" not in shown
    if assessed.resistance.verdict is Resistance.UNKNOWN and not found[REVIEW]:
        assert assessed.resistance.adult.verdict.value == "not-met"
    return shown


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_worked_patient(case):
    agrees(case)


@pytest.mark.parametrize("how", [{}, {"shift": 400}, {"drugs_by_text": True}], ids=str)
def test_the_published_patients(shared, how):
    published = load(shared / "clinical" / "vignettes.yaml")
    shown = {case["id"]: agrees(case, **how) for case in published}
    review = {name: found for name, found in shown.items() if name in EXPECTED}
    assert review == EXPECTED


EXPECTED = {
    "V01": ["trdNextStep"],
    "V02": [],
    "V03": [],
    "V04": ["optimiseTrial"],
    "V07": ["historyGap"],
    "V09": ["optimiseTrial", "suicideSafety"],
    "V11": ["trdNextStep"],
    "V16": ["trdNextStep"],
    "V19": [],
    "V21": ["optimiseTrial", "suicideSafety"],
    "V22": ["optimiseTrial", "suicideSafety"],
}


def test_the_patients_are_read_for_the_one_the_call_is_about():
    assert resources(CASES[0])[0]["id"] == PATIENT
