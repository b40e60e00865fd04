"""Of which numbers, words and signs does a dosage text consist?

A text becomes a row of items; each has a kind, a letter of ``trd.knowledge.sig_words`` or a sign
as it is written. A word that stands nowhere in the knowledge is one of MORE, unless it names the
drug: it may change all that stands beside it.
"""

import re
from collections.abc import Container, Iterator, Mapping
from typing import Final, NamedTuple

from trd.knowledge.sig_words import AND, DATED, MORE, NUMBER, SigTerm
from trd.read.amounts import Amount
from trd.read.sig_dates import DATED as DATED_DAY
from trd.read.words import without_accents

_LONGEST_TEXT: Final = 600
"""Characters of a dosage text; a longer one is a leaflet."""
_MOST_PIECES: Final = 120
"""Words, numbers and signs of a dosage text."""
_LONGEST_PHRASE: Final = 8
_SHORTEST_NAME: Final = 4
_VULGAR: Final = {
    "\u00bd": " 1/2 ",
    "\u00bc": " 1/4 ",
    "\u00be": " 3/4 ",
    "\u2153": " 1/3 ",
    "\u2154": " 2/3 ",
    "\u00d7": " x ",
    "\u2044": "/",
    "\u2010": "-",
    "\u2011": "-",
    "\u2012": "-",
    "\u2013": "-",
    "\u2014": " - ",
    "\u2212": "-",
    "\u2019": "'",
}
_DAYS: Final = "mon|tue|wed|thu|fri|sat|sun|lun|mar|mie|jue|vie|sab|dom"
_WEEKDAY: Final = rf"(?:{_DAYS})[a-z]*"
_SOON_BEFORE: Final = (
    r"\b(?:\d+(?: ?- ?\d+)?|an?|one|half an?) (?:hours?|hrs?|minutes?|mins?|horas?|minutos?) "
    r"(?:before|prior to|antes del?) (?=bed|sleep|going|breakfast|lunch|dinner|supper|meal)"
)
_LIQUID: Final = (
    r"\b(?:with |in |diluted in |dissolved in )?(?:\d+|a) ?(?:oz|ounces?|ml|cups?|glass(?:es)?)\.? "
    r"(?:of )?(?:water|juice|fluid|liquid)\b"
)
_HARM: Final = r"(?:crush|chew|cut|split|break|open|divide)"
"""What must not be done to a tablet: no part of the dose."""
_TIDIED: Final = (
    # "b.i.d."
    (".", r"\b((?:[a-z]\.){1,3}[a-z])\b\.?", lambda m: m[1].replace(".", "")),
    # letters that look like digits: what is meant cannot be told
    ("", r"\b[ilo]+\d|\d[io](?![a-z])|\d[io]\d", lambda _: "?"),
    # "on" at the end is each night
    (" on", r"(?<=mg) on$|(?<=tab) on$|(?<=tablet) on$|(?<=cap) on$", lambda _: " nocte"),
    # one or more: "tablet(s)"
    ("s)", r"\(s\)|\(es\)", lambda _: "s"),
    # "1 dose" is no number of tablets
    (" dose", r"\d dose\b", lambda _: "?"),
    # days, headings and hours that are no part of the dose
    ("", DATED_DAY, lambda _: " \x01 "),
    (":", r"^(?:taper|titration|titrate)(?: as follows)?:", lambda _: " "),
    (":", r"^dose (?:increase|decrease|change):", lambda _: " "),
    # "8 pm" without "at" may be 8 tablets at night
    ("m", r"(?<!at )(?<!@ )(?<![\d:./])\d{1,2} ?[ap] ?m\b", lambda _: "?"),
    # how long before a meal, what it is swallowed with, "within 24 hours"
    (" ", _SOON_BEFORE, lambda _: "before "),
    (" ", _LIQUID, lambda _: " "),
    ("24", r"\b(?:with)?in (?:a )?24 ?(?:hours?|hrs?|h)\b", lambda _: "a day"),
    # "between 1 and 2", "MWF", "d/c", "w/ food", "c/ 12 horas"
    ("between ", r"\bbetween (\S+) and (\S+)", lambda m: f"{m[1]} to {m[2]}"),
    ("do not ", rf"\bdo not {_HARM}(?:(?:,? (?:or|and)|,|/) ?{_HARM})*\b", lambda _: " "),
    ("po/", r"(?<=\bpo)/(?:ng|og)\b", lambda _: " "),
    ("w", r"\bm[/,-]?w[/,-]?f\b", lambda _: "mon, wed, fri"),
    ("d", r"\bd/?c(?:'?d|ed)?\b(?=[ .,;]|$)", lambda _: "discontinue"),
    ("w/", r"\bw/(?!o)", lambda _: "with "),
    ("c/", r"\bc/ ?(?=\d|dia|noche|manana|hora|sem)", lambda _: "cada "),
    # commas of thousands and of decimals
    (",", r"(?<=\d),(?=\d{3}\b)(?!\d{4})", lambda _: "\0"),
    (",", r"(?<=\d),(?=\d{1,2}\b)", lambda _: "."),
    # "mon-fri", then hyphens and digits that stick to words, ".5"
    ("-", rf"\b({_WEEKDAY})-(?=(?:{_DAYS}))", lambda m: f"{m[1]} to "),
    ("-", r"(?<=[a-z])-(?=[a-z])", lambda _: " "),
    ("-", r"(?<=\d)-(?=[a-z])", lambda _: " "),
    ("", r"(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)", lambda _: " "),
    (".", r"(?<![\d.])\.(?=\d)", lambda _: "0."),
    # "t1t", "ii tabs"
    ("t ", r"\bt (\d) (t|c)s?\b", lambda m: f"{m[1]} {'tab' if m[2] == 't' else 'cap'}"),
    (" po", r"(?<=[a-z\d] )(t|c)s?(?= po\b)", lambda m: "tab" if m[1] == "t" else "cap"),
    ("po d", r"(?<=\bpo )d\b(?! ?\d)", lambda _: "daily"),
    ("i ", r"\b(i{1,3}) (?=tab|cap|po\b)", lambda m: f"{len(m[1])} "),
)
"""Ways of writing one thing that are made one way before the text is split.

What a text must hold for it, the form, and how it is written then.
"""
_COMPILED: Final = tuple((held, re.compile(form), made) for held, form, made in _TIDIED)
_PIECES: Final = re.compile(
    r"(?P<mixed>\d+ \d/\d(?![\d/]))|(?P<fraction>(?<![\d/])\d/\d(?![\d/]))"
    r"|(?P<number>\d+(?:[.\0]\d+)*)|(?P<word>[a-z\u00b5\u03bc]+(?:'[a-z]+)?)|(?P<sign>[^\s'\"])"
)
_FRACTIONS: Final = {"1/2": 0.5, "1/4": 0.25, "3/4": 0.75, "1/3": 1 / 3, "2/3": 2 / 3}
_SIGNS: Final = {
    ";": ",",
    ".": ",",
    "[": "(",
    "]": ")",
    "{": "(",
    "}": ")",
    "&": "a",
    "+": "a",
    "\x01": DATED,
}
_KNOWN_SIGNS: Final = frozenset("-/()=,:#@|*_")
_PLAIN_SIGNS: Final = frozenset("|*_")
DECIMAL: Final = "decimal"
"""The name of a number that is written with a decimal point."""
_THOUSAND: Final = 3


