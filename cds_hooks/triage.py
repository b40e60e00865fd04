"""Which orders, observations and conditions can no rule use?

The quick side of the reader's own questions, asked of its own tables: a code that stands in none
of them, and words of which none begins a drug's name or means a scale. Whatever is called ordinary
here, ``DrugNames.recognise`` calls ordinary and ``meaning_of`` gives no meaning; the other
way round it may be too careful, and then the resource is read in full. A test holds the two to it.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import msgspec

from trd.knowledge import Knowledge
from trd.read.access import Coding, system_of
from trd.read.conditions import hits_of
from trd.read.drug_codes import may_be_drug
from trd.read.drug_words import name_words, names_class, says_something
from trd.read.scales import spoken_meaning
from trd.read.vocabulary import Vocabulary, vocabulary_of
from trd.read.words import meanings, tokens

ABSENT: Final = msgspec.Raw(b"")
"""A member that is not there."""

Answer = TypeVar("Answer")


class CodingHead(msgspec.Struct, gc=False):
    """What is looked up of a Coding."""

    code: str | None = None
    display: str | None = None


class ConceptHead(msgspec.Struct, gc=False):
    """What is looked up of a CodeableConcept; ``code`` or ``display`` make it a Coding: unusual."""

    coding: list[CodingHead] = []
    text: str | None = None
    code: msgspec.Raw = ABSENT
    display: msgspec.Raw = ABSENT


class DiagnosisCoding(CodingHead, gc=False):
    """What is looked up of a diagnosis code."""

    system: str | None = None


class CodedHead(msgspec.Struct, gc=False):
    """What is looked up of a CodeableConcept of a diagnosis."""

    coding: list[DiagnosisCoding] = []
    text: str | None = None
    code: msgspec.Raw = ABSENT
    display: msgspec.Raw = ABSENT


class _WorkedOut(dict[str, Answer]):
    """Answers by the words they were asked of, each worked out when it is asked first."""

    __slots__ = ("_work_out",)

    def __init__(self, work_out: Callable[[str], Answer]) -> None:
        """Start with nothing asked."""
        super().__init__()
        self._work_out = work_out

    def __missing__(self, text: str) -> Answer:
        """Work out and keep one answer."""
        found = self[text] = self._work_out(text)
        return found


class Triage:
    """Answers for one call; what is met twice in it is worked out once, and kept no longer."""

    __slots__ = (
        "_codes_drug",
        "_knowledge",
        "_names_diagnosis",
        "_names_drug",
        "_names_scale",
        "_vocabulary",
    )

    def __init__(self, knowledge: Knowledge) -> None:
        """Start with nothing met."""
        self._knowledge = knowledge
        self._vocabulary: Vocabulary = vocabulary_of(knowledge)
        rxnorm = self._vocabulary.drug_codes
        self._codes_drug = _WorkedOut(partial(may_be_drug, knowledge=knowledge, rxnorm=rxnorm))
        self._names_drug = _WorkedOut(partial(_may_name_drug, knowledge, self._vocabulary))
        self._names_scale = _WorkedOut(partial(_may_name_scale, self._vocabulary))
        self._names_diagnosis = _WorkedOut(partial(_may_name_diagnosis, knowledge))

    def is_ordinary_drug(self, concept: ConceptHead) -> bool:
        """Say whether a concept has readable words and nothing of any drug we know."""
        if concept.code is not ABSENT or concept.display is not ABSENT:
            return False
        codes_drug, names_drug = self._codes_drug, self._names_drug
        found = [names_drug[concept.text]] if concept.text else []
        for coding in concept.coding:
            code = coding.code.strip() if coding.code else ""
            if code and codes_drug[code]:
                return False
            if code and not code.isdigit() and names_drug[code]:
                return False
            if coding.display:
                found.append(names_drug[coding.display])
        return False in found and True not in found

    def is_no_scale(self, concept: ConceptHead) -> bool:
        """Say whether a concept is none of the scales, questions and levels we know."""
        if concept.code is not ABSENT or concept.display is not ABSENT:
            return False
        codes, names_scale = self._vocabulary.codes, self._names_scale
        if concept.text and names_scale[concept.text]:
            return False
        for coding in concept.coding:
            if coding.code and coding.code.strip() in codes:
                return False
            if coding.display and names_scale[coding.display]:
                return False
        return True

    def is_no_diagnosis(self, concept: CodedHead) -> bool:
        """Say whether a concept tells something, and nothing of it is a diagnosis we know."""
        if concept.code is not ABSENT or concept.display is not ABSENT:
            return False
        if concept.text and self._names_diagnosis[concept.text]:
            return False
        systems = self._vocabulary.diagnosis_systems
        is_told = bool(concept.text and concept.text.strip())
        for one in concept.coding:
            coding = Coding(system_of((one.system or "").strip()), (one.code or "").strip(), "")
            if hits_of(coding, self._knowledge, self._vocabulary):
                return False
            if one.display and self._names_diagnosis[one.display]:
                return False
            has_words = bool(one.display and one.display.strip())
            is_told = is_told or has_words or bool(coding.code and coding.system in systems)
        return is_told


def _may_name_drug(knowledge: Knowledge, vocabulary: Vocabulary, text: str) -> bool | None:
    """Say whether a text may name a drug or a class; None: no word of it could name one."""
    spoken = tokens(text)
    if not vocabulary.drug_words.isdisjoint(name_words(text)) or names_class(spoken, knowledge):
        return True
    return False if says_something(spoken, knowledge) else None


def _may_name_scale(vocabulary: Vocabulary, text: str) -> bool:
    """Say whether words mean a scale, a question or a level, with the reader's own look."""
    return spoken_meaning(text, vocabulary) is not None


def _may_name_diagnosis(knowledge: Knowledge, text: str) -> bool:
    """Say whether words name a diagnosis, with the reader's own look."""
    phrases = knowledge.phrases
    return bool(meanings(text, phrases.conditions, phrases.negations))
