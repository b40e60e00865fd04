"""R12: what was added to an antidepressant, at which dose, for how long together."""

import pytest

from tests.support.charts import (
    KNOWLEDGE,
    ago,
    assessed,
    depression,
    handed_over,
    phq9,
    product,
    taken,
    woman,
)
from tests.support.fhir import SUBJECT, bundle, dosage, observation, order
from trd.chart import ReadStatus
from trd.read import gather
from trd.readings import assess_gathered
from trd.report import report

SSRI = taken("s", "sertraline", 100, 200)
"""Sertraline 100 mg, taken for 200 days and still."""

TABLE = {
    "aripiprazole": 2,
    "brexpiprazole": 0.5,
    "quetiapine": 150,
    "olanzapine": 2.5,
    "cariprazine": 1.5,
    "risperidone": 1,
    "lumateperone": 42,
    "liothyronine": 0.025,
    "modafinil": 100,
}
"""The least doses as they stand in the published table, in mg a day."""
NO_DOSE = ("ziprasidone", "armodafinil", "pramipexole", "pindolol", "levomefolate")
NEEDS_REASON = (
    "buspirone",
    "lamotrigine",
    "methylphenidate",
    "dextroamphetamine",
    "lisdexamfetamine",
)


def added(*resources, **more):
    """Return the rows of augmentation beside sertraline."""
    return assessed(woman(), depression(), SSRI, *resources, **more)["augmentation"]


def adequacies(*resources, **more):
    """Return what the rows say of adequacy."""
    return [row["adequacy"] for row in added(*resources, **more)]


# ----------------------------------------------------------------------------------------- doses


@pytest.mark.parametrize(("name", "least"), TABLE.items())
def test_the_tables_dose_is_the_least(name, least):
    def at(mg):
        return adequacies(taken("x", name, mg, 100, 50))

    assert at(least) == ["met"]
    assert at(least * 0.9) == []
    assert at(least * 2) == ["met"]
    assert at(None) == ["unknown"]


def test_every_dose_of_the_table_is_tested():
    tested = {*TABLE, *NO_DOSE, *NEEDS_REASON, "lithium"}
    assert tested == KNOWLEDGE.augmenters.keys() - KNOWLEDGE.antidepressants.keys()


@pytest.mark.parametrize("name", NO_DOSE)
def test_a_drug_the_table_gives_no_dose_for_is_never_called_adequate(name):
    rows = added(taken("x", name, 10, 100, 50))
    assert [row["adequacy"] for row in rows] == ["unknown"]
    assert "the table gives no dose" in rows[0]["because"]


@pytest.mark.parametrize("name", NEEDS_REASON)
@pytest.mark.parametrize(
    ("reason", "rows"),
    [
        pytest.param("depression", 1, id="depression"),
        pytest.param("depression; anxiety", 1, id="depression among others"),
        pytest.param("anxiety", 0, id="another"),
        pytest.param(None, 0, id="none"),
    ],
)
def test_some_drugs_need_a_depressive_reason(name, reason, rows):
    assert len(added(taken("x", name, 100, 100, 50, reason=reason))) == rows


def test_a_stated_other_reason_leaves_the_adequacy_open():
    rows = added(taken("x", "quetiapine", 300, 100, 50, reason="insomnia"))
    assert [row["adequacy"] for row in rows] == ["unknown"]
    assert "insomnia" in rows[0]["because"]
    assert adequacies(taken("x", "quetiapine", 300, 100, 50, reason="depression")) == ["met"]


def ranged(low, high):
    """Return an order of aripiprazole with a dose range."""
    one = dosage(None, ago(100), ago(50))
    amounts = {key: {"value": mg, "unit": "mg"} for key, mg in (("low", low), ("high", high))}
    one["doseAndRate"] = [{"doseRange": amounts}]
    return order("x", product("aripiprazole"), [one], status="completed")


