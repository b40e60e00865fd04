"""Tiny builders of FHIR R4 JSON: one function a resource, every argument a charted fact."""

from typing import Any

Json = dict[str, Any]

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CPT = "http://www.ama-assn.org/go/cpt"
UCUM = "http://unitsofmeasure.org"

SUBJECT = {"reference": "Patient/pt-1"}
DAILY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
"""A timing: once a day."""


def bundle(resources: list[Json], kind: str = "collection") -> Json:
    """Return a Bundle of resources."""
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [{"resource": resource} for resource in resources],
    }


def patient(birth_date: str | None = "1980-01-01", gender: str = "female") -> Json:
    """Return the patient every other builder refers to."""
    made: Json = {"resourceType": "Patient", "id": "pt-1", "gender": gender}
    if birth_date:
        made["birthDate"] = birth_date
    return made


def concept(
    system: str | None = None, code: str | None = None, text: str | None = None, display: str = ""
) -> Json:
    """Return a CodeableConcept with one coding, text, or both."""
    made: Json = {}
    if code:
        made["coding"] = [{"system": system, "code": code}]
        if display:
            made["coding"][0]["display"] = display
    if text:
        made["text"] = text
    return made


def dosage(
    mg: float | str | None,
    start: str | None = None,
    end: str | None = None,
    text: str | None = None,
    **more: Any,
) -> Json:
    """Return one Dosage: mg once a day within bounds."""
    repeat: Json = {"frequency": 1, "period": 1, "periodUnit": "d"}
    bounds = {key: value for key, value in (("start", start), ("end", end)) if value}
    if bounds:
        repeat["boundsPeriod"] = bounds
    made: Json = {"timing": {"repeat": repeat}, **more}
    if text:
        made["text"] = text
    if mg is not None:
        quantity = {"value": float(mg), "unit": "mg", "system": UCUM, "code": "mg"}
        made["doseAndRate"] = [{"doseQuantity": quantity}]
    return made


def order(local: str, medication: Json, dosages: list[Json], **more: Any) -> Json:
    """Return a MedicationRequest; status and intent may be given."""
    return {
        "resourceType": "MedicationRequest",
        "id": local,
        "status": "active",
        "intent": "order",
        "subject": SUBJECT,
        "medicationCodeableConcept": medication,
        "dosageInstruction": dosages,
        **more,
    }


def observation(local: str, code: str, on: str | None, value: Any, **more: Any) -> Json:
    """Return an Observation of a LOINC code with an integer or an answer code."""
    made: Json = {
        "resourceType": "Observation",
        "id": local,
        "status": "final",
        "subject": SUBJECT,
        "code": concept(LOINC, code),
        **more,
    }
    if on:
        made["effectiveDateTime"] = on
    if isinstance(value, str) and value.startswith("LA"):
        made["valueCodeableConcept"] = concept(LOINC, value)
    elif isinstance(value, int):
        made["valueInteger"] = value
    elif isinstance(value, str):
        made["valueString"] = value
    return made


def condition(local: str, code: Json, clinical: str | None = "active", **more: Any) -> Json:
    """Return a Condition; verification may be given as a word."""
    made: Json = {
        "resourceType": "Condition",
        "id": local,
        "subject": SUBJECT,
        "code": code,
    }
    if clinical:
        system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
        made["clinicalStatus"] = concept(system, clinical)
    verification = more.pop("verification", "confirmed")
    if verification:
        system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
        made["verificationStatus"] = concept(system, verification)
    return made | more
