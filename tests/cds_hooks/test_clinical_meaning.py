"""What an entry of the chart means is seen on the card: small changes, with their twins."""

from typing import Any

import pytest

from tests.cds_hooks.hooks import (
    ABSENT,
    REVIEW,
    SAFETY,
    call,
    cards,
    post,
    prefetch_of,
    searchset,
    topics,
)
from tests.cds_hooks.people import (
    SERTRALINE_100,
    depression,
    drug,
    one_running,
    outcome_not_recorded,
    phq9,
    quiet,
    two_failures,
)
from tests.support.fhir import ICD, SUBJECT, UCUM, Json, concept, condition, observation, patient

IDEATION = concept(ICD, "R45.851", text="Suicidal ideation")
BIPOLAR = concept(ICD, "F31.9", text="Bipolar disorder")


def ideation(**more: Any) -> Json:
    return condition("c9", IDEATION, onsetDateTime="2026-08-30", **more)


def safety(*more: Json) -> list[str]:
    return [card["indicator"] for card in cards(SAFETY, prefetch_of([*two_failures(), *more]))]


@pytest.mark.hostile("H01", "H02")
@pytest.mark.parametrize("word", ["entered-in-error", "refuted"])
def test_what_was_taken_back_is_neither_counted_nor_shown(word):
    assert safety(ideation(verification=word)) == []
    assert safety(ideation()) == ["critical"]
    bipolar = condition("c9", BIPOLAR, verification=word)
    found = cards(REVIEW, prefetch_of([*two_failures(), bipolar]))
    assert topics(found) == ["trdNextStep"]
    assert "ipolar disorder" not in found[0]["detail"]


@pytest.mark.hostile("H03")
@pytest.mark.parametrize("word", ["unconfirmed", "provisional", "differential"])
def test_what_is_not_confirmed_is_labelled_and_not_hidden(word):
    doubt = condition("c9", BIPOLAR, verification=word)
    card = cards(REVIEW, prefetch_of([*two_failures(), doubt]))[0]
    assert "to be clarified" in card["summary"]
    assert "to be clarified: Bipolar disorder" in card["detail"]
    assert cards(REVIEW, prefetch_of([*two_failures(), condition("c9", BIPOLAR)])) == []


@pytest.mark.hostile("H04", "H05")
def test_the_disease_of_a_relative_is_not_the_patients():
    relative = {
        "resourceType": "FamilyMemberHistory",
        "id": "f1",
        "status": "completed",
        "patient": SUBJECT,
        "relationship": concept(text="mother"),
        "condition": [{"code": BIPOLAR}, {"code": IDEATION}],
    }
    rows = [row for row in two_failures() if row["resourceType"] == "Condition"]
    both = searchset(rows)
    both["entry"].append({"resource": relative, "search": {"mode": "include"}})
    prefetch = prefetch_of(two_failures(), conditions=both)
    assert topics(cards(REVIEW, prefetch)) == ["trdNextStep"]
    assert cards(SAFETY, prefetch) == []
    coded = condition("c9", concept(ICD, "Z81.8", text="Family history of suicide attempt"))
    assert safety(coded | {"onsetDateTime": "2026-08-30"}) == []
    assert safety(ideation()) == ["critical"]


STOPPED = {
    "entered-in-error": False,
    "cancelled": False,
    "draft": False,
    "stopped": True,
    "completed": True,
}


@pytest.mark.hostile("H09")
@pytest.mark.parametrize("status", STOPPED)
def test_an_order_counts_only_if_it_was_given(status):
    """Of two failures one is an order of this status; the other failure stays."""
    rows = two_failures()
    rows[3]["status"] = status
    found = topics(cards(REVIEW, prefetch_of(rows)))
    assert ("trdNextStep" in found) == STOPPED[status]


@pytest.mark.hostile("H09")
@pytest.mark.parametrize("status", ["stopped", "cancelled", "entered-in-error", "draft"])
def test_an_order_that_does_not_run_is_not_shown_as_taken(status):
    rows = one_running()
    assert topics(cards(REVIEW, prefetch_of(rows))) == ["optimiseTrial"]
    rows[2]["status"] = status
    assert "optimiseTrial" not in topics(cards(REVIEW, prefetch_of(rows)))


@pytest.mark.hostile("H09")
def test_an_order_on_hold_is_not_called_taken():
    third = drug("m3", concept(text="bupropion XL 300 mg"), 300, "2026-08-10", None)
    held = third | {"status": "on-hold"}
    taken, on_hold = (
        cards(REVIEW, prefetch_of([*two_failures(), one]))[0]["detail"] for one in (third, held)
    )
    assert "**bupropion** 300 mg/day, still taken" in taken
    assert "still taken" not in on_hold


@pytest.mark.hostile("H10")
@pytest.mark.parametrize(
    "change", [{"intent": "proposal"}, {"intent": "plan"}, {"doNotPerform": True}]
)
def test_what_was_proposed_or_forbidden_is_not_taken(change):
    rows = one_running()
    rows[2] |= change
    assert "optimiseTrial" not in topics(cards(REVIEW, prefetch_of(rows)))
    rows = two_failures()
    rows[3] |= change
    assert "trdNextStep" not in topics(cards(REVIEW, prefetch_of(rows)))


@pytest.mark.hostile("H11")
@pytest.mark.parametrize(("status", "shown"), [("not-taken", False), ("active", True)])
def test_a_statement_of_not_taking_is_no_taking(status, shown):
    statement = {
        "resourceType": "MedicationStatement",
        "id": "s1",
        "status": status,
        "subject": SUBJECT,
        "medicationCodeableConcept": {"text": "bupropion XL 300 mg"},
        "effectivePeriod": {"start": "2026-08-10"},
    }
    detail = cards(REVIEW, prefetch_of([*two_failures(), statement]))[0]["detail"]
    assert ("bupropion" in detail) is shown


