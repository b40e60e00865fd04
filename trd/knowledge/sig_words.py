"""Which words of a dosage text are a number, a time, a piece, or a sign that there is more to know?

Words only (``sigs.toml``). How they are put together is the reader's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trd.knowledge.tables import Document, Tables

NUMBER, MASS, PIECE, MILLILITRE = "n", "m", "p", "l"
TIMES, RATE, PERIOD, PART, WEEKDAY = "f", "y", "d", "t", "w"
EVERY, OTHER, BY, ONCE, TWICE, THRICE = "e", "o", "x", "1", "2", "3"
ARTICLE, AND, OR, TO, THEN, AFTER, FOR, AT = "Z", "a", "r", "-", ">", "A", "F", "@"
AS_NEEDED, TOTAL, APIECE, OF, DIVIDED = "q", "T", "E", "g", "V"
DAILY_TOTAL, MOST, UP_TO, SUPPLY, REFILL = "Y", "M", "u", "#", "R"
INCREASE, MAYBE, STOP, ONWARD, HALF_MORE = "i", "c", "S", "O", "h"
REASON, DATED, MAY, HOLD = "N", "H", "P", "G"
DOSES, SCHEDULE = "k", "X"
NOTHING, MORE = "", "!"

_WORDS: Final[Mapping[str, str]] = {
    "piece": PIECE,
    "form": PIECE,
    "millilitre": MILLILITRE,
    "every": EVERY,
    "other": OTHER,
    "times": BY,
    "once": ONCE,
    "twice": TWICE,
    "thrice": THRICE,
    "article": ARTICLE,
    "and": AND,
    "or": OR,
    "to": TO,
    "then": THEN,
    "after": AFTER,
    "for": FOR,
    "as-needed": AS_NEEDED,
    "total": TOTAL,
    "daily-total": DAILY_TOTAL,
    "apiece": APIECE,
    "of": OF,
    "divided": DIVIDED,
    "doses": DOSES,
    "schedule": SCHEDULE,
    "most": MOST,
    "up-to": UP_TO,
    "supply": SUPPLY,
    "refill": REFILL,
    "increase": INCREASE,
    "maybe": MAYBE,
    "may": MAY,
    "stop": STOP,
    "hold": HOLD,
    "onward": ONWARD,
    "at": AT,
    "half-more": HALF_MORE,
    "reason": REASON,
    "nothing": NOTHING,
    "idle": NOTHING,
    "more": MORE,
}
"""Lists of [words] and the kind of term each one names."""
_MEASURED: Final[Mapping[str, str]] = {
    "numbers": NUMBER,
    "mass": MASS,
    "times_a_day": TIMES,
    "periods": PERIOD,
    "rates": RATE,
}
"""Tables of numbers: the number, mg, times a day, days, days."""


@dataclass(frozen=True, slots=True)
class SigTerm:
    """What a phrase is: its kind (a letter, "" for nothing), its number, or the part it names."""

    kind: str
    value: float = 0.0
    name: str = ""


def read_sig_words(tables: Tables) -> dict[str, SigTerm]:
    """Return the phrases of dosage texts; one that stands for two things is a fault."""
    document = tables.document("sigs.toml")
    document.cite()
    found: dict[str, SigTerm] = {}
    _read_numbers(document, found)
    for table, kind in (("parts", PART), ("weekdays", WEEKDAY)):
        for name in document.table(table):
            for phrase in document.phrases(table, name):
                _add(found, phrase, SigTerm(kind, name=name), document, table)
    held = document.table("words")
    for name in held:
        if name not in _WORDS:
            document.fault(f"{name!r} is no kind of word", "words", name)
    for name, kind in _WORDS.items():
        for phrase in document.phrases("words", name):
            _add(found, phrase, SigTerm(kind, name=name if kind == TO else ""), document, "words")
    return found


def _read_numbers(document: Document, found: dict[str, SigTerm]) -> None:
    for table, kind in _MEASURED.items():
        for phrase, value in document.table(table).items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
                document.fault(f"{phrase!r} is not a number above 0", table, phrase)
                continue
            _add(found, phrase, SigTerm(kind, float(value)), document, table)


def _add(
    found: dict[str, SigTerm], phrase: str, term: SigTerm, document: Document, table: str
) -> None:
    held = found.setdefault(phrase, term)
    if held != term:
        document.fault(f"{phrase!r} stands for two things", table, phrase)
