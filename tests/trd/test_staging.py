"""R14: every item of the staging scales, as a range where the record does not tell."""

import pytest

from tests.support.charts import (
    AS_OF,
    ago,
    assessed,
    depression,
    diagnosed,
    failure,
    handed_over,
    procedure,
    product,
    taken,
    woman,
)
from tests.support.fhir import ICD, SNOMED, concept, condition, dosage, order
from trd.chart import ReadStatus

PARTIAL, NOT_ASKED = ReadStatus.PARTIAL, ReadStatus.NOT_ASKED
PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
BILATERAL, UNILATERAL = concept(PCS, "GZB2ZZZ"), concept(PCS, "GZB0ZZZ")
UNSTATED = concept(SNOMED, "23835007")
ONE = [woman(), depression(), failure("a", "sertraline", 280, 100)]


def scale(out, name):
    """Return one scale of a report."""
    return next(row for row in out["staging"] if row["scale"] == name)


def item(out, name):
    """Return one item of the Maudsley scale."""
    return next(row for row in scale(out, "maudsley")["items"] if row["item"] == name)


def points(out, name):
    """Return the points of one Maudsley item as a range."""
    found = item(out, name)
    return found["low"], found["high"]


def stage(*resources, **more):
    """Return the stage of Thase and Rush as a range."""
    found = scale(assessed(woman(), depression(), *resources, **more), "thase-rush")
    return found["low"], found["high"]


# -------------------------------------------------------------------------------------- the whole


def test_the_total_is_the_sum_of_the_items_and_every_item_has_its_evidence():
    out = assessed(*ONE, taken("x", "aripiprazole", 5, 270, 230), procedure("p", 40, UNSTATED))
    found = scale(out, "maudsley")
    assert found["low"] == sum(row["low"] for row in found["items"])
    assert found["high"] == sum(row["high"] for row in found["items"])
    assert {row["item"]: row["evidence"] for row in found["items"]} == {
        "duration": ["Condition/dep"],
        "severity": ["Condition/dep"],
        "failed drugs": ["MedicationRequest/a"],
        "augmentation": ["MedicationRequest/x"],
        "ECT": ["Procedure/p"],
    }
    assert list(found["items"][0]) == ["item", "low", "high", "because", "evidence"]
    assert scale(out, "thase-rush")["items"][0]["evidence"] == ["MedicationRequest/a"]


def test_an_item_that_rests_on_nothing_has_no_evidence():
    assert "evidence" not in item(assessed(*ONE), "ECT")


def test_the_scales_stand_under_an_excluded_verdict_too():
    out = assessed(*ONE, diagnosed("bp", "F31.9"))
    assert out["resistance"]["verdict"] == "excluded"
    assert points(out, "failed drugs") == (1, 1)


def test_nothing_is_staged_without_a_drug_that_failed_or_may_have():
    assert "staging" not in assessed(woman(), depression(), taken("a", "sertraline", 100, 30))


# --------------------------------------------------------------------------------------- duration


@pytest.mark.parametrize(
    ("onset", "range_"),
    [
        pytest.param(366, (1, 1), id="a leap year is twelve months"),
        pytest.param(367, (2, 2), id="a day more"),
        pytest.param(729, (2, 2), id="two years"),
    ],
)
def test_the_duration_counts_months_of_the_episode(onset, range_):
    out = assessed(woman(), depression(onset=onset), failure("a", "sertraline", 200, 100))
    assert points(out, "duration") == range_


def test_an_assumed_start_is_the_latest_it_may_be():
    out = assessed(woman(), depression(onset=None), failure("a", "sertraline", 150, 100))
    assert points(out, "duration") == (1, 3)
    assert "assumed" in item(out, "duration")["because"]


def test_a_start_that_cannot_be_told_is_the_whole_range():
    out = assessed(woman(), depression(onset=None), failure("a", "sertraline", 400, 100))
    assert points(out, "duration") == (1, 3)
    assert "not known" in item(out, "duration")["because"]


def test_a_partial_onset_widens_the_duration():
    """2025 may be twenty months ago or eight."""
    early = depression() | {"onsetDateTime": "2025", "recordedDate": "2026-02-01"}
    out = assessed(woman(), early, failure("a", "sertraline", 150, 100))
    assert points(out, "duration") == (1, 2)
    assert "partial dates" in item(out, "duration")["because"]


# --------------------------------------------------------------------------------------- severity