def dosed(value: float, code: str, times: int) -> list[Json]:
    rows = one_running()
    instruction = rows[2]["dosageInstruction"][0]
    quantity = {"value": value, "unit": code, "system": UCUM, "code": code}
    instruction["doseAndRate"] = [{"doseQuantity": quantity}]
    instruction["timing"]["repeat"]["frequency"] = times
    return rows


@pytest.mark.hostile("H12", "H13")
@pytest.mark.parametrize(
    ("value", "code", "times", "shown"),
    [
        (50, "mg", 2, "100 mg/day"),
        (100, "mg", 1, "100 mg/day"),
        (100_000, "ug", 1, "100 mg/day"),
        (50_000, "ug", 2, "100 mg/day"),
        (0.1, "g", 1, "100 mg/day"),
    ],
)
def test_a_dose_is_said_in_milligrams_a_day(value, code, times, shown):
    assert shown in cards(REVIEW, prefetch_of(dosed(value, code, times)))[0]["detail"]


@pytest.mark.hostile("H13")
@pytest.mark.parametrize("code", ["mcg", "µg", "μg"])
def test_a_slip_by_a_thousand_is_not_possible(code):
    detail = cards(REVIEW, prefetch_of(dosed(100_000, code, 1)))[0]["detail"]
    assert "100000 mg" not in detail
    assert "100,000 mg" not in detail
    assert "0.1 mg/day" not in detail


@pytest.mark.hostile("H21")
@pytest.mark.parametrize(
    ("on", "shown"),
    [
        ("2026-08-02", ["warning"]),
        ("2026-08-01", []),
        ("2026-09-01", ["warning"]),
    ],
)
def test_the_edge_of_a_look_back_is_one_day(on, shown):
    """Item 9 of one counts for 30 days; the rule says so, and the day itself is within."""
    rows = [row for row in two_failures() if not row["id"].startswith("o")]
    found = cards(SAFETY, prefetch_of([*rows, *phq9("o1", on, 12, 1)]))
    assert [card["indicator"] for card in found] == shown


@pytest.mark.hostile("H25")
@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("planned", []),
        ("cancelled", []),
        ("entered-in-error", []),
        ("finished", ["warning"]),
    ],
)
def test_only_visits_that_took_place_count(status, shown):
    visit = {
        "resourceType": "Encounter",
        "id": "e1",
        "status": status,
        "class": {"code": "EMER"},
        "subject": SUBJECT,
        "period": {"start": "2026-08-30"},
        "reasonCode": [concept(ICD, "T14.91XA", text="Suicide attempt")],
    }
    assert safety(visit) == shown


@pytest.mark.hostile("H26", "H27")
@pytest.mark.requirement("SAFE-2", "SAFE-3")
def test_none_is_said_only_where_all_was_read():
    refused = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "forbidden"}],
    }
    rows = outcome_not_recorded()
    held = cards(REVIEW, prefetch_of(rows))[0]["detail"]
    assert "encounters" in held.partition("none held: ")[2]
    for state in (refused, ABSENT):
        detail = cards(REVIEW, prefetch_of(rows, encounters=state))[0]["detail"]
        none_held = detail.partition("none held: ")[2].partition("**Not considered")[0]
        assert "encounters" not in none_held
        assert "encounters (" in detail.partition("**Not considered:**")[2]
        assert cards(SAFETY, prefetch_of(quiet(), encounters=state))[0]["indicator"] == "info"
    assert cards(SAFETY, prefetch_of(quiet())) == []


@pytest.mark.hostile("H30")
def test_without_a_birth_date_nothing_hangs_on_the_age():
    rows = two_failures()
    assert topics(cards(REVIEW, prefetch_of(rows))) == ["trdNextStep"]
    card = cards(REVIEW, prefetch_of([patient(None), *rows[1:]]))[0]
    assert card["source"]["topic"]["code"] == "historyGap"
    assert "the birth date is not known" in card["detail"]
    assert topics(cards(REVIEW, prefetch_of([patient("1990"), *rows[1:]]))) == ["trdNextStep"]


@pytest.mark.hostile("E09")
@pytest.mark.parametrize("service", [REVIEW, SAFETY])
@pytest.mark.parametrize("death", [{"deceasedBoolean": True}, {"deceasedDateTime": "2026"}])
def test_no_prompt_for_somebody_who_has_died(death, service):
    rows = [
        patient(),
        depression(),
        drug("m1", SERTRALINE_100, 100, "2026-07-20", None),
        observation("s5", "93250-9", "2026-08-31", "LA33-6"),
        *phq9("o1", "2026-07-20", 20),
        *phq9("o2", "2026-08-30", 20, 1),
    ]
    assert cards(service, prefetch_of(rows))
    rows[0] |= death
    assert cards(service, prefetch_of(rows)) == []
    rows[0] = patient() | {"deceasedBoolean": False}
    assert cards(service, prefetch_of(rows))


@pytest.mark.hostile("E10")
@pytest.mark.parametrize("patient_id", [ABSENT, "", 7, None, [], {}, True, " ", "Patient/pt-1"])
def test_a_call_about_nobody_is_400(patient_id):
    context = {"userId": "Practitioner/1", "patientId": patient_id}
    context = {name: value for name, value in context.items() if value is not ABSENT}
    answer = post(REVIEW, call(prefetch_of(two_failures()), context=context))
    assert answer.status_code == 400
    assert "pt-1" not in answer.text
