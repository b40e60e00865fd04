"""From FHIR to the report: orders of one drug that renew, carry out or stand beside each other."""

import pytest

from tests.support.charts import ago, assessed, depression, product, row_of, woman
from tests.support.fhir import SUBJECT
from tests.support.refills import PLAIN, S25, S50, S100, V37, V75, V150, dated, rx, seen, to

RENEWED = [
    pytest.param(
        [rx("a", V75, 75, 200, 100), rx("b", V150, 150, 200, 100)],
        ("met", "met", 100, 225),
        id="two strengths of one day are taken together",
    ),
    pytest.param(
        [
            rx("a", V75, 75, 200, 100),
            rx("b", V150, 150, 200, 100, priorPrescription=to("a")),
        ],
        ("met", "met", 100, 150),
        id="but not where one renews the other",
    ),
    pytest.param(
        [
            rx("a", V75, 75, 200, 100, priorPrescription=to("b")),
            rx("b", V150, 150, 200, 100, priorPrescription=to("a")),
        ],
        ("met", "met", 100, 225),
        id="a circle of renewals says nothing",
    ),
    pytest.param(
        [
            rx("a", V37, 37.5, 200, 100),
            rx("b", V150, 150, 200, 100, priorPrescription=to("a")),
            rx("c", V75, 75, 200, 100, priorPrescription=to("a")),
        ],
        ("met", "met", 100, 225),
        id="two that renew one stand together",
    ),
    pytest.param(
        [
            rx("a", V37, 37.5, 200, 100),
            rx("b", V75, 75, 200, 100, priorPrescription=to("a")),
            rx("c", V150, 150, 200, 100, priorPrescription=to("b")),
        ],
        ("met", "met", 100, 150),
        id="of a chain of one day the last one stands",
    ),
    pytest.param(
        [
            rx("a", V75, 75, 200, 100),
            rx("b", V150, 150, 200, 100, priorPrescription=to("gone")),
        ],
        ("met", "met", 100, 225),
        id="nor does one that is not there",
    ),
    pytest.param(
        [
            rx("a", V75, 75, 200, 100, groupIdentifier={"system": "urn:rx", "value": "7"}),
            rx("b", V150, 150, 200, 100, groupIdentifier={"system": "urn:rx", "value": "7"}),
        ],
        ("met", "met", 100, 225),
        id="one requisition of one day is taken together",
    ),
    pytest.param(
        [
            rx("a", V75, 75, 200, 100, groupIdentifier={"value": "7"}),
            rx("b", V150, 150, 197, 100, groupIdentifier={"value": "7"}),
        ],
        ("met", "met", 97, 150),
        id="a later start of one requisition replaces",
    ),
    pytest.param(
        [
            rx("a", V150, 150, 200, None, status="stopped"),
            rx("b", V75, 75, 200, 100),
        ],
        ("unknown", "unknown", 0, 225),
        id="one stopped, one that goes on: the sum is the most",
    ),
]


@pytest.mark.parametrize(("resources", "told"), RENEWED)
def test_two_orders_of_one_day(resources, told):
    assert seen(*resources, name="venlafaxine") == told
    assert seen(*reversed(resources), name="venlafaxine") == told


CORRECTED = [
    pytest.param(
        [rx("a", S25, 25, 200, None, status="stopped"), rx("b", S50, 25, 200, 100)],
        ("unknown", "unknown", 0, 50),
        id="25 and perhaps 25 more reach 50 or not",
    ),
    pytest.param(
        [rx("a", S25, 25, 200, None, status="stopped"), rx("b", S50, 50, 200, 100)],
        ("met", "met", 100, 75),
        id="what goes on reaches it alone",
    ),
    pytest.param(
        [
            rx("a", S25, 25, 200, None, status="stopped", groupIdentifier={"value": "7"}),
            rx("b", S50, 50, 200, 100, groupIdentifier={"value": "7"}),
        ],
        ("met", "met", 100, 75),
        id="both of one requisition",
    ),
    pytest.param(
        [rx("a", S25, None, 200, None, status="stopped"), rx("b", S50, 50, 200, 100)],
        ("unknown", "unknown", 0, None),
        id="an unknown dose beside it is unknown",
    ),
    pytest.param(
        [rx("a", S50, 50, 200, 100), rx("b", S50, 25, 200, 100)],
        ("unknown", "unknown", 0, 50),
        id="one strength, two doses: either of them",
    ),
    pytest.param(
        [rx("a", PLAIN, 25, 200, 100), rx("b", S50, 50, 200, 100)],
        ("unknown", "unknown", 0, 75),
        id="an unknown strength may be the same: one of them or both",
    ),
    pytest.param(
        [rx("a", PLAIN, 50, 200, 100), rx("b", S50, 50, 200, 100)],
        ("met", "met", 100, 50),
        id="an unknown strength of one dose is told twice",
    ),
]

