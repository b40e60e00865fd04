"""Whose is each resource?

The patient comes from the caller, the Patient or the subjects. A resource of another patient
raises, whichever element or contained resource names it; one that names no patient by a reference
is not used, and its read is then partial.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from trd.chart import DataIssue, ReadStatus
from trd.read.access import (
    Json,
    evidence_of,
    is_reference_to,
    reference_of,
    relative,
    rows,
    words,
)
from trd.read.errors import WrongPatient
from trd.read.gathered import Gathered, resolved, subject_of
from trd.read.needs import NEED_BY_TYPE
from trd.read.versions import canonical, content

UNKNOWN_PATIENT: Final = "unknown"
"""The patient's id where no resource names one."""


_BY_SUBJECT: Final = NEED_BY_TYPE.keys() - {"Patient", "Device"}
HOLDERS: Final = ("subject", "patient", "beneficiary")
"""The elements that say whose a resource of any type is."""
_BESIDE: Final = frozenset({"patient", "beneficiary", "contained"})
"""What may name another patient beside the subject."""
_PEOPLE: Final = frozenset({"Patient", "RelatedPerson", "Person", "Group", "Practitioner"})
_MANY: Final = "the input holds resources of more than one patient"


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
        raise WrongPatient(place, _MANY)
    _refuse_many_unnamed(gathered.resources, is_named=bool(named))
    return next(iter(named), UNKNOWN_PATIENT)


def _refuse_many_unnamed(resources: Iterable[Json], *, is_named: bool) -> None:
    """Refuse two Patients without an id, and two references where none leads to a Patient."""
    patients: dict[str, Json] = {}
    others: dict[str, Json] = {}
    for resource in resources:
        reference = subject_of(resource)
        if words(resource.get("resourceType")) == "Patient" and not words(resource.get("id")):
            patients.setdefault(content(resource), resource)
        elif reference and not is_named:
            others.setdefault(_as_named(reference, resource), resource)
    for found in (patients, others):
        if len(found) > 1:
            raise WrongPatient(evidence_of(found[sorted(found)[1]]), _MANY)


def _as_named(reference: str, resource: Json) -> str:
    """Return a reference that leads to no Patient, with what the resource contains under it."""
    held = [
        canonical(row)
        for row in rows(resource.get("contained"))
        if reference == f"#{words(row.get('id')).removeprefix('#')}"
    ]
    return "".join([reference, *held])


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
    servers: set[str] = set()
    plain = f"Patient/{patient_id}"
    for resource in resources:
        kind = words(resource.get("resourceType"))
        holder = resource.get("subject")
        is_plain = isinstance(holder, dict) and holder.get("reference") == plain
        if is_plain and kind in _BY_SUBJECT and _BESIDE.isdisjoint(resource):
            mine.append(resource)  # the usual case, at one look
            continue
        _refuse_another(resource, plain, gathered, servers)
        reference = subject_of(resource)
        if reference == plain or (reference and _is_mine(reference, plain, gathered)):
            if kind in NEED_BY_TYPE:
                mine.append(resource)
        elif kind not in NEED_BY_TYPE:
            continue
        elif patient_id == UNKNOWN_PATIENT or (kind == "Device" and _is_nobodys(resource)):
            mine.append(resource)
        else:
            _leave(resource, reads, issues)
    return mine


def refuse_others(resources: Iterable[Json], patient_id: str, gathered: Gathered) -> None:
    """Raise WrongPatient where a resource of any type names another patient than this one."""
    servers: set[str] = set()
    plain = f"Patient/{patient_id}"
    for resource in resources:
        holder = resource.get("subject")
        is_plain = isinstance(holder, dict) and holder.get("reference") == plain
        is_patient = words(resource.get("resourceType")) == "Patient"
        if is_patient or not is_plain or not _BESIDE.isdisjoint(resource):
            _refuse_another(resource, plain, gathered, servers)


def _refuse_another(resource: Json, plain: str, gathered: Gathered, servers: set[str]) -> None:
    """Refuse a resource that names another patient anywhere, or this one on a second server."""
    for reference in _named_in(resource):
        if reference == plain:
            continue
        if not _is_mine(reference, plain, gathered):
            if is_reference_to(resolved(gathered, reference), "Patient"):
                raise WrongPatient(evidence_of(resource), "belongs to another patient")
            continue
        address = reference.partition("/_history/")[0].lower()
        if "://" in address:
            servers.add(address.partition("://")[2])
        if len(servers) > 1:
            raise WrongPatient(evidence_of(resource), "names a patient of another server")


def _named_in(resource: Json) -> Iterator[str]:
    """Yield the literal references that say whose a resource and what it contains are."""
    yield subject_of(resource) or ""
    waiting = [resource]
    while waiting:
        holder = waiting.pop()
        waiting += rows(holder.get("contained"))
        for name in HOLDERS:
            for row in rows(holder.get(name)):
                yield reference_of(row)


def _is_nobodys(resource: Json) -> bool:
    """Say whether a resource does not even try to say whose it is."""
    return all(resource.get(name) is None for name in HOLDERS)


def _is_mine(reference: str, plain: str, gathered: Gathered) -> bool:
    """Say whether a literal reference means this patient on this server."""
    target = gathered.references.get(reference, reference)
    if relative(target) != plain:
        return False
    if gathered.base and target.startswith(("http://", "https://")):
        return target.partition("/_history/")[0] == f"{gathered.base}/{plain}"
    return True


def is_about_another(resource: Json) -> bool:
    """Say whether an observation stands in this chart and speaks of another person (its focus)."""
    about = [relative(reference_of(one)) for one in rows(resource.get("focus"))]
    mine = relative(subject_of(resource) or "")
    return any(one != mine and one.partition("/")[0] in _PEOPLE for one in about)


def _leave(resource: Json, reads: dict[str, ReadStatus], issues: list[DataIssue]) -> None:
    """Note a resource nobody claims; what it says is missing from its read."""
    need = NEED_BY_TYPE[words(resource.get("resourceType"))]
    if reads.get(need) is ReadStatus.COMPLETE:
        reads[need] = ReadStatus.PARTIAL
    effect = "not used: it cannot be told whose it is"
    what = "names no patient by a reference"
    element = "patient" if need == "devices" else "subject"
    issues.append(DataIssue(evidence_of(resource), element, what, effect))
