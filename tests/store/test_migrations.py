"""The tables are made and upgraded whole or not at all; what was kept before is there after."""

import asyncio
import json
import shutil

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import store.migrate
from store.errors import SchemaUnfit, StaleVersion, StoreError
from store.keys import KeyRing, read_keys
from store.store import open_store
from store.tables import METADATA
from tests.conftest import ROOT
from tests.store.given import (
    KEYS,
    LATER,
    NORTH,
    NOW,
    ask,
    audit,
    card,
    correction,
    feedback,
    quiet,
)
from tests.store.writing import open_and_write_one

pytestmark = pytest.mark.anyio

RELEASED = ROOT / "tests" / "store" / "released"


def sync_engine(url):
    """Return an engine for a look at the database by other means than the store's."""
    address = sa.make_url(url)
    name = address.drivername.replace("+aiosqlite", "")
    return sa.create_engine(address.set(drivername=name))


def step_to(connection, revision):
    """Run the released steps up to one."""
    config = Config()
    config.set_main_option("script_location", str(store.migrate.FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@pytest.mark.usefixtures("kept")
async def test_the_steps_make_the_tables_this_program_names(database_url):
    engine = sync_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


async def test_an_upgrade_that_is_done_already_changes_nothing(kept, database_url):
    await kept.record(audit(), [card()])
    again = await open_store(database_url, KEYS, migrate=True)
    assert len(await again.shown_before(NORTH, "1", NOW)) == 1
    await again.close()


def released():
    """Return the schemas that were released."""
    return sorted(path.stem for path in RELEASED.glob("*.json"))


def test_every_step_is_released_with_what_a_database_looked_like_then():
    config = Config()
    config.set_main_option("script_location", str(store.migrate.FOLDER))
    steps = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    assert steps == set(released())


@pytest.mark.hostile("J07")
@pytest.mark.parametrize("revision", released())
async def test_what_a_release_kept_is_there_after_the_upgrade(revision, database_url, tmp_path):
    told = json.loads((RELEASED / f"{revision}.json").read_text(encoding="utf-8"))
    keys = laid_keys(told["keys"], tmp_path)
    engine = sync_engine(database_url)
    with engine.begin() as connection:
        step_to(connection, revision)
        tables = sa.MetaData()
        tables.reflect(connection)
        for name, rows in told["tables"].items():
            connection.execute(tables.tables[name].insert(), [read(row) for row in rows])
        key = {"what": "lookup-key", "print": keys.fingerprint()}
        connection.execute(tables.tables["begun_with"].insert(), key)
    engine.dispose()
    counts = {name: len(rows) for name, rows in told["tables"].items()}
    kept = await open_store(database_url, keys, migrate=True)
    assert counts == {
        name: ask(database_url, f"SELECT count(*) FROM {name}")[0][0]  # noqa: S608
        for name in counts
    }
    await check_contents(kept)
    await kept.close()


def laid_keys(told, folder):
    """Return the key ring of a release's example."""
    file = folder / "keys.json"
    file.write_text(json.dumps(told), encoding="ascii")
    file.chmod(0o600)
    return read_keys(file, "keys_file")


def read(row):
    """Return a row of an example: what is written as a moment is one."""
    moments = {"at", "until"} & row.keys()
    return row | {name: NOW.fromisoformat(row[name]) for name in moments}


async def check_contents(kept):
    """Check that every row of the example is found, and is what it was."""
    assert await kept.first_use("issuer", "token", LATER, NOW) is False
    assert await kept.broken_links() == []
    assert await kept.shown_before(NORTH, "1", NOW) == [card(), card("card-2")]
    told = feedback(comment="asks again in spring", suggestions=("s-1",))
    assert await kept.feedback(NORTH, "card-1") == [told]
    assert await kept.quiet_periods(NORTH, "1", NOW) == [quiet(patient="1")]
    assert await kept.corrections(NORTH, "1") == [correction(1), correction(2, text="{}")]
    with pytest.raises(StaleVersion):
        await kept.correct(correction(2))
    await kept.record(audit(3), [card("card-3")])
    await kept.keep_feedback([told])
    assert len(await kept.feedback(NORTH, "card-1")) == 1


@pytest.mark.hostile("J12")
@pytest.mark.parametrize("migrate", [True, False])
async def test_a_newer_schema_is_refused_and_left_alone(kept, database_url, migrate):
    await kept.check()
    ask(database_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaUnfit, match="a newer version of Thirdline"):
        await open_store(database_url, KEYS, migrate=migrate)
    with pytest.raises(SchemaUnfit, match="a newer version of Thirdline"):
        await kept.check()
    assert ask(database_url, "SELECT version_num FROM alembic_version") == [("9999",)]


async def test_an_empty_database_is_refused_where_nothing_may_be_made(database_url):
    with pytest.raises(SchemaUnfit, match="thirdline db upgrade"):
        await open_store(database_url, KEYS, migrate=False)


@pytest.fixture
def next_step(tmp_path, monkeypatch):
    """Return a function that adds a step after the newest, as a later release will have it."""
    folder = tmp_path / "migrations"
    shutil.copytree(store.migrate.FOLDER, folder)

    def add(*lines):
        body = "".join(f"    {line}\n" for line in lines)
        step = "from alembic import op\nrevision = '9998'\ndown_revision = '0001'\n"
        (folder / "versions" / "later.py").write_text(f"{step}\ndef upgrade():\n{body}")
        monkeypatch.setattr(store.migrate, "FOLDER", folder)

    return add


MAKES_A_TABLE = 'op.execute("CREATE TABLE made_later (id INTEGER)")'


@pytest.mark.usefixtures("kept")
async def test_an_older_schema_is_upgraded_or_refused(database_url, next_step):
    next_step(MAKES_A_TABLE)
    with pytest.raises(SchemaUnfit, match="older than this version"):
        await open_store(database_url, KEYS, migrate=False)
    later = await open_store(database_url, KEYS, migrate=True)
    assert ask(database_url, "SELECT count(*) FROM made_later") == [(0,)]
    await later.close()


async def test_an_upgrade_that_fails_leaves_all_as_it_was(kept, database_url, next_step):
    next_step(MAKES_A_TABLE, 'op.execute("INSERT INTO nowhere VALUES (1)")')
    with pytest.raises(StoreError):
        await open_store(database_url, KEYS, migrate=True)
    assert ask(database_url, "SELECT version_num FROM alembic_version") == [("0001",)]
    with pytest.raises(Exception, match="made_later"):
        ask(database_url, "SELECT * FROM made_later")
    await kept.record(audit())


async def test_of_several_starters_one_upgrades_and_all_start(database_url):
    stores = await asyncio.gather(*(open_store(database_url, KEYS, migrate=True) for _ in range(4)))
    for number, one in enumerate(stores):
        await one.record(audit(number))
        await one.close()
    assert ask(database_url, "SELECT count(*) FROM audit") == [(4,)]


def test_of_several_processes_one_upgrades_and_all_start(database_url, processes):
    starters = [
        processes.Process(target=open_and_write_one, args=(database_url, KEYS, number))
        for number in range(4)
    ]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join(30)
    assert [starter.exitcode for starter in starters] == [0] * 4
    assert ask(database_url, "SELECT count(*) FROM audit") == [(4,)]


async def test_of_several_starters_with_different_keys_only_one_begins(database_url):
    answers = await asyncio.gather(
        *(open_store(database_url, KeyRing.new(NOW), migrate=True) for _ in range(3)),
        return_exceptions=True,
    )
    refused = [one for one in answers if isinstance(one, SchemaUnfit)]
    assert len(refused) == 2
    for one in answers:
        if not isinstance(one, BaseException):
            await one.close()
