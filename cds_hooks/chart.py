"""What has the EHR sent of this patient, and how completely?

Each prefetch key is one need. A key that is absent was not asked for; null or an empty Bundle was
read and held nothing; an OperationOutcome or a shape that cannot be is a failed read; a Bundle
with a next page, a total above its entries or an error among them is read in part; one that holds
entries, but none of the type that was asked for, is a failed read. A resource of another patient,
wherever it stands, refuses the call.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from cds_hooks.call import HookCall
from cds_hooks.errors import AnotherPatient, CannotAnswer
from trd.chart import PatientChart, ReadStatus
from trd.read.access import Json, is_reference_to, reference_of, relative, rows, table, words
from trd.read.gathered import Gathered, bundle_entries
from trd.read.needs import NEEDS, DataRequirement
from trd.read.subjects import HOLDERS

_READ: Final = frozenset({ReadStatus.COMPLETE, ReadStatus.PARTIAL})
_ABSENT: Final = object()
_BUNDLE: Final = "Bundle"
_PATIENT: Final = "Patient"


def gathered(call: HookCall, needs: Container[str], unused: Container[str] = ()) -> Gathered:
    """Return what the prefetch holds for these needs.

    Another key is not read, but what stands under it must not be another patient's. ``unused``
    names the needs of which resources were sent that no rule can use, and that are left out here.
    """
    resources: list[Json] = []
    references: dict[str, str] = {}
    reads: dict[str, ReadStatus] = {}
    for need in NEEDS:
        reads[need.name] = ReadStatus.NOT_ASKED
        if need.name in needs:
            value = call.prefetch.get(need.name, _ABSENT)
            status = _read(value, need, resources, references, is_left_out=need.name in unused)
            reads[need.name] = status
    for name, value in call.prefetch.items():
        if reads.get(name) not in _READ:
            _refuse_another_patient(value, call.patient_id)
    return Gathered(
        patient_id=call.patient_id,
        resources=tuple(resources),
        reads=reads,
        base=call.fhir_server,
        references=references,
    )


def _read(
    value: object,
    need: DataRequirement,
    resources: list[Json],
    references: dict[str, str],
    *,
    is_left_out: bool,
) -> ReadStatus:
    """Add the resources of one key; return how it was read."""
    if value is _ABSENT:
        return ReadStatus.NOT_ASKED
    if value is None:
        return ReadStatus.COMPLETE
    if not isinstance(value, dict):
        return ReadStatus.FAILED
    kind = value.get("resourceType")
    if kind == need.resource_type:
        resources.append(value)
        return ReadStatus.COMPLETE
    if kind != _BUNDLE or not isinstance(value.get("entry", []), list | None):
        return ReadStatus.FAILED
    found: list[Json] = []
    is_complete = bundle_entries(value, found, references)
    resources += found
    is_held = is_left_out or any(_kind(one) == need.resource_type for one in found)
    if not is_held and (found or (value.get("entry") and not is_complete)):
        return ReadStatus.FAILED
    return ReadStatus.COMPLETE if is_complete else ReadStatus.PARTIAL


def _kind(resource: Json) -> str:
    return words(resource.get("resourceType"))


def _refuse_another_patient(value: object, patient_id: str) -> None:
    """Refuse what will not be read, too, where it names another patient."""
    mine = f"{_PATIENT}/{patient_id}"
    for resource in _resources(value):
        named = [relative(reference_of(resource.get(member))) for member in HOLDERS]
        if _kind(resource) == _PATIENT:
            named.append(f"{_PATIENT}/{words(resource.get('id'))}")
        if any(is_reference_to(one, _PATIENT) and one != mine for one in named):
            raise AnotherPatient


def _resources(value: object) -> Iterator[Json]:
    """Yield a resource, those of a list, and those in the entries of a Bundle."""
    for held in rows(value):
        yield held
        for entry in rows(held.get("entry")):
            yield from _resources(table(entry.get("resource")))


def counted(chart: PatientChart, unused: Mapping[str, int]) -> PatientChart:
    """Return the chart with its counts as sent: what no rule can use was read, too."""
    if not unused:
        return chart
    reads = (replace(row, count=row.count + unused.get(row.need, 0)) for row in chart.reads)
    return replace(chart, reads=tuple(reads))


def require(reads: Mapping[str, ReadStatus], groups: Sequence[Sequence[str]]) -> None:
    """Refuse the call unless of each group of needs at least one was read, wholly or in part."""
    for group in groups:
        if not any(reads[need] in _READ for need in group):
            missing = " or ".join(group)
            raise CannotAnswer(f"prefetch: {missing} is required and was not sent readably")
