"""Patients examined from chart to verdict: does the definition apply, is TMS a question?"""

import pytest

from tests.support.examined import (
    BARE_TWO,
    FAILURE_1,
    FAILURE_2,
    ITEM9,
    MDD,
    MET,
    NOBODY,
    NOW,
    ONE,
    PHQ_A,
    TWO,
    answer,
    case,
    coded,
    device,
    differs,
    done,
    examined,
    phq,
    seen,
    tms,
    took,
    worded,
)
from tests.support.fhir import SNOMED, SUBJECT, concept

IMPLANT = concept(SNOMED, "43252007")
EARLY, RECENT = "2015-01-01", "2026-08-01"
STAYS_MET = {"verdict": "met", "confirmed": 2}
NOT_NOW, ASK = answer(candidacy="not-now"), answer(candidacy="ask")
CANDIDATE = answer(candidacy="candidate")

EXCLUSIONS = [
    case(
        "a bipolar disorder that is resolved still excludes",
        coded("F31.81", "2012-01-01", "resolved"),
        answer("excluded", 2, candidacy="not-now", crisis="none"),
    ),
    case(
        "a provisional bipolar disorder leaves the definition open",
        coded("F31.9", RECENT, verification="provisional"),
        answer("unknown", 2, candidacy="ask"),
    ),
    case("a refuted one", coded("F31.9", "2026-01-01", verification="refuted"), MET),
    case("one in words", worded("Bipolar II disorder"), answer("unknown")),
    case(
        "one in the family", coded("Z81.8", EARLY, text="Family history of bipolar disorder"), MET
    ),
    case(
        "a psychosis that is resolved",
        coded("F23", EARLY, "resolved", recordedDate=EARLY),
        answer("unknown", candidacy="ask"),
    ),
    case(
        "an organic depression",
        coded("F06.31", "2025-01-01"),
        answer("excluded", 2, candidacy="not-now"),
    ),
]

FLAGS = [
    case("a cochlear implant by its status code", coded("Z96.21", EARLY), STAYS_MET | NOT_NOW),
    case("a cochlear implant as a device", device(IMPLANT), STAYS_MET | NOT_NOW),
    case(
        "a device in use",
        [one | {"id": "dev"} for one in device(IMPLANT)]
        + [
            {
                "resourceType": "DeviceUseStatement",
                "status": "active",
                "subject": SUBJECT,
                "device": {"reference": "Device/dev"},
            }
        ],
        NOT_NOW,
    ),
    case("a device entered in error", device(IMPLANT, "entered-in-error"), CANDIDATE),
    case("a clip on an aneurysm", done("230898002", "2014-01-01"), STAYS_MET | NOT_NOW),
    case("a stimulator of the vagus nerve", done("445319001", "2014-01-01"), STAYS_MET | ASK),
    case("a retained metal fragment", coded("Z18.10", "2020-01-01"), ASK),
    case("a seizure long ago", coded("R56.9", "2010-01-01", "resolved"), ASK),
    case("seizures in the family", coded("Z82.0", "2010-01-01"), answer("met")),
    case("alcohol withdrawal", coded("F10.230", RECENT), ASK),
    case("a pregnancy", coded("Z33.1", "2026-05-01"), STAYS_MET | ASK),
]

IN_WORDS = [
    "Deep brain stimulator",
    "Vagal nerve stimulator",
    "metal in head",
    "Metal fragment in skull",
    "Metal plate in skull",
    "Intracranial metal",
    "Ferromagnetic metal in the head",
    "Bullet fragment in head",
    "Epilepsy",
    "alcohol withdrawal",
    "Pregnancy, 20 weeks",
]

EARLIER = [
    case("TMS without benefit", tms("2026-01-12", "no benefit"), ASK | {"other": [("tms", 30)]}),
    case(
        "TMS with a response in words",
        tms("2025-10-13", "response, PHQ-9 fell by 60%"),
        CANDIDATE | {"other": [("tms", 30)]},
    ),
    case("TMS not done", done("90867", "2026-05-01", status="not-done"), CANDIDATE | {"other": []}),
    case(
        "TMS and scores that fell by more than half",
        tms("2022-03-07") + phq("2022-03-01", 20) + phq("2022-04-20", 8),
        CANDIDATE,
    ),
    case(
        "TMS and scores that fell by less",
        tms("2022-03-07") + phq("2022-03-01", 20) + phq("2022-04-20", 11),
        ASK,
    ),
    case(
        "eight sprays of esketamine",
        [
            one
            for day in range(10, 18)
            for one in done(None, f"2026-06-{day}", "Esketamine nasal spray 84 mg administration")
        ],
        answer(other=[("esketamine", 8)]),
    ),
    case(
        "six sessions of electroconvulsive therapy",
        [one for day in range(10, 16) for one in done("23835007", f"2026-06-{day}")],
        answer("met", other=[("ect", 6)]),
    ),
    case("a warning leaves a candidate one", seen(ITEM9, "2026-08-26", 1), CANDIDATE),
]


@pytest.mark.parametrize(("facts", "told"), EXCLUSIONS + FLAGS + EARLIER)
def test_what_stands_beside_two_failures(facts, told):
    assert differs(examined(TWO + facts), told) == []


@pytest.mark.parametrize("text", IN_WORDS)
def test_a_flag_in_words_is_a_question(text):
    assert differs(examined(TWO + worded(text)), ASK) == []


def test_no_history_of_seizures_is_no_question():
    assert differs(examined(TWO + worded("No history of seizures")), CANDIDATE) == []


