"""Real-shaped records of other projects: each shape reads as its line says, and nothing breaks.

The data is not part of this repository; without it these tests are skipped, visibly.
"""

import csv
import json
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks.reading.sources import DATA_SETS, load
from trd.chart import PatientChart, RecordKind
from trd.read import Gathered, WrongPatient, gather, read_chart
from trd.readings import assess_gathered
from trd.report import report

AS_OF = date(2026, 9, 1).toordinal()
NO_DOSE = "no dosage is recorded"
NO_TIMES = "how often it is taken is not recorded"

ORDINARY = {
    "02": "a contraceptive by reference and display",
    "03": "a vitamin by display",
    "05": "a compound of two ordinary ingredients",
    "08": "acetaminophen by RxNorm and a local synonym",
    "11": "lisinopril; the dose without a number does not matter",
    "14": "an NDC with its name",
    "17": "a dispense request without dosage",
    "19": "the sig in a note",
    "20": "a plan for Lipitor, the NDC first",
    "25": "a status that R4 does not know, on an ordinary drug",
    "28": "an NDC in a SNOMED system: the name is read",
    "31": "a dm+d product by its display",
    "33": "an opioid patch with an extension on authoredOn",
    "37": "oxycodone in a contained Medication",
    "39": "a taper of an ordinary drug",
    "41": "a contained NDC with its name",
    "45": "an order on hold",
    "47": "warfarin by its ingredient",
    "48": "acetaminophen as reported",
    "49": "nizatidine with everything",
    "51": "nizatidine by reference and display",
    "54": "entered in error, an opioid",
    "57": "a plan",
    "62": "days as a code that is not UCUM",
    "78": "a resolved disorder that is none of the rules' business but substance use",
    "81": "an ordinary encounter diagnosis",
    "83": "an onset in words",
    "95": "a questionnaire about tobacco",
    "98": "a coverage",
    "101": "a coverage",
    "102": "a procedure entered in error, of no known kind",
}
"""Shapes that leave no drug, no score, no answer and no issue."""

ANTIDEPRESSANTS = {
    "35": ("duloxetine", "code", None, NO_DOSE),
    "63": ("desipramine", "code", None, "no dose is recorded"),
    "65": ("doxepin", "code", None, "no dose is recorded"),
    "68": ("fluoxetine", "text", None, NO_TIMES),
    "69": ("bupropion", "text", None, NO_DOSE),
    "70": ("trazodone", "text", None, NO_TIMES),
    "74": ("sertraline", "code", 100, ""),
    "75": ("fluoxetine", "code", 20, ""),
}
"""The ingredient, how it was recognised, and mg per day or why it is not known."""

NOT_READABLE = {
    "22": ("its Medication was not among the resources", False),
    "29": ("it has no code and no name", False),
    "53": ("its RxNorm code is not in our lists and it has no name", False),
    "60": ("its RxNorm code is not in our lists and it has no name", True),
    "67": ("its Medication was not among the resources", True),
    "76": ("its RxNorm code is not in our lists and it has no name", False),
}
"""Why the drug cannot be told, and whether the record would have been an exposure."""

DIAGNOSES = {
    "77": ("depression-unspecified", True, "active"),
    "85": ("mdd", False, "active"),
    "86": ("mdd", False, "active"),
    "87": ("mdd", False, ""),
    "105": ("cardiac-device", False, ""),
}
"""The concept, whether words alone said so, and the clinical status."""

SCORES = {"93": 15, "94": 15, "96": 15}
"""The PHQ-9 total."""

OTHER = {"43"}
"""phenytoin, which matters for TMS: a drug that is no antidepressant."""


def shape_file(shared: Path, number: str) -> Path:
    return next((shared / "data" / "shapes").glob(f"{number}_*.json"))


def shape(shared: Path, number: str, knowledge) -> PatientChart:
    return read_chart(gather([json.loads(shape_file(shared, number).read_bytes())]), knowledge)


