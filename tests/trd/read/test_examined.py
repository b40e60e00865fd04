"""Answers, instructions and stays as real charts write them, and what is read of each."""

import pytest

from tests.support.examined import YES, asked, cssrs, examined, form, level, ordered, seen, stay
from tests.support.fhir import ICD, LOINC, concept, condition, dosage
from tests.trd.read.charts import answered, chart
from trd.chart import ScaleScore

ITEM9, PANEL = "44260-8", "93373-9"
UNREAD = "assessed, result not read"


def read(facts):
    """Read the facts of a builder into a chart."""
    return chart(*(one | {"id": f"r{at}"} for at, one in enumerate(facts)))


def score(value) -> ScaleScore:
    """Return the one score an answer to item 9 makes."""
    (found,) = chart(answered(ITEM9, value)).scores
    return found


# ------------------------------------------------------------------------------ decorated answers


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("2", 2),
        ("More than half the days", 2),
        ("2 - More than half the days", 2),
        ("More than half the days (2)", 2),
        ("(1) Several days", 1),
        ("0: Not at all", 0),
        ("Nearly every day = 3", 3),
    ],
)
@pytest.mark.parametrize("kept", ["as a string", "as a concept"])
def test_an_answer_with_its_number_is_read(text, points, kept):
    is_string = kept == "as a string"
    value = {"valueString": text} if is_string else {"valueCodeableConcept": {"text": text}}
    assert score(value).items == {9: points}


@pytest.mark.parametrize(
    "text",
    [
        "3 - several days",
        "Several days (2)",
        "2 - often",
        "2 - 3",
        "4",
        "see note",
        "several",
    ],
)
def test_an_answer_whose_number_and_words_disagree_is_not_read(text):
    found = score({"valueString": text})
    assert (found.items, found.unreadable_items) == ({}, frozenset({9}))


# -------------------------------------------------------------------------- assessed and not read


def crisis_of(facts):
    """Return the level and the reasons of the crisis signals."""
    crisis = examined(facts)["crisis"]
    return crisis["level"], [row["because"] for row in crisis["signals"]]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({}, id="no value"),
        pytest.param({"dataAbsentReason": {"text": "asked-declined"}}, id="declined"),
        pytest.param({"valueString": "see note"}, id="words"),
        pytest.param({"valueInteger": 4}, id="off the scale"),
        pytest.param({"valueString": "3 - several days"}, id="a contradiction"),
        pytest.param(
            {"valueCodeableConcept": {"coding": [{"system": "http://x", "code": "zz"}]}},
            id="a local code",
        ),
    ],
)
def test_a_lone_item_9_that_cannot_be_read_is_a_warning(value):
    told, (because,) = crisis_of(seen(ITEM9, "2026-08-28", **value))
    assert told == "warning"
    assert because == f"PHQ-9 item 9 asked on 2026-08-28: {UNREAD}"


def test_an_empty_panel_is_a_warning():
    told, (because,) = crisis_of(seen(PANEL, "2026-08-28"))
    assert told == "warning"
    assert because == f"Suicide risk assessment on 2026-08-28: {UNREAD}"


def test_a_panel_with_its_answers_is_not_unread():
    parts = [{"code": concept(LOINC, "93249-1"), "valueCodeableConcept": concept(LOINC, YES)}]
    told, said = crisis_of(seen(PANEL, "2026-08-28", component=parts))
    assert told == "critical"
    assert not [because for because in said if UNREAD in because]


# ---------------------------------------------------------------------------- worded questions

WORDED = [
    ("C-SSRS Q1: Have you wished you were dead?", "cssrs-q1"),
    ("Have you actually had any thoughts of killing yourself?", "cssrs-q2"),
    ("Have you been thinking about how you might do this?", "cssrs-q3"),
    ("Have you had these thoughts and had some intention of acting on them?", "cssrs-q4"),
    ("Have you started to work out the details of how?", "cssrs-q5"),
    ("Have you ever done anything to end your life?", "cssrs-q6"),
    ("Have you done anything to end your life in the past 3 months?", "cssrs-q6-recent"),
    ("Are you having thoughts of killing yourself right now?", "asq-now"),
    ("In the past few weeks, have you wished you were dead?", "asq-other"),
    ("Have you ever tried to kill yourself?", "asq-other"),
    ("The thought of harming myself has occurred to me", "epds-10"),
]


@pytest.mark.parametrize(("text", "item"), WORDED)
def test_a_question_is_known_by_its_wording(text, item):
    (answer,) = read(form(asked("x", text, {"valueBoolean": True}))).answers
    assert (answer.item, answer.value) == (item, "yes")
    (again,) = read(seen(concept(text=text), "2026-08-28", valueBoolean=True)).answers
    assert (again.item, again.value) == (item, "yes")


