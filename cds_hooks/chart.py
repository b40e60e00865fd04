"""What has the EHR sent of this patient, and how completely?

Each prefetch key is one need. A key that is absent was not asked for; null or an empty Bundle was
read and held nothing; an OperationOutcome or a shape that cannot be is a failed read; a Bundle
with a next page, a total above its entries or an error among them is read in part. A resource of
another patient, wherever it stands, refuses the call.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import Final

from cds_hooks.call import ANOTHER_PATIENT, HookCall
from cds_hooks.errors import CannotAnswer
from trd.chart import PatientChart, ReadStatus
from trd.read.access import Json, is_reference_to, relative
from trd.read.gathered import Gathered, bundle_entries, subject_of
from trd.read.needs import NEEDS, DataRequirement

_READ: Final = frozenset({ReadStatus.COMPLETE, ReadStatus.PARTIAL})
_ABSENT: Final = object()


def gathered(call: HookCall, needs: Container[str]) -> Gathered:
    """Return what the prefetch holds for these needs; keys of no need are ignored.

    A key of another service's need is not read either, but it must not be another patient's.
    """
    resources: list[Json] = []
    references: dict[str, str] = {}
    reads: dict[str, ReadStatus] = {}
    for need in NEEDS:
        value = call.prefetch.get(need.name, _ABSENT)
        if need.name in needs:
            reads[need.name] = _read(value, need, call.patient_id, resources, references)
            continue
        reads[need.name] = ReadStatus.NOT_ASKED
        unused: list[Json] = []
        _read(value, need, call.patient_id, unused, {})
        for resource in unused:
            _refuse_another_patient(resource, call.patient_id)
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
    patient_id: str,
    resources: list[Json],
    references: dict[str, str],
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
    if kind == "Bundle" and isinstance(value.get("entry", []), list | None):
        is_complete = bundle_entries(value, resources, references)
        return ReadStatus.COMPLETE if is_complete else ReadStatus.PARTIAL
    _refuse_another_patient(value, patient_id)
    return ReadStatus.FAILED


def _refuse_another_patient(value: Json, patient_id: str) -> None:
    """Refuse a resource that will not be read, too, where it names another patient."""
    named = relative(subject_of(value) or "")
    if is_reference_to(named, "Patient") and named != f"Patient/{patient_id}":
        raise CannotAnswer(ANOTHER_PATIENT)


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
