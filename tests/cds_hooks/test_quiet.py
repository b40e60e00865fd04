"""Cards that were seen: repeated for the same draft at signing, put away by a reader, or not."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cds_hooks import quiet
from cds_hooks.advice import Made
from cds_hooks.cards import REASONS, Indicator, Topic
from store.rows import FeedbackRow, QuietPeriod, ShownCard

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def made(topic=Topic.OPTIMISE, indicator=Indicator.WARNING, facts="f", draft="MedicationRequest/1"):
    return Made(card={"uuid": "u"}, topic=topic, indicator=indicator, facts=facts, draft=draft)


def shown(ago=HOUR, **changed):
    card = ShownCard(
        card="c",
        at=NOW - ago,
        site="north",
        patient="pt-1",
        service="antidepressant-select",
        topic="optimiseTrial",
        indicator="info",
        facts="f",
        draft="MedicationRequest/1",
    )
    return replace(card, **changed)


def period(left=DAY, **changed):
    one = QuietPeriod(
        site="north",
        patient="pt-1",
        topic="optimiseTrial",
        until=NOW + left,
        reason="limited-time",
        facts="f",
        card="c",
    )
    return replace(one, **changed)


def sent(card, hook, before=(), periods=()):
    cards, back = quiet.not_seen([card], hook, before, periods, NOW)
    assert len(cards) + len(back) == 1
    return back[0].reason if back else ""


TWO = "MedicationRequest/1 ServiceRequest/2"
REPEATS = [
    pytest.param("order-sign", made(), shown(), "repeated-for-draft", id="the same draft"),
    pytest.param(
        "order-sign", made(facts="g"), shown(), "repeated-for-draft", id="info to warning"
    ),
    pytest.param("order-sign", made(), shown(23 * HOUR), "repeated-for-draft", id="23 hours"),
    pytest.param("order-sign", made(), shown(DAY), "", id="a day"),
    pytest.param("order-sign", made(draft="MedicationRequest/2"), shown(), "", id="another draft"),
    pytest.param("order-sign", made(draft=TWO), shown(), "", id="one draft more"),
    pytest.param("order-sign", made(), shown(draft=TWO), "repeated-for-draft", id="one draft less"),
    pytest.param("order-sign", made(draft=""), shown(draft=""), "", id="no draft"),
    pytest.param("order-sign", made(topic=Topic.GAPS), shown(), "", id="another topic"),
    pytest.param("order-select", made(), shown(), "", id="not at select"),
    pytest.param("patient-view", made(), shown(), "", id="not at the chart"),
]


@pytest.mark.parametrize(("hook", "card", "before", "reason"), REPEATS)
def test_at_signing_a_card_is_not_repeated_for_its_draft(hook, card, before, reason):
    assert sent(card, hook, before=[before]) == reason


CRITICAL = made(topic=Topic.SAFETY, indicator=Indicator.CRITICAL)
SAFETY = made(topic=Topic.SAFETY)
PERIODS = [
    pytest.param(made(), period(), "quiet-period", id="quiet"),
    pytest.param(made(), period(timedelta(seconds=1)), "quiet-period", id="its last second"),
    pytest.param(made(), period(timedelta()), "", id="over"),
    pytest.param(made(), period(-DAY), "", id="long over"),
    pytest.param(made(facts="g"), period(), "", id="a new fact reopens"),
    pytest.param(made(topic=Topic.GAPS), period(), "", id="another topic"),
    pytest.param(
        CRITICAL, period(DAY, topic="suicideSafety"), "quiet-period", id="critical, a day"
    ),
    pytest.param(CRITICAL, period(DAY + HOUR, topic="suicideSafety"), "", id="critical, longer"),
    pytest.param(SAFETY, period(DAY + HOUR, topic="suicideSafety"), "", id="safety, longer"),
    pytest.param(
        made(indicator=Indicator.CRITICAL), period(14 * DAY), "", id="critical of any topic"
    ),
]


@pytest.mark.parametrize(("card", "one", "reason"), PERIODS)
def test_a_card_stays_away_in_a_quiet_period(card, one, reason):
    assert sent(card, "patient-view", periods=[one]) == reason


def feedback(outcome="overridden", code="", system=REASONS):
    return FeedbackRow(
        at=NOW,
        site="north",
        service="trd-review",
        card="c",
        outcome=outcome,
        outcome_at="2026-09-01T12:00:00Z",
        reason_system=system if code else "",
        reason_code=code,
    )


LENGTHS = [
    pytest.param(feedback("accepted"), "optimiseTrial", 365, id="accepted"),
    pytest.param(feedback(code="action-completed"), "optimiseTrial", 365, id="done"),
    pytest.param(feedback(code="patient-contraindication"), "trdNextStep", 365, id="chart change"),
    pytest.param(feedback(code="patient-refuses"), "trdNextStep", 180, id="refused"),
    pytest.param(feedback(code="prefers-alternative"), "trdNextStep", 180, id="alternative"),
    pytest.param(feedback(code="service-not-available"), "trdNextStep", 180, id="not available"),
    pytest.param(feedback(code="too-costly-uncovered"), "trdNextStep", 180, id="not covered"),
    pytest.param(feedback(code="recipient-disagrees-evidence"), "trdNextStep", 90, id="disagrees"),
    pytest.param(feedback(code="cds-not-applicable"), "historyGap", 365, id="not applicable"),
    pytest.param(feedback(code="need-more-info"), "historyGap", 14, id="more information"),
    pytest.param(feedback(code="limited-time"), "historyGap", 14, id="no time"),
    pytest.param(feedback("accepted"), "suicideSafety", 1, id="safety accepted"),
    pytest.param(feedback(code="action-completed"), "suicideSafety", 1, id="safety done"),
    pytest.param(feedback(code="cds-not-applicable"), "suicideSafety", 1, id="safety, no"),
]


@pytest.mark.parametrize(("row", "topic", "days"), LENGTHS)
def test_how_long_a_reason_keeps_a_card_away(row, topic, days):
    found = quiet.period_of(row, shown(topic=topic), NOW)
    assert found is not None
    assert found.until - NOW == timedelta(days=days)
    assert (found.topic, found.facts, found.card, found.site) == (topic, "f", "c", "north")


def test_a_critical_card_of_any_topic_is_away_for_a_day_at_most():
    found = quiet.period_of(
        feedback(code="patient-refuses"), shown(indicator="critical", topic="trdNextStep"), NOW
    )
    assert found is not None
    assert found.until - NOW == DAY


@pytest.mark.requirement("OVR-4", "FB-9")
@pytest.mark.parametrize(
    "row",
    [
        feedback(),
        feedback(code="inappropriate-recipient"),
        feedback(code="a-code-of-the-clients-own"),
        feedback(code="patient-refuses", system="http://ehr.example.org/reasons"),
        feedback(code="accepted"),
    ],
    ids=["put away without a reason", "somebody else's", "unknown", "another system", "no code"],
)
def test_what_starts_no_period(row):
    assert quiet.period_of(row, shown(), NOW) is None


def test_every_reason_we_offer_has_a_line_in_the_table():
    cards = Path(quiet.__file__).parent / "cards.py"
    offered = set(
        re.findall(r'^    "([a-z-]+)": "', cards.read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert len(offered) >= 12
    assert offered - set(quiet.quiet_lengths().by_reason) == {"inappropriate-recipient"}
