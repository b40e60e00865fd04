"""Which drug does a medication record mean?

By RxNorm code (any coding, ingredient or product), then ATC code, then a drug name in text or
display as a whole word. A code and a name that mean different antidepressants are no recognition.
A drug that is none of the knowledge's business is ``Ordinary``; only a record with no readable
code and no readable name is ``Unreadable``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from trd.chart import Drug, MatchedBy
from trd.knowledge import Knowledge, Product
from trd.read.access import ATC, RXNORM, SNOMED, Coding, Json, codings, texts
from trd.read.vocabulary import Vocabulary
from trd.read.words import tokens

_PATCH_ONLY: Final = "patch"
_STRENGTH: Final = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(mg|mcg|ug|\u00b5g|\u03bcg|g|milligrams?|micrograms?)\b(?!\s*/)",
    re.IGNORECASE,
)
_EXTENDED: Final = re.compile(
    r"\b(extended[ -]release|er|xr|xl|sr|cr|la|(?:12|24) ?hr?|prolonged|modified[ -]release)\b",
    re.IGNORECASE,
)
_IMMEDIATE: Final = re.compile(
    r"\b(immediate[ -]release|ir|oral (?:tablet|capsule|solution|suspension))\b", re.IGNORECASE
)
_PATCH: Final = re.compile(r"\b(transdermal|patch)\b", re.IGNORECASE)
_LIQUID: Final = re.compile(r"(\d+(?:\.\d+)?)\s*mg\s*/\s*(\d+)?\s*ml\b", re.IGNORECASE)
_MICRO: Final = frozenset({"mcg", "ug", "\u00b5g", "\u03bcg", "microgram", "micrograms"})
_GRAMS: Final = frozenset({"g"})


@dataclass(frozen=True, slots=True)
class Ordinary:
    """A readable drug the knowledge has nothing to say about."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No drug could be told; ``because`` says why."""

    because: str


Recognition = Drug | Ordinary | Unreadable

ORDINARY: Final = Ordinary()
_NAME_LIKE: Final = re.compile(r"[^\W\d_]{4,}(?:[ ,/()'.-]+[^\W\d_]+)*[ )]*")
"""A local code that is a name: words of letters, the first of at least four."""


class DrugNames:
    """Recognises drugs for one pass over one chart; what is met twice is worked out once."""

    __slots__ = ("_found", "_knowledge", "_vocabulary")

    def __init__(self, knowledge: Knowledge, vocabulary: Vocabulary) -> None:
        """Start with nothing recognised."""
        self._knowledge = knowledge
        self._vocabulary = vocabulary
        self._found: dict[tuple[tuple[Coding, ...], tuple[str, ...]], Recognition] = {}

    def recognise(self, concepts: Iterable[Json]) -> Recognition:
        """Return the drug that the concepts (of an order and of its Medication) mean together."""
        coded: list[Coding] = []
        named: list[str] = []
        for concept in concepts:
            coded += map(_as_far_as_read, codings(concept))
            named += texts(concept)
        key = (tuple(coded), tuple(named))
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._recognise(coded, named)
        return found

    def _recognise(self, coded: list[Coding], named: list[str]) -> Recognition:
        named = named + [one.code for one in coded if _is_name(one)]
        by_code = _by_code(coded, self._knowledge, self._vocabulary)
        by_name = names_in(named, self._knowledge, self._vocabulary)
        if self._is_idle(coded, by_name):
            return ORDINARY
        if by_code is None:
            return _by_text(by_name, named, coded, self._knowledge)
        if isinstance(by_code, Unreadable):
            return by_code
        product, matched_by = by_code
        if _contradicts(product.ingredient, by_name, self._knowledge):
            told = " and ".join(sorted(by_name))
            return Unreadable(f"the code means {product.ingredient}, the name {told}")
        product = _told_by_name(product, by_name.get(product.ingredient))
        return _drug(product, matched_by, " ".join(named), self._knowledge)

    def _is_idle(self, coded: list[Coding], by_name: dict[str, Product]) -> bool:
        """Say whether only drugs no rule reads are meant, by codes and words alike."""
        products = self._knowledge.products
        meant = {
            products[c.code].ingredient for c in coded if c.system == RXNORM and c.code in products
        }
        meant |= by_name.keys()
        return bool(meant) and meant <= self._vocabulary.idle


