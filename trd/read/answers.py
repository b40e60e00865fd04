"""What does a recorded value say: a number, yes or no, or words?

One value may be understood in several ways; they are returned best first. A score written into an
answer's extension is the author's own number and speaks before the answer's code.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from trd.knowledge import Scales
from trd.read.access import (
    LOINC,
    Coding,
    Json,
    choice,
    codings,
    number,
    rows,
    table,
    texts,
    words,
)
from trd.read.words import tokens

_YES: Final = frozenset({"yes", "y", "true", "s\u00ed", "si", "positive"})
_NO: Final = frozenset({"no", "n", "false", "negative"})
_ITEM_WORDS: Final = {
    "not at all": "0",
    "several days": "1",
    "more than half the days": "2",
    "nearly every day": "3",
    "varios d\u00edas": "1",
    "nunca": "0",
    "never": "0",
    "hardly ever": "1",
    "sometimes": "2",
    "yes quite often": "3",
}
_NUMBER_FIRST: Final = re.compile(r"[(\[]?(?P<number>\d)[)\]]?[\s.:=\u2013-]+(?P<words>\D+)")
_NUMBER_LAST: Final = re.compile(r"(?P<words>\D+?)[\s:=\u2013-]*[(\[]?(?P<number>\d)[)\]]?")
_SCORE_EXTENSIONS: Final = ("ordinalValue", "itemWeight", "iso21090-CO-value")


Said = str | float
"""What a value says: a number, or words in lower case."""


def values_said(entry: Json, scales: Scales) -> list[Said]:
    """Return what the ``value[x]`` of an entry says, best first, [] if nothing readable."""
    whole = entry.get("valueInteger")
    if isinstance(whole, int) and not isinstance(whole, bool):
        plain = number(whole)
        return [] if plain is None else [plain]
    return [said for value in choice(entry, "value") for said in _said(value, scales)]


def as_words(said: Said) -> str:
    """Return a number or words as words ("2", "yes")."""
    return said if isinstance(said, str) else f"{said:.10g}"


def _said(value: Any, scales: Scales) -> list[Said]:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    plain = number(value)
    if plain is not None:
        return [plain]
    if isinstance(value, str):
        return [_word(value)] if value.strip() else []
    source = table(value)
    if "value" in source:
        return _quantity(source)
    coded = codings(value)
    ordinal = [_ordinal(row) for row in rows(source.get("coding")) or [source]]
    known = [said for coding in coded if (said := _listed(coding, scales))]
    spoken = [_word(text) for text in texts(value)]
    return [said for said in (*ordinal, *known, *spoken) if said not in {None, ""}]


def _listed(coding: Coding, scales: Scales) -> str | None:
    """Return what a code of an answer list says; LOINC's are known without their system."""
    is_bare = not coding.system and coding.code.startswith("LA")
    return scales.answers.get((LOINC if is_bare else coding.system, coding.code))


def _quantity(source: Json) -> list[Said]:
    """Return a Quantity's number; "more than" a number is none."""
    value = number(source.get("value"))
    return [value] if value is not None and not source.get("comparator") else []


def _ordinal(coding: Json) -> float | None:
    """Return the score an answer's extension carries, or None."""
    for extension in rows(coding.get("extension")):
        if words(extension.get("url")).endswith(_SCORE_EXTENSIONS):
            for value in choice(extension, "value"):
                return number(value)
    return None


def _word(text: str) -> str:
    """Return yes, no or an item's number for the usual words, else the words in lower case."""
    low = " ".join(tokens(text))
    if low in _YES:
        return "yes"
    if low in _NO:
        return "no"
    return _ITEM_WORDS.get(low) or _numbered(text) or text.strip().lower()


def _numbered(text: str) -> str:
    """Return the number an item's words are decorated with, where the two agree, else "".

    "2 - more than half the days" and "more than half the days (2)" are 2; "3 - several days" is
    nothing that can be read.
    """
    found = _NUMBER_FIRST.fullmatch(text.strip()) or _NUMBER_LAST.fullmatch(text.strip())
    if found is None:
        return ""
    number_said, said = found["number"], " ".join(tokens(found["words"]))
    return number_said if _ITEM_WORDS.get(said) == number_said else ""


def whole_within(told: Iterable[Said], low: int, high: int) -> int | None:
    """Return the first whole number said that lies within the range, or None."""
    for said in told:
        value = number(said) if isinstance(said, str) else said
        if value is not None and low <= value <= high and value == int(value):
            return int(value)
    return None
