"""How do an invented person's facts look in FHIR R4?

Days are written as days before today. Every resource is what a plain EHR would send: coded drugs
with structured doses, totals with item 9 as a component, confirmed diagnoses.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from trd.dates import Day, iso
from trd.read.access import ICD10CM, LOINC, RXNORM, SNOMED

Facts = Mapping[str, Any]
Json = dict[str, Any]

_UCUM: Final = "http://unitsofmeasure.org"
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_TOTAL: Final = ("44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]")
_ITEM9: Final = (
    "44260-8",
    "Thoughts that you would be better off dead, or of hurting yourself in some way",
)
_ANSWERS: Final = (
    ("LA6568-5", "Not at all"),
    ("LA6569-3", "Several days"),
    ("LA6570-1", "More than half the days"),
    ("LA6571-9", "Nearly every day"),
)
_SUPPLY_DAYS: Final = 30


def resources_of(
    patient_id: str, family: str, facts: Facts, drugs: Mapping[str, Facts], today: Day
) -> dict[str, list[Json]]:
    """Return a person's resources by type."""
    chart = _Chart(patient_id, today)
    conditions = [chart.condition(n, row) for n, row in enumerate(facts["conditions"], start=1)]
    orders = [chart.order(n, row, drugs) for n, row in enumerate(facts["orders"], start=1)]
    scores = [chart.phq9(n, row) for n, row in enumerate(facts["phq9"], start=1)]
    found = {
        "Patient": [chart.patient(family, facts)],
        "MedicationRequest": orders,
        "Condition": conditions,
        "Observation": scores,
        "Encounter": [chart.visit(n, row[0]) for n, row in enumerate(facts["phq9"], start=1)],
    }
    if "dispenses" in facts:
        supply = facts["dispenses"]
        found["MedicationDispense"] = [
            chart.dispense(n, ago, supply, drugs[supply["drug"]])
            for n, ago in enumerate(supply["days"], start=1)
        ]
    if "device" in facts:
        found["Device"] = [chart.device(facts["device"])]
    return found


def _concept(system: str, code: str, display: str) -> Json:
    return {
        "coding": [{"system": system, "code": code, "display": display}],
        "text": display,
    }


def _status(system: str, code: str) -> Json:
    return {"coding": [{"system": f"{_HL7}/{system}", "code": code}]}


class _Chart:
    """Builds the resources of one person, each with an id and a subject."""

    def __init__(self, patient_id: str, today: Day) -> None:
        self._id = patient_id
        self._today = today
        self._subject: Json = {"reference": f"Patient/{patient_id}"}

    def _day(self, ago: int) -> str:
        return iso(self._today - ago)

    def _own(self, kind: str, name: str, number: int) -> Json:
        return {"resourceType": kind, "id": f"{self._id}-{name}-{number}"}

    def patient(self, family: str, facts: Facts) -> Json:
        """Return the person: the birthday is in January, so the age holds all year."""
        born = date.fromordinal(self._today).year - facts["age"]
        return {
            "resourceType": "Patient",
            "id": self._id,
            "active": True,
            "name": [{"use": "official", "family": family, "given": [facts["given"]]}],
            "gender": facts["gender"],
            "birthDate": f"{born}-01-01",
        }

    def condition(self, number: int, row: Facts) -> Json:
        """Return a confirmed, active diagnosis."""
        return {
            **self._own("Condition", "condition", number),
            "clinicalStatus": _status("condition-clinical", "active"),
            "verificationStatus": _status("condition-ver-status", "confirmed"),
            "category": [_status("condition-category", "problem-list-item")],
            "code": _concept(ICD10CM, row["code"], row["name"]),
            "subject": self._subject,
            "onsetDateTime": self._day(row["from"]),
            "recordedDate": self._day(row["from"]),
        }

    def order(self, number: int, row: Facts, drugs: Mapping[str, Facts]) -> Json:
        """Return an order; without units the dose is not charted."""
        drug = drugs[row["drug"]]
        start, *end = row["days"]
        made = {
            **self._own("MedicationRequest", "order", number),
            "status": "stopped" if end else "active",
            "intent": "order",
            "medicationCodeableConcept": _concept(RXNORM, drug["code"], drug["name"]),
            "subject": self._subject,
            "authoredOn": self._day(start),
            "reasonReference": [{"reference": f"Condition/{self._id}-condition-1"}],
            "dosageInstruction": [self._dosage(row["days"], row.get("units", 1), drug)],
        }
        if "stopped" in row:
            made["statusReason"] = {"text": row["stopped"]}
        return made

    def _dosage(self, days: Sequence[int], units: int, drug: Facts) -> Json:
        bounds = {"start": self._day(days[0])}
        if len(days) > 1:
            bounds["end"] = self._day(days[1])
        if not units:
            return {"timing": {"repeat": {"boundsPeriod": bounds}}}
        quantity = {"value": units * drug["mg"], "unit": "mg", "system": _UCUM, "code": "mg"}
        repeat = {"boundsPeriod": bounds, "frequency": 1, "period": 1, "periodUnit": "d"}
        return {
            "text": f"{units} by mouth once a day",
            "timing": {"repeat": repeat},
            "doseAndRate": [{"doseQuantity": quantity}],
        }

    def dispense(self, number: int, ago: int, supply: Facts, drug: Facts) -> Json:
        """Return one hand-over of a month's supply."""
        days = {"value": _SUPPLY_DAYS, "unit": "days", "system": _UCUM, "code": "d"}
        return {
            **self._own("MedicationDispense", "dispense", number),
            "status": "completed",
            "medicationCodeableConcept": _concept(RXNORM, drug["code"], drug["name"]),
            "subject": self._subject,
            "quantity": {"value": _SUPPLY_DAYS * supply["units"], "unit": "tablet"},
            "daysSupply": days,
            "whenHandedOver": self._day(ago),
            "dosageInstruction": [self._dosage([ago, ago - _SUPPLY_DAYS], supply["units"], drug)],
        }

    def phq9(self, number: int, row: Sequence[int]) -> Json:
        """Return a PHQ-9: the total, and item 9 as its component."""
        ago, total, item9 = row
        return {
            **self._own("Observation", "phq9", number),
            "status": "final",
            "category": [_status("observation-category", "survey")],
            "code": _concept(LOINC, *_TOTAL),
            "subject": self._subject,
            "encounter": {"reference": f"Encounter/{self._id}-visit-{number}"},
            "effectiveDateTime": self._day(ago),
            "valueInteger": total,
            "component": [
                {
                    "code": _concept(LOINC, *_ITEM9),
                    "valueCodeableConcept": _concept(LOINC, *_ANSWERS[item9]),
                }
            ],
        }

    def visit(self, number: int, ago: int) -> Json:
        """Return the outpatient visit at which a score was taken."""
        return {
            **self._own("Encounter", "visit", number),
            "status": "finished",
            "class": {"system": f"{_HL7}/v3-ActCode", "code": "AMB", "display": "ambulatory"},
            "subject": self._subject,
            "period": {"start": self._day(ago), "end": self._day(ago)},
        }

    def device(self, row: Facts) -> Json:
        """Return an implant in place."""
        return {
            **self._own("Device", "device", 1),
            "status": "active",
            "type": _concept(SNOMED, row["code"], row["name"]),
            "patient": self._subject,
        }
