"""Where do audit events wait while the place they belong to is away?

In a file of this process, one JSON line each, on disk before ``append`` returns; they are delivered
in their order once the sink takes events again, also after a restart and by another worker. Every
event arrives at least once. It can arrive twice if the process dies between its delivery and the
mark of it (then at most that one), if the machine loses power, or if a sink kept it and said that
it had not: events have ids. When nothing can be written, or the file is full, AuditUnavailable says
so, and no advice is given. An event that the sink will never take is written to a file of such
events, for an operator, and holds up no other.

``AuditFile`` is a sink of its own: a file of AuditEvents for whoever collects them.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import orjson

from ehr import logs
from ehr.audit import AuditEvent, AuditSink, as_resource
from ehr.errors import AuditRefused, AuditUnavailable
from ehr.spool_file import SpoolFile, SpoolFull, alone, left_behind, write_whole

MOST_BYTES: Final = 64 * 2**20
PATIENCE_S: Final = 1.0
RETRY_S: Final = 2.0
REFUSED_EVENTS: Final = "refused.jsonl"
"""The file, in the folder of the spool, of events that the sink will never take."""

_PRIVATE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700


class SpooledAudit:
    """A sink before another one, which holds what the other cannot take just now."""

    def __init__(
        self,
        sink: AuditSink,
        folder: Path,
        *,
        most_bytes: int = MOST_BYTES,
        patience_s: float = PATIENCE_S,
        retry_s: float = RETRY_S,
    ) -> None:
        """Take over what processes that are no more left in the folder; deliver nothing yet.

        ``most_bytes`` bounds this process's own file, ``patience_s`` the wait for the sink.
        """
        self._sink = sink
        self._refused = folder / REFUSED_EVENTS
        self._patience_s = patience_s
        self._retry_s = retry_s
        self._own = SpoolFile(folder, most_bytes)
        self._files = [*left_behind(folder), self._own]
        self._delivery: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Return how many events wait."""
        return sum(len(one) for one in self._files)

    async def append(self, event: AuditEvent) -> None:
        """Append one event; it is durable when this returns. Raises AuditUnavailable."""
        try:
            if not self.waiting and await self._is_delivered(event):
                return
            await asyncio.to_thread(self._own.put, msgspec.json.encode(event))
        except SpoolFull as full:
            raise AuditUnavailable("audit-spool-full") from full
        except OSError as failed:
            raise AuditUnavailable("audit-spool-failed") from failed
        self.deliver()

    def deliver(self) -> None:
        """Deliver what waits, in the background; to be called when the service begins as well."""
        if self.waiting and (self._delivery is None or self._delivery.done()):
            self._delivery = asyncio.create_task(self._deliver())

    async def close(self) -> None:
        """Stop delivering. What waits stays on disk, for whoever opens the folder next."""
        if self._delivery is not None:
            self._delivery.cancel()
            await asyncio.gather(self._delivery, return_exceptions=True)
        for one in self._files:
            one.close()

    async def _deliver(self) -> None:
        while (file := next(self._in_order(), None)) is not None:
            try:
                line = file.first()
                event = msgspec.json.decode(line, type=AuditEvent)
            except msgspec.DecodeError:
                file.set_aside()
                continue
            except OSError:
                await asyncio.sleep(self._retry_s)
                continue
            if await self._is_gone(event):
                file.delivered()
            else:
                await asyncio.sleep(self._retry_s)

    def _in_order(self) -> Iterator[SpoolFile]:
        """Return the files in which events wait, the oldest first."""
        return (one for one in self._files if len(one))

    async def _is_gone(self, event: AuditEvent) -> bool:
        """Say whether an event needs to wait no more: it was delivered, or set aside for good."""
        try:
            return await self._is_delivered(event)
        except OSError:
            return False

    async def _is_delivered(self, event: AuditEvent) -> bool:
        """Say whether the sink took an event, or refused it and it was set aside; raise OSError."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self._sink.append(event)
        except (AuditUnavailable, TimeoutError):
            return False
        except AuditRefused as refused:
            line = msgspec.json.encode(event) + b"\n"
            await asyncio.to_thread(_set_aside, self._refused, line)
            logs.fault("audit-refused", refused, service=event.service or event.kind.value)
        return True


class AuditFile:
    """A sink that writes AuditEvents to a file, one JSON line each, private to its owner.

    The file is opened for each event, so that it can be moved away while the service runs.
    """

    def __init__(self, path: Path) -> None:
        """Write nothing yet."""
        self._path = path

    async def append(self, event: AuditEvent) -> None:
        """Append one event; it is on disk when this returns. Raises AuditUnavailable."""
        line = orjson.dumps(as_resource(event), option=orjson.OPT_APPEND_NEWLINE)
        try:
            await asyncio.to_thread(_append, self._path, line)
        except OSError as failed:
            raise AuditUnavailable("audit-file-failed") from failed


def _set_aside(path: Path, line: bytes) -> None:
    path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    _append(path, line)


def _append(path: Path, line: bytes) -> None:
    """Append in one write, on a line of its own even after one that a full disk cut short.

    One writer at a time, of all workers: half of another's line looks like one that was cut short.
    """
    opened = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, _PRIVATE)
    with os.fdopen(opened, "rb+", buffering=0) as file:
        with alone(file):
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                line = line if file.read(1) == b"\n" else b"\n" + line
            write_whole(file, line)
        os.fsync(file.fileno())
