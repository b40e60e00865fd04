"""No acknowledged event is lost, whatever happens to the sink, the process or the disk."""

import asyncio
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from dataclasses import dataclass, field

import pytest

from ehr.audit import AuditEvent, AuditKind, as_resource
from ehr.errors import AuditUnavailable
from ehr.spool import AuditFile, SpooledAudit
from tests.conftest import ROOT
from tests.ehr.spooling import AT


def event_of(serial):
    return AuditEvent(kind=AuditKind.ADVICE, at=AT, patient=f"pt-{serial}", reads=(("a", "b", 1),))


EVENTS = [event_of(serial) for serial in range(20)]


@dataclass
class Sink:
    """The database's place: it takes events, is away, or hangs, as it is told."""

    held: list[AuditEvent] = field(default_factory=list)
    state: str = "here"

    async def append(self, event):
        if self.state == "hangs":
            await asyncio.sleep(3600)
        if self.state == "away":
            raise AuditUnavailable("database-away")
        self.held.append(event)


@pytest.fixture
def sink():
    return Sink()


def spooled(sink, folder, **more):
    return SpooledAudit(sink, folder, **({"retry_s": 0.001, "patience_s": 0.05} | more))


async def emptied(spool):
    """Wait until nothing waits."""
    async with asyncio.timeout(5):
        while spool.waiting:  # noqa: ASYNC110 - it is asked, as whoever watches it would
            await asyncio.sleep(0.001)


