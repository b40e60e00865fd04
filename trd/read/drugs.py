"""Which drug does a medication record mean?

By its codes (RxNorm, NDC, SNOMED CT), then an ATC code, then a drug name in text or display as a
whole word. A code and a name that mean different antidepressants are no recognition. A drug that
is none of the knowledge's business is ``Ordinary``; a record of which no code is read and no word
names anything is ``Unreadable``, and so is one that may mean an antidepressant.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from trd.chart import Drug, MatchedBy
from trd.knowledge import Knowledge, Product
from trd.read.access import NDC, RXNORM, SNOMED, Coding, Json, codings, table, texts
from trd.read.drug_codes import READ_SYSTEMS, Coded, best_of, is_distinctive, read_codes
from trd.read.drug_words import OTHER_USE_PARTNERS, Named, names_class, names_in, says_something
from trd.read.ingredients import parts_of
from trd.read.strengths import (
    PATCH,
    ingredient_strength,
    is_for_the_skin,
    liquid_strength_in,
    release_in,
    strength_in,
)
from trd.read.vocabulary import Vocabulary
from trd.read.words import tokens


@dataclass(frozen=True, slots=True)
class Ordinary:
    """A readable drug the knowledge has nothing to say about."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No drug could be told; ``because`` says why."""

    because: str


Recognition = Drug | Ordinary | Unreadable

ORDINARY: Final = Ordinary()
_Found = tuple[Product, MatchedBy] | Unreadable | Ordinary
_Question = tuple[tuple[Coding, ...], tuple[str, ...], bool]
_NAME_LIKE: Final = re.compile(r"[^\W\d_]{4,}(?:[ ,/()'.-]+[^\W\d_]+)*[ )]*")
"""A local code that is a name: words of letters, the first of at least four."""
_WORDED: Final = re.compile(
    r"(?<![^\W_])[^\W\d_]{6,}(?![^\W_])|[^\W\d_]{4,}(?![^\W_]).*(?<![^\W_])[^\W\d_]{4,}"
)
"""A local code of several words, numbers among them: one of six letters, or two of four."""
_LONGEST_NAME: Final = 200
_OTHER_INDICATION: Final = "other-indication"


