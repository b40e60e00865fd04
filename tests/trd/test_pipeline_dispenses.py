"""From FHIR to the report: what was handed over, on which order, in which strengths."""

import pytest

from tests.support.charts import ago, assessed, depression, handed_over, product, row_of, woman
from tests.support.fhir import RXNORM, concept, dosage, order
from tests.support.refills import S25, S50, S100, V75, V150, dated, fill, rx, seen, to

NAMELESS = {"coding": [{"system": "urn:local", "code": "12345"}]}


def test_a_dispense_without_a_drug_is_of_its_order_s():
    tied = fill("d", NAMELESS, 200, authorizingPrescription=[to("a")])
    out = assessed(woman(), depression(), rx("a", S50, 50, 200, 100), tied)
    row = row_of(out, "sertraline")
    assert "MedicationDispense/d" in row["evidence"]
    assert row["daysAtOrAboveMinimum"] == 30
    (issue,) = [one for one in out["issues"] if one["resource"] == "MedicationDispense/d"]
    assert issue["effect"] == "the drug is that of its order"


@pytest.mark.parametrize(
    ("tied", "shown"),
    [
        pytest.param(fill("d", NAMELESS, 200), True, id="it names no order"),
        pytest.param(
            fill("d", NAMELESS, 200, authorizingPrescription=[to("gone")]), True, id="a lost one"
        ),
        pytest.param(
            fill("d", NAMELESS, 200, authorizingPrescription=[to("a"), to("b")]), True, id="two"
        ),
        pytest.param(
            fill("d", NAMELESS, 200, authorizingPrescription=[to("c")]), True, id="a mistaken one"
        ),
        pytest.param(
            fill("d", NAMELESS, 200, authorizingPrescription=[to("e")]),
            True,
            id="an unreadable one",
        ),
        pytest.param(
            fill("d", NAMELESS, 200, authorizingPrescription=[to("f")]), True, id="an ordinary one"
        ),
        pytest.param(
            fill("d", concept(text="lisinopril"), 200, authorizingPrescription=[to("a")]),
            False,
            id="its own drug wins",
        ),
    ],
)
def test_a_dispense_is_not_taken_for_another_drug(tied, shown):
    lost = rx("e", S50, 50, 200, 100, medicationReference=to("lost", "Medication"))
    del lost["medicationCodeableConcept"]
    made = [
        rx("a", S50, 50, 200, 100),
        rx("b", product("venlafaxine"), 150, 200, 100),
        rx("c", S50, 50, 200, 100, status="entered-in-error"),
        lost,
        rx("f", concept(text="lisinopril 10 mg"), 10, 200, 100),
        tied,
    ]
    out = assessed(woman(), depression(), *made)
    assert row_of(out, "sertraline")["evidence"] == ["MedicationRequest/a"]
    aside = {ref for row in out["setAside"] for ref in row["evidence"]}
    assert ("MedicationDispense/d" in aside) is shown


SEQUENCES = [
    pytest.param(
        [dated("a", S50, 50, 200), *(fill(f"d{on}", S50, on) for on in (200, 170, 140, 110))],
        120,
        id="supply goes on after the date of an order",
    ),
    pytest.param(
        [
            order(
                "a",
                S50,
                [dosage(50)],
                status="completed",
                authoredOn=ago(200),
                dispenseRequest={"expectedSupplyDuration": {"value": 30, "code": "d"}},
            ),
            *(fill(f"d{on}", S50, on) for on in (200, 170, 140)),
        ],
        90,
        id="supply goes on after that of the order",
    ),
    pytest.param(
        [
            rx("a", S50, 50, 200, 150),
            fill("d1", S50, 200),
            fill("d2", S50, 100, authorizingPrescription=[to("a")]),
        ],
        30,
        id="what an ended order still gave is none",
    ),
    pytest.param(
        [rx("a", S50, 50, 200, 100), fill("d1", S50, 200), fill("d2", S50, 170, status="declined")],
        30,
        id="a reversed fill is none",
    ),
    pytest.param(
        [rx("a", S50, 50, 200, 100), fill("d1", S50, 200), fill("d1", S50, 200)],
        30,
        id="one fill told twice",
    ),
    pytest.param(
        [
            rx("a", S50, 50, 200, 100),
            fill("d1", S50, 200, 30, 15, dosageInstruction=[dosage(50)]),
        ],
        0,
        id="half the tablets for the days: not sure to reach the minimum",
    ),
    pytest.param(
        [rx("a", S50, 50, 300, 100), fill("d1", S50, 300, 90), fill("d2", S50, 240, 90)],
        180,
        id="30 days left over are carried on",
    ),
    pytest.param(
        [rx("a", S50, 50, 300, 100), fill("d1", S50, 300, 90), fill("d2", S50, 260, 90)],
        160,
        id="of 50 days thirty are",
    ),
    pytest.param(
        [rx("a", S50, 50, 200, 100), fill("d0", S50, 210), fill("d1", S50, 180)],
        60,
        id="a dispense before its order",
    ),
]


