"""Which draft calls for which card, at selection and at signature, each with a harmless twin."""

import json

import pytest

from tests.cds_hooks.golden import FOLDER, answers_to_order
from tests.cds_hooks.hooks import (
    ABSENT,
    PATIENT,
    post,
    prefetch_of,
    refusal,
    searchset,
    topics,
)
from tests.cds_hooks.orders import (
    CASES,
    HOOK_OF,
    MIRTAZAPINE,
    SELECT,
    SIGN,
    ask,
    cochlear_implant,
    draft,
    drafted,
    epilepsy,
    order_call,
    ordered,
    tms_order,
    venlafaxine,
)
from tests.cds_hooks.people import (
    VENLAFAXINE_150,
    depression,
    drug,
    one_running,
    outcome_not_recorded,
    phq9,
    plan_and_intent,
    quiet,
    two_failures,
)
from tests.support.fhir import ICD, RXNORM, SUBJECT, concept, condition, dosage, patient

NEXT, OPTIMISE, GAPS, TMS = "nextAntidepressant", "optimiseTrial", "historyGap", "tmsSafety"
AMOXICILLIN = concept(RXNORM, "308182", text="Amoxicillin 250 MG Oral Capsule")
TRAZODONE = concept(text="trazodone 50 MG Oral Tablet")
BUPROPION_XL = concept(text="bupropion XL 300 mg")
LOCAL = concept("http://ehr.example.org/drugs", "77")
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
        ],
        ids=["day-27", "day-28", "day-41", "adequate", "below-minimum-day-27"],
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


class TestUnread:
    """What could not be read is said where it could hide a card, and only there."""

    @both
    def test_medications_are_required_where_it_matters(self, service):
        for given in (draft(), tms_order(), draft(medication=LOCAL)):
            body = order_call(service, [given], prefetch_of(two_failures(), medications=ABSENT))
            answer = post(service, body)
            assert answer.status_code == 412
            assert "medications" in refusal(answer)
        for harmless in (draft(medication=AMOXICILLIN), tms_order(code={"text": "MRI"})):
            body = order_call(service, [harmless], prefetch_of(two_failures(), medications=ABSENT))
            assert post(service, body).json() == {"cards": []}

    @both
    @pytest.mark.parametrize(
        "need",
        [
            "conditions",
            "scores",
            "responses",
            "dispenses",
            "statements",
            "procedures",
            "encounters",
        ],
    )
    def test_a_need_that_could_have_made_a_card(self, service, need):
        chart = [patient(), depression(), *phq9("o1", "2026-08-30", 20)]
        (card,) = ordered(service, [draft()], [], prefetch=prefetch_of(chart, **{need: ABSENT}))
        assert (topics([card]), card["indicator"]) == ([GAPS], "info")
        assert "not fully read" in card["summary"]
        assert ordered(service, [draft()], chart) == []

    def test_two_failures_and_an_incomplete_read_are_at_least_two(self):
        prefetch = prefetch_of(two_failures(), scores=ABSENT)
        (card,) = ordered(SIGN, [draft()], [], prefetch=prefetch)
        assert "at least 2 adequate trials" in card["summary"]

    @both
    @pytest.mark.parametrize(
        "given",
        [
            draft(medication=LOCAL),
            draft(medication={}),
            draft(medication=concept(text="antidepressant")),
            draft(subject=ABSENT),
            draft(modifierExtension=[{"url": "https://x", "valueBoolean": True}]),
            tms_order(code=ABSENT),
            tms_order(code={"coding": [{"system": "http://ehr.example.org/orders", "code": "9"}]}),
            tms_order(subject={"display": "Test"}),
        ],
        ids=["local", "empty", "class", "nobodys", "modified", "no-code", "local-code", "display"],
    )
    def test_a_draft_that_cannot_be_told(self, service, given):
        given = {key: value for key, value in given.items() if value is not ABSENT}
        (card,) = ordered(service, [given], two_failures())
        assert (topics([card]), card["indicator"]) == ([GAPS], "info")
        assert "could not be recognised" in card["summary"]

    def test_it_is_said_on_the_card_of_another_draft_as_well(self):
        (card,) = ordered(SIGN, [draft(), draft("d2", LOCAL)], two_failures())
        assert topics([card]) == [NEXT]
        assert "A draft order could not be told" in card["detail"]

    @pytest.mark.parametrize(
        ("missing", "said"),
        [
            ("MedicationRequest/d9", True),
            ("ServiceRequest/d9", True),
            ("https://other.example.org/fhir/MedicationRequest/d1", False),
            ("urn:uuid:0a1b", True),
            ("NutritionOrder/n9", False),
        ],
    )
    def test_a_selection_that_is_not_among_the_drafts(self, missing, said):
        other = draft(medication=AMOXICILLIN)
        found = ordered(SELECT, [other], two_failures(), selections=[missing])
        assert topics(found) == ([GAPS] if said else [])