class DrugNames:
    """Recognises drugs for one pass over one chart; what is met twice is worked out once."""

    __slots__ = ("_found", "_knowledge", "_strengths", "_vocabulary")

    def __init__(self, knowledge: Knowledge, vocabulary: Vocabulary) -> None:
        """Start with nothing recognised."""
        self._knowledge = knowledge
        self._vocabulary = vocabulary
        self._found: dict[_Question, Recognition] = {}
        self._strengths: dict[str, float | None] = {}

    def recognise(self, concepts: Iterable[Json], ingredients: Iterable[Json] = ()) -> Recognition:
        """Return the drug that the concepts (of an order and of its Medication) mean together.

        ``ingredients`` are the Medication's: several make it a combination, and they may tell
        the strength.
        """
        parts = list(ingredients)
        coded: list[Coding] = []
        named: list[str] = []
        for concept in concepts:
            coded += map(self._as_far_as_read, codings(concept))
            named += texts(concept)
        key = (tuple(coded), tuple(named), len(parts) > 1)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._recognise(coded, named, is_mixed=len(parts) > 1)
        if isinstance(found, Drug) and parts:
            return self._with_ingredients(found, parts)
        return found

    def _as_far_as_read(self, coding: Coding) -> Coding:
        return coding if coding[:2] in self._knowledge.local_codes else _as_far_as_read(coding)

    def _recognise(self, coded: list[Coding], named: list[str], *, is_mixed: bool) -> Recognition:
        local = self._knowledge.local_codes
        named = named + [c.code for c in coded if c[:2] not in local and _is_name(c)]
        codes = read_codes(coded, self._knowledge)
        if is_mixed:
            codes = _leading(codes, self._knowledge, self._vocabulary)
        spoken = names_in(named, self._knowledge, self._vocabulary)
        meant = {product.ingredient for product in (*codes.products, *codes.by_atc)}
        meant |= spoken.drugs.keys()
        if codes.is_unlisted and meant.isdisjoint(self._knowledge.antidepressants):
            return Unreadable("its ATC code is of an antidepressant that is not in our lists")
        if meant and meant <= self._vocabulary.idle:
            return ORDINARY
        found = _by_code(codes, self._vocabulary)
        if found is None:
            found = self._by_text(codes, spoken, coded, named)
        if isinstance(found, Unreadable | Ordinary):
            return found
        product, matched_by = found
        if _contradicts(product.ingredient, spoken):
            told = " and ".join(sorted(spoken.drugs))
            return Unreadable(f"the code means {product.ingredient}, the name {told}")
        if not is_mixed and any(self._is_of_another(text, product) for text in named):
            return Unreadable(
                f"the code means {product.ingredient} {product.strength_mg:g} mg, "
                "the words another strength and none of its names"
            )
        product = _told_by_name(product, spoken.drugs.get(product.ingredient))
        is_mixed = is_mixed or spoken.is_mixed
        return self._drug(product, matched_by, " ".join(named), is_mixed=is_mixed)

    def _by_text(
        self, codes: Coded, spoken: Named, coded: list[Coding], named: list[str]
    ) -> _Found:
        """Recognise a record without a code in its place by the one drug its words name."""
        drugs = self._knowledge.antidepressants
        stray = [one for one in codes.misplaced if one.ingredient in {*drugs, *spoken.drugs}]
        strays = {one.ingredient for one in stray}
        if len(spoken.drugs) > 1:
            return Unreadable(f"it names several drugs: {', '.join(sorted(spoken.drugs))}")
        if strays - spoken.drugs.keys():
            meant = " and ".join(sorted(strays))
            return Unreadable(f"a code out of its system may mean {meant}, and no name agrees")
        if spoken.drugs:
            ((_, product),) = spoken.drugs.items()
            return best_of(stray) if stray else product, MatchedBy.TEXT
        said = [tokens(text) for text in named]
        if any(names_class(words, self._knowledge) for words in said):
            return Unreadable("it names a class of antidepressants and no drug")
        if any(says_something(words, self._knowledge) for words in said):
            return ORDINARY
        return Unreadable(_why_unreadable(coded, named))

    def _is_of_another(self, text: str, product: Product) -> bool:
        """Say whether words that name no drug we know state another strength than the code."""
        told = self._strength_in(text)
        if product.strength_mg is None or told is None or _same(told, product.strength_mg):
            return False
        is_named = bool(names_in([text], self._knowledge, self._vocabulary).drugs)
        return not is_named and says_something(tokens(text), self._knowledge)

    def _strength_in(self, text: str) -> float | None:
        if text not in self._strengths:
            self._strengths[text] = strength_in(text)
        return self._strengths[text]

    def _drug(self, product: Product, matched_by: MatchedBy, text: str, *, is_mixed: bool) -> Drug:
        """Complete a product with what its words tell: release form and strength."""
        release = product.release or release_in(text)
        liquid, liquid_in_words = liquid_strength_in(product.name), liquid_strength_in(text)
        per_ml = liquid or liquid_in_words
        in_words = None if is_mixed else liquid_in_words or self._strength_in(text)
        coded = product.strength_mg or liquid
        drug = Drug(
            ingredient=product.ingredient,
            matched_by=matched_by,
            release=release,
            special_use=product.special_use or None,
            factor=product.factor,
            weekly_product=product.weekly,
            per_ml=per_ml is not None,
        )
        if not drug.special_use and _is_other_form(drug, text):
            drug = replace(drug, special_use=_OTHER_INDICATION)
        if coded is not None and in_words is not None and not _same(coded, in_words):
            return replace(drug, doubt=f"its code says {coded:g} mg, its words {in_words:g} mg")
        return self._with_strength(drug, coded if coded is not None else in_words)

    def _with_strength(self, drug: Drug, strength: float | None) -> Drug:
        """Return the drug with its strength, and what only products of that strength are for."""
        key = drug.ingredient, strength or 0.0
        return replace(
            drug,
            strength_mg=strength,
            special_use=drug.special_use or self._knowledge.special_strengths.get(key),
            weekly_product=drug.weekly_product or key in self._vocabulary.weekly,
        )

    def _with_ingredients(self, drug: Drug, ingredients: Iterable[Json]) -> Drug:
        """Let its own ingredient tell a strength that is not known; a contradiction undoes it."""
        told = set()
        for row in ingredients:
            strength = ingredient_strength(row)
            meant = self.recognise([table(row.get("itemCodeableConcept"))])
            if strength and isinstance(meant, Drug) and meant.ingredient == drug.ingredient:
                told.add(strength)
        if len(told) != 1 or drug.doubt:
            return drug
        ((mg, per_ml),) = told
        if drug.strength_mg is None:
            return self._with_strength(replace(drug, per_ml=per_ml), mg)
        if _same(drug.strength_mg, mg) and drug.per_ml == per_ml:
            return drug
        said = f"it says {drug.strength_mg:g} mg, its ingredient {mg:g} mg"
        return replace(drug, strength_mg=None, doubt=said)


