"""Which draft calls for which card, at selection and at signature, with harmless twins."""

import json

import pytest

from tests.cds_hooks.golden import FOLDER, answers_to_order
from tests.cds_hooks.hooks import (
    ABSENT,
    topics,
)
from tests.cds_hooks.orders import (
    CASES,
    MIRTAZAPINE,
    SELECT,
    SIGN,
    cochlear_implant,
    draft,
    ordered,
    tms_order,
    venlafaxine,
)
from tests.cds_hooks.people import (
    drug,
    one_running,
    outcome_not_recorded,
    plan_and_intent,
    quiet,
    two_failures,
)
from tests.support.fhir import ICD, RXNORM, concept, condition, dosage, patient

NEXT, OPTIMISE, TMS = "nextAntidepressant", "optimiseTrial", "tmsSafety"
AMOXICILLIN = concept(RXNORM, "308182", text="Amoxicillin 250 MG Oral Capsule")
TRAZODONE = concept(text="trazodone 50 MG Oral Tablet")
BUPROPION_XL = concept(text="bupropion XL 300 mg")
ZYBAN = concept(text="Zyban 150 MG Extended Release Oral Tablet")

both = pytest.mark.parametrize("service", [SELECT, SIGN])


@pytest.mark.parametrize("case", CASES)
def test_the_cards_are_those_somebody_has_read(case):
    assert answers_to_order(case) == (FOLDER / f"{case}.json").read_text("utf-8")


def at_bedtime(mg):
    return [dosage(mg, text=f"{mg} mg at bedtime")]


class TestNextAntidepressant:
    """C7: after two adequate trials without enough response."""

    def test_it_is_information_at_selection_and_a_warning_at_signature(self):
        for service, indicator in ((SELECT, "info"), (SIGN, "warning")):
            (card,) = ordered(service, [draft()], two_failures())
            assert topics([card]) == [NEXT]
            assert card["indicator"] == indicator
            assert "mirtazapine" in card["summary"]
            for word in ("sertraline", "venlafaxine", "TMS evaluation", "augmentation"):
                assert word in card["detail"]

    @both
    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            (draft(), True),
            (draft(mg=None), True),
            (draft(medication=BUPROPION_XL, mg=300), True),
            (draft(medication=TRAZODONE, mg=150, dosageInstruction=at_bedtime(200)), True),
            (draft(medication=TRAZODONE, mg=50, dosageInstruction=at_bedtime(50)), False),
            (
                draft(medication=TRAZODONE, dosageInstruction=[dosage(50, asNeededBoolean=True)]),
                False,
            ),
            (draft(reasonCode=[{"text": "insomnia"}]), False),
            (draft(reasonCode=[{"text": "depression"}]), True),
            (draft(medication=ZYBAN, mg=150), False),
            (draft(medication=AMOXICILLIN, mg=250), False),
            (draft(medication=concept(text="Spravato 28 mg nasal spray"), mg=28), False),
            (draft(medication=concept(text="quetiapine 50 mg"), mg=150), False),
            (draft(doNotPerform=True), False),
            (draft(status="cancelled"), False),
            (draft(status="entered-in-error"), False),
            (draft(status="active"), True),
            (draft(status="on-hold"), True),
            (draft(status=ABSENT), True),
            (draft(intent="proposal"), True),
        ],
    )
    def test_which_drafts_are_a_next_antidepressant(self, service, given, shown):
        found = topics(ordered(service, [given], two_failures()))
        assert found == ([NEXT] if shown else [])

    @both
    @pytest.mark.parametrize(
        ("charted", "shown"),
        [
            (drug("m3", MIRTAZAPINE, 15, "2026-07-20", None), False),
            (drug("m3", MIRTAZAPINE, 30, "2026-06-01", "2026-08-10"), False),
            (drug("m3", MIRTAZAPINE, 30, "2026-06-01", "2026-06-20"), True),
            (drug("m3", BUPROPION_XL, 300, "2026-07-01", None), False),
            (drug("m3", BUPROPION_XL, 100, "2026-08-10", None), True),
        ],
        ids=["runs", "ended-lately", "ended-long-ago", "adequate-runs", "inadequate-runs"],
    )
    def test_neither_renewals_nor_augmentation(self, service, charted, shown):
        found = topics(ordered(service, [draft()], [*two_failures(), charted]))
        assert found == ([NEXT] if shown else [])

    def test_an_adequate_trial_that_the_drafts_end_is_no_reason_for_augmentation(self):
        running = drug("m3", BUPROPION_XL, 300, "2026-07-01", None)
        ending = running | {"status": "stopped"}
        found = ordered(SIGN, [draft(), ending], [*two_failures(), running])
        assert topics(found) == [NEXT]
        replacing = draft(priorPrescription={"reference": "MedicationRequest/m3"})
        assert topics(ordered(SIGN, [replacing], [*two_failures(), running])) == [NEXT]

    def test_an_order_that_renews_one_of_the_same_drug_is_none(self):
        charted = drug("m3", MIRTAZAPINE, 30, "2026-06-01", "2026-06-20")
        given = draft(priorPrescription={"reference": "MedicationRequest/m3"})
        assert ordered(SELECT, [given], [*two_failures(), charted]) == []

    @both
    @pytest.mark.parametrize("chart", [one_running, outcome_not_recorded, quiet])
    def test_not_before_two_trials_have_failed(self, service, chart):
        assert ordered(service, [draft()], chart()) == []

    @both
    def test_a_critical_signal_hides_the_option_of_tms_alone(self, service):
        (card,) = ordered(service, [draft()], plan_and_intent())
        assert topics([card]) == [NEXT]
        assert "TMS" not in json.dumps([card["summary"], card["suggestions"]])
        assert "TMS evaluation" not in card["detail"]
        assert "see the safety card" in card["detail"]

    @both
    @pytest.mark.parametrize(
        "more",
        [
            [cochlear_implant()],
            [tms_order("s9", status="active")],
        ],
        ids=["absolute-flag", "referred-before"],
    )
    def test_tms_is_no_option_where_it_was_spoken_of_or_cannot_be(self, service, more):
        (card,) = ordered(service, [draft()], [*two_failures(), *more])
        assert topics([card]) == [NEXT]
        assert "TMS" not in json.dumps([card["summary"], card["suggestions"]])

    @both
    @pytest.mark.parametrize(
        "chart",
        [
            [*two_failures(), condition("c2", concept(ICD, "F31.9", text="Bipolar disorder"))],
            [patient("2012-01-01"), *two_failures()[1:]],
            [patient() | {"deceasedBoolean": True}, *two_failures()[1:]],
        ],
        ids=["bipolar", "minor", "died"],
    )
    def test_silent_where_the_definition_does_not_apply(self, service, chart):
        assert ordered(service, [draft()], chart) == []

    def test_a_drug_that_was_tried_before_is_said_to_have_been(self):
        (card,) = ordered(SELECT, [venlafaxine()], two_failures())
        assert "tried before in this episode" in card["detail"]

    @pytest.mark.parametrize(("name", "said"), [("mirtazapine", True), ("vortioxetine", False)])
    def test_a_dose_that_is_open_may_be_a_low_one_of_some_drugs(self, name, said):
        (card,) = ordered(SELECT, [draft(medication=concept(text=name), mg=None)], two_failures())
        assert "its dose cannot be told yet" in card["detail"]
        assert ("at a low dose" in card["detail"]) is said

    def test_two_antidepressants_are_one_card(self):
        given = [draft(), draft("d2", BUPROPION_XL, 300)]
        (card,) = ordered(SIGN, given, two_failures())
        assert "bupropion" in card["detail"]
        assert "mirtazapine" in card["detail"]


