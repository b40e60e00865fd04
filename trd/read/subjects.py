"""Whose is each resource?

The patient comes from the caller, the Patient or the subjects. A resource of another patient
raises; one that names no patient by a reference is not used, and its read is then partial.
"""

from collections.abc import Iterable
from typing import Final

from trd.chart import DataIssue, ReadStatus
from trd.read.access import Json, evidence_of, is_reference_to, relative, words
from trd.read.errors import WrongPatient
from trd.read.gathered import Gathered, resolved, subject_of
from trd.read.needs import NEED_BY_TYPE

UNKNOWN_PATIENT: Final = "unknown"
"""The patient's id where no resource names one."""


_BY_SUBJECT: Final = NEED_BY_TYPE.keys() - {"Patient", "Device"}


def patient_of(gathered: Gathered) -> str:
    """Return the id of the one patient, from the caller, the Patient, or the subjects.

    Raises WrongPatient where two patients are named.
    """
    if gathered.patient_id is not None:
        return gathered.patient_id
    first_with: dict[str, Json] = {}
    for resource in gathered.resources:
        first_with.setdefault(subject_of(resource) or "", resource)
    named: dict[str, str] = {}
    for reference, resource in first_with.items():
        target = resolved(gathered, reference)
        if is_reference_to(target, "Patient"):
            named.setdefault(relative(target).rpartition("/")[2], evidence_of(resource))
    if len(named) > 1:
        place = named[sorted(named)[1]]
        raise WrongPatient(place, "the input holds resources of more than one patient")
    return next(iter(named), UNKNOWN_PATIENT)


def owned(
    resources: Iterable[Json],
    patient_id: str,
    gathered: Gathered,
    reads: dict[str, ReadStatus],
    issues: list[DataIssue],
) -> list[Json]:
    """Return the resources of the types we read that are this patient's.

    ``reads`` and ``issues`` are told what cannot be claimed. Raises WrongPatient.
    """
    mine: list[Json] = []
    plain = f"Patient/{patient_id}"
    for resource in resources:
        kind = words(resource.get("resourceType"))
        holder = resource.get("subject")
        if isinstance(holder, dict) and holder.get("reference") == plain and kind in _BY_SUBJECT:
            mine.append(resource)  # the usual case, at one look
            continue
        reference = subject_of(resource)
        if reference == plain or (reference and _is_mine(reference, plain, gathered)):
            if kind in NEED_BY_TYPE:
                mine.append(resource)
        elif reference and is_reference_to(resolved(gathered, reference), "Patient"):
            raise WrongPatient(evidence_of(resource), "belongs to another patient")
        elif kind not in NEED_BY_TYPE:
            continue
        elif patient_id == UNKNOWN_PATIENT or (kind == "Device" and not reference):
            mine.append(resource)
        else:
            _leave(resource, reads, issues)
    return mine


def _is_mine(reference: str, plain: str, gathered: Gathered) -> bool:
    """Say whether a literal reference means this patient on this server."""
    target = gathered.references.get(reference, reference)
    if relative(target) != plain:
        return False
    if gathered.base and target.startswith(("http://", "https://")):
        return target.partition("/_history/")[0] == f"{gathered.base}/{plain}"
    return True


def _leave(resource: Json, reads: dict[str, ReadStatus], issues: list[DataIssue]) -> None:
    """Note a resource nobody claims; what it says is missing from its read."""
    need = NEED_BY_TYPE[words(resource.get("resourceType"))]
    if reads.get(need) is ReadStatus.COMPLETE:
        reads[need] = ReadStatus.PARTIAL
    effect = "not used: it cannot be told whose it is"
    what = "names no patient by a reference"
    issues.append(DataIssue(evidence_of(resource), "subject", what, effect))
