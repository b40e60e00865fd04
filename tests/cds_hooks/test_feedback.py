"""Feedback: the standard's shape and Epic's, in batches, once each, kept before it is confirmed."""

import json

import orjson
import pytest

from cds_hooks.feedback import LARGEST_BYTES, LONGEST_COMMENT, moment, read_feedback
from tests.cds_hooks.hooks import (
    REVIEW,
    app_of,
    post,
    refusal,
)
from tests.support.fhir import Json
from tests.support.kept import NORTH, NOW, SOUTH, Kept, Trusting

REASONS = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
CARD = "5f0c1e3a-7f0e-4c1d-9a6f-0a1b2c3d4e5f"
CANARY = "Zebrafinch-7731"
NORTHERN = {"Authorization": "Bearer north"}
SOUTHERN = {"Authorization": "Bearer south"}


def entry(**changed):
    made: Json = {
        "card": CARD,
        "outcome": "overridden",
        "outcomeTimestamp": "2026-09-01T11:59:00Z",
    }
    return {name: value for name, value in (made | changed).items() if value is not None}


def reason(code="patient-refuses", **more):
    return {"reason": {"code": code, "system": REASONS, "display": "The patient declines"}} | more


def door(kept, **more):
    trust = Trusting(sites=(NORTH, SOUTH), allows_unsigned=False)
    return app_of(trust=trust, audit=kept, records=kept, **more)


def told(*entries, kept=None, headers=NORTHERN, service=REVIEW, **more):
    """Send entries; return the answer."""
    body = more.pop("body", {"feedback": list(entries)} | more)
    app = door(Kept() if kept is None else kept)
    return post(f"{service}/feedback", body, headers=headers, app=app)


# ---------------------------------------------------------------------------------------- shapes


@pytest.mark.requirement("FB-1", "FB-5")
@pytest.mark.parametrize(
    ("said", "system", "code", "comment"),
    [
        pytest.param({}, "", "", "", id="put away"),
        pytest.param({"overrideReason": reason()}, REASONS, "patient-refuses", "", id="a reason"),
        pytest.param({"overrideReason": {"userComment": "c"}}, "", "", "c", id="a comment alone"),
        pytest.param(
            {"overrideReason": reason(userComment="c")}, REASONS, "patient-refuses", "c", id="both"
        ),
        pytest.param({"overrideReason": {}}, "", "", "", id="neither"),
        pytest.param(
            {"overrideReason": {"reason": {"display": "only words"}}},
            "",
            "",
            "only words",
            id="words",
        ),
    ],
)
def test_an_override_with_reason_comment_both_or_neither(said, system, code, comment):
    kept = Kept()
    answer = told(entry(**said), kept=kept)
    assert (answer.status_code, json.loads(answer.content)) == (200, {"received": 1})
    (row,) = kept.feedback
    assert (row.card, row.outcome, row.service, row.site) == (CARD, "overridden", REVIEW, "north")
    assert (row.reason_system, row.reason_code, row.comment) == (system, code, comment)
    assert (row.at, row.outcome_at) == (NOW, "2026-09-01T11:59:00Z")


@pytest.mark.requirement("FB-4")
def test_an_accepted_card_names_its_suggestions():
    kept = Kept()
    ids = [{"id": "s-1"}, {"id": "s-2", "extension": {}}]
    assert told(entry(outcome="accepted", acceptedSuggestions=ids), kept=kept).status_code == 200
    assert kept.feedback[0].suggestions == ("s-1", "s-2")
    nothing: list[Json] = []
    for missing in (None, nothing):
        answer = told(entry(outcome="accepted", acceptedSuggestions=missing))
        assert answer.status_code == 400
        assert "feedback[0].acceptedSuggestions" in refusal(answer)


@pytest.mark.requirement("FB-6", "OVR-4")
def test_what_epic_sends_is_kept_with_its_meaning():
    kept = Kept()
    said = "com.epic.cdshooks.feedback.overrideReason"
    coded = entry(card="123456", overrideReasons=reason("of-their-own", userComment="c"))
    extended = entry(
        card="123457",
        overrideReasons={
            "extension": {
                f"{said}.reasonCategory": "45",
                f"{said}.reasonDisplay": "Does not meet criteria",
                f"{said}.reasonTitle": "Does not meet criteria",
            },
            "userComment": "free text",
        },
        extension={"com.epic.anything": {"nested": [1]}},
    )
    assert told(coded, extended, kept=kept).status_code == 200
    one, two = kept.feedback
    assert (one.card, one.reason_system, one.reason_code) == ("123456", REASONS, "of-their-own")
    assert (two.card, two.reason_system, two.reason_code) == (
        "123457",
        f"{said}.reasonCategory",
        "45",
    )
    assert (one.comment, two.comment) == ("c", "Does not meet criteria\nfree text")


