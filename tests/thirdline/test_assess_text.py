"""``thirdline assess`` for a person: the order, the width, and what is never said."""

import re

import pytest
from rich.cells import cell_len

from tests.support.fhir import RXNORM, bundle, concept, condition, dosage, observation, order
from tests.thirdline.command import (
    a_chart,
    as_text,
    assessed,
    in_a_process,
    one_line,
    the_bundle,
    written,
)
from thirdline.page import visible

NEGATIVE = re.compile(
    r"not met|not now|\bnone\b|\bno (signal|trial|crisis|safety)|site.s threshold|not found",
    re.IGNORECASE,
)


def _fits(text):
    return all(cell_len(line) <= 80 for line in text.splitlines())


def test_the_verdict_is_the_first_sentence(tmp_path):
    answer = as_text(tmp_path, the_bundle())
    assert answer.status == 0
    assert answer.err == ""
    first = "Treatment resistance: the definition is met (2 confirmed, 0 possible of 2 needed)."
    assert one_line(answer.out).startswith(first)
    assert _fits(answer.out)


ORDER = (
    "Treatment resistance: ",
    "Adequate failures: ",
    "TMS evaluation: ",
    "Patient/pt-1",
    "Current episode: ",
    "Timeline",
    "Antidepressant trials",
    "Set aside: ",
    "Augmentation",
    "Other treatments",
    "Safety",
    "Gaps: ",
    "Notes on the data: ",
    "Staging",
    "TMS evaluation: ",
    "Rules CH-2",
)


def test_the_sections_stand_in_the_order_a_reader_asks(tmp_path):
    lines = as_text(tmp_path, bundle([*a_chart(), *_beside()])).out.splitlines()
    found = 0
    for start in ORDER:
        found = next(at for at in range(found, len(lines)) if lines[at].startswith(start)) + 1


