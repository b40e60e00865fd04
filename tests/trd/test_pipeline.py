"""From FHIR to the report: what a chart says that no worked patient of the vignettes has."""

import hashlib
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.support.charts import (
    ago,
    assessed,
    depression,
    diagnosed,
    failure,
    handed_over,
    phq9,
    procedure,
    product,
    row_of,
    taken,
    woman,
)
from tests.support.fhir import SNOMED, concept, dosage, order
from trd.chart import ReadStatus

PARTIAL = ReadStatus.PARTIAL


def undated(local, name, status="completed", **more):
    """Return an order without any date."""
    return order(local, product(name), [dosage(100)], status=status, **more)


def ect_session(local, on):
    """Return a session of ECT so many days ago."""
    return procedure(local, on, concept(SNOMED, "23835007"))


TWO_FAILURES = [
    woman(),
    depression(),
    failure("a", "sertraline", 280, 100),
    failure("b", "venlafaxine", 200, 150),
    phq9("o", 10, 15),
]


def finding(out, rule):
    """Return the verdict and reason of one candidacy finding."""
    found = next(row for row in out["candidacy"]["findings"] if row["rule"] == rule)
    return found["verdict"], found["because"]


# --------------------------------------------------------------------------------------- dates


def test_an_order_without_a_date_is_shown_and_possible():
    out = assessed(woman(), depression(), undated("m", "sertraline"))
    row = row_of(out, "sertraline")
    assert "start" not in row
    assert (row["adequacy"], row["outcome"], row["counts"]) == ("unknown", "unknown", False)
    assert row["evidence"] == ["MedicationRequest/m"]
    assert out["resistance"]["possible"] == 1


def test_an_active_order_without_a_date_runs_and_is_not_possible():
    out = assessed(woman(), depression(), undated("m", "sertraline", "active"))
    assert (row_of(out, "sertraline")["outcome"], out["resistance"]["possible"]) == ("running", 0)


def test_an_order_with_an_end_alone_is_not_lost():
    one = order("m", product("sertraline"), [dosage(100, None, ago(100))], status="completed")
    assert row_of(assessed(woman(), depression(), one), "sertraline")["adequacy"] == "unknown"


def test_an_order_without_a_date_beside_one_with_is_one_row():
    out = assessed(
        woman(), depression(), undated("m", "sertraline"), taken("n", "sertraline", 50, 90)
    )
    assert row_of(out, "sertraline")["start"] == ago(90)


def test_an_order_of_the_future_is_an_issue_and_no_trial():
    out = assessed(woman(), depression(), taken("m", "sertraline", 50, -5))
    assert out["trials"] == []
    assert [row["resource"] for row in out["issues"]] == ["MedicationRequest/m"]


def test_a_dispense_only_after_the_written_end_does_not_hide_the_trial():
    out = assessed(
        woman(),
        depression(),
        taken("m", "sertraline", 100, 200, 100),
        handed_over("d", "sertraline", 90, 30),
    )
    assert row_of(out, "sertraline")["daysAtOrAboveMinimum"] == 100


# ------------------------------------------------------------------------------- partial dates


def test_an_onset_that_may_be_after_a_trial_leaves_it_open():
    """By one end of the month the trial belongs to this episode, by the other to none."""
    vague = depression() | {"onsetDateTime": "2026-03", "recordedDate": ago(20)}
    out = assessed(woman(), vague, failure("a", "sertraline", 190, 100))
    assert [row["counts"] for row in out["trials"]] == [False]
    assert out["trials"][0]["duration"] == "unknown"
    assert (out["resistance"]["confirmed"], out["resistance"]["possible"]) == (0, 1)
    assert out["episode"]["start"] == "2026-03"


def test_a_score_that_may_lie_outside_the_window_leaves_the_outcome_open():
    course = taken("a", "sertraline", 100, 120, 60)
    scores = [phq9("o1", 120, 20), phq9("o2", 40, 8) | {"effectiveDateTime": "2026-07"}]
    row = row_of(assessed(woman(), depression(), course, *scores), "sertraline")
    assert row["outcome"] == "unknown"


def test_an_end_that_may_be_too_early_leaves_the_duration_open():
    one = taken("a", "sertraline", 100, 120)
    bounds = one["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"]
    bounds["end"] = "2026-06"
    row = row_of(assessed(woman(), depression(), one), "sertraline")
    assert (row["duration"], row["adequacy"]) == ("unknown", "unknown")
    assert row["end"] == "2026-06"
    assert row["exposures"] == []


def test_partial_dates_leave_candidacy_to_be_asked():
    vague = phq9("o", 50, 15) | {"effectiveDateTime": "2026-07"}
    out = assessed(*TWO_FAILURES[:-1], vague)
    assert finding(out, "symptoms")[0] == "unknown"
    assert out["candidacy"]["verdict"] == "ask"


def test_partial_dates_of_a_critical_signal_put_the_crisis_first():
    """Item 9 of 2 is critical for 14 days: of this month it is by one end, and not by the other."""
    item9 = phq9("i", 1, 2) | {"code": concept("http://loinc.org", "44260-8")}
    out = assessed(*TWO_FAILURES, item9 | {"effectiveDateTime": "2026-08"})
    assert out["crisis"]["level"] == "critical"
    assert out["candidacy"]["verdict"] == "crisis-first"


# ------------------------------------------------------------------------------ not all is read


