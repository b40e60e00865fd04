"""Which drugs do orders name by a Medication of its own, and what do those say?

What an order contains, or what came with the search, needs no question. The rest is read one by
one, each once in a call, at this EHR alone. A drug that cannot be looked up leaves its need read
in part; the order itself is kept, and says so.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

from ehr import because
from ehr.asking import Asking
from ehr.errors import NotRead
from ehr.reading import Reading
from trd.read.access import Json, reference_of, relative, rows, words

MOST_LOOKED_UP: Final = 100

_MEDICATION: Final = "Medication"
_DEEPEST: Final = 2
"""A Medication, and those it is a mixture of."""


class Medicines:
    """The Medications read during one call; each is asked for once."""

    __slots__ = ("_asking", "_reads")

    def __init__(self, asking: Asking) -> None:
        """Start with nothing read."""
        self._asking = asking
        self._reads: dict[str, asyncio.Task[Json]] = {}

    async def look_up(self, reading: Reading) -> None:
        """Add to a reading the Medications its resources name; say where one is missing."""
        level: Iterable[Json] = list(reading.resources())
        for _ in range(_DEEPEST):
            named = dict.fromkeys(ref for one in level for ref in _named_by(one))
            held = reading.names()
            missing = [ref for ref in named if held.isdisjoint({ref, relative(ref)})]
            if not missing:
                return
            level = await self._found(reading, missing)
            for medication in level:
                reading.include(medication)

    def tasks(self) -> list[asyncio.Task[Json]]:
        """Return what has been asked for, so that it can be ended."""
        return list(self._reads.values())

    async def _found(self, reading: Reading, references: list[str]) -> list[Json]:
        """Return the Medications of these references that could be read."""
        asked = [self._asked(ref) for ref in references]
        answers = await asyncio.gather(*(one for one in asked if one), return_exceptions=True)
        found: list[Json] = []
        if len(answers) < len(asked):
            reading.miss(because.DRUGS_UNKNOWN)
        for answer in answers:
            if isinstance(answer, NotRead):
                is_late = answer.reason == because.TOO_LATE
                reading.miss(because.TOO_LATE if is_late else because.DRUGS_UNKNOWN)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                found.append(answer)
        return found

    def _asked(self, reference: str) -> asyncio.Task[Json] | None:
        """Return the reading of a Medication, begun now or before; None where none may be."""
        local = self._asking.base.local_id(_MEDICATION, reference)
        if not local:
            return None
        task = self._reads.get(local)
        if task is None and len(self._reads) < MOST_LOOKED_UP:
            task = self._reads[local] = asyncio.create_task(self._read(local))
        return task

    async def _read(self, local: str) -> Json:
        found = await self._asking.read(self._asking.base.resource(_MEDICATION, local))
        if words(found.get("resourceType")) != _MEDICATION or words(found.get("id")) != local:
            raise NotRead(because.DRUGS_UNKNOWN)
        return found


def _named_by(resource: Json) -> Iterable[str]:
    """Yield the references by which a resource names Medications, but for contained ones."""
    links = [resource.get("medicationReference")]
    links += [row.get("itemReference") for row in rows(resource.get("ingredient"))]
    for link in links:
        reference = reference_of(link)
        if reference and not reference.startswith("#"):
            yield reference