class Item(NamedTuple):
    """One item: its kind, its number as a range, and the part of the day or weekday it names."""

    kind: str
    low: float = 0.0
    high: float = 0.0
    name: str = ""

    def amount(self) -> Amount:
        """Return its number as a range."""
        return Amount(self.low, self.high)


_Piece = tuple[str, str]
"""What a piece of a text is, by the name of its group in ``_PIECES``, and its signs."""


def items_of(text: str, terms: Mapping[str, SigTerm], names: Container[str]) -> list[Item]:
    """Return the items of a text in order; a text too long to be an instruction is one of MORE.

    ``names`` are words in lower case that begin the name of a drug.
    """
    plain = plain_of(text) if len(text) <= _LONGEST_TEXT else ""
    if len(plain) > _LONGEST_TEXT or (text and not plain):
        return [Item(MORE)]
    pieces = [(found.lastgroup or "", found[0]) for found in _PIECES.finditer(_tidied(plain))]
    if len(pieces) > _MOST_PIECES:
        return [Item(MORE)]
    return list(_items(pieces, terms, names))


def plain_of(text: str) -> str:
    """Return a text in lower case, without accents, in one line and one script of signs."""
    plain = text
    for sign, written in () if text.isascii() else _VULGAR.items():
        plain = plain.replace(sign, written)
    return " ".join(without_accents(plain.lower()).split())


def _tidied(text: str) -> str:
    for held, form, made in _COMPILED:
        if held in text:
            text = form.sub(made, text)
    return text


def _items(
    pieces: list[_Piece], terms: Mapping[str, SigTerm], names: Container[str]
) -> Iterator[Item]:
    at = 0
    while at < len(pieces):
        what, text = pieces[at]
        if what == "word":
            size, term = _longest(pieces, at, terms)
            at += size
            if term is None and (len(text) < _SHORTEST_NAME or text not in names):
                yield Item(MORE)
            elif term is not None and term.kind:
                yield Item(term.kind, term.value, term.value, term.name)
            continue
        at += 1
        if what == "sign":
            yield from _sign(text)
        else:
            yield _number(what, text)


def _longest(
    pieces: list[_Piece], at: int, terms: Mapping[str, SigTerm]
) -> tuple[int, SigTerm | None]:
    """Return how many words the longest phrase from here has, and what it is."""
    run = []
    for what, text in pieces[at : at + _LONGEST_PHRASE]:
        if what != "word":
            break
        run.append(text)
    for size in range(len(run), 0, -1):
        term = terms.get(" ".join(run[:size]))
        if term is not None:
            return size, term
    return 1, None


def _sign(text: str) -> Iterator[Item]:
    kind = _SIGNS.get(text, text)
    if kind in _PLAIN_SIGNS:
        return
    yield Item(kind) if kind in {AND, DATED} or kind in _KNOWN_SIGNS else Item(MORE)


def _number(what: str, text: str) -> Item:
    """Return a number; one that can be read in two ways is one of MORE."""
    if what == "fraction":
        value = _FRACTIONS.get(text)
    elif what == "mixed":
        whole, _, part = text.partition(" ")
        value = _FRACTIONS[part] + int(whole) if part in _FRACTIONS else None
    else:
        value = _decimal(text)
    name = DECIMAL if "." in text else ""
    return Item(MORE) if value is None else Item(NUMBER, value, value, name)


def _decimal(text: str) -> float | None:
    if "\0" in text:
        first, *groups = text.split("\0")
        is_thousands = first != "0" and len(groups) == 1 and "." not in text
        return float(first + groups[0]) if is_thousands else None
    first, _, rest = text.partition(".")
    if "." in rest or (len(rest) == _THOUSAND and first != "0"):
        return None
    return float(text) if len(text) < 12 else None  # noqa: PLR2004 - no dose has so many digits
