"""Dosage texts in whole charts: what a text tells, leaves open, or contradicts, and the verdict."""

import pytest

from tests.support.charts import ago, assessed, depression, row_of, woman
from tests.support.fhir import DAILY, RXNORM, UCUM, concept, order

TABLETS = concept(RXNORM, "312941", text="sertraline 50 MG Oral Tablet")
FIFTY = [{"doseQuantity": {"value": 50, "unit": "mg", "system": UCUM, "code": "mg"}}]


def written(text=None, days=90, **more):
    """Return 90 days of sertraline 50 mg tablets with one instruction."""
    instruction = {"text": text, **more} if text else more
    return order(
        "m1",
        TABLETS,
        [instruction],
        authoredOn=ago(120),
        status="completed",
        dispenseRequest={"expectedSupplyDuration": {"value": days, "code": "d"}},
        statusReason={"text": "no effect"},
    )


def trial(*resources):
    out = assessed(woman(), depression(), *resources)
    return row_of(out, "sertraline"), out


@pytest.mark.parametrize(
    ("text", "mg"),
    [
        ("Take 1 tablet by mouth daily", 50),
        ("take 2 tabs po qhs", 100),
        ("TAKE ONE-HALF TABLET BY MOUTH EVERY DAY", 25),
        ("1/2 tab daily for 7 days, then 1 tab daily", 50),
        ("tomar 1 tableta cada 12 horas", 100),
        ("1-0-1", 100),
    ],
)
def test_a_text_alone_tells_the_dose(text, mg):
    row, _ = trial(written(text))
    assert row["highestDailyDoseMg"] == mg
    assert row["dose"] == ("met" if mg >= 50 else "not-met")


@pytest.mark.parametrize(
    "text",
    [
        "take 2 tabs po",
        "as directed",
        "25 mg x 7 days then 50 mg",
        "titrate to 100 mg daily",
        "#30",
    ],
)
def test_a_text_that_leaves_something_open_tells_no_dose_and_says_so(text):
    row, out = trial(written(text))
    assert "highestDailyDoseMg" not in row
    assert row["dose"] == "unknown"
    assert row["outcome"] == "inefficacy"
    assert row["counts"] is False
    assert out["resistance"]["possible"] == 1
    (issue,) = [one for one in out["issues"] if one["resource"] == "MedicationRequest/m1"]
    assert issue["element"] == "dosageInstruction"
    assert issue["effect"] == "the dose is unknown"
    assert text not in issue["what"]


def test_the_days_of_a_titration_count_from_where_its_minimum_is_reached():
    row, _ = trial(written("1/2 tab daily for 2 weeks, then 1 tab daily"))
    assert row["daysAtOrAboveMinimum"] == 90 - 14
    assert [(one["start"], one.get("dailyDoseMg")) for one in row["exposures"]] == [
        (ago(120), 25),
        (ago(106), 50),
    ]


def test_a_range_over_the_minimum_is_unknown():
    row, _ = trial(written("1/2 to 1 tablet daily"))
    assert row["dose"] == "unknown"
    assert row["highestDailyDoseMg"] == 50


@pytest.mark.parametrize(
    ("more", "text", "dose"),
    [
        ({"doseAndRate": FIFTY}, "once daily in the morning", "met"),
        ({"timing": DAILY}, "1 tablet by mouth", "met"),
        ({"doseAndRate": FIFTY, "timing": DAILY}, "1 tablet by mouth daily", "met"),
        ({"doseAndRate": FIFTY, "timing": DAILY}, "2 tablets by mouth daily", "unknown"),
        ({"doseAndRate": FIFTY}, "2 tablets by mouth daily", "unknown"),
        ({"timing": DAILY}, "1 tablet twice daily", "unknown"),
        ({"doseAndRate": FIFTY, "timing": DAILY}, "as directed", "met"),
        ({"doseAndRate": FIFTY}, "as directed", "unknown"),
        ({"patientInstruction": "2 tablets daily"}, "1 tablet daily", "unknown"),
        ({"patientInstruction": "1 tablet daily"}, "use as directed", "met"),
        ({"patientInstruction": "do not take it"}, "1 tablet daily", "unknown"),
        ({}, "sertraline 50 mg daily and trazodone 50 mg nightly", "unknown"),
    ],
)
def test_elements_and_texts_complete_each_other_and_never_overrule(more, text, dose):
    row, _ = trial(written(text, **more))
    assert row["dose"] == dose


def test_a_supply_in_tablets_lasts_as_long_as_the_text_tells():
    one = written("take 2 tablets daily", days=1)
    one["dispenseRequest"] = {"quantity": {"value": 120, "unit": "tablet"}}
    row, _ = trial(one)
    assert row["daysAtOrAboveMinimum"] == 60


def test_a_low_dose_at_bedtime_by_text_alone_is_set_aside():
    text = concept(text="trazodone 50 mg tablet")
    one = order("t1", text, [{"text": "1 tab po qhs prn sleep"}], authoredOn=ago(60))
    out = assessed(woman(), depression(), one)
    assert out["trials"] == []
    assert [row["reason"] for row in out["setAside"]] == ["hypnotic-use"]


OPEN = {"timing": {"repeat": {"boundsPeriod": {"start": ago(120)}}}}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("take 2 tablets daily for 14 days", 14),
        ("week 1-2: 2 tablets daily", 14),
        (f"take 2 tablets daily until {ago(113)}", 8),
        (f"take 2 tablets daily starting {ago(60)}", 60),
        ("take 2 tablets daily for 7 doses", 0),
    ],
)
def test_the_days_of_a_dose_are_those_its_text_tells(text, days):
    one = order("m1", TABLETS, [{"text": text, **OPEN}], authoredOn=ago(120))
    row, out = trial(one)
    assert row["daysAtOrAboveMinimum"] == days
    assert row["counts"] is False
    (issue,) = [one for one in out["issues"] if one["resource"] == "MedicationRequest/m1"]
    assert issue["element"] == "dosageInstruction"
    assert ago(113) not in issue["what"]


def test_of_an_order_known_by_its_date_only_no_dose_is_told_beyond_its_text():
    low = "1/2 tablet daily"
    row, _ = trial(order("m1", TABLETS, [{"text": low}], authoredOn=ago(120)))
    assert row["dose"] == "not-met"
    told = [{"text": f"{low} for 14 days"}]
    row, _ = trial(order("m1", TABLETS, told, authoredOn=ago(120)))
    assert row["dose"] == "unknown"
    assert [step["dailyDoseMg"] for step in row["exposures"]] == [25]


def test_a_length_that_is_one_fill_of_several_is_no_end():
    one = written("2 tablets daily for 30 days", days=30)
    one["dispenseRequest"]["numberOfRepeatsAllowed"] = 2
    row, _ = trial(one)
    assert row["daysAtOrAboveMinimum"] == 90
    row, _ = trial(written("2 tablets daily for 30 days", days=90))
    assert row["daysAtOrAboveMinimum"] == 30
