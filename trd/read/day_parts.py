"""For which parts of the day is an order?

Codes of timing, times and words are brought into one vocabulary, so that "qam" and "in the morning"
are the same; evening and bedtime are not told apart.
"""

from collections.abc import Sequence
from typing import Final

from trd.read.access import Json, table, texts, words
from trd.read.timing import parts_of_day
from trd.read.words import tokens

_MORNING: Final = ("am", "qam", "morning", "morn", "morn.early", "morn.late", "acm", "cm", "pcm")
_NOON: Final = ("noon", "midday", "lunch", "acd", "cd", "pcd")
_AFTERNOON: Final = ("afternoon", "aft", "aft.early", "aft.late")
_NIGHT: Final = (
    *("pm", "qpm", "evening", "eve", "eve.early", "eve.late", "acv", "cv", "pcv", "dinner"),
    *("hs", "qhs", "bed", "bedtime", "night", "nightly", "nite"),
)
_PARTS: Final = {
    word: part
    for part, names in (
        ("morning", _MORNING),
        ("noon", _NOON),
        ("afternoon", _AFTERNOON),
        ("night", _NIGHT),
    )
    for word in names
}
"""Words, codes of timing and codes of EventTiming for a part of the day."""
_HOURS: Final = ((4, 11, "morning"), (11, 14, "noon"), (14, 17, "afternoon"))
"""From, up to (not including), and the part of the day; any other hour is night."""


def day_parts(dosages: Sequence[Json]) -> frozenset[str]:
    """Return the parts of the day all instructions name; empty where one names none we know."""
    found: set[str] = set()
    for dosage in dosages:
        named = _parts_named(dosage)
        if not named:
            return frozenset()
        found |= named
    return frozenset(found)


def _parts_named(dosage: Json) -> set[str]:
    said = [words(dosage.get("text")), words(dosage.get("patientInstruction"))]
    said += texts(table(dosage.get("timing")).get("code"))
    spoken = tokens(" ; ".join(said))
    written = parts_of_day(dosage, ())
    found = [_PARTS.get(part) or _part_of_hour(part) for part in written]
    if "" in found:
        return set()
    return {*found, *(_PARTS[word] for word in spoken if word in _PARTS)}


def _part_of_hour(time: str) -> str:
    """Return the part of the day of a time such as "08:00:00", "" where it is none."""
    hour = time.partition(":")[0]
    if ":" not in time or not hour.isdecimal():
        return ""
    return next((part for first, past, part in _HOURS if first <= int(hour) < past), "night")
