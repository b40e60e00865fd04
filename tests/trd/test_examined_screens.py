"""Patients examined from chart to verdict: suicide-risk screens, by code and by their wording."""

import pytest

from tests.support.examined import (
    ITEM9,
    MDD,
    ONE,
    answer,
    asked,
    case,
    cssrs,
    differs,
    done,
    examined,
    form,
    level,
    phq,
    seen,
    took,
    trial,
)
from tests.support.fhir import ICD, LOINC, SNOMED, SUBJECT, concept

CALM = phq("2026-08-25", 16)
AGO_10 = "2026-08-22"
YES_TRUE, NO_FALSE = {"valueBoolean": True}, {"valueBoolean": False}
MORE_THAN_HALF = {"valueCoding": {"system": LOINC, "code": "LA6570-1"}}
PHQ_WORDS = "Thoughts that you would be better off dead, or of hurting yourself in some way"
ASQ_NOW = "Are you having thoughts of killing yourself right now?"
ASQ_WISH = "In the past few weeks, have you wished you were dead?"
ASQ_BETTER = "have you felt that you or your family would be better off if you were dead?"
EPDS = "The thought of harming myself has occurred to me"
INTENT = "Have you had these thoughts and had some intention of acting on them?"
BEHAVIOUR = "Have you ever done anything, or prepared to do anything to end your life?"
UNMAPPED = "Has the thought of suicide troubled you this year?"
FAMILY = "Has a family member died by suicide?"


def one(link, text, value, **more):
    """Return a questionnaire of one question."""
    return form(asked(link, text, value), **more)


def named(text, **value):
    """Return an Observation known by its name alone."""
    return seen(concept(text=text), "2026-08-28", **value)


def said(display):
    """Return a chosen answer known by its words."""
    return {"valueCoding": {"display": display}}


CSSRS = [
    case("a wish to be dead", cssrs(AGO_10, "q1"), "warning"),
    case(
        "intent, and half a screen since",
        cssrs(AGO_10, "q4") + cssrs("2026-08-28", no="q1 q2 q3"),
        "critical",
    ),
    case(
        "intent, and a short screen since",
        cssrs(AGO_10, "q2 q4") + cssrs("2026-08-28", no="q1 q2 q6"),
        "warning",
    ),
    case("behaviour, nobody asked when", cssrs(AGO_10, "q6", "q1 q2"), "warning"),
    case("behaviour, not of late", cssrs(AGO_10, "q6", "q1 q2 recent"), "none"),
    case("behaviour of late", cssrs(AGO_10, "q6 recent", "q1 q2"), "critical"),
    case("the worst is intent", seen("93293-9", AGO_10, "LA30373-7"), "critical"),
    case("the worst ever was a plan", seen("93294-7", AGO_10, "LA30374-5"), "none"),
    case("the level is high, or imminent", seen("93374-7", AGO_10, "High/imminent"), "critical"),
    case("the level is moderate", seen("93374-7", AGO_10, "Moderate"), "warning"),
    case("intent without a value", seen("93249-1", AGO_10), "warning"),
    case(
        "intent by a SNOMED CT yes",
        seen("93249-1", AGO_10, valueCodeableConcept=concept(SNOMED, "373066001")),
        "critical",
    ),
    case("intent in words", seen("93249-1", AGO_10, "Yes"), "critical"),
    case("intent, refused to say", seen("93249-1", AGO_10, "refused"), "warning"),
    case("an empty panel", seen("93373-9", AGO_10), "warning"),
    case(
        "a panel with a plan",
        seen("93373-9", AGO_10, component=[{"code": concept(LOINC, "93250-9"), **YES_TRUE}]),
        "critical",
    ),
    case("an assessment without a result", done("225337009", "2026-08-28"), "warning"),
]

