"""Workers that do not start, or do not stop: each case in a process of its own that makes them."""

import subprocess
import sys
import textwrap

from tests.conftest import ROOT

BEGIN = """
import signal, sys, time
from thirdline import workers
from thirdline.workers import Supervisor

"""

STOP = """
import os
os.posix_spawn("/bin/sh", ["sh", "-c", f"sleep 1; kill -TERM {os.getpid()}"], {})
"""


def ended(work, *, told=""):
    """Run a supervisor of two workers that do this work; return its exit status and its log."""
    script = BEGIN + textwrap.dedent(work) + textwrap.dedent(told)
    script += "\nsys.exit(Supervisor(2, work, time.monotonic).run())\n"
    answer = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    return answer.returncode, answer.stderr


def test_workers_that_never_start_are_given_up():
    status, log = ended("def work(parent): return 3")
    assert status == 1
    assert "workers-do-not-stay" in log


def test_a_worker_that_fails_says_where_and_not_what():
    work = """
        def work(parent):
            raise ValueError("canary-7f3a")
        """
    status, log = ended(work)
    assert status == 1
    assert "ValueError" in log
    assert "canary-7f3a" not in log


def test_a_worker_that_does_not_stop_is_killed_in_time():
    work = """
        workers.STOP_S = 0.5

        def work(parent):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(50)
            return 0
        """
    status, log = ended(work, told=STOP)
    assert (status, log) == (1, "")


def test_workers_that_end_when_told_leave_no_trace():
    work = """
        def work(parent):
            time.sleep(50)
            return 0
        """
    work = work.replace("time.sleep(50)", "signal.pause()")
    assert ended(work, told=STOP) == (0, "")
