"""Runs ``thirdline serve`` in processes of its own, as an operator does, and stops it again."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson

from tests.conftest import ROOT
from tests.support.days import day
from thirdline.demo_patients import demo_patients, hook_request

TODAY = "2026-09-01"
ADA = orjson.dumps(hook_request(demo_patients()[0], day(TODAY)))
"""A call about an invented person who gets a card."""
JSON = {"Content-Type": "application/json"}
REVIEW = "/cds-services/trd-review"
STOPPED_S = 20
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Believes no certificate. Given to a client it saves the reading of all authorities there are."""


@contextmanager
def started(*args, folder, told=signal.SIGINT, more=None):
    """Start a command in a process of its own; tell it to stop at the end, as Ctrl-C does.

    A run of the tests in the background ignores the interrupt, and a child would inherit that.
    """
    held = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-W", "error", "-m", "thirdline", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(folder) | (more or {}),
        )
    finally:
        signal.signal(signal.SIGINT, held)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(told)
        _, err = process.communicate(timeout=STOPPED_S)
        assert (process.returncode, unexpected(err)) == (0, [])


def environment(folder):
    """Return the tester's variables without settings of ours, and where to put temporary files."""
    kept = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - handed on, not read
        if not name.startswith("THIRDLINE_")
    }
    return {**kept, "TMPDIR": str(folder)}


EXPECTED = ('"worker-ended"', '"security"', '"records-not-looked-up"')
"""Lines about a worker a test killed, a call it forged, a look-up that a busy machine ended."""


def unexpected(err):
    """Return the other lines of the log."""
    return [line for line in err.splitlines() if not any(word in line for word in EXPECTED)]


def until(process, words):
    """Return what a process prints up to a line that holds these words."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            break
    return lines


def url_of(process):
    """Return the base URL a service says it listens on."""
    line = until(process, "discovery")[-1]
    return line.rpartition(" ")[2].strip().removesuffix("/cds-services")


def asked(url, token=None):
    """Ask for a review of Ada once, with a token or without."""
    headers = JSON if token is None else {**JSON, "Authorization": f"Bearer {token}"}
    where = f"{url}{REVIEW}"
    return httpx.post(where, content=ADA, headers=headers, verify=NO_TLS, trust_env=False)


def workers_of(process):
    """Return the process ids of the workers, from what Linux tells of a process."""
    told = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii")
    return {int(pid) for pid in told.split()}


def eventually(holds, seconds=10.0):
    """Return what ``holds`` returns as soon as that is true; fail where it is not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to pass in time")


def free_port():
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]
