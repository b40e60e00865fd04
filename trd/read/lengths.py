"""After how few days, by its words, did a drug have no effect?

"No effect after two weeks" speaks of fourteen days, whatever the order says. What lies so long
back ("two weeks ago") or comes so often ("every two weeks") is no such length.
"""

from typing import Final

from trd.knowledge import Remarks
from trd.read.lexicon import WORD, plain_text

_NO_LENGTH_BEFORE: Final = frozenset({"every", "each", "per", "last", "past", "cada", "hace"})
_NO_LENGTH_AFTER: Final = frozenset({"ago", "supply"})
_AFTER: Final = frozenset({"after", "within", "only", "for", "in", "tras", "durante", "por"})
_ONE: Final = frozenset({"a", "one", "un", "una"})


def shortest_length(text: str, remarks: Remarks) -> int | None:
    """Return the fewest days a text speaks of, None where it speaks of none."""
    words = ["", "", "", *WORD.findall(plain_text(text)), ""]
    found = [
        remarks.lengths[word] * count
        for at, word in enumerate(words)
        if word in remarks.lengths
        and words[at + 1] not in _NO_LENGTH_AFTER
        and (count := _count_before(words, at, remarks))
    ]
    return min(found, default=None)


def _count_before(words: list[str], at: int, remarks: Remarks) -> int:
    """Return how many of a unit stand before it, 0 where none do."""
    at -= 2 if words[at - 1] == "of" else 1
    before, word = words[at - 1], words[at]
    if before in _NO_LENGTH_BEFORE:
        return 0
    if word in _ONE:
        return int(before in _AFTER)
    if word.isascii() and word.isdecimal():
        return int(word[:4])
    return remarks.numbers.get(word, 0)