@pytest.mark.parametrize(
    ("outcome", "candidacy"),
    [
        ("in remission", "candidate"),
        ("good response", "candidate"),
        ("response: 60% improvement", "candidate"),
        ("PHQ-9 reduced by 65%", "candidate"),
        ("improved 40 %", "ask"),
        ("PHQ-9 improved by 25%", "ask"),
        ("improved slightly", "ask"),
        ("improved", "ask"),
        ("response", "ask"),
        ("partial response", "ask"),
        ("no response", "ask"),
        ("well tolerated", "ask"),
        ("stopped early, side effects", "ask"),
    ],
)
def test_what_is_said_of_earlier_tms(outcome, candidacy):
    facts = TWO + tms("2024-01-08", outcome)
    assert differs(examined(facts), answer(candidacy=candidacy)) == []


@pytest.mark.parametrize(
    ("code", "candidacy"),
    [
        ("F32.9", "candidate"),
        ("F33.41", "candidate"),
        ("F32.A", "ask"),
        ("F53.0", "ask"),
        ("O99.345", "ask"),
    ],
)
def test_the_code_of_the_depression(code, candidacy):
    told = answer("met", 2, candidacy=candidacy)
    assert differs(examined(coded(code, "2025-09-01") + BARE_TWO), told) == []


DIAGNOSES = [
    case("two failures without a diagnosis", NOBODY, answer("unknown", 0, possible=2) | ASK),
    case("by its SNOMED CT code", coded("15639000", "2025-09-01", system=SNOMED), MET),
    case(
        "in words alone",
        worded("Major depressive disorder, recurrent", "2025-09-01"),
        answer("met", 2, candidacy="ask"),
    ),
    case(
        "an unspecified depression and then a specified one",
        coded("F32.A", "2025-09-01") + coded("F33.1", "2025-10-15"),
        MET,
    ),
]


@pytest.mark.parametrize(("facts", "told"), DIAGNOSES)
def test_two_failures_and_the_diagnosis(facts, told):
    assert differs(examined(facts + BARE_TWO), told) == []


@pytest.mark.parametrize(
    ("score", "candidacy"),
    [
        pytest.param(("2026-07-07", 18), "candidate", id="symptoms of 56 days ago"),
        pytest.param(("2026-07-06", 18), "ask", id="symptoms of 57 days ago"),
        pytest.param(("2026-08-25", 10), "candidate", id="a score of 10"),
        pytest.param(("2026-08-25", 9), "ask", id="a score of 9"),
    ],
)
def test_symptoms_now(score, candidacy):
    out = examined(MDD + FAILURE_1 + FAILURE_2 + phq(*score))
    assert differs(out, answer("met", candidacy=candidacy)) == []


@pytest.mark.parametrize(
    ("born", "told"),
    [
        pytest.param("2008-09-01", MET, id="eighteen today"),
        pytest.param("2008-09-02", answer("unknown", candidacy="ask"), id="eighteen tomorrow"),
        pytest.param("2010-03-03", answer("unknown", 2, candidacy="ask"), id="sixteen"),
        pytest.param(None, answer("unknown", candidacy="ask"), id="without a birth date"),
    ],
)
def test_two_failures_and_the_age(born, told):
    assert differs(examined(TWO, born=born), told) == []


FLUOXETINE = took("310385", 20, "2025-10-01", "2026-01-05", "no effect")
YOUNG = [
    case(
        "two failures by the adolescents' form",
        FLUOXETINE
        + took("349332", 20, "2026-01-10", "2026-06-01", "no effect")
        + seen(PHQ_A, "2025-10-01", 20)
        + seen(PHQ_A, "2026-01-03", 18)
        + seen(PHQ_A, "2026-05-30", 19),
        answer("unknown", 2, candidacy="ask"),
    ),
    case(
        "one failure",
        FLUOXETINE + seen(PHQ_A, "2025-10-01", 20) + seen(PHQ_A, "2026-01-03", 18),
        answer("unknown", 1, candidacy="not-now"),
    ),
]


@pytest.mark.parametrize(("facts", "told"), YOUNG)
def test_a_girl_of_fifteen(facts, told):
    assert differs(examined(MDD + facts, born="2011-01-05"), told) == []


NOT_ENOUGH = [
    case(
        "a cochlear implant and one failure",
        ONE + coded("Z96.21", EARLY),
        answer("not-met", candidacy="not-now"),
    ),
    case(
        "a bipolar disorder and no failure",
        MDD + coded("F31.81", EARLY),
        answer("excluded", 0, candidacy="not-now"),
    ),
    case(
        "a depression after birth, one failure and zuranolone",
        coded("F53.0", "2026-01-01")
        + took("312938", 100, "2026-01-15", "2026-05-01", "no effect")
        + took("zuranolone 50 mg", None, "2026-06-01", "2026-06-14", status="completed")
        + phq("2026-01-15", 20)
        + phq("2026-04-28", 18)
        + NOW,
        answer("not-met", 1, possible=0, candidacy="not-now", other=[("zuranolone", None)]),
    ),
    case(
        "TMS, two failures and thoughts nearly every day",
        coded("F33.2", "2025-09-01")
        + FAILURE_1
        + FAILURE_2
        + tms("2026-05-11")
        + phq("2026-08-28", 24, 3),
        answer("met", 2, crisis="critical", candidacy="crisis-first", other=[("tms", 30)]),
    ),
]


@pytest.mark.parametrize(("facts", "told"), NOT_ENOUGH)
def test_what_comes_before_tms(facts, told):
    assert differs(examined(facts), told) == []