@pytest.mark.parametrize(
    ("codes", "range_"),
    [
        pytest.param(["F33.0"], (2, 2), id="mild"),
        pytest.param(["F33.1"], (3, 3), id="moderate"),
        pytest.param(["F32.2"], (4, 4), id="severe without psychosis"),
        pytest.param(["F33.3"], (5, 5), id="severe with psychosis"),
        pytest.param(["F33.41"], (1, 1), id="partly remitted: below a syndrome"),
        pytest.param(["F33.9"], (1, 5), id="not stated"),
        pytest.param(["F32.A"], (1, 5), id="depression, type not stated"),
        pytest.param(["F33.9", "F33.1"], (3, 3), id="one code says, the other does not"),
        pytest.param(["F33.0", "F33.2"], (2, 4), id="two codes disagree"),
        pytest.param(["F33.1", "F33.3"], (3, 5), id="one of two with psychosis"),
        pytest.param(["450714000"], (4, 5), id="severe, psychosis not stated"),
        pytest.param(["720451004"], (1, 2), id="minimal"),
        pytest.param(["719592004"], (3, 4), id="moderately severe"),
    ],
)
def test_severity_is_what_the_codes_say(codes, range_):
    made = [
        depression(f"d{code}", code=code)
        | {"code": concept(SNOMED if code.isdigit() else ICD, code)}
        for code in codes
    ]
    out = assessed(woman(), *made, failure("a", "sertraline", 280, 100))
    assert points(out, "severity") == range_


@pytest.mark.parametrize(
    ("second", "reads"),
    [
        pytest.param(diagnosed("x", "F33.3", clinical="resolved"), {}, id="over"),
        pytest.param(diagnosed("x", "F33.3", verification="provisional"), {}, id="not confirmed"),
        pytest.param(diagnosed("x", "F33.3", onsetDateTime="2026-10-01"), {}, id="later"),
        pytest.param(condition("x", {"text": "severe depression"}), {}, id="in words alone"),
    ],
)
def test_a_code_that_does_not_stand_says_nothing(second, reads):
    assert points(assessed(*ONE, second, reads=reads), "severity") == (3, 3)


def test_diagnoses_read_in_part_leave_the_severity_open():
    assert points(assessed(*ONE, reads={"conditions": PARTIAL}), "severity") == (1, 5)


# ----------------------------------------------------------------------------------- failed drugs

_DRUGS = ("sertraline", "venlafaxine", "mirtazapine", "vortioxetine", "nortriptyline", "phenelzine")
_MG = (100, 225, 30, 20, 100, 60)


def failures(count, said="no effect"):
    """Return so many adequate trials one after the other, ended with these words."""
    return [
        taken(f"m{at}", _DRUGS[at], _MG[at], 295 - 48 * at, 250 - 48 * at, said=said)
        for at in range(count)
    ]


@pytest.mark.parametrize(
    ("more", "range_"),
    [
        pytest.param(failures(2), (1, 1), id="two"),
        pytest.param(failures(3), (2, 2), id="three"),
        pytest.param(failures(4), (2, 2), id="four"),
        pytest.param(failures(5), (3, 3), id="five"),
        pytest.param(
            [*failures(2), *failures(3, "stopped")[2:]], (1, 2), id="two and one possible"
        ),
        pytest.param(failures(1, "stopped"), (1, 1), id="one possible"),
        pytest.param(failures(2, "rash"), None, id="not tolerated is no failure"),
        pytest.param(
            [*failures(2), order("u", {"coding": [{"code": "1"}]}, [dosage(1)])],
            (1, 2),
            id="two and a drug nobody could recognise",
        ),
        pytest.param(
            [*failures(2), order("u", product("mirtazapine"), [dosage(30)], status="completed")],
            (1, 2),
            id="two and one without a date",
        ),
    ],
)
def test_failed_drugs_count_from_confirmed_to_possible(more, range_):
    out = assessed(woman(), depression(), *more)
    assert (points(out, "failed drugs") if "staging" in out else None) == range_


@pytest.mark.parametrize("need", ["medications", "dispenses", "statements"])
def test_drugs_read_in_part_leave_the_count_open_upwards(need):
    out = assessed(*ONE, reads={need: PARTIAL})
    assert points(out, "failed drugs") == (1, 5)
    assert points(out, "augmentation") == (0, 1)
    assert need in item(out, "failed drugs")["because"]


@pytest.mark.parametrize("need", ["dispenses", "statements"])
def test_a_need_nobody_asked_for_leaves_nothing_open(need):
    assert points(assessed(*ONE, reads={need: NOT_ASKED}), "failed drugs") == (1, 1)