BY_DATE = [
    pytest.param(
        [dated("a", S25, 25, 100, status="active"), dated("b", S50, 25, 100, status="active")],
        ("met", "unknown", 0, 50),
        id="two known by one date add up",
    ),
    pytest.param(
        [dated("a", S25, 25, 100, status="active"), dated("b", S25, 25, 100, status="active")],
        ("not-met", "not-met", 0, 25),
        id="of one strength they are one",
    ),
    pytest.param(
        [dated("a", S25, 25, 100), dated("b", S50, 25, 100), dated("c", S50, 50, 60)],
        ("unknown", "not-met", 0, 50),
        id="and so do the days to the next order",
    ),
    pytest.param(
        [rx("a", S25, 25, 200, 100), dated("b", S50, 25, 200, status="active")],
        ("unknown", "unknown", 0, 50),
        id="one may have been taken as long as the other",
    ),
    pytest.param(
        [rx("a", S25, 25, 200, 100), dated("b", S50, 25, 200)],
        ("not-met", "not-met", 0, 25),
        id="one of a day only has no days",
    ),
]


@pytest.mark.parametrize(("resources", "told"), CORRECTED + BY_DATE)
def test_a_correction_of_one_day(resources, told):
    assert seen(*resources) == told
    assert seen(*reversed(resources)) == told


CHAINED = [
    pytest.param(
        [rx("a", S50, 50, 250, status="stopped"), rx("b", S50, 50, 200, 150)],
        ("met", "met", 50, 50),
        id="a stopped order without an end stays open before an unlinked one",
    ),
    pytest.param(
        [
            rx("a", S50, 50, 250, status="stopped"),
            rx("b", S50, 50, 200, 150, priorPrescription=to("a")),
        ],
        ("met", "met", 100, 50),
        id="renewed, it ends the day before",
    ),
    pytest.param(
        [
            rx("a", S50, 50, 250, status="completed"),
            rx("b", S50, 50, 220, status="stopped", priorPrescription=to("a")),
            rx("c", S50, 50, 190, 150, priorPrescription=to("b")),
        ],
        ("met", "met", 100, 50),
        id="each of a chain ends where the next starts",
    ),
    pytest.param(
        [
            dated("a", S50, 50, 250),
            rx("b", S50, 50, 200, 180, priorPrescription=to("a")),
        ],
        ("met", "unknown", 20, 50),
        id="known by its date only, its days stay possible",
    ),
    pytest.param(
        [
            dated("a", S50, 50, 221),
            rx("b", S50, 50, 100, 80, priorPrescription=to("a")),
        ],
        ("met", "not-met", 20, 50),
        id="but not over more than 120 days",
    ),
    pytest.param(
        [
            rx("a", S50, 50, 700, status="stopped"),
            rx("b", S50, 50, 334, 300, priorPrescription=to("a")),
        ],
        ("met", "unknown", 34, 50),
        id="366 days later the renewal tells no end",
    ),
]


@pytest.mark.parametrize(("resources", "told"), CHAINED)
def test_renewals_one_after_the_other(resources, told):
    assert seen(*resources) == told
    assert seen(*reversed(resources)) == told


def test_the_end_before_a_renewal_is_not_inferred_from_another_drug():
    made = [
        rx("a", S50, 50, 250, status="stopped"),
        rx("b", S50, 50, 200, status="stopped", priorPrescription=to("a")),
        rx("c", product("venlafaxine"), 150, 150, 50),
    ]
    row = row_of(assessed(woman(), depression(), *made), "sertraline")
    assert (row["start"], row["end"], row["endInferred"]) == (ago(250), ago(151), True)
    assert row["daysAtOrAboveMinimum"] == 99


def test_another_drug_before_the_renewal_ends_the_first_order():
    made = [
        rx("a", S50, 50, 250, status="stopped"),
        rx("c", product("venlafaxine"), 150, 200, 120),
        rx("b", S50, 50, 100, 50, priorPrescription=to("a")),
    ]
    out = assessed(woman(), depression(), *made)
    assert row_of(out, "sertraline")["daysAtOrAboveMinimum"] == 50


def test_a_renewal_of_another_drug_changes_no_dose():
    made = [
        rx("a", S50, 50, 250, 150),
        rx(
            "b", product("venlafaxine"), 150, 250, 150, priorPrescription=to("a"), basedOn=[to("a")]
        ),
    ]
    out = assessed(woman(), depression(), *made)
    assert row_of(out, "sertraline")["highestDailyDoseMg"] == 50
    assert row_of(out, "venlafaxine")["highestDailyDoseMg"] == 150