@pytest.mark.parametrize(
    ("low", "high", "rows"),
    [
        pytest.param(2, 5, ["met"], id="from it upwards"),
        pytest.param(1, 2, ["unknown"], id="up to it"),
        pytest.param(1, 5, ["unknown"], id="across it"),
        pytest.param(0.5, 1, [], id="below it"),
    ],
)
def test_a_range_across_the_tables_dose_is_unknown(low, high, rows):
    assert adequacies(ranged(low, high)) == rows


# ------------------------------------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("orders", "verdict", "days"),
    [
        pytest.param([(5, 100, 73)], "not-met", 27, id="27 days"),
        pytest.param([(5, 100, 72)], "met", 28, id="28 days"),
        pytest.param([(5, 100, 80), (10, 90, 75)], "not-met", 25, id="overlapping days count once"),
        pytest.param([(5, 100, 86), (5, 85, 71)], "met", 29, id="two orders, one after the other"),
        pytest.param([(5, 100, 86), (5, 66, 52)], "met", 28, id="the gap does not count"),
        pytest.param([(5, 100, 86), (5, 66, 53)], "not-met", 27, id="nor does it help"),
        pytest.param([(1, 100, 80), (5, 80, 53)], "not-met", 27, id="days below the dose"),
        pytest.param([(5, 100, 80), (None, 80, 60)], "unknown", 20, id="20 known, 40 possible"),
        pytest.param([(5, 100, 90), (None, 90, 80)], "not-met", 10, id="too few even so"),
        pytest.param([(5, 230, 172)], "met", 28, id="those before the antidepressant do not count"),
        pytest.param([(5, 230, 173)], "not-met", 27, id="so that 57 are 27"),
    ],
)
def test_days_together_are_the_days_both_covered(orders, verdict, days):
    made = [
        taken(f"x{at}", "aripiprazole", mg, start, end)
        for at, (mg, start, end) in enumerate(orders)
    ]
    rows = added(*made)
    assert [row["adequacy"] for row in rows] == [verdict]
    assert f"{days} days together" in rows[0]["because"]


def test_a_gap_of_the_antidepressant_does_not_count():
    ssri = [taken("a", "sertraline", 100, 200, 90), taken("b", "sertraline", 100, 65)]
    out = assessed(woman(), depression(), *ssri, taken("x", "aripiprazole", 5, 100, 50))
    assert [row["adequacy"] for row in out["augmentation"]] == ["not-met"]
    assert "25 days together" in out["augmentation"][0]["because"]


def test_possible_days_of_an_order_known_by_its_date_are_no_documented_ones():
    known = order("x", product("aripiprazole"), [dosage(5)], authoredOn=ago(100))
    rows = added(known)
    assert [row["adequacy"] for row in rows] == ["unknown"]
    assert "0 days together" in rows[0]["because"]


def test_an_augmenter_that_ended_before_the_antidepressant_began_is_no_row():
    assert added(taken("x", "aripiprazole", 5, 300, 230)) == []


def test_the_row_begins_where_both_are_taken():
    rows = added(taken("x", "aripiprazole", 5, 300, 100))
    assert [row["start"] for row in rows] == [ago(200)]


def test_an_antidepressant_below_its_minimum_is_named():
    out = assessed(
        woman(),
        depression(),
        taken("s", "sertraline", 25, 200),
        taken("x", "aripiprazole", 5, 100, 50),
    )
    assert [row["adequacy"] for row in out["augmentation"]] == ["met"]
    assert "sertraline itself was not adequate" in out["augmentation"][0]["because"]
    assert out["resistance"]["confirmed"] == 0


def test_what_ended_before_the_antidepressant_reached_its_dose_is_shown():
    steps = [dosage(25, ago(200), ago(101)), dosage(100, ago(100))]
    rising = order("s", product("sertraline"), steps, authoredOn=ago(200))
    out = assessed(woman(), depression(), rising, taken("x", "aripiprazole", 5, 180, 140))
    assert [(r["with"], r["adequacy"]) for r in out["augmentation"]] == [("sertraline", "met")]


