"""An event that the place of the audit will never take is kept aside and holds up no other."""

import asyncio
import json
import stat
from dataclasses import dataclass, field

import msgspec
import pytest

from ehr.audit import AuditEvent
from ehr.errors import AuditRefused, AuditUnavailable
from ehr.spool import REFUSED_EVENTS
from tests.ehr.test_logs import stream
from tests.ehr.test_spool import EVENTS, emptied, files_in, spooled

__all__ = ["stream"]

BAD = EVENTS[1]


@dataclass
class Picky:
    """A sink that takes every event but one, once it is here."""

    held: list[AuditEvent] = field(default_factory=list)
    is_away: bool = False

    async def append(self, event):
        if self.is_away:
            raise AuditUnavailable("database-away")
        if event == BAD:
            raise AuditRefused("row-refused")
        self.held.append(event)


def lines_of(folder):
    return (folder / REFUSED_EVENTS).read_bytes().splitlines()


@pytest.mark.hostile("K09")
@pytest.mark.parametrize("is_away", [False, True], ids=["at once", "from the spool"])
def test_a_refused_event_is_kept_aside_and_the_others_arrive(tmp_path, is_away):
    sink, folder = Picky(is_away=is_away), tmp_path / "new" / "spool"

    async def run():
        spool = spooled(sink, folder)
        for event in EVENTS[:4]:
            await spool.append(event)
        sink.is_away = False
        await emptied(spool)
        await spool.close()

    asyncio.run(run())
    assert sink.held == [EVENTS[0], *EVENTS[2:4]]
    (line,) = lines_of(folder)
    assert msgspec.json.decode(line, type=AuditEvent) == BAD
    assert files_in(folder) == [REFUSED_EVENTS]
    assert stat.S_IMODE((folder / REFUSED_EVENTS).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.hostile("K09")
def test_a_refused_event_is_told_in_the_log_without_its_patient(tmp_path, stream):
    async def run():
        spool = spooled(Picky(), tmp_path)
        await spool.append(BAD)
        await spool.close()

    asyncio.run(run())
    (line,) = stream.getvalue().splitlines()
    told = json.loads(line)
    assert (told["event"], told["reason"]) == ("audit-refused", "row-refused")
    assert BAD.patient not in line


@pytest.mark.hostile("K09")
def test_where_it_cannot_be_kept_aside_nothing_is_answered(tmp_path):
    """The file's name is taken by a folder, as a disk that fails would refuse to write it."""
    (tmp_path / REFUSED_EVENTS).mkdir()
    sink = Picky()

    async def run():
        spool = spooled(sink, tmp_path)
        with pytest.raises(AuditUnavailable):
            await spool.append(BAD)
        await spool.append(EVENTS[0])
        sink.is_away = True
        await spool.append(BAD)
        await spool.append(EVENTS[2])
        sink.is_away = False
        await asyncio.sleep(0.05)
        assert spool.waiting == 2
        (tmp_path / REFUSED_EVENTS).rmdir()
        await emptied(spool)
        await spool.close()

    asyncio.run(run())
    assert sink.held == [EVENTS[0], EVENTS[2]]
    assert len(lines_of(tmp_path)) == 1