def test_a_running_trial_may_have_failed_by_scores_nobody_read():
    running = [*failures(2), taken("r", "duloxetine", 60, 150)]
    assert points(assessed(woman(), depression(), *running), "failed drugs") == (1, 1)
    out = assessed(woman(), depression(), *running, reads={"scores": PARTIAL})
    assert points(out, "failed drugs") == (1, 2)


def test_an_earlier_trial_may_belong_to_the_episode_where_diagnoses_are_read_in_part():
    earlier = [*failures(2), failure("e", "duloxetine", 900, 60)]
    assert points(assessed(woman(), depression(), *earlier), "failed drugs") == (1, 1)
    out = assessed(woman(), depression(), *earlier, reads={"conditions": PARTIAL})
    assert points(out, "failed drugs") == (1, 2)


# ------------------------------------------------------------------------------- augmentation, ECT


@pytest.mark.parametrize(
    ("added", "range_"),
    [
        pytest.param([taken("x", "aripiprazole", 5, 270, 230)], (1, 1), id="adequate"),
        pytest.param([taken("x", "aripiprazole", 5, 270, 250)], (0, 0), id="too short"),
        pytest.param([taken("x", "aripiprazole", None, 270, 230)], (0, 1), id="dose unknown"),
        pytest.param([], (0, 0), id="none"),
        pytest.param(
            [order("u", {"coding": [{"code": "1"}]}, [dosage(1)])], (0, 1), id="not recognised"
        ),
    ],
)
def test_augmentation_is_a_point(added, range_):
    assert points(assessed(*ONE, *added), "augmentation") == range_


def test_augmentation_of_an_earlier_episode_is_no_point():
    earlier = [failure("e", "duloxetine", 900, 60), taken("x", "aripiprazole", 5, 890, 845)]
    out = assessed(*ONE, *earlier)
    assert [row["adequacy"] for row in out["augmentation"]] == ["met"]
    assert points(out, "augmentation") == (0, 0)


@pytest.mark.parametrize(
    ("sessions", "range_"),
    [
        pytest.param([procedure("p", 20, UNSTATED)], (1, 1), id="coded"),
        pytest.param([procedure("p", 20, "ECT")], (0, 1), id="in words alone"),
        pytest.param([procedure("p", 20, UNSTATED, status="unknown")], (0, 1), id="no status"),
        pytest.param([procedure("p", None, UNSTATED)], (0, 1), id="no date"),
        pytest.param([procedure("p", 900, UNSTATED)], (0, 0), id="in an earlier episode"),
        pytest.param(
            [procedure("p", 900, UNSTATED), procedure("q", 20, UNSTATED)], (1, 1), id="both"
        ),
        pytest.param([procedure("p", 20, UNSTATED, status="not-done")], (0, 0), id="not done"),
        pytest.param([procedure("p", -20, UNSTATED)], (0, 0), id="planned"),
        pytest.param([procedure("p", 20, "TMS")], (0, 0), id="another treatment"),
    ],
)
def test_ect_is_a_point(sessions, range_):
    assert points(assessed(*ONE, *sessions), "ECT") == range_


def test_procedures_read_in_part_leave_ect_open():
    assert points(assessed(*ONE, reads={"procedures": PARTIAL}), "ECT") == (0, 1)


def test_ect_before_an_assumed_start_may_belong_to_the_episode():
    out = assessed(
        woman(),
        depression(onset=None),
        failure("a", "sertraline", 150, 100),
        procedure("p", 700, UNSTATED),
    )
    assert out["episode"]["assumed"]
    assert points(out, "ECT") == (0, 1)


# -------------------------------------------------------------------------------------- Thase-Rush

SSRI, SNRI = failure("a", "sertraline", 290, 100), failure("b", "venlafaxine", 225, 225)
TCA, MAOI = failure("c", "nortriptyline", 160, 100), failure("d", "phenelzine", 95, 60)
FOUR = [SSRI, SNRI, TCA, MAOI]
PERHAPS_TCA = taken("c", "nortriptyline", 100, 160, 100, said="stopped")
NAMELESS = order("u", {"coding": [{"code": "1"}]}, [dosage(1)])


