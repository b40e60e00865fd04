"""Scores, items and suicide-risk answers, wherever and however they are kept."""

import pytest

from tests.support.days import day
from tests.support.fhir import LOINC, SNOMED, concept
from tests.trd.read.charts import (
    END,
    START,
    answered,
    chart,
    said,
)
from trd.chart import SafetyAnswer, ScaleScore

TOTAL, ITEM9, Q4 = "44261-6", "44260-8", "93249-1"
ITEMS = (
    "44250-9",
    "44255-8",
    "44259-0",
    "44254-1",
    "44251-7",
    "44258-2",
    "44252-5",
    "44253-3",
    ITEM9,
)
MODIFIER = {"modifierExtension": [{"url": "urn:not-really"}]}


def score(*observations) -> ScaleScore:
    (found,) = chart(*observations).scores
    return found


def answer(value, code=Q4, **more) -> SafetyAnswer:
    (found,) = chart(answered(code, value, **more)).answers
    return found


@pytest.mark.parametrize(
    "value",
    [
        {"valueInteger": 15},
        {"valueDecimal": 15.0},
        {"valueString": " 15 "},
        {"valueQuantity": {"value": 15}},
        {"valueQuantity": {"value": "15", "unit": "{score}"}},
        {"valueCodeableConcept": {"text": "15"}},
    ],
)
def test_a_total_is_read_from_any_value(value):
    assert score(answered(TOTAL, value)).total == 15


@pytest.mark.parametrize(
    "value",
    [
        {"valueInteger": 28},
        {"valueInteger": -1},
        {"valueInteger": 10**400},
        {"valueDecimal": 14.5},
        {"valueString": "fifteen"},
        {"valueString": "NaN"},
        {"valueString": " "},
        {"valueQuantity": {"value": 15, "comparator": ">"}},
        {"valueQuantity": {"value": None}},
        {"valueBoolean": True},
        {"valueRange": {"low": {"value": 1}}},
        {"dataAbsentReason": {"text": "refused"}},
    ],
)
def test_a_total_off_the_scale_or_unreadable_is_not_used(value):
    found = chart(answered(TOTAL, value))
    assert not found.scores
    assert [one.effect for one in found.issues] == ["not used"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueCodeableConcept": concept(LOINC, "LA6571-9")}, 3),
        ({"valueCodeableConcept": concept("urn:oid:2.16.840.1.113883.6.1", "LA6571-9")}, 3),
        ({"valueCodeableConcept": {"text": "Nearly every day"}}, 3),
        ({"valueString": "More than half the days"}, 2),
        ({"valueInteger": 0}, 0),
    ],
)
def test_an_item_is_read_from_a_code_a_number_or_words(value, expected):
    assert score(answered(ITEM9, value)).items == {9: expected}


@pytest.mark.parametrize("value", [{"valueInteger": 4}, {"valueString": "often"}, {}])
def test_an_item_that_cannot_be_read_is_known_to_be_there(value):
    found = score(answered(ITEM9, value))
    assert (found.items, found.unreadable_items) == ({}, frozenset({9}))


@pytest.mark.parametrize("extension", ["ordinalValue", "itemWeight", "iso21090-CO-value"])
def test_a_score_written_into_the_answer_speaks_before_its_code(extension):
    written = [{"url": "urn:other"}, {"url": f"http://hl7.org/{extension}", "valueDecimal": 2}]
    coding = {"system": LOINC, "code": "LA6568-5", "extension": written}
    found = score(answered(ITEM9, {"valueCodeableConcept": {"coding": [coding]}}))
    assert found.items == {9: 2}


def test_an_extension_without_a_number_says_nothing():
    written = [{"url": "http://hl7.org/ordinalValue"}]
    coding = {"system": LOINC, "code": "LA6568-5", "extension": written}
    assert score(answered(ITEM9, {"valueCodeableConcept": {"coding": [coding]}})).items == {9: 0}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueBoolean": True}, "yes"),
        ({"valueBoolean": False}, "no"),
        ({"valueString": "YES"}, "yes"),
        ({"valueString": "No."}, "no"),
        ({"valueCodeableConcept": concept(SNOMED, "373066001")}, "yes"),
        ({"valueCodeableConcept": concept(LOINC, "LA32-8")}, "no"),
        ({"valueCodeableConcept": {"coding": [{"display": "Yes"}]}}, "yes"),
        ({"valueCodeableConcept": {"text": "Declined to say"}}, "declined to say"),
        ({"valueInteger": 4}, "4"),
        ({}, None),
    ],
)
def test_a_safety_answer_keeps_what_was_said(value, expected):
    assert answer(value).value == expected


def test_an_undated_answer_is_kept_and_an_undated_score_is_not():
    assert answer({"valueBoolean": True}, effectiveDateTime=None).on is None
    found = chart(answered(ITEM9, {"valueInteger": 2}, effectiveDateTime=None))
    assert [(one.item, one.value, one.on) for one in found.answers] == [("phq-item9", "2", None)]
    assert not found.scores
    total = chart(answered(TOTAL, {"valueInteger": 2}, effectiveDateTime=None))
    assert not total.answers
    assert said(total) == [
        (
            "effective[x]",
            "no date is recorded",
            "not used: without a date it says nothing about when",
        )
    ]


