"""Which drugs were handed over, on which day, for how long?

A MedicationDispense that was handed over becomes supply. One that was not, or perhaps
not, or on a day that cannot be told, is noted.

Rule: R1.
"""

from collections.abc import Sequence
from typing import Final

from trd.chart import Dispense, DoseStep
from trd.read.access import Json, evidence_of, rows, table, words
from trd.read.context import ReadContext
from trd.read.dosage import read_instruction
from trd.read.links import orders_named
from trd.read.medications import MedicationsRead, drug_of, is_refused
from trd.read.supply import counted_units, days_of_units, length_days
from trd.read.told_days import Reach, within_told

NO_SUPPLY: Final = "not counted as supply"

_NOT_HANDED_OVER: Final = frozenset(
    {"preparation", "cancelled", "on-hold", "entered-in-error", "stopped", "declined"}
)
"""Statuses that say so; any other one but "completed" leaves it open."""
_TITRATION: Final = 2
"""Steps of an instruction from which on its units have no daily share."""


def read_dispense(resource: Json, context: ReadContext, out: MedicationsRead) -> None:
    """Read one MedicationDispense that was handed over. Rule: R1."""
    drug = drug_of(resource, context, out)
    if drug is None:
        return
    if is_refused(resource, drug, NO_SUPPLY, context):
        if words(resource.get("status")).lower() not in _NOT_HANDED_OVER:
            out.unplaced.add(drug.ingredient)
        return
    dates = {name: resource.get(name) for name in ("whenHandedOver", "whenPrepared")}
    context.note_unread(resource, dates)
    on = context.days.moment(dates["whenHandedOver"])
    on = on if on is not None else context.days.moment(dates["whenPrepared"])
    if on is None:
        context.note(resource, "whenHandedOver", "no date of hand-over", NO_SUPPLY)
        out.unplaced.add(drug.ingredient)
        return
    dosages = rows(resource.get("dosageInstruction"))
    told = read_instruction(dosages, drug, context, on)
    context.note_unread(resource, told.written)
    units = counted_units(table(resource.get("quantity")))
    days = length_days(table(resource.get("daysSupply")), default="d")
    lasts = days if days is not None else told.days.length
    low, high = _span(within_told(told.steps, told.days, Reach(on, supply_days=lasts)))
    out.dispenses.append(
        Dispense(
            evidence=evidence_of(resource),
            drug=drug,
            on=on,
            days=days if days is not None else days_of_units(units, told.units_per_day),
            units=units if len(told.steps) < _TITRATION else None,
            low=low,
            high=high,
            orders=orders_named(resource.get("authorizingPrescription"), resource, context),
            day_parts=told.day_parts,
        )
    )


def _span(steps: Sequence[DoseStep]) -> tuple[float | None, float | None]:
    """Return the range of doses of all steps, None where there is none or one is unknown.

    A dispense is not split in time: of a titration any of its doses may hold on a day.
    """
    lows = [step.low for step in steps if step.low is not None]
    highs = [step.high for step in steps if step.high is not None]
    return (min(lows), max(highs)) if lows and len(lows) == len(steps) else (None, None)