@pytest.mark.parametrize(("resources", "days"), SEQUENCES)
def test_a_sequence_of_dispenses(resources, days):
    assert seen(*resources)[2] == days
    assert seen(*reversed(resources))[2] == days


def test_supply_that_goes_on_is_one_exposure_and_runs():
    made = [*(fill(f"d{on}", S50, on) for on in range(200, 0, -30))]
    supply = {"expectedSupplyDuration": {"value": 30, "code": "d"}}
    made.append(
        order("a", S50, [dosage(50)], status="active", authoredOn=ago(200), dispenseRequest=supply)
    )
    row = row_of(assessed(woman(), depression(), *made), "sertraline")
    assert (row["start"], row["ongoing"]) == (ago(200), True)
    assert row["daysAtOrAboveMinimum"] == 200


STRENGTHS = [
    pytest.param(
        [rx("a", product("venlafaxine"), 225, 200, 100)],
        [fill("d1", V75, 200, 30, 30), fill("d2", V150, 200, 30, 30)],
        225,
        id="they add up to the order's dose",
    ),
    pytest.param(
        [rx("a", product("venlafaxine"), 225, 200, 100)],
        [fill("d1", V75, 200), fill("d2", V150, 200)],
        225,
        id="without a number of units the order's dose is that of both",
    ),
    pytest.param(
        [rx("a", product("venlafaxine"), 225, 200, 100)],
        [fill("d1", V75, 200, 30), fill("d2", V150, 200, 60)],
        None,
        id="of different days it cannot be shared out",
    ),
    pytest.param(
        [rx("a", product("venlafaxine"), 300, 200, 100)],
        [fill("d1", V75, 200, 30, 30), fill("d2", V150, 200, 30, 30)],
        None,
        id="the order tells another dose",
    ),
    pytest.param(
        [],
        [
            fill("d1", V75, 200, dosageInstruction=[dosage(75)]),
            fill("d2", V150, 200, dosageInstruction=[dosage(150)]),
        ],
        225,
        id="each tells its own",
    ),
    pytest.param(
        [rx("a", product("venlafaxine"), 225, 200, 100)],
        [
            fill("d1", V75, 200, dosageInstruction=[dosage(75)]),
            fill("d2", V150, 200),
        ],
        None,
        id="one tells its own, the other nothing",
    ),
]


@pytest.mark.parametrize(("orders", "fills", "highest"), STRENGTHS)
def test_two_strengths_handed_over_on_one_day(orders, fills, highest):
    assert seen(*orders, *fills, name="venlafaxine")[3] == highest
    assert seen(*reversed(fills), *orders, name="venlafaxine")[3] == highest


CONTRADICTED = [
    pytest.param(30, 30, 50, (30, 50), id="a tablet a day"),
    pytest.param(30, 30, 100, (15, 100), id="two a day last half as long"),
    pytest.param(60, 30, 50, (30, 100), id="twice as many tablets"),
]


@pytest.mark.parametrize(("count", "days", "mg", "told"), CONTRADICTED)
def test_days_supply_against_the_instruction(count, days, mg, told):
    found = seen(fill("d", S50, 200, days, count, dosageInstruction=[dosage(mg)]))
    assert (found[2], found[3]) == told


def test_a_dispense_takes_its_dose_from_the_order_it_names():
    made = [rx("a", S50, 50, 200, 100), rx("b", S100, 100, 190, 100)]
    tied = fill("d", concept(RXNORM, "36437", text="sertraline"), 185)
    assert seen(*made, tied)[3] == 100
    assert seen(*made, tied | {"authorizingPrescription": [to("a")]})[3] == 50


# --------------------------------------------------------------------------------- another use


def for_pain(local, start, end):
    """Return an order of duloxetine for pain."""
    reason = {"reasonCode": [{"text": "neuropathic pain"}]}
    return rx(local, product("duloxetine"), 60, start, end, **reason)


@pytest.mark.parametrize(
    ("made", "trials"),
    [
        pytest.param([for_pain("a", 200, 100)], 0, id="of its time"),
        pytest.param([for_pain("a", 169, 100)], 0, id="up to 30 days before"),
        pytest.param([for_pain("a", 168, 100)], 1, id="31 days before is another matter"),
        pytest.param([for_pain("a", 400, 229)], 0, id="and up to 30 days after"),
        pytest.param([for_pain("a", 400, 230)], 1, id="31 days after is another matter"),
        pytest.param(
            [for_pain("a", 200, 100), rx("b", product("duloxetine"), 60, 300, 250)],
            1,
            id="another order of the drug may be its own",
        ),
    ],
)
def test_what_was_handed_over_for_another_use(made, trials):
    given = [handed_over("d", "duloxetine", 199, 30)]
    out = assessed(woman(), depression(), *made, *given)
    found = [row for row in out["trials"] if "MedicationDispense/d" in row["evidence"]]
    aside = [row for row in out["setAside"] if "MedicationDispense/d" in row["evidence"]]
    assert (len(found), len(aside)) == (trials, 1 - trials)


