"""Dresses of medication records: how the dose is written and the time bounded."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from tests.support.clothes import Dress, Wear, each
from tests.support.clothes_drugs import product_of
from tests.support.fhir import UCUM, Json

# ------------------------------------------------------------------------------ writing the dose


def _dosages(change: Callable[[Json, Json], Json | list[Json] | None]) -> Wear:
    """Change each Dosage of orders and statements; None leaves it."""

    def worn(resource: Json) -> Json | None:
        name = "dosage" if "dosage" in resource else "dosageInstruction"
        made: list[Json] = []
        for dosage in resource.get(name, []):
            new = change(dosage, resource)
            made += new if isinstance(new, list) else [new if new is not None else dosage]
        return resource | {name: made} if made else None

    return each(("MedicationRequest", "MedicationStatement"), worn)


def _mg_of(dosage: Json) -> float | None:
    for rate in dosage.get("doseAndRate", []):
        if rate.get("doseQuantity", {}).get("unit") == "mg":
            return float(rate["doseQuantity"]["value"])
    return None


def _with_dose(dosage: Json, quantity: Json) -> Json:
    return dosage | {"doseAndRate": [{"doseQuantity": quantity}]}


def _in_units(unit: Json) -> Wear:
    def change(dosage: Json, resource: Json) -> Json | None:
        mg, product = _mg_of(dosage), product_of(resource)
        if mg is None or product is None or not product.strength_mg:
            return None  # units need a strength
        return _with_dose(dosage, {"value": mg / product.strength_mg, **unit})

    return _dosages(change)


def _in_mass(factor: float, unit: Json) -> Wear:
    def change(dosage: Json, _: Json) -> Json | None:
        mg = _mg_of(dosage)
        return None if mg is None else _with_dose(dosage, {"value": mg * factor, **unit})

    return _dosages(change)


def _is_once_a_day(dosage: Json) -> bool:
    repeat = dosage.get("timing", {}).get("repeat", {})
    daily = (repeat.get("frequency"), repeat.get("period"), repeat.get("periodUnit"))
    return daily == (1, 1, "d") and _mg_of(dosage) is not None


def _timed(dosage: Json, repeat: Json, **timing: Any) -> Json:
    """Give a Dosage another timing with the same bounds."""
    held = dosage["timing"]["repeat"]
    bounds = {key: held[key] for key in held if key.startswith("bounds")}
    return dosage | {"timing": {"repeat": {**bounds, **repeat}, **timing}}


def _retimed(repeat: Json, share: float = 1, **timing: Any) -> Wear:
    """Write once a day otherwise, each intake holding its share of the day's dose."""

    def change(dosage: Json, _: Json) -> Json | None:
        mg = _mg_of(dosage)
        if mg is None or not _is_once_a_day(dosage):
            return None
        value = {"value": mg * share, "unit": "mg", "system": UCUM, "code": "mg"}
        return _timed(_with_dose(dosage, value), repeat, **timing)

    return _dosages(change)


def _equal_range(dosage: Json, _: Json) -> Json | None:
    mg = _mg_of(dosage)
    end = {"value": mg, "unit": "mg"}
    return (
        None if mg is None else dosage | {"doseAndRate": [{"doseRange": {"low": end, "high": end}}]}
    )


def _stu3(dosage: Json, _: Json) -> Json | None:
    rates = dosage.get("doseAndRate")
    bare = {key: value for key, value in dosage.items() if key != "doseAndRate"}
    return bare | rates[0] if rates else None


def _morning_and_evening(dosage: Json, _: Json) -> list[Json] | None:
    mg = _mg_of(dosage)
    if mg is None or not _is_once_a_day(dosage):
        return None
    half = _with_dose(dosage, {"value": mg / 2, "unit": "mg"})
    return [_timed(half, {"when": [part]}) for part in ("MORN", "EVE")]


# ------------------------------------------------------------------------------ bounding the time


