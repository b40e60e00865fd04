"""What was not read, what held nothing, and what could not be read are three different things.

Section E of the requirements: every state a prefetch key can arrive in, seen on the wire.
"""

import json

import pytest

from cds_hooks.services import SERVICE_BY_ID
from tests.cds_hooks.hooks import (
    ABSENT,
    FHIR,
    PATIENT,
    REVIEW,
    SAFETY,
    call,
    cards,
    post,
    prefetch_of,
    refusal,
    searchset,
    topics,
)
from tests.cds_hooks.people import outcome_not_recorded, plan_and_intent, quiet, two_failures
from tests.support.fhir import ICD, concept, condition

ERROR = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "exception", "diagnostics": "synthetic"}],
}
WARNING = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "warning", "code": "processing"}],
}
ORDERS = [row for row in two_failures() if row["resourceType"] == "MedicationRequest"]
SCORES = [row for row in two_failures() if row["resourceType"] == "Observation"]
NEXT = {"link": [{"relation": "next", "url": f"{FHIR}/page2"}]}

EMPTY = {
    "null": None,
    "empty bundle": {"resourceType": "Bundle", "type": "searchset", "total": 0},
    "warning only": searchset([], entry=[{"resource": WARNING, "search": {"mode": "outcome"}}]),
}
IN_PART = {
    "next page": searchset(ORDERS, **NEXT),
    "total above the entries": searchset(ORDERS, total=7),
    "error beside matches": {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": one} for one in [*ORDERS, ERROR]],
    },
    "an entry that is no resource": searchset(
        [], entry=[{"resource": one} for one in ORDERS] + [{"resource": "x"}]
    ),
}
WRONG_TYPE = {
    "bundle of another type": searchset([condition("c9", concept(ICD, "I10"))]),
    "bundle of a type of another version": searchset(
        [{"resourceType": "MedicationOrder", "id": "m9", "patient": {"reference": "Patient/pt-1"}}]
    ),
    "bundle of an error": searchset([], entry=[{"resource": ERROR}]),
    "bundle of no resource": searchset([], entry=[{"resource": "x"}]),
    "bundle of a bundle of another type": searchset(
        [], entry=[{"resource": searchset([condition("c9", concept(ICD, "I10"))])}]
    ),
}
UNREADABLE = WRONG_TYPE | {
    "OperationOutcome": ERROR,
    "list": ORDERS,
    "string": "<html>no</html>",
    "number": 7,
    "true": True,
    "empty object": {},
    "another type": condition("c9", concept(ICD, "I10")),
    "bundle whose entries are no list": {"resourceType": "Bundle", "entry": "x"},
}


@pytest.mark.parametrize("state", EMPTY)
@pytest.mark.requirement("PFB-4", "PFB-5", "PFB-7", "SAFE-2")
@pytest.mark.hostile("F04")
def test_nothing_there_is_a_complete_read(state):
    assert cards(REVIEW, prefetch_of(quiet(), medications=EMPTY[state])) == []


@pytest.mark.parametrize("state", IN_PART)
@pytest.mark.requirement("PFB-7", "PFB-10", "SAFE-2")
@pytest.mark.hostile("F14")
def test_a_read_in_part_never_shows_a_complete_count(state):
    found = cards(REVIEW, prefetch_of(two_failures(), medications=IN_PART[state]))
    assert topics(found) == ["historyGap"]
    assert "at least 2 adequate trials" in found[0]["summary"]
    assert "medication orders (read in part" in found[0]["detail"]


@pytest.mark.parametrize("state", UNREADABLE)
@pytest.mark.requirement("PFB-6", "PFB-8", "PFB-13", "RESP-4", "SAFE-2")
@pytest.mark.hostile("F04")
def test_required_data_that_cannot_be_read_is_412(state):
    answer = post(REVIEW, call(prefetch_of(two_failures(), medications=UNREADABLE[state])))
    assert answer.status_code == 412
    assert "medications" in refusal(answer)
    assert "synthetic" not in answer.text


