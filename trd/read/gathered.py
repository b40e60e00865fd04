"""What has arrived of one patient, and how completely?

A ``Gathered`` holds the raw resources of one patient in one of two ways: sorted from a Bundle,
a single resource or NDJSON lines (``gather``), or handed over by a service per need. Each need
says how completely it was read: a next link, an error outcome or a ``total`` above the entries
makes it partial.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from trd.chart import ReadStatus
from trd.read.access import Json, evidence_of, number, reference_of, relative, rows, table, words
from trd.read.errors import NotFhir
from trd.read.needs import NEED_BY_TYPE, NEEDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The raw resources of one patient.

    ``patient_id`` is the id the chart is read for, None: it is taken from the resources.
    ``base`` is the only server whose absolute references are this patient's, "" where not known.
    ``references`` maps other names of a resource (a fullUrl) to its "Type/id".
    ``because`` says of a need why it was not read wholly, where that is known.
    """

    patient_id: str | None
    resources: tuple[Json, ...]
    reads: Mapping[str, ReadStatus]
    base: str = ""
    references: Mapping[str, str] = field(default_factory=dict)
    because: Mapping[str, str] = field(default_factory=dict)


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


_HTTP: Final = ("http://", "https://")
_DEEPEST: Final = 8
"""Bundles within Bundles (a batch of searches holds one level); what lies deeper is not read."""


def bundle_entries(
    bundle: Json, found: list[Json], references: dict[str, str], depth: int = 0
) -> bool:
    """Add a Bundle's resources to ``found``; return whether it is complete.

    An entry that is no resource, an error outcome or response, a next link or a total above the
    entries makes it incomplete. Included Medications do not count towards the total.
    """
    if depth > _DEEPEST:
        return False
    entries = bundle.get("entry")
    complete = entries is None or isinstance(entries, list)
    deleted = _deleted(bundle) if words(bundle.get("type")) == "history" else frozenset()
    matches = 0
    for item in entries if isinstance(entries, list) else ():
        entry = table(item)
        resource = table(entry.get("resource"))
        kind = words(resource.get("resourceType"))
        complete &= _went_well(entry.get("response"))
        if kind == "OperationOutcome":
            complete &= not outcome_is_bad(resource)
        elif kind == "Bundle":
            complete &= bundle_entries(resource, found, references, depth + 1)
        elif not kind:
            complete &= _is_just_a_request(entry)
        else:
            matches += words(table(entry.get("search")).get("mode")) != "include"
            url = words(entry.get("fullUrl"))
            complete &= _names_its_resource(url, resource)
            named = _named(url, resource, references)
            if not deleted or evidence_of(named) not in deleted:
                found.append(named)
    if words(bundle.get("type")) != "history":
        complete &= _holds_all(bundle.get("total"), matches)
    return complete and not has_next(bundle.get("link"))


def _went_well(response: object) -> bool:
    """Say whether what an entry was asked for succeeded; no response at all is none."""
    told = table(response)
    outcome = table(told.get("outcome"))
    if not told:
        return response is None
    is_bad = bool(outcome) and outcome_is_bad(outcome)
    return str(told.get("status")).strip().startswith("2") and not is_bad


def _holds_all(total: object, matches: int) -> bool:
    """Say whether a total, a numeral or not, allows that nothing is missing."""
    count = counted(total)
    return total is None or (count is not None and count <= matches)


def counted(total: object) -> float | None:
    """Return a total, None where it is no count of anything."""
    count = number(total)
    return count if count is not None and count >= 0 and count.is_integer() else None


def has_next(links: object) -> bool:
    """Say whether there is a next page; links of a shape that cannot be read may hide one."""
    if links is None:
        return False
    if not isinstance(links, list) or len(rows(links)) < len(links):
        return True
    return any(map(may_lead_on, rows(links)))


def may_lead_on(link: Json) -> bool:
    """Say whether a link is to a next page, however that is written; one of no kind may be."""
    relation = words(link.get("relation")).lower()
    return not relation or "next" in relation


def _deleted(bundle: Json) -> frozenset[str]:
    """Return the resources whose newest entry in a history, which comes first, is a deletion."""
    seen: set[str] = set()
    deleted: set[str] = set()
    for entry in rows(bundle.get("entry")):
        request = table(entry.get("request"))
        resource = table(entry.get("resource"))
        name = evidence_of(resource) if resource else relative(words(request.get("url")))
        if words(request.get("method")).upper() == "DELETE" and name not in seen:
            deleted.add(name)
        seen.add(name)
    return frozenset(deleted)


def _is_just_a_request(entry: Json) -> bool:
    """Say whether an entry without a resource is a transaction's deletion, not something lost."""
    return words(table(entry.get("request")).get("method")).upper() == "DELETE"


def _names_its_resource(url: str, resource: Json) -> bool:
    """Say whether an entry's address and its resource's id agree; if not, they are mixed up."""
    local = words(resource.get("id"))
    if not url.startswith(_HTTP) or not local:
        return True
    return relative(url).rpartition("/")[2] == local


def _named(url: str, resource: Json, references: dict[str, str]) -> Json:
    """Lend an entry's address to a resource without an id; remember a urn: as its name."""
    if url and not words(resource.get("id")):
        resource = {**resource, "id": relative(url).rpartition("/")[2].rpartition(":")[2]}
    if url.startswith("urn:"):
        references[url] = evidence_of(resource)
    return resource


def subject_of(resource: Json) -> str | None:
    """Return the literal reference to the patient, "" if there is none, None if not needed.

    A resource of a type that is not read has none to give, but is not another patient's either.
    """
    kind = words(resource.get("resourceType"))
    if kind == "Patient":
        return f"Patient/{words(resource.get('id'))}"
    first, second = ("patient", "subject") if kind == "Device" else ("subject", "patient")
    reference = reference_of(resource.get(first)) or reference_of(resource.get(second))
    reference = reference or reference_of(resource.get("beneficiary"))
    return reference or ("" if kind in NEED_BY_TYPE else None)


def resolved(gathered: Gathered, reference: str) -> str:
    """Return the "Type/id" a literal reference stands for within what was gathered.

    A reference to another server than the known one stays as it is written.
    """
    named = gathered.references.get(reference, reference)
    is_elsewhere = named.startswith(_HTTP) and not named.startswith(f"{gathered.base}/")
    return named if gathered.base and is_elsewhere else relative(named)
