"""By which codes and names are scales, their items and suicide-risk questions known?

A score's code, an item's, an answer's and a panel's are different things: a panel is never a
score. What has no code is known by name, in lower case, with and without its punctuation; such a
key has "text" where a code has its system.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from trd.knowledge import Scales
from trd.knowledge.tables import Document, Row, Tables

TEXT: Final = "text"
QUESTIONS: Final = frozenset(
    {
        "asq-now",
        "asq-other",
        "cssrs-most-severe",
        "cssrs-most-severe-lifetime",
        "cssrs-q1",
        "cssrs-q1-lifetime",
        "cssrs-q2",
        "cssrs-q3",
        "cssrs-q4",
        "cssrs-q5",
        "cssrs-q6",
        "cssrs-q6-recent",
        "epds-10",
        "risk-level",
    }
)
"""The suicide-risk questions the rules know."""
_KINDS: Final = ("total", "item", "answer", "question", "panel", "difficulty")
_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_FILE: Final = "scales.toml"


@dataclass(slots=True)
class _Codes:
    """The rows of the code table, by what a code is."""

    by_kind: dict[str, dict[tuple[str, str], str]] = field(
        default_factory=lambda: {kind: {} for kind in _KINDS}
    )
    items: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)


def read_scales(tables: Tables) -> Scales:
    """Return the codes and names of the scales, with ranges that agree with their items."""
    document = tables.document(_FILE)
    document.cite()
    codes = _read_codes(tables)
    instruments = document.table("instruments")
    ranges = _read_ranges(document, instruments)
    for row in codes.rows:
        _check_item(row, instruments)
    answers = codes.by_kind["answer"] | _keyed(document, "answers")
    names = _read_names(document, "totals") | _read_names(document, "questions")
    _check_names(document, ranges, codes)
    outcome = frozenset(document.strings("outcome_instruments"))
    if not outcome <= ranges.keys():
        document.fault("an outcome instrument has no range", "outcome_instruments")
    return Scales(
        totals=codes.by_kind["total"],
        items=codes.items,
        answers=answers,
        questions=codes.by_kind["question"],
        panels=codes.by_kind["panel"],
        difficulty=codes.by_kind["difficulty"],
        levels=_keyed(document, "levels"),
        outcome_instruments=outcome,
        ranges=ranges,
        item_ranges={name: _span(entry, "item_range") for name, entry in instruments.items()},
        item_counts={name: _count(entry) for name, entry in instruments.items()},
        names=names,
        wordings=_read_wordings(document, ranges),
        unmapped=document.phrases("unmapped", "words"),
    )


def _read_wordings(
    document: Document, ranges: Mapping[str, tuple[int, int]]
) -> tuple[tuple[tuple[str, ...], str, int], ...]:
    """Return (phrases, question or instrument, item number) of each wording, in order."""
    found = []
    for meaning in document.table("wordings"):
        name, _, item = meaning.partition(" item ")
        is_item = name in ranges and item.isdigit()
        if meaning not in QUESTIONS and not is_item:
            document.fault(f"{meaning!r} is no question the rules know", "wordings", meaning)
            continue
        found += [
            (tuple(part.strip() for part in wording.split(" + ")), name, int(item or 0))
            for wording in document.strings("wordings", meaning)
        ]
    return tuple(found)


def _read_codes(tables: Tables) -> _Codes:
    found = _Codes()
    columns = ("system", "code", "kind", "value", "item", "label", "source")
    for row in tables.list_of("scale_codes.csv", columns, ("system", "code")):
        place, kind, value = row.place(), row.choice("kind", _KINDS), row.text("value")
        if place is None:
            continue
        found.rows.append(row)
        if kind == "item":
            found.items[place] = (value, int(row.number("item") or 0))
        else:
            found.by_kind.setdefault(kind, {})[place] = value
        if kind == "question" and value not in QUESTIONS:
            row.fault(f"{value!r} is no question the rules know")
    return found


def _check_item(row: Row, instruments: Mapping[str, Any]) -> None:
    """Note an item of an unknown scale or with a number the scale does not have."""
    if row.text("kind") != "item":
        return
    entry = instruments.get(row.text("value"))
    if not isinstance(entry, dict):
        row.fault(f"{row.text('value')} has no range in {_FILE}")
        return
    number = row.number("item")
    if number is None or not 1 <= number <= _count(entry):
        row.fault(f"{row.text('value')} has no item {row.text('item') or '(blank)'}")


def _read_ranges(document: Document, instruments: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Return the range of each total; a range its items cannot give is a fault."""
    found = {}
    for name, entry in instruments.items():
        total, item, count = _span(entry, "range"), _span(entry, "item_range"), _count(entry)
        if count < 1 or total[0] >= total[1] or item[0] >= item[1]:
            document.fault(f"{name} needs items, item_range and range", "instruments", name)
        elif total != (item[0] * count, item[1] * count):
            document.fault(
                f"{name}: {count} items of {item[0]} to {item[1]} do not give "
                f"{total[0]} to {total[1]}",
                "instruments",
                name,
            )
        found[name] = total
    return found


def _span(entry: object, key: str) -> tuple[int, int]:
    """Return a pair of whole numbers, (0, 0) where there is none."""
    pair = entry.get(key) if isinstance(entry, dict) else None
    match pair:
        case [int(low), int(high)]:
            return low, high
        case _:
            return 0, 0


def _count(entry: object) -> int:
    count = entry.get("items") if isinstance(entry, dict) else None
    return count if isinstance(count, int) else 0


def _keyed(document: Document, table: str) -> dict[tuple[str, str], str]:
    """Return the words of a table as keys ("text", word) to the name they stand under."""
    return {(TEXT, word): meaning for word, meaning in _spread(document, table).items()}


def _read_names(document: Document, table: str) -> dict[str, str]:
    return _spread(document, "names", table)


def _spread(document: Document, *path: str) -> dict[str, str]:
    """Return word to meaning of a table of lists; one word under two meanings is a fault."""
    found: dict[str, str] = {}
    for meaning in document.table(*path):
        for word in document.phrases(*path, meaning):
            for form in {word, " ".join(_WORD.findall(word))}:
                if found.setdefault(form, meaning) != meaning:
                    document.fault(f"{word!r} stands for {found[form]} as well", *path, meaning)
    return found


def _check_names(document: Document, ranges: Mapping[str, Any], codes: _Codes) -> None:
    """Note a name for a scale without a range, and a question the rules do not know."""
    for name in document.table("names", "totals"):
        if name not in ranges:
            document.fault(f"{name} has no range", "names", "totals", name)
    for name in document.table("names", "questions"):
        if name not in QUESTIONS:
            document.fault(f"{name!r} is no question the rules know", "names", "questions", name)
    known = set(codes.by_kind["question"].values()) | document.table("names", "questions").keys()
    for name in sorted(QUESTIONS - known):
        document.fault(f"the question {name} has no code and no name", "names", "questions")
