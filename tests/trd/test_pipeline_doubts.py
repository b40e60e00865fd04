"""From FHIR to the report: what a missing fact leaves open, and what contradicts itself."""

import pytest

from tests.support.charts import (
    ago,
    assessed,
    depression,
    diagnosed,
    handed_over,
    phq9,
    row_of,
    taken,
    woman,
)
from trd.chart import ReadStatus

PARTIAL = ReadStatus.PARTIAL
FAILED = taken("a", "sertraline", 100, 280, 220, said="no effect")


@pytest.mark.parametrize(
    ("mg", "outcome", "possible"),
    [
        pytest.param(150, "inefficacy", 0, id="dose documented: the pair of scores decides"),
        pytest.param(None, "unknown", 1, id="dose not documented: the pair might have decided"),
    ],
)
def test_a_lost_dose_does_not_let_a_side_effect_settle_the_outcome(mg, outcome, possible):
    out = assessed(
        woman(),
        depression(),
        FAILED,
        taken("b", "venlafaxine", mg, 214, 150, said="nausea"),
        phq9("s", 214, 15),
        phq9("e", 150, 14),
    )
    assert row_of(out, "venlafaxine")["outcome"] == outcome
    assert out["resistance"]["possible"] == possible


def test_a_reason_stands_where_no_days_could_make_a_pair():
    out = assessed(
        woman(),
        depression(),
        taken("b", "venlafaxine", None, 214, 194, said="nausea"),
        phq9("s", 214, 15),
        phq9("e", 194, 14),
    )
    assert row_of(out, "venlafaxine")["outcome"] == "intolerance"


def test_a_reason_that_agrees_with_the_possible_pair_stands():
    out = assessed(
        woman(),
        depression(),
        taken("b", "venlafaxine", None, 214, 150, said="no effect"),
        phq9("s", 214, 15),
        phq9("e", 150, 14),
    )
    assert row_of(out, "venlafaxine")["outcome"] == "inefficacy"


def test_an_order_that_ends_before_it_starts_is_shown_and_its_dates_are_not_used():
    out = assessed(woman(), depression(), taken("a", "sertraline", 100, 200, 210))
    row = row_of(out, "sertraline")
    assert "start" not in row
    assert row["adequacy"] == "unknown"
    assert [issue["what"] for issue in out["issues"]] == ["ends before it starts"]


def test_a_low_count_is_not_stated_where_another_diagnosis_could_make_the_episode_longer():
    older = diagnosed("old", "F33.1") | {"onsetDateTime": ago(400), "recordedDate": ago(390)}
    newer = diagnosed("new", "F33.2") | {"onsetDateTime": ago(250), "recordedDate": ago(240)}
    chart = [
        woman(),
        taken("a", "sertraline", 100, 390, 330, said="no effect"),
        taken("b", "venlafaxine", 150, 200, 140, said="no effect"),
        phq9("o", 10, 15),
    ]
    assert assessed(*chart, older, newer)["resistance"]["verdict"] == "met"
    seen = assessed(*chart, newer, reads={"conditions": PARTIAL})["resistance"]
    assert (seen["verdict"], seen["confirmed"]) == ("unknown", 1)
    assert "not read completely: conditions" in seen["because"]


@pytest.mark.parametrize(
    "earlier",
    [
        pytest.param([], id="the only failure is of this episode"),
        pytest.param(
            [
                taken("a", "sertraline", 100, 390, 330),
                phq9("s", 391, 20),
                phq9("e", 331, 3),
            ],
            id="what came before it worked",
        ),
    ],
)
def test_a_low_count_stands_where_no_earlier_failure_could_join_it(earlier):
    out = assessed(
        woman(),
        diagnosed("new", "F33.2") | {"onsetDateTime": ago(250), "recordedDate": ago(240)},
        *earlier,
        taken("b", "venlafaxine", 150, 200, 140, said="no effect"),
        phq9("o", 10, 15),
        reads={"conditions": PARTIAL},
    )["resistance"]
    assert (out["verdict"], out["confirmed"]) == ("not-met", 1)