@pytest.mark.parametrize(
    "text", ["PHQ-9 item 9", "PHQ9: question 9", "Thoughts that you would be better off dead"]
)
def test_item_9_is_known_by_its_wording(text):
    (found,) = read(form(asked("x", text, {"valueInteger": 2}))).scores
    assert (found.instrument, found.items) == ("PHQ-9", {9: 2})
    (found,) = read(seen(concept(text=text), "2026-08-28", 2)).scores
    assert found.items == {9: 2}


@pytest.mark.parametrize(
    ("text", "value", "told"),
    [
        ("Has suicide been on your mind?", True, "warning"),
        ("Has suicide been on your mind?", False, "none"),
        ("Do you hurt yourself when you are angry?", True, "warning"),
        ("Is there a family history of suicide?", True, "none"),
        ("Has a family member died by suicide?", True, "none"),
    ],
)
def test_a_question_nobody_mapped(text, value, told):
    assert level(*form(asked("x", text, {"valueBoolean": value}))) == told
    assert level(*seen(concept(text=text), "2026-08-28", valueBoolean=value)) == told


def test_a_no_to_a_wording_is_a_no():
    assert level(*cssrs("2026-08-28", no="q1 q2 q6")) == "none"


# -------------------------------------------------------------------------------- instructions


def highest(product, *dosages):
    """Return the lowest and highest mg a day of one order's only step."""
    (record,) = read(ordered(product, list(dosages))).medications
    return [(step.low, step.high) for step in record.steps]


def liquid(count):
    """Return a Dosage of so many mL once a day."""
    quantity = {"value": count, "unit": "mL"}
    return dosage(None, "2026-01-01") | {"doseAndRate": [{"doseQuantity": quantity}]}


@pytest.mark.parametrize(
    "product", ["861064", concept(text="sertraline 20 MG/ML Oral Solution")], ids=["code", "text"]
)
def test_millilitres_of_a_known_strength_are_milligrams(product):
    assert highest(product, liquid(5)) == [(100, 100)]


def test_millilitres_of_an_unknown_strength_are_no_dose():
    assert highest(concept(text="sertraline oral solution"), liquid(5)) == [(None, None)]


def part(text=None, **more):
    """Return a Dosage of 75 mg within fixed bounds."""
    return dosage(75, "2026-01-01", "2026-03-01", text, **more)


@pytest.mark.parametrize(
    ("dosages", "steps"),
    [
        pytest.param([part(sequence=1), part(sequence=1)], [(150, 150)], id="one number adds up"),
        pytest.param([part("in the morning"), part("in the evening")], [(150, 150)], id="by words"),
        pytest.param(
            [part("every morning", sequence=1), part("every evening", sequence=1)],
            [(150, 150)],
            id="by both",
        ),
    ],
)
def test_doses_of_one_day_add_up(dosages, steps):
    assert highest("313585", *dosages) == steps


def test_two_numbers_with_the_same_bounds_are_one_of_them_or_both():
    assert highest("313585", part(sequence=1), part(sequence=2)) == [(75, 150)]


# ---------------------------------------------------------------------------------------- stays


@pytest.mark.parametrize(
    ("more", "is_psychiatric"),
    [
        pytest.param({}, False, id="nothing said"),
        pytest.param(
            {"serviceProvider": {"display": "State Psychiatric Hospital"}}, True, id="who"
        ),
        pytest.param(
            {"location": [{"location": {"display": "Inpatient Psychiatry Unit"}}]}, True, id="where"
        ),
        pytest.param({"reasonCode": [concept(ICD, "F33.2")]}, True, id="why"),
        pytest.param({"reasonCode": [concept(ICD, "S72.001A")]}, False, id="another reason"),
    ],
)
def test_a_stay_is_psychiatric_by_who_where_or_why(more, is_psychiatric):
    told = level(*stay("2026-08-02", **more))
    assert told == ("warning" if is_psychiatric else "none")


@pytest.mark.parametrize(
    ("ranks", "told"),
    [
        pytest.param({"depression": None}, "warning", id="the only diagnosis"),
        pytest.param({"depression": 1, "hip": 2}, "warning", id="the first of two"),
        pytest.param({"depression": 2, "hip": 1}, "none", id="the second of two"),
    ],
)
def test_a_stay_is_psychiatric_by_its_leading_diagnosis(ranks, told):
    held = [
        {
            "condition": {"reference": f"Condition/{name}"},
            **({} if rank is None else {"rank": rank}),
        }
        for name, rank in ranks.items()
    ]
    codes = {"depression": "F33.2", "hip": "S72.001A"}
    named = [condition(name, concept(ICD, code)) for name, code in codes.items()]
    assert level(*named, *stay("2026-08-02", diagnosis=held)) == told


@pytest.mark.parametrize(
    "question",
    [
        "Has anyone in your family died by suicide?",
        "Has a relative attempted suicide?",
        "Has your mother attempted suicide?",
    ],
)
def test_a_yes_about_the_family_is_not_the_patients(question):
    assert level(*form(asked("x", question, {"valueBoolean": True}))) == "none"
