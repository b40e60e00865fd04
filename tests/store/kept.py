"""What stands in a database after ``tests.store.writing`` wrote to it, and is it whole?"""

import json
import time

from tests.store.given import ask


def rows(url):
    """Return what is kept: (kind, number) of each row; the halves of a pair under two kinds."""
    kept = {("audit", json.loads(text)["number"]) for (text,) in ask(url, "SELECT text FROM audit")}
    for table in ("shown_cards", "feedback", "quiet_periods"):
        for (card,) in ask(url, f"SELECT card FROM {table}"):  # noqa: S608
            number, _, half = card.partition("-")
            kept.add((f"{table}-{half}", int(number)))
    return kept


def numbers(kept, kind):
    """Return the numbers of the rows of a kind."""
    return {number for one, number in kept if one == kind}


def wait_for_the_end(url):
    """Wait until the server is done with a client that was killed: its last commit may be late."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'thirdline'"
    end = time.monotonic() + 10
    while url.startswith("postgresql") and ask(url, asked) != [(0,)]:
        assert time.monotonic() < end, "a client is there still"
        time.sleep(0.005)


def check_pairs(url):
    """Check that what belongs together is there together, acknowledged or not."""
    there = rows(url)
    of_audit = numbers(there, "audit")
    assert of_audit == numbers(there, "shown_cards-a") == numbers(there, "shown_cards-b")
    assert numbers(there, "feedback-a") == numbers(there, "quiet_periods-a")
    if url.startswith("sqlite"):
        assert ask(url, "PRAGMA integrity_check") == [("ok",)]