CARRIED_OUT = [
    pytest.param(
        [rx("a", PLAIN, 100, 200, 100), rx("b", S50, 100, 200, 100, basedOn=[to("a")])],
        ("met", "met", 100, 100),
        id="an order and the one that carries it out are one",
    ),
    pytest.param(
        [rx("a", S100, 100, 200, 100), rx("b", S50, 50, 200, 100, basedOn=[to("a")])],
        ("met", "met", 100, 100),
        id="disagreeing, the dose is between them",
    ),
    pytest.param(
        [rx("a", S100, 100, 200, 100), rx("b", S25, 25, 200, 100, basedOn=[to("a")])],
        ("unknown", "unknown", 0, 100),
        id="which may lie across the minimum",
    ),
    pytest.param(
        [rx("a", S100, 100, 200, 100), rx("b", S50, None, 200, 100, basedOn=[to("a")])],
        ("unknown", "unknown", 0, None),
        id="one unknown dose is unknown",
    ),
    pytest.param(
        [rx("a", S50, None, 200, 100), rx("b", S50, 50, 200, 100, basedOn=[to("a")])],
        ("unknown", "unknown", 0, None),
        id="whichever it is",
    ),
    pytest.param(
        [rx("a", S50, 50, 200, 100), rx("b", S50, 50, 200, 170, basedOn=[to("a")])],
        ("met", "unknown", 30, 50),
        id="days not carried out are possible only",
    ),
    pytest.param(
        [
            rx("a", product("venlafaxine"), 225, 200, 100),
            rx("b", V75, 75, 200, 100, basedOn=[to("a")]),
            rx("c", V150, 150, 200, 100, basedOn=[to("a")]),
        ],
        ("met", "met", 100, 225),
        id="two that carry it out add up to it",
    ),
    pytest.param(
        [
            rx("a", S50, 50, 200, status="stopped"),
            rx("b", S50, 50, 200, 150, basedOn=[to("a")]),
        ],
        ("met", "met", 50, 50),
        id="of one without an end the days carried out are sure",
    ),
    pytest.param(
        [rx("a", S50, 50, 200, 100), dated("b", S50, 50, 180, basedOn=[to("a")])],
        ("met", "met", 100, 50),
        id="one known by its date takes no days away",
    ),
    pytest.param(
        [
            rx("a", S50, 50, 200, 100),
            rx("b", S50, 50, 200, status="stopped", basedOn=[to("a")]),
        ],
        ("met", "met", 100, 50),
        id="nor one without an end",
    ),
    pytest.param(
        [
            rx("a", S50, 50, 200, 100, basedOn=[to("b")]),
            rx("b", S50, 50, 200, 100, basedOn=[to("a")]),
        ],
        ("met", "unknown", 0, 50),
        id="each based on the other: neither is sure",
    ),
]


@pytest.mark.parametrize(("resources", "told"), CARRIED_OUT)
def test_an_order_and_the_one_that_carries_it_out(resources, told):
    name = "venlafaxine" if told[3] == 225 else "sertraline"
    assert seen(*resources, name=name) == told
    assert seen(*reversed(resources), name=name) == told


@pytest.mark.parametrize(
    "reference",
    [
        "MedicationRequest/a",
        "http://ehr.example.org/fhir/MedicationRequest/a",
        "MedicationRequest/a/_history/3",
    ],
)
def test_a_link_may_be_written_in_several_ways(reference):
    made = [rx("a", V75, 75, 200, 100), rx("b", V150, 150, 200, 100)]
    made[1]["priorPrescription"] = {"reference": reference}
    assert seen(*made, name="venlafaxine")[3] == 150


def test_a_statement_that_only_names_its_order_is_no_exposure_of_its_own():
    statement = {
        "resourceType": "MedicationStatement",
        "id": "s",
        "status": "completed",
        "subject": SUBJECT,
        "medicationCodeableConcept": S50,
        "dateAsserted": ago(20),
        "derivedFrom": [to("a")],
    }
    made = [rx("a", S50, 50, 250, 150), statement]
    row = row_of(assessed(woman(), depression(), *made), "sertraline")
    assert row["evidence"] == ["MedicationRequest/a"]
    alone = [made[0], statement | {"derivedFrom": [to("else")]}]
    row = row_of(assessed(woman(), depression(), *alone), "sertraline")
    assert row["evidence"] == ["MedicationRequest/a", "MedicationStatement/s"]
