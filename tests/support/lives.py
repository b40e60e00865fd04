"""Hypothesis strategies of whole charts, dressed as real systems write them.

A life is one to three antidepressants one after the other or overlapping, each ordered in one of
the ways records have (bounds, supply, quantity, validity, a date alone, renewals, titrations, words
only), perhaps handed over, with PHQ-9s around them and whatever else a chart holds. Days are days
before ``AS_OF``.
"""

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.support.charts import KNOWLEDGE, ago, depression, diagnosed, handed_over, phq9, woman
from tests.support.fhir import (
    CPT,
    ICD,
    RXNORM,
    SUBJECT,
    UCUM,
    Json,
    concept,
    dosage,
    observation,
    order,
)

DOSES = {
    "sertraline": (25, 50, 100, 200),
    "citalopram": (10, 20, 40),
    "escitalopram": (5, 10, 20),
    "mirtazapine": (7.5, 15, 45),
    "fluoxetine": (10, 20, 60),
    "venlafaxine": (37.5, 75, 150),
    "bupropion": (75, 150, 300),
    "trazodone": (50, 150, 300),
    "duloxetine": (20, 30, 60),
}
"""Strengths on the market, below, at and above the minimum dose."""
FAILING = ("sertraline", "citalopram", "mirtazapine", "fluoxetine", "escitalopram")
WAYS = ("bounds", "supply", "quantity", "validity", "date alone", "renewals", "steps", "words")
STOPPED = (None, None, None, "no effect", "nausea", "remission", "not taking it", "moved away")
PLAIN_SIGS = (
    "Take 1 tablet by mouth daily",
    "1-2 tablets every morning",
    "as needed",
    "as directed",
)
HARMLESS = (None, None, "moved away")
SIGS = (
    "Take 1 tablet by mouth daily",
    "take 2 tabs po qhs",
    "1/2 tab daily",
    "1-2 tablets every morning",
    "1 tablet as needed for sleep",
    "as directed",
)
PERHAPS = st.sampled_from([False, False, True])


def tablet(name: str, mg: float) -> Json:
    """Return the concept of one tablet of a strength, by code and in words."""
    code = next(
        code
        for code, made in sorted(KNOWLEDGE.products.items())
        if made.ingredient == name and made.strength_mg == mg and made.factor == 1
        if not made.special_use and not made.weekly and made.release is not None
    )
    return concept(RXNORM, code, text=f"{name} {mg:g} MG Oral Tablet")


def _supplied(way: str, start: int, days: int) -> Json:
    """Return what a dispenseRequest says of so many days."""
    if way == "supply":
        return {"expectedSupplyDuration": {"value": days, "unit": "days", "code": "d"}}
    if way == "quantity":
        return {"quantity": {"value": days, "unit": "tablet"}, "numberOfRepeatsAllowed": 0}
    return {"validityPeriod": {"start": ago(start), "end": ago(start - days)}}


def _instructions(way: str, mg: float, start: int, end: int | None, sig: str | None) -> list[Json]:
    bounded = way in {"bounds", "renewals"}
    if way == "words":
        return [{"text": sig or "Take 1 tablet by mouth daily"}]
    if way == "steps":
        middle = start - 14
        return [
            dosage(mg / 2, ago(start), ago(middle)),
            dosage(mg, ago(middle), ago(end), sig),
        ]
    first, last = (ago(start), ago(end)) if bounded else (None, None)
    return [dosage(mg, first, last, sig)]


def _order(local: str, name: str, mg: float, way: str, start: int, end: int | None, **more: Any):
    sig, every = more.pop("sig"), more.pop("every", 1)
    extra: Json = {"status": "active" if end is None else "completed", "authoredOn": ago(start)}
    if way in {"supply", "quantity", "validity"}:
        length = 90 if end is None else max(start - end, 1)
        extra["dispenseRequest"] = _supplied(way, start, length)
    dosages = _instructions(way, mg, start, end, sig)
    for one in dosages:
        if "timing" in one:
            one["timing"]["repeat"]["period"] = every
    return order(local, tablet(name, mg), dosages, **(extra | more))


@st.composite
def taken_once(
    draw: st.DrawFn, local: str, name: str, start: int, length: int | None, *, plain: bool
):
    """Return the records of one drug taken from a day on, and perhaps what was handed over.

    Plain: with no reason that speaks against a failure, and with nothing handed over.
    """
    mg = draw(st.sampled_from(DOSES[name]))
    way = draw(st.sampled_from(WAYS))
    end = None if length is None else max(start - length, 0)
    every = draw(st.sampled_from([1, 1, 1, 2]))
    more: Json = {
        "sig": draw(st.none() | st.sampled_from(PLAIN_SIGS if plain else SIGS)),
        "every": every,
    }
    said = draw(st.sampled_from(HARMLESS if plain else STOPPED))
    if said and end is not None:
        more["statusReason"] = {"text": said}
        more["status"] = draw(st.sampled_from(["stopped", "completed"]))
    if draw(PERHAPS):
        code = draw(st.sampled_from(["F33.1"] if plain else ["F33.1", "F41.1", "G47.00"]))
        more["reasonCode"] = [concept(ICD, code)]
    made = []
    if way == "renewals" and end is not None:
        days = [*range(start, end, -30), end]
        for at, (first, last) in enumerate(pairwise(days)):
            made.append(_order(f"{local}r{at}", name, mg, way, first, last, **more))
    made = made or [_order(local, name, mg, way, start, end, **more)]
    if draw(PERHAPS):
        made = [by_reference(one) for one in made]
        made += [medication for one in made if (medication := one.pop("contained", None))]
    if not plain and draw(PERHAPS):
        every = draw(st.sampled_from([28, 30, 60]))
        for at, on in enumerate(range(start, max(start - (length or 90), 0), -every)):
            made.append(handed_over(f"{local}d{at}", name, on, 30))
    return made