# --------------------------------------------------------------------------------- lithium's level


def lithium_level(on, value):
    """Return a lithium level so many days ago."""
    made = observation("l", "", ago(on), None)
    quantity = {"value": value, "unit": "mmol/L"}
    return made | {"code": {"text": "Lithium level, serum"}, "valueQuantity": quantity}


@pytest.mark.parametrize(
    ("levels", "verdict"),
    [
        pytest.param([], "unknown", id="no level"),
        pytest.param([lithium_level(70, 0.5)], "met", id="0.5"),
        pytest.param([lithium_level(70, 0.4)], "unknown", id="0.4"),
        pytest.param([lithium_level(40, 0.8)], "unknown", id="after it ended"),
        pytest.param([lithium_level(110, 0.8)], "unknown", id="before it began"),
    ],
)
def test_lithium_needs_a_level(levels, verdict):
    assert adequacies(taken("x", "lithium", 900, 100, 50), *levels) == [verdict]


def test_a_level_does_not_help_lithium_taken_too_short():
    short = taken("x", "lithium", 900, 100, 80)
    assert adequacies(short, lithium_level(90, 0.8)) == ["not-met"]


# ---------------------------------------------------------------------------------- where it's from


def statement(name="aripiprazole", mg=5):
    """Return a reported use of a drug."""
    return {
        "resourceType": "MedicationStatement",
        "id": "st",
        "status": "active",
        "subject": SUBJECT,
        "medicationCodeableConcept": product(name),
        "effectivePeriod": {"start": ago(100), "end": ago(50)},
        "dosage": [dosage(mg)],
    }


def test_what_is_only_reported_is_at_most_unknown():
    rows = added(statement())
    assert [row["adequacy"] for row in rows] == ["unknown"]
    assert "report" in rows[0]["because"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({"sig": "1 tablet as needed"}, "as needed", id="as needed"),
        pytest.param({"said": "never took it"}, "not taken as ordered", id="not taken"),
    ],
)
def test_what_was_perhaps_not_taken_is_at_most_unknown(more, said):
    rows = added(taken("x", "quetiapine", 300, 100, 50, **more))
    assert [row["adequacy"] for row in rows] == ["unknown"]
    assert said in rows[0]["because"]


def kits(count=2, mg=5, name="aripiprazole"):
    """Return hand-overs of thirty days each, with their dose."""
    return [
        handed_over(f"h{at}", name, 100 - 30 * at, 30, dosageInstruction=[dosage(mg)])
        for at in range(count)
    ]


@pytest.mark.parametrize("status", [ReadStatus.COMPLETE, ReadStatus.PARTIAL])
def test_an_augmenter_known_from_hand_overs_alone_is_read(status):
    rows = added(*kits(), reads={"dispenses": status})
    assert [(row["ingredient"], row["adequacy"]) for row in rows] == [("aripiprazole", "met")]
    assert rows[0]["evidence"] == ["MedicationDispense/h0", "MedicationDispense/h1"]
    assert rows[0]["start"] == ago(100)


def test_hand_overs_without_a_dose_are_unknown():
    assert adequacies(handed_over("h", "aripiprazole", 100, 60)) == ["unknown"]


def test_hand_overs_tell_no_reason():
    assert added(*kits(name="methylphenidate", mg=20)) == []


def test_hand_overs_say_which_days_of_an_order_were_covered():
    ordered = taken("x", "aripiprazole", 5, 100, 30)
    one_kit = handed_over("h", "aripiprazole", 100, 20)
    assert adequacies(ordered, one_kit) == ["not-met"]
    assert adequacies(ordered, one_kit, reads={"dispenses": ReadStatus.PARTIAL}) == ["met"]


def test_a_later_order_is_named_as_not_considered():
    out = assessed(woman(), depression(), SSRI, taken("x", "aripiprazole", 5, -5))
    assert out["augmentation"] == []
    assert {row["resource"] for row in out["issues"]} == {"MedicationRequest/x"}


