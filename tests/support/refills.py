"""Refill histories in a few words: orders and dispenses of some strengths, dated by days ago."""

from collections.abc import Mapping
from typing import Any, Final

from tests.support.charts import ago, assessed, depression, handed_over, product, row_of, woman
from tests.support.fhir import RXNORM, Json, concept, dosage, order

SERTRALINE: Final[Mapping[float, str]] = {25: "312940", 50: "312941", 100: "312938"}
VENLAFAXINE: Final[Mapping[float, str]] = {37.5: "313583", 75: "313581", 150: "313585"}
"""Extended release capsules."""


def coded(strengths: Mapping[float, str], strength: float) -> Json:
    """Return the product of one strength."""
    return concept(RXNORM, strengths[strength])


def to(local: str, kind: str = "MedicationRequest") -> Json:
    """Return a reference."""
    return {"reference": f"{kind}/{local}"}


def rx(
    local: str, medication: Json, mg: float | None, start: int, end: int | None = None, **more: Any
) -> Json:
    """Return an order with bounds from so many to so many days ago; active without an end."""
    given: Json = {"status": "active" if end is None else "completed", "authoredOn": ago(start)}
    timing = more.pop("timing", {})
    made = dosage(mg, ago(start), ago(end), more.pop("sig", None))
    made["timing"]["repeat"] |= timing
    return order(local, medication, [made], **(given | more))


def dated(local: str, medication: Json, mg: float | None, on: int, **more: Any) -> Json:
    """Return a completed order known by its date alone."""
    given: Json = {"status": "completed", "authoredOn": ago(on)}
    return order(local, medication, [dosage(mg)], **(given | more))


def fill(
    local: str, medication: Json, on: int, days: int = 30, count: int | None = None, **more: Any
) -> Json:
    """Return a dispense of a product so many days ago."""
    made = handed_over(local, "sertraline", on, days, medicationCodeableConcept=medication)
    quantity = {"quantity": {"value": count, "unit": "tablet"}} if count else {}
    return made | quantity | more


def seen(*resources: Json, name: str = "sertraline") -> tuple[Any, ...]:
    """Return of one drug: dose, duration, days at the minimum, highest dose."""
    row = row_of(assessed(woman(), depression(), *resources), name)
    return row["dose"], row["duration"], row["daysAtOrAboveMinimum"], row.get("highestDailyDoseMg")


S25, S50, S100 = (coded(SERTRALINE, mg) for mg in (25, 50, 100))
V37, V75, V150 = (coded(VENLAFAXINE, mg) for mg in (37.5, 75, 150))
PLAIN = product("sertraline")