def _as_far_as_read(coding: Coding) -> Coding:
    """Leave of a code nobody reads, whose words are read, only that there is one.

    So two orders of one drug are one question, whatever their local codes.
    """
    if coding.system in READ_SYSTEMS or not coding.display or is_distinctive(coding.code):
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
    if coding.display or coding.system in READ_SYSTEMS:
        return False
    if _NAME_LIKE.fullmatch(coding.code) is not None:
        return True
    is_short = " " in coding.code and len(coding.code) <= _LONGEST_NAME
    return is_short and _WORDED.search(coding.code) is not None


_LOCAL: Final = Coding("", "local", "local")
_NO_CODE: Final = Coding("", "", "none")


def _leading(codes: Coded, knowledge: Knowledge, vocabulary: Vocabulary) -> Coded:
    """Leave of the codes of a combination's parts those of its one antidepressant.

    Parts that make a combination of its own stay as they are.
    """
    ingredients = {one.ingredient for one in codes.products}
    leading = [one for one in codes.products if one.ingredient in knowledge.antidepressants]
    is_one = len({one.ingredient for one in leading}) == 1
    if not is_one or any(parts <= ingredients for _, parts in vocabulary.combinations):
        return codes
    if ingredients & OTHER_USE_PARTNERS:
        leading = [replace(one, special_use=_OTHER_INDICATION) for one in leading]
    return replace(codes, products=tuple(leading))


def _by_code(codes: Coded, vocabulary: Vocabulary) -> _Found | None:
    """Return the product the codes mean, else the ingredient of an ATC code, else None."""
    products, by_atc = codes.products, codes.by_atc
    ingredients = {product.ingredient for product in products or by_atc}
    for name, parts in vocabulary.combinations if len(ingredients) > 1 else ():
        is_whole = name in ingredients or parts <= ingredients
        if is_whole and ingredients <= {name, *parts}:
            return Product(code="", ingredient=name, name=name), MatchedBy.CODE
    if len(ingredients | {p.ingredient for p in by_atc if not _shares(p, ingredients)}) > 1:
        named = " and ".join(sorted(ingredients | {p.ingredient for p in by_atc}))
        return Unreadable(f"its codes mean different drugs: {named}")
    if products:
        return best_of(products), MatchedBy.CODE
    return (by_atc[0], MatchedBy.ATC) if by_atc else None


def _shares(product: Product, ingredients: Iterable[str]) -> bool:
    """Say whether a drug is, or is part of, one of these; a combination has codes of its parts."""
    return not parts_of(product.ingredient).isdisjoint(_all_parts(ingredients))


def _all_parts(ingredients: Iterable[str]) -> set[str]:
    return {part for name in ingredients for part in parts_of(name)}


def _why_unreadable(coded: list[Coding], named: list[str]) -> str:
    """Return why neither a code nor a word of a record says anything."""
    lacking = "no word of it names a drug" if any(named) else "it has no name"
    for system, name in _LISTS:
        if any(coding.system == system and coding.code for coding in coded):
            return f"its {name} is not in our lists and {lacking}"
    if any(coding.code for coding in coded):
        return f"its code is of a system that is not read, and {lacking}"
    return lacking if any(named) else "it has no code and no name"


_LISTS: Final = ((RXNORM, "RxNorm code"), (NDC, "NDC"), (SNOMED, "SNOMED CT code"))


def _contradicts(ingredient: str, spoken: Named) -> bool:
    """Say whether the words name other drugs than the code."""
    by_name = spoken.drugs
    if not by_name or ingredient in by_name:
        return False
    return parts_of(ingredient).isdisjoint(_all_parts(by_name))


def _is_other_form(drug: Drug, text: str) -> bool:
    """Say whether the form is none that treats depression: on the skin, selegiline but no patch."""
    if drug.ingredient.endswith("transdermal"):
        return drug.release != PATCH
    return is_for_the_skin(text)


def _same(one: float, other: float) -> bool:
    """Say whether two strengths are one, but for the last digits of a division."""
    return abs(one - other) <= _CLOSE * max(one, other)


_CLOSE: Final = 0.001
