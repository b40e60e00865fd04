"""What does a service answer when it is driven, and how fast?

The load generator (``benchmarks.load``, run by locust) is a process of its own.
"""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

CALLERS: Final = 4
_LOAD: Final = Path(__file__).with_name("load.py")


class Taken(msgspec.Struct):
    """What one run of the generator found, its first moments left out but of ``calls``.

    ``busy`` is the share of time it worked itself.
    """

    calls: int = 0
    failed: int = 0
    times_ms: list[float] = []
    seconds: float = 0.0
    busy: float = 0.0

    def rate(self) -> float:
        """Return the answers a second."""
        return len(self.times_ms) / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class Found:
    """What all rounds found of one service."""

    rates: list[float] = field(default_factory=list)
    times_ms: list[float] = field(default_factory=list)
    worked_ms: list[float] = field(default_factory=list)
    busy: float = 0.0

    def add(self, taken: Taken, worked_s: float) -> None:
        """Add one round, in which the service worked for so many seconds of processor time.

        Raises RuntimeError where a call was not answered with a card.
        """
        if taken.failed or len(taken.times_ms) < CALLERS:
            msg = f"{taken.failed} calls failed, {len(taken.times_ms)} were answered"
            raise RuntimeError(msg)
        self.rates.append(taken.rate())
        self.worked_ms.append(worked_s * 1000 / taken.calls)
        self.times_ms += taken.times_ms
        self.busy = max(self.busy, taken.busy)

    def percentile(self, percent: int) -> float:
        """Return within how many milliseconds so many of a hundred calls were answered."""
        return statistics.quantiles(self.times_ms, n=100, method="inclusive")[percent - 1]


def driven(port: int, path: str, seconds: float, more: Sequence[str] = ()) -> Taken:
    """Drive one service for so many seconds; ``more`` are further options of the generator."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "taken.json"
        command = [
            *(sys.executable, "-m", "locust", "-f", str(_LOAD), "--headless", "--only-summary"),
            *("--users", str(CALLERS), "--spawn-rate", "100", "--loglevel", "CRITICAL"),
            *("--host", f"http://127.0.0.1:{port}", "--path", path, "--out", str(out)),
            *("--run-time", f"{seconds:g}s", "--stop-timeout", "5", *more),
        ]
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - our own generator
        return msgspec.json.decode(out.read_bytes(), type=Taken)