def test_the_reference_sample_of_epics_shape(shared):
    folder = shared / "spec" / "cds-hooks" / "data" / "synthetic"
    kept = Kept()
    body = (folder / "epic-shaped-feedback-override-reason.json").read_bytes()
    assert told(body=body, kept=kept).status_code == 200
    assert (kept.feedback[0].reason_code, kept.feedback[0].comment) == (
        "patient-refuses",
        "synthetic comment",
    )


def test_the_examples_of_the_specification(shared):
    folder = shared / "spec" / "cds-hooks" / "data" / "spec-3.0.0-ballot"
    samples = [path for path in sorted(folder.iterdir()) if path.name[:2] in {"25", "26", "27"}]
    assert len(samples) == 3
    for path in samples:
        assert told(body=path.read_bytes()).status_code == 200, path.name


@pytest.mark.requirement("FB-2", "FB-3")
@pytest.mark.parametrize(
    ("body", "place"),
    [
        pytest.param({}, "feedback: a list", id="no list"),
        pytest.param({"feedback": {}}, "feedback: a list", id="an object"),
        pytest.param({"feedback": None}, "feedback: a list", id="null"),
        pytest.param({"feedback": "x"}, "feedback: a list", id="a text"),
        pytest.param(b"[]", "body:", id="a list as body"),
        pytest.param(b"{", "body:", id="not JSON"),
        pytest.param(b'{"feedback": [], "feedback": []}', "named twice", id="twice"),
        pytest.param(b'{"feedback": [{"card": "a", "card": "b"}]}', "named twice", id="card twice"),
        pytest.param({"feedback": [1]}, "feedback[0]:", id="a number"),
        pytest.param({"feedback": [entry(card=None)]}, "feedback[0].card", id="no card"),
        pytest.param({"feedback": [entry(card=" ")]}, "feedback[0].card", id="blank card"),
        pytest.param({"feedback": [entry(card=["c"])]}, "feedback[0].card", id="listed card"),
        pytest.param({"feedback": [entry(card="c" * 256)]}, "feedback[0].card", id="long card"),
        pytest.param({"feedback": [entry(card="c\0")]}, "feedback[0].card", id="NUL"),
        pytest.param({"feedback": [entry(outcome=None)]}, "feedback[0].outcome", id="no outcome"),
        pytest.param({"feedback": [entry(outcome="ignored")]}, "feedback[0].outcome", id="other"),
        pytest.param({"feedback": [entry(outcome=True)]}, "feedback[0].outcome", id="true"),
        pytest.param(
            {"feedback": [entry(outcomeTimestamp=None)]},
            "feedback[0].outcomeTimestamp",
            id="no moment",
        ),
        pytest.param(
            {"feedback": [entry(outcomeTimestamp=1_725_000_000)]},
            "feedback[0].outcomeTimestamp",
            id="a number as moment",
        ),
        pytest.param(
            {"feedback": [entry(overrideReason="no")]}, "feedback[0].overrideReason", id="text"
        ),
        pytest.param(
            {"feedback": [entry(overrideReason={"reason": "no"})]},
            "overrideReason.reason",
            id="r text",
        ),
        pytest.param(
            {"feedback": [entry(overrideReason={"userComment": 7})]}, "userComment", id="comment 7"
        ),
        pytest.param(
            {"feedback": [entry(overrideReason=reason(code="c" * 300))]},
            "reason.code",
            id="long code",
        ),
        pytest.param(
            {"feedback": [entry(acceptedSuggestions=["s"])]}, "acceptedSuggestions", id="bare ids"
        ),
        pytest.param(
            {"feedback": [entry(acceptedSuggestions={"id": "s"})]},
            "acceptedSuggestions",
            id="object",
        ),
    ],
)
def test_what_is_no_feedback_is_refused_by_its_place(body, place):
    kept = Kept()
    answer = told(body=body, kept=kept)
    assert answer.status_code == 400
    assert place in refusal(answer)
    assert not kept.feedback


@pytest.mark.requirement("FB-7")
def test_good_entries_of_a_batch_are_kept_and_bad_ones_are_named():
    kept = Kept()
    accepted = entry(card="c-1", outcome="accepted", acceptedSuggestions=[{"id": "s"}])
    again = entry(card="c-1", outcomeTimestamp="2026-09-01T11:59:59Z")
    answer = told(accepted, entry(outcome="maybe"), again, 7, entry(card="c-2"), kept=kept)
    assert answer.status_code == 400
    said = refusal(answer)
    assert "feedback[1].outcome" in said
    assert "feedback[3]" in said
    assert all(f"feedback[{at}]" not in said for at in (0, 2, 4))
    assert [(row.card, row.outcome) for row in kept.feedback] == [
        ("c-1", "accepted"),
        ("c-1", "overridden"),
        ("c-2", "overridden"),
    ]


