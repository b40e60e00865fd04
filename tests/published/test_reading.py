"""The reading report: its floors are reached, and the page in docs is what the data gives.

The counting itself is shown on invented orders, so that it is tested without the data too.
"""

import json

import pytest

from benchmarks.reading.__main__ import PAGE, main, tallies_of
from benchmarks.reading.page import FLOORS, page
from benchmarks.reading.sources import DataSet, PatientRecord
from benchmarks.reading.tally import (
    BARE,
    NOTHING,
    ONCE,
    SELDOM,
    STRUCTURED,
    TIMED,
    WORDED,
    Tally,
    known_of,
    tally_of,
    written_dose,
)
from benchmarks.reading.truth import Truth, read_truth
from tests.support.fhir import DAILY, RXNORM, Json, bundle, concept, dosage, order, patient


@pytest.fixture(scope="module")
def tallies(shared) -> dict[str, Tally]:
    return tallies_of(shared)


@pytest.mark.parametrize("name", FLOORS)
def test_antidepressant_orders_are_recognised(name, tallies):
    for kind in ("MedicationRequest", "MedicationDispense"):
        assert tallies[name].share_recognised(kind) >= FLOORS[name]


def test_the_floors_are_not_of_empty_data(tallies):
    meant = {name: one.meant["MedicationRequest"] for name, one in tallies.items()}
    assert meant["Synthea"] >= 8
    assert meant["MIMIC-IV demo"] >= 70
    assert sum(count for name, count in meant.items() if name.startswith("eCQM")) >= 36


def test_no_other_drug_is_taken_for_an_antidepressant(tallies):
    assert not {name: one.unmeant for name, one in tallies.items() if one.unmeant}


@pytest.mark.parametrize("written", [STRUCTURED, BARE])
def test_a_dose_is_known_where_quantity_and_frequency_are_written(tallies, written):
    assert sum(one.all_doses[written, True] for one in tallies.values()) > 0
    assert not {name for name, one in tallies.items() if one.all_doses[written, False]}


def test_nobody_is_resistant_by_these_data(tallies):
    assert not {name: one.verdicts["met"] for name, one in tallies.items() if one.verdicts["met"]}
    assert sum(one.confirmed for one in tallies.values()) == 0


def test_the_page_is_what_the_data_gives(tallies):
    """If not: the reading has changed, and `make reading` says how."""
    assert PAGE.read_text(encoding="utf-8") == page(tallies)


def test_without_the_data_it_refuses_in_one_line(monkeypatch, capsys, tmp_path):
    for named in ("", str(tmp_path / "nowhere")):
        monkeypatch.setenv("THIRDLINE_SHARED", named)
        assert main() == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.splitlines() == [
            "reading: no data: set THIRDLINE_SHARED to the folder that holds it"
        ]


# --------------------------------------------------------------------------------- invented orders

SERTRALINE = concept(RXNORM, "312938", text="sertraline 100 MG Oral Tablet")
QUANTITY = [{"doseQuantity": {"value": 1}}]


@pytest.mark.parametrize(
    ("dosages", "written"),
    [
        pytest.param([dosage(50)], STRUCTURED, id="mg, daily"),
        pytest.param([dosage(50), {"text": "with food"}], SELDOM, id="one of two not how often"),
        pytest.param([{"doseAndRate": QUANTITY, "timing": DAILY}], BARE, id="1, daily"),
        pytest.param([{"doseAndRate": QUANTITY, "text": "1 tab"}], SELDOM, id="1, and words"),
        pytest.param(
            [{"doseAndRate": QUANTITY, "timing": {"code": {"coding": [{"code": "ONCE"}]}}}],
            ONCE,
            id="1, once",
        ),
        pytest.param([{"text": "1 tab daily"}], WORDED, id="words"),
        pytest.param([{"patientInstruction": "1 tab daily"}], WORDED, id="words to the patient"),
        pytest.param([{"timing": DAILY}], TIMED, id="daily, no quantity"),
        pytest.param([{"doseAndRate": [{"doseQuantity": {}}]}], TIMED, id="a quantity of nothing"),
        pytest.param([], NOTHING, id="nothing"),
        pytest.param([{}], NOTHING, id="an empty instruction"),
    ],
)
def test_what_an_order_writes_of_its_dose(dosages, written):
    assert written_dose(order("m1", SERTRALINE, dosages)) == written