class TestSelection:
    """Only what was selected is spoken of; at signature that is every draft."""

    def test_a_draft_that_was_not_selected_has_no_card(self):
        given = [draft(), draft("d2", AMOXICILLIN, 250)]
        chosen = ["MedicationRequest/d2"]
        assert ordered(SELECT, given, two_failures(), selections=chosen) == []
        assert topics(ordered(SIGN, given, two_failures())) == [NEXT]

    @pytest.mark.parametrize(
        "chosen",
        [["MedicationRequest/d1", "NutritionOrder/n1"], ["urn:uuid:0a1b"]],
        ids=["among-others", "by-address"],
    )
    def test_how_a_selection_may_be_named(self, chosen):
        bundle = drafted([draft()])
        bundle["entry"][0]["fullUrl"] = "urn:uuid:0a1b"
        bundle["entry"].append({"resource": {"resourceType": "NutritionOrder", "id": "n1"}})
        body = order_call(
            SELECT, [draft()], prefetch_of(two_failures()), chosen, context={"draftOrders": bundle}
        )
        assert topics(post(SELECT, body).json()["cards"]) == [NEXT]

    @pytest.mark.requirement("PFB-16")
    @both
    @pytest.mark.parametrize(
        "stored",
        [
            draft() | {"status": "draft", "authoredOn": "2026-09-01"},
            draft() | {"status": "active", "authoredOn": "2026-09-01"},
            draft() | {"status": "active"},
        ],
        ids=["as-draft", "active-today", "undated"],
    )
    def test_a_stored_copy_of_the_draft_is_counted_once_as_the_selection(self, service, stored):
        stored = {key: value for key, value in stored.items() if value is not None}
        beside = ordered(service, [draft()], [*two_failures(), stored])
        alone = ordered(service, [draft()], two_failures())
        assert topics(beside) == [NEXT]
        assert [c["summary"] for c in beside] == [c["summary"] for c in alone]
        assert [c["detail"] for c in beside] == [c["detail"] for c in alone]

    def test_a_revision_of_an_order_that_runs_is_no_next_antidepressant(self):
        running = drug("d1", MIRTAZAPINE, 15, "2026-07-01", None)
        assert ordered(SIGN, [draft()], [*two_failures(), running]) == []

    def test_the_same_draft_twice_is_one(self):
        (card,) = ordered(SIGN, [draft(), draft()], two_failures())
        assert card["detail"].count("**mirtazapine**") == 1

    def test_the_order_of_drafts_changes_nothing(self):
        given = [draft(), draft("d2", BUPROPION_XL, 300), draft("d3", AMOXICILLIN)]
        one = ordered(SIGN, given, two_failures())
        other = ordered(SIGN, given[::-1], two_failures())
        assert [c["detail"] for c in one] == [c["detail"] for c in other]

    @both
    def test_a_draft_of_another_patient_refuses_the_call(self, service):
        """Selected or not, whatever its type."""
        other = {"reference": "Patient/pt-2"}
        for foreign in (
            draft("d2", subject=other),
            draft("d2", AMOXICILLIN, subject=other),
            {"resourceType": "NutritionOrder", "id": "n1", "patient": other},
            tms_order("s2", subject=other),
        ):
            body = order_call(service, [draft(), foreign], prefetch_of(two_failures()))
            if service == SELECT:
                body["context"]["selections"] = ["MedicationRequest/d1"]
            assert post(service, body).status_code == 412

    @both
    def test_another_patients_data_refuses_the_call_whatever_is_drafted(self, service):
        foreign = drug("m9", AMOXICILLIN, 250, "2026-01-01", None)
        foreign = foreign | {"subject": {"reference": "Patient/pt-2"}}
        for given in (draft(), draft(medication=AMOXICILLIN)):
            prefetch = prefetch_of(two_failures(), medications=searchset([foreign]))
            assert post(service, order_call(service, [given], prefetch)).status_code == 412


