"""What has the EHR sent with the call, and how completely?

Each prefetch key is one need. A key that is absent was not asked for; null or an empty Bundle was
read and held nothing; an OperationOutcome or a shape that cannot be is a failed read. A resource
of another patient, wherever it stands, refuses the call.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ehr import because
from ehr.reading import Part, Reading
from ehr.site import NullMeans, ReadTerms
from ehr.token import AccessToken
from trd.chart import ReadStatus
from trd.read.access import Json, rows, table, words
from trd.read.gathered import Gathered
from trd.read.needs import NEEDS, DataRequirement
from trd.read.subjects import refuse_others

_DEEPEST: Final = 32
"""Levels of Bundles that are looked into: more than JSON of 64 levels can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One call, as far as its data are concerned.

    ``server`` is the FHIR server it names, "" for none. ``unused`` counts the resources of each
    need that were sent, that no rule can use, and that are left out of ``prefetch``.
    """

    patient_id: str
    encounter_id: str = ""
    prefetch: Mapping[str, Any]
    server: str = ""
    token: AccessToken | None = None
    unused: Mapping[str, int] = field(default_factory=dict)


def sent_readings(ask: Ask, needs: Container[str], terms: ReadTerms) -> dict[str, Reading]:
    """Return what was sent of these needs; raise WrongPatient for anything of another patient."""
    refuse_other_patients(list(ask.prefetch.values()), ask.patient_id, ask.server)
    found = {}
    for need in NEEDS:
        if need.name in needs:
            found[need.name] = reading = Reading(need=need)
            if need.name in ask.prefetch:
                value = ask.prefetch[need.name]
                if value is not None or _may_be_nothing(need, terms):
                    reading.take(value, ask.unused.get(need.name, 0))
    return found


def _may_be_nothing(need: DataRequirement, terms: ReadTerms) -> bool:
    """Say whether null may mean that there is nothing: a patient who is asked about is there."""
    return terms.null_means is NullMeans.NOTHING and "?" in need.query


def gathered_of(ask: Ask, readings: Mapping[str, Reading], base: str) -> Gathered:
    """Return what these readings hold, with how completely and why not."""
    parts = {name: reading.part() for name, reading in readings.items()}
    if any(map(_is_replaced, (one for part in parts.values() for one in part.resources))):
        parts = {name: _merged(part) for name, part in parts.items()}
    not_asked = Part(status=ReadStatus.NOT_ASKED)
    references: dict[str, str] = {}
    for part in parts.values():
        references |= part.references
    return Gathered(
        patient_id=ask.patient_id,
        resources=tuple(one for part in parts.values() for one in part.resources),
        reads={need.name: parts.get(need.name, not_asked).status for need in NEEDS},
        base=base,
        references=references,
        because={name: part.because for name, part in parts.items() if part.because},
    )


def _is_replaced(resource: Json) -> bool:
    """Say whether a Patient "must no longer be used", which is how FHIR defines the link."""
    return words(resource.get("resourceType")) == "Patient" and any(
        words(link.get("type")).lower() == "replaced-by" for link in rows(resource.get("link"))
    )


def _merged(part: Part) -> Part:
    """Return what was read of a record that was replaced: the rest may stand in the other one."""
    if part.status is not ReadStatus.COMPLETE:
        return part
    return replace(part, status=ReadStatus.PARTIAL, because=because.MERGED)


def refuse_other_patients(value: object, patient_id: str, base: str) -> None:
    """Raise WrongPatient where anything in a value, however deep in Bundles, is another's."""
    known = Gathered(patient_id=patient_id, resources=(), reads={}, base=base.rstrip("/"))
    refuse_others(resources_in(value), patient_id, known)


def resources_in(value: object, depth: int = _DEEPEST) -> Iterator[Json]:
    """Yield a resource, those of a list, and those in the entries of a Bundle or of Parameters."""
    if depth == 0:
        return
    for held in value if isinstance(value, list) else [value]:
        if isinstance(held, list):
            yield from resources_in(held, depth - 1)
        elif isinstance(held, dict):
            yield held
            for entry in rows(held.get("entry")):
                yield from resources_in(table(entry.get("resource")), depth - 1)
            for part in (*rows(held.get("parameter")), *rows(held.get("part"))):
                yield from resources_in([part.get("resource"), part], depth - 1)


def has_more_entries(value: object, most: int) -> bool:
    """Say whether the lists and Bundles of a value hold more than so many entries in all."""
    count, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        within = one.get("entry") if isinstance(one, dict) else one
        if isinstance(within, list):
            count += len(within)
            if count > most:
                return True
            waiting += [
                row.get("resource", row) if isinstance(row, dict) else row for row in within
            ]
    return False
