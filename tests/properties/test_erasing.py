"""Erasing a detail of a record may make a verdict unknown; it never turns one round.

A detail is any element of a resource but those that say which record it is (its type, id, patient,
links; what was measured, diagnosed or done) and whether it is to be believed (statuses, intent).
Without these it is another record. Three further things are no details, by the rules themselves,
and so the charts here (``PLAIN_LIFE``) hold none of them:

- what decides alone where something else is lost: a reason for stopping (R6), a purpose other than
  depression, "as needed" (R9 sets the drug aside, or lets its dose begin at nothing);
- what was handed over: dispenses read in part judge nothing, and the order speaks again (R1, R3);
- an order that replaces another of its drug (R1): without its days the other's count again.

Where nothing says any more how long an order was for, it shows exposure on its date only or ends
with the next drug (R2), and an order whose drug cannot be told stands alone: the adequacy of its
drug may then fall to not met, and the count with it. It never rises from not met to met. An end
taken from the next drug also moves that drug's window of scores (R7), so that beside others no
more is asked of a lost length.
"""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.charts import assessed
from tests.support.fhir import Json
from tests.support.lives import PLAIN_LIFE
from tests.trd.read.test_totality import places, without

Path = tuple[Any, ...]

IDENTITY = frozenset({"resourceType", "id", "subject", "reference"})
BELIEF = frozenset({"status", "intent", "clinicalStatus", "verificationStatus"})
NAMED_BY_CODE = frozenset({"Observation", "Condition", "Procedure"})
LENGTH = frozenset({"authoredOn", "dispenseRequest", "boundsPeriod", "effectivePeriod"})
HOLDS_A_LENGTH = frozenset({"dosageInstruction", "dosage", "timing", "repeat"})
NAME = frozenset({"medicationCodeableConcept", "medicationReference", "code"})
GRADES = ("adequacy", "dose", "duration")
WORKED = frozenset({"remission", "response"})
OPEN = frozenset({"running", "unknown"})


def is_detail(life: list[Json], path: Path) -> bool:
    """Say whether a path leads to a detail of a resource."""
    names = {step for step in path if isinstance(step, str)}
    is_what = life[path[0]]["resourceType"] in NAMED_BY_CODE and path[1:2] == ("code",)
    return len(path) > 1 and not is_what and not names & (IDENTITY | BELIEF)


def may_lose_days(path: Path) -> bool:
    """Say whether an element may be all that gives days to its drug: how long, or which drug."""
    names = [step for step in path if isinstance(step, str)]
    return names[-1] in HOLDS_A_LENGTH or bool((LENGTH | NAME) & set(names))


def has_several_drugs(life: list[Json]) -> bool:
    """Say whether a chart holds more than one drug."""
    return len(assessed(*life)["trials"]) > 1


def rows_of(out: Json) -> dict[tuple[str, bool], Json]:
    """Return the trial rows by drug and episode, without drugs that have several."""
    found: dict[tuple[str, bool], list[Json]] = {}
    for row in out["trials"]:
        found.setdefault((row["ingredient"], row["inCurrentEpisode"]), []).append(row)
    drugs = [drug for drug, _ in found]
    return {key: rows[0] for key, rows in found.items() if len(rows) == drugs.count(key[0]) == 1}


def outcome_of(row: Json) -> str:
    """Return the outcome; how well a drug worked is one answer, and one still taken has none."""
    if row["outcome"] in OPEN:
        return "unknown"
    return "worked" if row["outcome"] in WORKED else row["outcome"]


@st.composite
def erased(draw: st.DrawFn) -> tuple[list[Json], list[Json], Path]:
    """Return a chart, the same without a detail, and where it stood."""
    life = draw(PLAIN_LIFE)
    path = draw(st.sampled_from([path for path in places(life) if is_detail(life, path)]))
    return life, without(life, path), path


def flips(before: str, after: str) -> bool:
    """Say whether one definite answer became another."""
    return before != after and "unknown" not in {before, after}


@given(erased())
def test_the_verdict_never_flips_and_nothing_more_is_confirmed(case):
    life, poorer, path = case
    before, after = (assessed(*chart)["resistance"] for chart in (life, poorer))
    if may_lose_days(path) and has_several_drugs(life):
        return
    assert after["confirmed"] <= before["confirmed"]
    assert after["lifetimeConfirmed"] <= before["lifetimeConfirmed"]
    if may_lose_days(path):
        assert after["verdict"] == before["verdict"] or after["verdict"] != "met"
    else:
        assert after["verdict"] in {before["verdict"], "unknown"}


@given(erased())
def test_no_dose_duration_or_outcome_of_a_trial_flips(case):
    life, poorer, path = case
    before, after = (rows_of(assessed(*chart)) for chart in (life, poorer))
    for key in before.keys() & after.keys():
        was, now = before[key], after[key]
        for grade in GRADES:
            if may_lose_days(path):
                assert (was[grade], now[grade]) != ("not-met", "met")
            else:
                assert not flips(was[grade], now[grade])
        if not may_lose_days(path):
            assert not flips(outcome_of(was), outcome_of(now))


@given(st.data())
def test_losing_several_details_confirms_nothing_either(data):
    life = data.draw(PLAIN_LIFE)
    poorer = copy.deepcopy(life)
    for _ in range(data.draw(st.integers(2, 5))):
        left = [p for p in places(poorer) if is_detail(poorer, p) and not may_lose_days(p)]
        poorer = without(poorer, data.draw(st.sampled_from(left)))
    before, after = (assessed(*chart)["resistance"] for chart in (life, poorer))
    assert after["confirmed"] <= before["confirmed"]
    assert after["verdict"] == before["verdict"] or after["verdict"] != "met"
