"""Short ways to read a few resources into a chart, for the tests of the reader."""

from typing import Any

from tests.support.fhir import LOINC, RXNORM, SUBJECT, Json, concept, dosage, order, patient
from trd.chart import DataIssue, DoseStep, MedicationRecord, PatientChart
from trd.knowledge.load import load_knowledge
from trd.read import Gathered, gather, read_chart

KNOWLEDGE = load_knowledge()
SERTRALINE = concept(RXNORM, "312938", text="sertraline 100 MG Oral Tablet")
START, END = "2026-01-01", "2026-03-01"


def chart(*resources: Json) -> PatientChart:
    """Read resources as they come, beside a Patient."""
    return read_chart(gather([patient(), *resources]), KNOWLEDGE)


def chart_of(*resources: Json, patient_id: str = "pt-1", base: str = "") -> PatientChart:
    """Read resources for a patient who is known to the caller."""
    given = gather(resources)
    known = Gathered(
        patient_id=patient_id,
        resources=given.resources,
        reads=given.reads,
        base=base,
        references=given.references,
    )
    return read_chart(known, KNOWLEDGE)


def sertraline(*dosages: Json, **more: Any) -> Json:
    """Return an order of sertraline 100 mg tablets written on START."""
    return order("m1", SERTRALINE, list(dosages), **{"authoredOn": START, **more})


def record(*dosages: Json, **more: Any) -> MedicationRecord:
    """Return what one order of sertraline is read as."""
    (found,) = chart(sertraline(*dosages, **more)).medications
    return found


def step(*dosages: Json, **more: Any) -> DoseStep:
    """Return the one step of an order."""
    (found,) = record(*dosages, **more).steps
    return found


def taken(quantity: Json | None, timing: Json | None = None, **more: Any) -> Json:
    """Return a Dosage of a quantity, once a day unless told otherwise."""
    made: Json = {"timing": timing if timing is not None else dosage(None)["timing"], **more}
    if quantity is not None:
        made["doseAndRate"] = [{"doseQuantity": quantity}]
    return made


def mg_a_day(dose: Json) -> tuple[float | None, float | None]:
    """Return the range of mg a day one Dosage means."""
    found = step(dose)
    return found.low, found.high


def why_unknown(dose: Json) -> str:
    """Return the reason why one Dosage tells no dose."""
    found = step(dose)
    assert found.high is None
    return found.because


def said(read: PatientChart) -> list[tuple[str, str, str]]:
    """Return the issues of a chart without the resource."""
    return [(one.element, one.what, one.effect) for one in read.issues]


def about(read: PatientChart, reference: str) -> list[DataIssue]:
    """Return the issues of one resource."""
    return [one for one in read.issues if one.resource == reference]


def answered(loinc: str, value: Json, **more: Any) -> Json:
    """Return a final Observation of a LOINC code with any value[x]."""
    return {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "subject": SUBJECT,
        "code": concept(LOINC, loinc),
        "effectiveDateTime": START,
        **value,
        **more,
    }
