"""What holds of the assessment of any chart, whatever it says."""

import json
import random
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.charts import (
    AS_OF,
    RANK,
    ago,
    as_text,
    assessed,
    depression,
    diagnosed,
    handed_over,
    phq9,
    taken,
    woman,
)
from trd.chart import ReadStatus

NEEDS = ("medications", "conditions", "scores", "dispenses", "procedures", "statements")
# below, at and above the minimum of each
DOSES = {
    "sertraline": (25, 50, 200),
    "citalopram": (10, 20, 40),
    "escitalopram": (5, 10, 20),
    "venlafaxine": (75, 150, 225),
    "mirtazapine": (7.5, 15, 45),
    "trazodone": (50, 300, 400),
    "fluoxetine": (10, 20, 60),
    "aripiprazole": (1, 2, 5),
}
WORDS = (None, None, "no effect", "nausea", "remission", "not taking it", "moved away")


@dataclass(frozen=True, kw_only=True)
class Order:
    """One order: from and to in days ago, to None while it runs; supply days where dispensed."""

    name: str
    mg: float | None
    start: int
    end: int | None
    said: str | None = None
    sig: str | None = None
    supplied: int | None = None


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart as a list of facts, so that a test can take one away or change it."""

    orders: tuple[Order, ...]
    scores: tuple[tuple[int, int], ...]
    onset: int | None
    codes: tuple[str, ...]

    def resources(self):
        """Return the chart as FHIR."""
        made = [woman(), depression(onset=self.onset)]
        made += [diagnosed(f"c{at}", code) for at, code in enumerate(self.codes)]
        made += [phq9(f"o{at}", on, total) for at, (on, total) in enumerate(self.scores)]
        for at, one in enumerate(self.orders):
            more = {"said": one.said, "sig": one.sig}
            made.append(taken(f"m{at}", one.name, one.mg, one.start, one.end, **more))
            if one.supplied:
                made.append(handed_over(f"d{at}", one.name, one.start, one.supplied))
        return made


@st.composite
def orders(draw, names=tuple(DOSES)):
    """Return one order of the last three years."""
    name = draw(st.sampled_from(names))
    start = draw(st.integers(0, 1_000))
    length = draw(st.none() | st.integers(0, 150) | st.sampled_from([27, 28, 41, 42, 43]))
    return Order(
        name=name,
        mg=draw(st.none() | st.sampled_from(DOSES[name])),
        start=start,
        end=None if length is None else max(start - length, 0),
        said=draw(st.sampled_from(WORDS)),
        sig=draw(st.sampled_from([None, None, "at bedtime"])),
        supplied=draw(st.none() | st.integers(5, 90)),
    )


def charts(order=None, least=0):
    """Return charts of a few orders and scores."""
    return st.builds(
        Chart,
        orders=st.lists(order or orders(), min_size=least, max_size=4).map(tuple),
        scores=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 27)), max_size=8).map(tuple),
        onset=st.none() | st.integers(20, 900),
        codes=st.lists(st.sampled_from(["F31.9", "F32.A", "F23", "Z91.14"]), max_size=1).map(tuple),
    )


@st.composite
def failures(draw, names=("sertraline", "citalopram", "venlafaxine", "mirtazapine", "fluoxetine")):
    """Return a chart of two or three trials one after the other, with scores around each."""
    found, scores, day = [], [], draw(st.integers(300, 600))
    onset = day + draw(st.integers(0, 60))
    for name in draw(st.permutations(names))[: draw(st.integers(1, 3))]:
        length = draw(st.integers(30, 90))
        scores += [(day, draw(st.integers(9, 22))), (day - length, draw(st.integers(3, 20)))]
        mg = draw(st.sampled_from(DOSES[name][1:]))
        end = day - length
        found.append(Order(name=name, mg=mg, start=day, end=end, said=draw(st.sampled_from(WORDS))))
        day = end - draw(st.integers(0, 20))
    return Chart(orders=tuple(found), scores=tuple(scores), onset=onset, codes=())


ANY = charts() | failures()


@given(ANY, st.integers())
def test_the_order_of_resources_and_repetition_do_not_matter(chart, seed):
    resources = chart.resources()
    dice = random.Random(seed)  # noqa: S311 - no secret
    again = resources + dice.sample(resources, dice.randint(0, len(resources)))
    dice.shuffle(again)
    assert as_text(assessed(*again)) == as_text(assessed(*resources))


def _moved(text, days):
    """Return a text with every full date moved."""
    return re.sub(
        r"\d{4}-\d\d-\d\d",
        lambda found: (date.fromisoformat(found[0]) + timedelta(days=days)).isoformat(),
        text,
    )


@given(ANY, st.integers(-5_000, 5_000))
def test_only_distances_between_days_matter(chart, days):
    # without a birth date: a birthday is a day of the calendar, not a distance
    resources = [woman(None), *chart.resources()[1:]]
    there = [json.loads(_moved(json.dumps(one), days)) for one in resources]
    after = as_text(assessed(*there, as_of=AS_OF + timedelta(days=days)))
    assert after == _moved(as_text(assessed(*resources)), days)


def _verdicts(out):
    return out["resistance"]["verdict"]


def _settles(before, after):
    """Say whether a verdict was flipped or settled: anything but the same or unknown."""
    return after not in {before, "unknown"}


def without_reasons(chart):
    """Return a chart without reasons for stopping.

    By R6 a charted reason decides alone where no score pair speaks; a lost dose or date takes the
    pair away, and so lets "nausea" settle what the scores had said otherwise.
    """
    return replace(chart, orders=tuple(replace(one, said=None) for one in chart.orders))


@given(ANY, st.data())
def test_losing_a_dose_never_settles_the_question_of_resistance(chart, data):
    chart = without_reasons(chart)
    lost = data.draw(st.sets(st.sampled_from(range(len(chart.orders) or 1))))
    fewer = tuple(
        replace(one, mg=None) if at in lost else one for at, one in enumerate(chart.orders)
    )
    before = assessed(*chart.resources())
    after = assessed(*replace(chart, orders=fewer).resources())
    assert not _settles(_verdicts(before), _verdicts(after))


def _month_only(resource, keep):
    """Return a resource whose dates name the month only, but for the elements to keep."""

    def shorter(value, name=""):
        if isinstance(value, dict):
            return {key: shorter(held, key) for key, held in value.items()}
        if isinstance(value, list):
            return [shorter(held, name) for held in value]
        is_date = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
        return value[:7] if is_date and name not in keep else value

    return shorter(resource)


@given(ANY, st.data())
def test_losing_days_never_flips_the_question_of_resistance(chart, data):
    """It may settle one: the rules judge the two ends of a span, and not the days between."""
    resources = without_reasons(chart).resources()
    lost = data.draw(st.sets(st.sampled_from(range(1, len(resources))), min_size=1))
    vague = [_month_only(r, {"birthDate"}) if at in lost else r for at, r in enumerate(resources)]
    verdicts = {_verdicts(assessed(*resources)), _verdicts(assessed(*vague))}
    assert not verdicts >= {"met", "not-met"}


@given(ANY.filter(lambda chart: chart.scores), st.data())
def test_a_verdict_stands_only_where_both_ends_of_a_month_agree(chart, data):
    resources = chart.resources()
    at = data.draw(st.sampled_from([n for n, r in enumerate(resources) if r["id"][0] == "o"]))
    month = resources[at]["effectiveDateTime"][:7]
    last = (date.fromisoformat(f"{month}-01") + timedelta(days=32)).replace(day=1)
    ends = (f"{month}-01", (last - timedelta(days=1)).isoformat())
    # two totals of one moment are one administration, which a month cannot tell
    others = {r.get("effectiveDateTime") for r in resources if r is not resources[at]}
    assume(not others & set(ends))

    def verdict(written):
        changed = resources[at] | {"effectiveDateTime": written}
        return _verdicts(assessed(*resources[:at], changed, *resources[at + 1 :]))

    first, other = map(verdict, ends)
    assert verdict(month) == (first if first == other else "unknown")


@given(ANY, st.sets(st.sampled_from(NEEDS), min_size=1), st.sampled_from(["partial", "failed"]))
def test_losing_a_read_never_settles_the_question_of_resistance(chart, needs, status):
    resources = chart.resources()
    reads = dict.fromkeys(needs, ReadStatus(status))
    before, after = assessed(*resources), assessed(*resources, reads=reads)
    assert not _settles(_verdicts(before), _verdicts(after))


@given(ANY)
def test_without_all_conditions_resistance_is_never_met(chart):
    out = assessed(*chart.resources(), reads={"conditions": ReadStatus.PARTIAL})
    assert out["resistance"]["verdict"] != "met"
    assert out["candidacy"]["verdict"] != "candidate"


@given(st.integers(0, 200), st.integers(0, 200), st.sampled_from([25, 50, None]))
def test_a_longer_exposure_never_makes_a_trial_less_adequate(length, longer, mg):
    def adequacy(days):
        out = assessed(woman(), depression(), taken("m", "sertraline", mg, 500, 500 - days))
        return RANK[out["trials"][0]["adequacy"]]

    assert adequacy(length + longer) >= adequacy(length)


@given(ANY, st.integers(1, 60))
def test_longer_orders_never_make_the_best_trial_less_adequate(chart, longer):
    """Of one drug alone; beside another a longer order may become an augmentation."""
    mine = tuple(
        replace(one, name="sertraline", mg=one.mg and 50, sig=None, supplied=None)
        for one in chart.orders
    )
    more = tuple(
        replace(one, end=None if one.end is None else max(one.end - longer, 0)) for one in mine
    )

    def best(those):
        out = assessed(*replace(chart, orders=those).resources())
        return max((RANK[row["adequacy"]] for row in out["trials"]), default=0)

    assert best(more) >= best(mine)


def _references(value):
    if isinstance(value, dict):
        for key, held in value.items():
            yield from held if key == "evidence" else _references(held)
    elif isinstance(value, list):
        for held in value:
            yield from _references(held)


@given(ANY)
def test_every_reference_is_one_of_the_chart(chart):
    resources = chart.resources()
    known = {f"{one['resourceType']}/{one['id']}" for one in resources}
    assert set(_references(assessed(*resources))) <= known


def _agree(out):
    counted = [row for row in out["trials"] if row["counts"]]
    return len(counted) == out["resistance"]["confirmed"]


@given(ANY)
def test_the_rows_that_count_add_up_to_the_count(chart):
    out = assessed(*chart.resources())
    assert _agree(out)
    assert all(row["inCurrentEpisode"] for row in out["trials"] if row["counts"])
    assert out["resistance"]["lifetimeConfirmed"] >= out["resistance"]["confirmed"]


@given(ANY)
def test_the_rows_of_vague_dates_never_add_up_to_more_than_the_count(chart):
    out = assessed(*(_month_only(one, {"birthDate"}) for one in chart.resources()))
    counted = [row for row in out["trials"] if row["counts"]]
    assert len(counted) <= out["resistance"]["confirmed"]


@given(ANY)
def test_a_row_that_counts_is_an_adequate_failure(chart):
    for row in assessed(*chart.resources())["trials"]:
        if row["counts"]:
            assert row["dose"] == row["duration"] == row["adequacy"] == "met"
            assert row["outcome"] == "inefficacy"


@given(ANY)
def test_met_is_never_said_below_the_number_of_failures(chart):
    said = assessed(*chart.resources())["resistance"]
    if said["verdict"] == "met":
        assert said["confirmed"] >= 2
    if said["verdict"] == "not-met":
        assert said["confirmed"] + said["possible"] < 2


@given(ANY)
def test_rows_stand_by_start_then_ingredient(chart):
    out = assessed(*chart.resources())
    rows = [(row["start"], row["ingredient"]) for row in out["trials"]]
    assert rows == sorted(rows)


@pytest.mark.parametrize("length", [0, 27, 28, 41, 42, 43, 83, 84])
def test_an_exposure_of_so_many_days_has_so_many_days(length):
    out = assessed(woman(), depression(), taken("m", "sertraline", 50, 200, 200 - length))
    row = out["trials"][0]
    assert row["daysAtOrAboveMinimum"] == length
    assert (row["start"], row["end"]) == (ago(200), ago(200 - length))