@pytest.mark.parametrize(
    ("need", "rule"),
    [
        pytest.param("conditions", "no-absolute-flag", id="conditions and implants"),
        pytest.param("conditions", "no-relative-flag", id="conditions and seizures"),
        pytest.param(
            "procedures", "no-earlier-tms-without-benefit", id="procedures and earlier TMS"
        ),
        pytest.param("conditions", "definition-applies", id="conditions and bipolar disorder"),
    ],
)
def test_an_incomplete_read_never_says_that_nothing_is_there(need, rule):
    whole, part = assessed(*TWO_FAILURES), assessed(*TWO_FAILURES, reads={need: PARTIAL})
    assert finding(whole, rule)[0] == "met"
    assert finding(part, rule)[0] == "unknown"
    assert whole["candidacy"]["verdict"] == "candidate"
    assert part["candidacy"]["verdict"] == "ask"


def test_an_incomplete_read_of_conditions_leaves_the_diagnosis_open():
    without = [row for row in TWO_FAILURES if row["resourceType"] != "Condition"]
    whole = assessed(*without, depression(code="F32.A"))
    part = assessed(*without, depression(code="F32.A"), reads={"conditions": PARTIAL})
    assert finding(whole, "major-depression")[0] == "not-met"
    assert finding(part, "major-depression")[0] == "unknown"


def test_a_provisional_diagnosis_is_no_coded_depression():
    one = diagnosed("x", "F33.1", verification="provisional")
    out = assessed(woman(), depression(code="F34.1"), one)
    assert finding(out, "major-depression") == (
        "unknown",
        "recorded, but not as a confirmed active code",
    )


def test_procedures_not_read_leave_a_point_of_ect_open():
    whole, part = assessed(*TWO_FAILURES), assessed(*TWO_FAILURES, reads={"procedures": PARTIAL})

    def points(out):
        items = out["staging"][0]["items"]
        return next((i["low"], i["high"]) for i in items if i["item"] == "ECT")

    assert points(whole) == (0, 0)
    assert points(part) == (0, 1)


def test_medications_not_read_leave_a_low_count_open():
    out = assessed(woman(), depression(), reads={"medications": PARTIAL})
    assert out["resistance"]["verdict"] == "unknown"
    assert "medications" in out["resistance"]["because"]


# ------------------------------------------------------------------------------------- staging


def test_without_a_trial_nothing_is_staged():
    assert "staging" not in assessed(woman(), depression())


@pytest.mark.parametrize(
    ("mg", "points"),
    [
        pytest.param(5, (1, 1), id="at the table's dose"),
        pytest.param(None, (0, 1), id="dose unknown"),
        pytest.param(1, (0, 0), id="below it"),
    ],
)
def test_augmentation_is_a_point(mg, points):
    added = taken("x", "aripiprazole", mg, 270, 230)
    items = assessed(*TWO_FAILURES, added)["staging"][0]["items"]
    assert next((i["low"], i["high"]) for i in items if i["item"] == "augmentation") == points


# ---------------------------------------------------------------------------- other treatments


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        pytest.param("improved 50 %", "response", id="half"),
        pytest.param("improved 49%", "inefficacy", id="less than half"),
        pytest.param("60 percent better", "response", id="in words"),
        pytest.param("from 40 % to 60 %", "unknown", id="two percentages"),
        pytest.param("no effect", "inefficacy", id="no percentage"),
        pytest.param("seen", "unknown", id="nothing"),
    ],
)
def test_a_stated_benefit_says_what_came_of_it(said, outcome):
    done = [ect_session(f"p{on}", on) | {"outcome": {"text": said}} for on in (20, 10)]
    assert assessed(woman(), depression(), *done)["otherTreatments"][0]["outcome"] == outcome


# -------------------------------------------------------------------------------- augmentation


def test_an_adjunct_below_its_minimum_and_its_table_dose_is_set_aside_alone():
    out = assessed(
        woman(),
        depression(),
        taken("a", "sertraline", 100, 200),
        taken("b", "mirtazapine", 7.5, 100),
    )
    assert [row["reason"] for row in out["setAside"]] == ["low-dose-adjunct"]
    assert out["augmentation"] == []


def test_an_adjunct_at_its_table_dose_is_shown_as_augmentation_too():
    out = assessed(
        woman(), depression(), taken("a", "sertraline", 100, 200), taken("b", "bupropion", 150, 100)
    )
    assert [row["ingredient"] for row in out["setAside"]] == ["bupropion"]
    assert [(row["ingredient"], row["with"]) for row in out["augmentation"]] == [
        ("bupropion", "sertraline")
    ]


def test_an_adjunct_that_is_no_augmenter_is_set_aside_alone():
    out = assessed(
        woman(), depression(), taken("a", "sertraline", 100, 200), taken("b", "trazodone", 50, 100)
    )
    assert [row["ingredient"] for row in out["setAside"]] == ["trazodone"]
    assert out["augmentation"] == []


# ------------------------------------------------------------------------------------- the same

SCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
from tests.trd.test_pipeline import TWO_FAILURES
from tests.support.charts import assessed, diagnosed, handed_over, taken
more = [diagnosed(c, c) for c in ("F31.9", "G40.909", "R45.851", "Z95.0")]
more += [taken(n, n, 100, 90, 20, reason="pain") for n in ("duloxetine", "amitriptyline")]
more += [handed_over("d", "sertraline", 280, 30)]
print(json.dumps(assessed(*TWO_FAILURES, *more)))
"""


def test_the_same_input_gives_the_same_bytes_in_every_process():
    def written(seed):
        done = subprocess.run(  # noqa: S603 - our own script
            [sys.executable, "-c", SCRIPT.format(root=str(ROOT))],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        assert done.stdout
        return hashlib.sha256(done.stdout).hexdigest()

    assert written("1") == written("2")
