"""Whatever number stands in an element, the chart is read and every figure told is one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.charts import ago, assessed, depression, phq9, woman
from tests.support.fhir import bundle, concept, dosage, order
from tests.support.refills import S50, fill, to
from tests.trd.read.test_totality import places, put

EXTREME = [5e-324, 1e-310, 1e-7, 1e-6, 1e308, -1e308, -0.0, 0, 1e9, 999_999_999, -1, 10**400]


def _chart():
    """Return a chart with a number in every element of orders and dispenses that can hold one."""
    told = dosage(50, ago(200), ago(100), sequence=1)
    told["timing"]["repeat"] |= {"count": 90, "countMax": 90, "frequencyMax": 1, "periodMax": 1}
    lasting = dosage(50, sequence=1)
    lasting["timing"]["repeat"]["boundsDuration"] = {"value": 30, "code": "d"}
    followed = lasting | {"sequence": 2}
    pieces = {"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}]}
    ranged = {"low": {"value": 1, "unit": "tablet"}, "high": {"value": 2, "unit": "tablet"}}
    spread = dosage(None) | {"doseAndRate": [{"doseRange": ranged}]}
    most = {"numerator": {"value": 50, "unit": "mg"}, "denominator": {"value": 1, "unit": "d"}}
    strength = {"numerator": {"value": 50, "code": "mg"}, "denominator": {"value": 1, "code": "1"}}
    made_up = {
        "resourceType": "Medication",
        "id": "p1",
        "code": concept(text="sertraline tablet"),
        "ingredient": [{"itemCodeableConcept": concept(text="sertraline"), "strength": strength}],
    }
    held = {"medicationReference": {"reference": "Medication/p1"}}
    supply = {
        "numberOfRepeatsAllowed": 2,
        "quantity": {"value": 30, "unit": "tablet"},
        "expectedSupplyDuration": {"value": 30, "code": "d"},
    }
    plain = dosage(None) | pieces
    orders = [
        order("m1", S50, [told | {"maxDosePerPeriod": most}], authoredOn=ago(200)),
        order("m2", S50, [lasting, followed], authoredOn=ago(90), dispenseRequest=supply),
        order("m3", S50, [spread], authoredOn=ago(90), dispenseRequest=supply),
        order("m4", S50, [plain], authoredOn=ago(60)) | held,
    ]
    del orders[3]["medicationCodeableConcept"]
    fills = [
        fill("d1", S50, 200, 30, 30, dosageInstruction=[plain]),
        fill("d2", S50, 170, 30, 30, authorizingPrescription=[to("m3")]),
        fill("d3", S50, 140, 30, 30) | held,
        fill("d4", S50, 90, 30, 30, dosageInstruction=[{"text": "1 tablet daily"}]),
    ]
    del fills[2]["medicationCodeableConcept"]
    scores = [phq9("o1", 200, 20), phq9("o2", 100, 19)]
    return bundle([woman(), depression(), *scores, made_up, *orders, *fills])


CHART = _chart()


def _at(whole, path):
    for step in path:
        whole = whole[step]
    return whole


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


NUMBERS = [path for path in places(CHART) if _is_number(_at(CHART, path))]


def _told(whole):
    """Return the report of a bundle; a figure that is none is refused."""
    resources = [entry["resource"] for entry in whole["entry"]]
    return json.loads(json.dumps(assessed(*resources), allow_nan=False))


def test_the_chart_has_numbers_everywhere():
    assert {path[-1] for path in NUMBERS} >= {
        *("value", "sequence", "frequency", "frequencyMax", "period", "periodMax", "count"),
        *("countMax", "numberOfRepeatsAllowed", "valueInteger"),
    }


@pytest.mark.parametrize("path", NUMBERS)
@pytest.mark.parametrize("extreme", EXTREME)
def test_one_extreme_number_is_an_answer(path, extreme):
    assert _told(put(CHART, path, extreme))["schema"]


@given(st.lists(st.sampled_from([None, *EXTREME]), min_size=len(NUMBERS), max_size=len(NUMBERS)))
def test_extreme_numbers_together_are_an_answer(extremes):
    whole = CHART
    for path, extreme in zip(NUMBERS, extremes, strict=True):
        whole = whole if extreme is None else put(whole, path, extreme)
    assert _told(whole)["schema"]


@pytest.mark.parametrize("digits", ["9" * 400, "0." + "0" * 400 + "1", "1" + "0" * 11, "0.0000001"])
@pytest.mark.parametrize("name", ["sertraline {} mg tablet", "sertraline {} mg/1 ml solution"])
@pytest.mark.parametrize(
    "sig", ["take 1 tablet daily", "take {} mg daily", "take {} tablets daily"]
)
def test_numbers_in_words_are_an_answer(digits, name, sig):
    medication = concept(text=name.format(digits))
    said = [{"text": sig.format(digits)}]
    ordered = order("m1", medication, said, authoredOn=ago(200))
    handed = fill("d1", medication, 200, 30, 30, dosageInstruction=said)
    assert _told(bundle([woman(), depression(), ordered, handed]))["trials"]


@pytest.mark.parametrize("tiny", [1e-310, 5e-324, 1e-7])
def test_a_supply_of_next_to_no_days_is_none(tiny):
    told = fill("d1", S50, 200, 30, 30, dosageInstruction=[{"text": "1 tablet daily"}])
    bare = {name: held for name, held in told.items() if name != "daysSupply"}
    mangled = told | {"daysSupply": {"value": tiny, "code": "d"}}
    assert (
        assessed(woman(), depression(), mangled)["trials"]
        == (assessed(woman(), depression(), bare)["trials"])
    )
