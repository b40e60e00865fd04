"""Cards shown, feedback to them and quiet periods: found for their own site and patient alone."""

from datetime import timedelta

import pytest

from store.errors import RowRefused
from store.store import open_store
from tests.store.given import KEYS, NORTH, NOW, SOUTH, ask, audit, card, feedback, quiet

pytestmark = pytest.mark.anyio

LOCAL = NOW.replace(tzinfo=None)
"""A moment of somebody's clock, in nobody's zone: a row with it is refused."""


async def test_cards_shown_are_found_by_patient_and_time(kept):
    early = NOW - timedelta(days=1)
    await kept.record(audit(), [card("old", at=early), card("new", topic="measureDue")])
    await kept.record(audit(), [card("other", patient="2")])
    assert [shown.card for shown in await kept.shown_before(NORTH, "1", early)] == ["old", "new"]
    assert await kept.shown_before(NORTH, "1", NOW) == [card("new", topic="measureDue")]
    assert await kept.shown_before(NORTH, "1", NOW + timedelta(microseconds=1)) == []


async def test_a_card_is_found_by_its_uuid_without_its_patient(kept):
    await kept.record(audit(), [card()])
    assert await kept.shown_card(NORTH, "card-1") == card(patient="")
    assert await kept.shown_card(NORTH, "card-2") is None


@pytest.mark.hostile("L01")
async def test_another_site_sees_nothing(kept):
    await kept.record(audit(), [card()])
    await kept.keep_feedback([feedback()], [quiet()])
    assert await kept.shown_card(SOUTH, "card-1") is None
    assert await kept.shown_before(SOUTH, "1", NOW) == []
    assert await kept.quiet_periods(SOUTH, "1", NOW) == []
    assert await kept.feedback(SOUTH, "card-1") == []
    assert await kept.shown_card(NORTH, "card-1") is not None
    assert len(await kept.quiet_periods(NORTH, "1", NOW)) == 1


@pytest.mark.hostile("L01")
async def test_feedback_of_another_site_silences_nobody(kept):
    await kept.record(audit(), [card()])
    await kept.keep_feedback([feedback(site=SOUTH)], [quiet(site=SOUTH)])
    assert await kept.quiet_periods(NORTH, "1", NOW) == []
    assert await kept.quiet_periods(SOUTH, "1", NOW) == []
    await kept.keep_feedback([feedback()], [quiet()])
    assert await kept.quiet_periods(NORTH, "1", NOW) == [quiet(patient="1")]


async def test_two_sites_may_use_the_same_ids(kept):
    await kept.record(audit(), [card()])
    await kept.record(audit(site=SOUTH), [card(site=SOUTH, topic="measureDue")])
    north, south = await kept.shown_card(NORTH, "card-1"), await kept.shown_card(SOUTH, "card-1")
    assert (north.topic, south.topic) == ("trdNextStep", "measureDue")


@pytest.mark.hostile("L04")
async def test_feedback_sent_three_times_counts_once(kept, database_url):
    await kept.record(audit(), [card()])
    for hours in range(3):
        later = NOW + timedelta(hours=hours)
        period = quiet(until=later + timedelta(days=90))
        await kept.keep_feedback([feedback(at=later), feedback(at=later)], [period])
    assert ask(database_url, "SELECT count(*) FROM feedback") == [(1,)]
    assert await kept.quiet_periods(NORTH, "1", NOW) == [quiet(patient="1")]


@pytest.mark.parametrize(
    "change",
    [
        {"card": "card-2"},
        {"outcome": "accepted"},
        {"outcome_at": "2026-11-24T07:00:00-06:00"},
        {"suggestions": ("a",)},
        {"suggestions": ("a", "b")},
        {"reason_code": "other"},
        {"reason_system": "other"},
        {"site": SOUTH},
    ],
    ids=str,
)
async def test_other_feedback_counts_too(kept, database_url, change):
    await kept.keep_feedback([feedback()])
    await kept.keep_feedback([feedback(**change)])
    assert ask(database_url, "SELECT count(*) FROM feedback") == [(2,)]


async def test_feedback_to_an_unknown_card_is_kept_and_silences_nothing(kept, database_url):
    await kept.keep_feedback([feedback("nowhere")], [quiet("nowhere")])
    assert await kept.feedback(NORTH, "nowhere") == [feedback("nowhere")]
    assert ask(database_url, "SELECT count(*) FROM quiet_periods") == [(0,)]


async def test_a_quiet_period_is_of_its_patient_and_ends(kept):
    await kept.record(audit(), [card(), card("card-2", patient="2")])
    await kept.keep_feedback([feedback()], [quiet(), quiet(topic="measureDue")])
    found = await kept.quiet_periods(NORTH, "1", NOW)
    assert [period.topic for period in found] == ["trdNextStep", "measureDue"]
    assert await kept.quiet_periods(NORTH, "2", NOW) == []
    assert await kept.quiet_periods(NORTH, "1", NOW + timedelta(days=90)) == []
    assert len(await kept.quiet_periods(NORTH, "1", NOW + timedelta(days=89))) == 2


async def test_a_quiet_period_may_name_its_patient(kept):
    await kept.keep_feedback([], [quiet("nowhere", patient="7")])
    assert await kept.quiet_periods(NORTH, "7", NOW) == [quiet("nowhere", patient="7")]


async def test_all_is_given_back_as_it_came_in_also_after_a_restart(kept, database_url):
    told = feedback(suggestions=("s-1", "s-2"), comment="Declined; asks again in spring – 春")
    await kept.keep_feedback([told])
    await kept.close()
    again = await open_store(database_url, KEYS, migrate=True)
    assert await again.feedback(NORTH, "card-1") == [told]
    await again.close()


@pytest.mark.hostile("K08")
async def test_text_no_database_can_hold_is_kept_with_a_mark(kept):
    odd = feedback(reason_code="a\0b\ud800c", comment="a\0b\ud800c\r\n{}")
    await kept.keep_feedback([odd])
    (told,) = await kept.feedback(NORTH, "card-1")
    assert told.reason_code == "a\ufffdb\ufffdc"
    assert told.comment == odd.comment


async def test_a_card_recorded_again_is_the_same_card(kept):
    await kept.record(audit(1), [card(), card()])
    await kept.record(audit(2), [card(at=NOW + timedelta(minutes=1))])
    assert await kept.shown_before(NORTH, "1", NOW) == [card()]


async def test_a_card_and_its_audit_row_are_kept_together_or_not_at_all(kept, database_url):
    await kept.record(audit(1), [card()])
    with pytest.raises(RowRefused):
        await kept.record(audit(2), [card("card-2"), card("card-3", at=LOCAL)])
    assert ask(database_url, "SELECT text FROM audit") == [('{"number": 1}',)]
    assert ask(database_url, "SELECT card FROM shown_cards") == [("card-1",)]
