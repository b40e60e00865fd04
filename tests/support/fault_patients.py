"""Invented patients for runs before a faulty EHR, their words marked, and what could be added.

Every chart names its patient with a canary. ``WITNESSES`` holds for each need resources that could
have stood in it: where adding one would make a card, silence needs that need to have been read.
"""

from collections.abc import Callable
from typing import Any

from tests.cds_hooks.hooks import prefetch_of
from tests.cds_hooks.people import (
    PEOPLE,
    SERTRALINE_100,
    depression,
    drug,
    one_running,
    phq9,
    quiet,
    two_failures,
)
from tests.support.fhir import ICD, RXNORM, SUBJECT, Json, concept, condition

ENCOUNTER = "now"
CANARY = "Zebrafinch"
TMS_REFERRAL = {"text": "Referral for TMS evaluation"}


def _record(kind: str, local: str, **more: Any) -> Json:
    return {"resourceType": kind, "id": local, "status": "completed", "subject": SUBJECT, **more}


def answered(local: str, item: str, value: int) -> Json:
    """Return a PHQ-9 answered in a questionnaire, of which one item is held."""
    return _record(
        "QuestionnaireResponse",
        local,
        authored="2026-08-31",
        questionnaire="http://loinc.org/q/44249-1",
        item=[{"linkId": f"/{item}", "answer": [{"valueInteger": value}]}],
    )


def handed_over(local: str, order: str, on: str, days: int) -> Json:
    return _record(
        "MedicationDispense",
        local,
        medicationCodeableConcept=SERTRALINE_100,
        whenHandedOver=on,
        daysSupply={"value": days, "code": "d"},
        authorizingPrescription=[{"reference": f"MedicationRequest/{order}"}],
    )


def taken(local: str, name: str, start: str) -> Json:
    return _record(
        "MedicationStatement",
        local,
        status="active",
        medicationCodeableConcept={"text": name},
        effectivePeriod={"start": start},
    )


def stay(local: str, kind: str, code: str) -> Json:
    return _record(
        "Encounter",
        local,
        status="finished",
        period={"start": "2026-08-20", "end": "2026-08-25"},
        reasonCode=[concept(ICD, code)],
        **{"class": {"code": kind}},
    )


def attempt() -> Json:
    code = concept(ICD, "T14.91XA", text="Suicide attempt")
    return condition("c9", code, onsetDateTime="2026-08-30")


def device(words: str) -> Json:
    return {
        "resourceType": "Device",
        "id": "d1",
        "status": "active",
        "patient": SUBJECT,
        "type": {"text": words},
    }


def everything() -> list[Json]:
    """Return a chart with something of every kind."""
    return [
        *two_failures(),
        answered("q1", "44255-8", 2),
        *(handed_over(f"p{at}", "m1", f"2025-1{at}-01", 31) for at in range(3)),
        taken("s1", "omeprazole 20 mg", "2026-01-01"),
        _record("Procedure", "x1", code={"text": "Appendectomy"}, performedDateTime="2010-01-01"),
        device("Hip prosthesis"),
        stay("e1", "AMB", "I10"),
        _record("ServiceRequest", "r1", intent="order", code={"text": "Chest X-ray"}),
    ]


def by_reference() -> list[Json]:
    """Return a chart whose orders name Medications of their own."""
    rows = two_failures()
    drugs = []
    for at in (2, 3):
        local = f"med{at}"
        drugs.append(
            {
                "resourceType": "Medication",
                "id": local,
                "code": rows[at].pop("medicationCodeableConcept"),
            }
        )
        rows[at]["medicationReference"] = {"reference": f"Medication/{local}"}
    return [*rows, *drugs]


def many_orders() -> list[Json]:
    """Return a chart of several pages of orders."""
    lisinopril = concept(RXNORM, "314076", text="lisinopril 10 MG Oral Tablet")
    others = [drug(f"l{at}", lisinopril, 10, f"2024-0{at}-01", None) for at in range(1, 8)]
    return [*others[:4], *two_failures(), *others[4:]]


def warned() -> list[Json]:
    rows = one_running()
    rows[-1]["valueInteger"] = 1
    return rows


_CHARTS: dict[str, Callable[[], list[Json]]] = PEOPLE | {
    "attempt": lambda: [*quiet(), attempt()],
    "everything": everything,
    "by-reference": by_reference,
    "many-orders": many_orders,
    "warned": warned,
}


def chart(person: str) -> list[Json]:
    """Return the chart of one patient, with a canary for a name and the encounter of the call."""
    rows = [*_CHARTS[person](), stay(ENCOUNTER, "AMB", "I10")]
    name = [{"family": CANARY, "given": [f"{CANARY}ling"]}]
    return [row | {"name": name} if row["resourceType"] == "Patient" else row for row in rows]


NAMES = tuple(_CHARTS)


def sent_whole(rows: list[Json], **changed: Any) -> Json:
    """Return a prefetch in which everything was read, drugs with the orders that name them."""
    drugs = [row for row in rows if row["resourceType"] == "Medication"]
    kept = [row for row in rows if row["resourceType"] != "Medication"]
    made = prefetch_of(kept)
    if drugs:
        entries = [{"resource": one, "search": {"mode": "include"}} for one in drugs]
        made["medications"]["entry"] += entries
    return made | changed


def with_witness(rows: list[Json], witness: list[Json]) -> Json:
    """Return a prefetch in which a need holds this, too."""
    return sent_whole([*rows, *witness])


WITNESSES: dict[str, list[list[Json]]] = {
    "patient": [],
    "medications": [
        two_failures()[2:4],
        [drug("w1", SERTRALINE_100, 100, "2026-07-01", None)],
    ],
    "conditions": [[attempt()], [depression(onset="2025-09-01")]],
    "scores": [phq9("w2", "2026-08-31", 22, 3), phq9("w3", "2026-08-31", 20)],
    "responses": [[answered("w4", "44260-8", 3)]],
    "dispenses": [[handed_over("w5", "w", "2026-07-01", 60)]],
    "statements": [[taken("w6", "sertraline 100 mg", "2026-06-01")]],
    "procedures": [],
    "devices": [],
    "encounters": [[stay("w7", "IMP", "F32.2")], [stay("w8", "EMER", "T14.91XA")]],
    "referrals": [],
}
