"""What must hold of every refill history, however its orders and dispenses name each other."""

import json
import random
import re
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.charts import assessed, depression, phq9, woman
from tests.support.refills import PLAIN, S25, S50, S100, fill, rx, to

PRODUCTS = {"25": S25, "50": S50, "100": S100, "?": PLAIN}
WHEN = [None, None, {"when": ["MORN"]}, {"when": ["HS"]}]


@dataclass(frozen=True)
class Prescribed:
    """An order by its strength, dose, days ago, status, and the numbers of the orders it names."""

    strength: str
    mg: float | None
    start: int
    length: int | None
    status: str
    renews: int | None
    based_on: int | None
    group: str | None
    when: dict | None


@dataclass(frozen=True)
class Filled:
    """A dispense: strength, days ago, days' supply, tablets, and the order it names."""

    strength: str
    on: int
    days: int | None
    count: int | None
    order: int | None


orders = st.builds(
    Prescribed,
    strength=st.sampled_from(sorted(PRODUCTS)),
    mg=st.sampled_from([None, 25, 50, 100]),
    start=st.sampled_from([200, 200, 197, 170, 120]) | st.integers(0, 700),
    length=st.none() | st.integers(0, 150),
    status=st.sampled_from(["active", "completed", "stopped", "on-hold"]),
    renews=st.none() | st.integers(0, 4),
    based_on=st.none() | st.integers(0, 4),
    group=st.sampled_from([None, None, "7"]),
    when=st.sampled_from(WHEN),
)
fills = st.builds(
    Filled,
    strength=st.sampled_from(sorted(PRODUCTS)),
    on=st.sampled_from([200, 170]) | st.integers(0, 700),
    days=st.none() | st.integers(1, 90),
    count=st.none() | st.integers(1, 180),
    order=st.none() | st.integers(0, 4),
)
histories = st.tuples(st.lists(orders, max_size=5), st.lists(fills, max_size=4))


def resources(history):
    """Return the history as FHIR, with scores that show no effect."""
    prescribed, filled = history
    made = [woman(None), depression(), phq9("o1", 200, 20), phq9("o2", 90, 19)]
    for at, one in enumerate(prescribed):
        links = {
            "priorPrescription": None if one.renews is None else to(f"m{one.renews}"),
            "basedOn": None if one.based_on is None else [to(f"m{one.based_on}")],
            "groupIdentifier": one.group and {"system": "urn:rx", "value": one.group},
            "status": one.status,
        }
        links = {name: held for name, held in links.items() if held}
        end = None if one.length is None else max(one.start - one.length, 0)
        timing = one.when or {}
        medication = PRODUCTS[one.strength]
        made.append(rx(f"m{at}", medication, one.mg, one.start, end, timing=timing, **links))
    for at, one in enumerate(filled):
        tied = {} if one.order is None else {"authorizingPrescription": [to(f"m{one.order}")]}
        made.append(fill(f"d{at}", PRODUCTS[one.strength], one.on, one.days, one.count, **tied))
    return made


@given(histories, st.integers())
def test_the_order_of_resources_and_repetition_do_not_matter(history, seed):
    made = resources(history)
    dice = random.Random(seed)  # noqa: S311 - no secret
    again = made + dice.sample(made, dice.randint(0, len(made)))
    dice.shuffle(again)
    assert json.dumps(assessed(*again)) == json.dumps(assessed(*made))


@given(histories)
def test_days_never_count_twice_and_doses_never_exceed_their_sum(history):
    prescribed, filled = history
    ordered = sum(one.mg or 0 for one in prescribed)
    handed = sum((one.count or 0) * 100 for one in filled)
    for row in assessed(*resources(history))["trials"]:
        highest = row.get("highestDailyDoseMg")
        assert highest is None or highest <= ordered + handed
        assert row["daysAtOrAboveMinimum"] <= max(
            (one.start for one in prescribed), default=0
        ) + max((one.on for one in filled), default=0)


