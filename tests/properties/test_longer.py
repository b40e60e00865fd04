"""A longer exposure never makes a trial less adequate.

One order is made longer, by its supply or its written end, and nothing else is moved. Beside
another drug a longer one may become part of a combined step, or the other's augmentation: the
outcome may then change, the adequacy may not.
"""

import copy
from datetime import date, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.charts import AS_OF, RANK, assessed
from tests.support.fhir import Json
from tests.support.lives import DOSES, failing, taken_once
from tests.support.lives import lives as any_lives


def longer(one: Json, days: int) -> Json | None:
    """Return an order that lasts so many days more, or None where it says no length."""
    made = copy.deepcopy(one)
    supply = made.get("dispenseRequest", {})
    last = made["dosageInstruction"][-1].get("timing", {}).get("repeat", {})
    if "expectedSupplyDuration" in supply:
        supply["expectedSupplyDuration"]["value"] += days
    elif "quantity" in supply:
        supply["quantity"]["value"] += days
    elif "end" in supply.get("validityPeriod", {}):
        supply["validityPeriod"]["end"] = later(supply["validityPeriod"]["end"], days)
    elif "end" in last.get("boundsPeriod", {}):
        last["boundsPeriod"]["end"] = later(last["boundsPeriod"]["end"], days)
    else:
        return None
    return made


def later(day: str, days: int) -> str:
    """Return a day so many days later, not after the day of the assessment."""
    return min(date.fromisoformat(day) + timedelta(days=days), AS_OF).isoformat()


def best_of(out: Json) -> dict[str, tuple[int, int]]:
    """Return the best adequacy of each drug, and the most days at its minimum."""
    found: dict[str, tuple[int, int]] = {}
    for row in out["trials"]:
        graded = RANK[row["adequacy"]], row.get("daysAtOrAboveMinimum", 0)
        found[row["ingredient"]] = max(found.get(row["ingredient"], (0, 0)), graded)
    return found


@st.composite
def one_drug(draw: st.DrawFn) -> list[Json]:
    """Return a chart of one drug, taken once or twice."""
    name = draw(st.sampled_from(sorted(DOSES)))
    life = draw(any_lives(plain=True))[:2]
    for at in range(draw(st.integers(1, 2))):
        start, length = draw(st.integers(150, 700)), draw(st.integers(5, 100))
        life += draw(taken_once(f"m{at}", name, start, length, plain=True))
    return life


def before_and_after(life, days, data):
    """Return the best of each drug, and again with one order made longer by so many days."""
    at = data.draw(st.sampled_from([n for n, one in enumerate(life) if "dosageInstruction" in one]))
    drawn: Any = longer(life[at], days)
    assume(drawn is not None)
    return best_of(assessed(*life)), best_of(assessed(*life[:at], drawn, *life[at + 1 :]))


@given(failing() | any_lives(plain=True), st.integers(1, 120), st.data())
def test_a_longer_order_never_makes_its_drug_less_adequate(life, days, data):
    before, after = before_and_after(life, days, data)
    name = data.draw(st.sampled_from(sorted(before))) if before else ""
    assume(name in after)
    assert after[name][0] >= before[name][0]


@given(one_drug(), st.integers(1, 120), st.data())
def test_of_one_drug_alone_neither_days_nor_adequacy_shrink(life, days, data):
    before, after = before_and_after(life, days, data)
    assert all(after.get(name, (0, 0))[0] >= grade for name, (grade, _) in before.items())
