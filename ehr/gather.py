"""What can be known of this patient within the time of one call?

What was sent with the call comes first; what is missing is asked of the EHR's FHIR server, all
needs at once. At the deadline whatever is complete is kept and the rest says that no answer came in
time. A resource of another patient, in the call or in any answer, ends it: nothing more is asked.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Container, Mapping
from typing import Any, Final

from ehr import because, logs
from ehr.addresses import registered
from ehr.asking import Asking
from ehr.client import Allowance, Wire
from ehr.errors import NotRead, WrongServer
from ehr.medicines import Medicines
from ehr.paging import read_pages
from ehr.prefetch import Ask, gathered_of, resources_in, sent_readings
from ehr.reading import Reading
from ehr.searches import MEDICINES
from ehr.site import Site
from ehr.token import AccessToken
from trd.read.access import words
from trd.read.gathered import Gathered

__all__ = ["AccessToken", "Ask", "gather_chart"]

_ENCOUNTER: Final = "Encounter"
_SETTLING_SECONDS: Final = 0.02
"""How long after the deadline answers of their own time limits may still come in."""
_ENDING_SECONDS: Final = 0.05
_ENCOUNTER_SECONDS: Final = 0.3
"""How long an answer that is otherwise ready waits for the check of the encounter."""


async def gather_chart(
    ask: Ask, needs: Container[str], site: Site, wire: Wire | None, deadline: float
) -> Gathered:
    """Return what was sent and what could be read until ``deadline`` (on the loop's clock).

    Raises WrongServer where the call names another FHIR server than the registered one, and
    WrongPatient where anything is another patient's.
    """
    if site.base and ask.server and not registered(site.base).is_same(ask.server):
        raise WrongServer("not-the-registered-server")
    readings = sent_readings(ask, needs, site.reading)
    for name, reading in readings.items():
        if name in site.reading.has_no and not reading.is_begun:
            reading.take(None)
    base = wire.base_of(site) if wire is not None else None
    if wire is not None and base is not None and ask.server and wire.may_ask(ask.token):
        at_once = asyncio.Semaphore(site.reading.at_once)
        allowance = Allowance(deadline=deadline, at_once=at_once)
        await _ask_for_more(
            readings, Asking(ask=ask, site=site, wire=wire, base=base, allowance=allowance)
        )
    found = gathered_of(ask, readings, ask.server.rstrip("/") or site.base)
    for why, count in Counter(found.because.values()).items():
        logs.operation("not-read", site=site.name, reason=because.code_of(why), count=count)
    return found


async def _ask_for_more(readings: Mapping[str, Reading], asking: Asking) -> None:
    """Read what is missing, all at once, until the deadline; raise WrongPatient."""
    medicines = Medicines(asking)
    tasks = {
        asyncio.create_task(_read_need(reading, asking, medicines)): reading
        for reading in readings.values()
        if _wants_more(reading)
    }
    beside = _encounter_checks(asking)
    try:
        await _settled({*tasks}, beside, asking.allowance.deadline + _SETTLING_SECONDS)
    finally:
        asking.allowance.is_over = True
        await _end([*tasks, *beside, *medicines.tasks()])
    for task, reading in tasks.items():
        if task.cancelled() or not task.done():
            reading.stop(because.TOO_LATE)


def _wants_more(reading: Reading) -> bool:
    is_of_drugs = reading.need.name in MEDICINES
    return not reading.is_begun or bool(reading.next) or is_of_drugs


async def _read_need(reading: Reading, asking: Asking, medicines: Medicines) -> None:
    """Read one need to its end, with the drugs it names."""
    if reading.next or not reading.is_begun:
        await read_pages(reading, asking)
    if reading.need.name in MEDICINES:
        await medicines.look_up(reading)


def _encounter_checks(asking: Asking) -> set[asyncio.Task[None]]:
    """Begin to look whose the named encounter is, unless it was sent."""
    local = asking.ask.encounter_id
    if not local or any(
        words(one.get("resourceType")) == _ENCOUNTER and words(one.get("id")) == local
        for one in resources_in(list(asking.ask.prefetch.values()))
    ):
        return set()
    return {asyncio.create_task(_check_encounter(local, asking))}


async def _check_encounter(local: str, asking: Asking) -> None:
    """Raise WrongPatient for an encounter of another patient; one that cannot be read is none."""
    with contextlib.suppress(NotRead, WrongServer):
        await asking.read(asking.base.resource(_ENCOUNTER, local))


async def _settled(
    tasks: set[asyncio.Task[None]], beside: set[asyncio.Task[None]], end: float
) -> None:
    """Wait for the tasks until ``end``, and shortly for what runs beside; raise what they raise."""
    loop = asyncio.get_running_loop()
    pending = {*tasks, *beside}
    while pending:
        if pending.isdisjoint(tasks):
            end = min(end, loop.time() + _ENCOUNTER_SECONDS)
            tasks = pending
        done, pending = await asyncio.wait(
            pending, timeout=max(0.0, end - loop.time()), return_when=asyncio.FIRST_COMPLETED
        )
        if not done:
            return
        for task in done:
            task.result()


async def _end(tasks: list[asyncio.Task[Any]]) -> None:
    """End what still runs, and look at what it leaves, so that nothing is asked any more."""
    for task in tasks:
        task.cancel()
    if tasks:
        done, _ = await asyncio.wait(tasks, timeout=_ENDING_SECONDS)
        for task in done:
            if not task.cancelled():
                task.exception()
