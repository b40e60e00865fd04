"""A process to be killed: it appends events for ever and says which of them are durable.

``python -m tests.ehr.spooling FOLDER [FILE]``: without a file the sink is away, with one it takes
events from the third on. One line on standard output for each event that was acknowledged.
"""

import asyncio
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ehr.audit import AuditEvent, AuditKind
from ehr.errors import AuditUnavailable
from ehr.spool import AuditFile, SpooledAudit

AT = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


@dataclass
class Away:
    """A sink that is away for some calls, then the sink itself."""

    sink: Any
    calls: int

    async def append(self, event):
        self.calls -= 1
        if self.sink is None or self.calls >= 0:
            raise AuditUnavailable("database-away")
        await self.sink.append(event)


async def append_for_ever(folder, file):
    sink = Away(AuditFile(Path(file)) if file else None, 2)
    spool = SpooledAudit(sink, Path(folder), retry_s=0.001)
    spool.deliver()
    serial = 0
    while True:
        event = AuditEvent(kind=AuditKind.ADVICE, at=AT, patient=f"pt-{serial}")
        await spool.append(event)
        sys.stdout.write(f"{event.id}\n")
        sys.stdout.flush()
        serial += 1


if __name__ == "__main__":
    asyncio.run(append_for_ever(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""))