WORDED = [
    case("C-SSRS 4 by its wording", one("4", INTENT, YES_TRUE), "critical"),
    case("C-SSRS 4 answered no", one("4", INTENT, NO_FALSE), "none"),
    case("C-SSRS 4 as an Observation", named(INTENT, valueBoolean=True), "critical"),
    case(
        "C-SSRS 6 by its wording, without its second part",
        form(
            asked("6", BEHAVIOUR, YES_TRUE),
            asked("6b", "Was this within the past three months?", YES_TRUE),
        ),
        "warning",
    ),
    case("ASQ thoughts right now", one("5", ASQ_NOW, YES_TRUE), "critical"),
    case("ASQ thoughts right now by code", one("5", ASQ_NOW, said("Yes")), "critical"),
    case("ASQ no thoughts now", one("5", ASQ_NOW, NO_FALSE), "none"),
    case("ASQ a wish to be dead", one("1", ASQ_WISH, YES_TRUE), "warning"),
    case("ASQ a wish, said yes", one("1", ASQ_WISH, said("Yes")), "warning"),
    case("ASQ the family better off", one("2", ASQ_BETTER, said("Yes")), "warning"),
    case("ASQ 2 by number", one("2", f"ASQ 2: {ASQ_BETTER}", YES_TRUE), "warning"),
    case("ASQ as an Observation", named(f"ASQ Q1: {ASQ_WISH}", valueBoolean=True), "warning"),
    case("ASQ now as an Observation", named(ASQ_NOW, valueBoolean=True), "critical"),
    case("EPDS 10 sometimes", one("10", EPDS, said("Sometimes")), "warning"),
    case(
        "EPDS 10 quite often, in words",
        one("10", EPDS, {"valueString": "Yes, quite often"}),
        "warning",
    ),
    case("EPDS 10 as a number", one("10", EPDS, {"valueInteger": 1}), "warning"),
    case("EPDS 10 never", one("10", EPDS, said("Never")), "none"),
    case(
        "EPDS 10 as an Observation",
        named("EPDS item 10: thought of harming myself", valueInteger=1),
        "warning",
    ),
    case(
        "EPDS 10 within its panel",
        seen(
            concept(LOINC, "71354-5", "EPDS"),
            "2026-08-25",
            component=[{"code": concept(text="EPDS item 10"), "valueInteger": 2}],
        ),
        "warning",
    ),
    case("PHQ-9 item 9 by its name", named("PHQ-9 item 9", valueInteger=3), "critical"),
    case("PHQ-9 item 9 by its wording", named(PHQ_WORDS, valueInteger=3), "critical"),
    case("an unmapped question, yes", one("x", UNMAPPED, YES_TRUE), "warning"),
    case("an unmapped question, no", one("x", UNMAPPED, NO_FALSE), "none"),
    case("an unmapped Observation, yes", named(UNMAPPED, valueBoolean=True), "warning"),
    case("an unmapped Observation, no", named(UNMAPPED, valueBoolean=False), "none"),
    case("a question about the family, yes", one("x", FAMILY, YES_TRUE), "none"),
    case("an Observation about the family, yes", named(FAMILY, valueBoolean=True), "none"),
]


@pytest.mark.parametrize(("facts", "crisis"), CSSRS)
def test_a_screen_by_its_codes(facts, crisis):
    assert level(*CALM, *facts) == crisis


@pytest.mark.parametrize(("facts", "crisis"), WORDED)
def test_a_question_by_its_wording(facts, crisis):
    assert level(*CALM, *facts) == crisis


