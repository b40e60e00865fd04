"""How do raw resources become one patient's chart?

Sorts by type, keeps the newest version of each id, checks whose every resource is, hands each to
its reader, and sorts what comes out, so that neither the order of resources nor repetition between
sources changes anything. A resource of another patient raises ``WrongPatient``.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from trd.chart import (
    DataIssue,
    Diagnosis,
    NeedRead,
    PatientChart,
    PatientFacts,
    ProcedureDone,
    ReadStatus,
)
from trd.dates import FIRST_READING, Day, Reading
from trd.knowledge import Knowledge
from trd.read.access import (
    Json,
    evidence_of,
    is_reference_to,
    number,
    relative,
    rows,
    table,
    words,
)
from trd.read.care import read_encounter, read_procedure, read_referral, visit_day
from trd.read.conditions import read_condition, read_device
from trd.read.days import DayReader
from trd.read.errors import WrongPatient
from trd.read.gathered import Gathered, resolved, subject_of
from trd.read.medications import (
    MedicationContext,
    MedicationsRead,
    modifier_of,
    read_dispense,
    read_request,
    read_statement,
)
from trd.read.needs import NEED_BY_TYPE, NEEDS
from trd.read.scales import ScalesRead, joined_scores, read_observation, read_response

UNKNOWN_PATIENT: Final = "unknown"
"""The patient's id where no resource names one."""

Row = TypeVar("Row")


def read_chart(
    gathered: Gathered, knowledge: Knowledge, reading: Reading = FIRST_READING
) -> PatientChart:
    """Read one patient's resources into a chart.

    ``reading`` says what partial dates stand for; ``has_partial_dates`` of the result says whether
    it mattered. Raises WrongPatient for a resource of somebody else.
    """
    days = DayReader(reading)
    issues: list[DataIssue] = []
    reads = dict(gathered.reads)
    patient_id = patient_of(gathered)
    newest = _newest(gathered.resources)
    owned = _owned(newest, patient_id, gathered, reads, issues)
    by_type: dict[str, list[Json]] = {}
    for resource in owned:
        by_type.setdefault(words(resource.get("resourceType")), []).append(resource)
    medicines = _read_medicines(by_type, newest, gathered, knowledge, days)
    scales = _read_scales(by_type, knowledge, days)
    scores = joined_scores(scales, knowledge.scales)
    diagnoses, procedures = _read_problems(by_type, knowledge, days, issues)
    visits = [read_encounter(row, knowledge, days) for row in by_type.get("Encounter", ())]
    referrals = [read_referral(row, knowledge, days) for row in by_type.get("ServiceRequest", ())]
    patient = _facts(patient_id, by_type.get("Patient", []), days)
    issues += medicines.issues + scales.issues
    return PatientChart(
        patient=patient,
        medications=_sorted(medicines.records),
        dispenses=_sorted(medicines.dispenses),
        not_recognised=_sorted(medicines.not_recognised),
        scores=tuple(
            sorted(scores, key=lambda s: (s.on, s.at, s.instrument, s.evidence, s.preliminary))
        ),
        answers=tuple(
            sorted(scales.answers, key=lambda a: (a.on or 0, a.at, a.item, a.evidence))
        ),
        diagnoses=_sorted(diagnoses),
        procedures=_sorted(procedures),
        visits=_sorted(visit for visit in visits if visit is not None),
        referrals=_sorted(row for row in referrals if row is not None),
        levels=_sorted(scales.levels),
        issues=tuple(
            sorted(dict.fromkeys(issues), key=lambda i: (i.resource, i.element, i.what))
        ),
        reads=_need_reads(by_type, reads),
        has_partial_dates=days.met_partial,
        status_by_need=reads,
    )


def patient_of(gathered: Gathered) -> str:
    """Return the id of the one patient, from the caller, the Patient, or the subjects.

    Raises WrongPatient where two patients are named.
    """
    if gathered.patient_id is not None:
        return gathered.patient_id
    named: dict[str, str] = {}
    for resource in gathered.resources:
        reference = subject_of(resource)
        target = resolved(gathered, reference) if reference else ""
        if is_reference_to(target, "Patient"):
            named.setdefault(target.rpartition("/")[2], evidence_of(resource))
    if len(named) > 1:
        place = named[sorted(named)[1]]
        raise WrongPatient(place, "the input holds resources of more than one patient")
    return next(iter(named), UNKNOWN_PATIENT)


def _newest(resources: Iterable[Json]) -> list[Json]:
    """Keep the newest version of each resource; one without an id stands for itself."""
    kept: dict[str, Json] = {}
    nameless: dict[str, Json] = {}
    for resource in resources:
        if not words(resource.get("id")):
            nameless.setdefault(_canonical(resource), resource)
            continue
        name = evidence_of(resource)
        held = kept.get(name)
        if held is None or (held is not resource and _version(resource) > _version(held)):
            kept[name] = resource
    return [*kept.values(), *nameless.values()]


def _version(resource: Json) -> tuple[str, float, str]:
    meta = table(resource.get("meta"))
    return (
        words(meta.get("lastUpdated")),
        number(meta.get("versionId")) or 0,
        _canonical(resource),
    )