def test_every_shape_has_its_expectation(shared):
    groups = (ORDINARY, ANTIDEPRESSANTS, NOT_READABLE, DIAGNOSES, SCORES, OTHER)
    told = sorted(number for group in groups for number in group)
    there = [path.name.split("_")[0] for path in (shared / "data" / "shapes").glob("*.json")]
    assert told == sorted(there)


@pytest.mark.parametrize("number", ORDINARY)
def test_what_does_not_matter_leaves_nothing_but_the_count(number, shared, knowledge):
    chart = shape(shared, number, knowledge)
    assert not chart.medications
    assert not chart.not_recognised
    assert not chart.scores
    assert not chart.answers
    assert not chart.issues


@pytest.mark.parametrize("number", ANTIDEPRESSANTS)
def test_an_antidepressant_is_recognised_and_its_dose_known_or_not_with_a_reason(
    number, shared, knowledge
):
    ingredient, matched_by, mg, because = ANTIDEPRESSANTS[number]
    chart = shape(shared, number, knowledge)
    (record,) = chart.medications
    assert (record.drug.ingredient, record.drug.matched_by) == (ingredient, matched_by)
    assert record.kind is RecordKind.ORDER
    assert {step.high for step in record.steps} <= {mg}
    said = [issue.what for issue in chart.issues if issue.effect == "the dose is unknown"]
    assert said == ([because] if because else [])


def test_bounds_alone_tell_the_days_of_an_order_without_dose(shared, knowledge):
    (record,) = shape(shared, "63", knowledge).medications
    assert (record.start, record.end) == (
        date(2024, 1, 1).toordinal(),
        date(2025, 9, 17).toordinal(),
    )


def test_an_insomnia_strength_is_a_product_for_another_use(shared, knowledge):
    (record,) = shape(shared, "65", knowledge).medications
    assert record.drug.special_use == "hypnotic-use"


def test_a_stay_of_hours_is_a_validity_of_a_day(shared, knowledge):
    (record,) = shape(shared, "70", knowledge).medications
    assert record.validity is not None
    assert record.validity[1] - record.validity[0] == 1  # type: ignore[operator]


def test_an_order_of_1936_is_kept_with_its_day(shared, knowledge):
    (record,) = shape(shared, "74", knowledge).medications
    assert record.authored == date(1936, 9, 26).toordinal()


def test_an_order_without_any_date_has_none(shared, knowledge):
    (record,) = shape(shared, "75", knowledge).medications
    assert (record.authored, record.start, record.end) == (None, None, None)


@pytest.mark.parametrize("number", NOT_READABLE)
def test_a_drug_that_cannot_be_told_says_why(number, shared, knowledge):
    because, is_exposure = NOT_READABLE[number]
    chart = shape(shared, number, knowledge)
    assert not chart.medications
    assert [issue.what for issue in chart.issues] == [because]
    assert [row.because for row in chart.not_recognised] == ([because] if is_exposure else [])


@pytest.mark.parametrize("number", DIAGNOSES)
def test_a_diagnosis_is_recognised(number, shared, knowledge):
    concept, by_text, clinical = DIAGNOSES[number]
    (found,) = shape(shared, number, knowledge).diagnoses
    assert concept in found.concepts()
    assert (found.by_text, found.clinical) == (by_text, clinical)


@pytest.mark.parametrize("number", SCORES)
def test_a_total_is_read(number, shared, knowledge):
    (score,) = shape(shared, number, knowledge).scores
    assert (score.instrument, score.total) == ("PHQ-9", SCORES[number])


def test_a_known_drug_no_rule_asks_for_leaves_the_count_only(shared, knowledge):
    chart = shape(shared, "43", knowledge)
    assert (chart.medications, chart.not_recognised) == ((), ())
    assert [row.count for row in chart.reads if row.need == "medications"] == [1]


# ----------------------------------------------------------------------------- everything at hand


def assessed(gathered: Gathered, knowledge) -> Any:
    return report(assess_gathered(gathered, knowledge, AS_OF))


