"""How strong is one unit of a drug, and in which form does it release it?

Read from a product's words, and from the ingredient of a Medication. What is told twice in
different ways, what may be a range or two ingredients' amounts, is not told.
"""

import re
from typing import Final

from trd.read.access import Json, number, table, words
from trd.read.amounts import PER_UNIT_MG, is_counted

PATCH: Final = "patch"
_UNIT: Final = r"(mg|mcg|ug|\u00b5g|\u03bcg|g|milligrams?|micrograms?|miligramos?|microgramos?)"
_STRENGTH: Final = re.compile(
    rf"(?<![\d.,])((?:\d[\d.,]*\s*[-/\u2013+]\s*)?)(\d+(?:[.,]\d+)?)[ -]*{_UNIT}\b"
    r"(?!\s*(?:/|per\b)\s*(?:\d+(?:[.,]\d+)?\s*)?"
    r"(?:m?l|h|hr|hrs|hours?|day|d|k?g|act|actuat\w*|dose|spray)\b)",
    re.IGNORECASE,
)
"""A mass that is no mass in a volume or a time; before it, what may be the first of two."""
_LIQUID: Final = re.compile(
    r"(?<![\d.,/-])(\d+(?:[.,]\d+)?)\s*mg\s*(?:/|per\b)\s*(\d+(?:[.,]\d+)?)?\s*ml\b", re.IGNORECASE
)
_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_EXTENDED: Final = re.compile(
    r"\b(?:extended|modified|sustained)[ -]release\b|\bprolong[^\W\d]*\b"
    r"|\bretard(?:kapseln?|tabletten?|kps|tbl)?\b|\bm/r\b"
    r"|\b(?:er|xr|xl|sr|cr|(?:12|24) ?hr?)\b|\b(?-i:LP|MR)\b",
    re.IGNORECASE,
)
_IMMEDIATE: Final = re.compile(
    r"\b(immediate[ -]release|ir|oral (?:tablet|capsule|solution|suspension))\b", re.IGNORECASE
)
_PATCH: Final = re.compile(r"\b(transdermal|patch)\b", re.IGNORECASE)
_ON_THE_SKIN: Final = re.compile(
    r"\b(topical|cream|ointment|crema|pomada|ophthalmic|eye drops?|otic|ear drops?)\b",
    re.IGNORECASE,
)
_UNITS_MG: Final = {
    **PER_UNIT_MG,
    "miligramo": 1.0,
    "miligramos": 1.0,
    "microgramo": 0.001,
    "microgramos": 0.001,
}
"""Units of mass of a product's words in milligrams."""
_DIGITS: Final = 9
"""Decimal places of a strength in mg: "36 mcg" and "0.036 mg" are one."""
_RATIO_UNITS: Final = frozenset({"mg", "g", "ug", "mcg", "\u00b5g", "\u03bcg"})
_MILLILITRE: Final = "ml"


def liquid_strength_in(text: str) -> float | None:
    """Return the mg in a millilitre that the words state, or None where none or several are."""
    if _MILLILITRE not in text.lower():
        return None
    found = [(mg, _number(ml or "1")) for mg, ml in _LIQUID.findall(text)]
    if any(_THOUSANDS.fullmatch(mg) for mg, _ in found):
        return None
    stated = {mg / ml if (mg := _number(written)) else None for written, ml in found if ml}
    return stated.pop() if len(stated) == 1 else None


def release_in(text: str) -> str | None:
    """Return the release form the words state, or None. "Delayed release" is no extended form."""
    if _PATCH.search(text):
        return PATCH
    if _EXTENDED.search(text):
        return "extended"
    return "immediate" if _IMMEDIATE.search(text) else None


def is_for_the_skin(text: str) -> bool:
    """Say whether the words name a form for skin, eye or ear: no antidepressant treatment."""
    return _ON_THE_SKIN.search(text) is not None


def strength_in(text: str) -> float | None:
    """Return the mg per unit the words state, or None where none or several are stated.

    "10-25 mg" and "10/25 mg" state two; "1,000 mg" may be one or a thousand.
    """
    found = _STRENGTH.findall(text)
    if any(before or _THOUSANDS.fullmatch(amount) for before, amount, _ in found):
        return None
    stated = {_in_mg(_number(amount), unit.casefold()) for _, amount, unit in found}
    return stated.pop() if len(stated) == 1 else None


def ingredient_strength(row: Json) -> tuple[float, bool] | None:
    """Return the mg of one unit of a Medication.ingredient and whether the unit is a millilitre.

    None where the strength is no mass in so many pieces or millilitres.
    """
    ratio = table(row.get("strength"))
    part, whole = table(ratio.get("numerator")), table(ratio.get("denominator"))
    mass, pieces = number(part.get("value")), number(whole.get("value"))
    unit = (words(part.get("code")) or words(part.get("unit"))).lower()
    if mass is None or pieces is None or mass <= 0 or pieces <= 0 or unit not in _RATIO_UNITS:
        return None
    per_ml = _MILLILITRE in {words(whole.get("code")).lower(), words(whole.get("unit")).lower()}
    if not per_ml and not is_counted(whole):
        return None
    return mass * PER_UNIT_MG[unit] / pieces, per_ml


def _number(written: str) -> float | None:
    return number(written.replace(",", "."))


def _in_mg(value: float | None, unit: str) -> float | None:
    per = _UNITS_MG.get(unit)
    return None if value is None or per is None else round(value * per, _DIGITS)
