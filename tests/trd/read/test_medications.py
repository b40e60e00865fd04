"""Orders, dispenses and statements: what is an exposure, and what is noted."""

from typing import Any

import pytest

from tests.support.days import day
from tests.support.fhir import ICD, RXNORM, SUBJECT, concept, condition, dosage
from tests.trd.read.charts import (
    END,
    SERTRALINE,
    START,
    about,
    chart,
    record,
    said,
    sertraline,
)
from trd.chart import Indication, RecordKind, StopReason

NO_EXPOSURE = "not an exposure: not counted as a trial"
MODIFIER = {"modifierExtension": [{"url": "urn:not-really"}]}


def statement(**more):
    return {
        "resourceType": "MedicationStatement",
        "id": "s1",
        "status": "active",
        "subject": SUBJECT,
        "medicationCodeableConcept": SERTRALINE,
        "effectivePeriod": {"start": START, "end": END},
        "dosage": [dosage(100)],
        **more,
    }


def dispense(**more):
    return {
        "resourceType": "MedicationDispense",
        "id": "d1",
        "status": "completed",
        "subject": SUBJECT,
        "medicationCodeableConcept": SERTRALINE,
        "whenHandedOver": START,
        "daysSupply": {"value": 30},
        **more,
    }


@pytest.mark.parametrize(
    ("more", "element", "what"),
    [
        ({"status": "draft"}, "status", "a draft"),
        ({"status": "cancelled"}, "status", "the order was cancelled"),
        ({"status": "ENTERED-IN-ERROR"}, "status", "entered in error"),
        ({"intent": "proposal"}, "intent", "a proposal"),
        ({"intent": "plan"}, "intent", "a plan"),
        ({"intent": "option"}, "intent", "an option"),
        ({"doNotPerform": True}, "doNotPerform", "an order not to give the drug"),
        ({"doNotPerform": "true"}, "doNotPerform", "an order not to give the drug"),
        (MODIFIER, "modifierExtension", "carries a modifier that is not understood"),
        ({"implicitRules": "urn:x"}, "implicitRules", "carries a modifier that is not understood"),
    ],
)
def test_an_order_that_was_never_taken_is_an_issue_and_no_record(more, element, what):
    found = chart(sertraline(dosage(100), **more))
    assert not found.medications
    assert said(found) == [(element, what, NO_EXPOSURE)]


@pytest.mark.parametrize(
    ("more", "element"),
    [
        ({"status": "unknown"}, "status"),
        ({"status": "inactive"}, "status"),
        ({"status": ""}, "status"),
        ({"reportedBoolean": True}, "reported"),
        ({"reportedReference": {"reference": "Patient/pt-1"}}, "reported"),
    ],
)
def test_a_doubtful_order_is_at_most_possible(more, element):
    found = chart(sertraline(dosage(100), **more))
    assert [row.kind for row in found.medications] == [RecordKind.REPORTED]
    assert [(one.element, one.effect) for one in found.issues] == [
        (element, "at most a possible trial")
    ]


@pytest.mark.parametrize("status", ["active", "on-hold", "completed", "stopped", "ACTIVE"])
def test_an_order_that_was_carried_out_is_one(status):
    found = chart(sertraline(dosage(100), status=status))
    assert [row.kind for row in found.medications] == [RecordKind.ORDER]
    assert not found.issues


def test_a_statement_is_a_report_with_its_period():
    (found,) = chart(statement()).medications
    assert (found.kind, found.start, found.end) == (RecordKind.REPORTED, day(START), day(END))


def test_a_statement_of_one_day_and_one_asserted_later():
    on, asserted = statement(), statement(id="s2", dateAsserted=END)
    on["effectiveDateTime"] = START
    del on["effectivePeriod"], asserted["effectivePeriod"]
    first, second = chart(on, asserted).medications
    assert (first.authored, second.authored) == (day(START), day(END))


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"status": "not-taken"}, "recorded as not taken"),
        ({"status": "intended"}, "only intended"),
        ({"status": "entered-in-error"}, "entered in error"),
        (MODIFIER, "carries a modifier that is not understood"),
    ],
)
def test_a_statement_that_says_no_is_no_record(more, what):
    found = chart(statement(**more))
    assert not found.medications
    assert [(one.what, one.effect) for one in found.issues] == [(what, NO_EXPOSURE)]


def test_a_dispense_is_supply():
    (found,) = chart(
        dispense(quantity={"value": 60, "unit": "TAB"}, dosageInstruction=[dosage(200)])
    ).dispenses
    assert (found.on, found.days, found.units) == (day(START), 30, 60)
    assert (found.low, found.high) == (200, 200)


def test_days_of_a_dispense_come_from_its_units_where_it_does_not_say():
    units = dispense(quantity={"value": 60}, dosageInstruction=[dosage(200)], daysSupply=None)
    (found,) = chart(units).dispenses
    assert (found.days, found.units) == (30, 60)


