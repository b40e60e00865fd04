"""The patient's own record that was not read is named, and nobody falls silent for it."""

import pytest

from tests.cds_hooks.hooks import ABSENT, REVIEW, SAFETY, call, cards, post, prefetch_of, topics
from tests.cds_hooks.orders import SELECT, SIGN, draft, ordered
from tests.cds_hooks.people import one_running, plan_and_intent, two_failures
from tests.support.denials import false_denials
from tests.support.fhir import patient

ERROR = {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}
UNREAD = {"absent": ABSENT, "null": None, "failed": ERROR}
each_state = pytest.mark.parametrize("state", UNREAD.values(), ids=UNREAD)


@pytest.mark.hostile("F02")
@pytest.mark.requirement("SAFE-2")
@each_state
def test_a_card_names_it_and_says_nothing_of_a_birth_date_in_it(state):
    for service, rows in (
        (REVIEW, two_failures()),
        (REVIEW, one_running()),
        (SAFETY, plan_and_intent()),
    ):
        card = cards(service, prefetch_of(rows, patient=state))[0]
        assert "patient record (" in card["detail"].partition("**Not considered:**")[2]
        assert "not recorded" not in card["detail"]


@pytest.mark.hostile("F02")
@pytest.mark.parametrize("service", [SELECT, SIGN])
@each_state
def test_a_draft_is_not_passed_over_in_silence(service, state):
    rows = two_failures()
    assert topics(ordered(service, [draft()], rows)) == ["nextAntidepressant"]
    prefetch = prefetch_of(rows, patient=state)
    found = ordered(service, [draft()], rows, prefetch=prefetch)
    assert topics(found) == ["historyGap"]
    assert "(patient record)" in found[0]["summary"]


@pytest.mark.hostile("F02")
def test_a_record_that_was_read_is_not_named():
    for rows in (two_failures(), [patient(None), *two_failures()[1:]]):
        detail = cards(REVIEW, prefetch_of(rows))[0]["detail"]
        assert "patient record" not in detail


@pytest.mark.hostile("F01", "F04")
@pytest.mark.parametrize("state", [ABSENT, ERROR])
def test_scores_that_were_not_read_are_not_called_missing_where_a_drug_is_switched(state):
    """At ordering, too: the summary speaks of scores only as far as they were read."""
    rows = [row for row in one_running(mg=25) if row["resourceType"] != "Observation"]
    said = str(ordered(SELECT, [draft()], rows))
    assert "no PHQ-9 since it began" in said
    said = str(ordered(SELECT, [draft()], rows, prefetch=prefetch_of(rows, scores=state)))
    assert "scores" in said
    assert "no PHQ-9 since it began" not in said


@pytest.mark.requirement("RESP-4")
@pytest.mark.parametrize("need", ["conditions", "scores"])
def test_a_refusal_denies_nothing(need):
    answer = post(SAFETY, call(prefetch_of(two_failures(), **{need: ERROR})))
    assert answer.status_code == 412
    assert need in answer.text
    assert "nothing" not in answer.text


WORDS = {"scores": "scores", "conditions": "conditions", "devices": "devices"}


@pytest.mark.parametrize(
    ("text", "missing", "is_false"),
    [
        ("**Read:** conditions (1); none held: scores, devices.", {"scores"}, True),
        ("**Read:** conditions (1); none held: devices.", {"scores"}, False),
        ("sertraline: no PHQ-9 since it began.", {"scores"}, True),
        ("sertraline: no PHQ-9 since it began in what was read.", {"scores"}, False),
        ("sertraline: no PHQ-9 since it began.", {"devices"}, False),
        ("- venlafaxine: no depressive diagnosis is recorded", {"conditions"}, True),
        ("**Looked for and not found:** self-neglect in the past 90 days.", {"conditions"}, True),
        (
            "**Looked for and not found:** self-neglect (conditions could not be read).",
            {"conditions"},
            False,
        ),
        ("There are no seizures.", {"devices"}, True),
    ],
)
def test_a_false_denial_is_found(text, missing, is_false):
    assert bool(false_denials(text, missing, WORDS)) is is_false