@pytest.mark.parametrize(
    "dated",
    [
        {"effectiveInstant": f"{START}T10:00:00Z"},
        {"effectivePeriod": {"start": START, "end": END}},
        {"effectivePeriod": {"end": START}},
        {"issued": f"{START}T23:30:00-11:00"},
        {"effectiveDateTime": f"{START}T00:15:00+14:00"},
    ],
)
def test_the_day_is_the_one_written(dated):
    assert score(
        answered(TOTAL, {"valueInteger": 9}, **{"effectiveDateTime": None, **dated})
    ).on == day(START)


@pytest.mark.parametrize(
    ("more", "preliminary"),
    [
        ({"status": "final"}, False),
        ({"status": "AMENDED"}, False),
        ({"status": "preliminary"}, True),
    ],
)
def test_a_status_says_whether_it_counts_for_an_outcome(more, preliminary):
    assert score(answered(TOTAL, {"valueInteger": 9}, **more)).preliminary is preliminary


def test_a_status_that_is_not_final_is_noted():
    found = chart(answered(TOTAL, {"valueInteger": 9}, status="registered"))
    effect = "counts for a safety signal, never for an outcome"
    assert said(found) == [("status", "status 'registered' is not final", effect)]


@pytest.mark.parametrize(
    ("more", "element"),
    [
        ({"status": "entered-in-error"}, "status"),
        ({"status": "cancelled"}, "status"),
        (MODIFIER, "modifierExtension"),
    ],
)
def test_what_was_entered_in_error_is_not_used(more, element):
    found = chart(answered(TOTAL, {"valueInteger": 9}, **more))
    assert not found.scores
    assert [(one.element, one.effect) for one in found.issues] == [(element, "not used")]


@pytest.mark.parametrize(
    ("focus", "is_used"),
    [
        ([{"reference": "Patient/other"}], False),
        ([{"reference": "https://ehr.example.org/fhir/Patient/other/_history/2"}], False),
        ([{"reference": "Encounter/1"}, {"reference": "RelatedPerson/1"}], False),
        ([{"reference": "Patient/pt-1"}], True),
        ([{"reference": "MedicationRequest/1"}], True),
        ([{"display": "mother"}], True),
        ([], True),
    ],
)
def test_a_score_that_speaks_of_another_person_is_not_used(focus, is_used):
    found = chart(answered(TOTAL, {"valueInteger": 9}, focus=focus))
    assert bool(found.scores) is is_used
    noted = [] if is_used else [("focus", "is about another person", "not used")]
    assert said(found) == noted


def test_a_component_with_a_modifier_is_not_used():
    part = {"code": concept(LOINC, ITEM9), "valueInteger": 3, **MODIFIER}
    found = chart(answered(TOTAL, {"valueInteger": 9}, component=[part]))
    assert [one.items for one in found.scores] == [{}]
    assert [one.effect for one in found.issues] == ["the answer is not used"]


def test_a_panel_is_never_a_score_whatever_its_name():
    panel = answered("44249-1", {"valueInteger": 27})
    panel["code"]["text"] = "PHQ-9"
    assert not chart(panel).scores


@pytest.mark.parametrize(
    ("code", "instrument"),
    [
        (concept(text="PHQ-9 total score"), "PHQ-9"),
        ({"coding": [{"system": "urn:x", "code": "7", "display": "PHQ9"}]}, "PHQ-9"),
        (concept("https://loinc.org/", TOTAL), "PHQ-9"),
        (concept(SNOMED, "720433000"), "PHQ-9"),
    ],
)
def test_a_scale_is_known_by_code_or_name(code, instrument):
    assert score(answered(TOTAL, {"valueInteger": 9}, code=code)).instrument == instrument


@pytest.mark.parametrize(
    "code", [concept(text="PHQ-9 comment"), concept("urn:x", TOTAL), concept(LOINC, "8480-6"), {}]
)
def test_another_name_or_system_is_not(code):
    found = chart(answered(TOTAL, {"valueInteger": 9}, code=code))
    assert not found.scores
    assert not found.issues


def test_a_drug_level_is_read_by_its_name():
    lithium = answered(TOTAL, {"valueQuantity": {"value": 0.7, "unit": "mmol/L"}})
    unread = answered(TOTAL, {"valueString": "pending"}, id="o2")
    for one in (lithium, unread):
        one["code"] = concept(text="Lithium level")
    (found,) = chart(lithium, unread).levels
    assert (found.drug, found.value) == ("lithium", 0.7)


def test_difficulty_is_part_of_the_administration():
    difficulty = answered(
        "69722-7", {"valueCodeableConcept": {"text": "Extremely difficult"}}, id="o2"
    )
    found = score(answered(TOTAL, {"valueInteger": 20}), difficulty)
    assert (found.total, found.difficulty) == (20, "extremely difficult")
    empty = score(answered(TOTAL, {"valueInteger": 20}), answered("69722-7", {}, id="o2"))
    assert empty.difficulty is None


