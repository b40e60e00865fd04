"""How many milligrams does one intake hold, by structured data?

A range in mg, or unknown with the reason: an unknown unit is unknown, and a code and a word that
mean different units are none. Counted units need the strength of one.
"""

from typing import Final, NamedTuple

from trd.chart import Drug
from trd.read.access import Json, number, rows, table, words

PER_UNIT_MG: Final = {
    "mg": 1.0,
    "milligram": 1.0,
    "milligrams": 1.0,
    "mg/d": 1.0,
    "mg/day": 1.0,
    "ug": 0.001,
    "mcg": 0.001,
    "\u00b5g": 0.001,
    "\u03bcg": 0.001,
    "microgram": 0.001,
    "micrograms": 0.001,
    "g": 1000.0,
    "gram": 1000.0,
    "grams": 1000.0,
}
"""Mass units (UCUM code or name in lower case) in milligrams."""
_A_DAY: Final = frozenset({"mg/d", "mg/day"})
"""Units that say how much a day, however often it is taken."""

# fmt: off
_COUNTED: Final = frozenset(
    {
        "1", "cap", "{cap}", "caplet", "caplets", "caps", "capsule", "{capsule}", "capsules",
        "{capsules}", "chewtab", "disintab", "drtab", "ea", "each", "{each}", "ectab", "entcap",
        "ercap", "ercap12", "ercap24", "ereccap", "ertab", "ertab24", "orcap", "ortab",
        "{patch}", "patch", "patches", "pill", "{pill}", "pills", "srtab", "{tab}", "tab",
        "tablet", "{tablet}", "tablets", "{tablets}", "tabs", "{tbl}", "tbl", "tpatch",
        "tpath16", "tpath24", "unit", "{unit}", "units",
    }
)
# fmt: on
"""Units that are counted: the dose is their number times the strength of one."""
_MILLILITRES: Final = frozenset({"ml", "milliliter", "milliliters", "millilitre", "millilitres"})
"""Units of a liquid whose strength is that of one millilitre."""
_UCUM: Final = "http://unitsofmeasure.org"
_MOST_PIECES: Final = 4
_QUARTERS: Final = 4
"""A number without a unit is so many pieces at most, divided into quarters at most."""


class Amount(NamedTuple):
    """From so much to so much."""

    low: float
    high: float


ONCE: Final = Amount(1.0, 1.0)
NONE: Final = Amount(0.0, 0.0)
_CLOSE: Final = 1e-6
"""What may be rounding: of the larger of two amounts, of one at the least."""


def repeated(amount: Amount, times: Amount) -> Amount:
    """Return an amount taken so many times."""
    return Amount(amount.low * times.low, amount.high * times.high)


def spanned(one: Amount | None, other: Amount | None) -> Amount | None:
    """Return the range that holds both amounts, None where one of them is not known."""
    if one is None or other is None:
        return None
    return Amount(min(one.low, other.low), max(one.high, other.high))


def is_same(one: Amount, other: Amount) -> bool:
    """Say whether two amounts are the same but for rounding."""
    return is_close(one.low, other.low) and is_close(one.high, other.high)


def is_close(one: float, other: float) -> bool:
    """Say whether two numbers are the same but for rounding."""
    return abs(one - other) <= _CLOSE * max(1.0, abs(one), abs(other))


class Intake(NamedTuple):
    """One intake: mg and counted units as ranges (None: not known), and why mg are not known.

    ``is_daily``: the amount is that of a day, not of one intake; ``is_told``: an element names a
    dose, readable or not.
    """

    mg: Amount | None
    units: Amount | None
    because: str
    is_daily: bool = False
    is_told: bool = True


_NO_DOSE: Final = Intake(None, None, "no dose is recorded", is_told=False)
_BAD_RANGE: Final = Intake(None, None, "the dose range has an end that cannot be read")


