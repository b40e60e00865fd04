"""How many calls a second does the store keep up with?

One call is what a signed hook call costs: the first use of a token, then an audit row of 1 kB with
one card, each durable before the next step. Callers run side by side in one process.
"""

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from store.keys import KeyRing
from store.rows import AuditRow, ShownCard
from store.store import Store, open_store
from tests.support.databases import postgres_server

NOW: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
CALLERS: Final = (1, 16, 64)
TEXT: Final = b'{"reads": "' + b"x" * 1_000 + b'"}'


def main() -> None:
    """Measure each engine and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each measurement")
    seconds = parser.parse_args().seconds
    print("engine      callers   calls/s   p50 ms   p99 ms")
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        for engine, url in (
            ("SQLite", f"sqlite+aiosqlite:///{Path(folder) / 'kept.db'}"),
            ("PostgreSQL", server.new_database()),
        ):
            for callers in CALLERS:
                times = asyncio.run(_measure(url, callers, seconds))
                p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
                rate = len(times) / seconds
                print(
                    f"{engine:12}{callers:7}{rate:10.0f}{p50 * 1000:9.1f}{p99 * 1000:9.1f}",
                    flush=True,
                )


async def _measure(url: str, callers: int, seconds: float) -> list[float]:
    store = await open_store(url, _KEYS, migrate=True, patience_s=30)
    end = time.perf_counter() + seconds
    times: list[float] = []
    await asyncio.gather(*(_call(store, end, times) for _ in range(callers)))
    await store.close()
    return sorted(times)


_KEYS: Final = KeyRing.new(NOW)
_NUMBERS: Final = count()


async def _call(store: Store, end: float, times: list[float]) -> None:
    while (began := time.perf_counter()) < end:
        name = f"{next(_NUMBERS)}"
        if not await store.first_use("issuer", name, NOW + timedelta(minutes=5), NOW):
            raise AssertionError(name)
        audit = AuditRow(at=NOW, kind="advice", site="a", patient="Patient/1", text=TEXT)
        await store.record(audit, [_card(name)])
        times.append(time.perf_counter() - began)


def _card(name: str) -> ShownCard:
    return ShownCard(
        card=name,
        at=NOW,
        site="a",
        patient="1",
        service="trd-review",
        topic="trdNextStep",
        indicator="info",
        facts="ab12" * 16,
    )


if __name__ == "__main__":
    main()
