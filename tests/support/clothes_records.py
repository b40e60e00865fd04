"""Dresses of diagnoses, of every resource alike, and of the Bundles around them."""

import copy
import re
from collections.abc import Callable, Iterable
from typing import Any

from tests.support.clothes import Dress, Wear, each, everywhere
from tests.support.clothes_drugs import BASE, drug_dresses, known
from tests.support.clothes_orders import order_dresses
from tests.support.clothes_scores import score_dresses
from tests.support.fhir import ICD, LOINC, RXNORM, SNOMED, Json, bundle

_OIDS = {
    ICD: "urn:oid:2.16.840.1.113883.6.90",
    SNOMED: "urn:oid:2.16.840.1.113883.6.96",
    LOINC: "urn:oid:2.16.840.1.113883.6.1",
    RXNORM: "urn:oid:2.16.840.1.113883.6.88",
}
_SLASHED = {
    LOINC: "https://loinc.org/",
    SNOMED: "http://snomed.info/sct/731000124108",
    RXNORM: "http://www.nlm.nih.gov/research/umls/rxnorm/",
    ICD: "HTTP://hl7.org/fhir/sid/icd-10-cm",
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _systems(names: dict[str, str]) -> Wear:
    return everywhere(lambda key, held: names.get(held, held) if key == "system" else held)


# ------------------------------------------------------------------------------ diagnoses


def _conditions(change: Callable[[Json], Json | list[Json] | None]) -> Wear:
    return each(("Condition",), change)


def _icd_of(resource: Json) -> Json | None:
    codings = resource["code"].get("coding", [])
    return next((one for one in codings if one["system"] == ICD), None)


def _beside_snomed(resource: Json) -> Json | None:
    """Add a SNOMED CT code that says just the same; where our tables hold none, a local one."""
    icd = _icd_of(resource)
    if icd is None:
        return None
    hits = known().conditions_exact.get((ICD, icd["code"]), ())
    said = {(h.concept, h.severity, h.course, h.psychotic, h.subtype, h.tms_flag) for h in hits}
    same = [
        code
        for (system, code), found in known().conditions_exact.items()
        if system == SNOMED
        and hits
        and {(h.concept, h.severity, h.course, h.psychotic, h.subtype, h.tms_flag) for h in found}
        == said
    ]
    extra = {"system": SNOMED, "code": min(same)} if same else {"system": "urn:x", "code": "1"}
    resource["code"]["coding"] = [extra, *resource["code"]["coding"]]
    return resource


def _without_dot(resource: Json) -> Json | None:
    icd = _icd_of(resource)
    if icd is not None:
        icd["code"] = icd["code"].replace(".", "").lower()
    return resource


def _onset_period(resource: Json) -> Json:
    onset = resource.pop("onsetDateTime", None)
    return resource | ({"onsetPeriod": {"start": onset}} if onset else {})


def _dated_by_encounter(resource: Json) -> list[Json] | None:
    """Take the day from the encounter; an onset or an end is something no encounter can say."""
    if not resource.get("recordedDate") or "onsetDateTime" in resource:
        return None
    on = resource.pop("recordedDate")
    local = f"enc-{resource['id']}"
    visit = {
        "resourceType": "Encounter",
        "id": local,
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": resource["subject"],
        "period": {"start": on, "end": on},
    }
    category = [{"coding": [{"code": "encounter-diagnosis"}]}]
    link = {"reference": f"Encounter/{local}"}
    return [resource | {"category": category, "encounter": link}, visit]


# ------------------------------------------------------------------------------ every resource


def _with_time(key: str, held: Any) -> Any:
    """Add a time of a far time zone; the day is the one written."""
    if key == "birthDate" or not isinstance(held, str) or not _DAY.fullmatch(held):
        return held
    return f"{held}T23:45:00-11:00" if int(held[-1]) % 2 else f"{held}T00:15:00+14:00"


def _shouted(resource: Json) -> Json:
    """Write small FHIR codes in capitals, as some interfaces do."""
    for name in ("status", "intent"):
        if name in resource:
            resource[name] = resource[name].upper()
    for name in ("clinicalStatus", "verificationStatus"):
        for coding in resource.get(name, {}).get("coding", []):
            coding["code"] = coding["code"].upper()
    return resource


def _lone(key: str, held: Any) -> Any:
    """Write an array of one as the object itself (PFB-17)."""
    is_lone = isinstance(held, list) and len(held) == 1 and isinstance(held[0], dict)
    return held[0] if is_lone and key not in {"entry", "resources"} else held


def renamed(resources: list[Json], name: Callable[[str, str], str]) -> list[Json]:
    """Give every resource another id, and its references with it."""
    ids = {
        f"{one['resourceType']}/{one['id']}": name(one["resourceType"], one["id"])
        for one in resources
    }

    def change(key: str, held: Any) -> Any:
        if key == "reference" and held in ids:
            return f"{held.split('/')[0]}/{ids[held]}"
        return held

    made = everywhere(change)(resources)
    return [
        one | {"id": ids[f"{one['resourceType']}/{one['id']}"]} if "id" in one else one
        for one in made
    ]


def _long_ids(resources: list[Json]) -> list[Json]:
    return renamed(resources, lambda kind, local: f"e{kind[:2]}.{local}-".ljust(194, "x"))


def renamed_and_reversed(resources: list[Json]) -> list[Json]:
    """Return the record with ids in another order than the rows have, last first."""
    return renamed(resources, lambda kind, local: f"{hash_of(kind + local)}")[::-1]


def hash_of(text: str) -> int:
    """Return a number that orders ids otherwise than their names do, the same on every run."""
    return sum(ord(sign) * 31**at for at, sign in enumerate(text)) % 999_983


def _older_versions(resources: list[Json]) -> list[Json]:
    """Let an older version of everything come after it, saying something else."""
    made = []
    for one in copy.deepcopy(resources):
        meta = {"versionId": "2", "lastUpdated": "2999-01-01T00:00:00Z"} | one.get("meta", {})
        older = copy.deepcopy(one) | {"meta": {"versionId": "1", "lastUpdated": "1999-01-01"}}
        if one["resourceType"] != "Patient":
            older["status"] = "entered-in-error"
        made += [one | {"meta": meta}, one | {"meta": meta}, older]
    return made


# ------------------------------------------------------------------------------ Bundles


def _searchsets(resources: list[Json]) -> list[Json]:
    """Return one searchset a type, with totals, links and an information for the reader."""
    note = {"resourceType": "OperationOutcome", "issue": [{"severity": "information"}]}
    made = []
    for kind in sorted({one["resourceType"] for one in resources}):
        held = [one for one in resources if one["resourceType"] == kind]
        entries: list[Json] = [
            {
                "fullUrl": f"{BASE}/{kind}/{one['id']}",
                "resource": one,
                "search": {"mode": "match"},
            }
            for one in held
        ]
        entries.append({"resource": note, "search": {"mode": "outcome"}})
        link = [{"relation": "self", "url": f"{BASE}/{kind}?patient=pt-1"}]
        made.append(bundle([], "searchset") | {"total": len(held), "link": link, "entry": entries})
    return made


def _batch(resources: list[Json]) -> list[Json]:
    answers = [{"resource": one, "response": {"status": "200"}} for one in _searchsets(resources)]
    return [{"resourceType": "Bundle", "type": "batch-response", "entry": answers}]


def _urn(kind: str, local: str) -> str:
    return f"urn:uuid:{hash_of(kind):08x}-{hash_of(local):012x}-{kind}-{local}"


def _transaction(resources: list[Json]) -> list[Json]:
    """Leave the ids out: entries are known by urn:uuid, and so are references to them."""
    names = {
        f"{one['resourceType']}/{one['id']}": _urn(one["resourceType"], one["id"])
        for one in resources
    }
    linked = everywhere(lambda key, held: names.get(held, held) if key == "reference" else held)
    entries = [
        {
            "fullUrl": names[f"{one['resourceType']}/{one['id']}"],
            "resource": {k: v for k, v in one.items() if k != "id"},
            "request": {"method": "POST", "url": one["resourceType"]},
        }
        for one in linked(resources)
    ]
    return [{"resourceType": "Bundle", "type": "transaction", "entry": entries}]


def _history(resources: list[Json]) -> list[Json]:
    """Return newest first, with older versions and one resource that was deleted."""
    entries: list[Json] = [
        {"resource": one, "request": {"method": "PUT"}} for one in _older_versions(resources)[::2]
    ]
    gone = {
        "resourceType": "Observation",
        "id": "gone",
        "status": "final",
        "subject": {"reference": "Patient/pt-1"},
        "code": {"coding": [{"system": LOINC, "code": "44260-8"}]},
        "effectiveDateTime": "2026-08-30",
        "valueInteger": 3,
    }
    entries.append({"request": {"method": "DELETE", "url": "Observation/gone"}})
    entries.append({"resource": gone, "request": {"method": "PUT", "url": "Observation/gone"}})
    return [{"resourceType": "Bundle", "type": "history", "entry": entries}]


def _document(resources: list[Json]) -> list[Json]:
    composition = {"resourceType": "Composition", "subject": {"reference": "Patient/pt-1"}}
    return [bundle([composition, *resources], "document")]


def _absolute_subject(key: str, held: Any) -> Any:
    return f"{BASE}/{held}" if key == "reference" and held == "Patient/pt-1" else held


def record_dresses() -> Iterable[Dress]:
    """Return every dress of diagnoses, resources and Bundles."""
    ids = frozenset({"patient"})
    yield Dress("oid systems", _systems(_OIDS))
    yield Dress("other system addresses", _systems(_SLASHED))
    yield Dress("snomed beside icd", _conditions(_beside_snomed))
    yield Dress("icd without dot", _conditions(_without_dot))
    yield Dress("onset period", _conditions(_onset_period))
    yield Dress("dated by encounter", _conditions(_dated_by_encounter))
    yield Dress("times of far zones", everywhere(_with_time))
    yield Dress("statuses in capitals", each(_EVERY, _shouted))
    yield Dress("lone objects", everywhere(_lone))
    yield Dress("long ids", _long_ids, may_differ=ids)
    yield Dress("ids and order shuffled", renamed_and_reversed, may_differ=ids)
    yield Dress("older versions", _older_versions)
    yield Dress("absolute subject", everywhere(_absolute_subject))
    yield Dress("searchsets", _searchsets, whole=True)
    yield Dress("batch response", _batch, whole=True)
    yield Dress("transaction without ids", _transaction, whole=True, may_differ=ids)
    yield Dress("history", _history, whole=True)
    yield Dress("document", _document, whole=True)
    yield Dress("ndjson", lambda resources: resources, whole=True)


_EVERY = (
    "MedicationRequest", "MedicationDispense", "MedicationStatement", "Condition", "Observation",
    "Procedure", "Device", "Encounter", "ServiceRequest",
)  # fmt: skip


def every_dress() -> tuple[Dress, ...]:
    """Return every dress there is."""
    return (*drug_dresses(), *order_dresses(), *score_dresses(), *record_dresses())