def intake_of(dosage: Json, drug: Drug) -> Intake:
    """Return what one intake of a Dosage holds.

    The R4 place is ``doseAndRate``, the STU3 place the Dosage itself. An ordered and a calculated
    dose that differ are a range; one that can be read is enough.
    """
    told = [_told(rate, drug) for rate in (*rows(dosage.get("doseAndRate")), dosage)]
    found = [one for one in told if one is not None]
    readable = [one for one in found if one.mg is not None]
    if readable:
        ends = [end for one in readable for end in one.mg or ()]
        return readable[0]._replace(mg=Amount(min(ends), max(ends)))
    return found[0] if found else _NO_DOSE


def _told(rate: Json, drug: Drug) -> Intake | None:
    """Return what one doseAndRate says, None where it names no dose."""
    quantity = table(rate.get("doseQuantity")) or table(rate.get("doseSimpleQuantity"))
    if quantity:
        return _single(quantity, drug)
    span = table(rate.get("doseRange"))
    if not span:
        return None
    low, high = table(span.get("low")), table(span.get("high"))
    if not low or not high:
        return _BAD_RANGE
    first, last = _single(_as_in(low, high), drug), _single(_as_in(high, low), drug)
    if first.mg is None or last.mg is None:
        return _BAD_RANGE._replace(units=spanned(first.units, last.units))
    return first._replace(mg=spanned(first.mg, last.mg), units=spanned(first.units, last.units))


def _as_in(end: Json, other: Json) -> Json:
    """Return one end of a range; where it names no unit, it has that of the other."""
    return end if end.get("unit") or end.get("code") else {**other, **end}


def _single(quantity: Json, drug: Drug) -> Intake:
    """Return one Quantity as mg and, where it is counted or the strength tells, as units."""
    value, unit = number(quantity.get("value")), _unit(quantity)
    if value is None:
        return Intake(None, None, "the dose has a unit but no number")
    if value < 0:
        return Intake(None, None, "the dose is below nothing")
    if unit in PER_UNIT_MG:
        mg = value * PER_UNIT_MG[unit]
        units = Amount(mg / drug.strength_mg, mg / drug.strength_mg) if drug.strength_mg else None
        return Intake(Amount(mg, mg), units, "", unit in _A_DAY)
    is_piece = unit in (_MILLILITRES if drug.per_ml else _COUNTED)
    is_piece = is_piece or (_has_no_unit(quantity) and _can_only_be_pieces(value, drug))
    if not is_piece:
        return Intake(None, None, "the dose's unit is not known")
    units = Amount(value, value)
    if not drug.strength_mg:
        return Intake(None, units, "the strength of one unit is not known")
    return Intake(Amount(value * drug.strength_mg, value * drug.strength_mg), units, "")


def _can_only_be_pieces(value: float, drug: Drug) -> bool:
    """Say whether a number without a unit cannot be mg: no product is divided so far.

    "1" of a 50 mg tablet is one tablet; "2" of a 2 mg tablet may be either.
    """
    if drug.per_ml or not drug.strength_mg:
        return False
    is_count = 0 < value <= _MOST_PIECES and value * _QUARTERS == round(value * _QUARTERS)
    return is_count and value * _QUARTERS < drug.strength_mg


def _has_no_unit(quantity: Json) -> bool:
    return not (words(quantity.get("code")) or words(quantity.get("unit")))


def is_counted(quantity: Json) -> bool:
    """Say whether a Quantity counts pieces; one without a unit does."""
    unit = _unit(quantity)
    return unit in _COUNTED or _has_no_unit(quantity)


def _unit(quantity: Json) -> str:
    """Return the unit in lower case, "" where its code and its words contradict each other.

    The UCUM code speaks where there is one; a local code gives way to the words.
    """
    code, unit = words(quantity.get("code")).lower(), words(quantity.get("unit")).lower()
    code, unit = code.rstrip(".").removesuffix("(s)"), unit.rstrip(".").removesuffix("(s)")
    if code == unit or not code or not unit:
        return code or unit
    known = [
        name
        for name in (code, unit)
        if name in PER_UNIT_MG or name in _COUNTED or name in _MILLILITRES
    ]
    if len({PER_UNIT_MG.get(name, 0) for name in known}) > 1:
        return ""
    is_foreign = code not in known and words(quantity.get("system")) == _UCUM
    return known[0] if known and not (code and is_foreign) else code or unit
