"""From FHIR to the report: orders of hours, parts of the day, single doses, orders on hold."""

import pytest

from tests.support.charts import ago, assessed, depression, product, row_of, woman
from tests.support.fhir import UCUM, dosage, order
from tests.support.refills import S25, S50, S100, rx, seen


def hours(local, on, until, first="22:00", last="04:00", **more):
    """Return an inpatient order of some hours without written bounds."""
    window = {"start": f"{ago(on)}T{first}:00Z", "end": f"{ago(until)}T{last}:00Z"}
    given = {"authoredOn": window["start"], "dispenseRequest": {"validityPeriod": window}}
    return order(local, S50, [dosage(50)], status="completed", **(given | more))


STAY = [
    pytest.param([hours("a", 100, 100, "09:00", "10:00")], 0, id="an hour"),
    pytest.param([hours("a", 100, 99)], 1, id="a night"),
    pytest.param(
        [hours(f"m{day}", day, day - 1) for day in range(100, 50, -1)], 50, id="50 nights"
    ),
    pytest.param(
        [hours(f"m{day}", day, day, "08:00", "20:00") for day in range(100, 50, -1)],
        49,
        id="50 days, the last of which is a date",
    ),
    pytest.param(
        [
            hours(f"m{day}-{hour}", day, day, f"{hour:02}:00", f"{hour + 1:02}:00")
            for day in range(100, 50, -1)
            for hour in range(8, 20)
        ],
        49,
        id="a dozen orders a day are one day",
    ),
]


@pytest.mark.parametrize(("resources", "days"), STAY)
def test_a_stay_in_hospital(resources, days):
    dose, _, covered, highest = seen(*resources)
    assert (dose, covered, highest) == ("met", days, 50)


ONCE = [
    pytest.param({"timing": {"code": {"text": "ONCE"}}}, id="in words"),
    pytest.param({"timing": {"code": {"coding": [{"code": "STAT"}]}}}, id="stat"),
    pytest.param({"timing": {"event": ["2026-06-01"]}}, id="one moment"),
    pytest.param(
        {"timing": {"repeat": {"count": 1, "frequency": 1, "period": 1, "periodUnit": "d"}}},
        id="one dose in all",
    ),
    pytest.param(
        {
            "timing": {
                "repeat": {
                    "frequency": 1,
                    "period": 1,
                    "periodUnit": "d",
                    "boundsDuration": {"value": 6, "unit": "h", "system": UCUM, "code": "h"},
                }
            }
        },
        id="for six hours",
    ),
]
LASTING = [
    pytest.param({"timing": {"repeat": {"count": 1, "countMax": 30}}}, id="one to thirty doses"),
    pytest.param({"timing": {"event": ["2026-06-01", "2026-06-02"]}}, id="two moments"),
    pytest.param({"timing": {"code": {"text": "daily"}}}, id="daily"),
    pytest.param(
        {"timing": {"event": ["2026-06-01"], "code": {"text": "daily"}}}, id="daily, from a moment"
    ),
    pytest.param({"timing": {"event": "2026-06-01"}}, id="a moment that is no list"),
    pytest.param({"timing": {"repeat": {"when": ["HS"]}, "event": ["2026-06-01"]}}, id="nightly"),
    pytest.param(
        {
            "timing": {
                "code": {"text": "once"},
                "repeat": {"frequency": 1, "period": 1, "periodUnit": "d"},
            }
        },
        id="once, every day",
    ),
]


def _lone(instruction):
    return order("a", S100, [instruction], status="active", authoredOn=ago(90))


@pytest.mark.parametrize("instruction", ONCE)
def test_one_dose_is_one_day(instruction):
    dose = {"doseAndRate": [{"doseQuantity": {"value": 100, "unit": "mg"}}]}
    row = row_of(assessed(woman(), depression(), _lone(instruction | dose)), "sertraline")
    assert (row["duration"], row["daysAtOrAboveMinimum"]) == ("not-met", 0)
    assert (row["start"], row["end"], row["ongoing"]) == (ago(90), ago(90), False)


@pytest.mark.parametrize("instruction", LASTING)
def test_more_than_one_dose_may_go_on(instruction):
    dose = {"doseAndRate": [{"doseQuantity": {"value": 100, "unit": "mg"}}]}
    row = row_of(assessed(woman(), depression(), _lone(instruction | dose)), "sertraline")
    assert (row["duration"], row["ongoing"]) == ("unknown", True)


