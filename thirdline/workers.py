"""How do several processes serve together?

The first process reads, checks and binds everything, then makes workers of itself, so that all
of them work with the same knowledge and the same socket. It replaces a worker that dies. Told to
stop, it tells them, waits for the calls they have in hand, and ends with them; where it dies
itself, they end as well.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from socket import socket
from typing import Final

from ehr import logs

STOP_S: Final = 29.0
"""How long workers may take to end; those that take longer are killed."""
SETTLED_S: Final = 5.0
"""A worker that dies sooner counts as one that could not start."""
_MOST_FALSE_STARTS: Final = 5
_AGAIN_S: Final = 0.5
_TOLD: Final = frozenset({signal.SIGTERM, signal.SIGINT})
_HEARD: Final = _TOLD | {signal.SIGCHLD, signal.SIGALRM}

Work = Callable[[int], int]
"""What a worker does: takes the file descriptor that closes when the first process dies, and
returns the worker's exit status."""


class Supervisor:
    """The first process of several. ``run`` returns when all of them have ended."""

    def __init__(
        self, count: int, work: Work, now: Callable[[], float], sockets: Sequence[socket] = ()
    ) -> None:
        """Take how many workers there are, what each does, a clock in seconds, and what is shared.

        The sockets are closed here as soon as the workers are told to stop: none of them must go
        on taking calls that nobody will answer.
        """
        self._count = count
        self._work = work
        self._now = now
        self._sockets = sockets
        self._workers: dict[int, float] = {}
        self._false_starts = 0
        self._is_stopping = False
        self._status = 0
        self._pipe = os.pipe()

    def run(self) -> int:
        """Keep the workers at work until told to stop; return the exit status."""
        held = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        try:
            self._fill()
            while self._workers or not self._is_stopping:
                self._hear(signal.Signals(signal.sigwait(_HEARD)))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
            for end in self._pipe:
                os.close(end)
        return self._status

    def _hear(self, told: signal.Signals) -> None:
        if told in _TOLD:
            self._stop()
        elif told is signal.SIGCHLD:
            self._bury()
        elif self._is_stopping:
            self._tell(signal.SIGKILL)
            self._status = 1
        else:
            self._fill()

    def _stop(self) -> None:
        if not self._is_stopping:
            self._is_stopping = True
            signal.setitimer(signal.ITIMER_REAL, STOP_S)
            for shared in self._sockets:
                shared.close()
        self._tell(signal.SIGTERM)

    def _tell(self, what: signal.Signals) -> None:
        for pid in self._workers:
            os.kill(pid, what)

    def _bury(self) -> None:
        """Take note of workers that have ended, and make others in their place."""
        for pid, status in _ended(self._workers):
            started = self._workers.pop(pid)
            code = os.waitstatus_to_exitcode(status)
            if self._is_stopping:
                self._status = self._status or abs(code)
                continue
            logs.fault("worker-ended", pid=pid, status=code)
            is_false_start = self._now() - started < SETTLED_S
            self._false_starts = self._false_starts + 1 if is_false_start else 0
        if self._false_starts > _MOST_FALSE_STARTS * self._count and not self._is_stopping:
            logs.fault("workers-do-not-stay")
            self._status = 1
            self._stop()
        elif not self._is_stopping:
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_S if self._false_starts else 0.001)

    def _fill(self) -> None:
        while len(self._workers) < self._count:
            self._workers[self._born()] = self._now()

    def _born(self) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            os.close(self._pipe[1])
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, lambda *_: None)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
            status = self._work(self._pipe[0])
        finally:
            wrong = sys.exc_info()[1]
            if wrong is not None:
                logs.fault("worker-failed", wrong)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)


def _ended(workers: dict[int, float]) -> list[tuple[int, int]]:
    """Return process id and wait status of those that have ended."""
    found = (os.waitpid(pid, os.WNOHANG) for pid in workers)
    return [(pid, status) for pid, status in found if pid]