def _as_far_as_read(coding: Coding) -> Coding:
    """Leave of a code nobody reads, whose words are read, only that there is one.

    So two orders of one drug are one question, whatever their local codes.
    """
    if coding.system in _READ_SYSTEMS or not coding.display:
        return coding
    return _LOCAL if coding.code else _NO_CODE


def _told_by_name(product: Product, named: Product | None) -> Product:
    """Let a brand or salt name tell what the code of the bare ingredient leaves open."""
    if named is None:
        return product
    if named.special_use and not product.special_use:
        product = replace(product, special_use=named.special_use)
    if product.strength_mg is not None:
        return product
    return replace(
        product,
        release=product.release or named.release,
        factor=named.factor if product.factor == 1 else product.factor,
        weekly=product.weekly or named.weekly,
    )


def _is_name(coding: Coding) -> bool:
    """Say whether a code of a system that is not read is itself a drug's name."""
    if coding.display or coding.system in _READ_SYSTEMS:
        return False
    return _NAME_LIKE.fullmatch(coding.code) is not None


_READ_SYSTEMS: Final = frozenset({RXNORM, ATC, SNOMED})
_LOCAL: Final = Coding("", "local", "local")
_NO_CODE: Final = Coding("", "", "none")


def _by_code(
    coded: list[Coding], knowledge: Knowledge, vocabulary: Vocabulary
) -> tuple[Product, MatchedBy] | Unreadable | None:
    """Return the product the RxNorm codes mean, else the ingredient of an ATC code, else None."""
    products = [
        product
        for coding in coded
        if coding.system == RXNORM and (product := knowledge.products.get(coding.code))
    ]
    by_atc = [
        Product(code=coding.code, ingredient=ingredient, name=ingredient)
        for coding in coded
        if coding.system == ATC and (ingredient := knowledge.atc.get(coding.code))
    ]
    ingredients = {product.ingredient for product in products or by_atc}
    for name, parts in vocabulary.combinations if len(ingredients) > 1 else ():
        is_whole = name in ingredients or parts <= ingredients
        if is_whole and ingredients <= {name, *parts}:
            return Product(code="", ingredient=name, name=name), MatchedBy.CODE
    if len(ingredients | {p.ingredient for p in by_atc if not _shares(p, ingredients)}) > 1:
        named = " and ".join(sorted(ingredients | {p.ingredient for p in by_atc}))
        return Unreadable(f"its codes mean different drugs: {named}")
    if products:
        # the most telling code of one drug: a product before its ingredient
        best = max(products, key=lambda p: (bool(p.special_use), p.strength_mg is not None, p.code))
        return best, MatchedBy.CODE
    return (by_atc[0], MatchedBy.ATC) if by_atc else None


def _shares(product: Product, ingredients: Iterable[str]) -> bool:
    """Say whether a drug is, or is part of, one of these; a combination has codes of its parts."""
    parts = set(product.ingredient.split(" / "))
    return any(parts & set(name.split(" / ")) for name in ingredients)


def _by_text(
    by_name: dict[str, Product], named: list[str], coded: list[Coding], knowledge: Knowledge
) -> Recognition:
    """Recognise a record without a usable code by the one drug its words name."""
    if len(by_name) == 1:
        return _drug(next(iter(by_name.values())), MatchedBy.TEXT, " ".join(named), knowledge)
    if by_name:
        return Unreadable(f"it names several drugs: {', '.join(sorted(by_name))}")
    if any(tokens(text) for text in named):
        return ORDINARY
    if any(coding.system == RXNORM and coding.code for coding in coded):
        return Unreadable("its RxNorm code is not in our lists and it has no name")
    if any(coding.code for coding in coded):
        return Unreadable("its code is of a system that is not read, and it has no name")
    return Unreadable("it has no code and no name")


