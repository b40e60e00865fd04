"""Is an answer FHIR R4?

Other versions of FHIR look much the same, and read as R4 they would say less than they mean. What
gives them away are the version they declare and elements that R4 does not have.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from trd.read.access import Json, table, words

_DECLARED: Final = re.compile(r"fhirversion=\"?(\d+)\.(\d+)", re.IGNORECASE)
_NAMES: Final = {"1": "DSTU2", "3": "STU3", "5": "R5", "6": "R6"}
_R4: Final = "4"
_DRUG_RECORDS: Final = frozenset({"MedicationRequest", "MedicationDispense", "MedicationStatement"})
_WITHOUT_CONTEXT: Final = frozenset(
    {"MedicationRequest", "Observation", "Condition", "Procedure", "QuestionnaireResponse"}
)
"""Types whose ``context`` of STU3 became ``encounter`` in R4; dispenses and statements kept it."""


def declared_in(content_type: str) -> str:
    """Return the version a content type declares where it is not R4, "" otherwise."""
    found = _DECLARED.search(content_type)
    return _NAMES.get(found[1], f"{found[1]}.{found[2]}") if found and found[1] != _R4 else ""


def version_in(resources: Iterable[Json]) -> str:
    """Return the version that a resource among these gives away, "" where none does."""
    return next((name for one in resources for name, shows in _SIGNS.items() if shows(one)), "")


def _is_stu3(resource: Json) -> bool:
    kind = words(resource.get("resourceType"))
    if kind in _WITHOUT_CONTEXT and isinstance(resource.get("context"), dict):
        return True
    return kind == "MedicationRequest" and "agent" in table(resource.get("requester"))


def _is_r5(resource: Json) -> bool:
    kind = words(resource.get("resourceType"))
    if kind in _DRUG_RECORDS:
        return not table(resource.get("medication")).keys().isdisjoint({"concept", "reference"})
    if kind == "Encounter":
        return isinstance(resource.get("class"), list) or "actualPeriod" in resource
    if kind == "Procedure":
        return any(key.startswith("occurrence") for key in resource)
    return kind == "ServiceRequest" and "concept" in table(resource.get("code"))


def _is_dstu2(resource: Json) -> bool:
    return words(resource.get("resourceType")) in {"MedicationOrder", "DiagnosticOrder"}


_SIGNS: Final[Mapping[str, Callable[[Json], bool]]] = {
    "STU3": _is_stu3,
    "R5": _is_r5,
    "DSTU2": _is_dstu2,
}
