"""How do raw resources become one patient's chart?

Sorts by type, checks whose every resource is, keeps the newest version of each id, hands each to
its reader, and sorts what comes out, so that neither the order of resources nor repetition between
sources changes anything. A resource of another patient raises ``WrongPatient``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, NamedTuple, Protocol, TypeVar

from trd.chart import (
    DataIssue,
    Diagnosis,
    NeedRead,
    PatientChart,
    PatientFacts,
    ProcedureDone,
    ReadStatus,
    Referral,
    SafetyAnswer,
    ScaleScore,
)
from trd.dates import FIRST_READING, Reading
from trd.knowledge import Knowledge
from trd.read.access import Json, evidence_of, is_true, listed, modifier_of, rows, words
from trd.read.care import read_encounter, read_procedure, read_referral, visit_day
from trd.read.conditions import read_condition, read_device
from trd.read.context import ReadContext
from trd.read.days import DayReader
from trd.read.dispenses import read_dispense
from trd.read.drugs import DrugNames
from trd.read.gathered import Gathered
from trd.read.links import with_reasons
from trd.read.medications import MedicationsRead, read_request, read_statement
from trd.read.needs import NEEDS
from trd.read.scales import ScalesRead, is_phq, read_observation, read_response
from trd.read.scores import join_scores
from trd.read.subjects import owned, patient_of
from trd.read.versions import newest
from trd.read.vocabulary import vocabulary_of

ByType = Mapping[str, list[Json]]


class _HasEvidence(Protocol):
    @property
    def evidence(self) -> str: ...


Row = TypeVar("Row", bound=_HasEvidence)
Found = TypeVar("Found")


def read_chart(
    gathered: Gathered, knowledge: Knowledge, reading: Reading = FIRST_READING
) -> PatientChart:
    """Read one patient's resources into a chart.

    ``reading`` says what partial dates stand for; ``has_partial_dates`` of the result says whether
    it mattered. Raises WrongPatient for a resource of somebody else.
    """
    reads = dict(gathered.reads)
    patient_id = patient_of(gathered)
    issues: list[DataIssue] = []
    mine = owned(gathered.resources, patient_id, gathered, reads, issues)
    by_type = _by_type(newest(mine, reads, issues))
    context = _context(by_type, gathered, knowledge, reading, _medications(gathered, reads, issues))
    context.issues = issues
    medicines = _read_medicines(by_type, context)
    scales = _read_scales(by_type, context)
    scores = join_scores(scales.parts, knowledge.scales, issues)
    _lose_unread_phqs(scales, scores, context)
    problems = _read_problems(by_type, context)
    asked = _each(by_type.get("ServiceRequest", ()), read_referral, context)
    visits = _sorted(_each(by_type.get("Encounter", ()), read_encounter, context))
    patient = _facts(patient_id, by_type.get("Patient", []), context)
    _lose(reads, context.lost)
    return PatientChart(
        patient=patient,
        medications=_sorted(with_reasons(medicines.records)),
        dispenses=_sorted(medicines.dispenses),
        not_recognised=_sorted(medicines.not_recognised),
        scores=tuple(scores),
        answers=_in_time(scales.answers),
        diagnoses=_sorted(problems.diagnoses),
        procedures=_sorted(problems.procedures),
        visits=visits,
        referrals=_sorted([*asked, *problems.declined]),
        levels=_sorted(scales.levels),
        issues=_by_resource(issues),
        reads=_need_reads(by_type, reads, gathered.because),
        has_partial_dates=context.days.met_partial,
        status_by_need=reads,
        unplaced_dispenses=frozenset(medicines.unplaced),
        unread_totals=_sorted(scales.unread_totals),
    )


def _lose(reads: dict[str, ReadStatus], needs: Iterable[str]) -> None:
    """Call each of these needs read in part, if it was called complete."""
    for need in needs:
        if reads.get(need) is ReadStatus.COMPLETE:
            reads[need] = ReadStatus.PARTIAL


def _lose_unread_phqs(
    scales: ScalesRead, scores: Iterable[ScaleScore], context: ReadContext
) -> None:
    """Call the scores read in part where a total newer than every total read could not be read."""
    last = max(
        ((one.on, one.at) for one in scores if one.total is not None and is_phq(one.instrument)),
        default=(0, ""),
    )
    for on, at, resource in scales.unread_phqs:
        if (on, at) > last:
            context.lose(resource)


def _by_type(resources: Iterable[Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for resource in resources:
        found.setdefault(words(resource.get("resourceType")), []).append(resource)
    return found


def _medications(
    gathered: Gathered, reads: dict[str, ReadStatus], issues: list[DataIssue]
) -> dict[str, Json]:
    """Return the newest version of each Medication by its name; whose it is nobody says."""
    found = [row for row in gathered.resources if words(row.get("resourceType")) == "Medication"]
    return {evidence_of(row): row for row in newest(found, reads, issues)}


def _context(
    by_type: ByType,
    gathered: Gathered,
    knowledge: Knowledge,
    reading: Reading,
    medications: Mapping[str, Json],
) -> ReadContext:
    vocabulary = vocabulary_of(knowledge)
    days = DayReader(reading)
    return ReadContext(
        knowledge=knowledge,
        vocabulary=vocabulary,
        days=days,
        gathered=gathered,
        drug_names=DrugNames(knowledge, vocabulary),
        medications=medications,
        orders={
            evidence_of(row): row
            for row in by_type.get("MedicationRequest", ())
            if words(row.get("id"))
        },
        conditions={evidence_of(row): row for row in by_type.get("Condition", ())},
        visit_days={evidence_of(row): visit_day(row, days) for row in by_type.get("Encounter", ())},
    )


def _read_medicines(by_type: ByType, context: ReadContext) -> MedicationsRead:
    out = MedicationsRead()
    for resource in by_type.get("MedicationRequest", ()):
        read_request(resource, context, out)
    for resource in by_type.get("MedicationStatement", ()):
        read_statement(resource, context, out)
    for resource in by_type.get("MedicationDispense", ()):
        read_dispense(resource, context, out)
    return out


def _read_scales(by_type: ByType, context: ReadContext) -> ScalesRead:
    out = ScalesRead()
    for resource in by_type.get("Observation", ()):
        read_observation(resource, context, out)
    for resource in by_type.get("QuestionnaireResponse", ()):
        read_response(resource, context, out)
    return out


class _Problems(NamedTuple):
    """What conditions, devices and procedures gave."""

    diagnoses: list[Diagnosis]
    procedures: list[ProcedureDone]
    declined: list[Referral]


def _read_problems(by_type: ByType, context: ReadContext) -> _Problems:
    """Read conditions, devices and procedures: an implant's procedure is a diagnosis."""
    diagnoses = _each(by_type.get("Condition", ()), read_condition, context)
    diagnoses += _each(by_type.get("Device", ()), read_device, context)
    out = _Problems(diagnoses, [], [])
    for resource in by_type.get("Procedure", ()):
        for found in read_procedure(resource, context):
            if isinstance(found, Diagnosis):
                out.diagnoses.append(found)
            elif isinstance(found, Referral):
                out.declined.append(found)
            else:
                out.procedures.append(found)
    return out


