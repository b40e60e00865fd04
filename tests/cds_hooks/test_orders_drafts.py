"""Which draft is the selection, what is stored already, and what cannot be told."""

import pytest

from tests.cds_hooks.hooks import (
    ABSENT,
    post,
    prefetch_of,
    refusal,
    searchset,
    topics,
)
from tests.cds_hooks.orders import (
    MIRTAZAPINE,
    SELECT,
    SIGN,
    draft,
    drafted,
    order_call,
    ordered,
    tms_order,
)
from tests.cds_hooks.people import (
    depression,
    drug,
    outcome_not_recorded,
    phq9,
    two_failures,
)
from tests.support.fhir import RXNORM, concept, patient

NEXT, GAPS = "nextAntidepressant", "historyGap"
AMOXICILLIN = concept(RXNORM, "308182", text="Amoxicillin 250 MG Oral Capsule")
BUPROPION_XL = concept(text="bupropion XL 300 mg")
LOCAL = concept("http://ehr.example.org/drugs", "77")

both = pytest.mark.parametrize("service", [SELECT, SIGN])


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

    def test_an_open_count_and_an_incomplete_read_cannot_be_judged(self):
        prefetch = prefetch_of(outcome_not_recorded(), scores=ABSENT)
        (card,) = ordered(SIGN, [draft()], [], prefetch=prefetch)
        assert topics([card]) == [GAPS]
        assert "cannot be judged" in card["summary"]
        assert ordered(SIGN, [draft()], outcome_not_recorded()) == []

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
