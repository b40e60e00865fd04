"""``thirdline keys`` and ``db``: what is made, for whom it can be read, what is refused."""

import asyncio
import json
import re
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.keys import read_keys
from store.rows import AuditRow, FeedbackRow
from store.store import open_store
from tests.thirdline.command import thirdline
from tests.thirdline.configured import production, written

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
KEY = re.compile(r"\d{8}-[0-9a-f]{8}")


@pytest.fixture
def config(tmp_path):
    return written(tmp_path, production(tmp_path))


def keys(config, *words):
    return thirdline("keys", *words, "--config", config)


def listed(config):
    """Return the ids and uses that ``keys list`` shows, the newest first."""
    rows = [line.split(maxsplit=2) for line in keys(config, "list").out.splitlines()]
    return [(row[0], row[2]) for row in rows]


def test_keys_are_made_listed_and_retired(tmp_path, config):
    first = keys(config, "new").out.split()[-1]
    assert KEY.fullmatch(first)
    file = tmp_path / "keys.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    second = keys(config, "new").out.split()[-1]
    assert listed(config) == [(second, "encrypts, decrypts"), (first, "decrypts")]
    answer = keys(config, "retire", first)
    assert (answer.status, answer.out) == (0, f"Retired: {first}\n")
    assert listed(config) == [(second, "encrypts, decrypts")]


def test_no_secret_is_shown(tmp_path, config):
    shown = keys(config, "new").out + keys(config, "new").out + keys(config, "list").out
    file = json.loads((tmp_path / "keys.json").read_text(encoding="utf-8"))
    secrets = [file["lookup"], *(key["secret"] for key in file["keys"])]
    assert len(secrets) == 3
    assert not [secret for secret in secrets if secret[:12] in shown]


def test_the_newest_key_and_a_strange_one_stay(config):
    newest = keys(config, "new").out.split()[-1]
    for key, said in ((newest, "the newest key encrypts"), ("20200101-00000000", "no key")):
        answer = keys(config, "retire", key)
        assert (answer.status, answer.out) == (1, "")
        assert answer.err.startswith("thirdline: keys_file: ")
        assert said in answer.err
    assert [key for key, _ in listed(config)] == [newest]


def test_a_key_that_something_is_encrypted_with_stays(tmp_path, config):
    old = keys(config, "new").out.split()[-1]
    assert thirdline("db", "upgrade", "--config", config).status == 0
    asyncio.run(comment_kept(tmp_path))
    keys(config, "new")
    answer = keys(config, "retire", old)
    assert (answer.status, answer.out) == (1, "")
    assert "rows encrypted with it: 1" in answer.err
    assert old in [key for key, _ in listed(config)]


def opened(folder):
    ring = read_keys(folder / "keys.json", "keys_file")
    return open_store(f"sqlite+aiosqlite:///{folder / 'kept.db'}", ring, migrate=False)


async def comment_kept(folder):
    store = await opened(folder)
    row = FeedbackRow(
        at=NOW,
        site="north",
        service="trd-review",
        card="1",
        outcome="overridden",
        outcome_at="2026-09-01T12:00:00Z",
        comment="a word",
    )
    await store.keep_feedback([row])
    await store.close()


def test_a_database_is_made_once_and_found_made(tmp_path, config):
    first = thirdline("db", "upgrade", "--config", config)
    assert (first.status, first.err) == (0, "")
    assert "Made the key file (keys_file)." in first.out
    again = thirdline("db", "upgrade", "--config", config)
    assert (again.status, again.out) == (0, "The database is up to date.\n")
    assert (tmp_path / "kept.db").exists()


async def audited(folder, count):
    store = await opened(folder)
    for at in range(count):
        row = AuditRow(at=NOW, kind="advice", site="north", patient="p1", text=b"{}", event=str(at))
        await store.record(row)
    await store.close()