def by_reference(one: Json) -> Json:
    """Return an order that refers to its Medication, which it holds until it is taken out."""
    local = f"med-{one['id']}"
    held = {"resourceType": "Medication", "id": local, "code": one["medicationCodeableConcept"]}
    kept = {key: value for key, value in one.items() if key != "medicationCodeableConcept"}
    return kept | {
        "medicationReference": {"reference": f"Medication/{local}"},
        "contained": held,
    }


def _beside(draw: st.DrawFn) -> list[Json]:
    """Return what else may be in a chart."""
    made: list[Json] = []
    if draw(PERHAPS):
        code = draw(st.sampled_from(["F31.9", "F32.A", "F23", "Z91.14", "F33.42", "R45.851"]))
        made.append(diagnosed("c1", code, recordedDate=ago(draw(st.integers(0, 800)))))
    if draw(PERHAPS):
        days = range(200, 200 - draw(st.integers(1, 22)), -1)
        made += [
            {
                "resourceType": "Procedure",
                "id": f"tms{on}",
                "status": "completed",
                "subject": SUBJECT,
                "code": concept(CPT, "90868"),
                "performedDateTime": ago(on),
            }
            for on in days
        ]
    if draw(PERHAPS):
        on = draw(st.integers(0, 700))
        made.append(
            {
                "resourceType": "MedicationStatement",
                "id": "st1",
                "status": "completed",
                "subject": SUBJECT,
                "medicationCodeableConcept": tablet("paroxetine", 20),
                "effectivePeriod": {"start": ago(on + 90), "end": ago(on)},
                "dosage": [dosage(20)],
            }
        )
    if draw(PERHAPS):
        made.append(observation("lab", "14334-7", ago(draw(st.integers(0, 300))), None))
        made[-1]["valueQuantity"] = {"value": 0.7, "unit": "mmol/L", "system": UCUM}
    return made


@st.composite
def lives(draw: st.DrawFn, *, plain: bool = False) -> list[Json]:
    """Return the resources of one chart, the patient first; plain: of drugs taken once each."""
    start = draw(st.integers(150, 700))
    begun, made = start, []
    names = st.sampled_from(sorted(DOSES))
    chosen = draw(st.lists(names, min_size=1, max_size=3, unique=plain))
    for at, name in enumerate(chosen):
        is_last = at == len(chosen) - 1
        length = draw(st.integers(10, 120) | st.sampled_from([27, 28, 41, 42, 43, 84]))
        open_ended = is_last and draw(PERHAPS)
        made += draw(taken_once(f"m{at}", name, begun, None if open_ended else length, plain=plain))
        for nth, on in enumerate((begun, begun - 30, begun - length)):
            if on >= 0 and not draw(PERHAPS):
                made.append(phq9(f"s{at}-{nth}", on, draw(st.integers(2, 24))))
        begun = max(begun - length + draw(st.integers(-20, 25)), 0)
    onset = draw(st.none() | st.integers(start, start + 60))
    return [woman(), depression(onset=onset), *made, *_beside(draw)]


@st.composite
def failing(draw: st.DrawFn) -> list[Json]:
    """Return a chart of well documented trials, most of which failed."""
    start, made = draw(st.integers(300, 600)), []
    begun = start
    for at, name in enumerate(draw(st.permutations(FAILING))[: draw(st.integers(1, 3))]):
        length = draw(st.integers(43, 90))
        mg = draw(st.sampled_from(DOSES[name][1:]))
        way = draw(st.sampled_from(["bounds", "supply", "quantity", "renewals"]))
        sig = draw(st.sampled_from([None, "Take 1 tablet by mouth daily"]))
        end = begun - length
        made.append(_order(f"m{at}", name, mg, way, begun, end, sig=sig))
        made.append(phq9(f"s{at}-0", begun, draw(st.integers(12, 24))))
        made.append(phq9(f"s{at}-1", end + 2, draw(st.integers(3, 22))))
        begun = end - draw(st.integers(1, 20))
    return [woman(), depression(onset=start + draw(st.integers(0, 60))), *made]


ANY_LIFE = lives() | failing()
PLAIN_LIFE = lives(plain=True) | failing()
