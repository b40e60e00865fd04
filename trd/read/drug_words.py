"""Which drugs do a record's words name?

Whole names only, the longest first; a negated name names nothing. The parts of a combination are
that one drug. Words like "medication, see notes" name nothing and are no drug of no concern.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from trd.knowledge import Knowledge, Product
from trd.read.ingredients import is_combination
from trd.read.vocabulary import Vocabulary
from trd.read.words import spoken_any, tokens

_GLUED: Final = re.compile(r"(?<=[^\W\d_]{3})(?=\d)|(?<=\d(?:mg|ml))(?=[^\W\d_]{3})", re.IGNORECASE)
"""Where a name and a strength were written as one word: "sertraline50mg"."""


@dataclass(frozen=True, slots=True)
class Named:
    """The drugs that words name, by ingredient.

    ``is_mixed``: they name a partner beside it, whose strength a lone strength may be.
    """

    drugs: Mapping[str, Product] = field(default_factory=dict)
    is_mixed: bool = False


def names_in(texts: Iterable[str], knowledge: Knowledge, vocabulary: Vocabulary) -> Named:
    """Return the drugs that the words name; parts of a combination are folded.

    "bupropion / naltrexone" is the combination, not two drugs; "not fluoxetine" names nothing.
    The longest name tells most. Rule: R9 (whole names in text).
    """
    matches: list[tuple[int, int, Product]] = []
    said: set[str] = set()
    for place, text in enumerate(texts):
        spoken = name_words(text)
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
    if not found:
        return Named()
    folded = _fold_combinations(found, said, knowledge, vocabulary)
    return Named(folded, is_mixed=len(found) > 1 or any(map(is_combination, folded)))


def name_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in which a drug's name may stand."""
    return tokens(_GLUED.sub(" ", text))


def names_class(spoken: tuple[str, ...], knowledge: Knowledge) -> bool:
    """Say whether words speak of antidepressants as a class: "SSRI tablet"."""
    return spoken_any(spoken, knowledge.phrases.antidepressant_classes)


def says_something(spoken: Iterable[str], knowledge: Knowledge) -> bool:
    """Say whether a word could name a drug: no number, no word like "tablet"."""
    vague = knowledge.vague_words
    return any(not word[0].isdigit() and word not in vague for word in spoken)


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
    if partners & OTHER_USE_PARTNERS:
        product = replace(product, special_use="other-indication")
    return {ingredient: product}


OTHER_USE_PARTNERS: Final = frozenset({"naltrexone"})
"""A partner that makes the combination a product for another use (weight)."""
