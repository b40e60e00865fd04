"""What has arrived of one patient, and how completely?

A ``Gathered`` holds the raw resources of one patient in one of two ways: sorted from a Bundle,
a single resource or NDJSON lines (``gather``), or handed over by a service per need. Each need
says how completely it was read: a next link, an error outcome or a ``total`` above the entries
makes it partial.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trd.chart import ReadStatus
from trd.read.access import Json, evidence_of, reference_of, relative, rows, table, words
from trd.read.errors import NotFhir
from trd.read.needs import NEED_BY_TYPE, NEEDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The raw resources of one patient.

    ``patient_id`` is the id the chart is read for, None: it is taken from the resources.
    ``base`` is the only server whose absolute references are this patient's, "" where not known.
    ``references`` maps other names of a resource (a fullUrl) to its "Type/id".
    """

    patient_id: str | None
    resources: tuple[Json, ...]
    reads: Mapping[str, ReadStatus]
    base: str = ""
    references: Mapping[str, str] = field(default_factory=dict)


def outcome_is_bad(outcome: Json) -> bool:
    """Say whether an OperationOutcome reports an error; one without issues does."""
    issues = rows(outcome.get("issue"))
    return not issues or any(
        words(issue.get("severity")) not in {"warning", "information"} for issue in issues
    )


def gather(values: Iterable[object]) -> Gathered:
    """Sort Bundles and single resources of one patient by what they are.

    Raises NotFhir for a value that is no resource. Everything counts as read completely unless a
    Bundle says otherwise.
    """
    found: list[Json] = []
    references: dict[str, str] = {}
    complete = True
    for place, value in enumerate(values, start=1):
        resource = table(value)
        kind = words(resource.get("resourceType"))
        if not kind:
            raise NotFhir(f"entry {place}", "not a FHIR resource (no resourceType)")
        if kind == "Bundle":
            complete &= bundle_entries(resource, found, references)
        elif kind == "OperationOutcome":
            complete &= not outcome_is_bad(resource)
        else:
            found.append(resource)
    status = ReadStatus.COMPLETE if complete else ReadStatus.PARTIAL
    return Gathered(
        patient_id=None,
        resources=tuple(found),
        reads={need.name: status for need in NEEDS},
        references=references,
    )


def bundle_entries(bundle: Json, found: list[Json], references: dict[str, str]) -> bool:
    """Add a Bundle's resources to ``found``; return whether it is complete.

    An entry that is no resource, an error outcome, a next link or a total above the entries makes
    it incomplete. Included Medications do not count towards the total.
    """
    entries = bundle.get("entry")
    complete = entries is None or isinstance(entries, list)
    matches = 0
    for item in entries if isinstance(entries, list) else ():
        entry = table(item)
        resource = table(entry.get("resource"))
        kind = words(resource.get("resourceType"))
        if kind == "OperationOutcome":
            complete &= not outcome_is_bad(resource)
            continue
        if kind == "Bundle":
            complete &= bundle_entries(resource, found, references)
            continue
        if not kind:
            complete &= _is_just_a_request(entry)
            continue
        matches += words(table(entry.get("search")).get("mode")) != "include"
        url = words(entry.get("fullUrl"))
        complete &= _names_its_resource(url, resource)
        found.append(_named(url, resource, references))
    total = bundle.get("total")
    if isinstance(total, int) and words(bundle.get("type")) == "searchset":
        complete &= total <= matches
    return complete and not any(
        words(link.get("relation")) == "next" for link in rows(bundle.get("link"))
    )


def _is_just_a_request(entry: Json) -> bool:
    """Say whether an entry without a resource is a transaction's deletion, not something lost."""
    return words(table(entry.get("request")).get("method")) == "DELETE"


def _names_its_resource(url: str, resource: Json) -> bool:
    """Say whether an entry's address and its resource's id agree; if not, something was mixed up."""
    local = words(resource.get("id"))
    if not url.startswith(("http://", "https://")) or not local:
        return True
    return relative(url).rpartition("/")[2] == local


def _named(url: str, resource: Json, references: dict[str, str]) -> Json:
    """Remember an entry's urn: as a name of its resource; lend it to a resource without an id."""
    if not url.startswith("urn:"):
        return resource
    if not words(resource.get("id")):
        resource = {**resource, "id": url.rpartition(":")[2]}
    references[url] = evidence_of(resource)
    return resource


def subject_of(resource: Json) -> str | None:
    """Return the literal reference to the patient, "" if there is none, None if not needed."""
    kind = words(resource.get("resourceType"))
    if kind == "Patient":
        return f"Patient/{words(resource.get('id'))}"
    if kind not in NEED_BY_TYPE:
        return None
    holder = "patient" if kind == "Device" else "subject"
    return reference_of(resource.get(holder))


def resolved(gathered: Gathered, reference: str) -> str:
    """Return the "Type/id" a literal reference stands for within what was gathered."""
    named = gathered.references.get(reference, reference)
    return relative(named)
