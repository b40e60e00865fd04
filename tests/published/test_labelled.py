"""The labelled switches, and real inpatients: what is shown, and what is never concluded.

Every labelled patient that is there shows both drugs in their order and the label's own days; none
of them is confirmed, because mentions tell neither dose nor days. Of the real inpatients of the
MIMIC-IV demo nobody is called resistant: their trazodone is a matter of hours in hospital.
"""

import csv
import json
from typing import Any

import pytest

from benchmarks.reading.sources import DATA_SETS, PatientRecord
from benchmarks.reading.tally import last_day
from tests.published.cardinal import mentions, switch
from tests.support.days import day
from tests.support.fhir import RXNORM, Json, bundle, concept, dosage, order, patient
from tests.support.published import (
    assessed,
    published_cases,
    read_case,
)
from trd.read import gather
from trd.readings import assess_gathered
from trd.report import report

AS_OF = "2018-12-31"
KEYS = ("drug_a", "drug_b", "a_first", "a_second", "b_first", "b_second")


@pytest.fixture(scope="module")
def labelled(shared, knowledge) -> list[tuple[dict[str, str], Json]]:
    """Return each labelled patient's label and assessment."""
    folder = shared / "data" / "trd-labelled"
    found = []
    with (folder / "cardinal_expected.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            path = folder / f"cardinal_{row['patient_id']}.json"
            out = report(assessed(json.loads(path.read_bytes()), knowledge, day(AS_OF)))
            found.append((row, out))
    return found


def test_switches_are_as_labelled(labelled):
    assert len(labelled) >= 3
    assert {row["two_episodes"] for row, _ in labelled} == {"0", "1"}
    for row, out in labelled:
        wanted = {key: row[key] for key in KEYS if row[key]}
        assert switch(out) == wanted, row["patient_id"]


def test_every_mention_is_shown_on_its_day(labelled, shared):
    with (shared / "data" / "trd-labelled" / "cardinal_mentions.csv").open() as rows:
        told = [(row["patient_id"], row["drug"], row["date"]) for row in csv.DictReader(rows)]
    for row, out in labelled:
        wanted: dict[str, list[int]] = {}
        for who, drug, on in told:
            if who == row["patient_id"]:
                wanted.setdefault(drug, []).append(day(on))
        assert mentions(out) == {drug: sorted(days) for drug, days in wanted.items()}


def test_each_labelled_drug_is_one_trial_in_its_order(labelled):
    for row, out in labelled:
        drugs = [trial["ingredient"] for trial in out["trials"]]
        assert len(drugs) == len(set(drugs))
        if row["drug_a"]:
            assert drugs.index(row["drug_a"]) < drugs.index(row["drug_b"])


def test_mentions_without_dose_and_days_confirm_nobody(labelled):
    for _, out in labelled:
        assert out["resistance"]["confirmed"] == 0
        assert out["resistance"]["verdict"] != "met"
        for trial in out["trials"]:
            assert (trial["dose"], trial["duration"]) == ("unknown", "unknown")
            assert not trial["counts"]


# --------------------------------------------------------------------------- inpatients of the demo


@pytest.fixture(scope="module")
def inpatients(shared, knowledge) -> list[tuple[PatientRecord, Json]]:
    """Return every patient of the demo with the assessment as of the last day recorded."""
    (data,) = (one for one in DATA_SETS if one.name == "MIMIC-IV demo")
    return [
        (one, report(assess_gathered(gather(one.values), knowledge, last_day(one.resources()))))
        for one in data.records(shared)
    ]


def test_no_inpatient_is_called_resistant(inpatients):
    assert len(inpatients) >= 50
    for record, out in inpatients:
        assert out["resistance"]["verdict"] != "met", record.name
        assert out["resistance"]["confirmed"] == 0, record.name
        assert not [trial for trial in out["trials"] if trial["counts"]], record.name


def test_the_labels_rule_finds_as_many_switches_in_our_exposures_as_in_the_orders(
    inpatients, shared
):
    """The label's rule was run on the orders; of the patients there it flags nobody."""
    with (shared / "data" / "trd-labelled" / "mimic_cardinal_rule.csv").open() as rows:
        wanted = {row["patient_id"]: row["two_episodes"] == "1" for row in csv.DictReader(rows)}
    found = {record.name: bool(switch(out)) for record, out in inpatients}
    assert wanted
    assert {name: found[name] for name in wanted} == wanted


def test_inpatient_trazodone_is_shown_and_never_adequate(inpatients):
    rows = [
        trial
        for _, out in inpatients
        for trial in out["trials"]
        if trial["ingredient"] == "trazodone"
    ]
    assert len(rows) >= 10
    assert not [row for row in rows if row["adequacy"] == "met"]


# ---------------------------------------------------------------------------------------- set aside


def _aside(out: Json) -> dict[str, str]:
    return {row["ingredient"]: row["reason"] for row in out["setAside"]}


DEPRESSED = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": {"reference": "Patient/pt-1"},
    "code": concept("http://hl7.org/fhir/sid/icd-10-cm", "F33.1"),
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "onsetDateTime": "2025-12-01",
}
BOUNDS = ("2026-01-01", "2026-04-01")
BEDTIME = {"text": "one at bedtime"}