ITEM_9 = [
    case("as a coded answer", form(asked("/44260-8", None, MORE_THAN_HALF)), "critical"),
    case("a number and the wording", one("9", PHQ_WORDS, MORE_THAN_HALF), "critical"),
    case("a local link and the wording", one("phq9-9", PHQ_WORDS, MORE_THAN_HALF), "critical"),
    case("the wording and words", one("9", PHQ_WORDS, said("Nearly every day")), "critical"),
    case(
        "by its definition",
        form(asked("9", None, MORE_THAN_HALF, definition="http://loinc.org/44260-8")),
        "critical",
    ),
    case(
        "a local code that is a number",
        form(asked("/44260-8", None, {"valueCoding": {"system": "http://x", "code": "2"}})),
        "warning",
    ),
    case("without a date", form(asked("/44260-8", None, MORE_THAN_HALF), on=None), "warning"),
    case(
        "within a panel",
        seen(
            "44249-1",
            "2026-08-28",
            component=[
                {"code": concept(LOINC, "44260-8"), "valueInteger": 2},
                {"code": concept(LOINC, "44261-6"), "valueInteger": 18},
            ],
        ),
        "critical",
    ),
    case(
        "asked and declined",
        phq("2026-08-28", 15, None)
        + seen(ITEM9, "2026-08-28", dataAbsentReason={"text": "asked-declined"}),
        "warning",
    ),
]


@pytest.mark.parametrize(("facts", "crisis"), ITEM_9)
def test_item_9_wherever_it_stands(facts, crisis):
    assert level(*facts) == crisis


@pytest.mark.parametrize(
    ("yes", "no", "on", "crisis"),
    [
        pytest.param("", "q1 q2", "2026-08-26", "critical", id="behaviour was not asked"),
        pytest.param("", "q1 q2 q6", "2026-08-24", "critical", id="the day before"),
        pytest.param("", "q1 q2 q6", "2026-08-26", "warning", id="complete, the day after"),
        pytest.param("q1 q2", "q3 q4 q5 q6", "2026-08-26", "warning", id="thoughts without method"),
        pytest.param("q1 q2", "q4 q5 q6", "2026-08-26", "critical", id="the method was not asked"),
        pytest.param("q1 q2 q3", "q4 q5 q6", "2026-08-26", "critical", id="a method"),
        pytest.param("q6", "q1 q2 recent", "2026-08-26", "critical", id="behaviour, though old"),
    ],
)
def test_item_9_of_3_and_a_screen(yes, no, on, crisis):
    assert level(*phq("2026-08-25", 16, 3), *cssrs(on, yes, no)) == crisis


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
ANSWERS = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")


def by_items(on, values):
    """Return a PHQ-9 as nine coded answers without a total."""
    return [
        resource
        for code, value in zip(ITEMS, values, strict=True)
        for resource in seen(code, on, ANSWERS[value])
    ]


def test_scores_by_items_alone_tell_the_outcome_and_the_crisis():
    facts = took("312938", 100, "2025-10-01", "2025-12-31")
    facts += by_items("2025-10-01", [3, 3, 3, 3, 2, 2, 2, 2, 0])
    facts += by_items("2025-12-28", [3, 3, 3, 2, 2, 2, 2, 1, 0])
    facts += by_items("2026-08-28", [2] * 9)
    told = answer(confirmed=1, crisis="critical", trials={"sertraline": trial(subtype="none")})
    assert differs(examined(MDD + facts), told) == []


def test_a_history_of_the_family_is_no_signal():
    father = {
        "resourceType": "FamilyMemberHistory",
        "status": "completed",
        "patient": SUBJECT,
        "relationship": {"text": "father"},
        "condition": [{"code": concept(ICD, "T14.91XA")}],
    }
    assert level(*CALM, father) == "none"


@pytest.mark.parametrize("kind", ["collection", "searchset", "document", "batch-response"])
def test_a_bundle_with_more_than_it_holds_is_incomplete(kind):
    """Its total is above its entries: every read is partial, and quiet is not calm."""
    out = examined(ONE, bundled={"type": kind, "total": 99})
    assert differs(out, answer("unknown", 1, crisis="incomplete")) == []
    assert out["crisis"]["complete"] is False
    assert {row["status"] for row in out["read"]} == {"partial"}


def test_a_bundle_with_a_next_page_is_incomplete():
    link = [{"relation": "next", "url": "http://x"}]
    assert examined(MDD + CALM, bundled={"link": link})["crisis"]["level"] == "incomplete"