@pytest.mark.parametrize("state", UNREADABLE)
@pytest.mark.requirement("PFB-6", "PFB-9", "PFB-13", "SAFE-2")
@pytest.mark.hostile("F04")
def test_optional_data_that_cannot_be_read_is_named(state):
    broken = UNREADABLE[state]
    found = cards(REVIEW, prefetch_of(two_failures(), responses=broken))
    assert topics(found) == ["trdNextStep"]
    assert "questionnaire responses (could not be read" in found[0]["detail"]


@pytest.mark.parametrize("state", WRONG_TYPE)
def test_a_bundle_of_another_type_is_no_empty_search(state):
    """The safety check is not made of scores that are none."""
    answer = post(SAFETY, call(prefetch_of(two_failures(), scores=WRONG_TYPE[state])))
    assert answer.status_code == 412
    assert "scores" in refusal(answer)


def test_what_comes_with_a_search_is_no_other_type():
    medication = {"resourceType": "Medication", "id": "x", "code": {"text": "lisinopril"}}
    rows = [row for row in quiet() if row["resourceType"] == "MedicationRequest"]
    both = searchset(rows)
    both["entry"].append({"resource": medication, "search": {"mode": "include"}})
    assert cards(REVIEW, prefetch_of(quiet(), medications=both)) == []


def test_none_is_held_is_said_of_complete_reads_only():
    rows = outcome_not_recorded()
    card = cards(REVIEW, prefetch_of(rows, dispenses=searchset([], **NEXT)))[0]
    held, missing = card["detail"].split("**Not considered:**")
    assert "none held" in held
    assert "dispenses" not in held
    assert "dispenses (read in part" in missing


@pytest.mark.parametrize("prefetch", [ABSENT, None, {}, {"patient": None}])
@pytest.mark.requirement("PFB-2", "PFB-8", "REQ-7", "RESP-4", "SAFE-2")
@pytest.mark.hostile("F01")
def test_required_data_that_was_not_sent_is_412(prefetch):
    answer = post(REVIEW, call(prefetch))
    assert answer.status_code == 412
    assert "medications" in refusal(answer)


@pytest.mark.parametrize("need", ["conditions", "scores"])
@pytest.mark.parametrize("state", [ABSENT, ERROR])
def test_without_conditions_or_scores_nobody_is_told_that_two_trials_failed(need, state):
    found = cards(REVIEW, prefetch_of(two_failures(), **{need: state}))
    assert topics(found) == ["historyGap"]
    words = "not sent" if state is ABSENT else "could not be read"
    assert f"{need} ({words}" in found[0]["detail"]


@pytest.mark.requirement("PFB-9", "SAFE-2", "SAFE-3")
@pytest.mark.hostile("F01")
def test_optional_data_that_was_not_sent_is_named():
    found = cards(REVIEW, prefetch_of(two_failures(), dispenses=ABSENT, statements=ABSENT))
    assert topics(found) == ["trdNextStep"]
    assert "dispenses (not sent), medication statements (not sent)" in found[0]["detail"]


def test_silence_needs_every_read_that_could_have_spoken():
    assert cards(REVIEW, prefetch_of(quiet())) == []
    found = cards(REVIEW, prefetch_of(quiet(), statements=ABSENT))
    assert topics(found) == ["historyGap"]
    assert "Nothing to report in what was read" in found[0]["summary"]


def test_a_read_that_could_not_have_spoken_leaves_silence():
    missing = {"devices": ABSENT, "referrals": ABSENT, "scores": ABSENT, "conditions": ABSENT}
    assert cards(REVIEW, prefetch_of(quiet(), **missing)) == []


def test_a_single_resource_stands_for_a_search_of_one():
    bundled = cards(REVIEW, prefetch_of(outcome_not_recorded()[:3]))
    single = cards(
        REVIEW,
        prefetch_of(outcome_not_recorded()[:2], medications=outcome_not_recorded()[2]),
    )
    assert [c["detail"] for c in single] == [c["detail"] for c in bundled]


