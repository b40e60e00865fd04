"""What nobody may read who has the database, a log or the text of an error, but not the keys."""

import logging
import traceback
from pathlib import Path

import pytest
from sqlalchemy import make_url

from store.errors import RowRefused, SchemaUnfit, StoreError, UnreadableRow
from store.keys import KeyRing
from store.store import open_store
from tests.store.given import (
    KEYS,
    NORTH,
    NOW,
    SOUTH,
    ask,
    audit,
    card,
    correction,
    feedback,
    quiet,
)

pytestmark = pytest.mark.anyio

CANARY = "canary-Zephyrine"
PATIENT = "canary-patient-4711"
TABLES = ["audit", "shown_cards", "feedback", "quiet_periods", "corrections"]


def dump(url):
    """Return all that stands in the tables, as text; on SQLite the bytes of the files as well."""
    told = "\n".join(repr(ask(url, f"SELECT * FROM {table}")) for table in TABLES)  # noqa: S608
    address = make_url(url)
    if address.drivername.startswith("sqlite"):
        for path in Path(address.database or "").parent.glob("kept.db*"):
            told += path.read_bytes().decode("latin-1")
    return told


@pytest.mark.hostile("K01")
async def test_comments_and_corrections_cannot_be_read_in_the_database(kept, database_url):
    await kept.keep_feedback([feedback(comment=CANARY)])
    await kept.correct(correction(text=CANARY))
    assert CANARY not in dump(database_url)
    assert (await kept.feedback(NORTH, "card-1"))[0].comment == CANARY
    assert (await kept.corrections(NORTH, "1"))[0].text == CANARY


@pytest.mark.hostile("K01")
async def test_a_patient_cannot_be_read_but_in_the_audit(kept, database_url):
    await kept.record(audit(), [card(patient=PATIENT)])
    await kept.keep_feedback([feedback()], [quiet(), quiet("other", patient=PATIENT)])
    await kept.correct(correction(patient=PATIENT))
    assert PATIENT not in dump(database_url)
    assert len(await kept.quiet_periods(NORTH, PATIENT, NOW)) == 2


@pytest.mark.hostile("K01")
async def test_one_patient_of_two_sites_has_two_hashes(kept, database_url):
    await kept.record(audit(), [card()])
    await kept.record(audit(), [card(site=SOUTH)])
    assert len(set(ask(database_url, "SELECT patient FROM shown_cards"))) == 2


def refuse_the_canary(url):
    """Let the database refuse a row in words that quote it."""
    if url.startswith("sqlite"):
        ask(
            url,
            "CREATE TRIGGER canary BEFORE INSERT ON shown_cards BEGIN"
            f" SELECT RAISE(ABORT, 'not {CANARY}'); END",
        )
    else:
        ask(url, f"ALTER TABLE shown_cards ADD CHECK (card <> '{CANARY}')")


@pytest.mark.hostile("K01", "K04")
async def test_no_value_is_in_an_error_or_a_log(kept, database_url, caplog):
    caplog.set_level(logging.DEBUG)
    refuse_the_canary(database_url)
    with pytest.raises(RowRefused) as refused:
        await kept.record(audit(patient=PATIENT), [card(CANARY, patient=PATIENT)])
    told = "".join(traceback.format_exception(refused.value)) + repr(refused.value)
    assert refused.value.__context__ is None
    assert refused.value.fault in {
        "IntegrityError SQLITE_CONSTRAINT_TRIGGER",
        "CheckViolation 23514",
    }
    assert CANARY not in told + caplog.text + refused.value.fault
    assert PATIENT not in told + caplog.text + refused.value.fault


async def test_a_comment_moved_to_another_row_cannot_be_read_there(kept, database_url):
    await kept.keep_feedback([feedback(comment="a"), feedback("card-2", comment="b")])
    ask(
        database_url,
        "UPDATE feedback SET comment = (SELECT comment FROM feedback WHERE card = 'card-1')"
        " WHERE card = 'card-2'",
    )
    with pytest.raises(UnreadableRow):
        await kept.feedback(NORTH, "card-2")
    assert (await kept.feedback(NORTH, "card-1"))[0].comment == "a"


async def test_a_new_key_reads_the_old_rows_and_writes_the_new_ones(kept, database_url):
    await kept.keep_feedback([feedback(comment="old")])
    rotated = KEYS.with_new_key(NOW)
    store = await open_store(database_url, rotated, migrate=False)
    await store.keep_feedback([feedback("card-2", comment="new")])
    assert [row.comment for row in await store.feedback(NORTH, "card-1")] == ["old"]
    assert [row.comment for row in await store.feedback(NORTH, "card-2")] == ["new"]
    with pytest.raises(UnreadableRow):
        await kept.feedback(NORTH, "card-2")
    assert await store.rows_by_key() == {KEYS.keys[0].id: 1, rotated.keys[0].id: 1}
    await store.close()
    retired = await open_store(database_url, rotated.without(KEYS.keys[0].id), migrate=False)
    with pytest.raises(UnreadableRow):
        await retired.feedback(NORTH, "card-1")
    await retired.close()


async def test_a_database_begun_with_another_lookup_key_is_refused(kept, database_url):
    for migrate in (True, False):
        with pytest.raises(SchemaUnfit, match="another key file"):
            await open_store(database_url, KeyRing.new(NOW), migrate=migrate)
    await kept.check()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "sqlite:///file.db",
        "mysql://canary-secret@host/db",
        "postgresql://canary-secret@host/db",
        "canary-secret",
        "postgresql+psycopg://user:canary-secret@/none?host=/nowhere",
        "sqlite+aiosqlite:////nowhere/canary-secret.db",
    ],
)
@pytest.mark.hostile("K02")
async def test_a_url_is_refused_without_being_repeated(url):
    with pytest.raises(StoreError) as refused:
        await open_store(url, KEYS, migrate=True)
    told = "".join(traceback.format_exception(refused.value)) + refused.value.fault
    assert "canary-secret" not in told


async def test_the_file_is_for_its_owner_alone(tmp_path):
    file = tmp_path / "kept.db"
    store = await open_store(f"sqlite+aiosqlite:///{file}", KEYS, migrate=True)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("kept.db*")} == {0o600}
    await store.close()
    assert ask(f"sqlite:///{file}", "PRAGMA journal_mode") == [("wal",)]