def _bounds(dosage: Json) -> tuple[str | None, str | None]:
    held = dosage.get("timing", {}).get("repeat", {}).get("boundsPeriod", {})
    return held.get("start"), held.get("end")


def _closed(resource: Json) -> tuple[str, str] | None:
    """Return the bounds of an order with one closed, whole-day instruction and no supply."""
    dosages = resource.get("dosageInstruction", [])
    start, end = _bounds(dosages[0]) if len(dosages) == 1 else (None, None)
    if not start or not end or len(start) != 10 or len(end) != 10 or end <= start:
        return None
    if "dispenseRequest" in resource or resource.get("authoredOn") != start:
        return None
    return start, end


def _unbounded(resource: Json, **supply: Any) -> Json:
    dosage = dict(resource["dosageInstruction"][0])
    repeat = {k: v for k, v in dosage["timing"]["repeat"].items() if k != "boundsPeriod"}
    dosage["timing"] = {"repeat": repeat}
    return resource | {"dosageInstruction": [dosage], "dispenseRequest": supply}


def _length(start: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


def _is_over(resource: Json) -> bool:
    """Say whether an order ran its course, so that its supply may stand for its bounds.

    An active one may still be refilled, and of a stopped one nobody knows how much was taken.
    """
    return resource["status"] == "completed"


def _as_supply(resource: Json) -> Json | None:
    closed = _closed(resource)
    if closed is None or not _is_over(resource):
        return None
    days = _length(*closed)
    fills = next(n for n in (4, 3, 2, 1) if days % n == 0)
    return _unbounded(
        resource,
        expectedSupplyDuration={"value": days // fills, "unit": "days"},
        numberOfRepeatsAllowed=fills - 1,
    )


def _as_quantity(resource: Json) -> Json | None:
    closed, product = _closed(resource), product_of(resource)
    mg = _mg_of(resource["dosageInstruction"][0]) if closed else None
    if closed is None or not _is_over(resource) or not product or not product.strength_mg or not mg:
        return None
    if not _is_once_a_day(resource["dosageInstruction"][0]):
        return None
    days = _length(*closed)
    return _unbounded(resource, quantity={"value": days * mg / product.strength_mg, "unit": "TAB"})


def _as_validity(resource: Json) -> Json | None:
    closed = _closed(resource)
    if closed is None or not _is_over(resource):
        return None
    return _unbounded(resource, validityPeriod={"start": closed[0], "end": closed[1]})


def _renewed(resource: Json) -> list[Json] | None:
    """Split an order into monthly ones; the last keeps how and why it ended."""
    closed = _closed(resource)
    if closed is None:
        return None
    start, end = (date.fromisoformat(day) for day in closed)
    made: list[Json] = []
    while start < end:
        stop = min(start + timedelta(days=30), end)
        made.append(_between(resource, f"r{len(made)}", start.isoformat(), stop.isoformat()))
        start = stop
    return _earlier_completed(made)


def _earlier_completed(orders: list[Json]) -> list[Json]:
    for order in orders[:-1]:
        order.pop("statusReason", None)
        if order["status"] in {"active", "stopped"}:
            order["status"] = "completed"
    return orders


def _between(resource: Json, suffix: str, start: str, end: str) -> Json:
    dosage = _timed(resource["dosageInstruction"][0], _repeat_of(resource))
    dosage["timing"]["repeat"]["boundsPeriod"] = {"start": start, "end": end}
    local = f"{resource['id']}-{suffix}"
    return resource | {"id": local, "authoredOn": start, "dosageInstruction": [dosage]}


def _repeat_of(resource: Json) -> Json:
    held = resource["dosageInstruction"][0]["timing"]["repeat"]
    return {key: value for key, value in held.items() if not key.startswith("bounds")}


def _steps(resource: Json) -> list[tuple[Json, str, str | None]] | None:
    """Return the steps of a titration that follow each other without a gap."""
    dosages = resource.get("dosageInstruction", [])
    bounds = [_bounds(dosage) for dosage in dosages]
    follows = all(a[1] == b[0] for a, b in pairwise(bounds))
    if len(dosages) < 2 or not follows or any(not start or len(start) != 10 for start, _ in bounds):
        return None
    return [(d, start or "", end) for d, (start, end) in zip(dosages, bounds, strict=True)]


def _step_orders(resource: Json) -> list[Json] | None:
    steps = _steps(resource)
    if steps is None or "dispenseRequest" in resource:
        return None
    made = [
        resource | {"id": f"{resource['id']}-{at}", "authoredOn": start, "dosageInstruction": [one]}
        for at, (one, start, _) in enumerate(steps)
    ]
    return _earlier_completed(made)


def _chained(resource: Json) -> Json | None:
    """Count steps by their lengths from the day of the order."""
    steps = _steps(resource)
    if steps is None and _closed(resource):
        steps = [(resource["dosageInstruction"][0], *(_closed(resource) or ("", "")))]
    if steps is None or resource.get("authoredOn") != steps[0][1]:
        return None
    made = []
    for at, (dosage, start, end) in enumerate(steps, start=1):
        repeat = {k: v for k, v in dosage["timing"]["repeat"].items() if k != "boundsPeriod"}
        if end:
            repeat["boundsDuration"] = {"value": _length(start, end), "unit": "days", "code": "d"}
        made.append(dosage | {"sequence": at, "timing": {"repeat": repeat}})
    return resource | {"dosageInstruction": made}


def _orders(change: Callable[[Json], Json | list[Json] | None]) -> Wear:
    return each(("MedicationRequest",), change)


def order_dresses() -> Iterable[Dress]:
    """Return every dress of doses and times."""
    form = {"system": "http://terminology.hl7.org/CodeSystem/v3-orderableDrugForm", "code": "TAB"}
    shown = frozenset({"exposures"})
    ends = frozenset({"exposures", "end"})
    yield Dress("units TAB", _in_units({"unit": "TAB", **form}))
    yield Dress("units {tbl}", _in_units({"code": "{tbl}", "system": UCUM}))
    yield Dress("units tablet(s)", _in_units({"unit": "Tablet(s)"}))
    yield Dress("grams", _in_mass(0.001, {"unit": "g", "code": "g", "system": UCUM}))
    yield Dress("micrograms", _in_mass(1000, {"unit": "mcg", "code": "ug", "system": UCUM}))
    yield Dress("micro sign", _in_mass(1000, {"unit": "\u03bcg"}))
    yield Dress("equal range", _dosages(_equal_range))
    yield Dress("stu3 dose", _dosages(_stu3))
    twice = {"frequency": 2, "period": 1, "periodUnit": "d"}
    yield Dress("half twice a day", _retimed(twice, 0.5))
    yield Dress("every 24 hours", _retimed({"period": 24, "periodUnit": "h"}))
    yield Dress("when", _retimed({"when": ["MORN"]}))
    yield Dress("two times of day", _retimed({"timeOfDay": ["08:00:00", "20:00:00"]}, 0.5))
    bid = {"coding": [{"code": "BID", "display": "BID"}]}
    yield Dress("code BID", _retimed({}, 0.5, code=bid))
    yield Dress("code QD", _retimed({}, code={"text": "Daily"}))
    yield Dress("morning and evening", _dosages(_morning_and_evening))
    yield Dress("steps as orders", _orders(_step_orders), may_differ=shown)
    yield Dress("steps by length", _orders(_chained))
    yield Dress("supply", _orders(_as_supply), may_differ=ends)
    yield Dress("quantity", _orders(_as_quantity), may_differ=ends)
    yield Dress("validity", _orders(_as_validity))
    no_renewals = {
        "F83": "each order that is not recognised is a row of its own",
        "F84": "the same",
        "T21": "the case is a later order that replaces the first; renewals are later orders",
        "T23": "the case is two versions of one order",
        "P18": "reported records are judged one by one, not joined to a course",
        "T42": "the same",
        "T45": "the same",
    }
    yield Dress("renewals", _orders(_renewed), may_differ=shown, not_for=no_renewals)