@pytest.mark.requirement("PFB-14")
def test_a_key_nobody_asked_for_is_ignored():
    known = prefetch_of(two_failures())
    extra = known | {"labs": searchset([{"resourceType": "Observation", "id": "x"}]), "y": 1}
    assert topics(cards(REVIEW, extra)) == ["trdNextStep"]


class TestSafety:
    """A signal in conditions or scores is shown; silence needs both, and every other source."""

    @pytest.mark.parametrize("state", [ABSENT, ERROR])
    @pytest.mark.requirement("SAFE-2")
    @pytest.mark.hostile("F01", "F04")
    def test_a_signal_is_shown_where_the_other_read_is_missing(self, state):
        found = cards(SAFETY, prefetch_of(plan_and_intent(), conditions=state))
        assert [card["indicator"] for card in found] == ["critical"]

    @pytest.mark.parametrize("need", ["conditions", "scores"])
    @pytest.mark.parametrize("state", [ABSENT, ERROR])
    @pytest.mark.requirement("PFB-8", "RESP-4", "SAFE-2")
    @pytest.mark.hostile("F01")
    def test_nothing_found_and_one_read_missing_is_412(self, need, state):
        answer = post(SAFETY, call(prefetch_of(two_failures(), **{need: state})))
        assert answer.status_code == 412
        assert need in refusal(answer)

    def test_both_missing_is_412(self):
        answer = post(SAFETY, call(prefetch_of(two_failures(), conditions=ERROR, scores=ABSENT)))
        assert answer.status_code == 412

    def test_medications_are_not_required(self):
        assert cards(SAFETY, prefetch_of(two_failures(), medications=ABSENT)) == []

    @pytest.mark.parametrize("need", ["responses", "encounters", "procedures"])
    @pytest.mark.parametrize("state", [ABSENT, ERROR])
    def test_a_source_that_was_not_read_makes_the_check_incomplete(self, need, state):
        found = cards(SAFETY, prefetch_of(two_failures(), **{need: state}))
        assert topics(found) == ["suicideSafety"]
        assert found[0]["indicator"] == "info"
        assert found[0]["summary"].startswith("Safety check incomplete")

    def test_scores_read_in_part_make_the_check_incomplete(self):
        found = cards(SAFETY, prefetch_of(two_failures(), scores=searchset(SCORES, **NEXT)))
        assert "scores read in part" in found[0]["detail"]

    def test_an_item_9_that_cannot_be_read_is_said(self):
        rows = [row for row in two_failures() if not row["id"].startswith("o4-")]
        found = cards(SAFETY, prefetch_of(rows))
        assert found[0]["indicator"] == "info"
        assert "item 9" in found[0]["summary"]


VARIANTS = {
    "no-prefetch-member": 412,
    "key-absent": 412,
    "value-null": 200,
    "bundle-zero-entries": 200,
    "bundle-only-outcome-warning-entry": 200,
    "bundle-match-plus-error-outcome-entry": 200,
    "operationoutcome-error": 412,
    "operationoutcome-forbidden": 412,
}


def test_the_published_variants_get_their_status(shared):
    folder = shared / "spec" / "cds-hooks" / "data" / "synthetic"
    variants = json.loads((folder / "prefetch-variants.json").read_text("utf-8"))
    found = {one["name"]: post(REVIEW, one["request"]).status_code for one in variants}
    assert found == VARIANTS


def test_the_key_of_another_service_is_not_read():
    unused = "dispenses"
    assert unused not in SERVICE_BY_ID[SAFETY].needs
    assert cards(SAFETY, prefetch_of(two_failures(), **{unused: ERROR})) == []


def test_the_patient_of_the_tests_is_the_one_of_the_charts():
    assert prefetch_of(quiet())["patient"]["id"] == PATIENT