def test_an_empty_batch_is_harmless():
    assert told().status_code == 200


@pytest.mark.hostile("L11")
def test_members_that_would_say_whose_it_is_are_ignored():
    kept = Kept()
    forged = entry(tenant_id="south", site="south", role="admin", id="1", at="2020-01-01T00:00:00Z")
    assert told(forged, kept=kept, tenant_id="south", site="south", role="admin").status_code == 200
    (row,) = kept.feedback
    assert (row.site, row.at) == ("north", NOW)


# --------------------------------------------------------------------------------------- moments


@pytest.mark.requirement("FB-8")
@pytest.mark.parametrize(
    "text",
    [
        "2026-09-01T11:59:00Z",
        "2026-09-01T11:59:00.123Z",
        "2026-09-01T11:59:00.123456789Z",
        "2026-09-01T11:59:00+00:00",
        "2026-09-01t11:59:00z",
        "2026-09-01T06:59:00-05:00",
        "2016-12-31T23:59:60Z",
    ],
)
def test_a_moment_with_its_zone_is_kept_as_it_was_sent(text):
    kept = Kept()
    assert told(entry(outcomeTimestamp=text), kept=kept).status_code == 200
    assert kept.feedback[0].outcome_at == text


@pytest.mark.hostile("L07")
@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("9999-12-31T23:59:59Z", 200),
        ("9999-12-31T23:59:59-23:59", 400),
        ("2026-09-01T11:59:00-00:00", 200),
        ("2027-01-01T00:00:00Z", 200),
        ("1970-01-01T00:00:00Z", 200),
        ("2026-09-01T11:59:00", 400),
        ("2026-09-01", 400),
        ("2026-09-01 11:59:00Z", 400),
        ("2026-13-01T11:59:00Z", 400),
        ("2026-02-30T11:59:00Z", 400),
        ("2026-09-01T24:00:00Z", 400),
        ("0000-01-01T00:00:00Z", 400),
        ("\uff12026-09-01T11:59:00Z", 400),
        ("now", 400),
    ],
)
def test_an_odd_moment_is_kept_with_the_time_of_receipt_or_refused(text, status):
    kept = Kept()
    assert told(entry(outcomeTimestamp=text), kept=kept).status_code == status
    assert [row.at for row in kept.feedback] == ([NOW] if status == 200 else [])


def test_moments_are_compared_in_one_zone():
    assert moment("2026-09-01T06:59:00.5-05:00") == moment("2026-09-01T11:59:00.50Z")


# ------------------------------------------------------------------------------- size and content


@pytest.mark.hostile("L08")
def test_a_comment_of_a_megabyte_is_too_large_and_a_long_one_is_kept():
    kept = Kept()
    assert (
        told(entry(overrideReason={"userComment": "x" * 1_000_000}), kept=kept).status_code == 413
    )
    assert not kept.feedback
    html = f"<script>alert('{CANARY}')</script>"
    assert told(entry(overrideReason={"userComment": html}), kept=kept).status_code == 200
    assert kept.feedback[0].comment == html
    longest = entry(card="c-3", overrideReason={"userComment": "y" * LONGEST_COMMENT})
    assert told(longest, kept=kept).status_code == 200
    longer = entry(overrideReason={"userComment": "y" * (LONGEST_COMMENT + 1)})
    assert "userComment" in refusal(told(longer))


@pytest.mark.hostile("D01")
def test_a_body_declared_too_large_is_not_read():
    headers = NORTHERN | {"Content-Length": str(LARGEST_BYTES + 1)}
    assert told(entry(), headers=headers).status_code == 413


def test_more_entries_than_a_batch_may_have():
    assert told(*[entry(card=f"c-{at}") for at in range(1_001)]).status_code == 413
    assert told(*[entry(card=f"c-{at}") for at in range(1_000)]).status_code == 200


@pytest.mark.requirement("FB-11")
@pytest.mark.hostile("K04", "K08")
def test_no_comment_is_repeated_or_logged(caplog, capfd):
    nasty = f'{CANARY}\r\n{{"event":"forged"}}\r\nSet-Cookie: a=b'
    kept = Kept()
    good = entry(overrideReason={"userComment": nasty})
    bad = entry(outcome=CANARY, overrideReason={"userComment": nasty})
    for answer in (told(good, kept=kept), told(bad, kept=kept), told(body=nasty.encode())):
        assert CANARY not in answer.text
        assert CANARY not in str(answer.headers)
    out, err = capfd.readouterr()
    assert CANARY not in caplog.text + out + err + repr(kept.events)
    assert kept.feedback[0].comment == nasty


def test_what_is_read_is_bounded():
    body = orjson.dumps({"feedback": [entry(acceptedSuggestions=[{"id": "s"}] * 51)]})
    assert read_feedback(body, "north", REVIEW, NOW).wrong
