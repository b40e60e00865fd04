"""Drafts that concern safety: TMS beside an implant, a large quantity in a crisis."""

import pytest

from tests.cds_hooks.hooks import (
    ABSENT,
    prefetch_of,
    topics,
)
from tests.cds_hooks.orders import (
    SELECT,
    SIGN,
    cochlear_implant,
    draft,
    epilepsy,
    ordered,
    tms_order,
    venlafaxine,
)
from tests.cds_hooks.people import (
    VENLAFAXINE_150,
    depression,
    drug,
    plan_and_intent,
    quiet,
    two_failures,
)
from tests.support.fhir import ICD, SUBJECT, concept, condition, patient

NEXT, TMS = "nextAntidepressant", "tmsSafety"
BUPROPION_XL = concept(text="bupropion XL 300 mg")

both = pytest.mark.parametrize("service", [SELECT, SIGN])


class TestTmsSafety:
    """C5: an order for TMS beside what a TMS service has to know."""

    @both
    @pytest.mark.parametrize(
        ("more", "named"),
        [
            (epilepsy(), "epilepsy"),
            (cochlear_implant(), "cochlear implant"),
            (condition("c4", concept(ICD, "G93.2", text="Intracranial hypertension")), "pressure"),
            (condition("c5", concept(ICD, "Z95.0", text="Pacemaker")), "defibrillator"),
            (condition("c6", concept(ICD, "Z33.1", text="Pregnant")), "pregnancy"),
        ],
    )
    def test_charted_items_are_named(self, service, more, named):
        (card,) = ordered(service, [tms_order()], [*two_failures(), more])
        assert (topics([card]), card["indicator"]) == ([TMS], "warning")
        assert named in card["summary"].lower()
        assert f"({more['resourceType']}/{more['id']})" in card["detail"]

    @both
    def test_a_drug_that_lowers_the_seizure_threshold_is_a_note(self, service):
        chart = [patient(), depression(), drug("m1", BUPROPION_XL, 300, "2026-07-01", None)]
        (card,) = ordered(service, [tms_order()], chart)
        assert (topics([card]), card["indicator"]) == ([TMS], "info")
        assert "bupropion" in card["detail"]

    @both
    def test_nothing_charted_and_all_read_is_no_card(self, service):
        assert ordered(service, [tms_order()], two_failures()) == []

    @both
    @pytest.mark.parametrize("need", ["conditions", "procedures", "devices"])
    def test_nothing_charted_and_not_all_read_is_said(self, service, need):
        prefetch = prefetch_of(two_failures(), **{need: ABSENT})
        (card,) = ordered(service, [tms_order()], [], prefetch=prefetch)
        assert (topics([card]), card["indicator"]) == ([TMS], "info")
        assert need in card["summary"]

    @both
    @pytest.mark.parametrize(
        "given",
        [
            tms_order(code={"text": "MRI of the knee"}),
            tms_order(status="revoked"),
            tms_order(doNotPerform=True),
            {"resourceType": "NutritionOrder", "id": "n1", "patient": SUBJECT},
        ],
        ids=["another-service", "revoked", "not-to-be-done", "diet"],
    )
    def test_not_for_other_orders(self, service, given):
        assert ordered(service, [given], [*two_failures(), epilepsy()]) == []

    def test_it_comes_before_the_next_antidepressant(self):
        chart = [*two_failures(), epilepsy()]
        assert topics(ordered(SIGN, [draft(), tms_order()], chart)) == [TMS]
        assert topics(ordered(SIGN, [draft(), tms_order()], two_failures())) == [NEXT]

    def test_a_critical_signal_is_named(self):
        (card,) = ordered(SIGN, [tms_order()], [*plan_and_intent(), epilepsy()])
        assert "see the safety card" in card["detail"]


class TestLimitedQuantity:
    """R16: in a crisis the quantity of what is dangerous in overdose is to be considered."""

    @both
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (venlafaxine(), "venlafaxine is toxic in overdose"),
            (
                draft(medication=concept(text="nortriptyline 75 mg"), mg=75),
                "nortriptyline is toxic",
            ),
            (
                draft(medication=concept(text="lithium carbonate 300 mg"), mg=600),
                "lithium is toxic",
            ),
            (
                draft(dispenseRequest={"expectedSupplyDuration": {"value": 31, "unit": "d"}}),
                "30 days",
            ),
            (
                draft(
                    dispenseRequest={
                        "expectedSupplyDuration": {"value": 30, "unit": "d"},
                        "numberOfRepeatsAllowed": 1,
                    }
                ),
                "30 days",
            ),
        ],
    )
    def test_which_drafts(self, service, given, said):
        (card,) = ordered(service, [given], plan_and_intent())
        assert "Consider a limited quantity" in card["detail"]
        assert said in card["detail"]
        assert all(
            "limited quantity" not in c["detail"] for c in ordered(service, [given], quiet())
        )

    @both
    @pytest.mark.parametrize(
        "given",
        [
            draft(),
            draft(dispenseRequest={"expectedSupplyDuration": {"value": 30, "unit": "d"}}),
        ],
    )
    def test_not_for_a_month_of_another_drug(self, service, given):
        (card,) = ordered(service, [given], plan_and_intent())
        assert "limited quantity" not in card["detail"]

    @both
    def test_by_itself_where_no_other_card_speaks(self, service):
        running = drug("m3", VENLAFAXINE_150, 150, "2026-07-20", None)
        (card,) = ordered(service, [venlafaxine()], [*plan_and_intent(), running])
        assert (topics([card]), card["indicator"]) == ([NEXT], "warning")
        assert "Consider a limited quantity of venlafaxine" in card["summary"]

    @both
    @pytest.mark.parametrize("need", ["conditions", "scores", "responses"])
    def test_a_signal_that_may_be_unread_is_said(self, service, need):
        given = draft(medication=concept(text="lithium carbonate 300 mg"), mg=600)
        prefetch = prefetch_of(quiet(), **{need: {"resourceType": "OperationOutcome"}})
        (card,) = ordered(service, [given], [], prefetch=prefetch)
        assert "Safety signals not fully read" in card["summary"]
        assert ordered(service, [given], quiet()) == []