def test_where_partial_dates_leave_a_verdict_open_the_row_says_so():
    order = taken("a", "sertraline", 100, 100, 60, said="no effect")
    repeat = order["dosageInstruction"][0]["timing"]["repeat"]
    repeat["boundsPeriod"] = {"start": str(ago(100))[:7], "end": ago(60)}
    del order["authoredOn"]
    row = row_of(assessed(woman(), depression(), order), "sertraline")
    assert (row["duration"], row["counts"]) == ("unknown", False)
    assert row["because"].endswith("partial dates leave it open")


def test_reported_orders_that_follow_each_other_are_one_possible_trial():
    parts = [
        taken(name, "sertraline", 100, start, end) | {"status": "unknown"}
        for name, start, end in (("a", 200, 170), ("b", 170, 140), ("c", 140, 130))
    ]
    out = assessed(woman(), depression(), *parts)
    row = row_of(out, "sertraline")
    assert (row["daysAtOrAboveMinimum"], row["adequacy"]) == (70, "met")
    assert out["resistance"]["possible"] == 1


def test_drugs_nobody_can_recognise_open_a_low_count_they_could_tip():
    unnamed = [
        {
            "resourceType": "MedicationRequest",
            "id": name,
            "status": "completed",
            "intent": "order",
            "subject": {"reference": "Patient/pt-1"},
            "medicationReference": {"reference": f"Medication/{name}"},
            "authoredOn": ago(100),
        }
        for name in ("x", "y")
    ]
    verdicts = [
        assessed(woman(), depression(), *chart)["resistance"]["verdict"]
        for chart in (unnamed[:1], unnamed, [FAILED, unnamed[0]])
    ]
    assert verdicts == ["not-met", "unknown", "unknown"]


@pytest.mark.parametrize("need", ["statements", "dispenses"])
def test_a_supplementary_read_in_part_opens_a_low_count(need):
    out = assessed(woman(), depression(), FAILED, reads={need: PARTIAL})
    assert out["resistance"]["verdict"] == "unknown"


def test_a_failure_alone_and_a_later_combined_step_are_two():
    chart = [
        woman(),
        depression(onset=600),
        taken("a", "sertraline", 100, 580, 480, said="no effect"),
        taken("b", "sertraline", 100, 340, 260, said="no effect"),
        taken("c", "mirtazapine", 30, 340, 260, said="no effect"),
        phq9("o", 10, 15),
    ]
    assert assessed(*chart)["resistance"]["confirmed"] == 2


def test_a_combined_step_with_a_family_member_counts_on_the_other_half():
    chart = [
        woman(),
        depression(),
        taken("a", "citalopram", 20, 290, 230, said="no effect"),
        taken("b", "escitalopram", 10, 200, 140, said="no effect"),
        taken("c", "mirtazapine", 30, 200, 140, said="no effect"),
        phq9("o", 10, 15),
    ]
    out = assessed(*chart)["resistance"]
    assert (out["confirmed"], out["possible"]) == (2, 0)


def test_halves_of_a_combined_step_that_contradict_each_other_are_possible():
    chart = [
        woman(),
        depression(),
        taken("b", "sertraline", 100, 200, 140, said="good response"),
        taken("c", "mirtazapine", 30, 200, 140, said="no effect"),
    ]
    out = assessed(*chart)
    assert not row_of(out, "mirtazapine")["counts"]
    assert (out["resistance"]["confirmed"], out["resistance"]["possible"]) == (0, 1)


def test_a_lost_dose_of_a_second_course_leaves_the_drug_possible():
    chart = [
        woman(),
        depression(),
        taken("a", "sertraline", 100, 290, 230, said="pregnancy"),
        taken("b", "sertraline", None, 150, 90, said="no effect"),
    ]
    out = assessed(*chart)["resistance"]
    assert (out["confirmed"], out["possible"]) == (0, 1)