def patient_files(shared: Path) -> list[Path]:
    folders: tuple[str, ...] = (
        "shapes",
        "patients",
        "ecqm/dqm-content-cms-2025",
        "ecqm/ecqm-content-cms-2025",
    )
    folders += tuple(f"ecqm/ecqm-content-qicore-{year}" for year in (2022, 2023, 2024, 2025))
    return sorted(
        path
        for folder in folders
        for ending in ("*.json", "*.json.gz")
        for path in (shared / "data" / folder).rglob(ending)
    )


def test_every_bundle_and_case_is_assessed_or_holds_two_patients(shared, knowledge):
    assessed_files, two_patients = 0, []
    for path in patient_files(shared):
        try:
            assert assessed(gather([load(path)]), knowledge)["schema"], path
            assessed_files += 1
        except WrongPatient:
            two_patients.append(path.name)
    assert assessed_files > 400
    assert len(two_patients) <= 11  # measure cases that are about a second patient's data


def test_every_prefetch_of_a_hook_is_assessed(shared, knowledge):
    seen, two_patients = 0, []
    for path in sorted((shared / "data" / "cdshooks").glob("*.json")):
        prefetch = load(path).get("prefetch") or {}
        values = [one for one in prefetch.values() if isinstance(one, dict)]
        values = [one for one in values if "resourceType" in one]
        try:
            assert assessed(gather(values), knowledge)["schema"]
            seen += 1
        except WrongPatient:
            two_patients.append(path.name.split("_")[0])
    assert seen > 25
    assert two_patients == ["42"]  # an example that holds another patient's Observation


def by_patient(resources: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for one in resources:
        link = (one.get("subject") or one.get("patient") or {}).get("reference", "")
        name = one["id"] if one["resourceType"] == "Patient" else link.split("/")[-1]
        found[name.rpartition(":")[2]].append(one)
    return found


def bundles_by_patient(path: Path) -> dict[str, Any]:
    """Return one Bundle a patient; its references are known by the addresses of the entries."""
    entries = load(path)["entry"]
    address = {id(entry["resource"]): entry.get("fullUrl") for entry in entries}
    return {
        name: {
            "resourceType": "Bundle",
            "entry": [{"resource": one, "fullUrl": address[id(one)]} for one in held],
        }
        for name, held in by_patient([entry["resource"] for entry in entries]).items()
    }


@pytest.mark.parametrize("edition", ["STU-3", "DSTU-2"])
def test_older_editions_of_fhir_are_assessed(edition, shared, knowledge):
    path = shared / "data" / "om1-phq9-stu3" / f"{edition}_ahrq-depression-patient-phq9.json"
    for held in bundles_by_patient(path).values():
        assert assessed(gather([held]), knowledge)["schema"]


def test_totals_whose_items_are_scored_in_an_extension_only_are_read(shared, knowledge):
    folder = shared / "data" / "om1-phq9-stu3"
    found = set()
    contradicted = 0
    held = bundles_by_patient(folder / "STU-3_ahrq-depression-patient-phq9.json")
    for patient, one in held.items():
        chart = read_chart(gather([one]), knowledge)
        contradicted += sum("is not the sum of its items" in issue.what for issue in chart.issues)
        for score in chart.scores:
            found.add((patient, score.at, str(sum(score.items.values())), str(score.items[9])))
    assert contradicted == 2  # their charted total is used, with that note
    with (folder / "totals.csv").open() as lines:
        wanted = {
            (
                row["patient"],
                row["authored"],
                row["phq9_total_sum_of_extension_values"],
                row["item9"],
            )
            for row in csv.DictReader(lines)
        }
    assert found == wanted


@pytest.mark.parametrize("name", ["MIMIC-IV demo", "Synthea"])
def test_every_patient_of_a_bulk_export_is_assessed(name, shared, knowledge):
    (data,) = (one for one in DATA_SETS if one.name == name)
    records = list(data.records(shared))
    assert len(records) >= 50
    for record in records:
        assert assessed(gather(record.values), knowledge)["schema"]
