"""What a drafted drug would be: one row a draft, beside one chart. Rules: R7, R8, R9, R16."""

from dataclasses import replace

import pytest

from tests.cds_hooks.orders import venlafaxine
from tests.cds_hooks.people import (
    VENLAFAXINE_150,
    drug,
    one_running,
    outcome_not_recorded,
    two_failures,
)
from tests.support.charts import KNOWLEDGE
from tests.support.days import day
from tests.support.fhir import concept, dosage, order, patient
from trd.crisis_signals import CrisisLevel
from trd.drafted import Role, highest_dose, judge_draft, limited_quantity
from trd.read import gather, read_chart
from trd.readings import assess_gathered

TODAY = day("2026-09-01")
SERTRALINE = concept(text="sertraline 50 mg")
MIRTAZAPINE = concept(text="mirtazapine 15 mg")
TRAZODONE = concept(text="trazodone 50 mg")
BUPROPION = concept(text="bupropion XL 150 mg")


def record(medication, mg, **more):
    """Return a draft as the core reads it."""
    dosages = more.pop("dosages", None) or ([] if mg is None else [dosage(mg)])
    made = order("d1", medication, dosages, status="active", **more)
    return read_chart(gather([patient(), made]), KNOWLEDGE).medications[0]


def role(medication, mg, chart, ended=(), **more):
    draft = record(medication, mg, **more)
    return judge_draft(draft, assess_gathered(gather(chart), KNOWLEDGE, TODAY), ended)


@pytest.mark.parametrize(
    ("medication", "mg", "chart", "expected"),
    [
        (MIRTAZAPINE, 30, two_failures(), Role.NEXT),
        (MIRTAZAPINE, 30, [patient()], Role.NEXT),
        (concept(text="aripiprazole 2 mg"), 2, two_failures(), Role.NO_TRIAL),
        (concept(text="esketamine 28 mg"), 28, two_failures(), Role.NO_TRIAL),
        (concept(text="viloxazine 200 mg"), 200, two_failures(), Role.OTHER_USE),
        (concept(text="doxepin 3 mg oral tablet"), 3, two_failures(), Role.OTHER_USE),
        (SERTRALINE, 150, one_running(), Role.SAME_DRUG),
        (MIRTAZAPINE, 30, one_running(), Role.AUGMENTATION),
        (MIRTAZAPINE, 30, one_running(mg=25), Role.NEXT),
        (BUPROPION, 150, one_running(), Role.LOW_DOSE),
        (BUPROPION, 150, one_running(mg=25), Role.NEXT),
        (BUPROPION, 300, one_running(), Role.AUGMENTATION),
        (TRAZODONE, 300, two_failures(), Role.NEXT),
        (TRAZODONE, None, two_failures(), Role.NEXT),
        (SERTRALINE, 100, two_failures(), Role.NEXT),
    ],
)
def test_the_role_of_a_draft(medication, mg, chart, expected):
    found = role(medication, mg, chart)
    assert found.role is expected
    assert found.because


@pytest.mark.parametrize(
    ("dosages", "reason", "expected"),
    [
        ([dosage(50, text="50 mg at bedtime")], None, Role.LOW_DOSE),
        ([dosage(50, asNeededBoolean=True)], None, Role.LOW_DOSE),
        ([dosage(50)], None, Role.NEXT),
        ([dosage(50, text="50 mg at bedtime")], "depression", Role.NEXT),
        ([dosage(200, text="200 mg at bedtime")], None, Role.NEXT),
        ([dosage(50, asNeededBoolean=True)], "insomnia", Role.OTHER_USE),
    ],
)
def test_a_low_dose_for_need_or_at_night_is_no_trial(dosages, reason, expected):
    more = {} if reason is None else {"reasonCode": [{"text": reason}]}
    assert role(TRAZODONE, None, two_failures(), dosages=dosages, **more).role is expected


def test_a_drug_without_a_low_dose_ceiling_is_never_low():
    assert role(SERTRALINE, 12.5, [patient()]).role is Role.NEXT