def test_an_undated_order_stays_visible_beside_a_short_dated_one():
    undated = taken("u", "sertraline", 100, 0, None, said="no effect") | {"status": "stopped"}
    del undated["authoredOn"]
    del undated["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"]
    chart = [woman(), depression(), undated, taken("s", "sertraline", 25, 90, 85), FAILED]
    chart[-1] = taken("v", "venlafaxine", 150, 280, 220, said="no effect")
    out = assessed(*chart)["resistance"]
    assert (out["verdict"], out["confirmed"], out["possible"]) == ("unknown", 1, 1)


SUPPLIED = handed_over("d1", "sertraline", 280, 30)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="length not told"),
        pytest.param({"days": 30, "whenHandedOver": None}, id="day not told"),
        pytest.param({"days": 30, "status": "no-such-status"}, id="status not readable"),
    ],
)
def test_supply_of_unknown_length_or_day_never_makes_somebody_non_adherent(more):
    out = assessed(woman(), depression(), FAILED, SUPPLIED)
    assert row_of(out, "sertraline")["adequacy"] == "not-met"
    second = handed_over("d2", "sertraline", 250, **more)
    out = assessed(woman(), depression(), FAILED, SUPPLIED, second)
    row, counted = row_of(out, "sertraline"), out["resistance"]
    assert (row["adequacy"], row["outcome"]) == ("unknown", "inefficacy")
    assert (counted["confirmed"], counted["possible"]) == (0, 1)


def test_supply_without_a_day_hides_no_drug_known_from_dispenses_alone():
    undated = handed_over("d2", "sertraline", 250, 30, whenHandedOver=None)
    out = assessed(woman(), depression(), SUPPLIED, undated)
    assert row_of(out, "sertraline")["start"] == ago(280)


@pytest.mark.parametrize(
    ("status", "supply"),
    [
        pytest.param("active", {}, id="running"),
        pytest.param("completed", {}, id="ended"),
        pytest.param("completed", 300, id="ended before its supply, perhaps"),
    ],
)
def test_an_end_that_cannot_be_read_is_no_open_end_and_no_supply_end(status, supply):
    given = taken("a", "sertraline", 100, 280, 220, said="no effect") | {"status": status}
    repeat = given["dosageInstruction"][0]["timing"]["repeat"]
    repeat["boundsPeriod"] = repeat["boundsPeriod"] | {"end": "some time in spring"}
    if supply:
        days = {"value": supply, "code": "d", "system": "http://unitsofmeasure.org"}
        given["dispenseRequest"] = {"expectedSupplyDuration": days}
    out = assessed(woman(), depression(), given)
    row = row_of(out, "sertraline")
    assert "end" not in row
    assert (row["adequacy"], row["counts"]) == ("unknown", False)
    assert any(issue["resource"] == "MedicationRequest/a" for issue in out["issues"])


def test_where_order_and_units_handed_over_disagree_the_dose_is_a_range():
    dispense = {
        "resourceType": "MedicationDispense",
        "id": "d",
        "status": "completed",
        "subject": {"reference": "Patient/pt-1"},
        "medicationCodeableConcept": {"text": "sertraline 25 MG Oral Tablet"},
        "whenHandedOver": ago(280),
        "daysSupply": {"value": 60, "code": "d"},
        "quantity": {"value": 60, "unit": "tablet"},
    }
    row = row_of(assessed(woman(), depression(), FAILED, dispense), "sertraline")
    assert (row["dose"], row["counts"]) == ("unknown", False)


@pytest.mark.parametrize("written", [None, "some time in spring"], ids=["no date", "unreadable"])
def test_a_total_without_a_day_and_without_item_9_is_not_no_signal(written):
    score = phq9("s", 5, 20) | {"effectiveDateTime": written}
    out = assessed(woman(), depression(), score)
    assert out["crisis"] == {"level": "incomplete", "complete": False, "signals": []}
    assert {"need": "scores", "status": "partial", "count": 1} in out["read"]
    assert [i["resource"] for i in out["issues"]] == ["Observation/s"] * len(out["issues"]) != []
