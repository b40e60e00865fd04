"""Which orders and observations can no rule use?

The quick side of the reader's own questions, asked of its own tables: a code that stands in none
of them, and words of which none begins a drug's name or is the name of a scale. Whatever is called
ordinary here, ``DrugNames.recognise`` calls ordinary and ``meaning_of`` gives no meaning; the other
way round it may be too careful, and then the resource is read in full. A test holds the two to it.
"""

from typing import Final

import msgspec

from trd.knowledge import Knowledge
from trd.read.vocabulary import Vocabulary, vocabulary_of
from trd.read.words import contains, tokens

ABSENT: Final = msgspec.Raw(b"")
"""A member that is not there."""


class CodingHead(msgspec.Struct):
    """What is looked up of a Coding."""

    code: str | None = None
    display: str | None = None


class ConceptHead(msgspec.Struct):
    """What is looked up of a CodeableConcept; ``code`` or ``display`` make it a Coding: unusual."""

    coding: list[CodingHead] = []
    text: str | None = None
    code: msgspec.Raw = ABSENT
    display: msgspec.Raw = ABSENT


class Triage:
    """Answers for one call; what is met twice in it is worked out once, and kept no longer."""

    __slots__ = ("_drug_codes", "_drug_words", "_names_drug", "_names_scale", "_vocabulary")

    def __init__(self, knowledge: Knowledge) -> None:
        """Start with nothing met."""
        self._vocabulary: Vocabulary = vocabulary_of(knowledge)
        self._drug_codes = (self._vocabulary.drug_codes, knowledge.atc)
        self._drug_words = self._vocabulary.drug_words
        self._names_drug: dict[str, bool | None] = {}
        self._names_scale: dict[str, bool] = {}

    def is_ordinary_drug(self, concept: ConceptHead) -> bool:
        """Say whether a concept has readable words and nothing of any drug we know."""
        if concept.code is not ABSENT or concept.display is not ABSENT:
            return False
        products, atc = self._drug_codes
        words = [concept.text] if concept.text else []
        for coding in concept.coding:
            code = coding.code.strip() if coding.code else ""
            if code in products or code in atc:
                return False
            if code and not code.isdigit() and self._may_name_drug(code):
                return False
            if coding.display:
                words.append(coding.display)
        found = [self._may_name_drug(text) for text in words]
        return False in found and True not in found

    def is_no_scale(self, concept: ConceptHead) -> bool:
        """Say whether a concept is none of the scales, questions and levels we know."""
        if concept.code is not ABSENT or concept.display is not ABSENT:
            return False
        codes = self._vocabulary.codes
        if concept.text and self._may_name_scale(concept.text):
            return False
        for coding in concept.coding:
            if coding.code and coding.code.strip() in codes:
                return False
            if coding.display and self._may_name_scale(coding.display):
                return False
        return True

    def _may_name_drug(self, text: str) -> bool | None:
        """Say whether a word of a text begins a drug's name; None: it has no words."""
        if text in self._names_drug:
            return self._names_drug[text]
        spoken = tokens(text)
        found = any(word in self._drug_words for word in spoken) if spoken else None
        self._names_drug[text] = found
        return found

    def _may_name_scale(self, text: str) -> bool:
        known = self._names_scale.get(text)
        if known is None:
            spoken = tokens(text)
            known = spoken in self._vocabulary.names or any(
                contains(spoken, wanted) for wanted, _ in self._vocabulary.levels
            )
            self._names_scale[text] = known
        return known
