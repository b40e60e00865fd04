"""Which public records are there, where do they come from, and whose is each of them?

A data set yields one ``PatientRecord`` a patient (or case, or example). Resources of one file that
belong to several patients are sorted by their subject; a Medication goes with who refers to it.
"""

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRecord:
    """What is there of one patient: Bundles or single resources, as they are handed to a reader."""

    name: str
    values: tuple[Json, ...]

    def resources(self) -> list[Json]:
        """Return every resource, those of Bundles included."""
        found: list[Json] = []
        for value in self.values:
            if value.get("resourceType") == "Bundle":
                found += [entry["resource"] for entry in value["entry"]]
            else:
                found.append(value)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """One data set: its name, what it is, its source and licence, and its records."""

    name: str
    what: str
    source: str
    licence: str
    records: Callable[[Path], Iterator[PatientRecord]]


def load(path: Path) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON of a file, packed or not."""
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


def _measure(shared: Path, *, measure: str) -> Iterator[PatientRecord]:
    folder = shared / "data" / "ecqm"
    with (folder / "manifest.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            path = folder / row["file"]
            if row["cms"] == measure and path.is_file():
                yield PatientRecord(name=row["file"], values=(load(path),))


def _files(shared: Path, *, folders: tuple[str, ...]) -> Iterator[PatientRecord]:
    for folder in folders:
        for path in sorted((shared / "data" / folder).glob("*.json*")):
            yield PatientRecord(name=path.name, values=(load(path),))


def _bulk(shared: Path, *, folder: str) -> Iterator[PatientRecord]:
    """Yield the patients of a bulk export by their ids, each with the Medications it refers to."""
    medications: dict[str, Json] = {}
    held: dict[str, list[Json]] = defaultdict(list)
    for path in sorted((shared / "data" / "bulk" / folder).glob("*.ndjson.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for one in map(json.loads, lines):
                if one["resourceType"] == "Medication":
                    medications[f"Medication/{one['id']}"] = one
                elif patient := _patient_of(one):
                    held[patient].append(one)
    for patient in sorted(held):
        named = {name for one in held[patient] for name in medications_of(one, medications)}
        drugs = [medications[name] for name in sorted(named)]
        yield PatientRecord(name=patient, values=(*held[patient], *drugs))


def _patient_of(one: Json) -> str:
    """Return the id of the patient a resource is or belongs to, "" if it is nobody's."""
    if one["resourceType"] == "Patient":
        return str(one["id"])
    link: Json = one.get("subject") or one.get("patient") or {}
    return str(link.get("reference", "")).rpartition("/")[2].rpartition(":")[2]


def medications_of(one: Json, there: Mapping[str, Json]) -> list[str]:
    """Return the names of the Medications a resource refers to, with those of a mixture."""
    first = _linked(one, there)
    return first + [name for held in first for name in _linked(there[held], there)]


def _linked(one: Json, there: Mapping[str, Json]) -> list[str]:
    links = [one.get("medicationReference")]
    links += [row.get("itemReference") for row in one.get("ingredient") or []]
    named = [str((link or {}).get("reference", "")) for link in links]
    return [name for name in named if name in there]


_CASES: Final = "cqframework: the tests of ecqm-content-qicore-2022 to -2025, ecqm- and dqm-content"
_MEASURES: Final = {
    "CMS2": "screening for depression and follow-up",
    "CMS128": "antidepressant medication management",
    "CMS138x": "tobacco screening and cessation (cases with an antidepressant)",
    "CMS156x": "high-risk medication in the elderly (cases with an antidepressant)",
    "CMS159": "depression remission at twelve months",
    "CMS161": "suicide risk assessment, adults",
    "CMS177": "suicide risk assessment, children and adolescents",
}

DATA_SETS: Final = (
    *(
        DataSet(
            name=f"eCQM {measure.removesuffix('x')}",
            what=f"invented cases of a quality measure: {what}",
            source=_CASES,
            licence="CC0-1.0 (codes: terms of VSAC)",
            records=partial(_measure, measure=measure),
        )
        for measure, what in _MEASURES.items()
    ),
    DataSet(
        name="Synthea",
        what="generated patients of a simulation",
        source="smart-on-fhir/generated-sample-data",
        licence="Apache-2.0",
        records=partial(_bulk, folder="synthea-gsd-615"),
    ),
    DataSet(
        name="MIMIC-IV demo",
        what="real, de-identified patients of a hospital, its inpatient orders; half of the demo",
        source="MIMIC-IV Clinical Database Demo 2.2, PhysioNet (doi 10.13026/c2f9-3y63), "
        "made FHIR by the mapping of kind-lab/mimic-fhir",
        licence="ODbL-1.0",
        records=partial(_bulk, folder="mimic-demo-fhir"),
    ),
    DataSet(
        name="Mock patients",
        what="invented patients of three demonstrations: AHRQ and COSRI (pain), SHIFT (privacy)",
        source="AHRQ-CDS/AHRQ-CDS-Connect-PAIN-MANAGEMENT-SUMMARY, "
        "uwcirg/cosri-pain-management-summary, SHIFT-Task-Force/demo-fhir-data",
        licence="Apache-2.0, Apache-2.0, CC BY 4.0",
        records=partial(
            _files, folders=("patients/ahrq-pain", "patients/cosri-pain", "patients/shift")
        ),
    ),
    DataSet(
        name="Examples and shapes",
        what="single resources as found: HL7 examples, vendors' samples, odd ones of the above",
        source="HL7 FHIR R4, US Core, QI-Core, and the published samples of vendors and projects",
        licence="CC0-1.0, Apache-2.0, MIT, ODbL-1.0, CC BY 4.0; some vendors' samples state none",
        records=partial(_files, folders=("shapes",)),
    ),
    DataSet(
        name="Labelled switches",
        what="three invented patients with labelled switches of antidepressants, mentions only",
        source="cardinal_pythonlib 2.2.1, psychiatry/treatment_resistant_depression.py "
        "(R. Cardinal)",
        licence="Apache-2.0",
        records=partial(_files, folders=("trd-labelled",)),
    ),
)
"""The data sets in the order of the page."""
