"""Nothing a record can hold breaks the reader, and losing a detail never invents one."""

import contextlib
import copy
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support import vignettes
from tests.support.clothes_drugs import known
from tests.support.fhir import Json, bundle
from tests.trd.read.charts import KNOWLEDGE
from tests.trd.test_vignettes import CASES
from trd.chart import PatientChart
from trd.read import NotFhir, WrongPatient, gather, read_chart
from trd.readings import assess_gathered
from trd.report import report

AS_OF = 739_860
TYPES = (
    "Patient",
    "MedicationRequest",
    "MedicationStatement",
    "MedicationDispense",
    "Medication",
    "Condition",
    "Observation",
    "QuestionnaireResponse",
    "Procedure",
    "Device",
    "Encounter",
    "ServiceRequest",
    "Bundle",
    "OperationOutcome",
    "Basic",
)

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**400,
        -(10**400),
        1e308,
        float("nan"),
        float("inf"),
        "",
        " ",
        "NaN",
        "2026",
        "2026-02",
        "2026-02-30",
        "9999-12-31",
        "0001-01-01",
        "2026-01-01T25:61:00Z",
        "true",
        "Patient/pt-1",
        "#",
        "#x",
        "urn:uuid:x",
        "mg",
        "44261-6",
        [],
        {},
        [[]],
        [{}],
        [None],
        {"coding": {}},
        {"coding": [{"code": []}]},
        {"value": {}},
        {"reference": {}},
        {"start": "9999-12-31", "end": "0001"},
        {"repeat": {"frequency": 10**9 - 1, "period": 1e-9, "periodUnit": "s"}},
        {"value": 999_999_999, "unit": "days", "code": "d"},
    ]
)
JSON = st.recursive(
    ODD | st.text(max_size=8) | st.integers() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
RECORDS: list[list[Json]] = [vignettes.resources(case) for case in CASES[::5]]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every element below a value."""
    held = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [one for key, inner in held for one in [(*path, key), *places(inner, (*path, key))]]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return a value with one element replaced."""
    changed = copy.deepcopy(value)
    at = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = new
    return changed


def without(value: Any, path: tuple[Any, ...]) -> Any:
    """Return a value with one element taken out."""
    changed = copy.deepcopy(value)
    at = changed
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return changed


def read(resources: Any) -> PatientChart | None:
    """Read what is given; the two refusals are an answer."""
    try:
        return read_chart(
            gather([{"resourceType": "Bundle", "entry": [{"resource": r} for r in resources]}]),
            KNOWLEDGE,
        )
    except (WrongPatient, NotFhir):
        return None


@st.composite
def damaged(draw: Any) -> list[Json]:
    """Return a worked patient with some elements replaced by anything."""
    resources = draw(st.sampled_from(RECORDS))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(places(resources)[1:]))
        if path[0] < len(resources):
            try:
                resources = put(resources, path, draw(ODD | JSON))
            except (KeyError, IndexError, TypeError):
                continue
    return resources


@given(damaged())
def test_odd_values_anywhere_in_a_record_never_break_the_reader(resources):
    read(resources)


@given(damaged())
def test_odd_values_anywhere_never_break_the_assessment(resources):
    with contextlib.suppress(WrongPatient, NotFhir):  # a refusal is an answer
        report(assess_gathered(gather([bundle(resources)]), known(), AS_OF))


ELEMENTS = (
    "id",
    "meta",
    "status",
    "intent",
    "subject",
    "patient",
    "code",
    "value",
    "valueInteger",
    "valueQuantity",
    "valueCodeableConcept",
    "component",
    "item",
    "dosageInstruction",
    "dosage",
    "dispenseRequest",
    "medicationCodeableConcept",
    "medicationReference",
    "contained",
    "onsetDateTime",
    "onsetPeriod",
    "recordedDate",
    "clinicalStatus",
    "verificationStatus",
    "effectiveDateTime",
    "effectivePeriod",
    "authored",
    "authoredOn",
    "period",
    "class",
    "type",
    "reasonCode",
    "reasonReference",
    "statusReason",
    "performedDateTime",
    "deviceName",
    "name",
    "entry",
    "link",
    "total",
    "issue",
    "birthDate",
    "encounter",
    "whenHandedOver",
    "quantity",
    "daysSupply",
    "identifier",
    "ingredient",
    "modifierExtension",
    "implicitRules",
    "reportedBoolean",
    "doNotPerform",
)
RESOURCE = st.fixed_dictionaries(
    {"resourceType": st.sampled_from(TYPES)},
    optional=dict.fromkeys(ELEMENTS, JSON),
)