def _each(
    resources: Iterable[Json],
    read: Callable[[Json, ReadContext], Found | None],
    context: ReadContext,
) -> list[Found]:
    """Return what a reader makes of each resource, without those that leave nothing."""
    return [found for row in resources if (found := read(row, context)) is not None]


def _facts(patient_id: str, patients: list[Json], context: ReadContext) -> PatientFacts:
    """Return what the Patient resource tells; one with a modifier we do not know tells nothing.

    Of two versions that cannot be put in order only what both say is believed.
    """
    believed = [row for row in patients if not modifier_of(row)]
    patient = next(iter(believed), {})
    births = {row["birthDate"]: row for row in believed if words(row.get("birthDate"))}
    if len(births) > 1:
        context.note(patient, "birthDate", "two different birth dates", "the age is not known")
    for row in births.values():
        context.note_unread(row, {"birthDate": row["birthDate"]})
    name = next(iter(rows(patient.get("name"))), {})
    shown = " ".join([*listed(name.get("given")), *listed(name.get("family"))])
    return PatientFacts(
        id=patient_id,
        born=context.days.moment(next(iter(births))) if len(births) == 1 else None,
        deceased=bool(believed) and all(map(_is_deceased, believed)),
        name=words(name.get("text")) or shown,
    )


def _is_deceased(patient: Json) -> bool:
    dated = words(patient.get("deceasedDateTime"))
    return bool(dated) or is_true(patient.get("deceasedBoolean"))


def _need_reads(
    by_type: ByType, reads: Mapping[str, ReadStatus], because: Mapping[str, str]
) -> tuple[NeedRead, ...]:
    return tuple(
        NeedRead(
            need.name,
            reads.get(need.name, ReadStatus.NOT_ASKED),
            len(by_type.get(need.resource_type, ())),
            because.get(need.name, ""),
        )
        for need in NEEDS
    )


def _in_time(answers: Iterable[SafetyAnswer]) -> tuple[SafetyAnswer, ...]:
    """Return each answer once, by day and moment; an answer without a date comes first."""
    said = dict.fromkeys(answers)
    return tuple(
        sorted(
            said, key=lambda a: (a.on or 0, a.at, a.item, a.evidence, a.value or "", a.preliminary)
        )
    )


def _by_resource(issues: Iterable[DataIssue]) -> tuple[DataIssue, ...]:
    """Return each issue once, by what it is about."""
    said = dict.fromkeys(issues)
    return tuple(sorted(said, key=lambda i: (i.resource, i.element, i.what, i.effect)))


def _sorted(found: Iterable[Row]) -> tuple[Row, ...]:
    """Sort by evidence, so that the order of arrival does not matter.

    Where two rows have one evidence (resources without an id), all they say decides.
    """
    ordered = sorted(found, key=lambda row: row.evidence)
    if len({row.evidence for row in ordered}) < len(ordered):
        ordered.sort(key=lambda row: (row.evidence, _all_said(row)))
    return tuple(ordered)


def _all_said(row: Any) -> tuple[str, ...]:  # noqa: ANN401 - any dataclass of the chart
    """Write every member of a row; sets in order, so that no hash decides."""
    values = (getattr(row, one.name) for one in fields(row))
    return tuple(repr(sorted(v)) if isinstance(v, frozenset) else repr(v) for v in values)
