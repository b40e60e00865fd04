"""Which drugs do a record's codes mean?

A code counts in its own system: RxNorm, NDC, SNOMED CT (dm+d) or ATC. Out of its place it counts
only where it can be nothing else: an NDC with its dashes and an ATC code wherever they stand, a
number that by its form cannot be one of the system it stands under. A bare number under a local
address or none is anybody's. What is left open goes to the words.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from trd.knowledge import Knowledge, Product
from trd.knowledge.digits import code_fault
from trd.read.access import ATC, NDC, RXNORM, SNOMED, Coding

READ_SYSTEMS: Final = frozenset({RXNORM, ATC, NDC, SNOMED})
"""The systems whose codes of drugs are read."""
_DASHED: Final = re.compile(r"([0-9]{4,5})-([0-9]{3,4})(?:-([0-9]{1,2}))?")
_SPLITS: Final = frozenset({(5, 4, 2), (4, 4, 2), (5, 3, 2), (5, 4, 1)})
"""How the digits of an NDC are parted: eleven, or ten with one left out."""
_TEN: Final = 10
_ELEVEN: Final = 11
_ATC_CODE: Final = re.compile(r"[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}")
_ATC_ANTIDEPRESSANTS: Final = ("N06A", "N06CA")
"""Antidepressants, and those combined with psycholeptics."""


@dataclass(frozen=True, slots=True)
class Coded:
    """What the codes of one record say.

    ``products`` and ``by_atc`` are meant; ``misplaced`` are what RxNorm numbers would mean that
    stand where no such number can stand; ``is_unlisted``: an ATC antidepressant no table holds, or
    a whole class of them.
    """

    products: tuple[Product, ...] = ()
    by_atc: tuple[Product, ...] = ()
    misplaced: tuple[Product, ...] = ()
    is_unlisted: bool = False


def read_codes(coded: Iterable[Coding], knowledge: Knowledge) -> Coded:
    """Return what the codings of one record mean."""
    products, by_atc, misplaced, is_unlisted = [], [], [], False
    for coding in coded:
        local = knowledge.local_codes.get((coding.system, coding.code))
        if local is not None:
            products.append(local)
            continue
        atc = _atc_code(coding.code)
        ingredient = knowledge.atc.get(atc)
        if ingredient is not None:
            by_atc.append(Product(code=atc, ingredient=ingredient, name=ingredient))
        elif coding.system == ATC and coding.code.upper().startswith(_ATC_ANTIDEPRESSANTS):
            is_unlisted = True
        else:
            product = _product_of(coding, knowledge)
            products += [product] if product is not None else []
            stray = _stray_product(coding, knowledge)
            misplaced += [stray] if stray is not None else []
    return Coded(tuple(products), tuple(by_atc), tuple(misplaced), is_unlisted)


def best_of(products: Iterable[Product]) -> Product:
    """Return the most telling product of one drug; what they tell in two ways is not told."""
    known = list(products)
    best = max(known, key=lambda p: (bool(p.special_use), p.strength_mg is not None, p.code))
    if len({p.strength_mg for p in known} - {None}) > 1:
        best = replace(best, strength_mg=None, name=best.ingredient)
    if len({p.release for p in known} - {None}) > 1:
        best = replace(best, release=None)
    return best


def is_distinctive(code: str) -> bool:
    """Say whether a code tells by its form what it is, whatever system it stands under."""
    return _atc_code(code) != "" or _parted(code) is not None


@lru_cache(maxsize=4096)
def product_ndc(code: str) -> str:
    """Return an NDC as its nine digits of labeler and product, "" where it is none.

    Eleven digits, or ten with their dashes; the package may be left out. Ten digits without
    dashes can be parted only if they begin with 0: those of a labeler with four digits do.
    """
    if code.isascii() and code.isdigit():
        if len(code) == _ELEVEN:
            return code[:9]
        return f"0{code[:8]}" if len(code) == _TEN and code[0] == "0" else ""
    found = _DASHED.fullmatch(code)
    if found is None:
        return ""
    labeler, product, package = found.groups()
    lengths = (len(labeler), len(product), len(package or "00"))
    is_split = lengths in _SPLITS
    return labeler.zfill(5) + product.zfill(4) if is_split else ""


def may_be_drug(code: str, knowledge: Knowledge, rxnorm: frozenset[str]) -> bool:
    """Say whether a code could mean a drug we know, whatever its system. ``rxnorm``: such codes.

    Never says no where ``read_codes`` finds something, or something not listed.
    """
    if code in rxnorm or (SNOMED, code) in knowledge.drug_codes:
        return True
    if code.isascii() and code.isdigit() and len(code) not in {_TEN, _ELEVEN}:
        return False
    if (NDC, product_ndc(code)) in knowledge.drug_codes:
        return True
    atc = _atc_code(code)
    return atc in knowledge.atc or code.upper().startswith(_ATC_ANTIDEPRESSANTS)


def _atc_code(code: str) -> str:
    """Return a code in capitals if it is written like one of ATC, else ""."""
    capitals = code.upper()
    return capitals if _ATC_CODE.fullmatch(capitals) else ""


def _parted(code: str) -> str | None:
    """Return an NDC that shows its three parts, as its nine digits."""
    return product_ndc(code) or None if code.count("-") == 2 else None  # noqa: PLR2004 - two dashes


def _product_of(coding: Coding, knowledge: Knowledge) -> Product | None:
    """Return what a code means in its own system, or anywhere by its form."""
    system, code = coding.system, coding.code
    if system == RXNORM and code in knowledge.products:
        return knowledge.products[code]
    ndc = product_ndc(code) if system == NDC else _parted(code)
    if not ndc and system in READ_SYSTEMS and _is_no_code_of(system, code):
        ndc = product_ndc(code) if len(code) == _ELEVEN else ""
    if ndc:
        return knowledge.drug_codes.get((NDC, ndc))
    is_snomed = system == SNOMED or (system in {RXNORM, ATC} and _is_no_code_of(system, code))
    return knowledge.drug_codes.get((SNOMED, code)) if is_snomed else None


def _stray_product(coding: Coding, knowledge: Knowledge) -> Product | None:
    """Return what a number would mean in RxNorm that cannot be a code of its own system."""
    if coding.system == RXNORM or coding.system not in READ_SYSTEMS:
        return None
    return knowledge.products.get(coding.code) if _is_no_code_of(*coding[:2]) else None


def _is_no_code_of(system: str, code: str) -> bool:
    """Say whether a code is not even written like one of the system it stands under."""
    if system == NDC:
        return not product_ndc(code)
    return code_fault(_NAMES[system], code) is not None


_NAMES: Final = {RXNORM: "rxnorm", ATC: "atc", SNOMED: "snomed"}