def files_in(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.hostile("K09")
def test_while_the_sink_takes_events_nothing_is_spooled(sink, tmp_path):
    async def run():
        spool = spooled(sink, tmp_path / "spool")
        for event in EVENTS:
            await spool.append(event)
        await spool.close()

    asyncio.run(run())
    assert sink.held == EVENTS
    assert not files_in(tmp_path)


@pytest.mark.hostile("K09")
@pytest.mark.parametrize("state", ["away", "hangs"])
def test_events_wait_and_arrive_once_in_their_order(sink, tmp_path, state):
    async def run():
        spool = spooled(sink, tmp_path)
        for event in EVENTS[:5]:
            await spool.append(event)
        sink.state = state
        for event in EVENTS[5:15]:
            await spool.append(event)
        assert spool.waiting == 10
        sink.state = "here"
        for event in EVENTS[15:]:
            await spool.append(event)
        await emptied(spool)
        await spool.close()

    asyncio.run(run())
    assert sink.held == EVENTS
    assert not files_in(tmp_path)


def test_a_sink_that_hangs_delays_one_event_and_not_the_next(sink, tmp_path):
    sink.state = "hangs"

    async def run():
        spool = spooled(sink, tmp_path, patience_s=0.2)
        began = time.perf_counter()
        for event in EVENTS:
            await spool.append(event)
        took = time.perf_counter() - began
        await spool.close()
        return took

    assert 0.2 < asyncio.run(run()) < 0.9


@pytest.mark.hostile("K09")
def test_a_sink_that_comes_and_goes_gets_each_event_once(sink, tmp_path):
    async def run():
        spool = spooled(sink, tmp_path)
        for event in EVENTS:
            sink.state = "away" if event.patient[-1] in "258" else "here"
            await spool.append(event)
            await asyncio.sleep(0.002)
        sink.state = "here"
        await emptied(spool)
        await spool.close()

    asyncio.run(run())
    assert sink.held == EVENTS


def test_many_at_once_are_all_kept(sink, tmp_path):
    sink.state = "away"

    async def run():
        spool = spooled(sink, tmp_path)
        await asyncio.gather(*(spool.append(event) for event in EVENTS))
        sink.state = "here"
        await emptied(spool)
        await spool.close()

    asyncio.run(run())
    assert sorted(one.id for one in sink.held) == sorted(one.id for one in EVENTS)


def test_what_waits_survives_a_restart_and_goes_before_what_is_new(sink, tmp_path):
    async def run(state, events, *, is_last=False):
        sink.state = state
        spool = spooled(sink, tmp_path)
        spool.deliver()
        for event in events:
            await spool.append(event)
        if is_last:
            await emptied(spool)
        await spool.close()

    asyncio.run(run("away", EVENTS[:5]))
    asyncio.run(run("away", EVENTS[5:10]))
    assert len(files_in(tmp_path)) == 2
    asyncio.run(run("here", EVENTS[10:], is_last=True))
    assert sink.held == EVENTS
    assert not files_in(tmp_path)


def test_what_a_live_process_holds_is_not_taken_over(sink, tmp_path):
    sink.state = "away"

    async def run():
        one = spooled(sink, tmp_path)
        await one.append(EVENTS[0])
        other = spooled(sink, tmp_path)
        assert (one.waiting, other.waiting) == (1, 0)
        await other.append(EVENTS[1])
        sink.state = "here"
        await emptied(one)
        await emptied(other)
        await one.close()
        await other.close()

    asyncio.run(run())
    assert sorted(one.patient for one in sink.held) == ["pt-0", "pt-1"]


@pytest.mark.hostile("K01")
def test_files_are_their_owners_alone(sink, tmp_path):
    sink.state = "away"
    folder = tmp_path / "new" / "spool"

    async def run():
        spool = spooled(sink, folder)
        await spool.append(EVENTS[0])
        await spool.close()
        await AuditFile(tmp_path / "audit.jsonl").append(EVENTS[0])

    asyncio.run(run())
    (file,) = folder.iterdir()
    for path, mode in ((file, 0o600), (folder, 0o700), (tmp_path / "audit.jsonl", 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode


# ------------------------------------------------------------------------------------ it gives up


def test_a_full_spool_refuses_and_takes_events_again_when_it_was_emptied(sink, tmp_path):
    sink.state = "away"

    async def run():
        spool = spooled(sink, tmp_path, most_bytes=2_000)
        answers = [
            await asyncio.gather(spool.append(one), return_exceptions=True) for one in EVENTS
        ]
        refused = [one.reason for (one,) in answers if isinstance(one, AuditUnavailable)]
        taken = [event for event, (one,) in zip(EVENTS, answers, strict=True) if one is None]
        assert taken == EVENTS[: len(taken)]
        assert refused == ["audit-spool-full"] * (len(EVENTS) - len(taken))
        assert len(EVENTS) > len(taken) > 0
        sink.state = "here"
        await emptied(spool)
        await spool.append(EVENTS[-1])
        await spool.close()
        return taken

    taken = asyncio.run(run())
    assert sink.held == [*taken, EVENTS[-1]]


def test_a_folder_that_cannot_be_written_refuses(sink, tmp_path):
    sink.state = "away"
    (tmp_path / "spool").write_text("a file")

    async def run():
        spool = spooled(sink, tmp_path / "spool" / "inner")
        with pytest.raises(AuditUnavailable):
            await spool.append(EVENTS[0])
        sink.state = "here"
        await spool.append(EVENTS[1])

    asyncio.run(run())
    assert sink.held == [EVENTS[1]]


def test_a_disk_that_is_full_halfway_through_a_line_refuses_it_and_keeps_the_rest(sink, tmp_path):
    sink.state = "away"

    async def run():
        spool = spooled(sink, tmp_path)
        await spool.append(EVENTS[0])
        (file,) = tmp_path.iterdir()
        size, limits = file.stat().st_size, resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, limits[1]))
        try:
            with pytest.raises(AuditUnavailable):
                await spool.append(EVENTS[1])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert file.stat().st_size == size
        await spool.append(EVENTS[2])
        sink.state = "here"
        await emptied(spool)
        await spool.close()

    asyncio.run(run())
    assert sink.held == [EVENTS[0], EVENTS[2]]


# ---------------------------------------------------------------------------- files that were left


def left_in(folder, lines):
    folder.mkdir(exist_ok=True)
    (folder / "audit-left.jsonl").write_bytes(b"".join(lines))


def line_of(event, sink, folder):
    """Return the line a spool writes for an event."""
    sink.state = "away"

    async def run():
        spool = spooled(sink, folder)
        await spool.append(event)
        await spool.close()

    asyncio.run(run())
    (file,) = folder.iterdir()
    line = file.read_bytes()
    file.unlink()
    return line


def taken_from(sink, folder):
    sink.state = "here"

    async def run():
        spool = spooled(sink, folder)
        spool.deliver()
        await emptied(spool)
        await spool.close()

    asyncio.run(run())
    return sink.held


def test_a_line_without_an_end_was_never_acknowledged(sink, tmp_path):
    line = line_of(EVENTS[0], sink, tmp_path)
    left_in(tmp_path, [line, line[:-30]])
    assert taken_from(sink, tmp_path) == [EVENTS[0]]
    assert not files_in(tmp_path)


def test_a_line_that_was_delivered_is_not_delivered_again(sink, tmp_path):
    one, other = (line_of(event, sink, tmp_path) for event in EVENTS[:2])
    left_in(tmp_path, [b"#" + one[1:], other])
    assert taken_from(sink, tmp_path) == [EVENTS[1]]
    left_in(tmp_path, [b"#" + one[1:]])
    assert taken_from(sink, tmp_path) == [EVENTS[1]]
    assert not files_in(tmp_path)


def test_a_line_nobody_can_read_is_kept_aside_and_holds_nothing_up(sink, tmp_path):
    line = line_of(EVENTS[0], sink, tmp_path)
    left_in(tmp_path, [b'{"kind":"x"}\n', b"\xff\xfe\n", line])
    assert taken_from(sink, tmp_path) == [EVENTS[0]]
    assert files_in(tmp_path) == ["audit-left.unreadable"]


def test_other_files_of_the_folder_are_left_alone(sink, tmp_path):
    (tmp_path / "notes.txt").write_text("kept")
    assert taken_from(sink, tmp_path) == []
    assert files_in(tmp_path) == ["notes.txt"]


# -------------------------------------------------------------------------------------- kill it


def killed_after(seconds, *arguments):
    """Run the process that appends for ever, kill it, and return what it had acknowledged."""
    command = [sys.executable, "-m", "tests.ehr.spooling", *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read()
    return [line for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]


@pytest.mark.parametrize("seconds", [0.02, 0.05, 0.11])
def test_killed_while_the_sink_is_away_it_has_lost_nothing_acknowledged(sink, tmp_path, seconds):
    acknowledged = [line.strip() for line in killed_after(seconds, tmp_path)]
    arrived = [one.id for one in taken_from(sink, tmp_path)]
    assert arrived[: len(acknowledged)] == acknowledged
    assert len(arrived) - len(acknowledged) <= 1


@pytest.mark.parametrize("seconds", [0.02, 0.05, 0.11])
def test_killed_while_it_delivers_at_most_one_event_arrives_twice(sink, tmp_path, seconds):
    folder, file = tmp_path / "spool", tmp_path / "audit.jsonl"
    acknowledged = {line.strip() for line in killed_after(seconds, folder, file)}
    written = file.read_bytes().splitlines(keepends=True) if file.exists() else []
    whole = [line for line in written if line.endswith(b"\n")]
    arrived = [json.loads(line)["id"] for line in whole]
    arrived += [one.id for one in taken_from(sink, folder)]
    assert acknowledged <= set(arrived)
    assert len(arrived) - len(set(arrived)) <= 1


# ------------------------------------------------------------------------------------ the file


def test_the_audit_file_holds_one_line_for_each_event(tmp_path):
    path = tmp_path / "audit.jsonl"

    async def run():
        for event in EVENTS[:2]:
            await AuditFile(path).append(event)
        path.rename(tmp_path / "audit.jsonl.1")
        await AuditFile(path).append(EVENTS[2])

    asyncio.run(run())
    written = (tmp_path / "audit.jsonl.1").read_text() + path.read_text()
    assert [json.loads(line) for line in written.splitlines()] == list(map(as_resource, EVENTS[:3]))


def test_a_line_that_was_cut_short_does_not_spoil_the_next(tmp_path):
    path = tmp_path / "audit.jsonl"
    path.write_text('{"resourceType":"Audit')
    asyncio.run(AuditFile(path).append(EVENTS[0]))
    assert json.loads(path.read_text().splitlines()[1]) == as_resource(EVENTS[0])


@pytest.mark.parametrize("path", ["/dev/full", "/dev/null/audit.jsonl"])
def test_an_audit_file_that_cannot_be_written_says_so(path, tmp_path):
    with pytest.raises(AuditUnavailable):
        asyncio.run(AuditFile(tmp_path / path).append(EVENTS[0]))