def _order(drug: Json, mg: float, **more: Any) -> Json:
    made = dosage(mg, *BOUNDS, text=more.pop("text", None))
    no_effect = {"text": "no effect"}
    return order("m1", drug, [made], status="stopped", statusReason=no_effect, **more)


@pytest.mark.parametrize(
    ("one", "aside"),
    [
        pytest.param(
            _order(concept(RXNORM, "859193", text="selegiline hydrochloride 5 MG Oral Tablet"), 10),
            {"selegiline": "other-indication"},
            id="oral selegiline",
        ),
        pytest.param(
            _order(concept(text="bupropion hydrochloride 150 MG (Zyban)"), 300),
            {"bupropion": "smoking-cessation"},
            id="the smoking cessation product of bupropion",
        ),
        pytest.param(
            _order(concept(RXNORM, "993557"), 300, reasonCode=[{"text": "smoking cessation"}]),
            {"bupropion": "smoking-cessation"},
            id="bupropion with that reason",
        ),
        pytest.param(
            _order(concept(RXNORM, "966787", text="doxepin 3 MG Oral Tablet"), 3),
            {"doxepin": "hypnotic-use"},
            id="an insomnia strength of doxepin",
        ),
        pytest.param(
            _order(concept(RXNORM, "1000048"), 10, text=BEDTIME["text"]),
            {"doxepin": "hypnotic-use"},
            id="10 mg of doxepin at bedtime",
        ),
        pytest.param(
            _order(
                concept(RXNORM, "856377", text="trazodone 50 MG Oral Tablet"), 50, text="at bedtime"
            ),
            {"trazodone": "hypnotic-use"},
            id="50 mg of trazodone at bedtime",
        ),
    ],
)
def test_what_is_no_trial_is_set_aside_with_the_reason(one, aside, knowledge):
    held = bundle([patient(), DEPRESSED, one])
    out = report(assessed(held, knowledge, day("2026-05-01")))
    assert _aside(out) == aside
    assert all(row["because"] for row in out["setAside"])
    assert out["trials"] == []
    assert out["resistance"]["confirmed"] == out["resistance"]["possible"] == 0


def test_published_cases_of_doxepin_in_an_insomnia_strength(shared, knowledge):
    """Of CMS156: 3 mg is set aside; 10 mg ordered beside it, without a sig, stands as a trial."""
    found = {
        case.title: read_case(case, knowledge).out for case in published_cases(shared, "CMS156x")
    }
    out = found["DoxepinX2Ordered1FailedAverageDailyDose"]
    assert _aside(out) == {"doxepin": "hypnotic-use"}
    assert [trial["dose"] for trial in out["trials"]] == ["unknown"]


@pytest.mark.parametrize("measure", ["CMS2", "CMS138x", "CMS156x"])
def test_orders_without_a_depressive_trial_confirm_nobody(measure, shared, knowledge):
    """The bupropion of CMS138 helps against smoking for the measure; no order says so.

    It stands, "indication not recorded", and without a depressive diagnosis is at most possible.
    """
    for case in published_cases(shared, measure):
        out = read_case(case, knowledge).out
        assert out["resistance"]["confirmed"] == 0, case.title
        for trial in out["trials"]:
            assert not trial["counts"], case.title
            assert "indication not recorded" in trial["because"], case.title