@given(st.lists(RESOURCE, max_size=4))
def test_arbitrary_json_in_any_element_raises_nothing_but_a_refusal(resources):
    read(resources)


@given(JSON)
def test_arbitrary_json_as_input_raises_nothing_but_a_refusal(value):
    with contextlib.suppress(WrongPatient, NotFhir):  # a refusal is an answer
        read_chart(gather([value]), KNOWLEDGE)


@given(st.data())
def test_order_and_duplicates_do_not_matter(data):
    resources = data.draw(st.sampled_from(RECORDS))
    again = data.draw(st.lists(st.sampled_from(resources), max_size=3))
    mixed = data.draw(st.permutations([*resources, *copy.deepcopy(again)]))
    assert read(mixed) == read(resources)


def facts(chart: PatientChart) -> dict[str, int]:
    """Return how much a chart knows, by kind."""
    return {
        "drugs": len(chart.medications) + len(chart.dispenses),
        "doses": sum(step.high is not None for row in chart.medications for step in row.steps),
        "scores": sum(score.total is not None for score in chart.scores),
        "items": sum(len(score.items) for score in chart.scores),
        "diagnoses": len(chart.diagnoses),
        "treatments": len(chart.procedures),
    }


CONTRADICTIONS = ("two different", "mean different", "the code means", "names several")
"""Where two entries contradict each other, losing one of them leaves the other to be believed."""


def is_status_or_whole(path: tuple[Any, ...]) -> bool:
    """Say whether an element only says that its resource must not be believed, or is a resource."""
    names = {step for step in path if isinstance(step, str)}
    doubts = {
        "status",
        "intent",
        "doNotPerform",
        "verificationStatus",
        "meta",
        "id",
        "subject",
        "patient",
    }
    return len(path) == 1 or bool(names & doubts) or "resourceType" in names


@given(st.data())
def test_erasing_a_detail_never_invents_one(data):
    resources = data.draw(st.sampled_from(RECORDS))
    kept = [path for path in places(resources) if not is_status_or_whole(path)]
    poorer = read(without(resources, data.draw(st.sampled_from(kept))))
    whole = read(resources)
    assert whole is not None
    assert poorer is not None
    assume(not any(sign in issue.what for issue in whole.issues for sign in CONTRADICTIONS))
    more = {kind: count for kind, count in facts(poorer).items() if count > facts(whole)[kind]}
    assert more == {}


@pytest.mark.parametrize("depth", [10, 100, 400])
def test_deep_nesting_is_read_as_far_as_it_goes(depth):
    item: Json = {"linkId": "/44260-8", "answer": [{"valueInteger": 1}]}
    for _ in range(depth):
        item = {"linkId": "g", "answer": [{"item": [item]}]}
    response = {
        "resourceType": "QuestionnaireResponse",
        "id": "q",
        "status": "completed",
        "subject": {"reference": "Patient/pt-1"},
        "authored": "2026-01-01",
        "item": [item],
    }
    found = read([response])
    assert found is not None
    assert len(found.scores) == (1 if depth == 10 else 0)


@pytest.mark.parametrize("on", ["2999-01-01", "2026", "2026-01"])
def test_future_and_partial_dates_are_days_like_any_other(on):
    score = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "subject": {"reference": "Patient/pt-1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "44261-6"}]},
        "effectiveDateTime": on,
        "valueInteger": 12,
    }
    assert report(assess_gathered(gather([score]), KNOWLEDGE, AS_OF))["schema"]
