"""What must be asked of a chart? The one list of needs.

From it are derived the prefetch templates and the sorting of resources; later the searches, the
scopes and the published table. The look-back is the whole chart: a trial of years ago is history
of the lifetime count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequirement:
    """One need: its name (the prefetch key), resource type, search parameters, and the reason."""

    name: str
    resource_type: str
    query: str
    because: str


NEEDS: Final = (
    DataRequirement(
        name="patient",
        resource_type="Patient",
        query="Patient/{{context.patientId}}",
        because="age, and whose chart it is",
    ),
    DataRequirement(
        name="medications",
        resource_type="MedicationRequest",
        query="MedicationRequest?patient={{context.patientId}}",
        because="every antidepressant order: drug, dose, dates, reason",
    ),
    DataRequirement(
        name="conditions",
        resource_type="Condition",
        query="Condition?patient={{context.patientId}}",
        because="the depressive episode, disorders the definition does not cover, crisis codes",
    ),
    DataRequirement(
        name="scores",
        resource_type="Observation",
        query="Observation?patient={{context.patientId}}&category=survey",
        because="PHQ-9 totals and items, C-SSRS answers",
    ),
    DataRequirement(
        name="responses",
        resource_type="QuestionnaireResponse",
        query="QuestionnaireResponse?patient={{context.patientId}}",
        because="the same questionnaires where they are kept as answers",
    ),
    DataRequirement(
        name="dispenses",
        resource_type="MedicationDispense",
        query="MedicationDispense?patient={{context.patientId}}",
        because="whether the supply covers the days ordered",
    ),
    DataRequirement(
        name="statements",
        resource_type="MedicationStatement",
        query="MedicationStatement?patient={{context.patientId}}",
        because="drugs the patient reports from elsewhere",
    ),
    DataRequirement(
        name="procedures",
        resource_type="Procedure",
        query="Procedure?patient={{context.patientId}}",
        because="TMS, ECT and other treatments; implants",
    ),
    DataRequirement(
        name="devices",
        resource_type="Device",
        query="Device?patient={{context.patientId}}",
        because="implants that matter for TMS",
    ),
    DataRequirement(
        name="encounters",
        resource_type="Encounter",
        query="Encounter?patient={{context.patientId}}",
        because="psychiatric discharges, emergency visits, dates of undated entries",
    ),
    DataRequirement(
        name="referrals",
        resource_type="ServiceRequest",
        query="ServiceRequest?patient={{context.patientId}}",
        because="a TMS referral that exists already",
    ),
)

NEED_BY_TYPE: Final[Mapping[str, str]] = {need.resource_type: need.name for need in NEEDS}
"""The need a resource type answers."""