@pytest.mark.parametrize(
    ("charted", "expected"),
    [
        (drug("m3", MIRTAZAPINE, 30, "2026-08-01", None), Role.SAME_DRUG),
        (drug("m3", MIRTAZAPINE, 30, "2026-06-01", "2026-08-02"), Role.SAME_DRUG),
        (drug("m3", MIRTAZAPINE, 30, "2026-06-01", "2026-08-01"), Role.NEXT),
        (drug("m3", MIRTAZAPINE, 30, "2026-06-01", "2026-07-01", status="active"), Role.NEXT),
        (drug("m3", MIRTAZAPINE, 7.5, "2026-08-01", "2026-09-30", status="active"), Role.SAME_DRUG),
        (order("m3", MIRTAZAPINE, [], status="active"), Role.SAME_DRUG),
        (order("m3", MIRTAZAPINE, [], status="active", authoredOn="2025-08-31"), Role.NEXT),
        (order("d1", MIRTAZAPINE, [], status="completed", authoredOn="2025-08-31"), Role.SAME_DRUG),
    ],
)
def test_a_drug_that_is_taken_goes_on(charted, expected):
    assert role(MIRTAZAPINE, 30, [*two_failures(), charted]).role is expected


def test_an_order_that_runs_and_is_ended_by_the_drafts_is_no_companion():
    chart = one_running()
    assert role(MIRTAZAPINE, 30, chart, ended={"MedicationRequest/m1"}).role is Role.NEXT
    draft = replace(record(MIRTAZAPINE, 30), renews=("MedicationRequest/m1",))
    found = judge_draft(draft, assess_gathered(gather(chart), KNOWLEDGE, TODAY), ())
    assert (found.role, found.beside) == (Role.NEXT, ())


def test_what_runs_beside_is_named():
    (row,) = role(MIRTAZAPINE, 30, one_running(mg=25)).beside
    assert row.trial.ingredient == "sertraline"


def test_an_unknown_outcome_changes_nothing():
    assert role(MIRTAZAPINE, 30, outcome_not_recorded()).role is Role.NEXT


@pytest.mark.parametrize(
    ("dosages", "expected"),
    [
        ([dosage(50)], 50),
        ([dosage(50, "2026-09-01", "2026-09-07"), dosage(100, "2026-09-08")], 100),
        ([dosage(50, "2026-09-01", "2026-09-07"), {"text": "as told"}], None),
        ([], None),
    ],
)
def test_the_highest_dose_is_known_only_if_every_dose_is(dosages, expected):
    assert highest_dose(record(SERTRALINE, None, dosages=dosages)) == expected


def supply(days, repeats=0):
    length = {"value": days, "unit": "d"}
    return {
        "dispenseRequest": {
            "expectedSupplyDuration": length,
            "numberOfRepeatsAllowed": repeats,
        }
    }


@pytest.mark.parametrize(
    ("medication", "more", "matters"),
    [
        (VENLAFAXINE_150, {}, True),
        (concept(text="amitriptyline 25 mg"), {}, True),
        (concept(text="maprotiline 25 mg"), {}, True),
        (concept(text="lithium carbonate 300 mg"), {}, True),
        (SERTRALINE, {}, False),
        (SERTRALINE, supply(30), False),
        (SERTRALINE, supply(31), True),
        (SERTRALINE, supply(15, repeats=2), True),
        (concept(text="aripiprazole 2 mg"), supply(90), False),
    ],
)
def test_the_quantity_of_which_drafts_matters_in_a_crisis(medication, more, matters):
    draft = record(medication, 30, **more)
    assert bool(limited_quantity(draft, CrisisLevel.CRITICAL, KNOWLEDGE)) is matters
    for level in set(CrisisLevel) - {CrisisLevel.CRITICAL}:
        assert limited_quantity(draft, level, KNOWLEDGE) == ""


def test_the_drafts_of_the_hooks_tests_are_such_orders():
    made = venlafaxine() | {"status": "active"}
    (found,) = read_chart(gather([patient(), made]), KNOWLEDGE).medications
    assert found.drug.ingredient == "venlafaxine"
