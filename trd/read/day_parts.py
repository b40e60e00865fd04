"""For which parts of the day is an order?

Codes of timing, times and words are brought into one vocabulary, so that "qam" and "in the morning"
are the same; evening and bedtime are not told apart.
"""

from collections.abc import Sequence
from typing import Final

from trd.read.access import Json, code_of, listed, table, texts, words
from trd.read.timing import without_need
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
_ONE_PART: Final = frozenset({"am", "pm", "qam", "qpm", "hs", "qhs", "bed"})
"""Codes of timing that mean once a day, at that part of it."""
_SPOKEN_PARTS: Final = frozenset({"morning", "noon", "afternoon", "evening", "bedtime"})
"""Words of a sig that name one part of the day."""
_BEDTIME_CODES: Final = frozenset({"hs", "qhs", "bed", "pcv", "nite", "night"})
"""Codes of which a dose is one for bedtime. Rule: R9(c)."""
_HOURS: Final = ((4, 11, "morning"), (11, 14, "noon"), (14, 17, "afternoon"))
"""From, up to (not including), and the part of the day; any other hour is night."""


def parts_of_day(dosage: Json, spoken: tuple[str, ...]) -> tuple[str, ...]:
    """Return the parts of the day an instruction names, in lower case and sorted.

    Where no element names one, the one part its words (``spoken``) name.
    """
    timing = table(dosage.get("timing"))
    repeat = table(timing.get("repeat"))
    named = listed(repeat.get("when")) + listed(repeat.get("timeOfDay"))
    code = without_need(code_of(timing.get("code")))
    found = [part.lower() for part in [*named, *((code,) if code in _ONE_PART else ())]]
    if not found:
        found = sorted(_SPOKEN_PARTS.intersection(spoken))[:2]
    return tuple(sorted(found)) if named or code in _ONE_PART or len(found) == 1 else ()


def is_for_bedtime(parts: tuple[str, ...]) -> bool:
    """Say whether one of these parts of the day is bedtime."""
    return not _BEDTIME_CODES.isdisjoint(parts)


def day_parts(named: Sequence[frozenset[str]]) -> frozenset[str]:
    """Return the parts of the day all instructions name; empty where one names none we know."""
    return frozenset().union(*named) if all(named) else frozenset()


def parts_named(dosage: Json) -> frozenset[str]:
    """Return the parts of the day that elements and words of one instruction name."""
    said = [words(dosage.get("text")), words(dosage.get("patientInstruction"))]
    said += texts(table(dosage.get("timing")).get("code"))
    spoken = tokens(" ; ".join(said))
    written = parts_of_day(dosage, ())
    found = [_PARTS.get(part) or _part_of_hour(part) for part in written]
    if "" in found:
        return frozenset()
    return frozenset([*found, *(_PARTS[word] for word in spoken if word in _PARTS)])


def _part_of_hour(time: str) -> str:
    """Return the part of the day of a time such as "08:00:00", "" where it is none."""
    hour = time.partition(":")[0]
    if ":" not in time or not hour.isdecimal():
        return ""
    return next((part for first, past, part in _HOURS if first <= int(hour) < past), "night")
