"""A call of about 400 kB, as an EHR would send it: invented data, the same on every run.

60 MedicationRequests of which 10 are antidepressants, 25 Conditions, 120 Observations of which 15
are PHQ-9 totals. Each resource carries what real ones carry: profiles, identifiers, categories,
extensions, a requester, a short narrative.
"""

from datetime import date, timedelta
from random import Random
from typing import Any, Final

import orjson

Json = dict[str, Any]

TODAY: Final = date(2026, 9, 1)
PATIENT: Final = "e0w0LEDCYtfckT6N-CkJKCw3"

_RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
_LOINC: Final = "http://loinc.org"
_ICD: Final = "http://hl7.org/fhir/sid/icd-10-cm"
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_UCUM: Final = "http://unitsofmeasure.org"
_BASE: Final = "https://ehr.example.org/fhir/r4"
_ANTIDEPRESSANTS: Final = (
    ("312938", "sertraline 100 MG Oral Tablet", 100, -330, -240),
    ("808744", "24 HR venlafaxine 150 MG Extended Release Oral Tablet", 150, -235, -110),
    ("993557", "24 HR bupropion hydrochloride 300 MG Extended Release Oral Tablet", 300, -30, None),
)
_OTHER_DRUGS: Final = (
    ("314076", "lisinopril 10 MG Oral Tablet"),
    ("617312", "atorvastatin 20 MG Oral Tablet"),
    ("861007", "metformin hydrochloride 500 MG Oral Tablet"),
    ("966222", "levothyroxine sodium 0.05 MG Oral Tablet"),
    ("198440", "acetaminophen 500 MG Oral Tablet"),
    ("745679", "albuterol 0.09 MG/ACTUAT Metered Dose Inhaler"),
)
_PROBLEMS: Final = (
    ("I10", "Essential (primary) hypertension"),
    ("E11.9", "Type 2 diabetes mellitus without complications"),
    ("E78.5", "Hyperlipidemia, unspecified"),
    ("M54.50", "Low back pain, unspecified"),
    ("J45.20", "Mild intermittent asthma, uncomplicated"),
)
_MEASURES: Final = (
    ("72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported"),
    ("59460-6", "Fall risk total [Morse Fall Scale]"),
    ("76504-0", "Total score [HARK]"),
    ("75626-2", "Total score [AUDIT-C]"),
    ("82667-7", "Total score [DAST-10]"),
)


def body() -> bytes:
    """Return the body of the call."""
    return orjson.dumps(call(Random(7)))  # noqa: S311 - the same data on every run


def call(random: Random) -> Json:
    """Return the call, every need read completely."""
    prefetch: Json = dict.fromkeys(
        ("responses", "dispenses", "statements", "procedures", "devices", "encounters", "referrals")
    )
    prefetch |= {
        "patient": {
            "resourceType": "Patient",
            "id": PATIENT,
            "birthDate": "1980-03-04",
            "gender": "female",
        },
        "medications": _searchset(_orders(random)),
        "conditions": _searchset(_conditions(random)),
        "scores": _searchset(_observations(random)),
    }
    return {
        "hook": "patient-view",
        "hookInstance": "5f0c1e3a-7f0e-4c1d-9a6f-0a1b2c3d4e5f",
        "fhirServer": _BASE,
        "context": {"userId": "Practitioner/dr-1", "patientId": PATIENT},
        "prefetch": prefetch,
    }


def _searchset(resources: list[Json]) -> Json:
    entries = [
        {
            "fullUrl": f"{_BASE}/{one['resourceType']}/{one['id']}",
            "resource": one,
            "search": {"mode": "match"},
        }
        for one in resources
    ]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(entries),
        "link": [{"relation": "self", "url": f"{_BASE}/search"}],
        "entry": entries,
    }


def _id(random: Random) -> str:
    letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-."
    return "e" + "".join(random.choices(letters, k=32))


def _day(ago: int) -> str:
    return (TODAY + timedelta(days=ago)).isoformat()


def _frame(kind: str, profile: str, title: str, random: Random) -> Json:
    rows = f"<tr><th>Name</th><td>{title}</td></tr>"
    return {
        "resourceType": kind,
        "id": _id(random),
        "meta": {
            "versionId": str(random.randint(1, 9)),
            "lastUpdated": f"{_day(-random.randint(1, 300))}T10:11:12.000Z",
            "source": f"#{_id(random)[:16]}",
            "profile": [f"http://hl7.org/fhir/us/core/StructureDefinition/{profile}|6.1.0"],
        },
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><table>{rows}</table></div>',
        },
        "identifier": [
            {
                "use": "usual",
                "system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.798268",
                "value": str(random.randint(10**6, 10**7)),
            },
        ],
        "subject": {"reference": f"Patient/{PATIENT}", "display": "Example, Patient"},
        "encounter": {
            "reference": f"Encounter/{_id(random)}",
            "display": "Office Visit",
        },
    }