def test_the_day_of_preparation_stands_for_the_hand_over():
    (found,) = chart(dispense(whenHandedOver=None, whenPrepared=END)).dispenses
    assert (found.on, found.low) == (day(END), None)


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"status": "in-progress"}, "status 'in-progress': not handed over"),
        ({"whenHandedOver": None}, "no date of hand-over"),
        (MODIFIER, "carries a modifier that is not understood"),
    ],
)
def test_what_was_not_handed_over_is_no_supply(more, what):
    found = chart(dispense(**more))
    assert not found.dispenses
    assert [(one.what, one.effect) for one in found.issues] == [(what, "not counted as supply")]


@pytest.mark.parametrize("kind", [statement, dispense])
def test_an_ordinary_drug_leaves_nothing_but_the_count(kind):
    found = chart(kind(medicationCodeableConcept=concept(text="lisinopril 10 mg")))
    assert not found.medications
    assert not found.dispenses
    assert not found.issues
    assert sum(read.count for read in found.reads) == 2


@pytest.mark.parametrize(
    ("request_", "days", "units"),
    [
        ({"expectedSupplyDuration": {"value": 30, "unit": "days"}}, 30, None),
        ({"expectedSupplyDuration": {"value": 30, "code": "days"}}, 30, None),
        (
            {"expectedSupplyDuration": {"value": 4, "code": "wk"}, "numberOfRepeatsAllowed": 2},
            84,
            None,
        ),
        ({"expectedSupplyDuration": {"value": 1, "unit": "Month(s)"}}, 30, None),
        ({"expectedSupplyDuration": {"value": 30}}, None, None),
        ({"expectedSupplyDuration": {"value": 30, "unit": "moons"}}, None, None),
        ({"expectedSupplyDuration": {"value": -30, "code": "d"}}, None, None),
        ({"expectedSupplyDuration": {"value": 999_999_999, "code": "d"}}, None, None),
        ({"quantity": {"value": 30}, "numberOfRepeatsAllowed": -3}, 30, 30),
        ({"quantity": {"value": 30, "unit": "Tablet"}, "numberOfRepeatsAllowed": 1}, 60, 60),
        ({"quantity": {"value": 300, "unit": "mL"}}, None, None),
        ({"quantity": {"value": 0}}, None, None),
    ],
)
def test_supply_of_an_order(request_, days, units):
    found = record(dosage(100), dispenseRequest=request_)
    assert (found.supply_days, found.units) == (days, units)


def test_units_without_a_dose_are_no_days():
    found = record(dispenseRequest={"quantity": {"value": 30}})
    assert (found.supply_days, found.units) == (None, 30)


def test_units_under_several_steps_are_no_days():
    steps = (dosage(50, "2026-01-01", "2026-02-01"), dosage(100, "2026-02-01", "2026-03-01"))
    assert record(*steps, dispenseRequest={"quantity": {"value": 30}}).supply_days is None


def test_units_of_two_untold_instructions_are_no_days():
    found = record(dosage(50), dosage(100), dispenseRequest={"quantity": {"value": 30}})
    assert found.supply_days is None


def test_an_order_without_dosage_says_so():
    found = chart(sertraline())
    assert said(found) == [("dosageInstruction", "no dosage is recorded", "the dose is unknown")]


def test_validity_is_kept_and_steps_count_from_it():
    length = {"value": 7, "code": "d"}
    dose = dosage(100)
    dose["timing"]["repeat"]["boundsDuration"] = length
    found = record(dose, dispenseRequest={"validityPeriod": {"start": END}})
    assert found.validity == (day(END), None)
    assert found.start == day(END)


# --------------------------------------------------------------------------- Medication elsewhere


def by_reference(reference, *, display="", contained=None):
    order = sertraline(dosage(100))
    del order["medicationCodeableConcept"]
    order["medicationReference"] = {"reference": reference, "display": display}
    if contained:
        order["contained"] = [contained]
    return order


def medication(**more):
    return {"resourceType": "Medication", "id": "med", "code": SERTRALINE, **more}


@pytest.mark.parametrize("local", ["med", "#med"])
def test_a_contained_medication_is_found(local):
    (found,) = chart(by_reference("#med", contained=medication(id=local))).medications
    assert found.drug.ingredient == "sertraline"


def test_a_medication_that_did_not_arrive_is_said():
    found = chart(by_reference("Medication/elsewhere"))
    assert [row.because for row in found.not_recognised] == [
        "its Medication was not among the resources"
    ]


def mixture(*parts):
    """Return an order of a mixture whose ingredients are Medications of their own."""
    held = [{"itemReference": {"reference": f"Medication/{part}"}} for part in parts]
    mix = {"resourceType": "Medication", "id": "mix", "ingredient": [*held, {}]}
    return [by_reference("Medication/mix"), mix]


SALT = {
    "resourceType": "Medication",
    "id": "salt",
    "code": {"coding": [{"system": "urn:local", "code": "1"}]},
    "identifier": [{"system": "urn:local-name", "value": "Sodium Chloride"}],
}
NAMELESS = {"resourceType": "Medication", "id": "what", "code": {}}