@pytest.mark.parametrize("columns", ["80", "120"])
def test_every_line_fits_the_width_that_is_asked_for(tmp_path, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    widest = 0
    for chart in (a_chart(), [*a_chart(), *_beside()]):
        lines = as_text(tmp_path, bundle(chart)).out.splitlines()
        widest = max(widest, *map(cell_len, lines))
    assert int(columns) - 12 < widest <= int(columns)


@pytest.mark.parametrize(("asked", "given"), [("40", 80), ("100", 100), ("300", 120)])
def test_the_width_stays_within_80_and_120(tmp_path, monkeypatch, asked, given):
    monkeypatch.setenv("COLUMNS", asked)
    lines = as_text(tmp_path, bundle([*a_chart(), *_beside()])).out.splitlines()
    assert given - 12 < max(map(cell_len, lines)) <= given


def test_a_wide_table_has_a_column_for_each_fact(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    lines = as_text(tmp_path, the_bundle()).out.splitlines()
    row = next(line for line in lines if line.startswith("sertraline") and "SSRI" in line)
    assert " ".join(row.split()) == (
        "sertraline SSRI 2025-10-01 2026-01-10 100 / 50 101 met inefficacy yes"
    )


def test_everything_the_verdict_rests_on_is_said(tmp_path):
    out = one_line(as_text(tmp_path, the_bundle()).out)
    for said in (
        "Patient/pt-1, 44 years old, assessed for 2026-09-01",
        "since 2025-09-01",
        "sertraline 2025-10-01 100 / 50 101 met inefficacy yes",
        "PHQ-9 21 on 2025-10-01, 18 on 2026-01-08: fell 14 %",
        "maudsley: 6",
        "seizure-threshold: unknown: may lower the seizure threshold: bupropion",
        "never checked here: bipolar screen, thyroid",
        "complete: patient 1, medications 3",
        "No signal is charted in what was read. That never means safe.",
        "No clinician has signed these rules off.",
    ):
        assert said in out


def test_a_critical_signal_comes_before_all(tmp_path):
    chart = a_chart()
    chart[-1]["component"][0]["valueInteger"] = 2
    lines = as_text(tmp_path, bundle(chart)).out.splitlines()
    assert lines[0] == "Safety signals in the record"
    assert lines[1].startswith("  - CRITICAL 2026-08-30: PHQ-9 item 9 answered 2")
    verdict = next(at for at, line in enumerate(lines) if line.startswith("Treatment resistance"))
    assert verdict > 1
    assert "TMS evaluation: safety comes first." in lines


def test_a_warning_comes_before_the_verdict_and_an_information_line_after(tmp_path):
    chart = a_chart()
    chart[-1]["component"][0]["valueInteger"] = 1
    old = condition("old", concept("http://hl7.org/fhir/sid/icd-10-cm", "Z91.51"))
    out = as_text(tmp_path, bundle([*chart, old])).out
    assert out.index("WARNING 2026-08-30") < out.index("Treatment resistance")
    assert out.index("Treatment resistance") < out.index("Condition/old")
    assert "WARNING 2026-08-30" in out[out.index("\nSafety\n") :]


def test_the_boxed_warning_is_named_for_the_young(tmp_path):
    chart = a_chart()
    chart[0]["birthDate"] = "2004-05-06"
    chart[-1]["component"][0]["valueInteger"] = 1
    assert "boxed warning" in as_text(tmp_path, bundle(chart)).out


def test_evidence_of_many_resources_is_counted(tmp_path):
    refills = [
        order(
            f"refill-{at}",
            concept(RXNORM, "312938"),
            [dosage(100, f"2025-10-0{at}", "2026-01-10")],
            status="stopped",
        )
        for at in range(1, 9)
    ]
    out = one_line(as_text(tmp_path, bundle([*a_chart(), *refills])).out)
    assert re.search(r" and \d+ more\]", out)


PARTIAL = {"link": [{"relation": "next", "url": "https://ehr.example.org/2"}]}


@pytest.mark.parametrize("chart", [a_chart(), a_chart()[:1]], ids=["full", "bare"])
def test_an_incomplete_read_says_nothing_negative(tmp_path, chart):
    out = one_line(as_text(tmp_path, bundle(chart) | PARTIAL).out)
    assert "at least" in out
    assert "Not everything that could show a signal was read" in out
    assert "medications: partial" in out
    assert not NEGATIVE.findall(out)


def test_a_count_that_rests_on_an_incomplete_read_is_at_least(tmp_path):
    nobody = observation("odd", "44261-6", "2026-08-30", 9) | {"subject": {"display": "somebody"}}
    chart = [resource for resource in a_chart() if resource["resourceType"] != "MedicationRequest"]
    out = one_line(as_text(tmp_path, bundle([*chart, nobody])).out)
    assert "the definition is not met" not in out
    assert "scores: partial" in out


def test_a_complete_read_may_say_none(tmp_path):
    out = as_text(tmp_path, bundle(a_chart()[:2])).out
    assert "None in what was read." in out
    assert "the definition is not met" in out


def _beside():
    """Return what is set aside, added, and given beside drugs."""
    return [
        order(
            "sleep", concept(text="trazodone 50 mg"), [dosage(50, "2026-06-01", text="at bedtime")]
        )
        | {"reasonCode": [{"text": "insomnia"}]},
        order("odd", {}, [dosage(5, "2026-06-01")]),
        order("add", concept(RXNORM, "89013"), [dosage(5, "2026-03-01", "2026-05-10")]),
        {
            "resourceType": "Procedure",
            "id": "session",
            "status": "completed",
            "subject": {"reference": "Patient/pt-1"},
            "code": concept("http://www.ama-assn.org/go/cpt", "90868"),
            "performedDateTime": "2025-11-03",
        },
    ]


def test_what_stands_beside_the_trials_is_said(tmp_path):
    out = one_line(as_text(tmp_path, bundle([*a_chart(), *_beside()])).out)
    assert "trazodone: hypnotic-use:" in out
    assert "not-recognised" in out
    assert "aripiprazole with venlafaxine from 2026-03-01" in out
    assert "tms from 2025-11-03, 1 sessions" in out


def test_notes_that_say_the_same_are_one_with_their_number(tmp_path):
    drafts = [
        order(f"draft-{at}", concept(RXNORM, "312938"), [dosage(50, "2026-06-01")], status="draft")
        for at in range(7)
    ]
    out = one_line(as_text(tmp_path, bundle([*a_chart(), *drafts])).out)
    assert "Notes on the data: 7 - 7 x status: a draft; not an exposure" in out
    named = "[MedicationRequest/draft-0, MedicationRequest/draft-1, MedicationRequest/draft-2"
    assert f"{named} and 4 more]" in out


def test_a_death_is_stated_plainly(tmp_path):
    chart = a_chart()
    chart[0]["deceasedBoolean"] = True
    assert "A death is recorded." in as_text(tmp_path, bundle(chart)).out


def test_dates_that_are_not_known_are_not_made_up(tmp_path):
    undated = order("undated", concept(RXNORM, "312938"), [dosage(100)], status="stopped")
    out = as_text(tmp_path, bundle([*a_chart()[:2], undated])).out
    assert re.search(r"^sertraline +\? +\? / \? +\? +unknown", out, re.MULTILINE)


HOSTILE = "\x1b[2J\x1b]0;CANARY\x07\u009b31m\u202eevil\u2028next\r\nTreatment resistance: met\x00"


def _hostile_chart():
    named = order("bad", {"text": HOSTILE}, [dosage(50, "2026-06-01", text=HOSTILE)])
    labelled = condition("worse", {"text": HOSTILE})
    ended = a_chart()
    ended[2]["statusReason"] = {"text": f"lack of effect {HOSTILE}"}
    ended[1]["code"]["text"] = HOSTILE
    return bundle([*ended, named, labelled])


def test_no_control_character_of_the_data_reaches_the_terminal(tmp_path):
    for answer in (as_text(tmp_path, _hostile_chart()), assessed(tmp_path, _hostile_chart())):
        assert answer.status == 0
        assert "CANARY" in answer.out
        for char in answer.out:
            assert char == "\n" or char.isprintable() or char in "\u202e\u2028"
    text = as_text(tmp_path, _hostile_chart()).out
    assert all(char == "\n" or char.isprintable() for char in text)
    assert not [line for line in text.splitlines() if line.startswith("Treatment resistance: met")]


@pytest.mark.parametrize(
    "name", ["x" * 200_000, "長い名前" * 3_000, "word " * 40_000, "e\u0301" * 9_000]
)
def test_very_long_names_stay_within_the_page(tmp_path, name):
    chart = a_chart()
    chart[1]["code"]["text"] = name
    out = as_text(tmp_path, bundle(chart)).out
    assert _fits(out)
    assert "(cut)" in out
    assert len(out.splitlines()) < 150


def test_visible_text_loses_nothing_but_blanks():
    assert visible(" a\t\tb\n c ") == "a b c"
    assert visible("a\x1b[31mb\u202ec") == "a\\x1b[31mb\\u202ec"
    assert visible("ä – 長 ☃") == "ä – 長 ☃"


def test_without_a_terminal_there_is_no_colour(tmp_path):
    chart = a_chart()
    chart[-1]["component"][0]["valueInteger"] = 2
    answer = in_a_process("assess", written(tmp_path, bundle(chart)), "--as-of", "2026-09-01")
    assert answer.status == 0
    assert "\x1b" not in answer.out
    assert "CRITICAL" in answer.out
