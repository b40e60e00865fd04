"""How is a value taken out of FHIR JSON without ever failing?

Total functions on plain JSON values: whatever stands there, they return a value of the promised
type, and an empty one where the element is missing or of another shape. Their callers say what
that means for the chart. Nothing here judges.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

Json = Mapping[str, Any]

ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC: Final = "http://www.whocc.no/atc"
CPT: Final = "http://www.ama-assn.org/go/cpt"

_SYSTEMS: Final[Mapping[str, str]] = {
    "urn:oid:2.16.840.1.113883.6.90": ICD10CM,
    "http://hl7.org/fhir/sid/icd-10": ICD10CM,
    "urn:oid:2.16.840.1.113883.6.3": ICD10CM,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
    "urn:oid:2.16.840.1.113883.6.73": ATC,
    "urn:oid:2.16.840.1.113883.6.12": CPT,
    "https://loinc.org": LOINC,
    "http://loinc.org/": LOINC,
    "https://snomed.info/sct": SNOMED,
    "http://fhir.de/CodeSystem/bfarm/atc": ATC,
}
"""Other addresses under which a code system is met, and the one used here."""

_LOCAL_ID: Final = re.compile(r"[^/?#|]+")


class Coding(NamedTuple):
    """One coding with its system as this project writes it; parts are "" where absent."""

    system: str
    code: str
    display: str


def table(value: object) -> Json:
    """Return the JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Json]:
    """Return the JSON objects of an array; a lone object counts as an array of one."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return [value] if isinstance(value, dict) else []


def words(value: object) -> str:
    """Return the string with outer blanks removed, or ""."""
    return value.strip() if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """Return a finite JSON number (a numeral in a string included), or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < float("inf") else None
    if isinstance(value, str):
        text = value.strip()
        if re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", text):
            return float(text)
    return None


def codings(concept: object) -> list[Coding]:
    """Return the codings of a CodeableConcept (or of a Coding itself) in the order written."""
    source = table(concept)
    found = rows(source.get("coding"))
    if not found and "code" in source:
        found = [source]
    return [
        Coding(
            _SYSTEMS.get(system := words(item.get("system")), system),
            words(item.get("code")),
            words(item.get("display")),
        )
        for item in found
    ]


def texts(concept: object) -> list[str]:
    """Return the concept's text and its displays, without repetition."""
    source = table(concept)
    found = [words(source.get("text"))]
    found += [coding.display for coding in codings(source)]
    return list(dict.fromkeys(text for text in found if text))


def label_of(concept: object) -> str:
    """Return the words a person would show for a concept: text, else a display, else a code."""
    shown = texts(concept)
    if shown:
        return shown[0]
    return next((coding.code for coding in codings(concept) if coding.code), "")


def code_of(concept: object) -> str:
    """Return the first code of a concept in lower case, or "" (for small FHIR code sets)."""
    if isinstance(concept, str):
        return concept.strip().lower()
    return next((coding.code.lower() for coding in codings(concept) if coding.code), "")


def reference_of(value: object) -> str:
    """Return the literal reference of a Reference, or ""."""
    return words(table(value).get("reference"))


def relative(reference: str) -> str:
    """Return the trailing "Type/id" of a reference; urn: and "#local" references stay as they are."""
    if reference.startswith(("urn:", "#")):
        return reference
    parts = reference.split("/_history/", 1)[0].rstrip("/").split("/")
    return "/".join(parts[-2:])


def is_reference_to(reference: str, resource_type: str) -> bool:
    """Say whether a literal reference names a resource of this type with a usable id."""
    kind, _, local = relative(reference).rpartition("/")
    return kind == resource_type and _LOCAL_ID.fullmatch(local) is not None


def evidence_of(resource: Json) -> str:
    """Return "Type/id" for a resource; one without an id is named so."""
    local = words(resource.get("id"))
    return f"{words(resource.get('resourceType'))}/{local or '(no id)'}"


def choice(resource: Json, name: str) -> Iterator[tuple[str, Any]]:
    """Yield (type, value) of a choice element such as ``value[x]``."""
    for key, value in resource.items():
        if key.startswith(name) and key[len(name) : len(name) + 1].isupper():
            yield key[len(name) :], value
