"""R13: other treatments, by course: kind, first day, sessions, outcome."""

import pytest

from tests.support.charts import (
    AS_OF,
    KNOWLEDGE,
    ago,
    assessed,
    depression,
    gathered,
    handed_over,
    phq9,
    procedure,
    taken,
    woman,
)
from tests.support.fhir import CPT, SNOMED, concept
from trd.dates import FIRST_READING
from trd.other_treatments import find_other_treatments
from trd.read import read_chart

TMS, ECT = concept(CPT, "90868"), concept(SNOMED, "23835007")


def told(*resources):
    """Return the other treatments of a report."""
    return assessed(woman(), depression(), *resources).get("otherTreatments", [])


def brief(*resources):
    """Return kind, first day, sessions and outcome of each."""
    return [
        (row["kind"], row.get("start"), row.get("sessions"), row["outcome"])
        for row in told(*resources)
    ]


def found(*resources):
    """Return the courses themselves."""
    chart = read_chart(gathered([woman(), *resources]), KNOWLEDGE, FIRST_READING)
    return find_other_treatments(chart, AS_OF.toordinal(), KNOWLEDGE)


def sessions(count, named=TMS, first=100, said=None):
    """Return sessions on consecutive days, the last with what is said of the course."""
    made = [procedure(f"p{first}-{at}", first - at, named) for at in range(count)]
    if said:
        made[-1]["outcome"] = {"text": said}
    return made


# ------------------------------------------------------------------------------- kinds and sessions


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        (TMS, "tms"),
        (ECT, "ect"),
        (concept(CPT, "90870"), "ect"),
        (concept("http://www.cms.gov/Medicare/Coding/ICD10", "GZB4ZZZ"), "ect"),
        (concept(SNOMED, "736672007"), "vns"),
        ("esketamine treatment visit", "esketamine"),
        ("ketamine infusion", "ketamine"),
        ("individual psychotherapy", "psychotherapy"),
    ],
)
def test_a_procedure_is_one_session(named, kind):
    assert brief(procedure("p", 50, named)) == [(kind, ago(50), 1, "unknown")]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("zuranolone", "zuranolone"), ("brexanolone", "brexanolone"), ("esketamine", "esketamine")],
)
def test_a_drug_that_is_another_treatment_is_no_trial(name, kind):
    out = assessed(woman(), depression(), taken("z", name, 50, 50, 36))
    assert [row["kind"] for row in out["otherTreatments"]] == [kind]
    assert out["trials"] == []


@pytest.mark.parametrize(
    ("resources", "count"),
    [
        pytest.param(sessions(3), 3, id="three days"),
        pytest.param([procedure(f"p{at}", 50, TMS) for at in range(3)], 3, id="three on one day"),
        pytest.param([procedure("p", 50, TMS)] * 2, 1, id="one resource twice"),
        pytest.param(
            [procedure("p", 50, {"coding": [*TMS["coding"], {"system": CPT, "code": "90867"}]})],
            1,
            id="two codes of one session",
        ),
        pytest.param([procedure(f"p{at}", None, TMS) for at in range(2)], 2, id="without dates"),
    ],
)
def test_each_coded_session_is_one(resources, count):
    assert [row["sessions"] for row in told(*resources)] == [count]


@pytest.mark.parametrize(
    ("status", "rows"),
    [
        ("completed", 1),
        ("in-progress", 1),
        ("stopped", 1),
        ("on-hold", 1),
        ("unknown", 1),
        ("preparation", 0),
        ("not-done", 0),
        ("entered-in-error", 0),
    ],
)
def test_what_did_not_take_place_is_no_session(status, rows):
    out = assessed(woman(), depression(), procedure("p", 50, ECT, status=status))
    assert len(out.get("otherTreatments", [])) == rows
    is_noted = any(row["resource"] == "Procedure/p" for row in out["issues"])
    assert is_noted is (rows == 0 or status == "unknown")


def test_a_later_session_is_named_as_not_considered():
    out = assessed(woman(), depression(), procedure("p", -3, TMS))
    assert "otherTreatments" not in out
    assert [(row["resource"], row["element"]) for row in out["issues"]] == [
        ("Procedure/p", "performed[x]")
    ]


def test_a_later_hand_over_is_named_too():
    out = assessed(woman(), depression(), handed_over("d", "esketamine", -3, 1))
    assert "otherTreatments" not in out
    assert [row["resource"] for row in out["issues"]] == ["MedicationDispense/d"]


# ----------------------------------------------------------------------------------- whole courses


def whole(on, until, status="completed", **more):
    """Return a Procedure that stands for some days."""
    period = {"start": ago(on)} | ({} if until is None else {"end": ago(until)})
    return procedure("w", None, TMS, status=status, performedPeriod=period, **more)


@pytest.mark.parametrize(
    ("record", "count", "enough"),
    [
        pytest.param(whole(60, 20), None, None, id="a course of six weeks"),
        pytest.param(whole(60, 60), 1, False, id="a period of one day"),
        pytest.param(whole(60, None), 1, False, id="a start alone"),
        pytest.param(whole(60, None, "in-progress"), None, None, id="going on"),
    ],
)
def test_a_record_of_a_whole_course_is_not_one_session(record, count, enough):
    assert [row.get("sessions") for row in told(record)] == [count]
    assert [one.enough for one in found(record)] == [enough]


def test_sessions_beside_the_record_of_their_course_are_counted():
    course = found(whole(110, 60), *sessions(20, first=100))
    assert [(one.sessions, one.enough) for one in course] == [(20, True)]
    assert [one.start for one in course] == [AS_OF.toordinal() - 110]


@pytest.mark.parametrize("at", [19, 20])
def test_enough_is_a_number_of_sessions(at):
    assert [one.enough for one in found(*sessions(at))] == [at >= 20]