def _canonical(resource: Json) -> str:
    return json.dumps(resource, sort_keys=True, default=str)


def _owned(
    resources: Iterable[Json],
    patient_id: str,
    gathered: Gathered,
    reads: dict[str, ReadStatus],
    issues: list[DataIssue],
) -> list[Json]:
    """Return the resources that are this patient's; what nobody claims leaves its read partial."""
    mine = []
    for resource in resources:
        reference = subject_of(resource)
        if reference is None:
            continue
        kind = words(resource.get("resourceType"))
        if _is_mine(reference, patient_id, gathered):
            mine.append(resource)
        elif is_reference_to(resolved(gathered, reference), "Patient"):
            raise WrongPatient(evidence_of(resource), "belongs to another patient")
        elif patient_id == UNKNOWN_PATIENT or kind == "Device":
            mine.append(resource)
        else:
            need = NEED_BY_TYPE[kind]
            if reads.get(need) is ReadStatus.COMPLETE:
                reads[need] = ReadStatus.PARTIAL
            effect = "not used: it cannot be told whose it is"
            what = "names no patient by a reference"
            issues.append(DataIssue(evidence_of(resource), "subject", what, effect))
    return mine


def _is_mine(reference: str, patient_id: str, gathered: Gathered) -> bool:
    """Say whether a literal reference means this patient on this server."""
    target = gathered.references.get(reference, reference)
    if relative(target) != f"Patient/{patient_id}":
        return False
    if gathered.base and target.startswith(("http://", "https://")):
        return target.partition("/_history/")[0] == f"{gathered.base}/Patient/{patient_id}"
    return True


def _read_medicines(
    by_type: Mapping[str, list[Json]],
    resources: Iterable[Json],
    gathered: Gathered,
    knowledge: Knowledge,
    days: DayReader,
) -> MedicationsRead:
    out = MedicationsRead()
    context = MedicationContext(
        knowledge=knowledge,
        days=days,
        medications={
            evidence_of(row): row for row in resources if row.get("resourceType") == "Medication"
        },
        conditions={evidence_of(row): row for row in by_type.get("Condition", ())},
        gathered=gathered,
    )
    for resource in by_type.get("MedicationRequest", ()):
        read_request(resource, context, out)
    for resource in by_type.get("MedicationStatement", ()):
        read_statement(resource, context, out)
    for resource in by_type.get("MedicationDispense", ()):
        read_dispense(resource, context, out)
    return out


def _read_scales(
    by_type: Mapping[str, list[Json]], knowledge: Knowledge, days: DayReader
) -> ScalesRead:
    out = ScalesRead()
    for resource in by_type.get("Observation", ()):
        read_observation(resource, knowledge, days, out)
    for resource in by_type.get("QuestionnaireResponse", ()):
        read_response(resource, knowledge, days, out)
    return out


def _read_problems(
    by_type: Mapping[str, list[Json]],
    knowledge: Knowledge,
    days: DayReader,
    issues: list[DataIssue],
) -> tuple[list[Diagnosis], list[ProcedureDone]]:
    """Read conditions, devices and procedures: an implant's procedure is a diagnosis."""
    visited: dict[str, Day | None] = {
        evidence_of(row): visit_day(row, days) for row in by_type.get("Encounter", ())
    }
    found: list[Diagnosis | ProcedureDone | None] = [
        read_condition(row, knowledge, days, visited, issues)
        for row in by_type.get("Condition", ())
    ]
    found += [read_device(row, knowledge, issues) for row in by_type.get("Device", ())]
    for row in by_type.get("Procedure", ()):
        found += read_procedure(row, knowledge, days, issues)
    return (
        [row for row in found if isinstance(row, Diagnosis)],
        [row for row in found if isinstance(row, ProcedureDone)],
    )


def _facts(patient_id: str, patients: list[Json], days: DayReader) -> PatientFacts:
    """Return what the Patient resource tells; one with a modifier we do not know tells nothing."""
    patient = next((row for row in patients if not modifier_of(row)), {})
    dead = patient.get("deceasedBoolean") is True or bool(words(patient.get("deceasedDateTime")))
    name = next(iter(rows(patient.get("name"))), {})
    given = name.get("given")
    parts = [words(part) for part in given] if isinstance(given, list) else []
    shown = words(name.get("text")) or " ".join([*parts, words(name.get("family"))]).strip()
    return PatientFacts(
        id=patient_id, born=days.moment(patient.get("birthDate")), deceased=dead, name=shown
    )


def _need_reads(
    by_type: Mapping[str, list[Json]], reads: Mapping[str, ReadStatus]
) -> tuple[NeedRead, ...]:
    return tuple(
        NeedRead(
            need.name,
            reads.get(need.name, ReadStatus.NOT_ASKED),
            len(by_type.get(need.resource_type, ())),
        )
        for need in NEEDS
    )


def _sorted(found: Iterable[Row]) -> tuple[Row, ...]:
    """Sort by what the rows say, so that the order of arrival does not matter."""
    return tuple(sorted(found, key=lambda row: (row.evidence, repr(row))))  # type: ignore[attr-defined]
