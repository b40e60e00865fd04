"""Which of the known phrases does a charted text say?

Precision before recall: phrases are whole words, the longest match is taken first and consumes its
words, and a phrase with a negation shortly before it is not said. A group of phrases is prepared
once, by the first word of each; nothing of a patient's text is kept.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|%")
_BLANKED: Final = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})
"""ASCII without what is no letter or digit: the same words, found twice as fast."""
_NEGATION_REACH: Final = 3
"""A negation speaks for a phrase that starts at most this many words later."""
_TAKEN: Final = "\0"
_CLAUSE_ENDS: Final = frozenset({_TAKEN, "but", "and", "pero"})
_MOST_BOOKS: Final = 64


class _Phrase(NamedTuple):
    """A phrase in the order phrases are taken: the longest first, then by its words."""

    minus_length: int
    spoken: tuple[str, ...]
    meaning: str


class _Book(NamedTuple):
    """A prepared group of phrases; ``source`` is kept so that its identity stays its own."""

    source: object
    by_first_word: Mapping[str, tuple[_Phrase, ...]]


_BOOKS: Final[dict[int, _Book]] = {}
"""Prepared groups by the identity of their source: the knowledge's own, never a patient's words."""


def tokens(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, without punctuation."""
    low = text.lower()
    if low.isascii() and "'" not in low and "%" not in low:
        return tuple(low.translate(_BLANKED).split())
    return tuple(_WORD.findall(low))


def without_accents(text: str) -> str:
    """Return a text without the accents of its letters ("respondió")."""
    if text.isascii():
        return text
    parted = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in parted if not unicodedata.combining(sign))


def contains(text: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Say whether these words stand in the text, in order and side by side."""
    if wanted and wanted[0] not in text:
        return False
    size = len(wanted)
    return any(text[at : at + size] == wanted for at in range(len(text) - size + 1))


def says_any(text: str, phrases: tuple[str, ...]) -> bool:
    """Say whether one of the phrases stands in the text, negated or not."""
    return bool(text) and spoken_any(tokens(text), phrases)


def spoken_any(found: tuple[str, ...], phrases: tuple[str, ...]) -> bool:
    """Say whether one of the phrases stands in these words, negated or not."""
    book = _book_of(phrases)
    return not book.by_first_word.keys().isdisjoint(found) and any(
        found[at : at + len(phrase.spoken)] == phrase.spoken
        for at, word in enumerate(found)
        for phrase in book.by_first_word.get(word, ())
    )


def meanings(
    text: str, phrases: Mapping[str, tuple[str, ...]], negations: Iterable[str]
) -> frozenset[str]:
    """Return the meanings whose phrases the text says and does not negate."""
    spoken, book = tokens(text), _book_of(phrases)
    if book.by_first_word.keys().isdisjoint(spoken):
        return frozenset()
    found = list(spoken)
    candidates = [
        (phrase, at) for at, word in enumerate(found) for phrase in book.by_first_word.get(word, ())
    ]
    denied = frozenset(negations)
    said = set()
    for phrase, at in sorted(candidates):
        size = len(phrase.spoken)
        if tuple(found[at : at + size]) != phrase.spoken:
            continue
        before = found[max(0, at - _NEGATION_REACH) : at]
        found[at : at + size] = [_TAKEN] * size
        if phrase.spoken[0] in denied or denied.isdisjoint(_same_clause(before)):
            said.add(phrase.meaning)
    return frozenset(said)


def _same_clause(before: list[str]) -> list[str]:
    """Keep the words after the last phrase already taken: a negation speaks once."""
    for at in range(len(before) - 1, -1, -1):
        if before[at] in _CLAUSE_ENDS:
            return before[at + 1 :]
    return before


def _book_of(source: Mapping[str, tuple[str, ...]] | tuple[str, ...]) -> _Book:
    """Return the prepared group of these phrases, preparing it when it is met first."""
    held = _BOOKS.get(id(source))
    if held is None:
        if len(_BOOKS) >= _MOST_BOOKS:
            _BOOKS.clear()
        held = _BOOKS[id(source)] = _Book(source, _by_first_word(source))
    return held


def _by_first_word(
    source: Mapping[str, tuple[str, ...]] | tuple[str, ...],
) -> Mapping[str, tuple[_Phrase, ...]]:
    groups = source if isinstance(source, Mapping) else {"": source}
    found: dict[str, list[_Phrase]] = {}
    for meaning, group in groups.items():
        for phrase in group:
            spoken = tokens(phrase)
            if spoken:
                found.setdefault(spoken[0], []).append(_Phrase(-len(spoken), spoken, meaning))
    return {word: tuple(group) for word, group in found.items()}