# ------------------------------------------------------------------------- several antidepressants


def test_of_two_antidepressants_at_once_the_one_longer_together_is_named():
    second = taken("m", "mirtazapine", 30, 90)
    rows = added(second, taken("x", "aripiprazole", 5, 100, 50))
    named = [(row["ingredient"], row["with"]) for row in rows]
    assert named == [("aripiprazole", "sertraline"), ("mirtazapine", "sertraline")]


def test_of_two_antidepressants_in_turn_each_has_its_row():
    out = assessed(
        woman(),
        depression(),
        taken("a", "sertraline", 100, 300, 200),
        taken("b", "venlafaxine", 150, 190, 60),
        taken("x", "aripiprazole", 5, 260, 100),
    )
    told = [(row["with"], row["start"], row["adequacy"]) for row in out["augmentation"]]
    assert told == [("sertraline", ago(260), "met"), ("venlafaxine", ago(190), "met")]


@pytest.mark.parametrize(
    ("name", "mg", "days", "verdict"),
    [
        pytest.param("mirtazapine", 30, 28, "met", id="at the table's dose"),
        pytest.param("mirtazapine", 30, 27, "not-met", id="too short"),
        pytest.param("mirtazapine", 15, 60, "not-met", id="below the table's dose"),
        pytest.param("mirtazapine", None, 60, "unknown", id="dose unknown"),
        pytest.param("duloxetine", 60, 28, "met", id="not in the table: its own minimum"),
        pytest.param("vortioxetine", 5, 60, "not-met", id="below its own minimum"),
    ],
)
def test_an_added_antidepressant_is_an_augmentation(name, mg, days, verdict):
    rows = added(taken("m", name, mg, 100, 100 - days))
    assert [(row["ingredient"], row["with"], row["adequacy"]) for row in rows] == [
        (name, "sertraline", verdict)
    ]


def test_an_added_antidepressant_that_is_only_reported_is_at_most_unknown():
    assert adequacies(statement("mirtazapine", 30)) == ["unknown"]


def test_the_partner_in_a_combination_product_is_shown():
    both = taken("c", "fluoxetine / olanzapine", 20, 200)
    rows = assessed(woman(), depression(), both)["augmentation"]
    assert [(row["ingredient"], row["adequacy"]) for row in rows] == [("olanzapine", "unknown")]


def test_augmentation_never_counts():
    out = assessed(
        woman(),
        depression(),
        taken("s", "sertraline", 100, 280, 100, said="no effect"),
        taken("x", "aripiprazole", 5, 200, 150, said="no effect"),
        phq9("o", 10, 15),
    )
    assert out["resistance"]["confirmed"] == 1
    assert [row["ingredient"] for row in out["trials"]] == ["sertraline"]


# ---------------------------------------------------------------------------------- partial dates


def in_part(start, end):
    """Return the augmentation of an augmenter with partial dates."""
    drug = order(
        "x", product("aripiprazole"), [dosage(5, start, end)], status="completed", authoredOn=start
    )
    resources = [woman(), depression(), SSRI, drug]
    out = report(assess_gathered(gather([bundle(resources)]), KNOWLEDGE, 739860))
    return out["augmentation"]


def test_partial_dates_that_decide_leave_it_unknown():
    rows = in_part("2026-06", "2026-07")
    assert [(row.get("start"), row["adequacy"]) for row in rows] == [("2026-06", "unknown")]
    assert "partial dates" in rows[0]["because"]


def test_partial_dates_that_do_not_decide_change_nothing():
    rows = in_part("2026-05", "2026-08")
    assert [(row.get("start"), row["adequacy"]) for row in rows] == [("2026-05", "met")]


def test_a_row_of_one_reading_only_is_unknown():
    """In some readings it ends before the antidepressant begins."""
    rows = in_part("2025-12", "2026-02")
    assert [row["adequacy"] for row in rows] == ["unknown"]
