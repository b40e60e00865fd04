"""Which phrases does a reader of remarks know, and what does each do in a sentence?

The phrases of one subject (why a drug ended, what it is for) and the words that turn them, prepared
once by the first word of each. Accents, apostrophes and capitals do not matter.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from trd.knowledge import Remarks
from trd.read.words import without_accents

WORD: Final = re.compile(r"[^\W_]+")
DOSE: Final = "dose"
"""The name of a doubt that is a change of dose."""

Spoken = tuple[str, ...]


class Kind(IntEnum):
    """What a known phrase does in a sentence."""

    MEANING = 0
    SILENT = 1
    DOUBT = 2
    RELATIVE = 3
    UNDONE = 4
    MOVE = 5
    DRUG = 6


class Entry(NamedTuple):
    """A phrase in the order phrases are taken: the longest first, then by its words."""

    minus_length: int
    spoken: Spoken
    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The phrases of one subject and the words that turn them, prepared for reading."""

    by_first_word: Mapping[str, tuple[Entry, ...]]
    negations: frozenset[str]
    denial_links: frozenset[str]
    plain: frozenset[str]
    stops: frozenset[str]
    causes: frozenset[str]
    changes: frozenset[Spoken]
    numbers: frozenset[str]
    bystanders: frozenset[str]
    senders: frozenset[str]
    shorthand: Mapping[str, str]
    written_short: re.Pattern[str]


def lexicon_of(
    phrases: Mapping[str, tuple[str, ...]],
    remarks: Remarks,
    doubts: Iterable[str],
    relatives: Iterable[str],
    drugs: Mapping[str, str] = MappingProxyType({}),
    plain: Iterable[str] = (),
) -> Lexicon:
    """Prepare the phrases of one subject.

    ``drugs`` are names and the ingredients they mean; ``plain`` the words that may stand beside a
    phrase, none: any word may, and no phrase tells of an effect or of a dose.
    """
    groups = [(Kind.MEANING, name, group) for name, group in phrases.items()]
    groups += [
        (Kind.SILENT, "", remarks.silent),
        (Kind.DOUBT, "", tuple(doubts)),
        (Kind.RELATIVE, "", tuple(relatives)),
        (Kind.UNDONE, "", remarks.undone),
        (Kind.MOVE, "", remarks.moves + remarks.changes),
    ]
    words = frozenset(map(plain_text, plain))
    is_ending = bool(words)
    groups += [(Kind.DOUBT, DOSE, remarks.titrations)] if is_ending else []
    groups += [(Kind.DRUG, ingredient, (name,)) for name, ingredient in drugs.items()]
    short = sorted(remarks.shorthand, key=len, reverse=True)
    return Lexicon(
        by_first_word=_by_first_word(groups),
        negations=frozenset(map(plain_text, remarks.negations)),
        denial_links=frozenset(map(plain_text, remarks.denial_links)),
        plain=words,
        stops=frozenset(map(plain_text, remarks.stops)),
        causes=frozenset(map(plain_text, remarks.causes)),
        changes=frozenset(_spoken(each) for each in remarks.changes if is_ending),
        numbers=frozenset(map(plain_text, remarks.numbers)),
        bystanders=frozenset(plain_text(each) for each in remarks.bystanders if is_ending),
        senders=frozenset(plain_text(each) for each in remarks.senders if is_ending),
        shorthand=remarks.shorthand,
        written_short=re.compile(
            rf"(?<![\w/])(?:{'|'.join(map(re.escape, short))})(?![\w/])", re.IGNORECASE
        ),
    )


def _by_first_word(
    groups: Iterable[tuple[Kind, str, tuple[str, ...]]],
) -> dict[str, tuple[Entry, ...]]:
    """Return the phrases by their first word; of two with the same words the first is meant."""
    found: dict[Spoken, Entry] = {}
    for kind, name, group in groups:
        for phrase in group:
            spoken = _spoken(phrase)
            found.setdefault(spoken, Entry(-len(spoken), spoken, kind, name))
    by_first_word: dict[str, list[Entry]] = {}
    for entry in found.values():
        by_first_word.setdefault(entry.spoken[0], []).append(entry)
    return {word: tuple(entries) for word, entries in by_first_word.items()}


def _spoken(phrase: str) -> Spoken:
    return tuple(WORD.findall(plain_text(phrase)))


def plain_text(text: str) -> str:
    """Return a text in lower case without accents and apostrophes ("no respondió", "didn't")."""
    return without_accents(text.lower().replace("'", "").replace("\u2019", ""))