class TestMedications:
    """Where the drug of a draft may stand."""

    MEDICATION = {"resourceType": "Medication", "id": "med-1", "code": MIRTAZAPINE}  # noqa: RUF012

    @staticmethod
    def by_reference(reference, **more):
        made = draft(medication={}, **more)
        del made["medicationCodeableConcept"]
        return made | {"medicationReference": {"reference": reference}}

    @both
    def test_beside_the_draft_in_the_bundle(self, service):
        given = self.by_reference("Medication/med-1")
        bundle = drafted([given, self.MEDICATION])
        body = order_call(
            service, [given], prefetch_of(two_failures()), context={"draftOrders": bundle}
        )
        assert topics(post(service, body).json()["cards"]) == [NEXT]

    @both
    def test_by_an_absolute_address_of_the_ehr(self, service):
        base = "https://ehr.example.org/fhir"
        given = self.by_reference(f"{base}/Medication/med-1")
        bundle = drafted([given, self.MEDICATION])
        body = order_call(
            service,
            [given],
            prefetch_of(two_failures()),
            context={"draftOrders": bundle},
            fhirServer=base,
        )
        assert topics(post(service, body).json()["cards"]) == [NEXT]

    @both
    def test_contained_in_the_draft(self, service):
        given = self.by_reference("#m", contained=[self.MEDICATION | {"id": "m"}])
        assert topics(ordered(service, [given], two_failures())) == [NEXT]

    @both
    def test_beside_what_is_stored(self, service):
        given = self.by_reference("Medication/med-1")
        bundle = searchset([drug("m1", AMOXICILLIN, 250, "2024-01-01", None)])
        bundle["entry"].append({"resource": self.MEDICATION, "search": {"mode": "include"}})
        prefetch = prefetch_of([patient(), depression()], medications=bundle)
        assert ordered(service, [given], [], prefetch=prefetch) == []

    @both
    def test_nowhere_is_said(self, service):
        given = self.by_reference("Medication/med-1")
        assert topics(ordered(service, [given], two_failures())) == [GAPS]

    @both
    def test_the_reason_may_be_a_stored_condition(self, service):
        insomnia = condition("c9", concept(ICD, "G47.00", text="Insomnia"))
        given = draft(reasonReference=[{"reference": "Condition/c9"}])
        assert ordered(service, [given], [*two_failures(), insomnia]) == []
        assert topics(ordered(service, [given], two_failures())) == [NEXT]


class TestOtherVersions:
    """Drafts of FHIR DSTU2 and STU3: the drug is told, nothing else is, nothing crashes."""

    ORDER = {  # noqa: RUF012 - nobody changes it
        "resourceType": "MedicationOrder",
        "id": "d1",
        "status": "draft",
        "patient": SUBJECT,
        "medicationCodeableConcept": MIRTAZAPINE,
        "dosageInstruction": [{"text": "15 mg", "doseQuantity": {"value": 15, "unit": "mg"}}],
    }

    @both
    @pytest.mark.requirement("REQ-10")
    def test_a_medication_order(self, service):
        (card,) = ordered(service, [self.ORDER], two_failures())
        assert topics([card]) == [NEXT]
        assert "dose cannot be told" in card["detail"]
        harmless = self.ORDER | {"medicationCodeableConcept": AMOXICILLIN}
        assert ordered(service, [harmless], two_failures()) == []

    @both
    @pytest.mark.parametrize(
        "given",
        [
            tms_order(resourceType="ProcedureRequest"),
            tms_order(
                resourceType="ReferralRequest", code=None, serviceRequested=[{"text": "rTMS"}]
            ),
            tms_order(resourceType="ReferralRequest", code=None, type={"text": "TMS referral"}),
        ],
    )
    def test_orders_for_a_service(self, service, given):
        given = {key: value for key, value in given.items() if value is not None}
        (card,) = ordered(service, [given], [*two_failures(), epilepsy()])
        assert topics([card]) == [TMS]
        assert "suggestions" not in card


@pytest.mark.requirement("REQ-10")
@pytest.mark.parametrize("version", ["01-example-r4", "02-example-stu3", "03-example-dstu2"])
@both
def test_the_published_examples_are_answered(shared, service, version):
    """Amoxicillin and a diet: nothing of ours, whatever could be read."""
    folder = shared / "spec" / "cds-hooks" / "data" / "hooks-library" / HOOK_OF[service]
    context = json.loads((folder / f"{version}.json").read_text("utf-8"))["context"]
    body = order_call(service, [], {}, context=context)
    assert post(service, body).json() == {"cards": []}
    mine = json.loads(json.dumps(context))
    for entry in mine["draftOrders"]["entry"]:
        if "medicationCodeableConcept" in entry["resource"]:
            entry["resource"]["medicationCodeableConcept"] = MIRTAZAPINE
    assert post(service, order_call(service, [], {}, context=mine)).status_code == 412


@pytest.mark.parametrize("service", [SELECT, SIGN])
def test_captured_calls_are_answered_or_refused_with_a_reason(shared, service):
    """Calls of other projects' tests: odd ids, missing users, null members, no type of Bundle."""
    for file in sorted((shared / "data" / "cdshooks").glob(f"*_{HOOK_OF[service]}_*.json")):
        body = json.loads(file.read_text("utf-8"))
        answer = post(service, body)
        assert answer.status_code in {200, 400, 412}, file.name
        if answer.status_code != 200:
            assert refusal(answer)


def test_the_bare_call_is_answered():
    assert ask(SIGN, [], two_failures()).json() == {"cards": []}
    assert PATIENT in ask(SIGN, [], two_failures()).request.content.decode()
