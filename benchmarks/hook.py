"""How many calls a second does the hook answer, and how does that compare?

Four services, each one worker in a process of its own on loopback, are driven in turn, round by
round, so that whatever else the machine does meets all of them: ours; a bare service that only
parses the same body; HealthChain; one that validates with models. The same load generator (locust)
drives each. The rates are of one machine. Ratios of one run compare better, on a machine with
nothing else to do: beside other work the bare service, which moves memory, loses more than ours.

    python -m benchmarks.hook             about four minutes
    python -m benchmarks.hook --write     and writes docs/performance.md
"""

import statistics
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.apart import taken_apart
from benchmarks.driven import CALLERS, Found, driven
from benchmarks.machine import described, today, worked
from benchmarks.payload import body
from benchmarks.services import SERVICES, running
from benchmarks.signed import MOST_MS, SHARE, Authenticated, authenticated

ROUNDS: Final = 5
SECONDS: Final = 4.0
SLOW: Final = {"models": 2.5}
"""Services that need longer rounds to answer often enough, and how much longer."""
BUSY: Final = 0.7
AIMS: Final = {"bare": 1.0, "healthchain": 4.0, "models": 25.0}
"""How many times as many calls as each of these we mean to answer."""
PAGE: Final = Path("docs/performance.md")


def compared() -> Mapping[str, Found]:
    """Drive every service in turn, round by round."""
    found = {name: Found() for name in SERVICES}
    with ExitStack() as stack:
        services = {name: stack.enter_context(running(name)) for name in SERVICES}
        for name, service in services.items():
            driven(service.port, SERVICES[name].path, 2 * SLOW.get(name, 1))
        for _ in range(ROUNDS):
            for name, service in services.items():
                before, seconds = worked(service.process), SECONDS * SLOW.get(name, 1)
                taken = driven(service.port, SERVICES[name].path, seconds)
                found[name].add(taken, worked(service.process) - before)
    return found


def table(found: Mapping[str, Found]) -> list[str]:
    """Return the comparison as a table of Markdown."""
    rows = [
        "| service | requests/s | p50 ms | p99 ms | CPU ms each | ours is | by CPU | aim |",
        f"|{'---|' * 8}",
    ]
    ours = found["ours"]
    for name, one in found.items():
        rate, work = _ratio(ours.rates, one.rates), _ratio(one.worked_ms, ours.worked_ms)
        compared_to = (
            "| |" if name == "ours" else f"{rate:.2f} × | {work:.2f} × | {_aim(name, rate)}"
        )
        rows.append(
            f"| {SERVICES[name].title} | {statistics.median(one.rates):.0f}"
            f" | {one.percentile(50):.1f} | {one.percentile(99):.1f}"
            f" | {statistics.median(one.worked_ms):.2f} | {compared_to} |"
        )
    return rows


def _ratio(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the middle one of the ratios of all rounds."""
    return statistics.median(mine / its for mine, its in zip(one, other, strict=True))


def _aim(name: str, ratio: float) -> str:
    reached = "reached" if ratio >= AIMS[name] else "not reached"
    return f"≥ {AIMS[name]:g} ×: {reached}"


def report() -> list[str]:
    """Measure everything and return the page that says what was found."""
    machine = described()
    steps, found, signed = taken_apart(), compared(), authenticated()
    busiest = max(one.busy for one in found.values())
    generator = "was not what is measured" if busiest < BUSY else "MAY BE what is measured"
    return [
        "# Performance",
        "",
        "Written by `make bench ARGS=--write`; not edited by hand. Rates and times are of this",
        "machine on this day, beside whatever else it did; the ratios are of services driven in",
        "turn in one run. Other work on the machine slows the bare service (a) more than ours:",
        "a high load average flatters the ratio to it.",
        "",
        f"{today()}, {machine}.",
        "",
        "## One call of `trd-review`, everything prefetched",
        "",
        f"A body of {len(body()) / 1000:.0f} kB (60 MedicationRequests, 25 Conditions,",
        f"120 Observations), {CALLERS} callers, one worker behind uvicorn (httptools, uvloop);",
        f"medians of {ROUNDS} rounds, times of all rounds together. The load generator (locust)",
        f"was busy for {busiest:.0%} of the time at most: it {generator}.",
        "",
        *table(found),
        "",
        "“By CPU” compares the processor time a call costs the service, which other work on the",
        "machine changes less than the rate.",
        "",
        "Where one call spends its time, each step alone in one process, the best of many:",
        "",
        "| step | ms |",
        "|---|---|",
        *(f"| {name} | {taken:.2f} |" for name, taken in steps.items()),
        "",
        *_of_signed(signed),
    ]


def _of_signed(found: Authenticated) -> list[str]:
    paced = found.paced
    aim = f"p99 ≤ {MOST_MS} ms: {'reached' if found.is_soon() else 'not reached'}"
    times = f"{paced.percentile(50):.1f} | {paced.percentile(99):.1f}"
    return [
        "## Authenticated calls with durable audit",
        "",
        "`thirdline serve` in production mode, one worker, SQLite with synchronous FULL: each call",
        "carries a token of its own (ES384), is of another patient, and is answered after token",
        "and audit event are on the disk.",
        "",
        f"| most calls/s | at {SHARE:.0%} of that: calls/s | p50 ms | p99 ms | aim |",
        "|---|---|---|---|---|",
        f"| {found.most:.0f} | {paced.rates[0]:.0f} | {times} | {aim} |",
    ]


def main(options: Sequence[str]) -> None:
    """Measure, print, and write the page where asked to."""
    page = "\n".join(report())
    print(page)
    if "--write" in options:
        PAGE.write_text(f"{page}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