def test_an_audit_row_that_was_changed_is_named(tmp_path, config):
    thirdline("db", "upgrade", "--config", config)
    asyncio.run(audited(tmp_path, 3))
    answer = thirdline("db", "check", "--config", config)
    assert (answer.status, answer.out) == (0, "The audit is as it was written.\n")
    with closing(sqlite3.connect(tmp_path / "kept.db")) as database, database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE audit SET patient = 'p2' WHERE event = '1'")
    answer = thirdline("db", "check", "--config", config)
    assert answer.status == 1
    assert answer.out.startswith("Audit row changed, put in, or after one that is missing: ")
    assert answer.err == "thirdline: database_url: audit rows that do not fit: 1\n"


def test_a_database_is_not_opened_with_other_keys(tmp_path, config):
    thirdline("db", "upgrade", "--config", config)
    (tmp_path / "keys.json").unlink()
    keys(config, "new")
    answer = thirdline("db", "upgrade", "--config", config)
    assert (answer.status, answer.out) == (1, "")
    assert answer.err.startswith("thirdline: database_url: the database was begun with another key")


def _short(held):
    held["lookup"] = "c2hvcnQ="


def _empty(held):
    held["keys"][0]["secret"] = ""


def _example(held):
    held["lookup"] = "Y2hhbmdlLW1lY2hhbmdlLW1lY2hhbmdlLW1lY2hhbmc="


def _harmless(held):
    held["keys"][0]["made"] = ""


UNFIT = [(_short, "is not 32 bytes"), (_empty, "is not 32 bytes"), (_example, "is not random")]
COMMANDS = (("config", "check"), ("db", "upgrade"), ("serve",))


@pytest.mark.hostile("O01", "O02")
@pytest.mark.parametrize(("change", "said"), UNFIT)
def test_a_short_empty_or_example_key_is_refused(tmp_path, config, change, said):
    keys(config, "new")
    held = altered(tmp_path / "keys.json", change)
    for command in COMMANDS:
        answer = thirdline(*command, "--config", config)
        assert answer.status != 0
        assert answer.err.startswith("thirdline: keys_file: ")
        assert said in answer.err
        assert held["lookup"] not in answer.err


@pytest.mark.hostile("O01", "O02")
def test_a_random_key_is_taken(tmp_path, config):
    keys(config, "new")
    altered(tmp_path / "keys.json", _harmless)
    for command in COMMANDS[:2]:
        assert thirdline(*command, "--config", config).status == 0


def altered(file, change):
    """Change a key file in place; return what it holds then."""
    held = json.loads(file.read_text(encoding="utf-8"))
    change(held)
    file.write_text(json.dumps(held), encoding="utf-8")
    return held


@pytest.mark.hostile("O01")
def test_a_key_file_that_others_can_read_is_refused(tmp_path, config):
    keys(config, "new")
    Path(tmp_path / "keys.json").chmod(0o640)
    answer = thirdline("config", "check", "--config", config)
    assert answer.status != 0
    assert "others may read the key file" in answer.err
    Path(tmp_path / "keys.json").chmod(0o600)
    assert thirdline("config", "check", "--config", config).status == 0


@pytest.mark.parametrize(
    ("name", "place"), [("spool_folder", "a file/spool"), ("audit_file", "a file/more/audit.jsonl")]
)
def test_a_place_that_cannot_be_written_is_found_before_it_is_needed(tmp_path, name, place):
    (tmp_path / "a file").touch()
    config = written(tmp_path, production(tmp_path) | {name: place})
    answer = thirdline("serve", "--config", config)
    assert (answer.status, answer.out) == (1, "")
    assert answer.err == f"thirdline: {name}: not a directory\n"


def test_a_database_server_needs_its_tables_made_and_its_key_file(tmp_path, postgres):
    settings = production(tmp_path) | {"database_url": postgres.new_database()}
    config = written(tmp_path, settings)
    answer = thirdline("serve", "--config", config)
    assert answer.status == 1
    assert answer.err == "thirdline: keys_file: the key file cannot be read\n"
    keys(config, "new")
    answer = thirdline("serve", "--config", config)
    assert answer.status == 1
    assert "the database has no tables yet; run: thirdline db upgrade" in answer.err
    assert thirdline("db", "upgrade", "--config", config).status == 0
    assert thirdline("db", "upgrade", "--config", config).status == 0
