"""Which card speaks when, and what it says: the exact cards of invented patients, and changes."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_hooks.cards import REASONS, Occasion
from cds_hooks.cards_text import LONGEST_SUMMARY
from cds_hooks.facts import knows_tms
from cds_hooks.review import cards_of
from tests.cds_hooks.golden import FOLDER, answers
from tests.cds_hooks.hooks import (
    ABSENT,
    BASE,
    KNOWLEDGE,
    REVIEW,
    SAFETY,
    TODAY,
    app_of,
    call,
    cards,
    numbered_uuids,
    post,
    prefetch_of,
    searchset,
    topics,
)
from tests.cds_hooks.people import (
    PEOPLE,
    depression,
    drug,
    long_measured,
    one_running,
    outcome_not_recorded,
    phq9,
    plan_and_intent,
    two_failures,
)
from tests.support.days import day
from tests.support.fhir import ICD, SUBJECT, concept, condition, observation, patient
from trd.chart import ReadStatus, Referral
from trd.read import gather
from trd.readings import assess_gathered

NEXT_PAGE = {"link": [{"relation": "next", "url": "https://ehr.example.org/2"}]}


@pytest.mark.parametrize("person", PEOPLE)
def test_the_cards_are_those_somebody_has_read(person):
    assert answers(person) == (FOLDER / f"{person}.json").read_text("utf-8")


def test_the_same_call_gives_the_same_bytes():
    body = call(prefetch_of(two_failures()))
    first, second = (post(REVIEW, body, app=app_of(new_uuid=numbered_uuids())) for _ in range(2))
    assert first.content == second.content


@pytest.mark.requirement("CARD-1")
@pytest.mark.hostile("L12")
def test_every_card_of_every_answer_has_an_id_of_its_own():
    body = call(prefetch_of(two_failures()))
    app = app_of()
    ids = {post(REVIEW, body, app=app).json()["cards"][0]["uuid"] for _ in range(3)}
    assert len(ids) == 3


def test_the_order_of_resources_changes_nothing():
    rows = plan_and_intent()
    one, other = cards(SAFETY, prefetch_of(rows)), cards(SAFETY, prefetch_of(rows[::-1]))
    assert one[0]["detail"] == other[0]["detail"]


@pytest.mark.requirement("SRC-1", "SRC-5")
def test_a_card_names_its_source_and_its_topic():
    source = cards(REVIEW, prefetch_of(two_failures()))[0]["source"]
    assert source["label"] == "Depression treatment history (rules CH-2, knowledge 2026.1)"
    assert source["topic"]["system"] == f"{BASE}/CodeSystem/topics"


@pytest.mark.requirement("OVR-3")
def test_reasons_are_of_the_published_vocabulary(shared):
    folder = shared / "spec" / "cds-hooks" / "data" / "override-reason-vocabulary"
    published = (folder / "CodeSystem-non-adherence-reason-codes.json").read_text("utf-8")
    used = {
        (reason["system"], reason["code"])
        for person in PEOPLE.values()
        for service in (REVIEW, SAFETY)
        for card in cards(service, prefetch_of(person()))
        for reason in card["overrideReasons"]
    }
    assert used
    assert all(system == REASONS and f'"{code}"' in published for system, code in used)


class TestNextStep:
    """C1: two adequate trials without response."""

    def test_it_says_what_the_chart_shows_and_gives_options(self):
        card = cards(REVIEW, prefetch_of(two_failures()))[0]
        fall = KNOWLEDGE.criteria.outcome.response_fall_percent
        assert f"inadequate response (< {fall} %)" in card["summary"]
        for word in ("sertraline", "100 mg/day", "venlafaxine", "augmentation", "Not checked"):
            assert word in card["detail"]

    def test_a_running_trial_is_named(self):
        rows = [
            *two_failures(),
            drug("m3", concept(text="bupropion XL 300 mg"), 300, "2026-08-10", None),
        ]
        assert (
            "**bupropion** 300 mg/day, still taken" in cards(REVIEW, prefetch_of(rows))[0]["detail"]
        )

    def test_open_points_are_named(self):
        rows = [*two_failures(), condition("c2", concept(ICD, "G40.909", text="Epilepsy"))]
        card = cards(REVIEW, prefetch_of(rows))[0]
        assert "open points inside" in card["summary"]
        assert "recorded: Epilepsy" in card["detail"]

    def test_a_critical_signal_hides_it(self):
        assert "trdNextStep" not in topics(cards(REVIEW, prefetch_of(plan_and_intent())))

    def test_a_warning_does_not_and_both_services_speak(self):
        rows = [*two_failures()[:-1], observation("o4-9", "44260-8", "2026-08-30", 1)]
        card = cards(REVIEW, prefetch_of(rows))[0]
        assert "see the safety card" in card["detail"]
        assert cards(SAFETY, prefetch_of(rows))[0]["indicator"] == "warning"

    @pytest.mark.parametrize("status", ["active", "completed", "draft", "revoked"])
    def test_a_tms_referral_silences_it(self, status):
        assert cards(REVIEW, prefetch_of([*two_failures(), referral(status)])) == []

    def test_a_decline_silences_it(self):
        assessment = assess_gathered(gather(two_failures()), KNOWLEDGE, day(TODAY))
        declined = Referral(evidence="Procedure/p1", kind="tms", status="declined", on=None)
        chart = replace(assessment.chart, referrals=(declined,))
        assert not knows_tms(assessment)
        assert knows_tms(replace(assessment, chart=chart))

    def test_a_referral_made_in_error_does_not(self):
        found = cards(REVIEW, prefetch_of([*two_failures(), referral("entered-in-error")]))
        assert topics(found) == ["trdNextStep"]

    def test_a_tms_course_silences_it(self):
        course = {
            "resourceType": "Procedure",
            "id": "p1",
            "status": "completed",
            "subject": SUBJECT,
            "code": concept("http://www.ama-assn.org/go/cpt", "90868"),
            "performedDateTime": "2026-06-20",
        }
        assert cards(REVIEW, prefetch_of([*two_failures(), course])) == []

    def test_an_absolute_flag_silences_it(self):
        implant = condition("c2", concept(ICD, "Z96.21", text="Cochlear implant"))
        assert cards(REVIEW, prefetch_of([*two_failures(), implant])) == []

    def test_bipolar_disorder_silences_everything(self):
        bipolar = condition("c2", concept(ICD, "F31.9", text="Bipolar disorder"))
        assert cards(REVIEW, prefetch_of([*two_failures(), bipolar], statements=[1])) == []

    def test_a_minor_gets_none(self):
        rows = [patient("2012-01-01"), *two_failures()[1:]]
        assert cards(REVIEW, prefetch_of(rows)) == []


def referral(status):
    return {
        "resourceType": "ServiceRequest",
        "id": "s1",
        "status": status,
        "intent": "order",
        "subject": SUBJECT,
        "code": {"text": "Referral for TMS evaluation"},
        "authoredOn": "2026-07-01",
    }


class TestOptimise:
    """C2: at dose for 28 days without effect, or never adequate."""

    @pytest.mark.parametrize(
        ("start", "last", "shown"),
        [
            ("2026-08-05", 19, False),
            ("2026-08-04", 19, True),
            ("2026-07-20", 17, True),
            ("2026-07-20", 16, False),
        ],
    )
    def test_the_limits_of_days_and_fall(self, start, last, shown):
        found = cards(REVIEW, prefetch_of(one_running(start=start, last=last)))
        assert topics(found) == (["optimiseTrial"] if shown else [])

    def test_no_score_since_the_start(self):
        found = cards(REVIEW, prefetch_of(one_running()[:5]))
        assert "no PHQ-9 since it began" in found[0]["summary"]

    @pytest.mark.parametrize(
        "scores", [ABSENT, 7, searchset([], **NEXT_PAGE)], ids=["absent", "failed", "partial"]
    )
    def test_scores_that_were_not_read_are_not_called_missing(self, scores):
        found = cards(REVIEW, prefetch_of(one_running()[:3], scores=scores))
        assert topics(found) == ["historyGap"]
        assert "not fully read (scores)" in found[0]["summary"]
        assert "no PHQ-9" not in str(found)

    @pytest.mark.parametrize("responses", [7, searchset([], **NEXT_PAGE)])
    def test_responses_could_hold_the_score_as_well(self, responses):
        found = cards(REVIEW, prefetch_of(one_running()[:3], responses=responses))
        assert topics(found) == ["historyGap"]
        assert "(questionnaire responses)" in found[0]["summary"]

    def test_a_score_that_was_read_speaks_though_others_were_not(self):
        rows = one_running()
        scores = searchset([rows[-2]], **NEXT_PAGE)
        card = cards(REVIEW, prefetch_of(rows[:3], scores=scores))[0]
        assert card["source"]["topic"]["code"] == "optimiseTrial"
        assert "no score before it began in what was read" in card["detail"]

    def test_orders_read_in_part_are_said_in_the_summary(self):
        rows = one_running()
        card = cards(REVIEW, prefetch_of(rows, medications=searchset([rows[2]], **NEXT_PAGE)))[0]
        assert card["source"]["topic"]["code"] == "optimiseTrial"
        assert card["summary"].startswith("Medication orders read in part: sertraline")
        assert len(card["summary"]) <= LONGEST_SUMMARY

    def test_dose_minimum_days_and_score_are_said(self):
        detail = cards(REVIEW, prefetch_of(one_running()))[0]["detail"]
        for words in ("100 mg/day", "minimum used by the rule 50 mg/day", "43 days", "fell 5 %"):
            assert words in detail

    def test_below_the_minimum_with_symptoms(self):
        rows = one_running(mg=25)
        assert topics(cards(REVIEW, prefetch_of(rows))) == ["optimiseTrial"]

    def test_without_a_depressive_diagnosis_there_is_no_trial_to_optimise(self):
        rows = [row for row in one_running() if row["resourceType"] != "Condition"]
        assert "optimiseTrial" not in topics(cards(REVIEW, prefetch_of(rows)))

    def test_a_partial_start_that_leaves_it_open_is_not_optimised(self):
        rows = one_running()
        rows[2] = drug("m1", rows[2]["medicationCodeableConcept"], 100, "2026-08", None)
        assert "optimiseTrial" not in topics(cards(REVIEW, prefetch_of(rows)))

    def test_two_inadequate_trials_and_no_adequate_one(self):
        rows = [
            patient(),
            depression(onset="2026-01-15", code="F32.1"),
            drug("m1", concept(text="sertraline 25 mg"), 25, "2026-02-01", "2026-03-01"),
            drug("m2", concept(text="fluoxetine 10 mg"), 10, "2026-03-05", "2026-04-10"),
        ]
        card = cards(REVIEW, prefetch_of(rows))[0]
        assert card["summary"].startswith(
            "2 antidepressants tried this episode, none at the minimum"
        )
        read_in_part = {
            "resourceType": "Bundle",
            "entry": [{"resource": r} for r in rows[2:]],
            "link": [{"relation": "next"}],
        }
        assert topics(cards(REVIEW, prefetch_of(rows, medications=read_in_part))) == ["historyGap"]


class TestGaps:
    """C3: missing facts decide."""

    @pytest.mark.parametrize("need", [None, "statements", "conditions"])
    def test_the_limit_of_response_is_that_of_the_rules(self, need):
        """Every card that names it takes it from the rules (C1 and the two ways of C3)."""
        doubt = condition("c2", concept(ICD, "F31.9", text="?"), verification="provisional")
        assessment = assess_gathered(
            gather([*two_failures(), *([doubt] if need == "statements" else [])]),
            KNOWLEDGE,
            day(TODAY),
        )
        if need == "conditions":
            reads = tuple(
                replace(row, status=ReadStatus.PARTIAL if row.need == need else row.status)
                for row in assessment.chart.reads
            )
            assessment = replace(assessment, chart=replace(assessment.chart, reads=reads))
        outcome = replace(KNOWLEDGE.criteria.outcome, response_fall_percent=45)
        changed = replace(KNOWLEDGE, criteria=replace(KNOWLEDGE.criteria, outcome=outcome))
        occasion = Occasion(
            as_of=day(TODAY), knowledge=changed, topic_system=BASE, new_uuid=numbered_uuids()
        )
        made, _ = cards_of(replace(assessment, knowledge=changed), occasion)
        card = made[0].card
        assert "inadequate response (< 45 %)" in card["summary"]

    def test_what_is_missing_is_said_of_each_trial(self):
        card = cards(REVIEW, prefetch_of(outcome_not_recorded()))[0]
        assert card["source"]["topic"]["code"] == "historyGap"
        assert "**sertraline**: switched; reason not recorded" in card["detail"]

    def test_an_open_question_of_diagnosis(self):
        doubt = condition("c2", concept(ICD, "F31.9", text="Bipolar?"), verification="provisional")
        card = cards(REVIEW, prefetch_of([*two_failures(), doubt]))[0]
        assert "a diagnosis or the age is to be clarified" in card["summary"]

    def test_an_unknown_age(self):
        card = cards(REVIEW, prefetch_of([patient(None), *two_failures()[1:]]))[0]
        assert "the birth date is not known" in card["detail"]

    def test_a_drug_without_any_date(self):
        rows = two_failures()[:2] + two_failures()[4:]
        for at, name in enumerate(("sertraline", "venlafaxine")):
            undated = drug(f"u{at}", concept(text=name), None, "", "2026-01-01")
            del undated["authoredOn"], undated["dosageInstruction"]
            rows.append(undated)
        card = cards(REVIEW, prefetch_of(rows))[0]
        assert "**sertraline**: no date is recorded" in card["detail"]


class TestMeasure:
    """C6: a PHQ-9 is due, and nothing else is."""

    @pytest.mark.parametrize(("days", "shown"), [(55, False), (56, False), (57, True)])
    def test_the_limit_of_days(self, days, shown):
        on = (date(2026, 9, 1) - timedelta(days=days)).isoformat()
        rows = [*long_measured()[:3], *phq9("o1", on, 9)]
        assert topics(cards(REVIEW, prefetch_of(rows))) == (["measureDue"] if shown else [])

    def test_no_score_at_all(self):
        card = cards(REVIEW, prefetch_of(long_measured()[:3]))[0]
        assert "no PHQ-9 in what was read" in card["summary"]

    def test_scores_that_were_not_read_are_never_called_missing(self):
        found = cards(REVIEW, prefetch_of(long_measured(), scores=7))
        assert topics(found) == ["historyGap"]


class TestSafety:
    """C4: charted facts, what was not found, the pathway; no grade of risk."""

    def test_a_critical_card_can_be_acknowledged_and_not_dismissed(self):
        card = cards(SAFETY, prefetch_of(plan_and_intent()))[0]
        assert card["indicator"] == "critical"
        assert [reason["code"] for reason in card["overrideReasons"]] == ["action-completed"]

    def test_facts_dates_and_what_was_not_found_are_said(self):
        card = cards(SAFETY, prefetch_of(plan_and_intent()))[0]
        assert card["summary"].startswith("C-SSRS Q5 (plan and intent) answered yes on 2026-08-31")
        for words in ("2026-08-31", "Looked for and not found", "988", "does not estimate risk"):
            assert words in card["detail"]

    def test_a_fault_in_the_trials_cannot_hide_a_signal(self, monkeypatch):
        monkeypatch.setattr("trd.readings.assess", None)
        monkeypatch.setattr("trd.assess.judge_trial", None)
        assert cards(SAFETY, prefetch_of(plan_and_intent()))[0]["indicator"] == "critical"

    def test_the_more_serious_reading_of_a_partial_date_counts(self):
        rows = [*two_failures(), condition("c5", concept(ICD, "T14.91XA"), onsetDateTime="2026-06")]
        assert cards(SAFETY, prefetch_of(rows))[0]["indicator"] == "critical"

    def test_the_boxed_warning_is_named(self):
        rows = [patient("2004-01-01"), *one_running()[1:]]
        rows[-1]["valueInteger"] = 1
        assert "boxed warning" in cards(SAFETY, prefetch_of(rows))[0]["detail"]


@given(
    name=st.sampled_from(sorted(KNOWLEDGE.antidepressants)),
    milligrams=st.one_of(st.none(), st.floats(0.001, 99_999), st.integers(1, 10_000)),
    total=st.integers(10, 27),
    years=st.integers(0, 60),
    ends=st.booleans(),
)
@pytest.mark.requirement("CARD-3")
@pytest.mark.hostile("G12")
def test_no_summary_is_too_long_and_none_is_cut(name, milligrams, total, years, ends):
    """Longest names, odd doses, long spans: a summary is whole and under 140 characters."""
    start = date(2026, 7, 1) - timedelta(days=years * 365)
    dose = milligrams
    rows = [
        patient("1950-01-01"),
        depression(onset=start.isoformat()),
        drug("m1", concept(text=name), dose, start.isoformat(), "2026-08-20" if ends else None),
        drug("m2", concept(text="selegiline transdermal"), dose, start.isoformat(), "2026-08-21"),
        *phq9("o1", start.isoformat(), 20),
        *phq9("o2", "2026-08-30", total, 3),
    ]
    for service in (REVIEW, SAFETY):
        for card in cards(service, prefetch_of(rows)):
            assert len(card["summary"]) <= LONGEST_SUMMARY
            assert card["summary"].endswith(".")
            assert "…" not in card["summary"]