def test_difficulty_alone_is_no_score():
    assert not chart(answered("69722-7", {"valueString": "x"})).scores


# ------------------------------------------------------------------------------ one administration


def items(values, **more):
    return [
        answered(code, {"valueInteger": value}, id=f"i{at}", **more)
        for at, (code, value) in enumerate(zip(ITEMS, values, strict=False))
    ]


def test_a_missing_total_is_added_up_from_all_items_only():
    assert score(*items([2] * 9)).total == 18
    assert score(*items([2] * 8)).total is None


def test_items_of_one_day_belong_to_its_total_whatever_their_minute():
    found = score(
        answered(TOTAL, {"valueInteger": 5}, effectiveDateTime=f"{START}T10:00:00Z"),
        answered(ITEM9, {"valueInteger": 1}, id="o2", effectiveDateTime=f"{START}T10:00:07Z"),
    )
    assert (found.total, found.items, len(found.evidence)) == (5, {9: 1}, 2)


def test_parts_without_a_total_are_joined_and_the_higher_item_stands():
    found = score(
        answered(ITEM9, {"valueInteger": 1}, effectiveDateTime=f"{START}T10:00:00Z"),
        answered(ITEM9, {"valueInteger": 2}, id="o2", effectiveDateTime=f"{START}T11:00:00Z"),
    )
    assert found.items == {9: 2}


def at(hour, total, local, **more):
    return answered(
        TOTAL, {"valueInteger": total}, id=local, effectiveDateTime=f"{START}T{hour}:00:00Z", **more
    )


def test_two_administrations_of_one_day_stay_apart_and_so_do_loose_items():
    loose = answered(ITEM9, {"valueInteger": 1}, id="o3")
    found = chart(at("09", 12, "o1"), at("15", 20, "o2"), loose).scores
    assert sorted((one.total or 0, len(one.items)) for one in found) == [(0, 1), (12, 0), (20, 0)]


def test_one_administration_recorded_twice_counts_once():
    part = {"code": concept(LOINC, ITEM9), "valueInteger": 1}
    found = chart(at("09", 12, "o1"), at("15", 12, "o2", component=[part])).scores
    assert [(one.total, one.items, len(one.evidence)) for one in found] == [(12, {9: 1}, 2)]


def test_the_same_total_with_other_items_is_another_administration():
    first, second = ({"code": concept(LOINC, ITEM9), "valueInteger": value} for value in (0, 1))
    found = chart(
        at("09", 12, "o1", component=[first]), at("15", 12, "o2", component=[second])
    ).scores
    assert sorted(one.items[9] for one in found) == [0, 1]


def test_two_different_totals_of_one_moment_are_neither_used():
    found = chart(
        answered(TOTAL, {"valueInteger": 9}), answered(TOTAL, {"valueInteger": 12}, id="o2")
    )
    assert not found.scores
    assert [(one.what, one.effect) for one in found.issues] == [
        ("two different PHQ-9 totals of one moment", "neither total is used")
    ] * 2


def test_a_total_that_is_not_the_sum_of_its_items_is_used_with_a_note():
    found = chart(answered(TOTAL, {"valueInteger": 9}), *items([2] * 9))
    assert [one.total for one in found.scores] == [9]
    assert {one.what for one in found.issues} == {
        "the PHQ-9 total 9 is not the sum of its items, 18"
    }
    assert not chart(answered(TOTAL, {"valueInteger": 18}), *items([2] * 9)).issues


def test_another_scale_of_the_same_day_is_another_administration():
    found = chart(
        answered(TOTAL, {"valueInteger": 9}), answered("55758-7", {"valueInteger": 3}, id="o2")
    )
    assert {(one.instrument, one.total) for one in found.scores} == {("PHQ-9", 9), ("PHQ-2", 3)}


def test_the_encounter_is_kept():
    link = {"encounter": {"reference": "https://x.org/fhir/Encounter/e1"}}
    assert score(answered(TOTAL, {"valueInteger": 9}, **link)).encounter == "Encounter/e1"
    older = {"context": {"reference": "Encounter/e2"}}
    assert answer({"valueBoolean": True}, **older).encounter == "Encounter/e2"


@pytest.mark.parametrize(
    ("words", "items"),
    [
        ("2 - more than half the days", {9: 2}),
        ("More than half the days (2)", {9: 2}),
        ("3 - several days", {}),
    ],
)
def test_a_number_beside_the_words_of_an_answer_must_agree_with_them(words, items):
    assert score(answered(ITEM9, {"valueString": words})).items == items


def test_the_panel_of_a_screen_without_any_answer_is_an_assessment_not_read():
    (found,) = chart(answered("93373-9", {})).answers
    assert (found.item, found.value) == ("assessment", None)
    answers = {"hasMember": [{"reference": "Observation/o2"}]}
    assert not chart(answered("93373-9", {}, **answers)).answers


def test_a_question_known_by_its_wording_is_that_question():
    wording = concept(text="In the past few weeks, have you wished you were dead?")
    (found,) = chart(answered(Q4, {"valueBoolean": True}, code=wording)).answers
    assert (found.item, found.value) == ("asq-other", "yes")
