"""CMS128: 84 of 115 and 180 of 232 days covered from dispensing, on every published case there.

The measure carries all of an early refill's surplus on, we at most 30 days of it (rule R1); a test
shows that no published case depends on it. The edges the published cases leave out are invented
here: one day less, one day more, and a refill that came early.
"""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from tests.published.cms128 import covered, populations, spans
from tests.support.fhir import ICD, RXNORM, SUBJECT, Json, bundle, concept, patient
from tests.support.published import Case, ReadCase, assessed, published_cases, read_case
from trd.report import report

DESIPRAMINE = concept(RXNORM, "1099316", display="desipramine hydrochloride 75 MG Oral Tablet")
INDEX = date(2026, 1, 1)


@pytest.fixture(scope="module")
def cases(shared, knowledge) -> list[tuple[Case, ReadCase]]:
    return [(case, read_case(case, knowledge)) for case in published_cases(shared, "CMS128")]


def test_the_cases_are_there(cases):
    assert len(cases) >= 36


@pytest.mark.parametrize("population", ["initial-population", "denominator"])
def test_who_is_counted(population, cases):
    differ = {
        case.name: case.title
        for case, read in cases
        for group in ("g1", "g2")
        if case.expected[f"{group}.{population}"] != populations(case, read)[population]
    }
    assert not differ


@pytest.mark.parametrize("numerator", ["g1.numerator", "g2.numerator"])
def test_days_covered_in_the_acute_and_in_the_continuation_phase(numerator, cases):
    differ = {
        case.name: case.title
        for case, read in cases
        if case.expected[numerator] != populations(case, read)[numerator]
    }
    assert not differ


def test_the_published_acute_verdicts_are_of_both_kinds(cases):
    assert {case.expected["g1.numerator"] for case, _ in cases} == {0, 1}


def test_treatment_before_the_index_day(cases):
    """Hospice care, the measure's other exclusion, is not read: its cases say so in their title."""
    differ = {
        case.name: case.title
        for case, read in cases
        if case.expected["g1.denominator-exclusion"] != populations(case, read)["treated-before"]
        and not case.title.startswith("Hospice")
    }
    assert not differ


def test_no_published_case_depends_on_how_much_of_an_early_refill_is_carried_on(cases):
    for case, read in cases:
        handed = sorted(spans(read.out, "MedicationDispense"))
        assert all(end < start for (_, end), (start, _) in pairwise(handed)), case.name
        assert sum(end - start + 1 for start, end in handed) == _days_handed_over(case), case.name


def _days_handed_over(case: Case) -> int:
    held = [entry["resource"] for entry in case.bundle["entry"]]
    return sum(
        one["daysSupply"]["value"] for one in held if one["resourceType"] == "MedicationDispense"
    )


# ------------------------------------------------------------------------------- invented patients


def _on(after: int) -> str:
    return (INDEX + timedelta(days=after)).isoformat()


def _dispense(after: int, days: int) -> Json:
    return {
        "resourceType": "MedicationDispense",
        "id": f"d{after}",
        "status": "completed",
        "subject": SUBJECT,
        "medicationCodeableConcept": DESIPRAMINE,
        "daysSupply": {"value": days, "code": "d", "system": "http://unitsofmeasure.org"},
        "whenHandedOver": _on(after),
    }


def _earlier_order(last: int) -> Json:
    bounds = {"start": _on(last - 200), "end": _on(last)}
    return {
        "resourceType": "MedicationRequest",
        "id": "before",
        "status": "active",
        "intent": "order",
        "subject": SUBJECT,
        "medicationCodeableConcept": DESIPRAMINE,
        "authoredOn": _on(last - 200),
        "dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": bounds}}}],
    }


def _populations(resources: list[Json], knowledge) -> dict[str, int]:
    case, read = _invented(resources, knowledge)
    return populations(case, read)


def _invented(resources: list[Json], knowledge) -> tuple[Case, ReadCase]:
    visit = {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": SUBJECT,
        "period": {"start": _on(0), "end": _on(0)},
    }
    diagnosis = {
        "resourceType": "Condition",
        "id": "c1",
        "subject": SUBJECT,
        "code": concept(ICD, "F33.1"),
        "onsetDateTime": _on(0),
    }
    made = Case(
        name="invented",
        title="",
        first=INDEX.toordinal(),
        last=date(2026, 12, 31).toordinal(),
        expected={},
        bundle=bundle([patient(), visit, diagnosis, *resources]),
    )
    found = assessed(made.bundle, knowledge, made.last)
    return made, ReadCase(chart=found.chart, out=report(found))


@pytest.mark.parametrize(
    ("supplies", "acute", "continued"),
    [
        pytest.param([(0, 83)], 0, 0, id="83 days in a row"),
        pytest.param([(0, 84)], 1, 0, id="84 days in a row"),
        pytest.param([(0, 42), (72, 42)], 1, 0, id="84 days with a gap of 30 between"),
        pytest.param([(0, 42), (73, 42)], 1, 0, id="84 days, the last one the 115th"),
        pytest.param([(0, 42), (74, 42)], 0, 0, id="84 days, the last one after the 115th"),
        pytest.param([(0, 50), (115, 120)], 0, 0, id="after the acute phase is too late for it"),
        pytest.param([(0, 179)], 1, 0, id="179 days in a row"),
        pytest.param([(0, 180)], 1, 1, id="180 days in a row"),
        pytest.param([(0, 90), (142, 90)], 1, 1, id="180 days, the last one the 232nd"),
        pytest.param([(0, 90), (143, 90)], 1, 0, id="180 days, the last one after the 232nd"),
        pytest.param([(0, 30), (25, 30), (50, 30)], 1, 0, id="refills five days early carry on"),
    ],
)
def test_the_edges(supplies, acute, continued, knowledge):
    found = _populations([_dispense(*one) for one in supplies], knowledge)
    assert (found["initial-population"], found["g1.numerator"], found["g2.numerator"]) == (
        1,
        acute,
        continued,
    )


@pytest.mark.parametrize(("last", "is_treated"), [(-106, 0), (-105, 1)])
def test_an_order_that_ends_106_days_before_is_over_one_that_ends_105_days_before_is_not(
    last, is_treated, knowledge
):
    found = _populations([_earlier_order(last), _dispense(0, 90)], knowledge)
    assert found["treated-before"] == is_treated


def test_more_than_thirty_days_of_surplus_are_not_carried_on_as_the_measure_would(knowledge):
    """Two supplies of 90 days, the second 50 days early: the measure counts 180, we count 160."""
    _, read = _invented([_dispense(0, 90), _dispense(40, 90)], knowledge)
    first = INDEX.toordinal()
    assert covered(spans(read.out, "MedicationDispense"), first, first + 231) == 160