def test_a_kind_without_a_number_is_neither_enough_nor_not():
    assert [one.enough for one in found(*sessions(3, "psychotherapy"))] == [None]


def test_a_course_that_cannot_end_before_it_begins_is_one_session():
    assert [row.get("sessions") for row in told(whole(20, 60))] == [1]


def test_an_end_that_cannot_be_read_is_noted():
    broken = procedure("w", None, TMS, performedPeriod={"start": ago(50), "end": "soon"})
    out = assessed(woman(), depression(), broken)
    assert [row["element"] for row in out["issues"]] == ["performed[x]"]


# ----------------------------------------------------------------------------- courses of one kind


def test_a_long_silence_begins_another_course():
    assert brief(*sessions(20, first=800), *sessions(18, first=100)) == [
        ("tms", ago(800), 20, "unknown"),
        ("tms", ago(100), 18, "unknown"),
    ]


def test_scores_of_another_course_do_not_speak_for_this_one():
    """The score before the first course and the one after the second are years apart."""
    scores = [phq9("a", 800, 20), phq9("b", 75, 4)]
    out = brief(*sessions(20, first=800), *sessions(20, first=100), *scores)
    assert [row[3] for row in out] == ["unknown", "unknown"]


def test_sessions_without_a_date_join_the_only_course():
    assert brief(procedure("u", None, TMS), *sessions(3)) == [("tms", ago(100), 4, "unknown")]


def test_sessions_without_a_date_stand_alone_beside_two_courses():
    rows = brief(procedure("u", None, TMS), *sessions(3), *sessions(2, first=800))
    assert rows[0] == ("tms", None, 1, "unknown")
    assert len(rows) == 3


# --------------------------------------------------------------------------------------- esketamine


def kits(count, first=100):
    """Return hand-overs of single kits."""
    return [handed_over(f"k{at}", "esketamine", first - 3 * at, 1) for at in range(count)]


@pytest.mark.parametrize(
    ("resources", "count"),
    [
        pytest.param(kits(8), 8, id="hand-overs"),
        pytest.param(sessions(8, "esketamine"), 8, id="procedures"),
        pytest.param([*kits(8), *sessions(8, "esketamine")], 8, id="both"),
        pytest.param([*kits(8), *sessions(2, "esketamine")], 8, id="more hand-overs"),
        pytest.param(
            [*kits(8), *sessions(8, "esketamine"), taken("o", "esketamine", 56, 100, 70)],
            8,
            id="and the order",
        ),
        pytest.param([taken("o", "esketamine", 56, 100, 70)], None, id="an order alone"),
    ],
)
def test_sessions_told_twice_count_once(resources, count):
    rows = told(*resources)
    assert [row.get("sessions") for row in rows] == [count]
    assert len(rows[0]["evidence"]) == len(resources)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("no effect", "inefficacy"),
        ("in remission", "remission"),
        ("nausea", "intolerance"),
        ("moved away", "unknown"),
    ],
)
def test_the_reason_an_order_stopped_says_what_came_of_it(said, outcome):
    assert [r["outcome"] for r in told(taken("o", "esketamine", 56, 100, 70, said=said))] == [
        outcome
    ]


# ----------------------------------------------------------------------------------------- outcome


@pytest.mark.parametrize(
    ("said", "before", "after", "outcome"),
    [
        pytest.param(None, 20, 4, "remission", id="remission by scores"),
        pytest.param(None, 20, 9, "response", id="response by scores"),
        pytest.param(None, 20, 15, "inefficacy", id="no response by scores"),
        pytest.param(None, 9, 4, "unknown", id="baseline too low"),
        pytest.param("no effect", 20, 15, "inefficacy", id="both say so"),
        pytest.param("no effect", 20, 4, "unknown", id="they contradict each other"),
        pytest.param("improved 60 %", None, None, "response", id="a percentage"),
    ],
)
def test_outcome_from_what_is_said_and_from_scores(said, before, after, outcome):
    scores = [] if before is None else [phq9("a", 105, before), phq9("b", 75, after)]
    assert [row["outcome"] for row in told(*sessions(20, said=said), *scores)] == [outcome]


def test_hand_overs_are_judged_by_scores_too():
    scores = [phq9("a", 105, 20), phq9("b", 70, 8)]
    assert [row["outcome"] for row in told(*kits(8), *scores)] == ["response"]


def test_an_order_alone_is_not_judged_by_scores():
    scores = [phq9("a", 105, 20), phq9("b", 65, 8)]
    rows = told(taken("o", "esketamine", 56, 100, 70), *scores)
    assert [row["outcome"] for row in rows] == ["unknown"]


# ------------------------------------------------------------------------------------ partial dates


@pytest.mark.parametrize(
    ("written", "start"),
    [("2026-02", "2026-02"), ("2026", None), ("2026-02-05", "2026-02-05")],
)
def test_a_partial_date_is_not_made_a_day(written, start):
    record = procedure("p", None, TMS, performedDateTime=written)
    assert [row.get("start") for row in told(record)] == [start]


def test_what_partial_dates_leave_open_is_unknown():
    dated = [procedure("p", None, TMS, performedDateTime="2026-05"), *sessions(3, first=40)]
    scores = [phq9("a", 128, 20), phq9("b", 30, 8)]
    assert [row["outcome"] for row in told(*dated, *scores)] == ["unknown"]


def test_no_date_at_all_beside_partial_ones_stays_none():
    rows = told(
        procedure("u", None, "psychotherapy"),
        procedure("p", None, TMS, performedDateTime="2026-02"),
    )
    assert [(row["kind"], row.get("start")) for row in rows] == [
        ("psychotherapy", None),
        ("tms", "2026-02"),
    ]