@pytest.mark.parametrize(
    ("drugs", "range_"),
    [
        pytest.param([SSRI], (1, 1), id="one failure"),
        pytest.param([SSRI, failure("b", "fluoxetine", 225, 20)], (1, 1), id="two of one class"),
        pytest.param([SSRI, SNRI], (2, 2), id="two classes"),
        pytest.param([SSRI, TCA], (2, 2), id="the TCA is one of the two classes"),
        pytest.param([SSRI, SNRI, TCA], (3, 3), id="two classes and a TCA"),
        pytest.param([SSRI, SNRI, MAOI], (2, 2), id="an MAOI without a TCA"),
        pytest.param(FOUR, (4, 4), id="and an MAOI"),
        pytest.param([SSRI, SNRI, PERHAPS_TCA], (2, 3), id="the TCA is possible"),
        pytest.param([SSRI, SNRI, MAOI, PERHAPS_TCA], (2, 4), id="and holds up the MAOI"),
        pytest.param([SSRI, NAMELESS], (1, 2), id="a drug nobody could recognise"),
        pytest.param([SSRI, SNRI, MAOI, NAMELESS], (2, 4), id="which may be the TCA"),
    ],
)
def test_each_stage_adds_a_class(drugs, range_):
    assert stage(*drugs) == range_


def ect(code, count=6, said="no effect", first=10, **more):
    """Return sessions of ECT, the last of them saying what came of it."""
    made = [procedure(f"p{at}", first + 2 * at, code, **more) for at in range(count)]
    return [made[0] | {"outcome": {"text": said}}, *made[1:]] if said else made


@pytest.mark.parametrize(
    ("sessions", "range_"),
    [
        pytest.param(ect(BILATERAL), (5, 5), id="bilateral without effect"),
        pytest.param(ect({"text": "bitemporal ECT"}), (4, 5), id="bilateral in words alone"),
        pytest.param(
            ect(UNSTATED | {"text": "ECT, bifrontal"}), (5, 5), id="coded, bilateral in words"
        ),
        pytest.param(
            ect(UNSTATED, bodySite=[{"text": "Bilateral"}]), (5, 5), id="bilateral by body site"
        ),
        pytest.param(ect(BILATERAL, 5), (4, 4), id="too few sessions"),
        pytest.param(ect(UNILATERAL), (4, 4), id="unilateral"),
        pytest.param(ect(UNSTATED), (4, 5), id="side not stated"),
        pytest.param(
            ect(BILATERAL | {"text": "right unilateral"}), (4, 5), id="code and words disagree"
        ),
        pytest.param(ect(BILATERAL, said=""), (4, 5), id="outcome not recorded"),
        pytest.param(ect(BILATERAL, said="remission"), (4, 4), id="it helped"),
        pytest.param(ect(BILATERAL, first=900), (4, 4), id="in an earlier episode"),
        pytest.param(ect(BILATERAL, status="unknown"), (4, 5), id="no status"),
        pytest.param(
            [
                procedure("p", None, BILATERAL, outcome={"text": "no effect"})
                | {"performedPeriod": {"start": ago(40), "end": ago(10)}}
            ],
            (4, 5),
            id="a course whose sessions nobody counted",
        ),
    ],
)
def test_the_fifth_stage_is_a_failure_of_bilateral_ect(sessions, range_):
    assert stage(*FOUR, *sessions) == range_


def test_the_fifth_stage_needs_all_before_it():
    assert stage(*FOUR[:3], *ect(BILATERAL)) == (3, 3)
    assert stage(*FOUR[:2], *ect(BILATERAL)) == (2, 2)


def test_what_was_not_read_may_hold_the_stages_that_are_missing():
    assert stage(SSRI, reads={"medications": PARTIAL}) == (1, 4)
    assert stage(SSRI, reads={"medications": PARTIAL, "procedures": PARTIAL}) == (1, 5)
    assert stage(*FOUR, reads={"procedures": PARTIAL}) == (4, 5)


def test_drugs_without_dates_are_of_their_class():
    out = assessed(
        woman(),
        depression(),
        order("u", product("mirtazapine"), [dosage(30)], status="completed"),
    )
    found = scale(out, "thase-rush")
    assert (found["low"], found["high"]) == (0, 1)
    assert "NaSSA" in found["items"][0]["because"]
    assert found["items"][0]["evidence"] == ["MedicationRequest/u"]


def test_handed_over_drugs_are_staged_like_ordered_ones():
    made = [handed_over(f"d{at}", "sertraline", 280 - 30 * at, 30) for at in range(3)]
    out = assessed(woman(), depression(), *made, as_of=AS_OF)
    assert points(out, "failed drugs") == (1, 1)
