"""Who are the demo's patients, and how would an EHR ask about them?

Invented people with names no real person bears, dated relative to a given day. Their facts are in
``demo_patients.toml``; here they become FHIR R4 and the request of CDS Hooks' patient-view.
"""

import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from thirdline.demo_fhir import Facts, resources_of
from trd.dates import Day
from trd.read.needs import NEEDS

FAMILY: Final = "Testperson"
_PATIENT: Final = "patient"
_REQUESTS: Final = uuid.UUID("2f1c6b7e-6d1a-5f0e-9a53-6d0c8f5b7a10")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPatient:
    """One invented person: the facts of the table, and what they show in one sentence."""

    key: str
    story: str
    facts: Facts
    drugs: Mapping[str, Facts]

    @property
    def id(self) -> str:
        """Return the id of the Patient resource."""
        return f"demo-{self.key}"

    @property
    def name(self) -> str:
        """Return the name as a chart's header shows it."""
        return f"{FAMILY}, {self.facts['given']}"


def demo_patients() -> tuple[DemoPatient, ...]:
    """Return the invented people in the order of the table."""
    document = tomllib.loads(
        files("thirdline").joinpath("demo_patients.toml").read_text(encoding="utf-8")
    )
    return tuple(
        DemoPatient(key=row["key"], story=row["story"], facts=row, drugs=document["drugs"])
        for row in document["patients"]
    )


def hook_request(patient: DemoPatient, today: Day) -> dict[str, Any]:
    """Return the patient-view request an EHR would send, every prefetch key filled."""
    prefetch: dict[str, Any] = {}
    by_type = resources_of(patient.id, FAMILY, patient.facts, patient.drugs, today)
    for need in NEEDS:
        held = by_type.get(need.resource_type, [])
        prefetch[need.name] = held[0] if need.name == _PATIENT else _searchset(held)
    return {
        "hook": "patient-view",
        "hookInstance": str(uuid.uuid5(_REQUESTS, f"{patient.id} {today}")),
        "context": {"userId": "Practitioner/demo-clinician", "patientId": patient.id},
        "prefetch": prefetch,
    }


def _searchset(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what an EHR answers to a search: all there is, on one page."""
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
    }
    if resources:
        bundle["entry"] = [
            {"resource": resource, "search": {"mode": "match"}} for resource in resources
        ]
    return bundle