NAMES = (
    "name,count_as_trial\nsertraline,yes\nfluoxetine / olanzapine,yes\nviloxazine,no\n",
    "Zoloft",
)


@pytest.fixture(scope="module")
def invented_truth(tmp_path_factory) -> Truth:
    """Return a truth told by two small tables and one value set."""
    folder = tmp_path_factory.mktemp("invented")
    (folder / "clinical").mkdir()
    (folder / "clinical" / "antidepressants.csv").write_text(NAMES[0], encoding="utf-8")
    brands = f"rxcui,brand\n1,{NAMES[1]}\n2,\n"
    (folder / "clinical" / "rxnorm_products.csv").write_text(brands, encoding="utf-8")
    sets = folder / "data" / "ecqm" / "valuesets" / "dqm-content-cms-2025"
    sets.mkdir(parents=True)
    held = {"system": RXNORM, "concept": [{"code": "312938", "display": "sertraline 100 MG"}]}
    name = "ValueSet-2.16.840.1.113883.3.464.1003.196.12.1213-20210306.json"
    (sets / name).write_text(json.dumps({"compose": {"include": [held]}}), encoding="utf-8")
    return read_truth(folder)


@pytest.mark.parametrize(
    ("one", "medications", "is_meant"),
    [
        pytest.param({"medicationCodeableConcept": {"text": "ZOLOFT 50"}}, [], True, id="brand"),
        pytest.param({"medicationCodeableConcept": {"text": "sertralines"}}, [], False, id="word"),
        pytest.param({"medicationCodeableConcept": concept(RXNORM, "312938")}, [], True, id="code"),
        pytest.param({"medicationCodeableConcept": concept(RXNORM, "1")}, [], False, id="no code"),
        pytest.param({"note": [{"text": "after sertraline"}]}, [], False, id="about another"),
        pytest.param({}, [{"identifier": [{"value": "Sertraline"}]}], True, id="its Medication"),
        pytest.param(
            {"medicationCodeableConcept": {"text": "olanzapine"}}, [], False, id="partner"
        ),
        pytest.param(
            {"medicationCodeableConcept": {"text": "viloxazine"}}, [], False, id="no trial"
        ),
    ],
)
def test_which_orders_are_about_an_antidepressant(one, medications, is_meant, invented_truth):
    assert invented_truth.is_antidepressant(one, medications) == is_meant


def _tally(resources: list[Json], truth: Truth, knowledge) -> Tally:
    record = PatientRecord(name="invented", values=(bundle(resources),))
    data = DataSet(name="", what="", source="", licence="", records=lambda _: iter([record]))
    return tally_of(data, PAGE, truth, knowledge)


def test_what_became_of_each_order(invented_truth, knowledge):
    lost = concept("urn:local", "77", display="")
    found = _tally(
        [
            patient(),
            order("m1", SERTRALINE, [dosage(50, "2026-01-01", "2026-03-01")]),
            order("m2", {"text": "Zoloft"}, [{"text": "as told"}], authoredOn="2026-01-01"),
            order("m3", SERTRALINE, [dosage(50)], status="draft"),
            order("m4", {**lost, "extension": []}, []),
        ],
        invented_truth,
        knowledge,
    )
    kind = "MedicationRequest"
    assert (found.orders[kind], found.meant[kind]) == (4, 3)
    assert found.recognised == {(kind, "code"): 2, (kind, "text"): 1}
    assert found.no_exposure == {"a draft": 1}
    assert known_of(found.doses, [STRUCTURED]) == (1, 1)
    assert known_of(found.doses, [WORDED]) == (0, 1)
    assert found.durations == {"a written end": 1, "only the day it was written": 1}
    assert found.set_aside == {"not-recognised": 1}
    assert not found.unmeant


def test_what_the_names_miss_is_shown(invented_truth, knowledge):
    found = _tally(
        [patient(), order("m1", {"text": "mirtazapine 15 mg"}, [])], invented_truth, knowledge
    )
    assert found.unmeant == {"mirtazapine": 1}
    assert "1 taken for mirtazapine" in page({"Synthea": found})


def test_records_of_two_patients_are_refused(invented_truth, knowledge):
    other = {**order("m1", SERTRALINE, []), "subject": {"reference": "Patient/other"}}
    found = _tally([patient(), other], invented_truth, knowledge)
    assert (found.patients, found.refused) == (1, 1)
