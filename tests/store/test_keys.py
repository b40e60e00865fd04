"""The key file: for its owner alone, of whole keys, changed without a gap; never shown."""

import base64
import json
import os
import secrets
import traceback
from datetime import timedelta

import pytest

from store.errors import KeysUnfit, UnreadableRow
from store.keys import KeyRing, read_keys, write_keys
from tests.store.given import NOW

ROW = ("feedback", "comment", "north-hospital", "12ab")


@pytest.fixture
def file(tmp_path):
    """Return a key file as ``thirdline keys new`` writes it."""
    path = tmp_path / "keys.json"
    write_keys(path, KeyRing.new(NOW))
    return path


def test_a_ring_is_read_as_it_was_written(file):
    ring = KeyRing.new(NOW).with_new_key(NOW + timedelta(days=1))
    write_keys(file, ring)
    assert read_keys(file, "keys_file") == ring
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["keys.json"]


def test_what_is_sealed_is_read_again_and_never_looks_the_same():
    ring = KeyRing.new(NOW)
    one, other = ring.seal("asks again", ROW), ring.seal("asks again", ROW)
    assert one != other
    assert ring.unseal(one, ROW) == ring.unseal(other, ROW) == "asks again"


@pytest.mark.parametrize("place", range(len(ROW)))
def test_what_is_sealed_for_one_row_is_not_read_in_another(place):
    ring = KeyRing.new(NOW)
    other = [part if one != place else f"{part}x" for one, part in enumerate(ROW)]
    with pytest.raises(UnreadableRow):
        ring.unseal(ring.seal("asks again", ROW), other)


@pytest.mark.parametrize("spoil", [lambda told: told[:-8], lambda told: told.swapcase()])
def test_what_is_sealed_and_changed_is_not_read(spoil):
    ring = KeyRing.new(NOW)
    key, _, told = ring.seal("asks again", ROW).partition(":")
    with pytest.raises(UnreadableRow):
        ring.unseal(f"{key}:{spoil(told)}", ROW)


@pytest.mark.parametrize("told", ["", ":", "asks again", "nowhere:AAAA", "\0"])
def test_what_was_never_sealed_is_not_read(told):
    with pytest.raises(UnreadableRow):
        KeyRing.new(NOW).unseal(told, ROW)


def test_the_newest_key_encrypts_and_all_decrypt_until_they_are_retired():
    first = KeyRing.new(NOW)
    second = first.with_new_key(NOW + timedelta(days=90))
    old, new = first.seal("old", ROW), second.seal("new", ROW)
    assert second.unseal(old, ROW) == "old"
    assert second.unseal(new, ROW) == "new"
    assert new.startswith(second.keys[0].id)
    retired = second.without(first.keys[0].id)
    assert retired.unseal(new, ROW) == "new"
    with pytest.raises(UnreadableRow):
        retired.unseal(old, ROW)
    assert retired.hashed("a", "b") == first.hashed("a", "b")


def test_the_newest_key_and_an_unknown_one_cannot_be_retired():
    ring = KeyRing.new(NOW).with_new_key(NOW)
    with pytest.raises(KeysUnfit, match="the newest key encrypts"):
        ring.without(ring.keys[0].id)
    with pytest.raises(KeysUnfit, match="no key of the ring"):
        ring.without("20200101-00000000")


def test_a_hash_needs_the_key_and_tells_site_from_patient():
    ring, other = KeyRing.new(NOW), KeyRing.new(NOW)
    assert ring.hashed("north", "1") == ring.hashed("north", "1")
    hashes = [("north", "1"), ("north1", ""), ("nort", "h1"), ("north", "2"), ("", "north1")]
    assert len({ring.hashed(*parts) for parts in hashes}) == len(hashes)
    assert ring.hashed("north", "1") != other.hashed("north", "1")
    assert ring.fingerprint() != other.fingerprint()


@pytest.mark.skipif(os.name != "posix", reason="permissions of another kind")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o644])
def test_a_file_others_may_read_is_refused(file, mode):
    file.chmod(mode)
    with pytest.raises(KeysUnfit, match=r"^keys_file: others may read"):
        read_keys(file, "keys_file")
    file.chmod(0o400)
    read_keys(file, "keys_file")


def spoiled(text, **changes):
    """Return a key file with members changed."""
    return json.dumps(json.loads(text) | changes)


SHORT = base64.b64encode(secrets.token_bytes(31)).decode()
LONG = base64.b64encode(secrets.token_bytes(33)).decode()
WHOLE = base64.b64encode(secrets.token_bytes(32)).decode()
KEY = {"id": "a", "made": "2026-11-24", "secret": WHOLE}


@pytest.mark.parametrize(
    "changes",
    [
        {"lookup": SHORT},
        {"lookup": LONG},
        {"lookup": "canary-secret"},
        {"lookup": None},
        {"lookup": WHOLE, "keys": [KEY]},
        {"keys": []},
        {"keys": {}},
        {"keys": [None]},
        {"keys": [KEY | {"secret": SHORT}]},
        {"keys": [KEY | {"secret": "é"}]},
        {"keys": [KEY | {"secret": 7}]},
        {"keys": [KEY | {"id": ""}]},
        {"keys": [KEY | {"id": "a:b"}]},
        {"keys": [KEY | {"id": 7}]},
        {"keys": [KEY, KEY | {"secret": LONG}]},
        {"keys": [KEY, KEY | {"id": "b"}]},
        {"form": "thirdline.keys/2"},
        {"form": None},
    ],
    ids=str,
)
@pytest.mark.hostile("K02")
def test_a_file_that_is_not_whole_is_refused_by_the_setting_and_without_its_secrets(file, changes):
    file.write_text(spoiled(file.read_text(), **changes), encoding="utf-8")
    with pytest.raises(KeysUnfit, match=r"^keys_file: ") as refused:
        read_keys(file, "keys_file")
    told = "".join(traceback.format_exception(refused.value))
    secrets_of_file = {WHOLE, SHORT, LONG, "canary-secret"}
    assert not [secret for secret in secrets_of_file if secret in told.partition("KeysUnfit")[2]]


def test_two_ids_that_are_the_same_are_refused(file):
    other = KEY | {"secret": base64.b64encode(secrets.token_bytes(32)).decode()}
    file.write_text(spoiled(file.read_text(), keys=[KEY, other]), encoding="utf-8")
    with pytest.raises(KeysUnfit, match="the same id"):
        read_keys(file, "keys_file")


@pytest.mark.parametrize("text", ["", "canary-secret", "[]", "null", '"a"', "[" * 100_000, "\0"])
def test_a_file_that_is_no_key_file_is_refused(file, text):
    file.write_text(text)
    with pytest.raises(KeysUnfit, match=r"^keys_file: the key file is not"):
        read_keys(file, "keys_file")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(KeysUnfit, match=r"^keys_file: the key file cannot be read"):
        read_keys(tmp_path / "nowhere.json", "keys_file")


def test_nothing_shows_a_secret(file):
    ring = read_keys(file, "keys_file")
    told = json.loads(file.read_text())
    shown = f"{ring!r} {ring} {ring.keys[0]!r} {ring.keys}"
    for secret in (told["lookup"], told["keys"][0]["secret"]):
        assert secret not in shown
        assert repr(base64.b64decode(secret))[2:-1] not in shown