def test_a_mixture_of_ordinary_drugs_is_one():
    found = chart(*mixture("salt"), SALT)
    assert (found.medications, found.not_recognised, found.issues) == ((), (), ())


def test_a_mixture_that_holds_an_antidepressant_is_that_drug():
    (found,) = chart(*mixture("med", "salt"), medication(), SALT).medications
    assert found.drug.ingredient == "sertraline"


@pytest.mark.parametrize("there", [[SALT], [SALT, NAMELESS]])
def test_a_mixture_of_which_a_part_cannot_be_told_is_not_recognised(there):
    found = chart(*mixture("salt", "what"), *there)
    assert [row.because for row in found.not_recognised] == ["it has no code and no name"]


def test_a_display_tells_what_the_reference_does_not():
    (found,) = chart(
        by_reference("Medication/elsewhere", display="Zoloft 50 mg tablet")
    ).medications
    assert (found.drug.ingredient, found.drug.strength_mg) == ("sertraline", 50)


@pytest.mark.parametrize("wrong", [{"status": "entered-in-error"}, MODIFIER])
def test_a_medication_entered_in_error_is_not_believed(wrong):
    apart = chart(by_reference("Medication/med"), medication(**wrong))
    inside = chart(by_reference("#med", contained=medication(**wrong)))
    assert not apart.medications
    assert not inside.medications


def test_ingredients_name_a_medication_without_a_code():
    pills = medication(code={}, ingredient=[{"itemCodeableConcept": SERTRALINE}])
    (found,) = chart(by_reference("Medication/med"), pills).medications
    assert found.drug.ingredient == "sertraline"


def test_a_name_among_the_identifiers_names_a_medication_without_words():
    named = [{"system": "urn:x/medication-name", "value": "FLUoxetine"}, {"value": "PROZ20"}]
    local = medication(code={"coding": [{"system": "urn:ndc", "code": "1"}]}, identifier=named)
    (found,) = chart(by_reference("Medication/med"), local).medications
    assert found.drug.ingredient == "fluoxetine"


def test_an_unreadable_order_that_was_cancelled_is_an_issue_only():
    order = sertraline(dosage(100), status="cancelled")
    order["medicationCodeableConcept"] = {}
    found = chart(order)
    assert not found.not_recognised
    assert said(found) == [("medication[x]", "it has no code and no name", NO_EXPOSURE)]


# --------------------------------------------------------------------------------- what it is for


@pytest.mark.parametrize(
    ("reason", "indication"),
    [
        (concept(ICD, "F33.1"), Indication.DEPRESSION),
        (concept(ICD, "G47.00"), Indication.SLEEP),
        (concept(ICD, "I10"), Indication.OTHER),
        (concept("urn:oid:2.16.840.1.113883.6.90", "f331"), Indication.DEPRESSION),
        (concept(text="insomnia"), Indication.SLEEP),
    ],
)
def test_a_recorded_reason_is_read(reason, indication):
    assert record(dosage(100), reasonCode=[reason]).indications == {indication}


def test_a_code_nobody_knows_is_no_reason():
    assert record(dosage(100), reasonCode=[concept("urn:x", "1")]).indications == frozenset()


def test_a_reason_by_reference_is_the_condition_or_its_display():
    link = [
        {"reference": "Condition/c1"},
        {"reference": "Condition/gone", "display": "neuropathic pain"},
    ]
    order = sertraline(dosage(100), reasonReference=link)
    (found,) = chart(order, condition("c1", concept(ICD, "F33.1"))).medications
    assert found.indications == {Indication.DEPRESSION, Indication.PAIN}


def test_the_instruction_tells_what_for():
    assert record(dosage(100, text="take one nightly for sleep")).indications == {Indication.SLEEP}
    needed: Any = {"asNeededCodeableConcept": {"text": "insomnia"}}
    assert record(dosage(100, **needed)).indications == {Indication.SLEEP}


def test_why_it_ended_is_read_in_words_and_in_codes():
    worded = record(dosage(100), statusReason={"text": "lack of efficacy"})
    coded = record(dosage(100), statusReason={"coding": [{"code": "sintol"}]})
    assert worded.stop_reasons == {StopReason.NO_EFFECT}
    assert coded.stop_reasons == {StopReason.SIDE_EFFECT}


def test_a_record_without_an_id_is_kept_and_one_written_twice_counts_once():
    nameless = {key: held for key, held in sertraline(dosage(100)).items() if key != "id"}
    other = nameless | {"authoredOn": END}
    found = chart(nameless, dict(reversed(nameless.items())), other)
    assert [row.evidence for row in found.medications] == ["MedicationRequest/(no id)"] * 2
    assert found.medications == chart(other, nameless).medications


def test_issues_name_their_resource():
    assert about(chart(sertraline()), "MedicationRequest/m1")
    assert SERTRALINE["coding"][0]["system"] == RXNORM