def test_a_dispense_is_set_aside_with_the_order_it_names():
    made = [for_pain("a", 600, 500), rx("b", product("duloxetine"), 60, 300, 100)]
    given = handed_over("d", "duloxetine", 280, 90)
    free = assessed(woman(), depression(), *made, given)
    tied = assessed(woman(), depression(), *made, given | {"authorizingPrescription": [to("a")]})
    assert "MedicationDispense/d" in row_of(free, "duloxetine")["evidence"]
    assert "MedicationDispense/d" not in row_of(tied, "duloxetine")["evidence"]


def test_a_dispense_of_the_future_is_an_issue():
    out = assessed(woman(), depression(), rx("a", S50, 50, 60), fill("d", S50, -3))
    assert [row["resource"] for row in out["issues"]] == ["MedicationDispense/d"]
    assert row_of(out, "sertraline")["evidence"] == ["MedicationRequest/a"]


def in_parts(local, part, *, with_dose=True):
    """Return a dispense of 25 mg for a part of the day."""
    made = dosage(25 if with_dose else None)
    made["timing"]["repeat"]["when"] = [part]
    return fill(local, S25, 200, dosageInstruction=[made])


@pytest.mark.parametrize(
    ("fills", "highest"),
    [
        pytest.param([in_parts("d1", "MORN"), in_parts("d2", "HS")], 50, id="two parts of a day"),
        pytest.param([in_parts("d1", "MORN"), in_parts("d2", "MORN")], 25, id="one, twice"),
        pytest.param(
            [in_parts(f"d{part}", part, with_dose=False) for part in ("MORN", "HS")],
            None,
            id="without a dose",
        ),
    ],
)
def test_one_strength_handed_over_twice_on_one_day(fills, highest):
    assert seen(*fills)[3] == highest


def test_the_dose_of_an_order_is_that_of_all_it_gave_on_one_day():
    fills = [in_parts(f"d{part}", part, with_dose=False) for part in ("MORN", "HS")]
    assert seen(rx("a", S25, 50, 200, 100), *fills)[3] == 50


def test_another_drug_handed_over_on_an_order_set_aside_is_its_own():
    made = [for_pain("a", 200, 100)]
    given = fill("d", S50, 190, authorizingPrescription=[to("a")])
    out = assessed(woman(), depression(), *made, given)
    assert row_of(out, "sertraline")["evidence"] == ["MedicationDispense/d"]


TITRATION = [dosage(25, ago(200), ago(193)), dosage(50, ago(192), ago(170))]


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        pytest.param(TITRATION, ("unknown", 50), id="one of its doses"),
        pytest.param(
            [*TITRATION, dosage(None, ago(169), ago(150))],
            ("unknown", None),
            id="one is unknown",
        ),
    ],
)
def test_a_titration_pack_has_no_average_dose(steps, told):
    found = seen(fill("d", S50, 200, 30, 51, dosageInstruction=steps))
    assert (found[0], found[3]) == told


NINETY = rx("a", S50, 50, 300, 210)
LENGTHLESS = handed_over("d2", "sertraline", 280, medicationCodeableConcept=S50)
UNDATED = fill("d2", S50, 280, 10, whenHandedOver=None)


@pytest.mark.parametrize(
    ("fills", "told"),
    [
        pytest.param([fill("d2", S50, 280, 10)], ("met", "not-met", 20, 50), id="both told"),
        pytest.param([LENGTHLESS], ("met", "unknown", 10, 50), id="one tells no length"),
        pytest.param([UNDATED], ("met", "unknown", 10, 50), id="one tells no day"),
        pytest.param(
            [LENGTHLESS, fill("d3", S50, 260, 50)],
            ("met", "met", 50, 50),
            id="what is known is enough",
        ),
        pytest.param(
            [LENGTHLESS | {"whenHandedOver": ago(205)}],
            ("met", "not-met", 10, 50),
            id="handed over after the written end",
        ),
    ],
)
def test_what_was_handed_over_is_known_in_part(fills, told):
    given = [NINETY, fill("d1", S50, 300, 10), *fills]
    assert seen(*given) == told
    assert seen(*reversed(given)) == told


def test_a_hand_over_that_tells_no_length_covers_its_day_of_an_order():
    assert seen(NINETY, LENGTHLESS) == ("met", "unknown", 0, 50)


def test_what_is_known_in_part_may_reach_beyond_a_running_order_s_supply():
    supply = {"expectedSupplyDuration": {"value": 10, "code": "d"}}
    ordered = order(
        "a", S50, [dosage(50)], status="completed", authoredOn=ago(300), dispenseRequest=supply
    )
    fills = [fill("d1", S50, 300, 50), LENGTHLESS | {"whenHandedOver": ago(260)}]
    row = row_of(assessed(woman(), depression(), ordered, *fills), "sertraline")
    assert (row["duration"], row["end"], row["ongoing"]) == ("met", ago(251), False)
    running = rx("a", S50, 50, 300)
    row = row_of(assessed(woman(), depression(), running, *fills), "sertraline")
    assert (row["duration"], row.get("end"), row["ongoing"]) == ("met", None, True)