def names_in(
    named: Iterable[str], knowledge: Knowledge, vocabulary: Vocabulary
) -> dict[str, Product]:
    """Return the drugs that the words name, by ingredient; parts of a combination are folded.

    "bupropion / naltrexone" is the combination, not two drugs; "not fluoxetine" names nothing.
    The longest name tells most. Rule: R9 (whole names in text).
    """
    matches: list[tuple[int, int, Product]] = []
    said: set[str] = set()
    for place, text in enumerate(named):
        spoken = tokens(text)
        said.update(spoken)
        for at, word in enumerate(spoken):
            if word not in vocabulary.drugs or (at and spoken[at - 1] in vocabulary.denials):
                continue
            matches += [
                (-len(name), place, product)
                for name, product in vocabulary.drugs[word]
                if spoken[at : at + len(name)] == name
            ]
    found: dict[str, Product] = {}
    for _, _, product in sorted(matches, key=lambda match: match[:2]):
        held = found.get(product.ingredient)
        if held is None or (product.special_use and not held.special_use):
            found[product.ingredient] = product
    return _fold_combinations(found, said, knowledge, vocabulary) if found else found


def _fold_combinations(
    found: dict[str, Product], said: set[str], knowledge: Knowledge, vocabulary: Vocabulary
) -> dict[str, Product]:
    """Let a combination stand for its parts; a partner that is no antidepressant gives way."""
    told = found.keys() | said
    for name, parts in vocabulary.combinations:
        if name in found or parts <= told:
            product = found.get(name) or Product(code="", ingredient=name, name=name)
            rest = {key: value for key, value in found.items() if key not in {name, *parts}}
            return {name: product, **rest}
    leading = {key: value for key, value in found.items() if key in knowledge.antidepressants}
    if len(leading) != 1 or len(found) == 1:
        return found
    (ingredient, product), partners = next(iter(leading.items())), found.keys() - leading.keys()
    if partners & _OTHER_USE_PARTNERS:
        product = replace(product, special_use="other-indication")
    return {ingredient: product}


_OTHER_USE_PARTNERS: Final = frozenset({"naltrexone"})
"""A partner that makes the combination a product for another use (weight)."""


def _contradicts(ingredient: str, by_name: dict[str, Product], knowledge: Knowledge) -> bool:
    """Say whether the words name other drugs than the code, one of them an antidepressant."""
    if not by_name or ingredient in by_name:
        return False
    parts = set(ingredient.split(" / "))
    if parts & {part for name in by_name for part in name.split(" / ")}:
        return False
    return ingredient in knowledge.antidepressants or any(
        name in knowledge.antidepressants for name in by_name
    )


def _drug(product: Product, matched_by: MatchedBy, text: str, knowledge: Knowledge) -> Drug:
    """Complete a product with what its words tell: release form and strength."""
    release = product.release or release_in(text)
    per_ml = liquid_strength_in(product.name) or liquid_strength_in(text)
    strength = product.strength_mg or per_ml or strength_in(text)
    special_use = product.special_use
    if not special_use and strength is not None:
        special_use = knowledge.special_strengths.get((product.ingredient, strength), "")
    if product.ingredient.endswith("transdermal") and not special_use and release != _PATCH_ONLY:
        special_use = "other-indication"
    return Drug(
        ingredient=product.ingredient,
        matched_by=matched_by,
        strength_mg=strength,
        release=release,
        special_use=special_use or None,
        factor=product.factor,
        weekly_product=product.weekly,
        per_ml=per_ml is not None,
    )


def liquid_strength_in(text: str) -> float | None:
    """Return the mg in a millilitre that the words state, or None where none or several are."""
    if "/" not in text:
        return None
    stated = {float(mg) / float(ml or 1) for mg, ml in _LIQUID.findall(text) if ml != "0"}
    return stated.pop() if len(stated) == 1 else None


def release_in(text: str) -> str | None:
    """Return the release form the words state, or None."""
    if _PATCH.search(text):
        return _PATCH_ONLY
    if _EXTENDED.search(text):
        return "extended"
    return "immediate" if _IMMEDIATE.search(text) else None


def strength_in(text: str) -> float | None:
    """Return the mg per unit the words state, or None where none or several are stated."""
    stated = {_in_mg(amount, unit) for amount, unit in _STRENGTH.findall(text)}
    return stated.pop() if len(stated) == 1 else None


def _in_mg(amount: str, unit: str) -> float:
    value = float(amount.replace(",", "."))
    small = unit.lower()
    if small in _MICRO:
        return value / 1000
    return value * 1000 if small in _GRAMS else value