class TestSwitch:
    """C2: another antidepressant is drafted while a trial that was not adequate runs."""

    @pytest.mark.parametrize(("service", "indicator"), [(SELECT, "info"), (SIGN, "warning")])
    def test_a_trial_below_its_minimum(self, service, indicator):
        (card,) = ordered(service, [draft()], one_running(mg=25))
        assert (topics([card]), card["indicator"]) == ([OPTIMISE], indicator)
        assert "sertraline 25 mg/day" in card["summary"]

    @both
    @pytest.mark.parametrize(
        ("mg", "start", "shown"),
        [
            (100, "2026-08-05", False),
            (100, "2026-08-04", True),
            (100, "2026-07-22", True),
            (100, "2026-07-20", False),
            (25, "2026-08-05", False),
            (None, "2026-07-20", False),
        ],
        ids=["day-27", "day-28", "day-41", "adequate", "below-minimum-day-27", "dose-unknown"],
    )
    def test_never_in_the_first_28_days_nor_once_adequate(self, service, mg, start, shown):
        found = topics(ordered(service, [draft()], one_running(mg=mg, start=start)))
        assert found == ([OPTIMISE] if shown else [])

    @both
    @pytest.mark.parametrize(
        "given",
        [
            draft(medication=concept(text="sertraline 50 mg"), mg=50),
            draft(medication=TRAZODONE, dosageInstruction=at_bedtime(50)),
            draft(medication=AMOXICILLIN, mg=250),
        ],
        ids=["dose-change", "hypnotic", "another-drug"],
    )
    def test_not_for_other_drafts(self, service, given):
        assert ordered(service, [given], one_running(mg=25)) == []
