"""Charts of any size and of several shapes: invented data, the same on every run.

``mixed`` is what a large chart mostly is; the others hold one kind of resource only, so that a
step that compares each with each cannot hide behind what is ordinary.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from trd.knowledge.load import load_knowledge

Json = dict[str, Any]

TODAY: Final = date(2026, 9, 1)
SUBJECT: Final = {"reference": "Patient/large"}

_RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
_LOINC: Final = "http://loinc.org"
_ICD: Final = "http://hl7.org/fhir/sid/icd-10-cm"
_CPT: Final = "http://www.ama-assn.org/go/cpt"
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_TABLETS: Final = (
    ("312938", "sertraline 100 MG Oral Tablet", 100),
    ("808744", "24 HR venlafaxine 150 MG Extended Release Oral Tablet", 150),
    ("993557", "24 HR bupropion hydrochloride 300 MG Extended Release Oral Tablet", 300),
    ("310385", "fluoxetine 20 MG Oral Capsule", 20),
)
_NAMED: Final = tuple(("", name, 40) for name in sorted(load_knowledge().antidepressants))
_ORDINARY: Final = (
    ("314076", "lisinopril 10 MG Oral Tablet", 10),
    ("617312", "atorvastatin 20 MG Oral Tablet", 20),
    ("861007", "metformin hydrochloride 500 MG Oral Tablet", 500),
)
_PROBLEMS: Final = ("I10", "E11.9", "E78.5", "M54.50", "J45.20", "F41.1", "R45.851", "G47.00")
_LABS: Final = ("2345-7", "718-7", "8480-6", "8462-4", "29463-7", "2160-0", "72514-3", "75626-2")
_YEARS: Final = 3_650


def chart(shape: str, size: int) -> list[Json]:
    """Return a chart of one shape, of so many resources."""
    dice = Random(size)  # noqa: S311 - the same data on every run
    make = SHAPES[shape]
    patient = {"resourceType": "Patient", "id": "large", "birthDate": "1960-05-06"}
    return [
        patient,
        _condition("dep", "F33.2", 420),
        *(make(at, size, dice) for at in range(size - 2)),
    ]


def _day(ago: float) -> str:
    return (TODAY - timedelta(days=int(ago))).isoformat()


def _spread(at: int, size: int) -> float:
    """Return the days ago of one of many, oldest first over ten years."""
    return _YEARS * (size - at) / size


def _coded(system: str, code: str, text: str = "") -> Json:
    coding = {"system": system, "code": code}
    return {"coding": [coding | {"display": text}], "text": text} if text else {"coding": [coding]}


def _condition(local: str, code: str, ago: float) -> Json:
    return {
        "resourceType": "Condition",
        "id": local,
        "subject": SUBJECT,
        "clinicalStatus": _coded(f"{_HL7}/condition-clinical", "active"),
        "verificationStatus": _coded(f"{_HL7}/condition-ver-status", "confirmed"),
        "code": _coded(_ICD, code),
        "onsetDateTime": _day(ago),
        "recordedDate": _day(ago - 3),
    }


def _order(local: str, drug: tuple[str, str, int], ago: float, **more: Any) -> Json:  # noqa: ANN401 - any element
    code, name, mg = drug
    quantity = {"value": mg, "unit": "mg"}
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d"}
    supply = {"expectedSupplyDuration": {"value": 30, "unit": "days", "code": "d"}}
    made: Json = {
        "resourceType": "MedicationRequest",
        "id": local,
        "subject": SUBJECT,
        "status": "completed",
        "intent": "order",
        "medicationCodeableConcept": _coded(_RXNORM, code, name) if code else {"text": name},
        "authoredOn": _day(ago),
        "dosageInstruction": [
            {
                "text": f"Take {mg} mg by mouth daily",
                "timing": {"repeat": repeat},
                "doseAndRate": [{"doseQuantity": quantity}],
            }
        ],
        "dispenseRequest": supply,
    }
    return made | more


def _measured(local: str, code: str, ago: float, value: int) -> Json:
    return {
        "resourceType": "Observation",
        "id": local,
        "subject": SUBJECT,
        "status": "final",
        "code": _coded(_LOINC, code),
        "effectiveDateTime": _day(ago),
        "valueInteger": value,
    }


def _mixed(at: int, size: int, dice: Random) -> Json:
    """Return one of a large ordinary chart; about one in fifty has to do with depression."""
    ago, kind = _spread(at, size), at % 50
    if kind < 28:  # noqa: PLR2004 - the mix
        return _measured(f"o{at}", _LABS[at % len(_LABS)], ago, dice.randint(1, 200))
    if kind < 34:  # noqa: PLR2004 - the mix
        return _condition(f"c{at}", _PROBLEMS[at % len(_PROBLEMS)], ago)
    if kind < 42:  # noqa: PLR2004 - the mix
        return _order(f"m{at}", _ORDINARY[at % len(_ORDINARY)], ago)
    if kind < 46:  # noqa: PLR2004 - the mix
        return _visit(at, size, dice)
    if kind < 49:  # noqa: PLR2004 - the mix
        return _procedure(at, size, dice)
    return _phq9(at, size, dice) if at % 100 < 50 else _history(at, size, dice)  # noqa: PLR2004 - the mix


def _visit(at: int, size: int, _: Random) -> Json:
    on = _day(_spread(at, size))
    return {
        "resourceType": "Encounter",
        "id": f"e{at}",
        "subject": SUBJECT,
        "status": "finished",
        "class": {"code": "AMB"},
        "period": {"start": on, "end": on},
    }


def _procedure(at: int, size: int, _: Random) -> Json:
    return {
        "resourceType": "Procedure",
        "id": f"p{at}",
        "subject": SUBJECT,
        "status": "completed",
        "code": _coded(_CPT, ("90868", "90870", "99213", "90834")[at % 4]),
        "performedDateTime": _day(_spread(at, size)),
    }


def _phq9(at: int, size: int, dice: Random) -> Json:
    made = _measured(f"s{at}", "44261-6", _spread(at, size), dice.randint(0, 27))
    item = {"code": _coded(_LOINC, "44260-8"), "valueInteger": dice.randint(0, 3)}
    return made | {"component": [item]}


def _history(at: int, size: int, _: Random) -> Json:
    """Return one of many orders over ten years, a new drug every hundredth of them."""
    return _order(f"m{at}", _TABLETS[at * 100 // size % len(_TABLETS)], _spread(at, size))


def _apart(at: int, size: int, _: Random) -> Json:
    """Return one of the orders that are each a trial of its own, in more years than a life has."""
    return _order(f"m{at}", _NAMED[at % len(_NAMED)], 3 * (size - at))


def _crowded(at: int, _size: int, _: Random) -> Json:
    """Return one of the orders of one drug that all start within three weeks."""
    return _order(f"m{at}", _TABLETS[0], 300 + at % 20)


def _handed(at: int, size: int, _: Random) -> Json:
    """Return a dispense; one in ten is the order of it."""
    ago = _spread(at, size)
    if at % 10 == 0:
        return _order(f"m{at}", _TABLETS[0], ago)
    return {
        "resourceType": "MedicationDispense",
        "id": f"d{at}",
        "subject": SUBJECT,
        "status": "completed",
        "medicationCodeableConcept": _coded(_RXNORM, *_TABLETS[0][:2]),
        "whenHandedOver": _day(ago),
        "daysSupply": {"value": 30, "code": "d"},
    }


def _reported(at: int, size: int, _: Random) -> Json:
    """Return a statement of the patient; one in ten is an order of the same drug."""
    ago = _spread(at, size)
    made = _order(f"m{at}", _TABLETS[at % 2], ago)
    if at % 10 == 0:
        return made
    return {
        "resourceType": "MedicationStatement",
        "id": f"t{at}",
        "subject": SUBJECT,
        "status": "completed",
        "medicationCodeableConcept": made["medicationCodeableConcept"],
        "effectivePeriod": {"start": _day(ago), "end": _day(ago - 20)},
        "dosage": made["dosageInstruction"],
    }


def _signals(at: int, size: int, dice: Random) -> Json:
    """Return a screen, a score or a diagnosis that may be a sign of danger."""
    ago = 90 * (size - at) / size
    if at % 3 == 0:
        return _condition(f"c{at}", "R45.851", ago)
    if at % 3 == 1:
        return _phq9(at, size, dice) | {"effectiveDateTime": _day(ago)}
    parts = [
        {"code": _coded(_LOINC, code), "valueCodeableConcept": _coded(_LOINC, "LA32-8")}
        for code in ("93246-7", "93247-5", "93267-3")
    ]
    made = _measured(f"q{at}", "93373-9", ago, 0) | {"component": parts}
    return {key: held for key, held in made.items() if key != "valueInteger"}


def _diagnoses(at: int, size: int, _: Random) -> Json:
    codes = ("F33.1", "F32.9", "F33.42", "F31.9")
    return _condition(f"c{at}", codes[at % len(codes)], _spread(at, size))


def _augmented(at: int, size: int, _: Random) -> Json:
    """Return an order of an antidepressant or of a drug added to it, in turn."""
    drug = ("402131", "aripiprazole 10 MG Oral Tablet", 10) if at % 2 else _TABLETS[0]
    return _order(f"m{at}", drug, 1.5 * (size - at))


SHAPES: Final[Mapping[str, Callable[[int, int, Random], Json]]] = {
    "mixed": _mixed,
    "orders over years": _history,
    "orders far apart": _apart,
    "one drug, three weeks": _crowded,
    "dispenses": _handed,
    "reports": _reported,
    "drug and added drug": _augmented,
    "PHQ-9s": _phq9,
    "procedures": _procedure,
    "visits": _visit,
    "diagnoses": _diagnoses,
    "signs of danger": _signals,
}
"""What each resource of a chart is, by the name of the shape."""