def _concept(system: str, code: str, text: str, random: Random) -> Json:
    local = {
        "system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.696580",
        "code": str(random.randint(1, 10**5)),
    }
    return {
        "coding": [
            {"system": system, "code": code, "display": text},
            local | {"display": text},
        ],
        "text": text,
    }


def _category(system: str, code: str) -> list[Json]:
    return [
        {
            "coding": [{"system": f"{_HL7}/{system}", "code": code, "display": code.title()}],
            "text": code,
        }
    ]


def _orders(random: Random) -> list[Json]:
    made = []
    for at in range(60):
        if at % 6 == 0:
            code, text, mg, start, end = _ANTIDEPRESSANTS[(at // 6) % len(_ANTIDEPRESSANTS)]
            made.append(_order(code, text, mg, start, end, random))
        else:
            code, text = _OTHER_DRUGS[at % len(_OTHER_DRUGS)]
            start = -random.randint(40, 700)
            made.append(_order(code, text, 10, start, start + 90, random))
    return made


def _order(code: str, text: str, mg: int, start: int, end: int | None, random: Random) -> Json:
    bounds = {"start": _day(start)} | ({"end": _day(end)} if end is not None else {})
    made = _frame("MedicationRequest", "us-core-medicationrequest", text, random)
    return made | {
        "status": "active" if end is None else "stopped",
        "intent": "order",
        "category": _category("medicationrequest-category", "community"),
        "medicationCodeableConcept": _concept(_RXNORM, code, text, random),
        "authoredOn": f"{_day(start)}T09:30:00Z",
        "requester": {"reference": f"Practitioner/{_id(random)}", "display": "Example, Doctor"},
        "recorder": {"reference": f"Practitioner/{_id(random)}", "display": "Example, Doctor"},
        "courseOfTherapyType": _category("medicationrequest-course-of-therapy", "continuous")[0],
        "dosageInstruction": [
            {
                "sequence": 1,
                "text": f"Take {mg} mg by mouth once daily. Normal, Disp-30 tablet, R-2",
                "patientInstruction": "Take with food. Do not stop without speaking to us.",
                "timing": {
                    "repeat": {
                        "boundsPeriod": bounds,
                        "frequency": 1,
                        "period": 1,
                        "periodUnit": "d",
                    },
                    "code": {"text": "Daily"},
                },
                "asNeededBoolean": False,
                "route": _concept("http://snomed.info/sct", "26643006", "Oral", random),
                "doseAndRate": [
                    {
                        "type": {"text": "ordered"},
                        "doseQuantity": {"value": mg, "unit": "mg", "system": _UCUM, "code": "mg"},
                    }
                ],
            }
        ],
        "dispenseRequest": _supply(bounds),
    }


def _supply(bounds: Json) -> Json:
    return {
        "validityPeriod": bounds,
        "numberOfRepeatsAllowed": 2,
        "quantity": {"value": 30, "unit": "tablet"},
        "expectedSupplyDuration": {"value": 30, "unit": "Day", "system": _UCUM, "code": "d"},
    }


def _conditions(random: Random) -> list[Json]:
    made = []
    for at in range(25):
        code, text = ("F33.2", "Major depressive disorder, recurrent severe")
        if at:
            code, text = _PROBLEMS[at % len(_PROBLEMS)]
        since = "2025-09-01" if at == 0 else _day(-random.randint(300, 3000))
        one = _frame("Condition", "us-core-condition-problems-health-concerns", text, random)
        one |= {
            "clinicalStatus": _category("condition-clinical", "active")[0],
            "verificationStatus": _category("condition-ver-status", "confirmed")[0],
            "category": _category("condition-category", "problem-list-item"),
            "code": _concept(_ICD, code, text, random),
            "onsetDateTime": since,
            "recordedDate": since,
        }
        made.append(one)
    return made


def _observations(random: Random) -> list[Json]:
    made = []
    for at in range(120):
        if at % 8 == 0:
            ago = -330 + at // 8 * 23
            code, text, value = "44261-6", "Patient Health Questionnaire 9 item total", 17 + at % 5
        else:
            ago = -random.randint(1, 900)
            code, text = _MEASURES[at % len(_MEASURES)]
            value = random.randint(0, 10)
        one = _frame("Observation", "us-core-observation-screening-assessment", text, random)
        one |= {
            "status": "final",
            "category": _category("observation-category", "survey"),
            "code": _concept(_LOINC, code, text, random),
            "effectiveDateTime": f"{_day(ago)}T08:15:00Z",
            "issued": f"{_day(ago)}T08:16:00.123Z",
            "performer": [
                {"reference": f"Practitioner/{_id(random)}", "display": "Example, Nurse"}
            ],
            "valueQuantity": {
                "value": value,
                "unit": "{score}",
                "system": _UCUM,
                "code": "{score}",
            },
            "interpretation": [{"text": "Normal"}],
            "referenceRange": [{"low": {"value": 0}, "high": {"value": 27}, "text": "0 - 27"}],
        }
        made.append(one)
    return made
