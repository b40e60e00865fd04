"""How is a value taken out of FHIR JSON without ever failing?

Total functions on plain JSON values: whatever stands there, they return a value of the promised
type, and an empty one where the element is missing or of another shape. Their callers say what
that means for the chart. Nothing here judges.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from trd.knowledge.digits import URLS

Json = Mapping[str, Any]

ICD10CM: Final = URLS["icd-10-cm"]
SNOMED: Final = URLS["snomed"]
LOINC: Final = URLS["loinc"]
RXNORM: Final = URLS["rxnorm"]
ATC: Final = URLS["atc"]
NDC: Final = URLS["ndc"]
CPT: Final = URLS["cpt"]

_SYSTEMS: Final[Mapping[str, str]] = {
    ICD10CM: ICD10CM,
    "2.16.840.1.113883.6.90": ICD10CM,
    "http://hl7.org/fhir/sid/icd-10": ICD10CM,
    "2.16.840.1.113883.6.3": ICD10CM,
    "http://mimic.mit.edu/fhir/mimic/codesystem/mimic-diagnosis-icd10": ICD10CM,
    SNOMED: SNOMED,
    "2.16.840.1.113883.6.96": SNOMED,
    "2.16.840.1.113883.2.1.3.2.4.15": SNOMED,
    "http://dmd.nhs.uk": SNOMED,
    LOINC: LOINC,
    "2.16.840.1.113883.6.1": LOINC,
    RXNORM: RXNORM,
    "2.16.840.1.113883.6.88": RXNORM,
    ATC: ATC,
    "2.16.840.1.113883.6.73": ATC,
    "http://fhir.de/codesystem/bfarm/atc": ATC,
    "http://fhir.de/codesystem/dimdi/atc": ATC,
    "http://terminology.hl7.org/codesystem/v3-wc": ATC,
    NDC: NDC,
    "2.16.840.1.113883.6.69": NDC,
    "http://mimic.mit.edu/fhir/mimic/codesystem/mimic-medication-ndc": NDC,
    CPT: CPT,
    "2.16.840.1.113883.6.12": CPT,
}
"""Addresses of code systems (in lower case, an OID bare) and the one used here."""
_SNOMED_EDITION: Final = f"{SNOMED}/"

_LOCAL_ID: Final = re.compile(r"[^/?#|]+")
_NUMERAL: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_LARGEST: Final = 10**9
"""A number of this size or more is no dose, count, length or score."""
_SMALLEST: Final = 1e-6
"""A number nearer to nothing than this, and not nothing, is none either."""


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
    if value is None:
        return []
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return [value] if isinstance(value, dict) else []


def words(value: object) -> str:
    """Return the string with outer blanks removed, or ""."""
    return value.strip() if isinstance(value, str) else ""


def listed(value: object) -> list[str]:
    """Return the strings of an array; a lone string counts as an array of one."""
    if isinstance(value, list):
        return [item.strip() for item in value if isinstance(item, str) and item.strip()]
    return [value.strip()] if isinstance(value, str) and value.strip() else []


def number(value: object) -> float | None:
    """Return a JSON number of usable size (a numeral in a string included), or None."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return _usable(float(value)) if -_LARGEST < value < _LARGEST else None
    if isinstance(value, str):
        text = value.strip()
        return _usable(float(text)) if _NUMERAL.fullmatch(text) else None
    return None


def _usable(value: float) -> float | None:
    return value if value == 0 or abs(value) >= _SMALLEST else None


def is_true(value: object) -> bool:
    """Say whether a boolean element is set, as JSON's true or as the word."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


@lru_cache(maxsize=1024)
def system_of(written: str) -> str:
    """Return a code system's address as this project writes it; an unknown one stays as it is."""
    plain = written.lower().replace(" ", "").rstrip("/")
    plain = plain.replace("https://", "http://", 1).removeprefix("urn:oid:")
    if plain.startswith(_SNOMED_EDITION):
        return SNOMED
    return _SYSTEMS.get(plain, written)


def codings(concept: object) -> list[Coding]:
    """Return the codings of a CodeableConcept (or of a Coding itself) in the order written."""
    source = table(concept)
    found = rows(source.get("coding"))
    if not found and "code" in source:
        found = [source]
    return [
        Coding(
            system_of(words(item.get("system"))),
            words(item.get("code")),
            words(item.get("display")),
        )
        for item in found
    ]


def texts(concept: object) -> list[str]:
    """Return the concept's text and its displays, without repetition."""
    source = table(concept)
    if not source:
        return []
    text = words(source.get("text"))
    found = {text: None} if text else {}
    for item in rows(source.get("coding")) or (source,):
        if "display" in item:
            found[words(item["display"])] = None
    found.pop("", None)
    return list(found)


def label_of(concept: object) -> str:
    """Return the words a person would show for a concept: text, else a display, else a code."""
    shown = texts(concept)
    if shown:
        return shown[0]
    return next((coding.code for coding in codings(concept) if coding.code), "")


def code_of(concept: object) -> str:
    """Return the first code of a concept in lower case (for small FHIR code sets).

    A lone string is a code; a concept without a code gives its text, an array its first member.
    """
    if isinstance(concept, str):
        return concept.strip().lower()
    source = next(iter(rows(concept)), {})
    for item in rows(source.get("coding")) or (source,):
        code = words(item.get("code"))
        if code:
            return code.lower()
    return words(source.get("text")).lower()


def reference_of(value: object) -> str:
    """Return the literal reference of a Reference, or ""."""
    return words(table(value).get("reference"))


def relative(reference: str) -> str:
    """Return the trailing "Type/id" of a reference; urn: and "#local" ones stay as they are."""
    if reference.count("/") == 1 and not reference.endswith("/"):
        return reference
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
    return f"{words(resource.get('resourceType'))}/{words(resource.get('id')) or '(no id)'}"


def modifier_of(element: Json) -> str:
    """Return the member that may change an element's meaning in a way we do not know, or ""."""
    if element.get("modifierExtension"):
        return "modifierExtension"
    return "implicitRules" if element.get("implicitRules") else ""


def choice(resource: Json, name: str) -> Iterator[Any]:
    """Yield the values of a choice element such as ``value[x]``."""
    size = len(name)
    for key, value in resource.items():
        if key.startswith(name) and key[size : size + 1].isupper():
            yield value