@given(histories, st.data())
def test_losing_a_dose_never_settles_the_question(history, data):
    prescribed, filled = history
    lost = data.draw(st.sets(st.sampled_from(range(len(prescribed) or 1))))
    fewer = [replace(one, mg=None) if at in lost else one for at, one in enumerate(prescribed)]
    before = assessed(*resources(history))["resistance"]["verdict"]
    after = assessed(*resources((fewer, filled)))["resistance"]["verdict"]
    assert after in {before, "unknown"}


def _doses(history):
    return [row["dose"] for row in assessed(*resources(history))["trials"]]


@given(st.lists(orders, min_size=1, max_size=5), st.data())
def test_losing_a_dose_never_lets_a_dose_reach_the_minimum_or_fail_it(prescribed, data):
    lost = data.draw(st.sampled_from(range(len(prescribed))))
    fewer = [replace(one, mg=None) if at == lost else one for at, one in enumerate(prescribed)]
    before, after = _doses((prescribed, [])), _doses((fewer, []))
    if len(before) == len(after) == 1:
        assert after[0] in {before[0], "unknown"}


def _named(history):
    return {ref for row in assessed(*resources(history))["trials"] for ref in row["evidence"]}


@given(st.lists(orders, min_size=2, max_size=5))
def test_orders_of_one_day_that_renew_each_other_in_a_circle_are_all_kept(prescribed):
    size = len(prescribed)
    free = [replace(one, renews=None, start=200) for one in prescribed]
    circle = [replace(one, renews=(at + 1) % size) for at, one in enumerate(free)]
    alone = [replace(one, renews=at) for at, one in enumerate(free)]
    assert _named((circle, [])) == _named((alone, [])) == _named((free, []))


REASONS = [None, None, {"text": "lack of effect"}, {"text": "feels better"}, {"text": "nausea"}]
SIGS = [None, None, "take 1 tablet daily", "take 1/2 tablet daily", "1 tablet daily for 14 days"]


@st.composite
def prescribed_in_words(draw):
    """Return a history some of whose orders tell a text, a reason, a supply, or no bounds."""
    made = resources(draw(histories))
    for one in made:
        if one["resourceType"] != "MedicationRequest":
            continue
        (line,) = one["dosageInstruction"]
        sig, reason = draw(st.sampled_from(SIGS)), draw(st.sampled_from(REASONS))
        if sig:
            one["dosageInstruction"] = [line := {"timing": line["timing"], "text": sig}]
            line["timing"]["repeat"] = {"boundsPeriod": line["timing"]["repeat"]["boundsPeriod"]}
        if draw(st.booleans()):
            del line["timing"]["repeat"]["boundsPeriod"]
        if reason:
            one["statusReason"] = reason
        if draw(st.integers(0, 3)) == 0:
            days = {"value": draw(st.sampled_from([30, 90])), "code": "d"}
            one["dispenseRequest"] = {"expectedSupplyDuration": days}
    return made


def _renamed(made, names):
    """Return FHIR or a report with other ids of orders and dispenses."""
    text = json.dumps(made)
    return json.loads(re.sub(r'(?<=["/])[md]\d(?=")', lambda found: names[found[0]], text))


def _in_order(told):
    """Return a report whose lists are in an order that no id decides."""
    if isinstance(told, dict):
        return {name: _in_order(held) for name, held in told.items()}
    if isinstance(told, list):
        return sorted(map(_in_order, told), key=json.dumps)
    return told


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(prescribed_in_words(), st.permutations(range(5)), st.permutations(range(5)))
def test_no_id_decides_anything(made, of_orders, of_dispenses):
    there = {f"m{at}": f"m{other}" for at, other in enumerate(of_orders)}
    there |= {f"d{at}": f"d{other}" for at, other in enumerate(of_dispenses)}
    back = {other: name for name, other in there.items()}
    again = _renamed(assessed(*_renamed(made, there)), back)
    assert _in_order(again) == _in_order(assessed(*made))
