"""Which of the known phrases does a charted text say?

Precision before recall: phrases are whole words, the longest match is taken first and consumes its
words, and a phrase with a negation shortly before it is not said.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|%")  # noqa: RUF001
_NEGATION_REACH: Final = 3
"""A negation speaks for a phrase that starts at most this many words later."""


def tokens(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, without punctuation."""
    return tuple(_WORD.findall(text.lower()))


@lru_cache(maxsize=4096)
def _phrase_tokens(phrase: str) -> tuple[str, ...]:
    return tokens(phrase)


def contains(text: tuple[str, ...], phrase: str) -> bool:
    """Say whether the words of the phrase stand in the text, in order and side by side."""
    wanted = _phrase_tokens(phrase)
    size = len(wanted)
    return any(text[at : at + size] == wanted for at in range(len(text) - size + 1))


def says_any(text: str, phrases: Iterable[str]) -> bool:
    """Say whether one of the phrases stands in the text, negated or not."""
    found = tokens(text)
    return any(contains(found, phrase) for phrase in phrases)


def meanings(
    text: str, phrases: Mapping[str, tuple[str, ...]], negations: Iterable[str]
) -> frozenset[str]:
    """Return the meanings whose phrases the text says and does not negate."""
    found = list(tokens(text))
    denied = frozenset(negations)
    said = set()
    for phrase, meaning in _longest_first(phrases):
        size = len(phrase)
        for at in range(len(found) - size + 1):
            if tuple(found[at : at + size]) != phrase:
                continue
            before = found[max(0, at - _NEGATION_REACH) : at]
            found[at : at + size] = ["\0"] * size
            if phrase[0] in denied or denied.isdisjoint(_same_clause(before)):
                said.add(meaning)
    return frozenset(said)


def _same_clause(before: list[str]) -> list[str]:
    """Keep the words after the last phrase already taken: a negation speaks once."""
    for at in range(len(before) - 1, -1, -1):
        if before[at] in {"\0", "but", "and", "pero"}:
            return before[at + 1 :]
    return before


def _longest_first(
    phrases: Mapping[str, tuple[str, ...]],
) -> list[tuple[tuple[str, ...], str]]:
    pairs = [(_phrase_tokens(p), meaning) for meaning, group in phrases.items() for p in group]
    return sorted(pairs, key=lambda pair: (-len(pair[0]), pair[0], pair[1]))