@pytest.mark.parametrize(
    "lasting",
    [
        {"dispenseRequest": {"expectedSupplyDuration": {"value": 90, "code": "d"}}},
        {"dispenseRequest": {"validityPeriod": {"start": ago(100), "end": ago(10)}}},
    ],
)
def test_the_word_once_does_not_outweigh_a_supply_of_weeks(lasting):
    once = {"timing": {"code": {"text": "once"}}}
    made = order("a", S100, [once], status="completed", authoredOn=ago(100), **lasting)
    assert row_of(assessed(woman(), depression(), made), "sertraline")["duration"] == "unknown"


def test_one_dose_does_not_reach_to_the_next_order():
    once = {"timing": {"code": {"text": "once"}}}
    first = order("a", S100, [once], status="completed", authoredOn=ago(150))
    out = assessed(woman(), depression(), first, rx("b", S100, 100, 100, 60))
    row = row_of(out, "sertraline")
    assert (row["start"], row["duration"]) == (ago(100), "not-met")


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(rx("a", S100, 100, 90, status="on-hold"), id="open"),
        pytest.param(rx("a", S100, 100, 90, -30, status="on-hold"), id="until a day to come"),
    ],
)
def test_since_when_an_order_is_on_hold_nobody_knows(made):
    row = row_of(assessed(woman(), depression(), made), "sertraline")
    assert (row["duration"], row["ongoing"], row["daysAtOrAboveMinimum"]) == ("unknown", False, 0)


def test_one_dose_of_another_drug_ends_no_order():
    stopped = rx("a", S100, 100, 200, status="stopped")
    stat = order(
        "b",
        product("venlafaxine"),
        [dosage(150) | {"timing": {"code": {"text": "STAT"}}}],
        status="completed",
        authoredOn=ago(150),
    )
    row = row_of(assessed(woman(), depression(), stopped, stat), "sertraline")
    assert (row["duration"], row["endInferred"]) == ("unknown", False)


DAILY_PARTS = [
    pytest.param({"when": ["MORN"]}, {"when": ["HS"]}, ("met", "met", 100, 50), id="when"),
    pytest.param(
        {"timeOfDay": ["08:00:00"]}, {"timeOfDay": ["21:30:00"]}, ("met", "met", 100, 50), id="time"
    ),
    pytest.param(
        {"when": ["MORN"]},
        {"timeOfDay": ["08:00:00"]},
        ("not-met", "not-met", 0, 25),
        id="one part",
    ),
    pytest.param({"when": ["MORN"]}, {}, ("not-met", "not-met", 0, 25), id="one names none"),
    pytest.param({}, {}, ("not-met", "not-met", 0, 25), id="none names one"),
    pytest.param(
        {"when": ["EVE"]}, {"when": ["HS"]}, ("not-met", "not-met", 0, 25), id="evening and bedtime"
    ),
    pytest.param(
        {"when": ["MORN", "HS"]},
        {"when": ["HS"]},
        ("not-met", "not-met", 0, 25),
        id="parts that overlap",
    ),
    pytest.param(
        {"when": ["C"]}, {"when": ["HS"]}, ("not-met", "not-met", 0, 25), id="a part nobody knows"
    ),
]


@pytest.mark.parametrize(("first", "second", "told"), DAILY_PARTS)
def test_one_strength_for_two_parts_of_the_day(first, second, told):
    made = [rx("a", S25, 25, 200, 100, timing=first), rx("b", S25, 25, 200, 100, timing=second)]
    assert seen(*made) == told
    assert seen(*reversed(made)) == told


@pytest.mark.parametrize(
    ("first", "second", "highest"),
    [
        pytest.param("25 mg qam", "25 mg qhs", 50, id="in the sig"),
        pytest.param("25 mg every morning", "one at bedtime", 50, id="in words"),
        pytest.param("25 mg qam", "one each morning", 25, id="one part in two words"),
    ],
)
def test_parts_of_the_day_in_words(first, second, highest):
    made = [rx("a", S25, 25, 200, 100, sig=first), rx("b", S25, 25, 200, 100, sig=second)]
    assert seen(*made)[3] == highest
